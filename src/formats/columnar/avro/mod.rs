//! Avro: containers of objects (`.avro`).
//!
//! Read: every value of every object under the name of its field, nested and repeated ones too; the schema with its
//! names, documentation and defaults, and every other entry of the head; what lies behind the objects of a block.
//! Written: the same blocks, compressed as they were, those without a masked value byte for byte. In place of a masked
//! number is null where the type allows it, else zero. A changed copy's head has the schema as far as values need it
//! and no entry of anybody's own; its mark between blocks is another one.
//!
//! Standard: Apache Avro specification 1.12.

mod block;
mod needed;
mod schema;

use super::{
    BATCH, PIECE,
    grid::{Change, Grid},
    stray,
    unpack::{Packing, packed, put_varint, unpacked, unzigzag, varint, zigzag},
    verbatim, withheld, words,
};
use crate::{
    formats::{
        Cx, Format, FormatError, Json, Output, Probe, Source, archives::bytes::Bytes, nest::Known,
    },
    model::{FormatId, GapKind, Name, Step},
};
use block::{Block, Spot};
use needed::needed;
use schema::{Rewrite, Schema};
use serde_json::Value;
use sha2::Digest;
use std::io::Cursor;

/// Avro containers.
#[derive(Debug, Clone, Copy)]
pub struct Avro;

const MAGIC: &[u8] = b"Obj\x01";
/// Bytes of the mark between blocks.
const MARK: usize = 16;

impl Format for Avro {
    fn id(&self) -> FormatId {
        "avro"
    }

    fn probe(&self, head: &[u8], _: &[u8]) -> Probe {
        if head.starts_with(MAGIC) {
            Probe::Bytes
        } else {
            Probe::No
        }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let bytes = Bytes::open(source, cx.limits.held_bytes)?;
        cx.read(bytes.len());
        let head = Head::read(&bytes)?;
        let (new, mut changed) = head.texts(out.is_some(), cx)?;
        let schema = Schema::read(&head.schema)?;
        let mut file = File {
            bytes: &bytes,
            grids: grids(&schema),
            schema,
            packing: head.packing,
            mark: head.mark,
            rows: Vec::new(),
        };
        file.rows = vec![0; file.grids.len()];
        changed |= words(&head.mark, &[Step::Field("sync".into())], cx);
        let Some(out) = out else {
            return file.blocks(head.end, None, cx);
        };
        let mut copy = Copy {
            out,
            head: head.written(new.as_ref())?,
            start: head.end,
            begun: false,
        };
        if changed {
            copy.begin(&file, head.end)?;
        }
        file.blocks(head.end, Some(&mut copy), cx)?;
        if copy.begun {
            return Ok(());
        }
        verbatim(&bytes, copy.out)
    }
}

/// The head of a container.
struct Head {
    raw: Vec<u8>,
    schema: Value,
    /// The other entries.
    entries: Vec<(Vec<u8>, Vec<u8>)>,
    packing: Packing,
    codec: String,
    mark: [u8; MARK],
    end: u64,
}

/// A number at a place in a source: itself and the place behind it.
fn number_at(bytes: &Bytes<'_>, at: u64) -> Result<Option<(i64, u64)>, FormatError> {
    let raw = bytes.vec(at, at.saturating_add(10))?;
    Ok(varint(&raw, 0).map(|(value, used)| (unzigzag(value), at + used as u64)))
}

/// Bytes with their length before them.
fn sized(raw: &[u8], at: &mut usize) -> Option<Vec<u8>> {
    let (length, from) = varint(raw, *at)?;
    let length = usize::try_from(unzigzag(length)).ok()?;
    let end = from.checked_add(length)?;
    let value = raw.get(from..end)?;
    *at = end;
    Some(value.to_vec())
}

