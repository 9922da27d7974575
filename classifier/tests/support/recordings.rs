//! Recordings of real devices, served by the lab and walked as discovery walks a device.

use std::fs;
use std::path::{Path, PathBuf};

use lab::Agent;
use lab::mib::MibBuilder;
use lab::snmprec::Recording;
use serde_json::Value;
use snmp::{Client, Credentials, Limits, Secret, Target};
use ward_classifier::decode::decode;
use ward_classifier::discover::wanted::{self, Depth};
use ward_classifier::facts::DeviceFacts;
use ward_classifier::topology::identity::Member;
use ward_classifier::walk::Walk;

/// A device as it was recorded, and what a walk of it brought.
pub struct Recorded {
    /// The file's name without its ending.
    pub name: String,
    /// What a walk brought.
    pub walk: Walk,
}

impl Recorded {
    /// The device as topology looks at it. Its name in the inventory is not one it knows.
    pub fn member(&self) -> Member<'_> {
        Member {
            facts: &self.walk.device,
            interfaces: self.walk.interfaces.iter().collect(),
            heard: &self.walk.surroundings,
        }
    }
}

/// Where the recordings are; says so where they are not.
pub fn folder() -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared"));
    let shared = std::env::var_os("WARD_SHARED").map_or_else(beside, PathBuf::from);
    let folder = shared.join("recordings");
    if !folder.is_dir() {
        println!("skipped: no {}", folder.display());
        return None;
    }
    Some(folder)
}

/// The names of all networks.
pub fn networks(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = entries(&folder.join("networks"))
        .into_iter()
        .filter(|path| path.join("TRUTH.json").is_file())
        .map(|path| stem(&path))
        .collect();
    names.sort();
    names
}

/// All recordings that have a truth file, by its name.
pub fn with_truth(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut files: Vec<(String, PathBuf)> =
        entries(&folder.join("devices")).into_iter().map(|file| (stem(&file), file)).collect();
    for network in networks(folder) {
        let of_network = entries(&folder.join("networks").join(&network));
        let with_name = of_network.into_iter().map(|file| (format!("{network}__{}", stem(&file)), file));
        files.extend(with_name.filter(|_| !network.starts_with("x_")));
    }
    files.retain(|(name, file)| {
        let truth = folder.join("truth").join(format!("{name}.json"));
        file.extension().is_some_and(|ending| ending == "snmprec") && truth.is_file()
    });
    files.sort();
    files
}

/// All devices of a network, walked.
pub async fn walk_network(folder: &Path) -> Vec<Recorded> {
    let mut files: Vec<PathBuf> = entries(folder);
    files.retain(|file| file.extension().is_some_and(|ending| ending == "snmprec"));
    files.sort();
    let mut devices = Vec::new();
    for file in files {
        devices.push(Recorded { name: stem(&file), walk: walk(&file).await });
    }
    devices
}

/// Walks one recording.
pub async fn walk(file: &Path) -> Walk {
    walk_objects(&stem(file), Recording::load(file).expect("a recording").objects).await
}

/// Walks a device that has these objects.
pub async fn walk_objects(name: &str, objects: MibBuilder) -> Walk {
    let agent = Agent::new(objects.build().expect("names that fit")).spawn().await.expect("an agent");
    let client = Client::new(1);
    let credentials = Credentials::V2c { community: Secret::new("public") };
    let target = Target::new(agent.addr(), credentials, Limits::default());
    let probe = client.harvest(&target, &wanted::probe(), None).await;
    let harvest = client.harvest(&target, &wanted::wanted(Depth::Full), None).await;
    agent.stop().await;
    decode(DeviceFacts { name: name.to_owned(), ..DeviceFacts::default() }, &[&probe, &harvest]).walk
}

/// A file's content.
pub fn json(file: &Path) -> Value {
    let text = fs::read_to_string(file).expect("a file");
    serde_json::from_str(&text).expect("JSON")
}

/// A file's name without its ending, which is what follows the last dot.
pub fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    name.strip_suffix(".snmprec").or_else(|| name.strip_suffix(".json")).map(str::to_owned).unwrap_or(name)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect()
}
