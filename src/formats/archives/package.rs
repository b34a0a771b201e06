//! Copies of packages: documents that are zip files of parts.

use super::{
    bytes::Bytes,
    copy::{MemberCopy, Packed},
    directory::{Directory, Entry},
    inflate::Inflate,
    write::{Face, Writer},
};
use crate::formats::{Cx, FormatError, Output, Source, Treatment, spill::Spool};
use crate::model::Name;
use std::{io, rc::Rc};

/// What a copy does with a part.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Copies it as it is.
    Keep,
    /// Writes new data.
    New(Packed),
    /// Goes without it.
    Drop,
}

/// Whether the container says more than its parts do (comments, extra fields, bytes that belong to no
/// part, second names): a copy of a package goes without that.
pub(crate) fn says_more(directory: &Directory) -> bool {
    let odd = |e: &Entry| {
        e.odd_extra || e.local_name.is_some() || !e.extra_texts.is_empty() || !e.comment.is_empty()
    };
    !directory.strays.is_empty()
        || !directory.comment.is_empty()
        || directory.entries.iter().any(odd)
}

/// Whether a copy made of these outcomes, one for each entry of the directory, differs from its source.
pub(crate) fn is_changed(directory: &Directory, outcomes: &[Outcome]) -> bool {
    says_more(directory) || outcomes.iter().any(|o| !matches!(o, Outcome::Keep))
}

/// Writes the copy: the source byte for byte when nothing differs, else parts that stay still packed as they
/// were.
///
/// # Errors
/// Those of the source and of the output.
pub(crate) fn write(
    bytes: &Bytes<'_>,
    directory: &Directory,
    outcomes: &[Outcome],
    out: &mut dyn Output,
) -> Result<(), FormatError> {
    if !is_changed(directory, outcomes) {
        io::copy(&mut bytes.stretch(0, bytes.len()), out)?;
        return Ok(());
    }
    let mut writer = Writer::new(out);
    for (entry, outcome) in directory.entries.iter().zip(outcomes) {
        let face = Face {
            comment: b"",
            ..Face::of(entry)
        };
        match outcome {
            Outcome::Keep => writer.copy(bytes, entry, face)?,
            Outcome::New(packed) => writer.packed(entry, face, packed)?,
            Outcome::Drop => {}
        }
    }
    writer.finish(b"")
}

/// What became of a file inside a document.
#[derive(Debug)]
pub(crate) enum Inside {
    /// Read, and copied as it is.
    Same,
    /// Read, and to be written anew.
    New(Packed),
    /// It could not wholly be read, or not be redacted: a copy has an empty one.
    Unread,
}

/// Reads a file inside a document as a file of its own format, and redacts it when there is a spool in
/// which its copy can wait.
///
/// # Errors
/// Those of the member; in a copy only when files inside are not to be left empty (`Limits::unread`).
pub(crate) fn inside(
    bytes: &Bytes<'_>,
    entry: &Entry,
    name: &Name,
    copied: Option<&Rc<Spool>>,
    cx: &mut Cx<'_>,
) -> Result<Inside, FormatError> {
    let limits = cx.limits;
    let blank = copied.is_some() && limits.unread.objects == Treatment::Blank;
    let mut inflate = Inflate::new(bytes, entry, limits, cx.room())?;
    let mut source = Source::stream(&mut inflate)?;
    let mut copy = copied
        .map(|spool| MemberCopy::new(bytes, entry, limits, spool))
        .transpose()?;
    let worst = cx.worst();
    let result = cx.member(
        name,
        &mut source,
        copy.as_mut().map(|c| c as &mut dyn Output),
    );
    drop(source);
    cx.spend(inflate.produced())?;
    if blank && (matches!(result, Err(FormatError::Withheld(..))) || cx.worst() != worst) {
        cx.forgive(worst);
        return Ok(Inside::Unread);
    }
    result?;
    let packed = copy.map(MemberCopy::finish).transpose()?.flatten();
    Ok(packed.map_or(Inside::Same, Inside::New))
}
