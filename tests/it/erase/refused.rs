//! What is not as planned, in use, or would be a lie is left as it is.

use super::lab::{
    BTRFS, CONTENT, EXFAT, EXT4, Job, NTFS, Scene, Volume, XFS, content, ends, is_here, neighbours,
    plant, planted, run_plain, runs, skipped, text, untouched,
};
use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::symlink,
    path::Path,
    process::Command,
    time::Duration,
};

#[test]
fn links_and_mounts_on_the_way_are_not_followed() {
    let Some(volume) = Volume::new(EXT4) else {
        return;
    };
    let root = volume.mount.join("share");
    let files = [
        plant(&root.join("a"), &[3000]),
        plant(&root.join("b"), &[3000]),
        plant(&root.join("c"), &[3000]),
    ]
    .concat();
    let job = Job::new();
    let plan = job.plan(&root, &files);
    fs::rename(root.join("a"), root.join("moved")).unwrap();
    symlink("moved", root.join("a")).unwrap();
    assert!(runs(
        Command::new("mount")
            .arg("--bind")
            .arg(root.join("b"))
            .arg(root.join("b"))
    ));
    let (code, out, _) = job.quarantine(&plan, &[]);
    runs(Command::new("umount").arg(root.join("b")));
    assert_eq!(code, 4, "{out}");
    assert!(
        out.contains("2: there is a link or a mount on its way"),
        "{out}"
    );
    assert!(root.join("moved").read_dir().unwrap().count() == 1 && files[1].exists());
    assert!(!files[2].exists());
}

#[test]
fn files_in_use_are_refused() {
    for kind in [EXT4, XFS, BTRFS, NTFS, EXFAT] {
        let Some(volume) = Volume::new(kind) else {
            continue;
        };
        let root = volume.mount.join("share");
        let mut files = plant(&root, &[3000; 3]);
        // A program that runs is mapped, and not open.
        let program = root.join("program");
        fs::copy("/bin/sleep", &program).unwrap();
        files.push(program.clone());
        let job = Job::new();
        let plan = job.plan(&root, &files);
        let accept = ["--accept", "D"];
        let reader = File::open(&files[0]).unwrap();
        let writer = File::options().write(true).open(&files[1]).unwrap();
        let mut mapped = Command::new(&program).arg("60").spawn().unwrap();
        std::thread::sleep(Duration::from_millis(200));
        let (code, out, err) = job.quarantine(&plan, &accept);
        assert_eq!(code, 4, "{}: {out}{err}", kind.name);
        assert!(
            out.contains("3: some program has it open"),
            "{}: {out}",
            kind.name
        );
        assert!(files[0].exists() && files[1].exists() && program.exists() && !files[2].exists());
        drop(reader);
        drop(writer);
        mapped.kill().unwrap();
        mapped.wait().unwrap();
        // In quarantine, opened by one who has the right to.
        let folder =
            root.join(&inkout::erase::Index::read(&job.path("run")).unwrap().roots[0].quarantine);
        let inside = fs::read_dir(folder)
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path();
        let reader = File::open(&inside).unwrap();
        let (code, out, _) = job.purge(&plan, &[]);
        assert_eq!(code, 4, "{}: {out}", kind.name);
        assert_eq!(fs::read(&inside).unwrap(), content(CONTENT, 2, 3000));
        drop(reader);
        ends(job.purge(&plan, &[]), 0);
        assert!(!inside.exists());
    }
}

#[test]
fn what_is_shared_is_refused() {
    // Reflinks.
    if let Some(volume) = Volume::new(XFS) {
        let root = volume.mount.join("share");
        let files = plant(&root, &[70_001, 70_001]);
        let copy = volume.mount.join("copy");
        assert!(runs(
            Command::new("cp")
                .arg("--reflink=always")
                .arg(&files[0])
                .arg(&copy)
        ));
        only_the_second(&root, &files, "shared with another file or a snapshot");
        assert_eq!(fs::read(&copy).unwrap(), content(CONTENT, 0, 70_001));
    }
    // Snapshots.
    if let Some(volume) = Volume::new(BTRFS) {
        let sub = volume.mount.join("sub");
        assert!(runs(
            Command::new("btrfs")
                .args(["subvolume", "create"])
                .arg(&sub)
        ));
        let files = plant(&sub, &[70_001]);
        let snapshot = volume.mount.join("snapshot");
        let command = ["subvolume", "snapshot", "-r"];
        runs(Command::new("sync").arg("-f").arg(&sub));
        assert!(runs(
            Command::new("btrfs").args(command).arg(&sub).arg(&snapshot)
        ));
        let job = Job::new();
        let plan = job.plan(&sub, &files);
        let (code, out, _) = job.quarantine(&plan, &["--accept", "D"]);
        assert_eq!(code, 4);
        assert!(
            out.contains("shared with another file or a snapshot"),
            "{out}"
        );
        assert!(files[0].exists());
    }
    // Hard links.
    if let Some(volume) = Volume::new(EXT4) {
        let root = volume.mount.join("share");
        let files = plant(&root, &[70_001, 70_001]);
        fs::hard_link(&files[0], volume.mount.join("other")).unwrap();
        only_the_second(&root, &files, "hard links");
        assert_eq!(
            fs::read(volume.mount.join("other")).unwrap(),
            content(CONTENT, 0, 70_001)
        );
    }
}

