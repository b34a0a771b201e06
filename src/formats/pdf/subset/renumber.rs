//! Fonts whose codes are given anew, in the order in which the copy uses them.
//!
//! Many writers number the glyphs of a font as the text first uses them, so that the numbers of all later
//! characters tell how many new ones a removed name had. Fonts that text was removed from are written with
//! numbers that depend on the text that is left and on nothing else.

use super::{
    Codes, PROGRAM, descendant, fonts, is_of_symbols, kept_widths, mapped, program_of, set_program,
    truetype,
};
use crate::formats::pdf::{
    lex::{Instructions, Kind, string},
    tree::{content, dictionary, follow, items, name_of, number, number_of, whole},
    walk::{AllShown, Key, Shown, Used, UsedCode},
};
use lopdf::{Document, Object, ObjectId, dictionary};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// A space of one byte: room between words belongs to this code and no other (ISO 32000-1, 9.3.3).
const SPACE: u32 = 32;

/// Fewer codes than these may have any order by chance.
const FEW: usize = 4;

/// New codes of fonts.
#[derive(Debug, Default)]
pub(in crate::formats::pdf) struct Numbers {
    fonts: BTreeMap<ObjectId, Numbered>,
}

/// A code that gets another.
#[derive(Debug)]
struct Entry {
    /// With its length.
    old: (u32, usize),
    new: u32,
    cid: u32,
    /// Its glyph in the program as it was; in the new one they are numbered in the order of the entries.
    glyph: u32,
}

#[derive(Debug)]
struct Numbered {
    /// In the order of use.
    entries: Vec<Entry>,
    new: BTreeMap<(u32, usize), u32>,
    /// Bytes of a new code.
    len: usize,
    /// The program with the new glyphs.
    program: Vec<u8>,
}

impl Numbers {
    /// What becomes of these fonts, of those that can be numbered anew.
    pub(in crate::formats::pdf) fn plan(
        doc: &Document,
        touched: &BTreeSet<ObjectId>,
        now: &Used,
        shown: &AllShown,
    ) -> Self {
        // How many fonts have a program, or the font that they are made of.
        let mut users: BTreeMap<ObjectId, usize> = BTreeMap::new();
        for font in fonts(doc) {
            for part in [program_of(doc, font), descendant(doc, font)] {
                *part.map_or(&mut 0, |id| users.entry(id).or_default()) += 1;
            }
        }
        let is_shared = |part: ObjectId| users.get(&part).is_some_and(|n| *n > 1);
        let mut out = Self::default();
        for id in touched.iter().filter(|id| !shown.torn.contains(id)) {
            let Some(codes) = now.get(id) else { continue };
            let Some(program) = program_of(doc, *id) else {
                continue;
            };
            if is_shared(program) || descendant(doc, *id).is_some_and(is_shared) {
                continue;
            }
            if let Some(plan) = numbered(doc, *id, program, codes) {
                out.fonts.insert(*id, plan);
            }
        }
        out
    }

    /// How many fonts that lost text keep numbers which their characters got in the order of their use.
    pub(in crate::formats::pdf) fn left(
        &self,
        doc: &Document,
        touched: &BTreeSet<ObjectId>,
        before: &Used,
    ) -> usize {
        let tells = |id: &&ObjectId| {
            !self.has(**id)
                && program_of(doc, **id).is_some()
                && before.get(*id).is_some_and(by_use)
        };
        touched.iter().filter(tells).count()
    }

    /// Whether a font gets new codes.
    pub(in crate::formats::pdf) fn has(&self, font: ObjectId) -> bool {
        self.fonts.contains_key(&font)
    }

    /// Whether none does.
    pub(in crate::formats::pdf) fn is_empty(&self) -> bool {
        self.fonts.is_empty()
    }

