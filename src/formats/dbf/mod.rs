//! Tables of dBASE II to 7, `FoxPro` and their kin (`.dbf`), and their memo files (`.dbt`, `.fpt`).
//!
//! Read: every record, deleted ones too, as rows under the names of the fields; records past the number
//! in the header; what lies behind the last record and in the header besides the fields. The encoding is
//! decided by content, the language driver is believed where the content allows it. Numbers in binary
//! are read as digits. Memo files are files of their own ([`memo`]).
//!
//! Written: in place, so that size, number of records and widths stay. Masks have the bytes of the value;
//! numbers, dates and logical values become blank. Bytes behind the last record are overwritten with
//! zeros.
//!
//! Not read: indexes (`.cdx`, `.mdx`, `.ntx`, …): their keys are packed; they are made anew from the
//! copy.

mod header;
pub(super) mod memo;
#[cfg(test)]
mod tests;
mod value;

use super::{
    Cx, Format, FormatError, Output, Probe, Source,
    blocks::{self, Kind as Raw},
    encoding::{Codec, Encoding, Samples, decide, is_sound_gb, is_surely_utf8, valid_utf8},
    fixed::same_length,
    source::read_full,
};
use crate::model::{
    CellAt, CellKind, Charset, FormatId, Fragment, GapKind, Headers, Layout, Step, Table,
};
use header::{Header, Kind};
use std::io::Read;
use value::Value;

/// Tables of dBASE and `FoxPro`.
#[derive(Debug, Clone, Copy)]
pub struct Dbf;

/// Bytes of records read at a time.
const BLOCK: usize = 512 << 10;
/// Bytes that the encoding is decided by.
const SAMPLE: usize = 64 << 10;

impl Format for Dbf {
    fn id(&self) -> FormatId {
        "dbf"
    }

    fn probe(&self, head: &[u8], name: &[u8]) -> Probe {
        let named = name.to_ascii_lowercase().ends_with(b".dbf");
        match Header::parse(head) {
            Some(header) if header.exact => Probe::Bytes,
            // More fields than the first bytes show.
            Some(header) if header.fields_end + header.step > head.len() && head.len() >= 4096 => {
                Probe::Bytes
            }
            Some(_) if named => Probe::Name,
            _ => Probe::No,
        }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let want = header::length(source.head()).ok_or(FormatError::Corrupt("no table header"))?;
        let mut reader = source.reader()?;
        let mut head = vec![0; want];
        let n = read_full(&mut *reader, &mut head)?;
        head.truncate(n);
        let header = Header::parse(&head).ok_or(FormatError::Corrupt("table header"))?;
        if n < want {
            return Err(FormatError::Corrupt("the table ends inside its header"));
        }
        if header.encrypted {
            return Err(FormatError::Encrypted);
        }
        let needed = header.fields.last().map_or(0, |f| f.at + f.width);
        if needed > header.record {
            return Err(FormatError::Corrupt("fields are longer than the record"));
        }
        cx.read(n as u64);
        let mut run = Run {
            names: header.fields.iter().map(|f| f.name.clone()).collect(),
            header,
            codec: Codec::new(Encoding::Gb18030),
            out,
            row: 1,
            first: true,
            bad: 0,
            of: 0,
            rows: Rows::default(),
        };
        let block = run.header.record * (BLOCK / run.header.record).max(1);
        let mut records = vec![0; block];
        let n = read_full(&mut *reader, &mut records)?;
        records.truncate(n);
        run.decide(&records, cx);
        run.head(&mut head, cx)?;
        loop {
            let full = records.len() == block;
            cx.spend(0)?;
            let used = run.records(&mut records, cx)?;
            if used < records.len() || !full {
                let rest = records.split_off(used);
                return run.tail(rest, &mut *reader, cx);
            }
            let n = read_full(&mut *reader, &mut records)?;
            records.truncate(n);
        }
    }
}

/// One traversal of a table.
struct Run<'o> {
    header: Header,
    names: Vec<String>,
    codec: Codec,
    out: Option<&'o mut dyn Output>,
    /// Number of the next record, from 1.
    row: u64,
    first: bool,
    bad: u64,
    of: u64,
    rows: Rows,
}

/// Rows of one charset on their way to the detector.
#[derive(Default)]
struct Rows {
    text: Vec<u8>,
    cells: Vec<CellAt>,
    /// For each cell: record in the block, field.
    places: Vec<(usize, usize)>,
    charset: Option<Charset>,
    first_row: u64,
}

