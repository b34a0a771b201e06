//! A small share as records, for the tests of reports.

use super::RuleInfo;
use crate::model::{
    Confidence, Count, Distinct, Entry, FileRecord, Finding, Gap, GapKind, Locator, Name,
    PathDisplay, Place, Reason, Reasons, Secret, Span, State, Step, ValueDigest,
};

/// A specimen value that must never be shown.
pub(super) const PLANTED: &str = "11010519491231002X";

pub(super) fn rules() -> Vec<RuleInfo> {
    let rule = |id: &str, zh: &str, en: &str, tags: &[&str]| {
        RuleInfo::new(
            id.into(),
            (zh.into(), en.into()),
            tags.iter().map(|&t| t.into()).collect(),
        )
    };
    vec![
        rule(
            "cn.resident-id",
            "居民身份证号码",
            "Resident identity number",
            &["pii", "pipl.sensitive", "jrt0171.c2"],
        ),
        rule(
            "cn.mobile",
            "手机号码",
            "Mobile number",
            &["pii", "jrt0171.c2"],
        ),
        rule("secret.password", "口令", "Password", &["jrt0171.c3"]),
    ]
}

/// A digest that looks like a keyed one: FNV-1a, 128 bits.
fn digest(bytes: &[u8]) -> ValueDigest {
    let hash = bytes
        .iter()
        .fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |h: u128, &b| {
            (h ^ u128::from(b)).wrapping_mul(0x0100_0000_0000_0000_0000_013b)
        });
    ValueDigest(hash.to_be_bytes())
}

pub(super) fn finding(rule: u16, locator: Locator, n: u64) -> Finding {
    Finding {
        rule,
        locator,
        bytes: None,
        column: None,
        span: Span::new(0, 18).unwrap(),
        masked: "110105********002X".into(),
        digest: digest(&n.to_le_bytes()),
        confidence: Confidence::new(95),
        reasons: Reasons::default().with(Reason::Check).with(Reason::Header),
        value: Some(Secret::new(PLANTED)),
    }
}

fn count(rule: u16, found: u64, values: std::ops::Range<u64>, top: u8) -> Count {
    let mut distinct = Distinct::default();
    values.for_each(|n| distinct.add(digest(&n.to_le_bytes()).short()));
    Count {
        rule,
        found,
        distinct,
        top,
        samples: Vec::new(),
    }
}

fn entry(path: &str, format: Option<&'static str>, bytes: u64, state: State) -> Entry {
    Entry {
        locator: Locator(vec![Step::File(Name::from(path))]),
        format,
        encoding: None,
        bytes,
        state,
        clash: None,
        gaps: Vec::new(),
        places: Vec::new(),
    }
}

fn record(path: &str, entries: Vec<Entry>) -> (FileRecord, PathDisplay) {
    let name = Name::from(path);
    let root = Name::from("share");
    let id = digest(path.as_bytes());
    let shown = PathDisplay::plain(&root, &name, id);
    (
        FileRecord {
            path: name,
            root: 0,
            entries,
            findings: Vec::new(),
            listing: crate::model::Listing::Here,
            attributes: None,
            allowed: 0,
        },
        shown,
    )
}

