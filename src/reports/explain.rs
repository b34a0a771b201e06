//! Every finding with the reasons for it, for people: `scan --explain`.

use super::{RuleInfo, Values, findings_of, safe};
use crate::{
    model::{FileRecord, Finding, PathDisplay, Secret},
    rules::tags,
    words::{Language, Word, reason_title},
};
use std::io::{self, Write};

/// Writes findings as they come, each with its place, how sure it is and why.
pub struct Explained<'a> {
    out: &'a mut dyn Write,
    rules: &'a [RuleInfo],
    values: Values,
    language: Language,
}

impl std::fmt::Debug for Explained<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Explained").finish_non_exhaustive()
    }
}

impl<'a> Explained<'a> {
    /// Writes to `out`. `rules` in the order that records refer to them by.
    pub fn new(
        out: &'a mut dyn Write,
        rules: &'a [RuleInfo],
        values: Values,
        language: Language,
    ) -> Self {
        Self {
            out,
            rules,
            values,
            language,
        }
    }

    /// Writes the findings of a file.
    ///
    /// # Errors
    /// Those of the output.
    pub fn record(&mut self, record: &FileRecord, shown: &PathDisplay) -> io::Result<()> {
        for finding in findings_of(record) {
            if let Some(rule) = self.rules.get(usize::from(finding.rule)) {
                self.finding(finding, rule, shown)?;
            }
        }
        Ok(())
    }

    fn finding(
        &mut self,
        finding: &Finding,
        rule: &RuleInfo,
        shown: &PathDisplay,
    ) -> io::Result<()> {
        let place = shown.locator(&finding.locator);
        writeln!(self.out, "{}", safe::line(&place))?;
        let (zh, en) = &rule.title;
        let value = match (self.values, &finding.value) {
            (Values::Shown, Some(value)) => Secret::reveal(value),
            _ => finding.masked.as_str(),
        };
        let line = Word::ExplainFinding.fill(
            self.language,
            &[
                &self.language.pick(zh, en),
                &safe::line(value),
                &finding.confidence.percent(),
                &rule.id,
            ],
        );
        writeln!(self.out, "  {line}")?;
        for reason in finding.reasons.iter() {
            writeln!(self.out, "  - {}", reason_title(reason).text(self.language))?;
        }
        let classes: Vec<String> = rule
            .tags
            .iter()
            .filter_map(|id| tags::find(id))
            .map(|tag| {
                let memory = Word::FromMemory.text(self.language);
                let title = self.language.pick(&tag.zh, &tag.en);
                format!("{title}{}", if tag.from_memory { memory } else { "" })
            })
            .collect();
        let classes = classes.join(self.language.pick("；", "; "));
        let line = Word::ExplainTags.fill(self.language, &[&classes]);
        writeln!(self.out, "  {line}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::fixture;

    #[test]
    fn every_finding_has_its_reasons_in_words() {
        for language in Language::ALL {
            let rules = fixture::rules();
            let mut out = Vec::new();
            let mut explained = Explained::new(&mut out, &rules, Values::Hidden, language);
            let mut findings = 0;
            for (record, shown) in fixture::records() {
                findings += findings_of(&record).count();
                explained.record(&record, &shown).unwrap();
            }
            let text = String::from_utf8(out).unwrap();
            assert!(findings > 0);
            let sure = language.pick("可信度", "% sure");
            assert_eq!(text.matches(sure).count(), findings, "{text}");
            assert!(
                text.contains(Word::WhyShape.text(language)) || text.contains("  - "),
                "{text}"
            );
        }
    }
}
