//! Tables: which row names the columns, what each column holds, and which cells follow from it.

mod cells;
mod dictionary;
mod statistics;

pub(super) use cells::{is_blank, is_masked};
pub(super) use dictionary::{Dictionary, Named};

use super::{Candidate, Detector, text_of};
use crate::model::{CellAt, CellKind, Charset, Headers, Reason, Reasons};
use statistics::statistics;
use std::ops::Range;

/// Rows looked at for statistics.
const SAMPLE_ROWS: u32 = 2_000;
/// Rows at the top that may name columns; further down a row must look like a header in most cells.
const TOP_ROWS: u32 = 12;
/// Rows above and below by which a row of a form is told from one that names columns.
const FORM_ROWS: usize = 4;
/// Columns whose headers are also searched for words inside.
const SEARCHED_COLUMNS: usize = 2_000;

/// What is known of the columns from one row on.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    /// The first row it holds for (0 is the first row of the table).
    pub from_row: u64,
    /// By column − 1.
    pub columns: Vec<Column>,
}

/// What is known of one column.
#[derive(Debug, Clone, Default)]
pub(super) struct Column {
    /// Its name as written.
    pub header: Option<String>,
    /// Rules that the header or the statistics speak for, with points and reasons.
    pub favours: Vec<(u16, i32, Reasons)>,
    /// The rules that its cells are of, the likeliest first.
    pub assigned: Vec<u16>,
    /// The header says that it holds something else (order numbers, amounts, times).
    pub negative: bool,
    /// Its numbers are as long as those of cards and most have no check digit: flow numbers, one in ten of which
    /// looks like a card.
    pub flows: bool,
    /// Its header says little and few of its cells are names: a cell is a person where the name is known.
    pub mixed: bool,
}

/// The cells of one row.
fn rows(cells: &[CellAt]) -> impl Iterator<Item = (u32, Range<usize>)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let row = cells.get(at)?.row;
        let start = at;
        while cells.get(at).is_some_and(|c| c.row == row) {
            at += 1;
        }
        Some((row, start..at))
    })
}

/// A block of a table as the planner sees it.
pub(super) struct Block<'a> {
    pub bytes: &'a [u8],
    pub charset: Charset,
    pub cells: &'a [CellAt],
    pub first_row: u64,
    pub candidates: &'a [Candidate],
}

impl Block<'_> {
    fn cell(&self, index: usize) -> std::borrow::Cow<'_, str> {
        let range = self.cells.get(index).map_or(0..0, CellAt::range);
        text_of(self.bytes.get(range).unwrap_or_default(), self.charset)
    }
}

/// Plans the columns of a table from its first block.
pub(super) fn plan(detector: &Detector, headers: Headers<'_>, block: &Block<'_>) -> Vec<Plan> {
    let mut plans = match headers {
        Headers::Known(names) => {
            let columns = names
                .iter()
                .enumerate()
                .map(|(i, name)| column(detector, name, i < SEARCHED_COLUMNS))
                .collect();
            vec![Plan {
                from_row: 0,
                columns,
            }]
        }
        Headers::InText => header_rows(detector, block),
    };
    if plans.is_empty() {
        plans.push(Plan::default());
    }
    let ends: Vec<u64> = plans
        .iter()
        .skip(1)
        .map(|p| p.from_row)
        .chain([u64::MAX])
        .collect();
    for (plan, end) in plans.iter_mut().zip(ends) {
        statistics(detector, block, plan, end);
    }
    plans
}

fn column(detector: &Detector, name: &str, inside: bool) -> Column {
    let mut out = Column {
        header: Some(name.trim().to_owned()),
        ..Column::default()
    };
    match detector.dictionary.look_up(name, inside) {
        Named::Unknown => {}
        Named::Negative => out.negative = true,
        Named::Rules(rules, percent) => {
            for rule in rules {
                let points = detector.weights(rule).header * percent / 100;
                out.favours
                    .push((rule, points, Reasons::default().with(Reason::Header)));
            }
        }
    }
    out
}

