//! One traversal of the records of a workbook.
//!
//! Standard: [MS-XLS]; for earlier versions the `OpenOffice` documentation of the Excel file format.

use super::{
    cells::{Cell, Cells, Target, Tools, shown, shown_rk},
    names,
    properties::code_page,
    records::{Cursor, Record, f64_at, next, u16_at, u32_at},
    strings::Strings,
    sweep,
    text::{Joined, Patch},
};
use crate::{
    formats::{
        Cx, FormatError, Treatment,
        encoding::{Codec, Encoding},
    },
    model::{CellKind, GapKind, Step},
};
use std::{collections::HashMap, ops::Range};

/// Records of numbers and switches alone, which hold no text.
fn is_silent(kind: u16) -> bool {
    matches!(
        kind,
        0x000A | 0x000B | 0x000C..=0x0013 | 0x0019..=0x001B | 0x0022 | 0x0026..=0x002B | 0x0033 | 0x0040..=0x0042
            | 0x0055 | 0x005F | 0x0063 | 0x007D | 0x0080..=0x0084 | 0x008C | 0x008D | 0x0092 | 0x009C | 0x00A0 | 0x00A1
            | 0x00BE | 0x00C1 | 0x00D7 | 0x00DA | 0x00DD | 0x00E0..=0x00E2 | 0x00EF | 0x00FF | 0x013D | 0x0160 | 0x0161
            | 0x01AF | 0x01B7 | 0x01BA | 0x01BC | 0x01C0..=0x01C2 | 0x0200 | 0x0201 | 0x0205 | 0x0208 | 0x020B | 0x0225
            | 0x023E | 0x027D | 0x087C | 0x087D | 0x088B | 0x088C | 0x089C
    )
}

/// A formula whose result follows in a record of its own.
struct Pending {
    at: (u32, u32),
    tokens: Range<usize>,
}

/// See the module's documentation.
pub(super) struct Book<'s> {
    raw: &'s [u8],
    eight: bool,
    page: Codec,
    strings: Strings,
    /// Names of sheets by where they begin.
    sheets: HashMap<usize, String>,
    cells: Cells,
    tables: u32,
    depth: u32,
    pending: Option<Pending>,
    pub(super) patches: Vec<Patch>,
    writing: bool,
    macros_go: bool,
    step: Step,
}

impl<'s> Book<'s> {
    /// `macros_go`: the copy goes without the macros.
    pub(super) fn new(raw: &'s [u8], stream: &str, writing: bool, macros_go: bool) -> Self {
        let step = Step::Part(stream.to_owned());
        Self {
            raw,
            eight: true,
            page: Codec::new(Encoding::Gb18030),
            strings: Strings::default(),
            sheets: HashMap::new(),
            cells: Cells::new(vec![step.clone()], 0),
            tables: 0,
            depth: 0,
            pending: None,
            patches: Vec::new(),
            writing,
            macros_go,
            step,
        }
    }

    /// Reads all records.
    ///
    /// # Errors
    /// `Encrypted`; `Limit` and `Timeout`.
    pub(super) fn read(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let mut at = 0;
        let mut count = 0_u64;
        while let Some(record) = next(self.raw, at) {
            at = record.end;
            count += 1;
            if count.is_multiple_of(4096) {
                cx.spend(0)?;
            }
            // Padding behind the last record.
            if record.kind == 0 && record.parts.iter().all(Range::is_empty) {
                continue;
            }
            self.record(&record, cx)?;
        }
        self.flush(cx)?;
        let tail = self.raw.get(at..).unwrap_or_default();
        if tail.iter().any(|b| *b != 0) {
            let at = at..self.raw.len();
            self.sweep(&[at], cx);
            let note = "the records of the workbook end early";
            cx.gap(std::slice::from_ref(&self.step), GapKind::Corrupt, note);
        }
        if self.strings.short {
            let note = "shared strings end early";
            cx.gap(std::slice::from_ref(&self.step), GapKind::Corrupt, note);
        }
        self.rest(cx);
        Ok(())
    }

