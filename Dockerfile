# Coach in one image: code, pinned packages, models. Nothing is fetched when it runs.
#
#   docker build -t coach .
#   docker run -p 8080:8080 -v coach-data:/data coach
#
# The first start makes access keys, because none are set, and prints them once to its log.

FROM node:22-slim AS pages
WORKDIR /src
# Packages first here too. Building needs Node, running does not.
COPY web/ui/package.json web/ui/package-lock.json web/ui/.npmrc ./
RUN npm ci
COPY web/ui ./
RUN npm run build


FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /src

# Packages first: this layer stays as long as the lock does.
COPY requirements-image.lock ./
RUN pip install --require-hashes -r requirements-image.lock

COPY pyproject.toml README.md LICENSE ./
COPY stream stream
COPY models models
COPY coach coach
COPY web web
COPY --from=pages /src/dist web/ui/dist
COPY benchmarks benchmarks
RUN pip install --no-deps --no-build-isolation .

ENV COACH_MODELS_DIR=/opt/coach/models
RUN coach models pull && coach models verify


FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home --home-dir /data coach \
    && install -d -o coach -g coach /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/coach/models /opt/coach/models

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    COACH_DATA_DIR=/data \
    COACH_MODELS_DIR=/opt/coach/models \
    COACH_AUTH_GENERATE=1
USER coach
WORKDIR /data
VOLUME /data
EXPOSE 8080

# Python asks, since the slim image has no curl. Models may take a minute to load at first.
HEALTHCHECK --interval=15s --timeout=3s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]

ENTRYPOINT ["coach"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8080"]
