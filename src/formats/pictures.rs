//! Blank stand-ins for what cannot be read: pictures of the same type and size, empty objects.
//!
//! A copy that must not leak cannot keep a picture that nobody read. A blank one of the same type and
//! pixel size keeps the document's layout, and is known again: it is its own stand-in.

use flate2::{Compression, write::ZlibEncoder};
use std::io::Write;

/// Pixels of the largest stand-in; what is larger becomes one pixel.
const MOST: u64 = 64 << 20;
/// Bytes of the beginning of a picture that tell its type and size.
pub(super) const HEAD: usize = 256 << 10;

const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// A blank picture of the type and size of the one that begins with `head`. What is of no known type
/// becomes a PNG picture of one pixel.
pub(super) fn blank(head: &[u8]) -> Vec<u8> {
    let at = |i: usize| head.get(i..).unwrap_or_default();
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        return png(be32(at(16)), be32(at(20)));
    }
    if head.starts_with(b"\xff\xd8") {
        let (w, h) = jpeg_size(head).unwrap_or((1, 1));
        return jpeg(w, h);
    }
    if head.starts_with(b"GIF8") {
        return gif(le16(at(6)), le16(at(8)));
    }
    if head.starts_with(b"BM") {
        return bmp(le32(at(18)), le32(at(22)));
    }
    if head.starts_with(b"II*\0") || head.starts_with(b"MM\0*") {
        let (w, h) = tiff_size(head).unwrap_or((1, 1));
        return tiff(w, h);
    }
    if head.starts_with(b"RIFF") && at(8).starts_with(b"WEBP") {
        let (w, h) = webp_size(at(12)).unwrap_or((1, 1));
        return webp(w, h);
    }
    if head.starts_with(&[1, 0, 0, 0]) && at(40).starts_with(b" EMF") {
        return emf(head);
    }
    if head.starts_with(b"\xd7\xcd\xc6\x9a") || head.starts_with(&[1, 0, 9, 0, 0, 3]) {
        return wmf(head);
    }
    if is_svg(head) {
        return svg(head);
    }
    png(1, 1)
}

/// An empty object of the kind of the one that begins with `head`: an OLE file without streams, a zip
/// file without members, or nothing at all.
pub(super) fn empty(head: &[u8]) -> Vec<u8> {
    if head.starts_with(OLE) {
        empty_ole()
    } else if head.starts_with(b"PK") {
        [&b"PK\x05\x06"[..], &[0; 18]].concat()
    } else {
        Vec::new()
    }
}

fn be16(b: &[u8]) -> u32 {
    b.first_chunk()
        .map_or(0, |b| u32::from(u16::from_be_bytes(*b)))
}

fn le16(b: &[u8]) -> u32 {
    b.first_chunk()
        .map_or(0, |b| u32::from(u16::from_le_bytes(*b)))
}

fn be32(b: &[u8]) -> u32 {
    b.first_chunk().map_or(0, |b| u32::from_be_bytes(*b))
}

fn le32(b: &[u8]) -> u32 {
    b.first_chunk().map_or(0, |b| u32::from_le_bytes(*b))
}

/// Width and height that a stand-in can have.
fn bounded(w: u32, h: u32, most: u32) -> (u32, u32) {
    let fits =
        (1..=most).contains(&w) && (1..=most).contains(&h) && u64::from(w) * u64::from(h) <= MOST;
    if fits { (w, h) } else { (1, 1) }
}

/// Bytes of a row of one bit a pixel.
fn row(w: u32) -> usize {
    usize::try_from(w.div_ceil(8)).unwrap_or(1)
}

fn rows(h: u32) -> usize {
    usize::try_from(h).unwrap_or(1)
}

