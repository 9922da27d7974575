//! SNMPv3 messages (RFC 3412 §6, RFC 3414 §2.4): their layout, for requests and for answers, and nothing of what they
//! mean. Written messages are signed and encrypted as the keys allow; read ones are as they came, with nothing checked.

use snmp2::asn1::AsnReader;

use super::DecodeError;
use super::ber::{self, tag};
use crate::usm::clock::MOST;
use crate::usm::privacy::SALT_LEN;
use crate::usm::{EngineTime, Keys, SecurityLevel};

/// What goes before the PDU.
#[derive(Debug, Clone, Copy, Default)]
pub struct Header<'a> {
    /// `msgID`.
    pub id: i32,
    /// Whether Reports are asked for, as with every request.
    pub reportable: bool,
    /// `msgAuthoritativeEngineID`.
    pub engine: &'a [u8],
    /// `msgAuthoritativeEngineBoots` and `msgAuthoritativeEngineTime`.
    pub shown: EngineTime,
    /// `msgUserName`.
    pub user: &'a [u8],
    /// `contextEngineID`.
    pub context_engine: &'a [u8],
    /// `contextName`.
    pub context_name: &'a [u8],
}

/// The largest message that is understood: the most a UDP datagram holds.
const MAX_SIZE: i32 = 65_507;
/// `msgSecurityModel` of the User-based Security Model.
const USM: i64 = 3;

const AUTH: u8 = 1;
const PRIV: u8 = 2;
const REPORTABLE: u8 = 4;

/// Writes a message: encrypted with `salt` and signed where there are keys for it.
pub fn write(header: &Header<'_>, keys: &Keys, salt: [u8; SALT_LEN], pdu: &[u8]) -> Vec<u8> {
    let signature = keys.auth.as_ref().map_or(0, |key| key.protocol().signature_len());
    let salt_len = keys.privacy.as_ref().map_or(0, |_| salt.len());
    let flags =
        [(header.reportable, REPORTABLE), (keys.auth.is_some(), AUTH), (keys.privacy.is_some(), PRIV)];
    let flags = flags.into_iter().fold(0, |all, (set, flag)| if set { all | flag } else { all });

    let mut global = Vec::with_capacity(24);
    ber::integer(&mut global, header.id);
    ber::integer(&mut global, MAX_SIZE);
    ber::octets(&mut global, &[flags]);
    ber::integer(&mut global, USM as i32);

    let mut security = Vec::with_capacity(128);
    ber::octets(&mut security, header.engine);
    ber::integer(&mut security, i32::try_from(header.shown.boots).unwrap_or(i32::MAX));
    ber::integer(&mut security, i32::try_from(header.shown.time).unwrap_or(i32::MAX));
    ber::octets(&mut security, header.user);
    ber::octets(&mut security, &[0; 64][..signature.min(64)]);
    let signature_from_end = signature + ber::header_len(salt_len) + salt_len;
    ber::octets(&mut security, &salt[..salt_len]);

    let scoped = octets_len(header.context_engine.len()) + octets_len(header.context_name.len()) + pdu.len();
    let plain = octets_len(scoped);
    let padded = keys.privacy.as_ref().map(|key| key.padded(plain));
    let data = padded.map_or(plain, octets_len);
    let parameters = octets_len(security.len());
    let inner = 3 + octets_len(global.len()) + octets_len(parameters) + data;

    let mut out = Vec::with_capacity(octets_len(inner));
    ber::header(&mut out, tag::SEQUENCE, inner);
    ber::integer(&mut out, 3);
    ber::header(&mut out, tag::SEQUENCE, global.len());
    out.extend_from_slice(&global);
    ber::header(&mut out, tag::OCTET_STRING, parameters);
    ber::header(&mut out, tag::SEQUENCE, security.len());
    out.extend_from_slice(&security);
    let signature_at = out.len() - signature_from_end;
    if let Some(padded) = padded {
        ber::header(&mut out, tag::OCTET_STRING, padded);
    }
    let data_at = out.len();
    ber::header(&mut out, tag::SEQUENCE, scoped);
    ber::octets(&mut out, header.context_engine);
    ber::octets(&mut out, header.context_name);
    out.extend_from_slice(pdu);
    if let Some((key, padded)) = keys.privacy.as_ref().zip(padded) {
        out.resize(data_at + padded, 0);
        let EngineTime { boots, time } = header.shown;
        key.encrypt(boots, time, salt, &mut out[data_at..]);
    }
    if let Some(key) = &keys.auth {
        key.sign(&mut out, signature_at);
    }
    out
}

/// Octets of a tag, a length and so much content.
fn octets_len(content: usize) -> usize {
    ber::header_len(content) + content
}

