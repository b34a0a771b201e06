//! Content streams as instructions whose bytes have a place (ISO 32000-1, 7.8.2).
//!
//! Nothing is changed by reading: what is written back are the stream's own bytes with some ranges
//! replaced, so every token knows where it stands.

use super::digits;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// A number.
    Number(f64),
    /// A name, with its slash.
    Name,
    /// A string in parentheses, with them.
    Literal,
    /// A string in hexadecimal digits, with its angle brackets.
    Hex,
    /// `[`
    Open,
    /// `]`
    Close,
    /// `<<`
    OpenDict,
    /// `>>`
    CloseDict,
    /// `true`, `false` or `null`.
    Constant,
    /// An operator.
    Word,
}

/// A token and its bytes, half-open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
}

/// An operator with its operands, which are in [`Instructions::operands`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Instruction<'a> {
    /// Its first byte: that of the first operand.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// `BI` stands for a whole inline image.
    pub operator: &'a [u8],
}

/// Reads instructions one by one.
pub(super) struct Instructions<'a> {
    data: &'a [u8],
    at: usize,
    /// Operands of the instruction that was given last; arrays and dictionaries lie flat.
    pub operands: Vec<Token>,
    /// Places of comments seen so far.
    pub comments: Vec<(usize, usize)>,
    /// Names, whole numbers and strings seen so far that say something beside what is shown, half-open.
    pub odd: Vec<(usize, usize)>,
    /// Places of numbers with more digits than a drawing needs.
    pub long: Vec<(usize, usize)>,
    /// Where the data of the picture is that was given last.
    pixels: (usize, usize),
}

/// Digits of a number without the noughts before them.
pub(super) fn significant(number: &[u8]) -> usize {
    let digits = number.iter().filter(|b| b.is_ascii_digit());
    digits.skip_while(|b| **b == b'0').count()
}

/// Whether a name or a word could be a value: names that writers give are short and plain.
pub(super) fn says_something(word: &[u8]) -> bool {
    let digits = word.iter().filter(|b| b.is_ascii_digit()).count();
    word.len() >= 4 && (digits >= 6 || word.iter().any(|b| !b.is_ascii() || b"#@".contains(b)))
}

/// Words of bytes that are no text, as far as they could be values.
pub(super) fn printed(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let words = bytes.split(|b| !b.is_ascii_graphic() && *b != b' ');
    words.filter(|word| says_something(word))
}

/// Whether a word is an operator of content streams (ISO 32000-1, annex A).
pub(super) fn is_operator(word: &[u8]) -> bool {
    const OPERATORS: &[&[u8]] = &[
        b"\"", b"'", b"B", b"B*", b"BDC", b"BI", b"BMC", b"BT", b"BX", b"CS", b"DP", b"Do", b"EI",
        b"EMC", b"ET", b"EX", b"F", b"G", b"ID", b"J", b"K", b"M", b"MP", b"Q", b"RG", b"S", b"SC",
        b"SCN", b"T*", b"TD", b"TJ", b"TL", b"Tc", b"Td", b"Tf", b"Tj", b"Tm", b"Tr", b"Ts", b"Tw",
        b"Tz", b"W", b"W*", b"b", b"b*", b"c", b"cm", b"cs", b"d", b"d0", b"d1", b"f", b"f*", b"g",
        b"gs", b"h", b"i", b"j", b"k", b"l", b"m", b"n", b"q", b"re", b"rg", b"ri", b"s", b"sc",
        b"scn", b"sh", b"v", b"w", b"y",
    ];
    OPERATORS.binary_search(&word).is_ok()
}

fn is_space(b: u8) -> bool {
    matches!(b, 0 | 9 | 10 | 12 | 13 | 32)
}

/// Whether a byte is part of a word, rather than what parts words.
pub(super) fn is_regular(b: u8) -> bool {
    !is_space(b)
        && !matches!(
            b,
            b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
        )
}

/// A number as writers spell them, doubled signs and stray minus signs inside included.
fn number(word: &[u8]) -> Option<f64> {
    let mut rest = word;
    let mut negative = false;
    while let Some((&sign @ (b'-' | b'+'), after)) = rest.split_first() {
        negative |= sign == b'-';
        rest = after;
    }
    let mut value = 0.0;
    let mut scale = 0.0;
    let mut digits = 0;
    for &b in rest {
        match b {
            b'0'..=b'9' => {
                digits += 1;
                if scale == 0.0 {
                    value = value * 10.0 + f64::from(b - b'0');
                } else {
                    value += f64::from(b - b'0') * scale;
                    scale *= 0.1;
                }
            }
            b'.' if scale == 0.0 => scale = 0.1,
            b'-' if digits > 0 => break,
            _ => return None,
        }
    }
    let dot = rest == b"." || (rest.is_empty() && !word.is_empty());
    (digits > 0 || dot).then_some(if negative { -value } else { value })
}

