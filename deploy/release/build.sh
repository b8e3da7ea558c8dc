#!/usr/bin/env bash
# Builds the program for release: for a target that this machine can link for. Prints where the binary is.
# Usage: deploy/release/build.sh x86_64-unknown-linux-gnu
set -euo pipefail
cd "$(dirname "$0")/../.."

target=${1:?a target, such as x86_64-unknown-linux-gnu}
cargo build --release --locked --bin wenlu --target "$target" >&2
binary=${CARGO_TARGET_DIR:-target}/$target/release/wenlu

# Where this machine can run it, it must say the version that is being released. (A Mac with an Apple chip may lack what
# runs programs for Intel.)
want="wenlu $(deploy/release/version.sh)"
if said=$("$binary" --version); then
  [ "$said" = "$want" ] || { echo "build: $binary calls itself $said, not $want" >&2; exit 1; }
elif [ "${target%%-*}" = "$(uname -m | sed 's/^arm64$/aarch64/')" ]; then
  echo "build: $binary does not run" >&2
  exit 1
fi
printf '%s\n' "$binary"
