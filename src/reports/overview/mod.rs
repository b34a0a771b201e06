//! [`Overview`]: an inventory added up for the reports that show more than a summary, in bounded memory.

mod columns;
mod files;
mod folders;
mod persons;

pub use columns::{Column, Columns};
pub use files::{Row, Rows};
pub use folders::{Folder, Folders};
pub use persons::{Persons, Subject};

use super::{
    RuleInfo, Summary,
    exposure::Exposure,
    told::{Held, Records, Run, STALE_DAYS, Told},
};
use crate::model::{FileRecord, GapKind, Listing, State};
use std::{collections::BTreeMap, io};

/// What to keep, so that memory and reports stay bounded whatever the share.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Files kept one by one: the most exposed, then those that were not wholly read, then others.
    pub files: usize,
    /// Folders told apart; files in others count for the nearest folder above that is.
    pub folders: usize,
    /// Names of columns told apart, by rule.
    pub columns: usize,
    /// Identifiers of persons kept.
    pub persons: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            files: 120_000,
            folders: 30_000,
            columns: 4_000,
            persons: 400_000,
        }
    }
}

/// Some files added up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files with findings.
    pub with_findings: u64,
    /// Findings.
    pub found: u64,
    /// Sum of the exposure of the files.
    pub score: u64,
    /// The highest level of what was found.
    pub level: u8,
    /// Files not wholly read, for a reason that nobody wanted.
    pub incomplete: u64,
}

impl Part {
    fn add(&mut self, bytes: u64, exposure: &Exposure, complete: bool) {
        let found = exposure.found();
        self.files += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        self.with_findings += u64::from(found > 0);
        self.found = self.found.saturating_add(found);
        self.score = self.score.saturating_add(exposure.score);
        self.level = self.level.max(exposure.level);
        self.incomplete += u64::from(!complete);
    }

    /// Adds another part.
    pub fn merge(&mut self, other: &Self) {
        self.files += other.files;
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.with_findings += other.with_findings;
        self.found = self.found.saturating_add(other.found);
        self.score = self.score.saturating_add(other.score);
        self.level = self.level.max(other.level);
        self.incomplete += other.incomplete;
    }
}

/// Files with findings that more people can reach than need be. `None` where no file of the inventory has
/// an owner and rights.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OverExposed {
    /// Files whose owner and rights are known.
    pub known: u64,
    /// Everybody may read them.
    pub world: Part,
    /// Their group may read them (and not everybody).
    pub group: Part,
    /// Nobody has the account that owns them any more.
    pub orphan: Part,
    /// Nobody changed them for [`STALE_DAYS`].
    pub stale: Part,
}

/// How much of the share was read, in files and in bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Files and bytes wholly read.
    pub read: (u64, u64),
    /// Partly read.
    pub partly: (u64, u64),
    /// Not read.
    pub unread: (u64, u64),
    /// Left out because the user wanted it.
    pub left_out: (u64, u64),
}

/// How much of one file was read, with its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Covered {
    /// All of it.
    Read,
    /// Some of it.
    Partly,
    /// Nothing.
    Unread,
    /// Nothing, because the user wanted it so.
    LeftOut,
}

impl Covered {
    /// Of a file, as [`Summary`] counts it.
    pub fn of(record: &FileRecord) -> Self {
        let whole = record.entries.iter().all(|e| e.state == State::Read);
        match record.entries.first().map(|e| e.state) {
            Some(State::Unread(kind)) if kind.is_wanted() => Self::LeftOut,
            Some(State::Unread(_)) => Self::Unread,
            Some(State::Read) if whole => Self::Read,
            _ => Self::Partly,
        }
    }
}

/// The gravest reason why a file was not wholly read: one that nobody wanted before others.
pub fn main_gap(record: &FileRecord) -> Option<GapKind> {
    let kinds = record.entries.iter().flat_map(|e| {
        let state = match e.state {
            State::Partly(kind) | State::Unread(kind) => Some(kind),
            State::Read => None,
        };
        state.into_iter().chain(e.gaps.iter().map(|g| g.kind))
    });
    kinds.min_by_key(|k| k.is_wanted())
}

