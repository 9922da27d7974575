//! The engine against an agent that is a map: no sockets, no clock, any order of answers.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::codec::Codec;
use crate::{Credentials, Oid, Secret, Subtree};

/// How the agent misbehaves.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Quirk {
    None,
    /// Answers tooBig to more varbinds than this.
    TooBig(usize),
    /// Answers genErr where this instance would be read.
    GenErr(&'static [u32]),
    /// Walks in the order of a list rather than of the OIDs.
    Unordered,
    /// Answers every GETNEXT with the OID that was asked.
    Echo,
    /// Answers without varbinds.
    Empty,
}

struct Agent {
    mib: BTreeMap<Vec<u32>, i64>,
    /// The order it walks in.
    order: Vec<Vec<u32>>,
    bulk: bool,
    most_varbinds: usize,
    most_bytes: usize,
    quirk: Quirk,
    requests: usize,
}

const END: &[u32] = &[1, 3, 6, 1, 6];

impl Agent {
    fn new(rows: impl IntoIterator<Item = (Vec<u32>, i64)>) -> Self {
        let mut mib: BTreeMap<Vec<u32>, i64> = rows.into_iter().collect();
        mib.insert(END.to_vec(), 0);
        let order = mib.keys().cloned().collect();
        Agent {
            mib,
            order,
            bulk: true,
            most_varbinds: 1000,
            most_bytes: 1472,
            quirk: Quirk::None,
            requests: 0,
        }
    }

    fn next(&self, name: &[u32]) -> Option<&Vec<u32>> {
        match self.order.iter().position(|o| o == name) {
            Some(at) if self.quirk == Quirk::Unordered => self.order.get(at + 1),
            _ => {
                let next =
                    self.mib.range(name.to_vec()..).map(|(oid, _)| oid).find(|oid| oid.as_slice() > name);
                match self.quirk {
                    // Below a column it starts at the first in its own order.
                    Quirk::Unordered => self.order.iter().find(|o| o.starts_with(name)).or(next),
                    _ => next,
                }
            }
        }
    }

    fn answer(&mut self, operation: Operation, names: &[Vec<u32>]) -> Answer {
        self.requests += 1;
        let mut varbinds: Vec<(Vec<u32>, Option<i64>)> = Vec::new();
        let (once, repetitions) = match operation {
            Operation::GetBulk { non_repeaters, max_repetitions } => {
                assert!(self.bulk, "GETBULK to an agent without it");
                (non_repeaters as usize, max_repetitions)
            }
            _ => (names.len(), 0),
        };
        assert!(names.len() <= 60);
        if operation == Operation::Get {
            varbinds.extend(names.iter().map(|n| (n.clone(), self.mib.get(n).copied())));
        } else {
            let step = |name: &Vec<u32>| match self.quirk {
                Quirk::Echo => (name.clone(), Some(1)),
                _ => match self.next(name) {
                    Some(next) => (next.clone(), Some(self.mib[next])),
                    None => (name.clone(), None),
                },
            };
            varbinds.extend(names[..once].iter().map(step));
            let mut row: Vec<Vec<u32>> = names[once..].to_vec();
            for _ in 0..repetitions {
                let next: Vec<_> = row.iter().map(step).collect();
                row = next.iter().map(|(name, _)| name.clone()).collect();
                varbinds.extend(next);
            }
        }
        if !self.bulk
            && let Some(nth) = varbinds.iter().position(|(_, value)| value.is_none())
        {
            return encode(2, nth + 1, names.iter().map(|n| (n.clone(), None)), usize::MAX);
        }
        match self.quirk {
            Quirk::TooBig(most) if varbinds.len() > most => {
                return encode(1, 0, std::iter::empty(), usize::MAX);
            }
            Quirk::GenErr(bad) => {
                if let Some(nth) = varbinds.iter().position(|(name, _)| name == bad) {
                    let width = names.len() - once;
                    let nth = if nth < once { nth } else { once + (nth - once) % width.max(1) };
                    return encode(5, nth + 1, std::iter::empty(), usize::MAX);
                }
            }
            Quirk::Empty => varbinds.clear(),
            _ => (),
        }
        varbinds.truncate(self.most_varbinds);
        encode(0, 0, varbinds.into_iter(), self.most_bytes)
    }
}

