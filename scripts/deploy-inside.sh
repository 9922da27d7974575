# shellcheck shell=bash disable=SC2154
# Sourced by scripts/packages-inside.sh with --deploy: from Debian's base system to labelled interfaces, with the commands of
# docs/OPERATIONS.md as they stand there, and net-snmp's snmpd as the device.

# block NUMBER: the shell commands of that block of the page
block() { awk -v wanted="$1" '/^```sh$/ { on = ++n == wanted; next } /^```$/ { on = 0 } on' /ward/docs/OPERATIONS.md; }
# follow NUMBER: runs them, as somebody does who copies them line by line
follow() { (cd /ward && bash -euo pipefail -c "$(block "$1")" </dev/null); }
deploy() { bash /ward/configs/deploy.sh --yes --packages /ward/target/debian "$@" </dev/null; }
tree() { { find /etc /usr/share/ward /var/lib/ward-deploy -type f -not -name '*cache*' -exec sha256sum {} + 2>/dev/null | sort; } || true; }
sql() { (cd / && runuser -u postgres -- psql -d ward -Atc "$1"); }
learned() { sqlite3 /var/lib/ward-classifier/ward.db "$1"; }
classified() { curl -fs "http://127.0.0.1:9117/api/v1/devices/lab" | grep -q '"interfaces":[1-9]'; }

echo "== deploy: what is missing"
check "nothing but the base system" not command -v curl vmagent vmalert snmpd alertmanager prometheus-alertmanager ward-exporter
check "deploy.sh ends where something is missing" not deploy --dry-run
check "… and names curl" says 'curl is missing: apt-get install'
check "… and vmagent" says 'vmagent is missing: apt-get install'

# The device, which is not Ward's; no Alertmanager to gossip with, as there is no network but loopback.
check "snmpd installs" apt snmpd
printf 'rocommunity public 127.0.0.0/8\nagentaddress udp:1161\nsysName lab\n' >/etc/snmp/snmpd.conf
check "snmpd starts" systemctl restart snmpd
echo 'ARGS="--cluster.listen-address="' >/etc/default/prometheus-alertmanager
echo 'Dpkg::Options {"--force-confold";};' >/etc/apt/apt.conf.d/90conffiles
printf 'auths: {a: {version: 2, community: public}}\ndefaults: {auth: a, port: 1161}\ndevices: [{name: lab, address: 127.0.0.1, labels: {site: here, role: core}}]\n' >/ward/devices.yml

echo "== deploy: from the base system to labelled interfaces"
block 1 | sed 's/^/        $ /'
began=$(date +%s%N)
check "the commands of the page" follow 1
ended=$(date +%s%N)
sed 's/^/        /' /tmp/said
echo "        took $(((ended - began) / 1000000)) ms"
check "the first label is told" says '"interface_type":"'
check "the classifier asks VictoriaMetrics" says 'ok      analytics: the classifier asks VictoriaMetrics'
for unit in ward-vmagent ward-vmalert; do
    check "$unit is hardened" sh -c "systemd-analyze security --no-pager $unit | tee /tmp/security | tail -n 1 | grep -Eq ': [01]\.[0-9] '"
    echo "        $(tail -n 1 /tmp/security)"
done

