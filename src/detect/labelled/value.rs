//! Where a value behind a label begins and ends.

use super::GAP;
use crate::{
    model::{Charset, Verdict},
    rules::{Rule, Validator},
};
use regex::bytes::Regex;
use std::ops::Range;

fn plain(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        // Arabic-Indic and Eastern Arabic-Indic digits.
        '\u{0660}'..='\u{0669}' => char::from_u32(c as u32 - 0x0660 + 0x30).unwrap_or(c),
        '\u{06F0}'..='\u{06F9}' => char::from_u32(c as u32 - 0x06F0 + 0x30).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c.to_ascii_uppercase(),
    }
}

/// A value as written, at the start of the text.
pub(super) fn written(
    regex: &Regex,
    validator: Option<Validator>,
    value: &str,
) -> Option<Range<usize>> {
    let found = regex.find(value.as_bytes())?;
    let text = value.get(found.range())?;
    let next = value.get(found.end()..).and_then(|r| r.chars().next());
    let whole = !next.is_some_and(|c| c.is_ascii_alphanumeric());
    (whole && validator.is_none_or(|v| v(text) != Verdict::Invalid)).then(|| found.range())
}

/// Whether what was found is what a mask has left: stars follow, or are in it.
pub(in crate::detect) fn is_masked_there(text: &str, range: &Range<usize>) -> bool {
    let star = |c: char| matches!(c, '*' | '＊' | '●' | '■');
    text.get(range.end..)
        .is_some_and(|rest| rest.starts_with(star))
        || text.get(range.clone()).is_some_and(|t| t.contains(star))
}

pub(super) struct Joined {
    pub(super) end: usize,
    pub(super) any: bool,
    pub(super) colon: bool,
}

/// What stands between a label and its value.
pub(super) fn joiners(after: &str) -> Joined {
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
            // **出生日期**: or **出生日期:** in Markdown; stars before a value are those of a mask.
            '*' if is_bold(after, i) => {}
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

/// Whether a star is one of two that end a bold label: a sign or a blank follows, or stands before.
fn is_bold(after: &str, at: usize) -> bool {
    let before = after.get(..at).unwrap_or_default().trim_end_matches('*');
    let behind = after.get(at..).unwrap_or_default();
    let stars = behind.len() - behind.trim_start_matches('*').len() + (at - before.len());
    let rest = behind.trim_start_matches('*');
    stars == 2
        && (rest.starts_with([':', '：']) || before.ends_with([':', '：']) && rest.starts_with(' '))
}

/// The longest start of `value` that is a bare value of the regex when its separators are taken out,
/// with what its check digits say. A sign of country or kind before it belongs to it.
pub(super) fn number(regex: &Regex, rule: &Rule, value: &str) -> Option<(Range<usize>, Verdict)> {
    let lead: usize = value
        .chars()
        .take_while(|c| *c != ' ' && rule.separators.contains(*c))
        .map(char::len_utf8)
        .sum();
    let start = value.get(lead..)?;
    let mut best: Option<(Range<usize>, Verdict)> = None;
    for skip in prefixes(rule, start) {
        let found = bare(regex, rule, start.get(skip..)?);
        if let Some((end, verdict)) = found
            && best.as_ref().is_none_or(|(r, _)| r.end < lead + skip + end)
        {
            best = Some((lead..lead + skip + end, verdict));
        }
    }
    best
}

/// Bytes of what may stand before a value: nothing, or one of the rule's prefixes.
fn prefixes(rule: &Rule, value: &str) -> impl Iterator<Item = usize> {
    let with = rule.prefixes.iter().filter_map(move |prefix| {
        let mut rest = value.chars();
        let mut bytes = 0;
        for p in prefix.chars() {
            let c = rest.next()?;
            if plain(c) != p {
                return None;
            }
            bytes += c.len_utf8();
        }
        let gap: usize = value
            .get(bytes..)?
            .chars()
            .take(2)
            .take_while(|c| matches!(c, ' ' | '-' | '.' | ':' | '\u{3000}'))
            .map(char::len_utf8)
            .sum();
        Some(bytes + gap)
    });
    std::iter::once(0).chain(with)
}

/// Where the longest bare value ends that begins the text.
fn bare(regex: &Regex, rule: &Rule, value: &str) -> Option<(usize, Verdict)> {
    let mut bare = String::new();
    let mut sep = 0;
    let mut ends = Vec::new();
    for (i, c) in value.char_indices() {
        let p = plain(c);
        if p.is_ascii_alphanumeric() {
            bare.push(p);
            sep = 0;
            ends.push((i + c.len_utf8(), bare.len()));
        } else if rule.separators.contains(p) && sep < 2 && !bare.is_empty() {
            sep += 1;
        } else if rule.bracket.is_some() && matches!(p, '(' | ')') && !bare.is_empty() {
            // The check character in brackets.
            if p == ')'
                && let Some(end) = ends.last_mut()
            {
                end.0 = i + c.len_utf8();
            }
        } else {
            break;
        }
        if bare.len() > 64 {
            break;
        }
    }
    ends.iter().rev().find_map(|&(end, len)| {
        let rest = value.get(end..).unwrap_or_default();
        let mut next = rest.chars().map(plain);
        let (a, b) = (next.next(), next.next());
        // 12345678.90 is an amount.
        let decimal = rule.edges == crate::rules::Edges::Number
            && matches!(a, Some('.' | ','))
            && b.is_some_and(|c| c.is_ascii_digit());
        if a.is_some_and(|c| c.is_ascii_alphanumeric()) || decimal {
            return None;
        }
        let text = bare.get(..len)?;
        if !regex.is_match(text.as_bytes()) {
            return None;
        }
        let verdict = rule.verdict(text);
        (verdict != Verdict::Invalid).then_some((end, verdict))
    })
}

/// Bytes that the first `chars` bytes of UTF-8 text take in the text's charset.
pub(super) fn bytes(text: &str, upto: usize, charset: Charset) -> Option<usize> {
    let head = text.get(..upto)?;
    match charset {
        Charset::Utf8 => Some(head.len()),
        Charset::Gb18030 => {
            let (encoded, _, bad) = encoding_rs::GB18030.encode(head);
            (!bad).then_some(encoded.len())
        }
    }
}
