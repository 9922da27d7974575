use std::time::Duration;

use super::*;
use crate::ask::{self, Response};
use crate::value::Value;
use proptest::prelude::*;

const COLUMN: [u32; 10] = [1, 3, 6, 1, 2, 1, 2, 2, 1, 10];

/// Two scalars, ifInOctets and ifHCInOctets of three rows, and one object behind them.
fn mib() -> Mib {
    let mut objects: Vec<(Oid, Value)> =
        vec![(oid("1.3.6.1.2.1.1.3.0"), Value::TimeTicks(7)), (oid("1.3.6.1.2.1.1.5.0"), Value::text("r1"))];
    for row in 1..=3 {
        objects.push((Oid::from(COLUMN).child(&[row]), Value::Counter32(row)));
        objects.push((oid("1.3.6.1.2.1.31.1.1.1.6").child(&[row]), Value::Counter64(u64::from(row))));
    }
    objects.push((oid("1.3.6.1.4.1.9.1.0"), Value::Integer(1)));
    Mib::of(objects).unwrap()
}

fn oid(text: &str) -> Oid {
    text.parse().unwrap()
}

fn answer(version: Version, operation: Operation, asked: &[&str], view: &View<'_>) -> Response {
    let asked: Vec<Oid> = asked.iter().map(|text| oid(text)).collect();
    answer_of(&mib(), version, operation, &asked, view)
}

fn answer_of(mib: &Mib, version: Version, operation: Operation, asked: &[Oid], view: &View<'_>) -> Response {
    let packet = ask::request(version, b"public", 9, operation, asked);
    let mut names = Names::default();
    let request = Request::decode(&packet, &mut names).unwrap();
    let mut answer = Answer::default();
    let moment = Moment::new(Duration::ZERO, Duration::ZERO);
    answer.respond(&request, &names, mib, view, &moment);
    let mut reply = Vec::new();
    answer.head(&request).encode(&answer.varbinds, &mut reply);
    assert!(reply.len() <= view.limits.max_message || answer.error_status != 0);
    Response::decode(&reply).unwrap()
}

/// `name=value` for each varbind, the error in front where there is one.
fn text(response: &Response) -> String {
    let mut parts = Vec::new();
    if response.error_status != 0 {
        parts.push(format!("error {} at {}", response.error_status, response.error_index));
    }
    for (name, value) in &response.varbinds {
        let value = match value {
            Value::Counter32(number) => number.to_string(),
            Value::Counter64(number) => format!("{number}L"),
            Value::Integer(number) => format!("{number}"),
            Value::TimeTicks(number) => format!("{number}t"),
            Value::OctetString(octets) => String::from_utf8_lossy(octets).into_owned(),
            Value::Null => "null".to_owned(),
            Value::Raw { tag, .. } => match *tag {
                NO_SUCH_OBJECT => "noSuchObject",
                NO_SUCH_INSTANCE => "noSuchInstance",
                END_OF_MIB_VIEW => "end",
                _ => "?",
            }
            .to_owned(),
            other => format!("{other:?}"),
        };
        let name = name.to_string();
        parts.push(format!("{}={value}", name.strip_prefix("1.3.6.1.").unwrap_or(&name)));
    }
    parts.join(" ")
}

fn bulk(non_repeaters: usize, max_repetitions: usize) -> Operation {
    Operation::GetBulk { non_repeaters, max_repetitions }
}

