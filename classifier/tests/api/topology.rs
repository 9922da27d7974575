//! What is plugged into what, as it is asked for: every filter and format, every report, what was, and what operators say.

use serde_json::{Value, json};
use service::http::Method;
use ward_classifier::facts::Status;
use ward_classifier::topology::id::Id;
use ward_classifier::topology::surroundings::{Capabilities, Hearing, PortNumber, Protocol, Sighting};
use ward_classifier::walk::Walk;

use crate::site::Site;
use crate::support::fleet::switch;

/// A walk in an hour of a device at a site, with four ports.
fn device(name: &str, site: &str, role: &str, hour: i64) -> Walk {
    let mut walk = switch(name, hour, 4);
    walk.device.labels.insert("site".into(), site.into());
    walk.device.labels.insert("role".into(), role.into());
    for (row, nth) in walk.interfaces.iter_mut().zip(1..) {
        row.alias = String::new();
        row.mac = None;
        row.if_index = nth;
    }
    (walk.surroundings.lldp, walk.surroundings.cdp) = (Hearing::On, Hearing::Silent);
    walk
}

/// The same, with somebody heard on a port, who says which port of theirs it is.
fn hears(mut walk: Walk, port: u32, name: &str, far: &str) -> Walk {
    walk.surroundings.neighbours.push(Sighting {
        protocol: Protocol::Lldp,
        port: PortNumber::IfIndex(port),
        name: format!("{name}.bank.example"),
        port_id: Id::port(Some(5), far.as_bytes()),
        ..Sighting::default()
    });
    walk
}

/// A core with an aggregate of two cables to the next; behind that a branch, and three on a hub; a telephone, a stranger, one
/// alone, one that is silent.
fn bank() -> Site {
    let mut core = device("core", "hq", "core", 1);
    core.surroundings.lags = [(1, 4), (2, 4)].into();
    let core = hears(hears(core, 1, "agg", "0/1"), 2, "agg", "0/2");
    let mut agg = hears(hears(device("agg", "hq", "distribution", 1), 1, "core", "0/1"), 2, "core", "0/2");
    agg.surroundings.lags = [(1, 4), (2, 4)].into();
    let agg = hears(agg, 3, "gori-r1", "0/1");
    let router = hears(device("gori-r1", "gori", "branch", 1), 1, "agg", "0/3");
    let router = hears(hears(router, 2, "gori-sw1", "0/1"), 2, "gori-sw2", "0/1");
    let one =
        hears(hears(device("gori-sw1", "gori", "access", 1), 1, "gori-r1", "0/2"), 1, "gori-sw2", "0/1");
    let mut two =
        hears(hears(device("gori-sw2", "gori", "access", 1), 1, "gori-r1", "0/2"), 1, "gori-sw1", "0/1");
    two.surroundings.neighbours.push(Sighting {
        port: PortNumber::IfIndex(2),
        name: "SEP001122334455".into(),
        platform: "IP Phone 8841".into(),
        capabilities: Capabilities::words("phone"),
        ..Sighting::default()
    });
    let two = hears(two, 3, "stranger-sw9", "24");
    let two = hears(two, 4, "gori-sw2", "0/3");
    let lone = device("lone", "poti", "access", 1);
    let mut silent = device("silent", "poti", "access", 1);
    silent.surroundings.lldp = Hearing::Silent;
    let site = Site::of(vec![core, agg, router, one, two, lone, silent]);
    site.look();
    site
}

/// Links as `device port – device port`.
fn links(graph: &Value) -> Vec<String> {
    let text = |link: &Value, key: &str| link[key].as_str().unwrap_or_default().to_owned();
    let end = |link: &Value, device: &str, port: &str| {
        format!("{} {}", text(link, device), text(link, port)).trim_end().to_owned()
    };
    let links = graph["links"].as_array().expect("links").iter();
    let mut links: Vec<String> = links
        .map(|link| {
            format!("{} - {}", end(link, "source", "source_port"), end(link, "target", "target_port"))
        })
        .collect();
    links.sort();
    links
}

fn nodes(graph: &Value) -> Vec<&str> {
    let nodes = graph["nodes"].as_array().expect("nodes").iter();
    nodes.map(|node| node["id"].as_str().expect("an id")).collect()
}

