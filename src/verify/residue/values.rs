//! [`Values`]: what is looked for, as keyed digests behind filters.
//!
//! Each encoded form of a value has an **anchor**: eight of its bytes, chosen where they are rare
//! among the values so far (companies all end alike, addresses all begin alike). The text is sampled
//! at every fourth byte: the eight bytes there (five, for forms shorter than eleven) are looked up in
//! a bitmap that holds every shift of every anchor. Only then are the anchors that could lie there
//! looked up, and only for those is the digest of the whole value made and compared.

use super::digits;
use super::digits::Run;
use crate::digest::JobKey;
use encoding_rs::{BIG5, Encoding, GB18030};
use std::{
    collections::HashSet,
    hash::{BuildHasherDefault, Hasher},
};

/// Forms that are kept: 20 bytes each.
const MOST: usize = 4 << 20;
/// Characters of a value that are looked for; of a longer one its beginning.
const CHARS: usize = 160;
/// Bytes of the longest form: 160 characters of four bytes.
pub(super) const LONGEST: usize = CHARS * 4;
/// Characters of the shortest value.
const SHORTEST: usize = 8;
/// Bytes of an anchor.
const ANCHOR: usize = 8;
/// Places that are sampled in one go, and the bytes that they reach over.
const SAMPLES: usize = 16;
const SPAN: usize = SAMPLES * STEP + ANCHOR;
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
    digest: [u32; 3],
}

/// Original values of one file, being gathered. The values themselves are not kept.
pub struct Values {
    key: JobKey,
    mix: Mix,
    forms: Vec<Form>,
    seen: HashSet<u64, BuildHasherDefault<Same>>,
    /// How many anchors have been chosen by tag, to choose rare ones.
    chosen: Box<[u8]>,
    long: Vec<u32>,
    five: Vec<u32>,
    digits: bool,
    ascii: bool,
    short: u64,
    over: u64,
}

