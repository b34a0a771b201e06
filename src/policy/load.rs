//! Reading profiles: those of the program, and a user's own that may build upon one of them.

use super::{ALWAYS, Also, Approvers, Kind, Length, Policy, PolicyError, Role, Row, Status, Term};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const COMMON: &str = include_str!("../../rules/profiles/common.toml");

/// The profiles of the program: id and file.
pub const PROFILES: [(&str, &str); 6] = [
    (
        "brokerage",
        include_str!("../../rules/profiles/brokerage.toml"),
    ),
    ("bank", include_str!("../../rules/profiles/bank.toml")),
    ("futures", include_str!("../../rules/profiles/futures.toml")),
    ("fund", include_str!("../../rules/profiles/fund.toml")),
    (
        "bookkeeping-agent",
        include_str!("../../rules/profiles/bookkeeping-agent.toml"),
    ),
    (
        "share-transfer-agent",
        include_str!("../../rules/profiles/share-transfer-agent.toml"),
    ),
];

/// Number of the files' shape.
const SCHEMA: u32 = 1;
/// Names of mask profiles, and the word for copies as they are.
const COPIES: [&str; 6] = ["full", "strict", "display", "label", "token", "remove"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CommonFile {
    schema: u32,
    #[serde(default)]
    kind: Vec<KindTable>,
    #[serde(default)]
    retention: Vec<RowTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    schema: u32,
    id: String,
    /// A profile of the program that this one builds upon.
    extends: Option<String>,
    zh: Option<String>,
    en: Option<String>,
    financial_institution: Option<bool>,
    role: Option<Role>,
    default_kinds: Option<Vec<String>>,
    record_years: Option<u16>,
    #[serde(default, rename = "use")]
    takes: Vec<String>,
    approvals: Option<ApprovalsTable>,
    handover: Option<HandOverTable>,
    #[serde(default)]
    kind: Vec<KindTable>,
    #[serde(default)]
    retention: Vec<RowTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ApprovalsTable {
    count: Option<u32>,
    hours: Option<u32>,
    roles: Option<Vec<String>>,
    many_files: Option<u64>,
    #[serde(default)]
    also: Vec<AlsoTable>,
    keys: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AlsoTable {
    kinds: Vec<String>,
    roles: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct HandOverTable {
    copies: Option<String>,
    #[serde(default)]
    masks: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KindTable {
    id: String,
    zh: String,
    en: String,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    rules: Vec<String>,
    #[serde(default)]
    rest: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RowTable {
    id: String,
    kinds: Vec<String>,
    term: Term,
    years: Option<u16>,
    months: Option<u16>,
    permanent: Option<bool>,
    clock: String,
    #[serde(default)]
    or: Vec<String>,
    source: String,
    status: Status,
}

/// A policy: the profile of this name, or an own file (name and text).
///
/// # Errors
/// What is wrong, with file and field.
pub fn load(profile: &str, own: Option<(&str, &str)>) -> Result<Policy, PolicyError> {
    match own {
        None => builtin(profile),
        Some((file, text)) => {
            let parsed: PolicyFile = parse(file, text)?;
            let base = match &parsed.extends {
                Some(id) => Some(builtin(id)?),
                None => None,
            };
            finish(file, parsed, base.as_ref())
        }
    }
}

fn builtin(id: &str) -> Result<Policy, PolicyError> {
    let (name, text) = PROFILES
        .iter()
        .find(|(name, _)| *name == id)
        .ok_or_else(|| PolicyError::NoProfile(id.to_owned()))?;
    let file = format!("{name}.toml");
    let parsed: PolicyFile = parse(&file, text)?;
    finish(&file, parsed, None)
}

pub(super) fn parse<T: for<'de> Deserialize<'de>>(
    file: &str,
    text: &str,
) -> Result<T, PolicyError> {
    toml::from_str(text.trim_start_matches('\u{FEFF}')).map_err(|e| {
        let before = e.span().and_then(|s| text.get(..s.start));
        PolicyError::File {
            file: file.to_owned(),
            line: before.map_or(0, |t| t.matches('\n').count() + 1),
            reason: crate::rules::without_values(e.message()),
        }
    })
}

fn finish(file: &str, own: PolicyFile, base: Option<&Policy>) -> Result<Policy, PolicyError> {
    let check = Check { file };
    let common: CommonFile = parse("common.toml", COMMON)?;
    if own.schema != SCHEMA || common.schema != SCHEMA {
        return Err(check.field("schema", "this program knows schema 1"));
    }
    check.name("id", &own.id)?;
    let needed = |key: &str| check.field(key, "it is missing, and there is no extends");
    let (mut rows, mut kinds, approvals) = match base {
        Some(base) => (
            base.rows.clone(),
            base.kinds.clone(),
            base.approvals.clone(),
        ),
        None => (Vec::new(), kinds_of(common.kind), plain_approvals()),
    };
    for id in &own.takes {
        let row = common
            .retention
            .iter()
            .find(|r| r.id == *id)
            .ok_or_else(|| check.field(&format!("use {id}"), "common.toml has no such row"))?;
        put(&mut rows, row_of(row, &check)?, |a, b| a.id == b.id);
    }
    for row in &own.retention {
        put(&mut rows, row_of(row, &check)?, |a, b| a.id == b.id);
    }
    for kind in kinds_of(own.kind) {
        check.name(&format!("kind {}", kind.id), &kind.id)?;
        put(&mut kinds, kind, |a, b| a.id == b.id);
    }
    let of_base = base;
    let (copies, masks) = copies_of(own.handover, of_base);
    let policy = Policy {
        id: own.id,
        zh: own
            .zh
            .or(of_base.map(|b| b.zh.clone()))
            .ok_or_else(|| needed("zh"))?,
        en: own
            .en
            .or(of_base.map(|b| b.en.clone()))
            .ok_or_else(|| needed("en"))?,
        financial_institution: own
            .financial_institution
            .or(of_base.map(|b| b.financial_institution))
            .ok_or_else(|| needed("financial_institution"))?,
        role: own
            .role
            .or(of_base.map(|b| b.role))
            .ok_or_else(|| needed("role"))?,
        default_kinds: own
            .default_kinds
            .or(of_base.map(|b| b.default_kinds.clone()))
            .unwrap_or_default(),
        record_years: own
            .record_years
            .or(of_base.map(|b| b.record_years))
            .ok_or_else(|| needed("record_years"))?,
        approvals: approvers(approvals, own.approvals, &check)?,
        copies,
        masks,
        kinds,
        rows,
    };
    whole(&policy, &check)?;
    masks_fit(&policy, &check)?;
    Ok(policy)
}

/// How copies are masked: one profile for all, and others by class, kind or rule. Own ones go before those of
/// the base; who hands over full copies has no masks.
fn copies_of(
    own: Option<HandOverTable>,
    base: Option<&Policy>,
) -> (String, BTreeMap<String, String>) {
    let own = own.unwrap_or_default();
    let copies = own
        .copies
        .or(base.map(|b| b.copies.clone()))
        .unwrap_or_else(|| "strict".into());
    let mut masks = base.map(|b| b.masks.clone()).unwrap_or_default();
    masks.extend(own.masks);
    (copies, masks)
}

/// What masks name must be there, and no part of a masked copy can be left as it is.
fn masks_fit(policy: &Policy, check: &Check<'_>) -> Result<(), PolicyError> {
    for (of, profile) in &policy.masks {
        let field = format!("handover.masks.{of}");
        if !policy.is_maskable(of) {
            let why = "C1, C2, C3, a kind of record, or the id of a rule";
            return Err(check.field(&field, why));
        }
        if profile == "full" || !COPIES.contains(&profile.as_str()) {
            return Err(check.field(&field, "strict, display, label, token or remove"));
        }
    }
    Ok(())
}

/// What a profile must hold as a whole.
fn whole(policy: &Policy, check: &Check<'_>) -> Result<(), PolicyError> {
    let known: BTreeSet<&str> = policy.kinds.iter().map(|k| k.id.as_str()).collect();
    let of_rows = policy.rows.iter().flat_map(|r| &r.kinds);
    let of_approvals = policy.approvals.also.iter().flat_map(|a| &a.kinds);
    let named = of_rows.chain(of_approvals).chain(&policy.default_kinds);
    if let Some(kind) = named.into_iter().find(|k| !known.contains(k.as_str())) {
        return Err(check.field(&format!("kind {kind}"), "there is no such kind"));
    }
    if !COPIES.contains(&policy.copies.as_str()) {
        return Err(check.field(
            "handover.copies",
            "full, strict, display, label, token or remove",
        ));
    }
    if policy.rows.is_empty() {
        return Err(check.field("retention", "there is no row at all"));
    }
    if policy.record_years < 3 {
        return Err(check.field(
            "record_years",
            "records are kept three years at least (PIPL 56)",
        ));
    }
    Ok(())
}

fn plain_approvals() -> Approvers {
    Approvers {
        count: 2,
        hours: 72,
        roles: Vec::new(),
        many_files: 100_000,
        also: Vec::new(),
        keys: None,
    }
}

fn approvers(
    mut base: Approvers,
    own: Option<ApprovalsTable>,
    check: &Check<'_>,
) -> Result<Approvers, PolicyError> {
    let Some(own) = own else { return Ok(base) };
    base.count = own.count.unwrap_or(base.count);
    base.hours = own.hours.unwrap_or(base.hours);
    base.roles = own.roles.unwrap_or(base.roles);
    base.many_files = own.many_files.unwrap_or(base.many_files);
    base.keys = own.keys.or(base.keys);
    base.also.extend(own.also.into_iter().map(|a| Also {
        kinds: a.kinds,
        roles: a.roles,
    }));
    if base.count < 2 {
        return Err(check.field("approvals.count", "two at least, besides who asks"));
    }
    if !(1..=720).contains(&base.hours) {
        return Err(check.field("approvals.hours", "1 to 720"));
    }
    Ok(base)
}

fn kinds_of(tables: Vec<KindTable>) -> Vec<Kind> {
    let kind = |t: KindTable| Kind {
        id: t.id,
        zh: t.zh,
        en: t.en,
        tags: t.tags,
        rules: t.rules,
        rest: t.rest,
    };
    tables.into_iter().map(kind).collect()
}

fn row_of(table: &RowTable, check: &Check<'_>) -> Result<Row, PolicyError> {
    let field = |key: &str| format!("retention {}: {key}", table.id);
    check.name(&field("id"), &table.id)?;
    check.name(&field("clock"), &table.clock)?;
    for clock in &table.or {
        check.name(&field("or"), clock)?;
    }
    let length = match (table.years, table.months, table.permanent) {
        (Some(years), None, None) if years <= 200 => Length::Years(years),
        (None, Some(months), None) if months <= 2400 => Length::Months(months),
        (None, None, Some(true)) if table.term == Term::Min => Length::Permanent,
        _ => {
            return Err(check.field(
                &field("years, months, permanent"),
                "exactly one of them, up to 200 years; permanent only for a minimum",
            ));
        }
    };
    let timeless =
        length == Length::Permanent || (table.term == Term::Max && length == Length::Years(0));
    if table.clock == ALWAYS && !timeless {
        return Err(check.field(&field("clock"), "a term needs an event that it counts from"));
    }
    if table.source.trim().is_empty() || table.kinds.is_empty() {
        return Err(check.field(&field("source, kinds"), "they must not be empty"));
    }
    Ok(Row {
        id: table.id.clone(),
        kinds: table.kinds.clone(),
        term: table.term,
        length,
        clock: table.clock.clone(),
        or: table.or.clone(),
        source: table.source.clone(),
        status: table.status,
    })
}

/// Puts one in the place of the one that is the same, or at the end.
fn put<T>(all: &mut Vec<T>, new: T, same: impl Fn(&T, &T) -> bool) {
    match all.iter_mut().find(|old| same(old, &new)) {
        Some(old) => *old = new,
        None => all.push(new),
    }
}

/// Says what is wrong where.
pub(super) struct Check<'f> {
    pub(super) file: &'f str,
}

impl Check<'_> {
    pub(super) fn field(&self, field: &str, reason: &'static str) -> PolicyError {
        PolicyError::Field {
            file: self.file.to_owned(),
            field: field.to_owned(),
            reason,
        }
    }

    pub(super) fn name(&self, field: &str, name: &str) -> Result<(), PolicyError> {
        let good = !name.is_empty()
            && name.len() <= 64
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if good {
            Ok(())
        } else {
            Err(self.field(field, "small letters, digits and hyphens, 64 at most"))
        }
    }
}
