#!/usr/bin/env bash
# Has `wenlu serve` hand in notices to a mail server that nobody here wrote, aiosmtpd (PyPI). Usage: tests/mail/server.sh
# [PROGRAM], by default target/debug/wenlu; where PyPI cannot be reached, nothing is tried.
set -euo pipefail
cd "$(dirname "$0")/../.."

program=$(realpath "${1:-target/debug/wenlu}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! tools=$(tests/python-tools.sh tests/mail/python-server.txt 2>"$work/pip"); then
  printf 'mail: left out, PyPI cannot be reached\n'
  exit 0
fi
env -i PATH="$PATH" "$program" init "$work/knowledge" >/dev/null
"$tools/python3" tests/mail/talk.py "$program" "$work"
