//! The copy: what of the document goes into it, and its bytes.
//!
//! It is built from what the root reaches, so earlier revisions, orphans and bytes between objects stay
//! behind. Catalogue and pages keep the entries that are known to be needed; of everything else, what
//! could carry a value unseen is left out.

use super::{
    boxes::finished,
    clean::{clean, drop_unknown, uncover},
    images::blank,
    lines,
    named::Named,
    names, notice,
    redact::{Holes, Redaction},
    remains::{self, Pages, Side, Sum},
    rewrite::{self, Wanted, decimal},
    roles::Roles,
    ruled,
    save::{reached, save},
    secrets::Finder,
    shift, still,
    strings::{self, Strings},
    subset::{self, renumber::Numbers},
    tree::{dictionary, entry, follow, items, name_of, number},
    walk::{AllShown, Key, Used, Walked, Walker, inherited},
    work::{End, Work, collect, contents},
};
use crate::{
    formats::{FormatError, Treatment},
    model::{GapKind, Step},
};
use lopdf::{Dictionary, Document, Object, ObjectId, Stream};
use std::collections::{BTreeMap, BTreeSet};

/// Writes the copy.
#[expect(clippy::too_many_lines, reason = "the steps of a copy, in their order")]
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
    let Streams {
        all: streams,
        shown,
        lines,
        before,
        touched,
    } = streams(&doc, redaction, finder.as_ref(), work)?;
    let loses = finder.is_some() || !texts.changes.is_empty();
    let named = loses.then(|| Named::of(&doc));
    let leads = redaction.secrets.leads();
    strings::apply(&mut doc, &texts, finder.as_ref(), &leads);
    if let Some(named) = named {
        named.restore(&mut doc);
    }
    let bytes = redaction.secrets.bytes();
    for (id, copy) in texts.files {
        let copy = match (&finder, &bytes) {
            (Some(finder), Some(bytes)) => strings::inside(copy, finder, bytes),
            _ => Some(copy),
        };
        if copy.is_none() {
            let at = [Step::Part(format!("object {}", id.0))];
            work.gap(&at, GapKind::Dropped, strings::EMPTY)?;
        }
        let copy = copy.unwrap_or_default();
        if let Some(Object::Stream(stream)) = doc.objects.get_mut(&id) {
            stream.dict.remove(b"Params");
            plain(stream, copy);
        }
    }
    let mut changed = !streams.is_empty() || !redaction.emptied.is_empty();
    for (key, data) in streams {
        put(&mut doc, key, data);
    }
    let mut notes = 0;
    for (&page, &why) in &redaction.emptied {
        notes += notice::put(&mut doc, page, why);
    }
    if notes > 0 {
        let note = format!("{notes} annotations on pages that are left out; not in the copy");
        work.gap(&[], GapKind::Dropped, note)?;
    }
    let (gone, left) = lines;
    if gone > 0 {
        let note = format!("{gone} lines along removed text; not in the copy");
        work.gap(&[], GapKind::Dropped, note)?;
    }
    if left > 0 {
        let note = format!("{left} drawings have lines as long as removed text was");
        work.gap(&[], GapKind::Kept, note)?;
    }
    let uncovered = uncover(&mut doc, redaction);
    if uncovered > 0 {
        let note = format!("{uncovered} annotations on removed text; not in the copy");
        work.gap(&[], GapKind::Dropped, note)?;
    }
    if redaction.unseen > 0 {
        let note = format!(
            "{} characters that nobody sees, below what the copy goes without; not in the copy",
            redaction.unseen
        );
        work.gap(&[], GapKind::Dropped, note)?;
    }
    let telling = blank(&mut doc, redaction, work);
    if telling > 0 {
        let note = format!("{telling} pictures with a value in their bytes; not in the copy");
        work.gap(&[], GapKind::Dropped, note)?;
    }
    let others = clean(&mut doc);
    if others > 0 {
        let note = format!("{others} annotations of other kinds; not in the copy");
        work.gap(&[], GapKind::Dropped, note)?;
    }
    drop_unknown(&mut doc);
    // What is drawn by nothing any more uses no font.
    reached(&mut doc);
    changed |= shown
        .iter()
        .any(|id| !matches!(doc.objects.get(id), Some(Object::Stream(_))));
    // Where all that is shown is as it was, so are the fonts; walking over it again would only tell that.
    if changed && !before.is_empty() {
        let kept = fonts(&mut doc, &before, &touched, work)?;
        if kept > 0 {
            let note =
                format!("{kept} fonts keep the outlines of characters that only removed text used");
            work.gap(&[], GapKind::Kept, note)?;
        }
    }
    let most = usize::try_from(work.limits.held_bytes).unwrap_or(usize::MAX);
    let shown = std::mem::take(&mut redaction.names);
    subset::said::clean(&mut doc, most, bytes.as_ref());
    names::rename(&mut doc, finder.as_ref(), &texts.names, &shown, most);
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

