//! What stands where nothing is shown, and what is shown so that it is not read.

use super::{
    copies::{holds, redact, redact_within},
    hostile::{MANY, soon},
    tests::{page, read, stream, text_of},
    *,
};
use crate::formats::Limits;
use crate::model::GapKind;

const VALUE: &str = "13800138000";

fn is_read(file: &[u8]) -> bool {
    let (result, seen) = read(file);
    result.unwrap();
    seen.texts.iter().any(|t| t.2.contains(VALUE))
}

fn line_of(copy: &[u8]) -> String {
    let (result, seen) = read(copy);
    result.unwrap();
    text_of(&seen, "#page1")
}

#[test]
fn what_streams_say_and_do_not_show_is_read_and_goes() {
    for content in [
        "% call 13800138000",
        "1 % 13800138000\n w",
        "BX (13800138000) foo EX",
        "(13800138000) gs",
        "call13800138000",
        "/Span <</Own 13800138000>> BDC EMC",
        "/Span <</Own/a13800138000>> BDC EMC",
        "/Span <</Own[<</A(13800138000)>>]>> BDC EMC",
        "/P13800138000 gs",
        "/P13800138000 BMC EMC",
        "q BI /W 2 /H 2 /BPC 8 /CS /G /Own (13800138000) ID abcd\nEI Q",
    ] {
        let content = format!("{content}\nBT /F1 9 Tf 9 99 Td (kept) Tj ET");
        let file = page(&content, "", &[]);
        assert!(is_read(&file), "{content}");
        let copy = redact(&file, &[VALUE]).unwrap();
        assert!(!holds(&copy, "13800138"), "{content}");
        assert_eq!(line_of(&copy), "kept\n", "{content}");
    }
    // What cannot be taken out of an instruction that is needed.
    for content in [
        "13800138000 w",
        "[13800138000] 0 d",
        "BT /F1 9 Tf 9 99 Td <41 138-0013-8000 42> Tj ET",
    ] {
        let file = page(content, "", &[]);
        let (result, seen) = read(&file);
        result.unwrap();
        let value = content
            .split([' ', '[', ']'])
            .find(|w| w.starts_with("138"));
        let value = value.unwrap();
        assert!(seen.texts.iter().any(|t| t.2.contains(value)), "{content}");
        let copy = redact(&file, &[value]);
        assert!(copy.is_err() || !holds(&copy.unwrap(), value), "{content}");
    }
}

#[test]
fn numbers_and_strings_of_any_entry_are_read() {
    for entry in [
        "/Own 13800138000",
        "/Own[1 13800138000]",
        "/ID(13800138000)",
        "/DA(/F1 9 Tf % 13800138000)",
        "/CheckSum(13800138000)",
        "/Registry(13800138000)",
    ] {
        let note = format!("<</Type/Annot/Subtype/Text/Rect[0 0 9 9]{entry}>>");
        let file = page("", "", &["[7 0 R]", &note]);
        assert!(is_read(&file), "{entry}");
        assert!(!holds(&redact(&file, &[VALUE]).unwrap(), VALUE), "{entry}");
    }
    // Streams stay as long as they are.
    let long = " ".repeat(1_234_567);
    let file = page(
        "BT /F1 9 Tf 9 99 Td (kept 1234567) Tj ET",
        ">>/XObject<</X 7 0 R",
        &[
            "[]",
            &stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]", &long),
        ],
    );
    let copy = redact(&file, &["1234567"]).unwrap();
    assert_eq!(line_of(&copy), "kept \n");
}

/// A page in a font whose glyphs say these characters, one each.
fn said(text: &str) -> Vec<u8> {
    let mut map = String::new();
    let mut codes = String::new();
    for (n, c) in (1..).zip(text.chars()) {
        let mut units = [0; 2];
        let units = c.encode_utf16(&mut units);
        let units: String = units.iter().map(|u| format!("{u:04X}")).collect();
        map.push_str(&format!("<{n:04X}> <{units}>\n"));
        codes.push_str(&format!("{n:04X}"));
    }
    let count = text.chars().count();
    page(
        &format!("BT /F2 12 Tf 72 600 Td <{codes}> Tj ET"),
        "/F2 7 0 R",
        &[
            "[]",
            "<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[8 0 R]/ToUnicode 9 0 R>>",
            "<</Type/Font/Subtype/CIDFontType2/BaseFont/X/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/DW 500>>",
            &stream("", &format!("{count} beginbfchar\n{map}endbfchar")),
        ],
    )
}

