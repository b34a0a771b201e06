//! Cards and calendars: read, copied, broken.

use super::*;
use crate::formats::{
    encoding::Encoding,
    trial::{copy, encoded, read},
};
use proptest::prelude::*;

const CARD: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:易志强\r\nN:易;志强;;;\r\nitem1.TEL;TYPE=CELL:138\r\n  0013 8000\r\nADR;TYPE=HOME:;;西大街\\, 4号;和田县;新疆;;\r\nNOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=GBK:=D5=C5=C8=FD=\r\n 13800138000\r\nPHOTO;ENCODING=b:aGVs\r\n bG8=\r\nno property\r\nEND:VCARD\r\n";

fn labelled(text: &str) -> Vec<(String, String)> {
    read(&Cards::VCF, text.as_bytes())
        .seen
        .iter()
        .map(|s| {
            let label = s.label.clone().unwrap_or_default();
            (label, String::from_utf8_lossy(&s.text).into_owned())
        })
        .collect()
}

#[test]
fn values_are_read_under_what_their_names_say() {
    let seen = labelled(CARD);
    let has = |label: &str, text: &str| {
        assert!(
            seen.contains(&(label.into(), text.into())),
            "{label} {text}: {seen:?}"
        );
    };
    has("姓名", "易志强");
    has("电话", "138 0013 8000");
    has("地址", "新疆和田县西大街, 4号");
    has("NOTE", "张三 13800138000");
    has("", "no property");
    assert_eq!(seen.iter().filter(|s| s.1 == "易志强").count(), 2);
}

#[test]
fn edits_land_in_the_coding_of_the_line() {
    let words = [
        ("易志强", "易**"),
        ("138 0013 8000", "*************"),
        ("新疆和田县西大街, 4号", "[address]"),
        ("张三", "某人"),
    ];
    let out = String::from_utf8(copy(&Cards::VCF, CARD.as_bytes(), &words)).unwrap();
    assert!(out.contains("FN:易**\r\nN:易;**;;;\r\n"), "{out}");
    assert!(out.contains("TYPE=CELL:***\r\n **********\r\n"), "{out}");
    assert!(out.contains("ADR;TYPE=HOME:;;;;[address];;\r\n"), "{out}");
    assert!(out.contains("CHARSET=GBK:=C4=B3=C8=CB"), "{out}");
    assert!(out.contains("PHOTO;ENCODING=b:aGVs\r\n bG8=\r\n"));
}

#[test]
fn calendars_and_data_addresses() {
    let ics = "BEGIN:VCALENDAR\nATTENDEE;CN=\"张三\";ROLE=X:mailto:a@b.cn\nSUMMARY:call 13800138000\nEND:VCALENDAR\n";
    assert_eq!(Cards::ICS.probe(ics.as_bytes(), b"x"), Probe::Bytes);
    let out = copy(
        &Cards::ICS,
        ics.as_bytes(),
        &[("张三", "张\";:,*"), ("13800138000", "*")],
    );
    assert_eq!(
        String::from_utf8(out).unwrap(),
        ics.replace("张三", "张__:_*").replace("13800138000", "*")
    );
    let card = "BEGIN:VCARD\nPHOTO:data:text/plain;base64,eCAxMzgwMDEzODAwMCB5\nEND:VCARD\n";
    let out = copy(&Cards::VCF, card.as_bytes(), &[("13800138000", "*")]);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        card.replace("eCAxMzgwMDEzODAwMCB5", "eCAqIHk=")
    );
}

#[test]
fn every_encoding() {
    for (encoding, bom) in [
        (Encoding::Utf8, true),
        (Encoding::Gb18030, false),
        (Encoding::Utf16Le, true),
    ] {
        let text = "BEGIN:VCARD\r\nFN:易志强\r\nNOTE:客户的电话和地址都在这里\r\nEND:VCARD\r\n";
        let raw = encoded(text, encoding, bom);
        assert_eq!(Cards::VCF.probe(&raw, b"x"), Probe::Bytes, "{encoding:?}");
        assert_eq!(
            copy(&Cards::VCF, &raw, &[("易志强", "易某某")]),
            encoded(&text.replace("易志强", "易某某"), encoding, bom)
        );
    }
}

proptest! {
    #[test]
    fn without_edits_nothing_changes(raw in proptest::collection::vec(any::<u8>(), 0..200), text in "(BEGIN:VCARD\n|N:|;|:|=|QUOTED-PRINTABLE|\r\n| |a|\\\\|\"|易){0,40}") {
        prop_assert_eq!(copy(&Cards::VCF, &raw, &[]), raw);
        prop_assert_eq!(copy(&Cards::VCF, text.as_bytes(), &[]), text.as_bytes());
    }

    #[test]
    fn no_text_is_lost(text in "(BEGIN:VCARD\n|N:|ADR:|TEL;|;|:|=|\r\n| |\\\\|\"){0,40}") {
        let text = format!("13800138000{text}13900139000{text}13700137000");
        let seen = read(&Cards::VCF, text.as_bytes());
        for n in ["13800138000", "13900139000", "13700137000"] {
            prop_assert!(seen.shows(n), "{}", seen.all_text());
        }
    }
}
