//! [`Inflate`]: the expanded bytes of a member as a stream that keeps to the limits.

use super::{
    bytes::{Bytes, Stretch},
    directory::Entry,
};
use crate::formats::{FormatError, Limits};
use flate2::read::DeflateDecoder;
use std::io::{self, Read};

/// Bytes that may stand behind compressed data: a sum that its packer left there.
const SUM: u64 = 4;

#[derive(Debug)]
enum Inner<'b> {
    Stored(Stretch<'b>),
    Deflated(Box<DeflateDecoder<Stretch<'b>>>),
}

/// Expanded bytes of a member. Sizes that the archive declares are not believed: what comes out is
/// counted, and its length and checksum are compared at the end.
#[derive(Debug)]
pub(crate) struct Inflate<'b> {
    inner: Inner<'b>,
    limits: &'b Limits,
    /// Expanded bytes that the whole file may still give.
    room: u64,
    produced: u64,
    packed: u64,
    size: u64,
    want: u32,
    crc: crc32fast::Hasher,
    done: bool,
}

impl<'b> Inflate<'b> {
    /// For an entry of the archive in `bytes`; `room` bounds what may come out.
    ///
    /// # Errors
    /// `Encrypted`, or `Unsupported` for a method other than stored and deflated.
    pub(crate) fn new(
        bytes: &'b Bytes<'_>,
        entry: &Entry,
        limits: &'b Limits,
        room: u64,
    ) -> Result<Self, FormatError> {
        if entry.is_encrypted() {
            return Err(FormatError::Encrypted);
        }
        let stretch = bytes.stretch(entry.data_at, entry.data_end());
        let inner = match entry.method {
            0 => Inner::Stored(stretch),
            8 => Inner::Deflated(Box::new(DeflateDecoder::new(stretch))),
            _ => return Err(FormatError::Unsupported("compression method of a member")),
        };
        Ok(Self {
            inner,
            limits,
            room,
            produced: 0,
            packed: entry.packed,
            size: entry.size,
            want: entry.crc,
            crc: crc32fast::Hasher::new(),
            done: false,
        })
    }

    /// Expanded bytes so far.
    pub(crate) fn produced(&self) -> u64 {
        self.produced
    }

    fn check(&self) -> Result<(), FormatError> {
        if self.produced > self.limits.member_bytes {
            return Err(FormatError::Limit("expanded bytes of one member"));
        }
        if self.produced > 32 << 20 && self.produced / self.packed.max(1) > self.limits.ratio {
            return Err(FormatError::Limit("expansion of one member"));
        }
        if self.produced > self.room {
            return Err(FormatError::Limit("expanded bytes of one file"));
        }
        if self.produced > self.size {
            return Err(FormatError::Corrupt("a member is longer than declared"));
        }
        Ok(())
    }
}

impl Read for Inflate<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        let n = match &mut self.inner {
            Inner::Stored(inner) => inner.read(buf)?,
            Inner::Deflated(inner) => inner.read(buf).map_err(|e| match e.kind() {
                io::ErrorKind::InvalidInput
                | io::ErrorKind::InvalidData
                | io::ErrorKind::UnexpectedEof => {
                    io::Error::other(FormatError::Corrupt("compressed data"))
                }
                _ => e,
            })?,
        };
        if n == 0 {
            if let Inner::Deflated(inner) = &self.inner
                && inner.total_in() + SUM < self.packed
            {
                let what = "bytes behind the compressed data of a member";
                return Err(io::Error::other(FormatError::Corrupt(what)));
            }
            if !self.done
                && (self.produced != self.size || self.crc.clone().finalize() != self.want)
            {
                return Err(io::Error::other(FormatError::Corrupt(
                    "length or checksum of a member",
                )));
            }
            self.done = true;
            return Ok(0);
        }
        self.produced += n as u64;
        self.crc.update(buf.get(..n).unwrap_or_default());
        self.check().map_err(io::Error::other)?;
        Ok(n)
    }
}
