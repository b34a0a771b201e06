//! [`Persons`]: whose data it is, told by the identifiers that name a person.
//!
//! An identity document names one person, so the greatest number of different numbers of one kind of
//! document is the least number of persons. Contacts and accounts name persons too, but one person may
//! have several. Values are known by keyed fingerprint alone.

use crate::{
    model::{Count, Distinct, FileRecord, Finding, ValueDigest},
    reports::{RuleInfo, Tally, counts_of, tally},
};
use std::collections::BTreeMap;

/// How a rule's values name a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Names {
    /// One value, one person.
    Document,
    /// A value belongs to a person, who may have several.
    Other,
}

/// One identifier of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// Files in which it stands.
    pub files: u32,
    /// Its value as it may be shown; empty when no sample shows it.
    pub masked: String,
    /// The last file that counted it.
    last: u64,
}

/// The identifiers of persons.
#[derive(Debug)]
pub struct Persons {
    names: Vec<Option<Names>>,
    totals: Vec<Distinct>,
    found: Vec<u64>,
    list: BTreeMap<(u16, u64), Subject>,
    most: usize,
    /// Files with identifiers that cannot be listed: too many different ones in one place, of which the
    /// inventory keeps an estimate (scan with `--all-findings`).
    pub unlisted: u64,
    /// Identifiers that were not listed because there were too many.
    pub more: u64,
}

impl Persons {
    pub(super) fn new(rules: &[RuleInfo], most: usize) -> Self {
        let names = |rule: &RuleInfo| {
            let has = |tag: &str| rule.tags.iter().any(|t| t == tag);
            if has("organisation") || !has("pii") {
                None
            } else if has("identity") {
                Some(Names::Document)
            } else if has("contact") || has("account") {
                Some(Names::Other)
            } else {
                None
            }
        };
        Self {
            names: rules.iter().map(names).collect(),
            totals: vec![Distinct::default(); rules.len()],
            found: vec![0; rules.len()],
            list: BTreeMap::new(),
            most,
            unlisted: 0,
            more: 0,
        }
    }

    fn kind(&self, rule: u16) -> Option<Names> {
        self.names.get(usize::from(rule)).copied().flatten()
    }

    /// Adds a file's own record.
    pub(super) fn add(&mut self, record: &FileRecord, file: ValueDigest) {
        let listed = !record.findings.is_empty();
        let mut unlisted = false;
        for tally in tally(record.entries.iter().flat_map(counts_of)) {
            if self.kind(tally.rule).is_none() {
                continue;
            }
            let at = usize::from(tally.rule);
            if let (Some(total), Some(found)) = (self.totals.get_mut(at), self.found.get_mut(at)) {
                total.merge(&tally.distinct);
                *found = found.saturating_add(tally.found);
            }
            unlisted |= !self.list_tally(&tally, file, listed);
        }
        self.unlisted += u64::from(unlisted);
        for sample in record
            .entries
            .iter()
            .flat_map(counts_of)
            .flat_map(|c: &Count| &c.samples)
        {
            self.show(sample);
        }
        if record.listing == crate::model::Listing::Here {
            self.add_listed(&record.findings, file);
        }
    }

    /// Lists the values of a rule in a file; `false` when they are not known one by one.
    fn list_tally(&mut self, tally: &Tally<'_>, file: ValueDigest, listed: bool) -> bool {
        match tally.distinct.as_ref() {
            Distinct::Exact(set) => {
                for &value in set {
                    self.met(tally.rule, value, file);
                }
                true
            }
            Distinct::Estimate(_) => listed,
        }
    }

    /// Adds findings that the inventory lists one by one.
    pub(super) fn add_listed(&mut self, findings: &[Finding], file: ValueDigest) {
        for finding in findings {
            if self.kind(finding.rule).is_some() {
                self.met(finding.rule, finding.digest.short(), file);
                self.show(finding);
            }
        }
    }

