//! Strings that name something: the font that a field is written in, the keys of trees of names, and what leads
//! to them. They lose values as all strings do, and still name what they named.

use super::{
    lex::{Instructions, Kind},
    rewrite::decimal,
    tree::{dictionary, follow, inner, items},
};
use lopdf::{Dictionary, Document, Object, ObjectId, StringFormat};
use std::collections::{BTreeMap, BTreeSet};

/// Objects inside objects.
const DEPTH: u32 = 64;
/// How keys begin that are given in place of others.
const PREFIX: &str = "Place";

/// What a string names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// A font, with its size and colour (ISO 32000-1, 12.7.3.3).
    Look,
    /// A place to go to, a file inside.
    Key,
}

/// Such strings in the order of the objects.
#[derive(Debug)]
pub(super) struct Named(Vec<(Use, Vec<u8>)>);

impl Named {
    /// As they are now.
    pub(super) fn of(doc: &Document) -> Self {
        let mut out = Vec::new();
        for object in doc.objects.values().filter(|o| is_plain(o)) {
            // Nothing is changed in it.
            let mut object = object.clone();
            each(&mut object, 0, &mut |of, raw| out.push((of, raw.clone())));
        }
        Self(out)
    }

    /// Sees to those that lost a value since.
    pub(super) fn restore(&self, doc: &mut Document) {
        let now = Self::of(doc);
        let pairs = || self.0.iter().zip(&now.0);
        if pairs().all(|(old, new)| old == new) {
            return;
        }
        let keys = pairs().filter(|(old, _)| old.0 == Use::Key);
        let (same, lost): (Vec<_>, Vec<_>) = keys.partition(|(old, new)| old == new);
        let taken: BTreeSet<&[u8]> = same.iter().map(|(old, _)| old.1.as_slice()).collect();
        // Numbered as they are met: their order must not tell what they were.
        let mut number = 0_u64;
        let mut given: BTreeMap<&[u8], Vec<u8>> = BTreeMap::new();
        for (old, _) in lost {
            given.entry(&old.1).or_insert_with(|| {
                loop {
                    number += 1;
                    let name = format!("{PREFIX}{number}").into_bytes();
                    if !taken.contains(name.as_slice()) {
                        return name;
                    }
                }
            });
        }
        let mut all = self.0.iter();
        for object in doc.objects.values_mut().filter(|o| is_plain(o)) {
            each(object, 0, &mut |of, raw| {
                let Some((_, old)) = all.next() else { return };
                match of {
                    Use::Look if old != raw => *raw = look(old),
                    Use::Look => {}
                    Use::Key => {
                        if let Some(new) = given.get(old.as_slice()) {
                            raw.clone_from(new);
                        }
                    }
                }
            });
        }
        if !given.is_empty() {
            sort(doc);
        }
    }
}

fn is_plain(object: &Object) -> bool {
    matches!(object, Object::Dictionary(_) | Object::Array(_))
}

/// Calls for such strings.
fn each(object: &mut Object, depth: u32, found: &mut dyn FnMut(Use, &mut Vec<u8>)) {
    if depth > DEPTH {
        return;
    }
    match object {
        Object::Array(items) => {
            for item in items {
                each(item, depth + 1, found);
            }
        }
        Object::Dictionary(dict) => {
            let goes = matches!(dict.get(b"S"), Ok(Object::Name(kind)) if kind == b"GoTo");
            let tree = dict.has(b"Limits") || dict.has(b"Names");
            for (key, value) in dict {
                match (key.as_slice(), &mut *value) {
                    (b"DA", Object::String(raw, _)) => found(Use::Look, raw),
                    (b"Dest", Object::String(raw, _)) => found(Use::Key, raw),
                    (b"D", Object::String(raw, _)) if goes => found(Use::Key, raw),
                    (b"Names", Object::Array(pairs)) => {
                        for pair in pairs.chunks_mut(2) {
                            if let Some(Object::String(raw, _)) = pair.first_mut() {
                                found(Use::Key, raw);
                            }
                        }
                    }
                    (b"Limits", Object::Array(ends)) if tree => {
                        for end in ends {
                            if let Object::String(raw, _) = end {
                                found(Use::Key, raw);
                            }
                        }
                    }
                    _ => {}
                }
                each(value, depth + 1, found);
            }
        }
        _ => {}
    }
}

