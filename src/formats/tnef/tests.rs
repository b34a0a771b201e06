//! Messages made here, attribute by attribute.

use super::*;
use crate::formats::archives::testing::{copy, read};
use proptest::prelude::*;

fn put(out: &mut Vec<u8>, level: u8, id: u32, body: &[u8]) {
    out.push(level);
    out.extend(id.to_le_bytes());
    out.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
    out.extend(body);
    let sum = body.iter().fold(0_u16, |s, b| s.wrapping_add((*b).into()));
    out.extend(sum.to_le_bytes());
}

fn property(out: &mut Vec<u8>, kind: u16, id: u16, value: &[u8]) {
    out.extend(kind.to_le_bytes());
    out.extend(id.to_le_bytes());
    out.extend(1_u32.to_le_bytes());
    out.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
    out.extend(value);
    out.resize(out.len().next_multiple_of(4), 0);
}

fn message() -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend([1, 0]);
    put(&mut out, 1, 0x0001_8004, b"13700000001\0");
    put(&mut out, 1, 0x0002_800C, "正文 13700000002\0".as_bytes());
    let mut properties = 3_u32.to_le_bytes().to_vec();
    let wide: Vec<u8> = "13700000003"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    property(&mut properties, 0x001F, 0x0C1A, &wide);
    property(&mut properties, 0x001E, 0x3A1C, b"13700000004\0");
    property(
        &mut properties,
        0x0102,
        0x1013,
        b"<html><b>137</b>00000005</html>",
    );
    put(&mut out, 1, 0x0006_9003, &properties);
    put(&mut out, 2, 0x0006_9002, &[0; 14]);
    put(&mut out, 2, 0x0001_8010, b"13700000006.txt\0");
    put(&mut out, 2, 0x0006_800F, b"13700000007");
    let mut attached = 1_u32.to_le_bytes().to_vec();
    property(&mut attached, 0x001E, 0x3704, b"13700000008\0");
    put(&mut out, 2, 0x0006_9005, &attached);
    out
}

#[test]
fn every_part_is_read() {
    let raw = message();
    assert_eq!(Tnef.probe(&raw, b"x"), Probe::Bytes);
    let (found, result) = read(&Tnef, &raw, &[]);
    result.unwrap();
    for n in 1..=8 {
        let value = format!("1370000000{n}");
        let seen =
            !found.places(&value).is_empty() || found.members.iter().any(|m| m.0.contains(&value));
        assert!(seen, "{value}");
    }
    assert!(found.gaps.is_empty(), "{:?}", found.gaps);
    assert_eq!(Tnef.ability(), Ability::Read);
    assert!(copy(&Tnef, &raw, &[]).0.is_empty());
}

#[test]
fn html_as_a_text_is_read_as_html() {
    let html = "<html><body><p>call <b>137</b>0000&#48;005</p></body></html>\0";
    let wide: Vec<u8> = html.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (kind, raw) in [(0x001F, &wide[..]), (0x001E, html.as_bytes())] {
        let mut properties = 1_u32.to_le_bytes().to_vec();
        property(&mut properties, kind, 0x1013, raw);
        let (found, result) = read(&Tnef, &of(&[(0x0006_9003, &properties)]), &[]);
        result.unwrap();
        assert_eq!(found.places("call 13700000005").len(), 1, "{kind}");
        assert!(found.gaps.is_empty(), "{:?}", found.gaps);
    }
}

#[test]
fn what_ends_early_is_told() {
    let raw = message();
    let (found, result) = read(&Tnef, &raw[..raw.len() - 3], &[]);
    result.unwrap();
    assert_eq!(found.gaps[0].1, GapKind::Corrupt);
}

/// The stream of these attributes of the message.
fn of(attributes: &[(u32, &[u8])]) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend([1, 0]);
    for (id, body) in attributes {
        put(&mut out, 1, *id, body);
    }
    out
}

fn gaps(raw: &[u8]) -> Vec<GapKind> {
    let (found, result) = read(&Tnef, raw, &[]);
    result.unwrap();
    found.gaps.iter().map(|g| g.1).collect()
}

