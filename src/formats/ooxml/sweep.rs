//! [`Sweep`]: every text node and every attribute of an XML part as a text.

mod attributes;
mod whole;

pub(in crate::formats) use whole::Whole;

use super::{
    blob::is_blob,
    chars::{Escapes, Map, cut, decode},
    flow::{Dialect, Flow, Typed},
    header::{self, Size},
    plain::is_trivial,
    rename::Renames,
    tokens::{Tag, Token},
};
use crate::formats::{Cx, FormatError, Splice};
use crate::model::{Charset, Edit, Fragment, GapKind, Layout, Span, Step};
use std::cell::Cell;
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

/// The deepest nesting of elements.
const DEPTH: usize = 512;

/// Elements whose text is joined: paragraphs, comments, strings, text boxes.
const JOINED: [&[u8]; 7] = [
    b"p",
    b"text",
    b"si",
    b"is",
    b"textbox",
    b"comment",
    b"instrText",
];

/// Elements that hold formulas: a mask there must leave a formula.
const FORMULAS: [&[u8]; 9] = [
    b"formula",
    b"formula1",
    b"formula2",
    b"definedName",
    b"calculatedColumnFormula",
    b"totalsRowFormula",
    b"f",
    b"sqref",
    b"FmlaMacro",
];

/// Text that is joined while its element is open.
#[derive(Debug)]
struct Block {
    /// Number of open elements around it.
    depth: usize,
    text: String,
    map: Map,
}

/// What to do with a part besides reading it.
#[derive(Debug, Default, Clone)]
pub(in crate::formats) struct Rules {
    /// Relationships that lead to parts a copy goes without.
    pub(in crate::formats) gone: HashSet<String>,
    /// Parts that exist; names of them in relationships and types are no texts.
    pub(in crate::formats) known: Option<Known>,
    /// New names of a table's columns, by number from 0.
    pub(in crate::formats) columns: Option<BTreeMap<usize, String>>,
    /// Names of sheets stand here and are handed on elsewhere.
    pub(in crate::formats) workbook: bool,
    /// Names of the fields of a pivot cache, in the order of its records' values.
    pub(in crate::formats) fields: Vec<String>,
    /// Cells that changed as a whole.
    pub(in crate::formats) whole: Whole,
    /// Sheets that get another name.
    pub(in crate::formats) renames: Renames,
    /// The part is running text made of these elements; and how many tables the file had so far.
    pub(in crate::formats) flow: Option<(Dialect, Rc<Cell<u32>>)>,
    /// The elements and attributes are someone's own: their names say what is in them.
    pub(in crate::formats) data: bool,
    /// A copy is written: it goes without data inside texts.
    pub(in crate::formats) writing: bool,
}

/// How names of parts in an attribute are told.
#[derive(Debug, Clone, Default)]
pub(in crate::formats) struct Known {
    /// Key of the part that relationships are of.
    pub(in crate::formats) owner: String,
    /// Keys of all parts.
    pub(in crate::formats) keys: std::sync::Arc<HashSet<String>>,
}

/// Hands on the texts of a part, token by token.
#[derive(Debug)]
pub(in crate::formats) struct Sweep {
    at: Vec<Step>,
    rules: Rules,
    /// Names of the open elements, one after the other, and where each begins.
    names: Vec<u8>,
    starts: Vec<usize>,
    blocks: Vec<Block>,
    /// Column that a table's next column is.
    column: usize,
    /// Name of the field of a pivot cache that is open.
    field: Option<String>,
    /// The running text.
    flow: Option<Flow>,
    /// Attributes that were handed on already and need no change.
    seen: Seen,
    /// Offset in the part of the bytes that tokens come with.
    base: usize,
}

/// Attributes that documents repeat thousands of times: each different one is looked at once.
#[derive(Debug, Default)]
struct Seen {
    known: HashSet<Box<[u8]>>,
    bytes: usize,
    key: Vec<u8>,
}

impl Seen {
    /// Bytes that are remembered at most.
    const MOST: usize = 4 << 20;

    fn holds(&mut self, tag: &[u8], name: &[u8], value: &[u8]) -> bool {
        self.key.clear();
        for part in [tag, b" ", name, b"=", value] {
            self.key.extend_from_slice(part);
        }
        self.known.contains(self.key.as_slice())
    }

    /// Remembers the one that was asked for last.
    fn keep(&mut self) {
        if self.bytes > Self::MOST {
            self.known.clear();
            self.bytes = 0;
        }
        self.bytes += self.key.len() + 64;
        self.known.insert(self.key.as_slice().into());
    }
}

/// The longest text that is handed on at once.
pub(in crate::formats) const LONG: usize = 1 << 20;
/// What is shown of the text before and after a piece of a longer one.
const OVERLAP: usize = 256;

