//! JSON Lines: one object a line, the contract of `docs/jsonl.md`.

use super::{
    Missing, RuleInfo, Values, counts_of, findings_of, missing,
    summary::{Condition, Summary, Total, exit_code},
    tally,
};
use crate::model::{
    Count, Entry, FileRecord, Finding, Listing, PathDisplay, Reason, Secret, State, Step,
    column_letters,
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    io::{self, Write},
};

/// Number of the contract. It changes when a key goes away or means something else; new keys may come.
pub const SCHEMA: u32 = 1;

/// Writes a run as JSON Lines, record by record.
pub struct JsonLines<'a> {
    out: &'a mut dyn Write,
    rules: &'a [RuleInfo],
    values: Values,
    /// The line being made: outputs see whole lines only.
    buffer: Vec<u8>,
}

impl std::fmt::Debug for JsonLines<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JsonLines").finish_non_exhaustive()
    }
}

/// What the last line says beside the sums.
#[derive(Debug, Clone)]
pub struct Ending<'a> {
    /// Version of the program.
    pub version: &'a str,
    /// Digest of the rule data.
    pub rules_digest: &'a str,
    /// Whether every finding was written, or the samples of each place only.
    pub listed: Listed,
    /// Every condition that was met.
    pub conditions: &'a [Condition],
}

/// Which findings an output lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// The first few of each place; the counts tell how many there are.
    Samples,
    /// Every one.
    All,
}

impl<'a> JsonLines<'a> {
    /// Writes to `out`. `rules` in the order that records refer to them by.
    pub fn new(out: &'a mut dyn Write, rules: &'a [RuleInfo], values: Values) -> Self {
        Self {
            out,
            rules,
            values,
            buffer: Vec::new(),
        }
    }

    /// Writes a file: for the file and each member its `file` object and its `gap`s, then the
    /// `finding`s of all of them.
    ///
    /// # Errors
    /// Those of the output.
    pub fn record(&mut self, record: &FileRecord, shown: &PathDisplay) -> io::Result<()> {
        let file = shown.file.to_string();
        let about = About { shown, file: &file };
        if record.listing != Listing::Here {
            self.findings(record, &about)?;
        }
        if record.listing == Listing::Ahead {
            return Ok(());
        }
        for entry in &record.entries {
            let object = about.file(entry, self.rules);
            self.line(&object)?;
            for gap in missing(record, entry) {
                self.line(&about.gap(&gap))?;
            }
        }
        if record.listing == Listing::Here {
            self.findings(record, &about)?;
        }
        Ok(())
    }

    fn findings(&mut self, record: &FileRecord, about: &About<'_>) -> io::Result<()> {
        for finding in findings_of(record) {
            if let Some(rule) = self.rules.get(usize::from(finding.rule)) {
                let object = about.finding(finding, rule, self.values);
                self.line(&object)?;
            }
        }
        Ok(())
    }

    /// Writes the last line.
    ///
    /// # Errors
    /// Those of the output.
    pub fn summary(&mut self, summary: &Summary, ending: &Ending<'_>) -> io::Result<()> {
        self.line(&summary_object(summary, ending))
    }

    fn line(&mut self, object: &impl Serialize) -> io::Result<()> {
        self.buffer.clear();
        serde_json::to_writer(&mut self.buffer, object)?;
        self.buffer.push(b'\n');
        self.out.write_all(&self.buffer)
    }
}

/// The `summary` object as text, for the inventory.
pub fn summary_text(summary: &Summary, ending: &Ending<'_>) -> String {
    serde_json::to_string(&summary_object(summary, ending)).unwrap_or_default()
}

#[derive(Serialize)]
struct FindingObject<'a> {
    kind: &'static str,
    path: &'a str,
    file: &'a str,
    locator: String,
    rule: &'a str,
    masked: &'a str,
    confidence: u8,
    reasons: Vec<&'static str>,
    tags: &'a [String],
    #[serde(flatten)]
    place: PlaceKeys,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
}

/// Where in its file or member a finding is, as keys of its object. Those that do not apply are left out.
#[derive(Serialize, Default, Debug, PartialEq, Eq)]
pub(super) struct PlaceKeys {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sheet: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cell: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) page: Option<u32>,
}

