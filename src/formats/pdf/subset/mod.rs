//! Fonts of a copy: what only the removed text used leaves them.
//!
//! A font that lies in the file holds the glyphs that the text uses, so after a name was taken out it would
//! still list the name's characters. Outlines, widths, names and meanings of codes that are used no more go;
//! the fonts that lost nothing stay as they are. Programs of kinds that are not taken apart here keep their
//! outlines, which is told.

mod cff;
pub(super) mod renumber;
pub(super) mod said;
pub(super) mod truetype;

use super::{
    font::Says,
    tree::{content, dictionary, entry, follow, inner, items, name_of, number, number_of, whole},
    walk::{Used, UsedCode},
};
use lopdf::{Dictionary, Document, Object, ObjectId, Stream};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// Most bytes of a font program.
const PROGRAM: usize = 64 << 20;

/// Codes that are still used, with their lengths.
type Codes = BTreeMap<(u32, usize), UsedCode>;

/// Takes out of fonts what was used before and is used no more; `touched` are all that text was removed
/// from, and `numbers` those whose program is written already. Gives how many fonts keep outlines of
/// characters that are gone.
pub(in crate::formats::pdf) fn prune(
    doc: &mut Document,
    before: &Used,
    after: &Used,
    touched: &BTreeSet<ObjectId>,
    numbers: &renumber::Numbers,
) -> usize {
    let none = Codes::new();
    let codes = |id: &ObjectId| after.get(id).unwrap_or(&none);
    let lost = |id: &ObjectId, old: &Codes| !old.keys().all(|code| codes(id).contains_key(code));
    let changed: Vec<ObjectId> = before
        .iter()
        .filter(|(id, old)| touched.contains(id) || lost(id, old))
        .map(|(id, _)| *id)
        .collect();
    if changed.is_empty() {
        return 0;
    }
    let mut descendants = BTreeSet::new();
    let mut programs = BTreeSet::new();
    for id in &changed {
        meanings(doc, *id, codes(id));
        unnamed(doc, *id);
        if numbers.has(*id) {
            continue;
        }
        names(doc, *id, codes(id));
        simple_widths(doc, *id, codes(id));
        descendants.extend(descendant(doc, *id));
        programs.extend(program_of(doc, *id));
    }
    let mut sharing: BTreeMap<ObjectId, Vec<ObjectId>> = BTreeMap::new();
    for font in fonts(doc) {
        let parts = [program_of(doc, font), descendant(doc, font)];
        for part in parts.into_iter().flatten() {
            sharing.entry(part).or_default().push(font);
        }
    }
    let sharing = |id| sharing.get(&id).map(Vec::as_slice).unwrap_or_default();
    // What several fonts share keeps what any of them uses.
    let mut kept = 0;
    for id in programs {
        let users = sharing(id);
        let less = users
            .iter()
            .any(|f| before.get(f).is_some_and(|old| lost(f, old)));
        let users: Vec<(ObjectId, &Codes)> = users.iter().map(|f| (*f, codes(f))).collect();
        kept += usize::from(!program(doc, id, &users) && less);
    }
    for id in descendants {
        let users = sharing(id);
        let cids: BTreeSet<u32> = users
            .iter()
            .flat_map(|f| codes(f).values().map(|u| u.cid))
            .collect();
        composite(doc, id, &cids);
    }
    kept
}

/// All fonts that text is shown in, whether or not they say that they are some.
fn fonts(doc: &Document) -> Vec<ObjectId> {
    let is_font = |object: &Object| {
        dictionary(object).is_some_and(|d| {
            let kind = name_of(doc, d, b"Subtype").unwrap_or_default();
            let composite = d.has(b"DescendantFonts");
            let simple = matches!(kind, b"Type1" | b"TrueType" | b"MMType1" | b"Type3");
            let font = d.has_type(b"Font") || composite || simple;
            font && !kind.starts_with(b"CIDFont")
        })
    };
    let all = doc.objects.iter().filter(|(_, o)| is_font(o));
    all.map(|(id, _)| *id).collect()
}

/// The map to characters, with the codes that are still used.
fn meanings(doc: &mut Document, font: ObjectId, now: &BTreeMap<(u32, usize), UsedCode>) {
    // What the program says of composite fonts is gone with its tables.
    let has = doc
        .objects
        .get(&font)
        .and_then(dictionary)
        .is_some_and(|d| {
            let mapped = matches!(entry(doc, d, b"ToUnicode"), Some(Object::Stream(_)));
            let inside = program_of(doc, font).is_some();
            mapped
                || (inside && (d.has(b"DescendantFonts") || entry(doc, d, b"Encoding").is_none()))
        });
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
    let list = items(doc, dict, b"DescendantFonts");
    list.first()?.as_reference().ok()
}

