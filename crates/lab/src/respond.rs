//! What an agent answers, by RFC 3416 §4.2, and for SNMPv1 by RFC 1157 §4.1 and RFC 3584 §4.2.2. No IO, no
//! clock.

use std::ops::Range;
use std::str::FromStr;

use crate::ber;
use crate::message::{Names, Operation, Request, ResponseHead, Version, status};
use crate::mib::Mib;
use crate::oid::{self, Oid};
use crate::value::{END_OF_MIB_VIEW, Moment, NO_SUCH_INSTANCE, NO_SUCH_OBJECT};

/// What bounds an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest message, in octets of UDP payload. 1472 fills an Ethernet frame.
    pub max_message: usize,
    /// The most varbinds in an answer to GETBULK: repetitions are cut to whole rows below it, one row at
    /// least, as net-snmp does at 100.
    pub max_varbinds: Option<usize>,
    /// Whether an answer that is too long loses whole rows, or just as many varbinds as must go (RFC 3416
    /// §4.2.3).
    pub whole_rows: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_message: 1472, max_varbinds: None, whole_rows: false }
    }
}

/// The exception a GET gets for what is not there (RFC 3416 §4.2.1). As a text: `nso`, `nsi` or `eomv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    /// noSuchObject: right where the agent does not have the object type.
    NoSuchObject,
    /// noSuchInstance: right where it has other instances of it.
    NoSuchInstance,
    /// endOfMibView: never right for a GET, and seen.
    EndOfMibView,
}

impl Miss {
    fn tag(self) -> u8 {
        match self {
            Miss::NoSuchObject => NO_SUCH_OBJECT,
            Miss::NoSuchInstance => NO_SUCH_INSTANCE,
            Miss::EndOfMibView => END_OF_MIB_VIEW,
        }
    }
}

impl FromStr for Miss {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "nso" => Ok(Miss::NoSuchObject),
            "nsi" => Ok(Miss::NoSuchInstance),
            "eomv" => Ok(Miss::EndOfMibView),
            other => Err(format!("{other:?} is none of nso, nsi and eomv")),
        }
    }
}

/// How the objects look to one request.
#[derive(Debug, Clone, Copy, Default)]
pub struct View<'a> {
    /// What bounds the answer.
    pub limits: Limits,
    /// The exceptions for what a GET does not find, in turn, in place of the right ones.
    pub misses: &'a [Miss],
    /// How many of these were given before.
    pub misses_given: usize,
    /// Rows with this last arc are not there.
    pub hidden_row: Option<u32>,
    /// Reading this object fails with genErr.
    pub failing: Option<&'a Oid>,
    /// Whatever is asked next, the answer begins at the first row of the column again.
    pub restart_columns: bool,
}

/// A response under construction, in buffers that are used again for the next.
#[derive(Debug, Default)]
pub struct Answer {
    /// One of [`status`].
    pub error_status: u8,
    /// The place of the varbind to blame, from 1; 0 for none.
    pub error_index: u32,
    /// The encoded varbinds.
    pub varbinds: Vec<u8>,
    /// How many instances a GET asked for that are not there.
    pub misses: usize,
    ends: Vec<usize>,
    cursors: Vec<Cursor>,
}

/// Where a GETBULK stands in one of its columns.
#[derive(Debug, Clone, Copy)]
struct Cursor {
    next: usize,
    last: Option<usize>,
}

/// Why no further varbind was added.
enum Stop {
    Full,
    Failed,
}

