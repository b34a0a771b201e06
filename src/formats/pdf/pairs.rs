//! Pairs of documents that differ in a value only: their copies are the same, byte by byte.

use super::{
    copies::{holds, redact, redact_within},
    tests::{page, stream},
};
use crate::{formats::Limits, model::GapKind};

/// Letters of Courier are as wide as this at a size of 10.
const LETTER: f64 = 6.0;

fn long(text: &str) -> f64 {
    LETTER * f64::from(u8::try_from(text.chars().count()).unwrap())
}

fn same(make: &dyn Fn(&str) -> Vec<u8>, what: &str) {
    let copies = ["Li Na", "Bartholomew", "Jo"].map(|name| {
        let copy = redact(&make(name), &["Li Na", "Bartholomew", "Jo"]).unwrap();
        assert!(!holds(&copy, name), "{what}");
        copy
    });
    let [one, two, three] = copies;
    assert_eq!(one, two, "{what}");
    assert_eq!(one, three, "{what}");
}

fn courier(content: &str) -> Vec<u8> {
    let font = "/F2<</Type/Font/Subtype/Type1/BaseFont/Courier>>";
    page(content, font, &[])
}

/// The room between words that makes a line of this text as wide as the others.
fn gap(text: &str) -> f64 {
    let words: Vec<&str> = text.split(' ').collect();
    let all: f64 = words.iter().map(|w| long(w)).sum();
    (400.0 - all) / f64::from(u8::try_from(words.len() - 1).unwrap())
}

const LINES: [&str; 3] = [
    "this is the first line of the paragraph that is here",
    "and we say that @ has been here with all of us then",
    "while the third line has no names at all in any word",
];

#[test]
fn justified_by_room_after_spaces() {
    same(
        &|name| {
            let mut content = "BT /F2 10 Tf 14 TL 72 700 Td ".to_owned();
            for line in LINES {
                let line = line.replace('@', name);
                let room = gap(&line) - LETTER;
                content.push_str(&format!("{room:.4} Tw ({line}) Tj T* "));
            }
            courier(&(content + "0 Tw (the end) Tj ET"))
        },
        "Tw",
    );
}

#[test]
fn justified_by_moves_between_words() {
    same(
        &|name| {
            let mut content = String::new();
            for (n, line) in (0..).zip(LINES) {
                let line = line.replace('@', name);
                let room = format!(") {:.3} (", -100.0 * gap(&line));
                let y = 700 - 14 * n;
                let words = line.replace(' ', &room);
                content.push_str(&format!("BT /F2 10 Tf 72 {y} Td [({words})] TJ ET "));
            }
            courier(&content)
        },
        "TJ",
    );
}

#[test]
fn justified_word_by_word() {
    same(
        &|name| {
            let mut content = String::new();
            for (n, line) in (0..).zip(LINES) {
                let line = line.replace('@', name);
                let (room, y) = (gap(&line), 700 - 14 * n);
                let mut x = 72.0;
                for word in line.split(' ') {
                    content.push_str(&format!("BT /F2 10 Tf {x:.3} {y} Td ({word}) Tj ET "));
                    x += long(word) + room;
                }
            }
            courier(&content)
        },
        "Td",
    );
}

#[test]
fn in_the_middle_of_the_page_alone() {
    same(
        &|name| {
            let title = format!("{name} and others");
            let x = 300.0 - long(&title) / 2.0;
            courier(&format!(
                "BT /F2 10 Tf {x} 750 Td ({title}) Tj ET BT /F2 10 Tf 72 700 Td (first) Tj 0 -14 Td (second one) Tj ET"
            ))
        },
        "title",
    );
}

/// Lines, colour and the gaps of lines that go with a name and the text behind it.
#[test]
fn what_is_drawn_along_a_name() {
    let ways: [&dyn Fn(f64, f64) -> String; 6] = [
        &|x, to| format!("{x} 698 {} 0.7 re f ", to - x),
        &|x, to| format!("q 0.5 w {x} 698.4 m {to} 698.4 l S Q "),
        &|x, to| {
            format!(
                "q 2 0 0 2 0 0 cm {} 349 {} 0.4 re f Q ",
                x / 2.0,
                (to - x) / 2.0
            )
        },
        &|x, to| format!("1 1 0 rg {x} 697 m {to} 697 l {to} 709 l {x} 709 l h f 0 g "),
        &|_, to| {
            format!(
                "q 0 0 600 800 re {} 697 3 2 re W* n 72 698 400 0.7 re f Q ",
                to - 5.0
            )
        },
        // Only what stands behind the name is underlined.
        &|_, to| format!("{} 698 24 0.7 re f ", to + 12.0),
    ];
    for (n, way) in ways.into_iter().enumerate() {
        same(
            &|name| {
                let line = way(120.0, 120.0 + long(name));
                let text = format!("BT /F2 10 Tf 72 700 Td (name is {name}, who is here) Tj ET ");
                courier(&format!("{line}{text}10 600 300 1 re f"))
            },
            &format!("line {n}"),
        );
    }
}