/// The dictionary that describes a font: its own, or its descendant's.
fn described(doc: &Document, font: ObjectId) -> Option<&Dictionary> {
    let dict = doc.objects.get(&font).and_then(dictionary)?;
    let list = items(doc, dict, b"DescendantFonts");
    match list.first() {
        Some(inside) => dictionary(follow(doc, inside)),
        None => Some(dict),
    }
}

/// Whether a simple font's codes are its own, and looked up in its program as they are.
fn is_of_symbols(doc: &Document, font: ObjectId) -> bool {
    let Some(dict) = doc.objects.get(&font).and_then(dictionary) else {
        return false;
    };
    let flags = inner(doc, dict, b"FontDescriptor")
        .and_then(|d| number_of(doc, d, b"Flags"))
        .and_then(whole);
    flags.is_some_and(|f| f & 4 != 0)
        && name_of(doc, dict, b"Subtype") == Some(b"TrueType")
        && entry(doc, dict, b"Encoding").is_none()
}

/// The program of a font that lies in the file.
fn program_of(doc: &Document, font: ObjectId) -> Option<ObjectId> {
    let descriptor = inner(doc, described(doc, font)?, b"FontDescriptor")?;
    [&b"FontFile"[..], b"FontFile2", b"FontFile3"]
        .iter()
        .find_map(|key| descriptor.get(key).and_then(Object::as_reference).ok())
}

/// Changes a font's own dictionary, its descendant's and its descriptor.
fn change(doc: &mut Document, font: ObjectId, change: &mut dyn FnMut(&mut Dictionary)) {
    fn one(
        doc: &mut Document,
        id: ObjectId,
        change: &mut dyn FnMut(&mut Dictionary),
    ) -> Option<ObjectId> {
        let Some(Object::Dictionary(dict)) = doc.objects.get_mut(&id) else {
            return None;
        };
        change(dict);
        match dict.get_mut(b"FontDescriptor") {
            Ok(Object::Dictionary(inside)) => change(inside),
            Ok(Object::Reference(id)) => return Some(*id),
            _ => {}
        }
        None
    }
    let ids = [Some(font), descendant(doc, font)];
    for id in ids.into_iter().flatten() {
        if let Some(descriptor) = one(doc, id, change) {
            one(doc, descriptor, change);
        }
    }
}

/// The mark of a subset may be made from the characters that are in it, and lists of them say so outright.
fn unnamed(doc: &mut Document, font: ObjectId) {
    change(doc, font, &mut |dict| {
        for key in [&b"BaseFont"[..], b"FontName"] {
            if let Ok(Object::Name(name)) = dict.get_mut(key)
                && name.get(6) == Some(&b'+')
                && let Some(mark) = name.get_mut(..6)
            {
                mark.fill(b'A');
            }
        }
        dict.remove(b"CharSet");
        dict.remove(b"CIDSet");
    });
}

/// Widths of a simple font, from the first code to the last that are still used: how far they reached would
/// tell which other codes there were.
fn simple_widths(doc: &mut Document, font: ObjectId, now: &Codes) {
    let Some(dict) = doc.objects.get(&font).and_then(dictionary) else {
        return;
    };
    let list = items(doc, dict, b"Widths");
    // Fonts that are read in pairs of bytes have no widths of these.
    if list.is_empty() || now.keys().any(|(_, long)| *long != 1) {
        return;
    }
    let first = number_of(doc, dict, b"FirstChar")
        .and_then(whole)
        .unwrap_or(0);
    let place = |code: u32| usize::try_from(code.checked_sub(first)?).ok();
    let mut kept: BTreeMap<u32, Object> = BTreeMap::new();
    for (code, _) in now.keys() {
        if let Some(width) = place(*code).and_then(|n| list.get(n)) {
            kept.insert(*code, follow(doc, width).clone());
        }
    }
    let from = kept.keys().next().copied().unwrap_or(0);
    let to = kept.keys().next_back().copied().unwrap_or(0);
    let widths = (from..=to).map(|code| kept.remove(&code).unwrap_or(Object::Integer(0)));
    let widths = widths.collect();
    if let Some(Object::Dictionary(dict)) = doc.objects.get_mut(&font) {
        dict.set("FirstChar", i64::from(from));
        dict.set("LastChar", i64::from(to));
        dict.set("Widths", Object::Array(widths));
    }
}

