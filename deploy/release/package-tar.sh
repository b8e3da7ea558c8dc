#!/usr/bin/env bash
# Packs a binary with what belongs to it, as FOLDER/wenlu-VERSION-TARGET.tar.gz. Prints where that is.
# Usage: deploy/release/package-tar.sh TARGET BINARY [FOLDER, or dist]
set -euo pipefail
cd "$(dirname "$0")/../.."

target=${1:?a target, such as x86_64-unknown-linux-gnu}
binary=${2:?the binary}
folder=${3:-dist}
name=wenlu-$(deploy/release/version.sh)-$target

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/$name" "$folder"
install -m 755 "$binary" "$work/$name/wenlu"
install -m 644 LICENSE CHANGELOG.md README.md README.zh.md .env.example "$work/$name/"
case $target in *-linux-*) install -m 644 deploy/systemd/wenlu.service "$work/$name/" ;; esac
# a Mac would add files of its own
COPYFILE_DISABLE=1 tar -C "$work" -czf "$folder/$name.tar.gz" "$name"
printf '%s\n' "$folder/$name.tar.gz"
