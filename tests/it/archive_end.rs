//! A sealed archive at the end of its terms: refused before, destroyed with its key after, whatever is killed on the
//! way; and what a certificate says of it.

use crate::{
    packages::Office,
    share::{Run, string},
};
use serde_json::Value;
use std::fs;

const ERASE: &str = "plan erase --job job --key asker.key --policy brokerage --ticket T-2 --reason over \
                     --legal-basis PIPL-47 --notice-ref N-1 --consent-ref C-1 --no-backup none-wanted -o end.json";
pub(crate) const OVER: &str = "--clock end-of-relationship=2000-01-01";

/// An office with a sealed archive.
pub(crate) struct Sealed {
    pub(crate) office: Office,
    pub(crate) id: String,
}

impl Sealed {
    pub(crate) fn new(more: &str) -> Self {
        let office = Office::new();
        let id = seal(&office, more);
        Self { office, id }
    }

    /// Asks for the end of the archive.
    pub(crate) fn asked(&self, more: &str) -> Run {
        let _ = fs::remove_file(self.office.share.path("end.json"));
        let _ = fs::remove_dir_all(self.office.share.path("end.papers"));
        self.office
            .line(&format!("{ERASE} --sealed {} {more}", self.id))
    }

    pub(crate) fn approved(&self) {
        for (who, role) in [("first", "compliance"), ("second", "legal")] {
            let line = format!("approve end.json --key {who}.key --role {role} --job job");
            self.office.line(&line).ends(0);
        }
    }

    pub(crate) fn quarantine(&self, run: &str) -> Run {
        self.office.line(&format!(
            "quarantine end.json --run {run} --job job --key asker.key --yes"
        ))
    }

    pub(crate) fn purge_at(&self, run: &str, fail_at: Option<&str>) -> Run {
        let line =
            format!("purge end.json --run {run} --key asker.key --yes --waive-undo reviewed");
        self.office.line_at(fail_at, &line)
    }

    pub(crate) fn record(&self) -> Value {
        let record = format!("arch/{}/record.json", self.id);
        serde_json::from_slice(&self.office.share.get(record)).unwrap()
    }

    /// Names in the archive's folder, and whether its key is there.
    pub(crate) fn lies(&self) -> (Vec<String>, bool) {
        let key = format!("job/secrets/{}.agekey", self.id);
        let parts = self.office.listed(&format!("arch/{}", self.id));
        (parts, self.office.share.path(key).exists())
    }
}

/// Seals everything, within its term; the id of the archive.
pub(crate) fn seal(office: &Office, more: &str) -> String {
    let before = office.listed("arch");
    let plan = office.plan("seal", &["--clock", "end-of-relationship=2020-03-01"]);
    office
        .line(&format!(
            "seal create {plan} --job job --archives arch --key asker.key {more}"
        ))
        .ends(0);
    let mut after = office.listed("arch");
    after.retain(|n| !before.contains(n));
    assert_eq!(after.len(), 1);
    after.remove(0)
}

/// Seals everything and destroys the files themselves: they lie in the archive alone, and no inventory lists them.
pub(crate) fn sealed_and_gone(office: &Office) {
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
    let again = office.line("scan in --job job --fail-on never");
    assert!(matches!(again.code, 0 | 3), "{}", again.err);
}