impl<'a> Instructions<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            at: 0,
            operands: Vec::new(),
            comments: Vec::new(),
            odd: Vec::new(),
            long: Vec::new(),
            pixels: (0, 0),
        }
    }

    /// Keeps in mind what says something.
    fn weigh(&mut self, kind: Kind, start: usize, end: usize) {
        let raw = self.data.get(start..end).unwrap_or_default();
        let odd = match kind {
            Kind::Name => says_something(raw.get(1..).unwrap_or_default()),
            Kind::Number(n) if digits::is_long(raw, n) => {
                self.long.push((start, end));
                false
            }
            Kind::Number(n) => n.abs() >= digits::LARGE && !raw.contains(&b'.'),
            Kind::Hex => {
                let inside = raw.get(1..).unwrap_or_default();
                let inside = inside.strip_suffix(b">").unwrap_or(inside);
                !inside.iter().all(|&b| is_space(b) || b.is_ascii_hexdigit())
            }
            _ => false,
        };
        if odd {
            self.odd.push((start, end));
        }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.data.get(at).copied()
    }

    fn run(&self, mut at: usize, is: impl Fn(u8) -> bool) -> usize {
        while self.byte(at).is_some_and(&is) {
            at += 1;
        }
        at
    }

    /// Goes on from this byte.
    pub(super) fn seek(&mut self, at: usize) {
        self.at = at;
    }

    /// The next token, whatever it belongs to.
    pub(super) fn token(&mut self) -> Option<Token> {
        loop {
            self.at = self.run(self.at, is_space);
            if self.byte(self.at)? != b'%' {
                break;
            }
            let end = self.run(self.at, |b| b != b'\n' && b != b'\r');
            self.comments.push((self.at, end));
            self.at = end;
        }
        let start = self.at;
        let (kind, end) = match self.byte(start)? {
            b'(' => (Kind::Literal, self.literal(start)),
            b'<' if self.byte(start + 1) == Some(b'<') => (Kind::OpenDict, start + 2),
            b'>' if self.byte(start + 1) == Some(b'>') => (Kind::CloseDict, start + 2),
            b'<' => {
                let end = self.run(start + 1, |b| b != b'>');
                (Kind::Hex, (end + 1).min(self.data.len()))
            }
            b'[' => (Kind::Open, start + 1),
            b']' => (Kind::Close, start + 1),
            b'/' => (Kind::Name, self.run(start + 1, is_regular)),
            b if is_regular(b) => {
                let end = self.run(start, is_regular);
                let word = self.data.get(start..end).unwrap_or_default();
                let kind = match b {
                    b'0'..=b'9' | b'-' | b'+' | b'.' => number(word).map(Kind::Number),
                    b't' if word == b"true" => Some(Kind::Constant),
                    b'f' if word == b"false" => Some(Kind::Constant),
                    b'n' if word == b"null" => Some(Kind::Constant),
                    _ => None,
                };
                (kind.unwrap_or(Kind::Word), end)
            }
            // A stray bracket.
            _ => {
                self.at = start + 1;
                return Some(self.after_stray());
            }
        };
        self.at = end;
        self.weigh(kind, start, end);
        Some(Token { kind, start, end })
    }

    /// Skips further stray brackets without recursion, however many there are.
    fn after_stray(&mut self) -> Token {
        self.at = self.run(self.at, |b| is_space(b) || matches!(b, b')' | b'}' | b'{'));
        if self.byte(self.at) == Some(b'>') && self.byte(self.at + 1) != Some(b'>') {
            self.at += 1;
        }
        // The callers loop; an operator without meaning stands for what was skipped.
        Token {
            kind: Kind::Constant,
            start: self.at,
            end: self.at,
        }
    }

    fn literal(&self, start: usize) -> usize {
        let mut depth = 0_usize;
        let mut at = start;
        while let Some(b) = self.byte(at) {
            match b {
                b'\\' => at += 1,
                b'(' => depth += 1,
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        return at + 1;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        self.data.len()
    }

    /// The next instruction; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Instruction<'a>> {
        self.operands.clear();
        loop {
            let token = self.token()?;
            if token.kind != Kind::Word {
                if token.end > token.start {
                    self.operands.push(token);
                }
                continue;
            }
            let start = self.operands.first().map_or(token.start, |t| t.start);
            let operator = self.data.get(token.start..token.end).unwrap_or_default();
            let mut end = token.end;
            if operator == b"BI" {
                end = self.image();
            }
            return Some(Instruction {
                start,
                end,
                operator,
            });
        }
    }

    /// An inline image: its entries become the operands; gives where it ends.
    fn image(&mut self) -> usize {
        self.operands.clear();
        self.pixels = (0, 0);
        while let Some(token) = self.token() {
            if token.kind == Kind::Word {
                let word = self.data.get(token.start..token.end);
                if word == Some(b"ID") {
                    break;
                }
                if word == Some(b"EI") {
                    return token.end;
                }
            }
            self.operands.push(token);
        }
        let first = self.at + 1;
        let mut from = first;
        loop {
            let rest = self.data.get(from..).unwrap_or_default();
            let Some(found) = memchr::memmem::find(rest, b"EI") else {
                self.at = self.data.len();
                self.pixels = (first, self.at);
                return self.at;
            };
            let at = from + found;
            let before = at == 0 || self.byte(at - 1).is_none_or(is_space) || found == 0;
            let after = self.byte(at + 2).is_none_or(|b| is_space(b) || b == b'Q');
            // What follows an image's end is text; inside of one it seldom is.
            let ahead = self.data.get(at + 2..).unwrap_or_default();
            let plain = ahead
                .iter()
                .take(12)
                .all(|&b| is_space(b) && b != 0 || (0x20..0x7f).contains(&b));
            if before && after && plain {
                self.pixels = (first, at);
                self.at = at + 2;
                return self.at;
            }
            from = at + 1;
        }
    }

    /// The bytes of a token as they stand.
    pub(super) fn raw(&self, token: Token) -> &'a [u8] {
        self.data.get(token.start..token.end).unwrap_or_default()
    }

    /// The data of the picture that was given last, before its filters.
    pub(super) fn pixels(&self) -> &'a [u8] {
        let (from, to) = self.pixels;
        self.data.get(from..to).unwrap_or_default()
    }

    /// Whether an operand is a string.
    pub(super) fn has_string(&self) -> bool {
        let mut kinds = self.operands.iter().map(|t| t.kind);
        kinds.any(|k| matches!(k, Kind::Literal | Kind::Hex))
    }

    /// The n-th operand from the start, as a number.
    pub(super) fn number(&self, n: usize) -> f64 {
        match self.operands.get(n).map(|t| t.kind) {
            Some(Kind::Number(value)) => value,
            _ => 0.0,
        }
    }

    /// The last six operands, as numbers.
    pub(super) fn matrix(&self) -> [f64; 6] {
        let skip = self.operands.len().saturating_sub(6);
        std::array::from_fn(|n| self.number(skip + n))
    }
}

