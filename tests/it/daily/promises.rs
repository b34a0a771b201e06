//! What the tables of the manual promise, one by one: exit codes, kinds of `--fail-on`, read-only places,
//! what a terminal shows.

use crate::{
    share::{PROGRAM, Share, skipped},
    synthetic::{mobile, resident_id},
};
use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

/// The table in the README: each code is met, and the greatest wins.
#[test]
fn every_exit_code_of_the_table() {
    let share = Share::new();
    share.put("clean/a.txt", "nothing\n");
    share.put("found/a.txt", format!("手机：{}\n", mobile(1)));
    share.put("unread/a.zip", b"PK\x03\x04");
    share.put("both/a.txt", format!("手机：{}\n", mobile(1)));
    share.put("both/a.zip", b"PK\x03\x04");
    let scan = |what: &str| {
        let job = share.new_job();
        share.run(&["scan", what, "--job", &job, "--format", "jsonl"])
    };
    let met = |what: &str, code: i32| {
        let run = scan(what).ends(code);
        run.summary()["conditions"].to_string()
    };
    assert_eq!(met("in/clean", 0), "[]");
    assert_eq!(met("in/found", 1), "[\"findings\"]");
    assert_eq!(met("in/unread", 3), "[\"incomplete\"]");
    // The greatest wins, and all are listed.
    assert_eq!(met("in/both", 3), "[\"findings\",\"incomplete\"]");
    // 2: arguments, and nothing was touched.
    share.run(&["scan", "in/nowhere", "--job", "two"]).ends(2);
    share.run(&["scan", "--no-such-option"]).ends(2);
    assert!(!share.path("two").exists());
    // 4: refused, and what is there stays.
    fs::create_dir(share.path("full")).unwrap();
    fs::write(share.path("full/mine"), "x").unwrap();
    share.run(&["redact", "in/found", "--out", "full"]).ends(4);
    assert_eq!(share.get("full/mine"), b"x");
    // 6: the system stopped it.
    let six = share.run(&["scan", "in/clean", "--job", "full/mine/job"]);
    assert_eq!(six.code, 6, "{}", six.err);
    // 5: a trail that was changed no longer proves anything.
    let key = share.run(&["keys", "new", "li"]);
    key.ends(0);
    let trust = [
        "keys", "trust", "li.pub", "--name", "Li", "--role", "it", "--job", "trail",
    ];
    share.run(&trust).ends(0);
    share.run(&["audit", "verify", "--job", "trail"]).ends(0);
    let file = share
        .tree("trail")
        .into_iter()
        .find(|(name, bytes)| name.to_string_lossy().contains("audit") && bytes.starts_with(b"{"))
        .expect("a trail");
    let changed = String::from_utf8(file.1).unwrap().replacen("20", "19", 1);
    fs::write(share.path("trail").join(Path::new(&file.0)), changed).unwrap();
    share.run(&["audit", "verify", "--job", "trail"]).ends(5);
}

/// Any, a class or a graver one, a rule, a tag, a number; several, and never.
#[test]
fn every_kind_of_fail_on() {
    let share = Share::new();
    share.put(
        "a.txt",
        format!("手机：{}\n手机：{}\n", mobile(1), mobile(2)),
    );
    let scan = |fail_on: &[&str]| {
        let job = share.new_job();
        let mut all = vec!["-q", "scan", "in", "--job", &job];
        for f in fail_on {
            all.extend(["--fail-on", f]);
        }
        share.run(&all).code
    };
    for (fail_on, code) in [
        (&[][..], 1),
        (&["any"], 1),
        (&["never"], 0),
        (&["C1"], 1),
        (&["C2"], 1),
        (&["c2"], 1),
        (&["C3"], 0),
        (&["cn.mobile"], 1),
        (&["cn.resident-id"], 0),
        (&["jrt0171.c2"], 1),
        (&["2"], 1),
        (&["3"], 0),
        (&["C3", "cn.mobile"], 1),
        (&["C3", "cn.resident-id"], 0),
        (&["mobile"], 2),
        (&["C4"], 2),
        (&["0"], 2),
    ] {
        assert_eq!(scan(fail_on), code, "{fail_on:?}");
    }
}

