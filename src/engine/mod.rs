//! Many patterns in one pass over bytes.
//!
//! The engine finds *candidates*: stretches whose shape and check digits fit. Boundaries beyond the
//! touching of ASCII word characters, dates, number plans and context are the detector's.

mod checks;
mod classes;
mod email;
mod folds;
mod gbk;
mod iban;
mod kernels;
mod lazy;
mod literals;
mod network;
mod numbers;
mod phone;
mod plan;
mod plates;
mod scan;
mod shapes;
mod tokens;
mod twin;
mod words;

#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

use crate::model::Charset;
use kernels::Level;
use literals::{Literals, Slow};
use plan::Plan;
use scan::{AFTER, BEFORE, Scene};
use std::ops::Range;

pub use lazy::LazyRegex;
pub use tokens::{check_form, specimen};

/// One pattern to look for. Its index in the list given to [`Engine::compile`] is its number.
#[derive(Debug, Clone)]
pub struct Pattern<'a> {
    /// How it is recognised.
    pub find: Find<'a>,
    /// A check digit tested before anything else looks at the candidate.
    pub check: Check,
}

/// How a pattern is recognised.
#[derive(Debug, Clone)]
pub enum Find<'a> {
    /// A word of ASCII digits and capital letters of a few possible lengths, given as a regex made of
    /// classes, counts and alternations (`[1-6][0-9]{5}…`). Matched whole: no ASCII letter, digit or
    /// underscore may touch it.
    Shape {
        /// The regex of the value without separators.
        regex: &'a str,
        /// Ways to write it in groups of these sizes, with one space or hyphen (or none when
        /// `grouped` says so) between groups: `[[4,4,4,4],[4,4,4,4,3]]`.
        groups: &'a [Vec<u8>],
        /// Whether the ungrouped form counts too.
        plain: bool,
    },
    /// Something with its own finder.
    Named(Finder),
    /// Any of these words, anywhere (no boundaries), in the charset of the text.
    Words(&'a [String]),
    /// A word that begins with fixed letters, in one of these forms: regexes of literals, classes, counts
    /// and alternations (`ghp_[0-9A-Za-z]{36}`), over ASCII. It begins with a letter or digit, or with `$`. A form whose first three bytes can be written in
    /// more than 256 ways is looked for where a [`Finder::LongWord`] begins. No ASCII letter, digit or
    /// underscore may touch it.
    Token(&'a [String]),
    /// Any regex over UTF-8 bytes (`regex` crate, Unicode classes off): the slow way, for patterns that
    /// are none of the above.
    Regex(&'a str),
    /// Such a regex that is looked for only in a text in which one of the words stands, in any case of ASCII
    /// letters.
    Guarded {
        /// The regex.
        regex: &'a str,
        /// The words.
        words: &'a [String],
    },
}

/// Recognisers of values that are not words of digits and capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finder {
    /// Mailbox address, RFC 5321 lengths, ASCII, last label of two letters or more.
    Email,
    /// Four decimal octets without leading zeros.
    Ipv4,
    /// RFC 4291 text forms, `::` and a dotted tail included, at least two colons.
    Ipv6,
    /// Six pairs of hexadecimal digits joined by `:` or `-`, or three dotted groups of four.
    Mac,
    /// Chinese number plate (GA 36): province character, letter, 5 or 6 more, middle dot allowed
    /// after the letter, 学警港澳挂领 as the last.
    Plate,
    /// IBAN, plain or grouped by four; length by country and mod 97 checked.
    Iban,
    /// Telephone number in international form: `+`, 7 to 15 digits in groups, perhaps an extension. Every
    /// end of a group that may be the end is given.
    Phone,
    /// Macao identity number as printed: `1/234567/8`.
    Macau,
    /// A private key in armour (RFC 7468), from its first line to its last, or as much of it as the text
    /// has: a key is longer than what other values need around them.
    PrivateKey,
    /// A run of 14 or more ASCII letters, digits, `_`, `-` and `.` with a letter and a digit among the first
    /// 64: what may be a key when something says so.
    LongWord,
}

/// Check digits that the engine tests itself, as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Check {
    /// None.
    #[default]
    None,
    /// Luhn (ISO/IEC 7812-1 annex B) over all digits.
    Luhn,
    /// ISO 7064 MOD 11-2 over 18 characters, the last a digit or X.
    Mod11x2,
    /// GB 32100 mod 31 over 18 characters.
    Mod31,
    /// GB 11714 mod 11 over 9 characters, the last a digit or X.
    OrgCode,
}

impl Check {
    /// The check of this name in rule files.
    pub fn find(name: &str) -> Option<Self> {
        Some(match name {
            "luhn" => Self::Luhn,
            "mod11-2" => Self::Mod11x2,
            "mod31" => Self::Mod31,
            "org-code" => Self::OrgCode,
            _ => return None,
        })
    }
}

/// A candidate: bytes `start..end` of the text fit a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Number of the pattern.
    pub pattern: u16,
}

/// What one scan found. Reuse it: its memory is kept.
#[derive(Debug, Clone, Default)]
pub struct Hits {
    /// Candidates ordered by start, then end, then pattern. They may overlap.
    pub hits: Vec<Hit>,
    /// Offsets at which digits, letters or separators in other forms (full-width, invisible, special
    /// hyphens and spaces) stand so near to each other or to digits that a value may be
    /// hidden: the detector folds there and scans again. Ordered.
    pub folds: Vec<u32>,
}

