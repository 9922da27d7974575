//! net-snmp's agent, and net-snmp's own walk as the truth about it.

use std::collections::BTreeMap;
use std::fs;

use tempfile::TempDir;

use crate::netns::Namespace;
use crate::process::{Process, run};

/// The programs a test needs that uses this module.
pub const PROGRAMS: [&str; 3] = ["snmpd", "snmpbulkwalk", "ip"];

/// The community of the agent.
pub const COMMUNITY: &str = "public";

/// A running snmpd on port 161 of 127.0.0.1 and ::1 of a namespace.
#[derive(Debug)]
pub struct Snmpd {
    _process: Process,
    _folder: TempDir,
}

impl Snmpd {
    /// Starts it, and waits until it answers. It shows all it knows to [`COMMUNITY`], over versions 1 and 2c.
    pub fn start(namespace: &Namespace) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let configuration = folder.path().join("snmpd.conf");
        let text = format!(
            "agentAddress udp:127.0.0.1:161,udp6:[::1]:161\n\
             view all included .1\n\
             rocommunity {COMMUNITY} default -V all\n\
             rocommunity6 {COMMUNITY} default -V all\n\
             sysName snmpd.example\n\
             sysLocation a test\n"
        );
        fs::write(&configuration, text).expect("the configuration is written");
        let mut command = namespace.command("snmpd");
        // -f: in the foreground; -LO 4: warnings to standard output; -C -c: this configuration and no other.
        command
            .args(["-f", "-LO", "4", "-r", "-C", "-c"])
            .arg(&configuration)
            .arg("-p")
            .arg(folder.path().join("pid"));
        let mut process = Process::start(command.env("SNMP_PERSISTENT_DIR", folder.path()));
        process.ready("snmpd's answer", || {
            let mut get = namespace.command("snmpget");
            get.args(["-v2c", "-c", COMMUNITY, "-t0.5", "-r0", "127.0.0.1", "1.3.6.1.2.1.1.3.0"]);
            let answer = get.output().map_err(|error| error.to_string())?;
            answer
                .status
                .success()
                .then_some(())
                .ok_or_else(|| String::from_utf8_lossy(&answer.stderr).into_owned())
        });
        Self { _process: process, _folder: folder }
    }
}

/// A column as net-snmp's own walk reads it: the last arc of the index, and the value as net-snmp prints it.
pub fn walk(namespace: &Namespace, column: &str) -> BTreeMap<u32, String> {
    let mut command = namespace.command("snmpbulkwalk");
    // -On -OQ -OU -Oe: numeric OIDs, `oid = value`, no units, numbers for enumerations; -m "": no MIB files.
    command.args(["-v2c", "-c", COMMUNITY, "-m", "", "-OnQUe", "127.0.0.1", column]);
    let printed = run(&mut command);
    printed.lines().filter_map(row).collect()
}

/// Reads `.1.3.6.1.2.1.2.2.1.2.7 = eth0` or `… = "eth0"`.
fn row(line: &str) -> Option<(u32, String)> {
    let (oid, value) = line.split_once(" = ")?;
    let index = oid.rsplit_once('.')?.1.parse().ok()?;
    Some((index, value.trim_matches('"').to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_is_index_and_value() {
        assert_eq!(row(".1.3.6.1.2.1.2.2.1.2.7 = \"eth0\""), Some((7, "eth0".into())));
        assert_eq!(row(".1.3.6.1.2.1.2.2.1.10.12 = 4711"), Some((12, "4711".into())));
        assert_eq!(row("Timeout"), None);
    }
}
