//! New names of sheets, and the references that have to follow.

use crate::model::{Edit, Span};
use std::collections::HashSet;
use std::rc::Rc;

/// Sheets that get another name.
#[derive(Debug, Default, Clone)]
pub(in crate::formats) struct Renames(Rc<Vec<(String, String)>>);

impl Renames {
    /// From pairs of the old and the new name.
    pub(in crate::formats) fn new(pairs: Vec<(String, String)>) -> Self {
        Self(Rc::new(pairs))
    }

    /// Whether there are none.
    pub(in crate::formats) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The new name of a sheet.
    pub(in crate::formats) fn get(&self, old: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(o, _)| o == old)
            .map(|(_, n)| n.as_str())
    }

    /// Changes for the references to renamed sheets in a text, in order: the name alone, or before `!`
    /// with or without quotes.
    pub(in crate::formats) fn references(&self, text: &str) -> Vec<Edit> {
        let mut out: Vec<Edit> = Vec::new();
        for (old, new) in self.0.iter() {
            let with = format!("'{}'!", new.replace('\'', "''"));
            let mut add = |start: usize, len: usize, with: &str| {
                out.extend(Span::new(start, start + len).map(|span| Edit {
                    span,
                    cell: None,
                    with: with.to_owned(),
                }));
            };
            if text == old {
                add(0, text.len(), new);
                continue;
            }
            let quoted = format!("'{}'!", old.replace('\'', "''"));
            for (at, _) in text.match_indices(&quoted) {
                add(at, quoted.len(), &with);
            }
            let plain = format!("{old}!");
            for (at, _) in text.match_indices(&plain) {
                let before = text.get(..at).unwrap_or_default();
                if !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '\''))
                {
                    add(at, plain.len(), &with);
                }
            }
        }
        out.sort_by_key(|e| (e.span.start(), std::cmp::Reverse(e.span.end())));
        let mut end = 0;
        out.retain(|e| {
            let keep = e.span.start() >= end;
            if keep {
                end = e.span.end();
            }
            keep
        });
        out
    }

    /// Parts the edits of a text into those that references take care of (given as the references')
    /// and the others.
    pub(in crate::formats) fn split(
        &self,
        text: &str,
        mut edits: Vec<Edit>,
    ) -> (Vec<Edit>, Vec<Edit>) {
        if self.is_empty() {
            return (Vec::new(), edits);
        }
        let references = self.references(text);
        edits.retain(|e| !references.iter().any(|r| r.span.overlaps(e.span)));
        (references, edits)
    }
}

/// A name that a sheet can have: of at most 31 UTF-16 units, without the characters that Excel
/// refuses, and none of those taken (in lower case).
pub(in crate::formats) fn sheet_name(wanted: &str, taken: &HashSet<String>) -> String {
    let fit = |most: usize| {
        let mut units = 0;
        wanted
            .chars()
            .map(|c| match c {
                '*' | '?' | ':' | '/' | '\\' | '[' | ']' | '\'' => '＊',
                c => c,
            })
            .take_while(|c| {
                units += c.len_utf16();
                units <= most
            })
            .collect::<String>()
    };
    let first = fit(31);
    let free = |name: &String| !name.is_empty() && !taken.contains(&name.to_lowercase());
    if free(&first) {
        return first;
    }
    let stem = fit(25);
    (2..=taken.len() + 2)
        .map(|n| format!("{stem}{n}"))
        .find(free)
        .unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_follow() {
        let renames = Renames::new(vec![("张三".into(), "＊＊".into())]);
        let edited = |text: &str| {
            let mut out = text.to_owned();
            for edit in renames.references(text).iter().rev() {
                out.replace_range(edit.span.range(), &edit.with);
            }
            out
        };
        assert_eq!(
            edited("张三!A1+'张三'!B2+老张三!C3"),
            "'＊＊'!A1+'＊＊'!B2+老张三!C3"
        );
        assert_eq!(edited("张三"), "＊＊");
        assert_eq!(edited("\"张三\""), "\"张三\"");
    }

    #[test]
    fn names_are_such_as_a_sheet_can_have() {
        let taken = HashSet::from(["＊＊".to_owned()]);
        assert_eq!(sheet_name("**", &taken), "＊＊2");
        assert_eq!(sheet_name("a/b", &taken), "a＊b");
        assert_eq!(sheet_name(&"长".repeat(40), &taken).chars().count(), 31);
    }
}
