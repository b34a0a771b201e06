//! [`Flow`]: the running text of a document, paragraph by paragraph, and its tables as cells.
//!
//! The text of a paragraph is joined over its runs. Tracked changes have two views, the text as it is
//! with all changes accepted and the text before them; both are read, and what is found in either is
//! changed in both. Codes of fields and readings of characters are texts of their own, so that they
//! do not part the text around them. A paragraph inside a paragraph (a text box, a note) is read by
//! itself. The paragraphs of a table's cell are the cell's text.
//!
//! Standard: ECMA-376 part 1, 17 (`WordprocessingML`) and 21.1.2 (`DrawingML` text); ODF 1.3 part 3, 5–7, 9.

use super::{
    chars::{Escapes, Map, cut, decode},
    sweep::{LONG, Whole, hand_on_as},
    tokens::{Attribute, Tag},
};
use crate::formats::{Cx, FormatError, Splice};
use crate::model::{CellAt, CellKind, Edit, Headers, Layout, Step, Table};
use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;

/// Which elements a document is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) enum Dialect {
    /// Word and PowerPoint.
    Office,
    /// `OpenDocument`.
    Open,
}

/// Running text that is handed on at once.
const LINES: usize = 256 << 10;
/// The longest text of one cell, and of one row.
const ROW: usize = 8 << 20;
/// Columns of a table that are told apart.
const COLUMNS: u32 = 1 << 14;

/// A text and where it comes from.
#[derive(Debug, Default, Clone)]
pub(in crate::formats) struct Piece {
    pub(in crate::formats) text: String,
    pub(in crate::formats) map: Map,
}

impl Piece {
    fn push(&mut self, raw: &[u8], at: usize, cdata: bool) {
        let escapes = if cdata { Escapes::None } else { Escapes::Xml };
        decode(raw, at, escapes, &mut self.text, Some(&mut self.map));
    }

    fn append(&mut self, other: &Self) {
        self.map.append(&other.map, self.text.len());
        self.text.push_str(&other.text);
    }

    fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// An open paragraph; or something in one whose direct text is not the paragraph's.
#[derive(Debug, Default)]
struct Paragraph {
    /// Number of open elements around it.
    depth: usize,
    barrier: bool,
    /// The text as it is.
    now: Piece,
    /// The text before tracked changes, from the first change on.
    before: Option<Piece>,
    codes: Piece,
    readings: Piece,
    /// Its end was deleted: the next paragraph follows on.
    runs_on: bool,
    /// What stands there for programs that do not know the form before it: no part of the text around it.
    other: bool,
}

/// What changes in a typed cell when its text does.
#[derive(Debug, Clone, Default)]
pub(in crate::formats) struct Typed {
    /// Cuts: range of bytes, and what is put there.
    pub(in crate::formats) cuts: Vec<((usize, usize), &'static str)>,
    /// The value as text, when what is shown may not show it.
    pub(in crate::formats) view: String,
    /// How the value is stored.
    pub(in crate::formats) kind: CellKind,
    /// Where the bytes lie that are shown.
    shown: Vec<Range<usize>>,
}

impl Typed {
    /// From the tag of a cell, when it has a value of its own. When the cell changes, the value goes,
    /// and the formula with it: the cell becomes text.
    ///
    /// Standard: ODF 1.3 part 3, 19.385 (`office:value-type`) and what follows.
    pub(in crate::formats) fn of(tag: &Tag<'_>) -> Option<Self> {
        if !matches!(tag.name, b"table-cell" | b"covered-table-cell") {
            return None;
        }
        let mut typed = Self::default();
        for attribute in tag.attributes() {
            match attribute.name() {
                b"value-type" => typed.cuts.push((attribute.at, "string")),
                b"value" => {
                    let number = std::str::from_utf8(attribute.value).unwrap_or_default();
                    let (view, kind) = super::sheet::number(number);
                    (typed.view, typed.kind) = (view.unwrap_or_default(), kind);
                    if typed.view.is_empty() && number.len() >= 11 {
                        number.trim().clone_into(&mut typed.view);
                    }
                }
                _ => {}
            }
            if matches!(
                attribute.name(),
                b"value"
                    | b"string-value"
                    | b"date-value"
                    | b"time-value"
                    | b"boolean-value"
                    | b"formula"
            ) {
                typed
                    .cuts
                    .push(((attribute.name_at, attribute.at.1 + 1), ""));
            }
        }
        (!typed.cuts.is_empty()).then_some(typed)
    }

