//! The search of raw storage finds what is there, and its word counts only for the right device.

use super::lab::{CONTENT, EXT4, Job, Volume, content, ends, plant, planted, text};
use std::{fs, fs::File, os::unix::fs::FileExt};

fn search(job: &Job, device: &std::path::Path, more: &[&str]) -> (i32, String, String) {
    let run = job.path("run");
    let args = [
        "verify",
        "residue",
        "--device",
        text(device),
        "--run",
        text(&run),
    ];
    job.run(&[&args[..], more].concat())
}

#[test]
fn what_is_left_is_found_and_lowers_the_grade() {
    let Some(mut volume) = Volume::new(EXT4) else {
        return;
    };
    let root = volume.mount.join("share");
    let (_, job, plan) = planted(&root, &[70_001, 3000]);
    job.erase(&plan);
    volume.unmount();
    // All of the first file, somewhere in the free space, on no boundary.
    let image = File::options().write(true).open(&volume.image).unwrap();
    image
        .write_all_at(&content(CONTENT, 0, 70_001), (21 << 20) + 13)
        .unwrap();
    drop(image);
    let (code, out, err) = search(&job, &volume.image, &[]);
    assert_eq!(code, 5, "{out}{err}");
    assert_eq!(job.grades(), "DA");
    let residue = job.result().items[0].residue.unwrap();
    let windows = residue.hits;
    assert!(windows >= 60, "{out}");
    // Every window of the content, and only content: names and attributes were not planted.
    let line = out
        .lines()
        .find(|l| l.starts_with("fingerprints of content"))
        .unwrap();
    assert!(line.contains(&format!("found {windows};")), "{line}");
    assert_eq!(residue.scanned, 24 << 20);
}

#[test]
fn another_device_proves_nothing() {
    let Some(volume) = Volume::new(EXT4) else {
        return;
    };
    let root = volume.mount.join("share");
    let (_, job, plan) = planted(&root, &[3000]);
    job.erase(&plan);
    let other = job.path("other.img");
    let zeros = vec![0; 1 << 20];
    fs::write(&other, zeros).unwrap();
    let (code, out, _) = search(&job, &other, &[]);
    assert_eq!(code, 5, "{out}");
    assert_eq!(job.grades(), "B");
    assert!(
        job.result().items[0]
            .notes
            .contains(&"device-unproved".to_owned())
    );
}

#[test]
fn what_a_kept_file_has_too_is_no_residue() {
    let Some(mut volume) = Volume::new(EXT4) else {
        return;
    };
    let root = volume.mount.join("share");
    let files = plant(&root, &[70_001]);
    let kept = volume.mount.join("kept");
    // A kept file that begins as the erased one does.
    let mut bytes = content(CONTENT, 0, 30_000);
    bytes.extend(content(b"kept", 1, 30_000));
    fs::write(&kept, bytes).unwrap();
    volume.settle();
    let job = Job::new();
    let plan = job.plan(&root, &files);
    job.erase(&plan);
    let (code, out, _) = search(&job, &volume.image, &[]);
    assert_eq!(code, 5, "{out}");
    assert_eq!(job.grades(), "D");
    let out = ends(search(&job, &volume.image, &["--kept", text(&kept)]), 0);
    assert!(out.contains("stand in kept files too"), "{out}");
    assert_eq!(job.grades(), "A");
}

/// A copy of the volume from before has the same id, and nothing of the files: it proves nothing of what was purged.
#[test]
fn an_older_copy_of_the_volume_proves_nothing() {
    let Some(mut volume) = Volume::new(EXT4) else {
        return;
    };
    volume.settle();
    let older = volume.image.with_extension("older");
    fs::copy(&volume.image, &older).unwrap();
    let root = volume.mount.join("share");
    let (_, job, plan) = planted(&root, &[3000, 70_001]);
    // Times of file systems are in seconds.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    job.erase(&plan);
    let (code, out, _) = search(&job, &older, &[]);
    assert_eq!(code, 5, "{out}");
    assert_eq!(job.grades(), "BB");
    let notes = &job.result().items[0].notes;
    assert!(notes.contains(&"device-unproved".to_owned()), "{notes:?}");
    // What was written in their place is on the right one, mounted or not.
    ends(search(&job, &volume.image, &[]), 0);
    assert_eq!(job.grades(), "AA");
    volume.unmount();
    ends(search(&job, &volume.image, &[]), 0);
    assert_eq!(job.grades(), "AA");
}
