//! The values that are taken out, to find them wherever else they stand. They live in memory only.

use super::{digits::Leads, plain::Plain};
use aho_corasick::{AhoCorasick, MatchKind};
use std::{collections::BTreeSet, ops::Range};

/// Most values of one document that are looked for elsewhere.
const MOST: usize = 200_000;
/// A run of codes this long is a value's own.
const CODES: usize = 6;

/// A value in ASCII this long is looked for in bytes that are no text.
const LONG: usize = 10;

/// Values as they are collected.
#[derive(Default)]
pub(super) struct Secrets {
    values: BTreeSet<String>,
    codes: BTreeSet<Vec<u8>>,
    /// Whether there were more than are looked for.
    pub over: bool,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({})", self.values.len())
    }
}

/// Puts one plain character as it is compared: spaces fall away, full-width forms become narrow.
fn fold_one(c: char, out: &mut String) {
    match c {
        c if c.is_whitespace() || c.is_control() => {}
        '\u{ff01}'..='\u{ff5e}' => out.extend(char::from_u32(u32::from(c) - 0xfee0)),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => out.push('-'),
        c => out.push(c),
    }
}

fn fold(text: &str) -> String {
    let plain = Plain::of(text);
    let mut out = String::with_capacity(text.len());
    for c in plain.as_ref().map_or(text, |p| &p.text).chars() {
        fold_one(c, &mut out);
    }
    out
}

fn is_han(c: char) -> bool {
    matches!(u32::from(c), 0x3400..0xa000 | 0xf900..0xfb00 | 0x20000..0x32000)
}

/// Whether a value says enough to be looked for by itself: two Han characters, four letters, six digits.
fn is_telling(value: &str) -> bool {
    let han = value.chars().filter(|c| is_han(*c)).count();
    let letters = value.chars().filter(|c| c.is_alphabetic()).count();
    let digits = value.chars().filter(char::is_ascii_digit).count();
    han >= 2 || letters >= 4 || digits >= 6
}

impl Secrets {
    /// Takes a value to what is looked for.
    pub(super) fn add(&mut self, value: &str) {
        let value = fold(value);
        if !is_telling(&value) {
            return;
        }
        if self.values.len() < MOST {
            self.values.insert(value);
        } else {
            self.over = true;
        }
    }

    /// The codes that a value was written in.
    pub(super) fn add_codes(&mut self, codes: Vec<u8>) {
        if is_own(&codes) && self.codes.len() < MOST {
            self.codes.insert(codes);
        }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// How they begin in numbers.
    pub(super) fn leads(&self) -> Leads {
        let mut leads = Leads::default();
        for value in &self.values {
            leads.add(value);
        }
        leads
    }

    /// What finds them in texts.
    pub(super) fn finder(&self) -> Option<Finder> {
        let values: Vec<&String> = self.values.iter().collect();
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(values)
            .ok()?;
        Some(Finder(finder))
    }

    /// What finds the values in bytes that are no text, in all the ways they may be written there.
    pub(super) fn bytes(&self) -> Option<AhoCorasick> {
        let mut forms: BTreeSet<Vec<u8>> = BTreeSet::new();
        for value in &self.values {
            let wide: Vec<u8> = value.encode_utf16().flat_map(u16::to_be_bytes).collect();
            let swapped = value.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let (gbk, _, unknown) = encoding_rs::GBK.encode(value);
            if !unknown && !value.is_ascii() {
                forms.insert(gbk.into_owned());
            }
            forms.insert(hex(&wide));
            // A short number is part of longer ones by chance.
            if !value.is_ascii() || value.len() >= LONG {
                forms.insert(hex(value.as_bytes()));
                forms.insert(value.clone().into_bytes());
            }
            forms.insert(wide);
            forms.insert(swapped);
        }
        // Short runs of bytes are anywhere by chance.
        forms.retain(|f| f.len() >= CODES);
        AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(forms)
            .ok()
    }

    /// What finds the codes that they were written in.
    pub(super) fn codes(&self) -> Option<AhoCorasick> {
        AhoCorasick::new(&self.codes).ok()
    }
}

/// Whether codes tell a value from others. Many fonts number their glyphs in the order of first use, so
/// that the same numbers in a row say nothing: some must come again.
fn is_own(codes: &[u8]) -> bool {
    let units: Vec<u32> =
        if codes.len().is_multiple_of(2) && codes.iter().step_by(2).all(|b| *b < 0x20) {
            let pair = |p: &[u8]| p.iter().fold(0, |n, b| n << 8 | u32::from(*b));
            codes.chunks(2).map(pair).collect()
        } else {
            codes.iter().map(|b| u32::from(*b)).collect()
        };
    let mut highest = 0;
    let mut again = 0;
    for unit in units {
        if unit <= highest {
            again += 1;
        }
        highest = highest.max(unit);
    }
    codes.len() >= CODES && again >= 4
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    bytes
        .iter()
        .flat_map(|b| format!("{b:02x}").into_bytes())
        .collect()
}

/// Finds values in texts, whatever spaces stand inside them.
#[derive(Debug)]
pub(super) struct Finder(AhoCorasick);

impl Finder {
    /// Ranges of the text that hold a value.
    pub(super) fn find(&self, text: &str) -> Vec<Range<usize>> {
        match Plain::of(text) {
            None => self.find_plain(text),
            Some(plain) => {
                let found = self.find_plain(&plain.text);
                let back = found.iter().filter_map(|range| plain.back(text, range));
                back.collect()
            }
        }
    }

