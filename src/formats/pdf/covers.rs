//! What hides text and what does not, and that nothing that was hidden is seen in a copy.

use super::{
    copies::{holds, redact, redact_within},
    tests::{page, pdf, read, stream, text_of},
};
use crate::formats::Limits;
use crate::model::GapKind;
use std::fmt::Write as _;

/// Letters are six points wide: the number stands from 90 to 114.
const TEXT: &str = "BT /F2 10 Tf 72 700 Td (is 4711 for Bartholomew) Tj ET";
const COURIER: &str = "/F2<</Type/Font/Subtype/Type1/BaseFont/Courier>>";

fn line_of(file: &[u8]) -> String {
    let (result, seen) = read(file);
    result.unwrap();
    text_of(&seen, "#page1")
}

/// Whether the number, over which this is drawn, is gone once the line loses a name.
fn hides(content: &str, resources: &str, more: &[&str]) -> bool {
    let file = page(
        &format!("{TEXT} {content}"),
        &format!("{COURIER}{resources}"),
        more,
    );
    let left = line_of(&redact(&file, &["Bartholomew"]).unwrap());
    assert!(left.contains("for"), "{content} {left}");
    !left.contains(['4', '7', '1'])
}

#[test]
fn each_part_of_the_graphics_state_is_one_of_its_own() {
    let states = ">>/ExtGState<</A<</ca 0.3>>/B<</BM/Normal>>/C<</ca 1>>/M<</BM/Multiply>>\
                  /L<</BM[/Normal/Screen]>>/S<</SMask<</S/Alpha/G 7 0 R>>>>/N<</SMask/None>>/W<</LW 20>>/T<</CA 0.3>>";
    let mask = stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]", "0 0 9 9 re f");
    for (set, wanted) in [
        ("", true),
        ("/A gs /B gs", false),
        ("/A gs /B gs /C gs", true),
        ("/M gs /C gs", false),
        ("/M gs /B gs", true),
        ("/M gs /L gs", true),
        ("/S gs /C gs /B gs", false),
        ("/S gs /N gs", true),
        ("q /A gs /M gs /S gs Q", true),
        ("/A gs q /C gs Q", false),
        ("/T gs", true),
    ] {
        let found = hides(&format!("{set} 88 697 28 12 re f"), states, &["[]", &mask]);
        assert_eq!(found, wanted, "{set}");
    }
    for (set, wanted) in [("/W gs", true), ("", false), ("/W gs /T gs", false)] {
        let found = hides(
            &format!("{set} 88 703 m 116 703 l S"),
            states,
            &["[]", &mask],
        );
        assert_eq!(found, wanted, "{set}");
    }
}

#[test]
fn areas_of_any_form_hide_what_lies_in_them() {
    for (drawn, wanted) in [
        ("88 697 m 116 697 l 116 709 l 88 709 l f", true),
        ("88 697 m 116 697 l 116 709 l 88 709 l h B", true),
        // Two boxes, one beside the other.
        ("88 697 15 12 re f 103 697 13 12 re f", true),
        ("88 697 15 12 re f", false),
        // A box that is turned by 45 degrees.
        (
            "q 0.707 0.707 -0.707 0.707 102 680 cm 0 0 34 34 re f Q",
            true,
        ),
        (
            "q 0.707 0.707 -0.707 0.707 102 690 cm 0 0 10 10 re f Q",
            false,
        ),
        // Round.
        (
            "80 703 m 80 730 124 730 124 703 c 124 676 80 676 80 703 c f",
            true,
        ),
        (
            "102 703 m 80 730 110 730 110 703 c 110 676 80 676 102 703 c f",
            false,
        ),
        // A triangle.
        ("78 695 m 124 695 l 102 760 l f", true),
        ("88 697 m 116 697 l 116 709 l f", false),
        // Thick lines, one over the whole, one through it, one of dashes.
        ("14 w 88 703 m 116 703 l S", true),
        ("1 w 88 703 m 116 703 l S", false),
        ("14 w [1 9] 0 d 88 703 m 116 703 l S", false),
        ("14 w [] 0 d 88 703 m 116 703 l S", true),
        (
            "q 0.1 0 0 0.1 0 0 cm 140 w 880 7030 m 1160 7030 l S Q",
            true,
        ),
        // Cut out of them, or outside of what is drawn into.
        ("88 697 28 12 re 90 698 24 10 re f*", false),
        ("0 0 40 40 re W n 88 697 28 12 re f", false),
        ("q 0 0 40 40 re W n Q 88 697 28 12 re f", true),
        ("78 695 m 124 695 l 102 760 l W n 0 0 600 800 re f", true),
        ("88 697 m 116 697 l 116 709 l W n 0 0 600 800 re f", false),
    ] {
        assert_eq!(hides(drawn, "", &[]), wanted, "{drawn}");
    }
}