#[test]
fn the_graph_is_as_it_is_plugged_and_shows_the_part_that_is_wanted() {
    let site = bank();
    let graph = site.read("/topology");
    let hub = "segment:gori-r1 0/2";
    let expected = [
        "agg 0/1 - core 0/1".to_owned(),
        "agg 0/2 - core 0/2".into(),
        "agg 0/3 - gori-r1 0/1".into(),
        format!("gori-r1 0/2 - {hub}"),
        format!("gori-sw1 0/1 - {hub}"),
        format!("gori-sw2 0/1 - {hub}"),
        "gori-sw2 0/3 - gori-sw2 0/4".into(),
    ];
    assert_eq!(links(&graph), expected);
    let kind = |id: &str| {
        let nodes = graph["nodes"].as_array().expect("nodes").iter();
        nodes
            .filter(|node| node["id"] == id)
            .map(|node| node["kind"].as_str().unwrap_or_default())
            .collect::<String>()
    };
    assert_eq!((kind(hub).as_str(), kind("core").as_str()), ("segment", "device"));

    let gori = site.read("/topology?sites=gori");
    assert_eq!(nodes(&gori), ["gori-r1", "gori-sw1", "gori-sw2", hub]);
    assert_eq!(links(&site.read("/topology?roles=core,distribution")), expected[..2]);
    assert_eq!(nodes(&site.read("/topology?around=core&depth=1")), ["agg", "core"]);
    assert_eq!(
        nodes(&site.read("/topology?around=gori-sw1&depth=1")),
        ["gori-r1", "gori-sw1", "gori-sw2", hub],
        "a hub is no step of its own"
    );
    let lag = site.read("/topology?roles=core,distribution&collapse=lag");
    assert_eq!(links(&lag), ["agg 0/4 - core 0/4"]);
    assert_eq!((&lag["links"][0]["cables"], &lag["links"][0]["aggregate"]), (&json!(2), &json!(true)));
    assert_eq!(links(&site.read("/topology?roles=core,distribution&collapse=device")), ["agg - core"]);
    let all = site.read("/topology?endpoints=true");
    assert!(links(&all).contains(&"gori-sw2 0/2 - endpoint:SEP001122334455".to_owned()), "{:?}", links(&all));
    assert_eq!(site.get("/topology?around=nowhere").status, 400);
}

#[test]
fn every_format_has_the_same_nodes_and_edges() {
    let site = bank();
    let hub = "segment:gori-r1 0/2";
    let frames = site.read("/topology/nodegraph");
    let (nodes, edges) =
        (frames["nodes"].as_array().expect("nodes"), frames["edges"].as_array().expect("edges"));
    assert_eq!((nodes.len(), edges.len()), (8, 7));
    assert!(nodes.iter().any(|node| node["id"] == hub));
    let elements = site.read("/topology/cytoscape")["elements"].clone();
    assert_eq!(elements["nodes"].as_array().map(Vec::len), Some(8));
    assert!(elements["edges"].as_array().expect("edges").iter().any(|edge| edge["data"]["target"] == hub));
    let graphml = site.get("/topology.graphml").text();
    assert_eq!((graphml.matches("<node ").count(), graphml.matches("<edge ").count()), (8, 7));
    assert!(graphml.contains(&format!("target=\"{hub}\"")), "{graphml}");
    let dot = site.get("/topology.dot").text();
    assert_eq!(dot.matches(" -- ").count(), 7);
    assert!(dot.contains(&format!("\"{hub}\" [label=\"gori-r1 0/2\", shape=point]")), "{dot}");
}

