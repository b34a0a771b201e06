//! A workbook: summary, files, columns, persons, gaps. Standard: ECMA-376 (Office Open XML).
//!
//! Every text is a string cell, never a formula or link; one that begins like a formula also has the mark
//! (`quotePrefix`) that keeps it text when somebody edits the cell or saves the sheet as CSV.

mod sheet;
mod sheets;

use super::{
    overview::{Given, Limits, Overview},
    told::Records,
};
use crate::words::ReportWord;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};
use std::{
    io::{self, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

/// Rows of one sheet at most, so that a workbook stays within memory and within what people can open.
pub const MOST_ROWS: u32 = 150_000;

/// Writes the whole workbook. Rows wait in unnamed files in the folder `scratch`, not in memory; they are gone
/// when it ends, however it ends.
///
/// # Errors
/// Those of the records and of the output.
pub fn write(
    records: &dyn Records,
    given: &Given<'_>,
    limits: Limits,
    scratch: &Path,
    out: &mut dyn Write,
) -> io::Result<()> {
    // The library panics when it cannot write its rows.
    let made = catch_unwind(AssertUnwindSafe(|| made(records, given, limits, scratch)));
    let full = || io::Error::other("the workbook could not be made; is there room on the disk?");
    out.write_all(&made.unwrap_or_else(|_| Err(full()))?)
}

fn made(
    records: &dyn Records,
    given: &Given<'_>,
    limits: Limits,
    scratch: &Path,
) -> io::Result<Vec<u8>> {
    let mut book = Workbook::new();
    book.set_tempdir(scratch).map_err(failed)?;
    let mut columns = sheets::columns(&mut book, given.language).map_err(failed)?;
    let mut gaps = sheets::gaps(&mut book, given.language).map_err(failed)?;
    let all = Overview::of(records, given.rules.to_vec(), limits, &mut |told, _, _| {
        sheets::add_columns(&mut columns, told, given).map_err(failed)?;
        sheets::add_gaps(&mut gaps, told, given).map_err(failed)
    })?;
    let made = ExcelDateTime::parse_from_str(given.run.made.trim_end_matches('Z'))
        .or_else(|_| ExcelDateTime::from_ymd(2000, 1, 1))
        .map_err(failed)?;
    let title = ReportWord::Title.text(given.language);
    book.set_properties(
        &DocProperties::new()
            .set_title(title)
            .set_author("inkout")
            .set_creation_datetime(&made),
    );
    let all_sheets = vec![
        sheets::summary(&all, given).map_err(failed)?,
        sheets::files(&mut book, &all, given).map_err(failed)?,
        columns.finish(given.language).map_err(failed)?,
        sheets::persons(&mut book, &all, given).map_err(failed)?,
        gaps.finish(given.language).map_err(failed)?,
    ];
    for sheet in all_sheets {
        book.push_worksheet(sheet);
    }
    book.save_to_buffer().map_err(failed)
}

fn failed(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        // Its text could quote a cell.
        _ => io::Error::other("the workbook could not be made"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{reports::fixture, words::Language};
    use calamine::{Data, Reader, Xlsx};

    #[test]
    fn the_sheets_hold_the_facts_and_no_value() {
        let rules = fixture::rules();
        let run = fixture::run();
        for language in Language::ALL {
            let given = Given {
                language,
                ..fixture::given(&rules, &run)
            };
            let mut out = Vec::new();
            write(
                &fixture::Share::new(false),
                &given,
                Limits::default(),
                &std::env::temp_dir(),
                &mut out,
            )
            .unwrap();
            let mut book = Xlsx::new(io::Cursor::new(&out)).unwrap();
            let names = book.sheet_names();
            assert_eq!(names.len(), 5);
            let mut rows = Vec::new();
            for name in &names {
                let range = book.worksheet_range(name).unwrap();
                rows.push(range.height());
                for cell in range.rows().flatten() {
                    if let Data::String(text) = cell {
                        assert!(!text.contains(fixture::PLANTED));
                    }
                }
                assert!(book.worksheet_formula(name).unwrap().is_empty());
            }
            // With their headers: five files, one column, no persons (no such tags), three gaps.
            assert_eq!(rows[1..], [6, 2, 1, 4]);
            let files = book.worksheet_range(&names[1]).unwrap();
            assert_eq!(
                files.get((1, 0)),
                Some(&Data::String("share/客户.zip".into()))
            );
            assert_eq!(files.get((1, 4)), Some(&Data::Float(9.0)));
        }
    }

    #[test]
    fn one_run_gives_one_workbook() {
        let rules = fixture::rules();
        let run = fixture::run();
        let make = || {
            let mut out = Vec::new();
            let given = fixture::given(&rules, &run);
            write(
                &fixture::Share::new(false),
                &given,
                Limits::default(),
                &std::env::temp_dir(),
                &mut out,
            )
            .unwrap();
            out
        };
        assert_eq!(make(), make());
    }
}
