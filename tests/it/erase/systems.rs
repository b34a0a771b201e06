//! File systems on which less can be proved, or nothing: the grade says so, or they are refused.

use super::lab::{
    BTRFS, CONTENT, EXFAT, EXT4, Job, Kind, NTFS, Volume, XFS, content, ends, is_root, neighbours,
    plant, planted, run_plain, runs, skipped, text, untouched,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Something mounted over a folder, unmounted at the end.
struct Over(PathBuf);

impl Over {
    fn mount(command: &mut Command, at: &Path) -> Option<Self> {
        if !is_root() || !runs(command) {
            skipped(&format!("{:?} cannot be mounted", command.get_program()));
            return None;
        }
        Some(Self(at.to_path_buf()))
    }
}

impl Drop for Over {
    fn drop(&mut self) {
        runs(Command::new("umount").arg("-l").arg(&self.0));
    }
}

fn search(job: &Job, device: &Path) -> (i32, String, String) {
    let run = job.path("run");
    let device = text(device);
    job.run(&["verify", "residue", "--device", device, "--run", text(&run)])
}

/// By default nothing is taken; with `--accept D` it is, and the grade is no better.
fn only_deleted(root: &Path, note: &str) {
    let files = plant(root, &[3000, 70_001]);
    let job = Job::new();
    let plan = job.plan(root, &files);
    let (code, out, err) = job.quarantine(&plan, &[]);
    assert_eq!(code, 4, "{out}{err}");
    assert!(files.iter().all(|f| f.exists()));
    let (_, out, _) = run_plain(&["probe", text(&files[0])]);
    assert!(out.contains("grade D at best"), "{out}");
    let job = Job::new();
    let plan = job.plan(root, &files);
    ends(job.quarantine(&plan, &["--accept", "D"]), 0);
    ends(job.purge(&plan, &[]), 0);
    assert_eq!(job.grades(), "DD");
    let notes = &job.result().items[0].notes;
    assert!(notes.contains(&note.to_owned()), "{notes:?}");
}

/// Left alone, whatever is accepted.
fn refused(root: &Path, files: &[PathBuf], why: &str) {
    let job = Job::new();
    let plan = job.plan(root, files);
    let (code, out, err) = job.quarantine(&plan, &["--accept", "D"]);
    assert_eq!(code, 4, "{out}{err}");
    assert!(out.contains(why), "{out}");
    assert!(files.iter().all(|f| f.exists()));
    let (code, out, _) = run_plain(&["probe", text(&files[0])]);
    assert_eq!(code, 4, "{out}");
    assert!(out.contains("grade F at best"), "{out}");
}

#[test]
fn exfat_is_a_c_and_an_a_when_the_whole_volume_was_searched() {
    let Some(mut volume) = Volume::new(EXFAT) else {
        return;
    };
    let root = volume.mount.join("share");
    let kept = neighbours(&root, 10);
    let files = plant(&root, &[100, 3000, 70_001, (1 << 20) + 7]);
    volume.settle();
    assert!(volume.traces()[0] > 1000);
    let job = Job::new();
    let plan = job.plan(&root, &files);
    job.erase(&plan);
    untouched(&kept);
    volume.unmount();
    let [content, names, _] = volume.traces();
    assert_eq!(content, 0);
    assert!(names <= 10, "{names}");
    assert_eq!(job.grades(), "CCCC");
    let (_, out, err) = search(&job, &volume.image);
    let wanted = if names == 0 { "AAAA" } else { "CCCC" };
    assert_eq!(job.grades(), wanted, "{out}{err}");
}

/// A thousand small files, most of them within the records of NTFS.
#[test]
#[ignore = "a minute: 2,000 files through FUSE"]
fn a_thousand_files_on_exfat_and_ntfs_leave_no_content_and_hardly_a_name() {
    for kind in [EXFAT, NTFS] {
        let Some(mut volume) = Volume::new(Kind {
            mebibytes: 160,
            ..kind
        }) else {
            continue;
        };
        let root = volume.mount.join("share");
        let kept = neighbours(&root, 20);
        let sizes: Vec<usize> = (0..1000).map(|n| 100 + n * 37 % 30_000).collect();
        let files = plant(&root.join("clients"), &sizes);
        volume.settle();
        let job = Job::new();
        let plan = job.plan(&root, &files);
        ends(job.quarantine(&plan, &[]), 0);
        ends(job.purge(&plan, &["--remove-empty-folders"]), 0);
        untouched(&kept);
        volume.unmount();
        let [content, names, _] = volume.traces();
        super::lab::say(&format!("{}: names left {names}", kind.name));
        assert_eq!((content, names <= 10), (0, true), "{}: {names}", kind.name);
        assert_eq!(job.grades(), "C".repeat(1000), "{}", kind.name);
    }
}

#[test]
fn memory_is_a_c_on_a_virtual_medium() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new("mount");
    let command = command.args(["-t", "tmpfs", "tmpfs"]).arg(dir.path());
    let Some(_over) = Over::mount(command, dir.path()) else {
        return;
    };
    let root = dir.path().join("share");
    let (_, job, plan) = planted(&root, &[3000, 70_001]);
    let result = job.erase(&plan);
    assert_eq!(job.grades(), "CC");
    assert_eq!(result.items[0].medium, inkout::model::Medium::Virtual);
}

