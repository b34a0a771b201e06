//! Sealed archives against whoever can write the folders but has no listed key, and against slips: nothing goes
//! before its term, nothing is called destroyed that stands.

use crate::{
    archive_end::{OVER, Sealed, seal, sealed_and_gone},
    packages::Office,
    share::string,
    synthetic::mobile,
};
use inkout::{
    keys::{Signer, Stamp},
    model::canonical_file,
    seal::{LeftOut, Record},
};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// What versions before did not tell the trail of an archive.
const RECORDS: [&str; 2] = ["record", "key"];

/// Changes a record and signs it with a key that stands on no list.
fn forge(path: &Path, edit: &dyn Fn(&mut Record)) {
    let mut record: Record = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    edit(&mut record);
    record.stamp = None;
    let stamp = Stamp::make(&Signer::new([77; 32]), "archive record", &record).unwrap();
    record.stamp = Some(stamp);
    fs::write(path, canonical_file(&record).unwrap()).unwrap();
}

fn record_of(sealed: &Sealed) -> PathBuf {
    let below = format!("arch/{}/record.json", sealed.id);
    sealed.office.share.path(below)
}

/// Facts by which only one small file is due.
fn one_is_due(office: &Office) -> &'static str {
    fs::write(
        office.share.path("facts.toml"),
        "schema = 1\n[[facts]]\npaths = [\"gbk.txt\"]\ndates = { end-of-relationship = 2000-01-01 }\n",
    )
    .unwrap();
    "--facts facts.toml"
}

/// Leaves everything out of a record but one file of the plan.
fn all_but_one(office: &Office, record: &mut Record) {
    let plans = office.listed("job/plans");
    let plans = plans.iter().filter(|n| n.ends_with(".json"));
    for name in plans {
        let bytes = office.share.get(format!("job/plans/{name}"));
        let digest = inkout::digest::Hashes::of(&bytes).sha256;
        if record.plan != format!("sha256:{digest}") {
            continue;
        }
        let plan: Value = serde_json::from_slice(&bytes).unwrap();
        for item in plan["items"].as_array().unwrap() {
            if item["path"] != "gbk.txt" {
                let item = u32::try_from(item["number"].as_u64().unwrap()).unwrap();
                let why = "changed".to_owned();
                record.left_out.push(LeftOut { item, why });
            }
        }
    }
}

#[test]
fn a_record_that_was_edited_and_signed_anew_destroys_nothing() {
    let sealed = Sealed::new("");
    let office = &sealed.office;
    let facts = one_is_due(office);
    let early = sealed.asked(facts).ends(4);
    assert!(
        early.text().contains("end-of-relationship"),
        "{}",
        early.text()
    );
    let true_record = office.share.get(record_of(&sealed));
    forge(&record_of(&sealed), &|r| all_but_one(office, r));
    let forged = sealed.asked(facts).ends(5);
    assert!(forged.err.contains("record"), "{}", forged.err);

    // Looking at it does not make it true, and nobody opens it by such a record.
    let of = |verb: &str, more: &str| {
        format!(
            "seal {verb} {} --archives arch --job job --key first.key --role compliance {more}",
            sealed.id
        )
    };
    office.line(&of("check", "")).ends(5);
    office.line(&of("open", "--reason look --out out")).ends(5);

    // Others who open it, and the key that is its own, are what they were.
    fs::write(record_of(&sealed), &true_record).unwrap();
    sealed.asked(OVER).ends(0);
    sealed.approved();
    let other = inkout::containers::Identity::generate().recipient();
    forge(&record_of(&sealed), &|r| {
        r.recipients = vec![other.to_string()];
    });
    sealed.asked(OVER).ends(5);
}

