//! Workbooks built in code, one value in every channel.

#![expect(clippy::format_collect, reason = "small texts, written for reading")]

use super::Xlsx;
use crate::formats::{
    Format, FormatError, Limits, Probe, Treatment, Unread,
    archives::testing::{
        copy, copy_cells, copy_treated, holds, read, read_within, unzipped, zipped,
    },
};
use crate::model::GapKind;
use proptest::prelude::*;
use std::fmt::Write as _;

mod text;

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const REL: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A workbook: parts are added to the plain frame, or replace those of it.
struct Book(Vec<(String, Vec<u8>)>);

impl Book {
    fn new() -> Self {
        let mut book = Self(Vec::new());
        book.part(
            "[Content_Types].xml",
            "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
             <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
             <Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>\
             <Override PartName=\"/xl/calcChain.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml\"/>\
             <Override PartName=\"/docProps/thumbnail.jpeg\" ContentType=\"image/jpeg\"/></Types>",
        );
        book.part(
            "_rels/.rels",
            rels(&[
                ("rId1", "officeDocument", "xl/workbook.xml", false),
                ("rId2", "thumbnail", "docProps/thumbnail.jpeg", false),
            ]),
        );
        book.part("xl/workbook.xml", workbook(""));
        book.part(
            "xl/_rels/workbook.xml.rels",
            rels(&[
                ("rId1", "worksheet", "worksheets/sheet1.xml", false),
                ("rId2", "sharedStrings", "sharedStrings.xml", false),
                ("rId3", "calcChain", "calcChain.xml", false),
            ]),
        );
        book.part("xl/sharedStrings.xml", strings(&["<t>a</t>"]));
        book.part("xl/worksheets/sheet1.xml", sheet("", ""));
        book
    }

    fn part(&mut self, name: &str, data: impl AsRef<[u8]>) -> &mut Self {
        let data = data.as_ref().to_vec();
        match self.0.iter_mut().find(|(n, _)| n == name) {
            Some(part) => part.1 = data,
            None => self.0.push((name.to_owned(), data)),
        }
        self
    }

    fn bytes(&self) -> Vec<u8> {
        zipped(&self.0)
    }
}

fn rels(list: &[(&str, &str, &str, bool)]) -> String {
    let mut out = "<?xml version=\"1.0\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">".to_owned();
    for (id, kind, target, outside) in list {
        let mode = if *outside {
            " TargetMode=\"External\""
        } else {
            ""
        };
        let _ = write!(
            out,
            "<Relationship Id=\"{id}\" Type=\"{REL}/{kind}\" Target=\"{target}\"{mode}/>"
        );
    }
    out + "</Relationships>"
}

fn workbook(more: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><workbook xmlns=\"{MAIN}\" xmlns:r=\"{REL}\"><sheets>\
         <sheet name=\"客户\" sheetId=\"1\" r:id=\"rId1\"/></sheets>{more}</workbook>"
    )
}

fn strings(items: &[&str]) -> String {
    let items: String = items.iter().map(|i| format!("<si>{i}</si>")).collect();
    format!("<?xml version=\"1.0\"?><sst xmlns=\"{MAIN}\">{items}</sst>")
}

fn sheet(rows: &str, tail: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><worksheet xmlns=\"{MAIN}\" xmlns:r=\"{REL}\"><sheetData>{rows}</sheetData>{tail}</worksheet>"
    )
}

/// The text of the copy's part.
fn part(copy: &[u8], name: &str) -> String {
    let parts = unzipped(copy);
    let found = parts.iter().find(|(n, _)| n == name.as_bytes());
    String::from_utf8(found.expect(name).1.clone()).unwrap()
}

fn has_part(copy: &[u8], name: &str) -> bool {
    unzipped(copy).iter().any(|(n, _)| n == name.as_bytes())
}

fn well_formed(bytes: &[u8]) {
    for (name, data) in unzipped(bytes) {
        if !data.starts_with(b"<") {
            continue;
        }
        let mut reader = quick_xml::Reader::from_reader(data.as_slice());
        let mut buf = Vec::new();
        loop {
            match reader.read_event_into(&mut buf) {
                Ok(quick_xml::events::Event::Eof) => break,
                Ok(_) => buf.clear(),
                Err(e) => panic!("{}: {e}", String::from_utf8_lossy(&name)),
            }
        }
    }
}

