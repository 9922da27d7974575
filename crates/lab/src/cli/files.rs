//! Writing files so that their readers never see half of one.

use std::io;
use std::path::Path;

use super::Failure;

/// Writes a file beside its place and moves it there.
pub fn write(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let named = |error: io::Error| format!("{}: {error}", path.display());
    std::fs::write(&beside, content).map_err(named)?;
    std::fs::rename(&beside, path).map_err(named)?;
    Ok(())
}
