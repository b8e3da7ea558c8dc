#!/usr/bin/env bash
# Talks with `wenlu mcp` through a client that nobody here wrote, the official Python SDK of the Model Context Protocol (PyPI),
# in both of the ways in which it begins. Usage: tests/mcp/client.sh [PROGRAM], by default target/debug/wenlu; where PyPI
# cannot be reached, nothing is tried.
set -euo pipefail
cd "$(dirname "$0")/../.."

program=$(realpath "${1:-target/debug/wenlu}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! tools=$(tests/python-tools.sh tests/mcp/python-client.txt 2>"$work/pip"); then
  printf 'mcp: left out, PyPI cannot be reached\n'
  exit 0
fi
env -i PATH="$PATH" "$program" init "$work/knowledge" >/dev/null
# somebody asks what the bot does not know: the database is there, and a question is open
printf '讲个相声听听\n' | env -i PATH="$PATH" DATABASE_URL="sqlite://$work/bot.db" \
  "$program" chat --root "$work/knowledge" >/dev/null
"$tools/python3" tests/mcp/talk.py "$program" "$work"
