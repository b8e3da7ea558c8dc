#!/usr/bin/env bash
# Measures Wenlu and its peers on the same data in the same run, and writes benches/results/.
#
#   benches/peers/run.sh [DATA_DIR] [-- --sets clinc150 smp2020 --systems wenlu fasttext]
#
# Peers come from their registries (PyPI, npm) into target/peers/. Needs cargo, python3 with venv, and node 18 or newer.
# Without DATA_DIR the sets in benches/data/ are measured; see the README there.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=benches/peers
home=target/peers

data=()
if [[ $# -gt 0 && $1 != -- ]]; then
    data=(--data "$1")
    shift
fi
[[ ${1:-} == -- ]] && shift

if ! cmp -s "$here/requirements.txt" "$home/requirements.txt"; then
    python3 -m venv "$home/python"
    "$home/python/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$home/"
fi
if ! cmp -s "$here/package.json" "$home/package.json"; then
    mkdir -p "$home"
    cp "$here/package.json" "$home/"
    npm install --silent --no-audit --no-fund --prefix "$home"
fi
built=$(${CARGO:-cargo} build --release --bin wenlu --bench latency --bench robustness --bench growth --bench stability \
    --message-format json-render-diagnostics)
binary() {
    python3 -c 'import json, sys
for line in sys.stdin:
    made = json.loads(line)
    if made.get("executable") and made["target"]["name"] == sys.argv[1]:
        print(made["executable"])' "$1" <<<"$built"
}

exec "$home/python/bin/python" "$here/compare.py" "${data[@]}" --wenlu "$(binary wenlu)" --latency "$(binary latency)" \
    --robustness "$(binary robustness)" --growth "$(binary growth)" --stability "$(binary stability)" \
    --node-home "$home" "$@"