/// A box drawn over text hides what stays below it, and what is cut out of a large box is no line.
#[test]
fn what_covers_other_text_or_is_cut_out_of_a_box_stays() {
    let copy = |path: &str| {
        let text = "BT /F2 10 Tf 72 700 Td (pin 4711 is Li Na) Tj ET ";
        let file = courier(&format!("{text}{path} "));
        let (copy, seen) = redact_within(&file, &["Li Na"], &Limits::default());
        let doc = lopdf::Document::load_mem(&copy.unwrap()).unwrap();
        let page = doc.page_iter().next().unwrap();
        let content = String::from_utf8(doc.get_page_content(page)).unwrap();
        (content.contains(path), seen.gaps.len())
    };
    let stays = [
        "70 696 106 14 re f",
        "q 140 696 40 12 re W n 0 0 600 800 re f Q",
        "q 140 696 40 12 re W n /Sh sh Q",
    ];
    for path in stays {
        let (there, told) = copy(path);
        assert!(there && told > 0, "{path}");
    }
    for path in [
        "144 696 32 14 re f",
        "70 698 106 1 re f",
        "q 140 696 36 12 re W n Q",
    ] {
        assert!(!copy(path).0, "{path}");
    }
}

#[test]
fn lines_that_are_no_longer_or_shorter_than_others_stay() {
    let copy = |path: &str| {
        let text = "BT /F2 10 Tf 72 700 Td (name is Li Na) Tj ET ";
        let file = courier(&format!("{path} {text}"));
        let (copy, seen) = redact_within(&file, &["Li Na"], &Limits::default());
        let doc = lopdf::Document::load_mem(&copy.unwrap()).unwrap();
        let page = doc.page_iter().next().unwrap();
        let content = String::from_utf8(doc.get_page_content(page)).unwrap();
        let told = seen.gaps.iter().map(|g| g.1).collect::<Vec<GapKind>>();
        (content.contains(path), told)
    };
    // Rules of a table, sides of a cell, an underline of what stands before, lines elsewhere.
    for path in [
        "60 695 m 400 695 l S",
        "60 698 400 0.5 re f",
        "160 690 m 160 715 l S",
        "72 698 24 0.7 re f",
        "120 688 30 0.7 re f",
        "0 0 600 800 re f",
        "0 0 600 800 re W n",
    ] {
        assert_eq!(copy(path), (true, vec![]), "{path}");
    }
    let path = "120 698 30 0.7 re f";
    assert_eq!(copy(path), (false, vec![GapKind::Dropped]), "{path}");
    // A picture with such a line in it.
    let path = "120 698 30 0.7 re 120 500 30 90 re f";
    assert_eq!(copy(path), (true, vec![GapKind::Kept]), "{path}");
}

#[test]
fn annotations_that_lie_on_a_name() {
    for kind in ["Link", "Highlight", "Square"] {
        same(
            &|name| {
                let to = 72.0 + long(name);
                let content = format!("BT /F2 10 Tf 72 700 Td ({name}) Tj ( is here) Tj ET");
                let note = format!(
                    "<</Type/Annot/Subtype/{kind}/Rect[72 698 {to} 709]/QuadPoints[72 709 {to} 709 72 698 {to} 698]/Popup 8 0 R>>"
                );
                let popup = "<</Type/Annot/Subtype/Popup/Rect[0 0 9 9]/Parent 7 0 R>>";
                let font = "/F2<</Type/Font/Subtype/Type1/BaseFont/Courier>>";
                page(&content, font, &["[7 0 R 8 0 R]", &note, popup])
            },
            kind,
        );
    }
}

#[test]
fn a_field_whose_text_is_as_large_as_it_fits() {
    same(
        &|name| {
            let size = 90.0 / long(name) * 6.0;
            let field = format!(
                "<</Type/Annot/Subtype/Widget/FT/Tx/T(holder)/V({name})/Rect[0 0 99 20]/DA(/F1 0 Tf 0 g)/AP<</N 8 0 R>>>>"
            );
            let looks = stream(
                "/Type/XObject/Subtype/Form/BBox[0 0 99 20]/Resources<</Font<</F1 5 0 R>>>>",
                &format!("/Tx BMC q BT /F1 {size:.2} Tf 2 5 Td ({name}) Tj ET Q EMC"),
            );
            page("", "", &["[7 0 R]", &field, &looks])
        },
        "field",
    );
}

