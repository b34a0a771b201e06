//! Fonts: from the bytes of a shown string to characters and widths.

use super::{
    codes::{Cutting, ToUnicode, embedded, predefined},
    content, dictionary, entry, follow, name_of, number,
};
use lopdf::{Dictionary, Document, Object, dictionary};
use std::collections::HashMap;

/// Most bytes of a font's mapping.
const MAPPING: usize = 32 << 20;
/// Most widths of one font.
const WIDTHS: u32 = 70_000;

/// What a glyph says and how sure that is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Says {
    /// The file says so.
    Text(String),
    /// The file does not say; this is what is usual.
    Guess(String),
    /// The file does not say.
    Nothing,
}

/// One code of a shown string.
pub(super) struct Code {
    /// Its bytes.
    pub len: usize,
    /// What it says.
    pub says: Says,
    /// How far it moves on, in thousandths of the font's size.
    pub width: f64,
    /// Whether it is the single byte 32, which word spacing widens.
    pub is_space: bool,
}

/// A font as far as reading needs it.
pub(super) struct Font {
    kind: Kind,
    to_unicode: ToUnicode,
    pub vertical: bool,
}

enum Kind {
    Simple {
        says: Vec<Says>,
        widths: Vec<f64>,
    },
    Composite {
        cutting: Cutting,
        widths: HashMap<u32, f64>,
        usual: f64,
    },
}

impl Font {
    pub(super) fn new(doc: &Document, dict: &Dictionary) -> Self {
        let to_unicode = match entry(doc, dict, b"ToUnicode") {
            Some(Object::Stream(stream)) => content(stream, MAPPING)
                .map(|program| ToUnicode::parse(&program))
                .unwrap_or_default(),
            _ => ToUnicode::default(),
        };
        let subtype = name_of(doc, dict, b"Subtype").unwrap_or_default();
        if subtype == b"Type0" {
            return Self::composite(doc, dict, to_unicode);
        }
        let base = name_of(doc, dict, b"BaseFont").unwrap_or_default();
        let descriptor = entry(doc, dict, b"FontDescriptor").and_then(dictionary);
        let file = descriptor.is_some_and(|d| {
            [&b"FontFile"[..], b"FontFile2", b"FontFile3"]
                .iter()
                .any(|key| d.has(key))
        });
        if subtype == b"TrueType" && !file && is_gbk_name(base) {
            // Written by old Chinese programs: the font has a Chinese name in GBK, and so has its text.
            return Self {
                kind: Kind::Composite {
                    cutting: Cutting::Legacy(encoding_rs::GB18030),
                    widths: (0..0x80).map(|c| (c, 500.0)).collect(),
                    usual: 1000.0,
                },
                to_unicode,
                vertical: false,
            };
        }
        let (widths, scale) = simple_widths(doc, dict, descriptor, subtype, base);
        Self {
            kind: Kind::Simple {
                says: simple_says(doc, dict, descriptor, subtype, base, file),
                widths: widths.into_iter().map(|w| w * scale).collect(),
            },
            to_unicode,
            vertical: false,
        }
    }

    fn composite(doc: &Document, dict: &Dictionary, to_unicode: ToUnicode) -> Self {
        let descendant = entry(doc, dict, b"DescendantFonts")
            .and_then(|o| o.as_array().ok())
            .and_then(|a| a.first())
            .and_then(|o| dictionary(follow(doc, o)));
        let (cutting, vertical) = match entry(doc, dict, b"Encoding") {
            Some(Object::Name(name)) => (
                predefined(name).unwrap_or(Cutting::Two),
                name.ends_with(b"V"),
            ),
            Some(Object::Stream(stream)) => {
                let program = content(stream, MAPPING).unwrap_or_default();
                let parent = name_of(doc, &stream.dict, b"UseCMap").and_then(predefined);
                let vertical = entry(doc, &stream.dict, b"WMode").and_then(number) == Some(1.0);
                (parent.unwrap_or_else(|| embedded(&program)), vertical)
            }
            _ => (Cutting::Two, false),
        };
        let mut widths = HashMap::new();
        if let Some(Object::Array(list)) = descendant.and_then(|d| entry(doc, d, b"W")) {
            composite_widths(doc, list, &mut widths);
        }
        let usual = descendant
            .and_then(|d| entry(doc, d, b"DW"))
            .and_then(number);
        Self {
            kind: Kind::Composite {
                cutting,
                widths,
                usual: usual.unwrap_or(1000.0),
            },
            to_unicode,
            vertical,
        }
    }

