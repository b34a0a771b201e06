//! Channels that a value could leave by, one by one.

use super::{
    copies::{holds, redact, redact_within},
    tests::{page, pdf, read, stream, text_of},
    *,
};
use crate::formats::{Limits, Treatment};
use crate::model::GapKind;

const VALUE: &str = "13800138000";

/// The font of `copies::embedded`, written in place: the font itself and the one it is made of.
fn direct(meanings: [char; 3]) -> Vec<u8> {
    let program = super::subset::truetype::tests::program();
    let program: String = program.iter().map(|b| format!("{b:02X}")).collect();
    let mut map = "3 beginbfchar\n".to_owned();
    for (code, c) in [1, 2, 4].into_iter().zip(meanings) {
        map.push_str(&format!("<{code:04X}> <{:04X}>\n", u32::from(c)));
    }
    map.push_str("endbfchar");
    page(
        "BT /F2 12 Tf 72 700 Td <000100020004> Tj 0 -20 Td <0001> Tj ET",
        "/F2<</Type/Font/Subtype/Type0/BaseFont/QWERTY+Some/Encoding/Identity-H/ToUnicode 8 0 R/DescendantFonts[\
         <</Type/Font/Subtype/CIDFontType2/BaseFont/QWERTY+Some/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>\
         /FontDescriptor<</Type/FontDescriptor/FontName/QWERTY+Some/Flags 4/FontFile2 7 0 R>>/W[1[611 717]4 4 823]/CIDToGIDMap/Identity>>]>>",
        &[
            "[]",
            &stream("/Filter/ASCIIHexDecode", &program),
            &stream("", &map),
        ],
    )
}

#[test]
fn a_font_written_in_place_loses_what_only_the_removed_text_used() {
    let copy = redact(
        &direct(['\u{674e}', '\u{56db}', '\u{5148}']),
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
        has(b"<674E>") && has(&[0x11; 14]),
        "what is still used is there"
    );
    assert!(!has(b"56DB") && !has(b"5148"), "meanings");
    assert!(!has(&[0x22; 8]) && !has(&[0x44; 8]), "outlines");
    assert!(
        !has(b"717") && !has(b"823") && !has(b"QWERTY"),
        "widths and names"
    );
    assert!(lines_in(&copy).contains('\u{674e}'));
}

fn lines_in(file: &[u8]) -> String {
    let (result, seen) = read(file);
    result.unwrap();
    text_of(&seen, "#page1")
}

/// A font behind references to references is the same font.
#[test]
fn references_to_references_hide_nothing() {
    let file = String::from_utf8_lossy(&page(
        "BT /F2 9 Tf 9 99 Td (tel 13800138000) Tj ET /X Do",
        "/F2 7 0 R>>/XObject<</X 9 0 R",
        &[
            "[]",
            "8 0 R",
            "5 0 R",
            "10 0 R",
            &stream(
                "/Type/XObject/Subtype/Form/BBox[0 0 99 20]/Resources<</Font<</F1 7 0 R>>>>",
                "BT /F1 9 Tf [(1380) 40 (0138000 form)] TJ ET",
            ),
        ],
    ))
    .into_owned();
    let copy = redact(file.as_bytes(), &[VALUE]).unwrap();
    assert!(!holds(&copy, "1380") && !holds(&copy, "31333830"));
    assert!(lines_in(&copy).contains("form"));
}

#[test]
fn a_glyph_procedure_of_a_font_written_in_place_is_read() {
    let file = page(
        "BT /F2 9 Tf 9 99 Td (a) Tj ET",
        "/F2<</Type/Font/Subtype/Type3/FontBBox[0 0 1 1]/FontMatrix[1 0 0 1 0 0]/FirstChar 97/LastChar 97/Widths[1]\
         /Encoding<</Type/Encoding/Differences[97/a]>>/CharProcs<</a 7 0 R>>/Resources<</Font<</F1 5 0 R>>>>>>",
        &["[]", &stream("", "BT /F1 1 Tf [(1380) 40 (0138000)] TJ ET")],
    );
    let (_, seen) = read(&file);
    assert!(seen.texts.iter().any(|t| t.2.contains(VALUE)));
    let copy = redact(&file, &[VALUE]).unwrap();
    assert!(!holds(&copy, "1380") && !holds(&copy, "31333830"));
}