impl Answer {
    /// How many varbinds there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Where each varbind stands in [`Answer::varbinds`].
    pub fn ranges(&self) -> Vec<Range<usize>> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| start..*end).collect()
    }

    /// Keeps the first varbinds only.
    pub fn truncate(&mut self, keep: usize) {
        if keep < self.ends.len() {
            self.ends.truncate(keep);
            self.varbinds.truncate(self.ends.last().copied().unwrap_or(0));
        }
    }

    /// Takes these varbinds, each encoded, in place of those there are; the error stays.
    pub fn replace<'a>(&mut self, varbinds: impl IntoIterator<Item = &'a [u8]>) {
        self.truncate(0);
        for varbind in varbinds {
            self.varbinds.extend_from_slice(varbind);
            self.ends.push(self.varbinds.len());
        }
    }

    /// Turns this into an error that sends the request's varbinds back.
    pub fn fail(&mut self, request: &Request<'_>, error_status: u8, error_index: usize) {
        let asked = ber::ranges(request.varbinds);
        self.replace(asked.into_iter().map(|range| &request.varbinds[range]));
        self.error_status = error_status;
        self.error_index = error_index as u32;
    }

    /// Turns this into tooBig: without varbinds, except in SNMPv1, which sends the request's back.
    pub fn fail_too_big(&mut self, request: &Request<'_>) {
        match request.version {
            Version::V1 => self.fail(request, status::TOO_BIG, 0),
            Version::V2c | Version::V3 => {
                self.clear();
                self.error_status = status::TOO_BIG;
            }
        }
    }

    /// Turns this into authorizationError: the request is less protected than its user has to be.
    pub fn forbid(&mut self, request: &Request<'_>) {
        self.clear();
        self.fail(request, status::AUTHORIZATION_ERROR, 0);
    }

    /// The head of the message that carries this answer.
    pub fn head<'r>(&self, request: &Request<'r>) -> ResponseHead<'r> {
        ResponseHead {
            version: request.version,
            envelope: request.envelope,
            request_id: request.request_id,
            error_status: self.error_status,
            error_index: self.error_index,
        }
    }

    /// Answers a request for `names`.
    pub fn respond(
        &mut self,
        request: &Request<'_>,
        names: &Names,
        mib: &Mib,
        view: &View<'_>,
        moment: &Moment,
    ) {
        self.clear();
        let head = self.head(request);
        let mut session = Session { request, mib, view, moment, head };
        match request.operation {
            Operation::Set => {
                let code =
                    if request.version == Version::V1 { status::NO_SUCH_NAME } else { status::NOT_WRITABLE };
                self.fail(request, code, names.len().min(1));
            }
            Operation::Get => session.singles(names.iter(), Session::get, self),
            Operation::GetNext => session.singles(names.iter(), Session::get_next, self),
            Operation::GetBulk { non_repeaters, max_repetitions } => {
                session.bulk(names, non_repeaters, max_repetitions, self)
            }
        }
    }

    fn clear(&mut self) {
        self.error_status = status::NO_ERROR;
        self.error_index = 0;
        self.misses = 0;
        self.varbinds.clear();
        self.ends.clear();
        self.cursors.clear();
    }

    fn fail_varbind(&mut self, request: &Request<'_>, place: usize) {
        let code = self.error_status;
        self.fail(request, code, place + 1);
    }
}

/// One request being answered.
struct Session<'a> {
    request: &'a Request<'a>,
    mib: &'a Mib,
    view: &'a View<'a>,
    moment: &'a Moment,
    head: ResponseHead<'a>,
}

