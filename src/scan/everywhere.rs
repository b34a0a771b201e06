//! [`Everywhere`]: values of one file that must go wherever they stand in it.
//!
//! A value is found where its surroundings tell what it is: a name in the author's property, the same name
//! alone in a picture's caption is a word like any other. The check of a copy looks for the value alone, and
//! refuses. So a copy that is refused is made once more with the values known.

use super::gather::Tally;
use crate::{
    detect::{Found, text_of},
    model::{Charset, Confidence, Fragment, Reason, Reasons},
};
use aho_corasick::{AhoCorasick, MatchKind};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
};
use zeroize::Zeroize;

/// Different values kept; a file with more of them is not made again.
const MOST: usize = 20_000;
/// Longest value kept, bytes.
const LONGEST: usize = 512;
/// Values from this many bytes on may stand inside words.
const LONG: usize = 8;

/// Gathers the values of one file in clear. They are wiped when it is dropped.
#[derive(Default)]
pub struct Gathered {
    values: Mutex<BTreeMap<String, u16>>,
}

impl fmt::Debug for Gathered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gathered(..)")
    }
}

impl Tally for Gathered {
    fn note(&self, rule: u16, value: &str) {
        let value = value.trim();
        if value.len() > LONGEST || !tells(value) {
            return;
        }
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        if values.len() <= MOST && !values.contains_key(value) {
            values.insert(value.to_owned(), rule);
        }
    }
}

impl Drop for Gathered {
    fn drop(&mut self) {
        let values = self
            .values
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        for (mut value, _) in std::mem::take(values) {
            value.zeroize();
        }
    }
}

/// Whether a value tells something where it stands alone: two characters of Chinese, or five of anything.
fn tells(value: &str) -> bool {
    let wide = value.chars().filter(|c| *c >= '\u{2E80}').count();
    wide >= 2 || value.chars().filter(|c| c.is_alphanumeric()).count() >= 5
}

/// The values in a form in which they are found fast.
pub struct Everywhere {
    utf8: AhoCorasick,
    gb: AhoCorasick,
    /// By pattern of each: the rule, and whether it may stand inside a word.
    rules: Vec<u16>,
    gb_rules: Vec<u16>,
    /// Values may stand inside words as well.
    inside: bool,
    /// Values of digits, without their separators: the same number is written in more than one way.
    digits: BTreeMap<Vec<u8>, u16>,
}

impl fmt::Debug for Everywhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Everywhere({} values)", self.rules.len())
    }
}

impl Everywhere {
    /// From what was gathered; `inside` looks within words, too. `None` when there is nothing to look for, or
    /// too much.
    pub fn new(gathered: &Gathered, inside: bool) -> Option<Self> {
        let values = gathered
            .values
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if values.is_empty() || values.len() > MOST {
            return None;
        }
        let mut gb = Vec::new();
        let mut gb_rules = Vec::new();
        for (value, rule) in &*values {
            let (bytes, _, lost) = encoding_rs::GB18030.encode(value);
            if !lost {
                gb.push(bytes.into_owned());
                gb_rules.push(*rule);
            }
        }
        let build = |patterns: &[&[u8]]| {
            AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .ascii_case_insensitive(true)
                .build(patterns)
                .ok()
        };
        let utf8: Vec<&[u8]> = values.keys().map(String::as_bytes).collect();
        let made = Self {
            utf8: build(&utf8)?,
            gb: build(&gb.iter().map(Vec::as_slice).collect::<Vec<_>>())?,
            rules: values.values().copied().collect(),
            gb_rules,
            inside,
            digits: (values.iter())
                .filter_map(|(value, rule)| Some((digits_of(value)?, *rule)))
                .collect(),
        };
        gb.iter_mut().for_each(Zeroize::zeroize);
        Some(made)
    }

