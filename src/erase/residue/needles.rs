//! All fingerprints of a run at once, and where they are in a piece of a device.

use super::print::{ANCHOR, Anchors, Filter, Print, word};
use crate::digest::JobKey;
use std::sync::atomic::{AtomicU64, Ordering};

/// Offsets looked at together: when all bytes there are the same, nothing of them is.
const BLOCK: usize = 4096;

/// Fingerprints, ready to be looked for by several threads.
pub(super) struct Needles<'a> {
    /// In their order: those of equal stretches stand together.
    pub prints: Vec<Print>,
    /// Where each different stretch begins in `prints`.
    stretches: Vec<u32>,
    /// The first place of each different stretch, as found by now.
    places: Vec<AtomicU64>,
    /// Number of a stretch plus one, by the head of its anchor; the others with that head follow it.
    slots: Vec<u32>,
    anchors: Anchors,
    filter: Filter,
    key: &'a JobKey,
}

const NOWHERE: u64 = u64::MAX;

impl<'a> Needles<'a> {
    pub(super) fn new(mut prints: Vec<Print>, key: &'a JobKey) -> Self {
        prints.sort_unstable();
        let mut stretches: Vec<u32> = Vec::new();
        let mut heads = Vec::new();
        for (at, print) in (0..).zip(&prints) {
            let before = stretches.last().and_then(|s| prints.get(*s as usize));
            if before.is_none_or(|b| !b.same_bytes(print)) {
                stretches.push(at);
                heads.push(print.head);
            }
        }
        let filter = Filter::new(&heads);
        let size = (heads.len() * 2).next_power_of_two().max(2);
        let mut slots = vec![0_u32; size];
        let mut last = None;
        for (number, head) in (1..).zip(heads) {
            if last.replace(head) == Some(head) {
                continue;
            }
            let mut at = slot(head, size);
            while slots.get(at).is_some_and(|s| *s != 0) {
                at = (at + 1) % size;
            }
            if let Some(slot) = slots.get_mut(at) {
                *slot = number;
            }
        }
        Self {
            places: stretches.iter().map(|_| AtomicU64::new(NOWHERE)).collect(),
            stretches,
            slots,
            anchors: Anchors::new(key),
            filter,
            prints,
            key,
        }
    }

    fn stretch(&self, number: usize) -> Option<&Print> {
        self.prints.get(*self.stretches.get(number)? as usize)
    }

    /// Looks at every anchor that begins in `from..to` of a piece that lies at `base`.
    pub(super) fn look(&self, piece: &[u8], from: usize, to: usize, base: u64) {
        let to = to.min((piece.len() + 1).saturating_sub(ANCHOR));
        let mut at = from;
        while at < to {
            let end = (at + BLOCK).min(to);
            let block = piece.get(at..end + ANCHOR - 1).unwrap_or_default();
            // An anchor is never one byte over and over, so that free space that was zeroed costs nothing.
            if block.get(1..) != block.get(..block.len() - 1) {
                for (n, bytes) in block.windows(ANCHOR).enumerate() {
                    let head = self.anchors.first(word(bytes));
                    if self.filter.may(head) {
                        self.compare(head, piece, at + n, base);
                    }
                }
            }
            at = end;
        }
    }

    #[cold]
    fn compare(&self, head: u32, piece: &[u8], at: usize, base: u64) {
        let size = self.slots.len();
        let mut slot = slot(head, size);
        while let Some(number) = self.slots.get(slot).and_then(|s| s.checked_sub(1)) {
            let mut number = number as usize;
            if self.stretch(number).is_some_and(|p| p.head == head) {
                while let Some(print) = self.stretch(number).filter(|p| p.head == head) {
                    self.confirm(number, print, piece, at, base);
                    number += 1;
                }
                return;
            }
            slot = (slot + 1) % size;
        }
    }

    fn confirm(&self, number: usize, print: &Print, piece: &[u8], at: usize, base: u64) {
        let Some(start) = at.checked_sub(usize::from(print.at)) else {
            return;
        };
        let Some(bytes) = piece.get(start..start + usize::from(print.length)) else {
            return;
        };
        let (Some(place), offset) = (self.places.get(number), base + start as u64) else {
            return;
        };
        // The first place is enough; which thread finds it makes no difference.
        let earlier = place.load(Ordering::Relaxed) <= offset;
        if !earlier
            && self.anchors.last(bytes) == print.tail
            && self.key.name(bytes).0 == print.digest
        {
            place.fetch_min(offset, Ordering::Relaxed);
        }
    }

    /// What was found: each fingerprint with the first place of its stretch, in the order of places.
    pub(super) fn found(&self) -> Vec<(&Print, u64)> {
        let ends = self.stretches.iter().skip(1).map(|e| *e as usize);
        let ends = ends.chain([self.prints.len()]);
        let mut out = Vec::new();
        for ((start, end), place) in self.stretches.iter().zip(ends).zip(&self.places) {
            let offset = place.load(Ordering::Relaxed);
            if offset != NOWHERE {
                let same = self.prints.get(*start as usize..end);
                out.extend(same.unwrap_or_default().iter().map(|p| (p, offset)));
            }
        }
        out.sort_by_key(|(print, offset)| (*offset, print.item, print.what));
        out
    }
}

/// Where a head is looked for first. Its upper bits chose its word of the filter.
fn slot(head: u32, size: usize) -> usize {
    (head.wrapping_mul(0x9E37_79B1) as usize) & (size - 1)
}
