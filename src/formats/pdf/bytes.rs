//! Strings that are bytes, and numbers, in which something is said all the same.

use super::{
    copies::{holds, redact},
    tests::{page, pdf, read, stream, text_of},
};

const VALUE: &str = "13800138000";

fn is_read(file: &[u8]) -> bool {
    let (result, seen) = read(file);
    result.unwrap();
    seen.texts.iter().any(|t| t.2.contains(VALUE))
}

/// It is read, and not in the copy; what the page shows is.
fn goes(entry: &str) {
    let note = format!("<</Type/Annot/Subtype/Text/Rect[0 0 9 9]{entry}>>");
    let file = page("BT /F1 9 Tf 9 99 Td (kept) Tj ET", "", &["[7 0 R]", &note]);
    assert!(is_read(&file), "{entry}");
    let copy = redact(&file, &[VALUE]).unwrap();
    assert!(!holds(&copy, "13800138"), "{entry}");
    let (_, seen) = read(&copy);
    assert!(text_of(&seen, "#page1").starts_with("kept\n"), "{entry}");
}

#[test]
fn what_only_reads_like_a_palette_is_text() {
    let hex = |text: &str| text.bytes().map(|b| format!("{b:02X}")).collect::<String>();
    let tail = hex("13800138000 \u{fd}");
    for own in [
        format!("/Own[/I <{tail}>]"),
        format!("/Own[/Indexed/DeviceRGB 1 <{tail}>]"),
        format!("/Own[/Indexed/DeviceGray 13 <{tail}>]"),
        format!("/C[/I/G/Own <{tail}>]"),
        format!("/ColorSpace[/Indexed/DeviceRGB 9 <{tail}>]"),
        format!("/ColorSpace[/Indexed/DeviceGray 12 <{tail}>]"),
        format!(
            "/ColorSpace[/Indexed/DeviceGray 12 <FEFF{}>]",
            hex("\0\x31\0\x33\0\x38")
        ),
    ] {
        if own.contains("FEFF") {
            let note = format!("<</Type/Annot/Subtype/Text/Rect[0 0 9 9]{own}>>");
            let (_, seen) = read(&page("", "", &["[7 0 R]", &note]));
            assert!(seen.texts.iter().any(|t| t.2 == "138"), "{own}");
        } else {
            goes(&own);
        }
    }
    // A palette stays what it is.
    let palette = "FF00001380013800FF7F";
    let file = page(
        "BT /F1 9 Tf 9 99 Td (kept) Tj ET",
        &format!(">>/ColorSpace<</C[/Indexed/DeviceGray 9 <{palette}>]"),
        &[],
    );
    let (_, seen) = read(&file);
    assert_eq!(seen.texts.len(), 1, "{:?}", seen.texts);
    let copy = redact(&file, &[VALUE]).unwrap();
    assert!(holds(&copy, palette) || holds(&copy, &format!("<{palette}>")));
}

#[test]
fn entries_are_bytes_only_where_the_standard_says_so() {
    for entry in [
        "/CheckSum(13800138000 Li N)",
        "/Params<</CheckSum(13800138000 Li N)>>",
        "/Own<</CheckSum<3133383030313338303030FDFEFDFEFD>>>",
        "/Type/XRef/ID[(13800138000)(a)]",
        "/ByteRange[0 1 2 3]/Contents(13800138000)",
        "/Filter/Own/ByteRange[0 1 2 3]/Contents(13800138000)",
        "/Own<</Filter/A/ByteRange[0 1 2 3]/Contents<30FF3133383030313338303030>>>",
        "/Own<</ByteRange[0 1]/Cert[(13800138000)]>>",
        "/Own<</Length 13800138000>>",
    ] {
        goes(entry);
    }
    // So are numbers that look like how long something is.
    let note = "<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Own<</Length 1380013>>>>";
    let (_, seen) = read(&page("", "", &["[7 0 R]", note]));
    assert!(seen.texts.iter().any(|t| t.2 == "1380013"));
}

#[test]
fn sums_of_files_inside_and_signatures_are_no_text() {
    let sum = "<D03A27915B88EE1C0F44AA6610BD9C72>";
    let file = pdf(
        &[
            "<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(a) 4 0 R]>>>>>>",
            "<</Type/Pages/Kids[3 0 R]/Count 1>>",
            "<</Type/Page/Parent 2 0 R>>",
            "<</Type/Filespec/UF(a.txt)/EF<</F 5 0 R>>>>",
            &stream(
                &format!("/Type/EmbeddedFile/Params<</CheckSum{sum}>>"),
                "text",
            ),
            "<</Type/Sig/Filter/Adobe.PPKLite/ByteRange[0 1 2 3]/Contents<3082FFD5D0F2B6AF00C4E3>>>",
        ],
        "",
    );
    let (result, seen) = read(&file);
    result.unwrap();
    let texts: Vec<_> = seen.texts.iter().map(|t| t.2.as_str()).collect();
    assert_eq!(texts, ["a.txt", "text"]);
}

/// Whether a value is read in this content, and whether more than its first digits are in the copy.
fn read_and_left(content: &str) -> (bool, bool) {
    let file = page(
        &format!("{content} BT /F1 9 Tf 9 99 Td (kept) Tj ET"),
        "",
        &[],
    );
    let copy = redact(&file, &[VALUE]).unwrap();
    let (_, seen) = read(&copy);
    assert!(text_of(&seen, "#page1").starts_with("kept\n"), "{content}");
    (is_read(&file), holds(&copy, "1380013"))
}

#[test]
fn digits_of_numbers_with_a_point_are_read_and_go() {
    for content in [
        "13800138000.0 w",
        "0.13800138000 w",
        "1380013.8000 w",
        "[-13800138000.5] 0 d",
        "/Span <</Own 0.13800138000>> BDC EMC",
    ] {
        assert_eq!(read_and_left(content), (true, false), "{content}");
    }
    // What looks like a computed place is not read, and not left as it is.
    assert_eq!(read_and_left("1380.0138000 w"), (false, false));
    // A drawing whose writer writes so is one; what is drawn stays.
    let lines: String = (0..99)
        .map(|n| format!("{n}.0123456789 {n}.5 m {n}.99999999999 9 l S "))
        .collect();
    let drawing = format!("{lines} 0.13800138000 w");
    assert_eq!(read_and_left(&drawing), (false, false));
    let file = page(&drawing, "", &[]);
    let (_, seen) = read(&file);
    assert!(seen.texts.is_empty(), "{:?}", seen.texts);
    let copy = redact(&file, &[]).unwrap();
    let doc = lopdf::Document::load_mem(&copy).unwrap();
    let page = doc.page_iter().next().unwrap();
    let content = String::from_utf8(doc.get_page_content(page)).unwrap();
    let words: Vec<&str> = content.split_whitespace().collect();
    assert!(
        words.windows(3).any(|w| w == ["7.01235", "7.5", "m"]),
        "{content}"
    );
}

#[test]
fn copies_have_no_long_numbers_in_objects() {
    let note = "<</Type/Annot/Subtype/Text/Rect[0 0 9.12345678 9]/Contents(13800138000)/Own[13800138000.5 0.13800138]>>";
    let copy = redact(&page("", "", &["[7 0 R]", note]), &[VALUE]).unwrap();
    assert!(!holds(&copy, "138001") && !holds(&copy, "9.123456") && holds(&copy, "9.12346"));
}
