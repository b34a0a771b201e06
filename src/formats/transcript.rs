//! Copies of documents whose own form nobody here writes: their text, redacted, in a document of today.
//!
//! A doc or ppt becomes a docx of paragraphs and tables, an xlsb an xlsx of values. Formatting, pictures, macros,
//! formulas and everything that is not text shown by the document is not in the copy.
//!
//! Standard: ECMA-376-1, 17 (`WordprocessingML`), 18 (`SpreadsheetML`); ECMA-376-2 (packages).

use super::{FormatError, Output};
use crate::model::{Charset, Edit, FormatId, Fragment, Layout, Step};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{Cursor, Write as _},
    ops::Range,
};

/// The format that copies of a format have, when it cannot be written itself.
pub fn form(format: FormatId) -> Option<FormatId> {
    match format {
        "doc" | "ppt" => Some("docx"),
        "xlsb" => Some("xlsx"),
        _ => None,
    }
}

/// What the ledger says of a copy in another format begins with this.
pub(super) const CONVERTED: &str = "converted to ";

/// Whether a gap's note says that the copy is in another format.
pub fn tells_conversion(note: &str) -> bool {
    note.starts_with(CONVERTED)
}

/// Endings of files that are likely of such a format, with the format of their copies.
pub const ENDINGS: [(&str, FormatId); 9] = [
    ("doc", "docx"),
    ("dot", "docx"),
    ("wps", "docx"),
    ("wpt", "docx"),
    ("ppt", "docx"),
    ("pps", "docx"),
    ("pot", "docx"),
    ("dps", "docx"),
    ("xlsb", "xlsx"),
];

/// Rows of a table by number, cells by column.
type Rows = BTreeMap<u64, BTreeMap<u32, String>>;

enum Block {
    Line(String),
    Table(u32, Rows),
    Sheet(u32, String, Rows),
}

/// The text of a document in order, with its edits done.
pub(super) struct Transcript {
    form: FormatId,
    blocks: Vec<Block>,
    room: u64,
    ended: bool,
    /// Bytes of the next stretch that an edit of the last one has replaced, and whether its last line goes on.
    over: usize,
    open: bool,
    /// Never used: what stands in for a block that was just pushed, if it were not there.
    spare: Rows,
}

impl Transcript {
    /// For a copy of this format; `room`: bytes of text that it may hold.
    pub(super) fn new(form: FormatId, room: u64) -> Self {
        Self {
            form,
            blocks: Vec::new(),
            room,
            ended: false,
            over: 0,
            open: false,
            spare: Rows::new(),
        }
    }

    /// What follows is not the document's own text: properties, leavings.
    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    /// Takes a stretch of text over. `sheet` is the name of the sheet as it may be shown.
    pub(super) fn take(&mut self, fragment: &Fragment<'_>, edits: &[Edit], sheet: Option<String>) {
        if self.ended || matches!(fragment.at.last(), Some(Step::Name)) {
            return;
        }
        self.room = self.room.saturating_sub(fragment.bytes.len() as u64 + 64);
        if self.room == 0 {
            return;
        }
        match fragment.layout {
            Layout::Cells {
                table,
                first_row,
                cells,
            } => {
                let number = table.id;
                let rows = match sheet {
                    Some(name) => self.sheet(number, name),
                    None => self.table(number),
                };
                for cell in cells {
                    let text = patched(fragment, cell.range(), edits);
                    if !text.is_empty() {
                        let row = rows.entry(first_row + u64::from(cell.row)).or_default();
                        row.insert(cell.column, text);
                    }
                }
            }
            Layout::Lines { .. } | Layout::Whole => {
                self.lines(fragment, edits);
            }
        }
    }

    /// Sheets are told apart by their number: names with masked values can be alike.
    /// Takes over the lines of a stretch. A long text is cut anywhere: a value over the cut is replaced in the stretch
    /// that it begins in, and the line over it is one line.
    fn lines(&mut self, fragment: &Fragment<'_>, edits: &[Edit]) {
        let own = &fragment.own;
        // The stretch before is seen again as what lies around this one.
        let follows = own.start > 0;
        let over = if follows { self.over } else { 0 };
        let start = (own.start + over).min(own.end);
        let text = patched(fragment, start..own.end, edits);
        let past = edits.iter().map(|e| e.span.end()).max().unwrap_or(0);
        self.over = past.saturating_sub(own.end);
        let cut = own.end < fragment.bytes.len();
        let whole = text.strip_suffix('\n').filter(|_| !cut).unwrap_or(&text);
        let mut lines = whole.split('\n');
        if follows
            && self.open
            && let Some(Block::Line(last)) = self.blocks.last_mut()
            && let Some(first) = lines.next()
        {
            last.push_str(first);
        }
        self.blocks.extend(lines.map(|l| Block::Line(l.to_owned())));
        self.open = cut;
    }

