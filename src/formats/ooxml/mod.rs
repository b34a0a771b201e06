//! Office Open XML packages: Excel workbooks (xlsx, xlsm, xltx, xltm).
//!
//! Read: shared and inline strings, numbers, cached values and formulas of every sheet, hidden ones
//! too, as blocks of cells; strings that no cell shows; and every text node and attribute of every
//! other XML part: comments, headers and footers, drawings, charts, tables, defined names, links,
//! pivot caches, properties, custom XML. Files inside are members.
//!
//! Written: the edits are spliced into the bytes of the parts; other parts are copied still
//! compressed. A shared string changes for all cells that show it; a number, formula result or
//! logical value that changes becomes an inline string, and its formula goes. Dropped: thumbnail,
//! printer settings, signatures, and the order of calculation when a formula went.
//!
//! Not read, and so no copy: pictures, macros, controls, unknown parts.

pub(in crate::formats) mod blob;
pub(in crate::formats) mod chars;
pub(in crate::formats) mod coding;
pub(in crate::formats) mod flow;
mod header;
pub(in crate::formats) mod macros;
pub(in crate::formats) mod package;
mod plain;
mod rename;
mod run;
mod sheet;
pub(super) mod slide;
mod strings;
pub(in crate::formats) mod sweep;
#[cfg(test)]
mod tests;
pub(in crate::formats) mod tokens;
mod window;

use crate::formats::{
    Cx, Format, FormatError, Output, Probe, Source, Zip,
    archives::{
        bytes::Bytes,
        directory::Directory,
        sniff::{self, Package},
        zip,
    },
};
use crate::model::FormatId;

/// Excel workbooks in XML.
#[derive(Debug, Clone, Copy)]
pub struct Xlsx;

/// Word documents and PowerPoint presentations in XML.
#[derive(Debug, Clone, Copy)]
pub struct Office {
    id: FormatId,
}

impl Office {
    /// Word documents: docx, docm, dotx, dotm.
    pub const DOCX: Self = Self { id: "docx" };
    /// PowerPoint presentations: pptx, pptm, ppsx, potx and their kin.
    pub const PPTX: Self = Self { id: "pptx" };
}

/// What a package is when its beginning says so, or its name when its beginning does not.
fn probe(head: &[u8], name: &[u8], package: Package, extensions: &[&str]) -> Probe {
    match sniff::head(head) {
        Some(found) if found == package => Probe::Bytes,
        // The first names can be any; the directory decides in the end.
        Some(Package::Plain) if has_name(name, extensions) => Probe::Bytes,
        _ => Probe::No,
    }
}

fn run_package(
    source: &mut Source<'_>,
    cx: &mut Cx<'_>,
    out: Option<&mut dyn Output>,
) -> Result<(), FormatError> {
    let bytes = Bytes::open(source, cx.limits.held_bytes)?;
    let directory = Directory::read(&bytes, cx.limits)?;
    if zip::package(&bytes, &directory)? == Package::Plain {
        return match &bytes {
            Bytes::Owned(held) => Zip.run(&mut Source::slice(held), cx, out),
            _ => Zip.run(source, cx, out),
        };
    }
    cx.read(bytes.len());
    run::run(&bytes, &directory, cx, out)
}

impl Format for Xlsx {
    fn id(&self) -> FormatId {
        "xlsx"
    }

    fn probe(&self, head: &[u8], name: &[u8]) -> Probe {
        let extensions = [".xlsx", ".xlsm", ".xltx", ".xltm", ".xlam"];
        probe(head, name, Package::Workbook, &extensions)
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        run_package(source, cx, out)
    }
}

impl Format for Office {
    fn id(&self) -> FormatId {
        self.id
    }

    fn probe(&self, head: &[u8], name: &[u8]) -> Probe {
        if self.id == "docx" {
            let extensions = [".docx", ".docm", ".dotx", ".dotm"];
            probe(head, name, Package::Document, &extensions)
        } else {
            let extensions = [".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm"];
            probe(head, name, Package::Presentation, &extensions)
        }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        run_package(source, cx, out)
    }
}

/// Whether a name ends with one of these.
fn has_name(name: &[u8], extensions: &[&str]) -> bool {
    let name = name.to_ascii_lowercase();
    extensions.iter().any(|e| name.ends_with(e.as_bytes()))
}