/// A text with one identity number and one mobile number, a zip with a workbook and an encrypted
/// member, a clean log, a locked picture and a link.
pub(super) fn records() -> Vec<(FileRecord, PathDisplay)> {
    let mut note = entry("note.txt", Some("text"), 500, State::Read);
    note.encoding = Some("GB18030");
    let at = |line| {
        let mut at = note.locator.clone();
        at.0.push(Step::Line(line));
        at
    };
    let mut id = count(0, 2, 5..7, 90);
    id.samples = vec![Finding {
        bytes: Some((120, 138)),
        column: Some(7),
        ..finding(0, at(4), 5)
    }];
    let mut mobile = count(1, 1, 100..101, 80);
    mobile.samples = vec![Finding {
        masked: "138****8000".into(),
        ..finding(1, at(9), 100)
    }];
    note.places = vec![Place {
        counts: vec![id, mobile],
        ..Place::default()
    }];

    let mut zip = entry(
        "客户.zip",
        Some("zip"),
        20_000,
        State::Partly(GapKind::Encrypted),
    );
    zip.clash = Some("xlsx");
    let member = |name: &str| {
        let mut at = zip.locator.clone();
        at.0.push(Step::Member(Name::from(name)));
        at
    };
    let mut book = entry("", Some("xlsx"), 9_000, State::Read);
    book.locator = member("dir/工资.xlsx");
    let mut cell = book.locator.clone();
    cell.0.push(Step::Sheet("Sheet1".into()));
    cell.0.push(Step::Cell { row: 12, column: 3 });
    let mut ids = count(0, 9, 0..7, 95);
    ids.samples = vec![finding(0, cell, 1)];
    book.places = vec![Place {
        at: vec![Step::Sheet("Sheet1".into())],
        column: Some(3),
        header: Some("=证件号码".into()),
        cells: 9,
        counts: vec![ids],
    }];
    let mut locked = entry("", None, 700, State::Unread(GapKind::Encrypted));
    locked.locator = member("locked.7z");
    locked.gaps = vec![Gap {
        at: Vec::new(),
        kind: GapKind::Encrypted,
        note: "needs a password".into(),
    }];

    let mut scan = entry("scan.png", None, 1_000, State::Unread(GapKind::Image));
    scan.gaps = vec![Gap {
        at: Vec::new(),
        kind: GapKind::Image,
        note: "a picture".into(),
    }];
    vec![
        record(
            "app.log",
            vec![entry("app.log", Some("text"), 1_000, State::Read)],
        ),
        record(
            "link",
            vec![entry("link", None, 0, State::Unread(GapKind::Link))],
        ),
        record("note.txt", vec![note]),
        record("scan.png", vec![scan]),
        record("客户.zip", vec![zip, book, locked]),
    ]
}

/// A file with this many different identity numbers.
pub(super) fn with_values(n: u64) -> (FileRecord, PathDisplay) {
    let mut text = entry("x.txt", Some("text"), 1, State::Partly(GapKind::Corrupt));
    text.places = vec![Place {
        counts: vec![count(0, n, 0..n, 90)],
        ..Place::default()
    }];
    record("x.txt", vec![text])
}

/// The small share as reports read it.
pub(super) struct Share {
    records: Vec<(FileRecord, PathDisplay)>,
}

impl Share {
    /// With a list of all findings, when asked for.
    pub(super) fn new(all_findings: bool) -> Self {
        let mut records = records();
        if all_findings {
            for (record, _) in &mut records {
                let all: Vec<Finding> = record
                    .entries
                    .iter()
                    .flat_map(|e| &e.places)
                    .flat_map(|p| &p.counts)
                    .flat_map(|c| {
                        (0..c.found).map(|n| finding(c.rule, record.entries[0].locator.clone(), n))
                    })
                    .collect();
                record.findings = all;
            }
        }
        Self { records }
    }
}

impl super::told::Records for Share {
    fn each(
        &self,
        visit: &mut dyn FnMut(&super::told::Told<'_>) -> std::io::Result<()>,
    ) -> std::io::Result<()> {
        let held = super::told::Held {
            mode: 0o644,
            owner: Some("li".into()),
            owner_number: 1000,
            group: Some("finance".into()),
            group_number: 1001,
            modified: 1_600_000_000,
            seen: 1_790_000_000,
        };
        self.records.iter().try_for_each(|(record, shown)| {
            visit(&super::told::Told {
                record,
                shown,
                held: Some(&held),
                false_alarms: 0,
            })
        })
    }
}

pub(super) fn run() -> super::told::Run {
    super::told::Run {
        version: "0.1.0".into(),
        rules_digest: "5b0c5b0c5b0c5b0c".into(),
        started: "2026-01-31T09:00:00Z".into(),
        ended: Some("2026-01-31T09:05:00Z".into()),
        roots: vec!["share".into()],
        job: "00112233445566778899aabbccddeeff".into(),
        made: "2026-02-01T08:00:00Z".into(),
        all_findings: false,
    }
}

pub(super) fn given<'a>(
    rules: &'a [RuleInfo],
    run: &'a super::told::Run,
) -> super::overview::Given<'a> {
    super::overview::Given {
        rules,
        run,
        language: crate::words::Language::En,
    }
}
