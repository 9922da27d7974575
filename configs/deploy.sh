#!/usr/bin/env bash
# From packages to labelled interfaces in VictoriaMetrics, on this machine (Debian 12 or later, systemd). Each step first looks
# whether it is done, so running it again is safe; files that somebody has edited are left alone, and it says so.
#
#   deploy.sh [options]
#
#   --packages DIR         where ward-exporter, ward-classifier and ward-rules (.deb) are  [default: this folder, else installed ones]
#   --devices FILE         the inventory to install; without, /etc/ward/devices.yml as it is
#   --database URL         postgres://user@host/name?sslmode=verify-full, or a SQLite file  [default: /var/lib/ward-classifier/ward.db]
#                          its password: WARD_DATABASE_PASSWORD in the environment
#   --victoria URL         VictoriaMetrics  [default: http://127.0.0.1:8428]
#   --alertmanager URL     Alertmanager, or none  [default: http://127.0.0.1:9093]
#   --test-alert           send one alert through Alertmanager, as WardDeployTest with severity none, for a minute
#   --patience SECONDS     longest wait for each thing to be seen  [default: 180]
#   --yes                  ask nothing
#   --dry-run              say what would be done, change nothing
#   --undo                 stop all, put back the files as they were, remove the packages; the inventory and what was learned stay
set -euo pipefail

packages='' devices='' database='' victoria='' alertmanager='' test_alert='' patience=180 ask=1 dry='' undo=''
usage() { sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//p}' "$0"; }
while [ $# -gt 0 ]; do
    case $1 in
        --packages) packages=${2:?--packages needs a folder}; shift ;;
        --devices) devices=${2:?--devices needs a file}; shift ;;
        --database) database=${2:?--database needs a URL}; shift ;;
        --victoria) victoria=${2:?--victoria needs a URL}; shift ;;
        --alertmanager) alertmanager=${2:?--alertmanager needs a URL or none}; shift ;;
        --patience) patience=${2:?--patience needs seconds}; shift ;;
        --test-alert) test_alert=1 ;;
        --yes) ask='' ;;
        --dry-run) dry=1 ;;
        --undo) undo=1 ;;
        --help | -h) usage; exit 0 ;;
        *) echo "deploy: what is $1?" >&2; usage >&2; exit 2 ;;
    esac
    shift
done

exporter=http://127.0.0.1:9116 classifier=http://127.0.0.1:9117 vmalert=http://127.0.0.1:8880
state=/var/lib/ward-deploy # what was written here, by checksum, and what was there before
units=(ward-exporter ward-classifier ward-vmagent ward-vmalert)

step() { printf '\n%s\n' "$*"; }
fine() { printf '  ok      %s\n' "$*"; }
done_() { printf '  done    %s\n' "$*"; }
note() { printf '  note    %s\n' "$*"; }
fail() {
    printf '  FAILED  %s\n' "$1"
    shift
    for line in "$@"; do printf '          %s\n' "$line"; done
    exit 1
}
# change WHAT COMMAND…: does it, or with --dry-run says that it would
change() {
    local what=$1
    shift
    if [ -n "$dry" ]; then printf '  would   %s\n' "$what"; return; fi
    "$@" || fail "$what"
    done_ "$what"
}
# within WHAT HINT COMMAND…: until the command succeeds and prints something, which is what was seen
within() {
    local what=$1 hint=$2 deadline=$((SECONDS + patience)) seen
    shift 2
    if [ -n "$dry" ]; then printf '  would   look for: %s\n' "$what"; return; fi
    until seen=$("$@" 2>/dev/null) && [ -n "$seen" ]; do
        [ $SECONDS -lt $deadline ] || fail "$what: not seen within ${patience}s" "$hint"
        sleep 1
    done
    fine "$what: $seen"
}
# A postgres:// URL without what may be a password.
shown() { sed -E 's#(://[^:/@]*):[^@]*@#\1:…@#' <<<"$1"; }

# ---- files -------------------------------------------------------------------------------------------------------------

