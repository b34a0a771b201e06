//! Tokens of RTF with where they lie.
//!
//! Standard: Rich Text Format specification 1.9.1, "RTF syntax".

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'x> {
    /// `{`
    Open,
    /// `}`
    Close,
    /// A control word: its letters and its number.
    Word(&'x [u8], Option<i32>),
    /// `\'hh`: a byte of text.
    Byte(u8),
    /// A control symbol.
    Symbol(u8),
    /// Plain text, without line ends.
    Text(&'x [u8]),
    /// A line end, which means nothing.
    Line,
}

/// Splits bytes into tokens. Every byte sequence has some.
#[derive(Debug)]
pub(super) struct Tokens<'x> {
    bytes: &'x [u8],
    at: usize,
}

impl<'x> Tokens<'x> {
    /// Over these bytes, from their start.
    pub(super) fn new(bytes: &'x [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Passes over bytes that are no RTF. Gives where they end.
    pub(super) fn skip(&mut self, count: usize) -> usize {
        self.at = self.at.saturating_add(count).min(self.bytes.len());
        self.at
    }

    /// The next token and its range.
    pub(super) fn next(&mut self) -> Option<(Token<'x>, usize, usize)> {
        let start = self.at;
        let rest = self.bytes.get(start..)?;
        let (token, len) = match *rest.first()? {
            b'{' => (Token::Open, 1),
            b'}' => (Token::Close, 1),
            b'\r' | b'\n' | 0 => (Token::Line, 1),
            b'\\' => control(rest),
            _ => {
                let len = rest
                    .iter()
                    .position(|b| matches!(b, b'{' | b'}' | b'\\' | b'\r' | b'\n' | 0))
                    .unwrap_or(rest.len());
                (Token::Text(rest.get(..len)?), len)
            }
        };
        self.at = start + len;
        Some((token, start, self.at))
    }
}

/// A control word or symbol at the start of the bytes, and its length.
fn control(rest: &[u8]) -> (Token<'_>, usize) {
    let Some(&first) = rest.get(1) else {
        return (Token::Line, 1);
    };
    if first == b'\'' {
        let hex = rest
            .get(2..4)
            .and_then(|h| std::str::from_utf8(h).ok())
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        return match hex {
            Some(byte) => (Token::Byte(byte), 4),
            None => (Token::Symbol(b'\''), 2),
        };
    }
    if !first.is_ascii_alphabetic() {
        return (Token::Symbol(first), 2);
    }
    let after = rest.get(1..).unwrap_or_default();
    let letters = after
        .iter()
        .take(64)
        .take_while(|b| b.is_ascii_alphabetic())
        .count();
    let name = after.get(..letters).unwrap_or_default();
    let mut len = 1 + letters;
    let mut number = None;
    let tail = rest.get(len..).unwrap_or_default();
    let minus = usize::from(tail.first() == Some(&b'-'));
    let digits = tail
        .iter()
        .skip(minus)
        .take(10)
        .take_while(|b| b.is_ascii_digit())
        .count();
    if digits > 0 {
        let text = tail.get(..minus + digits).unwrap_or_default();
        let value = std::str::from_utf8(text)
            .ok()
            .and_then(|t| t.parse::<i64>().ok());
        number = value.map(|v| i32::try_from(v).unwrap_or(i32::MAX));
        len += minus + digits;
    }
    if rest.get(len) == Some(&b' ') {
        len += 1;
    }
    (Token::Word(name, number), len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn control_words_end_with_a_blank_or_before_what_follows() {
        let mut tokens = Tokens::new(b"{\\b1 a\\'d5\\u-3 ?\\~}\n");
        let mut out = Vec::new();
        while let Some((token, ..)) = tokens.next() {
            out.push(token);
        }
        assert_eq!(
            out,
            [
                Token::Open,
                Token::Word(b"b", Some(1)),
                Token::Text(b"a"),
                Token::Byte(0xD5),
                Token::Word(b"u", Some(-3)),
                Token::Text(b"?"),
                Token::Symbol(b'~'),
                Token::Close,
                Token::Line
            ]
        );
    }

    proptest! {
        #[test]
        fn tokens_cover_all_bytes(bytes in proptest::collection::vec(
            prop::sample::select(b"{}\\'aub19- \n*~;\xd5".to_vec()), 0..60)) {
            let mut tokens = Tokens::new(&bytes);
            let mut at = 0;
            while let Some((_, start, end)) = tokens.next() {
                prop_assert_eq!(start, at);
                prop_assert!(end > start);
                at = end;
            }
            prop_assert_eq!(at, bytes.len());
        }
    }
}
