//! JSON (RFC 8259) and JSON Lines.
//!
//! Values become cells of one table: the column is the name of the field (arrays hand theirs down), the
//! row the number of objects that stand in arrays or at the top so far, so that an array of objects is a
//! table. Field names are read once each; keys that are data (numbers, addresses) are cells of a second
//! table. Where the text is not JSON it is read as plain text up to the end of the line, and from then on
//! when that happens again and again. Text is UTF-8, everything else is decoded first.

mod cells;
mod keys;
mod lex;

use super::{
    Cx, Format, FormatError, Output, Probe, Source, blocks,
    encoding::readable_head,
    feed::{Feed, HALO},
    text::{self, undeclared},
};
use crate::model::{CellAt, CellKind, FormatId, Headers, Table};
use cells::give;
use keys::{Key, Keys};
use lex::{Stop, Token};
use std::ops::Range;

/// Bytes of a block.
const BLOCK: usize = 1 << 20;
/// Deepest nesting; deeper is read as text.
const DEPTH: usize = 512;
/// Places that are not JSON before the rest is read as text.
const FAULTS: u32 = 16;

/// JSON and JSON Lines.
#[derive(Debug, Clone, Copy)]
pub struct Json;

impl Format for Json {
    fn id(&self) -> FormatId {
        "json"
    }

    fn probe(&self, head: &[u8], name: &[u8]) -> Probe {
        let Some(text) = readable_head(head) else {
            return Probe::No;
        };
        let lower = name.to_ascii_lowercase();
        let named = [b".json".as_slice(), b".jsonl", b".ndjson", b".geojson"]
            .iter()
            .any(|e| lower.ends_with(e));
        let start = lex::skip_blanks(&text, 0);
        match text.get(start) {
            Some(b'{' | b'[') => {}
            Some(_) if named => return Probe::Name,
            _ => return Probe::No,
        }
        // A few tokens in their order: `[` begins many a log line, `{` much code.
        let mut reader = Reader::new();
        let (mut at, mut fields) = (start, 0);
        loop {
            match lex::token(&text, at, false) {
                Ok((token, next)) => {
                    if reader.accepts(token).is_none() {
                        break;
                    }
                    fields += usize::from(reader.wants == Wants::Colon);
                    reader.shape(token);
                    at = lex::skip_blanks(&text, next);
                    if reader.stack.is_empty() {
                        return Probe::Bytes;
                    }
                }
                Err(Stop::Short(_)) if at > start + 1 => return Probe::Bytes,
                Err(_) => break,
            }
        }
        if named || fields >= 8 {
            Probe::Name
        } else {
            Probe::No
        }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let mut feed = Feed::open(source, out.map(|o| o as _), false, undeclared, cx)?;
        let mut reader = Reader::new();
        while reader.block(&mut feed, cx)? {}
        feed.finish(cx)
    }
}

/// What the grammar allows next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wants {
    Value,
    /// A value or `]`.
    First,
    Key,
    /// A key or `}`.
    FirstKey,
    Colon,
    /// `,` or the closing bracket.
    Comma,
}

/// An open bracket: whether of an object, and the column that its values have by default.
#[derive(Debug, Clone, Copy)]
struct Frame {
    object: bool,
    /// Column handed down to the bracket.
    outer: u32,
    /// Column of the next value.
    column: u32,
}

#[derive(Debug)]
struct Reader {
    stack: Vec<Frame>,
    wants: Wants,
    keys: Keys,
    row: u64,
    line: u64,
    faults: u32,
    first: bool,
    first_key: bool,
    block: Block,
}

/// What was seen of a block, offsets in the window.
#[derive(Debug, Default)]
struct Block {
    first_row: u64,
    cells: Vec<CellAt>,
    escaped: bool,
    /// Names of fields that are written anew: bytes and column.
    names: Vec<(usize, usize, u32)>,
    /// Keys that are data, with their rows.
    data: Vec<(usize, usize, u64)>,
}

/// How reading a block ended.
enum Ended {
    /// All up to here was read.
    At(usize),
    /// A token starts here that is longer than the window.
    Long(usize),
    /// Not JSON from here.
    Bad(usize),
}