    /// Adds the places where the values stand and nothing else was found; what was found in part is widened.
    pub(super) fn find(&self, fragment: &Fragment<'_>, found: &mut Vec<Found>) {
        let (words, rules) = match fragment.charset {
            Charset::Utf8 => (&self.utf8, &self.rules),
            Charset::Gb18030 => (&self.gb, &self.gb_rules),
        };
        let mut from = 0;
        let mut more = Vec::new();
        while let Some(hit) =
            words.find(aho_corasick::Input::new(fragment.bytes).span(from..fragment.bytes.len()))
        {
            let (start, end) = (hit.start(), hit.end());
            let fits = fragment.own.contains(&start)
                && ((self.inside && end - start >= LONG)
                    || super::remembered::is_apart(fragment.bytes, start, end))
                && is_text(fragment, start, end);
            let cell = super::remembered::cell_of(fragment, start, end);
            let rule = rules.get(hit.pattern().as_usize());
            let (true, Some(cell), Some(&rule)) = (fits, cell, rule) else {
                from = start + 1;
                continue;
            };
            from = end;
            if let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(end)) {
                more.push(Found {
                    rule,
                    start,
                    end,
                    cell,
                    confidence: Confidence::new(80),
                    reasons: Reasons::default().with(Reason::Neighbour),
                });
            }
        }
        self.find_digits(fragment, &mut more);
        if !more.is_empty() {
            join(found, more);
        }
    }

    /// Adds the places of numbers that are written with other separators than where they were found.
    fn find_digits(&self, fragment: &Fragment<'_>, more: &mut Vec<Found>) {
        let longest = self.digits.keys().map(Vec::len).max().unwrap_or(0);
        let bytes = fragment.bytes;
        let mut at = 0;
        while longest > 0 && at < fragment.own.end.min(bytes.len()) {
            let starts = bytes.get(at).is_some_and(u8::is_ascii_digit)
                && (at == 0 || bytes.get(at - 1).is_none_or(|b| !b.is_ascii_alphanumeric()));
            if !starts || at < fragment.own.start {
                at += 1;
                continue;
            }
            let mut run = Vec::new();
            let (mut end, mut here, mut hit) = (at, at, None);
            while let Some(&digit) = bytes.get(here).filter(|b| b.is_ascii_digit()) {
                run.push(digit);
                here += 1;
                if run.len() > longest {
                    break;
                }
                if bytes.get(here).is_some_and(u8::is_ascii_digit) {
                    continue;
                }
                if let Some(&rule) = self.digits.get(&run) {
                    hit = Some(rule);
                    end = here;
                }
                let between = bytes.get(here..here + 3).or_else(|| bytes.get(here..));
                let between = between.unwrap_or_default().iter();
                here += between
                    .take_while(|b| SEPARATORS.contains(b))
                    .count()
                    .min(2);
            }
            let cell = super::remembered::cell_of(fragment, at, end);
            let place = u32::try_from(at).ok().zip(u32::try_from(end).ok());
            let (Some(rule), Some(cell), Some((start, end_at))) = (hit, cell, place) else {
                at += 1;
                continue;
            };
            more.push(Found {
                rule,
                start,
                end: end_at,
                cell,
                confidence: Confidence::new(80),
                reasons: Reasons::default().with(Reason::Neighbour),
            });
            at = end;
        }
    }
}

/// What may stand between the digits of a number.
const SEPARATORS: &[u8] = b" -./()";

/// The digits of a value that is digits and separators alone, at least as many as the check of a copy looks for.
fn digits_of(value: &str) -> Option<Vec<u8>> {
    let plain = value.strip_prefix('+').unwrap_or(value).bytes();
    let mut out = Vec::new();
    for byte in plain {
        match byte {
            b'0'..=b'9' => out.push(byte),
            b if SEPARATORS.contains(&b) => {}
            _ => return None,
        }
    }
    (out.len() >= LONG).then_some(out)
}

/// Bytes of GB 18030 that begin inside a character are no value.
fn is_text(fragment: &Fragment<'_>, start: usize, end: usize) -> bool {
    if fragment.charset == Charset::Utf8 {
        return true;
    }
    // Only a walk from a place that is surely a character's start tells: the line's.
    let line = fragment
        .bytes
        .get(..start)
        .and_then(|b| b.iter().rposition(|&b| b == b'\n'))
        .map_or(0, |i| i + 1);
    let before = fragment.bytes.get(line..start).unwrap_or_default();
    let value = fragment.bytes.get(start..end).unwrap_or_default();
    !text_of(before, fragment.charset).ends_with('\u{FFFD}')
        && !text_of(value, fragment.charset).contains('\u{FFFD}')
}

