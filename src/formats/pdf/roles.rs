//! What streams are for: told by who refers to them and under which key, since their own entries may lie
//! or be missing.

use super::{
    tree::{dictionary, follow, inner, name_of},
    walk::inherited,
};
use lopdf::{Dictionary, Document, Object, ObjectId};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Objects inside objects.
const DEPTH: u32 = 64;
/// Most resources that are looked through for one procedure of a glyph.
const OUTER: usize = 4;

/// Dictionaries of resources, whose keys are names that the file gives (ISO 32000-1, table 33).
const CATEGORIES: &[&[u8]] = &[
    b"ColorSpace",
    b"CharProcs",
    b"Dests",
    b"ExtGState",
    b"Font",
    b"Pattern",
    b"Properties",
    b"Shading",
    b"XObject",
];
/// Entries whose streams are neither text nor instructions, and which a copy needs.
pub(super) const DATA: &[&[u8]] = &[
    b"BG",
    b"BG2",
    b"CIDToGIDMap",
    b"CS",
    b"ColorSpace",
    b"Contents",
    b"Encoding",
    b"FontFile",
    b"FontFile2",
    b"FontFile3",
    b"Function",
    b"Functions",
    b"HT",
    b"JBIG2Globals",
    b"Mask",
    b"SMask",
    b"Shading",
    b"TR",
    b"TR2",
    b"ToUnicode",
    b"TransferFunction",
    b"UCR",
    b"UCR2",
    b"UseCMap",
];
/// Entries of data that a copy goes without.
pub(super) const SPARE: &[&[u8]] = &[b"CIDSet", b"DestOutputProfile"];
/// Entries whose streams are text (ISO 32000-1, table 34: text streams).
const TEXTS: &[&[u8]] = &[b"JS", b"RC", b"RV", b"V", b"DV", b"XFA", b"Metadata"];

/// Entries whose streams are instructions, and entries of appearances.
const DRAWN: &[&[u8]] = &[
    b"AP",
    b"D",
    b"DP",
    b"DecodeParms",
    b"EF",
    b"G",
    b"N",
    b"R",
    b"Thumb",
];

/// A key as far as it tells anything; all others are alike, so that an object is not looked into again and
/// again for each name that leads to it.
fn telling(key: &[u8]) -> &[u8] {
    let lists = [CATEGORIES, DATA, SPARE, TEXTS, DRAWN];
    if lists.iter().any(|list| list.contains(&key)) {
        key
    } else {
        b""
    }
}

/// A key as far as it means what the standard says of it in this dictionary: a stream under a key that only
/// reads like one of a font is nothing that a reader of the file asks for, and could hold anything. What a
/// note says may be a stream and is text then, as the contents of a page are not.
fn meant<'d>(
    doc: &Document,
    holder: &Dictionary,
    above: &[u8],
    key: &'d [u8],
    value: &Object,
) -> &'d [u8] {
    let has = |keys: &[&[u8]]| keys.iter().any(|k| holder.has(k));
    let is = |kinds: &[&[u8]]| {
        let name = |key| name_of(doc, holder, key).unwrap_or_default();
        kinds.iter().any(|k| name(b"Type") == *k)
    };
    let image = || name_of(doc, holder, b"Subtype") == Some(b"Image");
    // Table 33: resources have a dictionary here.
    let names = || is_category(key) && matches!(follow(doc, value), Object::Dictionary(_));
    let fits = match key {
        b"Contents" if !is(&[b"Page", b"Template"]) => return b"RC",
        // Tables 111 to 121.
        b"Encoding" | b"ToUnicode" | b"CIDToGIDMap" => {
            is(&[b"Font"]) || has(&[b"BaseFont", b"CharProcs", b"DescendantFonts"])
        }
        // Table 122.
        b"CIDSet" | b"FontFile" | b"FontFile2" | b"FontFile3" => {
            is(&[b"FontDescriptor"]) || has(&[b"FontName", b"Flags"])
        }
        // Table 365.
        b"DestOutputProfile" => is(&[b"OutputIntent"]) || has(&[b"OutputConditionIdentifier"]),
        // Table 120.
        b"UseCMap" => is(&[b"CMap"]) || has(&[b"CMapName"]),
        // Table 12.
        b"JBIG2Globals" => matches!(above, b"DecodeParms" | b"DP"),
        // Tables 89, 78 and 147.
        b"ColorSpace" => image() || has(&[b"ShadingType"]) || names(),
        b"CS" => name_of(doc, holder, b"S") == Some(b"Transparency"),
        // Table 144.
        b"G" => matches!(name_of(doc, holder, b"S"), Some(b"Alpha" | b"Luminosity")),
        b"Mask" => image(),
        // Table 58: the state of graphics has a dictionary here.
        b"SMask" => image() || matches!(follow(doc, value), Object::Dictionary(_)),
        // Table 76.
        b"Shading" => has(&[b"PatternType"]) || names(),
        _ => true,
    };
    if fits { key } else { b"" }
}

