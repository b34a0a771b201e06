//! What programs inside a copy say beside what they draw: names and notices of fonts, comments of maps and
//! functions, descriptions of profiles. Nothing of it is seen, and nobody reads it; it is blanked where it is,
//! so that every other byte stays in its place.

use super::cff;
use crate::formats::pdf::tree::{content, dictionary, entry};
use aho_corasick::AhoCorasick;
use lopdf::{Document, Object, ObjectId};
use std::collections::BTreeMap;

/// Tables of fonts that viewers need (ISO/IEC 14496-22); all others say something or draw what is not shown.
const TABLES: &[&[u8; 4]] = &[
    b"BASE", b"CFF ", b"CFF2", b"GDEF", b"GPOS", b"GSUB", b"LTSH", b"OS/2", b"VDMX", b"VORG",
    b"cmap", b"cvt ", b"fpgm", b"gasp", b"glyf", b"hdmx", b"head", b"hhea", b"hmtx", b"kern",
    b"loca", b"maxp", b"post", b"prep", b"vhea", b"vmtx",
];

/// Tags of profiles (ICC.1, 9.2) that tell colours; all others are text or for their writers.
const COLOURS: &[&[u8; 4]] = &[
    b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2", b"B2D0", b"B2D1", b"B2D2", b"B2D3",
    b"D2B0", b"D2B1", b"D2B2", b"D2B3", b"bTRC", b"bXYZ", b"bkpt", b"chad", b"chrm", b"cicp",
    b"gTRC", b"gXYZ", b"gamt", b"kTRC", b"lumi", b"pre0", b"pre1", b"pre2", b"rTRC", b"rXYZ",
    b"wtpt",
];

/// What a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Font,
    Map,
    Profile,
    Function,
}

/// Blanks what programs say. `values` are found in bytes that are no text.
pub(in crate::formats::pdf) fn clean(
    doc: &mut Document,
    most: usize,
    values: Option<&AhoCorasick>,
) {
    let mut kinds: BTreeMap<ObjectId, Kind> = BTreeMap::new();
    for (id, object) in &doc.objects {
        look(object, 0, &mut kinds);
        if let Object::Stream(stream) = object
            && let Some(Object::Integer(4)) = entry(doc, &stream.dict, b"FunctionType")
        {
            kinds.insert(*id, Kind::Function);
        }
    }
    for (id, kind) in kinds {
        let Some(Object::Stream(stream)) = doc.objects.get_mut(&id) else {
            continue;
        };
        let Ok(bytes) = content(stream, most) else {
            continue;
        };
        let new = match kind {
            Kind::Font => font(&bytes),
            Kind::Map | Kind::Function => commented(&bytes),
            Kind::Profile => profile(&bytes, values),
        };
        if let Some(new) = new {
            stream.dict.remove(b"Filter");
            stream.dict.remove(b"DecodeParms");
            stream.set_content(new);
        }
    }
}

/// Streams by the entries that lead to them.
fn look(object: &Object, depth: u32, kinds: &mut BTreeMap<ObjectId, Kind>) {
    if depth > 64 {
        return;
    }
    let dict = match object {
        Object::Array(items) => {
            if let [Object::Name(family), Object::Reference(id), ..] = items.as_slice()
                && family == b"ICCBased"
            {
                kinds.insert(*id, Kind::Profile);
            }
            for item in items {
                look(item, depth + 1, kinds);
            }
            return;
        }
        other => match dictionary(other) {
            Some(dict) => dict,
            None => return,
        },
    };
    for (key, value) in dict {
        if let Object::Reference(id) = value {
            let kind = match key.as_slice() {
                b"FontFile" | b"FontFile2" | b"FontFile3" => Kind::Font,
                b"ToUnicode" | b"Encoding" | b"UseCMap" => Kind::Map,
                _ => continue,
            };
            kinds.insert(*id, kind);
        } else {
            look(value, depth + 1, kinds);
        }
    }
}

