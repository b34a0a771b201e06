//! PDF: a first reading of its text (ISO 32000).
//!
//! Pages are read glyph by glyph and joined to lines by where the glyphs stand; every string of every
//! other object (annotations, fields, outlines, properties, scripts) is read as it is. What cannot be
//! told, above all glyphs whose characters the file does not say, is counted and noted.

mod codes;
mod font;
mod lines;
mod page;
mod strings;

use super::{Cx, Format, FormatError, Limits, Output, Probe, Source};
use crate::model::{Ability, Charset, FormatId, Fragment, GapKind, Layout, Name, Step};
use lopdf::{Dictionary, Document, LoadOptions, Object, Stream};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    time::Duration,
};

/// PDF text.
#[derive(Debug, Clone, Copy)]
pub struct Pdf;

/// Bytes that may stand before the header.
const JUNK: usize = 1024;
/// Most pages that are read.
const PAGES: usize = 200_000;
/// Stack of the reading thread: objects may be nested.
const STACK: usize = 64 << 20;

impl Format for Pdf {
    fn id(&self) -> FormatId {
        "pdf"
    }

    fn ability(&self) -> Ability {
        Ability::Read
    }

    fn probe(&self, head: &[u8], _: &[u8]) -> Probe {
        if header(head).is_some() {
            Probe::Bytes
        } else {
            Probe::No
        }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        if out.is_some() {
            return Err(FormatError::Unsupported("writing PDF"));
        }
        let bytes = source.held(cx.limits.held_bytes)?;
        cx.read(bytes.len() as u64);
        let (send, events) = sync_channel(64);
        let stop = Arc::new(AtomicBool::new(false));
        let work = Work {
            send,
            stop: Arc::clone(&stop),
            limits: cx.limits.clone(),
        };
        // A thread of its own for its stack, and so that a reading that never ends can be left.
        std::thread::Builder::new()
            .name("pdf".into())
            .stack_size(STACK)
            .spawn(move || work.run(&bytes))?;
        let result = hear(&events, cx);
        stop.store(true, Ordering::Relaxed);
        result
    }
}

fn header(head: &[u8]) -> Option<usize> {
    memchr::memmem::find(head.get(..JUNK).unwrap_or(head), b"%PDF-")
}

/// What the reading thread finds.
enum Event {
    Lines(Vec<Step>, String),
    Text(Vec<Step>, String, String),
    Gap(Vec<Step>, GapKind, String),
    Member(Vec<u8>, Vec<u8>),
    Spent(u64),
    Done(Result<(), FormatError>),
}

/// Hands on what the thread finds.
fn hear(events: &Receiver<Event>, cx: &mut Cx<'_>) -> Result<(), FormatError> {
    loop {
        let event = match events.recv_timeout(Duration::from_secs(1)) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout) => {
                cx.spend(0)?;
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return Err(FormatError::Crashed),
        };
        match event {
            Event::Lines(at, text) => {
                cx.spend(text.len() as u64)?;
                lines_of(&at, &text, cx);
            }
            Event::Text(at, label, text) => {
                cx.spend(text.len() as u64)?;
                let label = Some(label.as_str()).filter(|l| !l.is_empty());
                cx.string(&at, &text, label);
            }
            Event::Gap(at, kind, note) => cx.gap(&at, kind, &note),
            Event::Member(name, bytes) => {
                cx.spend(bytes.len() as u64)?;
                cx.member(&Name::new(name), &mut Source::slice(&bytes), None)?;
            }
            Event::Spent(bytes) => cx.spend(bytes)?,
            Event::Done(result) => return result,
        }
    }
}

/// Lines in fragments of some MiB, cut between lines.
fn lines_of(at: &[Step], text: &str, cx: &mut Cx<'_>) {
    const MOST: usize = 4 << 20;
    let mut rest = text;
    let mut first = 1;
    while !rest.is_empty() {
        let mut cut = rest.len();
        if cut > MOST {
            let mut near = MOST;
            while !rest.is_char_boundary(near) {
                near -= 1;
            }
            let (head, _) = rest.split_at(near);
            cut = head.rfind('\n').map_or(near, |n| n + 1);
        }
        let (now, later) = rest.split_at(cut);
        cx.text(&Fragment {
            at,
            bytes: now.as_bytes(),
            charset: Charset::Utf8,
            own: 0..now.len(),
            base: None,
            layout: Layout::Lines { first },
            label: None,
        });
        first += now.bytes().filter(|&b| b == b'\n').count() as u64;
        rest = later;
    }
}

/// The reading thread.
struct Work {
    send: SyncSender<Event>,
    stop: Arc<AtomicBool>,
    limits: Limits,
}

/// Nobody listens any more.
#[derive(Debug)]
struct Left;

impl Work {
    fn run(&self, bytes: &[u8]) {
        let done = catch_unwind(AssertUnwindSafe(|| self.read(bytes)));
        let result = match done {
            Ok(Ok(result)) => result,
            Ok(Err(Left)) => return,
            Err(_) => Err(FormatError::Crashed),
        };
        let _ = self.send.send(Event::Done(result));
    }

