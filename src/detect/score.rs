//! Evidence → confidence, with its reasons.

use super::{
    Candidate, Detector, Found,
    columns::{Column, Plan, is_blank, is_masked},
    context::Says,
    pass::plan_for,
    text_of,
};
use crate::{
    engine::LazyRegex,
    model::{CellAt, CellKind, Charset, Confidence, Fragment, Layout, Reason, Reasons, Verdict},
    rules::{Edges, Family, Find, Rule},
};
use std::borrow::Cow;

/// Cells longer than this hold more than one value, so their own words count too.
const LONG_CELL: u32 = 48;

/// Bytes before a token that may belong to it.
const LEAD: usize = 64;

/// Looks at one engine hit: edges, then the validator. `None` when it cannot be such a value.
pub(super) fn candidate(
    detector: &Detector,
    text: &[u8],
    rule: u16,
    start: u32,
    end: u32,
    charset: Charset,
) -> Option<Candidate> {
    let r = detector.rule(rule)?;
    let from = start as usize;
    let to = match &r.bracket {
        Some(class) => bracketed(text, end as usize, class)?,
        None => end as usize,
    };
    if r.mask == Family::Mac && in_path(text, from, to) {
        return None;
    }
    if r.edges == Edges::Number
        && (!number_edges(text, from, to) || text.get(from..to).is_some_and(in_series))
    {
        return None;
    }
    let (mut from, mut to) = (from, to);
    if let Some(regex) = detector.regexes.groups.get(&rule).and_then(LazyRegex::get) {
        let found = regex.captures(text.get(from..to)?)?;
        // The first group from the one asked for that took part.
        let value = (r.filter.group..found.len())
            .filter_map(|n| found.get(n))
            .find(|m| !m.is_empty())?;
        (from, to) = (from + value.start(), from + value.end());
    }
    if matches!(r.find, Find::Words(_)) && r.edges == Edges::Word && !word_edges(text, from, to) {
        return None;
    }
    if !passes_filter(r, text.get(from..to)?, charset) {
        return None;
    }
    if let Find::Token(token) = &r.find {
        from -= token_lead(detector, rule, token, text, from)?;
        let value = text.get(from..to)?;
        if super::secrets::entropy(value) < token.entropy || detector.secrets.is_specimen(value) {
            return None;
        }
    }
    let value = text.get(from..to)?;
    let verdict = match &r.find {
        _ if r.validator.is_none() && r.schemes.is_empty() => Verdict::Unchecked,
        Find::Shape { .. } => {
            let mut bare = Bare::default();
            bare.take(value)?;
            r.verdict(bare.text())
        }
        _ => r.verdict(&as_validated(r, &text_of(value, charset))),
    };
    if verdict == Verdict::Invalid {
        return None;
    }
    // A validator that does not say valid doubts the check digit: a card number of digits that are a date.
    let checked = match r.validator {
        None if r.schemes.is_empty() => r.check != crate::engine::Check::None,
        _ => verdict == Verdict::Valid && r.has_check(),
    };
    Some(Candidate {
        rule,
        start: u32::try_from(from).unwrap_or(start),
        end: u32::try_from(to).unwrap_or(end),
        cell: u32::MAX,
        verdict,
        checked,
        folded: false,
        label: false,
    })
}

/// Where a value ends whose last character stands in brackets behind what the engine found:
/// `A123456(3)`, `A123456（3）`.
fn bracketed(text: &[u8], at: usize, class: &str) -> Option<usize> {
    const BRACKETS: [(&[u8], &[u8]); 3] = [
        (b"(", b")"),
        ("（".as_bytes(), "）".as_bytes()),
        (b"\xA3\xA8", b"\xA3\xA9"),
    ];
    let rest = text.get(at..)?;
    BRACKETS.iter().find_map(|(open, close)| {
        let (check, after) = rest.strip_prefix(*open)?.split_first()?;
        (class.as_bytes().contains(check) && after.starts_with(close))
            .then_some(at + open.len() + 1 + close.len())
    })
}

