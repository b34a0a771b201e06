//! Composite fonts: codes of several bytes, character identifiers, collections (ISO 32000-1, 9.7).

use super::{Code, Cutting, MAPPING, Program, Says, ToUnicode, WIDTHS, is_private, program_of};
use crate::formats::pdf::{
    codes::{Spaces, predefined},
    tree::{content, dictionary, entry, follow, inner, items, name_of, number, number_of, whole},
};
use hayro_cmap::{BfString, CMap, CMapName, CidFamily, WritingMode};
use lopdf::{Dictionary, Document, Object};
use std::{cell::OnceCell, collections::HashMap};

/// How often over widths are read that lie over one another.
const AGAIN: usize = 4;

/// A composite font.
pub(super) struct Composite<'d> {
    doc: &'d Document,
    descriptor: Option<&'d Dictionary>,
    cutting: Cutting,
    /// From codes to character identifiers; `None` when they are the same.
    cids: Option<CMap>,
    /// From character identifiers to characters.
    collection: Option<CMap>,
    map: ToUnicode,
    /// From character identifiers to glyphs, two bytes each.
    glyphs: Vec<u8>,
    program: OnceCell<Program>,
    widths: HashMap<u32, f64>,
    usual: f64,
    heights: HashMap<u32, f64>,
    usual_height: f64,
    /// Whether it is written from top to bottom.
    pub vertical: bool,
}

fn load(name: CMapName<'_>) -> Option<CMap> {
    CMap::parse(hayro_cmap::load_embedded(name)?, hayro_cmap::load_embedded)
}

impl<'d> Composite<'d> {
    pub(super) fn new(doc: &'d Document, dict: &'d Dictionary, map: ToUnicode) -> Self {
        let descendant = items(doc, dict, b"DescendantFonts")
            .first()
            .and_then(|o| dictionary(follow(doc, o)));
        let (cutting, cids) = encoding(doc, dict);
        let vertical = match entry(doc, dict, b"Encoding") {
            Some(Object::Name(name)) => name.ends_with(b"V"),
            Some(Object::Stream(stream)) if stream.dict.has(b"WMode") => {
                number_of(doc, &stream.dict, b"WMode") == Some(1.0)
            }
            _ => cids
                .as_ref()
                .is_some_and(|c| c.metadata().writing_mode == Some(WritingMode::Vertical)),
        };
        let mut widths = HashMap::new();
        let mut heights = HashMap::new();
        if let Some(descendant) = descendant {
            runs(doc, items(doc, descendant, b"W"), 1, &mut widths);
            runs(doc, items(doc, descendant, b"W2"), 3, &mut heights);
        }
        let from = |key: &[u8]| descendant.and_then(|d| number_of(doc, d, key));
        let glyphs = match descendant.and_then(|d| entry(doc, d, b"CIDToGIDMap")) {
            Some(Object::Stream(stream)) => content(stream, MAPPING).unwrap_or_default(),
            _ => Vec::new(),
        };
        let usual_height = descendant
            .and_then(|d| items(doc, d, b"DW2").get(1))
            .and_then(|o| number(follow(doc, o)));
        Self {
            doc,
            descriptor: descendant.and_then(|d| inner(doc, d, b"FontDescriptor")),
            collection: collection(doc, descendant, cids.as_ref()),
            cutting,
            cids,
            map,
            glyphs,
            program: OnceCell::new(),
            widths,
            usual: from(b"DW").unwrap_or(1000.0),
            heights,
            usual_height: usual_height.unwrap_or(-1000.0),
            vertical,
        }
    }

    /// A font whose text is GBK although nothing in the file says so.
    pub(super) fn gbk(doc: &'d Document, map: ToUnicode) -> Self {
        Self {
            doc,
            descriptor: None,
            cutting: Cutting::Legacy(encoding_rs::GB18030),
            cids: load(CMapName::GbkEucH),
            collection: None,
            map,
            glyphs: Vec::new(),
            program: OnceCell::new(),
            // The half-width part of the collection.
            widths: (814..=939).map(|cid| (cid, 500.0)).collect(),
            usual: 1000.0,
            heights: HashMap::new(),
            usual_height: -1000.0,
            vertical: false,
        }
    }

    /// The first code of some bytes and its length, at least 1.
    pub(super) fn cut(&self, bytes: &[u8]) -> Option<(u32, usize)> {
        self.cutting.next(bytes).map(|(code, len, _)| (code, len))
    }

    fn cid(&self, code: u32, len: usize) -> u32 {
        match &self.cids {
            None => code,
            Some(map) => u8::try_from(len)
                .ok()
                .and_then(|len| map.lookup_cid_code(code, len))
                .unwrap_or(0),
        }
    }

    /// What a code is, whose bytes these are.
    pub(super) fn code(&self, code: u32, bytes: &[u8]) -> Code {
        let cid = self.cid(code, bytes.len());
        let width = if self.vertical {
            self.heights.get(&cid).copied().unwrap_or(self.usual_height)
        } else {
            self.widths.get(&cid).copied().unwrap_or(self.usual)
        };
        Code {
            number: code,
            cid,
            len: bytes.len().max(1),
            says: self.says(code, cid, bytes),
            guess: false,
            width,
        }
    }

