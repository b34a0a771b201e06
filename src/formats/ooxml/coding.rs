//! Encodings of XML parts: most are UTF-8, but Excel itself writes custom XML in UTF-16.

use crate::formats::FormatError;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// The encoding of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) enum Coding {
    /// UTF-8, with or without a mark.
    Utf8,
    /// Something else, and the length of its byte order mark.
    Other(&'static Encoding, usize),
}

impl Coding {
    /// From a byte order mark, zeros in the first characters, or the declaration.
    pub(in crate::formats) fn of(raw: &[u8]) -> Self {
        match raw {
            [0xFF, 0xFE, ..] => return Self::Other(UTF_16LE, 2),
            [0xFE, 0xFF, ..] => return Self::Other(UTF_16BE, 2),
            [b'<', 0, ..] => return Self::Other(UTF_16LE, 0),
            [0, b'<', ..] => return Self::Other(UTF_16BE, 0),
            _ => {}
        }
        let head = raw.get(..200).unwrap_or(raw);
        let declared = head
            .starts_with(b"<?xml")
            .then(|| memchr::memmem::find(head, b"encoding"))
            .flatten()
            .and_then(|at| head.get(at + 8..))
            .and_then(|rest| {
                let open = rest.iter().position(|b| matches!(b, b'"' | b'\''))?;
                let rest = rest.get(open + 1..)?;
                let end = rest.iter().position(|b| matches!(b, b'"' | b'\''))?;
                Encoding::for_label(rest.get(..end)?)
            });
        match declared {
            // A declaration of UTF-16 in bytes that are not is ignored, as readers do.
            Some(e) if e != UTF_8 && e != UTF_16LE && e != UTF_16BE => Self::Other(e, 0),
            _ => Self::Utf8,
        }
    }

    /// As UTF-8.
    ///
    /// # Errors
    /// `Undecodable` when a character is damaged.
    pub(in crate::formats) fn decode(self, raw: &[u8]) -> Result<String, FormatError> {
        let (encoding, skip) = match self {
            Self::Utf8 => (UTF_8, 0),
            Self::Other(encoding, skip) => (encoding, skip),
        };
        encoding
            .decode_without_bom_handling_and_without_replacement(
                raw.get(skip..).unwrap_or_default(),
            )
            .map(std::borrow::Cow::into_owned)
            .ok_or(FormatError::Undecodable)
    }

    /// Back from UTF-8, with the mark that was there. Characters that the encoding lacks become
    /// numeric references.
    pub(in crate::formats) fn encode(self, text: &str) -> Vec<u8> {
        let Self::Other(encoding, skip) = self else {
            return text.as_bytes().to_vec();
        };
        let mut out = Vec::with_capacity(text.len() * 2);
        if encoding == UTF_16LE {
            if skip > 0 {
                out.extend_from_slice(&[0xFF, 0xFE]);
            }
            text.encode_utf16()
                .for_each(|u| out.extend_from_slice(&u.to_le_bytes()));
        } else if encoding == UTF_16BE {
            if skip > 0 {
                out.extend_from_slice(&[0xFE, 0xFF]);
            }
            text.encode_utf16()
                .for_each(|u| out.extend_from_slice(&u.to_be_bytes()));
        } else {
            out.extend_from_slice(&encoding.encode(text).0);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_goes_there_and_back() {
        for coding in [
            Coding::Other(UTF_16LE, 2),
            Coding::Other(UTF_16BE, 2),
            Coding::Other(UTF_16LE, 0),
        ] {
            let raw = coding.encode("<a>张三😀</a>");
            assert_eq!(Coding::of(&raw), coding);
            assert_eq!(coding.decode(&raw).unwrap(), "<a>张三😀</a>");
        }
    }

    #[test]
    fn a_declaration_counts() {
        let xml = b"<?xml version='1.0' encoding='GB2312'?><a/>";
        assert!(matches!(Coding::of(xml), Coding::Other(..)));
        assert_eq!(
            Coding::of(b"<?xml version='1.0' encoding='UTF-8'?>"),
            Coding::Utf8
        );
        assert!(
            Coding::Other(UTF_16LE, 2)
                .decode(b"\xff\xfe\x00\xd8")
                .is_err()
        );
    }
}
