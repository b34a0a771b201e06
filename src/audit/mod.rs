//! The trail: who did what, when, why and with what result, in lines that hold each the digest of the line
//! before, and signed checkpoints over all of them.
//!
//! A chain shows a changed line. A tail cut off, or a chain made anew, only a checkpoint kept *elsewhere*
//! shows: print it, send it to both approvers.
//!
//! Standard: RFC 6962, section 2.1 (the tree); C2SP signed-note and tlog-checkpoint (the note).

mod note;
mod query;
mod tree;
mod verify;

pub use note::{Checkpoint, NoteError};
pub use query::{Query, Row, confirmed, rows};
pub use verify::{Fault, Report, verify};

use crate::{
    digest::{hex, sha256_of},
    keys::Signer,
    model::{CanonicalError, Event, canonical},
};
use serde_json::{Map, Value};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};
use tree::Tree;
use unicode_normalization::UnicodeNormalization;

/// Name of the trail in the job folder.
pub const TRAIL: &str = "audit.jsonl";
/// Name of the folder of checkpoints beside it.
pub const CHECKPOINTS: &str = "checkpoints";
/// Number of the shape of a line.
pub const RECORD_SCHEMA: u64 = 1;
/// Digest that the first line holds in the place of a line before.
const NOTHING: [u8; 32] = [0; 32];

/// Why the trail cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// Another process writes it.
    #[error("the audit trail is in use by another run")]
    Locked,
    /// It does not hold: nothing is added to it.
    #[error("the audit trail does not hold: record {0} is not what the record before says")]
    Broken(u64),
    /// A checkpoint beside it says something else.
    #[error("the audit trail does not agree with its last checkpoint")]
    Checkpoint,
    /// The event has no canonical form.
    #[error("the event cannot be written")]
    Event,
    /// No room on the disk.
    #[error("the disk of the audit trail is full")]
    Full,
    /// The system failed.
    #[error("the audit trail cannot be used: {0}")]
    Io(io::ErrorKind),
}

impl From<io::Error> for AuditError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            kind => Self::Io(kind),
        }
    }
}

impl From<CanonicalError> for AuditError {
    fn from(_: CanonicalError) -> Self {
        Self::Event
    }
}

/// A trail open for adding lines. One at a time: the file is locked until this is dropped.
#[derive(Debug)]
pub struct Trail {
    file: File,
    dir: PathBuf,
    head: Head,
    /// Bytes of the lines that are on the disk; `None` once nobody knows what is.
    whole: Option<u64>,
    torn: Option<u64>,
}

/// Where a trail stands: what the next line must hold, and the trees over all lines.
#[derive(Debug, Clone)]
struct Head {
    last: [u8; 32],
    tree: Tree,
}

impl Head {
    fn new() -> Self {
        Self {
            last: NOTHING,
            tree: Tree::default(),
        }
    }

    /// Takes a line (without its line break) that was checked.
    fn push(&mut self, line: &[u8]) {
        self.last = sha256_of(line);
        self.tree.push(line);
    }

    /// Lines so far.
    fn size(&self) -> u64 {
        self.tree.size()
    }

    /// Whether a line is the next one: canonical, with the right number and digest.
    fn follows(&self, line: &[u8]) -> bool {
        let Ok(value) = serde_json::from_slice::<Value>(line) else {
            return false;
        };
        canonical(&value).is_ok_and(|c| c == line)
            && value.get("v").and_then(Value::as_u64) == Some(RECORD_SCHEMA)
            && value.get("seq").and_then(Value::as_u64) == Some(self.size() + 1)
            && value.get("prev").and_then(Value::as_str) == Some(hex(&self.last).as_str())
    }
}

impl Trail {
    /// Opens the trail of a job folder, making it when there is none. Every line is checked. A last line
    /// without its line break was never confirmed to anyone: it is cut off, and [`Trail::torn`] tells it.
    ///
    /// # Errors
    /// `Locked`; `Broken` when a line does not hold; `Checkpoint` when it is shorter than, or other than,
    /// its own last checkpoint; those of the system.
    pub fn open(dir: &Path) -> Result<Self, AuditError> {
        let path = dir.join(TRAIL);
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(AuditError::Locked),
            Err(TryLockError::Error(e)) => return Err(e.into()),
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
        let (lines, rest) = bytes.split_at(whole);
        let mut head = Head::new();
        let last = note::last(dir)?;
        for line in lines.split_inclusive(|b| *b == b'\n') {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            if !head.follows(line) {
                return Err(AuditError::Broken(head.size() + 1));
            }
            head.push(line);
            if last
                .as_ref()
                .is_some_and(|c| c.size == head.size() && c.root != head.tree.root())
            {
                return Err(AuditError::Checkpoint);
            }
        }
        if last.is_some_and(|c| c.size > head.size()) {
            return Err(AuditError::Checkpoint);
        }
        let torn = (!rest.is_empty()).then_some(rest.len() as u64);
        if torn.is_some() {
            file.set_len(whole as u64)?;
            file.sync_all()?;
            file.seek(SeekFrom::End(0))?;
        }
        Ok(Self {
            file,
            dir: dir.to_owned(),
            head,
            whole: Some(whole as u64),
            torn,
        })
    }