impl Reader {
    fn new() -> Self {
        Self {
            stack: Vec::new(),
            wants: Wants::Value,
            keys: Keys::new(),
            row: 0,
            line: 1,
            faults: 0,
            first: true,
            first_key: true,
            block: Block::default(),
        }
    }

    /// Whether the grammar allows this token now.
    fn accepts(&self, token: Token) -> Option<()> {
        let object = self.stack.last().map(|f| f.object);
        let fine = match (self.wants, token) {
            (Wants::Value | Wants::First, Token::Mark(b'{' | b'[')) => self.stack.len() < DEPTH,
            (
                Wants::Value | Wants::First,
                Token::Text { .. } | Token::Number { .. } | Token::Literal,
            )
            | (Wants::First, Token::Mark(b']'))
            | (Wants::FirstKey, Token::Mark(b'}') | Token::Text { .. })
            | (Wants::Key, Token::Text { .. })
            | (Wants::Colon, Token::Mark(b':')) => true,
            (Wants::Comma, Token::Mark(b',')) => object.is_some(),
            (Wants::Comma, Token::Mark(b'}')) => object == Some(true),
            (Wants::Comma, Token::Mark(b']')) => object == Some(false),
            _ => false,
        };
        fine.then_some(())
    }

    /// Follows the nesting.
    fn shape(&mut self, token: Token) {
        match token {
            Token::Mark(open @ (b'{' | b'[')) => {
                let (outer, in_array) = self
                    .stack
                    .last()
                    .map_or((1, true), |f| (f.column, !f.object));
                if in_array && (open == b'{' || !self.stack.is_empty()) {
                    self.row += 1;
                }
                self.stack.push(Frame {
                    object: open == b'{',
                    outer,
                    column: outer,
                });
                self.wants = if open == b'{' {
                    Wants::FirstKey
                } else {
                    Wants::First
                };
            }
            Token::Mark(b'}' | b']') => {
                self.stack.pop();
                self.after_value();
            }
            Token::Mark(b',') => {
                self.wants = match self.stack.last() {
                    Some(f) if f.object => Wants::Key,
                    _ => Wants::Value,
                }
            }
            Token::Mark(_) => self.wants = Wants::Value,
            Token::Text { .. } if matches!(self.wants, Wants::Key | Wants::FirstKey) => {
                self.wants = Wants::Colon;
            }
            _ => self.after_value(),
        }
    }

    fn after_value(&mut self) {
        self.wants = if self.stack.is_empty() {
            Wants::Value
        } else {
            Wants::Comma
        };
    }

    /// Reads one block and writes it; false at the end.
    fn block(&mut self, feed: &mut Feed<'_>, cx: &mut Cx<'_>) -> Result<bool, FormatError> {
        feed.fill(BLOCK + 1, cx)?;
        let window = feed.window();
        if window.is_empty() {
            return Ok(false);
        }
        self.block.first_row = self.row.max(1);
        let (window, last) = (window, window.len() <= BLOCK);
        let ended = self.tokens(window, last, cx);
        self.hand_on(feed, cx);
        match ended {
            Ended::At(end) => self.consume(feed, end, cx)?,
            Ended::Long(start) => self.long(feed, start, cx)?,
            Ended::Bad(start) => self.fault(feed, start, cx)?,
        }
        Ok(true)
    }

    fn consume(
        &mut self,
        feed: &mut Feed<'_>,
        n: usize,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        self.line += blocks::count_lines(feed.window().get(..n).unwrap_or_default());
        feed.consume(n, cx)
    }

