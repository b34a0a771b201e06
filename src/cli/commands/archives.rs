//! What the trail of a job tells of its archives, and whether the record of one is what was made.
//!
//! A record is signed, but by whoever wrote it last, with a key that stands inside it: the signature shows damage, not
//! who. What an archive holds, who opens it and what it lies in is believed as far as the trail has its digest.

use super::backup;
use crate::cli::shown::Shown as _;
use crate::{
    audit::Row,
    cli::{
        Trouble, desk,
        packages::{self, SECRETS, refused},
    },
    containers::Identity,
    keys::KeyList,
    model::{Date, Event},
    reports::Condition,
    seal::{Purpose, Record},
    words::{Language, PackageWord},
};
use std::{
    collections::BTreeSet,
    fs,
    io::Read,
    path::{Path, PathBuf},
};

/// Largest file that is looked into for a key, in bytes.
pub(in crate::cli) const KEY_MOST: u64 = 1 << 16;

/// Events that tell that an archive was made.
const MADE: [&str; 2] = ["seal.made", "backup.made"];
/// Digest of a record in the event of its making.
const RECORD: &str = "record";
/// Public key of the archive's own key in it.
const KEY: &str = "key";
/// How many others opened an archive when it was destroyed.
const STILL: &str = "still";

/// How far a record is borne out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Borne {
    /// It is what was made, to the last byte.
    Whole,
    /// It was made before trails had digests of records: counts and list of files are what they were, and its signer is
    /// listed. What it says was left out is not believed.
    Counts,
}

/// Why a record is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Doubt {
    /// The trail does not tell of such an archive.
    Unknown,
    /// It tells of another one.
    Other,
    /// It tells of one like it, from before trails had digests of records, and who signed this one is not listed.
    Signer,
}

/// The trail of a job, asked about archives.
pub(in crate::cli) struct Archives {
    job: PathBuf,
    rows: Vec<Row>,
}

impl Archives {
    /// Reads the trail.
    pub(in crate::cli) fn read(job: &Path, language: Language) -> Result<Self, Trouble> {
        Ok(Self {
            job: job.to_owned(),
            rows: desk::trail(job, language)?,
        })
    }

    fn made<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Event> {
        let told = self.rows.iter().map(|r| &r.event);
        told.filter(move |e| MADE.contains(&e.event.as_str()) && e.run.as_deref() == Some(id))
    }

    /// Whether the trail tells that an archive of this id was made.
    pub(in crate::cli) fn knows(&self, id: &str) -> bool {
        self.made(id).next().is_some()
    }

    /// Whether a record is the one that was made. Its checks and the mark of its destruction come later, and are not
    /// judged.
    pub(in crate::cli) fn bears_out(
        &self,
        record: &Record,
        keys: Option<&KeyList>,
        today: Date,
    ) -> Result<Borne, Doubt> {
        let name = match record.purpose {
            Purpose::Seal => "seal.made",
            Purpose::Backup => "backup.made",
        };
        // One that was lost is made again from the same plan, under the same id: the last counts.
        let event = self.made(&record.id).last().ok_or(Doubt::Unknown)?;
        let index = format!("sha256:{}", record.index);
        let digest = record.digest().map_err(|_| Doubt::Other)?;
        let digest = format!("sha256:{digest}");
        let plan = Some(record.plan.as_str()).filter(|p| !p.is_empty());
        let counts = [
            ("files", record.files),
            ("bytes", record.bytes),
            ("left-out", record.left_out.len() as u64),
        ];
        let same = event.event == name
            && event.plan.as_deref() == plan
            && event.digests.get("index") == Some(&index)
            && counts
                .iter()
                .all(|(of, n)| event.counts.get(*of) == Some(n));
        match event.digests.get(RECORD) {
            _ if !same => Err(Doubt::Other),
            Some(made) if *made == digest => Ok(Borne::Whole),
            Some(_) => Err(Doubt::Other),
            None if is_listed(record, keys, today) => Ok(Borne::Counts),
            None => Err(Doubt::Signer),
        }
    }

