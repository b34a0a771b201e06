//! How large pictures are: by what is said of them, by their own frames, by what masks them and by how much
//! data they have. What is large enough to hold text is a picture that somebody would have to read.

use super::{
    colours, fax,
    letters::{self, Bitmap},
    lex::{Instructions, Kind, Token, name, string},
    photo,
    pieces::can_hold_text,
    tree::{content, entry, items, number_of, sides, whole},
};
use lopdf::{Dictionary, Document, Object, Stream, StringFormat};

/// Filters of photographs.
pub(super) const PHOTOS: &[&[u8]] = &[b"DCTDecode", b"DCT"];
/// Bytes behind the last pixel that could be pixels of letters.
const MORE: usize = 28;
/// Most pixels of one row, or rows, of a picture that is small.
const SMALL: f64 = 1e5;
/// Most bytes of a letter that is packed as faxes are.
const FAX: usize = 1 << 16;
/// Arrays inside arrays.
const DEPTH: u32 = 8;

/// Whether a picture is large enough to hold text, or it cannot be told how large it is.
pub(super) fn is_picture(doc: &Document, stream: &Stream) -> bool {
    is_large(doc, stream, 0)
}

fn is_large(doc: &Document, stream: &Stream, depth: u32) -> bool {
    let (width, height) = sides(doc, &stream.dict);
    if can_hold_text(width, height) || width.max(height) > SMALL || depth > DEPTH {
        return true;
    }
    // What is seen of it is as fine as what masks it, and others may stand in its place.
    let masks = [&b"SMask"[..], b"Mask"].map(|key| entry(doc, &stream.dict, key));
    let others = items(doc, &stream.dict, b"Alternates").iter();
    let others = others.filter_map(|o| {
        let alternate = super::tree::dictionary(super::tree::follow(doc, o))?;
        entry(doc, alternate, b"Image")
    });
    for other in masks.into_iter().flatten().chain(others) {
        if matches!(other, Object::Stream(s) if is_large(doc, s, depth + 1)) {
            return true;
        }
    }
    let filters = stream.filters().unwrap_or_default();
    if filters.iter().any(|f| PHOTOS.contains(f)) {
        // A photograph has a size of its own, and a small one may hold a large one.
        let whole = (filters.len() == 1).then(|| photo::plain(&stream.content));
        return whole
            .flatten()
            .is_none_or(|p| can_hold_text(p.width, p.height) || p.width.min(p.height) < 1.0);
    }
    let needed = needed(doc, &stream.dict);
    let most = needed + MORE;
    content(stream, most.saturating_sub(1)).is_err()
}

/// Bytes that the pixels of a picture take (ISO 32000-1, 8.9.3).
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "sides are bounded, and the result only cuts off"
)]
pub(super) fn needed(doc: &Document, dict: &Dictionary) -> usize {
    let (width, height) = sides(doc, dict);
    let mask = is_mask(doc, dict);
    let bits = number_of(doc, dict, b"BitsPerComponent").unwrap_or(8.0);
    let bits = if mask { 1.0 } else { bits.clamp(1.0, 16.0) };
    // No more than four colours are usual.
    let space = entry(doc, dict, b"ColorSpace");
    let colours = space.and_then(|space| colours::of(doc, space)).unwrap_or(4);
    let colours = if mask { 1.0 } else { colours.min(64) as f64 };
    ((width * colours * bits / 8.0).ceil() * height) as usize
}

fn is_mask(doc: &Document, dict: &Dictionary) -> bool {
    matches!(entry(doc, dict, b"ImageMask"), Some(Object::Boolean(true)))
}

/// The picture that stands in a stream of instructions, its entries spelt out; of numbers that are told more
/// than once the largest.
pub(super) fn inline(all: &Instructions<'_>) -> Stream {
    let mut dict = Dictionary::new();
    let mut at = 0;
    while let Some(key) = all.operands.get(at) {
        at += 1;
        if key.kind != Kind::Name {
            continue;
        }
        let Some(value) = value(all, &mut at, 0) else {
            break;
        };
        let key = full(&name(all.raw(*key)));
        let longer = match (dict.get(&key), &value) {
            (Ok(Object::Integer(old)), Object::Integer(new)) => new > old,
            // Which of them counts is for each viewer to say.
            (Ok(old), new) if old != new => {
                dict.set("Filter", Object::Name(b"Unsure".to_vec()));
                return Stream::new(dict, all.pixels().to_vec());
            }
            _ => true,
        };
        if longer {
            dict.set(key, value);
        }
    }
    Stream::new(dict, all.pixels().to_vec())
}

