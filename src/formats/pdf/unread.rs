//! Tests of what becomes of parts that cannot be read.

use super::{
    copies::{holds, redact_within},
    tests::{page, pdf, read, stream, text_of},
    *,
};
use crate::{formats::Limits, model::GapKind};

/// A font of one byte a code whose map gives the codes 1 to 8 letters.
const LETTERS: &str = "<</Type/Font/Subtype/TrueType/BaseFont/ABCDEF+X/FirstChar 1/LastChar 8\
                       /Widths[500 500 500 500 500 500 500 500]/ToUnicode 8 0 R>>";
const MAP: &str = "1 beginbfrange <01> <08> <0061> endbfrange";

fn withholding() -> Limits {
    let mut limits = Limits::default();
    limits.unread.objects = Treatment::Withhold;
    limits
}

#[test]
fn codes_that_nobody_can_read_are_no_value_in_other_fonts() {
    let codes = "01020304050607080102030405060708";
    let text = "some words that are long enough for the rest of this page";
    let content =
        format!("BT /F1 9 Tf 9 99 Td ({text}) Tj <{codes}> Tj 0 -20 Td /F2 9 Tf <{codes}> Tj ET");
    let file = page(&content, "/F2 7 0 R", &["[]", LETTERS, &stream("", MAP)]);
    let (copy, seen) = redact_within(&file, &["words"], &Limits::default());
    let (_, copy) = read(&copy.unwrap());
    let shown = text_of(&copy, "#page1");
    assert!(shown.contains("abcdefghabcdefgh"), "{shown}");
    assert!(!shown.contains("words"), "{shown}");
    assert!(seen.gaps.contains(&("#page1".into(), GapKind::Dropped)));
}

#[test]
fn a_file_inside_that_cannot_be_redacted_is_empty_in_the_copy() {
    let bytes = stream("/Type/EmbeddedFile", "\u{1}\u{2}\u{0}\u{7}\u{0}PICTURE");
    let file = page(
        "BT /F1 9 Tf 9 99 Td (some text) Tj ET",
        "",
        &["[]", "<</Type/Filespec/UF(a.bin)/EF<</F 8 0 R>>>>", &bytes],
    );
    let (copy, seen) = redact_within(&file, &[], &Limits::default());
    assert!(!holds(&copy.unwrap(), "PICTURE"));
    let told = ("#part:object 8".into(), GapKind::Dropped);
    assert!(seen.gaps.contains(&told), "{:?}", seen.gaps);
    let (copy, _) = redact_within(&file, &[], &withholding());
    assert!(matches!(copy, Err(FormatError::Withheld(..))));
}

#[test]
fn a_value_of_the_page_leaves_the_files_inside_however_it_is_written_there() {
    let inside = stream("/Type/EmbeddedFile", "from now: \"138 0013\n8000\" later");
    let file = page(
        "BT /F1 9 Tf 9 99 Td (call 13800138000) Tj ET",
        "",
        &[
            "[]",
            "<</Type/Filespec/UF(a.txt)/EF<</F 8 0 R>>>>",
            &inside,
            "<</Type/Catalog>>",
        ],
    );
    // The catalogue reaches the file by its name.
    let file = String::from_utf8(file).unwrap().replacen(
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(a) 7 0 R]>>>>>>",
        1,
    );
    let (copy, _) = redact_within(file.as_bytes(), &["13800138000"], &Limits::default());
    let copy = copy.unwrap();
    assert!(!holds(&copy, "8000") && !holds(&copy, "138 0013"));
    assert!(holds(&copy, "from now: \"***\n\" later"));
}

#[test]
fn what_is_shown_in_a_font_that_is_not_there_and_what_shows_nothing_is_read() {
    let file = page(
        "BT /F9 9 Tf 9 99 Td <0031003300380030003000310033003800300030 0030> Tj ET",
        "",
        &[],
    );
    let (_, seen) = read(&file);
    assert_eq!(text_of(&seen, "#page1").trim(), "13800138000");
    assert!(seen.gaps.is_empty(), "{:?}", seen.gaps);
    let (copy, _) = redact_within(&file, &["13800138000"], &Limits::default());
    let (_, copy) = read(&copy.unwrap());
    assert!(!text_of(&copy, "#page1").contains('8'));
    // What is no ASCII is other letters in other encodings.
    let (_, seen) = read(&page("BT /F9 9 Tf 9 99 Td (a\\351) Tj ET", "", &[]));
    assert!(seen.gaps.contains(&("#page1".into(), GapKind::Undecodable)));
}

