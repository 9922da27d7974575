//! What `ward-classifier` does from the terminal.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use inventory::Inventory;

use crate::args::{RuleFiles, Sources};
use crate::labeller::{InForce, RuleFile};
use crate::overrides::Overrides;
use crate::rules::{BUILT_IN, RuleError, Ruleset};
use crate::state::{DeviceState, digest};
use crate::store::{self, Location};
use crate::topology::completed::completed;
use crate::topology::manual;
use crate::topology::watch::ManualLinks;

pub mod diff;
pub mod discover;
pub mod explain;
pub mod score;
pub mod summaries;
pub mod test;
pub mod topology;

/// Reads a rule file; `built-in` is the one this program brings along.
pub(crate) fn rules(file: &str) -> Result<Ruleset, String> {
    match file {
        "built-in" => Ruleset::parse(BUILT_IN, file),
        file => Ruleset::parse(&read(file)?, file),
    }
    .map_err(|errors| told(&errors))
}

/// Reads a file of UTF-8; `-` is standard input.
pub(crate) fn read(file: &str) -> Result<String, String> {
    let mut octets = Vec::new();
    match file {
        "-" => std::io::stdin().read_to_end(&mut octets).map(|_| ()),
        file => fs::read(file).map(|read| octets = read),
    }
    .map_err(|error| format!("{file}: {error}"))?;
    String::from_utf8(octets).map_err(|error| format!("{file}: not UTF-8: {}", error.utf8_error()))
}

/// As many mistakes of one file are told.
const MOST_TOLD: usize = 20;

/// All mistakes, one a line.
pub(crate) fn told(errors: &[RuleError]) -> String {
    let mut lines: Vec<String> = errors.iter().take(MOST_TOLD).map(ToString::to_string).collect();
    if let Some(more @ 1..) = errors.len().checked_sub(MOST_TOLD) {
        lines.push(format!("and {more} more"));
    }
    lines.join("\n")
}

/// Reads the rules and overrides that are to be in force.
pub(crate) fn in_force(files: &RuleFiles) -> Result<InForce, String> {
    rule_file(files).map(|file| file.in_force)
}

/// The same with the file they come from.
pub(crate) fn rule_file(files: &RuleFiles) -> Result<RuleFile, String> {
    let (text, name) = match &files.rules {
        Some(file) => (read(&file.display().to_string())?, file.display().to_string()),
        None => (BUILT_IN.to_owned(), "built-in".to_owned()),
    };
    let rules = Ruleset::parse(&text, &name).map_err(|errors| told(&errors))?;
    let in_force = InForce {
        rules: Arc::new(rules),
        overrides: Arc::new(overrides(files.overrides.as_deref())?),
        digest: format!("{:016x}", digest(text.as_bytes())).into(),
    };
    Ok(RuleFile { name, text: text.into(), loaded_at: SystemTime::now().into(), in_force })
}

/// Reads overrides; without a file there are none.
pub(crate) fn overrides(file: Option<&Path>) -> Result<Overrides, String> {
    let Some(file) = file.map(|file| file.display().to_string()) else { return Ok(Overrides::default()) };
    Overrides::parse(&read(&file)?, &file).map_err(|errors| told(&errors))
}

/// Reads all that is known from the database.
pub(crate) fn stored(sources: &Sources) -> Result<Vec<DeviceState>, String> {
    let location = existing(sources)?;
    let mut store = store::open(&location, "command").map_err(|error| error.to_string())?;
    let states = store.load(None).map_err(|error| error.to_string())?;
    let now = SystemTime::now().into();
    let said = manual_links(sources)?;
    said.stored.store(Arc::new(store.manual_links().map_err(|error| error.to_string())?));
    Ok(completed(states, said.in_force(now), |_| true, now))
}

/// The database, where there is one.
pub(crate) fn existing(sources: &Sources) -> Result<Location, String> {
    let location = crate::app::location(sources)?;
    if let Location::Sqlite(path) = &location
        && !path.exists()
    {
        return Err(format!("there is no database {} yet: name one with --database", path.display()));
    }
    Ok(location)
}

/// The links of the file, as far as one is named.
pub(crate) fn manual_links(sources: &Sources) -> Result<ManualLinks, String> {
    let links = ManualLinks::default();
    if let Some(file) = sources.links.as_ref().map(|file| file.display().to_string()) {
        let of_file = manual::parse(&read(&file)?, &file).map_err(|errors| told(&errors))?;
        links.file.store(Arc::new(of_file));
    }
    Ok(links)
}

/// Reads the devices.
pub(crate) fn inventory(file: &Path) -> Result<Inventory, String> {
    Inventory::load(file, &|name| std::env::var(name).ok()).map_err(|error| error.to_string())
}

/// The files that are read again when they change, but for those of secrets.
pub(crate) fn files(sources: &Sources, rules: &RuleFiles) -> Vec<PathBuf> {
    [Some(&sources.devices), sources.links.as_ref(), rules.rules.as_ref(), rules.overrides.as_ref()]
        .into_iter()
        .flatten()
        .cloned()
        .collect()
}
