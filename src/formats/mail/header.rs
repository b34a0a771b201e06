//! Header fields: where each lies, its text with the way back to the bytes, and edits written into it.
//!
//! Standards: RFC 5322, section 2.2 (fields, folding), RFC 2047 (encoded words).

use super::words::{decoded, guessed, to_words, word};
use crate::formats::{
    Splice,
    encoding::{Codec, Encoding},
};
use std::ops::Range;

/// A header field. Ranges are bytes of the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// Its name; empty for a line that is no field.
    pub(super) name: Range<usize>,
    /// What stands behind the colon, with line ends inside but not the last.
    pub(super) value: Range<usize>,
}

/// Length of the name of a field at the start of a line; `None` when it is no field.
pub(super) fn name_len(line: &[u8]) -> Option<usize> {
    let len = line
        .iter()
        .take(128)
        .take_while(|b| b.is_ascii_graphic() && **b != b':')
        .count();
    let blanks = line
        .get(len..)?
        .iter()
        .take_while(|b| matches!(b, b' ' | b'\t'))
        .count();
    (len > 0 && line.get(len + blanks) == Some(&b':')).then_some(len)
}

/// Length of a line with its end.
pub(super) fn line_len(text: &[u8]) -> usize {
    memchr::memchr(b'\n', text).map_or(text.len(), |n| n + 1)
}

/// A line without its end.
pub(super) fn bare(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The fields at the start of `range`, and where what follows begins: behind the first empty line. Fields
/// must begin at once, otherwise there are none.
pub(super) fn fields(message: &[u8], range: Range<usize>) -> (Vec<Field>, usize) {
    let mut fields: Vec<Field> = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let rest = message.get(at..range.end).unwrap_or_default();
        let len = line_len(rest);
        let line = bare(rest.get(..len).unwrap_or_default());
        if line.is_empty() {
            return (fields, at + len);
        }
        let folded = matches!(line.first(), Some(b' ' | b'\t'));
        if folded && let Some(last) = fields.last_mut() {
            last.value.end = at + line.len();
        } else if let Some(name) = name_len(line) {
            let colon = memchr::memchr(b':', line).unwrap_or(name);
            fields.push(Field {
                name: at..at + name,
                value: at + colon + 1..at + line.len(),
            });
        } else if fields.is_empty() {
            return (fields, at);
        } else {
            fields.push(Field {
                name: at..at,
                value: at..at + line.len(),
            });
        }
        at += len;
    }
    (fields, range.end)
}

/// How a piece of text is written in the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Byte for byte.
    Plain,
    /// Encoded words of one charset.
    Words { encoding: Encoding, q: bool },
    /// Bytes of another charset that are not encoded.
    Raw(Encoding),
}

#[derive(Debug, Clone)]
struct Unit {
    /// Bytes of the text.
    text: Range<usize>,
    /// Bytes of the message.
    raw: Range<usize>,
    kind: Kind,
}

/// The text of a field: unfolded, encoded words decoded.
#[derive(Debug, Default)]
pub(super) struct HeaderText {
    /// The text.
    pub(super) text: String,
    units: Vec<Unit>,
    /// Whether a word is in a charset that is not known.
    pub(super) undecodable: bool,
}

impl HeaderText {
    /// Of the bytes of the message in `range`; `declared` is the charset of the body.
    pub(super) fn read(message: &[u8], range: Range<usize>, declared: Option<Encoding>) -> Self {
        let mut out = Self::default();
        let raw = message.get(range.clone()).unwrap_or_default();
        let mut run: Option<(Encoding, bool, Vec<u8>, Range<usize>)> = None;
        let mut plain = 0..0;
        let mut at = 0;
        while at < raw.len() {
            let here = raw.get(at..).unwrap_or_default();
            let found = here.starts_with(b"=?").then(|| word(here)).flatten();
            if let Some(found) = found {
                let between = raw.get(plain.clone()).unwrap_or_default();
                let place = range.start + at..range.start + at + found.len;
                let Some(encoding) = found.charset else {
                    out.undecodable = true;
                    plain.end = at + found.len;
                    at = plain.end;
                    continue;
                };
                let blank = between.iter().all(u8::is_ascii_whitespace);
                match &mut run {
                    // Blanks between two encoded words are not shown.
                    Some((e, q, bytes, span)) if blank && *e == encoding => {
                        *q &= found.q;
                        bytes.extend_from_slice(&found.bytes);
                        span.end = place.end;
                    }
                    open => {
                        let adjacent = open.is_some() && blank;
                        let done = open.replace((encoding, found.q, found.bytes, place));
                        out.end_run(done);
                        if !adjacent {
                            out.plain(raw, plain.clone(), range.start, declared);
                        }
                    }
                }
                at += found.len;
                plain = at..at;
                continue;
            }
            let step = 1 + memchr::memchr(b'=', here.get(1..).unwrap_or_default())
                .unwrap_or(here.len() - 1);
            plain.end = at + step;
            at = plain.end;
            if run.is_some() {
                let between = raw.get(plain.clone()).unwrap_or_default();
                let blank = between.iter().all(u8::is_ascii_whitespace);
                if !blank {
                    let done = run.take();
                    out.end_run(done);
                }
            }
        }
        out.end_run(run);
        out.plain(raw, plain, range.start, declared);
        out
    }

