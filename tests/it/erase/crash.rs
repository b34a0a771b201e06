//! Killed at any step, killed again while it goes on, or the power cut: the same end, no neighbour touched,
//! nothing destroyed that was not first written down.

use super::lab::{
    CONTENT, EXT4, EXT4_JOURNAL, Job, Kind, Volume, XFS, content, ends, neighbours, planted, runs,
    say, text, traces, untouched,
};
use inkout::erase::{Entry, Index};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const SIZES: [usize; 3] = [100, 3000, 70_001];

struct Scene {
    job: Job,
    root: PathBuf,
    files: Vec<PathBuf>,
    plan: PathBuf,
    /// A purge was asked for.
    purging: std::cell::Cell<bool>,
}

fn scene(volume: &Volume, number: u64) -> Scene {
    let root = volume.mount.join(format!("share{number}"));
    let (files, job, plan) = planted(&root, &SIZES);
    Scene {
        job,
        root,
        files,
        plan,
        purging: std::cell::Cell::new(false),
    }
}

impl Scene {
    fn failing(&self, args: &[&str], at: &str) -> (i32, String, String) {
        self.job.run_at(args, at)
    }

    fn quarantine_at(&self, at: &str) -> i32 {
        self.job.quarantine_at(&self.plan, at).0
    }

    fn purge_at(&self, at: &str) -> (i32, String, String) {
        self.purging.set(true);
        let run = self.job.path("run");
        self.failing(
            &["purge", text(&self.plan), "--run", text(&run), "--yes"],
            at,
        )
    }

    fn resume_at(&self, at: &str) -> (i32, String, String) {
        let run = self.job.path("run");
        self.failing(&["resume", text(&run)], at)
    }

    /// Goes on. A purge that was stopped before it was written down was never begun: it is begun again.
    #[track_caller]
    fn resume(&self) {
        let run = self.job.path("run");
        ends(self.job.run(&["resume", text(&run)]), 0);
        let entries = Index::journal(&run).unwrap();
        let waiting = entries
            .iter()
            .any(|e| matches!(e, Entry::Quarantined { .. }));
        let begun = entries.iter().any(|e| matches!(e, Entry::Purging { .. }));
        if waiting && !begun && self.purging.get() {
            ends(self.job.purge(&self.plan, &[]), 0);
        }
    }

    /// Whatever is not whole any more was written down before.
    #[track_caller]
    fn nothing_without_intent(&self) {
        let dir = self.job.path("run");
        let Ok(index) = Index::read(&dir) else {
            assert!(self.files.iter().all(|f| f.exists()));
            return;
        };
        let entries = Index::journal(&dir).unwrap();
        let folder = self.root.join(&index.roots[0].quarantine);
        for (number, target) in index.targets.iter().enumerate() {
            let bytes =
                fs::read(&self.files[number]).or_else(|_| fs::read(folder.join(&target.name)));
            let whole = bytes.is_ok_and(|b| b == content(CONTENT, number, SIZES[number]));
            let intended = entries
                .iter()
                .any(|e| matches!(e, Entry::Intent { item, .. } if *item == target.number));
            assert!(whole || intended, "item {} without intent", target.number);
        }
    }

    /// All gone, each with one last word, nothing left over.
    #[track_caller]
    fn all_is_done(&self) {
        assert!(self.files.iter().all(|f| !f.exists()));
        assert_eq!(fs::read_dir(&self.root).unwrap().count(), 0);
        assert_eq!(self.job.grades(), "BBB");
        let mut words: BTreeMap<u32, u32> = BTreeMap::new();
        let mut intents: BTreeMap<u32, usize> = BTreeMap::new();
        for (at, entry) in Index::journal(&self.job.path("run"))
            .unwrap()
            .iter()
            .enumerate()
        {
            match entry {
                Entry::Done { item, .. } => *words.entry(*item).or_default() += 1,
                Entry::Intent { item, .. } => drop(intents.insert(*item, at)),
                Entry::Overwritten { item, .. } => assert!(intents[item] < at),
                _ => {}
            }
        }
        assert_eq!(words.into_values().collect::<Vec<_>>(), [1, 1, 1]);
    }
}

/// Kills the purge at every step that `pick` takes, and the resume three steps on.
fn killed(kind: Kind, pick: impl Fn(u64) -> bool) {
    let Some(volume) = Volume::new(kind) else {
        return;
    };
    let kept = neighbours(&volume.mount.join("kept"), 10);
    let mut tried = 0;
    for step in (1..).filter(|s| pick(*s)) {
        let scene = scene(&volume, step);
        ends(scene.job.quarantine(&scene.plan, &[]), 0);
        let how = if step % 2 == 0 { "torn" } else { "kill" };
        let (code, out, err) = scene.purge_at(&format!("{step}:{how}"));
        if code == 0 {
            // Past the last step.
            scene.all_is_done();
            break;
        }
        assert_eq!(code, -1, "step {step}: {out}{err}");
        scene.nothing_without_intent();
        let (code, out, err) = scene.resume_at("3");
        assert!(code == -1 || code == 0, "step {step}: {code} {out}{err}");
        scene.nothing_without_intent();
        scene.resume();
        scene.all_is_done();
        untouched(&kept);
        fs::remove_dir(&scene.root).unwrap();
        tried += 1;
    }
    say(&format!(
        "{}: killed at {tried} steps of a purge",
        kind.name
    ));
    assert!(tried > 3);
}

