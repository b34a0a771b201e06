//! [`Segments`]: a large text cut into blocks that are read side by side.

use super::{
    Cx, FormatError,
    blocks::{self, BLOCK, Kind, REACH, cut},
    encoding::{Decision, Encoding, decide},
    feed::{HALO, read_full_at, sample_file},
};
use crate::model::FormatId;
use std::{fs::File, ops::Range};

/// A text shorter than this is not worth cutting.
const LEAST: u64 = 4 << 20;

/// What must be known where a segment starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Whether it starts inside a quoted field of a table.
    pub quoted: bool,
    /// Number of the first line, or of the first row of a table, from 1.
    pub line: u64,
}

/// What is known where a segment ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// Whether it ends inside a quoted field of a table.
    pub quoted: bool,
    /// Lines, or rows of a table, that the segment has: the next starts at `line + lines`.
    pub lines: u64,
}

/// How a large text is cut into segments of about 1 MiB that are read side by side. They give the very
/// fragments that [`super::Format::run`] gives.
#[derive(Debug)]
pub struct Segments {
    len: u64,
    decision: Decision,
}

impl Segments {
    /// How to cut a file of this format and length; `None` when it is to be read in one go.
    pub fn plan(format: FormatId, file: &File, len: u64) -> Option<Self> {
        if len < LEAST || format != "text" {
            return None;
        }
        let decision = decide(&sample_file(file, len).ok()?, None);
        matches!(decision.encoding, Encoding::Utf8 | Encoding::Gb18030)
            .then_some(Self { len, decision })
    }

    /// Number of segments.
    pub fn count(&self) -> u64 {
        self.len.div_ceil(BLOCK as u64)
    }

    /// Name of the encoding.
    pub fn encoding(&self) -> &'static str {
        self.decision.name()
    }

    /// Bytes from `HALO` before the segment to `blocks` blocks after it, the offset of the first, and
    /// where the segment lies in them.
    fn load(
        &self,
        index: u64,
        beyond: usize,
        file: &File,
    ) -> Result<(Vec<u8>, u64, Range<usize>), FormatError> {
        let nominal = index * BLOCK as u64;
        let from = nominal.saturating_sub((REACH + HALO) as u64);
        let to = (nominal + (BLOCK + beyond) as u64).min(self.len);
        let size = usize::try_from(to.saturating_sub(from)).unwrap_or(0);
        let mut bytes = vec![0; size];
        if read_full_at(file, &mut bytes, from)? < size {
            return Err(FormatError::Io(std::io::ErrorKind::UnexpectedEof));
        }
        let place = |n: u64| -> usize {
            if n == 0 {
                return self.decision.bom;
            }
            if n >= self.len {
                return size;
            }
            let at = usize::try_from(n - from).unwrap_or(size).min(size);
            at - cut(bytes.get(..at).unwrap_or_default())
        };
        let own = place(nominal)..place(nominal + BLOCK as u64);
        Ok((bytes, from, own))
    }

    /// Reads one segment.
    ///
    /// # Errors
    /// Those of reading.
    pub fn run(
        &self,
        index: u64,
        start: Start,
        file: &File,
        cx: &mut Cx<'_>,
    ) -> Result<End, FormatError> {
        let (bytes, from, own) = self.load(index, HALO, file)?;
        cx.read(own.len() as u64 + if index == 0 { own.start as u64 } else { 0 });
        let kind = Kind::decided(self.decision);
        let lines = blocks::lines(
            &bytes,
            own,
            Some(from),
            kind,
            start.line,
            cx,
            &mut |_, _, _| {},
        );
        Ok(End {
            quoted: false,
            lines,
        })
    }

    /// Guesses what is known where a segment starts without reading those before it.
    pub fn guess(&self, _index: u64, _file: &File) -> Start {
        Start {
            quoted: false,
            line: 1,
        }
    }
}
