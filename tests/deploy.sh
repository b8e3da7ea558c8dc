#!/usr/bin/env bash
# Checks each file of deploy/ with the program that it is for, and that deploy/ and the source agree. Needs what tests/run.sh
# installs (systemd, python3-venv); the other tools come from PyPI into a folder of the user's cache.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { printf 'deploy: %s\n' "$*" >&2; exit 1; }

tools=$(tests/python-tools.sh tests/deploy-tools.txt)
PATH=$tools:$PATH

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work DOMAIN=bot.example.org
unset XDG_CONFIG_HOME XDG_DATA_HOME

hadolint deploy/Dockerfile

yamllint --strict deploy

# as after `cp .env.example .env`, filled in: without Telegram, and with it
cp -r deploy "$work/deploy"
for token in '' 1:token; do
  sed "s/^DOMAIN=.*/DOMAIN=$DOMAIN/; s/^POSTGRES_PASSWORD=.*/POSTGRES_PASSWORD=secret/; s/^TELOXIDE_TOKEN=.*/TELOXIDE_TOKEN=$token/" \
    deploy/.env.example >"$work/deploy/.env"
  for file in compose.yaml compose.small.yaml; do
    docker-compose --file "$work/deploy/$file" config --quiet
    # The operators' pages publish into the knowledge, and their own port is open to this machine alone.
    docker-compose --file "$work/deploy/$file" config --format json | python3 -c '
import json, sys
wenlu = json.load(sys.stdin)["services"]["wenlu"]
knowledge, = (v for v in wenlu["volumes"] if v["target"] == "/knowledge")
assert not knowledge.get("read_only"), "the knowledge cannot be written"
listen = wenlu["environment"]["WENLU_ADMIN_LISTEN"]
ports = wenlu["ports"]
assert listen.endswith(":%d" % ports[0]["target"]) and all(p.get("host_ip") == "127.0.0.1" for p in ports), ports
' || fail "$file"
  done
done

caddy fmt --diff deploy/Caddyfile >"$work/log" || { cat "$work/log"; fail "Caddyfile is not formatted: caddy fmt --overwrite"; }
caddy validate --adapter caddyfile --config deploy/Caddyfile >"$work/log" 2>&1 || { cat "$work/log"; fail "Caddyfile"; }

# the program is not installed here, and nothing but that may be wrong
for unit in wenlu.service wenlu-backup.service wenlu-backup.timer; do
  sed 's|^ExecStart=/usr/local/bin/wenlu |ExecStart=/bin/true |' "deploy/systemd/$unit" >"$work/$unit"
done
systemd-analyze verify --man=no --recursive-errors=no "$work"/wenlu.service "$work"/wenlu-backup.{service,timer}
systemd-analyze calendar "$(sed -n 's/^OnCalendar=//p' deploy/systemd/wenlu-backup.timer)" >/dev/null
# tenths of its exposure level; what is left is that it has a network and the host's files to read
for unit in wenlu.service wenlu-backup.service; do
  systemd-analyze security --offline=true --threshold=15 "$work/$unit" >"$work/log" || { cat "$work/log"; fail "$unit: exposed"; }
done

if command -v promtool >/dev/null; then
  (cd deploy/prometheus && promtool check rules alerts.yml && promtool check config prometheus.yml && promtool test rules alerts.test.yml) \
    >"$work/log" 2>&1 || { cat "$work/log"; fail "prometheus"; }
else
  echo "deploy: promtool is not installed; the alert rules are not checked"
fi

kubectl kustomize deploy/kubernetes >"$work/plain.yaml"
for component in knowledge knowledge-volume; do
  cp -r deploy/kubernetes "$work/with-$component"
  sed -i "s/^# components:.*/components: [$component]/" "$work/with-$component/kustomization.yaml"
  kubectl kustomize "$work/with-$component" >"$work/with-$component.yaml"
  grep -q 'mountPath: /knowledge$' "$work/with-$component.yaml" || fail "kubernetes/$component is not put in by kustomization.yaml"
done
kubernetes-validate --strict --quiet "$work"/{plain,with-knowledge,with-knowledge-volume}.yaml deploy/kubernetes/secret.example.yaml

# Every setting that deploy/ names is one that the program reads and .env.example describes.
setting='(WENLU|TELOXIDE|TELEGRAM|DATABASE)_[A-Z_]+'
grep -ohE "\"$setting\"" src/settings/*.rs | tr -d '"' | sort -u >"$work/read"
grep -ohE "\b$setting" .env.example | sort -u | comm -12 "$work/read" - >"$work/known"
unknown=$(grep -rohIE "\b$setting" deploy | sort -u | comm -23 - "$work/known")
[ -z "$unknown" ] || fail "settings that src/settings does not read, or .env.example does not describe: ${unknown//$'\n'/ }"

# Telegram delivers to the path that WENLU_TELEGRAM_WEBHOOK ends with: the files for several replicas agree on it.
hook=$(sed -n 's|.*path: \(/telegram[^,]*\),.*|\1|p' deploy/kubernetes/ingress.yaml)
for file in compose.yaml compose.small.yaml kubernetes/kustomization.yaml README.md README.zh.md; do
  others=$(grep 'WENLU_TELEGRAM_WEBHOOK' "deploy/$file" | grep -oE '(\$\{DOMAIN\}|example\.org)/[a-z/]*' | sed 's|^[^/]*||' | grep -vx "$hook" || true)
  [ -z "$others" ] || fail "$file: the webhook is at $hook in ingress.yaml, not at $others"
  grep -qF "$hook" "deploy/$file" || fail "$file: no webhook at $hook, as in ingress.yaml"
done

# Every path of the chat page, and of the chat on other sites, is let in by the Ingress, which names them one by one.
grep -ohE '(path: |script\(|style\(|route\()"/[^"]*"' src/channel/web/*.rs | grep -oE '/[^"]*' | grep -v '^/api/v1/' | while read -r path; do
  grep -qF "{path: $path, " deploy/kubernetes/ingress.yaml || fail "kubernetes/ingress.yaml lacks $path"
done

echo "deploy: all files pass"
