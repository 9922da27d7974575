#!/usr/bin/env bash
# What the rules about history cost: VictoriaMetrics is filled with what they read, for so many interfaces and both directions; then
# vmalert asks every group once, and VictoriaMetrics says how much CPU time that took. A group's share of a core is that by its interval.
#
#   scripts/rules-cost.sh [INTERFACES]...      250, 500 and 5000 unless given
#
# 100,000 interfaces are projected from the first two sizes. 5,000 take about ten minutes on two cores, and 3 GB of disk.
set -euo pipefail
cd "$(dirname "$0")/.."

[[ ${1:-1} =~ ^[0-9]+$ ]] || { sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2; }
sizes=("$@")
[ ${#sizes[@]} -gt 0 ] || sizes=(250 500 5000)
files=(rollups baseline anomaly trends)

folder=$(mktemp -d "${TMPDIR:-/tmp}/ward-cost.XXXXXX")
storage=
stop() {
    [ -z "$storage" ] || { kill "$storage" 2>/dev/null; wait "$storage" 2>/dev/null; } || true
    storage=
}
trap 'stop; rm -rf "$folder"' EXIT

# port: a TCP port of 127.0.0.1 that nobody listens on
port() {
    local port=$((20000 + RANDOM % 20000))
    while (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
    echo "$port"
}

end=$(($(date +%s) / 21600 * 21600))

# series INTERFACES: what the rules read, as far back as they read it, in VictoriaMetrics' import format
series() {
    python3 - "$1" "$end" <<'PYTHON'
import random, sys
count, end = int(sys.argv[1]), int(sys.argv[2])
T, HOUR, DAY = "interface:traffic_bps:", 3600, 86400
reads = [  # seconds between samples, seconds back, names
    (300, 8 * DAY, [T + "rate5m"]),
    (300, DAY, ["interface:utilisation:ratio5m", "interface:errors:rate5m", "interface:discards:rate5m"]),
    (900, 29 * DAY, [T + name for name in ("avg1h", "stddev1h", "samples1h")]),
    (900, 14 * DAY, [T + name for name in ("baseline_error", "baseline_hour_error")]),
    (21600, 36 * DAY, [T + name for name in ("avg7d", "p95_7d", "p90_7d")]),
    (900, HOUR, [T + "baseline_" + name for name in ("weeks", "samples", "median", "stddev", "hour_median", "hour_stddev",
        "days_high", "days_low", "days_sigma", "sigma", "hour_sigma", "confidence")] + [T + "zscore_hour"]),
    (300, HOUR, [T + name for name in ("baseline_level", "baseline_hour_level", "zscore", "zscore_days", "zscore_new",
        "zscore_sustained", "zscore_hour_sustained", "zscore_new_sustained", "deviation")]),
    (10800, 6 * HOUR, [T + "baseline_" + name for name in ("growth", "noise", "hour_noise", "noise_samples")]),
    (21600, 12 * HOUR, [T + "trend_" + name for name in ("level", "per_day", "pace", "r2", "steady")]
        + ["interface:capacity:forecast_confidence", "interface:capacity:days_to_80pct"]),
]
plain = [(300, HOUR, "interface:capacity_bps"), (60, HOUR, "interface:info")]
dice = random.Random(1)
def body(step, back):
    times = range(end - back, end + 1, step)
    values = ",".join(str(dice.randrange(10**6, 10**8)) for _ in times)
    return '"values":[%s],"timestamps":[%s]}' % (values, ",".join("%d000" % at for at in times))
bodies = [(names, [body(step, back) for _ in range(4)]) for step, back, names in reads]
plains = [(name, body(step, back)) for step, back, name in plain]
line = '{"metric":{"__name__":"%s","device":"r%d","if_name":"Gi0/%d"%s},%s\n'
for number in range(count):
    device, slot = divmod(number, 48)
    index = ',"if_index":"%d"' % (slot + 1)
    for direction in ("in", "out"):
        for names, choices in bodies:
            more = ',"direction":"%s"' % direction
            for name in names:
                labels = more + index if name.endswith("5m") else more
                sys.stdout.write(line % (name, device, slot + 1, labels, dice.choice(choices)))
    for name, text in plains:
        sys.stdout.write(line % (name, device, slot + 1, index, text))
PYTHON
}

# utc SECONDS: that time as vmalert takes it
utc() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ; }

# used: CPU seconds that VictoriaMetrics has used (its own metric of that is renewed once a second)
used() { awk -v hz="$(getconf CLK_TCK)" '{ printf "%.2f", ($14 + $15) / hz }' "/proc/$storage/stat"; }

for file in "${files[@]}"; do
    awk -v to="$folder/$file" '/^  - name: /{ out = sprintf("%s-%02d.yml", to, ++count); print "groups:" >out } count { print >out }' \
        "alerting-rules/$file.yml"
done
echo '| interfaces | all of it, by the intervals of its groups | memory |'
echo '|---|---|---|'
for size in "${sizes[@]}"; do
    address=127.0.0.1:$(port)
    victoria-metrics -httpListenAddr="$address" -storageDataPath="$folder/storage-$size" -retentionPeriod=100y \
        -search.latencyOffset=0s -search.disableCache -search.maxQueryDuration=10m -search.maxUniqueTimeseries=10000000 \
        >"$folder/storage.log" 2>&1 &
    storage=$!
    until curl -fs "http://$address/health" >/dev/null; do sleep 0.1; done
    series "$size" | curl -fsS -X POST -T - "http://$address/api/v1/import"
    curl -fsS "http://$address/internal/force_flush"
    : >"$folder/groups-$size"
    for group in "$folder"/*-[0-9][0-9].yml; do
        # The least of four: storage also merges what was written, whenever it likes.
        least=
        for _ in 1 2 3 4; do
            before=$(used)
            vmalert -rule="$group" -datasource.url="http://$address" -remoteWrite.url="http://$address" \
                -replay.rulesDelay=0 -replay.disableProgressBar -datasource.queryStep=0 \
                -replay.timeFrom="$(utc "$end")" -replay.timeTo="$(utc $((end + 1)))" \
                -httpListenAddr="127.0.0.1:$(port)" >"$group.log" 2>&1 || { tail -n 5 "$group.log" >&2; exit 1; }
            least=$(awk -v before="$before" -v after="$(used)" -v least="$least" \
                'BEGIN { spent = after - before; print (least == "" || spent < least) ? spent : least }')
        done
        awk -v least="$least" '
            /name: / && !name { name = $3 }
            /interval: / && !every { every = $2; unit = substr(every, length(every)); every += 0; every *= unit == "h" ? 3600 : unit == "m" ? 60 : 1 }
            END { printf "%s %.3f %d\n", name, least, every }' "$group" >>"$folder/groups-$size"
    done
    memory=$(awk '/^VmHWM/ { printf "%.0f", $2 / 1024 }' "/proc/$storage/status")
    share=$(awk '{ sum += 100 * $2 / $3 } END { printf "%.3f", sum }' "$folder/groups-$size")
    echo "$size $share" >>"$folder/sizes"
    printf '| %s | %.2f %% of one core | %s MB |\n' "$size" "$share" "$memory"
    stop
    rm -rf "$folder/storage-$size"
done
[ ${#sizes[@]} -lt 2 ] || awk 'NR == 1 { n = $1; a = $2 } NR == 2 { slope = ($2 - a) / ($1 - n)
    printf "| 100,000, projected from the first two | %.0f %% of one core | |\n", a + slope * (100000 - n) }' "$folder/sizes"
printf '\nOf %s interfaces, by group:\n\n| group | CPU seconds | every |\n|---|---|---|\n' "${sizes[-1]}"
awk '{ printf "| %s | %.2f | %d s |\n", $1, $2, $3 }' "$folder/groups-${sizes[-1]}"
