//! Documents and presentations built in code, one value in every channel.

use super::{REL, holds, part, rels, unzipped, well_formed};
use crate::formats::{
    Format, Office, Probe,
    archives::testing::{copy, read, zipped},
};
use crate::model::GapKind;
use proptest::prelude::*;

const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

fn frame(main: &str, kind: &str) -> Vec<(String, Vec<u8>)> {
    let types = format!(
        "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
         <Override PartName=\"/{main}\" ContentType=\"application/vnd.openxmlformats-officedocument.{kind}.main+xml\"/></Types>"
    );
    vec![
        ("[Content_Types].xml".into(), types.into_bytes()),
        (
            "_rels/.rels".into(),
            rels(&[("rId1", "officeDocument", main, false)]).into_bytes(),
        ),
    ]
}

fn document(body: &str) -> Vec<(String, Vec<u8>)> {
    let mut parts = frame("word/document.xml", "wordprocessingml.document");
    let xml = format!(
        "<?xml version=\"1.0\"?><w:document xmlns:w=\"{W}\" xmlns:r=\"{REL}\" xmlns:mc=\"mc\" xmlns:v=\"v\" xmlns:a=\"a\"><w:body>{body}</w:body></w:document>"
    );
    parts.push(("word/document.xml".into(), xml.into_bytes()));
    parts
}

