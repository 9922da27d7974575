//! What can be said of dashboards without asking anybody.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use serde_json::Value;
use ward_e2e::dashboards::{Dashboard, all, list, substitute, text_at};
use ward_e2e::process::run;
use ward_e2e::programs::{available, find, repository, shared};
use ward_e2e::selectors::named;

use crate::data::VALUES;

/// Fails with all complaints at once.
fn none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn they_are_what_their_source_says() {
    if !available(&["python3"], false) {
        return;
    }
    run(Command::new("python3").arg(repository().join("grafana/source")).arg("--check"));
}

#[test]
fn names_and_numbers_are_unique() {
    let dashboards = all();
    let uids: BTreeSet<_> = dashboards.iter().map(|dashboard| &dashboard.uid).collect();
    let titles: BTreeSet<_> = dashboards.iter().map(|dashboard| text_at(&dashboard.json, "/title")).collect();
    assert_eq!((uids.len(), titles.len()), (dashboards.len(), dashboards.len()));
    for dashboard in &dashboards {
        assert_eq!(dashboard.file, format!("{}.json", dashboard.uid));
        let ids: Vec<_> = list(&dashboard.json, "/panels").iter().map(|panel| panel["id"].as_u64()).collect();
        let unique: BTreeSet<_> = ids.iter().collect();
        assert!(
            ids.iter().all(Option::is_some) && unique.len() == ids.len(),
            "{}: ids {ids:?}",
            dashboard.uid
        );
        let names = dashboard.variable_names();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{}: {names:?}", dashboard.uid);
    }
}

#[test]
fn no_panel_covers_another() {
    for dashboard in all() {
        let place =
            |panel: &Value| ["x", "y", "w", "h"].map(|key| panel["gridPos"][key].as_u64().expect("a place"));
        let panels: Vec<_> =
            list(&dashboard.json, "/panels").iter().map(|panel| (&panel["title"], place(panel))).collect();
        for (at, (title, [x, y, w, h])) in panels.iter().enumerate() {
            assert!(*w > 0 && *h > 0 && x + w <= 24, "{}: {title} does not fit", dashboard.uid);
            for (other, [left, top, width, height]) in &panels[at + 1..] {
                let apart = x + w <= *left || left + width <= *x || y + h <= *top || top + height <= *y;
                assert!(apart, "{}: {title} and {other} cover each other", dashboard.uid);
            }
        }
    }
}

#[test]
fn every_panel_says_what_it_shows() {
    let mut complaints = Vec::new();
    for dashboard in all() {
        for panel in dashboard.panels() {
            let title = text_at(panel, "/title").unwrap_or_default();
            for (what, pointer) in [
                ("title", "/title"),
                ("description", "/description"),
                ("unit", "/fieldConfig/defaults/unit"),
                ("text for when there is nothing", "/fieldConfig/defaults/noValue"),
            ] {
                if text_at(panel, pointer).is_none_or(|text| text.trim().is_empty()) {
                    complaints.push(format!("{}: {title:?} has no {what}", dashboard.uid));
                }
            }
        }
    }
    none(complaints);
}

#[test]
fn data_sources_are_chosen_by_variables() {
    let mut complaints = Vec::new();
    for dashboard in all() {
        let kinds: BTreeMap<String, String> = dashboard
            .variables()
            .iter()
            .filter(|variable| text_at(variable, "/type").as_deref() == Some("datasource"))
            .filter_map(|variable| {
                Some((format!("${{{}}}", text_at(variable, "/name")?), text_at(variable, "/query")?))
            })
            .collect();
        let mut check = |place: String, datasource: &Value| {
            let uid = text_at(datasource, "/uid").unwrap_or_default();
            if kinds.get(&uid).map(String::as_str) != datasource["type"].as_str() {
                complaints.push(format!("{place}: {datasource}"));
            }
        };
        for panel in dashboard.panels() {
            let place = format!("{}: {}", dashboard.uid, panel["title"]);
            check(place.clone(), &panel["datasource"]);
            list(panel, "/targets").iter().for_each(|target| check(place.clone(), &target["datasource"]));
        }
        for annotation in list(&dashboard.json, "/annotations/list") {
            check(format!("{}: {}", dashboard.uid, annotation["name"]), &annotation["datasource"]);
        }
    }
    none(complaints);
}

