//! Writes the man pages and the shell completion of our programs, from their command lines.
//!
//! cargo run -p ward-e2e --example manual -- FOLDER

use std::path::Path;
use std::{env, fs, io};

use clap::Command;
use clap_complete::Shell;

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).ok_or_else(|| io::Error::other("usage: manual FOLDER"))?;
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    for command in [ward_exporter::args::command(), ward_classifier::args::command()] {
        let name = command.get_name().to_string();
        for (shell, file) in [
            (Shell::Bash, format!("{name}.bash")),
            (Shell::Zsh, format!("_{name}")),
            (Shell::Fish, format!("{name}.fish")),
        ] {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut command.clone(), &name, &mut script);
            if shell == Shell::Fish {
                script = of_fish(&script)?;
            }
            fs::write(folder.join(file), script)?;
        }
        pages(&name, command, folder)?;
    }
    Ok(())
}

/// fish finds the subcommand of a line with argparse, which knows no option with a dot in its name and then finds none. Words are
/// looked at one by one instead.
fn of_fish(script: &[u8]) -> io::Result<Vec<u8>> {
    let script = std::str::from_utf8(script).map_err(io::Error::other)?;
    let (before, rest) =
        script.split_once("    argparse -s (").ok_or_else(|| io::Error::other("no argparse"))?;
    let (specs, rest) =
        rest.split_once(") -- $cmd").ok_or_else(|| io::Error::other("no words for argparse"))?;
    let (_, after) =
        rest.split_once("    return 0\n").ok_or_else(|| io::Error::other("argparse without an end"))?;
    let found = format!(
        r#"    set -l takes ({specs})
    set -l is_value 0
    for word in $cmd
        if test $is_value = 1
            set is_value 0
            continue
        end
        switch $word
            case '--*=*'
            case '--*'
                contains -- (string sub -s 3 -- $word)= $takes; and set is_value 1
            case '-*'
            case '*'
                echo $word
                return 1
        end
    end
    return 0
"#
    );
    Ok([before, &found, after].concat().into_bytes())
}

/// Writes the page of a command as `NAME.1`, and those of its subcommands as `NAME-SUBCOMMAND.1`.
fn pages(name: &str, mut command: Command, folder: &Path) -> io::Result<()> {
    command.build();
    for subcommand in command.get_subcommands().filter(|known| known.get_name() != "help") {
        let name = format!("{name}-{}", subcommand.get_name());
        pages(&name, subcommand.clone().display_name(name.clone()), folder)?;
    }
    // Sections of a page are paragraphs; what is printed for --version has lines of its own.
    let version = env!("CARGO_PKG_VERSION");
    let command =
        command.name(name.to_string()).version(version).long_version(version).disable_help_subcommand(true);
    let mut page = Vec::new();
    clap_mangen::Man::new(command).source(format!("ward {version}")).render(&mut page)?;
    fs::write(folder.join(format!("{name}.1")), page)
}
