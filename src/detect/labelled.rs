//! Values that are only found behind a label: names, addresses, account numbers without a check digit.

use super::{Detector, text_of};
use crate::{
    engine::{Check, Hit},
    model::{Charset, Span, Verdict},
    rules::{Find, Rule, RuleSet, Validator},
};
use regex::bytes::Regex;
use std::{collections::BTreeSet, ops::Range};

/// Bytes between a label and its value at most.
const GAP: usize = 16;
/// Bytes of a value behind a label at most.
const MOST: usize = 240;

/// A rule that needs a label or a column.
#[derive(Debug)]
pub(super) struct Labelled {
    pub rule: u16,
    kind: Kind,
    labels: Vec<String>,
}

#[derive(Debug)]
enum Kind {
    Person,
    Address,
    /// A bare value of this regex, and what looks at it.
    Shape(Regex, Option<Validator>),
}

impl Labelled {
    /// For a rule that cannot reach the minimum by shape, check and a word nearby; `None` for one
    /// that can, which the engine looks for.
    pub(super) fn new(index: u16, rule: &Rule, minimum: u8) -> Option<Self> {
        let kind = match &rule.find {
            Find::Person => Kind::Person,
            Find::Address => Kind::Address,
            Find::Shape { regex, .. } if rule.by_label(minimum) => {
                let anchored = format!("(?-u)^(?:{regex})$");
                Kind::Shape(
                    regex::bytes::RegexBuilder::new(&anchored)
                        .ignore_whitespace(true)
                        .build()
                        .ok()?,
                    rule.validator,
                )
            }
            _ => return None,
        };
        Some(Self {
            rule: index,
            kind,
            labels: rule.labels.clone(),
        })
    }

    /// Whether a whole cell or text is such a value.
    pub(super) fn fits(&self, _: &Detector, text: &str) -> bool {
        match &self.kind {
            Kind::Person => super::names::in_person_column(text, false),
            Kind::Address => super::addresses::in_address_column(text),
            Kind::Shape(regex, validator) => {
                let bare: String = text
                    .chars()
                    .filter(|c| !matches!(c, ' ' | '-' | '\u{3000}'))
                    .map(plain)
                    .collect();
                is_value(regex, *validator, &bare)
            }
        }
    }
}

fn plain(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        _ => c.to_ascii_uppercase(),
    }
}

fn is_value(regex: &Regex, validator: Option<Validator>, bare: &str) -> bool {
    regex.is_match(bare.as_bytes()) && validator.is_none_or(|v| v(bare) != Verdict::Invalid)
}

/// The words to look for: the labels, less those that end in another of them.
pub(super) fn stems(labelled: &[Labelled], _: &RuleSet) -> Vec<String> {
    let all: BTreeSet<&str> = labelled
        .iter()
        .flat_map(|l| &l.labels)
        .map(String::as_str)
        .filter(|l| !l.is_ascii())
        .collect();
    all.iter()
        .filter(|l| !all.iter().any(|o| o != *l && l.ends_with(o)))
        .map(|l| (*l).to_owned())
        .collect()
}

/// Looks for values behind the label that ends with `hit`; `region` is the cell or text around.
pub(super) fn behind(
    detector: &Detector,
    text: &[u8],
    region: Range<usize>,
    hit: &Hit,
    charset: Charset,
    give: &mut dyn FnMut(u16, Span),
) {
    let (from, to) = (hit.start as usize, hit.end as usize);
    let lead = text
        .get(region.start.max(from.saturating_sub(48))..from)
        .unwrap_or_default();
    let lead = lead
        .get(memchr::memrchr2(b'\n', b'\r', lead).map_or(0, |i| i + 1)..)
        .unwrap_or_default();
    let stop = region.end.min(to + GAP + MOST);
    let tail = text.get(to..stop).unwrap_or_default();
    let tail = tail
        .get(..memchr::memchr2(b'\n', b'\r', tail).unwrap_or(tail.len()))
        .unwrap_or_default();
    let before = text_of(lead, charset);
    let after = text_of(tail, charset);
    let stem = text_of(text.get(from..to).unwrap_or_default(), charset);
    let label = format!("{before}{stem}");
    let joined = joiners(&after);
    let Some(value) = after.get(joined.end..) else {
        return;
    };
    if value.is_empty() || (!joined.any && value.starts_with(|c: char| c.is_ascii_alphabetic())) {
        return;
    }
    for l in &detector.labelled {
        let Some(longest) = l
            .labels
            .iter()
            .filter(|w| label.ends_with(w.as_str()))
            .max_by_key(|w| w.len())
        else {
            continue;
        };
        if longest.len() < stem.len() || is_against(detector, l.rule, &label, longest.len()) {
            continue;
        }
        let range = match &l.kind {
            Kind::Person => super::names::after_label(value, joined.colon),
            Kind::Address => super::addresses::after_label(value),
            Kind::Shape(regex, validator) => number(regex, *validator, value),
        };
        let Some(range) = range.filter(|r| r.start < r.end) else {
            continue;
        };
        let (Some(a), Some(b)) = (
            bytes(&after, joined.end + range.start, charset),
            bytes(&after, joined.end + range.end, charset),
        ) else {
            continue;
        };
        if let Some(span) = Span::new(to + a, to + b) {
            give(l.rule, span);
        }
    }
}

