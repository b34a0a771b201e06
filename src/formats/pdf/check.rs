//! The look at the finished copy: by another parser than the one that its source was read with.
//!
//! Every stream is expanded and every string decoded; the text is extracted again; the values and the
//! codes they were written in are looked for. Whatever is found, or cannot be read, withholds the copy.

use super::{
    document::withheld,
    grammar::is_of_standard,
    lex::{Instructions, Kind, is_regular, name, string},
    lines, load,
    redact::Redaction,
    remains::{self, Sum},
    secrets::Finder,
    strings,
    tree::{content, dictionary, name_of},
    walk::{Drawn, Walker},
    work::{End, Work, contents},
};
use aho_corasick::AhoCorasick;
use lopdf::{Dictionary, Document, Object};
use std::collections::HashSet;

/// What is looked for.
struct Look<'r> {
    finder: Option<&'r Finder>,
    bytes: AhoCorasick,
    codes: AhoCorasick,
}

/// Reads a finished copy and refuses it when anything is left.
pub(super) fn copy(
    bytes: &[u8],
    pages: usize,
    redaction: &Redaction,
    work: &Work,
) -> Result<(), End> {
    let doc = load::second_tree(bytes).ok_or_else(|| withheld("the copy cannot be read again"))?;
    if doc.page_iter().count() != pages {
        return Err(withheld("the copy has not all pages"));
    }
    let finder = redaction.secrets.finder();
    let unable = || withheld("the values cannot be looked for");
    let look = Look {
        finder: finder.as_ref().filter(|_| !redaction.secrets.is_empty()),
        bytes: redaction.secrets.bytes().ok_or_else(unable)?,
        codes: redaction.secrets.codes().ok_or_else(unable)?,
    };
    let most = usize::try_from(work.limits.held_bytes).unwrap_or(usize::MAX);
    for object in doc.objects.values() {
        look.object(&doc, object, 0)?;
        if let Object::Stream(stream) = object {
            if name_of(&doc, &stream.dict, b"Subtype") == Some(b"Image") {
                look.raw(&stream.content)?;
                continue;
            }
            let plain = content(stream, most)
                .map_err(|_| withheld("a stream of the copy cannot be expanded"))?;
            work.stopped()?;
            look.raw(&plain)?;
        }
    }
    let mut walker = Walker::new(&doc, most);
    let mut shown = Vec::new();
    for id in doc.page_iter() {
        let drawn = walker.page(id, &work.stop);
        shown.push(Sum::all(&drawn));
        look.drawn(&drawn)?;
        let data = walker.contents(id, &work.stop);
        look.codes(&data)?;
    }
    for (id, outer) in contents(&doc) {
        look.drawn(&walker.stream(id, &outer, &work.stop))?;
        let data = walker.expanded(id, &work.stop);
        look.codes(&data)?;
    }
    if redaction.shown.as_ref().is_some_and(|s| *s != shown) {
        return Err(withheld(remains::OTHER));
    }
    Ok(())
}

fn left(what: &str) -> End {
    withheld(&format!("a value is still in {what} of the copy"))
}

/// A stream without the names of the standard that it spells.
fn without_standard(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for at in memchr::memchr_iter(b'/', bytes) {
        let rest = bytes.get(at + 1..).unwrap_or_default();
        let long = rest.iter().position(|b| !is_regular(*b));
        let end = at + 1 + long.unwrap_or(rest.len());
        if bytes.get(at + 1..end).is_some_and(is_of_standard)
            && let Some(word) = out.get_mut(at..end)
        {
            word.fill(b'/');
        }
    }
    out
}

