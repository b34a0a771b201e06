//! A large text file whose segments are read side by side.

use super::lock;
use crate::{
    detect::Tables,
    formats::Start,
    model::{Attributes, FileRecord, Gap, GapKind, Listing, Name, State},
    scan::{self, Cut, Piece, Purpose, Reader, Which},
    sys::Stamp,
};
use std::sync::{
    Mutex, TryLockError,
    atomic::{AtomicUsize, Ordering},
};

/// Findings of a file that may wait for their turn before no more of its segments are read.
const HELD: usize = 200_000;

/// One such file.
#[derive(Debug)]
pub(super) struct Large {
    /// Number of its batch.
    pub batch: u64,
    /// Its slot in the batch.
    pub slot: usize,
    root: u32,
    path: Name,
    cut: Cut,
    before: Option<Stamp>,
    attributes: Option<Attributes>,
    tables: Mutex<Tables>,
    pieces: Mutex<Pieces>,
    merged: Mutex<Merged>,
    /// Listed findings that were not handed on yet.
    held: AtomicUsize,
}

/// The segments up to one, put together.
#[derive(Debug, Default)]
struct Merged {
    whole: Option<Piece>,
    /// Whether the next one begins inside a quoted field.
    quoted: bool,
    /// Lines so far.
    lines: u64,
    next: usize,
}

#[derive(Debug)]
struct Pieces {
    done: Vec<Option<Piece>>,
    left: u64,
}

/// What running a segment gave.
pub(super) struct Done {
    /// Bytes read.
    pub bytes: u64,
    /// Whether it was the last one to finish.
    pub last: bool,
}

impl Large {
    pub(super) fn new(
        (batch, slot): (u64, usize),
        which: Which<'_>,
        cut: Cut,
        before: Option<Stamp>,
        attributes: Option<Attributes>,
    ) -> Self {
        let count = cut.segments.count();
        let done = (0..count).map(|_| None).collect();
        let pieces = Mutex::new(Pieces { done, left: count });
        Self {
            batch,
            slot,
            root: which.root,
            path: which.path.clone(),
            cut,
            before,
            attributes,
            tables: Mutex::default(),
            pieces,
            merged: Mutex::default(),
            held: AtomicUsize::new(0),
        }
    }

    /// Number of segments.
    pub(super) fn count(&self) -> u64 {
        self.cut.segments.count()
    }

    fn which(&self) -> Which<'_> {
        Which {
            root: self.root,
            path: &self.path,
        }
    }

    fn read(&self, reader: Reader<'_>, purpose: Purpose<'_>, index: u64, start: Start) -> Piece {
        let tables = lock(&self.tables).clone();
        scan::piece(
            &reader,
            self.which(),
            purpose,
            &self.cut,
            index,
            start,
            &tables,
        )
    }

    /// Reads one segment, guessing how it begins. Segment 0 must be first.
    pub(super) fn run(&self, reader: Reader<'_>, purpose: Purpose<'_>, index: u64) -> Done {
        let start = if index == 0 {
            Start {
                quoted: false,
                line: 1,
            }
        } else {
            self.cut.segments.guess(index, &self.cut.file)
        };
        let piece = self.read(reader, purpose, index, start);
        if index == 0 {
            *lock(&self.tables) = piece.tables.clone();
        }
        let bytes = piece.record.entries.first().map_or(0, |e| e.bytes);
        self.held
            .fetch_add(piece.record.findings.len(), Ordering::Relaxed);
        let mut pieces = lock(&self.pieces);
        if let Some(slot) = usize::try_from(index)
            .ok()
            .and_then(|i| pieces.done.get_mut(i))
        {
            *slot = Some(piece);
        }
        pieces.left -= 1;
        Done {
            bytes,
            last: pieces.left == 0,
        }
    }

    /// Whether so many findings wait for their turn that reading on would only fill memory.
    pub(super) fn is_full(&self) -> bool {
        self.held.load(Ordering::Relaxed) > HELD
    }

    /// Puts the segments together that are finished, in order, unless another worker is at it. One that
    /// began otherwise than was guessed is read again.
    pub(super) fn advance(&self, reader: Reader<'_>, purpose: Purpose<'_>) {
        match self.merged.try_lock() {
            Ok(mut merged) => self.merge(&mut merged, reader, purpose),
            Err(TryLockError::Poisoned(p)) => self.merge(&mut p.into_inner(), reader, purpose),
            Err(TryLockError::WouldBlock) => {}
        }
    }

    fn merge(&self, merged: &mut Merged, reader: Reader<'_>, purpose: Purpose<'_>) {
        loop {
            let piece = lock(&self.pieces)
                .done
                .get_mut(merged.next)
                .and_then(Option::take);
            let Some(mut piece) = piece else { return };
            let quoted = merged.quoted;
            if piece.start.quoted != quoted && merged.next > 0 {
                let index = merged.next as u64;
                let listed = piece.record.findings.len();
                piece = self.read(reader, purpose, index, Start { quoted, line: 1 });
                self.held.fetch_sub(listed, Ordering::Relaxed);
                self.held
                    .fetch_add(piece.record.findings.len(), Ordering::Relaxed);
            }
            if let Ok(end) = &piece.end {
                merged.quoted = end.quoted;
            }
            let grown = piece.end.as_ref().map_or(0, |e| e.lines);
            match &mut merged.whole {
                None => merged.whole = Some(piece),
                Some(first) => first.append(piece, merged.lines),
            }
            merged.lines += grown;
            merged.next += 1;
        }
    }

    /// The findings of the segments that were put together, to be handed on ahead of the file's record.
    pub(super) fn take_ahead(&self) -> Option<FileRecord> {
        let mut merged = lock(&self.merged);
        let record = &mut merged.whole.as_mut()?.record;
        if record.findings.is_empty() {
            return None;
        }
        let findings = std::mem::take(&mut record.findings);
        self.held.fetch_sub(findings.len(), Ordering::Relaxed);
        // The name's own findings tell how the path is shown.
        let mut entry = record.entries.first()?.clone();
        entry.gaps.clear();
        entry
            .places
            .retain(|p| p.at.last() == Some(&crate::model::Step::Name));
        Some(FileRecord {
            path: self.path.clone(),
            root: self.root,
            entries: vec![entry],
            findings,
            listing: Listing::Ahead,
            attributes: None,
            allowed: 0,
        })
    }

    /// The file's record, once all segments were read.
    pub(super) fn finish(&self, reader: Reader<'_>, purpose: Purpose<'_>) -> FileRecord {
        let mut merged = lock(&self.merged);
        self.merge(&mut merged, reader, purpose);
        let mut record = match merged.whole.take() {
            Some(piece) => piece.record,
            None => scan::skipped(
                &reader,
                self.which(),
                purpose,
                GapKind::Unreadable,
                "no segment could be read",
            ),
        };
        drop(merged);
        record.attributes = self.attributes;
        // Whether some went ahead depends on the threads' timing; what is written must not.
        if purpose.all {
            record.listing = Listing::Continued;
        }
        if let (Some(before), Ok(after)) = (self.before, crate::sys::stamp(&self.cut.file))
            && before != after
        {
            note_change(&mut record);
        }
        record
    }
}

/// Notes that a file changed while it was read.
pub(super) fn note_change(record: &mut FileRecord) {
    if let Some(entry) = record.entries.first_mut() {
        entry.gaps.push(Gap {
            at: Vec::new(),
            kind: GapKind::Changed,
            note: "it changed while it was read".into(),
        });
        if entry.state == State::Read {
            entry.state = State::Partly(GapKind::Changed);
        }
    }
}
