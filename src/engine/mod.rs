//! Many patterns in one pass over bytes.
//!
//! The engine finds *candidates*: stretches whose shape and check digits fit. Boundaries beyond the
//! touching of ASCII word characters, dates, number plans and context are the detector's.

use crate::model::Charset;
use std::ops::Range;

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
    /// Any regex over UTF-8 bytes (`regex` crate, Unicode classes off): the slow way, for patterns that
    /// are none of the above.
    Regex(&'a str),
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

/// Compiled patterns.
#[derive(Debug)]
pub struct Engine {}

impl Engine {
    /// Compiles patterns into one engine.
    ///
    /// # Errors
    /// When a pattern's regex cannot be read or has no fixed shape.
    pub fn compile(patterns: &[Pattern<'_>]) -> Result<Self, EngineError> {
        let _ = patterns;
        Ok(Self {})
    }

    /// Finds every candidate that starts in `own`. Bytes outside `own` are looked at as surroundings,
    /// so a text cut anywhere gives the hits of the whole when each piece sees 64 bytes before and
    /// 256 after. `out` is cleared first. Offsets are into `text`.
    pub fn scan(&self, text: &[u8], own: Range<usize>, charset: Charset, out: &mut Hits) {
        let _ = (text, own, charset);
        out.hits.clear();
        out.folds.clear();
    }
}
