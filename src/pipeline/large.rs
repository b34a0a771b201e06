//! A large text file whose segments are read side by side.

use super::lock;
use crate::{
    detect::Tables,
    formats::Start,
    model::{FileRecord, Gap, GapKind, Name, State},
    scan::{self, Cut, Piece, Purpose, Reader, Which},
    sys::Stamp,
};
use std::sync::Mutex;

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
    tables: Mutex<Tables>,
    pieces: Mutex<Pieces>,
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
        batch: u64,
        slot: usize,
        which: Which<'_>,
        cut: Cut,
        before: Option<Stamp>,
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
            tables: Mutex::default(),
            pieces,
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

    /// Puts the segments together. One that began otherwise than was guessed is read again.
    pub(super) fn finish(&self, reader: Reader<'_>, purpose: Purpose<'_>) -> FileRecord {
        let done = std::mem::take(&mut lock(&self.pieces).done);
        let mut whole: Option<Piece> = None;
        let (mut quoted, mut lines) = (false, 0);
        for (index, piece) in (0u64..).zip(done) {
            let Some(mut piece) = piece else { continue };
            if piece.start.quoted != quoted && index > 0 {
                piece = self.read(reader, purpose, index, Start { quoted, line: 1 });
            }
            if let Ok(end) = &piece.end {
                quoted = end.quoted;
            }
            let grown = piece.end.as_ref().map_or(0, |e| e.lines);
            match &mut whole {
                None => whole = Some(piece),
                Some(first) => first.append(piece, lines),
            }
            lines += grown;
        }
        let mut record = match whole {
            Some(piece) => piece.record,
            None => scan::skipped(
                &reader,
                self.which(),
                purpose,
                GapKind::Unreadable,
                "no segment could be read",
            ),
        };
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
