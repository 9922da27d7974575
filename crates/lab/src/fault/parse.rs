//! Faults as texts: `gen_err:1.3.6.1.2.1.2.2.1.10.3@5+`.

use std::str::FromStr;
use std::time::Duration;

use super::{Fault, FaultRule, Nonsense, SecurityFault, When};

/// What faults there are, a line for each.
pub const HELP: &str = "\
Faults:
  drop                     no answer (also: silence)
  late:3s                  the answer comes so much later than it would
  duplicate                the answer comes twice
  other_port               the answer comes from another port
  wrong_request_id         the answer bears another request's number
  wrong_community          the answer bears another community
  cut_packet               the second half of the answer's octets is missing
  garbage                  octets that are no message
  too_big[:20]             tooBig, where more than so many varbinds are asked for
  gen_err[:OID]            genErr, where this object is reached; error-index names it
  error_status:5           this error, with the first varbind, its value NULL, and error-index 1
  error_status_empty:1     this error, without varbinds
  empty_varbinds           noError, and no varbinds
  echo_request_oid         one varbind: the first OID that was asked itself, INTEGER 1
  swap_first_two           the first two varbinds change places
  duplicate_first          the first varbind comes twice
  truncate:3               only the first varbinds
  last_less_than_earlier   the first five varbinds, then the third again
  loop                     the answer begins at the first row of each asked column again
  undecodable[:KIND]       a varbind in the middle that cannot be read; KIND: integer, ip, length
  hide_row:3               the rows with this index are not there
  reboot[:KIND]            v3: the agent has just booted; KIND: engine (a new engine id), forgetful (boots is 1 again)
  clock:-200               v3: the engine time jumps by so many seconds
  blank_discovery          v3: a discovery's Report says boots 0, time 0
  slow_discovery:3s        v3: a discovery's Report comes so much later than it would
  no_report[:KIND]         v3: no Report; KIND: level, time, user, engine, digest, decryption, context, pdu_handler
  forge:KIND               v3: before the answer comes a forged one; KIND: digest, boots, time, engine, response
  forge_report:KIND        v3: before the answer comes a forged Report, not signed
  replay                   v3: before the answer comes the one before it again
  lower_level:none         v3: the answer is less protected than the request: none, or auth
  wrong_msg_id             v3: the answer bears another request's msgID
  wrong_context            v3: the answer is from another context
  wrong_user               v3: the answer bears another user's name
  wrong_digest             v3: the answer's signature is wrong
When:
  drop                     on every request
  drop@5                   on the fifth; drop@5+ from then on; drop@5-9 on those; drop@/3 on every third";

/// Why a text is no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// The name is none of ours.
    #[error(
        "{0:?} is no fault; there are drop, late, duplicate, other_port, wrong_request_id, wrong_community, \
             cut_packet, garbage, too_big, gen_err, error_status, error_status_empty, empty_varbinds, \
             echo_request_oid, swap_first_two, duplicate_first, truncate, last_less_than_earlier, loop, \
             undecodable and hide_row, and for v3 reboot, clock, blank_discovery, slow_discovery, no_report, \
             forge, forge_report, replay, lower_level, wrong_msg_id, wrong_context, wrong_user and wrong_digest"
    )]
    Name(String),
    /// What stands behind the colon does not fit the fault, or is missing.
    #[error("fault {name} takes {wanted} behind its colon, not {got:?}")]
    Argument {
        /// The fault.
        name: String,
        /// What it takes.
        wanted: &'static str,
        /// What it was given.
        got: String,
    },
    /// What stands behind the `@` is no choice of requests.
    #[error(
        "{0:?} does not say when: use 5 (on the fifth request), 5+ (from then on), 5-9 or /3 (every third)"
    )]
    When(String),
}

impl FromStr for FaultRule {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (fault, when) = match text.split_once('@') {
            Some((fault, when)) => (fault, when.parse()?),
            None => (text, When::ALWAYS),
        };
        Ok(Self { fault: fault.parse()?, when })
    }
}

impl TryFrom<String> for FaultRule {
    type Error = FaultError;

