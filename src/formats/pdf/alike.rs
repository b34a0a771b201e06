//! More pairs of documents that differ in a value only.

use super::{
    copies::{holds, redact},
    tests::{page, pdf, stream},
};

const NAMES: [&str; 3] = ["Li Na", "Bartholomew", "Jo"];

/// Letters of the pages' font are as wide as this.
const LETTER: usize = 6;

fn called(c: char) -> String {
    if c == ' ' { "space".into() } else { c.into() }
}

fn same(make: &dyn Fn(&str) -> Vec<u8>, names: &[&str], what: &str) {
    let copies: Vec<Vec<u8>> = names
        .iter()
        .map(|name| {
            let copy = redact(&make(name), names).unwrap();
            assert!(!holds(&copy, name), "{what}");
            copy
        })
        .collect();
    for copy in &copies {
        assert!(*copy == copies[0], "{what}");
    }
}

/// A font of procedures with those that a text needs, in the order in which it needs them.
fn procedures(text: &str) -> (String, Vec<String>) {
    let mut order: Vec<char> = Vec::new();
    for c in text.chars() {
        if !order.contains(&c) {
            order.push(c);
        }
    }
    let procs: String = order
        .iter()
        .zip(8..)
        .map(|(c, n)| format!("/{} {n} 0 R", called(*c)))
        .collect();
    let mut codes: Vec<char> = order.clone();
    codes.sort_unstable();
    let differences: String = codes
        .iter()
        .map(|c| format!("{} /{} ", u32::from(*c), called(*c)))
        .collect();
    let (first, last) = (u32::from(codes[0]), u32::from(codes[codes.len() - 1]));
    let widths: String = (first..=last)
        .map(|n| {
            if codes.iter().any(|c| u32::from(*c) == n) {
                "600 "
            } else {
                "0 "
            }
        })
        .collect();
    let font = format!(
        "<</Type/Font/Subtype/Type3/FontBBox[0 0 600 600]/FontMatrix[0.001 0 0 0.001 0 0]/FirstChar {first}/LastChar {last}\
         /Widths[{widths}]/Encoding<</Type/Encoding/Differences[{differences}]>>/CharProcs<<{procs}>>>>"
    );
    let draw = |c: &char| {
        stream(
            "",
            &format!("600 0 0 0 500 500 d1 0 0 {} 500 re f", u32::from(*c)),
        )
    };
    (font, order.iter().map(draw).collect())
}

#[test]
fn a_font_of_procedures_with_those_that_the_text_needs() {
    same(
        &|name| {
            let text = format!("name is {name} who is here");
            let (font, procs) = procedures(&text);
            let mut more = vec!["[]", &font];
            more.extend(procs.iter().map(String::as_str));
            page(
                &format!("BT /F2 10 Tf 72 700 Td ({text}) Tj ET"),
                "/F2 7 0 R",
                &more,
            )
        },
        &NAMES,
        "Type 3",
    );
}

/// Each letter by its own instruction, in the page or in a form.
fn letter_by_letter(name: &str, way: usize) -> String {
    let text = format!("name is {name} who is here");
    let mut out = "BT /F2 10 Tf 72 700 Td ".to_owned();
    match way {
        0 => text
            .chars()
            .for_each(|c| out.push_str(&format!("({c}) Tj {LETTER} 0 Td "))),
        1 => text.chars().enumerate().for_each(|(n, c)| {
            out.push_str(&format!("1 0 0 1 {} 700 Tm ({c}) Tj ", 72 + LETTER * n));
        }),
        2 => {
            out.push('[');
            text.chars()
                .for_each(|c| out.push_str(&format!("({c})-3 ")));
            out.push_str("] TJ");
        }
        _ => {
            out.push('[');
            text.chars()
                .for_each(|c| out.push_str(&format!("({c})600 -600 ")));
            out.push_str("] TJ");
        }
    }
    out + " ET"
}

const COURIER: &str = "/F2<</Type/Font/Subtype/Type1/BaseFont/Courier>>";

