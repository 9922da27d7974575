//! Any bytes as what an SNMPv3 agent sends, once as they are and once as the PDU of a message that is signed and encrypted
//! as it should be, so that what is behind the signature is reached:
//! `cargo +nightly fuzz run secured -- -max_total_time=60`.
#![no_main]

use std::sync::LazyLock;
use std::time::Instant;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use ward_snmp::codec::message::{self, Header};
use ward_snmp::codec::{Codec, DecodeError, message_id};
use ward_snmp::usm::{Authentication, Context, EngineId, EngineTime, Keys, Privacy, Security, Sessions};
use ward_snmp::{AuthProtocol, Credentials, PrivProtocol, Secret, User};

const ENGINE: &[u8] = b"\x80\0\0\0\x05ward";
const SHOWN: EngineTime = EngineTime { boots: 3, time: 1000 };

static USER: LazyLock<User> = LazyLock::new(|| {
    let password = Secret::new("a password");
    let authentication = Authentication { protocol: AuthProtocol::Sha256, password: password.clone() };
    let security = Security::AuthPriv(authentication, Privacy { protocol: PrivProtocol::Aes, password });
    User { name: Secret::new("ward"), name_is_public: true, security, context: Context::default() }
});
static ID: LazyLock<EngineId> = LazyLock::new(|| EngineId::new(ENGINE).expect("an engine id"));
static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys::localised(&USER.security, &ID));

fn read(packet: Vec<u8>, now: Instant) {
    let mut codec = Codec::new(&Credentials::V3(USER.clone()), &Sessions::default());
    let packet = Bytes::from(packet);
    let id = message_id(&packet).unwrap_or(7);
    if let Codec::Secured(secured) = &mut codec {
        secured.trust.found(ID.clone(), SHOWN, now);
    }
    match codec.decode(id, &packet, now) {
        Ok(answer) => answer.each(|_, _| ()),
        Err(DecodeError::Report(report)) => {
            if let Codec::Secured(secured) = &mut codec {
                secured.trust.on_report(&report, now);
            }
        }
        Err(_) => (),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let now = Instant::now();
    read(bytes.to_vec(), now);
    let header = Header { id: 7, engine: ENGINE, shown: SHOWN, user: b"ward", ..Header::default() };
    read(message::write(&header, &KEYS, [7; 8], bytes), now);
});