/// Standard: PNG (ISO/IEC 15948), one bit of grey a pixel.
fn png(w: u32, h: u32) -> Vec<u8> {
    let (w, h) = bounded(w, h, 1 << 24);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8; 4], data: &[u8]| {
        let len = u32::try_from(data.len()).unwrap_or(0);
        out.extend_from_slice(&len.to_be_bytes());
        let mut crc = crc32fast::Hasher::new();
        crc.update(kind);
        crc.update(data);
        out.extend_from_slice(kind);
        out.extend_from_slice(data);
        out.extend_from_slice(&crc.finalize().to_be_bytes());
    };
    let mut header = Vec::new();
    header.extend_from_slice(&w.to_be_bytes());
    header.extend_from_slice(&h.to_be_bytes());
    header.extend_from_slice(&[1, 0, 0, 0, 0]);
    chunk(b"IHDR", &header);
    let mut line = vec![0xFF; row(w) + 1];
    if let Some(filter) = line.first_mut() {
        *filter = 0;
    }
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::new(6));
    for _ in 0..h {
        // Writing to memory does not fail.
        let _ = packed.write_all(&line);
    }
    chunk(b"IDAT", &packed.finish().unwrap_or_default());
    chunk(b"IEND", b"");
    out
}

/// Size from the first frame header. Standard: ITU-T T.81, B.2.2.
fn jpeg_size(head: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let marker = head.get(at..at + 4)?;
        let (&[0xFF, kind], rest) = marker.split_first_chunk()? else {
            return None;
        };
        match kind {
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                let frame = head.get(at + 5..)?;
                return Some((be16(frame.get(2..)?), be16(frame)));
            }
            0xFF => at += 1,
            0x01 | 0xD0..=0xD8 => at += 2,
            _ => at += 2 + usize::try_from(be16(rest)).ok()?.max(2),
        }
    }
}

/// Standard: ITU-T T.81, baseline, one component, Huffman tables of just the codes that are used.
fn jpeg(w: u32, h: u32) -> Vec<u8> {
    let (w, h) = bounded(w, h, 65_535);
    let mut out = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0".to_vec();
    out.extend_from_slice(b"\xff\xdb\0\x43\0");
    out.extend_from_slice(&[8; 64]);
    out.extend_from_slice(b"\xff\xc0\0\x0b\x08");
    for side in [h, w] {
        out.extend_from_slice(&u16::try_from(side).unwrap_or(1).to_be_bytes());
    }
    out.extend_from_slice(b"\x01\x01\x11\0");
    // DC: `0` is category 0, `10` is category 7. AC: `0` is the end of the block.
    out.extend_from_slice(b"\xff\xc4\0\x15\0\x01\x01");
    out.extend_from_slice(&[0; 14]);
    out.extend_from_slice(&[0, 7]);
    out.extend_from_slice(b"\xff\xc4\0\x14\x10\x01");
    out.extend_from_slice(&[0; 15]);
    out.push(0);
    out.extend_from_slice(b"\xff\xda\0\x08\x01\x01\0\0\x3f\0");
    // The first block is white (`10` `1111111` `0`), the others are as it (`0` `0`).
    let blocks = u64::from(w.div_ceil(8)) * u64::from(h.div_ceil(8));
    let bits = 10 + 2 * (blocks - 1);
    let bytes = usize::try_from(bits.div_ceil(8)).unwrap_or(2);
    let mut data = vec![0; bytes.max(2)];
    if let Some(start) = data.first_chunk_mut::<2>() {
        *start = [0b1011_1111, 0b1000_0000];
    }
    let padding = u8::try_from(bytes as u64 * 8 - bits).unwrap_or(0);
    if let Some(last) = data.last_mut() {
        *last |= (1u8 << padding) - 1;
    }
    out.extend_from_slice(&data);
    out.extend_from_slice(b"\xff\xd9");
    out
}