    fn sheet(&mut self, number: u32, name: String) -> &mut Rows {
        let same = matches!(self.blocks.last(), Some(Block::Sheet(n, ..)) if *n == number);
        if !same {
            self.blocks.push(Block::Sheet(number, name, Rows::new()));
        }
        self.rows()
    }

    fn table(&mut self, number: u32) -> &mut Rows {
        let same = matches!(self.blocks.last(), Some(Block::Table(n, _)) if *n == number);
        if !same {
            self.blocks.push(Block::Table(number, Rows::new()));
        }
        self.rows()
    }

    /// Rows of the last block, which is one that has rows.
    fn rows(&mut self) -> &mut Rows {
        match self.blocks.last_mut() {
            Some(Block::Table(_, rows) | Block::Sheet(_, _, rows)) => rows,
            _ => &mut self.spare,
        }
    }

    /// Writes the copy.
    ///
    /// # Errors
    /// `Limit` when the text was more than there was room for; those of the output.
    pub(super) fn write(self, out: &mut dyn Output) -> Result<(), FormatError> {
        if self.room == 0 {
            return Err(FormatError::Limit(
                "bytes of text held for a converted copy",
            ));
        }
        let parts = if self.form == "xlsx" {
            workbook(&self.blocks)
        } else {
            document(&self.blocks)
        };
        out.write_all(&package(&parts)?)?;
        Ok(())
    }
}

/// The text of a stretch with its edits done.
fn patched(fragment: &Fragment<'_>, range: Range<usize>, edits: &[Edit]) -> String {
    let text = |range: Range<usize>| {
        let bytes = fragment.bytes.get(range).unwrap_or_default();
        match fragment.charset {
            Charset::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            Charset::Gb18030 => encoding_rs::GB18030
                .decode_without_bom_handling(bytes)
                .0
                .into_owned(),
        }
    };
    let mut out = String::new();
    let mut at = range.start;
    for edit in edits {
        let (start, end) = (edit.span.start(), edit.span.end());
        if end <= at || start >= range.end {
            continue;
        }
        if start > at {
            out.push_str(&text(at..start));
        }
        // What begins before the stretch was written there.
        if start >= range.start {
            out.push_str(&edit.with);
        }
        at = end.min(range.end);
    }
    out.push_str(&text(at..range.end));
    out
}

/// Text of an element: escaped, without what XML 1.0 cannot hold.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(c),
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            c if c < ' ' => {}
            c => out.push(c),
        }
    }
    out
}

const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";

type Parts = Vec<(String, String)>;

fn relations(of: &[(String, &str)]) -> String {
    let mut out = format!("{XML}<Relationships xmlns=\"{PACKAGE}/relationships\">");
    for (n, (target, kind)) in of.iter().enumerate() {
        let _ = write!(
            out,
            "<Relationship Id=\"r{}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/>",
            n + 1
        );
    }
    out.push_str("</Relationships>");
    out
}

fn types(of: &[(String, &str)]) -> String {
    let mut out = format!(
        "{XML}<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" \
         ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
    );
    for (part, kind) in of {
        let _ = write!(
            out,
            "<Override PartName=\"/{part}\" \
             ContentType=\"application/vnd.openxmlformats-officedocument.{kind}+xml\"/>"
        );
    }
    out.push_str("</Types>");
    out
}

