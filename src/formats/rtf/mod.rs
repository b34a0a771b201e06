//! Rich Text Format.
//!
//! Read: the text of the body, headers, footers, notes, annotations and text boxes, joined over
//! formatting, in the code pages of its fonts and in Unicode; tables as cells; tracked changes before and
//! after; then the text of every other destination: field codes, properties, bookmarks, authors, styles,
//! whatever is marked as to be skipped. Packages written as digits (themes, stored data) are members.
//!
//! Written: edits are spliced into the bytes. Pictures are blank ones of the same type and size. Dropped:
//! the data of embedded objects (the picture that shows them is blank) and of themes and stores.
//!
//! Standard: Rich Text Format specification 1.9.1.

mod lex;
pub(in crate::formats) mod story;
#[cfg(test)]
mod tests;

use super::{
    Cx, Format, FormatError, Output, Probe, Source, Splice, Treatment, ooxml::sweep::Whole,
    pictures,
};
use crate::model::{FormatId, GapKind, Name, Step};
use encoding_rs::{Encoding, WINDOWS_1252};
use lex::{Token, Tokens};
use std::collections::HashMap;
use std::ops::Range;
use story::{Change, Story};

/// Rich Text Format.
#[derive(Debug, Clone, Copy)]
pub struct Rtf;

/// The deepest nesting of groups.
const DEPTH: usize = 4096;
/// Bytes between looks at the clock.
const SPELL: usize = 4 << 20;

impl Format for Rtf {
    fn id(&self) -> FormatId {
        "rtf"
    }

    fn probe(&self, head: &[u8], _name: &[u8]) -> Probe {
        let start = head.iter().position(|b| !b.is_ascii_whitespace());
        match start.and_then(|s| head.get(s..)) {
            Some(rest) if rest.starts_with(b"{\\rtf") => Probe::Bytes,
            _ => Probe::No,
        }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let held = source.held(cx.limits.held_bytes)?;
        cx.read(held.len() as u64);
        let mut walk = Walk::new(&held, out.is_some());
        walk.all(cx)?;
        if let Some(out) = out {
            walk.splice.apply(&held, 0, out)?;
        }
        Ok(())
    }
}

/// What the text of a group is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Text of the innermost story.
    Text,
    /// Digits of base 16, or raw bytes: a picture.
    Picture,
    /// The same: an embedded object.
    Object,
    /// The same: a package.
    Package,
    /// The same: what a font or picture is known by, of no meaning to people.
    Mark,
}

/// One open group.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a property of its own that a group hands down or not"
)]
struct Group {
    kind: Kind,
    /// It began a story.
    story: bool,
    /// Characters that stand for a Unicode character where it cannot be shown.
    fallback: usize,
    encoding: &'static Encoding,
    change: Change,
    in_table: bool,
    /// `\*` stood at its start, or nothing yet did.
    skippable: bool,
    fresh: bool,
}

/// One traversal.
struct Walk<'w> {
    bytes: &'w [u8],
    writing: bool,
    groups: Vec<Group>,
    stories: Vec<Story>,
    splice: Splice,
    whole: Whole,
    tables: u32,
    ansi: &'static Encoding,
    fonts: HashMap<i32, &'static Encoding>,
    /// The font that the table of fonts describes now.
    font: Option<i32>,
    /// Fallback characters still to be passed over, and where the Unicode character began.
    skip: usize,
    /// The first of two units of a Unicode character.
    high: Option<(u16, usize)>,
    /// Data written as digits or raw: how many groups are open around it, and where it lies.
    data: Vec<(usize, Range<usize>)>,
}

/// Destinations without `\*` whose text is their own.
const OWN: [&[u8]; 49] = [
    b"fonttbl",
    b"stylesheet",
    b"info",
    b"title",
    b"subject",
    b"author",
    b"manager",
    b"company",
    b"operator",
    b"category",
    b"keywords",
    b"comment",
    b"doccomm",
    b"hlinkbase",
    b"header",
    b"headerl",
    b"headerr",
    b"headerf",
    b"footer",
    b"footerl",
    b"footerr",
    b"footerf",
    b"footnote",
    b"annotation",
    b"fldinst",
    b"object",
    b"objclass",
    b"objname",
    b"shptxt",
    b"sn",
    b"sv",
    b"bkmkstart",
    b"bkmkend",
    b"atnid",
    b"atnauthor",
    b"xe",
    b"tc",
    b"rxe",
    b"txe",
    b"revtbl",
    b"filetbl",
    b"template",
    b"docvar",
    b"propname",
    b"staticval",
    b"linkval",
    b"ffname",
    b"ffdeftext",
    b"colortbl",
];

