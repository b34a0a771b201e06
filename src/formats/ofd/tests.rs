//! Tests of OFD documents.

use super::{
    Ofd,
    part::{OfdPart, without},
};
use crate::formats::{
    Format, FormatError, Probe, Source,
    archives::testing::{copy as copy_package, read as read_package, unzipped, zipped},
    trial::{Trial, copy, read, with_cx},
};
use crate::model::GapKind;
use proptest::prelude::*;

fn page(objects: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ofd:Page xmlns:ofd=\"http://www.ofdspec.org/2016\"><ofd:Content><ofd:Layer ID=\"1\">{objects}</ofd:Layer></ofd:Content></ofd:Page>"
    )
}

fn object(x: f64, y: f64, inside: &str) -> String {
    format!(
        "<ofd:TextObject ID=\"2\" Boundary=\"{x} {y} 100 5\" Font=\"3\" Size=\"3\">{inside}</ofd:TextObject>"
    )
}

fn code(x: f64, delta: &str, text: &str) -> String {
    format!("<ofd:TextCode X=\"{x}\" Y=\"3\" DeltaX=\"{delta}\">{text}</ofd:TextCode>")
}

fn lines(xml: &str) -> Vec<String> {
    let seen = read(&OfdPart, xml.as_bytes());
    let texts = seen.seen.iter().filter(|s| s.line.is_some());
    texts
        .flat_map(|s| {
            String::from_utf8(s.text.clone())
                .unwrap()
                .lines()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn glyphs_are_joined_where_they_stand() {
    // One character a code, drawn from right to left, over two objects.
    let one: String = "13800138000"
        .chars()
        .rev()
        .enumerate()
        .map(|(i, c)| {
            code(
                f64::from(10 - u32::try_from(i).unwrap()) * 1.5,
                "",
                &c.to_string(),
            )
        })
        .collect();
    let xml = page(
        &(object(10.0, 20.0, &one)
            + &object(40.0, 20.1, &code(0.0, "g 2 3", "尾声"))
            + &object(10.0, 10.0, &code(0.0, "3", "电话"))),
    );
    assert_eq!(OfdPart.probe(xml.as_bytes(), b"x"), Probe::Bytes);
    assert_eq!(lines(&xml), ["电话", "13800138000\t尾声"]);
    let new = String::from_utf8(copy(
        &OfdPart,
        xml.as_bytes(),
        &[("13800138000", "*********00")],
    ))
    .unwrap();
    assert_eq!(lines(&new), ["电话", "*********00\t尾声"]);
    assert_eq!(new.len(), xml.len());
}

#[test]
fn values_that_go_on_in_the_next_code_or_line() {
    let split = code(0.0, "", "账号62220212345") + &code(22.5, "g 7 1.5", "67890128");
    let narrow = object(100.0, 50.0, &code(0.0, "g 8 1.5", "110101199"))
        + &object(100.0, 54.0, &code(0.0, "g 8 1.5", "003071233"));
    let xml = page(&(object(0.0, 0.0, &split) + &narrow));
    let seen = lines(&xml);
    assert_eq!(seen[0], "账号6222021234567890128");
    assert!(seen.contains(&"110101199003071233".to_owned()), "{seen:?}");
    let new = copy(
        &OfdPart,
        xml.as_bytes(),
        &[("110101199003071233", "*"), ("6222021234567890128", "**")],
    );
    let seen = lines(&String::from_utf8(new).unwrap());
    assert_eq!(seen[0], format!("账号{}", "*".repeat(19)));
    assert_eq!(seen[1..3], ["*".repeat(9), "*".repeat(9)]);
}

#[test]
fn vertical_and_turned_text() {
    let down = "<ofd:TextCode X=\"3\" Y=\"3\" DeltaY=\"g 10 3\">13800138000</ofd:TextCode>";
    let turned = object(50.0, 50.0, &code(0.0, "g 10 1.5", "13900139000"))
        .replace("Size", "CTM=\"0 1 -1 0 0 0\" Size");
    let xml = page(&(object(0.0, 0.0, down) + &turned));
    let seen = lines(&xml);
    assert!(seen.contains(&"13800138000".to_owned()) && seen.contains(&"13900139000".to_owned()));
}

#[test]
fn entities_count_as_one_and_glyph_numbers_go() {
    let inside = "<ofd:CGTransform CodePosition=\"0\" CodeCount=\"3\" GlyphCount=\"3\"><ofd:Glyphs>10 11 12</ofd:Glyphs></ofd:CGTransform><ofd:CGTransform CodePosition=\"3\" CodeCount=\"2\" GlyphCount=\"1\"><ofd:Glyphs>99</ofd:Glyphs></ofd:CGTransform>".to_owned() + &code(0.0, "g 4 3", "&#24352;三&amp;ab");
    let xml = page(&object(0.0, 0.0, &inside));
    assert_eq!(lines(&xml), ["张三&ab"]);
    let new = String::from_utf8(copy(
        &OfdPart,
        xml.as_bytes(),
        &[("张三", "**"), ("ab", "xy")],
    ))
    .unwrap();
    assert!(
        new.contains(">**&amp;xy<") && new.contains("<ofd:Glyphs>0 0 12</ofd:Glyphs>"),
        "{new}"
    );
    assert!(!new.contains(">99<"));
}

#[test]
fn other_texts_and_attributes_are_read() {
    let xml = page(
        "<ofd:CustomData Name=\"购买方\" Phone='139&#48;0139000'>13800138000</ofd:CustomData><!-- 13700137000 --><ofd:PathObject><ofd:AbbreviatedData>M 0.18 0.18 L 13600136000 2 C</ofd:AbbreviatedData></ofd:PathObject>",
    );
    let seen = read(&OfdPart, xml.as_bytes());
    for value in ["13800138000", "13900139000", "13700137000", "13600136000"] {
        assert!(seen.shows(value), "{value}");
    }
    let new = copy(
        &OfdPart,
        xml.as_bytes(),
        &[("13900139000", "<'>"), ("13800138000", "*")],
    );
    let new = String::from_utf8(new).unwrap();
    assert!(new.contains("Phone='&lt;&apos;&gt;'>*<"));
    let gb = crate::formats::trial::encoded(
        &xml.replace("UTF-8", "GBK"),
        crate::formats::encoding::Encoding::Gb18030,
        false,
    );
    assert!(read(&OfdPart, &gb).shows("购买方"));
}

fn document(text: &str) -> Vec<u8> {
    let ns = "xmlns:ofd=\"http://www.ofdspec.org/2016\"";
    zipped(&[
        (
            "OFD.xml",
            format!(
                "<ofd:OFD {ns}><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot><ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures></ofd:DocBody></ofd:OFD>"
            ),
        ),
        ("Doc_0/Document.xml", format!("<ofd:Document {ns}/>")),
        (
            "Doc_0/Pages/Page_0/Content.xml",
            page(&object(0.0, 0.0, &code(0.0, "g 9 1.5", text))),
        ),
        (
            "Doc_0/Attachs/original_invoice.xml",
            format!("<?xml version=\"1.0\"?><inv><tel>{text}</tel></inv>"),
        ),
        (
            "Doc_0/Signs/Signatures.xml",
            format!("<ofd:Signatures {ns}/>"),
        ),
        (
            "Doc_0/Signs/Sign_0/SignedValue.dat",
            "\u{1}\u{2}certificate".to_owned(),
        ),
        ("Doc_0/Res/font.ttf", "\u{0}\u{1}\u{0}\u{0}font".to_owned()),
    ])
}

#[test]
fn a_changed_document_loses_its_signatures_and_nothing_else() {
    let raw = document("13800138000");
    assert_eq!(Ofd.probe(&raw, b"x"), Probe::Bytes);
    let (found, result) = read_package(&Ofd, &raw, &[]);
    result.unwrap();
    assert!(found.gaps.iter().all(|g| g.1 == GapKind::Signed) && found.gaps.len() == 2);
    assert_eq!(found.places("13800138000").len(), 2);
    let (out, result) = copy_package(&Ofd, &raw, &["13800138000"]);
    result.unwrap();
    let (old, new) = (unzipped(&raw), unzipped(&out));
    assert_eq!(new.len(), old.len() - 2);
    assert!(!String::from_utf8_lossy(&new[0].1).contains("Signatures"));
    assert_eq!(new[4], old[6], "the font stays");
    assert!(
        new.iter()
            .all(|m| memchr::memmem::find(&m.1, b"13800138000").is_none())
    );
    // Without changes it is the document with its signatures.
    let (out, result) = copy_package(&Ofd, &raw, &["absent"]);
    result.unwrap();
    assert_eq!(out, raw);
}

#[test]
fn elements_are_taken_out() {
    assert_eq!(
        without(b"<a><x:b c='>'>1<b/></x:b>2<b/></a>", b"b"),
        b"<a>2</a>"
    );
    assert_eq!(without(b"<a>1</a>", b"b"), b"<a>1</a>");
}

proptest! {
    #[test]
    fn anything_ends_in_a_result(text in "(<ofd:TextObject |<ofd:TextCode |X=\"|Y=\"1\"|DeltaX=\"g 99999999 1|CTM=\"1e300 nan 0 1 0 0|Boundary=\"0 0 1 1|Size=\"-1|\"|>|/>|</ofd:TextCode>|</ofd:TextObject>|<ofd:CGTransform CodePosition=\"0|<ofd:Glyphs>|1 2 3|&#49;|张三|13800138000| ){0,40}") {
        let xml = page(&text);
        let mut trial = Trial { words: vec![("13800138000".into(), "***********".into()), ("张三".into(), "**".into())], ..Trial::default() };
        let mut out = std::io::Cursor::new(Vec::new());
        let result: Result<(), FormatError> = with_cx(&mut trial, xml.len(), |cx| OfdPart.run(&mut Source::slice(xml.as_bytes()), cx, Some(&mut out)));
        result.unwrap();
        prop_assert_eq!(copy(&OfdPart, xml.as_bytes(), &[]), xml.into_bytes());
    }
}