/// Parts of a docx.
fn document(blocks: &[Block]) -> Parts {
    let mut body = format!(
        "{XML}<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>"
    );
    let paragraph = |body: &mut String, text: &str| {
        body.push_str("<w:p>");
        for (n, piece) in text.split('\t').enumerate() {
            if n > 0 {
                body.push_str("<w:r><w:tab/></w:r>");
            }
            if !piece.is_empty() {
                let _ = write!(
                    body,
                    "<w:r><w:t xml:space=\"preserve\">{}</w:t></w:r>",
                    escaped(piece)
                );
            }
        }
        body.push_str("</w:p>");
    };
    for block in blocks {
        match block {
            Block::Line(text) => paragraph(&mut body, text),
            Block::Table(_, rows) | Block::Sheet(_, _, rows) => {
                let width = rows.values().filter_map(|r| r.keys().next_back()).max();
                let width = width.copied().unwrap_or(1).clamp(1, 63);
                body.push_str(
                    "<w:tbl><w:tblPr><w:tblW w:w=\"0\" w:type=\"auto\"/></w:tblPr><w:tblGrid>",
                );
                for _ in 0..width {
                    body.push_str("<w:gridCol/>");
                }
                body.push_str("</w:tblGrid>");
                for row in rows.values() {
                    body.push_str("<w:tr>");
                    for column in 1..=width {
                        body.push_str("<w:tc>");
                        let text = row.get(&column).map_or("", String::as_str);
                        for line in text.split('\n') {
                            paragraph(&mut body, line);
                        }
                        body.push_str("</w:tc>");
                    }
                    // Columns past the sixty-third, which no table may have.
                    body.push_str("</w:tr>");
                    for (_, text) in row.range(width + 1..) {
                        body.push_str("<w:tr><w:tc>");
                        paragraph(&mut body, text);
                        body.push_str("</w:tc></w:tr>");
                    }
                }
                body.push_str("</w:tbl><w:p/>");
            }
        }
    }
    body.push_str("<w:sectPr/></w:body></w:document>");
    let main = "word/document.xml".to_owned();
    vec![
        (
            "[Content_Types].xml".into(),
            types(&[(main.clone(), "wordprocessingml.document.main")]),
        ),
        (
            "_rels/.rels".into(),
            relations(&[(main.clone(), "officeDocument")]),
        ),
        (main, body),
    ]
}

/// The letters of a column, from 1.
fn letters(mut column: u32) -> String {
    let mut out = Vec::new();
    while column > 0 {
        column -= 1;
        out.push(b'A' + u8::try_from(column % 26).unwrap_or(0));
        column /= 26;
    }
    out.iter().rev().map(|&b| char::from(b)).collect()
}

/// Parts of an xlsx.
fn workbook(blocks: &[Block]) -> Parts {
    const SHEETS: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let mut sheets = Vec::new();
    let mut names = Vec::new();
    for block in blocks {
        let (name, rows) = match block {
            Block::Sheet(_, name, rows) => (name.as_str(), rows),
            Block::Table(_, rows) => ("", rows),
            Block::Line(_) => continue,
        };
        let mut sheet = format!("{XML}<worksheet xmlns=\"{SHEETS}\"><sheetData>");
        for (number, row) in rows {
            let _ = write!(sheet, "<row r=\"{number}\">");
            for (column, text) in row {
                let _ = write!(
                    sheet,
                    "<c r=\"{}{number}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{}</t></is></c>",
                    letters(*column),
                    escaped(text)
                );
            }
            sheet.push_str("</row>");
        }
        sheet.push_str("</sheetData></worksheet>");
        names.push(sheet_name(name, names.len(), &names));
        sheets.push(sheet);
    }
    if sheets.is_empty() {
        sheets.push(format!(
            "{XML}<worksheet xmlns=\"{SHEETS}\"><sheetData/></worksheet>"
        ));
        names.push("Sheet1".to_owned());
    }
    let mut book = format!("{XML}<workbook xmlns=\"{SHEETS}\" xmlns:r=\"{OFFICE}\"><sheets>");
    for (n, name) in (1..).zip(&names) {
        let _ = write!(
            book,
            "<sheet name=\"{}\" sheetId=\"{n}\" r:id=\"r{n}\"/>",
            escaped(name)
        );
    }
    book.push_str("</sheets></workbook>");
    let part = |n: usize| format!("worksheets/sheet{}.xml", n + 1);
    let mut kinds = vec![("xl/workbook.xml".to_owned(), "spreadsheetml.sheet.main")];
    kinds.extend((0..sheets.len()).map(|n| (format!("xl/{}", part(n)), "spreadsheetml.worksheet")));
    let below: Vec<_> = (0..sheets.len()).map(|n| (part(n), "worksheet")).collect();
    let mut parts = vec![
        ("[Content_Types].xml".into(), types(&kinds)),
        (
            "_rels/.rels".into(),
            relations(&[("xl/workbook.xml".into(), "officeDocument")]),
        ),
        ("xl/workbook.xml".into(), book),
        ("xl/_rels/workbook.xml.rels".into(), relations(&below)),
    ];
    let named = sheets.into_iter().enumerate();
    parts.extend(named.map(|(n, s)| (format!("xl/{}", part(n)), s)));
    parts
}

