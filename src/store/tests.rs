use super::*;
use crate::digest::JobKey;
use crate::model::{
    Attributes, Confidence, Count, Distinct, Entry, FileRecord, Finding, Gap, GapKind, Listing,
    Locator, PathDisplay, Place, Reason, Reasons, Secret, Span, State, Step, ValueDigest,
};
use std::path::PathBuf;

const PLANTED: &str = "11010519491231002X";

fn run() -> RunInfo {
    RunInfo {
        version: "0.1.0".into(),
        rules: vec!["cn.resident-id".into(), "cn.mobile".into()],
        rules_digest: "abc".into(),
        roots: vec![Name::from("share"), Name::from("/data/")],
        options: "min=50".into(),
        started: "2026-01-01T00:00:00Z".into(),
    }
}

fn clean(root: u32, path: &str) -> FileRecord {
    FileRecord {
        path: Name::from(path),
        root,
        entries: vec![Entry {
            locator: Locator(vec![Step::File(Name::from(path))]),
            format: Some("text"),
            encoding: Some("UTF-8"),
            bytes: 120,
            state: State::Read,
            clash: None,
            gaps: Vec::new(),
            places: Vec::new(),
        }],
        findings: Vec::new(),
        listing: crate::model::Listing::Here,
        attributes: Some(seen(1)),
        allowed: 0,
    }
}

fn seen(inode: u64) -> Attributes {
    Attributes {
        device: u64::MAX,
        volume: 3,
        inode,
        links: 1,
        size: 120,
        modified: -5,
        changed: 1_700_000_000_000_000_000,
        mode: 0o640,
        owner: 1000,
        group: 0,
        seen: 1_800_000_000_000_000_000,
        content: Some(ValueDigest([9; 16])),
    }
}

fn shown(record: &FileRecord) -> PathDisplay {
    let key = JobKey::new([1; 32]);
    let root = &run().roots[record.root as usize];
    let path = crate::model::join(root, &record.path);
    PathDisplay::plain(root, &record.path, key.name(path.bytes()))
}

fn finding(at: Locator, n: u64) -> Finding {
    Finding {
        rule: 0,
        locator: at,
        bytes: Some((100 + n, 118 + n)),
        column: Some(5),
        span: Span::new(3, 21).unwrap(),
        masked: "110105********002X".into(),
        digest: JobKey::new([1; 32]).value(&n.to_le_bytes()),
        confidence: Confidence::new(95),
        reasons: Reasons::default()
            .with(Reason::Check)
            .with(Reason::Neighbour),
        value: Some(Secret::new(PLANTED)),
    }
}

fn dense(root: u32, path: &str) -> FileRecord {
    let mut record = clean(root, path);
    let member = Locator(vec![
        Step::File(Name::from(path)),
        Step::Member(Name::from("in/工资.xlsx")),
    ]);
    let cell = |row| {
        let mut at = member.clone();
        at.0.push(Step::Sheet("张三的表".into()));
        at.0.push(Step::Cell { row, column: 3 });
        at
    };
    let mut distinct = Distinct::default();
    (0..7).for_each(|n| distinct.add(n * 1_000_003));
    record.entries[0].state = State::Partly(GapKind::Image);
    record.entries[0].gaps.push(Gap {
        at: vec![Step::Page(3)],
        kind: GapKind::Image,
        note: "a picture".into(),
    });
    record.entries.push(Entry {
        locator: member.clone(),
        format: Some("xlsx"),
        encoding: None,
        bytes: 4_000,
        state: State::Read,
        clash: Some("csv"),
        gaps: Vec::new(),
        places: vec![Place {
            at: vec![Step::Sheet("张三的表".into())],
            column: Some(3),
            header: Some("证件号码".into()),
            cells: 9,
            counts: vec![Count {
                rule: 0,
                found: 9,
                distinct,
                top: 95,
                samples: vec![finding(cell(2), 1), finding(cell(3), 2)],
            }],
        }],
    });
    record.findings = (2..11).map(|row| finding(cell(row), row)).collect();
    record
}

/// A record as it must come back: without values.
fn without_values(mut record: FileRecord) -> FileRecord {
    for entry in &mut record.entries {
        for place in &mut entry.places {
            for count in &mut place.counts {
                count.samples.iter_mut().for_each(|f| f.value = None);
            }
        }
    }
    record.findings.iter_mut().for_each(|f| f.value = None);
    record
}

