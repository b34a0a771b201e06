//! What a scan tells beside its result: conditions, figures, what changed.

use super::{fail::FailOn, notify::Notifier, sandbox::folder_of};
use crate::cli::shown::Shown as _;
use crate::{
    cli::{Trouble, args::Scan, clock, commands::diff, log::Log},
    reports::{self, Condition, Summary},
    words::{DailyWord, Word, grouped},
};
use std::{io::Write, path::Path, time::Duration};

/// What is known at the end of a scan.
pub(super) struct Told<'a> {
    pub args: &'a Scan,
    pub log: Log,
    pub job: &'a Path,
    /// Records carried over, and read.
    pub carried: (u64, u64),
    /// Findings that a baseline accepts, and those that it did until a day that is over.
    pub accepted: (u64, u64),
}

impl Told<'_> {
    /// The conditions that were met, and what led to them.
    pub(super) fn conditions(
        &self,
        summary: &Summary,
        fail_on: &FailOn,
        counts: &[u64],
    ) -> Vec<Condition> {
        let (log, language) = (self.log, self.log.language);
        let (kept, read) = self.carried;
        if kept > 0 {
            let text = DailyWord::Carried.fill(language, &[&grouped(kept), &grouped(read)]);
            let fields = [("carried", kept.into()), ("read", read.into())];
            log.info("carried-over", &fields, &text);
        }
        let (accepted, expired) = self.accepted;
        if self.args.daily.baseline.is_some() {
            let new = counts.iter().sum::<u64>();
            let text = DailyWord::BaselineCounts.fill(
                language,
                &[&grouped(accepted), &grouped(new), &grouped(expired)],
            );
            let fields = [
                ("accepted", accepted.into()),
                ("counting", new.into()),
                ("expired", expired.into()),
            ];
            log.info("baseline", &fields, &text);
        }
        let (met, over) = fail_on.met(counts, summary.rules());
        for budget in over {
            let text = DailyWord::OverBudget.fill(
                language,
                &[
                    &budget.budget,
                    &grouped(budget.found),
                    &grouped(budget.most),
                ],
            );
            let fields = [
                ("budget", budget.budget.as_str().into()),
                ("found", budget.found.into()),
            ];
            log.warn("over-budget", &fields, &text);
        }
        let mut out = Vec::new();
        if met {
            out.push(Condition::Findings);
        }
        if summary.incomplete > 0 {
            out.push(Condition::Incomplete);
        }
        let fields = [
            ("files", summary.files.into()),
            ("bytes", summary.bytes.into()),
            ("findings", summary.found().into()),
            ("incomplete", summary.incomplete.into()),
            ("exit_code", reports::exit_code(&out).into()),
        ];
        if log.form == crate::cli::log::Form::Json {
            log.info("finished", &fields, DailyWord::Finished.text(language));
        }
        out
    }

    /// Writes the figures, beside first and then renamed, so that a collector never sees half of them.
    /// They hold counts only; collectors run as other users, so everybody may read them.
    pub(super) fn metrics(
        &self,
        summary: &Summary,
        conditions: &[Condition],
        took: Duration,
    ) -> Result<(), Trouble> {
        let Some(file) = &self.args.daily.metrics else {
            return Ok(());
        };
        let job = self.job.file_name().unwrap_or_default().shown();
        let run = reports::metrics::Run {
            job: &job,
            ended: clock::seconds(),
            seconds: took.as_secs_f64(),
            carried: self.carried.0,
            conditions,
        };
        let text = reports::metrics::metrics(summary, &run);
        let write = || -> std::io::Result<()> {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let beside = folder_of(file).join(format!(".{name}.{}.tmp", std::process::id()));
            let mut options = std::fs::File::options();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
            let mut out = options.open(&beside)?;
            let done = out
                .write_all(text.as_bytes())
                .and_then(|()| out.sync_all())
                .and_then(|()| std::fs::rename(&beside, file));
            if done.is_err() {
                let _ = std::fs::remove_file(&beside);
            }
            done
        };
        write().map_err(|e| {
            let what = format!("{}: {e}", file.shown());
            Trouble::failed(Word::WriteFailed.fill(self.log.language, &[&what]))
        })
    }

    /// Tells a command what changed. That it fails is said, and does not change the result of the scan.
    pub(super) fn notify(&self, notifier: Option<Notifier>) {
        let Some(notifier) = notifier else { return };
        let (log, language) = (self.log, self.log.language);
        let text = match diff::of_last(self.job, language) {
            Ok(Some(text)) => text,
            // The first scan: there is nothing to compare with.
            Ok(None) => return,
            Err(e) => return log.warn("notify", &[], &e.text),
        };
        let told = notifier.tell(&text);
        let why = match told {
            Ok(Some(0)) => return log.detail("notify", &[], DailyWord::Notified.text(language)),
            Ok(code) => code.map_or_else(|| "signal".to_owned(), |c| c.to_string()),
            Err(e) => e.to_string(),
        };
        log.warn(
            "notify",
            &[],
            &DailyWord::NotifyFailed.fill(language, &[&why]),
        );
    }
}
