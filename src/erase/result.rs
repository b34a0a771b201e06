//! What became of every item of a plan, for results and certificates.

use super::{
    grade::{Graded, searched},
    index::Target,
    journal::Entry,
    note::Note,
    run::{Run, Stage},
};
use crate::model::{
    Actor, BackupChoice, DeviceFacts, Grade, Item, ItemResult, LiveCopy, Medium, Outcome, Plan,
    RUN_SCHEMA, RemainingCopy, Residue, RunResult,
};
use std::collections::BTreeMap;

/// What a run did, for its file and for certificates. `system` and `host` say where; `ended` when.
pub fn run_result(run: &Run, plan: &Plan, system: &str, host: &str, ended: &str) -> RunResult {
    let items = item_results(run, plan);
    let (started, operator, approvals) = match &run.purging {
        Some(Entry::Purging {
            time,
            operator,
            approvals,
            ..
        }) => (time.clone(), operator.clone(), approvals.clone()),
        _ => (
            run.index.created.clone(),
            Actor {
                key: String::new(),
                role: String::new(),
            },
            Vec::new(),
        ),
    };
    let mut method = vec!["overwrite-keyed-stream".to_owned(), "read-back".to_owned()];
    if run.roots.values().any(|r| r.emptied == Some(true)) {
        method.push("journal-checkpoint".to_owned());
    }
    if items.iter().any(|i| i.residue.is_some()) {
        method.push("residue-scan".to_owned());
    }
    RunResult {
        schema: RUN_SCHEMA,
        run: run.index.run.clone(),
        plan: run.index.plan.clone(),
        // Whatever the plan was for, a run destroys.
        outcome: Outcome::Erase,
        started,
        ended: ended.to_owned(),
        operator,
        verifier: None,
        approvals,
        host_fp: host.to_owned(),
        system: system.to_owned(),
        method,
        devices: devices(run, plan),
        remaining: remaining(plan, &items),
        items,
        digests: BTreeMap::new(),
        notes: Vec::new(),
    }
}

fn devices(run: &Run, plan: &Plan) -> Vec<DeviceFacts> {
    let mut all: Vec<DeviceFacts> = Vec::new();
    for (number, root) in (0_u32..).zip(&run.index.roots) {
        let first = plan.items.iter().find(|i| i.root == number);
        let device = first.and_then(|i| i.identity.as_ref()).map(|i| i.device);
        let volume = plan.volumes.iter().find(|v| Some(v.device) == device);
        let facts = DeviceFacts {
            volume: volume.map_or_else(String::new, |v| v.id.clone()),
            file_system: root.file_system.clone(),
            medium: root.medium,
            model: root.model.clone(),
            serial: root.serial.clone(),
            bytes: root.bytes,
        };
        if !all.contains(&facts) {
            all.push(facts);
        }
    }
    all
}

/// Copies that are known to stay: the backup, and files of the plan with the same content that were left.
fn remaining(plan: &Plan, items: &[ItemResult]) -> Vec<RemainingCopy> {
    let mut out = Vec::new();
    if let Some(BackupChoice::Verified(id)) = &plan.backup {
        out.push(RemainingCopy {
            kind: "backup".to_owned(),
            id: id.clone(),
            until: None,
        });
    }
    let masked = items.iter().filter(|i| i.done).count();
    if plan.live == Some(LiveCopy::Mask) && masked > 0 {
        out.push(RemainingCopy {
            kind: "masked".to_owned(),
            id: masked.to_string(),
            until: None,
        });
    }
    let left = |number: u32| items.iter().any(|i| i.item == number && !i.done);
    let mut copies = std::collections::BTreeSet::new();
    for (item, result) in plan.items.iter().zip(items) {
        if result.done {
            copies.extend(item.copies.iter().copied().filter(|c| left(*c)));
        }
    }
    out.extend(copies.into_iter().map(|number| RemainingCopy {
        kind: "same-content".to_owned(),
        id: number.to_string(),
        until: None,
    }));
    out
}

/// A result for every item of the plan, in its order.
pub fn item_results(run: &Run, plan: &Plan) -> Vec<ItemResult> {
    let targets: BTreeMap<u32, &Target> = run.index.targets.iter().map(|t| (t.number, t)).collect();
    let of = |item: &Item| one(run, item, targets.get(&item.number).copied());
    plan.items.iter().map(of).collect()
}

fn one(run: &Run, item: &Item, target: Option<&Target>) -> ItemResult {
    let medium = target
        .and_then(|t| run.index.roots.get(t.root as usize))
        .map_or(Medium::Unknown, |r| r.medium);
    let mut out = ItemResult {
        item: item.number,
        done: false,
        why: None,
        grade: Some(Grade::F),
        medium,
        bytes: item.bytes(),
        verified: 0,
        moved: 0,
        passes: 0,
        residue: None,
        notes: Vec::new(),
    };
    if target.is_none() {
        let why = item.why.map(|w| w.id().to_owned());
        out.why = Some(why.unwrap_or_else(|| Note::Plan.id()));
        return out;
    }
    let state = run.state(item.number);
    let why = |note: Note| Some(note.id());
    match state.stage {
        Stage::Done => {}
        Stage::Refused(note) => out.why = why(note),
        Stage::Returned => out.why = why(Note::Returned),
        Stage::Planned => out.why = why(Note::Plan),
        _ => out.why = why(state.last.unwrap_or(Note::Quarantined)),
    }
    let Some(Entry::Done {
        grade,
        medium,
        notes,
        names,
        verified,
        moved,
        ..
    }) = state.done
    else {
        return out;
    };
    let mut graded = Graded {
        grade,
        notes: notes.into_iter().collect(),
        names,
    };
    if let Some(Entry::Searched { traces, .. }) = state.searched {
        graded = searched(&graded, &traces);
        out.residue = Some(Residue {
            windows: traces.windows + traces.names,
            hits: traces.hits + traces.name_hits,
            scanned: 0,
        });
    }
    out.done = graded.grade != Grade::F;
    if !out.done {
        out.why = graded.notes.iter().next().map(|n| n.id());
    }
    (out.grade, out.medium, out.verified, out.moved) =
        (Some(graded.grade), medium, verified, moved);
    out.passes = 1;
    out.notes = graded.notes.iter().map(|n| n.id()).collect();
    out
}