    /// The streams that show text in such fonts.
    pub(in crate::formats::pdf) fn streams<'s>(
        &'s self,
        shown: &'s AllShown,
    ) -> impl Iterator<Item = (Key, &'s Shown)> {
        let all = shown.strings.iter();
        all.filter(|(_, strings)| strings.values().any(|font| self.has(*font)))
            .map(|(key, strings)| (*key, strings))
    }

    /// A stream's bytes with the new codes; `None` when it shows what is not known to be shown.
    pub(in crate::formats::pdf) fn written(&self, data: &[u8], strings: &Shown) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(data.len());
        let (mut at, mut bytes) = (0, Vec::new());
        let mut all = Instructions::new(data);
        while all.next().is_some() {
            for token in &all.operands {
                let shows = matches!(token.kind, Kind::Literal | Kind::Hex);
                let known = strings.get(&token.start).filter(|_| shows);
                let Some(font) = known.and_then(|font| self.fonts.get(font)) else {
                    continue;
                };
                string(all.raw(*token), &mut bytes);
                out.extend_from_slice(data.get(at..token.start)?);
                let mut text = String::from("<");
                for code in bytes.chunks(font.len) {
                    let old = code.iter().fold(0, |n, b| n << 8 | u32::from(*b));
                    let new = font.new.get(&(old, code.len()))?;
                    let _ = write!(text, "{new:0width$X}", width = 2 * font.len);
                }
                text.push('>');
                out.extend_from_slice(text.as_bytes());
                at = token.end;
            }
        }
        out.extend_from_slice(data.get(at..)?);
        Some(out)
    }

    /// Codes in use, as they are now called.
    pub(in crate::formats::pdf) fn renamed(&self, mut now: Used) -> Used {
        for (id, font) in &self.fonts {
            let Some(codes) = now.get_mut(id) else {
                continue;
            };
            let new = font.entries.iter().filter_map(|entry| {
                let used = codes.get(&entry.old)?;
                let used = UsedCode {
                    says: used.says.clone(),
                    cid: entry.new,
                    order: used.order,
                };
                Some(((entry.new, font.len), used))
            });
            *codes = new.collect();
        }
        now
    }

    /// Writes the fonts.
    pub(in crate::formats::pdf) fn apply(&self, doc: &mut Document) {
        for (id, font) in &self.fonts {
            match descendant(doc, *id) {
                Some(inside) => composite(doc, inside, font),
                None => simple(doc, *id, font),
            }
            if let Some(program) = program_of(doc, *id) {
                set_program(doc, program, font.program.clone());
            }
        }
    }
}

/// Whether codes have been numbered as text first used them, as far as can be seen: nearly each that is met
/// for the first time has a higher number than the one before.
fn by_use(codes: &Codes) -> bool {
    let mut order: Vec<&UsedCode> = codes.values().collect();
    order.sort_by_key(|used| used.order);
    let pairs = || order.iter().zip(order.iter().skip(1));
    let up = pairs().filter(|(a, b)| a.cid < b.cid).count();
    order.len() >= FEW && 10 * up >= 9 * pairs().count()
}

/// The new codes of a font, when it is of a kind that can have some.
fn numbered(doc: &Document, id: ObjectId, program: ObjectId, codes: &Codes) -> Option<Numbered> {
    let dict = doc.objects.get(&id).and_then(dictionary)?;
    let bytes = expanded(doc, program)?;
    if !truetype::is_outlined(&bytes) {
        return None;
    }
    let mut order: Vec<(&(u32, usize), &UsedCode)> = codes.iter().collect();
    order.sort_by_key(|(_, used)| used.order);
    let inside = descendant(doc, id);
    let len = if let Some(inside) = inside {
        let name = name_of(doc, dict, b"Encoding")?;
        let inside = doc.objects.get(&inside).and_then(dictionary)?;
        let outlined = name_of(doc, inside, b"Subtype") == Some(b"CIDFontType2");
        if !outlined || !name.starts_with(b"Identity") || order.len() > 60_000 {
            return None;
        }
        2
    } else {
        // Where an encoding names the codes, their numbers say nothing else.
        if !is_of_symbols(doc, id) {
            return None;
        }
        1
    };
    let cids: BTreeSet<u32> = order.iter().map(|o| o.1.cid).collect();
    // A code of a simple font is its own identifier.
    let glyphs = match inside {
        Some(inside) => mapped(doc, inside, &cids),
        None => truetype::glyphs_of_symbols(&bytes, cids.iter().copied())?,
    };
    let mut free: Box<dyn Iterator<Item = u32>> = if len == 2 {
        Box::new(1..=u32::from(u16::MAX))
    } else {
        Box::new((33..=255).chain(1..32))
    };
    let mut entries = Vec::new();
    for (old, used) in order {
        let space = len == 1 && old.0 == SPACE;
        let new = if space { SPACE } else { free.next()? };
        let glyph = glyphs.get(&used.cid).copied();
        entries.push(Entry {
            old: *old,
            new,
            cid: used.cid,
            glyph: glyph.unwrap_or(0),
        });
    }
    let glyphs: Vec<u32> = entries.iter().map(|e| e.glyph).collect();
    let codes: Option<BTreeMap<u16, u16>> = entries
        .iter()
        .zip(1..)
        .map(|(e, glyph)| Some((u16::try_from(e.new).ok()?, glyph)))
        .collect();
    let codes = codes.filter(|_| len == 1);
    let program = truetype::renumbered(&bytes, &glyphs, codes.as_ref())?;
    Some(Numbered {
        program,
        new: entries.iter().map(|e| (e.old, e.new)).collect(),
        entries,
        len,
    })
}