fn font(bytes: &[u8]) -> Option<Vec<u8>> {
    match bytes.get(..4)? {
        b"\0\x01\0\0" | b"true" | b"OTTO" => outlines(bytes),
        [0x80, 1, ..] | [b'%', b'!', ..] => type_1(bytes),
        [1, ..] => cff::muted(bytes),
        _ => None,
    }
}

fn big(bytes: &[u8], at: usize, len: usize) -> Option<usize> {
    let part = bytes.get(at..at.checked_add(len)?)?;
    Some(part.iter().fold(0, |n, b| n << 8 | usize::from(*b)))
}

/// A font in tables: only those that are needed stay, without what of them lies in others.
pub(super) fn outlines(bytes: &[u8]) -> Option<Vec<u8>> {
    let count = big(bytes, 4, 2)?;
    let head = 12 + 16 * count;
    let mut out = vec![0; bytes.len()];
    out.get_mut(..head)?.copy_from_slice(bytes.get(..head)?);
    let mut others = Vec::new();
    for n in 0..count {
        let at = 12 + 16 * n;
        let tag = bytes.get(at..at + 4)?;
        if !TABLES.iter().any(|known| *known == tag) {
            let from = big(bytes, at + 8, 4)?.max(head);
            others.push(
                from..from
                    .saturating_add(big(bytes, at + 12, 4)?)
                    .min(bytes.len()),
            );
            continue;
        }
        let from = big(bytes, at + 8, 4)?;
        let to = from.checked_add(big(bytes, at + 12, 4)?)?.min(bytes.len());
        let Some(table) = bytes.get(from..to) else {
            continue;
        };
        let muted = if tag == b"CFF " {
            cff::muted(table)
        } else {
            None
        };
        out.get_mut(from..to)?
            .copy_from_slice(muted.as_deref().unwrap_or(table));
    }
    for other in others {
        if let Some(part) = out.get_mut(other) {
            part.fill(0);
        }
    }
    (out != bytes).then_some(out)
}

