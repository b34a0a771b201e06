//! The second scan of a job folder reads what changed, and gives what a whole scan would have given.

use crate::{
    share::{Run, Share, string},
    synthetic::{mobile, resident_id},
};
use serde_json::Value;
use std::{
    fs::{self, File},
    time::{Duration, SystemTime},
};

/// Sets the times of all files below `in` back, so that none counts as just changed. Their `ctime` is now;
/// a file is fresh for two seconds, so this waits.
pub(super) fn settle() {
    std::thread::sleep(Duration::from_millis(2_100));
}

pub(super) fn share() -> Share {
    let share = Share::new();
    for n in 0..12_u32 {
        share.put(
            format!("部门{}/客户 {n}.txt", n % 3),
            format!(
                "客户 {n}\n身份证号：{}\n手机：{}\n",
                resident_id(n),
                mobile(n)
            ),
        );
    }
    share.put("坏.zip", b"PK\x03\x04");
    std::os::unix::fs::symlink("nowhere", share.path("in/link")).unwrap();
    share
}

pub(super) fn scan(share: &Share, job: &str, more: &[&str]) -> Run {
    let mut all = vec![
        "scan",
        "in",
        "--job",
        job,
        "--format",
        "jsonl",
        "--all-findings",
    ];
    all.extend(more);
    share.run(&all)
}

/// All objects, with the key-dependent parts left out.
fn facts(run: &Run) -> Vec<Value> {
    let mut all = run.objects();
    for object in &mut all {
        let map = object.as_object_mut().unwrap();
        map.remove("file");
    }
    all.last_mut().unwrap()["all_findings"] = Value::Null;
    all
}

fn same_as_whole(share: &Share, run: &Run) {
    let job = share.new_job();
    let whole = scan(share, &job, &[]);
    assert_eq!(run.code, whole.code, "{}", run.err);
    let (a, b) = (facts(run), facts(&whole));
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(&b) {
        assert_eq!(a, b);
    }
}

/// Carried over and read, as the run says it; `None` when it says nothing.
fn told(run: &Run) -> Option<(u64, u64)> {
    let line = run.err.lines().find(|l| l.contains("carried over"))?;
    let mut numbers = line
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|n| n.parse().ok());
    Some((numbers.next()?, numbers.next()?))
}

#[test]
fn what_did_not_change_is_carried_over() {
    let share = share();
    settle();
    let first = scan(&share, "job", &[]).ends(3);
    let second = scan(&share, "job", &[]).ends(3);
    assert_eq!(told(&first), None);
    assert_eq!(told(&second), Some((14, 0)));
    same_as_whole(&share, &second);
    assert_eq!(facts(&first), facts(&second));
    // In a summary too.
    let plain = share.run(&["scan", "in", "--job", "job"]).ends(3);
    let anew = share.run(&["scan", "in", "--job", "other"]).ends(3);
    let without_job = |run: &Run| run.text().replace("other", "job");
    assert_eq!(without_job(&plain), without_job(&anew));
}

#[test]
fn new_changed_gone_and_moved_files_are_told_apart() {
    let share = share();
    settle();
    scan(&share, "job", &[]).ends(3);
    share.put("部门0/新.txt", format!("手机：{}\n", mobile(77)));
    share.put("部门1/客户 1.txt", "没有了\n");
    fs::remove_file(share.path("in/部门2/客户 2.txt")).unwrap();
    fs::rename(share.path("in/部门0"), share.path("in/归档")).unwrap();
    let second = scan(&share, "job", &[]).ends(3);
    same_as_whole(&share, &second);
    // Four files of the moved folder go along unread; new are one new file and one changed.
    assert_eq!(told(&second), Some((8 + 4, 2)), "{}", second.err);
    settle();
    scan(&share, "job", &[]).ends(3);
    let third = scan(&share, "job", &[]).ends(3);
    assert_eq!(told(&third), Some((14, 0)));
    same_as_whole(&share, &third);
    let summary = share.run(&["scan", "in", "--job", "job"]).ends(3);
    let whole = share.run(&["scan", "in", "--job", "whole"]).ends(3);
    assert_eq!(summary.text(), whole.text().replace("whole", "job"));
}