#[test]
fn questions_have_their_answers() {
    let site = bank();
    let near = site.read("/topology/neighbours?device=gori-r1&interface=0/2");
    let far: Vec<&str> = near["links"]
        .as_array()
        .expect("links")
        .iter()
        .map(|link| link["b"]["device"].as_str().unwrap_or_default())
        .collect();
    assert_eq!((far, &near["upstream"]), (vec!["gori-sw1", "gori-sw2"], &json!(["agg"])));
    let way = site.read("/topology/path?from=gori-sw1&to=core");
    let hops: Vec<&str> =
        way["hops"].as_array().expect("hops").iter().filter_map(|hop| hop["device"].as_str()).collect();
    assert_eq!(hops, ["segment:gori-r1 0/2", "gori-r1", "agg", "core"]);
    assert_eq!(site.read("/topology/path?from=lone&to=core")["found"], false);

    let orphans = site.read("/topology/orphans");
    let told: Vec<String> = orphans["devices"]
        .as_array()
        .expect("devices")
        .iter()
        .map(|one| format!("{} {}", one["device"], one["kind"]).replace('"', ""))
        .collect();
    assert_eq!(told, ["lone isolated", "silent silent"]);
    let unknown = orphans["unknown_neighbours"].as_array().expect("neighbours");
    assert_eq!(unknown.len(), 1, "a telephone is none: {unknown:?}");
    assert_eq!(unknown[0]["seen_by"][0], json!({"device": "gori-sw2", "if_name": "0/3", "port": "24"}));
    assert_eq!(site.read("/topology/orphans?kind=silent")["devices"].as_array().map(Vec::len), Some(1));

    let points = site.read("/topology/single-points");
    let told: Vec<String> = points["devices"]
        .as_array()
        .expect("devices")
        .iter()
        .map(|one| {
            format!("{} {}/{}", one["device"], one["impact"]["devices"], one["impact"]["sites"])
                .replace('"', "")
        })
        .collect();
    assert_eq!(told, ["core 4/2", "agg 3/1", "gori-r1 2/1", "segment:gori-r1 0/2 2/1"]);
    let cut = points["links"].as_array().expect("links").len();
    assert_eq!(cut, 4, "the aggregate is none: {points}");
    let odd = site.read("/topology/anomalies");
    let port = |name: &str| json!({"device": "gori-sw2", "if_name": name});
    assert_eq!(odd["self_links"], json!([{"a": port("0/3"), "b": port("0/4")}]));
    assert_eq!(odd["ambiguous_neighbours"], json!([]));
    site.read("/topology/redundancy");
    site.read("/topology/drift");
}

#[test]
fn a_cable_that_moves_is_told_of_and_the_past_can_be_asked_for() {
    let site = bank();
    let before = site.read("/topology")["generated_at"].as_str().expect("a moment").to_owned();
    // Of the cables of a first walk nothing is told: that the device is new is the news.
    assert_eq!(site.read("/events?kind=link_appeared")["events"], json!([]));
    // The branch is at the core now. It alone has been walked.
    let router = hears(device("gori-r1", "gori", "branch", 2), 1, "core", "0/3");
    let router = hears(hears(router, 2, "gori-sw1", "0/1"), 2, "gori-sw2", "0/1");
    site.learn(router);
    site.look();
    let graph = site.read("/topology");
    assert!(links(&graph).contains(&"core 0/3 - gori-r1 0/1".to_owned()), "{:?}", links(&graph));
    assert!(!links(&graph).iter().any(|link| link.contains("agg 0/3")), "{:?}", links(&graph));
    let told = |query: &str| -> Vec<String> {
        let events = site.read(&format!("/events?kind=link_appeared,link_lost,neighbour_changed{query}"));
        let events = events["events"].as_array().expect("events").clone();
        let mut told: Vec<String> = events
            .iter()
            .map(|event| {
                let (device, port) = (&event["device_name"], &event["if_name"]);
                format!("{device} {port} {} {} > {}", event["kind"], event["old_value"], event["new_value"])
                    .replace('"', "")
            })
            .collect();
        told.sort();
        told
    };
    // The others have not been walked a second time, so of them that is not told.
    assert_eq!(told("&device=gori-r1"), [] as [&str; 0]);
    let agg = hears(hears(device("agg", "hq", "distribution", 2), 1, "core", "0/1"), 2, "core", "0/2");
    site.learn(agg);
    let core = hears(hears(device("core", "hq", "core", 2), 1, "agg", "0/1"), 2, "agg", "0/2");
    site.learn(hears(core, 3, "gori-r1", "0/1"));
    site.look();
    // And back.
    let router = hears(device("gori-r1", "gori", "branch", 3), 1, "agg", "0/3");
    let router = hears(hears(router, 2, "gori-sw1", "0/1"), 2, "gori-sw2", "0/1");
    site.learn(router);
    site.look();
    assert_eq!(
        told(""),
        [
            "agg 0/3 link_appeared  > gori-r1 0/1",
            "core 0/3 link_lost gori-r1 0/1 > ",
            "gori-r1 0/1 neighbour_changed core 0/3 > agg 0/3",
        ]
    );
    let then = site.read(&format!("/topology?at={before}"));
    assert!(links(&then).contains(&"agg 0/3 - gori-r1 0/1".to_owned()));
    let difference = site.read(&format!("/topology/diff?from={before}"));
    assert_eq!((&difference["added"], &difference["moved"]), (&json!([]), &json!([])), "it is where it was");
}

