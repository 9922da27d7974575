//! Texts from octets.

/// A text as people should see it: UTF-8, or else Latin-1; without NULs, with a space for other control characters, without
/// space around it.
pub fn clean(octets: &[u8]) -> String {
    let text = match std::str::from_utf8(octets) {
        Ok(text) => text.to_owned(),
        Err(_) => octets.iter().map(|octet| char::from(*octet)).collect(),
    };
    let visible = text.chars().filter(|c| *c != '\0').map(|c| if c.is_control() { ' ' } else { c });
    let visible: String = visible.collect();
    visible.trim().to_owned()
}

/// A text as ward-exporter writes it into a label: each run of octets that are no UTF-8 becomes one U+FFFD, and nothing else
/// changes. Series of both are joined by such labels, so they must not differ.
pub fn label(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len());
    let mut in_run = false;
    for chunk in octets.utf8_chunks() {
        if !chunk.valid().is_empty() {
            text.push_str(chunk.valid());
            in_run = false;
        }
        if !chunk.invalid().is_empty() && !in_run {
            text.push('\u{fffd}');
            in_run = true;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_made_readable() {
        for (octets, text) in [
            (&b"Gi0/1"[..], "Gi0/1"),
            (b"Gi0/1\0\0\0", "Gi0/1"),
            (b"  padded   ", "padded"),
            (b"two\r\nlines\t!", "two  lines !"),
            (b"a\0b", "ab"),
            ("მაგთი".as_bytes(), "მაგთი"),
            (b"gesti\xf3n", "gestión"),
            (b"\x7f\x80x", "x"),
            (b"", ""),
        ] {
            assert_eq!(clean(octets), text, "{octets:?}");
        }
    }

    #[test]
    fn labels_are_those_of_the_exporter() {
        for (octets, text) in [
            (&b"sane\xfd\xbe\xd6"[..], "sane\u{fffd}"),
            (b"a\xffb\xffc", "a\u{fffd}b\u{fffd}c"),
            (b"pad \0", "pad \0"),
            (b"", ""),
        ] {
            assert_eq!(label(octets), text, "{octets:?}");
        }
    }
}
