use std::path::{Path, PathBuf};

use super::*;
use crate::mib::Mib;
use proptest::prelude::*;

fn object(line: &str) -> Result<Object, String> {
    read_line(line.as_bytes()).map(|(_, object)| object)
}

#[test]
fn lines_of_every_kind_are_read() {
    let rows: [(&str, Object); 20] = [
        ("1.3.6.1.2.1.2.1.0|2|-7", Value::Integer(-7).into()),
        (".1.3.6.1.2.1.1.5.0|4|a|b ", Value::text("a|b ").into()),
        ("1.3|4|", Value::text("").into()),
        ("1.3|4x|001BFF", Value::OctetString(vec![0, 0x1b, 0xff]).into()),
        ("1.3|4x|", Value::OctetString(vec![]).into()),
        ("1.3|5|", Value::Null.into()),
        ("1.3|6|1.3.6.1.4.1.9", Value::ObjectIdentifier([1, 3, 6, 1, 4, 1, 9].into()).into()),
        ("1.3|6|.0.0", Value::ObjectIdentifier([0, 0].into()).into()),
        ("1.3|64|192.0.2.1", Value::IpAddress([192, 0, 2, 1]).into()),
        ("1.3|64x|c0000201", Value::IpAddress([192, 0, 2, 1]).into()),
        ("1.3|64x|c00002", Value::Raw { tag: 64, content: vec![0xc0, 0, 2] }.into()),
        ("1.3|65|4294967295", Value::Counter32(u32::MAX).into()),
        ("1.3|66|5", Value::Gauge32(5).into()),
        ("1.3|67|6", Value::TimeTicks(6).into()),
        ("1.3|68x|9f7804", Value::Opaque(vec![0x9f, 0x78, 4]).into()),
        ("1.3|70|18446744073709551615", Value::Counter64(u64::MAX).into()),
        ("1.3|67:numeric|rate=100,initial=5", Moving::steady(MovingKind::TimeTicks, 5, 100.0).into()),
        ("1.3|2:numeric|min=1,max=2,initial=2,wrap=1", Value::Integer(2).into()),
        ("1.3|4:writecache|value=Port 9", Value::text("Port 9").into()),
        ("1.3|2:writecache|value=", Value::Integer(0).into()),
    ];
    for (line, wanted) in rows {
        assert_eq!(object(line), Ok(wanted), "{line}");
    }
}

#[test]
fn lines_that_are_broken_say_why() {
    for (line, reason) in [
        ("1.3.6", "a line is OID|TAG|VALUE"),
        ("iso.3.6|2|1", "\"iso\" is no number"),
        ("1.3|OCTET|x", "\"OCTET\" is no tag"),
        ("1.3|2|one", "\"one\" is no INTEGER"),
        ("1.3|4x|abc", "\"abc\" is not hexadecimal"),
        ("1.3|4x|346288XX", "\"346288XX\" is not hexadecimal"),
        ("1.3|66|-1", "\"-1\" is no number below 4294967296"),
        ("1.3|64|removed", "\"removed\" is no IpAddress"),
        ("1.3|99|1", "tag 99 is unknown"),
        ("1.3|4:delay|wait=5", "variation \"delay\" is not supported"),
    ] {
        let error = object(line).unwrap_err();
        assert!(error.starts_with(reason), "{line}: {error}");
    }
}

#[test]
fn recordings_are_sorted_and_the_first_of_two_lines_counts() {
    let recording = Recording::read(b"1.3.6.2|2|1\r\n# a remark\n\n1.3.6.1|2|2\r\nbroken\n1.3.6.2|2|3\n");
    let objects: Vec<(String, &Object)> =
        recording.objects.iter().map(|(name, object)| (name.to_string(), object)).collect();
    assert_eq!(
        objects,
        [
            ("1.3.6.1".to_owned(), &Value::Integer(2).into()),
            ("1.3.6.2".to_owned(), &Value::Integer(1).into())
        ]
    );
    assert_eq!(recording.duplicates, 1);
    assert_eq!(recording.bad_lines.iter().map(|bad| bad.line).collect::<Vec<_>>(), [5]);
}

#[test]
fn the_clock_of_a_recording_runs_on() {
    let recording = Recording::read(b"1.3.6.1.2.1.1.3.0|67|700").with_running_clock();
    assert_eq!(recording.objects.iter().next().unwrap().1, &Moving::uptime(700).into());
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(octets in proptest::collection::vec(any::<u8>(), 0..40), number: u64) {
        let name = Oid::from([1, 3, 6, 1]);
        for value in [
            Value::OctetString(octets.clone()),
            Value::Opaque(octets.clone()),
            Value::Raw { tag: 0x47, content: octets },
            Value::Integer(number as i64),
            Value::Counter64(number),
            Value::TimeTicks(number as u32),
            Value::IpAddress((number as u32).to_be_bytes()),
            Value::ObjectIdentifier(Oid::from([1, 3, number as u32])),
            Value::Null,
        ] {
            let mut line = Vec::new();
            write_line(&name, &value, &mut line).unwrap();
            let recording = Recording::read(&line);
            prop_assert_eq!(&recording.bad_lines, &[]);
            let read: Vec<_> = recording.objects.iter().collect();
            prop_assert_eq!(read, [(&name, &Object::Still(value))]);
        }
    }

    #[test]
    fn no_file_makes_the_reader_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        Recording::read(&octets);
    }
}

/// Recordings of real devices that are kept beside the repository.
fn shared() -> Option<PathBuf> {
    let beside = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let shared = std::env::var_os("WARD_SHARED").map_or_else(|| beside.to_owned(), PathBuf::from);
    let recordings = shared.join("recordings");
    if recordings.is_dir() {
        return Some(recordings);
    }
    eprintln!("skipped: no recordings at {}", recordings.display());
    None
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "snmprec") {
            found.push(path);
        }
    }
}

#[test]
fn every_recording_of_a_real_device_loads() {
    let Some(recordings) = shared() else { return };
    let mut paths = Vec::new();
    for folder in ["devices", "networks"] {
        files(&recordings.join(folder), &mut paths);
    }
    assert!(paths.len() > 50, "{} recordings", paths.len());
    for path in paths {
        let recording = Recording::load(&path).unwrap();
        let mib: Mib = recording.objects.build().unwrap();
        assert!(mib.len() > 20, "{}: {} objects", path.display(), mib.len());
        let bad = &recording.bad_lines;
        assert!(
            bad.len() * 20 < mib.len(),
            "{}: {} bad lines, such as {:?}",
            path.display(),
            bad.len(),
            bad[0]
        );
    }
}
