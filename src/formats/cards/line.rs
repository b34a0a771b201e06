//! One content line: where its name, parameters and value are, and the value's text with the way back.

use crate::formats::{
    encoding::{Codec, Encoding, Samples, decide, label},
    mail::coding::{base64, quoted, to_base64, to_quoted},
};
use std::ops::Range;

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// With escapes.
    Plain,
    /// Quoted-printable.
    Quoted,
    /// Base64: a file.
    Base64,
}

/// A parameter: its name and where its value lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Param {
    /// In capital letters; empty for a bare value, as vCard 2.1 has them.
    pub(super) name: String,
    /// Bytes of the line, without quotes.
    pub(super) value: Range<usize>,
}

/// A content line, which may be folded. Ranges are bytes of it.
#[derive(Debug)]
pub(super) struct Line {
    /// The name without its group, in capital letters.
    pub(super) name: String,
    /// The parameters.
    pub(super) params: Vec<Param>,
    /// The value, up to the line's end.
    pub(super) value: Range<usize>,
    /// How it is written.
    pub(super) coding: Coding,
    charset: Option<Encoding>,
}

/// Length of the logical line at the start of `text`, with its end; `None` when it may go on behind.
pub(super) fn logical_len(text: &[u8], last: bool) -> Option<usize> {
    let mut at = 0;
    let mut quoted = false;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let Some(n) = memchr::memchr(b'\n', rest) else {
            return last.then_some(text.len());
        };
        let line = rest.get(..n).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if at == 0 {
            let head = line.get(..line.len().min(256)).unwrap_or_default();
            let head = head.split(|&b| b == b':').next().unwrap_or_default();
            quoted =
                memchr::memmem::find(&head.to_ascii_uppercase(), b"QUOTED-PRINTABLE").is_some();
        }
        at += n + 1;
        let soft = quoted && line.last() == Some(&b'=');
        match text.get(at) {
            None if !last => return None,
            Some(b' ' | b'\t') => {}
            Some(_) if soft => {}
            _ => return Some(at),
        }
    }
}

impl Line {
    /// Reads a logical line; `None` when it is no content line.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let end = text.len() - line_end(text);
        let text = text.get(..end)?;
        let name_len = text
            .iter()
            .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')))?;
        let name = String::from_utf8_lossy(text.get(..name_len)?).to_ascii_uppercase();
        let name = name.rsplit('.').next().unwrap_or_default().to_owned();
        if name.is_empty() {
            return None;
        }
        let mut at = name_len;
        let mut params = Vec::new();
        while text.get(at) == Some(&b';') && params.len() < 64 {
            at = param(text, at + 1, &mut params);
        }
        if text.get(at) != Some(&b':') {
            return None;
        }
        let mut out = Self {
            name,
            params,
            value: at + 1..end,
            coding: Coding::Plain,
            charset: None,
        };
        for i in 0..out.params.len() {
            let Some(param) = out.params.get(i) else {
                continue;
            };
            let value = text.get(param.value.clone())?.to_ascii_uppercase();
            match (param.name.as_str(), value.as_slice()) {
                ("" | "ENCODING", b"QUOTED-PRINTABLE") => out.coding = Coding::Quoted,
                ("" | "ENCODING", b"BASE64" | b"B") => out.coding = Coding::Base64,
                ("CHARSET", name) => out.charset = label(name),
                _ => {}
            }
        }
        // vCard 4.0 writes files as addresses of data.
        let value = text.get(out.value.clone())?;
        if out.coding == Coding::Plain
            && value
                .get(..5)
                .is_some_and(|v| v.eq_ignore_ascii_case(b"data:"))
            && let Some(comma) = memchr::memchr(b',', value.get(..256).unwrap_or(value))
            && value
                .get(..comma)?
                .to_ascii_lowercase()
                .ends_with(b";base64")
        {
            out.value.start += comma + 1;
            out.coding = Coding::Base64;
        }
        Some(out)
    }
}

/// Length of the end of a line.
pub(super) fn line_end(text: &[u8]) -> usize {
    match text {
        [.., b'\r', b'\n'] => 2,
        [.., b'\n'] => 1,
        _ => 0,
    }
}

