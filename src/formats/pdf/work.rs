//! The reading thread: what it does in which order, and what it tells.

use super::{
    check, document,
    lines::Text,
    load,
    loose::{self, Loose},
    names,
    notice::Why,
    pieces::Which,
    plain::Plain,
    redact::Redaction,
    roles::{Roles, form_resources},
    spread::{self, Known, Spread},
    strings,
    tables::{self, Block, Table},
    tree::{dictionary, follow, items, number},
    walk::{Drawn, Key, Walker, inherited},
};
use crate::{
    formats::{FormatError, Limits, Treatment},
    model::{GapKind, Step},
};
use lopdf::{Dictionary, Document, Object, ObjectId};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
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
/// A page without text of which pictures cover this much was scanned.
const COVERED: f64 = 0.25;

/// What is said of a page that only draws lines and areas.
const DRAWINGS: &str = "a page of drawings without text";

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
    /// A file inside; the answer is its copy, if there is one.
    Member(Vec<u8>, Vec<u8>, Reply<Option<Vec<u8>>>),
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
    /// Whether it is the copy that is read, of which only is told what was not told of its source.
    pub again: AtomicBool,
    /// What was told: of which page, and what.
    pub told: Mutex<BTreeSet<(Option<Step>, GapKind, String)>>,
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
        let note = note.into();
        // Objects of a copy have other numbers, and of what is kept there may be less.
        let page = at.iter().find(|s| matches!(s, Step::Page(_))).cloned();
        let mut what = note.clone();
        if kind == GapKind::Kept {
            what.retain(|c| !c.is_ascii_digit());
        }
        let new = match self.told.lock() {
            Ok(mut told) => told.insert((page, kind, what)),
            Err(_) => true,
        };
        if self.again.load(Ordering::Relaxed) && !new {
            return Ok(());
        }
        self.say(Event::Gap(at.to_vec(), kind, note))
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
        self.plain(text, |text, reply| Event::Lines(at.to_vec(), text, reply))
    }

    pub(super) fn string(&self, at: &[Step], label: &str, text: &str) -> Result<Changes, End> {
        self.plain(text, |text, reply| {
            Event::Text(at.to_vec(), label.to_owned(), text, reply)
        })
    }

    /// Asks about a text made plain; the answer is about the text as it is.
    fn plain(
        &self,
        text: &str,
        event: impl FnOnce(String, Reply<Changes>) -> Event,
    ) -> Result<Changes, End> {
        match Plain::of(text) {
            None => self.ask(|reply| event(text.to_owned(), reply)),
            Some(mut plain) => {
                let said = std::mem::take(&mut plain.text);
                let changes = self.ask(|reply| event(said, reply))?;
                Ok(changes.iter().filter_map(|c| plain.back(text, c)).collect())
            }
        }
    }

    /// The copy of a file inside; none of one that a copy goes without.
    pub(super) fn member(&self, name: Vec<u8>, bytes: Vec<u8>) -> Result<Option<Vec<u8>>, End> {
        if self.again.load(Ordering::Relaxed) {
            return Ok(Some(bytes));
        }
        self.ask(|reply| Event::Member(name, bytes, reply))
    }

    fn read(&self, bytes: Vec<u8>) -> Result<(), End> {
        let opened = load::open(&bytes, &self.limits)?;
        let loose = loose::look(&bytes, &opened.doc);
        drop(bytes);
        if opened.repaired && opened.lost == 0 {
            // The copy is written from what was found and read; whatever else there was is not in it.
            let note = "the table of objects was repaired";
            self.left_out(&[], GapKind::Corrupt, note)?;
        } else if opened.repaired {
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
        self.loose(loose, &mut redaction)?;
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
            let same = redaction.emptied.is_empty() && texts.names.is_empty();
            if same && redaction.holes.is_empty() && texts.changes.is_empty() {
                break;
            }
            copy = document::write(opened.doc, texts, &mut redaction, self)?;
        }
        check::copy(&copy, pages, &redaction, self)?;
        self.say(Event::Copy(copy))
    }

    /// What stands in no object.
    fn loose(&self, loose: Loose, redaction: &mut Redaction) -> Result<(), End> {
        for (at, text) in loose.texts {
            let changes = self.lines(&[Step::Part(format!("byte {at}"))], &text)?;
            redaction.note_string(&text, &changes);
        }
        for (there, kind, note) in [
            (
                loose.unread,
                GapKind::Opaque,
                "bytes outside of objects are not read",
            ),
            (
                loose.unlisted,
                GapKind::Opaque,
                "parts that the table of objects does not list are not read",
            ),
            (
                loose.over,
                GapKind::Limit,
                "more bytes outside of objects than are read",
            ),
        ] {
            if there {
                self.left_out(&[], kind, note)?;
            }
        }
        Ok(())
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
    /// Glyphs that were read.
    glyphs: u64,
    /// Those of them that the copy goes without.
    mute: u64,
    /// Pages without text: where, which and what they are.
    bare: Vec<(Vec<Step>, ObjectId, &'static str)>,
    /// Pages that the copy goes without for what cannot be read of them.
    left_out: u64,
    /// The form's resources, which fields fall back to.
    fallback: Vec<&'d Dictionary>,
    /// Dictionaries of appearances that were looked into, by their address.
    looks: BTreeSet<usize>,
    /// Small pictures of streams.
    known: Known,
}

impl<'r, 'd> Reader<'r, 'd> {
    fn new(
        work: &'r Work,
        doc: &'d Document,
        redaction: &'r mut Redaction,
        open: &'r mut Open,
    ) -> Self {
        let most = usize::try_from(work.limits.held_bytes).unwrap_or(usize::MAX);
        let mut walker = Walker::new(doc, most);
        walker.glyphs = Roles::new(doc).glyphs;
        Self {
            open,
            work,
            walker,
            doc,
            redaction,
            walked: BTreeSet::new(),
            glyphs: 0,
            mute: 0,
            bare: Vec::new(),
            left_out: 0,
            fallback: form_resources(doc),
            looks: BTreeSet::new(),
            known: Known::default(),
        }
    }

    fn pages(&mut self) -> Result<(), End> {
        let mut pages = 0_usize;
        for id in self.doc.page_iter().take(PAGES) {
            pages += 1;
            let at = vec![Step::Page(u32::try_from(pages).unwrap_or(u32::MAX))];
            let stop = Arc::clone(&self.work.stop);
            let drawn = catch_unwind(AssertUnwindSafe(|| self.walker.page(id, &stop)));
            if let Ok(drawn) = drawn {
                self.drawn(&at, &drawn, true)?;
                self.annotations(&at, id)?;
                self.spread(&at, id, &drawn)?;
            } else {
                self.work
                    .gap(&at, GapKind::Crashed, "reading this page failed")?;
                self.annotations(&at, id)?;
            }
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
        if !(page && self.leave_out(at, drawn)?) {
            self.unsure(at, drawn)?;
            self.pictures(at, drawn, page)?;
            for (kind, note) in &drawn.gaps {
                self.work.gap(at, *kind, note.clone())?;
            }
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
        let mut beside = String::new();
        for raw in &drawn.beside {
            beside.push_str(&strings::text(raw));
            beside.push('\n');
        }
        for name in &drawn.names {
            beside.push_str(&names::said(name));
            beside.push('\n');
        }
        let changes = self.work.lines(at, &beside)?;
        self.redaction.note_string(&beside, &changes);
        Ok(())
    }

    /// Whether the copy goes without a page because of what cannot be read of it; that is told.
    fn leave_out(&mut self, at: &[Step], drawn: &Drawn<'_>) -> Result<bool, End> {
        let blank = self.work.limits.unread.objects == Treatment::Blank;
        let page = drawn.streams.first().map(|s| s.key);
        let Some(Key::Page(page)) = page.filter(|_| self.work.writing && blank) else {
            return Ok(false);
        };
        let total = drawn.glyphs.len() as u64;
        let unsure = drawn.unmapped + drawn.guessed;
        let (why, what) = if let Some((_, note)) = drawn.gaps.first() {
            (Why::Content, note.clone())
        } else if 2 * unsure > total {
            let note = format!("{unsure} of {total} glyphs have no sure character");
            (Why::Glyphs, note)
        } else {
            return Ok(false);
        };
        self.left_out += 1;
        self.redaction.emptied.insert(page, why);
        let note = format!("{what}; the copy has a notice in place of the page");
        self.work.gap(at, GapKind::Dropped, note)?;
        Ok(true)
    }

    /// Glyphs whose characters are not known, or not for sure.
    fn unsure(&mut self, at: &[Step], drawn: &Drawn<'_>) -> Result<(), End> {
        let total = drawn.glyphs.len() as u64;
        self.glyphs += total;
        let (none, guessed) = (drawn.unmapped, drawn.guessed);
        if none + guessed == 0 {
            return Ok(());
        }
        let treatment = self.work.limits.unread.objects;
        if self.work.writing && treatment == Treatment::Blank {
            let gone = self.redaction.mute(drawn);
            self.mute += gone;
            let note = format!("{gone} of {total} glyphs have no sure character; not in the copy");
            return self.work.gap(at, GapKind::Dropped, note);
        }
        let kept = self.work.writing && treatment == Treatment::Keep;
        let kind = if kept {
            GapKind::Kept
        } else {
            GapKind::Undecodable
        };
        if none > 0 {
            let note = format!("{none} of {total} glyphs have no character");
            self.work.gap(at, kind, note)?;
        }
        if guessed > 0 {
            let note = format!("characters of {guessed} glyphs are a guess");
            self.work.gap(at, kind, note)?;
        }
        Ok(())
    }

    /// What is shown without text.
    fn pictures(&mut self, at: &[Step], drawn: &Drawn<'_>, page: bool) -> Result<(), End> {
        let empty = drawn.glyphs.is_empty() && page;
        let drawing = empty && drawn.is_drawing();
        // A page that shows a small picture and nothing else is not one that was scanned.
        let bare = drawing || (empty && self.is_covered(drawn));
        let note = match drawn.pictures {
            1.. if bare => "a page of pictures without text",
            1.. => "pictures on the page are not read",
            0 if drawing => DRAWINGS,
            0 => return Ok(()),
        };
        match self.work.limits.unread.pictures {
            _ if !self.work.writing => self.work.gap(at, GapKind::Image, note),
            Treatment::Keep => self.work.gap(at, GapKind::Kept, note),
            Treatment::Withhold => {
                Err(FormatError::Withheld(GapKind::Image, note.to_owned()).into())
            }
            Treatment::Blank if bare => {
                let id = drawn.streams.first().map(|s| s.key);
                if let Some(Key::Page(id)) = id {
                    self.bare.push((at.to_vec(), id, note));
                }
                Ok(())
            }
            Treatment::Blank => self.work.left_out(at, GapKind::Image, note),
        }
    }

    /// Whether pictures cover much of a page, or it is not known how large it is.
    fn is_covered(&self, drawn: &Drawn<'_>) -> bool {
        let Some(Key::Page(id)) = drawn.streams.first().map(|s| s.key) else {
            return true;
        };
        let page = self.doc.objects.get(&id).and_then(dictionary);
        let sides = page.and_then(|p| inherited(self.doc, p, b"MediaBox"));
        let sides = sides.and_then(|o| o.as_array().ok()).into_iter().flatten();
        let sides: Vec<f64> = sides.filter_map(|o| number(follow(self.doc, o))).collect();
        let [x0, y0, x1, y1] = sides.as_slice() else {
            return true;
        };
        let whole = ((x1 - x0) * (y1 - y0)).abs();
        let strips = !drawn.joined.is_empty() || drawn.streams.iter().any(|s| s.strips);
        strips || drawn.covered >= COVERED * whole
    }

    /// Decides on pages without text: a copy has a notice in their place, unless that would be all of it.
    fn bare(&mut self) -> Result<(), End> {
        let all = self.glyphs == 0;
        for (at, id, note) in std::mem::take(&mut self.bare) {
            if all {
                self.work.gap(&at, GapKind::Image, note)?;
            } else {
                let why = match note {
                    DRAWINGS => Why::Drawing,
                    _ => Why::Picture,
                };
                self.redaction.emptied.insert(id, why);
                self.work.left_out(&at, GapKind::Image, note)?;
            }
        }
        Ok(())
    }

    /// Rows of a table, of which those on the page before may be the first.
    fn table(&mut self, at: &[Step], mut table: Table) -> Result<(Text, Changes), End> {
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
        let plain = Plain::of(&text.text);
        if let Some(plain) = &plain {
            table.text.text.clone_from(&plain.text);
            for cell in &mut table.cells {
                (cell.start, cell.end) = (plain.forth(cell.start), plain.forth(cell.end));
            }
        }
        let ask = |reply| Event::Table(at, Box::new(table), place, reply);
        let mut changes: Changes = self.work.ask(ask)?;
        if let Some(plain) = plain {
            let back = changes.iter().filter_map(|c| plain.back(&text.text, c));
            changes = back.collect();
        }
        Ok((text, changes))
    }

    /// What annotations draw: all their appearances, each for itself.
    fn annotations(&mut self, at: &[Step], page: ObjectId) -> Result<(), End> {
        let doc = self.doc;
        let Some(page) = doc.objects.get(&page).and_then(dictionary) else {
            return Ok(());
        };
        let mut forms = Vec::new();
        for annotation in items(doc, page, b"Annots").iter().take(ANNOTATIONS) {
            let annotation = dictionary(follow(doc, annotation));
            if let Some(looks) = annotation.and_then(|d| d.get(b"AP").ok()) {
                collect(doc, looks, &mut forms, &mut self.looks, 0);
            }
        }
        for id in forms {
            let fallback = self.fallback.clone();
            self.single(at, id, &fallback)?;
        }
        Ok(())
    }

    /// Small pictures that show something with those of other streams of a page.
    fn spread(&mut self, at: &[Step], page: ObjectId, drawn: &Drawn<'d>) -> Result<(), End> {
        let doc = self.doc;
        let stop = Arc::clone(&self.work.stop);
        let mut all = Spread::new(drawn);
        let page = doc.objects.get(&page).and_then(dictionary);
        let list = page.map_or(&[][..], |page| items(doc, page, b"Annots"));
        let mut looks = 0;
        for annotation in list.iter().take(ANNOTATIONS) {
            let Some(annotation) = dictionary(follow(doc, annotation)) else {
                continue;
            };
            let (mut forms, mut seen) = (Vec::new(), BTreeSet::new());
            if let Ok(appearance) = annotation.get(b"AP")
                && looks < ANNOTATIONS
            {
                collect(doc, appearance, &mut forms, &mut seen, 0);
            }
            looks += forms.len();
            for id in forms {
                if let Some(form) = doc.objects.get(&id).and_then(dictionary) {
                    let place = (id, spread::placed(doc, annotation, form));
                    all.add(&mut self.known, place, &mut self.walker, &stop);
                }
            }
        }
        for place in spread::named(doc, drawn) {
            all.add(&mut self.known, place, &mut self.walker, &stop);
        }
        let joined = all.together();
        if joined.is_empty() {
            return Ok(());
        }
        for which in joined {
            match which {
                Which::Object(id) => drop(self.redaction.joined.insert(id)),
                Which::Inline(key, _) => drop(self.redaction.strips.insert(key)),
            }
        }
        let shown = Drawn {
            pictures: 1,
            ..Drawn::default()
        };
        self.pictures(at, &shown, false)
    }

    /// A stream by itself, unless it was read.
    fn single(&mut self, at: &[Step], id: ObjectId, outer: &[&'d Dictionary]) -> Result<(), End> {
        if !self.walked.insert(id) {
            return Ok(());
        }
        let stop = Arc::clone(&self.work.stop);
        let drawn = catch_unwind(AssertUnwindSafe(|| self.walker.stream(id, outer, &stop)));
        match drawn {
            Ok(drawn) => {
                self.known.note(id, &drawn);
                self.drawn(at, &drawn, false)
            }
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
        self.bare()?;
        if 2 * self.mute > self.glyphs || (self.left_out > 0 && self.glyphs == 0) {
            let unread = self.redaction.emptied.values();
            let note = if 2 * self.mute <= self.glyphs && unread.clone().all(|w| *w == Why::Content)
            {
                "no page could wholly be read"
            } else {
                "more than half of the glyphs have no sure character"
            };
            return Err(FormatError::Withheld(GapKind::Undecodable, note.to_owned()).into());
        }
        Ok(())
    }
}

/// Streams of an appearance dictionary, each once; any number of annotations may have the same states.
/// `seen` are the dictionaries, by their address, that were looked into.
pub(super) fn collect(
    doc: &Document,
    object: &Object,
    out: &mut Vec<ObjectId>,
    seen: &mut BTreeSet<usize>,
    depth: u32,
) {
    match follow(doc, object) {
        Object::Stream(_) => out.extend(object.as_reference().ok()),
        Object::Dictionary(states)
            if depth < 3 && seen.insert(std::ptr::from_ref(states).addr()) =>
        {
            for (_, state) in states {
                collect(doc, state, out, seen, depth + 1);
            }
        }
        _ => {}
    }
}

/// All streams that hold instructions and are no page's content, and where else their names are looked up.
pub(super) fn contents(doc: &Document) -> BTreeMap<ObjectId, Vec<&Dictionary>> {
    Roles::new(doc).contents
}