fn records(store: &Store) -> Vec<Stored> {
    let mut reader = store.reader().unwrap();
    std::iter::from_fn(|| reader.next_record().unwrap()).collect()
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("job");
    (temp, dir)
}

#[test]
fn records_come_back_as_they_were_written() {
    let (_temp, dir) = folder();
    let mut store = Store::create(&dir, &run()).unwrap();
    let all = [
        clean(0, "a.txt"),
        dense(0, "b/c.zip"),
        clean(0, "b/d.txt"),
        dense(0, "b/e/f.zip"),
        clean(0, "b/g.txt"),
        clean(1, ""),
    ];
    let mut writer = store.writer().unwrap();
    let mut displays = Vec::new();
    for record in &all {
        let mut shown = shown(record);
        if record.path == Name::from("b/c.zip") {
            shown.path = "share/b/*.zip".into();
            shown.renamed = [(Name::from("张三的表"), Name::from("张*的表"))].into();
        }
        writer.put(record, &shown).unwrap();
        displays.push(shown);
    }
    writer
        .finish("2026-01-01T00:01:00Z", "{\"files\":6}", "{}")
        .unwrap();
    drop(store);
    assert_eq!(Store::status(&dir).unwrap(), Status::Finished);
    let store = Store::open(&dir).unwrap();
    assert_eq!(store.summary().unwrap().as_deref(), Some("{\"files\":6}"));
    assert_eq!(store.files().unwrap(), 6);
    let back = records(&store);
    assert_eq!(back.len(), all.len());
    for ((got, record), shown) in back.iter().zip(all).zip(displays) {
        assert_eq!(got.record, without_values(record));
        assert_eq!(got.shown, shown);
    }
}

#[test]
fn large_distinct_counts_come_back() {
    let (_temp, dir) = folder();
    let mut store = Store::create(&dir, &run()).unwrap();
    let mut record = dense(0, "x.zip");
    let distinct = &mut record.entries[1].places[0].counts[0].distinct;
    (0..5_000_u64).for_each(|n| distinct.add(n.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
    assert!(!distinct.is_exact());
    let mut writer = store.writer().unwrap();
    writer.put(&record, &shown(&record)).unwrap();
    writer.commit().unwrap();
    drop(writer);
    assert_eq!(records(&store)[0].record, without_values(record));
}

#[test]
fn a_cut_off_run_goes_on_where_it_was_committed() {
    let (_temp, dir) = folder();
    let mut store = Store::create(&dir, &run()).unwrap();
    let mut writer = store.writer().unwrap();
    for path in ["a", "b/c"] {
        writer
            .put(&clean(0, path), &shown(&clean(0, path)))
            .unwrap();
    }
    writer.commit().unwrap();
    // A small cache makes the database write pages of the open transaction before its end.
    writer.conn.execute_batch("PRAGMA cache_size = 4").unwrap();
    let lost = dense(0, "b/d");
    for n in 0..200 {
        let record = dense(0, &format!("b/c{n}"));
        writer.put(&record, &shown(&record)).unwrap();
    }
    // The folder as a kill leaves it.
    let killed = dir.with_file_name("killed");
    std::fs::create_dir(&killed).unwrap();
    for file in std::fs::read_dir(&dir).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), killed.join(file.file_name())).unwrap();
    }
    let wal = killed.join("inventory.db-wal").metadata().unwrap().len();
    assert!(
        wal > 200_000,
        "the open transaction is partly on disk: {wal}"
    );
    let dir = killed;
    assert_eq!(Store::status(&dir).unwrap(), Status::Unfinished);
    assert!(matches!(
        Store::create(&dir, &run()),
        Err(StoreError::Exists)
    ));

    let mut store = Store::resume(&dir, &run()).unwrap();
    assert_eq!(store.recorded().unwrap(), 2);
    let key = JobKey::new([1; 32]);
    let earlier = store.earlier(&key).unwrap();
    assert_eq!(earlier.len(), 2);
    let seen = seen(1);
    let first = earlier.unchanged(shown(&clean(0, "a")).file, &seen, b"a");
    let second = earlier.unchanged(shown(&clean(0, "b/c")).file, &seen, b"c");
    assert!(earlier.unchanged(shown(&lost).file, &seen, b"d").is_none());
    let mut writer = store.writer_after(&earlier, &key).unwrap();
    writer.keep(first.unwrap());
    writer.keep(second.unwrap());
    writer.put(&lost, &shown(&lost)).unwrap();
    writer.finish("later", "{}", "{}").unwrap();
    drop(store);
    let store = Store::open(&dir).unwrap();
    let paths: Vec<_> = records(&store)
        .iter()
        .map(|r| r.shown.path.clone())
        .collect();
    assert_eq!(paths, ["share/a", "share/b/c", "share/b/d"]);
    drop(store);
    assert!(matches!(
        Store::resume(&dir, &run()),
        Err(StoreError::Finished)
    ));
}

