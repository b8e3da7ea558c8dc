#!/usr/bin/env bash
# Logs in at GitHub's container registry. TOKEN: a token that may write packages; GITHUB_ACTOR: whose it is.
set -euo pipefail
docker login ghcr.io --username "${GITHUB_ACTOR:?}" --password-stdin <<<"${TOKEN:?}"
