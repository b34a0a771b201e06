//! Encoded words and charsets of header fields.
//!
//! Standards: RFC 2047 (encoded words), RFC 2231 (languages in them), WHATWG Encoding (names of charsets).

use super::{
    shift::Shift,
    transfer::{Decoded, base64, hex, to_base64},
};
use crate::formats::encoding::{Codec, Encoding, Samples, decide, label};
use std::borrow::Cow;

/// Longest encoded word that is written (RFC 2047, section 2).
const LONGEST: usize = 75;

/// The encoding that a mail calls by this name.
pub(super) fn charset(name: &[u8]) -> Option<Encoding> {
    let name: Vec<u8> = name
        .iter()
        .map(u8::to_ascii_lowercase)
        .filter(|b| !matches!(b, b'"' | b'\'' | b' '))
        .collect();
    match name.as_slice() {
        b"cp936" | b"ms936" | b"936" | b"windows-936" | b"euc-cn" | b"gb2312-80" | b"gb" => {
            Some(Encoding::Gb18030)
        }
        b"cp950" | b"950" | b"windows-950" => Some(Encoding::Other(encoding_rs::BIG5)),
        b"cp932" | b"932" => Some(Encoding::Other(encoding_rs::SHIFT_JIS)),
        b"cp949" | b"949" => Some(Encoding::Other(encoding_rs::EUC_KR)),
        b"65001" | b"cp65001" => Some(Encoding::Utf8),
        // What calls itself ASCII and is not is a guess.
        b"us-ascii" | b"ascii" => None,
        other => label(other),
    }
}

/// Bytes in an encoding as text; wrong ones become U+FFFD.
pub(super) fn decoded(bytes: &[u8], encoding: Encoding) -> String {
    if let Encoding::Other(e) = encoding
        && e == encoding_rs::ISO_2022_JP
    {
        return e.decode_without_bom_handling(bytes).0.into_owned();
    }
    let (mut out, mut bad) = (Vec::new(), 0);
    Codec::new(encoding).decode(bytes, true, &mut out, &mut bad);
    String::from_utf8_lossy(&out).into_owned()
}

/// The encoding of bytes that say nothing of it, or that say this.
pub(super) fn guessed(bytes: &[u8], declared: Option<Encoding>) -> Encoding {
    decide(&Samples::new(bytes, true), declared).encoding
}

/// An encoded word: `=?charset?encoding?text?=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Its charset; `None` for one that is not known.
    pub(super) charset: Option<Encoding>,
    /// The decoded bytes.
    pub(super) bytes: Vec<u8>,
    /// In the Q encoding.
    pub(super) q: bool,
    /// Its length in the field.
    pub(super) len: usize,
}

/// Reads the encoded word at the start of `raw`. Blanks inside it are taken, which some programs write.
pub(super) fn word(raw: &[u8]) -> Option<Word> {
    let rest = raw.strip_prefix(b"=?")?;
    let first = rest.iter().take(64).position(|&b| b == b'?')?;
    let name = rest.get(..first)?;
    if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    let kind = *rest.get(first + 1)?;
    if rest.get(first + 2) != Some(&b'?') {
        return None;
    }
    let text = rest.get(first + 3..)?;
    let q = match kind {
        b'B' | b'b' => false,
        b'Q' | b'q' => true,
        _ => return None,
    };
    // A "?" may stand inside Q text that is badly written; "?=" always ends it.
    let limit = text.get(..4096).unwrap_or(text);
    let mut end = memchr::memmem::find(limit, b"?=")?;
    if q && end == 0 && text.get(2..4).is_some_and(|h| hex(h).is_some()) {
        end = memchr::memmem::find(limit.get(2..)?, b"?=")? + 2;
    }
    let body = text.get(..end)?;
    let body = unfolded(body)?;
    let bytes = if q {
        q_decoded(&body)
    } else {
        let Decoded { bytes, junk } = base64(&body);
        if junk {
            return None;
        }
        bytes
    };
    let name = name.split(|&b| b == b'*').next().unwrap_or_default();
    let shift = std::str::from_utf8(name).ok().and_then(Shift::named);
    if let Some(shift) = shift.filter(|s| *s != Shift::Jp) {
        return Some(Word {
            charset: Some(Encoding::Utf8),
            bytes: shift.undone(&bytes),
            q,
            len: 2 + first + 3 + end + 2,
        });
    }
    Some(Word {
        charset: charset(name).or_else(|| {
            name.eq_ignore_ascii_case(b"us-ascii")
                .then(|| guessed(&bytes, None))
        }),
        bytes,
        q,
        len: 2 + first + 3 + end + 2,
    })
}

/// The inside of a word without line ends, which some programs fold it with; `None` when a line ends in it.
fn unfolded(body: &[u8]) -> Option<Cow<'_, [u8]>> {
    if memchr::memchr2(b'\r', b'\n', body).is_none() {
        return Some(Cow::Borrowed(body));
    }
    let mut out = Vec::with_capacity(body.len());
    let mut at = 0;
    while let Some(&b) = body.get(at) {
        let rest = body.get(at..).unwrap_or_default();
        let end = match rest {
            [b'\r', b'\n', ..] => 2,
            [b'\n' | b'\r', ..] => 1,
            _ => 0,
        };
        if end == 0 {
            out.push(b);
            at += 1;
        } else if matches!(rest.get(end), None | Some(b' ' | b'\t')) {
            at += end;
        } else {
            return None;
        }
    }
    Some(Cow::Owned(out))
}