#[expect(clippy::too_many_lines, reason = "one list")]
fn channels() -> (Vec<u8>, Vec<String>) {
    let mut next = 0;
    let mut values = Vec::new();
    let mut v = || {
        next += 1;
        let value = format!("138000{next:05}");
        values.push(value.clone());
        value
    };
    let mut book = Book::new();
    let rich = v();
    let (rich_a, rich_b) = rich.split_at(5);
    let digits = v();
    let escaped: String = digits
        .chars()
        .map(|c| format!("_x00{:02X}_", c as u32))
        .collect();
    let entities: String = v().chars().map(|c| format!("&#{};", c as u32)).collect();
    book.part(
        "xl/sharedStrings.xml",
        strings(&[
            &format!("<t>电话 {}</t>", v()),
            &format!(
                "<r><rPr><b/></rPr><t>{rich_a}</t></r><r><t xml:space=\"preserve\">{rich_b}</t></r>"
            ),
            &format!(
                "<t>张</t><rPh sb=\"0\" eb=\"1\"><t>{}</t></rPh><phoneticPr fontId=\"1\"/>",
                v()
            ),
            &format!("<t>{}</t>", v()),
            &format!("<t>{escaped}</t>"),
            &format!("<t>{entities}</t>"),
            &format!("<t><![CDATA[{}]]></t>", v()),
        ]),
    );
    let number = v();
    let rows = format!(
        "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c><c r=\"C1\" t=\"s\"><v>2</v></c>\
         <c r=\"D1\" s=\"4\"><v>{number}</v></c><c r=\"E1\" t=\"str\"><f>A1&amp;\"\"</f><v>{}</v></c>\
         <c r=\"F1\" t=\"inlineStr\"><is><r><t>x{}</t></r><r><t>y</t></r></is></c>\
         <c r=\"G1\"><f>LEN(\"{}\")</f><v>11</v></c><c r=\"H1\" t=\"s\"><v>4</v></c><c r=\"I1\" t=\"s\"><v>5</v></c>\
         <c r=\"J1\" t=\"s\"><v>6</v></c><c r=\"K1\"><v>1.{}E10</v></c></row>",
        v(),
        v(),
        v(),
        &v()[1..],
    );
    let tail = format!(
        "<autoFilter ref=\"A1:B2\"><filterColumn colId=\"0\"><filters><filter val=\"{}\"/></filters></filterColumn></autoFilter>\
         <dataValidations count=\"1\"><dataValidation type=\"list\" prompt=\"{}\" sqref=\"A1\"><formula1>\"{},b\"</formula1></dataValidation></dataValidations>\
         <hyperlinks><hyperlink ref=\"A1\" r:id=\"rId9\" tooltip=\"{}\"/></hyperlinks>\
         <pageSetup orientation=\"portrait\" r:id=\"rId7\"/>\
         <headerFooter><oddHeader>&amp;L{}&amp;R&amp;P</oddHeader><oddFooter>&amp;C&amp;\"宋体,常规\"&amp;12{}</oddFooter></headerFooter>",
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
    );
    book.part("xl/worksheets/sheet1.xml", sheet(&rows, &tail));
    let link = v();
    let percent: String = link.bytes().map(|b| format!("%{b:02X}")).collect();
    book.part(
        "xl/worksheets/_rels/sheet1.xml.rels",
        rels(&[
            (
                "rId9",
                "hyperlink",
                &format!("http://example.com/?q={percent}"),
                true,
            ),
            (
                "rId7",
                "printerSettings",
                "../printerSettings/printerSettings1.bin",
                false,
            ),
        ]),
    );
    let wide: Vec<u8> = v().encode_utf16().flat_map(u16::to_le_bytes).collect();
    book.part("xl/printerSettings/printerSettings1.bin", wide);
    book.part(
        "xl/workbook.xml",
        workbook(&format!(
            "<definedNames><definedName name=\"N\" comment=\"{}\">\"{}\"</definedName></definedNames>",
            v(),
            v()
        )),
    );
    let comment = v();
    let (a, b) = comment.split_at(6);
    book.part(
        "xl/comments1.xml",
        format!("<comments xmlns=\"{MAIN}\"><authors><author>{}</author></authors><commentList><comment ref=\"A1\" authorId=\"0\"><text><r><t>{a}</t></r><r><t>{b}</t></r></text></comment></commentList></comments>", v()),
    );
    book.part(
        "xl/threadedComments/threadedComment1.xml",
        format!("<ThreadedComments xmlns=\"x\"><threadedComment ref=\"A1\"><text>{}</text></threadedComment></ThreadedComments>", v()),
    );
    book.part(
        "xl/persons/person.xml",
        format!(
            "<personList xmlns=\"x\"><person displayName=\"{}\" id=\"1\"/></personList>",
            v()
        ),
    );
    let drawn = v();
    let (a, b) = drawn.split_at(3);
    book.part(
        "xl/drawings/drawing1.xml",
        format!("<d xmlns:a=\"x\"><nv name=\"n\" descr=\"{}\"/><a:p><a:r><a:t>{a}</a:t></a:r><a:r><a:t>{b}</a:t></a:r></a:p></d>", v()),
    );
    book.part(
        "xl/drawings/vmlDrawing1.vml",
        format!(
            "<xml xmlns:v=\"v\"><v:textbox><div><font>{}</font></div></v:textbox></xml>",
            v()
        ),
    );
    book.part(
        "xl/charts/chart1.xml",
        format!("<c:chart xmlns:c=\"c\"><c:strCache><c:pt idx=\"0\"><c:v>{}</c:v></c:pt></c:strCache><c:numCache><c:pt idx=\"0\"><c:v>{}</c:v></c:pt></c:numCache></c:chart>", v(), v()),
    );
    book.part(
        "xl/pivotCache/pivotCacheRecords1.xml",
        format!("<pivotCacheRecords xmlns=\"{MAIN}\"><r><s v=\"{}\"/><n v=\"{}\"/></r></pivotCacheRecords>", v(), v()),
    );
    book.part(
        "xl/externalLinks/externalLink1.xml",
        format!("<externalLink xmlns=\"{MAIN}\"><cell r=\"A1\" t=\"str\"><v>{}</v></cell></externalLink>", v()),
    );
    book.part(
        "xl/connections.xml",
        format!("<connections xmlns=\"{MAIN}\"><connection id=\"1\" name=\"c\"><dbPr connection=\"User={}\"/></connection></connections>", v()),
    );
    let custom = format!("<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>{}</a>", v());
    let mut wide = vec![0xFF, 0xFE];
    wide.extend(custom.encode_utf16().flat_map(u16::to_le_bytes));
    book.part("customXml/item1.xml", wide);
    book.part(
        "docProps/core.xml",
        format!("<cp:coreProperties xmlns:cp=\"x\" xmlns:dc=\"y\"><dc:creator>{}</dc:creator></cp:coreProperties>", v()),
    );
    book.part(
        "docProps/custom.xml",
        format!("<Properties xmlns=\"x\" xmlns:vt=\"y\"><property name=\"p\"><vt:lpwstr>{}</vt:lpwstr></property></Properties>", v()),
    );
    book.part("docProps/thumbnail.jpeg", b"\xff\xd8\xffpicture");
    book.part(
        "xl/calcChain.xml",
        format!("<calcChain xmlns=\"{MAIN}\"><c r=\"E1\" i=\"1\"/></calcChain>"),
    );
    let bytes = book.bytes();
    (bytes, values)
}