#[test]
fn characters_that_are_not_seen_part_no_value() {
    let each = |with: &str| {
        VALUE
            .chars()
            .map(|c| format!("{c}{with}"))
            .collect::<String>()
    };
    let other = |first: u32| {
        let digit = |c: char| char::from_u32(first + c.to_digit(10).unwrap()).unwrap();
        VALUE.chars().map(digit).collect::<String>()
    };
    let mut circled = other(0x245f);
    circled = circled.replace('\u{245f}', "\u{24ea}");
    for value in [
        each("\u{200b}"),
        each("\u{200d}"),
        each("\u{ad}"),
        each("\u{2060}"),
        each("\u{feff}"),
        each("\u{200e}"),
        each("\u{20e3}"),
        format!("\u{202d}{VALUE}\u{202c}"),
        other(0x1d7ce),
        circled,
    ] {
        let file = said(&format!("tel {value} on"));
        assert!(is_read(&file), "{value:?}");
        let copy = redact(&file, &[VALUE]).unwrap();
        let left = line_of(&copy);
        let digits = left.chars().filter(|c| c.is_numeric()).count();
        assert_eq!(digits, 0, "{value:?} {left:?}");
        assert!(left.contains("tel") && left.contains("on"), "{left:?}");
        // In a string, in XML, in a field.
        let wide: String = value.encode_utf16().map(|u| format!("{u:04X}")).collect();
        let field = format!(
            "<</Type/Annot/Subtype/Widget/FT/Tx/T(tel)/Rect[0 0 9 9]/V<FEFF{wide}>/Contents<FEFF{wide}>>>"
        );
        let file = page("", "", &["[7 0 R]", &field]);
        assert!(is_read(&file), "{value:?}");
        let copy = redact(&file, &[VALUE]).unwrap();
        assert!(
            copy.len() < file.len() + 400 && !is_read(&copy),
            "{value:?}"
        );
        assert!(!holds(&copy, &wide), "{value:?}");
    }
}

#[test]
fn characters_for_private_use_in_a_row_are_a_guess() {
    let gaps = |text: &str| {
        let (result, seen) = read(&said(text));
        result.unwrap();
        seen.gaps.len()
    };
    assert_eq!(gaps("tel \u{e031}\u{e033}\u{e038}\u{e030}\u{e030}"), 1);
    assert_eq!(
        gaps("\u{e0b7} one \u{e0b7} two \u{e0b7}\u{e0b7}\u{e0b7}\u{e0b7}"),
        0
    );
    let file = said("this is text \u{e031}\u{e033}\u{e038}\u{e030}\u{e030}");
    let copy = redact(&file, &[]).unwrap();
    assert_eq!(line_of(&copy), "this is text \n");
}

#[test]
fn text_below_a_box_does_not_come_to_light_beside_it() {
    let file = |text: &str, more: &str| {
        let font = "/F2<</Type/Font/Subtype/Type1/BaseFont/Courier>>";
        // Letters are six points wide; the box is over the PIN.
        let content = format!("BT /F2 10 Tf 72 700 Td {text} ET 0 g 198 697 24 12 re f {more}");
        page(&content, font, &[])
    };
    for text in [
        "(name: Bartholomew is 4711 end) Tj",
        "(name: Bartholomew is ) Tj 126 0 Td (4711) Tj 30 0 Td (end) Tj",
        "[(name: Bartholomew is )(4711)( end)] TJ",
    ] {
        let copy = redact(&file(text, ""), &["Bartholomew"]).unwrap();
        let left = line_of(&copy);
        assert!(!left.contains("4711") && left.contains("end"), "{left}");
        // What stands behind the box stays where it was.
        let doc = lopdf::Document::load_mem(&copy).unwrap();
        let page = doc.page_iter().next().unwrap();
        let stop = AtomicBool::new(false);
        let drawn = walk::Walker::new(&doc, 1 << 20).page(page, &stop);
        let at = drawn
            .glyphs
            .iter()
            .find(|g| g.says == font::Says::Char('e') && g.x > 200.0);
        assert!((at.unwrap().x - 228.0).abs() < 0.1, "{at:?}");
        assert!(holds(&copy, "198 697 24 12 re f"));
    }
    // What shines through hides nothing, nor does what is drawn into something else.
    for before in [
        "/G gs 70 697 290 12 re",
        "/Pattern cs /P1 scn 70 697 290 12 re",
        "9 9 m 99 9 l 9 99 l W n 70 697 290 12 re",
        "9 9 90 90 re W n 70 697 290 12 re",
        "70 697 290 12 re 71 698 288 10 re f* 70 698 290 1 re",
        "BT 7 Tr 9 9 Td (a) Tj ET 70 697 290 12 re",
    ] {
        let file = page(
            &format!("BT /F1 10 Tf 72 700 Td (is 4711 for Bartholomew) Tj ET q {before} f Q"),
            ">>/ExtGState<</G<</ca 0.5>>",
            &[],
        );
        let copy = redact(&file, &["Bartholomew"]).unwrap();
        assert!(line_of(&copy).contains("4711"), "{before}");
    }
}

