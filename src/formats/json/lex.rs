//! JSON tokens with their bytes (RFC 8259), and escapes with a way back.

use std::ops::Range;

/// A token and what the lexer needs to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// `{ } [ ] : ,`
    Mark(u8),
    /// Content between the quotes; whether it has escapes.
    Text {
        start: usize,
        end: usize,
        escaped: bool,
    },
    /// A number.
    Number { start: usize, end: usize },
    /// `true`, `false`, `null`.
    Literal,
}

/// Why there is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The bytes end before the token that starts here does.
    Short(usize),
    /// Not JSON, from here.
    Bad(usize),
}

/// The first byte at or after `at` that is no blank.
pub(super) fn skip_blanks(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest
        .iter()
        .position(|b| !matches!(b, b' ' | b'\t' | b'\n' | b'\r'))
        .unwrap_or(rest.len())
}

/// The token at `at` and the offset behind it. A number at the end is whole only when nothing follows
/// (`last`).
pub(super) fn token(bytes: &[u8], at: usize, last: bool) -> Result<(Token, usize), Stop> {
    let Some(&first) = bytes.get(at) else {
        return Err(Stop::Short(at));
    };
    match first {
        b'{' | b'}' | b'[' | b']' | b':' | b',' => Ok((Token::Mark(first), at + 1)),
        b'"' => string(bytes, at),
        b'-' | b'0'..=b'9' => {
            let rest = bytes.get(at..).unwrap_or_default();
            let n = rest
                .iter()
                .position(|b| !matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
                .unwrap_or(rest.len());
            if n == rest.len() && !last {
                return Err(if n > 4096 {
                    Stop::Bad(at)
                } else {
                    Stop::Short(at)
                });
            }
            let (start, end) = (at, at + n);
            if is_number(rest.get(..n).unwrap_or_default()) {
                Ok((Token::Number { start, end }, end))
            } else {
                Err(Stop::Bad(at))
            }
        }
        _ => {
            let rest = bytes.get(at..).unwrap_or_default();
            for word in [b"true".as_slice(), b"false", b"null"] {
                if rest.starts_with(word) {
                    return Ok((Token::Literal, at + word.len()));
                }
                if word.starts_with(rest) && !last {
                    return Err(Stop::Short(at));
                }
            }
            Err(Stop::Bad(at))
        }
    }
}

fn string(bytes: &[u8], at: usize) -> Result<(Token, usize), Stop> {
    let start = at + 1;
    let mut i = start;
    let mut escaped = false;
    loop {
        match bytes.get(i) {
            Some(b'"') => {
                let token = Token::Text {
                    start,
                    end: i,
                    escaped,
                };
                return Ok((token, i + 1));
            }
            Some(b'\\') => {
                escaped = true;
                i += 2;
            }
            Some(b'\n') => return Err(Stop::Bad(at)),
            Some(_) => {
                i += 1;
                // Long strings are passed over faster.
                if i - start > 32 {
                    let rest = bytes.get(i..).unwrap_or_default();
                    i += memchr::memchr3(b'"', b'\\', b'\n', rest).unwrap_or(rest.len());
                }
            }
            None => return Err(Stop::Short(at)),
        }
    }
}

fn is_number(text: &[u8]) -> bool {
    let digits = |t: &[u8]| t.iter().take_while(|b| b.is_ascii_digit()).count();
    let mut rest = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest.first() == Some(&b'0')) {
        return false;
    }
    rest = rest.get(whole..).unwrap_or_default();
    if let Some(fraction) = rest.strip_prefix(b".") {
        let n = digits(fraction);
        if n == 0 {
            return false;
        }
        rest = fraction.get(n..).unwrap_or_default();
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = match exponent {
            [b'+' | b'-', e @ ..] => e,
            e => e,
        };
        return !exponent.is_empty() && digits(exponent) == exponent.len();
    }
    rest.is_empty()
}

/// What stands at the start of string content: a character and its length, or plain bytes.
enum Piece {
    Plain(usize),
    Char(char, usize),
}

