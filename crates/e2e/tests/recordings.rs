//! Recordings of real devices, served by the lab and scraped by the exporter, give exactly the interfaces of their truth
//! files. The recordings are not part of the repository: without them the test says so and passes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use ward_e2e::exporter::Exporter;
use ward_e2e::lab::Lab;
use ward_e2e::programs::shared;

/// An interface: ifIndex and the name its series carry.
type Interfaces = BTreeMap<u32, String>;

#[test]
fn a_scrape_of_a_recording_gives_the_interfaces_of_its_truth_file() {
    let Some(shared) = shared() else { return };
    let recordings = recordings(&shared.join("recordings"));
    assert!(recordings.len() > 50, "only {} recordings", recordings.len());
    let lab = Lab::serve(recordings.iter().map(|(name, file)| format!("{name}={}", file.display())));
    let exporter = Exporter::start(lab.devices());

    let mut wrong = Vec::new();
    let mut interfaces = 0;
    for (name, _) in &recordings {
        let expected = truth(&shared.join("recordings/truth").join(format!("{name}.json")));
        let scrape = exporter.scrape(name);
        let mut found = Interfaces::new();
        for series in scrape.names().filter(|series| series.starts_with("interface_")) {
            for (labels, _) in scrape.samples(series) {
                found.insert(labels["if_index"].parse().expect("a number"), labels["if_name"].clone());
            }
        }
        interfaces += found.len();
        if scrape.value("device_up", &[]) != Some(1.0) {
            wrong.push(format!("{name}: device_up is not 1"));
        }
        if found != expected {
            let missing: Vec<_> =
                expected.iter().filter(|(index, name)| found.get(index) != Some(name)).collect();
            let extra: Vec<_> =
                found.iter().filter(|(index, name)| expected.get(index) != Some(name)).collect();
            wrong.push(format!("{name}: missing {missing:?}, instead {extra:?}"));
        }
    }
    println!("{} recordings, {interfaces} interfaces", recordings.len());
    assert!(wrong.is_empty(), "{} of {} differ:\n{:.20000}", wrong.len(), recordings.len(), wrong.join("\n"));
}

/// All recordings that have a truth file, by its name: single devices, and those of whole networks.
fn recordings(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut files = Vec::new();
    for entry in entries(&folder.join("devices")) {
        files.push((stem(&entry), entry));
    }
    for network in entries(&folder.join("networks")) {
        for entry in entries(&network) {
            files.push((format!("{}__{}", stem(&network), stem(&entry)), entry));
        }
    }
    files.retain(|(name, file)| {
        file.extension().is_some_and(|extension| extension == "snmprec")
            && folder.join("truth").join(format!("{name}.json")).is_file()
    });
    files.sort();
    files
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect()
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The interfaces of a truth file, by the name they should have: ifName, else ifDescr, else ifIndex.
fn truth(file: &Path) -> Interfaces {
    let text = fs::read_to_string(file).expect("a truth file");
    let truth: Value = serde_json::from_str(&text).expect("JSON");
    let rows = truth["interfaces"].as_array().expect("interfaces");
    let name = |row: &Value| {
        let columns = ["ifName", "ifDescr"].iter().filter_map(|column| row[*column].as_str());
        columns.filter(|text| !text.is_empty()).map(str::to_string).next()
    };
    rows.iter()
        .map(|row| {
            let index =
                row["ifIndex"].as_u64().and_then(|index| u32::try_from(index).ok()).expect("an ifIndex");
            (index, name(row).unwrap_or_else(|| index.to_string()))
        })
        .collect()
}
