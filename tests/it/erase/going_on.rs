//! What is told when a run is gone on with, and what one file, folder or root that cannot be reached keeps.

use super::lab::{CONTENT, EXT4, Job, Volume, content, ends, plant, planted, runs, skipped, text};
use inkout::erase::{Entry, Index};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const SIZES: [usize; 4] = [100, 3000, 70_001, 4000];

/// The last event of this name, as the trail has it.
fn last_event(job: &Job, name: &str) -> String {
    let here = job.path("");
    let args = [
        "audit",
        "query",
        "--job",
        text(&here),
        "--event",
        name,
        "--json",
    ];
    let out = ends(super::lab::run_plain(&args), 0);
    out.lines().last().unwrap_or_default().to_owned()
}

fn is_whole(path: &Path, number: usize) -> bool {
    fs::read(path).is_ok_and(|b| b == content(CONTENT, number, SIZES[number]))
}

#[test]
fn a_quarantine_that_is_gone_on_with_tells_all_that_was_left() {
    let Some(volume) = Volume::new(EXT4) else {
        return;
    };
    for step in 1.. {
        let root = volume.mount.join(format!("share{step}"));
        let (files, job, plan) = planted(&root, &SIZES);
        fs::write(&files[1], "not the file of the plan").unwrap();
        let (code, out, err) = job.quarantine_at(&plan, &format!("{step}:kill"));
        let run = job.path("run");
        let (code, out, err) = if code == -1 {
            if Index::read(&run).is_err() {
                continue;
            }
            job.run(&["resume", text(&run)])
        } else {
            (code, out, err)
        };
        assert_eq!(code, 4, "step {step}: {out}{err}");
        for told in [
            "In quarantine now: 3 files",
            "Left as they were: 1 files",
            "1: it is not the file of the plan any more",
        ] {
            assert!(out.contains(told), "step {step}: {told}: {out}");
        }
        let event = last_event(&job, "erase.quarantined");
        assert!(
            event.contains("\"moved\":3") && event.contains("\"left\":1"),
            "{event}"
        );
        let begun = last_event(&job, "erase.quarantine-begun");
        assert!(
            begun.contains("\"undo-days\":0") && begun.contains("\"files\":4"),
            "{begun}"
        );
        // Once it is told, nothing is left to be gone on with.
        let out = ends(job.run(&["resume", text(&run)]), 0);
        assert!(out.contains("nothing to go on with"), "{out}");
        if step > 12 {
            return;
        }
    }
}

#[test]
fn an_undo_that_is_gone_on_with_tells_what_stays() {
    let Some(volume) = Volume::new(EXT4) else {
        return;
    };
    let mut tried = 0;
    for step in 1.. {
        let root = volume.mount.join(format!("share{step}"));
        let (files, job, plan) = planted(&root, &SIZES);
        ends(job.quarantine(&plan, &[]), 0);
        fs::write(&files[2], "in the way").unwrap();
        let run = job.path("run");
        let (code, out, err) = job.run_at(&["undo", text(&run)], &format!("{step}:kill"));
        let killed = code == -1;
        // Killed before it was written down, it was never begun.
        let entries = Index::journal(&run).unwrap();
        let begun = entries.iter().any(|e| matches!(e, Entry::Undoing { .. }));
        let (code, out, err) = match (killed, begun) {
            (true, true) => job.run(&["resume", text(&run)]),
            (true, false) => job.run(&["undo", text(&run)]),
            _ => (code, out, err),
        };
        assert_eq!(code, 3, "step {step}: {out}{err}");
        for told in [
            "Put back: 3 files",
            "Not put back: 1 files",
            "something else has taken",
        ] {
            assert!(out.contains(told), "step {step}: {told}: {out}");
        }
        let event = last_event(&job, "erase.undone");
        assert!(
            event.contains("\"returned\":3") && event.contains("\"left\":1"),
            "{event}"
        );
        assert_eq!(fs::read(&files[2]).unwrap(), b"in the way");
        for number in [0, 1, 3] {
            assert!(is_whole(&files[number], number), "step {step}");
        }
        fs::remove_file(&files[2]).unwrap();
        ends(job.run(&["undo", text(&run)]), 0);
        assert!(is_whole(&files[2], 2) && fs::read_dir(&root).unwrap().count() == 4);
        tried += 1;
        if !killed {
            break;
        }
    }
    assert!(tried > 8, "{tried}");
}

