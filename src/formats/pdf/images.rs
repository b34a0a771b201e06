//! Pictures of a copy.

use super::{
    clean::keep_entries,
    frames::{PHOTOS, is_picture, needed},
    photo,
    redact::Redaction,
    tree::{content, name_of},
    walk::masks::{Mask, is_stencil},
    work::Work,
};
use crate::formats::Treatment;
use lopdf::{Document, Object, ObjectId, Stream, dictionary};

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
    /// Blank, since a value is in it.
    Telling(Shown),
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
/// beside their pixels, unless they show something with others. Gives how many go for a value in their bytes.
pub(super) fn blank(doc: &mut Document, redaction: &Redaction, work: &Work) -> usize {
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
        if holds(&stream.content) {
            return Fate::Telling(shown(id, stream));
        }
        if !keep && (redaction.joined.contains(id) || is_picture(doc, stream)) {
            return Fate::Blank(shown(id, stream));
        }
        let filters = stream.filters().unwrap_or_default();
        let coded = |f: &&[u8]| PHOTOS.contains(f);
        if filters.iter().any(coded) {
            let whole = (filters.len() == 1).then(|| photo::plain(&stream.content));
            return match whole.flatten() {
                Some(p) => Fate::Photo(p.data),
                None if keep => Fate::Kept,
                None => Fate::Blank(shown(id, stream)),
            };
        }
        match content(stream, most) {
            Ok(data) if holds(&data) => Fate::Telling(shown(id, stream)),
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
    let mut telling = 0;
    for (id, fate) in fates {
        telling += usize::from(matches!(fate, Fate::Telling(_)));
        let Some(Object::Stream(stream)) = doc.objects.get_mut(&id) else {
            continue;
        };
        match fate {
            Fate::Blank(shown) | Fate::Telling(shown) => {
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
    telling
}

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
