//! What may become of a record: retention, clocks, holds and outcomes as data; facts in, a decision with
//! its rule and article out.
//!
//! The data are `rules/profiles/*.toml` and a user's own files of the same shape. What the law says stands
//! there with its article; this room only counts and compares.

mod decide;
mod facts;
mod holds;
mod load;

pub use decide::{CLOSING, Case, NO_ROW, TRUSTEE, decide};
pub use facts::{Facts, FactsOf};
pub use holds::{Hold, Holds, Release};
pub use load::{PROFILES, load};

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Why a policy or facts file is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// There is no profile of this name in the program.
    #[error("there is no profile {0}")]
    NoProfile(String),
    /// It is not TOML, or a key is unknown, missing or of another kind.
    #[error("{file}, line {line}: {reason}")]
    File {
        /// The file.
        file: String,
        /// Line, from 1; 0 when unknown.
        line: usize,
        /// What is wrong, from the reader of TOML.
        reason: String,
    },
    /// A value makes no sense.
    #[error("{file}: {field}: {reason}")]
    Field {
        /// The file.
        file: String,
        /// Which entry and key.
        field: String,
        /// What is wrong.
        reason: &'static str,
    },
}

/// Whether a term is a least or a most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Term {
    /// It must be kept at least so long.
    Min,
    /// It must not be kept longer.
    Max,
}

/// How long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Length {
    /// Whole years.
    Years(u16),
    /// Whole months.
    Months(u16),
    /// For ever.
    Permanent,
}

/// How well the source is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The article's text was read.
    Verified,
    /// Seen in a second-hand source.
    Seen,
    /// Not compared with the text.
    FromMemory,
    /// A deduction.
    Ours,
}

/// One row of the retention table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its name: `securities-20y`.
    pub id: String,
    /// Kinds of record that it applies to.
    pub kinds: Vec<String>,
    /// Least or most.
    pub term: Term,
    /// How long.
    pub length: Length,
    /// The event that it counts from; [`ALWAYS`] for none.
    pub clock: String,
    /// Events that are never earlier and may stand in for it.
    pub or: Vec<String>,
    /// Law and article.
    pub source: String,
    /// How well that is known.
    pub status: Status,
}

/// The clock of rows that need no date.
pub const ALWAYS: &str = "always";

/// A kind of record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kind {
    /// Its name: `client-identity`.
    pub id: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Tags one of which makes a record this kind.
    pub tags: Vec<String>,
    /// Rules one of which makes a record this kind.
    pub rules: Vec<String>,
    /// Only where no other kind of the record has a minimum.
    pub rest: bool,
}

impl Kind {
    /// Whether findings of a rule, by its id and tags (those implied too), make a record this kind.
    pub fn is_made_by(&self, rule: &str, tags: &[String]) -> bool {
        self.rules.iter().any(|r| r == rule) || self.tags.iter().any(|t| tags.contains(t))
    }
}

/// More roles for records of some kinds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Also {
    /// Kinds.
    pub kinds: Vec<String>,
    /// Roles that must be among the approvers then.
    pub roles: Vec<String>,
}

/// Who must approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Approvers {
    /// Different approvers besides the requester.
    pub count: u32,
    /// Hours that an approval holds.
    pub hours: u32,
    /// Roles that must be among them.
    pub roles: Vec<String>,
    /// A plan for more files than this needs one more.
    pub many_files: u64,
    /// More roles for some kinds.
    pub also: Vec<Also>,
    /// Digest of the list of keys that the organisation uses, when the policy fixes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<String>,
}

/// Whose data an organisation holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Its own clients' data.
    Handler,
    /// A client's data, for the client.
    Trustee,
}

impl Role {
    /// The word in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Handler => "handler",
            Self::Trustee => "trustee",
        }
    }

    /// The role of this name.
    pub fn find(id: &str) -> Option<Self> {
        [Self::Handler, Self::Trustee]
            .into_iter()
            .find(|r| r.id() == id)
    }
}

/// All that an organisation's policy says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// Kind of organisation: `brokerage`.
    pub id: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Whether it hands its client data over when it closes.
    pub financial_institution: bool,
    /// Whose data it holds as a rule.
    pub role: Role,
    /// Kinds that every record has.
    pub default_kinds: Vec<String>,
    /// Years that the records of what was done are kept.
    pub record_years: u16,
    /// Who approves.
    pub approvals: Approvers,
    /// `full`, or the mask profile of copies that are handed over.
    pub copies: String,
    /// Other mask profiles by class (`C3`), kind of record or rule.
    pub masks: BTreeMap<String, String>,
    /// Kinds of record.
    pub kinds: Vec<Kind>,
    /// The retention table.
    pub rows: Vec<Row>,
}

impl Policy {
    /// The events whose dates the table asks for.
    pub fn clocks(&self) -> BTreeSet<&str> {
        let all = self.rows.iter().flat_map(|r| r.or.iter().chain([&r.clock]));
        all.map(String::as_str).filter(|c| *c != ALWAYS).collect()
    }

    /// The kind of this name.
    pub fn kind(&self, id: &str) -> Option<&Kind> {
        self.kinds.iter().find(|k| k.id == id)
    }

    /// Whether masks can be given for this: a class of JR/T 0171-2020, a kind, or what looks like a rule's id.
    pub fn is_maskable(&self, of: &str) -> bool {
        ["C1", "C2", "C3"].contains(&of) || self.kind(of).is_some() || of.contains('.')
    }

    /// The row of this name.
    pub fn row(&self, id: &str) -> Option<&Row> {
        self.rows.iter().find(|r| r.id == id)
    }

    /// Kinds of a record: those of every record, those that its rules and tags make it, and those that a
    /// person said. In the order of the policy.
    pub fn kinds_of(&self, rules: &[&str], tags: &[&str], said: &[String]) -> Vec<String> {
        let is = |kind: &Kind| {
            self.default_kinds.contains(&kind.id)
                || said.contains(&kind.id)
                || kind.tags.iter().any(|t| tags.contains(&t.as_str()))
                || kind.rules.iter().any(|r| rules.contains(&r.as_str()))
        };
        let mut all: Vec<&Kind> = self.kinds.iter().filter(|k| is(k)).collect();
        let has_minimum = all.iter().filter(|k| !k.rest).any(|k| {
            self.rows
                .iter()
                .any(|r| r.term == Term::Min && r.kinds.contains(&k.id))
        });
        if has_minimum {
            all.retain(|k| !k.rest || said.contains(&k.id));
        }
        all.into_iter().map(|k| k.id.clone()).collect()
    }

    /// Roles and number of approvers for a plan of these kinds and this many files.
    pub fn approvers<'k>(
        &self,
        kinds: impl Iterator<Item = &'k String>,
        files: u64,
    ) -> (u32, Vec<String>) {
        let kinds: BTreeSet<&String> = kinds.collect();
        let mut roles = self.approvals.roles.clone();
        for also in &self.approvals.also {
            if also.kinds.iter().any(|k| kinds.contains(k)) {
                let new = also.roles.iter().filter(|r| !roles.contains(r));
                let new: Vec<String> = new.cloned().collect();
                roles.extend(new);
            }
        }
        let many = u32::from(files > self.approvals.many_files);
        let least = u32::try_from(roles.len()).unwrap_or(u32::MAX);
        (self.approvals.count.max(2).max(least) + many, roles)
    }
}

#[cfg(test)]
mod tests;
