#!/usr/bin/env bash
# Builds ward-exporter, ward-classifier and ward-lab for musl, linked statically: binaries that need nothing but a Linux kernel.
# They are put into target/static. The C of ring and SQLite is compiled by musl-gcc (Debian: musl-tools).
#
#   scripts/static.sh [TARGET]      default: x86_64-unknown-linux-musl, or aarch64-… on such a machine
set -euo pipefail
cd "$(dirname "$0")/.."

triple=${1:-$(uname -m)-unknown-linux-musl}
command -v musl-gcc >/dev/null || { echo "static: musl-gcc is missing: apt-get install musl-tools" >&2; exit 1; }
[ -d "$(rustc --print sysroot)/lib/rustlib/$triple" ] || rustup target add "$triple"
# shellcheck source=scripts/revision.sh
. scripts/revision.sh

variable=${triple//-/_}
export "CC_$variable=musl-gcc"
cargo build --release --target "$triple" -p ward-exporter -p ward-classifier -p ward-lab --bins

rm -rf target/static
mkdir -p target/static
for program in ward-exporter ward-classifier ward-lab; do
    strip -o target/static/$program "${CARGO_TARGET_DIR:-target}/$triple/release/$program"
    # It starts where there is no libc and no other file.
    if ldd target/static/$program 2>&1 | grep -q '=>'; then
        echo "static: $program is not static: $(ldd target/static/$program)" >&2
        exit 1
    fi
    target/static/$program --version | head -n 1
done
