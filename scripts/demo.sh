#!/usr/bin/env bash
# A simulated bank network, ward-exporter and, where they can be had, vmagent and VictoriaMetrics, all on loopback.
# Prints the URLs and a first PromQL answer; Ctrl-C stops all and leaves nothing behind.
#
#   scripts/demo.sh [--branches N] [--once]      --once: stop as soon as the first answer is there
set -euo pipefail
cd "$(dirname "$0")/.."

branches=30 once=
while [ $# -gt 0 ]; do
    case $1 in
        --branches) branches=${2:?--branches needs a number}; shift 2 ;;
        --once) once=1; shift ;;
        *) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
done

folder=$(mktemp -d "${TMPDIR:-/tmp}/ward-demo.XXXXXX")
children=()
stop() {
    trap - EXIT INT TERM
    [ ${#children[@]} -eq 0 ] || { kill "${children[@]}" 2>/dev/null; wait "${children[@]}" 2>/dev/null; } || true
    rm -rf "$folder"
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

start lab "$bin/ward-lab" serve --network bank --branches "$branches" --write-devices "$folder/devices.yml"
until_true 30 "the simulated network" test -s "$folder/devices.yml"

exporter=127.0.0.1:$(port 9116)
start exporter "$bin/ward-exporter" --devices.file="$folder/devices.yml" --web.listen-address="$exporter"
until_true 30 "the exporter" curl -fs "http://$exporter/-/ready"

device=$(curl -fs "http://$exporter/sd" | grep -o '"device": *"[^"]*"' | head -n 1 | cut -d'"' -f4)
cat <<EOF

ward-exporter            http://$exporter/
one device               http://$exporter/devices/$device/metrics
service discovery        http://$exporter/sd
its inventory            $folder/devices.yml
EOF

if command -v victoria-metrics >/dev/null && command -v vmagent >/dev/null; then
    storage=127.0.0.1:$(port 8428)
    start victoria-metrics victoria-metrics -httpListenAddr="$storage" -storageDataPath="$folder/storage" -search.latencyOffset=0s
    sed -e "s/127\.0\.0\.1:9116/$exporter/" -e 's/scrape_interval: .*/scrape_interval: 5s/' \
        -e 's/scrape_timeout: .*/scrape_timeout: 4s/' configs/vmagent.yml >"$folder/vmagent.yml"
    agent=127.0.0.1:$(port 8429)
    start vmagent vmagent -httpListenAddr="$agent" -promscrape.config="$folder/vmagent.yml" \
        -remoteWrite.url="http://$storage/api/v1/write" -remoteWrite.tmpDataPath="$folder/queue"
    echo "vmagent's targets        http://$agent/targets"
    echo "PromQL                   http://$storage/vmui/"

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
    interfaces=$(ask 'count(interface_if_hc_in_octets)' | sed -E 's/.*,"([0-9]+)"\].*/\1/')
    printf 'count(interface_if_hc_in_octets)   %s interfaces\n' "$interfaces"
else
    echo "vmagent, VictoriaMetrics not installed and not to be had here: only the exporter is running"
fi

[ -z "$once" ] || exit 0
printf '\nCtrl-C stops all.\n'
wait
