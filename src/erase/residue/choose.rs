//! Which stretches of a file are kept, before it is overwritten.

use super::print::{ANCHOR, Anchors, Print, STORED, WINDOW, What};
use crate::{
    digest::JobKey,
    erase::{EraseError, extras, index::Target, run::FINGERPRINTS, steps::Steps},
    sys,
};
use std::{
    collections::BTreeSet,
    fs::{File, OpenOptions},
    io::{self, Read, Seek, Write},
    path::Path,
};

/// Most and fewest windows of one file, and windows of all files together before there are fewer of each.
const EACH: (u64, u64) = (64, 8);
const ALL: u64 = 4_000_000;
/// Places looked at for one window before the next is tried.
const TRIES: u64 = 4;

/// The fingerprints of a run, open for adding.
pub(crate) struct Prints<'a> {
    file: io::BufWriter<File>,
    anchors: Anchors,
    /// Windows of one file.
    each: u64,
    key: &'a JobKey,
}

impl<'a> Prints<'a> {
    /// Opens the file of a run's folder, cutting what a crash left half written.
    /// `files` is how many the run has in all.
    pub(crate) fn open(dir: &Path, key: &'a JobKey, files: usize) -> Result<Self, EraseError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let open = || {
            let mut file = options.open(dir.join(FINGERPRINTS))?;
            let length = file.metadata()?.len();
            file.set_len(length - length % STORED as u64)?;
            file.seek(io::SeekFrom::End(0))?;
            Ok(file)
        };
        Ok(Self {
            file: io::BufWriter::new(open().map_err(EraseError::run)?),
            anchors: Anchors::new(key),
            each: each(files),
            key,
        })
    }

    /// Adds those of a file that is about to be overwritten: content, attributes and name. Without a file,
    /// the name only.
    pub(crate) fn add(&mut self, target: &Target, file: Option<&File>) -> Result<(), EraseError> {
        let mut all = BTreeSet::new();
        let mut put = |what, bytes: &[u8]| {
            all.extend(Print::of(
                target.number,
                what,
                bytes,
                self.anchors,
                self.key,
            ));
        };
        if let Some(file) = file {
            content(file, target.size, self.each, &mut put).map_err(EraseError::Stopped)?;
            for (_, value) in extras::values(file).unwrap_or_default() {
                stretch(&value.unwrap_or_default(), 8, &mut |what, bytes| {
                    let what = match what {
                        What::Window => What::Attribute,
                        _ => What::ShortAttribute,
                    };
                    put(what, bytes);
                });
            }
        }
        for form in names(target) {
            put(What::Name, &form);
        }
        for print in all {
            self.file
                .write_all(&print.to_bytes())
                .map_err(EraseError::run)?;
        }
        Ok(())
    }

    /// Writes them through to the disk.
    pub(crate) fn close(mut self, steps: &Steps<'_>) -> Result<(), EraseError> {
        let done = steps.step().and_then(|()| {
            self.file.flush()?;
            self.file.get_ref().sync_data()
        });
        done.map_err(EraseError::run)
    }
}

