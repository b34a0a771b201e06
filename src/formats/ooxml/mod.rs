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

mod chars;
mod coding;
mod header;
mod package;
mod run;
mod sheet;
mod strings;
mod sweep;
#[cfg(test)]
mod tests;
mod tokens;
mod window;

use crate::formats::{
    Cx, Format, FormatError, Output, Probe, Source,
    archives::{
        bytes::Bytes,
        sniff::{self, Package},
    },
};
use crate::model::FormatId;

/// Office Open XML packages.
#[derive(Debug, Clone, Copy)]
pub struct Xlsx;

impl Format for Xlsx {
    fn id(&self) -> FormatId {
        "xlsx"
    }

    fn probe(&self, head: &[u8], _name: &[u8]) -> Probe {
        match sniff::head(head) {
            Some(Package::Workbook) => Probe::Bytes,
            _ => Probe::No,
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
        run::run(&bytes, cx, out)
    }
}
