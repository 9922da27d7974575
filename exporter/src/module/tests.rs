use std::collections::BTreeSet;
use std::time::Duration;

use super::spec::*;
use super::*;

fn load(text: &str) -> Result<Modules, String> {
    Modules::from_texts([("m.yml", text)]).map_err(|error| error.to_string())
}

/// A module `m` with these metric lines.
fn with_metric(metric: &str) -> String {
    format!("modules:\n  m:\n    walk: [1.3.6.1.2.1.2]\n    metrics:\n    - {{{metric}}}\n")
}

fn metric(text: &str) -> Metric {
    load(&with_metric(text)).unwrap().get("m").unwrap().metrics[0].clone()
}

#[test]
fn mistakes_name_file_line_metric_and_what_would_be_right() {
    let metric = |text: &str| with_metric(text);
    for (text, expected) in [
        (metric("name: x, oid: 1.3, typ: gauge"), "m.yml:5: unknown key \"typ\", did you mean \"type\"?"),
        (
            metric("name: x, oid: 1.3, type: gage"),
            "m.yml:5: module m, metric x: unknown type \"gage\", did you mean \"gauge\"?",
        ),
        (
            metric("name: x, oid: 1.3, type: displaystring"),
            "m.yml:5: module m, metric x: unknown type \"displaystring\", did you mean \"DisplayString\"?",
        ),
        (
            metric("name: x, oid: 1.3, type: gauge, indexes: [{labelname: i, type: DateAndTime}]"),
            "m.yml:5: module m, metric x: invalid index type \"DateAndTime\"",
        ),
        (
            metric("name: x, oid: 1.3, type: gauge, indexes: [{labelname: i, type: guage}]"),
            "m.yml:5: module m, metric x: invalid index type \"guage\", did you mean \"gauge\"?",
        ),
        (
            metric(
                "name: x, oid: 1.3, type: gauge, lookups: [{labels: [i], labelname: l, oid: 1.4, type: Displaystring}]",
            ),
            "m.yml:5: module m, metric x: unknown lookup type \"Displaystring\", did you mean \"DisplayString\"?",
        ),
        (
            "modules:\n  m:\n    walk: [IF-MIB::ifName]".into(),
            "m.yml:3: module m: walk: \"IF-MIB::ifName\" is not a number from 0 to 4294967295; OIDs are numeric, like 1.3.6.1.2.1.2",
        ),
        (
            "modules: {m: {max_repetitions: -1}}".into(),
            "m.yml:1: module m: max_repetitions is a number from 0 to 4294967295, not -1",
        ),
        (
            metric(
                "name: x, oid: 1.3, type: gauge, indexes: [{labelname: i, type: OctetString, fixed_size: 129}]",
            ),
            "m.yml:5: module m, metric x: fixed_size is a number of arcs from 0 to 128, not 129",
        ),
        (metric("oid: 1.3, type: gauge"), "m.yml:5: module m, metric : a metric needs a `name`"),
        (
            metric("name: x, oid: 1.3, type: gauge, indexes: [{labelname: __x, type: gauge}]"),
            "m.yml:5: module m, metric x: label \"__x\": names that begin with two underscores belong to Prometheus",
        ),
        (
            metric("name: x, oid: 1.3, type: DisplayString, regex_extracts: {A: [{regex: '('}]}"),
            "m.yml:5: module m, metric x: regular expression: ^(?:()$: unclosed group",
        ),
        (
            metric("name: x, oid: 1.3, type: ParseDateAndTime, datetime_pattern: '%Q'"),
            "m.yml:5: module m, metric x: datetime_pattern: %Q is no directive",
        ),
        (
            metric("name: x, oid: 1.3, type: gauge, fallback: [1.3.6.1.2.1.31.1.1.1.6]"),
            "m.yml:5: module m, metric x: fallback 1.3.6.1.2.1.31.1.1.1.6 lies under none of the module's `walk` and `get`",
        ),
        (
            metric("name: x, oid: 1.3, type: gauge, fallback: [{oid: 1.3.6.1.2.1.2.5, when: zero}]"),
            "m.yml:5: module m, metric x: when is missing or missing_or_zero, not \"zero\"",
        ),
        (
            metric("name: x, oid: 1.3, type: EnumAsInfo, enum_values: {one: up}"),
            "m.yml:5: invalid type: string \"one\", expected a number without quotes",
        ),
        (
            "modules: {m: {walk: [1.3]}}\nauths: {a: {comunity: hush}}".into(),
            "m.yml:2: auth a: unknown key \"comunity\", did you mean \"community\"?",
        ),
        ("modules: {m: {timeout: 5x}}".into(), "m.yml:1: module m: timeout: \"5x\" is not a duration"),
        (
            "modules: {m: {filters: [{oid: 1.3, values: ['[']}]}}".into(),
            "m.yml:1: module m: regular expression",
        ),
        ("modules:\n  m: {}\n  m: {}\n".into(), "m.yml:3: key \"m\" already set in map"),
        ("module: {}".into(), "m.yml:1: unknown key \"module\", did you mean \"modules\"?"),
        ("modules: [".into(), "m.yml:"),
    ] {
        let error = load(&text).map(|_| ()).unwrap_err();
        assert!(error.starts_with(expected), "{text}\n{error}");
        assert!(!error.contains('\n'), "{error}");
        assert!(!error.contains("hush"), "{error}");
    }
}

