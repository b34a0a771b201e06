//! Headers and footers of printed sheets: their codes are glued to the text.
//!
//! Standard: ECMA-376 part 1, 18.3.1.46 and the syntax of header and footer strings.

use super::chars::Map;

/// How the digits after `&` are read: they are a font size, but it is not said how many of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) enum Size {
    /// At most this many digits are the size.
    Digits(usize),
}

/// The text without its codes, with a map to the same bytes as `map`. Sections are parted by line
/// ends; fields (page, date, …) are left out.
pub(in crate::formats) fn view(text: &str, map: &Map, size: Size) -> (String, Map) {
    let Size::Digits(most) = size;
    let (mut out, mut new) = (String::new(), Map::default());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let at = text.len() - rest.len();
        let len = if c == '&' { code(rest, most) } else { 0 };
        if len == 0 {
            out.push(c);
            new.link(
                out.len() - c.len_utf8()..out.len(),
                map,
                at..at + c.len_utf8(),
            );
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            continue;
        }
        let code = rest.get(1..len).unwrap_or_default();
        match code {
            "&" => {
                out.push('&');
                new.link(out.len() - 1..out.len(), map, at..at + len);
            }
            "L" | "C" | "R" | "l" | "c" | "r" => out.push('\n'),
            _ => {}
        }
        rest = rest.get(len..).unwrap_or_default();
    }
    (out, new)
}

/// Length of the code at the start of the text, `&` included.
fn code(text: &str, most: usize) -> usize {
    let Some(c) = text.chars().nth(1) else {
        return 0;
    };
    match c {
        '"' => text.get(2..).and_then(|t| t.find('"')).map_or(2, |n| n + 3),
        '0'..='9' => {
            1 + text
                .bytes()
                .skip(1)
                .take(most)
                .take_while(u8::is_ascii_digit)
                .count()
        }
        'K' => {
            let colour = text.get(2..8).filter(|h| {
                h.bytes().all(|b| b.is_ascii_hexdigit()) || h.contains(['+', '-']) && h.is_ascii()
            });
            if colour.is_some() { 8 } else { 2 }
        }
        c => 1 + c.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        view(text, &Map::same(text.len(), 0), Size::Digits(2)).0
    }

    #[test]
    fn codes_are_taken_away() {
        assert_eq!(
            of("&L6222020068108011948&R&P/&N"),
            "\n6222020068108011948\n/"
        );
        assert_eq!(of("&C&\"宋体,常规\"&12 张三"), "\n 张三");
        assert_eq!(of("&KFF0000A && B"), "A & B");
        assert_eq!(of("&1213800138000"), "13800138000");
        assert_eq!(of("&"), "&");
    }

    #[test]
    fn the_view_leads_back() {
        let text = "&L张三&12 138";
        let (view, map) = view(text, &Map::same(text.len(), 100), Size::Digits(2));
        let at = view.find("138").unwrap();
        assert_eq!(map.ranges(at..at + 3), vec![112..115]);
    }
}
