#!/usr/bin/env bash
# Measures the HTTP API under load beside a bare axum handler and nlp.js behind Express, and writes
# benches/results/serving.md.
#
#   benches/serving/run.sh [--rounds 3] [--seconds 10] [--systems bare sqlite]
#
# nlp.js, Express and autocannon come from npm into target/serving/. Needs cargo, python3, node 18 or newer, PostgreSQL's
# server and client, and wrk (apt-get install wrk postgresql).
set -euo pipefail
cd "$(dirname "$0")/../.."
here=benches/serving
home=$PWD/target/serving

command -v wrk >/dev/null || { echo "wrk is missing: apt-get install wrk" >&2; exit 1; }
mkdir -p "$home"
if ! cmp -s "$here/package.json" "$home/installed.json"; then
    cp "$here/package.json" "$home/package.json"
    npm install --silent --no-audit --no-fund --prefix "$home"
    cp "$here/package.json" "$home/installed.json"
fi
# where node finds what they need
cp "$here/nlpjs.js" "$here/steady.js" "$home/"
${CARGO:-cargo} build --release --bin wenlu --example bare --example storeless
target=${CARGO_TARGET_DIR:-$PWD/target}
# what the format cannot hold is said on standard error: nobody asks for it here
"$target/release/wenlu" export --to nlpjs - >"$home/corpus.json" 2>/dev/null

WENLU_TEST_FSYNC=on exec tests/with-postgres.sh python3 "$here/bench.py" --wenlu "$target/release/wenlu" \
    --bare "$target/release/examples/bare" --storeless "$target/release/examples/storeless" --corpus "$home/corpus.json" --node-home "$home" "$@"
