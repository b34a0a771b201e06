//! A file system in an image, a job with keys and approvals, a plan, and the program run on them.

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
    io::Write,
    os::unix::{ffi::OsStrExt, fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

use crate::share::PROGRAM;

/// Stands in every record of what is erased, and nowhere else.
pub(super) const CONTENT: &[u8] = b"#QZV7K9X#";
/// Stands in every name of what is erased.
pub(super) const NAME: &str = "NMX5TQ8J";
/// Stands in every attribute of what is erased.
pub(super) const ATTRIBUTE: &[u8] = b"ATW3LZ6P";

/// What kind of file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub name: &'static str,
    pub make: &'static [&'static str],
    pub options: &'static str,
    pub mebibytes: u64,
}

pub(super) const EXT4: Kind = Kind {
    name: "ext4",
    make: &["mkfs.ext4", "-q", "-F", "-b", "4096"],
    options: "loop",
    mebibytes: 24,
};
pub(super) const EXT4_JOURNAL: Kind = Kind {
    name: "ext4 data=journal",
    options: "loop,data=journal",
    ..EXT4
};
pub(super) const EXT4_INLINE: Kind = Kind {
    name: "ext4 inline_data",
    make: &["mkfs.ext4", "-q", "-F", "-b", "4096", "-O", "inline_data"],
    ..EXT4
};
pub(super) const EXT4_FAST: Kind = Kind {
    name: "ext4 fast_commit",
    make: &["mkfs.ext4", "-q", "-F", "-b", "4096", "-O", "fast_commit"],
    ..EXT4
};
pub(super) const EXT4_NO_JOURNAL: Kind = Kind {
    name: "ext4 without journal, 1 KiB blocks",
    make: &["mkfs.ext4", "-q", "-F", "-b", "1024", "-O", "^has_journal"],
    ..EXT4
};
pub(super) const XFS: Kind = Kind {
    name: "xfs",
    make: &["mkfs.xfs", "-q", "-f"],
    options: "loop",
    mebibytes: 320,
};
pub(super) const BTRFS: Kind = Kind {
    name: "btrfs",
    make: &["mkfs.btrfs", "-q", "-f"],
    options: "loop",
    mebibytes: 256,
};
pub(super) const NTFS: Kind = Kind {
    name: "ntfs-3g",
    make: &["mkfs.ntfs", "-q", "-F", "-f"],
    options: "loop,streams_interface=windows",
    mebibytes: 64,
};
pub(super) const NTFS_ATTRIBUTES: Kind = Kind {
    name: "ntfs-3g with streams as attributes",
    options: "loop",
    ..NTFS
};

/// Says why a test did not run.
pub(super) fn skipped(why: &str) {
    say(&format!("skipped, not passed: {why}"));
}

/// The harness keeps what is printed for tests that pass; this is seen.
pub(super) fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Whether a command ends well, in silence.
pub(super) fn runs(command: &mut Command) -> bool {
    let quiet = command.stdout(std::process::Stdio::null());
    let quiet = quiet.stderr(std::process::Stdio::null());
    quiet.status().is_ok_and(|s| s.success())
}

pub(super) fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0)
}

/// A mounted image. It is unmounted and removed when dropped.
pub(super) struct Volume {
    _dir: TempDir,
    pub image: PathBuf,
    pub mount: PathBuf,
    kind: Kind,
    mounted: bool,
}

