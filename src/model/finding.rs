//! What was found: [`Finding`] and the small types it is made of.

use super::{locator::Locator, span::Span};
use std::fmt;

/// What a validator says of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Its check digit or structure holds.
    Valid,
    /// It cannot be such a value.
    Invalid,
    /// The shape fits and nothing else can be checked.
    Unchecked,
}

/// How sure a finding is, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Confidence(u8);

impl Confidence {
    /// Points, cut to 0–100.
    pub fn new(points: i32) -> Self {
        Self(u8::try_from(points.clamp(0, 100)).unwrap_or(100))
    }

    /// Percent, 0–100.
    pub fn percent(self) -> u8 {
        self.0
    }
}

/// Why a finding is as sure as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Reason {
    /// The shape fits.
    Shape,
    /// A check digit or a checked structure holds.
    Check,
    /// A word nearby says so.
    Near,
    /// A label directly before it says so.
    Label,
    /// The column's header says so.
    Header,
    /// Most of the column's cells are such values.
    Column,
    /// A word nearby speaks against it.
    Against,
    /// Digits were lost in a number cell.
    Rounded,
    /// It was joined over separators, full-width or invisible characters.
    Folded,
    /// The column is such a column, though this cell alone would not have been found.
    Damaged,
    /// It stands in a file or member name.
    InName,
    /// A neighbouring value in the same row supports it.
    Neighbour,
}

impl Reason {
    /// All reasons, in the order of their bits.
    pub const ALL: [Self; 12] = [
        Self::Shape,
        Self::Check,
        Self::Near,
        Self::Label,
        Self::Header,
        Self::Column,
        Self::Against,
        Self::Rounded,
        Self::Folded,
        Self::Damaged,
        Self::InName,
        Self::Neighbour,
    ];

    /// The word used in machine-readable output.
    pub fn id(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Check => "check",
            Self::Near => "near",
            Self::Label => "label",
            Self::Header => "header",
            Self::Column => "column",
            Self::Against => "against",
            Self::Rounded => "rounded",
            Self::Folded => "folded",
            Self::Damaged => "damaged",
            Self::InName => "in-name",
            Self::Neighbour => "neighbour",
        }
    }
}

/// A set of [`Reason`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Reasons(u16);

impl Reasons {
    /// This set and one more.
    #[must_use]
    pub fn with(self, reason: Reason) -> Self {
        Self(self.0 | 1 << reason as u16)
    }

    /// Whether it is in the set.
    pub fn has(self, reason: Reason) -> bool {
        self.0 & 1 << reason as u16 != 0
    }

    /// In the order of [`Reason::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Reason> {
        Reason::ALL.into_iter().filter(move |&r| self.has(r))
    }
}

/// Keyed fingerprint of a value in canonical form: equal values give equal digests under one key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueDigest(pub [u8; 16]);

impl ValueDigest {
    /// The first eight bytes, for counting distinct values.
    pub fn short(self) -> u64 {
        self.0
            .first_chunk()
            .map_or(0, |head| u64::from_le_bytes(*head))
    }
}

impl ValueDigest {
    /// Reads back what is shown: 32 hexadecimal digits in small letters.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        let mut out = [0; 16];
        if digits.len() != 2 * out.len() || text.bytes().any(|b| b.is_ascii_uppercase()) {
            return None;
        }
        for (byte, pair) in out.iter_mut().zip(text.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).ok()?;
            // `from_str_radix` would take a sign.
            if pair.starts_with(['+', '-']) {
                return None;
            }
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(Self(out))
    }
}

impl fmt::Display for ValueDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for ValueDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A raw personal value. It does not show itself: whoever wants it must call [`Secret::reveal`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value in clear.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// One value found, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Index of the rule in the rule set of the run.
    pub rule: u16,
    /// Where.
    pub locator: Locator,
    /// Byte range in the file or member, where bytes there are the text itself.
    pub bytes: Option<(u64, u64)>,
    /// Column of the first character in its line, from 1, for running text.
    pub column: Option<u32>,
    /// Bytes of the fragment; for whoever holds the fragment.
    pub span: Span,
    /// The value as it may be shown.
    pub masked: String,
    /// The value's keyed fingerprint.
    pub digest: ValueDigest,
    /// How sure.
    pub confidence: Confidence,
    /// Why.
    pub reasons: Reasons,
    /// The value in clear, kept only when the user asked for it.
    pub value: Option<Secret>,
}
