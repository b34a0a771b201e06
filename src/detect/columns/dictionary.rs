//! Names of columns: what each says its cells are.

use crate::{
    detect::{
        headers::Qualifiers,
        vocabulary::{LONGEST, Vocabulary},
    },
    rules::header_key,
};
use std::collections::{BTreeMap, BTreeSet};

/// Names of columns, by how they are compared.
#[derive(Debug)]
pub(in crate::detect) struct Dictionary {
    exact: BTreeMap<String, Vec<u16>>,
    negative: BTreeSet<String>,
    /// Finds the names of `long` within others.
    inside: Vocabulary,
    /// Names long enough to mean something within others; `None` for the negative ones.
    long: Vec<Option<Vec<u16>>>,
    qualifiers: Qualifiers,
}

/// What a header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::detect) enum Named {
    /// Nothing known.
    Unknown,
    /// One of these rules; percent of the header's points.
    Rules(Vec<u16>, i32),
    /// None of the rules.
    Negative,
}

impl Dictionary {
    /// Rules that cannot reach `minimum` percent are left out.
    pub(in crate::detect) fn new(rules: &crate::rules::RuleSet, minimum: u8) -> Self {
        let mut exact: BTreeMap<String, Vec<u16>> = BTreeMap::new();
        let heard = (0u16..)
            .zip(&rules.rules)
            .filter(|(_, r)| r.most() >= i32::from(minimum));
        for (index, rule) in heard {
            for header in &rule.headers {
                exact.entry(header.clone()).or_default().push(index);
            }
        }
        exact.remove("");
        let negative: BTreeSet<String> = rules.negative_headers.iter().cloned().collect();
        let long = |k: &str| k.chars().count() >= if k.is_ascii() { 5 } else { 2 };
        let known = exact.iter().map(|(k, rules)| (k, Some(rules.clone())));
        let (names, long): (Vec<&String>, Vec<_>) = known
            .chain(negative.iter().map(|k| (k, None)))
            // A name that is both is what the rules say; a header may be no longer than this.
            .filter(|(k, rules)| rules.is_some() || !exact.contains_key(*k))
            .filter(|(k, _)| long(k) && k.len() <= LONGEST)
            .unzip();
        let mut inside = Vocabulary::default();
        for name in names {
            inside.add(name);
        }
        Self {
            exact,
            negative,
            inside,
            long,
            qualifiers: Qualifiers::new(&rules.header_words),
        }
    }

    /// What this header says; `inside` also looks for known names within it.
    pub(in crate::detect) fn look_up(&self, header: &str, inside: bool) -> Named {
        if header.len() > 96 {
            return Named::Unknown;
        }
        let key = header_key(header);
        if key.is_empty() {
            return Named::Unknown;
        }
        if let Some(rules) = self.exact.get(&key) {
            return Named::Rules(rules.clone(), 100);
        }
        if self.negative.contains(&key) {
            return Named::Negative;
        }
        if !inside {
            return Named::Unknown;
        }
        let known = |name: &str| self.exact.contains_key(name);
        let bare = self.qualifiers.bare(header, &known);
        if let Some(rules) = bare.and_then(|name| self.exact.get(&name)) {
            return Named::Rules(rules.clone(), 100);
        }
        // Chinese puts the noun last: the known name that ends last decides, then the longest.
        let (mut best, mut worst) = (None, None);
        let mut hits = Vec::new();
        self.inside.find(key.as_bytes(), |_, _| true, &mut hits);
        for found in hits {
            let place = (found.end, found.end - found.start);
            match self.long.get(found.number as usize) {
                Some(Some(rules)) if best.as_ref().is_none_or(|(at, _)| place > *at) => {
                    best = Some((place, rules));
                }
                Some(None) => worst = worst.max(Some(place)),
                _ => {}
            }
        }
        match (best, worst) {
            (Some((at, rules)), worst) if worst.is_none_or(|w| at >= w) => {
                // A name that ends the header is what the column holds: 沪市 + 股东代码.
                Named::Rules(rules.clone(), if at.0 == key.len() { 100 } else { 75 })
            }
            (_, Some(_)) => Named::Negative,
            // Name (Pinyin): what the brackets explain.
            _ => header
                .trim_end()
                .strip_suffix([')', '）'])
                .and_then(|h| h.split(['(', '（']).next())
                .filter(|bare| !bare.trim().is_empty())
                .map_or(Named::Unknown, |bare| self.look_up(bare, inside)),
        }
    }
}
