//! Masked copies that stand in for sealed files: only what the run has made is taken away again, nothing is destroyed
//! without them, and one folder that is gone does not keep the others.

use crate::{
    packages::{FILES, Office},
    share::Run,
};
use inkout::erase::Entry;
use serde_json::Value;
use std::{fs, os::unix::fs::PermissionsExt};

/// An office whose files are sealed and are to be masked in place.
struct Sealed {
    office: Office,
    plan: String,
}

impl Sealed {
    fn new() -> Self {
        let office = Office::new();
        let clock = "end-of-relationship=2020-03-01";
        let plan = office.plan("seal", &["--clock", clock, "--live", "mask"]);
        let create = format!("seal create {plan} --job job --archives arch --key asker.key");
        office.line(&create).ends(0);
        Self { office, plan }
    }

    fn quarantine(&self, run: &str, fail_at: Option<&str>) -> Run {
        let line = format!(
            "quarantine {} --run {run} --job job --key asker.key --yes",
            self.plan
        );
        self.office.line_at(fail_at, &line)
    }

    /// A quarantine that went well but for what holds nothing to be masked.
    #[track_caller]
    fn quarantined(&self, run: &str) {
        let done = self.quarantine(run, None);
        assert!(matches!(done.code, 0 | 4), "{}{}", done.text(), done.err);
    }

    fn undo(&self, run: &str) -> Run {
        self.office.run(&["undo", run, "--key", "asker.key"])
    }

    fn resume(&self, run: &str) -> Run {
        self.office.run(&["resume", run, "--key", "asker.key"])
    }

    fn purge(&self, run: &str) -> Run {
        self.purge_at(run, None)
    }

    fn purge_at(&self, run: &str, fail_at: Option<&str>) -> Run {
        let line = format!(
            "purge {} --run {run} --key asker.key --yes --waive-undo reviewed",
            self.plan
        );
        self.office.line_at(fail_at, &line)
    }

    /// What the last event of this name counts.
    fn counts(&self, name: &str) -> Value {
        let args = ["audit", "query", "--job", "job", "--event", name, "--json"];
        let told = self.office.run(&args).ends(0);
        let last = told.text().lines().rfind(|l| l.contains(name)).unwrap();
        let told: Value = serde_json::from_str(last).unwrap();
        let counts = &told["counts"];
        assert!(counts.is_object(), "{last}");
        counts.clone()
    }
}

#[test]
fn an_equal_file_of_somebody_else_is_never_taken_away() {
    let sealed = Sealed::new();
    let share = &sealed.office.share;
    let before = share.tree("in");
    sealed.quarantined("run");
    let name = share.path("in/柜台/客户名单0.csv");
    let (aside, masked) = (share.path("aside"), fs::read(&name).unwrap());
    // The same content under the same name, and not what the run has put there.
    fs::rename(&name, &aside).unwrap();
    fs::write(&name, &masked).unwrap();
    let undone = sealed.undo("run").ends(3);
    assert!(
        undone.text().contains("Not put back: 1 file"),
        "{}",
        undone.text()
    );
    assert_eq!(fs::read(&name).unwrap(), masked);
    // While one waits, its copy may be needed.
    assert!(
        undone.text().contains("masked copies are still in"),
        "{}",
        undone.text()
    );
    assert!(share.path("run/copies").exists());
    fs::remove_file(&name).unwrap();
    sealed.undo("run").ends(0);
    assert_eq!(share.tree("in"), before);
    assert!(!share.path("run/copies").exists());
    assert_eq!(fs::read(&aside).unwrap(), masked);
}

