//! One pass over the fragments of a file: candidates of the engine, labels, folds and tables become findings.

use super::{
    Candidate, Detector, LABELS, LONG_WORDS, PASSWORDS,
    columns::{self, Plan},
    fold::Folded,
    labelled, names,
    near::{line_around, neighbourhood},
    resolve::{self, Found},
    score, stand, text_of,
};
use crate::{
    engine::{Hit, Hits},
    model::{CellAt, Confidence, Fragment, Layout, Reason, Reasons, Span, Verdict},
    rules::Find,
};
use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

/// What was learnt of the tables of a file, to be given to the passes over its other segments.
#[derive(Debug, Clone, Default)]
pub struct Tables(BTreeMap<u32, Arc<Vec<Plan>>>);

/// One file's or member's fragments, in order.
#[derive(Debug)]
pub struct Pass<'d> {
    pub(super) detector: &'d Detector,
    pub(super) tables: BTreeMap<u32, Arc<Vec<Plan>>>,
    pub(super) hits: Hits,
    pub(super) spare: Hits,
    pub(super) spots: Vec<u32>,
    pub(super) signs: Vec<u32>,
    pub(super) folded: Folded,
    pub(super) candidates: Vec<Candidate>,
    pub(super) found: Vec<Found>,
    pub(super) says: BTreeMap<String, columns::Named>,
    /// The rule for names of persons.
    pub(super) person: Option<u16>,
    pub(super) reader: names::Reader,
    pub(super) names: Vec<names::Name>,
    pub(super) ranges: Vec<std::ops::Range<usize>>,
}

