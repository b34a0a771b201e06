//! One sheet: its rows as blocks of cells, everything else through the sweep.

use super::{
    chars::{Escapes, Map, cut, decode, escape},
    package::{Rare, is_trivial},
    strings::{Phonetic, Strings, item},
    sweep::Sweep,
    tokens::{Tag, Token, Tokens},
    window::Windows,
};
use crate::formats::{Cx, FormatError, Splice, archives::copy::Lazy};
use crate::model::{
    CellAt, CellKind, Charset, Edit, Fragment, GapKind, Headers, Layout, Step, Table, column_number,
};
use std::collections::{BTreeMap, HashSet};
use std::io::Read;

/// Text of a block that is handed on at once.
const BLOCK: usize = 1 << 20;
/// The longest text of one cell.
const CELL: usize = 8 << 20;

/// What reading the sheets has to remember for the whole workbook.
#[derive(Debug, Default)]
pub(super) struct Book {
    /// The shared strings.
    pub(super) strings: Strings,
    /// Whether a formula was taken away.
    pub(super) formula_dropped: bool,
}

/// Where a cell lies in the slice of XML that is read.
struct Place {
    /// The whole element.
    at: (usize, usize),
    /// Its start tag, for the reference and the style.
    tag_end: usize,
    value: Value,
    /// The formula's element, its text, and its shared group.
    formula: Option<Formula>,
}

struct Formula {
    at: (usize, usize),
    text: (usize, usize),
    group: Option<u32>,
}

#[derive(Clone, Copy)]
enum Value {
    /// A shared string.
    Shared(usize),
    /// The inside of `is`.
    Inline(usize, usize),
    /// A value of its own.
    Own,
}

/// One sheet that is being read.
pub(super) struct SheetRun<'s> {
    /// Its name, or its part's.
    step: Step,
    /// Number of its table.
    id: u32,
    first: bool,
    book: &'s mut Book,
    sweep: Sweep,
    rare: Rare,
    in_data: bool,
    row: u64,
    text: String,
    cells: Vec<CellAt>,
    places: Vec<Place>,
    first_row: u64,
    frozen: HashSet<u32>,
    /// Rows whose new texts are wanted, for the names of table columns: (row, column) to text.
    pub(super) heads: BTreeMap<(u64, u32), String>,
    /// Rows in which table columns are named.
    head_rows: HashSet<u64>,
    bad_index: bool,
}

/// The numeric view of a number as stored, when it is one that could be an identifier.
fn number(raw: &str) -> (Option<String>, CellKind) {
    let Ok(v) = raw.trim().parse::<f64>() else {
        return (None, CellKind::Text);
    };
    let size = v.abs();
    if !(size.is_finite()) {
        return (None, CellKind::Text);
    }
    if size.fract() != 0.0 || !(1e10..1e21).contains(&size) {
        return (None, CellKind::Number);
    }
    let kind = if size >= 1e15 {
        CellKind::Rounded
    } else {
        CellKind::Number
    };
    let digits = raw.trim();
    if digits.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        return (None, kind);
    }
    (Some(format!("{v:.0}")), kind)
}

impl<'s> SheetRun<'s> {
    /// For a sheet; `head_rows` are rows that name the columns of tables.
    pub(super) fn new(
        step: Step,
        id: u32,
        book: &'s mut Book,
        sweep: Sweep,
        head_rows: HashSet<u64>,
    ) -> Self {
        Self {
            step,
            id,
            first: true,
            book,
            sweep,
            rare: Rare::default(),
            in_data: false,
            row: 0,
            text: String::new(),
            cells: Vec::new(),
            places: Vec::new(),
            first_row: 1,
            frozen: HashSet::new(),
            heads: BTreeMap::new(),
            head_rows,
            bad_index: false,
        }
    }