impl Head {
    fn read(bytes: &Bytes<'_>) -> Result<Self, FormatError> {
        // A schema of 16 MiB is more than any there is.
        let raw = bytes.vec(0, 16 << 20)?;
        let bad = || FormatError::Corrupt("the head");
        let mut at = MAGIC.len();
        let mut entries = Vec::new();
        loop {
            let (count, from) = varint(&raw, at).ok_or_else(bad)?;
            at = from;
            let count = unzigzag(count);
            if count == 0 {
                break;
            }
            if count < 0 {
                at = varint(&raw, at).ok_or_else(bad)?.1;
            }
            for _ in 0..count.unsigned_abs() {
                let key = sized(&raw, &mut at).ok_or_else(bad)?;
                let value = sized(&raw, &mut at).ok_or_else(bad)?;
                entries.push((key, value));
            }
        }
        let mark = raw.get(at..).and_then(<[u8]>::first_chunk);
        let mark: [u8; MARK] = *mark.ok_or_else(bad)?;
        let find = |key: &[u8]| {
            entries
                .iter()
                .find(|(k, _)| k == key)
                .map(|(_, v)| v.clone())
        };
        let schema = find(b"avro.schema").ok_or_else(bad)?;
        let codec = find(b"avro.codec").unwrap_or_else(|| b"null".to_vec());
        let packing = match codec.as_slice() {
            b"null" | b"" => Packing::None,
            b"deflate" => Packing::Deflate,
            b"snappy" => Packing::Snappy,
            b"zstandard" => Packing::Zstd,
            b"bzip2" => Packing::Bzip2,
            _ => return Err(FormatError::Unsupported("an unknown compression")),
        };
        let json = needed(&schema)?;
        // The first of each is the one that counts.
        for key in [&b"avro.schema"[..], b"avro.codec"] {
            if let Some(n) = entries.iter().position(|(k, _)| k == key) {
                entries.remove(n);
            }
        }
        Ok(Self {
            raw: schema,
            schema: json,
            entries,
            packing,
            codec: String::from_utf8_lossy(&codec).into_owned(),
            mark,
            end: (at + MARK) as u64,
        })
    }

    /// Hands on what the head says. Gives the schema with masks, and whether something is to change.
    fn texts(&self, writing: bool, cx: &mut Cx<'_>) -> Result<(Option<Value>, bool), FormatError> {
        let name = Name::from("schema.json");
        let known = Known {
            identity: Some(crate::formats::Identity {
                format: Some(&Json),
                clash: None,
                unknown: None,
            }),
            encoding: None,
        };
        let mut source = Source::slice(&self.raw);
        let mut changed = false;
        let mut new = None;
        if writing {
            let mut copy = Cursor::new(Vec::new());
            cx.known_member(&name, known, &mut source, Some(&mut copy))?;
            let copy = copy.into_inner();
            changed = copy != self.raw;
            new = Some(needed(&copy).map_err(|_| withheld("a value in the schema"))?);
        } else {
            cx.known_member(&name, known, &mut source, None)?;
        }
        for (key, value) in &self.entries {
            let at = [Step::Field(String::from_utf8_lossy(key).into_owned())];
            changed |= words(key, &[Step::Field("metadata".into())], cx);
            changed |= words(value, &at, cx);
        }
        Ok((new, changed))
    }

    /// The head of a changed copy, without its mark.
    fn written(&self, new: Option<&Value>) -> Result<Vec<u8>, FormatError> {
        let new = new.unwrap_or(&self.schema);
        let schema = Rewrite::default().all(&self.schema, new, 0)?.to_string();
        let mut out = MAGIC.to_vec();
        put_varint(&mut out, zigzag(2));
        let parts = ["avro.schema", &schema, "avro.codec", &self.codec];
        for part in parts {
            put_varint(&mut out, zigzag(i64::try_from(part.len()).unwrap_or(0)));
            out.extend_from_slice(part.as_bytes());
        }
        out.push(0);
        Ok(out)
    }
}

fn grids(schema: &Schema<'_>) -> Vec<Grid<Spot>> {
    let tables = (0_u32..).zip(&schema.tables);
    tables
        .map(|(id, (name, columns))| {
            let at = name.iter().map(|n| Step::Field(n.clone())).collect();
            Grid::new(at, id, columns.clone())
        })
        .collect()
}

/// What is read.
struct File<'f> {
    bytes: &'f Bytes<'f>,
    schema: Schema<'f>,
    grids: Vec<Grid<Spot>>,
    /// Number of the last row of each table.
    rows: Vec<u64>,
    packing: Packing,
    mark: [u8; MARK],
}

/// A copy that is written from the first change on; until then it could be the source as it is.
struct Copy<'o> {
    out: &'o mut dyn Output,
    head: Vec<u8>,
    /// Where the first block begins.
    start: u64,
    begun: bool,
}

impl Copy<'_> {
    fn mark(&self) -> [u8; MARK] {
        let digest = sha2::Sha256::digest(&self.head);
        digest.first_chunk().copied().unwrap_or_default()
    }

    /// Writes the head and the blocks up to `end`, in which nothing changes.
    fn begin(&mut self, file: &File<'_>, end: u64) -> Result<(), FormatError> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        let mark = self.mark();
        self.out.write_all(&self.head)?;
        self.out.write_all(&mark)?;
        let mut at = self.start;
        while at < end {
            let piece = file.piece(at)?;
            self.block(piece.count, &file.bytes.vec(piece.from, piece.to)?)?;
            at = piece.end();
        }
        Ok(())
    }

    fn block(&mut self, count: i64, raw: &[u8]) -> Result<(), FormatError> {
        let mut head = Vec::new();
        put_varint(&mut head, zigzag(count));
        put_varint(&mut head, zigzag(i64::try_from(raw.len()).unwrap_or(0)));
        self.out.write_all(&head)?;
        self.out.write_all(raw)?;
        let mark = self.mark();
        self.out.write_all(&mark)?;
        Ok(())
    }
}

