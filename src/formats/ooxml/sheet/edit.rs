//! What becomes of a block of cells: texts handed on, edits cut into the bytes.

use super::{Place, SheetRun, Value, markup};
use crate::formats::ooxml::{
    chars::{Escapes, Map, cut, decode, escape},
    strings::{Phonetic, item},
    tokens::{Token, Tokens},
};
use crate::formats::{Cx, FormatError, Splice};
use crate::model::{Charset, Edit, Fragment, Headers, Layout, Step, Table};
use std::collections::HashSet;

impl SheetRun<'_> {
    /// Hands the block on and turns the edits into cuts of the slice that it came from.
    pub(super) fn flush(
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
        let edits = cx.text_owned(&fragment);
        let lost_formulas = self.formulas(window, splice, cx);
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
    fn formulas(&mut self, window: &[u8], splice: &mut Splice, cx: &mut Cx<'_>) -> HashSet<usize> {
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
            if self.sweep.renames().is_empty() && is_simple(&text) {
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
            let edits = cx.string(&at, &text, Some("formula")).to_vec();
            let (references, edits) = self.sweep.renames().split(&text, edits);
            if !edits.is_empty() || (!references.is_empty() && memchr::memchr(b'<', raw).is_some())
            {
                out.insert(index);
            } else if !references.is_empty() {
                let (mut again, mut map) = (String::new(), Map::default());
                let base = formula.text.0;
                decode(raw, base, Escapes::Xstring, &mut again, Some(&mut map));
                for edit in &references {
                    cut(&map.ranges(edit.span.range()), &edit.with, splice);
                }
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
    let mut tokens = Tokens::new(raw);
    let Ok(Some(Token::Open(tag))) = tokens.next() else {
        return;
    };
    let prefix = tag
        .full
        .get(..tag.full.len() - tag.name.len())
        .unwrap_or_default();
    splice.cut_with(place.at.0 as u64, place.at.1 as u64, |out| {
        out.push(b'<');
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
        escape(text, out);
        for name in [&b"t"[..], b"is", b"c"] {
            out.extend_from_slice(b"</");
            out.extend_from_slice(prefix);
            out.extend_from_slice(name);
            out.push(b'>');
        }
    });
}
