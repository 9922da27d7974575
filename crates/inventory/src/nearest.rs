//! What a user may have meant.

/// How alike two names must be (Jaro-Winkler) for one to be proposed instead of the other.
const ALIKE: f64 = 0.8;

/// The known names most like a name, the likest first; at most `count`.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>, count: usize) -> Vec<&'a str> {
    let mut alike: Vec<(f64, &str)> = known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    alike.sort_by(|(a, left), (b, right)| b.total_cmp(a).then_with(|| left.cmp(right)));
    alike.into_iter().take(count).map(|(_, candidate)| candidate).collect()
}

/// `, did you mean "x"?`, or the names that exist where none is alike.
pub fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(name, known.clone(), 1).first() {
        Some(alike) => format!(", did you mean {alike:?}?"),
        None => format!(", expected one of {}", known.into_iter().collect::<Vec<_>>().join(", ")),
    }
}