#[test]
fn marks_in_fields_are_read() {
    let font = "<</Type/Font/Subtype/Type1/BaseFont/ZapfDingbats>>";
    let file = page("BT /F2 9 Tf 9 99 Td (4) Tj ET", "/F2 7 0 R", &["[]", font]);
    let (_, seen) = read(&file);
    assert_eq!(text_of(&seen, "#page1").trim(), "\u{2714}");
    assert!(seen.gaps.is_empty(), "{:?}", seen.gaps);
}

#[test]
fn pages_that_cannot_be_read_have_a_notice_in_their_place() {
    let file = |second: &str, filter: &str| {
        let objects = [
            "<</Type/Catalog/Pages 2 0 R>>",
            "<</Type/Pages/Kids[3 0 R 4 0 R 5 0 R]/Count 3/MediaBox[0 0 600 800]/Resources 6 0 R>>",
            "<</Type/Page/Parent 2 0 R/Contents 8 0 R>>",
            "<</Type/Page/Parent 2 0 R/Contents 9 0 R>>",
            "<</Type/Page/Parent 2 0 R/Contents 10 0 R>>",
            "<</Font<</F1 7 0 R>>>>",
            "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
            &stream("", second),
            &stream(
                "",
                "BT /F1 9 Tf 9 99 Td (call 13800138000) Tj <010203040506070801020304050607080102030405060708> Tj ET",
            ),
            &stream(filter, "BT /F1 9 Tf 9 99 Td (hidden text) Tj ET"),
        ];
        pdf(&objects, "")
    };
    let first = "BT /F1 9 Tf 9 99 Td (first page 13800138000) Tj ET";
    let all = file(first, "/Filter/NoSuchDecode");
    let (copy, seen) = redact_within(&all, &["13800138000"], &Limits::default());
    let copy = copy.unwrap();
    assert!(!holds(&copy, "13800138000") && !holds(&copy, "hidden") && !holds(&copy, "call"));
    assert!(!holds(&copy, "\u{1}\u{2}\u{3}") && !holds(&copy, "0102030405"));
    for (page, says) in [
        (1, "first page"),
        (2, "原页的多数字形无法确定是什么字符。"),
        (3, "Not all of its content could be read."),
    ] {
        let (_, copy) = read(&copy);
        assert!(
            text_of(&copy, &format!("#page{page}")).contains(says),
            "{page}"
        );
    }
    let dropped = |n: u32| seen.gaps.contains(&(format!("#page{n}"), GapKind::Dropped));
    assert!(!dropped(1) && dropped(2) && dropped(3), "{:?}", seen.gaps);
    // By choice there is no copy; and none that is nothing but notices.
    let (_, seen) = redact_within(&all, &[], &withholding());
    assert!(seen.gaps.contains(&("#page3".into(), GapKind::Undecodable)));
    let (copy, _) = redact_within(&file("", "/Filter/NoSuchDecode"), &[], &Limits::default());
    assert!(matches!(
        copy,
        Err(FormatError::Withheld(GapKind::Undecodable, _))
    ));
}

/// A page may turn out to be one that cannot be read once a value has left it.
#[test]
fn a_page_that_a_later_reading_leaves_out_is_left_out() {
    let map = "2 beginbfrange <01> <08> <0061> <11> <14> <E001> endbfrange";
    let font = "<</Type/Font/Subtype/TrueType/BaseFont/ABCDEF+X/FirstChar 1/LastChar 20/ToUnicode 10 0 R\
                /Widths[500 500 500 500 500 500 500 500 500 500 500 500 500 500 500 500 500 500 500 500]>>";
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2/MediaBox[0 0 600 800]/Resources 5 0 R>>",
        "<</Type/Page/Parent 2 0 R/Contents 8 0 R>>",
        "<</Type/Page/Parent 2 0 R/Contents 9 0 R>>",
        "<</Font<</F1 6 0 R/F2 7 0 R>>>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        font,
        &stream("", "BT /F1 9 Tf 9 99 Td (some text of a page) Tj ET"),
        &stream(
            "",
            "BT /F2 9 Tf 9 99 Td <1112> Tj <0102030405060708> Tj <1314> Tj ET",
        ),
        &stream("", map),
    ];
    let (copy, seen) = redact_within(&pdf(&objects, ""), &["abcdefgh"], &Limits::default());
    let (_, copy) = read(&copy.unwrap());
    let left = text_of(&copy, "#page2");
    assert!(left.contains("This page is left out of the copy"), "{left}");
    assert!(seen.gaps.contains(&("#page2".into(), GapKind::Dropped)));
}