/// Whether no letter, digit or underscore goes on where a value of ASCII letters begins or ends.
fn word_edges(text: &[u8], start: usize, end: usize) -> bool {
    let word = |i: usize| {
        text.get(i)
            .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
    };
    let before = start > 0 && word(start) && word(start - 1);
    let after = end > 0 && word(end - 1) && word(end);
    !before && !after
}

/// Whether a match is what its rule asks besides the shape.
fn passes_filter(rule: &Rule, value: &[u8], charset: Charset) -> bool {
    let filter = &rule.filter;
    if filter.entropy > 0 && super::secrets::entropy(value) < filter.entropy {
        return false;
    }
    filter.refuse.is_empty() || {
        let text = text_of(value, charset).to_lowercase();
        !filter
            .refuse
            .iter()
            .any(|word| text.contains(word.as_str()))
    }
}

/// Bytes before a token that belong to it; `None` when they must be there and are not.
fn token_lead(
    detector: &Detector,
    rule: u16,
    token: &crate::rules::Token,
    text: &[u8],
    from: usize,
) -> Option<usize> {
    if token.before.is_none() {
        return Some(0);
    }
    let regex = detector.regexes.leads.get(&rule)?.get()?;
    let lead = text.get(from.saturating_sub(LEAD)..from)?;
    let found = regex.find(lead)?;
    Some(found.end() - found.start())
}

/// A value as its validator sees it: bare, but for the kinds whose separators are part of their form.
fn as_validated<'a>(rule: &Rule, value: &'a str) -> Cow<'a, str> {
    match rule.mask {
        Family::Email
        | Family::Ip
        | Family::Mac
        | Family::Date
        | Family::Name
        | Family::Address
        | Family::Secret
        | Family::None => Cow::Borrowed(value),
        _ => canonical(rule, value),
    }
}

/// A value without its separators, in capitals, on the stack.
struct Bare {
    buf: [u8; 64],
    len: usize,
}

impl Default for Bare {
    fn default() -> Self {
        Self {
            buf: [0; 64],
            len: 0,
        }
    }
}

impl Bare {
    fn take(&mut self, value: &[u8]) -> Option<()> {
        for b in value.iter().filter(|b| b.is_ascii_alphanumeric()) {
            *self.buf.get_mut(self.len)? = b.to_ascii_uppercase();
            self.len += 1;
        }
        Some(())
    }

    fn text(&self) -> &str {
        self.buf
            .get(..self.len)
            .and_then(|b| std::str::from_utf8(b).ok())
            .unwrap_or_default()
    }
}

/// Whether the surroundings leave it a number of its own (identifiers 1.2): no decimal point, no
/// percent or currency sign. A comma does no harm: between thousands stand three digits, fewer than any value has.
fn number_edges(text: &[u8], start: usize, end: usize) -> bool {
    let at = |i: usize| text.get(i).copied().unwrap_or(0);
    let digit = |i: usize| at(i).is_ascii_digit();
    let before = start.checked_sub(1).map_or(0, at);
    // 01-0242-0100194: in groups that go on before it.
    let grouped = || text.get(start..end).is_some_and(|v| v.contains(&b'-'));
    if before == b'-' && start >= 2 && digit(start - 2) && grouped() {
        return false;
    }
    if before == b'$' || (before == b'.' && start >= 2 && digit(start - 2)) {
        return false;
    }
    if start >= 2 && text.get(start - 2..start) == Some(b"\xC2\xA5".as_slice()) {
        return false;
    }
    match at(end) {
        // A float column writes 13800138000.0: that zero is no decimal.
        b'.' if digit(end + 1) => {
            at(end + 1) == b'0' && !digit(end + 2) && !at(end + 2).is_ascii_alphabetic()
        }
        b'%' => false,
        _ => true,
    }
}

