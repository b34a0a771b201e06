//! Parameters of `Content-Type` and `Content-Disposition`: boundaries, charsets, names of files.
//!
//! Standards: RFC 2045, section 5.1; RFC 2231 (charsets, continuations). Mail programs break both; what they
//! write instead is read as well: encoded words in quotes, bytes of another charset, blanks without quotes.

use super::{
    header::HeaderText,
    transfer::hex,
    words::{charset, decoded, guessed, to_words},
};
use crate::formats::{Splice, encoding::Encoding};
use std::ops::Range;

/// How a parameter's value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// As it is, or in encoded words.
    Plain,
    /// With charset and `%`, or in several pieces.
    Extended,
}

/// One piece of a parameter as it is written.
#[derive(Debug, Clone)]
struct Piece {
    /// From before the `;` to the end of the value, bytes of the message.
    whole: Range<usize>,
    /// The value, without quotes.
    value: Range<usize>,
    extended: bool,
    number: u32,
}

/// A parameter.
#[derive(Debug, Clone)]
pub(super) struct Param {
    /// Its name in small letters, without `*`.
    pub(super) name: String,
    /// Its value, decoded.
    pub(super) value: String,
    style: Style,
    pieces: Vec<Piece>,
}

/// A structured field: what stands before the first parameter, and the parameters.
#[derive(Debug, Default)]
pub(super) struct Structured {
    /// `text/plain`, `attachment`, in small letters.
    pub(super) main: String,
    /// Where that is, bytes of the message.
    pub(super) main_at: Range<usize>,
    /// The parameters, in order of their first piece.
    pub(super) params: Vec<Param>,
}

impl Structured {
    /// Of the bytes of the message in `range`.
    pub(super) fn read(message: &[u8], range: Range<usize>) -> Self {
        let raw = message.get(range.clone()).unwrap_or_default();
        let end = memchr::memchr(b';', raw).unwrap_or(raw.len());
        let main = String::from_utf8_lossy(raw.get(..end).unwrap_or_default());
        // A comment behind the type, or white space inside it.
        let main: String = main
            .split('(')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let mut out = Self {
            main: main.to_ascii_lowercase(),
            main_at: range.start..range.start + end,
            params: Vec::new(),
        };
        let mut at = end;
        // Pieces of one parameter are found by their name: bounded, since each is compared with all.
        while at < raw.len() && out.params.len() < 64 {
            at = out.param(raw, at, range.start);
        }
        for param in &mut out.params {
            param.pieces.sort_by_key(|p| p.number);
            param.value = value_of(message, &param.pieces);
        }
        out
    }

    /// The value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|p| p.name == name)
            .map(|p| p.value.as_str())
    }

    /// Reads one parameter from its `;` on; gives where the next begins.
    fn param(&mut self, raw: &[u8], from: usize, base: usize) -> usize {
        let skip = |at: usize| {
            at + raw
                .get(at..)
                .unwrap_or_default()
                .iter()
                .take_while(|b| b.is_ascii_whitespace() || **b == b';')
                .count()
        };
        let start = skip(from);
        let rest = raw.get(start..).unwrap_or_default();
        let name_len = rest
            .iter()
            .take_while(|b| !matches!(b, b'=' | b';' | b'\r' | b'\n'))
            .count();
        if rest.get(name_len) != Some(&b'=') {
            return (start + name_len).max(from + 1);
        }
        let name = String::from_utf8_lossy(rest.get(..name_len).unwrap_or_default())
            .trim()
            .to_ascii_lowercase();
        let mut at = start + name_len + 1;
        at += raw
            .get(at..)
            .unwrap_or_default()
            .iter()
            .take_while(|b| b.is_ascii_whitespace())
            .count();
        let (value, end) = value_at(raw, at);
        let mut parts = name.split('*');
        let plain = parts.next().unwrap_or_default().to_owned();
        let (mut number, mut extended) = (0, false);
        for part in parts {
            match part.parse() {
                Ok(n) => number = n,
                Err(_) => extended = part.is_empty(),
            }
        }
        let piece = Piece {
            whole: base + from..base + end,
            value: base + value.start..base + value.end,
            extended,
            number,
        };
        let style = if name.contains('*') {
            Style::Extended
        } else {
            Style::Plain
        };
        let known = self
            .params
            .iter_mut()
            .find(|p| p.name == plain && p.style == Style::Extended && style == Style::Extended);
        match known {
            Some(param) => param.pieces.push(piece),
            None => self.params.push(Param {
                name: plain,
                value: String::new(),
                style,
                pieces: vec![piece],
            }),
        }
        end
    }
}

