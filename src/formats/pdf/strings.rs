//! Everything that is not a page's content: every string of every object, metadata, files inside.

use super::{Event, Left, Work, content, dictionary, entry};
use crate::model::{GapKind, Step};
use lopdf::{Dictionary, Document, Object, ObjectId};
use std::collections::{HashMap, HashSet};

/// Objects inside objects.
const DEPTH: u32 = 64;

/// What the sweep knows of objects before it reads them.
struct Sweep<'d, 'w> {
    doc: &'d Document,
    work: &'w Work,
    /// Pages of annotations.
    pages: HashMap<ObjectId, u32>,
    /// Names of the files inside.
    files: HashMap<ObjectId, Vec<u8>>,
    /// Streams that are text: scripts, rich text, forms in XML.
    texts: HashSet<ObjectId>,
    info: Option<ObjectId>,
    crypt: Option<ObjectId>,
    /// Whether scripts were seen.
    scripts: bool,
}

/// Reads the strings of all objects, XML and script streams, and the files inside.
pub(super) fn sweep(doc: &Document, work: &Work) -> Result<(), Left> {
    let mut sweep = Sweep {
        doc,
        work,
        pages: HashMap::new(),
        files: HashMap::new(),
        texts: HashSet::new(),
        info: reference(&doc.trailer, b"Info"),
        crypt: reference(&doc.trailer, b"Encrypt"),
        scripts: false,
    };
    sweep.look();
    for (&id, object) in &doc.objects {
        if Some(id) == sweep.crypt {
            continue;
        }
        let at = sweep.place(id);
        sweep.strings(&at, object, "", 0)?;
        if let Object::Stream(stream) = object {
            sweep.stream(id, stream)?;
        }
    }
    // Direct dictionaries of the trailer, of files that have no objects for them.
    if let Ok(Object::Dictionary(info)) = doc.trailer.get(b"Info") {
        sweep.dictionary(&[Step::Part("Info".into())], info, 0)?;
    }
    if sweep.scripts {
        work.gap(&[], GapKind::Opaque, "scripts are read as text but not run")?;
    }
    Ok(())
}

fn reference(dict: &Dictionary, key: &[u8]) -> Option<ObjectId> {
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
        for key in [&b"JS"[..], b"RC", b"RV"] {
            self.texts.extend(reference(dict, key));
        }
        self.scripts |= dict.has(b"JS");
        match dict.get(b"XFA") {
            Ok(Object::Reference(id)) => drop(self.texts.insert(*id)),
            Ok(Object::Array(parts)) => {
                let ids = parts.iter().filter_map(|o| o.as_reference().ok());
                self.texts.extend(ids);
            }
            _ => {}
        }
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

    fn strings(&self, at: &[Step], object: &Object, label: &str, depth: u32) -> Result<(), Left> {
        if depth > DEPTH {
            return self
                .work
                .gap(at, GapKind::Limit, "objects nested past the limit");
        }
        match object {
            Object::String(raw, _) => self.string(at, raw, label),
            Object::Array(items) => {
                // Colours by number, which are bytes and no text.
                if items
                    .first()
                    .is_some_and(|o| o.as_name().is_ok_and(|n| n == b"Indexed" || n == b"I"))
                {
                    return Ok(());
                }
                for item in items {
                    self.strings(at, item, label, depth + 1)?;
                }
                Ok(())
            }
            other => match dictionary(other) {
                Some(dict) => self.dictionary(at, dict, depth),
                None => Ok(()),
            },
        }
    }

    fn dictionary(&self, at: &[Step], dict: &Dictionary, depth: u32) -> Result<(), Left> {
        // A field's value is told by the field's name.
        let field = entry(self.doc, dict, b"T")
            .and_then(|o| o.as_str().ok())
            .map(text);
        let signature = dict.has(b"ByteRange");
        for (key, value) in dict {
            let hidden = match key.as_slice() {
                b"ID" | b"CharSet" | b"Registry" | b"Ordering" | b"DA" | b"CheckSum" => true,
                b"Contents" | b"Cert" => signature,
                _ => false,
            };
            if hidden {
                continue;
            }
            let own = String::from_utf8_lossy(key);
            let label = match (key.as_slice(), &field) {
                (b"V" | b"DV", Some(field)) => field.as_str(),
                _ => &own,
            };
            self.strings(at, value, label, depth + 1)?;
        }
        Ok(())
    }

    fn string(&self, at: &[Step], raw: &[u8], label: &str) -> Result<(), Left> {
        let text = text(raw);
        if text.trim().len() < 2 {
            return Ok(());
        }
        self.work
            .say(Event::Text(at.to_vec(), label.to_owned(), text))
    }

    fn stream(&self, id: ObjectId, stream: &lopdf::Stream) -> Result<(), Left> {
        let is = |key: &[u8], value: &[u8]| {
            let found = entry(self.doc, &stream.dict, key).and_then(|o| o.as_name().ok());
            found == Some(value)
        };
        let file = self.files.get(&id);
        let embedded = file.is_some() || is(b"Type", b"EmbeddedFile");
        let text_like =
            self.texts.contains(&id) || is(b"Type", b"Metadata") || is(b"Subtype", b"XML");
        if !embedded && !text_like {
            return Ok(());
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
                self.work.say(Event::Member(name, bytes))
            }
            Ok(bytes) => self.work.say(Event::Lines(at, text(&bytes))),
            Err(_) => self.work.gap(
                &at,
                GapKind::Undecodable,
                "a stream behind an unknown or damaged filter",
            ),
        }
    }
}

/// A text string: UTF-16 or UTF-8 with its mark, or else `PDFDocEncoding`. Strings without a mark that are
/// UTF-8 or GBK beyond ASCII are read as that: many writers forget the mark.
fn text(raw: &[u8]) -> String {
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
    fn text_strings_in_all_their_encodings() {
        assert_eq!(text(b"\xfe\xff\x59\xd3\x54\x0d"), "姓名");
        assert_eq!(text(b"\xff\xfe\xd3\x59\x0d\x54"), "姓名");
        assert_eq!(text(b"\xef\xbb\xbf\xe5\xa7\x93"), "姓");
        assert_eq!(text(b"\xd0\xd5\xc3\xfb"), "姓名");
        assert_eq!(text(b"Z\xfcrich"), "Zürich");
    }
}
