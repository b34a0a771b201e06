//! Holds that are put on while files are being destroyed.

use super::{desk, holds};
use crate::{model::Plan, policy::Holds, words::Language};
use std::{
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// Which file the holds lay in: device, inode, size, time of its last change. `None` when there is none.
type Stamp = Option<(u64, u64, u64, i64, i64)>;

/// Looks whether a hold stands against a plan now. Asked before every file, by several at once: it reads the holds only
/// when their file is another one than before.
pub(super) struct Watch<'a> {
    job: &'a Path,
    plan: &'a Plan,
    language: Language,
    seen: Mutex<Option<Stamp>>,
    held: AtomicBool,
}

impl<'a> Watch<'a> {
    pub(super) fn new(job: &'a Path, plan: &'a Plan, language: Language) -> Self {
        Self {
            job,
            plan,
            language,
            seen: Mutex::new(None),
            held: AtomicBool::new(false),
        }
    }

    /// Whether one does. Holds that cannot be read, are no longer there, or are others than the trail
    /// tells of, hold.
    pub(super) fn is_held(&self) -> bool {
        let Ok(now) = stamp(&holds::path(self.job)) else {
            return self.set();
        };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let held = self.held.load(Ordering::Relaxed);
        if held || *seen == Some(now) {
            return held;
        }
        let gone = now.is_none() && seen.is_some();
        *seen = Some(now);
        let found = holds::borne_out(self.job, self.language);
        let against = |all: &Holds| all.against(self.plan, desk::today()).is_some();
        if gone || found.as_ref().map_or(true, against) {
            return self.set();
        }
        false
    }

    fn set(&self) -> bool {
        self.held.store(true, Ordering::Relaxed);
        true
    }
}

fn stamp(path: &Path) -> std::io::Result<Stamp> {
    use std::os::unix::fs::MetadataExt;
    match path.symlink_metadata() {
        Ok(m) => Ok(Some((
            m.dev(),
            m.ino(),
            m.size(),
            m.mtime(),
            m.mtime_nsec(),
        ))),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}
