#!/usr/bin/env bash
# What each program of a whole installation needs: a simulated bank network, ward-exporter, ward-classifier with SQLite, vmagent,
# VictoriaMetrics, vmalert and Alertmanager, all as they are shipped, run for some minutes on this machine. Prints CPU and memory of
# each, and how much disk the series take.
#
#   scripts/sizing.sh [BRANCHES] [MINUTES]      30 and 15 unless given; 128 branches are some 900 devices
#
# Needs ward-exporter, ward-classifier and ward-lab in the PATH, and curl. The first minute, in which everything is found, is not
# counted.
set -euo pipefail
cd "$(dirname "$0")/.."
branches=${1:-30} minutes=${2:-15}
[[ $branches$minutes =~ ^[0-9]+$ ]] || { sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2; }

folder=$(mktemp -d "${TMPDIR:-/tmp}/ward-sizing.XXXXXX")
declare -A children=()
stop() {
    trap - EXIT
    { kill "${children[@]}" && wait "${children[@]}"; } 2>/dev/null || true
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 143' INT TERM
start() {
    local name=$1
    "$@" >"$folder/$name.log" 2>&1 &
    children[$name]=$!
}
until_true() {
    local deadline=$((SECONDS + 120)) what=$1
    shift
    until "$@" >/dev/null 2>&1; do
        if [ $SECONDS -ge $deadline ] || ! kill -0 "${children[@]}" 2>/dev/null; then
            echo "sizing: waited in vain for $what" >&2
            tail -n 20 "$folder"/*.log >&2
            exit 1
        fi
        sleep 0.2
    done
}
# port PREFERRED: that TCP port of 127.0.0.1, or the next one that nobody listens on
port() {
    local port=$1
    while (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
    echo "$port"
}

start ward-lab serve --network bank --branches "$branches" --port "$(port 21161)" --write-devices "$folder/devices.yml"
until_true "the simulated network" grep -qs '^devices:' "$folder/devices.yml"
exporter=127.0.0.1:$(port 19116) classifier=127.0.0.1:$(port 19217) storage=127.0.0.1:$(port 18428)
agent=127.0.0.1:$(port 18529) rules=127.0.0.1:$(port 18880) alerts=127.0.0.1:$(port 19093)
start victoria-metrics -httpListenAddr="$storage" -storageDataPath="$folder/series"
start ward-exporter --devices.file="$folder/devices.yml" --web.listen-address="$exporter"
start ward-classifier --devices.file="$folder/devices.yml" --database="$folder/ward.db" --metrics.url="http://$storage" \
    --web.listen-address="$classifier"
start prometheus-alertmanager --config.file=configs/alertmanager.yml --storage.path="$folder/alertmanager" \
    --web.listen-address="$alerts" --cluster.listen-address=
sed -e "s/127\.0\.0\.1:9116/$exporter/" -e "s/127\.0\.0\.1:9117/$classifier/" -e "s/127\.0\.0\.1:8429/$agent/" \
    -e "s/127\.0\.0\.1:8880/$rules/" configs/vmagent.yml >"$folder/vmagent.yml"
start vmagent -httpListenAddr="$agent" -promscrape.config="$folder/vmagent.yml" \
    -remoteWrite.url="http://$storage/api/v1/write" -remoteWrite.tmpDataPath="$folder/queue"
until_true VictoriaMetrics curl -fs "http://$storage/health"
start vmalert -rule='alerting-rules/*.yml' -httpListenAddr="$rules" -datasource.queryStep=5m -datasource.url="http://$storage" \
    -remoteWrite.url="http://$storage" -remoteRead.url="http://$storage" -remoteWrite.flushInterval=1s -notifier.url="http://$alerts"

# used NAME: CPU seconds so far
used() { awk -v hz="$(getconf CLK_TCK)" '{ printf "%.2f", ($14 + $15) / hz }' "/proc/${children[$1]}/stat"; }
# figure NAME: one of VictoriaMetrics' own, summed
figure() { curl -fs "http://$storage/metrics" | awk -v name="$1" 'index($1, name) == 1 { sum += $2 } END { printf "%.0f", sum }'; }

sleep 60
declare -A before=()
for name in "${!children[@]}"; do before[$name]=$(used "$name"); done
samples=$(figure 'vm_rows_inserted_total')
sleep $((60 * minutes))
printf '| program | CPU, of one core | memory |\n|---|---|---|\n'
for name in ward-exporter ward-classifier vmagent victoria-metrics vmalert prometheus-alertmanager; do
    memory=$(awk '/^VmHWM/ { printf "%.0f", $2 / 1024 }' "/proc/${children[$name]}/status")
    awk -v name=$name -v spent="$(used $name)" -v before="${before[$name]}" -v seconds=$((60 * minutes)) -v memory="$memory" \
        'BEGIN { printf "| %s | %.1f %% | %s MiB |\n", name, 100 * (spent - before) / seconds, memory }'
done
rate=$((($(figure 'vm_rows_inserted_total') - samples) / (60 * minutes)))
curl -fs "http://$storage/internal/force_flush" && curl -fs "http://$storage/internal/force_merge" && sleep 20
octets=$(figure 'vm_data_size_bytes{type="storage/') all=$(figure 'vm_rows{type="storage/')
interfaces=$(curl -fs "http://$classifier/api/v1/interfaces?limit=1" | grep -o '"total":[0-9]*' | cut -d: -f2)
echo
echo "$(grep -c '^  - {name' "$folder/devices.yml") devices, $interfaces interfaces, $(figure 'vm_cache_entries{type="storage/hour_metric_ids"}') series, $rate samples a second"
awk -v octets="$octets" -v rows="$all" -v rate="$rate" \
    'BEGIN { printf "%.2f octets a sample on disk: %.1f GB in 30 days\n", octets / rows, octets / rows * rate * 86400 * 30 / 1e9 }'
