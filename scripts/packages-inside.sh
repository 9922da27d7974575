#!/usr/bin/env bash
# What scripts/test-packages.sh runs inside of the container: a machine of its own that is thrown away afterwards.
set -euo pipefail
[ -d /ward/target/debian ] || { echo "to be run by scripts/test-packages.sh" >&2; exit 2; }

failures=0
# check WHAT COMMAND…: what it says is in /tmp/said, until the next command that is not `says`
check() {
    local what=$1
    shift
    if "$@" >/tmp/saying 2>&1; then
        echo "ok      $what"
    else
        echo "FAILED  $what: $*"
        sed 's/^/        /' /tmp/saying | tail -n 20
        failures=$((failures + 1))
    fi
    [ "$1" = says ] || mv /tmp/saying /tmp/said
}
# says TEXT, says not TEXT: whether what was checked last said that
says() {
    if [ "$1" = not ]; then ! grep -F -e "$2" /tmp/said; else grep -qF -e "$1" /tmp/said || { tail -n 5 /tmp/said; return 1; }; fi
}
# within SECONDS COMMAND…: until it succeeds
within() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $deadline ] || return 1
        sleep 0.3
    done
}
not() { ! "$@"; }
same() { [ "$1" = "$2" ] || { echo "found '$1', expected '$2'"; return 1; }; }
install() { dpkg -i "$@" >/tmp/dpkg 2>&1 || { cat /tmp/dpkg; return 1; }; }
apt() { apt-get install -y -qq --no-install-recommends "$@" >/tmp/apt 2>&1 || { cat /tmp/apt; return 1; }; }
deb() { echo /ward/target/debian/"$1"_*.deb; }
ours=(ward-exporter ward-classifier ward-rules)
# What the packages or deploy.sh have ever put anywhere.
left() { find / -xdev \( -path /proc -o -path /ward -o -path /tmp -o -path /var/log -o -path /var/lib/dpkg \) -prune -o -name '*ward-*' -print -o -path '/etc/ward*' -print; }

# The same packages as a later version.
mkdir /tmp/next
for name in "${ours[@]}"; do
    dpkg-deb -R "$(deb "$name")" "/tmp/next/$name"
    sed -i 's/^Version: .*/Version: 99.0-1/' "/tmp/next/$name/DEBIAN/control"
    dpkg-deb --root-owner-group -Znone -b "/tmp/next/$name" "/tmp/next/${name}_99.0-1.deb" >/dev/null
    rm -r "/tmp/next/$name"
done
# A release has packages for other machines, too, which must not be taken.
mkdir -p /tmp/strange/DEBIAN
printf 'Package: ward-exporter\nVersion: 99.1-1\nArchitecture: strange\nMaintainer: nobody\nDescription: for another machine\n' \
    >/tmp/strange/DEBIAN/control
dpkg-deb --root-owner-group -Znone -b /tmp/strange /tmp/next/ward-exporter_99.1-1_strange.deb >/dev/null

if [ -n "${DEPLOY:-}" ]; then
    # shellcheck source=scripts/deploy-inside.sh
    . /ward/deploy-inside.sh
else
    check "curl is there, for the tests" apt curl
fi

echo "== install"
check "three packages install" install /ward/target/debian/*.deb
for daemon in ward-exporter:9116 ward-classifier:9117; do
    name=${daemon%:*} port=${daemon#*:}
    check "$name runs" within 20 systemctl is-active -q "$name"
    check "$name is enabled" systemctl is-enabled -q "$name"
    check "$name is ready" within 20 curl -fsS "http://127.0.0.1:$port/-/ready"
    check "$name is not root" same "$(stat -c %U "/proc/$(systemctl show -P MainPID "$name")")" "$name"
    check "$name may nothing" same "$(sed -n 's/^CapEff:\s*//p' "/proc/$(systemctl show -P MainPID "$name")/status")" 0000000000000000
    check "$name cannot write to /etc" not nsenter -t "$(systemctl show -P MainPID "$name")" -m touch /etc/ward/mark
    check "$name's log is in the journal" within 10 sh -c "journalctl -q -u $name | grep -q listening"
    check "$name is hardened" sh -c "systemd-analyze security --no-pager $name | tee /tmp/security | tail -n 1 | grep -Eq ': [0-2]\.[0-9] '"
    echo "        $(tail -n 1 /tmp/security)"
    check "$name --version" sh -c "$name --version | grep -q '^$name '"
    check "$name's page" test -s "/usr/share/man/man1/$name.1.gz"
    check "$name's completion" bash -n "/usr/share/bash-completion/completions/$name"
done
check "the inventory is not for everybody" same "$(stat -c '%U:%G %a' /etc/ward/devices.yml)" "root:ward 640"
check "vmagent and vmalert wait to be asked" not systemctl is-active -q ward-vmagent ward-vmalert

echo "== a daemon that dies is started again"
before=$(systemctl show -P MainPID ward-exporter)
kill -KILL "$before"
check "ward-exporter comes back" within 20 sh -c "systemctl is-active -q ward-exporter && [ \$(systemctl show -P MainPID ward-exporter) != $before ]"

echo "== upgrade"
echo '# mine' >>/etc/default/ward-exporter
printf 'auths: {a: {version: 2, community: public}}\ndefaults: {auth: a}\ndevices: [{name: mine, address: 127.0.0.1}]\n' >/etc/ward/devices.yml
check "newer packages install" install /tmp/next/*_99.0-1.deb
check "an edited conffile stays" grep -q '^# mine' /etc/default/ward-exporter
check "an edited inventory stays" grep -q 'name: mine' /etc/ward/devices.yml
check "the exporter has the inventory" within 20 sh -c 'curl -fs http://127.0.0.1:9116/sd | grep -q mine'
check "what was learned stays" within 20 test -s /var/lib/ward-classifier/ward.db
check "the database is not for everybody" same "$(stat -c '%U %a' /var/lib/ward-classifier/ward.db)" "ward-classifier 600"

echo "== remove"
check "packages are removed" dpkg -r "${ours[@]}"
check "no daemon runs" not pgrep -f '^(/usr/bin/)?ward-(exporter|classifier)'
check "the inventory stays" test -e /etc/ward/devices.yml
check "what was learned stays" test -e /var/lib/ward-classifier/ward.db
check "conffiles stay" test -e /etc/default/ward-exporter

echo "== install again, then purge"
check "packages install" install /ward/target/debian/*.deb
check "the inventory is the old one" grep -q 'name: mine' /etc/ward/devices.yml
check "packages are purged" dpkg -P "${ours[@]}"
check "nothing is left but the users" same "$(left)" ""

[ $failures = 0 ] || { echo "$failures failed"; exit 1; }
echo "all passed"
