#!/usr/bin/env bash
# Installs, upgrades, removes and purges the packages of target/debian in a clean Debian that boots with systemd in a
# container (systemd-nspawn), and looks at what is there after each step. Needs root, mmdebstrap and systemd-container, and
# the network for the first run, which makes the root file system; it is kept as target/roots/bookworm.tar.
#
#   make packages && scripts/test-packages.sh [--deploy]      --deploy: run configs/deploy.sh from packages to series, too
set -euo pipefail
cd "$(dirname "$0")/.."

deploy=
case ${1:-} in
    --deploy) deploy=1 ;;
    '') ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
[ "$(id -u)" = 0 ] || { echo "test-packages: needs root, for a container" >&2; exit 1; }
for tool in mmdebstrap:mmdebstrap systemd-nspawn:systemd-container nsenter:util-linux; do
    command -v "${tool%%:*}" >/dev/null || apt-get install -y -qq --no-install-recommends "${tool##*:}" >/dev/null
done

base=${WARD_ROOT_TAR:-target/roots/bookworm.tar}
if [ ! -s "$base" ]; then
    mkdir -p "$(dirname "$base")"
    packages=systemd,systemd-sysv,dbus,ca-certificates,adduser,snmpd,curl,victoria-metrics,prometheus-alertmanager
    mmdebstrap -q --variant=minbase --include=$packages bookworm "$base.part"
    mv "$base.part" "$base"
fi

root=$(mktemp -d /var/tmp/ward-root.XXXXXX)
container=
stop() {
    trap - EXIT INT TERM
    if [ -n "$container" ]; then
        kill "$container" 2>/dev/null || true
        # A first signal asks it to power off; a second one ends it.
        timeout 20 tail --pid="$container" -f /dev/null || kill -KILL "$container" 2>/dev/null || true
        wait "$container" 2>/dev/null || true
    fi
    rm -rf --one-file-system "$root"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

tar -xf "$base" -C "$root" --exclude='./dev/*'
mkdir -p "$root/packages"
cp target/debian/*.deb "$root/packages/"
cp scripts/packages-inside.sh "$root/packages/inside.sh"
cp scripts/deploy-inside.sh configs/deploy.sh "$root/packages/"
# What the clean root has for the tests' sake is started by them, not by itself.
for unit in snmpd victoria-metrics prometheus-alertmanager; do
    rm -f "$root"/etc/systemd/system/multi-user.target.wants/$unit.service "$root"/etc/rc?.d/S??$unit
done

systemd-nspawn -q -D "$root" --register=no --keep-unit --boot --private-network --console=read-only >"$root.log" 2>&1 </dev/null &
container=$!
init=
for _ in $(seq 600); do
    init=$(pgrep -P "$container" | head -n 1 || true)
    if [ -n "$init" ] && nsenter -t "$init" -a systemctl is-active -q multi-user.target 2>/dev/null; then break; fi
    kill -0 "$container" 2>/dev/null || { cat "$root.log" >&2; rm -f "$root.log"; exit 1; }
    sleep 0.2
done
rm -f "$root.log"
nsenter -t "$init" -a env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
    DEPLOY="$deploy" DEBIAN_FRONTEND=noninteractive bash /packages/inside.sh