/// Whether an address of six pairs is cut out of a longer row of numbers: the path of a drawing. Its pairs are
/// decimals, and what goes on is one or two digits.
fn in_path(text: &[u8], start: usize, end: usize) -> bool {
    let value = text.get(start..end).unwrap_or_default();
    if !value.iter().all(|b| b.is_ascii_digit() || *b == b'-') {
        return false;
    }
    let short = |part: Option<&[u8]>| {
        part.is_some_and(|p| matches!(p.len(), 1 | 2) && p.iter().all(u8::is_ascii_digit))
    };
    let word = |b: &u8| !b.is_ascii_alphanumeric();
    let behind = text.get(end..).and_then(|t| t.strip_prefix(b"-"));
    let before = text.get(..start).and_then(|t| t.strip_suffix(b"-"));
    short(behind.and_then(|t| t.split(word).next()))
        || short(before.and_then(|t| t.rsplit(word).next()))
}

/// Whether the groups of a number count on: of `5211 5212 5213 5214` one in ten has the check digit of a card, and
/// none is one.
fn in_series(value: &[u8]) -> bool {
    /// Most by which a group of a series is greater than the one before.
    const STEP: u32 = 64;
    if !value.contains(&b' ') {
        return false;
    }
    let number = |run: &[u8]| std::str::from_utf8(run).ok()?.parse::<u32>().ok();
    let mut groups = value.split(|b| *b == b' ');
    let Some(first) = groups.next() else {
        return false;
    };
    let (mut count, mut last) = (1, number(first));
    for group in groups {
        let next = number(group);
        let goes_on = match (last, next) {
            (Some(a), Some(b)) => b > a && b - a <= STEP && group.len() == first.len(),
            _ => false,
        };
        if !goes_on {
            return false;
        }
        (count, last) = (count + 1, next);
    }
    count >= 3
}

fn own_points(detector: &Detector, c: &Candidate) -> (i32, Reasons) {
    let w = detector.weights(c.rule);
    let mut reasons = Reasons::default().with(Reason::Shape);
    let mut points = w.base;
    if c.verdict == Verdict::Valid || c.checked {
        points += w.valid;
        if c.checked {
            reasons = reasons.with(Reason::Check);
        }
    }
    if c.folded {
        reasons = reasons.with(Reason::Folded);
    }
    if c.label {
        points += w.label;
        reasons = reasons.with(Reason::Label);
    }
    (points, reasons)
}

fn context_points(
    detector: &Detector,
    fragment: &Fragment<'_>,
    c: &Candidate,
) -> (i32, Option<Reason>) {
    let w = detector.weights(c.rule);
    match detector.context.says(
        c.rule,
        fragment.bytes,
        fragment.charset,
        c.start as usize..c.end as usize,
    ) {
        Says::Nothing => (0, None),
        Says::Near | Says::Label if c.label => (0, None),
        Says::Near => (w.near, Some(Reason::Near)),
        Says::Label => (w.label, Some(Reason::Label)),
        Says::Against => (w.against, Some(Reason::Against)),
    }
}

/// Scores a candidate in running text. `None` when it stays under the minimum.
pub(super) fn in_text(
    detector: &Detector,
    fragment: &Fragment<'_>,
    c: &Candidate,
    extra: i32,
    more: Reasons,
    against: bool,
) -> Option<Found> {
    let (mut points, mut reasons) = own_points(detector, c);
    for r in more.iter() {
        reasons = reasons.with(r);
    }
    points += extra;
    if against {
        points += detector.weights(c.rule).against;
        reasons = reasons.with(Reason::Against);
    }
    let (p, why) = context_points(detector, fragment, c);
    points += p;
    if let Some(why) = why {
        reasons = reasons.with(why);
    }
    finish(detector, c, points, reasons)
}

fn finish(detector: &Detector, c: &Candidate, points: i32, reasons: Reasons) -> Option<Found> {
    let confidence = Confidence::new(points);
    (confidence.percent() >= detector.minimum).then_some(Found {
        rule: c.rule,
        start: c.start,
        end: c.end,
        cell: c.cell,
        confidence,
        reasons,
    })
}

