//! The program from the terminal. `INSTA_UPDATE=always cargo test -p ward-classifier --test program` writes the expected
//! answers anew.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

fn program(arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_ward-classifier");
    Command::new(program).args(arguments).output().expect("the program starts")
}

/// What it prints when all is well.
fn printed(arguments: &[&str]) -> String {
    let output = program(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// What it says when something is wrong.
fn complaint(arguments: &[&str]) -> String {
    let output = program(arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).expect("UTF-8")
}

/// A file for this test alone.
fn file(name: &str, text: &str) -> PathBuf {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&file, text).expect("the file is written");
    file
}

#[test]
fn explain_shows_every_reason() {
    let overrides = file(
        "overrides.yml",
        "overrides:\n- {device: rustavi-r1, interface: Fa3, set: {type: isp, provider: magti}, reason: contract 123, author: nino, \
         until: 2999-01-01}\n",
    );
    let overrides = format!("--overrides.file={}", overrides.display());
    for (name, arguments) in [
        ("isp", &["--alias", "Magti_Internet [100M]", "--name", "Fa3", "--type", "6"][..]),
        ("conflict", &["--alias", "mgmt VLAN for ISP router"]),
        ("nothing", &["--name", "GigabitEthernet1/0/5", "--speed", "1G"]),
        ("unsure", &["--name", "ATM0", "--alias", "modem in room 4"]),
        ("final", &["--name", "Lo0", "--type", "24", "--alias", "Management"]),
        (
            "override",
            &[
                "--device",
                "rustavi-r1",
                "--label",
                "site=rustavi",
                "--name",
                "Fa3",
                "--alias",
                "PC",
                &overrides,
            ],
        ),
        ("json", &["--alias", "-> core-sw1", "--format", "json"]),
    ] {
        insta::assert_snapshot!(name, printed(&[&["explain"], arguments].concat()));
    }
}

#[test]
fn rules_are_tested() {
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../configs/classification.yml");
    assert!(printed(&["rules", "test", shipped]).ends_with(", all passed\n"));

    let mine = file(
        "mine.yml",
        "version: 1\nrules:\n\
         - {id: a, match: {text: {words: [lift]}}, vote: {type: other, weight: 0.8}}\n\
         - {id: b, match: {name: {regex: wan}}, vote: {type: isp, weight: 0.8}}\n\
         tests:\n- {in: {alias: lift 2}, expect: {type: other}}\n",
    );
    let mine = mine.display().to_string();
    let printed = printed(&["rules", "test", &mine]);
    assert!(printed.contains("rules: 2, tests: 1, all passed\n"), "{printed}");
    assert!(
        printed.contains(&format!("warning: {mine}:4:3: rules[b].match: a pattern begins or ends")),
        "{printed}"
    );
    assert!(printed.contains(&format!("rules without a test: 1\n  {mine}:4: b\n")), "{printed}");

    let wrong = file(
        "wrong.yml",
        &fs::read_to_string(&mine).expect("a file").replace("type: other}}\n", "type: isp}}\n"),
    );
    let said = complaint(&["rules", "test", &wrong.display().to_string()]);
    assert!(
        said.contains("wrong.yml:6:3: tests[0]: expected type isp, came other; a said other 0.8"),
        "{said}"
    );
    assert!(complaint(&["rules", "test", "/nowhere.yml"]).contains("/nowhere.yml: No such file"));
}

#[test]
fn rules_are_compared() {
    let new = file(
        "new.yml",
        "version: 1\nrules:\n- {id: lift, match: {text: {words: [lift]}}, vote: {type: access, weight: 0.8}}\n",
    );
    let new = new.display().to_string();
    let mut child = Command::new(env!("CARGO_BIN_EXE_ward-classifier"))
        .args(["rules", "diff", &new, "--against", "-", "--samples", "1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let rows =
        "device\tifName\tifAlias\nr1\tGi1\tMagti internet\nr1\tGi2\tmagti wan\nr1\tGi3\tlift\nr1\tGi4\t\n";
    child.stdin.take().expect("it is piped").write_all(rows.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    insta::assert_snapshot!("diff", String::from_utf8(output.stdout).expect("UTF-8"));

    let table = file("rows.tsv", rows).display().to_string();
    let json =
        printed(&["rules", "diff", &new, "--from", "built-in", "--against", &table, "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json["interfaces"], &json["changed"]), (&4.into(), &3.into()));
    let nameless = file("nameless.tsv", "a\tb\n").display().to_string();
    let said = complaint(&["rules", "diff", &new, "--against", &nameless]);
    assert!(said.contains("nameless.tsv: line 1: expected the names of the columns"), "{said}");
}
