//! Tests of databases.

use super::Sqlite;
use crate::{
    formats::{
        Format, FormatError, Source,
        trial::{Trial, copy, read, with_cx},
    },
    model::{CellKind, GapKind},
};
use proptest::prelude::*;
use rusqlite::{Connection, MAIN_DB};

fn database(sql: &str) -> Vec<u8> {
    let mut db = Connection::open_in_memory().unwrap();
    db.execute_batch(sql).unwrap();
    db.serialize(MAIN_DB).unwrap().to_vec()
}

fn opened(bytes: &[u8]) -> Connection {
    let mut db = Connection::open_in_memory().unwrap();
    db.deserialize_read_exact(MAIN_DB, bytes, bytes.len(), false)
        .unwrap();
    let sound: String = db
        .query_row("PRAGMA integrity_check", [], |r| r.get(0))
        .unwrap();
    assert_eq!(sound, "ok");
    db
}

fn one(bytes: &[u8], sql: &str) -> String {
    opened(bytes)
        .query_row(sql, [], |r| {
            r.get::<_, rusqlite::types::Value>(0)
                .map(|v| format!("{v:?}"))
        })
        .unwrap()
}

fn holds(bytes: &[u8], what: &str) -> bool {
    memchr::memmem::find(bytes, what.as_bytes()).is_some()
}

const PEOPLE: &str = "CREATE TABLE kh(id INTEGER PRIMARY KEY, xm TEXT, sj, kh REAL, j TEXT, b BLOB, UNIQUE(sj));
    INSERT INTO kh VALUES(1,'张三','13800138000',6222021234567890000,'{\"m\":13800138000,\"n\":\"13900139000\"}',x'3133383030313338303030');
    INSERT INTO kh VALUES(2,'李四',13700137000,NULL,'[]',x'00ff0102');";

#[test]
fn rows_are_read_under_their_columns() {
    let raw = database(PEOPLE);
    let seen = read(&Sqlite, &raw);
    let cells = seen.cells();
    assert_eq!(cells[1], (1, 2, "张三".into(), CellKind::Text));
    assert_eq!(cells[3].3, CellKind::Rounded);
    assert_eq!(cells[5].2, "13800138000");
    assert_eq!(cells[8], (2, 3, "13700137000".into(), CellKind::Number));
    let names = &seen.seen.iter().find_map(|s| s.table.clone()).unwrap().2;
    assert_eq!(names[..], ["id", "xm", "sj", "kh", "j", "b"]);
    assert!(seen.gaps.is_empty() && seen.shows("CREATE TABLE kh"));
    assert_eq!(copy(&Sqlite, &raw, &[]), raw);
}

#[test]
fn values_change_and_nothing_is_left_behind() {
    let raw = database(PEOPLE);
    let words = [
        ("13800138000", "*********00"),
        ("张三", "**"),
        ("13700137000", "*********00"),
        ("6222021234567890000", "****"),
    ];
    let new = copy(&Sqlite, &raw, &words);
    for gone in ["13800138000", "张三", "13700137000"] {
        assert!(!holds(&new, gone));
    }
    assert_eq!(
        one(&new, "SELECT j FROM kh"),
        "Text(\"{\\\"m\\\":\\\"*********00\\\",\\\"n\\\":\\\"13900139000\\\"}\")"
    );
    assert_eq!(
        one(&new, "SELECT sj FROM kh WHERE id=1"),
        "Text(\"*********00\")"
    );
    // The column holds no value twice.
    assert_eq!(
        one(&new, "SELECT sj FROM kh WHERE id=2"),
        "Text(\"*********00~3\")"
    );
    assert_eq!(one(&new, "SELECT typeof(b) FROM kh"), "Text(\"blob\")");
    assert_eq!(one(&new, "SELECT kh FROM kh WHERE id=1"), "Text(\"****\")");
}

#[test]
fn numbers_of_rows_and_strict_tables() {
    let raw = database(
        "CREATE TABLE a(id INTEGER PRIMARY KEY, t); INSERT INTO a VALUES(13800138000,'x'),(5,'y');
         CREATE TABLE s(p INTEGER NOT NULL, q INTEGER) STRICT; INSERT INTO s VALUES(13800138000, 13800138000);
         CREATE TABLE w(k TEXT PRIMARY KEY, v) WITHOUT ROWID; INSERT INTO w VALUES('13800138000',1),('a',2);
         CREATE TABLE c(p TEXT CHECK(p<>''), g AS (p||'!')); INSERT INTO c VALUES('13800138000');",
    );
    let new = copy(&Sqlite, &raw, &[("13800138000", "***")]);
    assert!(!holds(&new, "13800138000"));
    assert_eq!(
        one(&new, "SELECT count(*) FROM a WHERE id < 0"),
        "Integer(1)"
    );
    assert_eq!(one(&new, "SELECT p < 0 FROM s"), "Integer(1)");
    assert_eq!(one(&new, "SELECT v FROM w WHERE k='***'"), "Integer(1)");
    assert_eq!(one(&new, "SELECT g FROM c"), "Text(\"***!\")");
    assert_eq!(read(&Sqlite, &new).cells().len(), 12);
}