/// Adds places to what was found: one inside another goes, one that overlaps another widens it.
fn join(found: &mut Vec<Found>, more: Vec<Found>) {
    for new in more {
        let mut new = new;
        let overlaps = |f: &Found| f.start < new.end && new.start < f.end;
        let holds = |f: &Found| f.start <= new.start && new.end <= f.end;
        if found.iter().any(holds) {
            continue;
        }
        if let Some(first) = found.iter().find(|f| overlaps(f)) {
            new.rule = first.rule;
        }
        let (start, end) = (found.iter().filter(|f| overlaps(f)))
            .fold((new.start, new.end), |(s, e), f| {
                (s.min(f.start), e.max(f.end))
            });
        found.retain(|f| !(f.start < end && start < f.end));
        found.push(Found { start, end, ..new });
    }
    found.sort_unstable_by_key(|f| f.start);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(start: u32, end: u32, rule: u16) -> Found {
        Found {
            rule,
            start,
            end,
            cell: Found::NO_CELL,
            confidence: Confidence::new(80),
            reasons: Reasons::default(),
        }
    }

    fn ranges(found: &[Found]) -> Vec<(u32, u32, u16)> {
        found.iter().map(|f| (f.start, f.end, f.rule)).collect()
    }

    #[test]
    fn what_overlaps_is_widened_and_what_is_inside_stays() {
        let mut all = vec![found(0, 4, 1), found(10, 20, 2)];
        join(
            &mut all,
            vec![found(2, 6, 7), found(12, 15, 7), found(30, 33, 7)],
        );
        assert_eq!(ranges(&all), [(0, 6, 1), (10, 20, 2), (30, 33, 7)]);
    }

    fn seen(text: &[u8], charset: Charset, inside: bool) -> Vec<(u32, u32, u16)> {
        let gathered = Gathered::default();
        gathered.note(3, "Brannock Thistle");
        gathered.note(4, "欧阳");
        gathered.note(5, "abcd");
        let everywhere = Everywhere::new(&gathered, inside).unwrap();
        let fragment = Fragment {
            bytes: text,
            charset,
            own: 0..text.len(),
            ..Fragment::whole(&[], "", None)
        };
        let mut all = Vec::new();
        everywhere.find(&fragment, &mut all);
        ranges(&all)
    }

    #[test]
    fn values_in_either_case_and_encoding() {
        let text = "abcd BRANNOCK thistle, xBrannock Thistle. 欧阳";
        assert_eq!(
            seen(text.as_bytes(), Charset::Utf8, false),
            [(5, 21, 3), (42, 48, 4)]
        );
        assert_eq!(
            seen(text.as_bytes(), Charset::Utf8, true),
            [(5, 21, 3), (24, 40, 3), (42, 48, 4)]
        );
        let gb = encoding_rs::GB18030.encode(text).0;
        assert_eq!(
            seen(&gb, Charset::Gb18030, false),
            [(5, 21, 3), (42, 46, 4)]
        );
    }

    #[test]
    fn numbers_with_other_separators() {
        let gathered = Gathered::default();
        gathered.note(3, "704-896-1811");
        let everywhere = Everywhere::new(&gathered, false).unwrap();
        let text =
            "(P) 704.896.1811, 704 896 1811; 17048961811 70489618112 704.896.18112 704-896-1811";
        let fragment = Fragment::whole(&[], text, None);
        let mut all = Vec::new();
        everywhere.find(&fragment, &mut all);
        let seen: Vec<&str> = (ranges(&all).iter())
            .map(|r| &text[r.0 as usize..r.1 as usize])
            .collect();
        assert_eq!(seen, ["704.896.1811", "704 896 1811", "704-896-1811"]);
    }

    #[test]
    fn values_do_not_show_themselves() {
        let gathered = Gathered::default();
        gathered.note(3, "Brannock Thistle");
        assert_eq!(format!("{gathered:?}"), "Gathered(..)");
        assert!(Everywhere::new(&Gathered::default(), true).is_none());
    }
}