    fn end_run(&mut self, run: Option<(Encoding, bool, Vec<u8>, Range<usize>)>) {
        let Some((encoding, q, bytes, raw)) = run else {
            return;
        };
        // A charset that is a lie is seen by its bytes: GBK that calls itself GB 2312 is no lie.
        let real = if encoding == Encoding::Utf8 && std::str::from_utf8(&bytes).is_err() {
            guessed(&bytes, None)
        } else {
            encoding
        };
        let text = decoded(&bytes, real);
        self.add(&text, raw, Kind::Words { encoding, q });
    }

    /// Text between encoded words, with its line ends taken out.
    fn plain(&mut self, raw: &[u8], part: Range<usize>, base: usize, declared: Option<Encoding>) {
        let bytes = raw.get(part.clone()).unwrap_or_default();
        let encoding = if bytes.is_ascii() {
            None
        } else {
            Some(guessed(bytes, declared)).filter(|_| std::str::from_utf8(bytes).is_err())
        };
        let mut start = 0;
        while start < bytes.len() {
            let rest = bytes.get(start..).unwrap_or_default();
            let fold = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
            let piece = rest.get(..fold).unwrap_or_default();
            let from = base + part.start + start;
            let raw = from..from + fold;
            match encoding {
                Some(e) if !piece.is_ascii() => self.add(&decoded(piece, e), raw, Kind::Raw(e)),
                _ => self.add(&String::from_utf8_lossy(piece), raw, Kind::Plain),
            }
            start += fold + 1;
        }
    }

    fn add(&mut self, text: &str, raw: Range<usize>, kind: Kind) {
        if text.is_empty() {
            return;
        }
        let start = self.text.len();
        self.text.push_str(text);
        // Bytes that were replaced are written back only as a whole.
        let kind = match kind {
            Kind::Plain if text.len() != raw.len() => Kind::Raw(Encoding::Utf8),
            kind => kind,
        };
        self.units.push(Unit {
            text: start..self.text.len(),
            raw,
            kind,
        });
    }

    /// Writes edits (byte ranges of the text, in any order) into the message by `cut`. Gives how many bytes
    /// it grows by.
    pub(super) fn write(
        &self,
        mut edits: Vec<(Range<usize>, String)>,
        eol: &[u8],
        splice: &mut Splice,
    ) {
        edits.sort_by_key(|(r, _)| (r.start, std::cmp::Reverse(r.end)));
        let mut merged: Vec<(Range<usize>, String)> = Vec::new();
        for (range, with) in edits {
            match merged.last_mut() {
                Some((last, _)) if range.start < last.end => last.end = last.end.max(range.end),
                _ => merged.push((range, with)),
            }
        }
        // Edits that touch the same units are written together.
        let mut from = 0;
        while from < merged.len() {
            let Some(mut units) = merged.get(from).map(|(r, _)| self.touched(r)) else {
                break;
            };
            let mut to = from + 1;
            while let Some((range, _)) = merged.get(to) {
                let next = self.touched(range);
                let shared = next.start < units.end
                    && self
                        .units
                        .get(next.start)
                        .is_some_and(|u| u.kind != Kind::Plain || units.len() > 1);
                if !shared {
                    break;
                }
                units.end = units.end.max(next.end);
                to += 1;
            }
            let group = merged.get(from..to).unwrap_or_default();
            self.write_group(units, group, eol, splice);
            from = to;
        }
    }

    /// Indices of the units that a range of text lies in.
    fn touched(&self, range: &Range<usize>) -> Range<usize> {
        let first = self.units.partition_point(|u| u.text.end <= range.start);
        let end = self.units.partition_point(|u| u.text.start < range.end);
        first..end.max(first)
    }

