//! The part of BER that SNMP uses (X.690, RFC 3417 §8): definite lengths, low tag numbers, nothing
//! constructed but SEQUENCE and the PDUs.

use std::ops::Range;

/// INTEGER.
pub const INTEGER: u8 = 0x02;
/// OCTET STRING.
pub const OCTET_STRING: u8 = 0x04;
/// NULL.
pub const NULL: u8 = 0x05;
/// OBJECT IDENTIFIER.
pub const OBJECT_IDENTIFIER: u8 = 0x06;
/// SEQUENCE and SEQUENCE OF.
pub const SEQUENCE: u8 = 0x30;

/// What is wrong with some octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BerError {
    /// The octets end inside a tag, a length, a value or an arc.
    #[error("the data ends too early")]
    Truncated,
    /// Octets are left where the structure should have ended.
    #[error("octets follow the end")]
    Trailing,
    /// A length is indefinite, or longer than four octets.
    #[error("a length is of a form that SNMP does not use")]
    Length,
    /// Another tag was due here.
    #[error("tag {got:#04x} where {wanted:#04x} was due")]
    Tag {
        /// The tag that should stand here.
        wanted: u8,
        /// The tag that stands here.
        got: u8,
    },
    /// An INTEGER has no octets, or too many for its place.
    #[error("an INTEGER of {0} octets")]
    Integer(usize),
    /// A number below zero where there is none.
    #[error("{0} where no number below zero can be")]
    Negative(i32),
    /// An arc of 2^32 or more.
    #[error("an arc does not fit in 32 bits")]
    Arc,
    /// More arcs than SNMP allows.
    #[error("an OID of more than 128 arcs")]
    TooManyArcs,
}

/// Reads values one after another, borrowing from the packet.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader at the beginning of `octets`.
    pub fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }

    /// What has not been read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether everything has been read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Reads any value: its tag and its content octets.
    pub fn value(&mut self) -> Result<(u8, &'a [u8]), BerError> {
        let [tag, first, rest @ ..] = self.rest else { return Err(BerError::Truncated) };
        let (length, rest) = match first {
            0..=0x7f => (usize::from(*first), rest),
            0x81..=0x84 => {
                let (octets, rest) =
                    rest.split_at_checked(usize::from(first & 0x7f)).ok_or(BerError::Truncated)?;
                (octets.iter().fold(0, |length, octet| length << 8 | usize::from(*octet)), rest)
            }
            _ => return Err(BerError::Length),
        };
        let (content, rest) = rest.split_at_checked(length).ok_or(BerError::Truncated)?;
        self.rest = rest;
        Ok((*tag, content))
    }

    /// Reads a value that must have this tag, and gives its content octets.
    pub fn expect(&mut self, wanted: u8) -> Result<&'a [u8], BerError> {
        match self.value()? {
            (tag, content) if tag == wanted => Ok(content),
            (got, _) => Err(BerError::Tag { wanted, got }),
        }
    }

    /// Reads an INTEGER of at most 32 bits.
    pub fn integer(&mut self) -> Result<i32, BerError> {
        let content = self.expect(INTEGER)?;
        let wide = signed(content)?;
        i32::try_from(wide).map_err(|_| BerError::Integer(content.len()))
    }

    /// Fails if anything is left.
    pub fn end(&self) -> Result<(), BerError> {
        if self.rest.is_empty() { Ok(()) } else { Err(BerError::Trailing) }
    }
}

/// The number in an INTEGER's content octets.
pub fn signed(content: &[u8]) -> Result<i64, BerError> {
    let [first, ..] = content else { return Err(BerError::Integer(0)) };
    if content.len() > 8 {
        return Err(BerError::Integer(content.len()));
    }
    let sign = if first & 0x80 != 0 { -1 } else { 0 };
    Ok(content.iter().fold(sign, |number, octet| number << 8 | i64::from(*octet)))
}

/// The number in the content octets of an unsigned type: at most nine octets, of which the first is then
/// zero.
pub fn unsigned(content: &[u8]) -> Result<u64, BerError> {
    match content {
        [] => Err(BerError::Integer(0)),
        [0, rest @ ..] if rest.len() <= 8 => Ok(fold(rest)),
        _ if content.len() <= 8 => Ok(fold(content)),
        _ => Err(BerError::Integer(content.len())),
    }
}

fn fold(octets: &[u8]) -> u64 {
    octets.iter().fold(0, |number, octet| number << 8 | u64::from(*octet))
}

/// How many octets a length takes.
pub fn length_len(length: usize) -> usize {
    match length {
        0..0x80 => 1,
        0x80..0x100 => 2,
        0x100..0x1_0000 => 3,
        0x1_0000..0x100_0000 => 4,
        _ => 5,
    }
}

/// How many octets a value takes whose content takes `content`.
pub fn value_len(content: usize) -> usize {
    1 + length_len(content) + content
}

/// Appends a tag and a length, in the shortest form.
pub fn write_header(tag: u8, length: usize, out: &mut Vec<u8>) {
    out.push(tag);
    let octets = (length as u32).to_be_bytes();
    match length_len(length) {
        1 => out.push(length as u8),
        more => {
            out.push(0x80 | (more - 1) as u8);
            out.extend_from_slice(&octets[5 - more..]);
        }
    }
}

