//! Other files put where those of the plan were, before and within the quarantine, and while it is at work.

use super::lab::{CONTENT, EXT4, Job, Volume, XFS, content, ends, plant, planted, runs, text};
use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

fn set_modified(path: &Path, to: std::time::SystemTime) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(to).unwrap();
}

/// Turns a bit, with size and time of change as before.
fn flip(path: &Path) {
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    let mut bytes = fs::read(path).unwrap();
    bytes[50] ^= 1;
    let mut file = File::options().write(true).open(path).unwrap();
    file.write_all(&bytes).unwrap();
    drop(file);
    set_modified(path, modified);
}

/// Another file with the same bytes and times under the same name.
fn replace(path: &Path) {
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    let bytes = fs::read(path).unwrap();
    let beside = path.with_extension("new");
    fs::write(&beside, bytes).unwrap();
    set_modified(&beside, modified);
    fs::rename(&beside, path).unwrap();
}

fn append(path: &Path) {
    let mut file = File::options().append(true).open(path).unwrap();
    file.write_all(b"more").unwrap();
}

/// Seven ways to have another file erased than the one of the plan.
fn attack(files: &[std::path::PathBuf], outside: &Path) {
    let put = |path: &Path, make: &dyn Fn(&Path)| {
        fs::remove_file(path).unwrap();
        make(path);
    };
    put(&files[0], &|p| symlink(outside, p).unwrap());
    put(&files[1], &|p| fs::hard_link(outside, p).unwrap());
    append(&files[2]);
    replace(&files[3]);
    fs::hard_link(&files[4], files[4].with_extension("link")).unwrap();
    flip(&files[5]);
    put(&files[6], &|p| assert!(runs(Command::new("mkfifo").arg(p))));
}

#[test]
fn seven_swaps_are_refused_before_the_quarantine() {
    let Some(volume) = Volume::new(EXT4) else {
        return;
    };
    let root = volume.mount.join("share");
    let files = plant(&root, &[5000; 8]);
    let outside = volume.mount.join("outside");
    fs::write(&outside, content(CONTENT, 0, 5000)).unwrap();
    let job = Job::new();
    let plan = job.plan(&root, &files);
    attack(&files, &outside);
    let (code, out, err) = job.quarantine(&plan, &[]);
    assert_eq!(code, 4, "{out}{err}");
    assert!(out.contains("In quarantine now: 1 files"), "{out}");
    ends(job.purge(&plan, &[]), 0);
    assert_eq!(job.grades(), "FFFFFFFB");
    assert_eq!(fs::read(&outside).unwrap(), content(CONTENT, 0, 5000));
    assert_eq!(fs::read(&files[3]).unwrap(), content(CONTENT, 3, 5000));
    assert!(files[..7].iter().all(|f| fs::symlink_metadata(f).is_ok()) && !files[7].exists());
}

#[test]
fn seven_swaps_are_refused_within_the_quarantine() {
    let Some(volume) = Volume::new(EXT4) else {
        return;
    };
    let root = volume.mount.join("share");
    let files = plant(&root, &[5000; 8]);
    let outside = volume.mount.join("outside");
    fs::write(&outside, content(CONTENT, 0, 5000)).unwrap();
    let job = Job::new();
    let plan = job.plan(&root, &files);
    ends(job.quarantine(&plan, &[]), 0);
    let folder = fs::read_dir(&root).unwrap().next().unwrap().unwrap().path();
    assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
    let run = inkout::erase::Index::read(&job.path("run")).unwrap();
    let inside: Vec<_> = run.targets.iter().map(|t| folder.join(&t.name)).collect();
    attack(&inside, &outside);
    let (code, out, err) = job.purge(&plan, &[]);
    assert_eq!(code, 4, "{out}{err}");
    assert_eq!(job.grades(), "FFFFFFFB");
    assert_eq!(fs::read(&outside).unwrap(), content(CONTENT, 0, 5000));
    assert_eq!(fs::read(&inside[3]).unwrap(), content(CONTENT, 3, 5000));
    // What was swapped in is not put back as if it were the user's.
    let out = job
        .command(&["undo", text(&job.path("run"))], None)
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(3));
    assert_eq!(fs::read(&outside).unwrap(), content(CONTENT, 0, 5000));
}

