//! The reading thread: what it does in which order, and what it tells.

use super::{
    check, document,
    lines::Text,
    load,
    redact::Redaction,
    strings,
    tables::{self, Block, Table},
    tree::{dictionary, entry, follow, inner, items},
    walk::{Drawn, Key, Walker},
};
use crate::{
    formats::{FormatError, Limits},
    model::{GapKind, Step},
};
use lopdf::{Dictionary, Document, Object, ObjectId};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
};

/// Most pages that are read.
const PAGES: usize = 200_000;
/// How often a copy is read again for what the rules find in it.
const ROUNDS: u32 = 4;
/// Most annotations of one page.
const ANNOTATIONS: usize = 20_000;

/// Ranges of a text that are to go.
pub(super) type Changes = Vec<Range<usize>>;
/// Where an answer is wanted.
type Reply<T> = Option<SyncSender<T>>;

/// What the reading thread finds.
pub(super) enum Event {
    /// Lines of text at a place.
    Lines(Vec<Step>, String, Reply<Changes>),
    /// A table at a place.
    Table(Vec<Step>, Box<Table>, Place, Reply<Changes>),
    /// A string at a place, with its label.
    Text(Vec<Step>, String, String, Reply<Changes>),
    /// Something that was not read.
    Gap(Vec<Step>, GapKind, String),
    /// A file inside; the answer is its copy.
    Member(Vec<u8>, Vec<u8>, Reply<Vec<u8>>),
    /// Bytes that were expanded.
    Spent(u64),
    /// The finished copy.
    Copy(Vec<u8>),
    /// The end.
    Done(Result<(), FormatError>),
}

/// Which table of the file some rows belong to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Its number.
    pub id: u32,
    /// Whether these are its first rows.
    pub first: bool,
    /// The number of the first of these rows, from 1.
    pub first_row: u64,
}

/// The reading thread.
pub(super) struct Work {
    pub send: SyncSender<Event>,
    pub stop: Arc<AtomicBool>,
    pub limits: Limits,
    /// Whether a copy is wanted.
    pub writing: bool,
    /// Whether it is the copy that is read, of which nothing new is told.
    pub again: AtomicBool,
}

/// Why the thread ends early.
#[derive(Debug)]
pub(super) enum End {
    /// Nobody listens any more.
    Left,
    /// It cannot go on.
    Failed(FormatError),
}

impl From<FormatError> for End {
    fn from(error: FormatError) -> Self {
        Self::Failed(error)
    }
}

impl Work {
    pub(super) fn run(&self, bytes: Vec<u8>) {
        let done = catch_unwind(AssertUnwindSafe(|| self.read(bytes)));
        let result = match done {
            Ok(Ok(())) => Ok(()),
            Ok(Err(End::Failed(error))) => Err(error),
            Ok(Err(End::Left)) => return,
            Err(_) => Err(FormatError::Crashed),
        };
        let _ = self.send.send(Event::Done(result));
    }

