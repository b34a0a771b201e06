//! Where a format reads from and writes to.

use super::FormatError;
use std::{
    fs::File,
    io::{self, Cursor, Read, Seek, SeekFrom, Write},
};

/// Bytes that formats are identified by.
pub const HEAD: usize = 4096;

/// Something to read: a file, bytes in memory, or a stream that can be read once.
pub struct Source<'a> {
    inner: Inner<'a>,
    head: Vec<u8>,
}

enum Inner<'a> {
    File { file: &'a File, len: u64 },
    Slice(&'a [u8]),
    Stream(&'a mut dyn Read),
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.inner {
            Inner::File { .. } => "Source::File",
            Inner::Slice(_) => "Source::Slice",
            Inner::Stream(_) => "Source::Stream",
        })
    }
}

/// Reads up to `buf.len()` bytes, fewer only at the end.
///
/// # Errors
/// Those of the reader, but for interruptions.
pub fn read_full(reader: &mut dyn Read, buf: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buf.get_mut(filled..).filter(|r| !r.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

impl<'a> Source<'a> {
    /// A file, read from its start whatever its position; its first 4 KiB are read now.
    ///
    /// # Errors
    /// When the file cannot be read or measured.
    pub fn file(file: &'a File) -> Result<Self, FormatError> {
        let len = file.metadata()?.len();
        let mut at = file;
        at.seek(SeekFrom::Start(0))?;
        let mut head = vec![0; HEAD];
        let n = read_full(&mut at, &mut head)?;
        head.truncate(n);
        Ok(Self {
            inner: Inner::File { file, len },
            head,
        })
    }

    /// Bytes in memory.
    pub fn slice(bytes: &'a [u8]) -> Self {
        let head = bytes.get(..HEAD).unwrap_or(bytes).to_vec();
        Self {
            inner: Inner::Slice(bytes),
            head,
        }
    }

    /// A stream that can be read once; its first 4 KiB are read now.
    ///
    /// # Errors
    /// When those cannot be read.
    pub fn stream(stream: &'a mut dyn Read) -> Result<Self, FormatError> {
        let mut head = vec![0; HEAD];
        let n = read_full(stream, &mut head)?;
        head.truncate(n);
        Ok(Self {
            inner: Inner::Stream(stream),
            head,
        })
    }

    /// The first bytes, at most 4 KiB.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// The length in bytes, when it is known before reading.
    pub fn len(&self) -> Option<u64> {
        match &self.inner {
            Inner::File { len, .. } => Some(*len),
            Inner::Slice(bytes) => Some(bytes.len() as u64),
            Inner::Stream(_) => None,
        }
    }

    /// Whether it is known to be empty.
    pub fn is_empty(&self) -> bool {
        self.head.is_empty()
    }

    /// From start to end. A stream can be read once; the others as often as wanted.
    ///
    /// # Errors
    /// When a file cannot be rewound.
    pub fn reader(&mut self) -> Result<Box<dyn Read + '_>, FormatError> {
        Ok(match &mut self.inner {
            Inner::File { file, .. } => {
                let mut at: &File = file;
                at.seek(SeekFrom::Start(0))?;
                Box::new(at)
            }
            Inner::Slice(bytes) => Box::new(*bytes),
            Inner::Stream(stream) => {
                Box::new(Cursor::new(std::mem::take(&mut self.head)).chain(&mut **stream))
            }
        })
    }

    /// With random access. A stream is read into memory first, up to `held` bytes.
    ///
    /// # Errors
    /// `Limit` for a stream that is longer; what reading gives.
    pub fn seekable(&mut self, held: u64) -> Result<Box<dyn ReadSeek + '_>, FormatError> {
        Ok(match &mut self.inner {
            Inner::File { file, .. } => {
                let mut at: &File = file;
                at.seek(SeekFrom::Start(0))?;
                Box::new(at)
            }
            Inner::Slice(bytes) => Box::new(Cursor::new(*bytes)),
            Inner::Stream(_) => Box::new(Cursor::new(self.held(held)?)),
        })
    }

    /// All of it in memory, up to `held` bytes.
    ///
    /// # Errors
    /// `Limit` when it is longer; what reading gives.
    pub fn held(&mut self, held: u64) -> Result<Vec<u8>, FormatError> {
        if self.len().is_some_and(|n| n > held) {
            return Err(FormatError::Limit("bytes held in memory"));
        }
        let mut out = Vec::new();
        self.reader()?.take(held + 1).read_to_end(&mut out)?;
        if out.len() as u64 > held {
            return Err(FormatError::Limit("bytes held in memory"));
        }
        Ok(out)
    }

    /// The bytes, when they are in memory already.
    pub fn as_slice(&self) -> Option<&'a [u8]> {
        match self.inner {
            Inner::Slice(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The file, when it is one.
    pub fn as_file(&self) -> Option<&'a File> {
        match self.inner {
            Inner::File { file, .. } => Some(file),
            _ => None,
        }
    }
}

/// Read with random access.
pub trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

/// Where a copy is written: a new file beside its final place, or memory for a member.
pub trait Output: Write + Seek {}
impl<T: Write + Seek> Output for T {}
