//! Pictures of a copy.

use super::{
    clean::keep_entries,
    photo,
    pieces::can_hold_text,
    redact::Redaction,
    tree::{content, entry, is_picture, name_of, number_of, sides},
    walk::masks::{Mask, is_stencil},
    work::Work,
};
use crate::formats::Treatment;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary};

/// Entries of a picture that a copy keeps.
const PICTURE: &[&[u8]] = &[
    b"Type",
    b"Subtype",
    b"Width",
    b"Height",
    b"ColorSpace",
    b"BitsPerComponent",
    b"ImageMask",
    b"Mask",
    b"SMask",
    b"SMaskInData",
    b"Decode",
    b"Interpolate",
    b"Intent",
    b"Matte",
    b"Filter",
    b"DecodeParms",
    b"OC",
    b"Length",
];

/// What becomes of a picture.
enum Fate {
    Blank(Shown),
    Plain(Vec<u8>),
    Photo(Vec<u8>),
    Kept,
}

/// What is there in place of a picture.
#[derive(Debug, Clone, Copy)]
enum Shown {
    /// A grey area.
    Grey,
    /// All that a stencil could paint.
    All,
    Nothing,
}

/// Blanks pictures: nobody reads what stands in them. Those too small for text stay, without what is written
/// beside their pixels, unless they show something with others.
pub(super) fn blank(doc: &mut Document, redaction: &Redaction, work: &Work) {
    let bytes = redaction.secrets.bytes();
    let most = usize::try_from(work.limits.held_bytes).unwrap_or(usize::MAX);
    let keep = work.limits.unread.pictures == Treatment::Keep;
    let holds = |data: &[u8]| bytes.as_ref().is_some_and(|b| b.is_match(data));
    let shown = |id: &ObjectId, stream: &Stream| {
        if !is_stencil(doc, stream) {
            let sheer = redaction.sheer.contains(id);
            return if sheer { Shown::Nothing } else { Shown::Grey };
        }
        // What it hides must not come to light.
        let whole = || Mask::of(doc, stream, false, most).is_some_and(|m| m.is_whole());
        if redaction.vague.contains(id) || whole() {
            Shown::All
        } else {
            Shown::Nothing
        }
    };
    let fate = |id: &ObjectId, stream: &Stream| {
        let large = is_picture(doc, &stream.dict) || redaction.joined.contains(id);
        if holds(&stream.content) || (large && !keep) {
            return Fate::Blank(shown(id, stream));
        }
        let filters = stream.filters().unwrap_or_default();
        let coded = |f: &&[u8]| PHOTOS.contains(f);
        if filters.iter().any(coded) {
            // A photograph has a size of its own, and a small one may hold a large one.
            let whole = (filters.len() == 1).then(|| photo::plain(&stream.content));
            return match whole.flatten() {
                Some(p) if keep || !can_hold_text(p.width, p.height) => Fate::Photo(p.data),
                _ if keep => Fate::Kept,
                _ => Fate::Blank(shown(id, stream)),
            };
        }
        match content(stream, most) {
            Ok(data) if holds(&data) => Fate::Blank(shown(id, stream)),
            // What is behind the last pixel is shown by nothing.
            Ok(mut data) if data.len() > needed(doc, &stream.dict) => {
                data.truncate(needed(doc, &stream.dict));
                Fate::Plain(data)
            }
            Err(_) if !keep => Fate::Blank(shown(id, stream)),
            _ => Fate::Kept,
        }
    };
    let images = doc.objects.iter().filter_map(|(id, object)| match object {
        Object::Stream(s) => {
            (name_of(doc, &s.dict, b"Subtype") == Some(b"Image")).then_some((*id, s))
        }
        _ => None,
    });
    let fates: Vec<(ObjectId, Fate)> = images.map(|(id, s)| (id, fate(&id, s))).collect();
    for (id, fate) in fates {
        let Some(Object::Stream(stream)) = doc.objects.get_mut(&id) else {
            continue;
        };
        match fate {
            Fate::Blank(shown) => {
                *stream = nothing(stream, shown);
                continue;
            }
            Fate::Plain(data) => {
                stream.dict.remove(b"Filter");
                stream.dict.remove(b"DecodeParms");
                stream.set_content(data);
            }
            Fate::Photo(data) => stream.set_content(data),
            Fate::Kept => {}
        }
        keep_entries(&mut stream.dict, PICTURE);
    }
}

/// Filters of photographs, which have notes of their own.
const PHOTOS: &[&[u8]] = &[b"DCTDecode", b"DCT", b"JPXDecode"];

/// One pixel, in the layer of the picture that it is in place of.
fn nothing(stream: &Stream, shown: Shown) -> Stream {
    let grey = matches!(shown, Shown::Grey);
    let mut dict = dictionary! {
        "Type" => "XObject", "Subtype" => "Image", "Width" => 1, "Height" => 1,
        "BitsPerComponent" => if grey { 8 } else { 1 },
    };
    if grey {
        dict.set("ColorSpace", Object::Name(b"DeviceGray".to_vec()));
    } else {
        dict.set("ImageMask", Object::Boolean(true));
    }
    if let Ok(layer) = stream.dict.get(b"OC") {
        dict.set("OC", layer.clone());
    }
    let pixel = match shown {
        Shown::Grey => 0xdd,
        Shown::All => 0,
        Shown::Nothing => 0x80,
    };
    Stream::new(dict, vec![pixel])
}

/// Bytes that the pixels of a picture take (ISO 32000-1, 8.9.3); no more than four colours are known.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sides are bounded, and the result only cuts off"
)]
fn needed(doc: &Document, dict: &Dictionary) -> usize {
    let (width, height) = sides(doc, dict);
    let mask = matches!(entry(doc, dict, b"ImageMask"), Some(Object::Boolean(true)));
    let bits = number_of(doc, dict, b"BitsPerComponent").unwrap_or(8.0);
    let bits = if mask { 1.0 } else { bits.clamp(1.0, 16.0) };
    let family = match entry(doc, dict, b"ColorSpace") {
        Some(Object::Name(name)) => name.as_slice(),
        Some(Object::Array(items)) => items.first().and_then(|o| o.as_name().ok()).unwrap_or(b""),
        _ => b"",
    };
    let colours = match family {
        _ if mask => 1.0,
        b"DeviceGray" | b"G" | b"CalGray" | b"Indexed" | b"I" | b"Separation" => 1.0,
        b"DeviceRGB" | b"RGB" | b"CalRGB" | b"Lab" => 3.0,
        b"DeviceN" => 32.0,
        _ => 4.0,
    };
    ((width * colours * bits / 8.0).ceil() * height) as usize
}
