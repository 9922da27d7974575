//! A text, read piece by piece from its beginning.

/// The text and how far it was read.
pub(super) struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text: text.as_bytes(), at: 0 }
    }

    pub fn is_done(&self) -> bool {
        self.at == self.text.len()
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub fn plain(&mut self, expected: u8) -> Option<()> {
        (self.peek()? == expected).then(|| self.at += 1)
    }

    pub fn sign(&mut self) -> i64 {
        if self.plain(b'-').is_some() { -1 } else { 1 }
    }

    /// A number of up to so many digits.
    pub fn number(&mut self, digits: usize, least: i64, most: i64) -> Option<i64> {
        let start = self.at;
        let mut value = 0i64;
        while self.at < start + digits
            && let Some(digit @ b'0'..=b'9') = self.peek()
        {
            value = value.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
            self.at += 1;
        }
        (self.at > start && (least..=most).contains(&value)).then_some(value)
    }

    /// A number of up to two digits, which a space may come before.
    pub fn padded(&mut self, least: i64, most: i64) -> Option<i64> {
        let _ = self.plain(b' ');
        self.number(2, least, most)
    }

    /// One of these names, cut to so many letters, in any case; counted from 1.
    pub fn name(&mut self, names: &[&str], letters: usize) -> Option<i64> {
        let rest = &self.text[self.at..];
        let found = names.iter().position(|name| {
            let name = &name.as_bytes()[..name.len().min(letters)];
            rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        })?;
        self.at += names[found].len().min(letters);
        Some(found as i64 + 1)
    }

    pub fn spaces(&mut self) -> Option<()> {
        let start = self.at;
        while let Some(b' ' | b'\t'..=b'\r') = self.peek() {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    /// A zone's abbreviation. Which zone it means depends on the place, so it is read as UTC, as upstream
    /// does where its own zone has another name.
    pub fn zone_name(&mut self) -> Option<()> {
        let start = self.at;
        while let Some(b'A'..=b'Z') = self.peek() {
            self.at += 1;
        }
        match &self.text[start..self.at] {
            [b'G', b'M', b'T', _, ..] | [b'U', b'T', b'C', _, ..] => None,
            [_, _, _] | [_, _, _, b'T'] | b"WITA" | [_, _, _, _, b'T'] => Some(()),
            _ => None,
        }
    }

    /// Two digits, or nothing read at all.
    fn two(&mut self, most: i64) -> Option<i64> {
        let start = self.at;
        let number = self.number(2, 0, most).filter(|_| self.at == start + 2);
        if number.is_none() {
            self.at = start;
        }
        number
    }

    /// `%z`: `+hhmm`, `+hh:mm` or `+hh`; with one colon minutes are needed, with two seconds as well, with
    /// three everything behind the hours may be left out.
    pub fn zone(&mut self, colons: u8) -> Option<i64> {
        let sign = match self.peek()? {
            b'Z' => {
                self.at += 1;
                return Some(0);
            }
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        self.at += 1;
        let hour = self.two(23)?;
        let colon = self.plain(b':').is_some();
        if !colon && matches!(colons, 1 | 2) {
            return None;
        }
        let minute = self.two(59);
        if minute.is_none() && (matches!(colons, 1 | 2) || (colon && colons == 0)) {
            return None;
        }
        let mut second = None;
        if minute.is_some() && (colons > 1 || (colon && colons == 0)) {
            let start = self.at;
            if self.plain(b':').is_some() {
                second = self.two(59);
                if second.is_none() {
                    self.at = start;
                }
            }
            if second.is_none() && colons == 2 {
                return None;
            }
        }
        Some(sign * ((hour * 60 + minute.unwrap_or(0)) * 60 + second.unwrap_or(0)))
    }
}
