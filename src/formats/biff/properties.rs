//! Property sets: title, author, company and the like.
//!
//! Standard: [MS-OLEPS].

use super::{
    records::{u16_at, u32_at},
    text::Joined,
};
use crate::formats::encoding::{Codec, Encoding, label};

/// Format identifier of the summary, first four bytes.
const SUMMARY: u32 = 0xF29F_85E0;

/// One text.
#[derive(Debug)]
pub(super) struct Property {
    pub(super) label: &'static str,
    pub(super) text: Joined,
}

/// The encoding of a code page, where it is one that can be decoded.
pub(super) fn code_page(number: u16) -> Option<Encoding> {
    match number {
        936 => Some(Encoding::Gb18030),
        950 => label(b"big5"),
        932 => label(b"shift_jis"),
        949 => label(b"euc-kr"),
        65001 => Some(Encoding::Utf8),
        1200 => Some(Encoding::Utf16Le),
        10000 | 0x8000 => label(b"macintosh"),
        0x8001 | 367 => label(b"windows-1252"),
        n => label(format!("windows-{n}").as_bytes()),
    }
}

/// The texts of the sets in a stream.
pub(super) fn texts(raw: &[u8]) -> Vec<Property> {
    let mut out = Vec::new();
    let count = u32_at(raw, 24).unwrap_or(0).min(8);
    for n in 0..count as usize {
        let at = 28 + 20 * n;
        let (Some(id), Some(start)) = (u32_at(raw, at), u32_at(raw, at + 16)) else {
            break;
        };
        set(raw, start as usize, id == SUMMARY, &mut out);
    }
    out
}

fn set(raw: &[u8], start: usize, summary: bool, out: &mut Vec<Property>) {
    let count = u32_at(raw, start + 4).unwrap_or(0).min(4096);
    let entry = |n: usize| {
        Some((
            u32_at(raw, start + 8 + 8 * n)?,
            u32_at(raw, start + 12 + 8 * n)?,
        ))
    };
    let all: Vec<(u32, usize)> = (0..count as usize)
        .map_while(entry)
        .map(|(id, at)| (id, start.saturating_add(at as usize)))
        .collect();
    let page = all
        .iter()
        .find(|(id, _)| *id == 1)
        .and_then(|(_, at)| u16_at(raw, at.saturating_add(4)))
        .and_then(code_page)
        .unwrap_or(Encoding::Gb18030);
    for &(id, at) in &all {
        let Some(kind) = u32_at(raw, at) else {
            continue;
        };
        let length = u32_at(raw, at.saturating_add(4)).unwrap_or(0) as usize;
        let from = at.saturating_add(8);
        let mut text = Joined::default();
        let bytes = |n: usize| raw.get(from..from.saturating_add(n)).unwrap_or_default();
        match (kind & 0xFFFF, page) {
            (0x1E, Encoding::Utf16Le) => text.wide(bytes(length), from),
            (0x1E, _) => text.page(until(bytes(length), 1), from, Codec::new(page)),
            (0x1F, _) => text.wide(until(bytes(length.saturating_mul(2)), 2), from),
            _ => continue,
        }
        let label = match (summary, id) {
            (true, 2) => "title",
            (true, 3) => "subject",
            (true, 4) => "creator",
            (true, 5) => "keywords",
            (true, 6) => "comments",
            (true, 7) => "template",
            (true, 8) => "lastModifiedBy",
            (false, 14) => "manager",
            (false, 15) => "company",
            _ => "property",
        };
        if !text.text.is_empty() {
            out.push(Property { label, text });
        }
    }
}

/// The bytes before the first zero of this width.
fn until(bytes: &[u8], width: usize) -> &[u8] {
    let end = bytes
        .chunks(width)
        .position(|c| c.iter().all(|b| *b == 0))
        .map_or(bytes.len(), |n| n * width);
    bytes.get(..end).unwrap_or(bytes)
}