/// A font that is numbered as its text first uses it, as many writers do; the name is `secret`, and every
/// character has an outline of its own.
fn numbered(secret: &str, simple: bool, shared: bool) -> Vec<u8> {
    let text = format!("\u{6237}\u{540d}{secret}\u{6b64}\u{81f4}\u{540d}");
    let mut order: Vec<char> = Vec::new();
    for c in text.chars() {
        if !order.contains(&c) {
            order.push(c);
        }
    }
    let code = |c: char| order.iter().position(|o| *o == c).unwrap() + 1;
    let digits = if simple { 2 } else { 4 };
    let shown: String = text
        .chars()
        .map(|c| format!("{:0digits$X}", code(c)))
        .collect();
    let mut map = format!("{} beginbfchar\n", order.len());
    for c in &order {
        map.push_str(&format!(
            "<{:0digits$X}> <{:04X}>\n",
            code(*c),
            u32::from(*c)
        ));
    }
    map.push_str("endbfchar");
    let marks: Vec<u8> = order.iter().map(|c| (u32::from(*c) & 0xff) as u8).collect();
    // A table of characters, which leads to other glyphs, stands before the one that codes go by.
    let count = marks.len() as u16;
    let maps = [
        (0, 3, (1..=count).map(|n| (n, count + 1 - n)).collect()),
        (1, 0, (1..=count).map(|n| (n, n)).collect()),
    ];
    let program = super::subset::truetype::tests::mapped(&marks, &maps);
    let program: String = program.iter().map(|b| format!("{b:02X}")).collect();
    let widths: String = order
        .iter()
        .map(|c| format!("{} ", 500 + (u32::from(*c) & 0xff)))
        .collect();
    let font = if simple {
        format!(
            "<</Type/Font/Subtype/TrueType/BaseFont/QWERTY+Some/FirstChar 1/LastChar {}/Widths[{widths}]/FontDescriptor 9 0 R/ToUnicode 11 0 R>>",
            order.len()
        )
    } else {
        "<</Type/Font/Subtype/Type0/BaseFont/QWERTY+Some/Encoding/Identity-H/DescendantFonts[8 0 R]/ToUnicode 11 0 R>>".to_owned()
    };
    page(
        &format!("BT /F2 12 Tf 72 700 Td <{shown}> Tj ET"),
        if shared {
            "/F2 7 0 R/F3 12 0 R"
        } else {
            "/F2 7 0 R"
        },
        &[
            "[]",
            &font,
            &format!(
                "<</Type/Font/Subtype/CIDFontType2/BaseFont/QWERTY+Some/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>\
                 /FontDescriptor 9 0 R/W[1[{widths}]]/CIDToGIDMap/Identity>>"
            ),
            "<</Type/FontDescriptor/FontName/QWERTY+Some/Flags 4/FontFile2 10 0 R>>",
            &stream("/Filter/ASCIIHexDecode", &program),
            &stream("", &map),
            &font,
        ],
    )
}

/// A file whose second font is that of the first is as it is: what one gives new numbers the other would not
/// find.
#[test]
fn that_a_font_keeps_numbers_by_use_is_told() {
    let name = "\u{6b27}\u{9633}\u{5a1c}";
    let kept = |shared: bool, value: &str| {
        let file = numbered(name, false, shared);
        let (copy, seen) = redact_within(&file, &[value], &Limits::default());
        copy.unwrap();
        let kept = seen.gaps.iter().filter(|g| g.1 == GapKind::Kept);
        kept.count()
    };
    assert_eq!(kept(true, name), 1);
    assert_eq!(kept(false, name), 0, "it gets new ones");
    assert_eq!(kept(true, "nothing"), 0, "it lost nothing");
}

