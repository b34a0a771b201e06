//! Compound files (OLE): the container of xls, doc, ppt, msg.
//!
//! Read: the directory and every stream, with what lies in sectors and parts of sectors that no stream
//! uses. Written: the same directory over new sectors, so that nothing of what was freed is left; streams
//! may have new contents, an emptied one keeps its name.
//!
//! Standard: [MS-CFB].

mod write;

use super::{FormatError, le};
use std::ops::Range;

/// First bytes of a compound file.
pub(super) const MAGIC: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

const END: u32 = 0xFFFF_FFFE;
const FREE: u32 = 0xFFFF_FFFF;
const NONE: u32 = 0xFFFF_FFFF;
/// Bytes of a directory entry.
const ENTRY: usize = 128;
/// Bytes of a sector of the mini stream.
const MINI: usize = 64;

/// What a directory entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Unused,
    Storage,
    Stream,
    Root,
}

/// One directory entry.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Names from the root down, joined by `/`; empty when no storage leads to it.
    pub(super) path: String,
    pub(super) kind: Kind,
    raw: [u8; ENTRY],
}

/// A compound file in memory.
#[derive(Debug)]
pub(super) struct Container<'b> {
    bytes: &'b [u8],
    shift: u32,
    cutoff: u64,
    fat: Vec<u32>,
    mini_fat: Vec<u32>,
    mini: Vec<u8>,
    pub(super) entries: Vec<Entry>,
    /// Sectors that something uses, and sectors of the mini stream.
    used: Vec<bool>,
    mini_used: Vec<bool>,
    /// What lies behind the ends of streams, and the streams of which that is known.
    behind: Vec<Vec<u8>>,
    ended: std::collections::BTreeSet<usize>,
    /// Streams that were read, and may be again.
    read: std::collections::BTreeSet<usize>,
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    le::u16_at(bytes, at).unwrap_or(0)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    le::u32_at(bytes, at).unwrap_or(0)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    le::u64_at(bytes, at).unwrap_or(0)
}

