//! Tables in running text: lines in fields that tabs, bars or wide gaps part, under a line of known names.
//!
//! Reports, statements and the text of PDF pages have them. What the columns hold is worked out as in other
//! tables. A line with fewer fields than the header is read from both ends as far as its fields are single
//! words; what lies between belongs to no column.

use super::{
    Candidate, Found, Pass,
    columns::{self, Named},
    score,
};
use crate::model::{CellAt, CellKind, Charset, Fragment, Headers, Reason};
use std::ops::Range;

/// Bytes of a line of such a table.
const LINE: usize = 2_000;
/// Fields of a line.
const FIELDS: usize = 64;
/// Lines of a table that are looked at.
const LINES: usize = 5_000;
/// Lines between two rows that may be something else: a field that goes on, a ruled line.
const BETWEEN: usize = 2;

/// The line that byte `at` lies in, without its end.
fn line(text: &[u8], at: usize) -> Range<usize> {
    let from = at.saturating_sub(LINE);
    let start = text
        .get(from..at)
        .and_then(|b| memchr::memrchr(b'\n', b))
        .map_or(from, |i| from + i + 1);
    start..line_end(text, at)
}

fn line_end(text: &[u8], at: usize) -> usize {
    let to = text.len().min(at + LINE);
    let end = text
        .get(at..to)
        .and_then(|b| memchr::memchr(b'\n', b))
        .map_or(to, |i| at + i);
    end - usize::from(text.get(end.wrapping_sub(1)) == Some(&b'\r') && end > at)
}

/// Where fields may be parted, from one place to the next. Each byte is looked at once.
struct Parted<'a> {
    text: &'a [u8],
    end: usize,
    charset: Charset,
    mark: usize,
    gap: usize,
    blanks: memchr::memmem::Finder<'static>,
}

impl<'a> Parted<'a> {
    fn new(text: &'a [u8], end: usize, charset: Charset) -> Self {
        Self {
            text,
            end,
            charset,
            mark: 0,
            gap: 0,
            blanks: memchr::memmem::Finder::new(b"  "),
        }
    }

    /// The next such place at or after `from`, which never goes back.
    fn next(&mut self, from: usize) -> Option<usize> {
        let rest = self.text.get(from..self.end)?;
        if self.mark < from || from == 0 {
            let at = match self.charset {
                Charset::Utf8 => memchr::memchr2(b'\t', b'|', rest),
                // A bar may be the second half of a character.
                Charset::Gb18030 => memchr::memchr(b'\t', rest),
            };
            self.mark = at.map_or(self.end, |i| from + i);
        }
        if self.gap < from || from == 0 {
            let at = self.blanks.find(rest);
            self.gap = at.map_or(self.end, |i| from + i);
        }
        let next = self.mark.min(self.gap);
        (next < self.end).then_some(next)
    }
}

/// Fields of a line, without the blanks around them. Empty when it is no row.
fn fields(text: &[u8], line: Range<usize>, charset: Charset, out: &mut Vec<Range<usize>>) {
    out.clear();
    let bar = charset == Charset::Utf8;
    let mut at = line.start;
    let mut start = at;
    let byte = |at: usize| text.get(at).copied().unwrap_or(0);
    while at <= line.end && out.len() < FIELDS {
        let over = at == line.end;
        let mark = !over && (byte(at) == b'\t' || bar && byte(at) == b'|');
        let gap = !over && byte(at) == b' ' && byte(at + 1) == b' ';
        if over || mark || gap {
            push(text, start..at, out);
            if gap {
                while at < line.end && byte(at) == b' ' {
                    at += 1;
                }
                // `a  | b`: the bar parts them.
                if at < line.end && (byte(at) == b'\t' || bar && byte(at) == b'|') {
                    at += 1;
                }
            } else {
                at += 1;
            }
            start = at;
        } else {
            at += 1;
        }
    }
    if out.len() < 3 {
        out.clear();
    }
}

fn push(text: &[u8], range: Range<usize>, out: &mut Vec<Range<usize>>) {
    let raw = text.get(range.clone()).unwrap_or_default();
    let lead = raw.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let tail = raw
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_whitespace())
        .count();
    if lead + tail < raw.len() {
        out.push(range.start + lead..range.end - tail);
    }
}

/// Whether a line may fall into three fields: most lines with a wide gap are only indented.
fn may_be_row(text: &[u8], line: &Range<usize>, charset: Charset) -> bool {
    let bar = charset == Charset::Utf8;
    let line = text.get(line.clone()).unwrap_or_default().trim_ascii();
    let mut parts = 0;
    let mut gap = false;
    for two in line.windows(2) {
        let [a, b] = *two else { continue };
        let wide = a == b' ' && b == b' ';
        parts += u32::from(a == b'\t' || bar && a == b'|' || wide && !gap);
        gap = wide;
    }
    parts >= 2
}

/// Whether a line may name columns: few digits, looked at only as far as needed.
fn may_be_header(text: &[u8], line: &Range<usize>) -> bool {
    let bytes = text.get(line.clone()).unwrap_or_default();
    bytes.len() >= 6 && bytes.iter().filter(|b| b.is_ascii_digit()).nth(3).is_none()
}

