//! Digits with separators between them, and full-width digits.

/// Separators that may stand between two digits.
const BETWEEN: usize = 2;
/// Longest exponent that is written out: a double has 17 digits that mean something.
const EXPONENT: usize = 20;

/// What stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Digit(u8),
    Separator,
    Other,
}

/// The unit at a place and its length in bytes.
#[inline]
fn unit(text: &[u8], at: usize) -> (Unit, usize) {
    let Some(&first) = text.get(at) else {
        return (Unit::Other, 0);
    };
    match first {
        b'0'..=b'9' => (Unit::Digit(first), 1),
        b' ' | b'-' | b'.' | b'/' | b'(' | b')' => (Unit::Separator, 1),
        0x80.. => wide(text.get(at..).unwrap_or_default()),
        _ => (Unit::Other, 1),
    }
}

/// Units of more than one byte, in UTF-8 and in GBK.
fn wide(text: &[u8]) -> (Unit, usize) {
    match *text {
        // Full-width 0–9.
        [0xEF, 0xBC, d @ 0x90..=0x99, ..] => (Unit::Digit(b'0' + (d - 0x90)), 3),
        [0xA3, d @ 0xB0..=0xB9, ..] => (Unit::Digit(b'0' + (d - 0xB0)), 2),
        // Hyphen, full stop, solidus, parentheses in full width; byte order mark.
        [0xEF, 0xBC, 0x8D..=0x8F | 0x88 | 0x89, ..] | [0xEF, 0xBB, 0xBF, ..] => {
            (Unit::Separator, 3)
        }
        // Spaces U+2000–200D, hyphens and dashes U+2010–2015, U+202F, U+205F–2060, U+3000, U+2212.
        [0xE2, 0x80, 0x80..=0x8D | 0x90..=0x95 | 0xAF, ..]
        | [0xE2, 0x81, 0x9F | 0xA0, ..]
        | [0xE3, 0x80, 0x80, ..]
        | [0xE2, 0x88, 0x92, ..] => (Unit::Separator, 3),
        // No-break space, soft hyphen, middle dot.
        [0xC2, 0xA0 | 0xAD | 0xB7, ..] => (Unit::Separator, 2),
        // GBK: space, dash, hyphen, full stop, solidus, parentheses.
        [0xA1, 0xA1 | 0xAA | 0xA4, ..] | [0xA3, 0xAD..=0xAF | 0xA8 | 0xA9, ..] => {
            (Unit::Separator, 2)
        }
        // No-break space in Latin-1.
        [0xA0, ..] => (Unit::Separator, 1),
        _ => (Unit::Other, 1),
    }
}

/// The place of the next digit, when at most two separators stand before it.
#[inline]
fn next_digit(text: &[u8], mut at: usize) -> Option<usize> {
    for _ in 0..=BETWEEN {
        match unit(text, at) {
            (Unit::Digit(_), _) => return Some(at),
            (Unit::Separator, n) => at += n,
            (Unit::Other, _) => return None,
        }
    }
    None
}

/// The digits of a value that is digits and separators alone, perhaps with a plus before and an X at
/// the end.
pub(super) fn only(value: &str) -> Option<String> {
    let text = value.strip_prefix(['+', '＋']).unwrap_or(value).as_bytes();
    let mut digits = String::new();
    let mut at = 0;
    while at < text.len() {
        match unit(text, at) {
            (Unit::Digit(d), n) => {
                digits.push(char::from(d));
                at += n;
            }
            (Unit::Separator, n) => at += n,
            (Unit::Other, _) => match text.get(at..)? {
                [b'X' | b'x'] | [0xEF, 0xBC, 0xB8] | [0xEF, 0xBD, 0x98] if !digits.is_empty() => {
                    digits.push('x');
                    at = text.len();
                }
                _ => return None,
            },
        }
    }
    (!digits.is_empty()).then_some(digits)
}

/// Digits that belong together, without what stands between them.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// ASCII digits, perhaps `x` at the end.
    pub(super) digits: Vec<u8>,
    /// Start and end of each in the text.
    places: Vec<(u32, u32)>,
}

impl Run {
    /// Where digits stand in the text; `None` when they stand in a row, which is seen without this.
    pub(super) fn place(&self, from: usize, to: usize) -> Option<(usize, usize)> {
        let places = self.places.get(from..to)?;
        let (start, end) = (places.first()?.0, places.last()?.1);
        let in_a_row = places.iter().all(|p| p.1 - p.0 == 1)
            && places.windows(2).all(|w| matches!(w, [a, b] if a.1 == b.0));
        (!in_a_row).then_some((start as usize, end as usize))
    }

    /// Whether the digit at `index` touches the one before it.
    pub(super) fn is_glued(&self, index: usize) -> bool {
        let before = index.checked_sub(1).and_then(|i| self.places.get(i));
        let own = self.places.get(index);
        matches!((before, own), (Some(b), Some(o)) if b.1 == o.0)
    }

