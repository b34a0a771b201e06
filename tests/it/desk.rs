//! What the verbs have in common: who acts, what is gone by, and what is said of paths.

use crate::{
    packages::Office,
    share::{PROGRAM, Run, Share, skipped},
    synthetic::mobile,
};
use std::{fs, process::Command};

/// Runs the program with a text on its standard input.
fn fed(share: &Share, text: &str, args: &str) -> Run {
    let line = format!("printf '%s\\n' '{text}' | \"$INKOUT\" --lang en {args}");
    let mut command = Command::new("sh");
    share.finish(command.args(["-c", &line]).env("INKOUT", PROGRAM))
}

#[test]
fn a_pass_phrase_on_standard_input_is_asked_for_once() {
    let office = Office::new();
    fs::write(office.share.path("phrase"), "correct horse battery\n").unwrap();
    let new = ["keys", "new", "worker", "--pass-file", "phrase"];
    office.run(&new).ends(0);
    let trust = "keys trust worker.pub --name Worker --role executor --job job";
    office.run(&trust.split(' ').collect::<Vec<_>>()).ends(0);
    let clock = ["--clock", "end-of-relationship=2020-03-01"];
    let plan = office.plan("seal", &[&clock[..], &["--live", "mask"]].concat());
    let with = "--key worker.key --pass-file -";
    let done = |args: String| {
        let run = fed(&office.share, "correct horse battery", &args);
        assert!(
            matches!(run.code, 0 | 4),
            "{args}: {} {}",
            run.code,
            run.err
        );
        assert!(!run.err.contains("pass phrase"), "{args}: {}", run.err);
    };
    done(format!(
        "seal create {plan} --job job --archives arch {with}"
    ));
    done(format!(
        "quarantine {plan} --run run1 --job job --yes {with}"
    ));
    done(format!("resume run1 {with}"));
    done(format!(
        "purge {plan} --run run1 --yes --waive-undo reviewed {with}"
    ));
    let wrong = fed(&office.share, "another one", &format!("resume run1 {with}"));
    assert_eq!(wrong.code, 2, "{}", wrong.err);
}

#[test]
fn a_hold_that_may_lack_files_of_a_plan_does_not_look_whole() {
    let office = Office::new();
    let clock = ["--clock", "end-of-relationship=2020-03-01"];
    office.plan("seal", &clock);
    let hold = |more: &[&str]| {
        let add = ["hold", "add", "--job", "job", "--key", "asker.key"];
        office.run(&[&add[..], &["--reason", "claim"], more].concat())
    };
    hold(&["--path", "*.csv"]).ends(0);
    let name = office.listed("job/plans");
    let name = name.iter().find(|n| n.ends_with(".json")).unwrap();
    fs::write(office.share.path(format!("job/plans/{name}")), "{").unwrap();
    let told = hold(&["--path", "*.csv"]).ends(3);
    assert!(told.err.contains("cannot be read"), "{}", told.err);
    fs::write(office.share.path("person"), format!("{}\n", mobile(7001))).unwrap();
    hold(&["--subject-file", "person"]).ends(3);
    // Everything is held, whatever stands in plans.
    hold(&["--all"]).ends(0);
}

#[test]
fn nothing_goes_on_by_a_trail_that_cannot_be_read() {
    let office = Office::new();
    let clock = ["--clock", "end-of-relationship=2020-03-01"];
    let plan = office.plan("seal", &clock);
    let create = format!("seal create {plan} --job job --archives arch --key asker.key");
    let create: Vec<&str> = create.split(' ').collect();
    let trail = office.share.path("job/audit.jsonl");
    let whole = fs::read_to_string(&trail).unwrap();
    let damaged = whole.replacen("\"plan.approved\"", "\"plan.app", 1);
    assert_ne!(damaged, whole);
    fs::write(&trail, damaged).unwrap();
    let refused = office.run(&create).ends(5);
    assert!(refused.err.contains("record"), "{}", refused.err);
    fs::remove_file(&trail).unwrap();
    fs::create_dir(&trail).unwrap();
    office.run(&create).ends(6);
    fs::remove_dir(&trail).unwrap();
    fs::write(&trail, whole).unwrap();
    office.run(&create).ends(0);
}

const BADGE: &str = "[[rule]]\nid = \"own.badge\"\ntitle = \"Badge\"\npattern = '''EMP[0-9]{5}'''\n\
                     examples.positive = [{ text = \"EMP00123\", value = \"EMP00123\" }]\n\
                     examples.negative = [\"EMP1\"]\n";

