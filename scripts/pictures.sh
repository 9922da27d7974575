#!/usr/bin/env bash
# Draws docs/pictures: the demo's network and traffic from a demo that it starts, and one interface against what is usual from
# weeks of made-up traffic on which the shipped rules were evaluated (scripts/replay.sh). Takes some minutes.
#
#   scripts/pictures.sh      needs graphviz and what the demo needs; WARD_BIN_DIR: programs to take instead of building them
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in dot python3 vmalert victoria-metrics; do
    command -v $tool >/dev/null || { echo "pictures: $tool is missing: scripts/install-tools.sh, apt-get install graphviz" >&2; exit 1; }
done
if [ -z "${WARD_BIN_DIR:-}" ]; then
    cargo build --workspace --bins
    WARD_BIN_DIR=${CARGO_TARGET_DIR:-target}/debug
fi
WARD_BIN_DIR=$(realpath "$WARD_BIN_DIR")
export WARD_BIN_DIR
folder=$(mktemp -d "${TMPDIR:-/tmp}/ward-pictures.XXXXXX")
children=()
stop() {
    trap - EXIT
    [ ${#children[@]} -eq 0 ] || { kill "${children[@]}" && wait "${children[@]}"; } 2>/dev/null || true
    rm -rf "$folder"
}
trap stop EXIT
mkdir -p docs/pictures

setsid scripts/demo.sh --branches 10 --sqlite >"$folder/demo" 2>&1 &
children+=($!)
until grep -q '^Ctrl-C stops all' "$folder/demo"; do
    kill -0 "${children[0]}" 2>/dev/null || { cat "$folder/demo" >&2; exit 1; }
    sleep 1
done
url() { sed -nE "s#^$1 +(http://[0-9.:]+)/.*#\1#p" "$folder/demo" | head -n 1; }
python3 scripts/pictures.py network "$(url ward-classifier)" "$folder/network.dot"
dot -Tsvg "$folder/network.dot" >docs/pictures/topology.svg
python3 scripts/pictures.py traffic "$(url PromQL)" docs/pictures/traffic.svg
kill "${children[0]}" && wait "${children[0]}" || true
children=()

WARD_LAB=$WARD_BIN_DIR/ward-lab scripts/replay.sh --seed 101 --interfaces 6 --weeks 6 --keep "$folder/replay"
victoria-metrics -httpListenAddr=127.0.0.1:28428 -storageDataPath="$folder/replay/seasons-101/storage" -retentionPeriod=100y \
    -search.latencyOffset=0s -search.maxPointsPerTimeseries=1000000 >"$folder/storage.log" 2>&1 &
children+=($!)
until curl -fs http://127.0.0.1:28428/health >/dev/null; do sleep 0.2; done
python3 scripts/pictures.py baseline http://127.0.0.1:28428 docs/pictures/baseline.svg
ls -l docs/pictures
