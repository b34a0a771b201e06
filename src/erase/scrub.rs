//! Folders keep the names of what was in them in unused parts of their blocks. Many names made at once,
//! then removed, take those places.

use super::steps::Steps;
use crate::sys::{self, Folder, Kind};
use std::io;

/// More would take longer than they are worth.
const MOST: u64 = 60_000;

/// How the names begin: with some of the run's id, so that a resume finds what a crash left.
pub(super) fn tag(run: &str) -> String {
    format!(".ik{}-", run.get(..4).unwrap_or(run))
}

/// How many names are made for these that were removed.
fn count(removed: u64, longest: usize) -> u64 {
    // A name of ours takes 24 bytes of an ext4 block, one of theirs 8 and its length, rounded up.
    let each = (longest as u64).saturating_add(12).div_ceil(24).max(2) * 2;
    removed.saturating_mul(each).saturating_add(64).min(MOST)
}

/// Fills the places of names that were removed from a folder; `longest` is the length of the longest in
/// bytes. `Ok(false)` when the volume was full before all were made.
///
/// # Errors
/// Those of the system.
pub(super) fn folder(
    folder: &Folder,
    removed: u64,
    longest: usize,
    tag: &str,
    steps: &Steps<'_>,
) -> io::Result<bool> {
    steps.step()?;
    let mut whole = true;
    let mut made = Vec::new();
    for number in 0..count(removed, longest) {
        let name = format!("{tag}{number:05x}");
        match folder.create(name.as_bytes()) {
            Ok(_) => made.push(name),
            // Not ours, or `sweep` would have taken it.
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(_) => {
                whole = false;
                break;
            }
        }
    }
    folder.sync_strictly().or_else(ignore_unsupported)?;
    steps.step()?;
    for name in made {
        folder.remove(name.as_bytes())?;
    }
    folder.sync_strictly().or_else(ignore_unsupported)?;
    Ok(whole)
}

/// FUSE file systems without `fsync` for folders.
fn ignore_unsupported(e: io::Error) -> io::Result<()> {
    match e.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported => Ok(()),
        _ => Err(e),
    }
}

/// Removes names that an interrupted scrub left: empty files with the run's own tag.
///
/// # Errors
/// Those of the system.
pub(super) fn sweep(folder: &Folder, tag: &str) -> io::Result<()> {
    let mut left = Vec::new();
    folder.list(&mut |name, kind| {
        let number = name.strip_prefix(tag.as_bytes());
        let own = number.is_some_and(|n| n.len() == 5 && n.iter().all(u8::is_ascii_hexdigit));
        if own && kind.is_none_or(|k| k == Kind::File) {
            left.push(name.to_vec());
        }
    })?;
    for name in left {
        let file = folder.open_to_look(&name)?;
        let facts = sys::facts(&file)?;
        if facts.kind == Kind::File && facts.size == 0 {
            folder.remove(&name)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_what_was_there_and_sweeps_only_its_own() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("kept"), b"x").unwrap();
        std::fs::write(dir.path().join(".ikabcd-00001"), b"not empty").unwrap();
        std::fs::write(dir.path().join(".ikabcd-zzzzz"), b"").unwrap();
        let at = Folder::open(dir.path()).unwrap();
        let no = || false;
        let tag = tag("abcdef");
        std::fs::write(dir.path().join(".ikabcd-00009"), b"").unwrap();
        sweep(&at, &tag).unwrap();
        assert!(!dir.path().join(".ikabcd-00009").exists());
        std::fs::remove_file(dir.path().join(".ikabcd-00001")).unwrap();
        assert!(folder(&at, 10, 30, &tag, &Steps::new(&no)).unwrap());
        let mut left: Vec<_> = std::fs::read_dir(dir.path())
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, [".ikabcd-zzzzz", "kept"]);
        assert!(count(1000, 20) >= 4064 && count(1, 250) >= 64 + 20 && count(u64::MAX, 9) == MOST);
    }
}
