use super::{check as check_by, index as index_by, open as open_by, *};
use crate::{
    containers::{Identity, staging::Step},
    digest::Hashes,
    keys::Signer,
    model::{Date, Name},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

fn check(folder: &Path, keys: &[Identity]) -> Result<(Opened, String), SealError> {
    check_by(folder, &Record::read(folder)?, keys)
}

fn index(folder: &Path, keys: &[Identity]) -> Result<Index, SealError> {
    index_by(folder, &Record::read(folder)?, keys)
}

fn open(
    folder: &Path,
    keys: &[Identity],
    wanted: &dyn Fn(&IndexFile) -> bool,
    out: &Path,
) -> Result<Opened, SealError> {
    open_by(folder, &Record::read(folder)?, keys, wanted, out)
}

struct Bench {
    dir: tempfile::TempDir,
    identity: Identity,
    signer: Signer,
}

const NAMES: [&[u8]; 4] = [
    "客户/张三.txt".as_bytes(),
    b"100%\rx",
    b"\xD5\xC5.txt",
    b"empty",
];

impl Bench {
    fn new() -> Self {
        use std::os::unix::ffi::OsStrExt;
        let dir = tempfile::tempdir().unwrap();
        for (n, name) in NAMES.iter().enumerate() {
            let path = dir
                .path()
                .join("in")
                .join(std::ffi::OsStr::from_bytes(name));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, vec![b'a'; n * 50_000 % 120_000]).unwrap();
        }
        Self {
            dir,
            identity: Identity::generate(),
            signer: Signer::new([3; 32]),
        }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join(below)
    }

    fn things(&self) -> Vec<Thing> {
        use std::os::unix::ffi::OsStrExt;
        let all = NAMES.iter().enumerate().map(|(n, name)| {
            let source = self.path("in").join(std::ffi::OsStr::from_bytes(name));
            Thing {
                item: u32::try_from(n).unwrap() + 1,
                root: 0,
                path: Name::new(name.to_vec()),
                sha256: Hashes::of(&fs::read(&source).unwrap()).sha256,
                source,
                modified: 1_600_000_000_000_000_000,
            }
        });
        all.collect()
    }

    fn make(&self, things: Vec<Thing>, step: Step<'_>) -> Result<Made, SealError> {
        let archives = self.path("archives");
        let order = Order {
            archives: &archives,
            id: "seal-1",
            purpose: Purpose::Seal,
            plan: "sha256:00",
            identity: &self.identity,
            recipients: &[],
            volume: Some(30_000),
            signer: &self.signer,
            created: "2026-11-29T00:00:00Z",
            next_check: "2027-11-29",
            reason: "retention",
            legal_basis: "PIPL 47",
            ticket: "T-1",
            redacted: &[],
            step,
        };
        let work = Work::begin(&archives, order.id)?;
        create(&work, &order, things, Vec::new())
    }

    fn key(&self) -> [Identity; 1] {
        [self.identity.clone()]
    }
}

#[test]
fn what_is_sealed_can_be_checked_and_opened() {
    use std::os::unix::{ffi::OsStrExt, fs::PermissionsExt};
    let bench = Bench::new();
    let made = bench.make(bench.things(), &|_| ()).unwrap();
    assert!(made.is_closed);
    assert_eq!(made.record.files, 4);
    assert!(made.record.parts.len() > 1);
    let mode = |p: &std::path::Path| fs::metadata(p).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&made.folder), 0o700);
    assert_eq!(mode(&made.folder.join(&made.record.parts[0].name)), 0o400);
    let (seen, text) = check(&made.folder, &bench.key()).unwrap();
    assert_eq!(text, made.contents);
    let record = Record::read(&made.folder).unwrap();
    assert_eq!(record, made.record);
    assert_eq!(
        seen,
        Opened {
            files: 4,
            bytes: record.bytes
        }
    );
    assert_eq!(index(&made.folder, &bench.key()).unwrap().files.len(), 4);
    let out = bench.path("out");
    let one = open(&made.folder, &bench.key(), &|f| f.item == 3, &out).unwrap();
    assert_eq!(one.files, 1);
    let got = fs::read(out.join("0").join(std::ffi::OsStr::from_bytes(NAMES[2]))).unwrap();
    assert_eq!(got, vec![b'a'; 100_000]);
    assert!(open(&made.folder, &bench.key(), &|_| true, &out).is_err());
    let all = open(&made.folder, &bench.key(), &|_| true, &bench.path("all")).unwrap();
    assert_eq!(all.files, 4);
    // The record says nothing of names.
    let text = fs::read_to_string(made.folder.join(RECORD)).unwrap();
    assert!(!text.contains("张三"));
    let other = [Identity::generate()];
    assert!(matches!(
        check(&made.folder, &other),
        Err(SealError::Box(crate::containers::ContainerError::WrongKey))
    ));
    assert_eq!(list(&bench.path("archives")).unwrap().len(), 1);
    assert!(bench.make(bench.things(), &|_| ()).is_err());
}