/// An allow comment holds in its line, for its rule, with a reason, and only when asked for.
#[test]
fn inline_comments_allow_what_they_name() {
    let share = Share::new();
    let line = |comment: &str| format!("手机：{} {comment}\n", mobile(1));
    for (text, asked, code) in [
        (
            line("# inkout:allow cn.mobile number of the help line"),
            true,
            0,
        ),
        (
            line("# inkout:allow cn.mobile number of the help line"),
            false,
            1,
        ),
        (line("# inkout:allow cn.mobile"), true, 1),
        (line("# inkout:allow cn.resident-id sample"), true, 1),
        (
            line("").trim_end().to_owned() + "\n# inkout:allow cn.mobile sample\n",
            true,
            1,
        ),
        (
            format!(
                "手机：{} {} # inkout:allow cn.mobile sample\n",
                mobile(1),
                resident_id(1)
            ),
            true,
            1,
        ),
    ] {
        share.put("a.txt", &text);
        let job = share.new_job();
        let mut args = vec!["scan", "in", "--job", &job];
        if asked {
            args.push("--inline-allow");
        }
        let run = share.run(&args);
        assert_eq!(run.code, code, "{text}{asked}: {}", run.err);
        // What was allowed is told, never dropped in silence.
        assert!(code == 1 || run.err.contains('1'), "{}", run.err);
    }
}

/// On a disk that cannot be written a scan stops before it reads; what was there is as it was.
#[test]
fn a_read_only_disk_is_said_and_nothing_is_lost() {
    let share = Share::new();
    share.put("a.txt", format!("手机：{}\n", mobile(1)));
    let disk = share.path("disk");
    fs::create_dir(&disk).unwrap();
    let mount = |options: &str| {
        let done = Command::new("mount")
            .args(["-o", options, "-t", "tmpfs", "tmpfs"])
            .arg(&disk)
            .stderr(Stdio::null())
            .status();
        done.is_ok_and(|s| s.success())
    };
    if !mount("size=8m") {
        return skipped("no file system can be mounted here");
    }
    let first = share.run(&["-q", "scan", "in", "--job", "disk/job"]);
    assert!(mount("remount,ro"));
    let again = share.run(&["scan", "in", "--job", "disk/job"]);
    let other = share.run(&["scan", "in", "--job", "disk/new"]);
    let report = share.run(&[
        "report", "--job", "disk/job", "--format", "jsonl", "--out", "-",
    ]);
    let into = share.run(&["report", "--job", "disk/job", "--out", "disk/r.html"]);
    assert!(mount("remount,rw"));
    let third = share.run(&["-q", "scan", "in", "--job", "disk/job"]);
    let left = Command::new("umount").arg(&disk).status();
    assert!(left.unwrap().success());
    assert_eq!((first.code, third.code), (1, 1), "{}", third.err);
    for run in [&again, &other] {
        assert_eq!(run.code, 6, "{}", run.err);
        assert!(run.err.contains("disk/"), "{}", run.err);
        assert!(run.out.is_empty());
    }
    // What is there can still be read.
    assert_eq!(report.code, 0, "{}", report.err);
    assert_eq!(into.code, 6, "{}", into.err);
}

/// The job folder inside of what is scanned is left out, also the second time.
#[test]
fn a_job_folder_inside_of_the_share() {
    let share = Share::new();
    share.put("a.txt", format!("手机：{}\n", mobile(1)));
    for _ in 0..2 {
        let args = ["scan", "in", "--job", "in/.inkout", "--format", "jsonl"];
        let run = share.run(&args).ends(1);
        assert_eq!(run.summary()["findings"]["cn.mobile"]["found"], 1);
        let inside = |f: &&serde_json::Value| {
            f["reason"] != "excluded" && f["locator"].to_string().contains(".inkout")
        };
        assert_eq!(run.of("file").iter().filter(inside).count(), 0);
    }
}

