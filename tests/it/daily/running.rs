//! Running it: settings, messages, figures, notices, windows, rights; and what goes wrong at night.

use super::incremental::{scan, settle, share};
use crate::{
    share::{PROGRAM, Share, holds, skipped},
    synthetic::{mobile, resident_id},
};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
};

#[test]
fn what_changed_is_told_to_a_command_and_by_diff() {
    let share = share();
    settle();
    let notify = [
        "scan",
        "in",
        "--job",
        "job",
        "--notify",
        "cat > told; echo said >&2",
    ];
    share.run(&notify).ends(3);
    assert!(
        !share.path("told").exists(),
        "the first scan has nothing to compare with"
    );
    share.run(&notify).ends(3);
    assert!(!share.path("told").exists(), "nothing changed");
    share.run(&["diff", "job"]).ends(0);
    share.put("部门1/新客户.txt", format!("手机：{}\n", mobile(70)));
    fs::set_permissions(
        share.path("in/部门0/客户 0.txt"),
        fs::Permissions::from_mode(0o600),
    )
    .unwrap();
    let run = share.run(&notify).ends(3);
    assert!(run.err.contains("said"), "{}", run.err);
    let told = String::from_utf8(share.get("told")).unwrap();
    assert!(
        told.contains("New files: 1") && told.contains("新客户"),
        "{told}"
    );
    assert!(!told.contains(&mobile(70)));
    let diff = share.run(&["diff", "job"]).ends(1);
    assert_eq!(diff.text(), told);
    // Back to what everybody can read: that is told as exposure.
    fs::set_permissions(
        share.path("in/部门0/客户 0.txt"),
        fs::Permissions::from_mode(0o644),
    )
    .unwrap();
    share.run(&["scan", "in", "--job", "job", "-q"]).ends(3);
    let json = share.run(&["diff", "job", "--format", "json"]).ends(1);
    let json: serde_json::Value = serde_json::from_str(json.text()).unwrap();
    assert_eq!(json["exposed"][0]["readers"], "all");
    // Any two of the scans, and two folders.
    assert_eq!(
        share
            .run(&["diff", "--list", "job"])
            .ends(0)
            .text()
            .lines()
            .count(),
        4
    );
    share.run(&["diff", "job@1", "job@2"]).ends(0);
    let back = share.run(&["diff", "job@4", "job@1"]).ends(0);
    assert!(back.text().contains("gone: 1"), "{}", back.text());
    share.run(&["diff", "job@9", "job"]).ends(2);
    share.run(&["scan", "in", "--job", "other", "-q"]).ends(3);
    share.run(&["diff", "job", "other"]).ends(0);
    let mut chinese = Command::new(PROGRAM);
    chinese.args(["--lang", "zh", "diff", "job@1", "job", "--format", "html"]);
    let html = share.finish(&mut chinese).ends(1);
    assert!(html.text().contains("lang=\"zh-CN\"") && html.text().contains("新客户"));
    // A command that fails changes nothing.
    share.put("部门1/再一个.txt", format!("手机：{}\n", mobile(71)));
    let failed = share
        .run(&["scan", "in", "--job", "job", "--notify", "exit 7"])
        .ends(3);
    assert!(failed.err.contains('7'), "{}", failed.err);
}

