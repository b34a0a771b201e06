//! The compressions of pages, blocks and buffers, undone within bounds, and done again.
//!
//! Standards: RFC 1951, 1952, 8878; Snappy's format description; LZ4's block and frame formats; the Avro
//! specification, "Required codecs" and "Optional codecs".

use crate::formats::FormatError;
use std::io::{Read, Write};

/// A compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    /// Without a head.
    Deflate,
    Gzip,
    Snappy,
    /// Blocks of LZ4 without a frame.
    Lz4,
    Lz4Frame,
    Zstd,
    Bzip2,
}

const BAD: FormatError = FormatError::Corrupt("packed data");

fn limited(reader: impl Read, most: usize) -> Result<Vec<u8>, FormatError> {
    let mut out = Vec::new();
    let end = most as u64 + 1;
    reader.take(end).read_to_end(&mut out).map_err(|_| BAD)?;
    within(out, most)
}

fn within(out: Vec<u8>, most: usize) -> Result<Vec<u8>, FormatError> {
    if out.len() > most {
        return Err(FormatError::Limit("expanded bytes of one piece"));
    }
    Ok(out)
}

/// Expands `raw` to at most `most` bytes.
///
/// # Errors
/// `Corrupt`, also for bytes behind what is packed, which no reader would look at; `Limit` past `most`.
pub(super) fn unpacked(packing: Packing, raw: &[u8], most: usize) -> Result<Vec<u8>, FormatError> {
    match packing {
        Packing::None => within(raw.to_vec(), most),
        Packing::Deflate => {
            let mut decoder = flate2::bufread::DeflateDecoder::new(raw);
            let out = limited(&mut decoder, most)?;
            // Some writers of Avro leave a part of zlib's sum there.
            if decoder.into_inner().len() <= 4 {
                Ok(out)
            } else {
                Err(BAD)
            }
        }
        Packing::Gzip => limited(flate2::read::MultiGzDecoder::new(raw), most),
        Packing::Snappy => snappy(raw, most),
        Packing::Lz4 => {
            let mut out = Vec::new();
            lz4(raw, &mut out, 0, most)?;
            Ok(out)
        }
        Packing::Lz4Frame => lz4_frame(raw, most),
        Packing::Zstd => {
            let (mut rest, mut out) = (raw, Vec::new());
            // Frames may follow each other.
            while out.is_empty() || !rest.is_empty() {
                let before = rest.len();
                let decoder = ruzstd::decoding::StreamingDecoder::new(&mut rest);
                let room = most.saturating_sub(out.len());
                out.append(&mut limited(decoder.map_err(|_| BAD)?, room)?);
                if rest.is_empty() {
                    break;
                }
                if rest.len() == before {
                    return Err(BAD);
                }
            }
            Ok(out)
        }
        Packing::Bzip2 => limited(bzip2::read::MultiBzDecoder::new(raw), most),
    }
}

/// Packs bytes so that every reader of that compression opens them.
///
/// # Errors
/// Those of the packers.
pub(super) fn packed(packing: Packing, raw: &[u8]) -> Result<Vec<u8>, FormatError> {
    let level = flate2::Compression::new(6);
    Ok(match packing {
        Packing::None => raw.to_vec(),
        Packing::Deflate => {
            let mut to = flate2::write::DeflateEncoder::new(Vec::new(), level);
            to.write_all(raw)?;
            to.finish()?
        }
        Packing::Gzip => {
            let mut to = flate2::write::GzEncoder::new(Vec::new(), level);
            to.write_all(raw)?;
            to.finish()?
        }
        Packing::Snappy => plain_snappy(raw),
        Packing::Lz4 | Packing::Lz4Frame => {
            return Err(FormatError::Unsupported("packing as LZ4"));
        }
        Packing::Zstd => {
            let level = ruzstd::encoding::CompressionLevel::Fastest;
            ruzstd::encoding::compress_to_vec(raw, level)
        }
        Packing::Bzip2 => {
            let level = bzip2::Compression::new(6);
            let mut to = bzip2::write::BzEncoder::new(Vec::new(), level);
            to.write_all(raw)?;
            to.finish()?
        }
    })
}

/// A number of seven bits a byte, the lowest first: value and place behind it.
pub(super) fn varint(raw: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for n in 0..10 {
        let byte = *raw.get(at + n)?;
        let part = u64::from(byte & 0x7F);
        if n == 9 && part > 1 {
            return None;
        }
        value |= part << (7 * n);
        if byte & 0x80 == 0 {
            return Some((value, at + n + 1));
        }
    }
    None
}

/// Adds such a number.
pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(u8::try_from(value & 0x7F).unwrap_or(0) | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap_or(0));
}

/// A number with its sign in the lowest bit, as itself.
pub(super) fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

