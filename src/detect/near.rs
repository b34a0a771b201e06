//! The stretch around a place in a text that is looked at with it.

use super::LINE;
use crate::model::Charset;

/// The line that a range lies in, as far as [`LINE`] bytes to both sides.
pub(super) fn line_around(text: &[u8], range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let from = range.start.saturating_sub(LINE);
    let start = text
        .get(from..range.start)
        .and_then(|b| memchr::memrchr(b'\n', b))
        .map_or(from, |i| from + i + 1);
    let to = (range.end + LINE).min(text.len());
    let end = text
        .get(range.end..to)
        .and_then(|b| memchr::memchr(b'\n', b))
        .map_or(to, |i| range.end + i);
    start..end
}

/// The stretch of one line around a spot in which values are looked for in folded form.
pub(super) fn neighbourhood(text: &[u8], spot: usize, charset: Charset) -> (usize, usize) {
    let from = spot.saturating_sub(96);
    let mut start = text
        .get(from..spot)
        .and_then(|w| memchr::memrchr2(b'\n', b'\t', w))
        .map_or(from, |i| from + i + 1);
    let to = (spot + 192).min(text.len());
    let end = text
        .get(spot..to)
        .and_then(|w| memchr::memchr2(b'\n', b'\t', w))
        .map_or(to, |i| spot + i);
    // Start at a character: any byte that cannot be inside one.
    match charset {
        Charset::Utf8 => {
            while start < spot && text.get(start).is_some_and(|b| b & 0xC0 == 0x80) {
                start += 1;
            }
        }
        Charset::Gb18030 => {
            let plain = |i: usize| text.get(i).is_some_and(|&b| b < 0x30);
            if start == from && from > 0 {
                while start < spot && !plain(start) {
                    start += 1;
                }
                if start == spot {
                    start = aligned(text, from, spot);
                }
            }
        }
    }
    (start, end)
}

/// A start from which two-byte characters end exactly at `spot`.
fn aligned(text: &[u8], from: usize, spot: usize) -> usize {
    let mut high = 0;
    while spot > from + high && text.get(spot - high - 1).is_some_and(|&b| b >= 0x80) {
        high += 1;
    }
    spot - high / 2 * 2
}