fn expanded(doc: &Document, program: ObjectId) -> Option<Vec<u8>> {
    match doc.objects.get(&program)? {
        Object::Stream(stream) => content(stream, PROGRAM).ok(),
        _ => None,
    }
}

/// The dictionary of the font that a composite font is made of.
fn composite(doc: &mut Document, inside: ObjectId, font: &Numbered) {
    let Some(dict) = doc.objects.get(&inside).and_then(dictionary) else {
        return;
    };
    let cids: BTreeSet<u32> = font.entries.iter().map(|e| e.cid).collect();
    let lists = [(&b"W"[..], 1), (b"W2", 3)].map(|(key, each)| {
        let old = kept_widths(doc, items(doc, dict, key), each, &cids);
        let mut widths = BTreeMap::new();
        for pair in old.chunks_exact(2) {
            if let [cid, list] = pair {
                widths.insert(number(cid).and_then(whole), list.clone());
            }
        }
        let new = font.entries.iter().filter_map(|e| {
            let list = widths.get(&Some(e.cid))?.clone();
            Some([Object::Integer(i64::from(e.new)), list])
        });
        (key, new.flatten().collect::<Vec<Object>>())
    });
    let info = dictionary! {
        "Registry" => Object::string_literal("Adobe"),
        "Ordering" => Object::string_literal("Identity"),
        "Supplement" => 0,
    };
    if let Some(Object::Dictionary(dict)) = doc.objects.get_mut(&inside) {
        for (key, list) in lists {
            if list.is_empty() {
                dict.remove(key);
            } else {
                dict.set(key, Object::Array(list));
            }
        }
        dict.set("CIDToGIDMap", Object::Name(b"Identity".to_vec()));
        dict.set("CIDSystemInfo", info);
    }
}

/// The widths of a simple font.
fn simple(doc: &mut Document, id: ObjectId, font: &Numbered) {
    let Some(dict) = doc.objects.get(&id).and_then(dictionary) else {
        return;
    };
    let first = number_of(doc, dict, b"FirstChar").and_then(whole);
    let widths = items(doc, dict, b"Widths");
    let width = |old: u32| {
        let at = usize::try_from(old.checked_sub(first.unwrap_or(0))?).ok()?;
        widths.get(at).map(|o| follow(doc, o).clone())
    };
    let new: BTreeMap<u32, Object> = font
        .entries
        .iter()
        .map(|e| (e.new, width(e.old.0).unwrap_or(Object::Integer(0))))
        .collect();
    let low = new.keys().next().copied().unwrap_or(0);
    let high = new.keys().next_back().copied().unwrap_or(0);
    let list = (low..=high).map(|c| new.get(&c).cloned().unwrap_or(Object::Integer(0)));
    let list: Vec<Object> = list.collect();
    if let Some(Object::Dictionary(dict)) = doc.objects.get_mut(&id) {
        dict.set("FirstChar", i64::from(low));
        dict.set("LastChar", i64::from(high));
        dict.set("Widths", Object::Array(list));
    }
}
