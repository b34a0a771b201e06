//! Rule data → compiled rules. `rules/README.md` says how to write a rule.

pub mod mask;
pub mod tags;

mod builtin;
mod schema;

pub use mask::{Family, Profile};

use crate::{
    engine::{Check, Finder},
    model::Verdict,
};

/// A function that looks at one bare value (separators removed, letters in capitals).
pub type Validator = fn(&str) -> Verdict;

/// How a rule's values are recognised. See [`crate::engine::Find`].
#[derive(Debug, Clone)]
pub enum Find {
    /// A word of digits and capitals.
    Shape {
        /// Regex of the bare value.
        regex: String,
        /// Group sizes of the separated forms.
        groups: Vec<Vec<u8>>,
        /// Whether the ungrouped form counts.
        plain: bool,
    },
    /// One of the engine's own finders.
    Named(Finder),
    /// A list of words.
    Words(Vec<String>),
    /// Any regex.
    Regex(String),
    /// A person's name, found by label, column and neighbours.
    Person,
    /// A postal address, likewise.
    Address,
}

/// What may not touch a value, besides ASCII letters, digits and underscores (identifiers 1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Edges {
    /// Nothing else.
    #[default]
    Word,
    /// Nothing that makes it part of a number or an amount: `.`+digit, `,`+3 digits, `%`, `¥`, `元`.
    Number,
    /// No edges at all: the pattern has them.
    Free,
}

/// Percent points for each kind of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weights {
    /// The shape alone.
    pub base: i32,
    /// The validator says valid.
    pub valid: i32,
    /// A word of `near` within 24 characters.
    pub near: i32,
    /// A word of `labels` directly before.
    pub label: i32,
    /// The column's header is one of `headers`.
    pub header: i32,
    /// Most cells of the column are such values.
    pub column: i32,
    /// A word of `against` within 24 characters, or such a header. Negative.
    pub against: i32,
}

/// One rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name, never reused: `cn.resident-id`.
    pub id: String,
    /// Title in Chinese and in English.
    pub title: (String, String),
    /// Where the shape is laid down.
    pub standard: String,
    /// How it is recognised.
    pub find: Find,
    /// A check digit for the engine.
    pub check: Check,
    /// What may not touch it.
    pub edges: Edges,
    /// Looks at one value.
    pub validator: Option<Validator>,
    /// Words nearby that speak for it. Labels count as near too.
    pub near: Vec<String>,
    /// Words that speak for it when directly before the value (`：`, `:`, `=`, space or nothing between).
    pub labels: Vec<String>,
    /// Words nearby that speak against it.
    pub against: Vec<String>,
    /// Names of columns that hold it, normalised by [`header_key`].
    pub headers: Vec<String>,
    /// Points.
    pub weights: Weights,
    /// Tags, of `rules/tags.toml`.
    pub tags: Vec<String>,
    /// How it is masked.
    pub mask: Family,
    /// Word for the `label` mask profile, in Chinese: `手机号`.
    pub mask_label: String,
    /// Whether malformed cells of a column of this type are findings too.
    pub whole_column: bool,
    /// Whether the validator tests a check digit or a checked structure.
    pub checked: bool,
}

/// All rules of a run.
#[derive(Debug, Clone)]
pub struct RuleSet {
    /// The rules; a rule's index is its number in findings.
    pub rules: Vec<Rule>,
    /// Headers that say a column holds none of them (订单号, 金额, 时间 …), normalised by [`header_key`].
    pub negative_headers: Vec<String>,
    /// SHA-256 of the data files, in hexadecimal.
    pub digest: String,
}

/// A rule file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// Something is wrong with a field.
    #[error("{file}: rule {rule:?}: {field}: {reason}")]
    Field {
        /// The rule file.
        file: String,
        /// The rule's id, or its number when it has none.
        rule: String,
        /// The field.
        field: String,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// The file is not TOML of the right shape.
    #[error("{file}: {reason}")]
    File {
        /// The rule file.
        file: String,
        /// What is wrong.
        reason: String,
    },
}

/// A header as it is compared: lower case, without spaces, underscores, hyphens, brackets, `*`, `:`,
/// and the notes 必填 and 选填.
pub fn header_key(header: &str) -> String {
    let _ = header;
    String::new()
}
