//! Tests of copies.

use super::{
    tests::{Seen, page, pdf, read, stream, text_of},
    *,
};
use crate::formats::{Limits, nest::Usage};
use crate::model::{Edit, FormatId, GapKind, Span, State};
use proptest::prelude::*;

/// Wants every occurrence of some values changed.
pub(super) struct Wants<'v>(&'v [&'v str], Seen);

impl crate::formats::Sink for Wants<'_> {
    fn text(&mut self, fragment: &Fragment<'_>, edits: &mut Vec<Edit>) {
        let text = std::str::from_utf8(fragment.bytes).unwrap();
        let mut found: Vec<(usize, usize)> = self
            .0
            .iter()
            .flat_map(|v| text.match_indices(v))
            .map(|(at, v)| (at, at + v.len()))
            .collect();
        found.sort_unstable();
        for (start, end) in found {
            edits.push(Edit {
                span: Span::new(start, end).unwrap(),
                cell: None,
                with: "*".into(),
            });
        }
    }
    fn gap(&mut self, at: &[Step], kind: GapKind, note: &str) {
        self.1.gap(at, kind, note);
    }
    fn encoding(&mut self, _: &'static str) {}
    fn enter(&mut self, _: &Name, _: Option<FormatId>, _: Option<FormatId>) {}
    fn leave(&mut self, _: u64, _: State) {}
    fn rename(&mut self, name: &Name) -> Name {
        name.clone()
    }
}

pub(super) fn redact(file: &[u8], values: &[&str]) -> Result<Vec<u8>, FormatError> {
    redact_within(file, values, &Limits::default()).0
}

/// A copy and what was told of it.
pub(super) fn redact_within(
    file: &[u8],
    values: &[&str],
    limits: &Limits,
) -> (Result<Vec<u8>, FormatError>, Seen) {
    let mut sink = Wants(values, Seen::default());
    let mut usage = Usage::new(file.len() as u64);
    let mut cx = Cx::new(&mut sink, limits, &mut usage, Name::from("a.pdf"));
    let mut out = Cursor::new(Vec::new());
    let done = Pdf.run(&mut Source::slice(file), &mut cx, Some(&mut out));
    (done.map(|()| out.into_inner()), sink.1)
}

/// Whether a value stands anywhere in a file, its streams expanded.
pub(super) fn holds(file: &[u8], value: &str) -> bool {
    let doc = lopdf::Document::load_mem(file).unwrap();
    let mut all = file.to_vec();
    for object in doc.objects.values() {
        if let lopdf::Object::Stream(s) = object {
            all.extend(tree::content(s, 1 << 20).unwrap());
        }
        all.extend(format!("{object:?}").bytes());
    }
    memchr::memmem::find(&all, value.as_bytes()).is_some()
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

#[test]
fn a_value_leaves_the_content_and_its_neighbours_stay() {
    let file = page(
        "BT /F1 12 Tf 72 700 Td [(tel 138) -20 (0013) 15 (8000 end)] TJ 0 -20 Td (second) Tj \
         14 TL (138001) ' (38000 on) Tj T* (last) Tj ET",
        "",
        &[],
    );
    let copy = redact(&file, &["13800138000"]).unwrap();
    assert!(!holds(&copy, "138"));
    let text = lines_in(&copy);
    let words: Vec<_> = text.split_whitespace().collect();
    assert_eq!(words, ["tel", "end", "second", "on", "last"]);
}

#[test]
fn names_of_any_length_give_the_same_copy() {
    let one = |name: &str, width: u32| {
        let letters: String = name.chars().map(|c| format!("({c}) Tj 6 0 Td ")).collect();
        page(
            &format!(
                "BT /F1 12 Tf 72 700 Td [(name: {name}) -120 (,) 30 ( next)] TJ 0 -20 Td ({name}) ' \
                 0 -20 Td {letters} -{width} -20 Td (below) Tj ET"
            ),
            "",
            &[
                "[7 0 R]",
                &format!("<</Type/Annot/Subtype/Text/Contents(see {name})/T({name})>>"),
            ],
        )
    };
    let first = redact(&one("Li Na", 30), &["Li Na"]).unwrap();
    let second = redact(&one("Bartholomew", 66), &["Bartholomew"]).unwrap();
    assert!(!holds(&first, "Li"));
    assert_eq!(content(&first), content(&second));
    assert_eq!(first, second);
}

#[test]
fn the_place_of_a_value_on_the_right_or_in_the_middle_does_not_tell_how_long_it_was() {
    // Six points a letter: Courier.
    let one = |name: &str, middle: bool| {
        let mut content = String::new();
        for (n, text) in [
            "a first line",
            "another one",
            "and one more of them",
            name,
            "end",
        ]
        .into_iter()
        .enumerate()
        {
            let long = 6.0 * f64::from(u8::try_from(text.len()).unwrap());
            let x = if middle {
                300.0 - long / 2.0
            } else {
                500.0 - long
            };
            let y = 700 - 20 * n;
            content.push_str(&format!("BT /F2 10 Tf {x} {y} Td ({text}) Tj ET "));
        }
        page(
            &content,
            "/F2<</Type/Font/Subtype/Type1/BaseFont/Courier>>",
            &[],
        )
    };
    for middle in [false, true] {
        let first = redact(&one("Li Na of us", middle), &["Li Na"]).unwrap();
        let second = redact(&one("Bartholomew of us", middle), &["Bartholomew"]).unwrap();
        assert!(!holds(&first, "Li Na") && holds(&first, "206F66207573"));
        assert_eq!(content(&first), content(&second), "{middle}");
        assert_eq!(first, second);
    }
}

#[test]
fn cells_of_a_column_stay_where_the_column_begins() {
    let mut content = String::new();
    for (n, text) in ["Holder", "Li Na Ming", "Li Na Fang", "Li Na Qing"]
        .into_iter()
        .enumerate()
    {
        content.push_str(&format!(
            "BT /F1 10 Tf 100 {} Td ({text}) Tj ET ",
            700 - 20 * n
        ));
        content.push_str(&format!(
            "BT /F1 10 Tf 300 {} Td (1234567) Tj ET ",
            700 - 20 * n
        ));
    }
    let file = page(&content, "", &[]);
    let copy = redact(
        &file,
        &["Li Na Ming", "Li Na Fang", "Li Na Qing", "1234567"],
    )
    .unwrap();
    for line in 0..4 {
        for x in [100, 300] {
            let place = format!("{x} {} Td", 700 - 20 * line);
            assert!(self::content(&copy).contains(&place), "{place}");
        }
    }
}

#[test]
fn what_carries_values_unseen_is_left_behind() {
    let value = "13800138000";
    let field = format!(
        "<</Type/Annot/Subtype/Widget/FT/Tx/T(mobile)/V({value})/AP<</N 8 0 R>>/AA<</K<</S/JavaScript/JS(x)>>>>>>"
    );
    let appearance = stream(
        "/Type/XObject/Subtype/Form/BBox[0 0 99 20]/Resources<</Font<</F1 5 0 R>>>>",
        &format!("/Tx BMC BT /F1 9 Tf ({value}) Tj ET EMC"),
    );
    let content = stream(
        "",
        &format!(
            "% {value}\n/Span <</ActualText({value})/MCID 3>> BDC BT /F1 9 Tf 9 99 Td (138 0013 8000) Tj ET EMC"
        ),
    );
    let xmp = stream("/Type/Metadata/Subtype/XML", &format!("<x>{value}</x>"));
    let attached = stream("/Type/EmbeddedFile", &format!("tel {value}\n"));
    let objects = [
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[6 0 R]>>/Metadata 9 0 R/OpenAction<</S/JavaScript/JS(13800138000)>>\
          /Names<</EmbeddedFiles<</Names[(a.txt) 10 0 R]>>/JavaScript<</Names[(13800138000) 1 0 R]>>>>>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>/Annots[6 0 R]/PieceInfo(13800138000)>>",
        &content,
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        &field,
        "<</Title(13800138000)>>",
        &appearance,
        &xmp,
        "<</Type/Filespec/F(a.txt)/EF<</F 11 0 R>>>>",
        &attached,
        "(an orphan 13800138000)",
    ];
    let file = pdf(&objects, "/Info 7 0 R");
    assert!(holds(&file, value));
    let copy = redact(&file, &[value, "138 0013 8000"]).unwrap();
    for part in [value, "138 0013", "8000", "JavaScript"] {
        assert!(!holds(&copy, part), "{part}");
    }
    assert!(holds(&copy, "/MCID 3"));
    assert!(holds(&copy, "tel *"));
    // Written twice, it is the same.
    assert_eq!(copy, redact(&file, &[value, "138 0013 8000"]).unwrap());
}

#[test]
fn a_shared_form_is_changed_for_every_use() {
    let form = stream(
        "/Type/XObject/Subtype/Form/BBox[0 0 99 20]/Resources<</Font<</F1 5 0 R>>>>",
        "BT /F1 9 Tf (id 11010519491231002X here) Tj ET",
    );
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R 7 0 R]/Count 2/Resources<</XObject<</Fm 6 0 R>>>>>>",
        "<</Type/Page/Parent 2 0 R/Contents 4 0 R>>",
        &stream("", "q 1 0 0 1 50 50 cm /Fm Do Q"),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        &form,
        "<</Type/Page/Parent 2 0 R/Contents 4 0 R>>",
    ];
    let copy = redact(&pdf(&objects, ""), &["11010519491231002X"]).unwrap();
    assert!(!holds(&copy, "1231002X"));
    let (_, seen) = read(&copy);
    for at in ["#page1", "#page2"] {
        let text = text_of(&seen, at);
        let words: Vec<_> = text.split_whitespace().collect();
        assert_eq!(words, ["id", "here"]);
    }
}

