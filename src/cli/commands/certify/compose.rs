//! From plan, papers and result to a certificate.

use super::{
    Given, job_key,
    paper::{Certificate, Graded, Line, Person, Ruled, SCHEMA},
};
use crate::{
    audit,
    cli::{Trouble, desk},
    digest::unhex,
    model::{BackupChoice, Date, Item, ItemResult, Outcome, RemainingCopy},
};
use std::collections::BTreeMap;

/// The certificate, unsigned.
pub(super) fn certificate(given: &Given<'_>, note: &str) -> Result<Certificate, Trouble> {
    let (result, plan) = (&given.result, given.plan.plan());
    let keys = desk::key_list(&given.job, given.args.keys.as_ref(), given.language)?;
    let person = |key: &str, role: &str, time: &str| Person {
        // A key may have left the list since; its id remains.
        name: keys
            .keys
            .iter()
            .find(|k| k.key == key)
            .map_or_else(|| "–".to_owned(), |k| k.name.clone()),
        role: role.to_owned(),
        key: key.to_owned(),
        time: time.to_owned(),
    };
    let (backup, no_backup) = match &plan.backup {
        Some(BackupChoice::Verified(id)) => (Some(id.clone()), None),
        Some(BackupChoice::Without(why)) => (None, Some(why.clone())),
        None => (None, None),
    };
    let (register, not_done) = register(given)?;
    let done = result.items.iter().filter(|i| i.done);
    let policy = desk::policy(&plan.policy.name, given.language);
    let mut digests = result.digests.clone();
    for (name, digest) in [
        ("inventory", &plan.inventory.digest),
        ("policy", &plan.policy.digest),
        ("rules", &plan.rules.digest),
        ("key-list", &plan.keys.digest),
        ("result", &given.result_digest),
    ] {
        digests.insert(name.to_owned(), digest.clone());
    }
    Ok(Certificate {
        schema: SCHEMA,
        kind: result.outcome.id().to_owned(),
        number: number(result.outcome, &result.run, &given.time),
        issuer: given.args.issuer.clone(),
        issued: given.time.clone(),
        run: result.run.clone(),
        plan: result.plan.clone(),
        ticket: plan.ticket.clone(),
        reason: plan.reason.clone(),
        legal_basis: plan.legal_basis.clone(),
        notice_ref: plan.notice_ref.clone(),
        consent_ref: plan.consent_ref.clone(),
        organisation: plan.organisation.kind.clone(),
        organisation_role: plan.organisation.role.clone(),
        closing: plan.organisation.closing,
        handover: plan.handover.clone(),
        sealed: plan.sealed.clone(),
        backup,
        no_backup,
        requester: person(&plan.requester, "requester", &plan.created),
        approvers: approvers(given, &person)?,
        operator: person(&result.operator.key, &result.operator.role, &result.ended),
        verifier: person(&given.signer.id(), &given.args.role, &given.time),
        started: result.started.clone(),
        ended: result.ended.clone(),
        host_fp: result.host_fp.clone(),
        system: result.system.clone(),
        tool: format!("inkout {}", env!("CARGO_PKG_VERSION")),
        method: result.method.clone(),
        devices: result.devices.clone(),
        retention: ruled(given),
        done: done.clone().count() as u64,
        done_bytes: done.clone().map(|i| i.bytes).sum(),
        grades: graded(&result.items),
        not_done,
        remaining: remaining(given)?,
        digests,
        record_years: policy.map_or(20, |(p, _)| p.record_years),
        checkpoint: note.to_owned(),
        contents: contents(given, done.clone().count() == result.items.len())?,
        register,
        signatures: Vec::new(),
    })
}

/// The copies that the run knows of and, of what was erased, the packages, archives and backups that the job's trail
/// tells of and whose key is not destroyed.
fn remaining(given: &Given<'_>) -> Result<Vec<RemainingCopy>, Trouble> {
    let mut all = given.result.remaining.clone();
    if given.result.outcome != Outcome::Erase {
        return Ok(all);
    }
    let sealed = given.plan.plan().sealed.iter();
    all.extend(sealed.flat_map(|s| &s.recipients).map(|key| RemainingCopy {
        kind: "archive-copies".to_owned(),
        id: key.clone(),
        until: None,
    }));
    let rows = desk::trail(&given.job, given.language)?;
    let destroyed = |id: &str| {
        let ended = |r: &audit::Row| {
            matches!(
                r.event.event.as_str(),
                "backup.key-destroyed" | "seal.destroyed"
            )
        };
        rows.iter()
            .any(|r| ended(r) && r.event.run.as_deref() == Some(id))
    };
    for row in &rows {
        let kind = match row.event.event.as_str() {
            "handover.made" => "handed-over",
            "seal.made" => "sealed",
            "backup.made" => "backup",
            _ => continue,
        };
        let Some(id) = row.event.run.as_deref() else {
            continue;
        };
        if !destroyed(id) && all.iter().all(|c| c.id != id) {
            all.push(RemainingCopy {
                kind: kind.to_owned(),
                id: id.to_owned(),
                until: None,
            });
        }
    }
    Ok(all)
}

/// Letters for the kind, the day in China, and the beginning of the run's id.
fn number(outcome: Outcome, run: &str, time: &str) -> String {
    let letters = match outcome {
        Outcome::Erase => "XH",
        Outcome::HandOver => "YJ",
        Outcome::Seal => "FC",
    };
    let day = crate::model::Moment::parse(time).map(Date::in_china);
    let day = day.map_or_else(String::new, |d| d.to_string().replace('-', ""));
    let tail = run.rsplit('-').next().unwrap_or(run);
    let tail = tail.get(..8).unwrap_or(tail).to_ascii_uppercase();
    format!("{letters}-{day}-{tail}")
}

