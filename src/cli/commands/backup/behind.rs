//! Whether a backup stands behind an erasure: now, not when it was made.

use super::{super::archives::Archives, BACKUPS, record_path};
use crate::{
    cli::{
        Trouble,
        desk::{self, Standing},
        packages::{self, refused},
    },
    digest::Hashes,
    keys::KeyList,
    model::{CanonicalError, Date, Name, Plan, canonical_file, read_canonical},
    seal::{self, Record, SealError},
    words::{Language, PackageWord, grouped},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// Number of the shape of [`Lies`].
const SCHEMA: u32 = 1;

/// Where an archive and its key lay when somebody last looked.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lies {
    schema: u32,
    /// Folder of the archive, absolute.
    archive: Name,
    /// File of its key, absolute.
    key: Name,
}

fn place_of(job: &Path, id: &str) -> PathBuf {
    job.join(BACKUPS).join(format!("{id}.place"))
}

/// Remembers where an archive and its key lie.
pub(super) fn keep_place(
    job: &Path,
    id: &str,
    archive: &Path,
    key: &Path,
    language: Language,
) -> Result<(), Trouble> {
    let name = |path: &Path| Name::new(path.as_os_str().as_bytes());
    let lies = Lies {
        schema: SCHEMA,
        archive: name(archive),
        key: name(key),
    };
    let bytes = canonical_file(&lies).map_err(|e| Trouble::failed(e.to_string()))?;
    desk::write(&place_of(job, id), &bytes, Standing::Replace, language)
}

fn lies(job: &Path, id: &str) -> Option<Lies> {
    let bytes = std::fs::read(place_of(job, id)).ok()?;
    let read: Result<Lies, CanonicalError> = read_canonical(&bytes, u64::from(SCHEMA));
    read.ok()
}

/// The folder of an archive and the file of its key, as they lay when somebody last looked.
pub(in crate::cli) fn place(job: &Path, id: &str) -> Option<(PathBuf, PathBuf)> {
    let path = |name: &Name| PathBuf::from(std::ffi::OsStr::from_bytes(name.bytes()));
    let lies = lies(job, id)?;
    Some((path(&lies.archive), path(&lies.key)))
}

/// Whether an archive still stands where it lay, and this folder is another one: a copy of it.
pub(in crate::cli) fn is_copy(known: &Path, folder: &Path, record: &Record) -> bool {
    let same = known.canonicalize().ok() == folder.canonicalize().ok();
    let gone = known.symlink_metadata().is_err();
    let stands = |p: &crate::containers::Part| known.join(&p.name).symlink_metadata().is_ok();
    !same && !gone && record.parts.iter().any(stands)
}

/// Those of all archives that the job knows.
pub(in crate::cli) fn places(job: &Path) -> Vec<(PathBuf, PathBuf)> {
    let entries = std::fs::read_dir(job.join(BACKUPS)).into_iter().flatten();
    let names = entries.flatten().map(|e| PathBuf::from(e.file_name()));
    let names = names.filter(|n| n.extension().is_some_and(|e| e == "place"));
    names
        .filter_map(|n| place(job, n.file_stem()?.to_str()?))
        .collect()
}

/// Whether a backup, or a sealed archive, may stand behind the erasure of these files: decrypted and compared
/// as a whole the last time anybody looked, and that look is not overdue; its record is signed by a listed
/// key; its key is not destroyed and lies where it lay; every part of it is there with its very bytes; and
/// every file that is to go is in it with its very content.
pub(in crate::cli) fn verified(
    job: &Path,
    id: &str,
    plan: &Plan,
    keys: &KeyList,
    today: Date,
    language: Language,
) -> Result<(), Trouble> {
    let record = record(job, id, keys, today, language)?;
    holds(job, id, plan, &record, language)?;
    stands(job, &record).map_err(|word| not_whole(id, word, language))
}

