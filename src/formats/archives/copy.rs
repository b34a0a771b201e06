//! [`MemberCopy`]: where the copy of a member is written, and whether it is the member itself.

use super::{bytes::Bytes, directory::Entry, inflate::Inflate};
use crate::formats::{
    FormatError, Limits, Splice,
    source::read_full,
    spill::{Spool, Waiting},
};
use flate2::{Compression, write::DeflateEncoder};
use std::{
    io::{self, Read, Seek, SeekFrom, Write},
    rc::Rc,
};

/// A member's new data, packed with the method of its entry.
#[derive(Debug)]
pub(crate) struct Packed {
    /// The packed bytes.
    pub(crate) data: Waiting,
    /// Expanded length.
    pub(crate) size: u64,
    /// Checksum of the expanded bytes.
    pub(crate) crc: u32,
}

#[derive(Debug)]
enum Inner {
    Stored(Waiting),
    Deflated(Box<DeflateEncoder<Waiting>>),
}

/// Packs what is written to it, which then waits in the container's spool.
#[derive(Debug)]
pub(crate) struct Packer {
    inner: Inner,
    size: u64,
    crc: crc32fast::Hasher,
}

impl Packer {
    /// Stores for method 0, deflates (level 6) otherwise.
    pub(crate) fn new(method: u16, spool: &Rc<Spool>) -> Self {
        let data = Waiting::new(spool);
        let inner = if method == 0 {
            Inner::Stored(data)
        } else {
            Inner::Deflated(Box::new(DeflateEncoder::new(data, Compression::new(6))))
        };
        Self {
            inner,
            size: 0,
            crc: crc32fast::Hasher::new(),
        }
    }

    /// The packed data.
    ///
    /// # Errors
    /// Those of the encoder and of the spool.
    pub(crate) fn finish(self) -> Result<Packed, FormatError> {
        let mut data = match self.inner {
            Inner::Stored(data) => data,
            Inner::Deflated(encoder) => encoder.finish()?,
        };
        data.finish()?;
        Ok(Packed {
            data,
            size: self.size,
            crc: self.crc.finalize(),
        })
    }
}

impl Write for Packer {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match &mut self.inner {
            Inner::Stored(data) => data.write_all(buf)?,
            Inner::Deflated(encoder) => encoder.write_all(buf)?,
        }
        self.crc.update(buf);
        self.size += buf.len() as u64;
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The copy of a member that is the member itself until something is to be changed: up to there
/// nothing is packed or kept.
#[derive(Debug)]
pub(crate) struct Lazy<'b> {
    bytes: &'b Bytes<'b>,
    entry: &'b Entry,
    limits: &'b Limits,
    spool: Rc<Spool>,
    /// Expanded bytes that are the same so far.
    at: u64,
    packer: Option<Packer>,
}

impl<'b> Lazy<'b> {
    /// For the member of this entry.
    pub(crate) fn new(
        bytes: &'b Bytes<'b>,
        entry: &'b Entry,
        limits: &'b Limits,
        spool: &Rc<Spool>,
    ) -> Self {
        Self {
            bytes,
            entry,
            limits,
            spool: Rc::clone(spool),
            at: 0,
            packer: None,
        }
    }

    /// Begins to pack: what was the same so far is expanded again and packed first.
    fn depart(&mut self) -> io::Result<&mut Packer> {
        if self.packer.is_none() {
            let mut packer = Packer::new(self.entry.method, &self.spool);
            let again = Inflate::new(self.bytes, self.entry, self.limits, u64::MAX)
                .map_err(io::Error::other)?;
            io::copy(&mut again.take(self.at), &mut packer)?;
            self.packer = Some(packer);
        }
        self.packer
            .as_mut()
            .ok_or_else(|| io::ErrorKind::Other.into())
    }

    /// Takes the next slice of the member, with its cuts (from the slice's
    /// start).
    ///
    /// # Errors
    /// Those of the cuts and of packing.
    pub(crate) fn slice(&mut self, slice: &[u8], splice: &mut Splice) -> Result<(), FormatError> {
        self.slice_at(slice, 0, splice)
    }

    /// Takes the next slice of the member, with cuts from the start of what the slice is `base` bytes into.
    ///
    /// # Errors
    /// Those of the cuts and of packing.
    pub(crate) fn slice_at(
        &mut self,
        slice: &[u8],
        base: u64,
        splice: &mut Splice,
    ) -> Result<(), FormatError> {
        if splice.is_empty() && self.packer.is_none() {
            self.at += slice.len() as u64;
            return Ok(());
        }
        splice.apply(slice, base, self.depart()?)
    }

    /// The new data, or `None` when nothing was changed.
    ///
    /// # Errors
    /// Those of packing.
    pub(crate) fn finish(self) -> Result<Option<Packed>, FormatError> {
        self.packer.map(Packer::finish).transpose()
    }
}

/// Takes the copy of a member as it is written and compares it with the member, so that a member
/// without changes costs no compression.
#[derive(Debug)]
pub(crate) struct MemberCopy<'b> {
    lazy: Lazy<'b>,
    original: Inflate<'b>,
    scratch: Vec<u8>,
}

impl<'b> MemberCopy<'b> {
    /// For the member of this entry.
    ///
    /// # Errors
    /// Those of [`Inflate::new`].
    pub(crate) fn new(
        bytes: &'b Bytes<'b>,
        entry: &'b Entry,
        limits: &'b Limits,
        spool: &Rc<Spool>,
    ) -> Result<Self, FormatError> {
        Ok(Self {
            lazy: Lazy::new(bytes, entry, limits, spool),
            original: Inflate::new(bytes, entry, limits, u64::MAX)?,
            scratch: vec![0; 64 << 10],
        })
    }

    /// The new data, or `None` when the copy is the member.
    ///
    /// # Errors
    /// Those of packing.
    pub(crate) fn finish(mut self) -> Result<Option<Packed>, FormatError> {
        if self.lazy.packer.is_none() {
            let mut one = [0; 1];
            if read_full(&mut self.original, &mut one)? == 0 {
                return Ok(None);
            }
            self.lazy.depart()?;
        }
        self.lazy.finish()
    }
}

impl Write for MemberCopy<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if let Some(packer) = &mut self.lazy.packer {
            return packer.write(buf);
        }
        let n = buf.len().min(self.scratch.len());
        let (Some(now), Some(before)) = (buf.get(..n), self.scratch.get_mut(..n)) else {
            return Ok(0);
        };
        let got = read_full(&mut self.original, before)?;
        if got == n && before == now {
            self.lazy.at += n as u64;
            return Ok(n);
        }
        self.lazy.depart()?.write(now)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for MemberCopy<'_> {
    /// Tells the position; copies of members are written from start to end.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let here = self.lazy.packer.as_ref().map_or(self.lazy.at, |p| p.size);
        match to {
            SeekFrom::Current(0) | SeekFrom::End(0) => Ok(here),
            SeekFrom::Start(n) if n == here => Ok(here),
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}