/// Patterns that cannot be compiled.
#[derive(Debug, thiserror::Error)]
#[error("pattern {pattern}: {reason}")]
pub struct EngineError {
    /// Number of the pattern.
    pub pattern: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// Which code scans; the results are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Isa {
    /// The fastest this processor has.
    #[default]
    Best,
    /// Without vector instructions.
    Scalar,
    /// AVX2 of x86-64.
    Avx2,
}

/// Compiled patterns.
#[derive(Debug)]
pub struct Engine {
    level: Level,
    plan: Plan,
    utf8: Literals,
    gb18030: Literals,
    slow: Slow,
    /// Whether hits come from more than one pass and have to be brought into order.
    passes: bool,
}

impl Engine {
    /// Compiles patterns into one engine.
    ///
    /// # Errors
    /// When a pattern's regex cannot be read or has no fixed shape.
    pub fn compile(patterns: &[Pattern<'_>]) -> Result<Self, EngineError> {
        let gb18030 = |word: &str| encoding_rs::GB18030.encode(word).0.into_owned();
        Ok(Self {
            level: Level::best(),
            plan: Plan::compile(patterns)?,
            utf8: Literals::compile(patterns, |word| word.as_bytes().to_vec())?,
            gb18030: Literals::compile(patterns, gb18030)?,
            slow: Slow::compile(patterns)?,
            passes: patterns.iter().any(|pattern| {
                matches!(
                    pattern.find,
                    Find::Words(_) | Find::Regex(_) | Find::Guarded { .. }
                )
            }),
        })
    }

    /// Scans with this code from now on, or with the scalar one where the processor lacks it.
    #[must_use]
    pub fn with_isa(mut self, isa: Isa) -> Self {
        self.level = match isa {
            Isa::Best | Isa::Avx2 => Level::best(),
            Isa::Scalar => Level::Scalar,
        };
        self
    }

    /// Which code scans: [`Isa::Scalar`] or [`Isa::Avx2`].
    pub fn isa(&self) -> Isa {
        match self.level {
            Level::Scalar => Isa::Scalar,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2(_) => Isa::Avx2,
        }
    }

    /// Finds every candidate that starts in `own`. Bytes outside `own` are looked at as surroundings,
    /// so a text cut anywhere gives the hits of the whole when each piece sees 64 bytes before and
    /// 256 after. `out` is cleared first. Offsets are into `text`, of which no more than 4 GiB are read.
    ///
    /// In GB 18030 whether a byte begins a character is told by the bytes from 0x80 on that stand
    /// directly before it: a piece of such a text begins with a character, or sees that whole run.
    /// [`Find::Regex`] matches are leftmost and do not overlap; a cut keeps them when such a pattern has
    /// edges of its own.
    pub fn scan(&self, text: &[u8], own: Range<usize>, charset: Charset, out: &mut Hits) {
        out.hits.clear();
        out.folds.clear();
        let text = text.get(..u32::MAX as usize).unwrap_or(text);
        let own = own.start..own.end.min(text.len());
        if own.is_empty() {
            return;
        }
        let gbk = charset == Charset::Gb18030;
        self.blocks(text, &own, gbk, out);
        let literals = if gbk { &self.gb18030 } else { &self.utf8 };
        literals.find(text, &own, gbk, &mut out.hits);
        self.slow.find(text, &own, &mut out.hits);
        if self.passes && !out.hits.is_sorted() {
            out.hits.sort();
        }
    }

    /// Runs the scan over the text itself where there are enough bytes around, and over padded copies at
    /// its edges.
    fn blocks(&self, text: &[u8], own: &Range<usize>, gbk: bool, out: &mut Hits) {
        let Hits { hits, folds } = out;
        // Some values are found by a place behind their first byte: a dot, a colon, an `@`.
        let end = own.end.saturating_add(BEHIND).min(text.len());
        let mut scene = Scene {
            bytes: text,
            text,
            shift: 0,
            own: own.clone(),
            gbk,
            hits,
            folds,
        };
        let body = BEFORE.clamp(own.start, end)..text.len().saturating_sub(AFTER).min(end);
        if body.is_empty() {
            self.edge(&mut scene, own.start..end);
        } else {
            self.edge(&mut scene, own.start..body.start);
            scene.bytes = text;
            scene.shift = 0;
            self.level.run(&self.plan, &mut scene, body.start, body.end);
            self.edge(&mut scene, body.end..end);
        }
    }

    /// Scans a stretch near the text's begin or end through copies with zeros around.
    fn edge(&self, scene: &mut Scene<'_>, stretch: Range<usize>) {
        let text = scene.text;
        let mut from = stretch.start;
        while from < stretch.end {
            let to = stretch.end.min(from + COPY);
            let mut bytes = [0; BEFORE + COPY + AFTER];
            let first = from.saturating_sub(BEFORE);
            let source = text
                .get(first..text.len().min(to + AFTER))
                .unwrap_or_default();
            let place = BEFORE - (from - first);
            if let Some(target) = bytes.get_mut(place..place + source.len()) {
                target.copy_from_slice(source);
            }
            let mut copy = Scene {
                bytes: &bytes,
                text,
                shift: from.wrapping_sub(BEFORE),
                own: scene.own.clone(),
                gbk: scene.gbk,
                hits: &mut *scene.hits,
                folds: &mut *scene.folds,
            };
            self.level
                .run(&self.plan, &mut copy, BEFORE, BEFORE + (to - from));
            from = to;
        }
    }
}

/// How far behind its first byte a hit's anchor can be: 64 bytes of a mailbox name.
const BEHIND: usize = 66;
/// Bytes scanned in one copy.
const COPY: usize = 256;