#[test]
fn boxes_of_marked_content_go_with_text() {
    let file = |name: &str| {
        let wide = 72 + 6 * name.len();
        let font = "/F2<</Type/Font/Subtype/Type1/BaseFont/Courier>>";
        let content = format!(
            "/Span <</MCID 0/BBox[72 700 {wide} 712]>> BDC BT /F2 10 Tf 72 700 Td ({name}) Tj ET EMC"
        );
        page(&content, font, &[])
    };
    let copies = ["Li Na", "Bartholomew"].map(|name| redact(&file(name), &[name]).unwrap());
    assert_eq!(copies[0], copies[1]);
    assert!(holds(&copies[0], "MCID 0"));
}

fn picture(dict: &str, data: &[u8]) -> String {
    let data: String = data.iter().map(|b| format!("{b:02X}")).collect();
    let filters = if dict.contains("DCT") {
        "/Filter[/ASCIIHexDecode/DCTDecode]"
    } else {
        "/Filter/ASCIIHexDecode"
    };
    stream(
        &format!("/Type/XObject/Subtype/Image/BitsPerComponent 8{dict}{filters}"),
        &data,
    )
}

#[test]
fn small_pictures_stay_without_what_is_beside_their_pixels() {
    let page_of = |image: &str, draws: &str| {
        let content = format!("BT /F1 9 Tf 9 99 Td (kept) Tj ET {draws}");
        page(&content, ">>/XObject<</I 7 0 R", &["[]", image])
    };
    let grey = "/ColorSpace/DeviceGray/Width 4/Height 2/Own(Li Na)";
    let image = picture(grey, b"PIXELS!!and 13612345678 behind");
    let file = page_of(&image, "q 9 0 0 9 9 9 cm /I Do Q");
    let copy = redact(&file, &[]).unwrap();
    assert!(holds(&copy, "PIXELS!!") && !holds(&copy, "13612345678") && !holds(&copy, "Li Na"));
    // Many of them, here and there, are no page that was scanned.
    let many: String = (0..300)
        .map(|n| format!("q 9 0 0 9 {} {} cm /I Do Q ", 30 * (n % 20), 30 * (n / 20)))
        .collect();
    let copy = redact(&page_of(&image, &many), &[]).unwrap();
    assert!(holds(&copy, "PIXELS!!"));
}

#[test]
fn many_icons_of_a_document_stay_and_signs_side_by_side_do_not() {
    let icon = |n: usize| {
        let data = format!("PIXELS{n:02}").repeat(32);
        picture("/ColorSpace/DeviceGray/Width 16/Height 16", data.as_bytes())
    };
    let file = |apart: usize| {
        let draws: String = (0..20)
            .map(|n| format!("q 12 0 0 12 {} 9 cm /I{n} Do Q ", apart * n))
            .collect();
        let names: String = (0..20).map(|n| format!("/I{n} {} 0 R", 7 + n)).collect();
        let icons: Vec<String> = (0..20).map(icon).collect();
        let mut more = vec!["[]"];
        more.extend(icons.iter().map(String::as_str));
        let content = format!("BT /F1 9 Tf 9 99 Td (kept) Tj ET {draws}");
        page(&content, &format!(">>/XObject<<{names}"), &more)
    };
    let kept = |apart: usize| {
        let (copy, seen) = redact_within(&file(apart), &[], &Limits::default());
        let told = seen.gaps.iter().any(|g| g.1 == GapKind::Dropped);
        (holds(&copy.unwrap(), "PIXELS07"), told)
    };
    assert_eq!(kept(28), (true, false));
    assert_eq!(kept(13), (false, true));
}

