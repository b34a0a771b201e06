//! Everything that is not a page's content: every string of every object, metadata, files inside.

use super::{
    colours,
    digits::Leads,
    frames::is_picture,
    lex::printed,
    names,
    redact::Redaction,
    roles::Roles,
    secrets::Finder,
    tree::{content, dictionary, entry, name_of},
    work::{Changes, End, Work},
};
use crate::model::{GapKind, Step};
use aho_corasick::AhoCorasick;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap},
};

/// What stands for a value in a string, however long that was.
const REPLACEMENT: &str = "***";

/// What is to change beside the content of pages.
#[derive(Debug, Default)]
pub(super) struct Strings {
    /// Ranges of texts, by their object and their number in it.
    pub changes: BTreeMap<(ObjectId, usize), Changes>,
    /// Copies of the files inside.
    pub files: BTreeMap<ObjectId, Vec<u8>>,
    /// Names that are or hold a value.
    pub names: BTreeSet<Vec<u8>>,
}

/// Objects inside objects.
const DEPTH: u32 = 64;

/// What the sweep knows of objects before it reads them.
struct Sweep<'d, 'w> {
    doc: &'d Document,
    work: &'w Work,
    redaction: RefCell<&'w mut Redaction>,
    found: RefCell<Strings>,
    /// The object that is read and the number of strings read in it.
    now: RefCell<(ObjectId, usize)>,
    /// Pages of annotations.
    pages: HashMap<ObjectId, u32>,
    /// Names of the files inside.
    files: HashMap<ObjectId, Vec<u8>>,
    /// What the streams are for.
    roles: Roles<'d>,
    /// Arrays that are colour spaces by where they stand, by their address.
    spaces: BTreeSet<usize>,
    info: Option<ObjectId>,
    crypt: Option<ObjectId>,
    /// What was told of parts that are not read.
    told: RefCell<BTreeSet<&'static str>>,
    /// Whether scripts were seen.
    scripts: bool,
    /// Whether it is signed.
    signed: bool,
}

/// Reads the strings of all objects, XML and script streams, and the files inside.
pub(super) fn sweep(
    doc: &Document,
    work: &Work,
    redaction: &mut Redaction,
) -> Result<Strings, End> {
    let mut sweep = Sweep {
        doc,
        work,
        redaction: RefCell::new(redaction),
        found: RefCell::default(),
        now: RefCell::new(((0, 0), 0)),
        pages: HashMap::new(),
        files: HashMap::new(),
        roles: Roles::new(doc),
        spaces: BTreeSet::new(),
        info: reference(&doc.trailer, b"Info"),
        crypt: reference(&doc.trailer, b"Encrypt"),
        told: RefCell::default(),
        scripts: false,
        signed: false,
    };
    sweep.look();
    for (&id, object) in &doc.objects {
        if Some(id) == sweep.crypt {
            continue;
        }
        let at = sweep.place(id);
        *sweep.now.borrow_mut() = (id, 0);
        if let Object::Stream(stream) = object {
            let holder = Holder {
                above: b"",
                stream: true,
            };
            sweep.dictionary(&at, &stream.dict, holder, 0)?;
            sweep.stream(id, stream)?;
        } else {
            sweep.strings(&at, object, Place::default(), 0)?;
        }
    }
    // Direct dictionaries of the trailer, of files that have no objects for them.
    if let Ok(Object::Dictionary(info)) = doc.trailer.get(b"Info") {
        sweep.dictionary(&[Step::Part("Info".into())], info, Holder::default(), 0)?;
    }
    for name in names::telling(doc) {
        let said = names::said(&name);
        let changes = work.lines(&[], &said)?;
        if !changes.is_empty() {
            sweep.redaction.borrow_mut().note_string(&said, &changes);
            sweep.found.borrow_mut().names.insert(name);
        }
    }
    if sweep.scripts {
        let note = "scripts are read as text but not run";
        work.left_out(&[], GapKind::Opaque, note)?;
    }
    if sweep.signed {
        work.gap(&[], GapKind::Signed, "a copy loses its signature")?;
    }
    Ok(sweep.found.into_inner())
}