impl<'w> Walk<'w> {
    fn new(bytes: &'w [u8], writing: bool) -> Self {
        Self {
            bytes,
            writing,
            groups: Vec::new(),
            stories: vec![Story::new(Vec::new(), None)],
            splice: Splice::default(),
            whole: Whole::default(),
            tables: 0,
            ansi: WINDOWS_1252,
            fonts: HashMap::new(),
            font: None,
            skip: 0,
            high: None,
            data: Vec::new(),
        }
    }

    fn group(&self) -> Group {
        self.groups.last().copied().unwrap_or(Group {
            kind: Kind::Text,
            story: false,
            fallback: 1,
            encoding: self.ansi,
            change: Change::None,
            in_table: false,
            skippable: false,
            fresh: false,
        })
    }

    fn set(&mut self, change: impl FnOnce(&mut Group)) {
        if let Some(group) = self.groups.last_mut() {
            change(group);
        }
    }

    fn all(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let mut tokens = Tokens::new(self.bytes);
        let mut spent = 0;
        while let Some((token, start, end)) = tokens.next() {
            if end - spent > SPELL {
                cx.spend((end - spent) as u64)?;
                spent = end;
            }
            self.token(token, start..end, &mut tokens, cx)?;
        }
        cx.spend((self.bytes.len() - spent) as u64)?;
        if !self.groups.is_empty() {
            cx.gap(&[], GapKind::Corrupt, "groups without end");
        }
        while let Some(group) = self.groups.pop() {
            self.end_group(group, cx)?;
        }
        let encoding = self.ansi;
        while let Some(mut story) = self.stories.pop() {
            story.finish(encoding, &self.whole, &mut self.splice, cx);
        }
        Ok(())
    }

