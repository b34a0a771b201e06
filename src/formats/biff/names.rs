//! What stands in names, formulas, headers and drawings of a workbook.

use super::{
    cells::shown,
    records::{f64_at, u16_at, u32_at},
    text::{Joined, Patch},
};
use crate::{
    formats::{Cx, encoding::Codec, pictures},
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

/// The bytes of the pictures in the store of a workbook's drawings, as stretches of the stream.
///
/// Standard: [MS-ODRAW] 2.2.32 (`OfficeArtFBSE`), 2.2.23 (`OfficeArtBlip`).
pub(super) fn pictures(raw: &[u8], parts: &[Range<usize>]) -> Vec<Picture> {
    let mut bytes = Vec::new();
    let mut places: Vec<(usize, usize)> = Vec::new();
    for part in parts {
        places.push((bytes.len(), part.start));
        bytes.extend_from_slice(raw.get(part.clone()).unwrap_or_default());
    }
    let mut out = Vec::new();
    let mut at = 0;
    while at + 8 <= bytes.len() {
        let (head, kind) = (
            u16_at(&bytes, at).unwrap_or(0),
            u16_at(&bytes, at + 2).unwrap_or(0),
        );
        let length = u32_at(&bytes, at + 4).unwrap_or(0) as usize;
        let body = at + 8;
        let end = body.saturating_add(length).min(bytes.len());
        at = match kind {
            // The entry of the store, with the length of its name.
            0xF007 => body + 36 + usize::from(bytes.get(body + 33).copied().unwrap_or(0)),
            0xF018..=0xF117 => {
                let ids = if head >> 4 & 1 == 1 { 32 } else { 16 };
                let header = if matches!(kind, 0xF01A..=0xF01C) {
                    34
                } else {
                    1
                };
                let data = (body + ids + header).min(end);
                let bitmap = !matches!(kind, 0xF01A..=0xF01C | 0xF01F);
                out.push(picture(&bytes, data..end, bitmap, &places));
                end
            }
            _ if head & 0x0F == 0x0F => body,
            _ => end,
        };
    }
    out
}

/// A picture: what is blank in its place, and whether it is that already.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) patches: Vec<Patch>,
    pub(super) blank: bool,
}

fn picture(bytes: &[u8], data: Range<usize>, bitmap: bool, places: &[(usize, usize)]) -> Picture {
    let old = bytes.get(data.clone()).unwrap_or_default();
    let mut new = if bitmap {
        pictures::blank(old)
    } else {
        Vec::new()
    };
    if new.len() > old.len() {
        new.clear();
    }
    new.resize(old.len(), 0);
    let blank = new == old;
    let mut patches = Vec::new();
    let mut at = data.start;
    while at < data.end {
        let part = places.partition_point(|p| p.0 <= at).saturating_sub(1);
        let Some(&(logical, raw)) = places.get(part) else {
            break;
        };
        let end = places.get(part + 1).map_or(data.end, |p| p.0).min(data.end);
        patches.push(Patch {
            at: raw + at - logical,
            with: new
                .get(at - data.start..end - data.start)
                .unwrap_or_default()
                .to_vec(),
        });
        at = end.max(at + 1);
    }
    Picture { patches, blank }
}
