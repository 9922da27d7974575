//! Providers and their spellings.

use std::ops::Range;

use crate::text::slip::is_slip_of;
use crate::text::tokens::Tokens;
use crate::text::words::{Hit, ListId};
use crate::word::Word;

/// A provider as the rule file has it.
#[derive(Debug, Clone)]
pub(crate) struct Provider {
    /// The value of the label `isp_provider`.
    pub id: Word,
    /// The provider whose brand it is, by its place.
    pub parent: Option<usize>,
    /// Words that are looked for with one slip of the finger too.
    pub slips: Vec<String>,
}

/// A provider found in a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    /// Its place in the list.
    pub provider: usize,
    /// Whether the spelling means a provider by itself, or only beside other evidence of a line.
    pub strong: bool,
    /// Whether it was misspelt.
    pub slip: bool,
    /// Whether only a part of the word is its name.
    pub loose: bool,
    /// Where it stands in the text.
    pub span: Range<usize>,
}

impl Found {
    /// Whether a span is a part of it, and not all of it.
    pub fn has_within(&self, span: &Range<usize>) -> bool {
        self.span != *span && self.span.start <= span.start && span.end <= self.span.end
    }
}

/// All providers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Providers {
    pub list: Vec<Provider>,
    /// The first list of the dictionary that holds spellings: two for each provider, strong ones and weak ones.
    pub first_list: ListId,
    /// Words that are part of no provider's name, such as `link` and `primary`: a list of the dictionary.
    pub not_names: ListId,
}

impl Providers {
    /// The list of a provider's spellings.
    pub fn list_of(&self, provider: usize, strong: bool) -> ListId {
        self.first_list + 2 * provider as ListId + ListId::from(!strong)
    }

    /// The provider and the strength of a list of spellings.
    fn of_list(&self, list: ListId) -> Option<(usize, bool)> {
        let place = list.checked_sub(self.first_list)?;
        let provider = usize::try_from(place / 2).ok().filter(|provider| *provider < self.list.len())?;
        Some((provider, place.is_multiple_of(2)))
    }

    /// The place of the provider of that id.
    pub fn by_id(&self, id: &str) -> Option<usize> {
        self.list.iter().position(|provider| &*provider.id == id)
    }

    /// Who is named in a text: `hits` is what the dictionary found in it. The longest spelling counts where several
    /// overlap, and a brand instead of its owner.
    pub fn find(&self, text: &str, tokens: &Tokens, hits: &[Hit]) -> Vec<Found> {
        let mut all: Vec<Found> = Vec::new();
        for hit in hits {
            if let Some((provider, strong)) = self.of_list(hit.list) {
                all.push(Found { provider, strong, slip: false, loose: hit.loose, span: hit.span.clone() });
            }
        }
        if all.is_empty() && text.len() >= 5 {
            self.find_slips(tokens, &mut all);
        }
        let covered: Vec<bool> =
            all.iter().map(|found| all.iter().any(|other| other.has_within(&found.span))).collect();
        let mut covered = covered.into_iter();
        all.retain(|_| !covered.next().unwrap_or(false));
        let owners: Vec<usize> =
            all.iter().filter_map(|found| self.list.get(found.provider)?.parent).collect();
        all.retain(|found| !owners.contains(&found.provider));
        all
    }

    fn find_slips(&self, tokens: &Tokens, all: &mut Vec<Found>) {
        let words = tokens.words();
        for (place, word) in words.iter().enumerate().filter(|(_, word)| word.len() >= 5) {
            let first = word.chars().next();
            for (provider, Provider { slips, .. }) in self.list.iter().enumerate() {
                let mut alike = slips.iter().filter(|right| right.chars().next() == first);
                if alike.any(|right| is_slip_of(word, right)) {
                    all.push(Found {
                        provider,
                        strong: true,
                        slip: true,
                        loose: false,
                        span: words.span(place, 1),
                    });
                }
            }
        }
    }

    /// Those that count: where some are named by a strong spelling, the others do not. Each once.
    pub fn counted<'a>(
        &self,
        found: &'a [Found],
        weak_too: bool,
    ) -> impl Iterator<Item = &'a Found> + use<'a> {
        let any_strong = found.iter().any(|found| found.strong);
        found
            .iter()
            .enumerate()
            .filter(move |(place, one)| {
                (one.strong || weak_too && !any_strong)
                    && !found[..*place]
                        .iter()
                        .any(|before| before.provider == one.provider && (before.strong || !any_strong))
            })
            .map(|(_, one)| one)
    }

    /// The provider a captured text names: one of the list, else the text itself in small letters with `-` between its
    /// words. `None` where no word of it is a name.
    pub fn canonical(&self, text: &str, tokens: &Tokens, hits: &[Hit]) -> Option<Word> {
        let found = self.find(text, tokens, hits);
        let mut known = self.counted(&found, true);
        if let (Some(one), None) = (known.next(), known.next()) {
            return self.list.get(one.provider).map(|provider| provider.id.clone());
        }
        let common = |span: &Range<usize>| {
            hits.iter().any(|hit| {
                hit.list == self.not_names && hit.span.start <= span.start && span.end <= hit.span.end
            })
        };
        let words = tokens.words();
        let mut name: Vec<&str> = words
            .iter()
            .enumerate()
            .filter(|(place, _)| !common(&words.span(*place, 1)))
            .map(|(_, word)| word)
            .collect();
        // What stands behind it counts lines or bits: `Matek_5`.
        while name.last().is_some_and(|word| word.starts_with(char::is_numeric)) {
            name.pop();
        }
        let is_name = name.iter().any(|word| word.chars().filter(|c| c.is_alphabetic()).count() >= 2);
        is_name.then(|| name.join("-").into())
    }
}