/// Rewrites the fonts that lost something. Gives how many keep outlines that nothing uses any more.
fn fonts(
    doc: &mut Document,
    before: &Used,
    touched: &BTreeSet<ObjectId>,
    work: &Work,
) -> Result<usize, End> {
    let (after, shown) = used(doc, work);
    let numbers = Numbers::plan(doc, touched, &after, &shown);
    let telling = numbers.left(doc, touched, before);
    if telling > 0 {
        let note = format!(
            "{telling} fonts keep the numbers of their characters, which may tell how many the removed text had"
        );
        work.gap(&[], GapKind::Kept, note)?;
    }
    if numbers.is_empty() {
        return Ok(subset::prune(doc, before, &after, touched, &numbers));
    }
    let most = usize::try_from(work.limits.held_bytes).unwrap_or(usize::MAX);
    let mut new = Vec::new();
    let mut walker = Walker::new(doc, most);
    for (key, strings) in numbers.streams(&shown) {
        let data = match key {
            Key::Page(id) => walker.contents(id, &work.stop),
            Key::Object(id) => walker.expanded(id, &work.stop),
        };
        let written = numbers.written(&data, strings);
        new.push((
            key,
            written.ok_or_else(|| withheld("codes of a font cannot be given anew"))?,
        ));
    }
    drop(walker);
    numbers.apply(doc);
    for (key, data) in new {
        put(doc, key, data);
    }
    let after = numbers.renamed(after);
    Ok(subset::prune(doc, before, &after, touched, &numbers))
}

/// Gives a page or a form this content.
pub(super) fn put(doc: &mut Document, key: Key, data: Vec<u8>) {
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

/// What becomes of content streams.
struct Streams {
    /// Those that change, as they are in the copy.
    all: Vec<(Key, Vec<u8>)>,
    /// Those that are no page's content.
    shown: Vec<ObjectId>,
    /// Paths along removed text: how many are taken out, and how many are not.
    lines: (usize, usize),
    /// Codes that the source shows.
    before: Used,
    /// Fonts of streams that lost text.
    touched: BTreeSet<ObjectId>,
}

/// Finds what is to go of all content streams. Gives those that change or that more pages draw.
fn changing<'d>(
    walker: &mut Walker<'d>,
    others: &BTreeMap<ObjectId, Vec<&'d Dictionary>>,
    redaction: &mut Redaction,
    finder: Option<&Finder>,
    work: &Work,
) -> Result<BTreeMap<Key, Walked<'d>>, End> {
    let doc = walker.doc;
    let mut kept: BTreeMap<Key, Walked<'d>> = BTreeMap::new();
    let pages: Vec<ObjectId> = doc.page_iter().collect();
    let mut walked = std::collections::BTreeSet::new();
    let mut all: Vec<Key> = pages.iter().copied().map(Key::Page).collect();
    all.extend(others.keys().copied().map(Key::Object));
    let (mut left, mut shown) = (Pages::default(), Vec::new());
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
        redaction.names.extend(drawn.names.iter().cloned());
        redaction.joined.extend(&drawn.joined);
        redaction.vague.extend(&drawn.vague);
        redaction.sheer.extend(&drawn.sheer);
        if drawn.crowded
            && drawn
                .streams
                .iter()
                .any(|s| redaction.holes.contains_key(&s.key))
        {
            return Err(withheld(
                "more is drawn over text than can be compared with it",
            ));
        }
        if matches!(key, Key::Page(_)) {
            left.add(&drawn, redaction);
            shown.push(Sum::all(&drawn));
        }
        for stream in drawn.streams {
            if let Key::Object(id) = stream.key {
                walked.insert(id);
            }
            let changes =
                redaction.holes.contains_key(&stream.key) || redaction.extra.contains(&stream.key);
            // A form may be touched by a later page; what it needs then is known from the first.
            if changes || matches!(stream.key, Key::Object(_)) {
                let strips = stream.strips;
                kept.entry(stream.key).or_insert(stream).strips |= strips;
            }
        }
    }
    // This may be a copy that is written once more.
    if redaction.shown.as_ref().is_some_and(|s| *s != shown) {
        return Err(withheld(remains::OTHER));
    }
    let sums = left.finish(redaction, |n| {
        let page = pages.get(n).copied().unwrap_or_default();
        Sum::left(&walker.page(page, &work.stop), redaction)
    });
    let sums = pages.iter().zip(sums).map(|(id, sum)| {
        let left_out = redaction.emptied.get(id);
        left_out.map_or(sum, |why| notice::sum(*why))
    });
    redaction.shown = Some(sums.collect());
    Ok(kept)
}