    /// Reads the whole part and passes it on to `copy` with its changes.
    ///
    /// # Errors
    /// `Corrupt` for damaged markup, `Limit` for a row past the bounds, `Withheld` for what cannot be
    /// changed, and those of reading and writing.
    pub(super) fn read(
        &mut self,
        reader: &mut dyn Read,
        mut copy: Option<&mut Lazy<'_>>,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let mut windows = Windows::new(reader, b"row>");
        while let Some(window) = windows.next()? {
            let mut splice = Splice::default();
            self.window(window, &mut splice, cx)?;
            self.flush(window, &mut splice, cx)?;
            self.rare.emit(std::slice::from_ref(&self.step), cx)?;
            cx.spend(window.len() as u64)?;
            if let Some(copy) = copy.as_deref_mut() {
                copy.slice(window, &mut splice)?;
            }
        }
        self.sweep.finish(&mut Splice::default(), cx)?;
        if self.bad_index {
            cx.gap(
                std::slice::from_ref(&self.step),
                GapKind::Corrupt,
                "a cell names a shared string that does not exist",
            );
        }
        Ok(())
    }

    fn window(
        &mut self,
        window: &[u8],
        splice: &mut Splice,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let mut tokens = Tokens::new(window);
        let mut column = 0;
        while let Some(token) = tokens.next()? {
            match token {
                Token::Open(tag) if self.in_data => match tag.name {
                    b"c" => {
                        column = self.cell(&tag, column, &mut tokens, window)?;
                        if self.text.len() >= 4 * BLOCK {
                            self.flush(window, splice, cx)?;
                        }
                    }
                    b"row" => {
                        column = 0;
                        self.start_row(&tag, window, splice, cx)?;
                    }
                    _ => self.rare.tag(&tag),
                },
                Token::Close(name, _) if self.in_data => match name {
                    b"row" if self.text.len() >= BLOCK => {
                        self.flush(window, splice, cx)?;
                    }
                    b"sheetData" => {
                        // Cells first: what follows may repeat their values.
                        self.flush(window, splice, cx)?;
                        self.in_data = false;
                        self.sweep.token(&token, window, splice, cx)?;
                    }
                    _ => {}
                },
                Token::Text { at, .. } | Token::Other(at, _) if self.in_data => {
                    self.rare.text(window.get(at.0..at.1).unwrap_or_default());
                }
                Token::Open(tag) => {
                    self.in_data = tag.name == b"sheetData" && !tag.empty;
                    self.sweep.token(&token, window, splice, cx)?;
                }
                _ => self.sweep.token(&token, window, splice, cx)?,
            }
        }
        Ok(())
    }

    fn start_row(
        &mut self,
        tag: &Tag<'_>,
        window: &[u8],
        splice: &mut Splice,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let mut row = self.row + 1;
        for attribute in tag.attributes() {
            if attribute.full == b"r"
                && let Some(n) = std::str::from_utf8(attribute.value)
                    .ok()
                    .and_then(|s| s.trim().parse::<u32>().ok())
                    .filter(|&n| n > 0)
            {
                row = u64::from(n);
                continue;
            }
            self.rare.text(attribute.value);
        }
        if row < self.row {
            self.flush(window, splice, cx)?;
        }
        self.row = row;
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        Ok(())
    }

