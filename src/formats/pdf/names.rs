//! Names that are values: of states of fields, of resources, of places to go to, of tags.
//!
//! What a name is called is told by nothing but where it comes again, so that one can be given in its place,
//! everywhere at once: in keys, in names, in content streams.

use super::{
    document::put,
    grammar::is_of_standard,
    lex::{Instructions, Kind, Token, is_regular, name, says_something},
    secrets::Finder,
    strings,
    tree::content,
    walk::Key,
    work::contents,
};
use lopdf::{Document, Object, ObjectId};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Objects inside objects; what lies deeper is in no copy.
const DEPTH: u32 = 200;

/// What stands in place of names.
type Names = BTreeMap<Vec<u8>, Vec<u8>>;

/// Names and keys that could be values, each once.
pub(super) fn telling(doc: &Document) -> BTreeSet<Vec<u8>> {
    let mut out = BTreeSet::new();
    each(doc, &mut |name| {
        let odd = says_something(name) || name.iter().any(|b| !is_regular(*b));
        if odd && !out.contains(name) {
            out.insert(name.to_vec());
        }
    });
    out
}

/// What a name may say: itself, and the same with its letters and its numbers apart, since writers put a
/// letter before what is no name by itself.
pub(super) fn said(name: &[u8]) -> String {
    let whole = strings::text(name);
    let mut out = whole.clone();
    out.push('\n');
    let mut before = ' ';
    for c in whole.chars() {
        let apart = |a: char, b: char| a.is_alphabetic() && b.is_ascii_digit();
        if apart(before, c) || apart(c, before) {
            out.push(' ');
        }
        out.push(c);
        before = c;
    }
    out
}

/// Calls for all keys and names, in the order of the objects.
fn each(doc: &Document, found: &mut dyn FnMut(&[u8])) {
    for object in doc.objects.values() {
        inside(object, 0, found);
    }
}

fn inside(object: &Object, depth: u32, found: &mut dyn FnMut(&[u8])) {
    if depth > DEPTH {
        return;
    }
    let dict = match object {
        Object::Name(name) => return found(name),
        Object::Array(items) => {
            for item in items {
                inside(item, depth + 1, found);
            }
            return;
        }
        Object::Dictionary(dict) => dict,
        Object::Stream(stream) => &stream.dict,
        _ => return,
    };
    for (key, value) in dict {
        found(key);
        if let (b"DA", Object::String(raw, _)) = (key.as_slice(), value) {
            spelt(raw, found);
        }
        inside(value, depth + 1, found);
    }
}

/// Calls for what is spelt as a name in instructions, or looks so.
fn spelt(data: &[u8], found: &mut dyn FnMut(&[u8])) {
    for at in memchr::memchr_iter(b'/', data) {
        let rest = data.get(at + 1..).unwrap_or_default();
        let long = rest.iter().position(|b| !is_regular(*b));
        let raw = rest.get(..long.unwrap_or(rest.len())).unwrap_or_default();
        if raw.len() >= LEAST && raw.len() <= LONGEST {
            found(&name(raw));
        }
    }
}

/// Shorter names hold no value that is looked for, and longer ones are none.
const LEAST: usize = 2;
const LONGEST: usize = 4096;

/// Gives other names in place of those that are or hold a value. `own` are values by themselves, `shown` names
/// of content streams.
pub(super) fn rename(
    doc: &mut Document,
    finder: Option<&Finder>,
    own: &BTreeSet<Vec<u8>>,
    shown: &BTreeSet<Vec<u8>>,
    most: usize,
) {
    let goes = |name: &[u8]| {
        let held = || finder.is_some_and(|f| !f.find(&strings::text(name)).is_empty());
        !is_of_standard(name) && (own.contains(name) || held())
    };
    let mut spoken: Vec<Vec<u8>> = Vec::new();
    if finder.is_some() {
        let mut known: HashSet<Vec<u8>> = HashSet::new();
        for id in streams(doc) {
            let Some(Object::Stream(stream)) = doc.objects.get(&id) else {
                continue;
            };
            spelt(&content(stream, most).unwrap_or_default(), &mut |name| {
                if !known.contains(name) && known.len() < MOST {
                    known.insert(name.to_vec());
                    if goes(name) {
                        spoken.push(name.to_vec());
                    }
                }
            });
        }
    }
    spoken.extend(shown.iter().cloned());
    let names = planned(doc, &spoken, &goes);
    if names.is_empty() {
        return;
    }
    for object in doc.objects.values_mut() {
        give(object, 0, &names);
    }
    for id in streams(doc) {
        let Some(Object::Stream(stream)) = doc.objects.get(&id) else {
            continue;
        };
        let data = content(stream, most).ok();
        if let Some(data) = data.and_then(|data| written(&data, &names)) {
            put(doc, Key::Object(id), data);
        }
    }
}

