//! The wire format (RFC 3412 §6, RFC 3414 §2.4): a message as it came, and what goes around a PDU that goes out.

use crate::ber::{self, BerError, Reader};
use crate::message::BadRequest;

use super::privacy::Start;
use super::user::{Keys, Level};

/// The security model of RFC 3414.
const USM: i32 = 3;
/// Bits of msgFlags.
mod flag {
    pub const AUTH: u8 = 1;
    pub const PRIV: u8 = 2;
    pub const REPORTABLE: u8 = 4;
}

/// A message, not yet verified and not yet decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    /// msgID.
    pub msg_id: i32,
    /// msgMaxSize: the longest message its sender takes.
    pub max_size: i32,
    /// How well it claims to be protected.
    pub level: Level,
    /// Whether its sender wants Reports.
    pub reportable: bool,
    /// msgAuthoritativeEngineID.
    pub engine_id: &'a [u8],
    /// msgAuthoritativeEngineBoots.
    pub boots: u32,
    /// msgAuthoritativeEngineTime.
    pub time: u32,
    /// msgUserName.
    pub user: &'a [u8],
    /// msgAuthenticationParameters: the HMAC.
    pub tag: &'a [u8],
    /// msgPrivacyParameters.
    pub salt: &'a [u8],
    /// The scoped PDU's content, or its ciphertext where the level is authPriv.
    pub data: &'a [u8],
    /// Whether octets follow something that should have been the last.
    pub trailing: bool,
    whole: &'a [u8],
}

/// Whether a packet claims to be of version 3.
pub fn is_v3(packet: &[u8]) -> bool {
    let version =
        Reader::new(packet).expect(ber::SEQUENCE).and_then(|message| Reader::new(message).integer());
    version == Ok(3)
}

impl<'a> Message<'a> {
    /// Reads a message of version 3.
    pub fn decode(packet: &'a [u8]) -> Result<Self, BadRequest> {
        let mut outer = Reader::new(packet);
        let mut message = Reader::new(outer.expect(ber::SEQUENCE)?);
        let whole = &packet[..packet.len() - outer.rest().len()];
        let version = message.integer()?;
        if version != 3 {
            return Err(BadRequest::Version(version));
        }
        let mut head = Reader::new(message.expect(ber::SEQUENCE)?);
        let (msg_id, max_size) = (head.integer()?, head.integer()?);
        let flags = head.expect(ber::OCTET_STRING)?;
        let model = head.integer()?;
        if model != USM {
            return Err(BadRequest::SecurityModel(model));
        }
        let (level, reportable) = match *flags {
            [flags] if flags & flag::PRIV == 0 && flags & flag::AUTH == 0 => (Level::NoAuthNoPriv, flags),
            [flags] if flags & flag::PRIV == 0 => (Level::AuthNoPriv, flags),
            [flags] if flags & flag::AUTH != 0 => (Level::AuthPriv, flags),
            _ => return Err(BadRequest::Flags),
        };
        let mut parameters = Reader::new(message.expect(ber::OCTET_STRING)?);
        let mut usm = Reader::new(parameters.expect(ber::SEQUENCE)?);
        let engine_id = usm.expect(ber::OCTET_STRING)?;
        let (boots, time) = (natural(&mut usm)?, natural(&mut usm)?);
        let (user, tag, salt) =
            (usm.expect(ber::OCTET_STRING)?, usm.expect(ber::OCTET_STRING)?, usm.expect(ber::OCTET_STRING)?);
        let data = match level {
            Level::AuthPriv => message.expect(ber::OCTET_STRING)?,
            _ => message.expect(ber::SEQUENCE)?,
        };
        let ends = [outer, message, head, parameters, usm];
        Ok(Self {
            msg_id,
            max_size,
            level,
            reportable: reportable & flag::REPORTABLE != 0,
            engine_id,
            boots,
            time,
            user,
            tag,
            salt,
            data,
            trailing: ends.iter().any(|end| !end.is_empty()),
            whole,
        })
    }