#[test]
fn an_appearance_that_does_not_say_that_it_is_a_form_is_redacted() {
    let file = page(
        "",
        "",
        &[
            "[7 0 R]",
            "<</Type/Annot/Subtype/Stamp/Rect[0 0 99 20]/AP<</N<</On 8 0 R>>>>>>",
            &stream(
                "/BBox[0 0 99 20]/Resources<</Font<</F1 5 0 R>>>>",
                "BT /F1 9 Tf [(tel 1380) 40 (0138000)] TJ ET",
            ),
        ],
    );
    let copy = redact(&file, &[VALUE]).unwrap();
    assert!(!holds(&copy, "1380") && !holds(&copy, "31333830"));
}

#[test]
fn text_in_streams_and_parts_of_unknown_use_are_told_and_left_behind() {
    let file = page(
        "BT /F1 9 Tf 9 99 Td (text) Tj ET",
        "",
        &[
            "[7 0 R]",
            "<</Type/Annot/Subtype/Widget/FT/Tx/T(mobile)/Rect[0 0 99 20]/V 8 0 R/Own 9 0 R>>",
            &stream("", "call 13800138000 now"),
            &stream("", "a name: Li Na"),
        ],
    );
    let (_, seen) = read(&file);
    assert!(seen.texts.iter().any(|t| t.2.contains(VALUE)));
    assert!(seen.gaps.iter().any(|g| g.1 == GapKind::Opaque));
    let copy = redact(&file, &[VALUE]).unwrap();
    assert!(!holds(&copy, VALUE) && !holds(&copy, "Li Na"));
    // Without anything to be removed as well.
    assert!(!holds(&redact(&file, &[]).unwrap(), "Li Na"));
}

/// Keys mean what the standard says where the standard has them, and nothing elsewhere.
#[test]
fn streams_under_a_key_that_only_reads_like_data_are_text_or_left_behind() {
    let note = "<</Type/Annot/Subtype/Text/Rect[0 0 20 20]/Contents 8 0 R>>";
    let own = |entry: &str| {
        format!("<</Type/Annot/Subtype/Text/Rect[0 0 20 20]/Own<<{entry}>>/Popup 10 0 R>>")
    };
    let file = |note: &str| {
        page(
            "BT /F1 9 Tf 9 99 Td (text) Tj ET",
            "",
            &[
                "[7 0 R]",
                note,
                &stream("", "call 13800138000, Li Na"),
                "[8 0 R]",
                "<</Type/Annot/Subtype/Popup/Rect[0 0 9 9]/Parent 7 0 R/Mask 9 0 R>>",
            ],
        )
    };
    let (_, seen) = read(&file(note));
    assert!(seen.texts.iter().any(|t| t.2.contains(VALUE)));
    assert!(!holds(&redact(&file(note), &[VALUE]).unwrap(), "Li Na"));
    for key in super::roles::DATA
        .iter()
        .chain(super::roles::SPARE)
        .chain(&[&b"EF"[..], b"Thumb", b"G"])
    {
        let key = String::from_utf8_lossy(key);
        for entry in [
            format!("/{key} 8 0 R"),
            format!("/{key}[8 0 R]"),
            format!("/{key} 9 0 R"),
            format!("/Own<</{key} 8 0 R>>"),
            format!("/{key}<</Own 8 0 R>>"),
            format!("/{key}<</Own[8 0 R]>>"),
        ] {
            let file = file(&own(&entry));
            let (_, seen) = read(&file);
            let told = seen.gaps.iter().any(|g| g.1 == GapKind::Opaque)
                || seen.gaps.iter().any(|g| g.1 == GapKind::Image)
                || seen.texts.iter().any(|t| t.2.contains(VALUE));
            // Files inside are read as such.
            if !seen.members.is_empty() {
                continue;
            }
            assert!(told, "{entry}");
            assert!(!holds(&redact(&file, &[]).unwrap(), "Li Na"), "{entry}");
        }
    }
}

