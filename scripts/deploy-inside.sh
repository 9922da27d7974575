# shellcheck shell=bash
# Sourced by scripts/packages-inside.sh with --deploy: configs/deploy.sh on a machine where only VictoriaMetrics and
# Alertmanager run, with net-snmp's snmpd as the device.
# There is no network but loopback, so no address for a cluster of Alertmanagers.
echo 'ARGS="--cluster.listen-address="' >/etc/default/prometheus-alertmanager
check "VictoriaMetrics and Alertmanager start" systemctl restart victoria-metrics prometheus-alertmanager
check "… and answer" within 30 curl -fs http://127.0.0.1:9093/-/ready
# The device `mine` did not answer before, so discovery leaves it alone for a while; `lab` is met for the first time.
printf 'rocommunity public 127.0.0.0/8\nagentaddress udp:1161\nsysName lab\n' >/etc/snmp/snmpd.conf
check "snmpd starts" systemctl restart snmpd
printf 'auths: {a: {version: 2, community: public}}\ndefaults: {auth: a, port: 1161}\ndevices: [{name: mine, address: 127.0.0.1}, {name: lab, address: 127.0.0.2, labels: {site: here, role: core}}]\n' >/tmp/devices.yml
cp /tmp/devices.yml /etc/ward/devices.yml
deploy() { bash /packages/deploy.sh --yes "$@" </dev/null; }
tree() { { find /etc /usr/share/ward /var/lib/ward-deploy -type f -not -name '*cache*' -exec sha256sum {} + 2>/dev/null | sort; } || true; }

tree >/tmp/before
check "a dry run plans" deploy --dry-run
tree >/tmp/after
check "a dry run changes nothing" cmp /tmp/before /tmp/after
began=$SECONDS
check "deploy.sh, from packages to labelled interfaces" deploy --test-alert
sed 's/^/        /' /tmp/said
echo "        took $((SECONDS - began)) s"
check "a second run changes nothing" deploy
check "… and says so" not grep -q '^  done' /tmp/said
echo 'ARGS="-remoteWrite.url=http://127.0.0.1:8428/api/v1/write -loggerLevel=WARN"' >/etc/default/ward-vmagent
check "an edited file stays" deploy
check "… the file is the edited one" grep -q loggerLevel /etc/default/ward-vmagent
mv /etc/ward/devices.yml /tmp/good.yml
echo 'devices: [{name: a}]' >/etc/ward/devices.yml
check "a bad inventory is refused" not deploy --patience 5
cp /tmp/good.yml /etc/ward/devices.yml && chown root:ward /etc/ward/devices.yml && chmod 640 /etc/ward/devices.yml
check "undo" deploy --undo
check "nothing of it runs" not pgrep -f '^(/usr/bin/)?(ward-|vmagent|vmalert)'
check "undo left the inventory" test -e /etc/ward/devices.yml
check "packages install again" install /packages/*.deb
