//! Character references of XML and HTML, `\u` of JSON and others, `%` of URLs.

/// Longest escape: `&#x0010FFFF;` and some leading zeros.
const LONGEST: usize = 16;

/// The character or byte that an escape stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Means {
    Char(char),
    Byte(u8),
}

/// Reads an escape at the start of a text; with it its length in bytes.
fn read(text: &[u8]) -> Option<(Means, usize)> {
    match text {
        [b'%', a, b, ..] => Some((Means::Byte(hex(*a)? << 4 | hex(*b)?), 3)),
        [b'\\', b'u' | b'U', ..] => unicode(text),
        [b'\\', b'x', a, b, ..] => Some((Means::Byte(hex(*a)? << 4 | hex(*b)?), 4)),
        [b'\\', b'/', ..] => Some((Means::Char('/'), 2)),
        [b'&', ..] => reference(text),
        _ => None,
    }
}

fn hex(b: u8) -> Option<u8> {
    char::from(b)
        .to_digit(16)
        .and_then(|d| u8::try_from(d).ok())
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    if digits.is_empty() || digits.first() == Some(&b'+') {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()
}

fn unicode(text: &[u8]) -> Option<(Means, usize)> {
    let high = number(text.get(2..6)?, 16)?;
    if !(0xD800..0xDC00).contains(&high) {
        return char::from_u32(high).map(|c| (Means::Char(c), 6));
    }
    let low = match text.get(6..8)? {
        [b'\\', b'u' | b'U'] => number(text.get(8..12)?, 16)?,
        _ => return None,
    };
    let low = low.checked_sub(0xDC00).filter(|l| *l < 0x400)?;
    let code = 0x1_0000 + ((high - 0xD800) << 10) + low;
    char::from_u32(code).map(|c| (Means::Char(c), 12))
}

fn reference(text: &[u8]) -> Option<(Means, usize)> {
    let head = text.get(1..).unwrap_or_default();
    let end = head.iter().take(LONGEST).position(|&b| b == b';')?;
    let name = head.get(..end)?;
    let char = match name {
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number(digits, 16)?)?,
        [b'#', digits @ ..] => char::from_u32(number(digits, 10)?)?,
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        b"nbsp" => '\u{a0}',
        b"commat" => '@',
        b"period" => '.',
        b"hyphen" | b"dash" => '-',
        _ => return None,
    };
    Some((Means::Char(char), end + 2))
}

/// A stretch of text with its escapes read.
#[derive(Debug, Default)]
pub(super) struct Plain {
    /// The text; UTF-8 where escapes were.
    pub(super) text: Vec<u8>,
    /// Place in `text` and place in the original, after each escape.
    places: Vec<(usize, usize)>,
}

impl Plain {
    /// Where a place of the text stands in the original.
    pub(super) fn place(&self, at: usize) -> usize {
        let i = self.places.partition_point(|p| p.0 <= at);
        match i.checked_sub(1).and_then(|i| self.places.get(i)) {
            Some(&(here, there)) => there + (at - here),
            None => at,
        }
    }
}

/// Calls `each` with every stretch of text around escapes, with `reach` bytes of plain text before the
/// first and after the last: what holds no escape within that reach is not read here at all.
pub(super) fn stretches(
    text: &[u8],
    reach: usize,
    plain: &mut Plain,
    each: &mut dyn FnMut(&Plain),
) {
    // Up to where the text was taken over into `plain`; `None` between stretches.
    let mut taken: Option<usize> = None;
    let mut skip = 0;
    for at in memchr::memchr3_iter(b'&', b'\\', b'%', text) {
        if at < skip {
            continue;
        }
        let Some((means, len)) = read(text.get(at..).unwrap_or_default()) else {
            continue;
        };
        if let Some(end) = taken.filter(|&end| at - end > 2 * reach) {
            finish(text, end, reach, plain);
            each(plain);
            taken = None;
        }
        let from = taken.unwrap_or_else(|| {
            plain.text.clear();
            plain.places.clear();
            let from = at.saturating_sub(reach);
            plain.places.push((0, from));
            from
        });
        plain
            .text
            .extend_from_slice(text.get(from..at).unwrap_or_default());
        match means {
            Means::Byte(b) => plain.text.push(b),
            Means::Char(c) => {
                let mut buf = [0; 4];
                plain
                    .text
                    .extend_from_slice(c.encode_utf8(&mut buf).as_bytes());
            }
        }
        skip = at + len;
        plain.places.push((plain.text.len(), skip));
        taken = Some(skip);
    }
    if let Some(end) = taken {
        finish(text, end, reach, plain);
        each(plain);
    }
}

fn finish(text: &[u8], end: usize, reach: usize, plain: &mut Plain) {
    let rest = text.get(end..).unwrap_or_default();
    plain
        .text
        .extend_from_slice(rest.get(..reach).unwrap_or(rest));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, reach: usize) -> Vec<String> {
        let mut out = Vec::new();
        stretches(text.as_bytes(), reach, &mut Plain::default(), &mut |p| {
            out.push(String::from_utf8_lossy(&p.text).into_owned());
        });
        out
    }

    #[test]
    fn escapes_of_all_kinds_are_read() {
        for (text, means) in [
            ("&#21271;&#x4EAC;", "北京"),
            ("&#49;&#0051;8", "138"),
            ("\\u5317\\u4eac", "北京"),
            ("\\ud83d\\ude00", "😀"),
            ("a%40b", "a@b"),
            ("%E5%8C%97%E4%BA%AC", "北京"),
            ("\\xe5\\x8c\\x97", "北"),
            ("a&commat;b&amp;c", "a@b&c"),
            ("1\\/2", "1/2"),
        ] {
            assert_eq!(all(text, 9), [means], "{text}");
        }
    }

    #[test]
    fn what_is_no_escape_is_left() {
        for text in [
            "a & b",
            "&nothing;",
            "&#xZZ;",
            "%zz",
            "100%",
            "\\n",
            "\\u12",
            "\\ud800x",
            "&#+1;",
            "&",
        ] {
            assert!(all(text, 9).is_empty(), "{text}");
        }
    }

    #[test]
    fn stretches_reach_around_and_join() {
        assert_eq!(all("0123456789%41abcdefghij", 3), ["789Aabc"]);
        assert_eq!(all("0123%41ab%42cdef", 3), ["123AabBcde"]);
        assert_eq!(all("%41abcdefghij%42x", 3), ["Aabc", "hijBx"]);
    }

    #[test]
    fn places_lead_back() {
        let text = b"0123456789%41abc%42d";
        stretches(text, 4, &mut Plain::default(), &mut |p| {
            assert_eq!(p.text, b"6789AabcBd");
            for (at, b) in p.text.iter().enumerate() {
                if b.is_ascii_lowercase() || b.is_ascii_digit() {
                    assert_eq!(text[p.place(at)], *b);
                }
            }
        });
    }
}
