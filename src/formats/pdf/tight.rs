//! Contents without a blank that is not needed, as some writers spell them.

use super::{
    copies::{holds, redact},
    lex::{Instructions, Kind},
    tests::{page, read, text_of},
};
use proptest::prelude::*;

/// A content spelt with no blank but between two words.
pub(super) fn tight(content: &str) -> String {
    let mut all = Instructions::new(content.as_bytes());
    let mut out = Vec::new();
    let regular = |b: u8| !b.is_ascii_whitespace() && !b"()<>[]{}/%".contains(&b);
    while let Some(now) = all.next() {
        let mut words: Vec<&[u8]> = all.operands.iter().map(|t| all.raw(*t)).collect();
        words.push(now.operator);
        for word in words {
            if out.last().copied().is_some_and(regular)
                && word.first().copied().is_some_and(regular)
            {
                out.push(b' ');
            }
            out.extend_from_slice(word);
        }
    }
    String::from_utf8(out).unwrap()
}

/// The operators and operands of a content.
fn words(content: &str) -> Vec<String> {
    let mut all = Instructions::new(content.as_bytes());
    let mut out = Vec::new();
    while let Some(now) = all.next() {
        for token in &all.operands {
            out.push(match token.kind {
                Kind::Number(n) => format!("{n:.3}"),
                _ => String::from_utf8_lossy(all.raw(*token)).into_owned(),
            });
        }
        out.push(String::from_utf8_lossy(now.operator).into_owned());
    }
    out
}

/// The content of the only page.
fn content(file: &[u8]) -> String {
    let doc = lopdf::Document::load_mem(file).unwrap();
    let page = doc.page_iter().next().unwrap();
    String::from_utf8(doc.get_page_content(page)).unwrap()
}

fn lines_in(file: &[u8]) -> String {
    let (result, seen) = read(file);
    result.unwrap();
    text_of(&seen, "#page1")
}

/// That tight and loose contents give the same copy.
fn alike(loose: &str, value: &str) {
    let tight = tight(loose);
    let first = redact(&page(loose, "/F2 5 0 R", &[]), &[value]).unwrap();
    let second = redact(&page(&tight, "/F2 5 0 R", &[]), &[value]).unwrap();
    assert!(!holds(&second, value));
    assert_eq!(words(&content(&first)), words(&content(&second)), "{tight}");
    assert_eq!(lines_in(&first), lines_in(&second), "{tight}");
}

#[test]
fn what_is_put_in_stands_apart_from_what_it_is_put_beside() {
    for loose in [
        "BT /F1 10 Tf 72 700 Td (a) Tj /F2 10 Tf 9 0 Td (tel 138) Tj 20 0 Td (00138000) Tj 60 0 Td (on) Tj ET",
        "BT /F1 10 Tf 12 TL 72 700 Td [ (a 138) 5 (00138000 b) ] TJ /F1 10 Tf (next) ' T* (last) Tj ET 0 g",
        "BT /F1 10 Tf 72 700 TD (a) Tj 0 -14 TD (13800138000) Tj 0 -14 TD (b) Tj T* 1 0 (c) \" ET",
        "0 g BT 0 g /F1 10 Tf 1 0 0 1 72 700 Tm (13800138000) Tj ET 0.5 w 1 0 m 5 5 l S Q 3 w BT (x) Tj ET",
        "q BT /F1 10 Tf 72 700 Td (a) Tj T* ( ) Tj 12 0 Td (13800138000) Tj 0 Tc 6 0 Td (z) Tj ET Q",
    ] {
        alike(loose, "13800138000");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn tight_and_loose_contents_give_the_same_copy(
        words in proptest::collection::vec("[a-z]{1,6}|SECRETVALUE|[a-z]{2}SECRETVALUE", 1..10),
        ways in proptest::collection::vec(0..8_u8, 10),
    ) {
        let mut content = String::from("BT /F1 10 Tf 12 TL 40 760 Td ");
        for (at, (word, way)) in (0..).zip(words.iter().zip(&ways)) {
            let (head, tail) = word.split_at(word.len() / 2);
            let piece = match way {
                0 => format!("({word}) Tj T* "),
                1 => format!("[ ({head}) 10 ({tail}) ] TJ /F2 10 Tf 0 -14 Td "),
                2 => format!("({head}) Tj /F1 10 Tf ({tail}) Tj T* "),
                3 => format!("({word}) ' "),
                4 => format!("1 0.2 ({word}) \" 0 Tw 0 Tc "),
                5 => format!("({word}) Tj 120 0 Td (x) Tj -120 -14 TD "),
                // In columns of their own: what overlaps may be withheld.
                6 => format!("1 0 0 1 {} 700 Tm <41> Tj ({word}) Tj 0.2 g T* ", 240 + 200 * at),
                _ => format!("ET q 1 w 5 {at} m 9 9 l S BT /F1 10 Tf {} 400 Td ({word}) Tj ET Q BT /F1 10 Tf 12 TL {} 300 Td ",
                    240 + 200 * at, 240 + 200 * at),
            };
            content.push_str(&piece);
        }
        content.push_str("ET");
        alike(&content, "SECRETVALUE");
    }
}
