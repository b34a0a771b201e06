//! [`Summary`]: what a run comes to, added up record by record in bounded memory.

use super::{Class, RuleInfo, Tally, counts_of, exposure::weight, missing, tally};
use crate::model::{Distinct, FileRecord, FormatId, GapKind, PathDisplay, State};
use std::collections::BTreeMap;

/// Files kept in the list of the riskiest.
pub const RISKIEST: usize = 10;
/// Examples kept of each kind of gap.
pub const EXAMPLES: usize = 3;

/// A condition that a run can end with. The greatest code is the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// Identifiers at or above `--fail-on`.
    Findings,
    /// Bad arguments, configuration or rules.
    Usage,
    /// Something was not read or only partly, or an action failed.
    Incomplete,
    /// Policy, approval, hold, changed or used file.
    Refused,
    /// Residue, or a digest, signature or trail that does not hold.
    Unproved,
    /// Stopped by the system.
    Failed,
    /// Stopped by the user.
    Interrupted,
}

impl Condition {
    /// The word used in machine-readable output.
    pub fn id(self) -> &'static str {
        match self {
            Self::Findings => "findings",
            Self::Usage => "usage",
            Self::Incomplete => "incomplete",
            Self::Refused => "refused",
            Self::Unproved => "unproved",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }

    /// Its exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Incomplete => 3,
            Self::Refused => 4,
            Self::Unproved => 5,
            Self::Failed => 6,
            Self::Interrupted => 130,
        }
    }
}

/// The exit code of a run that met these conditions: the greatest; 0 for none.
pub fn exit_code(conditions: &[Condition]) -> u8 {
    conditions.iter().map(|c| c.code()).max().unwrap_or(0)
}

/// Findings of one rule, class or kind, added up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Total {
    /// Findings.
    pub found: u64,
    /// Different values.
    pub distinct: Distinct,
    /// Files in which there was at least one.
    pub files: u64,
    /// Confidence of the surest, in percent.
    pub top: u8,
}

impl Total {
    fn add(&mut self, tally: &Tally<'_>) {
        self.found = self.found.saturating_add(tally.found);
        self.distinct.merge(&tally.distinct);
        self.top = self.top.max(tally.top);
    }
}

/// Gaps of one kind, added up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GapTotal {
    /// Number of gaps.
    pub gaps: u64,
    /// Files that have at least one.
    pub files: u64,
    /// The largest files among them: bytes and locator as shown, the largest first.
    pub examples: Vec<(u64, String)>,
}

/// One of the riskiest files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Risk {
    /// Weight of what was found: distinct values, weighted by class.
    pub weight: u64,
    /// The file's path as shown.
    pub path: String,
    /// What was found: rule, findings, distinct values and whether that is exact, the weightiest first.
    pub rules: Vec<(u16, u64, u64, bool)>,
}

/// Everything that reports say of a run as a whole.
#[derive(Debug, Clone)]
pub struct Summary {
    rules: Vec<RuleInfo>,
    /// Files.
    pub files: u64,
    /// Members inside files, at any depth.
    pub members: u64,
    /// Bytes of the files themselves.
    pub bytes: u64,
    /// Files wholly read, with all members.
    pub read: u64,
    /// Files partly read, or with a member that was not wholly read.
    pub partly: u64,
    /// Files not read.
    pub unread: u64,
    /// Files and links left out because the user wanted it.
    pub left_out: u64,
    /// Files that are not complete: partly read or unread for a reason that nobody wanted.
    pub incomplete: u64,
    /// Files with findings.
    pub with_findings: u64,
    /// Entries whose name claims another format.
    pub clashes: u64,
    /// Findings that a reviewer called false alarms: they are not among the sums. Whoever leaves them out
    /// counts them here.
    pub false_alarms: u64,
    /// Findings that an allow list or a comment left out: they are not among the sums either.
    pub allowed: u64,
    /// Totals by rule, in the order of rules.
    pub by_rule: Vec<Total>,
    /// Totals by class.
    pub by_class: BTreeMap<Class, Total>,
    /// Total of rules without a class.
    pub no_class: Total,
    /// Total of sensitive personal information, whatever its class.
    pub sensitive: Total,
    /// Totals by tag: the classes of laws and standards.
    pub by_tag: BTreeMap<String, Total>,
    /// Files that hold names, identity documents and accounts together, which is more than each alone.
    pub combined: u64,
    /// Gaps by kind.
    pub gaps: BTreeMap<GapKind, GapTotal>,
    /// Files and bytes by format; `None` for unknown.
    pub formats: BTreeMap<Option<FormatId>, (u64, u64)>,
    /// The riskiest files, the riskiest first.
    pub riskiest: Vec<Risk>,
}

