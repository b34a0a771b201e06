//! Opening: bytes become one tree of objects, which both reading and writing work on.
//!
//! The first reader is bounded in what it expands; when it finds the file damaged, another that repairs
//! more is asked, but only after all packed streams were found to be small enough.

use super::{
    header, roles,
    tree::{dictionary, follow},
};
use crate::formats::{FormatError, Limits};
use flate2::read::ZlibDecoder;
use hayro_syntax::{
    Pdf,
    object::{self as hayro, MaybeRef},
};
use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId, Stream};
use std::{
    collections::BTreeSet,
    io::Read,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Objects inside objects.
const DEPTH: u32 = 100;

/// A file that was opened.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is told by itself in the ledger"
)]
pub(super) struct Opened {
    pub doc: Document,
    /// Whether it was damaged.
    pub repaired: bool,
    /// Objects that are named but could not be read.
    pub lost: usize,
    /// Whether it holds earlier states of itself.
    pub revised: bool,
    /// Whether it was encrypted.
    pub encrypted: bool,
    /// Whether a password was needed: one that is not empty.
    pub locked: bool,
}

/// Opens a file, with an empty password or else one of the user's.
pub(super) fn open(bytes: &[u8], limits: &Limits) -> Result<Opened, FormatError> {
    let mut opened = unlocked(bytes, limits)?;
    unfold(&mut opened.doc);
    roles::number(&mut opened.doc);
    Ok(opened)
}

/// Puts the filters of streams and what they go by in place of references to them.
fn unfold(doc: &mut Document) {
    const KEYS: [&[u8]; 2] = [b"Filter", b"DecodeParms"];
    let mut new = Vec::new();
    for (id, object) in &doc.objects {
        let Object::Stream(stream) = object else {
            continue;
        };
        for key in KEYS {
            if let Ok(value) = stream.dict.get(key)
                && let Some(direct) = unfolded(doc, value, 0)
            {
                new.push((*id, key, direct));
            }
        }
    }
    for (id, key, value) in new {
        if let Some(Object::Stream(stream)) = doc.objects.get_mut(&id) {
            stream.dict.set(key, value);
        }
    }
}

/// An object with what it refers to in the place of references, but streams; `None` when it has none.
fn unfolded(doc: &Document, object: &Object, depth: u32) -> Option<Object> {
    if depth > 4 {
        return None;
    }
    let inside = |object: &Object| unfolded(doc, object, depth + 1);
    match object {
        Object::Reference(_) => match follow(doc, object) {
            Object::Stream(_) => None,
            direct => Some(inside(direct).unwrap_or_else(|| direct.clone())),
        },
        Object::Array(items) => {
            let new: Vec<Option<Object>> = items.iter().map(inside).collect();
            new.iter().any(Option::is_some).then(|| {
                let pairs = new.into_iter().zip(items);
                Object::Array(
                    pairs
                        .map(|(n, old)| n.unwrap_or_else(|| old.clone()))
                        .collect(),
                )
            })
        }
        Object::Dictionary(dict) => {
            let mut out = dict.clone();
            let mut changed = false;
            for (key, value) in dict {
                if let Some(new) = inside(value) {
                    out.set(key.clone(), new);
                    changed = true;
                }
            }
            changed.then_some(Object::Dictionary(out))
        }
        _ => None,
    }
}

fn unlocked(bytes: &[u8], limits: &Limits) -> Result<Opened, FormatError> {
    let plain = without(bytes, limits);
    if !matches!(plain, Err(FormatError::Encrypted)) {
        return plain;
    }
    for password in limits.passwords.iter() {
        match bounded(bytes, limits, Some(password)) {
            Err(FormatError::Encrypted) => {}
            Ok(opened) => {
                return Ok(Opened {
                    locked: true,
                    ..opened
                });
            }
            Err(e) => return Err(e),
        }
    }
    plain
}