    /// Column, row and type of a cell.
    fn head<'x>(&mut self, tag: &Tag<'x>, before: u32) -> (u32, u64, &'x [u8]) {
        self.row = self.row.max(1);
        let (mut column, mut row, mut kind) = (before.saturating_add(1), self.row, &b""[..]);
        for attribute in tag.attributes() {
            match attribute.full {
                b"r" => match reference(attribute.value) {
                    Some(at) => (column, row) = at,
                    None => self.rare.text(attribute.value),
                },
                b"t" => {
                    kind = attribute.value;
                    if kind.len() > 9 {
                        self.rare.text(kind);
                    }
                }
                _ => self.rare.text(attribute.value),
            }
        }
        (column, row, kind)
    }

    /// Reads one cell; gives its column.
    fn cell(
        &mut self,
        tag: &Tag<'_>,
        before: u32,
        tokens: &mut Tokens<'_>,
        window: &[u8],
    ) -> Result<u32, FormatError> {
        let (column, row, kind) = self.head(tag, before);
        if tag.empty {
            return Ok(column);
        }
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\t');
        }
        let start = self.text.len();
        let mut place = Place {
            at: tag.at,
            tag_end: tag.at.1,
            value: Value::Own,
            formula: None,
        };
        let mut number_kind = CellKind::Text;
        loop {
            match tokens
                .next()?
                .ok_or(FormatError::Corrupt("a cell without end"))?
            {
                Token::Close(b"c", at) => {
                    place.at.1 = at.1;
                    break;
                }
                Token::Open(inner) => {
                    if !inner.attributes.is_empty() && inner.name != b"v" {
                        self.rare.tag(&inner);
                    }
                    if inner.empty {
                        if inner.name == b"f" {
                            place.formula = Some(formula(&inner, inner.at.1, inner.at.1));
                        }
                        continue;
                    }
                    match inner.name {
                        b"v" => {
                            let raw = content(tokens, b"v")?;
                            number_kind = self.value(kind, raw, window, &mut place);
                        }
                        b"f" => {
                            let (a, b) = content(tokens, b"f")?;
                            place.formula = Some(Formula {
                                at: (inner.at.0, tokens.position()),
                                ..formula(&inner, a, b)
                            });
                        }
                        b"is" => {
                            let from = tokens.position();
                            self.inline(tokens, window)?;
                            place.value = Value::Inline(from, tokens.position());
                        }
                        _ => {}
                    }
                }
                Token::Text { at, .. } | Token::Other(at, _) => {
                    self.rare.text(window.get(at.0..at.1).unwrap_or_default());
                }
                Token::Close(..) => {}
            }
        }
        self.push(place, start, row, column, number_kind)?;
        Ok(column)
    }

    /// Adds a cell whose text begins at `start` to the block.
    fn push(
        &mut self,
        place: Place,
        start: usize,
        row: u64,
        column: u32,
        kind: CellKind,
    ) -> Result<(), FormatError> {
        if self.text.len() - start > CELL {
            return Err(FormatError::Limit("length of one cell"));
        }
        if self.text.len() == start && place.formula.is_none() {
            return Ok(());
        }
        if self.cells.is_empty() {
            self.first_row = row;
        }
        let offset = row
            .checked_sub(self.first_row)
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(0);
        let at = |n: usize| u32::try_from(n).map_err(|_| FormatError::Limit("text of one block"));
        self.cells.push(CellAt {
            row: offset,
            column,
            start: at(start)?,
            end: at(self.text.len())?,
            kind,
        });
        self.places.push(place);
        Ok(())
    }

    /// Adds the text of a `v` element.
    fn value(
        &mut self,
        kind: &[u8],
        raw: (usize, usize),
        window: &[u8],
        place: &mut Place,
    ) -> CellKind {
        let bytes = window.get(raw.0..raw.1).unwrap_or_default();
        match kind {
            b"s" => {
                let index = std::str::from_utf8(bytes)
                    .ok()
                    .and_then(|s| s.trim().parse::<usize>().ok());
                if let Some((index, text)) =
                    index.and_then(|i| Some((i, self.book.strings.get(i)?)))
                {
                    self.text.push_str(text);
                    self.book.strings.mark(index);
                    place.value = Value::Shared(index);
                } else {
                    self.bad_index = true;
                    markup(bytes, &mut self.text);
                }
                CellKind::Text
            }
            b"" | b"n" => {
                if let Ok(text) = std::str::from_utf8(bytes)
                    && bytes.iter().all(|b| !matches!(b, b'&' | b'<'))
                {
                    let (view, kind) = number(text);
                    self.text.push_str(view.as_deref().unwrap_or(text));
                    return kind;
                }
                markup(bytes, &mut self.text);
                CellKind::Text
            }
            _ => {
                markup(bytes, &mut self.text);
                CellKind::Text
            }
        }
    }

    fn inline(&mut self, tokens: &mut Tokens<'_>, window: &[u8]) -> Result<(), FormatError> {
        let mut phonetic = Phonetic::default();
        std::mem::swap(&mut phonetic.rare, &mut self.rare);
        let result = item(
            tokens,
            window,
            0,
            b"is",
            &mut self.text,
            None,
            &mut phonetic,
        );
        std::mem::swap(&mut phonetic.rare, &mut self.rare);
        if !phonetic.text.is_empty() {
            self.rare.text(phonetic.text.as_bytes());
        }
        result
    }

    /// Hands the block on and turns the edits into cuts of the slice that it came from.
    fn flush(
        &mut self,
        window: &[u8],
        splice: &mut Splice,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        if self.cells.is_empty() {
            self.text.clear();
            return Ok(());
        }
        // Shared strings can be shown many times: what is read again counts as expansion.
        cx.spend((self.text.len().saturating_sub(window.len())) as u64)?;
        let fragment = Fragment {
            at: std::slice::from_ref(&self.step),
            bytes: self.text.as_bytes(),
            charset: Charset::Utf8,
            own: 0..self.text.len(),
            base: None,
            layout: Layout::Cells {
                table: Table {
                    id: self.id,
                    first: self.first,
                    headers: Headers::InText,
                },
                first_row: self.first_row,
                cells: &self.cells,
            },
            label: None,
        };
        self.first = false;
        let edits = cx.text(&fragment).to_vec();
        let lost_formulas = self.formulas(window, cx);
        let mut changed = vec![
            false;
            if edits.is_empty() {
                0
            } else {
                self.cells.len()
            }
        ];
        self.edit_cells(&edits, window, splice, &mut changed)?;
        for (index, place) in self.places.iter().enumerate() {
            let Some(formula) = &place.formula else {
                continue;
            };
            let gone = changed.get(index).copied().unwrap_or(false);
            let lost = lost_formulas.contains(&index)
                || formula.group.is_some_and(|g| self.frozen.contains(&g));
            if gone || lost {
                self.book.formula_dropped = true;
                if let Some(group) = formula.group.filter(|_| formula.text.0 < formula.text.1) {
                    self.frozen.insert(group);
                }
            }
            if lost && !gone {
                splice.cut(formula.at.0 as u64, formula.at.1 as u64, b"");
            }
        }
        self.text.clear();
        self.cells.clear();
        self.places.clear();
        Ok(())
    }

    fn edit_cells(
        &mut self,
        edits: &[Edit],
        window: &[u8],
        splice: &mut Splice,
        changed: &mut [bool],
    ) -> Result<(), FormatError> {
        let mut rest = edits;
        while let Some(edit) = rest.first() {
            let index = match edit.cell {
                Some(index) => index as usize,
                None => self
                    .cells
                    .partition_point(|c| c.end as usize <= edit.span.start()),
            };
            let (Some(&cell), Some(place)) = (self.cells.get(index), self.places.get(index)) else {
                return Err(FormatError::Corrupt("an edit outside every cell"));
            };
            let n = rest
                .iter()
                .take_while(|e| e.span.start() < cell.end as usize)
                .count()
                .max(1);
            let (mine, after) = rest.split_at_checked(n).unwrap_or((rest, &[]));
            rest = after;
            let start = cell.start as usize;
            let text = self.text.get(cell.range()).unwrap_or_default();
            let mut new = String::with_capacity(text.len());
            let mut at = 0;
            for edit in mine {
                let (a, b) = (
                    edit.span.start().saturating_sub(start),
                    (edit.span.end() - start).min(text.len()),
                );
                new.push_str(text.get(at..a).unwrap_or_default());
                new.push_str(&edit.with);
                at = b;
                match place.value {
                    Value::Shared(index) if place.formula.is_none() => {
                        self.book.strings.edit(index, a, b, &edit.with)?;
                    }
                    _ => {}
                }
            }
            new.push_str(text.get(at..).unwrap_or_default());
            let row = self.first_row + u64::from(cell.row);
            match place.value {
                Value::Shared(_) if place.formula.is_none() => {}
                Value::Inline(from, to) if place.formula.is_none() => {
                    inline_cuts(window, from, to, start, mine, splice)?;
                }
                _ => {
                    retype(window, place, &new, splice);
                    if let Some(flag) = changed.get_mut(index) {
                        *flag = true;
                    }
                }
            }
            if let [edit] = mine
                && edit.span.range() == cell.range()
            {
                self.sweep.whole().note(text, &new);
            }
            if self.head_rows.contains(&row) {
                self.heads.insert((row, cell.column), new);
            }
        }
        Ok(())
    }

    /// Hands the formulas of the block on. Gives the cells whose formula must go.
    fn formulas(&mut self, window: &[u8], cx: &mut Cx<'_>) -> HashSet<usize> {
        let mut out = HashSet::new();
        let mut joined = String::new();
        let mut starts: Vec<(usize, usize)> = Vec::new();
        let mut text = String::new();
        for (index, place) in self.places.iter().enumerate() {
            let Some(formula) = &place.formula else {
                continue;
            };
            let raw = window
                .get(formula.text.0..formula.text.1)
                .unwrap_or_default();
            if raw.is_empty() {
                continue;
            }
            text.clear();
            markup(raw, &mut text);
            if is_simple(&text) {
                starts.push((joined.len(), index));
                joined.push_str(&text);
                joined.push('\n');
                continue;
            }
            let Some(cell) = self.cells.get(index) else {
                continue;
            };
            let at = [
                self.step.clone(),
                Step::Cell {
                    row: self.first_row + u64::from(cell.row),
                    column: cell.column,
                },
            ];
            if !cx.string(&at, &text, Some("formula")).is_empty() {
                out.insert(index);
            }
        }
        if !joined.is_empty() {
            let at = [self.step.clone(), Step::Field("$formulas".into())];
            for edit in cx.string(&at, &joined, Some("formula")) {
                let from = starts.partition_point(|s| s.0 <= edit.span.start());
                let to = starts.partition_point(|s| s.0 < edit.span.end());
                for &(_, index) in starts.get(from.saturating_sub(1)..to).unwrap_or_default() {
                    out.insert(index);
                }
            }
        }
        out
    }
}

