//! Copies: each file is read and written in one traversal, checked, and only then released.

use super::Progress;
use crate::{
    apply::{place::{Pending, Place}, redact},
    formats::{Source, source::read_full},
    model::{FileRecord, GapKind, Name, State},
    rules::Profile,
    scan::{self, Purpose, Reader, Shown, Which},
    verify,
    walk::{Item, Skipped, Walker},
};
use rayon::prelude::*;
use std::{fs::File, io, sync::atomic::Ordering};

/// Items made side by side before their results are handed on.
const ROUND: usize = 512;
/// Files up to this many bytes are held in memory.
const SMALL: usize = 256 << 10;

/// What every copy of a run is made with.
#[derive(Debug, Clone, Copy)]
pub struct Copies<'a> {
    /// How files are read.
    pub reader: Reader<'a>,
    /// How values are masked.
    pub profile: Profile,
    /// Where copies go.
    pub place: &'a Place,
}

/// What became of one file.
#[derive(Debug)]
pub struct Copied {
    /// What was found in it.
    pub record: FileRecord,
    /// What became of the copy.
    pub outcome: Outcome,
    /// SHA-256 of the source as it was read.
    pub before: Option<String>,
}

/// What became of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Released, with values masked.
    Redacted {
        /// Its path under the output folder.
        path: Name,
        /// SHA-256.
        digest: String,
        /// Values masked.
        masked: u64,
        /// Values too short to be searched for in the copy's bytes.
        unsearched: u64,
    },
    /// Released: nothing was found, and the copy has the source's bytes.
    Unchanged {
        /// Its path under the output folder.
        path: Name,
        /// SHA-256.
        digest: String,
    },
    /// No copy, and why.
    Withheld(GapKind, String),
    /// No copy: a value was still in it.
    Residue(String),
    /// Left out by the user.
    Excluded,
}

/// Makes copies of everything the walker lists; results are handed on in the walker's order.
///
/// # Errors
/// When threads cannot be started, or the output folder can no longer be written.
pub fn redact(
    mut walker: Walker,
    threads: usize,
    copies: Copies<'_>,
    progress: &Progress,
    sink: &mut dyn FnMut(Copied) -> bool,
) -> io::Result<()> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(io::Error::other)?;
    let mut more = true;
    while more {
        let mut items: Vec<Item> = Vec::new();
        while items.len() < ROUND && more {
            match walker.next_batch() {
                Some(batch) => items.extend(batch.items),
                None => more = false,
            }
        }
        progress.known.fetch_add(items.len() as u64, Ordering::Relaxed);
        let done: Vec<Copied> = pool.install(|| items.par_iter().map(|item| one(&copies, item, progress)).collect());
        for copied in done {
            if !sink(copied) || progress.stop.load(Ordering::Relaxed) {
                return Ok(());
            }
        }
    }
    progress.listed.store(true, Ordering::Relaxed);
    Ok(())
}

fn purpose(profile: Profile) -> Purpose<'static> {
    Purpose { samples: 0, all: false, shown: Shown::Masked, redact: Some(profile), values: None }
}

fn one(copies: &Copies<'_>, item: &Item, progress: &Progress) -> Copied {
    let left_out = |skip: &Skipped| {
        let which = Which { root: skip.root, path: &skip.path };
        let record = scan::skipped(&copies.reader, which, purpose(copies.profile), skip.kind, &skip.note);
        let outcome = if skip.kind.is_wanted() { Outcome::Excluded } else { Outcome::Withheld(skip.kind, skip.note.clone()) };
        Copied { record, outcome, before: None }
    };
    let copied = match item {
        Item::Skipped(skip) => left_out(skip),
        Item::File(found) => match found.open() {
            Ok(file) => from_file(copies, Which { root: found.root(), path: &found.path() }, &file),
            Err(skip) => left_out(&skip),
        },
    };
    progress.files.fetch_add(1, Ordering::Relaxed);
    progress.bytes.fetch_add(copied.record.entries.first().map_or(0, |e| e.bytes), Ordering::Relaxed);
    copied
}

