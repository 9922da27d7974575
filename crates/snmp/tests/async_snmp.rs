//! A second opinion on SNMPv3: an agent on a stack that shares nothing with this client but the hashes and ciphers.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use async_snmp::handler::{BoxFuture, GetNextResult, GetResult, HandlerResult, MibHandler, RequestContext};
use async_snmp::v3::{AuthoritativeEngine, DesSaltState};
use async_snmp::{Oid as TheirOid, Value as TheirValue, VarBind};
use ward_snmp::usm::{Authentication, Context, Privacy, Security, SecurityLevel};
use ward_snmp::{
    AuthProtocol, Client, Credentials, Limits, Oid, PrivProtocol, Secret, Subtree, Target, User, Value,
    Wanted,
};

const COLUMN: [u32; 10] = [1, 3, 6, 1, 2, 1, 2, 2, 1, 10];
const ROWS: u32 = 200;
const AUTH_PASSWORD: &str = "an auth password";
const PRIV_PASSWORD: &str = "a priv password";

/// A column of so many rows, each with its index as value.
struct Column;

fn cell(row: u32) -> TheirOid {
    TheirOid::from_slice(&[&COLUMN[..], &[row]].concat())
}

impl MibHandler for Column {
    fn get<'a>(&'a self, _: &'a RequestContext, _: &'a TheirOid) -> BoxFuture<'a, HandlerResult<GetResult>> {
        Box::pin(async { Ok(GetResult::NoSuchObject) })
    }

    fn get_next<'a>(
        &'a self,
        _: &'a RequestContext,
        asked: &'a TheirOid,
    ) -> BoxFuture<'a, HandlerResult<GetNextResult>> {
        Box::pin(async move {
            let row = (1..=ROWS).find(|row| cell(*row) > *asked);
            Ok(row.map_or(GetNextResult::EndOfMibView, |row| {
                GetNextResult::Value(VarBind::new(cell(row), TheirValue::Counter32(row)))
            }))
        })
    }
}

fn theirs(auth: AuthProtocol, privacy: PrivProtocol) -> (async_snmp::AuthProtocol, async_snmp::PrivProtocol) {
    let auth = match auth {
        AuthProtocol::Md5 => async_snmp::AuthProtocol::Md5,
        AuthProtocol::Sha => async_snmp::AuthProtocol::Sha1,
        AuthProtocol::Sha224 => async_snmp::AuthProtocol::Sha224,
        AuthProtocol::Sha256 => async_snmp::AuthProtocol::Sha256,
        AuthProtocol::Sha384 => async_snmp::AuthProtocol::Sha384,
        AuthProtocol::Sha512 => async_snmp::AuthProtocol::Sha512,
    };
    let privacy = match privacy {
        PrivProtocol::Des => async_snmp::PrivProtocol::Des,
        PrivProtocol::Aes => async_snmp::PrivProtocol::Aes128,
        PrivProtocol::Aes192 => async_snmp::PrivProtocol::Aes192Blumenthal,
        PrivProtocol::Aes256 => async_snmp::PrivProtocol::Aes256Blumenthal,
        PrivProtocol::Aes192C => async_snmp::PrivProtocol::Aes192Reeder,
        PrivProtocol::Aes256C => async_snmp::PrivProtocol::Aes256Reeder,
    };
    (auth, privacy)
}

fn all_pairs() -> impl Iterator<Item = (AuthProtocol, PrivProtocol)> {
    AuthProtocol::ALL.iter().flat_map(|&auth| PrivProtocol::ALL.iter().map(move |&privacy| (auth, privacy)))
}

async fn agent() -> async_snmp::Agent {
    let engine = AuthoritativeEngine::install(b"\x80\0\0\0\x05second".to_vec(), |_| Ok::<(), Infallible>(()))
        .expect("an engine");
    let mut builder = async_snmp::Agent::builder()
        .bind("127.0.0.1:0")
        .authoritative_engine(engine)
        .des_salt_state(DesSaltState::install(|_| Ok::<(), Infallible>(())).expect("salts"))
        .handler(TheirOid::from_slice(&COLUMN), Arc::new(Column))
        .allow_all_access();
    for (auth, privacy) in all_pairs() {
        let name = format!("{auth}_{privacy}");
        let (auth, privacy) = theirs(auth, privacy);
        let added = builder.usm_user(name, |user| {
            user.auth_priv(auth, AUTH_PASSWORD.as_bytes(), privacy, PRIV_PASSWORD.as_bytes())
        });
        builder = added.expect("a user");
    }
    builder.build().await.expect("a free port")
}

#[tokio::test]
async fn another_stack_understands_every_protocol() {
    let agent = agent().await;
    let address = agent.local_addr();
    let stop = agent.cancellation_token();
    let running = tokio::spawn(async move { agent.run().await });
    let column = Subtree { oid: Oid::from(COLUMN), scalar: false };
    let wanted = Wanted { subtrees: vec![column], ..Wanted::default() };
    let client = Client::new(7);
    for (auth, privacy) in all_pairs() {
        let authentication = Authentication { protocol: auth, password: Secret::new(AUTH_PASSWORD) };
        let encryption = Privacy { protocol: privacy, password: Secret::new(PRIV_PASSWORD) };
        for &level in SecurityLevel::ALL {
            let user = User {
                name: Secret::new(format!("{auth}_{privacy}")),
                name_is_public: true,
                security: match level {
                    SecurityLevel::NoAuthNoPriv => Security::NoAuthNoPriv,
                    SecurityLevel::AuthNoPriv => Security::AuthNoPriv(authentication.clone()),
                    SecurityLevel::AuthPriv => Security::AuthPriv(authentication.clone(), encryption.clone()),
                },
                context: Context::default(),
            };
            let limits = Limits { timeout: Duration::from_secs(1), ..Limits::default() };
            let target = Target::new(address, Credentials::V3(user), limits);
            let harvest = client.harvest(&target, &wanted, None).await;
            assert_eq!(harvest.failure, None, "{level} {auth} {privacy}");
            let values: Vec<_> = harvest.columns[0].cells.iter().map(|cell| cell.value.clone()).collect();
            let expected: Vec<_> = (1..=ROWS).map(|row| Value::Counter32(row.into())).collect();
            assert_eq!(values, expected, "{level} {auth} {privacy}");
        }
    }
    stop.cancel();
    let _ = running.await;
}