/// Whether a field holds more than one word.
fn is_several(text: &[u8], field: &Range<usize>) -> bool {
    text.get(field.clone()).is_some_and(|b| b.contains(&b' '))
}

/// Columns of the fields of a row, from 1; 0 for those that cannot be told.
fn places(text: &[u8], fields: &[Range<usize>], columns: usize) -> Vec<u32> {
    let number = |n: usize| u32::try_from(n).unwrap_or(0);
    let count = fields.len();
    if count >= columns {
        return (1..=count).map(number).collect();
    }
    let several = |f: &Range<usize>| is_several(text, f);
    let first = fields.iter().position(several).unwrap_or(count);
    let last = fields.iter().rposition(several).unwrap_or(0);
    (0..count)
        .map(|i| match i {
            i if i < first => number(i + 1),
            i if i > last => number(columns - count + i + 1),
            _ => 0,
        })
        .collect()
}

impl Pass<'_> {
    /// Adds what follows from the columns of tables in running text.
    pub(super) fn take_aligned(&mut self, fragment: &Fragment<'_>) {
        let text = fragment.bytes;
        let mut at = fragment.own.start;
        let mut row = Vec::new();
        let mut parted = Parted::new(text, fragment.own.end, fragment.charset);
        while let Some(spot) = parted.next(at) {
            let head = line(text, spot);
            // Blanks at the start of a line part nothing.
            let lead = text.get(head.clone()).unwrap_or_default();
            let lead = lead.iter().take_while(|b| matches!(b, b' ' | b'\t'));
            let first = head.start + lead.count();
            if spot < first && parted.next(first).is_none_or(|next| next >= head.end) {
                at = head.end + 1;
                continue;
            }
            at = head.end + 1;
            if !may_be_row(text, &head, fragment.charset)
                || !may_be_header(text, &head)
                || !self.names_columns(fragment, head.clone(), &mut row)
            {
                continue;
            }
            at = self.table_below(fragment, head, &mut row).max(at);
        }
    }

    /// Whether two fields of a line, and a third of all, are names of columns.
    fn names_columns(
        &mut self,
        fragment: &Fragment<'_>,
        line: Range<usize>,
        row: &mut Vec<Range<usize>>,
    ) -> bool {
        fields(fragment.bytes, line, fragment.charset, row);
        let named = |field: &&Range<usize>| {
            let raw = fragment.bytes.get((*field).clone()).unwrap_or_default();
            raw.len() <= 48
                && self
                    .detector
                    .dictionary
                    .look_up(&super::text_of(raw, fragment.charset), true)
                    != Named::Unknown
        };
        let known = row.iter().filter(named).count();
        known >= 2 && known * 3 >= row.len()
    }

    /// Reads the rows under a header and gives where they end.
    fn table_below(
        &mut self,
        fragment: &Fragment<'_>,
        head: Range<usize>,
        row: &mut Vec<Range<usize>>,
    ) -> usize {
        let text = fragment.bytes;
        let columns = row.len();
        let mut cells = Vec::new();
        let mut end = head.end;
        let (mut next, mut number, mut others) = (head, 0u32, 0);
        for _ in 0..LINES {
            fields(text, next.clone(), fragment.charset, row);
            if row.len() >= 2 && row.len() <= columns + 2 {
                let places = places(text, row, columns);
                for (field, &column) in row.iter().zip(&places).filter(|(_, c)| **c > 0) {
                    cells.push(CellAt {
                        row: number,
                        column,
                        start: u32::try_from(field.start).unwrap_or(u32::MAX),
                        end: u32::try_from(field.end).unwrap_or(u32::MAX),
                        kind: CellKind::Text,
                    });
                }
                number += 1;
                others = 0;
                end = next.end;
            } else {
                others += 1;
            }
            let from = text
                .get(next.end..)
                .and_then(|b| memchr::memchr(b'\n', b))
                .map(|i| next.end + i + 1);
            let Some(from) = from.filter(|f| *f < text.len() && others <= BETWEEN) else {
                break;
            };
            next = from..line_end(text, from);
        }
        if number >= 2 {
            self.read_table(fragment, &cells);
        }
        end + 1
    }

    fn read_table(&mut self, fragment: &Fragment<'_>, cells: &[CellAt]) {
        let mut candidates: Vec<Candidate> = Vec::new();
        let mut at = 0;
        for c in &self.candidates {
            while cells.get(at).is_some_and(|cell| cell.end <= c.start) {
                at += 1;
            }
            let Some(cell) = cells.get(at) else { break };
            if cell.start <= c.start && c.end <= cell.end {
                let cell = u32::try_from(at).unwrap_or(u32::MAX);
                candidates.push(Candidate { cell, ..*c });
            }
        }
        let block = columns::Block {
            bytes: fragment.bytes,
            charset: fragment.charset,
            cells,
            first_row: 1,
            candidates: &candidates,
        };
        let plans = columns::plan(self.detector, Headers::InText, &block);
        if plans.iter().all(|p| p.columns.is_empty()) {
            return;
        }
        // Numbers of a column that says it holds something else.
        self.found.retain(|f| {
            let at = cells.partition_point(|c| c.end <= f.start);
            let cell = cells
                .get(at)
                .filter(|c| c.start <= f.start && f.end <= c.end);
            let negative = cell
                .and_then(|c| score::column_of(&plans, 1, c))
                .is_some_and(|c| c.negative);
            !negative || f.reasons.has(Reason::Check) || f.reasons.has(Reason::Label)
        });
        let first = self.found.len();
        score::in_table(
            self.detector,
            fragment,
            1,
            cells,
            &plans,
            &candidates,
            &mut self.found,
        );
        // Half a number in a field goes on in the next line; together they are found as a value over a line end.
        let text = fragment.bytes;
        let piece = |f: &Found| {
            let bytes = text.get(f.range()).unwrap_or_default();
            let value = super::text_of(bytes, fragment.charset);
            f.reasons.has(Reason::Damaged) && value.chars().filter(|c| c.is_numeric()).count() < 11
        };
        let new: Vec<Found> = self.found.drain(first..).collect();
        self.found
            .extend(new.into_iter().filter(|f| !piece(f)).map(|f| Found {
                cell: Found::NO_CELL,
                ..f
            }));
    }
}