/// Where a block lies.
struct Piece {
    count: i64,
    from: u64,
    to: u64,
}

impl Piece {
    fn end(&self) -> u64 {
        self.to + MARK as u64
    }
}

impl File<'_> {
    fn piece(&self, at: u64) -> Result<Piece, FormatError> {
        let bad = FormatError::Corrupt("a block");
        let Some((count, at)) = number_at(self.bytes, at)? else {
            return Err(bad);
        };
        let Some((size, from)) = number_at(self.bytes, at)? else {
            return Err(bad);
        };
        let to = u64::try_from(size).ok().and_then(|n| from.checked_add(n));
        match to.filter(|to| *to <= self.bytes.len()) {
            Some(to) if count >= 0 => Ok(Piece { count, from, to }),
            _ => Err(bad),
        }
    }

    fn blocks(
        &mut self,
        start: u64,
        mut copy: Option<&mut Copy<'_>>,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let mut at = start;
        while at < self.bytes.len() {
            let read = self
                .piece(at)
                .and_then(|p| self.block(&p, at, copy.as_deref_mut(), cx).map(|()| p));
            match read {
                Ok(piece) => at = piece.end(),
                Err(e @ (FormatError::Timeout | FormatError::Io(_))) => return Err(e),
                Err(e) if copy.is_some() => return Err(e),
                Err(e) => {
                    // The rest is looked through all the same.
                    let mut from = at;
                    while from < self.bytes.len() {
                        let to = from.saturating_add(1 << 20);
                        cx.spend(0)?;
                        stray(&self.bytes.vec(from, to + 4096)?, &[], cx);
                        from = to;
                    }
                    cx.gap(&[], e.kind(), "the objects end here");
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn block(
        &mut self,
        piece: &Piece,
        at: u64,
        copy: Option<&mut Copy<'_>>,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        if piece.to - piece.from > PIECE as u64 {
            return Err(FormatError::Limit("bytes of a block"));
        }
        let raw = self.bytes.vec(piece.from, piece.to)?;
        let mark = self.bytes.array::<MARK>(piece.to)?;
        if mark != Some(self.mark) {
            return Err(FormatError::Corrupt("a block without its mark"));
        }
        let (data, sound) = self.opened(&raw)?;
        cx.allow(data.len() as u64, raw.len() as u64)?;
        cx.spend(data.len() as u64)?;
        let writing = copy.is_some();
        let mut block = Block::new(&data, self, writing);
        block.objects(piece.count, cx)?;
        let (used, mut splices) = block.done(cx)?;
        let rest = data.get(used..).unwrap_or_default();
        if !rest.is_empty() {
            let place = [Step::Field("block".into())];
            stray(rest, &place, cx);
            splices.push((used..data.len(), Vec::new()));
        }
        if !sound {
            cx.gap(&[], GapKind::Corrupt, "a block with a wrong checksum");
        }
        let Some(copy) = copy else {
            return Ok(());
        };
        if splices.is_empty() && sound {
            if copy.begun {
                copy.block(piece.count, &raw)?;
            }
            return Ok(());
        }
        copy.begin(self, at)?;
        let new = block::spliced(&data, splices);
        let mut raw = packed(self.packing, &new)?;
        if self.packing == Packing::Snappy {
            raw.extend_from_slice(&crc32fast::hash(&new).to_be_bytes());
        }
        copy.block(piece.count, &raw)
    }

    /// The block expanded, and whether its checksum is right.
    fn opened(&self, raw: &[u8]) -> Result<(Vec<u8>, bool), FormatError> {
        if self.packing != Packing::Snappy {
            return Ok((unpacked(self.packing, raw, PIECE)?, true));
        }
        let cut = raw.len().checked_sub(4);
        let cut = cut.ok_or(FormatError::Corrupt("a block"))?;
        let (body, sum) = raw.split_at(cut);
        let data = unpacked(Packing::Snappy, body, PIECE)?;
        let sound = sum == crc32fast::hash(&data).to_be_bytes();
        Ok((data, sound))
    }

    /// Hands on what waits, when it is enough or `all`.
    fn flush(&mut self, all: bool, cx: &mut Cx<'_>) -> Result<Vec<Change<Spot>>, FormatError> {
        let waiting: usize = self.grids.iter().map(Grid::waiting).sum();
        let mut out = Vec::new();
        if all || waiting >= BATCH {
            for grid in &mut self.grids {
                out.append(&mut grid.hand_on(cx)?);
            }
        }
        Ok(out)
    }
}
