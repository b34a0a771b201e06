//! `OpenDocument` packages: texts (odt), spreadsheets (ods), presentations and drawings (odp, odg).
//!
//! Read: the running text of every part, joined over its spans, with headers, footers, notes,
//! annotations, text boxes and what tracked changes deleted; tables as blocks of cells, with the values
//! of typed cells; then every other text and attribute: formulas, validations, names, links,
//! properties, settings, macros. Files inside, earlier versions too, are members.
//!
//! Written: edits are spliced into the bytes of the parts; other parts are copied still compressed. A
//! typed cell that changes becomes text, without value and formula. Repeated cells are never expanded.
//! Blank in a copy: pictures, pictures of objects. Dropped: thumbnails, fonts, the layout's cache,
//! signatures when anything changes.
//!
//! Standard: ODF 1.3, parts 2 (packages) and 3 (schema).

mod locked;
mod run;
#[cfg(test)]
mod tests;

use crate::formats::{
    Cx, Format, FormatError, Output, Probe, Source, Zip,
    archives::{
        bytes::Bytes,
        directory::Directory,
        sniff::{self, Package},
        zip,
    },
};
use crate::model::{FormatId, GapKind};

/// One kind of `OpenDocument` package.
#[derive(Debug, Clone, Copy)]
pub struct OpenDocument {
    id: FormatId,
}

impl OpenDocument {
    /// Texts: odt, ott, odm.
    pub const ODT: Self = Self { id: "odt" };
    /// Spreadsheets: ods, ots.
    pub const ODS: Self = Self { id: "ods" };
    /// Presentations and drawings: odp, otp, odg, otg.
    pub const ODP: Self = Self { id: "odp" };

    fn package(self) -> Package {
        match self.id {
            "odt" => Package::OpenText,
            "ods" => Package::OpenSpreadsheet,
            _ => Package::OpenPresentation,
        }
    }
}

impl Format for OpenDocument {
    fn id(&self) -> FormatId {
        self.id
    }

    fn probe(&self, head: &[u8], name: &[u8]) -> Probe {
        let extensions: &[&[u8]] = match self.id {
            "odt" => &[b".odt", b".ott", b".odm"],
            "ods" => &[b".ods", b".ots"],
            _ => &[b".odp", b".otp", b".odg", b".otg"],
        };
        let name = name.to_ascii_lowercase();
        match sniff::head(head) {
            Some(found) if found == self.package() => Probe::Bytes,
            // The type may not stand first; the directory decides in the end.
            Some(Package::Plain) if extensions.iter().any(|e| name.ends_with(e)) => Probe::Bytes,
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
        let directory = Directory::read(&bytes, cx.limits)?;
        let document = directory.entries.iter().any(|e| e.name == b"content.xml");
        if zip::package(&bytes, &directory)? == Package::Plain && !document {
            return match &bytes {
                Bytes::Owned(held) => Zip.run(&mut Source::slice(held), cx, out),
                _ => Zip.run(source, cx, out),
            };
        }
        cx.read(bytes.len());
        let writing = out.is_some();
        match run::run(&bytes, &directory, cx, out) {
            Err(FormatError::Encrypted) => {
                let plain = locked::open(&bytes, &directory, cx)?;
                let plain = plain.ok_or(FormatError::Encrypted)?;
                if writing {
                    return Err(FormatError::Withheld(
                        GapKind::Encrypted,
                        "a password opened it: nothing is encrypted anew".into(),
                    ));
                }
                let name = cx.name().clone();
                cx.member(&name, &mut Source::slice(&plain), None)
            }
            other => other,
        }
    }
}
