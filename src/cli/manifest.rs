//! `manifest.json`: what became of every file of a redaction.

use super::pseudonyms::Loaded;
use crate::{
    detect::Detector,
    model::{FileRecord, Name},
    pipeline::{Copied, Outcome},
    pseudonyms::Kind,
    words::{Language, PseudonymWord},
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

/// Number of the manifest's shape.
const SCHEMA: u32 = 1;

/// What the checks of copies cannot promise.
pub(super) const LIMITS: &[&str] = &[
    "values of fewer than 8 characters are not searched for in the bytes of a copy; a second scan looks for them by place and rule",
    "values that no rule finds are not masked",
    "pictures are not read; copies have blank ones in their place unless --pictures says otherwise",
    "fonts inside PDF copies may hold outlines of letters that only removed words used, where the remarks on a file say so",
];

#[derive(Serialize)]
struct Head<'a> {
    schema: u32,
    program: &'a str,
    version: &'a str,
    rules_digest: &'a str,
    mask_profile: &'a str,
    min_confidence: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pseudonyms: Option<&'a Note>,
    /// What the check of the copies cannot promise.
    limits_of_the_check: &'a [&'a str],
}

/// How pseudonyms were made.
#[derive(Serialize)]
pub(super) struct Note {
    project: String,
    /// A name for the key that tells nothing of it.
    key: String,
    /// A list, since a mode beside a kind (`NAME`) would read as a value of that kind.
    modes: Vec<Made>,
    notice_zh: &'static str,
    notice_en: &'static str,
}

/// How the pseudonyms of a kind or rule were made.
#[derive(Serialize)]
struct Made {
    of: String,
    mode: &'static str,
}

impl Note {
    pub(super) fn of(loaded: &Loaded) -> Self {
        let settings = loaded.pseudonymiser.settings();
        let notice = PseudonymWord::StillPersonal;
        Self {
            project: settings.project.clone(),
            key: loaded.key_name.clone(),
            modes: (Kind::ALL.iter())
                .map(|k| (k.code().to_owned(), settings.mode(*k, "")))
                .chain(
                    settings
                        .rules
                        .iter()
                        .map(|(rule, mode)| (rule.clone(), *mode)),
                )
                .map(|(of, mode)| Made {
                    of,
                    mode: mode.id(),
                })
                .collect(),
            notice_zh: notice.text(Language::Zh),
            notice_en: notice.text(Language::En),
        }
    }
}

#[derive(Serialize)]
struct Line<'a> {
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    copy: Option<String>,
    outcome: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256_before: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256_after: Option<&'a str>,
    masked: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    rules: BTreeMap<&'a str, u64>,
    #[serde(skip_serializing_if = "is_zero")]
    short_values: u64,
    /// What the copy goes without, and what it keeps unread.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    remarks: BTreeSet<&'a str>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the shape that serde asks for"
)]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// What is written about the run.
pub(super) struct About<'a> {
    pub rules_digest: &'a str,
    pub mask_profile: &'a str,
    pub min_confidence: u8,
    pub pseudonyms: Option<Note>,
}

/// Writes the manifest as it grows: a JSON object whose `files` are in the order of the walk.
pub(super) struct Manifest<W: Write> {
    out: W,
    first: bool,
    counts: BTreeMap<&'static str, u64>,
}

impl<W: Write> Manifest<W> {
    pub(super) fn new(mut out: W, about: &About<'_>) -> io::Result<Self> {
        let head = Head {
            schema: SCHEMA,
            program: "inkout",
            version: env!("CARGO_PKG_VERSION"),
            rules_digest: about.rules_digest,
            mask_profile: about.mask_profile,
            min_confidence: about.min_confidence,
            pseudonyms: about.pseudonyms.as_ref(),
            limits_of_the_check: LIMITS,
        };
        out.write_all(b"{\n\"run\":")?;
        serde_json::to_writer(&mut out, &head)?;
        out.write_all(b",\n\"files\":[\n")?;
        Ok(Self {
            out,
            first: true,
            counts: BTreeMap::new(),
        })
    }

    /// Adds one file; `source` is its path as it may be shown.
    pub(super) fn add(
        &mut self,
        source: &str,
        copied: &Copied,
        detector: &Detector,
    ) -> io::Result<()> {
        let mut line = Line {
            source,
            copy: None,
            outcome: outcome_id(&copied.outcome),
            reason: None,
            note: None,
            sha256_before: copied.before.as_deref(),
            sha256_after: None,
            masked: 0,
            rules: rules(&copied.record, detector),
            short_values: 0,
            remarks: BTreeSet::new(),
        };
        if matches!(
            copied.outcome,
            Outcome::Redacted { .. } | Outcome::Unchanged { .. }
        ) {
            line.remarks = remarks(&copied.record);
        }
        match &copied.outcome {
            Outcome::Redacted {
                path,
                digest,
                masked,
                unsearched,
            } => {
                line.copy = Some(shown(path));
                line.sha256_after = Some(digest);
                line.masked = *masked;
                line.short_values = *unsearched;
            }
            Outcome::Unchanged { path, digest } => {
                line.copy = Some(shown(path));
                line.sha256_after = Some(digest);
            }
            Outcome::Withheld(kind, note) => {
                line.reason = Some(kind.id());
                line.note = Some(note);
            }
            Outcome::Unwritten(note) => {
                line.reason = Some("unwritten");
                line.note = Some(note);
            }
            Outcome::Residue(note) => {
                line.reason = Some("residue");
                line.note = Some(note);
            }
            Outcome::Excluded => {}
        }
        *self.counts.entry(outcome_id(&copied.outcome)).or_default() += 1;
        if !self.first {
            self.out.write_all(b",\n")?;
        }
        self.first = false;
        serde_json::to_writer(&mut self.out, &line)?;
        Ok(())
    }

    /// Ends it.
    pub(super) fn finish(mut self) -> io::Result<(W, BTreeMap<&'static str, u64>)> {
        self.out.write_all(b"\n],\n\"counts\":")?;
        serde_json::to_writer(&mut self.out, &self.counts)?;
        self.out.write_all(b"\n}\n")?;
        self.out.flush()?;
        Ok((self.out, self.counts))
    }
}

fn shown(path: &Name) -> String {
    path.to_string()
}

/// The word for an outcome.
pub(super) fn outcome_id(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Redacted { .. } => "redacted",
        Outcome::Unchanged { .. } => "unchanged",
        Outcome::Withheld(..) | Outcome::Unwritten(_) | Outcome::Residue(_) => "withheld",
        Outcome::Excluded => "excluded",
    }
}

fn remarks(record: &FileRecord) -> BTreeSet<&str> {
    let gaps = record.entries.iter().flat_map(|e| &e.gaps);
    let told = gaps.filter(|g| g.kind.is_wanted() && !g.note.is_empty());
    told.map(|g| g.note.as_str()).collect()
}

fn rules<'d>(record: &FileRecord, detector: &'d Detector) -> BTreeMap<&'d str, u64> {
    let mut out = BTreeMap::new();
    for count in record
        .entries
        .iter()
        .flat_map(|e| &e.places)
        .flat_map(|p| &p.counts)
    {
        if let Some(rule) = detector.rule(count.rule) {
            *out.entry(rule.id.as_str()).or_default() += count.found;
        }
    }
    out
}