fn index(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

impl Entry {
    fn name(&self) -> String {
        let length = usize::from(u16_at(&self.raw, 64)).saturating_sub(2).min(64);
        let units = self.raw.get(..length).unwrap_or_default().chunks_exact(2);
        let units = units.map(|b| u16_at(b, 0));
        char::decode_utf16(units)
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    }

    fn left(&self) -> u32 {
        u32_at(&self.raw, 68)
    }

    fn right(&self) -> u32 {
        u32_at(&self.raw, 72)
    }

    fn child(&self) -> u32 {
        u32_at(&self.raw, 76)
    }

    fn start(&self) -> u32 {
        u32_at(&self.raw, 116)
    }

    fn size(&self, shift: u32) -> u64 {
        let size = u64_at(&self.raw, 120);
        // Version 3 leaves the high half undefined.
        if shift == 9 { size & 0xFFFF_FFFF } else { size }
    }
}

impl<'b> Container<'b> {
    /// Reads tables and directory.
    ///
    /// # Errors
    /// `Corrupt` when it is no compound file or a chain does not end.
    pub(super) fn read(bytes: &'b [u8]) -> Result<Self, FormatError> {
        let shift = u32::from(u16_at(bytes, 30));
        if !bytes.starts_with(MAGIC) || !matches!(shift, 9 | 12) {
            return Err(FormatError::Corrupt("no compound file"));
        }
        let mut container = Self {
            bytes,
            shift,
            cutoff: u64::from(u32_at(bytes, 56)),
            fat: Vec::new(),
            mini_fat: Vec::new(),
            mini: Vec::new(),
            entries: Vec::new(),
            used: vec![false; (bytes.len() >> shift) + 1],
            mini_used: Vec::new(),
            behind: Vec::new(),
            ended: std::collections::BTreeSet::new(),
            read: std::collections::BTreeSet::new(),
        };
        container.read_fat();
        let directory = container.chain(u32_at(bytes, 48))?;
        container.read_directory(&directory);
        let mini_fat = container.chain(u32_at(bytes, 60))?;
        container.mini_fat = mini_fat.chunks_exact(4).map(|b| u32_at(b, 0)).collect();
        let root = container
            .entries
            .first()
            .filter(|e| e.kind == Kind::Root)
            .ok_or(FormatError::Corrupt("no root in a compound file"))?;
        let (start, size) = (root.start(), root.size(shift));
        if size > 0 {
            container.mini = container.chain(start)?;
            let behind = usize::try_from(size).unwrap_or(usize::MAX);
            let behind = behind.min(container.mini.len());
            let behind = container.mini.split_off(behind);
            container.note(behind);
            container.mini_used = vec![false; container.mini.len().div_ceil(MINI)];
        }
        Ok(container)
    }

    fn sector_size(&self) -> usize {
        1 << self.shift
    }

    fn sector(&self, number: u32) -> &'b [u8] {
        let start = index(number)
            .saturating_add(1)
            .saturating_mul(self.sector_size());
        let end = start
            .saturating_add(self.sector_size())
            .min(self.bytes.len());
        self.bytes.get(start..end).unwrap_or_default()
    }

    fn mark(&mut self, number: u32) -> bool {
        match self.used.get_mut(index(number)) {
            Some(used) if !*used => {
                *used = true;
                true
            }
            _ => false,
        }
    }

    fn read_fat(&mut self) {
        let mut tables: Vec<u32> = (0..109).map(|i| u32_at(self.bytes, 76 + 4 * i)).collect();
        let mut next = u32_at(self.bytes, 68);
        while next < END && self.mark(next) {
            let sector = self.sector(next);
            let last = self.sector_size() - 4;
            tables.extend(
                sector
                    .get(..last)
                    .unwrap_or_default()
                    .chunks_exact(4)
                    .map(|b| u32_at(b, 0)),
            );
            next = u32_at(sector, last);
        }
        for table in tables {
            if table < END && self.mark(table) {
                let sector = self.sector(table);
                self.fat
                    .extend(sector.chunks_exact(4).map(|b| u32_at(b, 0)));
            }
        }
    }

    /// The bytes of a chain of sectors, which no other chain may share.
    fn chain(&mut self, start: u32) -> Result<Vec<u8>, FormatError> {
        let mut out = Vec::new();
        let mut next = start;
        while next < END {
            if !self.mark(next) {
                return Err(FormatError::Corrupt(
                    "a sector of a compound file is used twice",
                ));
            }
            let sector = self.sector(next);
            if sector.is_empty() {
                return Err(FormatError::Corrupt("a compound file ends early"));
            }
            out.extend_from_slice(sector);
            next = self.fat.get(index(next)).copied().unwrap_or(END);
        }
        Ok(out)
    }

    fn read_directory(&mut self, directory: &[u8]) {
        for raw in directory.chunks_exact(ENTRY) {
            let Some(&raw) = raw.first_chunk::<ENTRY>() else {
                continue;
            };
            let kind = match raw.get(66) {
                Some(1) => Kind::Storage,
                Some(2) => Kind::Stream,
                Some(5) if self.entries.is_empty() => Kind::Root,
                _ => Kind::Unused,
            };
            self.entries.push(Entry {
                path: String::new(),
                kind,
                raw,
            });
        }
        // Paths, each entry once however the tree is tied.
        let mut todo = vec![(
            self.entries.first().map_or(NONE, Entry::child),
            String::new(),
            0,
        )];
        let mut seen = vec![false; self.entries.len()];
        while let Some((number, parent, depth)) = todo.pop() {
            let at = index(number);
            let (Some(seen), Some(entry)) = (seen.get_mut(at), self.entries.get_mut(at)) else {
                continue;
            };
            if *seen || at == 0 || depth > 64 || entry.kind == Kind::Unused {
                continue;
            }
            *seen = true;
            entry.path = format!("{parent}{}", entry.name());
            todo.push((entry.left(), parent.clone(), depth));
            todo.push((entry.right(), parent, depth));
            if entry.kind == Kind::Storage {
                todo.push((entry.child(), format!("{}/", entry.path), depth + 1));
            }
        }
    }

    /// The bytes of a stream. Each stream can be read once.
    ///
    /// # Errors
    /// `Corrupt` when its chain does not end or is too short.
    pub(super) fn stream(&mut self, number: usize) -> Result<Vec<u8>, FormatError> {
        let Some(entry) = self.entries.get(number) else {
            return Ok(Vec::new());
        };
        let (start, size) = (entry.start(), entry.size(self.shift));
        let mut out = Vec::new();
        if size == 0 {
            return Ok(out);
        }
        if size < self.cutoff {
            let mut next = start;
            // A chain has no more links than there are sectors.
            for _ in 0..=self.mini_fat.len() {
                if next >= END || out.len() as u64 >= size {
                    break;
                }
                if let Some(used) = self.mini_used.get_mut(index(next)) {
                    *used = true;
                }
                let from = index(next).saturating_mul(MINI);
                let to = from.saturating_add(MINI).min(self.mini.len());
                out.extend_from_slice(self.mini.get(from..to).unwrap_or_default());
                next = self.mini_fat.get(index(next)).copied().unwrap_or(END);
            }
        } else {
            // A stream may be read again, but no two may share a sector.
            let fresh = vec![false; self.used.len()];
            let again = self.read.contains(&number);
            let used = again.then(|| std::mem::replace(&mut self.used, fresh));
            let chain = self.chain(start);
            match used {
                Some(used) => self.used = used,
                None => drop(self.read.insert(number)),
            }
            out = chain?;
        }
        if (out.len() as u64) < size {
            return Err(FormatError::Corrupt(
                "a stream of a compound file ends early",
            ));
        }
        let end = usize::try_from(size).unwrap_or(usize::MAX).min(out.len());
        let behind = out.split_off(end);
        if self.ended.insert(number) {
            self.note(behind);
        }
        Ok(out)
    }

    /// Takes note of what lies behind the end of a stream in its last sector.
    fn note(&mut self, behind: Vec<u8>) {
        if behind.iter().any(|b| *b != 0) {
            self.behind.push(behind);
        }
    }

    /// What no stream uses: sectors that belong to none, large and small, and what lies behind the ends of streams.
    /// Read all streams before.
    pub(super) fn leftovers(&self) -> Vec<&[u8]> {
        let free = self.mini.chunks(MINI).zip(&self.mini_used);
        let mut small: Vec<&[u8]> = Vec::new();
        // Free sectors one after the other, since a text can lie over several of them.
        let mut run: Option<Range<usize>> = None;
        for (n, (_, used)) in free.enumerate() {
            let here = n * MINI..((n + 1) * MINI).min(self.mini.len());
            match &mut run {
                Some(run) if !used => run.end = here.end,
                _ if !used => run = Some(here),
                _ => small.extend(run.take().and_then(|r| self.mini.get(r))),
            }
        }
        small.extend(run.and_then(|r| self.mini.get(r)));
        let behind = self.behind.iter().map(Vec::as_slice).chain(small);
        let behind = behind.filter(|part| part.iter().any(|b| *b != 0 && *b != 0xFF));
        let large = (0..)
            .zip(&self.used)
            .filter(|(_, used)| !**used)
            .map(|(number, _)| self.sector(number))
            .filter(|sector| sector.iter().any(|b| *b != 0 && *b != 0xFF));
        behind.chain(large).collect()
    }
}

