//! `ward-exporter scrape TARGET`: one scrape to the terminal.

use std::io::Write;
use std::time::Instant;

use super::explain;
use crate::address;
use crate::answer::device;
use crate::args::{Files, Scrape, Snmp};
use crate::render::escaping::Escaping;
use crate::scrape::{self, Subject};
use crate::snapshot::Snapshot;

/// Scrapes a device of the inventory, or an address. Says whether it answered.
///
/// # Errors
/// The configuration is bad, or the target, a module or the auth profile is unknown.
pub async fn run(files: &Files, snmp: &Snmp, args: &Scrape) -> Result<bool, String> {
    let (snapshot, _) = Snapshot::load(files)?;
    let (mut subject, modules) = subject(&snapshot, args)?;
    subject.trace = snmp.debug_packets;
    let plan = snapshot
        .plan(&modules, Escaping::default())
        .map_err(|module| format!("unknown module {module:?}{}", snapshot.modules.nearest(&module)))?;
    let client = snmp.client();
    let mut started = Instant::now();
    let mut scraped = scrape::scrape(&client, &subject, plan.clone(), None).await;
    for _ in 1..args.repeat {
        started = Instant::now();
        scraped = scrape::scrape(&client, &subject, plan.clone(), None).await;
    }
    let answer = device::answer(&scraped, &snmp.settings(), started.elapsed());
    // A reader that hangs up early (head) is no error.
    let _ = std::io::stdout().write_all(&answer.text);
    if args.explain {
        eprint!("{}", explain::text(&scraped, started.elapsed()));
    }
    if let Some(problem) = &answer.problem {
        eprintln!("{}: {problem}", args.target);
    }
    Ok(answer.up)
}

fn subject(snapshot: &Snapshot, args: &Scrape) -> Result<(Subject, Vec<String>), String> {
    let auth = |name: &str| snapshot.auth(name).cloned().ok_or_else(|| format!("unknown auth {name:?}"));
    let (mut subject, modules) = match snapshot.inventory.device(&args.target) {
        Some(device) => (Subject::from(device), device.modules.clone()),
        None => {
            let place = address::parse(&args.target).map_err(|error| error.to_string())?;
            let subject = Subject::new(place, auth("public_v2")?);
            (subject, vec!["system".into(), "interfaces".into()])
        }
    };
    if let Some(name) = &args.auth {
        subject.auth = auth(name)?;
    }
    let modules = if args.modules.is_empty() { modules } else { args.modules.clone() };
    Ok((subject, modules))
}
