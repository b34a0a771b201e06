//! Text encodings: deciding, decoding with a way back to the bytes, encoding.
//!
//! [`decide`](decide::decide) takes samples of a file and says how it is encoded. UTF-8 and GB 18030
//! (with GBK and GB 2312) are read raw by text and tables; everything else goes through a [`Codec`]:
//! characters one by one, each with the number of bytes it took, so that a place in the decoded text
//! leads back to the exact bytes. What cannot be decoded becomes U+FFFD *in the text that is looked at*
//! and is counted; the file's own bytes stay as they are.

mod decide;
mod frequency;

pub use decide::{Decision, Samples, decide, judged_once, label, looks_like_text, readable_head};
pub(super) use decide::{first_edge, is_sound_gb, is_surely_utf8, last_edge, valid_utf8};

use std::sync::OnceLock;

/// How the bytes of a text become characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 (RFC 3629), and with it ASCII.
    Utf8,
    /// GB 18030-2022, and with it GBK and GB 2312.
    Gb18030,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// Another one of the WHATWG Encoding Standard.
    Other(&'static encoding_rs::Encoding),
}

impl Encoding {
    /// The name in the WHATWG Encoding Standard.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Gb18030 => "GB18030",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Other(e) => e.name(),
        }
    }

    fn standard(self) -> &'static encoding_rs::Encoding {
        match self {
            Self::Utf8 => encoding_rs::UTF_8,
            Self::Gb18030 => encoding_rs::GB18030,
            Self::Utf16Le => encoding_rs::UTF_16LE,
            Self::Utf16Be => encoding_rs::UTF_16BE,
            Self::Other(e) => e,
        }
    }
}

impl From<&'static encoding_rs::Encoding> for Encoding {
    /// GBK and its kin are read as GB 18030, which contains them.
    fn from(e: &'static encoding_rs::Encoding) -> Self {
        if e == encoding_rs::UTF_8 {
            Self::Utf8
        } else if e == encoding_rs::GB18030 || e == encoding_rs::GBK {
            Self::Gb18030
        } else if e == encoding_rs::UTF_16LE {
            Self::Utf16Le
        } else if e == encoding_rs::UTF_16BE {
            Self::Utf16Be
        } else {
            Self::Other(e)
        }
    }
}

/// One unit of decoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A character and the bytes it took.
    Char(char, usize),
    /// Bytes that are no character.
    Bad(usize),
    /// More bytes are needed to tell.
    Incomplete,
}

/// Characters of all one-byte and two-byte codes; 0 where there is none.
type Pairs = Box<[u32]>;

/// Decodes and encodes one encoding.
#[derive(Debug, Clone, Copy)]
pub struct Codec {
    encoding: Encoding,
    pairs: Option<&'static Pairs>,
}

