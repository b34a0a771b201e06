//! [`Sweep`]: every text node and every attribute of an XML part as a text.

use super::{
    chars::{Escapes, Map, cut, decode, percent},
    header::{self, Size},
    package::{is_namespace, is_trivial},
    tokens::{Attribute, Tag, Token},
};
use crate::formats::{Cx, FormatError, Splice};
use crate::model::{Edit, GapKind, Step};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
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

/// Cells that changed as a whole: what they were and what they are. Caches of charts, pivot tables and
/// filters repeat such values where nothing says what they are.
#[derive(Debug, Default, Clone)]
pub(super) struct Whole(Rc<RefCell<Changed>>);

#[derive(Debug, Default)]
struct Changed {
    values: HashMap<Box<str>, Box<str>>,
    bytes: usize,
}

impl Whole {
    /// Bytes that are remembered at most.
    const MOST: usize = 8 << 20;

    /// Remembers a cell, while there is room.
    pub(super) fn note(&self, old: &str, new: &str) {
        let mut inner = self.0.borrow_mut();
        if inner.bytes < Self::MOST
            && old.chars().nth(1).is_some()
            && !inner.values.contains_key(old)
        {
            inner.bytes += old.len() + new.len() + 80;
            inner.values.insert(old.into(), new.into());
        }
    }

    /// What a value is now.
    fn get(&self, old: &str) -> Option<Box<str>> {
        self.0.borrow().values.get(old).cloned()
    }
}

/// What to do with a part besides reading it.
#[derive(Debug, Default, Clone)]
pub(super) struct Rules {
    /// Relationships that lead to parts a copy goes without.
    pub(super) gone: HashSet<String>,
    /// Parts that exist; names of them in relationships and types are no texts.
    pub(super) known: Option<Known>,
    /// New names of a table's columns, by number from 0.
    pub(super) columns: Option<BTreeMap<usize, String>>,
    /// Names of sheets stand here and are handed on elsewhere.
    pub(super) workbook: bool,
    /// Names of the fields of a pivot cache, in the order of its records' values.
    pub(super) fields: Vec<String>,
    /// Cells that changed as a whole.
    pub(super) whole: Whole,
}

/// How names of parts in an attribute are told.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// Key of the part that relationships are of.
    pub(super) owner: String,
    /// Keys of all parts.
    pub(super) keys: std::sync::Arc<HashSet<String>>,
}

/// Hands on the texts of a part, token by token.
#[derive(Debug)]
pub(super) struct Sweep {
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
}

fn withheld(what: &str) -> FormatError {
    FormatError::Withheld(GapKind::Opaque, what.into())
}

impl Sweep {
    /// For a part; `at` is its place.
    pub(super) fn new(at: Vec<Step>, rules: Rules) -> Self {
        Self {
            at,
            rules,
            names: Vec::new(),
            starts: Vec::new(),
            blocks: Vec::new(),
            column: 0,
            field: None,
        }
    }

