//! `ward-classifier rules score`: how often a rule file is right, by what people say of interfaces.

use std::fmt::Write;

use crate::args::Score as Arguments;
use crate::score::{Score, rows};
use crate::table::Table;

/// Scores a rule file; what comes back is for the terminal.
///
/// # Errors
/// A file cannot be read, or has mistakes.
pub fn run(arguments: &Arguments) -> Result<String, String> {
    let rules = super::rules(&arguments.rules)?;
    let file = &arguments.against;
    let table = Table::parse(&super::read(file)?).map_err(|error| format!("{file}: {error}"))?;
    let rows = rows(&table, &rules, arguments.sure.as_deref()).map_err(|error| format!("{file}: {error}"))?;
    let mut out = Score::of(&rows).text();
    if arguments.wrong {
        out.push('\n');
    }
    for row in rows.iter().filter(|row| arguments.wrong && !(row.type_is_right() && row.provider_is_right()))
    {
        let facts = &row.facts;
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{} {:?} {:?} {:?}: {} {:?}, came {} {:?} {}",
            if row.is_trapped() { "trap " } else { "wrong" },
            facts.name,
            facts.descr,
            facts.alias,
            row.label,
            row.provider,
            row.came.kind,
            row.came.provider.as_deref().unwrap_or_default(),
            row.came.confidence,
        );
    }
    Ok(out)
}
