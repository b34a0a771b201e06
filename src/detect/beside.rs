//! Addresses and dates of birth in a line that holds another value: what is beside a person is about that person.

use super::{Detector, Found, LINE, Pass, addresses, labelled, running::Places, text_of};
use crate::{
    model::{Charset, Confidence, Fragment, Reason, Reasons, Verdict},
    rules::Validator,
};
use aho_corasick::AhoCorasick;
use regex::Regex;
use std::{ops::Range, sync::LazyLock};

/// A date of birth with the word that says so before it or behind it.
static BIRTHS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const DATE: &str = r"(?:19|20)[0-9]{2}(?:[-/.][0-9]{1,2}[-/.][0-9]{1,2}| ?年 ?[0-9]{1,2} ?月(?: ?[0-9]{1,2} ?[日号])?)|[0-9]{1,2}(?:st|nd|rd|th)?[ -](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?,?[ -](?:19|20)[0-9]{2}|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? [0-9]{1,2}(?:st|nd|rd|th)?,? (?:19|20)[0-9]{2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:19|20)[0-9]{2}";
    let before = r"(?:\b(?:DOB|dob|D\.O\.B\.?|[Dd]ate [Oo]f [Bb]irth|[Bb]irth ?[Dd]ate|[Bb]irthday|[Bb]orn(?: on)?)\b|出生日期|出生年月日?|出生于|出生|生于|生日)(?: is| was)?[ :：=为是(（]{0,3}";
    Regex::new(&format!("{before}({DATE})|({DATE})(?:出?生|[ ]?born)")).ok()
});

/// What every date of birth has beside it, in UTF-8: of what [`BIRTHS`] asks for, one of these is in each.
static TELLING: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(["生", "orn", "irth", "DOB", "dob", "D.O.B"]).ok());

/// The rule for dates of birth and what looks at one.
pub(super) fn births(detector: &Detector) -> Option<(u16, Option<Validator>)> {
    (0u16..)
        .zip(&detector.rules.rules)
        .find(|(_, r)| r.id.ends_with("birth-date"))
        .map(|(i, r)| (i, r.validator))
}

