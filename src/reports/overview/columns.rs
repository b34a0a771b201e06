//! [`Columns`]: columns of tables in which something was found, by name and rule over all files.

use crate::model::{Distinct, FileRecord};
use std::collections::BTreeMap;

/// All columns of one name in which one rule was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    /// Columns (a file may have several).
    pub columns: u64,
    /// Files.
    pub files: u64,
    /// Cells that are not empty.
    pub cells: u64,
    /// Findings.
    pub found: u64,
    /// Different values.
    pub distinct: Distinct,
    /// Confidence of the surest, in percent.
    pub top: u8,
}

/// Columns by name (`None`: without one) and rule.
#[derive(Debug)]
pub struct Columns {
    /// The columns.
    pub by_name: BTreeMap<(Option<String>, u16), Column>,
    most: usize,
    /// Columns that are not told apart, because there were too many names.
    pub more: u64,
}

impl Columns {
    pub(super) fn new(most: usize) -> Self {
        Self {
            by_name: BTreeMap::new(),
            most,
            more: 0,
        }
    }

    pub(super) fn add(&mut self, record: &FileRecord) {
        let mut met: Vec<(Option<&str>, u16)> = Vec::new();
        let places = record.entries.iter().flat_map(|e| &e.places);
        for place in places.filter(|p| p.column.is_some()) {
            for count in &place.counts {
                let key = (place.header.clone(), count.rule);
                if self.by_name.len() >= self.most && !self.by_name.contains_key(&key) {
                    self.more += 1;
                    continue;
                }
                let column = self.by_name.entry(key).or_default();
                column.columns += 1;
                column.cells = column.cells.saturating_add(place.cells);
                column.found = column.found.saturating_add(count.found);
                column.distinct.merge(&count.distinct);
                column.top = column.top.max(count.top);
                let name = (place.header.as_deref(), count.rule);
                if !met.contains(&name) {
                    met.push(name);
                    column.files += 1;
                }
            }
        }
    }

    /// Those with most findings first.
    pub fn sorted(&self) -> Vec<(&(Option<String>, u16), &Column)> {
        let mut all: Vec<_> = self.by_name.iter().collect();
        all.sort_by_key(|(key, column)| (std::cmp::Reverse(column.found), (*key).clone()));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::fixture;

    #[test]
    fn columns_add_up_by_name() {
        let mut columns = Columns::new(1);
        for (record, _) in fixture::records().iter().chain(&fixture::records()) {
            columns.add(record);
        }
        let all = columns.sorted();
        let (key, column) = all[0];
        assert_eq!(key, &(Some("=证件号码".to_owned()), 0));
        assert_eq!(
            (column.columns, column.files, column.cells, column.found),
            (2, 2, 18, 18)
        );
        assert_eq!(
            (column.distinct.count(), column.top, columns.more),
            (7, 95, 0)
        );
    }
}
