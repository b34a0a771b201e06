//! HTML, as lenient as browsers are.
//!
//! Three streams of text: what a reader sees (inline markup inside a word does not split it), what stands
//! in tags, comments and scripts, and tables. A table of three rows and columns or with header cells is
//! handed on as cells, any other as lines with tabs. Character references are resolved, `<br>` and block
//! elements separate. What scripts compute and what lies behind addresses is not seen.

use super::{
    Cx, Format, FormatError, Output, Probe, Source,
    blocks::cut,
    encoding::readable_head,
    feed::Feed,
    markup::{BLOCK, HARD, Joined, Lines, Mode, Token, declared, next_in},
};
use crate::model::{CellAt, CellKind, FormatId, Headers, Layout, Table};
use std::ops::Range;

/// HTML.
#[derive(Debug, Clone, Copy)]
pub struct Html;

/// Elements that do not end the text around them.
const INLINE: &[&str] = &[
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em",
    "font", "i", "ins", "kbd", "label", "mark", "nobr", "output", "q", "rp", "rt", "ruby", "s",
    "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
];

impl Format for Html {
    fn id(&self) -> FormatId {
        "html"
    }

    fn probe(&self, head: &[u8], name: &[u8]) -> Probe {
        let Some(text) = readable_head(head) else {
            return Probe::No;
        };
        let start = text
            .iter()
            .position(|b| !b.is_ascii_whitespace() && *b != 0)
            .unwrap_or(0);
        let text = text.get(start..).unwrap_or_default();
        if text.first() == Some(&b'<') {
            let lower = text.to_ascii_lowercase();
            let has = |mark: &[u8]| memchr::memmem::find(&lower, mark).is_some();
            if has(b"<!doctype html") || has(b"<html") || has(b"<body") {
                return Probe::Bytes;
            }
        }
        let name = name.to_ascii_lowercase();
        let named = [b".html".as_slice(), b".htm", b".xhtml", b".shtml"]
            .iter()
            .any(|e| name.ends_with(e));
        if named { Probe::Name } else { Probe::No }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let mut feed = Feed::open(source, out.map(|o| o as _), false, declared, cx)?;
        let mut page = Page::default();
        while page.block(&mut feed, cx)? {}
        feed.finish(cx)
    }
}

/// A table that is being read.
#[derive(Debug, Default)]
struct Grid {
    id: u32,
    /// No `<table>` stands around its rows.
    bare: bool,
    row: u32,
    column: u32,
    widest: u32,
    headers: bool,
    /// Where the open cell's text starts, and its columns.
    open: Option<(usize, u32)>,
    text: Joined,
    cells: Vec<CellAt>,
    first_row: u32,
    first_line: u64,
    /// Whether it is handed on as cells, once that was decided.
    as_cells: Option<bool>,
    /// A block element ended inside the cell.
    broken: bool,
}

#[derive(Debug)]
struct Page {
    seen: Lines,
    aside: Lines,
    tables: Vec<Grid>,
    finished: Vec<Grid>,
    next_table: u32,
    broken: bool,
    /// Inside an element whose content is no markup: its name.
    raw: Option<&'static str>,
    line: u64,
}

impl Default for Page {
    fn default() -> Self {
        Self {
            seen: Lines::default(),
            aside: Lines::default(),
            tables: Vec::new(),
            finished: Vec::new(),
            next_table: 0,
            broken: true,
            raw: None,
            line: 1,
        }
    }
}

/// Most open tables; deeper ones are part of the cell they stand in.
const TABLES: usize = 64;