/// The other way round.
pub(super) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// Adds `length` bytes that begin `back` bytes before the end of `out`, which may be fewer than that.
fn repeat(out: &mut Vec<u8>, from: usize, back: usize, length: usize) -> Result<(), FormatError> {
    let start = out
        .len()
        .checked_sub(back)
        .filter(|s| *s >= from && back > 0);
    let start = start.ok_or(BAD)?;
    for n in 0..length {
        let byte = *out.get(start + n).ok_or(BAD)?;
        out.push(byte);
    }
    Ok(())
}

fn snappy(raw: &[u8], most: usize) -> Result<Vec<u8>, FormatError> {
    let (length, mut at) = varint(raw, 0).ok_or(BAD)?;
    let length = usize::try_from(length).map_err(|_| BAD)?;
    if length > most {
        return Err(FormatError::Limit("expanded bytes of one piece"));
    }
    let mut out = Vec::new();
    let little = |at: usize, n: usize| -> Option<usize> {
        let bytes = raw.get(at..at + n)?;
        Some(bytes.iter().rev().fold(0, |v, b| v << 8 | usize::from(*b)))
    };
    while let Some(&tag) = raw.get(at) {
        at += 1;
        let high = usize::from(tag >> 2);
        if tag.trailing_zeros() >= 2 {
            let extra = high.saturating_sub(59);
            let size = match extra {
                0 => high + 1,
                n => little(at, n).ok_or(BAD)? + 1,
            };
            at += extra;
            let end = at.checked_add(size).ok_or(BAD)?;
            out.extend_from_slice(raw.get(at..end).ok_or(BAD)?);
            at = end;
        } else {
            let (size, back, used) = match tag & 3 {
                1 => {
                    let low = little(at, 1).ok_or(BAD)?;
                    ((high & 7) + 4, (high >> 3) << 8 | low, 1)
                }
                2 => (high + 1, little(at, 2).ok_or(BAD)?, 2),
                _ => (high + 1, little(at, 4).ok_or(BAD)?, 4),
            };
            at += used;
            repeat(&mut out, 0, back, size)?;
        }
        if out.len() > length {
            return Err(BAD);
        }
    }
    if out.len() == length {
        Ok(out)
    } else {
        Err(BAD)
    }
}

/// Snappy's form with nothing repeated.
fn plain_snappy(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() + raw.len() / 1000 + 16);
    put_varint(&mut out, raw.len() as u64);
    for piece in raw.chunks(1 << 16) {
        let size = u16::try_from(piece.len() - 1).unwrap_or(u16::MAX);
        out.push(61 << 2);
        out.extend_from_slice(&size.to_le_bytes());
        out.extend_from_slice(piece);
    }
    out
}

/// Adds what a block of LZ4 holds; it may go back to what is in `out` from `from` on.
fn lz4(raw: &[u8], out: &mut Vec<u8>, from: usize, most: usize) -> Result<(), FormatError> {
    let mut at = 0;
    let long = |at: &mut usize, start: usize| -> Result<usize, FormatError> {
        let mut size = start;
        if start == 15 {
            loop {
                let more = *raw.get(*at).ok_or(BAD)?;
                *at += 1;
                size += usize::from(more);
                if more != 255 {
                    break;
                }
            }
        }
        Ok(size)
    };
    while let Some(&token) = raw.get(at) {
        at += 1;
        let size = long(&mut at, usize::from(token >> 4))?;
        let end = at.checked_add(size).ok_or(BAD)?;
        out.extend_from_slice(raw.get(at..end).ok_or(BAD)?);
        at = end;
        if at == raw.len() {
            break;
        }
        let back = raw.get(at..at + 2).ok_or(BAD)?;
        let back = usize::from(u16::from_le_bytes([
            back.first().copied().unwrap_or(0),
            back.get(1).copied().unwrap_or(0),
        ]));
        at += 2;
        let size = long(&mut at, usize::from(token & 15))? + 4;
        if out.len().saturating_add(size) > most {
            return Err(FormatError::Limit("expanded bytes of one piece"));
        }
        repeat(out, from, back, size)?;
    }
    if out.len() > most {
        return Err(FormatError::Limit("expanded bytes of one piece"));
    }
    Ok(())
}

