//! From text to findings.
//!
//! A [`Detector`] is compiled once from the rules. For each file or member a [`Pass`] is begun and
//! shown its fragments in order; what it learns about a table's columns from the table's first block
//! holds for the blocks after it.

pub mod addresses;
pub mod names;

mod aligned;
mod beside;
mod children;
mod columns;
mod context;
mod fold;
mod headers;
mod inline;
mod labelled;
mod near;
mod numerals;
mod pass;
mod resolve;
mod running;
mod score;
mod secrets;
mod stand;
mod vocabulary;
mod wraps;

pub use pass::{Pass, Tables};
pub use resolve::Found;
pub use stand::{Beside, edits, frames};

use crate::{
    digest::JobKey,
    engine::{Engine, EngineError, Find as Seek, Finder, Hits, LazyRegex, Pattern},
    model::{Charset, ValueDigest, Verdict},
    rules::{Find, Profile, Pseudonyms, Rule, RuleSet, Weights, mask::mask},
};
use columns::Dictionary;
use context::Context;
use fold::Folded;
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// Findings below this are not reported unless the user asks (identifiers 1.3: 50 is *certain*).
pub const DEFAULT_CONFIDENCE: u8 = 50;

/// Rules compiled for finding. Shared by all threads.
#[derive(Debug)]
pub struct Detector {
    rules: Arc<RuleSet>,
    /// Of the program's own rules made when something is to be read first: a scan in which nothing changed reads
    /// nothing.
    compiled: OnceLock<Compiled>,
    /// Findings left out by the allow list.
    allowed: AtomicU64,
    /// Pseudonyms passed over.
    handled: AtomicU64,
    pseudonyms: Option<Arc<dyn Pseudonyms>>,
    /// The rules whose findings are given, when not all are.
    only: Option<BTreeSet<u16>>,
    minimum: u8,
    children: Option<children::Children>,
    comments: Comments,
    /// The rule for postal addresses.
    address: Option<u16>,
    /// The rule for dates of birth, and what looks at one.
    birth: Option<(u16, Option<crate::rules::Validator>)>,
}

/// What finds: follows from the rules alone. Nothing of it is for others.
#[derive(Debug)]
pub struct Compiled {
    engine: Engine,
    /// By engine pattern: its rule, or [`LABELS`].
    pattern_rules: Vec<u16>,
    /// Rules found behind a label only.
    labelled: Vec<labelled::Labelled>,
    label_of: BTreeMap<u16, usize>,
    ends: labelled::Ends,
    context: Context,
    secrets: secrets::Secrets,
    regexes: Regexes,
    dictionary: Dictionary,
}

impl std::ops::Deref for Detector {
    type Target = Compiled;

    fn deref(&self) -> &Compiled {
        self.compiled.get_or_init(|| {
            // Only rules that are shipped wait until here, and tests compile those. A file that is to be read
            // counts as unread should it ever fail.
            Compiled::new(&self.rules, self.minimum)
                .unwrap_or_else(|e| std::panic::resume_unwind(Box::new(e.to_string())))
        })
    }
}

/// Whether comments in a text can allow what is found beside them. Whoever writes a file could hide it so,
/// which is for a team's own sources only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Comments {
    /// They are text like any other.
    #[default]
    Ignored,
    /// `inkout:allow RULE REASON` allows what the rule finds in that line.
    Honoured,
}

const LABELS: u16 = u16::MAX;
/// Engine patterns that no rule has of its own: long words, and the word for a password.
const LONG_WORDS: u16 = u16::MAX - 1;
const PASSWORDS: u16 = u16::MAX - 2;
/// Memory of one compiled regex. The loader has seen that it is enough.
const REGEX_BYTES: usize = 10 << 20;
/// Bytes of a line looked at around a value.
const LINE: usize = 600;

/// What the engine gave, looked at by its validator.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    rule: u16,
    start: u32,
    end: u32,
    cell: u32,
    verdict: Verdict,
    /// It holds a check digit or a checked structure.
    checked: bool,
    folded: bool,
    /// Found behind a label, which therefore need not be looked for again.
    label: bool,
}

impl Compiled {
    fn new(rules: &RuleSet, minimum: u8) -> Result<Self, EngineError> {
        let mut patterns = Vec::new();
        let mut pattern_rules = Vec::new();
        let mut labels = Vec::new();
        let mut regexes = Regexes::default();
        for (index, rule) in (0u16..).zip(&rules.rules) {
            if rule.most() < i32::from(minimum) {
                continue;
            }
            if let Some(l) = labelled::Labelled::new(index, rule, minimum) {
                labels.push(l);
                continue;
            }
            let Some(find) = seek(rule) else {
                continue;
            };
            regexes.add(index, rule);
            patterns.push(Pattern {
                find,
                check: rule.check,
            });
            pattern_rules.push(index);
        }
        let secrets = secrets::Secrets::new(rules);
        let mut words = labelled::stems(&labels);
        let latin = secrets::LATIN.map(String::from);
        if secrets.any() {
            words.extend(secrets::WORDS.map(String::from));
            patterns.push(Pattern {
                find: Seek::Named(Finder::LongWord),
                check: crate::engine::Check::None,
            });
            pattern_rules.push(LONG_WORDS);
            patterns.push(Pattern {
                find: Seek::Token(&latin),
                check: crate::engine::Check::None,
            });
            pattern_rules.push(PASSWORDS);
        }
        if !words.is_empty() {
            patterns.push(Pattern {
                find: Seek::Words(&words),
                check: crate::engine::Check::None,
            });
            pattern_rules.push(LABELS);
        }
        let engine = Engine::compile(&patterns)?;
        let label_of = labels
            .iter()
            .enumerate()
            .map(|(i, l)| (l.rule, i))
            .collect();
        let ends = labelled::Ends::new(&labels);
        let context = Context::new(rules);
        let dictionary = Dictionary::new(rules, minimum);
        Ok(Self {
            engine,
            pattern_rules,
            labelled: labels,
            label_of,
            ends,
            context,
            secrets,
            regexes,
            dictionary,
        })
    }
}