fn piece(raw: &[u8]) -> Piece {
    match memchr::memchr(b'\\', raw) {
        None => return Piece::Plain(raw.len()),
        Some(0) => {}
        Some(n) => return Piece::Plain(n),
    }
    let c = match raw.get(1) {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(&c @ (b'"' | b'\\' | b'/')) => char::from(c),
        Some(b'u') => {
            let Some(high) = unit(raw.get(2..6)) else {
                return Piece::Char('\\', 1);
            };
            if let Some(c) = char::from_u32(u32::from(high)) {
                return Piece::Char(c, 6);
            }
            let low = match raw.get(6..8) {
                Some(b"\\u") => unit(raw.get(8..12)),
                _ => None,
            };
            let pair = low.and_then(|low| char::decode_utf16([high, low]).next()?.ok());
            return pair.map_or(Piece::Char(char::REPLACEMENT_CHARACTER, 6), |c| {
                Piece::Char(c, 12)
            });
        }
        _ => return Piece::Char('\\', 1),
    };
    Piece::Char(c, 2)
}

fn unit(hex: Option<&[u8]>) -> Option<u16> {
    let hex = hex.filter(|h| h.iter().all(u8::is_ascii_hexdigit))?;
    u16::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()
}

/// Appends string content with its escapes resolved.
pub(super) fn unescape(mut raw: &[u8], out: &mut Vec<u8>) {
    while !raw.is_empty() {
        let n = match piece(raw) {
            Piece::Plain(n) => {
                out.extend_from_slice(raw.get(..n).unwrap_or_default());
                n
            }
            Piece::Char(c, n) => {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                n
            }
        };
        raw = raw.get(n..).unwrap_or_default();
    }
}

/// Leads from places in the unescaped text of string content back to its bytes. Places must be asked for
/// in order.
pub(super) struct WayBack<'a> {
    raw: &'a [u8],
    /// The piece that the last place was in: where it starts in the bytes and in the text.
    at: usize,
    seen: usize,
}

impl<'a> WayBack<'a> {
    pub(super) fn new(raw: &'a [u8]) -> Self {
        Self {
            raw,
            at: 0,
            seen: 0,
        }
    }

    /// The bytes that a range of the text stands for.
    pub(super) fn range(&mut self, text: &Range<usize>) -> Range<usize> {
        let start = self.place(text.start, false);
        start..self.place(text.end, true).max(start)
    }

    fn place(&mut self, text: usize, end: bool) -> usize {
        while let Some(rest) = self.raw.get(self.at..).filter(|r| !r.is_empty()) {
            let (n, wide, plain) = match piece(rest) {
                Piece::Plain(n) => (n, n, true),
                Piece::Char(c, n) => (n, c.len_utf8(), false),
            };
            let reached = self.seen + wide;
            if text < reached || (end && text == reached) {
                let inside = text.saturating_sub(self.seen);
                return match (plain, end) {
                    (true, _) => self.at + inside,
                    (false, true) => self.at + n,
                    (false, false) => self.at,
                };
            }
            self.at += n;
            self.seen = reached;
        }
        self.raw.len()
    }
}

/// Text as string content.
pub(super) fn escape(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tokens() {
        assert_eq!(
            token(b"-1.5e3,", 0, false),
            Ok((Token::Number { start: 0, end: 6 }, 6))
        );
        assert_eq!(token(b"12", 0, false), Err(Stop::Short(0)));
        for bad in ["2024-01-01 ", "01,", "1.,", "1e,", "tru ", "\"a\n\""] {
            assert_eq!(token(bad.as_bytes(), 0, true), Err(Stop::Bad(0)), "{bad}");
        }
        assert_eq!(token(b"\"a\\", 0, true), Err(Stop::Short(0)));
    }

    proptest! {
        #[test]
        fn escapes_are_those_of_serde(text in "[a-z\"\\\\\n\t\u{1}张😀]{0,20}", ascii: bool) {
            let mut json = serde_json::to_string(&text).unwrap();
            if ascii {
                json = json.chars().flat_map(|c| if c.is_ascii() { vec![c.to_string()] } else {
                    c.encode_utf16(&mut [0; 2]).iter().map(|u| format!("\\u{u:04x}")).collect()
                }).collect();
            }
            let raw = &json.as_bytes()[1..json.len() - 1];
            let mut out = Vec::new();
            unescape(raw, &mut out);
            prop_assert_eq!(std::str::from_utf8(&out).unwrap(), &text);
            let again: String = serde_json::from_str(&format!("\"{}\"", escape(&text))).unwrap();
            prop_assert_eq!(&again, &text);
            // Each character leads back to the bytes that it was written as.
            let mut last = 0;
            let mut way = WayBack::new(raw);
            for (i, c) in text.char_indices() {
                let back = way.range(&(i..i + c.len_utf8()));
                prop_assert_eq!(back.start, last);
                let mut one = Vec::new();
                unescape(&raw[back.clone()], &mut one);
                prop_assert_eq!(one, c.to_string().into_bytes());
                last = back.end;
            }
        }
    }
}
