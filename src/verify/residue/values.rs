//! [`Values`]: what is looked for, as keyed digests behind filters.
//!
//! Each encoded form of a value has an **anchor**: eight of its bytes, chosen where they are rare
//! among the values so far (companies all end alike, addresses all begin alike). The text is sampled
//! at every fourth byte: the eight bytes there (five, for forms shorter than eleven) are looked up in
//! a bitmap that holds every shift of every anchor. Only then are the anchors that could lie there
//! looked up, and only for those is the digest of the whole value made and compared.

use super::digits;
use crate::{digest::JobKey, formats::Spill};
use encoding_rs::{BIG5, Encoding, GB18030};
use std::{
    collections::HashSet,
    hash::{BuildHasherDefault, Hasher},
};

mod sealed;
mod sets;

use sealed::Grams;
pub use sealed::Sealed;
use sets::Away;
pub use sets::Sets;

/// Forms that are kept in memory when there is no file: 16 bytes each.
const MOST: usize = 4 << 20;
/// Forms of one set, when more can be put away; their table of values seen is full then.
const SET: usize = 7 << 17;
/// Sets that are put away.
const SETS: usize = 64;
/// Characters of a value that are looked for; of a longer one its beginning.
const CHARS: usize = 160;
/// Bytes of the longest form: 160 characters of four bytes.
pub(super) const LONGEST: usize = CHARS * 4;
/// Characters of the shortest value.
const SHORTEST: usize = 8;
/// Bytes of an anchor.
const ANCHOR: usize = 8;
/// Distance of the places that are sampled.
const STEP: usize = 4;
/// From this length on eight bytes are sampled, below five.
const LONG: usize = ANCHOR + STEP - 1;
const FIVE: u64 = 0xFF_FFFF_FFFF;
/// Makes ASCII letters of both cases equal (and some other bytes too, which a filter may).
const FOLD: u64 = 0x2020_2020_2020_2020;

/// The form counts only when no ASCII digit touches it.
const NO_DIGIT: u16 = 1 << 15;
/// The form counts only when no ASCII letter or digit touches it.
const NO_WORD: u16 = 1 << 14;
const LENGTH: u16 = NO_WORD - 1;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Form {
    tag: u32,
    /// Bytes before the anchor.
    before: u16,
    /// Length in bytes, and flags.
    length: u16,
    digest: [u32; 2],
}

/// Original values of one file, being gathered. The values themselves are not kept.
pub struct Values {
    key: JobKey,
    mix: Mix,
    forms: Vec<Form>,
    seen: HashSet<u64, BuildHasherDefault<Same>>,
    /// How many anchors have been chosen by tag, to choose rare ones.
    chosen: Box<[u8]>,
    long: Grams,
    five: Grams,
    digits: bool,
    ascii: bool,
    short: u64,
    over: u64,
    away: Away,
}

impl std::fmt::Debug for Values {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Values({} values)", self.len())
    }
}

/// Hashes a digest to itself.
#[derive(Default)]
struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(b);
        }
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

/// Cheap keyed hashes of eight bytes, for filters alone.
#[derive(Clone, Copy)]
struct Mix {
    gram: u64,
    xor: u64,
    anchor: u64,
}

impl Mix {
    fn new(key: &JobKey) -> Self {
        let [a, b] = halves(&key.value(b"residue filter 1").0);
        let [c, _] = halves(&key.value(b"residue filter 2").0);
        Self {
            gram: a | 1,
            xor: b,
            anchor: c | 1,
        }
    }

    #[inline]
    fn gram(self, folded: u64) -> u64 {
        folded.wrapping_mul(self.gram)
    }

    /// Two independent halves: the tag, and the place in the bitmap of anchors.
    #[inline]
    fn anchor(self, folded: u64) -> u64 {
        let h = (folded ^ self.xor).wrapping_mul(self.anchor);
        (h ^ (h >> 32)).wrapping_mul(self.gram)
    }
}

fn halves(bytes: &[u8; 16]) -> [u64; 2] {
    let n = u128::from_le_bytes(*bytes);
    #[expect(clippy::cast_possible_truncation, reason = "the two halves are wanted")]
    [n as u64, (n >> 64) as u64]
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "parts of a digest are wanted"
)]
fn parts(n: u128) -> [u32; 2] {
    [n as u32, (n >> 32) as u32]
}

fn tag(anchor: u64) -> u32 {
    (anchor >> 32) as u32
}

/// Counter of an anchor.
fn slot(anchor: u64) -> usize {
    as_index(anchor & 0xFFFF)
}

impl Values {
    /// None yet.
    pub fn new(key: &JobKey) -> Self {
        Self {
            key: key.clone(),
            mix: Mix::new(key),
            forms: Vec::new(),
            seen: HashSet::default(),
            chosen: vec![0; 1 << 16].into(),
            long: Grams::new(26),
            five: Grams::new(24),
            digits: false,
            ascii: false,
            short: 0,
            over: 0,
            away: Away::default(),
        }
    }

