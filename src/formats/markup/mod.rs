//! What HTML and XML share: tokens with their bytes, entities, and text that is joined from pieces with a
//! way back to each.

mod joined;
mod lex;

pub(super) use joined::{Joined, Lines, Mode};
pub(super) use lex::{Token, attributes, local_name, next_in};

use super::encoding::{Encoding, label};

/// Bytes after which a block ends at the next break.
pub(super) const BLOCK: usize = 1 << 20;
/// Bytes after which a block ends wherever it is.
pub(super) const HARD: usize = 2 << 20;

/// The encoding that the first bytes of a document declare (`encoding="…"`, `charset=…`).
pub(super) fn declared(head: &[u8]) -> Option<Encoding> {
    let head = head.get(..4096).unwrap_or(head).to_ascii_lowercase();
    [b"encoding=".as_slice(), b"charset="]
        .iter()
        .find_map(|mark| {
            let at = memchr::memmem::find(&head, mark)? + mark.len();
            let rest = head.get(at..)?;
            let name: Vec<u8> = rest
                .iter()
                .skip_while(|b| matches!(b, b'"' | b'\'' | b' '))
                .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
                .copied()
                .collect();
            label(&name)
        })
}

/// The character that an entity at the start of `raw` stands for, and its length: the five of XML,
/// `&nbsp;`, and numbers. No other is ever resolved.
pub(super) fn entity(raw: &[u8]) -> Option<(char, usize)> {
    let end = raw.iter().take(12).position(|&b| b == b';')?;
    let name = raw.get(1..end)?;
    let c = match name {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        b"nbsp" => '\u{A0}',
        _ => {
            let number = std::str::from_utf8(name.strip_prefix(b"#")?).ok()?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|&c| c != '\0')?
        }
    };
    Some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities() {
        assert_eq!(entity(b"&amp;x"), Some(('&', 5)));
        assert_eq!(entity(b"&#49;"), Some(('1', 5)));
        assert_eq!(entity(b"&#x5F20;"), Some(('张', 8)));
        for none in ["&lol9;", "&", "&#99999999;", "&#xD800;", "&amp", "&#0;"] {
            assert_eq!(entity(none.as_bytes()), None, "{none}");
        }
    }

    #[test]
    fn declarations() {
        let gb = Some(Encoding::Gb18030);
        assert_eq!(declared(b"<?xml version='1.0' encoding='GB2312'?>"), gb);
        assert_eq!(declared(b"<meta charset=gbk>"), gb);
        assert_eq!(
            declared(b"<meta content=\"text/html; charset=GB18030\">"),
            gb
        );
        assert_eq!(declared(b"<p>"), None);
    }
}