    /// Bytes of a last line that was cut off on opening.
    pub fn torn(&self) -> Option<u64> {
        self.torn
    }

    /// Number of lines.
    pub fn size(&self) -> u64 {
        self.head.size()
    }

    /// Adds an event and writes it through to the disk. Its number, from 1.
    ///
    /// # Errors
    /// Those of the system; after one the line must be taken as not written.
    pub fn append(&mut self, event: &Event) -> Result<u64, AuditError> {
        self.append_all(std::slice::from_ref(event))
    }

    /// Adds events in their order and writes them through to the disk together. The number of the last.
    ///
    /// # Errors
    /// Those of the system; after one none of the lines must be taken as written.
    pub fn append_all(&mut self, events: &[Event]) -> Result<u64, AuditError> {
        let before = self
            .whole
            .take()
            .ok_or(AuditError::Io(io::ErrorKind::Other))?;
        let mut head = self.head.clone();
        let mut bytes = Vec::new();
        let lines = events.iter().try_for_each(|event| {
            let line = record(event, head.size() + 1, &head.last)?;
            bytes.extend_from_slice(&line);
            bytes.push(b'\n');
            head.push(&line);
            Ok(())
        });
        let written = lines.and_then(|()| {
            self.file.write_all(&bytes)?;
            Ok(self.file.sync_data()?)
        });
        if let Err(e) = written {
            // Half a line would break the chain of what comes after.
            let back = self
                .file
                .set_len(before)
                .and_then(|()| self.file.sync_data());
            self.whole = back.is_ok().then_some(before);
            return Err(e);
        }
        self.head = head;
        self.whole = Some(before + bytes.len() as u64);
        Ok(self.head.size())
    }

    /// Signs where the trail stands and keeps that beside it. The text of the checkpoint: to be printed and
    /// kept elsewhere.
    ///
    /// # Errors
    /// Those of the system.
    pub fn checkpoint(&self, signer: &Signer, time: &str) -> Result<String, AuditError> {
        let text = Checkpoint {
            origin: note::origin(&signer.public()),
            size: self.head.size(),
            root: self.head.tree.root(),
            sm3: self.head.tree.sm3_root(),
            time: time.to_owned(),
            key: signer.id(),
            sm2: signer.public().sm2_id(),
        }
        .sign(signer);
        let folder = self.dir.join(CHECKPOINTS);
        make_folder(&folder)?;
        let name = format!("{:012}.note", self.head.size());
        write_private(&folder, &name, text.as_bytes())?;
        Ok(text)
    }
}

/// The line of an event, without its line break. Texts are brought to Unicode form C.
fn record(event: &Event, seq: u64, prev: &[u8; 32]) -> Result<Vec<u8>, AuditError> {
    let value = serde_json::to_value(event).map_err(|_| AuditError::Event)?;
    let Value::Object(map) = composed(value) else {
        return Err(AuditError::Event);
    };
    let mut all = Map::new();
    all.insert("v".into(), RECORD_SCHEMA.into());
    all.insert("seq".into(), seq.into());
    all.insert("prev".into(), hex(prev).into());
    all.extend(map);
    Ok(canonical(&Value::Object(all))?)
}

fn composed(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.nfc().collect()),
        Value::Array(all) => Value::Array(all.into_iter().map(composed).collect()),
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(k, v)| (k, composed(v))).collect())
        }
        other => other,
    }
}

/// The event of a line; `None` when the line is none of this program.
fn event_of(line: &[u8]) -> Option<(u64, Event)> {
    let Value::Object(mut map) = serde_json::from_slice(line).ok()? else {
        return None;
    };
    let seq = map.remove("seq")?.as_u64()?;
    map.remove("prev")?;
    map.remove("v")?;
    Some((seq, serde_json::from_value(Value::Object(map)).ok()?))
}

fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Writes a file beside and renames it: whole or not at all.
fn write_private(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let beside = folder.join(format!(".{name}.part"));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, folder.join(name))?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests;