#[test]
fn what_is_allowed_is_counted_for_files_that_are_carried_over_too() {
    let share = Share::new();
    for n in 0..4 {
        share.put(
            format!("{n}.txt"),
            format!("手机：{}\n手机：{}\n", mobile(1), mobile(2)),
        );
    }
    let allow = format!(
        "[[allow]]\nreason = \"x\"\nuntil = \"never\"\nvalues = [\"{}\"]\n",
        mobile(1)
    );
    fs::write(share.path("allow.toml"), allow).unwrap();
    let run = || scan(&share, "job", &["--rules", "allow.toml"]).ends(1);
    let left_out = |run: &Run, n: usize| {
        let text = format!("{n} findings were left out by allow lists");
        assert!(run.err.contains(&text), "{}", run.err);
    };
    settle();
    left_out(&run(), 4);
    let second = run();
    assert_eq!(told(&second), Some((4, 0)));
    left_out(&second, 4);
    // One more file.
    share.put("new.txt", format!("手机：{}\n", mobile(1)));
    settle();
    left_out(&run(), 5);
    left_out(&run(), 5);
}

#[test]
fn a_change_within_the_clock_step_is_seen() {
    let share = Share::new();
    share.put("a.txt", format!("手机：{}\n", mobile(1)));
    let time = SystemTime::now() - Duration::from_hours(1);
    let set = |share: &Share| {
        let file = File::options()
            .write(true)
            .open(share.path("in/a.txt"))
            .unwrap();
        file.set_modified(time).unwrap();
    };
    set(&share);
    scan(&share, "job", &[]).ends(1);
    // Same size, same modification time, right after: only the change time may differ.
    share.put("a.txt", format!("座机：{}\n", "x".repeat(11)));
    set(&share);
    scan(&share, "job", &[]).ends(0);
}

#[test]
fn full_reads_everything_and_other_rules_too() {
    let share = share();
    settle();
    scan(&share, "job", &[]).ends(3);
    let full = scan(&share, "job", &["--full"]).ends(3);
    assert_eq!(told(&full), None);
    same_as_whole(&share, &full);
    assert!(share.path("job/inventory.prev.db").exists());
    let strict = scan(&share, "job", &["--min-confidence", "99"]).ends(3);
    let all = strict.of("finding");
    assert!(!all.is_empty() && all.iter().all(|f| f["confidence"].as_u64() >= Some(99)));
    same_as_whole(&share, &scan(&share, "job", &[]));
}

#[test]
fn copies_are_listed_each() {
    let share = Share::new();
    let text: String = (0..60)
        .map(|n| format!("客户 {n}，手机：{}\n", mobile(n)))
        .collect();
    for name in [
        "a/名单.txt",
        "b/名单.txt",
        "b/名单 - 副本.txt",
        &format!("c/{}.txt", mobile(5)),
    ] {
        share.put(name, &text);
    }
    let run = scan(&share, "job", &["--threads", "1"]).ends(1);
    let counts: Vec<u64> = run
        .of("file")
        .iter()
        .map(|f| f["counts"]["cn.mobile"]["found"].as_u64().unwrap())
        .collect();
    // The last one has a number in its name.
    assert_eq!(counts, [60, 60, 60, 61]);
    for finding in run.of("finding") {
        assert!(string(&finding["locator"]).starts_with(string(&finding["path"])));
    }
}

/// A second scan that lists every finding lists every finding, though only samples were kept.
#[test]
fn lists_are_whole_and_rows_are_not_written_twice() {
    let share = Share::new();
    let text: String = (0..40).map(|n| format!("手机：{}\n", mobile(n))).collect();
    share.put("a.txt", text);
    settle();
    let list = |job: &str| {
        let run = share.run(&["scan", "in", "--job", job, "--format", "jsonl"]);
        assert_eq!(run.of("finding").len(), 40);
        assert_eq!(run.summary()["all_findings"], true);
    };
    list("job");
    (0..4).for_each(|_| list("job"));
    let db = rusqlite::Connection::open(share.path("job/inventory.db")).unwrap();
    let count = |sql: &str| db.query_row(sql, [], |r| r.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM file"), 1);
    // The sums of the last run only.
    assert_eq!(
        count("SELECT count(*) FROM run WHERE totals IS NOT NULL"),
        1
    );
    drop(db);
    // Nothing was found to be other.
    let diff = share.run(&["diff", "job"]).ends(0);
    assert!(diff.text().contains("Nothing changed."), "{}", diff.text());
}