/// Whether the label is the end of a word that names something else (产品名称 for 名称).
fn is_against(detector: &Detector, rule: u16, label: &str, longest: usize) -> bool {
    detector.rule(rule).is_some_and(|r| {
        r.against
            .iter()
            .any(|a| a.len() >= longest && label.ends_with(a.as_str()))
    })
}

struct Joined {
    end: usize,
    any: bool,
    colon: bool,
}

/// What stands between a label and its value.
fn joiners(after: &str) -> Joined {
    let mut out = Joined {
        end: 0,
        any: false,
        colon: false,
    };
    for (i, c) in after.char_indices() {
        if i > GAP {
            break;
        }
        match c {
            ':' | '：' | '=' => out.colon = true,
            ' ' | '\t' | '\u{3000}' | '"' | '\'' | '“' | '「' | '【' | '[' | '<' | '>' | '|'
            | '为' | '是' => {}
            '(' | '（' => {
                // A note in brackets between label and value: 账号（人民币）：…
                let rest = after.get(i..).unwrap_or_default();
                if let Some(close) = rest.find([')', '）']).filter(|&n| n <= 24)
                    && rest
                        .get(close..)
                        .is_some_and(|r| r.chars().nth(1).is_some_and(|c| matches!(c, ':' | '：')))
                {
                    let skip: usize = rest
                        .get(close..)
                        .map_or(0, |r| r.chars().take(2).map(char::len_utf8).sum());
                    return Joined {
                        end: i + close + skip,
                        any: true,
                        colon: true,
                    };
                }
            }
            _ => break,
        }
        out.end = i + c.len_utf8();
        out.any = true;
    }
    out
}

/// The longest start of `value` that is a bare value of the regex when its separators are taken out.
fn number(regex: &Regex, validator: Option<Validator>, value: &str) -> Option<Range<usize>> {
    let mut bare = String::new();
    let mut best = None;
    let mut sep = false;
    let mut ends = Vec::new();
    for (i, c) in value.char_indices() {
        let p = plain(c);
        if p.is_ascii_alphanumeric() {
            bare.push(p);
            sep = false;
            ends.push((i + c.len_utf8(), bare.len()));
        } else if matches!(p, ' ' | '-') && !sep && !bare.is_empty() {
            sep = true;
        } else {
            break;
        }
        if bare.len() > 40 {
            break;
        }
    }
    for &(end, len) in ends.iter().rev() {
        let whole = value.get(end..).is_none_or(|r| {
            !r.chars()
                .next()
                .is_some_and(|c| plain(c).is_ascii_alphanumeric())
        });
        if whole
            && bare
                .get(..len)
                .is_some_and(|b| is_value(regex, validator, b))
        {
            best = Some(0..end);
            break;
        }
    }
    best
}

/// Bytes that the first `chars` bytes of UTF-8 text take in the text's charset.
fn bytes(text: &str, upto: usize, charset: Charset) -> Option<usize> {
    let head = text.get(..upto)?;
    match charset {
        Charset::Utf8 => Some(head.len()),
        Charset::Gb18030 => {
            let (encoded, _, bad) = encoding_rs::GB18030.encode(head);
            (!bad).then_some(encoded.len())
        }
    }
}

/// Whether rules like this one have a check of their own.
impl Rule {
    /// Whether its values hold a check digit.
    pub(super) fn has_check(&self) -> bool {
        self.check != Check::None || matches!(self.find, Find::Named(crate::engine::Finder::Iban))
    }

    fn by_label(&self, minimum: u8) -> bool {
        let w = self.weights;
        !self.labels.is_empty() && w.base + w.valid.max(0) + w.near.max(0) < i32::from(minimum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits() -> Regex {
        Regex::new("(?-u)^(?:[0-9]{8,32})$").unwrap()
    }

    #[test]
    fn a_number_behind_a_label_ends_where_it_ends() {
        assert_eq!(
            number(&digits(), None, "6222 0210 0112 3456 789 元"),
            Some(0..23)
        );
        assert_eq!(number(&digits(), None, "123"), None);
        assert_eq!(number(&digits(), None, "80012345 67"), Some(0..11));
        assert_eq!(number(&digits(), None, "80012345，余额"), Some(0..8));
    }

    #[test]
    fn joiners_are_passed_over() {
        assert_eq!(joiners("：张三").end, 3);
        assert_eq!(joiners("（人民币）：123").end, "（人民币）：".len());
        assert!(!joiners("张三").any);
    }
}