/// Panels do not join: rules have done that, so that a panel is fast however many interfaces there are.
#[test]
fn no_panel_joins() {
    for question in all().iter().flat_map(Dashboard::questions) {
        for word in ["group_left", "group_right", "on (", "on(", "ignoring"] {
            assert!(!question.text.contains(word), "{}: {}", question.place, question.text);
        }
    }
}

/// `topk` over time chooses anew at each moment, so that a graph shows all that were ever among the highest.
#[test]
fn the_highest_of_a_period_are_the_same_throughout() {
    for question in all().iter().flat_map(Dashboard::questions).filter(|question| question.range) {
        let chosen_once = question.text.matches("topk").count() == question.text.matches("@ end()").count();
        assert!(chosen_once, "{}: {}", question.place, question.text);
    }
}

#[test]
fn every_variable_is_one_of_the_dashboard() {
    let mut complaints = Vec::new();
    for dashboard in all() {
        let names = dashboard.variable_names();
        let values: Vec<(&str, &str)> =
            names.iter().map(|name| (name.as_str(), "x")).chain(GRAFANAS_OWN).collect();
        let choices = dashboard.choices().into_iter().map(|(place, series, _)| (place, series));
        let asked = dashboard.questions().into_iter().chain(dashboard.annotations());
        for (place, text) in asked.map(|question| (question.place, question.text)).chain(choices) {
            // A dollar at the end of a pattern, or in a label_replace, is no variable.
            let left = substitute(&text, &values).replace("$1", "").replace("$2", "").replace("$\"", "");
            if left.contains('$') {
                complaints.push(format!("{place}: {text}"));
            }
        }
    }
    none(complaints);
}

/// Variables that Grafana itself has.
const GRAFANAS_OWN: [(&str, &str); 3] = [("__rate_interval", "5m"), ("__range", "1h"), ("__interval", "1m")];

/// From a number to what it is made of, and in the end to the classifier's reasons.
#[test]
fn every_panel_leads_on() {
    let mut complaints = Vec::new();
    for dashboard in all() {
        let from: BTreeSet<String> = dashboard.links().into_iter().map(|(place, _)| place).collect();
        for panel in dashboard.panels() {
            let place = format!("{}: {}", dashboard.uid, text_at(panel, "/title").unwrap_or_default());
            if !from.contains(&place) {
                complaints.push(format!("{place} leads nowhere"));
            }
        }
        if !dashboard.links().iter().any(|(_, url)| url.starts_with("${classifier}/api/v1/"))
            && dashboard.uid != "ward-topology-live"
        {
            complaints.push(format!("{} never leads to the classifier's reasons", dashboard.uid));
        }
    }
    none(complaints);
}

/// What numbers on their own say whether they are good.
#[test]
fn levels_have_colours() {
    /// Panels whose values are neither good nor bad.
    const PLAIN: [&str; 18] = [
        "Traffic",
        "Interfaces",
        "Neighbours",
        "Scrape takes",
        "Lines",
        "From providers",
        "To providers",
        "Devices",
        "Ends of links",
        "Speed",
        "Average",
        "Highest five minutes",
        "95th percentile",
        "Carried",
        "Damaged packets",
        "Discarded packets",
        "Interfaces measured",
        "Devices that answer",
    ];
    let mut complaints = Vec::new();
    for dashboard in all() {
        for panel in dashboard.panels() {
            let title = text_at(panel, "/title").unwrap_or_default();
            let shows_a_level =
                ["stat", "bargauge", "gauge"].contains(&panel["type"].as_str().unwrap_or_default());
            let defaults = &panel["fieldConfig"]["defaults"];
            let coloured = list(defaults, "/thresholds/steps").len() > 1
                || !list(defaults, "/mappings").is_empty()
                || list(defaults, "/thresholds/steps").iter().any(|step| step["color"] != "blue");
            if shows_a_level && !coloured && !PLAIN.contains(&title.as_str()) {
                complaints.push(format!("{}: {title} has no thresholds", dashboard.uid));
            }
        }
    }
    none(complaints);
}

