//! [`Name`]: a file or member name as bytes, with a display that can be read back.

use std::fmt;

/// A path or member name. Bytes, because neither Unix paths nor zip entries need be UTF-8.
///
/// Shown as text with `%XX` for bytes that are not UTF-8, for control characters and for the
/// three characters that locators use (`!`, `#`, `%`); [`Name::parse`] is the way back.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Name(Box<[u8]>);

impl Name {
    /// Takes the bytes as they are.
    pub fn new(bytes: impl Into<Box<[u8]>>) -> Self {
        Self(bytes.into())
    }

    /// The raw bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The name as text, with U+FFFD for what is not UTF-8: for matching, never for opening.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// Reads back what [`fmt::Display`] wrote; `None` when an escape is malformed.
    pub fn parse(shown: &str) -> Option<Self> {
        let mut out = Vec::with_capacity(shown.len());
        let mut bytes = shown.bytes();
        while let Some(b) = bytes.next() {
            if b == b'%' {
                let hi = hex(bytes.next()?)?;
                let lo = hex(bytes.next()?)?;
                out.push(hi << 4 | lo);
            } else {
                out.push(b);
            }
        }
        Some(Self(out.into()))
    }
}

fn hex(b: u8) -> Option<u8> {
    match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'A'..=b'F' => Some(b - b'A' + 10),
        _ => None,
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                if matches!(c, '!' | '#' | '%') || c.is_control() || is_direction(c) {
                    let mut buf = [0; 4];
                    for b in c.encode_utf8(&mut buf).bytes() {
                        write!(f, "%{b:02X}")?;
                    }
                } else {
                    fmt::Write::write_char(f, c)?;
                }
            }
            for b in chunk.invalid() {
                write!(f, "%{b:02X}")?;
            }
        }
        Ok(())
    }
}

/// Characters that turn the reading direction: in a file name they are only ever a disguise.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name(..)")
    }
}

/// As it shows itself: text that reads back to the same bytes.
impl serde::Serialize for Name {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Name {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a malformed name"))
    }
}

impl From<&str> for Name {
    fn from(s: &str) -> Self {
        Self(s.as_bytes().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shows_text_as_text() {
        assert_eq!(Name::from("客户/工资.xlsx").to_string(), "客户/工资.xlsx");
        assert_eq!(Name::new(*b"a\xff!b").to_string(), "a%FF%21b");
        assert_eq!(Name::from("a\nb").to_string(), "a%0Ab");
    }

    proptest! {
        #[test]
        fn reads_back_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let name = Name::new(bytes);
            prop_assert_eq!(Name::parse(&name.to_string()), Some(name));
        }
    }
}
