//! Simple fonts: one byte a code (ISO 32000-1, 9.6).

use super::{
    Code, Program, Says, ToUnicode, has_program, is_private, program, program_of, symbols, widths,
};
use crate::formats::pdf::tree::{
    dictionary, entry, follow, inner, items, name_of, number, number_of, whole,
};
use lopdf::{Dictionary, Document, Object, dictionary};

/// What each of the 256 codes of a font is.
pub(super) fn codes(doc: &Document, dict: &Dictionary, map: &ToUnicode) -> Vec<Code> {
    let widths = all_widths(doc, dict);
    let own = Own::new(doc, dict);
    (0..=255_u8)
        .map(|byte| {
            let at = usize::from(byte);
            let code = u32::from(byte);
            let mapped = map.get(code);
            let nothing = map.is_nothing(code);
            let (text, guess) = match mapped {
                Some(text) if !is_private(&text) => (Some(text), false),
                mapped => {
                    let (said, guess) = own.get(at);
                    (said.or(mapped), guess)
                }
            };
            Code {
                number: code,
                cid: code,
                len: 1,
                guess: guess && text.is_some(),
                says: match text {
                    _ if nothing => Says::Char('\u{fffd}'),
                    Some(text) => Says::of(&text),
                    None if own.is_blank(byte) => Says::blank(),
                    None => Says::Nothing,
                },
                width: widths.get(at).copied().unwrap_or(0.0),
            }
        })
        .collect()
}

/// Codes that viewers show nothing for when the font is not in the file: writers of text in UTF-16 fill it up
/// with the first, the others stand for blanks.
fn shows_nothing(code: u8) -> bool {
    matches!(code, 0 | b'\t' | b'\n' | b'\r')
}

/// The codes of a font that is not there: what is usual, which is a guess but for ASCII, which is the same in
/// every encoding that viewers may take.
pub(super) fn usual() -> Vec<Code> {
    let doc = Document::new();
    let widths = widths::standard(b"Helvetica");
    let table = base_encoding(&doc, b"WinAnsiEncoding");
    (0..=255_u32)
        .zip(table.into_iter().zip(widths))
        .map(|(code, (text, width))| {
            let byte = u8::try_from(code).unwrap_or(0);
            let ascii = byte.is_ascii_graphic() || byte == b' ';
            Code {
                number: code,
                cid: code,
                len: 1,
                guess: text.is_some() && !ascii,
                says: match text {
                    Some(text) => Says::of(&text),
                    None if shows_nothing(byte) => Says::blank(),
                    None => Says::Nothing,
                },
                width,
            }
        })
        .collect()
}

/// Widths of the 256 codes, in thousandths.
fn all_widths(doc: &Document, dict: &Dictionary) -> Vec<f64> {
    let base = name_of(doc, dict, b"BaseFont").unwrap_or_default();
    let list = items(doc, dict, b"Widths");
    if list.is_empty() {
        return widths::standard(base);
    }
    let scale = if name_of(doc, dict, b"Subtype") == Some(b"Type3") {
        let first = items(doc, dict, b"FontMatrix").first();
        first
            .and_then(|o| number(follow(doc, o)))
            .map_or(1.0, |n| n * 1000.0)
    } else {
        1.0
    };
    let missing =
        inner(doc, dict, b"FontDescriptor").and_then(|d| number_of(doc, d, b"MissingWidth"));
    let first = number_of(doc, dict, b"FirstChar")
        .and_then(whole)
        .unwrap_or(0);
    let mut out = vec![missing.unwrap_or(0.0); 256];
    for (to, width) in out
        .iter_mut()
        .skip(usize::try_from(first).unwrap_or(256))
        .zip(list)
    {
        *to = number(follow(doc, width)).unwrap_or(0.0) * scale;
    }
    out
}

/// What the encoding says, without `ToUnicode`.
struct Own {
    /// By `Differences`.
    differences: Vec<Option<String>>,
    /// Whether `Differences` names the code at all.
    named: Vec<bool>,
    /// Whether its name there is only the number of the code.
    numbered: Vec<bool>,
    /// By the font program.
    program: Option<Program>,
    /// By the base encoding.
    table: Vec<Option<String>>,
    /// Whether the base encoding is only what is usual.
    guess: bool,
    /// Whether the font lies in the file.
    embedded: bool,
}