#[test]
fn annotations_do_not_stay_over_a_notice() {
    let looks = "/Type/XObject/Subtype/Form/BBox[0 0 99 20]/Resources<</Font<</F1 5 0 R>>>>";
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2/MediaBox[0 0 600 800]/Resources<</Font<</F1 5 0 R>>>>>>",
        "<</Type/Page/Parent 2 0 R/Contents 6 0 R/Annots[10 0 R]>>",
        "<</Type/Page/Parent 2 0 R/Contents 7 0 R/Annots[8 0 R 10 0 R]>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        &stream("", "BT /F1 9 Tf 9 99 Td (some text of a page) Tj ET"),
        &stream("/Filter/NoSuchDecode", "BT /F1 9 Tf 9 99 Td (hidden) Tj ET"),
        "<</Type/Annot/Subtype/Stamp/Rect[0 0 99 20]/Contents(a remark)/AP<</N 9 0 R>>>>",
        &stream(looks, "BT /F1 9 Tf (a stamp) Tj ET"),
        "<</Type/Annot/Subtype/Text/Rect[0 0 99 20]/Contents(shared)>>",
    ];
    let (copy, seen) = redact_within(&pdf(&objects, ""), &[], &Limits::default());
    let copy = copy.unwrap();
    let doc = lopdf::Document::load_mem(&copy).unwrap();
    let notes: Vec<usize> = doc
        .page_iter()
        .map(|page| doc.get_page_annotations(page).map_or(0, |a| a.len()))
        .collect();
    assert_eq!(notes, [1, 0]);
    assert!(!holds(&copy, "a remark") && !holds(&copy, "a stamp") && holds(&copy, "shared"));
    let told = seen.gaps.iter().filter(|g| g.1 == GapKind::Dropped);
    assert_eq!(told.count(), 2, "{:?}", seen.gaps);
}

/// One glyph that nobody can read leaves its room, and its line is as it was; on a line that loses a value it
/// leaves nothing.
#[test]
fn a_line_that_only_loses_what_nobody_can_read_stays_as_it_is() {
    let map = "1 beginbfrange <01> <08> <0061> endbfrange";
    let file = |second: &str| {
        page(
            &format!(
                "BT /F2 10 Tf 72 700 Td [<0102> -90 <0b> 70 <0304>] TJ <0b> Tj <05> Tj {second} ET"
            ),
            "/F2 7 0 R",
            &[
                "[]",
                "<</Type/Font/Subtype/TrueType/BaseFont/ABCDEF+X/FirstChar 1/LastChar 11\
                 /Widths[500 500 500 500 500 500 500 500 500 500 700]/ToUnicode 8 0 R>>",
                &stream("", map),
            ],
        )
    };
    let places = |copy: &[u8]| {
        let doc = lopdf::Document::load_mem(copy).unwrap();
        let page = doc.page_iter().next().unwrap();
        let drawn = walk::Walker::new(&doc, 1 << 20).page(page, &AtomicBool::new(false));
        let all = drawn.glyphs.iter().filter(|g| g.y > 690.0);
        all.map(|g| (g.x * 10.0).round() / 10.0)
            .collect::<Vec<f64>>()
    };
    let (copy, _) = redact_within(&file(""), &[], &Limits::default());
    let left = places(&copy.unwrap());
    assert_eq!(left, [72.0, 77.0, 89.2, 94.2, 106.2]);
    let (copy, _) = redact_within(&file("0 -30 Td <060708> Tj"), &["fgh"], &Limits::default());
    let left = places(&copy.unwrap());
    assert_eq!(left, [72.0, 77.0, 89.2, 94.2, 106.2]);
    let (copy, _) = redact_within(
        &file("1.5 0 0 1 72 720 Tm <010b02> Tj"),
        &[],
        &Limits::default(),
    );
    let left = places(&copy.unwrap());
    assert_eq!(left.get(5..), Some(&[72.0, 90.0][..]));
    let (copy, _) = redact_within(
        &file("ET BT 9 Tc /F2 0 Tf 72 720 Td <010b02> Tj"),
        &[],
        &Limits::default(),
    );
    // Text without a size is not seen, and has no room to leave.
    assert_eq!(places(&copy.unwrap()).len(), 7);
    let (copy, _) = redact_within(&file("60 0 Td <060708> Tj"), &["fgh"], &Limits::default());
    let left = places(&copy.unwrap());
    assert_eq!(left.get(..4), Some(&[72.0, 77.0, 82.0, 87.0][..]));
}
