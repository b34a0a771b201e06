//! Shape of rule files.

use serde::Deserialize;
use std::collections::BTreeMap;

/// One file. Its rules are tables as long as it may hold what is wrong: each is then read on its own, so that an
/// error can name it.
#[derive(Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    bound = "R: Deserialize<'de>, T: Deserialize<'de>"
)]
pub(super) struct RuleFile<R = toml::Table, T = toml::Table> {
    /// Word lists that rules of any file may use as `"@name"`.
    pub(super) words: BTreeMap<String, Vec<String>>,
    /// Headers of columns that hold no personal value.
    pub(super) negative_headers: Vec<String>,
    /// Values that stand for a secret and are none.
    pub(super) placeholders: Vec<String>,
    /// Words before the name of a column that leave it what it is.
    pub(super) header_before: Vec<String>,
    /// Words after it.
    pub(super) header_after: Vec<String>,
    /// Beginnings of names in pinyin initials.
    pub(super) header_pinyin: Vec<String>,
    /// Rules.
    pub(super) rule: Vec<R>,
    /// Rules for keys that begin with fixed letters, in short.
    pub(super) token: Vec<T>,
    /// What is not to be reported.
    pub(super) allow: Vec<RawAllow>,
    /// Key of the digests in `allow`: any text.
    pub(super) allow_salt: Option<String>,
}

impl<R, T> Default for RuleFile<R, T> {
    fn default() -> Self {
        Self {
            words: BTreeMap::new(),
            negative_headers: Vec::new(),
            placeholders: Vec::new(),
            header_before: Vec::new(),
            header_after: Vec::new(),
            header_pinyin: Vec::new(),
            rule: Vec::new(),
            token: Vec::new(),
            allow: Vec::new(),
            allow_salt: None,
        }
    }
}

/// A title in both languages.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTitle {
    pub(super) zh: String,
    pub(super) en: String,
}

/// See [`super::Weights`].
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWeights {
    pub(super) base: i32,
    #[serde(default)]
    pub(super) valid: i32,
    #[serde(default)]
    pub(super) near: i32,
    #[serde(default)]
    pub(super) label: i32,
    #[serde(default)]
    pub(super) header: i32,
    #[serde(default)]
    pub(super) column: i32,
    #[serde(default)]
    pub(super) against: i32,
}

/// A text and the one value found in it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPositive {
    pub(super) text: String,
    pub(super) value: String,
}

/// Texts that the whole detector is run on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawExamples {
    pub(super) positive: Vec<RawPositive>,
    pub(super) negative: Vec<String>,
}

/// See [`crate::validators::Sum`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSum {
    #[serde(default)]
    pub(super) over: Option<[i32; 2]>,
    #[serde(default)]
    pub(super) method: Option<String>,
    #[serde(default)]
    pub(super) weights: Vec<i64>,
    #[serde(default)]
    pub(super) second: Vec<i64>,
    #[serde(default)]
    pub(super) right: bool,
    #[serde(default)]
    pub(super) fold: bool,
    #[serde(default, rename = "mod")]
    pub(super) modulus: Option<i64>,
    #[serde(default)]
    pub(super) plus: i64,
    #[serde(default)]
    pub(super) minus: bool,
    #[serde(default)]
    pub(super) check: Option<[i32; 2]>,
    #[serde(default)]
    pub(super) is: Option<String>,
    #[serde(default)]
    pub(super) alphabet: Option<String>,
    #[serde(default)]
    pub(super) layout: Option<String>,
    #[serde(default)]
    pub(super) months: Vec<u32>,
    #[serde(default)]
    pub(super) days: Vec<u32>,
}

/// See [`super::Scheme`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawScheme {
    pub(super) shape: Option<String>,
    #[serde(default)]
    pub(super) sums: Vec<RawSum>,
}

/// One rule. Exactly one of `pattern`, `regex`, `finder`, `words` says how values look.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRule {
    pub(super) id: String,
    pub(super) title: RawTitle,
    pub(super) standard: String,
    pub(super) pattern: Option<String>,
    pub(super) regex: Option<String>,
    pub(super) finder: Option<String>,
    pub(super) words: Option<Vec<String>>,
    #[serde(default)]
    pub(super) groups: Vec<Vec<u8>>,
    pub(super) plain: Option<bool>,
    pub(super) check: Option<String>,
    pub(super) edges: Option<String>,
    pub(super) validator: Option<String>,
    /// Conditions that all values meet: one scheme without a shape.
    #[serde(default)]
    pub(super) sums: Vec<RawSum>,
    #[serde(default)]
    pub(super) schemes: Vec<RawScheme>,
    pub(super) separators: Option<String>,
    #[serde(default)]
    pub(super) prefixes: Vec<String>,
    pub(super) bracket: Option<String>,
    #[serde(default)]
    pub(super) check_digit: bool,
    #[serde(default)]
    pub(super) near: Vec<String>,
    #[serde(default)]
    pub(super) labels: Vec<String>,
    #[serde(default)]
    pub(super) against: Vec<String>,
    #[serde(default)]
    pub(super) headers: Vec<String>,
    pub(super) confidence: RawWeights,
    pub(super) tags: Vec<String>,
    pub(super) mask: String,
    pub(super) mask_label: String,
    #[serde(default)]
    pub(super) whole_column: bool,
    /// Of a `regex`: the group that is the value.
    #[serde(default)]
    pub(super) group: u8,
    /// Of a `regex`: words one of which must stand in the same stretch of text, in any case.
    #[serde(default)]
    pub(super) keywords: Vec<String>,
    /// Bits a character at least.
    pub(super) entropy: Option<f64>,
    /// A value that holds one of these, in any case, is none.
    #[serde(default)]
    pub(super) refuse: Vec<String>,
    /// How many there must be is the loader's to say.
    #[serde(default)]
    pub(super) examples: RawExamples,
}

/// A key that begins with fixed letters: what a rule says, in short.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawToken {
    pub(super) id: String,
    pub(super) title: RawTitle,
    #[serde(default)]
    pub(super) standard: Option<String>,
    pub(super) forms: Vec<String>,
    pub(super) check: Option<String>,
    /// Bits a character at least.
    pub(super) entropy: Option<f64>,
    /// A regex of what must stand directly before.
    pub(super) before: Option<String>,
    /// Points of the form alone; below the reporting limit it needs one of the labels.
    pub(super) base: Option<i32>,
    #[serde(default)]
    pub(super) labels: Vec<String>,
}

/// An entry of an allow list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAllow {
    pub(super) reason: String,
    pub(super) until: String,
    pub(super) rule: Option<String>,
    pub(super) path: Option<String>,
    #[serde(default)]
    pub(super) values: Vec<String>,
    #[serde(default)]
    pub(super) digests: Vec<String>,
}
