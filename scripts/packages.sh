#!/usr/bin/env bash
# Builds the Debian packages ward-exporter, ward-classifier and ward-rules into target/debian.
#
#   scripts/packages.sh [--bin-dir DIR]      --bin-dir: package the programs of that folder instead of building them
#
# The revision and its date, which --version tells, are those of git's HEAD; the same source gives the same packages.
set -euo pipefail
cd "$(dirname "$0")/.."

bin_dir=
while [ $# -gt 0 ]; do
    case $1 in
        --bin-dir) bin_dir=$(realpath "${2:?--bin-dir needs a folder}"); shift 2 ;;
        *) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
done

command -v dpkg-deb >/dev/null || { echo "packages: no dpkg-deb here; apt-get install dpkg" >&2; exit 1; }
command -v cargo-deb >/dev/null || cargo install --locked cargo-deb
# shellcheck source=scripts/revision.sh
. scripts/revision.sh

target=${CARGO_TARGET_DIR:-$PWD/target}
if [ -n "$bin_dir" ]; then
    mkdir -p "$target/release"
    cp "$bin_dir"/ward-exporter "$bin_dir"/ward-classifier "$target/release/"
else
    cargo build --release -p ward-exporter -p ward-classifier --bins
fi

# Man pages and completion, and the dashboards in the folder structure that they are installed in.
staged=target/packaging
rm -rf $staged
mkdir -p $staged/grafana
cargo run -q -p ward-e2e --example manual -- $staged
[ ! -d grafana ] || cp -r grafana/. $staged/grafana/
cp README.md $staged/grafana/.about # the folder is never empty

# Debian wants a changelog of the package beside that of the program.
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
cat >$staged/changelog <<CHANGELOG
ward ($version-1) unstable; urgency=medium

  * changelog.gz has what changed.

 -- The Ward contributors <ward@localhost>  $(LC_ALL=C date -u -R -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}")
CHANGELOG

out=target/debian
rm -rf $out
mkdir -p $out
deb() { cargo deb --no-build --no-dbgsym --strip -q --output $out/ "$@"; }
deb -p ward-exporter
deb -p ward-classifier
deb -p ward-exporter --variant rules

# ward-rules is the same on every machine and has a description of its own, which cargo-deb cannot say.
rules=$(echo $out/ward-rules_*.deb)
unpacked=$(mktemp -d)
trap 'rm -rf "$unpacked"' EXIT
dpkg-deb -R "$rules" "$unpacked/deb"
sed -i -e 's/^Architecture: .*/Architecture: all/' -e '/^Depends: *$/d' \
    -e 's/^Description: .*/Description: Rules and dashboards for the metrics of network devices/' "$unpacked/deb/DEBIAN/control"
rm -f "$rules" "$unpacked/deb/usr/share/ward/grafana/.about"
dpkg-deb --root-owner-group -Zxz -b "$unpacked/deb" "${rules%_*}_all.deb" >/dev/null
ls $out/*.deb