#[test]
fn boxes_that_cover_more_than_what_was_removed_stay() {
    let copy = |rect: &str, kind: &str| {
        let file = page(
            "BT /F1 10 Tf 50 100 Td (13800138000 and what nobody should see) Tj ET",
            "",
            &[
                "[7 0 R]",
                &format!("<</Type/Annot/Subtype/{kind}/Rect[{rect}]/C[0 0 0]/IC[0 0 0]>>"),
            ],
        );
        let copy = redact(&file, &[VALUE]).unwrap();
        holds(&copy, kind)
    };
    for kind in ["Square", "Circle", "Ink", "Highlight"] {
        assert!(copy("45 95 300 112", kind), "{kind}");
        assert!(!copy("49 97 113 109", kind), "{kind}");
    }
    assert!(!copy("45 95 300 112", "Underline"));
}

#[test]
fn a_note_that_two_pages_share_stays_on_the_other() {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 5 0 R/Resources 6 0 R/Annots[8 0 R]>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 7 0 R/Resources 6 0 R/Annots[8 0 R]>>",
        &stream("", "BT /F1 9 Tf 9 99 Td (13800138000) Tj ET"),
        "<</Font<</F1 9 0 R>>>>",
        &stream("", "BT /F1 9 Tf 9 99 Td (some text) Tj ET"),
        "<</Type/Annot/Subtype/Underline/Rect[9 97 60 99]/QuadPoints[9 99 60 99 9 97 60 97]>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ];
    let copy = redact(&pdf(&objects, ""), &[VALUE]).unwrap();
    let doc = lopdf::Document::load_mem(&copy).unwrap();
    let notes: Vec<usize> = doc
        .page_iter()
        .map(|page| doc.get_page_annotations(page).unwrap().len())
        .collect();
    assert_eq!(notes, [0, 1]);
}

#[test]
fn lists_of_properties_that_are_an_object_of_their_own_say_nothing() {
    let file = page(
        "/Span /P1 BDC BT /F1 9 Tf 9 99 Td (Zhang) Tj ET EMC",
        ">>/Properties 7 0 R/Own<<",
        &["[]", "<</P1<</Own(hang)/MCID 4>>>>"],
    );
    let copy = redact(&file, &["Zhang"]).unwrap();
    assert!(!holds(&copy, "hang") && holds(&copy, "MCID"));
}

#[test]
fn what_marked_content_says_sign_by_sign_goes() {
    let file = page(
        "/Span /P1 BDC BT /F1 9 Tf 9 99 Td (Zhang) Tj ET EMC",
        ">>/Properties<</P1<</ActualText(Z)/Alt(zh)/MCID 4>>/P2 7 0 R",
        &["[]", "<</ActualText(hang)/MCID 5>>"],
    );
    let copy = redact(&file, &["Zhang"]).unwrap();
    assert!(!holds(&copy, "ActualText") && !holds(&copy, "hang") && !holds(&copy, "zh"));
    assert!(holds(&copy, "MCID"));
}

#[test]
fn resources_may_have_any_name() {
    let file = page(
        "BT /JS 9 Tf 9 99 Td (kept 13800138000) Tj ET",
        "/JS 5 0 R/AA 5 0 R",
        &[],
    );
    let copy = redact(&file, &[VALUE]).unwrap();
    assert!(lines_in(&copy).contains("kept"));
}

#[test]
fn a_page_cut_into_strips_of_pixels_is_a_picture() {
    let strip = |name: &str| {
        format!("{name} << /Type/XObject/Subtype/Image/Width 600/Height 8/BitsPerComponent 1/ColorSpace/DeviceGray/Length 600>>\nstream\n{}\nendstream", "ABCDEF".repeat(100)).split_off(name.len() + 1)
    };
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>",
        "<</Type/Page/Parent 2 0 R/Contents 5 0 R/Resources 6 0 R>>",
        "<</Type/Page/Parent 2 0 R/Contents 9 0 R/Resources 6 0 R>>",
        &stream("", "/I1 Do /I2 Do /I1 Do"),
        "<</XObject<</I1 7 0 R/I2 8 0 R>>/Font<</F1 10 0 R>>>>",
        &strip("a"),
        &strip("b"),
        &stream("", "BT /F1 9 Tf 9 99 Td (some text) Tj ET"),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ];
    let file = pdf(&objects, "");
    let (_, seen) = read(&file);
    assert!(
        seen.gaps.contains(&("#page1".into(), GapKind::Image)),
        "{:?}",
        seen.gaps
    );
    let (copy, seen) = redact_within(&file, &[], &Limits::default());
    let copy = copy.unwrap();
    assert!(seen.gaps.contains(&("#page1".into(), GapKind::Dropped)));
    assert!(!holds(&copy, "ABCDEF"));
    // Side by side in the stream itself.
    let sign = |n: usize| {
        let x = 12 * n;
        let data = ["QWERTZUIOP", "QWERTZUIPO", "QWERTZUOIP"][n % 3];
        format!("q 12 0 0 12 {x} 9 cm BI /W 16 /H 16 /BPC 8 /CS /G ID {data}\nEI Q ")
    };
    let inline: String = (0..20).map(sign).collect();
    let file = page(&format!("BT /F1 9 Tf (x) Tj ET {inline}"), "", &[]);
    assert!(!holds(&redact(&file, &[]).unwrap(), "QWERTZ"));
}

