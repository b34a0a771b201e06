//! Which files of a share belong to sealed archives and backups: an ordinary plan leaves them alone.

use crate::{
    cli::{
        Trouble,
        commands::{
            archives::{Archives, KEY_MOST},
            backup,
        },
        packages::SECRETS,
    },
    containers::{Identity, staging},
    model::Identity as Which,
    seal::Record,
    words::Language,
};
use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap, HashSet},
    fs,
    io::Read,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// What the line of a private key begins with.
const SECRET: &str = "AGE-SECRET-KEY-1";
/// What the files begin with in which this program keeps keys of archives.
const OURS: [&str; 2] = ["# seal-", "# backup-"];

/// What a job knows of archives and keys, and what files say of themselves.
pub(super) struct Archived {
    /// Device and inode of parts, records and keys where the job last saw them.
    known: HashSet<(u64, u64)>,
    /// Public keys of archives.
    keys: BTreeSet<String>,
    /// Whether a folder holds the record of an archive.
    folders: RefCell<HashMap<PathBuf, bool>>,
}

impl Archived {
    pub(super) fn of(job: &Path, language: Language) -> Result<Self, Trouble> {
        let mut known = HashSet::new();
        let mut note = |path: &Path| {
            if let Ok(there) = path.metadata() {
                known.insert((there.dev(), there.ino()));
            }
        };
        let mut all = |folder: &Path| {
            let entries = fs::read_dir(folder).into_iter().flatten();
            for entry in entries.flatten() {
                note(&entry.path());
            }
        };
        all(&job.join(SECRETS));
        let places = backup::places(job);
        for (folder, _) in &places {
            all(folder);
        }
        for (_, key) in &places {
            note(key);
        }
        Ok(Self {
            known,
            keys: Archives::read(job, language)?.keys(),
            folders: RefCell::default(),
        })
    }

    /// Whether a file is a part, a record or a key of an archive.
    pub(super) fn has(&self, path: &Path, which: &Which) -> bool {
        self.known.contains(&(which.device, which.inode))
            || path.parent().is_some_and(|folder| self.is_archive(folder))
            || (which.size <= KEY_MOST && self.is_key(path))
    }

    fn is_archive(&self, folder: &Path) -> bool {
        let mut folders = self.folders.borrow_mut();
        if let Some(known) = folders.get(folder) {
            return *known;
        }
        let is_one = Record::read(folder).is_ok();
        folders.insert(folder.to_owned(), is_one);
        is_one
    }

    fn is_key(&self, path: &Path) -> bool {
        let mut bytes = zeroize::Zeroizing::new(Vec::new());
        let read = staging::open(path).and_then(|f| f.take(KEY_MOST).read_to_end(&mut bytes));
        if read.is_err() || memchr::memmem::find(&bytes, SECRET.as_bytes()).is_none() {
            return false;
        }
        let text = zeroize::Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
        let opens = |line: &str| {
            let key = line.trim();
            let key = key.starts_with(SECRET).then(|| Identity::parse(key));
            key.and_then(Result::ok)
                .is_some_and(|k| self.keys.contains(&k.recipient().to_string()))
        };
        OURS.iter().any(|begin| text.starts_with(begin)) || text.lines().any(opens)
    }
}