/// Hands a text on that is one place, in pieces when it is long, and gives the edits wanted in it.
pub(in crate::formats) fn hand_on(
    cx: &mut Cx<'_>,
    at: &[Step],
    text: &str,
    label: Option<&str>,
) -> Vec<Edit> {
    hand_on_as(cx, at, text, label, Layout::Whole)
}

/// As [`hand_on`], for a text of lines too.
pub(in crate::formats) fn hand_on_as(
    cx: &mut Cx<'_>,
    at: &[Step],
    text: &str,
    label: Option<&str>,
    layout: Layout<'_>,
) -> Vec<Edit> {
    let boundary = |n: usize| {
        (0..4)
            .map(|d| n.saturating_sub(d))
            .find(|&n| text.is_char_boundary(n))
    };
    let mut out: Vec<Edit> = Vec::new();
    let (mut start, mut layout) = (0, layout);
    while start < text.len() {
        let end = boundary((start + LONG).min(text.len())).unwrap_or(text.len());
        let from = boundary(start.saturating_sub(OVERLAP)).unwrap_or(start);
        let to = boundary((end + OVERLAP).min(text.len())).unwrap_or(end);
        let fragment = Fragment {
            at,
            bytes: text.get(from..to).unwrap_or_default().as_bytes(),
            charset: Charset::Utf8,
            own: start - from..end - from,
            base: None,
            layout,
            label,
        };
        for edit in cx.text(&fragment) {
            if let Some(span) = Span::new(edit.span.start() + from, edit.span.end() + from)
                && out
                    .last()
                    .is_none_or(|last| last.span.end() <= span.start())
            {
                out.push(Edit {
                    span,
                    ..edit.clone()
                });
            }
        }
        if let Layout::Lines { first } = &mut layout {
            let own = text.get(start..end).unwrap_or_default();
            *first += own.bytes().filter(|&b| b == b'\n').count() as u64;
        }
        start = end;
    }
    out
}

fn withheld(what: &str) -> FormatError {
    FormatError::Withheld(GapKind::Opaque, what.into())
}

impl Sweep {
    /// For a part; `at` is its place.
    pub(in crate::formats) fn new(at: Vec<Step>, rules: Rules) -> Self {
        let flow = rules.flow.as_ref().map(|(dialect, tables)| {
            Flow::new(at.clone(), *dialect, Rc::clone(tables), rules.whole.clone())
        });
        Self {
            flow,
            seen: Seen::default(),
            at,
            rules,
            names: Vec::new(),
            starts: Vec::new(),
            blocks: Vec::new(),
            column: 0,
            field: None,
            base: 0,
        }
    }

    /// The bytes that tokens come with from now on begin at this offset of the part.
    pub(in crate::formats) fn begin_at(&mut self, base: usize) {
        self.base = base;
    }

    /// The first byte of the part that a text comes from which was not handed on yet; changes may still come from
    /// there on. `usize::MAX` when there is none.
    pub(in crate::formats) fn pending(&self) -> usize {
        let blocks = self.blocks.iter().map(|b| b.map.first());
        let flow = self.flow.as_ref().map(Flow::pending);
        blocks.chain(flow).min().unwrap_or(usize::MAX)
    }

    /// Cells that changed as a whole.
    pub(in crate::formats) fn whole(&self) -> &Whole {
        &self.rules.whole
    }

    /// Sheets that get another name.
    pub(in crate::formats) fn renames(&self) -> &Renames {
        &self.rules.renames
    }

    fn element(&self) -> &[u8] {
        let start = self.starts.last().copied().unwrap_or(0);
        self.names.get(start..).unwrap_or_default()
    }

    fn parent(&self) -> &[u8] {
        let n = self.starts.len();
        let (Some(&a), Some(&b)) = (
            n.checked_sub(2).and_then(|i| self.starts.get(i)),
            self.starts.last(),
        ) else {
            return b"";
        };
        self.names.get(a..b).unwrap_or_default()
    }

    /// Reads one token of `bytes` and cuts the edits.
    ///
    /// # Errors
    /// `Limit` for elements nested too deep, `Corrupt` for end tags without start, `Withheld` for what
    /// cannot be changed.
    pub(in crate::formats) fn token(
        &mut self,
        token: &Token<'_>,
        bytes: &[u8],
        splice: &mut Splice,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        match *token {
            Token::Open(tag) => self.open(&tag, splice, cx),
            Token::Close(name, _) => self.close(name, splice, cx),
            Token::Text { at, cdata } => {
                let raw = self.raw(bytes, at);
                self.text(raw, at.0, cdata, splice, cx)
            }
            Token::Other(at, _) => {
                let raw = self.raw(bytes, at);
                if is_trivial(raw) {
                    return Ok(());
                }
                let (mut text, mut map) = (String::new(), Map::default());
                decode(raw, at.0, Escapes::Xml, &mut text, Some(&mut map));
                for edit in hand_on(cx, &self.at, &text, None) {
                    cut(&map.ranges(edit.span.range()), &edit.with, splice);
                }
                Ok(())
            }
        }
    }

