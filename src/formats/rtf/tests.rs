//! Documents written out, and what becomes of them.

use super::Rtf;
use crate::formats::{
    Format, FormatError, Probe, Treatment, Unread,
    archives::testing::{copy, copy_treated, read},
};
use crate::model::GapKind;
use proptest::prelude::*;

const VALUE: &str = "13700137000";

fn texts(rtf: &[u8]) -> Vec<String> {
    let (found, result) = read(&Rtf, rtf, &[]);
    result.unwrap();
    found
        .texts
        .into_iter()
        .map(|t| t.2.trim_matches('\n').to_owned())
        .collect()
}

fn copied(rtf: &[u8], needles: &[&str]) -> Vec<u8> {
    let (out, result) = copy(&Rtf, rtf, needles);
    result.unwrap();
    out
}

#[test]
fn text_is_joined_over_formatting_in_every_encoding() {
    let rtf = b"{\\rtf1\\ansi\\ansicpg936{\\fonttbl{\\f0\\fcharset134 x;}{\\f1\\fcharset136 y;}{\\f2\\fcharset204 z;}}\
                137\\b 0013\\b0\r\n7000 \\'d5\\'c5\\b\\'c8\\'fd \\uc1\\u26446 ?\\uc2\\u22235\\'cb\\'c4 {\\f1\\'b1\\'69}{\\f2\\'cf}\\par\\u-10179?\\u-8704?}";
    let all = texts(rtf);
    assert!(
        all.contains(&"13700137000 张三 李四 張П\n\u{1f600}".to_owned()),
        "{all:?}"
    );
}

#[test]
fn a_value_over_runs_is_cut_and_the_rest_stays() {
    let rtf = b"{\\rtf1\\ansi a\\b 1370\\i 013\\b0 7000\\par x}";
    let out = copied(rtf, &[VALUE]);
    assert_eq!(
        String::from_utf8_lossy(&out),
        "{\\rtf1\\ansi a\\b ****\\i ***\\b0 ****\\par x}"
    );
}

#[test]
fn every_destination_is_read_and_redacted() {
    let mut values = Vec::new();
    let mut v = || {
        let value = format!("137000{:05}", values.len());
        values.push(value.clone());
        value
    };
    let rtf = format!(
        "{{\\rtf1\\ansi\\ansicpg936{{\\info{{\\author {}}}{{\\title {}}}{{\\doccomm {}}}}}{{\\*\\userprops{{\\propname n}}{{\\staticval {}}}}}\
         {{\\header {}\\par}}{{\\footerf {}}}{{\\*\\unknown {}}}{{\\stylesheet{{\\s1 {};}}}}\
         {{\\field{{\\*\\fldinst HYPERLINK \"tel:{}\"}}{{\\fldrslt {}}}}}{{\\footnote {}}}{{\\*\\annotation {}}}{{\\*\\atnauthor {}}}\
         {{\\v {}}}{{\\deleted {}}}{{\\shp{{\\*\\shpinst{{\\sp{{\\sn wzDescription}}{{\\sv {}}}}}{{\\shptxt {}\\par}}}}}}\
         {{\\*\\bkmkstart b{}}}\\trowd\\intbl {}\\cell {}\\cell\\row\\pard x\\par}}",
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v()
    );
    let needles: Vec<&str> = values.iter().map(String::as_str).collect();
    let (found, result) = read(&Rtf, rtf.as_bytes(), &[]);
    result.unwrap();
    let missed: Vec<_> = needles
        .iter()
        .filter(|n| found.places(n).is_empty())
        .collect();
    assert!(missed.is_empty(), "{missed:?}");
    assert_eq!(found.blocks.len(), 1);
    let out = copied(rtf.as_bytes(), &needles);
    let text = String::from_utf8(out).unwrap();
    assert!(needles.iter().all(|n| !text.contains(n)), "{text}");
    assert_eq!(text.matches('{').count(), text.matches('}').count());
}

#[test]
#[expect(clippy::format_collect, reason = "tests build their inputs plainly")]
fn pictures_are_blank_and_objects_empty() {
    let png = [
        &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x03"[..],
        VALUE.as_bytes(),
    ]
    .concat();
    let hex = |b: &[u8]| b.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let rtf = [
        format!(
            "{{\\rtf1{{\\pict{{\\*\\picprop{{\\sp{{\\sn a}}{{\\sv b}}}}}}\\pngblip\\picw2 {}}}",
            hex(&png)
        )
        .into_bytes(),
        format!(
            "{{\\object{{\\*\\objdata {}}}}}{{\\pict\\pngblip\\bin{} ",
            hex(VALUE.as_bytes()),
            png.len()
        )
        .into_bytes(),
        png.clone(),
        b"}text\\par}".to_vec(),
    ]
    .concat();
    let (found, result) = read(&Rtf, &rtf, &[]);
    result.unwrap();
    assert_eq!(found.gaps.len(), 3);
    let (out, gaps, result) = copy_treated(&Rtf, &rtf, &[], Unread::default());
    result.unwrap();
    assert!(gaps.iter().all(|g| g.1 == GapKind::Dropped));
    let text = String::from_utf8_lossy(&out);
    assert!(
        !text.contains(VALUE) && !text.contains(&hex(VALUE.as_bytes())),
        "{text}"
    );
    assert!(text.contains("89504e47") && text.contains("text\\par"));
    let (again, result) = read(&Rtf, &out, &[]);
    result.unwrap();
    assert_eq!(again.gaps, []);
    let withhold = Unread {
        pictures: Treatment::Withhold,
        objects: Treatment::Blank,
    };
    let (_, _, result) = copy_treated(&Rtf, &rtf, &[], withhold);
    assert!(matches!(
        result,
        Err(FormatError::Withheld(GapKind::Image, _))
    ));
}

#[test]
fn what_is_no_end_is_told() {
    assert_eq!(Rtf.probe(b"{\\rtf1", b"x"), Probe::Bytes);
    assert_eq!(Rtf.probe(b"{\\rt", b"x.rtf"), Probe::No);
    let (found, result) = read(&Rtf, b"{\\rtf1 {13700137000", &[]);
    result.unwrap();
    assert_eq!(found.gaps.len(), 1);
    assert!(!found.places(VALUE).is_empty());
    let deep = "{".repeat(100_000);
    let (_, result) = read(&Rtf, format!("{{\\rtf1{deep}").as_bytes(), &[]);
    assert!(matches!(result, Err(FormatError::Limit(_))));
}

proptest! {
    #[test]
    fn any_bytes_are_read_and_copied(body in proptest::collection::vec(prop::sample::select(vec![
        "{", "}", "\\par", "\\u22235", "?", "\\'d5", "\\'c5", "\\uc2", "\\cell", "\\row", "\\*", "\\pict", "\\bin3 ",
        "\\objdata", "\\deleted", "13700137000", " ", "\\footnote", "\\intbl", "\\f1", "\\ansicpg936", "\\"]), 0..40)) {
        let rtf = format!("{{\\rtf1 {}}}", body.concat());
        let (found, result) = read(&Rtf, rtf.as_bytes(), &[]);
        result.unwrap();
        let (out, result) = copy(&Rtf, rtf.as_bytes(), &[VALUE]);
        result.unwrap();
        if !found.places(VALUE).is_empty() {
            let (again, result) = read(&Rtf, &out, &[]);
            result.unwrap();
            prop_assert!(again.places(VALUE).is_empty());
        }
    }
}