#[test]
fn settings_come_from_file_and_environment() {
    let share = Share::new();
    share.put("a.txt", format!("手机：{}\n", mobile(1)));
    fs::write(
        share.path("inkout.toml"),
        "lang = 'zh'\n[scan]\njob = 'where/job'\nfail-on = ['C3']\n",
    )
    .unwrap();
    let run = |env: &[(&str, &str)], args: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command
            .args(args)
            .envs(env.iter().copied())
            .env("LANG", "C");
        share.finish(&mut command)
    };
    let found = run(&[], &["scan", "in"]).ends(0);
    assert!(found.text().contains("扫描结果"));
    assert!(share.path("where/job/inventory.db").exists());
    run(&[("INKOUT_FAIL_ON", "never\ncn.mobile")], &["scan", "in"]).ends(1);
    run(
        &[("INKOUT_FAIL_ON", "any")],
        &["scan", "in", "--fail-on", "never"],
    )
    .ends(0);
    let told = run(&[("INKOUT_NICE", "3")], &["config"]).ends(0);
    for part in [
        "fail-on = [\"C3\"]  # inkout.toml",
        "nice = \"3\"  # INKOUT_NICE",
        "min-confidence = \"50\"",
    ] {
        assert!(told.text().contains(part), "{part}\n{}", told.text());
    }
    let schema = run(&[], &["config", "schema"]).ends(0);
    let schema: serde_json::Value = serde_json::from_str(schema.text()).unwrap();
    assert!(schema["$schema"].is_string());
    fs::write(share.path("inkout.toml"), "[scan]\nfail-one = ['C3']\n").unwrap();
    let bad = run(&[], &["scan", "in"]).ends(2);
    assert!(
        bad.err.contains("inkout.toml") && bad.err.contains("fail-one"),
        "{}",
        bad.err
    );
    // Everybody could have written it.
    fs::write(share.path("inkout.toml"), "[scan]\nexclude = ['*']\n").unwrap();
    fs::set_permissions(share.path("inkout.toml"), fs::Permissions::from_mode(0o666)).unwrap();
    run(&[], &["scan", "in"]).ends(2);
    run(&[], &["--config", "inkout.toml", "scan", "in"]).ends(0);
}

#[test]
fn completions_manual_and_doctor_are_there() {
    let share = Share::new();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        assert!(
            share
                .run(&["completions", shell])
                .ends(0)
                .text()
                .contains("changed-since")
        );
    }
    let man = share.run(&["man"]).ends(0);
    assert!(man.text().starts_with(".ie") && man.text().contains("INKOUT DIFF"));
    for lang in ["zh", "en"] {
        let mut command = Command::new(PROGRAM);
        let told = share
            .finish(command.args(["--lang", lang, "doctor"]))
            .ends(0);
        assert!(told.text().contains("xlsx") && told.text().contains("GB 18030"));
    }
}

#[test]
fn messages_are_objects_and_figures_are_for_prometheus() {
    let share = share();
    let args = [
        "scan",
        "in",
        "--job",
        "job",
        "--log-format",
        "json",
        "--metrics",
        "m.prom",
        "--max-read-rate",
        "100M",
        "--nice",
        "1",
    ];
    let run = share.run(&args).ends(3);
    let mut events = Vec::new();
    for line in run.err.lines() {
        let object: serde_json::Value = serde_json::from_str(line).expect(line);
        events.push(object["event"].as_str().unwrap().to_owned());
    }
    assert_eq!(events, ["sandbox", "finished"]);
    let figures = String::from_utf8(share.get("m.prom")).unwrap();
    assert!(figures.contains("inkout_findings{job=\"job\",rule=\"cn.mobile\"} 12"));
    assert_eq!(
        fs::read_dir(share.path("")).unwrap().count(),
        3,
        "nothing is left beside"
    );
    let refused = share.run(&[
        "scan",
        "in",
        "--job",
        "job",
        "--fail-on",
        "no",
        "--log-format",
        "json",
    ]);
    let object: serde_json::Value = serde_json::from_str(refused.err.trim()).unwrap();
    assert_eq!((refused.code, object["level"].as_str()), (2, Some("error")));
}

#[test]
fn outside_of_the_window_nothing_is_read() {
    let share = share();
    // A minute that is not now, wherever the machine is.
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let minute = (now.as_secs() / 60 + 120) % 1_440;
    let at = |m: u64| format!("{:02}:{:02}", m / 60, m % 60);
    let closed = format!("{}-{}+00:00", at(minute), at((minute + 1) % 1_440));
    let run = share
        .run(&["scan", "in", "--job", "job", "--window", &closed])
        .ends(3);
    assert!(
        run.err.contains("window") && !share.path("job").exists(),
        "{}",
        run.err
    );
    let open = format!("{}-{}+00:00", at((minute + 1_200) % 1_440), at(minute));
    share
        .run(&["scan", "in", "--job", "job", "--window", &open])
        .ends(3);
    share
        .run(&["scan", "in", "--job", "job", "--window", "22"])
        .ends(2);
}

