//! What the program really writes is what `docs/jsonl.md` says.

use crate::{
    share::{Share, string, zip_of},
    synthetic::{mobile, resident_id},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const DOCS: &str = include_str!("../../docs/jsonl.md");

/// A documented key: its type, and whether it is always there.
struct Key {
    of: &'static str,
    always: bool,
}

/// The documented words of a row: all that stands in backquotes in its meaning.
fn words(object: &str, key: &str) -> BTreeSet<&'static str> {
    let start = format!("| {object} | {key} |");
    let row = DOCS.lines().find(|l| l.starts_with(&start)).unwrap();
    row.split('`').skip(1).step_by(2).collect()
}

fn documented() -> BTreeMap<&'static str, BTreeMap<&'static str, Key>> {
    let mut all: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for line in DOCS.lines() {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        if let [object, key, of, always @ ("yes" | "no"), _] = cells[..] {
            let key_of = Key {
                of,
                always: always == "yes",
            };
            all.entry(object).or_default().insert(key, key_of);
        }
    }
    assert!(all.len() >= 7, "the table is there");
    all
}

fn is_of(
    value: &Value,
    of: &str,
    docs: &BTreeMap<&str, BTreeMap<&str, Key>>,
    at: &str,
) -> Result<(), String> {
    if let Some(of) = of.strip_suffix(" or null") {
        return if value.is_null() {
            Ok(())
        } else {
            is_of(value, of, docs, at)
        };
    }
    if let Some(of) = of.strip_prefix("array of ") {
        let all = value
            .as_array()
            .ok_or(format!("{at}: {value} is no array"))?;
        return all.iter().try_for_each(|v| is_of(v, of, docs, at));
    }
    if let Some(of) = of.strip_prefix("map of ") {
        let all = value
            .as_object()
            .ok_or(format!("{at}: {value} is no object"))?;
        return all.values().try_for_each(|v| is_of(v, of, docs, at));
    }
    let right = match of {
        "string" => value.is_string(),
        "integer" => value.as_u64().is_some(),
        "boolean" => value.is_boolean(),
        object => return is_object(value, object, docs, at),
    };
    if right {
        Ok(())
    } else {
        Err(format!("{at}: {value} is no {of}"))
    }
}

fn is_object(
    value: &Value,
    object: &str,
    docs: &BTreeMap<&str, BTreeMap<&str, Key>>,
    at: &str,
) -> Result<(), String> {
    let keys = docs
        .get(object)
        .ok_or(format!("{at}: {object} is not documented"))?;
    let map = value
        .as_object()
        .ok_or(format!("{at}: {value} is no object"))?;
    for (key, value) in map {
        let known = keys
            .get(key.as_str())
            .ok_or(format!("{at}: {object}.{key} is not documented"))?;
        is_of(value, known.of, docs, &format!("{at}.{key}"))?;
    }
    match keys
        .iter()
        .find(|(key, k)| k.always && !map.contains_key(**key))
    {
        Some((key, _)) => Err(format!("{at}: {object}.{key} is missing")),
        None => Ok(()),
    }
}

/// Files of every kind, with gaps of many kinds.
fn varied() -> Share {
    let share = Share::of_handover();
    share
        .put("broken.zip", b"PK\x03\x04 no more")
        .put(
            "bytes.txt",
            [b"x".as_slice(), &[0xFF, 0xFE, 0x00, 0xD8, 0x80, 0x81]].concat(),
        )
        .put(
            "lies.csv",
            zip_of(&[("a.txt", format!("手机 {}", mobile(1)).as_bytes())]),
        )
        .put(format!("{}.txt", resident_id(3)), "x")
        .put("skip.tmp", "x");
    std::os::unix::fs::symlink("nowhere", share.path("in/link")).unwrap();
    share
}

