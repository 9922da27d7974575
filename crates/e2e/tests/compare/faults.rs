//! Agents that do wrong, as snmp_exporter takes them and as ours does, with stored answers.

use lab::Agent;
use ward_e2e::agents;

use crate::group::{Group, Question};
use crate::versions::{MODULES, device};

const SAME: &str = "";

/// What agents do, and why ours answers otherwise, where it does.
const FAULTS: &[(&str, &str)] = &[
    ("drop@1", SAME),
    ("drop@3", SAME),
    ("drop@/2", SAME),
    ("drop", SAME),
    ("late:50ms", SAME),
    ("late:300ms@2", SAME),
    ("duplicate", SAME),
    ("other_port", SAME),
    ("wrong_request_id@2", SAME),
    ("wrong_request_id", SAME),
    ("wrong_community@2", SAME),
    ("wrong_community", SAME),
    ("cut_packet@2", SAME),
    ("cut_packet", SAME),
    ("garbage@2", SAME),
    ("garbage", SAME),
    ("too_big@2", SAME),
    ("too_big:20", SAME),
    ("too_big", SAME),
    ("gen_err@2", SAME),
    ("gen_err:1.3.6.1.4.1.50000.1.2.30", SAME),
    ("gen_err:1.3.6.1.4.1.50000.2.0", SAME),
    ("gen_err", SAME),
    ("error_status:2@1", SAME),
    ("error_status:16", SAME),
    ("error_status_empty:5@2", SAME),
    ("empty_varbinds@1", SAME),
    ("empty_varbinds@2", SAME),
    ("echo_request_oid@2", SAME),
    ("echo_request_oid", SAME),
    ("swap_first_two", SAME),
    ("duplicate_first", SAME),
    ("truncate:3", SAME),
    ("truncate:1", SAME),
    ("last_less_than_earlier@2", SAME),
    ("last_less_than_earlier", SAME),
    ("loop", SAME),
    ("undecodable:integer@2", SAME),
    ("undecodable:ip", SAME),
    ("undecodable:length", SAME),
    ("hide_row:3", SAME),
];

#[test]
fn agents_that_do_wrong() {
    let modules = MODULES.replace("    walk:", "    timeout: 200ms\n    retries: 2\n    walk:");
    let config = format!("auths: {{public_v1: {{version: 1}}, public_v2: {{version: 2}}}}\n{modules}");
    let mut group = Group::start("faults", &config, &[]);
    for (fault, why) in FAULTS {
        for auth in ["public_v2", "public_v1"] {
            let agent = || agents::start(Agent::new(device(42)).fault(fault.parse().expect("a fault")));
            let (theirs, ours) = (agent(), agent());
            let (what, query) = (format!("{fault} {auth}"), format!("module=table&auth={auth}"));
            let otherwise = if *why == SAME { None } else { Some(*why) };
            let question = Question { what: &what, query: &query, otherwise, ..Question::default() };
            let t = std::time::Instant::now();
            group.put_to(&question, theirs.addr(), ours.addr());
            if t.elapsed().as_millis() > 300 {
                println!(
                    "SLOW {what} {:?} {}/{}",
                    t.elapsed(),
                    theirs.stats().requests,
                    ours.stats().requests
                );
            }
        }
    }
    group.conclude(0);
}
