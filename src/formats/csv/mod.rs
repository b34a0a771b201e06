//! Delimited tables: CSV, TSV and their kin (RFC 4180 and what spreadsheets make of it).
//!
//! A block owns the rows that start in it and looks up to one block further for the end of its last one.
//! A row that is longer, or a quote that is never closed, is read as text from there to where rows begin
//! again. Cells are the bytes between the quotes; guards against formulas (`="0123"`, a leading `'` or
//! tab) stay outside.

mod dialect;
mod grid;
mod split;

pub(super) use grid::{Entry, Grid, Piece};
pub(super) use split::{Dialect, Inside, Rows};

use super::{
    Cx, Format, FormatError, Output, Probe, Source,
    blocks::{self, Kind},
    encoding::{readable_head, valid_utf8},
    feed::{Feed, HALO},
    text::undeclared,
};
use crate::model::{Charset, FormatId};

/// Delimited tables.
#[derive(Debug, Clone, Copy)]
pub struct Csv;

/// Names of text that is never a table, however regular it looks.
const OTHERS: &[&[u8]] = &[
    b"rs",
    b"py",
    b"java",
    b"c",
    b"h",
    b"cpp",
    b"go",
    b"js",
    b"ts",
    b"css",
    b"sql",
    b"log",
    b"md",
    b"sh",
    b"xml",
    b"html",
    b"htm",
    b"json",
    b"jsonl",
    b"yml",
    b"yaml",
    b"toml",
    b"ini",
    b"conf",
    b"cfg",
    b"eml",
    b"rtf",
    b"vcf",
    b"ics",
    b"tex",
    b"php",
    b"rb",
    b"properties",
    b"svg",
];

impl Format for Csv {
    fn id(&self) -> FormatId {
        "csv"
    }

    fn probe(&self, head: &[u8], name: &[u8]) -> Probe {
        let Some(text) = readable_head(head) else {
            return Probe::No;
        };
        let extension = name
            .iter()
            .rposition(|&b| b == b'.')
            .and_then(|dot| name.get(dot + 1..))
            .unwrap_or_default()
            .to_ascii_lowercase();
        match extension.as_slice() {
            b"csv" | b"tsv" | b"psv" => Probe::Name,
            e if OTHERS.contains(&e) => Probe::No,
            _ if text.starts_with(b"{\\rtf") || text.starts_with(b"%PDF-") => Probe::No,
            _ if dialect::is_table(&text, !valid_utf8(&text)) => Probe::Name,
            _ => Probe::No,
        }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let mut feed = Feed::open(source, out.map(|o| o as _), true, undeclared, cx)?;
        let gb = feed.charset() == Charset::Gb18030;
        let dialect = decide(feed.window(), feed.is_last(), gb, cx.name().bytes());
        feed.consume(dialect.lead, cx)?;
        let grid = Grid {
            dialect,
            kind: Kind::of(&feed),
        };
        let mut first = true;
        let mut row = 1;
        // Offset of the next row, or where in a long row the block starts.
        let mut next: Result<u64, Inside> = Ok(feed.at());
        loop {
            let end = blocks::next_end(&mut feed, 0, cx)?;
            if end == 0 {
                break;
            }
            let ahead = blocks::end_after(&mut feed, end, HALO, cx)?;
            let mut edits = Vec::new();
            let (exit, before) = {
                let (bytes, before) = feed.with_context();
                let entry = match next {
                    Ok(at) => {
                        Entry::Row(before + usize::try_from(at - feed.at()).unwrap_or(usize::MAX))
                    }
                    Err(inside) => Entry::Long(inside),
                };
                let piece = Piece {
                    bytes,
                    own: before..before + end,
                    ahead: before + ahead,
                    last: ahead == feed.window().len(),
                    base: feed.is_raw().then(|| feed.at() - before as u64),
                    first,
                };
                (grid.read(&piece, entry, row, cx, &mut edits), before)
            };
            for edit in edits.drain(..) {
                if let Some(start) = edit.range.start.checked_sub(before) {
                    let stop = edit.range.end - before;
                    match edit.with {
                        grid::With::Text(text) => feed.edit_in(start, stop, &text, edit.charset),
                        grid::With::Bytes(bytes) => feed.edit_raw(start, stop, bytes),
                    }
                }
            }
            row += exit.rows;
            next = match exit.next {
                Entry::Row(at) => Ok(feed.at() + (at - before) as u64),
                Entry::Long(inside) => Err(inside),
            };
            first = false;
            feed.consume(end, cx)?;
        }
        feed.finish(cx)
    }
}

