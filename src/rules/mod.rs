//! Rule data → compiled rules. `rules/README.md` says how to write a rule.

pub mod allow;
pub mod import;
pub mod mask;
pub mod tags;

mod builtin;
mod compiled;
mod load;
mod own;
mod pseudonyms;
mod schema;
mod schemes;
mod tokens;

pub use crate::validators::Validator;
pub use allow::{Allow, AllowList};
pub use load::without_values;
pub use mask::{Family, Profile};
pub use own::{MOST_BYTES, OwnFile};
pub use pseudonyms::{Pseudonyms, Stand, Subject};
pub use schemes::Scheme;

use crate::{
    engine::{self, Check, Finder},
    model::Verdict,
};

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
    /// A key that begins with fixed letters.
    Token(Token),
    /// What stands behind a name that says so, or in an address.
    Assigned(Assigned),
    /// A person's name, found by label, column and neighbours.
    Person,
    /// A postal address, likewise.
    Address,
    /// Nothing is looked for: a number that holds a birth date becomes a value of this rule when its bearer is
    /// under fourteen on the day of the scan.
    Child,
}

/// A key by its prefix.
#[derive(Debug, Clone)]
pub struct Token {
    /// Ways to write it. See [`crate::engine::Find::Token`].
    pub forms: Vec<String>,
    /// Tenths of bits a character that the value has at least (Shannon, over its own characters).
    pub entropy: u16,
    /// What must stand directly before it and is part of the value.
    pub before: Option<String>,
}

/// Secrets without a shape of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Assigned {
    /// Behind a word for a password.
    Password,
    /// Behind a word for a key or token: the value must look like one.
    Key,
    /// In `scheme://user:password@host` or `-u user:password`.
    Login,
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

/// What a match must be besides its shape.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of a regex: the group that is the value; 0 for all of it.
    pub group: usize,
    /// Of a regex: words one of which must stand in the same stretch of text (a block of a file), in any case;
    /// none for any.
    pub keywords: Vec<String>,
    /// Tenths of bits a character at least (Shannon).
    pub entropy: u16,
    /// A value that holds one of these is none; in small letters.
    pub refuse: Vec<String>,
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
    /// Check digits and dates as data: a value must meet one of them, if there are any.
    pub schemes: Vec<Scheme>,
    /// What may stand between the characters of a value behind a label, one or two at a time.
    pub separators: String,
    /// Signs of country or kind that may stand before the value and belong to it (`DE`, `CHE`), in
    /// capitals. Validators and schemes do not see them.
    pub prefixes: Vec<String>,
    /// The value ends with one of these characters in round brackets: `A123456(3)`.
    pub bracket: Option<String>,
    /// The validator looks at a check digit.
    pub check_digit: bool,
    /// Words nearby that speak for it. Labels count as near too.
    pub near: Vec<String>,
    /// Words that speak for it when directly before the value (`：`, `:`, `=`, space or nothing between).
    pub labels: Vec<String>,
    /// Words nearby that speak against it.
    pub against: Vec<String>,
    /// Names of columns that hold it, normalised by [`header_key`].
    pub headers: Vec<String>,
    /// The same as written in the rule file: before a colon they are labels.
    pub header_names: Vec<String>,
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
    /// What a match must be besides.
    pub filter: Filter,
    /// The file it is from, and whether that is a user's.
    pub file: (String, bool),
    /// Texts in which the whole detector must find exactly this value under this rule.
    pub positive: Vec<Example>,
    /// Texts in which it must find nothing of this rule.
    pub negative: Vec<String>,
}

impl Rule {
    /// Points from which on a candidate is reported when the user did not choose.
    pub const REPORTED: i32 = 50;

    /// What validator and schemes say of a bare value.
    pub fn verdict(&self, value: &str) -> Verdict {
        let said = self.validator.map_or(Verdict::Unchecked, |v| v(value));
        if said == Verdict::Invalid || self.schemes.is_empty() {
            return said;
        }
        let mut fitting = self.schemes.iter().filter(|s| s.holds(value));
        match fitting.next() {
            None => Verdict::Invalid,
            Some(scheme) if scheme.has_check() => Verdict::Valid,
            Some(_) if fitting.any(Scheme::has_check) => Verdict::Valid,
            Some(_) => said,
        }
    }

    /// The most points that a value of this rule can have. Rules of business numbers stay under what is
    /// reported by default.
    pub fn most(&self) -> i32 {
        let w = self.weights;
        w.base + w.valid + w.near.max(w.label) + w.header + w.column
    }

    /// Whether a valid value is reported without any word, label or header that speaks for it. The
    /// candidates of other rules need looking at only where context is near.
    pub fn stands_alone(&self) -> bool {
        self.weights.base + self.weights.valid >= Self::REPORTED
    }
}

/// A text and the value in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Running text, or one value alone.
    pub text: String,
    /// The part of it that is found, as written.
    pub value: String,
}

/// Words around a known name of a column that leave it what it is, in small letters.
#[derive(Debug, Clone, Default)]
pub struct HeaderWords {
    /// Before it: `cust_phone`.
    pub before: Vec<String>,
    /// After it: `mobile1`.
    pub after: Vec<String>,
    /// Before it, in pinyin initials: `khsjh`.
    pub pinyin: Vec<String>,
}

