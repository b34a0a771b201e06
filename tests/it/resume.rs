//! A scan that is killed is continued, and gives what one that was not would have given.

use crate::{
    share::{PROGRAM, Run, Share, string},
    synthetic::{mobile, resident_id},
};
use serde_json::Value;
use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    os::unix::net::UnixListener,
    process::{Command, Stdio},
};

const FILES: usize = 5_000;
/// The inventory is written in transactions of this many files; what is open at a kill is lost.
const AT_ONCE: usize = 2_000;

const SCAN: [&str; 8] = [
    "scan",
    "in",
    "--job",
    "job",
    "--threads",
    "2",
    "--format",
    "jsonl",
];

fn many_files() -> Share {
    let share = Share::new();
    for n in 0..u32::try_from(FILES).unwrap() {
        share.put(
            format!("{:02}/{n}.txt", n % 40),
            format!(
                "客户资料 {n}\n身份证号：{}\n手机：{}\n",
                resident_id(n),
                mobile(n)
            ),
        );
    }
    share.put("坏.zip", b"PK\x03\x04");
    // What is never opened comes early, so that it is done before the kill.
    std::os::unix::fs::symlink("nowhere", share.path("in/00/link")).unwrap();
    let _ = UnixListener::bind(share.path("in/00/socket")).unwrap();
    share
}

/// Runs the scan and kills it when this many files were written out.
fn killed_after(share: &Share, files: usize) {
    let mut child = Command::new(PROGRAM)
        .args(SCAN)
        .current_dir(share.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let of_files = out
        .lines()
        .map(Result::unwrap)
        .filter(|l| l.starts_with("{\"kind\":\"file\""));
    assert_eq!(of_files.take(files).count(), files);
    child.kill().unwrap();
    // The pipe is full long before the end, so that it cannot have ended of itself.
    assert_eq!(child.wait().unwrap().code(), None);
}

/// All objects but the findings, of which a continued run has samples only.
fn ledger(run: &Run) -> Vec<Value> {
    let mut all = run.objects();
    all.retain(|o| o["kind"] != "finding");
    all.last_mut().unwrap()["all_findings"] = Value::Null;
    all
}

#[test]
fn a_killed_scan_is_continued() {
    let share = many_files();
    let whole = share.run(&SCAN).ends(3);
    for after in [10, AT_ONCE + 500, 2 * AT_ONCE + 500] {
        // The key stays, so that identities and estimates are the same.
        fs::remove_file(share.path("job/inventory.db")).unwrap();
        killed_after(&share, after);
        let rest = share.run(&SCAN).ends(3);
        assert!(ledger(&rest) == ledger(&whole), "after {after}");
        // Each file has one value of each of two rules, so that samples are all of them.
        let findings = |run: &Run| run.of("finding");
        assert!(findings(&rest) == findings(&whole), "after {after}");
        let done = rest
            .err
            .split(|c: char| !c.is_ascii_digit())
            .find(|n| !n.is_empty());
        let done: usize = done
            .unwrap_or_else(|| panic!("not said: {:?}", rest.err))
            .parse()
            .unwrap();
        assert_eq!(done, after / AT_ONCE * AT_ONCE, "{}", rest.err);
        // It is finished now: the next run begins the next generation.
        let next = share.run(&SCAN).ends(3);
        assert!(!next.err.contains("unfinished"), "{}", next.err);
        assert!(ledger(&next) == ledger(&whole), "after {after}");
    }
}

/// An unfinished scan is not continued with other options, nor thrown away in silence.
#[test]
fn another_scan_does_not_take_its_place_unasked() {
    let share = many_files();
    killed_after(&share, AT_ONCE + 500);
    let mut other = SCAN.to_vec();
    other.extend(["--min-confidence", "90"]);
    let refused = share.run(&other).ends(4);
    assert!(refused.out.is_empty() && !refused.err.is_empty());
    other.push("--restart");
    let anew = share.run(&other).ends(3);
    assert_eq!(anew.summary()["files"], FILES + 3);
    assert!(
        anew.of("finding")
            .iter()
            .all(|f| f["confidence"].as_u64() >= Some(90))
    );
}

#[test]
fn a_job_folder_is_used_by_one_run_at_a_time() {
    let share = Share::new();
    share.put("a.txt", format!("手机 {}\n", mobile(1)));
    share.run(&SCAN).ends(1);
    let lock = File::open(share.path("job/lock")).unwrap();
    lock.lock().unwrap();
    let run = share.run(&SCAN).ends(4);
    assert!(run.out.is_empty() && !run.err.is_empty());
    drop(lock);
    let again = share.run(&SCAN).ends(1);
    assert_eq!(string(&again.of("finding")[0]["rule"]), "cn.mobile");
}
