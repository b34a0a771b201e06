//! The journal of a run: what is about to be done, written through to the disk before it is done.
//!
//! One JSON object a line, each with the SHA-256 of the line before. A torn last line is cut; any other
//! damage stops everything.

use super::{
    EraseError,
    grade::{Evidence, Traces},
    note::Note,
    steps::{Failure, Steps},
};
use crate::{
    digest,
    model::{Actor, Grade, Medium},
    sys::Extent,
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    path::Path,
};

/// `prev` of the first line.
const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Extents kept of one file's map; of a file in more pieces it is not known after a crash where they lay.
pub(super) const MAP_KEPT: usize = 4096;

/// What happened or is about to. Files are told by their number in the plan; names stand in the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ev", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Entry {
    /// A run begins.
    Begin {
        /// Id of the plan.
        plan: String,
        /// Time.
        time: String,
    },
    /// An undo begins: what is whole goes back.
    Undoing {
        /// Time.
        time: String,
    },
    /// About to be moved into quarantine.
    Leaving {
        /// Number.
        item: u32,
    },
    /// Moved into quarantine.
    Quarantined {
        /// Number.
        item: u32,
    },
    /// Left as it was, where it was.
    Refused {
        /// Number.
        item: u32,
        /// Why.
        why: Note,
    },
    /// About to be put where the file was: the copy that stands in for it.
    Standing {
        /// Number of the file.
        item: u32,
        /// Inode of the copy.
        inode: u64,
        /// When the copy was made, in nanoseconds since 1970, where known.
        born: Option<i64>,
        /// It could not be given all rights of its file, and is for its owner alone.
        narrow: bool,
    },
    /// About to be moved back.
    Returning {
        /// Number.
        item: u32,
    },
    /// Moved back.
    Returned {
        /// Number.
        item: u32,
    },
    /// A purge begins, with the user's confirmation.
    Purging {
        /// Time.
        time: String,
        /// Who does it.
        operator: Actor,
        /// Key ids of those who approved.
        approvals: Vec<String>,
        /// Folders that become empty go too.
        remove_folders: bool,
    },
    /// These items have their last word in the audit trail.
    Audited {
        /// Their numbers.
        items: Vec<u32>,
    },
    /// About to be overwritten.
    Intent {
        /// Number.
        item: u32,
        /// When the file was made, in nanoseconds since 1970, where known.
        born: Option<i64>,
        /// Where it lies: logical, physical, length; `None` when not known.
        map: Option<Vec<(u64, u64, u64)>>,
        /// What is known of it by now.
        evidence: Evidence,
        /// Another item is the same file and is overwritten in its stead.
        alias: Option<u32>,
    },
    /// Nothing was written to it after all: it is whole, in quarantine.
    Spared {
        /// Number.
        item: u32,
        /// Why.
        why: Note,
    },
    /// Overwritten, read back.
    Overwritten {
        /// Number.
        item: u32,
        /// What was observed.
        evidence: Evidence,
        /// Bytes written.
        written: u64,
        /// Bytes read back and compared.
        verified: u64,
    },
    /// Overwritten in part or not read back as written; it stays in quarantine.
    Failed {
        /// Number.
        item: u32,
        /// Why.
        why: Note,
    },
    /// Removed.
    Unlinked {
        /// Number.
        item: u32,
    },
    /// Whether a journal was emptied after a batch was overwritten, and before it was removed.
    Emptied {
        /// Number of the root.
        root: u32,
        /// Whether it was, or need not be.
        ok: bool,
    },
    /// About to fill folders with names.
    Scrubbing {
        /// Number of the root.
        root: u32,
    },
    /// Done with the folders below a root.
    Scrubbed {
        /// Number of the root.
        root: u32,
        /// Whether all could be.
        ok: bool,
        /// Empty folders removed.
        removed: u64,
    },
    /// The last word on a file.
    Done {
        /// Number.
        item: u32,
        /// Grade before any search for residue.
        grade: Grade,
        /// What it lay on.
        medium: Medium,
        /// What must be said.
        notes: Vec<Note>,
        /// Names and attributes were dealt with.
        names: bool,
        /// Bytes written.
        written: u64,
        /// Bytes read back and compared.
        verified: u64,
        /// Bytes that lay elsewhere afterwards.
        moved: u64,
    },
    /// A search for residue.
    Searched {
        /// Number.
        item: u32,
        /// What it said.
        traces: Traces,
    },
    /// A purge has come to its end.
    End {
        /// Time.
        time: String,
    },
}

