//! Splitting bytes into rows and cells: one pass, eight bytes at a time.
//!
//! Quoting is RFC 4180's, with the tolerance that spreadsheets have: a quote opens a field only where the
//! field begins (after blanks or `=`), a doubled one is a quote, and what stands behind the closing one
//! belongs to the field. A delimiter that is the second byte of a GBK character is none.

use crate::model::{CellAt, CellKind};

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Dialect {
    /// Between cells.
    pub(in super::super) delimiter: u8,
    /// Ends a row: `\n`, or `\r` where no `\n` is used.
    pub(in super::super) newline: u8,
    /// Columns of most rows.
    pub(in super::super) columns: u32,
    /// Bytes of a `sep=` line before the table.
    pub(in super::super) lead: usize,
}

/// Where a row scan stands between bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in super::super) struct Inside {
    /// In a quoted field.
    pub(in super::super) quoted: bool,
    /// Not at the start of a field.
    pub(in super::super) field: bool,
}

/// What a split came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in super::super) struct Outcome {
    /// One past the last whole row.
    pub(in super::super) end: usize,
    /// Whole rows.
    pub(in super::super) rows: u32,
    /// A row began at `end` and did not end before the bytes did; whether inside a quoted field.
    pub(in super::super) open: Option<bool>,
    /// Whether the watched offset lies inside a quoted field.
    pub(in super::super) quoted: bool,
}

const ONES: u64 = 0x0101_0101_0101_0101;
const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;

/// 0x80 in each byte of `word` that equals the byte repeated in `pattern`, 0 elsewhere.
fn equal(word: u64, pattern: u64) -> u64 {
    let x = word ^ pattern;
    !(((x & LOW) + LOW) | x | LOW)
}

/// Offsets of three bytes in a slice, in order.
struct Marks<'a> {
    patterns: [u64; 3],
    rest: &'a [u8],
    at: usize,
    mask: u64,
}

impl<'a> Marks<'a> {
    fn new(bytes: &'a [u8], from: usize, marks: [u8; 3]) -> Self {
        Self {
            patterns: marks.map(|m| u64::from(m) * ONES),
            rest: bytes.get(from..).unwrap_or_default(),
            at: from,
            mask: 0,
        }
    }

    fn load(&mut self) -> bool {
        let [a, b, c] = self.patterns;
        while let Some((chunk, rest)) = self.rest.split_first_chunk::<8>() {
            let word = u64::from_le_bytes(*chunk);
            self.mask = equal(word, a) | equal(word, b) | equal(word, c);
            self.rest = rest;
            self.at += 8;
            if self.mask != 0 {
                return true;
            }
        }
        if self.rest.is_empty() {
            return false;
        }
        let mut last = [0; 8];
        for (slot, &b) in last.iter_mut().zip(self.rest) {
            *slot = b;
        }
        let word = u64::from_le_bytes(last);
        let beyond = !0 << (self.rest.len() * 8);
        self.mask = (equal(word, a) | equal(word, b) | equal(word, c)) & !beyond;
        self.rest = &[];
        self.at += 8;
        self.mask != 0
    }
}

impl Iterator for Marks<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.mask == 0 && !self.load() {
            return None;
        }
        let at = self.at - 8 + (self.mask.trailing_zeros() / 8) as usize;
        self.mask &= self.mask - 1;
        Some(at)
    }
}

/// Rows of a table in memory.
pub(in super::super) struct Rows<'a> {
    bytes: &'a [u8],
    dialect: Dialect,
    /// Whether a delimiter can be part of a character.
    inside_characters: bool,
}

impl<'a> Rows<'a> {
    /// Rows in these bytes; `gb` when they are raw GB 18030.
    pub(in super::super) fn new(bytes: &'a [u8], dialect: Dialect, gb: bool) -> Self {
        Self {
            bytes,
            dialect,
            inside_characters: gb && dialect.delimiter >= 0x40,
        }
    }

