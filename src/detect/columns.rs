//! Tables: which row names the columns, what each column holds, and which cells follow from it.

use super::{
    Candidate, Detector,
    headers::Qualifiers,
    text_of,
    vocabulary::{LONGEST, Vocabulary},
};
use crate::{
    model::{CellAt, CellKind, Charset, Headers, Reason, Reasons},
    rules::{Family, Find, header_key},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

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

/// Names of columns, by how they are compared.
#[derive(Debug)]
pub(super) struct Dictionary {
    exact: BTreeMap<String, Vec<u16>>,
    negative: BTreeSet<String>,
    /// Finds the names of `long` within others.
    inside: Vocabulary,
    /// Names long enough to mean something within others; `None` for the negative ones.
    long: Vec<Option<Vec<u16>>>,
    qualifiers: Qualifiers,
}

/// What a header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// Nothing known.
    Unknown,
    /// One of these rules; percent of the header's points.
    Rules(Vec<u16>, i32),
    /// None of the rules.
    Negative,
}

impl Dictionary {
    /// Rules that cannot reach `minimum` percent are left out.
    pub(super) fn new(rules: &crate::rules::RuleSet, minimum: u8) -> Self {
        let mut exact: BTreeMap<String, Vec<u16>> = BTreeMap::new();
        let heard = (0u16..)
            .zip(&rules.rules)
            .filter(|(_, r)| r.most() >= i32::from(minimum));
        for (index, rule) in heard {
            for header in &rule.headers {
                exact.entry(header.clone()).or_default().push(index);
            }
        }
        exact.remove("");
        let negative: BTreeSet<String> = rules.negative_headers.iter().cloned().collect();
        let long = |k: &str| k.chars().count() >= if k.is_ascii() { 5 } else { 2 };
        let known = exact.iter().map(|(k, rules)| (k, Some(rules.clone())));
        let (names, long): (Vec<&String>, Vec<_>) = known
            .chain(negative.iter().map(|k| (k, None)))
            // A name that is both is what the rules say; a header may be no longer than this.
            .filter(|(k, rules)| rules.is_some() || !exact.contains_key(*k))
            .filter(|(k, _)| long(k) && k.len() <= LONGEST)
            .unzip();
        let mut inside = Vocabulary::default();
        for name in names {
            inside.add(name);
        }
        Self {
            exact,
            negative,
            inside,
            long,
            qualifiers: Qualifiers::new(&rules.header_words),
        }
    }