#[test]
fn pages_without_text_are_blank_in_a_copy_or_withhold_it() {
    let image = stream(
        "/Type/XObject/Subtype/Image/Width 80/Height 60/BitsPerComponent 8/ColorSpace/DeviceGray",
        "PIXELS",
    );
    let of = |second: &str| {
        let objects = [
            "<</Type/Catalog/Pages 2 0 R>>",
            "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>",
            "<</Type/Page/Parent 2 0 R/Contents 5 0 R/Resources 6 0 R>>",
            "<</Type/Page/Parent 2 0 R/Contents 7 0 R/Resources 6 0 R>>",
            &stream("", "/I1 Do"),
            "<</XObject<</I1 8 0 R>>/Font<</F1 9 0 R>>>>",
            &stream("", second),
            &image,
            "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        ];
        pdf(&objects, "")
    };
    let with = |pictures| {
        let mut limits = Limits::default();
        limits.unread.pictures = pictures;
        limits
    };
    let mixed = of("BT /F1 9 Tf 9 99 Td (text) Tj ET");
    let (copy, seen) = redact_within(&mixed, &[], &with(Treatment::Blank));
    assert!(!holds(&copy.unwrap(), "PIXELS"));
    assert!(seen.gaps.contains(&("#page1".into(), GapKind::Dropped)));
    let (copy, seen) = redact_within(&mixed, &[], &with(Treatment::Keep));
    assert!(holds(&copy.unwrap(), "PIXELS"));
    assert!(seen.gaps.contains(&("#page1".into(), GapKind::Kept)));
    let (copy, _) = redact_within(&mixed, &[], &with(Treatment::Withhold));
    assert!(matches!(
        copy,
        Err(FormatError::Withheld(GapKind::Image, _))
    ));
    // A copy that is blank all over is none.
    let (_, seen) = redact_within(&of("/I1 Do"), &[], &with(Treatment::Blank));
    assert!(seen.gaps.contains(&("#page1".into(), GapKind::Image)));
}

#[test]
fn glyphs_without_a_character_leave_a_copy_or_withhold_it() {
    let file = page(
        "BT /F1 12 Tf 9 99 Td (some text ) Tj <0102> Tj ( and more) Tj ET",
        "",
        &[],
    );
    let (copy, seen) = redact_within(&file, &[], &Limits::default());
    let copy = copy.unwrap();
    assert!(!holds(&copy, "0102"));
    let left = lines_in(&copy);
    let words: Vec<&str> = left.split_whitespace().collect();
    assert_eq!(words, ["some", "text", "and", "more"]);
    assert!(seen.gaps.contains(&("#page1".into(), GapKind::Dropped)));
    let mut limits = Limits::default();
    limits.unread.objects = Treatment::Withhold;
    let (_, seen) = redact_within(&file, &[], &limits);
    assert!(seen.gaps.contains(&("#page1".into(), GapKind::Undecodable)));
    // Text that nobody can read is no text.
    let file = page("BT /F1 12 Tf 9 99 Td (ab) Tj <0102030405> Tj ET", "", &[]);
    let (copy, _) = redact_within(&file, &[], &Limits::default());
    assert!(matches!(
        copy,
        Err(FormatError::Withheld(GapKind::Undecodable, _))
    ));
}

#[test]
fn a_font_loses_what_only_a_dropped_annotation_showed() {
    let program = super::subset::truetype::tests::program();
    let program: String = program.iter().map(|b| format!("{b:02X}")).collect();
    let file = page(
        "BT /F2 12 Tf 72 700 Td <0001> Tj ET",
        "/F2 7 0 R",
        &[
            "[12 0 R]",
            "<</Type/Font/Subtype/Type0/BaseFont/QWERTY+Some/Encoding/Identity-H/DescendantFonts[8 0 R]/ToUnicode 11 0 R>>",
            "<</Type/Font/Subtype/CIDFontType2/BaseFont/QWERTY+Some/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>\
             /FontDescriptor 9 0 R/CIDToGIDMap/Identity>>",
            "<</Type/FontDescriptor/FontName/QWERTY+Some/Flags 4/FontFile2 10 0 R>>",
            &stream("/Filter/ASCIIHexDecode", &program),
            &stream(
                "",
                "3 beginbfchar <0001> <0041> <0002> <0042> <0004> <0044> endbfchar",
            ),
            "<</Type/Annot/Subtype/Movie/Rect[0 0 99 20]/AP<</N 13 0 R>>>>",
            &stream(
                "/Type/XObject/Subtype/Form/BBox[0 0 99 20]/Resources<</Font<</F2 7 0 R>>>>",
                "BT /F2 9 Tf 9 9 Td <00020004> Tj ET",
            ),
        ],
    );
    let copy = redact(&file, &[]).unwrap();
    let doc = lopdf::Document::load_mem(&copy).unwrap();
    let streams = doc.objects.values().filter_map(|o| o.as_stream().ok());
    let all: Vec<u8> = streams
        .flat_map(|s| tree::content(s, 1 << 20).unwrap())
        .collect();
    let has = |mark: u8| memchr::memmem::find(&all, &[mark; 8]).is_some();
    assert_eq!([0x11, 0x22, 0x44].map(has), [true, false, false]);
}

/// What is a value only once another one is gone.
#[test]
fn what_is_dropped_when_the_copy_is_read_again_is_told() {
    let file = page(
        "BT /F1 12 Tf 72 700 Td (lo) Tj 28 0 Td (Bartholomew) Tj 200 0 Td (be) Tj ET",
        "",
        &[
            "[7 0 R]",
            "<</Type/Annot/Subtype/Highlight/Rect[300 696 320 712]>>",
        ],
    );
    let told = |values: &[&str]| {
        let (copy, seen) = redact_within(&file, values, &Limits::default());
        let lines = lines_in(&copy.unwrap());
        let dropped = seen.gaps.iter().filter(|g| g.1 == GapKind::Dropped);
        (lines, dropped.count())
    };
    assert_eq!(told(&["Bartholomew"]), ("lo\tbe\n".to_owned(), 0));
    assert_eq!(told(&["Bartholomew", "lo\tbe"]), (String::new(), 1));
}

#[test]
fn a_font_of_procedures_loses_those_that_only_removed_text_used() {
    let draws = |side: u32| stream("", &format!("600 0 0 0 500 500 d1 0 0 {side} 500 re f"));
    let file = page(
        "BT /F2 9 Tf 9 99 Td (ab) Tj 0 -20 Td (a) Tj ET",
        "/F2 7 0 R",
        &[
            "[]",
            "<</Type/Font/Subtype/Type3/FontBBox[0 0 500 500]/FontMatrix[0.001 0 0 0.001 0 0]/FirstChar 97/LastChar 98\
             /Widths[600 600]/Encoding<</Type/Encoding/Differences[97/a/b]>>/CharProcs<</a 8 0 R/b 9 0 R>>>>",
            &draws(431),
            &draws(432),
        ],
    );
    let copy = redact(&file, &["b"]).unwrap();
    assert!(holds(&copy, "431") && !holds(&copy, "432"));
}

/// What no line of the page reads as one.
#[test]
fn a_value_whose_letters_stand_anywhere_goes_in_the_order_of_drawing() {
    let steps: String = "Bartholomew"
        .chars()
        .map(|c| format!("31 37 Td ({c}) Tj "))
        .collect();
    let file = page(
        &format!("BT /F1 12 Tf 72 200 Td (Bartholomew and ) Tj {steps} 9 40 Td ( so on) Tj ET"),
        "",
        &[],
    );
    let copy = redact(&file, &["Bartholomew"]).unwrap();
    let text = lines_in(&copy);
    let words: Vec<&str> = text.split_whitespace().collect();
    assert_eq!(words, ["so", "on", "and"]);
}