/// Appends a value with these content octets.
pub fn write_value(tag: u8, content: &[u8], out: &mut Vec<u8>) {
    write_header(tag, content.len(), out);
    out.extend_from_slice(content);
}

/// Appends a signed number in the fewest octets.
pub fn write_signed(tag: u8, number: i64, out: &mut Vec<u8>) {
    let octets = number.to_be_bytes();
    write_value(tag, &octets[8 - signed_len(number)..], out);
}

/// How many content octets a signed number takes.
pub fn signed_len(number: i64) -> usize {
    let magnitude = if number < 0 { !number } else { number };
    (64 - magnitude.leading_zeros() as usize) / 8 + 1
}

/// Appends an unsigned number in the fewest octets, with a leading zero where the first bit is set.
pub fn write_unsigned(tag: u8, number: u64, out: &mut Vec<u8>) {
    let wide = u128::from(number).to_be_bytes();
    let length = (64 - number.leading_zeros() as usize) / 8 + 1;
    write_value(tag, &wide[16 - length..], out);
}

/// Appends a value whose content `write` appends; the length is put in front of it afterwards.
pub fn write_nested(tag: u8, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    out.push(tag);
    let length_at = out.len();
    write(out);
    let length = out.len() - length_at;
    let mut header = Vec::with_capacity(6);
    write_header(tag, length, &mut header);
    out.splice(length_at..length_at, header.into_iter().skip(1));
}

/// Where the values in `octets` stand, one range for each, up to the first that cannot be read.
pub fn ranges(octets: &[u8]) -> Vec<Range<usize>> {
    let mut reader = Reader::new(octets);
    let mut ranges = Vec::new();
    while !reader.is_empty() {
        let from = octets.len() - reader.rest().len();
        if reader.value().is_err() {
            break;
        }
        ranges.push(from..octets.len() - reader.rest().len());
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_take_the_octets_x690_gives_them() {
        let rows: [(i64, &[u8]); 9] = [
            (0, &[2, 1, 0]),
            (127, &[2, 1, 127]),
            (128, &[2, 2, 0, 128]),
            (-1, &[2, 1, 0xff]),
            (-128, &[2, 1, 0x80]),
            (-129, &[2, 2, 0xff, 0x7f]),
            (256, &[2, 2, 1, 0]),
            (i64::from(i32::MIN), &[2, 4, 0x80, 0, 0, 0]),
            (i64::MAX, &[2, 8, 0x7f, 255, 255, 255, 255, 255, 255, 255]),
        ];
        for (number, wire) in rows {
            let mut out = Vec::new();
            write_signed(INTEGER, number, &mut out);
            assert_eq!(out, wire, "{number}");
        }
        let mut out = Vec::new();
        write_unsigned(0x46, u64::MAX, &mut out);
        assert_eq!(out, [0x46, 9, 0, 255, 255, 255, 255, 255, 255, 255, 255]);
    }

    #[test]
    fn broken_octets_are_named() {
        let read = |octets: &[u8]| Reader::new(octets).value().map(|(tag, content)| (tag, content.to_vec()));
        assert_eq!(read(&[]), Err(BerError::Truncated));
        assert_eq!(read(&[2]), Err(BerError::Truncated));
        assert_eq!(read(&[2, 2, 0]), Err(BerError::Truncated));
        assert_eq!(read(&[2, 0x80, 0]), Err(BerError::Length));
        assert_eq!(read(&[2, 0x85, 0, 0, 0, 0, 1, 7]), Err(BerError::Length));
        assert_eq!(read(&[2, 0x82, 0, 1, 7]), Ok((2, vec![7])), "a longer form than needed is legal");
        assert_eq!(Reader::new(&[4, 0]).integer(), Err(BerError::Tag { wanted: 2, got: 4 }));
        assert_eq!(Reader::new(&[2, 0]).integer(), Err(BerError::Integer(0)));
        assert_eq!(Reader::new(&[2, 5, 1, 0, 0, 0, 0]).integer(), Err(BerError::Integer(5)));
        assert_eq!(unsigned(&[1, 0, 0, 0, 0, 0, 0, 0, 0]), Err(BerError::Integer(9)));
    }

    proptest! {
        #[test]
        fn every_number_and_length_survives(number: i64, unsigned_number: u64, length in 0usize..70_000) {
            let mut out = Vec::new();
            write_signed(INTEGER, number, &mut out);
            prop_assert_eq!(out.len(), value_len(signed_len(number)));
            prop_assert_eq!(signed(Reader::new(&out).value().unwrap().1), Ok(number));
            out.clear();
            write_unsigned(0x41, unsigned_number, &mut out);
            prop_assert_eq!(unsigned(Reader::new(&out).value().unwrap().1), Ok(unsigned_number));
            out.clear();
            write_nested(SEQUENCE, &mut out, |out| out.resize(out.len() + length, 7));
            prop_assert_eq!(out.len(), value_len(length));
            prop_assert_eq!(Reader::new(&out).expect(SEQUENCE).unwrap().len(), length);
        }

        #[test]
        fn no_octets_make_the_reader_panic(octets in proptest::collection::vec(any::<u8>(), 0..80)) {
            let mut reader = Reader::new(&octets);
            while reader.value().is_ok() && !reader.is_empty() {}
            ranges(&octets);
        }
    }
}
