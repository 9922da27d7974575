#!/usr/bin/env bash
# How long ward-classifier takes to write the last 24 hours of every interface of a simulated network, into SQLite and into
# PostgreSQL, and to answer requests about series. Ends with 1 where a goal is missed.
#
#   scripts/bench-analytics.sh INTERFACES [SECONDS]      SECONDS: writing all summaries may take no longer
#
# Needs ward-lab and ward-classifier in the PATH, VictoriaMetrics, PostgreSQL, curl, and root or a user that PostgreSQL runs as.
set -euo pipefail
interfaces=${1:?INTERFACES} goal=${2:-}
devices=$((interfaces / 50))

folder=$(mktemp -d "${TMPDIR:-/tmp}/ward-bench.XXXXXX")
chmod 755 "$folder"
programs=$(dirname "$(ls -d /usr/lib/postgresql/*/bin/initdb | sort -V | tail -1)")
as_user() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi; }
children=()
stop() {
    trap - EXIT
    [ ${#children[@]} -eq 0 ] || { kill "${children[@]}" && wait "${children[@]}"; } 2>/dev/null || true
    [ ! -f "$folder/data/postmaster.pid" ] || as_user "$programs/pg_ctl" -s -D "$folder/data" -m immediate stop || true
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 143' INT TERM
port() {
    local port=$1
    while (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
    echo "$port"
}
until_true() {
    local deadline=$((SECONDS + 300)) what=$1
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $deadline ] || { echo "bench: waited in vain for $what" >&2; tail -n 20 "$folder"/*.log >&2; exit 1; }
        sleep 0.2
    done
}

database=$(port 15432)
mkdir "$folder/data" && chmod 700 "$folder/data"
[ "$(id -u)" != 0 ] || chown postgres "$folder/data"
(cd / && as_user "$programs/initdb" -A trust -U ward -E UTF8 -D "$folder/data" >/dev/null)
as_user "$programs/pg_ctl" -s -w -D "$folder/data" -l "$folder/data/log" \
    -o "-p $database -k '' -c listen_addresses=127.0.0.1" start
PGOPTIONS='' "$programs/createdb" -h 127.0.0.1 -p "$database" -U ward ward
postgres=postgres://ward@127.0.0.1:$database/ward

cd "$folder"
victoria=127.0.0.1:$(port 18428)
victoria-metrics -httpListenAddr="$victoria" -storageDataPath=series >victoria.log 2>&1 &
storage=$!
children+=("$storage")
ward-lab serve --devices "$devices" --interfaces 50 --port "$(port 21161)" --write-devices devices.yml >lab.log 2>&1 &
children+=($!)
until_true "the simulated network" grep -qs '^devices:' devices.yml
until_true VictoriaMetrics curl -fs "http://$victoria/health"
for kept in "$postgres" ward.db; do
    ward-classifier --log.level=error discover --devices.file=devices.yml --database="$kept" >discover.log
done

# A day of what the rules record every hour.
sql() { "$programs/psql" -h 127.0.0.1 -p "$database" -U ward -d ward -AtF "$(printf '\t')" -c "$1"; }
sql 'SELECT device_name, if_name FROM device_interfaces' | awk -F '\t' -v now="$(date +%s)" '
    BEGIN {
        figures = "traffic_bps:avg1d traffic_bps:max1d traffic_bps:p95_1d traffic_bytes:sum1d errors:sum1d discards:sum1d " \
                  "utilisation:avg1d utilisation:max1d measured:ratio1d"
        count = split(figures, names, " ")
        for (hour = 23; hour >= 0; hour--) times = times (times ? "," : "") (now - 60 - hour * 3600) "000"
    }
    {
        for (direction = 0; direction < 2; direction++) for (figure = 1; figure <= count; figure++) {
            values = ""
            for (hour = 23; hour >= 0; hour--) values = values (values ? "," : "") (NR * figure + hour)
            printf "{\"metric\":{\"__name__\":\"interface:%s\",\"device\":\"%s\",\"if_name\":\"%s\",\"direction\":\"%s\"},\"values\":[%s],\"timestamps\":[%s]}\n", \
                names[figure], $1, $2, direction ? "out" : "in", values, times
        }
    }' >series.json
curl -fs -T series.json "http://$victoria/api/v1/import"
curl -fs "http://$victoria/internal/force_flush" >/dev/null

# Seconds of CPU that VictoriaMetrics has used, and this shell's children that have ended.
of_storage() { awk '{printf "%.2f", ($14 + $15) / 100}' "/proc/$storage/stat"; }
of_children() { awk '{printf "%.2f", ($16 + $17) / 100}' "/proc/$$/stat"; }
missed=''
echo "$(sql 'SELECT count(*) FROM device_interfaces') interfaces, $(wc -l <series.json) series"
for kept in ward.db "$postgres"; do
    for _ in 1 2 3; do
        name=$([ "$kept" = ward.db ] && echo SQLite || echo PostgreSQL)
        before=$(of_storage) ours=$(of_children)
        ward-classifier summaries --devices.file=devices.yml --database="$kept" --metrics.url="http://$victoria" >told
        told=$(cat told)
        printf '%-10s %s; CPU of VictoriaMetrics %.2f s, of ward-classifier %.2f s\n' "$name" "$told" \
            "$(awk "BEGIN {print $(of_storage) - $before}")" "$(awk "BEGIN {print $(of_children) - $ours}")"
        took=$(sed -n 's/.*together \([0-9.]*\) s.*/\1/p' <<<"$told")
        [ -z "$goal" ] || awk "BEGIN {exit !($took <= $goal)}" || missed="$took s, not $goal s"
    done
done

api=127.0.0.1:$(port 19117)
ward-classifier --devices.file=devices.yml --database="$postgres" --metrics.url="http://$victoria" \
    --web.listen-address="$api" --log.level=warn >classifier.log 2>&1 &
children+=($!)
until_true "the API" curl -fs "http://$api/-/ready"
id=$(sql 'SELECT min(id) FROM device_interfaces')
for path in "interfaces/$id/summary" "interfaces/bandwidth?ids=$id" "interfaces/$id/traffic?range=90d" "interfaces/$id/trend" \
    "interfaces/$id/baseline?range=7d" 'analytics/top?by=peak_1d&limit=200' analytics/trends analytics/capacity analytics/anomalies; do
    curl -fs -o body "http://$api/api/v1/$path"
    printf '%-40s ' "${path/$id/ID}"
    curl -fs -o body -w '%{time_total} s, %{size_download} octets\n' "http://$api/api/v1/$path"
done
[ -z "$missed" ] || { echo "the goal is missed: $missed"; exit 1; }