#[test]
fn answers_are_by_the_book() {
    use Operation::{Get, GetNext, Set};
    use Version::{V1, V2c};
    let rows: [(Version, Operation, &[&str], &str); 21] = [
        (V2c, Get, &["1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.3.0"], "2.1.1.5.0=r1 2.1.1.3.0=7t"),
        (V2c, Get, &["1.3.6.1.2.1.1.5.1"], "2.1.1.5.1=noSuchInstance"),
        (V2c, Get, &["1.3.6.1.2.1.1.5"], "2.1.1.5=noSuchInstance"),
        (V2c, Get, &["1.3.6.1.2.1.1.6.0", "1.3.6.1.2.1.1.5.0"], "2.1.1.6.0=noSuchObject 2.1.1.5.0=r1"),
        (V2c, Get, &[], ""),
        (V2c, GetNext, &["1.3.6.1.2.1.1.5", "1.3.6.1.2.1.1.5.0"], "2.1.1.5.0=r1 2.1.2.2.1.10.1=1"),
        (V2c, GetNext, &["1.3.6.1.4.1.9.1.0", "1.3"], "4.1.9.1.0=end 2.1.1.3.0=7t"),
        (
            V2c,
            bulk(1, 2),
            &["1.3.6.1.2.1.1.3", "1.3.6.1.2.1.2.2.1.10"],
            "2.1.1.3.0=7t 2.1.2.2.1.10.1=1 2.1.2.2.1.10.2=2",
        ),
        (
            V2c,
            bulk(0, 2),
            &["1.3.6.1.2.1.2.2.1.10.1", "1.3.6.1.2.1.31.1.1.1.6.3"],
            "2.1.2.2.1.10.2=2 4.1.9.1.0=1 2.1.2.2.1.10.3=3 4.1.9.1.0=end",
        ),
        // Once every column has ended there is nothing more to say.
        (V2c, bulk(0, 50), &["1.3.6.1.4.1.9", "1.3.7"], "4.1.9.1.0=1 1.3.7=end 4.1.9.1.0=end 1.3.7=end"),
        (V2c, bulk(5, 9), &["1.3.6.1.2.1.1.3"], "2.1.1.3.0=7t"),
        (V2c, bulk(0, 0), &["1.3.6.1.2.1.1.3"], ""),
        (V2c, Set, &["1.3.6.1.2.1.1.5.0"], "error 17 at 1 2.1.1.5.0=null"),
        (V1, Get, &["1.3.6.1.2.1.1.5.0"], "2.1.1.5.0=r1"),
        (V1, Get, &["1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.9.0"], "error 2 at 2 2.1.1.5.0=null 2.1.1.9.0=null"),
        (V1, Get, &["1.3.6.1.2.1.31.1.1.1.6.1"], "error 2 at 1 2.1.31.1.1.1.6.1=null"),
        (V1, GetNext, &["1.3.6.1.2.1.2.2.1.10.3"], "4.1.9.1.0=1"),
        (V1, GetNext, &["1.3.6.1.2.1.1.3", "1.3.6.1.4.1.9.1.0"], "error 2 at 2 2.1.1.3=null 4.1.9.1.0=null"),
        (V1, Set, &["1.3.6.1.2.1.1.5.0"], "error 2 at 1 2.1.1.5.0=null"),
        (V2c, Get, &["1.3"], "1.3=noSuchObject"),
        (V2c, GetNext, &["0.0"], "2.1.1.3.0=7t"),
    ];
    for (version, operation, asked, wanted) in rows {
        let response = answer(version, operation, asked, &View::default());
        assert_eq!(text(&response), wanted, "{version:?} {operation:?} {asked:?}");
    }
}

#[test]
fn answers_are_cut_to_what_the_limits_allow() {
    let column = "1.3.6.1.2.1.2.2.1.10";
    let wide = "1.3.6.1.2.1.31.1.1.1.6";
    let three = [column, wide, column];
    let limited =
        |max_message| View { limits: Limits { max_message, ..Limits::default() }, ..View::default() };
    let all = answer(Version::V2c, bulk(0, 3), &three, &limited(1472));
    assert_eq!(all.varbinds.len(), 9);
    for max_message in 60..200 {
        let some = answer(Version::V2c, bulk(0, 3), &three, &limited(max_message));
        assert_eq!(some.error_status, 0);
        assert_eq!(
            some.varbinds,
            all.varbinds[..some.varbinds.len()],
            "the end is cut off, at {max_message}"
        );
        let mut rows = limited(max_message);
        rows.limits.whole_rows = true;
        let rows = answer(Version::V2c, bulk(0, 3), &three, &rows).varbinds.len();
        assert!(rows == some.varbinds.len() / 3 * 3 || rows == some.varbinds.len() && rows < 3);
    }
    for (version, asked, wanted) in [
        (Version::V2c, Operation::Get, "error 1 at 0"),
        (Version::V2c, bulk(0, 3), "error 1 at 0"),
        (Version::V1, Operation::GetNext, "error 1 at 0 2.1.1.3.0=null"),
    ] {
        assert_eq!(text(&answer(version, asked, &["1.3.6.1.2.1.1.3.0"], &limited(30))), wanted);
    }
    let capped = View { limits: Limits { max_varbinds: Some(7), ..Limits::default() }, ..View::default() };
    assert_eq!(answer(Version::V2c, bulk(0, 50), &three, &capped).varbinds.len(), 6);
    assert_eq!(answer(Version::V2c, bulk(1, 50), &three, &capped).varbinds.len(), 7);
    let tight = View { limits: Limits { max_varbinds: Some(2), ..Limits::default() }, ..View::default() };
    assert_eq!(answer(Version::V2c, bulk(0, 50), &three, &tight).varbinds.len(), 3, "one row at least");
}

