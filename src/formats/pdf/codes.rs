//! Character codes: what the mappings inside a PDF say of them (`ToUnicode` and encoding `CMaps`).

use std::{collections::HashMap, rc::Rc};

/// Most ranges and characters of one mapping.
const MOST: usize = 200_000;

/// One token of a `CMap`'s program, as far as mappings need them.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Hex(Vec<u8>),
    Name(Vec<u8>),
    Open,
    Close,
    Word(Vec<u8>),
}

/// Tokens of a `CMap`, read leniently: what is none is left out.
struct Tokens<'a>(&'a [u8]);

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let special = |b: u8| b.is_ascii_whitespace() || b"<>[]/%()\0".contains(&b);
        loop {
            let (&first, rest) = self.0.split_first()?;
            self.0 = rest;
            match first {
                b'%' => {
                    let end = rest.iter().position(|&b| b == b'\n' || b == b'\r');
                    self.0 = rest.get(end.unwrap_or(rest.len())..).unwrap_or_default();
                }
                b'<' if rest.first() == Some(&b'<') => {
                    self.0 = rest.get(1..).unwrap_or_default();
                }
                b'<' => {
                    let end = rest.iter().position(|&b| b == b'>').unwrap_or(rest.len());
                    let (digits, after) = rest.split_at(end);
                    self.0 = after.get(1..).unwrap_or_default();
                    return Some(Token::Hex(hex(digits)));
                }
                b'[' => return Some(Token::Open),
                b']' => return Some(Token::Close),
                b'/' => {
                    let end = rest.iter().position(|&b| special(b)).unwrap_or(rest.len());
                    let (name, after) = rest.split_at(end);
                    self.0 = after;
                    return Some(Token::Name(name.to_vec()));
                }
                b if special(b) => {}
                b => {
                    let end = rest.iter().position(|&b| special(b)).unwrap_or(rest.len());
                    let (word, after) = rest.split_at(end);
                    self.0 = after;
                    let mut all = vec![b];
                    all.extend_from_slice(word);
                    return Some(Token::Word(all));
                }
            }
        }
    }
}

fn hex(digits: &[u8]) -> Vec<u8> {
    let nibbles: Vec<u8> = digits
        .iter()
        .filter_map(|&b| char::from(b).to_digit(16))
        .filter_map(|d| u8::try_from(d).ok())
        .collect();
    nibbles
        .chunks(2)
        .map(|pair| {
            let high = pair.first().copied().unwrap_or(0);
            high << 4 | pair.get(1).copied().unwrap_or(0)
        })
        .collect()
}

fn code(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |n, &b| n << 8 | u32::from(b))
}

fn utf16(bytes: &[u8]) -> Vec<u16> {
    if let [one] = bytes {
        return vec![u16::from(*one)];
    }
    bytes
        .chunks_exact(2)
        .map(|pair| {
            u16::from_be_bytes([
                pair.first().copied().unwrap_or(0),
                pair.get(1).copied().unwrap_or(0),
            ])
        })
        .collect()
}

/// What a `ToUnicode` mapping says.
#[derive(Debug, Default)]
pub(super) struct ToUnicode {
    one: HashMap<u32, String>,
    /// First code, last code, text of the first. Sorted by the first.
    ranges: Vec<(u32, u32, Vec<u16>)>,
}

impl ToUnicode {
    /// The codes are characters in UTF-16.
    pub(super) fn identity() -> Self {
        Self {
            ranges: vec![(0x20, 0xd7ff, vec![0x20]), (0xe000, 0xfffc, vec![0xe000])],
            ..Self::default()
        }
    }

    /// Reads one, leniently.
    pub(super) fn parse(program: &[u8]) -> Self {
        let mut out = Self::default();
        let mut held: Vec<Token> = Vec::new();
        for token in Tokens(program) {
            match &token {
                Token::Word(word) if word == b"endbfchar" => out.chars(&held),
                Token::Word(word) if word == b"endbfrange" => out.spans(&held),
                Token::Word(_) => {}
                _ => {
                    if held.len() < MOST {
                        held.push(token);
                    }
                    continue;
                }
            }
            held.clear();
        }
        out.ranges.sort_by_key(|r| r.0);
        out
    }

    fn put(&mut self, code: u32, text: &[u8]) {
        if self.one.len() < MOST {
            self.one
                .insert(code, String::from_utf16_lossy(&utf16(text)));
        }
    }

    fn chars(&mut self, held: &[Token]) {
        for pair in held.chunks_exact(2) {
            if let [Token::Hex(from), Token::Hex(to)] = pair {
                self.put(code(from), to);
            }
        }
    }

