#!/usr/bin/env bash
# Prints what CHANGELOG.md says of a version, without its heading. Fails where there is no such section, or it is empty.
# Usage: deploy/release/changelog.sh 0.2.0
set -euo pipefail
cd "$(dirname "$0")/../.."

awk -v heading="## [${1:?a version, such as 0.2.0}]" '
  # the addresses of the headings, at the end of the file
  /^\[[^]]*\]: / { exit }
  /^## / { if (found) exit; found = index($0, heading) == 1; next }
  found && (text || NF) { text = text $0 "\n" }
  END {
    if (!found || !text) { print "changelog: CHANGELOG.md says nothing under " heading > "/dev/stderr"; exit 1 }
    sub(/\n+$/, "\n", text)
    printf "%s", text
  }' CHANGELOG.md