/// All content streams that change, as they are in the copy.
#[expect(clippy::too_many_lines, reason = "the steps of a copy, in their order")]
fn streams(
    doc: &Document,
    redaction: &mut Redaction,
    finder: Option<&Finder>,
    work: &Work,
) -> Result<Streams, End> {
    let most = usize::try_from(work.limits.held_bytes).unwrap_or(usize::MAX);
    let mut walker = Walker::new(doc, most);
    walker.used = Some(Used::new());
    walker.covers = true;
    let roles = Roles::new(doc);
    let (others, glyphs) = (roles.contents, roles.glyphs);
    walker.glyphs.clone_from(&glyphs);
    let kept = changing(&mut walker, &others, redaction, finder, work)?;
    let before = walker.used.take().unwrap_or_default();
    let none = Holes::new();
    let unmuted = BTreeSet::new();
    let bytes = redaction.secrets.bytes();
    let leads = redaction.secrets.leads();
    let mut out = Vec::new();
    let mut touched = BTreeSet::new();
    let mut lines = (0, 0);
    let widgets = widgets(doc);
    for (key, stream) in &kept {
        if matches!(key, Key::Page(id) if redaction.emptied.contains_key(id)) {
            continue;
        }
        let holes = redaction.holes.get(key);
        if holes.is_none() && !redaction.extra.contains(key) {
            continue;
        }
        let data = match key {
            Key::Page(id) => walker.contents(*id, &work.stop),
            Key::Object(id) => walker.expanded(*id, &work.stop),
        };
        walker.used = holes.map(|_| Used::new());
        let before = walker.detailed(stream, &data, &[], &work.stop);
        touched.extend(walker.used.take().unwrap_or_default().into_keys());
        let muted = redaction.muted.get(key).unwrap_or(&unmuted);
        let still = still::still(&before, holes.unwrap_or(&none), muted);
        let holes = &still.holes;
        let layout = shift::layout(&before, holes, &still.shows, frame(doc, *key));
        let ruled = ruled::along(&data, &before, holes);
        lines.0 += ruled.paths.len();
        lines.1 += ruled.left;
        let wanted = Wanted {
            holes,
            muted,
            layout: &layout,
            paths: &ruled.paths,
            bytes: bytes.as_ref(),
            pictures: work.limits.unread.pictures == Treatment::Keep,
            leads: &leads,
            strips: stream.strips || redaction.strips.contains(key),
            glyph: matches!(key, Key::Object(id) if glyphs.contains(id)),
        };
        let rewritten = rewrite::rewrite(&data, &before.shows, &wanted);
        for codes in &rewritten.codes {
            redaction.secrets.add_codes(codes.clone());
        }
        // A field's text may be as large as it fits; of one that is nothing but a value only a box is left.
        if let (Key::Object(id), false) = (key, holes.is_empty())
            && widgets.contains(id)
            && before
                .glyphs
                .iter()
                .all(|g| redaction.is_gone(&before, &g.at))
        {
            out.push((*key, bare(doc, *id)));
            continue;
        }
        let after = walker.detailed(stream, &rewritten.data, &rewritten.holes, &work.stop);
        let source = Side {
            data: &data,
            drawn: &before,
        };
        let copy = Side {
            data: &rewritten.data,
            drawn: &after,
        };
        remains::compare(source, copy, redaction, &wanted).map_err(withheld)?;
        let boxed = finished(&rewritten.data, &after, &rewritten.upright);
        out.push((*key, boxed));
    }
    Ok(Streams {
        all: out,
        shown: others.into_keys().collect(),
        lines,
        before,
        touched,
    })
}

