//! [`Table`]: columns of text that line up in a terminal.

use std::io::{self, Write};
use unicode_width::UnicodeWidthStr;

/// On which side of its column a cell's text stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    Left,
    Right,
}

/// A table whose columns line up where Chinese characters are two columns wide.
#[derive(Debug)]
pub(super) struct Table<'a> {
    sides: &'a [Side],
    rows: Vec<Vec<String>>,
}

impl<'a> Table<'a> {
    pub(super) fn new(sides: &'a [Side]) -> Self {
        Self {
            sides,
            rows: Vec::new(),
        }
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    pub(super) fn write(&self, indent: usize, out: &mut dyn Write) -> io::Result<()> {
        let mut widths = vec![0; self.sides.len()];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.width().max(*width);
            }
        }
        for row in &self.rows {
            let mut line = String::new();
            for ((cell, &width), side) in row.iter().zip(&widths).zip(self.sides) {
                if !line.is_empty() {
                    line.push_str("  ");
                }
                let blank = " ".repeat(width - cell.width());
                match side {
                    Side::Left => line.extend([cell.as_str(), &blank]),
                    Side::Right => line.extend([blank.as_str(), cell]),
                }
            }
            writeln!(out, "{:indent$}{}", "", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_in_the_terminal() {
        let mut table = Table::new(&[Side::Left, Side::Right]);
        table.row(["类型".into(), "数".into()]);
        table.row(["手机 number".into(), "12".into()]);
        let mut out = Vec::new();
        table.write(1, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let widths: Vec<_> = text.lines().map(UnicodeWidthStr::width).collect();
        assert_eq!(widths, [16, 16]);
    }
}