impl Detector {
    /// Compiles rules. Findings under `minimum` percent are dropped.
    ///
    /// # Errors
    /// When a rule's pattern cannot be compiled.
    pub fn new(rules: Arc<RuleSet>, minimum: u8) -> Result<Self, EngineError> {
        let compiled = OnceLock::new();
        if !rules.is_builtin() {
            // What is wrong with a user's rules is said before anything else.
            let _ = compiled.set(Compiled::new(&rules, minimum)?);
        }
        let mut out = Self {
            rules,
            compiled,
            allowed: AtomicU64::new(0),
            handled: AtomicU64::new(0),
            pseudonyms: None,
            only: None,
            minimum,
            children: None,
            comments: Comments::default(),
            address: None,
            birth: None,
        };
        out.address = out.textual(&Find::Address);
        out.birth = beside::births(&out);
        Ok(out)
    }

    /// The rules it was compiled from.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// With what says what stands in place of values under [`Profile::Pseudonym`].
    #[must_use]
    pub fn with_pseudonyms(mut self, pseudonyms: Arc<dyn Pseudonyms>) -> Self {
        self.pseudonyms = Some(pseudonyms);
        self
    }

    /// That gives what these rules find and nothing else. All rules are looked for all the same: what a column
    /// holds, and which of two rules a value belongs to, follows from all of them.
    #[must_use]
    pub fn with_only(mut self, ids: &BTreeSet<String>) -> Self {
        let is_one = |(_, rule): &(u16, &Rule)| ids.contains(&rule.id);
        let numbers = (0_u16..).zip(&self.rules.rules).filter(is_one);
        self.only = Some(numbers.map(|(number, _)| number).collect());
        self
    }

    /// How many pseudonyms were met and passed over. See [`crate::model::Frame`].
    pub fn handled(&self) -> u64 {
        self.handled.load(Ordering::Relaxed)
    }

