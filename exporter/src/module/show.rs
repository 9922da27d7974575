//! Modules as YAML, for people to look at: as they stand in their files, with defaults filled in.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_yaml::{Location, Spanned};

use super::raw::RawModule;
use super::scalar::{Int, Text};
use super::spec::WalkParams;
use super::{Modules, Source, load, scalar};

/// What upstream asks with where a module does not say.
const MAX_REPETITIONS: i64 = 25;

#[derive(Serialize)]
struct View {
    modules: BTreeMap<String, RawModule>,
}

/// All modules.
pub(super) fn modules(all: &Modules) -> String {
    let mut view = View { modules: BTreeMap::new() };
    for Source { file, text } in &all.sources {
        // It was read before.
        let Ok(raw) = load::parse(file, text) else { continue };
        for (Text(name), module) in raw.modules.into_iter().flatten() {
            if all.get(&name).is_some_and(|known| known.file == *file) {
                view.modules.insert(name, filled_in(module.value.unwrap_or_default()));
            }
        }
    }
    serde_yaml::to_string(&view).unwrap_or_else(|error| format!("# cannot be shown: {error}\n"))
}

fn filled_in(mut module: RawModule) -> RawModule {
    let defaults = WalkParams::default();
    module.metrics.get_or_insert_default();
    module.max_repetitions.get_or_insert_with(|| nowhere(Int(MAX_REPETITIONS)));
    module.retries.get_or_insert_with(|| nowhere(Int(defaults.retries.into())));
    let written = module.timeout.take().and_then(|text| scalar::duration(&text.value.0).ok());
    let timeout = inventory::format_duration(written.unwrap_or(defaults.timeout));
    module.timeout = Some(nowhere(Text(timeout)));
    for lookup in module.metrics.iter_mut().flatten().flat_map(|metric| &mut metric.value.lookups).flatten() {
        lookup.value.labels.get_or_insert_default();
    }
    module
}

fn nowhere<T>(value: T) -> Spanned<T> {
    Spanned { value, referenced: Location::UNKNOWN, defined: Location::UNKNOWN }
}