#[test]
fn what_own_rules_find_in_paths_is_not_said() {
    let share = Share::new();
    fs::write(share.path("own.toml"), BADGE).unwrap();
    share.put("EMP00123/a.txt", format!("手机：{}\n", mobile(3)));
    let silent = |args: &[&str], code: i32| -> String {
        let run = share.run(args).ends(code);
        let all = format!("{}{}", run.text(), run.err);
        assert!(!all.contains("EMP00123"), "{args:?}: {all}");
        assert!(all.contains("********"), "{args:?}: it is masked: {all}");
        all
    };
    let rules = ["--rules", "own.toml"];
    let with = |args: &[&'static str]| [args, &rules].concat();
    silent(&with(&["scan", "none/EMP00123"]), 2);
    silent(&with(&["scan", "in", "--job", "EMP00123"]), 1);
    silent(
        &with(&["scan", "in", "--job", "j1", "--include", "{EMP00123"]),
        2,
    );
    silent(&with(&["redact", "in", "--out", "in/EMP00123/out"]), 4);
    silent(
        &[
            "--config",
            "EMP00123.toml",
            "scan",
            "in",
            "--rules",
            "own.toml",
        ],
        2,
    );
    // The file that names the rules.
    fs::write(
        share.path("EMP00123.toml"),
        "[scan]\nrules = ['own.toml']\n",
    )
    .unwrap();
    let told = silent(
        &["--config", "EMP00123.toml", "scan", "in", "--job", "j2"],
        1,
    );
    assert!(told.contains("settings from"), "{told}");
}

#[test]
fn proposed_commands_can_be_run_or_say_what_to_put() {
    let share = Share::new();
    let text = format!("手机：{}\n", mobile(3));
    share.put("a b/a.txt", &text);
    share.put(format!("{}/a.txt", mobile(4)), &text);
    let plain = share.run(&["scan", "in/a b", "--job", "j"]).ends(1);
    let said = plain.text();
    assert!(
        said.contains("inkout redact 'in/a b' --out OUTPUT"),
        "{said}"
    );
    let masked = share
        .run(&["scan", &format!("in/{}", mobile(4)), "--job", &mobile(5)])
        .ends(1);
    let said = masked.text();
    assert!(said.contains("inkout redact PATH --out OUTPUT"), "{said}");
    assert!(said.contains("inkout report --job PATH --out"), "{said}");
}

#[test]
fn the_approval_that_is_proposed_is_of_the_same_job() {
    let office = Office::new();
    let plan = "plan seal --job job --key asker.key --policy brokerage --ticket T-1 --reason closing \
                --legal-basis law --clock end-of-relationship=2020-03-01 -o seal.json";
    let made = office
        .run(&plan.split_whitespace().collect::<Vec<_>>())
        .ends(0);
    let proposed = "inkout approve seal.json --job job --key KEY --role ROLE";
    assert!(made.text().contains(proposed), "{}", made.text());
}

#[test]
fn settings_are_listed_without_what_their_paths_tell() {
    let share = Share::new();
    let person = mobile(9);
    fs::write(
        share.path("inkout.toml"),
        format!("[scan]\njob = '{person}'\nexclude = ['*{person}*']\n"),
    )
    .unwrap();
    let listed = share.run(&["config"]).ends(0);
    assert!(!listed.text().contains(&person), "{}", listed.text());
    assert!(listed.text().contains("job = "), "{}", listed.text());
}

#[test]
fn folders_that_are_not_there_do_not_look_empty() {
    let share = Share::new();
    share.put("a.txt", format!("手机：{}\n", mobile(3)));
    share.run(&["keys", "new", "k"]).ends(0);
    let told = |args: &str, word: &str| {
        let run = share.run(&args.split(' ').collect::<Vec<_>>()).ends(2);
        assert!(run.err.contains(word), "{args}: {}", run.err);
    };
    let hold = "hold add --all --reason claim --key k.key --job typo";
    told(hold, "typo");
    assert!(
        !share.path("typo").exists(),
        "a hold there would hold nothing"
    );
    told("hold list --job typo", "no such folder");
    told("seal list --archives typo", "no such folder");
    told("probe typo", "no such path: typo");
    told("report --job typo --out r.html", "typo holds no inventory");
    told("scan in --job k.key", "k.key is no folder");
}

/// A disk with no room, when a small one can be mounted here.
fn small_disk(share: &Share, size: &str) -> Option<Mounted> {
    let at = share.path("disk");
    fs::create_dir(&at).unwrap();
    let done = Command::new("mount")
        .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
        .arg(&at)
        .output();
    done.is_ok_and(|d| d.status.success())
        .then_some(Mounted(at))
}

struct Mounted(std::path::PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).output();
    }
}

