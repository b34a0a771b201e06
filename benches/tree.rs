//! Small files: what the walker costs over opening, reading and closing them.
//!
//! Builds 100,000 files of 1–4 KiB in 500 folders, then measures in interleaved rounds, by the
//! thread's processor time: listing alone; the floor (`openat`, one `read`, `close`, names known and
//! folders open); the walker with open and one read. `INKOUT_BENCH_FILES` sets another number.

use inkout::{
    sys::{Folder, now_of_thread},
    walk::{Item, Options, Walker},
};
use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

const FOLDERS: usize = 500;
const ROUNDS: usize = 7;

fn main() -> io::Result<()> {
    let files = std::env::var("INKOUT_BENCH_FILES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(100_000);
    let top = std::env::temp_dir().join(format!("inkout-bench-tree-{}", std::process::id()));
    let result = build(&top, files).and_then(|()| measure(&top, files));
    fs::remove_dir_all(&top)?;
    result
}

fn build(top: &Path, files: usize) -> io::Result<()> {
    let mut state = 1_u64;
    for folder in 0..FOLDERS {
        let path = top.join(format!("{:02}/{:03}", folder % 20, folder));
        fs::create_dir_all(&path)?;
        for file in (folder..files).step_by(FOLDERS) {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let len = 1024 + usize::try_from(state >> 33).unwrap_or(0) % 3072;
            fs::write(path.join(format!("file-{file:06}.txt")), vec![b'x'; len])?;
        }
    }
    Ok(())
}

fn measure(top: &Path, files: usize) -> io::Result<()> {
    let known = names(top)?;
    let mut times: [Vec<Duration>; 3] = Default::default();
    for _ in 0..ROUNDS {
        for (which, all) in times.iter_mut().enumerate() {
            let start = now_of_thread();
            let seen = match which {
                0 => list(top),
                1 => floor(&known)?,
                _ => walk(top)?,
            };
            all.push(now_of_thread().saturating_sub(start));
            if seen != files {
                return Err(io::Error::other(format!("{seen} files seen of {files}")));
            }
        }
    }
    let mut out = io::stdout().lock();
    let mut rates = Vec::new();
    for (name, all) in ["listing alone", "open, read, close", "walker, open, read"]
        .iter()
        .zip(&mut times)
    {
        all.sort();
        let best = all.first().copied().unwrap_or_default();
        let median = all.get(ROUNDS / 2).copied().unwrap_or_default();
        let rate =
            |t: Duration| u32::try_from(files).map_or(0.0, f64::from) / t.as_secs_f64() / 1e3;
        writeln!(
            out,
            "{name:20} {:8.0} k files/CPU s best, {:8.0} median",
            rate(best),
            rate(median)
        )?;
        rates.push(rate(median));
    }
    if let [_, floor, walker] = rates.as_slice() {
        writeln!(out, "walker with read over floor: {:.2}", walker / floor)?;
    }
    Ok(())
}

fn list(top: &Path) -> usize {
    let mut seen = 0;
    let walker = Walker::new(vec![top.to_path_buf()], &Options::default());
    let Ok(mut walker) = walker else { return 0 };
    while let Some(batch) = walker.next_batch() {
        seen += batch.items.len();
    }
    seen
}

fn walk(top: &Path) -> io::Result<usize> {
    let mut seen = 0;
    let mut buf = vec![0; 64 << 10];
    let walker = Walker::new(vec![top.to_path_buf()], &Options::default());
    let mut walker = walker.map_err(io::Error::other)?;
    while let Some(batch) = walker.next_batch() {
        for item in batch.items {
            if let Item::File(found) = item
                && let Ok(mut file) = found.open()
            {
                seen += usize::from(file.read(&mut buf)? > 0);
            }
        }
    }
    Ok(seen)
}

/// Folders and the names in them.
fn names(top: &Path) -> io::Result<Vec<(Folder, Vec<Vec<u8>>)>> {
    let mut known = Vec::new();
    let mut folders: Vec<PathBuf> = vec![top.to_path_buf()];
    while let Some(path) = folders.pop() {
        let mut names = Vec::new();
        for entry in fs::read_dir(&path)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                names.push(entry.file_name().as_encoded_bytes().to_vec());
            }
        }
        names.sort();
        known.push((Folder::open(&path)?, names));
    }
    Ok(known)
}

fn floor(known: &[(Folder, Vec<Vec<u8>>)]) -> io::Result<usize> {
    let mut seen = 0;
    let mut buf = vec![0; 64 << 10];
    for (folder, names) in known {
        for name in names {
            seen += usize::from(folder.file(name)?.read(&mut buf)? > 0);
        }
    }
    Ok(seen)
}