/// An answer with these varbinds, cut where it would grow beyond `most` octets.
fn encode(
    status: u8,
    index: usize,
    varbinds: impl Iterator<Item = (Vec<u32>, Option<i64>)>,
    most: usize,
) -> Answer {
    let tlv = |tag: u8, content: &[u8]| {
        let mut out = vec![tag, 0x82, (content.len() >> 8) as u8, content.len() as u8];
        out.extend_from_slice(content);
        out
    };
    let mut list = Vec::new();
    for (name, value) in varbinds {
        let mut oid = vec![(name[0] * 40 + name.get(1).copied().unwrap_or(0)) as u8];
        for arc in name.iter().skip(2) {
            for group in (1..5).rev().filter(|g| arc >> (7 * g) > 0) {
                oid.push(0x80 | (arc >> (7 * group)) as u8 & 0x7f);
            }
            oid.push(*arc as u8 & 0x7f);
        }
        let value = value.map_or(tlv(0x82, &[]), |n| tlv(2, &n.to_be_bytes()));
        let varbind = tlv(0x30, &[tlv(6, &oid), value].concat());
        if list.len() + varbind.len() + 40 > most {
            break;
        }
        list.extend(varbind);
    }
    let pdu = [&[2, 1, 7, 2, 1, status, 2, 1, index as u8][..], &tlv(0x30, &list)].concat();
    let message = [&[2, 1, 1, 4, 1, b'p'][..], &tlv(0xa2, &pdu)].concat();
    Codec::new(&Credentials::V2c { community: Secret::new("p") }, &Default::default())
        .decode(7, &Bytes::from(tlv(0x30, &message)), std::time::Instant::now())
        .expect("the test's own answer decodes")
}

/// Walks to the end, answering requests in an order that `pick` chooses; returns gets and columns as
/// `oid: index=value …`, with troubles.
fn walk(
    agent: &mut Agent,
    wanted: &Wanted,
    memory: &mut Memory,
    manner: Manner,
    mut pick: impl FnMut(usize) -> usize,
) -> Vec<String> {
    let mut walk = Walk::new(wanted, memory, manner);
    let mut flying: Vec<Piece> = Vec::new();
    agent.requests = 0;
    loop {
        while flying.len() < 8
            && let Some(piece) = walk.next_piece()
        {
            flying.push(piece);
        }
        if flying.is_empty() {
            break;
        }
        assert!(agent.requests < 5_000, "the walk does not end");
        let piece = flying.remove(pick(flying.len()) % flying.len());
        let names: Vec<Vec<u32>> = walk.names(&piece).map(|(a, b)| [a, b].concat()).collect();
        let answer = agent.answer(walk.operation(&piece), &names);
        walk.on_answer(piece, &answer);
    }
    for column in &walk.columns {
        assert_eq!(column.open, 0, "{} was left open", column.oid);
    }
    let (gets, columns) = walk.finish(memory);
    gets.into_iter().chain(columns).map(|c| show(&c)).collect()
}

fn show(column: &Column) -> String {
    let mut out = format!("{}:", column.oid);
    for cell in &column.cells {
        let index: Vec<String> = cell.index.iter().map(u32::to_string).collect();
        out += &format!(" {}={}", index.join("."), cell.value.as_i64().unwrap_or(-1));
    }
    if let Some(trouble) = &column.trouble {
        out += &format!(" ! {trouble}");
    }
    out
}

const BULK: Manner =
    Manner { has_bulk: true, overhead: 40, max_repetitions: None, allow_nonincreasing: false };
const NO_BULK: Manner = Manner { has_bulk: false, ..BULK };

fn columns(oids: &[&[u32]]) -> Wanted {
    let subtree = |arcs: &&[u32]| Subtree { oid: Oid::new(*arcs), scalar: false };
    Wanted { subtrees: oids.iter().map(subtree).collect(), ..Wanted::default() }
}