#[test]
fn a_disturbed_view_is_disturbed_as_told() {
    let failing = Oid::from(COLUMN).child(&[2]);
    let genuine = View { failing: Some(&failing), ..View::default() };
    let column = "1.3.6.1.2.1.2.2.1.10";
    assert_eq!(
        text(&answer(Version::V2c, bulk(1, 5), &["1.3.6.1.2.1.1.3", column], &genuine)),
        "error 5 at 2 2.1.1.3=null 2.1.2.2.1.10=null"
    );
    let hidden = View { hidden_row: Some(2), ..View::default() };
    assert_eq!(
        text(&answer(Version::V2c, bulk(0, 2), &[column], &hidden)),
        "2.1.2.2.1.10.1=1 2.1.2.2.1.10.3=3"
    );
    assert_eq!(
        text(&answer(Version::V2c, Operation::Get, &["1.3.6.1.2.1.2.2.1.10.2"], &hidden)),
        "2.1.2.2.1.10.2=noSuchInstance"
    );
    let looping = View { restart_columns: true, ..View::default() };
    assert_eq!(
        text(&answer(Version::V2c, bulk(0, 2), &["1.3.6.1.2.1.2.2.1.10.3"], &looping)),
        "2.1.2.2.1.10.1=1 2.1.2.2.1.10.2=2"
    );
    let missing =
        View { misses: &[Miss::EndOfMibView, Miss::NoSuchObject], misses_given: 3, ..View::default() };
    assert_eq!(
        text(&answer(Version::V2c, Operation::Get, &["1.3.1", "1.3.2", "1.3.3"], &missing)),
        "1.3.1=noSuchObject 1.3.2=end 1.3.3=noSuchObject"
    );
}

/// GETBULK as RFC 3416 §4.2.3 words it, one variable after the other, slowly.
fn bulk_by_the_letter(
    mib: &[Oid],
    asked: &[Oid],
    non_repeaters: usize,
    repetitions: usize,
) -> Vec<(Oid, bool)> {
    let next = |name: &Oid| match mib.iter().find(|known| *known > name) {
        Some(found) => (found.clone(), true),
        None => (name.clone(), false),
    };
    let (singles, columns) = asked.split_at(non_repeaters.min(asked.len()));
    let mut found: Vec<(Oid, bool)> = singles.iter().map(next).collect();
    let mut row = columns.to_vec();
    for _ in 0..repetitions {
        let variables: Vec<(Oid, bool)> = row.iter().map(next).collect();
        row = variables.iter().map(|(name, _)| name.clone()).collect();
        let all_ended = variables.iter().all(|(_, exists)| !exists);
        found.extend(variables);
        if all_ended {
            break;
        }
    }
    found
}

proptest! {
    #[test]
    fn bulks_are_by_the_letter(
        known in proptest::collection::btree_set(proptest::collection::vec(0u32..4, 1..4), 0..20),
        asked in proptest::collection::vec(proptest::collection::vec(0u32..5, 0..4), 0..5),
        non_repeaters in 0usize..6,
        repetitions in 0usize..12,
        max_message in 40usize..1500,
    ) {
        let below = |tails: Vec<Vec<u32>>| -> Vec<Oid> {
            tails.into_iter().map(|tail| Oid::from([1, 3]).child(&tail)).collect()
        };
        let (known, asked) = (below(known.into_iter().collect()), below(asked));
        let mib = Mib::of(known.iter().map(|name| (name.clone(), Value::Integer(1)))).unwrap();
        let view = View { limits: Limits { max_message, ..Limits::default() }, ..View::default() };
        let response = answer_of(&mib, Version::V2c, bulk(non_repeaters, repetitions), &asked, &view);
        let got: Vec<(Oid, bool)> = (response.varbinds.into_iter())
            .map(|(name, value)| (name, value == Value::Integer(1)))
            .collect();
        let wanted = bulk_by_the_letter(&known, &asked, non_repeaters, repetitions);
        if response.error_status == 0 {
            prop_assert_eq!(&got[..], &wanted[..got.len()]);
            // The head takes at most 36 octets here, and a varbind 12: one more would not have fitted.
            let no_room = max_message < 36 + 12 * (got.len() + 1);
            prop_assert!(got.len() == wanted.len() || no_room, "{} of {}", got.len(), wanted.len());
        } else {
            prop_assert!(got.is_empty() && max_message < 60);
        }
    }
}
