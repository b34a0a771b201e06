//! Copies: each file is read and written in one traversal, checked, and only then released.

use super::Progress;
use crate::{
    apply::{
        place::{Claimed, Pending, Place, PlaceError},
        redact,
    },
    formats::{
        Format, FormatError, Legacies, Limits, Source, Spill, nest::identify, source::read_full,
        transcript,
    },
    model::{FileRecord, FormatId, GapKind, Name},
    rules::Profile,
    scan::{self, Everywhere, Gathered, Purpose, Reader, Shown, Which},
    verify,
    walk::{Item, Skipped, Walker},
};
use rayon::prelude::*;
use std::{
    fs::File,
    io::{self, BufWriter, Seek, Write},
    sync::atomic::Ordering,
    time::SystemTime,
};

/// Items made side by side before their results are handed on.
const ROUND: usize = 512;
/// Files up to this many bytes are held in memory.
const SMALL: usize = 256 << 10;
/// Bytes of a copy that are written together.
const BUFFER: usize = 256 << 10;

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
    /// No copy: it could not be written, and why. Of the file itself that says nothing.
    Unwritten(String),
    /// No copy: a value was still in it.
    Residue(String),
    /// Left out by the user.
    Excluded,
}

/// Makes copies of everything the walker lists; results are handed on in the walker's order.
///
/// # Errors
/// When threads cannot be started.
pub fn redact(
    mut walker: Walker,
    threads: usize,
    copies: Copies<'_>,
    progress: &Progress,
    sink: &mut dyn FnMut(Copied) -> bool,
) -> io::Result<()> {
    let limits = Limits {
        spill: Spill::new(copies.place.unnamed()),
        ..copies.reader.limits.clone()
    };
    let copies = Copies {
        reader: Reader {
            limits: &limits,
            ..copies.reader
        },
        ..copies
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(io::Error::other)?;
    let mut more = true;
    while more {
        let mut items: Vec<(Item, Option<Names>)> = Vec::new();
        while items.len() < ROUND && more {
            match walker.next_batch() {
                Some(batch) => {
                    items.extend(batch.items.into_iter().map(|item| claim(&copies, item)));
                }
                None => more = false,
            }
        }
        progress
            .known
            .fetch_add(items.len() as u64, Ordering::Relaxed);
        let done: Vec<Copied> = pool.install(|| {
            items
                .into_par_iter()
                .map(|(item, claimed)| one(&copies, item, claimed, progress))
                .collect()
        });
        for copied in done {
            if !sink(copied) || progress.stop.load(Ordering::Relaxed) {
                return Ok(());
            }
        }
    }
    progress.listed.store(true, Ordering::Relaxed);
    Ok(())
}

/// Gives a file its name under the output folder. Done in the walk's order, so that of two files
/// whose names become equal always the same one gets the number.
fn claim(copies: &Copies<'_>, item: Item) -> (Item, Option<Names>) {
    let claimed = match &item {
        Item::Skipped(_) => None,
        Item::File(found) => {
            let path = found.path();
            let which = Which {
                root: found.root(),
                path: &path,
            };
            let target = redact::target(&copies.reader, which, purpose(copies.profile));
            let converts = copies.reader.limits.legacy == Legacies::Convert;
            let form = converts.then(|| likely_form(&target)).flatten();
            Some(Names {
                same: copies.place.claim(&target),
                converted: form.map(|form| copies.place.claim(&with_form(&target, form))),
                target,
            })
        }
    };
    (item, claimed)
}

/// The names of a copy under the output folder.
#[derive(Debug)]
struct Names {
    /// Its own, with findings masked.
    target: Name,
    /// That of a copy in the source's format.
    same: Result<Claimed, PlaceError>,
    /// That of a copy in another format, for a file whose name lets expect one.
    converted: Option<Result<Claimed, PlaceError>>,
}

impl Names {
    /// The name for this file, and the format that its copy is converted to, if it is.
    fn choose(
        self,
        copies: &Copies<'_>,
        format: Option<FormatId>,
    ) -> (Result<Claimed, PlaceError>, Option<FormatId>) {
        let converts = copies.reader.limits.legacy == Legacies::Convert;
        match format.filter(|_| converts).and_then(transcript::form) {
            None => (self.same, None),
            Some(form) => {
                let new = || copies.place.claim(&with_form(&self.target, form));
                (self.converted.unwrap_or_else(new), Some(form))
            }
        }
    }
}

/// The format that a file of this name is likely converted to.
fn likely_form(name: &Name) -> Option<FormatId> {
    let ending = name.bytes().rsplit(|&b| b == b'.').next()?;
    let mut known = transcript::ENDINGS.iter();
    known
        .find(|(e, _)| ending.eq_ignore_ascii_case(e.as_bytes()))
        .map(|(_, form)| *form)
}

fn with_form(name: &Name, form: FormatId) -> Name {
    Name::new([name.bytes(), b".", form.as_bytes()].concat())
}

fn purpose(profile: Profile) -> Purpose<'static> {
    Purpose {
        samples: 0,
        all: false,
        shown: Shown::Masked,
        redact: Some(profile),
        values: None,
        everywhere: None,
    }
}