/// Two images of one backup hold the same files with the same inodes and times; one is mounted where the other was.
#[test]
fn files_of_another_file_system_are_not_taken_for_those_before() {
    let (_temp, dir) = folder();
    let key = JobKey::new([1; 32]);
    let mut store = Store::create(&dir, &run()).unwrap();
    let nothing = Earlier::nothing(&key);
    let mut writer = store.writer_after(&nothing, &key).unwrap();
    let mut record = clean(0, "a");
    record.allowed = 7;
    writer.put(&record, &shown(&record)).unwrap();
    writer.commit().unwrap();
    writer.finish("later", "{}", "{}").unwrap();
    drop(store);
    let store = Store::again(&dir, &run()).unwrap();
    let earlier = store.earlier(&key).unwrap();
    let id = shown(&clean(0, "a")).file;
    let here = seen(1);
    let other = Attributes { volume: 4, ..here };
    assert!(earlier.unchanged(id, &here, b"a").is_some());
    assert!(earlier.moved(&here, b"a").is_some());
    assert!(earlier.unchanged(id, &other, b"a").is_none());
    assert!(earlier.moved(&other, b"a").is_none());
    // The number of a device may change when the system starts again.
    let again = Attributes { device: 5, ..here };
    assert!(earlier.unchanged(id, &again, b"a").is_some());
    // Where file systems cannot be told apart nothing is taken for moved.
    let unknown = Attributes { volume: 0, ..here };
    assert!(earlier.moved(&unknown, b"a").is_none());
    assert_eq!(records(&store)[0].record.allowed, 7);
}

