use super::*;
use crate::formats::nest::{Usage, identify};
use crate::model::{Edit, Locator, Name, State};
use std::{fs, io::Write, os::unix::fs::PermissionsExt, time::Instant};

const CUSTOMERS: &[u8] = include_bytes!("../../../fixtures/formats/xls/customers.xls");

/// What came out of a reading.
#[derive(Default)]
struct Seen {
    texts: Vec<(String, String)>,
    cells: Vec<(String, CellKind, String)>,
    firsts: Vec<bool>,
    gaps: Vec<(String, GapKind)>,
}

impl crate::formats::Sink for Seen {
    fn text(&mut self, fragment: &Fragment<'_>, _: &mut Vec<Edit>) {
        let at = Locator(fragment.at.to_vec()).to_string();
        let text = |range: std::ops::Range<usize>| {
            String::from_utf8(fragment.bytes[range].to_vec()).unwrap()
        };
        match fragment.layout {
            Layout::Cells {
                cells,
                first_row,
                table,
            } => {
                self.firsts.push(table.first);
                for c in cells {
                    let mut steps = fragment.at.to_vec();
                    steps.push(Step::Cell {
                        row: first_row + u64::from(c.row),
                        column: c.column,
                    });
                    self.cells
                        .push((Locator(steps).to_string(), c.kind, text(c.range())));
                }
            }
            _ => self.texts.push((at, text(0..fragment.bytes.len()))),
        }
    }
    fn gap(&mut self, at: &[Step], kind: GapKind, _: &str) {
        self.gaps.push((Locator(at.to_vec()).to_string(), kind));
    }
    fn encoding(&mut self, _: &'static str) {}
    fn enter(&mut self, _: &Name, _: Option<FormatId>, _: Option<FormatId>) {}
    fn leave(&mut self, _: u64, _: State) {}
    fn rename(&mut self, name: &Name) -> Name {
        name.clone()
    }
}

/// Run by a script as the child: what the real one does, to descriptor 3, since the test harness
/// speaks on standard output.
#[test]
#[ignore = "run as a child by the other tests"]
fn as_child() {
    let Some(kind) = std::env::var_os("KIND") else {
        return;
    };
    let out = fs::File::options()
        .write(true)
        .open("/proc/self/fd/3")
        .unwrap();
    child::serve(kind.to_str().unwrap(), out).unwrap();
}

fn script(folder: &tempfile::TempDir, body: &str) -> PathBuf {
    let path = folder.path().join("child");
    let mut file = fs::File::create(&path).unwrap();
    writeln!(file, "#!/bin/sh\n{body}").unwrap();
    file.set_permissions(fs::Permissions::from_mode(0o755))
        .unwrap();
    path
}

/// A program that is the reading child without being `inkout`.
fn real(folder: &tempfile::TempDir) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    script(
        folder,
        &format!(
            "exec 3>&1 >/dev/null; KIND=$2 exec '{}' --exact formats::legacy::tests::as_child --ignored --nocapture",
            test.display()
        ),
    )
}

fn read(program: &Path, kind: &str, bytes: &[u8]) -> (Result<(), FormatError>, Seen) {
    let limits = Limits {
        seconds: 2,
        ..Limits::default()
    };
    let mut seen = Seen::default();
    let mut usage = Usage::new(bytes.len() as u64);
    let mut cx = Cx::new(&mut seen, &limits, &mut usage, Name::from("a"));
    let mut source = Source::slice(bytes);
    let wide = Limits::default();
    let limits = if program.ends_with("slow") {
        limits.clone()
    } else {
        wide
    };
    let result = parent::read(program, kind, &mut source, &limits, |child| {
        listen(child, &mut cx)
    });
    (result, seen)
}

/// A zip package of these members, stored.
fn package(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored);
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn ods(sheet: &str) -> Vec<u8> {
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content \
         xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
         xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
         xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\">\
         <office:body><office:spreadsheet>{sheet}</office:spreadsheet></office:body>\
         </office:document-content>"
    );
    package(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", content.as_bytes()),
        (
            "META-INF/manifest.xml",
            b"<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>",
        ),
    ])
}