/// The dialect, or that of a single column.
pub(super) fn decide(head: &[u8], whole: bool, gb: bool, name: &[u8]) -> Dialect {
    dialect::detect(head, whole, gb).unwrap_or(Dialect {
        delimiter: if name.to_ascii_lowercase().ends_with(b".tsv") {
            b'\t'
        } else {
            b','
        },
        newline: if memchr::memchr(b'\n', head).is_none() && head.contains(&b'\r') {
            b'\r'
        } else {
            b'\n'
        },
        columns: 1,
        lead: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{
        encoding::Encoding,
        trial::{copy, encoded, read},
    };
    use proptest::prelude::*;

    const TABLE: &str = "编号;姓名;电话;备注\r\n1;张三;13800138000;\"他说\"\"好\"\"\n13800138000\"\r\n2;\"李四\";\"13800138000\";=\"0123\"\r\n";

    #[test]
    fn cells_and_edits_in_every_encoding() {
        for (encoding, bom) in [
            (Encoding::Utf8, false),
            (Encoding::Utf8, true),
            (Encoding::Gb18030, false),
            (Encoding::Utf16Le, true),
            (Encoding::Utf16Le, false),
        ] {
            let raw = encoded(TABLE, encoding, bom);
            let seen = read(&Csv, &raw);
            let cells = seen.cells();
            assert_eq!(cells.len(), 12, "{encoding:?}");
            assert_eq!(
                cells[7],
                (
                    2,
                    4,
                    "他说\"\"好\"\"\n13800138000".into(),
                    crate::model::CellKind::Text
                )
            );
            assert_eq!(
                (cells[10].2.as_str(), cells[11].2.as_str()),
                ("13800138000", "0123")
            );
            assert!(seen.seen[0].table.as_ref().unwrap().1 && seen.gaps.is_empty());
            let words = [("13800138000", "138****8000"), ("张三", "a;\"b")];
            let expected = TABLE
                .replace("13800138000", "138****8000")
                .replace("张三", "\"a;\"\"b\"");
            assert_eq!(copy(&Csv, &raw, &words), encoded(&expected, encoding, bom));
            assert_eq!(copy(&Csv, &raw, &[]), raw);
        }
    }

    #[test]
    fn a_separator_line_stays_and_is_no_row() {
        let seen = read(&Csv, b"sep=|\na|b\n1|2\n");
        assert_eq!(
            seen.cells()[2],
            (2, 1, "1".into(), crate::model::CellKind::Text)
        );
        assert_eq!(
            copy(&Csv, b"sep=|\na|b\n1|2\n", &[("2", "x")]),
            b"sep=|\na|b\n1|x\n"
        );
    }

    #[test]
    fn a_quote_that_is_never_closed_is_text() {
        let seen = read(&Csv, b"a,b\n1,\"2\n3,13800138000\n");
        assert_eq!(seen.cells().len(), 2);
        assert!(seen.shows("13800138000"));
        assert_eq!(seen.seen[1].line, Some(2));
    }

    #[test]
    fn very_wide_tables() {
        let row = vec!["13800138000"; 100_000].join(",");
        let text = format!("{row}\n{row}\n{row}");
        let cells = read(&Csv, text.as_bytes()).cells();
        assert!(!cells.is_empty());
        let out = copy(&Csv, text.as_bytes(), &[("13800138000", "*")]);
        assert!(out == text.replace("13800138000", "*").into_bytes());
    }

    #[test]
    fn taken_for_tables() {
        let gbk = encoded(
            &("编号|姓名|电话\n".to_owned() + &"1|张三|13800138000\n".repeat(6)),
            Encoding::Gb18030,
            false,
        );
        let utf8 = "编号|姓名|电话\n".to_owned() + &"1|张三|13800138000\n".repeat(6);
        for (head, name, expected) in [
            ("a,b\n".as_bytes(), "x.csv", Probe::Name),
            (utf8.as_bytes(), "x.txt", Probe::Name),
            (b"\0\x01\x02\x03\x04", "x.csv", Probe::No),
            (&gbk, "x.txt", Probe::Name),
            (&gbk, "x.log", Probe::No),
            (
                "plain text, and more\n".repeat(9).as_bytes(),
                "x.txt",
                Probe::No,
            ),
        ] {
            assert_eq!(Csv.probe(head, name.as_bytes()), expected, "{name}");
        }
    }

    /// A large table comes in stretches: one of them is the first, and their rows are counted on.
    #[test]
    fn stretches_of_a_table_go_on_where_the_last_one_ended() {
        let rows: Vec<String> = (0..60_000).map(|n| format!("{n},13800138000")).collect();
        let raw = format!("编号,电话\n{}\n", rows.join("\n"));
        let seen = read(&Csv, raw.as_bytes()).seen;
        let tables: Vec<bool> = seen
            .iter()
            .filter_map(|s| s.table.as_ref())
            .map(|t| t.1)
            .collect();
        assert!(tables.len() >= 3, "{tables:?}");
        assert!(tables[0] && !tables[1..].contains(&true), "{tables:?}");
        let cells = read(&Csv, raw.as_bytes()).cells();
        assert!(cells.len() == 2 * 60_001);
        let ordered = cells.chunks(2).zip(1u64..);
        for (row, number) in ordered {
            assert!(row.iter().all(|c| c.0 == number), "{number}");
        }
    }

    proptest! {
        #[test]
        fn without_edits_nothing_changes(raw in proptest::collection::vec(prop_oneof![Just(b','), Just(b'\n'), Just(b'"'), any::<u8>()], 0..300)) {
            prop_assert_eq!(copy(&Csv, &raw, &[]), raw);
        }

        #[test]
        fn masks_keep_the_shape(rows in proptest::collection::vec(proptest::collection::vec("[x\"\n,y]{0,5}", 3), 3..9), with in "[*\",\n]{0,4}") {
            let mut writer = ::csv::Writer::from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let raw = writer.into_inner().unwrap();
            let out = copy(&Csv, &raw, &[("xy", &with)]);
            let read: Vec<Vec<String>> = ::csv::ReaderBuilder::new().has_headers(false).from_reader(&*out)
                .records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
            let expected: Vec<Vec<String>> = rows.iter().map(|r| r.iter().map(|c| c.replace("xy", &with)).collect()).collect();
            prop_assert_eq!(read, expected);
        }
    }
}
