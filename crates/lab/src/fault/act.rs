//! Faults at work: on what is seen, on the varbinds, on the packet.

use std::time::Duration;

use smallvec::SmallVec;

use super::security::spoilt;
use super::{Fault, FaultRule, Nonsense, SecurityFault};
use crate::ber;
use crate::message::{Names, Operation, Request, status};
use crate::respond::{Answer, View, write_varbind};
use crate::value::IP_ADDRESS;

/// The faults that strike on one request.
#[derive(Debug, Default)]
pub struct Prank<'a> {
    pub(super) faults: SmallVec<[&'a Fault; 4]>,
}

impl<'a> Prank<'a> {
    /// Those of `rules` that strike on the n-th request.
    pub fn on(rules: &'a [FaultRule], request: u64) -> Self {
        let faults = rules.iter().filter(|rule| rule.when.strikes(request)).map(|rule| &rule.fault).collect();
        Self { faults }
    }

    /// Whether nothing strikes.
    pub fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// Whether this fault strikes.
    pub fn has(&self, fault: &Fault) -> bool {
        self.faults.contains(&fault)
    }

    /// How much later than due the answer comes.
    pub fn lateness(&self) -> Duration {
        let times = self
            .faults
            .iter()
            .map(|fault| if let Fault::Late(time) = fault { *time } else { Duration::ZERO });
        times.sum()
    }

    /// Changes what the request gets to see.
    pub fn disturb_view(&self, view: &mut View<'a>) {
        for fault in &self.faults {
            match fault {
                Fault::GenErr(Some(oid)) => view.failing = Some(oid),
                Fault::HideRow(row) => view.hidden_row = Some(*row),
                Fault::Loop => view.restart_columns = true,
                _ => {}
            }
        }
    }

    /// Changes the varbinds and the error of an answer.
    pub fn disturb_answer(&self, request: &Request<'_>, names: &Names, answer: &mut Answer) {
        for fault in &self.faults {
            disturb(fault, request, names, answer);
        }
    }

    /// Changes the encoded answer.
    pub fn disturb_packet(&self, packet: &mut Vec<u8>) {
        for fault in &self.faults {
            match fault {
                Fault::CutPacket => packet.truncate(packet.len() / 2),
                Fault::Security(SecurityFault::WrongDigest) => *packet = spoilt(packet),
                Fault::Garbage => {
                    packet.clear();
                    packet.extend_from_slice(b"HTTP/1.1 400 Bad Request\r\n\r\n");
                }
                _ => {}
            }
        }
    }
}

fn disturb(fault: &Fault, request: &Request<'_>, names: &Names, answer: &mut Answer) {
    match fault {
        Fault::TooBig(most) if most.is_none_or(|most| asked(request, names) > most) => {
            answer.fail_too_big(request);
        }
        Fault::GenErr(None) => answer.fail(request, status::GEN_ERR, 1),
        Fault::ErrorStatus(code) => {
            let name = first_name(answer).or_else(|| names.iter().next().map(<[u32]>::to_vec));
            let mut varbind = Vec::new();
            if let Some(name) = name {
                write_varbind(&name, |out| ber::write_value(ber::NULL, &[], out), &mut varbind);
            }
            answer.replace([varbind.as_slice()]);
            (answer.error_status, answer.error_index) = (*code, 1);
        }
        Fault::ErrorStatusEmpty(code) => {
            answer.truncate(0);
            answer.error_status = *code;
        }
        Fault::EmptyVarbinds => answer.truncate(0),
        Fault::EchoRequestOid => {
            let mut varbind = Vec::new();
            if let Some(name) = names.iter().next() {
                write_varbind(name, |out| ber::write_signed(ber::INTEGER, 1, out), &mut varbind);
            }
            answer.replace([varbind.as_slice()]);
        }
        Fault::SwapFirstTwo => reorder(answer, |places| {
            if places.len() > 1 {
                places.swap(0, 1);
            }
        }),
        Fault::DuplicateFirst => reorder(answer, |places| {
            if let Some(first) = places.first().copied() {
                places.insert(0, first);
            }
        }),
        Fault::Truncate(keep) => answer.truncate(*keep),
        Fault::LastLessThanEarlier => reorder(answer, |places| {
            places.truncate(5);
            places.extend(places.get(2).copied());
        }),
        Fault::Undecodable(nonsense) => spoil_the_middle(*nonsense, answer),
        _ => {}
    }
}

/// How many varbinds a request asks for.
fn asked(request: &Request<'_>, names: &Names) -> usize {
    match request.operation {
        Operation::GetBulk { non_repeaters, max_repetitions } => {
            let singles = non_repeaters.min(names.len());
            singles + (names.len() - singles).saturating_mul(max_repetitions)
        }
        _ => names.len(),
    }
}

fn first_name(answer: &Answer) -> Option<Vec<u32>> {
    let first = answer.ranges().into_iter().next()?;
    let mut varbind = ber::Reader::new(ber::Reader::new(&answer.varbinds[first]).expect(ber::SEQUENCE).ok()?);
    let mut arcs = Vec::new();
    crate::oid::decode_arcs(varbind.expect(ber::OBJECT_IDENTIFIER).ok()?, &mut arcs).ok()?;
    Some(arcs)
}

fn reorder(answer: &mut Answer, change: impl FnOnce(&mut Vec<usize>)) {
    let ranges = answer.ranges();
    let mut places: Vec<usize> = (0..ranges.len()).collect();
    change(&mut places);
    let before = answer.varbinds.clone();
    answer.replace(places.into_iter().map(|place| &before[ranges[place].clone()]));
}

fn spoil_the_middle(nonsense: Nonsense, answer: &mut Answer) {
    let ranges = answer.ranges();
    let before = answer.varbinds.clone();
    let Some(middle) = ranges.get(ranges.len() / 2) else { return };
    let mut spoilt = Vec::new();
    let varbind = ber::Reader::new(&before[middle.clone()]).expect(ber::SEQUENCE).unwrap_or_default();
    let name_len = ber::ranges(varbind).first().map_or(0, |name| name.end);
    ber::write_nested(ber::SEQUENCE, &mut spoilt, |out| {
        out.extend_from_slice(&varbind[..name_len]);
        match nonsense {
            Nonsense::Integer => ber::write_value(ber::INTEGER, &[], out),
            Nonsense::IpAddress => ber::write_value(IP_ADDRESS, &[192, 0, 2], out),
            Nonsense::Length => out.extend_from_slice(&[ber::OCTET_STRING, 40, b'x']),
        }
    });
    let varbinds: Vec<&[u8]> = ranges
        .iter()
        .map(|range| if range == middle { spoilt.as_slice() } else { &before[range.clone()] })
        .collect();
    answer.replace(varbinds);
}
