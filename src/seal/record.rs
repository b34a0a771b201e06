//! [`Record`]: what an archive is, for everybody who may see its folder.

use super::SealError;
use crate::{
    containers::{Part, staging},
    digest::Hashes,
    keys::{KeyError, Signer, Stamp},
    model::{Date, canonical_file, read_canonical},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

/// Number of the record's shape.
const SCHEMA: u64 = 1;
/// Name of the record in the archive's folder.
pub const RECORD: &str = "record.json";
/// What the signature over a record is for.
const SIGNED: &str = "archive record";

/// What an archive is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Kept because a law says so, out of use.
    Seal,
    /// Kept until a destruction turned out to be right.
    Backup,
}

impl Purpose {
    /// The word in names and files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::Backup => "backup",
        }
    }
}

/// A file of the plan that is not in the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Number of the item in the plan.
    pub item: u32,
    /// Why, as a word.
    pub why: String,
}

/// A look at the whole archive: decrypted and compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// When, RFC 3339 in UTC.
    pub time: String,
    /// Key id of who looked.
    pub by: String,
    /// Whether everything was as it should be.
    pub whole: bool,
    /// The day by which somebody must look again, `YYYY-MM-DD`.
    pub next: String,
}

/// The destruction of the archive's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destroyed {
    /// When, RFC 3339 in UTC.
    pub time: String,
    /// Key id of who did it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Public keys that still open the archive. Its own is among them when its parts are destroyed and nobody can
    /// tell that its key is.
    pub still: Vec<String>,
}

/// `record.json` of an archive. Counts and digests; no name and no value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Number of the shape.
    pub schema: u64,
    /// Id of the archive: the name of its folder.
    pub id: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Id of the plan.
    pub plan: String,
    /// When it was made, RFC 3339 in UTC.
    pub created: String,
    /// Why.
    pub reason: String,
    /// The law that it rests on.
    pub legal_basis: String,
    /// Number of the business case.
    pub ticket: String,
    /// Files in it.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// SHA-256 of the list of files inside.
    pub index: String,
    /// SHA-256 of [`contents`] of the files: what the archive can give back, for whoever holds their digests.
    pub contents: String,
    /// Public key of the archive's own key.
    pub key: String,
    /// Other public keys that open it.
    pub recipients: Vec<String>,
    /// Parts of the box.
    pub parts: Vec<Part>,
    /// Items of the plan that are not in it.
    pub left_out: Vec<LeftOut>,
    /// Items of which the archive has a copy without what must no longer be kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<u32>,
    /// The looks at it, the first one from when it was made.
    pub checks: Vec<Check>,
    /// The destruction of its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destroyed: Option<Destroyed>,
    /// Signature over all of the above (the record with none here).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<Stamp>,
}

impl Record {
    /// The number of the shape that this program writes.
    pub const SCHEMA: u64 = SCHEMA;

    /// Reads the record of an archive's folder and checks its signature.
    ///
    /// # Errors
    /// `Absent`; `Text` when it is not in its form; `Key` when the signature does not hold.
    pub fn read(folder: &Path) -> Result<Self, SealError> {
        Self::read_file(&folder.join(RECORD))
    }

    /// Reads a record by the path of its file and checks its signature.
    ///
    /// # Errors
    /// As [`Record::read`].
    pub fn read_file(path: &Path) -> Result<Self, SealError> {
        let bytes = match fs::read(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(SealError::Absent),
            read => read.map_err(SealError::io("read the record"))?,
        };
        let record: Self =
            read_canonical(&bytes, SCHEMA).map_err(|e| SealError::Text("record", e))?;
        let stamp = record.stamp.as_ref().ok_or(KeyError::Signature)?;
        let mut bare = record.clone();
        bare.stamp = None;
        stamp.check(SIGNED, &bare)?;
        Ok(record)
    }