/// Two roots, one of which is away for a while: the other one is dealt with, and what waits is told.
#[test]
fn a_root_that_is_away_keeps_its_own_files_only() {
    let Some(volume) = Volume::new(EXT4) else {
        return;
    };
    let roots = [volume.mount.join("first"), volume.mount.join("second")];
    let away = volume.mount.join("away");
    let scene = || {
        let files: Vec<PathBuf> = roots.iter().flat_map(|r| plant(r, &SIZES[..2])).collect();
        let job = Job::new();
        let plan = job.plan_of(&roots, &files);
        ends(job.quarantine(&plan, &[]), 0);
        fs::rename(&roots[0], &away).unwrap();
        (job, plan, files)
    };
    let gone = "2: the folder that it was in is not there any more";
    let (job, _, files) = scene();
    let (code, out, err) = job.run(&["undo", text(&job.path("run"))]);
    assert_eq!(code, 3, "{out}{err}");
    assert!(
        out.contains("Put back: 2 files") && out.contains(gone),
        "{out}"
    );
    assert!(is_whole(&files[2], 0) && is_whole(&files[3], 1));
    fs::rename(&away, &roots[0]).unwrap();
    ends(job.run(&["undo", text(&job.path("run"))]), 0);
    assert!(is_whole(&files[0], 0) && is_whole(&files[1], 1));
    for root in &roots {
        fs::remove_dir_all(root).unwrap();
    }

    let (job, plan, files) = scene();
    let (code, out, err) = job.purge(&plan, &[]);
    assert_eq!(code, 4, "{out}{err}");
    assert!(out.contains(gone), "{out}");
    assert_eq!(job.grades(), "FFBB");
    fs::rename(&away, &roots[0]).unwrap();
    ends(job.purge(&plan, &[]), 0);
    assert_eq!(job.grades(), "BBBB");
    assert!(files.iter().all(|f| !f.exists()));
}

/// The quarantine folder of one root is gone: its files are told as gone, the others go on.
#[test]
fn a_quarantine_folder_that_is_gone_keeps_its_own_files_only() {
    let Some(volume) = Volume::new(EXT4) else {
        return;
    };
    let roots = [volume.mount.join("first"), volume.mount.join("second")];
    let files: Vec<PathBuf> = roots.iter().flat_map(|r| plant(r, &SIZES[..2])).collect();
    let job = Job::new();
    let plan = job.plan_of(&roots, &files);
    ends(job.quarantine(&plan, &[]), 0);
    let inside = roots[0].join(&Index::read(&job.path("run")).unwrap().roots[0].quarantine);
    let away = volume.mount.join("away");
    fs::rename(&inside, &away).unwrap();
    let (code, out, err) = job.purge(&plan, &[]);
    assert_eq!(code, 4, "{out}{err}");
    assert!(out.contains("2: it is not there any more"), "{out}");
    assert_eq!(job.grades(), "FFBB");
    let (code, out, err) = job.run(&["undo", text(&job.path("run"))]);
    assert_eq!(code, 3, "{out}{err}");
    assert!(out.contains("2: it is not there any more"), "{out}");
    assert!(!inside.exists() && fs::read_dir(&roots[0]).unwrap().count() == 0);
    fs::rename(&away, &inside).unwrap();
    ends(job.run(&["undo", text(&job.path("run"))]), 3);
    assert!(is_whole(&files[0], 0) && is_whole(&files[1], 1));
}