/// All rules of a run.
#[derive(Debug, Clone)]
pub struct RuleSet {
    /// The rules; a rule's index is its number in findings.
    pub rules: Vec<Rule>,
    /// Headers that say a column holds none of them (订单号, 金额, 时间 …), normalised by [`header_key`].
    pub negative_headers: Vec<String>,
    /// Values that stand for a secret and are none (`changeme`), in small letters.
    pub placeholders: Vec<String>,
    /// Words around the name of a column that leave it what it is.
    pub header_words: HeaderWords,
    /// What is not to be reported.
    pub allow: AllowList,
    /// SHA-256 of the data files, in hexadecimal.
    pub digest: String,
}

/// Whether the examples of keys are made from their forms: only tests and lists of rules need them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Examples {
    /// They are made, and the forms are looked at.
    With,
    /// They are not.
    Without,
}

impl RuleSet {
    /// Whether these are the rules that are shipped, and nothing of a user's.
    pub fn is_builtin(&self) -> bool {
        self.digest == compiled::DIGEST
    }

    /// Compiles rule files, each given with the name that errors call it by. Word lists of any file are
    /// known to the rules of all.
    ///
    /// # Errors
    /// When a file is not TOML of the right shape, or a field of a rule has no meaning.
    pub fn compile(files: &[(&str, &str)]) -> Result<Self, RuleError> {
        let sources: Vec<_> = files
            .iter()
            .map(|&(name, text)| load::Source {
                name,
                text,
                own: false,
                examples: Examples::With,
            })
            .collect();
        let parsed = sources.iter().map(load::parse).collect::<Result<_, _>>()?;
        load::compile(parsed, load::digest(&sources))
    }

    /// The rules of this program and a user's. Files that end in `.txt` or `.list` are lists of values, one a
    /// line; all others are rule files that may leave out what only the program's own need (examples,
    /// standard, mask, points).
    ///
    /// # Errors
    /// When a file is not of the right shape, or too large.
    pub fn with_own(own: &[OwnFile], examples: Examples) -> Result<Self, RuleError> {
        own::compile(builtin::FILES, own, examples)
    }

    /// Takes the allow entries that ended before `today` (`2026-11-24`) out and gives them back. The digest
    /// changes with them, since results do.
    pub fn expire(&mut self, today: &str) -> Vec<Allow> {
        let ended = self.allow.expire(today);
        if !ended.is_empty() {
            self.digest = load::with_ended(&self.digest, &ended);
        }
        ended
    }

    /// The rules of this program.
    ///
    /// # Errors
    /// None in a tested build.
    pub fn builtin() -> Result<Self, RuleError> {
        Self::with_own(&[], Examples::With)
    }

    /// The rule files of this program, for compiling them together with a user's.
    pub fn builtin_files() -> &'static [(&'static str, &'static str)] {
        builtin::FILES
    }

    /// The rule of this id, with its number.
    pub fn find(&self, id: &str) -> Option<(u16, &Rule)> {
        let at = self.rules.iter().position(|r| r.id == id)?;
        Some((u16::try_from(at).ok()?, self.rules.get(at)?))
    }

    /// What the engine looks for: number of the rule, pattern. Rules for persons, addresses and what is
    /// assigned to a name have none.
    pub fn patterns(&self) -> Vec<(u16, engine::Pattern<'_>)> {
        (0u16..)
            .zip(&self.rules)
            .filter_map(|(number, rule)| {
                let find = match &rule.find {
                    Find::Shape {
                        regex,
                        groups,
                        plain,
                    } => engine::Find::Shape {
                        regex,
                        groups,
                        plain: *plain,
                    },
                    Find::Named(finder) => engine::Find::Named(*finder),
                    Find::Words(words) => engine::Find::Words(words),
                    Find::Regex(regex) if rule.filter.keywords.is_empty() => {
                        engine::Find::Regex(regex)
                    }
                    Find::Regex(regex) => engine::Find::Guarded {
                        regex,
                        words: &rule.filter.keywords,
                    },
                    Find::Token(token) => engine::Find::Token(&token.forms),
                    Find::Person | Find::Address | Find::Child | Find::Assigned(_) => return None,
                };
                let check = rule.check;
                Some((number, engine::Pattern { find, check }))
            })
            .collect()
    }
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
/// other punctuation, and the notes 必填 and 选填; full-width letters as ASCII, 帐 as 账. Two headers are
/// the same when their keys are.
pub fn header_key(header: &str) -> String {
    let mut kept = String::with_capacity(header.len());
    for c in header.chars() {
        let c = match c {
            // Full-width forms of ASCII.
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            '帐' => '账',
            c => c,
        };
        match c {
            'a'..='z' | '0'..='9' | '\u{4e00}'..='\u{9fff}' => kept.push(c),
            c if is_left_out(c) => {}
            c => kept.extend(c.to_lowercase()),
        }
    }
    if kept.contains(['必', '选']) {
        return ["必填", "选填", "必輸", "必输"]
            .iter()
            .fold(kept, |kept, note| kept.replace(note, ""));
    }
    kept
}

/// Marks that do not tell one header from another.
fn is_left_out(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '\u{200b}'
                ..='\u{200d}'
                    | '\u{feff}'
                    | '\u{2060}'
                    | '_'
                    | '-'
                    | '('
                    | ')'
                    | '['
                    | ']'
                    | '{'
                    | '}'
                    | '<'
                    | '>'
                    | '【'
                    | '】'
                    | '〔'
                    | '〕'
                    | '《'
                    | '》'
                    | '「'
                    | '」'
                    | '*'
                    | ':'
                    | ';'
                    | '\''
                    | '"'
                    | '`'
                    | '、'
                    | '，'
                    | ','
                    | '.'
                    | '．'
                    | '·'
        )
}

#[cfg(test)]
mod tests;
