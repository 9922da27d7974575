//! What our programs are built from. `make build` names the revision and its date; a plain `cargo build` knows neither.

use crate::metrics::BuildInfo;

/// For `{prefix}_build_info`.
pub const INFO: BuildInfo = BuildInfo { version: env!("CARGO_PKG_VERSION"), revision: env!("WARD_REVISION") };

/// What `--version` says behind the program's name.
pub const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\nrevision  ",
    env!("WARD_REVISION"),
    "\ndate      ",
    env!("WARD_DATE"),
    "\nrustc     ",
    env!("WARD_RUSTC"),
);
