//! Sealing: what no law keeps is redacted, live copies are masked in place; masks by class in packages.

use crate::{
    packages::{FILES, Office, handover},
    share::{PROGRAM, string},
    synthetic::{bank_card, resident_id},
};
use serde_json::Value;
use std::{collections::BTreeSet, fs, process::Command};

/// The kept and the erased part of one record: identity data within their term, and codes that must not be kept.
fn with_codes(office: &Office) {
    let rows: String = (0..20)
        .map(|i| {
            format!(
                "{},{},{}\n",
                resident_id(900 + i),
                bank_card(900 + i),
                731 + i
            )
        })
        .collect();
    let share = &office.share;
    share.put("开户资料.csv", format!("身份证号,银行卡号,CVV2\n{rows}"));
    let scanned = office.run(&["scan", "in", "--job", "job", "--fail-on", "never"]);
    assert!(matches!(scanned.code, 0 | 3), "{}", scanned.err);
}

#[test]
fn what_no_law_keeps_is_redacted_in_what_is_sealed_or_handed_over_whole() {
    let office = Office::new();
    with_codes(&office);
    let clock = ["--clock", "end-of-relationship=2020-03-01"];
    let plan = office.plan("seal", &clock);
    let made: Value = serde_json::from_slice(&office.share.get(&plan)).unwrap();
    let items = made["items"].as_array().unwrap();
    let item = items.iter().find(|i| i["path"] == "开户资料.csv").unwrap();
    assert_eq!(item["decision"]["rest"][0], "card-authentication", "{item}");
    let create = format!("seal create {plan} --job job --archives arch --key asker.key");
    office.line(&create).ends(0);
    let id = office.listed("arch").remove(0);
    let open = format!(
        "seal open {id} --archives arch --job job --key first.key --role compliance --reason \
        look --out out"
    );
    office.line(&open).ends(0);
    let sealed = office.share.string("out/1/开户资料.csv");
    assert!(
        sealed.contains(&resident_id(905)),
        "what must be kept is whole"
    );
    assert!(!sealed.contains(",736"), "{sealed}");
    assert!(sealed.contains("[卡验证码]"), "{sealed}");
    // Other files are as they were, and the record says which is a copy.
    assert_eq!(
        office.share.get("out/1/gbk.txt"),
        office.share.get("in/gbk.txt")
    );
    let record: Value =
        serde_json::from_slice(&office.share.get(format!("arch/{id}/record.json"))).unwrap();
    assert_eq!(record["redacted"].as_array().unwrap().len(), 1);
    assert_eq!(office.listed("arch").len(), 1, "the copy was taken away");

    let plan = office.plan(
        "handover",
        &[
            clock[0],
            clock[1],
            "--recipient",
            "Bank",
            "--purpose",
            "custody",
            "--notice-ref",
            "N-1",
            "--consent-ref",
            "C-1",
            "--copies",
            "full",
        ],
    );
    let more = ["--container", "none"];
    office.run(&handover(&plan, &more)).ends(0);
    let bag = office.package().join("bag/data/1");
    let copy = office.share.string(bag.join("开户资料.csv"));
    assert!(
        copy.contains(&resident_id(905)) && !copy.contains(",736"),
        "{copy}"
    );
}

/// Whether a file below a folder of the share, hidden ones too, holds this text.
fn lies_below(office: &Office, below: &str, text: &str) -> bool {
    let files = office.share.tree(below).into_values();
    files
        .into_iter()
        .any(|bytes| crate::share::holds(&bytes, text.as_bytes()))
}