impl PlaceKeys {
    pub(super) fn of(finding: &Finding, shown: &PathDisplay) -> Self {
        let mut keys = Self::default();
        for step in &finding.locator.0 {
            match step {
                Step::Line(n) => {
                    keys.line = Some(*n);
                    keys.column = finding.column;
                }
                Step::Sheet(_) => {
                    if let Step::Sheet(name) = shown.step(step) {
                        keys.sheet = Some(name);
                    }
                }
                Step::Cell { row, column } if keys.sheet.is_some() => {
                    keys.cell = Some(format!("{}{row}", column_letters(*column)));
                }
                Step::Cell { row, column } => keys.cell = Some(format!("R{row}C{column}")),
                Step::Page(n) => keys.page = Some(*n),
                _ => {}
            }
        }
        keys
    }
}

#[derive(Serialize)]
struct FileObject<'a> {
    kind: &'static str,
    path: &'a str,
    file: &'a str,
    locator: String,
    state: &'static str,
    reason: Option<&'static str>,
    format: Option<&'static str>,
    encoding: Option<&'static str>,
    bytes: u64,
    clash: Option<&'static str>,
    class: Option<&'static str>,
    sensitive: bool,
    counts: BTreeMap<&'a str, CountObject>,
    places: Vec<PlaceObject<'a>>,
}

#[derive(Serialize)]
struct CountObject {
    found: u64,
    distinct: u64,
    exact: bool,
    top: u8,
}

#[derive(Serialize)]
struct PlaceObject<'a> {
    place: String,
    column: Option<u32>,
    header: Option<&'a str>,
    cells: u64,
    counts: BTreeMap<&'a str, CountObject>,
}

#[derive(Serialize)]
struct GapObject<'a> {
    kind: &'static str,
    path: &'a str,
    file: &'a str,
    locator: String,
    place: String,
    reason: &'static str,
    note: &'a str,
}

#[derive(Serialize)]
struct SummaryObject<'a> {
    kind: &'static str,
    schema: u32,
    version: &'a str,
    rules_digest: &'a str,
    files: u64,
    members: u64,
    bytes: u64,
    states: BTreeMap<&'static str, u64>,
    findings: BTreeMap<&'a str, TotalObject>,
    classes: BTreeMap<&'static str, TotalObject>,
    tags: BTreeMap<&'a str, TotalObject>,
    combined: u64,
    false_alarms: u64,
    gaps: BTreeMap<&'static str, u64>,
    all_findings: bool,
    conditions: Vec<&'static str>,
    exit: u8,
}

#[derive(Serialize)]
struct TotalObject {
    found: u64,
    distinct: u64,
    exact: bool,
    top: u8,
    files: u64,
}

impl From<&Total> for TotalObject {
    fn from(total: &Total) -> Self {
        Self {
            found: total.found,
            distinct: total.distinct.among(total.found),
            exact: total.distinct.is_exact(),
            top: total.top,
            files: total.files,
        }
    }
}

/// A file, as all its objects name it.
struct About<'a> {
    shown: &'a PathDisplay,
    file: &'a str,
}

