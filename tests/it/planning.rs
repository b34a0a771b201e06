//! What narrows a plan: holds on what is in quarantine, a reviewer's marks, marks of state secrets.

use crate::{
    outcomes::{Desk, JOB, OLD},
    share::{Run, Share, string},
    synthetic::resident_id,
};
use std::fs;

/// `hold add` for files or for a person.
fn hold(desk: &Desk, what: &[&str]) -> Run {
    let mut args = vec!["hold", "add", "--reason", "case 9", "--key", "keys/li.key"];
    args.extend(what);
    desk.run(&args).ends(0)
}

/// An erase plan, approved, its files in quarantine, and the share scanned again.
fn quarantined() -> Desk {
    let desk = Desk::plain();
    desk.erase(&OLD).ends(0);
    desk.approve("li", "compliance").ends(0);
    desk.approve("zhao", "archive").ends(0);
    let quarantine = [
        "quarantine",
        "plan.json",
        "--run",
        "run",
        "--job",
        JOB,
        "--key",
        "keys/wang.key",
        "--yes",
    ];
    desk.run(&quarantine).ends(0);
    let scan = desk.run(&["scan", "in", "-q"]);
    assert!(matches!(scan.code, 0 | 1 | 3), "{}", scan.err);
    desk
}

fn purge(desk: &Desk) -> Run {
    desk.run(&[
        "purge",
        "plan.json",
        "--run",
        "run",
        "--key",
        "keys/wang.key",
        "--yes",
        "--waive-undo",
        "reviewed",
    ])
}

