use super::*;
use crate::reports::fixture;
use serde_json::Value;

const DOCS: &str = include_str!("../../../docs/jsonl.md");

fn lines(values: Values) -> String {
    let mut out = Vec::new();
    let rules = fixture::rules();
    let mut summary = Summary::new(rules.clone());
    let mut lines = JsonLines::new(&mut out, &rules, values);
    for (record, shown) in fixture::records() {
        lines.record(&record, &shown).unwrap();
        summary.add(&record, &shown);
    }
    let conditions = [Condition::Findings, Condition::Incomplete];
    lines
        .summary(
            &summary,
            &Ending {
                version: "0.1.0",
                rules_digest: "5b0c",
                listed: Listed::Samples,
                conditions: &conditions,
            },
        )
        .unwrap();
    String::from_utf8(out).unwrap()
}

/// The field table of the documentation: object, key → type, whether always.
fn table() -> BTreeMap<&'static str, BTreeMap<&'static str, (&'static str, bool)>> {
    let mut all: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for line in DOCS.lines().filter(|l| l.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        if let [object, key, kind, always @ ("yes" | "no"), _meaning] = cells[..] {
            all.entry(object)
                .or_default()
                .insert(key, (kind, always == "yes"));
        }
    }
    all
}

type Table = BTreeMap<&'static str, BTreeMap<&'static str, (&'static str, bool)>>;

/// What is wrong with a value of a documented type.
fn wrong(value: &Value, kind: &str, table: &Table, at: &str, out: &mut Vec<String>) {
    if let Some(kind) = kind.strip_suffix(" or null") {
        if !value.is_null() {
            wrong(value, kind, table, at, out);
        }
    } else if let Some(kind) = kind.strip_prefix("array of ") {
        match value.as_array() {
            Some(all) => all.iter().for_each(|v| wrong(v, kind, table, at, out)),
            None => out.push(format!("{at}: not an array")),
        }
    } else if let Some(kind) = kind.strip_prefix("map of ") {
        match value.as_object() {
            Some(all) => all.values().for_each(|v| wrong(v, kind, table, at, out)),
            None => out.push(format!("{at}: not a map")),
        }
    } else {
        let fits = match kind {
            "string" => value.is_string(),
            "integer" => value.is_u64(),
            "boolean" => value.is_boolean(),
            object => {
                wrong_object(value, object, table, out);
                true
            }
        };
        if !fits {
            out.push(format!("{at}: not of type {kind}"));
        }
    }
}

fn wrong_object(value: &Value, object: &str, table: &Table, out: &mut Vec<String>) {
    let Some(keys) = table.get(object) else {
        out.push(format!("{object}: not documented"));
        return;
    };
    let Some(map) = value.as_object() else {
        out.push(format!("{object}: not an object"));
        return;
    };
    for (key, value) in map {
        match keys.get(key.as_str()) {
            Some((kind, _)) => wrong(value, kind, table, &format!("{object}.{key}"), out),
            None => out.push(format!("{object}.{key}: not documented")),
        }
    }
    for (key, (_, always)) in keys {
        if *always && !map.contains_key(*key) {
            out.push(format!("{object}.{key}: missing"));
        }
    }
}

#[test]
fn every_object_is_as_documented() {
    let table: Table = table();
    for object in [
        "finding", "file", "gap", "summary", "count", "place", "total",
    ] {
        assert!(table.contains_key(object), "{object}");
    }
    let mut problems = Vec::new();
    let mut seen: BTreeMap<String, std::collections::BTreeSet<String>> = BTreeMap::new();
    for line in lines(Values::Shown).lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        let kind = value["kind"].as_str().unwrap().to_owned();
        wrong_object(&value, &kind, &table, &mut problems);
        let keys = value.as_object().unwrap().keys().cloned();
        seen.entry(kind).or_default().extend(keys);
    }
    assert!(problems.is_empty(), "{problems:#?}");
    // Every documented key is produced by the fixture, but for pages, which it does not have.
    for (kind, seen) in seen {
        for key in table[kind.as_str()].keys().filter(|k| **k != "page") {
            assert!(
                seen.contains(*key),
                "{kind}.{key} is documented and never written"
            );
        }
    }
}

#[test]
fn the_words_of_the_model_are_documented() {
    let row = |object: &str, key: &str| {
        let start = format!("| {object} | {key} |");
        DOCS.lines().find(|l| l.starts_with(&start)).unwrap()
    };
    for reason in crate::model::Reason::ALL {
        assert!(row("finding", "reasons").contains(&format!("`{}`", reason.id())));
    }
    for kind in crate::model::GapKind::ALL {
        assert!(row("gap", "reason").contains(&format!("`{}`", kind.id())));
    }
    for condition in [
        Condition::Findings,
        Condition::Usage,
        Condition::Incomplete,
        Condition::Refused,
        Condition::Unproved,
        Condition::Failed,
        Condition::Interrupted,
    ] {
        assert!(row("summary", "conditions").contains(&format!("`{}`", condition.id())));
    }
}

