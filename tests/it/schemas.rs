//! Reports for other programs hold to their standards: every object with the members that it must have, and none
//! that the schema does not know. Written by hand after the standards, whose schema files have licences of their
//! own.

use crate::{
    share::{Share, zip_of},
    synthetic::{mobile, resident_id},
};
use quick_xml::{Reader, events::Event};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a member of an object must be.
#[derive(Clone, Copy)]
enum Is {
    Text,
    /// A whole number of at least so much.
    Whole(i64),
    /// A number from 0 to 100.
    Percent,
    Truth,
    Time,
    Uri,
    OneOf(&'static [&'static str]),
    Object(&'static str),
    /// A list of at least so many such objects; whether they must differ.
    Objects(usize, bool, &'static str),
    /// Texts by name.
    ByName,
    /// A property bag: anything.
    Bag,
}

/// An object's name, and of each member its name, whether it must be there, and what it is.
type Shape = (&'static str, &'static [(&'static str, bool, Is)]);

/// Objects of SARIF 2.1.0 that inkout writes, by name: member, whether it must be there, what it is. Standard:
/// OASIS SARIF 2.1.0 errata 01, section 3, by the number of the paragraph.
const SARIF: &[Shape] = &[
    // 3.13
    (
        "log",
        &[
            ("$schema", false, Is::Uri),
            ("version", true, Is::OneOf(&["2.1.0"])),
            ("runs", true, Is::Objects(0, false, "run")),
        ],
    ),
    // 3.14
    (
        "run",
        &[
            ("tool", true, Is::Object("tool")),
            ("invocations", false, Is::Objects(0, false, "invocation")),
            (
                "columnKind",
                false,
                Is::OneOf(&["utf16CodeUnits", "unicodeCodePoints"]),
            ),
            ("results", false, Is::Objects(0, false, "result")),
            ("properties", false, Is::Bag),
        ],
    ),
    // 3.18
    ("tool", &[("driver", true, Is::Object("toolComponent"))]),
    // 3.19
    (
        "toolComponent",
        &[
            ("name", true, Is::Text),
            ("version", false, Is::Text),
            ("informationUri", false, Is::Uri),
            ("rules", false, Is::Objects(0, true, "reportingDescriptor")),
            (
                "notifications",
                false,
                Is::Objects(0, true, "reportingDescriptor"),
            ),
        ],
    ),
    // 3.49
    (
        "reportingDescriptor",
        &[
            ("id", true, Is::Text),
            ("shortDescription", false, Is::Object("message")),
            (
                "defaultConfiguration",
                false,
                Is::Object("reportingConfiguration"),
            ),
            ("properties", false, Is::Bag),
        ],
    ),
    // 3.50
    (
        "reportingConfiguration",
        &[(
            "level",
            false,
            Is::OneOf(&["none", "note", "warning", "error"]),
        )],
    ),
    // 3.20
    (
        "invocation",
        &[
            ("executionSuccessful", true, Is::Truth),
            ("startTimeUtc", false, Is::Time),
            ("endTimeUtc", false, Is::Time),
            (
                "toolExecutionNotifications",
                false,
                Is::Objects(0, false, "notification"),
            ),
        ],
    ),
    // 3.58
    (
        "notification",
        &[
            (
                "level",
                false,
                Is::OneOf(&["none", "note", "warning", "error"]),
            ),
            (
                "descriptor",
                false,
                Is::Object("reportingDescriptorReference"),
            ),
            ("message", true, Is::Object("message")),
            ("locations", false, Is::Objects(0, true, "location")),
        ],
    ),
    // 3.52
    (
        "reportingDescriptorReference",
        &[("id", false, Is::Text), ("index", false, Is::Whole(-1))],
    ),
    // 3.11
    ("message", &[("text", true, Is::Text)]),
    // 3.27
    (
        "result",
        &[
            ("ruleId", true, Is::Text),
            ("ruleIndex", false, Is::Whole(0)),
            (
                "level",
                false,
                Is::OneOf(&["none", "note", "warning", "error"]),
            ),
            ("rank", false, Is::Percent),
            ("occurrenceCount", false, Is::Whole(1)),
            ("message", true, Is::Object("message")),
            ("locations", false, Is::Objects(0, false, "location")),
            ("relatedLocations", false, Is::Objects(0, true, "location")),
            ("partialFingerprints", false, Is::ByName),
        ],
    ),
    // 3.28
    (
        "location",
        &[
            ("physicalLocation", false, Is::Object("physicalLocation")),
            (
                "logicalLocations",
                false,
                Is::Objects(0, true, "logicalLocation"),
            ),
        ],
    ),
    // 3.29: one of artifactLocation and address must be there
    (
        "physicalLocation",
        &[
            ("artifactLocation", true, Is::Object("artifactLocation")),
            ("region", false, Is::Object("region")),
        ],
    ),
    // 3.4
    ("artifactLocation", &[("uri", true, Is::Uri)]),
    // 3.30
    (
        "region",
        &[
            ("startLine", false, Is::Whole(1)),
            ("startColumn", false, Is::Whole(1)),
            ("byteOffset", false, Is::Whole(0)),
            ("byteLength", false, Is::Whole(0)),
        ],
    ),
    // 3.33
    ("logicalLocation", &[("fullyQualifiedName", true, Is::Text)]),
    // Of GitLab: "Code Quality report format".
    (
        "issue",
        &[
            ("description", true, Is::Text),
            ("check_name", true, Is::Text),
            ("fingerprint", true, Is::Text),
            (
                "severity",
                true,
                Is::OneOf(&["info", "minor", "major", "critical", "blocker"]),
            ),
            ("location", true, Is::Object("place")),
            // Other members are passed over.
            ("counts", false, Is::Bag),
        ],
    ),
    (
        "place",
        &[
            ("path", true, Is::Text),
            ("lines", true, Is::Object("lines")),
        ],
    ),
    ("lines", &[("begin", true, Is::Whole(1))]),
];

fn check(value: &Value, name: &str, at: &str, wrong: &mut Vec<String>) {
    let (_, members) = SARIF.iter().find(|(n, _)| *n == name).unwrap();
    let Some(object) = value.as_object() else {
        return wrong.push(format!("{at} is no object"));
    };
    for (member, must, _) in *members {
        if *must && !object.contains_key(*member) {
            wrong.push(format!("{at} has no {member}"));
        }
    }
    for (member, value) in object {
        let at = format!("{at}.{member}");
        match members.iter().find(|(known, ..)| known == member) {
            None => wrong.push(format!("{at} is not known")),
            Some((_, _, is)) => check_member(value, *is, &at, wrong),
        }
    }
}

fn check_member(value: &Value, is: Is, at: &str, wrong: &mut Vec<String>) {
    let text = value.as_str();
    let holds = match is {
        Is::Text => text.is_some_and(|t| !t.is_empty()),
        Is::Whole(least) => value.as_i64().is_some_and(|n| n >= least),
        Is::Percent => value.as_f64().is_some_and(|n| (0.0..=100.0).contains(&n)),
        Is::Truth => value.is_boolean(),
        // RFC 3339 in UTC, as 3.9 says.
        Is::Time => {
            text.is_some_and(|t| t.len() == 20 && t.as_bytes()[10] == b'T' && t.ends_with('Z'))
        }
        // RFC 3986: no character that would have to be escaped.
        Is::Uri => text.is_some_and(|t| {
            let plain =
                |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&b);
            !t.is_empty() && t.bytes().all(plain)
        }),
        Is::OneOf(all) => text.is_some_and(|t| all.contains(&t)),
        Is::ByName => value
            .as_object()
            .is_some_and(|all| all.values().all(Value::is_string)),
        Is::Bag => value.is_object(),
        Is::Object(name) => {
            check(value, name, at, wrong);
            true
        }
        Is::Objects(least, differ, name) => match value.as_array() {
            None => false,
            Some(all) => {
                for (n, one) in all.iter().enumerate() {
                    check(one, name, &format!("{at}[{n}]"), wrong);
                }
                let kinds: BTreeSet<String> = all.iter().map(Value::to_string).collect();
                all.len() >= least && (!differ || kinds.len() == all.len())
            }
        },
    };
    if !holds {
        wrong.push(format!("{at} is not what it should be"));
    }
}

/// Beyond the shape: what points to something points to it.
fn check_run(run: &Value, wrong: &mut Vec<String>) {
    let none = Vec::new();
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap_or(&none);
    let ids: BTreeSet<&str> = rules.iter().filter_map(|r| r["id"].as_str()).collect();
    if ids.len() != rules.len() {
        wrong.push("a rule is described twice".into());
    }
    let mut prints = BTreeSet::new();
    for result in run["results"].as_array().unwrap_or(&none) {
        let at = result["ruleIndex"]
            .as_u64()
            .and_then(|n| usize::try_from(n).ok());
        let described = at.and_then(|n| rules.get(n)).map(|r| &r["id"]);
        if described != Some(&result["ruleId"]) {
            wrong.push(format!(
                "{} is described as {described:?}",
                result["ruleId"]
            ));
        }
        if !prints.insert(result["partialFingerprints"].to_string()) {
            wrong.push("a fingerprint stands twice".into());
        }
        for location in result["locations"].as_array().unwrap_or(&none) {
            let region = &location["physicalLocation"]["region"];
            // 3.30.1: a region is of lines, or of bytes.
            if region.is_object() && region["startLine"].is_null() == region["byteOffset"].is_null()
            {
                wrong.push(format!("a region is {region}"));
            }
        }
    }
}

/// Elements of `JUnit` as Jenkins reads them (`junit-10.xsd`): attributes that must be there, others that may,
/// and what may stand inside.
type Element = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
);
const JUNIT: &[Element] = &[
    (
        "testsuites",
        &[],
        &["name", "time", "tests", "failures", "errors"],
        &["testsuite"],
    ),
    (
        "testsuite",
        &["name", "tests", "failures", "errors"],
        &["time", "skipped", "timestamp", "hostname", "id", "package"],
        &["properties", "testcase", "system-out", "system-err"],
    ),
    ("properties", &[], &[], &["property"]),
    ("property", &["name", "value"], &[], &[]),
    (
        "testcase",
        &["name"],
        &["classname", "time", "group"],
        &["skipped", "error", "failure"],
    ),
    ("skipped", &[], &["type", "message"], &[]),
    ("failure", &[], &["type", "message"], &[]),
    ("error", &[], &["type", "message"], &[]),
];

/// The sums of a suite are those of what is in it.
fn check_sums(
    counts: &BTreeMap<String, u64>,
    said: &BTreeMap<String, u64>,
    wrong: &mut Vec<String>,
) {
    for (attribute, element) in [
        ("tests", "testcase"),
        ("failures", "failure"),
        ("errors", "error"),
        ("skipped", "skipped"),
    ] {
        let there = counts.get(element).copied().unwrap_or(0);
        if said.get(attribute) != Some(&there) {
            wrong.push(format!(
                "{attribute} are {:?}, there are {there}",
                said.get(attribute)
            ));
        }
    }
}

fn check_junit(bytes: &[u8]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut reader = Reader::from_str(std::str::from_utf8(bytes).unwrap());
    let mut open: Vec<String> = Vec::new();
    let mut counts = BTreeMap::<String, u64>::new();
    let mut said = BTreeMap::<String, u64>::new();
    loop {
        let event = reader.read_event().expect("well formed");
        let (element, is_empty) = match &event {
            Event::Start(e) => (e, false),
            Event::Empty(e) => (e, true),
            Event::End(_) => {
                open.pop();
                continue;
            }
            Event::Text(t) => {
                let blank = t.trim().is_empty();
                if !blank
                    && !open
                        .last()
                        .is_some_and(|o| matches!(o.as_str(), "failure" | "error"))
                {
                    wrong.push(format!("text in {open:?}"));
                }
                continue;
            }
            Event::Eof => break,
            _ => continue,
        };
        let name = element.name().as_ref().to_owned();
        *counts.entry(name.clone()).or_default() += 1;
        let Some((_, must, may, _)) = JUNIT.iter().find(|(n, ..)| *n == name) else {
            wrong.push(format!("{name} is not known"));
            continue;
        };
        let inside = open
            .last()
            .and_then(|o| JUNIT.iter().find(|(n, ..)| n == o));
        if inside.is_some_and(|(.., inside)| !inside.contains(&name.as_str()))
            || (inside.is_none() && name != "testsuites")
        {
            wrong.push(format!("{name} in {open:?}"));
        }
        let mut has = BTreeSet::new();
        for attribute in element.attributes() {
            let attribute = attribute.expect("an attribute");
            let key = attribute.key.as_ref().to_owned();
            if !must.contains(&key.as_str()) && !may.contains(&key.as_str()) {
                wrong.push(format!("{name} has {key}"));
            }
            if name == "testsuite"
                && ["tests", "failures", "errors", "skipped"].contains(&key.as_str())
            {
                let n = attribute.value.parse().expect("a number");
                said.insert(key.clone(), n);
            }
            has.insert(key);
        }
        for attribute in *must {
            if !has.contains(*attribute) {
                wrong.push(format!("{name} has no {attribute}"));
            }
        }
        if !is_empty {
            open.push(name);
        }
    }
    check_sums(&counts, &said, &mut wrong);
    wrong
}

/// Shares of every kind: nothing found, samples, all findings, gaps, files left out, odd names.
fn shares() -> Vec<(Share, &'static [&'static str])> {
    let clean = Share::new();
    clean.put("a.txt", "nothing\n");
    let full = || {
        let share = Share::new();
        let rows: String = (0..40)
            .map(|n| format!("客户{n},{},{}\n", resident_id(n), mobile(n)))
            .collect();
        let rows = format!("姓名,身份证号,手机号\n{rows}");
        share
            .put("a b/名单 <1> & \"2\".csv", &rows)
            .put("copy.csv", &rows)
            .put(
                "one.txt",
                format!(
                    "手机 {}，手机 {}\n手机 {}\n",
                    mobile(1),
                    mobile(1),
                    mobile(2)
                ),
            )
            .put(
                "x.zip",
                zip_of(&[
                    ("里/b.csv", rows.as_bytes()),
                    ("y.png", b"\x89PNG\r\n\x1a\n"),
                ]),
            )
            .put("broken.zip", b"PK\x03\x04")
            .put(
                "a\u{1b}[31m\u{202e}]]>.txt",
                format!("手机 {}\n", mobile(3)),
            )
            .put(format!("客户{}.txt", resident_id(7)), "x\n")
            .put("left.iso", "x\n");
        std::os::unix::fs::symlink("nowhere", share.path("in/link")).unwrap();
        share
    };
    vec![
        (clean, &[]),
        (full(), &[]),
        (full(), &["--all-findings", "--exclude", "*.iso"]),
    ]
}

#[test]
fn reports_for_other_programs_hold_to_their_standards() {
    for (share, more) in shares() {
        let mut args = vec!["-q", "scan", "in", "--job", "job"];
        args.extend(more);
        share.run(&args);
        for lang in ["en", "zh"] {
            let of = |format| {
                let args = [
                    "--lang", lang, "report", "--job", "job", "--format", format, "--out", "-",
                ];
                share.run(&args).ends(0).out
            };
            let mut wrong = Vec::new();
            let log: Value = serde_json::from_slice(&of("sarif")).unwrap();
            check(&log, "log", "$", &mut wrong);
            for run in log["runs"].as_array().unwrap() {
                check_run(run, &mut wrong);
            }
            let issues: Vec<Value> = serde_json::from_slice(&of("gitlab")).unwrap();
            for issue in &issues {
                check(issue, "issue", "$", &mut wrong);
                // A path in the repository, as GitLab looks it up.
                let path = issue["location"]["path"].as_str().unwrap_or("/");
                if path.starts_with(['/', '.']) {
                    wrong.push("a path is not of the repository".into());
                }
            }
            wrong.extend(check_junit(&of("junit")));
            assert!(wrong.is_empty(), "{more:?} {lang}: {wrong:#?}");
        }
    }
}

/// The checks see what is wrong.
#[test]
fn what_is_wrong_is_seen() {
    let mut wrong = Vec::new();
    let log = serde_json::json!({ "version": "2.1", "runs": [{ "tool": {}, "results": [{ "ruleId": "", "rank": 101,
        "message": { "text": "x" }, "more": 1, "locations": [{ "physicalLocation": { "artifactLocation": { "uri": "a b" } } }] }] }] });
    check(&log, "log", "$", &mut wrong);
    assert_eq!(wrong.len(), 6, "{wrong:#?}");
    let junit = b"<testsuites><testsuite name='x' tests='2' failures='0' errors='0' skipped='0'><testcase name='a' file='b'/><other/></testsuite></testsuites>";
    assert_eq!(check_junit(junit).len(), 3);
}