/// A table of `width` columns below 1.3.6.1.5.1 with rows 1 to `rows`.
fn table(width: u32, rows: u32) -> (Vec<(Vec<u32>, i64)>, Wanted) {
    let name = |column| vec![1, 3, 6, 1, 5, 1, column];
    let cells = (1..=width)
        .flat_map(|c| (1..=rows).map(move |r| ([name(c), vec![r]].concat(), i64::from(c * 1000 + r))));
    let names: Vec<Vec<u32>> = (1..=width).map(name).collect();
    let wanted = columns(&names.iter().map(Vec::as_slice).collect::<Vec<_>>());
    (cells.collect(), wanted)
}

#[test]
fn a_table_is_read_whole_cold_and_warm() {
    for (width, rows, cold, warm) in
        [(1, 3, 1, 1), (3, 0, 2, 1), (40, 4, 7, 6), (40, 48, 60, 60), (5, 500, 75, 75)]
    {
        let (cells, wanted) = table(width, rows);
        let mut agent = Agent::new(cells.clone());
        let mut memory = Memory::default();
        let first = walk(&mut agent, &wanted, &mut memory, BULK, |_| 0);
        assert_eq!(first.iter().map(|c| c.matches('=').count()).sum::<usize>(), cells.len());
        assert!(agent.requests <= cold, "{width} columns, {rows} rows, cold: {}", agent.requests);
        assert_eq!(walk(&mut agent, &wanted, &mut memory, BULK, |_| 0), first);
        assert!(agent.requests <= warm, "{width} columns, {rows} rows, warm: {}", agent.requests);
    }
}

#[test]
fn a_column_that_is_not_there_is_looked_for_once() {
    let (cells, wanted) = table(4, 100);
    // The first two columns are there, the others are not.
    let two = cells.iter().filter(|(name, _)| name[6] <= 2).cloned().collect::<Vec<_>>();
    for manner in [BULK, NO_BULK] {
        let mut agent = Agent { bulk: manner.has_bulk, ..Agent::new(two.clone()) };
        let mut memory = Memory::default();
        let first = walk(&mut agent, &wanted, &mut memory, manner, |_| 0);
        let mut only_two = Memory::default();
        let there = Wanted { subtrees: wanted.subtrees[..2].to_vec(), ..Wanted::default() };
        walk(&mut agent, &there, &mut only_two, manner, |_| 0);
        walk(&mut agent, &there, &mut only_two, manner, |_| 0);
        let needed = agent.requests;
        assert_eq!(walk(&mut agent, &wanted, &mut memory, manner, |_| 0), first);
        assert!(agent.requests <= needed + 1, "{} requests, {needed} for what is there", agent.requests);
        // And when they are there after all, they are read.
        let mut agent = Agent { bulk: manner.has_bulk, ..Agent::new(cells.clone()) };
        let all = walk(&mut agent, &wanted, &mut memory, manner, |_| 0);
        assert_eq!(all.iter().map(|c| c.matches('=').count()).sum::<usize>(), cells.len());
    }
}

#[test]
fn gets_and_scalars_ride_along_with_the_table() {
    let (mut cells, mut wanted) = table(2, 3);
    cells.push((vec![1, 3, 6, 1, 2, 1, 0], 11));
    cells.push((vec![1, 3, 6, 1, 2, 3, 0], 13));
    wanted.get = vec![Oid::from([1, 3, 6, 1, 2, 1, 0]), Oid::from([1, 3, 6, 1, 2, 2, 0])];
    for leaf in [&[1, 3, 6, 1, 2, 3][..], &[1, 3, 6, 1, 2, 3, 0], &[1, 3, 6, 1, 2, 4]] {
        wanted.subtrees.push(Subtree { oid: Oid::new(leaf), scalar: true });
    }
    let mut agent = Agent::new(cells);
    let mut memory = Memory::default();
    let read = walk(&mut agent, &wanted, &mut memory, BULK, |_| 0);
    assert_eq!(
        read,
        [
            "1.3.6.1.2.1.0: =11",
            "1.3.6.1.2.2.0:",
            "1.3.6.1.5.1.1: 1=1001 2=1002 3=1003",
            "1.3.6.1.5.1.2: 1=2001 2=2002 3=2003",
            "1.3.6.1.2.3: 0=13",
            "1.3.6.1.2.3.0: =13",
            "1.3.6.1.2.4:",
        ]
    );
    walk(&mut agent, &wanted, &mut memory, BULK, |_| 0);
    assert_eq!(agent.requests, 2, "one for all of it, and a GET for the scalar that is not there");
}

