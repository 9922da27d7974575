//! Recordings of whole networks: every link is as the truth file has it, and none is to a wrong device or port. The
//! recordings are not part of the repository: without them the test says so and passes.

mod support {
    pub mod recordings;
}

use std::collections::BTreeSet;

use serde_json::Value;
use support::recordings::{self, Recorded};
use ward_classifier::topology::links::End;
use ward_classifier::topology::network::Network;

/// A link as names and ports, the end that sorts first before.
type Named = [(String, Option<u64>); 2];

#[tokio::test]
async fn networks_have_exactly_the_links_of_their_truth() {
    let Some(folder) = recordings::folder() else { return };
    let mut wrong = Vec::new();
    for network in recordings::networks(&folder) {
        let devices = recordings::walk_network(&folder.join("networks").join(&network)).await;
        let found = links(&devices);
        let truth = truth(&recordings::json(&folder.join("networks").join(&network).join("TRUTH.json")));
        println!("{network}: {} links", found.len());
        wrong.extend(truth.difference(&found).map(|link| format!("{network}: missing {}", show(link))));
        wrong.extend(
            found.difference(&truth).map(|link| format!("{network}: not in the truth {}", show(link))),
        );
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

fn links(devices: &[Recorded]) -> BTreeSet<Named> {
    let members: Vec<_> = devices.iter().map(Recorded::member).collect();
    let network = Network::new(&members);
    for (one, two) in &network.oddities.twins {
        println!("  twins: {} {}", devices[*one as usize].name, devices[*two as usize].name);
    }
    let name = |end: End| (devices[end.device as usize].name.clone(), end.port.map(u64::from));
    network.links.iter().map(|link| sorted([name(link.a), name(link.b)])).collect()
}

/// Links that were merged from both ends where the file has them, else all.
fn truth(truth: &Value) -> BTreeSet<Named> {
    let links = truth["merged_links"].as_array().or_else(|| truth["undirected_edges"].as_array());
    let end = |end: &Value| (end[0].as_str().unwrap_or_default().to_owned(), end[1].as_u64());
    links.into_iter().flatten().map(|link| sorted([end(&link["a"]), end(&link["b"])])).collect()
}

fn sorted(mut ends: Named) -> Named {
    ends.sort();
    ends
}

fn show([a, b]: &Named) -> String {
    let port = |port: Option<u64>| port.map_or("?".to_owned(), |port| port.to_string());
    format!("{}:{} - {}:{}", a.0, port(a.1), b.0, port(b.1))
}
