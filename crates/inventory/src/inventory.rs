//! The inventory: what the file says, ready to be looked up.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::auth::Auth;
use crate::device::Device;
use crate::nearest::nearest;
use crate::problem::{LoadError, Problems};
use crate::secret::{Env, ReadFile, Sources};
use crate::{parse, redact, yaml};

/// All devices and auth profiles, in the order of the file.
#[derive(Debug, Clone)]
pub struct Inventory {
    auths: Vec<Arc<Auth>>,
    devices: Vec<Device>,
    by_name: HashMap<String, usize>,
    secret_files: Vec<PathBuf>,
}

impl Default for Inventory {
    /// No devices, and the built-in auth profiles.
    fn default() -> Self {
        Inventory::new(Auth::built_in().map(Arc::new).into(), Vec::new())
    }
}

impl Inventory {
    pub(crate) fn new(auths: Vec<Arc<Auth>>, devices: Vec<Device>) -> Self {
        let by_name = devices.iter().enumerate().map(|(i, device)| (device.name.clone(), i)).collect();
        let secret_files = auths.iter().flat_map(|auth| auth.files.iter().cloned()).collect();
        Inventory { auths, devices, by_name, secret_files }
    }

    /// Reads a file. `env` looks up environment variables: `&|name| std::env::var(name).ok()`.
    pub fn load(path: &Path, env: Env<'_>) -> Result<Self, LoadError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| LoadError::Unreadable { file, error })?;
        Self::parse(&text, &path.display().to_string(), env, &|path| std::fs::read_to_string(path))
    }

    /// Reads a file's text. `file` is its name in errors, and its folder is where the names of secrets' files start.
    ///
    /// ```
    /// # use ward_inventory as inventory;
    /// let text = "devices: [{name: core-1, address: 192.0.2.1, port: 70000}]";
    /// let no_file = |_: &std::path::Path| Err(std::io::ErrorKind::NotFound.into());
    /// let error = inventory::Inventory::parse(text, "devices.yml", &|_| None, &no_file).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "devices.yml:1:52: devices[core-1].port: expected a whole number from 1 to 65535, found \"70000\""
    /// );
    /// ```
    pub fn parse(text: &str, file: &str, env: Env<'_>, read_file: ReadFile<'_>) -> Result<Self, LoadError> {
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        let sources = Sources { env: Some(env), read_file, folder };
        let problems = Problems::default();
        let inventory = yaml::parse(text, &problems).map(|root| parse::inventory(&root, &sources, &problems));
        let problems = problems.finish();
        match inventory {
            Some(inventory) if problems.is_empty() => Ok(inventory),
            _ => Err(LoadError::Invalid { file: file.to_owned(), problems }),
        }
    }

    /// A device by its name.
    pub fn device(&self, name: &str) -> Option<&Device> {
        self.by_name.get(name).map(|i| &self.devices[*i])
    }

    /// All devices, in the order of the file.
    pub fn devices(&self) -> &[Device] {
        &self.devices
    }

    /// An auth profile by its name.
    pub fn auth(&self, name: &str) -> Option<&Arc<Auth>> {
        self.auths.iter().find(|auth| auth.name == name)
    }

    /// All auth profiles: the built-in ones that the file does not have itself, then the file's in its order.
    pub fn auths(&self) -> &[Arc<Auth>] {
        &self.auths
    }

    /// The files that secrets were read from, which are to be watched like the inventory itself.
    pub fn secret_files(&self) -> &[PathBuf] {
        &self.secret_files
    }

    /// The names most like a name that no device has, for the answer that says so.
    pub fn nearest(&self, name: &str, count: usize) -> Vec<&str> {
        nearest(name, self.devices.iter().map(|device| device.name.as_str()), count)
    }

    /// The inventory as it is in force, as YAML, with `<secret>` in the place of every secret.
    pub fn redacted(&self) -> String {
        redact::auths(self.auths.iter().map(Arc::as_ref)) + &redact::devices(&self.devices)
    }
}
