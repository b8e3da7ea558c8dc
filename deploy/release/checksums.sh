#!/usr/bin/env bash
# Writes SHA256SUMS of all other files of a folder into it. To be checked there by: sha256sum --check SHA256SUMS
# Usage: deploy/release/checksums.sh dist
set -euo pipefail
cd "${1:?a folder}"

sums=$(find . -maxdepth 1 -type f ! -name SHA256SUMS -printf '%P\0' | sort -z | xargs -0 --no-run-if-empty sha256sum --)
[ -n "$sums" ] || { echo "checksums: nothing in $PWD" >&2; exit 1; }
printf '%s\n' "$sums" | tee SHA256SUMS