/// The key of the items of an array: profiles, palettes and tints stand in arrays that begin with the name of
/// a family of colour spaces (tables 61 to 63); files inside stand in none (table 44).
fn of_items<'d>(key: &'d [u8], above: &[u8], items: &[Object]) -> &'d [u8] {
    const FAMILIES: &[&[u8]] = &[
        b"DeviceN",
        b"I",
        b"ICCBased",
        b"Indexed",
        b"Pattern",
        b"Separation",
    ];
    if above == b"EF" {
        return b"";
    }
    if above != b"ColorSpace" && !matches!(key, b"CS" | b"ColorSpace") {
        return key;
    }
    let family = items.first().and_then(|o| o.as_name().ok());
    if family.is_some_and(|f| FAMILIES.contains(&f)) {
        b"CS"
    } else {
        b""
    }
}

/// Whether a stream is data by where it stands and by what functions (table 38), halftones (table 130) and
/// shadings (table 78) must say of themselves.
fn is_data(stream: &Dictionary, key: &[u8], above: &[u8]) -> bool {
    match key {
        b"BG" | b"BG2" | b"Function" | b"Functions" | b"TR" | b"TR2" | b"TransferFunction"
        | b"UCR" | b"UCR2" => stream.has(b"FunctionType"),
        b"HT" => stream.has(b"HalftoneType"),
        b"Shading" => stream.has(b"ShadingType"),
        _ if DATA.contains(&key) => true,
        _ => match above {
            b"EF" => !key.is_empty(),
            b"HT" => stream.has(b"HalftoneType"),
            b"Shading" => stream.has(b"ShadingType"),
            _ => false,
        },
    }
}

/// Whether the keys of what stands under this key are names of the file's own.
pub(super) fn is_category(key: &[u8]) -> bool {
    CATEGORIES.contains(&key)
}

/// What is known of the streams of a document.
#[derive(Debug, Default)]
pub(super) struct Roles<'d> {
    /// Streams that hold instructions and are no page's content, and where else their names are looked up:
    /// procedures of glyphs use the resources of their font.
    pub contents: BTreeMap<ObjectId, Vec<&'d Dictionary>>,
    /// Those of them that draw one glyph of a font.
    pub glyphs: BTreeSet<ObjectId>,
    /// Streams of pictures, fonts, colours and functions, contents of pages, and files inside.
    pub data: BTreeSet<ObjectId>,
    /// Streams that are text.
    pub texts: BTreeSet<ObjectId>,
    /// Streams that a copy goes without and that hold nothing to be read.
    pub spare: BTreeSet<ObjectId>,
    /// Small pictures of pages.
    pub thumbnails: BTreeSet<ObjectId>,
    /// Objects that are dictionaries of resources by their names.
    pub categories: BTreeSet<ObjectId>,
    /// Those of them that hold lists of properties of marked content.
    pub marks: BTreeSet<ObjectId>,
    /// Objects that are lists of properties of marked content.
    pub properties: BTreeSet<ObjectId>,
}

/// Which object, and under which keys it was met.
type Seen<'d> = BTreeSet<(ObjectId, &'d [u8], &'d [u8])>;

struct Visit<'d> {
    doc: &'d Document,
    roles: Roles<'d>,
    seen: Seen<'d>,
    /// How often procedures of glyphs were met, by the address of their list.
    procedures: HashMap<usize, usize>,
    open: Vec<(ObjectId, &'d [u8], &'d [u8])>,
}

impl<'d> Roles<'d> {
    /// Looks at all objects.
    pub(super) fn new(doc: &'d Document) -> Self {
        let mut visit = Visit::new(doc);
        visit.all();
        let mut roles = visit.roles;
        for (id, object) in &doc.objects {
            if let Object::Stream(stream) = object {
                let form = name_of(doc, &stream.dict, b"Subtype") == Some(b"Form");
                if form || stream.dict.has(b"PatternType") {
                    roles.contents.entry(*id).or_default();
                }
            }
        }
        roles.pages(doc);
        for outer in roles.contents.values_mut() {
            outer.extend(form_resources(doc));
        }
        roles
    }

