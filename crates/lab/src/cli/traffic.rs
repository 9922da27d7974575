//! `ward-lab traffic`: weeks of traffic made up, and alerts about it compared with what went wrong in it.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use lab::traffic::plan::Wrong;
use lab::traffic::score::{self, Found, Samples};
use lab::traffic::truth::Truth;
use lab::traffic::{Plan, Scenario, WEEK, series};
use ward_lab as lab;

use super::{Failure, files};

#[derive(Debug, Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes series in VictoriaMetrics' import format, and what went wrong in them.
    Generate(Generate),
    /// Compares exported alerts with what went wrong, and prints how many were found and how many were false.
    Score(Score),
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// Seasons with anomalies and outages.
    Seasons,
    /// Growth, and what looks like it.
    Growth,
}

#[derive(Debug, Args)]
struct Generate {
    #[arg(long, default_value = "1")]
    seed: u64,

    #[arg(long, value_enum, default_value = "seasons")]
    scenario: What,

    #[arg(long, default_value = "60", value_name = "N")]
    interfaces: usize,

    #[arg(long, default_value = "6", value_name = "N")]
    weeks: u64,

    /// When the series begin, in Unix time: a Monday, 0 o'clock.
    #[arg(long, default_value = "1769990400", value_name = "SECONDS")]
    start: u64,

    /// Seconds between samples.
    #[arg(long, default_value = "60", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=150))]
    step: u64,

    /// The day on which offices are closed though it is a working day, counted from the start.
    #[arg(long, value_name = "DAY")]
    holiday: Option<u64>,

    /// Where the series go; standard output unless given.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Where what went wrong goes.
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,
}

#[derive(Debug, Args)]
struct Score {
    /// What went wrong, as written by `generate`.
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,

    /// Exported ALERTS of anomalies.
    #[arg(long, value_name = "FILE")]
    anomalies: Option<PathBuf>,

    /// An exported series of deviations in sigmas: what would be found, and what would be false, at other thresholds.
    #[arg(long, value_name = "FILE")]
    deviations: Option<PathBuf>,

    /// Exported ALERTS of forecasts.
    #[arg(long, value_name = "FILE", requires = "days")]
    forecasts: Option<PathBuf>,

    /// The exported series of days until an interface is full.
    #[arg(long, value_name = "FILE")]
    days: Option<PathBuf>,

    /// Weeks to learn from, which are not judged.
    #[arg(long, default_value = "2", value_name = "N")]
    learn: u64,

    /// Fails where a smaller share of the events is found.
    #[arg(long, value_name = "SHARE")]
    min_recall: Option<f64>,

    /// Fails where there are more false episodes per interface, direction and week.
    #[arg(long, value_name = "RATE")]
    max_false: Option<f64>,
}

/// Runs the command.
pub fn run(options: Options) -> Result<ExitCode, Failure> {
    match options.command {
        Command::Generate(options) => generate(options),
        Command::Score(options) => judge(&options),
    }
}

fn generate(options: Generate) -> Result<ExitCode, Failure> {
    let plan = Plan {
        seed: options.seed,
        scenario: match options.scenario {
            What::Seasons => Scenario::Seasons,
            What::Growth => Scenario::Growth,
        },
        interfaces: options.interfaces,
        weeks: options.weeks,
        start: options.start,
        holiday: options.holiday,
    };
    files::write(&options.truth, &serde_json::to_vec_pretty(&Truth::of(&plan))?)?;
    let samples = match &options.out {
        Some(path) => {
            let file = File::create(path).map_err(|error| format!("{}: {error}", path.display()))?;
            to(file, &plan, options.step)
        }
        None => to(std::io::stdout().lock(), &plan, options.step),
    };
    eprintln!("ward-lab: {} samples", samples?);
    Ok(ExitCode::SUCCESS)
}

fn to(out: impl Write, plan: &Plan, step: u64) -> std::io::Result<u64> {
    let mut out = BufWriter::with_capacity(1 << 20, out);
    let samples = series::write(plan, step, &mut out)?;
    out.flush()?;
    Ok(samples)
}

fn judge(options: &Score) -> Result<ExitCode, Failure> {
    let truth: Truth = serde_json::from_str(&text(&options.truth)?)
        .map_err(|error| format!("{}: {error}", options.truth.display()))?;
    let from = truth.from + options.learn * WEEK;
    println!(
        "seed {}: {} interfaces, {} weeks, {} events",
        truth.seed,
        truth.tracks.len() / 2,
        (truth.to - truth.from) / WEEK,
        truth.events.len()
    );
    let mut good = true;
    if let Some(path) = &options.anomalies {
        let found = score::anomalies(&truth, &score::above(&exported(path)?, 0.0), from);
        show(&found);
        good &= options.min_recall.is_none_or(|least| found.recall(None) >= least);
        good &= options.max_false.is_none_or(|most| found.false_rate() <= most);
    }
    if let Some(path) = &options.deviations {
        println!(
            "\n| threshold | found | without ×1.4 | false per interface, direction and week |\n|---|---|---|---|"
        );
        let deviations = exported(path)?;
        for threshold in [2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0] {
            let found = score::anomalies(&truth, &score::above(&deviations, threshold), from);
            let (all, most) = (found.recall(None) * 100.0, found.recall(Some(Wrong::Modest)) * 100.0);
            println!("| {threshold:.1} σ | {all:.1} % | {most:.1} % | {:.3} |", found.false_rate());
        }
    }
    if let (Some(alerts), Some(days)) = (&options.forecasts, &options.days) {
        let score = score::forecasts(&truth, &exported(alerts)?, &exported(days)?, from, 90);
        let percent = |(all, said): (usize, usize)| 100.0 * said as f64 / all.max(1) as f64;
        println!(
            "\nfull within 90 days: said on {:.1} % of {} days that it was due, for {} of {} lines; falsely on {:.2} % of {} days",
            percent(score.due),
            score.due.0,
            score.tracks.1,
            score.tracks.0,
            percent(score.not_due),
            score.not_due.0
        );
        println!(
            "off by {:.1} days in the median, {:.1} at the 90th percentile",
            score::quantile(&score.errors, 0.5),
            score::quantile(&score.errors, 0.9)
        );
        good &= options.min_recall.is_none_or(|least| percent(score.due) >= 100.0 * least);
        good &= options.max_false.is_none_or(|most| percent(score.not_due) <= 100.0 * most);
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(found: &Found) {
    println!("\n| event | there were | found | |\n|---|---|---|---|");
    for (kind, (all, hits)) in &found.by_kind {
        println!("| {kind:?} | {all} | {hits} | {:.0} % |", 100.0 * *hits as f64 / (*all).max(1) as f64);
    }
    println!(
        "\nfound {:.1} % of all, {:.1} % without ×1.4; {} false episodes, {:.3} per interface, direction and week; alert after {} minutes in the median",
        found.recall(None) * 100.0,
        found.recall(Some(Wrong::Modest)) * 100.0,
        found.false_episodes,
        found.false_rate(),
        score::quantile(&found.delays, 0.5) / 60,
    );
}

fn exported(path: &Path) -> Result<Samples, Failure> {
    Ok(score::read(&text(path)?).map_err(|error| format!("{}: {error}", path.display()))?)
}

fn text(path: &Path) -> Result<String, Failure> {
    Ok(std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?)
}
