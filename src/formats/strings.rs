//! Text in bytes of which no more is known: runs of characters in UTF-8, GB 18030 and UTF-16, as the program
//! `strings` finds them.
//!
//! What is found is found; what is not may still be there, packed or in another form. Whoever uses this says so
//! in the ledger as well.

use super::{
    Cx, FormatError, Source,
    encoding::{Codec, Encoding, Unit},
    source::read_full,
};
use crate::model::{Charset, Fragment, Layout, Step};

/// Shortest run that is handed on, in characters.
const SHORTEST: usize = 6;
/// Bytes of text handed on at a time.
const PIECE: usize = 256 << 10;

/// Hands on all runs in `bytes`, a line each.
pub(super) fn sweep(bytes: &[u8], at: &[Step], cx: &mut Cx<'_>) {
    swept(bytes, at, cx);
}

/// As [`sweep`]; gives how many changes were wanted, which is 0 when only reading.
pub(super) fn swept(bytes: &[u8], at: &[Step], cx: &mut Cx<'_>) -> usize {
    let mut wanted = 0;
    let mut runs = Runs {
        out: String::new(),
        now: String::new(),
        chars: 0,
    };
    let mut flush = |runs: &mut Runs, least: usize| {
        if runs.out.len() > least {
            wanted += cx
                .text(&Fragment {
                    at,
                    bytes: runs.out.as_bytes(),
                    charset: Charset::Utf8,
                    own: 0..runs.out.len(),
                    base: None,
                    layout: Layout::Whole,
                    label: None,
                })
                .len();
            runs.out.clear();
        }
    };
    // UTF-8 where it is that, GB 18030 where it is that: a run ends where it is neither.
    for encoding in [Encoding::Utf8, Encoding::Gb18030] {
        let codec = Codec::new(encoding);
        let mut at = 0;
        let mut wide = false;
        while let Some(rest) = bytes.get(at..).filter(|r| !r.is_empty()) {
            let step = match codec.first(rest) {
                Unit::Char(c, n) if is_text(c) => {
                    wide |= !c.is_ascii();
                    runs.push(c);
                    n
                }
                _ => {
                    // Runs of plain ASCII are the same in both.
                    runs.end(encoding == Encoding::Utf8 || wide);
                    wide = false;
                    flush(&mut runs, PIECE);
                    1
                }
            };
            at += step;
        }
        runs.end(encoding == Encoding::Utf8 || wide);
        flush(&mut runs, 0);
    }
    utf16(bytes, &mut runs, &mut flush);
    wanted
}

/// Bytes that are looked through at a time, and how many of them again with those behind.
const WINDOW: (usize, usize) = (1 << 20, 8192);

/// Hands on all runs in a source, whatever its length.
///
/// # Errors
/// Those of reading; past the limits.
pub(super) fn all(source: &mut Source<'_>, cx: &mut Cx<'_>) -> Result<(), FormatError> {
    let (size, again) = WINDOW;
    let mut window = vec![0; size];
    let mut kept = 0;
    // Every window begins at a multiple of 64 bytes, as the blocks of a store do.
    let store = super::outlook::is_permuted(source.head());
    let mut reader = source.reader()?;
    loop {
        let n = read_full(&mut *reader, window.get_mut(kept..).unwrap_or_default())?;
        if n == 0 {
            return Ok(());
        }
        cx.read(n as u64);
        cx.spend(0)?;
        let seen = window.get(..kept + n).unwrap_or_default();
        match store {
            Some(permuted) => super::outlook::sweep(seen, permuted, &[], cx),
            None => sweep(seen, &[], cx),
        }
        // A value over the end of a window is whole in the next.
        let tail = (kept + n).min(again);
        window.copy_within(kept + n - tail..kept + n, 0);
        kept = tail;
    }
}

/// Adds the runs in `bytes` that have other characters than those of ASCII, or two bytes for each of these: UTF-8,
/// GB 18030 and UTF-16, with blanks between them. Runs of plain ASCII are not among them.
pub(super) fn wide(bytes: &[u8], out: &mut Vec<u8>) {
    let mut runs = Runs {
        out: String::new(),
        now: String::new(),
        chars: 0,
    };
    for encoding in [Encoding::Utf8, Encoding::Gb18030] {
        let codec = Codec::new(encoding);
        let mut at = 0;
        let mut wide = false;
        while let Some(rest) = bytes.get(at..).filter(|r| !r.is_empty()) {
            at += match codec.first(rest) {
                Unit::Char(c, n) if is_text(c) => {
                    wide |= !c.is_ascii();
                    runs.push(c);
                    n
                }
                _ => {
                    runs.end(std::mem::take(&mut wide));
                    1
                }
            };
        }
        runs.end(wide);
        // What is text in UTF-8 is other characters in GB 18030.
        if !runs.out.is_empty() {
            break;
        }
    }
    utf16(bytes, &mut runs, &mut |_, _| ());
    // Pairs from the next place, the other way round, are the same text without its ends.
    let mut kept: Vec<&str> = Vec::new();
    for run in runs.out.lines() {
        if !kept.iter().any(|k| k.contains(run)) {
            kept.push(run);
        }
    }
    out.extend_from_slice(kept.join(" ").as_bytes());
}

