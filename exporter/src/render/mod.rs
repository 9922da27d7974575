//! From a harvest to text: the series of a scrape, as snmp_exporter makes them, in Prometheus' text format.
//!
//! Labels are made once for each row of a table, as text ready to be copied; the metrics of a table share
//! them. A scrape is then one pass over the families in the order of their names.
//!
//! | file | holds |
//! |---|---|
//! | `reading` | the harvest as the plan sees it: columns, rows, fallbacks |
//! | `fallback` | what to ask after the first harvest |
//! | `labels`, `table` | the labels of a row, the labels of all rows |
//! | `sample` | the samples a value becomes |
//! | `series` | the families: which samples, in which order |
//! | `octets`, `value_text`, `hint`, `utf8` | indexes and values as text |
//! | `number`, `dates`, `go_float` | values as numbers |
//! | [`text`], [`escaping`] | the text format, and how odd names are written in it |
//! | [`problem`] | what snmp_exporter would fail a scrape for |

use snmp::Harvest;

mod dates;
pub mod escaping;
mod fallback;
mod go_float;
mod hint;
mod labels;
mod number;
mod octets;
pub mod problem;
mod reading;
mod sample;
mod series;
mod table;
pub mod text;
mod utf8;
mod value_text;

use problem::Problems;
use reading::Reading;
use text::Writer;

use crate::plan::Plan;

/// What a user may choose about values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Whether 64-bit counters begin anew at 2^53, where a float64 stops being exact
    /// (`--snmp.wrap-large-counters`).
    pub wrap_large_counters: bool,
    /// Whether `scale` and `offset` apply to numbers taken out of texts as well, as in snmp_exporter after
    /// 0.30.
    pub adjust_extracts: bool,
}

impl Default for Settings {
    /// As snmp_exporter 0.30.
    fn default() -> Self {
        Self { wrap_large_counters: true, adjust_extracts: false }
    }
}

/// What became of a harvest.
#[derive(Debug, Default)]
pub struct Report {
    /// Samples that were written.
    pub samples: usize,
    /// What snmp_exporter would have failed the scrape for. What was written is sound all the same: of series
    /// with the same labels the first, of different HELP texts or types the first.
    pub problems: Problems,
    /// Where among the families those about the scrape itself (`snmp_scrape_…`) belong: all are in the order of
    /// their names.
    pub room: usize,
}

/// Writes the metrics of a harvest, which answers [`Plan::wanted`]; `fallback` answers [`Plan::fallback`].
pub fn render(
    plan: &Plan,
    harvest: &Harvest,
    fallback: Option<&Harvest>,
    settings: &Settings,
    out: &mut Writer,
) -> Report {
    let reading = Reading::new(plan, harvest, fallback);
    series::write(&reading, settings, out)
}

#[cfg(test)]
pub(crate) mod cases;
#[cfg(test)]
pub(crate) mod device;
#[cfg(test)]
mod tests;
