//! What is left on the raw image, and that no grade says more than that.

use super::lab::{
    BTRFS, EXT4, EXT4_FAST, EXT4_INLINE, EXT4_JOURNAL, EXT4_NO_JOURNAL, Job, Kind, NTFS,
    NTFS_ATTRIBUTES, Volume, XFS, ends, neighbours, plant, text,
};
use std::{fs, path::PathBuf, time::Instant};

const SIZES: [usize; 5] = [100, 3000, 70_001, (4 << 20) + 123, 0];

/// Erases files of all sizes among neighbours; the volume unmounted, the job, and how many traces there were.
fn erased(kind: Kind, sizes: &[usize]) -> Option<(Volume, Job, [usize; 3])> {
    let mut volume = Volume::new(kind)?;
    let root = volume.mount.join("share");
    let kept = neighbours(&root.join("dir"), 40);
    let files = plant(&root.join("dir"), sizes);
    volume.settle();
    let before = volume.traces();
    let job = Job::new();
    let plan = job.plan(&root, &files);
    job.erase(&plan);
    assert!(files.iter().all(|f| !f.exists()));
    super::lab::untouched(&kept);
    let left: Vec<_> = fs::read_dir(&root)
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(left, ["dir"], "{}", kind.name);
    assert_eq!(fs::read_dir(root.join("dir")).unwrap().count(), kept.len());
    volume.unmount();
    Some((volume, job, before))
}

/// Nothing of content, names and attributes is left, and a search makes it an A.
fn nothing_is_left(kind: Kind) {
    let Some((volume, job, before)) = erased(kind, &SIZES) else {
        return;
    };
    assert!(before.iter().all(|n| *n > 0), "{}: {before:?}", kind.name);
    assert_eq!(volume.traces(), [0, 0, 0], "{}", kind.name);
    assert_eq!(job.grades(), "BBBBB", "{}", kind.name);
    let run = job.path("run");
    let args = [
        "verify",
        "residue",
        "--device",
        text(&volume.image),
        "--run",
        text(&run),
    ];
    let out = ends(job.run(&args), 0);
    assert_eq!(job.grades(), "AAAAA", "{}: {out}", kind.name);
}

#[test]
fn ext4_keeps_nothing() {
    nothing_is_left(EXT4);
}

#[test]
fn ext4_with_a_data_journal_keeps_nothing() {
    nothing_is_left(EXT4_JOURNAL);
}

#[test]
fn ext4_with_inline_data_keeps_nothing() {
    nothing_is_left(EXT4_INLINE);
}

#[test]
fn ext4_with_fast_commit_keeps_nothing() {
    nothing_is_left(EXT4_FAST);
}

#[test]
fn ext4_without_journal_keeps_nothing() {
    nothing_is_left(EXT4_NO_JOURNAL);
}

#[test]
fn a_thousand_files_in_one_folder_leave_nothing() {
    let Some(mut volume) = Volume::new(Kind {
        mebibytes: 96,
        ..EXT4
    }) else {
        return;
    };
    let root = volume.mount.join("share");
    let kept = neighbours(&root, 20);
    let sizes: Vec<usize> = (0..1000).map(|n| 200 + n * 37 % 40_000).collect();
    let files = plant(&root.join(format!("{}-folder", super::lab::NAME)), &sizes);
    volume.settle();
    let job = Job::new();
    let plan = job.plan(&root, &files);
    let start = Instant::now();
    ends(job.quarantine(&plan, &[]), 0);
    let middle = Instant::now();
    ends(job.purge(&plan, &["--remove-empty-folders"]), 0);
    let (first, second) = (middle - start, middle.elapsed());
    super::lab::say(&format!(
        "1,000 files: quarantine {first:?}, purge {second:?}"
    ));
    super::lab::untouched(&kept);
    assert_eq!(fs::read_dir(&root).unwrap().count(), kept.len());
    volume.unmount();
    assert_eq!(volume.traces(), [0, 0, 0]);
    assert_eq!(job.grades(), "B".repeat(1000));
}

#[test]
fn xfs_keeps_no_content_and_says_that_names_may_stay() {
    let Some((volume, job, _)) = erased(XFS, &SIZES) else {
        return;
    };
    assert_eq!(volume.traces()[0], 0);
    let result = job.result();
    assert_eq!(job.grades(), "BBBBB", "{:?}", result.items);
    assert!(
        result
            .items
            .iter()
            .all(|i| i.notes.contains(&"journal-names".to_owned()))
    );
}

