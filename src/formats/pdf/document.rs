//! The copy: what of the document goes into it, and its bytes.
//!
//! It is built from what the root reaches, so earlier revisions, orphans and bytes between objects stay
//! behind. Catalogue and pages keep the entries that are known to be needed; of everything else, what
//! could carry a value unseen is left out.

use super::{
    lines,
    redact::{Holes, Redaction},
    rewrite::{self, HOLE, Wanted, decimal},
    secrets::Finder,
    shift,
    strings::{self, Strings},
    subset,
    tree::{self, dictionary, follow, is_picture, items, name_of},
    walk::{Drawn, Key, Spot, Used, Walked, Walker},
    work::{End, Work, contents},
};
use crate::{formats::FormatError, model::GapKind};
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, StringFormat, dictionary};
use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Write,
};

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
    b"Alternates",
    b"DSS",
    b"IRT",
    b"JS",
    b"LastModified",
    b"Legal",
    b"Measure",
    b"Metadata",
    b"OPI",
    b"OpenAction",
    b"Perms",
    b"PieceInfo",
    b"RC",
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

/// Stands for the identifier until the copy is written.
const NO_ID: &[u8; 16] = b"\xea\x1b no id yet  \xb1\xae";

/// Writes the copy.
pub(super) fn write(
    mut doc: Document,
    texts: Strings,
    redaction: &mut Redaction,
    work: &Work,
) -> Result<Vec<u8>, End> {
    if redaction.secrets.over {
        return Err(withheld("more values than can be looked for again"));
    }
    let finder = if redaction.secrets.is_empty() {
        None
    } else {
        let finder = redaction.secrets.finder();
        Some(finder.ok_or_else(|| withheld("the values cannot be looked for"))?)
    };
    let (streams, before) = streams(&doc, redaction, finder.as_ref(), work);
    strings::apply(&mut doc, &texts, finder.as_ref());
    for (id, copy) in texts.files {
        if let Some(Object::Stream(stream)) = doc.objects.get_mut(&id) {
            stream.dict.remove(b"Params");
            plain(stream, copy);
        }
    }
    for (key, data) in streams {
        match key {
            Key::Object(id) => {
                if let Some(Object::Stream(stream)) = doc.objects.get_mut(&id) {
                    plain(stream, data);
                }
            }
            Key::Page(id) => {
                let content = doc.add_object(Stream::new(Dictionary::new(), data));
                if let Some(Object::Dictionary(page)) = doc.objects.get_mut(&id) {
                    page.set("Contents", Object::Reference(content));
                }
            }
        }
    }
    blank(&mut doc, redaction, work);
    clean(&mut doc);
    if !before.is_empty() {
        let after = used(&doc, work);
        let kept = subset::prune(&mut doc, &before, &after);
        if kept > 0 {
            let note =
                format!("{kept} fonts keep the outlines of characters that only removed text used");
            work.gap(&[], GapKind::Kept, note)?;
        }
    }
    save(&mut doc)
}

pub(super) fn withheld(why: &str) -> End {
    End::Failed(FormatError::Withheld(GapKind::Opaque, why.to_owned()))
}

/// Gives a stream this content, packed.
fn plain(stream: &mut Stream, data: Vec<u8>) {
    for key in [&b"Filter"[..], b"DecodeParms", b"F", b"DL"] {
        stream.dict.remove(key);
    }
    stream.set_content(data);
    // Packing fails for no content; unpacked it is as good.
    let _ = stream.compress();
}

