//! Small files: what the walker costs over opening, reading and closing them.
//!
//! Builds 100,000 files of 1–4 KiB in 500 folders, then measures in interleaved rounds, by the
//! thread's processor time: listing alone; the floor (`openat`, one `read`, `close`, names known and
//! folders open); the walker with open and one read. `INKOUT_BENCH_FILES` sets another number.
//!
//! Then the whole program: the first scan of the tree, and, in interleaved rounds by processor time and by the
//! clock, the second scan of it unchanged; a walk that stats every file (one thread, folders open, names in
//! their order); `find -size`, which does the same as a program of its own.

use inkout::{
    sys::{Folder, Kind, now_of_thread},
    walk::{Item, Options, Walker},
};
use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const FOLDERS: usize = 500;
const ROUNDS: usize = 7;
const INKOUT: &str = env!("CARGO_BIN_EXE_inkout");

fn main() -> io::Result<()> {
    let files = std::env::var("INKOUT_BENCH_FILES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(100_000);
    let top = std::env::temp_dir().join(format!("inkout-bench-tree-{}", std::process::id()));
    let result = build(&top, files)
        .and_then(|()| measure(&top, files))
        .and_then(|()| again(&top, files));
    let _ = fs::remove_dir_all(job(&top));
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

/// Where the inventory goes: beside the tree.
fn job(top: &Path) -> PathBuf {
    top.with_extension("job")
}

/// Processor seconds of all children so far. Fields 16 and 17 of proc(5) stat, at 100 ticks a second.
fn children() -> io::Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = |n: usize| fields.split_whitespace().nth(n)?.parse::<f64>().ok();
    Ok((ticks(13).unwrap_or(0.0) + ticks(14).unwrap_or(0.0)) / 100.0)
}

/// Processor seconds and seconds by the clock of a program; `None` when it cannot be run.
fn run(command: &mut Command) -> io::Result<Option<(f64, f64)>> {
    let (before, begun) = (children()?, Instant::now());
    let done = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    Ok(match done {
        Ok(_) => Some((children()? - before, begun.elapsed().as_secs_f64())),
        Err(_) => None,
    })
}

/// The second scan against a walk with a stat of every file.
fn again(top: &Path, files: usize) -> io::Result<()> {
    let job = job(top);
    let scan = || {
        let mut command = Command::new(INKOUT);
        command.arg("scan").arg(top).arg("--job").arg(&job);
        command.arg("--quiet");
        command
    };
    let Some(first) = run(&mut scan())? else {
        return Ok(());
    };
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "\nfirst scan of {files} files: {:.2} CPU s, {:.2} s",
        first.0, first.1
    )?;
    let mut all: [Vec<(f64, f64)>; 4] = Default::default();
    for _ in 0..ROUNDS {
        let (start, begun) = (now_of_thread(), Instant::now());
        let seen = stat_all(top)?;
        let took = now_of_thread().saturating_sub(start).as_secs_f64();
        if seen != files {
            return Err(io::Error::other(format!("{seen} files seen of {files}")));
        }
        all[0].push((took, begun.elapsed().as_secs_f64()));
        all[1].extend(run(Command::new("find")
            .arg(top)
            .args(["-size", "+9999G"]))?);
        all[2].extend(run(scan().args(["--threads", "1"]))?);
        all[3].extend(run(&mut scan())?);
    }
    let names = [
        "walk with a stat of each",
        "find -size",
        "second scan, one thread",
        "second scan, as it comes",
    ];
    let mut walk = (0.0, 0.0);
    for (name, all) in names.iter().zip(&mut all) {
        if all.is_empty() {
            writeln!(out, "{name:26} skipped")?;
            continue;
        }
        let mut median = |of: fn(&(f64, f64)) -> f64| {
            all.sort_by(|a, b| of(a).total_cmp(&of(b)));
            all.get(all.len() / 2).map_or(0.0, of)
        };
        let took = (median(|t| t.0), median(|t| t.1));
        if walk.0 == 0.0 {
            walk = took;
        }
        writeln!(
            out,
            "{name:26} {:.3} CPU s ({:.2} of the walk), {:.3} s ({:.2})",
            took.0,
            took.0 / walk.0,
            took.1,
            took.1 / walk.1
        )?;
    }
    Ok(())
}

fn stat_all(top: &Path) -> io::Result<usize> {
    let mut seen = 0;
    let mut folders = vec![Folder::open(top)?];
    while let Some(folder) = folders.pop() {
        let mut names = Vec::new();
        folder.list(&mut |name, kind| names.push((name.to_vec(), kind)))?;
        names.sort();
        for (name, kind) in names {
            if kind == Some(Kind::Folder) {
                folders.push(folder.folder(&name)?);
            } else {
                seen += usize::from(folder.attributes(&name, 0)?.is_some());
            }
        }
    }
    Ok(seen)
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