    fn met(&mut self, rule: u16, value: u64, file: ValueDigest) {
        let full = self.list.len() >= self.most;
        if full && !self.list.contains_key(&(rule, value)) {
            self.more += 1;
            return;
        }
        let subject = self.list.entry((rule, value)).or_default();
        // Files come one after the other; their identities are never zero but by chance.
        if subject.files == 0 || subject.last != file.short() {
            subject.files += 1;
            subject.last = file.short();
        }
    }

    fn show(&mut self, finding: &Finding) {
        if let Some(subject) = self.list.get_mut(&(finding.rule, finding.digest.short()))
            && subject.masked.is_empty()
        {
            subject.masked.clone_from(&finding.masked);
        }
    }

    /// The least number of persons: the most different numbers of one kind of identity document, and
    /// whether that is exact.
    pub fn at_least(&self) -> (u64, bool) {
        self.kinds()
            .filter(|&(rule, ..)| self.kind(rule) == Some(Names::Document))
            .map(|(_, distinct, exact)| (distinct, exact))
            .max_by_key(|&(distinct, _)| distinct)
            .unwrap_or((0, true))
    }

    /// Rule, different values and whether that is exact, of every kind of identifier that was found.
    pub fn kinds(&self) -> impl Iterator<Item = (u16, u64, bool)> + '_ {
        (0_u16..)
            .zip(self.totals.iter().zip(&self.found))
            .filter(|(_, (_, found))| **found > 0)
            .map(|(rule, (total, found))| (rule, total.among(*found), total.is_exact()))
    }

    /// Whether a rule's values each name one person.
    pub fn is_document(&self, rule: u16) -> bool {
        self.kind(rule) == Some(Names::Document)
    }

    /// Rule, the first half of the value's keyed fingerprint and what is known of it: documents first, then
    /// by rule and fingerprint.
    pub fn listed(&self) -> Vec<(u16, String, &Subject)> {
        let mut all: Vec<_> = self.list.iter().collect();
        all.sort_by_key(|((rule, value), subject)| {
            (
                self.kind(*rule),
                *rule,
                std::cmp::Reverse(subject.files),
                *value,
            )
        });
        all.into_iter()
            .map(|((rule, value), subject)| (*rule, fingerprint(*value), subject))
            .collect()
    }
}

/// The first eight bytes of a fingerprint, as the whole of it shows them.
fn fingerprint(short: u64) -> String {
    use std::fmt::Write as _;
    short
        .to_le_bytes()
        .iter()
        .fold(String::with_capacity(16), |mut out, b| {
            let _ = write!(out, "{b:02x}");
            out
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::fixture;

    #[test]
    fn persons_are_counted_by_documents_and_listed_by_fingerprint() {
        let mut rules = fixture::rules();
        rules[0].tags.push("identity".into());
        rules[1].tags.push("contact".into());
        let mut persons = Persons::new(&rules, 100);
        for (record, shown) in fixture::records() {
            persons.add(&record, shown.file);
        }
        assert_eq!(persons.at_least(), (7, true));
        let kinds: Vec<_> = persons.kinds().collect();
        assert_eq!(kinds, [(0, 7, true), (1, 1, true)]);
        let listed = persons.listed();
        assert_eq!((listed.len(), persons.unlisted, persons.more), (8, 0, 0));
        // Values 5 and 6 stand in both files.
        assert_eq!((listed[0].2.files, listed[2].2.files), (2, 1));
        let sample = fixture::finding(0, crate::model::Locator::default(), 5);
        let whole = sample.digest.to_string();
        assert!(
            listed
                .iter()
                .any(|(_, key, s)| whole.starts_with(key) && s.masked == sample.masked)
        );

        let mut few = Persons::new(&rules, 3);
        let (record, shown) = fixture::with_values(600);
        few.add(&record, shown.file);
        assert_eq!((few.unlisted, few.listed().len()), (1, 0));
        let (record, shown) = fixture::with_values(5);
        few.add(&record, shown.file);
        assert_eq!((few.more, few.listed().len()), (2, 3));
        assert!(few.at_least().0 > 100 && !few.at_least().1);
    }
}
