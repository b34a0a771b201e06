//! [`Bytes`]: a source with random access that several readers can share.

use crate::formats::{FormatError, Source};
use std::{
    fs::File,
    io::{self, Read},
};

/// The bytes of a container: in memory, or in a file that is read by position.
#[derive(Debug)]
pub(crate) enum Bytes<'a> {
    /// In memory already.
    Slice(&'a [u8]),
    /// A stream that was read into memory.
    Owned(Vec<u8>),
    /// A file and its length.
    File(&'a File, u64),
}

#[cfg(unix)]
fn file_read_at(file: &File, at: u64, buf: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buf, at)
}

#[cfg(windows)]
fn file_read_at(file: &File, at: u64, buf: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buf, at)
}

impl<'a> Bytes<'a> {
    /// Opens a source; a stream is read into memory, up to `held` bytes.
    ///
    /// # Errors
    /// `Limit` for a longer stream; what reading gives.
    pub(crate) fn open(source: &mut Source<'a>, held: u64) -> Result<Self, FormatError> {
        if let Some(slice) = source.as_slice() {
            return Ok(Self::Slice(slice));
        }
        if let (Some(file), Some(len)) = (source.as_file(), source.len()) {
            return Ok(Self::File(file, len));
        }
        Ok(Self::Owned(source.held(held)?))
    }

    /// Length in bytes.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Slice(bytes) => bytes.len() as u64,
            Self::Owned(bytes) => bytes.len() as u64,
            Self::File(_, len) => *len,
        }
    }

    /// Reads once from position `at`; 0 at the end.
    fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        let bytes: &[u8] = match self {
            Self::Slice(bytes) => bytes,
            Self::Owned(bytes) => bytes,
            Self::File(file, _) => return file_read_at(file, at, buf),
        };
        let rest = usize::try_from(at)
            .ok()
            .and_then(|at| bytes.get(at..))
            .unwrap_or_default();
        let n = rest.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), rest.get(..n)) {
            to.copy_from_slice(from);
        }
        Ok(n)
    }

    /// Exactly `N` bytes from position `at`; `None` when there are fewer.
    ///
    /// # Errors
    /// Those of reading.
    pub(crate) fn array<const N: usize>(&self, at: u64) -> Result<Option<[u8; N]>, FormatError> {
        let mut out = [0; N];
        let mut stretch = self.stretch(at, self.len());
        match stretch.read_exact(&mut out) {
            Ok(()) => Ok(Some(out)),
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// The bytes `start..end` as a vector, fewer when the source ends before.
    ///
    /// # Errors
    /// Those of reading.
    pub(crate) fn vec(&self, start: u64, end: u64) -> Result<Vec<u8>, FormatError> {
        let mut out = Vec::new();
        self.stretch(start, end).read_to_end(&mut out)?;
        Ok(out)
    }

    /// A reader of the bytes `start..end`.
    pub(crate) fn stretch(&self, start: u64, end: u64) -> Stretch<'_> {
        Stretch {
            bytes: self,
            at: start,
            end: end.min(self.len()),
        }
    }
}

/// Reads a range of [`Bytes`]. Several can read side by side.
#[derive(Debug)]
pub(crate) struct Stretch<'b> {
    bytes: &'b Bytes<'b>,
    at: u64,
    end: u64,
}

impl Stretch<'_> {
    /// The same range, from another position on.
    pub(crate) fn again(self, at: u64) -> Self {
        Self { at, ..self }
    }

    /// Position of the next byte.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }
}

impl Read for Stretch<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let want = buf.len().min(left);
        let n = match buf.get_mut(..want) {
            Some(buf) if want > 0 => self.bytes.read_at(self.at, buf)?,
            _ => 0,
        };
        self.at += n as u64;
        Ok(n)
    }
}
