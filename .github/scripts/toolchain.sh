#!/usr/bin/env bash
# Installs the Rust that Cargo.toml asks for as the oldest (`rust-version`), with rustfmt and Clippy, and standard libraries
# for the targets named. On a runner of GitHub it is the one that later steps use; elsewhere: export RUSTUP_TOOLCHAIN.
# Usage: .github/scripts/toolchain.sh [TARGET…]
set -euo pipefail
cd "$(dirname "$0")/../.."

version=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
rustup toolchain install "${version:?Cargo.toml has no rust-version}" --profile minimal --component rustfmt,clippy --no-self-update
if [ $# -gt 0 ]; then rustup target add --toolchain "$version" "$@"; fi
# goes before rust-toolchain.toml
echo "RUSTUP_TOOLCHAIN=$version" | tee -a "${GITHUB_ENV:-/dev/null}"
