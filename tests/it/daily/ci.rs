//! Pipelines: the examples of `docs/ci` run as the services run them; budgets, baselines, lists.

use crate::{
    share::{PROGRAM, Run, Share, holds, skipped},
    synthetic::{mobile, resident_id},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn repository() -> Option<Share> {
    let share = Share::new();
    let there = Command::new("git").arg("--version").output();
    if !there.is_ok_and(|o| o.status.success()) {
        skipped("git is missing");
        return None;
    }
    git(&share, &["init", "-q", "-b", "main"]);
    share.put("README.md", "nothing\n");
    share.put("old.txt", format!("手机：{}\n", mobile(1)));
    commit(&share);
    Some(share)
}

fn git(share: &Share, args: &[&str]) -> String {
    let done = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
        .args(args)
        .current_dir(share.path("in"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HOME", share.path(""))
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

fn commit(share: &Share) -> String {
    git(share, &["add", "-A"]);
    git(share, &["commit", "-q", "-m", "x"]);
    git(share, &["rev-parse", "HEAD"])
}

fn docs(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(path).unwrap()
}

/// The lines of block scalars (`key: |` or `- |`), without their indent.
fn blocks(yaml: &str) -> Vec<String> {
    let lines: Vec<&str> = yaml.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut all = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        if !(line.trim_end().ends_with(": |") || line.trim() == "- |") {
            continue;
        }
        let inner = indent(lines[n + 1]);
        let block: Vec<&str> = lines[n + 1..]
            .iter()
            .take_while(|l| l.trim().is_empty() || indent(l) >= inner)
            .map(|l| l.get(inner..).unwrap_or(""))
            .collect();
        all.push(block.join("\n"));
    }
    all
}

/// A step as a runner runs it: a script for a shell that stops at the first error, with inkout in PATH.
fn step(share: &Share, script: &str, env: &[(&str, &str)]) -> Run {
    let bin = Path::new(PROGRAM).parent().unwrap().to_path_buf();
    let path = std::env::join_paths(
        [bin]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let mut command = Command::new("sh");
    command
        .args(["-e", "-c", &format!("cd in\n{script}")])
        .env("PATH", path.unwrap())
        .env("LANG", "en_US.UTF-8")
        .envs(env.iter().copied());
    share.finish(&mut command)
}

#[test]
fn the_github_workflow() {
    let Some(share) = repository() else { return };
    let base = git(&share, &["rev-parse", "HEAD"]);
    let steps = blocks(&docs("docs/ci/github.yml"));
    assert_eq!(steps.len(), 2);
    let temp = share.path("runner");
    let run = |step_no: usize, base: &str| {
        let _ = fs::remove_dir_all(&temp);
        let summary = share.path("summary.md");
        let env = [
            ("RUNNER_TEMP", temp.to_str().unwrap()),
            ("BASE", base),
            ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap()),
        ];
        step(&share, &steps[step_no], &env)
    };
    // What was there before does not make a change red; a new number does, unless a comment allows it.
    share.put("new.txt", "nothing\n");
    commit(&share);
    run(0, &base).ends(0);
    share.put("new.txt", format!("tel {} mobile\n", mobile(2)));
    commit(&share);
    assert!(run(0, &base).ends(1).text().contains("Mobile"));
    let summary = String::from_utf8(share.get("summary.md")).unwrap();
    assert!(
        summary.contains("new.txt") && !summary.contains(&mobile(2)),
        "{summary}"
    );
    share.put(
        "new.txt",
        format!("手机 {} # inkout:allow cn.mobile sample\n", mobile(2)),
    );
    commit(&share);
    run(0, &base).ends(0);
    run(1, "").ends(1);
    // A commit that is none is a fault of the pipeline, not a clean result.
    run(0, "0000000000000000000000000000000000000000").ends(2);
    run(0, "--output=/tmp/x").ends(2);
}

#[test]
fn the_gitlab_job() {
    let Some(share) = repository() else { return };
    let base = git(&share, &["rev-parse", "HEAD"]);
    let steps = blocks(&docs("docs/ci/gitlab.yml"));
    assert_eq!(steps.len(), 1);
    let run = |base: &str, id: &str| {
        let builds = share.path("builds");
        let env = [
            ("CI_BUILDS_DIR", builds.to_str().unwrap()),
            ("CI_JOB_ID", id),
            ("CI_MERGE_REQUEST_DIFF_BASE_SHA", base),
        ];
        step(&share, &steps[0], &env)
    };
    share.put("new.txt", "nothing\n");
    commit(&share);
    run(&base, "1").ends(0);
    assert!(!share.path("in/inkout-quality.json").exists());
    run("", "2").ends(1);
    let issues: serde_json::Value =
        serde_json::from_slice(&share.get("in/inkout-quality.json")).unwrap();
    assert_eq!(issues[0]["location"]["path"], "old.txt");
    fs::remove_file(share.path("in/inkout-quality.json")).unwrap();
    share.put("new.zip", b"PK\x03\x04");
    commit(&share);
    run(&base, "3").ends(3);
}

#[test]
fn the_pre_commit_hook() {
    let Some(share) = repository() else { return };
    share.put("staged.txt", format!("手机：{}\n", mobile(3)));
    for file in [".pre-commit-hooks.yaml", "docs/ci/pre-commit-config.yaml"] {
        let text = docs(file);
        let entry = text
            .lines()
            .find_map(|l| l.trim().strip_prefix("entry: "))
            .unwrap();
        // pre-commit appends the names of the staged files.
        step(&share, &format!("{entry} staged.txt README.md"), &[]).ends(1);
        step(&share, &format!("{entry} README.md"), &[]).ends(0);
        assert!(share.path("in/.git/inkout-job").exists());
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story, step by step")]
fn a_baseline_accepts_what_is_known_and_nothing_else() {
    let share = Share::new();
    let row = |n: u32| format!("客户{n},{},{}\n", resident_id(n), mobile(n));
    let table = |rows: &[u32]| -> String {
        let rows: String = rows.iter().map(|&n| row(n)).collect();
        format!("姓名,身份证号,手机号\n{rows}")
    };
    share.put("a.csv", table(&[1, 2, 3, 4]));
    share
        .run(&["scan", "in", "--job", "job", "--all-findings"])
        .ends(1);
    let accept = |verb: &str, job: &str| {
        let args = [
            "baseline",
            verb,
            "b.json",
            "--job",
            job,
            "--reason",
            "demo",
            "--owner",
            "li",
            "--expires",
            "2099-12-31",
        ];
        share.run(&args)
    };
    share
        .run(&[
            "baseline",
            "create",
            "b.json",
            "--job",
            "job",
            "--reason",
            " ",
            "--owner",
            "x",
            "--expires",
            "2099-01-01",
        ])
        .ends(2);
    accept("create", "job").ends(0);
    accept("create", "job").ends(2);
    let scan = |job: &str| share.run(&["scan", "in", "--job", job, "--baseline", "b.json"]);
    scan("one").ends(0);
    // Lines move, rows are sorted otherwise, text is edited: nothing is new.
    share.put("a.csv", format!("{}\n\n", table(&[4, 2, 1, 3])));
    scan("one").ends(0);
    share.put("b/copy.csv", table(&[2]));
    scan("one").ends(0);
    // A new value, and a known one in another column.
    share.put("a.csv", table(&[1, 2, 3, 4, 5]));
    scan("one").ends(1);
    share.put(
        "a.csv",
        "备注,紧急联系电话\nx,".to_owned() + &mobile(1) + "\n",
    );
    scan("one").ends(1);
    accept("update", "one").ends(0);
    scan("one").ends(0);
    let audit = share.run(&["baseline", "audit", "b.json"]).ends(0);
    assert!(audit.text().contains("demo") && audit.text().contains("li"));
    // Another key cannot be compared with; without a key nothing can.
    share.run(&["scan", "in", "--job", "own"]).ends(1);
    scan("own").ends(4);
    let key = String::from_utf8(share.get("b.json.key")).unwrap();
    fs::remove_file(share.path("b.json.key")).unwrap();
    scan("two").ends(2);
    let mut with_key = Command::new(PROGRAM);
    with_key
        .args([
            "--lang",
            "en",
            "scan",
            "in",
            "--job",
            "three",
            "--baseline",
            "b.json",
        ])
        .env("INKOUT_BASELINE_KEY", key.trim());
    share.finish(&mut with_key).ends(0);
    // Expired entries count again.
    let old = String::from_utf8(share.get("b.json")).unwrap();
    fs::write(
        share.path("b.json"),
        old.replace("2099-12-31", "2020-12-31"),
    )
    .unwrap();
    fs::write(share.path("b.json.key"), key).unwrap();
    let expired = scan("one").ends(1);
    assert!(expired.err.contains("over"), "{}", expired.err);
    share.run(&["baseline", "audit", "b.json"]).ends(1);
    for n in 0..6 {
        for value in [resident_id(n), mobile(n)] {
            assert!(!holds(old.as_bytes(), value.as_bytes()));
        }
    }
}

#[test]
fn budgets_and_lists() {
    let share = Share::new();
    for n in 0..4 {
        share.put(format!("{n} x.txt"), format!("手机：{}\n", mobile(n)));
    }
    let scan = |args: &[&str]| {
        let job = share.new_job();
        let mut all = vec!["scan", "--job", &job];
        all.extend(args);
        share.run(&all)
    };
    scan(&["in", "--budget", "cn.mobile=4"]).ends(0);
    let over = scan(&["in", "--budget", "cn.mobile=3"]).ends(1);
    assert!(over.err.contains("cn.mobile=3"), "{}", over.err);
    scan(&["in", "--fail-on", "5"]).ends(0);
    scan(&["in", "--fail-on", "4"]).ends(1);
    scan(&["in", "--fail-on", "C3", "--fail-on", "cn.mobile"]).ends(1);
    scan(&["in", "--budget", "nonsense=3"]).ends(2);
    scan(&["in", "--budget", "cn.mobile"]).ends(2);
    scan(&[]).ends(2);
    for list in ["in/1 x.txt\nin/2 x.txt\n", "in/1 x.txt\0in/2 x.txt\0"] {
        fs::write(share.path("list"), list).unwrap();
        let run = scan(&["--files-from", "list", "--format", "jsonl"]).ends(1);
        assert_eq!(run.of("file").len(), 2);
    }
    fs::write(share.path("list"), "").unwrap();
    scan(&["--files-from", "list"]).ends(0);
    fs::write(share.path("list"), "in/missing\n").unwrap();
    scan(&["--files-from", "list"]).ends(2);
    scan(&["--files-from", "list", "in"]).ends(2);
}

/// The unit is one that systemd takes.
#[test]
fn the_systemd_units_are_valid() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/running");
    let share = Share::new();
    for name in ["inkout.service", "inkout.timer"] {
        // The program lies elsewhere here.
        let text = fs::read_to_string(folder.join(name)).unwrap();
        fs::write(
            share.path(name),
            text.replace("/usr/local/bin/inkout", PROGRAM),
        )
        .unwrap();
    }
    let units: Vec<PathBuf> = ["inkout.service", "inkout.timer"]
        .map(|n| share.path(n))
        .into();
    match Command::new("systemd-analyze")
        .arg("verify")
        .arg("--man=no")
        .args(units)
        .output()
    {
        Err(_) => skipped("systemd-analyze is missing"),
        Ok(done) => {
            let said = String::from_utf8_lossy(&done.stderr);
            let ours: Vec<&str> = said.lines().filter(|l| l.contains("inkout")).collect();
            assert!(done.status.success() && ours.is_empty(), "{said}");
        }
    }
    // The options are ones that the program takes.
    for name in ["inkout.service", "crontab", "inkout-task.xml"] {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        let known = share.run(&["scan", "--help"]);
        let calls = text
            .split(" scan ")
            .skip(1)
            .filter_map(|rest| rest.lines().next());
        let options: Vec<&str> = calls
            .flat_map(str::split_whitespace)
            .filter(|w| w.starts_with("--"))
            .map(|o| o.split('<').next().unwrap())
            .collect();
        assert!(options.len() > 3, "{name}");
        for option in options {
            assert!(known.text().contains(option), "{name}: {option}");
        }
    }
}