    /// The same, and when they are many, most of their digests wait in a file.
    #[must_use]
    pub fn spilling(self, spill: Spill) -> Self {
        Self {
            away: Away::new(spill),
            ..self
        }
    }

    /// Adds a value as it stood in the original; white space around it is of no account. Values that
    /// were added before cost a digest and no memory.
    pub fn add(&mut self, value: &str) {
        let value = value.trim();
        // The digits of a network address are no number: without their dots they are met by chance in
        // amounts (10.17.22.25 in 101722.25).
        let address = value.parse::<std::net::Ipv4Addr>().is_ok();
        let digits = digits::only(value).filter(|d| d.len() >= SHORTEST && !address);
        if digits.is_none() && value.chars().nth(SHORTEST - 1).is_none() {
            self.short += 1;
            return;
        }
        self.digits |= digits.is_some();
        let text: String = match digits {
            Some(digits) => digits,
            None => value.chars().take(CHARS).collect(),
        };
        let [lead, _] = halves(&self.key.value(text.as_bytes()).0);
        if self.seen.contains(&lead) {
            return;
        }
        let most = self.away.size().unwrap_or(MOST);
        if self.forms.len() >= most && !self.put_away() {
            self.over += 1;
            return;
        }
        self.seen.insert(lead);
        if text.is_ascii() {
            self.ascii = true;
            self.add_ascii(text.into_bytes());
        } else {
            self.add_form(text.as_bytes().to_vec(), 0);
            let units: Vec<u16> = text.encode_utf16().collect();
            self.add_form(units.iter().flat_map(|u| u.to_le_bytes()).collect(), 0);
            self.add_form(units.iter().flat_map(|u| u.to_be_bytes()).collect(), 0);
            for encoding in [GB18030, BIG5] {
                self.add_encoded(&text, encoding);
            }
        }
    }

    fn add_ascii(&mut self, text: Vec<u8>) {
        // Shorter ones stand by chance inside of longer numbers and words of others.
        let digits = text.iter().all(u8::is_ascii_digit);
        let word = text.iter().all(u8::is_ascii_alphanumeric);
        let flags = match text.len() {
            ..15 if digits => NO_DIGIT,
            ..12 if word => NO_WORD,
            _ => 0,
        };
        self.add_form(text, flags);
    }

    fn add_encoded(&mut self, text: &str, encoding: &'static Encoding) {
        let (bytes, _, lost) = encoding.encode(text);
        if !lost {
            self.add_form(bytes.into_owned(), 0);
        }
    }

    fn add_form(&mut self, mut bytes: Vec<u8>, flags: u16) {
        bytes.truncate(LONGEST);
        bytes.make_ascii_lowercase();
        let last = bytes.len().saturating_sub(LONG);
        // Up to nine places, spread evenly; the start alone for the short.
        let places = (0..=8).map(|i| last * i / 8);
        let mut best: Option<(u8, usize, u64)> = None;
        for place in places {
            let anchor = self.mix.anchor(load(&bytes, place) | FOLD);
            let count = self.chosen.get(slot(anchor)).copied().unwrap_or(0);
            if best.is_none_or(|b| count < b.0) {
                best = Some((count, place, anchor));
            }
        }
        let Some((_, place, anchor)) = best else {
            return;
        };
        if let Some(count) = self.chosen.get_mut(slot(anchor)) {
            *count = count.saturating_add(1);
        }
        for shift in 0..STEP {
            let gram = load(&bytes, place + shift);
            if bytes.len() >= LONG {
                self.long.push(tag(self.mix.gram(gram | FOLD)));
            } else {
                self.five.push(tag(self.mix.gram((gram | FOLD) & FIVE)));
            }
        }
        let (Ok(before), Ok(length)) = (u16::try_from(place), u16::try_from(bytes.len())) else {
            return;
        };
        self.forms.push(Form {
            tag: tag(anchor),
            before,
            length: length | flags,
            digest: parts(u128::from_le_bytes(self.key.value(&bytes).0)),
        });
    }

    /// Number of different values that will be looked for; some of very many are counted twice.
    pub fn len(&self) -> usize {
        self.seen.len() + self.away.values()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "below 2^27 by construction"
)]
fn as_index(n: u64) -> usize {
    n as usize
}

/// Eight bytes from a place, zeros after the end.
#[inline]
fn load(bytes: &[u8], at: usize) -> u64 {
    let mut out = [0; 8];
    if let Some(eight) = bytes.get(at..).and_then(|b| b.first_chunk::<8>()) {
        out = *eight;
    } else {
        let rest = bytes.get(at..).unwrap_or_default();
        out.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    }
    u64::from_le_bytes(out)
}
