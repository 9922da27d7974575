//! How many requests a walk takes, beside those of a plain walk: subtree by subtree, one name a request, 25 repetitions,
//! as snmp_exporter walks unless it is told otherwise.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::*;
use crate::codec::Codec;
use crate::{Credentials, Oid, Secret, Subtree};

/// What a device has: each instance and its value as it is sent.
type Mib = BTreeMap<Vec<u32>, Vec<u8>>;

/// A device that answers by the book, in messages of at most so many octets.
pub(super) struct Device {
    pub mib: Mib,
    pub bulk: bool,
    pub most_octets: usize,
    pub requests: usize,
}

impl Device {
    fn next(&self, name: &[u32]) -> Option<(&Vec<u32>, &Vec<u8>)> {
        use std::ops::Bound::{Excluded, Unbounded};
        self.mib.range::<[u32], _>((Excluded(name), Unbounded)).next()
    }

    fn answer(&mut self, operation: Operation, names: &[Vec<u32>]) -> Answer {
        self.requests += 1;
        assert!(names.len() <= 60, "{} names", names.len());
        let gone = |tag| vec![tag, 0];
        let step = |name: &Vec<u32>| match self.next(name) {
            Some((next, value)) => (next.clone(), value.clone()),
            None => (name.clone(), gone(0x82)),
        };
        let mut varbinds: Vec<(Vec<u32>, Vec<u8>)> = Vec::new();
        match operation {
            Operation::Get => varbinds.extend(
                names.iter().map(|n| (n.clone(), self.mib.get(n).cloned().unwrap_or_else(|| gone(0x80)))),
            ),
            Operation::GetNext => varbinds.extend(names.iter().map(step)),
            Operation::GetBulk { non_repeaters, max_repetitions } => {
                assert!(self.bulk);
                let (once, again) = names.split_at((non_repeaters as usize).min(names.len()));
                varbinds.extend(once.iter().map(step));
                let mut row = again.to_vec();
                for _ in 0..max_repetitions {
                    let next: Vec<_> = row.iter().map(step).collect();
                    row = next.iter().map(|(name, _)| name.clone()).collect();
                    let ended = next.iter().all(|(_, value)| value[0] == 0x82);
                    varbinds.extend(next);
                    if ended {
                        break;
                    }
                }
            }
        }
        if !self.bulk
            && let Some(nth) = varbinds.iter().position(|(_, value)| value.len() == 2 && value[0] >= 0x80)
        {
            return encode(2, nth + 1, &[]);
        }
        let cut = matches!(operation, Operation::GetBulk { .. });
        let mut octets = 35;
        let fits = varbinds.iter().take_while(|(name, value)| {
            octets += varbind(name, value).len();
            octets <= self.most_octets
        });
        match fits.count() {
            some if some == varbinds.len() => encode(0, 0, &varbinds),
            some if cut => encode(0, 0, &varbinds[..some]),
            _ => encode(1, 0, &[]),
        }
    }
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = match length {
        0..=0x7f => vec![tag, length as u8],
        0x80..=0xff => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    out.extend_from_slice(content);
    out
}

fn varbind(name: &[u32], value: &[u8]) -> Vec<u8> {
    let mut oid = vec![(name[0] * 40 + name.get(1).copied().unwrap_or(0)) as u8];
    for arc in name.iter().skip(2) {
        for group in (1..5).rev().filter(|g| arc >> (7 * g) > 0) {
            oid.push(0x80 | (arc >> (7 * group)) as u8 & 0x7f);
        }
        oid.push(*arc as u8 & 0x7f);
    }
    tlv(0x30, &[&tlv(6, &oid), value].concat())
}

fn encode(status: u8, index: usize, varbinds: &[(Vec<u32>, Vec<u8>)]) -> Answer {
    let list: Vec<u8> = varbinds.iter().flat_map(|(name, value)| varbind(name, value)).collect();
    let pdu = [&[2, 1, 7, 2, 1, status, 2, 1, index as u8][..], &tlv(0x30, &list)].concat();
    let message = [&[2, 1, 1, 4, 1, b'p'][..], &tlv(0xa2, &pdu)].concat();
    Codec::new(&Credentials::V2c { community: Secret::new("p") }, &Default::default())
        .decode(7, &Bytes::from(tlv(0x30, &message)), std::time::Instant::now())
        .expect("the test's own answer decodes")
}

/// Requests a plain walk takes.
fn plain(mib: &Mib, roots: &[Vec<u32>], gets: usize, bulk: bool, most_octets: usize) -> usize {
    let mut device = Device { mib: mib.clone(), bulk, most_octets, requests: 0 };
    for root in roots {
        let mut at = root.clone();
        'walk: loop {
            let operation = match bulk {
                true => Operation::GetBulk { non_repeaters: 0, max_repetitions: 25 },
                false => Operation::GetNext,
            };
            let answer = device.answer(operation, std::slice::from_ref(&at));
            if answer.status != ErrorStatus::NO_ERROR {
                break;
            }
            let mut ended = false;
            let mut outside = false;
            let first = at == *root;
            let mut count = 0;
            answer.each(|name, item| {
                if ended {
                    return;
                }
                match item {
                    crate::codec::Item::Value(value) if value.is_exception() => ended = true,
                    _ if !name.starts_with(root) => {
                        ended = true;
                        outside = count == 0 && first;
                    }
                    _ => at = name.to_vec(),
                }
                count += 1;
            });
            if outside {
                device.answer(Operation::Get, std::slice::from_ref(root));
            }
            if ended || count == 0 {
                break 'walk;
            }
        }
    }
    device.requests + if bulk { gets.div_ceil(25) } else { gets }
}