/// The readable part of a Type 1 program: comments but the first, and strings, which only say something.
fn type_1(bytes: &[u8]) -> Option<Vec<u8>> {
    let end = memchr::memmem::find(bytes, b"eexec")?;
    let start = memchr::memchr2(b'\n', b'\r', bytes)?.min(end);
    let mut out = bytes.to_vec();
    let head = out.get_mut(start..end)?;
    uncomment(head);
    let mut depth = 0_usize;
    let mut escaped = false;
    for byte in head {
        let old = *byte;
        if depth > 0 && !matches!(old, b'(' | b')') || escaped {
            *byte = b' ';
        }
        match old {
            _ if escaped => escaped = false,
            b'\\' if depth > 0 => escaped = true,
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    (out != bytes).then_some(out)
}

/// A program in the language of PostScript without comments.
fn commented(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = bytes.to_vec();
    uncomment(&mut out);
    (out != bytes).then_some(out)
}

/// Comments, from a percent sign outside of strings to the end of its line.
fn uncomment(bytes: &mut [u8]) {
    let mut depth = 0_usize;
    let mut escaped = false;
    let mut comment = false;
    for byte in bytes {
        if comment {
            comment = !matches!(*byte, b'\n' | b'\r');
            if comment {
                *byte = b' ';
            }
            continue;
        }
        match *byte {
            _ if escaped => escaped = false,
            b'\\' if depth > 0 => escaped = true,
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b'%' if depth == 0 => {
                comment = true;
                *byte = b' ';
            }
            _ => {}
        }
    }
}

/// A profile with the tags that tell colours, and nothing between them; one that is not understood is empty,
/// and viewers go by the number of its colours. So is one whose colours spell a value.
fn profile(bytes: &[u8], values: Option<&AhoCorasick>) -> Option<Vec<u8>> {
    let holds = |new: &Vec<u8>| values.is_some_and(|v| v.is_match(new));
    let new = tagged(bytes).filter(|new| !holds(new)).unwrap_or_default();
    (new != bytes).then_some(new)
}

fn tagged(bytes: &[u8]) -> Option<Vec<u8>> {
    let count = big(bytes, 128, 4).filter(|n| *n <= 1000 && bytes.get(36..40) == Some(b"acsp"))?;
    let head = 132 + 12 * count;
    let mut out = vec![0; bytes.len()];
    out.get_mut(..head)?.copy_from_slice(bytes.get(..head)?);
    for n in 0..count {
        let at = 132 + 12 * n;
        let tag = bytes.get(at..at + 4)?;
        let from = big(bytes, at + 4, 4)?.max(head);
        let mut to = from.checked_add(big(bytes, at + 8, 4)?)?.min(bytes.len());
        if !COLOURS.iter().any(|known| *known == tag) {
            // What kind of text it is stays, and how long it says to be becomes nothing.
            to = to.min(from + 8);
        }
        if let (Some(new), Some(old)) = (out.get_mut(from..to), bytes.get(from..to)) {
            new.copy_from_slice(old);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: Option<Vec<u8>>) -> String {
        String::from_utf8(bytes.unwrap()).unwrap()
    }

    #[test]
    fn comments_and_strings_of_programs_go() {
        let map = "%!PS\n% Li Na\nbegincmap (a%b) def % 138\nendcmap";
        let is = "    \n       \nbegincmap (a%b) def      \nendcmap";
        assert_eq!(text(commented(map.as_bytes())), is);
        let font =
            "%!PS-AdobeFont-1.0: X\n% Li Na\n/Notice (Li (\\)Na) 1) def\ncurrentfile eexec (Li)";
        let is =
            "%!PS-AdobeFont-1.0: X\n       \n/Notice (   (    )  ) def\ncurrentfile eexec (Li)";
        assert_eq!(text(type_1(font.as_bytes())), is);
        assert_eq!(commented(b"{ dup dup }"), None);
    }

    #[test]
    fn tables_that_only_say_something_are_blank() {
        let table = |tag: &[u8], from: u32, long: u32| {
            [tag, &[0; 4], &from.to_be_bytes(), &long.to_be_bytes()].concat()
        };
        let font = [
            b"\0\x01\0\0\0\x03\0\0\0\0\0\0".to_vec(),
            table(b"glyf", 60, 5),
            table(b"name", 65, 5),
            table(b"own ", 70, 5),
            b"GLYPHLi Na13800end".to_vec(),
        ]
        .concat();
        let new = outlines(&font).unwrap();
        assert_eq!(new.get(..65), font.get(..65));
        assert!(new[65..].iter().all(|b| *b == 0) && new.len() == font.len());
        assert_eq!(outlines(&new), None);
        // A table that reaches into another.
        let mut long = font.clone();
        long[12 + 15] = 14;
        assert_eq!(outlines(&long).unwrap()[60..], new[60..]);
        for long in 0..font.len() {
            let _ = super::font(&font[..long]);
        }
    }

    #[test]
    fn texts_of_profiles_are_empty() {
        let tag =
            |tag: &[u8], from: u32| [tag, &from.to_be_bytes(), &16_u32.to_be_bytes()].concat();
        let whole = [
            vec![7; 36],
            b"acsp".to_vec(),
            vec![7; 88],
            2_u32.to_be_bytes().to_vec(),
            tag(b"desc", 156),
            tag(b"wtpt", 176),
            b"desc\0\0\0\0Li Na 13".to_vec(),
            b"800XYZ \0\0\0\0whitepntend".to_vec(),
        ]
        .concat();
        let new = profile(&whole, None).unwrap();
        assert_eq!(new.get(..164), whole.get(..164));
        assert!(new[164..175].iter().all(|b| *b == 0));
        assert_eq!(new[176..192], whole[176..192]);
        assert!(new[192..].iter().all(|b| *b == 0) && new.len() == whole.len());
        assert_eq!(profile(&new, None), None);
        let values = AhoCorasick::new(["hitepnt"]).unwrap();
        assert_eq!(profile(&whole, Some(&values)), Some(Vec::new()));
        for long in 1..156 {
            assert_eq!(profile(&whole[..long], None), Some(Vec::new()));
        }
    }
}