#[cfg(test)]
pub(super) mod testing {
    //! Compound files for tests.

    use super::*;

    /// A compound file of these streams, in one storage: the root.
    pub(in super::super) fn compound(streams: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut entries = Vec::new();
        let entry = |name: &str, kind: u8, left: u32, child: u32| {
            let mut raw = [0_u8; ENTRY];
            let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
            raw[..units.len()].copy_from_slice(&units);
            raw[64..66].copy_from_slice(&u16::try_from(units.len() + 2).unwrap().to_le_bytes());
            raw[66] = kind;
            raw[67] = 1;
            raw[68..72].copy_from_slice(&left.to_le_bytes());
            raw[72..76].copy_from_slice(&NONE.to_le_bytes());
            raw[76..80].copy_from_slice(&child.to_le_bytes());
            raw
        };
        let count = u32::try_from(streams.len()).unwrap();
        entries.push(entry(
            "Root Entry",
            5,
            NONE,
            if count == 0 { NONE } else { count },
        ));
        for (i, (name, _)) in (1..).zip(streams) {
            entries.push(entry(name, 2, if i == 1 { NONE } else { i - 1 }, NONE));
        }
        let mut header = vec![0_u8; 512];
        header[..8].copy_from_slice(MAGIC);
        header[24] = 0x3E;
        header[26] = 3;
        header[28..30].copy_from_slice(&[0xFE, 0xFF]);
        header[30] = 9;
        header[32] = 6;
        header[56..60].copy_from_slice(&4096_u32.to_le_bytes());
        let entries = entries
            .into_iter()
            .map(|raw| Entry {
                path: String::new(),
                kind: match raw[66] {
                    5 => Kind::Root,
                    _ => Kind::Stream,
                },
                raw,
            })
            .collect();
        let container = Container {
            bytes: &header,
            shift: 9,
            cutoff: 4096,
            fat: Vec::new(),
            mini_fat: Vec::new(),
            mini: Vec::new(),
            entries,
            used: Vec::new(),
            mini_used: Vec::new(),
            behind: Vec::new(),
            ended: std::collections::BTreeSet::new(),
            read: std::collections::BTreeSet::new(),
        };
        let contents = std::iter::once(Vec::new())
            .chain(streams.iter().map(|s| s.1.clone()))
            .collect::<Vec<_>>();
        let mut out = Vec::new();
        container.write(&contents, &mut out).unwrap();
        out
    }

