//! What stands in names, formulas, headers and drawings of a workbook.

use super::{
    cells::shown,
    records::{f64_at, u16_at, u32_at},
    text::{Joined, Patch},
};
use crate::{
    formats::{Cx, encoding::Codec},
    model::{Name, Step},
};
use std::ops::Range;

/// Writes another name of a sheet when one is wanted: as long as it was, without the characters that
/// names of sheets cannot have, unlike the others.
pub(super) fn rename(
    text: &Joined,
    taken: &[String],
    page: Codec,
    cx: &mut Cx<'_>,
    out: &mut Vec<Patch>,
) {
    let name = Name::from(text.text.as_str());
    let new = cx.rename(&name);
    if new == name {
        return;
    }
    let count = text.text.chars().count();
    let plain: String = new
        .text()
        .chars()
        .map(|c| {
            if matches!(c, '*' | '[' | ']' | ':' | '?' | '/' | '\\' | '\'') {
                '_'
            } else {
                c
            }
        })
        .collect();
    let same = plain.chars().count() == count;
    let base: Vec<char> = if same {
        plain.chars().collect()
    } else {
        vec!['_'; count]
    };
    let mut with: String = base.iter().collect();
    for number in 1..10_000_u32 {
        if !taken.iter().any(|t| t.eq_ignore_ascii_case(&with)) {
            break;
        }
        let digits = number.to_string();
        let kept = count.saturating_sub(digits.len());
        with = base
            .iter()
            .take(kept)
            .chain(&digits.chars().collect::<Vec<_>>())
            .take(count)
            .collect();
    }
    text.mask(0, text.text.len(), &with, page, out);
}

/// The texts in the tokens of a formula.
pub(super) fn literals(raw: &[u8], tokens: &Range<usize>, eight: bool, page: Codec) -> Vec<Joined> {
    let mut out = Vec::new();
    let mut at = tokens.start;
    while at + 2 < tokens.end {
        let found = (raw.get(at) == Some(&0x17)).then(|| literal(raw, at, tokens.end, eight, page));
        match found.flatten() {
            Some((text, end)) => {
                out.push(text);
                at = end;
            }
            None => at += 1,
        }
    }
    out
}

/// A text token: its length, for BIFF8 how wide its characters are, the characters.
fn literal(raw: &[u8], at: usize, end: usize, eight: bool, page: Codec) -> Option<(Joined, usize)> {
    let count = usize::from(*raw.get(at + 1)?);
    let mut text = Joined::default();
    let close = if eight {
        let wide = match raw.get(at + 2)? {
            0 => false,
            1 => true,
            _ => return None,
        };
        let close = at + 3 + count * if wide { 2 } else { 1 };
        let bytes = raw.get(at + 3..close)?;
        if wide {
            text.wide(bytes, at + 3);
        } else {
            text.latin(bytes, at + 3);
        }
        close
    } else {
        let close = at + 2 + count;
        text.page(raw.get(at + 2..close)?, at + 2, page);
        close
    };
    let sound = count > 0
        && close <= end
        && text
            .text
            .chars()
            .all(|c| !c.is_control() && c != '\u{FFFD}');
    sound.then_some((text, close))
}

/// Reads long numbers in the tokens of a formula; one that is found becomes zero.
pub(super) fn numbers(
    raw: &[u8],
    tokens: &Range<usize>,
    at: &[Step],
    out: &mut Vec<Patch>,
    cx: &mut Cx<'_>,
) {
    let bytes = raw.get(tokens.clone()).unwrap_or_default();
    // ptgNum ([MS-XLS] 2.5.198.79).
    for place in memchr::memchr_iter(0x1F, bytes) {
        let Some(number) = f64_at(bytes, place + 1) else {
            continue;
        };
        if number.fract() == 0.0
            && number.abs() >= 1e6
            && number.abs() < 1e21
            && !cx.string(at, &shown(number).0, None).is_empty()
        {
            out.push(Patch {
                at: tokens.start + place + 1,
                with: vec![0; 8],
            });
        }
    }
}

/// The codes in a header or footer ([MS-XLS] 2.4.136): sections, fonts, sizes, fields.
pub(super) fn codes(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(n) = memchr::memchr(b'&', bytes.get(at..).unwrap_or_default()) {
        let start = at + n;
        let digits = |from: usize| {
            bytes
                .iter()
                .skip(from)
                .take_while(|b| b.is_ascii_digit())
                .count()
        };
        at = match bytes.get(start + 1) {
            Some(b'"') => {
                let rest = bytes.get(start + 2..).unwrap_or_default();
                memchr::memchr(b'"', rest).map_or(bytes.len(), |n| start + 3 + n)
            }
            // Sizes have at most three digits; more are text behind them.
            Some(b) if b.is_ascii_digit() => {
                start + 1 + digits(start + 1).min(if digits(start + 1) > 3 { 2 } else { 3 })
            }
            Some(b'K') => (start + 8).min(bytes.len()),
            Some(b) if b.is_ascii() => start + 2,
            _ => start + 1,
        };
        out.push(start..at);
    }
    out
}

/// Whether the drawings hold a picture: an entry of the store of pictures that has bytes.
///
/// Standard: [MS-ODRAW] 2.2.32 (`OfficeArtFBSE`).
pub(super) fn has_picture(raw: &[u8], parts: &[Range<usize>]) -> bool {
    let bytes: Vec<u8> = parts
        .iter()
        .flat_map(|p| raw.get(p.clone()).unwrap_or_default())
        .copied()
        .collect();
    memchr::memmem::find_iter(&bytes, &[0x07, 0xF0]).any(|at| {
        let (length, size) = (u32_at(&bytes, at + 2), u32_at(&bytes, at + 2 + 4 + 20));
        let version = at.checked_sub(2).and_then(|a| u16_at(&bytes, a));
        version.is_some_and(|v| v & 0x0F == 2)
            && length.is_some_and(|n| n >= 36)
            && size.is_some_and(|n| n > 0)
    })
}
