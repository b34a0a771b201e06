//! One sheet: its rows as blocks of cells, everything else through the sweep.

mod edit;

use super::{
    chars::{Escapes, decode},
    plain::{Rare, is_trivial},
    strings::{Phonetic, Strings, item},
    sweep::Sweep,
    tokens::{Tag, Token, Tokens},
    window::Windows,
};
use crate::formats::{Cx, FormatError, Splice, archives::copy::Lazy};
use crate::model::{CellAt, CellKind, GapKind, Step, column_number};
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
pub(super) fn number(raw: &str) -> (Option<String>, CellKind) {
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
        let mut splice = Splice::default();
        while let Some(window) = windows.next()? {
            splice.clear();
            // What was read before some damage counts.
            let result = self.window(window, &mut splice, cx);
            self.flush(window, &mut splice, cx)?;
            result?;
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
