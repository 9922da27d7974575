#!/usr/bin/env bash
# Builds the image from target/static with docker or podman, whichever is here, and runs both daemons from it as the compose file
# does: read-only, without any capability, the classifier's database in a volume. Their device is ward-lab, in the same network.
#
#   make static && scripts/test-image.sh      with neither docker nor podman it says so, and with WARD_REQUIRE_ALL=1 fails
set -euo pipefail
cd "$(dirname "$0")/.."

engine=
for found in docker podman; do
    if timeout 20 "$found" info >/dev/null 2>&1; then engine=$found; break; fi
done
if [ -z "$engine" ]; then
    echo "test-image: skipped, neither docker nor podman runs here"
    [ "${WARD_REQUIRE_ALL:-0}" != 1 ]
    exit
fi
for program in ward-exporter ward-classifier ward-lab; do
    [ -x target/static/$program ] || { echo "test-image: no target/static/$program; make static" >&2; exit 1; }
done

name=ward-test-$$ image=ward-test:$$
folder=$(mktemp -d "${TMPDIR:-/tmp}/ward-image.XXXXXX")
stop() {
    trap - EXIT
    local container
    for container in "$name-classifier" "$name-lab" "$name"; do $engine rm -f "$container" >/dev/null 2>&1 || true; done
    $engine volume rm "$name" >/dev/null 2>&1 || true
    $engine rmi "$image" >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 143' INT TERM
fail() {
    echo "FAILED  $1" >&2
    for container in "$name" "$name-lab" "$name-classifier"; do $engine logs "$container" 2>&1 | tail -n 10 >&2 || true; done
    exit 1
}
# check WHAT COMMAND…: within 30 seconds
check() {
    local what=$1 deadline=$((SECONDS + 30))
    shift
    until "$@" >"$folder/said" 2>&1; do
        [ $SECONDS -lt $deadline ] || { tail -n 5 "$folder/said" >&2; fail "$what"; }
        sleep 0.3
    done
    echo "ok      $what"
}

$engine build -q -f packaging/docker/Dockerfile -t "$image" target/static >/dev/null
echo "image: $($engine image inspect --format '{{.Size}} octets, {{.Os}}/{{.Architecture}}' "$image"), by $engine"

hardened=(--read-only --cap-drop ALL --security-opt no-new-privileges)
version() { $engine run --rm "${hardened[@]}" --entrypoint "/$1" "$image" --version; }
for program in ward-exporter ward-classifier; do
    version $program | tee "$folder/version" | sed 's/^/        /'
    check "$program --version tells what it was built from" grep -Eq '^revision  [0-9a-f]{12}' "$folder/version"
done

printf 'auths: {a: {version: 2, community: public}}\ndefaults: {auth: a, port: 1161}\ndevices: [{name: lab, address: 127.20.0.1}]\n' >"$folder/devices.yml"
chmod 755 "$folder"
inventory=$folder/devices.yml:/etc/ward/devices.yml:ro
$engine run -d --name "$name" "${hardened[@]}" -v "$inventory" -p 127.0.0.1::9116 -p 127.0.0.1::9117 "$image" >/dev/null
address() { $engine port "$name" "$1/tcp" | head -n 1; }
exporter=http://$(address 9116) classifier=http://$(address 9117)
$engine run -d --name "$name-lab" "${hardened[@]}" --network "container:$name" -v "$PWD/target/static/ward-lab:/ward-lab:ro" \
    --entrypoint /ward-lab "$image" serve --devices 1 --interfaces 24 >/dev/null
learn() {
    $engine run -d --name "$name-classifier" "${hardened[@]}" --network "container:$name" --user 0:0 -v "$inventory" -v "$name:/data" \
        --entrypoint /ward-classifier "$image" --devices.file=/etc/ward/devices.yml --database=/data/ward.db >/dev/null
}
metric() { curl -fsS "$1" | grep "$2"; } # not -q, which ends before curl does
check "the exporter is ready" curl -fsS "$exporter/-/ready"
check "the exporter reads a device" metric "$exporter/devices/lab/metrics" '^device_up 1'
learn
check "the classifier is ready, and has made a database" curl -fsS "$classifier/-/ready"
check "the classifier labels its interfaces" metric "$classifier/metrics" '^interface_info{.*device="lab"'
# What it was told is in the volume, and with another container of the same image it is there at once.
$engine stop "$name-classifier" >/dev/null
$engine kill "$name-lab" >/dev/null
$engine rm "$name-classifier" "$name-lab" >/dev/null
learn
check "another classifier knows them from the volume" metric "$classifier/metrics" '^interface_info{.*device="lab"'
of_exporter() { sed -n "s/^$1:\s*//p" "/proc/$($engine inspect --format '{{.State.Pid}}' "$name")/status"; }
if [ "$(id -u)" = 0 ]; then
    check "the exporter is nobody" grep -q '^65534' <(of_exporter Uid)
    check "the exporter may nothing" grep -q '^0000000000000000' <(of_exporter CapEff)
fi
$engine stop -t 20 "$name" >/dev/null
check "the exporter ends when it is asked to" grep -qx 0 <($engine inspect --format '{{.State.ExitCode}}' "$name")
echo "all passed"