    /// Contents of pages that are not among the pages of the document: templates, and those left behind.
    fn pages(&mut self, doc: &'d Document) {
        let pages: BTreeSet<ObjectId> = doc.page_iter().collect();
        for (id, object) in &doc.objects {
            let Object::Dictionary(page) = object else {
                continue;
            };
            let named = matches!(name_of(doc, page, b"Type"), Some(b"Page" | b"Template"));
            let page_like = named || page.has(b"Resources") || page.has(b"MediaBox");
            if pages.contains(id) || !page_like {
                continue;
            }
            let Ok(contents) = page.get(b"Contents") else {
                continue;
            };
            let resources = inherited(doc, page, b"Resources").and_then(dictionary);
            let parts = match follow(doc, contents) {
                Object::Array(parts) => parts.as_slice(),
                _ => std::slice::from_ref(contents),
            };
            for id in parts.iter().filter_map(|o| o.as_reference().ok()) {
                if let Some(Object::Stream(_)) = doc.objects.get(&id) {
                    let outer = self.contents.entry(id).or_default();
                    if outer.len() < OUTER {
                        outer.extend(resources);
                    }
                }
            }
        }
    }

    /// Whether somebody says what a stream is for.
    pub(super) fn is_known(&self, id: ObjectId) -> bool {
        self.is_kept(id)
            || self.texts.contains(&id)
            || self.spare.contains(&id)
            || self.thumbnails.contains(&id)
    }

    /// Whether a copy may have this stream.
    pub(super) fn is_kept(&self, id: ObjectId) -> bool {
        self.contents.contains_key(&id) || self.data.contains(&id)
    }
}

impl<'d> Visit<'d> {
    fn new(doc: &'d Document) -> Self {
        Self {
            doc,
            roles: Roles::default(),
            seen: Seen::new(),
            procedures: HashMap::new(),
            open: Vec::new(),
        }
    }

    fn all(&mut self) {
        for object in self.doc.objects.values() {
            self.object(object, b"", b"", 0);
            while let Some((id, key, above)) = self.open.pop() {
                if let Some(object) = self.doc.objects.get(&id) {
                    self.object(object, key, above, 0);
                }
            }
        }
    }

    fn object(&mut self, object: &'d Object, key: &'d [u8], above: &'d [u8], depth: u32) {
        if depth > DEPTH {
            return;
        }
        match object {
            Object::Reference(id) => self.reference(*id, key, above),
            Object::Array(items) => {
                let key = of_items(key, above, items);
                for item in items {
                    self.object(item, key, above, depth + 1);
                }
            }
            other => {
                if let Some(dict) = dictionary(other) {
                    self.procedures(dict);
                    for (inside, value) in dict {
                        let inside = meant(self.doc, dict, key, inside, value);
                        self.object(value, inside, key, depth + 1);
                    }
                }
            }
        }
    }

    fn reference(&mut self, id: ObjectId, key: &'d [u8], above: &'d [u8]) {
        match self.doc.objects.get(&id) {
            Some(Object::Stream(stream)) => {
                self.stream(id, &stream.dict, key, above);
            }
            Some(Object::Dictionary(_)) if is_category(key) => {
                self.roles.categories.insert(id);
                if key == b"Properties" {
                    self.roles.marks.insert(id);
                }
                self.enter(id, key, above);
            }
            Some(Object::Dictionary(_)) => {
                if above == b"Properties" {
                    self.roles.properties.insert(id);
                }
                // Appearances may be one stream a state; everything else is met by itself.
                if above == b"AP" || matches!(key, b"AP" | b"DP" | b"DecodeParms" | b"EF" | b"HT") {
                    self.enter(id, key, above);
                }
            }
            Some(Object::Array(_)) => self.enter(id, key, above),
            _ => {}
        }
    }

    fn enter(&mut self, id: ObjectId, key: &'d [u8], above: &'d [u8]) {
        let (key, above) = (telling(key), telling(above));
        if self.seen.insert((id, key, above)) {
            self.open.push((id, key, above));
        }
    }

    fn stream(&mut self, id: ObjectId, dict: &'d Dictionary, key: &[u8], above: &[u8]) {
        let kind = name_of(self.doc, dict, b"Subtype");
        let state = |k: &[u8]| matches!(k, b"N" | b"R" | b"D");
        let drawn = matches!(above, b"XObject" | b"Pattern" | b"CharProcs")
            || key == b"G"
            || (above == b"AP" && state(key))
            || state(above);
        if key == b"Thumb" {
            self.roles.thumbnails.insert(id);
        } else if kind == Some(b"Image") && (drawn || DATA.contains(&key)) {
            self.roles.data.insert(id);
        } else if drawn && kind != Some(b"PS") {
            self.roles.contents.entry(id).or_default();
        } else if is_data(dict, key, above) {
            self.roles.data.insert(id);
        } else if SPARE.contains(&key) {
            self.roles.spare.insert(id);
        } else if TEXTS.contains(&key) {
            self.roles.texts.insert(id);
        }
    }

