//! Free space: former copies of files go, nothing else does, and room is left.

use super::lab::{
    CONTENT, EXT4, EXT4_NO_JOURNAL, Job, Kind, Volume, XFS, content, ends, neighbours, run_plain,
    say, skipped, text, traces, untouched,
};
use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

fn fill(job: &Job, volume: &Path, more: &[&str]) -> (i32, String, String) {
    let (here, at) = (job.path(""), text(volume).to_owned());
    let mut args = vec!["erase", "freespace", "--volume", &at, "--reason", "a test"];
    args.extend(["--job", text(&here)]);
    args.extend(more);
    let asked = job.run(&args);
    // Nobody at the terminal: the text to confirm with is told.
    let Some(wanted) = asked.2.split('"').nth(1).map(str::to_owned) else {
        return asked;
    };
    assert_eq!(
        (asked.0, wanted.starts_with("OVERWRITE FREE SPACE")),
        (2, true)
    );
    args.extend(["--confirm", &wanted]);
    job.run(&args)
}

/// Former copies: a tail that was cut off, an editor's save, a file that was only deleted.
fn former(root: &Path) {
    fs::create_dir_all(root).unwrap();
    let long = content(CONTENT, 1, 1 << 20);
    let put = |name: &str, bytes: &[u8]| {
        let mut file = File::create(root.join(name)).unwrap();
        file.write_all(bytes).unwrap();
        file.sync_all().unwrap();
    };
    put("cut", &long);
    put("saved", &long);
    put("deleted", &long);
}

fn forget(root: &Path) {
    let file = File::options().write(true).open(root.join("cut")).unwrap();
    file.set_len(0).unwrap();
    fs::write(root.join("new"), "short").unwrap();
    fs::rename(root.join("new"), root.join("saved")).unwrap();
    fs::remove_file(root.join("deleted")).unwrap();
}

fn clusters(mount: &Path) -> Option<PathBuf> {
    let list = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let line = list.lines().find(|l| l.contains(text(mount)))?;
    let source = line.split(" - ").nth(1)?.split(' ').nth(1)?;
    let name = Path::new(source).file_name()?;
    Some(
        Path::new("/sys/fs/ext4")
            .join(name)
            .join("reserved_clusters"),
    )
}

#[test]
fn former_copies_are_gone() {
    let small = Kind {
        mebibytes: 64,
        ..EXT4
    };
    for kind in [small, EXT4_NO_JOURNAL] {
        let Some(mut volume) = Volume::new(kind) else {
            return;
        };
        let root = volume.mount.join("share");
        let kept = neighbours(&root, 20);
        former(&root);
        volume.settle();
        forget(&root);
        volume.settle();
        assert!(volume.traces()[0] > 10_000, "{}", kind.name);
        let before = clusters(&volume.mount).map(|p| fs::read_to_string(p).unwrap());
        let job = Job::new();
        let out = ends(fill(&job, &volume.mount, &["--reserve", "0"]), 0);
        let after = clusters(&volume.mount).map(|p| fs::read_to_string(p).unwrap());
        assert_eq!(before, after);
        assert!(!out.contains("keeps for itself was not reached"), "{out}");
        untouched(&kept);
        assert_eq!(fs::read_dir(&root).unwrap().count(), kept.len() + 2);
        volume.unmount();
        assert_eq!(volume.traces()[0], 0, "{}: {out}", kind.name);
        let trail = fs::read_to_string(job.path("audit.jsonl")).unwrap();
        assert!(trail.contains("erase.freespace-begun") && trail.contains("\"verified\""));
    }
}

