//! Whole messages: read, copied, broken.

use super::*;
use crate::formats::archives::testing::{copy, read, read_within, unzipped, zipped};
use crate::formats::{Limits, mail::transfer};
use crate::model::{GapKind, State};
use proptest::prelude::*;

const VALUE: &str = "13800138000";

fn gbk(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

fn b64(bytes: &[u8]) -> String {
    String::from_utf8(transfer::to_base64(bytes, 76, b"\r\n")).unwrap()
}

/// A mail with everything: words, folding, two texts, an attachment, a forwarded mail.
fn rich() -> Vec<u8> {
    let zip = zipped(&[("a.txt", format!("电话 {VALUE}\n"))]);
    let inner = format!(
        "From: a@b.cn\r\nSubject: =?utf-8?Q?=E7=94=B5=E8=AF=9D?= {VALUE}\r\nMIME-Version: 1.0\r\n\r\ncall {VALUE}\r\n"
    );
    let html = "<p>电话 <b>138</b>00138000</p>";
    [
        "Received: from x (x [1.2.3.4])\r\n\tby y; Mon, 03 Jun 2024 10:07:00 +0800\r\n".to_owned(),
        format!("From: =?GBK?B?{}?= <a@b.cn>\r\n", b64(&gbk("张三"))),
        format!("Subject: =?GBK?B?{}?=\r\n", b64(&gbk(&format!("电话{VALUE}")))),
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"o\"\r\n\r\n".to_owned(),
        format!("preamble {VALUE}\r\n--o\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n"),
        "--i\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n".to_owned(),
        format!("{}\r\n", b64(format!("您好：\r\n手机 {VALUE}\r\n").as_bytes())),
        "--i\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n".to_owned(),
        String::from_utf8(transfer::to_quoted(html.as_bytes(), b"\r\n")).unwrap(),
        "\r\n--i--\r\n".to_owned(),
        "--o\r\nContent-Type: application/zip; name=\"x.zip\"\r\nContent-Transfer-Encoding: base64\r\n".to_owned(),
        format!("Content-Disposition: attachment; filename=\"=?GBK?B?{}?=\"\r\n\r\n", b64(&gbk(&format!("名单{VALUE}.zip")))),
        format!("{}\r\n", b64(&zip)),
        "--o\r\nContent-Type: message/rfc822\r\n\r\n".to_owned(),
        format!("{inner}\r\n--o--\r\nepilogue {VALUE}\r\n"),
    ]
    .concat()
    .into_bytes()
}

#[test]
fn all_of_a_mail_is_read() {
    let (found, result) = read(&Eml, &rich(), &[]);
    result.unwrap();
    let places = found.places(VALUE);
    for place in ["#$Subject", "#part:preamble", "#part:epilogue"] {
        assert!(places.contains(&place), "{place} of {places:?}");
    }
    let names: Vec<&str> = found.members.iter().map(|m| m.0.as_str()).collect();
    assert_eq!(
        names,
        [
            "1.1.txt",
            "1.2.html",
            "a.txt",
            "名单13800138000.zip",
            "3.txt",
            "3.eml"
        ]
        .map(|n| if n == "3.txt" { "1.txt" } else { n })
    );
    assert!(
        found.members.iter().all(|m| m.2 == State::Read),
        "{:?}",
        found.members
    );
    assert!(found.texts.iter().any(|t| t.1 == "姓名" && t.2 == "张三"));
    // Markup inside a value does not hide it.
    assert!(found.texts.iter().filter(|t| t.2.contains(VALUE)).count() >= 8);
}

#[test]
fn a_copy_has_no_value_in_any_coding() {
    let mail = rich();
    let (out, result) = copy(&Eml, &mail, &[VALUE, "张三"]);
    result.unwrap();
    let (again, result) = read(&Eml, &out, &[]);
    result.unwrap();
    assert!(
        again
            .texts
            .iter()
            .all(|t| !t.2.contains(VALUE) && !t.2.contains("张三"))
    );
    let text = String::from_utf8(out.clone()).unwrap();
    // What was not touched is as it was.
    for kept in [
        "Received: from x (x [1.2.3.4])\r\n\tby y;",
        "--i\r\nContent-Type: text/html;",
        "\r\n--o--\r\n",
    ] {
        assert!(text.contains(kept), "{kept}");
    }
    let at = text.find("application/zip").unwrap();
    let body = text[at..].split("\r\n\r\n").nth(1).unwrap();
    let zip = transfer::base64(body.as_bytes()).bytes;
    assert_eq!(unzipped(&zip)[0].1, "电话 ***********\n".as_bytes());
    let (same, result) = copy(&Eml, &mail, &["no such value"]);
    result.unwrap();
    assert!(same == mail, "without edits nothing changes");
}

#[test]
fn flowed_lines_are_read_as_one() {
    let mail = "From: a@b.cn\nMIME-Version: 1.0\nContent-Type: text/plain; format=flowed; charset=gbk\n\n> 138 \n> 0013 \n>> 8000\n电话 138 \n0013 \n8000 end\n";
    let (found, result) = read(&Eml, &gbk(mail), &[]);
    result.unwrap();
    assert!(
        found
            .texts
            .iter()
            .any(|t| t.2.contains("电话 138 0013 8000 end"))
    );
    assert!(
        found
            .texts
            .iter()
            .any(|t| t.2.contains("> 138 0013 \n>> 8000"))
    );
    let (out, result) = copy(&Eml, &gbk(mail), &["138 0013 8000"]);
    result.unwrap();
    let want = mail.replace("138 \n0013 \n8000 end", "*************\n\n end");
    assert_eq!(encoding_rs::GB18030.decode(&out).0, want);
}

#[test]
fn mailboxes_are_split_and_put_together() {
    let one = format!(
        "From a@b.cn Mon Jun  3 10:00:00 2024\nFrom: x@y.cn\nContent-Length: 24\n\nFrom here on {VALUE}\nab\n\n"
    );
    let two = "From b@b.cn Mon Jun  3 10:00:00 2024\r\nSubject: s\r\n\r\ntext\r\n";
    let bytes = [one.as_str(), two].concat().into_bytes();
    let (found, result) = read(&Mbox, &bytes, &[]);
    result.unwrap();
    let names: Vec<&str> = found.members.iter().map(|m| m.0.as_str()).collect();
    assert_eq!(names, ["1.txt", "1.eml", "1.txt", "2.eml"]);
    let mut sink = crate::formats::archives::testing::Finder::new(&[VALUE]);
    sink.mask = true;
    let (out, result) = copy(&Mbox, &bytes, &[VALUE]);
    result.unwrap();
    assert_eq!(
        String::from_utf8(out).unwrap(),
        [one.replace(VALUE, "***********").as_str(), two].concat()
    );
    let (same, result) = copy(&Mbox, &bytes, &["zz"]);
    result.unwrap();
    assert_eq!(same, bytes);
    assert_eq!(Mbox.probe(&bytes, b"x"), Probe::Bytes);
    assert_eq!(
        Mbox.probe(b"From here to there\nplain text", b"x"),
        Probe::No
    );
}

#[test]
fn what_is_a_mail() {
    assert_eq!(Eml.probe(&rich(), b"x"), Probe::Bytes);
    assert_eq!(
        Eml.probe(b"From: a\nTo: b\nSubject: c\nDate: d\n\nx", b"x"),
        Probe::Bytes
    );
    assert_eq!(Eml.probe(b"To: a\nnote\n", b"x.eml"), Probe::Name);
    assert_eq!(Eml.probe(b"name: a\nvalue: b\n", b"x.yaml"), Probe::No);
    assert_eq!(Eml.probe(b"plain text", b"x.eml"), Probe::No);
    assert_eq!(Eml.probe(b"\x89PNG\r\n\x1a\n", b"x.eml"), Probe::No);
}

#[test]
fn signatures_go_and_secrets_are_told() {
    let mail = |kind: &str, more: &str| {
        format!(
            "From: a@b.cn\r\nMIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=x\r\n\r\n--x\r\n\r\ntext\r\n--x\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n{more}\r\n--x--\r\n"
        )
        .into_bytes()
    };
    let signed = mail(
        "application/pkcs7-signature",
        &b64(b"\x30\x00 zhang san sign \x00"),
    );
    let (found, result) = read(&Eml, &signed, &[]);
    result.unwrap();
    assert_eq!(found.gaps[0].1, GapKind::Signed);
    assert!(!found.places("zhang san").is_empty());
    let (out, result) = copy(&Eml, &signed, &["none"]);
    result.unwrap();
    assert!(
        !String::from_utf8(out)
            .unwrap()
            .contains(&b64(b"\x30\x00 zhang san sign \x00"))
    );
    for (kind, gap) in [
        (
            "application/pkcs7-mime; smime-type=enveloped-data",
            GapKind::Encrypted,
        ),
        (
            "application/pkcs7-mime; smime-type=signed-data",
            GapKind::Unsupported,
        ),
        ("application/pgp-encrypted", GapKind::Encrypted),
    ] {
        let (found, _) = read(&Eml, &mail(kind, "AAAA"), &[]);
        assert_eq!(found.gaps[0].1, gap, "{kind}");
    }
    let pgp = b"From: a@b.cn\n\n-----BEGIN PGP MESSAGE-----\nx\n-----END PGP MESSAGE-----\n";
    assert_eq!(read(&Eml, pgp, &[]).0.gaps[0].1, GapKind::Encrypted);
    let uu = b"From: a@b.cn\n\nhi\nbegin 644 a.txt\n#0V%T\n`\nend\n";
    assert_eq!(read(&Eml, uu, &[]).0.gaps[0].1, GapKind::Unsupported);
}

#[test]
fn broken_mails_are_told_and_read_as_far_as_can_be() {
    let no_boundary = format!("From: a@b.cn\nContent-Type: multipart/mixed\n\n{VALUE}\n");
    let no_parts = format!("From: a@b.cn\nContent-Type: multipart/mixed; boundary=x\n\n{VALUE}\n");
    for mail in [no_boundary, no_parts] {
        let (found, result) = read(&Eml, mail.as_bytes(), &[]);
        result.unwrap();
        assert_eq!(found.gaps[0].1, GapKind::Corrupt);
        assert_eq!(found.places(VALUE).len(), 1);
    }
    // Text that a list put behind Base64.
    let mail = format!(
        "From: a@b.cn\nContent-Transfer-Encoding: base64\n\n{}\n\n-- \nlist of {VALUE}\n",
        b64(b"hello")
    );
    let (found, _) = read(&Eml, mail.as_bytes(), &[]);
    assert_eq!(found.places(VALUE).len(), 1);
    let (out, result) = copy(&Eml, mail.as_bytes(), &["zz"]);
    result.unwrap();
    assert!(!String::from_utf8(out).unwrap().contains(VALUE));
}

#[test]
fn a_boundary_that_is_a_value_is_replaced() {
    let mail = format!(
        "From: a@b.cn\nContent-Type: multipart/mixed;\n boundary=\"{VALUE}\"\n\n--{VALUE}\n\nx\n--{VALUE}--\n"
    );
    let (out, result) = copy(&Eml, mail.as_bytes(), &[VALUE]);
    result.unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(!text.contains(VALUE));
    let (found, _) = read(&Eml, text.as_bytes(), &[]);
    assert_eq!(found.members.len(), 1);
    assert!(found.gaps.is_empty());
}

#[test]
fn depth_is_bounded() {
    let mut mail = b"From: a@b.cn\n\nx\n".to_vec();
    for i in 0..200 {
        let head = format!(
            "From: a@b.cn\nContent-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\nContent-Type: message/rfc822\n\n"
        );
        mail = [head.as_bytes(), &mail, format!("\n--b{i}--\n").as_bytes()].concat();
    }
    let limits = Limits::default();
    let (found, result) = read_within(&Eml, &mail, &[], &limits);
    result.unwrap();
    assert!(found.gaps.iter().any(|g| g.1 == GapKind::Limit));
    let mut mail = b"x\n".to_vec();
    for i in 0..500 {
        let head = format!("Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n");
        mail = [head.as_bytes(), &mail].concat();
    }
    let (found, result) = read(&Eml, &mail, &[]);
    result.unwrap();
    assert!(found.gaps.iter().any(|g| g.1 == GapKind::Limit));
}

proptest! {
    #[test]
    fn damaged_mails_end_in_a_result(flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8), cut in 0usize..600) {
        let mut mail = rich();
        for (at, value) in flips {
            let at = at.index(mail.len());
            mail[at] = value;
        }
        mail.truncate(mail.len().saturating_sub(cut));
        let _ = read(&Eml, &mail, &[]);
        let _ = copy(&Eml, &mail, &[VALUE]);
        let _ = copy(&Mbox, &mail, &[VALUE]);
    }

    #[test]
    fn what_is_found_is_gone(parts in "(From: 13800138000\n|Subject: =\\?gbk\\?Q\\?13800138000\\?=\n|Content-Type: text/plain; format=flowed\n|Content-Type: multipart/mixed; boundary=b\n|Content-Transfer-Encoding: quoted-printable\n|\n|--b\n|13800138000\n|138=\n00138000|--b--\n|x ){1,14}") {
        let (found, _) = read(&Eml, parts.as_bytes(), &[]);
        let (out, result) = copy(&Eml, parts.as_bytes(), &[VALUE]);
        if result.is_ok() && !found.places(VALUE).is_empty() {
            let (again, _) = read(&Eml, &out, &[]);
            prop_assert!(again.places(VALUE).is_empty(), "{}", String::from_utf8_lossy(&out));
        }
    }
}

