//! `ward-classifier rules diff`: what would change with other rules.

use crate::args::Format;
use crate::diff::Diff;
use crate::table::Table;

/// Compares two rule files over the interfaces of a third; what comes back is for the terminal.
///
/// # Errors
/// A file cannot be read, or has mistakes.
pub fn run(old: &str, new: &str, against: &str, samples: usize, format: Format) -> Result<String, String> {
    let (old, new) = (super::rules(old)?, super::rules(new)?);
    let table = Table::parse(&super::read(against)?).map_err(|error| format!("{against}: {error}"))?;
    let diff = Diff::of_rules(&old, &new, &table.interfaces(), samples);
    match format {
        Format::Text => Ok(diff.text()),
        Format::Json => {
            let json = serde_json::to_string_pretty(&diff).map_err(|error| error.to_string())?;
            Ok(json + "\n")
        }
    }
}
