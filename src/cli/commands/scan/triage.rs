//! Which findings count: those that no baseline accepts.

use crate::{
    digest::JobKey,
    model::{Baseline, FileRecord, column_of, fingerprint_input},
    reports::Summary,
};

/// Counts findings by rule, without those that are accepted.
#[derive(Debug)]
pub(super) struct Triage {
    baseline: Option<Baseline>,
    key: JobKey,
    today: String,
    rules: Vec<String>,
    /// Findings that count, by rule.
    counts: Vec<u64>,
    /// Findings that are accepted.
    pub accepted: u64,
    /// Findings that were accepted until a day that is over.
    pub expired: u64,
}

impl Triage {
    /// `today` as `2026-11-29`.
    pub(super) fn new(
        baseline: Option<Baseline>,
        key: &JobKey,
        today: &str,
        rules: Vec<String>,
    ) -> Self {
        Self {
            baseline,
            key: key.clone(),
            today: today.to_owned(),
            counts: vec![0; rules.len()],
            rules,
            accepted: 0,
            expired: 0,
        }
    }

    /// Whether every finding is needed.
    pub(super) fn needs_all(&self) -> bool {
        self.baseline.is_some()
    }

    /// Takes the findings of a record, whole or ahead.
    pub(super) fn add(&mut self, record: &FileRecord) {
        let Some(baseline) = &self.baseline else {
            return;
        };
        for finding in &record.findings {
            let rule = usize::from(finding.rule);
            let Some(id) = self.rules.get(rule) else {
                continue;
            };
            let column = column_of(record, finding);
            let input = fingerprint_input(id, finding.digest, &column);
            let fingerprint = self.key.name(&input);
            if baseline.find(fingerprint, &self.today).is_some() {
                self.accepted += 1;
                continue;
            }
            let known = baseline.accepted.contains_key(&fingerprint.to_string());
            self.expired += u64::from(known);
            if let Some(count) = self.counts.get_mut(rule) {
                *count += 1;
            }
        }
    }

    /// Findings that count, by rule.
    pub(super) fn counts(&self, summary: &Summary) -> Vec<u64> {
        match self.baseline {
            Some(_) => self.counts.clone(),
            None => summary.by_rule.iter().map(|t| t.found).collect(),
        }
    }
}