#[cfg(test)]
mod tests {
    use super::super::Detector;
    use super::*;

    fn found(text: &str) -> Vec<(String, String)> {
        let rules = std::sync::Arc::new(crate::rules::RuleSet::builtin().unwrap());
        let detector = Detector::new(rules, 50).unwrap();
        let mut pass = detector.begin();
        let fragment = Fragment::whole(&[], text, None);
        pass.text(&fragment)
            .iter()
            .map(|f| {
                let id = detector.rule(f.rule).unwrap().id.clone();
                (id, text[f.range()].to_owned())
            })
            .collect()
    }

    proptest::proptest! {
        /// What is passed over would have been no row.
        #[test]
        fn lines_passed_over_are_no_rows(line in "[ab |\\t]{0,20}") {
            for charset in [Charset::Utf8, Charset::Gb18030] {
                let (text, range) = (line.as_bytes(), 0..line.len());
                let mut out = Vec::new();
                fields(text, range.clone(), charset, &mut out);
                proptest::prop_assert!(out.is_empty() || may_be_row(text, &range, charset));
            }
        }
    }

    #[test]
    fn fields_by_tabs_bars_and_gaps() {
        let mut out = Vec::new();
        for (text, expected) in [
            ("a\tb\tc", vec!["a", "b", "c"]),
            ("| a | b c | d |", vec!["a", "b c", "d"]),
            ("a    b c   d", vec!["a", "b c", "d"]),
            ("a   | b |  c", vec!["a", "b", "c"]),
            ("a  b", vec![]),
        ] {
            fields(text.as_bytes(), 0..text.len(), Charset::Utf8, &mut out);
            let texts: Vec<&str> = out.iter().map(|r| &text[r.clone()]).collect();
            assert_eq!(texts, expected, "{text}");
        }
    }

    #[test]
    fn columns_of_a_report() {
        for gap in ["\t", "   ", " | "] {
            let text = [
                ["姓名", "资金账号", "上海A股", "备注"],
                ["巫小芳", "8001234567", "A123456789", "无"],
                ["东方英", "8001234568", "A123456780", "无"],
            ]
            .map(|row| row.join(gap))
            .join("\n");
            let all = found(&format!("月度报表\n{text}\n合计 2 人\n"));
            let of = |rule: &str| {
                let values = all.iter().filter(|(id, _)| id == rule);
                values.map(|(_, v)| v.as_str()).collect::<Vec<_>>()
            };
            assert_eq!(of("cn.person"), ["巫小芳", "东方英"], "{gap:?}");
            assert_eq!(of("cn.fund-account"), ["8001234567", "8001234568"]);
            assert_eq!(of("cn.sh-account"), ["A123456789", "A123456780"]);
        }
    }

    #[test]
    fn rows_with_missing_fields_are_read_from_both_ends() {
        let text = "序号\t姓名\t证件号码\t部门\t资金账号\n1\t巫小芳\t110105 19491231 002X 财务部\t8001234567\n2\t东方英\t310101199003070000\t财务部\t8001234568\n";
        let all = found(text);
        assert!(
            all.contains(&("cn.person".into(), "巫小芳".into())),
            "{all:?}"
        );
        assert!(all.contains(&("cn.fund-account".into(), "8001234567".into())));
    }

    #[test]
    fn a_negative_column_holds_none() {
        let text = "订单号\t金额\t经办\n13800138000\t1.00\t王\n13800138001\t2.00\t李\n13800138002\t3.00\t张\n";
        let all = found(text);
        assert!(all.iter().all(|(id, _)| id != "cn.mobile"), "{all:?}");
    }

    #[test]
    fn hostile_text_ends() {
        let text = "姓名\t电话\t地址\n".repeat(3_000) + &"\t".repeat(5_000) + &"  |".repeat(9_000);
        found(&text);
    }
}
