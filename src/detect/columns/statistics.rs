//! What the cells of a column say of it: how many are values of a rule, against how many would be by chance.

use super::{Block, Column, Plan, SAMPLE_ROWS, is_blank, rows};
use crate::{
    detect::{Detector, addresses, names, score},
    model::{CellKind, Reason, Reasons},
    rules::{Family, Find},
};
use std::collections::BTreeMap;

#[derive(Default, Clone)]
struct Tally {
    filled: u32,
    /// Cells that are as a whole a value of the rule.
    whole: BTreeMap<u16, u32>,
    /// Cells with six digits or more.
    digits: u32,
    persons: u32,
    addresses: u32,
    /// Cells under a general header that hold a known name, and that are written like one.
    known: u32,
    shaped: u32,
    /// Cells of as many digits as a card has, and those of them that have its check digit.
    long: u32,
    cards: u32,
}

/// Adds what the cells themselves say, and decides which columns are of one rule.
pub(super) fn statistics(detector: &Detector, block: &Block<'_>, plan: &mut Plan, end: u64) {
    let mut tallies: Vec<Tally> = vec![Tally::default(); plan.columns.len()];
    let mut next = 0;
    let mut sampled = 0;
    for (row, range) in rows(block.cells) {
        let number = block.first_row - 1 + u64::from(row);
        if number < plan.from_row || number >= end {
            continue;
        }
        if sampled >= SAMPLE_ROWS {
            break;
        }
        sampled += 1;
        for i in range {
            let Some(cell) = block.cells.get(i) else {
                continue;
            };
            let index = cell.column.saturating_sub(1) as usize;
            if index >= 1 << 16 || cell.kind == CellKind::Key {
                continue;
            }
            if tallies.len() <= index {
                tallies.resize(index + 1, Tally::default());
            }
            let Some(tally) = tallies.get_mut(index) else {
                continue;
            };
            let column = plan.columns.get(index);
            note_cell(detector, block, i, column, tally, &mut next);
        }
    }
    if plan.columns.len() < tallies.len() {
        plan.columns.resize(tallies.len(), Column::default());
    }
    let identified = tallies.iter().any(|t| {
        t.whole
            .iter()
            .any(|(&r, &n)| detector.is_identity(r) && n * 2 > t.filled)
    });
    for (column, tally) in plan.columns.iter_mut().zip(&tallies) {
        decide(detector, column, tally, identified);
    }
}

fn note_cell(
    detector: &Detector,
    block: &Block<'_>,
    i: usize,
    column: Option<&Column>,
    tally: &mut Tally,
    next: &mut usize,
) {
    let text = block.cell(i);
    let trimmed = text.trim();
    if is_blank(trimmed) {
        return;
    }
    tally.filled += 1;
    if trimmed.bytes().filter(u8::is_ascii_digit).count() >= 6 {
        tally.digits += 1;
    }
    while block
        .candidates
        .get(*next)
        .is_some_and(|c| c.cell != u32::MAX && (c.cell as usize) < i)
    {
        *next += 1;
    }
    let (mut seen, mut checked) = (Vec::new(), false);
    for c in block
        .candidates
        .iter()
        .skip(*next)
        .take_while(|c| c.cell as usize == i)
    {
        let card = || {
            detector
                .rule(c.rule)
                .is_some_and(|r| r.mask == Family::Card)
        };
        checked |= c.checked && card();
        // The value must be nearly all of the cell.
        if (c.end - c.start) as usize * 10 >= trimmed.len() * 8 && !seen.contains(&c.rule) {
            seen.push(c.rule);
            *tally.whole.entry(c.rule).or_default() += 1;
        }
    }
    if (13..=19).contains(&trimmed.len()) && trimmed.bytes().all(|b| b.is_ascii_digit()) {
        tally.long += 1;
        tally.cards += u32::from(checked);
    }
    for &(rule, ..) in column.map_or(&[][..], |c| c.favours.as_slice()) {
        if detector.is_labelled(rule) && detector.fits(rule, trimmed) {
            *tally.whole.entry(rule).or_default() += 1;
        }
    }
    let general = column
        .and_then(|c| c.header.as_deref())
        .is_some_and(score::is_general);
    if general && tally.filled <= 200 {
        let known = if trimmed.is_ascii() {
            names::is_known_name(trimmed)
        } else {
            names::in_person_column(trimmed, true) && names::is_known_name(trimmed)
        };
        tally.known += u32::from(known);
        tally.shaped += u32::from(known || names::is_like_a_name(trimmed));
    }
    let wanted = column.is_none_or(|c| c.favours.is_empty() && !c.negative);
    if wanted && tally.filled <= 200 && trimmed.len() <= 300 && !trimmed.is_ascii() {
        tally.persons += u32::from(names::is_certain(trimmed));
        tally.addresses += u32::from(addresses::is_certain(trimmed));
    }
}