/// All fingerprints of a run.
pub(super) fn load(dir: &Path) -> Result<Vec<Print>, EraseError> {
    let mut bytes = Vec::new();
    match File::open(dir.join(FINGERPRINTS)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        opened => opened
            .and_then(|mut f| f.read_to_end(&mut bytes))
            .map_err(EraseError::run)?,
    };
    let all = bytes.chunks_exact(STORED).filter_map(Print::from_bytes);
    let mut all: Vec<Print> = all.collect();
    // A batch that was begun twice left them twice.
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

/// Bytes of a file that is read in one go.
const AT_ONCE: u64 = 128 << 10;

/// Windows of one file in a run of so many: memory and the search stay bounded.
fn each(files: usize) -> u64 {
    (ALL / (files as u64).max(1)).clamp(EACH.1, EACH.0)
}

/// More than three bits for each byte: fewer say too little to be told from chance.
fn is_telling(bytes: &[u8]) -> bool {
    let mut counts = [0_u32; 256];
    for &b in bytes {
        counts[usize::from(b)] += 1;
    }
    // Entropy × length = Σ −c·log2(c/n); compared in whole numbers by the table below.
    let n = u32::try_from(bytes.len()).unwrap_or(0);
    let sum: f64 = counts
        .iter()
        .filter(|c| **c > 0)
        .map(|c| {
            let share = f64::from(*c) / f64::from(n);
            -share * share.log2()
        })
        .sum();
    sum > 3.0
}

/// Windows of content, spread over the file.
fn content(file: &File, size: u64, each: u64, put: &mut dyn FnMut(What, &[u8])) -> io::Result<()> {
    if size <= 4096 {
        let mut all = vec![0; usize::try_from(size).unwrap_or(0)];
        let n = sys::read_full_at(file, &mut all, 0)?;
        all.truncate(n);
        stretch(&all, each, put);
        return Ok(());
    }
    // One read of a small file costs less than one for each window.
    let whole = if size <= AT_ONCE {
        let mut all = vec![0; usize::try_from(size).unwrap_or(0)];
        let n = sys::read_full_at(file, &mut all, 0)?;
        all.truncate(n);
        all
    } else {
        Vec::new()
    };
    let mut window = [0; WINDOW];
    let slots = each.min(size / WINDOW as u64).max(1);
    let each = size / slots;
    for slot in 0..slots {
        for attempt in 0..TRIES {
            // Head and tail first, then evenly; odd steps, so that nothing is asked of alignment.
            let inside = attempt * (each / TRIES) + (slot * 13 + attempt * 7) % 32;
            let at = (slot * each + inside).min(size - WINDOW as u64);
            let from = usize::try_from(at).unwrap_or(usize::MAX);
            let n = match whole.get(from..from.saturating_add(WINDOW)) {
                Some(there) => {
                    window.copy_from_slice(there);
                    WINDOW
                }
                None => sys::read_full_at(file, &mut window, at)?,
            };
            if n == WINDOW && is_telling(&window) {
                put(What::Window, &window);
                break;
            }
        }
    }
    Ok(())
}

/// Windows of a short text; all of it when it is shorter than one.
fn stretch(bytes: &[u8], most: u64, put: &mut dyn FnMut(What, &[u8])) {
    if bytes.len() < WINDOW {
        if bytes.len() >= ANCHOR && bytes.iter().collect::<BTreeSet<_>>().len() >= 4 {
            put(What::Short, bytes);
        }
        return;
    }
    let step = (bytes.len() / usize::try_from(most).unwrap_or(1)).max(WINDOW / 2);
    let last = bytes.len() - WINDOW;
    let starts = (0..=last).step_by(step).chain([last]);
    for window in starts.filter_map(|at| bytes.get(at..at + WINDOW)) {
        if is_telling(window) {
            put(What::Window, window);
        }
    }
}

/// The forms in which file systems keep a name: as it is, in UTF-16 (the first 15 characters, which is what
/// exFAT keeps together), and in GB 18030.
fn names(target: &Target) -> BTreeSet<Vec<u8>> {
    let (_, name) = crate::erase::place::split(&target.path);
    let mut out = BTreeSet::from([name.to_vec()]);
    if let Ok(text) = std::str::from_utf8(name) {
        out.insert(
            text.encode_utf16()
                .take(15)
                .flat_map(u16::to_le_bytes)
                .collect(),
        );
        let (gb, _, lost) = encoding_rs::GB18030.encode(text);
        if !lost {
            out.insert(gb.into_owned());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_and_repetitions_tell_nothing() {
        assert!(!is_telling(&[0; 32]) && !is_telling(b"abababababababababababababababab"));
        assert!(is_telling(b"6222021234567890123,Zhang San,13"));
        let mut got = Vec::new();
        stretch(&[0; 4000], 64, &mut |w, b| got.push((w, b.len())));
        stretch(b"short", 64, &mut |w, b| got.push((w, b.len())));
        assert!(got.is_empty());
        stretch(b"6222021234567890", 64, &mut |w, b| got.push((w, b.len())));
        assert_eq!(got, [(What::Short, 16)]);
    }

    #[test]
    fn windows_come_from_head_middle_and_tail() {
        let mut file = tempfile::tempfile().unwrap();
        let text: Vec<u8> = (0..20_000)
            .flat_map(|i| format!("{i:08}-客户;").into_bytes())
            .collect();
        file.write_all(&text).unwrap();
        let mut got = Vec::new();
        content(&file, text.len() as u64, EACH.0, &mut |_, b| {
            got.push(memchr::memmem::find(&text, b).unwrap());
        })
        .unwrap();
        assert!(got.len() >= 32, "{}", got.len());
        assert!(got[0] < text.len() / 20 && got[got.len() - 1] > text.len() * 9 / 10);
    }

    #[test]
    fn large_runs_keep_fewer_windows_of_each_file() {
        assert_eq!([1, 1_000, 62_500].map(each), [64; 3]);
        assert_eq!((each(100_000), each(10_000_000)), (40, 8));
    }

    #[test]
    fn forms_of_a_name() {
        let target = |path: &str| Target {
            number: 1,
            root: 0,
            path: path.into(),
            name: String::new(),
            inode: 1,
            links: 1,
            size: 0,
            modified: 0,
            sha256: String::new(),
        };
        let forms = names(&target("客户/张三.csv"));
        assert!(forms.contains("张三.csv".as_bytes()));
        assert!(forms.contains(&[0xD5, 0xC5, 0xC8, 0xFD, b'.', b'c', b's', b'v'][..]));
        assert!(forms.iter().any(|f| f.starts_with(&[0x20, 0x5F])) && forms.len() == 3);
        let long = "长".repeat(40);
        assert!(names(&target(&long)).iter().any(|f| f.len() == 30));
    }
}
