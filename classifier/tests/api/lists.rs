//! Lists, summaries and tables from memory.

use serde_json::{Value, json};
use ward_classifier::facts::{InterfaceFacts, Status};

use crate::site::Site;
use crate::support::fleet::{odd_port, port, switch, walk};

/// Two branches with two lines each, and a switch.
fn bank() -> Site {
    let branch = |name: &str, site: &str, second: &str| {
        let line = |index, name: &str, alias: &str| InterfaceFacts {
            speed_bps: Some(100_000_000),
            ..port(index, name, alias)
        };
        let tunnel = InterfaceFacts {
            if_type: Some(131),
            connector: Some(false),
            ..line(9, "Tu0", "Magti_Internet backup tunnel")
        };
        let down = InterfaceFacts { oper: Some(Status::Down), ..line(4, "Fa4", second) };
        let rows = vec![tunnel, line(3, "Fa3", "Magti_Internet"), down, line(1, "Fa1", "PC-Reception")];
        let mut walk = walk(name, 1, rows);
        walk.device.labels.insert("site".into(), site.into());
        walk.device.labels.insert("role".into(), "branch".into());
        walk.device.address = if site == "gori" { "192.0.2.5".into() } else { "192.0.2.6".into() };
        walk
    };
    let odd = walk("odd", 1, vec![odd_port()]);
    Site::of(vec![
        branch("gori-r1", "gori", "Silknet_Internet"),
        branch("poti-r1", "poti", "Silknet_Internet"),
        switch("core", 1, 24),
        odd,
    ])
}

/// What stands in a field of all interfaces of a list.
fn field(list: &Value, name: &str) -> Vec<String> {
    let rows = list["interfaces"].as_array().expect("interfaces").iter();
    rows.map(|row| row[name].as_str().map_or_else(|| row[name].to_string(), str::to_owned)).collect()
}

