#!/usr/bin/env bash
# Runs a command in a fresh Debian with the Rust that Cargo.toml asks for as the oldest, on the files as they are: what the
# README promises of tests/run.sh. Needs Docker. What is built stays inside, so that target/ is not root's.
# Usage: .github/scripts/fresh-debian.sh tests/run.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

[ $# -gt 0 ] || { echo "fresh-debian: a command, such as tests/run.sh" >&2; exit 1; }
rust=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
# RUSTUP_TOOLCHAIN: the image's own, whatever rust-toolchain.toml says. safe.directory: the files are another user's.
# The browser wants more shared memory than 64 MB.
docker run --rm --shm-size=1g --volume "$PWD:/src" --workdir /src --env CARGO_TARGET_DIR=/target \
  --env RUSTUP_TOOLCHAIN="$rust" --env CARGO_TERM_COLOR --env WENLU_KILLS \
  --env GIT_CONFIG_COUNT=1 --env GIT_CONFIG_KEY_0=safe.directory --env GIT_CONFIG_VALUE_0=/src \
  "rust:$rust-trixie" sh -c 'rustup component add rustfmt clippy && exec "$@"' sh "$@"
