//! Words among bytes whose meaning is not known or that need not be known: strings of any record.

use super::text::Joined;
use crate::formats::encoding::Codec;

/// Fewest characters of a word.
const LEAST: usize = 4;

fn plain(unit: u16) -> bool {
    matches!(unit, 0x20..=0x7E | 0x3000..=0x303F | 0x4E00..=0x9FFF | 0xFF01..=0xFF5E)
}

/// The words in some bytes that lie at `at` of the stream, a line each: of one byte a character (in the
/// code page, when there is one) and of UTF-16 at even and odd places.
pub(super) fn words(bytes: &[u8], at: usize, page: Option<Codec>, out: &mut Joined) {
    narrow(bytes, at, page, out);
    for odd in [0, 1] {
        wide(bytes, odd, at, out);
    }
}

fn narrow(bytes: &[u8], at: usize, page: Option<Codec>, out: &mut Joined) {
    let is_word = |b: &u8| matches!(b, 0x20..=0x7E) || (page.is_some() && *b >= 0x80);
    let mut start = 0;
    for run in bytes.chunk_by(|a, b| is_word(a) == is_word(b)) {
        let from = start;
        start += run.len();
        if run.len() < LEAST || !run.first().is_some_and(is_word) {
            continue;
        }
        match page {
            Some(page) => out.page(run, at + from, page),
            None => out.latin(run, at + from),
        }
        out.blank('\n');
    }
}

fn wide(bytes: &[u8], odd: usize, at: usize, out: &mut Joined) {
    let Some(bytes) = bytes.get(odd..) else {
        return;
    };
    let unit = |pair: &[u8]| match pair {
        &[low, high] => u16::from_le_bytes([low, high]),
        _ => 0,
    };
    let mut run = None;
    let count = bytes.len() / 2;
    for i in 0..=count {
        let pair = bytes.get(2 * i..2 * i + 2).unwrap_or_default();
        if i < count && plain(unit(pair)) {
            run.get_or_insert(i);
            continue;
        }
        let Some(start) = run.take() else { continue };
        let word = bytes.get(2 * start..2 * i).unwrap_or_default();
        let ascii = word.chunks_exact(2).filter(|p| unit(p) < 0x80).count();
        // Two letters of one byte each look like a character of UTF-16.
        let ascii_pairs = word
            .chunks_exact(2)
            .filter(|p| p.iter().all(|b| (0x20..0x7F).contains(b)))
            .count();
        let letters = ascii_pairs + 1 >= i - start;
        let before = |n: usize| (2 * start).checked_sub(n).and_then(|at| bytes.get(at));
        let said = before(1) == Some(&1) && i - start >= 2;
        let enough = if ascii == i - start {
            i - start >= LEAST
        } else {
            said || (i - start >= 3 && !letters)
        };
        if enough {
            out.wide(word, at + odd + 2 * start);
            out.blank('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::encoding::Encoding;

    #[test]
    fn words_of_all_kinds() {
        let mut bytes = b"\x01\x02user@x.cn\0".to_vec();
        bytes.extend("张三 138".encode_utf16().flat_map(u16::to_le_bytes));
        bytes.extend([0, 0, 7, 7]);
        let mut joined = Joined::default();
        words(&bytes, 100, None, &mut joined);
        assert!(joined.text.contains("user@x.cn\n") && joined.text.contains("张三 138\n"));
        let gb = Codec::new(Encoding::Gb18030);
        let mut joined = Joined::default();
        words(&gb.encode("\u{1}李四\u{2}"), 0, Some(gb), &mut joined);
        assert!(joined.text.starts_with("李四\n"));
    }
}
