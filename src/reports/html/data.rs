//! What the page is given: all facts as compact JSON, columns of numbers rather than objects where there may
//! be many.

use crate::{
    model::{GapKind, Reason, decisions::Decision},
    reports::{
        RuleInfo, Summary,
        exposure::{level, weight},
        overview::{Covered, Folders, Given, OverExposed, Overview, Part, Persons, Rows},
        summary::Total,
    },
    rules::tags,
    words::{ReportWord, Word, format_name, gap_advice, gap_title, reason_title},
};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Persons listed at most.
const MOST_PERSONS: usize = 5_000;
/// Columns listed at most.
const MOST_COLUMNS: usize = 2_000;

/// All that the page is given.
#[derive(Serialize)]
pub(super) struct Page<'a> {
    lang: &'static str,
    meta: Value,
    words: BTreeMap<String, (&'static str, &'static str)>,
    levels: Vec<(&'static str, &'static str)>,
    rules: Vec<Value>,
    tags: Vec<Value>,
    classes: Vec<Value>,
    formats: Vec<Value>,
    gaps: Vec<Value>,
    reasons: BTreeMap<&'static str, (&'static str, &'static str)>,
    sum: Value,
    cov: Value,
    owners: Vec<Value>,
    folders: FolderData<'a>,
    rows: RowData<'a>,
    columns: Vec<Value>,
    persons: Value,
    exposed: Value,
    decisions: &'a [Decision],
}

fn both(word: Word) -> (&'static str, &'static str) {
    use crate::words::Language::{En, Zh};
    (word.text(Zh), word.text(En))
}

/// Everything for the page.
pub(super) fn page<'a>(
    all: &'a Overview,
    given: &Given<'_>,
    decisions: &'a [Decision],
) -> Page<'a> {
    use crate::words::Language::{En, Zh};
    let words = ReportWord::ALL
        .iter()
        .map(|w| (format!("{w:?}"), (w.text(Zh), w.text(En))))
        .chain(WORDS.iter().map(|w| (format!("{w:?}"), both(*w))))
        .collect();
    let owners = all.owners.iter().map(|(name, part)| named(name, part));
    Page {
        lang: given.language.id(),
        meta: meta(given),
        words,
        levels: (0..5).map(tags::level_title).collect(),
        rules: rules(&all.summary),
        tags: tag_totals(&all.summary),
        classes: classes(&all.summary),
        formats: formats(all),
        gaps: gaps(&all.summary),
        reasons: Reason::ALL
            .iter()
            .map(|r| (r.id(), both(reason_title(*r))))
            .collect(),
        sum: sums(all),
        cov: coverage(all),
        owners: owners.collect(),
        folders: FolderData::of(&all.folders),
        rows: RowData::of(&all.rows, all),
        columns: columns(all),
        persons: persons(&all.persons),
        exposed: exposed(&all.exposed),
        decisions,
    }
}

/// Words of other reports that the page has too.
const WORDS: &[Word] = &[
    Word::VerdictClean,
    Word::VerdictCleanIncomplete,
    Word::VerdictFindings,
    Word::VerdictFindingsIncomplete,
    Word::ClassesNote,
    Word::ColumnClass,
    Word::ColumnFound,
    Word::ColumnDistinct,
    Word::ColumnFiles,
    Word::ColumnType,
    Word::ColumnTop,
    Word::ColumnSource,
    Word::ColumnCategory,
    Word::Sensitive,
    Word::NoClass,
    Word::CategoriesNote,
    Word::FromMemory,
    Word::EstimateNote,
    Word::NoGaps,
    Word::LeftOut,
    Word::StateRead,
    Word::StatePartly,
    Word::StateUnread,
];

fn meta(given: &Given<'_>) -> Value {
    let run = given.run;
    json!({
        "version": run.version, "digest": run.rules_digest, "started": run.started, "ended": run.ended,
        "made": run.made, "job": run.job, "roots": run.roots, "all": run.all_findings,
    })
}

fn total(total: &Total) -> Value {
    json!({
        "f": total.found, "d": total.distinct.among(total.found),
        "x": u8::from(total.distinct.is_exact()), "n": total.files, "t": total.top,
    })
}

/// An object with the keys of both.
fn joined(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Object(mut one), Value::Object(other)) => {
            one.extend(other);
            Value::Object(one)
        }
        (one, _) => one,
    }
}

/// The rules that were found, each with its index in the inventory.
fn rules(summary: &Summary) -> Vec<Value> {
    let found = summary
        .rules()
        .iter()
        .zip(&summary.by_rule)
        .enumerate()
        .filter(|(_, (_, t))| t.found > 0);
    found
        .map(|(i, (rule, t))| joined(rule_object(i, rule), total(t)))
        .collect()
}