    fn push(&mut self, digit: u8, at: usize, len: usize) {
        let start = u32::try_from(at).unwrap_or(u32::MAX);
        let end = u32::try_from(at + len).unwrap_or(u32::MAX);
        self.digits.push(digit);
        self.places.push((start, end));
    }

    /// Gathers from a digit on; returns where it ended.
    fn gather(&mut self, text: &[u8], start: usize) -> usize {
        self.digits.clear();
        self.places.clear();
        let mut at = start;
        while let Some(next) = next_digit(text, at) {
            let (Unit::Digit(digit), len) = unit(text, next) else {
                break;
            };
            self.push(digit, next, len);
            at = next + len;
        }
        self.tail(text, at);
        at
    }

    /// A check character X at the end, or an exponent, whose zeros are written out.
    fn tail(&mut self, text: &[u8], at: usize) {
        match text.get(at..).unwrap_or_default() {
            [b'X' | b'x', after, ..] if after.is_ascii_alphanumeric() => {}
            [b'X' | b'x', ..] => self.push(b'x', at, 1),
            [b' ' | b'-', b'X' | b'x', after, ..] if after.is_ascii_alphanumeric() => {}
            [b' ' | b'-', b'X' | b'x', ..] => self.push(b'x', at + 1, 1),
            [0xEF, 0xBC, 0xB8, ..] | [0xEF, 0xBD, 0x98, ..] => self.push(b'x', at, 3),
            [b'E' | b'e', rest @ ..] => {
                let rest = rest.strip_prefix(b"+").unwrap_or(rest);
                let end = rest
                    .iter()
                    .take(3)
                    .take_while(|b| b.is_ascii_digit())
                    .count();
                let exponent = rest.get(..end).and_then(|e| std::str::from_utf8(e).ok());
                let Some(exponent) = exponent.and_then(|e| e.parse::<usize>().ok()) else {
                    return;
                };
                // Of `12 1.38E10` the mantissa begins at the digit before the last point.
                let point = (1..self.places.len()).rev().find(|&i| !self.is_glued(i));
                let first = point.map_or(0, |p| p - 1);
                let has = self.digits.len() - first;
                if exponent <= EXPONENT {
                    for _ in has..=exponent {
                        // They have no place of their own: the exponent stands for them.
                        self.push(b'0', at, 2);
                    }
                }
            }
            _ => {}
        }
    }
}

