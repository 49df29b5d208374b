#!/usr/bin/env bash
# Install those of the listed Debian packages that are missing, where this user may: as root,
# with apt-get. Elsewhere it says what is missing and goes on: tests that need one skip.
set -uo pipefail

list="${1:-packages.txt}"
say() { printf 'system packages: %s\n' "$*" >&2; }

command -v dpkg-query >/dev/null || exit 0

missing=()
while IFS= read -r line; do
    package="${line%%#*}"
    package="${package//[[:space:]]/}"
    [ -n "$package" ] || continue
    state="$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)"
    [ "$state" = installed ] || missing+=("$package")
done <"$list"
[ "${#missing[@]}" -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    say "missing: ${missing[*]}; tests that need them skip. As root: apt-get install ${missing[*]}"
    exit 0
fi

say "installing ${missing[*]}"
# RUNLEVEL=1: tests start their own servers on ports of their own, so none is wanted at once.
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
{ apt-get update -qq && apt-get install -qq --no-install-recommends "${missing[@]}"; } \
    >/dev/null 2>&1 </dev/null || say "could not install ${missing[*]}; tests that need them skip"
exit 0
