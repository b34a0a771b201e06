//! Files that lie in a sealed archive alone: a hold on a person must find them, too.

use crate::{
    cli::{
        commands::{backup, seal as sealing},
        packages,
    },
    containers::ContainerError,
    model::{Item, Plan},
    plan::PlanFile,
    seal::{self, Purpose, Record},
    words::Language,
};
use std::{
    collections::BTreeMap,
    io::Read,
    path::{Path, PathBuf},
};

/// Largest file that is read in an archive, in bytes: it is held in memory, for nothing of it may lie on a disk.
const LARGEST: u64 = 64 << 20;

/// Told of a file and its bytes; `None` when it cannot be read.
type Look<'l> = dyn FnMut(&Item, Option<&[u8]>) + 'l;

/// The archive that a plan was sealed into, as the job knows it.
pub(super) struct Archive {
    record: Record,
    place: Option<(PathBuf, PathBuf)>,
}

impl Archive {
    /// Finds it; none when nothing was sealed, or nobody can open it any more.
    pub(super) fn of(job: &Path, plan: &Plan) -> Option<Self> {
        let plan_id = PlanFile::new(plan.clone()).ok()?.id().to_owned();
        let id = sealing::archive_id(&plan_id);
        let record = Record::read_file(&backup::record_path(job, &id)).ok()?;
        let is_gone = record.destroyed.is_some() && record.recipients.is_empty();
        let is_it = record.purpose == Purpose::Seal && record.plan == plan_id && !is_gone;
        is_it.then(|| Self {
            place: backup::place(job, &id),
            record,
        })
    }

    /// Whether it holds a file.
    pub(super) fn has(&self, item: &Item) -> bool {
        item.action == crate::model::Action::Seal
            && self.record.left_out.iter().all(|l| l.item != item.number)
    }

    /// Decrypts it in memory and hands on these files. What cannot be opened, or is too large, is handed on
    /// without bytes.
    pub(super) fn read(&self, wanted: &BTreeMap<u32, &Item>, look: &mut Look<'_>) {
        let mut left = wanted.clone();
        let opened = self.place.as_ref().and_then(|(folder, key)| {
            // The words of a key that cannot be read would name its path.
            let key = packages::identity(key, Language::En).ok()?;
            Some((folder, key))
        });
        if let Some((folder, key)) = opened {
            // A failure leaves files over: they are handed on below.
            let _ = seal::visit(folder, std::slice::from_ref(&key), &mut |file, reader| {
                let Some(item) = left.get(&file.item).copied() else {
                    return Ok(());
                };
                let mut bytes = Vec::new();
                let most = LARGEST + 1;
                let read = reader.take(most).read_to_end(&mut bytes);
                read.map_err(ContainerError::io("read a file in it"))?;
                if (bytes.len() as u64) < most {
                    left.remove(&file.item);
                    look(item, Some(&bytes));
                }
                Ok(())
            });
        }
        for item in left.into_values() {
            look(item, None);
        }
    }
}