#[test]
fn every_object_is_as_documented() {
    let docs = documented();
    let share = varied();
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for args in [
        &["--exclude", "*.tmp"][..],
        &["--show-values", "--all-findings"],
        &["--samples", "1"],
    ] {
        for object in share.scan(args).ends(3).objects() {
            let kind = string(&object["kind"]).to_owned();
            is_object(&object, &kind, &docs, &kind).unwrap();
            seen.entry(kind)
                .or_default()
                .extend(object.as_object().unwrap().keys().cloned());
        }
    }
    for kind in ["finding", "file", "gap", "summary"] {
        let never: Vec<_> = docs[kind]
            .keys()
            .filter(|k| !seen[kind].contains(**k))
            .collect();
        assert!(
            never.is_empty(),
            "{kind}: {never:?} documented and not written"
        );
    }
}

#[test]
fn words_are_the_documented_ones() {
    let share = varied();
    let run = share.scan(&["--exclude", "*.tmp"]).ends(3);
    let (reasons, gaps, states) = (
        words("finding", "reasons"),
        words("gap", "reason"),
        words("file", "state"),
    );
    for finding in run.of("finding") {
        for reason in finding["reasons"].as_array().unwrap() {
            assert!(reasons.contains(string(reason)), "{reason}");
        }
        assert!(finding["confidence"].as_u64().unwrap() <= 100);
        assert!(!finding.as_object().unwrap().contains_key("value"));
    }
    for gap in run.of("gap") {
        assert!(gaps.contains(string(&gap["reason"])), "{gap}");
    }
    for file in run.of("file") {
        assert!(states.contains(string(&file["state"])), "{file}");
        assert_eq!(file["state"] == "read", file["reason"].is_null(), "{file}");
    }
}

/// For each file come its object and its gaps, then its members, then the findings of all of them;
/// locators begin with the path; the summary adds up.
#[test]
fn objects_come_in_order_and_add_up() {
    let share = varied();
    let run = share.scan(&["--all-findings"]).ends(3);
    let objects = run.objects();
    let (mut path, mut rank) = (String::new(), 0);
    let mut done = BTreeSet::new();
    for object in &objects[..objects.len() - 1] {
        let own = string(&object["path"]).to_owned();
        let locator = string(&object["locator"]);
        assert!(locator.starts_with(&own), "{object}");
        assert_eq!(string(&object["file"]).len(), 32);
        let is_finding = object["kind"] == "finding";
        if own != path {
            assert!(done.insert(own.clone()), "{own} comes twice");
            assert_eq!(object["kind"], "file", "a file begins with its object");
            assert_eq!(locator, own);
            (path, rank) = (own, 0);
        }
        assert!(is_finding || rank == 0, "after findings: {object}");
        rank = u8::from(is_finding);
    }
    let summary = run.summary();
    let of = |kind: &str| run.of(kind);
    assert_eq!(
        summary["files"],
        of("file")
            .iter()
            .filter(|f| f["locator"] == f["path"])
            .count()
    );
    assert_eq!(
        summary["members"],
        of("file")
            .iter()
            .filter(|f| f["locator"] != f["path"])
            .count()
    );
    let gaps: u64 = summary["gaps"]
        .as_object()
        .unwrap()
        .values()
        .map(|n| n.as_u64().unwrap())
        .sum();
    assert_eq!(gaps, of("gap").len() as u64);
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    let mut listed: BTreeMap<String, u64> = BTreeMap::new();
    for file in of("file") {
        let mut in_places: BTreeMap<String, u64> = BTreeMap::new();
        for place in file["places"].as_array().unwrap() {
            for (rule, count) in place["counts"].as_object().unwrap() {
                *in_places.entry(rule.clone()).or_default() += count["found"].as_u64().unwrap();
            }
        }
        for (rule, count) in file["counts"].as_object().unwrap() {
            let n = count["found"].as_u64().unwrap();
            assert!(count["distinct"].as_u64().unwrap() <= n);
            assert_eq!(in_places.get(rule), Some(&n), "{}", file["locator"]);
            *found.entry(rule.clone()).or_default() += n;
        }
    }
    for finding in of("finding") {
        *listed
            .entry(string(&finding["rule"]).to_owned())
            .or_default() += 1;
    }
    assert_eq!(found, listed);
    for (rule, total) in summary["findings"].as_object().unwrap() {
        assert_eq!(total["found"].as_u64(), found.get(rule).copied(), "{rule}");
    }
}