    fn say(&self, event: Event) -> Result<(), End> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(End::Left);
        }
        self.send.send(event).map_err(|_| End::Left)
    }

    /// Says something and, when a copy is wanted, waits for the answer.
    fn ask<T: Default>(&self, event: impl FnOnce(Reply<T>) -> Event) -> Result<T, End> {
        if !self.writing {
            self.say(event(None))?;
            return Ok(T::default());
        }
        let (send, answer) = sync_channel(1);
        self.say(event(Some(send)))?;
        answer.recv().map_err(|_| End::Left)
    }

    /// Whether to go on.
    pub(super) fn stopped(&self) -> Result<(), End> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(End::Left);
        }
        Ok(())
    }

    pub(super) fn gap(
        &self,
        at: &[Step],
        kind: GapKind,
        note: impl Into<String>,
    ) -> Result<(), End> {
        if self.again.load(Ordering::Relaxed) && kind.is_wanted() {
            return Ok(());
        }
        self.say(Event::Gap(at.to_vec(), kind, note.into()))
    }

    /// Something that a copy goes without: it is told, and only what is read suffers from it.
    pub(super) fn left_out(&self, at: &[Step], kind: GapKind, note: &str) -> Result<(), End> {
        if self.writing {
            self.gap(at, GapKind::Dropped, format!("{note}; not in the copy"))
        } else {
            self.gap(at, kind, note)
        }
    }

    pub(super) fn lines(&self, at: &[Step], text: &str) -> Result<Changes, End> {
        if text.trim().is_empty() {
            return Ok(Changes::new());
        }
        self.ask(|reply| Event::Lines(at.to_vec(), text.to_owned(), reply))
    }

    pub(super) fn string(&self, at: &[Step], label: &str, text: &str) -> Result<Changes, End> {
        self.ask(|reply| Event::Text(at.to_vec(), label.to_owned(), text.to_owned(), reply))
    }

    pub(super) fn member(&self, name: Vec<u8>, bytes: Vec<u8>) -> Result<Vec<u8>, End> {
        if self.again.load(Ordering::Relaxed) {
            return Ok(bytes);
        }
        self.ask(|reply| Event::Member(name, bytes, reply))
    }

    fn read(&self, bytes: Vec<u8>) -> Result<(), End> {
        let opened = load::open(&bytes, &self.limits)?;
        drop(bytes);
        if opened.repaired {
            self.gap(&[], GapKind::Corrupt, "the table of objects was repaired")?;
        }
        if opened.lost > 0 {
            let note = format!("{} objects could not be read", opened.lost);
            self.gap(&[], GapKind::Corrupt, note)?;
        }
        if opened.revised {
            self.left_out(&[], GapKind::Opaque, "earlier revisions are not read")?;
        }
        if opened.locked && self.writing {
            return Err(FormatError::Withheld(
                GapKind::Encrypted,
                "a copy would not be encrypted as its source is".into(),
            )
            .into());
        }
        if opened.encrypted && self.writing {
            self.gap(&[], GapKind::Dropped, "encrypted; the copy is not")?;
        }
        let pages = opened.doc.page_iter().count();
        let mut redaction = Redaction::default();
        let mut open = Open::default();
        let texts = self.all(&opened.doc, &mut redaction, &mut open)?;
        if !self.writing {
            return Ok(());
        }
        let mut copy = document::write(opened.doc, texts, &mut redaction, self)?;
        // What is left may show more: a column whose other cells are gone, a row that now is one.
        self.again.store(true, Ordering::Relaxed);
        for _ in 0..ROUNDS {
            let opened = load::open(&copy, &self.limits)?;
            redaction.next();
            let texts = self.all(&opened.doc, &mut redaction, &mut open)?;
            if redaction.holes.is_empty() && texts.changes.is_empty() {
                break;
            }
            copy = document::write(opened.doc, texts, &mut redaction, self)?;
        }
        check::copy(&copy, pages, &redaction, self)?;
        self.say(Event::Copy(copy))
    }

    /// Reads all of a document once.
    fn all(
        &self,
        doc: &Document,
        redaction: &mut Redaction,
        open: &mut Open,
    ) -> Result<strings::Strings, End> {
        let mut reader = Reader::new(self, doc, redaction, open);
        reader.pages()?;
        reader.others()?;
        strings::sweep(doc, self, redaction)
    }
}

/// The table that was read last, which the next page may go on with.
#[derive(Debug, Default)]
struct Open {
    id: u32,
    columns: Vec<(f64, f64)>,
    rows: u64,
}

/// Reads all that is drawn.
struct Reader<'r, 'd> {
    open: &'r mut Open,
    work: &'r Work,
    walker: Walker<'d>,
    doc: &'d Document,
    redaction: &'r mut Redaction,
    /// Streams that were walked over.
    walked: BTreeSet<ObjectId>,
    /// The form's resources, which fields fall back to.
    fallback: Vec<&'d Dictionary>,
}