    fn find_plain(&self, text: &str) -> Vec<Range<usize>> {
        let mut folded = String::with_capacity(text.len());
        // For each byte of the folded text where its character stands in the text.
        let mut from: Vec<u32> = Vec::with_capacity(text.len());
        for (at, c) in text.char_indices() {
            fold_one(c, &mut folded);
            from.resize(folded.len(), u32::try_from(at).unwrap_or(u32::MAX));
        }
        let place = |at: usize| from.get(at).and_then(|&n| usize::try_from(n).ok());
        let mut out: Vec<Range<usize>> = Vec::new();
        for found in self.0.find_overlapping_iter(&folded) {
            let (Some(start), Some(last)) = (place(found.start()), place(found.end() - 1)) else {
                continue;
            };
            let width = text.get(last..).and_then(|t| t.chars().next());
            let end = last + width.map_or(1, char::len_utf8);
            if stands_alone(text, start, end) {
                out.push(start..end);
            }
        }
        out
    }
}

/// Whether a word is no part of a longer word; numbers and Chinese are parts of nothing.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let value = text.get(start..end).unwrap_or_default();
    if !value.chars().all(|c| c.is_ascii_alphabetic() || c == ' ') {
        return true;
    }
    let before = text.get(..start).and_then(|t| t.chars().next_back());
    let after = text.get(end..).and_then(|t| t.chars().next());
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
    !letter(before) && !letter(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(values: &[&str], text: &str) -> Vec<String> {
        let mut secrets = Secrets::default();
        for value in values {
            secrets.add(value);
        }
        let ranges = secrets.finder().unwrap().find(text);
        ranges.into_iter().map(|r| text[r].to_owned()).collect()
    }

    #[test]
    fn values_are_found_however_they_are_spaced() {
        assert_eq!(
            found(&["1380013 8000"], "a 138 0013\n8000,"),
            ["138 0013\n8000"]
        );
        assert_eq!(found(&["欧阳"], "见欧 阳锋"), ["欧 阳"]);
        assert_eq!(
            found(&["13800138000"], "１３８００１３８０００"),
            ["１３８００１３８０００"]
        );
        assert_eq!(
            found(
                &["13800138000"],
                "a 138\u{200b}00\u{202c}138\u{ad}000\u{200b}"
            ),
            ["138\u{200b}00\u{202c}138\u{ad}000"]
        );
        assert_eq!(found(&["of\u{fb01}ce"], "the office"), ["office"]);
    }

    #[test]
    fn words_inside_words_and_short_values_are_left() {
        assert!(found(&["Mark"], "Market").is_empty());
        assert_eq!(found(&["Mark"], "for Mark."), ["Mark"]);
        assert!(found(&["123", "李"], "123 李").is_empty());
    }
}