fn pairs(e: &'static encoding_rs::Encoding) -> Option<&'static Pairs> {
    static TABLES: [OnceLock<Pairs>; 5] = [const { OnceLock::new() }; 5];
    let known = [
        encoding_rs::GB18030,
        encoding_rs::BIG5,
        encoding_rs::SHIFT_JIS,
        encoding_rs::EUC_JP,
        encoding_rs::EUC_KR,
    ];
    let at = known.iter().position(|k| *k == e)?;
    Some(TABLES.get(at)?.get_or_init(|| build(e)))
}

fn only_char(e: &'static encoding_rs::Encoding, bytes: &[u8]) -> Option<char> {
    let text = e.decode_without_bom_handling_and_without_replacement(bytes)?;
    let mut chars = text.chars();
    let first = chars.next()?;
    chars.next().is_none().then_some(first)
}

/// Index 0–255: one byte; 0x8000 and above: two bytes, the first of which is no character alone.
fn build(e: &'static encoding_rs::Encoding) -> Pairs {
    let mut table = vec![0; 1 << 16].into_boxed_slice();
    for (code, slot) in (0_u16..=u16::MAX).zip(table.iter_mut()) {
        let [high, low] = code.to_be_bytes();
        let c = if high == 0 {
            only_char(e, &[low])
        } else if high >= 0x80 && only_char(e, &[high]).is_none() {
            only_char(e, &[high, low])
        } else {
            None
        };
        *slot = c.map_or(0, u32::from);
    }
    table
}

impl Codec {
    /// For an encoding.
    pub fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            pairs: pairs(encoding.standard()),
        }
    }

    /// The encoding.
    pub fn encoding(self) -> Encoding {
        self.encoding
    }

    /// The first character of `bytes`, which must not be empty.
    pub fn first(self, bytes: &[u8]) -> Unit {
        match self.encoding {
            Encoding::Utf16Le => utf16(bytes, u16::from_le_bytes),
            Encoding::Utf16Be => utf16(bytes, u16::from_be_bytes),
            Encoding::Utf8 => utf8(bytes),
            _ => self.legacy(bytes),
        }
    }

    fn legacy(self, bytes: &[u8]) -> Unit {
        let Some((&b, rest)) = bytes.split_first() else {
            return Unit::Incomplete;
        };
        if b < 0x80 {
            return Unit::Char(char::from(b), 1);
        }
        let Some(table) = self.pairs else {
            return only_char(self.encoding.standard(), &[b])
                .map_or(Unit::Bad(1), |c| Unit::Char(c, 1));
        };
        let look = |code: u16| {
            table
                .get(usize::from(code))
                .filter(|&&c| c != 0)
                .and_then(|&c| char::from_u32(c))
        };
        if let Some(c) = look(u16::from(b)) {
            return Unit::Char(c, 1);
        }
        let Some(&second) = rest.first() else {
            return Unit::Incomplete;
        };
        if let Some(c) = look(u16::from_be_bytes([b, second])) {
            return Unit::Char(c, 2);
        }
        let long = match self.encoding {
            Encoding::Gb18030 if second.is_ascii_digit() => 4,
            Encoding::Other(e) if e == encoding_rs::EUC_JP && b == 0x8F => 3,
            _ => return Unit::Bad(1),
        };
        match bytes.get(..long) {
            None => Unit::Incomplete,
            Some(code) => only_char(self.encoding.standard(), code)
                .map_or(Unit::Bad(1), |c| Unit::Char(c, long)),
        }
    }

    /// Decodes onto `out` until the end or an incomplete character; with `last` an incomplete one is
    /// bad. Gives the number of bytes used; adds bad bytes to `bad`.
    pub fn decode(self, raw: &[u8], last: bool, out: &mut Vec<u8>, bad: &mut u64) -> usize {
        let mut at = 0;
        let wide = matches!(self.encoding, Encoding::Utf16Le | Encoding::Utf16Be);
        while let Some(rest) = raw.get(at..).filter(|r| !r.is_empty()) {
            if !wide {
                let ascii = encoding_rs::Encoding::ascii_valid_up_to(rest);
                if let Some(plain) = rest.get(..ascii).filter(|p| !p.is_empty()) {
                    out.extend_from_slice(plain);
                    at += ascii;
                    continue;
                }
            }
            let (c, n) = match self.first(rest) {
                Unit::Char(c, n) => (c, n),
                Unit::Bad(n) => {
                    *bad += n as u64;
                    (char::REPLACEMENT_CHARACTER, n)
                }
                Unit::Incomplete if last => {
                    *bad += rest.len() as u64;
                    (char::REPLACEMENT_CHARACTER, rest.len())
                }
                Unit::Incomplete => break,
            };
            let mut buf = [0; 4];
            out.extend_from_slice(c.encode_utf8(&mut buf).as_bytes());
            at += n;
        }
        at
    }

    /// Bytes of a text; a character that the encoding lacks becomes `*`.
    pub fn encode(self, text: &str) -> Vec<u8> {
        let bytes = |f: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(f).collect();
        match self.encoding {
            Encoding::Utf8 => text.as_bytes().to_vec(),
            Encoding::Utf16Le => bytes(u16::to_le_bytes),
            Encoding::Utf16Be => bytes(u16::to_be_bytes),
            _ => {
                let e = self.encoding.standard();
                let (all, _, lossy) = e.encode(text);
                if !lossy {
                    return all.into_owned();
                }
                let mut out = Vec::with_capacity(text.len());
                for c in text.chars() {
                    let mut buf = [0; 4];
                    let (one, _, lossy) = e.encode(c.encode_utf8(&mut buf));
                    if lossy {
                        out.push(b'*');
                    } else {
                        out.extend_from_slice(&one);
                    }
                }
                out
            }
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Unit {
    let Some((&first, rest)) = bytes.split_first_chunk::<2>() else {
        return Unit::Incomplete;
    };
    let high = unit(first);
    if !(0xD800..0xE000).contains(&high) {
        return char::from_u32(u32::from(high)).map_or(Unit::Bad(2), |c| Unit::Char(c, 2));
    }
    if high >= 0xDC00 {
        return Unit::Bad(2);
    }
    let Some((&second, _)) = rest.split_first_chunk::<2>() else {
        return Unit::Incomplete;
    };
    char::decode_utf16([high, unit(second)])
        .next()
        .and_then(Result::ok)
        .map_or(Unit::Bad(2), |c| Unit::Char(c, 4))
}

fn utf8(bytes: &[u8]) -> Unit {
    let long = match bytes.first() {
        None => return Unit::Incomplete,
        Some(&b) if b < 0x80 => return Unit::Char(char::from(b), 1),
        Some(0xC2..=0xDF) => 2,
        Some(0xE0..=0xEF) => 3,
        Some(0xF0..=0xF4) => 4,
        Some(_) => return Unit::Bad(1),
    };
    let Some(code) = bytes.get(..long) else {
        return match bytes.utf8_chunks().next() {
            Some(chunk) if chunk.invalid().len() == bytes.len() => Unit::Incomplete,
            _ => Unit::Bad(1),
        };
    };
    match std::str::from_utf8(code) {
        Ok(s) => s
            .chars()
            .next()
            .map_or(Unit::Bad(1), |c| Unit::Char(c, long)),
        Err(_) => Unit::Bad(1),
    }
}

#[cfg(test)]
#[allow(
    clippy::format_collect,
    clippy::format_push_string,
    clippy::get_unwrap,
    clippy::needless_pass_by_value,
    reason = "tests build their inputs plainly"
)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all() -> Vec<Encoding> {
        vec![
            Encoding::Utf8,
            Encoding::Gb18030,
            Encoding::Utf16Le,
            Encoding::Utf16Be,
            Encoding::Other(encoding_rs::BIG5),
            Encoding::Other(encoding_rs::SHIFT_JIS),
            Encoding::Other(encoding_rs::EUC_JP),
            Encoding::Other(encoding_rs::EUC_KR),
            Encoding::Other(encoding_rs::WINDOWS_1252),
        ]
    }

    fn units(codec: Codec, mut raw: &[u8]) -> (String, usize) {
        let (mut out, mut used) = (String::new(), 0);
        while !raw.is_empty() {
            let n = match codec.first(raw) {
                Unit::Char(c, n) => {
                    out.push(c);
                    n
                }
                Unit::Bad(n) => {
                    out.push('\u{FFFD}');
                    n
                }
                Unit::Incomplete => {
                    out.push('\u{FFFD}');
                    raw.len()
                }
            };
            assert!(n > 0);
            used += n;
            raw = raw.get(n..).unwrap();
        }
        (out, used)
    }

    #[test]
    fn four_byte_and_three_byte_codes() {
        let gb = Codec::new(Encoding::Gb18030);
        // U+3400, the first ideograph outside GBK: four bytes in GB 18030.
        assert_eq!(gb.first(&[0x81, 0x39, 0xEE, 0x39]), Unit::Char('㐀', 4));
        assert_eq!(gb.first(&[0x81, 0x39]), Unit::Incomplete);
        let jp = Codec::new(Encoding::Other(encoding_rs::EUC_JP));
        assert!(matches!(jp.first(&[0x8F, 0xB0, 0xA1]), Unit::Char(_, 3)));
        let sj = Codec::new(Encoding::Other(encoding_rs::SHIFT_JIS));
        assert_eq!(sj.first(&[0xB1]), Unit::Char('ｱ', 1));
    }

    #[test]
    fn what_cannot_be_written_becomes_a_star() {
        let big5 = Codec::new(Encoding::Other(encoding_rs::BIG5));
        assert_eq!(
            big5.encode("a€😀"),
            [b"a".as_slice(), &big5.encode("€"), b"*"].concat()
        );
    }

    proptest! {
        #[test]
        fn decodes_what_the_standard_decodes(text in "[a-z0-9,\n张三身份证號碼électricité日本語ｱ中文€]{0,40}", at in 0..9usize) {
            let encoding = all()[at];
            let codec = Codec::new(encoding);
            let raw = codec.encode(&text);
            let (expected, bad) = encoding.standard().decode_without_bom_handling(&raw);
            prop_assert!(!bad);
            let mut out = Vec::new();
            let mut bad = 0;
            prop_assert_eq!(codec.decode(&raw, true, &mut out, &mut bad), raw.len());
            prop_assert_eq!(bad, 0);
            prop_assert_eq!(std::str::from_utf8(&out).unwrap(), &*expected);
        }

        #[test]
        fn any_bytes_are_used_up(raw in proptest::collection::vec(any::<u8>(), 0..60), at in 0..9usize) {
            let codec = Codec::new(all()[at]);
            let (text, used) = units(codec, &raw);
            prop_assert_eq!(used, raw.len());
            let (mut out, mut bad) = (Vec::new(), 0);
            prop_assert_eq!(codec.decode(&raw, true, &mut out, &mut bad), raw.len());
            prop_assert_eq!(out, text.into_bytes());
        }
    }
}
