#!/usr/bin/env bash
# A simulated bank network, ward-exporter, ward-classifier and, where they can be had, PostgreSQL, vmagent, VictoriaMetrics,
# vmalert with the shipped rules, and Alertmanager, all on loopback. Prints the URLs and first answers, and the commands that
# break a provider's line and mend it; Ctrl-C stops all and leaves nothing behind.
#
#   scripts/demo.sh [--branches N] [--sqlite]
#       --sqlite: no PostgreSQL, even where it is
set -euo pipefail
cd "$(dirname "$0")/.."

branches=30 sqlite=
while [ $# -gt 0 ]; do
    case $1 in
        --branches) branches=${2:?--branches needs a number}; shift 2 ;;
        --sqlite) sqlite=1; shift ;;
        *) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
done

folder=$(mktemp -d "${TMPDIR:-/tmp}/ward-demo.XXXXXX")
cluster= # the folder of PostgreSQL, apart, as another user has to get there
children=()
stop() {
    trap - EXIT INT TERM
    [ ${#children[@]} -eq 0 ] || { kill "${children[@]}" 2>/dev/null; wait "${children[@]}" 2>/dev/null; } || true
    rm -rf "$folder" ${cluster:+"$cluster"}
}
trap stop EXIT
trap 'echo; exit 0' INT # the way to end it
trap 'exit 143' TERM

# start NAME COMMAND…: in the background, its output in $folder/NAME.log
start() {
    local name=$1
    shift
    "$@" >"$folder/$name.log" 2>&1 &
    children+=($!)
}

# port PREFERRED: that TCP port of 127.0.0.1, or the next one that nobody listens on
port() {
    local port=$1
    while (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
    echo "$port"
}

# udp_port PREFERRED: that UDP port, or the next one that nobody has at any address
udp_port() {
    local port=$1
    while grep -q ":$(printf '%04X' "$port") 00000000:0000 " /proc/net/udp; do port=$((port + 1)); done
    echo "$port"
}

# until_true SECONDS WHAT COMMAND…: asks until the command succeeds; shows the logs when it does not in time, or when
# one of the programs has ended
until_true() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        if [ $SECONDS -ge $deadline ] || ! kill -0 "${children[@]}" 2>/dev/null; then
            echo "demo: waited in vain for $what" >&2
            tail -n 20 "$folder"/*.log >&2
            exit 1
        fi
        sleep 0.2
    done
}

scripts/install-tools.sh
bin=${WARD_BIN_DIR:-${CARGO_TARGET_DIR:-target}/debug}
if [ -z "${WARD_BIN_DIR:-}" ]; then
    echo "demo: building (the first time takes a few minutes)"
    cargo build --workspace --bins
fi

control=$folder/lab.sock
start lab "$bin/ward-lab" serve --network bank --branches "$branches" --port "$(udp_port 1161)" --write-devices "$folder/devices.yml" --control "$control"
until_true 30 "the simulated network" test -s "$folder/devices.yml"

exporter=127.0.0.1:$(port 9116)
start exporter "$bin/ward-exporter" --devices.file="$folder/devices.yml" --web.listen-address="$exporter"
until_true 30 "the exporter" curl -fs "http://$exporter/-/ready"

device=$(curl -fs "http://$exporter/sd" | grep -o '"device": *"[^"]*"' | head -n 1 | cut -d'"' -f4)

# A PostgreSQL of our own where its programs are, else SQLite.
database=$folder/ward.db
PATH=$PATH:$(printf '%s:' /usr/lib/postgresql/*/bin)
if [ -z "$sqlite" ] && command -v initdb >/dev/null && command -v postgres >/dev/null; then
    cluster=$(mktemp -d /tmp/ward-demo-postgres.XXXXXX)
    export WARD_DATABASE_PASSWORD
    WARD_DATABASE_PASSWORD=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    echo "$WARD_DATABASE_PASSWORD" >"$cluster/password"
    as=()
    if [ "$(id -u)" = 0 ]; then # as whom it refuses to run
        user=postgres
        id -u $user >/dev/null 2>&1 || user=nobody
        chown -R $user "$cluster"
        as=(setpriv "--reuid=$user" "--regid=$(id -g $user)" --clear-groups)
    fi
    if (cd "$cluster" && "${as[@]}" initdb --no-sync -E UTF8 --locale=C -A scram-sha-256 -U ward --pwfile=password -D data) \
        >"$folder/initdb.log" 2>&1; then
        server=127.0.0.1:$(port 5432)
        start postgres "${as[@]}" postgres -D "$cluster/data" -h 127.0.0.1 -p "${server##*:}" -k "$cluster" -F
        database=postgres://ward@$server/postgres
    else
        echo "demo: PostgreSQL cannot be set up here ($(tail -n 1 "$folder/initdb.log")), so it is SQLite" >&2
    fi
fi

classifier=127.0.0.1:$(port 9117)
api=http://$classifier/api/v1
storage=127.0.0.1:$(port 8428)
start classifier "$bin/ward-classifier" --devices.file="$folder/devices.yml" --database="$database" \
    --metrics.url="http://$storage" --web.listen-address="$classifier" --discovery.interval=5m
all_walked() {
    curl -fs "$api/devices?walked=false&limit=1" | grep '"total":0,' &&
        curl -fs "http://$classifier/metrics" | grep '^ward_classifier_store_waiting_devices 0\(\.0\)*$'
}
until_true 90 "the first discovery" all_walked

cat <<EOF

ward-exporter            http://$exporter/
one device               http://$exporter/devices/$device/metrics
service discovery        http://$exporter/sd
its inventory            $folder/devices.yml
ward-classifier          http://$classifier/
its API                  $api/interfaces
its database             $database
EOF

printf '\n%s/interfaces/summary   what was found\n' "$api"
curl -fs "$api/interfaces/summary" | grep -o '"interfaces_by_[a-z]*":{[^}]*}' | tr -d '"{}' |
    sed -e 's/^interfaces_//' -e 's/:/  /' -e 's/:/ /g' -e 's/,/, /g' -e 's/^/  /'
IFS=, read -r _ _ device _ _ _ name _ < <(curl -fs "$api/interfaces.csv?interface_type=isp&isp_provider=magti" | sed -n 2p)
printf '\nward-classifier explain %s %s   why it is what it is\n' "$device" "$name"
"$bin/ward-classifier" explain "$device" "$name" --database="$database" | sed -e '/./s/^/  /'

if command -v victoria-metrics >/dev/null && command -v vmagent >/dev/null; then
    start victoria-metrics victoria-metrics -httpListenAddr="$storage" -storageDataPath="$folder/storage" -search.latencyOffset=0s
    until_true 30 "VictoriaMetrics" curl -fs "http://$storage/health" # before vmagent looks for a port
    agent=127.0.0.1:$(port 8429)
    rules=127.0.0.1:$(port 8880)
    sed -e "s/127\.0\.0\.1:9116/$exporter/" -e "s/127\.0\.0\.1:9117/$classifier/" \
        -e "s/127\.0\.0\.1:8429/$agent/" -e "s/127\.0\.0\.1:8880/$rules/" \
        -e 's/scrape_interval: .*/scrape_interval: 5s/' \
        -e 's/scrape_timeout: .*/scrape_timeout: 4s/' configs/vmagent.yml >"$folder/vmagent.yml"
    start vmagent vmagent -httpListenAddr="$agent" -promscrape.config="$folder/vmagent.yml" \
        -remoteWrite.url="http://$storage/api/v1/write" -remoteWrite.tmpDataPath="$folder/queue"
    echo
    echo "vmagent's targets        http://$agent/targets"
    echo "PromQL                   http://$storage/vmui/"
    echo "traffic of each line     $api/interfaces/bandwidth?devices=$device"

    # ask QUESTION: the rows of a PromQL answer, one a line, as JSON
    ask() {
        curl -fs "http://$storage/internal/force_flush" &&
            curl -fs "http://$storage/api/v1/query" --data-urlencode "query=$1" |
            grep -o '{"metric":{[^}]*},"value":\[[^]]*\]}'
    }
    busiest='topk(3, rate(interface_if_hc_in_octets[1m]) * 8)'
    until_true 90 "the first rates" ask "$busiest"
    printf '\n%s   the busiest interfaces, in bits per second\n' "$busiest"
    ask "$busiest" | sed -E 's/.*"device":"([^"]*)".*"if_name":"([^"]*)".*"value":\[[^,]*,"([0-9.e+]*)"\].*/\1 \2 \3/' |
        awk '{ printf "  %-24s %-28s %10.1f Mbit/s\n", $1, $2, $3 / 1e6 }'
    lines='sum by (isp_provider) (rate(interface_if_hc_in_octets[1m]) * 8
    * on(device, if_index, if_name) group_left(isp_provider) interface_info{interface_type="isp"})'
    until_true 90 "the first join" ask "$lines"
    printf '\n%s   what each provider brings\n' "$lines"
    ask "$lines" | sed -E 's/.*"isp_provider":"([^"]*)".*"value":\[[^,]*,"([0-9.e+]*)"\].*/\1 \2/' |
        awk '{ printf "  %-24s %10.1f Mbit/s in all\n", $1, $2 / 1e6 }'
    interfaces=$(ask 'count(interface_if_hc_in_octets)' | sed -E 's/.*,"([0-9]+)"\].*/\1/')
    printf 'count(interface_if_hc_in_octets)   %s interfaces\n' "$interfaces"
else
    echo "vmagent, VictoriaMetrics not installed and not to be had here: only exporter and classifier are running"
fi

# The shipped rules, evaluated more often where that is every 30 or 60 seconds, and otherwise as they are.
if [ -n "${storage:-}" ] && command -v vmalert >/dev/null && command -v prometheus-alertmanager >/dev/null; then
    mkdir "$folder/rules"
    for file in alerting-rules/*.yml; do
        sed -E 's/^( +interval: )(30s|1m)$/\15s/' "$file" >"$folder/rules/${file##*/}"
    done
    alerts=127.0.0.1:$(port 9093)
    start alertmanager prometheus-alertmanager --config.file=configs/alertmanager.yml --storage.path="$folder/alertmanager" \
        --web.listen-address="$alerts" --cluster.listen-address=
    until_true 30 "Alertmanager" curl -fs "http://$alerts/-/ready"
    start vmalert vmalert -rule="$folder/rules/*.yml" -httpListenAddr="$rules" -datasource.queryStep=5m \
        -datasource.url="http://$storage" -remoteWrite.url="http://$storage" -remoteRead.url="http://$storage" \
        -remoteWrite.flushInterval=1s -notifier.url="http://$alerts"
    IFS=, read -r _ _ device _ _ _ name _ < <(curl -fs "$api/interfaces.csv?interface_type=isp&role=branch" | sed -n 2p)
    # Rules remember whose line it is, and where.
    known="count(interface:info{device=\"$device\",if_name=\"$name\",isp_provider!=\"\",site!=\"\"})"
    until_true 90 "the first evaluation" ask "$known"
    cat <<EOF

vmalert                  http://$rules/vmalert/groups
Alertmanager             http://$alerts/#/alerts

Break a branch's line to its provider, look for the alert, which comes after some 40 seconds, and mend the line:
  $bin/ward-lab network --control $control down $device:$name
  amtool --alertmanager.url=http://$alerts alert query device=$device
  $bin/ward-lab network --control $control up $device:$name
More to break: $bin/ward-lab network --help
EOF
else
    echo "vmalert, Alertmanager not installed and not to be had here: no rules are evaluated"
fi

printf '\nCtrl-C stops all.\n'
wait
