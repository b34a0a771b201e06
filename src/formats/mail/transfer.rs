//! Content transfer encodings of mail parts, decoded and encoded.
//!
//! Standard: RFC 2045, section 6.

/// How the bytes of a part are written in the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transfer {
    /// As they are: `7bit`, `8bit`, `binary`, or nothing said.
    Plain,
    /// Base64.
    Base64,
    /// Quoted-printable.
    Quoted,
    /// Another one that cannot be decoded.
    Unknown,
}

impl Transfer {
    /// From the value of the header field.
    pub(super) fn named(value: &str) -> Self {
        let value = value.trim().to_ascii_lowercase();
        // Comments and further words behind it are seen in the wild.
        match value
            .split([' ', ';', '(', '\t'])
            .next()
            .unwrap_or_default()
        {
            "base64" => Self::Base64,
            "quoted-printable" => Self::Quoted,
            "" | "7bit" | "8bit" | "binary" | "7-bit" | "8-bit" | "us-ascii" | "none" => {
                Self::Plain
            }
            _ => Self::Unknown,
        }
    }
}

/// The value of a Base64 digit.
fn digit(b: u8) -> Option<u8> {
    Some(match b {
        b'A'..=b'Z' => b - b'A',
        b'a'..=b'z' => b - b'a' + 26,
        b'0'..=b'9' => b - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What decoding gave.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::formats) struct Decoded {
    /// The bytes.
    pub(in crate::formats) bytes: Vec<u8>,
    /// Other characters than Base64 digits, padding and white space were skipped.
    pub(in crate::formats) junk: bool,
}

/// Decodes Base64, leniently: padding may be missing or stand in the middle, other characters are skipped.
pub(in crate::formats) fn base64(raw: &[u8]) -> Decoded {
    let mut out = Decoded {
        bytes: Vec::with_capacity(raw.len() / 4 * 3),
        junk: false,
    };
    let (mut bits, mut count) = (0_u32, 0_u32);
    for &b in raw {
        if let Some(value) = digit(b) {
            bits = bits << 6 | u32::from(value);
            count += 1;
            if count == 4 {
                let [_, a, b, c] = bits.to_be_bytes();
                out.bytes.extend_from_slice(&[a, b, c]);
                (bits, count) = (0, 0);
            }
        } else if b == b'=' {
            flush(bits, count, &mut out.bytes);
            (bits, count) = (0, 0);
        } else if !b.is_ascii_whitespace() {
            out.junk = true;
        }
    }
    flush(bits, count, &mut out.bytes);
    out
}

/// The bytes of an incomplete group of two or three digits.
fn flush(bits: u32, count: u32, out: &mut Vec<u8>) {
    let shift = match count {
        2 => 12,
        3 => 6,
        _ => return,
    };
    let [_, a, b, _] = (bits << shift).to_be_bytes();
    out.push(a);
    if count == 3 {
        out.push(b);
    }
}

/// What a body in Base64 is made of.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Body {
    /// The bytes.
    pub(super) bytes: Vec<u8>,
    /// Lines that are no Base64: what lists and scanners add.
    pub(super) junk: Vec<u8>,
    /// Lines behind padding, which may be words as well.
    pub(super) behind: Vec<u8>,
}

/// Decodes a body line by line. A line with other characters in it is no Base64; behind padding nothing is that
/// does not come in groups of four.
pub(super) fn base64_body(raw: &[u8]) -> Body {
    let mut out = Body::default();
    let mut digits: Vec<u8> = Vec::with_capacity(raw.len());
    let mut padded = false;
    for line in raw.split(|&b| b == b'\n') {
        let line = line.trim_ascii();
        let clean = line.iter().all(|&b| digit(b).is_some() || b == b'=');
        if !clean || (padded && line.len() % 4 != 0) {
            out.junk.extend_from_slice(line);
            out.junk.push(b'\n');
            continue;
        }
        if padded && !line.is_empty() {
            out.behind.extend_from_slice(line);
            out.behind.push(b'\n');
        }
        padded |= line.last() == Some(&b'=');
        digits.extend_from_slice(line);
    }
    out.bytes = base64(&digits).bytes;
    out
}

/// Encodes Base64 in lines of `width` digits (0: one line), each but the last ended by `eol`.
pub(in crate::formats) fn to_base64(bytes: &[u8], width: usize, eol: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 3 * 4 + bytes.len() / 38 + 8);
    let mut column = 0;
    for group in bytes.chunks(3) {
        if width > 0 && column >= width {
            out.extend_from_slice(eol);
            column = 0;
        }
        let at = |i: usize| u32::from(group.get(i).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for i in 0..4 {
            let digit = (bits >> (18 - 6 * i) & 63) as usize;
            out.push(if i <= group.len() {
                DIGITS.get(digit).copied().unwrap_or(b'=')
            } else {
                b'='
            });
        }
        column += 4;
    }
    out
}

/// Two hexadecimal digits after `=` or `%`.
pub(super) fn hex(raw: &[u8]) -> Option<u8> {
    let nibble = |b: &u8| {
        char::from(*b)
            .to_digit(16)
            .and_then(|n| u8::try_from(n).ok())
    };
    Some(nibble(raw.first()?)? << 4 | nibble(raw.get(1)?)?)
}

/// Decodes quoted-printable; what is no escape stays as it is.
pub(in crate::formats) fn quoted(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(rest) = raw.get(at..).filter(|r| !r.is_empty()) {
        let Some(equals) = memchr::memchr(b'=', rest) else {
            out.extend_from_slice(rest);
            break;
        };
        out.extend_from_slice(rest.get(..equals).unwrap_or_default());
        let after = rest.get(equals + 1..).unwrap_or_default();
        at += equals + 1;
        if let Some(byte) = hex(after) {
            out.push(byte);
            at += 2;
            continue;
        }
        // A soft break: blanks that a gateway added, then the end of the line.
        let blanks = after
            .iter()
            .take_while(|b| matches!(b, b' ' | b'\t'))
            .count();
        match after.get(blanks..).unwrap_or_default() {
            [b'\r', b'\n', ..] => at += blanks + 2,
            [b'\n', ..] => at += blanks + 1,
            [] => at += blanks,
            _ => out.push(b'='),
        }
    }
    out
}

/// Encodes quoted-printable in lines of at most 76 characters. Line ends that are `eol` stay line ends, others
/// are escaped, so that decoding gives the very bytes.
pub(in crate::formats) fn to_quoted(bytes: &[u8], eol: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 2);
    let (mut at, mut column) = (0, 0);
    while let Some((&b, rest)) = bytes.get(at..).and_then(<[u8]>::split_first) {
        let here = bytes.get(at..).unwrap_or_default();
        if here.starts_with(eol) {
            out.extend_from_slice(eol);
            at += eol.len();
            column = 0;
            continue;
        }
        let ends = rest.is_empty() || rest.starts_with(eol);
        let plain = match b {
            b' ' | b'\t' => !ends,
            b'=' => false,
            // "From " and a lone dot at the start of a line are changed by mail programs.
            b'F' | b'.' if column == 0 => false,
            b => b.is_ascii_graphic(),
        };
        let width = if plain { 1 } else { 3 };
        if column + width > if ends { 76 } else { 75 } {
            out.push(b'=');
            out.extend_from_slice(eol);
            column = 0;
            continue;
        }
        if plain {
            out.push(b);
        } else {
            const HEX: &[u8; 16] = b"0123456789ABCDEF";
            let nibble = |n: u8| HEX.get(usize::from(n)).copied().unwrap_or(b'0');
            out.extend_from_slice(&[b'=', nibble(b >> 4), nibble(b & 15)]);
        }
        column += width;
        at += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn published_examples() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(to_base64(plain.as_bytes(), 76, b"\r\n"), coded.as_bytes());
            assert_eq!(base64(coded.as_bytes()).bytes, plain.as_bytes());
        }
        assert_eq!(
            quoted(b"Now's the time =\r\nfor all folk to come=\r\n to the aid of their country."),
            b"Now's the time for all folk to come to the aid of their country."
        );
        assert_eq!(quoted(b"=E5=BC=A0=  \n x=zz="), "张 x=zz".as_bytes());
    }

    #[test]
    fn lenient_where_mail_is_broken() {
        assert_eq!(base64(b"Zm9v\r\n YmFy").bytes, b"foobar");
        assert_eq!(base64(b"Zg==Zg==").bytes, b"ff");
        assert_eq!(base64(b"Zm8").bytes, b"fo");
        let body =
            base64_body(b"Zm9v\r\nZg==\r\n\r\n-- \r\nlist of names\r\nabcd\r\nword\r\nwords");
        assert_eq!(
            body.bytes,
            [&b"foof"[..], &base64(b"abcdword").bytes].concat()
        );
        assert_eq!(body.junk, b"--\nlist of names\nwords\n");
        assert_eq!(body.behind, b"abcd\nword\n");
        let junk = base64(b"Zm9v*YmFy");
        assert!(junk.junk && junk.bytes == b"foobar");
        assert_eq!(Transfer::named(" BASE64 "), Transfer::Base64);
        assert_eq!(Transfer::named("quoted-printable;"), Transfer::Quoted);
        assert_eq!(Transfer::named("x-uuencode"), Transfer::Unknown);
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(bytes in proptest::collection::vec(any::<u8>(), 0..300), width in 0usize..30, text in "[ -~\r\n=]{0,300}") {
            let back = base64(&to_base64(&bytes, width * 4, b"\r\n"));
            prop_assert!(!back.junk);
            prop_assert_eq!(back.bytes, bytes.clone());
            for eol in [&b"\r\n"[..], b"\n"] {
                for source in [&bytes[..], text.as_bytes()] {
                    let coded = to_quoted(source, eol);
                    prop_assert!(coded.split(|&b| b == b'\n').all(|l| l.len() <= 77));
                    prop_assert_eq!(quoted(&coded), source);
                }
            }
        }
    }
}
