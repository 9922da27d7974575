//! Recordings of real devices, in snmpsim's format: one `OID|TAG|VALUE` a line, the tag in decimal, with an
//! `x` behind it where the value is in hexadecimal.
//!
//! Recordings are what they are: unsorted, with lines twice, with lines that broke. The first line of an OID
//! counts, and what cannot be read is listed and left out.

use std::io::{self, Write};
use std::path::Path;

use crate::ber;
use crate::mib::{MibBuilder, Object};
use crate::oid::Oid;
use crate::value::{self, Moving, MovingKind, Value};

/// sysUpTime.0, which moves even in a recording.
const SYS_UP_TIME: [u32; 9] = [1, 3, 6, 1, 2, 1, 1, 3, 0];

/// What a file held.
#[derive(Debug, Clone, Default)]
pub struct Recording {
    /// The objects that could be read.
    pub objects: MibBuilder,
    /// The lines that could not.
    pub bad_lines: Vec<BadLine>,
    /// How many lines came later than another one of the same OID.
    pub duplicates: usize,
}

/// A line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl Recording {
    /// Reads a file.
    pub fn load(path: &Path) -> io::Result<Self> {
        let octets = std::fs::read(path)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        Ok(Self::read(&octets))
    }

    /// Reads a file's content. Values of OCTET STRINGs need not be UTF-8.
    pub fn read(octets: &[u8]) -> Self {
        let mut recording = Self::default();
        for (number, line) in octets.split(|octet| *octet == b'\n').enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            match read_line(line) {
                Ok((name, object)) => {
                    if !recording.objects.set_new(name, object) {
                        recording.duplicates += 1;
                    }
                }
                Err(reason) => recording.bad_lines.push(BadLine { line: number + 1, reason }),
            }
        }
        recording
    }

    /// Lets sysUpTime go on from where it was recorded, as a device's does.
    pub fn with_running_clock(mut self) -> Self {
        let recorded =
            self.objects.iter().find(|(name, _)| name.arcs() == SYS_UP_TIME).map(|(_, object)| object);
        if let Some(Object::Still(Value::TimeTicks(ticks))) = recorded {
            let ticks = *ticks;
            self.objects.set(SYS_UP_TIME, Moving::uptime(ticks));
        }
        self
    }
}

fn read_line(line: &[u8]) -> Result<(Oid, Object), String> {
    let mut parts = line.splitn(3, |octet| *octet == b'|');
    let (Some(name), Some(tag), Some(content)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("a line is OID|TAG|VALUE".to_owned());
    };
    let name: Oid = lossy(name).parse().map_err(|error| format!("{error}"))?;
    let tag = lossy(tag);
    if let Some((tag, variation)) = tag.split_once(':') {
        return Ok((name, read_variation(tag_number(tag)?, variation, &lossy(content))?));
    }
    let value = match tag.strip_suffix('x') {
        Some(tag) => read_hex(tag_number(tag)?, content)?,
        None => read_value(tag_number(&tag)?, content)?,
    };
    Ok((name, value.into()))
}