#[test]
fn files_are_merged_and_no_name_is_used_twice() {
    let auths = ("auths.yml", "auths: {a: {community: hush}}");
    let modules = ("modules.yml", "modules: {m: {walk: [1.3]}}");
    let all = Modules::from_texts([auths, modules]).unwrap();
    assert_eq!((all.auths().len(), all.len()), (1, 1));
    let other = ("other.yml", "# again\nmodules:\n  m: {}\n");
    let error = Modules::from_texts([auths, modules, other]).unwrap_err();
    assert_eq!(error.to_string(), "other.yml:3: module m: key \"m\" already set in map, at modules.yml:1");
    let error = Modules::from_texts([auths, auths]).unwrap_err();
    assert_eq!(error.to_string(), "auths.yml:1: auth a: key \"a\" already set in map, at auths.yml:1");
}

#[test]
fn what_a_user_loads_goes_before_what_is_built_in() {
    let own = load("modules: {if_mib: {walk: [1.3.6]}}").unwrap().or(Modules::builtin().unwrap());
    assert_eq!(own.get("if_mib").unwrap().walk.len(), 1);
    assert!(own.get("interfaces").is_some());
    assert_eq!(own.nearest("if_mip"), ", did you mean \"if_mib\"?");
}

#[test]
fn files_are_found_by_pattern() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("a.yml"), "modules: {a: {walk: [1.3]}}").unwrap();
    std::fs::write(path("b.yml"), "\u{feff}modules: {b: {walk: [1.3]}}").unwrap();
    let (all, read) = Modules::load(&[path("*.yml"), path("*.none")]).unwrap();
    assert_eq!(all.iter().map(|module| module.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(read.len(), 2);
    assert_eq!(all.warnings().len(), 1, "{:?}", all.warnings());
    std::fs::write(path("c.yml"), b"modules: {c: {walk: [1.3\xff]}}").unwrap();
    let error = Modules::load(&[path("c.yml")]).unwrap_err();
    assert!(error.to_string().contains("c.yml: not UTF-8"), "{error}");
}

#[test]
fn texts_keep_what_was_written() {
    for (written, kept) in [
        ("true", "true"),
        ("off", "off"),
        ("0x10", "0x10"),
        ("1.50", "1.50"),
        ("2001-01-01", "2001-01-01"),
        ("0123", "0123"),
        ("null", ""),
        ("~", ""),
        ("'null'", "null"),
        ("", ""),
    ] {
        assert_eq!(metric(&format!("name: x, oid: 1.3.6.1.2.1.2, type: gauge, help: {written}")).help, kept);
    }
    let Kind::EnumAsInfo(values) =
        metric("name: x, oid: 1.3, type: EnumAsInfo, enum_values: {1: true, 0x10: off, -1: ~, 010: 1.0}")
            .kind
    else {
        panic!("an enum")
    };
    let values: Vec<_> = values.iter().map(|(number, name)| (*number, name.as_str())).collect();
    assert_eq!(values, [(-1, ""), (1, "true"), (8, "1.0"), (16, "off")]);
}

#[test]
fn defaults_are_those_of_snmp_exporter() {
    let text = "modules:\n  a: {walk: [1.3], retries: 0, timeout: 1m30s, max_repetitions: 0x19}\n  b: {walk: ~, get: ,metrics: ~}\n";
    let all = load(text).unwrap();
    let params = |name: &str| all.get(name).unwrap().params.clone();
    let expected = WalkParams {
        retries: 0,
        timeout: Duration::from_secs(90),
        max_repetitions: Some(25),
        ..WalkParams::default()
    };
    assert_eq!(params("a"), expected);
    // What one module says is no business of another.
    assert_eq!(params("b"), WalkParams::default());
    assert_eq!((params("b").retries, params("b").timeout), (3, Duration::from_secs(5)));

    let rule = metric(
        "name: x, oid: 1.3, type: DisplayString, regex_extracts: {A: [{regex: (x)}, {regex: , value: }]}",
    );
    let rules = &rule.extracts[0].rules;
    assert_eq!(rules[0].template, template::Template::parse("$1", &vec![None]));
    assert_eq!(rules[1].template, template::Template::parse("", &Vec::new()));
    assert_eq!(rules[0].regex.as_str(), "^(?:(x))$");
}

#[test]
fn what_upstream_takes_and_never_uses_is_told() {
    let lookup = |rest: &str| {
        with_metric(&format!(
            "name: x, oid: 1.3, type: gauge, lookups: [{{labels: [i], labelname: l, {rest}}}]"
        ))
    };
    let metric_at = "m.yml:5: module m, metric x: ";
    for (text, metrics, expected) in [
        (
            with_metric("name: x, oid: .1.3.6.1.2.1.2.1, type: gauge"),
            0,
            format!(
                "{metric_at}oid \".1.3.6.1.2.1.2.1\" begins with a dot: it therefore matches nothing; leave out the dot"
            ),
        ),
        (
            with_metric("name: x, oid: IF-MIB::ifName, type: gauge"),
            0,
            format!("{metric_at}oid \"IF-MIB::ifName\" is none: \"IF-MIB::ifName\" is not a number"),
        ),
        (
            with_metric("name: x, type: gauge"),
            0,
            format!("{metric_at}oid \"\" is none: an OID must not be empty"),
        ),
        (lookup("type: gauge"), 1, format!("{metric_at}lookup oid \"\" is none: an OID must not be empty")),
        (
            lookup("oid: 1.4, type: IpAddr"),
            1,
            format!(
                "{metric_at}unknown lookup type \"IpAddr\": octets are shown in hex, other values as they are"
            ),
        ),
        (
            with_metric("name: x, oid: 1.3, type: Foo"),
            1,
            format!("{metric_at}unknown type \"Foo\": octets are shown in hex, other values as they are"),
        ),
        ("modules: {m: {walk: [1.3.]}}".into(), 0, "m.yml:1: module m: walk 1.3. ends with a dot".into()),
        ("modules: {m: {timeout: 5}}".into(), 0, "m.yml:1: module m: timeout: 5ns is too short".into()),
        (
            "modules: {m: {filters: [{oid: foo.bar, targets: [1.3], values: [a]}, ~]}}".into(),
            0,
            "m.yml:1: module m: filter is not used: oid: ".into(),
        ),
    ] {
        let all = load(&text).unwrap();
        let module = all.get("m").unwrap();
        assert_eq!((module.metrics.len(), module.filters.len()), (metrics, 0), "{text}");
        let told = all.warnings()[0].to_string();
        assert!(told.starts_with(&expected), "{told}");
    }
}

#[test]
fn files_are_read_as_go_reads_them() {
    let m = "modules: {m: {walk: [1.3]}}";
    for text in [
        format!("\u{feff}{m}\n"),
        format!("%YAML 1.1\n# first\n---\n{m}\n---\nmodules: {{}}\n"),
        format!("--- # first\n{m}\n...\n{{{{{{\n"),
        format!("{m}\n---"),
        m.replace(' ', "\t "),
        "modules: {x: &x {walk: [1.3], retries: 5}, m: {<<: *x, retries: 2}}".into(),
        "{\"modules\":{\"m\":{\"walk\":[\"1.3\"],\"metrics\":[]}}}".into(),
        "modules:\r\n  m:\r\n    walk:\r\n    - 1.3\r\n".into(),
        "version: 1.5\nmodules: {m: {walk: [1.3]}, n: ~, ~: {}}\nauths: {a: ~}\n".into(),
    ] {
        let all = load(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(all.get("m").unwrap().walk, [snmp::Oid::from([1, 3])], "{text}");
    }
    let numbers = load(
        "modules: {m: {retries: -1, max_repetitions: 1e1, timeout: 5_000_000_000, walk: ['', 1.4]}, n: {retries: 010}}",
    );
    let numbers = numbers.unwrap();
    let (m, n) = (numbers.get("m").unwrap(), numbers.get("n").unwrap());
    assert_eq!((m.params.retries, m.params.max_repetitions), (0, Some(10)));
    assert_eq!((m.params.timeout, n.params.retries), (Duration::from_secs(5), 8));
    assert_eq!(m.walk[0], snmp::Oid::from([1, 3, 6, 1, 2, 1]));
    let x = metric(
        "name: x, oid: 1.3, type: EnumAsInfo, scale: 0x10, offset: 1_000.5, enum_values: {1.0: a, ~: b}",
    );
    assert_eq!((x.scale, x.offset), (16.0, 1000.5));
    // A label that serves lookups only may have any name.
    let y = metric(
        "name: x, oid: 1.3, type: gauge, indexes: [{labelname: __i, type: gauge}], lookups: [{labels: [], labelname: __i}]",
    );
    assert_eq!(y.indexes[0].label, "__i");
}

#[test]
fn fallbacks_are_oids_or_maps() {
    let x = metric(
        "name: x, oid: 1.3.6.1.2.1.2.7, type: gauge, scale: 5, offset: 1, \
         fallback: [1.3.6.1.2.1.2.8, {oid: 1.3.6.1.2.1.2.9, scale: 1, when: missing_or_zero}]",
    );
    let fallback: Vec<_> =
        x.fallback.iter().map(|f| (f.oid.to_string(), f.scale, f.offset, f.when)).collect();
    assert_eq!(
        fallback,
        [
            ("1.3.6.1.2.1.2.8".to_owned(), 5.0, 1.0, When::Missing),
            ("1.3.6.1.2.1.2.9".to_owned(), 1.0, 1.0, When::MissingOrZero)
        ]
    );
    let x = metric(
        "name: x, oid: 1.3, type: gauge, lookups: [{labels: [i], labelname: l, oid: 1.4, type: DisplayString, \
         fallback: [1.3.6.1.2.1.2.1, {oid: 1.3.6.1.2.1.2.2, type: PhysAddress48}, index]}]",
    );
    let Lookup::Find { fallback, .. } = &x.lookups[0] else { panic!("a lookup") };
    let column = |oid: &str, kind| LookupFallback::Column {
        oid: oid.parse().unwrap(),
        text: spec::Text { kind, hint: None },
    };
    assert_eq!(
        *fallback,
        [
            column("1.3.6.1.2.1.2.1", TextKind::DisplayString),
            column("1.3.6.1.2.1.2.2", TextKind::PhysAddress48),
            LookupFallback::Index
        ]
    );
}

#[test]
fn secrets_of_auths_are_not_shown() {
    let all =
        load("auths:\n  a: {community: hush, version: 2}\n  b: {version: 3, password: hush}\n").unwrap();
    assert!(!format!("{all:?}").contains("hush"));
    let no_file = |_: &std::path::Path| Err(std::io::ErrorKind::NotFound.into());
    let auth = all.auths()["a"].build("a", None, &no_file).unwrap();
    assert_eq!(auth.community.expose(), "hush");
    let error = all.auths()["b"].build("b", None, &no_file).unwrap_err().to_string();
    assert!(error.starts_with("m.yml:3: auth b: ") && !error.contains("hush"), "{error}");
}

#[test]
fn the_shipped_modules_load_without_warnings() {
    let all = Modules::builtin().unwrap();
    assert!(all.warnings().is_empty(), "{:?}", all.warnings());
    assert_eq!(
        all.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(),
        ["ethernet", "if_mib", "interfaces", "system"]
    );
}

/// Both of snmp_exporter's shipped files are read whole.
#[test]
fn snmp_exporters_own_files_load() {
    for (file, modules, metrics) in
        [("peers/snmp_exporter-0.30.1-snmp.yml", 52, 4742), ("peers/snmp_exporter-main-snmp.yml", 53, 4802)]
    {
        let Some(text) = crate::render::cases::shared(file) else { continue };
        let all = Modules::from_texts([(file, text.as_str())]).unwrap_or_else(|error| panic!("{error}"));
        assert!(all.warnings().is_empty(), "{:?}", all.warnings());
        assert_eq!(all.len(), modules);
        assert_eq!(all.iter().map(|module| module.metrics.len()).sum::<usize>(), metrics);
        assert_eq!(all.auths().keys().collect::<Vec<_>>(), ["public_v1", "public_v2"]);
    }
}

/// Our if_mib is snmp_exporter's: same metrics, names, types and HELP texts. Only the list of interface types
/// may be longer.
#[test]
fn if_mib_is_that_of_snmp_exporter() {
    for file in ["peers/snmp_exporter-0.30.1-snmp.yml", "peers/snmp_exporter-main-snmp.yml"] {
        let Some(text) = crate::render::cases::shared(file) else { continue };
        let theirs = Modules::from_texts([(file, text.as_str())]).unwrap();
        let theirs = theirs.get("if_mib").unwrap();
        let ours = Modules::builtin().unwrap();
        let ours = ours.get("if_mib").unwrap();
        assert_eq!((&ours.walk, &ours.get, &ours.params), (&theirs.walk, &theirs.get, &theirs.params));
        assert_eq!(ours.metrics.len(), theirs.metrics.len());
        for (our, their) in ours.metrics.iter().zip(&theirs.metrics) {
            let facts = |m: &Metric| (m.name.clone(), m.oid.clone(), m.help.clone(), m.scale, m.offset);
            assert_eq!(facts(our), facts(their));
            assert_eq!((&our.indexes, &our.lookups), (&their.indexes, &their.lookups), "{}", our.name);
            match (&our.kind, &their.kind) {
                (Kind::EnumAsInfo(our), Kind::EnumAsInfo(their)) => {
                    let (our, their): (BTreeSet<_>, BTreeSet<_>) =
                        (our.iter().collect(), their.iter().collect());
                    assert!(our.is_superset(&their), "{:?}", their.difference(&our));
                }
                (our_kind, their_kind) => assert_eq!(our_kind, their_kind, "{}", our.name),
            }
        }
    }
}