    /// Whether an attribute is read with the cell: a number, and what kind of value it is. Texts and
    /// formulas are read by themselves too.
    pub(in crate::formats) fn covers(attribute: &Attribute<'_>) -> bool {
        matches!(
            attribute.name(),
            b"value" | b"value-type" | b"date-value" | b"time-value" | b"boolean-value"
        )
    }
}

/// An open table.
#[derive(Debug)]
struct Grid {
    depth: usize,
    id: u32,
    at: Vec<Step>,
    first: bool,
    row: u64,
    rows: u64,
    first_row: u64,
    column: u32,
    span: u32,
    piece: Piece,
    cells: Vec<CellAt>,
    typed: Vec<(usize, Typed)>,
    /// Where the open cell begins, and the depth it is at.
    open: Option<(usize, usize)>,
    pending: Option<Typed>,
}

/// See the module's documentation.
#[derive(Debug)]
pub(in crate::formats) struct Flow {
    at: Vec<Step>,
    dialect: Dialect,
    open: Vec<Paragraph>,
    grids: Vec<Grid>,
    lines: Piece,
    /// Number of the first line of `lines`.
    line: u64,
    /// Text of a paragraph before changes, and the like: one a line.
    asides: Piece,
    tables: Rc<Cell<u32>>,
    whole: Whole,
    inserted: u32,
    deleted: u32,
    reading: u32,
    /// Open choices between forms, and whether each had its first.
    choices: Vec<bool>,
}

impl Flow {
    /// For a part at this place; `tables` counts the tables of the whole file.
    pub(in crate::formats) fn new(
        at: Vec<Step>,
        dialect: Dialect,
        tables: Rc<Cell<u32>>,
        whole: Whole,
    ) -> Self {
        Self {
            at,
            dialect,
            open: Vec::new(),
            grids: Vec::new(),
            lines: Piece::default(),
            line: 1,
            asides: Piece::default(),
            tables,
            whole,
            inserted: 0,
            deleted: 0,
            reading: 0,
            choices: Vec::new(),
        }
    }