#[test]
fn a_record_that_is_changed_after_the_approvals_stops_the_purge_before_anything_is_destroyed() {
    let sealed = Sealed::new("");
    let office = &sealed.office;
    sealed.asked(OVER).ends(0);
    sealed.approved();
    sealed.quarantine("run").ends(0);
    let path = record_of(&sealed);
    let true_record = office.share.get(&path);
    forge(&path, &|r| r.files = 1);
    sealed.purge_at("run", None).ends(5);
    fs::remove_file(&path).unwrap();
    sealed.purge_at("run", None).ends(6);
    let journal = office.share.string("run/journal.jsonl");
    assert!(!journal.contains("\"ev\":\"intent\""), "{journal}");
    fs::write(&path, true_record).unwrap();
    sealed.purge_at("run", None).ends(0);
    assert!(sealed.record()["destroyed"].is_object());
}

#[test]
fn an_archive_of_before_the_trail_knew_records_is_judged_by_all_that_was_sealed() {
    let sealed = Sealed::new("");
    let office = &sealed.office;
    let facts = one_is_due(office);
    office.forget(&RECORDS);
    // Signed by a key of the list, and nothing was left out: it can end.
    sealed.asked(OVER).ends(0);
    let true_record = office.share.get(record_of(&sealed));
    forge(&record_of(&sealed), &|r| all_but_one(office, r));
    sealed.asked(facts).ends(5);
    fs::write(record_of(&sealed), &true_record).unwrap();
    sealed.asked(facts).ends(4);
}

#[test]
fn a_person_is_found_in_an_archive_whatever_the_jobs_copy_of_its_record_says() {
    let office = Office::new();
    sealed_and_gone(&office);
    fs::write(office.share.path("person"), format!("{}\n", mobile(7001))).unwrap();
    let id = office.listed("arch").remove(0);
    let copy = office.share.path(format!("job/backups/{id}.json"));
    let hold = "hold add --subject-file person --reason claim --key asker.key --job job";
    let paths = || {
        let holds: Value = serde_json::from_slice(&office.share.get("job/holds.json")).unwrap();
        let all = holds["holds"].as_array().unwrap();
        all.last().unwrap()["paths"].as_array().unwrap().len()
    };
    office.line(hold).ends(0);
    assert_eq!(paths(), 1);
    forge(&copy, &|r| {
        r.left_out = (1..50)
            .map(|item| LeftOut {
                item,
                why: "changed".into(),
            })
            .collect();
    });
    office.line(hold).ends(0);
    assert!(paths() >= 1, "left out by a forged record");
    forge(&copy, &|r| {
        r.left_out.clear();
        r.destroyed = Some(inkout::seal::Destroyed {
            time: "2026-01-01T00:00:00Z".into(),
            by: "x".into(),
            reason: "x".into(),
            still: Vec::new(),
        });
    });
    office.line(hold).ends(0);
    assert!(paths() >= 1, "destroyed by a forged record");
    fs::remove_file(&copy).unwrap();
    office.line(hold).ends(0);
    assert!(paths() >= 1, "the record is not there");
}

#[test]
fn two_archives_never_share_a_key() {
    let office = Office::new();
    let first = seal(&office, "");
    let key = format!("job/secrets/{first}.agekey");
    let plan = office.plan("seal", &["--clock", "end-of-relationship=2020-03-02"]);
    let create = |key: &str| {
        format!("seal create {plan} --job job --archives arch --key asker.key --archive-key {key}")
    };
    let foreign = office.line(&create(&key)).ends(4);
    assert!(foreign.err.contains("first line"), "{}", foreign.err);
    assert_eq!(office.listed("arch"), std::slice::from_ref(&first));
    // A copy that says to be the other's is the first's still.
    let digest = inkout::digest::Hashes::of(&office.share.get(&plan)).sha256;
    let text = office.share.string(&key);
    let renamed = text.replacen(&first, &format!("seal-{}", &digest[..16]), 1);
    fs::write(office.share.path("renamed"), &renamed).unwrap();
    let renamed = office.line(&create("renamed")).ends(4);
    assert!(renamed.err.contains(&first), "{}", renamed.err);
    assert_eq!(office.listed("arch"), std::slice::from_ref(&first));
    let backup =
        "backup create --job job --archives arch --key asker.key --role executor --reason before";
    office
        .line(&format!("{backup} --archive-key {key}"))
        .ends(4);
    office.line(&create("second.agekey")).ends(0);

    // Shared already, by an earlier version: neither ends while the other stands.
    office.forget(&RECORDS);
    let sealed = Sealed { office, id: first };
    sealed.asked(OVER).ends(0);
    let office = &sealed.office;
    let own: Record = serde_json::from_slice(&office.share.get(record_of(&sealed))).unwrap();
    let all = office.listed("job/backups");
    let other = all
        .iter()
        .find(|n| n.ends_with(".json") && !n.starts_with(&sealed.id))
        .unwrap();
    let other = office.share.path(format!("job/backups/{other}"));
    forge(&other, &|r| r.key.clone_from(&own.key));
    let shared = sealed.asked(OVER).ends(4);
    assert!(shared.err.contains("seal-"), "{}", shared.err);
}

