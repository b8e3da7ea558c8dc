#!/usr/bin/env bash
# The container image. `build` builds it for this machine's processor and pushes it as IMAGE:VERSION-amd64 or -arm64;
# `join` makes one image of both: IMAGE:VERSION, and, unless it is a pre-release, IMAGE:latest. Needs Docker with buildx,
# and to be logged in at the registry.  Usage: deploy/release/image.sh build|join ghcr.io/OWNER/wenlu
set -euo pipefail
cd "$(dirname "$0")/../.."

step=${1:?build or join}
# a registry knows small letters only
image=$(printf '%s' "${2:?the name of the image, such as ghcr.io/OWNER/wenlu}" | tr '[:upper:]' '[:lower:]')
version=$(deploy/release/version.sh)

case $step in
  build)
    case $(uname -m) in
      x86_64) architecture=amd64 ;;
      aarch64 | arm64) architecture=arm64 ;;
      *) echo "image: no image for $(uname -m)" >&2; exit 1 ;;
    esac
    docker buildx build --file deploy/Dockerfile --tag "$image:$version-$architecture" --push \
      --label "org.opencontainers.image.version=$version" \
      --label "org.opencontainers.image.source=$(sed -n 's/^repository = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)" \
      --label "org.opencontainers.image.revision=$(git rev-parse HEAD)" \
      --label "org.opencontainers.image.licenses=$(sed -n 's/^license = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)" .
    ;;
  join)
    tags=(--tag "$image:$version")
    case $version in *-*) ;; *) tags+=(--tag "$image:latest") ;; esac
    docker buildx imagetools create "${tags[@]}" "$image:$version-amd64" "$image:$version-arm64"
    ;;
  *) echo "image: $step is neither build nor join" >&2; exit 1 ;;
esac