/// Every part of a document that can hold a value, with one in each, and the values.
#[expect(clippy::too_many_lines, reason = "one list")]
fn channels() -> (Vec<u8>, Vec<String>) {
    let mut values = Vec::new();
    let mut v = || {
        let value = format!("139000{:05}", values.len());
        values.push(value.clone());
        value
    };
    let run = |text: &str| format!("<w:r><w:t>{text}</w:t></w:r>");
    let split = |text: &str| {
        text.chars()
            .map(|c| format!("<w:proofErr w:type=\"x\"/><w:r w:rsidR=\"00AB12CD\"><w:rPr><w:b/></w:rPr><w:t>{c}</w:t></w:r>"))
            .collect::<String>()
    };
    let (deleted, moved, mixed) = (v(), v(), v());
    let (kept, cut) = mixed.split_at(7);
    let body = [
        format!("<w:p>{}</w:p>", split(&v())),
        format!("<w:p><w:del w:author=\"{}\"><w:r><w:delText>{deleted}</w:delText></w:r></w:del></w:p>", v()),
        format!("<w:p><w:moveFrom w:id=\"1\">{}</w:moveFrom><w:ins w:id=\"2\">{}</w:ins></w:p>", run(&moved), run(&v())),
        // A value that stands in the text before the changes only.
        format!("<w:p>{}<w:ins>{}</w:ins><w:del><w:r><w:delText>{cut}</w:delText></w:r></w:del></w:p>", run(kept), run("abc")),
        format!("<w:p><w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText>HYPERLINK \"tel:{}</w:instrText></w:r><w:r><w:instrText>\"</w:instrText></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r></w:p>", v()),
        format!("<w:p><w:fldSimple w:instr=\" DOCPROPERTY {}\">{}</w:fldSimple></w:p>", v(), run(&v())),
        format!("<w:p><w:r><mc:AlternateContent><mc:Choice><w:txbxContent><w:p>{}</w:p></w:txbxContent></mc:Choice><mc:Fallback><v:textbox><w:txbxContent><w:p>{}</w:p></w:txbxContent></v:textbox></mc:Fallback></mc:AlternateContent></w:r></w:p>", split(&v()), run(&v())),
        format!("<w:sdt><w:sdtPr><w:alias w:val=\"{}\"/><w:tag w:val=\"{}\"/></w:sdtPr><w:sdtContent><w:p>{}</w:p></w:sdtContent></w:sdt>", v(), v(), run(&v())),
        format!("<w:tbl><w:tr><w:tc><w:p>{}</w:p></w:tc><w:tc><w:tbl><w:tr><w:tc><w:p>{}</w:p></w:tc></w:tr></w:tbl><w:p/></w:tc></w:tr></w:tbl>", split(&v()), run(&v())),
        format!("<w:p><w:bookmarkStart w:name=\"n{}\"/><w:permStart w:ed=\"{}\"/><w:r><w:drawing><docPr name=\"n\" descr=\"{}\" title=\"{}\"/></w:drawing></w:r></w:p>", v(), v(), v(), v()),
        format!("<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>{}</w:t></w:r><w:smartTag><w:r><w:ruby><w:rt>{}</w:rt><w:rubyBase>{}</w:rubyBase></w:ruby></w:r></w:smartTag></w:p>", v(), run(&v()), run("x")),
        format!("<w:p><w:r><w:pict><v:shape alt=\"{}\"><v:textpath string=\"{}\"/></v:shape></w:pict></w:r></w:p>", v(), v()),
    ]
    .concat();
    let mut parts = document(&body);
    let mut add = |name: &str, data: String| parts.push((name.into(), data.into_bytes()));
    let story =
        |root: &str, text: &str| format!("<w:{root} xmlns:w=\"{W}\"><w:p>{text}</w:p></w:{root}>");
    for name in [
        "header1",
        "footer1",
        "footnotes",
        "endnotes",
        "glossary/document",
    ] {
        add(&format!("word/{name}.xml"), story("x", &split(&v())));
    }
    add(
        "word/comments.xml",
        format!(
            "<w:comments xmlns:w=\"{W}\"><w:comment w:author=\"{}\" w:initials=\"{}\"><w:p>{}</w:p></w:comment></w:comments>",
            v(),
            v(),
            split(&v())
        ),
    );
    add(
        "word/people.xml",
        format!(
            "<w15:people xmlns:w15=\"x\"><w15:person w15:author=\"{}\"><w15:presenceInfo w15:userId=\"{}\"/></w15:person></w15:people>",
            v(),
            v()
        ),
    );
    add(
        "word/settings.xml",
        format!(
            "<w:settings xmlns:w=\"{W}\"><w:docVars><w:docVar w:name=\"n\" w:val=\"{}\"/></w:docVars><w:mailMerge><w:query w:val=\"SELECT {}\"/></w:mailMerge></w:settings>",
            v(),
            v()
        ),
    );
    add(
        "word/styles.xml",
        format!(
            "<w:styles xmlns:w=\"{W}\"><w:style><w:name w:val=\"{}\"/></w:style></w:styles>",
            v()
        ),
    );
    add(
        "word/charts/chart1.xml",
        format!(
            "<c:chart xmlns:c=\"c\" xmlns:a=\"a\"><a:p><a:r><a:t>{}</a:t></a:r></a:p><c:strCache><c:pt><c:v>{}</c:v></c:pt></c:strCache></c:chart>",
            v(),
            v()
        ),
    );
    for part in ["data1", "drawing1"] {
        add(
            &format!("word/diagrams/{part}.xml"),
            format!(
                "<d xmlns:a=\"a\"><a:p><a:r><a:t>{}</a:t></a:r></a:p></d>",
                v()
            ),
        );
    }
    add(
        "customXml/item1.xml",
        format!("<c><phone>{}</phone></c>", v()),
    );
    add(
        "docProps/core.xml",
        format!(
            "<c xmlns:dc=\"d\"><dc:creator>{}</dc:creator><dc:title>{}</dc:title></c>",
            v(),
            v()
        ),
    );
    add(
        "docProps/app.xml",
        format!(
            "<p><Company>{}</Company><Manager>{}</Manager></p>",
            v(),
            v()
        ),
    );
    add(
        "docProps/custom.xml",
        format!(
            "<p xmlns:vt=\"t\"><property name=\"电话\"><vt:lpwstr>{}</vt:lpwstr></property></p>",
            v()
        ),
    );
    add("word/afchunk1.htm", format!("<html><p>{}</p></html>", v()));
    add(
        "word/_rels/document.xml.rels",
        rels(&[
            (
                "rId1",
                "hyperlink",
                &format!("mailto:a?phone={}", v()),
                true,
            ),
            ("rId2", "image", "media/image1.png", false),
            ("rId3", "vbaProject", "vbaProject.bin", false),
        ]),
    );
    for opaque in [
        "word/media/image1.png",
        "word/vbaProject.bin",
        "word/embeddings/oleObject1.bin",
        "docProps/thumbnail.jpeg",
    ] {
        add(opaque, v());
    }
    let bytes = zipped(&parts);
    (bytes, values)
}

