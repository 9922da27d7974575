//! Reading who there is: `providers` with all their spellings, `carriers` by their names alone.

use std::collections::HashMap;

use inventory::fields::Fields;
use inventory::nearest::hint;

use super::parse::Parser;
use super::provider::{Provider, Providers};
use crate::text::tokens::Tokens;
use crate::text::words::ListId;

const PROVIDER_KEYS: [&str; 4] = ["aliases", "weak_aliases", "parent", "typos"];

/// Who owns each spelling, as it is compared.
type Owners = HashMap<String, String>;

impl Parser<'_> {
    /// Reads all providers; words of which no name is made come first, as they are looked up like any others.
    pub(super) fn providers(&mut self, file: &Fields<'_>) {
        let not_names = if file.get("not_providers").is_some() {
            self.word_list(file, "not_providers")
        } else {
            self.new_list()
        };
        let section = self.reader.section(file, "providers");
        let entries = section.as_ref().map_or(&[][..], Fields::entries);
        let carriers = self.reader.section(file, "carriers");
        let named: Vec<(String, bool)> =
            carriers.as_ref().map(|fields| self.carriers(fields)).unwrap_or_default();

        let ids =
            entries.iter().map(|(key, _)| key.text.clone()).chain(named.iter().map(|(name, _)| id_of(name)));
        let list: Vec<Provider> =
            ids.map(|id| Provider { id: id.into(), parent: None, slips: Vec::new() }).collect();
        let count = list.len();
        self.providers = Providers { list, first_list: self.next_list, not_names };
        self.next_list += 2 * count as ListId;

        let mut owners = Owners::new();
        for (place, (key, node)) in entries.iter().enumerate() {
            let path = format!("providers.{}", key.text);
            if let Some(fields) = Fields::open(node, path, self.problems) {
                self.provider(place, &key.text, &fields, &mut owners);
            }
        }
        let Some(carriers) = carriers else { return };
        for (place, (name, strong)) in named.iter().enumerate() {
            let key = if *strong { "names" } else { "common_words" };
            self.spelling(entries.len() + place, &id_of(name), name, *strong, (&carriers, key), &mut owners);
        }
    }

    /// Names, and whether each means a provider by itself.
    fn carriers(&self, fields: &Fields<'_>) -> Vec<(String, bool)> {
        fields.check_keys(&["names", "common_words"]);
        let names = self.phrases(fields, "names").into_iter().map(|name| (name, true));
        names.chain(self.phrases(fields, "common_words").into_iter().map(|name| (name, false))).collect()
    }

    fn provider(&mut self, place: usize, id: &str, fields: &Fields<'_>, owners: &mut Owners) {
        fields.check_keys(&PROVIDER_KEYS);
        let (strong, weak) = (self.phrases(fields, "aliases"), self.phrases(fields, "weak_aliases"));
        if strong.is_empty() && weak.is_empty() {
            fields.problem("aliases", "missing, expected the spellings of its name");
        }
        strong.iter().for_each(|text| self.spelling(place, id, text, true, (fields, "aliases"), owners));
        weak.iter().for_each(|text| self.spelling(place, id, text, false, (fields, "weak_aliases"), owners));
        let parent = fields.text("parent").and_then(|parent| {
            let found = self.providers.by_id(parent).filter(|found| *found != place);
            if found.is_none() {
                let known = self.providers.list.iter().map(|provider| &*provider.id);
                let hint = hint(parent, known.filter(|known| *known != id));
                fields.problem("parent", format!("unknown provider {parent:?}{hint}"));
            }
            found
        });
        let slips = if fields.flag("typos") == Some(true) { single_words(&strong) } else { Vec::new() };
        if let Some(provider) = self.providers.list.get_mut(place) {
            (provider.parent, provider.slips) = (parent, slips);
        }
    }

    /// Adds a spelling of the provider at a place of the list.
    fn spelling(
        &mut self,
        place: usize,
        id: &str,
        spelling: &str,
        strong: bool,
        (fields, key): (&Fields<'_>, &str),
        owners: &mut Owners,
    ) {
        let words: Vec<String> = Tokens::of(spelling).words().iter().map(str::to_owned).collect();
        let folded = words.join(" ") + if spelling.ends_with('*') { "*" } else { "" };
        let owner = owners.entry(folded).or_insert_with(|| id.to_owned());
        if owner != id {
            fields.problem(key, format!("{spelling:?} is a spelling of {owner} too, expected one owner"));
        }
        let list = self.providers.list_of(place, strong);
        if let Err(message) = self.dictionary.add(list, spelling) {
            fields.problem(key, message);
        }
    }
}

/// The id of a carrier that has nothing but its name.
fn id_of(name: &str) -> String {
    let words: Vec<String> = Tokens::of(name).words().iter().map(str::to_owned).collect();
    words.join("_")
}

/// The spellings that are one word, as they are compared.
fn single_words(spellings: &[String]) -> Vec<String> {
    let mut words = Vec::new();
    for spelling in spellings {
        let tokens = Tokens::of(spelling);
        if let (Some(word), None) = (tokens.words().get(0), tokens.words().get(1)) {
            words.push(word.to_owned());
        }
    }
    words
}