impl Page {
    /// Reads one block and writes it; false at the end.
    fn block(&mut self, feed: &mut Feed<'_>, cx: &mut Cx<'_>) -> Result<bool, FormatError> {
        feed.fill(HARD + 1, cx)?;
        let window = feed.window();
        if window.is_empty() {
            return Ok(false);
        }
        let (base, last) = (feed.at(), window.len() <= HARD);
        let mut at = 0;
        while at < window.len() && (at < BLOCK || (at < HARD && !self.broken)) {
            if let Some(name) = self.raw {
                let rest = window.get(at..).unwrap_or_default();
                let (n, ended) = match end_of_raw(rest, name) {
                    Some(n) => (n, true),
                    None if last && rest.len() <= BLOCK => (rest.len(), false),
                    None => {
                        let seen = rest.get(..BLOCK).unwrap_or(rest);
                        (seen.len() - cut(seen), false)
                    }
                };
                let text = rest.get(..n).unwrap_or_default();
                self.aside(text, base + at as u64, Mode::Raw);
                at += n;
                if ended {
                    self.raw = None;
                }
                continue;
            }
            let Some((token, end)) = next_in(window, at, last) else {
                break;
            };
            let whole = window.get(at..end).unwrap_or_default();
            self.token(window, &token, base);
            if !matches!(token, Token::Text(_)) {
                self.line += memchr::memchr_iter(b'\n', whole).count() as u64;
            }
            at = end;
        }
        self.hand_on(feed, cx);
        feed.consume(at, cx)?;
        Ok(true)
    }

    fn hand_on(&mut self, feed: &mut Feed<'_>, cx: &mut Cx<'_>) {
        self.seen.hand_on(feed, cx);
        self.aside.hand_on(feed, cx);
        for mut grid in self.finished.drain(..) {
            grid.hand_on(feed, cx);
        }
        for grid in &mut self.tables {
            let (open, column) = (grid.open, grid.column);
            grid.close_cell();
            grid.hand_on(feed, cx);
            if let Some((_, span)) = open {
                grid.open = Some((0, span));
                grid.column = column;
            }
        }
    }

    fn token(&mut self, window: &[u8], token: &Token, base: u64) {
        let bytes = |r: &Range<usize>| window.get(r.clone()).unwrap_or_default();
        let offset = |r: &Range<usize>| base + r.start as u64;
        match token {
            Token::Text(r) => self.text(bytes(r), offset(r), Mode::Text),
            Token::Cdata(r) => self.text_in(bytes(r), offset(r), Mode::Raw),
            Token::Aside(r) => self.aside(bytes(r), offset(r), Mode::Raw),
            Token::Open {
                name,
                inside,
                empty,
            } => {
                let tag = bytes(inside);
                if tag.len() > 2 || name.len() > 10 {
                    let all = name.start..inside.end;
                    self.aside(bytes(&all), offset(&all), Mode::Tag);
                }
                let name = String::from_utf8_lossy(bytes(name)).to_ascii_lowercase();
                self.open(&name, tag, *empty);
            }
            Token::Close { name } => {
                if name.len() > 10 {
                    self.aside(bytes(name), offset(name), Mode::Tag);
                }
                let name = String::from_utf8_lossy(bytes(name)).to_ascii_lowercase();
                self.close(&name);
            }
        }
    }

    fn aside(&mut self, raw: &[u8], at: u64, mode: Mode) {
        self.aside.push(raw, at, mode, self.line, true);
        if self.raw.is_some() {
            self.line += memchr::memchr_iter(b'\n', raw).count() as u64;
        }
    }

    fn text_in(&mut self, raw: &[u8], at: u64, mode: Mode) {
        let line = self.line;
        self.text(raw, at, mode);
        self.line = line;
    }

    fn text(&mut self, raw: &[u8], at: u64, mode: Mode) {
        let blank = raw.iter().all(u8::is_ascii_whitespace);
        let cell = self.tables.last_mut().filter(|g| g.open.is_some());
        if let Some(grid) = cell {
            if !blank || grid.text.len() > grid.open.map_or(0, |o| o.0) {
                if std::mem::take(&mut grid.broken) && !grid.is_cell_empty() {
                    grid.text.separate(b"\n");
                }
                grid.text.push(raw, at, mode);
            }
        } else if !blank || !self.broken {
            let fresh = std::mem::take(&mut self.broken);
            self.seen.push(raw, at, mode, self.line, fresh);
        }
        self.line += memchr::memchr_iter(b'\n', raw).count() as u64;
    }