/// Opens a file that needs no password.
fn without(bytes: &[u8], limits: &Limits) -> Result<Opened, FormatError> {
    let first = bounded(bytes, limits, None);
    let whole = matches!(&first, Ok(opened) if opened.lost == 0 && !opened.repaired);
    if whole || matches!(first, Err(FormatError::Encrypted)) {
        return first;
    }
    match (first, repairing(bytes, limits)) {
        (first, Err(_)) => first,
        (Err(_), second) => second,
        // More is better: of two readings of a damaged file the one that has more pages and objects.
        (Ok(first), Ok(second)) => {
            let size = |o: &Opened| (o.doc.page_iter().count(), o.doc.objects.len());
            let better = size(&second) > size(&first)
                || (size(&second).0 == size(&first).0 && second.lost < first.lost);
            Ok(if better { second } else { first })
        }
    }
}

/// The first reader.
fn bounded(bytes: &[u8], limits: &Limits, password: Option<&str>) -> Result<Opened, FormatError> {
    let start = header(bytes).unwrap_or(0);
    let options = |force_reconstruct| LoadOptions {
        max_decompressed_size: usize::try_from(limits.held_bytes).ok(),
        force_reconstruct,
        password: password.map(str::to_owned),
        ..LoadOptions::default()
    };
    let from_header = bytes.get(start..).unwrap_or_default();
    let mut tries = vec![(bytes, false)];
    if start > 0 {
        tries.push((from_header, false));
    }
    tries.push((from_header, true));
    let mut worst = FormatError::Corrupt("not a PDF that can be read");
    for (bytes, force) in tries {
        let loaded = catch_unwind(AssertUnwindSafe(|| {
            Document::load_mem_with_options(bytes, options(force))
        }));
        match loaded {
            Ok(Ok(doc)) if doc.trailer.has(b"Encrypt") && doc.encryption_state.is_none() => {
                return Err(FormatError::Encrypted);
            }
            Ok(Ok(doc)) if doc.page_iter().next().is_some() || force => {
                let lost = lost(&doc, bytes);
                let sections = 1 + usize::from(doc.linearization.is_some());
                return Ok(Opened {
                    repaired: doc.xref_recovery.is_some() || force,
                    revised: doc.xref_section_count > sections,
                    encrypted: doc.encryption_state.is_some(),
                    locked: false,
                    lost,
                    doc,
                });
            }
            Ok(Err(lopdf::Error::InvalidPassword | lopdf::Error::Decryption(_))) => {
                return Err(FormatError::Encrypted);
            }
            Ok(Err(lopdf::Error::Decompress(lopdf::DecompressError::MemoryLimitExceeded {
                ..
            }))) => worst = FormatError::Limit("expanded bytes of one stream"),
            Ok(_) => {}
            Err(_) => worst = FormatError::Crashed,
        }
    }
    Err(worst)
}

/// Objects that the file's table has and that could not be read, and streams cut at a wrong length.
fn lost(doc: &Document, bytes: &[u8]) -> usize {
    use lopdf::xref::XrefEntry;
    let crypt = memchr::memmem::rfind(bytes, b"/Encrypt")
        .filter(|_| doc.encryption_state.is_some())
        .and_then(|at| bytes.get(at + 8..))
        .and_then(|rest| {
            let digits = rest.trim_ascii_start();
            let end = digits.iter().position(|b| !b.is_ascii_digit())?;
            std::str::from_utf8(digits.get(..end)?).ok()?.parse().ok()
        });
    let missing = doc
        .reference_table
        .entries
        .iter()
        .filter(|(number, entry)| {
            // The dictionary of an encryption that is undone is gone, not lost.
            if crypt == Some(**number) {
                return false;
            }
            let generation = match entry {
                XrefEntry::Normal { generation, .. } => *generation,
                XrefEntry::Compressed { .. } => 0,
                _ => return false,
            };
            !doc.objects.contains_key(&(**number, generation))
        });
    let encrypted = doc.encryption_state.is_some();
    let cut = doc.objects.values().filter(|object| match object {
        Object::Stream(s) if !encrypted => s.start_position.is_some_and(|start| {
            let after = bytes.get(start + s.content.len()..).unwrap_or_default();
            let head = after.get(..64).unwrap_or(after);
            !head.trim_ascii_start().starts_with(b"endstream")
        }),
        _ => false,
    });
    missing.count() + cut.count()
}

