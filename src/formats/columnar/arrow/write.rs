//! Changed copies: the messages again, and a footer that says where they are.

use super::{
    BAD, CONTINUES, File, MAGIC, Message,
    flat::{self, Table, Value},
};
use crate::formats::{FormatError, Output};

/// Version of the format that copies are written in.
const VERSION: i16 = 4;

/// Where a message of a copy lies: place, bytes of its description, of its body.
type Block = (u64, u64, u64);

/// Where messages go: a copy is begun with the first change; until then it could be the source as it is.
pub(super) enum To<'o> {
    Nothing,
    Waiting(Option<&'o mut dyn Output>),
    Copy(Copy<'o>),
}

impl To<'_> {
    /// Begins a copy with the messages before `until`, in which nothing changes.
    pub(super) fn begin(&mut self, file: &File<'_>, until: u64) -> Result<(), FormatError> {
        let Self::Waiting(out) = self else {
            return Ok(());
        };
        let Some(out) = out.take() else {
            return Ok(());
        };
        let mut copy = Copy {
            out,
            at: 0,
            dictionaries: Vec::new(),
            records: Vec::new(),
        };
        if file.seeks {
            copy.put(b"ARROW1\0\0")?;
        }
        copy.described(1, file.schema.written()?, 0)?;
        let mut at = file.from;
        while at < until {
            let message = file.message(at)?.ok_or(BAD)?;
            let root = Table::root(&message.head).ok_or(BAD)?;
            copy.same(file, &message, root.byte(1) == Some(2))?;
            at = message.end;
        }
        *self = Self::Copy(copy);
        Ok(())
    }
}

pub(super) struct Copy<'o> {
    out: &'o mut dyn Output,
    at: u64,
    dictionaries: Vec<Block>,
    records: Vec<Block>,
}

impl Copy<'_> {
    fn put(&mut self, raw: &[u8]) -> Result<(), FormatError> {
        self.out.write_all(raw)?;
        self.at += raw.len() as u64;
        Ok(())
    }

    /// Writes the description of a message with a body of so many bytes. Gives its own bytes.
    fn described(
        &mut self,
        kind: u8,
        table: Vec<(u16, Value)>,
        body: u64,
    ) -> Result<u64, FormatError> {
        let fields = [
            (0, Value::Short(VERSION)),
            (1, Value::Byte(kind)),
            (2, Value::Table(table)),
            (3, Value::Long(i64::try_from(body).unwrap_or(i64::MAX))),
        ];
        self.head(&flat::written(&fields))
    }

    fn head(&mut self, raw: &[u8]) -> Result<u64, FormatError> {
        let size = raw.len().next_multiple_of(8);
        let size = u32::try_from(size).map_err(|_| FormatError::Limit("bytes of a message"))?;
        self.put(&CONTINUES.to_le_bytes())?;
        self.put(&size.to_le_bytes())?;
        self.put(raw)?;
        let rest = vec![0; size as usize - raw.len()];
        self.put(&rest)?;
        Ok(u64::from(size) + 8)
    }

    pub(super) fn message(
        &mut self,
        kind: u8,
        table: Vec<(u16, Value)>,
        body: &[u8],
        dictionary: bool,
    ) -> Result<(), FormatError> {
        let at = self.at;
        let head = self.described(kind, table, body.len() as u64)?;
        self.put(body)?;
        self.note((at, head, body.len() as u64), dictionary);
        Ok(())
    }

    /// Writes a message as it is.
    pub(super) fn same(
        &mut self,
        file: &File<'_>,
        message: &Message,
        dictionary: bool,
    ) -> Result<(), FormatError> {
        let at = self.at;
        let head = self.head(&message.head)?;
        let mut from = message.body.start;
        while from < message.body.end {
            let to = message.body.end.min(from + (1 << 20));
            let raw = file.bytes.vec(from, to)?;
            self.put(&raw)?;
            from = to;
        }
        let length = message.body.end - message.body.start;
        self.note((at, head, length), dictionary);
        Ok(())
    }

    fn note(&mut self, block: Block, dictionary: bool) {
        if dictionary {
            self.dictionaries.push(block);
        } else {
            self.records.push(block);
        }
    }

    pub(super) fn finish(mut self, file: &File<'_>) -> Result<(), FormatError> {
        self.put(&CONTINUES.to_le_bytes())?;
        self.put(&[0; 4])?;
        if !file.seeks {
            return Ok(());
        }
        // Structures of 24 bytes: place, bytes of the description, bytes of the body.
        let blocks = |all: &[Block]| {
            let long = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
            let numbers = all.iter().flat_map(|b| [long(b.0), long(b.1), long(b.2)]);
            Value::Longs(all.len(), numbers.collect())
        };
        let raw = flat::written(&[
            (0, Value::Short(VERSION)),
            (1, Value::Table(file.schema.written()?)),
            (2, blocks(&self.dictionaries)),
            (3, blocks(&self.records)),
        ]);
        let size =
            u32::try_from(raw.len()).map_err(|_| FormatError::Limit("bytes of the footer"))?;
        self.put(&raw)?;
        self.put(&size.to_le_bytes())?;
        self.put(MAGIC)
    }
}