    /// Events on an archive since it was made, the last time.
    fn since<'a>(&'a self, names: &'a [&str], id: &'a str) -> impl Iterator<Item = &'a Event> {
        let is_made =
            |r: &Row| MADE.contains(&r.event.event.as_str()) && r.event.run.as_deref() == Some(id);
        let from = self.rows.iter().rposition(is_made).unwrap_or(0);
        let told = self.rows.get(from..).unwrap_or_default().iter();
        told.map(|r| &r.event)
            .filter(move |e| names.contains(&e.event.as_str()) && e.run.as_deref() == Some(id))
    }

    /// The events that say that the key of an archive is destroyed, or all of it.
    fn ended<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Event> {
        self.since(&["seal.destroyed", "backup.key-destroyed"], id)
    }

    /// Whether the trail tells that the key of an archive was destroyed, or all of it.
    pub(in crate::cli) fn is_destroyed(&self, id: &str) -> bool {
        self.ended(id).next().is_some()
    }

    /// Whether the trail tells that the parts of an archive were destroyed while nobody knew of its key.
    pub(in crate::cli) fn lacks_parts(&self, id: &str) -> bool {
        self.since(&["seal.parts-destroyed"], id).next().is_some()
    }

    /// Whether nobody can open an archive any more, by the trail.
    pub(in crate::cli) fn is_beyond_reach(&self, id: &str, believed: Option<&Record>) -> bool {
        let closed = |e: &Event| match e.counts.get(STILL) {
            Some(others) => *others == 0,
            None => believed.is_some_and(|r| r.recipients.is_empty()),
        };
        self.ended(id).any(closed)
    }

    /// Public keys of all archives that the job knows.
    pub(in crate::cli) fn keys(&self) -> BTreeSet<String> {
        let told = self.rows.iter().map(|r| &r.event);
        let told = told.filter(|e| MADE.contains(&e.event.as_str()));
        let mut keys: BTreeSet<String> = told.filter_map(|e| e.digests.get(KEY).cloned()).collect();
        let kept = desk::in_folder(&self.job.join(backup::BACKUPS));
        let kept = kept.iter().filter_map(|path| Record::read_file(path).ok());
        keys.extend(kept.map(|record| record.key));
        keys
    }

    /// Refuses a key that another archive of this job, which is not destroyed, is locked with: who ends one would end
    /// the other. A record that cannot be read is refused, too.
    pub(in crate::cli) fn has_no_other_lock(
        &self,
        key: &str,
        id: &str,
        language: Language,
    ) -> Result<(), Trouble> {
        let shared =
            |other: &str| refused(PackageWord::KeyShared.fill(language, &[&id, &other, &other]));
        for row in &self.rows {
            let event = &row.event;
            let Some(other) = event.run.as_deref().filter(|other| *other != id) else {
                continue;
            };
            let is_made = MADE.contains(&event.event.as_str());
            let same = event.digests.get(KEY).is_some_and(|k| k == key);
            if is_made && same && !self.is_destroyed(other) {
                return Err(shared(other));
            }
        }
        for path in desk::in_folder(&self.job.join(backup::BACKUPS)) {
            let other = path.file_stem().map(|n| n.to_string_lossy().into_owned());
            let other = other.unwrap_or_default();
            let is_told = self.made(&other).any(|e| e.digests.contains_key(KEY));
            if other == id || is_told || self.is_destroyed(&other) {
                continue;
            }
            match Record::read_file(&path) {
                Ok(record) if record.key == key => return Err(shared(&other)),
                Ok(_) => {}
                Err(e) => return Err(packages::of_archive(&e, &path, language)),
            }
        }
        Ok(())
    }

    /// Refuses to go on with a record that the trail contradicts, or that says of itself that it was destroyed when
    /// nobody did. An archive of another job is none of this trail's.
    pub(in crate::cli) fn believed(
        &self,
        record: &Record,
        id: &str,
        language: Language,
    ) -> Result<Option<Borne>, Trouble> {
        let keys = desk::key_list(&self.job, None, language).ok();
        let other = || not_the_made(id, language);
        let marked = record.destroyed.is_some();
        let told = self.is_destroyed(id) || self.lacks_parts(id);
        if record.id != id || (marked && !told && self.knows(id)) {
            return Err(other());
        }
        match self.bears_out(record, keys.as_ref(), desk::today()) {
            Ok(borne) => Ok(Some(borne)),
            Err(Doubt::Unknown | Doubt::Signer) => Ok(None),
            Err(Doubt::Other) => Err(other()),
        }
    }
}

