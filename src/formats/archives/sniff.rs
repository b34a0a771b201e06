//! Which kind of package a zip file is, from its first bytes or from its directory.

use std::io::Read;

/// What a zip container holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Package {
    /// Loose files.
    Plain,
    /// An Excel workbook in XML.
    Workbook,
    /// An Excel workbook in binary records.
    BinaryWorkbook,
    /// A Word document in XML.
    Document,
    /// A PowerPoint presentation in XML.
    Presentation,
    /// An `OpenDocument` spreadsheet.
    OpenSpreadsheet,
    /// An `OpenDocument` text.
    OpenText,
    /// An `OpenDocument` presentation or drawing.
    OpenPresentation,
    /// Something else that is known by name only.
    Other(&'static str),
}

/// From the first 4 KiB; `None` when they are not those of a zip file.
pub(crate) fn head(head: &[u8]) -> Option<Package> {
    if head.starts_with(b"PK\x05\x06") {
        return Some(Package::Plain);
    }
    if !head.starts_with(b"PK\x03\x04") {
        return None;
    }
    let mut names: Vec<&[u8]> = Vec::new();
    for at in memchr::memmem::find_iter(head, b"PK\x03\x04") {
        let Some(header) = head.get(at..) else {
            continue;
        };
        let number = |i: usize| {
            header
                .get(i..)
                .and_then(<[u8]>::first_chunk)
                .map_or(0, |b| usize::from(u16::from_le_bytes(*b)))
        };
        let Some(name) = header.get(30..30 + number(26)) else {
            continue;
        };
        let data = header
            .get(30 + number(26) + number(28)..)
            .unwrap_or_default();
        if name == b"[Content_Types].xml"
            && let Some(found) = content_types(data, number(8))
        {
            return Some(found);
        }
        if name == b"mimetype" && names.is_empty() {
            return Some(mimetype(data));
        }
        names.push(name);
    }
    Some(names_say(names.into_iter()))
}

/// From the directory: its names, and the beginning of the member `mimetype` when it is the first.
pub(crate) fn directory<'n>(names: impl Iterator<Item = &'n [u8]>, mime: Option<&[u8]>) -> Package {
    match mime.map(mimetype) {
        Some(found) if found != Package::Plain => found,
        _ => names_say(names),
    }
}

fn content_types(data: &[u8], method: usize) -> Option<Package> {
    let mut text = Vec::new();
    if method == 0 {
        text.extend_from_slice(data);
    } else {
        // What follows the member's data, or is cut off by the end of the head, is no matter.
        let _ = flate2::read::DeflateDecoder::new(data)
            .take(64 << 10)
            .read_to_end(&mut text);
    }
    let has = |what: &str| memchr::memmem::find(&text, what.as_bytes()).is_some();
    if has("sheet.binary.macroEnabled.main") {
        Some(Package::BinaryWorkbook)
    } else if has("spreadsheetml.sheet.main")
        || has("spreadsheetml.template.main")
        || has("ms-excel.sheet.macroEnabled.main")
        || has("ms-excel.template.macroEnabled.main")
        || has("ms-excel.addin.macroEnabled.main")
    {
        Some(Package::Workbook)
    } else if has("wordprocessingml.document.main")
        || has("wordprocessingml.template.main")
        || has("ms-word.document.macroEnabled.main")
        || has("ms-word.template.macroEnabledTemplate.main")
    {
        Some(Package::Document)
    } else if has("presentationml.") || has("ms-powerpoint.") {
        Some(Package::Presentation)
    } else {
        None
    }
}

fn mimetype(data: &[u8]) -> Package {
    const OPEN: &[u8] = b"application/vnd.oasis.opendocument.";
    if let Some(rest) = data.strip_prefix(OPEN) {
        return if rest.starts_with(b"spreadsheet") {
            Package::OpenSpreadsheet
        } else if rest.starts_with(b"text") {
            Package::OpenText
        } else if rest.starts_with(b"presentation") || rest.starts_with(b"graphics") {
            Package::OpenPresentation
        } else {
            Package::Other("OpenDocument file")
        };
    }
    // An EPUB book is an archive of pages: each is read, and copied, as the file that it is.
    if data.starts_with(b"application/ofd") {
        Package::Other("OFD document")
    } else {
        Package::Plain
    }
}

/// From names alone. A folder that only such packages have decides.
fn names_say<'n>(names: impl Iterator<Item = &'n [u8]>) -> Package {
    let (mut workbook, mut types) = (false, false);
    let (mut word, mut slides, mut jar) = (false, false, false);
    for name in names {
        let name = name.to_ascii_lowercase();
        let name = name.strip_prefix(b"/").unwrap_or(&name);
        match name {
            b"xl/workbook.bin" => return Package::BinaryWorkbook,
            b"ofd.xml" => return Package::Other("OFD document"),
            b"meta-inf/manifest.mf" => jar = true,
            b"[content_types].xml"
            | b"_rels/.rels"
            | b"docprops/app.xml"
            | b"docprops/core.xml" => types = true,
            b"word/document.xml" => word = true,
            b"ppt/presentation.xml" => slides = true,
            b"xl/workbook.xml" | b"xl\\workbook.xml" => workbook = true,
            _ => {}
        }
        if types {
            workbook |= name.starts_with(b"xl/");
            word |= name.starts_with(b"word/");
            slides |= name.starts_with(b"ppt/");
        }
    }
    if workbook {
        Package::Workbook
    } else if word {
        Package::Document
    } else if slides {
        Package::Presentation
    } else if jar {
        Package::Other("Java archive")
    } else {
        Package::Plain
    }
}

/// The name of a package that no reader knows, from the first 4 KiB.
pub(crate) fn unread(bytes: &[u8]) -> Option<&'static str> {
    match head(bytes)? {
        Package::Other(what) => Some(what),
        Package::BinaryWorkbook => Some("binary workbook"),
        Package::Plain
        | Package::Workbook
        | Package::Document
        | Package::Presentation
        | Package::OpenText
        | Package::OpenSpreadsheet
        | Package::OpenPresentation => None,
    }
}
