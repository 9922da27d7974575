//! Values as an agent sent them (RFC 3416 §3, RFC 2578 §7.1): nothing is converted, cut or made text here.

use std::net::IpAddr;

use bytes::Bytes;

use crate::Oid;

/// One variable's value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// INTEGER. Agents do send more than the 32 bits the SMI allows, so up to 64 are kept.
    Integer(i64),
    /// OCTET STRING, also BITS.
    OctetString(Bytes),
    /// NULL.
    Null,
    /// OBJECT IDENTIFIER.
    ObjectIdentifier(Oid),
    /// IpAddress. Four octets by the SMI; some agents send sixteen, or none.
    IpAddress(Option<IpAddr>),
    /// Counter32, kept whole where an agent sends more than 32 bits.
    Counter32(u64),
    /// Gauge32 or Unsigned32, kept whole where an agent sends more than 32 bits.
    Gauge32(u64),
    /// TimeTicks: hundredths of a second.
    TimeTicks(u32),
    /// Opaque, the wrapped octets.
    Opaque(Bytes),
    /// An Opaque that wraps an IEEE 754 single (net-snmp's Float).
    OpaqueFloat(f32),
    /// An Opaque that wraps an IEEE 754 double (net-snmp's Double).
    OpaqueDouble(f64),
    /// Counter64.
    Counter64(u64),
    /// UInteger32 of the historic SNMPv2 SMI (RFC 1442), tag 0x47.
    UInteger32(u32),
    /// The agent has no such object.
    NoSuchObject,
    /// The agent has the object, but no such instance.
    NoSuchInstance,
    /// Nothing follows in this MIB view.
    EndOfMibView,
    /// A tag that is none of the above.
    Unknown {
        /// The BER tag.
        tag: u8,
        /// The octets behind tag and length.
        content: Bytes,
    },
}

impl Value {
    /// Whether this stands for "there is no value" (RFC 3416 §3): noSuchObject, noSuchInstance or endOfMibView.
    pub fn is_exception(&self) -> bool {
        matches!(self, Value::NoSuchObject | Value::NoSuchInstance | Value::EndOfMibView)
    }

    /// The number in it, where it is one.
    pub fn as_i64(&self) -> Option<i64> {
        match *self {
            Value::Integer(n) => Some(n),
            Value::Counter32(n) | Value::Gauge32(n) | Value::Counter64(n) => i64::try_from(n).ok(),
            Value::TimeTicks(n) | Value::UInteger32(n) => Some(n.into()),
            _ => None,
        }
    }

    /// The octets in it, where it is an OCTET STRING.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Value::OctetString(bytes) => Some(bytes),
            _ => None,
        }
    }
}