impl Own {
    fn new(doc: &Document, dict: &Dictionary) -> Self {
        let encoding = entry(doc, dict, b"Encoding");
        let named = match encoding {
            Some(Object::Name(name)) => Some(name.as_slice()),
            Some(other) => dictionary(other).and_then(|d| name_of(doc, d, b"BaseEncoding")),
            None => None,
        };
        let known = named.filter(|n| {
            matches!(
                *n,
                b"WinAnsiEncoding"
                    | b"MacRomanEncoding"
                    | b"MacExpertEncoding"
                    | b"StandardEncoding"
            )
        });
        let subtype = name_of(doc, dict, b"Subtype").unwrap_or_default();
        let base = name_of(doc, dict, b"BaseFont").unwrap_or_default();
        let descriptor = inner(doc, dict, b"FontDescriptor");
        let flags = descriptor.and_then(|d| number_of(doc, d, b"Flags"));
        let symbolic = flags.and_then(whole).is_some_and(|f| f & 4 != 0);
        let embedded = has_program(descriptor);
        let pictures = [&b"Symbol"[..], b"ZapfDingbats", b"Wingdings", b"Webdings"]
            .iter()
            .any(|n| memchr::memmem::find(base, n).is_some());
        let program = (embedded && (known.is_none() || symbolic))
            .then(|| program_of(doc, descriptor))
            .flatten();
        let signs = symbols::of(base).filter(|_| known.is_none());
        let guess = known.is_none() && (embedded || (pictures && signs.is_none()));
        let name = match known {
            Some(known) => known,
            None if subtype == b"TrueType" => b"WinAnsiEncoding",
            None => b"StandardEncoding",
        };
        let table = if subtype == b"Type3" && known.is_none() {
            vec![None; 256]
        } else if let Some(signs) = signs {
            signs
        } else {
            base_encoding(doc, name)
        };
        let (differences, named, numbered) =
            differences(doc, encoding.and_then(dictionary), pictures);
        Self {
            differences,
            named,
            numbered,
            program,
            table,
            guess,
            embedded: embedded || subtype == b"Type3",
        }
    }

    /// Whether a code shows nothing.
    fn is_blank(&self, code: u8) -> bool {
        let named = self.named.get(usize::from(code)).copied();
        !self.embedded && shows_nothing(code) && named != Some(true)
    }

    /// What a code says, and whether that is a guess.
    fn get(&self, at: usize) -> (Option<String>, bool) {
        let of = |list: &[Option<String>]| list.get(at).cloned().flatten();
        let is = |list: &[bool]| list.get(at).copied().unwrap_or(false);
        if is(&self.numbered) {
            return (usual_character(at), true);
        }
        if is(&self.named) {
            return (of(&self.differences), false);
        }
        let built_in = self.program.as_ref().and_then(|p| of(&p.codes));
        let built_in = built_in.filter(|t| !is_private(t));
        if self.guess {
            let sure = built_in.is_some();
            (built_in.or_else(|| of(&self.table)), !sure)
        } else {
            (of(&self.table).or(built_in), false)
        }
    }
}

/// What `Differences` says: the texts of its names, which codes have one, and which have a name that is
/// only their own number (`a192` for 192, as TeX names the glyphs of its pictures).
type Differences = (Vec<Option<String>>, Vec<bool>, Vec<bool>);

fn differences(doc: &Document, encoding: Option<&Dictionary>, pictures: bool) -> Differences {
    let mut texts = vec![None; 256];
    let mut named = vec![false; 256];
    let mut numbered = vec![false; 256];
    let mut at = 0_usize;
    for object in encoding.map_or(&[][..], |d| items(doc, d, b"Differences")) {
        match follow(doc, object) {
            Object::Name(name) => {
                let number = name
                    .strip_prefix(b"a")
                    .and_then(|n| std::str::from_utf8(n).ok()?.parse().ok());
                if let (Some(text), Some(is)) = (texts.get_mut(at), named.get_mut(at)) {
                    *text = program::named(name);
                    *is = true;
                }
                if let Some(is) = numbered.get_mut(at) {
                    // In fonts of pictures these are names of pictures.
                    *is = !pictures && number == Some(at);
                }
                at += 1;
            }
            other => {
                let n = number(other).and_then(whole).unwrap_or(256);
                at = usize::try_from(n).unwrap_or(256);
            }
        }
    }
    (texts, named, numbered)
}

/// What a code says in the encoding of Windows, which is what viewers take it for.
fn usual_character(code: usize) -> Option<String> {
    let byte = [u8::try_from(code).ok().filter(|b| *b >= 0x20)?];
    let text = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte);
    Some(text.0.into_owned())
}

/// A base encoding's characters.
fn base_encoding(doc: &Document, name: &[u8]) -> Vec<Option<String>> {
    let font = dictionary! { "Type" => "Font", "Encoding" => Object::Name(name.to_vec()) };
    let encoding = font.get_font_encoding(doc).ok();
    (0..=255_u8)
        .map(|code| {
            let text = encoding.as_ref()?.bytes_to_string(&[code]).ok()?;
            (!text.is_empty() && text != "\0").then_some(text)
        })
        .collect()
}
