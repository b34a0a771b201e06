//! Pictures that are said to be small and show something all the same.

use super::{
    copies::{holds, redact_within},
    photo,
    tests::{page, read, stream, text_of},
};
use crate::{formats::Limits, model::GapKind};

/// Whether it is told that there are pictures, and what is left of a mark in the copy.
fn told_and_left(file: &[u8], mark: &[u8]) -> (bool, bool) {
    let (result, seen) = read(file);
    result.unwrap();
    let told = seen.gaps.iter().any(|g| g.1 == GapKind::Image);
    let (copy, seen) = redact_within(file, &[], &Limits::default());
    let copy = copy.unwrap();
    assert_eq!(
        seen.gaps.iter().any(|g| g.1 == GapKind::Dropped),
        told,
        "{:?}",
        seen.gaps
    );
    let (_, seen) = read(&copy);
    assert!(text_of(&seen, "#page1").contains("kept"));
    let doc = lopdf::Document::load_mem(&copy).unwrap();
    let mut all = copy.clone();
    for object in doc.objects.values() {
        if let lopdf::Object::Stream(s) = object {
            let data = super::tree::content(s, 1 << 20);
            all.extend(data.unwrap_or_else(|_| s.content.clone()));
        }
    }
    (told, memchr::memmem::find(&all, mark).is_some())
}

const GOES: (bool, bool) = (true, false);
const STAYS: (bool, bool) = (false, true);
const KEPT: &str = "BT /F1 9 Tf 9 199 Td (kept) Tj ET";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02X}")).collect()
}

fn picture(dict: &str, data: &[u8]) -> String {
    let dict =
        format!("/Type/XObject/Subtype/Image/BitsPerComponent 8{dict}/Filter/ASCIIHexDecode");
    stream(&dict, &hex(data))
}

/// A page that draws a picture, which may need more objects, numbered from 8.
fn drawn(image: &str, more: &[&str]) -> Vec<u8> {
    let content = format!("{KEPT} q 99 0 0 99 9 9 cm /I Do Q");
    let mut objects = vec!["[]", image];
    objects.extend_from_slice(more);
    page(&content, ">>/XObject<</I 7 0 R", &objects)
}

#[test]
fn pictures_are_as_large_as_what_masks_them_or_stands_for_them() {
    let large = picture("/ColorSpace/DeviceGray/Width 90/Height 20", &[b'%'; 1800]);
    let grey = |more: &str| {
        picture(
            &format!("/ColorSpace/DeviceGray/Width 4/Height 2{more}"),
            b"PIXELS!!",
        )
    };
    for (entry, other, how) in [
        ("/SMask 8 0 R", large.as_str(), GOES),
        ("/Mask 8 0 R", &large, GOES),
        (
            "/Alternates[<</Image 8 0 R/DefaultForPrinting true>>]",
            &large,
            GOES,
        ),
        ("/Mask[0 1]", "null", STAYS),
    ] {
        let file = drawn(&grey(entry), &[other]);
        assert_eq!(told_and_left(&file, b"PIXELS!!"), how, "{entry}");
    }
    let small = grey("");
    assert_eq!(
        told_and_left(&drawn(&grey("/SMask 8 0 R"), &[&small]), b"PIXELS!!"),
        STAYS
    );
}

#[test]
fn pictures_are_as_large_as_their_own_data() {
    let said = "/ColorSpace/DeviceGray/Width 4/Height 2";
    // Some bytes more are none that anybody looks at.
    assert_eq!(
        told_and_left(&drawn(&picture(said, b"PIXELS!!\n"), &[]), b"PIXELS!!"),
        STAYS
    );
    let more = [&b"PIXELS!!"[..], &[7; 99]].concat();
    assert_eq!(
        told_and_left(&drawn(&picture(said, &more), &[]), b"PIXELS!!"),
        GOES
    );
    for filter in ["JPXDecode", "JBIG2Decode", "CCITTFaxDecode", "NoSuchDecode"] {
        let image = stream(
            &format!("/Type/XObject/Subtype/Image/BitsPerComponent 8{said}/Filter/{filter}"),
            "PIXELS!!",
        );
        assert_eq!(
            told_and_left(&drawn(&image, &[]), b"PIXELS!!"),
            GOES,
            "{filter}"
        );
    }
    // Colours of a profile are as many as it says.
    let profile = stream("/N 1", "profile");
    let file = drawn(
        &picture(
            "/ColorSpace[/ICCBased 8 0 R]/Width 4/Height 2",
            b"PIXELS!!and more",
        ),
        &[&profile],
    );
    assert_eq!(told_and_left(&file, b"PIXELS!!"), STAYS);
    assert_eq!(told_and_left(&file, b"and more"), (false, false));
}

