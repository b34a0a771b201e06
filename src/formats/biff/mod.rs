//! Excel workbooks of records: xls, xlt, et (Excel 5 to 2003 and Kingsoft).
//!
//! Read: shared and other strings, numbers, cached results of formulas of every sheet as blocks of cells,
//! hidden ones too; strings that no cell shows; texts and long numbers in formulas; headers and footers,
//! comments and text boxes, names of sheets; the words in every other record: names, links, lists, pivot
//! caches, authors; properties; the words in all other streams and in sectors that belong to none.
//!
//! Written: in place, each character as wide as it was, so that no offset changes; a number becomes a text
//! of stars (in a row of packed numbers a zero), a formula whose result changes a constant. Then the container is
//! written anew, without what was freed. Streams of Kingsoft's own are emptied when anything changes.
//!
//! Encrypted workbooks are read when a password opens them, and not written.
//!
//! Not read: pictures, macros, objects inside. A copy has blank pictures and goes without the others, or is
//! not made, or keeps them, as it is asked for.

mod book;
mod cells;
mod locked;
mod names;
mod properties;
mod records;
mod strings;
mod sweep;
#[cfg(test)]
mod tests;
mod text;

use super::{
    Cx, Format, FormatError, Output, Probe, Source, Treatment,
    encoding::{Codec, Encoding},
    legacy::Legacy,
    ole::{Container, Kind, MAGIC},
};
use crate::model::{FormatId, GapKind, Step};
use book::Book;
use text::{Joined, Patch};

/// Excel workbooks of records.
#[derive(Debug, Clone, Copy)]
pub struct Xls;

impl Format for Xls {
    fn id(&self) -> FormatId {
        "xls"
    }

    fn probe(&self, head: &[u8], name: &[u8]) -> Probe {
        Legacy::XLS.probe(head, name)
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        if !source.head().starts_with(MAGIC) {
            return Err(FormatError::Unsupported("workbook of Excel 2 to 4"));
        }
        let raw = source.held(cx.limits.held_bytes)?;
        cx.read(raw.len() as u64);
        cx.spend(0)?;
        let mut container = Container::read(&raw)?;
        let is_book =
            |path: &str| path.eq_ignore_ascii_case("workbook") || path.eq_ignore_ascii_case("book");
        if !container
            .entries
            .iter()
            .any(|e| e.kind == Kind::Stream && is_book(&e.path))
        {
            return Err(FormatError::Unsupported(
                "OLE compound file without a workbook",
            ));
        }
        let writing = out.is_some();
        let drops = writing && cx.limits.unread.objects == Treatment::Blank;
        let macros_go = drops && container.entries.iter().any(|e| is_macro(&e.path));
        let mut contents = vec![Vec::new(); container.entries.len()];
        let mut changed = false;
        for number in 0..container.entries.len() {
            let Some(entry) = container
                .entries
                .get(number)
                .filter(|e| e.kind == Kind::Stream)
            else {
                continue;
            };
            let path = entry.path.clone();
            let mut stream = container.stream(number)?;
            let patches = if is_book(&path) {
                if locked::open(&mut stream, cx)? && writing {
                    return Err(FormatError::Withheld(
                        GapKind::Encrypted,
                        "a password opened it: nothing is encrypted anew".into(),
                    ));
                }
                let mut book = Book::new(&stream, &path, writing, macros_go);
                book.read(cx)?;
                book.patches
            } else {
                let (patches, goes) = other(&path, &stream, writing, cx)?;
                if goes {
                    stream.clear();
                    changed = true;
                }
                patches
            };
            changed |= !patches.is_empty();
            for patch in patches {
                if let Some(slot) = stream.get_mut(patch.at..patch.at + patch.with.len()) {
                    slot.copy_from_slice(&patch.with);
                }
            }
            if let Some(slot) = contents.get_mut(number) {
                *slot = stream;
            }
        }
        changed |= leftovers(&container, cx);
        let Some(out) = out else {
            return Ok(());
        };
        if !changed {
            out.write_all(&raw)?;
            return Ok(());
        }
        for (entry, content) in container.entries.iter().zip(&mut contents) {
            // Streams without a meaning that is known, and those that no storage leads to.
            if is_dropped(&entry.path) {
                content.clear();
            }
        }
        container.write(&contents, out)
    }
}