/// All content streams that change, as they are in the copy.
fn streams(
    doc: &Document,
    redaction: &mut Redaction,
    finder: Option<&Finder>,
    work: &Work,
) -> (Vec<(Key, Vec<u8>)>, Used) {
    let most = usize::try_from(work.limits.held_bytes).unwrap_or(usize::MAX);
    let mut walker = Walker::new(doc, most);
    walker.used = Some(Used::new());
    let mut kept: BTreeMap<Key, Walked<'_>> = BTreeMap::new();
    let others = contents(doc);
    let pages: Vec<ObjectId> = doc.page_iter().collect();
    let mut walked = std::collections::BTreeSet::new();
    let mut all: Vec<Key> = pages.into_iter().map(Key::Page).collect();
    all.extend(others.keys().copied().map(Key::Object));
    for key in all {
        let drawn = match key {
            Key::Page(id) => walker.page(id, &work.stop),
            Key::Object(id) if walked.contains(&id) => continue,
            Key::Object(id) => {
                let outer = others.get(&id).map(Vec::as_slice).unwrap_or_default();
                walker.stream(id, outer, &work.stop)
            }
        };
        let text = lines::text(&drawn.glyphs);
        redaction.again(&drawn, &text, finder);
        for stream in drawn.streams {
            if let Key::Object(id) = stream.key {
                walked.insert(id);
            }
            let changes =
                redaction.holes.contains_key(&stream.key) || redaction.extra.contains(&stream.key);
            // A form may be touched by a later page; what it needs then is known from the first.
            if changes || matches!(stream.key, Key::Object(_)) {
                kept.entry(stream.key).or_insert(stream);
            }
        }
    }
    let before = walker.used.take().unwrap_or_default();
    let none = Holes::new();
    let bytes = redaction.secrets.bytes();
    let mut out = Vec::new();
    for (key, stream) in &kept {
        let holes = redaction.holes.get(key);
        if holes.is_none() && !redaction.extra.contains(key) {
            continue;
        }
        let data = match key {
            Key::Page(id) => walker.contents(*id, &work.stop),
            Key::Object(id) => walker.expanded(*id, &work.stop),
        };
        let before = walker.detailed(stream, &data, &[], &work.stop);
        let holes = holes.unwrap_or(&none);
        let shifts = shift::shifts(&before, holes);
        let wanted = Wanted {
            holes,
            shifts: &shifts,
            bytes: bytes.as_ref(),
        };
        let rewritten = rewrite::rewrite(&data, &before.shows, &wanted);
        for codes in &rewritten.codes {
            redaction.secrets.add_codes(codes.clone());
        }
        let after = walker.detailed(stream, &rewritten.data, &rewritten.holes, &work.stop);
        out.push((*key, finished(&rewritten.data, &after)));
    }
    (out, before)
}

/// The codes that the copy shows.
fn used(doc: &Document, work: &Work) -> Used {
    let most = usize::try_from(work.limits.held_bytes).unwrap_or(usize::MAX);
    let mut walker = Walker::new(doc, most);
    walker.used = Some(Used::new());
    for id in doc.page_iter() {
        walker.page(id, &work.stop);
    }
    for (id, outer) in contents(doc) {
        walker.stream(id, &outer, &work.stop);
    }
    walker.used.unwrap_or_default()
}

/// A stream with a box over every hole.
fn finished(data: &[u8], after: &Drawn<'_>) -> Vec<u8> {
    if after.spots.is_empty() {
        return data.to_vec();
    }
    let mut out = b"q\n".to_vec();
    out.extend_from_slice(data);
    if after.in_text {
        out.extend_from_slice(b"\nET");
    }
    for _ in 0..=after.open {
        out.extend_from_slice(b"\nQ");
    }
    out.extend_from_slice(b"\nq 0 g\n");
    let mut spots: Vec<(&usize, &Spot)> = after.spots.iter().collect();
    spots.sort_by_key(|s| s.0);
    let lines = by_line(after);
    for (_, spot) in spots {
        out.extend_from_slice(polygon(spot, &lines).as_bytes());
    }
    out.extend_from_slice(b"Q\n");
    out
}

/// Places where glyphs start, by rows of the page.
type Rows = BTreeMap<i64, Vec<(f64, f64)>>;

const ROW: f64 = 16.0;

#[expect(
    clippy::cast_possible_truncation,
    reason = "rows of a page; far ones may fall together"
)]
fn row(y: f64) -> i64 {
    (y / ROW).floor() as i64
}

fn by_line(drawn: &Drawn<'_>) -> Rows {
    let mut rows = Rows::new();
    for glyph in &drawn.glyphs {
        rows.entry(row(glyph.y))
            .or_default()
            .push((glyph.x, glyph.y));
    }
    rows
}