pub(super) fn reference(dict: &Dictionary, key: &[u8]) -> Option<ObjectId> {
    dict.get(key).and_then(Object::as_reference).ok()
}

impl Sweep<'_, '_> {
    /// Finds out what objects are for others.
    fn look(&mut self) {
        let doc = self.doc;
        for (n, id) in (1..).zip(doc.page_iter()) {
            let annotations = doc
                .objects
                .get(&id)
                .and_then(dictionary)
                .and_then(|d| entry(doc, d, b"Annots"))
                .and_then(|o| o.as_array().ok());
            self.pages.insert(id, n);
            for id in annotations
                .into_iter()
                .flatten()
                .filter_map(|o| o.as_reference().ok())
            {
                self.pages.insert(id, n);
            }
        }
        for object in doc.objects.values() {
            self.look_into(object, 0);
        }
    }

    fn look_into(&mut self, object: &Object, depth: u32) {
        if depth > DEPTH {
            return;
        }
        if let Object::Array(items) = object {
            for item in items {
                self.look_into(item, depth + 1);
            }
        }
        let Some(dict) = dictionary(object) else {
            return;
        };
        colours::note(self.doc, dict, &mut self.spaces);
        self.scripts |= dict.has(b"JS");
        self.signed |= dict.has(b"ByteRange");
        if let Some(embedded) = entry(self.doc, dict, b"EF").and_then(dictionary) {
            let name = [&b"UF"[..], b"F"]
                .iter()
                .filter_map(|key| entry(self.doc, dict, key))
                .find_map(|o| o.as_str().ok())
                .map(|raw| text(raw).into_bytes());
            for (_, file) in embedded {
                if let Ok(id) = file.as_reference() {
                    self.files.insert(id, name.clone().unwrap_or_default());
                }
            }
        }
        for (_, value) in dict {
            if !matches!(value, Object::Reference(_)) {
                self.look_into(value, depth + 1);
            }
        }
    }

    fn place(&self, id: ObjectId) -> Vec<Step> {
        if let Some(&page) = self.pages.get(&id) {
            vec![Step::Page(page)]
        } else if Some(id) == self.info {
            vec![Step::Part("Info".into())]
        } else {
            vec![Step::Part(format!("object {}", id.0))]
        }
    }

    fn strings(
        &self,
        at: &[Step],
        object: &Object,
        place: Place<'_>,
        depth: u32,
    ) -> Result<(), End> {
        if depth > DEPTH {
            return self
                .work
                .gap(at, GapKind::Limit, "objects nested past the limit");
        }
        match object {
            Object::String(raw, _) => {
                self.now.borrow_mut().1 += 1;
                if place.bytes {
                    self.bytes(at, raw, place.label)
                } else {
                    self.string(at, raw, place.label)
                }
            }
            Object::Integer(n) if is_large(*n) => {
                self.now.borrow_mut().1 += 1;
                if place.bytes {
                    return Ok(());
                }
                self.string(at, n.to_string().as_bytes(), place.label)
            }
            Object::Array(items) => {
                let space = self.spaces.contains(&std::ptr::from_ref(object).addr());
                let bytes = place.bytes || (space && colours::is_palette(self.doc, items));
                for item in items {
                    self.strings(at, item, Place { bytes, ..place }, depth + 1)?;
                }
                Ok(())
            }
            Object::Dictionary(dict) => {
                let holder = Holder {
                    above: place.key,
                    stream: false,
                };
                self.dictionary(at, dict, holder, depth)
            }
            _ => Ok(()),
        }
    }

    fn dictionary(
        &self,
        at: &[Step],
        dict: &Dictionary,
        holder: Holder<'_>,
        depth: u32,
    ) -> Result<(), End> {
        // A field's value is told by the field's name.
        let field = entry(self.doc, dict, b"T")
            .and_then(|o| o.as_str().ok())
            .map(text);
        for (key, value) in dict {
            let own = String::from_utf8_lossy(key);
            let label = match (key.as_slice(), &field) {
                (b"V" | b"DV", Some(field)) => field.as_str(),
                _ => &own,
            };
            let place = Place {
                label,
                key,
                bytes: is_bytes(dict, holder, key, value),
            };
            self.strings(at, value, place, depth + 1)?;
        }
        Ok(())
    }

