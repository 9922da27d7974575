//! Messages of SNMPv3, for one user at one device: what protects a request, and what proves an answer (RFC 3414 §3).

use std::time::Instant;

use bytes::Bytes;
use snmp2::asn1::AsnReader;
use snmp2::snmp;

use super::ber::tag;
use super::message::{self, Header, Message};
use super::{Answer, DecodeError};
use crate::usm::{Complaint, EngineId, EngineTime, Keys, Proof, Report, Security, SecurityLevel, Trust};

/// Speaks as a user.
#[derive(Debug)]
pub struct Secured {
    /// Whom it believes.
    pub trust: Trust,
}

/// Octets an engine id is taken to have before it is known: net-snmp's have up to 17.
const USUAL_ENGINE_ID: usize = 17;
/// An empty GET, which asks for nothing but a Report (RFC 3414 §4).
const NOTHING: [u8; 13] = [tag::GET, 11, 2, 1, 0, 2, 1, 0, 2, 1, 0, tag::SEQUENCE, 0];

impl Secured {
    pub(super) fn new(trust: Trust) -> Self {
        Self { trust }
    }

    /// Octets a message has beside its varbind list: every number at its longest.
    pub(super) fn overhead(&self) -> usize {
        let user = self.trust.user();
        let engine = self.trust.engine().map_or(USUAL_ENGINE_ID, |engine| engine.id().octets().len());
        let context_engine = user.context.engine_id.as_ref().map_or(engine, |id| id.octets().len());
        let (signature, privacy) = match &user.security {
            Security::NoAuthNoPriv => (0, 0),
            Security::AuthNoPriv(auth) => (auth.protocol.signature_len(), 0),
            // The salt, and the head and the padding of what is encrypted.
            Security::AuthPriv(auth, _) => (auth.protocol.signature_len(), 8 + 4 + 7),
        };
        // The heads of message, msgGlobalData, msgSecurityParameters, scoped PDU, PDU and list, and their numbers.
        let heads = (4 + 3 + 21) + (3 + 3 + 2 + 6 + 6 + 2 + 2 + 2) + (4 + 2 + 2) + (4 + 6 + 3 + 4 + 4);
        let names = engine + context_engine + user.name.expose().len() + user.context.name.len();
        heads + names + signature + privacy
    }

    /// A request for the engine; where none is known, the question who is there (RFC 3414 §4).
    pub(super) fn seal(&self, id: i32, pdu: &[u8], now: Instant, salt: u64) -> Vec<u8> {
        let user = self.trust.user();
        let unknown = EngineTime::default();
        let Some(engine) = self.trust.engine() else {
            let nobody = Header { id, reportable: true, ..Header::default() };
            return message::write(&nobody, &Keys::default(), [0; 8], &NOTHING);
        };
        let header = Header {
            id,
            reportable: true,
            engine: engine.id().octets(),
            // Without a signature the time means nothing and is left out (RFC 3414 §3.1 step 6).
            shown: engine.keys().auth.as_ref().map_or(unknown, |_| engine.time(now)),
            user: user.name.expose().as_bytes(),
            context_engine: user.context.engine_id.as_ref().unwrap_or(engine.id()).octets(),
            context_name: user.context.name.as_bytes(),
        };
        message::write(&header, engine.keys(), salt.to_be_bytes(), pdu)
    }

