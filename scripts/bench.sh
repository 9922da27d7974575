#!/usr/bin/env bash
# Runs the commands of docs/PERFORMANCE.md on this machine. Ends with 1 where a goal was missed.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-tools.sh
scripts/install-snmp-exporter.sh
cargo build --release --workspace --bins --examples
target=${CARGO_TARGET_DIR:-$PWD/target}
export PATH=$target/release:$target/release/examples:$PATH WARD_BIN_DIR=$target/release

missed=0
while IFS= read -r line; do
    case $line in
        \#*) printf '\n%s\n' "$line" ;;
        ward=* | lab=*) eval "$line" ;;
        ?*) echo "$line" && eval "$line" </dev/null || missed=$((missed + 1)) ;;
    esac
done < <(sed -n '/^```sh$/,/^```$/{/^```/!p}' docs/PERFORMANCE.md)

printf '\n%s goals missed\n' "$missed"
[ "$missed" -eq 0 ]