    /// A string of bytes: what of it is letters all the same.
    fn bytes(&self, at: &[Step], raw: &[u8], label: &str) -> Result<(), End> {
        let letter = |b: &u8| b.is_ascii_graphic() || *b == b' ';
        let marked = [&b"\xfe\xff"[..], b"\xff\xfe", b"\xef\xbb\xbf"];
        if raw.iter().all(letter) || marked.iter().any(|mark| raw.starts_with(mark)) {
            return self.string(at, raw, label);
        }
        let mut said = String::new();
        for word in printed(raw) {
            said.push_str(&text(word));
            said.push('\n');
        }
        let changes = self.work.lines(at, &said)?;
        self.redaction.borrow_mut().note_string(&said, &changes);
        Ok(())
    }

    fn string(&self, at: &[Step], raw: &[u8], label: &str) -> Result<(), End> {
        let text = text(raw);
        if text.trim().len() < 2 {
            return Ok(());
        }
        let changes = self.work.string(at, label, &text)?;
        if !changes.is_empty() {
            self.redaction.borrow_mut().note_string(&text, &changes);
            let now = *self.now.borrow();
            self.found.borrow_mut().changes.insert(now, changes);
        }
        Ok(())
    }

    /// A stream that is neither text nor a file: it is told unless it is known to be none of both.
    fn unread(&self, id: ObjectId, is: &dyn Fn(&[u8]) -> bool) -> Result<(), End> {
        // Lists of objects are how the file is stored.
        let (kind, note) = if self.roles.thumbnails.contains(&id) {
            (GapKind::Image, "small pictures of pages are not read")
        } else if self.roles.is_known(id) || is(b"ObjStm") || is(b"XRef") {
            return Ok(());
        } else {
            (GapKind::Opaque, "parts of unknown use are not read")
        };
        if self.told.borrow_mut().insert(note) {
            self.work.left_out(&[], kind, note)?;
        }
        Ok(())
    }

    /// Numbers of a picture too small for text, of a profile, a function or a shading that are letters.
    fn letters(&self, id: ObjectId, stream: &lopdf::Stream) -> Result<(), End> {
        let has = |keys: &[&[u8]]| keys.iter().any(|k| stream.dict.has(k));
        let image = name_of(self.doc, &stream.dict, b"Subtype") == Some(b"Image");
        let small = image && !is_picture(self.doc, stream);
        // Profiles of colours say for how many colours they are (table 66).
        let profile = has(&[b"N"]) && !stream.dict.has_type(b"ObjStm");
        let numbers = has(&[b"FunctionType", b"HalftoneType", b"ShadingType"]);
        if !small && !profile && !numbers {
            return Ok(());
        }
        let most = usize::try_from(self.work.limits.held_bytes).unwrap_or(usize::MAX);
        let bytes = content(stream, most).unwrap_or_else(|_| stream.content.clone());
        let mut said = String::new();
        for word in printed(&bytes) {
            said.push_str(&text(word));
            said.push('\n');
        }
        let changes = self.work.lines(&self.place(id), &said)?;
        self.redaction.borrow_mut().note_string(&said, &changes);
        Ok(())
    }