fn one(copies: &Copies<'_>, item: Item, names: Option<Names>, progress: &Progress) -> Copied {
    let left_out = |skip: &Skipped| {
        let which = Which {
            root: skip.root,
            path: &skip.path,
        };
        let record = scan::skipped(
            &copies.reader,
            which,
            purpose(copies.profile),
            skip.kind,
            &skip.note,
        );
        let outcome = if skip.kind.is_wanted() {
            Outcome::Excluded
        } else {
            Outcome::Withheld(skip.kind, skip.note.clone())
        };
        Copied {
            record,
            outcome,
            before: None,
        }
    };
    let copied = match (item, names) {
        (Item::File(found), Some(names)) => match found.open() {
            Ok(file) => from_file(
                copies,
                Which {
                    root: found.root(),
                    path: &found.path(),
                },
                names,
                &file,
            ),
            Err(skip) => left_out(&skip),
        },
        (Item::File(found), None) => left_out(&found.skipped((GapKind::Unreadable, "no name"))),
        (Item::Skipped(skip), _) => left_out(&skip),
    };
    progress.files.fetch_add(1, Ordering::Relaxed);
    progress.bytes.fetch_add(
        copied.record.entries.first().map_or(0, |e| e.bytes),
        Ordering::Relaxed,
    );
    copied
}

fn from_file(copies: &Copies<'_>, which: Which<'_>, names: Names, file: &File) -> Copied {
    let unreadable = |why: &str| {
        let record = scan::skipped(
            &copies.reader,
            which,
            purpose(copies.profile),
            GapKind::Unreadable,
            why,
        );
        Copied {
            record,
            outcome: Outcome::Withheld(GapKind::Unreadable, why.to_owned()),
            before: None,
        }
    };
    let stamp = crate::sys::stamp(file).ok();
    let modified = file.metadata().and_then(|m| m.modified()).ok();
    let mut head = vec![0; SMALL];
    let n = match read_full(&mut { file }, &mut head) {
        Ok(n) => n,
        Err(e) => return unreadable(&e.kind().to_string()),
    };
    let still = || stamp.is_some() && stamp == crate::sys::stamp(file).ok();
    if n < head.len() {
        let mut source = Source::slice(head.get(..n).unwrap_or_default());
        return from_source(copies, which, names, &mut source, modified, &still);
    }
    drop(head);
    match Source::file(file) {
        Ok(mut source) => from_source(copies, which, names, &mut source, modified, &still),
        Err(e) => unreadable(&e.to_string()),
    }
}

/// What is said of a file whose copy cannot be written.
fn unwritable(copies: &Copies<'_>, which: Which<'_>, why: &PlaceError) -> Copied {
    let why = why.to_string();
    let record = scan::skipped(
        &copies.reader,
        which,
        purpose(copies.profile),
        GapKind::Unreadable,
        &why,
    );
    Copied {
        record,
        outcome: Outcome::Unwritten(why),
        before: None,
    }
}

/// Makes a copy and, when a value is left in it, once or twice more: with the values of the file looked for
/// wherever they stand, in the end also inside words.
fn from_source(
    copies: &Copies<'_>,
    which: Which<'_>,
    names: Names,
    source: &mut Source<'_>,
    modified: Option<SystemTime>,
    still: &dyn Fn() -> bool,
) -> Copied {
    let identity = identify(source.head(), which.last());
    let (claimed, form) = names.choose(copies, identity.format.map(Format::id));
    let claimed = match claimed {
        Ok(claimed) => claimed,
        Err(e) => return unwritable(copies, which, &e),
    };
    let before = source
        .reader()
        .ok()
        .and_then(|mut r| crate::digest::sha256(&mut r).ok());
    let gathered = Gathered::default();
    let attempt = Attempt {
        copies,
        which,
        claimed: &claimed,
        form,
        before: before.as_deref(),
        modified,
        still,
        left: &gathered,
    };
    let mut everywhere = None;
    let mut round = 0;
    loop {
        let (record, outcome) = attempt.make(source, everywhere.as_ref());
        if round < 2 && matches!(outcome, Outcome::Residue(_)) {
            let wanted = Purpose {
                redact: None,
                values: Some(&gathered),
                ..purpose(copies.profile)
            };
            let _ = scan::file(&copies.reader, which, wanted, source, None);
            everywhere = Everywhere::new(&gathered, round == 1);
            if everywhere.is_some() {
                round += 1;
                continue;
            }
        }
        return Copied {
            record,
            outcome,
            before,
        };
    }
}