/// A message as it came.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// `msgID`.
    pub id: i32,
    /// What `msgFlags` say protects it.
    pub level: SecurityLevel,
    /// `msgAuthoritativeEngineID`.
    pub engine: &'a [u8],
    /// `msgAuthoritativeEngineBoots` and `msgAuthoritativeEngineTime`.
    pub shown: EngineTime,
    /// `msgUserName`.
    pub user: &'a [u8],
    /// The whole message, without what a datagram may hold behind it.
    pub whole: &'a [u8],
    /// `msgAuthenticationParameters`.
    pub signature: &'a [u8],
    /// Where in the message the signature is.
    pub signature_at: usize,
    /// `msgPrivacyParameters`.
    pub salt: &'a [u8],
    /// The scoped PDU, encrypted or not.
    pub data: &'a [u8],
}

/// Reads a message.
///
/// # Errors
/// It is malformed, of another version, or of another security model.
pub fn read(packet: &[u8]) -> Result<Message<'_>, DecodeError> {
    let bad = DecodeError::Malformed;
    let mut datagram = AsnReader::from_bytes(packet);
    let content = datagram.read_raw(tag::SEQUENCE).map_err(|_| bad("no message, or one cut short"))?;
    let whole = packet.get(..packet.len() - datagram.bytes_left()).unwrap_or(packet);
    let mut reader = AsnReader::from_bytes(content);
    if reader.read_asn_integer().map_err(|_| bad("no version"))? != 3 {
        return Err(DecodeError::Unexpected("another SNMP version than was asked in"));
    }
    let (id, flags) = global(reader.read_raw(tag::SEQUENCE).map_err(|_| bad("no msgGlobalData"))?)?;
    let level = match flags & (AUTH | PRIV) {
        0 => SecurityLevel::NoAuthNoPriv,
        AUTH => SecurityLevel::AuthNoPriv,
        PRIV => return Err(bad("encrypted and not signed")),
        _ => SecurityLevel::AuthPriv,
    };
    let security = reader.read_asn_octetstring().map_err(|_| bad("no msgSecurityParameters"))?;
    let data_tag = if level == SecurityLevel::AuthPriv { tag::OCTET_STRING } else { tag::SEQUENCE };
    let behind = content.get(content.len() - reader.bytes_left()..).unwrap_or_default();
    let data = reader.read_raw(data_tag).map_err(|_| bad("no msgData, or not what msgFlags say"))?;
    let is_plain = level != SecurityLevel::AuthPriv;
    let data = if is_plain { &behind[..behind.len() - reader.bytes_left()] } else { data };

    let missing = |_| bad("msgSecurityParameters lack a part");
    let security = AsnReader::from_bytes(security).read_raw(tag::SEQUENCE).map_err(missing)?;
    let mut reader = AsnReader::from_bytes(security);
    let engine = reader.read_asn_octetstring().map_err(missing)?;
    let boots = engine_number(reader.read_asn_integer().map_err(missing)?)?;
    let time = engine_number(reader.read_asn_integer().map_err(missing)?)?;
    let user = reader.read_asn_octetstring().map_err(missing)?;
    let signature = reader.read_asn_octetstring().map_err(missing)?;
    let salt = reader.read_asn_octetstring().map_err(missing)?;
    let signature_at = signature.as_ptr().addr() - packet.as_ptr().addr();
    let shown = EngineTime { boots, time };
    Ok(Message { id, level, engine, shown, user, whole, signature, signature_at, salt, data })
}

/// `msgID` and `msgFlags`.
fn global(content: &[u8]) -> Result<(i32, u8), DecodeError> {
    let missing = |_| DecodeError::Malformed("msgGlobalData lack a part");
    let mut reader = AsnReader::from_bytes(content);
    let id = reader.read_asn_integer().map_err(missing)?;
    // What the agent can take is no limit to anybody: requests are small.
    reader.read_asn_integer().map_err(missing)?;
    let flags = reader.read_asn_octetstring().map_err(missing)?;
    let &[flags] = flags else { return Err(DecodeError::Malformed("msgFlags have one octet")) };
    if reader.read_asn_integer().map_err(missing)? != USM {
        return Err(DecodeError::Unexpected("another security model than was asked in"));
    }
    let id = i32::try_from(id).map_err(|_| DecodeError::Malformed("msgID has 31 bits"))?;
    Ok((id, flags))
}

/// `snmpEngineBoots` or `snmpEngineTime`.
fn engine_number(number: i64) -> Result<u32, DecodeError> {
    let number = u32::try_from(number).ok().filter(|number| *number <= MOST);
    number.ok_or(DecodeError::Malformed("the engine's boots and time have 31 bits"))
}

/// The name of the context that a scoped PDU is about, and a reader of the PDU in it.
///
/// # Errors
/// It is malformed, as what was decrypted with a wrong key is.
pub fn scoped(plain: &[u8]) -> Result<(&[u8], AsnReader<'_>), DecodeError> {
    let missing = |_| DecodeError::Malformed("no context before the PDU");
    // Padding may follow.
    let content = AsnReader::from_bytes(plain).read_raw(tag::SEQUENCE);
    let mut reader = AsnReader::from_bytes(content.map_err(|_| DecodeError::Malformed("no scoped PDU"))?);
    reader.read_asn_octetstring().map_err(missing)?;
    let context = reader.read_asn_octetstring().map_err(missing)?;
    Ok((context, reader))
}