    fn write_group(
        &self,
        units: Range<usize>,
        edits: &[(Range<usize>, String)],
        eol: &[u8],
        splice: &mut Splice,
    ) {
        let all = self.units.get(units).unwrap_or_default();
        let (Some(first), Some(last)) = (all.first(), all.last()) else {
            return;
        };
        if let ([only], [(range, with)]) = (all, edits)
            && only.kind == Kind::Plain
        {
            let start = only.raw.start + (range.start - only.text.start);
            let end = only.raw.start + (range.end - only.text.start);
            splice.cut(start as u64, end as u64, &plain_bytes(&self.text, with));
            return;
        }
        let mut between = eol.to_vec();
        between.push(b' ');
        let mut out = Vec::new();
        let mut before = Kind::Plain;
        for unit in all {
            let text = self.edited(unit, edits);
            if text.is_empty() {
                continue;
            }
            match unit.kind {
                Kind::Plain => out.extend_from_slice(text.as_bytes()),
                Kind::Raw(e) => out.extend_from_slice(&Codec::new(e).encode(&text)),
                Kind::Words { encoding, q } => {
                    if matches!(before, Kind::Words { .. }) && !out.is_empty() {
                        out.extend_from_slice(&between);
                    }
                    out.extend_from_slice(&to_words(&text, encoding, q, &between));
                }
            }
            before = unit.kind;
        }
        splice.cut(first.raw.start as u64, last.raw.end as u64, &out);
    }

    /// The text of one unit with the edits in it: the first unit that an edit touches takes its text.
    fn edited(&self, unit: &Unit, edits: &[(Range<usize>, String)]) -> String {
        let mut out = String::new();
        let mut at = unit.text.start;
        for (range, with) in edits {
            if range.end <= unit.text.start || range.start >= unit.text.end {
                continue;
            }
            let start = range.start.max(unit.text.start);
            out.push_str(self.text.get(at..start).unwrap_or_default());
            if range.start >= unit.text.start {
                if unit.kind == Kind::Plain {
                    let plain = plain_bytes(&self.text, with);
                    out.push_str(&String::from_utf8_lossy(&plain));
                } else {
                    out.push_str(with);
                }
            }
            at = range.end.min(unit.text.end);
        }
        out.push_str(self.text.get(at..unit.text.end).unwrap_or_default());
        out
    }
}

/// What is put into text that is written byte for byte: line ends never, and letters beyond ASCII only where
/// there are such already.
fn plain_bytes(around: &str, with: &str) -> Vec<u8> {
    with.chars()
        .map(|c| match c {
            '\r' | '\n' => ' ',
            c if !c.is_ascii() && around.is_ascii() => '*',
            c => c,
        })
        .collect::<String>()
        .into_bytes()
}

/// The stretches of an address list: display names (`true`) and what stands between them. Together they are
/// the whole text, in order.
pub(super) fn addresses(text: &str) -> Vec<(Range<usize>, bool)> {
    let mut out: Vec<(Range<usize>, bool)> = Vec::new();
    let mut done = 0;
    let mut start = 0;
    let (mut quoted, mut angle, mut escaped) = (false, false, false);
    let mut comment: Option<usize> = None;
    let mut take = |done: &mut usize, range: Range<usize>| {
        let inner = trimmed(text, range);
        if inner.is_empty() {
            return;
        }
        if *done < inner.start {
            out.push((*done..inner.start, false));
        }
        *done = inner.end;
        out.push((inner, true));
    };
    for (at, c) in text.char_indices() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match c {
            '\\' => escaped = true,
            '"' if comment.is_none() && !angle => quoted = !quoted,
            _ if quoted => {}
            '(' | '（' if !angle => comment = comment.or(Some(at + c.len_utf8())),
            ')' | '）' => {
                // "a@b.c (Name)", an old way of writing.
                if let Some(from) = comment.take()
                    && text.get(start..from).is_some_and(|t| t.contains('@'))
                {
                    take(&mut done, from..at);
                }
            }
            '<' if comment.is_none() => {
                let name = start.max(done)..at;
                let paren = text
                    .get(name.clone())
                    .and_then(|t| t.find(['(', '（', '[', '【', '/', '|']))
                    .filter(|&n| n > 0);
                take(&mut done, name.start..paren.map_or(at, |n| name.start + n));
                angle = true;
            }
            '>' => angle = false,
            ',' | ';' | '，' | '；' if !angle => {
                start = at + c.len_utf8();
                comment = None;
            }
            _ => {}
        }
    }
    if done < text.len() {
        out.push((done..text.len(), false));
    }
    out
}