/// An inventory, added up.
#[derive(Debug)]
pub struct Overview {
    /// The sums that every report has.
    pub summary: Summary,
    /// How much was read.
    pub coverage: Coverage,
    /// By owner; empty when not known.
    pub owners: BTreeMap<String, Part>,
    /// By format, as [`Summary::formats`] has them, with what was found.
    pub formats: BTreeMap<Option<&'static str>, Part>,
    /// The tree of folders.
    pub folders: Folders,
    /// Columns of tables, by name and rule.
    pub columns: Columns,
    /// Whose data it is.
    pub persons: Persons,
    /// Files that too many may read, or nobody looks after.
    pub exposed: OverExposed,
    /// Files one by one.
    pub rows: Rows,
}

impl Overview {
    /// Of nothing yet.
    pub fn new(rules: Vec<RuleInfo>, limits: Limits) -> Self {
        Self {
            persons: Persons::new(&rules, limits.persons),
            summary: Summary::new(rules),
            coverage: Coverage::default(),
            owners: BTreeMap::new(),
            formats: BTreeMap::new(),
            folders: Folders::new(limits.folders),
            columns: Columns::new(limits.columns),
            exposed: OverExposed::default(),
            rows: Rows::new(limits.files),
        }
    }

    /// Of all records. `each` is given every record, with its exposure and the number of its row.
    ///
    /// # Errors
    /// Those of the records and of `each`.
    pub fn of(
        records: &dyn Records,
        rules: Vec<RuleInfo>,
        limits: Limits,
        each: &mut dyn FnMut(&Told<'_>, &Exposure, u64) -> io::Result<()>,
    ) -> io::Result<Self> {
        let mut out = Self::new(rules, limits);
        let mut number = 0;
        records.each(&mut |told| {
            if let Some(exposure) = out.add(told, number) {
                each(told, &exposure, number)?;
                number += 1;
            }
            Ok(())
        })?;
        out.rows.settle();
        Ok(out)
    }

    /// Adds a file; its exposure, or `None` when the record only went ahead of the file's own.
    fn add(&mut self, told: &Told<'_>, number: u64) -> Option<Exposure> {
        let Told {
            record,
            shown,
            held,
            false_alarms,
        } = *told;
        if record.listing != Listing::Here {
            self.persons.add_listed(&record.findings, shown.file);
        }
        if record.listing == Listing::Ahead {
            return None;
        }
        let own = record.entries.first()?;
        self.summary.add(record, shown);
        self.summary.false_alarms += false_alarms;
        let rules = self.summary.rules();
        let exposure = Exposure::of(record, rules, held);
        let complete = record.is_complete();
        let covered = Covered::of(record);
        let sum = match covered {
            Covered::Read => &mut self.coverage.read,
            Covered::Partly => &mut self.coverage.partly,
            Covered::Unread => &mut self.coverage.unread,
            Covered::LeftOut => &mut self.coverage.left_out,
        };
        sum.0 += 1;
        sum.1 = sum.1.saturating_add(own.bytes);
        let part = |part: &mut Part| part.add(own.bytes, &exposure, complete);
        part(self.formats.entry(own.format).or_default());
        if let Some(held) = held {
            part(self.owners.entry(held.owner_shown()).or_default());
            self.exposed.add(held, own.bytes, &exposure, complete);
        }
        let (folder, name) = self.folders.place(&shown.path);
        self.folders.add(folder, own.bytes, &exposure, complete);
        self.columns.add(record);
        self.persons.add(record, shown.file);
        let row = Row::new(told, &exposure, covered, (folder, name), number);
        self.rows.push(row);
        Some(exposure)
    }
}

impl OverExposed {
    fn add(&mut self, held: &Held, bytes: u64, exposure: &Exposure, complete: bool) {
        self.known += 1;
        if exposure.found() == 0 {
            return;
        }
        let stale = held.age_days() >= STALE_DAYS;
        for (holds, part) in [
            (held.open_to_all(), &mut self.world),
            (!held.open_to_all() && held.open_to_group(), &mut self.group),
            (held.is_orphan(), &mut self.orphan),
            (stale, &mut self.stale),
        ] {
            if holds {
                part.add(bytes, exposure, complete);
            }
        }
    }
}

/// What all reports are given beside the records.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// The rules, in the order that records refer to them by.
    pub rules: &'a [RuleInfo],
    /// The run.
    pub run: &'a Run,
    /// Language of what people read.
    pub language: crate::words::Language,
}
