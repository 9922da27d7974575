//! Open files: every connection and socket is one.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Raises the limit on open files as far as the system lets this process: the usual soft limit of 1024 is there for
/// programs that use `select`. Returns the limit in force, where it can be told.
pub fn raise_limit() -> Option<u64> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    if soft < hard && setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_ok() {
        return Some(hard);
    }
    Some(soft)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_limit_is_what_the_system_allows() {
        let raised = super::raise_limit();
        assert!(raised.is_some());
        assert_eq!(super::raise_limit(), raised);
    }
}
