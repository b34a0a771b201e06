//! What a copy goes without: entries, annotations, actions and streams that could carry a value
//! unseen.

use super::{
    redact::Redaction,
    roles::{Roles, is_category},
    strings,
    tree::{dictionary, follow, items, name_of, number},
};
use lopdf::{Dictionary, Document, Object, ObjectId};
use std::collections::BTreeSet;

/// Entries of the catalogue that a copy keeps.
const CATALOGUE: &[&[u8]] = &[
    b"Type",
    b"Pages",
    b"PageLabels",
    b"Names",
    b"Dests",
    b"ViewerPreferences",
    b"PageLayout",
    b"PageMode",
    b"Outlines",
    b"AcroForm",
    b"Lang",
    b"OCProperties",
];
/// Entries of a page that a copy keeps.
const PAGE: &[&[u8]] = &[
    b"Type",
    b"Parent",
    b"Resources",
    b"MediaBox",
    b"CropBox",
    b"BleedBox",
    b"TrimBox",
    b"ArtBox",
    b"Contents",
    b"Rotate",
    b"Group",
    b"Annots",
    b"UserUnit",
    b"Tabs",
    b"Dur",
    b"Trans",
];
/// Entries that no dictionary of a copy keeps: scripts, rich text, metadata, private data, structure.
const DROPPED: &[&[u8]] = &[
    b"AA",
    b"AF",
    b"ActualText",
    b"Alt",
    b"Alternates",
    b"DSS",
    b"IRT",
    b"JS",
    b"LastModified",
    b"Legal",
    b"Measure",
    b"Metadata",
    b"NM",
    b"OPI",
    b"OpenAction",
    b"Perms",
    b"PS",
    b"PieceInfo",
    b"RC",
    b"RF",
    b"RV",
    b"Ref",
    b"StructParent",
    b"StructParents",
    b"Thumb",
    b"XFA",
];
/// Annotations that a copy keeps.
const ANNOTATIONS: &[&[u8]] = &[
    b"Text",
    b"Link",
    b"FreeText",
    b"Line",
    b"Square",
    b"Circle",
    b"Polygon",
    b"PolyLine",
    b"Highlight",
    b"Underline",
    b"Squiggly",
    b"StrikeOut",
    b"Stamp",
    b"Caret",
    b"Ink",
    b"Popup",
    b"FileAttachment",
    b"Widget",
    b"PrinterMark",
    b"TrapNet",
    b"Watermark",
];

/// Annotations that are as large as the text they are put on.
const FITTING: &[&[u8]] = &[
    b"Link",
    b"Highlight",
    b"Underline",
    b"Squiggly",
    b"StrikeOut",
    b"Caret",
    b"Square",
    b"Circle",
    b"Ink",
];

/// Actions that a copy goes without; other dictionaries have an `S` too, and these are told by name.
const LEFT_OUT: &[&[u8]] = &[
    b"JavaScript",
    b"Launch",
    b"SubmitForm",
    b"ImportData",
    b"Rendition",
    b"GoToE",
    b"GoToR",
    b"Thread",
    b"Sound",
    b"Movie",
    b"Trans",
    b"GoTo3DView",
    b"RichMediaExecute",
];

/// Takes away annotations that lie on removed text: they would tell how long it was. Gives how many.
pub(super) fn uncover(doc: &mut Document, redaction: &Redaction) -> usize {
    let mut gone: BTreeSet<ObjectId> = BTreeSet::new();
    let mut pages: Vec<(ObjectId, Vec<Object>)> = Vec::new();
    let mut count = 0;
    let mut budget = PLACES;
    for (page, places) in &redaction.places {
        let Some(dict) = doc.objects.get(page).and_then(dictionary) else {
            continue;
        };
        let mut kept = Vec::new();
        for annotation in items(doc, dict, b"Annots") {
            let inside = dictionary(follow(doc, annotation));
            if inside.is_some_and(|a| lies_on(doc, a, places, &mut budget)) {
                count += 1;
                gone.extend(annotation.as_reference().ok());
            } else {
                kept.push(annotation.clone());
            }
        }
        pages.push((*page, kept));
    }
    if count == 0 {
        return 0;
    }
    for (page, kept) in pages {
        if let Some(Object::Dictionary(dict)) = doc.objects.get_mut(&page) {
            dict.set("Annots", Object::Array(kept));
        }
    }
    // Notes that open beside them still lead to them; pages that share them show nothing that was removed.
    let shown: BTreeSet<ObjectId> = doc
        .page_iter()
        .filter_map(|page| doc.objects.get(&page).and_then(dictionary))
        .flat_map(|page| items(doc, page, b"Annots"))
        .filter_map(|o| o.as_reference().ok())
        .collect();
    for id in gone.difference(&shown) {
        doc.objects.insert(*id, Object::Null);
    }
    count
}