    fn tools(&self) -> Tools<'_> {
        Tools {
            strings: &self.strings,
            page: self.page,
            eight: self.eight,
        }
    }

    fn flush(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let tools = Tools {
            strings: &self.strings,
            page: self.page,
            eight: self.eight,
        };
        self.cells.flush(&tools, &mut self.patches, cx)
    }

    fn add(
        &mut self,
        at: (u32, u32),
        text: &str,
        kind: CellKind,
        target: Target,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let tools = Tools {
            strings: &self.strings,
            page: self.page,
            eight: self.eight,
        };
        let cell = Cell {
            at,
            text,
            kind,
            target,
        };
        self.cells.add(cell, &tools, &mut self.patches, cx)
    }

    fn body(&self, record: &Record) -> &'s [u8] {
        let range = record.parts.first().cloned().unwrap_or_default();
        self.raw.get(range).unwrap_or_default()
    }

    fn record(&mut self, record: &Record, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let body = self.body(record);
        let start = record.parts.first().map_or(0, |p| p.start);
        match record.kind {
            0x0009 | 0x0209 | 0x0409 | 0x0809 => self.begin(record, body, cx)?,
            0x000A => self.end(cx)?,
            0x002F => return Err(FormatError::Encrypted),
            0x0042 => {
                let page = u16_at(body, 0).and_then(code_page);
                if let Some(page) = page.filter(|p| *p != Encoding::Utf16Le) {
                    self.page = Codec::new(page);
                    cx.encoding(page.name());
                }
            }
            0x0085 => self.sheet(record, cx),
            0x00FC => {
                let mut aside = Joined::default();
                self.strings.read(self.raw, record, &mut aside);
                let step = [self.step.clone()];
                self.string(&aside, &step, None, cx);
            }
            0x00FD => {
                if let (Some(at), Some(index)) = (place(body), u32_at(body, 6)) {
                    let index = index as usize;
                    let text = self.strings.show(index).to_owned();
                    self.add(at, &text, CellKind::Text, Target::Shared(index), cx)?;
                }
            }
            0x0204 | 0x00D6 | 0x0004 => self.label(record, body, cx)?,
            0x0203 | 0x027E => {
                let number = if record.kind == 0x0203 {
                    f64_at(body, 6).map(shown)
                } else {
                    u32_at(body, 6).map(shown_rk)
                };
                if let (Some(at), Some((text, kind))) = (place(body), number) {
                    let target = Target::Record(record.at, record.end - record.at);
                    self.add(at, &text, kind, target, cx)?;
                }
            }
            0x00BD => {
                if let Some((row, column)) = place(body) {
                    let count = body.len().saturating_sub(6) / 6;
                    for (n, i) in (0..count).zip(column..) {
                        let offset = 6 + 6 * n;
                        if let Some((text, kind)) = u32_at(body, offset).map(shown_rk) {
                            let target = Target::Rk(start + offset);
                            self.add((row, i), &text, kind, target, cx)?;
                        }
                    }
                }
            }
            0x0006 | 0x0206 | 0x0406 => self.formula(record, body, start, cx)?,
            0x0207 => self.result(record, cx)?,
            0x0014 | 0x0015 => self.margin(record, cx),
            0x00EB => {
                self.pictures(record, cx)?;
            }
            0x01B6 => self.comment(record, cx),
            // There is a project of macros; one that is dropped is not spoken of.
            0x00D3 | 0x01BD if self.macros_go => self.patches.push(Patch {
                at: record.at,
                with: 0x01C0_u16.to_le_bytes().to_vec(),
            }),
            kind if is_silent(kind) => {}
            _ => self.sweep(&record.parts, cx),
        }
        Ok(())
    }

    fn begin(&mut self, record: &Record, body: &[u8], cx: &mut Cx<'_>) -> Result<(), FormatError> {
        self.depth += 1;
        // Sheets of Excel 5 may call themselves 8: what the stream begins with counts.
        if self.tables == 0 {
            self.eight = record.kind == 0x0809 && u16_at(body, 0) == Some(0x0600);
        }
        self.flush(cx)?;
        let mut at = match self.sheets.get(&record.at) {
            Some(name) => vec![Step::Sheet(name.clone())],
            None if self.depth > 1 => self.cells.at.clone(),
            None => vec![self.step.clone()],
        };
        if self.depth > 1 {
            at.push(Step::Part("chart".into()));
        }
        self.tables += 1;
        self.cells = Cells::new(at, self.tables);
        Ok(())
    }

    fn end(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        self.flush(cx)?;
        self.depth = self.depth.saturating_sub(1);
        if self.depth > 0 {
            // Back in the sheet that a chart stands on.
            let mut at = self.cells.at.clone();
            at.pop();
            self.tables += 1;
            self.cells = Cells::new(at, self.tables);
        }
        Ok(())
    }

    /// A sheet's name and where it begins.
    fn sheet(&mut self, record: &Record, cx: &mut Cx<'_>) {
        let body = self.body(record);
        let mut cursor = Cursor::new(self.raw, &record.parts, 6);
        let mut text = Joined::default();
        let Some(count) = cursor.u8() else { return };
        let count = usize::from(count);
        let read = if self.eight {
            cursor
                .u8()
                .and_then(|flags| cursor.chars(count, flags & 1 != 0, &mut text))
        } else {
            cursor.page(count, self.page, &mut text)
        };
        if let (Some(()), Some(at)) = (read, u32_at(body, 0)) {
            let name = text.text.clone();
            let taken: Vec<String> = self.sheets.values().cloned().collect();
            self.sheets.insert(at as usize, name.clone());
            let steps = [Step::Sheet(name.clone()), Step::Name];
            cx.string(&steps, &name, None);
            if self.writing {
                names::rename(&text, &taken, self.page, cx, &mut self.patches);
            }
        }
    }

    /// A string whose length stands before it in two bytes.
    fn text(&self, record: &Record, skip: usize) -> Option<Joined> {
        let mut cursor = Cursor::new(self.raw, &record.parts, skip);
        let count = usize::from(cursor.u16()?);
        let mut text = Joined::default();
        if self.eight {
            let flags = cursor.u8()?;
            cursor.chars(count, flags & 1 != 0, &mut text)?;
        } else {
            cursor.page(count, self.page, &mut text)?;
        }
        Some(text)
    }

    fn label(&mut self, record: &Record, body: &[u8], cx: &mut Cx<'_>) -> Result<(), FormatError> {
        if let (Some(at), Some(text)) = (place(body), self.text(record, 6)) {
            let shown = text.text.clone();
            return self.add(at, &shown, CellKind::Text, Target::Text(text), cx);
        }
        self.sweep(&record.parts, cx);
        Ok(())
    }

    fn formula(
        &mut self,
        record: &Record,
        body: &[u8],
        start: usize,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let Some(at) = place(body) else { return Ok(()) };
        let tokens = match record.kind {
            0x0006 => 20,
            _ => 16,
        };
        let length = usize::from(u16_at(body, tokens).unwrap_or(0));
        let (from, to) = (tokens + 2, (tokens + 2 + length).min(body.len()));
        let tokens = start + from.min(to)..start + to;
        for text in names::literals(self.raw, &tokens, self.eight, self.page) {
            let mut steps = self.cells.at.clone();
            steps.push(Step::Cell {
                row: u64::from(at.0) + 1,
                column: at.1 + 1,
            });
            self.string(&text, &steps, None, cx);
        }
        names::numbers(self.raw, &tokens, &self.cells.at, &mut self.patches, cx);
        self.pending = None;
        match body.get(6..14) {
            Some(&[0, .., 0xFF, 0xFF]) => self.pending = Some(Pending { at, tokens }),
            Some(&[.., 0xFF, 0xFF]) | None => {}
            Some(_) => {
                if let Some((text, kind)) = f64_at(body, 6).map(shown) {
                    let target = Target::Record(record.at, record.end - record.at);
                    self.add(at, &text, kind, target, cx)?;
                }
            }
        }
        Ok(())
    }

    fn result(&mut self, record: &Record, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let text = self.text(record, 0);
        if let (Some(pending), Some(text)) = (self.pending.take(), text) {
            let shown = text.text.clone();
            let target = Target::Result(text, pending.tokens);
            return self.add(pending.at, &shown, CellKind::Text, target, cx);
        }
        self.sweep(&record.parts, cx);
        Ok(())
    }

    /// A header or footer: the codes in it are blanks to the reader.
    fn margin(&mut self, record: &Record, cx: &mut Cx<'_>) {
        let text = if self.eight {
            self.text(record, 0)
        } else {
            let mut cursor = Cursor::new(self.raw, &record.parts, 0);
            let mut text = Joined::default();
            let count = cursor.u8().map(usize::from);
            count
                .and_then(|n| cursor.page(n, self.page, &mut text))
                .map(|()| text)
        };
        match text {
            Some(mut text) => {
                text.blind(&names::codes(&text.text.clone()));
                let at = self.cells.at.clone();
                self.string(&text, &at, Some("header"), cx);
            }
            None => self.sweep(&record.parts, cx),
        }
    }

    /// The store of pictures, which are not read; the words between them are.
    fn pictures(&mut self, record: &Record, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let found = names::pictures(self.raw, &record.parts);
        let unread = found.iter().filter(|p| !p.blank).count();
        if unread == 0 {
            if found.is_empty() {
                self.sweep(&record.parts, cx);
            }
            return Ok(());
        }
        let at = [self.step.clone()];
        let note = "pictures in the workbook";
        if !self.writing {
            cx.gap(&at, GapKind::Image, note);
            return Ok(());
        }
        match cx.limits.unread.pictures {
            Treatment::Withhold => Err(FormatError::Withheld(GapKind::Image, note.into())),
            Treatment::Keep => {
                cx.gap(&at, GapKind::Kept, note);
                Ok(())
            }
            Treatment::Blank => {
                cx.gap(&at, GapKind::Dropped, note);
                self.patches
                    .extend(found.into_iter().flat_map(|p| p.patches));
                Ok(())
            }
        }
    }

    /// The text of a comment or a text box: in the record that continues it.
    fn comment(&mut self, record: &Record, cx: &mut Cx<'_>) {
        let count = u16_at(self.body(record), 10).map_or(0, usize::from);
        let rest = record.parts.get(1..).unwrap_or_default();
        let mut text = Joined::default();
        let mut cursor = Cursor::new(self.raw, rest, 0);
        let whole = cursor
            .u8()
            .and_then(|flags| cursor.chars(count, flags & 1 != 0, &mut text));
        if count == 0 || (whole.is_none() && text.text.is_empty()) {
            self.sweep(&record.parts, cx);
            return;
        }
        let at = self.cells.at.clone();
        self.string(&text, &at, None, cx);
    }

    /// Hands a text on by itself and takes its changes.
    fn string(&mut self, text: &Joined, at: &[Step], label: Option<&str>, cx: &mut Cx<'_>) {
        if text.text.trim().is_empty() {
            return;
        }
        for edit in cx.string(at, &text.text, label) {
            let (start, end) = (edit.span.start(), edit.span.end());
            text.mask(start, end, &edit.with, self.page, &mut self.patches);
        }
    }

    /// Reads the words of bytes that are not known better.
    fn sweep(&mut self, parts: &[Range<usize>], cx: &mut Cx<'_>) {
        let page = (!self.eight).then_some(self.page);
        let mut text = Joined::default();
        for part in parts {
            let bytes = self.raw.get(part.clone()).unwrap_or_default();
            sweep::words(bytes, part.start, page, &mut text);
        }
        let at = self.cells.at.clone();
        self.string(&text, &at, None, cx);
    }

    /// Strings that no cell shows.
    fn rest(&mut self, cx: &mut Cx<'_>) {
        let mut patches = std::mem::take(&mut self.patches);
        let tools = self.tools();
        let at = [self.step.clone(), Step::Field("$strings".into())];
        for (index, text) in tools.strings.rest() {
            for edit in cx.string(&at, text, None) {
                tools.strings.mask(index, edit, 0, tools.page, &mut patches);
            }
        }
        self.patches = patches;
    }
}

/// Row and column at the start of a cell's record.
fn place(body: &[u8]) -> Option<(u32, u32)> {
    Some((u16_at(body, 0)?.into(), u16_at(body, 2)?.into()))
}