impl Session<'_> {
    fn singles<'n>(
        &mut self,
        names: impl Iterator<Item = &'n [u32]>,
        one: impl Fn(&Self, &[u32], &mut Answer) -> Result<(), Stop>,
        answer: &mut Answer,
    ) {
        for (place, name) in names.enumerate() {
            match one(self, name, answer) {
                Ok(()) => {}
                Err(Stop::Full) => return answer.fail_too_big(self.request),
                Err(Stop::Failed) => return answer.fail_varbind(self.request, place),
            }
        }
    }

    fn get(&self, name: &[u32], answer: &mut Answer) -> Result<(), Stop> {
        let v1 = self.request.version == Version::V1;
        match self.mib.find(name) {
            Some(place) if self.is_visible(place) => self.push(place, answer),
            _ if v1 => self.failed(status::NO_SUCH_NAME, answer),
            _ => {
                let miss = self.miss(name, answer.misses);
                answer.misses += 1;
                self.push_exception(miss.tag(), name, answer)
            }
        }
    }

    fn miss(&self, name: &[u32], misses: usize) -> Miss {
        let View { misses: given, misses_given, .. } = *self.view;
        if let Some(turn) = (misses_given + misses).checked_rem(given.len()) {
            given[turn]
        } else if self.mib.knows_type_of(name) {
            Miss::NoSuchInstance
        } else {
            Miss::NoSuchObject
        }
    }

    fn get_next(&self, name: &[u32], answer: &mut Answer) -> Result<(), Stop> {
        match self.visible_from(self.start_after(name)) {
            Some(place) => self.push(place, answer),
            None if self.request.version == Version::V1 => self.failed(status::NO_SUCH_NAME, answer),
            None => self.push_exception(END_OF_MIB_VIEW, name, answer),
        }
    }

    fn bulk(&self, names: &Names, non_repeaters: usize, max_repetitions: usize, answer: &mut Answer) {
        let singles = non_repeaters.min(names.len());
        let columns = names.len() - singles;
        for (place, name) in names.iter().take(singles).enumerate() {
            if let Err(stop) = self.get_next(name, answer) {
                return self.stop_bulk(stop, place, answer);
            }
        }
        for name in names.iter().skip(singles) {
            answer.cursors.push(Cursor { next: self.start_after(name), last: None });
        }
        let rows = match self.view.limits.max_varbinds {
            Some(most) if columns > 0 => max_repetitions.min((most.saturating_sub(singles) / columns).max(1)),
            _ if columns == 0 => 0,
            _ => max_repetitions,
        };
        for _ in 0..rows {
            let row_start = answer.len();
            let mut ended = 0;
            for (column, name) in names.iter().skip(singles).enumerate() {
                let Cursor { next, last } = answer.cursors[column];
                let found = self.visible_from(next);
                let pushed = match (found, last.and_then(|place| self.mib.name(place))) {
                    (Some(place), _) => self.push(place, answer),
                    (None, Some(last)) => self.push_exception(END_OF_MIB_VIEW, last, answer),
                    (None, None) => self.push_exception(END_OF_MIB_VIEW, name, answer),
                };
                match (pushed, found) {
                    (Ok(()), Some(place)) => {
                        answer.cursors[column] = Cursor { next: place + 1, last: Some(place) };
                    }
                    (Ok(()), None) => ended += 1,
                    (Err(Stop::Full), _) if self.view.limits.whole_rows && row_start > singles => {
                        return answer.truncate(row_start);
                    }
                    (Err(stop), _) => return self.stop_bulk(stop, singles + column, answer),
                }
            }
            // Further rows would say endOfMibView and nothing else.
            if ended == columns {
                return;
            }
        }
    }

    fn stop_bulk(&self, stop: Stop, place: usize, answer: &mut Answer) {
        match stop {
            Stop::Full if answer.is_empty() => answer.fail_too_big(self.request),
            Stop::Full => {}
            Stop::Failed => answer.fail_varbind(self.request, place),
        }
    }

    fn start_after(&self, name: &[u32]) -> usize {
        match name.split_last() {
            Some((_, column)) if self.view.restart_columns => self.mib.at_or_after(column),
            _ => self.mib.after(name),
        }
    }

    fn visible_from(&self, place: usize) -> Option<usize> {
        (place..self.mib.len()).find(|place| self.is_visible(*place))
    }

    fn is_visible(&self, place: usize) -> bool {
        let hidden = self.view.hidden_row.is_some()
            && self.mib.name(place).and_then(|name| name.last().copied()) == self.view.hidden_row;
        let unspeakable = self.request.version == Version::V1 && self.mib.is_counter64(place);
        !hidden && !unspeakable
    }

    fn push(&self, place: usize, answer: &mut Answer) -> Result<(), Stop> {
        if self.view.failing.is_some_and(|failing| self.mib.name(place) == Some(failing.arcs())) {
            return self.failed(status::GEN_ERR, answer);
        }
        self.mib.write_varbind(place, self.moment, &mut answer.varbinds);
        self.close(answer)
    }

    fn push_exception(&self, tag: u8, name: &[u32], answer: &mut Answer) -> Result<(), Stop> {
        write_varbind(name, |out| ber::write_value(tag, &[], out), &mut answer.varbinds);
        self.close(answer)
    }

    fn close(&self, answer: &mut Answer) -> Result<(), Stop> {
        if self.head.message_len(answer.varbinds.len()) > self.view.limits.max_message {
            answer.varbinds.truncate(answer.ends.last().copied().unwrap_or(0));
            return Err(Stop::Full);
        }
        answer.ends.push(answer.varbinds.len());
        Ok(())
    }

    fn failed(&self, error_status: u8, answer: &mut Answer) -> Result<(), Stop> {
        answer.error_status = error_status;
        Err(Stop::Failed)
    }
}

/// Appends a varbind of this name and of what `value` writes.
pub fn write_varbind(name: &[u32], value: impl FnOnce(&mut Vec<u8>), out: &mut Vec<u8>) {
    ber::write_nested(ber::SEQUENCE, out, |out| {
        oid::encode(name, out);
        value(out);
    });
}

#[cfg(test)]
mod tests;
