//! What a run works on: its roots and files, written once before anything is done.

use super::{
    EraseError,
    grade::Family,
    journal::{self, Entry},
};
use crate::{
    digest::JobKey,
    model::{Action, Grade, LiveCopy, Medium, Name, Outcome, Plan},
    sys::{self, Folder},
};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
};

pub(super) const SCHEMA: u32 = 1;

pub(super) const INDEX: &str = "index.json";

pub(super) const JOURNAL: &str = "journal.jsonl";

/// How the folder in quarantine is named, before the run's id.
pub const QUARANTINE: &str = ".inkout-quarantine-";

/// Name of the folder that a run's files wait in.
pub(super) fn quarantine_of(run: &str) -> String {
    format!("{QUARANTINE}{}", run.get(..8).unwrap_or(run))
}

/// The lowest forecast with which a file is taken at all.
pub type Accept = Grade;

/// What a run is begun with.
#[derive(Clone, PartialEq, Eq)]
pub struct Terms {
    /// Where the plan lies, for a resume.
    pub plan_file: Name,
    /// The job folder that it belongs to: holds, keys, audit trail.
    pub job: Name,
    /// Now, RFC 3339 in UTC.
    pub time: String,
    /// Until when it can be undone, RFC 3339 in UTC.
    pub undo_until: String,
    /// The lowest forecast that is accepted: C, unless the user says D.
    pub accept: Accept,
    /// 32 random bytes.
    pub random: [u8; 32],
}

impl std::fmt::Debug for Terms {
    // The random bytes become the run's key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Terms")
            .field("time", &self.time)
            .finish_non_exhaustive()
    }
}

/// A root and the folder in it that files wait in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Root {
    /// Absolute path.
    pub path: Name,
    /// Name of the quarantine folder in it.
    pub quarantine: String,
    /// File system: its type and the options that matter.
    pub file_system: String,
    /// What it lies on.
    pub medium: Medium,
    /// Make and model of the disk.
    pub model: String,
    /// Serial number of the disk.
    pub serial: String,
    /// Size of the device in bytes.
    pub bytes: u64,
    /// What identifies the file system on raw storage; empty when it could not be read.
    pub volume: String,
    /// The run's folder is on the same file system.
    pub holds_run: bool,
}

/// One file to be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Number in the plan.
    pub number: u32,
    /// Index of its root.
    pub root: u32,
    /// Path under the root.
    pub path: Name,
    /// Its name in quarantine.
    pub name: String,
    /// Inode number.
    pub inode: u64,
    /// Names of the file.
    pub links: u64,
    /// Size in bytes.
    pub size: u64,
    /// Time of last change, nanoseconds since 1970.
    pub modified: i64,
    /// SHA-256.
    pub sha256: String,
}

/// What a run works on; written once, before anything else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    pub(super) schema: u32,
    /// Id of the run, 16 hexadecimal digits.
    pub run: String,
    /// Id of the plan.
    pub plan: String,
    /// Where the plan lay.
    pub plan_file: Name,
    /// The job folder.
    pub job: Name,
    /// When the run began.
    pub created: String,
    /// Until when it can be undone.
    pub undo_until: String,
    /// The lowest forecast that is accepted.
    pub accept: Accept,
    /// The roots of the plan.
    pub roots: Vec<Root>,
    /// The files.
    pub targets: Vec<Target>,
}

/// Whether a plan has files taken away: one to erase, or one to seal whose live files do not stay.
pub(super) fn takes_away(plan: &Plan) -> bool {
    match plan.outcome {
        Outcome::Erase => true,
        Outcome::Seal => plan.live.unwrap_or_default() != LiveCopy::Keep,
        Outcome::HandOver => false,
    }
}

/// The files of a plan that are to be taken away.
pub(super) fn targets(plan: &Plan, key: &JobKey) -> Vec<Target> {
    let goes = takes_away(plan);
    let carried = plan.items.iter().filter(|i| match i.action {
        Action::Erase => true,
        Action::Seal => goes,
        Action::HandOver | Action::Refused => false,
    });
    let mut all = Vec::new();
    for item in carried {
        let Some(id) = &item.identity else { continue };
        all.push(Target {
            number: item.number,
            root: item.root,
            path: item.path.clone(),
            name: key.name(&item.number.to_le_bytes()).to_string(),
            inode: id.inode,
            links: id.links,
            size: id.size,
            modified: id.modified,
            sha256: id.sha256.clone(),
        });
    }
    all
}

impl Index {
    /// Reads the index of the run in a folder.
    ///
    /// # Errors
    /// `NoRun`, `Index`; what the system says.
    pub fn read(dir: &Path) -> Result<Self, EraseError> {
        let bytes = match fs::read(dir.join(INDEX)) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(EraseError::NoRun),
            other => other.map_err(EraseError::run)?,
        };
        let index: Self = serde_json::from_slice(&bytes).map_err(|_| EraseError::Index)?;
        if index.schema != SCHEMA {
            return Err(EraseError::Index);
        }
        Ok(index)
    }

    /// The journal of the run in a folder.
    ///
    /// # Errors
    /// `Damaged`; what the system says.
    pub fn journal(dir: &Path) -> Result<Vec<Entry>, EraseError> {
        journal::entries(&dir.join(JOURNAL))
    }
}

/// Folders of the system: never a root of an erasure.
pub(super) fn is_system(path: &Path) -> bool {
    const SYSTEM: [&str; 18] = [
        "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/opt", "/proc", "/root",
        "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/var",
    ];
    let within = [
        "/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/sbin", "/sys", "/usr",
    ];
    SYSTEM.iter().any(|s| path == Path::new(s)) || within.iter().any(|s| path.starts_with(s))
}

fn path_of(name: &Name) -> PathBuf {
    #[cfg(unix)]
    return PathBuf::from(
        <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(name.bytes()),
    );
    #[cfg(not(unix))]
    return PathBuf::from(name.text().into_owned());
}

impl Root {
    /// Its path.
    pub fn to_path(&self) -> PathBuf {
        path_of(&self.path)
    }
}

impl Index {
    /// The job folder.
    pub fn job_path(&self) -> PathBuf {
        path_of(&self.job)
    }

    /// The plan's file.
    pub fn plan_path(&self) -> PathBuf {
        path_of(&self.plan_file)
    }
}

pub(super) fn root(number: u32, path: &Name, run: &str, own: &Folder) -> Result<Root, EraseError> {
    let asked = path_of(path);
    let real = asked
        .canonicalize()
        .map_err(|e| EraseError::Root(number, e))?;
    if is_system(&real) {
        return Err(EraseError::SystemRoot(number));
    }
    let wrong = |e| EraseError::Root(number, e);
    let folder = Folder::open(&real).map_err(wrong)?;
    let mount = folder.mount().map_err(wrong)?;
    let device = sys::device(&mount);
    let family = Family::of(&mount);
    let same =
        folder.inode().map_err(wrong)?.device == own.inode().map_err(EraseError::run)?.device;
    Ok(Root {
        path: path.clone(),
        quarantine: quarantine_of(run),
        file_system: super::probe::described(&mount),
        medium: super::grade::medium(family, &device),
        model: device.model,
        serial: device.serial,
        bytes: device.bytes,
        volume: match family {
            // What they say they are mounted from is only a word.
            Family::Layered | Family::Overlay | Family::Network => String::new(),
            _ => super::residue::volume_of(&mount).unwrap_or_default(),
        },
        holds_run: same,
    })
}