#[test]
fn names_of_two_to_four_characters_in_a_font_that_is_numbered_by_use() {
    for simple in [false, true] {
        // Two, three and four characters, the last with one that the rest of the text has as well.
        let names = [
            "\u{5f20}\u{4f1f}",
            "\u{6b27}\u{9633}\u{5a1c}",
            "\u{6b27}\u{9633}\u{540d}\u{5a1c}",
        ];
        let copies = names.map(|name| redact(&numbered(name, simple, false), &[name]).unwrap());
        assert_eq!(copies[0], copies[1], "{simple}");
        assert_eq!(copies[0], copies[2], "{simple}");
        let (result, seen) = super::tests::read(&copies[0]);
        result.unwrap();
        let text: String = super::tests::text_of(&seen, "#page1")
            .split_whitespace()
            .collect();
        assert_eq!(text, "\u{6237}\u{540d}\u{6b64}\u{81f4}\u{540d}", "{simple}");
        // The outlines that are left are those of the text that is left, in its order.
        let outlines: Vec<u8> = [0x37, 0x0d, 0x64, 0xf4]
            .iter()
            .flat_map(|mark| [0x37, *mark])
            .collect();
        let doc = lopdf::Document::load_mem(&copies[0]).unwrap();
        let programs = doc.objects.values().filter_map(|o| match o {
            lopdf::Object::Stream(s) => super::tree::content(s, 1 << 20).ok(),
            _ => None,
        });
        let found = programs.map(|p| {
            let ends = p
                .windows(16)
                .filter(|w| w[..3] == [0, 1, 0] && w[14] == 0x37);
            ends.flat_map(|w| [w[14], w[15]]).collect::<Vec<u8>>()
        });
        assert!(found.into_iter().any(|f| f == outlines), "{simple}");
    }
}

/// A column of vertical text, each glyph placed below the one before; one way by moves, one by matrices.
fn vertical(secret: &str, step: i32, matrices: bool) -> Vec<u8> {
    let mut content = "BT /F2 12 Tf 300 700 Td ".to_owned();
    let text = format!("\u{540d}\u{ff1a}{secret}\u{6b64}\u{81f4}\u{656c}\u{793c}");
    for (n, c) in (0_i32..).zip(text.chars()) {
        let code = u32::from(c);
        if matrices {
            let y = 700 - n * step;
            content.push_str(&format!("1 0 0 1 300 {y} Tm <{code:04X}> Tj "));
        } else {
            content.push_str(&format!("0 -{step} Td <{code:04X}> Tj "));
        }
    }
    content.push_str("ET");
    page(
        &content,
        "/F2 7 0 R",
        &[
            "[]",
            "<</Type/Font/Subtype/Type0/BaseFont/STSong/Encoding/UniGB-UCS2-H/DescendantFonts[8 0 R]>>",
            "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/DW 1000>>",
        ],
    )
}

#[test]
fn vertical_text_that_is_set_glyph_by_glyph() {
    let names = [
        "\u{5f20}\u{4f1f}\u{660e}",
        "\u{6b27}\u{9633}",
        "\u{6b27}\u{9633}\u{5a1c}\u{6587}",
    ];
    for (step, matrices) in [(12, false), (14, false), (16, true), (0, true)] {
        let copies = names.map(|name| {
            let file = vertical(name, step, matrices);
            let (result, seen) = super::tests::read(&file);
            result.unwrap();
            let text = super::tests::text_of(&seen, "#page1");
            assert!(text.contains(&format!("\u{ff1a}{name}\u{6b64}")), "{text}");
            redact(&file, &[name]).unwrap()
        });
        assert!(copies[0] == copies[1] && copies[0] == copies[2], "{step}");
        let doc = lopdf::Document::load_mem(&copies[0]).unwrap();
        let page = doc.page_iter().next().unwrap();
        let content = String::from_utf8(doc.get_page_content(page)).unwrap();
        assert_eq!(content.matches("-4000").count(), 1, "one hole");
        let boxed: Vec<f64> = content
            .rsplit("q 0 g")
            .next()
            .unwrap()
            .split_whitespace()
            .filter_map(|w| w.parse().ok())
            .collect();
        let xs = boxed.iter().step_by(2).copied();
        let ys = boxed.iter().skip(1).step_by(2).copied();
        let ends = |all: &mut dyn Iterator<Item = f64>| {
            all.fold((f64::MAX, f64::MIN), |(a, b), n| (a.min(n), b.max(n)))
        };
        let ((left, right), (low, high)) = (ends(&mut xs.clone()), ends(&mut ys.clone()));
        assert_eq!((left, right), (300.0, 312.0), "a box as wide as the column");
        assert!((high - low - 48.0).abs() < 0.1, "and four glyphs high");
    }
}

#[test]
fn cells_of_a_column_are_no_vertical_text() {
    let file = vertical("\u{7537}\u{5973}", 18, true);
    let (_, seen) = super::tests::read(&file);
    let text = super::tests::text_of(&seen, "#page1");
    assert!(text.contains("\u{7537}\n\u{5973}\n"), "{text}");
}