    /// Whether the HMAC is the one that these keys make (RFC 3414 §6.3.2).
    pub fn is_signed_with(&self, keys: &Keys) -> bool {
        let Some((protocol, key)) = &keys.auth else { return false };
        // Both slices lie in the same packet.
        let at = self.tag.as_ptr() as usize - self.whole.as_ptr() as usize;
        let (before, after) = (&self.whole[..at], &self.whole[at + self.tag.len()..]);
        protocol.sign(key, &[before, &vec![0; self.tag.len()], after]) == self.tag
    }

    /// The scoped PDU's content, decrypted into `plain` where it is encrypted; None where it cannot be.
    pub fn open<'p>(&self, keys: &Keys, plain: &'p mut Vec<u8>) -> Option<&'p [u8]>
    where
        'a: 'p,
    {
        if self.level != Level::AuthPriv {
            return Some(self.data);
        }
        let (protocol, key) = keys.privacy.as_ref()?;
        let start = Start { boots: self.boots, time: self.time, salt: self.salt.try_into().ok()? };
        plain.clear();
        plain.extend_from_slice(self.data);
        if !protocol.decrypt(key, start, plain) {
            return None;
        }
        // What follows is padding. Where the key was wrong, there is hardly ever a SEQUENCE.
        Reader::new(plain).expect(ber::SEQUENCE).ok()
    }
}

fn natural(reader: &mut Reader<'_>) -> Result<u32, BerError> {
    let number = reader.integer()?;
    u32::try_from(number).map_err(|_| BerError::Negative(number))
}

/// A scoped PDU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scoped<'a> {
    /// contextEngineID.
    pub engine_id: &'a [u8],
    /// contextName.
    pub context: &'a [u8],
    /// The PDU's tag.
    pub tag: u8,
    /// The PDU's content.
    pub pdu: &'a [u8],
    /// Whether octets follow the PDU.
    pub trailing: bool,
}

impl<'a> Scoped<'a> {
    /// Reads the content of a scoped PDU.
    pub fn decode(content: &'a [u8]) -> Result<Self, BerError> {
        let mut reader = Reader::new(content);
        let (engine_id, context) = (reader.expect(ber::OCTET_STRING)?, reader.expect(ber::OCTET_STRING)?);
        let (tag, pdu) = reader.value()?;
        Ok(Self { engine_id, context, tag, pdu, trailing: !reader.is_empty() })
    }
}

/// What goes around a PDU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seal<'a> {
    /// msgID.
    pub msg_id: i32,
    /// msgMaxSize.
    pub max_size: u32,
    /// How well it is protected; there must be keys for it.
    pub level: Level,
    /// Whether Reports are wanted.
    pub reportable: bool,
    /// msgAuthoritativeEngineID.
    pub engine_id: &'a [u8],
    /// msgAuthoritativeEngineBoots.
    pub boots: u32,
    /// msgAuthoritativeEngineTime.
    pub time: u32,
    /// msgUserName.
    pub user: &'a [u8],
    /// The user's keys.
    pub keys: &'a Keys,
    /// msgPrivacyParameters; each message needs its own.
    pub salt: [u8; 8],
    /// contextEngineID.
    pub context_engine_id: &'a [u8],
    /// contextName.
    pub context: &'a [u8],
}

