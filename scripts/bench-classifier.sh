#!/usr/bin/env bash
# How long ward-classifier takes to discover a simulated network into a PostgreSQL of its own, to label it again, and to
# write its metrics; how much CPU time and memory that takes. Ends with 1 where a goal is missed.
#
#   scripts/bench-classifier.sh DEVICES INTERFACES ROUND-TRIP [SECONDS]      SECONDS: discovery may take no longer
#
# Needs ward-lab and ward-classifier in the PATH, PostgreSQL, curl, and root or a user that PostgreSQL runs as.
set -euo pipefail
devices=${1:?DEVICES} interfaces=${2:?INTERFACES} round_trip=${3:?ROUND-TRIP} goal=${4:-}

here=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d "${TMPDIR:-/tmp}/ward-bench.XXXXXX")
chmod 755 "$folder"
programs=$(dirname "$(ls -d /usr/lib/postgresql/*/bin/initdb | sort -V | tail -1)")
as_user() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi; }
children=()
stop() {
    trap - EXIT
    [ ${#children[@]} -eq 0 ] || kill "${children[@]}" 2>/dev/null || true
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

# The server's own settings, but for the port.
database=$(port 15432)
mkdir "$folder/data" && chmod 700 "$folder/data"
[ "$(id -u)" != 0 ] || chown postgres "$folder/data"
(cd / && as_user "$programs/initdb" -A trust -U ward -E UTF8 -D "$folder/data" >/dev/null)
as_user "$programs/pg_ctl" -s -w -D "$folder/data" -l "$folder/data/log" \
    -o "-p $database -k '' -c listen_addresses=127.0.0.1" start
PGOPTIONS='' "$programs/createdb" -h 127.0.0.1 -p "$database" -U ward ward

cd "$folder"
lab=$(port 21161)
ward-lab serve --devices "$devices" --interfaces "$interfaces" --delay "$round_trip" --port "$lab" \
    --write-devices devices.yml >lab.log 2>&1 &
children+=($!)
for _ in $(seq 600); do grep -qs '^devices:' devices.yml && break; sleep 0.1; done
sleep 1

printf 'version: 1\nrules:\n- {id: all, match: {name: {regex: .}}, vote: {type: trunk, weight: 0.9}}\n' >other.yml
web=$(port 19117)
# Each device is walked once here, and an unchanged one again.
start() {
    ward-classifier --devices.file=devices.yml --database="postgres://ward@127.0.0.1:$database/ward" \
        --classification.file=rules.yml --web.listen-address="127.0.0.1:$web" --discovery.interval="$1" \
        --discovery.max-concurrent=256 --discovery.max-concurrent-per-site=256 --log.level=warn >>classifier.log 2>&1 &
    classifier=$!
    children+=($!)
}
sql() { "$programs/psql" -h 127.0.0.1 -p "$database" -U ward -d ward -Atc "$1" 2>/dev/null || echo 0; }
metric() { curl -fs "http://127.0.0.1:$web/metrics" | sed -n "s/^$1 //p"; }
now() { date +%s.%N; }
took() { awk "BEGIN {printf \"%.2f\", $(now) - $1}"; }

cp "$here/configs/classification.yml" rules.yml
all=$((devices * interfaces))
echo "$devices devices x $interfaces interfaces, $round_trip round trip, PostgreSQL $("$programs/postgres" --version | awk '{print $3}')"
begun=$(now)
start 1h
until [ "$(sql 'SELECT count(*) FROM discovery_runs')" -ge "$devices" ]; do sleep 0.1; done
seconds=$(took "$begun")
until [[ $(metric ward_classifier_store_waiting_devices) =~ ^0 ]]; do sleep 0.1; done
[ "$(sql 'SELECT count(*) FROM device_interfaces')" = "$all" ] || { echo "not all are stored"; tail classifier.log; exit 1; }
usage() { awk -v hz=100 '{printf "%.2f", ($14 + $15) / hz}' "/proc/$classifier/stat"; }
peak() { awk '/VmHWM/ {printf "%.0f MB", $2 / 1024}' "/proc/$classifier/status"; }
echo "discovered and stored      $seconds s, $(usage) s of CPU, at most $(peak)"

scrape() { curl -fs -o body -w '%{time_starttransfer}' "http://127.0.0.1:$web/metrics"; }
scrape >/dev/null
fastest=9 before=$(usage)
for _ in 1 2 3 4 5 6 7 8 9 10; do
    fastest=$(awk "BEGIN {a = $(scrape); print a < $fastest ? a : $fastest}")
done
cpu=$(awk "BEGIN {print ($(usage) - $before) / 10}")
echo "/metrics                   $fastest s until it begins, the fastest of ten, $cpu s of CPU, $(wc -c <body) octets"
cp other.yml rules.yml
before=$(usage)
relabelled=$(curl -fs -o /dev/null -w '%{time_total}' -X POST "http://127.0.0.1:$web/-/reload")
echo "labelled again             $relabelled s"
begun=$(now)
until [ "$(sql "SELECT count(*) FROM device_interfaces WHERE interface_type = 'trunk'")" = "$all" ]; do sleep 0.1; done
echo "... and stored             $(took "$begun") s more, $(awk "BEGIN {print $(usage) - $before}") s of CPU together"
kill "$classifier" && wait "$classifier" || true

sql "CREATE TABLE writes (n int); CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO writes VALUES (1); RETURN NULL; END';
    CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON interfaces FOR EACH STATEMENT EXECUTE FUNCTION note()" >/dev/null
sql 'UPDATE leases SET due_at = now()' >/dev/null
begun=$(now)
start 1h
until [ "$(sql 'SELECT count(*) FROM discovery_runs')" -ge $((2 * devices)) ]; do sleep 0.1; done
echo "again, nothing changed     $(took "$begun") s, $(usage) s of CPU, $(sql 'SELECT count(*) FROM writes') writes of interfaces"

[ -z "$goal" ] || awk "BEGIN {exit !($seconds <= $goal)}" || { echo "goal missed: $seconds s, expected at most $goal s"; exit 1; }