impl Summary {
    /// Of nothing yet. `rules` in the order that records refer to them by.
    pub fn new(rules: Vec<RuleInfo>) -> Self {
        Self {
            by_rule: vec![Total::default(); rules.len()],
            rules,
            files: 0,
            members: 0,
            bytes: 0,
            read: 0,
            partly: 0,
            unread: 0,
            left_out: 0,
            incomplete: 0,
            with_findings: 0,
            clashes: 0,
            false_alarms: 0,
            allowed: 0,
            by_class: BTreeMap::new(),
            no_class: Total::default(),
            sensitive: Total::default(),
            by_tag: BTreeMap::new(),
            combined: 0,
            gaps: BTreeMap::new(),
            formats: BTreeMap::new(),
            riskiest: Vec::new(),
        }
    }

    /// The rules that it was made with.
    pub fn rules(&self) -> &[RuleInfo] {
        &self.rules
    }

    /// Number of findings.
    pub fn found(&self) -> u64 {
        self.by_rule
            .iter()
            .fold(0, |sum, t| sum.saturating_add(t.found))
    }

    /// Adds a file.
    pub fn add(&mut self, record: &FileRecord, shown: &PathDisplay) {
        let Some((own, members)) = record.entries.split_first() else {
            return;
        };
        self.files += 1;
        self.members += members.len() as u64;
        self.bytes = self.bytes.saturating_add(own.bytes);
        self.allowed += record.allowed;
        self.clashes += record.entries.iter().filter(|e| e.clash.is_some()).count() as u64;
        self.incomplete += u64::from(!record.is_complete());
        let whole = record.entries.iter().all(|e| e.state == State::Read);
        match own.state {
            State::Unread(kind) if kind.is_wanted() => self.left_out += 1,
            State::Unread(_) => self.unread += 1,
            State::Read if whole => self.read += 1,
            _ => self.partly += 1,
        }
        let format = self.formats.entry(own.format).or_default();
        format.0 += 1;
        format.1 = format.1.saturating_add(own.bytes);
        if !whole || record.entries.iter().any(|e| !e.gaps.is_empty()) {
            self.add_gaps(record, shown);
        }
        if record.entries.iter().any(|e| !e.places.is_empty()) {
            self.add_counts(record, shown);
        }
    }

    fn add_gaps(&mut self, record: &FileRecord, shown: &PathDisplay) {
        let mut kinds: Vec<GapKind> = Vec::new();
        for gap in record.entries.iter().flat_map(|e| missing(record, e)) {
            let total = self.gaps.entry(gap.kind).or_default();
            total.gaps += 1;
            if kinds.contains(&gap.kind) {
                continue;
            }
            kinds.push(gap.kind);
            total.files += 1;
            let bytes = gap.entry.bytes;
            let least = total.examples.last().map_or(0, |e| e.0);
            if total.examples.len() < EXAMPLES || bytes > least {
                let text = shown.locator(&gap.entry.locator) + &shown.place(gap.at);
                total.examples.push((bytes, text));
                total.examples.sort_by(|a, b| (b.0, &a.1).cmp(&(a.0, &b.1)));
                total.examples.truncate(EXAMPLES);
            }
        }
    }

    fn add_counts(&mut self, record: &FileRecord, shown: &PathDisplay) {
        let tallies = tally(record.entries.iter().flat_map(counts_of));
        if tallies.is_empty() {
            return;
        }
        self.with_findings += 1;
        let mut classes: Vec<Option<Class>> = Vec::new();
        let mut sensitive = false;
        let mut together = [false; 3];
        let mut tags: Vec<&String> = Vec::new();
        let mut weights = Vec::with_capacity(tallies.len());
        for tally in &tallies {
            let index = usize::from(tally.rule);
            let (Some(rule), Some(total)) = (self.rules.get(index), self.by_rule.get_mut(index))
            else {
                continue;
            };
            total.add(tally);
            total.files += 1;
            let of_class = match rule.class {
                Some(class) => self.by_class.entry(class).or_default(),
                None => &mut self.no_class,
            };
            of_class.add(tally);
            if !classes.contains(&rule.class) {
                classes.push(rule.class);
                of_class.files += 1;
            }
            if rule.sensitive {
                self.sensitive.add(tally);
                self.sensitive.files += u64::from(!sensitive);
                sensitive = true;
            }
            let has = |tag: &str| rule.tags.iter().any(|t| t == tag);
            together = [
                together[0] || rule.id.ends_with(".person"),
                together[1] || has("identity"),
                together[2] || has("account"),
            ];
            for tag in &rule.tags {
                let of_tag = self.by_tag.entry(tag.clone()).or_default();
                of_tag.add(tally);
                if !tags.contains(&tag) {
                    tags.push(tag);
                    of_tag.files += 1;
                }
            }
            let distinct = tally.distinct.among(tally.found);
            let weight = distinct.saturating_mul(weight(rule));
            weights.push((
                weight,
                (tally.rule, tally.found, distinct, tally.distinct.is_exact()),
            ));
        }
        if together == [true; 3] {
            self.combined += 1;
            // Together they tell who has what: more than the sum.
            for entry in &mut weights {
                entry.0 = entry.0.saturating_mul(2);
            }
        }
        self.add_risk(weights, shown);
    }