fn words() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec("[a-z]{1,6}|SECRETVALUE|SEC|[a-z]{2}SECRETVALUE", 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn what_is_left_is_the_text_without_the_values(words in words(), ways in proptest::collection::vec(0..5_u8, 12)) {
        let mut content = String::from("BT /F1 10 Tf 12 TL 40 760 Td ");
        for (at, (word, way)) in (0..).zip(words.iter().zip(&ways)) {
            let (head, tail) = word.split_at(word.len() / 2);
            content.push_str(&match way {
                0 => format!("({word}) Tj T* "),
                1 => format!("[({head}) 10 ({tail})] TJ 0 -14 Td "),
                2 => format!("({head}) Tj ({tail}) Tj T* "),
                3 => format!("({word}) ' "),
                4 => format!("1 0.2 ({word}) \" 0 Tw 0 Tc "),
                _ => format!("ET q BT /F1 10 Tf 40 {} Td [<{}>] TJ ET Q BT /F1 10 Tf 12 TL 300 {} Td ",
                    600 - 14 * at, word.bytes().map(|b| format!("{b:02x}")).collect::<String>(), 700 - 50 * at),
            });
        }
        content.push_str("ET");
        let file = page(&content, "", &[]);
        let (_, before) = read(&file);
        let copy = redact(&file, &["SECRETVALUE"]).unwrap();
        prop_assert!(!holds(&copy, "SECRETVALUE"));
        // Letters, since words join otherwise once one of them is gone. What lies on top of a value may go with
        // it, so the copy has at most what was there.
        let letters = |text: String| {
            let mut all: Vec<char> = text.replace("SECRETVALUE", "").chars().filter(|c| !c.is_whitespace()).collect();
            all.sort_unstable();
            all
        };
        let (_, after) = read(&copy);
        let mut old = letters(text_of(&before, "#page1")).into_iter();
        let new = letters(text_of(&after, "#page1"));
        prop_assert!(new.iter().all(|c| old.any(|o| o == *c)), "{:?}", new);
    }
}

