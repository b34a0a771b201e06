//! The list of persons to be told of a hand-over: who they are under a key, how to reach them masked.
//!
//! Standard: 个人信息保护法 (PIPL), articles 22 and 23: whoever hands over tells the persons concerned.

use crate::model::{FileRecord, Finding, Listing, Locator, Secret, Step, ValueDigest};
use std::collections::{BTreeMap, BTreeSet};

/// Names, contacts or numbers kept of one person at most; more say nothing new.
const KEPT: usize = 4;

/// What a rule's values are to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A number that only one person has.
    Identity,
    /// A way to reach the person.
    Contact,
    /// An account.
    Account,
    /// The name.
    Name,
    /// Anything else: says what is known of a person, not who it is.
    Other,
}

/// What is told of a rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// What its values are.
    pub part: Part,
    /// Whether its values say that their bearer is under fourteen.
    pub minor: bool,
}

/// One person.
#[derive(Debug, Clone, Default)]
pub struct Person {
    /// Names as they may be shown.
    pub names: BTreeSet<String>,
    /// Contacts as they may be shown.
    pub contacts: BTreeSet<String>,
    /// Ids of the rules whose values were found of this person.
    pub kinds: BTreeSet<String>,
    /// Numbers of the items in which the person occurs.
    pub items: BTreeSet<u32>,
    /// Whether the person is under fourteen.
    pub minor: bool,
    /// Names, contacts and numbers in clear, when they were kept.
    clear: [Vec<Secret>; 3],
}

impl Person {
    /// Names, contacts and numbers in clear; empty when they were not kept.
    pub fn clear(&self) -> &[Vec<Secret>; 3] {
        &self.clear
    }

    fn take(&mut self, other: Self) {
        for (own, more) in [
            (&mut self.names, other.names),
            (&mut self.contacts, other.contacts),
        ] {
            for text in more {
                keep(own, text);
            }
        }
        self.kinds.extend(other.kinds);
        self.items.extend(other.items);
        self.minor |= other.minor;
        for (own, more) in self.clear.iter_mut().zip(other.clear) {
            for secret in more {
                keep_clear(own, &secret);
            }
        }
    }
}

fn keep(set: &mut BTreeSet<String>, text: String) {
    if set.len() < KEPT {
        set.insert(text);
    }
}

fn keep_clear(list: &mut Vec<Secret>, secret: &Secret) {
    if list.len() < KEPT && !list.contains(secret) {
        list.push(secret.clone());
    }
}

/// Persons, gathered file by file. Values in one row, line or record belong to one person; in a file or
/// member that names one person only, all of them do. A person is known by a number of identity, else by a
/// contact, else by an account, else by the name: two of the same name alone count as one.
#[derive(Debug)]
pub struct Persons {
    rules: Vec<Rule>,
    people: BTreeMap<ValueDigest, Person>,
    /// For contacts and accounts that stood beside a number of identity: that number, while it is one only.
    beside: BTreeMap<ValueDigest, Option<ValueDigest>>,
    /// Persons that are known by something weaker than a number of identity.
    weak: BTreeSet<ValueDigest>,
}

impl Persons {
    /// None yet; the rules in the order that findings refer to them by.
    pub fn new(rules: Vec<Rule>) -> Self {
        Self {
            rules,
            people: BTreeMap::new(),
            beside: BTreeMap::new(),
            weak: BTreeSet::new(),
        }
    }

    /// Adds what was found in a file; the record must hold every finding.
    pub fn add(&mut self, item: u32, record: &FileRecord) {
        let mut entries: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
        for finding in &record.findings {
            if self.part(finding) != Part::Other {
                let entry = entry_of(&finding.locator).to_string();
                entries.entry(entry).or_default().push(finding);
            }
        }
        for findings in entries.into_values() {
            // Of a file that is told in several records nobody has seen all persons yet.
            if record.listing == Listing::Here && self.is_one(&findings) {
                self.group(item, &findings);
                continue;
            }
            let mut rows: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
            for finding in findings {
                let row = row_of(&finding.locator).to_string();
                rows.entry(row).or_default().push(finding);
            }
            for findings in rows.into_values() {
                self.group(item, &findings);
            }
        }
    }