    /// The first code of `bytes`; `None` at their end.
    pub(super) fn next(&self, bytes: &[u8]) -> Option<Code> {
        match &self.kind {
            Kind::Simple { says, widths } => {
                let &byte = bytes.first()?;
                let at = usize::from(byte);
                Some(Code {
                    len: 1,
                    says: match self.to_unicode.get(u32::from(byte)) {
                        Some(text) => Says::Text(text),
                        None => says.get(at).cloned().unwrap_or(Says::Nothing),
                    },
                    width: widths.get(at).copied().unwrap_or(500.0),
                    is_space: byte == b' ',
                })
            }
            Kind::Composite {
                cutting,
                widths,
                usual,
            } => {
                let (code, len, own) = cutting.next(bytes)?;
                // Characters for private use say less than what the code itself says.
                let mapped = self.to_unicode.get(code);
                let private = |t: &String| t.chars().any(|c| ('\u{e000}'..'\u{f900}').contains(&c));
                let text = match (mapped, own) {
                    (Some(mapped), Some(own)) if private(&mapped) => Some(own),
                    (Some(mapped), _) => Some(mapped),
                    (None, own) => own,
                };
                // Widths go by glyph, which only the identity encodings give away.
                let width = match cutting {
                    Cutting::Two => widths.get(&code).copied().unwrap_or(*usual),
                    _ if len == 1 || (*cutting == Cutting::Utf16 && code < 0x80) => {
                        widths.get(&code).copied().unwrap_or(500.0)
                    }
                    _ => *usual,
                };
                Some(Code {
                    len,
                    says: text.map_or(Says::Nothing, Says::Text),
                    width,
                    is_space: len == 1 && code == 32,
                })
            }
        }
    }
}

/// Names of Chinese fonts in GBK: 宋体, 楷体, 黑体, 仿宋, 新宋.
fn is_gbk_name(name: &[u8]) -> bool {
    [
        b"\xcb\xce\xcc\xe5",
        b"\xbf\xac\xcc\xe5",
        b"\xba\xda\xcc\xe5",
        b"\xb7\xc2\xcb\xce",
        b"\xd0\xc2\xcb\xce",
    ]
    .iter()
    .any(|known| name.starts_with(&known[..]))
}

fn composite_widths(doc: &Document, list: &[Object], widths: &mut HashMap<u32, f64>) {
    let mut rest = list.iter().map(|o| follow(doc, o));
    while let (Some(first), Some(second)) = (rest.next(), rest.next()) {
        let Some(from) = number(first).and_then(whole) else {
            continue;
        };
        match second {
            Object::Array(each) => {
                for (at, width) in (from..).zip(each).take(WIDTHS as usize) {
                    widths.insert(at, number(follow(doc, width)).unwrap_or(1000.0));
                }
            }
            other => {
                let (Some(to), Some(width)) =
                    (number(other).and_then(whole), rest.next().and_then(number))
                else {
                    return;
                };
                for at in (from..=to).take(WIDTHS as usize) {
                    widths.insert(at, width);
                }
            }
        }
        if widths.len() > WIDTHS as usize {
            return;
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is tested before"
)]
fn whole(n: f64) -> Option<u32> {
    (0.0..1e9).contains(&n).then_some(n as u32)
}

/// Widths of the 256 codes and what to multiply them with to have thousandths.
fn simple_widths(
    doc: &Document,
    dict: &Dictionary,
    descriptor: Option<&Dictionary>,
    subtype: &[u8],
    base: &[u8],
) -> (Vec<f64>, f64) {
    let scale = if subtype == b"Type3" {
        entry(doc, dict, b"FontMatrix")
            .and_then(|o| o.as_array().ok())
            .and_then(|a| number(follow(doc, a.first()?)))
            .unwrap_or(0.001)
            * 1000.0
    } else {
        1.0
    };
    let missing = descriptor
        .and_then(|d| entry(doc, d, b"MissingWidth"))
        .and_then(number);
    let Some(Object::Array(list)) = entry(doc, dict, b"Widths") else {
        let courier = memchr::memmem::find(base, b"Courier").is_some();
        return (standard_widths(courier), 1.0);
    };
    let first = entry(doc, dict, b"FirstChar")
        .and_then(number)
        .and_then(whole);
    let mut widths = vec![missing.unwrap_or(0.0); 256];
    let from = usize::try_from(first.unwrap_or(0)).unwrap_or(0);
    for (to, width) in widths.iter_mut().skip(from).zip(list) {
        *to = number(follow(doc, width)).unwrap_or(0.0);
    }
    (widths, scale)
}

/// Widths of a font that leaves them out: those of Helvetica by classes, near enough to tell words.
fn standard_widths(fixed: bool) -> Vec<f64> {
    (0..=255_u8)
        .map(|c| match c {
            _ if fixed => 600.0,
            b' ' | b'!' | b',' | b'.' | b'/' | b':' | b';' | b'I' | b'[' | b']' | b'f' | b't' => {
                278.0
            }
            b'i' | b'j' | b'l' | b'\'' | b'|' => 222.0,
            b'(' | b')' | b'-' | b'r' | b'`' => 333.0,
            b'c' | b'k' | b's' | b'v' | b'x' | b'y' | b'z' | b'J' => 500.0,
            b'M' | b'm' => 833.0,
            b'W' | b'%' => 944.0,
            b'w' | b'C' | b'D' | b'H' | b'N' | b'R' | b'U' => 722.0,
            b'G' | b'O' | b'Q' => 778.0,
            b'A' | b'B' | b'E' | b'K' | b'P' | b'S' | b'V' | b'X' | b'Y' => 667.0,
            b'F' | b'T' | b'Z' => 611.0,
            _ => 556.0,
        })
        .collect()
}

/// What the 256 codes of a simple font say.
fn simple_says(
    doc: &Document,
    dict: &Dictionary,
    descriptor: Option<&Dictionary>,
    subtype: &[u8],
    base: &[u8],
    file: bool,
) -> Vec<Says> {
    let encoding = entry(doc, dict, b"Encoding");
    let named = match encoding {
        Some(Object::Name(name)) => Some(name.as_slice()),
        Some(other) => dictionary(other).and_then(|d| name_of(doc, d, b"BaseEncoding")),
        None => None,
    };
    let flags = descriptor
        .and_then(|d| entry(doc, d, b"Flags"))
        .and_then(number);
    let symbolic = flags.and_then(whole).is_some_and(|f| f & 4 != 0);
    let pictures = [&b"Symbol"[..], b"ZapfDingbats", b"Wingdings", b"Webdings"]
        .iter()
        .any(|n| memchr::memmem::find(base, n).is_some());
    // The encoding is the font program's own: letters are a guess, the rest is unknown.
    let own = named.is_none() && (pictures || (file && (symbolic || subtype != b"TrueType")));
    let table = match named {
        Some(known @ (b"WinAnsiEncoding" | b"MacRomanEncoding" | b"MacExpertEncoding")) => known,
        _ if subtype == b"TrueType" => b"WinAnsiEncoding",
        _ => b"StandardEncoding",
    };
    let mut says: Vec<Says> = if subtype == b"Type3" && named.is_none() {
        vec![Says::Nothing; 256]
    } else {
        let table = Names::new(doc).table(table);
        table
            .into_iter()
            .map(|text| match text {
                Some(text) if own || pictures => Says::Guess(text),
                Some(text) => Says::Text(text),
                None => Says::Nothing,
            })
            .collect()
    };
    let differences = encoding
        .and_then(dictionary)
        .and_then(|d| entry(doc, d, b"Differences"))
        .and_then(|o| o.as_array().ok());
    let mut names = Names::new(doc);
    let mut at = 0;
    for object in differences.into_iter().flatten() {
        match follow(doc, object) {
            Object::Name(name) => {
                if let Some(slot) = says.get_mut(at) {
                    *slot = names.glyph(name).map_or(Says::Nothing, Says::Text);
                }
                at += 1;
            }
            other => {
                let n = number(other).and_then(whole).unwrap_or(256);
                at = usize::try_from(n).unwrap_or(256);
            }
        }
    }
    says
}

/// Names of glyphs and tables of characters, asked of lopdf through fonts made for the question.
struct Names<'d> {
    doc: &'d Document,
    known: HashMap<Vec<u8>, Option<String>>,
}