    fn break_text(&mut self) {
        match self.tables.last_mut().filter(|g| g.open.is_some()) {
            Some(grid) => grid.broken = true,
            None => self.broken = true,
        }
    }

    fn open(&mut self, name: &str, tag: &[u8], empty: bool) {
        if INLINE.contains(&name) {
            return;
        }
        match name {
            "script" | "style" if !empty => {
                self.raw = Some(if name == "script" { "script" } else { "style" });
            }
            "table" if self.tables.len() < TABLES => {
                self.broken = true;
                self.start_table(false);
            }
            "tr" => {
                if self.tables.is_empty() {
                    self.start_table(true);
                }
                let line = self.line;
                if let Some(grid) = self.tables.last_mut() {
                    grid.start_row(line);
                }
            }
            "td" | "th" => {
                if self.tables.is_empty() {
                    self.start_table(true);
                }
                if let Some(grid) = self.tables.last_mut() {
                    grid.start_cell(span_of(tag), name == "th");
                }
            }
            "thead" | "tbody" | "tfoot" | "colgroup" | "col" => {}
            _ => {
                self.leave_bare(false);
                self.break_text();
            }
        }
    }

    fn close(&mut self, name: &str) {
        if INLINE.contains(&name) {
            return;
        }
        match name {
            "table" => {
                if let Some(mut grid) = self.tables.pop() {
                    grid.close_cell();
                    self.finished.push(grid);
                }
                self.broken = true;
            }
            "td" | "th" => {
                if let Some(grid) = self.tables.last_mut() {
                    grid.close_cell();
                }
            }
            "tr" => {
                if let Some(grid) = self.tables.last_mut() {
                    grid.close_cell();
                }
                self.broken = true;
            }
            "body" | "html" => {
                self.leave_bare(true);
                self.break_text();
            }
            _ => self.break_text(),
        }
    }

    fn start_table(&mut self, bare: bool) {
        self.tables.push(Grid {
            id: self.next_table,
            bare,
            first_line: self.line,
            ..Grid::default()
        });
        self.next_table = self.next_table.saturating_add(1);
    }

    /// Rows without a table end where other blocks begin.
    fn leave_bare(&mut self, force: bool) {
        let ends = |g: &mut Grid| g.bare && (force || g.open.is_none());
        if let Some(mut grid) = self.tables.pop_if(ends) {
            grid.close_cell();
            self.finished.push(grid);
        }
    }
}

impl Grid {
    fn is_cell_empty(&self) -> bool {
        self.open.is_none_or(|(start, _)| start == self.text.len())
    }

    fn start_row(&mut self, line: u64) {
        self.close_cell();
        self.row = self.row.saturating_add(1);
        self.column = 0;
        if self.text.is_empty() {
            self.first_row = self.row;
            self.first_line = line;
        } else {
            self.text.separate(b"\n");
        }
    }

    fn start_cell(&mut self, span: u32, header: bool) {
        self.close_cell();
        if self.row == 0 {
            self.row = 1;
            self.first_row = 1;
        }
        if self.column > 0 && !self.text.is_empty() {
            self.text.separate(b"\t");
        }
        self.column = self.column.saturating_add(1);
        self.widest = self.widest.max(self.column);
        self.headers |= header;
        self.open = Some((self.text.len(), span));
        self.broken = false;
    }

    fn close_cell(&mut self) {
        let Some((start, span)) = self.open.take() else {
            return;
        };
        let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.cells.push(CellAt {
            row: self.row.saturating_sub(self.first_row),
            column: self.column.max(1),
            start: place(start),
            end: place(self.text.len()),
            kind: CellKind::Text,
        });
        self.column = self.column.saturating_add(span - 1);
    }