/// A page in a font that lies in the file; the codes 1, 2 and 4 are used, and mean what is given.
fn embedded(meanings: [char; 3], outline: u8) -> Vec<u8> {
    let mut program = super::subset::truetype::tests::program();
    for byte in program.iter_mut().filter(|b| **b == 0x44) {
        *byte = outline;
    }
    let program: String = program.iter().map(|b| format!("{b:02X}")).collect();
    let mut map = "3 beginbfchar\n".to_owned();
    for (code, c) in [1, 2, 4].into_iter().zip(meanings) {
        map.push_str(&format!("<{code:04X}> <{:04X}>\n", u32::from(c)));
    }
    map.push_str("endbfchar");
    page(
        "BT /F2 12 Tf 72 700 Td <000100020004> Tj 0 -20 Td <0001> Tj ET",
        "/F2 7 0 R",
        &[
            "[]",
            "<</Type/Font/Subtype/Type0/BaseFont/QWERTY+Some/Encoding/Identity-H/DescendantFonts[8 0 R]/ToUnicode 11 0 R>>",
            "<</Type/Font/Subtype/CIDFontType2/BaseFont/QWERTY+Some/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>\
             /FontDescriptor 9 0 R/W[1[611 717]4 4 823]/CIDToGIDMap/Identity>>",
            "<</Type/FontDescriptor/FontName/QWERTY+Some/Flags 4/FontFile2 10 0 R/CIDSet 10 0 R/CharSet(/uni56DB)>>",
            &stream("/Filter/ASCIIHexDecode", &program),
            &stream("", &map),
        ],
    )
}

