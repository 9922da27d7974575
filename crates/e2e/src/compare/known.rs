//! Where ours answers otherwise on purpose: whatever snmp_exporter says there is an error that costs the whole scrape
//! or the whole process, and ours gives what it has.

use std::collections::BTreeSet;

use crate::http::Answer;
use crate::snmp_exporter::NoAnswer;

/// A difference that is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Known {
    /// A part of what snmp_exporter says, in a reason of its HTTP 500 or when its process ends.
    pub said: &'static str,
    /// What ours does instead, and why.
    pub why: &'static str,
    /// Whether snmp_exporter gave up before it had looked at all values, so that ours may still find something else
    /// wrong.
    pub early: bool,
}

/// All of them.
pub const KNOWN: [Known; 5] = [
    Known {
        said: "duplicate label names in constant and variable labels",
        why: "an enum whose name is an index's label as well is left out; the rest is answered, as upstream's main does",
        early: false,
    },
    Known {
        said: "not valid UTF-8",
        why: "an index that is no UTF-8 is made valid, as values are; upstream's main does too",
        early: false,
    },
    Known {
        said: "is greater than MaxOids (60)",
        why: "more than 60 GETs are made in several requests",
        early: true,
    },
    Known {
        said: "error in unmarshalResponse: error decoding value",
        why: "a value that cannot be decoded costs that value, not the scrape",
        early: true,
    },
    Known {
        said: "panic:",
        why: "no value ends the process; an NTP timestamp that is none is no sample",
        early: true,
    },
];

/// What upstream says that explains why ours is another answer.
pub fn explain(theirs: &Result<Answer, NoAnswer>, ours: &Answer) -> Option<Known> {
    let known = |said: &str| KNOWN.into_iter().find(|known| said.contains(known.said));
    let answered = ours.status == 200 || ours.status == 500;
    let theirs = match theirs {
        Ok(theirs) if theirs.status == 500 => theirs,
        Ok(_) | Err(NoAnswer::Silence(_)) => return None,
        Err(NoAnswer::Crash(end)) => return known(end).filter(|_| answered),
    };
    let reasons = super::reasons(&theirs.body);
    let meant = reasons.iter().find_map(|reason| known(reason))?;
    // What else is wrong must be wrong with ours too.
    let others: BTreeSet<&String> = reasons.iter().filter(|reason| known(reason).is_none()).collect();
    let ours_says = super::reasons(&ours.body);
    let same = match others.len() {
        _ if meant.early => answered,
        // The title.
        0 | 1 => ours.status == 200,
        _ => ours.status == 500 && others == ours_says.iter().collect(),
    };
    same.then_some(meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_meant_is_explained() {
        let title = "An error has occurred while serving metrics:\n\n";
        let clash =
            "error for metric a with labels [x]: duplicate label names in constant and variable labels\n";
        let twice = "collected metric \"b\" { gauge:{value:1}} was collected before with the same name and label values\n";
        let answer = |status, body: String| Answer { status, headers: Vec::new(), body };
        let fine = answer(200, String::new());
        let failed = |lines: &[&str]| {
            let list: String = lines.iter().map(|line| format!("* {line}")).collect();
            answer(500, format!("{title}{} error(s) occurred:\n{list}", lines.len()))
        };
        for (theirs, ours, explained) in [
            (Ok(failed(&[clash])), fine.clone(), true),
            (Ok(failed(&[clash])), failed(&[twice]), false),
            (Ok(failed(&[clash, twice])), failed(&[twice]), true),
            (Ok(failed(&[clash, twice])), fine.clone(), false),
            (Ok(failed(&[twice])), fine.clone(), false),
            (Ok(fine.clone()), failed(&[clash]), false),
            (
                Err(NoAnswer::Crash("panic: runtime error: slice bounds out of range [:4]".into())),
                fine.clone(),
                true,
            ),
            (Err(NoAnswer::Crash("signal 9".into())), fine.clone(), false),
            (Err(NoAnswer::Silence("refused".into())), fine.clone(), false),
        ] {
            assert_eq!(explain(&theirs, &ours).is_some(), explained, "{theirs:?} {ours:?}");
        }
    }
}
