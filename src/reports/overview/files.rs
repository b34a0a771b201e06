//! [`Rows`]: files one by one, the most exposed of them when there are too many.

use super::{Covered, main_gap};
use crate::{
    model::{GapKind, ValueDigest},
    reports::{
        exposure::{Exposure, Weighed},
        told::{Held, Told},
    },
};

/// What is told of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Place in the order of the inventory, from 0.
    pub number: u64,
    /// Index of its folder.
    pub folder: u32,
    /// Its name as shown, below that folder.
    pub name: String,
    /// Keyed identity.
    pub id: ValueDigest,
    /// Size in bytes.
    pub bytes: u64,
    /// Format.
    pub format: Option<&'static str>,
    /// Text encoding.
    pub encoding: Option<&'static str>,
    /// How much was read.
    pub covered: Covered,
    /// The gravest reason why not all.
    pub gap: Option<GapKind>,
    /// Members inside.
    pub members: u64,
    /// Its name claims another format.
    pub clash: bool,
    /// What was found, weighed.
    pub rules: Vec<Weighed>,
    /// Names, documents and accounts together.
    pub combined: bool,
    /// Highest level.
    pub level: u8,
    /// Weight of what was found.
    pub weight: u64,
    /// Exposure.
    pub score: u64,
    /// What the file system said.
    pub held: Option<Held>,
    /// Findings called false alarms.
    pub false_alarms: u64,
}

impl Row {
    pub(super) fn new(
        told: &Told<'_>,
        exposure: &Exposure,
        covered: Covered,
        (folder, name): (u32, String),
        number: u64,
    ) -> Self {
        let own = told.record.entries.first();
        Self {
            number,
            folder,
            name,
            id: told.shown.file,
            bytes: own.map_or(0, |e| e.bytes),
            format: own.and_then(|e| e.format),
            encoding: own.and_then(|e| e.encoding),
            covered,
            gap: main_gap(told.record),
            members: (told.record.entries.len() as u64).saturating_sub(1),
            clash: told.record.entries.iter().any(|e| e.clash.is_some()),
            rules: exposure.rules.clone(),
            combined: exposure.combined,
            level: exposure.level,
            weight: exposure.weight,
            score: exposure.score,
            held: told.held.cloned(),
            false_alarms: told.false_alarms,
        }
    }

    /// What comes first when not all can be kept.
    fn rank(&self) -> (u64, bool, u64) {
        let incomplete = matches!(self.covered, Covered::Partly | Covered::Unread);
        (self.score, incomplete, self.bytes)
    }

    /// Findings.
    pub fn found(&self) -> u64 {
        self.rules
            .iter()
            .fold(0, |sum, r| sum.saturating_add(r.found))
    }
}

/// Files one by one.
#[derive(Debug)]
pub struct Rows {
    list: Vec<Row>,
    most: usize,
    /// Files that are not kept.
    pub more: u64,
}

impl Rows {
    pub(super) fn new(most: usize) -> Self {
        Self {
            list: Vec::new(),
            most: most.max(1),
            more: 0,
        }
    }

    pub(super) fn push(&mut self, row: Row) {
        self.list.push(row);
        if self.list.len() > self.most + self.most / 4 {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.list.len() > self.most {
            self.list
                .select_nth_unstable_by_key(self.most, |r| (std::cmp::Reverse(r.rank()), r.number));
            self.more += (self.list.len() - self.most) as u64;
            self.list.truncate(self.most);
        }
    }

    /// Brings what is kept into the order of the inventory.
    pub(super) fn settle(&mut self) {
        self.cut();
        self.list.sort_unstable_by_key(|r| r.number);
    }

    /// The files, in the order of the inventory.
    pub fn list(&self) -> &[Row] {
        &self.list
    }

    /// The most exposed first; of equal ones the first.
    pub fn riskiest(&self, most: usize) -> Vec<&Row> {
        let mut all: Vec<&Row> = self.list.iter().filter(|r| !r.rules.is_empty()).collect();
        all.sort_by_key(|r| (std::cmp::Reverse(r.score), r.number));
        all.truncate(most);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::fixture;

    #[test]
    fn the_most_exposed_are_kept_in_their_order() {
        let rules = fixture::rules();
        let mut rows = Rows::new(10);
        for n in 0..100_u64 {
            let (record, shown) = fixture::with_values(n * 37 % 100);
            let told = Told {
                record: &record,
                shown: &shown,
                held: None,
                false_alarms: 0,
            };
            let exposure = Exposure::of(&record, &rules, None);
            let at = (0, format!("{}", n * 37 % 100));
            rows.push(Row::new(&told, &exposure, Covered::Partly, at, n));
        }
        rows.settle();
        assert_eq!((rows.list().len(), rows.more), (10, 90));
        assert!(rows.list().windows(2).all(|w| w[0].number < w[1].number));
        let names: Vec<_> = rows.riskiest(3).iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["99", "98", "97"]);
    }
}
