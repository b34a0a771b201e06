//! After overwriting: the journal, a second look, and removing.

#[allow(clippy::wildcard_imports, reason = "a part of the module above")]
use super::*;

impl Deed<'_, '_> {
    /// Empties the journal of ext4; whether nothing of what was overwritten is in one now.
    pub(super) fn empty_journal(&mut self) -> Result<bool, EraseError> {
        let ok = empty(self.place, self.quarantine, self.steps)?;
        let root = self.place.number;
        self.run.say(Entry::Emptied { root, ok }, self.steps)?;
        Ok(ok)
    }

    /// What went through the journal reached its place only now.
    pub(super) fn check_again(
        &mut self,
        works: &mut [Work],
        emptied: bool,
    ) -> Result<(), EraseError> {
        for work in works.iter_mut() {
            let late = work.evidence.data_journal || work.evidence.inline;
            let late = late && emptied && work.plan.bytes() > 0;
            let Some(file) = work.file.clone().filter(|_| late) else {
                continue;
            };
            let mut stream = self.stream(&work.target);
            let (how, verified) = overwrite::read_back(&file, &work.plan, &mut stream, self.buffer);
            work.evidence.read_back = how;
            if how == ReadBack::Failed {
                work.failed = Some(Note::ReadBackFailed);
                continue;
            }
            let entry = Entry::Overwritten {
                item: work.target.number,
                evidence: work.evidence,
                written: work.written,
                verified,
            };
            self.run.note(entry, self.steps)?;
        }
        Ok(())
    }

    /// Takes the names of attributes off the disk, where journals can be emptied: once more, before the blocks are
    /// given away.
    pub(super) fn take_names(
        &mut self,
        works: &mut [Work],
        emptied: bool,
    ) -> Result<(), EraseError> {
        let named = |w: &Work| w.file.as_ref().is_some_and(|f| extras::has_names(f));
        if !emptied || !works.iter().any(named) {
            return Ok(());
        }
        for work in works.iter_mut() {
            self.step()?;
            let Some(file) = work.file.clone().filter(|f| extras::has_names(f)) else {
                continue;
            };
            let block = sys::facts(&file).map_or(4096, |f| f.block);
            let item = work.target.number;
            if !extras::take_names(&file, block, &self.run.key, item) {
                work.evidence.attributes = false;
                let entry = Entry::Overwritten {
                    item,
                    evidence: work.evidence,
                    written: work.written,
                    verified: work.verified,
                };
                self.run.note(entry, self.steps)?;
            }
        }
        self.sync_volume()?;
        self.empty_journal()?;
        Ok(())
    }

    /// Removes attributes, content and names.
    pub(super) fn remove_all(&mut self, works: &[Work]) -> Result<(), EraseError> {
        for work in works {
            self.step()?;
            if let Some(file) = &work.file {
                extras::remove(file);
                sys::shrink(file).map_err(stopped)?;
            }
        }
        self.sync_volume()?;
        let mut removed = Vec::new();
        for work in works {
            self.step()?;
            let name = work.target.name.as_bytes();
            let there = self.quarantine.inode_of(name).map_err(stopped)?;
            let own = Inode {
                device: self.place.device,
                inode: work.target.inode,
            };
            if there != Some(own) {
                let item = work.target.number;
                self.run.note(
                    Entry::Failed {
                        item,
                        why: Note::Swapped,
                    },
                    self.steps,
                )?;
                continue;
            }
            self.quarantine.remove(name).map_err(stopped)?;
            removed.push(work.target.number);
        }
        self.step()?;
        self.quarantine.sync().map_err(stopped)?;
        for item in removed {
            self.run.note(Entry::Unlinked { item }, self.steps)?;
        }
        self.run.journal.sync(self.steps)
    }
}