fn q_decoded(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut at = 0;
    while let Some(&b) = body.get(at) {
        let escape = (b == b'=')
            .then(|| body.get(at + 1..).and_then(hex))
            .flatten();
        if let Some(byte) = escape {
            out.push(byte);
            at += 3;
        } else {
            out.push(if b == b'_' { b' ' } else { b });
            at += 1;
        }
    }
    out
}

/// A text as encoded words, each within 75 characters, parted by `between`.
pub(super) fn to_words(text: &str, encoding: Encoding, q: bool, between: &[u8]) -> Vec<u8> {
    let (encoding, name) = written(encoding);
    let codec = Codec::new(encoding);
    let room = LONGEST.saturating_sub(name.len() + 7);
    let whole = |bytes: &[u8]| {
        if q {
            q_encoded(bytes)
        } else {
            to_base64(bytes, 0, b"")
        }
    };
    let mut words: Vec<Vec<u8>> = Vec::new();
    let mut now = String::new();
    for c in text.chars() {
        now.push(c);
        if whole(&codec.encode(&now)).len() > room && now.len() > c.len_utf8() {
            now.pop();
            words.push(whole(&codec.encode(&now)));
            now.clear();
            now.push(c);
        }
    }
    if !now.is_empty() {
        words.push(whole(&codec.encode(&now)));
    }
    let mut out = Vec::new();
    for (i, word) in words.iter().enumerate() {
        if i > 0 {
            out.extend_from_slice(between);
        }
        out.extend_from_slice(b"=?");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(if q { b"?Q?" } else { b"?B?" });
        out.extend_from_slice(word);
        out.extend_from_slice(b"?=");
    }
    out
}

/// What an encoding is written as: UTF-16 is not written into headers.
fn written(encoding: Encoding) -> (Encoding, &'static str) {
    match encoding {
        Encoding::Utf16Le | Encoding::Utf16Be => (Encoding::Utf8, "UTF-8"),
        other => (other, other.name()),
    }
}

fn q_encoded(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for &b in bytes {
        match b {
            b' ' => out.push(b'_'),
            b'!' | b'*' | b'+' | b'-' | b'/' => out.push(b),
            _ if b.is_ascii_alphanumeric() => out.push(b),
            _ => out.extend_from_slice(format!("={b:02X}").as_bytes()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn published_and_broken_words() {
        let read = |raw: &str| word(raw.as_bytes()).map(|w| decoded(&w.bytes, w.charset.unwrap()));
        assert_eq!(read("=?ISO-8859-1?Q?Andr=E9?= x").unwrap(), "André");
        assert_eq!(read("=?US-ASCII?Q?Keith_Moore?=").unwrap(), "Keith Moore");
        assert_eq!(read("=?utf-8*zh?b?5byg5LiJ?=").unwrap(), "张三");
        assert_eq!(read("=?gb2312?B?1cXI/Q==?=").unwrap(), "张三");
        assert_eq!(read("=?cp936?Q?=D5=C5 =C8=FD?=").unwrap(), "张 三");
        assert_eq!(read("=?utf-8?Q?=E5=BC=A0?=").unwrap(), "张");
        // Folded inside, which no program should and some do.
        assert_eq!(read("=?utf-8?Q?a\r\n b?=").unwrap(), "a b");
        assert_eq!(
            read("=?utf-8?B?MTM4MDAx\r\n MzgwMDA=\r\n ?=").unwrap(),
            "13800138000"
        );
        assert_eq!(read("=?utf-7?Q?+dTWL3Q-?=").unwrap(), "电话");
        assert_eq!(read("=?hz-gb-2312?Q?=7E{5g;0=7E}_1?=").unwrap(), "电话 1");
        for none in [
            "=?x?",
            "=?utf-8?X?a?=",
            "=??Q?a?=",
            "=?utf-8?Q?a\r\nb?=",
            "=?utf-8?B?5b!?=",
        ] {
            assert_eq!(word(none.as_bytes()), None, "{none}");
        }
        assert_eq!(word(b"=?klingon?Q?a?=").unwrap().charset, None);
    }

    proptest! {
        #[test]
        fn words_read_back(text in "\\PC{0,60}", q in any::<bool>()) {
            let raw = to_words(&text, Encoding::Utf8, q, b"\r\n ");
            let mut back = Vec::new();
            for part in raw.split(|&b| b == b'\n').filter(|p| !p.is_empty()) {
                let part = part.trim_ascii();
                prop_assert!(part.len() <= LONGEST);
                let word = word(part).unwrap();
                prop_assert_eq!(word.len, part.len());
                back.extend_from_slice(&word.bytes);
            }
            prop_assert_eq!(String::from_utf8(back).unwrap(), text);
        }
    }
}
