//! Prometheus' text format 0.0.4.

use super::number::Number;

/// The type of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricType {
    /// A value that goes up and down.
    Gauge,
    /// A value that goes up.
    Counter,
}

impl MetricType {
    fn name(self) -> &'static str {
        match self {
            MetricType::Gauge => "gauge",
            MetricType::Counter => "counter",
        }
    }
}

/// Writes families and samples.
#[derive(Debug, Default)]
pub struct Writer {
    pub(super) out: Vec<u8>,
    name: String,
}

impl Writer {
    /// An empty one with room for so many octets.
    pub fn with_capacity(octets: usize) -> Self {
        Self { out: Vec::with_capacity(octets), name: String::new() }
    }

    /// Begins a family; the samples that follow are its samples.
    pub fn family(&mut self, name: &str, help: &str, kind: MetricType) -> &mut Self {
        self.out.extend_from_slice(&head(name, help, kind.name()));
        name.clone_into(&mut self.name);
        self
    }

    /// One sample of the family that was begun last.
    pub fn sample(&mut self, labels: &[(&str, &str)], value: f64) -> &mut Self {
        self.out.extend_from_slice(self.name.as_bytes());
        for (i, (name, value)) in labels.iter().enumerate() {
            self.out.push(if i == 0 { b'{' } else { b',' });
            label(name, value.as_bytes(), &mut self.out);
        }
        if !labels.is_empty() {
            self.out.push(b'}');
        }
        self.out.push(b' ');
        Number::Float(value).write(&mut self.out);
        self.out.push(b'\n');
        self
    }

    /// Puts what another wrote before what stands from `at` on.
    pub fn insert(&mut self, at: usize, other: &Writer) {
        let at = at.min(self.out.len());
        self.out.extend_from_slice(&other.out);
        if let Some(moved) = self.out.get_mut(at..) {
            moved.rotate_right(other.out.len());
        }
    }

    /// What was written so far.
    pub fn as_bytes(&self) -> &[u8] {
        &self.out
    }

    /// What was written.
    pub fn finish(self) -> Vec<u8> {
        self.out
    }
}

/// HELP and TYPE lines of a name as it is written.
pub(crate) fn head(name: &str, help: &str, kind: &str) -> Vec<u8> {
    let help = help.replace('\\', r"\\").replace('\n', r"\n");
    format!("# HELP {name} {help}\n# TYPE {name} {kind}\n").into_bytes()
}

/// `name="value"`, the value escaped; the name is as it is written.
pub(super) fn label(name: &str, value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"=\"");
    escape(value, out);
    out.push(b'"');
}

fn escape(value: &[u8], out: &mut Vec<u8>) {
    let mut rest = value;
    while let Some(at) = rest.iter().position(|b| matches!(b, b'\\' | b'"' | b'\n')) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(match rest[at] {
            b'\\' => br"\\",
            b'"' => br#"\""#,
            _ => br"\n",
        });
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_and_samples_are_escaped() {
        let mut writer = Writer::default();
        writer
            .family("device_up", "Whether \\ it\nis up.", MetricType::Gauge)
            .sample(&[], 1.0)
            .sample(&[("a", "q\"b\\s\nnl"), ("b", "")], f64::NAN);
        let before = writer.as_bytes().len();
        let mut last = Writer::default();
        last.family("last", "", MetricType::Gauge);
        last.insert(0, &writer);
        assert!(last.as_bytes().starts_with(b"# HELP device_up"));
        assert!(last.as_bytes().ends_with(b"# HELP last \n# TYPE last gauge\n"));
        assert!(last.as_bytes().len() > before);
        writer.family("packets", "", MetricType::Counter).sample(&[("x", "é")], 1.5e300);
        assert_eq!(
            String::from_utf8(writer.finish()).unwrap(),
            concat!(
                "# HELP device_up Whether \\\\ it\\nis up.\n# TYPE device_up gauge\n",
                "device_up 1\ndevice_up{a=\"q\\\"b\\\\s\\nnl\",b=\"\"} NaN\n",
                "# HELP packets \n# TYPE packets counter\npackets{x=\"é\"} 1.5e+300\n"
            )
        );
    }
}
