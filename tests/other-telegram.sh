#!/usr/bin/env bash
# Has the built program talk with a Bot API that others wrote, the telegram-test-api of npm: it answers some calls with
# `result: null`, never waits in getUpdates, and does not know setMyCommands. By long polling only, as it sends no webhook
# secret. Usage: tests/other-telegram.sh [PROGRAM]; without npm, or where it reaches no registry, nothing is tried.
set -euo pipefail
cd "$(dirname "$0")/.."

program=$(realpath "${1:-target/debug/wenlu}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! command -v npm >/dev/null; then
  echo "other-telegram: left out, npm is not at hand"
elif ! npm install --silent --no-save --ignore-scripts --no-audit --no-fund --prefix "$work" telegram-test-api@4.2.1 \
  >"$work/log" 2>&1; then
  echo "other-telegram: left out, npm does not get telegram-test-api"
else
  NODE_PATH=$work/node_modules node tests/other-telegram.cjs "$program" "$work"
fi
