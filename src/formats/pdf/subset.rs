//! Fonts of a copy: what only the removed text used leaves them.
//!
//! A font that lies in the file holds the glyphs that the text uses, so after a name was taken out it would
//! still list the name's characters. Outlines, widths and meanings of codes that are used no more go; the
//! fonts that lost nothing stay as they are.

use super::{
    font::Says,
    tree::{content, dictionary, entry, follow, inner, items, name_of, number, number_of, whole},
    walk::{Used, UsedCode},
};
use lopdf::{Document, Object, ObjectId, Stream};
use read_fonts::{FontRef, TableProvider, ps::cff::CffFontRef, types::Tag};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    ops::Range,
};

/// Most bytes of a font program.
const PROGRAM: usize = 64 << 20;

/// Takes out of fonts what was used before and is used no more.
pub(super) fn prune(doc: &mut Document, before: &Used, after: &Used) {
    let none = BTreeMap::new();
    for (id, old) in before {
        let now = after.get(id).unwrap_or(&none);
        if old.keys().all(|code| now.contains_key(code)) {
            continue;
        }
        meanings(doc, *id, now);
        names(doc, *id, old, now);
        // What other fonts share stays: they may use what this one does not.
        if !is_shared(doc, *id) {
            widths(doc, *id, old, now);
            program(doc, *id, now);
        }
    }
}

/// Whether another font has the same descendant, descriptor or program.
fn is_shared(doc: &Document, font: ObjectId) -> bool {
    let reference = |id: ObjectId, key: &[u8]| -> Option<ObjectId> {
        let dict = doc.objects.get(&id).and_then(dictionary)?;
        dict.get(key).and_then(Object::as_reference).ok()
    };
    let inner_font = descendant(doc, font);
    let descriptor = reference(inner_font.unwrap_or(font), b"FontDescriptor");
    let file =
        descriptor.and_then(|d| reference(d, b"FontFile2").or_else(|| reference(d, b"FontFile3")));
    let mut counts = [0_u32; 3];
    for dict in doc.objects.values().filter_map(dictionary) {
        let has = |key: &[u8], wanted: Option<ObjectId>| {
            wanted.is_some() && dict.get(key).and_then(Object::as_reference).ok() == wanted
        };
        let list = items(doc, dict, b"DescendantFonts");
        let inside = list.iter().any(|o| o.as_reference().ok() == inner_font);
        counts[0] += u32::from(inner_font.is_some() && inside);
        counts[1] += u32::from(has(b"FontDescriptor", descriptor));
        counts[2] += u32::from(has(b"FontFile2", file) || has(b"FontFile3", file));
    }
    counts.iter().any(|n| *n > 1)
}

