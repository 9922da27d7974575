//! What the program does from the terminal instead of serving.

pub mod advice;
pub mod check;
pub mod explain;
pub mod scrape;

use crate::args::Files;
use crate::snapshot::Snapshot;

/// `--dry-run`: loads everything, and serves nothing.
///
/// # Errors
/// The configuration is bad.
pub fn dry_run(files: &Files) -> Result<(), String> {
    Snapshot::load(files)?;
    tracing::info!("Configuration parsed successfully");
    Ok(())
}