#[test]
fn every_channel_is_read_and_redacted() {
    let (bytes, values) = channels();
    let needles: Vec<&str> = values.iter().map(String::as_str).collect();
    let (found, result) = read(&Xlsx, &bytes, &[]);
    result.unwrap();
    let missed: Vec<_> = needles
        .iter()
        .filter(|n| found.places(n).is_empty())
        .collect();
    assert!(missed.is_empty(), "{missed:?}");
    assert_eq!(
        found.gaps,
        [("#part:docProps/thumbnail.jpeg".to_owned(), GapKind::Image)]
    );

    let (out, result) = copy(&Xlsx, &bytes, &needles);
    result.unwrap();
    well_formed(&out);
    for (name, data) in unzipped(&out) {
        for needle in &needles {
            assert!(
                !holds(&data, needle),
                "{} in {}",
                needle,
                String::from_utf8_lossy(&name)
            );
        }
    }
    let (again, result) = read(&Xlsx, &out, &[]);
    result.unwrap();
    assert!(needles.iter().all(|n| again.places(n).is_empty()));
    for gone in [
        "xl/calcChain.xml",
        "xl/printerSettings/printerSettings1.bin",
    ] {
        assert!(!has_part(&out, gone), "{gone}");
    }
    assert!(!part(&out, "[Content_Types].xml").contains("calcChain"));
    assert!(!part(&out, "xl/_rels/workbook.xml.rels").contains("calcChain"));
    let sheet = part(&out, "xl/worksheets/sheet1.xml");
    assert!(!sheet.contains("rId7"), "{sheet}");
    assert!(sheet.contains(
        "<c r=\"D1\" s=\"4\" t=\"inlineStr\"><is><t xml:space=\"preserve\">***********</t></is></c>"
    ));
    assert!(sheet.contains("<oddHeader>&amp;L***********&amp;R&amp;P</oddHeader>"));
    assert!(part(&out, "xl/sharedStrings.xml").contains("<t>*****</t>"));
    // The copy of the copy is the copy.
    assert_eq!(copy(&Xlsx, &out, &needles).0, out);
}