fn only_the_second(root: &Path, files: &[std::path::PathBuf], why: &str) {
    let job = Job::new();
    let plan = job.plan(root, files);
    let (code, out, _) = job.quarantine(&plan, &[]);
    assert_eq!(code, 4);
    assert!(out.contains(why), "{out}");
    assert!(files[0].exists() && !files[1].exists());
    ends(job.purge(&plan, &[]), 0);
    assert_eq!(job.grades(), "FB");
}

#[test]
fn hard_links_that_are_all_planned_go_together() {
    let Some(mut volume) = Volume::new(EXT4) else {
        return;
    };
    let root = volume.mount.join("share");
    let mut files = plant(&root, &[70_001, 200]);
    let other = root.join(format!("{}-other", super::lab::NAME));
    fs::hard_link(&files[0], &other).unwrap();
    files.push(other);
    volume.settle();
    let job = Job::new();
    let plan = job.plan(&root, &files);
    job.erase(&plan);
    assert_eq!(job.grades(), "BBB");
    volume.unmount();
    assert_eq!(volume.traces(), [0, 0, 0]);
}

#[test]
fn an_overlay_is_refused() {
    let Some(volume) = Volume::new(EXT4) else {
        return;
    };
    let at = |n: &str| volume.mount.join(n);
    for dir in ["lower", "upper", "work", "merged"] {
        fs::create_dir(at(dir)).unwrap();
    }
    plant(&at("lower"), &[3000]);
    let options = format!(
        "lowerdir={},upperdir={},workdir={}",
        text(&at("lower")),
        text(&at("upper")),
        text(&at("work"))
    );
    if !runs(
        Command::new("mount")
            .args(["-t", "overlay", "overlay", "-o", &options])
            .arg(at("merged")),
    ) {
        skipped("no overlay");
        return;
    }
    let files: Vec<_> = fs::read_dir(at("merged"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    let job = Job::new();
    let plan = job.plan(&at("merged"), &files);
    let (code, out, err) = job.quarantine(&plan, &["--accept", "D"]);
    let probe = run_plain(&["probe", text(&files[0])]);
    let copied_up = fs::read_dir(at("upper")).unwrap().filter(|e| {
        !e.as_ref()
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with(".inkout")
    });
    assert_eq!(copied_up.count(), 0, "nothing may be copied up by a look");
    runs(Command::new("umount").arg(at("merged")));
    assert_eq!(code, 4, "{out}{err}");
    assert!(out.contains("on an overlay"), "{out}");
    assert_eq!(probe.0, 4, "{}", probe.1);
    assert!(probe.1.contains("grade F at best"), "{}", probe.1);
}

#[test]
fn what_the_system_forbids_is_left() {
    let Some(volume) = Volume::new(EXT4) else {
        return;
    };
    let root = volume.mount.join("share");
    let kept = neighbours(&root, 3);
    let files = plant(&root, &[3000; 3]);
    if !runs(Command::new("chattr").arg("+i").arg(&files[0]))
        || !runs(Command::new("chattr").arg("+a").arg(&files[1]))
    {
        skipped("no chattr");
        return;
    }
    let job = Job::new();
    let plan = job.plan(&root, &files);
    let (code, out, _) = job.quarantine(&plan, &[]);
    assert_eq!(code, 4, "{out}");
    assert!(out.contains("2: it is immutable or append-only"), "{out}");
    // Read-only at the time of the purge: nothing is lost, and it goes on afterwards.
    let remount = |how: &str| runs(Command::new("mount").args(["-o", how]).arg(&volume.mount));
    assert!(remount("remount,ro"));
    let (code, out, err) = job.purge(&plan, &[]);
    assert!(code == 4 || code == 6, "{code} {out}{err}");
    assert!(remount("remount,rw"));
    let folder =
        root.join(&inkout::erase::Index::read(&job.path("run")).unwrap().roots[0].quarantine);
    let inside = fs::read_dir(folder)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    assert_eq!(fs::read(&inside).unwrap(), content(CONTENT, 2, 3000));
    ends(job.purge(&plan, &[]), 0);
    assert_eq!(job.grades(), "FFB");
    for (file, flag) in files.iter().zip(["-i", "-a"]) {
        assert!(runs(Command::new("chattr").arg(flag).arg(file)));
    }
    untouched(&kept);
}

#[test]
fn a_volume_without_room_loses_nothing() {
    let Some(mut volume) = Volume::new(EXT4) else {
        return;
    };
    let root = volume.mount.join("share");
    let files = plant(&root, &[100, 70_001]);
    // Not a block is free, for root neither.
    let mut full = File::create(volume.mount.join("full")).unwrap();
    let block = vec![7; 1 << 20];
    while full.write_all(&block).is_ok() {}
    while full.write_all(&[7; 512]).is_ok() {}
    let _ = full.sync_all();
    drop(full);
    let job = Job::new();
    let plan = job.plan(&root, &files);
    let (code, out, err) = job.quarantine(&plan, &[]);
    if code == 0 {
        let (code, out, err) = job.purge(&plan, &[]);
        assert!(code == 0 || code == 6, "{out}{err}");
        if code == 6 {
            fs::remove_file(volume.mount.join("full")).unwrap();
            ends(job.run(&["resume", text(&job.path("run"))]), 0);
        }
        volume.unmount();
        assert_eq!(volume.traces()[0], 0);
    } else {
        assert!(code == 4 || code == 6, "{out}{err}");
        assert!(files.iter().all(|f| f.exists()));
    }
}

#[test]
fn nothing_without_approval_confirmation_backup_and_time() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("share");
    let (files, job, plan) = planted(&root, &[3000]);
    let (here, run) = (job.path(""), job.path("run"));
    let args = [
        "quarantine",
        text(&plan),
        "--run",
        text(&run),
        "--job",
        text(&here),
    ];
    // Nobody at the terminal, and no word.
    let (code, _, err) = job.run(&args);
    assert_eq!(code, 2, "{err}");
    let wanted = err.split('"').nth(1).unwrap().to_owned();
    assert!(wanted.starts_with("QUARANTINE 1 "), "{wanted}");
    let with = |more: &[&str]| job.run(&[&args[..], more].concat());
    assert_eq!(with(&["--confirm", "QUARANTINE 2 0000-0000"]).0, 4);
    assert!(!run.exists() && files[0].exists());
    // An approval less.
    let paper = job.path("approvals/archive.json");
    let kept = fs::read(&paper).unwrap();
    fs::remove_file(&paper).unwrap();
    assert_eq!(with(&["--yes"]).0, 4);
    fs::write(&paper, kept).unwrap();
    // One byte of the plan.
    let bytes = fs::read(&plan).unwrap();
    fs::write(
        &plan,
        String::from_utf8(bytes.clone())
            .unwrap()
            .replace("OPS-1", "OPS-2"),
    )
    .unwrap();
    assert_eq!(with(&["--yes"]).0, 4);
    fs::write(&plan, &bytes).unwrap();
    assert!(!run.exists() && files[0].exists());
    // Chinese is as good; the disk of this machine may be one that is refused, nothing more is asked here.
    let chinese = wanted.replace("QUARANTINE", "隔离");
    let days = ["--undo-days", "7"];
    let (code, out, err) = with(&[&["--confirm", &chinese, "--accept", "D"][..], &days].concat());
    if code != 0 {
        skipped(&format!(
            "the temporary folder cannot be erased from: {out}{err}"
        ));
        return;
    }
    let purge = ["purge", text(&plan), "--run", text(&run)];
    let (code, _, err) = job.run(&[&purge[..], &["--yes"]].concat());
    assert_eq!(code, 4, "the undo window is open: {err}");
    let empty = job.run(&[&purge[..], &["--yes", "--waive-undo", " "]].concat());
    assert_eq!(empty.0, 4, "a waiver has a reason: {}", empty.2);
    let waived = [&purge[..], &["--waive-undo", "a test"]].concat();
    let (code, _, err) = job.run(&waived);
    assert_eq!(code, 2);
    assert!(err.contains("DESTROY 1 "), "{err}");
    ends(job.run(&["undo", text(&run)]), 0);
    assert_eq!(fs::read(&files[0]).unwrap(), content(CONTENT, 0, 3000));
    assert_eq!(fs::read_dir(&root).unwrap().count(), 1);
}

/// The folder of a run is not signed: whoever can write it must not be able to name other files, or another time.
#[test]
fn a_changed_run_folder_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("share");
    let files = plant(&root, &[3000, 4000]);
    let job = Job::new();
    let plan = job.plan(&root, &files[..1]);
    if !is_here(&job.quarantine(&plan, &["--accept", "D"])) {
        return;
    }
    let index = job.path("run/index.json");
    let kept = fs::read_to_string(&index).unwrap();
    let changed = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut value: serde_json::Value = serde_json::from_str(&kept).unwrap();
        change(&mut value);
        fs::write(&index, value.to_string()).unwrap();
        let (code, _, err) = job.purge(&plan, &[]);
        assert_eq!(code, 5, "{err}");
        // Nor does going on touch anything.
        let _ = job.run(&["resume", text(&job.path("run"))]);
    };
    changed(&|v| v["targets"][0]["inode"] = 1.into());
    changed(&|v| v["targets"][0]["sha256"] = "0".repeat(64).into());
    changed(&|v| v["targets"][0]["name"] = "other/name".into());
    changed(&|v| v["roots"][0]["path"] = "/somewhere".into());
    changed(&|v| v["roots"][0]["quarantine"] = ".".into());
    changed(&|v| v["undo_until"] = "2001-01-01T00:00:00Z".into());
    fs::write(&index, &kept).unwrap();
    assert_eq!(fs::read(&files[1]).unwrap(), content(CONTENT, 1, 4000));
    ends(job.run(&["undo", text(&job.path("run"))]), 0);
    assert_eq!(fs::read(&files[0]).unwrap(), content(CONTENT, 0, 3000));
}

