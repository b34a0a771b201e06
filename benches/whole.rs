//! The whole program as a user runs it, in processor seconds, against `rg -j1` with the same patterns.
//!
//! ```text
//! cargo bench --bench whole -- [MiB]
//! ```
//! Makes seeded texts (see `corpus`), runs both programs in turn three times and prints the medians and
//! their ratio. Without ripgrep on the machine its column says *skipped*. Times come from
//! `/proc/self/stat` (children, user and system), so they are processor time and count in 10 ms.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a measuring program"
)]

mod corpus;

use corpus::{Kind, make};
use std::{
    fs,
    io::Read,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

const INKOUT: &str = env!("CARGO_BIN_EXE_inkout");
const PATTERNS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/patterns.txt");

/// Processor seconds of all children so far. Fields 16 and 17 of proc(5) stat, at 100 ticks a second.
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

fn run(program: &str, args: &[&str]) -> Option<f64> {
    let before = children();
    let mut command = Command::new(program);
    command
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().ok()?;
    Some(children() - before)
}

fn scan(path: &str, job: &Path) -> f64 {
    let _ = fs::remove_dir_all(job);
    run(
        INKOUT,
        &[
            "scan",
            path,
            "--job",
            job.to_str().unwrap(),
            "--threads",
            "1",
            "--quiet",
        ],
    )
    .unwrap()
}

fn redact(path: &str, out: &Path) -> f64 {
    let _ = fs::remove_dir_all(out);
    run(
        INKOUT,
        &[
            "redact",
            path,
            "--out",
            out.to_str().unwrap(),
            "--threads",
            "1",
            "--quiet",
        ],
    )
    .unwrap()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn small_files(dir: &Path, text: &str, count: usize) -> f64 {
    let bytes = text.as_bytes();
    let mut paths = Vec::new();
    for n in 0..count {
        let folder = dir.join(format!("{:03}", n / 250));
        fs::create_dir_all(&folder).unwrap();
        let at = (n * 2_311) % (bytes.len() - 8_192);
        let end = at + 1_024 + (n * 37) % 3_072;
        paths.push(folder.join(format!("f{n:06}.txt")));
        fs::write(&paths[n], &bytes[at..end]).unwrap();
    }
    let mut buffer = vec![0; 8_192];
    let started = Instant::now();
    for path in &paths {
        let _ = fs::File::open(path).unwrap().read(&mut buffer).unwrap();
    }
    started.elapsed().as_secs_f64()
}

fn main() {
    let mib: usize = std::env::args().find_map(|a| a.parse().ok()).unwrap_or(64);
    let dir = tempfile::tempdir().unwrap();
    let job = dir.path().join("job");
    let kinds = [
        ("dense.csv", Kind::Dense),
        ("sparse.txt", Kind::Sparse),
        ("numbers.txt", Kind::Adversarial),
        ("prose.txt", Kind::Prose),
        ("oneline.json", Kind::OneLine),
    ];
    println!("{mib} MiB each; processor seconds, medians of 3\n");
    println!("| text | scan | rg | rg / scan | redact + check | redact / scan |");
    println!("|---|---|---|---|---|---|");
    for (name, kind) in kinds {
        let made = make(kind, mib << 20, 1);
        let mut files = vec![(name.to_owned(), made.text.as_bytes().to_vec())];
        if kind == Kind::Dense {
            files.push(("dense-gbk.csv".to_owned(), made.gb18030()));
        }
        for (name, bytes) in files {
            let path = dir.path().join(&name);
            fs::write(&path, bytes).unwrap();
            let path = path.to_str().unwrap();
            let (mut ours, mut theirs, mut copies) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..3 {
                ours.push(scan(path, &job));
                let args = [
                    "-j1",
                    "--no-config",
                    "-a",
                    "--count-matches",
                    "-f",
                    PATTERNS,
                    path,
                ];
                theirs.extend(run("rg", &args));
                copies.push(redact(path, &dir.path().join("copies")));
            }
            let (ours, copies) = (median(ours), median(copies));
            let (rg, ratio) = if theirs.is_empty() {
                ("skipped".to_owned(), "skipped".to_owned())
            } else {
                let rg = median(theirs);
                (format!("{rg:.2}"), format!("{:.2}", rg / ours))
            };
            println!(
                "| {name} | {ours:.2} | {rg} | {ratio} | {copies:.2} | {:.1} |",
                copies / ours
            );
        }
    }
    let tree = dir.path().join("tree");
    let sparse = make(Kind::Sparse, 4 << 20, 1);
    let count = 20_000;
    let floor = small_files(&tree, &sparse.text, count);
    let ours = scan(tree.to_str().unwrap(), &job);
    println!(
        "\n{count} small files: scan {ours:.2} s, open+read+close alone {floor:.2} s, files a second {:.0} % of the floor's",
        floor / ours * 100.0
    );
}
