//! Thrift's compact protocol: what footers and heads of pages are written in.
//!
//! Standard: Apache Thrift, "Thrift Compact protocol encoding".

use super::super::unpack::{put_varint, unzigzag, varint, zigzag};
use crate::formats::FormatError;
use std::ops::Range;

const BAD: FormatError = FormatError::Corrupt("a structure of the file");
/// Deepest nesting; the deepest that Parquet has is eight.
const DEPTH: u32 = 32;

/// A value that was read. Bytes are a range of what it was read from.
#[derive(Debug, Clone)]
pub(super) enum Tree {
    Bool(bool),
    /// Of 8, 16, 32 and 64 bits, with the type that is written.
    Int(u8, i64),
    Double([u8; 8]),
    Bytes(Range<usize>),
    /// Type of the elements, and they.
    List(u8, Vec<Tree>),
    Struct(Vec<(i16, Tree)>),
}

/// Reads values.
#[derive(Debug)]
pub(super) struct Thrift<'t> {
    raw: &'t [u8],
    pub(super) at: usize,
    /// Values that may still be read.
    room: usize,
}

impl<'t> Thrift<'t> {
    /// For at most `room` values.
    pub(super) fn new(raw: &'t [u8], at: usize, room: usize) -> Self {
        Self { raw, at, room }
    }

    fn byte(&mut self) -> Result<u8, FormatError> {
        let byte = *self.raw.get(self.at).ok_or(BAD)?;
        self.at += 1;
        Ok(byte)
    }

    fn number(&mut self) -> Result<u64, FormatError> {
        let (value, at) = varint(self.raw, self.at).ok_or(BAD)?;
        self.at = at;
        Ok(value)
    }

    /// A structure.
    ///
    /// # Errors
    /// `Corrupt`; `Limit` for more values than there is room for.
    pub(super) fn structure(&mut self, depth: u32) -> Result<Tree, FormatError> {
        let mut fields = Vec::new();
        let mut id = 0_i16;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Ok(Tree::Struct(fields));
            }
            let step = i16::from(head >> 4);
            id = if step == 0 {
                i16::try_from(unzigzag(self.number()?)).map_err(|_| BAD)?
            } else {
                id.checked_add(step).ok_or(BAD)?
            };
            let kind = head & 15;
            let value = match kind {
                1 | 2 => {
                    self.count()?;
                    Tree::Bool(kind == 1)
                }
                _ => self.value(kind, depth)?,
            };
            fields.push((id, value));
        }
    }

    fn count(&mut self) -> Result<(), FormatError> {
        let room = self.room.checked_sub(1);
        self.room = room.ok_or(FormatError::Limit("values in a structure of the file"))?;
        Ok(())
    }

    fn value(&mut self, kind: u8, depth: u32) -> Result<Tree, FormatError> {
        self.count()?;
        if depth > DEPTH {
            return Err(FormatError::Limit("depth of a structure of the file"));
        }
        match kind {
            1 | 2 => Ok(Tree::Bool(self.byte()? == 1)),
            3 => Ok(Tree::Int(3, i64::from(self.byte()?.cast_signed()))),
            4..=6 => Ok(Tree::Int(kind, unzigzag(self.number()?))),
            7 => {
                let raw = self.raw.get(self.at..).and_then(<[u8]>::first_chunk);
                let raw = *raw.ok_or(BAD)?;
                self.at += 8;
                Ok(Tree::Double(raw))
            }
            8 => {
                let length = usize::try_from(self.number()?).map_err(|_| BAD)?;
                let end = self.at.checked_add(length).ok_or(BAD)?;
                self.raw.get(self.at..end).ok_or(BAD)?;
                let range = self.at..end;
                self.at = end;
                Ok(Tree::Bytes(range))
            }
            9 | 10 => {
                let head = self.byte()?;
                let inner = head & 15;
                let count = match head >> 4 {
                    15 => self.number()?,
                    n => u64::from(n),
                };
                let mut all = Vec::new();
                for _ in 0..count {
                    all.push(self.value(inner, depth + 1)?);
                }
                Ok(Tree::List(inner, all))
            }
            12 => self.structure(depth + 1),
            _ => Err(BAD),
        }
    }
}

impl Tree {
    /// A field of a structure.
    pub(super) fn get(&self, id: i16) -> Option<&Tree> {
        match self {
            Self::Struct(fields) => fields.iter().find(|(n, _)| *n == id).map(|(_, t)| t),
            _ => None,
        }
    }

    pub(super) fn int(&self, id: i16) -> Option<i64> {
        match self.get(id)? {
            Self::Int(_, value) => Some(*value),
            _ => None,
        }
    }

    pub(super) fn flag(&self, id: i16) -> Option<bool> {
        match self.get(id)? {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// A length or a place.
    pub(super) fn size(&self, id: i16) -> Option<usize> {
        usize::try_from(self.int(id)?).ok()
    }

    pub(super) fn list(&self, id: i16) -> &[Tree] {
        match self.get(id) {
            Some(Self::List(_, all)) => all,
            _ => &[],
        }
    }

    /// Bytes of a field.
    pub(super) fn bytes<'r>(&self, id: i16, raw: &'r [u8]) -> Option<&'r [u8]> {
        match self.get(id)? {
            Self::Bytes(range) => raw.get(range.clone()),
            _ => None,
        }
    }

