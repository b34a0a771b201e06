//! The tree of objects, and asking it.

use lopdf::{Dictionary, Document, Object, Stream};

/// The object behind references; `Null` when there is none.
pub(super) fn follow<'d>(doc: &'d Document, mut object: &'d Object) -> &'d Object {
    for _ in 0..16 {
        match object {
            Object::Reference(id) => match doc.objects.get(id) {
                Some(next) => object = next,
                None => return &Object::Null,
            },
            _ => return object,
        }
    }
    &Object::Null
}

/// The value of a key behind references, unless it is null.
pub(super) fn entry<'d>(doc: &'d Document, dict: &'d Dictionary, key: &[u8]) -> Option<&'d Object> {
    let object = follow(doc, dict.get(key).ok()?);
    (!object.is_null()).then_some(object)
}

/// The dictionary that an object is or that a stream begins with.
pub(super) fn dictionary(object: &Object) -> Option<&Dictionary> {
    match object {
        Object::Dictionary(dict) => Some(dict),
        Object::Stream(stream) => Some(&stream.dict),
        _ => None,
    }
}

/// A dictionary in a dictionary.
pub(super) fn inner<'d>(
    doc: &'d Document,
    dict: &'d Dictionary,
    key: &[u8],
) -> Option<&'d Dictionary> {
    entry(doc, dict, key).and_then(dictionary)
}

/// The items of an array in a dictionary; none when there is none.
pub(super) fn items<'d>(doc: &'d Document, dict: &'d Dictionary, key: &[u8]) -> &'d [Object] {
    match entry(doc, dict, key) {
        Some(Object::Array(items)) => items,
        _ => &[],
    }
}

/// A number.
pub(super) fn number(object: &Object) -> Option<f64> {
    match object {
        #[expect(clippy::cast_precision_loss, reason = "coordinates, not counts")]
        Object::Integer(n) => Some(*n as f64),
        Object::Real(n) => Some(f64::from(*n)),
        _ => None,
    }
}

/// A number in a dictionary.
pub(super) fn number_of(doc: &Document, dict: &Dictionary, key: &[u8]) -> Option<f64> {
    entry(doc, dict, key).and_then(number)
}

/// A name in a dictionary.
pub(super) fn name_of<'d>(doc: &'d Document, dict: &'d Dictionary, key: &[u8]) -> Option<&'d [u8]> {
    entry(doc, dict, key)?.as_name().ok()
}

/// A whole number that is none too large.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is tested before"
)]
pub(super) fn whole(n: f64) -> Option<u32> {
    (0.0..1e9).contains(&n).then_some(n as u32)
}

/// Width and height of an image, in pixels.
pub(super) fn sides(doc: &Document, dict: &Dictionary) -> (f64, f64) {
    let size = |key| number_of(doc, dict, key).unwrap_or(0.0).clamp(0.0, 1e6);
    (size(b"Width"), size(b"Height"))
}

/// A stream's content behind its filters, up to `most` bytes; filters may have short names.
pub(super) fn content(stream: &Stream, most: usize) -> lopdf::Result<Vec<u8>> {
    fn full(name: &[u8]) -> &[u8] {
        match name {
            b"A85" => b"ASCII85Decode",
            b"AHx" => b"ASCIIHexDecode",
            b"Fl" => b"FlateDecode",
            b"LZW" => b"LZWDecode",
            b"RL" => b"RunLengthDecode",
            other => other,
        }
    }
    if matches!(stream.dict.get(b"Filter"), Err(_) | Ok(Object::Null)) {
        return stream.get_plain_content_with_limit(most);
    }
    // What is no filter must not pass for none.
    let filters = stream.filters()?;
    if filters.iter().any(|f| full(f) != *f) {
        let filters = filters
            .iter()
            .map(|f| Object::Name(full(f).to_vec()))
            .collect();
        let mut stream = stream.clone();
        stream.dict.set("Filter", Object::Array(filters));
        return stream.get_plain_content_with_limit(most);
    }
    stream.get_plain_content_with_limit(most)
}
