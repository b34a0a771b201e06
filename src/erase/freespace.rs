//! Former copies lie in free space: a tail that was cut off, what an editor saved over. Files without names take that
//! space, are filled with a keyed stream, read back, and given away again.
//!
//! The files never have a name that outlives the call that made them, so that a killed process or a power cut gives
//! their space back by itself. Some is always left for others, and what is left is told: nothing is proved of it.

use super::{
    EraseError,
    grade::{Family, medium},
    note::Note,
    overwrite,
    probe::described,
    steps::Steps,
};
use crate::{
    digest::{JobKey, KeyStream},
    model::Medium,
    sys::{self, Aligned, Folder, Mount},
};
use std::{fs::File, io, path::Path};

/// Bytes of one file: below what FAT can have, and a bound for what is read again at once.
const EACH: u64 = 1 << 30;
/// Bytes written at once.
const CHUNK: u64 = 1 << 20;
/// The smallest piece that is tried when there is no room for more.
const LEAST: u64 = 4096;
/// Left on volumes that the running system writes to, at least, whatever is asked.
const SYSTEM_RESERVE: u64 = 256 << 20;
/// Left elsewhere when nothing is asked.
const RESERVE: u64 = 64 << 20;

/// How far it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bounds {
    /// Bytes that stay free; 64 MiB when not said. On a volume of the running system 256 MiB, or a fiftieth, at least.
    pub reserve: Option<u64>,
    /// Bytes written at most.
    pub most: Option<u64>,
}

/// What was done to the free space of a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// File system, with the options that matter.
    pub file_system: String,
    /// What it lies on.
    pub medium: Medium,
    /// Bytes that were free before.
    pub free: u64,
    /// Bytes that were kept free for others.
    pub reserve: u64,
    /// Bytes written.
    pub written: u64,
    /// Bytes read back as written.
    pub verified: u64,
    /// Bytes that were still free when all was written: nothing is proved of them.
    pub left: u64,
    /// Clusters that the file system kept for itself were given out too.
    pub clusters: bool,
    /// Its journal was emptied afterwards.
    pub journal: bool,
}

/// What can be asked before anything is written.
#[derive(Debug)]
pub struct FreeSpace {
    folder: Folder,
    mount: Mount,
    family: Family,
    /// Bytes that are free.
    pub free: u64,
    /// Bytes that will be left.
    pub reserve: u64,
}

impl FreeSpace {
    /// Looks at the volume of a folder.
    ///
    /// # Errors
    /// `Refused` where overwriting free space would prove nothing; those of the system.
    pub fn look(at: &Path, bounds: Bounds) -> Result<Self, EraseError> {
        let folder = Folder::open(at).map_err(EraseError::Device)?;
        let mount = folder.mount().map_err(EraseError::Device)?;
        let family = Family::of(&mount);
        let why = match family {
            Family::Overlay => Some(Note::Overlay),
            Family::Network => Some(Note::Network),
            Family::Layered => Some(Note::Layered),
            Family::Memory => Some(Note::MappingUnknown),
            _ if sys::device(&mount).keeps_versions => Some(Note::KeptVersions),
            _ if mount.has("ro") => Some(Note::ReadOnly),
            _ => None,
        };
        if let Some(why) = why {
            return Err(EraseError::Refused(why));
        }
        let space = folder.space().map_err(EraseError::Device)?;
        let reserve = if is_system(&folder)? {
            let least = SYSTEM_RESERVE.max(space.size / 50);
            bounds.reserve.unwrap_or(least).max(least)
        } else {
            bounds.reserve.unwrap_or(RESERVE)
        };
        Ok(Self {
            free: free(&folder).map_err(EraseError::Device)?,
            folder,
            mount,
            family,
            reserve,
        })
    }

    /// Overwrites it once and reads it back.
    ///
    /// # Errors
    /// `Interrupted`, `Stopped`; all space is free again then.
    pub fn fill(
        self,
        bounds: Bounds,
        key: &JobKey,
        steps: &Steps<'_>,
    ) -> Result<Filled, EraseError> {
        sys::lift_open_files();
        // Asked to leave nothing, ext4 is asked to keep nothing for itself either; it is put back in any case.
        let clusters = (self.reserve == 0).then(|| Clusters::none(&self.mount));
        let clusters = clusters.flatten();
        let mut buffer = overwrite::buffer();
        let most = bounds.most.unwrap_or(u64::MAX);
        let (mut files, mut written) = (Vec::new(), 0);
        while written < most {
            let number = files.len() as u64;
            let file = self.folder.unnamed().map_err(stopped)?;
            let room = EACH.min(most - written);
            let done = self.one(&file, number, room, key, &mut buffer, steps)?;
            written += done;
            files.push((file, done));
            if done < room {
                break;
            }
        }
        self.folder.sync_volume().map_err(stopped)?;
        let left = free(&self.folder).map_err(stopped)?;
        let mut verified = 0;
        // Each is given back when it was read: from here on others have room again.
        for (number, (file, length)) in (0..).zip(files) {
            verified += read_back(&file, length, number, key, &mut buffer, steps)?;
        }
        self.folder.sync_volume().map_err(stopped)?;
        let journal = self.family == Family::Ext && self.folder.checkpoint().is_ok();
        let disk = sys::device(&self.mount);
        Ok(Filled {
            file_system: described(&self.mount),
            medium: medium(self.family, &disk),
            free: self.free,
            reserve: self.reserve,
            written,
            verified,
            left,
            clusters: clusters.is_some(),
            journal,
        })
    }