#[test]
fn room_is_left_and_said() {
    let Some(volume) = Volume::new(XFS) else {
        return;
    };
    let free = || rustix::fs::statvfs(&volume.mount).unwrap();
    let before = free();
    let job = Job::new();
    let out = ends(
        fill(&job, &volume.mount, &["--reserve", "100M", "--most", "50M"]),
        0,
    );
    assert!(
        out.contains("overwritten once: 50 MiB, read back 50 MiB"),
        "{out}"
    );
    let out = ends(fill(&job, &volume.mount, &["--reserve", "200M"]), 0);
    say(&out);
    let left = out.split("not overwritten: ").nth(1).unwrap();
    let left: f64 = left.split(' ').next().unwrap().parse().unwrap();
    assert!((199.0..215.0).contains(&left), "{out}");
    // XFS gives blocks of removed files back in the background.
    let mut lost = u64::MAX;
    for _ in 0..100 {
        lost = before.f_bfree.saturating_sub(free().f_bfree) * before.f_frsize;
        if lost < 1 << 20 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert!(lost < 1 << 20, "{lost}");
    assert_eq!(fs::read_dir(&volume.mount).unwrap().count(), 0);
}

/// Killed while it fills: the space is free again, and nothing is left over.
#[test]
fn a_killed_fill_leaves_nothing() {
    let Some(mut volume) = Volume::new(XFS) else {
        return;
    };
    let job = Job::new();
    let before = rustix::fs::statvfs(&volume.mount).unwrap().f_bfree;
    let here = job.path("");
    let at = text(&volume.mount).to_owned();
    let mut args = vec!["erase", "freespace", "--volume", &at, "--reason", "a test"];
    args.extend(["--job", text(&here)]);
    let wanted = job.run(&args).2.split('"').nth(1).unwrap().to_owned();
    args.extend(["--confirm", &wanted]);
    let mount = volume.mount.clone();
    let begun = || {
        let running = job.command(&args, None).spawn().unwrap();
        for _ in 0..500 {
            let now = rustix::fs::statvfs(&mount).unwrap();
            if (before - now.f_bfree.min(before)) * now.f_frsize > 20 << 20 {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        running
    };
    let mut running = begun();
    running.kill().unwrap();
    running.wait().unwrap();
    volume.settle();
    let after = rustix::fs::statvfs(&volume.mount).unwrap();
    assert!((before.saturating_sub(after.f_bfree)) * after.f_frsize < 2 << 20);
    assert_eq!(fs::read_dir(&volume.mount).unwrap().count(), 0);
    // Asked to stop it does so as well, and says it.
    let mut running = begun();
    assert!(super::lab::runs(
        Command::new("kill").args(["-INT", &running.id().to_string()])
    ));
    let code = running.wait().unwrap().code();
    assert!(code == Some(130) || code == Some(0), "{code:?}");
    assert_eq!(fs::read_dir(&volume.mount).unwrap().count(), 0);
    let traces = traces(&volume.image);
    assert_eq!(traces[0], 0);
}

#[test]
fn where_it_would_prove_nothing_it_is_refused() {
    let job = Job::new();
    let (here, key) = (job.path(""), job.path("operator.pem"));
    let ask = |volume: &str| {
        let mut args = vec!["erase", "freespace", "--volume", volume, "--reason", "test"];
        args.extend(["--job", text(&here), "--key", text(&key), "--most", "1M"]);
        run_plain(&args)
    };
    let (code, _, err) = ask("/dev/shm");
    if err.contains("cannot be read") {
        return skipped("no /dev/shm");
    }
    assert_eq!(code, 4, "{err}");
    assert!(err.contains("would prove nothing"), "{err}");
    // On the volume of the system some is left whatever is asked.
    let mut args = vec!["erase", "freespace", "--volume", "/", "--reason", "test"];
    args.extend(["--job", text(&here), "--key", text(&key), "--reserve", "0"]);
    let (code, _, err) = run_plain(&args);
    assert!(code == 2 || code == 4, "{err}");
    let wanted = err.split('"').nth(1).unwrap_or("refused").to_owned();
    assert!(code == 4 || wanted.starts_with("OVERWRITE"), "{err}");
}