impl Volume {
    /// Makes and mounts one; `None`, and says so, when this machine cannot.
    pub(super) fn new(kind: Kind) -> Option<Self> {
        if !is_root() {
            skipped(&format!("{}: mounting needs root", kind.name));
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        let (image, mount) = (dir.path().join("image"), dir.path().join("mount"));
        fs::create_dir(&mount).unwrap();
        File::create(&image)
            .unwrap()
            .set_len(kind.mebibytes << 20)
            .unwrap();
        let (program, args) = kind.make.split_first().unwrap();
        if !runs(Command::new(program).args(args).arg(&image)) {
            skipped(&format!("{}: no {program}", kind.name));
            return None;
        }
        let mut volume = Self {
            _dir: dir,
            image,
            mount,
            kind,
            mounted: false,
        };
        if !volume.try_mount() {
            skipped(&format!("{}: it cannot be mounted here", kind.name));
            return None;
        }
        Some(volume)
    }

    fn try_mount(&mut self) -> bool {
        let mut command = Command::new("mount");
        if self.kind.make[0] == "mkfs.ntfs" {
            command.args(["-t", "ntfs-3g"]);
        }
        command.args(["-o", self.kind.options]);
        self.mounted = runs(command.arg(&self.image).arg(&self.mount));
        self.mounted
    }

    #[track_caller]
    pub(super) fn mount_again(&mut self) {
        assert!(self.try_mount(), "mount");
    }

    #[track_caller]
    pub(super) fn unmount(&mut self) {
        // Something of the desktop may look at a new mount for a moment.
        for _ in 0..50 {
            if runs(Command::new("umount").arg(&self.mount)) {
                self.mounted = false;
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("umount");
    }

    /// So that everything is where it lies in daily life, not in memory.
    pub(super) fn settle(&mut self) {
        self.unmount();
        self.mount_again();
    }

    /// How often each stands in the image: content, names (in UTF-8 and UTF-16), attributes.
    pub(super) fn traces(&self) -> [usize; 3] {
        traces(&self.image)
    }
}

pub(super) fn traces(image: &Path) -> [usize; 3] {
    let bytes = fs::read(image).unwrap();
    let count = |what: &[u8]| memchr::memmem::find_iter(&bytes, what).count();
    let wide: Vec<u8> = NAME.encode_utf16().flat_map(u16::to_le_bytes).collect();
    [
        count(CONTENT),
        count(NAME.as_bytes()) + count(&wide),
        count(ATTRIBUTE),
    ]
}

impl Drop for Volume {
    fn drop(&mut self) {
        if self.mounted {
            runs(Command::new("umount").arg("-l").arg(&self.mount));
        }
    }
}

/// Bytes of records, each with the mark.
pub(super) fn content(mark: &[u8], file: usize, size: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(size + 64);
    let seed = mark
        .iter()
        .fold(file as u64 + 1, |n, b| n.wrapping_mul(257) ^ u64::from(*b));
    let mut record = 0_u64;
    while out.len() < size {
        let mut hash = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ record;
        hash = (hash ^ (hash >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        out.extend(mark);
        let other = hash.wrapping_mul(0x94D0_49BB_1331_11EB);
        out.extend(format!("{file:05},{record:08},{hash:016x},{other:016x}\n").bytes());
        record += 1;
    }
    out.truncate(size);
    out
}

pub(super) fn set_attribute(path: &Path, name: &str, value: &[u8]) -> bool {
    rustix::fs::setxattr(path, name, value, rustix::fs::XattrFlags::CREATE).is_ok()
}

/// Files to be erased in `dir`: of these sizes, with attributes where the file system has them.
pub(super) fn plant(dir: &Path, sizes: &[usize]) -> Vec<PathBuf> {
    fs::create_dir_all(dir).unwrap();
    let mut out = Vec::new();
    for (number, size) in sizes.iter().enumerate() {
        let path = dir.join(format!("{NAME}-客户{number:05}.csv"));
        let mut file = File::create_new(&path).unwrap();
        file.write_all(&content(CONTENT, number, *size)).unwrap();
        set_attribute(&path, "user.note", ATTRIBUTE);
        let long: Vec<u8> = ATTRIBUTE.iter().copied().cycle().take(1000).collect();
        set_attribute(&path, "user.long", &long);
        out.push(path);
    }
    out
}

/// Files that must stay as they are, among the others.
pub(super) fn neighbours(dir: &Path, count: usize) -> Vec<(PathBuf, Vec<u8>)> {
    fs::create_dir_all(dir).unwrap();
    let mut out = Vec::new();
    for number in 0..count {
        let path = dir.join(format!("neighbour-{number:04}.txt"));
        let bytes = content(b"kept", number, 200 + number * 997 % 20_000);
        fs::write(&path, &bytes).unwrap();
        out.push((path, bytes));
    }
    out
}

#[track_caller]
pub(super) fn untouched(neighbours: &[(PathBuf, Vec<u8>)]) {
    for (path, bytes) in neighbours {
        let now = fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert!(now == *bytes, "{} changed", path.display());
    }
}

/// A job with its keys.
pub(super) struct Job {
    pub dir: TempDir,
    requester: Signer,
    approvers: [Signer; 2],
    keys: KeyList,
}

impl Job {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let signer = |n: u8| Signer::new([n; 32]);
        let (requester, approvers) = (signer(1), [signer(2), signer(3)]);
        let mut keys = KeyList::default();
        for (signer, role) in [
            (&requester, "requester"),
            (&approvers[0], "compliance"),
            (&approvers[1], "archive"),
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

    pub(super) fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join(below)
    }

    /// A plan that erases these files under a root, approved by two. Its file's name.
    pub(super) fn plan(&self, root: &Path, files: &[PathBuf]) -> PathBuf {
        self.plan_of(&[root.to_path_buf()], files)
    }

    pub(super) fn plan_of(&self, roots: &[PathBuf], files: &[PathBuf]) -> PathBuf {
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
    pub(super) fn command(&self, args: &[&str], fail_at: Option<&str>) -> Command {
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
    pub(super) fn run(&self, args: &[&str]) -> (i32, String, String) {
        ran(&mut self.command(args, None))
    }

    pub(super) fn quarantine(&self, plan: &Path, more: &[&str]) -> (i32, String, String) {
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

    pub(super) fn purge(&self, plan: &Path, more: &[&str]) -> (i32, String, String) {
        let run = self.path("run");
        let mut args = vec!["purge", text(plan), "--run", text(&run), "--yes"];
        args.extend(more);
        self.run(&args)
    }

    /// Quarantine and purge, both without trouble.
    #[track_caller]
    pub(super) fn erase(&self, plan: &Path) -> RunResult {
        ends(self.quarantine(plan, &[]), 0);
        ends(self.purge(plan, &[]), 0);
        self.result()
    }

    pub(super) fn result(&self) -> RunResult {
        serde_json::from_slice(&fs::read(self.path("run/result.json")).unwrap()).unwrap()
    }

    /// Letters of the grades, in the order of the items.
    pub(super) fn grades(&self) -> String {
        let result = self.result();
        result
            .items
            .iter()
            .map(|i| i.grade.map_or("-", inkout::model::Grade::id))
            .collect()
    }
}

/// A verb that nobody signs for.
pub(super) fn run_plain(args: &[&str]) -> (i32, String, String) {
    ran(Command::new(PROGRAM).args(["--lang", "en"]).args(args))
}

pub(super) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

pub(super) fn ran(command: &mut Command) -> (i32, String, String) {
    // A killed process must not leave a core behind.
    let output = command.process_group(0).output().unwrap();
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[track_caller]
pub(super) fn ends((code, out, err): (i32, String, String), wanted: i32) -> String {
    assert_eq!(code, wanted, "{out}\n{err}");
    out
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
        },
        action: Action::Erase,
        why: None,
        copies: Vec::new(),
        forecast: None,
    }
}
