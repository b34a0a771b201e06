//! [`Review`]: decisions laid over records. What was found stays in the inventory; what a reviewer called a
//! false alarm is left out of reports and counted.

use super::RuleInfo;
use crate::model::{
    Count, Decisions, Distinct, Entry, FileRecord, Finding, Mark, PathDisplay, Place, Step,
    ValueDigest, decisions::Decision,
};
use std::collections::{BTreeMap, BTreeSet};

/// Decisions, ready to be asked.
#[derive(Debug, Clone, Default)]
pub struct Review {
    decisions: Vec<Decision>,
    /// Indexes of decisions that name this file.
    by_file: BTreeMap<ValueDigest, Vec<usize>>,
    /// Indexes of decisions that name no file, by the rule that they name.
    by_rule: BTreeMap<Option<String>, Vec<usize>>,
}

/// Where findings are, as decisions name it.
struct At<'a> {
    file: ValueDigest,
    rule: &'a str,
    place: String,
    column: Option<u32>,
    header: Option<&'a str>,
}

impl Review {
    /// Of these decisions.
    pub fn new(decisions: Decisions) -> Self {
        let mut out = Self {
            decisions: decisions.decisions,
            ..Self::default()
        };
        for (n, decision) in out.decisions.iter().enumerate() {
            match decision.file {
                Some(file) => out.by_file.entry(file).or_default().push(n),
                None => out
                    .by_rule
                    .entry(decision.rule.clone())
                    .or_default()
                    .push(n),
            }
        }
        out
    }

    /// Whether nothing is decided.
    pub fn is_empty(&self) -> bool {
        self.decisions.is_empty()
    }

    /// The decisions, in the order of their file.
    pub fn decisions(&self) -> &[Decision] {
        &self.decisions
    }

    /// Takes the false alarms out of a record and counts them. `rules` in the order that records refer to
    /// them by.
    ///
    /// A decision about a value takes the value out of the counts of a place where the inventory knows
    /// which values are there (up to 512 different ones); it then takes one finding for each such value, or
    /// all when no other value is left. Elsewhere the value stays counted: nothing is hidden that might be
    /// another value.
    pub fn apply(&self, record: &mut FileRecord, shown: &PathDisplay, rules: &[RuleInfo]) -> u64 {
        if self.is_empty() {
            return 0;
        }
        let candidates = self.candidates(shown.file, record, rules);
        if candidates.is_empty() {
            return 0;
        }
        let FileRecord {
            entries, findings, ..
        } = record;
        let mut left_out = 0;
        findings.retain(|f| !self.is_false_alarm(f, None, shown, rules, &candidates));
        for entry in entries {
            let Entry {
                locator, places, ..
            } = entry;
            let inside = inside(locator.0.as_slice());
            for place in places {
                left_out += self.place(place, inside, shown, rules, &candidates);
            }
        }
        left_out
    }

    /// Decisions that can say anything of this file, by index.
    fn candidates(&self, file: ValueDigest, record: &FileRecord, rules: &[RuleInfo]) -> Vec<usize> {
        let mut out: Vec<usize> = self.by_file.get(&file).cloned().unwrap_or_default();
        let mut of = |rule: Option<String>| {
            out.extend(self.by_rule.get(&rule).into_iter().flatten().copied());
        };
        if !self.by_rule.is_empty() {
            of(None);
            let listed = record.findings.iter().map(|f| f.rule);
            let counted = record
                .entries
                .iter()
                .flat_map(super::counts_of)
                .map(|c| c.rule);
            let all: BTreeSet<u16> = listed.chain(counted).collect();
            for rule in all.iter().filter_map(|&r| rules.get(usize::from(r))) {
                of(Some(rule.id.clone()));
            }
        }
        out.sort_unstable();
        out
    }

    fn place(
        &self,
        place: &mut Place,
        inside: &[Step],
        shown: &PathDisplay,
        rules: &[RuleInfo],
        candidates: &[usize],
    ) -> u64 {
        let Place {
            at,
            column,
            header,
            counts,
            ..
        } = place;
        let text = shown.place(inside) + &shown.place(at);
        let mut left_out = 0;
        counts.retain_mut(|count| {
            let Some(rule) = rules.get(usize::from(count.rule)) else {
                return true;
            };
            let here = At {
                file: shown.file,
                rule: &rule.id,
                place: text.clone(),
                column: *column,
                header: header.as_deref(),
            };
            let taken = self.count(count, &here, candidates);
            left_out += taken;
            count.found > 0
        });
        left_out
    }

    /// Takes false alarms out of one count; gives their number.
    fn count(&self, count: &mut Count, at: &At<'_>, candidates: &[usize]) -> u64 {
        let before = count.found;
        if self.mark(at, None, candidates) == Some(Mark::FalseAlarm) {
            // But for values that a decision of their own calls something else.
            let kept = self.values(at, candidates, |mark| mark != Mark::FalseAlarm);
            let Distinct::Exact(set) = &count.distinct else {
                count.found = 0;
                return before;
            };
            let rest: BTreeSet<u64> = set.intersection(&kept).copied().collect();
            count.found = (rest.len() as u64).min(before);
            count.samples.retain(|s| rest.contains(&s.digest.short()));
            count.distinct = Distinct::Exact(rest);
            return before - count.found;
        }
        let gone = self.values(at, candidates, |mark| mark == Mark::FalseAlarm);
        if let (false, Distinct::Exact(set)) = (gone.is_empty(), &count.distinct) {
            let rest: BTreeSet<u64> = set.difference(&gone).copied().collect();
            let taken = (set.len() - rest.len()) as u64;
            count.found = if rest.is_empty() {
                0
            } else {
                before.saturating_sub(taken).max(rest.len() as u64)
            };
            count.samples.retain(|s| rest.contains(&s.digest.short()));
            count.distinct = Distinct::Exact(rest);
        }
        before - count.found
    }