    fn stream(&self, id: ObjectId, stream: &lopdf::Stream) -> Result<(), End> {
        let is = |key: &[u8], value: &[u8]| {
            let found = entry(self.doc, &stream.dict, key).and_then(|o| o.as_name().ok());
            found == Some(value)
        };
        let file = self.files.get(&id);
        let embedded = file.is_some() || is(b"Type", b"EmbeddedFile");
        let metadata = is(b"Type", b"Metadata") || is(b"Subtype", b"XML");
        let text_like = self.roles.texts.contains(&id) || metadata;
        if !embedded && !text_like {
            self.letters(id, stream)?;
            return self.unread(id, &|kind| is(b"Type", kind));
        }
        let at = if embedded {
            vec![Step::Part(format!("object {}", id.0))]
        } else {
            self.place(id)
        };
        let most = usize::try_from(self.work.limits.held_bytes).unwrap_or(usize::MAX);
        match content(stream, most) {
            Ok(bytes) if embedded => {
                let name = match file {
                    Some(name) if !name.is_empty() => name.clone(),
                    _ => format!("object {}", id.0).into_bytes(),
                };
                let copy = self.work.member(name, bytes)?;
                if copy.is_none() && self.work.writing {
                    self.work.gap(&at, GapKind::Dropped, EMPTY)?;
                }
                let mut found = self.found.borrow_mut();
                found.files.insert(id, copy.unwrap_or_default());
                Ok(())
            }
            Ok(bytes) => {
                let text = spelt(text(&bytes));
                if self.work.writing && !metadata {
                    let note = "text in a stream; not in the copy";
                    self.work.gap(&at, GapKind::Dropped, note)?;
                }
                let changes = self.work.lines(&at, &text)?;
                self.redaction.borrow_mut().note_string(&text, &changes);
                Ok(())
            }
            Err(_) => self.work.gap(
                &at,
                GapKind::Undecodable,
                "a stream behind an unknown or damaged filter",
            ),
        }
    }
}

/// What is said of a file inside that a copy has nothing of.
pub(super) const EMPTY: &str = "a file inside cannot be redacted; empty in the copy";

/// The copy of a file inside without the values that were found elsewhere: the rules know some of them only
/// by what stands around them there. Nothing when they cannot be taken out of it.
pub(super) fn inside(copy: Vec<u8>, finder: &Finder, bytes: &AhoCorasick) -> Option<Vec<u8>> {
    let copy = match String::from_utf8(copy) {
        Ok(text) if !text.contains('\0') => {
            let mut out = String::with_capacity(text.len());
            let mut found = finder.find(&text);
            found.sort_by_key(|f| f.start);
            let mut done = 0;
            for range in found {
                let start = range.start.max(done);
                let Some(value) = text.get(start..range.end) else {
                    continue;
                };
                out.push_str(text.get(done..start)?);
                out.push_str(REPLACEMENT);
                // What the file's own grammar may need stays.
                out.extend(value.chars().filter(|c| "\r\n\t<>\"".contains(*c)));
                done = range.end;
            }
            out.push_str(text.get(done..)?);
            out.into_bytes()
        }
        Ok(text) => text.into_bytes(),
        Err(e) => e.into_bytes(),
    };
    (!bytes.is_match(&copy)).then_some(copy)
}

/// Whether a whole number is longer than what the file itself is told by.
fn is_large(n: i64) -> bool {
    n.unsigned_abs() >= 1_000_000
}

/// Where a string or a number stands.
#[derive(Debug, Clone, Copy, Default)]
struct Place<'p> {
    label: &'p str,
    /// The key of the entry that it is in.
    key: &'p [u8],
    /// Whether strings are bytes there, and numbers tell how long something is.
    bytes: bool,
}

/// What a dictionary is for others.
#[derive(Debug, Clone, Copy, Default)]
struct Holder<'p> {
    /// The key of the entry that it is.
    above: &'p [u8],
    /// Whether a stream begins with it.
    stream: bool,
}

/// Whether what stands in an entry is no text for people.
fn is_bytes(dict: &Dictionary, holder: Holder<'_>, key: &[u8], value: &Object) -> bool {
    match key {
        b"ID" => holder.stream && dict.has_type(b"XRef"),
        b"Length" | b"Length1" | b"Length2" | b"Length3" => is_length(holder.stream, value),
        // A sum of sixteen bytes (ISO 32000-1, table 46).
        b"CheckSum" => holder.above == b"Params" && value.as_str().is_ok_and(|sum| sum.len() == 16),
        // Table 252; signatures begin with their length in DER.
        b"Contents" | b"Cert" => {
            let signs = dict.has(b"ByteRange") && dict.get(b"Filter").is_ok_and(is_name);
            signs && value.as_str().is_ok_and(|raw| raw.first() == Some(&0x30))
        }
        _ => false,
    }
}

