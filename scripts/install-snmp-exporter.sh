#!/usr/bin/env bash
# Gets a real snmp_exporter, at least 0.30, for the tests that compare its answers with ours. In this order: the one
# that WARD_SNMP_EXPORTER names, one in PATH, and else the package of a newer suite of this system's own Debian mirror.
# That package is checked with Debian's keyring and only unpacked, into target/tools/snmp_exporter; the system's
# packages and sources stay as they are. Where it cannot be had this is said in one line, and those tests go by stored
# answers.
set -euo pipefail
cd "$(dirname "$0")/.."

package=prometheus-snmp-exporter
tools=target/tools
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# Whether a program is an snmp_exporter from 0.30 on.
new_enough() {
    "$1" --version 2>&1 | grep -Eq 'snmp_exporter, version ([1-9]|0\.[3-9][0-9])'
}

give_up() {
    echo "snmp_exporter: $1; comparisons go by stored answers"
    exit 0
}

for program in "${WARD_SNMP_EXPORTER:-}" "$(command -v snmp_exporter || true)" "$(command -v $package || true)" \
    "$tools/snmp_exporter/usr/bin/$package"; do
    if [ -x "$program" ] && new_enough "$program"; then
        echo "snmp_exporter: $program"
        exit 0
    fi
done

command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || give_up "no apt-get here"
[ -r $keyring ] || give_up "no $keyring, so the package could not be checked"
# The mirrors of the release that this system is, from its own sources.
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
mirrors=$(apt-get update --print-uris 2>/dev/null | sed -n "s#^'\(.*/\)dists/$release/InRelease'.*#\1#p" | sort -u)
[ -n "$mirrors" ] || give_up "apt has no mirror of Debian ${release:-of any release}"

# apt, with a state of its own and one source.
private=$(mktemp -d)
trap 'rm -rf "$private"' EXIT
mkdir -p "$private/state/lists/partial" "$private/cache/archives/partial" "$private/parts"
: >"$private/status"
private_apt() {
    apt-get -q -o Dir::State="$private/state" -o Dir::State::status="$private/status" -o Dir::Cache="$private/cache" \
        -o Dir::Etc::sourcelist="$private/sources.list" -o Dir::Etc::sourceparts="$private/parts" \
        -o Dir::Etc::preferencesparts="$private/parts" -o Dir::Etc::preferences=/dev/null \
        -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=true -o Acquire::Languages=none \
        -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 \
        -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false "$@"
}

# Unpacks the package of a suite of a mirror, if it can be had and is new enough.
unpack() {
    echo "deb [signed-by=$keyring] $1 $2 main" >"$private/sources.list"
    rm -rf "$private/unpacked" "$private"/*.deb
    private_apt update && (cd "$private" && private_apt download $package) &&
        dpkg-deb -x "$private"/${package}_*.deb "$private/unpacked" &&
        new_enough "$private/unpacked/usr/bin/$package"
}

for mirror in $mirrors; do
    for suite in testing unstable; do
        unpack "$mirror" $suite >>"$private/log" 2>&1 || continue
        mkdir -p $tools
        rm -rf $tools/snmp_exporter
        cp -r "$private/unpacked" $tools/snmp_exporter
        echo "snmp_exporter: $tools/snmp_exporter/usr/bin/$package, from Debian $suite"
        exit 0
    done
done
give_up "not to be had: $(tail -n 1 "$private/log")"