#[test]
fn the_scanner_gives_up_its_rights() {
    let share = share();
    let told = share.run(&["-v", "scan", "in", "--job", "job"]).ends(3);
    if told.err.contains("no Landlock") {
        share
            .run(&["scan", "in", "--job", "job", "--sandbox", "require"])
            .ends(4);
        return skipped("the kernel has no Landlock");
    }
    assert!(told.err.contains("Landlock"), "{}", told.err);
    share
        .run(&["scan", "in", "--job", "job", "--sandbox", "require"])
        .ends(3);
    let off = share
        .run(&["-v", "scan", "in", "--job", "job", "--sandbox", "off"])
        .ends(3);
    assert!(off.err.contains("off"));
    // A link that leads out of the roots is not followed; a root that is a link is.
    std::os::unix::fs::symlink("in", share.path("in_link")).unwrap();
    share
        .run(&["scan", "in_link", "--job", "other", "--sandbox", "require"])
        .ends(3);
}

#[test]
fn a_broken_inventory_is_said_and_made_anew_when_asked() {
    let share = share();
    settle();
    scan(&share, "job", &[]).ends(3);
    let whole = share.get("job/inventory.db");
    for cut in [100, whole.len() / 2, whole.len() - 700] {
        fs::write(share.path("job/inventory.db"), &whole[..cut]).unwrap();
        let run = scan(&share, "job", &[]);
        if run.code != 3 {
            assert_eq!(run.code, 6, "{}", run.err);
            assert!(
                run.err.contains("job") && !run.err.contains("panicked"),
                "{}",
                run.err
            );
            scan(&share, "job", &["--full"]).ends(3);
        }
        scan(&share, "job", &[]).ends(3);
    }
    // What is no inventory is left alone.
    fs::write(share.path("job/inventory.db"), "a letter ".repeat(99)).unwrap();
    scan(&share, "job", &["--full"]).ends(6);
    assert!(share.get("job/inventory.db").starts_with(b"a letter"));
}

#[test]
fn a_clock_that_went_back_reads_everything_again() {
    let share = share();
    settle();
    scan(&share, "job", &[]).ends(3);
    // As a scan leaves it that ended in the year 2099.
    let db = rusqlite::Connection::open(share.path("job/inventory.db")).unwrap();
    db.execute("UPDATE run SET ended = '2099-01-01T00:00:00Z'", [])
        .unwrap();
    drop(db);
    let run = scan(&share, "job", &[]).ends(3);
    assert!(run.err.contains("clock"), "{}", run.err);
    assert!(!run.err.contains("carried over"), "{}", run.err);
    let next = scan(&share, "job", &[]).ends(3);
    assert!(
        next.err.contains("carried over") && !next.err.contains("clock"),
        "{}",
        next.err
    );
}

#[test]
fn a_full_disk_loses_nothing() {
    let share = Share::new();
    for n in 0..400 {
        share.put(
            format!("{n}.txt"),
            format!("{}\n{}\n", resident_id(n), mobile(n)),
        );
    }
    let small = share.path("small");
    fs::create_dir(&small).unwrap();
    let mount = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=160k", "tmpfs"])
        .arg(&small)
        .stderr(Stdio::null())
        .status();
    if !mount.is_ok_and(|s| s.success()) {
        return skipped("no file system can be mounted here");
    }
    let run = share.run(&["scan", "in", "--job", "small/job"]);
    let grow = Command::new("mount")
        .args(["-o", "remount,size=64m"])
        .arg(&small)
        .status();
    let again = share.run(&["scan", "in", "--job", "small/job", "--format", "jsonl"]);
    let left = Command::new("umount").arg(&small).status();
    assert_eq!(run.code, 6, "{}", run.err);
    assert!(run.err.contains("full"), "{}", run.err);
    assert!(grow.unwrap().success() && left.unwrap().success());
    assert_eq!(again.code, 1, "{}", again.err);
    assert_eq!(again.summary()["files"], 400);
}

