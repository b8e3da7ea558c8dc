#!/usr/bin/env bash
# Prints the version of the program, as Cargo.toml states it. With a tag (v0.2.0) it fails unless that is the tag of this
# version; in any case it fails unless the other files that name the version agree and the changelog has a section for it.
# Usage: deploy/release/version.sh [TAG]
set -euo pipefail
cd "$(dirname "$0")/../.."

fail() { printf 'version: %s\n' "$*" >&2; exit 1; }

# of [package] or, in a workspace that hands it down, of [workspace.package]
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
[ -n "$version" ] || fail "Cargo.toml states no version"
[ $# -eq 0 ] || [ "$1" = "v$version" ] || fail "the tag is $1, but Cargo.toml states $version"

locked=$(sed -n '/^name = "wenlu"$/{n;s/^version = "\(.*\)"$/\1/p;}' Cargo.lock)
[ "$locked" = "$version" ] || fail "Cargo.lock states $locked, not $version: cargo update --workspace"
api=$(find . -path ./target -prune -o -name openapi.json -print | head -n 1)
grep -qF "\"version\": \"$version\"" "${api:?no openapi.json}" || fail "$api does not state $version"
grep -qxF "    newTag: $version" deploy/kubernetes/kustomization.yaml || fail "kustomization.yaml: newTag is not $version"
for file in deploy/README.md deploy/README.zh.md deploy/compose.small.yaml; do
  others=$(grep -oE 'wenlu:[0-9]+\.[0-9]+\.[0-9]+[-.a-z0-9]*' "$file" | grep -vxF "wenlu:$version" || true)
  [ -z "$others" ] || fail "$file names $others"
done
deploy/release/changelog.sh "$version" >/dev/null

printf '%s\n' "$version"