/// The map to characters, with the codes that are still used.
fn meanings(doc: &mut Document, font: ObjectId, now: &BTreeMap<(u32, usize), UsedCode>) {
    let has = doc
        .objects
        .get(&font)
        .and_then(dictionary)
        .is_some_and(|d| matches!(entry(doc, d, b"ToUnicode"), Some(Object::Stream(_))));
    if !has {
        return;
    }
    let mut map = String::from(
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n\
         /CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n",
    );
    let long = now.keys().map(|k| k.1).max().unwrap_or(1).min(4);
    let _ = writeln!(
        map,
        "<{}> <{}>\nendcodespacerange",
        "00".repeat(long),
        "FF".repeat(long)
    );
    let entries: Vec<(&(u32, usize), &UsedCode)> = now.iter().collect();
    for part in entries.chunks(100) {
        let _ = writeln!(map, "{} beginbfchar", part.len());
        for ((code, len), used) in part {
            let mut text = String::new();
            match &used.says {
                Says::Nothing => {}
                // The box that stands for no character, as writers map it.
                Says::Char('\u{fffd}') => text.push('\0'),
                says => says.push(&mut text),
            }
            let _ = write!(map, "<{code:0width$X}> <", width = 2 * len);
            for unit in text.encode_utf16() {
                let _ = write!(map, "{unit:04X}");
            }
            map.push_str(">\n");
        }
        map.push_str("endbfchar\n");
    }
    map.push_str("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
    let new = doc.add_object(Stream::new(lopdf::Dictionary::new(), map.into_bytes()));
    if let Some(Object::Dictionary(dict)) = doc.objects.get_mut(&font) {
        dict.set("ToUnicode", Object::Reference(new));
    }
}

/// The font that a composite font is made of.
fn descendant(doc: &Document, font: ObjectId) -> Option<ObjectId> {
    let dict = doc.objects.get(&font).and_then(dictionary)?;
    items(doc, dict, b"DescendantFonts")
        .first()?
        .as_reference()
        .ok()
}

/// Widths of what is used no more.
fn widths(
    doc: &mut Document,
    font: ObjectId,
    old: &BTreeMap<(u32, usize), UsedCode>,
    now: &BTreeMap<(u32, usize), UsedCode>,
) {
    if let Some(descendant) = descendant(doc, font) {
        let cids: BTreeMap<u32, f64> = now.values().map(|u| (u.cid, u.width)).collect();
        let vertical = now.values().any(|u| u.width < 0.0);
        if let Some(Object::Dictionary(dict)) = doc.objects.get_mut(&descendant)
            && dict.has(b"W")
            && !vertical
        {
            let each = cids.into_iter().flat_map(|(cid, width)| {
                let width = Object::Array(vec![real(width)]);
                [Object::Integer(i64::from(cid)), width]
            });
            dict.set("W", Object::Array(each.collect()));
        }
        return;
    }
    let Some(dict) = doc.objects.get(&font).and_then(dictionary) else {
        return;
    };
    let first = number_of(doc, dict, b"FirstChar")
        .and_then(whole)
        .unwrap_or(0);
    let mut list: Vec<Object> = items(doc, dict, b"Widths").to_vec();
    for (code, _) in old.keys().filter(|k| !now.contains_key(k)) {
        let at = code
            .checked_sub(first)
            .and_then(|n| usize::try_from(n).ok());
        if let Some(width) = at.and_then(|n| list.get_mut(n)) {
            *width = Object::Integer(0);
        }
    }
    if let Some(Object::Dictionary(dict)) = doc.objects.get_mut(&font)
        && !list.is_empty()
    {
        dict.set("Widths", Object::Array(list));
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "reals are of single precision in the tree"
)]
fn real(n: f64) -> Object {
    if n.fract() == 0.0 && n.abs() < 1e9 {
        Object::Integer(n as i64)
    } else {
        Object::Real(n as f32)
    }
}

/// Names of glyphs that are used no more.
fn names(
    doc: &mut Document,
    font: ObjectId,
    old: &BTreeMap<(u32, usize), UsedCode>,
    now: &BTreeMap<(u32, usize), UsedCode>,
) {
    let Some(encoding) = doc
        .objects
        .get(&font)
        .and_then(dictionary)
        .and_then(|d| inner(doc, d, b"Encoding"))
    else {
        return;
    };
    let mut encoding = encoding.clone();
    let mut list: Vec<Object> = items(doc, &encoding, b"Differences")
        .iter()
        .map(|o| follow(doc, o).clone())
        .collect();
    let gone: BTreeSet<u32> = old
        .keys()
        .filter(|k| !now.contains_key(k))
        .map(|k| k.0)
        .collect();
    let mut code = 0;
    for object in &mut list {
        if let Some(n) = number(object).and_then(whole) {
            code = n;
        } else {
            if gone.contains(&code) {
                *object = Object::Name(b".notdef".to_vec());
            }
            code += 1;
        }
    }
    if let Some(Object::Dictionary(dict)) = doc.objects.get_mut(&font)
        && !list.is_empty()
    {
        encoding.set("Differences", Object::Array(list));
        dict.set("Encoding", Object::Dictionary(encoding));
    }
}

/// Outlines that are used no more.
fn program(doc: &mut Document, font: ObjectId, now: &BTreeMap<(u32, usize), UsedCode>) {
    let inner_font = descendant(doc, font);
    let Some(dict) = doc
        .objects
        .get(&inner_font.unwrap_or(font))
        .and_then(dictionary)
    else {
        return;
    };
    let Ok(descriptor) = dict.get(b"FontDescriptor").and_then(Object::as_reference) else {
        return;
    };
    let map = match entry(doc, dict, b"CIDToGIDMap") {
        Some(Object::Stream(stream)) => content(stream, PROGRAM).unwrap_or_default(),
        _ => Vec::new(),
    };
    let file = doc
        .objects
        .get(&descriptor)
        .and_then(dictionary)
        .and_then(|d| {
            [&b"FontFile2"[..], b"FontFile3"]
                .iter()
                .find_map(|key| d.get(key).and_then(Object::as_reference).ok())
        });
    let Some(Object::Stream(stream)) = file.and_then(|id| doc.objects.get(&id)) else {
        return;
    };
    let open_type = name_of(doc, &stream.dict, b"Subtype") == Some(b"OpenType");
    let Ok(mut bytes) = content(stream, PROGRAM) else {
        return;
    };
    let glyph_of = |cid: u32| -> u32 {
        let at = usize::try_from(cid).unwrap_or(usize::MAX).saturating_mul(2);
        match map.get(at..at.saturating_add(2)) {
            Some([high, low]) => u32::from(*high) << 8 | u32::from(*low),
            _ => cid,
        }
    };
    let composite = inner_font.is_some();
    let gone = if open_type {
        Vec::new()
    } else if bytes.first() == Some(&1) {
        compact(&bytes, composite, now)
    } else {
        let glyphs = if composite {
            now.values().map(|u| glyph_of(u.cid)).collect()
        } else {
            mapped(&bytes, now)
        };
        outlines(&bytes, glyphs)
    };
    for (range, with) in gone {
        if let Some(part) = bytes.get_mut(range) {
            part.fill(with);
        }
    }
    if let Some(Object::Stream(stream)) = file.and_then(|id| doc.objects.get_mut(&id)) {
        stream.dict.remove(b"Filter");
        stream.dict.remove(b"DecodeParms");
        stream.set_content(bytes);
    }
    if let Some(Object::Dictionary(dict)) = doc.objects.get_mut(&descriptor) {
        dict.remove(b"CharSet");
        dict.remove(b"CIDSet");
    }
}

/// Glyphs that the codes of a simple font may mean: by its tables, whichever a viewer goes by.
fn mapped(bytes: &[u8], now: &BTreeMap<(u32, usize), UsedCode>) -> BTreeSet<u32> {
    let mut out = BTreeSet::new();
    let Ok(font) = FontRef::from_index(bytes, 0) else {
        return out;
    };
    let Ok(cmap) = font.cmap() else { return out };
    for record in cmap.encoding_records() {
        let Ok(table) = record.subtable(cmap.offset_data()) else {
            continue;
        };
        for ((code, _), used) in now {
            let mut text = String::new();
            used.says.push(&mut text);
            let characters = text.chars().map(u32::from);
            for code in [*code, 0xf000 + code, 0xf100 + code]
                .into_iter()
                .chain(characters)
            {
                out.extend(table.map_codepoint(code).map(|g| g.to_u32()));
            }
        }
    }
    out
}

/// Ranges of a font program and what to fill them with.
type Fills = Vec<(Range<usize>, u8)>;

/// Outlines of glyphs that are neither used nor part of used ones.
fn outlines(bytes: &[u8], mut used: BTreeSet<u32>) -> Fills {
    let places = || -> Option<(Range<usize>, Vec<usize>)> {
        let font = FontRef::from_index(bytes, 0).ok()?;
        let table = |tag: &[u8; 4]| -> Option<Range<usize>> {
            let record = font
                .table_directory()
                .table_records()
                .iter()
                .find(|r| r.tag() == Tag::new(tag))?;
            let start = usize::try_from(record.offset()).ok()?;
            Some(start..start.checked_add(usize::try_from(record.length()).ok()?)?)
        };
        let glyf = table(b"glyf")?;
        let loca = bytes.get(table(b"loca")?)?;
        let long = font.head().ok()?.index_to_loc_format() == 1;
        let offsets = if long {
            loca.chunks_exact(4)
                .map(|c| c.iter().fold(0, |n, b| n << 8 | usize::from(*b)))
                .collect()
        } else {
            loca.chunks_exact(2)
                .map(|c| 2 * c.iter().fold(0, |n, b| n << 8 | usize::from(*b)))
                .collect()
        };
        Some((glyf, offsets))
    };
    let Some((glyf, offsets)) = places() else {
        return Fills::new();
    };
    let range = |glyph: u32| -> Option<Range<usize>> {
        let at = usize::try_from(glyph).ok()?;
        let (start, end) = (*offsets.get(at)?, *offsets.get(at + 1)?);
        let range = glyf.start + start..glyf.start + end;
        (start < end && range.end <= glyf.end).then_some(range)
    };
    used.insert(0);
    let mut wanted: Vec<u32> = used.iter().copied().collect();
    while let Some(glyph) = wanted.pop() {
        let parts = range(glyph).and_then(|r| bytes.get(r)).map(parts);
        for part in parts.unwrap_or_default() {
            if used.insert(part) {
                wanted.push(part);
            }
        }
    }
    let all = u32::try_from(offsets.len()).unwrap_or(0);
    (0..all)
        .filter(|g| !used.contains(g))
        .filter_map(|g| Some((range(g)?, 0)))
        .collect()
}

/// The glyphs that a glyph is made of.
fn parts(glyph: &[u8]) -> Vec<u32> {
    let word = |at: usize| match glyph.get(at..at + 2) {
        Some([high, low]) => Some(u32::from(*high) << 8 | u32::from(*low)),
        _ => None,
    };
    let mut out = Vec::new();
    if word(0) != Some(0xffff) {
        return out;
    }
    let mut at = 10;
    while let (Some(flags), Some(part)) = (word(at), word(at + 2)) {
        out.push(part);
        at += if flags & 1 == 1 { 8 } else { 6 };
        at += match flags & 0xc8 {
            0x08 => 2,
            0x40 => 4,
            0x80 => 8,
            _ => 0,
        };
        if flags & 0x20 == 0 || out.len() > 64 {
            break;
        }
    }
    out
}

/// Procedures of a compact font that are used no more; each byte then ends the glyph.
fn compact(bytes: &[u8], composite: bool, now: &BTreeMap<(u32, usize), UsedCode>) -> Fills {
    const END: u8 = 14;
    let Ok(font) = CffFontRef::new(bytes, 0, None) else {
        return Fills::new();
    };
    let Some(charset) = font.charset() else {
        return Fills::new();
    };
    // Glyphs of simple fonts go by names, which this does not follow.
    if !composite {
        return Fills::new();
    }
    let cids: BTreeSet<u32> = now.values().map(|u| u.cid).collect();
    let index = font.charstrings();
    charset
        .iter()
        .filter(|(glyph, cid)| {
            let name = if font.is_cid() {
                u32::from(cid.to_u16())
            } else {
                glyph.to_u32()
            };
            glyph.to_u32() != 0 && !cids.contains(&name)
        })
        .filter_map(|(glyph, _)| {
            let part = index.get(usize::try_from(glyph.to_u32()).ok()?)?;
            // Where the part lies in the whole, by address.
            let start = (part.as_ptr() as usize).checked_sub(bytes.as_ptr() as usize)?;
            let end = start + part.len();
            (end <= bytes.len()).then_some((start..end, END))
        })
        .collect()
}
