//! Messages made in code.

use super::*;
use crate::formats::{
    archives::testing::{Finder, copy, read, unzipped, zipped},
    ole::testing::compound,
};
use proptest::prelude::*;

const VALUE: &str = "13800138000";

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn stream(tag: &str) -> String {
    format!("{STREAM}{tag}")
}

/// A table of properties: the code page, and the lengths of two texts.
fn table(body: usize) -> Vec<u8> {
    let mut out = vec![0; 32];
    for (tag, value) in [
        (0x3FFD_0003_u32, 936_u32),
        (0x1000_001F, u32::try_from(body + 2).unwrap()),
    ] {
        out.extend_from_slice(&tag.to_le_bytes());
        out.extend_from_slice(&[6, 0, 0, 0]);
        out.extend_from_slice(&value.to_le_bytes());
        out.extend_from_slice(&[0; 4]);
    }
    out
}

fn message() -> Vec<u8> {
    let body = wide(&format!("您好：\r\n电话 {VALUE}\r\n"));
    let zip = zipped(&[("a.txt", format!("电话 {VALUE}\n"))]);
    let rtf = rtf::plain(format!("{{\\rtf1\\ansi phone {VALUE}\\par}}").as_bytes());
    let names = [
        stream("0C1A001F"),
        stream("0E04001F"),
        stream("0037001E"),
        stream("1000001F"),
        stream("10130102"),
        stream("10090102"),
        stream("37010102"),
        stream("3707001F"),
        stream("0C190102"),
        stream("00710102"),
    ];
    let streams: Vec<(&str, Vec<u8>)> = vec![
        (PROPERTIES, table(body.len())),
        (&names[0], wide("张三")),
        (&names[1], wide("李四; 王五")),
        (
            &names[2],
            encoding_rs::GB18030
                .encode(&format!("主题 {VALUE}"))
                .0
                .into_owned(),
        ),
        (&names[3], body),
        (
            &names[4],
            "<html><p>电话 <b>138</b>00138000</p></html>"
                .as_bytes()
                .to_vec(),
        ),
        (&names[5], rtf),
        (&names[6], zip),
        (&names[7], wide("名单.zip")),
        (
            &names[8],
            [b"\0\x01".to_vec(), wide(&format!("EX {VALUE}"))].concat(),
        ),
        (&names[9], vec![1; 22]),
    ];
    compound(&streams)
}

#[test]
fn every_property_is_read() {
    let (found, result) = read(&Msg, &message(), &[]);
    result.unwrap();
    for name in ["张三", "李四", "王五"] {
        assert!(
            found.texts.iter().any(|t| t.1 == "姓名" && t.2 == name),
            "{name}"
        );
    }
    for place in ["#part:0037001E", "#part:1000001F", "#part:0C190102"] {
        assert!(
            found.places(VALUE).contains(&place),
            "{place}: {:?}",
            found.places(VALUE)
        );
    }
    let names: Vec<&str> = found.members.iter().map(|m| m.0.as_str()).collect();
    for name in ["body.html", "body.rtf", "a.txt", "名单.zip"] {
        assert!(names.contains(&name), "{names:?}");
    }
}

#[test]
fn html_as_a_text_is_read_as_html() {
    let html = "<html><body><p>电话 <b>138</b>001&#51;8000</p></body></html>";
    let gb = encoding_rs::GB18030.encode(html).0.into_owned();
    for (tag, raw) in [("1013001F", wide(html)), ("1013001E", gb)] {
        let name = stream(tag);
        let bytes = compound(&[(PROPERTIES, table(0)), (&name, raw)]);
        let (found, result) = read(&Msg, &bytes, &[]);
        result.unwrap();
        assert_eq!(found.places(&format!("电话 {VALUE}")).len(), 1, "{tag}");
        let (out, result) = copy(&Msg, &bytes, &[VALUE]);
        result.unwrap();
        let (again, result) = read(&Msg, &out, &[]);
        result.unwrap();
        assert!(again.places(VALUE).is_empty(), "{tag}");
        assert_eq!(again.places("电话 *").len(), 1, "{tag}");
    }
}

#[test]
fn a_copy_has_no_value_anywhere() {
    let (out, result) = copy(&Msg, &message(), &[VALUE, "张三", "李四"]);
    result.unwrap();
    for needle in [
        VALUE.as_bytes().to_vec(),
        wide(VALUE),
        wide("张三"),
        wide("李四"),
    ] {
        assert!(memchr::memmem::find(&out, &needle).is_none());
    }
    let (again, result) = read(&Msg, &out, &[]);
    result.unwrap();
    assert!(again.places(VALUE).is_empty());
    assert!(again.texts.iter().any(|t| t.2 == "王五"));
    assert!(
        again
            .texts
            .iter()
            .any(|t| t.2.contains("电话 ***********\n"))
    );
    let mut container = Container::read(&out).unwrap();
    let number = container
        .entries
        .iter()
        .position(|e| e.path.ends_with("37010102"))
        .unwrap();
    let zip = container.stream(number).unwrap();
    assert_eq!(unzipped(&zip)[0].1, "电话 ***********\n".as_bytes());
    let key = container
        .entries
        .iter()
        .position(|e| e.path.ends_with("0C190102"))
        .unwrap();
    assert!(container.stream(key).unwrap().is_empty());
}