#[test]
fn a_run_goes_on_only_under_the_same_conditions() {
    let (_temp, dir) = folder();
    drop(Store::create(&dir, &run()).unwrap());
    let differs = |change: fn(&mut RunInfo)| {
        let mut other = run();
        change(&mut other);
        match Store::resume(&dir, &other) {
            Err(StoreError::Different(what)) => what,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(differs(|r| r.version = "9".into()), "program version");
    assert_eq!(differs(|r| r.rules_digest = "9".into()), "rules");
    assert_eq!(differs(|r| r.roots.reverse()), "paths");
    assert_eq!(differs(|r| r.options = "min=10".into()), "options");
    Store::resume(&dir, &run()).unwrap();
}

#[test]
fn one_writes_at_a_time() {
    let (_temp, dir) = folder();
    let store = Store::create(&dir, &run()).unwrap();
    for result in [
        Store::create(&dir, &run()),
        Store::resume(&dir, &run()),
        Store::replace(&dir, &run()),
        Store::open(&dir),
    ] {
        assert!(matches!(result, Err(StoreError::Locked)));
    }
    drop(store);
    let (a, b) = (Store::open(&dir).unwrap(), Store::open(&dir).unwrap());
    assert_eq!(a.files().unwrap(), b.files().unwrap());
    assert!(matches!(
        Store::resume(&dir, &run()),
        Err(StoreError::Locked)
    ));
}

#[test]
fn replacing_begins_anew() {
    let (_temp, dir) = folder();
    let mut store = Store::create(&dir, &run()).unwrap();
    let mut writer = store.writer().unwrap();
    writer.put(&clean(0, "a"), &shown(&clean(0, "a"))).unwrap();
    writer.finish("later", "{}", "{}").unwrap();
    drop(store);
    let store = Store::replace(&dir, &run()).unwrap();
    assert_eq!(store.files().unwrap(), 0);
    assert!(!store.is_finished());
}

#[cfg(unix)]
#[test]
fn files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (_temp, dir) = folder();
    load_or_create_key(&dir, [3; 32]).unwrap();
    let mut store = Store::create(&dir, &run()).unwrap();
    let mut writer = store.writer().unwrap();
    writer.put(&clean(0, "a"), &shown(&clean(0, "a"))).unwrap();
    writer.commit().unwrap();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    let mut names = Vec::new();
    for file in std::fs::read_dir(&dir).unwrap() {
        let file = file.unwrap();
        assert_eq!(mode(&file.path()), 0o600, "{:?}", file.file_name());
        names.push(file.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["inventory.db", "inventory.db-wal", "key", "lock"]);
}

#[test]
fn what_is_no_inventory_is_refused_and_left_alone() {
    let (_temp, dir) = folder();
    assert!(matches!(Store::open(&dir), Err(StoreError::Absent)));
    assert!(matches!(
        Store::resume(&dir, &run()),
        Err(StoreError::Absent)
    ));
    std::fs::create_dir_all(&dir).unwrap();
    let db = dir.join("inventory.db");
    let text = "a letter, not a database ".repeat(100);
    std::fs::write(&db, &text).unwrap();
    for result in [
        Store::open(&dir),
        Store::create(&dir, &run()),
        Store::replace(&dir, &run()),
    ] {
        assert!(matches!(result, Err(StoreError::Foreign)));
    }
    assert_eq!(std::fs::read_to_string(&db).unwrap(), text);
    std::fs::remove_file(&db).unwrap();
    // A database of someone else's.
    let other = Connection::open(&db).unwrap();
    other
        .execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1)")
        .unwrap();
    drop(other);
    for result in [Store::open(&dir), Store::replace(&dir, &run())] {
        assert!(matches!(result, Err(StoreError::Foreign)));
    }
}

#[test]
fn a_newer_schema_is_refused() {
    let (_temp, dir) = folder();
    let store = Store::create(&dir, &run()).unwrap();
    store
        .conn
        .execute_batch("PRAGMA user_version = 99")
        .unwrap();
    drop(store);
    assert!(matches!(
        Store::open(&dir),
        Err(StoreError::Schema {
            found: 99,
            known: schema::SCHEMA
        })
    ));
}

#[test]
fn damage_is_an_error_and_never_a_panic() {
    let (_temp, dir) = folder();
    let mut store = Store::create(&dir, &run()).unwrap();
    let mut writer = store.writer().unwrap();
    for n in 0..50 {
        let record = dense(0, &format!("d/{n}.zip"));
        writer.put(&record, &shown(&record)).unwrap();
    }
    writer.finish("later", "{}", "{}").unwrap();
    drop(store);
    let db = dir.join("inventory.db");
    let whole = std::fs::read(&db).unwrap();
    let mut refused = 0;
    for n in 0..120_usize {
        let mut bytes = whole.clone();
        if n % 3 == 0 {
            bytes.truncate(whole.len() * n / 120);
        } else {
            let at = 100 + n * 7_919 % (whole.len() - 600);
            bytes[at..at + 300].fill(u8::try_from(n).unwrap());
        }
        std::fs::write(&db, &bytes).unwrap();
        let read = || -> Result<(), StoreError> {
            let store = Store::open(&dir)?;
            let mut reader = store.reader()?;
            while reader.next_record()?.is_some() {}
            Ok(())
        };
        refused += u32::from(read().is_err());
    }
    assert!(refused > 40, "{refused}");
}

#[test]
fn a_full_disk_is_said_and_what_was_committed_stays() {
    let (_temp, dir) = folder();
    let mut store = Store::create(&dir, &run()).unwrap();
    let pages: i64 = store
        .conn
        .query_row("PRAGMA page_count", [], |r| r.get(0))
        .unwrap();
    let mut writer = store.writer().unwrap();
    writer.put(&clean(0, "a"), &shown(&clean(0, "a"))).unwrap();
    writer.commit().unwrap();
    writer
        .conn
        .query_row(
            &format!("PRAGMA max_page_count = {}", pages + 4),
            [],
            |_| Ok(()),
        )
        .unwrap();
    let error = (0..10_000)
        .find_map(|n| {
            let record = dense(0, &format!("d/{n}.zip"));
            writer.put(&record, &shown(&record)).err()
        })
        .expect("the disk fills up");
    assert!(matches!(error, StoreError::Full), "{error:?}");
    let record = clean(0, "z");
    assert!(matches!(
        writer.put(&record, &shown(&record)),
        Err(StoreError::Broken)
    ));
    assert!(matches!(writer.commit(), Err(StoreError::Broken)));
    drop(writer);
    drop(store);
    assert_eq!(Store::open(&dir).unwrap().files().unwrap(), 1);
}

#[test]
fn unknown_rules_and_roots_are_refused() {
    let (_temp, dir) = folder();
    let mut store = Store::create(&dir, &run()).unwrap();
    let mut bad = dense(0, "a.zip");
    bad.findings[0].rule = 2;
    let display = shown(&bad);
    assert!(matches!(
        store.writer().unwrap().put(&bad, &display),
        Err(StoreError::Reference)
    ));
    let bad = FileRecord {
        root: 2,
        ..clean(0, "a")
    };
    assert!(matches!(
        store.writer().unwrap().put(&bad, &display),
        Err(StoreError::Reference)
    ));
}

#[test]
fn the_key_is_made_once() {
    let (_temp, dir) = folder();
    let first = load_or_create_key(&dir, [3; 32]).unwrap();
    let again = load_or_create_key(&dir, [4; 32]).unwrap();
    assert_eq!(first.bytes(), again.bytes());
    drop(Store::create(&dir, &run()).unwrap());
    std::fs::write(dir.join("key"), b"short").unwrap();
    assert!(matches!(
        load_or_create_key(&dir, [4; 32]),
        Err(StoreError::Key)
    ));
    std::fs::remove_file(dir.join("key")).unwrap();
    assert!(matches!(
        load_or_create_key(&dir, [4; 32]),
        Err(StoreError::Key)
    ));
}

#[test]
fn values_are_nowhere_in_the_folder() {
    let (_temp, dir) = folder();
    let mut store = Store::create(&dir, &run()).unwrap();
    let mut writer = store.writer().unwrap();
    for n in 0..100 {
        let record = dense(0, &format!("{n}.zip"));
        writer.put(&record, &shown(&record)).unwrap();
    }
    writer.commit().unwrap();
    let mut bytes = Vec::new();
    for file in std::fs::read_dir(&dir).unwrap() {
        bytes.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    assert!(memchr::memmem::find(&bytes, "110105********002X".as_bytes()).is_some());
    assert!(memchr::memmem::find(&bytes, PLANTED.as_bytes()).is_none());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]

    /// Any bytes in names, folders met again in any order, any masked form.
    #[test]
    fn any_paths_come_back(paths in proptest::collection::vec((
        0..2_u32,
        proptest::collection::vec(proptest::sample::select(&b"ab/\xff!%"[..]), 0..7),
        proptest::option::of("[a-c*%]{1,6}"),
    ), 1..40)) {
        let (_temp, dir) = folder();
        let mut store = Store::create(&dir, &run()).unwrap();
        let mut writer = store.writer().unwrap();
        let mut all = Vec::new();
        for (root, path, masked) in paths {
            let mut record = clean(root, "");
            record.path = Name::new(path);
            record.entries[0].locator = Locator(vec![Step::File(record.path.clone())]);
            let mut display = shown(&record);
            if let Some(masked) = masked {
                display.path = masked;
            }
            writer.put(&record, &display).unwrap();
            all.push(Stored { record, shown: display });
        }
        writer.commit().unwrap();
        drop(writer);
        proptest::prop_assert_eq!(records(&store), all);
    }
}

/// Processor time of this process, user and system, in seconds.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat
        .rsplit_once(')')
        .unwrap()
        .1
        .split_whitespace()
        .collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    ticks / 100.0
}