/// Two names of one file are planned; one goes back, the other cannot. The file has a name outside then, and is
/// not overwritten under the one inside.
#[test]
fn a_name_that_went_back_keeps_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("share");
    let mut files = plant(&root, &[3000]);
    let second = root.join("z-second");
    fs::hard_link(&files[0], &second).unwrap();
    files.push(second.clone());
    let job = Job::new();
    let plan = job.plan(&root, &files);
    if !is_here(&job.quarantine(&plan, &["--accept", "D"])) {
        return;
    }
    fs::write(&files[0], "in the way").unwrap();
    let _ = job.run(&["undo", text(&job.path("run"))]);
    assert!(second.exists());
    let (code, out, err) = job.purge(&plan, &[]);
    assert_eq!(code, 4, "{out}{err}");
    assert_eq!(fs::read(&second).unwrap(), content(CONTENT, 0, 3000));
}

#[test]
fn folders_of_the_system_and_empty_plans_are_refused() {
    let job = Job::new();
    let run = job.path("run");
    let plan = job.plan(Path::new("/usr"), &["/usr/bin/env".into()]);
    let (code, _, err) = job.quarantine(&plan, &[]);
    assert_eq!(code, 4, "{err}");
    assert!(err.contains("folder of the system"), "{err}");
    let plan = job.plan(Path::new("/var/tmp"), &[]);
    let (code, _, err) = job.quarantine(&plan, &[]);
    assert_eq!(code, 4, "{err}");
    assert!(err.contains("no file to be erased"), "{err}");
    let _ = run;
}