/// The second reader. It expands without bounds, so the streams are measured first; encrypted ones
/// cannot be.
fn repairing(bytes: &[u8], limits: &Limits) -> Result<Opened, FormatError> {
    let refused = FormatError::Corrupt("not a PDF that can be read");
    if memchr::memmem::find(bytes, b"/Encrypt").is_some() {
        return Err(refused);
    }
    measure(bytes, limits.held_bytes)?;
    let converted = catch_unwind(AssertUnwindSafe(|| second_tree(bytes)));
    match converted {
        Ok(Some(doc)) if doc.page_iter().next().is_some() => Ok(Opened {
            repaired: true,
            revised: false,
            encrypted: false,
            locked: false,
            lost: dangling(&doc),
            doc,
        }),
        Ok(_) => Err(refused),
        Err(_) => Err(FormatError::Crashed),
    }
}

/// References in pages' contents that lead nowhere.
fn dangling(doc: &Document) -> usize {
    let pages = doc.page_iter().filter_map(|id| doc.objects.get(&id));
    let contents = pages.filter_map(|p| dictionary(p)?.get(b"Contents").ok());
    let dead = contents.filter(|c| match c {
        Object::Reference(id) => !doc.objects.contains_key(id),
        _ => false,
    });
    dead.count()
}

/// Refuses files whose streams expand past `most` bytes altogether.
fn measure(bytes: &[u8], most: u64) -> Result<(), FormatError> {
    let mut left = most;
    let mut scratch = vec![0; 1 << 16];
    for at in memchr::memmem::find_iter(bytes, b"stream") {
        let after = bytes.get(at + 6..).unwrap_or_default();
        if bytes.get(..at).is_some_and(|b| b.ends_with(b"end")) {
            continue;
        }
        let data = after
            .strip_prefix(b"\r\n")
            .or_else(|| after.strip_prefix(b"\n"))
            .or_else(|| after.strip_prefix(b"\r"));
        let Some(data) = data else { continue };
        let before = bytes.get(at.saturating_sub(2048)..at).unwrap_or_default();
        let dict = memchr::memmem::rfind(before, b" obj").unwrap_or(0);
        let dict = before.get(dict..).unwrap_or_default();
        // Packing packed data again is what makes a file of some bytes expand to gigabytes.
        let packings = memchr::memmem::find_iter(dict, b"Decode").count()
            + memchr::memmem::find_iter(dict, b"/Fl").count();
        let has = |word: &[u8]| memchr::memmem::find(dict, word).is_some();
        if packings > 5 || has(b"LZW") || has(b"#") {
            return Err(FormatError::Limit("packings inside packings"));
        }
        let mut packed = ZlibDecoder::new(data);
        while let Ok(n @ 1..) = packed.read(&mut scratch) {
            left = left
                .checked_sub(n as u64)
                .ok_or(FormatError::Limit("expanded bytes of one file"))?;
        }
    }
    Ok(())
}