#[test]
fn texts_in_charsets_that_switch_are_read_and_masked_in_them() {
    let part = |charset: &str, text: &str| {
        let head = "From: a@b.cn\r\nMIME-Version: 1.0\r\nContent-Type: text/plain";
        format!("{head}{charset}\r\n\r\n{text}\r\n").into_bytes()
    };
    let hz = "~{5g;0~} 13800138000 ~{UEH}~}";
    for (charset, text) in [
        ("; charset=HZ-GB-2312", hz),
        ("", hz),
        (
            "; charset=utf-7",
            "+dTWL3Q- +ADEAMwA4ADAAMAAxADMAOAAwADAAMA- +XyBOCQ-",
        ),
        (
            "; charset=iso-2022-jp",
            "\x1b$BEEOC\x1b(B 13800138000 \x1b$BD%;0\x1b(B",
        ),
    ] {
        let bytes = part(charset, text);
        let (found, result) = read(&Eml, &bytes, &[]);
        result.unwrap();
        assert_eq!(found.places(VALUE).len(), 1, "{charset}");
        let person = |found: &crate::formats::archives::testing::Finder| {
            found.places("张三").len() + found.places("張三").len()
        };
        assert_eq!(person(&found), 1, "{charset}");
        assert!(found.gaps.is_empty());
        let (out, result) = copy(&Eml, &bytes, &[VALUE]);
        result.unwrap();
        let (again, result) = read(&Eml, &out, &[]);
        result.unwrap();
        assert!(again.places(VALUE).is_empty(), "{charset}");
        assert_eq!(
            (again.places("***********").len(), person(&again)),
            (1, 1),
            "{charset}"
        );
        assert!(out.is_ascii());
        assert_eq!(copy(&Eml, &bytes, &["no such value"]).0, bytes, "{charset}");
    }
}

#[test]
fn a_text_in_a_charset_that_switches_and_is_not_known_is_told() {
    let head = "From: a@b.cn\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-2022-kr";
    let bytes = format!("{head}\r\n\r\n\x1b$)C\x0e0!\x0f 1\r\n").into_bytes();
    let (found, result) = read(&Eml, &bytes, &[]);
    result.unwrap();
    let told = |g: &(String, GapKind)| g.1 == GapKind::Undecodable;
    assert!(found.gaps.iter().any(told));
    assert!(copy(&Eml, &bytes, &[VALUE]).1.is_err());
}