#[test]
fn without_edits_the_copy_is_the_source() {
    let mut book = Book::new();
    book.part(
        "xl/worksheets/sheet1.xml",
        sheet("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>", ""),
    );
    let bytes = book.bytes();
    let (out, result) = copy(&Xlsx, &bytes, &["nothing"]);
    result.unwrap();
    assert_eq!(out, bytes);
}

#[test]
fn untouched_parts_keep_their_compressed_bytes() {
    let mut book = Book::new();
    let style = format!(
        "<styleSheet xmlns=\"{MAIN}\">{}</styleSheet>",
        "<x/>".repeat(500)
    );
    book.part("xl/styles.xml", &style);
    book.part("xl/sharedStrings.xml", strings(&["<t>13800138000</t>"]));
    let bytes = book.bytes();
    let (out, result) = copy(&Xlsx, &bytes, &["13800138000"]);
    result.unwrap();
    let packed = |bytes: &[u8]| {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let mut member = archive
            .by_name("xl/styles.xml")
            .map(|m| (m.data_start().unwrap(), m.compressed_size()))
            .unwrap();
        member.1 += member.0;
        bytes[usize::try_from(member.0).unwrap()..usize::try_from(member.1).unwrap()].to_vec()
    };
    assert_eq!(packed(&bytes), packed(&out));
    assert_eq!(
        part(&out, "xl/sharedStrings.xml"),
        strings(&["<t>***********</t>"])
    );
    let names = |b: &[u8]| unzipped(b).into_iter().map(|(n, _)| n).collect::<Vec<_>>();
    assert_eq!(names(&bytes), names(&out));
}

#[test]
fn a_shared_formula_is_frozen_with_its_master() {
    let mut book = Book::new();
    book.part(
        "xl/worksheets/sheet1.xml",
        sheet(
            "<row r=\"1\"><c r=\"A1\"><f t=\"shared\" ref=\"A1:A3\" si=\"0\">B1*1</f><v>13800138000</v></c></row>\
             <row r=\"2\"><c r=\"A2\"><f t=\"shared\" si=\"0\"/><v>7</v></c></row>\
             <row r=\"3\"><c r=\"A3\"><f t=\"shared\" si=\"1\"/><v>8</v></c></row>",
            "",
        ),
    );
    book.part("xl/calcChain.xml", format!("<calcChain xmlns=\"{MAIN}\"/>"));
    let (out, result) = copy(&Xlsx, &book.bytes(), &["13800138000"]);
    result.unwrap();
    let sheet = part(&out, "xl/worksheets/sheet1.xml");
    assert!(sheet.contains("<c r=\"A2\"><v>7</v></c>"), "{sheet}");
    assert!(sheet.contains("<c r=\"A3\"><f t=\"shared\" si=\"1\"/><v>8</v></c>"));
    assert!(!has_part(&out, "xl/calcChain.xml"));
}

#[test]
fn a_table_column_follows_its_header_cell() {
    let mut book = Book::new();
    book.part(
        "xl/sharedStrings.xml",
        strings(&["<t>电话 13800138000</t>", "<t>b</t>"]),
    );
    book.part(
        "xl/worksheets/sheet1.xml",
        sheet(
            "<row r=\"2\"><c r=\"B2\" t=\"s\"><v>1</v></c><c r=\"C2\" t=\"s\"><v>0</v></c></row>",
            "<tableParts count=\"1\"><tablePart r:id=\"rId1\"/></tableParts>",
        ),
    );
    book.part(
        "xl/worksheets/_rels/sheet1.xml.rels",
        rels(&[("rId1", "table", "../tables/table1.xml", false)]),
    );
    book.part(
        "xl/tables/table1.xml",
        format!("<table xmlns=\"{MAIN}\" id=\"1\" name=\"T\" displayName=\"T\" ref=\"B2:C9\"><tableColumns count=\"2\"><tableColumn id=\"1\" name=\"b\"/><tableColumn id=\"2\" name=\"电话 13800138000\"/></tableColumns></table>"),
    );
    let (out, result) = copy(&Xlsx, &book.bytes(), &["13800138000"]);
    result.unwrap();
    let table = part(&out, "xl/tables/table1.xml");
    assert!(
        table.contains("id=\"1\" name=\"b\"") && table.contains("name=\"电话 ***********\""),
        "{table}"
    );
}