    /// All bytes in it but those of fields that `skip` names by the way to them.
    pub(super) fn all_bytes(
        &self,
        way: &mut Vec<i16>,
        skip: &dyn Fn(&[i16]) -> bool,
        out: &mut Vec<Range<usize>>,
    ) {
        match self {
            Self::Bytes(range) => out.push(range.clone()),
            Self::List(_, all) => {
                for one in all {
                    one.all_bytes(way, skip, out);
                }
            }
            Self::Struct(fields) => {
                for (id, one) in fields {
                    way.push(*id);
                    if !skip(way) {
                        one.all_bytes(way, skip, out);
                    }
                    way.pop();
                }
            }
            _ => {}
        }
    }

    /// Whether there are bytes anywhere in it.
    pub(super) fn has_bytes(&self) -> bool {
        match self {
            Self::Bytes(_) => true,
            Self::List(_, all) => all.iter().any(Self::has_bytes),
            Self::Struct(fields) => fields.iter().any(|(_, t)| t.has_bytes()),
            _ => false,
        }
    }
}

/// A structure that is written.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) out: Vec<u8>,
    last: Vec<i16>,
    id: i16,
}

impl Writer {
    fn field(&mut self, id: i16, kind: u8) {
        let step = id.checked_sub(self.id).and_then(|n| u8::try_from(n).ok());
        if let Some(step @ 1..=15) = step {
            self.out.push(step << 4 | kind);
        } else {
            self.out.push(kind);
            put_varint(&mut self.out, zigzag(id.into()));
        }
        self.id = id;
    }

    pub(super) fn int(&mut self, id: i16, kind: u8, value: i64) {
        self.field(id, kind);
        self.put_int(kind, value);
    }

    fn put_int(&mut self, kind: u8, value: i64) {
        if kind == 3 {
            self.out
                .push(i8::try_from(value).unwrap_or(0).cast_unsigned());
        } else {
            put_varint(&mut self.out, zigzag(value));
        }
    }

    /// Of 32 bits.
    pub(super) fn i32(&mut self, id: i16, value: i64) {
        self.int(id, 5, value);
    }

    /// Of 64 bits.
    pub(super) fn i64(&mut self, id: i16, value: u64) {
        self.int(id, 6, i64::try_from(value).unwrap_or(i64::MAX));
    }

    pub(super) fn bytes(&mut self, id: i16, value: &[u8]) {
        self.field(id, 8);
        self.text(value);
    }

    /// Bytes as an element of a list.
    pub(super) fn text(&mut self, value: &[u8]) {
        put_varint(&mut self.out, value.len() as u64);
        self.out.extend_from_slice(value);
    }

    pub(super) fn list(&mut self, id: i16, kind: u8, count: usize) {
        self.field(id, 9);
        self.put_list(kind, count);
    }

    fn put_list(&mut self, kind: u8, count: usize) {
        if let Ok(n @ 0..=14) = u8::try_from(count) {
            self.out.push(n << 4 | kind);
        } else {
            self.out.push(0xF0 | kind);
            put_varint(&mut self.out, count as u64);
        }
    }

    /// A number of 32 bits as an element of a list.
    pub(super) fn element(&mut self, value: i64) {
        self.put_int(5, value);
    }

    /// A structure begins, as a field.
    pub(super) fn begin(&mut self, id: i16) {
        self.field(id, 12);
        self.open();
    }

    /// A structure begins, as an element of a list.
    pub(super) fn open(&mut self) {
        self.last.push(std::mem::take(&mut self.id));
    }

    /// The structure ends.
    pub(super) fn close(&mut self) {
        self.out.push(0);
        self.id = self.last.pop().unwrap_or(0);
    }

    /// A field that was read and has no bytes in it.
    pub(super) fn tree(&mut self, id: i16, tree: &Tree) {
        self.field(id, kind(tree));
        // The type of a truth value says which it is.
        if !matches!(tree, Tree::Bool(_)) {
            self.put(tree);
        }
    }

    fn put(&mut self, tree: &Tree) {
        match tree {
            Tree::Bool(value) => self.out.push(if *value { 1 } else { 2 }),
            Tree::Int(kind, value) => self.put_int(*kind, *value),
            Tree::Double(raw) => self.out.extend_from_slice(raw),
            Tree::Bytes(_) => self.out.push(0),
            Tree::List(kind, all) => {
                self.put_list(*kind, all.len());
                for one in all {
                    self.put(one);
                }
            }
            Tree::Struct(fields) => {
                self.open();
                for (id, one) in fields {
                    self.tree(*id, one);
                }
                self.close();
            }
        }
    }
}

fn kind(tree: &Tree) -> u8 {
    match tree {
        Tree::Bool(true) => 1,
        Tree::Bool(false) => 2,
        Tree::Int(kind, _) => *kind,
        Tree::Double(_) => 7,
        Tree::Bytes(_) => 8,
        Tree::List(..) => 9,
        Tree::Struct(_) => 12,
    }
}