/// A name without its slash, `#` escapes undone.
pub(super) fn name(raw: &[u8]) -> Vec<u8> {
    let raw = raw.strip_prefix(b"/").unwrap_or(raw);
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(&b) = raw.get(at) {
        let pair = raw.get(at + 1..at + 3).and_then(hex_pair);
        if let (b'#', Some(value)) = (b, pair) {
            out.push(value);
            at += 3;
        } else {
            out.push(b);
            at += 1;
        }
    }
    out
}

fn hex_pair(pair: &[u8]) -> Option<u8> {
    match pair {
        [a, b] => Some(hex_digit(*a)? << 4 | hex_digit(*b)?),
        _ => None,
    }
}

fn hex_digit(b: u8) -> Option<u8> {
    char::from(b)
        .to_digit(16)
        .and_then(|d| u8::try_from(d).ok())
}

/// The bytes that a string token stands for, put into `out`.
pub(super) fn string(raw: &[u8], out: &mut Vec<u8>) {
    out.clear();
    if raw.first() == Some(&b'<') {
        let mut high = None;
        for digit in raw.iter().filter_map(|&b| hex_digit(b)) {
            match high.take() {
                None => high = Some(digit),
                Some(h) => out.push(h << 4 | digit),
            }
        }
        out.extend(high.map(|h| h << 4));
        return;
    }
    let inner = raw.strip_prefix(b"(").unwrap_or(raw);
    let inner = inner.strip_suffix(b")").unwrap_or(inner);
    let mut at = 0;
    while let Some(&b) = inner.get(at) {
        at += 1;
        match b {
            b'\\' => at += escape(inner.get(at..).unwrap_or_default(), out),
            b'\r' => {
                out.push(b'\n');
                at += usize::from(inner.get(at) == Some(&b'\n'));
            }
            _ => out.push(b),
        }
    }
}

