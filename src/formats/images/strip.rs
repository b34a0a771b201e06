//! Taking pictures apart: what shows, and what stands beside it.

use crate::formats::le::size_at;
use flate2::read::ZlibDecoder;
use std::io::Read;

/// Longest text that is inflated.
const TEXT: u64 = 4 << 20;

/// The parts of a picture.
#[derive(Debug, Default)]
pub(super) struct Parts<'b> {
    /// The picture without metadata.
    pub(super) kept: Vec<u8>,
    /// What was taken out, by the name of its chunk or segment.
    pub(super) dropped: Vec<(String, &'b [u8])>,
}

/// Takes a picture apart; `None` for a kind of picture, or a damaged one, that cannot be.
pub(super) fn strip<'b>(id: &str, bytes: &'b [u8]) -> Option<Parts<'b>> {
    match id {
        "png" => png(bytes),
        "jpg" => jpeg(bytes),
        "gif" => gif(bytes),
        "webp" => webp(bytes),
        _ => None,
    }
}

fn be32(bytes: &[u8], at: usize) -> Option<usize> {
    let raw = bytes.get(at..)?.first_chunk()?;
    usize::try_from(u32::from_be_bytes(*raw)).ok()
}

/// Chunks that show; texts, times and what is not known go.
const PNG_KEPT: &[&[u8]] = &[
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD",
    b"pHYs", b"acTL", b"fcTL", b"fdAT", b"cICP",
];

fn png(bytes: &[u8]) -> Option<Parts<'_>> {
    let mut out = Parts {
        kept: bytes.get(..8)?.to_vec(),
        ..Parts::default()
    };
    let mut at = 8;
    loop {
        let len = be32(bytes, at)?;
        let whole = bytes.get(at..at.checked_add(len)?.checked_add(12)?)?;
        let (kind, data) = (whole.get(4..8)?, whole.get(8..8 + len)?);
        if PNG_KEPT.contains(&kind) {
            out.kept.extend_from_slice(whole);
        } else {
            out.dropped
                .push((String::from_utf8_lossy(kind).into_owned(), data));
        }
        at += whole.len();
        if kind == b"IEND" {
            break;
        }
    }
    behind(bytes, at, &mut out);
    Some(out)
}

fn behind<'b>(bytes: &'b [u8], at: usize, out: &mut Parts<'b>) {
    if let Some(rest) = bytes.get(at..).filter(|r| !r.is_empty()) {
        out.dropped.push(("behind".into(), rest));
    }
}

/// The text of a compressed chunk: `zTXt`, `iTXt`, `iCCP`.
pub(super) fn inflated(name: &str, part: &[u8]) -> Option<Vec<u8>> {
    if !matches!(name, "zTXt" | "iTXt" | "iCCP") {
        return None;
    }
    let key = memchr::memchr(0, part)?;
    let mut text = part.get(..key)?.to_vec();
    text.push(b'\n');
    let mut rest = part.get(key + 1..)?;
    if name == "iTXt" {
        let packed = *rest.first()? == 1;
        rest = rest.get(2..)?;
        for _ in 0..2 {
            let end = memchr::memchr(0, rest)?;
            text.extend_from_slice(rest.get(..end)?);
            text.push(b'\n');
            rest = rest.get(end + 1..)?;
        }
        if !packed {
            text.extend_from_slice(rest);
            return Some(text);
        }
    } else {
        rest = rest.get(1..)?;
    }
    // What is damaged is read as far as it goes.
    let _ = ZlibDecoder::new(rest).take(TEXT).read_to_end(&mut text);
    Some(text)
}

