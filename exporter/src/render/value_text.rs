//! A value as text, as it stands in a label.

use std::io::Write;
use std::net::IpAddr;

use snmp::Value;

use super::octets::{self, Arcs, Form};
use super::{hint, utf8};
use crate::module::spec::{EnumValues, Text, TextKind};

/// Writes a value as text, in valid UTF-8. Only octets depend on the type.
pub(crate) fn write(value: &Value, text: &Text, values: Option<&EnumValues>, out: &mut Vec<u8>) {
    match value {
        Value::OctetString(octets) | Value::Opaque(octets) => write_octets(octets, text, values, out),
        Value::Integer(n) => out.extend_from_slice(itoa::Buffer::new().format(*n).as_bytes()),
        Value::Counter32(n) | Value::Gauge32(n) | Value::Counter64(n) => {
            out.extend_from_slice(itoa::Buffer::new().format(*n).as_bytes());
        }
        Value::TimeTicks(n) | Value::UInteger32(n) => {
            out.extend_from_slice(itoa::Buffer::new().format(*n).as_bytes());
        }
        Value::ObjectIdentifier(oid) => display(out, oid),
        Value::IpAddress(Some(IpAddr::V4(address))) => display(out, address),
        // Go shows an IPv4 address in IPv6's clothes as what it is.
        Value::IpAddress(Some(IpAddr::V6(address))) => match address.to_ipv4_mapped() {
            Some(address) => display(out, address),
            None => display(out, address),
        },
        Value::OpaqueFloat(n) => float(out, f64::from(*n), n),
        Value::OpaqueDouble(n) => float(out, *n, n),
        Value::IpAddress(None)
        | Value::Null
        | Value::NoSuchObject
        | Value::NoSuchInstance
        | Value::EndOfMibView
        | Value::Unknown { .. } => {}
    }
}

fn write_octets(octets: &[u8], text: &Text, values: Option<&EnumValues>, out: &mut Vec<u8>) {
    let start = out.len();
    match (&text.hint, text.kind) {
        (Some(display_hint), _) if hint::apply(display_hint, octets, out) => {}
        (_, TextKind::DisplayString) => out.extend_from_slice(octets),
        (_, TextKind::OctetString) => {
            octets::write(TextKind::OctetString, Arcs::Counted(octets), 0, Form::default(), out);
        }
        (_, kind) => {
            octets::write(kind, Arcs::Octets(octets), 0, Form { values, ..Form::default() }, out);
        }
    }
    utf8::make_valid(out, start);
}

fn display(out: &mut Vec<u8>, value: impl std::fmt::Display) {
    // Writing to a Vec can't fail.
    drop(write!(out, "{value}"));
}

/// The shortest decimal without exponent.
fn float(out: &mut Vec<u8>, value: f64, shown: impl std::fmt::Display) {
    match value {
        f64::INFINITY => out.extend_from_slice(b"+Inf"),
        f64::NEG_INFINITY => out.extend_from_slice(b"-Inf"),
        _ => display(out, shown),
    }
}