/// Runs of characters of two bytes each, in both orders and from both places.
fn utf16(bytes: &[u8], runs: &mut Runs, flush: &mut dyn FnMut(&mut Runs, usize)) {
    for unit in [u16::from_le_bytes as fn([u8; 2]) -> u16, u16::from_be_bytes] {
        for parity in 0..2 {
            let mut wide = false;
            let pairs = bytes.get(parity..).unwrap_or_default();
            for pair in pairs.chunks_exact(2) {
                let code = pair.first_chunk().map_or(0, |p| unit(*p));
                if let Some(c) = char::from_u32(u32::from(code)).filter(|c| is_text(*c)) {
                    wide |= !pair.iter().all(|b| (b' '..=b'~').contains(b));
                    runs.push(c);
                } else {
                    // Pairs of ASCII letters look like rare characters.
                    runs.end(wide);
                    wide = false;
                    flush(runs, PIECE);
                }
            }
            runs.end(wide);
            flush(runs, 0);
        }
    }
}

struct Runs {
    out: String,
    now: String,
    chars: usize,
}

impl Runs {
    fn push(&mut self, c: char) {
        self.now.push(c);
        self.chars += 1;
        if self.now.len() > PIECE {
            self.end(true);
        }
    }

    fn end(&mut self, keep: bool) {
        if keep && self.chars >= SHORTEST {
            self.out.push_str(&self.now);
            self.out.push('\n');
        }
        self.now.clear();
        self.chars = 0;
    }
}

/// Letters, digits, marks and blanks of the scripts that are read; not the rare rest, which random bytes hit.
fn is_text(c: char) -> bool {
    matches!(c, '\t' | ' '..='~' | '\u{a0}'..='\u{24f}' | '\u{2010}'..='\u{203b}')
        || matches!(c, '\u{3000}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}')
        || matches!(c, '\u{ac00}'..='\u{d7a3}' | '\u{ff01}'..='\u{ff5e}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::trial::{Trial, with_cx};

    fn seen(bytes: &[u8]) -> String {
        let mut trial = Trial {
            keep: true,
            ..Trial::default()
        };
        with_cx(&mut trial, bytes.len(), |cx| {
            sweep(bytes, &[], cx);
            Ok(())
        })
        .unwrap();
        trial.all_text()
    }

    #[test]
    fn runs_that_are_no_ascii() {
        let wide = |raw: &[u8]| {
            let mut out = Vec::new();
            wide(raw, &mut out);
            String::from_utf8(out).unwrap()
        };
        let text = "客户张三 13800138000";
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let gbk = encoding_rs::GB18030.encode(text).0.into_owned();
        for raw in [text.as_bytes(), &gbk, &utf16] {
            let seen = wide(&[b"\x00", raw, b"\x00\xfe"].concat());
            assert!(seen.contains(text), "{seen}");
        }
        let plain: Vec<u8> = "call 13800138000"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(wide(&plain), "call 13800138000");
        assert_eq!(wide(b"\x00call 13800138000\x01"), "");
    }

    #[test]
    fn runs_in_every_encoding() {
        let text = "客户张三 13800138000";
        let utf16le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let utf16be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let gbk = encoding_rs::GB18030.encode(text).0.into_owned();
        for raw in [text.as_bytes().to_vec(), gbk, utf16le, utf16be] {
            for lead in [&b"\x00\x01"[..], b"\xff"] {
                let bytes = [lead, &raw, b"\x00\xfe"].concat();
                assert!(seen(&bytes).contains(text), "{bytes:?}");
            }
        }
        assert!(!seen(b"\x00abc\x00").contains("abc"));
    }

    /// Access writes Latin letters of a text with one byte each, between marks, and the rest with two.
    #[test]
    fn runs_in_the_packed_texts_of_access() {
        let wide: Vec<u8> = "上海市浦东新区世纪大道"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let text = [
            b"\x12\xff\xfe13800138000 \x00",
            &wide[..],
            b"\x00zhang@example.com\x04\x00",
        ];
        let seen = seen(&text.concat());
        for part in ["13800138000", "上海市浦东新区世纪大道", "zhang@example.com"] {
            assert!(seen.contains(part), "{part}");
        }
    }
}