fn decide(detector: &Detector, column: &mut Column, tally: &Tally, identified: bool) {
    if tally.filled == 0 {
        // Empty in the sample: the header alone assigns it.
        column.assigned = column
            .favours
            .iter()
            .map(|f| f.0)
            .filter(|&r| detector.is_labelled(r) || detector.whole_column(r))
            .collect();
        return;
    }
    let share = |rule: u16| tally.whole.get(&rule).copied().unwrap_or(0) * 100 / tally.filled;
    // Statistics speak for a rule when most cells are such values.
    for &rule in tally.whole.keys() {
        if tally.filled >= 3 && share(rule) >= 60 && (!column.negative || detector.has_check(rule))
        {
            let points = detector.weights(rule).column;
            match column.favours.iter_mut().find(|f| f.0 == rule) {
                Some(f) => {
                    f.1 += points;
                    f.2 = f.2.with(Reason::Column);
                }
                None => {
                    column
                        .favours
                        .push((rule, points, Reasons::default().with(Reason::Column)));
                }
            }
        }
    }
    let mut named: Vec<u16> = column
        .favours
        .iter()
        .filter(|f| f.2.has(Reason::Header))
        .map(|f| f.0)
        .collect();
    named.sort_by_key(|&r| (std::cmp::Reverse(share(r)), r));
    // A column called `name` holds persons where a good part of it does, or where something else tells them.
    let general = column.header.as_deref().is_some_and(score::is_general);
    let looked_at = tally.filled.min(200);
    column.mixed = general
        && !identified
        && tally.known * 10 < looked_at * 3
        && tally.shaped * 10 < looked_at * 8;
    column.flows = tally.long >= 2 && tally.cards * 2 <= tally.long;
    let holds = |rule: u16| {
        let textual = matches!(detector.find(rule), Find::Person | Find::Address);
        // A header that is exactly a name of the rule counts like a label before each value.
        let named = column
            .favours
            .iter()
            .any(|f| f.0 == rule && f.1 >= detector.weights(rule).header && share(rule) > 0);
        let labelled =
            detector.is_labelled(rule) && (named || share(rule) >= 20 || tally.filled < 5);
        let damaged =
            detector.whole_column(rule) && (share(rule) >= 20 || tally.digits * 2 >= tally.filled);
        textual || labelled || damaged
    };
    column.assigned = named.iter().copied().filter(|&r| holds(r)).collect();
    if named.is_empty() && !column.negative {
        column.assigned = by_statistics(detector, column, tally, identified)
            .into_iter()
            .collect();
    }
}

/// Assigns a column without a telling header.
fn by_statistics(
    detector: &Detector,
    column: &mut Column,
    tally: &Tally,
    identified: bool,
) -> Option<u16> {
    let looked = tally.filled.min(200);
    let textual = |find: &Find, n: u32| {
        (identified && looked >= 3 && n * 10 >= looked * 8)
            .then(|| detector.textual(find))
            .flatten()
    };
    let rule =
        textual(&Find::Person, tally.persons).or_else(|| textual(&Find::Address, tally.addresses));
    if let Some(rule) = rule {
        let points = detector.weights(rule).column;
        column
            .favours
            .push((rule, points, Reasons::default().with(Reason::Column)));
        return Some(rule);
    }
    let checked = column
        .favours
        .iter()
        .filter(|f| detector.has_check(f.0) && detector.whole_column(f.0));
    checked
        .max_by_key(|f| tally.whole.get(&f.0))
        .map(|f| f.0)
        .filter(|_| tally.filled >= 5)
}