/// What follows a backslash; gives how many bytes of it belong to the escape.
fn escape(rest: &[u8], out: &mut Vec<u8>) -> usize {
    let Some(&b) = rest.first() else { return 0 };
    let plain = match b {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'f' => 12,
        b'\n' => return 1,
        b'\r' => return 1 + usize::from(rest.get(1) == Some(&b'\n')),
        b'0'..=b'7' => {
            let digits = rest.iter().take(3);
            let digits: Vec<u8> = digits
                .take_while(|b| (b'0'..=b'7').contains(*b))
                .copied()
                .collect();
            let value = digits
                .iter()
                .fold(0_u32, |n, b| n << 3 | u32::from(b - b'0'));
            out.push(u8::try_from(value & 0xff).unwrap_or(0));
            return digits.len();
        }
        other => other,
    };
    out.push(plain);
    1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes(raw: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        string(raw, &mut out);
        out
    }

    #[test]
    fn strings_in_both_spellings() {
        assert_eq!(bytes(b"(a\\(b\\)\\101\\7c\\\nd\r\ne)"), b"a(b)A\x07cd\ne");
        assert_eq!(bytes(b"<4 1 4>"), b"A@");
        assert_eq!(name(b"/A#20B#zz"), b"A B#zz");
    }

    #[test]
    fn numbers_as_writers_spell_them() {
        let ask = |s: &str| number(s.as_bytes());
        assert_eq!(ask("-.5"), Some(-0.5));
        assert_eq!(ask("--3"), Some(-3.0));
        assert_eq!(ask("12-34"), Some(12.0));
        assert_eq!(ask("4."), Some(4.0));
        assert_eq!(ask("1e3"), None);
        assert_eq!(ask("-"), Some(0.0));
    }

    #[test]
    fn what_says_something_beside_what_is_shown() {
        let data =
            b"/Im12 Do /138001 gs 1000001 w 12.345678 g 1.23456789 g <41 42> Tj <41 Li> Tj /\xe5\xbc\xa0 gs";
        let mut all = Instructions::new(data);
        while all.next().is_some() {}
        let odd: Vec<&[u8]> = all.odd.iter().map(|(a, b)| &data[*a..*b]).collect();
        assert_eq!(odd, [&b"/138001"[..], b"1000001", b"<41 Li>"]);
        let long: Vec<&[u8]> = all.long.iter().map(|(a, b)| &data[*a..*b]).collect();
        assert_eq!(long, [b"1.23456789"]);
        assert!(says_something("\u{5f20}\u{4e09}".as_bytes()));
        for word in [&b"TJ"[..], b"\"", b"'", b"y", b"BDC", b"d0", b"b*"] {
            assert!(is_operator(word), "{word:?}");
        }
        assert!(!is_operator(b"foo"));
    }

    #[test]
    fn instructions_have_their_places() {
        let data = b"q % note (x\n1 0 0 1 5 6 cm[(a)-20<62>]TJ BI /W 2 /H 1 ID \x00EI\xff EI Q";
        let mut all = Instructions::new(data);
        let mut seen = Vec::new();
        while let Some(i) = all.next() {
            let text = String::from_utf8_lossy(&data[i.start..i.end]).into_owned();
            seen.push((i.operator.to_vec(), text, all.operands.len()));
        }
        let words: Vec<_> = seen.iter().map(|s| s.0.as_slice()).collect();
        assert_eq!(words, [&b"q"[..], b"cm", b"TJ", b"BI", b"Q"]);
        assert_eq!(seen[1].1, "1 0 0 1 5 6 cm");
        assert_eq!((seen[2].1.as_str(), seen[2].2), ("[(a)-20<62>]TJ", 5));
        assert_eq!(seen[3].2, 4);
        assert_eq!(all.comments.len(), 1);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_the_end(data in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut all = Instructions::new(&data);
            let mut last = 0;
            while let Some(i) = all.next() {
                prop_assert!(i.start >= last && i.end > i.start && i.end <= data.len());
                last = i.end;
            }
        }

        #[test]
        fn what_is_spelt_is_read(raw in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut spelt = b"<".to_vec();
            for b in &raw {
                spelt.extend(format!("{b:02X}").bytes());
            }
            spelt.push(b'>');
            prop_assert_eq!(bytes(&spelt), raw);
        }
    }
}