/// The choices that go along from dashboard to dashboard, on each where they choose something.
#[test]
fn what_is_shown_can_be_chosen() {
    let everywhere = ["site", "role", "device", "interface_type", "isp_provider", "is_critical"];
    let chosen = |uid: &str| -> BTreeSet<String> {
        let dashboards = all();
        let dashboard = dashboards.iter().find(|dashboard| dashboard.uid == uid).expect("the dashboard");
        dashboard.variable_names().into_iter().collect()
    };
    for uid in ["ward-fleet", "ward-device", "ward-capacity", "ward-alerts"] {
        let have = chosen(uid);
        let missing: Vec<_> = everywhere.iter().filter(|name| !have.contains(**name)).collect();
        assert!(missing.is_empty(), "{uid} has no {missing:?}");
    }
    // A line to a provider is of one type, and an interface is one.
    for (uid, names) in [
        ("ward-providers", vec!["site", "role", "device", "isp_provider", "is_critical"]),
        ("ward-interface", vec!["site", "role", "device", "if_name"]),
        ("ward-topology", vec!["site", "role", "device"]),
    ] {
        let have = chosen(uid);
        let missing: Vec<_> = names.iter().filter(|name| !have.contains(**name)).collect();
        assert!(missing.is_empty(), "{uid} has no {missing:?}");
    }
}

/// Where the schema that Grafana publishes lies beside the repository, and Python has jsonschema.
#[test]
fn they_are_what_the_schema_says() {
    let schema = shared().map(|folder| folder.join("grafana/dashboard.jsonschema.json"));
    let Some(schema) = schema.filter(|file| file.is_file()) else {
        println!("skipped: no schema of Grafana's");
        return;
    };
    let has = Command::new("python3").args(["-c", "import jsonschema"]).output();
    if !has.is_ok_and(|output| output.status.success()) {
        println!("skipped: python3 has no jsonschema");
        return;
    }
    let said =
        run(Command::new("python3").arg(repository().join("grafana/source")).arg("--schema").arg(schema));
    assert!(said.contains("9 dashboards"), "{said}");
}

#[test]
fn every_link_leads_somewhere() {
    let dashboards = all();
    let mut complaints = Vec::new();
    let tags: BTreeSet<String> = dashboards
        .iter()
        .flat_map(|dashboard| list(&dashboard.json, "/tags"))
        .filter_map(|tag| tag.as_str().map(String::from))
        .collect();
    for dashboard in &dashboards {
        for link in list(&dashboard.json, "/links") {
            let known =
                list(link, "/tags").iter().all(|tag| tag.as_str().is_some_and(|tag| tags.contains(tag)));
            assert!(known && !list(link, "/tags").is_empty(), "{}: {link}", dashboard.uid);
        }
        let own = dashboard.variable_names();
        for (place, url) in dashboard.links() {
            if let Err(reason) = leads_somewhere(&url, &dashboards, &own) {
                complaints.push(format!("{place}: {url}: {reason}"));
            }
        }
    }
    none(complaints);
}

/// What is wrong with an address.
fn leads_somewhere(url: &str, dashboards: &[Dashboard], own: &[String]) -> Result<(), String> {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    // What is passed on must be there: a variable of this dashboard, or a column or label of what was clicked.
    for used in url.split("${").skip(1).filter_map(|rest| rest.split_once('}')).map(|(used, _)| used) {
        let name = used.split(':').next().unwrap_or_default();
        let given = name.starts_with("__field.labels.")
            || name.starts_with("__data.fields.")
            || name == "__url_time_range";
        if !given && !own.iter().any(|own| own == name) {
            return Err(format!("this dashboard has no variable {name}"));
        }
    }
    let Some(uid) = path.strip_prefix("/d/") else {
        let path = path.strip_prefix("${classifier}").ok_or("neither a dashboard nor the classifier")?;
        return is_of_the_api(path, query);
    };
    let target = dashboards.iter().find(|dashboard| dashboard.uid == uid).ok_or("no such dashboard")?;
    if query.is_empty() {
        return Err("no variables".into());
    }
    let theirs = target.variable_names();
    for part in query.split('&').filter(|part| *part != "${__url_time_range}") {
        let name = match part.strip_prefix("var-") {
            Some(given) => given.split('=').next(),
            None => part.strip_prefix("${").and_then(|part| part.strip_suffix(":queryparam}")),
        };
        let name = name.ok_or_else(|| format!("{part} is no variable"))?;
        if !theirs.iter().any(|their| their == name) {
            return Err(format!("{uid} has no variable {name}"));
        }
    }
    Ok(())
}

