//! Journals beside a database: write-ahead logs (`-wal`) and rollback journals (`-journal`).
//!
//! They hold pages of the database as they are to be, or as they were. Read: the records of every leaf page, as
//! rows of one table without names, and the unused parts of pages as text. No copy is made of them: they
//! belong to a database whose copy is written anew. Values that go on in other pages are read as far as
//! they are in their own.
//!
//! Source: "Database File Format", sqlite.org/fileformat2.html: 1.6, 2 (record format), 3 and 4.

use super::pages;
use crate::formats::{Cx, Format, FormatError, Output, Probe, Source, archives::bytes::Bytes};
use crate::model::{
    Ability, CellAt, CellKind, Charset, FormatId, Fragment, GapKind, Headers, Layout, Table,
};

/// Journals beside a database.
#[derive(Debug, Clone, Copy)]
pub struct Journal;

const ROLLBACK: &[u8] = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";
/// Bytes of text handed on at a time.
const PIECE: usize = 1 << 20;

fn number(bytes: &[u8], at: usize) -> u32 {
    bytes
        .get(at..)
        .and_then(<[u8]>::first_chunk)
        .map_or(0, |b| u32::from_be_bytes(*b))
}

/// Where the first frame is, bytes before and behind the page in a frame, bytes of a page.
fn layout(head: &[u8]) -> Option<(u64, u64, u64, u64)> {
    let size = |n: u32| {
        let n = u64::from(n);
        (n.is_power_of_two() && (512..=65_536).contains(&n)).then_some(n)
    };
    if matches!(head, [0x37, 0x7F, 0x06, 0x82 | 0x83, ..]) {
        return Some((32, 24, 0, size(number(head, 8))?));
    }
    if head.starts_with(ROLLBACK) {
        let sector = u64::from(number(head, 20)).clamp(28, 65_536);
        return Some((sector, 4, 4, size(number(head, 24))?));
    }
    None
}

impl Format for Journal {
    fn id(&self) -> FormatId {
        "sqlite-journal"
    }

    fn ability(&self) -> Ability {
        Ability::Read
    }

    fn probe(&self, head: &[u8], _name: &[u8]) -> Probe {
        if layout(head).is_some() {
            Probe::Bytes
        } else {
            Probe::No
        }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        _out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let (mut at, before, behind, size) =
            layout(source.head()).ok_or(FormatError::Corrupt("no journal"))?;
        let bytes = Bytes::open(source, cx.limits.held_bytes)?;
        cx.read(bytes.len());
        let mut rows = Rows::default();
        let mut left = Vec::new();
        while at + before + size <= bytes.len() {
            let page = number(&bytes.vec(at, at + 4)?, 0);
            let raw = bytes.vec(at + before, at + before + size)?;
            cx.spend(0)?;
            let start = if page == 1 { 100 } else { 0 };
            rows.page(&raw, start);
            pages::unused(&raw, page == 1, &mut left);
            if rows.text.len() > PIECE {
                rows.hand_on(cx);
            }
            if left.len() > PIECE {
                pages::hand_on(&mut left, 1, cx);
            }
            at += before + size + behind;
        }
        rows.hand_on(cx);
        pages::hand_on(&mut left, 1, cx);
        if rows.longer {
            let note = "values that go on in other pages were read in part";
            cx.gap(&[], GapKind::Opaque, note);
        }
        Ok(())
    }
}

/// Records on their way to the detector.
#[derive(Default)]
struct Rows {
    text: Vec<u8>,
    cells: Vec<CellAt>,
    row: u32,
    first_row: u64,
    begun: bool,
    longer: bool,
}

/// A number of one to nine bytes, and its length.
fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut out = 0;
    for (i, &b) in bytes.iter().take(9).enumerate() {
        if i == 8 {
            return Some((out << 8 | u64::from(b), 9));
        }
        out = out << 7 | u64::from(b & 0x7F);
        if b < 0x80 {
            return Some((out, i + 1));
        }
    }
    None
}

impl Rows {
    /// Adds the records of a leaf page.
    fn page(&mut self, page: &[u8], start: usize) {
        let word = |at: usize| {
            page.get(at..)
                .and_then(<[u8]>::first_chunk)
                .map_or(0, |b| usize::from(u16::from_be_bytes(*b)))
        };
        let table = match page.get(start) {
            Some(13) => true,
            Some(10) => false,
            _ => return,
        };
        for cell in 0..word(start + 3).min(page.len() / 4) {
            let at = word(start + 8 + 2 * cell);
            if at > start {
                self.cell(page.get(at..).unwrap_or_default(), table);
            }
        }
    }

    /// Adds one record; nothing of one that does not hold together.
    fn cell(&mut self, cell: &[u8], table: bool) -> Option<()> {
        let (payload, mut at) = varint(cell)?;
        if table {
            at += varint(cell.get(at..)?)?.1;
        }
        let record = cell.get(at..)?;
        let payload = usize::try_from(payload).ok()?;
        let record = record.get(..payload).unwrap_or(record);
        let (header, mut at) = varint(record)?;
        let header = usize::try_from(header).ok()?;
        let mut value = header;
        let (mut column, mut any) = (1, false);
        while at < header && column < 2_000 {
            let (kind, n) = varint(record.get(at..header)?)?;
            at += n;
            let length = usize::try_from(match kind {
                0 | 8..=11 => 0,
                1..=4 => kind,
                5 => 6,
                6 | 7 => 8,
                kind => (kind - 12) / 2,
            })
            .ok()?;
            let end = value.checked_add(length)?;
            let bytes = record.get(value..end).or_else(|| {
                self.longer = true;
                record.get(value..)
            });
            let bytes = bytes.unwrap_or_default();
            any |= self.value(kind, bytes, column);
            value = end;
            column += 1;
        }
        if any {
            self.row += 1;
        }
        Some(())
    }

    fn value(&mut self, kind: u64, bytes: &[u8], column: u32) -> bool {
        let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let start = self.text.len();
        let mut form = CellKind::Number;
        match kind {
            1..=6 => {
                let negative = bytes.first().is_some_and(|b| *b >= 0x80);
                let whole = bytes
                    .iter()
                    .fold(if negative { -1 } else { 0 }, |n: i64, b| {
                        n << 8 | i64::from(*b)
                    });
                self.text.extend_from_slice(whole.to_string().as_bytes());
            }
            7 => {
                let number = bytes.first_chunk().map_or(0.0, |b| f64::from_be_bytes(*b));
                self.text.extend_from_slice(format!("{number}").as_bytes());
            }
            12.. => {
                form = CellKind::Text;
                let text = bytes.iter().map(|b| if *b < b' ' { b' ' } else { *b });
                self.text.extend(text);
            }
            _ => {}
        }
        if self.text.len() == start {
            return false;
        }
        self.cells.push(CellAt {
            row: self.row,
            column,
            start: place(start),
            end: place(self.text.len()),
            kind: form,
        });
        self.text.push(b'\t');
        true
    }

    fn hand_on(&mut self, cx: &mut Cx<'_>) {
        if self.cells.is_empty() {
            return;
        }
        cx.text(&Fragment {
            at: &[],
            bytes: &self.text,
            charset: Charset::Utf8,
            own: 0..self.text.len(),
            base: None,
            layout: Layout::Cells {
                table: Table {
                    id: 0,
                    first: !std::mem::replace(&mut self.begun, true),
                    headers: Headers::Known(&[]),
                },
                first_row: self.first_row + 1,
                cells: &self.cells,
            },
            label: None,
        });
        self.first_row += u64::from(self.row);
        self.row = 0;
        self.cells.clear();
        self.text.clear();
    }
}