impl std::fmt::Debug for Values {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Values({} values)", self.seen.len())
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
fn parts(n: u128) -> [u32; 3] {
    [n as u32, (n >> 32) as u32, (n >> 64) as u32]
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
            long: Vec::new(),
            five: Vec::new(),
            digits: false,
            ascii: false,
            short: 0,
            over: 0,
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
        if self.forms.len() >= MOST {
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

    /// Number of different values that will be looked for.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// Ends the gathering and makes the filters.
    pub fn seal(mut self) -> Sealed {
        self.forms.sort_unstable();
        self.forms.dedup();
        let bits = self.forms.len().max(2).ilog2().clamp(1, 22);
        let mut starts = Vec::with_capacity((1 << bits) + 1);
        let mut at = 0;
        for bucket in 0..=1_u64 << bits {
            while self
                .forms
                .get(at)
                .is_some_and(|f| u64::from(f.tag >> (32 - bits)) < bucket)
            {
                at += 1;
            }
            starts.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
        let anchors: Vec<u32> = self.forms.iter().map(|f| f.tag).collect();
        Sealed {
            long: Bitmap::new(&self.long, 8, 26),
            five: Bitmap::new(&self.five, 8, 24),
            anchors: Bitmap::new(&anchors, 16, 27),
            key: self.key,
            mix: self.mix,
            bucket: 32 - bits,
            starts,
            longest: self
                .forms
                .iter()
                .map(|f| usize::from(f.length & LENGTH))
                .max()
                .unwrap_or(0),
            values: self.seen.len(),
            digits: self.digits,
            ascii: self.ascii,
            forms: self.forms,
            short: self.short,
            over: self.over,
        }
    }
}

/// A set of hashes, by their upper halves, that may say yes wrongly, never no.
struct Bitmap {
    words: Box<[u64]>,
    shift: u32,
    any: bool,
}

impl Bitmap {
    fn new(hashes: &[u32], bits_each: usize, most: u32) -> Self {
        let bits = (hashes.len() * bits_each).max(2).ilog2() + 1;
        let bits = bits.clamp(15, most);
        let mut set = Self {
            words: vec![0; 1 << (bits - 6)].into(),
            shift: 64 - bits,
            any: !hashes.is_empty(),
        };
        for &hash in hashes {
            let at = (u64::from(hash) << 32) >> set.shift;
            if let Some(word) = set.words.get_mut(as_index(at >> 6)) {
                *word |= 1 << (at & 63);
            }
        }
        set
    }

    #[inline]
    fn has(&self, hash: u64) -> bool {
        let at = hash >> self.shift;
        self.words
            .get(as_index(at >> 6))
            .is_some_and(|w| w >> (at & 63) & 1 != 0)
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

/// Values to look for: digests and filters.
pub struct Sealed {
    key: JobKey,
    mix: Mix,
    forms: Vec<Form>,
    starts: Vec<u32>,
    bucket: u32,
    long: Bitmap,
    five: Bitmap,
    anchors: Bitmap,
    longest: usize,
    values: usize,
    digits: bool,
    ascii: bool,
    short: u64,
    over: u64,
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed({} values)", self.values)
    }
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

impl Sealed {
    /// Number of different values that are looked for.
    pub fn len(&self) -> usize {
        self.values
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values == 0
    }

    /// Values that are too short to be looked for.
    pub fn short(&self) -> u64 {
        self.short
    }

    /// Values that were not kept because there were too many.
    pub fn over(&self) -> u64 {
        self.over
    }

    /// Bytes of the longest form.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Whether some are digits alone.
    pub(super) fn has_digits(&self) -> bool {
        self.digits
    }

    /// Whether some are ASCII text.
    pub(super) fn has_ascii(&self) -> bool {
        self.ascii
    }

    /// Calls `hit` with start and end of every value that stands in `text`, which is the digits of
    /// `run` if there is one, in ascending order of anchors. `checks` is lowered by one for each digest that is made, and none are made at 0.
    pub(super) fn each(
        &self,
        text: &[u8],
        run: Option<&Run>,
        checks: &mut u64,
        hit: &mut dyn FnMut(usize, usize),
    ) {
        let mut at = 0;
        while let Some(block) = text.get(at..).and_then(|t| t.first_chunk::<SPAN>()) {
            // Without branches, so that the lookups wait for memory together.
            let mut hits = 0_u32;
            for i in 0..SAMPLES {
                hits |= u32::from(self.passes(load(block, i * STEP))) << i;
            }
            while hits != 0 {
                let sample = at + hits.trailing_zeros() as usize * STEP;
                self.near(text, sample, run, checks, hit);
                hits &= hits - 1;
            }
            at += SAMPLES * STEP;
        }
        while at + 5 <= text.len() {
            // With fewer than eight bytes left only short forms can be covered.
            if self.passes(load(text, at)) {
                self.near(text, at, run, checks, hit);
            }
            at += STEP;
        }
    }

    #[inline]
    fn passes(&self, eight: u64) -> bool {
        let folded = eight | FOLD;
        let long = self.long.has(self.mix.gram(folded));
        if self.five.any {
            long | self.five.has(self.mix.gram(folded & FIVE))
        } else {
            long
        }
    }

    /// Looks for anchors that cover a sampled place.
    #[inline(never)]
    fn near(
        &self,
        text: &[u8],
        at: usize,
        run: Option<&Run>,
        checks: &mut u64,
        hit: &mut dyn FnMut(usize, usize),
    ) {
        for anchor_at in at.saturating_sub(STEP - 1)..=at {
            let Some(eight) = text.get(anchor_at..).and_then(|t| t.first_chunk::<8>()) else {
                return;
            };
            let anchor = self.mix.anchor(u64::from_le_bytes(*eight) | FOLD);
            if self.anchors.has(anchor) {
                self.compare(text, anchor_at, tag(anchor), run, checks, hit);
            }
        }
    }

    fn compare(
        &self,
        text: &[u8],
        at: usize,
        tag: u32,
        run: Option<&Run>,
        checks: &mut u64,
        hit: &mut dyn FnMut(usize, usize),
    ) {
        let bucket = (tag >> self.bucket) as usize;
        let start = self.starts.get(bucket).map_or(0, |&s| s as usize);
        let end = self.starts.get(bucket + 1).map_or(0, |&s| s as usize);
        let mut rest = self.forms.get(start..end).unwrap_or_default();
        rest = rest
            .get(rest.partition_point(|f| f.tag < tag)..)
            .unwrap_or_default();
        while let Some(&first) = rest.first().filter(|f| f.tag == tag) {
            // Forms of one place and length stand together, in the order of digests.
            let same = |f: &Form| (f.tag, f.before, f.length) == (tag, first.before, first.length);
            let (group, next) = rest.split_at(rest.partition_point(same));
            rest = next;
            let length = usize::from(first.length & LENGTH);
            let Some(from) = at.checked_sub(usize::from(first.before)) else {
                continue;
            };
            let Some(found) = text.get(from..from + length) else {
                continue;
            };
            if *checks == 0 || !stands_alone(first.length, text, run, from, from + length) {
                continue;
            }
            *checks -= 1;
            let mut lower = [0; LONGEST];
            let Some(lower) = lower.get_mut(..length) else {
                continue;
            };
            lower.copy_from_slice(found);
            lower.make_ascii_lowercase();
            let digest = parts(u128::from_le_bytes(self.key.value(lower).0));
            if group.binary_search_by(|f| f.digest.cmp(&digest)).is_ok() {
                hit(from, from + length);
            }
        }
    }
}

/// Whether nothing touches a form that counts only alone. Digits of a run are touched where no
/// separator stood.
fn stands_alone(flags: u16, text: &[u8], run: Option<&Run>, from: usize, to: usize) -> bool {
    if flags & (NO_DIGIT | NO_WORD) == 0 {
        return true;
    }
    if let Some(run) = run {
        return !run.is_glued(from) && !run.is_glued(to);
    }
    let before = from.checked_sub(1).and_then(|i| text.get(i));
    let after = text.get(to);
    let touched = |test: fn(&u8) -> bool| before.is_some_and(test) || after.is_some_and(test);
    !(flags & NO_DIGIT != 0 && touched(u8::is_ascii_digit)
        || flags & NO_WORD != 0 && touched(u8::is_ascii_alphanumeric))
}