fn is_name(object: &Object) -> bool {
    matches!(object, Object::Name(_))
}

/// How long a stream is, without which it is not read.
fn is_length(stream: bool, value: &Object) -> bool {
    stream && matches!(value, Object::Integer(n) if n.unsigned_abs() < 10_000_000_000)
}

/// Takes values out of the strings of a tree that is as it was when it was swept.
/// Numbers have no more digits than a drawing needs.
pub(super) fn apply(doc: &mut Document, strings: &Strings, finder: Option<&Finder>, leads: &Leads) {
    for (&id, object) in &mut doc.objects {
        let mut number = 0;
        change(object, &mut number, 0, &mut |number, raw| {
            replaced(raw, strings.changes.get(&(id, number)), finder)
        });
        shorten(object, 0, leads);
    }
}

fn shorten(object: &mut Object, depth: u32, leads: &Leads) {
    if depth > DEPTH {
        return;
    }
    match object {
        Object::Real(n) => *n = leads.number(*n),
        Object::Array(items) => {
            for item in items {
                shorten(item, depth + 1, leads);
            }
        }
        Object::Dictionary(dict) | Object::Stream(Stream { dict, .. }) => {
            for (_, value) in dict {
                shorten(value, depth + 1, leads);
            }
        }
        _ => {}
    }
}

/// What a string, given with its number, becomes; `None` to keep it.
type New<'n> = dyn FnMut(usize, &[u8]) -> Option<Vec<u8>> + 'n;

/// Walks over strings in the order of the sweep.
fn change(object: &mut Object, number: &mut usize, depth: u32, new: &mut New<'_>) {
    if depth > DEPTH {
        return;
    }
    match object {
        Object::String(raw, format) => {
            *number += 1;
            if let Some(text) = new(*number, raw) {
                *raw = text;
                *format = lopdf::StringFormat::Literal;
            }
        }
        Object::Integer(n) if is_large(*n) => {
            *number += 1;
            if new(*number, n.to_string().as_bytes()).is_some() {
                *n = 0;
            }
        }
        Object::Array(items) => {
            for item in items {
                change(item, number, depth + 1, new);
            }
        }
        Object::Dictionary(dict) => change_dict(dict, false, number, depth, new),
        Object::Stream(stream) => change_dict(&mut stream.dict, true, number, depth, new),
        _ => {}
    }
}

fn change_dict(
    dict: &mut Dictionary,
    stream: bool,
    number: &mut usize,
    depth: u32,
    new: &mut New<'_>,
) {
    for (key, value) in dict {
        let length = matches!(
            key.as_slice(),
            b"Length" | b"Length1" | b"Length2" | b"Length3"
        );
        if length && is_length(stream, value) {
            *number += usize::from(matches!(value, Object::Integer(n) if is_large(*n)));
        } else {
            change(value, number, depth + 1, new);
        }
    }
}

/// A string without its values; `None` when it holds none.
fn replaced(raw: &[u8], changes: Option<&Changes>, finder: Option<&Finder>) -> Option<Vec<u8>> {
    let old = text(raw);
    let mut ranges: Changes = changes.cloned().unwrap_or_default();
    if let Some(finder) = finder {
        ranges.extend(finder.find(&old));
        // An address may spell a value in percent escapes.
        if old.contains('%') && !finder.find(&unescaped(&old)).is_empty() {
            ranges.push(0..old.len());
        }
    }
    if ranges.is_empty() {
        return None;
    }
    ranges.sort_by_key(|r| r.start);
    let mut out = String::new();
    let mut at = 0;
    for range in ranges {
        if range.start >= at {
            out.push_str(old.get(at..range.start).unwrap_or_default());
            out.push_str(REPLACEMENT);
        }
        at = at.max(range.end);
    }
    out.push_str(old.get(at..).unwrap_or_default());
    Some(if out.is_ascii() {
        out.into_bytes()
    } else {
        let units = out.encode_utf16().flat_map(u16::to_be_bytes);
        [0xfe, 0xff].into_iter().chain(units).collect()
    })
}

