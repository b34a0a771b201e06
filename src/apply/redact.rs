//! Making one redacted copy. The source is only read.

use crate::{
    formats::{FormatError, Output, Sink, Source},
    model::{FileRecord, Name},
    scan::{self, Gather, Purpose, Reader, Tally, Which},
};

/// Where under the output folder the copy of a file goes: its path with findings masked.
pub fn target(reader: &Reader<'_>, which: Which<'_>, purpose: Purpose<'_>) -> Name {
    Gather::new(reader, which, purpose).rename(which.path)
}

/// Reads a source and writes its copy; every value that is masked is told to `values`. The second
/// value says whether the copy is whole, and why not.
pub fn make(
    reader: &Reader<'_>,
    which: Which<'_>,
    purpose: Purpose<'_>,
    values: &dyn Tally,
    source: &mut Source<'_>,
    out: &mut dyn Output,
) -> (FileRecord, Result<(), FormatError>) {
    scan::file(
        reader,
        which,
        Purpose {
            values: Some(values),
            ..purpose
        },
        source,
        Some(out),
    )
}