/// Whether a path with Grafana's variables in it is of a form such as `/interfaces/{id}/trend`.
fn is_of_the_form(path: &str, form: &str) -> bool {
    let (path, form): (Vec<_>, Vec<_>) = (path.split('/').collect(), form.split('/').collect());
    let fits = |(part, wanted): (&&str, &&str)| match wanted.starts_with('{') {
        true => part.starts_with("${") && part.ends_with(":percentencode}"),
        false => part == wanted,
    };
    path.len() == form.len() && path.iter().zip(&form).all(fits)
}

/// Whether the classifier's API answers this path, and takes these parameters.
fn is_of_the_api(path: &str, query: &str) -> Result<(), String> {
    let document = ward_classifier::api::openapi::document();
    let paths = document["paths"].as_object().expect("paths");
    let route = paths.get(path).or_else(|| {
        let mut forms = paths.iter().filter(|(form, _)| is_of_the_form(path, form));
        forms.next().map(|(_, route)| route)
    });
    let route = &route.ok_or_else(|| format!("the classifier's API has no {path}"))?["get"];
    let taken: Vec<_> = list(route, "/parameters").iter().filter_map(|one| text_at(one, "/name")).collect();
    let given = query.split('&').filter(|part| !part.is_empty()).filter_map(|part| part.split('=').next());
    match given.clone().find(|name| !taken.iter().any(|taken| taken == name)) {
        Some(name) => Err(format!("{path} takes no {name}")),
        None => Ok(()),
    }
}

#[test]
fn the_classifier_answers_what_it_is_asked() {
    for dashboard in all() {
        for panel in dashboard.panels() {
            for path in list(panel, "/targets").iter().filter_map(|target| text_at(target, "/url")) {
                assert_eq!(is_of_the_api(&path, ""), Ok(()), "{}: {}", dashboard.uid, panel["title"]);
            }
        }
    }
}

/// A column that a link takes from a row, and a label that it takes from a series, must be there.
#[test]
fn links_take_what_rows_and_series_have() {
    let mut complaints = Vec::new();
    for dashboard in all() {
        for panel in dashboard.panels() {
            let columns: BTreeSet<String> = list(panel, "/transformations")
                .iter()
                .flat_map(|step| list(step, "/options/include/names"))
                .filter_map(|name| name.as_str().map(String::from))
                .collect();
            let text = panel.to_string();
            let fields =
                text.split("${__data.fields.").skip(1).filter_map(|rest| rest.split([':', '}']).next());
            for field in fields.filter(|field| !columns.is_empty() && !columns.contains(*field)) {
                complaints.push(format!("{}: {}: no column {field}", dashboard.uid, panel["title"]));
            }
        }
    }
    none(complaints);
}

/// The properties of an override, by their names.
fn properties(of: &Value) -> BTreeMap<String, &Value> {
    let named = |one: &'_ Value| Some(one["id"].as_str()?.to_string());
    list(of, "/properties").iter().filter_map(|one| Some((named(one)?, &one["value"]))).collect()
}

