//! What an agent reports about messages it cannot accept (RFC 3414 §3.2, RFC 3412 §7.2, RFC 3413 §3.2).

use std::str::FromStr;

use crate::oid::Oid;

/// Why a message was not accepted. As a text: `level`, `time`, `user`, `engine`, `digest`, `decryption`, `context`
/// or `pdu_handler`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReportKind {
    /// usmStatsUnsupportedSecLevels: the user has no keys for this security level.
    UnsupportedSecLevels,
    /// usmStatsNotInTimeWindows: the message is too old, or for another boot.
    NotInTimeWindows,
    /// usmStatsUnknownUserNames.
    UnknownUserNames,
    /// usmStatsUnknownEngineIDs: the message is for another engine; discovery begins with it.
    UnknownEngineIds,
    /// usmStatsWrongDigests.
    WrongDigests,
    /// usmStatsDecryptionErrors.
    DecryptionErrors,
    /// snmpUnknownContexts.
    UnknownContexts,
    /// snmpUnknownPDUHandlers: nobody here speaks for this contextEngineID.
    UnknownPduHandlers,
}

impl ReportKind {
    /// All there are.
    pub const ALL: [ReportKind; 8] = [
        Self::UnsupportedSecLevels,
        Self::NotInTimeWindows,
        Self::UnknownUserNames,
        Self::UnknownEngineIds,
        Self::WrongDigests,
        Self::DecryptionErrors,
        Self::UnknownContexts,
        Self::UnknownPduHandlers,
    ];

    /// The object that counts it.
    pub fn oid(self) -> Oid {
        let usm_stats = |column| Oid::from([1, 3, 6, 1, 6, 3, 15, 1, 1, column, 0]);
        match self {
            Self::UnsupportedSecLevels => usm_stats(1),
            Self::NotInTimeWindows => usm_stats(2),
            Self::UnknownUserNames => usm_stats(3),
            Self::UnknownEngineIds => usm_stats(4),
            Self::WrongDigests => usm_stats(5),
            Self::DecryptionErrors => usm_stats(6),
            Self::UnknownContexts => Oid::from([1, 3, 6, 1, 6, 3, 12, 1, 5, 0]),
            Self::UnknownPduHandlers => Oid::from([1, 3, 6, 1, 6, 3, 11, 2, 1, 3, 0]),
        }
    }

    /// The kind whose object this is.
    pub fn of(oid: &Oid) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.oid() == *oid)
    }

    /// What went wrong, for people.
    pub fn reason(self) -> &'static str {
        match self {
            Self::UnsupportedSecLevels => "the user has no keys for this security level",
            Self::NotInTimeWindows => "the clocks differ",
            Self::UnknownUserNames => "there is no such user",
            Self::UnknownEngineIds => "the engine is another one",
            Self::WrongDigests => "the authentication password or protocol is wrong",
            Self::DecryptionErrors => "the privacy password or protocol is wrong",
            Self::UnknownContexts => "there is no such context",
            Self::UnknownPduHandlers => "nobody speaks for this context engine",
        }
    }
}

impl FromStr for ReportKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Ok(match text {
            "level" => Self::UnsupportedSecLevels,
            "time" => Self::NotInTimeWindows,
            "user" => Self::UnknownUserNames,
            "engine" => Self::UnknownEngineIds,
            "digest" => Self::WrongDigests,
            "decryption" => Self::DecryptionErrors,
            "context" => Self::UnknownContexts,
            "pdu_handler" => Self::UnknownPduHandlers,
            _ => return Err(()),
        })
    }
}

/// How often each was found: the counters of RFC 3414 §5, and two of RFC 3412 and RFC 3413.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UsmStats {
    /// usmStatsUnsupportedSecLevels.
    pub unsupported_sec_levels: u32,
    /// usmStatsNotInTimeWindows.
    pub not_in_time_windows: u32,
    /// usmStatsUnknownUserNames.
    pub unknown_user_names: u32,
    /// usmStatsUnknownEngineIDs; a discovery is one.
    pub unknown_engine_ids: u32,
    /// usmStatsWrongDigests.
    pub wrong_digests: u32,
    /// usmStatsDecryptionErrors.
    pub decryption_errors: u32,
    /// snmpUnknownContexts.
    pub unknown_contexts: u32,
    /// snmpUnknownPDUHandlers.
    pub unknown_pdu_handlers: u32,
}

impl UsmStats {
    /// Counts one more, and gives their number.
    pub fn count(&mut self, kind: ReportKind) -> u32 {
        let counter = match kind {
            ReportKind::UnsupportedSecLevels => &mut self.unsupported_sec_levels,
            ReportKind::NotInTimeWindows => &mut self.not_in_time_windows,
            ReportKind::UnknownUserNames => &mut self.unknown_user_names,
            ReportKind::UnknownEngineIds => &mut self.unknown_engine_ids,
            ReportKind::WrongDigests => &mut self.wrong_digests,
            ReportKind::DecryptionErrors => &mut self.decryption_errors,
            ReportKind::UnknownContexts => &mut self.unknown_contexts,
            ReportKind::UnknownPduHandlers => &mut self.unknown_pdu_handlers,
        };
        *counter = counter.wrapping_add(1);
        *counter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_known_by_its_object() {
        for kind in ReportKind::ALL {
            assert_eq!(ReportKind::of(&kind.oid()), Some(kind));
        }
        assert_eq!(
            ReportKind::of(&"1.3.6.1.6.3.15.1.1.4.0".parse().unwrap()),
            Some(ReportKind::UnknownEngineIds)
        );
        assert_eq!(ReportKind::of(&Oid::from([1, 3, 6])), None);
        let mut stats = UsmStats::default();
        assert_eq!((stats.count(ReportKind::WrongDigests), stats.count(ReportKind::WrongDigests)), (1, 2));
        assert_eq!(stats, UsmStats { wrong_digests: 2, ..UsmStats::default() });
    }
}