/// Scores the candidates of a block of cells and adds the cells that follow from their column.
pub(super) fn in_table(
    detector: &Detector,
    fragment: &Fragment<'_>,
    first_row: u64,
    cells: &[CellAt],
    plans: &[Plan],
    candidates: &[Candidate],
    found: &mut Vec<Found>,
) {
    let assigned = plans
        .iter()
        .any(|p| p.columns.iter().any(|c| !c.assigned.is_empty()));
    let form = plans
        .first()
        .is_some_and(|p| p.from_row == 0 && p.columns.iter().all(|c| c.header.is_none()))
        || plans.len() > 1
        || plans.first().is_some_and(|p| p.from_row > 1);
    let mut next = 0;
    if !assigned && !form {
        for c in candidates {
            let Some(cell) = cells.get(c.cell as usize) else {
                continue;
            };
            score_cell(detector, fragment, first_row, cell, plans, c, found);
        }
        return;
    }
    for (i, cell) in cells.iter().enumerate() {
        let before = found.len();
        while let Some(c) = candidates.get(next).filter(|c| c.cell as usize <= i) {
            score_cell(detector, fragment, first_row, cell, plans, c, found);
            next += 1;
        }
        let column = column_of(plans, first_row, cell);
        if let Some(column) = column.filter(|c| !c.assigned.is_empty()) {
            whole_cell(detector, fragment, i, cell, column, before, found);
        } else if form && column.is_none_or(|c| c.header.is_none()) {
            beside_label(detector, fragment, cells, i, before, found);
        }
    }
}

/// What is known of a cell's column.
pub(super) fn column_of<'p>(
    plans: &'p [Plan],
    first_row: u64,
    cell: &CellAt,
) -> Option<&'p Column> {
    let row = first_row - 1 + u64::from(cell.row);
    plan_for(plans, row)?
        .columns
        .get(cell.column.checked_sub(1)? as usize)
}

fn score_cell(
    detector: &Detector,
    fragment: &Fragment<'_>,
    first_row: u64,
    cell: &CellAt,
    plans: &[Plan],
    c: &Candidate,
    found: &mut Vec<Found>,
) {
    let (mut points, mut reasons) = own_points(detector, c);
    let column = column_of(plans, first_row, cell);
    let long = cell.end - cell.start > LONG_CELL.max((c.end - c.start) * 2);
    let mut named = false;
    if let Some(column) = column {
        for &(rule, p, why) in column.favours.iter().filter(|f| f.0 == c.rule) {
            debug_assert_eq!(rule, c.rule);
            points += p;
            for r in why.iter() {
                reasons = reasons.with(r);
            }
            named = true;
        }
        // One number in ten has the check digit of a card: a column of flow numbers holds some that are none.
        let card = (detector.rule(c.rule)).is_some_and(|r| r.mask == Family::Card);
        let sure = c.checked && (!card || named || !column.flows);
        // A label in the cell itself says more: 制表人：张三 under 序号.
        if column.negative && !sure && !long && !c.label {
            points += detector.weights(c.rule).against;
            reasons = reasons.with(Reason::Against);
        }
    }
    if !named && (long || cell.start + 2 < c.start || column.is_none_or(|c| c.header.is_none())) {
        let (p, why) = cell_context(detector, fragment, cell, c);
        points += p;
        if let Some(why) = why {
            reasons = reasons.with(why);
        }
    }
    found.extend(finish(detector, c, points, reasons));
}

/// Words in the cell itself; for a cell that is all value, the cell to its left in the same text.
fn cell_context(
    detector: &Detector,
    fragment: &Fragment<'_>,
    cell: &CellAt,
    c: &Candidate,
) -> (i32, Option<Reason>) {
    let inside = cell.start + 2 < c.start;
    let start = if inside { cell.start as usize } else { 0 };
    let bytes = fragment
        .bytes
        .get(start..cell.end as usize)
        .unwrap_or_default();
    let piece = Fragment {
        bytes,
        own: 0..bytes.len(),
        base: None,
        layout: Layout::Whole,
        ..fragment.clone()
    };
    let shift = u32::try_from(start).unwrap_or(0);
    let moved = Candidate {
        start: c.start - shift,
        end: c.end - shift,
        ..*c
    };
    context_points(detector, &piece, &moved)
}

