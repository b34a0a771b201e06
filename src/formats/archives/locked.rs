//! Members of zip archives that need a password: read with the user's, never written.
//!
//! `ZipCrypto` and AES as `WinZip` has it, by the crate `zip`. A password is right when the member's checksum or
//! authentication code holds: the one byte that `ZipCrypto` compares is right by chance for one in 256.

use super::{bytes::Bytes, directory::Entry};
use crate::formats::{FormatError, Passwords, clock::Clock};
use ::zip::ZipArchive;
use std::{
    collections::HashMap,
    io::{self, BufReader, Read, Seek, SeekFrom},
};

/// A reader over an archive's bytes that can go back.
#[derive(Debug)]
struct At<'b> {
    bytes: &'b Bytes<'b>,
    at: u64,
}

impl Read for At<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.bytes.stretch(self.at, self.bytes.len()).read(buf)?;
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for At<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(n) => Some(n),
            SeekFrom::End(n) => self.bytes.len().checked_add_signed(n),
            SeekFrom::Current(n) => self.at.checked_add_signed(n),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// An archive opened for its encrypted members.
pub(super) struct Locked<'b> {
    archive: ZipArchive<BufReader<At<'b>>>,
    /// Number of a member by where its data begins.
    numbers: HashMap<u64, usize>,
    /// The password that was right last.
    last: usize,
}

impl<'b> Locked<'b> {
    /// `None` when the other reader does not open the archive.
    pub(super) fn open(bytes: &'b Bytes<'b>) -> Option<Self> {
        let mut archive = ZipArchive::new(BufReader::new(At { bytes, at: 0 })).ok()?;
        let numbers = (0..archive.len())
            .filter_map(|i| Some((archive.by_index_raw(i).ok()?.data_start()?, i)))
            .collect();
        Some(Self {
            archive,
            numbers,
            last: 0,
        })
    }

    /// The bytes of a member, at most `most`; `None` when no password opens it.
    ///
    /// # Errors
    /// `Timeout` when trying takes too long.
    pub(super) fn member(
        &mut self,
        entry: &Entry,
        passwords: &Passwords,
        most: u64,
        clock: &Clock,
    ) -> Result<Option<Vec<u8>>, FormatError> {
        let Some(&number) = self.numbers.get(&entry.data_at) else {
            return Ok(None);
        };
        let mut all: Vec<_> = passwords.bytes().into_iter().enumerate().collect();
        let last = self.last;
        // A stable sort: the one that was right last goes first, the others keep their order.
        all.sort_by_key(|(i, _)| *i != last);
        for (i, password) in all {
            clock.check()?;
            let Ok(mut file) = self.archive.by_index_decrypt(number, &password) else {
                continue;
            };
            let mut out = Vec::new();
            let read = (&mut file)
                .take(most.saturating_add(1))
                .read_to_end(&mut out);
            if read.is_ok() && out.len() as u64 == entry.size && entry.size <= most {
                self.last = i;
                return Ok(Some(out));
            }
        }
        Ok(None)
    }
}