    /// Fills one file; bytes written, fewer than `room` when there is no more.
    fn one(
        &self,
        file: &File,
        number: u64,
        room: u64,
        key: &JobKey,
        buffer: &mut Aligned,
        steps: &Steps<'_>,
    ) -> Result<u64, EraseError> {
        let mut stream = stream(key, number);
        let mut direct = sys::direct(file, true).unwrap_or(false);
        let (mut at, mut piece) = (0, CHUNK);
        while at < room {
            if steps.stop() {
                return Err(EraseError::Interrupted);
            }
            let free = free(&self.folder).map_err(stopped)?;
            let next = piece.min(room - at).min(free.saturating_sub(self.reserve));
            let next = next - next % LEAST;
            if next == 0 {
                break;
            }
            let part = part(buffer, next);
            stream.fill(at, part);
            match sys::write_full_at(file, part, at) {
                Ok(()) => at += next,
                Err(e) if direct && e.kind() == io::ErrorKind::InvalidInput => {
                    direct = false;
                    sys::direct(file, false).map_err(stopped)?;
                }
                // Less may still have room.
                Err(e) if is_full(&e) && piece > LEAST => piece /= 2,
                Err(e) if is_full(&e) => break,
                Err(e) => return Err(stopped(e)),
            }
        }
        sys::sync_file(file).or_else(|e| if is_full(&e) { Ok(()) } else { Err(stopped(e)) })?;
        Ok(at)
    }
}

fn stopped(e: io::Error) -> EraseError {
    EraseError::Stopped(e)
}

fn is_full(e: &io::Error) -> bool {
    matches!(
        e.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

fn stream(key: &JobKey, number: u64) -> KeyStream {
    KeyStream::new(key, &[&b"free space"[..], &number.to_le_bytes()].concat())
}

fn part(buffer: &mut Aligned, length: u64) -> &mut [u8] {
    let n = usize::try_from(length).unwrap_or(0);
    buffer.bytes_mut().get_mut(..n).unwrap_or_default()
}

/// Bytes of a file that are read back as they were written.
fn read_back(
    file: &File,
    length: u64,
    number: u64,
    key: &JobKey,
    buffer: &mut Aligned,
    steps: &Steps<'_>,
) -> Result<u64, EraseError> {
    let mut stream = stream(key, number);
    let _ = sys::discard_cache(file);
    let mut direct = sys::direct(file, true).unwrap_or(false);
    let mut expected = vec![0; usize::try_from(CHUNK).unwrap_or(0)];
    let (mut at, mut same) = (0, 0);
    while at < length {
        if steps.stop() {
            return Err(EraseError::Interrupted);
        }
        let next = CHUNK.min(length - at);
        let part = part(buffer, next);
        let got = match sys::read_full_at(file, part, at) {
            Err(e) if direct && e.kind() == io::ErrorKind::InvalidInput => {
                direct = false;
                sys::direct(file, false).map_err(stopped)?;
                continue;
            }
            other => other.map_err(stopped)?,
        };
        let want = expected.get_mut(..got).unwrap_or_default();
        stream.fill(at, want);
        if part.get(..got) == Some(want) {
            same += got as u64;
        }
        if got == 0 {
            break;
        }
        at += got as u64;
    }
    Ok(same)
}

/// Free bytes that this process may take.
fn free(folder: &Folder) -> io::Result<u64> {
    let space = folder.space()?;
    Ok(if sys::user() == Some(0) {
        space.free
    } else {
        space.available
    })
}

/// Whether the running system writes to the volume.
fn is_system(folder: &Folder) -> Result<bool, EraseError> {
    let own = folder.inode().map_err(EraseError::Device)?.device;
    let on = |path: &&str| {
        let device = Folder::open(Path::new(path)).and_then(|f| f.inode());
        device.is_ok_and(|i| i.device == own)
    };
    Ok(["/", "/var", "/tmp", "/home", "/run", "/usr"]
        .iter()
        .any(on))
}

/// Clusters that ext4 keeps from everybody, given out for as long as this lives.
struct Clusters {
    mount: Mount,
    before: u64,
}

impl Clusters {
    fn none(mount: &Mount) -> Option<Self> {
        let before = sys::reserved_clusters(mount)?;
        sys::reserve_clusters(mount, 0).ok()?;
        Some(Self {
            mount: mount.clone(),
            before,
        })
    }
}

impl Drop for Clusters {
    fn drop(&mut self) {
        // A mount begins with them anyway.
        let _ = sys::reserve_clusters(&self.mount, self.before);
    }
}
