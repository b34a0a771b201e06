//! One file: every byte that it has on the volume overwritten once, in place, and read back.
//!
//! Written is a keyed stream, so that every block can be made again for comparing, none is like another,
//! and nothing lazy can store it once. Holes are not filled.

use super::grade::ReadBack;
use crate::{
    digest::KeyStream,
    sys::{self, Aligned, Extent},
};
use std::{fs::File, io};

/// Bytes written or read at once.
const CHUNK: usize = 1 << 20;

/// How a file is overwritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// First its very bytes, so that what lies in an inode or a record stays there.
    pub exact: Option<u64>,
    /// Then whole blocks, offset and length; empty when it must stay where it is.
    pub blocks: Vec<(u64, u64)>,
    /// Past the cache, where the file system can.
    pub direct: bool,
}

impl Plan {
    /// For a file of this size that lies so.
    pub(super) fn new(size: u64, block: u64, map: Option<&[Extent]>, data_journal: bool) -> Self {
        let direct = !data_journal;
        let Some(map) = map else {
            // The slack of the last block too; 4,096 is the block of all file systems that do not say.
            let end = size.next_multiple_of(4096);
            return Self {
                exact: (size > 0).then_some(size),
                blocks: if size > 0 { vec![(0, end)] } else { Vec::new() },
                direct,
            };
        };
        if map.iter().any(|e| e.is_inline()) {
            return Self {
                exact: (size > 0).then_some(size),
                blocks: Vec::new(),
                direct: false,
            };
        }
        let mut blocks: Vec<(u64, u64)> = Vec::new();
        for extent in map.iter().filter(|e| e.length > 0) {
            match blocks.last_mut() {
                Some((start, length)) if *start + *length >= extent.logical => {
                    *length = (*length).max(extent.end() - *start);
                }
                _ => blocks.push((extent.logical, extent.length)),
            }
        }
        Self {
            // Known to lie in blocks of its own, it cannot be moved out of an inode or record.
            exact: (size > 0 && size < block && blocks.is_empty()).then_some(size),
            blocks,
            direct,
        }
    }

    /// For what is overwritten already.
    pub(super) fn done() -> Self {
        Self {
            exact: None,
            blocks: Vec::new(),
            direct: false,
        }
    }

    /// Bytes that it writes, each once.
    pub(super) fn bytes(&self) -> u64 {
        if self.blocks.is_empty() {
            return self.exact.unwrap_or(0);
        }
        self.blocks.iter().map(|(_, n)| n).sum()
    }

    /// What is read back.
    fn ranges(&self) -> Vec<(u64, u64)> {
        if self.blocks.is_empty() {
            self.exact.map(|n| (0, n)).into_iter().collect()
        } else {
            self.blocks.clone()
        }
    }
}

/// Calls with offset and length of each chunk.
fn chunks(
    ranges: &[(u64, u64)],
    mut each: impl FnMut(u64, usize) -> io::Result<bool>,
) -> io::Result<bool> {
    for &(start, length) in ranges {
        let mut at = 0;
        while at < length {
            let n = usize::try_from(length - at).unwrap_or(CHUNK).min(CHUNK);
            if !each(start + at, n)? {
                return Ok(false);
            }
            at += n as u64;
        }
    }
    Ok(true)
}

/// Overwrites the exact bytes, through the cache; nothing when there is no need.
///
/// # Errors
/// Those of the system.
pub(super) fn exactly(file: &File, plan: &Plan, stream: &mut KeyStream) -> io::Result<()> {
    let Some(size) = plan.exact else {
        return Ok(());
    };
    let mut buffer = vec![0; CHUNK.min(usize::try_from(size).unwrap_or(CHUNK))];
    chunks(&[(0, size)], |offset, n| {
        let part = buffer.get_mut(..n).unwrap_or_default();
        stream.fill(offset, part);
        sys::write_full_at(file, part, offset)?;
        Ok(true)
    })?;
    Ok(())
}

/// Overwrites the blocks.
///
/// # Errors
/// Those of the system.
pub(super) fn blocks(
    file: &File,
    plan: &Plan,
    stream: &mut KeyStream,
    buffer: &mut Aligned,
) -> io::Result<()> {
    if plan.blocks.is_empty() {
        return Ok(());
    }
    let mut direct = plan.direct && sys::direct(file, true)?;
    let done = chunks(&plan.blocks, |offset, n| {
        let part = buffer.bytes_mut().get_mut(..n).unwrap_or_default();
        stream.fill(offset, part);
        match sys::write_full_at(file, part, offset) {
            // A device with larger blocks than the file system's: through the cache then.
            Err(e) if direct && e.kind() == io::ErrorKind::InvalidInput => {
                direct = false;
                sys::direct(file, false)?;
                sys::write_full_at(file, part, offset)?;
            }
            other => other?,
        }
        Ok(true)
    });
    if direct {
        sys::direct(file, false)?;
    }
    done.map(|_| ())
}