#[test]
fn ntfs_3g_is_a_c_and_its_streams_go_too() {
    let Some(mut volume) = Volume::new(NTFS) else {
        return;
    };
    let root = volume.mount.join("share");
    let kept = neighbours(&root, 10);
    let files = plant(&root, &[100, 600, 3000, 70_001]);
    for (file, size) in files.iter().zip([60, 900, 20_000, 3000]) {
        let stream = format!("{}:hidden", text(file));
        fs::write(stream, super::lab::content(super::lab::CONTENT, 9, size)).unwrap();
    }
    volume.settle();
    assert!(volume.traces()[0] > 1300);
    let job = Job::new();
    let plan = job.plan(&root, &files);
    job.erase(&plan);
    super::lab::untouched(&kept);
    volume.unmount();
    let [content, names, _] = volume.traces();
    assert_eq!(content, 0);
    assert!(names <= 10, "{names}");
    assert_eq!(job.grades(), "CCCC");
}

#[test]
fn streams_that_cannot_be_overwritten_make_it_a_d() {
    let Some(volume) = Volume::new(NTFS_ATTRIBUTES) else {
        return;
    };
    let root = volume.mount.join("share");
    let files = plant(&root, &[3000]);
    assert!(super::lab::set_attribute(
        &files[0],
        "user.hidden",
        &[7; 900]
    ));
    let job = Job::new();
    let plan = job.plan(&root, &files);
    job.erase(&plan);
    assert_eq!(job.grades(), "D");
    assert!(
        job.result().items[0]
            .notes
            .contains(&"streams-left".to_owned())
    );
}

#[test]
fn btrfs_is_never_better_than_d() {
    let Some(mut volume) = Volume::new(BTRFS) else {
        return;
    };
    let root = volume.mount.join("share");
    let files = plant(&root, &[100, 70_001]);
    volume.settle();
    let job = Job::new();
    let plan = job.plan(&root, &files);
    // By default it is left alone.
    let (code, out, _) = job.quarantine(&plan, &[]);
    assert_eq!(code, 4, "{out}");
    assert!(files.iter().all(|f| f.exists()));
    let job = Job::new();
    let plan = job.plan(&root, &files);
    ends(job.quarantine(&plan, &["--accept", "D"]), 0);
    ends(job.purge(&plan, &[]), 0);
    assert_eq!(job.grades(), "DD");
    volume.unmount();
    let run = job.path("run");
    let args = [
        "verify",
        "residue",
        "--device",
        text(&volume.image),
        "--run",
        text(&run),
    ];
    job.run(&args);
    assert_eq!(job.grades(), "DD");
}

#[test]
fn without_the_right_to_empty_the_journal_it_is_a_b_that_says_so() {
    let Some(mut volume) = Volume::new(EXT4) else {
        return;
    };
    let root = volume.mount.join("share");
    let files = plant(&root, &[3000, 70_001]);
    volume.settle();
    let job = Job::new();
    let plan = job.plan(&root, &files);
    ends(job.quarantine(&plan, &[]), 0);
    let run = job.path("run");
    let args = ["purge", text(&plan), "--run", text(&run), "--yes"];
    let inner = job.command(&args, None);
    let mut command = std::process::Command::new("setpriv");
    command.args(["--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin"]);
    command.arg(inner.get_program()).args(inner.get_args());
    let ran = super::lab::ran(&mut command);
    if ran.0 == 127 {
        super::lab::skipped("no setpriv");
        return;
    }
    ends(ran, 0);
    let result = job.result();
    assert_eq!(job.grades(), "BB");
    assert!(
        result
            .items
            .iter()
            .all(|i| i.notes.contains(&"journal-names".to_owned()))
    );
    volume.unmount();
    assert_eq!(volume.traces()[0], 0);
    let args = [
        "verify",
        "residue",
        "--device",
        text(&volume.image),
        "--run",
        text(&run),
    ];
    job.run(&args);
    assert_eq!(job.grades(), "BB");
}

#[test]
fn holes_are_not_filled() {
    use std::os::unix::fs::{FileExt, MetadataExt};
    let Some(volume) = Volume::new(EXT4) else {
        return;
    };
    let root = volume.mount.join("share");
    fs::create_dir(&root).unwrap();
    let path: PathBuf = root.join("sparse");
    let file = fs::File::create_new(&path).unwrap();
    file.set_len(1 << 30).unwrap();
    file.write_all_at(
        &super::lab::content(super::lab::CONTENT, 1, 64 << 10),
        500 << 20,
    )
    .unwrap();
    file.sync_all().unwrap();
    drop(file);
    assert!(fs::metadata(&path).unwrap().blocks() < 1000);
    let job = Job::new();
    let plan = job.plan(&root, std::slice::from_ref(&path));
    let result = job.erase(&plan);
    assert!(
        (64 << 10..=1 << 20).contains(&result.items[0].verified),
        "{:?}",
        result.items[0]
    );
    assert_eq!(volume.traces()[0], 0);
}