/// Requests our walk takes the first time and the second.
fn ours(mib: &Mib, wanted: &Wanted, bulk: bool, most_octets: usize) -> (usize, usize) {
    let mut memory = Memory::default();
    let manner = Manner { has_bulk: bulk, overhead: 40, max_repetitions: None, allow_nonincreasing: false };
    let mut counts = [0; 2];
    for count in &mut counts {
        let mut device = Device { mib: mib.clone(), bulk, most_octets, requests: 0 };
        let mut walk = Walk::new(wanted, &memory, manner);
        let mut flying: VecDeque<Piece> = VecDeque::new();
        loop {
            while flying.len() < 6
                && let Some(piece) = walk.next_piece()
            {
                flying.push_back(piece);
            }
            let Some(piece) = flying.pop_front() else { break };
            assert!(device.requests < 20_000, "the walk does not end");
            let names: Vec<Vec<u32>> = walk.names(&piece).map(|(a, b)| [a, b].concat()).collect();
            let answer = device.answer(walk.operation(&piece), &names);
            walk.on_answer(piece, &answer);
        }
        let (gets, columns) = walk.finish(&mut memory);
        for column in gets.iter().chain(&columns) {
            let below = mib.keys().filter(|name| name.starts_with(column.oid.arcs())).count();
            assert_eq!((column.cells.len(), &column.trouble), (below, &None), "{}", column.oid);
        }
        *count = device.requests;
    }
    (counts[0], counts[1])
}

/// A number of so many octets.
fn number(octets: usize) -> Vec<u8> {
    tlv(0x41, &vec![1; octets])
}

/// What a device has beside what it is asked for; with something behind all of it, or not.
fn device(something_behind: bool) -> Mib {
    let mut mib: Mib = [(vec![1, 3, 6, 1, 2, 1, 1, 3, 0], number(4))].into();
    if something_behind {
        mib.insert(vec![1, 3, 6, 1, 6, 3, 1, 0], number(1));
    }
    mib
}

fn wanted(subtrees: Vec<(Vec<u32>, bool)>, walks: &[Vec<u32>]) -> Wanted {
    let subtree = |(oid, scalar)| Subtree { oid: Oid::new(oid), scalar };
    let walks = walks.iter().cloned().map(Oid::new).collect();
    Wanted { get: Vec::new(), subtrees: subtrees.into_iter().map(subtree).collect(), walks }
}

/// How many requests each way of walking takes.
#[derive(Debug, Clone, Copy)]
struct Counts {
    plain: usize,
    first: usize,
    later: usize,
}

impl Counts {
    fn of(mib: &Mib, wanted: &Wanted, walks: &[Vec<u32>], bulk: bool) -> Self {
        let (first, later) = ours(mib, wanted, bulk, 1472);
        Self { plain: plain(mib, walks, 0, bulk, 1472), first, later }
    }

    fn is_never_more(self) -> bool {
        self.first.max(self.later) <= self.plain
    }

    fn is_half(self) -> bool {
        self.first.max(self.later) * 2 <= self.plain
    }
}

/// All of ifTable and ifXTable, and ifNumber (RFC 2863), as the module if_mib walks them.
#[test]
fn the_interfaces_tables_take_half_of_a_plain_walk_or_less() {
    let walks = [vec![1, 3, 6, 1, 2, 1, 2], vec![1, 3, 6, 1, 2, 1, 31, 1, 1]];
    for (rows, bulk) in
        [0, 1, 2, 3, 5, 10, 24, 48, 100, 300].into_iter().flat_map(|rows| [(rows, true), (rows, false)])
    {
        for something_behind in [true, false] {
            let mut mib = device(something_behind);
            mib.insert(vec![1, 3, 6, 1, 2, 1, 2, 1, 0], number(1));
            let mut subtrees = vec![(vec![1, 3, 6, 1, 2, 1, 2, 1], true)];
            for (entry, columns) in
                [(&[1, 3, 6, 1, 2, 1, 2, 2, 1][..], 22), (&[1, 3, 6, 1, 2, 1, 31, 1, 1, 1], 19)]
            {
                for column in 1..=columns {
                    subtrees.push(([entry, &[column]].concat(), false));
                    let cell =
                        |row| ([entry, &[column, row]].concat(), number(1 + (column as usize * 7) % 5));
                    mib.extend((1..=rows).map(cell));
                }
            }
            let counts = Counts::of(&mib, &wanted(subtrees, &walks), &walks, bulk);
            let what = format!("{rows} rows, GETBULK: {bulk}: {counts:?}");
            assert!(counts.is_never_more(), "{what}");
            assert!(rows < 24 || counts.is_half(), "{what}");
        }
    }
}