/// Whether a formula holds no literal that could be a value of its own.
fn is_simple(text: &str) -> bool {
    let mut run = 0;
    text.bytes().all(|b| {
        run = if b.is_ascii_digit() { run + 1 } else { 0 };
        run < 8 && b.is_ascii() && !matches!(b, b'"' | b'@' | b'\'')
    })
}

fn formula(tag: &Tag<'_>, from: usize, to: usize) -> Formula {
    let (mut group, mut shared) = (None, false);
    for attribute in tag.attributes() {
        match attribute.full {
            b"si" => {
                group = std::str::from_utf8(attribute.value)
                    .ok()
                    .and_then(|s| s.parse().ok());
            }
            b"t" => shared = attribute.value == b"shared",
            _ => {}
        }
    }
    Formula {
        at: tag.at,
        text: (from, to),
        group: group.filter(|_| shared),
    }
}

/// Range up to the end tag `close`, past it with the position.
fn content(tokens: &mut Tokens<'_>, close: &[u8]) -> Result<(usize, usize), FormatError> {
    let from = tokens.position();
    loop {
        match tokens
            .next()?
            .ok_or(FormatError::Corrupt("a value without end"))?
        {
            Token::Close(name, at) if name == close => return Ok((from, at.0)),
            _ => {}
        }
    }
}

