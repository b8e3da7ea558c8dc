#!/usr/bin/env bash
# Holds whole conversations with the built program through client libraries of WeChat that nobody here wrote: wechatpy (PyPI)
# and wechat-crypto (npm) sign, seal and read as other people's servers do. They are installed into a folder of their own; what
# cannot be had is named, and the rest runs all the same.
# An account that sends does so through the API of crates/fake-weixin, which wechatpy calls as well.
# Usage: tests/wechat/clients.sh [PROGRAM [PLATFORM]], by default target/debug/wenlu and target/debug/examples/platform.
set -euo pipefail
cd "$(dirname "$0")/../.."

program=$(realpath "${1:-target/debug/wenlu}")
platform=$(realpath "${2:-target/debug/examples/platform}")
work=$(mktemp -d)
server=
api=
finish() {
  for one in $server $api; do kill "$one" 2>/dev/null || true; wait "$one" 2>/dev/null || true; done
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

[[account]]
appid = "wxactive0123456789"
token = "activeToken"
aes_key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
path = "/active"
secret = "0123456789abcdef0123456789abcdef"
send = "active"
TOML
# the files of this folder, and a question whose answer does not go into one message
mkdir "$work/root"
cp -r intents content "$work/root"
printf 'title = "全部规则"\nexamples = ["把全部规则都发给我看看"]\n' >"$work/root/intents/rules.toml"
{
  printf '# 全部规则\n'
  for at in $(seq 12); do
    printf '\n第 %s 条：' "$at"
    for _ in 1 2 3 4; do printf '这是一句用来占地方的话，它说的是第几条规则应该怎样理解。'; done
    printf '见[平台规则第 %s 条](https://mp.weixin.qq.com/rules?id=%s&lang=zh)。\n' "$at" "$at"
  done
} >"$work/root/content/zh/rules.md"
mkfifo "$work/hold"
"$platform" wxactive0123456789 activeToken AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8 <"$work/hold" >"$work/platform" &
api=$!
exec 8>"$work/hold"
for _ in $(seq 100); do [ -s "$work/platform" ] && break; sleep 0.1; done
read -r api_url control_url <"$work/platform"
settings=(PATH="$PATH" WENLU_WEIXIN_ACCOUNTS="$work/accounts.toml" WENLU_WEIXIN_API_URL="$api_url"
  DATABASE_URL="sqlite://$work/wenlu.db" WENLU_RATE_PER_MINUTE=0 WENLU_ROOT="$work/root")
env -i "${settings[@]}" "$program" serve --listen 127.0.0.1:0 >"$work/out" 2>"$work/log" &
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
  env -i "${settings[@]}" PYTHONDONTWRITEBYTECODE=1 "$tools/python3" tests/wechat/wechatpy_active.py \
    "$program" "$address" "$api_url" "$control_url"
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