/// One parameter from `at` on; gives where what follows begins.
fn param(text: &[u8], at: usize, params: &mut Vec<Param>) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let stop = rest
        .iter()
        .position(|b| matches!(b, b'=' | b';' | b':'))
        .unwrap_or(rest.len());
    if rest.get(stop) != Some(&b'=') {
        params.push(Param {
            name: String::new(),
            value: at..at + stop,
        });
        return at + stop;
    }
    let name = String::from_utf8_lossy(rest.get(..stop).unwrap_or_default())
        .trim()
        .to_ascii_uppercase();
    // Names of parameters are letters; whatever else stands there is read.
    if !name.bytes().all(|b| b.is_ascii_uppercase() || b == b'-') {
        params.push(Param {
            name: String::new(),
            value: at..at + stop,
        });
    }
    let mut at = at + stop + 1;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let (value, end) = if rest.first() == Some(&b'"') {
            let close = memchr::memchr(b'"', rest.get(1..).unwrap_or_default());
            let close = close.map_or(rest.len(), |n| n + 1);
            (at + 1..at + close, (at + close + 1).min(text.len()))
        } else {
            let len = rest
                .iter()
                .position(|b| matches!(b, b',' | b';' | b':'))
                .unwrap_or(rest.len());
            (at..at + len, at + len)
        };
        params.push(Param {
            name: name.clone(),
            value,
        });
        if text.get(end) != Some(&b',') {
            return end;
        }
        at = end + 1;
    }
}

/// A stretch of a value's text and where it is written.
#[derive(Debug, Clone)]
struct Piece {
    text: usize,
    raw: Range<usize>,
    same: bool,
}

/// The text of a value, with the way back.
#[derive(Debug, Default)]
pub(super) struct Value {
    /// The text.
    pub(super) text: String,
    pieces: Vec<Piece>,
    whole: Option<(Range<usize>, Encoding)>,
}

impl Value {
    /// Of a stretch of a line that is written plainly: folds taken out, escapes resolved.
    pub(super) fn plain(line: &[u8], range: Range<usize>) -> Self {
        let raw = line.get(range.clone()).unwrap_or_default();
        let mut out = Self::default();
        let (mut at, mut from) = (0, 0);
        let put = |out: &mut Self, from: usize, to: usize, text: Option<&str>| {
            let raw_range = range.start + from..range.start + to;
            let same = text.is_none();
            let part = raw.get(from..to).unwrap_or_default();
            let text = text.map_or_else(|| String::from_utf8_lossy(part), Into::into);
            if !text.is_empty() {
                out.pieces.push(Piece {
                    text: out.text.len(),
                    same: same && text.len() == part.len(),
                    raw: raw_range,
                });
                out.text.push_str(&text);
            }
        };
        while let Some(&b) = raw.get(at) {
            let (len, text) = match (b, raw.get(at + 1)) {
                (b'\r', Some(b'\n')) => (3, ""),
                (b'\n', _) => (2, ""),
                (b'\\', Some(b'n' | b'N')) => (2, "\n"),
                (b'\\', Some(b',')) => (2, ","),
                (b'\\', Some(b';')) => (2, ";"),
                (b'\\', Some(b':')) => (2, ":"),
                (b'\\', Some(b'\\')) => (2, "\\"),
                _ => {
                    at += 1;
                    continue;
                }
            };
            put(&mut out, from, at, None);
            let end = (at + len).min(raw.len());
            if !text.is_empty() {
                put(&mut out, at, end, Some(text));
            }
            at = end;
            from = end;
        }
        put(&mut out, from, raw.len(), None);
        out
    }

    /// Of a value in quoted-printable.
    pub(super) fn quoted(line: &[u8], content: &Line) -> Self {
        let raw = line.get(content.value.clone()).unwrap_or_default();
        let bytes = quoted(&unfolded(raw));
        let encoding = decide(&Samples::new(&bytes, true), content.charset).encoding;
        let (mut text, mut bad) = (Vec::new(), 0);
        Codec::new(encoding).decode(&bytes, true, &mut text, &mut bad);
        Self {
            text: String::from_utf8_lossy(&text).into_owned(),
            pieces: Vec::new(),
            whole: Some((content.value.clone(), encoding)),
        }
    }

