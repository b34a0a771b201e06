//! Which values need not be looked at, and those that stand where none are expected.

use super::{
    chars::{Escapes, decode},
    sweep::hand_on,
    tokens::{Attribute, Tag},
};
use crate::formats::{Cx, FormatError};
use crate::model::{GapKind, Step};
use std::collections::HashSet;

/// Whether a value is too plain to be looked at: short numbers, references and switches.
pub(in crate::formats) fn is_trivial(raw: &[u8]) -> bool {
    if raw.len() > 24 {
        return raw.trim_ascii().is_empty();
    }
    if let Some(number) = raw.strip_prefix(b"rId") {
        return number.len() <= 6 && number.iter().all(u8::is_ascii_digit);
    }
    let mut run = 0;
    for &b in raw {
        match b {
            b'0'..=b'9' => {
                run += 1;
                if run > 6 {
                    return false;
                }
            }
            b'.' | b',' | b':' | b' ' | b'$' | b'\n' | b'\r' | b'\t' => run = 0,
            _ => return matches!(raw, b"true" | b"false"),
        }
    }
    // A long run of short groups could be a number that was written in groups.
    raw.len() <= 12 || raw.iter().filter(|b| b.is_ascii_digit()).count() <= 8
}

/// Whether a value is a small number with a fraction, perhaps with an exponent: a width, a tint.
pub(in crate::formats) fn is_measure(raw: &[u8]) -> bool {
    let raw = raw.strip_prefix(b"-").unwrap_or(raw);
    let Some(dot) = raw.iter().position(|&b| b == b'.') else {
        return false;
    };
    dot <= 6
        && raw.len() <= 26
        && raw
            .iter()
            .all(|b| b.is_ascii_digit() || b".eE-+".contains(b))
        && std::str::from_utf8(raw).is_ok_and(|s| s.parse::<f64>().is_ok())
}

/// Namespaces of the standards themselves.
pub(in crate::formats) fn is_namespace(attribute: &Attribute<'_>) -> bool {
    const KNOWN: [&[u8]; 7] = [
        b"http://schemas.openxmlformats.org/",
        b"http://schemas.microsoft.com/",
        b"http://purl.oclc.org/ooxml/",
        b"http://purl.org/dc/",
        b"http://www.w3.org/",
        b"urn:schemas-microsoft-com:",
        b"application/vnd.openxmlformats-",
    ];
    attribute.value.len() <= 120 && KNOWN.iter().any(|k| attribute.value.starts_with(k))
}

/// Values that stand where none are expected, in attributes of cells and strings and in comments:
/// each different one is handed on once, and none can be changed.
#[derive(Debug, Default)]
pub(in crate::formats) struct Rare {
    seen: HashSet<Box<[u8]>>,
    bytes: usize,
    pending: Vec<Box<[u8]>>,
}

impl Rare {
    /// Notes the attributes of a tag.
    pub(in crate::formats) fn tag(&mut self, tag: &Tag<'_>) {
        for attribute in tag.attributes() {
            if !is_namespace(&attribute) {
                self.text(attribute.value);
            }
        }
    }

    /// Notes a text.
    pub(in crate::formats) fn text(&mut self, raw: &[u8]) {
        if is_trivial(raw) || is_measure(raw) || self.seen.contains(raw) {
            return;
        }
        if self.bytes > 4 << 20 {
            self.seen.clear();
            self.bytes = 0;
        }
        self.bytes += raw.len() + 64;
        self.seen.insert(raw.into());
        self.pending.push(raw.into());
    }

    /// Hands on what was noted.
    ///
    /// # Errors
    /// `Withheld` when something would have to be changed.
    pub(in crate::formats) fn emit(
        &mut self,
        at: &[Step],
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        for raw in self.pending.drain(..) {
            let mut text = String::new();
            decode(&raw, 0, Escapes::Xml, &mut text, None);
            if !hand_on(cx, at, &text, None).is_empty() {
                return Err(FormatError::Withheld(
                    GapKind::Opaque,
                    "a value in an attribute that cannot be changed".into(),
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_is_a_small_decimal_number() {
        for yes in [
            "0.78740157499999996",
            "-0.249977111117893",
            "9.9978637043366805E-2",
        ] {
            assert!(is_measure(yes.as_bytes()), "{yes}");
        }
        for no in [
            "13800138000",
            "13800138000.0",
            "1.2.3",
            "192.168.1.1",
            "a.b",
        ] {
            assert!(!is_measure(no.as_bytes()), "{no}");
        }
    }

    #[test]
    fn what_can_hold_an_identifier_is_not_trivial() {
        for plain in ["1", "true", "A1:B2", "12.75", "1:16384"] {
            assert!(plain == "A1:B2" || is_trivial(plain.as_bytes()), "{plain}");
        }
        for value in [
            "13800138000",
            "6222 0200 6810 8011 948",
            "张三",
            "Li Si",
            "010.8888.6666.11",
        ] {
            assert!(!is_trivial(value.as_bytes()), "{value}");
        }
    }
}