#[test]
fn killed_anywhere_a_sealing_leaves_no_readable_copy_behind_the_next_run() {
    let office = Office::new();
    with_codes(&office);
    let clock = ["--clock", "end-of-relationship=2020-03-01"];
    let plan = office.plan("seal", &clock);
    let create = |plan: &str| {
        let args = ["seal", "create", plan, "--job", "job", "--archives", "arch"];
        [&args[..], &["--key", "asker.key"]].concat().join(" ")
    };
    let (command, kept) = (create(&plan), resident_id(905));
    fs::create_dir(office.share.path("arch")).unwrap();
    let args: Vec<&str> = command.split(' ').collect();
    for step in ["begun", "copied", "hashed", "boxed", "checked"] {
        office.killed(&format!("seal.{step}"), &args);
        // What this is all about: the copies keep what the law keeps.
        let left = lies_below(&office, "arch", &kept);
        assert_eq!(left, step != "begun", "{step}");
        let done = office.run(&args).ends(0);
        assert_eq!(
            done.err.contains("were deleted"),
            left,
            "{step}: {}",
            done.err
        );
        assert!(!lies_below(&office, "arch", &kept), "{step}");
        let id = office.listed("arch").remove(0);
        assert_eq!(office.listed("arch").len(), 1, "{step}");
        fs::remove_dir_all(office.share.path(format!("arch/{id}"))).unwrap();
        fs::remove_file(office.share.path(format!("job/runs/{id}.json"))).unwrap();
    }

    // Finished by the next run, the list that erasing goes by is of what lies in the archive.
    for step in ["seal.published", "seal.recorded"] {
        office.killed(step, &args);
        assert!(!lies_below(&office, "arch", &kept), "{step}");
        office.run(&args).ends(0);
        let id = office.listed("arch").remove(0);
        let record = office.share.get(format!("arch/{id}/record.json"));
        let record: Value = serde_json::from_slice(&record).unwrap();
        let list = office.share.get(format!("job/backups/{id}.sha256"));
        let digest = inkout::digest::Hashes::of(&list).sha256;
        assert_eq!(string(&record["contents"]), digest, "{step}");
        fs::remove_dir_all(office.share.path(format!("arch/{id}"))).unwrap();
        fs::remove_file(office.share.path(format!("job/runs/{id}.json"))).unwrap();
    }

    // Nobody runs the plan again: the run of another one clears.
    office.killed("seal.copied", &args);
    assert!(lies_below(&office, "arch", &kept));
    let other = office.plan("seal", &clock);
    let command = create(&other);
    let args: Vec<&str> = command.split(' ').collect();
    let done = office.run(&args).ends(0);
    assert!(done.err.contains("were deleted"), "{}", done.err);
    assert!(!lies_below(&office, "arch", &kept));
    assert_eq!(office.listed("arch").len(), 1);
}