/// Widths and glyphs of character identifiers that are used no more.
fn composite(doc: &mut Document, id: ObjectId, cids: &BTreeSet<u32>) {
    let Some(dict) = doc.objects.get(&id).and_then(dictionary) else {
        return;
    };
    let lists = [(&b"W"[..], 1), (b"W2", 3)].map(|(key, each)| {
        let list = items(doc, dict, key);
        (key, !list.is_empty(), kept_widths(doc, list, each, cids))
    });
    let map = match entry(doc, dict, b"CIDToGIDMap") {
        Some(Object::Stream(stream)) => content(stream, PROGRAM).ok(),
        _ => None,
    };
    let map = map.map(|map| {
        let long = cids
            .last()
            .map_or(0, |c| (*c as usize).saturating_add(1).saturating_mul(2));
        let mut out: Vec<u8> = Vec::new();
        for (cid, pair) in (0..).zip(map.chunks_exact(2)) {
            out.extend_from_slice(if cids.contains(&cid) { pair } else { &[0, 0] });
        }
        out.truncate(long);
        doc.add_object(Stream::new(Dictionary::new(), out))
    });
    let Some(Object::Dictionary(dict)) = doc.objects.get_mut(&id) else {
        return;
    };
    for (key, has, list) in lists {
        if has {
            dict.set(key, Object::Array(list));
        }
    }
    if let Some(map) = map {
        dict.set("CIDToGIDMap", Object::Reference(map));
    }
}

