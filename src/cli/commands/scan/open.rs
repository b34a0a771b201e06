//! The job folder: a new inventory, the rest of one that was cut off, or the next generation of one.

use crate::{
    cli::{args::Scan, log::Log},
    digest::JobKey,
    store::{Earlier, RunInfo, Status, Store, StoreError},
    words::{DailyWord, Word},
};
use std::path::Path;

/// The open store and what is known of it.
pub(super) struct Opened {
    pub store: Store,
    /// Files that a run that was cut off has recorded.
    pub resumed: Option<u64>,
    /// The clock is before the end of the scan before.
    pub back: bool,
}

/// Opens the job folder: a new run, the rest of one that was interrupted, or what changed since.
pub(super) fn open_store(job: &Path, info: &RunInfo, args: &Scan) -> Result<Opened, StoreError> {
    let new = |store| Opened {
        store,
        resumed: None,
        back: false,
    };
    match Store::status(job) {
        Ok(Status::Absent) => Ok(new(Store::create(job, info)?)),
        Ok(Status::Unfinished) if !args.restart && !args.full => {
            let store = Store::resume(job, info)?;
            let resumed = Some(store.recorded()?);
            Ok(Opened {
                store,
                resumed,
                back: false,
            })
        }
        Ok(Status::Unfinished | Status::Finished) if !args.full => match Store::again(job, info) {
            Ok(store) => {
                let ended = store.generations()?.pop().map(|g| g.ended);
                let back = ended.is_some_and(|ended| ended > info.started);
                Ok(Opened {
                    store,
                    resumed: None,
                    back,
                })
            }
            // Other rules, roots or options: nothing of it can be carried over.
            Err(StoreError::Different(_) | StoreError::Absent) => {
                Ok(new(Store::replace(job, info)?))
            }
            Err(other) => Err(other),
        },
        // An inventory of an older program is no obstacle: it is made anew.
        Ok(_) | Err(StoreError::Schema { .. }) => Ok(new(Store::replace(job, info)?)),
        Err(StoreError::Corrupt(_)) if args.full => Ok(new(Store::replace(job, info)?)),
        Err(other) => Err(other),
    }
}

impl Opened {
    /// Says what is continued.
    pub(super) fn say(&self, log: Log) {
        if let Some(files) = self.resumed {
            let text = Word::JobResumed.fill(log.language, &[&files]);
            log.info("resumed", &[("files", files.into())], &text);
        }
        if self.back {
            log.warn("clock", &[], DailyWord::ClockBack.text(log.language));
        }
    }

    /// What the scan before knows. Everything is read again when its times cannot be trusted, and when every
    /// finding is to be listed but only samples were kept (a scan that was cut off goes on all the same).
    pub(super) fn earlier(&self, key: &JobKey, args: &Scan) -> Result<Earlier, StoreError> {
        let earlier = self.store.earlier(key)?;
        let lists = super::purpose(args).all && !super::keeps_all(args);
        Ok(if self.back || lists && self.resumed.is_none() {
            earlier.distrusted()
        } else {
            earlier
        })
    }
}
