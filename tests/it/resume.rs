//! A scan that is killed is continued, and gives what one that was not would have given.

use crate::{
    share::{PROGRAM, Run, Share, skipped, string},
    synthetic::{mobile, resident_id},
};
use serde_json::Value;
use std::{
    io::Read,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const FILES: u32 = 4_000;

fn many_files() -> Share {
    let share = Share::new();
    for n in 0..FILES {
        share.put(
            format!("{:02}/{n}.txt", n % 40),
            format!(
                "客户资料 {n}\n身份证号：{}\n手机：{}\n{}",
                resident_id(n),
                mobile(n),
                "无关内容。".repeat(60)
            ),
        );
    }
    share.put("坏.zip", b"PK\x03\x04");
    share
}

/// The totals, without what the key changes.
fn totals(run: &Run) -> Value {
    let mut summary = run.summary();
    for rule in summary["findings"].as_object_mut().unwrap().values_mut() {
        assert_eq!(
            rule["exact"],
            Value::Bool(rule["distinct"].as_u64().unwrap() < 1_000_000 && rule["exact"] == true)
        );
    }
    summary
}

#[test]
fn a_killed_scan_is_continued() {
    let share = many_files();
    let args = [
        "--lang",
        "en",
        "scan",
        "in",
        "--job",
        "job",
        "--threads",
        "2",
        "--format",
        "jsonl",
    ];
    // The key is the same, so that estimates are too.
    let whole = share.run(&args[2..]).ends(3);
    for after in [1, 4] {
        std::fs::remove_file(share.path("job/inventory.db")).unwrap();
        let mut child = Command::new(PROGRAM)
            .args(args)
            .current_dir(share.path(""))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Some of its output shows that it is in the middle; then it gets no chance to tidy up.
        let mut out = child.stdout.take().unwrap();
        let mut some = vec![0; after * 100_000];
        out.read_exact(&mut some).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        drop(out);
        let start = Instant::now();
        let rest = share.run(&args[2..]).ends(3);
        assert!(start.elapsed() < Duration::from_secs(30));
        assert_eq!(totals(&rest), totals(&whole), "after {after}");
    }
}

#[test]
fn what_was_done_before_the_kill_is_not_read_again() {
    let share = many_files();
    let args = [
        "--lang",
        "en",
        "scan",
        "in",
        "--job",
        "job",
        "--threads",
        "1",
    ];
    let mut child = Command::new(PROGRAM)
        .args(args)
        .current_dir(share.path(""))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Until the inventory holds something, or the scan is through.
    let database = share.path("job/inventory.db-wal");
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() && start.elapsed() < Duration::from_secs(30) {
        if std::fs::metadata(&database).is_ok_and(|m| m.len() > 200_000) {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    let through = child.wait().unwrap().code().is_some();
    let other = share.run(&["scan", "in", "--job", "job", "--min-confidence", "80"]);
    let rest = share.run(&args[2..]).ends(3);
    // Once more in the same folder: with the same key, so that estimates are the same.
    let whole = share.run(&args[2..]).ends(3);
    assert!(whole.err.is_empty(), "{}", whole.err);
    let figures = |run: &Run| -> Vec<String> {
        run.text()
            .lines()
            .filter(|l| l.contains("files") || l.contains("number"))
            .filter(|l| !l.contains("Riskiest"))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(figures(&rest), figures(&whole));
    if through {
        skipped("the scan was through before it could be killed");
    } else {
        // The options are others: it is not continued under them, nor thrown away in silence.
        assert_eq!(other.code, 4, "{}", other.err);
        assert!(
            rest.err.contains("job"),
            "that it was continued is said: {}",
            rest.err
        );
    }
}

#[test]
fn a_job_folder_is_used_by_one_run_at_a_time() {
    let share = Share::new();
    share.put("a.txt", format!("手机 {}\n", mobile(1)));
    share.run(&["scan", "in", "--job", "job"]).ends(1);
    let lock = std::fs::File::open(share.path("job/lock")).unwrap();
    lock.lock().unwrap();
    let run = share.run(&["scan", "in", "--job", "job"]).ends(4);
    assert!(!run.err.is_empty());
    drop(lock);
    let again = share
        .run(&["scan", "in", "--job", "job", "--format", "jsonl"])
        .ends(1);
    assert_eq!(string(&again.of("finding")[0]["rule"]), "cn.mobile");
}