#[test]
fn every_channel_of_a_document_is_read_and_redacted() {
    let (bytes, values) = channels();
    let needles: Vec<&str> = values.iter().map(String::as_str).collect();
    assert_eq!(
        Office::DOCX.probe(&bytes[..bytes.len().min(4096)], b"x"),
        Probe::Bytes
    );
    let (found, result) = read(&Office::DOCX, &bytes, &[]);
    result.unwrap();
    let missed: Vec<_> = needles
        .iter()
        .filter(|n| found.places(n).is_empty())
        .collect();
    // The three that nobody reads are in the ledger.
    assert_eq!(missed.len(), 2, "{missed:?}");
    let told = |kind| found.gaps.iter().filter(|g| g.1 == kind).count();
    assert_eq!((told(GapKind::Image), told(GapKind::Opaque)), (2, 1));
    assert_eq!(found.members.len(), 2);

    let (out, result) = copy(&Office::DOCX, &bytes, &needles);
    result.unwrap();
    well_formed(&out);
    for (name, data) in unzipped(&out) {
        let name = String::from_utf8_lossy(&name).into_owned();
        let left: Vec<_> = needles.iter().filter(|n| holds(&data, n)).collect();
        assert!(left.is_empty(), "{left:?} in {name}");
    }
    let (again, result) = read(&Office::DOCX, &out, &[]);
    result.unwrap();
    assert!(needles.iter().all(|n| again.places(n).is_empty()));
    assert_eq!(again.gaps, [], "nothing is left that was not read");
    let (twice, result) = copy(&Office::DOCX, &out, &needles);
    result.unwrap();
    assert!(twice == out, "a second time changes nothing");
}

#[test]
fn runs_and_what_is_not_hit_stay_as_they_are() {
    let body = "<w:p><w:r><w:t>电话1390</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>0139000</w:t></w:r></w:p>\
                <w:p><w:r><w:t xml:space=\"preserve\"> a &amp; b </w:t></w:r></w:p>";
    let (out, result) = copy(&Office::DOCX, &zipped(&document(body)), &["13900139000"]);
    result.unwrap();
    let text = part(&out, "word/document.xml");
    assert!(text.contains("<w:t>电话****</w:t>"), "{text}");
    assert!(text.contains("<w:t>*******</w:t>"), "{text}");
    assert!(text.contains("> a &amp; b </w:t>"), "{text}");
}

#[test]
fn a_document_without_hits_keeps_its_bytes() {
    let bytes = zipped(&document("<w:p><w:r><w:t>x</w:t></w:r></w:p>"));
    let (out, result) = copy(&Office::DOCX, &bytes, &["13900139000"]);
    result.unwrap();
    assert!(out == bytes);
}

#[test]
fn tables_are_cells_and_breaks_part_words() {
    let cell = |t: &str| format!("<w:tc><w:p><w:r><w:t>{t}</w:t></w:r></w:p></w:tc>");
    let span = "<w:tc><w:tcPr><w:gridSpan w:val=\"2\"/></w:tcPr><w:p><w:r><w:t>ab</w:t></w:r></w:p></w:tc>";
    let body = format!(
        "<w:tbl><w:tr>{}{}{}</w:tr><w:tr>{span}{}</w:tr></w:tbl><w:p><w:pPr><w:tabs><w:tab w:val=\"left\"/></w:tabs></w:pPr><w:r><w:t>a</w:t><w:br/><w:t>b</w:t><w:tab/><w:t>c</w:t></w:r></w:p>",
        cell("姓名"),
        cell("电话"),
        cell("备注"),
        cell("c")
    );
    let (found, result) = read(&Office::DOCX, &zipped(&document(&body)), &[]);
    result.unwrap();
    let texts: Vec<&str> = found.texts.iter().map(|t| t.2.as_str()).collect();
    assert!(
        texts.contains(&"姓名\t电话\t备注\t\nab\tc\t\n"),
        "{texts:?}"
    );
    assert!(texts.contains(&"a\nb\tc\n"), "{texts:?}");
}

#[test]
fn forms_for_other_programs_are_texts_of_their_own() {
    let both = |choice: &str, other: &str| {
        format!(
            "<mc:AlternateContent><mc:Choice Requires=\"wps\"><w:t>{choice}</w:t></mc:Choice><mc:Fallback><w:t>{other}</w:t></mc:Fallback></mc:AlternateContent>"
        )
    };
    let body = format!(
        "<w:p><w:r>{}</w:r></w:p><w:p><w:r><w:t>138</w:t>{}<w:t>38000</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r>{}</w:r></w:p></w:tc></w:tr></w:tbl>",
        both("call 13900139000", "call 13700137000"),
        both("001", "001"),
        both("13600136000", "13500135000"),
    );
    let bytes = zipped(&document(&body));
    let (found, result) = read(&Office::DOCX, &bytes, &[]);
    result.unwrap();
    let texts: Vec<&str> = found.texts.iter().map(|t| t.2.as_str()).collect();
    assert!(
        texts.contains(&"call 13900139000\n13800138000\n"),
        "{texts:?}"
    );
    assert!(texts.contains(&"call 13700137000\n001\n"), "{texts:?}");
    assert!(
        texts.iter().any(|t| t.contains("13500135000\n13600136000")),
        "{texts:?}"
    );
    // An element of that name elsewhere is none.
    let alone =
        "<w:p><w:r><w:t>138</w:t></w:r><a:Choice><w:r><w:t>00138000</w:t></w:r></a:Choice></w:p>";
    let (found, _) = read(&Office::DOCX, &zipped(&document(alone)), &[]);
    assert_eq!(found.places("13800138000").len(), 1);
    let (out, result) = copy(&Office::DOCX, &bytes, &["13700137000", "13800138000"]);
    result.unwrap();
    let text = part(&out, "word/document.xml");
    assert!(
        !text.contains("13700137000") && text.contains("13900139000"),
        "{text}"
    );
    assert!(!text.contains("<w:t>138</w:t>"), "{text}");
}

