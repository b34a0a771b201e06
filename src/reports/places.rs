//! What was found at one place of a file, rule by rule: what reports tell when findings are not listed.

use super::RuleInfo;
use crate::{
    model::{Count, Entry, FileRecord, Locator, PathDisplay, Place, Step},
    words::{Language, ReportWord, grouped},
};

/// A rule's count at a place.
pub(super) struct PlaceCount<'a> {
    pub(super) entry: &'a Entry,
    pub(super) place: &'a Place,
    pub(super) count: &'a Count,
}

/// All counts of a file and its members, in order.
pub(super) fn of(record: &FileRecord) -> impl Iterator<Item = PlaceCount<'_>> {
    record.entries.iter().flat_map(|entry| {
        entry.places.iter().flat_map(move |place| {
            place.counts.iter().map(move |count| PlaceCount {
                entry,
                place,
                count,
            })
        })
    })
}

/// Members and steps below the file, as shown: what decisions call a place.
pub(super) fn inside(entry: &Entry, place: &Place, shown: &PathDisplay) -> String {
    let steps = match entry.locator.0.split_first() {
        Some((Step::File(_), rest)) => rest,
        _ => entry.locator.0.as_slice(),
    };
    shown.place(steps) + &shown.place(&place.at)
}

/// Whether lines and bytes of a place count in the file itself: it is a text, and the place is not in a member or part
/// of it. Other programs open the file there.
pub(super) fn is_of_file(record: &FileRecord, at: &Locator) -> bool {
    let is_text = record.entries.first().is_some_and(|e| e.encoding.is_some());
    let inside = |s: &Step| {
        matches!(
            s,
            Step::Member(_) | Step::Part(_) | Step::Page(_) | Step::Sheet(_) | Step::Name
        )
    };
    is_text && !at.0.iter().any(inside)
}

impl PlaceCount<'_> {
    pub(super) fn shown(&self, shown: &PathDisplay) -> String {
        inside(self.entry, self.place, shown)
    }

    pub(super) fn column(&self) -> Option<u32> {
        self.place.column
    }

    /// Different values, with `≈` before an estimate.
    pub(super) fn distinct(&self) -> String {
        let n = grouped(self.count.distinct.among(self.count.found));
        if self.count.distinct.is_exact() {
            n
        } else {
            format!("≈{n}")
        }
    }

    /// Line of the first sample, when it stands in a line of the file.
    pub(super) fn line(&self, record: &FileRecord) -> Option<u64> {
        let locator = &self.count.samples.first()?.locator;
        if !is_of_file(record, locator) {
            return None;
        }
        locator.0.iter().find_map(|s| match s {
            Step::Line(n) => Some(*n),
            Step::Cell { row, .. } => Some(*row),
            _ => None,
        })
    }

    /// What was found here, in one sentence with an example.
    pub(super) fn sentence(
        &self,
        rule: &RuleInfo,
        shown: &PathDisplay,
        language: Language,
    ) -> String {
        let title = language.pick(&rule.title.0, &rule.title.1);
        let mut out = ReportWord::FoundAt.fill(
            language,
            &[
                &title,
                &grouped(self.count.found),
                &self.distinct(),
                &(shown.locator(&self.entry.locator) + &shown.place(&self.place.at)),
            ],
        );
        if let Some(column) = self.place.column {
            let name = self.place.header.as_deref().unwrap_or("");
            let word = if name.is_empty() {
                ReportWord::InColumn
            } else {
                ReportWord::InNamedColumn
            };
            out.push_str(&word.fill(language, &[&column, &name]));
        }
        if let Some(sample) = self.count.samples.first() {
            out.push_str(&ReportWord::ForExample.fill(language, &[&sample.masked]));
        }
        out
    }
}