/// XML with the characters that it gives by number (XML 1.0, 4.1), which no copy has.
fn spelt(text: String) -> String {
    if !text.contains("&#") {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("&#") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let inside = from.get(2..).unwrap_or_default();
        let long = inside.bytes().take(9).position(|b| b == b';');
        let number = long.and_then(|n| inside.get(..n)).and_then(|digits| {
            let hex = digits.strip_prefix(['x', 'X']);
            hex.map_or_else(|| digits.parse().ok(), |h| u32::from_str_radix(h, 16).ok())
        });
        let known = number.and_then(char::from_u32).zip(long);
        if let Some((c, long)) = known {
            out.push(c);
            rest = inside.get(long + 1..).unwrap_or_default();
        } else {
            out.push_str("&#");
            rest = inside;
        }
    }
    out.push_str(rest);
    out
}

fn unescaped(text: &str) -> String {
    let raw = text.as_bytes();
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(&b) = raw.get(at) {
        let pair = raw.get(at + 1..at + 3).filter(|_| b == b'%');
        let value = pair.and_then(|p| u8::from_str_radix(std::str::from_utf8(p).ok()?, 16).ok());
        out.push(value.unwrap_or(b));
        at += if value.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A text string: UTF-16 or UTF-8 with its mark, or else `PDFDocEncoding`. Strings without a mark that are
/// UTF-8 or GBK beyond ASCII are read as that: many writers forget the mark.
pub(super) fn text(raw: &[u8]) -> String {
    if raw.is_ascii() {
        return String::from_utf8_lossy(raw).into_owned();
    }
    if let Some(rest) = raw.strip_prefix(b"\xff\xfe") {
        return encoding_rs::UTF_16LE
            .decode_without_bom_handling(rest)
            .0
            .into_owned();
    }
    if let Some(rest) = raw.strip_prefix(b"\xfe\xff") {
        return encoding_rs::UTF_16BE
            .decode_without_bom_handling(rest)
            .0
            .into_owned();
    }
    if let Ok(utf8) = std::str::from_utf8(raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw)) {
        return utf8.to_owned();
    }
    let gbk = encoding_rs::GBK.decode_without_bom_handling_and_without_replacement(raw);
    // In GB 2312 both bytes of a character are beyond ASCII, which European letters seldom are in pairs.
    let paired = raw
        .split(u8::is_ascii)
        .all(|run| run.len().is_multiple_of(2));
    if let Some(gbk) = gbk
        .filter(|_| paired)
        .filter(|t| t.chars().any(|c| ('\u{4e00}'..'\u{a000}').contains(&c)))
    {
        return gbk.into_owned();
    }
    let object = Object::string_literal(raw);
    lopdf::decode_text_string(&object).unwrap_or_else(|_| String::from_utf8_lossy(raw).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_by_number() {
        let of = |text: &str| spelt(text.to_owned());
        assert_eq!(of("a&#49;&#x33;&#X38;b"), "a138b");
        for same in [
            "&#;",
            "&#x;",
            "&#12",
            "&#xyz;",
            "&#1234567890123;",
            "&#xD800;&#",
        ] {
            assert_eq!(of(same), same);
        }
    }

    #[test]
    fn text_strings_in_all_their_encodings() {
        assert_eq!(text(b"\xfe\xff\x59\xd3\x54\x0d"), "姓名");
        assert_eq!(text(b"\xff\xfe\xd3\x59\x0d\x54"), "姓名");
        assert_eq!(text(b"\xef\xbb\xbf\xe5\xa7\x93"), "姓");
        assert_eq!(text(b"\xd0\xd5\xc3\xfb"), "姓名");
        assert_eq!(text(b"Z\xfcrich"), "Zürich");
    }
}
