//! What a user may have meant: the nearest of the names there are.

/// How alike two names must be (Jaro-Winkler) for one to be proposed instead of the other.
const ALIKE: f64 = 0.8;

/// The known names most like a name, the likest first; at most `count`.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>, count: usize) -> Vec<&'a str> {
    let name = name.to_lowercase();
    let mut alike: Vec<(f64, &str)> = known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&name, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    alike.sort_by(|(a, left), (b, right)| b.total_cmp(a).then_with(|| left.cmp(right)));
    alike.into_iter().take(count).map(|(_, candidate)| candidate).collect()
}

/// To be put behind a message about an unknown name: `, did you mean "x"?`, or nothing where none is alike.
///
/// ```
/// # use ward_inventory::nearest::did_you_mean;
/// assert_eq!(did_you_mean("gage", ["counter", "gauge"]), ", did you mean \"gauge\"?");
/// assert_eq!(did_you_mean("length", ["counter", "gauge"]), "");
/// ```
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(name, known, 1).first().map(|alike| format!(", did you mean {alike:?}?")).unwrap_or_default()
}

/// The same, or the names that exist where none is alike.
pub fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match did_you_mean(name, known.clone()) {
        alike if !alike.is_empty() => alike,
        _ => format!(", expected one of {}", known.into_iter().collect::<Vec<_>>().join(", ")),
    }
}