#[test]
fn a_sender_is_a_name_and_an_address() {
    let from =
        b"\x04\0\x1c\0\x07\0\x10\0\xe5\xbc\xa0\xe4\xb8\x89\0SMTP:a@b.com.cn\0\0\0\0\0\0\0\0\0\0";
    let owner = b"\x07\0\xe6\x9d\x8e\xe5\x9b\x9b\0\x0b\0SMTP:c@d.cn";
    let raw = of(&[(0x8000, from), (0x0006_0000, owner)]);
    let (found, result) = read(&Tnef, &raw, &[]);
    result.unwrap();
    for (label, text) in [
        ("姓名", "张三"),
        ("邮箱", "a@b.com.cn"),
        ("姓名", "李四"),
        ("邮箱", "c@d.cn"),
    ] {
        let seen = (found.texts.iter()).any(|t| t.1 == label && t.2.trim_end_matches('\0') == text);
        assert!(seen, "{text}: {:?}", found.texts);
    }
    assert!(found.gaps.is_empty(), "{:?}", found.gaps);
    // Lengths past the end.
    assert_eq!(gaps(&of(&[(0x8000, &from[..20])])), [GapKind::Opaque]);
}

#[test]
fn texts_are_in_the_code_page_that_is_declared() {
    let big5 = encoding_rs::BIG5
        .encode("陳小明 13700000001")
        .0
        .into_owned();
    let page = [950_u32.to_le_bytes(), 0_u32.to_le_bytes()].concat();
    let raw = of(&[(0x0006_9007, &page), (0x0001_8004, &big5)]);
    let (found, result) = read(&Tnef, &raw, &[]);
    result.unwrap();
    assert!(!found.places("陳小明").is_empty(), "{:?}", found.texts);
    assert!(found.gaps.is_empty(), "{:?}", found.gaps);
    // A page that nobody knows, and bytes that are no text in any.
    let raw = of(&[(0x0006_9007, &[9, 9, 0, 0])]);
    assert_eq!(gaps(&raw), [GapKind::Undecodable]);
    let raw = of(&[(0x0001_8004, b"ab\xff\xff\xff")]);
    assert_eq!(gaps(&raw), [GapKind::Undecodable]);
}

#[test]
fn what_is_not_known_or_does_not_hold_together_is_told() {
    assert_eq!(gaps(&of(&[(0x0006_7777, b"\x01words")])), [GapKind::Opaque]);
    assert_eq!(
        gaps(&of(&[(0x0006_8011, b"\xd7\xcd\xc6\x9a")])),
        [GapKind::Image]
    );
    let mut raw = of(&[(0x0001_8004, b"subject")]);
    *raw.last_mut().unwrap() ^= 1;
    assert_eq!(gaps(&raw), [GapKind::Corrupt]);
    let mut list = 1_u32.to_le_bytes().to_vec();
    property(&mut list, 0x0102, 0x1009, b"no RTF in here at all");
    assert_eq!(gaps(&of(&[(0x0006_9003, &list)])), [GapKind::Corrupt]);
    // More rows than there are, and bytes behind all of them.
    let rows = u32::MAX.to_le_bytes();
    assert_eq!(gaps(&of(&[(0x0006_9004, &rows)])), [GapKind::Corrupt]);
    let mut list = 0_u32.to_le_bytes().to_vec();
    list.extend(b"13700000001 behind");
    let raw = of(&[(0x0006_9003, &list), (0x0006_9004, &list)]);
    assert_eq!(gaps(&raw), [GapKind::Opaque; 2]);
    assert_eq!(read(&Tnef, &raw, &[]).0.places("13700000001").len(), 2);
    // An object without what it is of.
    let mut list = 1_u32.to_le_bytes().to_vec();
    property(&mut list, 0x000D, 0x3701, b"short");
    assert_eq!(gaps(&of(&[(0x0006_9005, &list)])), [GapKind::Opaque]);
}