    /// Several values after one another, parted by `between`.
    pub(super) fn joined(parts: Vec<Self>, between: &str) -> Self {
        let mut out = Self::default();
        for part in parts {
            if part.text.trim().is_empty() {
                continue;
            }
            if !out.text.is_empty() {
                out.text.push_str(between);
            }
            let shift = out.text.len();
            out.text.push_str(&part.text);
            out.pieces.extend(part.pieces.into_iter().map(|p| Piece {
                text: p.text + shift,
                ..p
            }));
        }
        out
    }

    /// Edits of the text as edits of the line, in no order.
    pub(super) fn edits(
        &self,
        edits: &[(Range<usize>, String)],
        eol: &str,
    ) -> Vec<(Range<usize>, String)> {
        let mut out = Vec::new();
        if let Some((whole, encoding)) = &self.whole {
            if !edits.is_empty() {
                let new = replaced(&self.text, edits);
                let bytes = Codec::new(*encoding).encode(&new);
                // Line ends inside are written as escapes: no line of the value ends but softly.
                let mut coded = String::new();
                for (i, part) in bytes.split(|&b| b == b'\n').enumerate() {
                    if i > 0 {
                        coded.push_str("=0A");
                    }
                    let part = to_quoted(part, eol.as_bytes());
                    coded.push_str(&String::from_utf8_lossy(&part));
                }
                out.push((whole.clone(), coded));
            }
            return out;
        }
        for (span, with) in edits {
            let touched: Vec<(Range<usize>, Range<usize>)> = self.touched(span);
            let chars: usize = touched
                .iter()
                .map(|(text, _)| self.text.get(text.clone()).map_or(0, |t| t.chars().count()))
                .sum();
            let spread = touched.len() > 1 && with.chars().count() == chars;
            let mut rest = with.chars();
            for (i, (text, raw)) in touched.into_iter().enumerate() {
                let n = self.text.get(text).map_or(0, |t| t.chars().count());
                let part: String = if spread {
                    rest.by_ref().take(n).collect()
                } else if i == 0 {
                    with.clone()
                } else {
                    String::new()
                };
                out.push((raw, escaped(&part)));
            }
        }
        out
    }

    /// The stretches of text and line that a range of text lies in.
    fn touched(&self, span: &Range<usize>) -> Vec<(Range<usize>, Range<usize>)> {
        let mut out = Vec::new();
        for (i, piece) in self.pieces.iter().enumerate() {
            let end = self.pieces.get(i + 1).map_or(self.text.len(), |n| n.text);
            let end = if piece.same {
                piece.text + piece.raw.len()
            } else {
                end
            };
            let text = span.start.max(piece.text)..span.end.min(end);
            if text.is_empty() {
                continue;
            }
            let raw = if piece.same {
                piece.raw.start + (text.start - piece.text)
                    ..piece.raw.start + (text.end - piece.text)
            } else {
                piece.raw.clone()
            };
            out.push((text, raw));
        }
        out
    }
}

/// A value without its folds.
pub(super) fn unfolded(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(n) = memchr::memchr(b'\n', rest) {
        let line = rest.get(..n).unwrap_or_default();
        let bare = line.strip_suffix(b"\r").unwrap_or(line);
        rest = rest.get(n + 1..).unwrap_or_default();
        if bare.last() == Some(&b'=') {
            // A soft break of quoted-printable.
            out.extend_from_slice(line);
            out.push(b'\n');
        } else {
            out.extend_from_slice(bare);
            if matches!(rest.first(), Some(b' ' | b'\t')) {
                rest = rest.get(1..).unwrap_or_default();
            }
        }
    }
    out.extend_from_slice(rest);
    out
}

/// The file that a value in Base64 is.
pub(super) fn file(raw: &[u8]) -> Vec<u8> {
    base64(raw).bytes
}

/// A file as a folded value.
pub(super) fn to_file(bytes: &[u8], eol: &str) -> String {
    let between = format!("{eol} ");
    String::from_utf8_lossy(&to_base64(bytes, 72, between.as_bytes())).into_owned()
}

fn replaced(text: &str, edits: &[(Range<usize>, String)]) -> String {
    let mut out = String::new();
    let mut at = 0;
    for (range, with) in edits {
        out.push_str(text.get(at..range.start).unwrap_or_default());
        out.push_str(with);
        at = range.end.max(at);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// Text as it is written in a value.
fn escaped(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\r' => ' ',
            ',' | ';' | '\\' | '"' => '_',
            c => c,
        })
        .collect()
}