#[test]
fn reads_cells_names_and_formulas_of_xls() {
    let folder = tempfile::tempdir().unwrap();
    let (result, seen) = read(&real(&folder), "xls", CUSTOMERS);
    result.unwrap();
    let cell = |at: &str| {
        let found = seen.cells.iter().find(|c| c.0 == at);
        found.map(|(_, kind, text)| (*kind, text.as_str()))
    };
    assert_eq!(cell("#客户!A1"), Some((CellKind::Text, "姓名")));
    assert_eq!(
        cell("#客户!B2"),
        Some((CellKind::Text, "11010519491231002X"))
    );
    assert_eq!(cell("#客户!C2"), Some((CellKind::Number, "13800138000")));
    assert_eq!(
        cell("#客户!D2"),
        Some((CellKind::Rounded, "6226090000000048"))
    );
    assert_eq!(cell("#客户!E2"), Some((CellKind::Text, "1949-12-31")));
    assert_eq!(
        cell("#隐藏!C5"),
        Some((CellKind::Text, "zhang.san@example.com"))
    );
    assert!(seen.texts.contains(&("#客户!#name".into(), "客户".into())));
    assert!(
        seen.texts
            .iter()
            .any(|(at, text)| at == "#隐藏!C6" && text.contains("13800138000"))
    );
    assert_eq!(seen.firsts, [true, true]);
    assert_eq!(seen.gaps, [(String::new(), GapKind::Opaque)]);
}

#[test]
fn reads_a_file_as_it_reads_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let program = real(&folder);
    let path = folder.path().join("客户.xls");
    fs::write(&path, CUSTOMERS).unwrap();
    let file = fs::File::open(&path).unwrap();
    let mut source = Source::file(&file).unwrap();
    let limits = Limits::default();
    let mut seen = Seen::default();
    let mut usage = Usage::new(0);
    let mut cx = Cx::new(&mut seen, &limits, &mut usage, Name::from("客户.xls"));
    parent::read(&program, "xls", &mut source, &limits, |child| {
        listen(child, &mut cx)
    })
    .unwrap();
    assert_eq!(seen.cells, read(&program, "xls", CUSTOMERS).1.cells);
    assert!(!seen.cells.is_empty());
}

#[test]
fn reads_ods_and_refuses_what_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let program = real(&folder);
    let book = ods("<table:table table:name=\"表\"><table:table-row>\
         <table:table-cell office:value-type=\"string\"><text:p>11010519491231002X</text:p></table:table-cell>\
         <table:table-cell office:value-type=\"float\" office:value=\"13800138000\"><text:p>1.38E10</text:p></table:table-cell>\
         </table:table-row></table:table>");
    let (result, seen) = read(&program, "ods", &book);
    result.unwrap();
    assert_eq!(
        seen.cells,
        [
            ("#表!A1".into(), CellKind::Text, "11010519491231002X".into()),
            ("#表!B1".into(), CellKind::Number, "13800138000".into()),
        ]
    );
    for kind in ["xls", "xlsb", "ods", "xlsx"] {
        let (result, seen) = read(&program, kind, b"no workbook at all");
        assert_eq!(result.unwrap_err().kind(), GapKind::Corrupt, "{kind}");
        assert!(seen.cells.is_empty());
    }
}

#[test]
fn the_second_reader_gives_the_same_cells() {
    let folder = tempfile::tempdir().unwrap();
    let program = real(&folder);
    let seen = read(&program, "xls", CUSTOMERS).1;
    let second = cells(&program, "xls", CUSTOMERS, &Limits::default()).unwrap();
    let mut both = second.iter().zip(&seen.cells);
    assert_eq!(second.len(), seen.cells.len());
    assert!(both.all(|(a, b)| a.text == b.2));
    assert_eq!(
        (second[6].sheet.as_str(), second[6].row, second[6].column),
        ("客户", 2, 2)
    );
}