    /// Reads a start tag: `depth` elements are open around it, the innermost is `parent`. `typed` is
    /// what a cell that begins here holds besides its text.
    ///
    /// # Errors
    /// `Limit` for a table past the bounds.
    pub(in crate::formats) fn open(
        &mut self,
        tag: &Tag<'_>,
        parent: &[u8],
        depth: usize,
        typed: Option<Typed>,
    ) -> Result<(), FormatError> {
        match self.dialect {
            Dialect::Office => self.office(tag, parent),
            Dialect::Open => self.open_document(tag),
        }
        match tag.name {
            b"tbl" | b"table" if self.is_table(tag) && !tag.empty => {
                self.start_table(tag, depth);
            }
            b"tr" | b"table-row" => self.start_row(tag, depth),
            b"tc" | b"table-cell" | b"covered-table-cell" => {
                self.start_cell(tag, depth, typed)?;
            }
            b"Choice" | b"Fallback" if self.is_other(tag) => self.open.push(Paragraph {
                depth,
                other: true,
                ..Paragraph::default()
            }),
            b"p" | b"h" if self.is_paragraph(tag) && !tag.empty => self.open.push(Paragraph {
                depth,
                ..Paragraph::default()
            }),
            b"annotation" | b"note" | b"frame" | b"tracked-changes" | b"forms"
                if self.dialect == Dialect::Open && !tag.empty =>
            {
                self.open.push(Paragraph {
                    depth,
                    barrier: true,
                    ..Paragraph::default()
                });
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether a form begins here that stands beside another one, in a paragraph.
    fn is_other(&mut self, tag: &Tag<'_>) -> bool {
        let Some(had) = self.choices.last_mut() else {
            return false;
        };
        std::mem::replace(had, true)
            && !tag.empty
            && self.dialect == Dialect::Office
            && !self.open.is_empty()
    }

    fn is_table(&self, tag: &Tag<'_>) -> bool {
        match self.dialect {
            Dialect::Office => tag.name == b"tbl",
            Dialect::Open => tag.full == b"table:table",
        }
    }

    fn is_paragraph(&self, tag: &Tag<'_>) -> bool {
        match self.dialect {
            Dialect::Office => tag.full != b"p:p" && tag.name == b"p",
            Dialect::Open => matches!(tag.full, b"text:p" | b"text:h"),
        }
    }

    fn office(&mut self, tag: &Tag<'_>, parent: &[u8]) {
        match tag.name {
            b"ins" | b"moveTo" if !tag.empty => self.inserted += 1,
            b"del" | b"moveFrom" if !tag.empty => self.deleted += 1,
            b"del" | b"moveFrom" if parent == b"rPr" => {
                if let Some(paragraph) = self.open.last_mut() {
                    paragraph.runs_on = true;
                }
            }
            b"rt" if !tag.empty => self.reading += 1,
            b"AlternateContent" if !tag.empty => self.choices.push(false),
            b"br" | b"cr" if parent != b"pPr" => self.break_with("\n"),
            b"tab" | b"ptab" if parent == b"r" => self.break_with("\t"),
            b"noBreakHyphen" if parent == b"r" => self.break_with("-"),
            b"gridSpan" | b"gridBefore" => {
                let n = number(tag, b"val").clamp(1, COLUMNS);
                if let Some(grid) = self.grids.last_mut() {
                    if tag.name == b"gridSpan" {
                        grid.span = n;
                    } else {
                        grid.column += n;
                    }
                }
            }
            _ => {}
        }
    }

    fn open_document(&mut self, tag: &Tag<'_>) {
        match tag.full {
            b"text:s" => {
                let n = usize::try_from(number(tag, b"c").clamp(1, 16)).unwrap_or(1);
                self.break_with(" ".repeat(n).as_str());
            }
            b"text:tab" => self.break_with("\t"),
            b"text:line-break" => self.break_with("\n"),
            b"text:ruby-text" if !tag.empty => self.reading += 1,
            _ => {}
        }
    }

    /// A character that stands for an element.
    fn break_with(&mut self, with: &str) {
        let (inserted, deleted) = (self.inserted > 0, self.deleted > 0);
        let Some(paragraph) = self.open.last_mut().filter(|p| !p.barrier) else {
            return;
        };
        if !deleted {
            paragraph.now.text.push_str(with);
        }
        if let Some(before) = paragraph.before.as_mut().filter(|_| !inserted) {
            before.text.push_str(with);
        }
    }

    /// Takes a text node; false when it is none of a paragraph's.
    pub(in crate::formats) fn text(
        &mut self,
        raw: &[u8],
        at: usize,
        cdata: bool,
        element: &[u8],
    ) -> bool {
        let (inserted, deleted) = (self.inserted > 0, self.deleted > 0);
        let Some(paragraph) = self.open.last_mut() else {
            return false;
        };
        match self.dialect {
            Dialect::Office => match element {
                b"t" | b"delText" => {}
                b"instrText" | b"delInstrText" => {
                    paragraph.codes.push(raw, at, cdata);
                    return true;
                }
                _ => return raw.trim_ascii().is_empty(),
            },
            Dialect::Open if paragraph.barrier => return raw.trim_ascii().is_empty(),
            Dialect::Open => {}
        }
        if self.reading > 0 {
            paragraph.readings.push(raw, at, cdata);
            return true;
        }
        if (inserted || deleted) && paragraph.before.is_none() {
            paragraph.before = Some(paragraph.now.clone());
        }
        if !deleted {
            paragraph.now.push(raw, at, cdata);
        }
        if let Some(before) = paragraph.before.as_mut().filter(|_| !inserted) {
            before.push(raw, at, cdata);
        }
        true
    }

    /// Reads an end tag; `depth` elements are open around the element that ends.
    ///
    /// # Errors
    /// `Limit` for a table past the bounds.
    pub(in crate::formats) fn close(
        &mut self,
        name: &[u8],
        depth: usize,
        splice: &mut Splice,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        if self.dialect == Dialect::Office {
            match name {
                b"ins" | b"moveTo" => self.inserted = self.inserted.saturating_sub(1),
                b"del" | b"moveFrom" => self.deleted = self.deleted.saturating_sub(1),
                b"rt" => self.reading = self.reading.saturating_sub(1),
                b"AlternateContent" => drop(self.choices.pop()),
                _ => {}
            }
        } else if name == b"ruby-text" {
            self.reading = self.reading.saturating_sub(1);
        }
        if self.open.last().is_some_and(|p| p.depth == depth)
            && let Some(paragraph) = self.open.pop()
            && !paragraph.barrier
        {
            self.end_paragraph(&paragraph, splice, cx);
        }
        let Some(grid) = self.grids.last_mut() else {
            return Ok(());
        };
        if grid.open.is_some_and(|(_, d)| d == depth) {
            grid.end_cell()?;
        } else if grid.depth == depth {
            if let Some(mut grid) = self.grids.pop() {
                grid.hand_on(&self.whole, splice, cx);
            }
        } else if grid.depth + 1 >= depth || matches!(name, b"tr" | b"table-row") {
            grid.end_row(name);
            if grid.piece.text.len() >= LONG || grid.cells.len() >= 1 << 16 {
                grid.hand_on(&self.whole, splice, cx);
            }
        }
        Ok(())
    }

    fn end_paragraph(&mut self, paragraph: &Paragraph, splice: &mut Splice, cx: &mut Cx<'_>) {
        let end = if paragraph.runs_on { "" } else { "\n" };
        // What is noted at a cell, or drawn on it, is not its text.
        let aside = self.open.iter().rev().find(|p| p.barrier);
        let aside = aside.map_or(0, |p| p.depth);
        let in_cell = |g: &&mut Grid| g.open.is_some_and(|(_, depth)| depth >= aside);
        let cell = self.grids.last_mut().filter(in_cell);
        let (target, end) = match cell {
            Some(grid) => {
                let start = grid.open.map_or(0, |(start, _)| start);
                if grid.piece.text.len() > start && !paragraph.now.text.is_empty() {
                    grid.piece.text.push('\n');
                }
                (&mut grid.piece, "")
            }
            None if paragraph.other && paragraph.now.is_blank() => return,
            None if paragraph.other => (&mut self.asides, "\n"),
            None => (&mut self.lines, end),
        };
        target.append(&paragraph.now);
        target.text.push_str(end);
        for aside in [
            paragraph.before.as_ref(),
            Some(&paragraph.codes),
            Some(&paragraph.readings),
        ]
        .into_iter()
        .flatten()
        .filter(|a| !a.is_blank())
        {
            self.asides.append(aside);
            self.asides.text.push('\n');
        }
        if self.lines.text.len() >= LINES || self.asides.text.len() >= LINES {
            self.flush(splice, cx);
        }
    }

    fn start_table(&mut self, tag: &Tag<'_>, depth: usize) {
        let id = self.tables.get();
        self.tables.set(id.saturating_add(1));
        let mut at = self.at.clone();
        let name = (self.dialect == Dialect::Open)
            .then(|| tag.attribute(b"name"))
            .flatten()
            .map(|a| super::package::value(&a))
            .filter(|_| self.grids.is_empty());
        match name {
            Some(name) => at.push(Step::Sheet(name)),
            None => at.push(Step::Block(id.saturating_add(1))),
        }
        self.grids.push(Grid {
            depth,
            id,
            at,
            first: true,
            row: 0,
            rows: 1,
            first_row: 1,
            column: 0,
            span: 1,
            piece: Piece::default(),
            cells: Vec::new(),
            typed: Vec::new(),
            open: None,
            pending: None,
        });
    }

    fn start_row(&mut self, tag: &Tag<'_>, depth: usize) {
        let Some(grid) = self.grids.last_mut().filter(|g| g.depth < depth) else {
            return;
        };
        grid.row = grid.row.saturating_add(grid.rows);
        grid.rows = u64::from(number(tag, b"number-rows-repeated").max(1));
        if grid.row == 0 {
            grid.row = 1;
        }
        grid.column = 0;
        if grid.cells.is_empty() {
            grid.first_row = grid.row;
        }
    }

    fn start_cell(
        &mut self,
        tag: &Tag<'_>,
        depth: usize,
        typed: Option<Typed>,
    ) -> Result<(), FormatError> {
        let Some(grid) = self.grids.last_mut().filter(|g| g.depth < depth) else {
            return Ok(());
        };
        grid.column = grid.column.saturating_add(1);
        grid.row = grid.row.max(1);
        grid.span = number(tag, b"number-columns-repeated").max(1);
        grid.pending = typed;
        grid.open = Some((grid.piece.text.len(), depth));
        if tag.empty {
            grid.end_cell()?;
        }
        Ok(())
    }

    /// Hands on what is pending of the running text.
    pub(in crate::formats) fn flush(&mut self, splice: &mut Splice, cx: &mut Cx<'_>) {
        for (piece, numbered) in [(&mut self.lines, true), (&mut self.asides, false)] {
            let piece = std::mem::take(piece);
            if piece.is_blank() {
                continue;
            }
            let layout = if numbered {
                Layout::Lines { first: self.line }
            } else {
                Layout::Whole
            };
            let edits = hand_on_as(cx, &self.at, &piece.text, None, layout);
            self.whole.note_names(&piece.text, &edits);
            for edit in self.whole.add_names(&piece.text, edits) {
                cut(&piece.map.ranges(edit.span.range()), &edit.with, splice);
            }
            if numbered {
                self.line += piece.text.bytes().filter(|&b| b == b'\n').count() as u64;
            }
        }
    }

    /// As [`super::sweep::Sweep::pending`].
    pub(super) fn pending(&self) -> usize {
        let pieces = [&self.lines, &self.asides];
        let paragraphs = self.open.iter().flat_map(|p| {
            [
                Some(&p.now),
                p.before.as_ref(),
                Some(&p.codes),
                Some(&p.readings),
            ]
        });
        let texts = pieces
            .into_iter()
            .chain(paragraphs.flatten())
            .map(|piece| piece.map.first());
        let grids = self.grids.iter().map(Grid::pending);
        texts.chain(grids).min().unwrap_or(usize::MAX)
    }

    /// Ends the part.
    ///
    /// # Errors
    /// Those of closing.
    pub(in crate::formats) fn finish(&mut self, splice: &mut Splice, cx: &mut Cx<'_>) {
        while let Some(paragraph) = self.open.pop() {
            self.end_paragraph(&paragraph, splice, cx);
        }
        while let Some(mut grid) = self.grids.pop() {
            let _ = grid.end_cell();
            grid.hand_on(&self.whole, splice, cx);
        }
        self.flush(splice, cx);
    }
}

impl Grid {
    fn pending(&self) -> usize {
        let typed = self.typed.iter().map(|(_, typed)| typed);
        let cells = typed.chain(&self.pending).flat_map(|typed| {
            let cuts = typed.cuts.iter().map(|((start, _), _)| *start);
            cuts.chain(typed.shown.iter().map(|r| r.start))
        });
        cells
            .min()
            .unwrap_or(usize::MAX)
            .min(self.piece.map.first())
    }

    fn end_cell(&mut self) -> Result<(), FormatError> {
        let Some((start, _)) = self.open.take() else {
            return Ok(());
        };
        let mut typed = self.pending.take();
        if let Some(typed) = &mut typed {
            typed.shown = self.piece.map.ranges(start..self.piece.text.len());
            if !typed.view.is_empty() {
                let shown = self.piece.text.split_off(start);
                self.piece.map.truncate(start);
                self.piece.text.push_str(&typed.view);
                if !is_number_shown(&shown) {
                    self.piece.text.push(' ');
                    self.piece.text.push_str(&shown);
                }
            }
        }
        let end = self.piece.text.len();
        if end - start > ROW {
            return Err(FormatError::Limit("length of one cell"));
        }
        if end > start && self.column <= COLUMNS {
            let kind = typed.as_ref().map_or(CellKind::Text, |t| t.kind);
            if let Some(typed) = typed {
                self.typed.push((self.cells.len(), typed));
            }
            let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            self.cells.push(CellAt {
                row: u32::try_from(self.row - self.first_row).unwrap_or(u32::MAX),
                column: self.column,
                start: small(start),
                end: small(end),
                kind,
            });
        }
        self.piece.text.push('\t');
        self.column = self.column.saturating_add(self.span - 1).min(COLUMNS);
        self.span = 1;
        if self.piece.text.len() > ROW {
            return Err(FormatError::Limit("length of one row"));
        }
        Ok(())
    }

    fn end_row(&mut self, name: &[u8]) {
        if matches!(name, b"tr" | b"table-row") {
            self.piece.text.push('\n');
        }
    }

    fn hand_on(&mut self, whole: &Whole, splice: &mut Splice, cx: &mut Cx<'_>) {
        let piece = std::mem::take(&mut self.piece);
        let cells = std::mem::take(&mut self.cells);
        let typed = std::mem::take(&mut self.typed);
        let first_row = std::mem::replace(&mut self.first_row, self.row + 1);
        if cells.is_empty() {
            return;
        }
        let layout = Layout::Cells {
            table: Table {
                id: self.id,
                first: std::mem::take(&mut self.first),
                headers: Headers::InText,
            },
            first_row,
            cells: &cells,
        };
        let fragment = crate::model::Fragment {
            layout,
            ..crate::model::Fragment::whole(&self.at, &piece.text, None)
        };
        let mut changed: Vec<(usize, String, usize)> = Vec::new();
        let edits = cx.text(&fragment);
        whole.note_names(&piece.text, edits);
        for edit in edits {
            let index = edit.cell.map_or(usize::MAX, |c| c as usize);
            match typed.binary_search_by_key(&index, |t| t.0) {
                Ok(found) => retype(&piece, &cells, index, found, edit, &mut changed),
                Err(_) => cut(&piece.map.ranges(edit.span.range()), &edit.with, splice),
            }
        }
        for (found, mut new, at) in changed {
            let Some((index, typed)) = typed.get(found) else {
                continue;
            };
            let end = cells.get(*index).map_or(at, |c| c.end as usize);
            new.push_str(piece.text.get(at..end).unwrap_or_default());
            for &((start, end), with) in &typed.cuts {
                splice.cut(start as u64, end as u64, with.as_bytes());
            }
            // What is shown of the value changes as a whole.
            for (i, range) in typed.shown.iter().enumerate() {
                let with = if i == 0 { new.as_str() } else { "" };
                cut(std::slice::from_ref(range), with, splice);
            }
        }
    }
}

/// Whether a text is nothing but a number, in any notation.
fn is_number_shown(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_digit() || " ,.'Ee+-%()¥￥$€£\u{a0}".contains(c))
}

/// Puts an edit into the new text of a typed cell: its number, the text so far, how far that goes.
fn retype(
    piece: &Piece,
    cells: &[CellAt],
    index: usize,
    found: usize,
    edit: &Edit,
    changed: &mut Vec<(usize, String, usize)>,
) {
    let start = cells.get(index).map_or(0, |c| c.start as usize);
    if changed.last().is_none_or(|c| c.0 != found) {
        changed.push((found, String::new(), start));
    }
    if let Some((_, text, at)) = changed.last_mut() {
        let between = piece.text.get(*at..edit.span.start()).unwrap_or_default();
        text.push_str(between);
        text.push_str(&edit.with);
        *at = edit.span.end();
    }
}

/// A number in an attribute, 0 when there is none.
fn number(tag: &Tag<'_>, name: &[u8]) -> u32 {
    tag.attribute(name)
        .and_then(|a| std::str::from_utf8(a.value).ok()?.trim().parse().ok())
        .unwrap_or(0)
}