fn rule_object(index: usize, rule: &RuleInfo) -> Value {
    json!({
        "i": index, "id": rule.id, "zh": rule.title.0, "en": rule.title.1,
        "c": rule.class.map(crate::reports::Class::id), "l": level(rule),
        "s": u8::from(rule.sensitive), "w": weight(rule), "tags": rule.tags,
    })
}

fn tag_totals(summary: &Summary) -> Vec<Value> {
    let known = tags::all().iter().filter_map(|tag| {
        let found = summary.by_tag.get(&tag.id).filter(|t| t.found > 0)?;
        let about = json!({
            "id": tag.id, "zh": tag.zh, "en": tag.en, "l": tag.level,
            "src": {"zh": tag.source, "en": tag.source_en.as_ref().unwrap_or(&tag.source)},
            "mem": u8::from(tag.from_memory),
        });
        Some(joined(about, total(found)))
    });
    known.collect()
}

fn classes(summary: &Summary) -> Vec<Value> {
    let by_class = summary.by_class.iter().rev();
    let mut out: Vec<Value> = by_class
        .map(|(class, t)| joined(json!({ "k": class.id() }), total(t)))
        .collect();
    if summary.no_class.found > 0 {
        out.push(joined(json!({ "k": "none" }), total(&summary.no_class)));
    }
    if summary.sensitive.found > 0 {
        out.push(joined(
            json!({ "k": "sensitive" }),
            total(&summary.sensitive),
        ));
    }
    out
}

fn part(part: &Part) -> Value {
    json!({
        "files": part.files, "bytes": part.bytes, "with": part.with_findings, "found": part.found,
        "score": part.score, "l": part.level, "bad": part.incomplete,
    })
}

fn named(name: &str, of: &Part) -> Value {
    joined(json!({ "name": name }), part(of))
}

fn formats(all: &Overview) -> Vec<Value> {
    let of = |(id, sum): (Option<&'static str>, &Part)| {
        let id = id.unwrap_or("");
        let name = format_name(Some(id).filter(|i| !i.is_empty())).map(both);
        let (zh, en) = name.unwrap_or((id, id));
        joined(json!({ "id": id, "zh": zh, "en": en }), part(sum))
    };
    all.formats.iter().map(|(id, sum)| of((*id, sum))).collect()
}

fn gaps(summary: &Summary) -> Vec<Value> {
    let none = Vec::new();
    GapKind::ALL
        .into_iter()
        .map(|kind| {
            let found = summary.gaps.get(&kind);
            let (zh, en) = both(gap_title(kind));
            let (advice_zh, advice_en) = both(gap_advice(kind));
            let examples = found.map_or(&none, |g| &g.examples);
            json!({
                "id": kind.id(), "zh": zh, "en": en, "dz": advice_zh, "de": advice_en,
                "wanted": u8::from(kind.is_wanted()),
                "gaps": found.map_or(0, |g| g.gaps), "files": found.map_or(0, |g| g.files),
                "ex": examples.iter().map(|(_, at)| at).collect::<Vec<_>>(),
            })
        })
        .collect()
}

fn sums(all: &Overview) -> Value {
    let s = &all.summary;
    // What was found of all rules, each value counted under its rule.
    let distinct: u64 = s
        .by_rule
        .iter()
        .fold(0, |sum, t| sum.saturating_add(t.distinct.among(t.found)));
    json!({
        "files": s.files, "members": s.members, "bytes": s.bytes, "incomplete": s.incomplete,
        "with": s.with_findings, "clashes": s.clashes, "combined": s.combined, "found": s.found(),
        "distinct": distinct, "exact": u8::from(s.by_rule.iter().all(|t| t.distinct.is_exact())),
        "false": all.summary.false_alarms, "moreFiles": all.rows.more, "merged": all.folders.merged,
    })
}

fn coverage(all: &Overview) -> Value {
    let c = &all.coverage;
    json!({ "read": c.read, "partly": c.partly, "unread": c.unread, "out": c.left_out })
}

fn columns(all: &Overview) -> Vec<Value> {
    all.columns
        .sorted()
        .into_iter()
        .take(MOST_COLUMNS)
        .map(|((name, rule), c)| {
            json!([
                name,
                rule,
                c.columns,
                c.files,
                c.cells,
                c.found,
                c.distinct.among(c.found),
                u8::from(c.distinct.is_exact()),
                c.top
            ])
        })
        .collect()
}

fn persons(persons: &Persons) -> Value {
    let (least, exact) = persons.at_least();
    let kinds: Vec<Value> = persons
        .kinds()
        .map(|(rule, n, exact)| {
            json!([
                rule,
                n,
                u8::from(exact),
                u8::from(persons.is_document(rule))
            ])
        })
        .collect();
    let listed = persons.listed();
    let list: Vec<Value> = listed
        .iter()
        .take(MOST_PERSONS)
        .map(|(rule, key, s)| json!([rule, key, s.masked, s.files]))
        .collect();
    json!({
        "least": least, "exact": u8::from(exact), "kinds": kinds, "list": list,
        "listed": listed.len(), "unlisted": persons.unlisted, "more": persons.more,
    })
}