#[test]
fn a_font_loses_what_only_the_removed_text_used() {
    let copy = redact(
        &embedded(['\u{674e}', '\u{56db}', '\u{5148}'], 0x44),
        &["\u{56db}\u{5148}"],
    )
    .unwrap();
    let doc = lopdf::Document::load_mem(&copy).unwrap();
    let mut all = Vec::new();
    for object in doc.objects.values() {
        if let lopdf::Object::Stream(s) = object {
            all.extend(tree::content(s, 1 << 20).unwrap());
        }
        all.extend(format!("{object:?}").bytes());
    }
    let has = |part: &[u8]| memchr::memmem::find(&all, part).is_some();
    assert!(
        has(b"<0001> <674E>") && has(&[0x11; 14]),
        "what is still used is there"
    );
    assert!(!has(b"56DB") && !has(b"5148"), "meanings");
    assert!(!has(&[0x22; 8]) && !has(&[0x44; 8]), "outlines");
    assert!(has(b"611") && !has(b"717") && !has(b"823"), "widths");
    assert!(
        !has(b"QWERTY") && !has(b"CIDSet") && !has(b"CharSet"),
        "names"
    );
    // Another name of the same length in the same place leaves the same font behind.
    let other = redact(
        &embedded(['\u{674e}', '\u{4e94}', '\u{660e}'], 0x55),
        &["\u{4e94}\u{660e}"],
    )
    .unwrap();
    assert_eq!(copy, other);
}

#[test]
fn the_identifier_is_made_from_the_copy_and_not_from_the_source() {
    let file = page("BT /F1 12 Tf 72 700 Td (tel 13800138000) Tj ET", "", &[]);
    let marked = |id: &str| {
        let text = String::from_utf8(file.clone()).unwrap();
        text.replace("/Root 1 0 R", &format!("/Root 1 0 R/ID[<{id}><{id}>]"))
            .into_bytes()
    };
    let one = redact(&marked(&"AB".repeat(16)), &["13800138000"]).unwrap();
    let two = redact(&marked(&"CD".repeat(16)), &["13800138000"]).unwrap();
    assert_eq!(one, two);
    let doc = lopdf::Document::load_mem(&one).unwrap();
    let id = doc.trailer.get(b"ID").unwrap().as_array().unwrap();
    assert_eq!(id[0].as_str().unwrap().len(), 16);
    assert_eq!(id[0].as_str().unwrap(), id[1].as_str().unwrap());
    assert!(!holds(&one, "ABABAB"));
}
