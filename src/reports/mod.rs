//! One module a report. Reports are fed record by record and hold no more than counters and a few
//! examples; they write to what they are given.

pub mod certificate;
pub mod csv;
pub mod diff;
pub mod explain;
pub mod exposure;
pub mod gitlab;
pub mod html;
pub mod jsonl;
pub mod junit;
pub mod markdown;
pub mod metrics;
pub mod overview;
pub mod review;
pub mod rules;
pub mod safe;
pub mod sarif;
pub mod summary;
pub mod text;
pub mod told;
pub mod xlsx;

mod places;
mod table;
mod totals;
pub use jsonl::{Ending, JsonLines, Listed, summary_text};
pub use summary::{Condition, Summary, exit_code};

use crate::model::{Count, Distinct, Entry, FileRecord, Finding, GapKind, State, Step};

/// Class of data by JR/T 0171-2020, the financial industry's personal information protection
/// specification, section 4.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// For internal use.
    C1,
    /// Identifies a person or tells of their finances.
    C2,
    /// Authenticates a person.
    C3,
}

impl Class {
    /// All classes, the gravest first.
    pub const ALL: [Self; 3] = [Self::C3, Self::C2, Self::C1];

    /// The word used in output: `C3`.
    pub fn id(self) -> &'static str {
        match self {
            Self::C1 => "C1",
            Self::C2 => "C2",
            Self::C3 => "C3",
        }
    }
}

/// What reports need to know of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleInfo {
    /// Its id: `cn.resident-id`.
    pub id: String,
    /// Title in Chinese and in English.
    pub title: (String, String),
    /// Its tags.
    pub tags: Vec<String>,
    /// Its class, when it has one.
    pub class: Option<Class>,
    /// Whether it is sensitive personal information, PIPL article 28.
    pub sensitive: bool,
}

impl RuleInfo {
    /// From a rule's id, title and tags. The class is that of the gravest tag that ends in `c1`, `c2` or
    /// `c3` after a dot or hyphen (`jrt0171.c3`); a tag that ends in `sensitive` makes it sensitive.
    pub fn new(id: String, title: (String, String), tags: Vec<String>) -> Self {
        let ends = |tag: &str, word: &str| {
            tag.rsplit(['.', '-'])
                .next()
                .is_some_and(|last| last.eq_ignore_ascii_case(word))
        };
        let class = Class::ALL
            .into_iter()
            .find(|class| tags.iter().any(|tag| ends(tag, class.id())));
        let sensitive = tags.iter().any(|tag| ends(tag, "sensitive"));
        Self {
            id,
            title,
            tags,
            class,
            sensitive,
        }
    }
}

/// Whether values in clear may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Values {
    /// Never, even when findings carry them.
    #[default]
    Hidden,
    /// Where findings carry them.
    Shown,
}

/// One rule's counts added up over some places.
#[derive(Debug, Clone)]
struct Tally<'a> {
    rule: u16,
    found: u64,
    top: u8,
    distinct: std::borrow::Cow<'a, Distinct>,
}

/// Counts added up by rule, in the order of rules.
fn tally<'a>(counts: impl Iterator<Item = &'a Count>) -> Vec<Tally<'a>> {
    let mut all: Vec<Tally<'a>> = Vec::new();
    for count in counts {
        match all.binary_search_by_key(&count.rule, |t| t.rule) {
            Ok(at) => {
                if let Some(tally) = all.get_mut(at) {
                    tally.found = tally.found.saturating_add(count.found);
                    tally.top = tally.top.max(count.top);
                    tally.distinct.to_mut().merge(&count.distinct);
                }
            }
            Err(at) => all.insert(
                at,
                Tally {
                    rule: count.rule,
                    found: count.found,
                    top: count.top,
                    distinct: std::borrow::Cow::Borrowed(&count.distinct),
                },
            ),
        }
    }
    all
}

fn counts_of(entry: &Entry) -> impl Iterator<Item = &Count> {
    entry.places.iter().flat_map(|p| &p.counts)
}

/// One thing that was not read, as reports tell it.
struct Missing<'a> {
    entry: &'a Entry,
    at: &'a [Step],
    kind: GapKind,
    note: &'a str,
}

/// What was not read of one entry of a record: its gaps, and its state when no gap of the record
/// tells that reason (a state is never told nowhere, and never twice).
fn missing<'a>(record: &'a FileRecord, entry: &'a Entry) -> impl Iterator<Item = Missing<'a>> {
    let bare = match entry.state {
        State::Partly(kind) | State::Unread(kind) => Some(kind),
        State::Read => None,
    };
    let told = |kind: GapKind| {
        let of = |e: &Entry| e.gaps.iter().any(|g| g.kind == kind);
        match entry.state {
            State::Unread(_) => of(entry),
            _ => record.entries.iter().any(of),
        }
    };
    let bare = bare.filter(|&kind| !told(kind)).map(|kind| Missing {
        entry,
        at: &[],
        kind,
        note: "",
    });
    let own = entry.gaps.iter().map(move |gap| Missing {
        entry,
        at: &gap.at,
        kind: gap.kind,
        note: &gap.note,
    });
    bare.into_iter().chain(own)
}

/// Every finding when the record has them, else the samples of its places.
fn findings_of(record: &FileRecord) -> Box<dyn Iterator<Item = &Finding> + '_> {
    if record.findings.is_empty() && record.listing == crate::model::Listing::Here {
        Box::new(
            record
                .entries
                .iter()
                .flat_map(counts_of)
                .flat_map(|c| &c.samples),
        )
    } else {
        Box::new(record.findings.iter())
    }
}

#[cfg(test)]
mod fixture;
