//! One file of a batch: opened and checked, and judged after it was overwritten.

#[allow(clippy::wildcard_imports, reason = "a part of the module above")]
use super::*;

impl Deed<'_, '_> {
    /// Opens a file in quarantine, checks that it is the one of the plan, and takes a lease.
    pub(super) fn prepare(
        &mut self,
        target: &Target,
        state: &State,
        names: u64,
    ) -> Result<Work, Note> {
        let fresh = state.stage == Stage::Quarantined;
        if let (true, Some(why)) = (fresh, self.asked.kept.get(&target.number)) {
            return Err(*why);
        }
        if fresh && self.is_held(target) {
            return Err(Note::Hold);
        }
        let of = |e: io::Error| meaning(&e);
        let name = target.name.as_bytes();
        match self.quarantine.kind(name).map_err(of)? {
            Kind::File => {}
            _ => return Err(Note::NotAFile),
        }
        let file = self.quarantine.open_to_overwrite(name).map_err(of)?;
        let facts = sys::facts(&file).map_err(of)?;
        if fresh {
            same(&file, target, self.place.device, names)?;
        } else {
            self.same_after_crash(&file, target, state)?;
        }
        let use_proved = unused(&file, facts.inode)?;
        if fresh {
            same_content(&file, target)?;
        }
        let map = sys::extents(&file).map_err(of)?;
        let flags = sys::inode_flags(&file);
        let mut evidence = match (fresh, state.evidence) {
            (false, Some(known)) => known,
            _ => Evidence::forecast(&self.place.mount, &self.place.disk, flags)
                .with_map(map.as_deref()),
        };
        if fresh && evidence.shared {
            return Err(Note::SharedExtents);
        }
        evidence.use_proved &= use_proved;
        evidence.run_on_volume = self.place.root.holds_run;
        // What is cut to nothing already was overwritten and read back before.
        let plan = if state.stage == Stage::Overwritten && facts.size == 0 {
            Plan::done()
        } else {
            let size = match state.stage {
                Stage::Intended => facts.size.max(target.size),
                _ => facts.size,
            };
            Plan::new(size, facts.block, map.as_deref(), evidence.data_journal)
        };
        let before = match (fresh, &state.map) {
            (true, _) => map,
            (false, Some(kept)) => Some(unpacked(kept)),
            (false, None) => None,
        };
        Ok(Work {
            target: target.clone(),
            state: state.clone(),
            file: Some(Arc::new(file)),
            alias: None,
            before,
            plan,
            evidence,
            written: state.written,
            verified: state.verified,
            failed: None,
            is_whole: fresh && !self.is_begun(target),
            spared: None,
        })
    }

    /// Its content may be anything between; it must be the same inode, made at the same time.
    fn same_after_crash(&self, file: &File, target: &Target, state: &State) -> Result<(), Note> {
        let facts = sys::facts(file).map_err(|e| meaning(&e))?;
        let born = facts.born.and_then(|b| i64::try_from(b).ok());
        let same_birth = match (born, state.born) {
            (Some(now), Some(then)) => now == then,
            _ => true,
        };
        let same = facts.kind == Kind::File
            && facts.inode.device == self.place.device
            && facts.inode.inode == target.inode
            && facts.links <= target.links
            && same_birth;
        if same { Ok(()) } else { Err(Note::Changed) }
    }

    /// Another name of a file that is in the batch already.
    pub(super) fn alias(
        &self,
        target: &Target,
        state: &State,
        primary: &Work,
    ) -> Result<Work, Note> {
        let there = self.quarantine.inode_of(target.name.as_bytes());
        let there = there.map_err(|e| meaning(&e))?.ok_or(Note::Gone)?;
        if there.inode != target.inode || there.device != self.place.device {
            return Err(Note::Changed);
        }
        // What was begun under another name is not whole any more, whatever keeps it.
        let fresh = state.stage == Stage::Quarantined && primary.state.stage == Stage::Quarantined;
        if let (true, Some(why)) = (fresh, self.asked.kept.get(&target.number)) {
            return Err(*why);
        }
        Ok(Work {
            target: target.clone(),
            state: state.clone(),
            file: None,
            alias: Some(primary.target.number),
            before: None,
            plan: Plan::done(),
            evidence: primary.evidence,
            written: 0,
            verified: 0,
            failed: None,
            is_whole: false,
            spared: None,
        })
    }
}

/// Where the bytes lie now, and whether they are what was written; once more when they are not.
pub(super) fn judge(work: &mut Work, key: &JobKey, buffer: &mut Aligned) -> io::Result<()> {
    let Some(file) = work.file.clone() else {
        return Ok(());
    };
    let after = sys::extents(&file)?;
    let known = after.filter(|a| !a.iter().any(|e| e.is_unknown()));
    work.evidence.mapping = match (&work.before, &known) {
        (Some(before), Some(after)) => match moved(before, after) {
            0 => Mapping::Same,
            bytes => Mapping::Moved(bytes),
        },
        _ => Mapping::Unknown,
    };
    if let Some(after) = &known {
        work.evidence.shared |= after.iter().any(|e| e.is_shared());
        work.evidence.encoded |= after.iter().any(|e| e.is_encoded());
    }
    let mut stream = stream(key, &work.target);
    let mut read = overwrite::read_back(&file, &work.plan, &mut stream, buffer);
    if read.0 == ReadBack::Failed {
        let again = overwrite::exactly(&file, &work.plan, &mut stream)
            .and_then(|()| overwrite::blocks(&file, &work.plan, &mut stream, buffer))
            .and_then(|()| sys::sync_file(&file));
        if let Err(e) = again {
            work.failed = Some(meaning(&e));
            return Ok(());
        }
        read = overwrite::read_back(&file, &work.plan, &mut stream, buffer);
    }
    (work.evidence.read_back, work.verified) = read;
    if read.0 == ReadBack::Failed {
        work.failed = Some(Note::ReadBackFailed);
    }
    Ok(())
}
