//! The `auths` of module files. What they mean is the inventory's business; here they are only kept.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use inventory::nearest::did_you_mean;
use inventory::{Auth, Env, ReadFile, Sources};

use super::error::ModuleError;
use super::{go_expand, scalar};

/// An entry of a module file's `auths`, as it stands there.
#[derive(Clone, PartialEq, Eq)]
pub struct FileAuth {
    /// The file.
    pub file: String,
    /// Its line, counted from 1.
    pub line: u64,
    fields: BTreeMap<String, String>,
}

/// What `--config.expand-environment-variables` is about, as in snmp_exporter.
const EXPANDED: [&str; 3] = ["username", "password", "priv_password"];

impl FileAuth {
    /// An entry of these fields, which must be known ones.
    pub(super) fn new(
        name: &str,
        file: &str,
        line: u64,
        fields: BTreeMap<String, String>,
    ) -> Result<Self, ModuleError> {
        match fields.keys().find(|key| !Auth::KEYS.contains(&key.as_str())) {
            None => Ok(Self { file: file.into(), line, fields }),
            Some(key) => {
                let nearest = did_you_mean(key, Auth::KEYS.iter().copied());
                let message = format!("auth {name}: unknown key {key:?}{nearest}");
                Err(ModuleError { file: file.into(), line, message })
            }
        }
    }

    /// The auth profile it describes; a mistake names the file, the line and the key, never a secret. Without `env`
    /// texts stay as they are written: a dollar is a dollar.
    pub fn build(
        &self,
        name: &str,
        env: Option<Env<'_>>,
        read_file: ReadFile<'_>,
    ) -> Result<Auth, ModuleError> {
        let error = |what: String| {
            let message = format!("auth {name}: {what}");
            ModuleError { file: self.file.clone(), line: self.line, message }
        };
        let mut fields = self.fields.clone();
        for key in EXPANDED {
            if let (Some(text), Some(env)) = (fields.get_mut(key), env) {
                *text = go_expand::expand(text, env).map_err(|why| error(format!("{key}: {why}")))?;
            }
        }
        if let Some(version) = fields.get_mut("version")
            && let Some(number) = scalar::whole(version)
        {
            *version = number.to_string();
        }
        let folder = Path::new(&self.file).parent().unwrap_or(Path::new(""));
        let sources = Sources { env: None, read_file, folder };
        Auth::build(name, &|key| fields.get(key).map(String::as_str), &sources).map_err(|errors| {
            let errors: Vec<_> =
                errors.iter().map(|error| format!("{}: {}", error.key, error.message)).collect();
            error(errors.join("; "))
        })
    }
}

impl fmt::Debug for FileAuth {
    /// Fields may be secrets: only their names are shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, fields } = self;
        let keys: Vec<_> = fields.keys().collect();
        f.debug_struct("FileAuth").field("file", file).field("line", line).field("keys", &keys).finish()
    }
}
