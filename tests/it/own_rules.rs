//! `--rules`: a user's own rules, lists of values and allow lists, through the program.

use crate::{
    share::{PROGRAM, Run, Share, string},
    synthetic::{mobile, resident_id},
};
use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
};

const BADGE: &str = r#"
[[rule]]
id = "own.badge"
title = { zh = "工牌号", en = "Badge number" }
pattern = '''EMP[0-9]{5}'''
labels = ["工牌"]
examples.positive = [{ text = "工牌 EMP00123", value = "EMP00123" }, { text = "EMP99999", value = "EMP99999" }]
examples.negative = ["EMP1234", "XEMP00123"]
"#;

fn rules(share: &Share, name: &str, text: &str) {
    let path = share.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Rule and value of all findings.
fn found(run: &Run) -> Vec<(String, String)> {
    let mut all: Vec<_> = run
        .of("finding")
        .iter()
        .map(|f| {
            (
                string(&f["rule"]).to_owned(),
                string(&f["value"]).to_owned(),
            )
        })
        .collect();
    all.sort();
    all
}

fn pair(rule: &str, value: &str) -> (String, String) {
    (rule.to_owned(), value.to_owned())
}

#[test]
fn own_rules_find_and_redact_beside_the_programs() {
    let share = Share::new();
    let phone = mobile(7);
    share.put(
        "a.txt",
        format!("工牌 EMP00123 手机 {phone}\n项目 蓝鲸计划 启动\n"),
    );
    let before = share.scan(&["--show-values"]).ends(1);
    assert_eq!(found(&before), [pair("cn.mobile", &phone)]);

    rules(&share, "rules/badge.toml", BADGE);
    rules(
        &share,
        "rules/names.txt",
        "# title: 代号\n# id: own.code-names\n蓝鲸计划\n",
    );
    rules(&share, "rules/readme.md", "not a rule file");
    let all = [
        pair("cn.mobile", &phone),
        pair("own.badge", "EMP00123"),
        pair("own.code-names", "蓝鲸计划"),
    ];
    for args in [
        &["--rules", "rules"][..],
        &["--rules", "rules/badge.toml", "--rules", "rules/names.txt"],
    ] {
        let run = share.scan(&[args, &["--show-values"]].concat()).ends(1);
        assert_eq!(found(&run), all);
        assert_ne!(
            run.summary()["rules_digest"],
            before.summary()["rules_digest"],
            "own files are in the digest"
        );
    }
    share
        .redact("out", &["--rules", "rules", "--mask-profile", "label"])
        .ends(0);
    let copy = String::from_utf8(share.get("out/a.txt")).unwrap();
    assert!(
        !copy.contains("EMP00123") && !copy.contains("蓝鲸计划") && !copy.contains(&phone),
        "{copy}"
    );
    assert!(
        copy.contains("[工牌号]") && copy.contains("[手机号]"),
        "{copy}"
    );
}

#[test]
fn allow_lists_leave_out_what_they_name_and_nothing_else() {
    let share = Share::new();
    let (a, b, id) = (mobile(1), mobile(2), resident_id(1));
    share
        .put("samples/a.txt", format!("手机 {a} 和 {b} 证件 {id}\n"))
        .put("real/a.txt", format!("手机 {a} 和 {b} 证件 {id}\n"));
    let with = |entry: &str| {
        rules(
            &share,
            "allow.toml",
            &format!("[[allow]]\nreason = \"工单 1234\"\nuntil = \"never\"\n{entry}\n"),
        );
        share.scan(&["--rules", "allow.toml", "--show-values"])
    };
    let count = |run: &Run, value: &str| found(run).iter().filter(|f| f.1 == value).count();
    let spaced = format!("{} {} {}", &a[..3], &a[3..7], &a[7..]);
    let run = with(&format!("values = [\"{spaced}\"]")).ends(1);
    assert_eq!(
        (count(&run, &a), count(&run, &b), count(&run, &id)),
        (0, 2, 2)
    );
    assert!(run.err.contains("2 findings were left out"), "{}", run.err);
    let run = with("rule = \"cn.mobile\"\npath = \"samples/**\"").ends(1);
    assert_eq!(
        (count(&run, &a), count(&run, &b), count(&run, &id)),
        (1, 1, 2)
    );
    let run = with("path = \"*.txt\"").ends(0);
    assert_eq!(found(&run), []);

    // A copy keeps what is allowed, and is released all the same.
    rules(
        &share,
        "allow.toml",
        &format!("[[allow]]\nreason = \"x\"\nuntil = \"never\"\nvalues = [\"{a}\"]\n"),
    );
    share.redact("out", &["--rules", "allow.toml"]).ends(0);
    let copy = String::from_utf8(share.get("out/real/a.txt")).unwrap();
    assert!(
        copy.contains(&a) && !copy.contains(&b) && !copy.contains(&id),
        "{copy}"
    );
}

#[test]
fn allowed_values_need_not_stand_in_clear() {
    let share = Share::new();
    let (a, b) = (mobile(1), mobile(2));
    share.put("a.txt", format!("手机 {a} 和 {b}\n"));
    let mut child = Command::new(PROGRAM)
        .args(["--lang", "en", "rules", "digest"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(format!("{a}\n").as_bytes())
        .unwrap();
    let out = child.wait_with_output().unwrap();
    let digests = String::from_utf8(out.stdout).unwrap();
    assert!(!digests.contains(&a));
    let (salt, rest) = digests.split_once('\n').unwrap();
    assert!(salt.starts_with("allow_salt"), "{digests}");
    rules(
        &share,
        "allow.toml",
        &format!("{salt}\n[[allow]]\nreason = \"x\"\nuntil = \"never\"\n{rest}"),
    );
    let run = share
        .scan(&["--rules", "allow.toml", "--show-values"])
        .ends(1);
    assert_eq!(found(&run), [pair("cn.mobile", &b)]);
}

#[test]
fn what_has_ended_is_told_and_holds_no_longer() {
    let share = Share::new();
    let phone = mobile(1);
    share.put("a.txt", format!("手机 {phone}\n"));
    rules(
        &share,
        "allow.toml",
        "[[allow]]\nreason = \"工单 9\"\nuntil = \"2020-01-31\"\nrule = \"cn.mobile\"\n",
    );
    let run = share
        .scan(&["--rules", "allow.toml", "--show-values"])
        .ends(1);
    assert_eq!(found(&run), [pair("cn.mobile", &phone)]);
    assert!(
        run.err.contains("2020-01-31") && run.err.contains("工单 9"),
        "{}",
        run.err
    );
}

#[test]
fn wrong_rule_files_stop_before_anything_is_read() {
    let share = Share::new();
    share.put("a.txt", mobile(1));
    let told = |text: &str, why: &str| {
        rules(&share, "bad.toml", text);
        let job = share.new_job();
        let run = share
            .run(&["scan", "in", "--job", &job, "--rules", "bad.toml"])
            .ends(2);
        assert!(run.err.contains(why), "{}", run.err);
        assert!(!share.path(&job).exists(), "nothing was touched");
        share.redact("x", &["--rules", "bad.toml"]).ends(2);
        assert!(!share.path("x").exists());
        share.run(&["rules", "check", "bad.toml"]).ends(2);
    };
    told("not toml", "bad.toml");
    told("[[rule]]\nid = \"own.x\"\npattern = '''[0-9'''\n", "own.x");
    told("[[rule]]\nid = \"own.x\"\nregex = '''(?=a)b'''\n", "own.x");
    told(
        "[[rule]]\nid = \"cn.mobile\"\npattern = '''[0-9]{4}'''\n",
        "cn.mobile",
    );
    told(
        "[[allow]]\nuntil = \"never\"\nrule = \"cn.mobile\"\n",
        "bad.toml",
    );
    told(
        "[[allow]]\nreason = \"x\"\nuntil = \"never\"\nrule = \"cn.nothing\"\n",
        "cn.nothing",
    );
    share.scan(&["--rules", "none.toml"]).ends(2);
    // An example that does not hold is found by `rules check`.
    rules(
        &share,
        "bad.toml",
        &BADGE.replace("\"EMP1234\"", "\"EMP12345\""),
    );
    let run = share.run(&["rules", "check", "bad.toml"]).ends(2);
    assert!(run.text().contains("own.badge") || run.err.contains("own.badge"));
    rules(&share, "good.toml", BADGE);
    share.run(&["rules", "check", "good.toml"]).ends(0);
}

#[test]
fn a_job_that_is_named_by_its_place_is_shown_by_its_own_rules() {
    let share = Share::new();
    share.put("a.txt", "x\n");
    rules(&share, "badge.toml", BADGE);
    let job = "EMP00123-job";
    for _ in 0..2 {
        let scan = ["scan", "in", "--job", job, "--rules", "badge.toml"];
        share.run(&scan).ends(0);
    }
    for args in [
        &["diff", job][..],
        &["diff", job, "--list"],
        &["diff", "EMP00123-job@1", "EMP00123-job@2"],
        &["diff", "EMP00123-job@1", "EMP00123-job@9"],
        &["due", job, "--every", "1", "--within", "30"],
        &["due", ".", "--every", "1", "--within", "30"],
    ] {
        let run = share.run(args);
        let said = format!("{}{}", run.text(), run.err);
        assert!(!said.contains("00123"), "{args:?}: {said}");
        assert!(run.code <= 2 && !said.is_empty(), "{args:?}: {}", run.code);
    }
}