/// A page with a picture that stands in its content.
fn inline(entries: &str, data: &[u8]) -> Vec<u8> {
    let before = format!("{KEPT} q 99 0 0 99 9 9 cm BI {entries} ID ");
    let content = [before.as_bytes(), data, b"\nEI Q"].concat();
    let file = page(&"@".repeat(content.len()), "", &[]);
    let at = memchr::memmem::find(&file, b"@").unwrap();
    let mut file = file;
    file[at..at + content.len()].copy_from_slice(&content);
    file
}

#[test]
fn pictures_in_content_are_as_large_as_their_own_frames_and_data() {
    let photo = |side| photo::tests::photo(side, "note", "");
    for (entries, data, how) in [
        ("/W 4/H 2/BPC 8/CS/G", b"PIXELS!!".to_vec(), STAYS),
        ("/W 40/H 20/BPC 8/CS/G", b"PIXELS!!".to_vec(), GOES),
        ("/W 40/H 20/W 4/H 2/BPC 8/CS/G", b"PIXELS!!".to_vec(), GOES),
        (
            "/W 4/H 2/Width 40/Height 20/BPC 8/CS/G",
            b"PIXELS!!".to_vec(),
            GOES,
        ),
        (
            "/W 4/H 2/BPC 8/CS/G",
            [b"PIXELS!!".to_vec(), vec![7; 99]].concat(),
            GOES,
        ),
        ("/W 4/H 2/BPC 8/CS/G/F/Own", b"PIXELS!!".to_vec(), GOES),
        (
            "/W 4/H 2/F/CCF/DP<</K -1/Columns 400>>",
            b"PIXELS!!".to_vec(),
            GOES,
        ),
        (
            "/W 4/H 2/BPC 8/CS[/I/G 1 <00FF>]",
            b"PIXELS!!".to_vec(),
            STAYS,
        ),
    ] {
        assert_eq!(
            told_and_left(&inline(entries, &data), b"PIXELS!!"),
            how,
            "{entries}"
        );
    }
    let entries = "/W 9/H 9/BPC 8/CS/G/F/DCT";
    assert_eq!(told_and_left(&inline(entries, &photo(9)), b"more"), STAYS);
    assert_eq!(told_and_left(&inline(entries, &photo(90)), b"more"), GOES);
    let chain = "/W 9/H 9/BPC 8/CS/G/F[/AHx/DCT]";
    let data = hex(&photo(90)).into_bytes();
    assert_eq!(told_and_left(&inline(chain, &data), &data), GOES);
    // What is packed is read as well.
    let letters = hex(b"13800138000").into_bytes();
    let (_, seen) = read(&inline("/W 11/H 1/BPC 8/CS/G/F/AHx", &letters));
    assert!(seen.texts.iter().any(|t| t.2.contains("13800138000")));
}

/// A page with text in a font of one glyph, which is this picture.
fn glyph(entries: &str, data: &[u8]) -> Vec<u8> {
    let font = "<</Type/Font/Subtype/Type3/FontBBox[0 0 99 99]/FontMatrix[.01 0 0 .01 0 0]/CharProcs<</A 8 0 R>>\
                /Encoding<</Differences[65/A]>>/FirstChar 65/LastChar 65/Widths[99]>>";
    let data = hex(data);
    let procedure = stream(
        "",
        &format!(
            "99 0 0 0 99 99 d1 99 0 0 99 0 0 cm BI {}/IM true ID {data}> EI",
            if entries.contains("AHx") {
                entries.to_owned()
            } else {
                format!("{entries}/F/AHx")
            }
        ),
    );
    page(
        &format!("{KEPT} BT /F2 9 Tf 9 80 Td (A) Tj ET"),
        "/F2 7 0 R",
        &["[]", font, &procedure],
    )
}