/// Widths of a run of identifiers.
enum Widths<'d> {
    All(Vec<&'d Object>),
    Each(&'d [Object]),
}

/// A list of widths with these identifiers only, each for itself.
fn kept_widths(doc: &Document, list: &[Object], each: usize, cids: &BTreeSet<u32>) -> Vec<Object> {
    let mut all: Vec<(u32, u32, Widths<'_>)> = Vec::new();
    let mut rest = list.iter().map(|o| follow(doc, o));
    while let (Some(first), Some(second)) = (rest.next(), rest.next()) {
        let Some(from) = number(first).and_then(whole) else {
            continue;
        };
        if let Object::Array(numbers) = second {
            let count = u32::try_from(numbers.len().div_ceil(each)).unwrap_or(u32::MAX);
            let to = count.checked_sub(1).map(|n| from.saturating_add(n));
            all.extend(to.map(|to| (from, to, Widths::Each(numbers))));
        } else {
            let widths: Vec<&Object> = rest.by_ref().take(each).collect();
            let to = number(second).and_then(whole).filter(|to| *to >= from);
            all.extend(to.map(|to| (from, to, Widths::All(widths))));
        }
    }
    // What comes last counts; ranges may lie over one another again and again.
    let mut open = cids.clone();
    let mut out: BTreeMap<u32, Vec<Object>> = BTreeMap::new();
    for (from, to, widths) in all.into_iter().rev() {
        let found: Vec<u32> = open.range(from..=to).copied().collect();
        for cid in found {
            open.remove(&cid);
            let own = match &widths {
                Widths::All(widths) => widths.iter().map(|o| (*o).clone()).collect(),
                Widths::Each(numbers) => {
                    let own = numbers.chunks(each).nth((cid - from) as usize);
                    let own = own.unwrap_or_default().iter();
                    own.map(|o| follow(doc, o).clone()).collect()
                }
            };
            out.insert(cid, own);
        }
    }
    let each = out
        .into_iter()
        .flat_map(|(cid, widths)| [Object::Integer(i64::from(cid)), Object::Array(widths)]);
    each.collect()
}

/// Names of glyphs, of codes that are still used.
fn names(doc: &mut Document, font: ObjectId, now: &Codes) {
    let Some(encoding) = doc
        .objects
        .get(&font)
        .and_then(dictionary)
        .and_then(|d| inner(doc, d, b"Encoding"))
    else {
        return;
    };
    if now.keys().any(|(_, long)| *long != 1) {
        return;
    }
    let mut encoding = encoding.clone();
    let used: BTreeSet<u32> = now.keys().map(|k| k.0).collect();
    let mut lost = BTreeSet::new();
    let mut kept: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
    let mut code = 0;
    for object in items(doc, &encoding, b"Differences") {
        let object = follow(doc, object);
        if let Some(n) = number(object).and_then(whole) {
            code = n;
            continue;
        }
        let name = object.as_name().unwrap_or_default().to_vec();
        if used.contains(&code) {
            kept.insert(code, name);
        } else {
            lost.insert(name);
        }
        code += 1;
    }
    procedures(doc, font, &lost, &kept);
    let mut list = Vec::new();
    let mut next = None;
    for (code, name) in kept {
        if next != Some(code) {
            list.push(Object::Integer(i64::from(code)));
        }
        list.push(Object::Name(name));
        next = code.checked_add(1);
    }
    if let Some(Object::Dictionary(dict)) = doc.objects.get_mut(&font)
        && encoding.has(b"Differences")
    {
        encoding.set("Differences", Object::Array(list));
        dict.set("Encoding", Object::Dictionary(encoding));
    }
}

/// Procedures that draw glyphs which are used no more go; the others stand in the order of their names, since
/// that in which they were written may be that of the text.
fn procedures(
    doc: &mut Document,
    font: ObjectId,
    lost: &BTreeSet<Vec<u8>>,
    kept: &BTreeMap<u32, Vec<u8>>,
) {
    let kept: BTreeSet<&Vec<u8>> = kept.values().collect();
    let dict = doc.objects.get(&font).and_then(dictionary);
    let Some(all) = dict.and_then(|d| inner(doc, d, b"CharProcs")) else {
        return;
    };
    let goes = |name: &Vec<u8>| lost.contains(name) && !kept.contains(name);
    let left = all.iter().filter(|(name, _)| !goes(name));
    let left: BTreeMap<Vec<u8>, Object> = left.map(|(n, o)| (n.clone(), o.clone())).collect();
    let left = Dictionary::from_iter(left);
    if let Some(Object::Dictionary(dict)) = doc.objects.get_mut(&font) {
        dict.set("CharProcs", Object::Dictionary(left));
    }
}

/// Outlines that are used no more. Whether they could be taken out.
fn program(doc: &mut Document, id: ObjectId, users: &[(ObjectId, &Codes)]) -> bool {
    let Some(Object::Stream(stream)) = doc.objects.get(&id) else {
        return true;
    };
    let Ok(bytes) = content(stream, PROGRAM) else {
        return false;
    };
    let open_type = bytes.starts_with(b"OTTO");
    let type_1 = bytes.starts_with(b"%!") || bytes.first() == Some(&0x80);
    if open_type || type_1 {
        return false;
    }
    let compact = bytes.first() == Some(&1)
        && bytes.get(1).is_some_and(|b| *b < 3)
        && bytes.get(2) != Some(&0);
    let mut glyphs = BTreeSet::new();
    let mut simple = false;
    for (font, codes) in users {
        if let Some(inside) = descendant(doc, *font) {
            let cids: BTreeSet<u32> = codes.values().map(|u| u.cid).collect();
            let found = if compact {
                cff::glyphs_of_cids(&bytes, &cids)
            } else {
                Some(mapped(doc, inside, &cids).into_values().collect())
            };
            let Some(found) = found else { return false };
            glyphs.extend(found);
            continue;
        }
        simple = true;
        let (texts, names) = spoken(doc, *font, codes);
        let found = if compact {
            cff::glyphs_of_codes(&bytes, &texts, &names)
        } else {
            let symbols = is_of_symbols(doc, *font)
                .then(|| truetype::glyphs_of_symbols(&bytes, texts.keys().copied()))
                .flatten();
            // In any other font a code may be looked up in every way.
            let found = symbols.map(|s| s.into_values().collect());
            found.or_else(|| Some(truetype::glyphs_of(&bytes, &texts, &names)))
        };
        let Some(found) = found else { return false };
        glyphs.extend(found);
    }
    let pruned = if compact {
        cff::pruned(&bytes, &glyphs)
    } else {
        truetype::pruned(&bytes, glyphs, simple)
    };
    let Some(pruned) = pruned else { return false };
    set_program(doc, id, pruned);
    true
}

/// Puts a program in the place of another.
fn set_program(doc: &mut Document, id: ObjectId, pruned: Vec<u8>) {
    if let Some(Object::Stream(stream)) = doc.objects.get_mut(&id) {
        for key in [&b"Filter"[..], b"DecodeParms"] {
            stream.dict.remove(key);
        }
        if stream.dict.has(b"Length1") {
            stream
                .dict
                .set("Length1", i64::try_from(pruned.len()).unwrap_or(0));
        }
        stream.set_content(pruned);
    }
}

/// The glyphs of character identifiers.
fn mapped(doc: &Document, descendant: ObjectId, cids: &BTreeSet<u32>) -> BTreeMap<u32, u32> {
    let dict = doc.objects.get(&descendant).and_then(dictionary);
    let map = match dict.and_then(|d| entry(doc, d, b"CIDToGIDMap")) {
        Some(Object::Stream(stream)) => content(stream, PROGRAM).unwrap_or_default(),
        _ => return cids.iter().map(|c| (*c, *c)).collect(),
    };
    let glyph = |cid: &u32| {
        let at = usize::try_from(*cid).ok()?.checked_mul(2)?;
        let pair = map.get(at..at.checked_add(2)?)?;
        Some((*cid, pair.iter().fold(0, |n, b| n << 8 | u32::from(*b))))
    };
    cids.iter().filter_map(glyph).collect()
}

/// What the codes of a simple font say, and the names that it gives them.
fn spoken(
    doc: &Document,
    font: ObjectId,
    codes: &Codes,
) -> (BTreeMap<u32, String>, BTreeSet<Vec<u8>>) {
    let mut texts = BTreeMap::new();
    for ((code, _), used) in codes {
        let mut text = String::new();
        used.says.push(&mut text);
        texts.insert(*code, text);
    }
    let mut names = BTreeSet::new();
    let dict = doc.objects.get(&font).and_then(dictionary);
    let encoding = dict.and_then(|d| inner(doc, d, b"Encoding"));
    let mut code = 0;
    for object in encoding.map_or(&[][..], |e| items(doc, e, b"Differences")) {
        let object = follow(doc, object);
        if let Some(n) = number(object).and_then(whole) {
            code = n;
        } else if let Ok(name) = object.as_name() {
            if texts.contains_key(&code) {
                names.insert(name.to_vec());
            }
            code += 1;
        }
    }
    (texts, names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::pdf::{
        hostile::{MANY, soon},
        walk::AllShown,
    };
    use lopdf::dictionary;

    #[test]
    fn widths_that_are_given_again_and_again_count_as_given_last() {
        let doc = Document::new();
        let many = i64::try_from(MANY).unwrap();
        let run = |from: i64, to: i64, width: i64| [from, to, width].map(Object::Integer);
        let mut list: Vec<Object> = (0..many).flat_map(|n| run(0, 60_000, n)).collect();
        list.extend([Object::Integer(5), Object::Array(run(1, 2, 3).to_vec())]);
        list.extend(run(7, 8, 4));
        list.extend(run(9, 8, 6));
        let cids: BTreeSet<u32> = (0..60_000).collect();
        let kept = soon("widths", || kept_widths(&doc, &list, 1, &cids));
        assert_eq!(kept.len(), 120_000);
        let width = |cid: usize| kept[2 * cid + 1].as_array().unwrap()[0].as_i64().unwrap();
        let last = many - 1;
        assert_eq!([4, 5, 6, 7, 8, 9].map(width), [last, 1, 2, 4, 4, last]);
    }

    #[test]
    fn glyphs_of_identifiers_that_are_used_no_more_are_not_told() {
        let mut doc = Document::new();
        let mapped = |cids: &[u32], doc: &mut Document| {
            let map = Stream::new(Dictionary::new(), vec![0, 0, 0, 9, 0, 8, 0, 7, 0, 6]);
            let map = doc.add_object(map);
            let font = doc.add_object(dictionary! { "CIDToGIDMap" => map });
            composite(doc, font, &cids.iter().copied().collect());
            let font = dictionary(&doc.objects[&font]).unwrap();
            match entry(doc, font, b"CIDToGIDMap") {
                Some(Object::Stream(stream)) => stream.content.clone(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(mapped(&[1], &mut doc), [0, 0, 0, 9]);
        assert_eq!(mapped(&[1, 3], &mut doc), [0, 0, 0, 9, 0, 0, 0, 7]);
        let all = [0, 0, 0, 9, 0, 0, 0, 0, 0, 0];
        assert_eq!(mapped(&[1, u32::MAX], &mut doc), all);
    }

    #[test]
    fn fonts_without_end_are_asked_once_what_they_share() {
        let mut doc = Document::new();
        let mut used = Used::new();
        let shared = doc.add_object(Stream::new(Dictionary::new(), vec![0]));
        for n in 0..MANY / 4 {
            let own = || Stream::new(Dictionary::new(), vec![0]);
            let program = if n < 2 { shared } else { doc.add_object(own()) };
            let descriptor = dictionary! { "FontFile2" => program };
            let font = doc.add_object(dictionary! {
                "Type" => "Font", "Subtype" => "TrueType", "FontDescriptor" => descriptor,
            });
            let code = UsedCode {
                says: Says::Char('a'),
                cid: 97,
                order: 0,
            };
            used.insert(font, BTreeMap::from([((97, 1), code)]));
        }
        let touched: BTreeSet<ObjectId> = used.keys().copied().collect();
        let kept = soon("fonts", || {
            let numbers = renumber::Numbers::plan(&doc, &touched, &used, &AllShown::default());
            prune(&mut doc, &used, &Used::new(), &touched, &numbers)
        });
        assert_eq!(kept, MANY / 4 - 1, "what two share is one");
    }
}