/// Extents as the journal keeps them.
pub(super) fn packed(map: Option<&[Extent]>) -> Option<Vec<(u64, u64, u64)>> {
    map.filter(|m| m.len() <= MAP_KEPT).map(|m| {
        m.iter()
            .map(|e| (e.logical, e.physical, e.length))
            .collect()
    })
}

/// Extents from the journal; their flags stand in the evidence.
pub(super) fn unpacked(map: &[(u64, u64, u64)]) -> Vec<Extent> {
    map.iter()
        .map(|&(logical, physical, length)| Extent {
            logical,
            physical,
            length,
            flags: 0,
        })
        .collect()
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    seq: u64,
    prev: String,
    entry: Entry,
}

/// The open journal of a run.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    next: u64,
    prev: String,
    /// A write failed: what stands in the file's tail is not known.
    broken: bool,
}

impl Journal {
    /// Makes a new one.
    pub(super) fn create(path: &Path) -> Result<Self, EraseError> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self {
            file: options.open(path).map_err(EraseError::run)?,
            next: 0,
            prev: FIRST.to_owned(),
            broken: false,
        })
    }

    /// Opens one for going on, cuts a torn tail, and gives all that stands in it.
    pub(super) fn open(path: &Path) -> Result<(Self, Vec<Entry>), EraseError> {
        let mut options = OpenOptions::new();
        options.read(true).append(true);
        let mut file = options.open(path).map_err(EraseError::run)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(EraseError::run)?;
        let read = read(&bytes)?;
        if read.good < bytes.len() {
            file.set_len(read.good as u64).map_err(EraseError::run)?;
            file.sync_all().map_err(EraseError::run)?;
        }
        let journal = Self {
            file,
            next: read.entries.len() as u64,
            prev: read.prev,
            broken: false,
        };
        Ok((journal, read.entries))
    }

    /// Adds a line. It is not on the disk before [`Journal::sync`].
    pub(super) fn add(&mut self, entry: Entry, steps: &Steps<'_>) -> Result<(), EraseError> {
        if self.broken {
            return Err(EraseError::run(io::ErrorKind::BrokenPipe.into()));
        }
        let line = Line {
            seq: self.next,
            prev: self.prev.clone(),
            entry,
        };
        let mut bytes = serde_json::to_vec(&line).map_err(|e| EraseError::run(e.into()))?;
        bytes.push(b'\n');
        let written = match steps.next() {
            Some(Failure::Kill) => std::process::abort(),
            Some(Failure::Torn) => {
                let half = bytes.get(..bytes.len() / 2).unwrap_or_default();
                let _ = self.file.write_all(half);
                std::process::abort();
            }
            Some(Failure::Error(number)) => Err(io::Error::from_raw_os_error(number)),
            Some(Failure::Stop) => {
                crate::sys::stop_here().and_then(|()| self.file.write_all(&bytes))
            }
            None => self.file.write_all(&bytes),
        };
        if let Err(e) = written {
            self.broken = true;
            return Err(EraseError::run(e));
        }
        bytes.pop();
        self.prev = digest::sha256(&mut &bytes[..]).map_err(EraseError::run)?;
        self.next += 1;
        Ok(())
    }

    /// Writes it through to the disk.
    pub(super) fn sync(&mut self, steps: &Steps<'_>) -> Result<(), EraseError> {
        let done = steps.step().and_then(|()| self.file.sync_data());
        done.map_err(|e| {
            self.broken = true;
            EraseError::run(e)
        })
    }
}

