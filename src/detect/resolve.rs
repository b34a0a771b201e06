//! Overlapping candidates: the surest wins.

use crate::model::{Confidence, Reason, Reasons};
use std::cmp::Reverse;

/// A value found in a fragment. Small, because there may be millions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Index of the rule.
    pub rule: u16,
    /// First byte in the fragment.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Index into the layout's cells, or [`Found::NO_CELL`].
    pub cell: u32,
    /// How sure.
    pub confidence: Confidence,
    /// Why.
    pub reasons: Reasons,
}

impl Found {
    /// In no cell.
    pub const NO_CELL: u32 = u32::MAX;

    /// Its bytes in the fragment.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    fn rank(&self) -> (bool, bool, u8, u32, Reverse<u32>, Reverse<u16>) {
        // What is reported without asking for more beats what is not, so that whoever asks for more sees
        // more and nothing else. Then a value that holds a check digit beats one that only looks right (one
        // number in ten holds one by chance), then the surer, the longer, the one further left.
        let reported = self.confidence.percent() >= super::DEFAULT_CONFIDENCE;
        let checked = self.reasons.has(Reason::Check);
        (
            reported,
            checked,
            self.confidence.percent(),
            self.end - self.start,
            Reverse(self.start),
            Reverse(self.rule),
        )
    }
}

/// Keeps of each group of overlapping values the best ones that do not overlap; sorts by place.
pub(super) fn resolve(found: &mut Vec<Found>) {
    if found
        .windows(2)
        .all(|w| matches!(w, [a, b] if a.end <= b.start))
    {
        return;
    }
    if !found.is_sorted_by_key(|f| f.start) {
        found.sort_unstable_by_key(|f| (f.start, Reverse(f.end), f.rule));
    }
    let mut kept = Vec::with_capacity(found.len());
    let mut group: Vec<Found> = Vec::new();
    let mut reach = 0;
    for &f in found.iter() {
        if f.start >= reach {
            settle(&mut group, &mut kept);
        }
        reach = reach.max(f.end);
        group.push(f);
    }
    settle(&mut group, &mut kept);
    *found = kept;
}

fn settle(group: &mut Vec<Found>, kept: &mut Vec<Found>) {
    if group.len() <= 1 {
        kept.append(group);
        return;
    }
    group.sort_unstable_by_key(|f| Reverse(f.rank()));
    let first = kept.len();
    for f in group.drain(..) {
        let free = kept
            .iter()
            .skip(first)
            .all(|k| f.end <= k.start || k.end <= f.start);
        if free {
            kept.push(f);
        }
    }
    if let Some(new) = kept.get_mut(first..) {
        new.sort_unstable_by_key(|f| f.start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn f(rule: u16, start: u32, end: u32, confidence: i32, checked: bool) -> Found {
        let reasons = if checked {
            Reasons::default().with(Reason::Check)
        } else {
            Reasons::default()
        };
        Found {
            rule,
            start,
            end,
            cell: Found::NO_CELL,
            confidence: Confidence::new(confidence),
            reasons,
        }
    }

    #[test]
    fn a_longer_checked_value_beats_its_prefix() {
        let mut v = vec![
            f(1, 0, 19, 60, true),
            f(1, 0, 23, 60, true),
            f(2, 24, 30, 50, false),
        ];
        resolve(&mut v);
        assert_eq!(
            v.iter().map(|x| (x.start, x.end)).collect::<Vec<_>>(),
            [(0, 23), (24, 30)]
        );
    }

    #[test]
    fn a_check_digit_beats_points() {
        let mut v = vec![f(1, 0, 18, 60, true), f(2, 0, 18, 90, false)];
        resolve(&mut v);
        assert_eq!(v.len(), 1);
        assert_eq!(v[0].rule, 1);
    }

    #[test]
    fn what_the_winner_leaves_free_stays() {
        let mut v = vec![
            f(1, 0, 5, 50, false),
            f(2, 3, 20, 90, true),
            f(3, 20, 25, 50, false),
            f(4, 18, 22, 40, false),
        ];
        resolve(&mut v);
        assert_eq!(v.iter().map(|x| x.rule).collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn a_check_digit_by_chance_does_not_hide_what_is_reported() {
        let (labelled, chance) = (f(0, 0, 10, 60, false), f(1, 0, 10, 35, true));
        let mut all = vec![labelled, chance];
        resolve(&mut all);
        assert_eq!(all, [labelled]);
        let mut unsure = vec![f(0, 0, 10, 40, false), chance];
        resolve(&mut unsure);
        assert_eq!(unsure, [chance]);
    }
}