const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// One bit for each of eight bytes that is an ASCII digit, the first lowest.
#[inline]
fn digit_bits(eight: [u8; 8]) -> u64 {
    let t = u64::from_le_bytes(eight) ^ 0x3030_3030_3030_3030;
    // Bytes 0–9 stay below 0x80 when 0x76 is added; bytes from 0x80 are none.
    let others = ((t & LOW) + 0x7676_7676_7676_7676) | t;
    let digits = !others & HIGH;
    (digits >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Calls `each` with every run of eight digits or more that has separators or full-width digits in it.
pub(super) fn runs(text: &[u8], run: &mut Run, each: &mut dyn FnMut(&Run)) {
    let mut done = 0;
    let mut last = 0;
    let mut base = 0;
    let mut chunks = text.chunks_exact(64);
    for chunk in &mut chunks {
        let mut bits = 0;
        for (i, eight) in chunk.chunks_exact(8).enumerate() {
            if let Some(eight) = eight.first_chunk::<8>() {
                bits |= digit_bits(*eight) << (8 * i);
            }
        }
        // Bytes right after a digit that are none themselves.
        let mut ends = (bits << 1 | last) & !bits;
        last = bits >> 63;
        while ends != 0 {
            let at = base + ends.trailing_zeros() as usize;
            ends &= ends - 1;
            done = joined(text, at, done, run, each);
        }
        base += 64;
    }
    for (i, &byte) in chunks.remainder().iter().enumerate() {
        if last == 1 && !byte.is_ascii_digit() {
            done = joined(text, base + i, done, run, each);
        }
        last = u64::from(byte.is_ascii_digit());
    }
    full_width(text, run, each);
}

/// At the end of plain digits: whether they go on after separators, and if so, all of them.
#[inline]
fn joined(text: &[u8], at: usize, done: usize, run: &mut Run, each: &mut dyn FnMut(&Run)) -> usize {
    let goes_on = at >= done
        && matches!(
            text.get(at),
            Some(b' ' | b'-' | b'.' | b'/' | b'(' | b')' | 0x80..)
        )
        && (next_digit(text, at).is_some()
            || matches!(text.get(at..), Some([b' ' | b'-', b'X' | b'x', ..])));
    if !goes_on {
        return done;
    }
    let before = text.get(done..at).unwrap_or_default();
    let plain = before
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_digit())
        .count();
    let end = run.gather(text, at - plain);
    if run.digits.len() >= 8 {
        each(run);
    }
    end.max(at)
}

/// Runs that have full-width digits in them.
fn full_width(text: &[u8], run: &mut Run, each: &mut dyn FnMut(&Run)) {
    let mut done = 0;
    for at in memchr::memchr2_iter(0xEF, 0xA3, text) {
        if at < done
            || !matches!(
                wide(text.get(at..).unwrap_or_default()),
                (Unit::Digit(_), _)
            )
        {
            continue;
        }
        let before = text.get(done..at).unwrap_or_default();
        let plain = before
            .iter()
            .rev()
            .take_while(|b| b.is_ascii_digit() || matches!(b, b' ' | b'-' | b'.'))
            .count();
        let start = next_digit(text, at - plain).unwrap_or(at);
        done = run.gather(text, start).max(at + 1);
        if run.digits.len() >= 8 {
            each(run);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &[u8]) -> Vec<String> {
        let mut out = Vec::new();
        runs(text, &mut Run::default(), &mut |r| {
            out.push(String::from_utf8(r.digits.clone()).unwrap());
        });
        out
    }

    #[test]
    fn values_of_digits_alone() {
        for (value, digits) in [
            ("138 0013 8000", "13800138000"),
            ("+86-138-0013-8000", "8613800138000"),
            ("(021) 5555.1234", "02155551234"),
            ("１３８００１３８０００", "13800138000"),
            ("11010519491231002X", "11010519491231002x"),
            ("110105 19491231 002x", "11010519491231002x"),
            ("138\u{a0}0013\u{a0}8000", "13800138000"),
        ] {
            assert_eq!(only(value).as_deref(), Some(digits), "{value}");
        }
        for value in [
            "",
            "---",
            "12a4",
            "X",
            "1X2",
            "北京12345678",
            "zhang.san@example.com",
        ] {
            assert_eq!(only(value), None, "{value}");
        }
    }

    #[test]
    fn runs_join_over_separators() {
        assert_eq!(all(b"tel 138 0013 8000."), ["13800138000"]);
        assert_eq!(all(b"x6226-0900-0000-0048y"), ["6226090000000048"]);
        assert_eq!(all(b"(021) 5555.1234"), ["02155551234"]);
        assert_eq!(all("138\u{a0}0013\u{2011}8000".as_bytes()), ["13800138000"]);
        assert_eq!(
            all("电话１３８００１３８０００，".as_bytes()),
            ["13800138000"]
        );
        assert_eq!(all("138-００13-8000".as_bytes())[0], "13800138000");
        assert_eq!(
            all(b"\xA3\xB1\xA3\xB3\xA3\xB8\xA3\xB0\xA3\xB0\xA3\xB1\xA3\xB3\xA3\xB8"),
            ["13800138"]
        );
        assert_eq!(all(b"110105 19491231 002X,"), ["11010519491231002x"]);
        assert_eq!(all(b"11010519491231002-X"), ["11010519491231002x"]);
    }

    #[test]
    fn numbers_with_an_exponent_are_written_out() {
        assert_eq!(all(b"<v>1.3800138E10</v>"), ["13800138000"]);
        assert_eq!(all(b"6.226090000000048e+15"), ["6226090000000048"]);
        assert_eq!(all(b"1.2345678E999"), ["12345678"]);
    }

    #[test]
    fn plain_and_far_digits_are_left_to_others() {
        let none: Vec<String> = Vec::new();
        assert_eq!(all(b"13800138000,6226090000000048"), none);
        assert_eq!(all(b"1380   0138000"), none);
        assert_eq!(all(b"1,2,3,4,5,6,7,8,9"), none);
        assert_eq!(all(b"12.34.5"), none);
    }

    proptest! {
        #[test]
        fn bits_are_the_digits(bytes in any::<[u8; 8]>()) {
            let mut expected = 0;
            for (i, b) in bytes.iter().enumerate() {
                expected |= u64::from(b.is_ascii_digit()) << i;
            }
            prop_assert_eq!(digit_bits(bytes), expected);
        }

        #[test]
        fn a_separated_number_is_found_wherever_it_stands(
            before in "[a-z ,]{0,80}", groups in proptest::collection::vec("[0-9]{1,6}", 4..8),
            seps in proptest::collection::vec("[ ./()-]{1,2}", 8), after in "[a-z,]{0,80}")
        {
            prop_assume!(groups.concat().len() >= 8);
            let mut number = String::new();
            for (g, s) in groups.iter().zip(&seps) {
                number.push_str(g);
                number.push_str(s);
            }
            let text = format!("{before};{};{after}", number.trim_end_matches([' ', '.', '/', '(', ')', '-']));
            prop_assert_eq!(all(text.as_bytes()), [groups.concat()]);
        }
    }
}
