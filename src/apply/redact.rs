//! Making one redacted copy. The source is only read.

use crate::{
    formats::{FormatError, Output, Sink, Source},
    model::{FileRecord, Name},
    scan::{self, Gather, Purpose, Reader, Which},
    verify::Originals,
};

/// A copy that was made and is not yet checked.
#[derive(Debug)]
pub struct Made {
    /// What was found in the source.
    pub record: FileRecord,
    /// Whether the copy is whole, and why not.
    pub result: Result<(), FormatError>,
    /// The values that must not be in it.
    pub values: Originals,
}

/// Where under the output folder the copy of a file goes: its path with findings masked.
pub fn target(reader: &Reader<'_>, which: Which<'_>, purpose: Purpose<'_>) -> Name {
    Gather::new(reader, which, purpose).rename(which.path)
}

/// Reads a source and writes its copy.
pub fn make(reader: &Reader<'_>, which: Which<'_>, purpose: Purpose<'_>, source: &mut Source<'_>, out: &mut dyn Output) -> Made {
    let values = Originals::new(reader.key);
    let (record, result) = scan::file(reader, which, Purpose { values: Some(&values), ..purpose }, source, Some(out));
    Made { record, result, values }
}