    fn tokens(&mut self, window: &[u8], last: bool, cx: &mut Cx<'_>) -> Ended {
        let mut at = 0;
        loop {
            at = lex::skip_blanks(window, at);
            if at >= BLOCK || at == window.len() {
                return Ended::At(at);
            }
            let (token, next) = match lex::token(window, at, last) {
                Ok(t) => t,
                Err(Stop::Short(_)) if last => return Ended::Bad(at),
                Err(Stop::Short(_)) if at > 0 => return Ended::At(at),
                Err(Stop::Short(_)) => return Ended::Long(at),
                Err(Stop::Bad(_)) => return Ended::Bad(at),
            };
            if self.accepts(token).is_none() {
                return Ended::Bad(at);
            }
            match token {
                Token::Text {
                    start,
                    end,
                    escaped,
                } => {
                    if matches!(self.wants, Wants::Key | Wants::FirstKey) {
                        self.key(window, start..end, escaped, cx);
                    } else {
                        self.block.escaped |= escaped;
                        self.cell(start..end, CellKind::Text);
                    }
                }
                Token::Number { start, end } => {
                    let text = window.get(start..end).unwrap_or_default();
                    let power = text.iter().any(|b| matches!(b, b'e' | b'E'));
                    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
                    let kind = match (power, digits >= 16) {
                        (true, true) => CellKind::Rounded,
                        (false, true) => CellKind::Text,
                        _ => CellKind::Number,
                    };
                    self.cell(start..end, kind);
                }
                _ => {}
            }
            self.shape(token);
            at = next;
        }
    }

    fn cell(&mut self, range: Range<usize>, kind: CellKind) {
        let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let row = self.row.max(1) - self.block.first_row;
        self.block.cells.push(CellAt {
            row: u32::try_from(row).unwrap_or(u32::MAX),
            column: self.stack.last().map_or(1, |f| f.column),
            start: place(range.start),
            end: place(range.end),
            kind,
        });
    }

    fn key(&mut self, window: &[u8], range: Range<usize>, escaped: bool, cx: &mut Cx<'_>) {
        let raw = window.get(range.clone()).unwrap_or_default();
        let mut plain = Vec::new();
        if escaped {
            lex::unescape(raw, &mut plain);
        }
        let name = if escaped { &plain } else { raw };
        let column = match self.keys.find(name) {
            Key::Known(column) => Some(column),
            Key::Data => None,
            Key::New => {
                let name = String::from_utf8_lossy(name).into_owned();
                let edits = cx.string(&[], &name, None);
                let renamed = (!edits.is_empty()).then(|| {
                    let (mut new, mut at) = (String::new(), 0);
                    for e in edits {
                        new.push_str(name.get(at..e.span.start()).unwrap_or_default());
                        new.push_str(&e.with);
                        at = e.span.end();
                    }
                    new.push_str(name.get(at..).unwrap_or_default());
                    lex::escape(&new)
                });
                Some(self.keys.add(&name, renamed))
            }
        };
        match column {
            None => self
                .block
                .data
                .push((range.start, range.end, self.row.max(1))),
            Some(column) if self.keys.renamed(column).is_some() => {
                self.block.names.push((range.start, range.end, column));
            }
            _ => {}
        }
        if let Some(frame) = self.stack.last_mut() {
            frame.column = column.unwrap_or(frame.outer);
        }
    }

    /// Hands the cells of a block on and takes the edits.
    fn hand_on(&mut self, feed: &mut Feed<'_>, cx: &mut Cx<'_>) {
        let mut block = std::mem::take(&mut self.block);
        let window = feed.window();
        let base = feed.is_raw().then(|| feed.at());
        let mut edits: Vec<(usize, usize, String)> = Vec::new();
        if !block.cells.is_empty() {
            let table = Table {
                id: 0,
                first: std::mem::take(&mut self.first),
                headers: Headers::Known(self.keys.names()),
            };
            let row = block.first_row;
            give(
                window,
                &block.cells,
                block.escaped,
                table,
                row,
                base,
                cx,
                &mut edits,
            );
        }
        if let Some(&(.., row)) = block.data.first() {
            let cells: Vec<CellAt> = block
                .data
                .iter()
                .map(|&(start, end, at)| CellAt {
                    row: u32::try_from(at - row).unwrap_or(u32::MAX),
                    column: 1,
                    start: u32::try_from(start).unwrap_or(u32::MAX),
                    end: u32::try_from(end).unwrap_or(u32::MAX),
                    kind: CellKind::Key,
                })
                .collect();
            let table = Table {
                id: 1,
                first: std::mem::take(&mut self.first_key),
                headers: Headers::Known(&[]),
            };
            give(window, &cells, true, table, row, base, cx, &mut edits);
        }
        for (start, end, column) in block.names.drain(..) {
            if let Some(name) = self.keys.renamed(column) {
                edits.push((start, end, name.to_owned()));
            }
        }
        edits.sort();
        for (start, end, with) in edits {
            feed.edit(start, end, &with);
        }
        block.cells.clear();
        block.data.clear();
        block.escaped = false;
        self.block = block;
    }