/// Run with `cargo test --release --lib store::tests::speed -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn speed() {
    let (_temp, dir) = folder();
    let files: u64 = std::env::var("FILES").map_or(1_000_000, |n| n.parse().unwrap());
    let mut record = clean(0, "");
    let key = JobKey::new([1; 32]);
    let mut store = Store::create(&dir, &run()).unwrap();
    let mut writer = store.writer().unwrap();
    let (mut making, mut all) = (0.0, 0.0);
    for pass in 0..2 {
        let start = processor_seconds();
        for n in 0..files {
            let path = format!("部门{:02}/客户{:04}/合同-{n:07}.txt", n / 100_000, n / 100);
            record.path = Name::from(path.as_str());
            let id = key.name(path.as_bytes());
            let shown = PathDisplay::plain(&run_root(), &record.path, id);
            if pass == 1 {
                writer.put(&record, &shown).unwrap();
            } else {
                std::hint::black_box(&shown);
            }
        }
        if pass == 0 {
            making = processor_seconds() - start;
        } else {
            writer.commit().unwrap();
            all = processor_seconds() - start;
        }
    }
    writer.finish("later", "{}", "{}").unwrap();
    drop(store);
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let n = files as f64;
    let size = dir.join("inventory.db").metadata().unwrap().len();
    let start = processor_seconds();
    let store = Store::open(&dir).unwrap();
    let mut reader = store.reader().unwrap();
    while reader.next_record().unwrap().is_some() {}
    let reading = processor_seconds() - start;
    let start = processor_seconds();
    assert_eq!(store.earlier(&key).unwrap().len() as u64, files);
    let done = processor_seconds() - start;
    #[expect(
        clippy::print_stdout,
        clippy::cast_precision_loss,
        reason = "a figure for people"
    )]
    {
        println!(
            "{files} clean files: put {:.2} us each (making them {:.2} us)",
            (all - making) * 1e6 / n,
            making * 1e6 / n
        );
        println!(
            "store {:.1} bytes a file, read {:.2} us each, earlier() {done:.2} s",
            size as f64 / n,
            reading * 1e6 / n
        );
    }
}