#[test]
fn a_hold_finds_what_is_in_quarantine_though_a_rescan_no_longer_lists_it() {
    let by_path = quarantined();
    let run = hold(&by_path, &["--path", "另一*"]);
    assert!(run.text().contains("1 files"), "{}", run.text());
    let refused = purge(&by_path).ends(4);
    assert!(refused.err.contains("hold H1"), "{}", refused.err);
    assert!(by_path.show().text().contains("hold H1"));

    let by_person = quarantined();
    fs::write(
        by_person.share.path("person"),
        format!("{}\n", resident_id(99)),
    )
    .unwrap();
    hold(&by_person, &["--subject-file", "person"]);
    let refused = purge(&by_person).ends(4);
    assert!(refused.err.contains("hold H1"), "{}", refused.err);
    // A purge that was begun before the hold is only finished, not gone on with.
    let release = [
        "hold",
        "release",
        "H1",
        "--reason",
        "over",
        "--key",
        "keys/li.key",
    ];
    by_person.run(&release).ends(0);
    purge(&by_person).ends(0);
    assert!(!by_person.share.path("in/另一.csv").exists());
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story, step by step")]
fn what_a_hold_keeps_is_neither_handed_over_nor_taken_away_by_sealing() {
    let desk = Desk::plain();
    let terms = [
        "--key",
        "keys/wang.key",
        "--policy",
        "brokerage",
        "--ticket",
        "T-1",
        "--reason",
        "transfer",
        "--legal-basis",
        "PIPL 22",
    ];
    let handover = [
        &["plan", "handover"],
        &terms[..],
        &[
            "--notice-ref",
            "N-1",
            "--consent-ref",
            "C-1",
            "--recipient",
            "Receiver",
            "--purpose",
            "service",
            "-o",
            "plan.json",
        ],
    ]
    .concat();
    let whys = || {
        desk.items()
            .into_values()
            .filter_map(|(_, why)| why)
            .collect::<Vec<_>>()
    };
    desk.run(&handover).ends(0);
    desk.approve("li", "compliance").ends(0);
    desk.approve("zhao", "archive").ends(0);
    hold(&desk, &["--path", "另一*"]);
    let make = [
        "handover",
        "plan.json",
        "--key",
        "keys/wang.key",
        "--from",
        "Sender",
        "--out",
        "packages",
    ];
    let refused = desk.run(&make).ends(4);
    assert!(refused.err.contains("hold H1"), "{}", refused.err);
    fs::remove_file(desk.share.path("plan.json")).unwrap();
    desk.run(&handover).ends(0);
    assert_eq!(whys(), ["hold"]);
    let seal = |live: &str| {
        let _ = fs::remove_file(desk.share.path("plan.json"));
        let clock = ["--clock", "end-of-relationship=2020-03-01"];
        let args = [
            &["plan", "seal"],
            &terms[..],
            &clock,
            &["--live", live, "-o", "plan.json"],
        ];
        desk.run(&args.concat()).ends(0);
        whys()
    };
    assert_eq!(seal("mask"), ["hold"]);
    assert_eq!(seal("erase"), ["hold"]);
    assert!(seal("keep").is_empty());
    // A hold that says so lets copies go.
    let release = [
        "hold",
        "release",
        "H1",
        "--reason",
        "over",
        "--key",
        "keys/li.key",
    ];
    desk.run(&release).ends(0);
    hold(&desk, &["--path", "另一*", "--copies-may-go"]);
    fs::remove_file(desk.share.path("plan.json")).unwrap();
    desk.run(&handover).ends(0);
    assert!(whys().is_empty());
}

#[test]
fn a_reviewers_marks_are_taken_in_and_quoted_where_they_break_the_policy() {
    let desk = Desk::plain();
    desk.run(&["report", "--format", "html", "--out", "page.html"])
        .ends(0);
    let page = desk.share.string("page.html");
    let at = page.find("\"job\":\"").unwrap() + 7;
    let job = page[at..at + 32].to_owned();
    desk.erase(&["--facts", "facts.toml"]).ends(2);
    let facts = "schema = 1\n[dates]\nend-of-relationship = 2000-01-01\n[[facts]]\npaths = [\"另一*\"]\n\
        dates = { end-of-relationship = 2020-03-01 }\n";
    fs::write(desk.share.path("facts.toml"), facts).unwrap();
    desk.erase(&["--facts", "facts.toml"]).ends(0);
    let plan = desk.plan();
    let fp = |name: &str| {
        let items = plan["items"].as_array().unwrap();
        let item = items.iter().find(|i| i["path"] == name).unwrap();
        string(&item["path_fp"]).to_owned()
    };
    let decisions = format!(
        "{{\"kind\":\"decisions\",\"schema\":1,\"job\":\"{job}\",\"decisions\":[\
        {{\"file\":\"{}\",\"mark\":\"seal\"}},\
        {{\"file\":\"{}\",\"mark\":\"erase\"}},\
        {{\"file\":\"{}\",\"mark\":\"erase\"}},\
        {{\"rule\":\"cn.mobile\",\"header\":\"手机\",\"mark\":\"false-alarm\"}},\
        {{\"rule\":\"cn.mobile\",\"mark\":\"erase\"}}]}}",
        fp("副本.csv"),
        fp("客户.csv"),
        fp("另一.csv"),
    );
    fs::write(desk.share.path("decisions.json"), decisions).unwrap();
    fs::remove_file(desk.share.path("plan.json")).unwrap();
    let run = desk.erase(&["--facts", "facts.toml", "--decisions", "decisions.json"]);
    let run = run.ends(4);
    for said in [
        "break the policy",
        "securities-20y",
        "证券法 第一百三十七条",
        "false alarms",
    ] {
        assert!(run.text().contains(said), "{said}: {}", run.text());
    }
    assert!(run.err.contains("less than a whole file"), "{}", run.err);
    let items = desk.items();
    assert_eq!(items["副本.csv"].1.as_deref(), Some("marked-otherwise"));
    assert_eq!(items["客户.csv"].1, None);
    assert_eq!(items["另一.csv"].1.as_deref(), Some("not-due"));
    let plan = desk.plan();
    assert_eq!(plan["decisions"]["name"], "5");
    assert!(
        plan["items"][0]["rules"].get("cn.mobile").is_none(),
        "{plan}"
    );
    // Of another job they say nothing.
    let other = desk
        .share
        .string("decisions.json")
        .replace(&job, &"0".repeat(32));
    fs::write(desk.share.path("decisions.json"), other).unwrap();
    fs::remove_file(desk.share.path("plan.json")).unwrap();
    desk.erase(&["--decisions", "decisions.json"]).ends(4);
}

#[test]
fn files_with_marks_of_state_secrets_need_a_release_and_never_go_abroad() {
    let share = Share::new();
    share.put(
        "通知.txt",
        format!("机密★10年\n关于账户 {} 的通知\n", resident_id(7)),
    );
    share.put("名单.txt", format!("身份证号：{}\n", resident_id(8)));
    let desk = Desk::new(share);
    desk.erase(&OLD).ends(0);
    assert_eq!(desk.items()["通知.txt"].1.as_deref(), Some("state-secret"));
    assert_eq!(desk.items()["名单.txt"].1, None);
    let plan = |more: &[&str]| {
        let _ = fs::remove_file(desk.share.path("plan.json"));
        let base = [
            "plan",
            "handover",
            "--key",
            "keys/wang.key",
            "--policy",
            "brokerage",
            "--ticket",
            "T-1",
            "--reason",
            "transfer",
            "--legal-basis",
            "PIPL 22",
            "--notice-ref",
            "N-1",
            "--consent-ref",
            "C-1",
            "--recipient",
            "Receiver",
            "--purpose",
            "service",
            "-o",
            "plan.json",
        ];
        desk.run(&[&base, more].concat()).ends(0);
        desk.items()["通知.txt"].1.clone()
    };
    assert_eq!(plan(&[]).as_deref(), Some("state-secret"));
    assert_eq!(plan(&["--secrecy-release", "decision 2026-4"]), None);
    let abroad = [
        "--secrecy-release",
        "decision 2026-4",
        "--destination-country",
        "SG",
    ];
    assert_eq!(plan(&abroad).as_deref(), Some("state-secret"));
}