    /// A string that is longer than the window: read as text, piece by piece.
    fn long(
        &mut self,
        feed: &mut Feed<'_>,
        start: usize,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        if feed.window().get(start) != Some(&b'"') {
            return self.fault(feed, start, cx);
        }
        self.consume(feed, start + 1, cx)?;
        loop {
            feed.fill(BLOCK + HALO, cx)?;
            let window = feed.window();
            let seen = window.get(..BLOCK).unwrap_or(window);
            let mut end = None;
            let mut at = 0;
            while let Some(rest) = seen.get(at..) {
                match memchr::memchr3(b'"', b'\\', b'\n', rest) {
                    Some(n) if rest.get(n) == Some(&b'\\') => at += n + 2,
                    Some(n) => {
                        end = Some(at + n);
                        break;
                    }
                    None => break,
                }
            }
            match end {
                Some(end) if seen.get(end) == Some(&b'"') => {
                    self.text(feed, end, cx);
                    self.consume(feed, end + 1, cx)?;
                    let token = Token::Text {
                        start: 0,
                        end,
                        escaped: false,
                    };
                    if self.wants != Wants::Colon {
                        self.shape(token);
                    }
                    return Ok(());
                }
                Some(end) => return self.fault(feed, end, cx),
                None if window.len() <= BLOCK => return self.fault(feed, window.len(), cx),
                None => {
                    let mut cut = seen.len() - blocks::cut(seen);
                    // No escape is cut: back to before the last backslash when it is near.
                    let near = cut.saturating_sub(12);
                    let tail = seen.get(near..cut).unwrap_or_default();
                    if let Some(slash) = memchr::memchr(b'\\', tail) {
                        let run = seen.get(..near + slash).unwrap_or_default();
                        let back = run.iter().rev().take_while(|&&b| b == b'\\').count();
                        cut = near + slash - back;
                    }
                    let cut = if cut == 0 { seen.len() } else { cut };
                    self.text(feed, cut, cx);
                    self.consume(feed, cut, cx)?;
                }
            }
        }
    }

    /// Hands string content at the start of the window on: with what surrounds it when it has no escapes.
    fn text(&mut self, feed: &mut Feed<'_>, end: usize, cx: &mut Cx<'_>) {
        let raw = feed.window().get(..end).unwrap_or_default();
        if memchr::memchr(b'\\', raw).is_none() {
            text::piece_as(feed, end, self.line, cx, &lex::escape);
            return;
        }
        let cells = [CellAt {
            row: 0,
            column: 1,
            start: 0,
            end: u32::try_from(end).unwrap_or(u32::MAX),
            kind: CellKind::Text,
        }];
        let table = Table {
            id: 0,
            first: std::mem::take(&mut self.first),
            headers: Headers::Known(self.keys.names()),
        };
        let mut edits = Vec::new();
        give(
            feed.window(),
            &cells,
            true,
            table,
            self.row.max(1),
            None,
            cx,
            &mut edits,
        );
        for (start, end, with) in edits {
            feed.edit(start, end, &with);
        }
    }