fn run_root() -> Name {
    Name::from("share")
}

/// As [`speed`], for files in which much was found.
#[test]
#[ignore = "a measurement"]
fn dense_speed() {
    let (_temp, dir) = folder();
    let mut store = Store::create(&dir, &run()).unwrap();
    let mut record = dense(0, "x.zip");
    let place = record.entries[1].places[0].clone();
    record.entries[1].places = vec![place; 20];
    record.findings.clear();
    let display = shown(&record);
    let mut writer = store.writer().unwrap();
    let start = processor_seconds();
    for _ in 0..2_000 {
        writer.put(&record, &display).unwrap();
    }
    writer.commit().unwrap();
    let columns = processor_seconds() - start;
    record.entries[1].places.clear();
    record.findings = vec![dense(0, "x.zip").findings.remove(0); 400_000];
    let start = processor_seconds();
    writer.put(&record, &display).unwrap();
    writer.commit().unwrap();
    let findings = processor_seconds() - start;
    #[expect(clippy::print_stdout, reason = "a figure for people")]
    {
        println!("column with 2 samples {:.2} us", columns * 1e6 / 40_000.0);
        println!("finding {:.2} us", findings * 1e6 / 400_000.0);
    }
}

#[test]
fn findings_may_come_ahead_of_their_file() {
    let (_temp, dir) = folder();
    let mut whole = dense(0, "a.zip");
    let mut ahead = whole.clone();
    ahead.listing = Listing::Ahead;
    ahead.findings.truncate(5);
    whole.findings.drain(..5);
    whole.listing = Listing::Continued;
    let mut store = Store::create(&dir, &run()).unwrap();
    {
        // Cut off after the first part: nothing of it may be left for another file.
        let mut writer = store.writer().unwrap();
        writer.put(&ahead, &shown(&ahead)).unwrap();
        writer.commit().unwrap();
    }
    let mut writer = store.writer().unwrap();
    writer.put(&clean(0, "a"), &shown(&clean(0, "a"))).unwrap();
    writer.put(&ahead, &shown(&ahead)).unwrap();
    writer.put(&whole, &shown(&whole)).unwrap();
    writer.finish("later", "{}", "{}").unwrap();
    let back = records(&store);
    assert_eq!(back.len(), 2);
    assert!(back[0].record.findings.is_empty());
    assert_eq!(back[1].record, without_values(dense(0, "a.zip")));
}

#[test]
fn findings_come_in_pieces_when_asked_for() {
    use Listing::{Ahead, Continued, Here};
    let (_dir, path) = folder();
    let mut store = Store::create(&path, &run()).unwrap();
    let mut writer = store.writer().unwrap();
    let mut wanted = Vec::new();
    for (name, findings) in [("a", 0), ("b", 7), ("c", 3), ("d", 6), ("e", 1)] {
        let mut record = dense(0, name);
        let at = record.entries[0].locator.clone();
        record.findings = (0..findings).map(|n| finding(at.clone(), n)).collect();
        writer.put(&record, &shown(&record)).unwrap();
        wanted.push(without_values(record));
    }
    writer.commit().unwrap();
    drop(writer);
    let mut reader = store.reader().unwrap().in_pieces(3);
    let (mut pieces, mut ahead, mut got) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(Stored { mut record, .. }) = reader.next_record().unwrap() {
        assert!(record.findings.len() <= 3);
        pieces.push(record.listing);
        if record.listing == Listing::Ahead {
            assert!(record.entries.len() == 1 && record.entries[0].places.is_empty());
            ahead.append(&mut record.findings);
            continue;
        }
        ahead.append(&mut record.findings);
        record.findings = std::mem::take(&mut ahead);
        record.listing = Listing::Here;
        got.push(record);
    }
    assert_eq!(got, wanted);
    assert_eq!(
        pieces,
        [Here, Ahead, Ahead, Continued, Here, Ahead, Continued, Here]
    );
}