/// Only what has taken a place keeps a file from going back to it: any other error stops, and can be gone on from.
#[test]
fn an_error_on_the_way_back_is_no_taken_place() {
    let Some(volume) = Volume::new(EXT4) else {
        return;
    };
    let root = volume.mount.join("share");
    let files = plant(&root.join("a"), &SIZES[..1]);
    let job = Job::new();
    let plan = job.plan(&root, &files);
    // Killed after it was written down that it leaves, and then somebody's file lies in its place.
    let run = job.path("run");
    let leaves = |e: &Entry| matches!(e, Entry::Leaving { .. });
    for step in 1.. {
        assert_eq!(job.quarantine_at(&plan, &format!("{step}:kill")).0, -1);
        if Index::journal(&run).is_ok_and(|e| e.iter().any(leaves)) && files[0].exists() {
            break;
        }
        let _ = fs::remove_dir_all(&run);
    }
    let index = Index::read(&run).unwrap();
    let inside = root
        .join(&index.roots[0].quarantine)
        .join(&index.targets[0].name);
    fs::write(&inside, "somebody's").unwrap();
    fs::rename(&files[0], volume.mount.join("aside")).unwrap();
    let immutable = |how: &str| runs(Command::new("chattr").arg(how).arg(root.join("a")));
    if !immutable("+i") {
        return skipped("no chattr");
    }
    let (code, out, err) = job.run(&["resume", text(&run)]);
    assert!(immutable("-i"));
    assert_eq!(code, 6, "{out}{err}");
    assert!(!out.contains("something else has taken its name"), "{out}");
    // Then it can go back, and the file of the plan is gone.
    let (code, out, err) = job.run(&["resume", text(&run)]);
    assert_eq!(code, 4, "{out}{err}");
    assert_eq!(fs::read(&files[0]).unwrap(), b"somebody's");
}

/// One file under two names, killed when the intent of the first was written down only: whoever goes on without
/// approvals destroys both, or none. The second name would be an undo of what is not whole.
#[test]
fn what_was_begun_under_one_name_ends_under_all() {
    let Some(volume) = Volume::new(EXT4) else {
        return;
    };
    let mut seen = 0;
    for step in 1.. {
        let root = volume.mount.join(format!("share{step}"));
        let mut files = plant(&root, &SIZES[..1]);
        let second = root.join("z-second");
        fs::hard_link(&files[0], &second).unwrap();
        files.push(second);
        let job = Job::new();
        let plan = job.plan(&root, &files);
        ends(job.quarantine(&plan, &[]), 0);
        let run = job.path("run");
        let code = job.purge_killed(&plan, step);
        if code == 0 {
            break;
        }
        let entries = Index::journal(&run).unwrap();
        let intents = entries.iter().filter(|e| matches!(e, Entry::Intent { .. }));
        if intents.count() != 1 {
            continue;
        }
        seen += 1;
        fs::remove_dir_all(job.path("approvals")).unwrap();
        fs::create_dir(job.path("approvals")).unwrap();
        ends(job.run(&["resume", text(&run)]), 0);
        assert_eq!(job.grades(), "BB", "step {step}");
        assert_eq!(fs::read_dir(&root).unwrap().count(), 0);
    }
    assert!(seen > 0);
}

/// What was moved before a crash stands in the trail with its index; with another index nothing goes on.
#[test]
fn a_quarantine_is_not_gone_on_with_by_another_index() {
    let Some(volume) = Volume::new(EXT4) else {
        return;
    };
    let root = volume.mount.join("share");
    let (files, job, plan) = planted(&root, &SIZES);
    let run = job.path("run");
    let leaves = |e: &Entry| matches!(e, Entry::Leaving { .. });
    for step in 1.. {
        assert_eq!(job.quarantine_at(&plan, &format!("{step}:kill")).0, -1);
        if Index::journal(&run).is_ok_and(|e| e.iter().any(leaves)) {
            break;
        }
        let _ = fs::remove_dir_all(&run);
    }
    let index = run.join("index.json");
    let kept = fs::read_to_string(&index).unwrap();
    let mut value: serde_json::Value = serde_json::from_str(&kept).unwrap();
    value["undo_until"] = "2001-01-01T00:00:00Z".into();
    fs::write(&index, value.to_string()).unwrap();
    let (code, out, err) = job.run(&["resume", text(&run)]);
    assert_eq!(code, 5, "{out}{err}");
    assert!(files.iter().enumerate().all(|(n, f)| is_whole(f, n)));
    fs::write(&index, &kept).unwrap();
    ends(job.run(&["resume", text(&run)]), 0);
    assert!(files.iter().all(|f| !f.exists()));
}

