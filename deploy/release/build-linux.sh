#!/usr/bin/env bash
# Builds the program for Linux, of this machine's processor, in a container of Debian 12: a binary needs a C library no
# older than the one it was linked with, so this one runs on Debian 12, Ubuntu 24.04 and whatever is newer. Needs Docker.
# Usage: deploy/release/build-linux.sh x86_64-unknown-linux-gnu
set -euo pipefail
cd "$(dirname "$0")/../.."

rust=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
# As whoever calls it, so that target/ stays theirs. RUSTUP_TOOLCHAIN: the image's own, whatever rust-toolchain.toml says.
docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD:/src" --workdir /src \
  --env CARGO_HOME=/src/target/cargo-home --env RUSTUP_TOOLCHAIN="$rust" \
  "rust:$rust-slim-bookworm" deploy/release/build.sh "${1:?a target, such as x86_64-unknown-linux-gnu}"