#[test]
fn a_scalar_that_is_a_table_after_all_is_read_whole() {
    let rows = [(vec![1, 3, 6, 1, 5, 0], 1), (vec![1, 3, 6, 1, 5, 1], 2), (vec![1, 3, 6, 1, 5, 7, 1], 3)];
    let wanted = Wanted {
        subtrees: vec![Subtree { oid: Oid::from([1, 3, 6, 1, 5]), scalar: true }],
        ..Wanted::default()
    };
    for manner in [BULK, NO_BULK] {
        let mut agent = Agent { bulk: manner.has_bulk, ..Agent::new(rows.clone()) };
        let read = walk(&mut agent, &wanted, &mut Memory::default(), manner, |_| 0);
        assert_eq!(read, ["1.3.6.1.5: 0=1 1=2 7.1=3"]);
    }
}

#[test]
fn a_walk_of_an_instance_gets_it() {
    let wanted = Wanted {
        subtrees: vec![Subtree { oid: Oid::from([1, 3, 6, 1, 5, 9]), scalar: true }],
        ..Wanted::default()
    };
    let mut agent = Agent::new([(vec![1, 3, 6, 1, 5, 9], 5)]);
    assert_eq!(walk(&mut agent, &wanted, &mut Memory::default(), BULK, |_| 0), ["1.3.6.1.5.9: =5"]);
}

#[test]
fn errors_cost_the_instance_and_no_more() {
    let (cells, wanted) = table(3, 40);
    let all = walk(&mut Agent::new(cells.clone()), &wanted, &mut Memory::default(), BULK, |_| 0);
    // tooBig: all of it comes in smaller answers.
    let mut agent = Agent { quirk: Quirk::TooBig(7), ..Agent::new(cells.clone()) };
    assert_eq!(walk(&mut agent, &wanted, &mut Memory::default(), BULK, |_| 0), all);
    // genErr: all but the one instance.
    let bad: &[u32] = &[1, 3, 6, 1, 5, 1, 2, 17];
    for warm in [false, true] {
        let mut memory = Memory::default();
        if warm {
            walk(&mut Agent::new(cells.clone()), &wanted, &mut memory, BULK, |_| 0);
        }
        let mut agent = Agent { quirk: Quirk::GenErr(bad), ..Agent::new(cells.clone()) };
        let read = walk(&mut agent, &wanted, &mut memory, BULK, |_| 0);
        assert_eq!([&read[0], &read[2]], [&all[0], &all[2]]);
        let (values, trouble) = read[1].split_once(" ! ").expect("the trouble is told");
        assert_eq!(values, all[1].replace(" 17=2017", ""));
        assert_eq!(trouble, "agent answered genErr at 1.3.6.1.5.1.2.16");
        assert!(agent.requests < 60, "{}", agent.requests);
    }
}

#[test]
fn an_agent_that_goes_back_is_told_of_or_read_on() {
    let (cells, wanted) = table(2, 12);
    let mut agent = Agent { quirk: Quirk::Unordered, ..Agent::new(cells) };
    // As text sorts: 1, 10, 11, 12, 2, …
    agent.order.sort_by_key(|oid| oid.iter().map(u32::to_string).collect::<Vec<_>>());
    let all = [
        "1.3.6.1.5.1.1: 1=1001 2=1002 3=1003 4=1004 5=1005 6=1006 7=1007 8=1008 9=1009 10=1010 11=1011 12=1012",
    ];
    // In one answer nobody minds, as long as it ends behind where it began.
    let read = walk(&mut agent, &wanted, &mut Memory::default(), BULK, |_| 0);
    assert_eq!(read[0], all[0]);
    // In several it is an error …
    let few = Manner { max_repetitions: Some(4), ..BULK };
    let read = walk(&mut agent, &wanted, &mut Memory::default(), few, |_| 0);
    assert_eq!(
        read[0],
        "1.3.6.1.5.1.1: 1=1001 10=1010 11=1011 12=1012 ! OID not increasing: 1.3.6.1.5.1.1.12 >= 1.3.6.1.5.1.1.2"
    );
    // … unless the module allows it.
    let allowed = Manner { allow_nonincreasing: true, ..few };
    assert_eq!(walk(&mut agent, &wanted, &mut Memory::default(), allowed, |_| 0)[0], all[0]);
}