    #[test]
    fn what_is_written_is_read() {
        for size in [0, 1, 63, 64, 65, 4095, 4096, 5000, 70_000, 9_000_000] {
            let big: Vec<u8> = (0..size).map(|i| u8::try_from(i % 251).unwrap()).collect();
            let raw = compound(&[
                ("A", b"small".to_vec()),
                ("Big", big.clone()),
                ("C", vec![7; 100]),
            ]);
            let mut container = Container::read(&raw).unwrap();
            let paths: Vec<_> = container.entries.iter().map(|e| e.path.clone()).collect();
            assert_eq!(paths[1..4], ["A", "Big", "C"]);
            assert_eq!(container.stream(1).unwrap(), b"small");
            assert!(container.stream(2).unwrap() == big, "{size}");
            assert_eq!(container.stream(3).unwrap(), vec![7; 100]);
            assert!(container.leftovers().is_empty());
        }
    }

    /// A stream that was made shorter leaves its end where it was, large or small, and one that was taken out all of it.
    #[test]
    fn what_lies_behind_the_ends_of_streams_and_in_free_sectors_is_left_over() {
        let text = b"call 13800138000";
        let mut small = vec![b'a'; 40];
        small.extend_from_slice(text);
        let mut large = vec![b'b'; 5000];
        large.extend_from_slice(text);
        let raw = compound(&[("A", small), ("Big", large), ("Gone", text.repeat(8))]);
        let directory = (u32_at(&raw, 48) as usize + 1) << 9;
        let at = |n: usize| directory + n * ENTRY;
        let mut raw = raw;
        raw[at(1) + 120..at(1) + 124].copy_from_slice(&40_u32.to_le_bytes());
        raw[at(2) + 120..at(2) + 124].copy_from_slice(&5000_u32.to_le_bytes());
        raw[at(3) + 120..at(3) + 124].copy_from_slice(&0_u32.to_le_bytes());
        let mut container = Container::read(&raw).unwrap();
        assert_eq!(container.stream(1).unwrap(), [b'a'; 40]);
        assert_eq!(container.stream(2).unwrap(), [b'b'; 5000]);
        assert!(container.stream(3).unwrap().is_empty());
        container.stream(1).unwrap();
        let left = container.leftovers();
        let count = |what: &[u8]| {
            left.iter()
                .map(|l| memchr::memmem::find_iter(l, what).count())
                .sum::<usize>()
        };
        assert_eq!(count(text), 10, "{left:?}");
    }

    #[test]
    fn loops_and_cuts_end_in_a_result() {
        let raw = compound(&[("A", vec![1; 9000]), ("B", vec![2; 100])]);
        for at in 0..raw.len() {
            let mut bad = raw.clone();
            bad[at] ^= 0x55;
            for bad in [&bad[..], &raw[..at]] {
                if let Ok(mut container) = Container::read(bad) {
                    for i in 0..container.entries.len().min(8) {
                        let _ = container.stream(i);
                    }
                    let _ = container.leftovers();
                }
            }
        }
    }
}
