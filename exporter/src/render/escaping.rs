//! How names are written that are more than letters, digits and underscores: Prometheus takes any UTF-8 since version 3,
//! and says in `Accept` which form it wants, as snmp_exporter reads it.

/// A form of such names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Escaping {
    /// `my-metric.x` becomes `my_metric_x`.
    #[default]
    Underscores,
    /// In quotes, `{"my-metric.x"}`.
    AllowUtf8,
    /// `my__metric_dot_x`.
    Dots,
    /// `U__my_2d_metric_2e_x`, which can be read back.
    Values,
}

impl Escaping {
    const ALL: [(&'static str, Self); 4] = [
        ("underscores", Self::Underscores),
        ("allow-utf-8", Self::AllowUtf8),
        ("dots", Self::Dots),
        ("values", Self::Values),
    ];

    /// What a scraper asks for: the first escaping it names, the types it likes most looked at first, up to the text
    /// format that it is then given.
    pub fn negotiated(accept: &str) -> Self {
        let mut ranges: Vec<Range<'_>> = accept.split(',').map(Range::read).collect();
        ranges.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        let mut chosen = Self::default();
        for range in ranges {
            if let Some((_, escaping)) = Self::ALL.iter().find(|(name, _)| *name == range.escaping) {
                chosen = *escaping;
            }
            if range.kind.eq_ignore_ascii_case("text/plain") && matches!(range.version, "" | "0.0.4") {
                break;
            }
        }
        chosen
    }

    /// The `Content-Type` of text in this form.
    pub fn content_type(self) -> &'static str {
        match self {
            Escaping::Underscores => "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
            Escaping::AllowUtf8 => "text/plain; version=0.0.4; charset=utf-8; escaping=allow-utf-8",
            Escaping::Dots => "text/plain; version=0.0.4; charset=utf-8; escaping=dots",
            Escaping::Values => "text/plain; version=0.0.4; charset=utf-8; escaping=values",
        }
    }

    /// A metric's or a label's name as it is written. snmp_exporter leaves a colon as it is, even in a label's.
    pub fn write(self, name: &str) -> Written {
        let fits = |(i, c): (usize, char)| {
            c.is_ascii_alphabetic() || c == '_' || c == ':' || (c.is_ascii_digit() && i > 0)
        };
        if !name.is_empty() && name.char_indices().all(fits) {
            return Written { text: name.into(), quoted: false };
        }
        let mut text = String::with_capacity(name.len() + 16);
        match self {
            Escaping::AllowUtf8 => {
                let escaped = name.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
                return Written { text: format!("\"{escaped}\""), quoted: true };
            }
            Escaping::Underscores => {
                text.extend(name.char_indices().map(|(i, c)| if fits((i, c)) { c } else { '_' }));
            }
            Escaping::Dots => {
                for (i, c) in name.char_indices() {
                    match c {
                        '_' => text.push_str("__"),
                        '.' => text.push_str("_dot_"),
                        c if fits((i, c)) => text.push(c),
                        _ => text.push_str("__"),
                    }
                }
            }
            Escaping::Values => {
                text.push_str("U__");
                for (i, c) in name.char_indices() {
                    match c {
                        '_' => text.push_str("__"),
                        c if fits((i, c)) => text.push(c),
                        c => text.push_str(&format!("_{:x}_", u32::from(c))),
                    }
                }
            }
        }
        Written { text, quoted: false }
    }
}

/// A name as it stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// With its quotes, where it has any.
    pub text: String,
    /// Whether it has quotes. Then a metric's name stands among its labels.
    pub quoted: bool,
}

/// One of the types that `Accept` lists (RFC 9110 §12.5.1).
struct Range<'a> {
    kind: &'a str,
    version: &'a str,
    escaping: &'a str,
    weight: f32,
}

impl<'a> Range<'a> {
    fn read(text: &'a str) -> Self {
        let mut parts = text.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        let mut range = Range { kind, version: "", escaping: "", weight: 1.0 };
        for (key, value) in parts.filter_map(|part| part.split_once('=')) {
            match key.trim() {
                "version" => range.version = value.trim(),
                "escaping" => range.escaping = value.trim(),
                "q" => range.weight = value.trim().parse().unwrap_or(0.0),
                _ => {}
            }
        }
        range
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_in_four_forms() {
        let forms = Escaping::ALL.map(|(_, escaping)| escaping);
        for (name, expected) in [
            ("ifHCInOctets", ["ifHCInOctets"; 4]),
            ("job:x", ["job:x"; 4]),
            ("a:b", ["a:b"; 4]),
            ("my-metric.x", ["my_metric_x", "\"my-metric.x\"", "my__metric_dot_x", "U__my_2d_metric_2e_x"]),
            ("1st_x", ["_st_x", "\"1st_x\"", "__st__x", "U___31_st__x"]),
            ("è\"\\", ["___", "\"è\\\"\\\\\"", "______", "U___e8__22__5c_"]),
        ] {
            let written = forms.map(|escaping| escaping.write(name).text);
            assert_eq!(written, expected.map(String::from), "{name}");
        }
        assert!(Escaping::AllowUtf8.write("a-b").quoted);
        assert!(!Escaping::AllowUtf8.write("a_b").quoted);
    }

    #[test]
    fn the_scraper_chooses() {
        for (accept, expected) in [
            ("", Escaping::Underscores),
            ("*/*", Escaping::Underscores),
            ("text/plain;version=0.0.4;q=1,*/*;q=0.1", Escaping::Underscores),
            ("text/plain; version=0.0.4; escaping=allow-utf-8", Escaping::AllowUtf8),
            ("text/plain;escaping=dots", Escaping::Dots),
            ("text/plain;escaping=nonsense", Escaping::Underscores),
            // Prometheus 3.
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                 application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
                 text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                Escaping::AllowUtf8,
            ),
            ("text/plain;version=0.0.4;q=0.3,application/x;escaping=values;q=0.2", Escaping::Underscores),
            ("text/plain;version=0.0.4;q=0.1,application/x;escaping=values;q=0.2", Escaping::Values),
        ] {
            assert_eq!(Escaping::negotiated(accept), expected, "{accept}");
            assert!(
                expected.content_type().starts_with("text/plain; version=0.0.4; charset=utf-8; escaping=")
            );
        }
    }
}