#[test]
fn before_its_term_an_archive_is_refused_with_article_and_day() {
    let sealed = Sealed::new("");
    let early = sealed
        .asked("--clock end-of-relationship=2020-03-01")
        .ends(4);
    let said = early.text();
    for word in [
        "securities-20y",
        "证券法 第一百三十七条",
        "2040-03-02",
        "may not be destroyed yet",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
    // Of a plan by which nothing goes nothing is to be approved, and its items are none of the inventory.
    for word in ["inkout approve", "of the inventory"] {
        assert!(!said.contains(word), "{word}: {said}");
    }
    let unknown = sealed.asked("").ends(4);
    assert!(
        unknown.text().contains("end-of-relationship"),
        "{}",
        unknown.text()
    );
    // One file that somebody keeps, keeps the archive.
    let hold = "hold add --path gbk.txt --reason claim --key asker.key --job job";
    sealed.office.line(hold).ends(0);
    let held = sealed.asked(OVER).ends(4);
    assert!(held.text().contains("H1"), "{}", held.text());
    let release = "hold release H1 --reason over --key asker.key --job job";
    sealed.office.line(release).ends(0);
    // What is not of this job, or not there, is not destroyed by it.
    sealed
        .office
        .line(&format!("{ERASE} --sealed seal-0123 {OVER}"))
        .ends(2);
    let record = format!("arch/{}/record.json", sealed.id);
    let told = sealed.office.share.get(&record);
    fs::rename(
        sealed.office.share.path("job/plans"),
        sealed.office.share.path("away"),
    )
    .unwrap();
    sealed.asked(OVER).ends(4);
    fs::rename(
        sealed.office.share.path("away"),
        sealed.office.share.path("job/plans"),
    )
    .unwrap();
    let key = format!("job/secrets/{}.agekey", sealed.id);
    fs::rename(
        sealed.office.share.path(&key),
        sealed.office.share.path("key"),
    )
    .unwrap();
    let lost = sealed.asked(OVER).ends(2);
    assert!(lost.err.contains("--archive-key"), "{}", lost.err);
    sealed.asked(&format!("{OVER} --archive-key key")).ends(0);
    sealed
        .asked(&format!("{OVER} --key-gone medium-lost"))
        .ends(0);
    assert_eq!(sealed.office.share.get(&record), told);
}

#[test]
fn after_its_term_an_archive_and_its_key_are_destroyed_and_certified() {
    let sealed = Sealed::new("--volume-size 4096");
    let (office, id) = (&sealed.office, &sealed.id);
    let live = office.share.tree("in");
    sealed.asked(OVER).ends(0);
    assert_eq!(sealed.quarantine("run0").code, 4, "nobody has approved it");
    sealed.approved();
    // Put on after the approvals, a hold on one file in it keeps all.
    office
        .line("hold add --path gbk.txt --reason claim --key asker.key --job job")
        .ends(0);
    let held = sealed.quarantine("run1").ends(4);
    assert!(held.err.contains("H1"), "{}", held.err);
    office
        .line("hold release H1 --reason over --key asker.key --job job")
        .ends(0);

    sealed.quarantine("run2").ends(0);
    let open = format!(
        "seal open {id} --archives arch --job job --key first.key --role compliance --reason look --out out"
    );
    assert!(office.line(&open).code >= 2);
    office.line("undo run2 --key asker.key").ends(0);
    let check =
        format!("seal check {id} --archives arch --job job --key first.key --role compliance");
    office.line(&check).ends(0);

    sealed.quarantine("run3").ends(0);
    let wrong = "purge end.json --run run3 --key asker.key --waive-undo reviewed --confirm yes";
    office.line(wrong).ends(4);
    let before = "purge end.json --run run3 --key asker.key --yes";
    office.line(before).ends(4);
    let gone = sealed.purge_at("run3", None).ends(0);
    assert!(
        gone.text().contains("were not looked for"),
        "{}",
        gone.text()
    );
    assert_eq!(sealed.lies(), (vec!["record.json".to_owned()], false));
    assert_eq!(string(&sealed.record()["destroyed"]["reason"]), "over");
    assert_eq!(office.share.tree("in"), live, "nothing else was touched");
    let events = office.events();
    assert_eq!(events.iter().filter(|e| *e == "seal.destroyed").count(), 1);
    let listed = office.line("seal list --archives arch").ends(0);
    assert!(listed.text().contains("destroyed"), "{}", listed.text());
    office.line(&open).ends(4);
    sealed.asked(OVER).ends(4);

    let certify = "certify run3 --out cert --key second.key --role legal --issuer Firm --job job";
    office.line(certify).ends(0);
    office
        .line("verify certificate cert/certificate.json")
        .ends(0);
    let paper: Value = serde_json::from_slice(&office.share.get("cert/certificate.json")).unwrap();
    assert_eq!(string(&paper["sealed"]["id"]), id);
    assert_eq!(paper["retention"][0]["files"], paper["sealed"]["files"]);
    let contents = paper["contents"].as_array().unwrap();
    assert_eq!(
        contents.len() as u64,
        paper["sealed"]["files"].as_u64().unwrap()
    );
    assert!(
        contents
            .iter()
            .all(|l| l["done"] == true && l["path"].is_null())
    );
    let page = office.share.string("cert/certificate.html");
    assert!(page.contains("whoever has a copy of both still opens it"));
    // What remains of other destructions no longer names it.
    assert!(
        paper["remaining"].as_array().unwrap().is_empty(),
        "{}",
        paper["remaining"]
    );
}

#[test]
fn an_archive_that_others_can_open_is_said_to_stand_open_elsewhere() {
    let office = Office::new();
    let other = inkout::containers::Identity::generate()
        .recipient()
        .to_string();
    let id = seal(&office, &format!("--recipient {other}"));
    let sealed = Sealed { office, id };
    let key = format!("job/secrets/{}.agekey", sealed.id);
    fs::remove_file(sealed.office.share.path(key)).unwrap();
    sealed
        .asked(&format!("{OVER} --key-gone medium-lost"))
        .ends(0);
    sealed.approved();
    sealed.quarantine("run").ends(0);
    let gone = sealed.purge_at("run", None).ends(0);
    assert!(gone.text().contains(&other), "{}", gone.text());
    assert_eq!(sealed.lies(), (vec!["record.json".to_owned()], false));
    sealed
        .office
        .line("certify run --out cert --key second.key --role legal --issuer Firm --job job")
        .ends(0);
    let paper: Value =
        serde_json::from_slice(&sealed.office.share.get("cert/certificate.json")).unwrap();
    assert_eq!(string(&paper["remaining"][0]["id"]), other);
    let page = sealed.office.share.string("cert/certificate.html");
    assert!(page.contains("medium-lost"));
}

#[test]
fn killed_anywhere_the_end_of_an_archive_is_finished_by_the_next_run() {
    let mut sealed = Sealed::new("");
    let steps = (1..).step_by(9).map(|n: u32| n.to_string());
    let mut killed = 0;
    for (n, at) in std::iter::once("seal.marked".to_owned())
        .chain(steps)
        .enumerate()
    {
        sealed.asked(OVER).ends(0);
        sealed.approved();
        let run = format!("run{n}");
        sealed.quarantine(&run).ends(0);
        let ended = sealed.purge_at(&run, Some(&at));
        let resumed = sealed.office.line(&format!("resume {run} --key asker.key"));
        assert!(matches!(resumed.code, 0 | 4), "{at}: {}", resumed.err);
        if sealed.record()["destroyed"].is_null() {
            // Killed before the purge had begun: it is begun again.
            sealed.purge_at(&run, None).ends(0);
        }
        assert_eq!(
            sealed.lies(),
            (vec!["record.json".to_owned()], false),
            "{at}"
        );
        assert!(sealed.record()["destroyed"].is_object(), "{at}");
        if ended.code == 0 {
            break;
        }
        killed += 1;
        sealed.id = seal(&sealed.office, "");
    }
    let events = sealed.office.events();
    let told = events.iter().filter(|e| *e == "seal.destroyed").count();
    assert_eq!(told, killed + 1);
    assert!(killed > 3, "{killed}");
}
