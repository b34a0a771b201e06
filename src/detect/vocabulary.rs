//! [`Vocabulary`]: all words of a list that stand in a short text.
//!
//! An automaton of the ten thousand words of all rules takes longer to build than a thousand small files to
//! scan, and what it is asked is a few dozen bytes around a value. So the words are hashed, and a text is looked
//! at where it begins like one of them.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// Bytes of the longest word that is kept: longer ones stand in no text that is looked at.
pub(super) const LONGEST: usize = 127;

/// Words, each with a number.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    /// By word.
    numbers: HashMap<Box<[u8]>, u32, BuildHasherDefault<Fnv>>,
    /// By the first three bytes of words, as [`head`] gives them: bit `n` for a word of `n` bytes.
    heads: HashMap<u32, u128, BuildHasherDefault<Spread>>,
    /// A bit for each two bytes that a word begins with, by [`pair`].
    pairs: Vec<u64>,
    /// There are words of one byte.
    single: bool,
}

/// A word in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    pub start: usize,
    pub end: usize,
    pub number: u32,
}

/// The first three bytes of a word; what is missing is zero.
fn head(bytes: &[u8]) -> u32 {
    let mut head = [0; 4];
    for (to, from) in head.iter_mut().zip(bytes.iter().take(3)) {
        *to = *from;
    }
    u32::from_le_bytes(head)
}

/// Place of two bytes in [`Vocabulary::pairs`].
fn pair(a: u8, b: u8) -> (usize, u64) {
    let at = usize::from(a) << 8 | usize::from(b);
    (at >> 6, 1 << (at & 63))
}

impl Vocabulary {
    /// The number of a word in small letters, from 0 in the order of adding; `None` for an empty one and for one of more
    /// than [`LONGEST`] bytes, which are never found.
    pub(super) fn add(&mut self, word: &str) -> Option<u32> {
        let bytes = word.as_bytes();
        if let Some(&known) = self.numbers.get(bytes) {
            return Some(known);
        }
        let (&first, rest) = bytes.split_first().filter(|_| bytes.len() <= LONGEST)?;
        let seconds = rest.first().map_or(0..=u8::MAX, |b| *b..=*b);
        self.pairs.resize(1024, 0);
        for second in seconds {
            let (at, bit) = pair(first, second);
            if let Some(slot) = self.pairs.get_mut(at) {
                *slot |= bit;
            }
        }
        self.single |= rest.is_empty();
        *self.heads.entry(head(bytes)).or_default() |= 1 << bytes.len();
        let number = u32::try_from(self.numbers.len()).ok()?;
        self.numbers.insert(bytes.into(), number);
        Some(number)
    }

    /// Adds every place of every word in a text to `hits`; only those that `fits` (start, end). The text is in small
    /// letters. Words that end sooner come first, of those that end together the longest.
    pub(super) fn find(
        &self,
        text: &[u8],
        fits: impl Fn(usize, usize) -> bool,
        hits: &mut Vec<Hit>,
    ) {
        let from = hits.len();
        for (start, a) in text.iter().enumerate() {
            let (at, bit) = pair(*a, text.get(start + 1).copied().unwrap_or(0));
            if self.pairs.get(at).is_none_or(|w| w & bit == 0) {
                continue;
            }
            let rest = text.get(start..).unwrap_or_default();
            let mut lengths = self.lengths(rest);
            while lengths != 0 {
                let length = lengths.trailing_zeros() as usize;
                lengths &= lengths - 1;
                let Some(word) = rest.get(..length) else {
                    break;
                };
                let end = start + length;
                if !fits(start, end) {
                    continue;
                }
                if let Some(&number) = self.numbers.get(word) {
                    hits.push(Hit { start, end, number });
                }
            }
        }
        if let Some(new) = hits.get_mut(from..).filter(|new| new.len() > 1) {
            new.sort_unstable_by_key(|h| (h.end, h.start));
        }
    }

    /// Lengths, as bits, of the words that may stand at the start.
    fn lengths(&self, rest: &[u8]) -> u128 {
        let of = |length: usize| {
            let head = rest.get(..length).map(head);
            head.and_then(|h| self.heads.get(&h)).copied().unwrap_or(0)
        };
        of(3) | of(2) | if self.single { of(1) } else { 0 }
    }
}

/// FNV-1a: the words are the rules' own, and what is looked up is short.
#[derive(Debug, Clone)]
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        // The table looks at the upper bits, which the last bytes hardly reach.
        self.0 ^ self.0 << 32
    }

    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.0 = (self.0 ^ u64::from(*b)).wrapping_mul(0x0100_0000_01B3);
        }
    }

    // The length of a word, which its bytes tell as well.
    fn write_usize(&mut self, _: usize) {}
}

/// Spreads a small number over the bits.
#[derive(Debug, Clone, Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.write_u32(u32::from(*b));
        }
    }

    fn write_u32(&mut self, n: u32) {
        self.0 = (self.0 ^ u64::from(n)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 ^= self.0 >> 29;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aho_corasick::AhoCorasick;
    use proptest::prelude::*;

    fn vocabulary(words: &[&str]) -> Vocabulary {
        let mut out = Vocabulary::default();
        for (n, word) in (0..).zip(words) {
            assert!(out.add(word).is_none_or(|number| number == n));
        }
        assert!(
            words
                .iter()
                .all(|w| out.add(w).is_none_or(|n| words[n as usize] == *w))
        );
        out
    }

    fn found(words: &[&str], text: &str) -> Vec<(usize, usize, u32)> {
        let mut hits = Vec::new();
        vocabulary(words).find(text.as_bytes(), |_, _| true, &mut hits);
        hits.iter().map(|h| (h.start, h.end, h.number)).collect()
    }

    #[test]
    fn words_of_two_bytes_and_at_the_end() {
        assert_eq!(found(&["id", "idno"], "xid"), [(1, 3, 0)]);
        assert_eq!(found(&["id", "idno"], "idno"), [(0, 2, 0), (0, 4, 1)]);
        assert_eq!(found(&["账号", "号"], "账号"), [(0, 6, 0), (3, 6, 1)]);
        assert_eq!(found(&["a"], "aba"), [(0, 1, 0), (2, 3, 0)]);
        assert!(vocabulary(&["", &"x".repeat(200)]).numbers.is_empty());
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let mut hits = Vec::new();
        let words = vocabulary(&["ab", "bc"]);
        words.find(b"abc", |start, _| start > 0, &mut hits);
        assert_eq!(hits.len(), 1);
    }

    proptest! {
        /// The same as an automaton finds, in the same order.
        #[test]
        fn finds_what_an_automaton_does(
            words in proptest::collection::btree_set("[ab户号]{1,4}", 1..12),
            text in "[ab户号 ]{0,24}")
        {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let automaton = AhoCorasick::new(&words).unwrap();
            let expected: Vec<(usize, usize, u32)> = automaton
                .find_overlapping_iter(&text)
                .map(|m| (m.start(), m.end(), m.pattern().as_u32()))
                .collect();
            prop_assert_eq!(found(&words, &text), expected);
        }
    }
}