#[test]
fn what_paints_nothing_hides_nothing() {
    let more = ">>/ColorSpace<</N[/Separation/None/DeviceGray 8 0 R]/D[/DeviceN[/None/None]/DeviceGray 8 0 R]/S[/Separation/Black/DeviceGray 8 0 R]>>\
                /Pattern<</T 9 0 R/A<</PatternType 2/Shading 10 0 R>>>>/Shading<</A 10 0 R/B 11 0 R>>\
                /Properties<</Off 7 0 R/On 12 0 R/Any<</Type/OCMD/OCGs[7 0 R 12 0 R]>>/All<</Type/OCMD/OCGs[7 0 R 12 0 R]/P/AllOn>>/Not<</Type/OCMD/VE[/Not 7 0 R]>>>>\
                /XObject<</Small 13 0 R/Out 14 0 R/Layer 15 0 R/Group 16 0 R";
    let function = "<</FunctionType 2/Domain[0 1]/N 1>>";
    let tile = stream(
        "/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 9 9]/XStep 9/YStep 9/Resources<<>>",
        "0 0 3 3 re f",
    );
    let along = "<</ShadingType 2/ColorSpace/DeviceGray/Coords[0 0 600 0]/Function 8 0 R/Extend[true true]>>";
    let short = "<</ShadingType 2/ColorSpace/DeviceGray/Coords[0 0 60 0]/Function 8 0 R>>";
    let form = |entries: &str, content: &str| {
        stream(&format!("/Type/XObject/Subtype/Form{entries}"), content)
    };
    let file = |drawn: &str| {
        let content = stream("", &format!("{TEXT} {drawn}"));
        let page = format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<<{COURIER}{more}>>/ExtGState<</A<</ca 0.3>>>>>>>>"
        );
        let boxed = "88 697 28 12 re f";
        let objects = [
            "<</Type/Catalog/Pages 2 0 R/OCProperties<</OCGs[7 0 R 12 0 R]/D<</OFF[7 0 R]>>>>>>",
            "<</Type/Pages/Kids[3 0 R]/Count 1>>",
            &page,
            &content,
            "null",
            "null",
            "<</Type/OCG/Name(hidden)>>",
            function,
            &tile,
            along,
            short,
            "<</Type/OCG/Name(shown)>>",
            &form("/BBox[0 0 600 800]", boxed),
            &form("/BBox[0 0 600 600]", boxed),
            &form("/BBox[0 0 600 800]/OC 7 0 R", boxed),
            &form(
                "/BBox[0 0 600 800]/Group<</S/Transparency>>",
                "/B gs 88 697 28 12 re f",
            )
            .replace(
                "/Group<<",
                "/Resources<</ExtGState<</B<</ca 1>>>>>>/Group<<",
            ),
        ];
        pdf(&objects, "")
    };
    for (drawn, wanted) in [
        ("88 697 28 12 re f", true),
        ("/N cs 1 scn 88 697 28 12 re f", false),
        ("/D cs 1 1 scn 88 697 28 12 re f", false),
        ("/S cs 1 scn 88 697 28 12 re f", true),
        ("/N cs 1 scn 0 g 88 697 28 12 re f", true),
        ("/Pattern cs /T scn 88 697 28 12 re f", false),
        ("/Pattern cs /A scn 88 697 28 12 re f", true),
        ("q 88 697 28 12 re W n /A sh Q", true),
        ("q 88 697 28 12 re W n /B sh Q", false),
        ("/OC /Off BDC 88 697 28 12 re f EMC", false),
        ("/OC /On BDC 88 697 28 12 re f EMC", true),
        ("/OC /Off BDC /OC /On BDC EMC 88 697 28 12 re f EMC", false),
        ("/OC /Off BDC EMC 88 697 28 12 re f", true),
        ("/OC /Any BDC 88 697 28 12 re f EMC", true),
        ("/OC /All BDC 88 697 28 12 re f EMC", false),
        ("/OC /Not BDC 88 697 28 12 re f EMC", true),
        ("/Small Do", true),
        ("/Out Do", false),
        ("/Layer Do", false),
        ("/OC /Off BDC /Small Do EMC", false),
        ("/Group Do", true),
        // What is set inside a group does not undo what the group is painted with.
        ("/A gs /Group Do", false),
        ("0 0 40 40 re W n /Small Do", false),
    ] {
        let copy = redact(&file(drawn), &["Bartholomew"]).unwrap();
        assert_eq!(!line_of(&copy).contains("4711"), wanted, "{drawn}");
    }
}

