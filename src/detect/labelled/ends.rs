//! Which labels a text ends with: told by their last characters and a table of bits, so that the many words
//! that are none cost little.

use super::{Labelled, searched::last_char};
use crate::{detect::text_of, model::Charset};
use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};

/// All labels, found by the end of a text.
#[derive(Debug, Default)]
pub(in crate::detect) struct Ends {
    /// By label, Latin ones in small letters: the rules it names, as indices into the labelled ones.
    rules: HashMap<String, Vec<usize>, std::hash::BuildHasherDefault<Fnv>>,
    /// By last character of labels that are not Latin: bit `n` for a label of `n` bytes.
    last: BTreeMap<char, u64>,
    /// The same by the last two letters of Latin labels.
    latin: Vec<u64>,
    /// A bit for each label, by [`trace`].
    traces: Vec<u64>,
    /// Bytes of the longest label.
    pub(super) longest: usize,
}

impl Ends {
    pub(in crate::detect) fn new(labelled: &[Labelled]) -> Self {
        let mut out = Self {
            latin: vec![0; 1024],
            traces: vec![0; TRACES / 64],
            ..Self::default()
        };
        let labels = labelled
            .iter()
            .enumerate()
            .flat_map(|(i, l)| l.labels.iter().map(move |w| (i, w)));
        for (index, label) in labels {
            let key = label.to_ascii_lowercase().replace('帐', "账");
            out.longest = out.longest.max(key.len());
            let bit = 1u64
                .checked_shl(u32::try_from(key.len()).unwrap_or(64))
                .unwrap_or(0);
            match key.as_bytes() {
                [.., a, b] if b.is_ascii() => {
                    if let Some(word) = out.latin.get_mut(pair(*a, *b)) {
                        *word |= bit;
                    }
                }
                _ => {
                    if let Some(c) = key.chars().last() {
                        *out.last.entry(c).or_default() |= bit;
                    }
                }
            }
            let trace = trace(key.as_bytes());
            if let Some(word) = out.traces.get_mut(trace / 64) {
                *word |= 1 << (trace % 64);
            }
            let rules = out.rules.entry(key).or_default();
            if !rules.contains(&index) {
                rules.push(index);
            }
        }
        out
    }

    /// Lengths in bytes, as bits, of the labels that may end as this text does.
    fn lengths(&self, text: &str) -> u64 {
        match text.as_bytes() {
            [.., a, b] if b.is_ascii() => self.latin.get(pair(*a, *b)).copied().unwrap_or(0),
            _ => text
                .chars()
                .next_back()
                .and_then(|c| self.last.get(&c))
                .copied()
                .unwrap_or(0),
        }
    }

    /// The labels that a text ends with, the longest first, each with the rules it names. A Latin label
    /// must stand alone.
    pub(super) fn of<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (usize, &'a [usize])> {
        let mut lengths = self.lengths(text);
        std::iter::from_fn(move || {
            while lengths != 0 {
                let length = 63 - lengths.leading_zeros() as usize;
                lengths &= !(1 << length);
                let Some((rest, end)) = text
                    .len()
                    .checked_sub(length)
                    .and_then(|at| text.split_at_checked(at))
                else {
                    continue;
                };
                // Most words end like some label, few are as long as one: look at the edge first.
                if !self.traced(end.as_bytes())
                    || rest.ends_with(|b: char| b.is_ascii_alphanumeric()) && end.is_ascii()
                {
                    continue;
                }
                if let Some(rules) = self.rules.get(end) {
                    return Some((length, rules.as_slice()));
                }
            }
            None
        })
    }

    /// Whether a text may be a label: most that are none are told.
    fn traced(&self, text: &[u8]) -> bool {
        let trace = trace(text);
        let word = self.traces.get(trace / 64);
        word.is_some_and(|w| w >> (trace % 64) & 1 == 1)
    }

    /// Whether a text ends with a Latin label that stands alone, in whatever case.
    fn ends_latin(&self, text: &[u8]) -> bool {
        let [.., a, b] = text else { return false };
        let mut lengths = self.latin.get(pair(*a, *b)).copied().unwrap_or(0);
        // No label is part of a word.
        let word = text.iter().rev().take_while(|b| b.is_ascii_alphanumeric());
        let word = u32::try_from(word.count()).unwrap_or(u32::MAX);
        lengths &= u64::MAX.checked_shl(word).unwrap_or(0);
        while lengths != 0 {
            let length = 63 - lengths.leading_zeros() as usize;
            lengths &= !(1 << length);
            let Some((rest, end)) = text
                .len()
                .checked_sub(length)
                .and_then(|at| text.split_at_checked(at))
            else {
                continue;
            };
            // Most words end like some label, few are as long as one: look at the edge first.
            if rest.last().is_some_and(u8::is_ascii_alphanumeric) || !self.traced(end) {
                continue;
            }
            let mut small = [0; 64];
            let Some(small) = small.get_mut(..length) else {
                continue;
            };
            small.copy_from_slice(end);
            small.make_ascii_lowercase();
            if std::str::from_utf8(small).is_ok_and(|w| self.rules.contains_key(w)) {
                return true;
            }
        }
        false
    }