/// Adds the text of a stretch of markup: tags and comments left out.
fn markup(raw: &[u8], out: &mut String) {
    if memchr::memchr(b'<', raw).is_none() {
        decode(raw, 0, Escapes::Xstring, out, None);
        return;
    }
    let mut tokens = Tokens::new(raw);
    while let Ok(Some(token)) = tokens.next() {
        match token {
            Token::Text { at, cdata } => {
                let escapes = if cdata {
                    Escapes::None
                } else {
                    Escapes::Xstring
                };
                decode(
                    raw.get(at.0..at.1).unwrap_or_default(),
                    0,
                    escapes,
                    out,
                    None,
                );
            }
            Token::Other(at, _) if !is_trivial(raw.get(at.0..at.1).unwrap_or_default()) => {
                out.push(' ');
                out.push_str(&String::from_utf8_lossy(
                    raw.get(at.0..at.1).unwrap_or_default(),
                ));
            }
            _ => {}
        }
    }
}

/// `C12` as column and row.
pub(super) fn reference(raw: &[u8]) -> Option<(u32, u64)> {
    let letters = raw.iter().position(u8::is_ascii_digit)?;
    let (column, row) = raw.split_at_checked(letters)?;
    let column = column_number(std::str::from_utf8(column).ok()?).filter(|&c| c <= 16_384)?;
    let row = std::str::from_utf8(row)
        .ok()?
        .parse()
        .ok()
        .filter(|&r| (1..=1_048_576).contains(&r))?;
    Some((column, row))
}

