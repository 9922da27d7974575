//! Switches as the programs of Prometheus have them: each `--x` has its `--no-x`.

use clap::builder::ArgPredicate;
use clap::{Arg, ArgAction, Command};

/// Gives every switch of a command and of its subcommands its `--no-` form; whichever comes last counts. One that is on
/// by itself is a `bool` with `default_value_t = true`, and its help gets to say how it is turned off.
pub fn with_no_forms(mut command: Command) -> Command {
    let is_switch = |arg: &&Arg| matches!(arg.get_action(), ArgAction::SetTrue);
    for on in command.get_arguments().filter(is_switch).cloned().collect::<Vec<_>>() {
        let Some(name) = on.get_long().map(|long| format!("no-{long}")) else { continue };
        let off = Arg::new(name.clone())
            .long(name.clone())
            .action(ArgAction::SetTrue)
            .overrides_with(on.get_id())
            .global(on.is_global_set())
            .hide(true);
        command = command.arg(off).mut_arg(on.get_id(), |on| {
            explained(on, &name).overrides_with(&name).default_value_if(
                &name,
                ArgPredicate::Equals("true".into()),
                "false",
            )
        });
    }
    command.mut_subcommands(with_no_forms)
}

/// The help of a switch that is on says how to turn it off.
fn explained(switch: Arg, off: &str) -> Arg {
    match switch.get_help() {
        Some(help) if switch.get_default_values() == ["true"] => {
            let help = format!("{help} [on; off with --{off}]");
            switch.help(help)
        }
        _ => switch,
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

    use super::*;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        flags: Flags,
        #[command(subcommand)]
        command: Option<Sub>,
    }

    #[derive(Debug, Args)]
    struct Flags {
        /// Prints more
        #[arg(long = "log.more", global = true)]
        more: bool,
        /// Wraps counters
        #[arg(long = "snmp.wrap", default_value_t = true)]
        wrap: bool,
        #[arg(long)]
        number: Option<u32>,
    }

    #[derive(Debug, Subcommand)]
    enum Sub {
        Try {
            #[arg(long)]
            hard: bool,
        },
    }

    fn parse(args: &str) -> Result<Program, clap::Error> {
        let words = ["program"].into_iter().chain(args.split_whitespace());
        let matches = with_no_forms(Program::command()).try_get_matches_from(words)?;
        Program::from_arg_matches(&matches)
    }

    #[test]
    fn the_last_form_counts() {
        for (args, more, wrap) in [
            ("", false, true),
            ("--log.more --snmp.wrap", true, true),
            ("--no-log.more --no-snmp.wrap", false, false),
            ("--log.more --no-log.more --no-snmp.wrap --snmp.wrap", false, true),
            ("--no-log.more --log.more --snmp.wrap --no-snmp.wrap --number=3", true, false),
        ] {
            let flags = parse(args).unwrap().flags;
            assert_eq!((flags.more, flags.wrap), (more, wrap), "{args}");
        }
    }

    #[test]
    fn subcommands_have_them_too() {
        for (args, more, hard) in [
            ("try --hard", false, true),
            ("try --no-hard --log.more", true, false),
            ("--log.more try --hard --no-hard", true, false),
        ] {
            let program = parse(args).unwrap();
            let Some(Sub::Try { hard: found }) = program.command else { panic!("{args}") };
            assert_eq!((program.flags.more, found), (more, hard), "{args}");
        }
    }

    #[test]
    fn nothing_else_has_one() {
        for args in ["--no-number", "--no-help", "--no-no-snmp.wrap", "--snmp.wrap=false"] {
            assert!(parse(args).is_err(), "{args}");
        }
        let help = with_no_forms(Program::command()).render_help().to_string();
        assert!(help.contains("Wraps counters [on; off with --no-snmp.wrap]\n"), "{help}");
        assert!(help.contains("Prints more\n") && !help.contains("--no-log.more"), "{help}");
    }
}
