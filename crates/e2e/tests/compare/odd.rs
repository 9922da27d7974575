//! Odd modules and odd devices, one file each in `odd/`: what to scrape, what the device holds, and the modules. `@`
//! stands for a place of its own below enterprises.

use std::fs;
use std::path::Path;

use lab::snmprec::Recording;
use serde::Deserialize;
use ward_e2e::programs::repository;

use crate::group::{Group, Question};

/// One file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Odd {
    /// Flags that both programs are started with.
    #[serde(default)]
    flags: Vec<String>,
    /// Queries beside the target.
    scrapes: Vec<String>,
    /// snmpsim's format.
    objects: String,
    /// A file of modules, without auths.
    config: String,
    /// `Accept` headers that each scrape is made with as well.
    #[serde(default)]
    accept: Vec<String>,
    /// Scrapes that ours answers otherwise on purpose, and why.
    #[serde(default)]
    otherwise: Vec<(String, String)>,
}

const AUTHS: &str = "auths: {public_v1: {version: 1}, public_v2: {version: 2}}\n";

fn check(name: &'static str) {
    let file = repository().join(format!("crates/e2e/tests/compare/odd/{name}.yml"));
    let text = fs::read_to_string(&file).expect("a file of odd/").replace('@', "1.3.6.1.4.1.50000");
    let odd: Odd = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let flags: Vec<&str> = odd.flags.iter().map(String::as_str).collect();
    let mut recording = Recording::read(odd.objects.as_bytes());
    assert!(recording.bad_lines.is_empty() && recording.duplicates == 0, "{name}: {:?}", recording.bad_lines);
    recording.objects.set([1, 3, 6, 1, 4, 1, 60_000, 1, 0], lab::Value::Integer(0));
    let mut group = Group::start(name, &format!("{AUTHS}{}", odd.config), &flags);
    for query in &odd.scrapes {
        for accept in std::iter::once("").chain(odd.accept.iter().map(String::as_str)) {
            let what = if accept.is_empty() { query.clone() } else { format!("{query}, {accept}") };
            let otherwise =
                odd.otherwise.iter().find(|(other, _)| *other == what).map(|(_, why)| why.as_str());
            let question = Question { what: &what, query, accept, otherwise, ..Question::default() };
            group.put(&question, &recording.objects);
        }
    }
    group.conclude(0);
}

/// A test of each file.
macro_rules! odd {
    ($($name:ident)*) => {
        $(#[test] fn $name() { check(stringify!($name)); })*

        #[test]
        fn every_file_is_a_test() {
            let names = [$(stringify!($name)),*];
            for entry in fs::read_dir(repository().join("crates/e2e/tests/compare/odd")).unwrap().flatten() {
                let name = Path::new(&entry.file_name()).with_extension("").to_string_lossy().into_owned();
                assert!(names.contains(&name.as_str()), "odd/{name}.yml has no test in {}", file!());
            }
        }
    };
}

odd! {
    chains enums filters help itself names order parameters reach regexes requests rows scale shared tree unwrapped wrapped
}
