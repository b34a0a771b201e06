//! [`Baseline`]: findings that are known and accepted, so that a pipeline goes red for new ones only.
//!
//! An entry is keyed by rule, value and column, never by line: edits around a value do not churn it. The
//! value stands there as a keyed digest; the key lies in a file of its own, which must not lie beside
//! the baseline in a repository that others can read, since short values could be tried out with it.

use super::{
    finding::{Finding, ValueDigest},
    inventory::FileRecord,
    locator::Step,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Number of the file's schema.
const SCHEMA: u32 = 1;
/// Entries at most.
const MOST: usize = 1_000_000;

/// One accepted finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// Rule that finds it.
    pub rule: String,
    /// Name of the column it stands in, as reports show it; empty outside of tables.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub column: String,
    /// Why it is accepted.
    pub reason: String,
    /// Who answers for that.
    pub owner: String,
    /// Last day it is accepted, as `2027-01-31`.
    pub expires: String,
    /// Day on which it was added.
    pub added: String,
}

/// The accepted findings, by fingerprint: 32 hexadecimal digits of [`fingerprint_input`] under the key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    schema: u32,
    /// Entries by fingerprint.
    pub accepted: BTreeMap<String, Accepted>,
}

/// Why a baseline cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// Not the JSON that it must be; the line.
    #[error("no baseline (line {0})")]
    Form(usize),
    /// Written by a program with another schema.
    #[error("the baseline has schema {0}, this program knows {SCHEMA}")]
    Schema(u32),
    /// An entry without reason or owner, or with a day that is none; its fingerprint.
    #[error("the entry {0} lacks a reason, an owner or a day")]
    Entry(String),
    /// More entries than are read.
    #[error("the baseline has too many entries")]
    Large,
}

impl Baseline {
    /// Without entries.
    pub fn new() -> Self {
        Self {
            schema: SCHEMA,
            accepted: BTreeMap::new(),
        }
    }

    /// From the text of its file.
    ///
    /// # Errors
    /// Whatever is wrong with it, by place and never by content.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let all: Self = serde_json::from_str(text).map_err(|e| BaselineError::Form(e.line()))?;
        if all.schema != SCHEMA {
            return Err(BaselineError::Schema(all.schema));
        }
        if all.accepted.len() > MOST {
            return Err(BaselineError::Large);
        }
        let bad = |(fingerprint, a): (&String, &Accepted)| {
            let lacks = a.reason.trim().is_empty() || a.owner.trim().is_empty();
            (lacks || !is_day(&a.expires)).then(|| fingerprint.clone())
        };
        match all.accepted.iter().find_map(bad) {
            Some(fingerprint) => Err(BaselineError::Entry(
                fingerprint
                    .chars()
                    .filter(char::is_ascii_hexdigit)
                    .take(32)
                    .collect(),
            )),
            None => Ok(all),
        }
    }

    /// The text of its file: entries in order, one field a line, so that changes are easy to review.
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The entry of a finding, unless it has expired before `today`.
    pub fn find(&self, fingerprint: ValueDigest, today: &str) -> Option<&Accepted> {
        let entry = self.accepted.get(&fingerprint.to_string())?;
        (entry.expires.as_str() >= today).then_some(entry)
    }
}

/// Whether a text is a day as `2027-01-31`.
pub fn is_day(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut number = |digits: usize| {
        parts
            .next()
            .filter(|p| p.len() == digits && p.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|p| p.parse::<u32>().ok())
    };
    let (year, month, day) = (number(4), number(2), number(2));
    parts.next().is_none()
        && year.is_some()
        && month.is_some_and(|m| (1..=12).contains(&m))
        && day.is_some_and(|d| (1..=31).contains(&d))
}

/// What is digested under the key for a finding: rule, value digest, column.
pub fn fingerprint_input(rule: &str, value: ValueDigest, column: &str) -> Vec<u8> {
    let mut all = Vec::with_capacity(rule.len() + column.len() + 18);
    all.extend_from_slice(rule.as_bytes());
    all.push(0);
    all.extend_from_slice(&value.0);
    all.push(0);
    all.extend_from_slice(column.as_bytes());
    all
}

/// Name of the column that a finding of a record stands in; its number as `#3` when it has no name, empty
/// outside of tables.
pub fn column_of(record: &FileRecord, finding: &Finding) -> String {
    let steps = &finding.locator.0;
    let Some((Step::Cell { column, .. }, place)) = steps.split_last() else {
        return String::new();
    };
    let header = record
        .entries
        .iter()
        .filter(|e| place.starts_with(&e.locator.0))
        .flat_map(|e| {
            let at = place.get(e.locator.0.len()..).unwrap_or_default();
            e.places
                .iter()
                .filter(move |p| p.at == at && p.column == Some(*column))
        })
        .find_map(|p| p.header.clone());
    header.unwrap_or_else(|| format!("#{column}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one() -> Baseline {
        let mut all = Baseline::new();
        all.accepted.insert(
            ValueDigest([7; 16]).to_string(),
            Accepted {
                rule: "cn.mobile".into(),
                column: String::new(),
                reason: "测试数据".into(),
                owner: "li".into(),
                expires: "2027-01-31".into(),
                added: "2026-11-29".into(),
            },
        );
        all
    }

    #[test]
    fn it_reads_back_and_expires() {
        let all = one();
        let back = Baseline::parse(&all.text()).unwrap();
        assert_eq!(back, all);
        assert!(back.find(ValueDigest([7; 16]), "2027-01-31").is_some());
        assert!(back.find(ValueDigest([7; 16]), "2027-02-01").is_none());
        assert!(back.find(ValueDigest([8; 16]), "2026-01-01").is_none());
    }

    #[test]
    fn what_is_wrong_is_refused() {
        let text = one().text();
        let bad = |from: &str, to: &str| Baseline::parse(&text.replace(from, to)).unwrap_err();
        assert_eq!(
            bad("\"schema\": 1", "\"schema\": 9"),
            BaselineError::Schema(9)
        );
        assert!(matches!(bad("测试数据", " "), BaselineError::Entry(_)));
        assert!(matches!(bad("2027-01-31", "soon"), BaselineError::Entry(_)));
        assert!(matches!(bad("owner", "owned"), BaselineError::Form(_)));
        assert!(is_day("2026-02-28") && !is_day("2026-13-01") && !is_day("26-1-1"));
    }

    #[test]
    fn fingerprints_take_all_parts() {
        let of = |rule, n, column| fingerprint_input(rule, ValueDigest([n; 16]), column);
        let all = [
            of("a", 1, ""),
            of("b", 1, ""),
            of("a", 2, ""),
            of("a", 1, "x"),
        ];
        let different: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(different.len(), 4);
    }
}
