//! SNMPv1, v2c and v3 at every level, contexts, and TCP, with stored answers.

use lab::v3::{AuthProtocol, Level, PrivProtocol, User};
use lab::{Agent, Mib, Value};
use ward_e2e::agents;

use crate::group::{Group, Question};

const PASSWORD: &str = "authentication";
const PRIV_PASSWORD: &str = "encryption";

pub const MODULES: &str = "
modules:
  table:
    walk: [1.3.6.1.4.1.50000.1]
    get: [1.3.6.1.4.1.50000.2.0, 1.3.6.1.4.1.50000.3.0]
    metrics:
    - {name: number, oid: 1.3.6.1.4.1.50000.1.1, type: gauge, indexes: [{labelname: i, type: gauge}], lookups: [{labels: [i], labelname: name, oid: 1.3.6.1.4.1.50000.1.2, type: DisplayString}]}
    - {name: large, oid: 1.3.6.1.4.1.50000.1.3, type: counter, indexes: [{labelname: i, type: gauge}]}
    - {name: scalar, oid: 1.3.6.1.4.1.50000.2, type: gauge}
    - {name: absent, oid: 1.3.6.1.4.1.50000.3, type: gauge}
";

/// A table of thirty rows, more than one answer holds, a scalar, and something behind them.
pub fn device(scalar: i64) -> Mib {
    let base = [1, 3, 6, 1, 4, 1, 50_000];
    let mut objects = vec![(vec![2, 0], Value::Integer(scalar)), (vec![9, 0], Value::Integer(0))];
    for row in 1..=30 {
        objects.push((vec![1, 1, row], Value::Gauge32(row)));
        objects.push((vec![1, 2, row], Value::text(&format!("row {row}"))));
        objects.push((vec![1, 3, row], Value::Counter64(u64::from(row) << 40)));
    }
    let objects = objects.into_iter().map(|(name, value)| ([&base[..], &name].concat(), value));
    Mib::of(objects.map(|(name, value)| (name.as_slice().into(), value)).collect::<Vec<(lab::Oid, _)>>())
        .expect("names fit packets")
}

/// An auth profile of version 3, and the user it is of.
fn profiles() -> Vec<(String, String, User)> {
    let mut all =
        vec![("plain".to_string(), "{version: 3, username: plain}".to_string(), User::no_auth("plain"))];
    for auth in AuthProtocol::ALL {
        let name = auth.name();
        let of_auth = format!(
            "version: 3, username: {name}, auth_protocol: {name}, password: {PASSWORD}, security_level:"
        );
        all.push((
            name.into(),
            format!("{{{of_auth} authNoPriv}}"),
            User::auth_no_priv(name, auth, PASSWORD),
        ));
        for privacy in PrivProtocol::ALL {
            let both = format!("{name}_{}", privacy.name());
            let of_auth = of_auth.replace(&format!("username: {name}"), &format!("username: {both}"));
            let profile = format!(
                "{{{of_auth} authPriv, priv_protocol: {}, priv_password: {PRIV_PASSWORD}}}",
                privacy.name()
            );
            let user = User::auth_priv(&both, auth, PASSWORD, privacy, PRIV_PASSWORD);
            all.push((both, profile, user));
        }
    }
    all
}

#[test]
fn every_version_and_level() {
    let profiles = profiles();
    let mut auths = String::from(
        "auths:\n  v1: {version: 1}\n  v2: {version: 2}\n  community: {version: 2, community: secret}\n",
    );
    for (name, profile, _) in &profiles {
        auths += &format!("  {name}: {profile}\n");
    }
    let wrong = "version: 3, username: SHA_AES, auth_protocol: SHA, priv_protocol: AES, security_level:";
    auths += "  in_context: {version: 3, username: plain, context_name: vlan-7}\n";
    auths += &format!("  wrong_password: {{{wrong} authNoPriv, password: not-the-password}}\n");
    auths += "  wrong_user: {version: 3, username: nobody}\n";
    let mut group = Group::start("versions", &format!("{auths}{MODULES}"), &[]);
    let agent = || {
        let agent =
            profiles.iter().fold(Agent::new(device(42)), |agent, (_, _, user)| agent.user(user.clone()));
        agents::start(agent.context("vlan-7", device(7)))
    };
    let (theirs, ours) = (agent(), agent());
    let names = profiles.iter().map(|(name, ..)| name.as_str());
    for auth in names.chain(["v1", "v2", "in_context"]) {
        let query = format!("module=table&auth={auth}");
        let stored_as = match auth {
            "v1" => "v1, without 64-bit counters",
            "in_context" => "of the context",
            _ => "all",
        };
        let question = Question { what: auth, stored_as, query: &query, ..Question::default() };
        group.put_to(&question, theirs.addr(), ours.addr());
    }
    let clearer = Some("what is wrong with a user or a context is told in other words");
    for (what, stored_as, query, otherwise) in [
        ("context of the request", "of the context", "module=table&auth=plain&snmp_context=vlan-7", None),
        ("no context of the request", "of the context", "module=table&auth=in_context&snmp_context=", None),
        ("context over v2c", "all", "module=table&auth=v2&snmp_context=vlan-7", None),
        ("unknown context", "", "module=table&auth=plain&snmp_context=nowhere", clearer),
        ("wrong password", "", "module=table&auth=wrong_password", clearer),
        ("wrong user", "", "module=table&auth=wrong_user", clearer),
    ] {
        let question = Question { what, stored_as, query, otherwise, ..Question::default() };
        group.put_to(&question, theirs.addr(), ours.addr());
    }
    let (theirs, ours) = (agents::over_tcp(theirs.addr()), agents::over_tcp(ours.addr()));
    for auth in ["v1", "v2", "plain", "SHA_AES", "SHA512_AES256"] {
        for transport in ["tcp", "tcp4"] {
            let query = format!("/snmp?target={transport}://AGENT&module=table&auth={auth}");
            let stored_as = if auth == "v1" { "v1, without 64-bit counters" } else { "all" };
            let what = format!("{transport} {auth}");
            let question = Question { what: &what, stored_as, query: &query, ..Question::default() };
            group.put_to(&question, theirs, ours);
        }
    }
    let secret = || {
        let user = User::no_auth("plain").at_least(Level::NoAuthNoPriv);
        agents::start(Agent::new(device(1)).community("secret").user(user))
    };
    let (theirs, ours) = (secret(), secret());
    let query = "module=table&auth=community";
    group.put_to(&Question { what: "community", query, ..Question::default() }, theirs.addr(), ours.addr());
    group.conclude(40);
}
