//! Pages that a copy goes without: of the same size, with a notice of why in their place.

use super::{
    remains::Sum,
    tree::{self, follow, items, number},
    walk::{Walker, inherited},
};
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary};
use std::{collections::BTreeSet, fmt::Write as _, sync::atomic::AtomicBool};

/// Why a page is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// It is a picture without text.
    Picture,
    /// It is a drawing without text.
    Drawing,
    /// Most of its glyphs have no sure character.
    Glyphs,
    /// Not all of its content could be read.
    Content,
}

impl Why {
    /// What the notice says, in both languages.
    fn says(self) -> (&'static str, &'static str) {
        match self {
            Self::Picture => (
                "原页是没有文字的图像，其内容未经检查。",
                "It was a picture without text, which was not examined.",
            ),
            Self::Drawing => (
                "原页是没有文字的图形，其内容未经检查。",
                "It was a drawing without text, which was not examined.",
            ),
            Self::Glyphs => (
                "原页的多数字形无法确定是什么字符。",
                "What most of its glyphs say cannot be told.",
            ),
            Self::Content => (
                "原页的内容不能全部读出。",
                "Not all of its content could be read.",
            ),
        }
    }
}

/// The first line of every notice.
const TITLE: (&str, &str) = ("此副本不含本页", "This page is left out of the copy");

/// Room around the notice, as a share of the page's width.
const EDGE: f64 = 0.08;
/// The widest line of any notice, in font sizes.
const WIDEST: f64 = 26.0;
/// Sides of a page that has none: A4.
const USUAL: [f64; 4] = [0.0, 0.0, 595.0, 842.0];

/// Puts the notice in place of all that a page shows. Gives how many annotations it had.
pub(super) fn put(doc: &mut Document, page: ObjectId, why: Why) -> usize {
    let Some(Object::Dictionary(dict)) = doc.objects.get(&page) else {
        return 0;
    };
    let notes: Vec<Option<ObjectId>> = items(doc, dict, b"Annots")
        .iter()
        .map(|o| o.as_reference().ok())
        .collect();
    let content = content(why, sides(doc, dict), turn(doc, dict));
    let content = doc.add_object(Stream::new(Dictionary::new(), content));
    if let Some(Object::Dictionary(dict)) = doc.objects.get_mut(&page) {
        dict.set("Contents", Object::Reference(content));
        dict.set("Resources", resources());
        dict.remove(b"Annots");
    }
    // Whoever leads to them finds nothing; those that another page shows as well stay there.
    let shown: BTreeSet<ObjectId> = doc
        .page_iter()
        .filter_map(|page| doc.objects.get(&page).and_then(tree::dictionary))
        .flat_map(|page| items(doc, page, b"Annots"))
        .filter_map(|o| o.as_reference().ok())
        .collect();
    for id in notes.iter().flatten().filter(|id| !shown.contains(id)) {
        doc.objects.insert(*id, Object::Null);
    }
    notes.len()
}

/// What a page shows that has the notice.
pub(super) fn sum(why: Why) -> Sum {
    let mut doc = Document::with_version("1.7");
    let page = doc.add_object(dictionary! { "Type" => "Page" });
    put(&mut doc, page, why);
    let mut walker = Walker::new(&doc, 1 << 16);
    Sum::all(&walker.page(page, &AtomicBool::new(false)))
}

/// Left, lower, right and upper ends of what is seen of a page, in points.
fn sides(doc: &Document, page: &Dictionary) -> [f64; 4] {
    let list = inherited(doc, page, b"CropBox").or_else(|| inherited(doc, page, b"MediaBox"));
    let list = list.and_then(|o| o.as_array().ok()).into_iter().flatten();
    let all: Vec<f64> = list.filter_map(|o| number(follow(doc, o))).collect();
    match all.as_slice() {
        [x0, y0, x1, y1] if [x0, y0, x1, y1].iter().all(|n| n.abs() < 1e6) => {
            let ends = [x0.min(*x1), y0.min(*y1), x0.max(*x1), y0.max(*y1)];
            let large = ends[2] - ends[0] >= 1.0 && ends[3] - ends[1] >= 1.0;
            if large { ends } else { USUAL }
        }
        _ => USUAL,
    }
}

/// How often a page is turned clockwise by a quarter, 0 to 3.
fn turn(doc: &Document, page: &Dictionary) -> u8 {
    let degrees = inherited(doc, page, b"Rotate").and_then(number);
    match degrees.map(|d| d.rem_euclid(360.0)) {
        Some(90.0) => 1,
        Some(180.0) => 2,
        Some(270.0) => 3,
        _ => 0,
    }
}