fn picture(entries: &str, data: &[u8]) -> String {
    let data = data.iter().fold(String::new(), |mut out, b| {
        let _ = write!(out, "{b:02X}");
        out
    });
    stream(
        &format!("/Type/XObject/Subtype/Image{entries}/Filter/ASCIIHexDecode"),
        &data,
    )
}

/// A picture of 64 by 64 pixels over the number and as much beside it; half of it, at the left, is masked.
fn pictures() -> Vec<String> {
    let half = [[0xff; 4], [0; 4]].concat().repeat(64);
    let size = "/Width 64/Height 64";
    let grey = vec![0x77; 64 * 64];
    let soft: Vec<u8> = (0..64 * 64)
        .map(|n| if n % 64 < 32 { 0 } else { 0xff })
        .collect();
    let of = |more: &str| {
        picture(
            &format!("{size}/ColorSpace/DeviceGray/BitsPerComponent 8{more}"),
            &grey,
        )
    };
    vec![
        "[]".to_owned(),
        of(""),
        of("/SMask 11 0 R"),
        of("/Mask 10 0 R"),
        picture(&format!("{size}/ImageMask true/BitsPerComponent 1"), &half),
        picture(
            &format!("{size}/ColorSpace/DeviceGray/BitsPerComponent 8"),
            &soft,
        ),
        picture(
            &format!("{size}/ImageMask true/BitsPerComponent 1"),
            &[0; 512],
        ),
        stream(
            &format!(
                "/Type/XObject/Subtype/Image{size}/ImageMask true/BitsPerComponent 1/Filter/CCITTFaxDecode"
            ),
            "nobody knows",
        ),
    ]
}

const PICTURES: &str =
    ">>/XObject<</Grey 7 0 R/Soft 8 0 R/Mask 9 0 R/Stencil 10 0 R/Whole 12 0 R/Fax 13 0 R";

#[test]
fn pictures_hide_what_lies_below_where_they_paint() {
    let more = pictures();
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    for name in ["Grey", "Soft", "Mask", "Stencil", "Whole"] {
        let whole = name == "Grey" || name == "Whole";
        for (wide, x, wanted) in [(52, 64, true), (28, 88, whole)] {
            let drawn = format!("q {wide} 0 0 14 {x} 696 cm /{name} Do Q");
            assert_eq!(hides(&drawn, PICTURES, &more), wanted, "{drawn}");
        }
    }
    let drawn = "q 28 0 0 14 88 696 cm BI /W 1 /H 1 /BPC 8 /CS /G ID a EI Q";
    assert!(hides(drawn, "", &[]));
    let inline = |entries: &str, data: &str| {
        format!("q 28 0 0 14 88 696 cm BI /W 64 /H 64 {entries} /IM true /F/AHx ID {data}> EI Q")
    };
    let (full, empty) = ("00".repeat(512), "ff".repeat(512));
    for (drawn, wanted) in [
        (inline("/D[0 1]", &full), true),
        (inline("/D[0 1]", &empty), false),
        (inline("/D [1 0]", &full), false),
        (inline("/Decode [1 0]", &empty), true),
        (
            inline("", &format!("{}{}", &full[..512], &empty[..512])),
            false,
        ),
    ] {
        assert_eq!(hides(&drawn, "", &[]), wanted, "{}", &drawn[..80]);
    }
}

