//! What became of every item of a plan, for results and certificates.

use super::{
    grade::{Graded, Note, searched},
    journal::Entry,
    run::{Run, Stage},
};
use crate::model::{Grade, Item, ItemResult, Medium, Plan, Residue};

/// A result for every item of the plan, in its order.
pub fn item_results(run: &Run, plan: &Plan) -> Vec<ItemResult> {
    plan.items.iter().map(|item| one(run, item)).collect()
}

fn one(run: &Run, item: &Item) -> ItemResult {
    let target = run.index.target(item.number);
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
