#!/usr/bin/env bash
# Installs, from the distribution's packages, the programs that the tests and the demo start, where they are missing.
# Safe to run again: with nothing missing it prints one line and changes nothing. Services of the installed packages
# are not started. With WARD_REQUIRE_ALL=1 a program that cannot be had is an error; without, it is only said.
set -euo pipefail

# program:package (Debian 12 and later, Ubuntu 22.04 and later)
tools=(
    snmpd:snmpd
    snmpbulkwalk:snmp
    lldpd:lldpd
    victoria-metrics:victoria-metrics
    vmagent:victoria-metrics
    vmalert:victoria-metrics
    promtool:prometheus
    python3:python3
    amtool:prometheus-alertmanager
    ip:iproute2
    unshare:util-linux
    curl:curl
    openssl:openssl
    initdb:postgresql
    faketime:faketime
    shellcheck:shellcheck
    sqlite3:sqlite3
)

# Debian keeps the programs of PostgreSQL's server out of the way, by version.
PATH=$PATH:/usr/sbin:/sbin:$(printf '%s:' /usr/lib/postgresql/*/bin)

missing() {
    for tool in "${tools[@]}"; do
        command -v "${tool%%:*}" >/dev/null || echo "${tool##*:}"
    done | sort -u
}

give_up() {
    echo "tools: $1"
    echo "tools: missing: $(missing | tr '\n' ' ')- what needs them is skipped"
    [ "${WARD_REQUIRE_ALL:-0}" != 1 ] || exit 1
    exit 0
}

packages=$(missing | tr '\n' ' ')
if [ -z "$packages" ]; then
    echo "tools: all there"
    exit 0
fi

command -v apt-get >/dev/null || give_up "no apt-get here; install the packages by hand"
root=
if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || give_up "neither root nor sudo without a password; as root: apt-get install $packages"
    root="sudo -n"
fi

# A package's service must not start on the user's machine only because a test wants its program.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap '$root rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' | $root tee $policy >/dev/null
    $root chmod 755 $policy
fi

install() {
    # shellcheck disable=SC2086 # the list is split on purpose
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
}

echo "tools: apt-get install $packages"
if ! install 2>/dev/null; then
    echo "tools: apt-get update, then once more"
    $root apt-get update -qq || true
    install || give_up "apt-get could not install them"
fi
[ -z "$(missing)" ] || give_up "installed, but not found in PATH"
echo "tools: installed"