/// Columns of one table, each walked by itself, next to each other or apart.
#[test]
fn single_columns_take_half_of_plain_walks_or_less() {
    let entry = [1, 3, 6, 1, 4, 1, 9, 9, 109, 1, 1, 1, 1];
    let sizes = [1, 2, 4, 8].into_iter().flat_map(|k| [0, 1, 2, 5, 10, 24, 48, 100, 300].map(|n| (k, n)));
    for (columns, rows) in sizes.chain([(9, 20), (10, 24), (12, 20), (16, 10), (16, 20)]) {
        for (step, something_behind, bulk) in
            (0..8).map(|n| (if n & 4 == 0 { 1 } else { 3 }, n & 2 == 0, n & 1 == 0))
        {
            let mut mib = device(something_behind);
            let mut walks = Vec::new();
            for column in 1..=columns * step {
                mib.extend((1..=rows).map(|row| ([&entry[..], &[column, row]].concat(), number(4))));
                if column % step == 0 {
                    walks.push([&entry[..], &[column]].concat());
                }
            }
            let subtrees = walks.iter().map(|walk| (walk.clone(), false)).collect();
            let counts = Counts::of(&mib, &wanted(subtrees, &walks), &walks, bulk);
            let what = format!("{columns} columns, {rows} rows, GETBULK: {bulk}: {counts:?}");
            assert!(counts.is_never_more(), "{what}");
            // Less than one is nothing; and without GETBULK where nothing lies behind, each column ends with an error.
            let halves = (columns >= 4 || rows >= 24) && counts.plain > 1 && bulk;
            assert!(!halves || counts.is_half(), "{what}");
        }
    }
}

/// A module of several hundred columns and scalars costs no more where the device has little of it, or nothing.
#[test]
fn what_a_device_does_not_have_costs_no_more_than_in_a_plain_walk() {
    let root = vec![1, 3, 6, 1, 4, 1, 318, 1, 1];
    let mut subtrees = Vec::new();
    for group in 1..=12 {
        let table =
            (1..=15).map(|column| (root.iter().copied().chain([group, 2, 1, column]).collect(), false));
        subtrees
            .extend((1..=12).map(|scalar| (root.iter().copied().chain([group, 1, scalar]).collect(), true)));
        subtrees.extend(table);
    }
    let walks = [root.clone()];
    let wanted = wanted(subtrees, &walks);
    // Groups it has, and rows of each of their tables.
    for (groups, rows) in [(0, 0), (1, 0), (1, 1), (1, 4), (1, 40), (2, 1), (3, 2), (4, 20), (12, 1)] {
        for (something_behind, bulk) in [(true, true), (false, true), (true, false), (false, false)] {
            let mut mib = device(something_behind);
            for group in (0..groups).map(|nth| 1 + nth * 12 / groups) {
                let name = |arcs: &[u32]| [&root, &[group][..], arcs].concat();
                mib.extend((1..=12).map(|scalar| (name(&[1, scalar, 0]), number(2))));
                let cells = (1..=15).flat_map(|column| (1..=rows).map(move |row| [2, 1, column, row]));
                mib.extend(cells.map(|cell| (name(&cell), number(3))));
            }
            let counts = Counts::of(&mib, &wanted, &walks, bulk);
            let what = format!("{groups} groups, {rows} rows, GETBULK: {bulk}: {counts:?}");
            assert!(counts.is_never_more(), "{what}");
        }
    }
}

/// A scalar and a table below one subtree, as hrMemorySize and hrStorageTable: whether the scalar is missing, or an
/// instance itself, is seen in passing.
#[test]
fn a_missing_scalar_before_a_table_costs_nothing() {
    let walks = [vec![1, 3, 6, 1, 2, 1, 25, 2]];
    let below = |arcs: &[u32]| [&walks[0][..], arcs].concat();
    let columns = (3..=6).map(|column| (below(&[3, 1, column]), false));
    let wanted = wanted(std::iter::once((below(&[2]), true)).chain(columns).collect(), &walks);
    for rows in [0, 1, 2, 5, 10, 24, 48] {
        for (scalar, something_behind) in
            [(None, true), (None, false), (Some(vec![2, 0]), true), (Some(vec![2]), true)]
        {
            let mut mib = device(something_behind);
            mib.extend(scalar.iter().map(|arcs| (below(arcs), number(4))));
            mib.extend(
                (3..=6)
                    .flat_map(|column| (1..=rows).map(move |row| [3, 1, column, row]))
                    .map(|arcs| (below(&arcs), number(4))),
            );
            let counts = Counts::of(&mib, &wanted, &walks, true);
            // One that breaks the rules is read, and may cost a request.
            let breaks_rules = scalar == Some(vec![2]);
            assert!(
                counts.is_never_more() || breaks_rules,
                "{rows} rows, {scalar:?}, {something_behind}: {counts:?}"
            );
        }
    }
}