/// The second reader's tree of a file: all that its root and its properties reach, and what else the
/// table of objects has.
pub(super) fn second_tree(bytes: &[u8]) -> Option<Document> {
    let pdf = Pdf::new(bytes.to_vec()).ok()?;
    let xref = pdf.xref();
    let root = xref.root_id();
    let mut doc = Document::with_version("1.7");
    let mut wanted: Vec<ObjectId> = vec![id_of(root.obj_number, root.gen_number)];
    let info = info_ids(bytes);
    wanted.extend(&info);
    let mut known: BTreeSet<ObjectId> = wanted.iter().copied().collect();
    while let Some(id) = wanted.pop() {
        let hayro_id = hayro::ObjectIdentifier::new(id.0, i32::from(id.1));
        let Some(object) = xref.get::<hayro::Object<'_>>(hayro_id) else {
            continue;
        };
        let object = convert(object, 0, &mut |id| {
            if known.insert(id) {
                wanted.push(id);
            }
        });
        doc.max_id = doc.max_id.max(id.0);
        doc.objects.insert(id, object);
    }
    let root = id_of(root.obj_number, root.gen_number);
    doc.trailer.set("Root", Object::Reference(root));
    if let Some(&info) = info.last().filter(|id| doc.objects.contains_key(id)) {
        doc.trailer.set("Info", Object::Reference(info));
    }
    Some(doc)
}

fn id_of(number: u32, generation: i32) -> ObjectId {
    (number, u16::try_from(generation).unwrap_or(0))
}

/// The objects that trailers call the file's properties.
fn info_ids(bytes: &[u8]) -> Vec<ObjectId> {
    let mut out = Vec::new();
    for at in memchr::memmem::find_iter(bytes, b"/Info") {
        let rest = bytes.get(at + 5..).unwrap_or_default();
        let rest = rest.get(..32).unwrap_or(rest);
        let text = String::from_utf8_lossy(rest);
        let mut words = text.split_whitespace();
        let numbers = (words.next(), words.next(), words.next());
        if let (Some(number), Some(generation), Some(r)) = numbers
            && let (Ok(number), Ok(generation)) = (number.parse(), generation.parse())
            && r.starts_with('R')
            && out.len() < 64
        {
            out.push((number, generation));
        }
    }
    out
}

fn convert(object: hayro::Object<'_>, depth: u32, wanted: &mut dyn FnMut(ObjectId)) -> Object {
    if depth > DEPTH {
        return Object::Null;
    }
    match object {
        hayro::Object::Null(_) => Object::Null,
        hayro::Object::Boolean(b) => Object::Boolean(b),
        hayro::Object::Number(n) => real_or_integer(n.as_f64()),
        hayro::Object::String(s) => Object::string_literal(s.as_bytes().to_vec()),
        hayro::Object::Name(n) => Object::Name(n.as_ref().to_vec()),
        hayro::Object::Dict(d) => Object::Dictionary(convert_dict(&d, depth, wanted)),
        hayro::Object::Array(a) => {
            let items = a.raw_iter();
            Object::Array(items.map(|o| convert_ref(o, depth, wanted)).collect())
        }
        hayro::Object::Stream(s) => {
            let dict = convert_dict(s.dict(), depth, wanted);
            Object::Stream(Stream::new(dict, s.raw_data().into_owned()))
        }
    }
}

fn convert_dict(
    dict: &hayro::Dict<'_>,
    depth: u32,
    wanted: &mut dyn FnMut(ObjectId),
) -> Dictionary {
    let mut out = Dictionary::new();
    for (key, value) in dict.entries() {
        out.set(key.as_ref().to_vec(), convert_ref(value, depth, wanted));
    }
    out
}

fn convert_ref(
    object: MaybeRef<hayro::Object<'_>>,
    depth: u32,
    wanted: &mut dyn FnMut(ObjectId),
) -> Object {
    match object {
        MaybeRef::Ref(r) => {
            let id = id_of(r.obj_number, r.gen_number);
            wanted(id);
            Object::Reference(id)
        }
        MaybeRef::NotRef(object) => convert(object, depth + 1, wanted),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "whole numbers in the range of i64 only; reals are of single precision in the tree"
)]
fn real_or_integer(n: f64) -> Object {
    if n.fract() == 0.0 && n.abs() < 1e15 {
        Object::Integer(n as i64)
    } else {
        Object::Real(n as f32)
    }
}
