//! The reorder buffer: batches finish in any order and leave in theirs.

use super::Scanned;
use crate::model::FileRecord;
use std::collections::BTreeMap;

/// The result of one item of a batch.
#[derive(Debug)]
pub(super) enum Slot {
    /// Finished.
    Ready(Scanned),
    /// Its segments are still being read.
    Waiting,
    /// Handed on.
    Done,
}

/// Finished batches that wait for earlier ones.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// The batch and the slot in it that leave next.
    next: u64,
    slot: usize,
    done: BTreeMap<u64, Vec<Slot>>,
    /// Slots of these batches.
    things: usize,
    /// Large files that finished before the rest of their batch.
    early: BTreeMap<(u64, usize), FileRecord>,
}

impl Order {
    /// Things of batches that are finished but not handed on.
    pub(super) fn waiting(&self) -> usize {
        self.things
    }

    /// A batch is finished, but for its waiting slots.
    pub(super) fn put(&mut self, batch: u64, mut slots: Vec<Slot>) {
        for (index, slot) in slots.iter_mut().enumerate() {
            if let Some(record) = self.early.remove(&(batch, index)) {
                *slot = Slot::Ready(Scanned::Read(Box::new(record)));
            }
        }
        self.things += slots.len();
        self.done.insert(batch, slots);
    }

    /// A waiting slot is finished.
    pub(super) fn fill(&mut self, batch: u64, slot: usize, record: FileRecord) {
        match self
            .done
            .get_mut(&batch)
            .and_then(|slots| slots.get_mut(slot))
        {
            Some(waiting) => *waiting = Slot::Ready(Scanned::Read(Box::new(record))),
            None => {
                self.early.insert((batch, slot), record);
            }
        }
    }

    /// What holds up the rest: a large file whose turn it is.
    pub(super) fn head(&self) -> Option<(u64, usize)> {
        let slots = self.done.get(&self.next)?;
        matches!(slots.get(self.slot), Some(Slot::Waiting)).then_some((self.next, self.slot))
    }

    /// The records that are next in order, up to the end of a batch; `None` when the next is not finished.
    pub(super) fn take(&mut self) -> Option<Vec<Scanned>> {
        let slots = self.done.get_mut(&self.next)?;
        let mut out = Vec::new();
        while let Some(slot) = slots.get_mut(self.slot) {
            match std::mem::replace(slot, Slot::Done) {
                Slot::Ready(record) => out.push(record),
                Slot::Done => {}
                Slot::Waiting => {
                    *slot = Slot::Waiting;
                    return (!out.is_empty()).then_some(out);
                }
            }
            self.slot += 1;
        }
        let gone = self.done.remove(&self.next);
        self.things -= gone.map_or(0, |slots| slots.len());
        self.next += 1;
        self.slot = 0;
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Name;

    fn record(name: &str) -> FileRecord {
        FileRecord {
            path: Name::from(name),
            root: 0,
            entries: Vec::new(),
            findings: Vec::new(),
            listing: crate::model::Listing::Here,
            attributes: None,
            allowed: 0,
        }
    }

    fn ready(name: &str) -> Slot {
        Slot::Ready(Scanned::Read(Box::new(record(name))))
    }

    fn names(order: &mut Order) -> Vec<String> {
        std::iter::from_fn(|| order.take())
            .flatten()
            .map(|s| match s {
                Scanned::Read(r) => r.path.to_string(),
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn leaves_in_order_whatever_finishes_first() {
        let mut order = Order::default();
        order.fill(0, 1, record("b"));
        order.put(1, vec![ready("c")]);
        assert!(order.take().is_none());
        order.put(0, vec![ready("a"), Slot::Waiting]);
        assert_eq!(order.waiting(), 3);
        assert_eq!(names(&mut order), ["a", "b", "c"]);
        assert_eq!(order.waiting(), 0);
    }

    #[test]
    fn a_batch_waits_for_its_large_file() {
        let mut order = Order::default();
        order.put(0, vec![Slot::Waiting, ready("b")]);
        assert!(order.take().is_none());
        assert_eq!(order.head(), Some((0, 0)));
        order.fill(0, 0, record("a"));
        assert_eq!(order.head(), None);
        assert_eq!(names(&mut order), ["a", "b"]);
    }

    #[test]
    fn what_stands_before_a_large_file_need_not_wait() {
        let mut order = Order::default();
        order.put(0, vec![ready("a"), Slot::Waiting, Slot::Done]);
        order.put(1, vec![ready("c")]);
        assert_eq!(names(&mut order), ["a"]);
        assert_eq!(order.head(), Some((0, 1)));
        order.fill(0, 1, record("b"));
        assert_eq!(names(&mut order), ["b", "c"]);
    }
}
