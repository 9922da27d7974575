//! Which crate may name which, and which rooms of a crate may do IO. The tables below are the law, in one place; the
//! rest compares the repository with them.

use std::path::Path;
use std::process::Command;
use std::{fs, io};

/// Our crates, and whom of ours each may use. `lab` is for tests, and everybody's.
const MAY_USE: &[(&str, &[&str])] = &[
    ("ward-snmp", &[]),
    ("ward-service", &[]),
    ("ward-lab", &[]),
    ("ward-inventory", &["ward-snmp"]),
    ("ward-exporter", &["ward-snmp", "ward-inventory", "ward-service"]),
    ("ward-classifier", &["ward-snmp", "ward-inventory", "ward-service"]),
    (
        "ward-e2e",
        &["ward-snmp", "ward-inventory", "ward-service", "ward-lab", "ward-exporter", "ward-classifier"],
    ),
];

/// Foreign crates that only one of ours may name, and why.
const ONLY_IN: &[(&str, &str, &str)] =
    &[("snmp2", "ward-snmp", "its reader is wrapped there; see docs/adr/0001-snmp2-only-reads.md")];

/// The rooms that may do IO, by crate: files, and folders, whose names end in `/`. All other rooms take values and
/// return values. `ward-service` and `ward-lab` are IO through and through, `ward-e2e` is tests.
const IO_ROOMS: &[(&str, &str)] = &[
    ("ward-snmp", "client.rs client/ device.rs transport/"),
    ("ward-inventory", "inventory.rs"),
    (
        "ward-exporter",
        "main.rs app.rs snapshot.rs commands/ endpoints/ address.rs gate.rs scrape.rs share.rs module/load.rs",
    ),
    (
        "ward-classifier",
        "main.rs app.rs analytics/client.rs analytics/keep.rs api/mod.rs api/fresh.rs api/handlers/ commands/ endpoints/ discover/walk.rs discover/handle.rs discover/runner.rs \
         discover/leases.rs topology/watch.rs store/keeper.rs store/keeper/ store/sqlite.rs store/postgres.rs store/postgres/",
    ),
];

/// What gives IO away: waiting, sockets, files, clocks. Clocks are arguments in a pure room.
const IO_WORDS: &[&str] = &["tokio::", ".await", "std::fs", "fs::read", "Instant::now", "SystemTime::now"];

/// One of our crates.
#[derive(Debug, Clone, Default)]
pub struct Member {
    /// The package's name, such as `ward-snmp`.
    pub name: String,
    /// Packages it depends on, and whether only its tests do.
    pub dependencies: Vec<(String, bool)>,
    /// Whether its Cargo.toml takes over the workspace's lints, `unsafe_code = "forbid"` among them.
    pub inherits_lints: bool,
    /// Its source files, by their path below `src`, with `/`.
    pub sources: Vec<(String, String)>,
}

/// Every breach of the tables above, each in one line that names the rule.
pub fn breaches(members: &[Member]) -> Vec<String> {
    members.iter().flat_map(|member| [dependencies(member), rooms(member)].concat()).collect()
}

/// Breaches by a crate's Cargo.toml.
fn dependencies(member: &Member) -> Vec<String> {
    let name = &member.name;
    let Some((_, allowed)) = MAY_USE.iter().find(|(crate_name, _)| crate_name == name) else {
        return vec![format!("{name} is not in MAY_USE of {}: say there whom it may use", file!())];
    };
    let mut breaches = Vec::new();
    if !member.inherits_lints {
        breaches.push(format!(
            "{name}: its Cargo.toml lacks `[lints] workspace = true`, which forbids unsafe code"
        ));
    }
    for (used, in_tests) in &member.dependencies {
        let for_tests = *in_tests && used == "ward-lab" && name != "ward-lab";
        if used.starts_with("ward-") && !allowed.contains(&used.as_str()) && !for_tests {
            let allowed = if allowed.is_empty() { "nobody of ours".into() } else { allowed.join(", ") };
            breaches.push(format!("{name} uses {used}: it may use {allowed}"));
        }
        if let Some((_, owner, why)) =
            ONLY_IN.iter().find(|(foreign, owner, _)| foreign == used && owner != name)
        {
            breaches.push(format!("{name} uses {used}: only {owner} may, {why}"));
        }
    }
    breaches
}

/// Breaches by a crate's source files.
fn rooms(member: &Member) -> Vec<String> {
    let Some((_, io_rooms)) = IO_ROOMS.iter().find(|(name, _)| *name == member.name) else {
        return Vec::new();
    };
    if member.sources.is_empty() {
        return Vec::new();
    }
    let in_io_room = |file: &str| io_rooms.split(' ').any(|room| within(file, room));
    let tests = test_files(member);
    let mut breaches = Vec::new();
    for room in io_rooms.split(' ') {
        if !member.sources.iter().any(|(file, _)| within(file, room)) {
            breaches.push(format!("{}: the room {room} of IO_ROOMS does not exist", member.name));
        }
    }
    for (file, text) in &member.sources {
        if in_io_room(file) || tests.iter().any(|test| within(file, test)) {
            continue;
        }
        for (number, line) in code(text) {
            if let Some(word) = IO_WORDS.iter().find(|word| line.contains(**word)) {
                breaches.push(format!(
                    "{} src/{file}:{number} names `{word}`: this room is pure; IO belongs into {io_rooms}",
                    member.name
                ));
            }
        }
    }
    breaches
}