/// The value at `at`, without quotes, and where what follows begins.
fn value_at(raw: &[u8], at: usize) -> (Range<usize>, usize) {
    let rest = raw.get(at..).unwrap_or_default();
    if rest.first() == Some(&b'"') {
        let mut escaped = false;
        for (i, &b) in rest.iter().enumerate().skip(1) {
            match b {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => return (at + 1..at + i, at + i + 1),
                _ => {}
            }
        }
        return (at + 1..raw.len(), raw.len());
    }
    let len = rest.iter().take_while(|b| **b != b';').count();
    let value = rest.get(..len).unwrap_or_default().trim_ascii_end();
    (at..at + value.len(), at + len)
}

fn value_of(message: &[u8], pieces: &[Piece]) -> String {
    if let [only] = pieces
        && !only.extended
    {
        return HeaderText::read(message, only.value.clone(), None)
            .text
            .replace("\\\"", "\"")
            .replace("\\\\", "\\");
    }
    let mut bytes = Vec::new();
    let mut encoding = None;
    for (i, piece) in pieces.iter().enumerate() {
        let mut raw = message.get(piece.value.clone()).unwrap_or_default();
        if !piece.extended {
            bytes.extend_from_slice(raw);
            continue;
        }
        if i == 0 {
            let mut quotes = memchr::memchr_iter(b'\'', raw);
            if let (Some(first), Some(second)) = (quotes.next(), quotes.next()) {
                encoding = raw.get(..first).and_then(charset);
                raw = raw.get(second + 1..).unwrap_or_default();
            }
        }
        let mut at = 0;
        while let Some(&b) = raw.get(at) {
            let escape = (b == b'%')
                .then(|| raw.get(at + 1..).and_then(hex))
                .flatten();
            bytes.push(escape.unwrap_or(b));
            at += if escape.is_some() { 3 } else { 1 };
        }
    }
    let encoding = encoding.filter(|e| *e != Encoding::Utf8 || std::str::from_utf8(&bytes).is_ok());
    let encoding = encoding.unwrap_or_else(|| guessed(&bytes, None));
    decoded(&bytes, encoding)
}

impl Param {
    /// Where the value of an only piece is, bytes of the message.
    pub(super) fn place(&self) -> Option<Range<usize>> {
        match self.pieces.as_slice() {
            [only] if !only.extended => Some(only.value.clone()),
            _ => None,
        }
    }