    fn try_from(text: String) -> Result<Self, FaultError> {
        text.parse()
    }
}

impl FromStr for When {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let number = |digits: &str| digits.parse().ok().filter(|number| *number > 0);
        let when = if let Some(every) = text.strip_prefix('/') {
            number(every).map(|every| When { from: every, to: u64::MAX, every })
        } else if let Some(from) = text.strip_suffix('+') {
            number(from).map(When::from)
        } else if let Some((from, to)) = text.split_once('-') {
            number(from).zip(number(to)).map(|(from, to)| When { from, to, every: 1 })
        } else {
            number(text).map(When::on)
        };
        when.ok_or_else(|| FaultError::When(text.to_owned()))
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (name, argument) = text.split_once(':').unwrap_or((text, ""));
        let key: String = name
            .chars()
            .filter(|letter| !matches!(letter, '_' | '-'))
            .map(|letter| letter.to_ascii_lowercase())
            .collect();
        let takes = |wanted| FaultError::Argument { name: name.to_owned(), wanted, got: argument.to_owned() };
        let number = || argument.parse().map_err(|_| takes("a number"));
        let error_status = || argument.parse().map_err(|_| takes("an error status from 0 to 255"));
        let fault = match key.as_str() {
            "drop" | "silence" => Fault::Drop,
            "late" => Fault::Late(parse_duration(argument).ok_or_else(|| takes("a time like 3s"))?),
            "duplicate" => Fault::Duplicate,
            "otherport" => Fault::OtherPort,
            "wrongrequestid" => Fault::WrongRequestId,
            "wrongcommunity" => Fault::WrongCommunity,
            "cutpacket" => Fault::CutPacket,
            "garbage" => Fault::Garbage,
            "toobig" if argument.is_empty() => Fault::TooBig(None),
            "toobig" => Fault::TooBig(Some(number()?)),
            "generr" if argument.is_empty() => Fault::GenErr(None),
            "generr" => {
                Fault::GenErr(Some(argument.parse().map_err(|_| takes("an OID like 1.3.6.1.2.1.1.3.0"))?))
            }
            "errorstatus" => Fault::ErrorStatus(error_status()?),
            "errorstatusempty" => Fault::ErrorStatusEmpty(error_status()?),
            "emptyvarbinds" => Fault::EmptyVarbinds,
            "echorequestoid" => Fault::EchoRequestOid,
            "swapfirsttwo" => Fault::SwapFirstTwo,
            "duplicatefirst" => Fault::DuplicateFirst,
            "truncate" => Fault::Truncate(number()?),
            "lastlessthanearlier" => Fault::LastLessThanEarlier,
            "loop" => Fault::Loop,
            "undecodable" => Fault::Undecodable(match argument {
                "" | "integer" => Nonsense::Integer,
                "ip" => Nonsense::IpAddress,
                "length" => Nonsense::Length,
                _ => return Err(takes("integer, ip or length")),
            }),
            "hiderow" => {
                Fault::HideRow(argument.parse().map_err(|_| takes("a row's index, like an ifIndex"))?)
            }
            other => match SecurityFault::parse(other, argument) {
                Ok(fault) => Fault::Security(fault),
                Err(Some(wanted)) => return Err(takes(wanted)),
                Err(None) => return Err(FaultError::Name(name.to_owned())),
            },
        };
        let bare = matches!(
            fault,
            Fault::Drop
                | Fault::Duplicate
                | Fault::OtherPort
                | Fault::WrongRequestId
                | Fault::WrongCommunity
                | Fault::CutPacket
                | Fault::Garbage
                | Fault::EmptyVarbinds
                | Fault::EchoRequestOid
                | Fault::SwapFirstTwo
                | Fault::DuplicateFirst
                | Fault::LastLessThanEarlier
                | Fault::Loop
        );
        if bare && !argument.is_empty() { Err(takes("nothing")) } else { Ok(fault) }
    }
}