#[test]
fn numbers_are_shown_as_identifiers_are() {
    let mut book = Book::new();
    book.part(
        "xl/worksheets/sheet1.xml",
        sheet(
            "<row r=\"1\"><c r=\"A1\"><v>1.1010119900307120E+17</v></c><c><v>13800138000</v></c><c><v>0.1</v></c>\
             <c><v> 5 </v></c><c><v>1E300</v></c><c><v>x</v></c><c t=\"s\"><v>99</v></c><c t=\"b\"><v>1</v></c></row>",
            "",
        ),
    );
    let (found, result) = read(&Xlsx, &book.bytes(), &[]);
    result.unwrap();
    let cells = &found
        .texts
        .iter()
        .find(|t| t.0.ends_with("cells"))
        .unwrap()
        .2;
    assert_eq!(
        cells,
        "110101199003071200\t13800138000\t0.1\t 5 \t1E300\tx\t99\t1"
    );
    assert_eq!(found.gaps, [("#客户!".to_owned(), GapKind::Corrupt)]);
}

#[test]
fn what_is_not_read_is_said_and_blank_in_a_copy() {
    for (name, kind) in [
        ("xl/vbaProject.bin", GapKind::Opaque),
        ("xl/media/image1.png", GapKind::Image),
        ("xl/model/item.data", GapKind::Opaque),
        ("xl/activeX/activeX1.bin", GapKind::Opaque),
        ("xl/media/sound.mp3", GapKind::Opaque),
    ] {
        let mut book = Book::new();
        book.part(name, "13800138000");
        let bytes = book.bytes();
        let (found, result) = read(&Xlsx, &bytes, &[]);
        result.unwrap();
        assert!(
            found.gaps.contains(&(format!("#part:{name}"), kind)),
            "{name}"
        );
        let treat =
            |pictures, objects| copy_treated(&Xlsx, &bytes, &[], Unread { pictures, objects });
        let (out, gaps, result) = treat(Treatment::Blank, Treatment::Blank);
        result.unwrap();
        assert!(gaps.contains(&(format!("#part:{name}"), GapKind::Dropped)));
        assert!(
            unzipped(&out)
                .iter()
                .all(|(_, data)| !holds(data, "13800138000")),
            "{name}"
        );
        let (again, result) = read(&Xlsx, &out, &[]);
        result.unwrap();
        assert!(
            !again.gaps.iter().any(|(at, _)| at.ends_with(name)),
            "{name} {:?}",
            again.gaps
        );
        let (_, _, result) = treat(Treatment::Withhold, Treatment::Withhold);
        assert!(
            matches!(result, Err(FormatError::Withheld(k, _)) if k == kind),
            "{name}"
        );
        let (out, gaps, result) = treat(Treatment::Keep, Treatment::Keep);
        result.unwrap();
        assert!(gaps.contains(&(format!("#part:{name}"), GapKind::Kept)));
        assert_eq!(part(&out, name), "13800138000");
    }
}

#[test]
fn macros_go_with_what_leads_to_them() {
    let mut book = Book::new();
    book.part("xl/vbaProject.bin", "x");
    book.part(
        "xl/_rels/workbook.xml.rels",
        rels(&[
            ("rId1", "worksheet", "worksheets/sheet1.xml", false),
            ("rId8", "vbaProject", "vbaProject.bin", false),
        ]),
    );
    let (out, result) = copy(&Xlsx, &book.bytes(), &[]);
    result.unwrap();
    assert!(!has_part(&out, "xl/vbaProject.bin"));
    assert!(!part(&out, "xl/_rels/workbook.xml.rels").contains("vbaProject"));
}

#[test]
fn an_unknown_part_in_xml_is_read() {
    let mut book = Book::new();
    book.part("strange/part.xml", "<a b=\"13800138000\">13900139000</a>");
    let (out, result) = copy(&Xlsx, &book.bytes(), &["13800138000", "13900139000"]);
    result.unwrap();
    let stars = "*".repeat(11);
    assert_eq!(
        part(&out, "strange/part.xml"),
        format!("<a b=\"{stars}\">{stars}</a>")
    );
}

#[test]
fn a_workbook_inside_is_read_and_redacted() {
    let mut inner = Book::new();
    inner.part("xl/sharedStrings.xml", strings(&["<t>13800138000</t>"]));
    let mut book = Book::new();
    book.part("xl/embeddings/Microsoft_Excel_Sheet1.xlsx", inner.bytes());
    let bytes = book.bytes();
    let (found, result) = read(&Xlsx, &bytes, &[]);
    result.unwrap();
    assert_eq!(found.places("13800138000").len(), 1);
    assert_eq!(found.members[0].1, Some("xlsx"));
    let (out, result) = copy(&Xlsx, &bytes, &["13800138000"]);
    result.unwrap();
    let parts = unzipped(&out);
    let (_, data) = parts
        .iter()
        .find(|(n, _)| n.ends_with(b"Sheet1.xlsx"))
        .unwrap();
    assert_eq!(
        part(data, "xl/sharedStrings.xml"),
        strings(&["<t>***********</t>"])
    );
}

