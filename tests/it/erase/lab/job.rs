//! A job with keys and approvals, a plan, and the program run on them.

use super::{ends, plant, ran, skipped, text};
use crate::share::PROGRAM;
use inkout::{
    approve::{Ask, Paper},
    digest,
    keys::{KeyList, Signer, TrustedKey, private_file},
    model::{
        Action, ApprovalsNeeded, BackupChoice, Bound, Decision, Due, Identity, InventoryRef, Item,
        Name, Organisation, Outcome, PLAN_SCHEMA, Plan, RunResult, Totals,
    },
    plan::PlanFile,
};
use std::{
    fs::{self, File},
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// A job with its keys.
pub(in super::super) struct Job {
    pub dir: TempDir,
    requester: Signer,
    approvers: [Signer; 2],
    keys: KeyList,
}

impl Job {
    pub(in super::super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let signer = |n: u8| Signer::new([n; 32]);
        let (requester, approvers) = (signer(1), [signer(2), signer(3)]);
        let mut keys = KeyList::default();
        for (signer, role) in [
            (&requester, "requester"),
            (&approvers[0], "compliance"),
            (&approvers[1], "archive"),
            (&signer(9), "executor"),
        ] {
            keys.put(TrustedKey {
                key: signer.id(),
                sm2: None,
                name: role.to_owned(),
                roles: vec![role.to_owned()],
                until: None,
            });
        }
        fs::create_dir(dir.path().join("approvals")).unwrap();
        fs::write(dir.path().join("keys.json"), keys.to_bytes().unwrap()).unwrap();
        let operator = private_file(&signer(9), None);
        fs::write(dir.path().join("operator.pem"), operator.text()).unwrap();
        Self {
            dir,
            requester,
            approvers,
            keys,
        }
    }

    pub(in super::super) fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join(below)
    }

    /// A plan that erases these files under a root, approved by two. Its file's name.
    pub(in super::super) fn plan(&self, root: &Path, files: &[PathBuf]) -> PathBuf {
        self.plan_of(&[root.to_path_buf()], files)
    }

    pub(in super::super) fn plan_of(&self, roots: &[PathBuf], files: &[PathBuf]) -> PathBuf {
        let plan = PlanFile::new(plan(self, roots, files)).unwrap();
        let path = self.path("plan.json");
        fs::write(&path, plan.bytes()).unwrap();
        let mut made = inkout::model::Event::new("plan.made", &now());
        made.plan = Some(plan.id().to_owned());
        inkout::audit::Trail::open(&self.path(""))
            .unwrap()
            .append(&made)
            .unwrap();
        let now = now();
        let soon = inkout::model::Moment::parse(&now)
            .unwrap()
            .plus_hours(48)
            .to_string();
        let paper = |signer: &Signer, ask, role| {
            let paper = Paper::new(signer, ask, plan.id(), role, (&now, &soon), "").unwrap();
            let path = self.path(&format!("approvals/{role}.json"));
            fs::write(path, paper.to_bytes().unwrap()).unwrap();
        };
        paper(&self.requester, Ask::Request, "requester");
        paper(&self.approvers[0], Ask::Approve, "compliance");
        paper(&self.approvers[1], Ask::Approve, "archive");
        path
    }

    /// The program with these arguments and the operator's key; it may fail at a step.
    pub(in super::super) fn command(&self, args: &[&str], fail_at: Option<&str>) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(["--lang", "en"]).args(args);
        command.arg("--key").arg(self.path("operator.pem"));
        command.env_remove("INKOUT_FAIL_AT");
        if let Some(at) = fail_at {
            command.env("INKOUT_FAIL_AT", at);
        }
        command
    }

    /// Runs it: exit code (-1 when killed), output, errors.
    pub(in super::super) fn run(&self, args: &[&str]) -> (i32, String, String) {
        ran(&mut self.command(args, None))
    }

    /// Runs it, failing at a step: `17:kill`.
    pub(in super::super) fn run_at(&self, args: &[&str], at: &str) -> (i32, String, String) {
        ran(&mut self.command(args, Some(at)))
    }

    /// Quarantine that fails at a step.
    pub(in super::super) fn quarantine_at(&self, plan: &Path, at: &str) -> (i32, String, String) {
        let (here, run) = (self.path(""), self.path("run"));
        let args = ["quarantine", text(plan), "--run", text(&run), "--job"];
        let more = [text(&here), "--undo-days", "0", "--yes"];
        self.run_at(&[&args[..], &more].concat(), at)
    }

    /// Purge that is killed at a step: its exit code.
    pub(in super::super) fn purge_killed(&self, plan: &Path, step: u32) -> i32 {
        let run = self.path("run");
        let args = ["purge", text(plan), "--run", text(&run), "--yes"];
        self.run_at(&args, &format!("{step}:kill")).0
    }

    pub(in super::super) fn quarantine(&self, plan: &Path, more: &[&str]) -> (i32, String, String) {
        let (job, run) = (self.path(""), self.path("run"));
        let mut args = vec![
            "quarantine",
            text(plan),
            "--run",
            text(&run),
            "--job",
            text(&job),
        ];
        args.extend(["--undo-days", "0", "--yes"]);
        args.extend(more);
        self.run(&args)
    }

    pub(in super::super) fn purge(&self, plan: &Path, more: &[&str]) -> (i32, String, String) {
        let run = self.path("run");
        let mut args = vec!["purge", text(plan), "--run", text(&run), "--yes"];
        args.extend(more);
        self.run(&args)
    }

    /// Quarantine and purge, both without trouble.
    #[track_caller]
    pub(in super::super) fn erase(&self, plan: &Path) -> RunResult {
        ends(self.quarantine(plan, &[]), 0);
        ends(self.purge(plan, &[]), 0);
        self.result()
    }

    pub(in super::super) fn result(&self) -> RunResult {
        serde_json::from_slice(&fs::read(self.path("run/result.json")).unwrap()).unwrap()
    }

    /// Letters of the grades, in the order of the items.
    pub(in super::super) fn grades(&self) -> String {
        let result = self.result();
        result
            .items
            .iter()
            .map(|i| i.grade.map_or("-", inkout::model::Grade::id))
            .collect()
    }
}

