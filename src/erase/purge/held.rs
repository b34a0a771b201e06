//! Holds that come while files are destroyed: what is whole by then stays so.

#[allow(clippy::wildcard_imports, reason = "a part of the module above")]
use super::*;

impl Work {
    /// Whether nothing may be written to it: a hold has come, and nothing was written yet. From its first write on a
    /// file is finished.
    pub(super) fn stays(&mut self, held: &dyn Fn() -> bool) -> bool {
        if self.is_whole && self.spared.is_none() {
            self.spared = held().then_some(Note::Hold);
            self.is_whole = self.spared.is_some();
        }
        self.spared.is_some()
    }
}

impl Deed<'_, '_> {
    /// Whether a file that is whole must stay so, because somebody put a hold on the plan meanwhile.
    pub(super) fn is_held(&self, target: &Target) -> bool {
        !self.is_begun(target) && (self.asked.held)()
    }

    /// Whether a file is perhaps overwritten under one of its names.
    pub(super) fn is_begun(&self, target: &Target) -> bool {
        self.begun.contains(&target.inode) && !self.spared.contains(&target.inode)
    }

    /// Takes out what a hold came for before the first write, with all names of the file: it stays in quarantine.
    pub(super) fn spare(&mut self, works: &mut Vec<Work>) -> Result<(), EraseError> {
        let spared: BTreeMap<u64, Note> = works
            .iter()
            .filter_map(|w| Some((w.target.inode, w.spared?)))
            .collect();
        if spared.is_empty() {
            return Ok(());
        }
        for work in works.iter() {
            if let Some(&why) = spared.get(&work.target.inode) {
                let item = work.target.number;
                self.run.note(Entry::Spared { item, why }, self.steps)?;
            }
        }
        works.retain(|w| !spared.contains_key(&w.target.inode));
        self.run.journal.sync(self.steps)
    }

    /// Whether a file that was about to be overwritten when a run was stopped is whole still, and a hold has come
    /// since. Asked of the file itself: the journal says no more than that something may have been written.
    pub(super) fn is_spared(&self, target: &Target, names: u64) -> bool {
        if !(self.asked.held)() {
            return false;
        }
        let name = target.name.as_bytes();
        let Ok(Kind::File) = self.quarantine.kind(name) else {
            return false;
        };
        let Ok(file) = self.quarantine.open_to_look(name) else {
            return false;
        };
        same(&file, target, self.place.device, names).is_ok() && same_content(&file, target).is_ok()
    }
}