    fn rule(&self, finding: &Finding) -> Option<&Rule> {
        self.rules.get(usize::from(finding.rule))
    }

    fn part(&self, finding: &Finding) -> Part {
        self.rule(finding).map_or(Part::Other, |r| r.part)
    }

    /// Whether a file or member speaks of one person.
    fn is_one(&self, findings: &[&Finding]) -> bool {
        let different = |part| {
            let all = findings.iter().filter(|f| self.part(f) == part);
            all.map(|f| f.digest).collect::<BTreeSet<_>>().len()
        };
        let (identities, names) = (different(Part::Identity), different(Part::Name));
        identities <= 1 && names <= 1 && identities + names > 0
    }

    /// Adds findings that belong together: one person for each number of identity among them, else one.
    fn group(&mut self, item: u32, findings: &[&Finding]) {
        let Some(best) = findings.iter().map(|f| self.part(f)).min() else {
            return;
        };
        let of_best = findings.iter().filter(|f| self.part(f) == best);
        let anchors: BTreeSet<ValueDigest> = of_best.map(|f| f.digest).collect();
        // Several contacts or accounts in a row are one person's.
        let anchors: Vec<ValueDigest> = if best == Part::Identity || best == Part::Name {
            anchors.into_iter().collect()
        } else {
            anchors.into_iter().take(1).collect()
        };
        let single = anchors.len() == 1;
        for anchor in &anchors {
            let mut person = Person::default();
            person.items.insert(item);
            for finding in findings {
                // With several persons in a row nobody can tell whose the rest is.
                if single || finding.digest == *anchor {
                    self.note(&mut person, finding);
                }
            }
            self.people.entry(*anchor).or_default().take(person);
            if best != Part::Identity {
                self.weak.insert(*anchor);
            }
        }
        if best == Part::Identity
            && let [anchor] = anchors.as_slice()
        {
            for finding in findings {
                if matches!(self.part(finding), Part::Contact | Part::Account) {
                    self.beside
                        .entry(finding.digest)
                        .and_modify(|known| *known = known.filter(|k| k == anchor))
                        .or_insert(Some(*anchor));
                }
            }
        }
    }

    fn note(&self, person: &mut Person, finding: &Finding) {
        let Some(rule) = self.rule(finding) else {
            return;
        };
        person.kinds.insert(rule.id.clone());
        person.minor |= rule.minor;
        let at = match rule.part {
            Part::Name => {
                keep(&mut person.names, finding.masked.clone());
                0
            }
            Part::Contact => {
                keep(&mut person.contacts, finding.masked.clone());
                1
            }
            Part::Identity | Part::Account => 2,
            Part::Other => return,
        };
        if let (Some(secret), Some(list)) = (&finding.value, person.clear.get_mut(at)) {
            keep_clear(list, secret);
        }
    }

    /// All persons by their keyed id. One known by a contact or account only, that stands beside exactly one
    /// number of identity elsewhere, is that person.
    pub fn finish(mut self) -> BTreeMap<ValueDigest, Person> {
        for weak in std::mem::take(&mut self.weak) {
            let Some(Some(anchor)) = self.beside.get(&weak).copied() else {
                continue;
            };
            if let Some(person) = self.people.remove(&weak) {
                self.people.entry(anchor).or_default().take(person);
            }
        }
        self.people
    }
}

/// The file or member that a place lies in.
fn entry_of(at: &Locator) -> Locator {
    let inside = |s: &&Step| matches!(s, Step::File(_) | Step::Member(_));
    Locator(at.0.iter().take_while(inside).cloned().collect())
}

