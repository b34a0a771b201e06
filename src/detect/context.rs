//! Words around a value that speak for it or against it.

use super::vocabulary::Vocabulary;
use crate::{
    model::Charset,
    rules::{Find, RuleSet},
};
use std::{borrow::Cow, ops::Range};

/// Bytes looked at before a value: 24 Chinese characters in UTF-8.
const BEFORE: usize = 72;
/// Bytes looked at after it: a word that follows says less.
const AFTER: usize = 24;

/// What the surroundings of one value say for one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// Nothing.
    Nothing,
    /// A word nearby is for it.
    Near,
    /// A word directly before it names it.
    Label,
    /// The nearest word is against it.
    Against,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    For,
    Label,
    /// The name of a column: a label when it stands directly before, else nothing.
    Column,
    Against,
}

/// The words of all rules.
#[derive(Debug)]
pub(super) struct Context {
    words: Vocabulary,
    /// By word: the rules it concerns, in their order.
    sides: Vec<Vec<(u16, Side)>>,
    /// Rules that any word concerns.
    concerned: Vec<bool>,
}

impl Context {
    pub(super) fn new(rules: &RuleSet) -> Self {
        let mut words = Vocabulary::default();
        let mut sides: Vec<Vec<(u16, Side)>> = Vec::new();
        let mut add = |word: &str, rule: u16, side: Side| {
            for form in forms(word) {
                let Some(n) = words.add(&form).and_then(|n| usize::try_from(n).ok()) else {
                    continue;
                };
                if sides.len() <= n {
                    sides.resize_with(n + 1, Vec::new);
                }
                if let Some(of) = sides.get_mut(n) {
                    of.push((rule, side));
                }
            }
        };
        let mut concerned = Vec::new();
        for (index, rule) in (0u16..).zip(&rules.rules) {
            let textual = matches!(rule.find, Find::Person | Find::Address);
            let columns = [&rule.header_names, &rule.headers]
                .into_iter()
                .flatten()
                .filter(|h| !textual && (!h.is_ascii() || h.len() > 2));
            for word in columns {
                add(word, index, Side::Column);
            }
            let lists = [
                (&rule.near, Side::For),
                (&rule.labels, Side::Label),
                (&rule.against, Side::Against),
            ];
            concerned.push(lists.iter().any(|(l, _)| !l.is_empty()));
            for (list, side) in lists {
                for word in list.iter().filter(|w| !w.is_empty()) {
                    add(word, index, side);
                }
            }
        }
        Self {
            words,
            sides,
            concerned,
        }
    }

    /// What stands around `span` of `text` says for a rule. Lines are not crossed.
    pub(super) fn says(
        &self,
        rule: u16,
        text: &[u8],
        charset: Charset,
        span: Range<usize>,
    ) -> Says {
        if !self
            .concerned
            .get(usize::from(rule))
            .copied()
            .unwrap_or(false)
        {
            return Says::Nothing;
        }
        let before = utf8(line_end(text, span.start, BEFORE), charset);
        let before = small(&before);
        let mut hits = Vec::new();
        self.words.find(
            &before,
            |start, end| is_whole_word(&before, start, end),
            &mut hits,
        );
        let mut best: Option<(usize, Side)> = None;
        for found in hits {
            let end = found.end;
            for side in self.sides(found.number, rule) {
                let side = match side {
                    Side::Column if only_joiners(&before, before.len() - end) => Side::Label,
                    Side::Column => continue,
                    side => side,
                };
                // The word that ends last is the nearest; of two that end together the longer.
                let gap = before.len() - end;
                let closer = best.is_none_or(|(g, s)| {
                    gap < g || (gap == g && side == Side::Label && s == Side::For)
                });
                if closer {
                    best = Some((gap, side));
                }
            }
        }
        match best {
            Some((gap, Side::Label)) if only_joiners(&before, gap) => return Says::Label,
            Some((_, Side::Label | Side::For | Side::Column)) => return Says::Near,
            Some((_, Side::Against)) => return Says::Against,
            None => {}
        }
        let after = utf8(line_start(text, span.end, AFTER), charset);
        let after = small(&after);
        let mut hits = Vec::new();
        self.words.find(
            &after,
            |start, end| is_whole_word(&after, start, end),
            &mut hits,
        );
        let for_it = hits
            .iter()
            .any(|found| self.sides(found.number, rule).any(|s| s == Side::For));
        if for_it { Says::Near } else { Says::Nothing }
    }