/// Runs a shell line with a terminal, and gives what the terminal shows.
fn on_a_terminal(share: &Share, line: &str, typed: &str) -> Option<String> {
    use std::io::Write as _;
    let mut child = Command::new("script")
        .args(["-qec", line, "/dev/null"])
        .current_dir(share.path(""))
        .env("INKOUT", PROGRAM)
        .env("TERM", "xterm")
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut input = child.stdin.take().unwrap();
    // After the question, as a person would.
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    let _ = input.write_all(typed.as_bytes());
    let _ = input.flush();
    std::thread::sleep(std::time::Duration::from_millis(300));
    drop(input);
    let done = child.wait_with_output().ok()?;
    Some(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// Pass phrases are not shown while they are typed, and the terminal shows again what is typed afterwards.
#[test]
fn pass_phrases_are_typed_without_being_shown() {
    let share = Share::new();
    fs::write(share.path("pass"), "correct horse battery\n").unwrap();
    share
        .run(&["keys", "new", "li", "--pass-file", "pass"])
        .ends(0);
    let line =
        "$INKOUT --lang en keys show li.key --pass-file -; stty -a | grep -o -- '-\\?echo\\b'";
    let Some(shown) = on_a_terminal(&share, line, "correct horse bag\u{7f}ttery\n") else {
        return skipped("script is missing: no terminal to try");
    };
    assert!(shown.contains("Pass phrase:"), "{shown}");
    assert!(shown.contains("ed25519:"), "{shown}");
    assert!(
        !shown.contains("battery") && !shown.contains("horse"),
        "{shown}"
    );
    assert!(
        shown.trim_end().ends_with("echo") && !shown.contains("-echo"),
        "{shown}"
    );
    // Without the option it is asked for; Ctrl-C leaves the terminal as it was.
    let line = "$INKOUT --lang en keys show li.key; stty -a | grep -o -- '-\\?echo\\b'";
    let shown = on_a_terminal(&share, line, "correct\u{3}").unwrap();
    assert!(
        shown.contains("Pass phrase:") && !shown.contains("correct"),
        "{shown}"
    );
    assert!(
        shown.trim_end().ends_with("echo") && !shown.contains("-echo"),
        "{shown}"
    );
}

/// Asked to end while it waits for a pass phrase, it leaves a terminal that shows what is typed.
#[test]
fn a_terminal_shows_again_what_is_typed_after_a_signal() {
    let share = Share::new();
    fs::write(share.path("pass"), "correct horse battery\n").unwrap();
    share
        .run(&["keys", "new", "li", "--pass-file", "pass"])
        .ends(0);
    let line = "(sleep 0.8; kill $(cat pid)) & \
                sh -c 'echo $$ > pid; exec $INKOUT --lang en keys show li.key'; echo \"ended $?\"; \
                stty -a | grep -o -- '-\\?echo\\b'";
    let Some(shown) = on_a_terminal(&share, line, "") else {
        return skipped("script is missing: no terminal to try");
    };
    assert!(shown.contains("Pass phrase:"), "{shown}");
    assert!(shown.contains("ended 130"), "{shown}");
    assert!(
        shown.trim_end().ends_with("echo") && !shown.contains("-echo"),
        "{shown}"
    );
}

/// Colours on a terminal alone, and not when they are not wanted; no table is wider than the terminal.
#[test]
fn terminals_get_colours_and_nothing_else_does() {
    let share = Share::new();
    let rows: String = (0..9)
        .map(|n| format!("客户{n},{},{}\n", resident_id(n), mobile(n)))
        .collect();
    share.put("客户/名单.csv", format!("姓名,身份证号,手机号\n{rows}"));
    for lang in ["zh", "en"] {
        let plain = share.run(&["--lang", lang, "scan", "in", "--job", "job"]);
        assert!(!plain.text().contains('\u{1b}') && !plain.err.contains('\u{1b}'));
        for line in plain.text().lines() {
            let width = unicode_width::UnicodeWidthStr::width(line);
            let is_path = line.contains("  inkout ") || line.contains("job");
            assert!(width <= 80 || is_path, "{width}: {line}");
        }
    }
    let line = "$INKOUT --lang en scan in --job job";
    let Some(shown) = on_a_terminal(&share, line, "") else {
        return skipped("script is missing: no terminal to try");
    };
    assert!(shown.contains("\u{1b}[1m"), "{shown}");
    let bare = on_a_terminal(&share, &format!("NO_COLOR=1 {line}"), "").unwrap();
    assert!(
        !bare.contains("\u{1b}[1m") && !bare.contains("\u{1b}[31m"),
        "{bare}"
    );
    // Quiet is silent.
    let quiet = share.run(&["-q", "scan", "in", "--job", "job"]).ends(1);
    assert!(
        quiet.out.is_empty() && quiet.err.is_empty(),
        "{}",
        quiet.err
    );
}
