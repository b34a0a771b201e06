//! What the tests of containers share: a sink that looks for given values, and zip files made in code.

use crate::formats::{Cx, Format, FormatError, Limits, Sink, Source, Unread, nest};
use crate::model::{Edit, FormatId, Fragment, GapKind, Layout, Locator, Name, Span, State, Step};
use std::io::{Cursor, Read, Write};

/// Finds values, masks them when asked to, and remembers what it was told.
#[derive(Debug, Default)]
pub(crate) struct Finder {
    pub(crate) needles: Vec<String>,
    pub(crate) mask: bool,
    /// Masks in cells only.
    pub(crate) only_cells: bool,
    /// Place, label and text of every fragment.
    pub(crate) texts: Vec<(String, String, String)>,
    /// Place and kind of every gap.
    pub(crate) gaps: Vec<(String, GapKind)>,
    /// Name, format and state of every member, in the order they ended.
    pub(crate) members: Vec<(String, Option<FormatId>, State)>,
    /// Number, first-block mark and first row of every block of cells.
    pub(crate) blocks: Vec<(u32, bool, u64)>,
    open: Vec<(String, Option<FormatId>)>,
}

impl Finder {
    pub(crate) fn new(needles: &[&str]) -> Self {
        Self {
            needles: needles.iter().map(|&n| n.to_owned()).collect(),
            ..Self::default()
        }
    }

    /// Places where a value was seen.
    pub(crate) fn places(&self, needle: &str) -> Vec<&str> {
        self.texts
            .iter()
            .filter(|(_, _, text)| text.contains(needle))
            .map(|(at, _, _)| at.as_str())
            .collect()
    }

    fn masked(&self, text: &str) -> Vec<(usize, usize, String)> {
        let mut out = Vec::new();
        for needle in &self.needles {
            for (at, _) in text.match_indices(needle.as_str()) {
                out.push((at, at + needle.len(), "*".repeat(needle.chars().count())));
            }
        }
        out.sort_unstable();
        out
    }
}