/// How text looks by default, with nothing in it but a font, its size and its colour.
fn look(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut all = Instructions::new(raw);
    while let Some(now) = all.next() {
        let numbers = match now.operator {
            b"Tf" | b"g" => 1,
            b"rg" => 3,
            b"k" => 4,
            _ => continue,
        };
        let mut text = String::new();
        let mut font: &[u8] = b"";
        let mut count = 0;
        for token in &all.operands {
            match token.kind {
                Kind::Name if now.operator == b"Tf" => font = all.raw(*token),
                Kind::Number(n) if count < numbers => {
                    count += 1;
                    let most = if now.operator == b"Tf" { 999.0 } else { 1.0 };
                    decimal(n.clamp(0.0, most), &mut text);
                    text.push(' ');
                }
                _ => {}
            }
        }
        if !font.is_empty() {
            out.extend_from_slice(font);
            out.push(b' ');
        }
        out.extend_from_slice(text.as_bytes());
        out.extend_from_slice(now.operator);
        out.push(b' ');
    }
    out
}

/// Puts the trees of names in order again: readers look their keys up by that.
fn sort(doc: &mut Document) {
    let root = doc.trailer.get(b"Root").ok().map(|o| follow(doc, o));
    let names = root
        .and_then(dictionary)
        .and_then(|r| inner(doc, r, b"Names"));
    let Some(names) = names.cloned() else {
        return;
    };
    for key in [&b"Dests"[..], b"EmbeddedFiles"] {
        let Ok(node) = names.get(key) else { continue };
        let mut pairs = Vec::new();
        gather(doc, node, &mut pairs, &mut BTreeSet::new(), 0);
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        pairs.dedup_by(|a, b| a.0 == b.0);
        let flat = pairs
            .into_iter()
            .flat_map(|(key, value)| [Object::String(key, StringFormat::Literal), value]);
        let mut tree = Dictionary::new();
        tree.set("Names", Object::Array(flat.collect()));
        put(doc, node, key, tree);
    }
}

type Pairs = Vec<(Vec<u8>, Object)>;

fn gather(
    doc: &Document,
    node: &Object,
    out: &mut Pairs,
    seen: &mut BTreeSet<ObjectId>,
    depth: u32,
) {
    if depth > DEPTH || node.as_reference().is_ok_and(|id| !seen.insert(id)) {
        return;
    }
    let Some(dict) = dictionary(follow(doc, node)) else {
        return;
    };
    for pair in items(doc, dict, b"Names").chunks(2) {
        if let [key, value] = pair
            && let Ok(key) = follow(doc, key).as_str()
        {
            out.push((key.to_vec(), value.clone()));
        }
    }
    for kid in items(doc, dict, b"Kids") {
        gather(doc, kid, out, seen, depth + 1);
    }
}