fn trimmed(bytes: &[u8], cell: &CellAt) -> Option<(u32, u32)> {
    let raw = bytes.get(cell.range())?;
    let white = |b: &u8| b.is_ascii_whitespace() || *b == b'\'' || *b == b'"';
    let lead = raw.iter().take_while(|b| white(b)).count();
    let tail = raw.iter().rev().take_while(|b| white(b)).count();
    if lead + tail >= raw.len() {
        return None;
    }
    Some((
        cell.start + u32::try_from(lead).ok()?,
        cell.end - u32::try_from(tail).ok()?,
    ))
}

/// A cell of a column that is of certain rules, though it was not found by itself.
fn whole_cell(
    detector: &Detector,
    fragment: &Fragment<'_>,
    index: usize,
    cell: &CellAt,
    column: &Column,
    before: usize,
    found: &mut Vec<Found>,
) {
    let Some((start, end)) = trimmed(fragment.bytes, cell) else {
        return;
    };
    let long_hit = |f: &Found| (f.end - f.start) * 2 >= end - start;
    if cell.kind == CellKind::Key || end - start > 600 || found.iter().skip(before).any(long_hit) {
        return;
    }
    let text = text_of(
        fragment
            .bytes
            .get(start as usize..end as usize)
            .unwrap_or_default(),
        fragment.charset,
    );
    if is_blank(&text) || is_masked(&text) {
        return;
    }
    let headed = |rule: u16| {
        column
            .favours
            .iter()
            .any(|f| f.0 == rule && f.2.has(Reason::Header))
    };
    // A column called `name` may be of anything: one Latin word in it must be a known name.
    let general = column.header.as_deref().is_some_and(is_general);
    let fits = |rule: &u16| match detector.find(*rule) {
        Find::Person => {
            super::names::in_person_column(&text, headed(*rule))
                && !(general && super::names::is_doubtful_word(&text))
                && (!column.mixed
                    || column
                        .header
                        .as_deref()
                        .is_none_or(|h| super::names::is_likely(h, &text)))
        }
        Find::Address => super::addresses::in_address_column(&text),
        _ => detector.is_labelled(*rule) && detector.fits(*rule, &text),
    };
    // Of the rules that the cell fits the surest: a card number is an account number as well.
    let fitting = (column.assigned.iter().copied().rev())
        .filter(fits)
        .max_by_key(|&rule| {
            let w = detector.weights(rule);
            w.base + w.valid + w.header
        });
    let damaged = || {
        column
            .assigned
            .iter()
            .copied()
            .find(|&rule| detector.whole_column(rule) && is_damaged(&text, detector.rule(rule)))
    };
    let Some(rule) = fitting.or_else(damaged) else {
        return;
    };
    let header = headed(rule);
    let w = detector.weights(rule);
    let points = w.base + w.valid + if header { w.header } else { w.column };
    let mut reasons = Reasons::default().with(if header {
        Reason::Header
    } else {
        Reason::Column
    });
    if cell.kind == CellKind::Rounded {
        reasons = reasons.with(Reason::Rounded);
    }
    if fitting.is_none() {
        reasons = reasons.with(Reason::Damaged);
    }
    let confidence = Confidence::new(points.max(i32::from(detector.minimum)));
    found.push(Found {
        rule,
        start,
        end,
        cell: u32::try_from(index).unwrap_or(u32::MAX),
        confidence,
        reasons,
    });
}

/// Whether a name of a column says no more than that it holds names, or who made something.
pub(super) fn is_general(header: &str) -> bool {
    ["name", "contact", "customer", "holder", "author", "creator"]
        .iter()
        .any(|h| header.eq_ignore_ascii_case(h))
}

/// A malformed value of a column of numbers: still most of a number. One word of more digits than a
/// telephone number has is none that was damaged.
fn is_damaged(text: &str, rule: Option<&Rule>) -> bool {
    let digits = text.chars().filter(|c| c.is_numeric()).count();
    let all = text.chars().filter(|c| !c.is_whitespace()).count();
    let short = rule.is_some_and(|r| r.mask == Family::Mobile);
    let other = short && digits > 14 && text.chars().all(char::is_numeric);
    digits >= 6 && digits * 10 >= all * 6 && all <= 40 && !other
}