impl Pass<'_> {
    /// What was learnt of the tables so far.
    pub fn tables(&self) -> Tables {
        Tables(self.tables.clone())
    }

    /// Starts from what an earlier pass over the same file learnt.
    pub fn know(&mut self, tables: &Tables) {
        self.tables = tables.0.clone();
    }

    /// Name of a column, as its header says; for the inventory.
    pub fn header(&self, table: u32, row: u64, column: u32) -> Option<&str> {
        let plan = plan_for(self.tables.get(&table)?, row)?;
        plan.columns
            .get(column.checked_sub(1)? as usize)?
            .header
            .as_deref()
    }

    /// Whether a column of the table says when its row's person was born, or nearly: a date of birth, an age, a
    /// zodiac sign.
    pub fn tells_birth(&self, table: u32, row: u64) -> bool {
        let plan = self.tables.get(&table).and_then(|p| plan_for(p, row));
        plan.is_some_and(|p| {
            (p.columns.iter())
                .filter_map(|c| c.header.as_deref())
                .any(stand::says_birth)
        })
    }

    /// Finds the values of one fragment: not overlapping, ordered by place.
    pub fn text(&mut self, fragment: &Fragment<'_>) -> &[Found] {
        self.found.clear();
        self.candidates.clear();
        if fragment.bytes.is_empty() {
            return &self.found;
        }
        let in_name = matches!(fragment.at.last(), Some(crate::model::Step::Name));
        let mut bytes = Cow::Borrowed(fragment.bytes);
        stand::pass_over(fragment, &mut bytes, &self.detector.handled);
        if in_name && bytes.contains(&b'_') {
            // In the name of a file an underscore stands for a blank.
            for b in bytes.to_mut() {
                if *b == b'_' {
                    *b = b' ';
                }
            }
        }
        match &bytes {
            Cow::Borrowed(_) => self.find(fragment),
            Cow::Owned(bytes) => self.find(&Fragment {
                bytes,
                ..fragment.clone()
            }),
        }
        &self.found
    }

    fn find(&mut self, fragment: &Fragment<'_>) {
        self.detector.engine.scan(
            fragment.bytes,
            fragment.own.clone(),
            fragment.charset,
            &mut self.hits,
        );
        let cells = match fragment.layout {
            Layout::Cells { cells, .. } => cells,
            _ => &[],
        };
        let searched = labelled::Searched::new(fragment.bytes, fragment.charset);
        self.take_hits(fragment, searched, cells);
        self.take_colons(fragment, searched, cells);
        self.take_folds(fragment, cells);
        self.take_wraps(fragment, cells);
        if self
            .candidates
            .windows(2)
            .any(|w| matches!(w, [a, b] if a.start > b.start))
        {
            self.candidates.sort_by_key(|c| c.start);
        }
        match fragment.layout {
            Layout::Cells {
                table, first_row, ..
            } => self.table(fragment, &table, first_row, cells),
            _ => self.running_text(fragment, searched),
        }
        resolve::resolve(&mut self.found);
        if let Some(only) = &self.detector.only {
            self.found.retain(|f| only.contains(&f.rule));
        }
        if let Some(children) = &self.detector.children {
            children.mark(fragment, &mut self.found);
        }
    }

    /// Engine hits → validated candidates.
    fn take_hits(
        &mut self,
        fragment: &Fragment<'_>,
        searched: labelled::Searched<'_>,
        cells: &[CellAt],
    ) {
        let mut cell = 0;
        let hits = std::mem::take(&mut self.hits);
        for hit in &hits.hits {
            let Some(&rule) = self.detector.pattern_rules.get(usize::from(hit.pattern)) else {
                continue;
            };
            let at = match cell_of(cells, &mut cell, hit) {
                Place::Outside => continue,
                Place::Text => Found::NO_CELL,
                Place::Cell(i) => i,
            };
            if rule == LABELS {
                self.behind_label(searched, hit, at, cells);
            }
            if rule >= PASSWORDS {
                self.secret(fragment, rule, hit, at, cells);
                continue;
            }
            if let Some(c) = score::candidate(
                self.detector,
                fragment.bytes,
                rule,
                hit.start,
                hit.end,
                fragment.charset,
            ) {
                self.candidates.push(Candidate { cell: at, ..c });
            }
        }
        self.hits = hits;
    }

    /// A secret that the word or long word of this hit tells.
    fn secret(
        &mut self,
        fragment: &Fragment<'_>,
        kind: u16,
        hit: &Hit,
        cell: u32,
        cells: &[CellAt],
    ) {
        let region = region(fragment, cell, cells);
        let range = hit.start as usize..hit.end as usize;
        let secrets = &self.detector.secrets;
        let found = if kind == LONG_WORDS {
            secrets.long_word(fragment.bytes, &region, range, fragment.charset)
        } else {
            secrets.word(fragment.bytes, &region, range, fragment.charset)
        };
        self.take_secret(found, cell);
    }

    fn take_secret(&mut self, found: Option<(u16, Span)>, cell: u32) {
        let Some((rule, span)) = found else {
            return;
        };
        self.candidates.push(Candidate {
            rule,
            start: u32::try_from(span.start()).unwrap_or(u32::MAX),
            end: u32::try_from(span.end()).unwrap_or(u32::MAX),
            cell,
            verdict: Verdict::Unchecked,
            checked: false,
            folded: false,
            label: true,
        });
    }

    /// Values behind a label and a colon.
    fn take_colons(
        &mut self,
        fragment: &Fragment<'_>,
        searched: labelled::Searched<'_>,
        cells: &[CellAt],
    ) {
        let mut spots = std::mem::take(&mut self.spots);
        spots.clear();
        let mut signs = std::mem::take(&mut self.signs);
        signs.clear();
        self.detector.ends.colons(
            fragment.bytes,
            fragment.own.clone(),
            fragment.charset,
            &mut |at| spots.extend(u32::try_from(at)),
            &mut |at| signs.extend(u32::try_from(at)),
        );
        let mut cell = 0;
        for &at in &signs {
            let hit = Hit {
                start: at,
                end: at,
                pattern: u16::MAX,
            };
            let cell = match cell_of(cells, &mut cell, &hit) {
                Place::Outside => continue,
                Place::Text => Found::NO_CELL,
                Place::Cell(i) => i,
            };
            let region = region(fragment, cell, cells);
            let found =
                self.detector
                    .secrets
                    .colon(fragment.bytes, &region, at as usize, fragment.charset);
            self.take_secret(found, cell);
        }
        self.signs = signs;
        let mut cell = 0;
        for &at in &spots {
            let hit = Hit {
                start: at,
                end: at,
                pattern: u16::MAX,
            };
            match cell_of(cells, &mut cell, &hit) {
                Place::Outside => {}
                Place::Text => self.behind_label(searched, &hit, Found::NO_CELL, cells),
                Place::Cell(i) => self.behind_label(searched, &hit, i, cells),
            }
        }
        self.spots = spots;
    }

    /// Values behind a label that ends at this hit.
    fn behind_label(
        &mut self,
        searched: labelled::Searched<'_>,
        hit: &Hit,
        cell: u32,
        cells: &[CellAt],
    ) {
        let end = cells
            .get(cell as usize)
            .map_or(searched.len(), |c| c.end as usize);
        let start = cells.get(cell as usize).map_or(0, |c| c.start as usize);
        labelled::behind(
            self.detector,
            searched,
            start..end,
            hit,
            &mut |rule, span: Span, verdict| {
                self.candidates.push(Candidate {
                    rule,
                    start: u32::try_from(span.start()).unwrap_or(u32::MAX),
                    end: u32::try_from(span.end()).unwrap_or(u32::MAX),
                    cell,
                    verdict,
                    checked: verdict == Verdict::Valid && self.detector.has_check(rule),
                    folded: false,
                    label: true,
                });
            },
        );
    }

    /// Values written in other forms: folds the neighbourhood and scans again.
    fn take_folds(&mut self, fragment: &Fragment<'_>, cells: &[CellAt]) {
        let folds = std::mem::take(&mut self.hits.folds);
        let mut done = 0;
        for &spot in &folds {
            let spot = spot as usize;
            if spot < done {
                continue;
            }
            let (from, to) = neighbourhood(fragment.bytes, spot, fragment.charset);
            done = to.saturating_sub(48).max(spot + 1);
            let Some(text) = fragment.bytes.get(from..to) else {
                continue;
            };
            self.folded.fold(text, from, fragment.charset);
            if !self.folded.changed {
                continue;
            }
            let len = self.folded.bytes.len();
            self.detector.engine.scan(
                &self.folded.bytes,
                0..len,
                fragment.charset,
                &mut self.spare,
            );
            self.take_spare(fragment, cells, &|_, _| true);
        }
        self.hits.folds = folds;
    }

    fn running_text(&mut self, fragment: &Fragment<'_>, searched: labelled::Searched<'_>) {
        let label = fragment.label.map(|l| self.label_says(l));
        let in_name = matches!(fragment.at.last(), Some(crate::model::Step::Name));
        for c in &self.candidates {
            let mut reasons = Reasons::default();
            let mut extra = 0;
            if let Some(columns::Named::Rules(rules, percent)) = &label
                && rules.contains(&c.rule)
            {
                extra = self.detector.weights(c.rule).header * percent / 100;
                reasons = reasons.with(Reason::Header);
            }
            let against = label == Some(columns::Named::Negative) && !c.checked;
            if let Some(found) = score::in_text(self.detector, fragment, c, extra, reasons, against)
            {
                let reasons = if in_name {
                    found.reasons.with(Reason::InName)
                } else {
                    found.reasons
                };
                self.found.push(Found { reasons, ..found });
            }
        }
        self.take_aligned(fragment);
        self.neighbours(fragment);
        if let Some(columns::Named::Rules(rules, percent)) = &label {
            self.whole_text(fragment, rules, *percent);
        }
        self.learn_names(fragment);
        if label != Some(columns::Named::Negative) {
            self.names_in_text(fragment, searched);
        }
        self.values_beside(fragment);
        let min = u32::try_from(fragment.own.start).unwrap_or(u32::MAX);
        let max = u32::try_from(fragment.own.end).unwrap_or(u32::MAX);
        self.found.retain(|f| f.start >= min && f.start < max);
    }

    /// Values whose structure holds, though not surely enough alone, in a line with another value.
    fn neighbours(&mut self, fragment: &Fragment<'_>) {
        // Found values are in order already, give or take those of labels and tables.
        self.found.sort_by_key(|f| f.start);
        let before = self.found.len();
        for c in &self.candidates {
            let w = self.detector.weights(c.rule);
            let alone = w.base + w.valid;
            let enough = alone + w.near >= i32::from(self.detector.minimum)
                && alone < i32::from(self.detector.minimum);
            if !enough || c.verdict != Verdict::Valid || c.checked {
                continue;
            }
            let line = line_around(fragment.bytes, c.start as usize..c.end as usize);
            let others = self.found.get(..before).unwrap_or_default();
            let apart = |f: &Found| f.end <= c.start || c.end <= f.start;
            let first = others.partition_point(|f| (f.start as usize) < line.start);
            let mut beside = others
                .get(first..)
                .unwrap_or_default()
                .iter()
                .take_while(|f| (f.start as usize) < line.end)
                .peekable();
            if beside.peek().is_none() || !beside.all(apart) {
                continue;
            }
            let reasons = Reasons::default().with(Reason::Neighbour);
            self.found.extend(score::in_text(
                self.detector,
                fragment,
                c,
                w.near,
                reasons,
                false,
            ));
        }
    }

    /// A labelled text that is as a whole a value of what its label says.
    fn whole_text(&mut self, fragment: &Fragment<'_>, rules: &[u16], percent: i32) {
        let text = text_of(fragment.bytes, fragment.charset);
        let trimmed = text.trim();
        if trimmed.len() > 400
            || columns::is_blank(trimmed)
            || columns::is_masked(trimmed)
            || !matches!(fragment.layout, Layout::Whole)
        {
            return;
        }
        let lead = fragment
            .bytes
            .iter()
            .take_while(|b| b.is_ascii_whitespace())
            .count();
        let tail = fragment
            .bytes
            .iter()
            .rev()
            .take_while(|b| b.is_ascii_whitespace())
            .count();
        let (start, end) = (
            u32::try_from(lead),
            u32::try_from(fragment.bytes.len().saturating_sub(tail)),
        );
        let (Ok(start), Ok(end)) = (start, end) else {
            return;
        };
        let general = fragment.label.filter(|l| score::is_general(l));
        for &rule in rules
            .iter()
            .filter(|&&r| self.detector.is_labelled(r) && self.detector.fits(r, trimmed))
        {
            let person = matches!(self.detector.find(rule), Find::Person);
            if person && general.is_some_and(|l| !names::is_likely(l, trimmed)) {
                continue;
            }
            let w = self.detector.weights(rule);
            let confidence = Confidence::new(w.base + w.valid + w.header * percent / 100);
            if start < end && confidence.percent() >= self.detector.minimum {
                let reasons = Reasons::default().with(Reason::Shape).with(Reason::Header);
                self.found.push(Found {
                    rule,
                    start,
                    end,
                    cell: Found::NO_CELL,
                    confidence,
                    reasons,
                });
            }
        }
    }

    fn label_says(&mut self, label: &str) -> columns::Named {
        if let Some(known) = self.says.get(label) {
            return known.clone();
        }
        let says = self.detector.dictionary.look_up(label, true);
        if self.says.len() < 4096 {
            self.says.insert(label.to_owned(), says.clone());
        }
        says
    }

    fn table(
        &mut self,
        fragment: &Fragment<'_>,
        table: &crate::model::Table<'_>,
        first_row: u64,
        cells: &[CellAt],
    ) {
        if table.first || !self.tables.contains_key(&table.id) {
            let block = columns::Block {
                bytes: fragment.bytes,
                charset: fragment.charset,
                cells,
                first_row,
                candidates: &self.candidates,
            };
            let plans = columns::plan(self.detector, table.headers, &block);
            self.tables.insert(table.id, Arc::new(plans));
        }
        let Some(plans) = self.tables.get(&table.id).cloned() else {
            return;
        };
        score::in_table(
            self.detector,
            fragment,
            first_row,
            cells,
            &plans,
            &self.candidates,
            &mut self.found,
        );
        self.learn_names(fragment);
        self.names_in_cells(fragment, first_row, cells, &plans);
    }
}