#[test]
fn what_passes_it_on_to_another_file_system_is_a_d() {
    let Some(volume) = Volume::new(EXT4) else {
        return;
    };
    let (below, above) = (volume.mount.join("below"), volume.mount.join("above"));
    fs::create_dir(&below).unwrap();
    fs::create_dir(&above).unwrap();
    let mut command = Command::new("bindfs");
    if let Some(_over) = Over::mount(command.arg(&below).arg(&above), &above) {
        only_deleted(&above.join("share"), "layered");
    }
}

#[test]
fn an_image_in_a_file_that_a_program_serves_is_a_d() {
    let Some(volume) = Volume::new(Kind {
        mebibytes: 96,
        ..EXT4
    }) else {
        return;
    };
    let (image, above) = (volume.mount.join("image"), volume.mount.join("above"));
    fs::create_dir(&above).unwrap();
    fs::File::create(&image).unwrap().set_len(32 << 20).unwrap();
    let (program, args) = NTFS.make.split_first().unwrap();
    if !runs(Command::new(program).args(args).arg(&image)) {
        return skipped("no mkfs.ntfs");
    }
    let mut command = Command::new("ntfs-3g");
    let command = command.arg(&image).arg(&above);
    if let Some(_over) = Over::mount(command.args(["-o", "streams_interface=windows"]), &above) {
        only_deleted(&above.join("share"), "layered");
    }
}

#[test]
fn an_overlay_of_a_program_is_refused() {
    let Some(volume) = Volume::new(EXT4) else {
        return;
    };
    let at = |name: &str| volume.mount.join(name);
    for name in ["lower", "upper", "above"] {
        fs::create_dir(at(name)).unwrap();
    }
    let files = plant(&at("lower"), &[3000]);
    let branches = format!("{}=RW:{}=RO", text(&at("upper")), text(&at("lower")));
    let mut command = Command::new("unionfs");
    let command = command.args(["-o", "cow", &branches]).arg(at("above"));
    if let Some(_over) = Over::mount(command, &at("above")) {
        let shown = at("above").join(files[0].file_name().unwrap());
        refused(&at("above"), &[shown], "on an overlay");
    }
    assert_eq!(fs::read(&files[0]).unwrap(), content(CONTENT, 0, 3000));
}

/// A volume in an image on a file system that writes elsewhere: what is overwritten within stays without.
#[test]
fn an_image_on_a_file_system_that_copies_on_write_is_refused() {
    let Some(volume) = Volume::new(BTRFS) else {
        return;
    };
    let (image, inner) = (volume.mount.join("image"), volume.mount.join("inner"));
    fs::create_dir(&inner).unwrap();
    let make = |in_place: bool| {
        let _ = fs::remove_file(&image);
        let file = fs::File::create(&image).unwrap();
        if in_place {
            assert!(runs(Command::new("chattr").arg("+C").arg(&image)));
        }
        file.set_len(24 << 20).unwrap();
        let (program, args) = EXT4.make.split_first().unwrap();
        assert!(runs(Command::new(program).args(args).arg(&image)));
        let mut command = Command::new("mount");
        Over::mount(command.args(["-o", "loop"]).arg(&image).arg(&inner), &inner)
    };
    let Some(over) = make(false) else {
        return;
    };
    let root = inner.join("share");
    let files = plant(&root, &[3000, 70_001]);
    refused(&root, &files, "a layer below the file system");
    drop(over);
    // One that is written in place is as good as a disk.
    let Some(_over) = make(true) else {
        return;
    };
    let (_, job, plan) = planted(&root, &[3000, 70_001]);
    job.erase(&plan);
    assert_eq!(job.grades(), "BB");
}

#[test]
fn btrfs_in_place_is_a_b_and_nothing_of_the_content_is_left() {
    let Some(mut volume) = Volume::new(BTRFS) else {
        return;
    };
    let root = volume.mount.join("share");
    fs::create_dir(&root).unwrap();
    assert!(runs(Command::new("chattr").arg("+C").arg(&root)));
    let files = plant(&root, &[5000, 70_001]);
    volume.settle();
    let job = Job::new();
    let plan = job.plan(&root, &files);
    job.erase(&plan);
    assert_eq!(job.grades(), "BB", "{:?}", job.result().items);
    volume.unmount();
    assert_eq!(volume.traces()[0], 0);
}

/// What an operator can do about the names in the log of XFS. A few may stay in inodes of folders: the search says so.
#[test]
fn a_new_log_takes_most_names_from_xfs() {
    let Some(mut volume) = Volume::new(XFS) else {
        return;
    };
    let root = volume.mount.join("share");
    let files = plant(&root, &[3000, 70_001]);
    volume.settle();
    let job = Job::new();
    let plan = job.plan(&root, &files);
    job.erase(&plan);
    volume.unmount();
    let [content, before, _] = volume.traces();
    assert_eq!(content, 0);
    assert!(before > 0, "names stand in the log");
    let (code, out, _) = search(&job, &volume.image);
    assert_eq!(code, 5, "{out}");
    if !runs(Command::new("xfs_repair").arg("-L").arg(&volume.image)) {
        return skipped("no xfs_repair");
    }
    volume.mount_again();
    assert!(runs(Command::new("fstrim").arg(&volume.mount)));
    volume.unmount();
    let [content, after, _] = volume.traces();
    super::lab::say(&format!("names on XFS: {before}, with a new log {after}"));
    assert_eq!(content, 0);
    assert!(after < before, "{before} {after}");
    let (code, out, _) = search(&job, &volume.image);
    assert_eq!(code, if after == 0 { 0 } else { 5 }, "{out}");
    // No more than was proved: the log could not be emptied between overwriting and removing.
    assert_eq!(job.grades(), "BB", "{out}");
}