#[test]
fn a_sheet_with_a_value_in_its_name_is_renamed_everywhere() {
    let mut book = Book::new();
    let names =
        "<definedNames><definedName name=\"N\">'13800138000'!$A$1</definedName></definedNames>";
    book.part(
        "xl/workbook.xml",
        workbook(names).replace("客户", "13800138000"),
    );
    book.part(
        "xl/worksheets/sheet1.xml",
        sheet(
            "<row r=\"1\"><c r=\"A1\"><f>'13800138000'!B1+SUM(B2)</f><v>3</v></c></row>",
            "<hyperlinks><hyperlink ref=\"A1\" location=\"'13800138000'!A1\"/></hyperlinks>",
        ),
    );
    book.part(
        "docProps/app.xml",
        "<P xmlns:vt=\"v\"><vt:lpstr>13800138000</vt:lpstr></P>",
    );
    let (out, result) = copy(&Xlsx, &book.bytes(), &["13800138000"]);
    result.unwrap();
    let new = "＊".repeat(11);
    assert!(part(&out, "xl/workbook.xml").contains(&format!("<sheet name=\"{new}\"")));
    assert!(part(&out, "xl/workbook.xml").contains(&format!(">&apos;{new}&apos;!$A$1<")));
    let sheet = part(&out, "xl/worksheets/sheet1.xml");
    assert!(
        sheet.contains(&format!("<f>&apos;{new}&apos;!B1+SUM(B2)</f><v>3</v>")),
        "{sheet}"
    );
    assert!(
        sheet.contains(&format!("location=\"&apos;{new}&apos;!A1\"")),
        "{sheet}"
    );
    assert!(part(&out, "docProps/app.xml").contains(&format!(">{new}<")));
}

#[test]
fn blocks_come_in_order_and_only_one_is_first() {
    let rows: String = (1..=60_000)
        .map(|r| {
            format!(
                "<row r=\"{r}\"><c r=\"A{r}\" t=\"inlineStr\"><is><t>{}</t></is></c></row>",
                "字".repeat(20)
            )
        })
        .collect();
    let mut book = Book::new();
    book.part("xl/worksheets/sheet1.xml", sheet(&rows, ""));
    let (found, result) = read(&Xlsx, &book.bytes(), &[]);
    result.unwrap();
    assert!(found.blocks.len() > 3);
    assert_eq!(found.blocks.iter().filter(|b| b.1).count(), 1);
    assert!(found.blocks[0].1 && found.blocks[0].2 == 1);
    assert!(found.blocks.is_sorted_by_key(|b| b.2));
}

#[test]
fn a_long_sheet_is_copied_from_the_first_change_on() {
    let row = |r: u32, text: &str| {
        format!("<row r=\"{r}\"><c r=\"A{r}\" t=\"inlineStr\"><is><t>{text}</t></is></c></row>")
    };
    let mut rows: String = (1..=50_000).map(|r| row(r, "一些文字")).collect();
    rows.push_str(&row(50_001, "13800138000"));
    rows.push_str(&row(50_002, "end"));
    let mut book = Book::new();
    book.part("xl/worksheets/sheet1.xml", sheet(&rows, ""));
    let (out, result) = copy(&Xlsx, &book.bytes(), &["13800138000"]);
    result.unwrap();
    assert_eq!(
        part(&out, "xl/worksheets/sheet1.xml"),
        sheet(&rows, "").replace("13800138000", "***********")
    );
}

#[test]
fn signatures_go_when_anything_changes_and_stay_otherwise() {
    let mut book = Book::new();
    book.part("_xmlsignatures/sig1.xml", "<Signature/>");
    book.part("xl/sharedStrings.xml", strings(&["<t>13800138000</t>"]));
    let bytes = book.bytes();
    assert_eq!(read(&Xlsx, &bytes, &[]).0.gaps[0].1, GapKind::Signed);
    assert_eq!(copy(&Xlsx, &bytes, &["nothing"]).0, bytes);
    let (out, result) = copy(&Xlsx, &bytes, &["13800138000"]);
    result.unwrap();
    assert!(!has_part(&out, "_xmlsignatures/sig1.xml"));
}

#[test]
fn a_plain_archive_with_the_name_of_a_workbook_is_read_as_one() {
    let bytes = zipped(&[("13800138000/", "")]);
    assert_eq!(Xlsx.probe(&bytes, b"a.XLSX"), Probe::Bytes);
    assert_eq!(Xlsx.probe(&bytes, b"a.zip"), Probe::No);
    let (found, result) = read(&Xlsx, &bytes, &[]);
    result.unwrap();
    assert_eq!(found.places("13800138000").len(), 1);
}