    /// Procedures of glyphs use the resources of their font.
    fn procedures(&mut self, font: &'d Dictionary) {
        let Some(all) = inner(self.doc, font, b"CharProcs") else {
            return;
        };
        // Any number of fonts may have the same procedures.
        let address = std::ptr::from_ref(all).addr();
        let times = self.procedures.entry(address).or_default();
        let resources = inner(self.doc, font, b"Resources");
        if *times > OUTER || (*times > 0 && resources.is_none()) {
            return;
        }
        *times += 1;
        for (_, procedure) in all {
            if let Ok(id) = procedure.as_reference()
                && let Some(Object::Stream(_)) = self.doc.objects.get(&id)
            {
                self.roles.glyphs.insert(id);
                let outer = self.roles.contents.entry(id).or_default();
                if outer.len() < OUTER {
                    outer.extend(resources);
                }
            }
        }
    }
}

/// The resources of the form.
pub(super) fn form_resources(doc: &Document) -> Vec<&Dictionary> {
    let catalog = doc
        .trailer
        .get(b"Root")
        .ok()
        .and_then(|o| dictionary(follow(doc, o)));
    let form = catalog.and_then(|c| inner(doc, c, b"AcroForm"));
    form.and_then(|f| inner(doc, f, b"DR"))
        .into_iter()
        .collect()
}

/// Gives what is asked for by its number a number of its own: fonts, which programs write in place at
/// times. References to references lead to the object itself.
pub(super) fn number(doc: &mut Document) {
    straighten(doc);
    let mut fonts: BTreeSet<ObjectId> = BTreeSet::new();
    let mut lists: BTreeSet<ObjectId> = BTreeSet::new();
    for object in doc.objects.values() {
        met(doc, object, 0, &mut fonts, &mut lists);
    }
    let mut last = doc
        .max_id
        .max(doc.objects.keys().map(|id| id.0).max().unwrap_or(0));
    let mut new = Vec::new();
    for (id, object) in &mut doc.objects {
        if fonts.contains(id)
            && let Object::Dictionary(dict) = object
        {
            category(dict, &mut last, &mut new, 0);
        } else if lists.contains(id)
            && let Object::Array(all) = object
        {
            for item in all {
                place(item, &mut last, &mut new, 0);
            }
        }
        inside(object, &mut last, &mut new, 0);
    }
    doc.max_id = last;
    doc.objects.extend(new);
}

/// New objects.
type New = Vec<(ObjectId, Object)>;

/// References that lead to references.
fn straighten(doc: &mut Document) {
    let mut ends: BTreeMap<ObjectId, ObjectId> = BTreeMap::new();
    for (id, object) in &doc.objects {
        let mut object = object;
        for _ in 0..16 {
            let Object::Reference(next) = object else {
                break;
            };
            ends.insert(*id, *next);
            match doc.objects.get(next) {
                Some(more) => object = more,
                None => break,
            }
        }
    }
    if !ends.is_empty() {
        for object in doc.objects.values_mut() {
            redirect(object, &ends, 0);
        }
        for (_, value) in &mut doc.trailer {
            redirect(value, &ends, 0);
        }
    }
}

fn redirect(object: &mut Object, ends: &BTreeMap<ObjectId, ObjectId>, depth: u32) {
    if depth > DEPTH {
        return;
    }
    match object {
        Object::Reference(id) => {
            if let Some(end) = ends.get(id) {
                *id = *end;
            }
        }
        Object::Array(items) => {
            for item in items {
                redirect(item, ends, depth + 1);
            }
        }
        Object::Dictionary(dict) => {
            for (_, value) in dict {
                redirect(value, ends, depth + 1);
            }
        }
        Object::Stream(stream) => {
            for (_, value) in &mut stream.dict {
                redirect(value, ends, depth + 1);
            }
        }
        _ => {}
    }
}

