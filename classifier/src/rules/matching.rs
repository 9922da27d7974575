//! What must hold: the `match` of a rule, the `when` of a critical reason.

use inventory::fields::Fields;
use inventory::yaml::Kind;
use ipnet::IpNet;

use super::condition::{AddressTest, Condition, Field, NeighbourTest, TextTest};
use super::parse::Parser;
use crate::facts::{Capability, Status};

const KEYS: [&str; 20] = [
    "text",
    "alias",
    "descr",
    "name",
    "if_type",
    "speed_bps",
    "mtu",
    "admin",
    "oper",
    "connector",
    "mac",
    "lag",
    "lag_member",
    "address",
    "device",
    "neighbour",
    "all",
    "any",
    "not",
    "type",
];
const TEXT_KEYS: [&str; 4] = ["words", "regex", "provider", "empty"];

impl Parser<'_> {
    /// All that a map asks; `type` may be asked only where an interface is classified already.
    pub(super) fn condition(&mut self, fields: &Fields<'_>, classified: bool) -> Condition {
        fields.check_keys(&KEYS);
        let mut all = Vec::new();
        for (key, field) in
            [("text", Field::Any), ("alias", Field::Alias), ("descr", Field::Descr), ("name", Field::Name)]
        {
            let tests = self.text_tests(fields, key);
            all.extend(tests.into_iter().map(|test| Condition::Text(field, test)));
        }
        all.extend(self.reader.numbers(fields, "if_type").map(Condition::IfType));
        all.extend(self.reader.bounds(fields, "speed_bps").map(Condition::Speed));
        all.extend(self.reader.bounds(fields, "mtu").map(Condition::Mtu));
        let statuses = Status::ALL.map(|status| (status.as_str(), status));
        all.extend(self.reader.words(fields, "admin", &statuses).map(Condition::Admin));
        all.extend(self.reader.words(fields, "oper", &statuses).map(Condition::Oper));
        all.extend(fields.flag("connector").map(Condition::Connector));
        all.extend(fields.flag("lag").map(Condition::Lag));
        all.extend(fields.flag("lag_member").map(Condition::LagMember));
        all.extend(self.mac(fields));
        all.extend(self.address(fields));
        all.extend(self.device(fields));
        all.extend(self.neighbour(fields));
        if fields.get("type").is_some() && !classified {
            fields.problem("type", "a rule cannot ask for the type, which comes of all rules");
        } else {
            all.extend(self.reader.kinds(fields, "type").map(Condition::Type));
        }
        if let Some(conditions) = self.conditions(fields, "all", classified) {
            all.extend(conditions);
        }
        all.extend(self.conditions(fields, "any", classified).map(Condition::Any));
        if let Some(section) = self.reader.section(fields, "not") {
            all.push(Condition::Not(Box::new(self.condition(&section, classified))));
        }
        if fields.entries().is_empty() {
            let message = "expected something that must hold, such as text: {words: [uplink]}";
            self.problems.push(fields.at, &fields.path, message);
        }
        Condition::All(all)
    }

    /// A list of conditions.
    fn conditions(&mut self, fields: &Fields<'_>, key: &str, classified: bool) -> Option<Vec<Condition>> {
        let node = fields.get(key)?;
        let Kind::List(items) = &node.kind else {
            fields.problem(key, format!("expected a list of conditions, found {}", node.name()));
            return None;
        };
        let mut conditions = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            let path = format!("{}[{place}]", fields.key(key));
            if let Some(section) = Fields::open(item, path, self.problems) {
                conditions.push(self.condition(&section, classified));
            }
        }
        if conditions.is_empty() {
            fields.problem(key, "expected at least one condition");
        }
        Some(conditions)
    }

    /// What is asked of a text; all of it must hold.
    fn text_tests(&mut self, fields: &Fields<'_>, key: &str) -> Vec<TextTest> {
        let Some(section) = self.reader.section(fields, key) else { return Vec::new() };
        section.check_keys(&TEXT_KEYS);
        let mut tests = Vec::new();
        if section.get("provider").is_some() {
            let known = [("strong", (false, false)), ("any", (true, false)), ("alone", (true, true))];
            let asked = self.reader.words(&section, "provider", &known).unwrap_or_default();
            if let Some((weak_too, alone)) = asked.first().copied() {
                tests.push(TextTest::Provider { weak_too });
                tests.extend(alone.then_some(TextTest::ProviderAlone));
            }
        }
        if section.get("words").is_some() {
            tests.push(TextTest::Words(self.word_list(&section, "words")));
        }
        tests.extend(self.pattern(&section, "regex").map(TextTest::Pattern));
        tests.extend(section.flag("empty").map(TextTest::Empty));
        if section.entries().is_empty() {
            self.problems.push(section.at, &section.path, "expected one of words, regex, provider, empty");
        }
        tests
    }

    /// The first octets of MAC addresses: `[00:1a:2b]`.
    fn mac(&self, fields: &Fields<'_>) -> Option<Condition> {
        let mut prefixes = Vec::new();
        for (node, text) in self.reader.texts(fields, "mac")? {
            let octets: Option<Vec<u8>> =
                text.split([':', '-']).map(|octet| u8::from_str_radix(octet, 16).ok()).collect();
            match octets.filter(|octets| octets.len() <= 6) {
                Some(octets) => prefixes.push(octets),
                None => {
                    let message =
                        format!("expected the beginning of a MAC address such as 00:1a:2b, found {text:?}");
                    self.reader.problem(node, fields, "mac", message);
                }
            }
        }
        Some(Condition::Mac(prefixes))
    }

    fn address(&self, fields: &Fields<'_>) -> Option<Condition> {
        let section = self.reader.section(fields, "address")?;
        section.check_keys(&["public", "prefix_len", "in"]);
        let mut within: Vec<IpNet> = Vec::new();
        for (node, text) in self.reader.texts(&section, "in").unwrap_or_default() {
            match text.parse() {
                Ok(net) => within.push(net),
                Err(_) => {
                    let message = format!("expected a network such as 192.0.2.0/24, found {text:?}");
                    self.reader.problem(node, &section, "in", message);
                }
            }
        }
        let public = section.flag("public");
        Some(Condition::Address(AddressTest {
            public,
            prefix_len: self.reader.numbers(&section, "prefix_len"),
            within,
        }))
    }

    /// What is asked of the device: name, sys_object_id, and any label.
    fn device(&mut self, fields: &Fields<'_>) -> Option<Condition> {
        let section = self.reader.section(fields, "device")?;
        let mut all: Vec<Condition> =
            self.text_tests(&section, "name").into_iter().map(Condition::DeviceName).collect();
        for (key, _) in section.entries().iter().filter(|(key, _)| key.text != "name") {
            let values = self.reader.texts(&section, &key.text).unwrap_or_default();
            let values = values.into_iter().map(|(_, text)| text);
            all.push(if key.text == "sys_object_id" {
                let with_dot = |text: &str| format!("{}.", text.trim_end_matches(['.', '*']));
                Condition::SysObjectId(values.map(with_dot).collect())
            } else {
                Condition::DeviceLabel(key.text.clone(), values.map(str::to_owned).collect())
            });
        }
        Some(Condition::All(all))
    }

    fn neighbour(&mut self, fields: &Fields<'_>) -> Option<Condition> {
        let section = self.reader.section(fields, "neighbour")?;
        section.check_keys(&["name", "platform", "capability", "role", "other_site", "alone"]);
        let capabilities = Capability::ALL.map(|capability| (capability.as_str(), capability));
        let roles = self.reader.texts(&section, "role").unwrap_or_default();
        Some(Condition::Neighbour(NeighbourTest {
            name: self.text_tests(&section, "name"),
            platform: self.text_tests(&section, "platform"),
            capability: self.reader.words(&section, "capability", &capabilities).unwrap_or_default(),
            role: roles.into_iter().map(|(_, text)| text.to_owned()).collect(),
            other_site: section.flag("other_site"),
            alone: section.flag("alone"),
        }))
    }
}