#[test]
fn letter_by_letter_in_pages_and_forms() {
    for way in 0..4 {
        same(
            &|name| page(&letter_by_letter(name, way), COURIER, &[]),
            &NAMES,
            &format!("page {way}"),
        );
        same(
            &|name| {
                let form = stream(
                    &format!(
                        "/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</Font<<{COURIER}>>>>"
                    ),
                    &letter_by_letter(name, way),
                );
                page("/X Do", ">>/XObject<</X 7 0 R", &["[]", &form])
            },
            &NAMES,
            &format!("form {way}"),
        );
    }
}

/// Entries of the catalog, and an object 7, that hold a name.
type Beside<'a> = &'a dyn Fn(&str) -> [String; 2];

#[test]
fn what_stands_beside_pages_and_is_as_long_as_the_value() {
    let ways: [Beside<'_>; 5] = [
        &|name| {
            [
                format!("/Outlines<</First 7 0 R/Last 7 0 R/Count 1>>/Own({name})"),
                format!("<</Title(for {name}, here)/Dest[3 0 R/Fit]>>"),
            ]
        },
        &|name| {
            [
                format!("/Names<</EmbeddedFiles<</Names[({name}.txt) 7 0 R]>>>>"),
                format!("<</Type/Filespec/F({name}.txt)/UF({name}.txt)/Desc({name})>>"),
            ]
        },
        &|name| {
            [
                "/Metadata 7 0 R".to_owned(),
                stream("/Type/Metadata/Subtype/XML", &format!("<x>{name}</x>")),
            ]
        },
        &|name| {
            let label = format!("/PageLabels<</Nums[0<</P({name} )/S/D>>]>>");
            [label, "null".to_owned()]
        },
        &|name| {
            [
                "/OCProperties<</OCGs[7 0 R]/D<</Order[7 0 R]>>>>".to_owned(),
                format!("<</Type/OCG/Name({name})>>"),
            ]
        },
    ];
    for (n, way) in ways.into_iter().enumerate() {
        same(
            &|name| {
                let [entries, object] = way(name);
                let content = stream("", &format!("BT /F1 9 Tf 9 99 Td ({name}) Tj ET"));
                let objects = [
                    &format!("<</Type/Catalog/Pages 2 0 R{entries}>>"),
                    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
                    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
                    content.as_str(),
                    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
                    "null",
                    &object,
                ];
                pdf(&objects, "")
            },
            &NAMES,
            &format!("beside {n}"),
        );
    }
}

/// Text that is set downwards by its font.
#[test]
fn a_font_that_is_written_downwards() {
    let names = [
        "\u{5f20}\u{4f1f}",
        "\u{6b27}\u{9633}\u{5a1c}",
        "\u{6b27}\u{9633}\u{5a1c}\u{6587}",
    ];
    same(
        &|name| {
            let text = format!("\u{59d3}\u{540d}{name}\u{6b64}\u{81f4}");
            let codes: String = text
                .chars()
                .map(|c| format!("{:04X}", u32::from(c)))
                .collect();
            page(
                &format!("BT /F2 12 Tf 300 700 Td <{codes}> Tj ET"),
                "/F2 7 0 R",
                &[
                    "[]",
                    "<</Type/Font/Subtype/Type0/BaseFont/STSong/Encoding/UniGB-UCS2-V/DescendantFonts[8 0 R]>>",
                    "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/DW 1000>>",
                ],
            )
        },
        &names,
        "downwards",
    );
}

#[test]
fn what_is_said_in_place_of_text() {
    same(
        &|name| {
            let wide = 72 + LETTER * name.len();
            let content = format!(
                "/Span <</ActualText({name})/BBox[72 690 {wide} 710]/MCID 0>> BDC BT /F2 10 Tf 72 700 Td ({name}) Tj ET EMC"
            );
            page(&content, COURIER, &[])
        },
        &NAMES,
        "ActualText",
    );
}