/// Most places that annotations are compared with; past it all are taken to lie on removed text.
const PLACES: usize = 50_000_000;

fn lies_on(
    doc: &Document,
    annotation: &Dictionary,
    places: &[[f64; 4]],
    budget: &mut usize,
) -> bool {
    let kind = name_of(doc, annotation, b"Subtype").unwrap_or_default();
    if !FITTING.contains(&kind) {
        return false;
    }
    let rect = items(doc, annotation, b"Rect").iter();
    let rect: Vec<f64> = rect.filter_map(|o| number(follow(doc, o))).collect();
    let [x0, y0, x1, y1] = rect.as_slice() else {
        return false;
    };
    let (left, right) = (x0.min(*x1), x0.max(*x1));
    let (low, high) = (y0.min(*y1), y0.max(*y1));
    *budget = budget.saturating_sub(places.len());
    if *budget == 0 {
        return true;
    }
    let under: Vec<&[f64; 4]> = places
        .iter()
        .filter(|p| p[0] < right && p[2] > left && p[1] < high && p[3] > low)
        .collect();
    if under.is_empty() {
        return false;
    }
    !COVERING.contains(&kind) || !is_larger([left, low, right, high], &under)
}

/// Annotations that hide what lies below them when they are filled.
const COVERING: &[&[u8]] = &[b"Highlight", b"Square", b"Circle", b"Ink"];

/// Whether a box goes well beyond the removed text under it: what else it covers must not come to light
/// in the copy, and it does not tell how long the removed text was.
fn is_larger(rect: [f64; 4], under: &[&[f64; 4]]) -> bool {
    let [left, low, right, high] = rect;
    let tallest = under.iter().map(|p| p[3] - p[1]).fold(0.0, f64::max);
    let lines = (under.iter().map(|p| p[3]).fold(low, f64::max).min(high)
        - under.iter().map(|p| p[1]).fold(high, f64::min).max(low))
    .max(0.0);
    let mut spans: Vec<(f64, f64)> = under
        .iter()
        .map(|p| (p[0].max(left), p[2].min(right)))
        .collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut wide, mut to) = (0.0, left);
    for (a, b) in spans {
        wide += (b - a.max(to)).max(0.0);
        to = to.max(b);
    }
    // Places are as high as small letters; a line is about twice as high.
    (right - left) - wide > (1.5 * tallest).max(0.1 * (right - left))
        || (high - low) - lines > 2.0 * tallest
}

/// Leaves out what could carry a value unseen. Gives how many annotations of other kinds than a copy may have.
pub(super) fn clean(doc: &mut Document) -> usize {
    let root = strings::reference(&doc.trailer, b"Root");
    let pages: Vec<ObjectId> = doc.page_iter().collect();
    let mut gone = 0;
    let wanted: Vec<(ObjectId, Vec<Object>)> = pages
        .iter()
        .filter_map(|id| {
            let page = doc.objects.get(id).and_then(dictionary)?;
            let list = items(doc, page, b"Annots");
            let kept: Vec<Object> = list.iter().filter(|o| is_kept(doc, o)).cloned().collect();
            gone += list.len() - kept.len();
            Some((*id, kept))
        })
        .collect();
    let roles = Roles::new(doc);
    let (categories, marks, properties) = (roles.categories, roles.marks, roles.properties);
    for (id, object) in &mut doc.objects {
        let key: &[u8] = if marks.contains(id) {
            b"Properties"
        } else if categories.contains(id) {
            b"XObject"
        } else {
            b""
        };
        if let Object::Dictionary(dict) = object
            && properties.contains(id)
        {
            unspoken(dict);
        }
        scrub(object, key, 0);
    }
    for (id, annotations) in wanted {
        if let Some(Object::Dictionary(page)) = doc.objects.get_mut(&id) {
            keep_entries(page, PAGE);
            page.set("Annots", Object::Array(annotations));
        }
    }
    if let Some(Object::Dictionary(catalogue)) = root.and_then(|id| doc.objects.get_mut(&id)) {
        keep_entries(catalogue, CATALOGUE);
    }
    let names = root
        .and_then(|id| doc.objects.get(&id))
        .and_then(dictionary)
        .and_then(|c| c.get(b"Names").ok())
        .and_then(|o| o.as_reference().ok());
    let inside = root.and_then(|id| doc.objects.get_mut(&id));
    let direct = inside.and_then(|o| match o {
        Object::Dictionary(d) => d.get_mut(b"Names").ok(),
        _ => None,
    });
    if let Some(Object::Dictionary(names)) = direct {
        keep_entries(names, &[b"Dests", b"EmbeddedFiles"]);
    }
    if let Some(Object::Dictionary(names)) = names.and_then(|id| doc.objects.get_mut(&id)) {
        keep_entries(names, &[b"Dests", b"EmbeddedFiles"]);
    }
    gone
}