fn content(why: Why, [x0, y0, x1, y1]: [f64; 4], turn: u8) -> Vec<u8> {
    let (mut wide, mut high) = (x1 - x0, y1 - y0);
    // Upright for whoever looks at the page as it is turned.
    let placed = match turn {
        1 => [0.0, 1.0, -1.0, 0.0, x1, y0],
        2 => [-1.0, 0.0, 0.0, -1.0, x1, y1],
        3 => [0.0, -1.0, 1.0, 0.0, x0, y1],
        _ => [1.0, 0.0, 0.0, 1.0, x0, y0],
    };
    if turn % 2 == 1 {
        std::mem::swap(&mut wide, &mut high);
    }
    let edge = EDGE * wide;
    let size = ((wide - 2.0 * edge) / WIDEST).clamp(0.5, 14.0);
    let (zh, en) = why.says();
    let mut out = String::from("q ");
    for n in placed {
        let _ = write!(out, "{n:.2} ");
    }
    let _ = write!(
        out,
        "cm 0.35 g BT {edge:.2} {:.2} Td {:.2} TL",
        high - edge - 1.5 * size,
        1.6 * size
    );
    for (chinese, text) in [(true, TITLE.0), (true, zh), (false, TITLE.1), (false, en)] {
        if chinese {
            let _ = write!(out, " /Z {size:.2} Tf <");
            for unit in text.encode_utf16() {
                let _ = write!(out, "{unit:04X}");
            }
            out.push_str("> Tj T*");
        } else {
            let _ = write!(out, " /E {size:.2} Tf ({text}) Tj T*");
        }
    }
    out.push_str(" ET Q\n");
    out.into_bytes()
}

/// Fonts that every viewer has or puts another in place of.
fn resources() -> Dictionary {
    let system = dictionary! {
        "Registry" => Object::string_literal("Adobe"),
        "Ordering" => Object::string_literal("GB1"),
        "Supplement" => 2,
    };
    let descriptor = dictionary! {
        "Type" => "FontDescriptor", "FontName" => "STSong-Light", "Flags" => 6, "ItalicAngle" => 0,
        "FontBBox" => Object::Array([-25, -254, 1000, 880].map(Object::Integer).to_vec()),
        "Ascent" => 752, "Descent" => -271, "CapHeight" => 737, "StemV" => 58,
    };
    let descendant = dictionary! {
        "Type" => "Font", "Subtype" => "CIDFontType0", "BaseFont" => "STSong-Light",
        "CIDSystemInfo" => system, "FontDescriptor" => descriptor, "DW" => 1000,
    };
    let chinese = dictionary! {
        "Type" => "Font", "Subtype" => "Type0", "BaseFont" => "STSong-Light",
        "Encoding" => "UniGB-UCS2-H",
        "DescendantFonts" => Object::Array(vec![Object::Dictionary(descendant)]),
    };
    let english = dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica",
        "Encoding" => "WinAnsiEncoding",
    };
    dictionary! { "Font" => dictionary! { "Z" => chinese, "E" => english } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::pdf::lines;

    #[test]
    fn notices_are_read_as_they_are_meant_upright_and_within_the_page() {
        for (turn, sides) in [
            (0, [0, 0, 595, 842]),
            (90, [10, 20, 610, 820]),
            (180, [0, 0, 300, 200]),
            (270, [-50, -50, 50, 250]),
        ] {
            let mut doc = Document::with_version("1.7");
            let boxed = Object::Array(sides.map(Object::Integer).to_vec());
            let page = doc.add_object(dictionary! {
                "Type" => "Page", "MediaBox" => boxed, "Rotate" => turn,
            });
            put(&mut doc, page, Why::Glyphs);
            let drawn = Walker::new(&doc, 1 << 16).page(page, &AtomicBool::new(false));
            let text = lines::text(&drawn.glyphs).text;
            let wanted = "此副本不含本页\n原页的多数字形无法确定是什么字符。\nThis page is left out of the copy\n\
                          What most of its glyphs say cannot be told.\n";
            assert_eq!(text, wanted, "{turn}");
            let [x0, y0, x1, y1] = sides.map(|n| f64::from(i32::try_from(n).unwrap()));
            for glyph in &drawn.glyphs {
                let (x, y) = (glyph.x + glyph.dx, glyph.y + glyph.dy);
                assert!(
                    (x0..x1).contains(&x) && (y0..y1).contains(&y),
                    "{turn} {x} {y}"
                );
                let along = match turn {
                    0 => glyph.dx,
                    90 => glyph.dy,
                    180 => -glyph.dx,
                    _ => -glyph.dy,
                };
                assert!(along > 0.0, "{turn}");
            }
            assert_eq!(Sum::all(&drawn), sum(Why::Glyphs));
        }
    }
}