/// Reads `20ms`, `1.5s`, `2m`, `1h`, `250us` or `0`.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let unit_at = text.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let seconds = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "" if number == "0" => 1.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v3::ReportKind;

    #[test]
    fn texts_become_faults() {
        let rows = [
            ("drop", Fault::Drop, When::ALWAYS),
            ("silence@10+", Fault::Drop, When::from(10)),
            ("genErr@5", Fault::GenErr(None), When::on(5)),
            ("gen-err:.1.3.6.1", Fault::GenErr(Some([1, 3, 6, 1].into())), When::ALWAYS),
            ("tooBig:20@2-4", Fault::TooBig(Some(20)), When { from: 2, to: 4, every: 1 }),
            (
                "late:1.5s@/3",
                Fault::Late(Duration::from_millis(1500)),
                When { from: 3, to: u64::MAX, every: 3 },
            ),
            ("error_status:5", Fault::ErrorStatus(5), When::ALWAYS),
            ("undecodable:ip", Fault::Undecodable(Nonsense::IpAddress), When::ALWAYS),
            ("clock:-200@3", Fault::Security(SecurityFault::Clock(-200)), When::on(3)),
            (
                "no_report:decryption",
                Fault::Security(SecurityFault::NoReport(Some(ReportKind::DecryptionErrors))),
                When::ALWAYS,
            ),
        ];
        for (text, fault, when) in rows {
            assert_eq!(text.parse(), Ok(FaultRule { fault, when }), "{text}");
        }
    }

    #[test]
    fn the_help_names_faults_that_exist_and_the_error_names_them_all() {
        let faults = HELP.lines().skip(1).take_while(|line| *line != "When:");
        let error = "?".parse::<Fault>().unwrap_err().to_string();
        for line in faults {
            let example = line.split_whitespace().next().unwrap();
            let kind = match example.split(['[', ':']).next().unwrap() {
                "reboot" => ":engine",
                "no_report" | "forge_report" => ":user",
                "forge" => ":digest",
                _ => ":ip",
            };
            let fault = example.replace("[:20]", ":20").replace("[:OID]", ":1.3.6");
            let fault = fault.replace("[:KIND]", kind).replace(":KIND", kind);
            assert!(fault.parse::<FaultRule>().is_ok(), "{fault}");
            let name = fault.split(':').next().unwrap();
            assert!(error.contains(name), "{name}");
        }
    }

    #[test]
    fn texts_that_are_no_fault_say_what_would_be() {
        let rows = [
            ("explode", "\"explode\" is no fault; there are drop"),
            ("late", "fault late takes a time like 3s behind its colon, not \"\""),
            ("truncate:x@1", "fault truncate takes a number"),
            ("drop:5", "fault drop takes nothing"),
            ("drop@0", "\"0\" does not say when"),
            ("drop@soon", "\"soon\" does not say when"),
            ("hide_row", "fault hide_row takes a row's index"),
            ("reboot:twice", "fault reboot takes nothing, engine or forgetful behind its colon"),
            ("forge_report:all", "fault forge_report takes one of level, time, user"),
            ("replay:2", "fault replay takes nothing"),
        ];
        for (text, message) in rows {
            let error = text.parse::<FaultRule>().unwrap_err().to_string();
            assert!(error.starts_with(message), "{text}: {error}");
        }
    }

    #[test]
    fn a_fault_strikes_on_its_requests_only() {
        let strikes = |text: &str| {
            let when: When = text.parse().unwrap();
            (1..=9).filter(|request| when.strikes(*request)).collect::<Vec<u64>>()
        };
        assert_eq!(strikes("5"), [5]);
        assert_eq!(strikes("7+"), [7, 8, 9]);
        assert_eq!(strikes("2-4"), [2, 3, 4]);
        assert_eq!(strikes("/4"), [4, 8]);
    }

    #[test]
    fn durations_are_read() {
        for (text, micros) in
            [("20ms", 20_000), ("1.5s", 1_500_000), ("2m", 120_000_000), ("250us", 250), ("0", 0)]
        {
            assert_eq!(parse_duration(text), Some(Duration::from_micros(micros)), "{text}");
        }
        for text in ["", "5", "ms", "-1s", "1 s", "1d", "NaNs"] {
            assert_eq!(parse_duration(text), None, "{text:?}");
        }
    }
}
