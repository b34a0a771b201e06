//! What need not be read: files that did not change since the scan before, and copies of what was read.

use crate::{
    formats::{Identity, nest::identify},
    model::{Attributes, FileRecord, FormatId, GapKind, Locator, Name, State, Step, ValueDigest},
    scan::{self, Purpose, Reader, Which},
    store::{Earlier, Kept},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// The scan before and the caller's clock.
#[derive(Clone, Copy)]
pub struct Before<'a> {
    /// What it knows; empty when everything is to be read.
    pub earlier: &'a Earlier,
    /// Identity of a file by its root and path.
    pub identity: &'a (dyn Fn(u32, &Name) -> ValueDigest + Sync),
    /// The time, in nanoseconds since 1970.
    pub now: &'a (dyn Fn() -> i64 + Sync),
    /// What is done with a file that has another path than it had and is otherwise the same.
    pub moved: Moved,
    /// Called with bytes that were read; may wait, to hold the readers back.
    pub pace: &'a (dyn Fn(u64) + Sync),
}

impl std::fmt::Debug for Before<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Before({} files)", self.earlier.len())
    }
}

/// What is done with files in moved folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// Their records are carried over.
    Carried,
    /// They are read again: rules look at the path.
    Read,
}

/// What became of one thing that the walk met.
#[derive(Debug)]
pub enum Scanned {
    /// It was read, or is in the ledger.
    Read(Box<FileRecord>),
    /// The record of the scan before holds.
    Kept(Kept),
    /// The record of the scan before holds under another path; [`rename`] makes it this one's.
    Moved(Kept, Box<To>),
}

/// Where a file is that was moved.
#[derive(Debug)]
pub struct To {
    /// Index of the root.
    pub root: u32,
    /// Path under it.
    pub path: Name,
    /// What the file system says of it.
    pub attributes: Attributes,
}

/// The last component of a path.
pub(super) fn last(path: &Name) -> &[u8] {
    let bytes = path.bytes();
    bytes.rsplit(|&b| b == b'/').next().unwrap_or_default()
}

/// Makes the record of a file that of another one with the same content and the same name, or at least
/// the same ending. What was found in the path is found anew.
pub fn rename(
    reader: &Reader<'_>,
    purpose: Purpose<'_>,
    record: &mut FileRecord,
    to: Which<'_>,
    attributes: Attributes,
) {
    let named = scan::skipped(reader, to, purpose, GapKind::Excluded, "");
    let from = Which {
        root: record.root,
        path: &record.path,
    };
    let before = scan::skipped(reader, from, purpose, GapKind::Excluded, "").allowed;
    record.allowed = record.allowed.saturating_sub(before) + named.allowed;
    let step = Step::File(to.path.clone());
    let moved = |at: &mut Locator| {
        if let Some(first) = at.0.first_mut() {
            *first = step.clone();
        }
    };
    record.path = to.path.clone();
    record.root = to.root;
    record.attributes = Some(Attributes {
        content: record.attributes.and_then(|a| a.content),
        ..attributes
    });
    let own = record.entries.first().map(|e| e.locator.clone());
    let in_path = |at: &Locator| {
        at.0.last() == Some(&Step::Name)
            && own.as_ref().is_some_and(|o| o.0.len() + 1 == at.0.len())
    };
    record.findings.retain(|f| !in_path(&f.locator));
    if let Some(entry) = record.entries.first_mut() {
        entry.places.retain(|p| p.at.as_slice() != [Step::Name]);
        let places = named.entries.into_iter().next().map(|e| e.places);
        entry.places.splice(0..0, places.unwrap_or_default());
    }
    for entry in &mut record.entries {
        moved(&mut entry.locator);
        let counts = entry.places.iter_mut().flat_map(|p| &mut p.counts);
        counts
            .flat_map(|c| &mut c.samples)
            .for_each(|f| moved(&mut f.locator));
    }
    record
        .findings
        .iter_mut()
        .for_each(|f| moved(&mut f.locator));
    record.findings.splice(0..0, named.findings);
}

/// Smallest file that is worth looking up.
const SMALLEST: usize = 2 << 10;
/// Records held at most; more are forgotten together.
const MOST: usize = 4_096;
/// Counts of a record held at most: larger ones are read again.
const MOST_COUNTS: usize = 64;

/// Records of files that were read, by content. Whichever copy is read first, all get the same record.
#[derive(Debug, Default)]
pub(super) struct Copies(Mutex<HashMap<Key, Arc<FileRecord>>>);

/// Content and what the name makes of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    content: ValueDigest,
    format: Option<FormatId>,
    clash: Option<FormatId>,
    ending: Vec<u8>,
}

/// A file that may have been read under another name.
#[derive(Debug)]
pub(super) struct Content {
    /// What it is.
    pub(super) identity: Identity,
    key: Key,
    worth: bool,
}

impl Content {
    /// From all its bytes.
    pub(super) fn of(reader: &Reader<'_>, bytes: &[u8], path: &Name) -> Self {
        let name = last(path);
        let ending = match name.iter().rposition(|&b| b == b'.') {
            Some(dot) => name.get(dot..).unwrap_or_default().to_ascii_lowercase(),
            None => name.to_vec(),
        };
        let head = bytes.get(..crate::formats::source::HEAD).unwrap_or(bytes);
        let identity = identify(head, name);
        Self {
            identity,
            key: Key {
                content: reader.key.name(bytes),
                format: identity.format.map(crate::formats::Format::id),
                clash: identity.clash,
                ending,
            },
            worth: bytes.len() >= SMALLEST,
        }
    }

    /// Its keyed digest.
    pub(super) fn digest(&self) -> ValueDigest {
        self.key.content
    }
}

impl Copies {
    /// The record of a copy that was read before. Of an archive only when the name is the same: members
    /// may be called after it.
    pub(super) fn find(&self, content: &Content, path: &Name) -> Option<FileRecord> {
        if !content.worth {
            return None;
        }
        let found = super::lock(&self.0).get(&content.key).cloned()?;
        (found.entries.len() == 1 || last(&found.path) == last(path)).then(|| (*found).clone())
    }

    /// Remembers what was read.
    pub(super) fn add(&self, content: Content, record: &FileRecord) {
        let counts = record
            .entries
            .iter()
            .flat_map(|e| &e.places)
            .map(|p| p.counts.len() + 1)
            .sum::<usize>();
        let whole = matches!(
            record.entries.first().map(|e| e.state),
            Some(State::Read | State::Partly(_))
        );
        let passing = record.entries.iter().flat_map(|e| &e.gaps).any(|g| {
            matches!(
                g.kind,
                GapKind::Crashed | GapKind::Timeout | GapKind::Changed | GapKind::Unreadable
            )
        });
        let small =
            counts + record.findings.len() <= MOST_COUNTS && record.entries.len() <= MOST_COUNTS;
        if content.worth && whole && small && !passing {
            let mut all = super::lock(&self.0);
            if all.len() >= MOST {
                all.clear();
            }
            all.insert(content.key, Arc::new(record.clone()));
        }
    }
}