#[test]
fn filters_admit_what_they_say() {
    let site = bank();
    let mut wrong = Vec::new();
    for (query, expected) in [
        ("", 33),
        ("device=gori-r1", 4),
        ("device=gori-r1,poti-r1", 8),
        ("device=gori-r1&device=poti-r1", 8),
        ("device=nobody", 0),
        ("device_ip=192.0.2.5", 4),
        ("device_id=1", 24),
        ("site=gori", 4),
        ("role=branch", 8),
        ("label=site=gori,role=branch", 4),
        ("label=site=gori,role=core", 0),
        ("interface_type=isp", 8),
        ("interface_type=isp&device=gori-r1", 3),
        ("isp_provider=silknet", 2),
        ("isp_provider=magti,silknet&role=branch", 6),
        ("isp_provider=none&role=branch", 2),
        ("is_critical=true&role=branch", 6),
        ("is_critical=false&role=branch", 2),
        ("oper_status=down", 2),
        ("oper_status=2", 2),
        ("oper_status=down,lowerLayerDown", 3),
        ("admin_status=testing", 1),
        ("if_type=131", 2),
        ("if_name=Fa3,Fa4", 4),
        ("phys_address=00-1A-2B-00-00-03", 3),
        ("address=192.0.2.1", 1),
        ("address=2001:db8::1", 1),
        ("min_speed=1000000000", 25),
        ("physical=false&role=branch", 2),
        ("overridden=true", 0),
        ("gone=true", 0),
        ("q=reception", 2),
        ("q=RECEPTION+gori", 1),
        ("q=%E1%83%9B%E1%83%90%E1%83%92%E1%83%97%E1%83%98", 1),
        ("q=00:1a:2b:00:00:03", 3),
        ("q=nowhere", 0),
        ("min_confidence=0.9&role=branch&interface_type=isp", 4),
        ("max_confidence=0.1&role=branch", 0),
        ("interface_type=isp&oper_status=up&role=branch&physical=true", 2),
    ] {
        let list = site.read(&format!("/interfaces?{query}"));
        let summary = site.read(&format!("/interfaces/summary?{query}"));
        // A description of several lines is one row.
        let rows = site.get(&format!("/interfaces.csv?{query}")).text().matches("\r\n").count() - 1;
        let found = (&list["total"], &summary["total_interfaces"], rows);
        if found != (&json!(expected), &json!(expected), expected) {
            wrong.push(format!("{query}: {found:?}, expected {expected}: {:?}", field(&list, "if_alias")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_list_has_its_order_and_its_pages() {
    let site = bank();
    for (sort, first, last) in [
        ("", "gori-r1 Fa3", "poti-r1 Fa1"),
        ("device", "core 0/1", "poti-r1 Tu0"),
        ("-device", "poti-r1 Fa1", "core 0/24"),
        ("if_name", "core 0/1", "poti-r1 Tu0"),
        ("isp_provider", "core 0/1", "poti-r1 Fa1"),
        ("-speed", "odd Te1/1", "poti-r1 Tu0"),
        ("if_alias", "core 0/1", "odd Te1/1"),
    ] {
        let mut names: Vec<String> = Vec::new();
        let mut cursor = String::new();
        loop {
            let sort = if sort.is_empty() { String::new() } else { format!("&sort={sort}") };
            let page = site.read(&format!("/interfaces?limit=10{sort}{cursor}"));
            assert_eq!(page["total"], 33);
            let (devices, ports) = (field(&page, "device_name"), field(&page, "if_name"));
            assert!(devices.len() <= 10);
            names.extend(devices.into_iter().zip(ports).map(|(device, port)| format!("{device} {port}")));
            match page["next_cursor"].as_i64() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let mut once = names.clone();
        once.sort();
        once.dedup();
        assert_eq!((names.len(), once.len()), (33, 33), "{sort}");
        if sort.is_empty() {
            assert!(names[..7].iter().any(|name| name == first), "critical ones first: {names:?}");
        } else {
            assert_eq!((names[0].as_str(), names[32].as_str()), (first, last), "{sort}: {names:?}");
        }
    }
}

#[test]
fn the_summary_counts() {
    let summary = bank().read("/interfaces/summary?role=branch");
    for (name, expected) in [
        ("total_interfaces", json!(8)),
        ("critical_interfaces", json!(6)),
        ("critical_interfaces_down", json!(2)),
        ("isp_interfaces", json!(6)),
        ("interfaces_up", json!(6)),
        ("interfaces_down", json!(2)),
        ("devices", json!(2)),
        ("interfaces_by_provider", json!({"magti": 4, "silknet": 2})),
        ("isp_providers", json!(["magti", "silknet"])),
    ] {
        assert_eq!(summary[name], expected, "{name}: {summary}");
    }
    assert_eq!(summary["interfaces_by_type"]["isp"], 6);
}

#[test]
fn lines_stand_by_provider_and_physical_ones_first() {
    let site = bank();
    let list = site.read("/interfaces/isp?role=branch");
    let shown: Vec<String> = list["providers"]
        .as_array()
        .expect("providers")
        .iter()
        .map(|provider| format!("{} {:?}", provider["isp_provider"], field(provider, "if_name")))
        .collect();
    assert_eq!(shown, [r#""magti" ["Fa3", "Fa3", "Tu0", "Tu0"]"#, r#""silknet" ["Fa4", "Fa4"]"#]);
    assert_eq!(list["providers"][0]["interfaces_up"], 4);

    let critical = site.read("/interfaces/critical?role=branch");
    assert_eq!((&critical["total"], &critical["down"]), (&json!(6), &json!(2)));
    assert_eq!(field(&critical, "if_name")[..2], ["Fa4", "Fa4"]);

    let status = site.read("/interfaces/isp-status?device_ips=192.0.2.5,203.0.113.9&devices=core");
    let lines = &status["devices"]["192.0.2.5"];
    assert_eq!(lines["magti"]["status"], "up", "{status}");
    assert_eq!((&lines["magti"]["if_name"], &lines["magti"]["interfaces"]), (&json!("Fa3"), &json!(2)));
    assert_eq!(
        (&lines["silknet"]["status"], &lines["silknet"]["oper_status"]),
        (&json!("down"), &json!("down"))
    );
    assert_eq!(status["devices"]["203.0.113.9"], json!({}));
    assert_eq!(status["devices"]["core"]["magti"]["if_name"], "0/1");

    let by = site.read("/interfaces/by-devices?device_ips=192.0.2.5,203.0.113.9");
    assert_eq!(by["devices"]["192.0.2.5"].as_array().map(Vec::len), Some(4));
    assert_eq!(by["devices"]["203.0.113.9"], json!([]));
}

#[test]
fn devices_say_how_it_stands_with_them() {
    let site = bank();
    let list = site.read("/devices");
    let names: Vec<&str> =
        list["devices"].as_array().expect("devices").iter().filter_map(|row| row["name"].as_str()).collect();
    assert_eq!((names, &list["total"]), (vec!["core", "gori-r1", "odd", "poti-r1"], &json!(4)));
    let page = site.read("/devices?limit=2&site=gori,poti");
    assert_eq!((&page["total"], &page["next_cursor"]), (&json!(2), &Value::Null));
    let page = site.read("/devices?limit=3");
    let rest = site.read(&format!("/devices?limit=3&cursor={}", page["next_cursor"]));
    assert_eq!(rest["devices"][0]["name"], "poti-r1");
    for (query, expected) in [
        ("q=CISCO+gori", 1),
        ("role=branch", 2),
        ("failing=true", 0),
        ("walked=true", 4),
        ("q=foc1846core", 1),
    ] {
        assert_eq!(site.read(&format!("/devices?{query}"))["total"], expected, "{query}");
    }
    let one = site.read("/devices/gori-r1");
    assert_eq!(one["device"]["interfaces"], 4);
    assert_eq!(one["interfaces_by_type"]["isp"], 3);
    assert_eq!(
        (&one["walks"][0]["outcome"], &one["walks"][0]["interfaces"]),
        (&json!("complete"), &json!(4))
    );
    assert!(one["device"]["next_walk"].is_string());
    let table = site.get("/devices.csv").text();
    assert!(
        table.starts_with("id,name,address,labels,sys_name,") && table.matches("\r\n").count() == 5,
        "{table}"
    );
}

#[test]
fn tables_hold_no_formulas() {
    let rows = ["=HYPERLINK(\"http://evil\")", "+1", "-> core, 2", "@x"];
    let rows = rows.iter().zip(1..).map(|(alias, n)| port(n, &format!("Gi{n}"), alias)).collect();
    let site = Site::of(vec![walk("a", 1, rows)]);
    let answer = site.get("/interfaces.csv");
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8; header=present");
    let text = answer.text();
    for expected in [",\"'=HYPERLINK(\"\"http://evil\"\")\",", ",'+1,", ",\"'-> core, 2\",", ",'@x,"] {
        assert!(text.contains(expected), "no {expected} in {text}");
    }
}

#[test]
fn what_is_known_already_is_not_sent_again() {
    let site = bank();
    let first = site.get("/interfaces?limit=1");
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with("W/\""), "{tag}");
    let mut again = service::http::Request::get("/api/v1/interfaces?limit=1");
    let tag = tag.parse().expect("a header");
    again.headers.insert(service::http::header::IF_NONE_MATCH, tag);
    let unchanged = site.send(&again);
    assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));
    site.learn(switch("core", 2, 25));
    let changed = site.send(&again);
    assert_eq!((changed.status, &changed.json()["total"]), (200, &json!(34)));
}