/// The bytes of the cell or text that something stands in.
fn region(fragment: &Fragment<'_>, cell: u32, cells: &[CellAt]) -> std::ops::Range<usize> {
    cells
        .get(cell as usize)
        .map_or(0..fragment.bytes.len(), CellAt::range)
}

/// The plan that holds for a row (from 0).
pub(super) fn plan_for(plans: &[Plan], row: u64) -> Option<&Plan> {
    let next = plans.partition_point(|p| p.from_row <= row);
    plans.get(next.checked_sub(1)?)
}

pub(super) enum Place {
    /// Over the edge of a cell: not a value.
    Outside,
    /// In no table.
    Text,
    /// In this cell.
    Cell(u32),
}

/// The cell that a hit lies in; `from` is moved along, since hits come in order.
pub(super) fn cell_of(cells: &[CellAt], from: &mut usize, hit: &Hit) -> Place {
    if cells.is_empty() {
        return Place::Text;
    }
    while cells.get(*from).is_some_and(|c| c.end <= hit.start) {
        *from += 1;
    }
    // Hits may be out of order by a little after folding: step back when needed.
    while *from > 0 && cells.get(*from - 1).is_some_and(|c| c.end > hit.start) {
        *from -= 1;
    }
    match cells.get(*from) {
        Some(c) if c.start <= hit.start && hit.end <= c.end => {
            u32::try_from(*from).map_or(Place::Outside, Place::Cell)
        }
        _ => Place::Outside,
    }
}