/// Cuts the edits of an inline string in place, so that its runs keep their formats.
fn inline_cuts(
    window: &[u8],
    from: usize,
    to: usize,
    start: usize,
    edits: &[Edit],
    splice: &mut Splice,
) -> Result<(), FormatError> {
    let raw = window.get(from..to).unwrap_or_default();
    let mut tokens = Tokens::new(raw);
    let (mut text, mut map, mut phonetic) = (String::new(), Map::default(), Phonetic::default());
    item(
        &mut tokens,
        raw,
        from,
        b"is",
        &mut text,
        Some(&mut map),
        &mut phonetic,
    )?;
    // The map's text offsets begin with the string; those of the edits with the block.
    for edit in edits {
        let ranges = map.ranges(edit.span.start().saturating_sub(start)..edit.span.end() - start);
        if ranges.is_empty() {
            return Err(FormatError::Corrupt("an edit outside every cell"));
        }
        cut(&ranges, &edit.with, splice);
    }
    for (a, b) in phonetic.ranges {
        splice.cut(a as u64, b as u64, b"");
    }
    Ok(())
}

/// Replaces a whole cell by an inline string with its reference and style.
fn retype(window: &[u8], place: &Place, text: &str, splice: &mut Splice) {
    let raw = window.get(place.at.0..place.tag_end).unwrap_or_default();
    let mut out = b"<".to_vec();
    let mut tokens = Tokens::new(raw);
    let Ok(Some(Token::Open(tag))) = tokens.next() else {
        return;
    };
    let prefix = tag
        .full
        .get(..tag.full.len() - tag.name.len())
        .unwrap_or_default();
    out.extend_from_slice(tag.full);
    for attribute in tag.attributes() {
        let plain = attribute.value.iter().all(u8::is_ascii_alphanumeric);
        if matches!(attribute.full, b"r" | b"s") && plain {
            out.push(b' ');
            out.extend_from_slice(attribute.full);
            out.extend_from_slice(b"=\"");
            out.extend_from_slice(attribute.value);
            out.push(b'"');
        }
    }
    out.extend_from_slice(b" t=\"inlineStr\">");
    for (open, name, rest) in [("<", "is", ">"), ("<", "t", " xml:space=\"preserve\">")] {
        out.extend_from_slice(open.as_bytes());
        out.extend_from_slice(prefix);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(rest.as_bytes());
    }
    escape(text, &mut out);
    for name in [&b"t"[..], b"is", b"c"] {
        out.extend_from_slice(b"</");
        out.extend_from_slice(prefix);
        out.extend_from_slice(name);
        out.push(b'>');
    }
    splice.cut(place.at.0 as u64, place.at.1 as u64, &out);
}
