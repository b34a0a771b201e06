//! A hold that comes while files are being destroyed: nothing that is whole at that moment is written to.

use super::lab::{CONTENT, EXT4, Job, Volume, content, ends, planted, text};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::Duration,
};

const SIZES: [usize; 5] = [100, 3000, 70_001, 4000, 20_000];

/// Numbers of the files that lie whole in quarantine below a root, or where they were.
fn whole(root: &Path) -> BTreeSet<usize> {
    let mut all = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                all.push(fs::read(path).unwrap_or_default());
            }
        }
    }
    let is_there = |n: &usize| all.contains(&content(CONTENT, *n, SIZES[*n]));
    (0..SIZES.len()).filter(is_there).collect()
}

/// Whether a process has stopped itself; `false` when it ended instead.
fn has_stopped(child: &mut Child) -> bool {
    let stat = format!("/proc/{}/stat", child.id());
    loop {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        let state = fs::read_to_string(&stat).unwrap_or_default();
        let state = state.rsplit(')').next().unwrap_or_default().trim();
        if state.starts_with('T') {
            return true;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Puts a hold on all; what is said. `None` while the run has the trail to itself.
fn hold(job: &Job) -> Option<String> {
    let here = job.path("");
    let args = [
        "hold",
        "add",
        "--all",
        "--reason",
        "claim",
        "--job",
        text(&here),
    ];
    let (code, out, err) = job.run(&args);
    if err.contains("in use by another run") {
        return None;
    }
    assert_eq!(code, 0, "{out}{err}");
    Some(err)
}

/// The job keeps its plans where holds look for them.
fn kept(job: &Job, plan: &Path) {
    fs::create_dir(job.path("plans")).unwrap();
    fs::copy(plan, job.path("plans/plan.json")).unwrap();
}

/// The number at the beginning of what is said of files that a hold comes too late for.
fn told_late(err: &str) -> usize {
    let line = err.lines().find(|l| l.contains("comes too late"));
    let word = line.and_then(|l| l.split_whitespace().find_map(|w| w.parse().ok()));
    word.unwrap_or(0)
}

fn stopped_at(volume: &Volume, step: u32) -> Option<(PathBuf, Job, Child)> {
    let root = volume.mount.join(format!("stopped{step}"));
    let (_, job, plan) = planted(&root, &SIZES);
    kept(&job, &plan);
    ends(job.quarantine(&plan, &[]), 0);
    let run = job.path("run");
    let args = ["purge", text(&plan), "--run", text(&run), "--yes"];
    let mut child = job
        .command(&args, Some(&format!("{step}:stop")))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    if has_stopped(&mut child) {
        return Some((root, job, child));
    }
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    None
}

/// What is whole at a step, by a purge of the same files that is killed there: of one that is only stopped the files
/// are under its leases, and whoever opens them waits for it.
fn whole_at(volume: &Volume, step: u32) -> BTreeSet<usize> {
    let root = volume.mount.join(format!("twin{step}"));
    let (_, job, plan) = planted(&root, &SIZES);
    ends(job.quarantine(&plan, &[]), 0);
    assert_eq!(job.purge_killed(&plan, step), -1, "step {step}");
    let all = whole(&root);
    let _ = fs::remove_dir_all(&root);
    all
}

#[test]
fn a_hold_at_any_step_of_a_purge_keeps_all_that_is_whole_by_then() {
    let Some(volume) = Volume::new(EXT4) else {
        return;
    };
    let mut seen = BTreeSet::new();
    for step in (1..).step_by(4) {
        let Some((root, job, child)) = stopped_at(&volume, step) else {
            break;
        };
        let before = whole_at(&volume, step);
        let told = hold(&job);
        let go_on = std::process::Command::new("kill")
            .args(["-CONT", &child.id().to_string()])
            .status();
        assert!(go_on.unwrap().success());
        let ended = child.wait_with_output().unwrap();
        let Some(told) = told else {
            assert_eq!(ended.status.code(), Some(0), "step {step}");
            continue;
        };
        let late = told_late(&told);
        assert!(
            late >= SIZES.len() - before.len(),
            "step {step}: {late}: {told}"
        );
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(4), "step {step}: {said}");
        assert!(said.contains("a hold stands"), "step {step}: {said}");
        assert_eq!(whole(&root), before, "step {step}");
        // It holds for a resume, too, and what is whole can go back.
        let run = job.path("run");
        assert_eq!(job.run(&["resume", text(&run)]).0, 4, "step {step}");
        assert_eq!(whole(&root), before, "step {step}");
        let (code, out, err) = job.run(&["undo", text(&run)]);
        assert!(matches!(code, 0 | 3), "step {step}: {out}{err}");
        assert_eq!(whole(&root), before, "step {step}");
        seen.insert(before.len());
        let _ = fs::remove_dir_all(&root);
    }
    assert!(seen.len() > 2, "{seen:?}");
}

#[test]
fn a_hold_after_a_crash_keeps_what_was_about_to_be_overwritten_and_was_not() {
    let Some(volume) = Volume::new(EXT4) else {
        return;
    };
    let mut spared = 0;
    for step in (1..60).step_by(4) {
        let root = volume.mount.join(format!("killed{step}"));
        let (_, job, plan) = planted(&root, &SIZES);
        kept(&job, &plan);
        ends(job.quarantine(&plan, &[]), 0);
        if job.purge_killed(&plan, step) != -1 {
            break;
        }
        let before = whole(&root);
        assert!(hold(&job).is_some());
        let run = job.path("run");
        let journal = || fs::read_to_string(run.join("journal.jsonl")).unwrap();
        let begun = journal().matches("\"ev\":\"intent\"").count();
        let (code, out, err) = job.run(&["resume", text(&run)]);
        if !journal().contains("\"ev\":\"purging\"") {
            continue;
        }
        assert_eq!(code, 4, "step {step}: {out}{err}");
        assert_eq!(whole(&root), before, "step {step}");
        spared += usize::from(begun == SIZES.len() && before.len() == SIZES.len());
        let _ = fs::remove_dir_all(&root);
    }
    assert!(spared > 0, "never killed between intents and writing");
}