/// A number in a double, a day of birth, several long numbers.
fn with_numbers() -> Vec<u8> {
    let number: u64 = VALUE.parse().unwrap();
    // The first second of 1990-05-17 in China.
    let birth = (11_644_473_600_u64 + 642_873_600) * 10_000_000;
    let mut table = vec![0; 32];
    for (tag, value) in [
        (0x8001_0005_u32, 13_800_138_000_f64.to_bits()),
        (0x6000_0014, number),
        (0x3A42_0040, birth),
        (0x8002_0006, number * 10_000),
        (0x0E08_0003, 77),
    ] {
        table.extend_from_slice(&tag.to_le_bytes());
        table.extend_from_slice(&[6, 0, 0, 0]);
        table.extend_from_slice(&value.to_le_bytes());
    }
    let many: Vec<u8> = [5, number].iter().flat_map(|n| n.to_le_bytes()).collect();
    let many_of = stream("80031014");
    compound(&[(PROPERTIES, table), (&many_of, many)])
}

#[test]
fn numbers_of_properties_are_read_and_go() {
    let raw = with_numbers();
    let (found, result) = read(&Msg, &raw, &[]);
    result.unwrap();
    assert_eq!(found.places(VALUE).len(), 4, "{:?}", found.texts);
    assert!(
        found
            .texts
            .iter()
            .any(|t| t.1 == "出生日期" && t.2 == "1990-05-17")
    );
    let (out, result) = copy(&Msg, &raw, &[VALUE, "1990-05-17"]);
    result.unwrap();
    let number: u64 = VALUE.parse().unwrap();
    let birth = (11_644_473_600_u64 + 642_873_600) * 10_000_000;
    for form in [
        number.to_le_bytes().to_vec(),
        (number * 10_000).to_le_bytes().to_vec(),
        13_800_138_000_f64.to_le_bytes().to_vec(),
        birth.to_le_bytes().to_vec(),
    ] {
        assert!(memchr::memmem::find(&raw, &form).is_some());
        assert!(memchr::memmem::find(&out, &form).is_none(), "{form:?}");
    }
    let (again, result) = read(&Msg, &out, &[]);
    result.unwrap();
    assert!(again.places(VALUE).is_empty());
    assert!(again.places("5").contains(&"#part:80031014"));
}

#[test]
fn names_of_properties_are_read_and_go() {
    let mut names = Vec::new();
    for name in [format!("电话 {VALUE}"), "Keywords".to_owned()] {
        let name = wide(&name);
        names.extend_from_slice(&u32::try_from(name.len()).unwrap().to_le_bytes());
        names.extend_from_slice(&name);
        names.resize(names.len().next_multiple_of(4), 0);
    }
    let path = "__nameid_version1.0/__substg1.0_00040102".to_owned();
    let mut message = Message {
        paths: std::slice::from_ref(&path),
        streams: vec![names.clone()],
        sizes: BTreeMap::new(),
        changed: false,
        writing: true,
    };
    let mut sink = Finder::new(&[VALUE]);
    sink.mask = true;
    let limits = crate::formats::Limits::default();
    let mut usage = crate::formats::nest::Usage::new(0);
    let mut cx = Cx::new(&mut sink, &limits, &mut usage, Name::from("x"));
    message.all(&mut cx).unwrap();
    assert_eq!(sink.places(VALUE).len(), 1);
    assert_eq!(sink.places("Keywords").len(), 1);
    assert!(message.changed);
    let new = &message.streams[0];
    assert_eq!(new.len(), names.len());
    assert!(memchr::memmem::find(new, &wide(VALUE)).is_none());
    assert!(memchr::memmem::find(new, &wide("Keywords")).is_some());
}

#[test]
fn what_is_a_message() {
    assert_eq!(Msg.probe(&message(), b"x"), Probe::Bytes);
    assert_eq!(Msg.probe(MAGIC, b"a.MSG"), Probe::Name);
    assert_eq!(Msg.probe(MAGIC, b"a.doc"), Probe::No);
    let other = compound(&[("WordDocument", vec![1; 10])]);
    let (_, result) = read(&Msg, &other, &[]);
    assert!(matches!(result, Err(FormatError::Unsupported(_))));
}

proptest! {
    #[test]
    fn damaged_messages_end_in_a_result(flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8), cut in 0usize..2000) {
        let mut bytes = message();
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(bytes.len().saturating_sub(cut));
        let _ = read(&Msg, &bytes, &[]);
        let _ = copy(&Msg, &bytes, &[VALUE]);
    }
}