sum() { sha256sum <"$1" | cut -d' ' -f1; }
# Whether a file is as a package or an earlier run of this script has left it, or is not there.
untouched() {
    [ -e "$1" ] || return 0
    grep -qsF "$(sum "$1")  $1" $state/written && return 0
    dpkg-query -W -f '${Conffiles}\n' 'ward-*' 2>/dev/null | grep -qF " $1 $(md5sum <"$1" | cut -d' ' -f1)" && return 0
    cmp -s "$1" /usr/share/ward-exporter/devices.yml || cmp -s "$1" /usr/share/ward-classifier/devices.yml
}
# put FILE MODE GROUP TEXT: writes the file, unless it says so already or somebody has edited it. Sets `changed`.
changed=''
put() {
    local file=$1 mode=$2 group=$3 text=$4
    if [ -e "$file" ] && [ "$(cat "$file")" = "$text" ]; then fine "$file"; return; fi
    if ! untouched "$file"; then
        note "$file was edited, so it stays; it would be"
        case $mode in 6[04]0) note "(not shown, as it may hold secrets)" ;; *) printf '          %s\n' "${text//$'\n'/$'\n'          }" ;; esac
        return
    fi
    change "$file written" write "$@"
    changed=1
}
write() {
    local file=$1 mode=$2 group=$3 text=$4 kept
    kept=$state/before$file
    mkdir -p "$(dirname "$kept")" "$(dirname "$file")"
    # What was there before the first run is what --undo puts back.
    if [ ! -e "$kept" ] && [ ! -e "$kept.absent" ]; then
        if [ -e "$file" ]; then cp -p "$file" "$kept"; else : >"$kept.absent"; fi
    fi
    install -m "$mode" -o root -g "$group" /dev/null "$file.new"
    printf '%s\n' "$text" >"$file.new"
    mv "$file.new" "$file"
    echo "$(sum "$file")  $file" >>$state/written
}

# ---- undo --------------------------------------------------------------------------------------------------------------