    /// Writes another value.
    pub(super) fn write(&self, value: &str, message: &[u8], splice: &mut Splice) {
        let Some((first, others)) = self.pieces.split_first() else {
            return;
        };
        let clean: String = value
            .chars()
            .map(|c| {
                if c.is_control() || matches!(c, '"' | '\\') {
                    '_'
                } else {
                    c
                }
            })
            .collect();
        let before = message.get(first.whole.clone()).unwrap_or_default();
        // The separator and the folding before the name stay as they are.
        let lead = before
            .iter()
            .take_while(|b| b.is_ascii_whitespace() || **b == b';')
            .count();
        let mut out = before.get(..lead).unwrap_or_default().to_vec();
        out.extend_from_slice(self.name.as_bytes());
        if clean.is_ascii() {
            out.extend_from_slice(format!("=\"{clean}\"").as_bytes());
        } else if self.style == Style::Plain {
            out.extend_from_slice(b"=\"");
            out.extend_from_slice(&to_words(&clean, Encoding::Utf8, false, b" "));
            out.push(b'"');
        } else {
            out.extend_from_slice(b"*=UTF-8''");
            for &b in clean.as_bytes() {
                if b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_') {
                    out.push(b);
                } else {
                    out.extend_from_slice(format!("%{b:02X}").as_bytes());
                }
            }
        }
        splice.cut(first.whole.start as u64, first.whole.end as u64, &out);
        for piece in others {
            splice.cut(piece.whole.start as u64, piece.whole.end as u64, b"");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(raw: &str) -> Structured {
        Structured::read(raw.as_bytes(), 0..raw.len())
    }

    fn renamed(raw: &[u8], to: &str) -> String {
        let all = Structured::read(raw, 0..raw.len());
        let mut splice = Splice::default();
        let param = all.params.iter().find(|p| p.name == "filename").unwrap();
        param.write(to, raw, &mut splice);
        let mut out = Vec::new();
        splice.apply(raw, 0, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn values_in_all_ways_of_writing() {
        let s = read(" Text/HTML ; charset=\"gb2312\";\r\n\tboundary = a b_c ; format=flowed");
        assert_eq!(s.main, "text/html");
        assert_eq!(s.get("charset"), Some("gb2312"));
        assert_eq!(s.get("boundary"), Some("a b_c"));
        assert_eq!(s.get("format"), Some("flowed"));
        for raw in [
            "attachment; filename*=utf-8''%E5%90%8D%E5%8D%95.csv",
            "attachment; filename*=GBK'zh'%C3%FB%B5%A5.csv",
            "attachment; filename=\"=?gbk?B?w/u1pS5jc3Y=?=\"",
            "attachment; filename*0*=utf-8''%E5%90%8D; filename*1*=%E5%8D%95; filename*2=\".csv\"",
            "attachment; filename*1*=%8D%E5%8D%95.csv; filename*0*=utf-8''%E5%90",
            "attachment; filename=名单.csv",
        ] {
            assert_eq!(read(raw).get("filename"), Some("名单.csv"), "{raw}");
        }
        let raw = encoding_rs::GB18030
            .encode("attachment; filename=\"客户名单.csv\"")
            .0;
        let s = Structured::read(&raw, 0..raw.len());
        assert_eq!(s.get("filename"), Some("客户名单.csv"));
    }

    #[test]
    fn names_are_rewritten_in_the_way_they_were() {
        assert_eq!(
            renamed(
                b"attachment;\r\n filename=\"13800138000.csv\"; size=5",
                "XX.csv"
            ),
            "attachment;\r\n filename=\"XX.csv\"; size=5"
        );
        assert_eq!(
            renamed(b"a; filename*0*=utf-8''%E5; x=y; filename*1=b", "名.csv"),
            "a; filename*=UTF-8''%E5%90%8D.csv; x=y"
        );
        assert_eq!(
            renamed("a; filename=\"=?gbk?B?w/u1pS5jc3Y=?=\"".as_bytes(), "名"),
            "a; filename=\"=?UTF-8?B?5ZCN?=\""
        );
    }

    proptest! {
        #[test]
        fn any_bytes_end(raw in proptest::collection::vec(any::<u8>(), 0..120), text in "(;|=|\"|\\*|0|1|'|%|a|name| |\r\n){0,40}") {
            for raw in [raw, text.into_bytes()] {
                for param in Structured::read(&raw, 0..raw.len()).params {
                    let mut splice = Splice::default();
                    param.write("x", &raw, &mut splice);
                    splice.apply(&raw, 0, &mut Vec::new()).unwrap();
                }
            }
        }
    }
}
