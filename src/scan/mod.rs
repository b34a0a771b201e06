//! One file: open, read, detect, add up. The only place that catches panics.

mod everywhere;
mod gather;
mod remembered;

pub use everywhere::{Everywhere, Gathered};
pub use gather::{Gather, Purpose, Shown, Tally, masked};

use crate::{
    detect::{Detector, Tables},
    digest::JobKey,
    formats::{
        Cx, End, Format, FormatError, Identity, Limits, Output, Segments, Sink, Source, Start,
        nest::{Usage, identify},
    },
    model::{FileRecord, FormatId, GapKind, Name, State},
};
use std::{fs::File, panic::AssertUnwindSafe};

/// What every file of a run is read with.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// The compiled rules.
    pub detector: &'a Detector,
    /// Key of the fingerprints.
    pub key: &'a JobKey,
    /// The bounds.
    pub limits: &'a Limits,
}

/// Which file it is.
#[derive(Debug, Clone, Copy)]
pub struct Which<'a> {
    /// Index of the root.
    pub root: u32,
    /// Path under the root.
    pub path: &'a Name,
}

impl Which<'_> {
    /// The name without its folders.
    pub fn last(&self) -> &[u8] {
        self.path
            .bytes()
            .rsplit(|&b| b == b'/')
            .next()
            .unwrap_or_default()
    }
}

/// Reads one file and, with an output, writes its redacted copy. Never fails: trouble is in the
/// record. The second value says why a copy that was asked for must not be released.
pub fn file(
    reader: &Reader<'_>,
    which: Which<'_>,
    purpose: Purpose<'_>,
    source: &mut Source<'_>,
    out: Option<&mut dyn Output>,
) -> (FileRecord, Result<(), FormatError>) {
    let identity = identify(source.head(), which.last());
    identified(reader, which, purpose, identity, source, out)
}

/// [`file`] of which is known what it is.
pub fn identified(
    reader: &Reader<'_>,
    which: Which<'_>,
    purpose: Purpose<'_>,
    identity: Identity,
    source: &mut Source<'_>,
    out: Option<&mut dyn Output>,
) -> (FileRecord, Result<(), FormatError>) {
    let writing = out.is_some();
    let mut gather = Gather::new(reader, which, purpose);
    gather.begin(identity.format.map(Format::id), identity.clash);
    let mut usage = Usage::new(source.len().unwrap_or(0));
    let mut bytes = source.len().unwrap_or(0);
    let caught = std::panic::catch_unwind(AssertUnwindSafe(|| {
        let mut cx = Cx::new(
            &mut gather,
            reader.limits,
            &mut usage,
            Name::new(which.last()),
        );
        let result = cx.run_identified(identity, source, out);
        (result, cx.worst(), cx.bytes())
    }));
    let (result, worst) = if let Ok((result, worst, read)) = caught {
        bytes = bytes.max(read);
        (result, worst)
    } else {
        gather.unwound();
        (Err(FormatError::Crashed), None)
    };
    let state = state(&result, worst);
    let result = match result {
        Ok(()) if writing => match worst.filter(|k| !k.is_wanted()) {
            Some(kind) => Err(FormatError::Withheld(kind, "not all of it was read".into())),
            None => Ok(()),
        },
        other => other,
    };
    (gather.finish(bytes, state), result)
}

fn state(result: &Result<(), FormatError>, worst: Option<GapKind>) -> State {
    match (result, worst) {
        (Ok(()) | Err(FormatError::Withheld(..)), Some(kind)) => State::Partly(kind),
        // It was read; only the copy could not be written.
        (Err(FormatError::Withheld(GapKind::Image, _)), None) => State::Unread(GapKind::Image),
        (Ok(()) | Err(FormatError::Withheld(..)), None) => State::Read,
        (Err(e), _) => State::Unread(e.kind()),
    }
}

/// A record for a path that was not opened.
pub fn skipped(
    reader: &Reader<'_>,
    which: Which<'_>,
    purpose: Purpose<'_>,
    kind: GapKind,
    note: &str,
) -> FileRecord {
    let mut gather = Gather::new(reader, which, purpose);
    gather.begin(None, None);
    gather.gap(&[], kind, note);
    gather.finish(0, State::Unread(kind))
}

/// What reading one segment of a large file gave.
#[derive(Debug)]
pub struct Piece {
    /// The part of the file's record; lines and rows count from the segment's start.
    pub record: FileRecord,
    /// How it was taken to begin.
    pub start: Start,
    /// How it ended, or why it could not be read.
    pub end: Result<End, FormatError>,
    /// What was learnt of tables, from the first segment.
    pub tables: Tables,
    worst: Option<GapKind>,
    bytes: u64,
}

/// A large file that is read in segments.
#[derive(Debug)]
pub struct Cut {
    /// The file.
    pub file: File,
    /// How it is cut.
    pub segments: Segments,
    /// Its format.
    pub format: FormatId,
    /// The name claims this other format.
    pub clash: Option<FormatId>,
}

/// Reads one segment of a large file.
pub fn piece(
    reader: &Reader<'_>,
    which: Which<'_>,
    purpose: Purpose<'_>,
    cut: &Cut,
    index: u64,
    start: Start,
    tables: &Tables,
) -> Piece {
    let mut gather = Gather::new(reader, which, purpose);
    if index == 0 {
        gather.begin(Some(cut.format), cut.clash);
        gather.encoding(cut.segments.encoding());
    } else {
        gather.begin_silently(Some(cut.format));
        gather.know(tables);
    }
    let mut usage = Usage::new(0);
    let caught = std::panic::catch_unwind(AssertUnwindSafe(|| {
        let mut cx = Cx::new(
            &mut gather,
            reader.limits,
            &mut usage,
            Name::new(which.last()),
        );
        let end = cut.segments.run(index, start, &cut.file, &mut cx);
        (end, cx.worst(), cx.bytes())
    }));
    let (end, worst, bytes) = if let Ok(all) = caught {
        all
    } else {
        gather.unwound();
        (Err(FormatError::Crashed), None, 0)
    };
    if let Err(e) = &end {
        gather.gap(&[], e.kind(), &e.to_string());
    }
    let tables = if index == 0 {
        gather.tables()
    } else {
        Tables::default()
    };
    let state = match (&end, worst) {
        (Ok(_), None) => State::Read,
        (Ok(_), Some(kind)) => State::Partly(kind),
        (Err(e), _) => State::Partly(e.kind()),
    };
    Piece {
        record: gather.finish(bytes, state),
        start,
        end,
        tables,
        worst,
        bytes,
    }
}

impl Piece {
    /// Adds the next segment's record to this one, whose end was `lines` into the file.
    pub fn append(&mut self, next: Self, lines: u64) {
        let _ = (self.worst, next.worst);
        self.bytes += next.bytes;
        gather::append(&mut self.record, next.record, lines);
        self.end = next.end;
    }
}
