//! Files that lie in a sealed archive alone: a hold on a person must find them, too.

use crate::{
    cli::{
        commands::{
            archives::{Archives, Borne},
            backup, seal as sealing,
        },
        packages,
    },
    containers::ContainerError,
    keys::KeyList,
    model::{Date, Item, Plan},
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
    /// Its record, when the trail bears it out.
    record: Option<(Record, Borne)>,
    place: Option<(PathBuf, PathBuf)>,
}

impl Archive {
    /// Finds it; none when nothing was sealed, or nobody can open it any more. Both are asked of the trail: whoever
    /// can write the record in the job folder must not hide what lies in the archive.
    pub(super) fn of(
        job: &Path,
        plan: &Plan,
        (told, keys, today): (&Archives, Option<&KeyList>, Date),
    ) -> Option<Self> {
        let plan_id = PlanFile::new(plan.clone()).ok()?.id().to_owned();
        let id = sealing::archive_id(&plan_id);
        if !told.knows(&id) {
            return None;
        }
        let record = Record::read_file(&backup::record_path(job, &id)).ok();
        let record = record.and_then(|record| {
            let is_it = record.purpose == Purpose::Seal && record.plan == plan_id;
            let borne = told.bears_out(&record, keys, today).ok();
            borne
                .filter(|_| is_it && record.id == id)
                .map(|b| (record, b))
        });
        let believed = record.as_ref().map(|(record, _)| record);
        (!told.is_beyond_reach(&id, believed)).then(|| Self {
            place: backup::place(job, &id),
            record,
        })
    }

    /// Whether it holds a file. What a record says was left out is believed when all of the record is.
    pub(super) fn has(&self, item: &Item) -> bool {
        let left_out = match &self.record {
            Some((record, Borne::Whole)) => record.left_out.as_slice(),
            _ => &[],
        };
        item.action == crate::model::Action::Seal && left_out.iter().all(|l| l.item != item.number)
    }

    /// Decrypts it in memory and hands on these files. What cannot be opened, or is too large, is handed on
    /// without bytes.
    pub(super) fn read(&self, wanted: &BTreeMap<u32, &Item>, look: &mut Look<'_>) {
        let mut left = wanted.clone();
        let opened = self.place.as_ref().and_then(|(folder, key)| {
            let (record, _) = self.record.as_ref()?;
            // The words of a key that cannot be read would name its path.
            let key = packages::identity(key, Language::En).ok()?;
            Some((folder, record, [key]))
        });
        if let Some((folder, record, key)) = opened {
            // A failure leaves files over: they are handed on below.
            let _ = seal::visit(folder, record, &key, &mut |file, reader| {
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
