//! What is configured: modules and devices, loaded and checked together, swapped whole.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use inventory::redact;
use inventory::{Address, Auth, Device, Env, Inventory};

use crate::args::Files;
use crate::module::{Module, Modules};
use crate::plan::Plan;
use crate::render::escaping::Escaping;

/// A list of modules, and how odd names are written.
type PlanKey = (Vec<String>, Escaping);

/// One state of the configuration. Requests keep the one they began with.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// All modules: those of the files, and those built in.
    pub modules: Modules,
    /// All devices and auth profiles.
    pub inventory: Inventory,
    /// Auth profiles of module files; the inventory's go before them.
    auths: HashMap<String, Arc<Auth>>,
    by_address: HashMap<(IpAddr, u16), usize>,
    plans: Mutex<HashMap<PlanKey, Arc<Plan>>>,
}

impl Snapshot {
    /// Loads the files, and checks what they say about each other. Also returns the files to
    /// watch; patterns may be among them.
    ///
    /// # Errors
    /// All that is wrong, a line each, with file and line.
    pub fn load(files: &Files) -> Result<(Self, Vec<PathBuf>), String> {
        let builtin = Modules::builtin().map_err(|error| error.to_string())?;
        let (patterns, named) = files.patterns();
        let mut watched: Vec<PathBuf> = patterns.iter().map(PathBuf::from).collect();
        let (mut modules, read) = Modules::load(&patterns).map_err(|error| error.to_string())?;
        match (named, read.as_slice()) {
            (true, []) => {
                return Err(format!("no file matches --config.file={}", patterns.join(" --config.file=")));
            }
            // Nobody asked for it: it need not be there.
            (false, []) => modules = Modules::default(),
            (false, [file, ..]) => {
                tracing::info!(file = %file.display(), "modules are read from the working directory")
            }
            (true, _) => {}
        }
        watched.extend(read);
        let modules = modules.or(builtin);
        for warning in modules.warnings() {
            tracing::warn!("{warning}");
        }
        let inventory = match &files.devices {
            Some(path) => {
                watched.push(path.clone());
                Inventory::load(path, &|name| std::env::var(name).ok()).map_err(|error| error.to_string())?
            }
            None => Inventory::default(),
        };
        watched.extend(inventory.secret_files().iter().cloned());
        let file = files.devices.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        let env = |name: &str| std::env::var(name).ok();
        let env = files.expand_environment.then_some(&env as Env<'_>);
        let snapshot = Self::new(modules, inventory, &file, env)?;
        watched.extend(snapshot.auths.values().flat_map(|auth| auth.files.iter().cloned()));
        Ok((snapshot, watched))
    }

    /// A snapshot of modules and an inventory; `file` is the inventory's name in messages. With `env`, variables are
    /// replaced in the auth profiles of module files.
    ///
    /// # Errors
    /// A device names a module that does not exist, or an auth profile of a module file is wrong.
    pub fn new(
        modules: Modules,
        inventory: Inventory,
        file: &str,
        env: Option<Env<'_>>,
    ) -> Result<Self, String> {
        let mut problems = Vec::new();
        for device in inventory.devices() {
            for module in device.modules.iter().filter(|name| modules.get(name).is_none()) {
                let hint = modules.nearest(module);
                problems.push(format!(
                    "{file}:{}: device {}: unknown module {module:?}{hint}",
                    device.line, device.name
                ));
            }
        }
        let mut auths = HashMap::new();
        for (name, entry) in modules.auths() {
            match entry.build(name, env, &|path| std::fs::read_to_string(path)) {
                Ok(auth) => {
                    auths.insert(name.clone(), Arc::new(auth));
                }
                Err(problem) => problems.push(problem.to_string()),
            }
        }
        if !problems.is_empty() {
            return Err(problems.join("\n"));
        }
        let mut by_address = HashMap::new();
        for (nth, device) in inventory.devices().iter().enumerate() {
            if let Address::Ip(ip) = device.address {
                by_address.entry((ip, device.port)).or_insert(nth);
            }
        }
        Ok(Self { modules, inventory, auths, by_address, plans: Mutex::default() })
    }

    /// An auth profile: the inventory's, else a module file's, else a built-in one.
    pub fn auth(&self, name: &str) -> Option<&Arc<Auth>> {
        let own = self.inventory.auth(name);
        match self.auths.get(name) {
            // A built-in profile of the inventory gives way to one that somebody wrote down.
            Some(written) if own.is_none_or(|auth| Auth::built_in().contains(auth)) => Some(written),
            _ => own,
        }
    }

    /// All of it as YAML, with `<secret>` in the place of every secret.
    pub fn show(&self) -> String {
        let written = self.auths.keys().map(String::as_str);
        let known = self.inventory.auths().iter().map(|auth| auth.name.as_str());
        let names: BTreeSet<&str> = known.chain(written).collect();
        let auths = names.into_iter().filter_map(|name| self.auth(name)).map(Arc::as_ref);
        let devices = match self.inventory.devices() {
            [] => String::new(),
            devices => redact::devices(devices),
        };
        redact::auths(auths) + &devices + &self.modules.show()
    }

    /// The device of the inventory at this address, where it is given as an address.
    pub fn device_at(&self, ip: IpAddr, port: u16) -> Option<&Device> {
        self.by_address.get(&(ip, port)).map(|nth| &self.inventory.devices()[*nth])
    }

    /// The plan of a scrape of these modules with names in this form; made once for each list.
    ///
    /// # Errors
    /// The first name that is no module.
    pub fn plan(&self, names: &[String], escaping: Escaping) -> Result<Arc<Plan>, String> {
        let key = (names.to_vec(), escaping);
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) = plans.get(&key) {
            return Ok(plan.clone());
        }
        let modules: Result<Vec<Arc<Module>>, String> =
            names.iter().map(|name| self.modules.get(name).cloned().ok_or_else(|| name.clone())).collect();
        let plan = Arc::new(Plan::escaped(&modules?, escaping));
        // Names come from requests too: what is kept is bounded.
        if plans.len() < 1024 {
            plans.insert(key, plan.clone());
        }
        Ok(plan)
    }
}
