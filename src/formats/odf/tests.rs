//! Packages built in code, one value in every channel.

use super::OpenDocument;
use crate::formats::{
    Format, FormatError, Probe,
    archives::testing::{copy, holds, read, unzipped, zipped},
};
use crate::model::GapKind;
use proptest::prelude::*;

const NAMES: &str = "xmlns:office=\"o\" xmlns:text=\"t\" xmlns:table=\"ta\" xmlns:draw=\"d\" xmlns:dc=\"dc\" \
                     xmlns:svg=\"s\" xmlns:meta=\"m\" xmlns:xlink=\"x\" xmlns:calcext=\"c\"";

#[expect(clippy::format_collect, reason = "tests build their inputs plainly")]
/// A package: its type stored first, then the parts.
fn package(kind: &str, parts: &[(&str, String)]) -> Vec<u8> {
    let mut list: Vec<(String, Vec<u8>)> = Vec::new();
    let mime = format!("application/vnd.oasis.opendocument.{kind}");
    list.push(("mimetype".into(), mime.into_bytes()));
    let entries: String = parts
        .iter()
        .map(|(name, _)| format!("<manifest:file-entry manifest:full-path=\"{name}\"/>"))
        .collect();
    for (name, data) in parts {
        list.push(((*name).to_owned(), data.clone().into_bytes()));
    }
    let manifest = format!("<manifest:manifest xmlns:manifest=\"m\">{entries}</manifest:manifest>");
    list.push(("META-INF/manifest.xml".into(), manifest.into_bytes()));
    zipped(&list)
}

fn content(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><office:document-content {NAMES}><office:body>{body}</office:body></office:document-content>"
    )
}

