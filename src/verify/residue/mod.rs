//! The check for original values in a copy, before it is released.
//!
//! It shares nothing with the readers that made the copy: it looks at the copy's bytes, and at what
//! inflates out of them, for every value that was to be taken out. It knows the values only as keyed
//! digests ([`Values`]), and what it finds ([`Residue`]) says where, never what.
//!
//! **Looked for**: each value of eight characters or more in UTF-8, UTF-16 (both orders, at even and
//! odd places), GB 18030 and Big5, ASCII letters in either case; values of digits also with up to two
//! separators between digits, in full-width digits, and as a number with an exponent; all of this
//! also behind character references (`&#21271;`), `\u5317` and `%E5`. **Looked through**: the raw bytes
//! and every deflate stream behind a zip local header or a gzip header, wherever it lies, whether or
//! not a directory names it, and the same inside of those.
//!
//! **Not seen**: shorter values (counted), values cut by markup or line ends, Base64, and what is
//! encrypted or compressed otherwise; of the latter those in zip members are told as [`Unsearched`].
//! Values shorter than a detector's context needs are found by reading the copy again with the rules.
//!
//! **Whole values only** where a part would mean nothing: digits fewer than 15 and other short words
//! of letters and digits count only when no further digit or letter touches them.

mod digits;
mod escapes;
mod inflate;
mod values;
mod window;

pub use values::{Sealed, Sets, Values};

use crate::model::GapKind;
use inflate::Layer;
use std::io::{self, Read};

/// Bytes that are read and looked at together: small enough for a core's own cache.
const BLOCK: usize = 256 << 10;

/// Bounds of one search.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Streams inside streams.
    pub depth: u32,
    /// Bytes inflated over all streams.
    pub inflated: u64,
    /// Places that are listed; the search ends there, since the copy is lost anyway.
    pub found: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 8,
            inflated: 64 << 30,
            found: 32,
        }
    }
}

/// How an original value stands in the copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// As it is, in one of the encodings.
    Plain,
    /// ASCII text in UTF-16.
    Wide,
    /// Digits with separators, full-width digits, or a number with an exponent.
    Digits,
    /// Behind character references or escapes.
    Escaped,
}

/// An original value that is still in the copy: where, never what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Residue {
    /// Offsets of the headers of the compressed streams on the way down, outermost first; empty for
    /// the copy's own bytes.
    pub within: Vec<u64>,
    /// Byte offset of its start there, from 0. For [`Form::Escaped`] near its start.
    pub offset: u64,
    /// How it stands there.
    pub form: Form,
}

/// Bytes that could not be looked through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsearched {
    /// As in [`Residue::within`].
    pub within: Vec<u64>,
    /// Byte offset of the stream's header there, from 0.
    pub offset: u64,
    /// Why.
    pub kind: GapKind,
    /// More about it in English.
    pub note: &'static str,
}

/// What a search has found, and what it has not seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Values that are still there, in the order they were met; at most [`Limits::found`].
    pub found: Vec<Residue>,
    /// Bytes that were not looked through; at most 64 are listed.
    pub unsearched: Vec<Unsearched>,
    /// Bytes of the copy that were looked at.
    pub bytes: u64,
    /// Bytes inflated and looked at.
    pub inflated: u64,
    /// Values that were not looked for: shorter than eight characters.
    pub short: u64,
    /// Values that were not looked for: past the number that is kept.
    pub over: u64,
}

impl Outcome {
    /// Whether every value that can be looked for was, everywhere, and none was found.
    pub fn is_clean(&self) -> bool {
        self.found.is_empty() && self.unsearched.is_empty() && self.over == 0
    }
}

/// Searches a copy from where it stands to its end, in one pass and bounded memory (about 1 MiB, and
/// 0.4 MiB for each compressed stream that is open).
///
/// # Errors
/// Those of reading the copy.
pub fn search(values: &Sealed, copy: &mut dyn Read, limits: &Limits) -> io::Result<Outcome> {
    let mut search = Search::new(values, limits);
    if values.is_empty() {
        return Ok(search.finish());
    }
    let mut block = vec![0; BLOCK];
    while !search.is_over() {
        match copy.read(&mut block) {
            Ok(0) => break,
            Ok(n) => search.push(block.get(..n).unwrap_or_default()),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(search.finish())
}

/// A search that is handed what it looks through, as by [`search`].
pub struct Search<'v> {
    task: Task<'v>,
    layer: Layer,
    bytes: u64,
}

impl std::fmt::Debug for Search<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Search({} bytes)", self.bytes)
    }
}

impl<'v> Search<'v> {
    /// For these values; nothing is looked at yet.
    pub fn new(values: &'v Sealed, limits: &'v Limits) -> Self {
        Self {
            task: Task::new(values, limits),
            layer: Layer::new(Vec::new()),
            bytes: 0,
        }
    }

    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        if !self.task.values.is_empty() {
            self.layer.push(bytes, &mut self.task);
            self.bytes += bytes.len() as u64;
        }
    }

    /// Whether more bytes would change nothing.
    pub fn is_over(&self) -> bool {
        self.task.is_over()
    }

    /// Ends it.
    pub fn finish(mut self) -> Outcome {
        if !self.task.is_over() {
            for gap in self.layer.finish(&mut self.task) {
                self.task
                    .unsearched(&gap.within, gap.offset, gap.kind, gap.note);
            }
        }
        Outcome {
            found: self.task.found,
            unsearched: self.task.unsearched,
            bytes: self.bytes,
            inflated: self.task.inflated,
            short: self.task.values.short(),
            over: self.task.values.over(),
        }
    }
}

/// What all layers of one search share.
struct Task<'v> {
    values: &'v Sealed,
    limits: &'v Limits,
    found: Vec<Residue>,
    unsearched: Vec<Unsearched>,
    inflated: u64,
    /// Streams that are open, over all layers.
    open: usize,
    /// Digests that may still be made: hostile text must not make the check quadratic.
    checks: u64,
    /// Ended early; said in `unsearched`.
    stopped: bool,
    scratch: window::Scratch,
}

impl<'v> Task<'v> {
    fn new(values: &'v Sealed, limits: &'v Limits) -> Self {
        Self {
            values,
            limits,
            found: Vec::new(),
            unsearched: Vec::new(),
            inflated: 0,
            open: 0,
            checks: 4 << 20,
            stopped: false,
            scratch: window::Scratch::default(),
        }
    }

    fn is_over(&self) -> bool {
        self.stopped || self.found.len() >= self.limits.found
    }

    fn report(&mut self, within: &[u64], offset: u64, form: Form) {
        let again = self
            .found
            .iter()
            .any(|r| r.offset == offset && r.within == within && r.form == form);
        if self.found.len() < self.limits.found && !again {
            self.found.push(Residue {
                within: within.to_vec(),
                offset,
                form,
            });
        }
    }

    fn unsearched(&mut self, within: &[u64], offset: u64, kind: GapKind, note: &'static str) {
        const LISTED: usize = 64;
        if self.unsearched.len() < LISTED {
            self.unsearched.push(Unsearched {
                within: within.to_vec(),
                offset,
                kind,
                note,
            });
        }
    }
}

#[cfg(test)]
mod tests;