/// The row, line, record or object that a place lies in.
fn row_of(at: &Locator) -> Locator {
    let steps = at.0.iter().map(|step| match step {
        Step::Cell { row, .. } => Step::Record(*row),
        Step::Field(field) => {
            let above = field.rfind(['.', '[']).and_then(|i| field.get(..i));
            Step::Field(above.unwrap_or_default().to_owned())
        }
        other => other.clone(),
    });
    Locator(steps.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Confidence, Name, Reasons, Span};

    fn rules() -> Vec<Rule> {
        [
            Part::Identity,
            Part::Contact,
            Part::Account,
            Part::Name,
            Part::Other,
        ]
        .iter()
        .enumerate()
        .map(|(n, &part)| Rule {
            id: format!("r{n}"),
            part,
            minor: false,
        })
        .collect()
    }

    fn finding(rule: u16, value: u8, at: Step) -> Finding {
        Finding {
            rule,
            locator: Locator(vec![Step::File(Name::from("f")), at]),
            bytes: None,
            column: None,
            span: Span::new(0, 1).unwrap(),
            masked: format!("{rule}:{value}*"),
            digest: ValueDigest([value; 16]),
            confidence: Confidence::new(90),
            reasons: Reasons::default(),
            value: Some(Secret::new(format!("clear {value}"))),
        }
    }

    fn record(findings: Vec<Finding>) -> FileRecord {
        FileRecord {
            listing: crate::model::Listing::default(),
            path: Name::from("f"),
            root: 0,
            entries: Vec::new(),
            findings,
            attributes: None,
            allowed: 0,
        }
    }

    fn cell(row: u64, column: u32) -> Step {
        Step::Cell { row, column }
    }

    #[test]
    fn rows_of_a_table_are_persons() {
        let mut all = Persons::new(rules());
        all.add(
            1,
            &record(vec![
                finding(3, 31, cell(2, 1)),
                finding(0, 1, cell(2, 2)),
                finding(1, 11, cell(2, 3)),
                finding(3, 32, cell(3, 1)),
                finding(0, 2, cell(3, 2)),
                finding(1, 12, cell(3, 3)),
                finding(4, 99, cell(4, 1)),
            ]),
        );
        // The same person elsewhere, by telephone alone; and one nobody knows more of.
        all.add(
            2,
            &record(vec![
                finding(1, 12, Step::Line(7)),
                finding(1, 13, Step::Line(9)),
            ]),
        );
        let people = all.finish();
        assert_eq!(people.len(), 3);
        let one = &people[&ValueDigest([1; 16])];
        assert_eq!(one.names.iter().collect::<Vec<_>>(), ["3:31*"]);
        assert_eq!(one.contacts.iter().collect::<Vec<_>>(), ["1:11*"]);
        assert_eq!(one.kinds.len(), 3);
        assert_eq!(one.clear()[2][0].reveal(), "clear 1");
        let two = &people[&ValueDigest([2; 16])];
        assert_eq!(two.items, BTreeSet::from([1, 2]));
        assert!(people.contains_key(&ValueDigest([13; 16])));
    }

    #[test]
    fn a_letter_about_one_person_is_one_person() {
        let mut all = Persons::new(rules());
        all.add(
            1,
            &record(vec![
                finding(3, 31, Step::Line(1)),
                finding(0, 1, Step::Line(2)),
                finding(1, 11, Step::Line(9)),
            ]),
        );
        let people = all.finish();
        assert_eq!(people.len(), 1);
        assert_eq!(people[&ValueDigest([1; 16])].contacts.len(), 1);
    }

    #[test]
    fn a_telephone_that_two_share_belongs_to_neither() {
        let mut all = Persons::new(rules());
        all.add(
            1,
            &record(vec![
                finding(0, 1, cell(2, 2)),
                finding(1, 11, cell(2, 3)),
                finding(0, 2, cell(3, 2)),
                finding(1, 11, cell(3, 3)),
            ]),
        );
        all.add(2, &record(vec![finding(1, 11, Step::Line(7))]));
        assert_eq!(all.finish().len(), 3);
    }
}
