//! The compose file and the Dockerfile: what they mount, copy and start is there. Docker itself is not needed.

use std::collections::BTreeSet;
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
            _ => {}
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