impl<'r, 'd> Reader<'r, 'd> {
    fn new(
        work: &'r Work,
        doc: &'d Document,
        redaction: &'r mut Redaction,
        open: &'r mut Open,
    ) -> Self {
        let most = usize::try_from(work.limits.held_bytes).unwrap_or(usize::MAX);
        Self {
            open,
            work,
            walker: Walker::new(doc, most),
            doc,
            redaction,
            walked: BTreeSet::new(),
            fallback: form_resources(doc),
        }
    }

    fn pages(&mut self) -> Result<(), End> {
        let mut pages = 0_usize;
        for id in self.doc.page_iter().take(PAGES) {
            pages += 1;
            let at = vec![Step::Page(u32::try_from(pages).unwrap_or(u32::MAX))];
            let stop = Arc::clone(&self.work.stop);
            let drawn = catch_unwind(AssertUnwindSafe(|| self.walker.page(id, &stop)));
            match drawn {
                Ok(drawn) => self.drawn(&at, &drawn, true)?,
                Err(_) => {
                    self.work
                        .gap(&at, GapKind::Crashed, "reading this page failed")?;
                }
            }
            self.annotations(&at, id)?;
        }
        if pages == 0 {
            self.work
                .gap(&[], GapKind::Corrupt, "no pages were found")?;
        }
        if pages == PAGES {
            self.work
                .gap(&[], GapKind::Limit, "later pages are not read")?;
        }
        Ok(())
    }

    /// What a walk found: its gaps and its text.
    fn drawn(&mut self, at: &[Step], drawn: &Drawn<'_>, page: bool) -> Result<(), End> {
        self.work.say(Event::Spent(self.walker.take_spent()))?;
        for walked in &drawn.streams {
            if let Key::Object(id) = walked.key {
                self.walked.insert(id);
            }
        }
        if drawn.unmapped > 0 {
            let total = drawn.glyphs.len() as u64;
            let note = format!("{} of {total} glyphs have no character", drawn.unmapped);
            self.work.gap(at, GapKind::Undecodable, note)?;
        }
        if drawn.guessed > 0 {
            let note = format!("characters of {} glyphs are a guess", drawn.guessed);
            self.work.gap(at, GapKind::Undecodable, note)?;
        }
        if drawn.pictures > 0 && drawn.glyphs.is_empty() && page {
            let note = "a page of pictures without text";
            self.work.gap(at, GapKind::Image, note)?;
        } else if drawn.pictures > 0 {
            let note = "pictures on the page are not read";
            self.work.left_out(at, GapKind::Image, note)?;
        }
        if drawn.is_drawing() && page {
            let note = "a page of drawings without text";
            self.work.gap(at, GapKind::Image, note)?;
        }
        for (kind, note) in &drawn.gaps {
            self.work.gap(at, *kind, note.clone())?;
        }
        for block in tables::blocks(&drawn.glyphs) {
            let (text, changes) = match block {
                Block::Lines(text) => {
                    let changes = self.work.lines(at, &text.text)?;
                    (text, changes)
                }
                Block::Table(table) => self.table(at, table)?,
            };
            if self.work.writing {
                self.redaction.note(drawn, &text, &changes);
            }
        }
        for raw in &drawn.texts {
            let value = strings::text(raw);
            let changes = self.work.string(at, "ActualText", &value)?;
            self.redaction.note_string(&value, &changes);
        }
        Ok(())
    }

    /// Rows of a table, of which those on the page before may be the first.
    fn table(&mut self, at: &[Step], table: Table) -> Result<(Text, Changes), End> {
        let same = !table.is_headed()
            && self.open.columns.len() == table.columns.len()
            && self
                .open
                .columns
                .iter()
                .zip(&table.columns)
                .all(|(a, b)| a.0 < b.1 && b.0 < a.1);
        if !same {
            self.open.id += 1;
            self.open.rows = 0;
        }
        self.open.columns.clone_from(&table.columns);
        let place = Place {
            id: self.open.id,
            first: !same,
            first_row: self.open.rows + 1,
        };
        self.open.rows += u64::from(table.rows);
        let text = table.text.clone();
        let mut at = at.to_vec();
        at.push(Step::Block(self.open.id));
        let ask = |reply| Event::Table(at, Box::new(table), place, reply);
        Ok((text, self.work.ask(ask)?))
    }