/// The names that go, numbered as they are met: their order must not tell what they were.
fn planned(doc: &Document, shown: &[Vec<u8>], goes: &dyn Fn(&[u8]) -> bool) -> Names {
    let mut order: Vec<Vec<u8>> = Vec::new();
    let mut known: BTreeSet<Vec<u8>> = BTreeSet::new();
    let mut taken: BTreeSet<Vec<u8>> = BTreeSet::new();
    let mut meet = |name: &[u8]| {
        if name.starts_with(PREFIX) {
            taken.insert(name.to_vec());
        }
        if name.len() >= LEAST && !known.contains(name) {
            known.insert(name.to_vec());
            if goes(name) {
                order.push(name.to_vec());
            }
        }
    };
    each(doc, &mut meet);
    for name in shown {
        meet(name);
    }
    let mut number = 0_u64;
    let mut out = Names::new();
    for name in order {
        let new = loop {
            number += 1;
            let new = [PREFIX, number.to_string().as_bytes()].concat();
            if !taken.contains(&new) {
                break new;
            }
        };
        out.insert(name, new);
    }
    out
}

/// Most names of content streams that are looked at; the check of the copy sees the others.
const MOST: usize = 1_000_000;

/// How names begin that are given in place of others.
const PREFIX: &[u8] = b"Name";

fn give(object: &mut Object, depth: u32, names: &Names) {
    if depth > DEPTH {
        return;
    }
    let dict = match object {
        Object::Name(name) => {
            if let Some(new) = names.get(name.as_slice()) {
                name.clone_from(new);
            }
            return;
        }
        Object::Array(items) => {
            for item in items {
                give(item, depth + 1, names);
            }
            return;
        }
        Object::Dictionary(dict) => dict,
        Object::Stream(stream) => &mut stream.dict,
        _ => return,
    };
    for (key, value) in &mut *dict {
        if let (b"DA", Object::String(raw, _)) = (key.as_slice(), &mut *value)
            && let Some(new) = written(raw, names)
        {
            *raw = new;
        }
        give(value, depth + 1, names);
    }
    if dict.iter().any(|(key, _)| names.contains_key(key)) {
        let old = std::mem::take(dict);
        let renamed = old.iter().map(|(key, value)| {
            let key = names.get(key).unwrap_or(key);
            (key.clone(), value.clone())
        });
        *dict = renamed.collect();
    }
}

/// All streams of instructions.
fn streams(doc: &Document) -> BTreeSet<ObjectId> {
    let mut out: BTreeSet<ObjectId> = contents(doc).into_keys().collect();
    for page in doc.page_iter() {
        out.extend(doc.get_page_contents(page));
    }
    out
}