    fn token(
        &mut self,
        token: Token<'_>,
        at: Range<usize>,
        tokens: &mut Tokens<'_>,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        match token {
            Token::Line => {}
            Token::Open => {
                self.settle();
                self.skip = 0;
                if self.groups.len() >= DEPTH {
                    return Err(FormatError::Limit("depth of nesting"));
                }
                let group = Group {
                    story: false,
                    skippable: false,
                    fresh: true,
                    ..self.group()
                };
                self.groups.push(group);
            }
            Token::Close => {
                self.settle();
                self.skip = 0;
                if let Some(group) = self.groups.pop() {
                    self.end_group(group, cx)?;
                }
            }
            Token::Word(b"bin", count) => {
                let count = usize::try_from(count.unwrap_or(0)).unwrap_or(0);
                let end = tokens.skip(count);
                self.data.push((self.groups.len(), at.start..end));
            }
            Token::Word(name, number) => self.word(name, number, at, cx),
            Token::Symbol(b'*') => self.set(|g| g.skippable = true),
            Token::Symbol(symbol) => self.symbol(symbol, at),
            Token::Byte(byte) => self.byte(byte, at),
            Token::Text(text) => self.text(text, at.start),
        }
        Ok(())
    }

    /// Ends a character of several bytes that is not complete.
    fn settle(&mut self) {
        let group = self.group();
        if let Some(story) = self.stories.last_mut() {
            story.settle(group.encoding, group.change);
        }
    }

    fn put(&mut self, text: &str, raw: Range<usize>) {
        self.settle();
        let group = self.group();
        if group.kind == Kind::Text
            && let Some(story) = self.stories.last_mut()
        {
            story.push(text, raw, group.change);
        }
    }

    fn text(&mut self, text: &[u8], start: usize) {
        self.set(|g| g.fresh = false);
        let group = self.group();
        if group.kind != Kind::Text {
            self.data
                .push((self.groups.len(), start..start + text.len()));
            return;
        }
        let mut at = 0;
        while at < text.len() {
            let rest = text.get(at..).unwrap_or_default();
            if self.skip > 0 {
                self.skip -= 1;
                at += 1;
                continue;
            }
            let plain = self.is_settled().then(|| {
                let len = rest.iter().take_while(|b| b.is_ascii()).count();
                rest.get(..len).unwrap_or_default()
            });
            match plain.and_then(|p| std::str::from_utf8(p).ok()) {
                Some(plain) if !plain.is_empty() => {
                    self.put(plain, start + at..start + at + plain.len());
                    at += plain.len();
                }
                _ => {
                    if let (Some(&byte), Some(story)) = (rest.first(), self.stories.last_mut()) {
                        let raw = start + at..start + at + 1;
                        story.byte(byte, raw, group.encoding, group.change);
                    }
                    at += 1;
                }
            }
        }
    }

    fn is_settled(&self) -> bool {
        self.stories.last().is_none_or(Story::is_settled)
    }

    fn byte(&mut self, byte: u8, at: Range<usize>) {
        self.set(|g| g.fresh = false);
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        let group = self.group();
        if group.kind == Kind::Text
            && let Some(story) = self.stories.last_mut()
        {
            story.byte(byte, at, group.encoding, group.change);
        }
    }

    fn symbol(&mut self, symbol: u8, at: Range<usize>) {
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        match symbol {
            b'~' => self.put("\u{a0}", at),
            b'_' => self.put("-", at),
            b'\\' => self.put("\\", at),
            b'{' => self.put("{", at),
            b'}' => self.put("}", at),
            b'\r' | b'\n' => self.mark("\n"),
            b'\t' => self.mark("\t"),
            _ => {}
        }
    }

    fn mark(&mut self, with: &str) {
        self.settle();
        if let Some(story) = self.stories.last_mut() {
            story.mark(with);
        }
    }

    fn word(&mut self, name: &[u8], number: Option<i32>, at: Range<usize>, cx: &mut Cx<'_>) {
        if name == b"u" {
            self.unicode(number.unwrap_or(0), at);
            return;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        let fresh = self.group().fresh;
        if fresh && self.destination(name) {
            return;
        }
        self.set(|g| g.fresh = false);
        let on = number != Some(0);
        match name {
            b"par" | b"sect" | b"page" | b"column" => self.end_line(cx),
            b"line" | b"softline" => self.mark("\n"),
            b"tab" => self.mark("\t"),
            b"cell" | b"nestcell" => {
                self.settle();
                let tables = &mut self.tables;
                if let Some(story) = self.stories.last_mut() {
                    story.end_cell(tables);
                }
            }
            b"row" | b"nestrow" => {
                self.settle();
                if let Some(story) = self.stories.last_mut() {
                    story.end_row(&self.whole, &mut self.splice, cx);
                }
            }
            b"intbl" => self.set(|g| g.in_table = true),
            b"pard" => self.set(|g| g.in_table = false),
            b"plain" => self.set(|g| g.change = Change::None),
            b"deleted" => self.change(on, Change::Deleted),
            b"revised" => self.change(on, Change::Inserted),
            b"emdash" => self.put("\u{2014}", at),
            b"endash" => self.put("\u{2013}", at),
            b"lquote" => self.put("\u{2018}", at),
            b"rquote" => self.put("\u{2019}", at),
            b"ldblquote" => self.put("\u{201c}", at),
            b"rdblquote" => self.put("\u{201d}", at),
            b"bullet" => self.put("\u{2022}", at),
            b"emspace" | b"enspace" | b"qmspace" => self.put(" ", at),
            b"uc" => {
                let count = usize::try_from(number.unwrap_or(1)).unwrap_or(1).min(16);
                self.set(|g| g.fallback = count);
            }
            b"ansicpg" => {
                if let Some(encoding) = code_page(number.unwrap_or(0)) {
                    self.ansi = encoding;
                    cx.encoding(encoding.name());
                    for group in &mut self.groups {
                        group.encoding = encoding;
                    }
                }
            }
            _ => self.font(name, number),
        }
    }

    fn change(&mut self, on: bool, to: Change) {
        self.settle();
        self.set(|g| g.change = if on { to } else { Change::None });
    }

    fn end_line(&mut self, cx: &mut Cx<'_>) {
        self.settle();
        let in_table = self.group().in_table;
        let Some(story) = self.stories.last_mut() else {
            return;
        };
        if in_table {
            story.mark("\n");
        } else {
            story.end_line(&self.whole, &mut self.splice, cx);
        }
    }

    /// Fonts and their code pages, in the table of fonts and where they are used.
    fn font(&mut self, name: &[u8], number: Option<i32>) {
        let number = number.unwrap_or(0);
        match name {
            b"f" => {
                self.settle();
                self.font = Some(number);
                let encoding = self.fonts.get(&number).copied().unwrap_or(self.ansi);
                self.set(|g| g.encoding = encoding);
            }
            b"fcharset" | b"cpg" => {
                let encoding = if name == b"cpg" {
                    code_page(number)
                } else {
                    charset(number)
                };
                if let (Some(font), Some(encoding)) = (self.font, encoding)
                    && self.fonts.len() < 1 << 16
                {
                    self.fonts.insert(font, encoding);
                    self.set(|g| g.encoding = encoding);
                }
            }
            _ => {}
        }
    }

    fn unicode(&mut self, number: i32, at: Range<usize>) {
        self.set(|g| g.fresh = false);
        let unit = u16::try_from(number & 0xFFFF).unwrap_or(0);
        let (text, start) = match (self.high.take(), unit) {
            (_, 0xD800..=0xDBFF) => {
                self.high = Some((unit, at.start));
                (String::new(), at.start)
            }
            (Some((high, start)), 0xDC00..=0xDFFF) => {
                (String::from_utf16_lossy(&[high, unit]), start)
            }
            _ => (String::from_utf16_lossy(&[unit]), at.start),
        };
        self.skip = self.group().fallback;
        let end = self.fallback_end(at.end);
        if !text.is_empty() {
            self.put(&text, start..end);
        }
    }

    /// Where the characters end that stand for a Unicode character.
    fn fallback_end(&self, from: usize) -> usize {
        let mut tokens = Tokens::new(self.bytes.get(from..).unwrap_or_default());
        let (mut left, mut end) = (self.skip, from);
        while left > 0 {
            match tokens.next() {
                Some((Token::Byte(_) | Token::Symbol(_), _, to)) => {
                    left -= 1;
                    end = from + to;
                }
                Some((Token::Word(name, _), _, to)) if name != b"u" => {
                    left -= 1;
                    end = from + to;
                }
                Some((Token::Text(text), start, _)) => {
                    let taken = left.min(text.len());
                    left -= taken;
                    end = from + start + taken;
                }
                Some((Token::Line, ..)) => {}
                _ => break,
            }
        }
        end
    }

    /// A control word at the start of a group; false when it is no destination.
    fn destination(&mut self, name: &[u8]) -> bool {
        let skippable = self.group().skippable;
        let kind = match name {
            b"pict" => Kind::Picture,
            b"objdata" => Kind::Object,
            b"datastore" | b"themedata" | b"colorschememapping" => Kind::Package,
            b"blipuid" | b"panose" | b"oldcprops" | b"passwordhash" => Kind::Mark,
            _ => Kind::Text,
        };
        if kind != Kind::Text {
            self.set(|g| {
                g.kind = kind;
                g.fresh = false;
            });
            return true;
        }
        // Objects show a picture or text in a group of their own.
        if matches!(
            name,
            b"shppict" | b"nonshppict" | b"result" | b"fldrslt" | b"shpinst"
        ) {
            self.set(|g| g.fresh = false);
            return true;
        }
        if !skippable && !OWN.contains(&name) {
            return false;
        }
        let label = match name {
            b"author" | b"operator" | b"atnauthor" => Some("author"),
            b"manager" => Some("manager"),
            b"company" => Some("company"),
            _ => None,
        };
        let field = String::from_utf8_lossy(name);
        self.stories
            .push(Story::new(vec![Step::Field(format!("${field}"))], label));
        let ansi = self.ansi;
        self.set(|g| {
            (g.story, g.fresh, g.kind) = (true, false, Kind::Text);
            (g.in_table, g.encoding, g.change) = (false, ansi, Change::None);
        });
        true
    }

    fn end_group(&mut self, group: Group, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        if group.kind != Kind::Text && self.groups.last().is_none_or(|g| g.kind != group.kind) {
            self.end_data(group.kind, cx)?;
        }
        if group.story
            && let Some(mut story) = self.stories.pop()
        {
            story.finish(group.encoding, &self.whole, &mut self.splice, cx);
        }
        Ok(())
    }

    /// Data that was written as digits or raw.
    fn end_data(&mut self, kind: Kind, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let depth = self.groups.len();
        let first = self.data.partition_point(|d| d.0 <= depth);
        let ranges: Vec<Range<usize>> = self.data.drain(first..).map(|d| d.1).collect();
        if kind == Kind::Mark {
            return Ok(());
        }
        let data = binary(self.bytes, &ranges);
        let empty = data.iter().all(|b| *b == 0 || b.is_ascii_whitespace());
        let (gap, treatment, what) = match kind {
            Kind::Picture => (GapKind::Image, cx.limits.unread.pictures, "a picture"),
            Kind::Object => (
                GapKind::Opaque,
                cx.limits.unread.objects,
                "an embedded object",
            ),
            _ => (
                GapKind::Opaque,
                cx.limits.unread.objects,
                "a theme or stored data",
            ),
        };
        let new = match kind {
            Kind::Picture => picture(&data),
            _ => Vec::new(),
        };
        if empty || data == new {
            return Ok(());
        }
        if !self.writing {
            if kind == Kind::Package && data.starts_with(b"PK") {
                return cx.member(&Name::from("package"), &mut Source::slice(&data), None);
            }
            if kind == Kind::Package && data.starts_with(b"<") {
                cx.string(&[], &String::from_utf8_lossy(&data), None);
            } else {
                cx.gap(&[], gap, what);
            }
            return Ok(());
        }
        match treatment {
            Treatment::Withhold => return Err(FormatError::Withheld(gap, what.into())),
            Treatment::Keep => {
                cx.gap(&[], GapKind::Kept, what);
                return Ok(());
            }
            Treatment::Blank => cx.gap(&[], GapKind::Dropped, what),
        }
        let digits: Vec<u8> = new
            .iter()
            .flat_map(|b| format!("{b:02x}").into_bytes())
            .collect();
        for (i, range) in ranges.iter().enumerate() {
            let with: &[u8] = if i == 0 { &digits } else { b"" };
            let with = [b"{}", with].concat();
            let with = if range.start == 0 || i > 0 {
                Vec::new()
            } else {
                with
            };
            self.splice.cut(range.start as u64, range.end as u64, &with);
        }
        Ok(())
    }
}