    /// What annotations draw: all their appearances, each for itself.
    fn annotations(&mut self, at: &[Step], page: ObjectId) -> Result<(), End> {
        let doc = self.doc;
        let Some(page) = doc.objects.get(&page).and_then(dictionary) else {
            return Ok(());
        };
        let mut forms = Vec::new();
        for annotation in items(doc, page, b"Annots").iter().take(ANNOTATIONS) {
            let appearance = dictionary(follow(doc, annotation)).and_then(|d| inner(doc, d, b"AP"));
            for (_, state) in appearance.into_iter().flatten() {
                collect(doc, state, &mut forms, 0);
            }
        }
        for id in forms {
            let fallback = self.fallback.clone();
            self.single(at, id, &fallback)?;
        }
        Ok(())
    }

    /// A stream by itself, unless it was read.
    fn single(&mut self, at: &[Step], id: ObjectId, outer: &[&'d Dictionary]) -> Result<(), End> {
        if !self.walked.insert(id) {
            return Ok(());
        }
        let stop = Arc::clone(&self.work.stop);
        let drawn = catch_unwind(AssertUnwindSafe(|| self.walker.stream(id, outer, &stop)));
        match drawn {
            Ok(drawn) => self.drawn(at, &drawn, false),
            Err(_) => self
                .work
                .gap(at, GapKind::Crashed, "reading this part failed"),
        }
    }

    /// Every other content stream: patterns, masks, procedures of glyphs, forms that nothing draws.
    fn others(&mut self) -> Result<(), End> {
        for (id, outer) in contents(self.doc) {
            let at = vec![Step::Part(format!("object {}", id.0))];
            self.single(&at, id, &outer)?;
        }
        Ok(())
    }
}

/// Streams of an entry of an appearance dictionary.
fn collect(doc: &Document, object: &Object, out: &mut Vec<ObjectId>, depth: u32) {
    match follow(doc, object) {
        Object::Stream(_) => out.extend(object.as_reference().ok()),
        Object::Dictionary(states) if depth < 2 => {
            for (_, state) in states {
                collect(doc, state, out, depth + 1);
            }
        }
        _ => {}
    }
}

/// The resources of the form.
pub(super) fn form_resources(doc: &Document) -> Vec<&Dictionary> {
    let catalog = doc
        .trailer
        .get(b"Root")
        .ok()
        .and_then(|o| dictionary(follow(doc, o)));
    let form = catalog.and_then(|c| inner(doc, c, b"AcroForm"));
    form.and_then(|f| inner(doc, f, b"DR"))
        .into_iter()
        .collect()
}

/// All streams that hold instructions and are no page's content, and where else their names are looked
/// up: procedures of glyphs use the resources of their font.
pub(super) fn contents(doc: &Document) -> BTreeMap<ObjectId, Vec<&Dictionary>> {
    let mut out: BTreeMap<ObjectId, Vec<&Dictionary>> = BTreeMap::new();
    for (id, object) in &doc.objects {
        let Some(dict) = dictionary(object) else {
            continue;
        };
        for (_, procedure) in inner(doc, dict, b"CharProcs").into_iter().flatten() {
            if let Ok(id) = procedure.as_reference() {
                let outer = out.entry(id).or_default();
                if outer.len() < 4 {
                    outer.extend(inner(doc, dict, b"Resources"));
                }
            }
        }
        let form = matches!(entry(doc, dict, b"Subtype"), Some(Object::Name(n)) if n == b"Form");
        let pattern = dict.has(b"PatternType");
        if object.as_stream().is_ok() && (form || pattern) {
            out.entry(*id).or_default();
        }
    }
    out.retain(|id, _| matches!(doc.objects.get(id), Some(Object::Stream(_))));
    for outer in out.values_mut() {
        outer.extend(form_resources(doc));
    }
    out
}
