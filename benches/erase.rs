//! What destroying costs: 1,000 small files in quarantine, purge and the search of the raw volume.
//!
//! ```text
//! cargo bench --bench erase -- [files] [MiB of the volume]
//! ```
//! Makes an image with ext4, mounts it (root and a loop device; without them it says *skipped*), fills half of it
//! with text and noise, plants the files (200 B to 40 kB, attributes), erases them with the built program, takes the
//! volume down and searches it. Times are by the clock and in processor seconds (children, 10 ms steps); beside
//! the search stands `cat` of the same image to /dev/null. Three rounds, medians.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::panic,
    clippy::cast_possible_truncation,
    dead_code,
    missing_docs,
    reason = "a measuring program"
)]

#[expect(unused_imports, reason = "the tests use more of it")]
#[path = "../tests/it/erase/lab/mod.rs"]
mod lab;
mod share {
    pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_inkout");
}

use lab::{EXT4, Job, Kind, Volume, content, plant, text};
use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

/// Seconds by the clock, and of the processor in children.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
struct Taken(f64, f64);

/// Fields 16 and 17 of proc(5) stat, at 100 ticks a second.
fn children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let ticks: u64 = fields[13].parse::<u64>().unwrap() + fields[14].parse::<u64>().unwrap();
    ticks as f64 / 100.0
}

fn timed(mut work: impl FnMut()) -> Taken {
    let (start, before) = (Instant::now(), children());
    work();
    Taken(start.elapsed().as_secs_f64(), children() - before)
}

fn ok((code, out, err): (i32, String, String)) -> String {
    assert_eq!(code, 0, "{out}{err}");
    out
}

/// Half of the volume: text and noise in turn, in files of 8 MiB.
fn fill(dir: &Path, mebibytes: u64) {
    fs::create_dir_all(dir).unwrap();
    let mut state = 1_u64;
    for number in 0..mebibytes / 16 {
        let mut file = fs::File::create(dir.join(format!("{number:05}"))).unwrap();
        if number % 2 == 0 {
            let bytes = content(b"kept", usize::try_from(number).unwrap(), 8 << 20);
            file.write_all(&bytes).unwrap();
        } else {
            let mut bytes = Vec::with_capacity(8 << 20);
            while bytes.len() < 8 << 20 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                bytes.extend(state.to_le_bytes());
            }
            file.write_all(&bytes).unwrap();
        }
    }
}

fn median(all: &mut [Taken]) -> Taken {
    all.sort_by(|a, b| a.partial_cmp(b).unwrap());
    all[all.len() / 2]
}

fn main() {
    let numbers = std::env::args().skip(1).filter_map(|a| a.parse().ok());
    let numbers: Vec<u64> = numbers.collect();
    let files = usize::try_from(numbers.first().copied().unwrap_or(1000)).unwrap();
    let mebibytes = numbers.get(1).copied().unwrap_or(1024);
    let (mut quarantine, mut purge, mut back, mut search, mut cat) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..3 {
        let Some(mut volume) = Volume::new(Kind { mebibytes, ..EXT4 }) else {
            return;
        };
        fill(&volume.mount.join("kept"), mebibytes);
        let root = volume.mount.join("share");
        let sizes: Vec<usize> = (0..files).map(|n| 200 + n * 37 % 40_000).collect();
        let planted = plant(&root.join("clients"), &sizes);
        volume.settle();
        let job = Job::new();
        let plan = job.plan(&root, &planted);
        ok(job.quarantine(&plan, &[]));
        back.push(timed(|| {
            ok(job.run(&["undo", text(&job.path("run"))]));
        }));
        let job = Job::new();
        let plan = job.plan(&root, &planted);
        quarantine.push(timed(|| drop(ok(job.quarantine(&plan, &[])))));
        purge.push(timed(|| {
            ok(job.purge(&plan, &["--remove-empty-folders"]));
        }));
        volume.unmount();
        assert_eq!(volume.traces(), [0, 0, 0]);
        let run = job.path("run");
        let device = text(&volume.image);
        let args = ["verify", "residue", "--device", device, "--run", text(&run)];
        search.push(timed(|| drop(ok(job.run(&args)))));
        assert_eq!(job.grades(), "A".repeat(files));
        cat.push(timed(|| {
            let mut command = Command::new("cat");
            let done = command.arg(&volume.image).stdout(Stdio::null()).status();
            assert!(done.unwrap().success());
        }));
    }
    let count = files as f64;
    let megabytes = (mebibytes << 20) as f64 / 1e6;
    let line = |what: &str, taken: Taken, amount: f64, unit: &str| {
        println!(
            "{what:22} {:7.2} s, {:6.2} processor s: {:8.0} {unit}/s, {:8.0} {unit}/processor s",
            taken.0,
            taken.1,
            amount / taken.0,
            amount / taken.1.max(0.01),
        );
    };
    println!("{files} files of 200 B to 40 kB with attributes, ext4, volume of {mebibytes} MiB");
    line("quarantine", median(&mut quarantine), count, "files");
    line("undo", median(&mut back), count, "files");
    line("purge with its folder", median(&mut purge), count, "files");
    line("search of the volume", median(&mut search), megabytes, "MB");
    line("cat to /dev/null", median(&mut cat), megabytes, "MB");
}