/// Whether a file is a room, or lies in it.
fn within(file: &str, room: &str) -> bool {
    if room.ends_with('/') { file.starts_with(room) } else { file == room }
}

/// The files and folders of modules that are declared below a `#[cfg(test)]`.
fn test_files(member: &Member) -> Vec<String> {
    let mut files = Vec::new();
    for (file, text) in &member.sources {
        let (folder, name) =
            file.rsplit_once('/').map_or(("", file.as_str()), |(folder, name)| (folder, name));
        let stem = name.trim_end_matches(".rs");
        let owns_its_folder = ["mod", "lib", "main"].contains(&stem);
        let folder = [folder, if owns_its_folder { "" } else { stem }].join("/");
        let folder = folder.trim_matches('/');
        let declared = text.lines().zip(text.lines().skip(1)).filter(|(line, _)| *line == "#[cfg(test)]");
        for module in declared.filter_map(|(_, next)| next.split("mod ").nth(1)?.strip_suffix(';')) {
            let path = format!("{folder}/{module}");
            let path = path.trim_start_matches('/');
            files.extend([format!("{path}.rs"), format!("{path}/")]);
        }
    }
    files
}

/// The lines of a file that are neither comments nor its tests at the end, with their numbers.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let next = text.lines().skip(1).chain([""]);
    let lines = text.lines().zip(next).enumerate().map(|(at, (line, next))| (at + 1, line, next));
    lines
        .take_while(|(_, line, next)| *line != "#[cfg(test)]" || !next.ends_with('{'))
        .filter(|(_, line, _)| !line.trim_start().starts_with("//"))
        .map(|(number, line, _)| (number, line))
}

/// Reads the members of the workspace at `repository`.
pub fn members(repository: &Path) -> io::Result<Vec<Member>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["metadata", "--no-deps", "--offline", "--format-version", "1"];
    let output = Command::new(cargo).args(arguments).current_dir(repository).output()?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    packages.iter().map(member).collect()
}

/// Reads one package of `cargo metadata`.
fn member(package: &serde_json::Value) -> io::Result<Member> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_string();
    let manifest = text(&package["manifest_path"]);
    let dependencies = package["dependencies"].as_array().map_or(&[][..], Vec::as_slice);
    let mut member = Member {
        name: text(&package["name"]),
        dependencies: dependencies.iter().map(|used| (text(&used["name"]), used["kind"] == "dev")).collect(),
        inherits_lints: fs::read_to_string(&manifest)?.contains("[lints]\nworkspace = true"),
        sources: Vec::new(),
    };
    let source = Path::new(&manifest).with_file_name("src");
    collect(&source, &source, &mut member.sources)?;
    Ok(member)
}

/// Adds all Rust files below `folder`, by their path below `top`.
fn collect(top: &Path, folder: &Path, sources: &mut Vec<(String, String)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(top, &path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(top).unwrap_or(&path).to_string_lossy().into_owned();
            sources.push((name, fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, dependencies: &[(&str, bool)]) -> Member {
        let dependencies =
            dependencies.iter().map(|(used, in_tests)| (used.to_string(), *in_tests)).collect();
        Member { name: name.into(), dependencies, inherits_lints: true, sources: Vec::new() }
    }

    #[test]
    fn a_wrong_import_is_named_with_its_rule() {
        for (member, expected) in [
            (with("ward-exporter", &[("ward-snmp", false), ("serde", false), ("ward-lab", true)]), ""),
            (
                with("ward-exporter", &[("ward-classifier", false)]),
                "ward-exporter uses ward-classifier: it may use ward-snmp, ward-inventory, ward-service",
            ),
            (with("ward-exporter", &[("ward-lab", false)]), "ward-exporter uses ward-lab: it may use"),
            (with("ward-lab", &[("ward-snmp", true)]), "ward-lab uses ward-snmp: it may use nobody of ours"),
            (with("ward-inventory", &[("snmp2", false)]), "ward-inventory uses snmp2: only ward-snmp may"),
            (with("ward-new", &[]), "ward-new is not in MAY_USE"),
            (
                Member { inherits_lints: false, ..with("ward-snmp", &[]) },
                "ward-snmp: its Cargo.toml lacks `[lints]",
            ),
        ] {
            let found = breaches(&[member]).join("\n");
            assert!(if expected.is_empty() { found.is_empty() } else { found.contains(expected) }, "{found}");
        }
    }

    #[test]
    fn comments_and_tests_are_not_code() {
        let text = "// tokio::spawn\nfn pure() {}\n#[cfg(test)]\nmod tests {\n    tokio::spawn()\n";
        assert_eq!(code(text).collect::<Vec<_>>(), [(2, "fn pure() {}")]);
    }

    #[test]
    fn io_in_a_pure_room_is_named_with_its_line() {
        let sources = [
            ("inventory.rs", "fn load() { std::fs::read(\"a\"); }\n"),
            ("parse.rs", "fn parse() {}\nfn peek() { Instant::now(); }\n#[cfg(test)]\nmod cases;\n"),
            ("parse/cases.rs", "fn read() { std::fs::read(\"a\"); }\n"),
        ];
        let sources = sources.map(|(file, text)| (file.to_string(), text.to_string())).to_vec();
        let found = breaches(&[Member { sources, ..with("ward-inventory", &[]) }]);
        assert_eq!(
            found,
            [
                "ward-inventory src/parse.rs:2 names `Instant::now`: this room is pure; IO belongs into inventory.rs"
            ]
        );
    }
}