#[test]
fn letters_made_of_pixels_stay_and_pictures_of_text_in_their_place_do_not() {
    // A box with another in it, forty pixels wide.
    let mut letter = vec![0xff_u8; 5 * 40];
    for row in letter.chunks_mut(5).skip(8).take(24) {
        row[1..4].fill(0);
    }
    let mark = |data: &[u8]| hex(data).into_bytes();
    let file = glyph("/W 40/H 40", &letter);
    assert_eq!(told_and_left(&file, &mark(&letter)), STAYS);
    // As programs that make such fonts pack it: a bar of forty pixels in forty rows.
    let packed = format!("{}{}", "00100110101000001101100", "1".repeat(3 * 39 - 39));
    let packed: Vec<u8> = packed
        .as_bytes()
        .chunks(8)
        .map(|c| (0..8).fold(0, |byte, n| byte << 1 | u8::from(c.get(n) == Some(&b'1'))))
        .collect();
    let file = glyph(
        "/W 40/H 40/F[/AHx/CCF]/DP[null<</K -1/Columns 40>>]",
        &packed,
    );
    assert_eq!(told_and_left(&file, &mark(&packed)), STAYS);
    // Eleven signs in a row.
    let mut signs = vec![0_u8; 11 * 40];
    for row in signs.chunks_mut(11).skip(14).take(12) {
        row.fill(0b0111_1100);
    }
    let file = glyph("/W 88/H 40", &signs);
    assert_eq!(told_and_left(&file, &mark(&signs)), GOES);
    for entries in [
        "/W 400/H 40",
        "/W 40/H 40/F/CCF",
        "/W 40/H 40/BPC 8/IM false/CS/G",
    ] {
        let told = told_and_left(&glyph(entries, &letter), &mark(&letter));
        assert_eq!(told, GOES, "{entries}");
    }
}

#[test]
fn strips_of_several_streams_are_one_picture() {
    let strip = |n: usize| {
        picture(
            "/ColorSpace/DeviceGray/Width 200/Height 4",
            format!("PIXELS{n:02}").repeat(100).as_bytes(),
        )
    };
    let strips: Vec<String> = (0..4).map(strip).collect();
    let (names, notes): (Vec<String>, Vec<String>) = (0..4)
        .map(|n| {
            let draws = stream(
                &format!("/Type/XObject/Subtype/Form/BBox[0 0 100 100]/Resources<</XObject<</I {} 0 R>>>>", 20 + n),
                "q 100 0 0 100 0 0 cm /I Do Q",
            );
            let low = 2 * n;
            let high = low + 2;
            let note = format!("<</Type/Annot/Subtype/Stamp/Rect[0 {low} 100 {high}]/AP<</N {} 0 R>>>>", 12 + n);
            (draws, note)
        })
        .unzip();
    let build = |notes: &[String], content: &str, resources: &str| {
        let mut objects: Vec<&str> = vec!["[7 0 R 8 0 R 9 0 R 10 0 R]"];
        objects.extend(notes.iter().map(String::as_str));
        objects.push("null");
        objects.extend(names.iter().map(String::as_str));
        objects.extend(["null"; 4]);
        objects.extend(strips.iter().map(String::as_str));
        page(&format!("{KEPT} {content}"), resources, &objects)
    };
    assert_eq!(told_and_left(&build(&notes, "", ""), b"PIXELS02"), GOES);
    // Far from each other they are lines.
    let apart: Vec<String> = (0..4)
        .map(|n| {
            let (left, right) = (300 * n, 300 * n + 100);
            let sides = format!("[{left} {} {right} {}]", 2 * n, 2 * n + 2);
            notes[n].replace(&format!("[0 {} 100 {}]", 2 * n, 2 * n + 2), &sides)
        })
        .collect();
    assert_eq!(told_and_left(&build(&apart, "", ""), b"PIXELS02"), STAYS);
    // In patterns, and one in the page.
    let pattern = |n: usize| {
        stream(
            &format!(
                "/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 100 2]/XStep 999/YStep 999\
                 /Matrix[1 0 0 1 0 {}]/Resources<</XObject<</I {} 0 R>>>>",
                2 * n,
                11 + n
            ),
            "q 100 0 0 2 0 0 cm /I Do Q",
        )
    };
    let patterns: Vec<String> = (0..4).map(pattern).collect();
    let mut objects = vec!["[]"];
    objects.extend(patterns.iter().map(String::as_str));
    objects.extend(strips.iter().map(String::as_str));
    let file = page(
        &format!("{KEPT} /Pattern cs /P1 scn 0 0 100 9 re f"),
        ">>/Pattern<</P0 7 0 R/P1 8 0 R/P2 9 0 R>>/XObject<</I 14 0 R",
        &objects,
    );
    assert_eq!(told_and_left(&file, b"PIXELS01"), GOES);
    assert!(!holds(
        &redact_within(&file, &[], &Limits::default()).0.unwrap(),
        "PIXELS00"
    ));
}

