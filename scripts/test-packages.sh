#!/usr/bin/env bash
# Installs, upgrades, removes and purges the packages of target/debian in a clean Debian that boots with systemd in a
# container (systemd-nspawn), and looks at what is there after each step. Needs root, mmdebstrap and systemd-container, and
# the network for the first run, which makes the root file system; it is kept as target/roots/bookworm-base.tar.
#
#   make packages && scripts/test-packages.sh [--deploy]
#       --deploy: before that, run the commands of docs/OPERATIONS.md there, from nothing but the base system to series
set -euo pipefail
cd "$(dirname "$0")/.."

deploy=
case ${1:-} in
    --deploy) deploy=1 ;;
    '') ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
[ "$(id -u)" = 0 ] || { echo "test-packages: needs root, for a container" >&2; exit 1; }
for tool in mmdebstrap:mmdebstrap systemd-nspawn:systemd-container nsenter:util-linux; do
    command -v "${tool%%:*}" >/dev/null || apt-get install -y -qq --no-install-recommends "${tool##*:}" >/dev/null
done

# Ubuntu has mmdebstrap without the keys that it checks Debian with.
[ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || apt-get install -y -qq debian-archive-keyring >/dev/null

# Nothing but Debian's base system. What apt-get installs in it lies in apt's cache, as the container has no network.
base=${WARD_ROOT_TAR:-target/roots/bookworm-base.tar}
if [ ! -s "$base" ]; then
    mkdir -p "$(dirname "$base")"
    # shellcheck disable=SC2016 # for mmdebstrap's shell
    mmdebstrap -q --format=tar --variant=important --skip=cleanup/apt --customize-hook='chroot "$1" apt-get clean' \
        --customize-hook='chroot "$1" apt-get install -qq -y --download-only --no-install-recommends \
            curl victoria-metrics prometheus-alertmanager snmpd postgresql sqlite3 >/dev/null' bookworm "$base.part"
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
    rm -rf --one-file-system "$root" "$root.log"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# As much of the repository as somebody has who installs from packages.
tar -xf "$base" -C "$root" --exclude='./dev/*'
mkdir -p "$root/ward/target" "$root/ward/configs" "$root/ward/docs"
cp -r target/debian "$root/ward/target/"
cp configs/deploy.sh "$root/ward/configs/"
cp docs/OPERATIONS.md docs/RUNBOOK.md "$root/ward/docs/"
cp scripts/packages-inside.sh scripts/deploy-inside.sh "$root/ward/"

systemd-nspawn -q -D "$root" --register=no --keep-unit --boot --private-network --console=read-only >"$root.log" 2>&1 </dev/null &
container=$!
init=
for _ in $(seq 600); do
    init=$(pgrep -P "$container" | head -n 1 || true)
    if [ -n "$init" ] && nsenter -t "$init" -a systemctl is-active -q multi-user.target 2>/dev/null; then break; fi
    kill -0 "$container" 2>/dev/null || { cat "$root.log" >&2; exit 1; }
    sleep 0.2
done
nsenter -t "$init" -a env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
    DEPLOY="$deploy" DEBIAN_FRONTEND=noninteractive bash /ward/packages-inside.sh