/// A buffer for [`blocks`] and [`read_back`].
pub(super) fn buffer() -> Aligned {
    Aligned::new(CHUNK)
}

/// Reads all of it again and compares; how, and how many bytes were compared.
pub(super) fn read_back(
    file: &File,
    plan: &Plan,
    stream: &mut KeyStream,
    buffer: &mut Aligned,
) -> (ReadBack, u64) {
    let mut verified = 0;
    // What the cache holds was written already; then it need not hold it.
    let dropped = sys::discard_cache(file).is_ok();
    let mut direct = plan.direct && sys::direct(file, true).unwrap_or(false);
    let mut expected = vec![0; CHUNK];
    let same = chunks(&plan.ranges(), |offset, n| {
        let part = buffer.bytes_mut().get_mut(..n).unwrap_or_default();
        let got = match sys::read_full_at(file, part, offset) {
            Err(e) if direct && e.kind() == io::ErrorKind::InvalidInput => {
                direct = false;
                sys::direct(file, false)?;
                sys::read_full_at(file, part, offset)?
            }
            other => other?,
        };
        let want = expected.get_mut(..n).unwrap_or_default();
        stream.fill(offset, want);
        if got != n || part != want {
            return Ok(false);
        }
        verified += n as u64;
        Ok(true)
    });
    if direct {
        let _ = sys::direct(file, false);
    }
    let how = match same {
        Ok(true) if direct || plan.bytes() == 0 => ReadBack::Direct,
        Ok(true) if dropped => ReadBack::Dropped,
        Ok(true) => ReadBack::Cached,
        _ => ReadBack::Failed,
    };
    (how, verified)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::JobKey;

    fn extent(logical: u64, length: u64, flags: u32) -> Extent {
        Extent {
            logical,
            physical: 1 << 30,
            length,
            flags,
        }
    }

    #[test]
    fn what_is_written_of_a_file() {
        let small = Plan::new(100, 4096, Some(&[extent(0, 4096, 0)]), false);
        assert_eq!(
            (small.exact, small.blocks.as_slice()),
            (None, &[(0, 4096)][..])
        );
        let sparse = [extent(0, 4096, 0), extent(1 << 30, 65536, 0)];
        let sparse = Plan::new((1 << 30) + 65536, 4096, Some(&sparse), false);
        assert_eq!(sparse.bytes(), 69_632);
        assert_eq!(sparse.exact, None);
        let inline = Plan::new(60, 4096, Some(&[extent(0, 60, 0x200)]), false);
        assert_eq!(
            (inline.exact, inline.blocks.len(), inline.bytes()),
            (Some(60), 0, 60)
        );
        let unknown = Plan::new(5000, 4096, None, false);
        assert_eq!((unknown.exact, unknown.bytes()), (Some(5000), 8192));
        let hole = Plan::new(100, 4096, Some(&[]), false);
        assert_eq!((hole.exact, hole.bytes()), (Some(100), 100));
        let empty = Plan::new(0, 4096, Some(&[]), false);
        assert_eq!((empty.exact, empty.bytes()), (None, 0));
        let joined = [extent(0, 4096, 0), extent(4096, 4096, 0x800)];
        assert_eq!(
            Plan::new(8192, 4096, Some(&joined), false).blocks,
            [(0, 8192)]
        );
    }

    #[test]
    fn every_byte_is_overwritten_and_a_lost_write_is_seen() {
        let dir = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let path = dir.path().join("f");
        let old: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
        std::fs::write(&path, &old).unwrap();
        let file = File::options().read(true).write(true).open(&path).unwrap();
        file.sync_all().unwrap();
        let map = sys::extents(&file).unwrap();
        let plan = Plan::new(old.len() as u64, 4096, map.as_deref(), false);
        let key = JobKey::new([5; 32]);
        let mut stream = KeyStream::new(&key, b"1");
        let mut space = buffer();
        exactly(&file, &plan, &mut stream).unwrap();
        blocks(&file, &plan, &mut stream, &mut space).unwrap();
        file.sync_all().unwrap();
        let (how, verified) = read_back(&file, &plan, &mut stream, &mut space);
        assert_ne!(how, ReadBack::Failed);
        assert!(verified >= old.len() as u64);
        let new = std::fs::read(&path).unwrap();
        let same = old.iter().zip(&new).filter(|(a, b)| a == b).count();
        assert!(same < old.len() / 100, "{same}");
        // One byte of one block as it was before.
        sys::write_full_at(&file, &[!new[7_000_000]], 7_000_000).unwrap();
        file.sync_all().unwrap();
        assert_eq!(
            read_back(&file, &plan, &mut stream, &mut space).0,
            ReadBack::Failed
        );
    }
}
