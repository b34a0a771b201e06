//! Holds: what they find, and that they stop a destruction that is under way.

use crate::{
    packages::Office,
    share::{PROGRAM, string},
    synthetic::mobile,
};
use serde_json::Value;
use std::{
    fs,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

fn held(office: &Office) -> Value {
    let holds = office.share.get("job/holds.json");
    let mut holds: Value = serde_json::from_slice(&holds).unwrap();
    holds["holds"].as_array_mut().unwrap().pop().unwrap()
}

fn add(office: &Office, what: &str, code: i32) -> String {
    let line = format!("hold add {what} --reason claim --key asker.key --job job");
    office.line(&line).ends(code).err
}

fn paths(hold: &Value) -> usize {
    hold["paths"].as_array().unwrap().len()
}

const SEAL: &str = "plan seal --job job --key asker.key --policy brokerage --ticket T-9 --reason closing \
                    --legal-basis law --clock end-of-relationship=2020-03-01 --include *.txt -o part.json";

#[test]
fn single_files_findings_cases_and_persons_are_held() {
    let office = Office::new();
    let told = office.line("scan in --job other --format jsonl --fail-on never");
    assert!(told.code == 0 || told.code == 3, "{}", told.err);
    office.line(SEAL).ends(0);
    let plan: Value = serde_json::from_slice(&office.share.get("part.json")).unwrap();
    let items = plan["items"].as_array().unwrap();
    let of = |name: &str| {
        let item = items.iter().find(|i| i["path"] == name).unwrap();
        string(&item["path_fp"]).to_owned()
    };

    let id = of("gbk.txt");
    add(&office, &format!("--file {}", &id[..10]), 0);
    let hold = held(&office);
    assert_eq!(hold["paths"], serde_json::json!([id]));
    // An id is a whole word of digits, and of one file.
    for bad in [
        "--file 0123",
        "--file zz345678",
        "--file 00000000000000000000000000000000",
    ] {
        add(&office, bad, 2);
    }
    add(&office, "--person 0123", 2);

    add(&office, "--found cn.bank-card", 0);
    let cards = paths(&held(&office));
    add(&office, "--found C3", 2);
    add(&office, "--found cn.mobile", 0);
    assert_eq!(
        paths(&held(&office)),
        cards + 2,
        "the two texts hold a telephone only"
    );

    add(&office, "--ticket T-9", 0);
    assert_eq!(paths(&held(&office)), items.len());
    let none = add(&office, "--ticket T-10", 2);
    assert!(none.contains("check --ticket"), "{none}");

    fs::write(office.share.path("person"), format!("{}\n", mobile(7001))).unwrap();
    add(&office, "--subject-file person", 0);
    let by_value = held(&office);
    assert_eq!(by_value["paths"], serde_json::json!([id]));
    let person = string(&by_value["subject"]);
    add(&office, &format!("--person {person}"), 0);
    assert_eq!(held(&office)["paths"], by_value["paths"]);
}

#[test]
fn a_person_is_found_in_an_archive_when_nothing_else_is_left() {
    let office = Office::new();
    let clock = [
        "--clock",
        "end-of-relationship=2020-03-01",
        "--live",
        "erase",
    ];
    let plan = office.plan("seal", &clock);
    let line = format!("seal create {plan} --job job --archives arch --key asker.key");
    office.line(&line).ends(0);
    let run = "--run run --key asker.key --yes";
    let moved = office.line(&format!("quarantine {plan} --job job {run}"));
    assert!(matches!(moved.code, 0 | 4), "{}", moved.err);
    let purged = office.line(&format!("purge {plan} {run} --waive-undo reviewed"));
    assert!(matches!(purged.code, 0 | 4), "{}", purged.err);
    assert!(!office.share.path("in/gbk.txt").exists());
    // The inventory no longer lists what is gone: only the plan and the archive know of it.
    let again = office.line("scan in --job job --fail-on never");
    assert!(matches!(again.code, 0 | 3), "{}", again.err);
    fs::write(office.share.path("person"), format!("{}\n", mobile(7001))).unwrap();
    let told = add(&office, "--subject-file person", 0);
    assert_eq!(paths(&held(&office)), 1, "{told}");
    assert!(told.contains("destroyed before"), "{told}");
    // Without the key nobody can tell: then all that lies there is kept.
    let secrets = office.share.path("job/secrets");
    fs::rename(&secrets, office.share.path("away")).unwrap();
    let told = add(&office, "--subject-file person", 0);
    assert!(paths(&held(&office)) > 5, "{told}");
    assert!(told.contains("could not be read wholly"), "{told}");
}

#[test]
fn a_person_is_looked_for_in_quarantine_where_the_files_wait() {
    let office = Office::new();
    let terms = "--clock end-of-relationship=2000-01-01 --notice-ref N-1 --consent-ref C-1 --no-backup none";
    let plan = office.plan("erase", &terms.split_whitespace().collect::<Vec<_>>());
    let moved = office.line(&format!(
        "quarantine {plan} --job job --run run --key asker.key --yes"
    ));
    assert!(matches!(moved.code, 0 | 4), "{}", moved.err);
    assert!(!office.share.path("in/gbk.txt").exists());
    // The inventory is the one of before: it lists what is no longer there.
    fs::write(office.share.path("person"), format!("{}\n", mobile(7001))).unwrap();
    let told = add(&office, "--subject-file person", 0);
    assert_eq!(paths(&held(&office)), 1, "{told}");
    assert!(!told.contains("could not be read wholly"), "{told}");
}

/// Files that take a purge several batches.
const MANY: u32 = 1_500;

#[test]
fn a_hold_that_is_put_on_while_files_are_destroyed_stops_the_rest() {
    let office = Office::new();
    for n in 0..MANY {
        office
            .share
            .put(format!("many/{n:05}.txt"), format!("手机：{}\n", mobile(n)));
    }
    let scanned = office.line("scan in --job job --fail-on never");
    assert!(matches!(scanned.code, 0 | 3), "{}", scanned.err);
    let terms = "--clock end-of-relationship=2000-01-01 --notice-ref N-1 --consent-ref C-1 --no-backup none \
                 --include many/**";
    let plan = office.plan("erase", &terms.split_whitespace().collect::<Vec<_>>());
    office
        .line(&format!(
            "quarantine {plan} --job job --run run --key asker.key --yes"
        ))
        .ends(0);
    let mut purge = Command::new(PROGRAM);
    let line =
        format!("--lang en purge {plan} --run run --key asker.key --yes --waive-undo reviewed");
    purge
        .args(line.split_whitespace())
        .current_dir(office.share.path(""));
    let purge = purge
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let journal = office.share.path("run/journal.jsonl");
    let begun = Instant::now();
    let told = |word: &str| {
        fs::read_to_string(&journal)
            .unwrap_or_default()
            .matches(word)
            .count()
    };
    while told("\"ev\":\"unlinked\"") == 0 {
        assert!(
            begun.elapsed() < Duration::from_secs(50),
            "nothing is destroyed"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    // Stopped where it is, so that the hold comes while it runs, on the slowest and the fastest machine.
    let signal = |name: &str| {
        let id = purge.id().to_string();
        assert!(
            Command::new("kill")
                .args([name, &id])
                .status()
                .unwrap()
                .success()
        );
    };
    signal("-STOP");
    let hold =
        office.line("hold add --path many/01499.txt --reason claim --key asker.key --job job");
    signal("-CONT");
    let ended = purge.wait_with_output().unwrap();
    hold.ends(0);
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert_eq!(ended.status.code(), Some(4), "{said}");
    let destroyed = told("\"ev\":\"done\"");
    assert!(destroyed > 0 && destroyed < MANY as usize, "{destroyed}");
    let left = office.listed("in/many").len();
    assert_eq!(left, 0, "what is left waits in quarantine");
    assert!(said.contains("hold"), "{said}");
    // The trail has both, in order, and holds.
    office.line("audit verify --job job").ends(0);
    let events = office.events();
    let at = |name: &str| events.iter().position(|e| e == name).unwrap();
    assert!(at("erase.purge-begun") < at("hold.added"));
    assert!(at("hold.added") < at("erase.purged"));
    // Nothing more goes while it holds; what is whole can go back.
    let resumed = office.line("resume run --key asker.key");
    assert_eq!(resumed.code, 4, "{}", resumed.err);
    assert_eq!(told("\"ev\":\"done\""), destroyed);
    let undone = office.line("undo run --key asker.key").ends(3);
    assert!(
        undone.text().contains("Destroyed before"),
        "{}",
        undone.text()
    );
    // Files are destroyed in the order of their inodes: the held one may have been among the first.
    assert_eq!(office.listed("in/many").len(), MANY as usize - destroyed);
}
