#!/usr/bin/env bash
# What the shipped rules find, and what they find that is not there: weeks of made-up traffic with known anomalies are put
# into an empty VictoriaMetrics, `vmalert -replay` runs alerting-rules/ over them, and the alerts are compared with the truth.
#
#   scripts/replay.sh [--seed N]... [--scenario seasons|growth] [--interfaces N] [--weeks N] [--keep FOLDER]
#                     [--min-recall SHARE] [--max-false RATE]
#
# docs/ANALYTICS.md has the figures. Two seeds of 60 interfaces and 6 weeks take about ten minutes on two cores.
set -euo pipefail
cd "$(dirname "$0")/.."

seeds=() scenario=seasons interfaces=60 weeks='' keep='' judge=()
while [ $# -gt 0 ]; do
    case $1 in
        --*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
        --seed) seeds+=("${2:?}"); shift 2 ;;
        --scenario) scenario=${2:?}; shift 2 ;;
        --interfaces) interfaces=${2:?}; shift 2 ;;
        --weeks) weeks=${2:?}; shift 2 ;;
        --keep) keep=${2:?}; shift 2 ;;
        --min-recall | --max-false) judge+=("$1" "${2:?}"); shift 2 ;;
        *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
done
[ ${#seeds[@]} -gt 0 ] || seeds=(101 102)

# The rules in the order in which they build on each other.
case $scenario in
    seasons) weeks=${weeks:-6} step=60 files=(calendar rates baseline anomaly) ;;
    growth) weeks=${weeks:-14} step=150 files=(rates trends) ;;
    *) echo "replay: --scenario is seasons or growth, not $scenario" >&2; exit 2 ;;
esac

if [ -n "${WARD_LAB:-}" ]; then lab=$WARD_LAB; else
    cargo build --quiet --release -p ward-lab
    lab=${CARGO_TARGET_DIR:-target}/release/ward-lab
fi

folder=${keep:-$(mktemp -d "${TMPDIR:-/tmp}/ward-replay.XXXXXX")}
mkdir -p "$folder"
storage=
stop() {
    [ -z "$storage" ] || { kill "$storage" 2>/dev/null; wait "$storage" 2>/dev/null; } || true
    storage=
}
trap 'stop; [ -n "$keep" ] || rm -rf "$folder"' EXIT

# port: a TCP port of 127.0.0.1 that nobody listens on
port() {
    local port=$((20000 + RANDOM % 20000))
    while (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
    echo "$port"
}

# utc SECONDS: that time as vmalert takes it
utc() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ; }

start=1769990400 # Monday, 2 February 2026
for seed in "${seeds[@]}"; do
    here=$folder/$scenario-$seed
    mkdir -p "$here"
    address=127.0.0.1:$(port)
    victoria-metrics -httpListenAddr="$address" -storageDataPath="$here/storage" -retentionPeriod=100y \
        -search.latencyOffset=0s -search.disableCache -search.maxQueryDuration=10m -search.maxPointsPerTimeseries=1000000 \
        >"$here/storage.log" 2>&1 &
    storage=$!
    until curl -fs "http://$address/health" >/dev/null; do sleep 0.1; done

    holiday=()
    [ "$scenario" != seasons ] || [ "$weeks" -lt 5 ] || holiday=(--holiday 29) # 3 March
    "$lab" traffic generate --seed "$seed" --scenario "$scenario" --interfaces "$interfaces" --weeks "$weeks" \
        --step $step --start $start "${holiday[@]}" --truth "$here/truth.json" |
        curl -fsS -X POST -T - "http://$address/api/v1/import"
    curl -fs "http://$address/internal/force_flush"

    # One group after the other, each when all that the one before it has recorded can be read.
    for file in "${files[@]}"; do
        awk -v to="$here/$file" '/^  - name: /{ file = sprintf("%s-%02d.yml", to, ++count); print "groups:" >file } count { print >file }' \
            "alerting-rules/$file.yml"
        for group in "$here/$file"-*.yml; do
            vmalert -rule="$group" -datasource.url="http://$address" -remoteWrite.url="http://$address" \
                -remoteWrite.flushInterval=100ms -replay.rulesDelay=0 -replay.disableProgressBar \
                -replay.timeFrom="$(utc $start)" -replay.timeTo="$(utc $((start + weeks * 7 * 86400)))" \
                -replay.maxDatapointsPerQuery=20000 -datasource.queryStep=0 -httpListenAddr="127.0.0.1:$(port)" \
                >"$group.log" 2>&1 || { tail -n 5 "$group.log" >&2; exit 1; }
            curl -fs "http://$address/internal/force_flush"
        done
    done

    # export_to FILE SELECTOR
    export_to() { curl -fsS "http://$address/api/v1/export" --data-urlencode "match[]=$2" >"$here/$1.jsonl"; }
    if [ "$scenario" = seasons ]; then
        export_to anomalies 'ALERTS{alertname=~"InterfaceTraffic(Anomaly|Collapse)",alertstate="firing"}'
        export_to deviations 'interface:traffic_bps:deviation'
        "$lab" traffic score --truth "$here/truth.json" --anomalies "$here/anomalies.jsonl" \
            --deviations "$here/deviations.jsonl" "${judge[@]}"
    else
        export_to forecasts 'ALERTS{alertname="InterfaceSaturationForecast",alertstate="firing"}'
        export_to days 'interface:capacity:days_to_80pct'
        "$lab" traffic score --truth "$here/truth.json" --forecasts "$here/forecasts.jsonl" \
            --days "$here/days.jsonl" --learn 4 "${judge[@]}"
    fi
    stop
done