#[test]
fn a_looping_agent_ends_the_column() {
    let (cells, wanted) = table(2, 3);
    let mut agent = Agent { quirk: Quirk::Echo, ..Agent::new(cells) };
    let read = walk(&mut agent, &wanted, &mut Memory::default(), BULK, |_| 0);
    assert_eq!(read[0], "1.3.6.1.5.1.1: ! OID not increasing: 1.3.6.1.5.1.1 >= 1.3.6.1.5.1.1");
    let allowed = Manner { allow_nonincreasing: true, ..BULK };
    let read = walk(&mut agent, &wanted, &mut Memory::default(), allowed, |_| 0);
    assert_eq!(read[0], "1.3.6.1.5.1.1: =1");
}

#[test]
fn empty_answers_end_the_walk_and_are_told() {
    let (cells, wanted) = table(2, 3);
    let mut agent = Agent { quirk: Quirk::Empty, ..Agent::new(cells) };
    let read = walk(&mut agent, &wanted, &mut Memory::default(), BULK, |_| 0);
    assert_eq!(read[1], "1.3.6.1.5.1.2: ! the agent sent an empty answer");
}

#[test]
fn a_cap_on_repetitions_is_kept() {
    let (cells, wanted) = table(5, 30);
    let mut agent = Agent { most_varbinds: 4, ..Agent::new(cells) };
    let mut memory = Memory::default();
    let careful = Manner { max_repetitions: Some(4), ..BULK };
    let mut walk = Walk::new(&wanted, &memory, careful);
    while let Some(piece) = walk.next_piece() {
        assert!(piece.varbinds() <= 4, "{piece:?}");
        let names: Vec<Vec<u32>> = walk.names(&piece).map(|(a, b)| [a, b].concat()).collect();
        let answer = agent.answer(walk.operation(&piece), &names);
        walk.on_answer(piece, &answer);
    }
    let (_, columns) = walk.finish(&mut memory);
    assert!(columns.iter().all(|c| c.cells.len() == 30));
}

/// Cells of a sparse table with one- and two-arc indexes.
fn sparse() -> impl Strategy<Value = BTreeSet<(u32, Vec<u32>)>> {
    let index = prop_oneof![
        4 => (0u32..40).prop_map(|a| vec![a]),
        1 => (0u32..4, 0u32..300).prop_map(|(a, b)| vec![a, b]),
    ];
    proptest::collection::btree_set((1u32..7, index), 0..200)
}

fn sparse_mib(cells: &BTreeSet<(u32, Vec<u32>)>) -> Vec<(Vec<u32>, i64)> {
    // The sixth column is in a table of its own.
    let name = |c: u32| if c == 6 { vec![1, 3, 6, 1, 5, 2, 1] } else { vec![1, 3, 6, 1, 5, 1, c] };
    cells.iter().map(|(c, index)| ([name(*c), index.clone()].concat(), i64::from(c * 7 + index[0]))).collect()
}