    /// Begins a file or member.
    pub fn begin(&self) -> Pass<'_> {
        Pass {
            detector: self,
            tables: BTreeMap::new(),
            hits: Hits::default(),
            spare: Hits::default(),
            spots: Vec::new(),
            signs: Vec::new(),
            folded: Folded::default(),
            candidates: Vec::new(),
            found: Vec::new(),
            says: BTreeMap::new(),
            person: running::person(self),
            reader: names::Reader::new(self.minimum),
            names: Vec::new(),
            ranges: Vec::new(),
        }
    }

    /// Whether a value found by a rule in a file, given by its path under the root, is on the allow list. Those
    /// that are get counted.
    pub fn allows(&self, path: &[u8], rule: u16, bytes: &[u8], charset: Charset) -> bool {
        if self.rules.allow.is_empty() {
            return false;
        }
        let Some(r) = self.rule(rule) else {
            return false;
        };
        let text = text_of(bytes, charset);
        let canonical = score::canonical(r, &text);
        let allowed = self.rules.allow.allows(&r.id, path, &[&text, &canonical]);
        if allowed {
            self.allowed.fetch_add(1, Ordering::Relaxed);
        }
        allowed
    }

    /// Sets whether comments are honoured.
    #[must_use]
    pub fn with_comments(mut self, comments: Comments) -> Self {
        self.comments = comments;
        self
    }

    /// Whether a comment in the line of a finding allows it: `range` are its bytes in a fragment of lines.
    /// Those that are get counted.
    pub fn allows_in_line(&self, rule: u16, text: &[u8], range: std::ops::Range<usize>) -> bool {
        if self.comments == Comments::Ignored {
            return false;
        }
        let before = text.get(..range.start).unwrap_or_default();
        let after = text.get(range.end..).unwrap_or_default();
        let from = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let to = memchr::memchr(b'\n', after).map_or(text.len(), |at| range.end + at);
        let line = text.get(from..to).unwrap_or_default();
        let allowed = self.rule(rule).is_some_and(|r| inline::allows(line, &r.id));
        if allowed {
            self.allowed.fetch_add(1, Ordering::Relaxed);
        }
        allowed
    }

    /// How many findings the allow list has left out.
    pub fn allowed(&self) -> u64 {
        self.allowed.load(Ordering::Relaxed)
    }

    /// A rule by its index.
    pub fn rule(&self, index: u16) -> Option<&Rule> {
        self.rules.rules.get(usize::from(index))
    }

    fn weights(&self, rule: u16) -> Weights {
        self.rule(rule).map_or(
            Weights {
                base: 0,
                valid: 0,
                near: 0,
                label: 0,
                header: 0,
                column: 0,
                against: 0,
            },
            |r| r.weights,
        )
    }

    fn find(&self, rule: u16) -> &Find {
        const NONE: &Find = &Find::Words(Vec::new());
        self.rule(rule).map_or(NONE, |r| &r.find)
    }

    fn whole_column(&self, rule: u16) -> bool {
        self.rule(rule).is_some_and(|r| r.whole_column)
    }

    fn has_check(&self, rule: u16) -> bool {
        self.rule(rule).is_some_and(Rule::has_check)
    }

    fn is_labelled(&self, rule: u16) -> bool {
        self.label_of.contains_key(&rule)
    }

    /// Whether a rule's values name one person, so that the names beside them are persons.
    fn is_identity(&self, rule: u16) -> bool {
        self.rule(rule).is_some_and(|r| {
            r.id.contains("resident-id")
                || r.id.contains("mobile")
                || r.id.contains("bank-card")
                || r.id.contains("email")
        })
    }

    fn textual(&self, find: &Find) -> Option<u16> {
        let same = |r: &Rule| std::mem::discriminant(&r.find) == std::mem::discriminant(find);
        (0u16..)
            .zip(&self.rules.rules)
            .find(|(_, r)| same(r))
            .map(|(i, _)| i)
    }

    /// Whether a whole cell is a value of a rule that is found by label only.
    fn fits(&self, rule: u16, cell: &str) -> bool {
        self.label_of
            .get(&rule)
            .and_then(|&i| self.labelled.get(i))
            .is_some_and(|l| l.fits(self, cell))
    }

    /// A value in the form in which equal values are equal: without separators, in capitals.
    pub fn canonical<'a>(&self, rule: u16, value: &'a str) -> Cow<'a, str> {
        self.rule(rule)
            .map_or(Cow::Borrowed(value), |r| score::canonical(r, value))
    }

    /// Keyed fingerprint of a value found in a fragment.
    pub fn digest(&self, key: &JobKey, rule: u16, bytes: &[u8], charset: Charset) -> ValueDigest {
        let mut buf = [0; 96];
        if let Some(bare) = self
            .rule(rule)
            .and_then(|r| score::canonical_ascii(r, bytes, &mut buf))
        {
            return key.value(bare);
        }
        let text = text_of(bytes, charset);
        key.value(self.canonical(rule, &text).as_bytes())
    }

    /// The value as it may be shown or put in its place.
    pub fn mask(&self, rule: u16, profile: Profile, value: &str, token: Option<&str>) -> String {
        self.rule(rule).map_or_else(String::new, |r| {
            mask(r.mask, profile, value, &r.mask_label, token)
        })
    }
}

/// How the engine looks for a rule's values; `None` for what is found in other ways.
fn seek(rule: &Rule) -> Option<Seek<'_>> {
    Some(match &rule.find {
        Find::Shape {
            regex,
            groups,
            plain,
        } => Seek::Shape {
            regex,
            groups,
            plain: *plain,
        },
        Find::Named(finder) => Seek::Named(*finder),
        Find::Words(words) => Seek::Words(words),
        Find::Regex(regex) if rule.filter.keywords.is_empty() => Seek::Regex(regex),
        Find::Regex(regex) => Seek::Guarded {
            regex,
            words: &rule.filter.keywords,
        },
        Find::Token(token) => Seek::Token(&token.forms),
        Find::Person | Find::Address | Find::Child | Find::Assigned(_) => return None,
    })
}

/// Regexes that are looked at for candidates only.
#[derive(Debug, Default)]
struct Regexes {
    /// What must stand before tokens, by rule.
    leads: BTreeMap<u16, LazyRegex>,
    /// Those one of whose groups is the value, by rule.
    groups: BTreeMap<u16, LazyRegex>,
}

impl Regexes {
    fn add(&mut self, index: u16, rule: &Rule) {
        match &rule.find {
            Find::Token(token) => {
                let lead = token.before.as_ref().map(|b| format!("(?:{b})$"));
                self.leads
                    .extend(lead.map(|l| (index, LazyRegex::trusted(l, REGEX_BYTES))));
            }
            Find::Regex(regex) if rule.filter.group > 0 => {
                let regex = LazyRegex::trusted(regex.as_str(), REGEX_BYTES);
                self.groups.insert(index, regex);
            }
            _ => {}
        }
    }
}

/// Text of bytes in a fragment's charset, with U+FFFD for what cannot be decoded.
pub fn text_of(bytes: &[u8], charset: Charset) -> Cow<'_, str> {
    match charset {
        Charset::Utf8 => std::str::from_utf8(bytes)
            .map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed),
        Charset::Gb18030 => encoding_rs::GB18030.decode_without_bom_handling(bytes).0,
    }
}
