#!/usr/bin/env bash
# Writes docs/METRICS.md from what the programs say of themselves: a simulated network is scraped and discovered, and every
# page's HELP, TYPE and labels become a table. With --check it only compares, and fails where they differ.
set -euo pipefail
cd "$(dirname "$0")/.."

check=
case ${1:-} in
    --check) check=1 ;;
    '') ;;
    *) sed -n '2,3s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
bin=${WARD_BIN_DIR:-}
if [ -z "$bin" ]; then
    cargo build -q --workspace --bins
    bin=${CARGO_TARGET_DIR:-target}/debug
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/ward-metrics.XXXXXX")
children=()
stop() {
    trap - EXIT
    { kill "${children[@]}" && wait "${children[@]}"; } 2>/dev/null || true
    rm -rf "$folder"
}
trap stop EXIT
start() {
    local name=$1
    shift
    "$@" >"$folder/$name.log" 2>&1 &
    children+=($!)
}
port() {
    local port=$1
    while (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
    echo "$port"
}
until_true() {
    local deadline=$((SECONDS + 120)) what=$1
    shift
    until "$@" >/dev/null 2>&1; do
        if [ $SECONDS -ge $deadline ] || ! kill -0 "${children[@]}" 2>/dev/null; then
            echo "metrics: waited in vain for $what" >&2
            tail -n 20 "$folder"/*.log >&2
            exit 1
        fi
        sleep 0.2
    done
}

start lab "$bin/ward-lab" serve --network bank --branches 2 --port $((20000 + RANDOM % 10000)) --write-devices "$folder/devices.yml"
until_true "the simulated network" test -s "$folder/devices.yml"
printf '  - {name: nobody, address: 127.255.0.9}\n' >>"$folder/devices.yml"
exporter=http://127.0.0.1:$(port $((20000 + RANDOM % 5000))) classifier=http://127.0.0.1:$(port $((26000 + RANDOM % 5000)))
start exporter "$bin/ward-exporter" --devices.file="$folder/devices.yml" --web.listen-address="${exporter#http://}"
start classifier "$bin/ward-classifier" --devices.file="$folder/devices.yml" --database="$folder/ward.db" \
    --web.listen-address="${classifier#http://}"
until_true "the exporter" curl -fs "$exporter/-/ready"
until_true "the classifier" sh -c "curl -fs $classifier/metrics | grep -q '^interface_info'"

device=$(curl -fs "$exporter/sd" | grep -o '"device": *"[^"]*"' | head -n 1 | cut -d'"' -f4)
curl -fs "$exporter/devices/$device/metrics" >"$folder/device"
curl -fs -H 'X-Prometheus-Scrape-Timeout-Seconds: 2' "$exporter/devices/nobody/metrics" >>"$folder/device"
curl -fs "$exporter/snmp?target=$device&auth=$(sed -n 's/^ *defaults: *{auth: \([^,}]*\).*/\1/p' "$folder/devices.yml" | head -n 1)" >/dev/null || true
curl -s "$exporter/snmp" >/dev/null # a request without a target is refused, and counted
until_true "links" sh -c "curl -fs $classifier/metrics | grep -q '^topology_link_info'"
curl -fs "$exporter/metrics" >"$folder/exporter"
curl -fs "$classifier/metrics" >"$folder/classifier"

# table FILE PATTERN: a row for each family whose name matches
table() {
    printf '| metric | type | labels | |\n|---|---|---|---|\n'
    awk -v pattern="$2" '
        /^# HELP / { name = $3; sub(/^# HELP [^ ]+ /, ""); help[name] = $0; next }
        /^# TYPE / { type[$3] = $4; if (!($3 in help)) help[$3] = ""; next }
        /^#/ || !NF { next }
        {
            match($0, /^[a-zA-Z0-9_:]+/); name = substr($0, 1, RLENGTH); rest = substr($0, RLENGTH + 1)
            if (!(name in type)) { base = name; sub(/_(bucket|sum|count)$/, "", base); if (base in type) name = base }
            if (rest !~ /^\{/) next
            gsub(/\\\\/, "", rest); gsub(/\\"/, "", rest)
            while (match(rest, /[a-zA-Z_][a-zA-Z0-9_]*="[^"]*"/)) {
                label = substr(rest, RSTART, RLENGTH); rest = substr(rest, RSTART + RLENGTH); sub(/=.*/, "", label)
                if (label != "le" && !((name, label) in seen)) { seen[name, label] = 1; labels[name] = labels[name] (labels[name] ? ", " : "") "`" label "`" }
            }
        }
        END { for (name in type) if (name ~ pattern) { gsub(/\|/, "\\|", help[name]); printf "| `%s` | %s | %s | %s |\n", name, type[name], labels[name], help[name] } }
    ' "$1" | LC_ALL=C sort
}
{
    cat <<'HEAD'
# Metrics

Made by `make metrics` from what the programs say of themselves; `make check-metrics` compares. All carry, beside these labels,
those that the scraper attaches: of a device its name (`device`) and the labels it has in the inventory.

## Of devices

A scrape of `/devices/{name}/metrics` with the modules `system` and `interfaces`, and what a scrape says of itself. The
module `ethernet` adds `interface_if_duplex_status`: 1 unknown, 2 half, 3 full duplex.

HEAD
    table "$folder/device" .
    printf '\n## What each interface is\n\nOf the classifier'"'"'s `/metrics`; those that end in `_info` have the value 1.\n\n'
    table "$folder/classifier" '^(interface|device).*_info$|^interface_contract_bps$'
    printf '\n## What is plugged into what\n\nOf the classifier'"'"'s `/metrics`, too: [TOPOLOGY.md](TOPOLOGY.md) says more.\n\n'
    table "$folder/classifier" '^topology_'
    printf '\n## ward-exporter about itself\n\n'
    table "$folder/exporter" '^(ward_|process_)'
    printf '\nUnder the names that snmp_exporter gives them, so that its dashboards and alerts go on working:\n\n'
    table "$folder/exporter" '^snmp_'
    printf '\n## ward-classifier about itself\n\n'
    table "$folder/classifier" '^(ward_|process_)'
} >"$folder/METRICS.md"

if [ -n "$check" ]; then
    diff -u docs/METRICS.md "$folder/METRICS.md" || { echo "metrics: docs/METRICS.md is old: make metrics" >&2; exit 1; }
    echo "metrics: docs/METRICS.md is right"
else
    cp "$folder/METRICS.md" docs/METRICS.md
fi