#[test]
fn a_list_of_copies_that_is_not_the_one_that_was_made_stops_everything() {
    let sealed = Sealed::new();
    let share = &sealed.office.share;
    let before = share.tree("in");
    sealed.quarantined("run");
    let there = share.tree("in");
    let path = share.path("run/copies.json");
    let kept = fs::read_to_string(&path).unwrap();
    let list: Vec<Value> = serde_json::from_str(&kept).unwrap();
    let with = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut list = list.clone();
        change(&mut list);
        fs::write(&path, serde_json::to_string(&list).unwrap()).unwrap();
        for run in [sealed.purge("run"), sealed.undo("run")] {
            run.ends(5);
            assert_eq!(share.tree("in"), there);
        }
    };
    with(&|l| drop(l.pop()));
    with(&|l| l.clear());
    with(&|l| l[0]["sha256"] = "0".repeat(64).into());
    with(&|l| l[0]["name"] = "../gbk.txt".into());
    with(&|l| l[0]["copy"] = "../key".into());
    with(&|l| l[0]["item"] = l[1]["item"].clone());
    // None at all: nothing would stand for what is destroyed.
    fs::remove_file(&path).unwrap();
    sealed.purge("run").ends(5);
    assert_eq!(share.tree("in"), there);
    fs::write(&path, &kept).unwrap();
    sealed.undo("run").ends(0);
    assert_eq!(share.tree("in"), before);
}

#[test]
fn a_folder_that_is_gone_keeps_its_own_files_only() {
    let sealed = Sealed::new();
    let share = &sealed.office.share;
    let before = share.tree("in");
    // Undone: what can go back does, and what cannot is told.
    sealed.quarantined("run1");
    fs::rename(share.path("in/柜台"), share.path("away")).unwrap();
    let undone = sealed.undo("run1").ends(3);
    let told = format!("{FILES}: the folder that it was in is not there any more");
    assert!(undone.text().contains(&told), "{}", undone.text());
    assert_eq!(
        fs::read(share.path("in/gbk.txt")).unwrap(),
        before_of(&before, "gbk.txt")
    );
    fs::rename(share.path("away"), share.path("in/柜台")).unwrap();
    sealed.undo("run1").ends(0);
    assert_eq!(share.tree("in"), before);

    // Purged: the others go, these wait; when the folder is back, so do they.
    sealed.quarantined("run2");
    fs::rename(share.path("in/柜台"), share.path("away")).unwrap();
    let purged = sealed.purge("run2").ends(4);
    assert!(purged.text().contains(&told), "{}", purged.text());
    assert!(share.path("run2/copies").exists());
    let result: Value = serde_json::from_slice(&share.get("run2/result.json")).unwrap();
    let items = result["items"].as_array().unwrap();
    let whys = |why: &str| items.iter().filter(|i| i["why"] == why).count();
    assert_eq!(whys("folder-gone"), FILES as usize, "{result}");
    assert!(items.iter().any(|i| i["done"] == true), "{result}");
    fs::rename(share.path("away"), share.path("in/柜台")).unwrap();
    sealed.undo("run2").ends(3);
    for (name, bytes) in &before {
        if name.to_string_lossy().contains("客户名单") {
            assert_eq!(share.tree("in").get(name), Some(bytes), "{name:?}");
        }
    }
    assert!(!share.path("run2/copies").exists());
}

fn before_of(
    tree: &std::collections::BTreeMap<std::ffi::OsString, Vec<u8>>,
    name: &str,
) -> Vec<u8> {
    let found = tree
        .iter()
        .find(|(n, _)| n.to_string_lossy().ends_with(name));
    found.unwrap().1.clone()
}

#[test]
fn copies_have_the_rights_of_their_files_and_leave_the_run_with_its_end() {
    let sealed = Sealed::new();
    let share = &sealed.office.share;
    let name = share.path("in/柜台/客户名单0.csv");
    let mode = || fs::metadata(&name).unwrap().permissions().mode() & 0o777;
    fs::set_permissions(&name, fs::Permissions::from_mode(0o640)).unwrap();
    sealed.quarantined("run");
    assert_eq!(mode(), 0o640);
    assert!(share.path("run/copies").exists());
    // A copy that is in use is the copy still.
    fs::write(&name, "notes of today").unwrap();
    let purged = sealed.purge("run");
    assert!(matches!(purged.code, 0 | 4), "{}", purged.err);
    assert!(!share.path("run/copies").exists());
    assert_eq!(fs::read(&name).unwrap(), b"notes of today");
    assert_eq!(sealed.resume("run").code, purged.code);
}