fn lz4_frame(raw: &[u8], most: usize) -> Result<Vec<u8>, FormatError> {
    use crate::formats::le::size_at;
    if size_at(raw, 0) != Some(0x184D_2204) {
        return Err(BAD);
    }
    let flags = *raw.get(4).ok_or(BAD)?;
    let mut at = 7;
    if flags & 8 != 0 {
        at += 8;
    }
    if flags & 1 != 0 {
        return Err(FormatError::Unsupported("LZ4 with a dictionary"));
    }
    let mut out = Vec::new();
    loop {
        let size = size_at(raw, at).ok_or(BAD)?;
        at += 4;
        if size == 0 {
            // A sum of all may stand behind the mark of the end.
            let end = at + if flags & 4 == 0 { 0 } else { 4 };
            return if end == raw.len() { Ok(out) } else { Err(BAD) };
        }
        let plain = size & 0x8000_0000 != 0;
        let end = at.checked_add(size & 0x7FFF_FFFF).ok_or(BAD)?;
        let block = raw.get(at..end).ok_or(BAD)?;
        if plain {
            out.extend_from_slice(block);
            if out.len() > most {
                return Err(FormatError::Limit("expanded bytes of one piece"));
            }
        } else {
            // Blocks that stand alone may not go back past their own beginning.
            let from = if flags & 0x20 == 0 { 0 } else { out.len() };
            lz4(block, &mut out, from, most)?;
        }
        at = end;
        if flags & 0x10 != 0 {
            at += 4;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WRITTEN: [Packing; 6] = [
        Packing::None,
        Packing::Deflate,
        Packing::Gzip,
        Packing::Snappy,
        Packing::Zstd,
        Packing::Bzip2,
    ];

    #[test]
    fn what_is_packed_is_unpacked() {
        let text = "客户 13800138000 ".repeat(9_000).into_bytes();
        for packing in WRITTEN {
            let out = packed(packing, &text).unwrap();
            assert_eq!(
                unpacked(packing, &out, 1 << 20).unwrap(),
                text,
                "{packing:?}"
            );
            let result = unpacked(packing, &out, 1_000);
            assert!(matches!(result, Err(FormatError::Limit(_))), "{packing:?}");
        }
    }

    #[test]
    fn bytes_behind_what_is_packed_are_damage() {
        for packing in WRITTEN.into_iter().filter(|p| *p != Packing::None) {
            let mut out = packed(packing, b"keep").unwrap();
            assert_eq!(unpacked(packing, &out, 100).unwrap(), b"keep");
            out.extend_from_slice(b"call 13800138000");
            assert!(unpacked(packing, &out, 100).is_err(), "{packing:?}");
        }
        let twice = packed(Packing::Zstd, b"keep").unwrap().repeat(2);
        assert_eq!(unpacked(Packing::Zstd, &twice, 100).unwrap(), b"keepkeep");
        let raw = [0x40, b'a', b'b', b'c', b'd'];
        let mut frame = vec![0x04, 0x22, 0x4D, 0x18, 0x60, 0x40, 0x82, 5, 0, 0, 0];
        frame.extend_from_slice(&raw);
        frame.extend_from_slice(&[0; 4]);
        assert_eq!(unpacked(Packing::Lz4Frame, &frame, 100).unwrap(), b"abcd");
        frame.extend_from_slice(b"call 13800138000");
        assert!(unpacked(Packing::Lz4Frame, &frame, 100).is_err());
    }

    #[test]
    fn repeats_of_snappy_and_lz4() {
        // Four letters, then eight from four back: copies that overlap themselves.
        let raw = [12, 3 << 2, b'a', b'b', b'c', b'd', (4 << 2) | 1, 4];
        assert_eq!(
            unpacked(Packing::Snappy, &raw, 100).unwrap(),
            b"abcdabcdabcd"
        );
        let raw = [0x44, b'a', b'b', b'c', b'd', 4, 0, 0];
        assert_eq!(unpacked(Packing::Lz4, &raw, 100).unwrap(), b"abcdabcdabcd");
        let mut frame = vec![0x04, 0x22, 0x4D, 0x18, 0x60, 0x40, 0x82, 8, 0, 0, 0];
        frame.extend_from_slice(&raw);
        frame.extend_from_slice(&[0; 4]);
        assert_eq!(
            unpacked(Packing::Lz4Frame, &frame, 100).unwrap(),
            b"abcdabcdabcd"
        );
        for packing in [Packing::Snappy, Packing::Lz4] {
            assert!(unpacked(packing, &[12, 1, 9, 9, 9, 9], 100).is_err());
        }
    }

    proptest! {
        #[test]
        fn numbers_come_back(value in any::<i64>()) {
            let mut out = Vec::new();
            put_varint(&mut out, zigzag(value));
            let (read, end) = varint(&out, 0).unwrap();
            prop_assert_eq!(unzigzag(read), value);
            prop_assert_eq!(end, out.len());
        }

        #[test]
        fn anything_ends_in_a_result(raw in proptest::collection::vec(any::<u8>(), 0..200)) {
            for packing in WRITTEN.into_iter().chain([Packing::Lz4, Packing::Lz4Frame]) {
                let _ = unpacked(packing, &raw, 1 << 16);
            }
        }
    }
}