impl<'d> Names<'d> {
    fn new(doc: &'d Document) -> Self {
        Self {
            doc,
            known: HashMap::new(),
        }
    }

    fn table(&self, name: &[u8]) -> Vec<Option<String>> {
        let font = dictionary! { "Type" => "Font", "Encoding" => Object::Name(name.to_vec()) };
        let encoding = font.get_font_encoding(self.doc).ok();
        (0..=255_u8)
            .map(|code| {
                let text = encoding.as_ref()?.bytes_to_string(&[code]).ok()?;
                (!text.is_empty()).then_some(text)
            })
            .collect()
    }

    /// What a glyph's name says (Adobe Glyph List and its `uni…`, `u…` forms; suffixes fall away).
    fn glyph(&mut self, name: &[u8]) -> Option<String> {
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        let stem = name.split(|&b| b == b'.').next().unwrap_or_default();
        let parts: Option<String> = stem.split(|&b| b == b'_').map(|p| self.single(p)).collect();
        let text = parts.filter(|t| !t.is_empty());
        self.known.insert(name.to_vec(), text.clone());
        text
    }

    fn single(&self, name: &[u8]) -> Option<String> {
        // A code that StandardEncoding leaves empty: what is not known stays unknown.
        const FREE: u8 = 128;
        let font = dictionary! {
            "Type" => "Font",
            "Encoding" => dictionary! {
                "Type" => "Encoding",
                "BaseEncoding" => "StandardEncoding",
                "Differences" => vec![Object::Integer(i64::from(FREE)), Object::Name(name.to_vec())],
            },
        };
        let text = font
            .get_font_encoding(self.doc)
            .ok()?
            .bytes_to_string(&[FREE])
            .ok()?;
        if !text.is_empty() {
            return Some(text);
        }
        let name = std::str::from_utf8(name).ok()?;
        let digits = name
            .strip_prefix("uni")
            .or_else(|| name.strip_prefix('u'))?;
        if (4..=6).contains(&digits.len()) {
            let c = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
            return Some(c.to_string());
        }
        None
    }
}