#[test]
fn a_name_that_was_changed_in_a_table_is_changed_in_the_text() {
    let body = "<w:p><w:r><w:t>王小明来访</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>王小明</w:t></w:r></w:p></w:tc></w:tr></w:tbl>";
    let bytes = zipped(&document(body));
    let (out, result) =
        crate::formats::archives::testing::copy_cells(&Office::DOCX, &bytes, &["王小明"]);
    result.unwrap();
    assert!(!part(&out, "word/document.xml").contains("王小明"));
}

#[test]
fn slides_notes_and_comments_are_read() {
    let mut parts = frame("ppt/presentation.xml", "presentationml.presentation");
    let text = |t: &str| {
        format!(
            "<p:sld xmlns:p=\"p\" xmlns:a=\"a\"><p:cNvPr descr=\"d{t}\"/><a:p><a:r><a:t>{}</a:t></a:r><a:r><a:t>{}</a:t></a:r></a:p><a:tbl><a:tr><a:tc><a:p><a:r><a:t>{t}</a:t></a:r></a:p></a:tc></a:tr></a:tbl></p:sld>",
            &t[..4],
            &t[4..]
        )
    };
    parts.push((
        "ppt/presentation.xml".into(),
        b"<p:presentation xmlns:p=\"p\"/>".to_vec(),
    ));
    let names = [
        "slides/slide1",
        "notesSlides/notesSlide1",
        "slideMasters/slideMaster1",
        "slideLayouts/slideLayout1",
        "handoutMasters/handoutMaster1",
        "tags/tag1",
        "commentAuthors",
        "comments/comment1",
        "notesMasters/n1",
    ];
    let values: Vec<String> = (0..names.len())
        .map(|i| format!("13700137{i:03}"))
        .collect();
    for (name, value) in names.iter().zip(&values) {
        parts.push((format!("ppt/{name}.xml"), text(value).into_bytes()));
    }
    let needles: Vec<&str> = values.iter().map(String::as_str).collect();
    let bytes = zipped(&parts);
    assert_eq!(Office::PPTX.probe(&bytes, b"x"), Probe::Bytes);
    let (found, result) = read(&Office::PPTX, &bytes, &[]);
    result.unwrap();
    assert!(needles.iter().all(|n| found.places(n).len() >= 2));
    let (out, result) = copy(&Office::PPTX, &bytes, &needles);
    result.unwrap();
    assert!(
        unzipped(&out)
            .iter()
            .all(|(_, data)| !needles.iter().any(|n| holds(data, n)))
    );
    well_formed(&out);
}

proptest! {
    #[test]
    fn a_value_in_any_runs_is_found_and_gone(cuts in proptest::collection::vec(0usize..11, 0..4), wrap in 0usize..4) {
        let value = "13900139000";
        let mut at: Vec<usize> = cuts.into_iter().chain([0, 11]).collect();
        at.sort_unstable();
        let runs: String = at
            .windows(2)
            .enumerate()
            .map(|(i, w)| {
                let run = format!("<w:r><w:t>{}</w:t></w:r>", &value[w[0]..w[1]]);
                if i == wrap { format!("<w:ins w:id=\"1\">{run}</w:ins>") } else { run }
            })
            .collect();
        let bytes = zipped(&document(&format!("<w:p>{runs}</w:p>")));
        let (found, result) = read(&Office::DOCX, &bytes, &[]);
        result.unwrap();
        prop_assert!(!found.places(value).is_empty());
        let (out, result) = copy(&Office::DOCX, &bytes, &[value]);
        result.unwrap();
        let digits = part(&out, "word/document.xml").bytes().filter(|b| *b == b'9').count();
        prop_assert_eq!(digits, 0);
    }
}