/// Finds the rows that name columns, and plans from the row after each.
fn header_rows(detector: &Detector, block: &Block<'_>) -> Vec<Plan> {
    let mut plans: Vec<Plan> = Vec::new();
    let mut next = 0;
    let all: Vec<(u32, Range<usize>)> = rows(block.cells).collect();
    for (at, (row, range)) in all.iter().cloned().enumerate() {
        let below = plans
            .last()
            .is_some_and(|p| p.from_row == block.first_row - 1 + u64::from(row));
        if row >= TOP_ROWS && !may_be_header(block, range.clone()) {
            continue;
        }
        // Rows of data are most of what is looked at here, and the cheapest to tell.
        if holds_values(block, &range, &mut next) {
            continue;
        }
        let mut filled = 0usize;
        let (mut named, mut found) = (Vec::new(), Vec::new());
        for i in range.clone() {
            let text = block.cell(i);
            let trimmed = text.trim();
            if trimmed.is_empty() {
                continue;
            }
            filled += 1;
            if names_column(detector, trimmed, filled <= SEARCHED_COLUMNS) {
                named.push(i);
            }
            found.push((i, trimmed.to_owned()));
        }
        let known = named.len();
        let enough = if row < TOP_ROWS {
            known >= 2 || (known == 1 && filled <= 2 && row < 3)
        } else {
            known >= 3 && known * 3 >= filled * 2
        };
        if !enough || known * 3 < filled || in_form(detector, block, &all, at, &named) {
            continue;
        }
        let mut columns: Vec<Column> = Vec::new();
        for (i, text) in found {
            let Some(cell) = block.cells.get(i) else {
                continue;
            };
            let index = cell.column.saturating_sub(1) as usize;
            if index >= 1 << 20 {
                continue;
            }
            if columns.len() <= index {
                columns.resize(index + 1, Column::default());
            }
            if let Some(slot) = columns.get_mut(index) {
                *slot = column(detector, &text, index < SEARCHED_COLUMNS);
            }
        }
        if below {
            // Two header rows: what the lower one leaves open the upper one says.
            if let Some(upper) = plans.pop() {
                merge_headers(&mut columns, upper.columns);
            }
        }
        plans.push(Plan {
            from_row: block.first_row + u64::from(row),
            columns,
        });
    }
    plans
}

/// Whether a cell looks like the name of a column and is known as one.
fn names_column(detector: &Detector, text: &str, inside: bool) -> bool {
    text.len() <= 72
        && text.bytes().filter(u8::is_ascii_digit).count() <= 3
        && text.chars().count() <= 24
        && !text.contains(['：', ':', '，', '。'])
        && detector.dictionary.look_up(text, inside) != Named::Unknown
}

/// Whether a row is one of a form: its known names stand above and below others of their kind, and each has its
/// value beside it.
fn in_form(
    detector: &Detector,
    block: &Block<'_>,
    rows: &[(u32, Range<usize>)],
    at: usize,
    named: &[usize],
) -> bool {
    let around = rows.iter().enumerate();
    let around: Vec<&Range<usize>> = around
        .skip(at.saturating_sub(FORM_ROWS))
        .take_while(|(i, _)| *i <= at + FORM_ROWS)
        .filter_map(|(i, (_, range))| (i != at).then_some(range))
        .collect();
    let labels = |&&i: &&usize| {
        let column = block.cells.get(i).map_or(0, |c| c.column);
        let (mut filled, mut known) = (0, 0);
        for range in &around {
            let cells = block.cells.get((*range).clone()).unwrap_or_default();
            let Some(place) = cells.iter().position(|c| c.column == column) else {
                continue;
            };
            let text = block.cell(range.start + place);
            let text = text.trim();
            if !text.is_empty() {
                filled += 1;
                known += usize::from(names_column(detector, text, true));
            }
        }
        known * 2 >= filled && (known >= 2 || (known == 1 && filled == 1))
    };
    if named.iter().filter(labels).count() * 2 >= named.len() {
        return true;
    }
    // 申请人姓名 | 张三 | 证件类型 | 居民身份证: the first is a label, and what stands beside it names nothing.
    let mut filled = rows.get(at).map_or(0..0, |r| r.1.clone());
    let mut next = || filled.find(|&i| !block.cell(i).trim().is_empty());
    let (first, second) = (next(), next());
    let named = |i: Option<usize>| i.is_some_and(|i| named.contains(&i));
    named(first) && !named(second) && first.as_ref().is_some_and(|i| labels(&i))
}

/// Whether a row holds a value with a check digit. Candidates come in the order of their cells, but for
/// those outside of any; `next` is moved along with the rows.
fn holds_values(block: &Block<'_>, range: &Range<usize>, next: &mut usize) -> bool {
    let outside = |c: &Candidate| c.cell == u32::MAX;
    let rest = block.candidates.get(*next..).unwrap_or_default();
    *next += rest
        .iter()
        .take_while(|c| outside(c) || (c.cell as usize) < range.start)
        .count();
    block
        .candidates
        .get(*next..)
        .unwrap_or_default()
        .iter()
        .take_while(|c| outside(c) || (c.cell as usize) < range.end)
        .any(|c| !outside(c) && c.checked)
}

fn merge_headers(lower: &mut Vec<Column>, upper: Vec<Column>) {
    if lower.len() < upper.len() {
        lower.resize(upper.len(), Column::default());
    }
    for (low, up) in lower.iter_mut().zip(upper) {
        if low.favours.is_empty() && !low.negative {
            let header = low.header.take().or(up.header);
            *low = Column { header, ..up };
        }
    }
}

/// A cheap look: header cells are short and have few digits.
fn may_be_header(block: &Block<'_>, range: Range<usize>) -> bool {
    block.cells.get(range).is_some_and(|cells| {
        cells.len() >= 3
            && cells.iter().all(|c| {
                c.end - c.start <= 48
                    && c.kind == CellKind::Text
                    && block
                        .bytes
                        .get(c.range())
                        .is_some_and(|b| b.iter().filter(|b| b.is_ascii_digit()).count() <= 2)
            })
    })
}

#[cfg(test)]
mod tests;