    /// Values with a mark of their own here that fits.
    fn values(
        &self,
        at: &At<'_>,
        candidates: &[usize],
        fits: impl Fn(Mark) -> bool,
    ) -> BTreeSet<u64> {
        candidates
            .iter()
            .filter_map(|&n| self.decisions.get(n)?.value)
            .filter(|&value| self.mark(at, Some(value), candidates).is_some_and(&fits))
            .map(ValueDigest::short)
            .collect()
    }

    fn is_false_alarm(
        &self,
        finding: &Finding,
        header: Option<&str>,
        shown: &PathDisplay,
        rules: &[RuleInfo],
        candidates: &[usize],
    ) -> bool {
        let Some(rule) = rules.get(usize::from(finding.rule)) else {
            return false;
        };
        let mut steps = inside(&finding.locator.0);
        let column = match steps.last() {
            Some(Step::Cell { column, .. }) => Some(*column),
            _ => None,
        };
        if let Some((Step::Cell { .. } | Step::Line(_) | Step::Block(_) | Step::Record(_), rest)) =
            steps.split_last()
        {
            steps = rest;
        }
        let at = At {
            file: shown.file,
            rule: &rule.id,
            place: shown.place(steps),
            column,
            header,
        };
        self.mark(&at, Some(finding.digest), candidates) == Some(Mark::FalseAlarm)
    }

    /// The verdict on findings here: of what names most, the last. Outcomes (hand over, seal, erase) are
    /// about what becomes of a file, so they say that its findings are real.
    fn mark(&self, at: &At<'_>, value: Option<ValueDigest>, candidates: &[usize]) -> Option<Mark> {
        candidates
            .iter()
            .filter_map(|&n| Some((n, self.decisions.get(n)?)))
            .filter(|(_, d)| {
                let same =
                    |named: &Option<String>, is: &str| named.as_deref().is_none_or(|n| n == is);
                d.file.is_none_or(|f| f == at.file)
                    && same(&d.rule, at.rule)
                    && same(&d.place, &at.place)
                    && d.column.is_none_or(|c| Some(c) == at.column)
                    && d.header.as_deref().is_none_or(|h| Some(h) == at.header)
                    && d.value.is_none_or(|v| Some(v) == value)
            })
            .max_by_key(|(n, d)| (d.names(), *n))
            .map(|(_, d)| d.mark)
    }
}

/// The steps of a locator below the file.
fn inside(steps: &[Step]) -> &[Step] {
    match steps.split_first() {
        Some((Step::File(_), rest)) => rest,
        _ => steps,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::fixture;

    fn decided(list: &str) -> Review {
        let text = format!(r#"{{"kind":"decisions","schema":1,"job":"j","decisions":[{list}]}}"#);
        Review::new(Decisions::parse(&text).unwrap())
    }

    /// Findings left and left out, over all files.
    fn counts(review: &Review) -> (u64, u64) {
        let rules = fixture::rules();
        fixture::records()
            .into_iter()
            .fold((0, 0), |(left, out), (mut record, shown)| {
                let taken = review.apply(&mut record, &shown, &rules);
                let found: u64 = record
                    .entries
                    .iter()
                    .flat_map(super::super::counts_of)
                    .map(|c| c.found)
                    .sum();
                (left + found, out + taken)
            })
    }

    fn id(path: &str) -> String {
        let all = fixture::records();
        let (_, shown) = all.iter().find(|(_, s)| s.path == path).unwrap();
        shown.file.to_string()
    }

    #[test]
    fn false_alarms_are_left_out_and_counted() {
        assert_eq!(counts(&decided("")), (12, 0));
        let zip = id("share/客户.zip");
        let whole = format!(r#"{{"file":"{zip}","mark":"false-alarm"}}"#);
        assert_eq!(counts(&decided(&whole)), (3, 9));
        // A confirmation that names more holds against it.
        let but =
            format!(r#"{whole},{{"file":"{zip}","rule":"cn.resident-id","mark":"confirmed"}}"#);
        assert_eq!(counts(&decided(&but)), (12, 0));
        let cluster = r#"{"rule":"cn.resident-id","header":"=证件号码","mark":"false-alarm"}"#;
        assert_eq!(counts(&decided(cluster)), (3, 9));
        let place = format!(
            r#"{{"file":"{zip}","place":"!dir/工资.xlsx#Sheet1!","column":3,"mark":"false-alarm"}}"#
        );
        assert_eq!(counts(&decided(&place)), (3, 9));
        let other = format!(r#"{{"file":"{zip}","column":4,"mark":"false-alarm"}}"#);
        assert_eq!(counts(&decided(&other)), (12, 0));
        assert_eq!(
            counts(&decided(r#"{"rule":"cn.mobile","mark":"seal"}"#)),
            (12, 0)
        );
    }

    #[test]
    fn a_value_is_taken_out_once_for_each_place_that_is_known_to_hold_it() {
        let value = fixture::records()
            .iter()
            .flat_map(|(r, _)| &r.entries)
            .flat_map(super::super::counts_of)
            .flat_map(|c| &c.samples)
            .find(|s| s.masked.starts_with("138"))
            .unwrap()
            .digest;
        let one = format!(r#"{{"value":"{value}","mark":"false-alarm"}}"#);
        assert_eq!(counts(&decided(&one)), (11, 1));
        let not_all = format!(
            r#"{{"rule":"cn.mobile","mark":"false-alarm"}},{{"rule":"cn.mobile","value":"{value}","mark":"confirmed"}}"#
        );
        assert_eq!(counts(&decided(&not_all)), (12, 0));
    }
}