impl Seal<'_> {
    /// How long the message around a PDU of `pdu` octets is, its tag and length included.
    pub fn message_len(&self, pdu: usize) -> usize {
        let scoped = ber::value_len(self.scoped_len(pdu));
        let data = match &self.keys.privacy {
            Some((protocol, _)) if self.level == Level::AuthPriv => {
                ber::value_len(protocol.cipher_len(scoped))
            }
            _ => scoped,
        };
        let around = ber::value_len(1) + ber::value_len(self.head_len());
        let parameters = ber::value_len(ber::value_len(self.usm_len()));
        ber::value_len(around + parameters + data)
    }

    /// Appends the message around this PDU, signed and encrypted as the level says.
    pub fn encode(&self, pdu: &[u8], out: &mut Vec<u8>) {
        let begin = out.len();
        let tag_len = self.tag_len();
        let mut tail = 0;
        ber::write_nested(ber::SEQUENCE, out, |out| {
            ber::write_signed(ber::INTEGER, 3, out);
            ber::write_nested(ber::SEQUENCE, out, |out| {
                ber::write_signed(ber::INTEGER, i64::from(self.msg_id), out);
                ber::write_signed(ber::INTEGER, i64::from(self.max_size), out);
                ber::write_value(ber::OCTET_STRING, &[self.flags()], out);
                ber::write_signed(ber::INTEGER, i64::from(USM), out);
            });
            ber::write_nested(ber::OCTET_STRING, out, |out| {
                ber::write_nested(ber::SEQUENCE, out, |out| {
                    ber::write_value(ber::OCTET_STRING, self.engine_id, out);
                    ber::write_signed(ber::INTEGER, i64::from(self.boots), out);
                    ber::write_signed(ber::INTEGER, i64::from(self.time), out);
                    ber::write_value(ber::OCTET_STRING, self.user, out);
                    ber::write_value(ber::OCTET_STRING, &vec![0; tag_len], out);
                    ber::write_value(ber::OCTET_STRING, self.written_salt(), out);
                });
            });
            let from = out.len();
            self.write_data(pdu, out);
            tail = out.len() - from + ber::value_len(self.written_salt().len());
        });
        if let (Some((protocol, key)), true) = (&self.keys.auth, tag_len > 0) {
            let tag = protocol.sign(key, &[&out[begin..]]);
            // Counted from the end: the lengths before it were put in afterwards.
            let at = out.len() - tail - tag_len;
            out[at..at + tag_len].copy_from_slice(&tag);
        }
    }

    fn write_data(&self, pdu: &[u8], out: &mut Vec<u8>) {
        let mut scoped = Vec::with_capacity(pdu.len() + 80);
        ber::write_header(ber::SEQUENCE, self.scoped_len(pdu.len()), &mut scoped);
        ber::write_value(ber::OCTET_STRING, self.context_engine_id, &mut scoped);
        ber::write_value(ber::OCTET_STRING, self.context, &mut scoped);
        scoped.extend_from_slice(pdu);
        match &self.keys.privacy {
            Some((protocol, key)) if self.level == Level::AuthPriv => {
                let start = Start { boots: self.boots, time: self.time, salt: self.salt };
                protocol.encrypt(key, start, &mut scoped);
                ber::write_value(ber::OCTET_STRING, &scoped, out);
            }
            _ => out.extend_from_slice(&scoped),
        }
    }

    fn flags(&self) -> u8 {
        let level = match self.level {
            Level::NoAuthNoPriv => 0,
            Level::AuthNoPriv => flag::AUTH,
            Level::AuthPriv => flag::AUTH | flag::PRIV,
        };
        level | if self.reportable { flag::REPORTABLE } else { 0 }
    }

    fn tag_len(&self) -> usize {
        match &self.keys.auth {
            Some((protocol, _)) if self.level >= Level::AuthNoPriv => protocol.tag_len(),
            _ => 0,
        }
    }

    fn written_salt(&self) -> &[u8] {
        if self.level == Level::AuthPriv { &self.salt } else { &[] }
    }

    fn head_len(&self) -> usize {
        number_len(i64::from(self.msg_id))
            + number_len(i64::from(self.max_size))
            + ber::value_len(1)
            + number_len(i64::from(USM))
    }

    fn usm_len(&self) -> usize {
        ber::value_len(self.engine_id.len())
            + number_len(i64::from(self.boots))
            + number_len(i64::from(self.time))
            + ber::value_len(self.user.len())
            + ber::value_len(self.tag_len())
            + ber::value_len(self.written_salt().len())
    }

    fn scoped_len(&self, pdu: usize) -> usize {
        ber::value_len(self.context_engine_id.len()) + ber::value_len(self.context.len()) + pdu
    }
}

fn number_len(number: i64) -> usize {
    ber::value_len(ber::signed_len(number))
}

#[cfg(test)]
mod tests;