/// Puts a tree in the place of another one.
fn put(doc: &mut Document, node: &Object, key: &[u8], tree: Dictionary) {
    if let Ok(id) = node.as_reference() {
        doc.objects.insert(id, Object::Dictionary(tree));
        return;
    }
    let root = doc.trailer.get(b"Root").and_then(Object::as_reference);
    let Ok(root) = root else { return };
    let dict = doc.objects.get(&root).and_then(dictionary);
    let names = dict.and_then(|r| r.get(b"Names").ok()?.as_reference().ok());
    let holder = doc.objects.get_mut(&names.unwrap_or(root));
    let holder = holder.and_then(|o| o.as_dict_mut().ok());
    let list = match names {
        Some(_) => holder,
        None => holder.and_then(|r| r.get_mut(b"Names").ok()?.as_dict_mut().ok()),
    };
    if let Some(list) = list {
        list.set(key.to_vec(), Object::Dictionary(tree));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        copies::{holds, redact},
        tests::{page, pdf, stream},
    };

    const VALUE: &str = "13800138000";

    /// What the links of the first page lead to, by the keys of the tree.
    fn places(copy: &[u8]) -> Vec<String> {
        let doc = lopdf::Document::load_mem(copy).unwrap();
        let names = doc.catalog().unwrap().get(b"Names").unwrap();
        let names = doc.dereference(names).unwrap().1.as_dict().unwrap();
        let tree = doc.dereference(names.get(b"Dests").unwrap()).unwrap().1;
        let pairs = tree.as_dict().unwrap().get(b"Names").unwrap();
        let pairs = pairs.as_array().unwrap();
        let keys: Vec<&[u8]> = pairs.chunks(2).map(|p| p[0].as_str().unwrap()).collect();
        assert!(keys.is_sorted(), "{keys:?}");
        let page = doc.page_iter().next().unwrap();
        let mut out = Vec::new();
        for note in doc.get_page_annotations(page).unwrap() {
            let to = note.get(b"Dest").or_else(|_| {
                let action = note.get(b"A").unwrap().as_dict().unwrap();
                action.get(b"D")
            });
            let to = to.unwrap().as_str().unwrap();
            let at = keys.iter().position(|key| *key == to);
            out.push(at.map_or("nowhere".to_owned(), |n| format!("{:?}", pairs[2 * n + 1])));
        }
        out
    }

    #[test]
    fn places_with_values_in_their_names_are_still_told_apart() {
        let file = |a: &str, b: &str| {
            let objects = [
                "<</Type/Catalog/Pages 2 0 R/Names<</Dests<</Kids[6 0 R 7 0 R]>>>>>>",
                "<</Type/Pages/Kids[3 0 R]/Count 1>>",
                &format!(
                    "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/Dest({b})>>\
                     <</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/GoTo/D({a})>>>><</Type/Annot/Subtype/Link/Rect[0 0 9 9]/Dest(aside)>>]\
                     /Resources<</Font<</F1 5 0 R>>>>>>"
                ),
                &stream("", "BT /F1 9 Tf 9 99 Td (text) Tj ET"),
                "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
                &format!("<</Limits[({a})({a})]/Names[({a})[3 0 R/XYZ 1 1 1]]>>"),
                &format!(
                    "<</Limits[({b})(aside)]/Names[({b})[3 0 R/XYZ 2 2 2](aside)[3 0 R/XYZ 3 3 3]]>>"
                ),
            ];
            pdf(&objects, "")
        };
        let copy = redact(
            &file("13800138000", "13912345678"),
            &["13800138000", "13912345678"],
        )
        .unwrap();
        assert!(!holds(&copy, "13800") && !holds(&copy, "13912"));
        let found = places(&copy);
        for (place, n) in found.iter().zip(["2 2 2", "1 1 1", "3 3 3"]) {
            assert!(place.contains(n), "{found:?}");
        }
        // How long they were is not told.
        let other = redact(&file("1234567", "7654321987"), &["1234567", "7654321987"]).unwrap();
        assert_eq!(copy, other);
    }

    #[test]
    fn fields_are_still_written_in_their_font() {
        let file = page(
            "BT /F1 9 Tf 9 99 Td (text) Tj ET",
            &format!("/F{VALUE} 5 0 R"),
            &[
                "[7 0 R]",
                &format!(
                    "<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/Rect[0 0 9 9]/DA(/F{VALUE} 9 Tf 0.5 g {VALUE} Tc)/DR<</Font<</F{VALUE} 5 0 R>>>>>>"
                ),
            ],
        );
        let copy = redact(&file, &[VALUE]).unwrap();
        assert!(!holds(&copy, "13800"));
        let doc = lopdf::Document::load_mem(&copy).unwrap();
        let all = format!("{:?}", doc.objects);
        let look = all.split("/DA (").nth(1).and_then(|t| t.split(')').next());
        assert_eq!(look, Some("/Name1 9 Tf 0.5 g "), "{all}");
        assert!(all.contains("/DR <</Font <</Name1 "), "{all}");
    }
}
