//! Every command of the documentation is run or checked, every PromQL question of it is one, and every metric it names exists.
//! A new command belongs into a row of [`HOW`].

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::Mutex;

use serde_json::Value;
use ward_e2e::documents::{Told, commands, names, page, pages, questions, words};
use ward_e2e::process::run;
use ward_e2e::programs::{available, ours, repository};

use How::{Cargo, Make, Ours, RunBy, Script, Theirs};

/// How it is known that a command works.
#[derive(Debug, Clone, Copy)]
enum How {
    /// A program of ours: its subcommands and flags are in its `--help`.
    Ours,
    /// A target of the Makefile that `make help` lists.
    Make,
    /// Cargo, with a package, test, bench or example that there is.
    Cargo,
    /// A script of ours that is executable, with options that it has.
    Script,
    /// This file runs it, and holds these words.
    RunBy(&'static str, &'static str),
    /// Somebody else's program, on a machine that is not ours, or what nobody should run for a test.
    Theirs,
}

/// Pages of which all blocks are run as they are.
const WHOLE: [(&str, How); 5] = [
    ("docs/API.md", RunBy("classifier/tests/api/program.rs", "fn every_command_of_the_documentation_runs")),
    ("docs/MIGRATION.md", RunBy("crates/e2e/tests/migration.rs", "fn both_exporters_side_by_side")),
    ("docs/OPERATIONS.md", RunBy("scripts/deploy-inside.sh", "follow 1")),
    ("docs/PERFORMANCE.md", RunBy("scripts/bench.sh", "docs/PERFORMANCE.md")),
    ("README.md", RunBy("crates/e2e/tests/operation.rs", "fn the_readme_is_followed")),
];

/// What a command begins with, and how it is known that it works; the first that fits.
const HOW: [(&str, How); 27] = [
    ("ward-", Ours),
    ("make", Make),
    ("cargo", Cargo),
    ("scripts/", Script),
    ("configs/deploy.sh", Script),
    ("curl", RunBy("scripts/deploy-inside.sh", "said_in_passing")),
    ("journalctl", RunBy("scripts/deploy-inside.sh", "said_in_passing")),
    ("systemctl status", RunBy("scripts/deploy-inside.sh", "said_in_passing")),
    ("amtool", RunBy("scripts/deploy-inside.sh", "said_in_passing")),
    ("systemctl enable --now", RunBy("configs/deploy.sh", "systemctl enable")),
    ("systemctl restart ward-", RunBy("configs/deploy.sh", "systemctl restart")),
    ("dpkg -i", RunBy("scripts/packages-inside.sh", "dpkg -i")),
    ("dpkg -P", RunBy("scripts/packages-inside.sh", "dpkg -P")),
    (
        "install -d /var/lib/grafana",
        RunBy("crates/e2e/tests/configs/documents.rs", "fn dashboards_are_installed_where_grafana_looks"),
    ),
    (
        "cp grafana/",
        RunBy("crates/e2e/tests/configs/documents.rs", "fn dashboards_are_installed_where_grafana_looks"),
    ),
    ("systemctl restart grafana-server", Theirs), // Grafana's own unit
    ("python3 grafana/source --check", RunBy("crates/e2e/tests/dashboards/form.rs", "--check")),
    ("python3 grafana/source", RunBy("crates/e2e/tests/dashboards/form.rs", "grafana/source")),
    ("promtool test rules", RunBy("crates/e2e/tests/alerting/rules.rs", "\"test\", \"rules\"")),
    ("vmalert -replay", RunBy("scripts/replay.sh", "vmalert -rule")),
    ("sysctl -w net.core.rmem_max", Theirs), // a setting of the kernel, for the whole machine
    ("openssl s_time", Theirs),              // how a figure was measured
    ("docker build", RunBy("scripts/test-image.sh", "build -q -f packaging/docker/Dockerfile")),
    ("docker compose", Theirs), // needs Docker; the compose file is tested by crates/e2e/tests/configs/images.rs
    ("rustup target add", RunBy("scripts/static.sh", "rustup target add")),
    ("groupadd", Theirs), // packages do it
    ("useradd", Theirs),  // packages do it
];