fn exposed(all: &OverExposed) -> Value {
    json!({
        "known": all.known, "world": part(&all.world), "group": part(&all.group),
        "orphan": part(&all.orphan), "stale": part(&all.stale),
    })
}

/// Folders, a column each.
#[derive(Serialize, Default)]
struct FolderData<'a> {
    parent: Vec<u32>,
    name: Vec<&'a str>,
    files: Vec<u64>,
    bytes: Vec<u64>,
    with: Vec<u64>,
    found: Vec<u64>,
    score: Vec<u64>,
    level: Vec<u8>,
    bad: Vec<u64>,
}

impl<'a> FolderData<'a> {
    fn of(folders: &'a Folders) -> Self {
        let mut out = Self::default();
        for (folder, total) in folders.list().iter().zip(folders.totals()) {
            out.parent.push(folder.parent);
            out.name.push(&folder.name);
            out.files.push(total.files);
            out.bytes.push(total.bytes);
            out.with.push(total.with_findings);
            out.found.push(total.found);
            out.score.push(total.score);
            out.level.push(total.level);
            out.bad.push(total.incomplete);
        }
        out
    }
}

/// Files, a column each.
#[derive(Serialize, Default)]
struct RowData<'a> {
    folder: Vec<u32>,
    name: Vec<&'a str>,
    id: Vec<String>,
    bytes: Vec<u64>,
    /// Index in `formats`.
    format: Vec<usize>,
    encoding: Vec<Option<&'static str>>,
    /// 0 read, 1 partly, 2 unread, 3 left out.
    covered: Vec<u8>,
    /// Index in `gaps`, or -1.
    gap: Vec<i16>,
    members: Vec<u64>,
    /// 1 the name claims another format, 2 names, documents and accounts together.
    flags: Vec<u8>,
    level: Vec<u8>,
    weight: Vec<u64>,
    score: Vec<u64>,
    /// Index in `owners`, or -1.
    owner: Vec<i32>,
    group: Vec<String>,
    /// Rights, or -1.
    mode: Vec<i32>,
    /// Day of the last change since 1970.
    day: Vec<i64>,
    /// Days without a change at the scan.
    age: Vec<i64>,
    orphan: Vec<u8>,
    /// Rule, found, distinct, exact, surest, again and again.
    rules: Vec<Vec<u64>>,
}

impl<'a> RowData<'a> {
    fn of(rows: &'a Rows, all: &Overview) -> Self {
        let formats: BTreeMap<Option<&str>, usize> =
            (all.formats.keys().copied()).zip(0..).collect();
        let owners: BTreeMap<&str, i32> = all.owners.keys().map(String::as_str).zip(0..).collect();
        let mut out = Self::default();
        for row in rows.list() {
            out.folder.push(row.folder);
            out.name.push(&row.name);
            out.id.push(row.id.to_string());
            out.bytes.push(row.bytes);
            out.format
                .push(formats.get(&row.format).copied().unwrap_or(0));
            out.encoding.push(row.encoding);
            out.covered.push(match row.covered {
                Covered::Read => 0,
                Covered::Partly => 1,
                Covered::Unread => 2,
                Covered::LeftOut => 3,
            });
            let gap = row
                .gap
                .and_then(|g| GapKind::ALL.iter().position(|k| *k == g));
            out.gap
                .push(gap.and_then(|g| i16::try_from(g).ok()).unwrap_or(-1));
            out.members.push(row.members);
            out.flags
                .push(u8::from(row.clash) | u8::from(row.combined) << 1);
            out.level.push(row.level);
            out.weight.push(row.weight);
            out.score.push(row.score);
            let held = row.held.as_ref();
            let owner = held.and_then(|h| owners.get(h.owner_shown().as_str()).copied());
            out.owner.push(owner.unwrap_or(-1));
            out.group
                .push(held.map_or_else(String::new, super::super::told::Held::group_shown));
            let mode = held.and_then(|h| i32::try_from(h.mode).ok());
            out.mode.push(mode.unwrap_or(-1));
            out.day
                .push(held.map_or(0, |h| h.modified.div_euclid(86_400)));
            out.age
                .push(held.map_or(0, super::super::told::Held::age_days));
            out.orphan.push(u8::from(
                held.is_some_and(super::super::told::Held::is_orphan),
            ));
            let counts = row.rules.iter().flat_map(|r| {
                [
                    u64::from(r.rule),
                    r.found,
                    r.distinct,
                    u64::from(r.exact),
                    u64::from(r.top),
                ]
            });
            out.rules.push(counts.collect());
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::State, words::state_name};

    #[test]
    fn states_have_words_on_the_page() {
        for state in [
            State::Read,
            State::Partly(GapKind::Image),
            State::Unread(GapKind::Image),
        ] {
            assert!(WORDS.contains(&state_name(state)));
        }
    }
}
