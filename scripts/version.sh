#!/usr/bin/env bash
# Whether Cargo.toml and CHANGELOG.md agree with a version that is to be released; --notes prints what the changelog says of it.
#
#   scripts/version.sh [--notes] [VERSION]      default: the version of Cargo.toml
set -euo pipefail
cd "$(dirname "$0")/.."

notes=
if [ "${1:-}" = --notes ]; then notes=1; shift; fi
cargo=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
version=${1:-$cargo}
[ "$version" = "$cargo" ] || { echo "version: $version is to be released, and Cargo.toml says $cargo" >&2; exit 1; }
section() { awk -v heading="## [$version]" 'index($0, heading) == 1 { on = 1; next } /^## \[/ { on = 0 } on' CHANGELOG.md; }
if [ -z "$(section)" ]; then
    # Between releases the next version's changes are below Unreleased.
    [ $# -eq 0 ] && grep -q '^## \[Unreleased\]' CHANGELOG.md || { echo "version: CHANGELOG.md has no section [$version]" >&2; exit 1; }
fi
if [ -n "$notes" ]; then section; else echo "version: $version"; fi