fn part(copy: &[u8], name: &str) -> String {
    let parts = unzipped(copy);
    let found = parts.iter().find(|(n, _)| n == name.as_bytes());
    String::from_utf8(found.expect(name).1.clone()).unwrap()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one document with all of them")]
fn every_channel_of_a_text_is_read_and_redacted() {
    let mut values = Vec::new();
    let mut v = || {
        let value = format!("136000{:05}", values.len());
        values.push(value.clone());
        value
    };
    let split = |t: &str| {
        let (a, b) = t.split_at(5);
        format!("{a}<text:span text:style-name=\"T1\">{b}</text:span>")
    };
    let body = content(&format!(
        "<text:tracked-changes><text:changed-region><text:deletion><office:change-info><dc:creator>{}</dc:creator></office:change-info><text:p>{}</text:p></text:deletion></text:changed-region></text:tracked-changes>\
         <text:h>{}</text:h><text:p>a<office:annotation><dc:creator>{}</dc:creator><text:p>{}</text:p></office:annotation>b</text:p>\
         <text:p><text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>{}</text:p></text:note-body></text:note></text:p>\
         <text:p><draw:frame draw:name=\"f\"><svg:title>{}</svg:title><svg:desc>{}</svg:desc><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame></text:p>\
         <text:p><text:a xlink:href=\"mailto:{}\">x</text:a><text:bookmark text:name=\"b{}\"/></text:p>\
         <text:p><text:ruby><text:ruby-base>{}</text:ruby-base><text:ruby-text>{}</text:ruby-text></text:ruby></text:p>\
         <table:table table:name=\"T\"><table:table-row><table:table-cell office:value-type=\"string\"><text:p>{}</text:p></table:table-cell></table:table-row></table:table>",
        v(),
        split(&v()),
        split(&v()),
        v(),
        split(&v()),
        v(),
        v(),
        v(),
        split(&v()),
        v(),
        v(),
        v(),
        v(),
        split(&v())
    ));
    let parts = [
        ("content.xml", body),
        (
            "styles.xml",
            format!(
                "<office:s {NAMES}><text:p>{}</text:p></office:s>",
                split(&v())
            ),
        ),
        (
            "meta.xml",
            format!(
                "<office:m {NAMES}><dc:creator>{}</dc:creator><meta:user-defined meta:name=\"n\">{}</meta:user-defined></office:m>",
                v(),
                v()
            ),
        ),
        (
            "settings.xml",
            format!("<office:s {NAMES}><i>{}</i></office:s>", v()),
        ),
        (
            "Basic/Standard/Module1.xml",
            format!("<m>x = \"{}\"</m>", v()),
        ),
        (
            "Object 1/content.xml",
            content(&format!("<text:p>{}</text:p>", v())),
        ),
        ("Scripts/a.py", format!("x = '{}'", v())),
        ("Pictures/1.png", v()),
        ("ObjectReplacements/Object 1", v()),
        ("Thumbnails/thumbnail.png", v()),
        ("layout-cache", v()),
        ("Fonts/a.ttf", v()),
    ];
    let bytes = package("text", &parts);
    let needles: Vec<&str> = values.iter().map(String::as_str).collect();
    assert_eq!(OpenDocument::ODT.probe(&bytes, b"a.odt"), Probe::Bytes);
    let (found, result) = read(&OpenDocument::ODT, &bytes, &[]);
    result.unwrap();
    let missed = needles
        .iter()
        .filter(|n| found.places(n).is_empty())
        .count();
    assert_eq!(missed, 5, "pictures, the cache and the font");
    let (out, result) = copy(&OpenDocument::ODT, &bytes, &needles);
    result.unwrap();
    for (name, data) in unzipped(&out) {
        let left: Vec<_> = needles.iter().filter(|n| holds(&data, n)).collect();
        assert!(
            left.is_empty(),
            "{left:?} in {}",
            String::from_utf8_lossy(&name)
        );
        let mut reader = quick_xml::Reader::from_reader(data.as_slice());
        let mut buf = Vec::new();
        while data.starts_with(b"<")
            && reader.read_event_into(&mut buf).unwrap() != quick_xml::events::Event::Eof
        {
            buf.clear();
        }
    }
    let manifest = part(&out, "META-INF/manifest.xml");
    assert!(!manifest.contains("layout-cache") && manifest.contains("Pictures/1.png"));
    let (again, result) = read(&OpenDocument::ODT, &out, &[]);
    result.unwrap();
    assert_eq!(again.gaps, []);
    let (twice, result) = copy(&OpenDocument::ODT, &out, &needles);
    result.unwrap();
    assert!(twice == out);
}

#[test]
fn a_typed_cell_that_changes_becomes_text() {
    let body = content(
        "<office:spreadsheet><table:table table:name=\"客户\"><table:table-row>\
         <table:table-cell office:value-type=\"float\" office:value=\"13600136000\" table:formula=\"of:=1+2\" calcext:value-type=\"float\"><text:p>1.36E+10</text:p></table:table-cell>\
         <table:table-cell table:number-columns-repeated=\"1000000\"/>\
         <table:table-cell office:value-type=\"float\" office:value=\"5\"><text:p>5</text:p></table:table-cell>\
         </table:table-row><table:table-row table:number-rows-repeated=\"1048576\"><table:table-cell/></table:table-row></table:table></office:spreadsheet>",
    );
    let bytes = package("spreadsheet", &[("content.xml", body)]);
    let (found, result) = read(&OpenDocument::ODS, &bytes, &[]);
    result.unwrap();
    assert_eq!(
        found.places("13600136000"),
        ["#part:content.xml#客户!cells"]
    );
    let (out, result) = copy(&OpenDocument::ODS, &bytes, &["13600136000"]);
    result.unwrap();
    let text = part(&out, "content.xml");
    assert!(text.contains("<table:table-cell office:value-type=\"string\"   calcext:value-type=\"string\"><text:p>***********</text:p>"), "{text}");
    assert!(
        text.contains("office:value=\"5\"><text:p>5</text:p>"),
        "{text}"
    );
}

#[test]
fn a_password_is_asked_for() {
    let bytes = zipped(&[
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        ("content.xml", "\u{1}\u{2}"),
        (
            "META-INF/manifest.xml",
            "<m><manifest:file-entry manifest:full-path=\"content.xml\"><manifest:encryption-data/></manifest:file-entry></m>",
        ),
    ]);
    let (_, result) = read(&OpenDocument::ODT, &bytes, &[]);
    assert!(matches!(result, Err(FormatError::Encrypted)));
}

#[test]
fn damage_is_told_and_the_rest_is_read() {
    let bytes = package(
        "text",
        &[
            ("content.xml", content("<text:p>13600136000</text:p>") + "<"),
            ("meta.xml", "<a>13600136001</a>".into()),
        ],
    );
    let (found, result) = read(&OpenDocument::ODT, &bytes, &[]);
    result.unwrap();
    assert_eq!(
        found.gaps,
        [("#part:content.xml".to_owned(), GapKind::Corrupt)]
    );
    assert!(!found.places("13600136001").is_empty());
    let (_, result) = copy(&OpenDocument::ODT, &bytes, &["13600136000"]);
    assert!(matches!(
        result,
        Err(FormatError::Withheld(GapKind::Corrupt, _))
    ));
}

proptest! {
    #[test]
    fn any_markup_is_bounded(body in "(<text:p>|</text:p>|<table:table>|</table:table>|<table:table-row>|<table:table-cell/>|</table:table-row>|1360|<text:s text:c=\"9\"/>|<office:annotation>|</office:annotation>){0,30}") {
        let bytes = package("text", &[("content.xml", content(&body))]);
        let (_, result) = read(&OpenDocument::ODT, &bytes, &[]);
        prop_assert!(result.is_ok());
    }
}
