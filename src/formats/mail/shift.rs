//! Charsets that switch between sets of characters within ASCII: HZ, UTF-7, ISO-2022-JP. Their text is undone before it
//! is read and done again in a copy that differs.
//!
//! Standards: RFC 1843 (HZ), RFC 2152 (UTF-7), RFC 1468 (ISO-2022-JP).

use super::transfer::{base64, to_base64};
use encoding_rs::{GB18030, ISO_2022_JP};

/// Such a charset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shift {
    Hz,
    Utf7,
    Jp,
}

impl Shift {
    /// The one of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "hz-gb-2312" | "hz" | "hz-gb2312" => Some(Self::Hz),
            "utf-7" | "utf7" | "unicode-1-1-utf-7" | "csunicode11utf7" => Some(Self::Utf7),
            "iso-2022-jp" | "csiso2022jp" | "iso-2022-jp-1" | "iso-2022-jp-ms" => Some(Self::Jp),
            _ => None,
        }
    }

    /// That of a text with this declared charset. HZ was mostly sent without saying so.
    pub(super) fn of(name: Option<&str>, text: &[u8]) -> Option<Self> {
        let silent = name.is_none_or(|n| {
            let n = n.to_ascii_lowercase();
            matches!(n.as_str(), "" | "us-ascii" | "ascii") || n.starts_with("gb")
        });
        let found = match name.and_then(Self::named) {
            Some(found) => found,
            None if silent && is_hz(text) && comes_back(text) => Self::Hz,
            None => return None,
        };
        text.is_ascii().then_some(found)
    }

    /// The text in UTF-8.
    pub(super) fn undone(self, raw: &[u8]) -> Vec<u8> {
        match self {
            Self::Hz => hz_undone(raw),
            Self::Utf7 => utf7_undone(raw),
            Self::Jp => {
                let text = ISO_2022_JP.decode_without_bom_handling(raw).0;
                text.into_owned().into_bytes()
            }
        }
    }

    /// A text in this charset; `None` when it cannot say it.
    pub(super) fn done(self, text: &[u8]) -> Option<Vec<u8>> {
        let text = std::str::from_utf8(text).ok()?;
        match self {
            Self::Hz => hz_done(text),
            Self::Utf7 => Some(utf7_done(text)),
            Self::Jp => {
                let (raw, _, lost) = ISO_2022_JP.encode(text);
                (!lost).then(|| raw.into_owned())
            }
        }
    }
}

/// A stretch between `~{` and `~}` at the start of `raw`: the bytes in it, in pairs.
fn stretch(raw: &[u8]) -> Option<&[u8]> {
    let rest = raw.strip_prefix(b"~{")?;
    let pairs = rest.chunks_exact(2);
    let is_pair = |p: &&[u8]| p.iter().all(|b| (b'!'..=b'~').contains(b)) && *p != b"~}";
    let pairs = pairs.take_while(is_pair).count();
    rest.get(..2 * pairs)
}

/// Whether a text has Chinese characters as HZ writes them.
fn is_hz(text: &[u8]) -> bool {
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(text.get(from..).unwrap_or_default(), b"~{") {
        let here = text.get(from + at..).unwrap_or_default();
        if let Some(pairs) = stretch(here)
            && !pairs.is_empty()
            && here
                .get(pairs.len() + 2..)
                .is_some_and(|r| r.starts_with(b"~}"))
            && pairs
                .chunks_exact(2)
                .all(|p| p.first().is_some_and(|b| (0x21..=0x77).contains(b)))
        {
            return true;
        }
        from += at + 2;
    }
    false
}

/// Whether a text is the same once it is undone and done again: one that is no HZ would not be.
fn comes_back(text: &[u8]) -> bool {
    Shift::Hz.done(&hz_undone(text)).as_deref() == Some(text)
}

fn hz_undone(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(rest) = raw.get(at..).filter(|r| !r.is_empty()) {
        if let Some(pairs) = stretch(rest) {
            let gb: Vec<u8> = pairs.iter().map(|b| b | 0x80).collect();
            out.extend_from_slice(GB18030.decode_without_bom_handling(&gb).0.as_bytes());
            at += 2 + pairs.len();
            if raw.get(at..).is_some_and(|r| r.starts_with(b"~}")) {
                at += 2;
            }
            continue;
        }
        match rest {
            [b'~', b'~', ..] => {
                out.push(b'~');
                at += 2;
            }
            // A line that goes on.
            [b'~', b'\r', b'\n', ..] => at += 3,
            [b'~', b'\n', ..] => at += 2,
            [b, ..] => {
                out.push(*b);
                at += 1;
            }
            [] => break,
        }
    }
    out
}

