//! How exposed a file is: what stands in it, weighed, times who may read it. Reports explain the numbers.

use super::{Class, RuleInfo, Tally, counts_of, tally, told::Held};
use crate::{model::FileRecord, rules::tags};

/// What one value of a rule weighs: C3 20, C2 5, C1 and what has no class 1, and twice that when it is
/// sensitive personal information.
pub fn weight(rule: &RuleInfo) -> u64 {
    let by_class = match rule.class {
        Some(Class::C3) => 20,
        Some(Class::C2) => 5,
        Some(Class::C1) | None => 1,
    };
    by_class * (1 + u64::from(rule.sensitive))
}

/// The level of a rule: the highest of its tags, 0 public to 4 secret.
pub fn level(rule: &RuleInfo) -> u8 {
    tags::level(&rule.tags)
}

/// The factor for who may read a file: everybody 4, its group 2, the owner alone 1; 1 when it is not known.
pub fn reach(held: Option<&Held>) -> u64 {
    match held {
        Some(held) if held.open_to_all() => 4,
        Some(held) if held.open_to_group() => 2,
        _ => 1,
    }
}

/// What was found of one rule in a file with all its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weighed {
    /// Index of the rule.
    pub rule: u16,
    /// Findings.
    pub found: u64,
    /// Different values.
    pub distinct: u64,
    /// Whether `distinct` is exact.
    pub exact: bool,
    /// Confidence of the surest, in percent.
    pub top: u8,
    /// Different values times the weight of one, twice that when the file tells who has what.
    pub weight: u64,
}

/// How exposed one file is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exposure {
    /// By rule, the weightiest first.
    pub rules: Vec<Weighed>,
    /// Names, identity documents and accounts stand together in it.
    pub combined: bool,
    /// The highest level of what was found.
    pub level: u8,
    /// Sum of the weights.
    pub weight: u64,
    /// [`Exposure::weight`] times [`reach`].
    pub score: u64,
}

impl Exposure {
    /// Findings.
    pub fn found(&self) -> u64 {
        self.rules
            .iter()
            .fold(0, |sum, r| sum.saturating_add(r.found))
    }

    /// Of a file. `rules` in the order that records refer to them by.
    pub fn of(record: &FileRecord, rules: &[RuleInfo], held: Option<&Held>) -> Self {
        let tallies = tally(record.entries.iter().flat_map(counts_of));
        Self::weigh(&tallies, rules, reach(held))
    }

    pub(super) fn weigh(tallies: &[Tally<'_>], rules: &[RuleInfo], reach: u64) -> Self {
        let mut out = Self::default();
        let mut together = [false; 3];
        for tally in tallies {
            let Some(rule) = rules.get(usize::from(tally.rule)) else {
                continue;
            };
            let has = |tag: &str| rule.tags.iter().any(|t| t == tag);
            together = [
                together[0] || rule.id.ends_with(".person"),
                together[1] || has("identity"),
                together[2] || has("account"),
            ];
            out.level = out.level.max(level(rule));
            let distinct = tally.distinct.among(tally.found);
            out.rules.push(Weighed {
                rule: tally.rule,
                found: tally.found,
                distinct,
                exact: tally.distinct.is_exact(),
                top: tally.top,
                weight: distinct.saturating_mul(weight(rule)),
            });
        }
        out.combined = together == [true; 3];
        if out.combined {
            // Together they tell who has what: more than the sum.
            for rule in &mut out.rules {
                rule.weight = rule.weight.saturating_mul(2);
            }
        }
        out.rules
            .sort_by_key(|r| (std::cmp::Reverse(r.weight), r.rule));
        out.weight = out
            .rules
            .iter()
            .fold(0, |sum, r| sum.saturating_add(r.weight));
        out.score = out.weight.saturating_mul(reach);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::fixture;

    #[test]
    fn files_are_weighed_by_values_class_and_readers() {
        let rules = fixture::rules();
        let (zip, _) = fixture::records().pop().unwrap();
        let held = |mode| Held {
            mode,
            owner: None,
            owner_number: 0,
            group: None,
            group_number: 0,
            modified: 0,
            seen: 0,
        };
        let of = |mode: u32| Exposure::of(&zip, &rules, Some(&held(mode)));
        // Seven identity numbers, C2 and sensitive: 7 × 5 × 2.
        assert_eq!((of(0o600).weight, of(0o600).score), (70, 70));
        assert_eq!(of(0o640).score, 140);
        assert_eq!(of(0o604).score, 280);
        assert_eq!(Exposure::of(&zip, &rules, None).score, 70);
        assert_eq!((of(0o600).level, of(0o600).found()), (3, 9));
    }
}