    /// What a word says for a rule.
    fn sides(&self, word: u32, rule: u16) -> impl Iterator<Item = Side> + '_ {
        let all = usize::try_from(word).ok().and_then(|n| self.sides.get(n));
        let all = all.map_or(&[][..], Vec::as_slice);
        let first = all.partition_point(|s| s.0 < rule);
        let of = all.iter().skip(first).take_while(move |s| s.0 == rule);
        of.map(|s| s.1)
    }
}

/// A text with its ASCII letters small.
fn small(text: &[u8]) -> Cow<'_, [u8]> {
    if text.iter().any(u8::is_ascii_uppercase) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// A word as it is compared, with the other way to write 账.
fn forms(word: &str) -> impl Iterator<Item = Cow<'_, str>> {
    // Most words of the rules are in small letters, or have none.
    let is_small = |c: char| c.is_ascii() && !c.is_ascii_uppercase() || super::names::is_han(c);
    let word = if word.chars().all(is_small) {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(word.to_lowercase())
    };
    let other = word.contains('账').then(|| word.replace('账', "帐"));
    [word].into_iter().chain(other.map(Cow::Owned))
}

/// Up to `most` bytes before `at`, back to the line's start.
fn line_end(text: &[u8], at: usize, most: usize) -> &[u8] {
    let window = text.get(at.saturating_sub(most)..at).unwrap_or_default();
    let cut = memchr::memrchr2(b'\n', b'\r', window).map_or(0, |i| i + 1);
    window.get(cut..).unwrap_or_default()
}

/// Up to `most` bytes after `at`, to the line's end.
fn line_start(text: &[u8], at: usize, most: usize) -> &[u8] {
    let window = text.get(at..text.len().min(at + most)).unwrap_or_default();
    let cut = memchr::memchr2(b'\n', b'\r', window).unwrap_or(window.len());
    window.get(..cut).unwrap_or_default()
}

fn utf8(bytes: &[u8], charset: Charset) -> Cow<'_, [u8]> {
    if charset == Charset::Utf8 || bytes.is_ascii() {
        return Cow::Borrowed(bytes);
    }
    // The window may start inside a character; a wrong first character is harmless, so try both ways.
    let (a, bad_a) = encoding_rs::GB18030.decode_without_bom_handling(bytes);
    if bad_a && let Some(rest) = bytes.get(1..) {
        let (b, bad_b) = encoding_rs::GB18030.decode_without_bom_handling(rest);
        if !bad_b {
            return Cow::Owned(b.into_owned().into_bytes());
        }
    }
    Cow::Owned(a.into_owned().into_bytes())
}

/// A Latin word must stand alone: `ip` is not a word of `description`.
fn is_whole_word(text: &[u8], start: usize, end: usize) -> bool {
    let letter = |i: Option<&u8>| i.is_some_and(u8::is_ascii_alphabetic);
    let first = letter(text.get(start));
    let last = text
        .get(end.wrapping_sub(1))
        .is_some_and(u8::is_ascii_alphabetic);
    !(first && start > 0 && letter(text.get(start - 1)) || last && letter(text.get(end)))
}

/// Whether only what joins a label to its value stands in the last `gap` bytes.
fn only_joiners(before: &[u8], gap: usize) -> bool {
    let tail = before
        .get(before.len().saturating_sub(gap)..)
        .unwrap_or_default();
    String::from_utf8_lossy(tail).chars().all(|c| {
        matches!(
            c,
            ' ' | '\t'
                | ':'
                | '：'
                | '='
                | '"'
                | '\''
                | '“'
                | '「'
                | '【'
                | '('
                | '（'
                | '['
                | '<'
                | '>'
                | '为'
                | '是'
                | '#'
                | '*'
                | '\u{3000}'
                | '+'
                | '|'
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_stay_in_their_line() {
        assert_eq!(line_end(b"abc\ndef", 7, 72), b"def");
        assert_eq!(line_start(b"abc\ndef", 1, 72), b"bc");
    }

    #[test]
    fn latin_words_stand_alone() {
        assert!(is_whole_word(b"my ip 1", 3, 5));
        assert!(!is_whole_word(b"ship 1", 2, 4));
        assert!(is_whole_word("证件号1".as_bytes(), 0, 9));
    }
}