    fn raw<'b>(&self, bytes: &'b [u8], at: (usize, usize)) -> &'b [u8] {
        let from = |n: usize| n.saturating_sub(self.base);
        bytes.get(from(at.0)..from(at.1)).unwrap_or_default()
    }

    fn open(
        &mut self,
        tag: &Tag<'_>,
        splice: &mut Splice,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        if matches!(tag.name, b"cacheField" | b"property" | b"user-defined") {
            self.field = tag.attribute(b"name").map(|a| super::package::value(&a));
        }
        if !self.rules.fields.is_empty() {
            if tag.name == b"r" {
                self.column = 0;
            } else if self.element() == b"r" {
                self.field = self.rules.fields.get(self.column).cloned();
                self.column += 1;
            }
        }
        if self.leads_nowhere(tag) {
            splice.cut(tag.at.0 as u64, tag.at.1 as u64, b"");
            return Ok(());
        }
        let typed = self.typed(tag);
        for attribute in tag.attributes() {
            if typed.is_some() && Typed::covers(&attribute) {
                continue;
            }
            self.attribute(tag, &attribute, splice, cx)?;
        }
        let start = self.starts.last().copied().unwrap_or(0);
        if let Some(flow) = &mut self.flow {
            let parent = self.names.get(start..).unwrap_or_default();
            flow.open(tag, parent, self.starts.len(), typed)?;
        }
        if tag.name == b"tableColumn" {
            self.column += 1;
        }
        if let (b"br" | b"tab", Some(block)) = (tag.name, self.blocks.last_mut()) {
            block.text.push('\n');
        }
        if tag.empty {
            return Ok(());
        }
        if self.starts.len() >= DEPTH {
            return Err(FormatError::Limit("depth of nesting"));
        }
        self.starts.push(self.names.len());
        self.names.extend_from_slice(tag.name);
        if self.flow.is_none() && JOINED.contains(&tag.name) {
            self.blocks.push(Block {
                depth: self.starts.len(),
                text: String::new(),
                map: Map::default(),
            });
        }
        Ok(())
    }

    fn close(
        &mut self,
        name: &[u8],
        splice: &mut Splice,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        if self.element() != name || self.starts.is_empty() {
            return Err(FormatError::Corrupt("XML nesting"));
        }
        if self
            .blocks
            .last()
            .is_some_and(|b| b.depth == self.starts.len())
        {
            self.emit_block(splice, cx);
        }
        let start = self.starts.pop().unwrap_or(0);
        self.names.truncate(start);
        if matches!(name, b"property" | b"user-defined") {
            self.field = None;
        }
        if let Some(flow) = &mut self.flow {
            flow.close(name, self.starts.len(), splice, cx)?;
        }
        Ok(())
    }

    /// Ends the part.
    ///
    /// # Errors
    /// Those of handing on; `Corrupt` when elements are still open.
    pub(in crate::formats) fn finish(
        &mut self,
        splice: &mut Splice,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        while !self.blocks.is_empty() {
            self.emit_block(splice, cx);
        }
        if let Some(flow) = &mut self.flow {
            flow.finish(splice, cx);
        }
        if self.starts.is_empty() {
            Ok(())
        } else {
            Err(FormatError::Corrupt("a part without end"))
        }
    }

    fn emit_block(&mut self, splice: &mut Splice, cx: &mut Cx<'_>) {
        let Some(block) = self.blocks.pop() else {
            return;
        };
        if is_trivial(block.text.as_bytes()) {
            return;
        }
        let edits = hand_on(cx, &self.at, &block.text, None);
        let edits = self.rules.whole.add_names(&block.text, edits);
        if let Some(new) = self
            .rules
            .whole
            .get(&block.text)
            .filter(|_| edits.is_empty())
        {
            cut(&block.map.ranges(0..block.text.len()), &new, splice);
        }
        for edit in edits {
            cut(&block.map.ranges(edit.span.range()), &edit.with, splice);
        }
    }

    fn text(
        &mut self,
        raw: &[u8],
        at: usize,
        cdata: bool,
        splice: &mut Splice,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let escapes = if cdata {
            Escapes::None
        } else {
            Escapes::Xstring
        };
        let start = self.starts.last().copied().unwrap_or(0);
        if let Some(flow) = &mut self.flow {
            let element = self.names.get(start..).unwrap_or_default();
            if flow.text(raw, at, cdata, element) {
                return Ok(());
            }
        }
        let blank = raw.trim_ascii().is_empty();
        let in_text = matches!(self.element(), b"t" | b"text");
        if let Some(block) = self.blocks.last_mut() {
            if !blank || in_text {
                decode(raw, at, escapes, &mut block.text, Some(&mut block.map));
            }
            return Ok(());
        }
        if is_trivial(raw) {
            return Ok(());
        }
        if is_blob(raw) && self.blob(raw, (at, at + raw.len()), splice, cx)? {
            return Ok(());
        }
        let (mut text, mut map) = (String::new(), Map::default());
        decode(raw, at, escapes, &mut text, Some(&mut map));
        let element = String::from_utf8_lossy(self.element()).into_owned();
        if self.header(&text, &map, &element, splice, cx) {
            return Ok(());
        }
        let formula = FORMULAS.contains(&self.element());
        let typed = self.is_number_element();
        let label = match &self.field {
            Some(field) if self.flow.is_some() => field,
            _ => &element,
        };
        let edits = hand_on(cx, &self.at, &text, Some(label));
        let edits = self.rules.whole.add_names(&text, edits);
        let (references, edits) = self.rules.renames.split(&text, edits);
        for edit in &references {
            cut(&map.ranges(edit.span.range()), &edit.with, splice);
        }
        let whole = self
            .rules
            .whole
            .get(&text)
            .filter(|_| !formula && references.is_empty());
        if edits.is_empty() && whole.is_none() {
            return Ok(());
        }
        if typed && text.trim().parse::<f64>().is_ok() {
            splice.cut(at as u64, (at + raw.len()) as u64, b"0");
            return Ok(());
        }
        if let Some(new) = whole.filter(|_| edits.is_empty()) {
            cut(&map.ranges(0..text.len()), &new, splice);
        }
        for edit in &edits {
            let with = if formula {
                in_formula(&text, edit)?
            } else {
                &edit.with
            };
            cut(&map.ranges(edit.span.range()), with, splice);
        }
        Ok(())
    }

    /// Headers and footers of printed sheets; false when the element is none.
    fn header(
        &self,
        text: &str,
        map: &Map,
        element: &str,
        splice: &mut Splice,
        cx: &mut Cx<'_>,
    ) -> bool {
        if !matches!(
            element,
            "oddHeader" | "oddFooter" | "evenHeader" | "evenFooter" | "firstHeader" | "firstFooter"
        ) {
            return false;
        }
        for most in [2, 3, 1] {
            let (view, map) = header::view(text, map, Size::Digits(most));
            for edit in hand_on(cx, &self.at, &view, Some(element)) {
                cut(&map.ranges(edit.span.range()), &edit.with, splice);
            }
            if !text.contains('&') {
                break;
            }
        }
        true
    }

    /// Whether the open element holds a number by its type.
    fn is_number_element(&self) -> bool {
        match self.element() {
            b"v" => {
                let ends = self.starts.iter().skip(1).copied();
                let names = self.starts.iter().zip(ends.chain([self.names.len()]));
                names.into_iter().any(|(&a, b)| {
                    matches!(
                        self.names.get(a..b),
                        Some(b"numCache" | b"numLit" | b"numDim")
                    )
                }) || self.parent() == b"cell"
            }
            b"i1" | b"i2" | b"i4" | b"i8" | b"int" | b"ui1" | b"ui2" | b"ui4" | b"ui8"
            | b"uint" | b"r4" | b"r8" | b"decimal" => true,
            _ => false,
        }
    }
}

/// The text to put into a formula: a mask inside a string, 0 for a number.
///
/// # Errors
/// `Withheld` elsewhere.
fn in_formula<'e>(text: &str, edit: &'e Edit) -> Result<&'e str, FormatError> {
    let before = text.get(..edit.span.start()).unwrap_or_default();
    let inside = before.bytes().filter(|&b| b == b'"').count() % 2 == 1;
    let value = text.get(edit.span.range()).unwrap_or_default();
    if inside && !value.contains('"') && !edit.with.contains('"') {
        return Ok(&edit.with);
    }
    let after = text
        .get(edit.span.end()..)
        .and_then(|t| t.chars().next())
        .is_some_and(|c| c.is_alphanumeric() || c == '!' || c == '\'');
    if value.bytes().all(|b| b.is_ascii_digit())
        && !after
        && !before.ends_with(|c: char| c.is_alphanumeric() || c == '\'' || c == '_')
    {
        return Ok("0");
    }
    Err(withheld("a value in a formula that cannot be changed"))
}