/// Forms: a cell whose left neighbour in the row is a label.
fn beside_label(
    detector: &Detector,
    fragment: &Fragment<'_>,
    cells: &[CellAt],
    i: usize,
    before: usize,
    found: &mut Vec<Found>,
) {
    let (Some(cell), Some(left)) = (cells.get(i), i.checked_sub(1).and_then(|l| cells.get(l)))
    else {
        return;
    };
    if left.row != cell.row
        || cell.end - cell.start > 600
        || left.end - left.start > 60
        || left.end == left.start
    {
        return;
    }
    if found
        .iter()
        .skip(before)
        .any(|f| (f.end - f.start) * 2 >= cell.end - cell.start)
    {
        return;
    }
    let label = text_of(
        fragment.bytes.get(left.range()).unwrap_or_default(),
        fragment.charset,
    );
    if label.trim().is_empty() || label.chars().any(|c| c.is_ascii_digit()) {
        return;
    }
    let super::columns::Named::Rules(rules, percent) = detector.dictionary.look_up(&label, true)
    else {
        return;
    };
    let Some((start, end)) = trimmed(fragment.bytes, cell) else {
        return;
    };
    let text = text_of(
        fragment
            .bytes
            .get(start as usize..end as usize)
            .unwrap_or_default(),
        fragment.charset,
    );
    // The next label, or a row of names of columns.
    let named = detector.dictionary.look_up(&text, false) != super::columns::Named::Unknown;
    if is_blank(&text) || is_masked(&text) || named {
        return;
    }
    for rule in rules {
        let fits = match detector.find(rule) {
            // Holder | Province | Street: beside a word that says little a single word must be a known name.
            Find::Person => {
                super::names::in_person_column(&text, percent == 100)
                    && !(is_general(label.trim()) && super::names::is_doubtful_word(&text))
            }
            Find::Address => super::addresses::in_address_column(&text),
            _ => detector.is_labelled(rule) && detector.fits(rule, &text),
        };
        let w = detector.weights(rule);
        let confidence = Confidence::new(w.base + w.valid + w.header * percent / 100);
        if fits && confidence.percent() >= detector.minimum {
            let reasons = Reasons::default().with(Reason::Label);
            found.push(Found {
                rule,
                start,
                end,
                cell: u32::try_from(i).unwrap_or(u32::MAX),
                confidence,
                reasons,
            });
            return;
        }
    }
}

/// [`canonical`] of a short ASCII value, without an allocation.
pub(super) fn canonical_ascii<'b>(
    rule: &Rule,
    value: &[u8],
    buf: &'b mut [u8; 96],
) -> Option<&'b [u8]> {
    if value.len() > buf.len() || !value.is_ascii() {
        return None;
    }
    let plain = |b: &u8| b.is_ascii_digit() || b.is_ascii_uppercase();
    if rule.mask == Family::Secret {
        let same = buf.get_mut(..value.len())?;
        same.copy_from_slice(value);
        return Some(same);
    }
    if !matches!(rule.mask, Family::Mobile | Family::Email) && value.iter().all(plain) {
        let bare = buf.get_mut(..value.len())?;
        bare.copy_from_slice(value);
        return Some(bare);
    }
    let mut len = 0;
    for (&b, slot) in value
        .iter()
        .filter(|&&b| kept(rule.mask, b))
        .zip(buf.iter_mut())
    {
        *slot = match rule.mask {
            Family::Email => b.to_ascii_lowercase(),
            Family::Name | Family::Address => b,
            _ => b.to_ascii_uppercase(),
        };
        len += 1;
    }
    let start = if rule.mask == Family::Mobile && len > 11 {
        len - 11
    } else {
        0
    };
    buf.get(start..len)
}

/// Whether an ASCII character of a value tells it from others of its kind.
fn kept(family: Family, b: u8) -> bool {
    match family {
        Family::Name | Family::Address => !b.is_ascii_whitespace(),
        Family::Email => true,
        Family::Ip => b.is_ascii_alphanumeric() || matches!(b, b'.' | b':'),
        _ => b.is_ascii_alphanumeric(),
    }
}

