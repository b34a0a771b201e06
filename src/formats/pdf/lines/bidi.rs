//! Text that is written from right to left, in the order it is spoken (after UAX #9, from what is seen).
//!
//! A page has glyphs where they are seen; lines are read off it from left to right. Hebrew and Arabic are
//! then turned round, while the numbers and Latin words inside of them stay as they are.

use super::Text;

/// How a glyph runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Right,
    Left,
    Digit,
    /// Joins what stands on both sides: separators of numbers.
    Joint,
    Other,
}

fn is_rtl(c: char) -> bool {
    matches!(u32::from(c), 0x590..=0x8ff | 0xfb1d..=0xfdff | 0xfe70..=0xfefc | 0x10800..=0x10fff | 0x1e800..=0x1efff)
        && !c.is_numeric()
}

fn way(text: &str) -> Way {
    if text.chars().any(is_rtl) {
        Way::Right
    } else if text.chars().any(char::is_alphabetic) {
        Way::Left
    } else if text.chars().any(char::is_numeric) {
        Way::Digit
    } else if matches!(
        text,
        "." | "," | ":" | "/" | "-" | "+" | "_" | "@" | "%" | "#"
    ) {
        Way::Joint
    } else {
        Way::Other
    }
}

/// Whether a text has letters that run from right to left.
pub(super) fn has(text: &str) -> bool {
    !text.is_ascii() && text.chars().any(is_rtl)
}

/// Whether most letters of a line run from right to left.
pub(super) fn leads<'t>(texts: impl Iterator<Item = &'t str>) -> bool {
    let (mut right, mut left) = (0_usize, 0_usize);
    for c in texts.flat_map(str::chars) {
        if is_rtl(c) {
            right += 1;
        } else if c.is_alphabetic() {
            left += 1;
        }
    }
    right > left
}

/// The text in the order it is spoken; `right` when its line runs from right to left.
pub(super) fn spoken(text: &Text, right: bool) -> Text {
    let end = u32::try_from(text.text.len()).unwrap_or(u32::MAX);
    let ends = text.marks.iter().skip(1).map(|m| m.0).chain([end]);
    let units: Vec<(&str, u32, Way)> = text
        .marks
        .iter()
        .zip(ends)
        .map(|(&(from, glyph), to)| {
            let part = usize::try_from(from).ok().zip(usize::try_from(to).ok());
            let part = part.and_then(|(from, to)| text.text.get(from..to));
            let part = part.unwrap_or_default();
            (part, glyph, way(part))
        })
        .collect();
    let mut order: Vec<usize> = (0..units.len()).collect();
    if right {
        order.reverse();
    }
    // Stretches that run the other way than the line.
    let class = |n: usize| order.get(n).and_then(|&n| units.get(n)).map(|u| u.2);
    let opposite = |w: Way| match w {
        Way::Right => !right,
        Way::Left | Way::Digit => right,
        Way::Joint | Way::Other => false,
    };
    let mut turned = Vec::new();
    let mut at = 0;
    while let Some(first) = class(at) {
        if !opposite(first) {
            at += 1;
            continue;
        }
        let (mut last, mut next) = (at, at + 1);
        let mut joins = true;
        while let Some(now) = class(next) {
            let letters = class(last) == Some(Way::Left) && now == Way::Left;
            if opposite(now) && (joins || letters || !right) {
                (last, joins) = (next, true);
            } else if opposite(now) || (right && now == Way::Right) || (!right && now == Way::Left)
            {
                break;
            } else {
                joins &= now == Way::Joint;
            }
            next += 1;
        }
        turned.push(at..last + 1);
        at = last + 1;
    }
    for range in turned {
        if let Some(part) = order.get_mut(range) {
            part.reverse();
        }
    }
    let mut out = Text::default();
    for (part, glyph, _) in order.iter().filter_map(|&n| units.get(n)) {
        out.put(part, &[(0, *glyph)]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str, right: bool) -> String {
        let mut one = Text::default();
        for (n, c) in (0..).zip(text.chars()) {
            one.put(&c.to_string(), &[(0, n)]);
        }
        let spoken = spoken(&one, right);
        let glyphs: Vec<u32> = spoken.glyphs(0..spoken.text.len()).collect();
        let letters: Vec<char> = text.chars().collect();
        let back: String = glyphs.iter().map(|g| letters[*g as usize]).collect();
        assert_eq!(back, spoken.text, "every letter comes from its glyph");
        spoken.text
    }

    #[test]
    fn words_are_turned_and_numbers_are_not() {
        assert_eq!(seen("10001 :דבוע", true), "עובד: 10001");
        assert_eq!(seen("a@b.com ,12.50 ףגא", true), "אגף 12.50, a@b.com");
        assert_eq!(
            seen("tel 138 דבוע םולש end", false),
            "tel 138 שלום עובד end"
        );
        assert_eq!(seen("New York דבוע", true), "עובד New York");
    }

    #[test]
    fn a_line_leads_with_what_it_has_more_of() {
        assert!(leads(["דבוע 100", "a"].into_iter()));
        assert!(!leads(["דבוע", "letters"].into_iter()));
    }
}