struct Lines {
    entries: Vec<Entry>,
    /// Bytes that hold.
    good: usize,
    prev: String,
}

/// All lines of a journal.
fn read(bytes: &[u8]) -> Result<Lines, EraseError> {
    let mut out = Lines {
        entries: Vec::new(),
        good: 0,
        prev: FIRST.to_owned(),
    };
    let mut rest = bytes;
    while !rest.is_empty() {
        let Some(end) = memchr::memchr(b'\n', rest) else {
            // Torn: the process or the power went in the middle of a write.
            break;
        };
        let (line, after) = rest.split_at(end);
        let parsed: Option<Line> = serde_json::from_slice(line).ok();
        match parsed {
            Some(l) if l.seq == out.entries.len() as u64 && l.prev == out.prev => {
                out.prev = digest::sha256(&mut &line[..]).map_err(EraseError::run)?;
                out.entries.push(l.entry);
            }
            // A file system may show blocks of zeros where it had not written yet.
            None if line.contains(&0) => break,
            _ => return Err(EraseError::Damaged(out.entries.len() as u64 + 1)),
        }
        rest = after.get(1..).unwrap_or_default();
        out.good = bytes.len() - rest.len();
    }
    Ok(out)
}

/// What stands in a journal, without going on.
pub(super) fn entries(path: &Path) -> Result<Vec<Entry>, EraseError> {
    let bytes = std::fs::read(path).map_err(EraseError::run)?;
    Ok(read(&bytes)?.entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three(dir: &Path) -> Vec<u8> {
        let path = dir.join("journal.jsonl");
        let no = || false;
        let steps = Steps::new(&no);
        let mut journal = Journal::create(&path).unwrap();
        for item in 1..4 {
            journal.add(Entry::Leaving { item }, &steps).unwrap();
        }
        journal.sync(&steps).unwrap();
        std::fs::read(path).unwrap()
    }

    #[test]
    fn a_torn_tail_is_cut_wherever_it_is_torn() {
        let dir = tempfile::tempdir().unwrap();
        let whole = three(dir.path());
        let ends: Vec<usize> = (0..whole.len()).filter(|&i| whole[i] == b'\n').collect();
        for cut in 0..whole.len() {
            let path = dir.path().join("torn");
            std::fs::write(&path, &whole[..cut]).unwrap();
            let (mut journal, entries) = Journal::open(&path).unwrap();
            let lines = ends.iter().filter(|&&e| e < cut).count();
            assert_eq!(entries.len(), lines, "{cut}");
            let no = || false;
            journal
                .add(Entry::Unlinked { item: 9 }, &Steps::new(&no))
                .unwrap();
            assert_eq!(super::entries(&path).unwrap().len(), lines + 1);
        }
    }

    #[test]
    fn any_other_damage_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let whole = three(dir.path());
        let text = String::from_utf8(whole.clone()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let swapped = format!("{}\n{}\n{}\n", lines[1], lines[0], lines[2]);
        let dropped = format!("{}\n{}\n", lines[0], lines[2]);
        let edited = text.replacen("\"item\":1", "\"item\":7", 1);
        for bad in [swapped, dropped, edited] {
            let path = dir.path().join("bad");
            std::fs::write(&path, bad).unwrap();
            assert!(matches!(Journal::open(&path), Err(EraseError::Damaged(_))));
        }
        let mut zeros = whole.clone();
        zeros.extend([0; 700]);
        std::fs::write(dir.path().join("zeros"), zeros).unwrap();
        assert_eq!(Journal::open(&dir.path().join("zeros")).unwrap().1.len(), 3);
    }

    #[test]
    fn after_a_failed_write_nothing_more_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("j");
        let no = || false;
        let steps = Steps::new(&no).failing(1, Failure::Error(28));
        let mut journal = Journal::create(&path).unwrap();
        assert!(journal.add(Entry::Leaving { item: 1 }, &steps).is_err());
        assert!(journal.add(Entry::Leaving { item: 1 }, &steps).is_err());
        assert!(std::fs::read(&path).unwrap().is_empty());
    }
}