impl Run<'_> {
    /// Decides the encoding from the text fields of the first records.
    fn decide(&mut self, records: &[u8], cx: &mut Cx<'_>) {
        let mut sample = Vec::new();
        'all: for record in records.chunks_exact(self.header.record) {
            for field in self.header.fields.iter().filter(|f| f.kind == Kind::Text) {
                let raw = record
                    .get(field.at..field.at + field.width)
                    .unwrap_or_default();
                if raw.is_ascii() {
                    continue;
                }
                if let Value::Bytes(range, _) = value::value(field, raw) {
                    sample.extend_from_slice(raw.get(range).unwrap_or_default());
                    sample.push(b'\n');
                }
                if sample.len() >= SAMPLE {
                    break 'all;
                }
            }
        }
        let declared = header::language(self.header.language);
        let encoding = if sample.is_empty() {
            declared.unwrap_or(Encoding::Gb18030)
        } else {
            match decide(&Samples::new(&sample, false), declared).encoding {
                Encoding::Utf16Le | Encoding::Utf16Be => declared.unwrap_or(Encoding::Gb18030),
                encoding => encoding,
            }
        };
        cx.encoding(encoding.name());
        self.codec = Codec::new(encoding);
    }

    /// Reads and writes the header: names of fields, and whatever text stands besides.
    fn head(&mut self, head: &mut [u8], cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let codec = Codec::new(Encoding::Gb18030);
        let mut besides = head.to_vec();
        besides.iter_mut().take(12).for_each(|b| *b = b' ');
        for field in &self.header.fields {
            let (start, _) = field.name_at;
            let all = start..(start + self.header.step).min(besides.len());
            if let Some(known) = besides.get_mut(all) {
                known.fill(b' ');
            }
            let at = [Step::Field(field.name.clone()), Step::Name];
            if cx.string(&at, &field.name, None).is_empty() {
                continue;
            }
            let (start, end) = field.name_at;
            if let Some(name) = head.get_mut(start..end) {
                let len = name.iter().position(|&b| b == 0).unwrap_or(name.len());
                let star = same_length(codec, "*", len);
                name.iter_mut().zip(star).for_each(|(b, s)| *b = s);
            }
        }
        besides
            .iter_mut()
            .filter(|b| **b < b' ')
            .for_each(|b| *b = b' ');
        if besides.iter().any(|&b| b != b' ') {
            let at = [Step::Field("$header".into())];
            let charset = if valid_utf8(&besides) {
                Charset::Utf8
            } else {
                Charset::Gb18030
            };
            let fragment = Fragment {
                at: &at,
                bytes: &besides,
                charset,
                own: 0..besides.len(),
                base: None,
                layout: Layout::Whole,
                label: None,
            };
            for e in cx.text(&fragment) {
                let new = same_length(codec, &e.with, e.span.end() - e.span.start());
                if let Some(old) = head.get_mut(e.span.start()..e.span.end()) {
                    old.iter_mut().zip(new).for_each(|(b, n)| *b = n);
                }
            }
        }
        if let Some(out) = &mut self.out {
            out.write_all(head)?;
        }
        Ok(())
    }

    /// Reads and writes the whole records at the start of `block`. Gives the bytes that they are.
    fn records(&mut self, block: &mut [u8], cx: &mut Cx<'_>) -> Result<usize, FormatError> {
        let size = self.header.record;
        let mut used = 0;
        // Its room is used again for each block.
        let mut rows = std::mem::take(&mut self.rows);
        let first_row = self.row;
        for record in block.chunks_exact(size) {
            let counted = self.row <= u64::from(self.header.records);
            let mark = record.first().copied().unwrap_or(0);
            if !counted && !matches!(mark, b' ' | b'*') {
                break;
            }
            used += size;
            self.row += 1;
        }
        let Some(records) = block.get_mut(..used) else {
            return Ok(0);
        };
        for number in 0..used / size {
            let record = records
                .get(number * size..(number + 1) * size)
                .unwrap_or_default();
            let charset = self.charset(record);
            let changed = charset.is_some() && rows.charset.is_some() && rows.charset != charset;
            if changed {
                self.hand_on(&mut rows, records, cx);
            }
            let record = records
                .get(number * size..(number + 1) * size)
                .unwrap_or_default();
            rows.charset = rows.charset.or(charset);
            if rows.cells.is_empty() {
                rows.first_row = first_row + number as u64;
            }
            self.add(&mut rows, record, number, first_row + number as u64);
        }
        self.hand_on(&mut rows, records, cx);
        self.rows = rows;
        cx.read(used as u64);
        if let Some(out) = &mut self.out {
            out.write_all(records)?;
        }
        Ok(used)
    }

    fn is_raw(&self) -> bool {
        matches!(self.codec.encoding(), Encoding::Utf8 | Encoding::Gb18030)
    }

    /// The charset of a record's text fields; `None` for ASCII.
    fn charset(&self, record: &[u8]) -> Option<Charset> {
        if record.is_ascii() {
            return None;
        }
        let texts = || {
            self.header
                .fields
                .iter()
                .filter(|f| f.kind == Kind::Text)
                .filter_map(|f| record.get(f.at..f.at + f.width))
                .filter(|raw| !raw.is_ascii())
        };
        texts().next()?;
        match self.codec.encoding() {
            Encoding::Gb18030 => {
                let utf8 = texts().all(valid_utf8) && texts().any(is_surely_utf8);
                Some(if utf8 {
                    Charset::Utf8
                } else {
                    Charset::Gb18030
                })
            }
            Encoding::Utf8 => {
                let gb = !texts().all(valid_utf8) && texts().all(is_sound_gb);
                Some(if gb { Charset::Gb18030 } else { Charset::Utf8 })
            }
            _ => Some(Charset::Utf8),
        }
    }

    fn add(&mut self, rows: &mut Rows, record: &[u8], number: usize, row: u64) {
        let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        for (index, field) in self.header.fields.iter().enumerate() {
            let Some(raw) = record.get(field.at..field.at + field.width) else {
                continue;
            };
            let start = rows.text.len();
            let kind = match value::value(field, raw) {
                Value::Empty => continue,
                Value::Bytes(range, kind) => {
                    let text = raw.get(range).unwrap_or_default();
                    if self.is_raw() || text.is_ascii() {
                        rows.text.extend_from_slice(text);
                    } else {
                        self.of += text.len() as u64;
                        self.codec.decode(text, true, &mut rows.text, &mut self.bad);
                    }
                    kind
                }
                Value::Text(text) => {
                    rows.text.extend_from_slice(text.as_bytes());
                    CellKind::Number
                }
            };
            rows.cells.push(CellAt {
                row: place(usize::try_from(row - rows.first_row).unwrap_or(usize::MAX)),
                column: place(index + 1),
                start: place(start),
                end: place(rows.text.len()),
                kind,
            });
            rows.places.push((number, index));
            rows.text.push(b'\t');
        }
        if let Some(last) = rows.text.last_mut() {
            *last = b'\n';
        }
    }

    /// Hands rows on and puts the changes into their records.
    fn hand_on(&mut self, rows: &mut Rows, records: &mut [u8], cx: &mut Cx<'_>) {
        let charset = rows.charset.take().unwrap_or_default();
        if rows.cells.is_empty() {
            return;
        }
        let fragment = Fragment {
            at: &[],
            bytes: &rows.text,
            charset,
            own: 0..rows.text.len(),
            base: None,
            layout: Layout::Cells {
                table: Table {
                    id: 0,
                    first: std::mem::take(&mut self.first),
                    headers: Headers::Known(&self.names),
                },
                first_row: rows.first_row,
                cells: &rows.cells,
            },
            label: None,
        };
        let (codec, decoded) = if self.is_raw() {
            let raw = match charset {
                Charset::Utf8 => Encoding::Utf8,
                Charset::Gb18030 => Encoding::Gb18030,
            };
            (Codec::new(raw), false)
        } else {
            (self.codec, true)
        };
        let edits = cx.text(&fragment);
        for group in edits.chunk_by(|a, b| a.cell == b.cell) {
            let Some(index) = group.first().and_then(|e| e.cell).map(|i| i as usize) else {
                continue;
            };
            let Some((cell, &(number, field))) = rows.cells.get(index).zip(rows.places.get(index))
            else {
                continue;
            };
            let Some(field) = self.header.fields.get(field) else {
                continue;
            };
            let from = number * self.header.record + field.at;
            if let Some(raw) = records.get_mut(from..from + field.width) {
                value::mask(field, raw, group, cell.start as usize, codec, decoded);
            }
        }
        rows.text.clear();
        rows.cells.clear();
        rows.places.clear();
    }

    /// Reads what lies behind the last record; a copy has zeros there.
    fn tail(
        &mut self,
        rest: Vec<u8>,
        reader: &mut dyn Read,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        if self.row <= u64::from(self.header.records) {
            let note = "the table ends before its last record";
            cx.gap(&[], GapKind::Corrupt, note);
        }
        super::feed::note_undecodable(self.bad, self.of, cx);
        let kind = match self.codec.encoding() {
            Encoding::Utf8 => Raw::Utf8,
            _ => Raw::Gb18030,
        };
        let mut piece = rest;
        loop {
            let end = piece.len();
            let more = {
                let mut next = vec![0; BLOCK];
                let n = read_full(reader, &mut next)?;
                next.truncate(n);
                next
            };
            cx.spend(0)?;
            let plain = |b: &u8| matches!(b, 0x1A | 0 | b' ' | b'\r' | b'\n');
            if !piece.iter().all(plain) {
                piece.extend_from_slice(more.get(..super::feed::HALO).unwrap_or(&more));
                blocks::lines(&piece, 0..end, None, kind, 1, cx, &mut |_, _, _| {});
                piece.truncate(end);
                piece.iter_mut().filter(|b| !plain(b)).for_each(|b| *b = 0);
            }
            cx.read(end as u64);
            if let Some(out) = &mut self.out {
                out.write_all(&piece)?;
            }
            if more.is_empty() {
                return Ok(());
            }
            piece = more;
        }
    }
}
