//! [`Details`]: what stands where in a file, for the most exposed files, within a budget of bytes.

use super::in_script;
use crate::{
    model::{Entry, FileRecord, Finding, Place, State},
    reports::{exposure::Exposure, missing, places, safe, told::Told},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{self, Write},
};

/// Bytes of all details together at most.
const MOST_BYTES: usize = 10 << 20;
/// Places of one file at most.
const MOST_PLACES: usize = 60;
/// Members of one file at most.
const MOST_MEMBERS: usize = 40;
/// Gaps of one file at most.
const MOST_GAPS: usize = 20;
/// Samples of a rule at a place at most.
const MOST_SAMPLES: usize = 3;

/// Details by number of the file.
#[derive(Debug, Default)]
pub(super) struct Details {
    kept: BTreeMap<u64, (u64, Box<[u8]>)>,
    bytes: usize,
    /// Files below this score no longer get any.
    floor: Option<u64>,
}

impl Details {
    /// Writes the details of these files, by their place in the list.
    pub(super) fn write(
        &self,
        numbers: impl Iterator<Item = u64>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut before = '{';
        for (at, number) in numbers.enumerate() {
            if let Some((_, text)) = self.kept.get(&number) {
                write!(out, "{before}\"{at}\":")?;
                out.write_all(text)?;
                before = ',';
            }
        }
        if before == '{' {
            write!(out, "{before}")?;
        }
        write!(out, "}}")
    }

    pub(super) fn add(&mut self, told: &Told<'_>, exposure: &Exposure, number: u64) {
        let score = exposure.score;
        let nothing = exposure.rules.is_empty() && told.record.is_complete();
        if nothing || self.floor.is_some_and(|floor| score <= floor) {
            return;
        }
        let mut text = Vec::new();
        if in_script(&detail(told), &mut text).is_err() {
            return;
        }
        self.bytes += text.len();
        self.kept.insert(number, (score, text.into()));
        if self.bytes > MOST_BYTES + MOST_BYTES / 4 {
            self.cut();
        }
    }

    /// Gives up the least exposed.
    fn cut(&mut self) {
        let mut scores: Vec<(u64, u64)> = self.kept.iter().map(|(n, (s, _))| (*s, *n)).collect();
        scores.sort_unstable();
        for (score, number) in scores {
            if self.bytes <= MOST_BYTES {
                break;
            }
            if let Some((_, text)) = self.kept.remove(&number) {
                self.bytes -= text.len();
                self.floor = Some(score);
            }
        }
    }

    /// Brings the details within their budget.
    pub(super) fn settle(&mut self) {
        if self.bytes > MOST_BYTES {
            self.cut();
        }
    }
}

fn detail(told: &Told<'_>) -> Value {
    let record = told.record;
    let mut at_places: Vec<Value> = Vec::new();
    let mut left = 0_usize;
    for (entry, place) in with_counts(record) {
        if at_places.len() < MOST_PLACES {
            at_places.push(at_place(told, entry, place));
        } else {
            left += 1;
        }
    }
    let members: Vec<Value> = record
        .entries
        .iter()
        .skip(1)
        .take(MOST_MEMBERS)
        .map(|e| member(told, e))
        .collect();
    let gaps: Vec<Value> = record
        .entries
        .iter()
        .flat_map(|e| missing(record, e))
        .take(MOST_GAPS)
        .map(|g| {
            let at = told.shown.locator(&g.entry.locator) + &told.shown.place(g.at);
            json!([g.kind.id(), below(&at, told), safe::line(g.note)])
        })
        .collect();
    json!({ "p": at_places, "more": left, "m": members, "g": gaps })
}

fn with_counts(record: &FileRecord) -> impl Iterator<Item = (&Entry, &Place)> {
    record
        .entries
        .iter()
        .flat_map(|e| e.places.iter().map(move |p| (e, p)))
        .filter(|(_, p)| !p.counts.is_empty())
}

/// A locator without the path of the file.
fn below(locator: &str, told: &Told<'_>) -> String {
    let below = locator.strip_prefix(&told.shown.path).unwrap_or(locator);
    safe::line(below).into_owned()
}

fn at_place(told: &Told<'_>, entry: &Entry, place: &Place) -> Value {
    let counts: Vec<Value> = place
        .counts
        .iter()
        .map(|c| {
            let samples: Vec<Value> = c
                .samples
                .iter()
                .take(MOST_SAMPLES)
                .map(|s| sample(told, s))
                .collect();
            json!([
                c.rule,
                c.found,
                c.distinct.among(c.found),
                u8::from(c.distinct.is_exact()),
                c.top,
                samples
            ])
        })
        .collect();
    json!({
        "at": places::inside(entry, place, told.shown),
        "c": place.column,
        "h": place.header,
        "n": place.cells,
        "r": counts,
    })
}

fn sample(told: &Told<'_>, finding: &Finding) -> Value {
    let reasons: Vec<&str> = finding
        .reasons
        .iter()
        .map(crate::model::Reason::id)
        .collect();
    json!([
        finding.masked,
        finding.confidence.percent(),
        reasons,
        below(&told.shown.locator(&finding.locator), told),
        finding.column,
        finding.digest.to_string(),
    ])
}

fn member(told: &Told<'_>, entry: &Entry) -> Value {
    let (state, kind) = match entry.state {
        State::Read => (0, None),
        State::Partly(kind) => (1, Some(kind.id())),
        State::Unread(kind) => (2, Some(kind.id())),
    };
    json!([
        below(&told.shown.locator(&entry.locator), told),
        entry.format,
        entry.bytes,
        state,
        kind
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::fixture;

    #[test]
    fn the_most_exposed_keep_their_details() {
        let rules = fixture::rules();
        let mut details = Details::default();
        let (record, shown) = fixture::records().pop().unwrap();
        let told = Told {
            record: &record,
            shown: &shown,
            held: None,
            false_alarms: 0,
        };
        let mut exposure = Exposure::of(&record, &rules, None);
        for n in 0..30_000 {
            exposure.score = n * 7_919 % 30_000;
            details.add(&told, &exposure, n);
        }
        details.settle();
        assert!(details.bytes <= MOST_BYTES);
        let of = |score: u64| (0..30_000).find(|n| n * 7_919 % 30_000 == score).unwrap();
        assert!(details.kept.contains_key(&of(29_999)) && !details.kept.contains_key(&of(0)));
        let mut out = Vec::new();
        details.write(0..30_000, &mut out).unwrap();
        let all: BTreeMap<String, Value> = serde_json::from_slice(&out).unwrap();
        assert_eq!(all.len(), details.kept.len());
    }
}
