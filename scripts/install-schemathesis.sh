#!/usr/bin/env bash
# Gets schemathesis, which makes up requests from the API's document, into target/tools/schemathesis; the system's
# Python stays as it is. Where it cannot be had this is said in one line, and the tests make up requests by themselves.
set -euo pipefail
cd "$(dirname "$0")/.."

version=4.32.5
folder=target/tools/schemathesis
program=$folder/bin/schemathesis

give_up() {
    echo "schemathesis: $1; the tests make up requests by themselves"
    exit 0
}

if "$program" --version 2>/dev/null | grep -q "$version"; then
    echo "schemathesis: $program"
    exit 0
fi
command -v python3 >/dev/null || give_up "no python3 here"
rm -rf "$folder"
python3 -m venv "$folder" >/dev/null 2>&1 || give_up "python3 makes no environments here (python3-venv)"
"$folder/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version" 2>/dev/null ||
    give_up "pip cannot get it"
echo "schemathesis: $program"
