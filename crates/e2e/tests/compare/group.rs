//! Scrapes that go with one configuration, whose answers of snmp_exporter are stored: the comparison is with the
//! program where there is one, and with what it said before where there is none.

use std::fs;

use lab::{Agent, MibBuilder, RunningAgent};
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
        let agent = || agents::start(Agent::new(mib.build().expect("names fit packets")));
        self.scrape_agents(what, &agent(), &agent(), query);
    }

    /// Has each scrape its own agent.
    pub fn scrape_agents(&mut self, what: &str, theirs: &RunningAgent, ours: &RunningAgent, query: &str) {
        let (theirs, ours) = self.ask(theirs, ours, query);
        let outcome = self.compare(what, theirs, ours);
        self.tally.add(what, outcome);
    }

    /// The same where ours answers otherwise on purpose, and snmp_exporter gives a good answer all the same. Fails
    /// where the answers are the same by now.
    pub fn otherwise(&mut self, what: &str, why: &'static str, mib: &MibBuilder, query: &str) {
        let agent = agents::start(Agent::new(mib.build().expect("names fit packets")));
        let (theirs, ours) = self.ask(&agent, &agent, query);
        match self.compare(what, theirs, ours) {
            Ok(same) => self.tally.differences.push(format!("{what}: no longer different: {same:?}")),
            Err(_) => *self.tally.known.entry(why).or_default() += 1,
        }
    }

    fn ask(&mut self, theirs: &RunningAgent, ours: &RunningAgent, query: &str) -> (Option<Outcome>, Outcome) {
        let path = |agent: &RunningAgent| format!("/snmp?target={}&{query}", agent.addr());
        let ours = self.ours.get(&path(ours), &[]);
        (self.theirs.as_mut().map(|server| server.get(&path(theirs), &[])), ours)
    }

    /// Compares with snmp_exporter, where it is, and with what it said before.
    fn compare(&mut self, what: &str, theirs: Option<Outcome>, ours: Outcome) -> Result<Same, String> {
        if storing()
            && let Some(theirs) = &theirs
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