/// What the event of an archive's making says of its record.
pub(super) fn tell_made(event: &mut Event, record: &Record) -> Result<(), Trouble> {
    let digest = record
        .digest()
        .map_err(|e| Trouble::failed(e.to_string()))?;
    event.counts.insert("files".into(), record.files);
    event.counts.insert("bytes".into(), record.bytes);
    let left_out = record.left_out.len() as u64;
    event.counts.insert("left-out".into(), left_out);
    let index = format!("sha256:{}", record.index);
    event.digests.insert("index".into(), index);
    event
        .digests
        .insert(RECORD.into(), format!("sha256:{digest}"));
    event.digests.insert(KEY.into(), record.key.clone());
    Ok(())
}

/// How many others can open what is destroyed.
pub(super) fn tell_still(event: &mut Event, others: usize) {
    event.counts.insert(STILL.into(), others as u64);
}

/// The record is not the one of the trail.
pub(super) fn not_the_made(id: &str, language: Language) -> Trouble {
    Trouble {
        condition: Condition::Unproved,
        text: PackageWord::RecordOther.fill(language, &[&id]),
    }
}

/// Whether who signed a record last stands, or stood at the time of its last check, on the list.
pub(super) fn is_listed(record: &Record, keys: Option<&KeyList>, today: Date) -> bool {
    let signer = record.stamp.as_ref().map(|s| s.key.as_str());
    let last = record
        .checks
        .last()
        .and_then(|c| Date::parse(c.time.get(..10)?));
    let (Some(signer), Some(keys)) = (signer, keys) else {
        return false;
    };
    let days = [Some(today), last];
    days.into_iter()
        .flatten()
        .any(|day| keys.find(signer, day).is_some())
}

/// A private key in a small regular file; `None` when there is none.
pub(super) fn key_in(path: &Path) -> Option<Identity> {
    let is_file = path.symlink_metadata().is_ok_and(|m| m.is_file());
    let file = crate::containers::staging::open(path).ok()?;
    let small = file.metadata().ok()?.len() <= KEY_MOST;
    let mut text = String::new();
    if !is_file || !small {
        return None;
    }
    file.take(KEY_MOST).read_to_string(&mut text).ok()?;
    let text = zeroize::Zeroizing::new(text);
    Identity::parse(&text).ok()
}

/// Where a key that opens an archive still lies: where it lay when somebody last looked, or among the secrets of the
/// job.
pub(super) fn key_stands(job: &Path, id: &str, key: &str) -> Option<PathBuf> {
    let mut all: Vec<PathBuf> = backup::place(job, id)
        .map(|(_, key)| key)
        .into_iter()
        .collect();
    if let Ok(entries) = fs::read_dir(job.join(SECRETS)) {
        let mut secrets: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
        secrets.sort();
        all.extend(secrets);
    }
    let opens = |path: &PathBuf| {
        // What a link leads to opens it as well.
        let real = path.canonicalize().ok();
        let found = real.and_then(|real| key_in(&real));
        found.is_some_and(|k| k.recipient().to_string() == key)
    };
    all.into_iter().find(opens)
}

/// Says where the key of an archive lies that somebody said to be gone.
pub(super) fn key_is_there(path: &Path, id: &str, language: Language) -> Trouble {
    refused(PackageWord::KeyStands.fill(language, &[&id, &path.shown()]))
}
