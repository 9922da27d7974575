//! Texts: plain ones, odd ones, dates, and texts that a regular expression describes.

use lab::dice::Dice;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Texts that people and agents really write, and some that only a mean one does.
const ODD: &[&[u8]] = &[
    b"",
    b" ",
    b"  padded  ",
    b"line one\nline two",
    b"carriage\r\n",
    b"tab\tbetween",
    b"say \"hello\"",
    b"C:\\new\\table",
    b"nul\0inside",
    b"\0",
    b"\x7f\x1b[31m",
    b"latin \xe9\xe8 one",
    b"\xff\xfe\xfd",
    b"cut \xe2\x82",
    b"over\xc0\xaflong",
    b"\xed\xa0\x80 surrogate",
    "ქსელი".as_bytes(),
    "smörgås 🦀".as_bytes(),
    "\u{feff}bom".as_bytes(),
    "\u{2028}line\u{85}ends".as_bytes(),
    b"{curly=\"braces\"} 1",
    b"# HELP me",
    b"+Inf",
    b"NaN",
    b"00:11:22:33:44:55",
    b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

const PLAIN: &[&str] = &["eth", "GigabitEthernet1/0/", "uplink to ", "psu-", "Port: ", "µ-", "fan", "Vlan"];

/// The octets of a text or of a string of any octets; different for different `unique`.
pub(super) fn octets(text: bool, unique: u64, dice: &mut Dice, odd: bool) -> Vec<u8> {
    if odd {
        return ODD[dice.below(ODD.len() as u64) as usize].to_vec();
    }
    if text {
        return format!("{}{unique}", PLAIN[dice.below(PLAIN.len() as u64) as usize]).into_bytes();
    }
    let mut octets = unique.to_be_bytes()[6..].to_vec();
    octets.extend((0..dice.below(6)).map(|_| dice.below(256) as u8));
    octets
}

/// What numbers look like in texts.
const NUMBERS: &[&str] = &[
    "42",
    "0",
    "-7",
    "3.14",
    "12.5 V",
    "1e3",
    "0x1F",
    "0x10p1",
    "1_000",
    "inf",
    "-Infinity",
    "nan",
    "1,5",
    "007",
    " 5",
    "5 ",
    "+9",
    ".5",
    "5.",
    "1e400",
    "1e-400",
    "12345678901234567890",
    "--",
    "",
    "True",
    "False",
    "1",
    "12",
    "123",
];

/// A text that `regex` may match: made by it, or something with a number in it.
pub(super) fn matching(regex: &str, dice: &mut Dice) -> String {
    if dice.happens(0.4) {
        return NUMBERS[dice.below(NUMBERS.len() as u64) as usize].to_string();
    }
    let mut text = String::new();
    if let Ok(pattern) = regex_syntax::parse(regex) {
        write(&pattern, dice, &mut text);
    }
    text
}

fn write(pattern: &Hir, dice: &mut Dice, out: &mut String) {
    match pattern.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(Class::Unicode(class)) => {
            let digit = char::from(b'0' + dice.below(10) as u8);
            let takes =
                |wanted: char| class.iter().any(|range| (range.start()..=range.end()).contains(&wanted));
            if takes(digit) && dice.happens(0.8) {
                return out.push(digit);
            }
            let ranges = class.ranges();
            if let Some(range) = ranges.get(dice.below(ranges.len() as u64) as usize) {
                let (first, last) = (u32::from(range.start()), u32::from(range.end()).min(0x2ff));
                let width = u64::from(last.saturating_sub(first)) + 1;
                out.extend(char::from_u32(first + dice.below(width) as u32));
            }
        }
        HirKind::Class(Class::Bytes(_)) => {}
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(repetition.min + 4).min(repetition.min + 4);
            let times = repetition.min + dice.below(u64::from(most - repetition.min) + 1) as u32;
            (0..times).for_each(|_| write(&repetition.sub, dice, out));
        }
        HirKind::Capture(capture) => write(&capture.sub, dice, out),
        HirKind::Concat(parts) => parts.iter().for_each(|part| write(part, dice, out)),
        HirKind::Alternation(parts) => {
            if let Some(part) = parts.get(dice.below(parts.len() as u64) as usize) {
                write(part, dice, out);
            }
        }
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A date as a pattern of `strptime` describes it. Its parts need not go together: nobody says what Monday the
/// 31st of February is, but both sides must say the same.
pub(super) fn date(pattern: &str, dice: &mut Dice) -> String {
    let mut text = String::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        let mut pick = |low: u64, high: u64| low + dice.below(high - low + 1);
        let part = match letters.next().unwrap_or('%') {
            'Y' => pick(1900, 2100).to_string(),
            'y' => format!("{:02}", pick(0, 99)),
            'C' => format!("{:02}", pick(19, 20)),
            'm' => format!("{:02}", pick(1, 12)),
            'B' => MONTHS[pick(0, 11) as usize].to_string(),
            'b' | 'h' => MONTHS[pick(0, 11) as usize][..3].to_string(),
            'd' => format!("{:02}", pick(1, 31)),
            'e' => format!("{:2}", pick(1, 31)),
            'j' => format!("{:03}", pick(1, 366)),
            'A' => DAYS[pick(0, 6) as usize].to_string(),
            'a' => DAYS[pick(0, 6) as usize][..3].to_string(),
            'H' => format!("{:02}", pick(0, 23)),
            'k' => format!("{:2}", pick(0, 23)),
            'I' => format!("{:02}", pick(1, 12)),
            'l' => format!("{:2}", pick(1, 12)),
            'M' => format!("{:02}", pick(0, 59)),
            'S' => format!("{:02}", pick(0, 60)),
            'p' => ["AM", "PM"][pick(0, 1) as usize].to_string(),
            'P' => ["am", "pm"][pick(0, 1) as usize].to_string(),
            'f' => format!("{:06}", pick(0, 999_999)),
            's' => pick(0, 4_000_000_000).to_string(),
            'u' => pick(1, 7).to_string(),
            'w' => pick(0, 6).to_string(),
            'U' | 'V' | 'W' => format!("{:02}", pick(0, 53)),
            'G' => pick(1970, 2100).to_string(),
            'g' => format!("{:02}", pick(0, 99)),
            'z' => format!("{}{:02}{:02}", ["+", "-"][pick(0, 1) as usize], pick(0, 14), pick(0, 59)),
            'Z' => ["UTC", "GMT", "CET", "EST"][pick(0, 3) as usize].to_string(),
            'T' => format!("{:02}:{:02}:{:02}", pick(0, 23), pick(0, 59), pick(0, 59)),
            'R' => format!("{:02}:{:02}", pick(0, 23), pick(0, 59)),
            'F' => format!("{}-{:02}-{:02}", pick(1970, 2100), pick(1, 12), pick(1, 31)),
            'D' => format!("{:02}/{:02}/{:02}", pick(1, 12), pick(1, 31), pick(0, 99)),
            't' => "\t".to_string(),
            'n' => "\n".to_string(),
            other => other.to_string(),
        };
        text.push_str(&part);
    }
    // A part that is missing, or one too many.
    match dice.below(20) {
        0 => text.push_str(" x"),
        1 => text.push('9'),
        2 => text.insert(0, ' '),
        3 => text = text.to_uppercase(),
        _ => {}
    }
    text
}