#[test]
fn full_text_indexes_and_statistics_are_made_anew() {
    let raw = database(
        "CREATE VIRTUAL TABLE ft USING fts5(t); CREATE VIRTUAL TABLE f4 USING fts4(t);
         INSERT INTO ft VALUES('客户 13800138000'),('other'); INSERT INTO f4 VALUES('客户 13800138000');
         CREATE TABLE k(a TEXT); CREATE INDEX i ON k(a);
         WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n WHERE x<300) INSERT INTO k SELECT 'v'||x FROM n;
         INSERT INTO k VALUES('13800138000'); ANALYZE;
         CREATE TABLE log(x); CREATE TRIGGER t AFTER UPDATE ON k BEGIN INSERT INTO log VALUES(OLD.a); END;",
    );
    let seen = read(&Sqlite, &raw);
    assert!(seen.gaps.is_empty(), "{:?}", seen.gaps);
    let new = copy(&Sqlite, &raw, &[("13800138000", "*****")]);
    assert!(!holds(&new, "13800138000") && !holds(&new, "3800138000"));
    assert_eq!(
        one(&new, "SELECT count(*) FROM ft WHERE ft MATCH 'other'"),
        "Integer(1)"
    );
    assert_eq!(one(&new, "SELECT count(*) FROM log"), "Integer(0)");
}

#[test]
fn leftovers_are_read_and_go() {
    let raw = database(
        "PRAGMA secure_delete=OFF; CREATE TABLE a(x); INSERT INTO a VALUES('keep');
         INSERT INTO a VALUES('gone 13800138000 gone'); DELETE FROM a WHERE x LIKE 'gone%';
         CREATE TABLE b(x); INSERT INTO b VALUES('dropped 13900139000 '); DROP TABLE b;",
    );
    assert!(holds(&raw, "13800138000") && holds(&raw, "13900139000"));
    let seen = read(&Sqlite, &raw);
    assert!(seen.shows("13800138000") && seen.shows("13900139000"));
    let new = copy(&Sqlite, &raw, &[]);
    assert!(!holds(&new, "13800138000") && !holds(&new, "13900139000"));
    assert_eq!(one(&new, "SELECT x FROM a"), "Text(\"keep\")");
}

fn tried(raw: &[u8], words: &[(&str, &str)]) -> (Trial, Result<(), FormatError>) {
    let mut trial = Trial {
        words: words.iter().map(|&(a, b)| (a.into(), b.into())).collect(),
        ..Trial::default()
    };
    let mut out = std::io::Cursor::new(Vec::new());
    let result = with_cx(&mut trial, raw.len(), |cx| {
        Sqlite.run(&mut Source::slice(raw), cx, Some(&mut out))
    });
    (trial, result)
}

#[test]
fn what_cannot_be_changed_withholds() {
    let raw = database("CREATE TABLE a(x DEFAULT '13800138000')");
    let (_, result) = tried(&raw, &[("13800138000", "*")]);
    assert!(matches!(
        result,
        Err(FormatError::Withheld(GapKind::Opaque, _))
    ));
    let raw =
        database("CREATE VIRTUAL TABLE f USING fts5(t, content=''); INSERT INTO f VALUES('x');");
    assert_eq!(tried(&raw, &[]).0.gaps[0].0, GapKind::Opaque);
}

#[test]
fn views_and_functions_of_the_schema_do_not_run() {
    let raw = database(
        "CREATE TABLE a(x); INSERT INTO a VALUES('13800138000');
         CREATE VIEW v AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT * FROM n;",
    );
    assert_eq!(read(&Sqlite, &raw).cells().len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn damaged_databases_are_harmless(cuts in proptest::collection::vec((0_usize..16_384, any::<u8>()), 0..12), len in 0_usize..16_384) {
        let mut raw = database(PEOPLE);
        for (at, b) in cuts {
            if let Some(slot) = raw.get_mut(at) { *slot = b; }
        }
        raw.truncate(len.max(16));
        let _ = tried(&raw, &[("13800138000", "***")]);
    }
}

#[test]
fn write_ahead_logs_are_read() {
    use super::journal::Journal;
    use crate::formats::Probe;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let db = Connection::open(&path).unwrap();
    db.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE kh(xm, sj, n);
         INSERT INTO kh VALUES('张三','13800138000',13900139000),('李四','13700137000',-5);",
    )
    .unwrap();
    let log = std::fs::read(folder.path().join("x.db-wal")).unwrap();
    assert_eq!(Journal.probe(&log, b"x.db-wal"), Probe::Bytes);
    let seen = read(&Journal, &log);
    let texts: Vec<String> = seen.cells().into_iter().map(|c| c.2).collect();
    for value in ["张三", "13800138000", "13900139000", "13700137000", "-5"] {
        assert!(texts.iter().any(|t| t == value), "{value} in {texts:?}");
    }
    for cut in (0..log.len()).step_by(97) {
        let mut trial = Trial::default();
        let mut bad = log[..cut].to_vec();
        if let Some(b) = bad.last_mut() {
            *b ^= 0x5A;
        }
        let _ = with_cx(&mut trial, bad.len(), |cx| {
            Journal.run(&mut Source::slice(&bad), cx, None)
        });
    }
}