#[test]
fn damage_is_found_and_looks_are_noted() {
    let bench = Bench::new();
    let made = bench.make(bench.things(), &|_| ()).unwrap();
    assert_eq!(made.record.next_check(), Date::new(2027, 11, 29));
    let next = Check {
        time: "2027-11-01T00:00:00Z".into(),
        by: bench.signer.id(),
        whole: true,
        next: "2028-11-01".into(),
    };
    let record = add_check(&made.folder, made.record.clone(), next, &bench.signer).unwrap();
    assert_eq!(record.next_check(), Date::new(2028, 11, 1));
    for part in &made.record.parts {
        let path = made.folder.join(&part.name);
        let whole = fs::read(&path).unwrap();
        let mut bad = whole.clone();
        bad[whole.len() / 2] ^= 1;
        fs::remove_file(&path).unwrap();
        fs::write(&path, bad).unwrap();
        let got = check(&made.folder, &bench.key());
        assert!(
            matches!(&got, Err(SealError::Part(name)) if *name == part.name),
            "{got:?}"
        );
        fs::write(&path, whole).unwrap();
    }
    check(&made.folder, &bench.key()).unwrap();
    let text = fs::read_to_string(made.folder.join(RECORD)).unwrap();
    fs::write(
        made.folder.join(RECORD),
        text.replace("2028-11-01", "2038-11-01"),
    )
    .unwrap();
    assert!(matches!(Record::read(&made.folder), Err(SealError::Key(_))));
    let listed = list(&bench.path("archives")).unwrap();
    assert!(listed[0].1.is_err());
}

#[test]
fn what_changed_is_left_out_and_a_crash_leaves_no_archive() {
    let bench = Bench::new();
    let things = bench.things();
    fs::write(bench.path("in/empty"), b"x").unwrap();
    let path = bench.path("in/100%\rx");
    let made = bench
        .make(things, &|step| {
            if step == "seal.hashed" {
                fs::write(&path, vec![b'b'; 50_000]).unwrap();
            }
        })
        .unwrap();
    let left: Vec<_> = made
        .record
        .left_out
        .iter()
        .map(|l| (l.item, l.why.as_str()))
        .collect();
    assert_eq!(left, [(2, "changed"), (4, "changed")]);
    check(&made.folder, &bench.key()).unwrap();
    for kill in ["seal.hashed", "seal.boxed", "seal.checked"] {
        let bench = Bench::new();
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            bench.make(bench.things(), &|step| assert!(step != kill, "killed"))
        }));
        assert!(result.is_err());
        assert_eq!(list(&bench.path("archives")).unwrap().len(), 0);
        let made = bench.make(bench.things(), &|_| ()).unwrap();
        check(&made.folder, &bench.key()).unwrap();
    }
}

#[test]
fn a_destroyed_key_is_said() {
    let bench = Bench::new();
    let made = bench.make(bench.things(), &|_| ()).unwrap();
    let destroyed = Destroyed {
        time: "2027-01-01T00:00:00Z".into(),
        by: bench.signer.id(),
        reason: "done".into(),
        still: Vec::new(),
    };
    let record =
        add_destroyed(&made.folder, made.record.clone(), destroyed, &bench.signer).unwrap();
    assert_eq!(record.next_check(), None);
    assert!(record.is_beyond_reach() && !record.lacks_parts_only());
    assert_eq!(record.digest().unwrap(), made.record.digest().unwrap());
    let mut other = record.clone();
    other.left_out.push(LeftOut {
        item: 1,
        why: "changed".into(),
    });
    assert_ne!(record.digest().unwrap(), other.digest().unwrap());
    assert!(matches!(
        check(&made.folder, &bench.key()),
        Err(SealError::Destroyed)
    ));
}