fn from_file(copies: &Copies<'_>, which: Which<'_>, file: &File) -> Copied {
    let mut head = vec![0; SMALL];
    let unreadable = |e: &io::Error| {
        let note = e.kind().to_string();
        let record = scan::skipped(&copies.reader, which, purpose(copies.profile), GapKind::Unreadable, &note);
        Copied { record, outcome: Outcome::Withheld(GapKind::Unreadable, note), before: None }
    };
    let n = match read_full(&mut { file }, &mut head) {
        Ok(n) => n,
        Err(e) => return unreadable(&e),
    };
    if n < head.len() {
        return from_source(copies, which, &mut Source::slice(head.get(..n).unwrap_or_default()));
    }
    let before = crate::sys::stamp(file).ok();
    let mut source = match Source::file(file) {
        Ok(source) => source,
        Err(_) => return unreadable(&io::Error::from(io::ErrorKind::Other)),
    };
    let copied = from_source(copies, which, &mut source);
    if before.is_some() && before != crate::sys::stamp(file).ok() {
        let mut record = copied.record;
        super::large::note_change(&mut record);
        withdraw(copies.place, &copied.outcome);
        return Copied { record, outcome: Outcome::Withheld(GapKind::Changed, "it changed while it was read".into()), before: None };
    }
    copied
}

/// Takes a released copy back.
fn withdraw(place: &Place, outcome: &Outcome) {
    if let Outcome::Redacted { path, .. } | Outcome::Unchanged { path, .. } = outcome {
        place.withdraw(path);
    }
}

fn from_source(copies: &Copies<'_>, which: Which<'_>, source: &mut Source<'_>) -> Copied {
    let fail = |record: FileRecord, why: String| Copied { record, outcome: Outcome::Withheld(GapKind::Unreadable, why), before: None };
    let before = source.reader().ok().and_then(|mut r| crate::digest::sha256(&mut r).ok());
    let target = redact::target(&copies.reader, which, purpose(copies.profile));
    let mut pending = match copies.place.begin(&target) {
        Ok(pending) => pending,
        Err(e) => {
            let record = scan::skipped(&copies.reader, which, purpose(copies.profile), GapKind::Unreadable, "no copy can be written");
            return fail(record, e.to_string());
        }
    };
    let values = verify::Originals::new(copies.reader.key);
    let (record, result) = redact::make(&copies.reader, which, purpose(copies.profile), &values, source, &mut pending);
    if let Err(e) = result {
        let (kind, why) = match e {
            crate::formats::FormatError::Withheld(kind, why) => (kind, why),
            other => (other.kind(), other.to_string()),
        };
        return Copied { record, outcome: Outcome::Withheld(kind, why), before };
    }
    debug_assert!(!matches!(record.entries.first().map(|e| e.state), Some(State::Unread(k)) if !k.is_wanted()));
    finish(copies, &target, record, before, values, pending)
}

/// Checks a copy and releases it.
fn finish(copies: &Copies<'_>, target: &Name, record: FileRecord, before: Option<String>, values: verify::Originals, mut pending: Pending) -> Copied {
    let masked = values.len();
    let digest = match pending.digest() {
        Ok(digest) => digest,
        Err(e) => return Copied { record, outcome: Outcome::Withheld(GapKind::Unreadable, e.to_string()), before },
    };
    if masked == 0 && before.as_ref() == Some(&digest) {
        return match pending.release() {
            Ok(path) => Copied { record, outcome: Outcome::Unchanged { path, digest }, before },
            Err(e) => Copied { record, outcome: Outcome::Withheld(GapKind::Unreadable, e.to_string()), before },
        };
    }
    let checked = verify::copy(&copies.reader, target, &record, values, pending.file());
    let outcome = match checked {
        Err(verify::Fault::Unreadable(why)) => Outcome::Withheld(GapKind::Corrupt, why),
        Err(verify::Fault::Residue(why)) => Outcome::Residue(why),
        Ok(unsearched) => match pending.release() {
            Ok(path) => Outcome::Redacted { path, digest, masked, unsearched },
            Err(e) => Outcome::Withheld(GapKind::Unreadable, e.to_string()),
        },
    };
    Copied { record, outcome, before }
}