/// Whether the archive that a plan was sealed into stands as [`verified`] asks of a backup; the items of the plan
/// that it could not take in.
pub(in crate::cli) fn sealed(
    job: &Path,
    id: &str,
    plan_id: &str,
    plan: &Plan,
    keys: &KeyList,
    today: Date,
    language: Language,
) -> Result<Vec<u32>, Trouble> {
    let record = record(job, id, keys, today, language)?;
    if record.plan != plan_id {
        return Err(not_whole(id, PackageWord::BackupWhyRecord, language));
    }
    stands(job, &record).map_err(|word| not_whole(id, word, language))?;
    let is_out = |n: &u32| record.left_out.iter().any(|l| l.item == *n);
    Ok(plan.carried().map(|i| i.number).filter(is_out).collect())
}

fn not_whole(id: &str, word: PackageWord, language: Language) -> Trouble {
    refused(PackageWord::BackupNotWhole.fill(language, &[&id, &word.text(language)]))
}

/// The record of an archive in the job folder, when it can stand behind anything.
fn record(
    job: &Path,
    id: &str,
    keys: &KeyList,
    today: Date,
    language: Language,
) -> Result<Record, Trouble> {
    let no = |word| not_whole(id, word, language);
    let is_name = !id.is_empty() && !id.contains(['/', '\0']);
    let path = record_path(job, id);
    if !is_name || !path.exists() {
        return Err(refused(PackageWord::BackupNotListed.fill(language, &[&id])));
    }
    let record = Record::read_file(&path).map_err(|_| no(PackageWord::BackupWhyRecord))?;
    if record.id != id {
        return Err(no(PackageWord::BackupWhyRecord));
    }
    let signer = record.stamp.as_ref().map(|s| s.key.as_str());
    if signer.and_then(|key| keys.find(key, today)).is_none() {
        return Err(no(PackageWord::BackupWhySigner));
    }
    let told = Archives::read(job, language)?;
    if told.bears_out(&record, Some(keys), today).is_err() {
        return Err(no(PackageWord::BackupWhyRecord));
    }
    if record.destroyed.is_some() || told.is_destroyed(id) {
        return Err(no(PackageWord::BackupWhyDestroyed));
    }
    if !record.checks.last().is_some_and(|c| c.whole) {
        return Err(no(PackageWord::BackupWhyCheck));
    }
    if record.next_check().is_none_or(|day| day < today) {
        return Err(no(PackageWord::BackupWhyOverdue));
    }
    Ok(record)
}

/// Whether every file that is to go is in it.
fn holds(
    job: &Path,
    id: &str,
    plan: &Plan,
    record: &Record,
    language: Language,
) -> Result<(), Trouble> {
    let list = record_path(job, id).with_extension("sha256");
    let list = desk::read_text(&list, language)?;
    if Hashes::of(list.as_bytes()).sha256 != record.contents {
        let why = PackageWord::BackupWhyRecord.text(language);
        return Err(refused(
            PackageWord::BackupNotWhole.fill(language, &[&id, &why]),
        ));
    }
    let held: BTreeSet<&str> = list.lines().collect();
    let identities = plan.carried().filter_map(|i| i.identity.as_ref());
    let lacking = identities.filter(|d| !held.contains(d.sha256.as_str()));
    match lacking.count() as u64 {
        0 => Ok(()),
        n => {
            let text = PackageWord::BackupLacks.fill(language, &[&id, &grouped(n)]);
            Err(refused(text))
        }
    }
}

/// Whether the archive and its key are where they were, and what they were.
fn stands(job: &Path, record: &Record) -> Result<(), PackageWord> {
    let lies = lies(job, &record.id).ok_or(PackageWord::BackupWhyPlace)?;
    let path = |name: &Name| PathBuf::from(std::ffi::OsStr::from_bytes(name.bytes()));
    match seal::stands(&path(&lies.archive), record) {
        Ok(()) => {}
        Err(SealError::Absent) => return Err(PackageWord::BackupWhyGone),
        Err(_) => return Err(PackageWord::BackupWhyParts),
    }
    // The words of a key that cannot be read would name its path.
    let key = packages::identity(&path(&lies.key), Language::En);
    match key {
        Ok(key) if key.recipient().to_string() == record.key => Ok(()),
        _ => Err(PackageWord::BackupWhyKey),
    }
}