/// What one attempt at a copy needs.
struct Attempt<'a> {
    copies: &'a Copies<'a>,
    which: Which<'a>,
    claimed: &'a Claimed,
    /// Format that the copy is converted to.
    form: Option<FormatId>,
    /// SHA-256 of the source.
    before: Option<&'a str>,
    modified: Option<SystemTime>,
    /// Whether the source is still as it was.
    still: &'a dyn Fn() -> bool,
    /// Gets what a second scan finds in a copy.
    left: &'a Gathered,
}

/// An output that remembers why it could not be written: a format only knows that something failed.
struct Told<'p> {
    out: &'p mut Pending,
    failed: Option<io::ErrorKind>,
}

impl Told<'_> {
    fn note<T>(&mut self, done: io::Result<T>) -> io::Result<T> {
        if let Err(e) = &done
            && e.kind() != io::ErrorKind::Interrupted
        {
            self.failed.get_or_insert(e.kind());
        }
        done
    }
}

impl Seek for Told<'_> {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        let done = self.out.seek(to);
        self.note(done)
    }
}

impl Write for Told<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let done = self.out.write(bytes);
        self.note(done)
    }

    fn flush(&mut self) -> io::Result<()> {
        let done = self.out.flush();
        self.note(done)
    }
}

impl Attempt<'_> {
    fn make(
        &self,
        source: &mut Source<'_>,
        everywhere: Option<&Everywhere>,
    ) -> (FileRecord, Outcome) {
        let copies = self.copies;
        let mut pending = match copies.place.open(self.claimed) {
            Ok(pending) => pending,
            Err(e) => {
                let record = scan::skipped(
                    &copies.reader,
                    self.which,
                    purpose(copies.profile),
                    GapKind::Unreadable,
                    "no copy can be written",
                );
                return (record, Outcome::Unwritten(e.to_string()));
            }
        };
        let values = verify::Originals::new(copies.reader.key, &copies.reader.limits.spill);
        let told = Told {
            out: &mut pending,
            failed: None,
        };
        let mut out = BufWriter::with_capacity(BUFFER, told);
        let (record, mut result) = redact::make(
            &copies.reader,
            self.which,
            Purpose {
                everywhere,
                ..purpose(copies.profile)
            },
            &values,
            source,
            &mut out,
        );
        if let (Ok(()), Err(e)) = (&result, out.flush()) {
            result = Err(e.into());
        }
        // What is left in the buffer of a failed copy is of no use.
        let failed = out.into_parts().0.failed;
        let outcome = match (result, failed) {
            (Err(_), Some(kind)) => Outcome::Unwritten(PlaceError::of_write(kind).to_string()),
            (result, _) => self.ended(&record, result, values, pending),
        };
        (record, outcome)
    }

    fn ended(
        &self,
        record: &FileRecord,
        result: Result<(), FormatError>,
        values: verify::Originals,
        pending: Pending,
    ) -> Outcome {
        match result {
            Err(FormatError::Withheld(kind, why)) => Outcome::Withheld(kind, why),
            Err(other) => Outcome::Withheld(other.kind(), other.to_string()),
            Ok(()) if !(self.still)() => {
                Outcome::Withheld(GapKind::Changed, "it changed while it was read".into())
            }
            Ok(()) => self.finish(record, values, pending),
        }
    }
}

impl Attempt<'_> {
    /// Checks a copy and releases it.
    fn finish(&self, record: &FileRecord, values: verify::Originals, pending: Pending) -> Outcome {
        let (copies, modified) = (self.copies, self.modified);
        let masked = values.len();
        let mut file = pending.file();
        let digest = match file
            .rewind()
            .and_then(|()| crate::digest::sha256(&mut file))
        {
            Ok(digest) => digest,
            Err(e) => return Outcome::Unwritten(e.kind().to_string()),
        };
        let unwritten = |e: PlaceError| Outcome::Unwritten(e.to_string());
        if masked == 0 && self.before == Some(digest.as_str()) {
            return pending
                .release(modified)
                .map_or_else(unwritten, |path| Outcome::Unchanged { path, digest });
        }
        match verify::copy(
            &copies.reader,
            pending.name(),
            self.form,
            record,
            values,
            pending.file(),
            self.left,
        ) {
            Err(verify::Fault::Unreadable(why)) => Outcome::Withheld(GapKind::Corrupt, why),
            Err(verify::Fault::Residue(why)) => Outcome::Residue(why),
            Ok(unsearched) => {
                pending
                    .release(modified)
                    .map_or_else(unwritten, |path| Outcome::Redacted {
                        path,
                        digest,
                        masked,
                        unsearched,
                    })
            }
        }
    }
}