/// Names of entries (ISO 32000-1, table 93).
fn full(key: &[u8]) -> Vec<u8> {
    let full: &[u8] = match key {
        b"BPC" => b"BitsPerComponent",
        b"CS" => b"ColorSpace",
        b"D" => b"Decode",
        b"DP" => b"DecodeParms",
        b"F" => b"Filter",
        b"H" => b"Height",
        b"IM" => b"ImageMask",
        b"W" => b"Width",
        other => other,
    };
    full.to_vec()
}

/// The value that begins with an operand; goes on behind it.
fn value(all: &Instructions<'_>, at: &mut usize, depth: u32) -> Option<Object> {
    let token: Token = *all.operands.get(*at)?;
    *at += 1;
    if depth > DEPTH {
        return None;
    }
    let raw = all.raw(token);
    Some(match token.kind {
        Kind::Number(n) => {
            let size = whole(n.abs()).map_or(i64::from(u32::MAX), i64::from);
            Object::Integer(if n < 0.0 { -size } else { size })
        }
        Kind::Name => Object::Name(name(raw)),
        Kind::Literal | Kind::Hex => {
            let mut bytes = Vec::new();
            string(raw, &mut bytes);
            Object::String(bytes, StringFormat::Literal)
        }
        Kind::Open => {
            let mut items = Vec::new();
            while all.operands.get(*at)?.kind != Kind::Close {
                items.push(value(all, at, depth + 1)?);
            }
            *at += 1;
            Object::Array(items)
        }
        Kind::OpenDict => {
            let mut dict = Dictionary::new();
            while all.operands.get(*at)?.kind != Kind::CloseDict {
                let key = name(all.raw(*all.operands.get(*at)?));
                *at += 1;
                dict.set(key, value(all, at, depth + 1)?);
            }
            *at += 1;
            Object::Dictionary(dict)
        }
        Kind::Constant => match raw {
            b"true" => Object::Boolean(true),
            b"false" => Object::Boolean(false),
            _ => Object::Null,
        },
        Kind::Close | Kind::CloseDict | Kind::Word => return None,
    })
}

/// The pixels of a letter that is packed as faxes are.
fn unpacked(picture: &Stream, width: usize, height: usize) -> Option<Vec<u8>> {
    let filters = picture.filters().ok()?;
    let (last, before) = filters.split_last()?;
    if !matches!(*last, b"CCF" | b"CCITTFaxDecode") {
        return None;
    }
    let entries = match picture.dict.get(b"DecodeParms") {
        Ok(Object::Array(all)) => all.get(before.len())?,
        Ok(one) => one,
        Err(_) => return None,
    };
    let entries = super::tree::dictionary(entries)?;
    let names = before.iter().map(|f| Object::Name(f.to_vec())).collect();
    let mut inside = Dictionary::new();
    if !before.is_empty() {
        inside.set("Filter", Object::Array(names));
    }
    let packed = Stream::new(inside, picture.content.clone());
    let packed = content(&packed, FAX).ok()?;
    fax::unpacked(&packed, entries, width, height)
}

/// Whether a picture that stands in a stream can hold text; that of a glyph, for it to be more than a letter.
pub(super) fn is_shown(picture: &Stream, glyph: bool) -> bool {
    let doc = Document::new();
    if !glyph {
        return is_picture(&doc, picture);
    }
    let (width, height) = sides(&doc, &picture.dict);
    if !can_hold_text(width, height) {
        return is_picture(&doc, picture);
    }
    let bits = number_of(&doc, &picture.dict, b"BitsPerComponent").unwrap_or(1.0);
    let (Some(width), Some(height)) = (whole(width), whole(height)) else {
        return true;
    };
    let (width, height) = (width as usize, height as usize);
    if !letters::fits(width, height) || !(is_mask(&doc, &picture.dict) || bits < 2.0) {
        return true;
    }
    let needed = width.div_ceil(8) * height;
    let rows = unpacked(picture, width, height);
    match rows.or_else(|| content(picture, needed + MORE - 1).ok()) {
        Some(rows) if rows.len() >= needed => !Bitmap {
            width,
            height,
            rows: &rows,
        }
        .is_letter(),
        _ => true,
    }
}
