# Four words: make setup, make run, make test, make check. And: make lock, make clean.

VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.setup-done
UI := web/ui
PAGES := scripts/pages.sh requirements-node.lock $(UI)/.npmrc \
         $(wildcard $(UI)/*.json $(UI)/*.ts $(UI)/public/* $(UI)/src/*.ts $(UI)/src/*/*.ts)
NEEDS := scripts/setup.sh requirements.lock pyproject.toml $(PAGES) \
         models/manifest.toml $(wildcard models/build_*.py)

.PHONY: setup run test check lock clean

setup: $(SETUP) ## virtual environment, pinned dependencies, models fetched and verified, pages built

$(SETUP): $(NEEDS)
	@scripts/setup.sh $(VENV)
	@touch $@

run: $(SETUP) ## serve on this machine and play the sample call
	@$(BIN)/coach demo

test: $(SETUP) ## every test, browser tests included; fails under 90 % of lines
	@scripts/system-packages.sh packages.txt
	@scripts/pages.sh $(VENV) test
	@$(BIN)/python -m pytest --cov=stream --cov=models --cov=coach \
	    --cov-report=term:skip-covered --cov-fail-under=90 $(ARGS)

check: $(SETUP) ## style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@scripts/pages.sh $(VENV) check

# Needs `uv` on the path. Index addresses of the machine that locks never reach the files:
# uv leaves them out, and a line that names any address all the same is refused.
PIN := uv pip compile --generate-hashes --python-version 3.11 --no-header -q
LOCK := $(PIN) pyproject.toml
# What `coach train` needs beside the rest, on a CPU: torch's build without its packages for GPUs,
# by its full name, since pip would else take the other where an index has both. Where no index has
# it: pip install -e '.[train]'.
TRAINING := hibari-tts\ntorch==2.13.0+cpu\ntransformers\nsafetensors\njinja2\nnetworkx\nsympy\nmpmath<1.4
lock: ## pin every dependency anew, with hashes
	$(LOCK) --extra bench --extra dev --upgrade -o requirements.lock
	printf 'hatchling\n' | $(LOCK) - -c requirements.lock --no-annotate -o requirements-image.lock
	printf '$(TRAINING)\n' | $(PIN) - -c requirements.lock --no-deps --no-annotate \
	    -o requirements-training.lock
	scripts/pages.sh $(VENV) lock
	! grep -n '://' requirements*.lock $(UI)/package-lock.json

clean: ## all that make made
	rm -rf $(VENV) $(UI)/dist $(UI)/node_modules build dist out .coach .coverage .*_cache .hypothesis
