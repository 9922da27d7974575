//! Modules: which part of a device's MIB to read and which metrics to make of it, in snmp_exporter's file
//! format.
//!
//! | file | holds |
//! |---|---|
//! | `raw`, `scalar` | the file as it is written |
//! | [`spec`] | a module as it is used |
//! | `compile` | from the one to the other, with every check |
//! | `show` | modules as YAML |
//! | `load` | files and patterns: the only IO in here |
//! | `re2`, `template`, `strptime`, `calendar`, `go_expand` | Go's regular expressions, templates, dates and variables |
//!
//! Everything is parsed and compiled when it is loaded; a scrape can't fail on a configuration.
//!
//! Two keys are ours. `partial: true`, of a module, has `/snmp` answer what was read of it where something is missing.
//! `fallback`, of a metric or a lookup, names columns that stand in, row by row, where the first has nothing.
//!
//! ```yaml
//! - name: interface_if_speed_bps
//!   oid: 1.3.6.1.2.1.31.1.1.1.15    # ifHighSpeed, Mbit/s
//!   type: gauge
//!   scale: 1000000
//!   fallback: [{oid: 1.3.6.1.2.1.2.2.1.5, scale: 1, when: missing_or_zero}]    # ifSpeed, bit/s
//!   lookups:
//!     - {labels: [if_index], labelname: if_name, oid: 1.3.6.1.2.1.31.1.1.1.1, type: DisplayString,
//!        fallback: [1.3.6.1.2.1.2.2.1.2, index]}    # ifName, else ifDescr, else the index
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

mod auth;
pub(crate) mod calendar;
mod compile;
mod error;
mod go_expand;
mod kinds;
mod load;
mod names;
mod raw;
mod re2;
mod scalar;
mod show;
pub mod spec;
pub mod strptime;
pub mod template;

use scalar::Text;

pub use auth::FileAuth;
pub use error::ModuleError;
pub use spec::Module;

/// The modules that are shipped with the program, by file name.
const BUILTIN: [(&str, &str); 4] = [
    ("ethernet.yml", include_str!("../../../configs/modules/ethernet.yml")),
    ("if_mib.yml", include_str!("../../../configs/modules/if_mib.yml")),
    ("interfaces.yml", include_str!("../../../configs/modules/interfaces.yml")),
    ("system.yml", include_str!("../../../configs/modules/system.yml")),
];

/// All modules of a configuration, by name, and what else stood in their files.
#[derive(Debug, Clone, Default)]
pub struct Modules {
    modules: BTreeMap<String, Arc<Module>>,
    auths: BTreeMap<String, FileAuth>,
    warnings: Vec<ModuleError>,
    sources: Vec<Source>,
}

/// A file that was read.
#[derive(Clone)]
struct Source {
    file: String,
    /// All of it, secrets included.
    text: String,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)
    }
}

impl Modules {
    /// The modules that are shipped with the program: `interfaces`, `system` and `if_mib`.
    pub fn builtin() -> Result<Self, ModuleError> {
        Self::from_texts(BUILTIN)
    }

    /// Reads files as if they were one; each is a name for messages and a text.
    pub fn from_texts<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, ModuleError> {
        let mut all = Self::default();
        for (file, text) in files {
            all.add(file, text)?;
        }
        Ok(all)
    }

    /// These modules, and those of `others` whose names are not taken: what a user loads goes before what is
    /// built in.
    pub fn or(mut self, others: Self) -> Self {
        for (name, module) in others.modules {
            self.modules.entry(name).or_insert(module);
        }
        self.sources.extend(others.sources);
        self
    }

    /// The module of this name.
    pub fn get(&self, name: &str) -> Option<&Arc<Module>> {
        self.modules.get(name)
    }

    /// All modules, by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Module>> {
        self.modules.values()
    }

    /// The number of modules.
    pub fn len(&self) -> usize {
        self.modules.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }

    /// The known name most like `name`, for messages: `, did you mean "if_mib"?`, or nothing.
    pub fn nearest(&self, name: &str) -> String {
        inventory::nearest::did_you_mean(name, self.modules.keys().map(String::as_str))
    }

    /// The `auths` of the files, unparsed.
    pub fn auths(&self) -> &BTreeMap<String, FileAuth> {
        &self.auths
    }

    /// All modules as YAML, with their defaults filled in.
    pub fn show(&self) -> String {
        show::modules(self)
    }

    /// What is worth telling a user and did not keep a file from being used.
    pub fn warnings(&self) -> &[ModuleError] {
        &self.warnings
    }

    fn add(&mut self, file: &str, text: &str) -> Result<(), ModuleError> {
        let raw = load::parse(file, text)?;
        for (Text(name), auth) in raw.auths.into_iter().flatten() {
            let line = auth.referenced.line();
            let fields = auth.value.into_iter().flatten().map(|(key, text)| (key, text.0)).collect();
            if let Some(first) = self.auths.get(&name) {
                return Err(twice("auth", &name, (file, line), (&first.file, first.line)));
            }
            let entry = FileAuth::new(&name, file, line, fields)?;
            self.auths.insert(name, entry);
        }
        for (Text(name), module) in raw.modules.into_iter().flatten() {
            let line = module.referenced.line();
            if let Some(first) = self.modules.get(&name) {
                return Err(twice("module", &name, (file, line), (&first.file, first.line)));
            }
            let module = compile::module(file, &name, module, &mut self.warnings)?;
            self.modules.insert(name, Arc::new(module));
        }
        self.sources.push(Source { file: file.into(), text: text.into() });
        Ok(())
    }
}

fn twice(what: &str, name: &str, at: (&str, u64), first: (&str, u64)) -> ModuleError {
    let message = format!("{what} {name}: key {name:?} already set in map, at {}:{}", first.0, first.1);
    ModuleError { file: at.0.into(), line: at.1, message }
}

#[cfg(test)]
mod tests;