    /// The file's own map first; characters for private use say less than everything else.
    fn says(&self, code: u32, cid: u32, bytes: &[u8]) -> Says {
        if self.map.is_nothing(code) {
            return Says::Char('\u{fffd}');
        }
        let mapped = self.map.get(code);
        if let Some(text) = mapped.as_ref().filter(|t| !is_private(t)) {
            return Says::of(text);
        }
        let own = self.cutting.next(bytes).and_then(|(_, _, text)| text);
        let own = own.or_else(|| self.collected(cid));
        let own = own.or_else(|| self.glyph(cid));
        match own.or(mapped) {
            Some(text) => Says::of(&text),
            None => Says::Nothing,
        }
    }

    fn collected(&self, cid: u32) -> Option<String> {
        let text = match self.collection.as_ref()?.lookup_bf_string(cid)? {
            BfString::Char(c) => c.to_string(),
            BfString::String(text) => text,
        };
        (!text.is_empty() && !text.contains(['\0', '\u{fffd}'])).then_some(text)
    }

    /// What the font program says of the glyph.
    fn glyph(&self, cid: u32) -> Option<String> {
        let program = self
            .program
            .get_or_init(|| program_of(self.doc, self.descriptor).unwrap_or_default());
        let at = usize::try_from(cid).ok()?.checked_mul(2)?;
        let glyph = match self.glyphs.get(at..at + 2) {
            Some([high, low]) => u32::from(*high) << 8 | u32::from(*low),
            _ if !self.glyphs.is_empty() => return None,
            _ if program.cids.is_empty() => cid,
            _ => *program.cids.get(&cid)?,
        };
        program.glyphs.get(&glyph).cloned()
    }
}

/// How codes are cut, and their way to character identifiers.
fn encoding(doc: &Document, dict: &Dictionary) -> (Cutting, Option<CMap>) {
    match entry(doc, dict, b"Encoding") {
        Some(Object::Name(name)) if name.starts_with(b"Identity") => (Cutting::Two, None),
        Some(Object::Name(name)) => (
            predefined(name).unwrap_or(Cutting::Two),
            load(CMapName::from_bytes(name)),
        ),
        Some(Object::Stream(stream)) => {
            let program = content(stream, MAPPING).unwrap_or_default();
            let parent = name_of(doc, &stream.dict, b"UseCMap").and_then(predefined);
            let cutting = Spaces::parse(&program).or(parent).unwrap_or(Cutting::Two);
            (cutting, CMap::parse(&program, hayro_cmap::load_embedded))
        }
        _ => (Cutting::Two, None),
    }
}

/// The characters of the collection that the font is made for, whether or not it lies in the file.
fn collection(
    doc: &Document,
    descendant: Option<&Dictionary>,
    cids: Option<&CMap>,
) -> Option<CMap> {
    let of_encoding = cids.and_then(|c| c.metadata().character_collection.as_ref());
    let family = of_encoding.map(|c| c.family.clone());
    if let Some(name) = family.and_then(|f| f.ucs2_cmap()) {
        return load(name);
    }
    let info = inner(doc, descendant?, b"CIDSystemInfo")?;
    let text = |key: &[u8]| {
        let string = entry(doc, info, key).and_then(|o| o.as_str().ok());
        string.unwrap_or_default().to_vec()
    };
    // Others build their collections on those of Adobe under the same names.
    let family = CidFamily::from_registry_ordering(b"Adobe", &text(b"Ordering"));
    load(family.ucs2_cmap()?)
}

/// `W` and `W2`: runs of `each` numbers, of which the first is kept.
fn runs(doc: &Document, list: &[Object], each: usize, out: &mut HashMap<u32, f64>) {
    let mut rest = list.iter().map(|o| follow(doc, o));
    // Ranges may lie over one another again and again.
    let mut left = AGAIN * WIDTHS as usize;
    while let (Some(first), Some(second)) = (rest.next(), rest.next()) {
        let Some(from) = number(first).and_then(whole) else {
            continue;
        };
        let most = left.min(WIDTHS as usize);
        match second {
            Object::Array(numbers) => {
                left -= most.min(numbers.len().div_ceil(each));
                for (at, chunk) in (from..).zip(numbers.chunks(each)).take(most) {
                    let value = chunk.first().and_then(|o| number(follow(doc, o)));
                    out.insert(at, value.unwrap_or(1000.0));
                }
            }
            other => {
                let to = number(other).and_then(whole);
                let values: Vec<f64> = rest.by_ref().take(each).filter_map(number).collect();
                let (Some(to), Some(&value)) = (to, values.first()) else {
                    return;
                };
                left -= most.min((from..=to).count());
                for at in (from..=to).take(most) {
                    out.insert(at, value);
                }
            }
        }
        if out.len() > WIDTHS as usize || left == 0 {
            return;
        }
    }
}
