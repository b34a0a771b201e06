//! Holds: what they find, and that they stop a destruction that is under way.

use crate::{
    archive_end::sealed_and_gone,
    packages::Office,
    share::{PROGRAM, string},
    synthetic::mobile,
};
use inkout::policy::{Hold, Holds, Release};
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
    sealed_and_gone(&office);
    // The inventory no longer lists what is gone: only the plan and the archive know of it.
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
    stopped_by_a_hold(&|_| {});
}

#[test]
fn a_hold_that_is_edited_away_while_files_are_destroyed_stops_the_rest() {
    stopped_by_a_hold(&|office| edit(office, &|holds| holds[0].paths.clear()));
}

/// Puts a hold on while files are destroyed; `more` comes right after it, before the purge looks again.
fn stopped_by_a_hold(more: &dyn Fn(&Office)) {
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
    more(&office);
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

/// A change of the holds of a job.
type Edit<'a> = &'a dyn Fn(&mut Vec<Hold>);

/// Edits the file of holds, as whoever may write the job folder can.
fn edit(office: &Office, how: Edit<'_>) {
    let mut holds = Holds::from_bytes(&office.share.get("job/holds.json")).unwrap();
    how(&mut holds.holds);
    fs::write(
        office.share.path("job/holds.json"),
        holds.to_bytes().unwrap(),
    )
    .unwrap();
}

fn released(hold: &mut Hold) {
    hold.released = Some(Release {
        time: "2026-01-01T00:00:00Z".into(),
        reason: "over".into(),
        by: "ed25519:00".into(),
    });
}

const ERASE: &str =
    "--clock end-of-relationship=2000-01-01 --notice-ref N-1 --consent-ref C-1 --no-backup none";

fn erasure(office: &Office) -> String {
    office.plan("erase", &ERASE.split_whitespace().collect::<Vec<_>>())
}

/// Everything that asks for holds refuses, and nothing is moved.
fn refuses(office: &Office, plan: &str, what: &str) {
    let before = office.share.tree("in");
    let _ = fs::remove_file(office.share.path("again.json"));
    for line in [
        format!("quarantine {plan} --job job --run run --key asker.key --yes"),
        format!("approve {plan} --key first.key --role archive --job job"),
        format!(
            "plan erase --job job --key asker.key --policy brokerage --ticket T --reason r --legal-basis l \
             {ERASE} -o again.json"
        ),
        "hold list --job job".to_owned(),
    ] {
        let run = office.line(&line);
        assert_eq!(run.code, 4, "{what}: {line}: {}{}", run.text(), run.err);
        assert!(run.err.contains("H1"), "{what}: {line}: {}", run.err);
        assert!(
            run.err.contains("hold release"),
            "{what}: {line}: {}",
            run.err
        );
    }
    let shown = office.line(&format!("plan show {plan} --job job"));
    let shown = shown.text();
    assert!(shown.contains("H1"), "{what}: {shown}");
    assert!(
        office.share.tree("in") == before,
        "{what}: something was moved"
    );
    assert!(!office.share.path("again.json").exists(), "{what}");
}

#[test]
fn a_hold_that_is_edited_in_its_file_is_no_longer_believed_away() {
    let office = Office::new();
    let plan = erasure(&office);
    add(&office, "--all", 0);
    let whole = office.share.get("job/holds.json");
    let edits: [(&str, Edit<'_>); 5] = [
        ("all", &|h| h[0].all = false),
        ("until", &|h| h[0].until = Some("2020-01-01".into())),
        ("released", &|h| released(&mut h[0])),
        ("gone", &Vec::clear),
        ("renamed", &|h| h[0].id = "H7".into()),
    ];
    for (what, how) in edits {
        edit(&office, how);
        refuses(&office, &plan, what);
        fs::write(office.share.path("job/holds.json"), &whole).unwrap();
    }
    // As it was, it holds.
    let quarantine = format!("quarantine {plan} --job job --run run --key asker.key --yes");
    let held = office.line(&quarantine).ends(4);
    assert!(held.err.contains("hold H1 keeps"), "{}", held.err);
    // A hold that the trail does not know is only stricter.
    edit(&office, &|h| {
        let mut more = h[0].clone();
        more.id = "H5".into();
        h.insert(0, more);
    });
    let held = office.line(&quarantine).ends(4);
    assert!(held.err.contains("hold H5 keeps"), "{}", held.err);
    fs::write(office.share.path("job/holds.json"), &whole).unwrap();

    // The way back: it is put on anew, and the old one is ended by somebody on the list.
    edit(&office, &|h| h[0].all = false);
    add(&office, "--path gbk.txt", 0);
    refuses(&office, &plan, "the new one does not stand for the old one");
    office.run(&["keys", "new", "stranger"]).ends(0);
    let release = |id: &str, key: &str| {
        office.line(&format!(
            "hold release {id} --reason over --key {key}.key --job job"
        ))
    };
    release("H1", "stranger").ends(4);
    release("H1", "asker").ends(0);
    let held = office.line(&quarantine).ends(4);
    assert!(held.err.contains("hold H2 keeps"), "{}", held.err);
    // One that is lost with its file is ended likewise.
    fs::remove_file(office.share.path("job/holds.json")).unwrap();
    let lost = office.line(&quarantine).ends(4);
    assert!(lost.err.contains("hold release"), "{}", lost.err);
    release("H1", "asker").ends(2);
    release("H2", "asker").ends(0);
    office.line("hold list --job job").ends(0);
    let moved = office.line(&quarantine);
    assert!(moved.text().contains("quarantine"), "{}", moved.err);
    assert!(!office.share.path("in/gbk.txt").exists());
    // Numbers are not given twice, whatever the file says.
    add(&office, "--all", 0);
    assert_eq!(held_id(&office), "H3");
    office.line("audit verify --job job").ends(0);
}

fn held_id(office: &Office) -> String {
    string(&held(office)["id"]).to_owned()
}

#[test]
fn holds_of_before_the_trail_had_their_digests_count_by_their_number() {
    let office = Office::new();
    let plan = erasure(&office);
    add(&office, "--path gbk.txt", 0);
    office.forget(&["made", "released"]);
    let quarantine = format!("quarantine {plan} --job job --run run --key asker.key --yes");
    let held = office.line(&quarantine).ends(4);
    assert!(held.err.contains("hold H1 keeps"), "{}", held.err);
    let whole = office.share.get("job/holds.json");
    for how in [&Vec::clear as Edit<'_>, &|h| {
        released(&mut h[0]);
    }] {
        edit(&office, how);
        refuses(&office, &plan, "old");
        fs::write(office.share.path("job/holds.json"), &whole).unwrap();
    }
    let release = "hold release H1 --reason over --key asker.key --job job";
    office.line(release).ends(0);
    office.forget(&["made", "released"]);
    let moved = office.line(&quarantine);
    assert!(moved.text().contains("quarantine"), "{}", moved.err);
    assert!(!office.share.path("in/gbk.txt").exists());
}
