//! [`Decisions`]: what a reviewer made of findings, as the report's page exports it.
//!
//! The file is `decisions.json`, schema 1: documented in `docs/reports.md`. It names files and values by
//! their keyed identities alone, so it is of no use without the job's key, and holds no value.

use super::finding::ValueDigest;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Number of the file's schema.
pub const SCHEMA: u32 = 1;
/// Decisions in one file at most.
pub const MOST: usize = 1_000_000;
/// Bytes of one file at most.
pub const MOST_BYTES: u64 = 256 << 20;

/// What a reviewer says of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// It is what it was taken for.
    Confirmed,
    /// It is something else: not to be reported, but counted as left out.
    FalseAlarm,
    /// The file goes to somebody else.
    HandOver,
    /// The file is to be sealed.
    Seal,
    /// The file is to be erased.
    Erase,
}

impl Mark {
    /// All marks.
    pub const ALL: [Self; 5] = [
        Self::Confirmed,
        Self::FalseAlarm,
        Self::HandOver,
        Self::Seal,
        Self::Erase,
    ];

    /// The word used in the file: `false-alarm`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::FalseAlarm => "false-alarm",
            Self::HandOver => "hand-over",
            Self::Seal => "seal",
            Self::Erase => "erase",
        }
    }

    /// Whether it says what is to become of a file, rather than what a finding is.
    pub fn is_outcome(self) -> bool {
        matches!(self, Self::HandOver | Self::Seal | Self::Erase)
    }
}

/// One decision: all that it names must hold of a finding. It names at least one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The file, by its keyed identity.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "digest")]
    pub file: Option<ValueDigest>,
    /// The rule, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The place in the file as reports show it: members and steps below the file, `!a.xlsx#Sheet1!`; empty
    /// for the text of the file itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The column of a table there, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The name of the column as reports show it: all columns of this name, in all files unless `file` is
    /// named too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// The value, by its keyed fingerprint.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "digest")]
    pub value: Option<ValueDigest>,
    /// What is decided.
    pub mark: Mark,
    /// Why, in the reviewer's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Decision {
    /// How much it names: of two decisions about one finding, that which names more holds.
    pub fn names(&self) -> usize {
        [
            self.file.is_some(),
            self.rule.is_some(),
            self.place.is_some(),
            self.column.is_some(),
            self.header.is_some(),
            self.value.is_some(),
        ]
        .into_iter()
        .filter(|&named| named)
        .count()
    }
}

/// All decisions of a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decisions {
    /// `decisions`.
    pub kind: String,
    /// [`SCHEMA`].
    pub schema: u32,
    /// Keyed identity of the job whose files and values are named: of no other job does it say anything.
    pub job: String,
    /// When they were exported, RFC 3339.
    #[serde(default)]
    pub made: String,
    /// Who decided, as they wrote it.
    #[serde(default)]
    pub reviewer: String,
    /// The decisions. Of two that name equally much, the later holds.
    pub decisions: Vec<Decision>,
}

/// Why a file of decisions cannot be used. Nothing of its content is quoted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecisionsError {
    /// Not JSON, or not of this shape; the line and column where that shows, from 1.
    #[error("not a file of decisions (line {line}, column {column})")]
    Shape {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// Another kind of file.
    #[error("the file is of another kind")]
    Kind,
    /// Written under another schema.
    #[error("the file has schema {found}, this program knows {SCHEMA}")]
    Schema {
        /// Its number.
        found: u32,
    },
    /// A decision names nothing; its number, from 1.
    #[error("decision {0} names nothing")]
    Nothing(usize),
    /// More decisions than [`MOST`].
    #[error("more than {MOST} decisions")]
    TooMany,
    /// Made for another job.
    #[error("made for another job")]
    OtherJob,
}

impl Decisions {
    /// Of no decision yet.
    pub fn new(job: String, made: String, reviewer: String) -> Self {
        Self {
            kind: "decisions".into(),
            schema: SCHEMA,
            job,
            made,
            reviewer,
            decisions: Vec::new(),
        }
    }