/// A run belongs to the job that it was begun with; naming that one is fine, naming another is not.
#[test]
fn another_job_folder_is_refused() {
    let Some(scene) = Scene::here(&[3000]) else {
        return;
    };
    let Scene {
        files, job, plan, ..
    } = &scene;
    let (run, own, other) = (job.path("run"), job.path(""), Job::new());
    let verbs: [&[&str]; 4] = [
        &["purge", text(plan), "--run", text(&run), "--yes"],
        &["resume", text(&run)],
        &["undo", text(&run)],
        &[
            "verify",
            "residue",
            "--device",
            text(plan),
            "--run",
            text(&run),
        ],
    ];
    for verb in verbs {
        let (code, _, err) = job.run(&[verb, &["--job", text(&other.path(""))]].concat());
        assert_eq!(code, 2, "{verb:?}: {err}");
        assert!(err.contains("another job folder"), "{err}");
        let (code, _, err) = job.run(&[verb, &["--job", "/nowhere"]].concat());
        assert_eq!(code, 2, "{verb:?}: {err}");
    }
    let link = other.path("link");
    symlink(&own, &link).unwrap();
    ends(job.run(&["undo", text(&run), "--job", text(&link)]), 0);
    assert_eq!(fs::read(&files[0]).unwrap(), content(CONTENT, 0, 3000));
}