    /// Not JSON: `start` bytes are passed over, the rest of the line is text.
    fn fault(
        &mut self,
        feed: &mut Feed<'_>,
        start: usize,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        self.faults += 1;
        self.stack.clear();
        self.wants = Wants::Value;
        self.consume(feed, start, cx)?;
        if self.faults > FAULTS {
            return text::rest(feed, self.line, cx);
        }
        loop {
            let end = blocks::next_end(feed, HALO, cx)?;
            let window = feed.window().get(..end).unwrap_or_default();
            let line = memchr::memchr(b'\n', window).map(|n| n + 1);
            let end = line.unwrap_or(end);
            text::piece(feed, end, self.line, cx);
            self.consume(feed, end, cx)?;
            if line.is_some() || end == 0 {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
#[allow(
    clippy::format_collect,
    clippy::format_push_string,
    clippy::get_unwrap,
    clippy::needless_pass_by_value,
    reason = "tests build their inputs plainly"
)]
mod tests {
    use super::*;
    use crate::formats::{
        encoding::Encoding,
        trial::{copy, encoded, read},
    };
    use proptest::prelude::*;

    fn shown(text: &str) -> Vec<String> {
        let seen = read(&Json, text.as_bytes());
        let names = seen
            .seen
            .iter()
            .rev()
            .find_map(|s| s.table.clone())
            .map_or(Vec::new(), |t| t.2);
        seen.cells()
            .into_iter()
            .map(|(row, column, text, kind)| {
                let name = names.get(column as usize - 1).cloned().unwrap_or_default();
                format!("{row}.{name}={text}:{kind:?}")
            })
            .collect()
    }

    #[test]
    fn objects_are_rows_and_fields_are_columns() {
        assert_eq!(
            shown(
                r#"{"data":[{"name":"张\u4e09","phone":13800138000,"tags":["a",true]},
                {"phone":"13800138000","card":6226090000000048,"x":{"y":1e20}}],"z":1.2345678901234567e20}"#
            ),
            [
                "2.name=张三:Text",
                "2.phone=13800138000:Number",
                "2.tags=a:Text",
                "3.phone=13800138000:Text",
                "3.card=6226090000000048:Text",
                "3.y=1e20:Number",
                "3.z=1.2345678901234567e20:Rounded",
            ]
        );
    }

    #[test]
    fn keys_are_read_too() {
        let text = r#"{"13800138000":{"说明":"x"},"zhang.san@example.com":1}"#;
        let keys: Vec<_> = read(&Json, text.as_bytes())
            .cells()
            .into_iter()
            .filter(|c| c.3 == CellKind::Key)
            .map(|c| c.2)
            .collect();
        assert_eq!(keys, ["13800138000", "zhang.san@example.com"]);
        assert!(read(&Json, text.as_bytes()).shows("说明"));
        let twice = r#"[{"名字":1,"b":2},{"名字":3}]"#;
        assert_eq!(
            copy(&Json, twice.as_bytes(), &[("名", "*\"")]),
            r#"[{"*\"字":1,"b":2},{"*\"字":3}]"#.as_bytes()
        );
        assert_eq!(
            copy(&Json, text.as_bytes(), &[("13800138000", "138")]),
            text.replace("13800138000", "138").into_bytes()
        );
    }