impl<'a> About<'a> {
    fn file(&self, entry: &'a Entry, rules: &'a [RuleInfo]) -> FileObject<'a> {
        let (state, reason) = match entry.state {
            State::Read => ("read", None),
            State::Partly(kind) => ("partly", Some(kind.id())),
            State::Unread(kind) => ("unread", Some(kind.id())),
        };
        FileObject {
            kind: "file",
            path: &self.shown.path,
            file: self.file,
            locator: self.shown.locator(&entry.locator),
            state,
            reason,
            format: entry.format,
            encoding: entry.encoding,
            bytes: entry.bytes,
            clash: entry.clash,
            class: highest(entry, rules),
            sensitive: rules_of(entry, rules).any(|r| r.sensitive),
            counts: counts(counts_of(entry), rules),
            places: entry
                .places
                .iter()
                .map(|place| PlaceObject {
                    place: self.shown.place(&place.at),
                    column: place.column,
                    header: place.header.as_deref(),
                    cells: place.cells,
                    counts: counts(place.counts.iter(), rules),
                })
                .collect(),
        }
    }

    fn gap(&self, gap: &Missing<'a>) -> GapObject<'a> {
        let place = self.shown.place(gap.at);
        GapObject {
            kind: "gap",
            path: &self.shown.path,
            file: self.file,
            locator: self.shown.locator(&gap.entry.locator) + &place,
            place,
            reason: gap.kind.id(),
            note: gap.note,
        }
    }

    fn finding(
        &self,
        finding: &'a Finding,
        rule: &'a RuleInfo,
        values: Values,
    ) -> FindingObject<'a> {
        FindingObject {
            kind: "finding",
            path: &self.shown.path,
            file: self.file,
            locator: self.shown.locator(&finding.locator),
            rule: &rule.id,
            masked: &finding.masked,
            confidence: finding.confidence.percent(),
            reasons: finding.reasons.iter().map(Reason::id).collect(),
            tags: &rule.tags,
            place: PlaceKeys::of(finding, self.shown),
            start: finding.bytes.map(|(start, _)| start),
            end: finding.bytes.map(|(_, end)| end),
            value: match values {
                Values::Shown => finding.value.as_ref().map(Secret::reveal),
                Values::Hidden => None,
            },
        }
    }
}

fn rules_of<'a>(entry: &'a Entry, rules: &'a [RuleInfo]) -> impl Iterator<Item = &'a RuleInfo> {
    counts_of(entry).filter_map(|c| rules.get(usize::from(c.rule)))
}

/// The gravest class of what was found in a file or member.
fn highest(entry: &Entry, rules: &[RuleInfo]) -> Option<&'static str> {
    let class = rules_of(entry, rules).filter_map(|r| r.class).max();
    class.map(super::Class::id)
}

fn counts<'a>(
    counts: impl Iterator<Item = &'a Count>,
    rules: &'a [RuleInfo],
) -> BTreeMap<&'a str, CountObject> {
    tally(counts)
        .into_iter()
        .filter_map(|t| {
            let rule = rules.get(usize::from(t.rule))?;
            let count = CountObject {
                found: t.found,
                distinct: t.distinct.among(t.found),
                exact: t.distinct.is_exact(),
                top: t.top,
            };
            Some((rule.id.as_str(), count))
        })
        .collect()
}

fn summary_object<'a>(summary: &'a Summary, ending: &Ending<'a>) -> SummaryObject<'a> {
    let findings = summary
        .rules()
        .iter()
        .zip(&summary.by_rule)
        .filter(|(_, total)| total.found > 0)
        .map(|(rule, total)| (rule.id.as_str(), total.into()))
        .collect();
    let mut classes: BTreeMap<&'static str, TotalObject> = summary
        .by_class
        .iter()
        .map(|(class, total)| (class.id(), total.into()))
        .collect();
    for (name, total) in [
        ("none", &summary.no_class),
        ("sensitive", &summary.sensitive),
    ] {
        if total.found > 0 {
            classes.insert(name, total.into());
        }
    }
    SummaryObject {
        kind: "summary",
        schema: SCHEMA,
        version: ending.version,
        rules_digest: ending.rules_digest,
        files: summary.files,
        members: summary.members,
        bytes: summary.bytes,
        states: BTreeMap::from([
            ("read", summary.read),
            ("partly", summary.partly),
            ("unread", summary.unread),
            ("left-out", summary.left_out),
        ]),
        findings,
        classes,
        tags: (summary.by_tag.iter())
            .filter(|(_, total)| total.found > 0)
            .map(|(tag, total)| (tag.as_str(), total.into()))
            .collect(),
        combined: summary.combined,
        false_alarms: summary.false_alarms,
        gaps: summary.gaps.iter().map(|(k, g)| (k.id(), g.gaps)).collect(),
        all_findings: ending.listed == Listed::All,
        conditions: ending.conditions.iter().map(|c| c.id()).collect(),
        exit: exit_code(ending.conditions),
    }
}

#[cfg(test)]
mod tests;
