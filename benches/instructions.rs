//! Instructions a byte of a whole scan, under callgrind: the one figure that a busy machine does not change.
//!
//! ```text
//! cargo bench --bench instructions            # compare with benches/instructions.tsv
//! cargo bench --bench instructions -- --write # take today's figures as the measure
//! ```
//! Fails when a text costs over 10 % more than the table says. Without valgrind it says *skipped*, not
//! passed. Start-up is measured by itself and taken off the others.

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
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, ExitCode},
};

const INKOUT: &str = env!("CARGO_BIN_EXE_inkout");
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions.tsv");
const SIZE: usize = 4 << 20;
const SLACK: f64 = 1.10;

/// Instructions of one scan; `None` when valgrind cannot be run.
fn count(path: &Path, dir: &Path) -> Option<f64> {
    let job = dir.join("job");
    let _ = fs::remove_dir_all(&job);
    let done = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
            INKOUT,
            "scan",
        ])
        .arg(path)
        .arg("--job")
        .arg(&job)
        .args(["--threads", "1", "--quiet"])
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&done.stderr);
    let line = said.lines().find(|l| l.contains("Collected"))?;
    line.rsplit(':').next()?.trim().parse().ok()
}

fn main() -> ExitCode {
    let dir = tempfile::tempdir().unwrap();
    let empty = dir.path().join("empty.txt");
    fs::write(&empty, "x\n").unwrap();
    let Some(start) = count(&empty, dir.path()) else {
        println!("instructions: skipped, not passed: valgrind is not installed");
        return ExitCode::SUCCESS;
    };
    let mut figures = BTreeMap::from([("start-up (million)", start / 1e6)]);
    let kinds = [
        ("dense", Kind::Dense),
        ("sparse", Kind::Sparse),
        ("digit-heavy", Kind::Adversarial),
        ("prose", Kind::Prose),
        ("one-line JSON", Kind::OneLine),
    ];
    for (name, kind) in kinds {
        let extension = match kind {
            Kind::Dense => "csv",
            Kind::OneLine => "json",
            _ => "txt",
        };
        let path = dir.path().join(format!("text.{extension}"));
        let text = make(kind, SIZE, 1).text;
        fs::write(&path, &text).unwrap();
        if let Some(all) = count(&path, dir.path()) {
            figures.insert(name, (all - start) / text.len() as f64);
        }
    }
    if std::env::args().any(|a| a == "--write") {
        let lines: Vec<String> = figures
            .iter()
            .map(|(n, f)| format!("{n}\t{f:.1}\n"))
            .collect();
        fs::write(TABLE, lines.concat()).unwrap();
    }
    let table = fs::read_to_string(TABLE).unwrap_or_default();
    let known: BTreeMap<&str, f64> = table
        .lines()
        .filter_map(|l| l.split_once('\t'))
        .filter_map(|(n, f)| Some((n, f.parse().ok()?)))
        .collect();
    let mut worse = false;
    println!("| text | instructions a byte | table |\n|---|---|---|");
    for (name, figure) in &figures {
        let measure = known.get(name).copied();
        let over = measure.is_some_and(|m| *figure > m * SLACK);
        worse |= over;
        println!(
            "| {name} | {figure:.1} | {}{} |",
            measure.map_or("–".to_owned(), |m| format!("{m:.1}")),
            if over { " exceeded" } else { "" }
        );
    }
    ExitCode::from(u8::from(worse))
}