/// Without blanks, quotes and commas around.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = text.get(range.clone()).unwrap_or_default();
    let strange = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';' | '“' | '”');
    let lead = part.len() - part.trim_start_matches(strange).len();
    let inner = part.trim_matches(strange);
    range.start + lead..range.start + lead + inner.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text_of(raw: &str) -> HeaderText {
        HeaderText::read(raw.as_bytes(), 0..raw.len(), None)
    }

    fn edited(raw: &[u8], find: &str, with: &str) -> String {
        let text = HeaderText::read(raw, 0..raw.len(), None);
        let edits = text
            .text
            .match_indices(find)
            .map(|(at, m)| (at..at + m.len(), with.to_owned()))
            .collect();
        let mut splice = Splice::default();
        text.write(edits, b"\r\n", &mut splice);
        let mut out = Vec::new();
        splice.apply(raw, 0, &mut out).unwrap();
        decoded(&out, guessed(&out, None))
    }

    #[test]
    fn fields_are_found_and_unfolded() {
        let raw = b"From: a\r\nSubject : one\r\n\ttwo\r\nbroken line\r\nX:\r\n\r\nbody";
        let (fields, body) = fields(raw, 0..raw.len());
        assert_eq!(fields.len(), 4);
        assert_eq!(&raw[fields[1].name.clone()], b"Subject");
        assert_eq!(
            HeaderText::read(raw, fields[1].value.clone(), None).text,
            " one\ttwo"
        );
        assert!(fields[2].name.is_empty());
        assert_eq!(&raw[body..], b"body");
        assert_eq!(super::fields(b"no field", 0..8), (Vec::new(), 0));
    }

    #[test]
    fn words_are_joined_over_folds_and_cut_characters() {
        // The three bytes of 张 stand in two words.
        assert_eq!(
            text_of("=?utf-8?B?5bw=?=\r\n =?utf-8?B?oOS4iQ==?= x").text,
            "张三 x"
        );
        assert_eq!(
            text_of("a =?gbk?B?1cU=?= =?utf-8?Q?=E4=B8=89?= b").text,
            "a 张三 b"
        );
        assert_eq!(text_of("=?x-none?Q?a?=").text, "=?x-none?Q?a?=");
        assert_eq!(
            text_of("=?utf-8?Q?=E4=B8=89?= = =?utf-8?Q?=E4=B8=89?=").text,
            "三 = 三"
        );
    }

    #[test]
    fn edits_stay_in_their_words() {
        assert_eq!(edited(b"x 13800138000, y", "13800138000", "*"), "x *, y");
        assert_eq!(
            edited("关于 =?gbk?B?1cXI/Q==?= y".as_bytes(), "张三", "**"),
            "关于 =?GB18030?B?Kio=?= y"
        );
        // A value that folding cuts; no empty line may remain.
        assert_eq!(edited(b"x 138\r\n 00138000", "138 00138000", "*"), "x *");
        assert_eq!(
            edited(
                b"a 138\r\n 001\r\n 38000 b 138 001 38000",
                "138 001 38000",
                "*"
            ),
            "a * b *"
        );
        let gbk = encoding_rs::GB18030
            .encode("主题：张三的开户资料已经收到")
            .0;
        assert_eq!(edited(&gbk, "张三", "张某"), "主题：张某的开户资料已经收到");
        // One value over words of two charsets.
        assert_eq!(
            edited(b"=?gbk?B?1cU=?= =?utf-8?Q?=E4=B8=89?= z", "张三", "**"),
            "=?GB18030?B?Kio=?= z"
        );
    }

    #[test]
    fn display_names_are_told_from_addresses() {
        let names = |text: &str| -> Vec<String> {
            addresses(text)
                .into_iter()
                .filter(|(_, name)| *name)
                .map(|(r, _)| text.get(r).unwrap().to_owned())
                .collect()
        };
        assert_eq!(
            names("张三 <a@b.cn>, \"Lee, Ann\" <c@d.com>; e@f.org"),
            ["张三", "Lee, Ann"]
        );
        assert_eq!(names(" <a@b.cn>"), Vec::<String>::new());
        assert_eq!(names("a@b.cn (张三)"), ["张三"]);
        assert_eq!(names("张三(财务部) <a@b.cn>"), ["张三"]);
        assert_eq!(names("undisclosed-recipients:;"), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn stretches_are_the_whole_text(text in "([a-z张 ]|<|>|\"|,|;|@|\\(|\\)|\\\\){0,40}") {
            let mut at = 0;
            for (range, _) in addresses(&text) {
                prop_assert_eq!(range.start, at);
                prop_assert!(text.get(range.clone()).is_some());
                at = range.end;
            }
            prop_assert_eq!(at, text.len());
        }

        #[test]
        fn without_edits_nothing_changes(raw in proptest::collection::vec(any::<u8>(), 0..120), text in "(=\\?|utf-8|\\?B\\?|\\?=|5byg|\r\n | |=|x){0,20}") {
            for raw in [raw, text.into_bytes()] {
                let read = HeaderText::read(&raw, 0..raw.len(), None);
                let mut splice = Splice::default();
                read.write(Vec::new(), b"\n", &mut splice);
                prop_assert!(splice.is_empty());
                let all = vec![(0..read.text.len(), "*".to_owned())];
                read.write(all, b"\n", &mut splice);
                let mut out = Vec::new();
                splice.apply(&raw, 0, &mut out).unwrap();
            }
        }
    }
}