if [ -n "$undo" ]; then
    [ -n "$dry" ] || [ "$(id -u)" = 0 ] || fail "not root" "sudo $0 --undo"
    step "Undo"
    for unit in "${units[@]}"; do
        ! systemctl cat "$unit" >/dev/null 2>&1 || change "$unit stopped" systemctl disable --now -q "$unit"
    done
    # shellcheck disable=SC2317 # change calls it
    put_back() {
        local kept=$1 file=${1#"$state/before"}
        if [ "${kept%.absent}" != "$kept" ]; then rm -f "${file%.absent}"; else cp -p "$kept" "$file"; fi
    }
    while IFS= read -r kept; do
        file=${kept#"$state/before"}
        file=${file%.absent}
        case $file in /etc/ward/devices.yml) note "$file stays"; continue ;; esac
        if untouched "$file"; then change "$file as it was" put_back "$kept"; else note "$file was edited, so it stays"; fi
    done < <(find $state/before -type f 2>/dev/null)
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' ward-exporter ward-classifier ward-rules 2>/dev/null | sed -n 's/^installed //p')
    # shellcheck disable=SC2086 # a list
    [ -z "$installed" ] || change "removed: $(tr '\n' ' ' <<<"$installed")" dpkg -r $installed
    change "$state removed" rm -rf $state
    note "left: /etc/ward/devices.yml and /var/lib/ward-classifier; dpkg -P ward-exporter ward-classifier ward-rules takes them too"
    exit 0
fi

# ---- 1. prerequisites --------------------------------------------------------------------------------------------------

step "1. What is needed"
missing=()
need() { # need COMMAND WHAT-TO-DO
    if command -v "$1" >/dev/null; then fine "$1"; else missing+=("$1 is missing: $2"); fi
}
[ -n "$dry" ] || [ "$(id -u)" = 0 ] || missing+=("not root: sudo $0 …")
[ -d /run/systemd/system ] || missing+=("systemd does not run here: docs/OPERATIONS.md has the same steps by hand")
need dpkg "this script is for Debian and its kin; elsewhere: the static build, docs/OPERATIONS.md"
need curl "apt-get install curl"
need runuser "apt-get install util-linux"
need vmagent "apt-get install victoria-metrics, or put vmagent into /usr/local/bin"
need vmalert "apt-get install victoria-metrics, or put vmalert into /usr/local/bin"

# setting NAME QUESTION DEFAULT: what a flag says, else what somebody types, else the default
setting() {
    local answer=${!1}
    if [ -z "$answer" ] && [ -n "$ask" ] && [ -z "$dry" ] && [ -t 0 ]; then read -rp "  $2 [$3]: " answer; fi
    printf -v "$1" %s "${answer:-$3}"
}
# What an earlier run was told is the default of the next.
earlier() { sed -n "s/^$1=//p" $state/settings 2>/dev/null || true; }
old_database=$(earlier database) old_victoria=$(earlier victoria) old_alertmanager=$(earlier alertmanager)
setting database "database" "${old_database:-/var/lib/ward-classifier/ward.db}"
setting victoria "VictoriaMetrics" "${old_victoria:-http://127.0.0.1:8428}"
setting alertmanager "Alertmanager, or none" "${old_alertmanager:-http://127.0.0.1:9093}"
victoria=${victoria%/} alertmanager=${alertmanager%/}

if curl -fsS -m 5 "$victoria/health" >/dev/null 2>&1 || curl -fsS -m 5 "$victoria/api/v1/query?query=1" >/dev/null 2>&1; then
    fine "VictoriaMetrics answers at $victoria"
else
    missing+=("VictoriaMetrics does not answer at $victoria: systemctl start victoria-metrics, or --victoria URL")
fi
if [ "$alertmanager" = none ]; then
    note "alerts go nowhere"
elif curl -fsS -m 5 "$alertmanager/-/ready" >/dev/null 2>&1; then
    fine "Alertmanager answers at $alertmanager"
else
    missing+=("Alertmanager does not answer at $alertmanager: systemctl start prometheus-alertmanager, or --alertmanager URL, or none")
fi
[ -z "$devices" ] || [ -r "$devices" ] || missing+=("--devices: $devices cannot be read")
if [ ${#missing[@]} -gt 0 ]; then fail "this is missing:" "${missing[@]}"; fi

# ---- 2. packages -------------------------------------------------------------------------------------------------------

step "2. Packages"
folder=${packages:-$(cd "$(dirname "$0")" && pwd)}
files=()
# Those of a list that are for this machine: a release has packages of other architectures, too.
fitting() {
    local file
    while IFS= read -r file; do
        case $(dpkg-deb -f "$file" Architecture) in all | "$(dpkg --print-architecture)") echo "$file" ;; esac
    done
}
for name in ward-exporter ward-classifier ward-rules; do
    have=$(dpkg-query -W -f '${db:Status-Status} ${Version}' $name 2>/dev/null | sed -n 's/^installed //p') || true
    file=$(find "$folder" -maxdepth 1 -name "${name}_*.deb" 2>/dev/null | sort -V | fitting | tail -n 1)
    if [ -z "$file" ]; then
        [ -n "$have" ] || fail "$name is neither installed nor in $folder" "--packages DIR says where the .deb files are; make packages builds them"
        fine "$name $have"
        continue
    fi
    want=$(dpkg-deb -f "$file" Version)
    if [ "$have" = "$want" ]; then fine "$name $have"; continue; fi
    if [ -n "$have" ] && dpkg --compare-versions "$have" gt "$want"; then fine "$name $have, newer than $file"; continue; fi
    files+=("$file")
done
if [ ${#files[@]} -gt 0 ]; then
    install_packages() {
        local log
        log=$(mktemp)
        # An edited conffile stays as it is.
        if ! DEBIAN_FRONTEND=noninteractive dpkg --force-confold -i "$@" >"$log" 2>&1; then
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -f >>"$log" 2>&1 || { cat "$log"; rm -f "$log"; return 1; }
        fi
        rm -f "$log"
    }
    change "installed: $(printf '%s ' "${files[@]##*/}")" install_packages "${files[@]}"
fi

# ---- 3. configuration --------------------------------------------------------------------------------------------------

step "3. Configuration"
if [ -z "$dry" ]; then
    mkdir -p $state
    printf 'database=%s\nvictoria=%s\nalertmanager=%s\n' "$database" "$victoria" "$alertmanager" >$state/settings
    chmod 700 $state
fi
group=$(getent group ward >/dev/null && echo ward || echo root)
if [ -n "$devices" ]; then put /etc/ward/devices.yml 640 "$group" "$(cat "$devices")"; fi
# As systemd reads it back, whatever is in it.
quoted() { sed -e 's/[\\"`$]/\\&/g' -e 's/.*/"&"/' <<<"$1"; }
secret=${WARD_DATABASE_PASSWORD:+WARD_DATABASE_PASSWORD=$(quoted "$WARD_DATABASE_PASSWORD")}
# A password that an earlier run was given for this database holds until another is given.
if [ -z "$secret" ] && [ "$database" = "$old_database" ]; then
    secret=$(grep -s '^WARD_DATABASE_PASSWORD=' /etc/ward/ward-classifier.env || true)
fi
secret=${secret:+$'\n'$secret}
put /etc/ward/ward-classifier.env 600 root "WARD_DATABASE=$database$secret"$'\n'"WARD_METRICS_URL=$victoria"
put /etc/default/ward-vmagent 644 root "ARGS=\"-remoteWrite.url=$victoria/api/v1/write\""
notifier="-notifier.url=$alertmanager"
[ "$alertmanager" != none ] || notifier="-notifier.blackhole"
put /etc/default/ward-vmalert 644 root \
    "ARGS=\"-datasource.url=$victoria -remoteWrite.url=$victoria -remoteRead.url=$victoria $notifier\""

# ---- 4. devices --------------------------------------------------------------------------------------------------------

step "4. Devices"
check_devices() {
    # The daemon's own user and secrets: what it cannot read is found out here.
    local line
    while IFS= read -r line; do
        case $line in '' | '#'*) ;; *=*) export "${line?}" ;; esac
    done < <(sed -E "s/^([A-Za-z_]+)=([\"'])(.*)\2\$/\1=\3/" /etc/ward/ward-exporter.env 2>/dev/null)
    runuser -u ward-exporter -- ward-exporter check --devices.file=/etc/ward/devices.yml
}
if [ -n "$dry" ]; then
    echo "  would   ward-exporter check --devices.file=/etc/ward/devices.yml"
else
    table=$(check_devices 2>&1) || true
    printf '%s\n' "$table" | sed 's/^/          /'
    answered=$(sed -nE 's/^.*\b([0-9]+) of ([0-9]+) devices answered.*/\1/p' <<<"$table" | tail -n 1)
    [ -n "$answered" ] || fail "/etc/ward/devices.yml is not good" "correct it, then run this again"
    [ "$answered" -gt 0 ] || fail "no device answers" "put your devices into /etc/ward/devices.yml (or --devices FILE); what each of them needs is in docs/OPERATIONS.md"
    fine "$answered devices answer"
fi

# ---- 5. start ----------------------------------------------------------------------------------------------------------

step "5. Start"
for unit in "${units[@]}"; do
    if [ -z "$changed" ] && systemctl is-active -q "$unit" && systemctl is-enabled -q "$unit" 2>/dev/null; then
        fine "$unit runs"
    else
        start() { systemctl daemon-reload && systemctl enable -q "$1" && systemctl restart "$1"; }
        change "$unit started" start "$unit"
    fi
done

# ---- 6. end to end -----------------------------------------------------------------------------------------------------

step "6. What can be seen"
status() { curl -fs -o /dev/null "$1" && echo "$1"; }
# value QUERY: what VictoriaMetrics says, where that is more than nothing
value() {
    curl -fsG -m 10 "$victoria/api/v1/query" --data-urlencode "query=$1" |
        sed -nE 's/.*"value":\[[^,]*,"([0-9.e+]+)"\].*/\1/p' | grep -vx 0
}
rules() { curl -fs -m 10 "$vmalert/api/v1/rules" | grep -oE '"type":"(alerting|recording)"' | sort | uniq -c | awk '{gsub(/"|type:/, "", $2); printf "%s%s %s", sep, $1, $2; sep=", "}'; }
bad_rules() { curl -fs -m 10 "$vmalert/api/v1/rules" | grep -o '"lastError":"[^"]\+"' | sort -u | head -n 3; }
receivers() { curl -fs -m 10 "$alertmanager/api/v2/receivers" | grep -o '"name":"[^"]*"' | cut -d'"' -f4 | paste -sd' '; }
sample() {
    curl -fsG -m 10 "$victoria/api/v1/query" --data-urlencode 'query=topk(1, interface_info)' | grep -o '"metric":{[^}]*}'
}
within "the exporter is ready" "journalctl -u ward-exporter" status "$exporter/-/ready"
within "the classifier is ready, its database migrated ($(shown "$database"))" "journalctl -u ward-classifier" status "$classifier/-/ready"
within "scraped: devices that are up" "journalctl -u ward-vmagent; http://127.0.0.1:8429/targets" value 'count(device_up == 1)'
within "stored: interfaces with counters" "journalctl -u ward-vmagent" value 'count(interface_if_hc_in_octets)'
within "labelled: interfaces with a type" "journalctl -u ward-classifier" value 'count(interface_info)'
within "analytics: the classifier asks VictoriaMetrics" "WARD_METRICS_URL in /etc/ward/ward-classifier.env; journalctl -u ward-classifier" status "$classifier/api/v1/analytics/top?limit=1"
within "rules loaded" "journalctl -u ward-vmalert" rules
within "recorded: rows of interface:info" "journalctl -u ward-vmalert" value 'count(interface:info)'
if [ -z "$dry" ]; then
    bad=$(bad_rules || true)
    [ -z "$bad" ] || note "rules that fail: $bad"
fi
if [ "$alertmanager" != none ]; then
    within "alerts go to $alertmanager, to one of" "curl $alertmanager/api/v2/receivers" receivers
    if [ -n "$test_alert" ]; then
        send() {
            curl -fsS -H 'Content-Type: application/json' "$alertmanager/api/v2/alerts" -d "[{\"labels\":{\"alertname\":\"WardDeployTest\",\"severity\":\"none\"},\"endsAt\":\"$(date -u -d '+1 minute' +%FT%TZ)\"}]"
        }
        routed() {
            curl -fsG "$alertmanager/api/v2/alerts" --data-urlencode 'filter=alertname="WardDeployTest"' |
                grep -o '"receivers":\[[^]]*\]' | grep -o '"name":"[^"]*"' | cut -d'"' -f4 | paste -sd' '
        }
        change "an alert is sent" send
        within "it is routed to" "amtool config routes test" routed
    fi
fi
within "the first label" "" sample
if [ -n "$dry" ]; then
    printf '\nNothing was changed.\n'
else
    printf '\nAll is well, after %s s. Run it again at any time; %s --undo takes it back.\n' "$SECONDS" "$0"
fi