/// Killed at any step, what a resume tells and what the trail has is of the whole run, and a purge can follow.
#[test]
fn after_a_crash_all_that_was_left_is_told() {
    let sealed = Sealed::new();
    let share = &sealed.office.share;
    // Left for two reasons: one holds nothing to be masked, one is not what was sealed any more.
    fs::write(share.path("in/gbk.txt"), "changed").unwrap();
    let before = share.tree("in");
    let whole = sealed.quarantine("whole", None);
    let lines = |run: &Run| {
        let told = |l: &&str| l.starts_with("In quarantine now") || l.starts_with("Left as");
        let text = run.text().to_owned();
        text.lines()
            .filter(told)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let wanted = lines(&whole);
    assert!(wanted.len() == 2, "{}", whole.text());
    let counts = sealed.counts("erase.quarantined");
    assert_eq!((&counts["moved"], &counts["left"]), (&7.into(), &2.into()));
    sealed.undo("whole").ends(0);
    let mut tried = 0;
    for at in (1..).step_by(2) {
        let run = format!("run{at}");
        let killed = sealed.quarantine(&run, Some(&format!("{at}:kill")));
        if killed.code >= 0 {
            break;
        }
        let resumed = sealed.resume(&run);
        if resumed.code == 2 || resumed.err.contains("were never all made") {
            assert_eq!(share.tree("in"), before, "{at}");
            continue;
        }
        assert_eq!(resumed.code, whole.code, "{at}: {}", resumed.err);
        assert_eq!(lines(&resumed), wanted, "{at}");
        assert_eq!(sealed.counts("erase.quarantined"), counts, "{at}");
        sealed.undo(&run).ends(0);
        assert_eq!(share.tree("in"), before, "{at}");
        tried += 1;
    }
    assert!(tried > 8, "{tried}");
}

/// What somebody has put under the name of a copy is never replaced, and nothing is destroyed while it stands there.
#[test]
fn a_copy_that_has_no_place_keeps_everything() {
    let sealed = Sealed::new();
    let share = &sealed.office.share;
    sealed.quarantined("run");
    let name = share.path("in/柜台/客户名单0.csv");
    let masked = fs::read(&name).unwrap();
    fs::remove_file(&name).unwrap();
    fs::write(&name, "somebody's").unwrap();
    let there = share.tree("in");
    let refused = sealed.purge("run").ends(4);
    assert!(
        refused.err.contains("something else stands where 1"),
        "{}",
        refused.err
    );
    assert_eq!(share.tree("in"), there);
    // Moved away, the copy is put again, and it is the run's own that an undo takes.
    fs::remove_file(&name).unwrap();
    let resumed = sealed.resume("run");
    assert_eq!(resumed.code, 0, "{}", resumed.err);
    assert_eq!(fs::read(&name).unwrap(), masked);
    sealed.undo("run").ends(0);
    assert_ne!(fs::read(&name).unwrap(), masked);
}

/// A copy that waits is checked once more before it stands anywhere; one that is gone is not left out.
#[test]
fn a_copy_that_was_changed_while_it_waited_is_not_put_in_place() {
    let sealed = Sealed::new();
    let share = &sealed.office.share;
    sealed.quarantined("run");
    let name = share.path("in/柜台/客户名单0.csv");
    fs::remove_file(&name).unwrap();
    let there = share.tree("in");
    let list: Vec<Value> = serde_json::from_slice(&share.get("run/copies.json")).unwrap();
    let of_name = |c: &&Value| {
        c["copy"]
            .as_str()
            .is_some_and(|t| t.ends_with("客户名单0.csv"))
    };
    let copy = list.iter().find(of_name).unwrap()["copy"].as_str().unwrap();
    let waits = share.path("run/copies").join(copy);
    let kept = fs::read(&waits).unwrap();
    fs::write(&waits, "not what was checked").unwrap();
    sealed.purge("run").ends(6);
    assert!(share.tree("in") == there);
    fs::remove_file(&waits).unwrap();
    sealed.purge("run").ends(6);
    assert!(share.tree("in") == there);
    fs::write(&waits, &kept).unwrap();
    let purged = sealed.purge("run");
    assert!(matches!(purged.code, 0 | 4), "{}", purged.err);
    assert_eq!(fs::read(&name).unwrap(), kept);
}

/// Where the file cannot come back its copy stays: something stands there at least.
#[test]
fn a_copy_whose_file_is_lost_is_neither_taken_nor_put() {
    let sealed = Sealed::new();
    let share = &sealed.office.share;
    sealed.quarantined("run");
    let names = [0, 1].map(|n| share.path(format!("in/柜台/客户名单{n}.csv")));
    let masked = fs::read(&names[0]).unwrap();
    let index = inkout::erase::Index::read(&share.path("run")).unwrap();
    let inside = share.path("in").join(&index.roots[0].quarantine);
    for n in [0, 1] {
        let of_name =
            |t: &&inkout::erase::Target| t.path.text().ends_with(&format!("客户名单{n}.csv"));
        let target = index.targets.iter().find(of_name).unwrap();
        fs::remove_file(inside.join(&target.name)).unwrap();
    }
    fs::remove_file(&names[1]).unwrap();
    let resumed = sealed.resume("run");
    assert_eq!(resumed.code, 0, "{}", resumed.err);
    assert!(!names[1].exists());
    let undone = sealed.undo("run").ends(3);
    assert!(
        undone.text().contains("2: it is not there any more"),
        "{}",
        undone.text()
    );
    assert_eq!(fs::read(&names[0]).unwrap(), masked);
    assert!(!names[1].exists());
}

/// An undo without a resume before it finds copies at any stage, and leaves nothing of them.
#[test]
fn killed_while_copies_are_put_in_place_an_undo_takes_all_of_them() {
    let sealed = Sealed::new();
    let share = &sealed.office.share;
    let before = share.tree("in");
    let mut tried = 0;
    for at in (1..).step_by(2) {
        let run = format!("run{at}");
        let killed = sealed.quarantine(&run, Some(&format!("{at}:kill")));
        if killed.code >= 0 {
            break;
        }
        if !share.path(&run).join("copies.json").exists() {
            continue;
        }
        sealed.undo(&run).ends(0);
        assert_eq!(share.tree("in"), before, "{at}");
        tried += 1;
    }
    assert!(tried > 8, "{tried}");
}

/// The archive that stood behind a purge must still do so when it is gone on with.
#[test]
fn without_the_archive_a_purge_is_not_gone_on_with() {
    let sealed = Sealed::new();
    let share = &sealed.office.share;
    let before = share.tree("in");
    for at in 1.. {
        let run = format!("run{at}");
        sealed.quarantined(&run);
        let killed = sealed.purge_at(&run, Some(&format!("{at}:kill")));
        assert_eq!(killed.code, -1, "{at}: {}", killed.err);
        let entries = inkout::erase::Index::journal(&share.path(&run)).unwrap();
        let begun = |e: &Entry| matches!(e, Entry::Purging { .. });
        if !entries.iter().any(begun) {
            sealed.undo(&run).ends(0);
            continue;
        }
        assert!(!entries.iter().any(|e| matches!(e, Entry::Intent { .. })));
        fs::rename(share.path("job/backups"), share.path("away")).unwrap();
        sealed.resume(&run).ends(4);
        fs::rename(share.path("away"), share.path("job/backups")).unwrap();
        sealed.undo(&run).ends(0);
        assert_eq!(share.tree("in"), before);
        return;
    }
}