/// The box over a hole: as long as the hole, but for what is placed inside of it by itself.
#[expect(
    clippy::many_single_char_names,
    reason = "the entries of a matrix have these names"
)]
fn polygon(spot: &Spot, rows: &Rows) -> String {
    let [a, b, c, d, e, f] = spot.matrix;
    let size = spot.size;
    let over = |x: f64, y: f64| (x * a + y * c + e, x * b + y * d + f);
    let mut long = HOLE;
    if !spot.vertical && b.abs() < 1e-6 && a.abs() > 1e-9 {
        let reach = (a * size * spot.scale).abs() * HOLE;
        let high = (d * size).abs().max(0.1);
        for y in row(f - high)..=row(f + high) {
            for (gx, gy) in rows.get(&y).into_iter().flatten() {
                let along = (gx - e) * (a * size * spot.scale).signum();
                let near = (gy - f).abs() < 0.5 * high;
                if near && along > 0.05 * reach && along < reach * (long / HOLE) {
                    long = along / reach * HOLE - 0.05;
                }
            }
        }
    }
    let corners = if spot.vertical {
        [(-0.5, 0.0), (0.5, 0.0), (0.5, -HOLE), (-0.5, -HOLE)].map(|(x, y)| (x * size, y * size))
    } else {
        let long = long * size * spot.scale;
        [
            (0.0, -0.22 * size),
            (long, -0.22 * size),
            (long, 0.88 * size),
            (0.0, 0.88 * size),
        ]
    };
    let mut out = String::new();
    for (n, (x, y)) in corners.into_iter().enumerate() {
        let (x, y) = over(x, y);
        decimal((x * 100.0).round() / 100.0, &mut out);
        out.push(' ');
        decimal((y * 100.0).round() / 100.0, &mut out);
        let _ = write!(out, " {} ", if n == 0 { 'm' } else { 'l' });
    }
    out.push_str("f\n");
    out
}

/// Blanks pictures: nobody reads what stands in them.
fn blank(doc: &mut Document, redaction: &Redaction, work: &Work) {
    let bytes = redaction.secrets.bytes();
    let most = usize::try_from(work.limits.held_bytes).unwrap_or(usize::MAX);
    let holds = |stream: &Stream| {
        bytes.as_ref().is_some_and(|b| {
            let plain = tree::content(stream, most).unwrap_or_default();
            b.is_match(&stream.content) || b.is_match(&plain)
        })
    };
    let pictures: Vec<ObjectId> = doc
        .objects
        .iter()
        .filter(|(_, object)| match object {
            Object::Stream(s) => {
                let image = name_of(doc, &s.dict, b"Subtype") == Some(b"Image");
                image && (is_picture(doc, &s.dict) || holds(s))
            }
            _ => false,
        })
        .map(|(id, _)| *id)
        .collect();
    for id in pictures {
        let Some(Object::Stream(stream)) = doc.objects.get_mut(&id) else {
            continue;
        };
        let mask = matches!(stream.dict.get(b"ImageMask"), Ok(Object::Boolean(true)));
        let mut dict = dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => 1, "Height" => 1,
            "BitsPerComponent" => if mask { 1 } else { 8 },
        };
        if mask {
            dict.set("ImageMask", Object::Boolean(true));
        } else {
            dict.set("ColorSpace", Object::Name(b"DeviceGray".to_vec()));
        }
        *stream = Stream::new(dict, vec![if mask { 0x80 } else { 0xdd }]);
    }
}

/// Leaves out what could carry a value unseen.
fn clean(doc: &mut Document) {
    let root = strings::reference(&doc.trailer, b"Root");
    let pages: Vec<ObjectId> = doc.page_iter().collect();
    let wanted: Vec<(ObjectId, Vec<Object>)> = pages
        .iter()
        .filter_map(|id| {
            let page = doc.objects.get(id).and_then(dictionary)?;
            let list = items(doc, page, b"Annots");
            let kept = list.iter().filter(|o| is_kept(doc, o)).cloned();
            Some((*id, kept.collect()))
        })
        .collect();
    for object in doc.objects.values_mut() {
        scrub(object, 0);
    }
    for (id, annotations) in wanted {
        if let Some(Object::Dictionary(page)) = doc.objects.get_mut(&id) {
            keep(page, PAGE);
            page.set("Annots", Object::Array(annotations));
        }
    }
    if let Some(Object::Dictionary(catalogue)) = root.and_then(|id| doc.objects.get_mut(&id)) {
        keep(catalogue, CATALOGUE);
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
        keep(names, &[b"Dests", b"EmbeddedFiles"]);
    }
    if let Some(Object::Dictionary(names)) = names.and_then(|id| doc.objects.get_mut(&id)) {
        keep(names, &[b"Dests", b"EmbeddedFiles"]);
    }
}

fn keep(dict: &mut Dictionary, keys: &[&[u8]]) {
    let gone: Vec<Vec<u8>> = dict
        .iter()
        .map(|(key, _)| key.clone())
        .filter(|key| !keys.contains(&key.as_slice()))
        .collect();
    for key in gone {
        dict.remove(&key);
    }
}

