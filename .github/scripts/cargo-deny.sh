#!/usr/bin/env bash
# Runs cargo-deny, which it installs where it is missing.
# Usage: .github/scripts/cargo-deny.sh check licenses bans sources
set -euo pipefail
cd "$(dirname "$0")/../.."

cargo deny --version >/dev/null 2>&1 || cargo install --quiet --locked cargo-deny
exec cargo deny "$@"