/// Objects that are dictionaries of fonts, or lists whose items are fonts.
fn met(
    doc: &Document,
    object: &Object,
    depth: u32,
    fonts: &mut BTreeSet<ObjectId>,
    lists: &mut BTreeSet<ObjectId>,
) {
    if depth > DEPTH {
        return;
    }
    if let Object::Array(items) = object {
        for item in items {
            met(doc, item, depth + 1, fonts, lists);
        }
    }
    let Some(dict) = dictionary(object) else {
        return;
    };
    for (key, value) in dict {
        if let Object::Reference(id) = value {
            let list = matches!(doc.objects.get(id), Some(Object::Array(_)));
            match key.as_slice() {
                b"Font" if list => drop(lists.insert(*id)),
                b"Font" => drop(fonts.insert(*id)),
                b"DescendantFonts" => drop(lists.insert(*id)),
                _ => {}
            }
        } else {
            met(doc, value, depth + 1, fonts, lists);
        }
    }
}

/// Looks for fonts in an object.
fn inside(object: &mut Object, last: &mut u32, new: &mut New, depth: u32) {
    if depth > DEPTH {
        return;
    }
    let dict = match object {
        Object::Array(items) => {
            for item in items {
                inside(item, last, new, depth + 1);
            }
            return;
        }
        Object::Dictionary(dict) => dict,
        Object::Stream(stream) => &mut stream.dict,
        _ => return,
    };
    for (key, value) in dict {
        match (key.as_slice(), &mut *value) {
            (b"Font", Object::Dictionary(fonts)) => category(fonts, last, new, depth + 1),
            (b"Font" | b"DescendantFonts", Object::Array(items)) => {
                for item in items {
                    place(item, last, new, depth + 1);
                }
            }
            _ => {}
        }
        inside(value, last, new, depth + 1);
    }
}

fn category(fonts: &mut Dictionary, last: &mut u32, new: &mut New, depth: u32) {
    for (_, font) in fonts {
        place(font, last, new, depth);
    }
}

/// A font in place becomes an object.
fn place(font: &mut Object, last: &mut u32, new: &mut New, depth: u32) {
    if !matches!(font, Object::Dictionary(_)) {
        return;
    }
    inside(font, last, new, depth + 1);
    if let Some(next) = last.checked_add(1) {
        *last = next;
        let object = std::mem::replace(font, Object::Reference((next, 0)));
        new.push(((next, 0), object));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lopdf::dictionary;

    /// A document of these objects, numbered from 1.
    fn document(objects: impl IntoIterator<Item = Object>) -> Document {
        let mut doc = Document::new();
        doc.objects = (1..).map(|n| (n, 0)).zip(objects).collect();
        doc
    }

    #[test]
    fn an_object_is_looked_into_once_for_all_names_that_say_nothing() {
        let list = Object::Array(vec![Object::Reference((2, 0))]);
        let names = (0..500).map(|n| {
            let inside = dictionary! { format!("Key{n}") => Object::Reference((1, 0)) };
            Object::Dictionary(dictionary! { format!("Above{n}") => inside })
        });
        let doc = document([list, Object::Null].into_iter().chain(names));
        let mut visit = Visit::new(&doc);
        visit.all();
        assert_eq!(visit.seen.len(), 1);
    }

    #[test]
    fn names_that_say_something_are_told_apart() {
        let form = || Object::Stream(lopdf::Stream::new(Dictionary::new(), Vec::new()));
        let list = |n| Object::Array(vec![Object::Reference((n, 0))]);
        let refer = |n| Object::Reference((n, 0));
        let doc = document([
            list(2),
            form(),
            // The list is met under a name that says nothing before it is met under one that does.
            Dictionary::from_iter([("Own", refer(1)), ("Thumb", refer(1))]).into(),
        ]);
        assert!(Roles::new(&doc).thumbnails.contains(&(2, 0)));
    }

    #[test]
    fn procedures_that_many_fonts_share_are_looked_at_a_few_times() {
        let procedures = dictionary! { "a" => Object::Reference((2, 0)) };
        let form = Object::Stream(lopdf::Stream::new(Dictionary::new(), Vec::new()));
        let fonts = (0..500).map(|n| {
            let mut font = dictionary! { "CharProcs" => Object::Reference((1, 0)) };
            if n >= 250 {
                font.set("Resources", dictionary! { "N" => n });
            }
            Object::Dictionary(font)
        });
        let doc = document(
            [Object::Dictionary(procedures), form]
                .into_iter()
                .chain(fonts),
        );
        let mut visit = Visit::new(&doc);
        visit.all();
        let times: Vec<usize> = visit.procedures.values().copied().collect();
        assert_eq!(times, [OUTER + 1]);
        assert_eq!(visit.roles.contents[&(2, 0)].len(), OUTER);
    }
}