    /// Splits rows that start at or after `from` and before `until`, until the end of the bytes, and adds
    /// their cells, with offsets counted from `from`. `last` when nothing follows the bytes. The state at
    /// `watch` is noted.
    pub(in super::super) fn split(
        &self,
        from: usize,
        until: usize,
        last: bool,
        watch: usize,
        cells: &mut Vec<CellAt>,
    ) -> Outcome {
        let Dialect {
            delimiter, newline, ..
        } = self.dialect;
        let mut out = Outcome {
            end: from,
            ..Outcome::default()
        };
        if from >= until {
            return out;
        }
        let mut watched = watch <= from;
        let mut row_cells = cells.len();
        let (mut start, mut column) = (from, 1);
        // Where the open quoted field's content starts, and whether it is still open.
        let (mut quote, mut quoted) = (None, false);
        let mut twin = usize::MAX;
        let mut whole = from;
        for at in Marks::new(self.bytes, from, [delimiter, newline, b'"']) {
            if !watched && at >= watch {
                out.quoted = quoted;
                watched = true;
            }
            let mark = self.bytes.get(at).copied().unwrap_or_default();
            if mark == b'"' {
                if quoted {
                    if at == twin {
                    } else if self.bytes.get(at + 1) == Some(&b'"') {
                        twin = at + 1;
                    } else {
                        quoted = false;
                    }
                } else if quote.is_none() && self.opens(start, at) {
                    quoted = true;
                    quote = Some(at + 1);
                }
                continue;
            }
            if quoted || (self.inside_characters && self.is_second(start, at, &mut whole)) {
                continue;
            }
            let line_end = mark == newline;
            let lone = line_end && column == 1 && quote.is_none();
            if !lone || self.content_end(start, at, true) > start {
                self.push(from, out.rows, column, (start, at), quote, line_end, cells);
            }
            start = at + 1;
            whole = start;
            quote = None;
            if line_end {
                out.rows += 1;
                out.end = start;
                column = 1;
                row_cells = cells.len();
                if start >= until {
                    break;
                }
            } else {
                column += 1;
            }
        }
        if !watched {
            out.quoted = quoted;
        }
        if out.end < until && out.end < self.bytes.len() {
            if last && !quoted {
                let end = self.bytes.len();
                self.push(from, out.rows, column, (start, end), quote, true, cells);
                out.rows += 1;
                out.end = end;
            } else {
                cells.truncate(row_cells);
                out.open = Some(quoted);
            }
        }
        out
    }

    /// Whether a quote at `at` opens the field that starts at `start`.
    #[inline]
    fn opens(&self, start: usize, at: usize) -> bool {
        at == start
            || self
                .bytes
                .get(start..at)
                .is_some_and(|s| s.len() < 16 && s.iter().all(|b| matches!(b, b' ' | b'=')))
    }

    /// Whether the byte at `at` is the second of a character. `whole` is a known start of one.
    fn is_second(&self, start: usize, at: usize, whole: &mut usize) -> bool {
        if at == start || self.bytes.get(at - 1).is_none_or(|&b| b < 0x81) {
            return false;
        }
        let mut i = *whole;
        while i < at {
            *whole = i;
            i += match self.bytes.get(i) {
                Some(&b) if b >= 0x81 => match self.bytes.get(i + 1) {
                    Some(d) if d.is_ascii_digit() => 4,
                    _ => 2,
                },
                _ => 1,
            };
        }
        if i == at {
            *whole = i;
        }
        i > at
    }

    fn content_end(&self, start: usize, end: usize, line_end: bool) -> usize {
        let trim = line_end && end > start && self.bytes.get(end - 1) == Some(&b'\r');
        end - usize::from(trim)
    }

    /// Adds a cell without its quotes and guards.
    #[inline]
    #[expect(clippy::too_many_arguments, reason = "inlined into the one loop")]
    fn push(
        &self,
        from: usize,
        row: u32,
        column: u32,
        (start, end): (usize, usize),
        quote: Option<usize>,
        line_end: bool,
        cells: &mut Vec<CellAt>,
    ) {
        let mut end = self.content_end(start, end, line_end);
        let mut start = start;
        if let Some(inner) = quote {
            start = inner.min(end);
            if end > start && self.bytes.get(end - 1) == Some(&b'"') {
                end -= 1;
            }
            let inside = self.bytes.get(start..end).unwrap_or_default();
            if inside.len() >= 5 && inside.starts_with(b"=\"\"") && inside.ends_with(b"\"\"") {
                start += 3;
                end -= 2;
            }
        }
        if end > start && matches!(self.bytes.get(start), Some(b'\'' | b'\t')) {
            start += 1;
        }
        let place = |n: usize| u32::try_from(n - from).unwrap_or(u32::MAX);
        cells.push(CellAt {
            row,
            column,
            start: place(start),
            end: place(end),
            kind: CellKind::Text,
        });
    }

