//! Scrapes that go with one configuration, whose answers of snmp_exporter are stored: the comparison is with the
//! program where there is one, and with what it said before where there is none.

use std::fs;
use std::net::SocketAddr;

use lab::{Agent, MibBuilder};
use tempfile::TempDir;
use ward_e2e::agents;
use ward_e2e::compare::stored::{Stored, kept};
use ward_e2e::compare::{Same, compare, judge};
use ward_e2e::http::Answer;
use ward_e2e::snmp_exporter::{NoAnswer, Server, Side, installed};

use crate::Tally;

/// A configuration and what both programs make of it.
pub struct Group {
    name: &'static str,
    theirs: Option<Server>,
    ours: Server,
    stored: Stored,
    tally: Tally,
    _folder: TempDir,
}

/// What is asked.
#[derive(Debug, Default, Clone, Copy)]
pub struct Question<'a> {
    /// The name of the answer.
    pub what: &'a str,
    /// The name that the answer is stored under, where several have the same; else its own.
    pub stored_as: &'a str,
    /// What stands in the URL beside the target, or, from its `/` on, all of the URL with `AGENT` for the target.
    pub query: &'a str,
    /// The `Accept` header; none where it is empty.
    pub accept: &'a str,
    /// Why ours answers otherwise, where snmp_exporter gives a good answer all the same.
    pub otherwise: Option<&'a str>,
}

type Outcome = Result<Answer, NoAnswer>;

/// Whether stored answers are to be written anew.
fn storing() -> bool {
    std::env::var("WARD_COMPARE").as_deref() == Ok("store")
}

impl Group {
    /// Starts both with this text of a file of modules and these flags.
    pub fn start(name: &'static str, config: &str, flags: &[&str]) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let file = folder.path().join("snmp.yml");
        fs::write(&file, config).expect("the modules are written");
        let mut arguments: Vec<String> = flags.iter().map(|flag| flag.to_string()).collect();
        arguments.push(format!("--config.file={}", file.display()));
        Self {
            name,
            theirs: installed().map(|_| Server::start(Side::Theirs, arguments.clone())),
            ours: Server::start(Side::Ours, arguments),
            stored: if storing() { Stored::anew(name) } else { Stored::open(name) },
            tally: Tally::default(),
            _folder: folder,
        }
    }

    /// Has both scrape an agent with these objects.
    pub fn scrape(&mut self, what: &str, mib: &MibBuilder, query: &str) {
        self.put(&Question { what, query, ..Question::default() }, mib);
    }

    /// Puts a question to both, with an agent for each.
    pub fn put(&mut self, question: &Question<'_>, mib: &MibBuilder) {
        let agent = || agents::start(Agent::new(mib.build().expect("names fit packets")));
        let (theirs, ours) = (agent(), agent());
        self.put_to(question, theirs.addr(), ours.addr());
    }

    /// Puts a question to both.
    pub fn put_to(&mut self, question: &Question<'_>, theirs: SocketAddr, ours: SocketAddr) {
        let accept = [("Accept", question.accept)];
        let headers: &[(&str, &str)] = if question.accept.is_empty() { &[] } else { &accept };
        let path = |agent: SocketAddr| match question.query {
            whole if whole.starts_with('/') => whole.replace("AGENT", &agent.to_string()),
            query => format!("/snmp?target={agent}&{query}"),
        };
        let ours = self.ours.get(&path(ours), headers);
        let theirs = self.theirs.as_mut().map(|server| server.get(&path(theirs), headers));
        let what = question.what;
        let stored_as = if question.stored_as.is_empty() { what } else { question.stored_as };
        match (self.compare(stored_as, theirs, ours), question.otherwise) {
            (outcome, None) => self.tally.add(what, outcome),
            (Err(_), Some(why)) => *self.tally.known.entry(why.to_string()).or_default() += 1,
            (Ok(same), Some(_)) => {
                self.tally.differences.push(format!("{what}: no longer different: {same:?}"));
            }
        }
    }

    /// Compares with snmp_exporter, where it is, and with what it said before.
    fn compare(&mut self, what: &str, theirs: Option<Outcome>, ours: Outcome) -> Result<Same, String> {
        if storing()
            && let Some(theirs) = &theirs
            && self.stored.get(what).is_none()
        {
            self.stored.set(what, theirs);
        }
        let Some(stored) = self.stored.get(what) else {
            return Err("no answer is stored; WARD_COMPARE=store does so where snmp_exporter is".into());
        };
        let Some(theirs) = theirs else { return judge(stored, &kept(&ours)) };
        if let (Ok(stored), Ok(theirs)) = (stored, &kept(&theirs)) {
            compare(stored, theirs)
                .map_err(|now| format!("snmp_exporter once said something else: {now}"))?;
        }
        judge(&theirs, &ours)
    }

    /// Tells what came of all, and fails where something is different, or too little is the same.
    pub fn conclude(self, least: usize) {
        if storing() {
            self.stored.save();
        }
        self.tally.conclude(self.name, least);
    }
}
