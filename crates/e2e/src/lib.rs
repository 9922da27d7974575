//! Tests that start the real programs and look from outside. The library is the harness, the stories are in `tests/`.
//!
//! | room | holds |
//! |---|---|
//! | [`agents`] | simulated agents within the test's own process |
//! | [`asking`] | the dashboards' questions, asked of a VictoriaMetrics |
//! | [`borders`] | which crate may name which, and which rooms of a crate may do IO |
//! | [`cases`] | acceptance cases that were run against snmp_exporter |
//! | [`compare`] | two answers to one scrape: where they differ, what of that is meant, answers that are stored |
//! | [`dashboards`] | the dashboards of `grafana/`, and what they ask |
//! | [`definition`] | modules as files define them, read by a reader of our tests' own |
//! | [`documents`] | what the documentation tells people to type and to ask |
//! | [`exporter`] | a running `ward-exporter` |
//! | [`exposition`] | a strict reader of the Prometheus text format |
//! | [`http`] | one request, one answer |
//! | [`lab`] | a running `ward-lab serve` |
//! | [`netns`] | network namespaces with as many interfaces as a test wants |
//! | [`process`] | a program that is started, waited for and never left behind |
//! | [`programs`] | where our own programs are, and whether a foreign one is installed |
//! | [`promql`] | questions to VictoriaMetrics |
//! | [`replay`] | the rules of `alerting-rules/` over a past that is given |
//! | [`selectors`] | which series and labels a PromQL question names |
//! | [`snmp_exporter`] | the real snmp_exporter, and ours started the same way |
//! | [`snmpd`] | net-snmp's agent, and net-snmp's own walk as the truth about it |
//! | [`v3`] | users of SNMPv3, net-snmp's agent that knows them, and an exporter whose clock can be moved |
//! | [`synthetic`] | devices made up for a module |
//! | [`victoria`] | VictoriaMetrics and vmagent |
//!
//! A test whose program is not installed says so and passes; with `WARD_REQUIRE_ALL=1`, as in CI, it fails.

pub mod agents;
pub mod asking;
pub mod borders;
pub mod cases;
pub mod compare;
pub mod dashboards;
pub mod definition;
pub mod documents;
pub mod exporter;
pub mod exposition;
pub mod http;
pub mod lab;
pub mod netns;
pub mod process;
pub mod programs;
pub mod promql;
pub mod replay;
pub mod selectors;
pub mod snmp_exporter;
pub mod snmpd;
pub mod synthetic;
pub mod v3;
pub mod victoria;