/// What fields look like, when they are shown.
fn widgets(doc: &Document) -> BTreeSet<ObjectId> {
    let (mut out, mut seen) = (Vec::new(), BTreeSet::new());
    for object in doc.objects.values() {
        let Some(dict) = dictionary(object) else {
            continue;
        };
        if name_of(doc, dict, b"Subtype") == Some(b"Widget")
            && let Ok(looks) = dict.get(b"AP")
        {
            collect(doc, looks, &mut out, &mut seen, 0);
        }
    }
    out.into_iter().collect()
}

/// A field with a box in it, whatever it held.
fn bare(doc: &Document, id: ObjectId) -> Vec<u8> {
    let dict = doc.objects.get(&id).and_then(dictionary);
    let sides = dict.map_or(&[][..], |d| items(doc, d, b"BBox")).iter();
    let sides: Vec<f64> = sides.filter_map(|o| number(follow(doc, o))).collect();
    let mut out = String::from("q 0 g ");
    if let [x0, y0, x1, y1] = sides.as_slice() {
        let (wide, high) = (x1 - x0, y1 - y0);
        for n in [
            x0 + 2.0,
            y0 + 0.2 * high,
            (wide - 4.0).min(4.0 * high),
            0.6 * high,
        ] {
            decimal(n, &mut out);
            out.push(' ');
        }
        out.push_str("re f ");
    }
    out.push_str("Q\n");
    out.into_bytes()
}

/// The middle of a page or a form.
fn frame(doc: &Document, key: Key) -> Option<(f64, f64)> {
    let (Key::Page(id) | Key::Object(id)) = key;
    let dict = doc.objects.get(&id).and_then(dictionary)?;
    let list = match key {
        Key::Page(_) => {
            inherited(doc, dict, b"CropBox").or_else(|| inherited(doc, dict, b"MediaBox"))?
        }
        Key::Object(_) => entry(doc, dict, b"BBox")?,
    };
    let corners = list.as_array().ok()?.iter();
    let corners: Vec<f64> = corners.filter_map(|o| number(follow(doc, o))).collect();
    match corners.as_slice() {
        [x0, y0, x1, y1] => Some((f64::midpoint(*x0, *x1), f64::midpoint(*y0, *y1))),
        _ => None,
    }
}

/// The codes and the strings that the copy shows.
fn used(doc: &Document, work: &Work) -> (Used, AllShown) {
    let most = usize::try_from(work.limits.held_bytes).unwrap_or(usize::MAX);
    let mut walker = Walker::new(doc, most);
    walker.used = Some(Used::new());
    walker.shown = Some(AllShown::default());
    for id in doc.page_iter() {
        walker.page(id, &work.stop);
    }
    for (id, outer) in contents(doc) {
        walker.stream(id, &outer, &work.stop);
    }
    (
        walker.used.unwrap_or_default(),
        walker.shown.unwrap_or_default(),
    )
}