    /// Reads what came for a request. An answer has to be protected as the request was, signed by an engine that is
    /// believed, and of its present; with that the engine is proven.
    pub(super) fn open(&mut self, id: i32, packet: &Bytes, now: Instant) -> Result<Answer, DecodeError> {
        let message = message::read(packet)?;
        if message.id != id {
            return Err(DecodeError::Unexpected("another msgID than was asked with"));
        }
        let (tried, known) = self.trust.engines(message.engine);
        let keys = tried.as_ref().or(known.as_ref()).map(|engine| engine.keys());
        let is_signed = self.verify(&message, keys)?;
        let plain = decrypt(&message, keys, packet)?;
        let (context, mut reader) = message::scoped(&plain)?;
        let is_response = reader.peek_byte().is_ok_and(|tag| tag != snmp::MSG_REPORT);
        if is_response && message.level != self.trust.user().security.level() {
            return Err(DecodeError::Unproven("not protected as the request was"));
        }
        // Nothing signed is lost on the clock, whatever it says (RFC 3414 §3.2 step 7).
        let author = match is_signed {
            true => tried.into_iter().chain(known).find(|e| e.receive(message.shown, now).is_ok()),
            false => tried.or(known),
        };
        if !is_response {
            let proof = match (is_signed, &author) {
                (false, _) => Proof::None,
                (true, None) => Proof::FromThePast,
                (true, Some(_)) => Proof::Full,
            };
            return Err(report(&message, &mut reader, &plain, proof)?);
        }
        let (request_id, answer) = Answer::read(&mut reader, snmp::MSG_RESPONSE, &plain, packet.len())?;
        if request_id != i64::from(id) {
            return Err(DecodeError::Unexpected("another request-id than was asked with"));
        }
        let author = author.ok_or(DecodeError::Unproven(match is_signed {
            true => "recorded earlier, or the engine's clock was set back",
            false => "from another engine than was asked",
        }))?;
        self.trust.proven(&author);
        // The signature is right; what it is about is not.
        if context != self.trust.user().context.name.as_bytes() {
            return Err(DecodeError::Unexpected("about another context than was asked about"));
        }
        Ok(answer)
    }

    /// Whether a message is signed, as the user at the engine it names has to sign.
    fn verify(&self, message: &Message<'_>, keys: Option<&Keys>) -> Result<bool, DecodeError> {
        if message.level == SecurityLevel::NoAuthNoPriv {
            return Ok(false);
        }
        let unproven = DecodeError::Unproven;
        let keys = keys.ok_or(unproven("from another engine than was asked"))?;
        let key = keys.auth.as_ref().ok_or(unproven("signed, where no key can tell by whom"))?;
        if message.user != self.trust.user().name.expose().as_bytes() {
            return Err(unproven("for another user than asked"));
        }
        if message.signature.len() != key.protocol().signature_len() {
            return Err(unproven("its signature has another length than the protocol says"));
        }
        match key.verify(message.whole, message.signature_at) {
            true => Ok(true),
            false => Err(unproven("its signature is not the engine's")),
        }
    }
}

/// The scoped PDU. What is encrypted was signed, and the signature is right.
fn decrypt(message: &Message<'_>, keys: Option<&Keys>, packet: &Bytes) -> Result<Bytes, DecodeError> {
    if message.level != SecurityLevel::AuthPriv {
        return Ok(packet.slice_ref(message.data));
    }
    let key = keys.and_then(|keys| keys.privacy.as_ref());
    let key = key.ok_or(DecodeError::Unproven("encrypted, where there is no key for it"))?;
    let mut plain = message.data.to_vec();
    let EngineTime { boots, time } = message.shown;
    key.decrypt(boots, time, message.salt, &mut plain).map_err(DecodeError::Malformed)?;
    Ok(plain.into())
}

fn report(
    message: &Message<'_>,
    reader: &mut AsnReader<'_>,
    plain: &Bytes,
    proof: Proof,
) -> Result<DecodeError, DecodeError> {
    let bad = DecodeError::Malformed;
    let engine = EngineId::new(message.engine).ok_or(bad("a report without an engine id"))?;
    // Its request-id says nothing: an engine that cannot decrypt a request does not know it.
    let (_, answer) = Answer::read(reader, snmp::MSG_REPORT, plain, plain.len())?;
    let mut complaint = None;
    answer.each(|name, _| {
        complaint.get_or_insert_with(|| Complaint::from_name(name));
    });
    let complaint = complaint.ok_or(bad("a report about nothing"))?;
    Ok(DecodeError::Report(Box::new(Report { complaint, engine, shown: message.shown, proof })))
}

#[cfg(test)]
mod tests;
