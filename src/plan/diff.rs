//! What differs between two plans.

use crate::model::{Item, Plan};
use std::collections::BTreeMap;

/// One file that is not the same in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'p> {
    /// Only in the second.
    Added(&'p Item),
    /// Only in the first.
    Removed(&'p Item),
    /// In both, with other content.
    Content(&'p Item, &'p Item),
    /// In both, with the same content and another decision or action.
    Decision(&'p Item, &'p Item),
}

/// The files that differ, by their keyed identity, and whether anything besides the files does.
pub fn diff<'p>(first: &'p Plan, second: &'p Plan) -> (Vec<Change<'p>>, bool) {
    let by_path = |plan: &'p Plan| -> BTreeMap<&'p str, &'p Item> {
        plan.items.iter().map(|i| (i.path_fp.as_str(), i)).collect()
    };
    let (old, new) = (by_path(first), by_path(second));
    let mut out: Vec<Change<'_>> = Vec::new();
    for (path, a) in &old {
        match new.get(path) {
            None => out.push(Change::Removed(a)),
            Some(b) if content(a) != content(b) => out.push(Change::Content(a, b)),
            Some(b) if (a.action, a.why, &a.decision) != (b.action, b.why, &b.decision) => {
                out.push(Change::Decision(a, b));
            }
            Some(_) => {}
        }
    }
    let added = new.iter().filter(|(path, _)| !old.contains_key(*path));
    out.extend(added.map(|(_, b)| Change::Added(b)));
    out.sort_by_key(|c| match c {
        Change::Removed(a) => (0, a.number),
        Change::Content(_, b) | Change::Decision(_, b) => (1, b.number),
        Change::Added(b) => (2, b.number),
    });
    let bare = |plan: &Plan| Plan {
        items: Vec::new(),
        created: String::new(),
        expires: String::new(),
        totals: crate::model::Totals::default(),
        ..plan.clone()
    };
    (out, bare(first) != bare(second))
}

fn content(item: &Item) -> Option<&str> {
    item.identity.as_ref().map(|i| i.sha256.as_str())
}
