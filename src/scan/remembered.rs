//! [`Remembered`]: names that a file tells of itself, looked for in the rest of it.
//!
//! The sender of a mail signs it, the recipient is spoken to: a name that stands in a header is masked
//! wherever it stands, or masking it in the header would say whose name is left below.

use crate::{
    detect::{Found, text_of},
    model::{Charset, Confidence, Fragment, Layout, Reason, Reasons},
};
use memchr::memmem::Finder;

/// Names kept at a time.
const MOST: usize = 64;
/// Longest name, bytes.
const LONGEST: usize = 96;

#[derive(Debug)]
struct Known {
    rule: u16,
    utf8: Finder<'static>,
    gb: Option<Finder<'static>>,
    /// It is written in letters that words are parted by blanks in.
    words: bool,
    /// Entries that are open around it.
    depth: usize,
}

/// See the module's documentation.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    names: Vec<Known>,
}

impl Remembered {
    /// Keeps a name that was found as the whole of a text, for the file or member at this depth.
    pub(super) fn add(&mut self, text: &str, found: &[Found], depth: usize) {
        let name = text.trim();
        let whole = found.iter().find(|f| {
            text.get(f.range()).is_some_and(|t| t.trim() == name) && !f.reasons.has(Reason::Check)
        });
        let Some(f) = whole.filter(|_| name.len() <= LONGEST && !name.contains('@')) else {
            return;
        };
        let words = name.is_ascii() || !name.chars().any(|c| c >= '\u{2E80}');
        // One word of Latin letters is a word like any other.
        let telling = if words {
            name.contains(' ') && name.len() >= 5
        } else {
            name.chars().count() >= 2
        };
        let known = self
            .names
            .iter()
            .any(|k| k.utf8.needle() == name.as_bytes());
        if !telling || known || self.names.len() >= MOST {
            return;
        }
        let (gb, _, lost) = encoding_rs::GB18030.encode(name);
        self.names.push(Known {
            rule: f.rule,
            utf8: Finder::new(name.as_bytes()).into_owned(),
            gb: (!lost).then(|| Finder::new(&*gb).into_owned()),
            words,
            depth,
        });
    }

    /// Forgets what was told at a greater depth.
    pub(super) fn forget(&mut self, depth: usize) {
        self.names.retain(|k| k.depth <= depth);
    }

    /// Adds the places where the names stand and nothing else was found.
    pub(super) fn find(&self, fragment: &Fragment<'_>, found: &mut Vec<Found>) {
        let before = found.len();
        for known in &self.names {
            let finder = match fragment.charset {
                Charset::Utf8 => Some(&known.utf8),
                Charset::Gb18030 => known.gb.as_ref(),
            };
            let Some(finder) = finder else { continue };
            for at in finder.find_iter(fragment.bytes) {
                let end = at + finder.needle().len();
                if at < fragment.own.start || at >= fragment.own.end {
                    continue;
                }
                if known.words && !is_apart(fragment.bytes, at, end) {
                    continue;
                }
                let Some(cell) = cell_of(fragment, at, end) else {
                    continue;
                };
                let (Ok(start), Ok(end)) = (u32::try_from(at), u32::try_from(end)) else {
                    continue;
                };
                if found.iter().any(|f| f.start < end && start < f.end) {
                    continue;
                }
                // Bytes of GB 18030 that begin inside a character are no name.
                let seen = text_of(
                    fragment.bytes.get(at..end as usize).unwrap_or_default(),
                    fragment.charset,
                );
                if seen.as_bytes() != known.utf8.needle() {
                    continue;
                }
                found.push(Found {
                    rule: known.rule,
                    start,
                    end,
                    cell,
                    confidence: Confidence::new(80),
                    reasons: Reasons::default().with(Reason::Neighbour),
                });
            }
        }
        if found.len() > before {
            found.sort_unstable_by_key(|f| f.start);
        }
    }
}

pub(super) fn is_apart(bytes: &[u8], start: usize, end: usize) -> bool {
    let letter = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    !letter(start.checked_sub(1).and_then(|i| bytes.get(i))) && !letter(bytes.get(end))
}

/// The cell around a place; `None` outside of cells in a table.
pub(super) fn cell_of(fragment: &Fragment<'_>, start: usize, end: usize) -> Option<u32> {
    let Layout::Cells { cells, .. } = fragment.layout else {
        return Some(Found::NO_CELL);
    };
    let index = cells.partition_point(|c| c.range().end < end);
    let cell = cells.get(index)?;
    (cell.range().start <= start && end <= cell.range().end)
        .then(|| u32::try_from(index).ok())
        .flatten()
}