#[test]
fn a_damaged_property_loses_none_of_its_values() {
    // Two values, the second of which is longer than what there is.
    let mut list = 1_u32.to_le_bytes().to_vec();
    list.extend(0x101E_u16.to_le_bytes());
    list.extend(0x3A1C_u16.to_le_bytes());
    list.extend(2_u32.to_le_bytes());
    list.extend(11_u32.to_le_bytes());
    list.extend(b"13700000001\0");
    list.extend(999_u32.to_le_bytes());
    let raw = of(&[(0x0006_9003, &list)]);
    let (found, result) = read(&Tnef, &raw, &[]);
    result.unwrap();
    assert!(!found.places("13700000001").is_empty());
    assert_eq!(found.gaps[0].1, GapKind::Corrupt);
}

#[test]
fn more_properties_than_anybody_has_are_all_read() {
    let mut list = 120_001_u32.to_le_bytes().to_vec();
    for _ in 0..120_000 {
        property(&mut list, 0x001E, 0x3A1C, b"");
    }
    property(&mut list, 0x001E, 0x3A1C, b"13700000001");
    let (found, result) = read(&Tnef, &of(&[(0x0006_9003, &list)]), &[]);
    result.unwrap();
    assert!(!found.places("13700000001").is_empty());
}

#[test]
fn names_and_numbers_of_properties_are_read() {
    let mut list = 3_u32.to_le_bytes().to_vec();
    list.extend(0x0005_u16.to_le_bytes());
    list.extend(0x8001_u16.to_le_bytes());
    list.extend([7; 16]);
    list.extend(1_u32.to_le_bytes());
    let name: Vec<u8> = "电话\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    list.extend(u32::try_from(name.len()).unwrap().to_le_bytes());
    list.extend(&name);
    list.resize(list.len().next_multiple_of(4), 0);
    list.extend(13_700_000_001_f64.to_le_bytes());
    // The first second of 1990-05-17 in China.
    let birth = (11_644_473_600_u64 + 642_873_600) * 10_000_000;
    for (kind, id, value) in [
        (0x0014_u16, 0x6000_u16, 13_700_000_002_u64),
        (0x0040, 0x3A42, birth),
    ] {
        list.extend(kind.to_le_bytes());
        list.extend(id.to_le_bytes());
        list.extend(value.to_le_bytes());
    }
    let (found, result) = read(&Tnef, &of(&[(0x0006_9003, &list)]), &[]);
    result.unwrap();
    for text in ["电话", "13700000001", "13700000002", "1990-05-17"] {
        assert!(!found.places(text).is_empty(), "{text}: {:?}", found.texts);
    }
    assert!(found.texts.iter().any(|t| t.1 == "出生日期"));
    assert!(found.gaps.is_empty(), "{:?}", found.gaps);
}

#[test]
fn a_message_inside_and_every_content_are_members() {
    let mut inner = vec![0; INTERFACE];
    inner.extend(of(&[(0x0001_8004, b"13700000001")]));
    let mut attached = 1_u32.to_le_bytes().to_vec();
    property(&mut attached, 0x000D, 0x3701, &inner);
    // No title, and contents in both places.
    let raw = of(&[
        (0x0006_9002, &[0; 14]),
        (0x0006_800F, b"13700000002"),
        (0x0006_9005, &attached),
    ]);
    let (found, result) = read(&Tnef, &raw, &[]);
    result.unwrap();
    for value in ["13700000001", "13700000002"] {
        assert!(!found.places(value).is_empty(), "{value}");
    }
    let formats: Vec<_> = found.members.iter().map(|m| m.1).collect();
    assert_eq!(formats, [Some("text"), Some("tnef")]);
}

proptest! {
    #[test]
    fn damage_is_bounded(flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8), cut in 0usize..80) {
        let mut raw = message();
        for (at, value) in flips {
            let at = at.index(raw.len());
            raw[at] = value;
        }
        raw.truncate(raw.len() - cut);
        let _ = read(&Tnef, &raw, &[]);
    }
}