/// A blank picture. Metafiles stand without their header of place and size in RTF, bitmaps without that
/// of a file: those become nothing.
fn picture(data: &[u8]) -> Vec<u8> {
    let known = data.starts_with(b"\x89PNG")
        || data.starts_with(b"\xff\xd8")
        || (data.starts_with(&[1, 0, 0, 0]) && data.get(40..44) == Some(b" EMF"))
        || data.starts_with(&[1, 0, 9, 0, 0, 3]);
    if known {
        pictures::blank(data)
    } else {
        Vec::new()
    }
}

/// The bytes that ranges of digits stand for; `\bin` is followed by raw ones.
fn binary(bytes: &[u8], ranges: &[Range<usize>]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut half = None;
    for range in ranges {
        let raw = bytes.get(range.clone()).unwrap_or_default();
        if let Some(rest) = raw.strip_prefix(b"\\bin") {
            let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
            let blank = usize::from(rest.get(digits) == Some(&b' '));
            out.extend_from_slice(rest.get(digits + blank..).unwrap_or_default());
            continue;
        }
        for &b in raw {
            let Some(value) = char::from(b)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
            else {
                continue;
            };
            match half.take() {
                None => half = Some(value),
                Some(high) => out.push(high << 4 | value),
            }
        }
    }
    out
}

/// Code pages of Windows.
fn code_page(number: i32) -> Option<&'static Encoding> {
    let label = match number {
        936 | 54936 => "gb18030",
        950 => "big5",
        932 => "shift_jis",
        949 => "euc-kr",
        65001 => "utf-8",
        10000 => "macintosh",
        866 => "ibm866",
        874 => "windows-874",
        1250..=1258 => return Encoding::for_label(format!("windows-{number}").as_bytes()),
        _ => return None,
    };
    Encoding::for_label(label.as_bytes())
}

/// Character sets of fonts (`\fcharset`); `None` for those of the document.
fn charset(number: i32) -> Option<&'static Encoding> {
    code_page(match number {
        134 => 936,
        136 => 950,
        128 => 932,
        129 => 949,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        _ => return None,
    })
}
