#!/usr/bin/env bash
# Builds ward-exporter, ward-classifier and ward-lab linked statically: programs that need nothing but a Linux kernel. They are
# put into target/static, and each is started in an empty root there.
#
#   scripts/static.sh [TARGET]      default: x86_64-unknown-linux-musl, or aarch64-… on such a machine
#
# With musl the C of ring and SQLite is compiled by musl-gcc (Debian: musl-tools). Where rustup cannot get a musl target, it is
# glibc, linked statically; scripts/static.sh x86_64-unknown-linux-gnu asks for that. docs/adr/0010 has the difference.
set -euo pipefail
cd "$(dirname "$0")/.."

triple=${1:-$(uname -m)-unknown-linux-musl}
has_target() { [ -d "$(rustc --print sysroot)/lib/rustlib/$triple" ] || rustup target add "$triple"; }
if ! has_target; then
    [ $# -eq 0 ] || { echo "static: no standard library for $triple" >&2; exit 1; }
    echo "static: no standard library for $triple to be had, so it is glibc" >&2
    triple=${triple%musl}gnu
fi
case $triple in
    *-musl)
        command -v musl-gcc >/dev/null || { echo "static: musl-gcc is missing: apt-get install musl-tools" >&2; exit 1; }
        export "CC_${triple//-/_}=musl-gcc"
        ;;
    *) export RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=+crt-static" ;;
esac
# shellcheck source=scripts/revision.sh
. scripts/revision.sh
cargo build --release --target "$triple" -p ward-exporter -p ward-classifier -p ward-lab --bins

rm -rf target/static
mkdir -p target/static
for program in ward-exporter ward-classifier ward-lab; do
    strip -o target/static/$program "${CARGO_TARGET_DIR:-target}/$triple/release/$program"
done

# Where there is no libc and no other file but a list of hosts, as in a container made from scratch.
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir "$root/etc" "$root/dev"
echo '127.0.0.1 device.example' >"$root/etc/hosts"
# With glibc linked statically randomness is read from a device; with musl the kernel is asked, and nothing has to be there.
devices='' # to be mounted, for who may not make them
case $triple in
    *-musl) ;;
    *) if [ "$(id -u)" = 0 ]; then mknod "$root/dev/random" c 1 8 && mknod "$root/dev/urandom" c 1 9; else devices=1; fi ;;
esac
inside() {
    if [ "$(id -u)" = 0 ]; then chroot "$root" "$@"
    elif [ -z "$devices" ]; then unshare --map-root-user chroot "$root" "$@"
    else unshare --map-root-user --mount sh -c 'mount --rbind /dev "$1/dev" && exec chroot "$@"' sh "$root" "$@"; fi
}
for program in ward-exporter ward-classifier ward-lab; do
    cp target/static/$program "$root/"
    echo "static: $(inside /$program --version | head -n 1), $triple, $(($(stat -c %s target/static/$program) / 1048576)) MiB"
done
# A name is looked up before nobody answers.
said=$(inside /ward-exporter scrape device.example:9 2>&1 || true)
if ! grep -qF '127.0.0.1:9: ' <<<"$said"; then
    echo "static: names are not looked up: $said" >&2
    exit 1
fi