/// Letters and digits of a value, full-width ones as ASCII.
pub(super) fn bare(value: &str) -> String {
    value
        .chars()
        .map(|c| match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
            _ => c,
        })
        .filter(char::is_ascii_alphanumeric)
        .collect()
}

/// A value in the form in which equal values are equal.
pub(super) fn canonical<'a>(rule: &Rule, value: &'a str) -> Cow<'a, str> {
    match rule.mask {
        // Every character of a secret counts.
        Family::Secret => Cow::Borrowed(value),
        Family::Name | Family::Address => {
            if value.contains(char::is_whitespace) {
                Cow::Owned(value.chars().filter(|c| !c.is_whitespace()).collect())
            } else {
                Cow::Borrowed(value)
            }
        }
        Family::Email => {
            if value.bytes().any(|b| b.is_ascii_uppercase()) {
                Cow::Owned(value.to_lowercase())
            } else {
                Cow::Borrowed(value)
            }
        }
        _ if value
            .bytes()
            .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
            && rule.mask != Family::Mobile =>
        {
            Cow::Borrowed(value)
        }
        family => {
            let mut bare = String::with_capacity(value.len());
            for c in value.chars() {
                let c = match c {
                    '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
                    _ => c,
                };
                if c.is_alphanumeric() || (matches!(family, Family::Ip) && matches!(c, '.' | ':')) {
                    bare.extend(c.to_uppercase());
                }
            }
            if family == Family::Mobile && bare.len() > 11 && bare.is_ascii() {
                bare = bare.get(bare.len() - 11..).unwrap_or(&bare).to_owned();
            }
            Cow::Owned(bare)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_canonical_forms_agree() {
        let rules = crate::rules::RuleSet::builtin().unwrap();
        for rule in &rules.rules {
            for value in [
                "+86 138-0013-8000",
                "13800138000",
                "Zhang.San@Example.com",
                "2001:db8::1",
                "11010519491231002x",
                "A B",
                "6222 0210",
            ] {
                let mut buf = [0; 96];
                let fast = canonical_ascii(rule, value.as_bytes(), &mut buf).unwrap();
                assert_eq!(
                    fast,
                    canonical(rule, value).as_bytes(),
                    "{} {value}",
                    rule.id
                );
            }
        }
    }

    #[test]
    fn amounts_are_not_numbers_of_their_own() {
        let ok = |t: &str, s: usize, e: usize| number_edges(t.as_bytes(), s, e);
        assert!(!ok("1.13800138000", 2, 13));
        assert!(!ok("13800138000.55", 0, 11));
        assert!(ok("13800138000.0", 0, 11));
        assert!(ok("13800138000.", 0, 11));
        assert!(ok("13800138000,123,4", 0, 11));
        assert!(ok("a,13800138000,123 4", 2, 13));
        assert!(!ok("13800138000%", 0, 11));
        assert!(!ok("¥13800138000", 2, 13));
        assert!(!ok("01-0242-0100194", 3, 15));
        assert!(ok("热线-010-62345678", 7, 19));
    }

    #[test]
    fn six_pairs_of_a_path_are_no_address() {
        assert!(in_path(b"19-9-32-22-14-14-23-37-9", 5, 22));
        assert!(!in_path(b"MAC-00-1A-2B-3C-4D-5E", 4, 21));
        assert!(!in_path(b"01-00-1A-2B-3C-4D-5F", 3, 20));
        assert!(!in_path(b"00:1A:2B:3C:4D:60-2024-01-05", 0, 17));
        assert!(!in_path(b"00-11-22-33-44-55-2024", 0, 17));
    }

    #[test]
    fn groups_of_a_series_are_no_number() {
        for series in ["5211 5212 5213 5214", "4646 4677 4708 4740", "098 099 100"] {
            assert!(in_series(series.as_bytes()), "{series}");
        }
        for number in [
            "4539 5787 6385 9219",
            "6226 0900 0000 0048",
            "138 0013 8000",
            "001 120 4539",
            "5211521252135214",
        ] {
            assert!(!in_series(number.as_bytes()), "{number}");
        }
    }
}