/// Standard: GIF89a. The screen has the size, its one frame is a pixel.
fn gif(w: u32, h: u32) -> Vec<u8> {
    let mut out = b"GIF89a".to_vec();
    for side in [w, h] {
        out.extend_from_slice(&u16::try_from(side).unwrap_or(1).max(1).to_le_bytes());
    }
    out.extend_from_slice(b"\x80\0\0\xff\xff\xff\0\0\0");
    out.extend_from_slice(b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b");
    out
}

/// Standard: BITMAPINFOHEADER, one bit a pixel.
fn bmp(w: u32, h: u32) -> Vec<u8> {
    // Bitmaps that begin with their first row have a negative height.
    let h = h.cast_signed().unsigned_abs();
    let (w, h) = bounded(w, h, 1 << 24);
    let stride = row(w).next_multiple_of(4);
    let size = stride * rows(h);
    let mut out = b"BM".to_vec();
    let total = u32::try_from(62 + size).unwrap_or(0);
    for n in [total, 0, 62, 40, w, h] {
        out.extend_from_slice(&n.to_le_bytes());
    }
    out.extend_from_slice(&[1, 0, 1, 0]);
    for n in [0, u32::try_from(size).unwrap_or(0), 2835, 2835, 2, 2] {
        out.extend_from_slice(&n.to_le_bytes());
    }
    out.extend_from_slice(b"\xff\xff\xff\0\0\0\0\0");
    out.resize(62 + size, 0);
    out
}

/// Width and height from the first directory. Standard: TIFF 6.0, section 2.
fn tiff_size(head: &[u8]) -> Option<(u32, u32)> {
    let little = head.starts_with(b"II");
    let short = |b: &[u8]| if little { le16(b) } else { be16(b) };
    let long = |b: &[u8]| if little { le32(b) } else { be32(b) };
    let at = usize::try_from(long(head.get(4..)?)).ok()?;
    let directory = head.get(at..)?;
    let (mut w, mut h) = (None, None);
    let entries = directory.get(2..)?.chunks_exact(12);
    for entry in entries.take(usize::try_from(short(directory)).ok()?) {
        let value = entry.get(8..)?;
        let value = match short(entry.get(2..)?) {
            3 => short(value),
            _ => long(value),
        };
        match short(entry) {
            256 => w = Some(value),
            257 => h = Some(value),
            _ => {}
        }
    }
    Some((w?, h?))
}

/// Standard: TIFF 6.0, section 3, bilevel, no compression.
fn tiff(w: u32, h: u32) -> Vec<u8> {
    let (w, h) = bounded(w, h, 1 << 24);
    let size = row(w) * rows(h);
    let bytes = u32::try_from(size).unwrap_or(0);
    let tags: [(u16, u16, u32); 9] = [
        (256, 4, w),
        (257, 4, h),
        (258, 3, 1),
        (259, 3, 1),
        (262, 3, 0),
        (273, 4, 8 + 2 + 9 * 12 + 4),
        (277, 3, 1),
        (278, 4, h),
        (279, 4, bytes),
    ];
    let mut out = b"II*\0\x08\0\0\0\x09\0".to_vec();
    for (tag, kind, value) in tags {
        out.extend_from_slice(&tag.to_le_bytes());
        out.extend_from_slice(&kind.to_le_bytes());
        out.extend_from_slice(&1u32.to_le_bytes());
        out.extend_from_slice(&value.to_le_bytes());
    }
    out.extend_from_slice(&[0; 4]);
    let length = out.len() + size;
    out.resize(length, 0);
    out
}

/// Size from the first chunk of a WebP file (RFC 9649).
fn webp_size(chunk: &[u8]) -> Option<(u32, u32)> {
    let data = chunk.get(8..)?;
    match chunk.get(..4)? {
        b"VP8X" => {
            let three = |b: &[u8]| le32(&[b, &[0][..]].concat());
            Some((three(data.get(4..7)?) + 1, three(data.get(7..10)?) + 1))
        }
        b"VP8L" => {
            let bits = le32(data.get(1..)?);
            Some(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
        }
        b"VP8 " => Some((le16(data.get(6..)?) & 0x3FFF, le16(data.get(8..)?) & 0x3FFF)),
        _ => None,
    }
}

/// Standard: RFC 9649, section 3: five codes of one symbol each, so that pixels take no bits.
fn webp(w: u32, h: u32) -> Vec<u8> {
    let (w, h) = bounded(w, h, 1 << 14);
    let mut bits = u128::from(w - 1) | u128::from(h - 1) << 14;
    let mut at = 32 + 3;
    for _ in 0..4 {
        // A simple code, one symbol of eight bits, 255.
        bits |= (0b101 | 0xFF << 3) << at;
        at += 11;
    }
    bits |= 0b0001 << at;
    let mut data = vec![0x2F];
    data.extend_from_slice(bits.to_le_bytes().get(..11).unwrap_or_default());
    let mut out = b"RIFF".to_vec();
    let size = u32::try_from(data.len()).unwrap_or(0);
    out.extend_from_slice(&(4 + 8 + size).to_le_bytes());
    out.extend_from_slice(b"WEBPVP8L");
    out.extend_from_slice(&size.to_le_bytes());
    out.extend_from_slice(&data);
    out
}

/// Standard: MS-EMF 2.3.4.2: a header with the same bounds, and the end.
fn emf(head: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend_from_slice(&1u32.to_le_bytes());
    out.extend_from_slice(&88u32.to_le_bytes());
    out.extend_from_slice(head.get(8..40).unwrap_or(&[0; 32]));
    out.extend_from_slice(b" EMF");
    for n in [0x1_0000u32, 108, 2, 1, 0, 0, 0] {
        out.extend_from_slice(&n.to_le_bytes());
    }
    out.extend_from_slice(head.get(72..88).unwrap_or(&[0; 16]));
    for n in [14u32, 20, 0, 16, 20] {
        out.extend_from_slice(&n.to_le_bytes());
    }
    out
}

/// Standard: MS-WMF 2.3.2: the placeable header with the same bounds, the header, and the end.
fn wmf(head: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    if head.starts_with(b"\xd7\xcd\xc6\x9a") {
        out.extend_from_slice(b"\xd7\xcd\xc6\x9a\0\0");
        out.extend_from_slice(head.get(6..16).unwrap_or(&[0; 10]));
        out.extend_from_slice(&[0; 4]);
        let sum = out.chunks_exact(2).fold(0, |sum, b| sum ^ le16(b));
        out.extend_from_slice(&u16::try_from(sum).unwrap_or(0).to_le_bytes());
    }
    for n in [1u16, 9, 0x300, 12, 0, 0, 3, 0, 0, 3, 0, 0] {
        out.extend_from_slice(&n.to_le_bytes());
    }
    out
}

fn is_svg(head: &[u8]) -> bool {
    let head = head.get(..4096).unwrap_or(head);
    memchr::memmem::find(head, b"<svg").is_some()
}

/// Standard: SVG 1.1: the root element alone, with its size.
fn svg(head: &[u8]) -> Vec<u8> {
    let start = memchr::memmem::find(head, b"<svg").unwrap_or(0);
    let tag = head.get(start..).unwrap_or_default();
    let end = memchr::memchr(b'>', tag).unwrap_or(0);
    let tag = tag.get(..end).unwrap_or_default();
    let mut out = b"<svg xmlns=\"http://www.w3.org/2000/svg\"".to_vec();
    for name in ["width", "height", "viewBox"] {
        let mark = format!(" {name}=\"");
        let value = memchr::memmem::find(tag, mark.as_bytes())
            .and_then(|at| tag.get(at + mark.len()..))
            .and_then(|rest| rest.get(..memchr::memchr(b'"', rest)?))
            .filter(|v| is_measure(v));
        if let Some(value) = value {
            out.extend_from_slice(mark.as_bytes());
            out.extend_from_slice(value);
            out.push(b'"');
        }
    }
    out.extend_from_slice(b"/>");
    out
}

/// Numbers of few digits with units.
fn is_measure(value: &[u8]) -> bool {
    let short = |word: &[u8]| word.iter().filter(|b| b.is_ascii_digit()).count() <= 9;
    value.len() <= 60
        && value
            .iter()
            .all(|b| b.is_ascii_digit() || b" .-%ptxmcine".contains(b))
        && value.split(|&b| b == b' ').all(short)
}

/// Standard: MS-CFB 2.2, version 3: one sector of the allocation table, one of the directory.
fn empty_ole() -> Vec<u8> {
    const END: u32 = 0xFFFF_FFFE;
    let mut out = OLE.to_vec();
    out.extend_from_slice(&[0; 16]);
    for n in [0x3Eu16, 3, 0xFFFE, 9, 6] {
        out.extend_from_slice(&n.to_le_bytes());
    }
    out.extend_from_slice(&[0; 6]);
    // Sectors of the directory (always 0), of the table, its start; transactions; the bound of small
    // streams; where those of the small table and of the far table begin, and their numbers.
    for n in [0, 1, 1, 0, 4096, END, 0, END, 0, 0] {
        out.extend_from_slice(&n.to_le_bytes());
    }
    out.resize(512, 0xFF);
    for n in [0xFFFF_FFFDu32, END] {
        out.extend_from_slice(&n.to_le_bytes());
    }
    out.resize(1024, 0xFF);
    for i in 0..4 {
        let start = out.len();
        if i == 0 {
            for unit in "Root Entry".encode_utf16() {
                out.extend_from_slice(&unit.to_le_bytes());
            }
        }
        out.resize(start + 64, 0);
        let (length, kind) = if i == 0 { (22u16, 5u8) } else { (0, 0) };
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&[kind, 1]);
        out.extend_from_slice(&[0xFF; 12]);
        out.resize(start + 116, 0);
        out.extend_from_slice(&if i == 0 { END } else { 0 }.to_le_bytes());
        out.resize(start + 128, 0);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_blank(bytes: &[u8]) -> bool {
        blank(bytes) == bytes
    }

    #[test]
    fn a_stand_in_has_the_size_and_is_known_again() {
        for picture in [
            png(640, 480),
            jpeg(640, 481),
            gif(640, 480),
            bmp(640, 480),
            tiff(640, 480),
            webp(640, 480),
        ] {
            assert!(is_blank(&picture), "{:?}", picture.get(..4));
        }
        assert_eq!(jpeg_size(&jpeg(640, 481)), Some((640, 481)));
        assert_eq!(tiff_size(&tiff(3, 5)), Some((3, 5)));
        assert_eq!(webp_size(&webp(300, 7)[12..]), Some((300, 7)));
        let svg = b"<?xml?><svg x='1' width=\"10cm\" height=\"13800138000\"><text>13800138000</text></svg>";
        let blank = blank(svg);
        assert!(is_blank(&blank) && !blank.windows(5).any(|w| w == b"13800"));
    }

    #[test]
    fn metafiles_keep_their_bounds_only() {
        let mut emf = vec![7u8; 400];
        emf[..8].copy_from_slice(&[1, 0, 0, 0, 88, 0, 0, 0]);
        emf[40..44].copy_from_slice(b" EMF");
        assert_eq!(blank(&emf).len(), 108);
        assert!(is_blank(&blank(&emf)));
        let wmf = [&b"\xd7\xcd\xc6\x9a"[..], &[9; 300]].concat();
        assert_eq!(blank(&wmf).len(), 46);
        assert!(is_blank(&blank(&wmf)));
    }

    #[test]
    fn huge_pictures_become_one_pixel() {
        assert!(png(1 << 20, 1 << 20).len() < 100);
        assert!(jpeg(65_535, 65_535).len() < 1000);
    }

    #[test]
    fn an_empty_object_has_the_frame_of_its_kind() {
        assert_eq!(empty_ole().len(), 1536);
        assert_eq!(empty(b"PK\x03\x04").len(), 22);
        assert!(empty(b"anything").is_empty());
        assert_eq!(empty(&empty_ole()), empty_ole());
    }

    proptest! {
        #[test]
        fn any_beginning_gives_a_picture(magic in prop::sample::select(vec![
            b"\x89PNG\r\n\x1a\n".to_vec(), b"\xff\xd8".to_vec(), b"GIF8".to_vec(), b"BM".to_vec(),
            b"II*\0".to_vec(), b"MM\0*".to_vec(), b"RIFF....WEBP".to_vec(), b"<svg".to_vec()]),
            rest in proptest::collection::vec(any::<u8>(), 0..60)) {
            let picture = blank(&[magic, rest].concat());
            prop_assert!(!picture.is_empty());
            prop_assert!(is_blank(&picture));
        }
    }
}