fn hz_done(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut inside = false;
    let mut buffer = [0; 4];
    for c in text.chars() {
        if inside == c.is_ascii() {
            out.extend_from_slice(if inside { b"~}" } else { b"~{" });
            inside = !inside;
        }
        if c.is_ascii() {
            out.extend_from_slice(if c == '~' {
                b"~~"
            } else {
                c.encode_utf8(&mut buffer).as_bytes()
            });
            continue;
        }
        let mut single = [0; 4];
        let (gb, _, lost) = GB18030.encode(c.encode_utf8(&mut single));
        let pair: &[u8; 2] = gb.as_ref().try_into().ok()?;
        if lost || pair.iter().any(|b| *b < 0xA1) {
            return None;
        }
        out.extend(pair.iter().map(|b| b & 0x7F));
    }
    if inside {
        out.extend_from_slice(b"~}");
    }
    Some(out)
}

fn utf7_undone(raw: &[u8]) -> Vec<u8> {
    let mut out = String::with_capacity(raw.len());
    let mut at = 0;
    while let Some(&b) = raw.get(at) {
        at += 1;
        if b != b'+' {
            out.push(char::from(b));
            continue;
        }
        let rest = raw.get(at..).unwrap_or_default();
        let digit = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
        let count = rest.iter().take_while(|b| digit(b)).count();
        if count == 0 {
            out.push('+');
        }
        let bytes = base64(rest.get(..count).unwrap_or_default()).bytes;
        let (units, _) = bytes.as_chunks::<2>();
        let units = units.iter().map(|p| u16::from_be_bytes(*p));
        out.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
        at += count + usize::from(rest.get(count) == Some(&b'-'));
    }
    out.into_bytes()
}

fn utf7_done(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let plain = |c: char| c.is_ascii() && c != '+';
        let end = rest
            .find(|c| plain(c) != plain(first))
            .unwrap_or(rest.len());
        let (part, next) = rest.split_at(end);
        rest = next;
        if plain(first) {
            out.extend_from_slice(part.as_bytes());
            continue;
        }
        let units: Vec<u8> = part.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let digits = to_base64(&units, 0, b"");
        out.push(b'+');
        out.extend(digits.into_iter().filter(|b| *b != b'='));
        out.push(b'-');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(shift: Shift, raw: &[u8]) -> String {
        String::from_utf8(shift.undone(raw)).unwrap()
    }

    #[test]
    fn texts_of_the_standards() {
        assert_eq!(text(Shift::Hz, b"~{<:Ky2;S{~} ~~ a~\nb"), "己所不欲 ~ ab");
        assert_eq!(
            text(Shift::Utf7, b"Hi Mom +Jjo--! A+ImIDkQ. +-"),
            "Hi Mom ☺-! A≢Α. +"
        );
        assert_eq!(
            text(Shift::Utf7, b"+ADEAMwA4ADAAMAAxADMAOAAwADAAMA-"),
            "13800138000"
        );
        assert_eq!(Shift::of(None, b"~{<:Ky~}"), Some(Shift::Hz));
        assert_eq!(Shift::of(Some("gb2312"), b"x ~{<:Ky~}"), Some(Shift::Hz));
        assert_eq!(Shift::of(None, b"a ~{ b ~} c ~{x~}"), None);
        // A home folder, and pairs that only look like characters.
        assert_eq!(Shift::of(None, b"~/a ~{<:Ky~}"), None);
        assert_eq!(Shift::of(Some("utf-8"), b"~{<:Ky~}"), None);
        assert_eq!(Shift::Hz.done("龘".as_bytes()), None);
    }

    proptest! {
        #[test]
        fn what_is_done_is_undone(text in "[ -~张三电话，。\n]{0,40}") {
            for shift in [Shift::Hz, Shift::Utf7, Shift::Jp] {
                if let Some(raw) = shift.done(text.as_bytes()) {
                    prop_assert!(raw.is_ascii());
                    prop_assert_eq!(shift.undone(&raw), text.as_bytes());
                }
            }
        }

        #[test]
        fn anything_ends_in_a_result(raw in proptest::collection::vec(any::<u8>(), 0..80)) {
            for shift in [Shift::Hz, Shift::Utf7, Shift::Jp] {
                let _ = (shift.undone(&raw), shift.done(&raw), is_hz(&raw));
            }
        }
    }
}