    fn add_risk(&mut self, mut rules: Vec<(u64, (u16, u64, u64, bool))>, shown: &PathDisplay) {
        let weight = rules.iter().fold(0, |sum: u64, r| sum.saturating_add(r.0));
        let full = self.riskiest.len() >= RISKIEST;
        if full && self.riskiest.last().is_some_and(|r| r.weight >= weight) {
            return;
        }
        rules.sort_by_key(|&(weight, (rule, ..))| (std::cmp::Reverse(weight), rule));
        let at = self.riskiest.partition_point(|r| r.weight >= weight);
        self.riskiest.insert(
            at,
            Risk {
                weight,
                path: shown.path.clone(),
                rules: rules.into_iter().map(|(_, r)| r).collect(),
            },
        );
        self.riskiest.truncate(RISKIEST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::fixture;

    #[test]
    fn adds_up_files_states_rules_classes_and_gaps() {
        let mut summary = Summary::new(fixture::rules());
        for (record, shown) in fixture::records() {
            summary.add(&record, &shown);
        }
        assert_eq!(
            (summary.files, summary.members, summary.bytes),
            (5, 2, 22_500)
        );
        let states = (
            summary.read,
            summary.partly,
            summary.unread,
            summary.left_out,
        );
        assert_eq!(states, (2, 1, 1, 1));
        assert_eq!(
            (summary.incomplete, summary.with_findings, summary.clashes),
            (2, 2, 1)
        );
        let rule = |n: usize| {
            let t = &summary.by_rule[n];
            (t.found, t.distinct.count(), t.files, t.top)
        };
        assert_eq!(rule(0), (11, 7, 2, 95));
        assert_eq!(rule(1), (1, 1, 1, 80));
        assert_eq!(rule(2), (0, 0, 0, 0));
        assert_eq!(summary.found(), 12);
        assert_eq!(summary.by_class[&Class::C2].found, 12);
        assert_eq!(summary.by_class[&Class::C2].files, 2);
        assert_eq!((summary.sensitive.found, summary.sensitive.files), (11, 2));
        let gaps: Vec<_> = summary.gaps.iter().map(|(k, g)| (k.id(), g.gaps)).collect();
        assert_eq!(gaps, [("link", 1), ("encrypted", 1), ("image", 1)]);
        assert_eq!(summary.riskiest[0].path, "share/客户.zip");
        assert_eq!(summary.riskiest[0].rules[0], (0, 9, 7, true));
    }

    #[test]
    fn memory_is_bounded_and_the_riskiest_stay() {
        let mut summary = Summary::new(fixture::rules());
        for n in 0..500_u64 {
            let (record, mut shown) = fixture::with_values(n * 37 % 500);
            shown.path = format!("f{}", n * 37 % 500);
            summary.add(&record, &shown);
        }
        let paths: Vec<_> = summary.riskiest.iter().map(|r| r.path.as_str()).collect();
        let most: Vec<_> = (490..500).rev().map(|n| format!("f{n}")).collect();
        assert_eq!(paths, most);
        assert!(summary.gaps.values().all(|g| g.examples.len() <= EXAMPLES));
    }

    #[test]
    fn the_greatest_condition_is_the_exit_code() {
        assert_eq!(exit_code(&[]), 0);
        assert_eq!(exit_code(&[Condition::Incomplete, Condition::Findings]), 3);
        assert_eq!(exit_code(&[Condition::Interrupted, Condition::Failed]), 130);
    }
}