fn jpeg(bytes: &[u8]) -> Option<Parts<'_>> {
    let mut out = Parts {
        kept: bytes.get(..2)?.to_vec(),
        ..Parts::default()
    };
    let mut at = 2;
    loop {
        let [0xFF, kind] = *bytes.get(at..)?.first_chunk()? else {
            return None;
        };
        match kind {
            0xFF => at += 1,
            0xD9 => {
                out.kept.extend_from_slice(&[0xFF, 0xD9]);
                at += 2;
                break;
            }
            0x01 | 0xD0..=0xD7 => {
                out.kept.extend_from_slice(&[0xFF, kind]);
                at += 2;
            }
            _ => {
                let raw = bytes.get(at + 2..)?.first_chunk()?;
                let len = usize::from(u16::from_be_bytes(*raw));
                let data = bytes.get(at + 4..at + 2 + len.max(2))?;
                let shows = match kind {
                    0xE0 => data.starts_with(b"JFIF\0"),
                    0xEE => data.starts_with(b"Adobe"),
                    0xE1..=0xEF | 0xFE => false,
                    _ => true,
                };
                let end = at + 2 + len.max(2);
                if shows {
                    let mut part = bytes.get(at..end)?.to_vec();
                    // The thumbnail of JFIF is a picture of the picture.
                    if kind == 0xE0 && part.len() > 18 {
                        part.truncate(18);
                        part.get_mut(2..4)?.copy_from_slice(&[0, 16]);
                        part.get_mut(16..18)?.fill(0);
                    }
                    out.kept.extend_from_slice(&part);
                } else {
                    let name = if kind == 0xFE {
                        "COM".to_owned()
                    } else {
                        format!("APP{}", kind - 0xE0)
                    };
                    out.dropped.push((name, data));
                }
                at = end;
                if kind == 0xDA {
                    at = scan(bytes, at, &mut out.kept)?;
                }
            }
        }
    }
    behind(bytes, at, &mut out);
    Some(out)
}

/// Coded pixels, up to the next marker that is none of theirs.
fn scan(bytes: &[u8], from: usize, kept: &mut Vec<u8>) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr::memchr(0xFF, bytes.get(at..)?)?;
        match bytes.get(at + 1)? {
            0 | 0xD0..=0xD7 => at += 2,
            0xFF => at += 1,
            _ => break,
        }
    }
    kept.extend_from_slice(bytes.get(from..at)?);
    Some(at)
}

fn gif(bytes: &[u8]) -> Option<Parts<'_>> {
    let table = |flags: u8| {
        if flags & 0x80 == 0 {
            0
        } else {
            3 << ((flags & 7) + 1)
        }
    };
    let mut at = 13 + table(*bytes.get(10)?);
    let mut out = Parts {
        kept: bytes.get(..at)?.to_vec(),
        ..Parts::default()
    };
    loop {
        let start = at;
        match bytes.get(at)? {
            0x3B => {
                out.kept.push(0x3B);
                at += 1;
                break;
            }
            0x2C => {
                at += 10 + table(*bytes.get(at + 9)?) + 1;
                at = blocks(bytes, at)?;
                out.kept.extend_from_slice(bytes.get(start..at)?);
            }
            0x21 => {
                let label = *bytes.get(at + 1)?;
                at = blocks(bytes, at + 2)?;
                let whole = bytes.get(start..at)?;
                let looping = whole.get(3..14) == Some(b"NETSCAPE2.0");
                if label == 0xF9 || (label == 0xFF && looping && whole.len() == 19) {
                    out.kept.extend_from_slice(whole);
                } else {
                    out.dropped.push(("extension".into(), whole));
                }
            }
            _ => return None,
        }
    }
    behind(bytes, at, &mut out);
    Some(out)
}

/// Passes over blocks that say their length, up to the empty one.
fn blocks(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let len = usize::from(*bytes.get(at)?);
        at += 1 + len;
        if len == 0 {
            return Some(at);
        }
    }
}

fn webp(bytes: &[u8]) -> Option<Parts<'_>> {
    let end = size_at(bytes, 4)?.checked_add(8)?.min(bytes.len());
    let mut out = Parts {
        kept: bytes.get(..12)?.to_vec(),
        ..Parts::default()
    };
    let mut at = 12;
    while at < end {
        let kind = bytes.get(at..at + 4)?;
        let len = size_at(bytes, at + 4)?;
        let data = bytes.get(at + 8..at.checked_add(8)?.checked_add(len)?)?;
        let next = at + 8 + len + (len & 1);
        if [&b"VP8 "[..], b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"].contains(&kind) {
            let mut whole = bytes.get(at..at + 8 + len)?.to_vec();
            if kind == b"VP8X" {
                // No profile, no EXIF, no XMP.
                if let Some(flags) = whole.get_mut(8) {
                    *flags &= !(0x20 | 8 | 4);
                }
            }
            whole.resize(8 + len + (len & 1), 0);
            out.kept.extend_from_slice(&whole);
        } else {
            let name = String::from_utf8_lossy(kind).trim().to_owned();
            out.dropped.push((name, data));
        }
        at = next;
    }
    let size = u32::try_from(out.kept.len() - 8).ok()?.to_le_bytes();
    out.kept.get_mut(4..8)?.copy_from_slice(&size);
    behind(bytes, end, &mut out);
    Some(out)
}
