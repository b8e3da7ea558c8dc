#!/usr/bin/env bash
# Runs a command with a PostgreSQL of its own: a new cluster in a temporary folder, on a free port of loopback, gone
# afterwards. The command finds it in WENLU_TEST_POSTGRES.  Usage: tests/with-postgres.sh cargo test --test it
set -euo pipefail

bin=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
bin=${bin:-$(dirname "$(command -v initdb || echo /usr/bin/initdb)")}
[ -x "$bin/initdb" ] || { echo "PostgreSQL's server is missing: apt-get install postgresql" >&2; exit 1; }

data=$(mktemp -d)
# PostgreSQL refuses to run as root: there it runs as the user that its package made
as=()
if [ "$(id -u)" -eq 0 ]; then
  chown postgres "$data"
  as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
stop() {
  "${as[@]}" "$bin/pg_ctl" -D "$data" -m immediate -w stop >/dev/null 2>&1 || true
  rm -rf "$data"
}
trap stop EXIT

cd "$data"
"${as[@]}" "$bin/initdb" -D "$data" -U wenlu --auth=trust --no-sync -E UTF8 --locale=C >/dev/null
for _ in 1 2 3 4 5; do
  port=$(( (RANDOM % 20000) + 20000 ))
  # a kill must not lose what was acknowledged, but the machine does not lose its power here: no fsync, but for benches
  options="-h 127.0.0.1 -p $port -k $data -c fsync=${WENLU_TEST_FSYNC:-off} -c max_connections=300 -c shared_buffers=64MB -c log_min_messages=fatal"
  if "${as[@]}" "$bin/pg_ctl" -D "$data" -l "$data/log" -w -o "$options" start >/dev/null; then break; fi
  port=
done
[ -n "$port" ] || { cat "$data/log" >&2; exit 1; }
cd "$OLDPWD"

export WENLU_TEST_POSTGRES="postgres://wenlu@127.0.0.1:$port/postgres"
"$@"
