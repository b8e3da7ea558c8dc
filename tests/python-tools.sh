#!/usr/bin/env bash
# Installs the programs of a list from PyPI into a folder of the user's cache, once for each content of the list, and prints
# the folder that holds them.  Usage: tools=$(tests/python-tools.sh tests/deploy-tools.txt)
set -euo pipefail

list=${1:?a list for pip}
tools=${XDG_CACHE_HOME:-$HOME/.cache}/wenlu/$(basename "$list" .txt)-$(sha256sum "$list" | cut -c1-12)
mkdir -p "${tools%/*}"
# one installs, others wait; `complete` is written last, so that an interrupted install is begun anew
exec 9>"$tools.lock"
flock 9
if [ ! -e "$tools/complete" ]; then
  python3 -m venv --clear "$tools" >&2
  "$tools/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --requirement "$list" >&2
  touch "$tools/complete"
fi
printf '%s\n' "$tools/bin"