    /// Cells that changed as a whole.
    pub(super) fn whole(&self) -> &Whole {
        &self.rules.whole
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
    pub(super) fn token(
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
                let raw = bytes.get(at.0..at.1).unwrap_or_default();
                self.text(raw, at.0, cdata, splice, cx)
            }
            Token::Other(at, _) => {
                let raw = bytes.get(at.0..at.1).unwrap_or_default();
                if is_trivial(raw) {
                    return Ok(());
                }
                let (mut text, mut map) = (String::new(), Map::default());
                decode(raw, at.0, Escapes::Xml, &mut text, Some(&mut map));
                for edit in cx.string(&self.at, &text, None) {
                    cut(&map.ranges(edit.span.range()), &edit.with, splice);
                }
                Ok(())
            }
        }
    }

    fn open(
        &mut self,
        tag: &Tag<'_>,
        splice: &mut Splice,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        if tag.name == b"cacheField" {
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
        for attribute in tag.attributes() {
            self.attribute(tag, &attribute, splice, cx)?;
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
        if JOINED.contains(&tag.name) {
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
        Ok(())
    }

    /// Ends the part.
    ///
    /// # Errors
    /// Those of handing on; `Corrupt` when elements are still open.
    pub(super) fn finish(
        &mut self,
        splice: &mut Splice,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        while !self.blocks.is_empty() {
            self.emit_block(splice, cx);
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
        let edits = cx.string(&self.at, &block.text, None);
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
        let (mut text, mut map) = (String::new(), Map::default());
        decode(raw, at, escapes, &mut text, Some(&mut map));
        let element = String::from_utf8_lossy(self.element()).into_owned();
        let header = matches!(
            element.as_str(),
            "oddHeader" | "oddFooter" | "evenHeader" | "evenFooter" | "firstHeader" | "firstFooter"
        );
        if header {
            for most in [2, 3, 1] {
                let (view, map) = header::view(&text, &map, Size::Digits(most));
                for edit in cx.string(&self.at, &view, Some(&element)) {
                    cut(&map.ranges(edit.span.range()), &edit.with, splice);
                }
                if !text.contains('&') {
                    break;
                }
            }
            return Ok(());
        }
        let formula = FORMULAS.contains(&self.element());
        let typed = self.is_number_element();
        let edits: Vec<Edit> = cx.string(&self.at, &text, Some(&element)).to_vec();
        let whole = self.rules.whole.get(&text).filter(|_| !formula);
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

    fn attribute(
        &mut self,
        tag: &Tag<'_>,
        attribute: &Attribute<'_>,
        splice: &mut Splice,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let name = attribute.name();
        let full = attribute.full;
        if tag.name == b"pageSetup" && name == b"id" && full != b"id" && !self.rules.gone.is_empty()
        {
            let id = super::package::value(attribute);
            if self.rules.gone.contains(&id) {
                let start = attribute.at.0.saturating_sub(full.len() + 2);
                splice.cut(start as u64, (attribute.at.1 + 1) as u64, b"");
                return Ok(());
            }
        }
        if tag.name == b"tableColumn"
            && full == b"name"
            && let Some(new) = self
                .rules
                .columns
                .as_ref()
                .and_then(|c| c.get(&self.column))
        {
            let mut raw = Vec::new();
            super::chars::escape(new, &mut raw);
            splice.cut(attribute.at.0 as u64, attribute.at.1 as u64, &raw);
            return Ok(());
        }
        if is_trivial(attribute.value)
            || is_namespace(attribute)
            || (self.rules.workbook && tag.name == b"sheet" && full == b"name")
            || self.names_part(tag, full, attribute)
        {
            return Ok(());
        }
        let (mut text, mut map) = (String::new(), Map::default());
        decode(
            attribute.value,
            attribute.at.0,
            Escapes::Xstring,
            &mut text,
            Some(&mut map),
        );
        if let Some((view, new)) = percent(&text, &map) {
            (text, map) = (view, new);
        }
        let label = self.label(tag, name);
        let edits: Vec<Edit> = cx.string(&self.at, &text, Some(&label)).to_vec();
        if edits.is_empty() {
            let free = matches!(full, b"v" | b"val" | b"c" | b"name") && !is_fixed(tag, full);
            if let Some(new) = self.rules.whole.get(&text).filter(|_| free) {
                cut(&map.ranges(0..text.len()), &new, splice);
            }
            return Ok(());
        }
        if is_fixed(tag, full) {
            return Err(withheld("a value in a name that other parts refer to"));
        }
        let typed = (tag.name == b"n" && full == b"v")
            || matches!(full, b"minValue" | b"maxValue" | b"min" | b"max");
        if typed {
            splice.cut(attribute.at.0 as u64, attribute.at.1 as u64, b"0");
            return Ok(());
        }
        for edit in &edits {
            cut(&map.ranges(edit.span.range()), &edit.with, splice);
        }
        Ok(())
    }

    /// Whether an attribute only names a part that is there.
    fn names_part(&self, tag: &Tag<'_>, full: &[u8], attribute: &Attribute<'_>) -> bool {
        let Some(known) = &self.rules.known else {
            return false;
        };
        let key = match (tag.name, full) {
            (b"Relationship", b"Target") => {
                if tag
                    .attribute(b"TargetMode")
                    .is_some_and(|a| a.value.eq_ignore_ascii_case(b"External"))
                {
                    return false;
                }
                super::package::resolve(&known.owner, &super::package::value(attribute))
            }
            (b"Override", b"PartName") => super::package::key(&super::package::value(attribute)),
            _ => return false,
        };
        known.keys.contains(&key)
    }

    /// What stands above a value and says what it is.
    fn label(&self, tag: &Tag<'_>, name: &[u8]) -> String {
        if let (b"v", Some(field)) = (name, &self.field) {
            return field.clone();
        }
        let name = match name {
            b"v" | b"val" | b"value" => tag.name,
            name => name,
        };
        String::from_utf8_lossy(name).into_owned()
    }
}

/// Whether others refer to an attribute by its value.
fn is_fixed(tag: &Tag<'_>, full: &[u8]) -> bool {
    full.starts_with(b"xmlns")
        || matches!(
            (tag.name, full),
            (b"definedName" | b"sheet", b"name")
                | (b"table", b"name" | b"displayName")
                | (b"Override" | b"Default", _)
                | (b"Relationship", b"Id" | b"Type")
        )
        || (full.contains(&b':') && full.starts_with(b"r:"))
        || (tag.name == b"Relationship"
            && full == b"Target"
            && !tag
                .attribute(b"TargetMode")
                .is_some_and(|a| a.value.eq_ignore_ascii_case(b"External")))
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
