//! What the system knows about this process, under the names all Prometheus clients use.

use std::fs;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Ticks per second in /proc (`USER_HZ`), the same on every architecture we build for.
const TICKS: f64 = 100.0;

/// Reads /proc whenever it is asked.
#[derive(Debug)]
pub(super) struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let stat = Stat::parse(&read("/proc/self/stat"));
        if let Some(cpu) = stat.as_ref().map(|stat| stat.cpu_seconds) {
            let help = "Total user and system CPU time spent in seconds";
            let metric = encoder.encode_descriptor("process_cpu_seconds", help, None, MetricType::Counter)?;
            ConstCounter::new(cpu).encode(metric)?;
        }
        let status = read("/proc/self/status");
        let boot = boot_time(&read("/proc/stat"));
        let start = stat.zip(boot).map(|(stat, boot)| boot + stat.start_seconds);
        let gauges = [
            ("process_start_time_seconds", "Start time of the process since unix epoch in seconds", start),
            ("process_resident_memory_bytes", "Resident memory size in bytes", kilobytes(&status, "VmRSS:")),
            ("process_virtual_memory_bytes", "Virtual memory size in bytes", kilobytes(&status, "VmSize:")),
            ("process_open_fds", "Number of open file descriptors", open_descriptors()),
            (
                "process_max_fds",
                "Maximum number of open file descriptors",
                max_descriptors(&read("/proc/self/limits")),
            ),
        ];
        for (name, help, value) in gauges {
            if let Some(value) = value {
                let metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
                ConstGauge::new(value).encode(metric)?;
            }
        }
        Ok(())
    }
}

/// Parts of /proc/self/stat (proc(5)).
#[derive(Debug, PartialEq)]
struct Stat {
    cpu_seconds: f64,
    /// Since the machine was booted.
    start_seconds: f64,
}

impl Stat {
    fn parse(text: &str) -> Option<Self> {
        // The second field, the program's name, may hold anything, parentheses and spaces too.
        let (_, fields) = text.rsplit_once(')')?;
        let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
        // Numbered from 1 in proc(5); the first one here is the third there.
        let ticks = |number: usize| fields.get(number - 3)?.parse::<f64>().ok().map(|ticks| ticks / TICKS);
        Some(Stat { cpu_seconds: ticks(14)? + ticks(15)?, start_seconds: ticks(22)? })
    }
}

/// `btime` of /proc/stat, in Unix time.
fn boot_time(text: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

/// A line of /proc/self/status, in bytes.
fn kilobytes(text: &str, key: &str) -> Option<f64> {
    let value = text.lines().find_map(|line| line.strip_prefix(key))?;
    let kilobytes: f64 = value.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024.0)
}

/// One entry is the descriptor that reads them.
fn open_descriptors() -> Option<f64> {
    Some(fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1) as f64)
}

/// The soft limit in /proc/self/limits.
fn max_descriptors(text: &str) -> Option<f64> {
    let values = text.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    values.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proc_files_are_read() {
        let stat =
            "1234 (odd) name) S 1 1234 1234 0 -1 4194304 3067 0 12 0 250 150 0 0 20 0 4 0 5000 71122944 1934";
        assert_eq!(Stat::parse(stat), Some(Stat { cpu_seconds: 4.0, start_seconds: 50.0 }));
        assert_eq!(boot_time("cpu  1 2 3\nbtime 1700000000\nprocesses 5\n"), Some(1.7e9));
        let status = "Name:\tx\nVmSize:\t   69456 kB\nVmRSS:\t    7736 kB\n";
        assert_eq!(kilobytes(status, "VmRSS:"), Some(7_921_664.0));
        let limits = "Limit   Soft Limit  Hard Limit  Units\nMax open files            1024                 4096   files\n";
        assert_eq!(max_descriptors(limits), Some(1024.0));
        for garbage in ["", "x", ")", "1 (x) S 1", "VmRSS: many kB", "Max open files"] {
            assert_eq!(Stat::parse(garbage), None);
            assert_eq!(boot_time(garbage), None);
            assert_eq!(kilobytes(garbage, "VmRSS:"), None);
            assert_eq!(max_descriptors(garbage), None);
        }
    }

    #[test]
    fn this_process_is_seen() {
        let mut registry = prometheus_client::registry::Registry::default();
        registry.register_collector(Box::new(Process));
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        let value = |name: &str| -> f64 {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
        };
        assert!(value("process_cpu_seconds_total") >= 0.0);
        assert!(value("process_resident_memory_bytes") > 100_000.0);
        assert!(value("process_virtual_memory_bytes") > value("process_resident_memory_bytes"));
        assert!(value("process_open_fds") >= 3.0);
        assert!(value("process_max_fds") >= value("process_open_fds"));
        let age = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs_f64()
            - value("process_start_time_seconds");
        assert!((-5.0..86_400.0).contains(&age), "{age}");
    }
}