pub(super) fn keep_entries(dict: &mut Dictionary, keys: &[&[u8]]) {
    let gone: Vec<Vec<u8>> = dict
        .iter()
        .map(|(key, _)| key.clone())
        .filter(|key| !keys.contains(&key.as_slice()))
        .collect();
    for key in gone {
        dict.remove(&key);
    }
}

/// Whether an annotation that a copy may have goes or looks different there: fields, which may be a box, and
/// notes that go with the text they are put on.
pub(super) fn may_go(doc: &Document, annotation: &Dictionary) -> bool {
    let kind = name_of(doc, annotation, b"Subtype").unwrap_or_default();
    kind == b"Widget" || (FITTING.contains(&kind) && !COVERING.contains(&kind))
}

/// Whether a copy may have an annotation of this kind.
pub(super) fn is_kept(doc: &Document, annotation: &Object) -> bool {
    dictionary(follow(doc, annotation))
        .and_then(|d| name_of(doc, d, b"Subtype"))
        .is_some_and(|kind| ANNOTATIONS.contains(&kind))
}

/// Entries that are left out wherever they stand; `key` is that of the entry that the object is.
fn scrub(object: &mut Object, key: &[u8], depth: u32) {
    if depth > 100 {
        *object = Object::Null;
        return;
    }
    match object {
        Object::Array(items) => {
            for item in items {
                scrub(item, key, depth + 1);
            }
        }
        Object::Dictionary(dict) => scrub_dict(dict, key, depth),
        Object::Stream(stream) => {
            scrub_dict(&mut stream.dict, key, depth);
            for key in [&b"F"[..], b"FFilter", b"FDecodeParms"] {
                stream.dict.remove(key);
            }
        }
        _ => {}
    }
}

fn scrub_dict(dict: &mut Dictionary, key: &[u8], depth: u32) {
    if dict.has(b"ByteRange") {
        *dict = Dictionary::new();
        return;
    }
    let action = match dict.get(b"S") {
        Ok(Object::Name(kind)) if dict.get(b"Type").is_err() || dict.has_type(b"Action") => {
            Some(kind.clone())
        }
        _ => None,
    };
    if action.is_some_and(|a| LEFT_OUT.contains(&a.as_slice())) {
        *dict = Dictionary::new();
        return;
    }
    // Resources have whatever names the file gives them.
    if !is_category(key) {
        for key in DROPPED {
            dict.remove(key);
        }
    }
    let properties = key == b"Properties";
    for (key, value) in dict {
        if let Object::Dictionary(inside) = &mut *value
            && properties
        {
            unspoken(inside);
        }
        scrub(value, key, depth + 1);
    }
}

/// Leaves what marked content is called by; what it says, sign by sign at times, goes.
fn unspoken(properties: &mut Dictionary) {
    if !properties.has_type(b"OCG") && !properties.has_type(b"OCMD") {
        keep_entries(properties, &[b"MCID", b"Type"]);
    }
}

/// Streams that nobody says the use of, or that are text of their own, leave.
pub(super) fn drop_unknown(doc: &mut Document) {
    let roles = Roles::new(doc);
    let streams = doc
        .objects
        .iter()
        .filter(|(_, o)| matches!(o, Object::Stream(_)));
    let gone: BTreeSet<ObjectId> = streams
        .map(|(id, _)| *id)
        .filter(|id| !roles.is_kept(*id))
        .collect();
    for id in gone {
        doc.objects.insert(id, Object::Null);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lopdf::dictionary;

    #[test]
    fn annotations_are_compared_with_a_bounded_number_of_places() {
        let doc = Document::new();
        let link = |x: i64| {
            dictionary! {
                "Subtype" => "Link",
                "Rect" => vec![x.into(), 0.into(), (x + 10).into(), 10.into()],
            }
        };
        let places = [[0.0, 0.0, 20.0, 10.0], [40.0, 0.0, 60.0, 10.0]];
        let mut budget = 7;
        let mut lies = |x: i64| lies_on(&doc, &link(x), &places, &mut budget);
        assert_eq!([lies(25), lies(15), lies(55)], [false, true, true]);
        // Nothing is known of it, so it goes.
        assert!(lies(25));
    }
}
