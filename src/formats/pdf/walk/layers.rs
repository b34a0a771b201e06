//! Layers: what is in the file and not shown (ISO 32000-1, 8.11).

use crate::formats::pdf::tree::{dictionary, entry, follow, inner, items, name_of};
use lopdf::{Dictionary, Document, Object, ObjectId};
use std::collections::BTreeSet;

/// Conditions inside conditions.
const DEPTH: u32 = 16;

/// Layers that viewers do not show when they open the file.
#[derive(Debug, Default)]
pub(super) struct Layers {
    off: BTreeSet<ObjectId>,
}

impl Layers {
    pub(super) fn new(doc: &Document) -> Self {
        let mut out = Self::default();
        let root = doc.trailer.get(b"Root").ok().map(|o| follow(doc, o));
        let root = root.and_then(dictionary);
        let Some(all) = root.and_then(|r| inner(doc, r, b"OCProperties")) else {
            return out;
        };
        let ids = |dict: &Dictionary, key: &[u8]| -> Vec<ObjectId> {
            let list = items(doc, dict, key).iter();
            list.filter_map(|o| o.as_reference().ok()).collect()
        };
        let Some(usual) = inner(doc, all, b"D") else {
            return out;
        };
        if name_of(doc, usual, b"BaseState") == Some(b"OFF") {
            out.off.extend(ids(all, b"OCGs"));
            for id in ids(usual, b"ON") {
                out.off.remove(&id);
            }
        }
        out.off.extend(ids(usual, b"OFF"));
        for rule in items(doc, usual, b"AS") {
            let Some(rule) = dictionary(follow(doc, rule)) else {
                continue;
            };
            if name_of(doc, rule, b"Event") == Some(b"View") {
                for id in ids(rule, b"OCGs") {
                    out.by_use(doc, id, rule);
                }
            }
        }
        out
    }

    /// What a layer says it is used for decides.
    fn by_use(&mut self, doc: &Document, id: ObjectId, rule: &Dictionary) {
        let group = doc.objects.get(&id).and_then(dictionary);
        let Some(usage) = group.and_then(|g| inner(doc, g, b"Usage")) else {
            return;
        };
        for category in items(doc, rule, b"Category") {
            let key: &[u8] = match follow(doc, category).as_name() {
                Ok(b"View") => b"ViewState",
                Ok(b"Print") => b"PrintState",
                _ => continue,
            };
            let of = category.as_name().ok().and_then(|c| inner(doc, usage, c));
            match of.and_then(|u| name_of(doc, u, key)) {
                Some(b"OFF") => drop(self.off.insert(id)),
                Some(b"ON") => drop(self.off.remove(&id)),
                _ => {}
            }
        }
    }

    /// Whether what belongs to a group, or to groups under a condition, is not shown.
    pub(super) fn hide(&self, doc: &Document, group: &Object) -> bool {
        if self.off.is_empty() {
            return false;
        }
        if group.as_reference().is_ok_and(|id| self.off.contains(&id)) {
            return true;
        }
        let Some(dict) = dictionary(follow(doc, group)) else {
            return false;
        };
        if !dict.has_type(b"OCMD") {
            return false;
        }
        if let Some(Object::Array(condition)) = entry(doc, dict, b"VE") {
            return !self.meets(doc, condition, 0);
        }
        let groups = match dict.get(b"OCGs") {
            Ok(Object::Array(all)) => all.as_slice(),
            Ok(one) => match follow(doc, one) {
                Object::Array(all) => all.as_slice(),
                _ => std::slice::from_ref(one),
            },
            Err(_) => &[],
        };
        let off = groups.iter().filter_map(|o| o.as_reference().ok());
        let mut off = off.map(|id| self.off.contains(&id)).peekable();
        if off.peek().is_none() {
            return false;
        }
        match name_of(doc, dict, b"P") {
            Some(b"AllOn") => off.any(|o| o),
            Some(b"AnyOff") => !off.any(|o| o),
            Some(b"AllOff") => off.any(|o| !o),
            _ => off.all(|o| o),
        }
    }

    fn meets(&self, doc: &Document, condition: &[Object], depth: u32) -> bool {
        let Some((operator, rest)) = condition.split_first().filter(|_| depth < DEPTH) else {
            return true;
        };
        let one = |o: &Object| match follow(doc, o) {
            Object::Array(inside) => self.meets(doc, inside, depth + 1),
            _ => !self.hide(doc, o),
        };
        match follow(doc, operator).as_name() {
            Ok(b"Not") => !rest.first().is_some_and(one),
            Ok(b"Or") => rest.iter().any(one),
            _ => rest.iter().all(one),
        }
    }
}