#[test]
fn a_folder_that_changes_under_the_walk_loses_nothing() {
    let Some(volume) = Volume::new(EXT4) else {
        return;
    };
    let root = volume.mount.join("share");
    let files = plant(&root.join("dir"), &[300; 120]);
    // A folder elsewhere with files of the same names, and one of the same bytes.
    let foreign = volume.mount.join("foreign");
    fs::create_dir(&foreign).unwrap();
    for (number, file) in files.iter().enumerate() {
        let bytes = content(CONTENT, number, 300);
        fs::write(foreign.join(file.file_name().unwrap()), bytes).unwrap();
    }
    let job = Job::new();
    let plan = job.plan(&root, &files);
    let (stop, swaps) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (dir, away) = (root.join("dir"), root.join("away"));
            while !stop.load(Ordering::Relaxed) {
                fs::rename(&dir, &away).unwrap();
                symlink(&foreign, &dir).unwrap();
                fs::remove_file(&dir).unwrap();
                fs::rename(&foreign, &dir).unwrap();
                fs::rename(&dir, &foreign).unwrap();
                fs::rename(&away, &dir).unwrap();
                swaps.fetch_add(1, Ordering::Relaxed);
            }
        });
        let (code, out, err) = job.quarantine(&plan, &[]);
        assert!(code == 0 || code == 4, "{code} {out}{err}");
        stop.store(true, Ordering::Relaxed);
    });
    ends(job.purge(&plan, &[]), 0);
    let count = swaps.load(Ordering::Relaxed);
    super::lab::say(&format!("{count} swaps, grades {}", job.grades()));
    for (number, file) in files.iter().enumerate() {
        let there = fs::read(foreign.join(file.file_name().unwrap())).unwrap();
        assert_eq!(there, content(CONTENT, number, 300));
    }
    // Every file of the plan is erased or where it was.
    for (number, grade) in job.grades().chars().enumerate() {
        let there = fs::read(&files[number]);
        assert_eq!(grade == 'B', there.is_err(), "{number} {grade}");
        if let Ok(bytes) = there {
            assert_eq!(bytes, content(CONTENT, number, 300));
        }
    }
}

/// The folder that a run's files wait in.
fn waiting(job: &Job, root: &Path) -> PathBuf {
    let index = inkout::erase::Index::read(&job.path("run")).unwrap();
    root.join(&index.roots[0].quarantine)
}

/// A copy that shares its blocks is made of a file that waits: overwriting would leave them to the copy.
#[test]
fn a_reflink_made_of_a_file_in_quarantine_keeps_it() {
    let Some(volume) = Volume::new(XFS) else {
        return;
    };
    let root = volume.mount.join("share");
    let (_, job, plan) = planted(&root, &[70_001, 70_001]);
    ends(job.quarantine(&plan, &[]), 0);
    let index = inkout::erase::Index::read(&job.path("run")).unwrap();
    let inside = waiting(&job, &root).join(&index.targets[0].name);
    let copy = volume.mount.join("copy");
    let mut command = Command::new("cp");
    let command = command.args(["--reflink=always", "--preserve=timestamps"]);
    assert!(runs(command.arg(&inside).arg(&copy)));
    let (code, out, err) = job.purge(&plan, &[]);
    assert_eq!(code, 4, "{out}{err}");
    assert!(
        out.contains("shared with another file or a snapshot"),
        "{out}"
    );
    assert_eq!(job.grades(), "FB");
    assert_eq!(fs::read(&copy).unwrap(), content(CONTENT, 0, 70_001));
    assert_eq!(fs::read(&inside).unwrap(), content(CONTENT, 0, 70_001));
    // With the copy gone it can be destroyed.
    fs::remove_file(&copy).unwrap();
    ends(job.purge(&plan, &[]), 0);
    assert_eq!(job.grades(), "BB");
}

/// What lies in a folder that everybody may write to is not destroyed.
#[test]
fn a_quarantine_that_was_opened_to_others_is_not_purged() {
    let Some(volume) = Volume::new(EXT4) else {
        return;
    };
    let root = volume.mount.join("share");
    let (_, job, plan) = planted(&root, &[3000]);
    ends(job.quarantine(&plan, &[]), 0);
    let folder = waiting(&job, &root);
    let set = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
    set(0o777);
    let (code, out, err) = job.purge(&plan, &[]);
    assert_eq!(code, 4, "{out}{err}");
    let inside = fs::read_dir(&folder).unwrap().next().unwrap().unwrap();
    assert_eq!(fs::read(inside.path()).unwrap(), content(CONTENT, 0, 3000));
    set(0o700);
    ends(job.purge(&plan, &[]), 0);
    assert_eq!(job.grades(), "B");
}
