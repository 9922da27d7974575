//! Five weeks of three sites, as the exporter and the classifier would tell of it: a line that grows, one that is down for half
//! an hour, a device that is silent, a port that suddenly carries six times as much, and one with errors.

use std::collections::BTreeMap;

use ward_e2e::replay::line;

/// How far apart samples are, in seconds.
const STEP: u64 = 240;
/// How much past there is, in seconds: a forecast needs four weeks of weekly levels.
pub const PAST: u64 = 31 * 86_400;
/// When it ends, in Unix seconds: a Wednesday at noon that is no holiday, 2026-03-18.
pub const END: u64 = 1_773_835_200;
/// For how long something has been wrong, in seconds.
const TROUBLE: u64 = 1800;
/// How long the daemons tell of themselves.
const RECENT: u64 = 4 * 3600;

/// A device: name, site, role.
const DEVICES: [(&str, &str, &str); 5] = [
    ("tbilisi-core-1", "tbilisi", "core"),
    ("rustavi-r1", "rustavi", "branch"),
    ("rustavi-sw2", "rustavi", "access"), // without neighbours
    ("gori-r1", "gori", "branch"),        // silent
    ("gori-sw1", "gori", "access"),       // silent, and behind the other one
];

/// An interface: name, type, provider, speed, usual traffic in bits per second.
type Interface = (&'static str, &'static str, &'static str, f64, f64);

/// Interfaces of routers. Switches have the last one only.
const INTERFACES: [Interface; 4] = [
    ("ge1", "isp", "magti", 1e9, 5e8),
    ("ge2", "isp", "silknet", 1e9, 2e8),
    ("ge3", "trunk", "", 1e10, 1e9),
    ("ge4", "access", "", 1e9, 4e7),
];

/// The interfaces of a device with their ifIndex. One site has one line to a provider only.
fn interfaces(device: &str) -> impl Iterator<Item = (String, Interface)> {
    let (is_switch, is_gori) = (device.contains("-sw"), device == "gori-r1");
    let numbered = (1..).map(|index: u32| index.to_string()).zip(INTERFACES);
    numbered.filter(move |(_, (name, ..))| !is_switch || *name == "ge4").map(move |(index, interface)| {
        let (name, .., speed, usual) = interface;
        if is_gori && name == "ge2" {
            (index, (name, "access", "", speed, usual))
        } else {
            (index, interface)
        }
    })
}

/// Labels, by names and values.
fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

/// The lines of an import of all of it up to `end`, in Unix seconds.
pub fn lines(end: u64) -> String {
    let mut text = String::new();
    for (device, site, role) in DEVICES {
        device_lines(device, site, role, end, &mut text);
        for (index, interface) in interfaces(device) {
            interface_lines((device, site, role), &index, interface, end, &mut text);
        }
    }
    classifier_lines(end, &mut text);
    daemon_lines(end, &mut text);
    text
}

/// Moments from `past` seconds ago to `until`.
fn moments(past: u64, until: u64, end: u64) -> impl Iterator<Item = u64> {
    (end - past..=until).step_by(STEP as usize)
}

fn constant(name: &str, with: &[(&str, &str)], value: f64, past: u64, end: u64, text: &mut String) {
    let mut labels = labels(with);
    labels.insert("__name__".into(), name.into());
    let points: Vec<_> = moments(past, end, end).map(|moment| (moment, value)).collect();
    *text += &line(&labels, &points);
}

/// A counter that grows by so much a second.
fn counter(name: &str, with: &[(&str, &str)], pace: f64, past: u64, end: u64, text: &mut String) {
    let mut labels = labels(with);
    labels.insert("__name__".into(), name.into());
    let points: Vec<_> =
        moments(past, end, end).map(|moment| (moment, (moment + past - end) as f64 * pace)).collect();
    *text += &line(&labels, &points);
}

fn is_silent(device: &str) -> bool {
    device.starts_with("gori")
}

/// Until when there are samples of a device's own.
fn last_word(device: &str, end: u64) -> u64 {
    if is_silent(device) { end - TROUBLE } else { end }
}

fn device_lines(device: &str, site: &str, role: &str, end: u64, text: &mut String) {
    let of = [("device", device), ("site", site), ("role", role), ("job", "snmp"), ("instance", device)];
    let young = device == "tbilisi-core-1";
    let mut add = |name: &str, until: u64, value: &dyn Fn(u64) -> f64| {
        let mut labels = labels(&of);
        labels.insert("__name__".into(), name.into());
        let points: Vec<_> = moments(PAST, until, end).map(|moment| (moment, value(moment))).collect();
        *text += &line(&labels, &points);
    };
    let silent = |moment: u64| is_silent(device) && moment + TROUBLE > end;
    add("up", end, &|_| 1.0);
    add("device_up", end, &|moment| if silent(moment) { 0.0 } else { 1.0 });
    add("scrape_timeout_seconds", end, &|_| 10.0);
    add("scrape_duration_seconds", end, &|_| 0.1);
    add("device_scrape_duration_seconds", end, &|_| 0.08);
    add("device_scrape_packets_sent", end, &|_| 12.0);
    add("device_scrape_packets_retried", end, &|_| 0.0);
    add("device_scrape_incomplete_columns", end, &|_| if young { 2.0 } else { 0.0 });
    let until = last_word(device, end);
    add("device_scrape_round_trip_seconds", until, &|_| 0.02);
    // It was started before all this, but for one that was started just now.
    add("device_uptime_seconds", until, &|moment| {
        let up = (moment + PAST - end + 86_400) as f64;
        if young && moment + 120 >= end { 60.0 } else { up }
    });
    if is_silent(device) {
        let with = [of.as_slice(), &[("reason", "timeout")]].concat();
        constant("device_scrape_error_info", &with, 1.0, TROUBLE, end, text);
    }
}

fn interface_lines(
    (device, site, role): (&str, &str, &str),
    index: &str,
    (name, _, _, speed, usual): Interface,
    end: u64,
    text: &mut String,
) {
    let of = [
        ("device", device),
        ("site", site),
        ("role", role),
        ("job", "snmp"),
        ("instance", device),
        ("if_index", index),
        ("if_name", name),
    ];
    let until = last_word(device, end);
    let is_down = |moment: u64| device == "rustavi-r1" && name == "ge2" && moment + TROUBLE > end;
    let mut add = |metric: &str, values: &mut dyn FnMut(u64) -> f64| {
        let mut labels = labels(&of);
        labels.insert("__name__".into(), metric.into());
        let points: Vec<_> = moments(PAST, until, end).map(|moment| (moment, values(moment))).collect();
        *text += &line(&labels, &points);
    };
    add("interface_if_present", &mut |_| 1.0);
    add("interface_if_admin_status", &mut |_| 1.0);
    add("interface_if_oper_status", &mut |moment| if is_down(moment) { 2.0 } else { 1.0 });
    add("interface_if_speed_bps", &mut |_| speed);
    add("interface_if_last_change_seconds", &mut |moment| if is_down(moment) { 1000.0 } else { 1.0 });
    // Busier by day; one line grows by half in that time.
    let level = |moment: u64| {
        let day = -((moment % 86_400) as f64 / 86_400.0 * std::f64::consts::TAU).cos();
        let grown = if name == "ge1" { 1.0 + 0.5 * (moment + PAST - end) as f64 / PAST as f64 } else { 1.0 };
        let sudden = if device == "rustavi-r1" && name == "ge3" && moment + 3600 > end { 6.0 } else { 1.0 };
        let down = if is_down(moment) { 0.0 } else { 1.0 };
        usual * (1.0 + 0.4 * day) * grown * sudden * down
    };
    for (direction, share) in [("in", 1.0), ("out", 0.4)] {
        let bits = |share: f64| {
            let mut sum = 1e12;
            move |moment: u64| {
                sum += level(moment) * share * STEP as f64;
                sum
            }
        };
        add(&format!("interface_if_hc_{direction}_octets"), &mut bits(share / 8.0));
        add(&format!("interface_if_hc_{direction}_ucast_pkts"), &mut bits(share / 8000.0));
        let bad = if name == "ge4" || name == "ge1" { share / 8000.0 * 0.005 } else { 0.0 };
        add(&format!("interface_if_{direction}_errors"), &mut bits(bad));
        add(&format!("interface_if_{direction}_discards"), &mut bits(bad));
    }
}

fn classifier_lines(end: u64, text: &mut String) {
    for (device, site, role) in DEVICES {
        for (index, (name, kind, provider, ..)) in interfaces(device) {
            let critical = if kind == "isp" { "true" } else { "false" };
            let with = [
                ("device", device),
                ("if_index", &index),
                ("if_name", name),
                ("interface_type", kind),
                ("isp_provider", provider),
                ("is_critical", critical),
            ];
            constant("interface_info", &with, 1.0, RECENT, end, text);
        }
        let with = [
            ("device", device),
            ("site", site),
            ("role", role),
            ("address", "192.0.2.1"),
            ("sys_name", device),
            ("sys_object_id", "1.3.6.1.4.1.9.1.1"),
            ("model", "ISR4331"),
            ("serial", "FDO1"),
            ("location", "rack 1"),
        ];
        constant("device_info", &with, 1.0, RECENT, end, text);
        let of = [("device", device)];
        constant(
            "ward_classifier_device_last_success_timestamp_seconds",
            &of,
            (end - 900) as f64,
            RECENT,
            end,
            text,
        );
        let failures = if is_silent(device) { 3.0 } else { 0.0 };
        constant("ward_classifier_device_walk_failures", &of, failures, RECENT, end, text);
    }
    for (device, remote) in [("rustavi-r1", "tbilisi-core-1"), ("tbilisi-core-1", "rustavi-r1")] {
        let with = [
            ("device", device),
            ("if_index", "3"),
            ("if_name", "ge3"),
            ("remote_device", remote),
            ("remote_if_name", "ge3"),
            ("protocol", "lldp"),
            ("state", "up"),
        ];
        constant("topology_link_info", &with, 1.0, RECENT, end, text);
    }
    for name in ["topology_cut_devices", "topology_cut_sites"] {
        constant(name, &[("device", "gori-r1")], 1.0, RECENT, end, text);
    }
    constant("topology_site_single_homed", &[("site", "gori")], 1.0, RECENT, end, text);
    constant("topology_orphans", &[("kind", "isolated")], 1.0, RECENT, end, text);
    let with = [("device", "gori-sw1"), ("upstream_device", "gori-r1")];
    constant("device_upstream_info", &with, 1.0, RECENT, end, text);
}

/// What the daemons, vmagent and vmalert tell of themselves.
fn daemon_lines(end: u64, text: &mut String) {
    let jobs = ["ward-exporter", "ward-classifier", "vmalert", "vmagent"];
    for job in jobs {
        let of = [("job", job), ("instance", "127.0.0.1:1")];
        constant("up", &of, 1.0, RECENT, end, text);
        counter("process_cpu_seconds_total", &of, 0.1, RECENT, end, text);
        constant("process_resident_memory_bytes", &of, 3e7, RECENT, end, text);
    }
    let exporter = [("job", "ward-exporter"), ("instance", "127.0.0.1:1")];
    for (name, pace) in [("packets_sent", 40.0), ("packets_retried", 0.1), ("varbinds", 900.0)] {
        counter(&format!("ward_exporter_snmp_{name}_total"), &exporter, pace, RECENT, end, text);
    }
    for (name, value) in [
        ("devices", 3.0),
        ("scrapes_in_flight", 2.0),
        ("scrapes_waiting", 0.0),
        ("config_last_reload_successful", 1.0),
    ] {
        constant(&format!("ward_exporter_{name}"), &exporter, value, RECENT, end, text);
    }
    for (result, pace) in [("ok", 0.2), ("timeout", 0.1)] {
        let of = [exporter.as_slice(), &[("endpoint", "devices"), ("result", result)]].concat();
        counter("ward_exporter_scrapes_total", &of, pace, RECENT, end, text);
    }
    for (bound, pace) in [("0.1", 0.1), ("1.28", 0.2), ("+Inf", 0.3)] {
        let of = [exporter.as_slice(), &[("le", bound)]].concat();
        counter("ward_exporter_scrape_duration_seconds_bucket", &of, pace, RECENT, end, text);
    }
    let classifier = [("job", "ward-classifier"), ("instance", "127.0.0.1:2")];
    for (name, value) in [
        ("devices", 3.0),
        ("walks_in_flight", 1.0),
        ("review_queue_length", 2.0),
        ("interfaces_critical", 6.0),
        ("interfaces_overridden", 1.0),
        ("config_last_reload_successful", 1.0),
        ("store_connected", 1.0),
        ("store_waiting_devices", 0.0),
    ] {
        constant(&format!("ward_classifier_{name}"), &classifier, value, RECENT, end, text);
    }
    for kind in ["isp", "trunk", "access"] {
        let of = [classifier.as_slice(), &[("interface_type", kind), ("isp_provider", "")]].concat();
        constant("ward_classifier_interfaces", &of, 3.0, RECENT, end, text);
    }
    for result in ["ok", "timeout"] {
        let of = [classifier.as_slice(), &[("result", result), ("depth", "full")]].concat();
        counter("ward_classifier_walks_total", &of, 0.01, RECENT, end, text);
    }
    for (bound, pace) in [("1", 0.01), ("8", 0.02), ("+Inf", 0.02)] {
        let of = [classifier.as_slice(), &[("le", bound)]].concat();
        counter("ward_classifier_walk_duration_seconds_bucket", &of, pace, RECENT, end, text);
    }
    let vmalert = [("job", "vmalert"), ("instance", "127.0.0.1:3")];
    counter("vmalert_execution_errors_total", &vmalert, 0.0, RECENT, end, text);
    counter("vmalert_iteration_missed_total", &vmalert, 0.0, RECENT, end, text);
    let vmagent = [("job", "vmagent"), ("instance", "127.0.0.1:4")];
    counter("vmagent_remotewrite_packets_dropped_total", &vmagent, 0.0, RECENT, end, text);
    constant("vmagent_remotewrite_pending_data_bytes", &vmagent, 0.0, RECENT, end, text);
}
