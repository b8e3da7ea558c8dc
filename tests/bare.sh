#!/usr/bin/env bash
# Runs every test that needs nothing beside the Rust toolchain, a C compiler and git. Left out are those that need a
# PostgreSQL or a browser, as their source says: a test that names one of the calls below, or all tests of a file where
# something else than a test does (of a folder, where its mod.rs does).
# Usage: tests/bare.sh [NAME…]; tests/bare.sh --left-out prints what is left out, and runs nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

left_out() {
  # shellcheck disable=SC2016 # $0 is awk's
  find tests/it -name '*.rs' ! -path tests/it/main.rs ! -path tests/it/database.rs -print | sort | xargs awk '
    FNR == 1 {
      module = FILENAME
      sub(/^tests\/it\//, "", module); sub(/\.rs$/, "", module); sub(/(^|\/)mod$/, "", module); gsub(/\//, "::", module)
      test = ""; next_is_test = 0
    }
    /^#\[(tokio::)?test/ { next_is_test = 1 }
    /^(pub |pub\(.*\) )?(async )?fn / {
      test = ""
      if (next_is_test) { test = $0; sub(/^.*fn /, "", test); sub(/[^A-Za-z0-9_].*/, "", test); next_is_test = 0 }
    }
    /^[^ #}]/ && !/fn / { test = "" }
    /on_both\(|Engine::Postgres|OwnPostgres::start\(|on_page\(|Driver::start\(/ { print module "::" test }' | sort -u
}

if [ "${1:-}" = --left-out ]; then left_out; exit; fi

skip=()
while read -r name; do skip+=(--skip "$name"); done < <(left_out)
cargo test --workspace --lib -- "$@"
cargo test --quiet -p wenlu-core --doc -- "$@"
cargo test --test it -- "${skip[@]}" "$@"
echo "left out: what needs a PostgreSQL or a browser (tests/bare.sh --left-out); tests/run.sh runs all"
