//! What is known between two conversations of a device's engine. Soft state: losing it costs a packet.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Engine, Security, User};
use crate::Secret;

/// Users remembered for each device.
const MOST_USERS: usize = 8;

/// One user at one device: which engine answers there. Contexts share it.
#[derive(Debug)]
pub struct Session {
    name: Secret,
    security: Security,
    engine: Mutex<Option<Arc<Engine>>>,
}

impl Session {
    fn new(user: &User) -> Self {
        Self { name: user.name.clone(), security: user.security.clone(), engine: Mutex::default() }
    }

    /// The engine, where it is known.
    pub fn engine(&self) -> Option<Arc<Engine>> {
        self.slot().clone()
    }

    /// This engine answers from now on. What is still to be proven takes the place of nothing else.
    pub fn adopt(&self, engine: &Arc<Engine>) {
        let mut slot = self.slot();
        if engine.is_proven() || slot.as_ref().is_none_or(|known| !known.is_proven()) {
            *slot = Some(engine.clone());
        }
    }

    /// Forgets an engine that has proven nothing: the next conversation asks anew who is there.
    pub fn doubt(&self) {
        self.slot().take_if(|engine| !engine.is_proven());
    }

    fn slot(&self) -> MutexGuard<'_, Option<Arc<Engine>>> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The users of one device.
#[derive(Debug, Default)]
pub struct Sessions(Mutex<Vec<Arc<Session>>>);

impl Sessions {
    /// That of this user with these passwords.
    pub fn get(&self, user: &User) -> Arc<Session> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().position(|s| s.name == user.name && s.security == user.security);
        let session = match found {
            Some(at) => known.remove(at),
            None => Arc::new(Session::new(user)),
        };
        // The one used last stands last; the first goes when there are too many.
        known.push(session.clone());
        if known.len() > MOST_USERS {
            known.remove(0);
        }
        session
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::usm::{Clock, Context, EngineId, EngineTime};

    fn user(name: &str) -> User {
        let (security, context) = (Security::NoAuthNoPriv, Context::default());
        User { name: Secret::new(name), name_is_public: true, security, context }
    }

    fn engine(octet: u8) -> Arc<Engine> {
        let clock = Clock::claimed(EngineTime { boots: 0, time: 0 }, Instant::now());
        Arc::new(Engine::new(EngineId::new(&[octet; 9]).unwrap(), &Security::NoAuthNoPriv, clock))
    }

    #[test]
    fn users_are_told_apart_and_contexts_are_not() {
        let sessions = Sessions::default();
        let first = sessions.get(&user("a"));
        let other_context = Context { name: "vrf-a".into(), engine_id: None };
        assert!(Arc::ptr_eq(&first, &sessions.get(&User { context: other_context, ..user("a") })));
        assert!(!Arc::ptr_eq(&first, &sessions.get(&user("b"))));
        for nth in 0..MOST_USERS * 2 {
            sessions.get(&user(&format!("u{nth}")));
        }
        assert!(!Arc::ptr_eq(&first, &sessions.get(&user("a"))), "the users used longest ago are forgotten");
        assert_eq!(sessions.0.lock().unwrap().len(), MOST_USERS);
    }

    #[test]
    fn a_proven_engine_yields_to_a_proven_one_only() {
        let session = Session::new(&user("a"));
        let (first, second, third) = (engine(1), engine(2), engine(3));
        let known = || session.engine().map(|engine| engine.id().octets()[0]);
        session.adopt(&first);
        session.adopt(&second);
        assert_eq!(known(), Some(2), "nothing was proven yet");
        session.doubt();
        assert_eq!(known(), None);
        first.prove();
        session.adopt(&first);
        session.adopt(&third);
        session.doubt();
        assert_eq!(known(), Some(1));
        third.prove();
        session.adopt(&third);
        assert_eq!(known(), Some(3));
    }
}