impl Look<'_> {
    fn text(&self, text: &str, what: &str) -> Result<(), End> {
        match self.finder {
            Some(finder) if !finder.find(text).is_empty() => Err(left(what)),
            _ => Ok(()),
        }
    }

    /// A name that the file gives; those of the standard say nothing.
    fn name(&self, name: &[u8]) -> Result<(), End> {
        if self.finder.is_none() || is_of_standard(name) {
            return Ok(());
        }
        self.text(&strings::text(name), "a name")
    }

    fn raw(&self, bytes: &[u8]) -> Result<(), End> {
        let holds = |bytes: &[u8]| self.bytes.is_match(bytes);
        if self.bytes.patterns_len() > 0 && holds(bytes) && holds(&without_standard(bytes)) {
            return Err(left("a stream"));
        }
        Ok(())
    }

    fn drawn(&self, drawn: &Drawn<'_>) -> Result<(), End> {
        self.text(&lines::text(&drawn.glyphs).text, "the text")
    }

    /// The codes of all strings of a content stream, in their order, and its names.
    fn codes(&self, data: &[u8]) -> Result<(), End> {
        if self.codes.patterns_len() == 0 && self.finder.is_none() {
            return Ok(());
        }
        let mut all = Instructions::new(data);
        let (mut codes, mut bytes) = (Vec::new(), Vec::new());
        let mut names: HashSet<&[u8]> = HashSet::new();
        let mut more = true;
        while more {
            more = all.next().is_some();
            for token in &all.operands {
                match token.kind {
                    Kind::Literal | Kind::Hex => {
                        string(all.raw(*token), &mut bytes);
                        codes.extend_from_slice(&bytes);
                    }
                    Kind::Name if names.insert(all.raw(*token)) => {
                        self.name(&name(all.raw(*token)))?;
                    }
                    _ => {}
                }
            }
        }
        if self.codes.patterns_len() > 0 && self.codes.is_match(&codes) {
            return Err(left("the codes"));
        }
        Ok(())
    }

    fn object(&self, doc: &Document, object: &Object, depth: u32) -> Result<(), End> {
        if depth > 200 {
            return Err(withheld("the copy is nested too deep"));
        }
        match object {
            Object::String(raw, _) => {
                self.text(&strings::text(raw), "a string")?;
                self.raw(raw)
            }
            Object::Name(name) => self.name(name),
            Object::Array(items) => items
                .iter()
                .try_for_each(|o| self.object(doc, o, depth + 1)),
            other => match dictionary(other) {
                Some(dict) => self.dictionary(doc, dict, depth),
                None => Ok(()),
            },
        }
    }

    fn dictionary(&self, doc: &Document, dict: &Dictionary, depth: u32) -> Result<(), End> {
        for (key, value) in dict {
            self.name(key)?;
            self.object(doc, value, depth + 1)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{
        FormatError, Limits,
        pdf::tests::{page, pdf, stream},
    };
    use std::sync::{Arc, atomic::AtomicBool, mpsc::sync_channel};

    fn passes(file: &[u8], value: &str) -> bool {
        passes_with(file, value, None)
    }

    fn passes_with(file: &[u8], value: &str, shown: Option<Vec<Sum>>) -> bool {
        let (send, _heard) = sync_channel(64);
        let work = Work {
            send,
            stop: Arc::new(AtomicBool::new(false)),
            limits: Limits::default(),
            writing: true,
            again: AtomicBool::new(false),
            told: std::sync::Mutex::default(),
        };
        let mut redaction = Redaction {
            shown,
            ..Redaction::default()
        };
        redaction.secrets.add(value);
        match copy(file, 1, &redaction, &work) {
            Ok(()) => true,
            Err(End::Failed(FormatError::Withheld(..))) => false,
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_page_that_shows_other_text_than_what_was_left_is_seen() {
        let shown = |content: &str| page(&format!("BT /F1 9 Tf {content} ET"), "", &[]);
        let sums = |file: &[u8]| {
            let doc = Document::load_mem(file).unwrap();
            let mut walker = Walker::new(&doc, 1 << 20);
            let page = doc.page_iter().next().unwrap();
            vec![Sum::all(&walker.page(page, &AtomicBool::new(false)))]
        };
        let left = sums(&shown("(tel) Tj 9 0 Td ( on) Tj"));
        let passes = |content: &str| passes_with(&shown(content), "138001", Some(left.clone()));
        assert!(passes("[(tel) 9 ( on)] TJ"));
        for other in [
            "(tel) Tj",
            "(tel) Tj (of) Tj",
            "( on) Tj (tel) Tj",
            "(tell on) Tj",
            "",
        ] {
            assert!(!passes(other), "{other}");
        }
    }

    #[test]
    fn words_of_the_standard_are_no_values_but_where_they_are_said() {
        assert!(passes(&page("/DeviceGray cs", "", &[]), "DeviceGray"));
        assert!(passes(&page("", "", &[]), "Page"));
        for content in ["/Span <</Alt(a Page)>> BDC EMC", "BT /F1 9 Tf (Page) Tj ET"] {
            let note = "<</Type/Annot/Subtype/Text/Contents(a Page)>>";
            assert!(!passes(&page(content, "", &["[7 0 R]", note]), "Page"));
        }
        assert!(!passes(&page("/Li#20Na BMC EMC", "", &[]), "Li Na"));
        assert!(!passes(
            &page("(DeviceGray) pop /DeviceGray cs", "", &[]),
            "DeviceGray"
        ));
    }

    #[test]
    fn a_value_left_anywhere_is_seen() {
        let value = "13800138000";
        assert!(passes(&page("BT /F1 9 Tf (138) Tj ET", "", &[]), value));
        for content in [
            "BT /F1 9 Tf [(1380) 40 (0138000)] TJ ET",
            "BT /F1 9 Tf (138 001) Tj 0 -10 Td (38000) Tj ET",
            "% 13800138000",
            "/Span <</Alt <FEFF00310033003800300030003100330038003000300030>>> BDC EMC",
        ] {
            assert!(!passes(&page(content, "", &[]), value), "{content}");
        }
        let note = "<</Type/Annot/Subtype/Text/Contents(call 138 0013 8000)>>";
        assert!(!passes(&page("", "", &["[7 0 R]", note]), value));
        let pages = "<</Type/Pages/Kids[3 0 R]/Count 1>>";
        let objects = [
            "<</Type/Catalog/Pages 2 0 R/Metadata 4 0 R>>",
            pages,
            "<</Type/Page/Parent 2 0 R/A13800138000 1>>",
            &stream("", "nothing"),
        ];
        assert!(!passes(&pdf(&objects, ""), value));
    }
}
