//! A tokenizer of XML that gives byte ranges and never allocates, expands or recurses.
//!
//! It splits well-formed XML 1.0 into tags, text, CDATA and the rest, and refuses what it cannot
//! split. Entities stay as they are, so a document that defines a billion laughs is as long as its
//! bytes.

use crate::formats::FormatError;
use memchr::{memchr, memmem};

/// One token. Ranges are bytes of the text given to [`Tokens::new`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) enum Token<'x> {
    /// A start tag, or an empty element.
    Open(Tag<'x>),
    /// An end tag: the local name, and the range.
    Close(&'x [u8], (usize, usize)),
    /// Text between tags, or the inside of a CDATA section.
    Text {
        /// Range of the text itself.
        at: (usize, usize),
        /// Whether it is in a CDATA section, where nothing is escaped.
        cdata: bool,
    },
    /// A comment, instruction or document type: range of what is inside, and which.
    Other((usize, usize), Other),
}

/// Markup that is neither tag nor text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) enum Other {
    /// `<!-- -->`
    Comment,
    /// `<? ?>`
    Instruction,
    /// `<!DOCTYPE >`
    Doctype,
}

/// A start tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) struct Tag<'x> {
    /// Name without prefix.
    pub(in crate::formats) name: &'x [u8],
    /// Name with prefix.
    pub(in crate::formats) full: &'x [u8],
    /// What stands after the name.
    pub(in crate::formats) attributes: &'x [u8],
    /// Where that begins.
    pub(in crate::formats) attributes_at: usize,
    /// Whether it is an empty element.
    pub(in crate::formats) empty: bool,
    /// The whole tag.
    pub(in crate::formats) at: (usize, usize),
}

/// One attribute of a [`Tag`].
#[derive(Debug, Clone, Copy)]
pub(in crate::formats) struct Attribute<'x> {
    /// Name with prefix.
    pub(in crate::formats) full: &'x [u8],
    /// The value as written.
    pub(in crate::formats) value: &'x [u8],
    /// Where the value lies.
    pub(in crate::formats) at: (usize, usize),
    /// Where the name begins.
    pub(in crate::formats) name_at: usize,
}

impl<'x> Attribute<'x> {
    /// Name without prefix.
    pub(in crate::formats) fn name(&self) -> &'x [u8] {
        local(self.full)
    }
}

/// A name without its prefix.
pub(in crate::formats) fn local(full: &[u8]) -> &[u8] {
    match memchr(b':', full) {
        Some(colon) => full.get(colon + 1..).unwrap_or_default(),
        None => full,
    }
}

const DAMAGED: FormatError = FormatError::Corrupt("XML markup");

/// Splits XML into tokens.
#[derive(Debug)]
pub(in crate::formats) struct Tokens<'x> {
    bytes: &'x [u8],
    at: usize,
    /// Offset of the bytes in the whole.
    base: usize,
}

impl<'x> Tokens<'x> {
    /// Over these bytes, from their start.
    pub(in crate::formats) fn new(bytes: &'x [u8]) -> Self {
        Self::new_at(bytes, 0)
    }

    /// The same, for bytes that lie `base` into what ranges are of.
    pub(in crate::formats) fn new_at(bytes: &'x [u8], base: usize) -> Self {
        Self { bytes, at: 0, base }
    }

    /// Where the next token begins.
    pub(in crate::formats) fn position(&self) -> usize {
        self.base + self.at
    }

    /// The next token; `None` at the end.
    ///
    /// # Errors
    /// `Corrupt` for markup that does not end.
    #[inline]
    pub(in crate::formats) fn next(&mut self) -> Result<Option<Token<'x>>, FormatError> {
        let start = self.at;
        let Some(rest) = self.bytes.get(start..).filter(|r| !r.is_empty()) else {
            return Ok(None);
        };
        if rest.first() != Some(&b'<') {
            let n = memchr(b'<', rest).unwrap_or(rest.len());
            self.at = start + n;
            return Ok(Some(Token::Text {
                at: (self.base + start, self.base + start + n),
                cdata: false,
            }));
        }
        match rest.get(1) {
            Some(b'/') => {
                let end = memchr(b'>', rest).ok_or(DAMAGED)?;
                self.at = start + end + 1;
                let name = rest.get(2..end).unwrap_or_default();
                Ok(Some(Token::Close(
                    local(name.trim_ascii_end()),
                    (self.base + start, self.position()),
                )))
            }
            Some(b'!' | b'?') => self.other(rest).map(Some),
            Some(_) => self.open(rest).map(Some),
            None => Err(DAMAGED),
        }
    }

    fn open(&mut self, rest: &'x [u8]) -> Result<Token<'x>, FormatError> {
        let start = self.at;
        let (mut quote, mut end, mut name_end) = (0, None, None);
        for (i, &b) in rest.iter().enumerate().skip(1) {
            if quote != 0 {
                if b == quote {
                    quote = 0;
                }
                continue;
            }
            match b {
                b'>' => {
                    end = Some(i);
                    break;
                }
                b'"' | b'\'' => quote = b,
                b'<' => return Err(DAMAGED),
                b' ' | b'\t' | b'\r' | b'\n' | b'/' if name_end.is_none() => name_end = Some(i),
                _ => {}
            }
        }
        let end = end.ok_or(DAMAGED)?;
        let empty = rest.get(end - 1) == Some(&b'/');
        let name_end = name_end.unwrap_or(end);
        let full = rest.get(1..name_end).unwrap_or_default();
        if full.is_empty() {
            return Err(DAMAGED);
        }
        self.at = start + end + 1;
        Ok(Token::Open(Tag {
            name: local(full),
            full,
            attributes: rest
                .get(name_end..end - usize::from(empty))
                .unwrap_or_default(),
            attributes_at: self.base + start + name_end,
            empty,
            at: (self.base + start, self.position()),
        }))
    }

    fn other(&mut self, rest: &'x [u8]) -> Result<Token<'x>, FormatError> {
        let (start, base) = (self.at, self.base);
        let mut until = |skip: usize, mark: &[u8]| {
            let inside = rest.get(skip..).ok_or(DAMAGED)?;
            let n = memmem::find(inside, mark).ok_or(DAMAGED)?;
            self.at = start + skip + n + mark.len();
            Ok::<_, FormatError>((base + start + skip, base + start + skip + n))
        };
        if rest.starts_with(b"<!--") {
            Ok(Token::Other(until(4, b"-->")?, Other::Comment))
        } else if rest.starts_with(b"<![CDATA[") {
            let at = until(9, b"]]>")?;
            Ok(Token::Text { at, cdata: true })
        } else if rest.starts_with(b"<?") {
            Ok(Token::Other(until(2, b"?>")?, Other::Instruction))
        } else {
            let end = doctype_end(rest).ok_or(DAMAGED)?;
            self.at = start + end + 1;
            Ok(Token::Other(
                (base + start + 2, base + start + end),
                Other::Doctype,
            ))
        }
    }
}

/// Where the `>` of a document type is, past its internal subset and quoted strings.
fn doctype_end(rest: &[u8]) -> Option<usize> {
    let (mut quote, mut depth) = (0, 0i64);
    for (i, &b) in rest.iter().enumerate().skip(2) {
        match b {
            _ if quote != 0 => quote = if b == quote { 0 } else { quote },
            b'"' | b'\'' => quote = b,
            b'<' | b'[' => depth += 1,
            b'>' if depth <= 0 => return Some(i),
            b'>' | b']' => depth -= 1,
            _ => {}
        }
    }
    None
}

impl<'x> Tag<'x> {
    /// Its attributes in order. Stops at what is not an attribute.
    pub(in crate::formats) fn attributes(&self) -> Attributes<'x> {
        Attributes {
            bytes: self.attributes,
            at: 0,
            base: self.attributes_at,
        }
    }

    /// The value of the first attribute with this local name.
    pub(in crate::formats) fn attribute(&self, name: &[u8]) -> Option<Attribute<'x>> {
        self.attributes().find(|a| a.name() == name)
    }
}

