//! [`Whole`]: values that changed in one place and stand in others, where nothing says what they are.

use crate::model::{Edit, Span};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Cells that changed as a whole: what they were and what they are. Caches of charts, pivot tables and
/// filters repeat such values where nothing says what they are.
#[derive(Debug, Default, Clone)]
pub(in crate::formats) struct Whole(Rc<RefCell<Changed>>);

#[derive(Debug, Default)]
struct Changed {
    values: HashMap<Box<str>, Box<str>>,
    bytes: usize,
    /// Whether there are names among them.
    names: bool,
}

/// Characters of the longest name that is looked for inside texts.
const NAME: usize = 4;

impl Changed {
    /// The longest name at the start of a text that ends within these bytes: its length, and what it is now.
    fn name_at(&self, text: &str, within: usize) -> Option<(usize, &str)> {
        let ends = text
            .char_indices()
            .map(|(i, c)| (i + c.len_utf8(), c))
            .take(NAME)
            .take_while(|&(end, c)| is_han(c) && end <= within);
        ends.skip(1)
            .filter_map(|(end, _)| Some((end, self.values.get(text.get(..end)?)?.as_ref())))
            .last()
    }
}

fn is_han(c: char) -> bool {
    ('\u{4E00}'..='\u{9FFF}').contains(&c)
}

/// Whether a value has the form of a Chinese name.
fn is_name(text: &str) -> bool {
    (2..=NAME).contains(&text.chars().count()) && text.chars().all(is_han)
}

impl Whole {
    /// Bytes that are remembered at most.
    const MOST: usize = 8 << 20;

    /// Remembers a cell, while there is room.
    pub(in crate::formats) fn note(&self, old: &str, new: &str) {
        let mut inner = self.0.borrow_mut();
        if inner.bytes < Self::MOST
            && old.chars().nth(1).is_some()
            && !inner.values.contains_key(old)
        {
            inner.bytes += old.len() + new.len() + 80;
            inner.values.insert(old.into(), new.into());
        }
    }

    /// Remembers names among the edits of a text.
    pub(in crate::formats) fn note_names(&self, text: &str, edits: &[Edit]) {
        for edit in edits {
            let old = text.get(edit.span.range()).unwrap_or_default();
            if is_name(old) && edit.with != old {
                self.note(old, &edit.with);
                self.0.borrow_mut().names = true;
            }
        }
    }

    /// The edits, and those for names that were changed elsewhere: what is a name in one place of a
    /// document is one in the others.
    pub(in crate::formats) fn add_names(&self, text: &str, edits: Vec<Edit>) -> Vec<Edit> {
        let inner = self.0.borrow();
        if !inner.names {
            return edits;
        }
        let mut out: Vec<Edit> = Vec::with_capacity(edits.len());
        let mut given = edits.into_iter().peekable();
        let mut at = 0;
        while at < text.len() {
            if let Some(edit) = given.next_if(|e| e.span.start() <= at) {
                at = edit.span.end().max(at + 1);
                out.push(edit);
                continue;
            }
            let rest = text.get(at..).unwrap_or_default();
            let Some(c) = rest.chars().next() else {
                at += 1;
                continue;
            };
            let until = given.peek().map_or(text.len(), |e| e.span.start());
            let found = is_han(c).then(|| inner.name_at(rest, until - at)).flatten();
            match found.and_then(|(len, with)| Some((Span::new(at, at + len)?, with))) {
                Some((span, with)) => {
                    out.push(Edit {
                        span,
                        cell: None,
                        with: with.to_owned(),
                    });
                    at = span.end();
                }
                None => at += c.len_utf8(),
            }
        }
        out.extend(given);
        out
    }

    /// What a value is now.
    pub(super) fn get(&self, old: &str) -> Option<Box<str>> {
        self.0.borrow().values.get(old).cloned()
    }
}
