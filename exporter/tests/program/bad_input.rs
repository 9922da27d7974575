//! Mistakes in files: each is refused with file, line and what would be right, and no secret is repeated.

use crate::harness::run;

#[test]
fn mistakes_are_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("bad_oid.yml"),
        "modules:\n  m:\n    walk: [IF-MIB::interfaces]\n    metrics: []\n",
    )
    .unwrap();
    std::fs::write(folder.path().join("bad_key.yml"), "modules:\n  m:\n    walks: [1.3.6]\n").unwrap();
    let device = "name: a, address: 192.0.2.1";
    for (devices, flags, expected) in [
        ("devices: [{name: a}]".to_owned(), vec![], vec!["devices.yml:1:", "address"]),
        (
            format!("devices:\n  - {{{device}, adress: x}}"),
            vec![],
            vec!["devices.yml:2:", "adress", "address"],
        ),
        (
            format!("devices:\n  - {{{device}}}\n  - {{{device}}}"),
            vec![],
            vec!["devices.yml:3:", "\"a\"", "line 2"],
        ),
        (
            format!("devices:\n  - {{{device}, modules: [interface]}}"),
            vec![],
            vec!["devices.yml:2:", "interface", "interfaces"],
        ),
        (format!("devices:\n  - {{{device}, auth: core}}"), vec![], vec!["devices.yml:2:", "core"]),
        (
            "auths: {a: {community_file: nowhere}}".to_owned(),
            vec![],
            vec!["devices.yml:1:", "community_file", "nowhere"],
        ),
        (
            "auths: {a: {community: \"${NOT_SET_ANYWHERE}\"}}".to_owned(),
            vec![],
            vec!["devices.yml:1:", "NOT_SET_ANYWHERE"],
        ),
        ("{}".to_owned(), vec!["--config.file=bad_oid.yml"], vec!["bad_oid.yml:3", "IF-MIB"]),
        ("{}".to_owned(), vec!["--config.file=bad_key.yml"], vec!["bad_key.yml:3", "walks", "walk"]),
    ] {
        let output =
            run(folder.path(), &devices, &[&flags[..], &["--web.listen-address=127.0.0.1:0"]].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{devices}: {said}");
        for word in expected {
            assert!(said.contains(word), "{devices} {flags:?}: {word:?} is not in {said}");
        }
        assert!(!said.contains("panicked"), "{said}");
    }
}