/// Iterator over attributes.
#[derive(Debug)]
pub(in crate::formats) struct Attributes<'x> {
    bytes: &'x [u8],
    at: usize,
    base: usize,
}

impl<'x> Iterator for Attributes<'x> {
    type Item = Attribute<'x>;

    fn next(&mut self) -> Option<Attribute<'x>> {
        let rest = self.bytes.get(self.at..)?;
        let skip = rest.iter().position(|b| !b.is_ascii_whitespace())?;
        let rest = rest.get(skip..)?;
        let name_end = rest
            .iter()
            .position(|&b| b == b'=' || b.is_ascii_whitespace())?;
        let full = rest.get(..name_end)?;
        let after = rest.get(name_end..)?;
        let open = after.iter().position(|&b| b == b'"' || b == b'\'')?;
        let quote = *after.get(open)?;
        let value = after.get(open + 1..)?;
        let value = value.get(..memchr(quote, value)?)?;
        let name_at = self.base + self.at + skip;
        let start = self.at + skip + name_end + open + 1;
        self.at = start + value.len() + 1;
        Some(Attribute {
            full,
            value,
            at: (self.base + start, self.base + start + value.len()),
            name_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shape(xml: &str) -> Vec<String> {
        let mut tokens = Tokens::new(xml.as_bytes());
        let mut out = Vec::new();
        while let Some(token) = tokens.next().unwrap() {
            let cut = |(a, b): (usize, usize)| &xml[a..b];
            out.push(match token {
                Token::Open(tag) => {
                    let attributes: Vec<_> = tag.attributes().map(|a| cut(a.at)).collect();
                    format!(
                        "{}{:?}{}",
                        String::from_utf8_lossy(tag.name),
                        attributes,
                        if tag.empty { "/" } else { "" }
                    )
                }
                Token::Close(name, _) => format!("/{}", String::from_utf8_lossy(name)),
                Token::Text { at, cdata } => format!("{cdata} {}", cut(at)),
                Token::Other(at, kind) => format!("{kind:?} {}", cut(at)),
            });
        }
        out
    }

    #[test]
    fn splits_what_xml_is_made_of() {
        assert_eq!(
            shape(
                "<?xml v?><!DOCTYPE x [<!ENTITY a \"]>\">]><x:a b='1>' c = \"2\"><d/>t<![CDATA[<&]]></x:a ><!--c-->"
            ),
            [
                "Instruction xml v",
                "Doctype DOCTYPE x [<!ENTITY a \"]>\">]",
                "a[\"1>\", \"2\"]",
                "d[]/",
                "false t",
                "true <&",
                "/a",
                "Comment c"
            ]
        );
    }

    #[test]
    fn refuses_markup_without_end() {
        for bad in [
            "<a",
            "<a b='",
            "<",
            "<!--",
            "<![CDATA[x",
            "<?x",
            "<!DOCTYPE [",
            "</a",
            "<>",
        ] {
            let mut tokens = Tokens::new(bad.as_bytes());
            assert!(tokens.next().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_covered_in_order(bytes in proptest::collection::vec(
            prop::sample::select(b"<>/=\"' ab![]-?CDATA:&;".to_vec()), 0..80)) {
            let mut tokens = Tokens::new(&bytes);
            let mut last = 0;
            while let Ok(Some(_)) = tokens.next() {
                prop_assert!(tokens.position() > last);
                last = tokens.position();
            }
            prop_assert!(last <= bytes.len());
        }
    }
}