echo "== deploy: summaries"
# The rules write a day's figures once an hour; here they are there at once.
a_day() { echo "interface:traffic_bps:avg1d{device=\"lab\",if_name=\"lo\",direction=\"in\"} 4096" | curl -fsS --data-binary @- http://127.0.0.1:8428/api/v1/import/prometheus; }
asked() { curl -fsSG http://127.0.0.1:8428/api/v1/query --data-urlencode 'query=interface:traffic_bps:avg1d' | grep -q 4096; }
# With the environment and the user of the daemon.
summaries() {
    bash -euc 'set -a; . /etc/ward/ward-classifier.env; runuser -u ward-classifier -- ward-classifier summaries --devices.file=/etc/ward/devices.yml'
}
check "a figure of the last day" a_day
check "… is found" within 60 asked
check "summaries are written, with what deploy.sh has told" summaries
check "… of the interface" says '1 interfaces: '

echo "== deploy: again"
tree >/tmp/before
check "a second run finds all done" deploy
check "… and says so" says not '  done'
tree >/tmp/after
check "… and changes nothing" cmp /tmp/before /tmp/after
check "deploy.sh as ward-rules brings it finds all done, too" bash /usr/share/ward/deploy.sh --yes
check "… and says so" says not '  done'
check "an alert goes through" deploy --test-alert
echo 'ARGS="-remoteWrite.url=http://127.0.0.1:8428/api/v1/write -loggerLevel=WARN"' >/etc/default/ward-vmagent
check "an edited file stays" deploy
check "… and that is said" says 'ward-vmagent was edited, so it stays'
check "… the file is the edited one" grep -q loggerLevel /etc/default/ward-vmagent
cp -p /etc/ward/devices.yml /tmp/good.yml
echo 'devices: [{name: a}]' >/etc/ward/devices.yml
check "a bad inventory is refused" not deploy --patience 5
check "… with its line" says 'devices.yml:1'
cp -p /tmp/good.yml /etc/ward/devices.yml
check "newer packages are installed" deploy --packages /tmp/next
check "… all of them, and none for another machine" same "$(dpkg-query -W -f '${Version} ' "${ours[@]}")" "99.0-1 99.0-1 99.0-1 "

echo "== deploy: every command that the pages mention in passing"
# As it stands there; DEVICE and INTERFACE are those that there are.
said_in_passing() {
    grep -ho '`[^`]*`' /ward/docs/*.md | tr -d '`' | sed 's/DEVICE/lab/; s/INTERFACE/lo/' | sort -u |
        grep -E '^(curl|journalctl|systemctl status|amtool|ward-exporter .*(check|scrape|--dry-run)|ward-classifier (explain|discover|topology)) '
}
while IFS= read -r line; do check "$line" bash -euo pipefail -c "cd /etc/ward; $line" </dev/null; done < <(said_in_passing)

echo "== deploy: backup and restore of SQLite"
check "sqlite3 installs" apt sqlite3
check "there is what was learned" within 20 classified
before=$(learned 'SELECT count(*) FROM device_interfaces')
check "backup" follow 2
check "all is lost" learned 'DELETE FROM interfaces; DELETE FROM devices'
check "restore" follow 3
check "the classifier runs with it" within 20 curl -fsS http://127.0.0.1:9117/-/ready
check "all is there again" same "$(learned 'SELECT count(*) FROM device_interfaces')" "$before"

echo "== deploy: PostgreSQL, asked for in a dialogue"
check "PostgreSQL installs" apt postgresql
# A password that a shell or systemd could misread.
export WARD_DATABASE_PASSWORD='ge"h$e\im '"#1"
make_database() {
    cd / && runuser -u postgres -- psql -qc "CREATE ROLE ward LOGIN PASSWORD '$WARD_DATABASE_PASSWORD'" &&
        runuser -u postgres -- createdb --owner=ward ward
}
check "a database is made" make_database
answer() { printf 'postgres://ward@127.0.0.1/ward?sslmode=disable\n\n\n' | script -qec "bash /ward/configs/deploy.sh --packages /tmp/next" /dev/null; }
check "deploy.sh asks, and takes what is typed" answer
check "a password is shown nowhere" says not 'ge"h'
unset WARD_DATABASE_PASSWORD
stored() { [ "$(sql 'SELECT count(*) FROM device_interfaces')" -gt 0 ]; }
check "what was learned is in PostgreSQL" within 60 stored
check "a third run knows what it was told" deploy --packages /tmp/next
check "… and says so" says 'ready, its database migrated (postgres://ward@127.0.0.1/ward'
before=$(sql 'SELECT count(*) FROM device_interfaces')
check "backup" follow 4
check "all is lost" sql 'TRUNCATE devices CASCADE'
check "restore" follow 5
check "the classifier runs with it" within 20 curl -fsS http://127.0.0.1:9117/-/ready
check "all is there again" same "$(sql 'SELECT count(*) FROM device_interfaces')" "$before"

echo "== deploy: undo"
tree >/tmp/before
check "a dry run of it" deploy --undo --dry-run
tree >/tmp/after
check "… changes nothing" cmp /tmp/before /tmp/after
check "undo" deploy --undo
check "nothing of it runs" not pgrep -f '^(/usr/bin/)?(ward-|vmagent|vmalert)'
check "no package is installed" same "$(dpkg-query -W -f '${db:Status-Status} ' "${ours[@]}")" "config-files config-files config-files "
check "what somebody edited stays" test -e /etc/default/ward-vmagent
check "the inventory stays" test -e /etc/ward/devices.yml
tree >/tmp/before
check "a dry run where all is to be done plans it" deploy --dry-run
check "… the packages, too" says 'would   installed: ward-exporter_'
tree >/tmp/after
check "… and changes nothing" cmp /tmp/before /tmp/after
check "packages are purged" dpkg -P "${ours[@]}"
check "nothing is left but the users" same "$(left)" ""
