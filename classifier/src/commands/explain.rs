//! `ward-classifier explain`: what an interface is, from the database or from its texts alone, and every reason.

use std::fmt::Write;
use std::sync::Arc;
use std::time::SystemTime;

use crate::args::{Explain, Format, Sources};
use crate::change::Candidate;
use crate::classification::{Classification, Critical};
use crate::facts::{DeviceFacts, InterfaceFacts};
use crate::state::{Decision, Interface};
use crate::text::speed::format_speed;
use crate::timestamp::Timestamp;

/// Explains; what comes back is for the terminal.
///
/// # Errors
/// A file cannot be read, or has mistakes.
pub fn run(sources: &Sources, arguments: &Explain) -> Result<String, String> {
    let rules = super::in_force(&arguments.files)?;
    let now = Timestamp::from(SystemTime::now());
    let (facts, decided) = match (&arguments.known_device, &arguments.known_interface) {
        (Some(device), Some(interface)) => stored(sources, device, interface)?,
        _ => (facts(arguments), None),
    };
    let came = rules.classify(&Candidate { facts: &facts, decided: decided.as_ref() }, now);
    match arguments.format {
        Format::Text => Ok(text(&facts, &came)),
        Format::Json => {
            let json = serde_json::to_string_pretty(&came).map_err(|error| error.to_string())?;
            Ok(json + "\n")
        }
    }
}

/// An interface as the database knows it.
fn stored(
    sources: &Sources,
    device: &str,
    interface: &str,
) -> Result<(InterfaceFacts, Option<Decision>), String> {
    let states = super::stored(sources)?;
    let Some(state) = states.iter().find(|state| state.head.facts.name == device) else {
        let names = states.iter().map(|state| state.head.facts.name.as_str());
        let hint = hint(device, names);
        return Err(format!("no device {device:?} in the database{hint}"));
    };
    let called = |known: &&Arc<Interface>| {
        let facts = &known.facts;
        [&known.key, &facts.name, &facts.descr].into_iter().any(|name| name.eq_ignore_ascii_case(interface))
            || facts.if_index.to_string() == interface
    };
    let Some(known) = state.present().find(called) else {
        let hint = hint(interface, state.present().map(|known| known.key.as_str()));
        return Err(format!("no interface {interface:?} of {device}{hint}"));
    };
    Ok((known.facts.clone(), known.decided.clone()))
}

/// What may have been meant.
fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    match inventory::nearest::nearest(name, known, 3).as_slice() {
        [] => String::new(),
        names => format!("; the nearest names are {}", names.join(", ")),
    }
}

/// The interface of a command line.
pub fn facts(arguments: &Explain) -> InterfaceFacts {
    let device = DeviceFacts {
        name: arguments.device.clone(),
        labels: arguments.labels.iter().cloned().collect(),
        ..DeviceFacts::default()
    };
    InterfaceFacts {
        device: Arc::new(device),
        name: arguments.name.clone(),
        descr: arguments.descr.clone(),
        alias: arguments.alias.clone(),
        if_type: arguments.if_type,
        speed_bps: arguments.speed,
        is_lag: arguments.if_type == Some(161),
        ..InterfaceFacts::default()
    }
}

/// The answer and its reasons, for people.
pub fn text(facts: &InterfaceFacts, came: &Classification) -> String {
    let mut out = String::new();
    let mut line = |name: &str, text: String| {
        if !text.is_empty() {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{name:<12}{text}");
        }
    };
    line("interface", given(facts));
    line("type", came.kind.to_string());
    let guess = came.best_guess.map(|kind| format!("{kind}, which is too unsure to say")).unwrap_or_default();
    line("best guess", guess);
    line("provider", came.provider.as_deref().unwrap_or_default().to_owned());
    line("confidence", came.confidence.to_string());
    line("critical", critical(&came.critical));
    let runner_up = came.runner_up.map(|second| format!("{} {}", second.kind, second.support));
    line("runner-up", runner_up.unwrap_or_default());
    let labels: Vec<String> = came.labels.iter().map(|(name, text)| format!("{name}={text:?}")).collect();
    line("labels", labels.join(" "));
    line("review", came.review.join("; "));
    if let Some(by) = &came.overridden_by {
        let until = by.until.as_ref().map(|until| format!(" until {until}")).unwrap_or_default();
        let hidden = &by.hides;
        let provider = hidden.provider.as_ref().map(|provider| format!(" of {provider}")).unwrap_or_default();
        let needed = if by.redundant { "; not needed any more" } else { "" };
        line("override", format!("by {}{until}: {}{needed}", by.author, by.reason));
        line(
            "",
            format!(
                "without it: {}{provider}, confidence {}, critical: {}",
                hidden.kind,
                hidden.confidence,
                critical(&hidden.critical)
            ),
        );
    }
    out.push('\n');
    if came.votes.is_empty() {
        out.push_str("no rule voted\n");
        return out;
    }
    let width = came.votes.iter().map(|vote| vote.rule.chars().count()).max().unwrap_or(0).max(4);
    let _ = writeln!(out, "{:<width$}  {:<11}  {:>6}  {:<9}  BECAUSE", "RULE", "TYPE", "WEIGHT", "SOURCE");
    for vote in &came.votes {
        let strength = match (vote.is_final, vote.hint) {
            (true, _) => " (final)",
            (false, true) => " (hint)",
            (false, false) => "",
        };
        let _ = writeln!(
            out,
            "{:<width$}  {:<11}  {:>6}  {:<9}  {}{strength}",
            vote.rule,
            vote.kind,
            vote.weight,
            vote.source.as_str(),
            vote.because
        );
    }
    out
}

/// What is known of the interface, in one line.
fn given(facts: &InterfaceFacts) -> String {
    let mut parts = Vec::new();
    for (name, text) in [
        ("device", &facts.device.name),
        ("name", &facts.name),
        ("descr", &facts.descr),
        ("alias", &facts.alias),
    ] {
        if !text.is_empty() {
            parts.push(format!("{name} {text:?}"));
        }
    }
    parts.extend(facts.if_type.map(|number| format!("ifType {number}")));
    parts.extend(facts.speed_bps.map(|bits| format!("speed {}", format_speed(bits))));
    parts.extend(facts.device.labels.iter().map(|(name, text)| format!("{name}={text}")));
    parts.join(", ")
}

fn critical(critical: &Critical) -> String {
    match &critical.reason {
        Some(reason) => format!("yes, {reason}"),
        None => if critical.critical { "yes" } else { "no" }.to_owned(),
    }
}
