#!/usr/bin/env bash
# Holds whole conversations with the built program through client libraries of WeChat that nobody here wrote: wechatpy (PyPI)
# and wechat-crypto (npm) sign, seal and read as other people's servers do. They are installed into a folder of their own; what
# cannot be had is named, and the rest runs all the same.
# Usage: tests/wechat/clients.sh [PROGRAM], by default target/debug/wenlu.
set -euo pipefail
cd "$(dirname "$0")/../.."

program=$(realpath "${1:-target/debug/wenlu}")
work=$(mktemp -d)
server=
finish() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT

# the second key ends with a character whose last bits are not zero, which a strict decoder refuses
cat >"$work/accounts.toml" <<'TOML'
[[account]]
appid = "wxplain0123456789a"
token = "plainToken"
path = "/plain"

[[account]]
appid = "wxsealed0123456789"
token = "sealedToken"
aes_key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9"
path = "/sealed"
TOML
env -i PATH="$PATH" WENLU_WEIXIN_ACCOUNTS="$work/accounts.toml" DATABASE_URL="sqlite://$work/wenlu.db" \
  WENLU_RATE_PER_MINUTE=0 "$program" serve --listen 127.0.0.1:0 --root "$PWD" >"$work/out" 2>"$work/log" &
server=$!
address=
for _ in $(seq 300); do
  address=$(sed -n 's|.*\(http://127[^ ]*\)$|\1|p' "$work/out" | head -n 1)
  [ -z "$address" ] || break
  kill -0 "$server" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
  sleep 0.1
done
[ -n "$address" ] || { printf 'the program does not listen\n' >&2; exit 1; }

if tools=$(tests/python-tools.sh tests/wechat/python-clients.txt 2>"$work/pip"); then
  "$tools/python3" tests/wechat/wechatpy_talk.py "$address"
else
  printf 'wechatpy: left out, PyPI cannot be reached\n'
fi
if command -v npm >/dev/null && npm install --prefix "$work" --silent --no-audit --no-fund wechat-crypto@0.0.2 >"$work/npm" 2>&1; then
  NODE_PATH="$work/node_modules" NODE_NO_WARNINGS=1 node tests/wechat/crypto_talk.cjs "$address"
else
  printf 'wechat-crypto: left out, there is no npm, or its registry cannot be reached\n'
fi
if command -v npm >/dev/null && npm install --prefix "$work" --silent --no-audit --no-fund @wecom/crypto@1.0.1 >"$work/npm" 2>&1; then
  NODE_PATH="$work/node_modules" NODE_NO_WARNINGS=1 node tests/wechat/wecom_talk.cjs "$program" "$work"
else
  printf '@wecom/crypto: left out, there is no npm, or its registry cannot be reached\n'
fi
