//! Agents that do wrong, as snmp_exporter takes them and as ours does, with stored answers.

use lab::Agent;
use ward_e2e::agents;

use crate::group::{Group, Question};
use crate::versions::{MODULES, device};

const SAME: &str = "";
const WORDS: &str = "packets that are no SNMP messages are told in other words";
const ALL_ROWS: &str = "an error costs what cannot be read, and no row beside it";
const LOOPS: &str = "an agent that goes back is told of, and in other words";
const EMPTY: &str = "an answer without varbinds is an error: what was asked is not there to be missing";
const CREDENTIALS: &str = "an agent that refuses the credentials is told as such";

/// What agents do in SNMPv2c and v1, and why ours answers otherwise, where it does.
const FAULTS: &[(&str, &str, &str)] = &[
    ("drop@1", SAME, SAME),
    ("drop@3", SAME, SAME),
    ("drop", SAME, SAME),
    ("late:300ms@2", SAME, SAME),
    ("duplicate", SAME, SAME),
    ("other_port", SAME, SAME),
    ("wrong_request_id@2", SAME, SAME),
    ("wrong_request_id", SAME, SAME),
    ("wrong_community@2", SAME, SAME),
    ("wrong_community", SAME, SAME),
    ("cut_packet@2", SAME, SAME),
    ("cut_packet", WORDS, WORDS),
    ("garbage@2", SAME, SAME),
    ("garbage", WORDS, WORDS),
    ("too_big@2", ALL_ROWS, ALL_ROWS),
    ("too_big:20", ALL_ROWS, SAME),
    ("too_big", SAME, SAME),
    ("gen_err@2", ALL_ROWS, ALL_ROWS),
    ("gen_err:1.3.6.1.4.1.50000.1.2.20", ALL_ROWS, ALL_ROWS),
    ("gen_err:1.3.6.1.4.1.50000.2.0", SAME, SAME),
    ("gen_err", SAME, SAME),
    ("error_status:2@1", ALL_ROWS, SAME),
    ("error_status:16", CREDENTIALS, CREDENTIALS),
    ("error_status_empty:5@2", ALL_ROWS, ALL_ROWS),
    ("empty_varbinds@1", EMPTY, EMPTY),
    ("echo_request_oid@2", LOOPS, LOOPS),
    ("echo_request_oid", LOOPS, LOOPS),
    ("swap_first_two", SAME, SAME),
    ("duplicate_first", SAME, SAME),
    ("truncate:3", SAME, SAME),
    ("truncate:1", SAME, SAME),
    ("last_less_than_earlier", SAME, SAME),
    ("loop", LOOPS, LOOPS),
    ("undecodable:ip", SAME, SAME),
    ("undecodable:length", SAME, SAME),
    ("hide_row:3", SAME, SAME),
];

#[test]
fn agents_that_do_wrong() {
    let modules = MODULES.replace("    walk:", "    timeout: 200ms\n    retries: 2\n    walk:");
    let config = format!("auths: {{v1: {{version: 1}}, v2: {{version: 2}}}}\n{modules}");
    let mut group = Group::start("faults", &config, &[]);
    for (fault, in_v2, in_v1) in FAULTS {
        for (auth, why) in [("v2", *in_v2), ("v1", *in_v1)] {
            let agent = || agents::start(Agent::new(device(42)).fault(fault.parse().expect("a fault")));
            let (theirs, ours) = (agent(), agent());
            let (what, query) = (format!("{fault} {auth}"), format!("module=table&auth={auth}"));
            let otherwise = Some(why).filter(|why| *why != SAME);
            let question = Question { what: &what, query: &query, otherwise, ..Question::default() };
            group.put_to(&question, theirs.addr(), ours.addr());
        }
    }
    group.conclude(20);
}