proptest! {
    /// Whatever the table looks like now, whatever it looked like last time, however much of it is wanted and known to be
    /// read by plain walks, in whatever order and however much cut answers come: exactly what is there is read.
    #[test]
    fn exactly_what_is_there_is_read(
        before in sparse(),
        now in sparse(),
        limits in (1usize..80, 90usize..1500),
        order in proptest::collection::vec(0usize..8, 64),
        has_bulk in any::<bool>(),
        same in any::<bool>(),
        walks in 0usize..5,
        unwanted in 0u32..128,
        scalars in (any::<bool>(), any::<u8>()),
        ends in any::<bool>(),
    ) {
        // An instance that a walk asks for by its own name, and behind which there is nothing, is found by nobody.
        let scalars = if ends { (scalars.0, scalars.1 & !4) } else { scalars };
        let before = if same { now.clone() } else { before };
        let (most_varbinds, most_bytes) = limits;
        let columns: Vec<Vec<u32>> = (1..6).map(|c| vec![1, 3, 6, 1, 5, 1, c]).chain([vec![1, 3, 6, 1, 5, 2, 1]]).collect();
        let leaves = (1..9).map(|c| vec![1, 3, 6, 1, 5, 3, c]);
        let oids: Vec<(Vec<u32>, bool)> = columns
            .into_iter()
            .map(|oid| (oid, false))
            .chain(leaves.map(|oid| (oid, true)))
            .enumerate()
            .filter(|(nth, (_, scalar))| unwanted >> nth & 1 == 0 && (!scalar || scalars.0))
            .map(|(_, oid)| oid)
            .collect();
        let walks: &[&str] = match walks {
            0 => &[],
            1 => &["1.3.6.1.5"],
            2 => &["1.3.6.1.5.1", "1.3.6.1.5.3"],
            3 => &["1.3.6.1.5.1.2", "1.3.6.1.5.1.3"],
            _ => &["1.3.6.1.5.1", "1.3.6.1.5.1.4", "1.3.6.1"],
        };
        let wanted = Wanted {
            get: Vec::new(),
            subtrees: oids.iter().map(|(oid, scalar)| Subtree { oid: Oid::new(oid.clone()), scalar: *scalar }).collect(),
            walks: walks.iter().map(|walk| walk.parse().unwrap()).collect(),
        };
        // Some scalars are there, and one of them is an instance itself.
        let present = |bits: u8| (0..8u32).filter(move |bit| bits >> bit & 1 == 1);
        let mib = |cells: &_, bits| {
            let scalar = |bit| if bit == 2 { vec![1, 3, 6, 1, 5, 3, 3] } else { vec![1, 3, 6, 1, 5, 3, bit + 1, 0] };
            let scalars = present(bits).map(move |bit| (scalar(bit), i64::from(bit)));
            sparse_mib(cells).into_iter().chain(scalars).collect::<Vec<_>>()
        };
        // A protocol without GETBULK has no short answers, only tooBig.
        let agent = |cells: &_, bits| {
            let mut agent = Agent { bulk: has_bulk, most_varbinds, most_bytes, ..Agent::new(mib(cells, bits)) };
            if ends {
                agent.mib.remove(END);
            }
            if has_bulk { agent } else { Agent { most_varbinds: 1000, most_bytes: 60_000, quirk: Quirk::TooBig(most_varbinds), ..agent } }
        };
        let manner = if has_bulk { BULK } else { NO_BULK };
        let mut memory = Memory::default();
        let other = if same { scalars.1 } else { !scalars.1 & if ends { !4 } else { !0 } };
        for (cells, bits, wave) in [(&before, other, 0), (&now, scalars.1, 1), (&now, scalars.1, 2)] {
            let mut turns = order.iter().cycle().skip(wave * 7);
            let read = walk(&mut agent(cells, bits), &wanted, &mut memory, manner, |_| turns.next().copied().unwrap_or(0));
            let expected: Vec<String> = oids.iter().map(|(oid, _)| {
                let mut out = format!("{}:", Oid::new(oid.clone()));
                let mut rows: Vec<_> = mib(cells, bits).into_iter().filter(|(name, _)| name.starts_with(oid)).collect();
                rows.sort();
                for (name, value) in rows {
                    let index: Vec<String> = name[oid.len()..].iter().map(u32::to_string).collect();
                    out += &format!(" {}={}", index.join("."), value);
                }
                out
            }).collect();
            prop_assert_eq!(read, expected);
        }
    }
}
