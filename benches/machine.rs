//! What the program takes of a machine: start-up, memory, threads, workbooks; other programs beside it.
//!
//! ```text
//! cargo bench --bench machine -- [MiB]
//! ```
//! Inputs are seeded and made on the spot. Processor time is that of `/proc/PID/stat` (10 ms steps),
//! memory is the peak resident size of `/proc/PID/status`, both polled while the program runs. A peer that
//! is not installed says *skipped*.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a measuring program"
)]

mod corpus;

use corpus::{Kind, make, resident_id};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::{Read, Write},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use zip::write::SimpleFileOptions;

const INKOUT: &str = env!("CARGO_BIN_EXE_inkout");

/// What one run took.
#[derive(Debug, Default)]
struct Taken {
    /// Seconds by the clock.
    wall: f64,
    /// Processor seconds.
    cpu: f64,
    /// Peak resident memory in MiB.
    memory: f64,
    /// Processor seconds of the busiest thread.
    busiest: f64,
}

/// User and system time of a `stat` file, in seconds (proc(5), fields 14 and 15, 100 ticks a second).
fn ticks(stat: &str) -> f64 {
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or("")
        .split_whitespace()
        .collect();
    let field = |n: usize| {
        fields
            .get(n)
            .and_then(|f| f.parse::<u64>().ok())
            .unwrap_or(0)
    };
    (field(11) + field(12)) as f64 / 100.0
}