    fn hand_on(&mut self, feed: &mut Feed<'_>, cx: &mut Cx<'_>) {
        if self.text.is_empty() {
            self.cells.clear();
            return;
        }
        let first = self.as_cells.is_none();
        let rows = self.row.saturating_sub(self.first_row) + 1;
        let cells = *self
            .as_cells
            .get_or_insert((rows >= 3 && self.widest >= 3) || (self.headers && rows >= 2));
        if cells {
            let table = Table {
                id: self.id,
                first,
                headers: Headers::InText,
            };
            let row = u64::from(self.first_row.max(1));
            self.text.hand_on_cells(table, row, &self.cells, feed, cx);
        } else {
            let layout = Layout::Lines {
                first: self.first_line,
            };
            self.text.hand_on(layout, None, feed, cx);
        }
        self.text.clear();
        self.cells.clear();
        self.first_row = self.row;
    }
}

/// Where the content of a raw element ends: before `</name`.
fn end_of_raw(text: &[u8], name: &str) -> Option<usize> {
    memchr::memmem::find_iter(text, b"</").find(|&at| {
        text.get(at + 2..at + 2 + name.len())
            .is_some_and(|n| n.eq_ignore_ascii_case(name.as_bytes()))
    })
}

/// Columns of a cell, at most 1,000.
fn span_of(tag: &[u8]) -> u32 {
    let lower = tag.to_ascii_lowercase();
    let digits = memchr::memmem::find(&lower, b"colspan=")
        .and_then(|at| lower.get(at + 8..))
        .map(|rest| {
            rest.iter()
                .skip_while(|b| matches!(b, b'"' | b'\''))
                .take_while(|b| b.is_ascii_digit())
                .take(4)
                .fold(0, |n, b| n * 10 + u32::from(b - b'0'))
        });
    digits.unwrap_or(1).clamp(1, 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{
        encoding::Encoding,
        trial::{copy, encoded, read},
    };
    use proptest::prelude::*;

    #[test]
    fn inline_markup_does_not_split_words() {
        let page = "<p>电话 <b>138</b>0013<i>8000</i>。</p><p>next</p>";
        assert!(read(&Html, page.as_bytes()).shows("电话 13800138000。\tnext"));
        let out = copy(&Html, page.as_bytes(), &[("13800138000", "138****8000")]);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "<p>电话 <b>138</b>****<i>8000</i>。</p><p>next</p>"
        );
        let out = copy(&Html, page.as_bytes(), &[("13800138000", "[<phone>]")]);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "<p>电话 <b>[&lt;phone&gt;]</b><i></i>。</p><p>next</p>"
        );
    }

    #[test]
    fn references_are_resolved_and_replaced() {
        let page = "<p>&#49;&#x33;800138000&nbsp;&copy;</p>";
        assert!(read(&Html, page.as_bytes()).shows("13800138000\u{A0}&copy;"));
        assert_eq!(
            copy(&Html, page.as_bytes(), &[("13800138000", "*")]),
            b"<p>*&nbsp;&copy;</p>"
        );
    }

    #[test]
    fn tags_comments_and_scripts_are_read() {
        let page = "<!-- 13800138000 --><a href=\"tel:13800138000\" title='x'>y</a><script>var p=\"13800138000<b>\";</script><style>.a{}</style>z";
        let seen = read(&Html, page.as_bytes());
        assert_eq!(seen.all_text().matches("13800138000").count(), 3);
        assert!(seen.shows("y") && seen.shows("z"));
        let out = copy(&Html, page.as_bytes(), &[("13800138000", "a\"-->")]);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "<!-- a*-** --><a href=\"tel:a&quot;--&gt;\" title='x'>y</a><script>var p=\"a*-**<b>\";</script><style>.a{}</style>z"
        );
    }

    #[test]
    fn tables_are_cells_when_they_are_tables() {
        let row = |a: &str| {
            format!("<tr><td>{a}</td><td colspan=2>b</td><td><p>x</p><p>y</p></td></tr>\n")
        };
        let page = format!(
            "<p>a</p><table><tr><th>姓名</th><th>n</th><th>m</th><th>电话</th></tr>{}{}</table>tail",
            row("张三"),
            row("李四")
        );
        let seen = read(&Html, page.as_bytes());
        let cells: Vec<_> = seen.cells().into_iter().map(|c| (c.0, c.1, c.2)).collect();
        assert_eq!(cells.len(), 10);
        assert_eq!(cells[4], (2, 1, "张三".into()));
        assert_eq!(cells[6], (2, 4, "x\ny".into()));
        assert!(seen.shows("tail"));
        let small = "<table><tr><td>身份证号</td><td>11010519491231002X</td></tr></table>";
        assert!(read(&Html, small.as_bytes()).shows("身份证号\t11010519491231002X"));
        let bare = "<tr><td>张三</td><td>1</td></tr>\n<p>x</p>";
        assert!(read(&Html, bare.as_bytes()).shows("张三\t1"));
    }

    #[test]
    fn lines_are_those_of_the_file() {
        let page = "<html>\n<body>\n<p>one</p>\n<p>two</p><p>three</p>\n\n<p>six\nseven</p>";
        let seen = read(&Html, page.as_bytes());
        let text = seen
            .seen
            .iter()
            .find(|s| s.text.starts_with(b"one"))
            .unwrap();
        assert_eq!(text.line, Some(3));
        assert_eq!(text.text, b"one\ntwo\tthree\n\nsix\nseven");
    }

    #[test]
    fn every_encoding() {
        for (encoding, bom, declared) in [
            (Encoding::Utf8, true, "utf-8"),
            (Encoding::Gb18030, false, "gb2312"),
            (Encoding::Utf16Le, true, "utf-16"),
            (Encoding::Other(encoding_rs::BIG5), false, "big5"),
        ] {
            let page = format!("<html><meta charset={declared}><p>姓名：王明，電話13800138000</p>");
            let raw = encoded(&page, encoding, bom);
            assert!(read(&Html, &raw).shows("王明"), "{declared}");
            assert_eq!(
                copy(&Html, &raw, &[("王明", "王某")]),
                encoded(&page.replace("王明", "王某"), encoding, bom)
            );
        }
    }

    #[test]
    fn large_pages() {
        let page = "<div><p>13800138000 文</p><table><tr><td>1</td><td>13800138000</td></tr></table></div>\n".repeat(60_000);
        let out = copy(&Html, page.as_bytes(), &[("13800138000", "*")]);
        assert!(out == page.replace("13800138000", "*").into_bytes());
        for page in [
            format!("<script>{}</script>x", "13800138000;".repeat(400_000)),
            format!("<img src=\"{}\">x", "13800138000,".repeat(400_000)),
            "13800138000\n".repeat(400_000),
            format!(
                "<table>{}</table>",
                "<tr><td>13800138000</td><td>2</td><td>3</td></tr>".repeat(90_000)
            ),
        ] {
            let out = copy(&Html, page.as_bytes(), &[("13800138000", "*")]);
            assert!(out == page.replace("13800138000", "*").into_bytes());
        }
    }

    proptest! {
        #[test]
        fn without_edits_nothing_changes(raw in proptest::collection::vec(any::<u8>(), 0..200), text in "(<|>|</|table|tr|td|script|style|p|b|<tr|<td>|</td>|</table>|<script>|=|\"|&#49;| |x|\n|<!--){0,60}") {
            prop_assert_eq!(copy(&Html, &raw, &[]), raw);
            prop_assert_eq!(copy(&Html, text.as_bytes(), &[("x", "x")]), text.into_bytes());
        }

        #[test]
        fn no_text_is_lost(text in "(<|>|</|<table>|<tr>|<td>|</td>|</table>|<script>|<p>|</p>|<b>|=|\"|&| |\n|<!--|-->|<!|\\]\\]>|<!\\[CDATA\\[){0,40}") {
            let text = format!("13800138000{text}13900139000{text}13700137000");
            let seen = read(&Html, text.as_bytes());
            for n in ["13800138000", "13900139000", "13700137000"] {
                prop_assert!(seen.shows(n), "{}", seen.all_text());
            }
        }
    }
}