/// A stream with other names; `None` when it has none of them.
fn written(data: &[u8], names: &Names) -> Option<Vec<u8>> {
    let mut all = Instructions::new(data);
    let mut out = Vec::new();
    let mut at = 0;
    let mut more = true;
    while more {
        // What stands behind the last instruction counts as well.
        more = all.next().is_some();
        let is_name = |t: &&Token| t.kind == Kind::Name;
        for token in all.operands.iter().filter(is_name) {
            let Some(new) = names.get(&name(all.raw(*token))) else {
                continue;
            };
            out.extend_from_slice(data.get(at..=token.start).unwrap_or_default());
            out.extend_from_slice(new);
            at = token.end;
        }
    }
    if at == 0 {
        return None;
    }
    out.extend_from_slice(data.get(at..).unwrap_or_default());
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::super::{
        copies::{holds, redact},
        tests::{page, read, stream},
    };

    const VALUE: &str = "13800138000";

    #[test]
    fn letters_and_numbers_of_names_are_told_apart() {
        assert_eq!(
            super::said(b"D13800138000x"),
            "D13800138000x\nD 13800138000 x"
        );
        assert_eq!(super::said(b"110101X"), "110101X\n110101 X");
    }

    fn radio(value: &str) -> Vec<u8> {
        let shows = stream(
            "/Type/XObject/Subtype/Form/BBox[0 0 9 9]",
            "0 g 0 0 9 9 re f",
        );
        page(
            &format!("/Fm{value} Do /P{value} BMC EMC BT /F{value} 9 Tf 9 99 Td (kept) Tj ET"),
            &format!("/F{value} 5 0 R>>/XObject<</Fm{value} 8 0 R"),
            &[
                "[7 0 R]",
                &format!(
                    "<</Type/Annot/Subtype/Widget/FT/Btn/T(choice)/Rect[0 0 9 9]/V/{value}/AS/{value}/AP<</N<</{value} 8 0 R/Off 8 0 R>>>>>>"
                ),
                &shows,
            ],
        )
    }

    #[test]
    fn values_in_names_are_found_and_go_everywhere_at_once() {
        let file = radio(VALUE);
        let (result, seen) = read(&file);
        result.unwrap();
        assert!(seen.texts.iter().any(|t| t.2.contains(VALUE)));
        let copy = redact(&file, &[VALUE]).unwrap();
        assert!(!holds(&copy, "13800"));
        // What was called by them is called by other names.
        let doc = lopdf::Document::load_mem(&copy).unwrap();
        let page = doc.page_iter().next().unwrap();
        let content = String::from_utf8(doc.get_page_content(page)).unwrap();
        let resources = format!("{:?}", doc.objects);
        for (kind, operator) in [("XObject", " Do"), ("Font", " 9 Tf")] {
            let before = content.split(operator).next().unwrap();
            let name = before.rsplit('/').next().unwrap();
            assert!(
                resources.contains(&format!("/{name} ")),
                "{kind} {name} {resources}"
            );
        }
        assert_eq!(content.matches("/Name").count(), 3, "{content}");
        let (result, seen) = read(&copy);
        result.unwrap();
        assert!(seen.texts.iter().any(|t| t.2 == "kept\n"));
        // How long they were is not told.
        let other = "13912345678123456";
        assert_eq!(copy, redact(&radio(other), &[other]).unwrap());
    }

    #[test]
    fn values_in_names_go_however_these_are_spelt_and_wherever_they_stand() {
        let file = |name: &str| {
            let spelt = name.replace(' ', "#20");
            page(
                &format!("/{spelt} BMC BT /{spelt} 9 Tf 9 99 Td (kept {name}) Tj ET EMC /{spelt}"),
                &format!("/{spelt} 5 0 R"),
                &[],
            )
        };
        for name in ["Li Na", "Bartholomew", "Anna Li"] {
            let copy = redact(&file(name), &[name]).unwrap();
            let spelt = name.replace(' ', "#20");
            assert!(!holds(&copy, name) && !holds(&copy, &spelt), "{name}");
            let (_, seen) = read(&copy);
            assert!(seen.texts.iter().any(|t| t.2.contains("kept")), "{name}");
            assert_eq!(copy, redact(&file("Li Na"), &["Li Na"]).unwrap());
        }
    }

    /// A value may be spelt like a name that every file has; it is found in texts all the same.
    #[test]
    fn values_that_are_words_of_the_standard_withhold_nothing_and_stay_nowhere() {
        for name in [
            "Page",
            "Font",
            "Length",
            "DeviceGray",
            "Helvetica",
            "Contents",
        ] {
            let note = format!("<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(by {name})>>");
            let file = page(
                &format!("/DeviceGray cs BT /F1 9 Tf 9 99 Td (said {name} of it) Tj ET"),
                "",
                &["[7 0 R]", &note],
            );
            let copy = redact(&file, &[name]).unwrap();
            let (_, seen) = read(&copy);
            let text: String = seen.texts.iter().map(|t| t.2.as_str()).collect();
            assert!(text.contains("said") && !text.contains(name), "{text}");
        }
    }
}