#[test]
fn what_stands_behind_the_pixels_of_photographs_is_read_and_goes() {
    let value = b"13800138000";
    let photo = photo::tests::photo(9, "note", "");
    let at = memchr::memmem::find(&photo, b"more").unwrap();
    let photo = [&photo[..at + 4], value, &photo[at + 4..]].concat();
    let in_content = inline("/W 9/H 9/BPC 8/CS/G/F/DCT", &photo);
    let dict = "/Type/XObject/Subtype/Image/BitsPerComponent 8/Width 9/Height 9/Filter/DCTDecode";
    let file = drawn(&stream(dict, &"@".repeat(photo.len())), &["null"]);
    let at = memchr::memmem::find(&file, b"@@@").unwrap();
    let apart = [&file[..at], &photo, &file[at + photo.len()..]].concat();
    for file in [in_content, apart] {
        let (_, seen) = read(&file);
        assert!(seen.texts.iter().any(|t| t.2.contains("13800138000")));
        let (copy, _) = redact_within(&file, &["13800138000"], &Limits::default());
        let copy = copy.unwrap();
        assert!(memchr::memmem::find(&copy, value).is_none());
    }
}

#[test]
fn digits_in_profiles_of_colours_are_read_and_go() {
    // A curve of as many points as there are digits.
    let tag =
        |tag: &[u8], from: u32, long: u32| [tag, &from.to_be_bytes(), &long.to_be_bytes()].concat();
    let whole = [
        vec![7; 36],
        b"acsp".to_vec(),
        vec![7; 88],
        1_u32.to_be_bytes().to_vec(),
        tag(b"kTRC", 144, 24),
        b"curv\0\0\0\0\0\0\0\x0613800138000 ".to_vec(),
    ]
    .concat();
    let profile = stream("/N 1/Filter/ASCIIHexDecode", &hex(&whole));
    let image = picture("/ColorSpace[/ICCBased 8 0 R]/Width 4/Height 2", b"PIXELS!!");
    let file = drawn(&image, &[&profile]);
    let (_, seen) = read(&file);
    assert!(seen.texts.iter().any(|t| t.2.contains("13800138000")));
    let (copy, _) = redact_within(&file, &["13800138000"], &Limits::default());
    assert!(!holds(&copy.unwrap(), "13800138000"));
    let (copy, _) = redact_within(&file, &[], &Limits::default());
    assert!(holds(&copy.unwrap(), "curv"));
}

#[test]
fn what_a_picture_hides_that_goes_may_be_shown_elsewhere() {
    let text = "BT /F1 9 Tf 20 50 Td (hidden words that are here) Tj ET";
    let content =
        format!("{text} {KEPT} q 199 0 0 99 9 9 cm BI /W 40/H 20/BPC 8/CS/G ID PIXELS!!\nEI Q");
    let looks = stream(
        "/Type/XObject/Subtype/Form/BBox[0 0 200 100]/Resources<</Font<</F1 5 0 R>>>>",
        text,
    );
    let note = "<</Type/Annot/Subtype/Stamp/Rect[300 300 500 400]/AP<</N 8 0 R>>>>";
    let file = page(&content, "", &["[7 0 R]", note, &looks]);
    let (copy, _) = redact_within(&file, &["nothing"], &Limits::default());
    let (_, seen) = read(&copy.unwrap());
    let shown = text_of(&seen, "#page1");
    assert_eq!(shown.matches("hidden words").count(), 1, "{shown}");
}