    fn spans(&mut self, held: &[Token]) {
        let mut rest = held.iter();
        while let (Some(from), Some(to), Some(third)) = (rest.next(), rest.next(), rest.next()) {
            let (Token::Hex(from), Token::Hex(to)) = (from, to) else {
                return;
            };
            let (from, to) = (code(from), code(to));
            match third {
                Token::Hex(text) if to >= from && self.ranges.len() < MOST => {
                    self.ranges.push((from, to, utf16(text)));
                }
                Token::Open => {
                    for (n, token) in (0..).zip(rest.by_ref().take_while(|t| **t != Token::Close)) {
                        if let (Token::Hex(text), Some(at)) = (token, from.checked_add(n)) {
                            self.put(at, text);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether a code is mapped to U+0000: writers do so for the box that stands for no character.
    pub(super) fn is_nothing(&self, code: u32) -> bool {
        let one = self.one.get(&code);
        one.is_some_and(|t| !t.is_empty() && t.chars().all(|c| c == '\0'))
    }

    /// The text of a code; nothing when it is unknown, empty, or U+FFFD.
    pub(super) fn get(&self, code: u32) -> Option<String> {
        let text = self.one.get(&code).cloned().or_else(|| {
            let before = self.ranges.partition_point(|r| r.0 <= code);
            let near = self.ranges.get(..before)?.iter().rev().take(4);
            let (from, _, units) = near.into_iter().find(|r| code <= r.1)?;
            let mut text = String::from_utf16_lossy(units);
            let last = text.pop()?;
            text.push(char::from_u32(u32::from(last).checked_add(code - from)?)?);
            Some(text)
        })?;
        let real = !text.is_empty() && !text.contains(['\u{fffd}', '\0']);
        real.then_some(text)
    }
}

/// How the codes of a composite font are cut and what they mean by themselves.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cutting {
    /// Two bytes, the number of a glyph: they mean nothing by themselves.
    Two,
    /// As the file declares, likewise.
    Spaces(Spaces),
    /// UTF-16, big-endian.
    Utf16,
    /// UTF-8.
    Utf8,
    /// A legacy encoding of one or more bytes.
    Legacy(&'static encoding_rs::Encoding),
    /// Rows and cells of JIS X 0208 in two bytes.
    Jis,
}

/// The cutting of a predefined encoding (ISO 32000-1 table 118).
pub(super) fn predefined(name: &[u8]) -> Option<Cutting> {
    let has = |part: &[u8]| memchr::memmem::find(name, part).is_some();
    Some(if name.starts_with(b"Identity") {
        Cutting::Two
    } else if has(b"UCS2") || has(b"UTF16") {
        Cutting::Utf16
    } else if has(b"UTF8") {
        Cutting::Utf8
    } else if has(b"UTF32") || name.starts_with(b"GBT") {
        return None;
    } else if name.starts_with(b"GB") {
        Cutting::Legacy(encoding_rs::GB18030)
    } else if has(b"-B5") || has(b"B5pc") || name.starts_with(b"HKscs") {
        Cutting::Legacy(encoding_rs::BIG5)
    } else if has(b"RKSJ") {
        Cutting::Legacy(encoding_rs::SHIFT_JIS)
    } else if name.starts_with(b"EUC-") {
        Cutting::Legacy(encoding_rs::EUC_JP)
    } else if name.starts_with(b"KSC") && !has(b"Johab") {
        Cutting::Legacy(encoding_rs::EUC_KR)
    } else if name == b"H" || name == b"V" {
        Cutting::Jis
    } else {
        return None;
    })
}

/// The ranges of codes that a program in the file declares.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spaces(Rc<[(usize, u32, u32)]>);

impl Spaces {
    /// Reads them; a program that only builds on a known encoding has that one's cutting.
    pub(super) fn parse(program: &[u8]) -> Option<Cutting> {
        let mut last = None;
        let mut parent = None;
        let mut spaces = Vec::new();
        let mut low = None;
        let mut inside = false;
        for token in Tokens(program) {
            match &token {
                Token::Word(word) if word == b"usecmap" => {
                    if let Some(Token::Name(name)) = &last {
                        parent = predefined(name);
                    }
                }
                Token::Word(word) => inside = word == b"begincodespacerange",
                Token::Hex(bytes) if inside && spaces.len() < MOST => match low.take() {
                    None => low = Some(bytes.clone()),
                    Some(low) if (1..=4).contains(&bytes.len()) => {
                        spaces.push((bytes.len(), code(&low), code(bytes)));
                    }
                    Some(_) => {}
                },
                _ => {}
            }
            last = Some(token);
        }
        if spaces.is_empty() {
            return parent;
        }
        spaces.sort_unstable();
        Some(Cutting::Spaces(Self(spaces.into())))
    }

    /// Every byte of a code lies in its range (Adobe Technical Note 5014).
    fn len(&self, bytes: &[u8]) -> usize {
        let fits = |&&(len, low, high): &&(usize, u32, u32)| {
            bytes.get(..len).is_some_and(|now| {
                now.iter().enumerate().all(|(n, &b)| {
                    let shift = 8 * (len - 1 - n);
                    let part = |code: u32| code >> shift & 0xff;
                    (part(low)..=part(high)).contains(&u32::from(b))
                })
            })
        };
        let shortest = self.0.first().map_or(1, |s| s.0);
        self.0.iter().find(fits).map_or(shortest, |s| s.0)
    }
}

impl Cutting {
    /// The next code of `bytes`: its number, its length in bytes (at least 1), and what it means by
    /// itself. `None` at the end.
    pub(super) fn next(&self, bytes: &[u8]) -> Option<(u32, usize, Option<String>)> {
        let &first = bytes.first()?;
        let take = |n: usize| bytes.get(..n).unwrap_or(bytes);
        Some(match self {
            Self::Spaces(spaces) => {
                let now = take(spaces.len(bytes));
                (code(now), now.len(), None)
            }
            Self::Two => (code(take(2)), take(2).len(), None),
            Self::Utf16 => {
                let long = (0xd8..0xdc).contains(&first) && bytes.len() >= 4;
                let now = take(if long { 4 } else { 2 });
                let text = String::from_utf16(&utf16(now)).ok();
                (code(now), now.len(), text.filter(|t| !t.is_empty()))
            }
            Self::Utf8 => {
                let n = match first {
                    0..0xc0 => 1,
                    0xc0..0xe0 => 2,
                    0xe0..0xf0 => 3,
                    _ => 4,
                };
                let now = take(n);
                let text = std::str::from_utf8(now).ok();
                (code(now), now.len(), text.map(str::to_owned))
            }
            Self::Jis => {
                let euc: Vec<u8> = take(2).iter().map(|b| b | 0x80).collect();
                let text =
                    encoding_rs::EUC_JP.decode_without_bom_handling_and_without_replacement(&euc);
                (code(take(2)), take(2).len(), text.map(Into::into))
            }
            Self::Legacy(encoding) => {
                let encoding = *encoding;
                for n in 1..=4.min(bytes.len()) {
                    let now = take(n);
                    let text = encoding.decode_without_bom_handling_and_without_replacement(now);
                    if let Some(text) = text.filter(|t| !t.is_empty()) {
                        return Some((code(now), n, Some(text.into_owned())));
                    }
                }
                let n = if first > 0x80 { 2 } else { 1 };
                (code(take(n)), take(n).len(), None)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn to_unicode_has_chars_ranges_and_lists() {
        let map = ToUnicode::parse(
            b"1 beginbfchar <0003> <59D3> endbfchar 2 beginbfrange <0010> <0019> <0030>\n\
              <20> <22> [<0041> <00420043> <D83DDE00>] endbfrange",
        );
        assert_eq!(map.get(3).as_deref(), Some("姓"));
        assert_eq!(map.get(0x18).as_deref(), Some("8"));
        assert_eq!(map.get(0x21).as_deref(), Some("BC"));
        assert_eq!(map.get(0x22).as_deref(), Some("😀"));
        assert_eq!(map.get(0x1a), None);
    }

    fn whole(cutting: &Cutting, mut bytes: &[u8]) -> String {
        let mut out = String::new();
        while let Some((_, n, text)) = cutting.next(bytes) {
            out.push_str(&text.unwrap_or_else(|| "?".into()));
            bytes = &bytes[n..];
        }
        out
    }

    #[test]
    fn predefined_encodings_speak_for_themselves() {
        let text = "姓名A12";
        let gbk = encoding_rs::GBK.encode(text).0;
        for name in ["GBK-EUC-H", "GBKp-EUC-V", "GBK2K-H", "GB-EUC-H"] {
            assert_eq!(whole(&predefined(name.as_bytes()).unwrap(), &gbk), text);
        }
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for name in ["UniGB-UCS2-H", "UniGB-UTF16-H"] {
            assert_eq!(whole(&predefined(name.as_bytes()).unwrap(), &wide), text);
        }
        assert_eq!(whole(&Cutting::Jis, &[0x30, 0x21]), "亜");
        assert_eq!(
            Spaces::parse(b"/GBK-EUC-H usecmap 0 begincidrange endcidrange"),
            Some(Cutting::Legacy(encoding_rs::GB18030))
        );
    }

    #[test]
    fn codes_are_as_long_as_the_file_declares() {
        let mixed =
            Spaces::parse(b"2 begincodespacerange <00> <80> <8140> <9ffc> endcodespacerange")
                .unwrap();
        assert_eq!(mixed.next(b"A\x81"), Some((0x41, 1, None)));
        assert_eq!(mixed.next(b"\x81\x40A"), Some((0x8140, 2, None)));
        assert_eq!(mixed.next(b"\xff\xff"), Some((0xff, 1, None)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_cut_to_the_end(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            for cutting in [Cutting::Two, Cutting::Utf16, Cutting::Utf8, Cutting::Jis,
                            Cutting::Legacy(encoding_rs::GB18030), Cutting::Legacy(encoding_rs::SHIFT_JIS)] {
                let mut at = 0;
                while let Some((_, n, _)) = cutting.next(&bytes[at..]) {
                    prop_assert!(n > 0);
                    at += n;
                }
                prop_assert_eq!(at, bytes.len());
            }
            let _ = (ToUnicode::parse(&bytes), Spaces::parse(&bytes));
        }
    }
}