    /// The end of the row that `from` lies in, given where in it that is: one past its line end.
    ///
    /// # Errors
    /// Where in the row the bytes end, when it does not.
    pub(in super::super) fn row_end(&self, from: usize, inside: Inside) -> Result<usize, Inside> {
        let Dialect {
            delimiter, newline, ..
        } = self.dialect;
        let mut quoted = inside.quoted;
        let mut start = if inside.field { None } else { Some(from) };
        let mut twin = usize::MAX;
        for at in Marks::new(self.bytes, from, [delimiter, newline, b'"']) {
            match self.bytes.get(at) {
                Some(b'"') if quoted => {
                    if at == twin {
                    } else if self.bytes.get(at + 1) == Some(&b'"') {
                        twin = at + 1;
                    } else {
                        quoted = false;
                    }
                }
                Some(b'"') => quoted = start.take().is_some_and(|s| self.opens(s, at)),
                _ if quoted => {}
                Some(&b) if b == newline => return Ok(at + 1),
                _ => start = Some(at + 1),
            }
        }
        Err(Inside {
            quoted,
            field: quoted || start != Some(self.bytes.len()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COMMA: Dialect = Dialect {
        delimiter: b',',
        newline: b'\n',
        columns: 0,
        lead: 0,
    };

    fn cells(text: &[u8], dialect: Dialect, gb: bool) -> Vec<(u32, u32, Vec<u8>)> {
        let mut cells = Vec::new();
        let out = Rows::new(text, dialect, gb).split(0, text.len(), true, 0, &mut cells);
        assert_eq!((out.open, out.end), (None, text.len()));
        cells
            .iter()
            .map(|c| (c.row, c.column, text.get(c.range()).unwrap().to_vec()))
            .collect()
    }

    fn shown(text: &str) -> Vec<String> {
        cells(text.as_bytes(), COMMA, false)
            .into_iter()
            .map(|(r, c, t)| format!("{r}.{c}={}", String::from_utf8(t).unwrap()))
            .collect()
    }

    #[test]
    fn quotes_guards_and_line_ends() {
        assert_eq!(
            shown(
                "a,\"b\nc\",\"d\"\"e\"\r\n=\"0123\",'456,\t789\n\n,x,\n\"=\"\"007\"\"\",5\" pipe,z"
            ),
            [
                "0.1=a",
                "0.2=b\nc",
                "0.3=d\"\"e",
                "1.1=0123",
                "1.2=456",
                "1.3=789",
                "3.1=",
                "3.2=x",
                "3.3=",
                "4.1=007",
                "4.2=5\" pipe",
                "4.3=z"
            ]
        );
    }

    #[test]
    fn a_bar_inside_a_gbk_character_does_not_split() {
        let bar = Dialect {
            delimiter: b'|',
            ..COMMA
        };
        // 0x81 0x7C is U+4E72 in GBK; 0xD5 0xC5 is 张.
        let text = b"\x81\x7C|\xD5\xC5|\xD5\xC5\x81\x7C|1";
        let got: Vec<_> = cells(text, bar, true).into_iter().map(|c| c.2).collect();
        assert_eq!(
            got,
            [
                b"\x81\x7C".to_vec(),
                b"\xD5\xC5".to_vec(),
                b"\xD5\xC5\x81\x7C".to_vec(),
                b"1".to_vec()
            ]
        );
    }

    #[test]
    fn an_open_quote_is_told() {
        let text = b"a,b\nc,\"d\ne,f\n";
        let mut cells = Vec::new();
        let out = Rows::new(text, COMMA, false).split(0, text.len(), true, 6, &mut cells);
        assert_eq!((out.open, out.end, out.rows), (Some(true), 4, 1));
        assert_eq!(cells.len(), 2);
    }

    proptest! {
        #[test]
        fn cells_are_those_of_the_csv_crate(rows in proptest::collection::vec(
                proptest::collection::vec("[a-z0-9 ,\"\n]{0,12}", 2..5), 1..6)) {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = writer.into_inner().unwrap();
            let got = cells(&text, COMMA, false);
            let mut expected = Vec::new();
            for (r, row) in rows.iter().enumerate() {
                for (c, cell) in row.iter().enumerate() {
                    let raw = cell.replace('"', "\"\"").into_bytes();
                    expected.push((u32::try_from(r).unwrap(), u32::try_from(c + 1).unwrap(), raw));
                }
            }
            prop_assert_eq!(got, expected);
        }

        #[test]
        fn marks_are_where_the_bytes_are(bytes in proptest::collection::vec(prop_oneof![Just(b','), Just(b'\n'), Just(b'"'), any::<u8>()], 0..70), from in 0..9usize) {
            let got: Vec<_> = Marks::new(&bytes, from, [b',', b'\n', b'"']).collect();
            let expected: Vec<_> = (from..bytes.len()).filter(|&i| matches!(bytes[i], b',' | b'\n' | b'"')).collect();
            prop_assert_eq!(got, expected);
        }

        #[test]
        fn any_bytes_give_cells_in_order(bytes in proptest::collection::vec(prop_oneof![Just(b'|'), Just(b'\n'), Just(b'"'), any::<u8>()], 0..90), gb: bool) {
            let bar = Dialect { delimiter: b'|', ..COMMA };
            let mut cells = Vec::new();
            Rows::new(&bytes, bar, gb).split(0, bytes.len(), false, 10, &mut cells);
            let mut last = 0;
            for c in cells {
                prop_assert!(c.start >= last && c.end >= c.start && c.end as usize <= bytes.len());
                last = c.end;
            }
        }
    }
}