    #[test]
    fn edits_land_and_are_escaped() {
        for (text, word, with, expected) in [
            (
                r#"["a\u0031\u0033800138000b"]"#,
                "13800138000",
                "*",
                r#"["a*b"]"#,
            ),
            (r#"["\ud83d\ude00x",1]"#, "😀", "\"\n", r#"["\"\nx",1]"#),
            ("[13800138000,1]", "13800138000", "138*", r#"["138*",1]"#),
            (r#"[{"a":-12.50}]"#, "12", "*", r#"[{"a":"-*.50"}]"#),
            ("13900138000", "139", "*", "\"*00138000\""),
            (
                r#"{"s":"{\"p\":\"13800138000\"}"}"#,
                "13800138000",
                "*",
                r#"{"s":"{\"p\":\"*\"}"}"#,
            ),
        ] {
            assert_eq!(
                String::from_utf8(copy(&Json, text.as_bytes(), &[(word, with)])).unwrap(),
                expected
            );
        }
    }

    #[test]
    fn what_is_not_json_is_text() {
        for text in [
            "{\"a\":13800138000,}\n{\"b\":\"x\"}\n",
            "{\"a\":\"x",
            "[1,2\n\"13800138000\n",
            "{\"a\":1}}\n",
            "// comment 13800138000\n{\"a\":1}",
            &"[".repeat(10_000),
            &"x13800138000\n".repeat(50),
        ] {
            let seen = read(&Json, text.as_bytes());
            assert_eq!(
                text.contains("13800138000"),
                seen.shows("13800138000"),
                "{text}"
            );
            let masked = text.replace("138001", "*");
            let out = copy(&Json, text.as_bytes(), &[("138001", "*")]);
            assert_eq!(
                String::from_utf8(out)
                    .unwrap()
                    .replace("\"*38000\",}", "*38000,}"),
                masked.replace("\"*38000\",}", "*38000,}")
            );
        }
        assert_eq!(
            shown("{\"a\":1,}\n{\"b\":\"x\"}").last().unwrap(),
            "2.b=x:Text"
        );
    }

    #[test]
    fn every_encoding() {
        let text = r#"[{"姓名":"张三","电话":"13800138000"}]"#;
        for (encoding, bom) in [
            (Encoding::Utf8, true),
            (Encoding::Gb18030, false),
            (Encoding::Utf16Le, true),
            (Encoding::Utf16Be, false),
        ] {
            let raw = encoded(text, encoding, bom);
            assert_eq!(read(&Json, &raw).cells().len(), 2, "{encoding:?}");
            assert_eq!(
                copy(&Json, &raw, &[("张三", "张某")]),
                encoded(&text.replace("张三", "张某"), encoding, bom)
            );
        }
    }

    #[test]
    fn long_strings_and_long_files() {
        for filler in ["x,13800138000 ", "x\\n13800138000\\\\"] {
            let text = format!(
                "{{\"a\":\"{}\",\"b\":\"13800138000\"}}",
                filler.repeat(300_000)
            );
            let seen = read(&Json, text.as_bytes());
            assert!(seen.seen.iter().all(|s| s.text.len() < 3 << 20));
            assert_eq!(seen.cells().last().unwrap().2, "13800138000");
            let out = copy(&Json, text.as_bytes(), &[("13800138000", "138")]);
            assert!(out == text.replace("13800138000", "138").into_bytes());
        }
        let rows: String = (0..100_000)
            .map(|n| format!("{{\"id\":{n},\"phone\":\"13800138000\"}}\n"))
            .collect();
        let cells = read(&Json, rows.as_bytes()).cells();
        assert!(
            cells
                .chunks(2)
                .enumerate()
                .all(|(i, c)| c[0].0 == i as u64 + 1 && c[1].1 == 3)
        );
        assert_eq!(cells.len(), 200_000);
    }

    #[test]
    fn taken_for_json() {
        for (head, name, expected) in [
            ("{\"a\": [1, 2", "x", Probe::Bytes),
            ("[{\"a\":1}]", "x.txt", Probe::Bytes),
            ("[2024-01-01 10:00:00] INFO x", "x.log", Probe::No),
            ("[INFO] x", "x.log", Probe::No),
            ("{ return 1; }", "x.c", Probe::No),
            ("{a: 1}", "x.json", Probe::Name),
            ("plain", "x.txt", Probe::No),
        ] {
            assert_eq!(
                Json.probe(head.as_bytes(), name.as_bytes()),
                expected,
                "{head}"
            );
        }
    }

    proptest! {
        #[test]
        fn without_edits_nothing_changes(raw in proptest::collection::vec(prop_oneof![Just(b'{'), Just(b'"'), Just(b':'), Just(b','), Just(b'}'), Just(b'\\'), Just(b'1'), any::<u8>()], 0..200)) {
            prop_assert_eq!(copy(&Json, &raw, &[]), raw);
        }

        #[test]
        fn masks_keep_json_whole(texts in proptest::collection::vec("[xy\"\\\n中]{0,6}", 1..6), with in "[*\"\\\n]{0,3}") {
            let raw = serde_json::to_vec(&texts).unwrap();
            let out = copy(&Json, &raw, &[("xy", &with)]);
            let back: Vec<String> = serde_json::from_slice(&out).unwrap();
            let expected: Vec<String> = texts.iter().map(|t| t.replace("xy", &with)).collect();
            prop_assert_eq!(back, expected);
        }
    }
}