#[test]
fn cells_before_the_damage_are_read() {
    let cell = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>13800138000</t></is></c></row>";
    let mut book = Book::new();
    book.part(
        "xl/worksheets/sheet1.xml",
        sheet(cell, "").replace("</sheetData>", "<row><c><v>"),
    );
    let (found, result) = read(&Xlsx, &book.bytes(), &[]);
    result.unwrap();
    assert_eq!(found.places("13800138000").len(), 1);
    assert_eq!(found.gaps, [("#客户!".to_owned(), GapKind::Corrupt)]);

    book.part("xl/worksheets/sheet1.xml", sheet(cell, ""));
    let mut bytes = book.bytes();
    let entry = memchr::memmem::rfind(&bytes, b"xl/worksheets/sheet1.xml").unwrap() - 46;
    bytes[entry + 16] ^= 1;
    let (found, result) = read(&Xlsx, &bytes, &[]);
    result.unwrap();
    assert_eq!(found.places("13800138000").len(), 1);
    assert_eq!(found.gaps[0].1, GapKind::Corrupt);
    let (_, result) = copy(&Xlsx, &bytes, &["13800138000"]);
    assert!(matches!(
        result,
        Err(FormatError::Withheld(GapKind::Corrupt, _))
    ));
}

#[test]
fn hostile_parts_are_bounded() {
    let laughs = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY a \"ha\">{}]><sst><si><t>&j;</t></si></sst>",
        (b'b'..=b'j')
            .map(|c| format!(
                "<!ENTITY {} \"{}\">",
                c as char,
                format!("&{};", (c - 1) as char).repeat(10)
            ))
            .collect::<String>()
    );
    let mut book = Book::new();
    book.part("xl/sharedStrings.xml", laughs);
    let (found, result) = read(&Xlsx, &book.bytes(), &[]);
    result.unwrap();
    assert!(found.texts.iter().map(|t| t.2.len()).sum::<usize>() < 10_000);

    let mut book = Book::new();
    book.part(
        "xl/styles.xml",
        "<a>".repeat(10_000) + &"</a>".repeat(10_000),
    );
    let (found, result) = read(&Xlsx, &book.bytes(), &[]);
    result.unwrap();
    assert_eq!(
        found.gaps,
        [("#part:xl/styles.xml".to_owned(), GapKind::Limit)]
    );

    let mut book = Book::new();
    book.part(
        "xl/worksheets/sheet1.xml",
        sheet("<row r=\"4294967295\"><c r=\"XFD1048576\"><v>1</v></c><c r=\"ZZZZZZZZ9\"><v>2</v></c></row><row r=\"1\"><c><v>3</v></c></row>", "<dimension ref=\"A1:XFD1048576\"/>"),
    );
    read(&Xlsx, &book.bytes(), &[]).1.unwrap();
}

#[test]
fn one_string_shown_a_million_times_is_bounded() {
    let text = "长".repeat(300_000);
    let cells = "<c t=\"s\"><v>0</v></c>".repeat(2_000);
    let mut book = Book::new();
    book.part(
        "xl/sharedStrings.xml",
        strings(&[&format!("<t>{text}</t>")]),
    );
    book.part(
        "xl/worksheets/sheet1.xml",
        sheet(&format!("<row r=\"1\">{cells}</row>"), ""),
    );
    let limits = Limits {
        total_bytes: 64 << 20,
        ..Limits::default()
    };
    let (_, result) = read_within(&Xlsx, &book.bytes(), &[], &limits);
    assert!(matches!(result, Err(FormatError::Limit(_))));
}

#[test]
fn a_long_text_is_handed_on_in_pieces() {
    let mut book = Book::new();
    let filler = "字".repeat(700_000);
    book.part(
        "customXml/item1.xml",
        format!("<a>{filler}13800138000{filler}</a>"),
    );
    let bytes = book.bytes();
    let (found, result) = read(&Xlsx, &bytes, &[]);
    result.unwrap();
    let longest = found.texts.iter().map(|t| t.2.len()).max().unwrap();
    assert!(longest <= (1 << 20) + 1024);
    let (out, result) = copy(&Xlsx, &bytes, &["13800138000"]);
    result.unwrap();
    assert_eq!(
        part(&out, "customXml/item1.xml"),
        format!("<a>{filler}***********{filler}</a>")
    );
}