    /// Reads a file's text.
    ///
    /// # Errors
    /// `Shape` when it is not JSON or has keys that nobody knows, `Kind`, `Schema`, `Nothing`, `TooMany`.
    pub fn parse(text: &str) -> Result<Self, DecisionsError> {
        #[derive(Deserialize)]
        struct Head {
            kind: String,
            schema: u32,
        }
        let shape = |e: &serde_json::Error| DecisionsError::Shape {
            line: e.line(),
            column: e.column(),
        };
        let head: Head = serde_json::from_str(text).map_err(|e| shape(&e))?;
        if head.kind != "decisions" {
            return Err(DecisionsError::Kind);
        }
        if head.schema != SCHEMA {
            return Err(DecisionsError::Schema { found: head.schema });
        }
        let all: Self = serde_json::from_str(text).map_err(|e| shape(&e))?;
        if all.decisions.len() > MOST {
            return Err(DecisionsError::TooMany);
        }
        match all.decisions.iter().position(|d| d.names() == 0) {
            Some(at) => Err(DecisionsError::Nothing(at + 1)),
            None => Ok(all),
        }
    }

    /// Reads a file's text that must have been made for this job.
    ///
    /// # Errors
    /// Those of [`Decisions::parse`], and `OtherJob`.
    pub fn parse_for(text: &str, job: &str) -> Result<Self, DecisionsError> {
        let all = Self::parse(text)?;
        if all.job == job {
            Ok(all)
        } else {
            Err(DecisionsError::OtherJob)
        }
    }

    /// As the text of a file.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// What is to become of a whole file, when that was decided: the last of the marks hand over, seal
    /// and erase that names this file and nothing else.
    pub fn outcome_of(&self, file: ValueDigest) -> Option<&Decision> {
        let named = |d: &&Decision| d.file == Some(file) && d.names() == 1 && d.mark.is_outcome();
        self.decisions.iter().rev().find(named)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// Fingerprints as 32 hexadecimal digits.
mod digest {
    use super::ValueDigest;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(
        clippy::ref_option,
        reason = "serde gives the field as a reference to the option"
    )]
    pub(super) fn serialize<S: Serializer>(
        digest: &Option<ValueDigest>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match digest {
            Some(digest) => to.collect_str(digest),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<ValueDigest>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|t| ValueDigest::parse(&t).ok_or_else(|| D::Error::custom("not a fingerprint")))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = r#"{"kind":"decisions","schema":1,"job":"ab","made":"2026-01-31T09:00:00Z",
      "reviewer":"li","decisions":[
      {"file":"000102030405060708090a0b0c0d0e0f","mark":"seal"},
      {"file":"000102030405060708090a0b0c0d0e0f","rule":"cn.mobile","mark":"false-alarm","note":"test data"},
      {"rule":"cn.mobile","header":"电话","mark":"confirmed"}]}"#;

    #[test]
    fn a_review_is_read_and_written() {
        let all = Decisions::parse_for(TEXT, "ab").unwrap();
        let file = all.decisions[0].file.unwrap();
        assert_eq!(file.to_string(), "000102030405060708090a0b0c0d0e0f");
        assert_eq!(all.decisions[1].names(), 2);
        assert_eq!(all.outcome_of(file).map(|d| d.mark), Some(Mark::Seal));
        assert_eq!(all.outcome_of(ValueDigest([9; 16])), None);
        assert_eq!(Decisions::parse(&all.text()), Ok(all));
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        let refused = |text: &str| Decisions::parse(text).unwrap_err();
        assert!(matches!(refused("{"), DecisionsError::Shape { .. }));
        assert_eq!(
            refused(r#"{"kind":"plan","schema":1}"#),
            DecisionsError::Kind
        );
        let later = TEXT.replace("\"schema\":1", "\"schema\":2");
        assert_eq!(refused(&later), DecisionsError::Schema { found: 2 });
        let unknown = TEXT.replace("\"note\"", "\"comment\"");
        assert!(matches!(
            refused(&unknown),
            DecisionsError::Shape { line: 4, .. }
        ));
        let short = TEXT.replace("0e0f\"", "0e\"");
        assert!(matches!(refused(&short), DecisionsError::Shape { .. }));
        let nothing = TEXT.replace("\"rule\":\"cn.mobile\",\"header\":\"电话\",", "");
        assert_eq!(refused(&nothing), DecisionsError::Nothing(3));
        assert_eq!(
            Decisions::parse_for(TEXT, "cd"),
            Err(DecisionsError::OtherJob)
        );
        // Errors say where, never what.
        assert!(!refused(&unknown).to_string().contains("comment"));
    }

    #[test]
    fn marks_are_named_as_they_are_written() {
        for mark in Mark::ALL {
            let text = serde_json::to_string(&mark).unwrap();
            assert_eq!(text, format!("\"{mark}\""));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_read_back(text in "\\PC{0,200}") {
            if let Ok(all) = Decisions::parse(&text) {
                prop_assert_eq!(Decisions::parse(&all.text()), Ok(all));
            }
        }
    }
}
