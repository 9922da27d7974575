//! The compose file and the Dockerfile: what they mount, copy and start is there. Docker itself is not needed.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use ward_e2e::documents::page;
use ward_e2e::process::run;
use ward_e2e::programs::{find, repository};

use crate::documents::knows_flags;

/// The services, by name.
fn services() -> Vec<(String, Value)> {
    let file: Value = serde_yaml::from_str(&page("packaging/docker/compose.yml")).expect("YAML");
    let services = file["services"].as_object().expect("services").iter();
    services.map(|(name, service)| (name.clone(), service.clone())).collect()
}

/// The texts of a list.
fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(String::from)).collect()
}

#[test]
fn what_is_mounted_is_there() {
    let compose: Value = serde_yaml::from_str(&page("packaging/docker/compose.yml")).expect("YAML");
    let volumes = compose["volumes"].as_object().expect("volumes");
    for (name, service) in services() {
        for mount in texts(&service["volumes"]) {
            let mount =
                mount.replace("${WARD_DEVICES:-../../configs/devices.yml}", "../../configs/devices.yml");
            let from = mount.split(':').next().unwrap_or_default();
            match from.strip_prefix("../../") {
                Some(file) => assert!(repository().join(file).exists(), "{name}: {mount}"),
                None => assert!(volumes.contains_key(from), "{name}: {mount}"),
            }
        }
    }
}

/// The files of `configs/` name 127.0.0.1, so all of them share the network of one, which publishes what all listen on.
#[test]
fn all_find_each_other() {
    let services = services();
    let (alone, sharing): (Vec<_>, Vec<_>) =
        services.iter().partition(|(_, service)| service["network_mode"].is_null());
    let [(owner, service)] = alone.as_slice() else { panic!("{alone:?}") };
    for (name, service) in sharing {
        assert_eq!(service["network_mode"], format!("service:{owner}"), "{name}");
        assert!(service["ports"].is_null(), "{name} has no network to publish ports of");
    }
    let ports: BTreeSet<String> = texts(&service["ports"])
        .iter()
        .filter_map(|port| Some(port.rsplit_once(':')?.1.to_string()))
        .collect();
    assert!(
        texts(&service["ports"]).iter().all(|port| port.starts_with("127.0.0.1:")),
        "nobody else is let in"
    );
    for (port, what) in
        [("3000", "Grafana"), ("8428", "VictoriaMetrics"), ("9116", "exporter"), ("9117", "classifier")]
    {
        assert!(ports.contains(port), "{what} cannot be reached from outside");
    }
}

/// Nobody is found by name: a service in the network of another one has none of its own, and so no address.
#[test]
fn every_address_is_one_that_somebody_listens_on() {
    let services = services();
    let published: BTreeSet<String> = services
        .iter()
        .flat_map(|(_, service)| texts(&service["ports"]))
        .filter_map(|port| Some(port.rsplit_once(':')?.1.to_string()))
        .collect();
    for (name, service) in &services {
        let mut told = [texts(&service["entrypoint"]), texts(&service["command"])].concat();
        // Files that it reads, and that name others: all but the devices and where alerts go.
        let files = texts(&service["volumes"]).into_iter().filter_map(|mount| {
            let file = mount.split(':').next()?.strip_prefix("../../")?.to_string();
            (file.ends_with("vmagent.yml") || file.contains("datasources/")).then_some(file)
        });
        told.extend(files.map(|file| page(&file)));
        for (host, port) in told.iter().flat_map(|text| addresses(text)) {
            assert_eq!(host, "127.0.0.1", "{name}: nobody is found by name there");
            // vmagent's own, which nobody asks from outside.
            assert!(published.contains(&port) || port == "8429", "{name}: who listens on {host}:{port}?");
        }
    }
}

/// The hosts and ports that URLs name, and lists of targets.
fn addresses(text: &str) -> Vec<(String, String)> {
    let is_comment = |line: &&str| !line.trim_start().starts_with('#');
    let words = text.lines().filter(is_comment).flat_map(|line| line.split([' ', '"', '[', ']', ',', '=']));
    let named = words.filter_map(|word| {
        let bare = word.strip_prefix("http://").or_else(|| word.strip_prefix("https://"));
        let (host, port) = bare.unwrap_or(word).split('/').next()?.rsplit_once(':')?;
        let is_port = !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit());
        (is_port && !host.is_empty()).then(|| (host.to_string(), port.to_string()))
    });
    named.collect()
}

/// The flags that a program of somebody else's lists in its help.
fn listed(program: &Path) -> BTreeSet<String> {
    let output = Command::new(program).arg("--help").output().expect("it starts");
    let text =
        [output.stdout, output.stderr].map(|part| String::from_utf8_lossy(&part).into_owned()).concat();
    let words = text.lines().filter_map(|line| line.trim_start().strip_prefix('-'));
    let name = |line: &str| line.trim_start_matches('-').split([' ', '=', ',']).next().map(String::from);
    words.filter_map(name).collect()
}

#[test]
fn programs_know_their_flags() {
    for (name, service) in services() {
        let words = [texts(&service["entrypoint"]), texts(&service["command"])].concat();
        let line = words.join(" ");
        match name.as_str() {
            "ward-exporter" | "ward-classifier" => {
                knows_flags(&line.replace('/', " /").replace(" /ward-", " ward-"))
            }
            "vmagent" | "vmalert" if find(&name).is_some() => {
                let here = |word: &String| {
                    word.replace("/etc/ward/", &format!("{}/", repository().join("configs").display()))
                        .replace("=/rules", &format!("={}", repository().join("alerting-rules").display()))
                };
                run(Command::new(&name).arg("-dryRun").args(words.iter().map(here)));
            }
            "vmagent" | "vmalert" | "victoria-metrics" | "alertmanager" => {
                let other = format!("prometheus-{name}");
                let Some(program) = find(&name).or_else(|| find(&other)) else { continue };
                let known = listed(&program);
                for word in words {
                    let flag = word.trim_start_matches('-').split('=').next().unwrap_or_default();
                    assert!(known.contains(flag), "{name} has no {word}");
                }
            }
            // They are not started with flags.
            "grafana" | "network" => assert_eq!(words, [] as [&str; 0]),
            other => panic!("nobody looks at the flags of {other}"),
        }
    }
    let dockerfile = page("packaging/docker/Dockerfile");
    let start = dockerfile.lines().filter(|line| line.starts_with("ENTRYPOINT") || line.starts_with("CMD"));
    knows_flags(&start.collect::<Vec<_>>().join(" ").replace("/ward-", "ward-"));
}

/// What the image is made of is what the static build makes.
#[test]
fn the_image_is_made_of_static_programs() {
    let dockerfile = page("packaging/docker/Dockerfile");
    let copied = dockerfile.lines().find_map(|line| line.strip_prefix("COPY ")).expect("COPY");
    let script = page("scripts/static.sh");
    let built = script.lines().find_map(|line| line.strip_prefix("for program in ")).expect("the programs");
    for program in copied.split_whitespace().filter(|word| *word != "/") {
        assert!(built.contains(program), "{program} is not among {built}");
    }
    assert!(dockerfile.contains("FROM scratch"), "{dockerfile}");
}
