#!/usr/bin/env bash
# Makes the GitHub release of a tag, with the files of a folder and what CHANGELOG.md says of the version. Needs gh, logged
# in (GH_TOKEN).  Usage: deploy/release/publish.sh v0.2.0 dist
set -euo pipefail
cd "$(dirname "$0")/../.."

tag=${1:?a tag, such as v0.2.0}
folder=${2:?the folder with the files}
version=$(deploy/release/version.sh "$tag")

notes=$(mktemp)
trap 'rm -f "$notes"' EXIT
deploy/release/changelog.sh "$version" >"$notes"
options=(--verify-tag --title "Wenlu $version" --notes-file "$notes")
case $version in *-*) options+=(--prerelease) ;; esac
gh release create "$tag" "${options[@]}" "$folder"/*
