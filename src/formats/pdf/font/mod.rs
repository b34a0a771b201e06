//! Fonts: from the bytes of a shown string to characters and widths.

mod composite;
mod program;
mod simple;
mod symbols;
mod widths;

use super::{
    codes::{Cutting, ToUnicode},
    tree::{content, entry, inner, name_of},
};
use lopdf::{Dictionary, Document, Object, ObjectId};
use program::Program;
pub(super) use program::named;
use std::{cell::RefCell, collections::HashMap, rc::Rc};

/// Most bytes of a font's mapping or program.
const MAPPING: usize = 32 << 20;
/// Most widths of one font.
const WIDTHS: u32 = 70_000;
/// Most codes whose answers are kept.
const KEPT: usize = 70_000;

/// What a glyph says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Says {
    /// One character.
    Char(char),
    /// Several.
    Text(Rc<str>),
    /// The file does not say.
    Nothing,
}

impl Says {
    fn of(text: &str) -> Self {
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (None, _) => Self::Nothing,
            (Some(c), None) => Self::Char(c),
            _ => Self::Text(text.into()),
        }
    }

    /// A code that nothing is shown for.
    fn blank() -> Self {
        Self::Text("".into())
    }

    /// Whether it is a digit of ASCII.
    pub(super) fn is_digit(&self) -> bool {
        matches!(self, Self::Char(c) if c.is_ascii_digit())
    }

    /// Puts it at the end of a text; what is not known is U+FFFD.
    pub(super) fn push(&self, out: &mut String) {
        match self {
            Self::Char(c) => out.push(*c),
            Self::Text(text) => out.push_str(text),
            Self::Nothing => out.push('\u{fffd}'),
        }
    }
}

/// One code of a shown string.
#[derive(Debug, Clone)]
pub(super) struct Code {
    /// Its number.
    pub number: u32,
    /// Its character identifier; the number itself in simple fonts.
    pub cid: u32,
    /// Its bytes.
    pub len: usize,
    /// What it says.
    pub says: Says,
    /// Whether that is what is usual rather than what the file says.
    pub guess: bool,
    /// How far it moves on, in thousandths of the font's size; downwards is negative.
    pub width: f64,
}

/// A font as far as reading needs it.
pub(super) struct Font<'d> {
    kind: Kind<'d>,
    /// Whether it is written from top to bottom.
    pub vertical: bool,
    kept: RefCell<HashMap<(u32, usize), Code>>,
    /// Its object, when it is one.
    pub id: Option<ObjectId>,
}

enum Kind<'d> {
    Simple(Vec<Code>),
    Composite(Box<composite::Composite<'d>>),
}

impl<'d> Font<'d> {
    pub(super) fn new(doc: &'d Document, dict: &'d Dictionary, id: Option<ObjectId>) -> Self {
        let map = match entry(doc, dict, b"ToUnicode") {
            Some(Object::Stream(stream)) => content(stream, MAPPING)
                .map(|program| ToUnicode::parse(&program))
                .unwrap_or_default(),
            // The codes are characters themselves.
            Some(Object::Name(name)) if name.starts_with(b"Identity") => ToUnicode::identity(),
            _ => ToUnicode::default(),
        };
        let subtype = name_of(doc, dict, b"Subtype").unwrap_or_default();
        let base = name_of(doc, dict, b"BaseFont").unwrap_or_default();
        let descriptor = inner(doc, dict, b"FontDescriptor");
        let kind = if subtype == b"Type0" || dict.has(b"DescendantFonts") {
            Kind::Composite(Box::new(composite::Composite::new(doc, dict, map)))
        } else if subtype == b"TrueType" && !has_program(descriptor) && is_gbk_name(base) {
            // Written by old Chinese programs: the font has a Chinese name in GBK, and so has its text.
            Kind::Composite(Box::new(composite::Composite::gbk(doc, map)))
        } else {
            Kind::Simple(simple::codes(doc, dict, &map))
        };
        let vertical = matches!(&kind, Kind::Composite(c) if c.vertical);
        Self {
            kind,
            vertical,
            kept: RefCell::default(),
            id,
        }
    }

    /// What stands in for a font that the file does not have.
    pub(super) fn missing() -> Self {
        Self {
            kind: Kind::Simple(simple::usual()),
            vertical: false,
            kept: RefCell::default(),
            id: None,
        }
    }

    /// The first code of `bytes`; `None` at their end.
    pub(super) fn next(&self, bytes: &[u8]) -> Option<Code> {
        match &self.kind {
            Kind::Simple(codes) => codes.get(usize::from(*bytes.first()?)).cloned(),
            Kind::Composite(composite) => {
                let (code, len) = composite.cut(bytes)?;
                if let Some(known) = self.kept.borrow().get(&(code, len)) {
                    return Some(known.clone());
                }
                let code = composite.code(code, bytes.get(..len).unwrap_or(bytes));
                let mut kept = self.kept.borrow_mut();
                if kept.len() < KEPT {
                    kept.insert((code.number, len), code.clone());
                }
                Some(code)
            }
        }
    }
}

/// The font program of a descriptor, expanded.
fn program_of(doc: &Document, descriptor: Option<&Dictionary>) -> Option<Program> {
    let stream = [&b"FontFile2"[..], b"FontFile3", b"FontFile"]
        .iter()
        .find_map(|key| entry(doc, descriptor?, key))?
        .as_stream()
        .ok()?;
    Some(Program::read(&content(stream, MAPPING).ok()?))
}

fn has_program(descriptor: Option<&Dictionary>) -> bool {
    descriptor.is_some_and(|d| {
        [&b"FontFile"[..], b"FontFile2", b"FontFile3"]
            .iter()
            .any(|key| d.has(key))
    })
}

/// Names of Chinese fonts in GBK: 宋体, 楷体, 黑体, 仿宋, 新宋.
fn is_gbk_name(name: &[u8]) -> bool {
    [
        b"\xcb\xce\xcc\xe5",
        b"\xbf\xac\xcc\xe5",
        b"\xba\xda\xcc\xe5",
        b"\xb7\xc2\xcb\xce",
        b"\xd0\xc2\xcb\xce",
    ]
    .iter()
    .any(|known| name.starts_with(&known[..]))
}

fn is_private(text: &str) -> bool {
    text.chars().any(|c| ('\u{e000}'..'\u{f900}').contains(&c))
}