#[test]
fn small_photographs_lose_their_notes_and_large_ones_go() {
    let of = |side: u8, said: u8| {
        let data = photo::tests::photo(side, "Li Na 13800138000", "behind");
        let data: String = data.iter().map(|b| char::from(*b)).collect();
        let dict = format!(
            "/Type/XObject/Subtype/Image/BitsPerComponent 8/ColorSpace/DeviceGray/Width {said}/Height {said}/Filter/DCTDecode"
        );
        let image = [
            format!("<<{dict}/Length {}>>\nstream\n", data.chars().count()),
            data,
            "\nendstream".to_owned(),
        ]
        .concat();
        let file = page(
            "BT /F1 9 Tf 9 99 Td (kept) Tj ET q 9 0 0 9 9 9 cm /I Do Q",
            ">>/XObject<</I 7 0 R",
            &["[]", "@"],
        );
        // Its bytes are no text.
        let image: Vec<u8> = image.chars().map(|c| c as u32 as u8).collect();
        let at = memchr::memmem::find(&file, b"\n@\n").unwrap() + 1;
        [&file[..at], &image, &file[at + 1..]].concat()
    };
    let copy = redact(&of(9, 9), &[]).unwrap();
    let raw = |copy: &[u8], part: &str| memchr::memmem::find(copy, part.as_bytes()).is_some();
    assert!(raw(&copy, "more") && !raw(&copy, "Li Na") && !raw(&copy, "behind"));
    // It is larger than is said of it.
    let copy = redact(&of(90, 9), &[]).unwrap();
    assert!(!raw(&copy, "more"));
}

#[test]
fn annotations_without_end_that_share_their_looks() {
    let states: String = (0..MANY / 4).map(|n| format!("/S{n} 9 0 R")).collect();
    let note = "<</Type/Annot/Subtype/Widget/FT/Btn/T(a)/Rect[0 0 9 9]/AP<</N 8 0 R>>>>";
    let notes = format!("[{}]", "7 0 R ".repeat(20_000));
    let looks = stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]", "0 0 9 9 re f");
    let states = format!("<<{states}>>");
    let file = page(
        "BT /F1 9 Tf 9 99 Td (Bartholomew) Tj ET",
        "",
        &[&notes, note, &states, &looks],
    );
    soon("looks", || redact(&file, &["Bartholomew"]).unwrap());
}

#[test]
fn signs_without_end_in_one_place_that_go() {
    let mut content = "BT /F1 12 Tf 72 700 Td ".to_owned();
    for n in 0..MANY / 10 {
        content.push_str(&format!("1 0 0 1 {} 700 Tm (Bartholomew) Tj ", 72 + n % 7));
    }
    content.push_str("ET");
    let file = page(&content, "", &[]);
    soon("twins", || redact(&file, &["Bartholomew"]).unwrap());
}

#[test]
fn filters_behind_references_are_filters() {
    let hidden: String = format!("BT /F1 9 Tf 9 99 Td ({VALUE}) Tj ET")
        .bytes()
        .map(|b| format!("{b:02X}"))
        .collect();
    for (filter, object) in [
        ("8 0 R", "/ASCIIHexDecode"),
        ("[8 0 R]", "/AHx"),
        ("8 0 R", "[/ASCIIHexDecode]"),
    ] {
        let form = stream(
            &format!("/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Filter {filter}"),
            &hidden,
        );
        let file = page("/X Do", ">>/XObject<</X 7 0 R", &["[]", &form, object]);
        assert!(is_read(&file), "{filter} {object}");
        let copy = redact(&file, &[VALUE]).unwrap();
        assert!(!holds(&copy, VALUE) && !holds(&copy, &hidden), "{filter}");
    }
    // What is no filter is not read, and told.
    for filter in ["8 0 R", "(ASCIIHexDecode)", "[7]"] {
        let form = stream(
            &format!("/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Filter {filter}"),
            &hidden,
        );
        let file = page("/X Do", ">>/XObject<</X 7 0 R", &["[]", &form, "7"]);
        let (_, seen) = read(&file);
        let told = seen.gaps.iter().any(|g| g.1 == GapKind::Undecodable);
        assert!(told, "{filter} {:?}", seen.gaps);
    }
}

#[test]
fn pages_that_are_not_among_the_pages_are_read_and_lose_what_goes() {
    let codes: String = VALUE.bytes().map(|b| format!("{b:02X}")).collect();
    let shows = stream("", &format!("BT /F1 9 Tf 9 99 Td <{codes}> Tj ET"));
    for kind in ["/Type/Page", "/Type/Template", "/MediaBox[0 0 9 9]"] {
        for contents in ["9 0 R", "[9 0 R]"] {
            let other = format!("<<{kind}/Contents {contents}/Resources<</Font<</F1 5 0 R>>>>>>");
            let link = "<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/Dest[8 0 R/Fit]>>";
            let file = page(
                "BT /F1 9 Tf 9 99 Td (kept) Tj ET",
                "",
                &["[7 0 R]", link, &other, &shows],
            );
            assert!(is_read(&file), "{kind} {contents}");
            let copy = redact(&file, &[VALUE]).unwrap();
            assert!(!holds(&copy, VALUE) && !holds(&copy, &codes), "{kind}");
            assert_eq!(line_of(&copy), "kept\n");
        }
    }
}