#[test]
fn a_damaged_workbook_is_a_gap_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let program = real(&folder);
    for cut in [9, 511, 513, 1600, 3000, CUSTOMERS.len() - 600] {
        let (result, seen) = read(&program, "xls", &CUSTOMERS[..cut]);
        assert!(result.is_err() || !seen.gaps.is_empty(), "cut at {cut}");
    }
}

#[test]
fn a_child_that_hangs_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let made = script(&folder, "exec sleep 60");
    let program = folder.path().join("slow");
    fs::rename(made, &program).unwrap();
    let started = Instant::now();
    let (result, _) = read(&program, "xls", CUSTOMERS);
    assert!(matches!(result, Err(FormatError::Timeout)));
    assert!(started.elapsed().as_secs() < 30);
}

#[test]
fn a_child_that_lies_or_dies_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let said = |body: &str| read(&script(&folder, body), "xls", CUSTOMERS);
    assert!(matches!(said("exit 0").0, Err(FormatError::Crashed)));
    assert!(matches!(
        said("kill -ABRT $$").0,
        Err(FormatError::Limit(_))
    ));
    assert!(matches!(said("kill -XCPU $$").0, Err(FormatError::Timeout)));
    assert!(matches!(said("exec yes").0, Err(FormatError::Crashed)));
    // A cell before any sheet.
    let cell = r"printf '\002\0\0\0\0\0\0\0\0\0\001\0\0\0x'";
    assert!(matches!(said(cell).0, Err(FormatError::Crashed)));
    // A sheet with a cell, and then death: what was said stays, and what is missing is noted.
    let half = r"printf '\001\001\0\0\0S\002\0\0\0\0\0\0\0\0\0\001\0\0\0x'; kill -ABRT $$";
    let (result, seen) = said(half);
    result.unwrap();
    assert_eq!(seen.cells, [("#S!A1".into(), CellKind::Text, "x".into())]);
    assert_eq!(seen.gaps[0], ("#S!".into(), GapKind::Limit));
}

#[test]
fn a_program_that_is_not_there_is_an_error() {
    let (result, _) = read(Path::new("/nowhere/at/all"), "xls", CUSTOMERS);
    assert!(matches!(result, Err(FormatError::Io(_))));
}

#[test]
fn many_rows_come_in_blocks() {
    let limits = Limits::default();
    let mut seen = Seen::default();
    let mut usage = Usage::new(0);
    let mut cx = Cx::new(&mut seen, &limits, &mut usage, Name::from("a"));
    let mut blocks = Blocks::default();
    blocks.sheet("S".into(), &mut cx).unwrap();
    let text = "x".repeat(1000);
    for row in 0..3000 {
        for column in 0..2 {
            blocks
                .cell((row, column), Stored::Text, &text, &mut cx)
                .unwrap();
        }
    }
    blocks.flush(&mut cx).unwrap();
    assert_eq!(seen.cells.len(), 6000);
    assert_eq!(seen.cells[5999].0, "#S!B3000");
    assert!(seen.firsts.len() > 3 && seen.firsts[0] && !seen.firsts[1]);
}

#[test]
fn takes_its_own_and_leaves_the_rest() {
    let probe = |format: Legacy, head: &[u8], name: &str| format.probe(head, name.as_bytes());
    let head = &CUSTOMERS[..4096.min(CUSTOMERS.len())];
    assert!(probe(Legacy::XLS, head, "客户.XLS") >= Probe::Name);
    assert_eq!(probe(Legacy::XLS, b"<html>", "客户.xls"), Probe::No);
    assert_eq!(probe(Legacy::XLS, head, "合同.doc"), Probe::No);
    assert_eq!(
        probe(Legacy::XLS, b"\x09\x00\x04\x00\x07\0", "a.xls"),
        Probe::Name
    );
    let book = ods("");
    assert_eq!(probe(Legacy::ODS, &book, "a"), Probe::Bytes);
    assert_eq!(probe(Legacy::XLSB, &book, "a.xlsb"), Probe::No);
    let identity = identify(head, "客户.xls".as_bytes());
    assert_eq!(identity.format.map(Format::id), Some("xls"));
}
