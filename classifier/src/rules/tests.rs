//! Rule files as a user writes them: what is refused and how, and what the order of rules does not change.

use std::fmt::Write;

use proptest::prelude::*;

use super::*;
use crate::facts::NeighbourFacts;

fn with(rules: &str) -> String {
    format!("version: 1\nproviders: {{magti: {{aliases: [magti*]}}}}\nrules:\n{rules}")
}

fn mistakes(text: &str) -> String {
    let errors = Ruleset::parse(text, "rules.yml").expect_err(text);
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn mistakes_are_named_with_file_line_and_rule() {
    let rule = |rest: &str| with(&format!("- {{id: a, {rest}}}\n"));
    let matching = |condition: &str| rule(&format!("match: {condition}, vote: {{type: isp, weight: 0.5}}"));
    let mut wrong = Vec::new();
    for (text, expected) in [
        (String::new(), "rules.yml:1:1: the file is empty, expected version: 1 and rules"),
        ("version: 2\nrules: []\n".into(), "rules.yml:1:10: version: expected 1, found \"2\""),
        ("version: 1\n".into(), "rules: missing, expected a list of rules, each with an id and a match"),
        (
            "version: 1\nrule: []\nrules: []\n".into(),
            "rules.yml:2:1: unknown key \"rule\", did you mean \"rules\"?",
        ),
        (with("- {match: {name: {empty: false}}, dampen: 0.5}\n"), "rules[0].id: missing"),
        (rule("vote: {type: isp, weight: 0.5}"), "rules[a].match: missing, expected what must hold"),
        (
            rule("match: {if_type: [6]}"),
            "rules[a].vote: missing, expected one of vote, final, dampen, labels",
        ),
        (
            rule("match: {if_type: [6]}, vote: {type: ips, weight: 0.5}"),
            "rules.yml:4:47: rules[a].vote.type: unknown type \"ips\", expected one of loopback, isp,",
        ),
        (
            rule("match: {if_type: [6]}, vote: {type: isp, weight: 2}"),
            "rules[a].vote.weight: expected a number above 0 and up to 1, such as 0.8, found \"2\"",
        ),
        (
            rule("match: {if_type: [6]}, vote: {type: isp, weight: 0.5, provider: magty}"),
            "rules[a].vote.provider: unknown provider \"magty\", did you mean \"magti\"?",
        ),
        (
            rule("match: {text: {regex: '(x)'}}, labels: {circuit: $circuit}"),
            "rules[a].labels.circuit: no pattern of this rule has a group \"circuit\", expected (?P<circuit>…) in one",
        ),
        (
            rule("match: {text: {regex: '(?P<a>x)'}}, labels: {a: '$a|kbps'}"),
            "rules[a].labels.a: unknown filter \"kbps\"",
        ),
        (matching("{text: {regex: 'a('}}"), "rules.yml:4:33: rules[a].match.text.regex: a(: unclosed group"),
        (
            matching("{text: {regex: '(?:(?:a{1000}){1000}){1000}'}}"),
            "ompiled regex exceeds size limit of 1048576 bytes",
        ),
        (
            matching("{text: {regex: '(?<!a)b'}}"),
            "look-around, including look-ahead and look-behind, is not supported",
        ),
        (
            matching("{text: {word: [a]}}"),
            "rules[a].match.text: unknown key \"word\", did you mean \"words\"?",
        ),
        (matching("{text: {words: [$gear]}}"), "rules[a].match.text.words: unknown list \"gear\""),
        (
            matching("{text: {words: ['--']}}"),
            "rules[a].match.text.words: expected a word of letters or digits",
        ),
        (matching("{text: {}}"), "rules[a].match.text: expected one of words, regex, provider, empty"),
        (matching("{}"), "rules[a].match: expected something that must hold"),
        (
            matching("{if_type: [x]}"),
            "rules[a].match.if_type: expected numbers or ranges such as [24, 100-104], found \"x\"",
        ),
        (
            matching("{speed_bps: {min: fast}}"),
            "rules[a].match.speed_bps.min: expected a number such as 1500 or 10G",
        ),
        (matching("{oper: sleepy}"), "rules[a].match.oper: unknown word \"sleepy\""),
        (matching("{mac: ['zz:00']}"), "rules[a].match.mac: expected the beginning of a MAC address"),
        (
            matching("{address: {in: [here]}}"),
            "rules[a].match.address.in: expected a network such as 192.0.2.0/24",
        ),
        (matching("{type: isp}"), "rules[a].match.type: a rule cannot ask for the type"),
        (matching("{any: {if_type: 6}}"), "rules[a].match.any: expected a list of conditions, found a map"),
        (
            with(
                "- {id: a, match: {if_type: 6}, dampen: 0.5}\n- {id: a, match: {if_type: 6}, dampen: 0.5}\n",
            ),
            "rules.yml:5:8: rules[a].id: \"a\" is the id of another rule, on line 4",
        ),
        (
            "version: 1\nproviders: {a: {aliases: [x-y]}, b: {aliases: [X Y]}}\nrules: []\n".into(),
            "providers.b.aliases: \"X Y\" is a spelling of a too, expected one owner",
        ),
        ("version: 1\nproviders: {a: {}}\nrules: []\n".into(), "providers.a.aliases: missing"),
        (
            "version: 1\nproviders: {a: {aliases: [x], parent: b}}\nrules: []\n".into(),
            "providers.a.parent: unknown provider \"b\"",
        ),
        ("version: 1\nrules: []\ncritical: [{when: {type: isp}}]\n".into(), "critical[0].reason: missing"),
        ("version: 1\nrules: []\ntests: [{in: {}}]\n".into(), "tests[0].in: expected facts in `in`"),
    ] {
        let found = mistakes(&text);
        if !found.contains(expected) {
            wrong.push(format!("{text}\nfound {found}\nexpected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_file_whose_tests_fail_is_refused_with_what_was_expected_and_what_came() {
    let text = with(
        "- {id: isp.name, match: {text: {provider: strong}}, vote: {type: isp, weight: 0.8}}\n\
         tests:\n\
         - {in: {alias: Magti}, expect: {type: trunk, provider: ~, min_confidence: 0.9, labels: {a: b}}}\n\
         - {in: {alias: Magti}, expect: {type: isp}}\n\
         - {in: {alias: nothing}, expect: {type: isp, critical: true, review: true}}\n",
    );
    assert_eq!(
        mistakes(&text),
        "rules.yml:6:3: tests[0]: expected type trunk, came isp; expected provider none, came magti; expected a confidence of \
         at least 0.9, came 0.8; expected label a b, came none; isp.name said isp 0.8 (alias has \"Magti\", magti)\n\
         rules.yml:8:3: tests[2]: expected type isp, came other; expected critical true, came false; expected review true, came \
         false; no rule voted"
    );
}

#[test]
fn the_built_in_rules_are_right_and_each_has_a_test() {
    let rules = Ruleset::built_in().unwrap_or_else(|errors| panic!("{errors:#?}"));
    assert_eq!(rules.warnings(), []);
    assert_eq!(rules.coverage().untested, []);
}

#[test]
fn votes_of_one_source_do_not_add_up_and_those_of_several_do() {
    let rules = with(
        "- {id: a, match: {text: {words: [uplink]}}, vote: {type: trunk, weight: 0.5}}\n\
         - {id: b, match: {text: {words: [core]}}, vote: {type: trunk, weight: 0.6}}\n\
         - {id: c, match: {if_type: [6]}, vote: {type: trunk, weight: 0.5}}\n\
         - {id: d, match: {if_type: [6]}, vote: {type: access, weight: 0.2}}\n\
         - {id: e, match: {if_type: [6]}, vote: {type: isp, weight: 0.9, hint: true}}\n",
    );
    let rules = Ruleset::parse(&rules, "rules.yml").expect("rules");
    let classify = |alias: &str, if_type| {
        let facts = InterfaceFacts { alias: alias.into(), if_type, ..InterfaceFacts::default() };
        let came = rules.classify(&facts);
        (came.kind, came.confidence, came.best_guess)
    };
    assert_eq!(classify("core uplink", None), (InterfaceType::Trunk, 0.6, None));
    assert_eq!(classify("core uplink", Some(6)), (InterfaceType::Trunk, 0.72, None));
    // A hint does not compete with claims, and too little confidence is none.
    assert_eq!(classify("", Some(6)), (InterfaceType::Other, 0.45, Some(InterfaceType::Trunk)));
    assert_eq!(classify("", None), (InterfaceType::Other, 0.0, None));
}

/// Texts that look like what operators write, and texts that do not.
fn any_text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("Magti"),
        Just("internet"),
        Just("core"),
        Just("სილქნეტი"),
        Just("uplink"),
        Just("cam"),
        Just("mgmt"),
        Just("to"),
        Just("Gi1/0/1"),
        Just("server"),
        Just("VoIP"),
        Just("FREE"),
        Just("[100M]"),
        Just("{X-1}"),
        Just("transit:")
    ];
    let words = proptest::collection::vec(word, 0..5).prop_map(|words| words.join("_"));
    prop_oneof![words, any::<String>(), "[A-Za-z]{1,12}[0-9/]{0,6}"]
}

fn any_facts() -> impl Strategy<Value = InterfaceFacts> {
    let texts = (any_text(), any_text(), any_text(), any_text());
    (texts, proptest::option::of(1_u32..300), any::<bool>(), proptest::option::of(any::<u64>())).prop_map(
        |((alias, name, descr, neighbour), if_type, is_lag, speed_bps)| InterfaceFacts {
            neighbours: vec![NeighbourFacts { name: neighbour, ..NeighbourFacts::default() }],
            alias,
            name,
            descr,
            if_type,
            is_lag,
            speed_bps,
            ..InterfaceFacts::default()
        },
    )
}

/// The built-in rules and the same rules the other way round.
fn both_ways() -> &'static [Ruleset; 2] {
    static BOTH: std::sync::OnceLock<[Ruleset; 2]> = std::sync::OnceLock::new();
    BOTH.get_or_init(|| {
        let rules = Ruleset::built_in().expect("the built-in rules");
        let mut reversed = rules.clone();
        reversed.rules.reverse();
        [rules, reversed]
    })
}

proptest! {
    #[test]
    fn any_facts_are_classified_whatever_the_order_of_rules(facts in any_facts()) {
        let [rules, reversed] = both_ways();
        let came = rules.classify(&facts);
        prop_assert!((0.0..=1.0).contains(&came.confidence));
        prop_assert_eq!(&came, &rules.classify(&facts));
        prop_assert_eq!(&came, &reversed.classify(&facts));
    }

    #[test]
    fn any_text_is_a_rule_file_or_refused(text in "\\PC{0,200}") {
        let _ = Ruleset::parse(&text, "rules.yml");
        let mut file = "version: 1\nrules:\n".to_owned();
        let _ = writeln!(file, "- {{id: a, match: {{text: {{regex: {text:?}}}}}, vote: {{type: isp, weight: 0.5}}}}");
        let _ = Ruleset::parse(&file, "rules.yml");
    }

    #[test]
    fn evidence_of_another_source_never_takes_confidence_away(alias in any_text(), name in "[A-Za-z]{1,8}[0-9/]{1,4}") {
        let text = with(
            "- {id: a, match: {text: {words: [core, uplink]}}, vote: {type: trunk, weight: 0.6}}\n\
             - {id: b, match: {name: {regex: '[0-9]$'}}, vote: {type: trunk, weight: 0.3}}\n",
        );
        let rules = Ruleset::parse(&text, "rules.yml").expect("rules");
        let alone = rules.classify(&InterfaceFacts { alias: alias.clone(), ..InterfaceFacts::default() });
        let both = rules.classify(&InterfaceFacts { alias, name, ..InterfaceFacts::default() });
        prop_assert!(both.confidence >= alone.confidence);
    }
}