fn is_kept(doc: &Document, annotation: &Object) -> bool {
    dictionary(follow(doc, annotation))
        .and_then(|d| name_of(doc, d, b"Subtype"))
        .is_some_and(|kind| ANNOTATIONS.contains(&kind))
}

/// Entries that are left out wherever they stand.
fn scrub(object: &mut Object, depth: u32) {
    if depth > 100 {
        *object = Object::Null;
        return;
    }
    match object {
        Object::Array(items) => {
            for item in items {
                scrub(item, depth + 1);
            }
        }
        Object::Dictionary(dict) => scrub_dict(dict, depth),
        Object::Stream(stream) => {
            scrub_dict(&mut stream.dict, depth);
            for key in [&b"F"[..], b"FFilter", b"FDecodeParms"] {
                stream.dict.remove(key);
            }
        }
        _ => {}
    }
}

fn scrub_dict(dict: &mut Dictionary, depth: u32) {
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
    for key in DROPPED {
        dict.remove(key);
    }
    for (_, value) in dict {
        scrub(value, depth + 1);
    }
}

/// The bytes of what the root reaches, numbered in the order it is reached in.
fn save(doc: &mut Document) -> Result<Vec<u8>, End> {
    let root = strings::reference(&doc.trailer, b"Root")
        .ok_or_else(|| withheld("the file has no root"))?;
    let mut numbers: BTreeMap<ObjectId, ObjectId> = BTreeMap::new();
    let mut order = VecDeque::from([root]);
    numbers.insert(root, (1, 0));
    let mut next = 2;
    let mut copy = Document::with_version(version(&doc.version));
    while let Some(id) = order.pop_front() {
        let mut object = doc.objects.remove(&id).unwrap_or(Object::Null);
        renumber(&mut object, 0, &mut |old| {
            *numbers.entry(old).or_insert_with(|| {
                let new = (next, 0);
                next += 1;
                order.push_back(old);
                new
            })
        });
        if let Object::Stream(stream) = &mut object {
            let _ = stream.compress();
        }
        let new = numbers.get(&id).copied().unwrap_or(id);
        copy.objects.insert(new, object);
    }
    copy.max_id = next - 1;
    copy.trailer.set("Root", Object::Reference((1, 0)));
    let none = || Object::String(NO_ID.to_vec(), StringFormat::Hexadecimal);
    copy.trailer.set("ID", Object::Array(vec![none(), none()]));
    let mut out = Vec::new();
    copy.save_to(&mut out)
        .map_err(|e| End::Failed(FormatError::Io(e.kind())))?;
    identify(&mut out);
    Ok(out)
}

/// Puts an identifier in the place of [`NO_ID`] (ISO 32000-1, 14.4), made from nothing but the copy itself.
/// That of the source would say which file it was made from, and is often made from what it held.
fn identify(copy: &mut [u8]) {
    // Fowler, Noll, Vo: it names the copy and protects nothing.
    let id = copy
        .iter()
        .fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128, |hash, b| {
            (hash ^ u128::from(*b)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
        });
    let id = format!("{id:032X}");
    let none = NO_ID.iter().fold(String::new(), |mut hex, b| {
        let _ = std::fmt::Write::write_fmt(&mut hex, format_args!("{b:02X}"));
        hex
    });
    for _ in 0..2 {
        let at = memchr::memmem::rfind(copy, none.as_bytes());
        if let Some(place) = at.and_then(|at| copy.get_mut(at..at + id.len())) {
            place.copy_from_slice(id.as_bytes());
        }
    }
}

/// A version that is one.
fn version(old: &str) -> &str {
    let known = [
        "1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "2.0",
    ];
    known.into_iter().find(|v| *v == old).unwrap_or("1.7")
}

fn renumber(object: &mut Object, depth: u32, new: &mut dyn FnMut(ObjectId) -> ObjectId) {
    if depth > 200 {
        *object = Object::Null;
        return;
    }
    match object {
        Object::Reference(id) => *id = new(*id),
        Object::Array(items) => {
            for item in items {
                renumber(item, depth + 1, new);
            }
        }
        Object::Dictionary(dict) => {
            for (_, value) in dict {
                renumber(value, depth + 1, new);
            }
        }
        Object::Stream(stream) => {
            for (_, value) in &mut stream.dict {
                renumber(value, depth + 1, new);
            }
        }
        _ => {}
    }
}
