#!/usr/bin/env bash
# The fast half of what must hold: the form of the code, its lints, and the unit tests of all crates. Needs nothing but the
# Rust toolchain and a C compiler.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo fmt --all --check
cargo clippy --quiet --workspace --all-targets -- -D warnings
cargo test --workspace --lib