#[test]
fn a_folder_that_cannot_be_written_is_said() {
    let share = share();
    fs::write(share.path("file"), "x").unwrap();
    let run = share.run(&["scan", "in", "--job", "file/job"]);
    assert!(
        matches!(run.code, 2 | 6) && run.err.contains("job"),
        "{} {}",
        run.code,
        run.err
    );
    assert!(run.out.is_empty());
    let metrics = share.run(&["scan", "in", "--job", "job", "--metrics", "missing/m.prom"]);
    assert_eq!(metrics.code, 6, "{}", metrics.err);
}

/// Values are nowhere in what the program keeps and tells.
#[test]
fn nothing_that_is_kept_holds_a_value() {
    let share = Share::new();
    let mut planted = Vec::new();
    for n in 0..200_u32 {
        let row = (0..10)
            .map(|m| {
                let k = n * 10 + m;
                planted.push(resident_id(k));
                planted.push(mobile(k));
                format!("客户{k},{},{}\n", resident_id(k), mobile(k))
            })
            .collect::<String>();
        share.put(format!("{n}.csv"), format!("姓名,身份证号,手机号\n{row}"));
    }
    let keep = [
        "scan",
        "in",
        "--job",
        "job",
        "--all-findings",
        "--metrics",
        "m.prom",
        "--log-format",
        "json",
    ];
    let first = share.run(&keep).ends(1);
    share.put("more.txt", format!("手机：{}\n", mobile(1)));
    let notify = [keep.as_slice(), &["--notify", "cat > told"]].concat();
    let second = share.run(&notify).ends(1);
    share
        .run(&[
            "baseline",
            "create",
            "b.json",
            "--job",
            "job",
            "--reason",
            "x",
            "--owner",
            "y",
            "--expires",
            "2099-01-01",
        ])
        .ends(0);
    let page = share.run(&["diff", "job", "--format", "html"]).ends(1);
    let json = share.run(&["diff", "job", "--format", "json"]).ends(1);
    let mut all: Vec<(String, Vec<u8>)> = vec![
        (
            "output".into(),
            [first.out, second.out, page.out, json.out].concat(),
        ),
        ("messages".into(), (first.err + &second.err).into_bytes()),
    ];
    for name in ["m.prom", "told", "b.json", "b.json.key"] {
        all.push((name.into(), share.get(name)));
    }
    for (name, bytes) in share.tree("job") {
        all.push((name.to_string_lossy().into_owned(), bytes));
    }
    let text: std::collections::BTreeMap<String, Vec<u8>> = all.into_iter().collect();
    assert!(holds(&text["b.json"], b"cn.mobile") && text.len() > 6);
    // Every run of 11 or 18 digits (or the last X) is looked up among the planted.
    let planted: std::collections::HashSet<&[u8]> = planted.iter().map(String::as_bytes).collect();
    assert_eq!(planted.len(), 4_000);
    let mut leaks = 0;
    for bytes in text.values() {
        for width in [11, 18] {
            leaks += bytes
                .windows(width)
                .filter(|w| w[..10].iter().all(u8::is_ascii_digit) && planted.contains(w))
                .count();
        }
    }
    assert_eq!(leaks, 0);
}

#[test]
fn what_is_due_is_told() {
    let share = share();
    scan(&share, "job", &[]).ends(3);
    let told = share.run(&["due", "job"]).ends(0);
    assert!(told.text().starts_with("0 due"), "{}", told.text());
    let db = rusqlite::Connection::open(share.path("job/inventory.db")).unwrap();
    db.execute("UPDATE run SET ended = '2020-03-01T00:00:00Z'", [])
        .unwrap();
    drop(db);
    share
        .run(&[
            "baseline",
            "create",
            "b.json",
            "--job",
            "job",
            "--reason",
            "x",
            "--owner",
            "li",
            "--expires",
            "2021-01-01",
        ])
        .ends(0);
    let told = share.run(&["due", "job", "b.json", "--json"]).ends(1);
    let all: serde_json::Value = serde_json::from_str(told.text()).unwrap();
    let days: Vec<&str> = all["due"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["day"].as_str().unwrap())
        .collect();
    assert_eq!(days, ["2020-04-01", "2021-01-01"]);
    share.run(&["due", "in"]).ends(2);
}