/// Programs that a sentence may mention as a command with arguments.
fn is_command(span: &str) -> bool {
    let mut words = span.split_whitespace();
    let Some(first) = words.next() else { return false };
    let more: Vec<_> = words.collect();
    let known = HOW.iter().any(|(start, _)| start.split(' ').next() == Some(first))
        || ["ward-exporter", "ward-classifier", "ward-lab"].contains(&first);
    let is_script = first.starts_with("scripts/") && first.ends_with(".sh");
    // What has an option is a command, whatever it is.
    let is_program =
        first.starts_with(|sign: char| sign.is_ascii_lowercase()) && !first.contains(['=', '{', '(', ':']);
    let has_option = more.iter().any(|word| word.starts_with("--") && word.len() > 3);
    is_script || (known && !more.is_empty()) || (is_program && has_option)
}

fn all_commands() -> Vec<Told> {
    pages().iter().flat_map(|name| commands(name, &page(name), is_command)).collect()
}

/// docs/METRICS.md is made from what the programs say of themselves; `make metrics` makes it anew.
#[test]
fn the_list_of_metrics_is_what_the_programs_say() {
    if !available(&["curl"], false) {
        return;
    }
    let bin = ours("ward-exporter");
    let mut script = Command::new(repository().join("scripts/metrics.sh"));
    let said = run(script.arg("--check").env("WARD_BIN_DIR", bin.parent().expect("a folder")));
    assert!(said.contains("docs/METRICS.md is right"), "{said}");
}