/// Those whose approval the run names, with the time on their papers.
fn approvers(
    given: &Given<'_>,
    person: &dyn Fn(&str, &str, &str) -> Person,
) -> Result<Vec<Person>, Trouble> {
    let kept = || desk::kept(&given.job, &given.plan);
    let plan = given.args.plan.clone().unwrap_or_else(kept);
    let papers = desk::all_papers(&given.job, &plan, &given.plan, &[], given.language)?;
    let of = |key: &String| {
        let paper = papers.iter().find(|p| {
            p.key == *key && p.plan == given.plan.id() && p.ask == crate::approve::Ask::Approve
        });
        paper.map_or_else(|| person(key, "–", ""), |p| person(key, &p.role, &p.time))
    };
    Ok(given.result.approvals.iter().map(of).collect())
}

fn ruled(given: &Given<'_>) -> Vec<Ruled> {
    let mut all: BTreeMap<&str, Ruled> = BTreeMap::new();
    let plan = given.plan.plan();
    if let (Some(sealed), Some(item)) = (&plan.sealed, plan.items.first()) {
        // What decided for the archive decided for all that lay in it.
        return vec![Ruled {
            rule: item.decision.rule.clone(),
            article: item.decision.article.clone(),
            files: sealed.files,
            earliest: item.decision.earliest.clone(),
        }];
    }
    for item in &given.plan.plan().items {
        let decision = &item.decision;
        let one = all.entry(&decision.rule).or_insert_with(|| Ruled {
            rule: decision.rule.clone(),
            article: decision.article.clone(),
            files: 0,
            earliest: None,
        });
        one.files += 1;
        // Days as text sort as days do.
        one.earliest = one.earliest.take().max(decision.earliest.clone());
    }
    all.into_values().collect()
}

fn graded(items: &[ItemResult]) -> Vec<Graded> {
    let mut all: BTreeMap<(String, String), (u64, u64)> = BTreeMap::new();
    for item in items.iter().filter(|i| i.done) {
        let grade = item
            .grade
            .map_or_else(|| "–".to_owned(), |g| g.id().to_owned());
        let sums = all.entry((grade, item.medium.id().to_owned())).or_default();
        sums.0 += 1;
        sums.1 += item.bytes;
    }
    all.into_iter()
        .map(|((grade, medium), (files, bytes))| Graded {
            grade,
            medium,
            files,
            bytes,
        })
        .collect()
}

/// Why an item was left: the run's reason, or the plan's when the run only says that the plan refused it.
fn why(item: &Item, result: &ItemResult) -> Option<String> {
    if result.done {
        return None;
    }
    let planned = item.why.map(|w| w.id().to_owned());
    Some(
        planned
            .or_else(|| result.why.clone())
            .unwrap_or_else(|| "unknown".to_owned()),
    )
}

/// The files that lay in the archive that was destroyed, by the plan of the sealing.
fn contents(given: &Given<'_>, done: bool) -> Result<Vec<Line>, Trouble> {
    let plan = given.plan.plan();
    let Some(sealed) = &plan.sealed else {
        return Ok(Vec::new());
    };
    let of_seal = super::plan(&given.job, None, &sealed.plan, given.language)?;
    let key = job_key(given)?;
    let decision = plan.items.first().map(|i| &i.decision);
    let line = |item: &Item| {
        let content = item.identity.as_ref().and_then(|i| unhex(&i.sha256));
        Line {
            item: item.number,
            path_fp: item.path_fp.clone(),
            path: (given.args.show_paths).then(|| of_seal.plan().path_of(item).to_string()),
            classes: item.classes.clone(),
            bytes: item.bytes(),
            content_fp: content.map_or_else(|| "–".to_owned(), |c| key.name(&c).to_string()),
            rule: decision.map(|d| d.rule.clone()).unwrap_or_default(),
            done,
            grade: None,
            why: None,
            notes: Vec::new(),
            residue: None,
        }
    };
    let lay_in = |i: &&Item| sealed.paths.binary_search(&i.path_fp).is_ok();
    Ok(of_seal
        .plan()
        .items
        .iter()
        .filter(lay_in)
        .map(line)
        .collect())
}

type Register = (Vec<Line>, BTreeMap<String, u64>);

fn register(given: &Given<'_>) -> Result<Register, Trouble> {
    let plan = given.plan.plan();
    let key = job_key(given)?;
    let mut not_done = BTreeMap::new();
    let results: BTreeMap<u32, &ItemResult> =
        given.result.items.iter().map(|i| (i.item, i)).collect();
    let line = |item: &Item| {
        let nothing = ItemResult {
            item: item.number,
            done: false,
            why: None,
            grade: None,
            medium: crate::model::Medium::Unknown,
            bytes: 0,
            verified: 0,
            moved: 0,
            passes: 0,
            residue: None,
            notes: Vec::new(),
        };
        let result = results.get(&item.number).copied().unwrap_or(&nothing);
        let why = why(item, result);
        if let Some(why) = &why {
            *not_done.entry(why.clone()).or_default() += 1;
        }
        let content = item.identity.as_ref().and_then(|i| unhex(&i.sha256));
        Line {
            item: item.number,
            path_fp: item.path_fp.clone(),
            path: given
                .args
                .show_paths
                .then(|| plan.path_of(item).to_string()),
            classes: item.classes.clone(),
            bytes: item.bytes(),
            content_fp: content.map_or_else(|| "–".to_owned(), |c| key.name(&c).to_string()),
            rule: item.decision.rule.clone(),
            done: result.done,
            grade: result.grade.map(|g| g.id().to_owned()),
            why,
            notes: result.notes.clone(),
            residue: result.residue,
        }
    };
    let lines = plan.items.iter().map(line).collect();
    Ok((lines, not_done))
}