#[test]
fn a_measure_stays_a_number() {
    let mut book = Book::new();
    let page = "<pageMargins left=\"0.13800138000\"/>";
    book.part("xl/worksheets/sheet1.xml", sheet("", page));
    let (out, result) = copy(&Xlsx, &book.bytes(), &["13800138000"]);
    result.unwrap();
    let sheet = part(&out, "xl/worksheets/sheet1.xml");
    assert!(sheet.contains("<pageMargins left=\"0\"/>"), "{sheet}");
}

#[test]
fn caches_follow_cells_that_changed_as_a_whole() {
    let mut book = Book::new();
    book.part(
        "xl/sharedStrings.xml",
        strings(&["<t>姓名</t>", "<t>张三丰</t>"]),
    );
    book.part(
        "xl/worksheets/sheet1.xml",
        sheet(
            "<row r=\"1\"><c t=\"s\"><v>0</v></c></row><row r=\"2\"><c t=\"s\"><v>1</v></c></row>",
            "<autoFilter><filters><filter val=\"张三丰\"/></filters></autoFilter>",
        ),
    );
    book.part(
        "xl/charts/chart1.xml",
        "<c:c xmlns:c=\"c\"><c:v>张三丰</c:v><c:v>张三丰 2</c:v></c:c>",
    );
    book.part(
        "xl/pivotCache/pivotCacheDefinition1.xml",
        "<d><cacheFields><cacheField name=\"号\"/><cacheField name=\"姓名\"><sharedItems><s v=\"张三丰\"/></sharedItems></cacheField></cacheFields></d>",
    );
    book.part(
        "xl/pivotCache/pivotCacheRecords1.xml",
        "<p><r><n v=\"1\"/><s v=\"张三丰\"/></r></p>",
    );
    let bytes = book.bytes();
    let (found, _) = read(&Xlsx, &bytes, &[]);
    let labels: Vec<_> = found
        .texts
        .iter()
        .filter(|t| t.0.contains("pivot") && t.2 == "张三丰")
        .map(|t| t.1.as_str())
        .collect();
    assert_eq!(labels, ["姓名", "姓名"]);
    let (out, result) = copy_cells(&Xlsx, &bytes, &["张三丰"]);
    result.unwrap();
    for name in [
        "xl/worksheets/sheet1.xml",
        "xl/pivotCache/pivotCacheDefinition1.xml",
        "xl/pivotCache/pivotCacheRecords1.xml",
        "xl/sharedStrings.xml",
    ] {
        assert!(!part(&out, name).contains("张三丰"), "{name}");
    }
    assert!(part(&out, "xl/charts/chart1.xml").contains("<c:v>***</c:v><c:v>张三丰 2</c:v>"));
}

/// The name of a style is no name of a person, and what is labelled one would be masked and looked for.
#[test]
fn names_of_styles_are_handed_on_without_a_label() {
    let mut book = Book::new();
    let style = format!(
        "<styleSheet xmlns=\"{MAIN}\"><cellStyles><cellStyle name=\"Explanatory Text\" xfId=\"0\"/></cellStyles></styleSheet>"
    );
    book.part("xl/styles.xml", &style);
    let (found, result) = read(&Xlsx, &book.bytes(), &[]);
    result.unwrap();
    let labels: Vec<&str> = found
        .texts
        .iter()
        .filter(|t| t.2 == "Explanatory Text")
        .map(|t| t.1.as_str())
        .collect();
    assert_eq!(labels, [""]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damaged_workbooks_end_in_a_result(seed in any::<u64>(), cut in 0usize..6000) {
        let (mut bytes, values) = channels();
        let mut n = seed;
        for _ in 0..8 {
            n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = usize::try_from(n >> 33).unwrap() % bytes.len();
            bytes[at] ^= 1 << (n & 7);
        }
        if cut < bytes.len() && seed & 1 == 0 {
            bytes.truncate(bytes.len() - cut);
        }
        let needles: Vec<&str> = values.iter().map(String::as_str).collect();
        let _ = read(&Xlsx, &bytes, &[]);
        let _ = copy(&Xlsx, &bytes, &needles);
    }

    #[test]
    fn damaged_sheets_end_in_a_result(xml in "(<c r=\"A1\" t=\"(s|n|str)\">|</c>|<v>|</v>|<f>|</f>|<is>|<t>|</t>|</is>|<row>|</row>|1|<!--|-->|</sheetData>|&#49;|<rPh>|\"){0,30}") {
        let mut book = Book::new();
        book.part("xl/worksheets/sheet1.xml", sheet(&xml, ""));
        let bytes = book.bytes();
        let _ = read(&Xlsx, &bytes, &[]);
        let _ = copy(&Xlsx, &bytes, &["1"]);
    }
}