#[test]
fn the_examples_are_what_is_written() {
    let examples = DOCS
        .split_once("```jsonl\n")
        .and_then(|(_, rest)| rest.split_once("```"))
        .unwrap()
        .0;
    let written = lines(Values::Hidden);
    for example in examples.lines() {
        assert!(written.lines().any(|l| l == example), "{example}");
    }
    assert!(examples.lines().count() >= 4);
}

#[test]
fn values_are_written_only_when_asked_for() {
    assert!(!lines(Values::Hidden).contains(fixture::PLANTED));
    assert!(!lines(Values::Hidden).contains("\"value\""));
    assert!(lines(Values::Shown).contains(&format!("\"value\":\"{}\"", fixture::PLANTED)));
}

#[test]
fn all_findings_take_the_place_of_samples() {
    let (mut record, shown) = fixture::records().remove(2);
    record.findings = (1..=5)
        .map(|n| {
            let mut at = record.entries[0].locator.clone();
            at.0.push(Step::Page(n));
            fixture::finding(0, at, u64::from(n))
        })
        .collect();
    let mut out = Vec::new();
    JsonLines::new(&mut out, &fixture::rules(), Values::Hidden)
        .record(&record, &shown)
        .unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.matches("\"kind\":\"finding\"").count(), 5);
    assert!(text.contains("\"page\":5"));
}

#[test]
fn names_are_shown_as_they_are_to_be_shown() {
    let (record, mut shown) = fixture::records().remove(4);
    shown.path = "share/客*.zip".into();
    shown.renamed = [
        (
            crate::model::Name::from("dir/工资.xlsx"),
            crate::model::Name::from("dir/*.xlsx"),
        ),
        (
            crate::model::Name::from("Sheet1"),
            crate::model::Name::from("S*"),
        ),
    ]
    .into();
    let mut out = Vec::new();
    JsonLines::new(&mut out, &fixture::rules(), Values::Hidden)
        .record(&record, &shown)
        .unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("share/客*.zip!dir/*.xlsx#S*!C12"));
    for raw in ["客户", "工资", "Sheet1"] {
        assert!(!text.contains(raw), "{raw}");
    }
}

/// Run with `cargo test --release --lib reports::jsonl::tests::speed -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn speed() {
    let rules = fixture::rules();
    let (record, shown) = fixture::records().remove(0);
    let (mut sink, mut summary) = (io::sink(), Summary::new(rules.clone()));
    let mut lines = JsonLines::new(&mut sink, &rules, Values::Hidden);
    let start = std::time::Instant::now();
    for _ in 0..300_000 {
        lines.record(&record, &shown).unwrap();
    }
    let json = start.elapsed();
    let start = std::time::Instant::now();
    for _ in 0..300_000 {
        summary.add(&record, &shown);
    }
    let sums = start.elapsed();
    #[expect(clippy::print_stdout, reason = "a figure for people")]
    {
        println!(
            "clean file: JSON Lines {:?}, summary {:?}",
            json / 300_000,
            sums / 300_000
        );
    }
}

/// Findings that went ahead are not followed by samples of the same, and stand before their file.
#[test]
fn findings_that_went_ahead_are_listed_once() {
    let rules = fixture::rules();
    let kinds = |listing, keep: bool| -> Vec<String> {
        let (mut record, shown) = fixture::records()
            .into_iter()
            .find(|(r, _)| r.entries.iter().flat_map(counts_of).next().is_some())
            .unwrap();
        let samples = record
            .entries
            .iter()
            .flat_map(counts_of)
            .flat_map(|c| &c.samples);
        record.findings = samples.filter(|_| keep).cloned().collect();
        record.listing = listing;
        let mut out = Vec::new();
        JsonLines::new(&mut out, &rules, Values::Hidden)
            .record(&record, &shown)
            .unwrap();
        String::from_utf8(out)
            .unwrap()
            .lines()
            .map(|l| {
                serde_json::from_str::<Value>(l).unwrap()["kind"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    };
    let ahead = kinds(Listing::Ahead, true);
    assert!(
        !ahead.is_empty() && ahead.iter().all(|k| k == "finding"),
        "{ahead:?}"
    );
    let rest = kinds(Listing::Continued, false);
    assert!(
        !rest.contains(&"finding".to_owned()) && rest[0] == "file",
        "{rest:?}"
    );
    let last = kinds(Listing::Continued, true);
    assert_eq!(last[0], "finding");
    assert_eq!(kinds(Listing::Here, true)[0], "file");
}