fn lossy(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

fn tag_number(text: &str) -> Result<u8, String> {
    text.parse()
        .map_err(|_| format!("{text:?} is no tag; tags are decimal, like 4 or 4x for an OCTET STRING"))
}

fn read_value(tag: u8, content: &[u8]) -> Result<Value, String> {
    let text = lossy(content);
    let text = text.trim();
    let bad = |kind: &str| format!("{text:?} is no {kind}");
    let narrow = || text.parse::<u32>().map_err(|_| bad("number below 4294967296"));
    Ok(match tag {
        ber::INTEGER => Value::Integer(text.parse().map_err(|_| bad("INTEGER"))?),
        ber::OCTET_STRING => Value::OctetString(content.to_vec()),
        ber::NULL => Value::Null,
        ber::OBJECT_IDENTIFIER => Value::ObjectIdentifier(text.parse().map_err(|error| format!("{error}"))?),
        value::IP_ADDRESS => {
            let address: std::net::Ipv4Addr = text.parse().map_err(|_| bad("IpAddress"))?;
            Value::IpAddress(address.octets())
        }
        value::COUNTER32 => Value::Counter32(narrow()?),
        value::GAUGE32 => Value::Gauge32(narrow()?),
        value::TIME_TICKS => Value::TimeTicks(narrow()?),
        value::OPAQUE => Value::Opaque(content.to_vec()),
        value::COUNTER64 => Value::Counter64(text.parse().map_err(|_| bad("Counter64"))?),
        other => return Err(format!("tag {other} is unknown without an x behind it")),
    })
}

fn read_hex(tag: u8, content: &[u8]) -> Result<Value, String> {
    let digits: Vec<u8> = content.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect();
    let pairs = digits.chunks(2).map(|pair| {
        let text = std::str::from_utf8(pair).ok().filter(|text| text.len() == 2 && !text.starts_with('+'));
        text.and_then(|text| u8::from_str_radix(text, 16).ok())
    });
    let octets: Option<Vec<u8>> = pairs.collect();
    let octets = octets.ok_or_else(|| format!("{:?} is not hexadecimal", lossy(content)))?;
    match tag {
        ber::OCTET_STRING => Ok(Value::OctetString(octets)),
        value::OPAQUE => Ok(Value::Opaque(octets)),
        value::IP_ADDRESS => match <[u8; 4]>::try_from(octets) {
            Ok(address) => Ok(Value::IpAddress(address)),
            Err(content) => Ok(Value::Raw { tag, content }),
        },
        tag => Ok(Value::Raw { tag, content: octets }),
    }
}

/// snmpsim's variation modules, as far as a number or a text can be made of them: `numeric` moves counters
/// and clocks at its rate, and stands still otherwise; `writecache` is a value that nobody has written yet.
fn read_variation(tag: u8, module: &str, settings: &str) -> Result<Object, String> {
    let setting = |wanted: &str| {
        let mut pairs = settings.split(',').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| key.trim() == wanted).map(|(_, value)| value)
    };
    let number = |wanted: &str| setting(wanted).and_then(|text| text.trim().parse::<f64>().ok());
    match module {
        "numeric" => {
            let start = number("initial").or(number("offset")).or(number("min")).unwrap_or(0.0);
            let kind = match tag {
                value::COUNTER32 => MovingKind::Counter32,
                value::TIME_TICKS => MovingKind::TimeTicks,
                value::COUNTER64 => MovingKind::Counter64,
                _ => return read_value(tag, format!("{start:.0}").as_bytes()).map(Object::from),
            };
            Ok(Moving::steady(kind, start as u64, number("rate").unwrap_or(1.0).max(0.0)).into())
        }
        "writecache" => {
            let text = setting("value").unwrap_or("");
            let text = if text.is_empty() && tag != ber::OCTET_STRING { "0" } else { text };
            read_value(tag, text.as_bytes()).map(Object::from)
        }
        other => Err(format!("variation {other:?} is not supported; numeric and writecache are")),
    }
}

/// Writes one object as a line.
pub fn write_line(name: &Oid, value: &Value, out: &mut impl Write) -> io::Result<()> {
    let tag = value.tag();
    match value {
        Value::Integer(number) => writeln!(out, "{name}|{tag}|{number}"),
        Value::OctetString(octets) if is_plain(octets) => {
            writeln!(out, "{name}|{tag}|{}", String::from_utf8_lossy(octets))
        }
        Value::OctetString(octets) | Value::Opaque(octets) | Value::Raw { content: octets, .. } => {
            write!(out, "{name}|{tag}x|")?;
            octets.iter().try_for_each(|octet| write!(out, "{octet:02x}"))?;
            writeln!(out)
        }
        Value::Null => writeln!(out, "{name}|{tag}|"),
        Value::ObjectIdentifier(oid) => writeln!(out, "{name}|{tag}|{oid}"),
        Value::IpAddress(octets) => writeln!(out, "{name}|{tag}|{}", std::net::Ipv4Addr::from(*octets)),
        Value::Counter32(number) | Value::Gauge32(number) | Value::TimeTicks(number) => {
            writeln!(out, "{name}|{tag}|{number}")
        }
        Value::Counter64(number) => writeln!(out, "{name}|{tag}|{number}"),
    }
}

/// Whether a text comes back from its line as it went in, with readers that trim too.
fn is_plain(octets: &[u8]) -> bool {
    octets.iter().all(|octet| (0x20..0x7f).contains(octet))
        && octets.first() != Some(&b' ')
        && octets.last() != Some(&b' ')
}

#[cfg(test)]
mod tests;