    /// Signs it and gives the bytes of its file.
    ///
    /// # Errors
    /// When it has no canonical form.
    pub(super) fn signed(&mut self, signer: &Signer) -> Result<Vec<u8>, SealError> {
        self.stamp = None;
        self.stamp = Some(Stamp::make(signer, SIGNED, self)?);
        canonical_file(self).map_err(|e| SealError::Text("record", e))
    }

    /// SHA-256 of what never changes of it: all but checks, the mark of destruction and the signature. The trail has
    /// it, and shows by it whether a record is what was made.
    ///
    /// # Errors
    /// When it has no canonical form.
    pub fn digest(&self) -> Result<String, SealError> {
        let mut made = self.clone();
        made.checks.clear();
        (made.destroyed, made.stamp) = (None, None);
        let bytes = canonical_file(&made).map_err(|e| SealError::Text("record", e))?;
        Ok(Hashes::of(&bytes).sha256)
    }

    /// Whether it says that nobody can open the archive any more.
    pub fn is_beyond_reach(&self) -> bool {
        let none = |d: &Destroyed| d.still.is_empty();
        self.destroyed.as_ref().is_some_and(none) && self.recipients.is_empty()
    }

    /// Whether it says that the parts are destroyed, and that nobody knows of the archive's own key.
    pub fn lacks_parts_only(&self) -> bool {
        let key_stands = |d: &Destroyed| d.still.contains(&self.key);
        self.destroyed.as_ref().is_some_and(key_stands)
    }

    /// The day by which somebody must look at it again; `None` when its key is gone.
    pub fn next_check(&self) -> Option<Date> {
        if self.destroyed.is_some() {
            return None;
        }
        // One who cannot read the date must look today.
        let never = Date::new(1, 1, 1);
        self.checks
            .last()
            .map_or(never, |c| Date::parse(&c.next).or(never))
    }
}

/// Notes a look at an archive in a record that the caller believes.
///
/// # Errors
/// Those of writing the record.
pub fn add_check(
    folder: &Path,
    mut record: Record,
    check: Check,
    signer: &Signer,
) -> Result<Record, SealError> {
    record.checks.push(check);
    rewrite(folder, &mut record, signer)?;
    Ok(record)
}

/// Notes that an archive, or its key, was destroyed in a record that the caller believes.
///
/// # Errors
/// Those of writing the record.
pub fn add_destroyed(
    folder: &Path,
    mut record: Record,
    destroyed: Destroyed,
    signer: &Signer,
) -> Result<Record, SealError> {
    record.destroyed = Some(destroyed);
    rewrite(folder, &mut record, signer)?;
    Ok(record)
}

fn rewrite(folder: &Path, record: &mut Record, signer: &Signer) -> Result<(), SealError> {
    let bytes = record.signed(signer)?;
    Ok(staging::write_over(&folder.join(RECORD), &bytes)?)
}

/// The digests of files as one text: sorted, a line each.
pub fn contents<'d>(digests: impl IntoIterator<Item = &'d str>) -> String {
    let all: BTreeSet<&str> = digests.into_iter().collect();
    let mut out = String::new();
    for digest in all {
        out.push_str(digest);
        out.push('\n');
    }
    out
}

/// The folder of an archive, and its record or why it cannot be read.
pub type Listed = (PathBuf, Result<Record, SealError>);

/// All archives in a folder, by name, each with its record or why it cannot be read.
///
/// # Errors
/// When the folder cannot be listed.
pub fn list(folder: &Path) -> Result<Vec<Listed>, SealError> {
    let failed = SealError::io("list the archives");
    let mut out = Vec::new();
    for entry in fs::read_dir(folder).map_err(&failed)? {
        let path = entry.map_err(&failed)?.path();
        let hidden = path
            .file_name()
            .is_some_and(|n| n.as_encoded_bytes().starts_with(b"."));
        if hidden || !path.is_dir() {
            continue;
        }
        match Record::read(&path) {
            Err(SealError::Absent) => {}
            read => out.push((path, read)),
        }
    }
    out.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(out)
}