    /// Calls `at` with the offset of every colon or equals sign that may have a label before it.
    pub(in crate::detect) fn colons(
        &self,
        text: &[u8],
        own: Range<usize>,
        charset: Charset,
        at: &mut dyn FnMut(usize),
        sign: &mut dyn FnMut(usize),
    ) {
        let wide: &[u8] = match charset {
            Charset::Utf8 => "：".as_bytes(),
            Charset::Gb18030 => b"\xA3\xBA",
        };
        let body = text.get(own.clone()).unwrap_or_default();
        for i in memchr::memmem::find_iter(body, wide) {
            self.look(text, own.start + i, charset, at);
            sign(own.start + i);
        }
        // 资金账号为8001234567.
        let is: &[u8] = match charset {
            Charset::Utf8 => "为".as_bytes(),
            Charset::Gb18030 => b"\xCE\xAA",
        };
        for i in memchr::memmem::find_iter(body, is) {
            let next = body.get(i + is.len()).copied().unwrap_or(0);
            if next.is_ascii_digit() || next.is_ascii_alphabetic() {
                self.look(text, own.start + i, charset, at);
            }
        }
        for i in memchr::memchr2_iter(b':', b'=', body) {
            // Times, addresses and operators have a digit or a mark before; labels a letter.
            let before = text.get((own.start + i).wrapping_sub(1));
            if before.is_some_and(|b| {
                *b >= 0x80
                    || b.is_ascii_alphabetic()
                    || matches!(b, b' ' | b'"' | b'\'' | b')' | b'_' | b'.' | b'*')
            }) {
                self.look(text, own.start + i, charset, at);
            }
            // A colon behind a digit is most often one of a time.
            let time = |b: &u8| b.is_ascii_digit() && text.get(own.start + i) == Some(&b':');
            if before.is_some_and(|b| *b >= b' ' && !time(b)) {
                sign(own.start + i);
            }
        }
    }

    fn look(&self, text: &[u8], colon: usize, charset: Charset, at: &mut dyn FnMut(usize)) {
        let from = colon.saturating_sub(40);
        let window = text.get(from..colon).unwrap_or_default();
        let window = window.trim_ascii_end();
        let window = match window.last() {
            Some(b'"' | b'\'') => window.get(..window.len() - 1).unwrap_or_default(),
            _ => window.strip_suffix(b"**").unwrap_or(window),
        };
        match window.last() {
            Some(b) if b.is_ascii_alphabetic() || matches!(b, b'.' | b'_') => {
                let label = self.ends_latin(window);
                label.then(|| at(from + window.len()));
            }
            Some(b')') => at(from + window.len()),
            Some(b) if *b >= 0x80 => {
                let last = match charset {
                    Charset::Utf8 => last_char(window),
                    Charset::Gb18030 => text_of(
                        window
                            .get(window.len().saturating_sub(2)..)
                            .unwrap_or_default(),
                        charset,
                    )
                    .chars()
                    .last(),
                };
                if last.is_some_and(|c| self.last.contains_key(&c) || c == '）') {
                    at(from + window.len());
                }
            }
            _ => {}
        }
    }
}

/// Hashes a short label: FNV-1a, since the labels are the program's own.
#[derive(Debug, Clone)]
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl std::hash::Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.0 = (self.0 ^ u64::from(*b)).wrapping_mul(0x0100_0000_01B3);
        }
    }
}

/// Bits of [`Ends::traces`].
const TRACES: usize = 1 << 16;

/// Bit of a label, whatever its case: few other words have that of one.
#[inline]
fn trace(label: &[u8]) -> usize {
    // Sets the bit that tells small letters from capitals, of all bytes.
    const SMALL: u32 = 0x2020_2020;
    let word = |bytes: Option<&[u8; 4]>| bytes.map_or(0, |b| u32::from_le_bytes(*b)) | SMALL;
    let short = |at: usize| u32::from(label.get(at).copied().unwrap_or(0) | 0x20) << (8 * at);
    let (first, last) = match label.len() {
        4.. => (word(label.first_chunk()), word(label.last_chunk())),
        _ => (short(0) | short(1), short(2)),
    };
    let mixed = u64::from(first).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ u64::from(last).wrapping_mul(0xD6E8_FEB8_6659_FD93)
        ^ (label.len() as u64).wrapping_mul(0xA24B_AED4_963E_E407);
    usize::try_from(mixed >> 48).unwrap_or(0) & (TRACES - 1)
}

/// Index of the last two letters of a Latin label, whatever their case.
fn pair(a: u8, b: u8) -> usize {
    usize::from(a & 31) << 5 | usize::from(b & 31)
}