/// Whether a changed copy goes without the contents of a stream.
fn is_dropped(path: &str) -> bool {
    path.is_empty()
        || path == "ETExtData"
        || path == "KSO_ExtData"
        || path == "\u{5}SummaryInformation2"
}

fn is_macro(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    path.starts_with("_vba_project")
        || path.starts_with("vba/")
        || path == "vba"
        || path.starts_with("macros/")
}

/// What a stream beside the workbook is when it is not read but for its words.
fn unread(path: &str, stream: &[u8]) -> Option<&'static str> {
    let top = path.split('/').next().unwrap_or_default();
    let known = path.starts_with(['\u{1}', '\u{5}', '\u{6}'])
        || matches!(
            path,
            "User Names" | "Revision Log" | "ETExtData" | "KSO_ExtData" | "XCB" | "Pivot Table"
        )
        || top == "_SX_DB_CUR";
    if stream.is_empty() {
        None
    } else if is_macro(path) {
        Some("macros")
    } else if path.is_empty() {
        Some("a stream that no storage leads to")
    } else if top.starts_with("MBD") || path.contains('/') && !known {
        Some("an object inside")
    } else if known {
        None
    } else {
        Some("a stream that no reader knows")
    }
}

/// Reads a stream beside the workbook; gives its changes, and whether a copy goes without it.
fn other(
    path: &str,
    stream: &[u8],
    writing: bool,
    cx: &mut Cx<'_>,
) -> Result<(Vec<Patch>, bool), FormatError> {
    let at = [Step::Part(path.to_owned())];
    let mut patches = Vec::new();
    let page = Codec::new(Encoding::Gb18030);
    if path.starts_with('\u{5}') {
        for property in properties::texts(stream) {
            let text = &property.text;
            for edit in cx.string(&at, &text.text, Some(property.label)) {
                text.mask(
                    edit.span.start(),
                    edit.span.end(),
                    &edit.with,
                    page,
                    &mut patches,
                );
            }
        }
    }
    let mut text = Joined::default();
    sweep::words(stream, 0, Some(page), &mut text);
    for edit in cx.string(&at, &text.text, None) {
        text.mask(
            edit.span.start(),
            edit.span.end(),
            &edit.with,
            page,
            &mut patches,
        );
    }
    let Some(note) = unread(path, stream) else {
        return Ok((patches, false));
    };
    if !writing {
        cx.gap(&at, GapKind::Opaque, note);
        return Ok((patches, false));
    }
    match cx.limits.unread.objects {
        Treatment::Withhold => Err(FormatError::Withheld(GapKind::Opaque, note.into())),
        Treatment::Keep => {
            cx.gap(&at, GapKind::Kept, note);
            Ok((patches, false))
        }
        Treatment::Blank => {
            cx.gap(&at, GapKind::Dropped, note);
            Ok((Vec::new(), true))
        }
    }
}

/// Reads what lies in sectors that belong to no stream. Gives whether something was found in it.
fn leftovers(container: &Container<'_>, cx: &mut Cx<'_>) -> bool {
    let at = [Step::Field("$leftovers".into())];
    let mut found = false;
    let mut text = Joined::default();
    for sector in container.leftovers() {
        sweep::words(sector, 0, Some(Codec::new(Encoding::Gb18030)), &mut text);
        if text.text.len() > 1 << 20 {
            found |= !cx.string(&at, &text.text, None).is_empty();
            text = Joined::default();
        }
    }
    found | !cx.string(&at, &text.text, None).is_empty()
}
