#!/usr/bin/env bash
# Passes all tests on a fresh Debian machine with a Rust toolchain: installs what is missing (Debian packages by name, and
# cargo-deny), checks the form of the code, workflows and scripts, licences, lints and deployment files, then runs every test.
# The tests start the services they need on free ports in temporary folders of their own, and stop them.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }

# a C compiler for the bundled SQLite, a PostgreSQL, a real browser with its driver and a Chinese font for the chat page,
# and systemd's own check of a unit
packages=()
for pair in cc:build-essential chromium:chromium chromedriver:chromium-driver fc-list:fontconfig systemd-analyze:systemd; do
  command -v "${pair%%:*}" >/dev/null || packages+=("${pair#*:}")
done
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || packages+=(postgresql)
if ! { command -v fc-list >/dev/null && fc-list :lang=zh | grep -q .; }; then packages+=(fonts-noto-cjk); fi
python3 -c 'import ensurepip' 2>/dev/null || packages+=(python3-venv)
if [ ${#packages[@]} -gt 0 ]; then
  say "installing ${packages[*]}"
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
fi
# promtool, for the alert rules, is in a package with a server of its own that some systems lack
if ! command -v promtool >/dev/null; then
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends prometheus >/dev/null \
    || say "no package prometheus here: the alert rules are not checked"
fi

say "form"
cargo fmt --all --check
say "workflows, scripts, versions"
tests/gate.sh
say "licences, bans, sources"
# the advisory database is fetched from the network: left to a machine that has one
.github/scripts/cargo-deny.sh check licenses bans sources
say "lints"
cargo clippy --quiet --workspace --all-targets -- -D warnings
say "the shipped knowledge"
cargo run --quiet -- check
say "deployment files"
tests/deploy.sh
# where npm is at hand, axe-core looks at the operators' pages too
if command -v npm >/dev/null; then
  axe=$(mktemp -d)
  (cd "$axe" && npm pack --silent axe-core@4.14.1 >/dev/null && tar xzf axe-core-*.tgz package/axe.min.js)
  export WENLU_AXE=$axe/package/axe.min.js
fi
say "tests"
tests/with-postgres.sh cargo test --workspace --lib --test it
say "a Bot API that others wrote"
tests/other-telegram.sh
cargo test --quiet -p wenlu-core --doc
say "clients of WeChat that others wrote"
cargo build --quiet
cargo build --quiet -p fake-weixin --example platform
tests/wechat/clients.sh
say "a client of the Model Context Protocol that others wrote"
tests/mcp/client.sh
say "a mail server that others wrote"
tests/mail/server.sh