    /// What this header says; `inside` also looks for known names within it.
    pub(super) fn look_up(&self, header: &str, inside: bool) -> Named {
        if header.len() > 96 {
            return Named::Unknown;
        }
        let key = header_key(header);
        if key.is_empty() {
            return Named::Unknown;
        }
        if let Some(rules) = self.exact.get(&key) {
            return Named::Rules(rules.clone(), 100);
        }
        if self.negative.contains(&key) {
            return Named::Negative;
        }
        if !inside {
            return Named::Unknown;
        }
        let known = |name: &str| self.exact.contains_key(name);
        let bare = self.qualifiers.bare(header, &known);
        if let Some(rules) = bare.and_then(|name| self.exact.get(&name)) {
            return Named::Rules(rules.clone(), 100);
        }
        // Chinese puts the noun last: the known name that ends last decides, then the longest.
        let (mut best, mut worst) = (None, None);
        let mut hits = Vec::new();
        self.inside.find(key.as_bytes(), |_, _| true, &mut hits);
        for found in hits {
            let place = (found.end, found.end - found.start);
            match self.long.get(found.number as usize) {
                Some(Some(rules)) if best.as_ref().is_none_or(|(at, _)| place > *at) => {
                    best = Some((place, rules));
                }
                Some(None) => worst = worst.max(Some(place)),
                _ => {}
            }
        }
        match (best, worst) {
            (Some((at, rules)), worst) if worst.is_none_or(|w| at >= w) => {
                // A name that ends the header is what the column holds: 沪市 + 股东代码.
                Named::Rules(rules.clone(), if at.0 == key.len() { 100 } else { 75 })
            }
            (_, Some(_)) => Named::Negative,
            // Name (Pinyin): what the brackets explain.
            _ => header
                .trim_end()
                .strip_suffix([')', '）'])
                .and_then(|h| h.split(['(', '（']).next())
                .filter(|bare| !bare.trim().is_empty())
                .map_or(Named::Unknown, |bare| self.look_up(bare, inside)),
        }
    }
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
fn statistics(detector: &Detector, block: &Block<'_>, plan: &mut Plan, end: u64) {
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
        .is_some_and(super::score::is_general);
    if general && tally.filled <= 200 {
        let known = if trimmed.is_ascii() {
            super::names::is_known_name(trimmed)
        } else {
            super::names::in_person_column(trimmed, true) && super::names::is_known_name(trimmed)
        };
        tally.known += u32::from(known);
        tally.shaped += u32::from(known || super::names::is_like_a_name(trimmed));
    }
    let wanted = column.is_none_or(|c| c.favours.is_empty() && !c.negative);
    if wanted && tally.filled <= 200 && trimmed.len() <= 300 && !trimmed.is_ascii() {
        tally.persons += u32::from(super::names::is_certain(trimmed));
        tally.addresses += u32::from(super::addresses::is_certain(trimmed));
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
    let general = column
        .header
        .as_deref()
        .is_some_and(super::score::is_general);
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

/// Whether a cell holds nothing: empty, a dash, or a word for nothing.
pub(super) fn is_blank(cell: &str) -> bool {
    matches!(
        cell,
        "" | "-"
            | "--"
            | "—"
            | "——"
            | "/"
            | "\\"
            | "."
            | "0"
            | "*"
            | "无"
            | "暂无"
            | "未知"
            | "空"
            | "N/A"
            | "n/a"
            | "NA"
            | "null"
            | "NULL"
            | "None"
            | "none"
            | "nan"
            | "NaN"
            | "true"
            | "false"
    )
}

/// Whether a cell was masked already: three mask characters in a row, or mostly mask characters.
pub(super) fn is_masked(cell: &str) -> bool {
    let mask = |c: char| matches!(c, '*' | '＊' | '●' | '•' | '■' | '×' | 'x' | 'X' | '#');
    let (mut run, mut longest, mut all, mut count) = (0, 0, 0, 0);
    for c in cell.chars() {
        all += 1;
        if mask(c) {
            run += 1;
            count += 1;
            longest = longest.max(run);
        } else {
            run = 0;
        }
    }
    longest >= 3
        || (all > 0 && all <= 4 && count * 2 >= all && cell.contains(['*', '＊', '●', '■']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_and_masked_cells() {
        assert!(is_blank("无") && is_blank("N/A") && !is_blank("张三"));
        assert!(is_masked("138****8000") && is_masked("张*") && is_masked("张**"));
        assert!(!is_masked("13800138000") && !is_masked("张三") && !is_masked("Max"));
    }

    /// Rule and text of what is found in a table, cells given row by row.
    fn found(rows: &[&[&str]]) -> Vec<(String, String)> {
        let rules = std::sync::Arc::new(crate::rules::RuleSet::builtin().unwrap());
        let detector = Detector::new(rules, 50).unwrap();
        let (mut text, mut cells) = (String::new(), Vec::new());
        for (row, values) in (0u32..).zip(rows) {
            for (column, value) in (1u32..).zip(*values) {
                let start = u32::try_from(text.len()).unwrap();
                text.push_str(value);
                let end = u32::try_from(text.len()).unwrap();
                text.push('\t');
                cells.push(CellAt {
                    row,
                    column,
                    start,
                    end,
                    kind: CellKind::Text,
                });
            }
        }
        let fragment = crate::model::Fragment {
            layout: crate::model::Layout::Cells {
                table: crate::model::Table {
                    id: 0,
                    first: true,
                    headers: Headers::InText,
                },
                first_row: 1,
                cells: &cells,
            },
            ..crate::model::Fragment::whole(&[], &text, None)
        };
        let mut out: Vec<_> = detector
            .begin()
            .text(&fragment)
            .iter()
            .map(|f| {
                (
                    detector.rule(f.rule).unwrap().id.clone(),
                    text[f.range()].to_owned(),
                )
            })
            .collect();
        out.sort();
        out
    }

    fn has(found: &[(String, String)], rule: &str, value: &str) -> bool {
        found.iter().any(|(r, v)| r == rule && v == value)
    }

    #[test]
    fn a_form_is_no_table() {
        let person: &[&[&str]] = &[
            &["申请表", "", "", ""],
            &["申请人姓名", "饶建国", "证件类型", "居民身份证"],
            &["证件号码", "11010519491231002X", "有效期至", "20360512"],
            &["出生日期", "1949年12月31日", "邮政编码", "100020"],
            &[
                "联系地址",
                "北京市朝阳区建国路12号3室",
                "业务编号",
                "YW8259858677",
            ],
        ];
        let all: Vec<&[&str]> = person.iter().chain(person).chain(person).copied().collect();
        for rows in [person, all.as_slice()] {
            let found = found(rows);
            assert!(has(&found, "cn.person", "饶建国"), "{found:?}");
            assert!(has(&found, "cn.birth-date", "1949年12月31日"), "{found:?}");
            assert!(
                has(&found, "cn.address", "北京市朝阳区建国路12号3室"),
                "{found:?}"
            );
            let times = rows.len() / person.len();
            assert_eq!(found.len(), times * 4, "{found:?}");
        }
    }

    #[test]
    fn a_table_with_kinds_of_documents_keeps_its_header() {
        let found = found(&[
            &["姓名", "证件类型", "证件号码", "手机"],
            &["饶建国", "身份证", "110105194912310020", "13800138000"],
            &["唐诗涵", "护照", "E12345678", "13800138001"],
            &["鲁筠", "港澳通行证", "C12345678", "13800138002"],
        ]);
        for name in ["饶建国", "唐诗涵", "鲁筠"] {
            assert!(has(&found, "cn.person", name), "{found:?}");
        }
        // Damaged, but under its header.
        assert!(
            has(&found, "cn.resident-id", "110105194912310020"),
            "{found:?}"
        );
    }

    #[test]
    fn a_column_called_name_may_hold_anything() {
        let things = found(&[
            &["name", "size"],
            &["Koyra Chiini", "3"],
            &["pause", "4"],
            &["Songhay", "5"],
        ]);
        assert!(things.is_empty(), "{things:?}");
        let people = found(&[
            &["Name", "City"],
            &["Oliver Whitcombe", "Leeds"],
            &["Rosalind Achterberg", "Bristol"],
            &["Wang Xiaoming", "Norwich"],
        ]);
        assert_eq!(people.len(), 3, "{people:?}");
    }

    #[test]
    fn a_column_of_flow_numbers_holds_no_cards() {
        let found = found(&[
            &["流水号", "卡号", "手机"],
            &["650787784498738921", "6226090000000048", "13800138000"],
            &["184467440737095516", "6226090000000048", "13800138001"],
            &["918273645564738291", "6226090000000048", "13800138002"],
        ]);
        assert!(
            !has(&found, "intl.payment-card", "650787784498738921"),
            "{found:?}"
        );
        assert!(has(&found, "cn.bank-card", "6226090000000048"), "{found:?}");
    }

    #[test]
    fn a_name_of_a_column_is_no_person_beside_another() {
        let found = found(&[
            &["登记表", "", "", ""],
            &["Holder", "Province", "Street", "Phone"],
            &["王杰", "山西省朔州市平鲁区", "长江路3号", "13800138000"],
            &["蔡瑜", "四川省昭觉县", "双河镇8组3号", "13800138001"],
        ]);
        assert!(has(&found, "cn.person", "王杰"), "{found:?}");
        assert!(found.iter().all(|(_, v)| v != "Province"), "{found:?}");
    }

    #[test]
    fn cards_are_found_under_any_header() {
        let found = found(&[
            &["订单号", "金额"],
            &["x1", "3"],
            &["6226090000000048", "4"],
            &["4539578763859219", "5"],
            &["A77", "6"],
        ]);
        assert!(has(&found, "cn.bank-card", "6226090000000048"), "{found:?}");
        assert!(
            found.iter().any(|(_, v)| v == "4539578763859219"),
            "{found:?}"
        );
    }

    #[test]
    fn persons_among_companies_are_found() {
        let found = found(&[
            &["Holder", "Balance"],
            &["Oliver Whitcombe", "1"],
            &["Rosalind Achterberg", "2"],
            &["Northwind Ltd", "3"],
            &["Contoso Ltd", "4"],
            &["Fabrikam Inc", "5"],
            &["Tailspin GmbH", "6"],
            &["Adatum 9", "7"],
            &["Litware 8", "8"],
        ]);
        for name in ["Oliver Whitcombe", "Rosalind Achterberg"] {
            assert!(has(&found, "cn.person", name), "{found:?}");
        }
    }

    #[test]
    fn labels_that_say_little_take_what_is_written_like_a_name() {
        let rules = std::sync::Arc::new(crate::rules::RuleSet::builtin().unwrap());
        let detector = Detector::new(rules, 50).unwrap();
        let persons = |text: &str| {
            let mut pass = detector.begin();
            let found = pass.text(&crate::model::Fragment::whole(&[], text, None));
            found
                .iter()
                .filter(|f| detector.rule(f.rule).is_some_and(|r| r.id == "cn.person"))
                .count()
        };
        assert_eq!(persons("author: Xochitl Quetzalli\n"), 1);
        assert_eq!(persons("name: Install Rust\nowner: Contoso Ltd\n"), 0);
    }

    #[test]
    fn names_that_no_list_has_are_found_where_all_are_written_like_names() {
        let found = found(&[
            &["Name", "City"],
            &["Xochitl Quetzalli", "Leeds"],
            &["Chukwuemeka Umezurike", "Bristol"],
            &["Xiadani Itzayana", "Norwich"],
        ]);
        assert_eq!(found.len(), 3, "{found:?}");
    }

    #[test]
    fn a_label_in_a_cell_beats_its_column() {
        let found = found(&[
            &["编号", "姓名", "手机"],
            &["K1", "饶建国", "13800138000"],
            &["制表人：彭梓涵", "", ""],
        ]);
        assert!(has(&found, "cn.person", "彭梓涵"), "{found:?}");
    }
}