impl Pass<'_> {
    /// Adds the addresses and dates of birth that stand in a line with another value.
    pub(super) fn values_beside(&mut self, fragment: &Fragment<'_>) {
        let (address, birth) = (self.detector.address, self.detector.birth);
        self.found.sort_unstable_by_key(|f| f.start);
        let (mut upto, count) = (0, self.found.len());
        for i in 0..count {
            let Some(at) = self
                .found
                .get(i)
                .map(|f| f.start as usize)
                .filter(|&at| at >= upto)
            else {
                continue;
            };
            let from = at.saturating_sub(LINE);
            let start = fragment
                .bytes
                .get(from..at)
                .and_then(|b| memchr::memrchr(b'\n', b))
                .map_or(from, |i| from + i + 1)
                .max(upto);
            let to = (at + LINE).min(fragment.bytes.len());
            upto = fragment
                .bytes
                .get(at..to)
                .and_then(|b| memchr::memchr(b'\n', b))
                .map_or(to, |i| at + i);
            if self
                .found
                .get(i)
                .is_some_and(|f| Some(f.rule) == self.person)
            {
                upto = self.line_below(fragment, i, start, upto);
            }
            self.in_line(fragment, start..upto, |pass, line| {
                if let Some(rule) = address {
                    pass.add_found(line, rule, addresses::find);
                }
                if let Some((rule, validator)) = birth {
                    pass.add_found(line, rule, |text, out| born(text, validator, out));
                }
            });
        }
        if self.found.len() > count {
            self.drop_names_within(address);
        }
    }

    /// The end of the line below, when a name is all of its line: what follows may be where it is at home.
    fn line_below(&self, fragment: &Fragment<'_>, i: usize, start: usize, end: usize) -> usize {
        let line = fragment.bytes.get(start..end).unwrap_or_default();
        let name = self.found.get(i).map_or(0, |f| f.end - f.start) as usize;
        if line.trim_ascii().len() != name {
            return end;
        }
        let below = fragment.bytes.get(end + 1..).unwrap_or_default();
        let below = below.get(..below.len().min(LINE)).unwrap_or_default();
        memchr::memchr(b'\n', below).map_or(end + 1 + below.len(), |n| end + 1 + n)
    }

    /// Adds the addresses of one line that holds Chinese characters.
    pub(super) fn addresses_in_line(&mut self, fragment: &Fragment<'_>, line: Range<usize>) {
        if let Some(rule) = self.detector.address {
            self.in_line(fragment, line, |pass, line| {
                pass.add_found(line, rule, addresses::find_chinese);
            });
        }
    }

    /// Adds the addresses in the lines that were read for names last, which begin at byte `base` of a fragment in
    /// UTF-8.
    pub(super) fn addresses_in(&mut self, fragment: &Fragment<'_>, text: &str, base: usize) {
        let Some(rule) = self.detector.address else {
            return;
        };
        let Some(with) = self.as_beside(rule) else {
            return;
        };
        let mut ranges = std::mem::take(&mut self.ranges);
        ranges.clear();
        addresses::find_at(text, self.reader.divisions(), &mut ranges);
        // What could not be decoded leaves the line alone.
        let spoilt = |r: &Range<usize>| {
            let line = super::near::line_around(fragment.bytes, base + r.start..base + r.end);
            let line = fragment.bytes.get(line).unwrap_or_default();
            memchr::memmem::find(line, "\u{FFFD}".as_bytes()).is_some()
        };
        ranges.retain(|r| !spoilt(r));
        self.add_beside(text, base, &ranges, with, Some);
        self.ranges = ranges;
    }

    /// How values of a rule are reported that stand beside others, if they are sure enough.
    fn as_beside(&self, rule: u16) -> Option<Found> {
        let w = self.detector.weights(rule);
        // A date is none of birth without the word that says so.
        let told = if w.base < 20 { w.label } else { 0 };
        let confidence = Confidence::new(w.base + w.valid + told);
        let reasons = Reasons::default().with(Reason::Shape).with(if told > 0 {
            Reason::Label
        } else {
            Reason::Neighbour
        });
        (confidence.percent() >= self.detector.minimum).then_some(Found {
            rule,
            start: 0,
            end: 0,
            cell: Found::NO_CELL,
            confidence,
            reasons,
        })
    }

    /// Adds values that stand in a text, which begins at byte `base` of the fragment.
    fn add_beside(
        &mut self,
        text: &str,
        base: usize,
        ranges: &[Range<usize>],
        with: Found,
        mut place: impl FnMut(usize) -> Option<usize>,
    ) {
        for r in ranges
            .iter()
            .filter(|r| !labelled::is_masked_there(text, r))
        {
            let (Some(start), Some(end)) = (place(r.start), place(r.end)) else {
                continue;
            };
            let (Ok(start), Ok(end)) = (u32::try_from(base + start), u32::try_from(base + end))
            else {
                continue;
            };
            self.found.push(Found { start, end, ..with });
        }
    }

    /// Looks at a line, unless it cannot be decoded.
    fn in_line(
        &mut self,
        fragment: &Fragment<'_>,
        line: Range<usize>,
        look: impl FnOnce(&mut Self, &Line<'_>),
    ) {
        let Some(bytes) = fragment.bytes.get(line.clone()) else {
            return;
        };
        let text = text_of(bytes, fragment.charset);
        if !text.contains('\u{FFFD}') {
            let line = Line {
                text: &text,
                bytes,
                base: line.start,
                charset: fragment.charset,
            };
            look(self, &line);
        }
    }

    /// Adds what `find` finds in a line.
    fn add_found(
        &mut self,
        line: &Line<'_>,
        rule: u16,
        find: impl FnOnce(&str, &mut Vec<Range<usize>>),
    ) {
        let Some(with) = self.as_beside(rule) else {
            return;
        };
        let mut ranges = std::mem::take(&mut self.ranges);
        ranges.clear();
        find(line.text, &mut ranges);
        let mut places = Places::new(line.text, line.bytes);
        self.add_beside(line.text, line.base, &ranges, with, |at| {
            match line.charset {
                Charset::Utf8 => Some(at),
                Charset::Gb18030 => places.of(at),
            }
        });
        self.ranges = ranges;
    }

    /// Drops names that were weighed from words alone and lie within an address: 柳荫街.
    fn drop_names_within(&mut self, address: Option<u16>) {
        let Some(address) = address else { return };
        let mut spans: Vec<(u32, u32)> = self
            .found
            .iter()
            .filter(|f| f.rule == address)
            .map(|f| (f.start, f.end))
            .collect();
        spans.sort_unstable();
        let person = self.person;
        self.found.retain(|f| {
            let weighed = Some(f.rule) == person && f.reasons.has(Reason::Near);
            let next = spans.partition_point(|s| s.0 < f.end);
            let within = next > 0 && spans.get(next - 1).is_some_and(|s| s.1 > f.start);
            !(weighed && within)
        });
    }
}

/// A line of a fragment.
struct Line<'l> {
    text: &'l str,
    /// The same in the fragment's charset.
    bytes: &'l [u8],
    /// Where it begins in the fragment.
    base: usize,
    charset: Charset,
}

/// Adds the dates of birth in a line.
fn born(text: &str, validator: Option<Validator>, out: &mut Vec<Range<usize>>) {
    // The expression costs more than all else in a line, and few lines tell of a birth.
    if TELLING.as_ref().is_some_and(|t| !t.is_match(text)) {
        return;
    }
    let Some(births) = &*BIRTHS else { return };
    for found in births.captures_iter(text) {
        let Some(date) = found.get(1).or(found.get(2)) else {
            continue;
        };
        if validator.is_none_or(|v| v(date.as_str()) != Verdict::Invalid) {
            out.push(date.range());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_birth_beside_a_person() {
        let rules = std::sync::Arc::new(crate::rules::RuleSet::builtin().unwrap());
        let detector = Detector::new(rules, 50).unwrap();
        let (_, validator) = births(&detector).unwrap();
        let check = |text: &str| -> Vec<String> {
            let mut out = Vec::new();
            born(text, validator, &mut out);
            out.into_iter().map(|r| text[r].to_owned()).collect()
        };
        for (text, wanted) in [
            (
                "Patient James White, DOB 1969-12-06, reachable",
                "1969-12-06",
            ),
            ("Anna Frank, born on 12 March 1980 in Bonn", "12 March 1980"),
            ("born March 7, 1990", "March 7, 1990"),
            ("王建国，男，1979年9月生，本科", "1979年9月"),
            ("李红，女，1980年5月1日出生", "1980年5月1日"),
            ("张三出生于1990年3月7日", "1990年3月7日"),
        ] {
            assert_eq!(check(text), [wanted], "{text}");
        }
        for text in [
            "reborn 12",
            "成立于1990年3月7日",
            "born 1990-13-07",
            "学生1990-03-07",
        ] {
            assert!(check(text).is_empty(), "{text}");
        }
    }
}
