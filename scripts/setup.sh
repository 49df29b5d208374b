#!/usr/bin/env bash
# Make the virtual environment, put the pinned packages and this project into it, fetch the
# models, build the pages. Safe to run again: what is there already is kept. What pip says goes
# to a log inside the environment; a line tells how far it is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv="${1:-.venv}"
lock=requirements.lock
log="$venv/setup.log"
every=25 # packages between two lines where no terminal redraws one

fresh='' # what clears the line that a terminal redraws
[ ! -t 2 ] || fresh=$'\033[2K\r'

say() { printf '%ssetup: %s\n' "$fresh" "$*" >&2; }

fail() {
    say "$1; the last lines of $log:"
    tail -n 15 "$log" >&2
    exit 1
}

# Counts pip's lines, so that minutes of work do not look like a standstill.
follow() {
    local total=$1 seen=0 line
    while IFS= read -r line; do
        printf '%s\n' "$line" >>"$log"
        case "$line" in
        Collecting* | "Requirement already satisfied"*)
            seen=$((seen + 1))
            if [ -t 2 ]; then
                printf '%ssetup: package %d of %d' "$fresh" "$seen" "$total" >&2
            elif [ $((seen % every)) -eq 0 ]; then
                say "package $seen of $total"
            fi
            ;;
        "Installing collected"*) say "unpacking $total packages" ;;
        esac
    done
}

pip() { "$venv/bin/python" -m pip --disable-pip-version-check --no-input "$@"; }

python="${PYTHON:-python3}"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    say "$("$python" --version) is too old; install Python 3.11 or newer, or set PYTHON"
    exit 1
}

if [ ! -x "$venv/bin/python" ]; then
    say "1/5 virtual environment in $venv"
    "$python" -m venv "$venv"
fi
: >"$log"

say "2/5 pinned packages (about 600 MB the first time)"
pip install --require-hashes --progress-bar off -r "$lock" 2>>"$log" |
    follow "$(grep -c '==' "$lock")" || fail "the packages could not be installed"

say "3/5 this project"
pip install --no-deps --no-build-isolation --quiet -e . >>"$log" 2>&1 ||
    fail "the project could not be installed"

say "4/5 models (about 250 MB the first time)"
"$venv/bin/coach" models pull >>"$log" || fail "the models could not be fetched"

say "5/5 pages"
scripts/pages.sh "$venv" build >>"$log" 2>&1 || fail "the pages could not be built"

say "done"