/// A name that a sheet may have: 31 characters, none of `[]:*?/\`, no two alike.
fn sheet_name(name: &str, number: usize, taken: &[String]) -> String {
    let kept: String = name
        .chars()
        .map(|c| if "[]:*?/\\'".contains(c) { '_' } else { c })
        .take(31)
        .collect();
    let same = |t: &String| t.to_lowercase() == kept.to_lowercase();
    if kept.trim().is_empty() || taken.iter().any(same) {
        format!("Sheet{}", number + 1)
    } else {
        kept
    }
}

/// The parts as a zip file; equal parts, equal bytes.
fn package(parts: &Parts) -> Result<Vec<u8>, FormatError> {
    let failed = |_| FormatError::Limit("size of a converted copy");
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    for (name, text) in parts {
        zip.start_file(name.as_str(), options).map_err(failed)?;
        zip.write_all(text.as_bytes())?;
    }
    Ok(zip.finish().map_err(failed)?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;

    fn edit(start: usize, end: usize, with: &str) -> Edit {
        Edit {
            span: Span::new(start, end).unwrap(),
            cell: None,
            with: with.into(),
        }
    }

    #[test]
    fn edits_are_done_inside_the_stretch_only() {
        let fragment = Fragment::whole(&[], "aa BBB cc DDD ee", None);
        let edits = [edit(3, 6, "*"), edit(10, 13, "#")];
        assert_eq!(patched(&fragment, 0..16, &edits), "aa * cc # ee");
        assert_eq!(patched(&fragment, 7..16, &edits), "cc # ee");
        assert_eq!(patched(&fragment, 4..12, &edits), " cc #");
        assert_eq!(patched(&fragment, 0..2, &edits), "aa");
    }

    #[test]
    fn a_value_over_the_cut_of_a_long_text_is_gone() {
        let text = "one\ntel 13800138000 x\nend";
        let cut = 13;
        let part = |own: std::ops::Range<usize>| Fragment {
            own,
            layout: Layout::Lines { first: 1 },
            ..Fragment::whole(&[], text, None)
        };
        let mut transcript = Transcript::new("docx", 1 << 20);
        transcript.take(&part(0..cut), &[edit(8, 19, "*")], None);
        transcript.take(&part(cut..text.len()), &[], None);
        let lines: Vec<&str> = (transcript.blocks.iter())
            .map(|b| match b {
                Block::Line(line) => line.as_str(),
                _ => "?",
            })
            .collect();
        assert_eq!(lines, ["one", "tel * x", "end"]);
    }

    #[test]
    fn sheets_of_like_names_are_kept_apart() {
        let cell = |text: &'static str, id: u32| {
            let cells = [crate::model::CellAt {
                row: 0,
                column: 1,
                start: 0,
                end: u32::try_from(text.len()).unwrap(),
                kind: crate::model::CellKind::Text,
            }];
            (text, id, cells)
        };
        let mut transcript = Transcript::new("xlsx", 1 << 20);
        for (text, id, cells) in [cell("first", 0), cell("second", 1)] {
            let fragment = Fragment {
                layout: Layout::Cells {
                    table: crate::model::Table {
                        id,
                        first: true,
                        headers: crate::model::Headers::InText,
                    },
                    first_row: 1,
                    cells: &cells,
                },
                ..Fragment::whole(&[], text, None)
            };
            transcript.take(&fragment, &[], Some("***".into()));
        }
        let parts = workbook(&transcript.blocks);
        let all: String = parts.iter().map(|p| p.1.as_str()).collect();
        assert!(all.contains("first") && all.contains("second"));
    }

    #[test]
    fn columns_have_letters() {
        for (n, text) in [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (703, "AAA")] {
            assert_eq!(letters(n), text);
        }
    }

    #[test]
    fn sheets_have_names_that_they_may_have() {
        let taken = ["甲".to_owned()];
        assert_eq!(sheet_name("a/b:c", 1, &taken), "a_b_c");
        assert_eq!(sheet_name("甲", 1, &taken), "Sheet2");
        assert_eq!(sheet_name(" ", 4, &taken), "Sheet5");
        assert_eq!(sheet_name(&"长".repeat(40), 1, &taken).chars().count(), 31);
    }

    #[test]
    fn text_is_fit_for_xml() {
        assert_eq!(escaped("a<b>&\u{1}\u{7}\"\t"), "a&lt;b&gt;&amp;&quot;\t");
    }
}
