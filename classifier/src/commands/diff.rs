//! `ward-classifier rules diff`: what would change with other rules.

use std::time::SystemTime;

use crate::args::{Diff as Arguments, Format, Sources};
use crate::change::Candidate;
use crate::diff::{Answer, Diff};
use crate::labeller::InForce;
use crate::state::{DeviceState, Interface};
use crate::table::Table;
use crate::timestamp::Timestamp;

/// Compares a rule file with what the database says, or with another rule file; what comes back is for the terminal.
///
/// # Errors
/// A file cannot be read, or has mistakes; the database cannot be read.
pub fn run(sources: &Sources, arguments: &Arguments) -> Result<String, String> {
    let new = super::rules(&arguments.new)?;
    let from = arguments.from.as_deref();
    let diff = match &arguments.against {
        Some(file) => {
            let old = super::rules(from.unwrap_or("built-in"))?;
            let table = Table::parse(&super::read(file)?).map_err(|error| format!("{file}: {error}"))?;
            Diff::of_rules(&old, &new, &table.interfaces(), arguments.samples)
        }
        None => {
            let overrides = arguments.overrides.as_deref();
            let in_force = |rules| {
                let overrides = super::overrides(overrides)?.into();
                Ok::<_, String>(InForce { rules: std::sync::Arc::new(rules), overrides, digest: "".into() })
            };
            let old = from.map(super::rules).transpose()?.map(in_force).transpose()?;
            let states = super::stored(sources)?;
            stored(&states, old.as_ref(), &in_force(new)?, overrides.is_some(), arguments.samples)
        }
    };
    match arguments.format {
        Format::Text => Ok(diff.text()),
        Format::Json => {
            let json = serde_json::to_string_pretty(&diff).map_err(|error| error.to_string())?;
            Ok(json + "\n")
        }
    }
}

/// Compares over the interfaces of the database. Without old rules it is compared with what the database says now; what a
/// file of overrides that is not given has decided stays as it is.
fn stored(
    states: &[DeviceState],
    old: Option<&InForce>,
    new: &InForce,
    overrides: bool,
    samples: usize,
) -> Diff {
    let now = Timestamp::from(SystemTime::now());
    let answers = |known: &Interface| {
        let candidate = Candidate { facts: &known.facts, decided: known.decided.as_ref() };
        let decided = known.decided.as_ref().is_some_and(|decided| decided.holds(now));
        let by = |rules: &InForce| match known.label.overridden && !decided && !overrides {
            true => Answer::from(&known.label),
            false => Answer::from(&rules.classify(&candidate, now)),
        };
        (old.map_or_else(|| Answer::from(&known.label), by), by(new))
    };
    let present = states.iter().flat_map(DeviceState::present);
    Diff::of(
        present.map(|known| {
            let (was, is) = answers(known);
            (&known.facts, was, is)
        }),
        samples,
    )
}