#[test]
fn masks_differ_by_class_and_rule() {
    let office = Office::new();
    with_codes(&office);
    let terms = [
        "--recipient",
        "Bank",
        "--purpose",
        "custody",
        "--notice-ref",
        "N-1",
        "--consent-ref",
        "C-1",
        "--copies",
        "display",
    ];
    let mut bad = vec![
        "plan",
        "handover",
        "--job",
        "job",
        "--key",
        "asker.key",
        "--policy",
        "brokerage",
        "--ticket",
        "T",
        "--reason",
        "r",
        "--legal-basis",
        "l",
        "--mask",
        "C4=remove",
    ];
    bad.extend(terms);
    let refused = office.run(&bad).ends(2);
    assert!(refused.err.contains("--mask"), "{}", refused.err);
    let masks = [
        "--mask",
        "C3=remove",
        "--mask",
        "intl.payment-card=token",
        "--mask",
        "cn.bank-card=token",
    ];
    let plan = office.plan("handover", &[&terms[..], &masks].concat());
    office
        .run(&handover(&plan, &["--container", "none"]))
        .ends(0);
    let package = office.package();
    let text = |name: &str| office.share.string(package.join("bag").join(name));
    let copy = text("data/1/开户资料.csv");
    let line = copy.lines().nth(3).unwrap();
    let cells: Vec<&str> = line.split(',').collect();
    assert!(
        cells[0].starts_with(&resident_id(902)[..1]) && cells[0].contains('*'),
        "{line}"
    );
    assert!(cells[1].contains('#'), "a token: {line}");
    assert_eq!(cells[2], "", "{line}");
    let manifest: Value = serde_json::from_str(&text("inkout/manifest.json")).unwrap();
    let files = manifest["files"].as_array().unwrap();
    let file = files
        .iter()
        .find(|f| string(&f["path"]).ends_with("开户资料.csv"))
        .unwrap();
    let modes: BTreeSet<&str> = file["redactions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| string(&r["mode"]))
        .collect();
    assert!(
        modes.contains("remove") && modes.contains("token"),
        "{file}"
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story, step by step")]
fn live_copies_are_masked_in_place_once_sealed_and_can_be_taken_back() {
    let office = Office::new();
    let share = &office.share;
    let before = share.tree("in");
    let plan = office.plan(
        "seal",
        &[
            "--clock",
            "end-of-relationship=2020-03-01",
            "--live",
            "mask",
        ],
    );
    let quarantine = |run: &str| {
        let args = format!("quarantine {plan} --run {run} --job job --key asker.key --yes");
        office.line(&args)
    };
    let early = quarantine("run0").ends(4);
    assert!(
        early.err.contains("knows no backup"),
        "not sealed yet: {}",
        early.err
    );
    let create = format!("seal create {plan} --job job --archives arch --key asker.key");
    office.line(&create).ends(0);
    let done = quarantine("run1");
    assert!(matches!(done.code, 0 | 4), "{}", done.err);
    let masked = share.tree("in/柜台");
    assert_eq!(masked.len(), FILES as usize);
    for (name, bytes) in &masked {
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(
            !text.contains(&resident_id(0)) && text.contains('*'),
            "{name:?}"
        );
    }
    let undo = ["undo", "run1", "--key", "asker.key"];
    office.run(&undo).ends(0);
    assert_eq!(share.tree("in"), before);

    // A copy that somebody has written to stays; its file waits in quarantine.
    let done = quarantine("run2");
    assert!(matches!(done.code, 0 | 4), "{}", done.err);
    let name = share.path("in/柜台/客户名单0.csv");
    fs::write(&name, "notes of today").unwrap();
    let undo = ["undo", "run2", "--key", "asker.key"];
    office.run(&undo).ends(3);
    assert_eq!(fs::read(&name).unwrap(), b"notes of today");
    fs::remove_file(&name).unwrap();
    office.run(&undo).ends(0);
    assert_eq!(share.tree("in"), before);

    // Purged: the masked copies stay, the archive has what they were.
    let done = quarantine("run3");
    assert!(matches!(done.code, 0 | 4), "{}", done.err);
    let masked = share.tree("in/柜台");
    let purge = format!("purge {plan} --run run3 --key asker.key --yes --waive-undo reviewed");
    let purged = office.line(&purge);
    assert!(matches!(purged.code, 0 | 4), "{}", purged.err);
    assert_eq!(share.tree("in/柜台"), masked);
    let id = office.listed("arch").remove(0);
    let open = format!(
        "seal open {id} --archives arch --job job --key first.key --role compliance --reason \
        look --out out"
    );
    office.line(&open).ends(0);
    assert_eq!(share.tree("out/1"), before);
    let certify =
        "certify run3/result.json --job job --key first.key --issuer Sender --out certificate";
    office.line(certify).ends(0);
    let certificate: Value =
        serde_json::from_slice(&share.get("certificate/certificate.json")).unwrap();
    assert_eq!(certificate["kind"], "erase");
    let kinds: Vec<&str> = certificate["remaining"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| string(&r["kind"]))
        .collect();
    assert!(
        kinds.contains(&"masked") && kinds.contains(&"sealed"),
        "{kinds:?}"
    );
    let approvers = certificate["approvers"].as_array().unwrap();
    let roles: BTreeSet<&str> = approvers.iter().map(|a| string(&a["role"])).collect();
    assert_eq!(roles, BTreeSet::from(["compliance", "legal"]));
}

#[test]
fn killed_while_live_copies_are_masked_nothing_is_lost() {
    let office = Office::new();
    let share = &office.share;
    let before = share.tree("in");
    let plan = office.plan(
        "seal",
        &[
            "--clock",
            "end-of-relationship=2020-03-01",
            "--live",
            "mask",
        ],
    );
    let create = format!("seal create {plan} --job job --archives arch --key asker.key");
    office.line(&create).ends(0);
    // Steps of journal, moves and copies; each is tried, and the resume ends it.
    for at in (1..).step_by(3) {
        let run = format!("run{at}");
        let args = [
            "quarantine",
            &plan,
            "--run",
            &run,
            "--job",
            "job",
            "--key",
            "asker.key",
            "--yes",
        ];
        let mut command = Command::new(PROGRAM);
        let command = command.args(["--lang", "en"]).args(args);
        let killed = share.finish(command.env("INKOUT_FAIL_AT", format!("{at}:kill")));
        let whole = killed.code >= 0;
        let resumed = office.run(&["resume", &run, "--key", "asker.key"]);
        if resumed.code == 4 && resumed.err.contains("were never all made") {
            assert_eq!(share.tree("in"), before, "{at}");
            continue;
        }
        assert!(matches!(resumed.code, 0 | 2 | 4), "{at}: {}", resumed.err);
        if resumed.code != 2 {
            let undone = office.run(&["undo", &run, "--key", "asker.key"]);
            assert!(matches!(undone.code, 0), "{at}: {}", undone.err);
        }
        assert_eq!(share.tree("in"), before, "{at}");
        if whole {
            assert!(at > 20, "{at}");
            return;
        }
    }
}