#[test]
fn what_operators_say_goes_before_what_is_heard_until_it_is_taken_back() {
    let site = bank();
    let say = |body: &str| site.ask(Method::POST, "/topology/manual-links", "application/json", body);
    let body = r#"{"a": {"device": "lone", "if_name": "0/1"}, "b": {"device": "agg", "if_name": "0/3"}, "reason": "a modem between"}"#;
    let said = say(body);
    assert_eq!(said.status, 200, "{}", said.text());
    let id = said.json()["id"].as_i64().expect("a number");
    assert_eq!((&said.json()["author"], &said.json()["in_force"]), (&json!("admin"), &json!(true)));
    let shown = |port: &str| {
        let graph = site.read("/topology");
        let links = graph["links"].as_array().expect("links").clone();
        links
            .into_iter()
            .find(|link| link["source_port"] == port && link["source"] == "agg")
            .unwrap_or_default()
    };
    crate::support::until("the link", || shown("0/3")["target"] == "lone");
    let link = shown("0/3");
    assert_eq!(
        (&link["manual"], &link["protocol"], &link["note"]),
        (&json!(true), &json!("manual"), &json!("admin: a modem between"))
    );
    site.look();
    // It is evidence for what the interface is, and marked as such.
    let interface = site.read(&format!("/interfaces/{}", site.id("lone", "0/1")));
    assert_eq!(
        (&interface["neighbours"][0]["name"], &interface["neighbours"][0]["manual"]),
        (&json!("agg"), &json!(true))
    );
    let because = interface["explanation"]["votes"].to_string();
    assert!(because.contains("neighbour agg (as an operator says)"), "{because}");
    // What is heard there instead is drift.
    let drift = site.read("/topology/drift");
    let rows = drift["interfaces"].as_array().expect("interfaces");
    let odd = rows.iter().find(|row| row["kind"] == "not_as_said").expect("a row");
    assert_eq!((&odd["written"], &odd["found"]), (&json!("lone 0/1"), &json!("gori-r1 0/1")));
    assert_eq!(
        site.read("/topology/neighbours?device=lone")["links"][0]["said"]["reason"],
        "a modem between"
    );

    for (body, parameter) in [
        (r#"{"a": {"device": "lone", "if_name": "0/1"}, "reason": "r"}"#, "b"),
        (
            r#"{"a": {"device": "lone", "if_name": "0/9"}, "b": {"device": "agg", "if_name": "0/4"}, "reason": "r"}"#,
            "a",
        ),
        (
            r#"{"a": {"device": "lone", "if_name": "0/1"}, "b": {"device": "agg", "if_name": "0/4"}, "reason": "r"}"#,
            "a",
        ),
        (
            r#"{"a": {"device": "lone", "if_name": "0/2"}, "b": {"device": "agg", "if_name": "0/4"}}"#,
            "reason",
        ),
    ] {
        let answer = say(body);
        assert_eq!((answer.status, &answer.json()["error"]["parameter"]), (400, &json!(parameter)), "{body}");
    }
    let list = site.read("/topology/manual-links");
    assert_eq!(
        (list["links"].as_array().map(Vec::len), &list["links"][0]["source"]),
        (Some(1), &json!("api"))
    );
    let gone = site.ask(Method::DELETE, &format!("/topology/manual-links/{id}"), "", "");
    assert_eq!(gone.status, 200, "{}", gone.text());
    crate::support::until("what is heard", || shown("0/3")["target"] == "gori-r1");
    assert_eq!(site.ask(Method::DELETE, &format!("/topology/manual-links/{id}"), "", "").status, 404);
    let told =
        site.read("/events?kind=manual_link_set,manual_link_removed")["events"].as_array().map(Vec::len);
    assert_eq!(told, Some(4), "at both ends");
}

#[test]
fn a_port_that_is_down_keeps_its_link_and_is_no_way() {
    let site = bank();
    let mut router = hears(device("gori-r1", "gori", "branch", 2), 1, "agg", "0/3");
    router.interfaces[0].oper = Some(Status::Down);
    site.learn(hears(hears(router, 2, "gori-sw1", "0/1"), 2, "gori-sw2", "0/1"));
    site.look();
    let graph = site.read("/topology?around=gori-r1&depth=0");
    assert_eq!(nodes(&graph), ["gori-r1"]);
    assert_eq!(site.read("/topology/path?from=gori-sw1&to=core")["found"], false);
    assert_eq!(site.read("/topology/orphans?kind=island")["devices"].as_array().map(Vec::len), Some(3));
}
