//! Names of fields as columns, and how they are told from data used as keys.

use std::collections::HashMap;

/// Most columns; what comes after has none of its own.
const MOST: usize = 4096;

/// Columns by field name. Column 1 is that of values without a name.
#[derive(Debug)]
pub(super) struct Keys {
    names: Vec<String>,
    columns: HashMap<Vec<u8>, u32>,
    /// The column whose name came after each the last time.
    next: Vec<u32>,
    /// What is written in place of each name.
    renamed: Vec<Option<String>>,
    last: u32,
}

/// What a key turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// The name of this column.
    Known(u32),
    /// A name not seen before; give it to [`Keys::add`].
    New,
    /// Data rather than a name, or one name too many.
    Data,
}

impl Keys {
    pub(super) fn new() -> Self {
        Self {
            names: vec![String::new()],
            columns: HashMap::new(),
            next: vec![1],
            renamed: vec![None],
            last: 1,
        }
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    fn slot(column: u32) -> usize {
        (column as usize).saturating_sub(1)
    }

    /// What to write in place of a column's name.
    pub(super) fn renamed(&self, column: u32) -> Option<&str> {
        self.renamed.get(Self::slot(column))?.as_deref()
    }

    /// Looks a key up, its escapes resolved.
    pub(super) fn find(&mut self, key: &[u8]) -> Key {
        let guess = self.next.get(Self::slot(self.last)).copied().unwrap_or(1);
        if guess > 1
            && self
                .names
                .get(Self::slot(guess))
                .is_some_and(|n| n.as_bytes() == key)
        {
            self.last = guess;
            return Key::Known(guess);
        }
        if let Some(&column) = self.columns.get(key) {
            if let Some(next) = self.next.get_mut(Self::slot(self.last)) {
                *next = column;
            }
            self.last = column;
            return Key::Known(column);
        }
        if self.names.len() >= MOST || is_data(key) {
            Key::Data
        } else {
            Key::New
        }
    }

    /// Adds a name, with what is to be written in its place.
    pub(super) fn add(&mut self, key: &str, renamed: Option<String>) -> u32 {
        self.names.push(key.to_owned());
        let column = u32::try_from(self.names.len()).unwrap_or(1);
        self.columns.insert(key.as_bytes().to_vec(), column);
        self.next.push(1);
        self.renamed.push(renamed);
        self.last = column;
        column
    }
}

/// Identifiers, numbers and sentences are data; so is what is not text.
fn is_data(key: &[u8]) -> bool {
    key.len() > 64
        || key.contains(&b'@')
        || key.iter().filter(|b| b.is_ascii_digit()).count() >= 6
        || std::str::from_utf8(key).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_columns_and_data_has_none() {
        let mut keys = Keys::new();
        assert_eq!(keys.find("姓名".as_bytes()), Key::New);
        assert_eq!(keys.add("姓名", None), 2);
        assert_eq!(keys.add("phone", Some("*".into())), 3);
        assert_eq!(keys.find("姓名".as_bytes()), Key::Known(2));
        assert_eq!(keys.find(b"phone"), Key::Known(3));
        assert_eq!(keys.find(b"phone"), Key::Known(3));
        assert_eq!(keys.renamed(3), Some("*"));
        assert_eq!(keys.find(b"13800138000"), Key::Data);
        assert_eq!(keys.find(b"zhang.san@example.com"), Key::Data);
    }
}