fn run(program: &str, args: &[&str]) -> Option<Taken> {
    let started = Instant::now();
    let mut child = Command::new(program)
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let proc = format!("/proc/{}", child.id());
    let mut taken = Taken::default();
    let mut threads: BTreeMap<String, f64> = BTreeMap::new();
    while child.try_wait().ok()?.is_none() {
        taken.wall = started.elapsed().as_secs_f64();
        if let Ok(status) = fs::read_to_string(format!("{proc}/status")) {
            let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
            let kib = peak.and_then(|p| p.trim().trim_end_matches(" kB").parse::<f64>().ok());
            taken.memory = taken.memory.max(kib.unwrap_or(0.0) / 1024.0);
        }
        for task in fs::read_dir(format!("{proc}/task"))
            .into_iter()
            .flatten()
            .flatten()
        {
            if let Ok(stat) = fs::read_to_string(task.path().join("stat")) {
                let name = task.file_name().to_string_lossy().into_owned();
                threads.insert(name, ticks(&stat));
            }
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    taken.cpu = threads.values().sum();
    taken.busiest = threads.values().copied().fold(0.0, f64::max);
    Some(taken)
}

fn scan(path: &Path, job: &Path, threads: usize) -> Taken {
    let _ = fs::remove_dir_all(job);
    let threads = threads.to_string();
    let args = [
        "scan",
        path.to_str().unwrap(),
        "--job",
        job.to_str().unwrap(),
        "--threads",
        &threads,
        "--quiet",
    ];
    run(INKOUT, &args).unwrap()
}

fn start_up(dir: &Path) {
    let file = dir.join("one.txt");
    fs::write(&file, "nothing to see\n").unwrap();
    let mut times: Vec<f64> = (0..15)
        .map(|n| scan(&file, &dir.join(format!("start-{n}")), 1).wall)
        .collect();
    times.sort_by(f64::total_cmp);
    println!(
        "start-up with one small file: {:.0} ms median, {:.0} ms best (target 30)",
        times[times.len() / 2] * 1e3,
        times[0] * 1e3
    );
}

fn memory_and_threads(dir: &Path, mib: usize) {
    let tree = dir.join("mixed");
    fs::create_dir_all(&tree).unwrap();
    fs::write(
        tree.join("z-giant.csv"),
        make(Kind::Dense, mib << 20, 2).text,
    )
    .unwrap();
    let sparse = make(Kind::Sparse, 4 << 20, 3).text;
    for n in 0..2_000 {
        let at = (n * 1_997) % (sparse.len() - 4_096);
        fs::write(
            tree.join(format!("f{n:05}.txt")),
            &sparse.as_bytes()[at..at + 2_048],
        )
        .unwrap();
    }
    println!("\n2,000 small files and one CSV of {mib} MiB");
    println!(
        "| threads | wall s | processor s | busiest / even share | peak MiB |\n|---|---|---|---|---|"
    );
    for threads in [1, 2, 4, 8, 16] {
        let t = scan(&tree, &dir.join("threads"), threads);
        println!(
            "| {threads} | {:.2} | {:.2} | {:.2} | {:.0} |",
            t.wall,
            t.cpu,
            t.busiest / (t.cpu / threads as f64),
            t.memory
        );
    }
}

/// A workbook of one sheet with fifteen columns, as Excel writes it: shared strings and numbers.
fn workbook(path: &Path, rows: usize) {
    let mut random = corpus::Random::new(9);
    let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
    let options = SimpleFileOptions::default();
    let mut part = |name: &str, text: &str| {
        zip.start_file(name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    };
    let head = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let rels = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml";
    part(
        "[Content_Types].xml",
        &format!(
            r#"{head}<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="{kind}.sharedStrings+xml"/></Types>"#
        ),
    );
    part(
        "_rels/.rels",
        &format!(
            r#"{head}<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{rels}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
        ),
    );
    part(
        "xl/workbook.xml",
        &format!(
            r#"{head}<workbook xmlns="{main}" xmlns:r="{rels}"><sheets><sheet name="customers" sheetId="1" r:id="rId1"/></sheets></workbook>"#
        ),
    );
    part(
        "xl/_rels/workbook.xml.rels",
        &format!(
            r#"{head}<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{rels}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{rels}/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#
        ),
    );
    let (mut sheet, mut strings, mut count) = (String::new(), String::new(), 0);
    for row in 1..=rows {
        write!(sheet, r#"<row r="{row}">"#).unwrap();
        for column in 0..15 {
            let cell = format!("{}{row}", char::from(b'A' + column));
            let text = match (row, column) {
                (1, 0) => "身份证号".to_owned(),
                (1, _) => format!("字段{column}"),
                (_, 0) => resident_id(&mut random),
                (_, 1..=6) => format!("备注{}", random.below(5_000)),
                _ => {
                    let n = random.below(1_000_000);
                    write!(sheet, r#"<c r="{cell}"><v>{n}</v></c>"#).unwrap();
                    continue;
                }
            };
            write!(sheet, r#"<c r="{cell}" t="s"><v>{count}</v></c>"#).unwrap();
            write!(strings, "<si><t>{text}</t></si>").unwrap();
            count += 1;
        }
        sheet.push_str("</row>");
    }
    part(
        "xl/worksheets/sheet1.xml",
        &format!(r#"{head}<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>"#),
    );
    part(
        "xl/sharedStrings.xml",
        &format!(
            r#"{head}<sst xmlns="{main}" count="{count}" uniqueCount="{count}">{strings}</sst>"#
        ),
    );
    zip.finish().unwrap();
}

/// Inflates every member and splits its XML, which any reader of workbooks must.
fn floor(path: &Path) -> f64 {
    let started = inkout::sys::now_of_thread();
    let mut zip = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
    let mut tokens = 0_u64;
    for i in 0..zip.len() {
        let mut text = Vec::new();
        zip.by_index(i).unwrap().read_to_end(&mut text).unwrap();
        let mut reader = quick_xml::Reader::from_reader(text.as_slice());
        while !matches!(reader.read_event().unwrap(), quick_xml::events::Event::Eof) {
            tokens += 1;
        }
    }
    assert!(tokens > 0);
    inkout::sys::now_of_thread()
        .saturating_sub(started)
        .as_secs_f64()
}

fn workbooks(dir: &Path) {
    let path = dir.join("customers.xlsx");
    workbook(&path, 40_000);
    let floor = floor(&path);
    let ours = scan(&path, &dir.join("book"), 1);
    let out = dir.join("books");
    let args = [
        "redact",
        path.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
        "--threads",
        "1",
        "--quiet",
    ];
    let copy = run(INKOUT, &args).unwrap();
    let python = "import sys,openpyxl\nfor s in openpyxl.load_workbook(sys.argv[1],read_only=True):\n  for r in s.iter_rows(values_only=True): pass";
    let installed = Command::new("python3")
        .args(["-c", "import openpyxl"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success());
    let theirs = installed
        .then(|| run("python3", &["-c", python, path.to_str().unwrap()]))
        .flatten();
    println!(
        "\nworkbook of 600,000 cells: scan {:.2} s ({:.0} MiB), {:.1} × inflating and splitting the XML ({floor:.2} s)",
        ours.cpu,
        ours.memory,
        ours.cpu / floor
    );
    println!(
        "  redact with its checks {:.2} s ({:.0} MiB), {:.1} × the scan",
        copy.cpu,
        copy.memory,
        copy.cpu / ours.cpu
    );
    match theirs {
        Some(t) => println!(
            "  openpyxl read-only {:.2} s: {:.0} × the scan",
            t.cpu,
            t.cpu / ours.cpu
        ),
        None => println!("  openpyxl: skipped"),
    }
}

fn peers(dir: &Path, mib: usize) {
    let path = dir.join("sparse.txt");
    fs::write(&path, make(Kind::Sparse, mib << 20, 4).text).unwrap();
    let ours = scan(&path, &dir.join("peer"), 1);
    println!(
        "\nsparse text of {mib} MiB: scan {:.2} processor s",
        ours.cpu
    );
    let file = path.to_str().unwrap();
    let patterns = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/patterns.txt");
    let programs: [(&str, Vec<&str>); 6] = [
        (
            "rg",
            vec![
                "-j1",
                "--no-config",
                "-a",
                "--count-matches",
                "-f",
                patterns,
                file,
            ],
        ),
        ("ugrep", vec!["-J1", "-a", "-c", "-P", "-f", patterns, file]),
        (
            "grep",
            vec!["-a", "-c", "-P", "[0-9]{17}[0-9Xx]|1[3-9][0-9]{9}", file],
        ),
        (
            "kingfisher",
            vec!["scan", "--no-update-check", "--no-validate", file],
        ),
        ("betterleaks", vec!["dir", "--no-banner", file]),
        ("detect-secrets", vec!["scan", file]),
    ];
    for (name, args) in programs {
        match run(name, &args) {
            Some(t) => println!(
                "  {name}: {:.2} processor s, {:.2} × the scan",
                t.cpu,
                t.cpu / ours.cpu
            ),
            None => println!("  {name}: skipped (not installed)"),
        }
    }
}

fn main() {
    let mib: usize = std::env::args().find_map(|a| a.parse().ok()).unwrap_or(64);
    let dir = tempfile::tempdir().unwrap();
    start_up(dir.path());
    memory_and_threads(dir.path(), mib);
    workbooks(dir.path());
    peers(dir.path(), mib);
}