/// Files planted in a folder, and a job with an approved plan that erases them.
pub(in super::super) fn planted(root: &Path, sizes: &[usize]) -> (Vec<PathBuf>, Job, PathBuf) {
    let files = plant(root, sizes);
    let job = Job::new();
    let plan = job.plan(root, &files);
    (files, job, plan)
}

/// The same in a temporary folder, in quarantine.
pub(in super::super) struct Scene {
    _dir: TempDir,
    pub files: Vec<PathBuf>,
    pub job: Job,
    pub plan: PathBuf,
}

impl Scene {
    /// `None`, and says so, where the disk of temporary folders cannot be erased from.
    pub(in super::super) fn here(sizes: &[usize]) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("share");
        let (files, job, plan) = planted(&root, sizes);
        let moved = job.quarantine(&plan, &["--accept", "D"]);
        is_here(&moved).then_some(Self {
            _dir: dir,
            files,
            job,
            plan,
        })
    }
}

/// Whether a quarantine in a temporary folder went well; says so when this machine's disk refuses.
pub(in super::super) fn is_here((code, out, err): &(i32, String, String)) -> bool {
    if *code != 0 {
        skipped(&format!(
            "the temporary folder cannot be erased from: {out}{err}"
        ));
    }
    *code == 0
}

/// The time now, as plans write it.
fn now() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    inkout::model::Moment(i64::try_from(since.unwrap().as_secs()).unwrap()).to_string()
}

fn plan(job: &Job, roots: &[PathBuf], files: &[PathBuf]) -> Plan {
    let created = now();
    let moment = inkout::model::Moment::parse(&created).unwrap();
    let bound = |name: &str| Bound {
        name: name.to_owned(),
        digest: format!("sha256:{}", "0".repeat(64)),
    };
    let items: Vec<Item> = (1..).zip(files).map(|(n, f)| item(n, roots, f)).collect();
    Plan {
        schema: PLAN_SCHEMA,
        outcome: Outcome::Erase,
        expires: moment.plus_hours(24 * 30).to_string(),
        created,
        requester: job.requester.id(),
        ticket: "OPS-1".to_owned(),
        reason: "deregistration".to_owned(),
        legal_basis: "PIPL 47".to_owned(),
        notice_ref: None,
        consent_ref: None,
        handover: None,
        live: None,
        backup: Some(BackupChoice::Without("a test".to_owned())),
        secrecy_release: None,
        decisions: None,
        sealed: None,
        receipts: Vec::new(),
        undo_days: Some(0),
        policy: Bound {
            name: "brokerage".to_owned(),
            digest: digest::sha256_name(
                &inkout::model::canonical(&inkout::policy::load("brokerage", None).unwrap())
                    .unwrap(),
            ),
        },
        rules: bound("rules"),
        keys: Bound {
            name: "keys".to_owned(),
            digest: job.keys.digest().unwrap(),
        },
        inventory: InventoryRef {
            digest: bound("").digest,
            started: now(),
            version: "0".to_owned(),
            files: files.len() as u64,
        },
        organisation: Organisation {
            kind: "brokerage".to_owned(),
            role: "handler".to_owned(),
            closing: false,
        },
        volumes: Vec::new(),
        roots: roots
            .iter()
            .map(|r| Name::new(r.as_os_str().as_bytes()))
            .collect(),
        totals: Totals::default(),
        approvals: ApprovalsNeeded {
            count: 2,
            roles: Vec::new(),
            hours: 72,
        },
        items,
    }
}

fn item(number: u32, roots: &[PathBuf], path: &Path) -> Item {
    let root = roots.iter().position(|r| path.starts_with(r)).unwrap();
    let below = path.strip_prefix(&roots[root]).unwrap();
    let meta = fs::symlink_metadata(path).unwrap();
    let sha256 = digest::sha256(&mut File::open(path).unwrap()).unwrap();
    Item {
        number,
        root: root as u32,
        path: Name::new(below.as_os_str().as_bytes()),
        shown: format!("item {number}"),
        path_fp: format!("{number:032x}"),
        identity: Some(Identity {
            device: meta.dev(),
            inode: meta.ino(),
            links: meta.nlink(),
            size: meta.len(),
            modified: meta.mtime() * 1_000_000_000 + meta.mtime_nsec(),
            sha256,
        }),
        classes: std::collections::BTreeMap::new(),
        rules: std::collections::BTreeMap::new(),
        kinds: Vec::new(),
        decision: Decision {
            due: Due::Due,
            rule: "none".to_owned(),
            article: String::new(),
            rules: Vec::new(),
            earliest: None,
            latest: None,
            missing: Vec::new(),
            hold: None,
            advice: Outcome::Erase,
            redact_rest: false,
            rest: Vec::new(),
        },
        action: Action::Erase,
        why: None,
        marked: None,
        copies: Vec::new(),
        forecast: None,
    }
}