/// What blank pictures hid is not in the copy, and what they did not hide is there, and seen.
#[test]
fn blank_pictures_bring_nothing_to_light_and_hide_no_more() {
    let more = pictures();
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    let text = "BT /F2 10 Tf 72 700 Td (is 4711 for all) Tj 0 -40 Td (Bartholomew) Tj ET";
    for (number, gone, pixel) in [
        (7, false, "[221]"),
        (8, true, "[128]"),
        (9, true, "[128]"),
        (10, true, "[128]"),
        (12, false, "[0]"),
        (13, false, "[0]"),
    ] {
        let name = format!(">>/XObject<</P {number} 0 R");
        let content = format!("{text} q 52 0 0 14 64 696 cm /P Do Q");
        let file = page(&content, &format!("{COURIER}{name}"), &more);
        let copy = redact(&file, &["Bartholomew"]).unwrap();
        let left = line_of(&copy);
        assert!(left.contains("is") && left.contains("for all"), "{left}");
        assert_eq!(!left.contains("4711"), gone, "{name} {left}");
        let doc = lopdf::Document::load_mem(&copy).unwrap();
        let pixels: Vec<String> = doc
            .objects
            .values()
            .filter_map(|o| o.as_stream().ok())
            .filter(|s| s.dict.has(b"Width"))
            .map(|s| {
                format!(
                    "{:?}",
                    s.get_plain_content().unwrap_or_else(|_| s.content.clone())
                )
            })
            .collect();
        assert_eq!(pixels, [pixel], "{name}");
    }
}

fn note(kind: &str, more: &str) -> String {
    format!("<</Type/Annot/Subtype/{kind}/Rect[88 697 116 709]{more}>>")
}

#[test]
fn annotations_hide_what_lies_below() {
    let looks = |content: &str| stream("/Type/XObject/Subtype/Form/BBox[0 0 10 10]", content);
    let full = looks("0 g 0 0 10 10 re f");
    for (kind, more, looks, wanted) in [
        ("Stamp", "/AP<</N 8 0 R>>", &full, true),
        (
            "Stamp",
            "/AP<</N 8 0 R>>",
            &looks("0 g 0 0 3 3 re f"),
            false,
        ),
        ("Stamp", "/AP<</N<</On 8 0 R>>>>/AS/On", &full, true),
        ("Stamp", "/AP<</N<</On 8 0 R>>>>/AS/Off", &full, false),
        ("Stamp", "/AP<</N 8 0 R>>/F 2", &full, false),
        ("Square", "/IC[0 0 0]", &full, true),
        ("Square", "/C[0 0 0]", &full, false),
        ("Square", "/IC[0 0 0]/CA 0.4", &full, false),
        ("FreeText", "/C[1 1 1]", &full, true),
        ("Circle", "/IC[0 0 0]", &full, true),
    ] {
        let found = hides("", "", &["[7 0 R]", &note(kind, more), looks]);
        assert_eq!(found, wanted, "{kind} {more}");
    }
}

#[test]
fn what_annotations_that_go_have_hidden_goes_with_them() {
    let looks = stream(
        "/Type/XObject/Subtype/Form/BBox[0 0 10 10]",
        "0 g 0 0 10 10 re f",
    );
    let copy = |kind: &str| {
        let file = page(
            "BT /F2 10 Tf 72 700 Td (is 4711 for all) Tj 0 -40 Td (Bartholomew) Tj ET",
            COURIER,
            &["[7 0 R]", &note(kind, "/AP<</N 8 0 R>>"), &looks],
        );
        let (copy, seen) = redact_within(&file, &["Bartholomew"], &Limits::default());
        let copy = copy.unwrap();
        let told = seen.gaps.iter().filter(|g| g.1 == GapKind::Dropped).count();
        (line_of(&copy).contains("4711"), holds(&copy, kind), told)
    };
    assert_eq!(copy("Redact"), (false, false, 2));
    assert_eq!(copy("Screen"), (false, false, 2));
    assert_eq!(copy("Stamp"), (true, true, 0));
}

/// A line as thick as the text is high, over what is taken out and what stays: that may not come to light.
#[test]
fn thick_lines_stay_over_what_they_hide() {
    let copy = |path: &str| {
        let file = page(
            &format!("BT /F2 10 Tf 72 700 Td (pin 4711 is Li Na) Tj 0 -12 Td (below) Tj ET {path}"),
            COURIER,
            &[],
        );
        let copy = redact(&file, &["Li Na"]).unwrap();
        let doc = lopdf::Document::load_mem(&copy).unwrap();
        let page = doc.page_iter().next().unwrap();
        let content = String::from_utf8(doc.get_page_content(page)).unwrap();
        (content.contains(path), line_of(&copy))
    };
    let (there, left) = copy("30 w 70 697 m 178 697 l S");
    assert!(
        there && !left.contains("4711") && left.contains("below"),
        "{left}"
    );
    let (there, left) = copy("1 w 70 698 m 178 698 l S");
    assert!(!there && left.contains("4711"), "{left}");
}