#[test]
fn archives_and_keys_in_a_scanned_share_are_no_files_of_an_ordinary_plan() {
    let office = Office::new();
    let plan = office.plan("seal", &["--clock", "end-of-relationship=2020-03-01"]);
    fs::create_dir(office.share.path("in/arch")).unwrap();
    office
        .line(&format!(
            "seal create {plan} --job job --archives in/arch --key asker.key --archive-key in/k/one.agekey"
        ))
        .ends(0);
    let id = office.listed("in/arch").remove(0);
    // A copy of the key under no name of ours, and one of the archive that no job knows.
    let text = office.share.string("in/k/one.agekey");
    let bare = text.lines().last().unwrap().to_owned();
    fs::write(office.share.path("in/k/copy.txt"), format!("{bare}\n")).unwrap();
    let scanned = office.line("scan in --job job --fail-on never");
    assert!(matches!(scanned.code, 0 | 3), "{}", scanned.err);
    let asked = |n: u32| -> Vec<(String, String)> {
        let line = format!(
            "plan erase --job job --key asker.key --policy brokerage --ticket T --reason r --legal-basis l \
             --notice-ref N --consent-ref C --no-backup none {OVER} -o erase{n}.json"
        );
        let made = office.line(&line);
        assert!(matches!(made.code, 0 | 3), "{}", made.err);
        let plan: Value =
            serde_json::from_slice(&office.share.get(format!("erase{n}.json"))).unwrap();
        let items = plan["items"].as_array().unwrap().iter();
        items
            .map(|i| {
                let why = i["why"].as_str().unwrap_or("carried");
                (string(&i["path"]).to_owned(), why.to_owned())
            })
            .collect()
    };
    let check = |all: &[(String, String)]| {
        let of = |path: &str| {
            let found = all.iter().filter(|(p, _)| p.starts_with(path));
            found.map(|(_, why)| why.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(of("k/one.agekey"), ["archive"]);
        assert_eq!(of("k/copy.txt"), ["archive"]);
        let parts = of(&format!("arch/{id}/"));
        assert!(
            parts.len() >= 2 && parts.iter().all(|w| *w == "archive"),
            "{parts:?}"
        );
        assert_eq!(of("gbk.txt"), ["carried"]);
    };
    check(&asked(1));
    for name in office.listed("job/backups") {
        if name.ends_with(".place") {
            fs::remove_file(office.share.path(format!("job/backups/{name}"))).unwrap();
        }
    }
    check(&asked(2));
}

#[test]
fn nothing_is_called_destroyed_while_key_or_archive_stand() {
    let sealed = Sealed::new("");
    let office = &sealed.office;
    let (id, path) = (&sealed.id, |below: &str| office.share.path(below));
    let key = format!("job/secrets/{id}.agekey");
    let text = office.share.get(&key);
    // The key is there: nobody may say that it is gone.
    let gone = "--key-gone medium-lost";
    let refused = sealed.asked(&format!("{OVER} {gone}")).ends(4);
    assert!(refused.err.contains("agekey"), "{}", refused.err);
    // Under another name, too.
    fs::rename(path(&key), path("job/secrets/other")).unwrap();
    sealed.asked(&format!("{OVER} {gone}")).ends(4);
    fs::rename(path("job/secrets/other"), path(&key)).unwrap();
    // A copy of the archive is not the archive.
    fs::create_dir_all(path("copy").join(id)).unwrap();
    for name in office.listed(&format!("arch/{id}")) {
        fs::copy(
            path("arch").join(id).join(&name),
            path("copy").join(id).join(&name),
        )
        .unwrap();
    }
    let copy = sealed.asked(&format!("{OVER} --archives copy")).ends(4);
    assert!(copy.err.contains("arch"), "{}", copy.err);
    // What a name leads to is not destroyed with the name.
    std::os::unix::fs::symlink(path(&key), path("link")).unwrap();
    sealed.asked(&format!("{OVER} --archive-key link")).ends(2);
    fs::hard_link(path(&key), path("second-name")).unwrap();
    let named = sealed.asked(OVER).ends(4);
    assert!(named.err.contains("key"), "{}", named.err);
    fs::remove_file(path("second-name")).unwrap();

    // The key comes back after the plan was made: nothing is purged.
    fs::rename(path(&key), path("away")).unwrap();
    sealed.asked(&format!("{OVER} {gone}")).ends(0);
    sealed.approved();
    sealed.quarantine("run0").ends(0);
    fs::rename(path("away"), path(&key)).unwrap();
    let back = sealed.purge_at("run0", None).ends(4);
    assert!(back.err.contains("agekey"), "{}", back.err);
    office.line("undo run0 --key asker.key").ends(0);

    // With a copy of the key beside, the parts alone are gone for sure, and it is said so.
    sealed.asked(OVER).ends(0);
    sealed.approved();
    sealed.quarantine("run1").ends(0);
    fs::write(path("job/secrets/copy"), &text).unwrap();
    let purged = sealed.purge_at("run1", None).ends(4);
    assert!(purged.text().contains("not proved"), "{}", purged.text());
    let still = sealed.record()["destroyed"]["still"].clone();
    assert_eq!(still, serde_json::json!([sealed.record()["key"]]));
    let listed = office.line("seal list --archives arch").ends(0);
    assert!(listed.text().contains("not proved"), "{}", listed.text());
    assert!(!office.events().iter().any(|e| e == "seal.destroyed"));
    let certify = "--key second.key --role legal --issuer Firm --job job";
    office
        .line(&format!("certify run1 --out cert1 {certify}"))
        .ends(0);
    let paper: Value = serde_json::from_slice(&office.share.get("cert1/certificate.json")).unwrap();
    let remains = paper["remaining"].as_array().unwrap().iter();
    let remains: Vec<&str> = remains.map(|r| string(&r["id"])).collect();
    assert!(remains.contains(&id.as_str()), "{remains:?}");
    // The copy can be destroyed, and then all is.
    sealed
        .asked(&format!("{OVER} --archive-key job/secrets/copy"))
        .ends(0);
    sealed.approved();
    sealed.quarantine("run2").ends(0);
    let purged = sealed.purge_at("run2", None).ends(0);
    assert!(!purged.text().contains("not proved"), "{}", purged.text());
    assert_eq!(sealed.record()["destroyed"]["still"], serde_json::json!([]));
    assert!(office.events().iter().any(|e| e == "seal.destroyed"));
    assert_eq!(sealed.lies(), (vec!["record.json".to_owned()], false));
    sealed.asked(OVER).ends(4);
    let open = format!(
        "seal open {id} --archives arch --job job --key first.key --role compliance --reason look --out out"
    );
    let opened = office.line(&open).ends(4);
    assert!(opened.err.contains("was destroyed on"), "{}", opened.err);
}

#[test]
fn other_dates_than_at_the_sealing_are_said() {
    let sealed = Sealed::new("");
    let office = &sealed.office;
    let asked = sealed.asked(OVER).ends(0);
    for word in ["2040-03-02", "2020-01-02"] {
        assert!(asked.text().contains(word), "{word}: {}", asked.text());
    }
    let shown = office.line("plan show end.json --job job").ends(0);
    assert!(shown.text().contains("2040-03-02"), "{}", shown.text());
    sealed.approved();
    sealed.quarantine("run").ends(0);
    sealed.purge_at("run", None).ends(0);
    office
        .line("certify run --out cert --key second.key --role legal --issuer Firm --job job")
        .ends(0);
    let page = office.share.string("cert/certificate.html");
    assert!(page.contains("2040-03-02"));
}

#[test]
fn the_check_of_a_copy_is_none_of_the_archive() {
    let sealed = Sealed::new("");
    let (office, id) = (&sealed.office, &sealed.id);
    let path = |below: &str| office.share.path(below);
    let (place, record) = (
        format!("job/backups/{id}.place"),
        format!("job/backups/{id}.json"),
    );
    let known = || (office.share.get(&place), office.share.get(&record));
    let before = known();
    fs::create_dir_all(path("copy").join(id)).unwrap();
    for name in office.listed(&format!("arch/{id}")) {
        let below = Path::new(id).join(name);
        fs::copy(path("arch").join(&below), path("copy").join(&below)).unwrap();
    }
    let check = |archives: &str, more: &str| {
        let who = "--key first.key --role compliance";
        office.line(&format!(
            "seal check {id} --archives {archives} --job job {who} {more}"
        ))
    };
    let copy = check("copy", "").ends(0);
    assert!(copy.text().contains("this is a copy"), "{}", copy.text());
    assert!(known() == before, "the copy was taken for the archive");
    // Nor is a copy of its key the key.
    let key = format!("job/secrets/{id}.agekey");
    fs::copy(path(&key), path("second.agekey")).unwrap();
    let own = check("arch", "--archive-key second.agekey").ends(0);
    assert!(!own.text().contains("copy"), "{}", own.text());
    assert_eq!(known().0, before.0);
    assert_ne!(known().1, before.1, "the check of the archive counts");
    // A copy that is damaged says nothing of the archive.
    let now = known();
    let part = office.listed(&format!("copy/{id}"));
    let part = part.iter().find(|n| n.ends_with(".age")).unwrap();
    let part = path("copy").join(id).join(part);
    let whole = fs::read(&part).unwrap();
    fs::write(&part, &whole[1..]).unwrap();
    check("copy", "").ends(5);
    assert!(known() == now, "the copy was taken for the archive");
    fs::write(&part, whole).unwrap();
    // The archive is gone: what was its copy is the archive from now on, and so with the key.
    fs::rename(path("arch"), path("away")).unwrap();
    fs::rename(path(&key), path("away.agekey")).unwrap();
    let moved = check("copy", "--archive-key second.agekey").ends(0);
    assert!(moved.text().contains("from now on"), "{}", moved.text());
    let lies = String::from_utf8(known().0).unwrap();
    assert!(lies.contains("copy/"), "{lies}");
    assert!(lies.contains("second.agekey"), "{lies}");
    sealed.asked(OVER).ends(0);
}

#[test]
fn the_key_of_a_backup_that_nobody_bears_out_stands() {
    ends_when_looked_at(&|office| office.forget(&RECORDS));
}

#[test]
fn the_key_of_a_backup_that_the_trail_does_not_know_stands() {
    ends_when_looked_at(&|office| office.retell(&|event| event.event != "backup.made"));
}

/// Of a backup that a key beside the list made, whose trail is made anew.
fn ends_when_looked_at(retell: &dyn Fn(&Office)) {
    let office = Office::new();
    office.run(&["keys", "new", "stranger"]).ends(0);
    office
        .line("backup create --job job --archives bk --key stranger.key --reason before")
        .ends(0);
    let id = office.listed("bk").remove(0);
    let end = |verb: &str, more: &str| {
        office.line(&format!(
            "backup {verb} {id} --archives bk --job job --key asker.key {more}"
        ))
    };
    let sure = format!("--reason over --confirm {id}");
    retell(&office);
    let key = office.share.path(format!("job/secrets/{id}.agekey"));
    let refused = end("destroy-key", &sure).ends(5);
    assert!(refused.err.contains("backup verify"), "{}", refused.err);
    assert!(key.exists());
    // Somebody on the list looks at it: then it can end.
    end("verify", "").ends(0);
    end("destroy-key", &sure).ends(0);
    assert!(!key.exists());
}