/// The same for the quarantine, which is then gone on with or undone.
fn killed_in_quarantine(kind: Kind, pick: impl Fn(u64) -> bool) {
    let Some(volume) = Volume::new(kind) else {
        return;
    };
    let kept = neighbours(&volume.mount.join("kept"), 10);
    for step in (1..).filter(|s| pick(*s)) {
        let scene = scene(&volume, step);
        let how = if step % 2 == 0 { "torn" } else { "kill" };
        let code = scene.quarantine_at(&format!("{step}:{how}"));
        scene.nothing_without_intent();
        if code == 0 {
            break;
        }
        assert_eq!(code, -1, "step {step}");
        let run = scene.job.path("run");
        if Index::read(&run).is_err() {
            // Nothing was begun that would need going on with.
            assert!(scene.files.iter().all(|f| f.exists()));
        } else if step % 3 == 0 {
            ends(scene.job.run(&["undo", text(&run)]), 0);
            for (number, file) in scene.files.iter().enumerate() {
                assert_eq!(
                    fs::read(file).unwrap(),
                    content(CONTENT, number, SIZES[number])
                );
            }
            let left = fs::read_dir(&scene.root).unwrap().count();
            assert_eq!(left, scene.files.len(), "step {step}");
        } else {
            let (code, ..) = scene.resume_at("4");
            assert!(code == -1 || code == 0);
            scene.resume();
            ends(scene.job.purge(&scene.plan, &[]), 0);
            scene.all_is_done();
        }
        untouched(&kept);
        fs::remove_dir_all(&scene.root).unwrap();
    }
}

#[test]
fn a_purge_killed_at_any_step_on_ext4() {
    killed(EXT4, |step| step % 9 == 4);
}

#[test]
fn a_purge_killed_at_any_step_on_xfs() {
    killed(XFS, |step| step % 13 == 7);
}

#[test]
#[ignore = "minutes: every step"]
fn a_purge_killed_at_every_step() {
    for kind in [EXT4, EXT4_JOURNAL, XFS] {
        killed(kind, |_| true);
    }
}

#[test]
fn a_quarantine_killed_at_any_step() {
    killed_in_quarantine(EXT4, |step| step % 3 == 0 || step % 7 == 1);
}

#[test]
#[ignore = "minutes: every step"]
fn a_quarantine_killed_at_every_step() {
    for kind in [EXT4, XFS] {
        killed_in_quarantine(kind, |_| true);
    }
}

/// Errors of the system at steps: the run stops and says so, and goes on when they are gone.
fn refused_by_the_system(pick: impl Fn(u64) -> bool) {
    let Some(volume) = Volume::new(EXT4) else {
        return;
    };
    let kept = neighbours(&volume.mount.join("kept"), 10);
    for step in (1..).filter(|s| pick(*s)) {
        let scene = scene(&volume, step);
        ends(scene.job.quarantine(&scene.plan, &[]), 0);
        let how = ["eio", "enospc", "erofs", "eperm"][usize::try_from(step % 4).unwrap()];
        let (code, out, err) = scene.purge_at(&format!("{step}:{how}"));
        scene.nothing_without_intent();
        if code == 0 && scene.job.path("run/result.json").exists() {
            let grades = scene.job.grades();
            if grades == "BBB" {
                scene.all_is_done();
                break;
            }
        }
        assert_eq!(code, 6, "step {step} {how}: {out}{err}");
        scene.resume();
        scene.all_is_done();
        untouched(&kept);
        fs::remove_dir(&scene.root).unwrap();
    }
}

#[test]
fn an_error_of_the_system_at_any_step_loses_nothing() {
    refused_by_the_system(|step| step % 11 == 5);
}

#[test]
#[ignore = "minutes: every step"]
fn an_error_of_the_system_at_every_step_loses_nothing() {
    refused_by_the_system(|_| true);
}

/// The image as it is at a step is what is left after a power cut.
fn power_cut(kind: Kind, check: &[&str], pick: impl Fn(u64) -> bool) {
    for step in (1..).filter(|s| pick(*s)) {
        let Some(mut volume) = Volume::new(kind) else {
            return;
        };
        let kept = neighbours(&volume.mount.join("kept"), 5);
        let scene = scene(&volume, 0);
        volume.settle();
        ends(scene.job.quarantine(&scene.plan, &[]), 0);
        let (code, out, err) = scene.purge_at(&step.to_string());
        let copy = volume.image.with_extension("copy");
        fs::copy(&volume.image, &copy).unwrap();
        volume.unmount();
        fs::rename(&copy, &volume.image).unwrap();
        volume.mount_again();
        if code == 0 {
            break;
        }
        assert_eq!(code, -1, "step {step}: {out}{err}");
        scene.nothing_without_intent();
        scene.resume();
        scene.all_is_done();
        untouched(&kept);
        volume.unmount();
        assert_eq!(traces(&volume.image)[0], 0, "step {step}");
        if kind == EXT4 {
            assert_eq!(traces(&volume.image), [0, 0, 0], "step {step}");
        }
        let (program, args) = check.split_first().unwrap();
        let clean = runs(
            Command::new(program)
                .args(args)
                .arg(Path::new(&volume.image)),
        );
        assert!(clean, "step {step}: the file system is damaged");
    }
}

#[test]
fn a_power_cut_at_any_step() {
    power_cut(EXT4, &["e2fsck", "-fn"], |step| step % 14 == 9);
}

#[test]
#[ignore = "minutes: every third step"]
fn a_power_cut_at_every_third_step() {
    power_cut(EXT4, &["e2fsck", "-fn"], |step| step % 3 == 0);
    power_cut(XFS, &["xfs_repair", "-n"], |step| step % 9 == 0);
}