#[test]
fn a_full_disk_is_told_and_leaves_nothing_half() {
    let share = Share::new();
    let rows: String = (0..3_000)
        .map(|n| format!("客户{n},{}\n", mobile(n)))
        .collect();
    share.put("名单.csv", format!("姓名,手机\n{rows}"));
    share.run(&["scan", "in", "--job", "job"]).ends(1);
    let Some(_disk) = small_disk(&share, "8k") else {
        return skipped("no small disk can be mounted here");
    };
    for format in ["html", "xlsx"] {
        let out = format!("disk/r.{format}");
        let run = share
            .run(&["report", "--job", "job", "--format", format, "--out", &out])
            .ends(6);
        assert!(run.err.contains(&out), "{format}: {}", run.err);
        let left: Vec<_> = fs::read_dir(share.path("disk")).unwrap().collect();
        assert!(left.is_empty(), "{format}: {left:?}");
    }
    let run = share.run(&["redact", "in", "--out", "disk/copies"]);
    assert!(matches!(run.code, 3 | 6), "{}: {}", run.code, run.err);
    let said = format!("{}{}", run.text(), run.err);
    assert!(
        said.contains("space") && said.contains("disk/copies"),
        "{said}"
    );
}

#[test]
fn a_copy_that_finds_no_room_says_nothing_ill_of_its_file() {
    let share = Share::new();
    let rows: String = (0..3_000)
        .map(|n| format!("客户{n},{}\n", mobile(n)))
        .collect();
    share.put("名单.csv", format!("姓名,手机\n{rows}"));
    share.put("小.txt", format!("手机：{}\n", mobile(3)));
    let Some(_disk) = small_disk(&share, "64k") else {
        return skipped("no small disk can be mounted here");
    };
    let run = share.run(&["redact", "in", "--out", "disk/copies"]).ends(6);
    let said = run.text();
    assert!(said.contains("could not be written"), "{said}");
    assert!(said.contains("no space left"), "{said}");
    assert!(!said.contains("Cannot be opened or read"), "{said}");
    let manifest = share.string("disk/copies/manifest.json");
    assert!(manifest.contains("\"reason\":\"unwritten\""), "{manifest}");
    // What found room is there, and nothing half.
    assert!(
        share.path("disk/copies/in/小.txt").exists() || share.path("disk/copies/小.txt").exists()
    );
    let names = share.tree("disk/copies");
    // The mark of the job, the manifest and the small one.
    assert_eq!(names.len(), 3, "{:?}", names.keys());
}

#[test]
fn verbs_without_rules_mask_paths_by_those_of_the_scan() {
    let share = Share::new();
    fs::write(share.path("own.toml"), BADGE).unwrap();
    share.put("a.txt", format!("手机：{}\n", mobile(3)));
    share
        .run(&["scan", "in", "--job", "job", "--rules", "own.toml"])
        .ends(1);
    let said = || {
        let out = [
            "report",
            "--job",
            "job",
            "--format",
            "html",
            "--out",
            "none/EMP00123/r.html",
        ];
        let run = share.run(&out).ends(6);
        assert!(!run.err.contains("EMP00123"), "{}", run.err);
        run.err
    };
    assert!(said().contains("********"), "{}", said());
    // Nobody knows any more what they found: then nothing is said of paths.
    fs::write(share.path("own.toml"), BADGE.replace("{5}", "{6}")).unwrap();
    assert!(
        said().contains("--rules") && !said().contains("none/"),
        "{}",
        said()
    );
    fs::remove_file(share.path("own.toml")).unwrap();
    assert!(!said().contains("none/"), "{}", said());
    // A later scan without own rules is not held by them.
    share.run(&["scan", "in", "--job", "job"]).ends(1);
    let out = [
        "report",
        "--job",
        "job",
        "--format",
        "html",
        "--out",
        "none/EMP00123/r.html",
    ];
    assert!(share.run(&out).ends(6).err.contains("none/EMP00123"));
}
