//! Whom one conversation believes: the engine it knows, the one it tries, and what it makes of Reports.
//!
//! Reports are mostly unsigned, so anybody who sees a request can forge one. The rule here: an unsigned Report may cause
//! a request more, but changes nothing that outlives the conversation. What it says is tried beside what is known, and
//! takes its place only after an engine has proven it by an answer.

use std::sync::Arc;
use std::time::Instant;

use super::{
    Clock, Complaint, Context, Engine, EngineId, EngineTime, Proof, Report, Security, Session, User,
};
use crate::Failure;

/// Engines a conversation tries on the word of a Report.
const MOST_TRIALS: u32 = 2;

/// What to do about a Report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// Send the request again, made for what is known now.
    Resend,
    /// Give up: this is proven.
    Refused,
    /// Give up unless an answer comes: this may be forged.
    Doubted,
    /// Wait on: this cannot be meant.
    Ignored,
}

/// What one conversation of a user believes.
#[derive(Debug)]
pub struct Trust {
    user: User,
    session: Arc<Session>,
    /// An engine that is said to answer, and has yet to prove it. The known one is believed as before.
    trial: Option<Arc<Engine>>,
    trials: u32,
}

impl Trust {
    /// What is believed at the start: what the session knows.
    pub fn new(user: User, session: Arc<Session>) -> Self {
        Self { user, session, trial: None, trials: 0 }
    }

    /// The user.
    pub fn user(&self) -> &User {
        &self.user
    }

    /// What outlives the conversation.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The engine to make requests for.
    pub fn engine(&self) -> Option<Arc<Engine>> {
        self.trial.clone().or_else(|| self.session.engine())
    }

    /// The engines of this name whose messages are believed. There are two where one is said to have set its clock
    /// back: then they differ in nothing else, and the tried one comes first.
    pub fn engines(&self, id: &[u8]) -> (Option<Arc<Engine>>, Option<Arc<Engine>>) {
        let is_its = |engine: &Arc<Engine>| engine.id().octets() == id;
        (self.trial.clone().filter(is_its), self.session.engine().filter(is_its))
    }

    /// An engine says who it is, as it was asked to when none was known.
    pub fn found(&mut self, id: EngineId, shown: EngineTime, now: Instant) {
        let engine = Engine::new(id, &self.user.security, Clock::claimed(shown, now));
        self.session.adopt(&Arc::new(engine));
    }

    /// This engine has answered as only it can.
    pub fn proven(&mut self, engine: &Arc<Engine>) {
        engine.prove();
        self.session.adopt(engine);
        self.trial = None;
    }

    /// What a Report means.
    pub fn on_report(&mut self, report: &Report, now: Instant) -> Reaction {
        let Some(engine) = self.engine() else {
            // Another conversation has come to doubt who was there, and so this one asked, too.
            self.found(report.engine.clone(), report.shown, now);
            return Reaction::Resend;
        };
        let is_its = report.engine == *engine.id();
        let claimed = Clock::claimed(report.shown, now);
        match (report.complaint, report.proof) {
            // Its time was taken when its signature was checked.
            (Complaint::NotInTimeWindow, Proof::Full) => Reaction::Resend,
            // Signed, and for a request of now, but older than what came before: a device that does not count its
            // starts has started anew, or somebody who has recorded such a Report plays it again.
            (Complaint::NotInTimeWindow, Proof::FromThePast) => {
                self.attempt(engine.with_clock(Clock::proven(report.shown, now)))
            }
            (Complaint::NotInTimeWindow, Proof::None) if is_its => self.attempt(engine.with_clock(claimed)),
            // The request was made for an engine that was believed to answer then.
            (Complaint::UnknownEngineId, _) if is_its => Reaction::Resend,
            (Complaint::UnknownEngineId, _) => {
                let known = self.session.engine();
                if known.is_some_and(|known| *known.id() == report.engine) {
                    self.trial = None;
                    return Reaction::Resend;
                }
                self.attempt(Engine::new(report.engine.clone(), &self.user.security, claimed))
            }
            (_, Proof::Full) => Reaction::Refused,
            (_, Proof::None) if is_its => Reaction::Doubted,
            _ => Reaction::Ignored,
        }
    }

    /// Why nothing was answered: where an engine said who it is and proved nothing ever after, it may not like the user.
    pub fn unanswered(&self, retries: u32) -> Failure {
        if self.engine().is_none_or(|engine| engine.is_proven()) {
            return Failure::Timeout { retries };
        }
        let has_context = self.user.context != Context::default();
        // Agents report what else is wrong; some are silent about a context, and net-snmp about a privacy password.
        let suspect = match (&self.user.security, has_context) {
            (Security::NoAuthNoPriv, false) => "name",
            (Security::NoAuthNoPriv, true) => "name or context",
            (Security::AuthNoPriv(_), false) => "authentication password or protocol",
            (Security::AuthNoPriv(_), true) => "authentication password, protocol or context",
            (Security::AuthPriv(..), false) => "privacy password or protocol",
            (Security::AuthPriv(..), true) => "privacy password, protocol or context",
        };
        Failure::Ignored { retries, suspect }
    }

    fn attempt(&mut self, engine: Engine) -> Reaction {
        if self.trials >= MOST_TRIALS {
            return Reaction::Doubted;
        }
        self.trials += 1;
        self.trial = Some(Arc::new(engine));
        Reaction::Resend
    }
}

#[cfg(test)]
mod tests;