/// Grafana calls the value of a table's only question `Value`, and those of several `Value #A`, `Value #B` …; all else is a label.
#[test]
fn tables_show_columns_that_there_are() {
    let mut complaints = Vec::new();
    for dashboard in all() {
        for panel in dashboard.panels().into_iter().filter(|panel| panel["type"] == "table") {
            let targets = list(panel, "/targets");
            let texts: Vec<String> = targets.iter().filter_map(|target| text_at(target, "/expr")).collect();
            let is_there = |column: &str| match column.strip_prefix("Value") {
                Some("") => targets.len() == 1,
                Some(rest) => {
                    targets.len() > 1
                        && targets.iter().any(|one| rest == format!(" #{}", one["refId"].as_str().unwrap()))
                }
                None => texts.iter().any(|text| named(text).grouped.contains(column)),
            };
            let place = format!("{}: {}", dashboard.uid, panel["title"]);
            let overrides = list(panel, "/fieldConfig/overrides");
            let mut titles = BTreeSet::new();
            for one in overrides {
                let column = text_at(one, "/matcher/options").expect("a column");
                if !is_there(&column) {
                    complaints.push(format!("{place}: no column {column}"));
                }
                let properties = properties(one);
                titles
                    .insert(properties.get("displayName").and_then(|name| name.as_str()).unwrap_or_default());
                // Else each cell without a value shows what the panel says of an empty table.
                if !properties.contains_key("noValue") {
                    complaints.push(format!("{place}: {column} does not say what is shown without a value"));
                }
            }
            for sorted in list(panel, "/options/sortBy") {
                if !sorted["displayName"].as_str().is_some_and(|title| titles.contains(title)) {
                    complaints
                        .push(format!("{place}: sorted by {}, which is no column", sorted["displayName"]));
                }
            }
        }
    }
    none(complaints);
}

/// Transformations change what is shown as a column's name, not the name itself, which is what a node graph looks at. And only links
/// can be set for it: units and thresholds are for other panels.
#[test]
fn node_graphs_are_given_the_names_they_know() {
    let mut complaints = Vec::new();
    for dashboard in all() {
        for panel in dashboard.panels().into_iter().filter(|panel| panel["type"] == "nodeGraph") {
            let place = format!("{}: {}", dashboard.uid, panel["title"]);
            assert!(list(panel, "/transformations").is_empty(), "{place}");
            for target in list(panel, "/targets") {
                let Some(text) = text_at(target, "/expr") else { continue };
                let needed: &[&str] = match target["refId"].as_str() {
                    Some("nodes") => &["id", "title", "color"],
                    _ => &["id", "source", "target"],
                };
                let missing = needed.iter().filter(|name| !text.contains(&format!(", \"{name}\", ")));
                complaints.extend(missing.map(|name| format!("{place}: no label {name}")));
            }
        }
    }
    none(complaints);
}

#[test]
fn what_is_hidden_at_first_can_be_shown() {
    for dashboard in all() {
        for panel in dashboard.panels() {
            for one in list(panel, "/fieldConfig/overrides") {
                let hides = properties(one).get("custom.hideFrom").is_some_and(|from| from["viz"] == true);
                // Only what Grafana would have written itself is taken back by a click in the legend.
                assert!(
                    !hides || one["__systemRef"] == "hideSeriesFrom",
                    "{}: {}",
                    dashboard.uid,
                    panel["title"]
                );
            }
        }
    }
}

#[test]
fn one_moment_has_no_curve() {
    for dashboard in all() {
        for panel in dashboard.panels() {
            let curve = text_at(panel, "/options/graphMode").is_some_and(|mode| mode != "none");
            let moment = list(panel, "/targets").iter().any(|target| target["instant"] == true);
            assert!(!curve || !moment, "{}: {}", dashboard.uid, panel["title"]);
        }
    }
}

#[test]
fn every_question_is_plain_promql() {
    if find("promtool").is_none() {
        println!("skipped, missing: promtool");
        return;
    }
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("questions.yml");
    let mut text = "groups:\n- name: questions\n  rules:\n".to_string();
    for dashboard in all() {
        for question in dashboard.questions().iter().chain(&dashboard.annotations()) {
            let expr = substitute(&question.text, &VALUES);
            let (expr, place) = (Value::from(expr), Value::from(question.place.as_str()));
            text += &format!("  - record: a:b\n    expr: {expr}\n    labels: {{place: {place}}}\n");
        }
    }
    fs::write(&file, text).unwrap();
    // Two panels may ask the same; what counts is that all are understood.
    run(Command::new("promtool").args(["check", "rules", "--lint=none"]).arg(&file));
}