#[test]
fn every_command_is_run_or_checked() {
    let mut complaints = Vec::new();
    let mut used = BTreeSet::new();
    for told in all_commands() {
        let whole = WHOLE.iter().find(|(name, _)| told.block && told.place.starts_with(&format!("{name}:")));
        let mut hows: Vec<How> = whole.map(|(_, how)| *how).into_iter().collect();
        if hows.is_empty() {
            let row = HOW.iter().position(|(start, _)| told.text.starts_with(start));
            used.extend(row);
            hows.extend(row.map(|row| HOW[row].1));
        }
        if hows.is_empty() {
            complaints.push(format!("{}: nobody runs or checks {:?}", told.place, told.text));
        }
        for how in hows {
            complaints.extend(
                works(&told.text, how).err().map(|error| format!("{}: {:?}: {error}", told.place, told.text)),
            );
        }
        complaints
            .extend(unknown_flags(&told.text).into_iter().map(|error| format!("{}: {error}", told.place)));
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

fn works(command: &str, how: How) -> Result<(), String> {
    let words: Vec<&str> = command.split_whitespace().collect();
    match how {
        // Whoever starts a program of ours, its flags are looked at.
        Ours | Theirs => Ok(()),
        RunBy(file, holds) => {
            if page(file).contains(holds) {
                Ok(())
            } else {
                Err(format!("{file} does not hold {holds}"))
            }
        }
        Make => {
            let listed = run(Command::new("make").args(["-s", "help"]).current_dir(repository()));
            let targets = words.iter().skip(1).filter(|word| !word.starts_with('-'));
            let known =
                |target: &str| listed.lines().any(|line| line.split_whitespace().next() == Some(target));
            match targets.clone().find(|target| !known(target)) {
                Some(target) => Err(format!("make help does not list {target}")),
                None => Ok(()),
            }
        }
        Cargo => cargo_knows(&words),
        Script => {
            let path = repository().join(words[0]);
            let executable = fs::metadata(&path).is_ok_and(|found| found.permissions().mode() & 0o111 != 0);
            if !executable {
                return Err(format!("{} is no executable file", path.display()));
            }
            let text = page(words[0]);
            let has = |flag: &str| {
                text.split(|sign: char| sign.is_whitespace() || "|)[]=".contains(sign))
                    .any(|word| word == flag)
            };
            match words
                .iter()
                .find(|word| word.starts_with("--") && !has(word.split('=').next().unwrap_or(word)))
            {
                Some(flag) => Err(format!("it has no {flag}")),
                None => Ok(()),
            }
        }
    }
}

/// Whether the package, test, bench or example is there that cargo is to run.
fn cargo_knows(words: &[&str]) -> Result<(), String> {
    let value = |flag: &str| words.iter().skip_while(|word| **word != flag).nth(1).copied();
    let package = match value("-p") {
        None => return Ok(()),
        Some(name) if name.starts_with('<') => return Ok(()),
        Some(name) => name,
    };
    let folder = match package {
        "ward-exporter" | "ward-classifier" => package.trim_start_matches("ward-").to_string(),
        other => format!("crates/{}", other.trim_start_matches("ward-")),
    };
    let folder = repository().join(folder);
    let manifest =
        fs::read_to_string(folder.join("Cargo.toml")).map_err(|error| format!("{package}: {error}"))?;
    if !manifest.contains(&format!("name = \"{package}\"")) {
        return Err(format!("no package {package}"));
    }
    for (flag, place) in [("--test", "tests"), ("--bench", "benches"), ("--example", "examples")] {
        let Some(name) = value(flag) else { continue };
        let file = folder.join(place).join(format!("{name}.rs"));
        if !file.is_file() && !folder.join(place).join(name).join("main.rs").is_file() {
            return Err(format!("{} is not there", file.display()));
        }
    }
    Ok(())
}

/// Fails unless our program that a command line starts has the flags it is given there.
pub fn knows_flags(line: &str) {
    assert_eq!(unknown_flags(line), Vec::<String>::new());
}

/// The flags of our programs in a command line that these do not have.
fn unknown_flags(line: &str) -> Vec<String> {
    let mut unknown = Vec::new();
    let words: Vec<&str> = line
        .split(|sign: char| sign.is_whitespace() || "\"'`|;&".contains(sign))
        .filter(|word| !word.is_empty())
        .collect();
    let is_ours = |word: &str| ["ward-exporter", "ward-classifier", "ward-lab"].contains(&word);
    for (at, program) in words.iter().enumerate().filter(|(_, word)| is_ours(word)) {
        // Names of units and packages.
        let by = at.checked_sub(1).map_or("", |before| words[before]);
        if ["-u", "status", "restart", "stop", "start", "enable", "--now", "-p", "-o", "-i", "-P"]
            .contains(&by)
        {
            continue;
        }
        let arguments = words[at + 1..].iter().take_while(|word| !is_ours(word)).copied();
        let mut path = vec![*program];
        for word in arguments {
            let help = help(&path);
            if !word.starts_with('-') {
                if subcommands(&help).contains(word) {
                    path.push(word);
                }
                continue;
            }
            let flag = word.split('=').next().unwrap_or(word);
            let known = help
                .replace("--[no-]", "--no-")
                .split(|sign: char| sign.is_whitespace() || "=<>[],…:;()`".contains(sign))
                .any(|known| known.trim_end_matches('.') == flag);
            if flag.starts_with("--") && flag.len() > 2 && !known {
                unknown.push(format!("{} has no {flag}", path.join(" ")));
            }
        }
    }
    unknown
}

/// What a program of ours prints for `--help`.
fn help(path: &[&str]) -> String {
    static KNOWN: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let ask = || run(Command::new(ours(path[0])).args(&path[1..]).arg("--help"));
    known.entry(path.join(" ")).or_insert_with(ask).clone()
}

/// The subcommands that a help lists.
fn subcommands(help: &str) -> BTreeSet<&str> {
    let listed = help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
    listed
        .take_while(|line| line.starts_with(' '))
        .filter_map(|line| line.split_whitespace().next())
        .collect()
}

/// All metrics there are: of the programs as docs/METRICS.md tells, and what the rules record.
fn metrics() -> BTreeSet<String> {
    let table = page("docs/METRICS.md");
    let mut metrics: BTreeSet<String> = table
        .lines()
        .filter_map(|line| Some(line.strip_prefix("| `")?.split('`').next()?.to_string()))
        .collect();
    let histograms: Vec<String> = metrics.iter().cloned().collect();
    metrics.extend(
        histograms.iter().flat_map(|name| ["bucket", "sum", "count"].map(|part| format!("{name}_{part}"))),
    );
    for entry in fs::read_dir(repository().join("alerting-rules")).expect("the rules").flatten() {
        let Ok(text) = fs::read_to_string(entry.path()) else { continue };
        let recorded = text.lines().filter_map(|line| {
            Some(line.trim().trim_start_matches("- ").strip_prefix("record: ")?.to_string())
        });
        metrics.extend(recorded);
    }
    metrics
}

#[test]
fn every_question_is_plain_promql() {
    if !available(&["promtool"], false) {
        return;
    }
    let metrics = metrics();
    let mut rules = "groups:\n- name: documentation\n  rules:\n".to_string();
    let mut count = 0;
    for name in pages() {
        for told in questions(&name, &page(&name), &metrics) {
            let (expr, place) = (Value::from(told.text.as_str()), Value::from(told.place.as_str()));
            rules += &format!("  - record: a:b\n    expr: {expr}\n    labels: {{place: {place}}}\n");
            count += 1;
        }
    }
    assert!(count > 5, "{count}");
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("questions.yml");
    fs::write(&file, rules).unwrap();
    run(Command::new("promtool").args(["check", "rules", "--lint=none"]).arg(&file));
}

/// Names that begin like ours are names that there are.
#[test]
fn every_metric_that_is_named_exists() {
    let metrics = metrics();
    let ours = ["ward_exporter_", "ward_classifier_", "device_scrape_", "interface_if_", "topology_"];
    let mut complaints = Vec::new();
    // Decisions are of their day, and METRICS.md is what all others are held against.
    let held = |name: &&String| !name.starts_with("docs/adr") && *name != "docs/METRICS.md";
    for name in pages().iter().filter(held) {
        for told in names(name, &page(name)) {
            // A star, dots or braces stand for several.
            if told.text.contains(['*', '…']) {
                continue;
            }
            let asked = words(&told.text).filter(|word| ours.iter().any(|start| word.starts_with(start)));
            let unknown = asked.filter(|word| !metrics.contains(*word) && !word.ends_with('_'));
            complaints.extend(unknown.map(|word| format!("{}: no metric {word}", told.place)));
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn dashboards_are_installed_where_grafana_looks() {
    let page = page("grafana/README.md");
    let block = page.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block");
    let folder = tempfile::TempDir::new().unwrap();
    let top = folder.path().display().to_string();
    let script = block
        .replace(" /var/lib/grafana", &format!(" {top}/var/lib/grafana"))
        .replace(" /etc/grafana", &format!(" {top}/etc/grafana"))
        .replace("systemctl restart grafana-server", "true");
    for provisioning in ["datasources", "dashboards"] {
        fs::create_dir_all(folder.path().join("etc/grafana/provisioning").join(provisioning)).unwrap();
    }
    run(Command::new("bash").args(["-eu", "-c", &script]).current_dir(repository()));
    let provider =
        fs::read_to_string(folder.path().join("etc/grafana/provisioning/dashboards/ward.yml")).unwrap();
    let looked_in = provider
        .lines()
        .find_map(|line| line.trim().strip_prefix("path:"))
        .map(str::trim)
        .expect("a path")
        .to_string();
    let there =
        fs::read_dir(folder.path().join(looked_in.trim_start_matches('/'))).expect("where it looks").count();
    assert_eq!(there, fs::read_dir(repository().join("grafana/dashboards")).unwrap().count());
}
