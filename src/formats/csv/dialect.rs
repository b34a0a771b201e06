//! How a table is written, and whether a text is one at all.

use super::split::{Dialect, Rows};
use std::collections::BTreeMap;

/// Bytes that are looked at.
const HEAD: usize = 64 << 10;
/// Rows that are looked at.
const ROWS: usize = 200;

/// How well a delimiter divides a text.
struct Trial {
    dialect: Dialect,
    rows: usize,
    /// Rows with as many columns as most have.
    even: usize,
    /// Cells after the first of their row, and how many of those begin with a blank.
    inner: usize,
    blank: usize,
    cells: usize,
    /// Blanks in all cells.
    spaces: usize,
}

impl Trial {
    /// Rows that agree, and columns: the more the better.
    fn rank(&self) -> (usize, u32) {
        (self.even * 100 / self.rows.max(1), self.dialect.columns)
    }
}

/// The dialect of a table by its first bytes (ASCII-compatible), `None` when no delimiter divides it.
/// `whole` when these bytes are all there is.
pub(in super::super) fn detect(head: &[u8], whole: bool, gb: bool) -> Option<Dialect> {
    let head = head.get(..HEAD).unwrap_or(head);
    let newline = if memchr::memchr(b'\n', head).is_none() && head.contains(&b'\r') {
        b'\r'
    } else {
        b'\n'
    };
    if let Some((delimiter, lead)) = separator_line(head) {
        return Some(Dialect {
            delimiter,
            newline,
            columns: 0,
            lead,
        });
    }
    best(head, whole, gb, newline)
        .filter(|t| t.dialect.columns >= 2)
        .map(|t| t.dialect)
}

fn best(head: &[u8], whole: bool, gb: bool, newline: u8) -> Option<Trial> {
    b",\t|;"
        .iter()
        .map(|&delimiter| {
            let dialect = Dialect {
                delimiter,
                newline,
                columns: 0,
                lead: 0,
            };
            measure(head, whole, gb, dialect)
        })
        .filter(|t| t.dialect.columns >= 2)
        .max_by_key(Trial::rank)
}

/// A cheap look that spares ordinary text the trial of every delimiter: of the first lines, most must
/// hold some delimiter twice or more.
fn may_be_table(head: &[u8]) -> bool {
    let lines = || head.split(|&b| b == b'\n').take(12);
    b",\t|;".iter().any(|&delimiter| {
        let twice = |line: &[u8]| memchr::memchr_iter(delimiter, line).nth(1).is_some();
        lines().filter(|line| twice(line)).count() >= 4
    })
}

/// Whether a text is so regular that it is a table whatever its name: five rows or more, three columns or
/// more, nineteen of twenty rows alike, and its cells are no clauses of sentences.
pub(in super::super) fn is_table(head: &[u8], gb: bool) -> bool {
    let newline = b'\n';
    if separator_line(head).is_some() {
        return true;
    }
    if !may_be_table(head) {
        return false;
    }
    best(head, false, gb, newline).is_some_and(|t| {
        t.rows >= 5
            && t.dialect.columns >= 3
            && t.even * 20 >= t.rows * 19
            && t.blank * 4 <= t.inner
            && t.spaces <= t.cells
    })
}

/// `sep=;` and its length with the line end.
fn separator_line(head: &[u8]) -> Option<(u8, usize)> {
    let rest = head.strip_prefix(b"sep=")?;
    let (&delimiter, rest) = rest.split_first()?;
    let end = match rest {
        [b'\r', b'\n', ..] => 2,
        [b'\n' | b'\r', ..] => 1,
        _ => return None,
    };
    (!delimiter.is_ascii_alphanumeric() && delimiter.is_ascii() && delimiter != b'"')
        .then_some((delimiter, 5 + end))
}

fn measure(head: &[u8], whole: bool, gb: bool, dialect: Dialect) -> Trial {
    let mut cells = Vec::new();
    Rows::new(head, dialect, gb).split(0, head.len(), whole, 0, &mut cells);
    let mut widths: BTreeMap<u32, usize> = BTreeMap::new();
    let mut trial = Trial {
        dialect,
        rows: 0,
        even: 0,
        inner: 0,
        blank: 0,
        cells: 0,
        spaces: 0,
    };
    for row in cells.chunk_by(|a, b| a.row == b.row).take(ROWS) {
        let Some(last) = row.last() else { continue };
        trial.rows += 1;
        *widths.entry(last.column).or_default() += 1;
        for cell in row {
            let text = head.get(cell.range()).unwrap_or_default();
            trial.cells += 1;
            trial.spaces += memchr::memchr_iter(b' ', text).count();
            if cell.column > 1 {
                trial.inner += 1;
                trial.blank += usize::from(text.first() == Some(&b' '));
            }
        }
    }
    if let Some((&columns, &even)) = widths.iter().max_by_key(|&(columns, n)| (n, columns)) {
        trial.dialect.columns = columns;
        trial.even = even;
    }
    trial
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delimiter(text: &str) -> Option<u8> {
        detect(text.as_bytes(), true, false).map(|d| d.delimiter)
    }

    #[test]
    fn each_delimiter_is_found() {
        assert_eq!(delimiter("a,b,c\n1,2,3\n"), Some(b','));
        assert_eq!(delimiter("a;b;c\n1,5;2,5;3,5\n1,5;2;3,5\n"), Some(b';'));
        assert_eq!(delimiter("a\tb\n1,2\t3,4\n"), Some(b'\t'));
        assert_eq!(delimiter("a|b|\"c,d\"\n1|2|3\n"), Some(b'|'));
        assert_eq!(delimiter("sep=;\r\na;b,c\r\n"), Some(b';'));
        assert_eq!(delimiter("name\nonly\n"), None);
    }

    #[test]
    fn prose_logs_and_code_are_no_tables() {
        for text in [
            "Dear Sir, we thank you, and regret, that\nwe, as said, are, not able\nto, well, do, so\nor, if so, not, now\nand, in short, never, ever\n",
            "2024-01-01 10:00:00,123 INFO [main] started, all is well with it, really so\n"
                .repeat(9)
                .as_str(),
            "fn f(a: u8, b: u8, c: u8) {\n    g(a, b, c);\n    h(c, b, a);\n    g(a, b, c);\n    x(a, b, c);\n}\n",
            "一，二，三\n四，五，六\n",
        ] {
            assert!(!is_table(text.as_bytes(), false), "{text}");
        }
        let table = "编号|姓名|电话\n".to_owned() + &"1|张三|13800138000\n".repeat(6);
        assert!(is_table(table.as_bytes(), false));
    }
}
