//! The commands that come next.

use super::{Listed, Page};
use crate::{reports::safe, words::Word};
use std::io;

impl Page<'_> {
    /// What can be done with what was found, each with its command.
    pub(super) fn next_steps(&mut self) -> io::Result<()> {
        let s = self.summary;
        let mut steps = Vec::new();
        let job = self
            .options
            .typed_job
            .map(|job| format!(" --job {}", safe::argument(job)))
            .unwrap_or_default();
        if s.found() > 0 || s.incomplete > 0 {
            let command = format!("inkout report{job} --out report.html");
            steps.push((Word::NextReport, command));
        }
        // Paths that came from a list are not told again.
        let roots: Vec<String> = self
            .options
            .roots
            .iter()
            .map(|r| safe::argument(r))
            .collect();
        let roots = roots.join(" ");
        if s.found() > 0 && !roots.is_empty() {
            let out = self.word(Word::OutputFolder);
            let command = format!("inkout redact {roots} --out {out}");
            steps.push((Word::NextRedact, command));
            if self.options.listed == Listed::Samples {
                let command = format!(
                    "inkout scan {roots}{job} --all-findings --format jsonl > findings.jsonl"
                );
                steps.push((Word::NextAll, command));
            }
        }
        if s.incomplete > 0 {
            if !roots.is_empty() {
                steps.push((Word::NextGaps, format!("inkout scan {roots}{job}")));
            }
            let file = self.word(Word::SomeFile);
            steps.push((Word::NextText, format!("inkout text {file}")));
        }
        if steps.is_empty() {
            return Ok(());
        }
        self.heading(Word::NextSteps)?;
        for (why, command) in steps {
            let why = self.word(why);
            self.line(2, why)?;
            self.line(4, &command)?;
        }
        Ok(())
    }
}
