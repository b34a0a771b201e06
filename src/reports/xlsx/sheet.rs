//! [`Sheet`]: a table with a header that stays in sight, filters, and cells that are what they look like.

use super::MOST_ROWS;
use crate::{
    reports::safe,
    words::{Language, ReportWord},
};
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

/// Characters of a cell at most, below the 32,767 that programs take.
const MOST_CHARS: usize = 32_000;

/// How a cell of a column looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Number,
    /// A share of one, shown in percent.
    Percent,
    /// A day, counted from 1970.
    Day,
}

/// One cell.
#[derive(Debug, Clone)]
pub(super) enum Cell<'a> {
    Text(&'a str),
    Number(u64),
    Percent(f64),
    Day(i64),
    Empty,
}

/// A table on a sheet of its own.
pub(super) struct Sheet {
    page: Worksheet,
    columns: Vec<Kind>,
    row: u32,
    left_out: u64,
    looks: Looks,
}

/// The formats of cells.
pub(super) struct Looks {
    pub(super) head: Format,
    pub(super) title: Format,
    pub(super) label: Format,
    text: Format,
    quoted: Format,
    number: Format,
    percent: Format,
    day: Format,
}

impl Looks {
    pub(super) fn new() -> Self {
        let base = || Format::new().set_font_size(10);
        Self {
            head: base()
                .set_bold()
                .set_font_color(Color::White)
                .set_background_color(Color::RGB(0x33_46_D3))
                .set_border_bottom(FormatBorder::Thin)
                .set_align(FormatAlign::VerticalCenter)
                .set_text_wrap(),
            title: Format::new().set_bold().set_font_size(16),
            label: base().set_font_color(Color::RGB(0x5A_65_79)),
            text: base(),
            quoted: base().set_quote_prefix(),
            number: base().set_num_format("#,##0"),
            percent: base().set_num_format("0%"),
            day: base().set_num_format("yyyy-mm-dd"),
        }
    }
}

/// Writes a cell where it belongs.
#[expect(
    clippy::cast_precision_loss,
    reason = "sheets know floating point numbers alone: exact up to 2^53"
)]
pub(super) fn put(
    sheet: &mut Worksheet,
    looks: &Looks,
    (row, column): (u32, u16),
    cell: &Cell<'_>,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Text(text) => {
            let line: String = safe::line(text).chars().take(MOST_CHARS).collect();
            let is_formula = safe::cell(&line).starts_with('\'') && !line.starts_with('\'');
            let look = if is_formula {
                &looks.quoted
            } else {
                &looks.text
            };
            sheet.write_string_with_format(row, column, line, look)?;
        }
        Cell::Number(n) => {
            sheet.write_number_with_format(row, column, *n as f64, &looks.number)?;
        }
        Cell::Percent(share) => {
            sheet.write_number_with_format(row, column, *share, &looks.percent)?;
        }
        Cell::Day(days) => {
            // Day 25,569 of spreadsheets is 1 January 1970; they know none before 1900 or after 9999.
            let serial = days.saturating_add(25_569);
            if (1..2_958_466).contains(&serial) {
                sheet.write_number_with_format(row, column, serial as f64, &looks.day)?;
            }
        }
        Cell::Empty => {}
    }
    Ok(())
}

impl Sheet {
    /// A sheet of this name with these columns: title, kind and width in characters.
    pub(super) fn new(
        book: &mut Workbook,
        name: &str,
        columns: &[(&str, Kind, f64)],
    ) -> Result<Self, XlsxError> {
        let mut sheet = book.new_worksheet_with_constant_memory()?;
        sheet.set_name(name)?;
        let looks = Looks::new();
        sheet.set_row_height(0, 30)?;
        for (at, (title, _, width)) in (0_u16..).zip(columns) {
            sheet.set_column_width(at, *width)?;
            sheet.write_string_with_format(0, at, *title, &looks.head)?;
        }
        sheet.set_freeze_panes(1, 1)?;
        Ok(Self {
            page: sheet,
            columns: columns.iter().map(|c| c.1).collect(),
            row: 1,
            left_out: 0,
            looks,
        })
    }

    /// Writes a row, or counts it when the sheet is full.
    pub(super) fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), XlsxError> {
        if self.row > MOST_ROWS {
            self.left_out += 1;
            return Ok(());
        }
        for ((at, cell), kind) in (0_u16..).zip(cells).zip(&self.columns) {
            debug_assert!(
                matches!(
                    (cell, kind),
                    (Cell::Text(_), Kind::Text)
                        | (Cell::Number(_), Kind::Number)
                        | (Cell::Percent(_), Kind::Percent)
                        | (Cell::Day(_), Kind::Day)
                        | (Cell::Empty, _)
                ),
                "a cell of another kind than its column"
            );
            put(&mut self.page, &self.looks, (self.row, at), cell)?;
        }
        self.row += 1;
        Ok(())
    }

    /// Counts rows that were left out before they came here.
    pub(super) fn leave_out(&mut self, rows: u64) {
        self.left_out += rows;
    }

    /// The sheet, with its filters and a note on what it leaves out.
    pub(super) fn finish(mut self, language: Language) -> Result<Worksheet, XlsxError> {
        let last = u16::try_from(self.columns.len().saturating_sub(1)).unwrap_or(0);
        self.page.autofilter(0, 0, self.row.max(2) - 1, last)?;
        if self.left_out > 0 {
            let note = ReportWord::RowsLeftOut.fill(language, &[&self.left_out]);
            let at = (self.row + 1, 0);
            put(&mut self.page, &self.looks, at, &Cell::Text(&note))?;
        }
        self.page.set_landscape();
        self.page.set_repeat_rows(0, 0)?;
        Ok(self.page)
    }
}