/// The journal of a run is chained, not signed: a purge that the trail of the job does not tell of is not gone on with.
#[test]
fn a_purge_that_only_the_journal_tells_of_is_not_gone_on_with() {
    let Some(scene) = Scene::here(&[3000]) else {
        return;
    };
    let Scene { files, job, .. } = &scene;
    let path = job.path("run/journal.jsonl");
    let kept = fs::read_to_string(&path).unwrap();
    let last = kept.lines().last().unwrap();
    let forged = serde_json::json!({
        "seq": kept.lines().count(),
        "prev": inkout::digest::sha256(&mut last.as_bytes()).unwrap(),
        "entry": {
            "ev": "purging",
            "time": "2001-01-01T00:00:00Z",
            "operator": { "key": "ed25519:00", "role": "executor" },
            "approvals": [],
            "remove_folders": false,
        },
    });
    fs::write(&path, format!("{kept}{forged}\n")).unwrap();
    assert!(inkout::erase::Index::journal(&job.path("run")).is_ok());
    let (code, out, err) = job.run(&["resume", text(&job.path("run"))]);
    assert_eq!(code, 5, "{out}{err}");
    ends(job.run(&["undo", text(&job.path("run"))]), 0);
    assert_eq!(fs::read(&files[0]).unwrap(), content(CONTENT, 0, 3000));
}

/// The same bytes written again at another time are not the file that was approved.
#[test]
fn another_time_of_change_is_another_file() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("share");
    let (files, job, plan) = planted(&root, &[3000]);
    let file = File::options().write(true).open(&files[0]).unwrap();
    let later = file.metadata().unwrap().modified().unwrap() + Duration::from_secs(1);
    file.set_modified(later).unwrap();
    drop(file);
    let (code, out, err) = job.quarantine(&plan, &["--accept", "D"]);
    assert_eq!(code, 4, "{out}{err}");
    assert!(
        out.contains("1: it is not the file of the plan any more"),
        "{out}"
    );
    assert!(files[0].exists());
}

/// Between the question and the answer somebody has the files kept: what holds at the answer counts.
#[test]
fn a_hold_that_comes_while_the_question_stands_is_seen() {
    use std::io::Read;
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("share");
    let (files, job, plan) = planted(&root, &[3000]);
    let (here, run, key) = (job.path(""), job.path("run"), job.path("operator.pem"));
    // A terminal of its own; the answer is what is asked for.
    let answers = |verb: &str, word: &str, held: bool| {
        let line = format!(
            "{} --lang en {verb} {} --run {} --job {} --key {}",
            crate::share::PROGRAM,
            text(&plan),
            text(&run),
            text(&here),
            text(&key)
        );
        let mut child = Command::new("script")
            .args(["-qefc", &line, "/dev/null"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .ok()?;
        let (mut told, mut byte) = (String::new(), [0]);
        let mut out = child.stdout.take().unwrap();
        while !(told.ends_with('\n') && told.contains(word)) && out.read(&mut byte).unwrap() > 0 {
            told.push(char::from(byte[0]));
        }
        if held {
            let hold = [
                "hold",
                "add",
                "--all",
                "--reason",
                "case 9",
                "--job",
                text(&here),
            ];
            ends(job.run(&hold), 0);
        }
        let at = told.rfind(word).unwrap_or_default();
        let answer = told.get(at..).unwrap_or_default().trim().to_owned();
        let mut input = child.stdin.take().unwrap();
        input.write_all(format!("{answer}\n").as_bytes()).unwrap();
        let mut rest = String::new();
        let _ = out.read_to_string(&mut rest);
        for id in ["H1", "H2"].iter().filter(|_| held) {
            let release = [
                "hold",
                "release",
                id,
                "--reason",
                "over",
                "--job",
                text(&here),
            ];
            let _ = job.run(&release);
        }
        Some((child.wait().unwrap().code(), told + &rest))
    };
    let quarantine = "quarantine --accept D --undo-days 0";
    let Some((code, told)) = answers(quarantine, "QUARANTINE 1 ", true) else {
        return skipped("no `script` that gives a terminal");
    };
    assert_eq!(code, Some(4), "{told}");
    assert!(files[0].exists() && !run.exists(), "{told}");
    let (code, told) = answers(quarantine, "QUARANTINE 1 ", false).unwrap();
    if code != Some(0) {
        return skipped(&format!(
            "the temporary folder cannot be erased from: {told}"
        ));
    }
    let (code, told) = answers("purge", "DESTROY 1 ", true).unwrap();
    assert_eq!(code, Some(4), "{told}");
    ends(job.run(&["undo", text(&run)]), 0);
    assert_eq!(fs::read(&files[0]).unwrap(), content(CONTENT, 0, 3000));
}