/// After a crash content may be anything, but it must be the same file: what was put under its name meanwhile is
/// neither overwritten nor removed.
#[test]
fn what_lies_under_the_name_of_a_half_destroyed_file_is_not_taken_for_it() {
    let Some(volume) = Volume::new(EXT4) else {
        return;
    };
    let root = volume.mount.join("share");
    let mut tried = 0;
    for step in 1.. {
        let (_, job, plan) = planted(&root, &SIZES[..1]);
        ends(job.quarantine(&plan, &[]), 0);
        let run = job.path("run");
        let code = job.purge_killed(&plan, step);
        let entries = Index::journal(&run).unwrap();
        let index = Index::read(&run).unwrap();
        let inside = root
            .join(&index.roots[0].quarantine)
            .join(&index.targets[0].name);
        let intended = entries.iter().any(|e| matches!(e, Entry::Intent { .. }));
        if code == -1 && intended && inside.exists() {
            fs::rename(&inside, volume.mount.join(format!("aside{step}"))).unwrap();
            fs::write(&inside, "somebody's").unwrap();
            let (code, out, err) = job.run(&["resume", text(&run)]);
            assert_eq!(code, 4, "step {step}: {out}{err}");
            assert_eq!(fs::read(&inside).unwrap(), b"somebody's", "step {step}");
            assert_eq!(job.grades(), "F", "step {step}");
            tried += 1;
        }
        fs::remove_dir_all(&root).unwrap();
        if code == 0 {
            break;
        }
    }
    assert!(tried > 5, "{tried}");
}

/// Without approvals only what was begun is ended: the rest stays whole and can go back.
#[test]
fn without_approvals_what_is_whole_is_not_gone_on_with() {
    let Some(volume) = Volume::new(EXT4) else {
        return;
    };
    let mut seen = std::collections::BTreeSet::new();
    for step in 1.. {
        let root = volume.mount.join(format!("share{step}"));
        let (files, job, plan) = planted(&root, &SIZES);
        ends(job.quarantine(&plan, &[]), 0);
        let run = job.path("run");
        let code = job.purge_killed(&plan, step);
        let entries = Index::journal(&run).unwrap();
        let begun = entries.iter().any(|e| matches!(e, Entry::Purging { .. }));
        let intents = entries.iter().filter(|e| matches!(e, Entry::Intent { .. }));
        let intents = intents.count();
        if code == 0 || intents == files.len() {
            break;
        }
        if !begun {
            continue;
        }
        fs::remove_dir_all(job.path("approvals")).unwrap();
        fs::create_dir(job.path("approvals")).unwrap();
        let (code, out, err) = job.run(&["resume", text(&run)]);
        assert_eq!(code, 4, "step {step}: {out}{err}");
        let done = job.grades().matches('B').count();
        assert_eq!(done, intents, "step {step}: {out}");
        let undone = job.run(&["undo", text(&run)]);
        assert_eq!(
            undone.0,
            if intents == 0 { 0 } else { 3 },
            "step {step}: {}",
            undone.1
        );
        let whole = (0..).zip(&files).filter(|(n, f)| is_whole(f, *n));
        assert_eq!(whole.count(), files.len() - intents, "step {step}");
        seen.insert(intents);
    }
    assert!(seen.contains(&0) && seen.len() > 2, "{seen:?}");
}