impl Sink for Finder {
    fn text(&mut self, fragment: &Fragment<'_>, edits: &mut Vec<Edit>) {
        let text = String::from_utf8_lossy(fragment.bytes).into_owned();
        let mut at = Locator(fragment.at.to_vec()).to_string();
        let cells = match fragment.layout {
            Layout::Cells {
                table,
                first_row,
                cells,
            } => {
                self.blocks.push((table.id, table.first, first_row));
                at.push_str("cells");
                cells
            }
            _ => &[],
        };
        let mut end = 0;
        for cell in cells {
            assert!(cell.start >= end && cell.range().end <= text.len());
            end = cell.end;
        }
        if self.mask && !(self.only_cells && cells.is_empty()) {
            for (start, end, with) in self.masked(&text) {
                let cell = cells
                    .iter()
                    .position(|c| c.range().start <= start && end <= c.range().end);
                // What lies over the edge of cells, as in damaged sheets, is no value: nobody edits it.
                if !cells.is_empty() && cell.is_none() {
                    continue;
                }
                edits.push(Edit {
                    span: Span::new(start, end).unwrap(),
                    cell: cell.map(|c| u32::try_from(c).unwrap()),
                    with,
                });
            }
        }
        let label = fragment.label.unwrap_or_default().to_owned();
        self.texts.push((at, label, text));
    }
    fn gap(&mut self, at: &[Step], kind: GapKind, _: &str) {
        self.gaps.push((Locator(at.to_vec()).to_string(), kind));
    }
    fn encoding(&mut self, _: &'static str) {}
    fn enter(&mut self, name: &Name, format: Option<FormatId>, _: Option<FormatId>) {
        self.open.push((name.to_string(), format));
    }
    fn leave(&mut self, _: u64, state: State) {
        let (name, format) = self.open.pop().unwrap();
        self.members.push((name, format, state));
    }
    fn rename(&mut self, name: &Name) -> Name {
        let mut text = name.text().into_owned();
        for (start, end, with) in self.masked(&text).into_iter().rev() {
            text.replace_range(start..end, &with);
        }
        Name::from(text.as_str())
    }
}

/// Reads a source in memory.
pub(crate) fn read(
    format: &dyn Format,
    bytes: &[u8],
    needles: &[&str],
) -> (Finder, Result<(), FormatError>) {
    read_within(format, bytes, needles, &Limits::default())
}

/// Reads a source in memory within bounds.
pub(crate) fn read_within(
    format: &dyn Format,
    bytes: &[u8],
    needles: &[&str],
    limits: &Limits,
) -> (Finder, Result<(), FormatError>) {
    let mut sink = Finder::new(needles);
    let mut usage = nest::Usage::new(bytes.len() as u64);
    let mut cx = Cx::new(&mut sink, limits, &mut usage, Name::from("x"));
    let result = format.run(&mut Source::slice(bytes), &mut cx, None);
    (sink, result)
}

/// Copies a source in memory with the values masked.
pub(crate) fn copy(
    format: &dyn Format,
    bytes: &[u8],
    needles: &[&str],
) -> (Vec<u8>, Result<(), FormatError>) {
    let mut sink = Finder::new(needles);
    sink.mask = true;
    copy_into(format, bytes, sink)
}

/// Copies a source in memory with the values masked where they stand in cells.
pub(crate) fn copy_cells(
    format: &dyn Format,
    bytes: &[u8],
    needles: &[&str],
) -> (Vec<u8>, Result<(), FormatError>) {
    let mut sink = Finder::new(needles);
    sink.mask = true;
    sink.only_cells = true;
    copy_into(format, bytes, sink)
}

/// A copy, its gaps and how it ended.
pub(crate) type Treated = (Vec<u8>, Vec<(String, GapKind)>, Result<(), FormatError>);

/// Copies a source in memory with the values masked, and gives what was told of it.
pub(crate) fn copy_treated(
    format: &dyn Format,
    bytes: &[u8],
    needles: &[&str],
    unread: Unread,
) -> Treated {
    let mut sink = Finder::new(needles);
    sink.mask = true;
    let limits = Limits {
        unread,
        ..Limits::default()
    };
    let mut usage = nest::Usage::new(bytes.len() as u64);
    let mut cx = Cx::new(&mut sink, &limits, &mut usage, Name::from("x"));
    let mut out = Cursor::new(Vec::new());
    let result = format.run(&mut Source::slice(bytes), &mut cx, Some(&mut out));
    (out.into_inner(), sink.gaps, result)
}

fn copy_into(
    format: &dyn Format,
    bytes: &[u8],
    mut sink: Finder,
) -> (Vec<u8>, Result<(), FormatError>) {
    let limits = Limits::default();
    let mut usage = nest::Usage::new(bytes.len() as u64);
    let mut cx = Cx::new(&mut sink, &limits, &mut usage, Name::from("x"));
    let mut out = Cursor::new(Vec::new());
    let result = format.run(&mut Source::slice(bytes), &mut cx, Some(&mut out));
    (out.into_inner(), result)
}

/// A zip file of these members, deflated.
pub(crate) fn zipped<N: AsRef<str>, B: AsRef<[u8]>>(members: &[(N, B)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    for (name, data) in members {
        writer.start_file(name.as_ref(), options).unwrap();
        writer.write_all(data.as_ref()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Names and expanded bytes of all members, read by another reader.
pub(crate) fn unzipped(bytes: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|i| {
            let mut member = archive.by_index(i).unwrap();
            let mut data = Vec::new();
            member.read_to_end(&mut data).unwrap();
            (member.name_raw().to_vec(), data)
        })
        .collect()
}

/// Whether a value stands in these bytes, in UTF-8 or UTF-16.
pub(crate) fn holds(bytes: &[u8], value: &str) -> bool {
    let wide: Vec<u8> = value.encode_utf16().flat_map(u16::to_le_bytes).collect();
    memchr::memmem::find(bytes, value.as_bytes()).is_some()
        || memchr::memmem::find(bytes, &wide).is_some()
}