    fn say(&self, event: Event) -> Result<(), Left> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Left);
        }
        self.send.send(event).map_err(|_| Left)
    }

    fn gap(&self, at: &[Step], kind: GapKind, note: impl Into<String>) -> Result<(), Left> {
        self.say(Event::Gap(at.to_vec(), kind, note.into()))
    }

    fn read(&self, bytes: &[u8]) -> Result<Result<(), FormatError>, Left> {
        let doc = match self.load(bytes) {
            Ok(doc) => doc,
            Err(e) => return Ok(Err(e)),
        };
        if doc.xref_recovery.is_some() {
            self.gap(&[], GapKind::Corrupt, "the table of objects was repaired")?;
        }
        let lost = lost(&doc);
        if lost > 0 {
            let note = format!("{lost} objects could not be read");
            self.gap(&[], GapKind::Corrupt, note)?;
        }
        let sections = 1 + usize::from(doc.linearization.is_some());
        if doc.xref_section_count > sections {
            self.gap(&[], GapKind::Opaque, "earlier revisions are not read")?;
        }
        let most = self.limits.held_bytes;
        let mut reader = page::Reader::new(&doc, usize::try_from(most).unwrap_or(usize::MAX));
        let mut pages = 0_usize;
        for (n, id) in doc.page_iter().take(PAGES).enumerate() {
            pages = n + 1;
            let number = u32::try_from(pages).unwrap_or(u32::MAX);
            let read = catch_unwind(AssertUnwindSafe(|| reader.page(id, &self.stop)));
            self.say(Event::Spent(reader.take_spent()))?;
            let at = vec![Step::Page(number)];
            match read {
                Ok(page) => self.page(at, page)?,
                Err(_) => self.gap(&at, GapKind::Crashed, "reading this page failed")?,
            }
        }
        if pages == 0 {
            self.gap(&[], GapKind::Corrupt, "no pages were found")?;
        }
        if pages == PAGES {
            self.gap(&[], GapKind::Limit, "later pages are not read")?;
        }
        strings::sweep(&doc, self)?;
        Ok(Ok(()))
    }

    fn page(&self, at: Vec<Step>, page: page::Page) -> Result<(), Left> {
        if page.unmapped > 0 {
            let note = format!(
                "{} of {} glyphs have no character",
                page.unmapped, page.glyphs
            );
            self.gap(&at, GapKind::Undecodable, note)?;
        }
        if page.guessed > 0 {
            let note = format!("characters of {} glyphs are a guess", page.guessed);
            self.gap(&at, GapKind::Undecodable, note)?;
        }
        if page.images > 0 {
            let note = if page.glyphs == 0 {
                "a page of pictures without text"
            } else {
                "pictures on the page are not read"
            };
            self.gap(&at, GapKind::Image, note)?;
        }
        for (kind, note) in page.gaps {
            self.gap(&at, kind, note)?;
        }
        if !page.text.is_empty() {
            self.say(Event::Lines(at, page.text))?;
        }
        Ok(())
    }

    /// Loads the document, from where its header is and without its table of objects if need be.
    fn load(&self, bytes: &[u8]) -> Result<Document, FormatError> {
        let start = header(bytes).unwrap_or(0);
        let options = |force_reconstruct| LoadOptions {
            max_decompressed_size: usize::try_from(self.limits.held_bytes).ok(),
            force_reconstruct,
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
                Ok(Ok(doc)) if doc.page_iter().next().is_some() || force => return Ok(doc),
                Ok(Err(lopdf::Error::InvalidPassword | lopdf::Error::Decryption(_))) => {
                    return Err(FormatError::Encrypted);
                }
                Ok(Err(lopdf::Error::Decompress(
                    lopdf::DecompressError::MemoryLimitExceeded { .. },
                ))) => worst = FormatError::Limit("expanded bytes of one stream"),
                Ok(_) => {}
                Err(_) => worst = FormatError::Crashed,
            }
        }
        Err(worst)
    }
}

/// Objects that the file's table has and that could not be read, such as streams of a wrong length.
fn lost(doc: &Document) -> usize {
    use lopdf::xref::XrefEntry;
    let missing = doc
        .reference_table
        .entries
        .iter()
        .filter(|(number, entry)| {
            let generation = match entry {
                XrefEntry::Normal { generation, .. } => *generation,
                XrefEntry::Compressed { .. } => 0,
                _ => return false,
            };
            !doc.objects.contains_key(&(**number, generation))
        });
    let empty = doc.objects.values().filter(|object| match object {
        Object::Stream(s) => {
            s.start_position.is_some()
                && s.content.is_empty()
                && entry(doc, &s.dict, b"Length").and_then(number) != Some(0.0)
        }
        _ => false,
    });
    missing.count() + empty.count()
}

/// The object behind references; `Null` when there is none.
fn follow<'d>(doc: &'d Document, mut object: &'d Object) -> &'d Object {
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
fn entry<'d>(doc: &'d Document, dict: &'d Dictionary, key: &[u8]) -> Option<&'d Object> {
    let object = follow(doc, dict.get(key).ok()?);
    (!object.is_null()).then_some(object)
}

fn dictionary(object: &Object) -> Option<&Dictionary> {
    match object {
        Object::Dictionary(dict) => Some(dict),
        Object::Stream(stream) => Some(&stream.dict),
        _ => None,
    }
}

fn number(object: &Object) -> Option<f64> {
    match object {
        #[expect(clippy::cast_precision_loss, reason = "coordinates, not counts")]
        Object::Integer(n) => Some(*n as f64),
        Object::Real(n) => Some(f64::from(*n)),
        _ => None,
    }
}

fn name_of<'d>(doc: &'d Document, dict: &'d Dictionary, key: &[u8]) -> Option<&'d [u8]> {
    entry(doc, dict, key)?.as_name().ok()
}

/// A stream's content behind its filters, up to `most` bytes; filters may have short names.
fn content(stream: &Stream, most: usize) -> lopdf::Result<Vec<u8>> {
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
    let short = stream
        .filters()
        .is_ok_and(|filters| filters.iter().any(|f| full(f) != *f));
    if short {
        let filters = stream.filters()?;
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

#[cfg(test)]
mod tests;
