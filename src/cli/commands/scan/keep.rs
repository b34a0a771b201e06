//! The places that records go to while a scan runs: store, output, summary.

use super::triage::Triage;
use crate::{
    cli::{
        Trouble,
        args::{Format, Scan},
        setup::Setup,
    },
    digest::JobKey,
    formats,
    model::{FileRecord, Listing, PathDisplay},
    pipeline::{self, Scanned},
    reports::{self, Ending, JsonLines, Summary, csv, explain, review::Review},
    scan::Which,
    store::{self, StoreError, Writer},
    words::{Language, Word},
};
use std::{borrow::Cow, io::Write, path::Path};

/// Why a record could not be kept.
#[derive(Debug)]
pub(super) enum KeepError {
    Store(StoreError),
    Output(std::io::Error),
}

impl KeepError {
    pub(super) fn said(&self, job: &Path, language: Language) -> Trouble {
        match self {
            Self::Store(e) => super::store_trouble(e, job, language),
            Self::Output(e) => Trouble::failed(Word::WriteFailed.fill(language, &[e])),
        }
    }
}

impl From<StoreError> for KeepError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<std::io::Error> for KeepError {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}

/// The three places that a record goes to.
pub(super) struct Keeper<'a, 'o> {
    pub writer: Writer<'a>,
    pub output: Output<'o>,
    pub summary: Summary,
    /// Whether records are added up as they come; else at the end, when something changed.
    pub counted: bool,
    /// Records carried over, and read.
    pub carried: (u64, u64),
    /// Which findings count.
    pub triage: Triage,
    pub args: &'a Scan,
    /// Decisions of a reviewer: what they call false alarms stays in the store and is told nowhere else.
    pub review: &'a Review,
    pub trouble: Option<KeepError>,
}

/// What is left when all records came.
pub(super) struct Kept<'a, 'o> {
    pub writer: Writer<'a>,
    pub output: Output<'o>,
    pub summary: Summary,
    pub carried: (u64, u64),
    pub triage: Triage,
}

impl<'a, 'o> Keeper<'a, 'o> {
    /// Takes what became of one thing; `false` when that failed and the run must end.
    pub(super) fn take(&mut self, scanned: Scanned, setup: &Setup, key: &JobKey) -> bool {
        let done = match scanned {
            Scanned::Read(record) => self.put(*record, setup, key),
            Scanned::Kept(kept) => self.keep(kept),
            Scanned::Moved(kept, to) => {
                self.writer
                    .kept(kept)
                    .map_err(KeepError::Store)
                    .and_then(|stored| {
                        let mut record = stored.record;
                        let which = Which {
                            root: to.root,
                            path: &to.path,
                        };
                        let purpose = super::purpose(self.args);
                        let reader = setup.reader(key);
                        pipeline::rename(&reader, purpose, &mut record, which, to.attributes);
                        self.put(record, setup, key)?;
                        self.carried.0 += 1;
                        self.carried.1 -= 1;
                        Ok(())
                    })
            }
        };
        self.trouble = done.err();
        self.trouble.is_none()
    }

    fn put(
        &mut self,
        mut record: FileRecord,
        setup: &Setup,
        key: &JobKey,
    ) -> Result<(), KeepError> {
        // The store and the summary never show values, whatever the user wants to see.
        let hidden = setup.shown(key, &record, false);
        self.carried.1 += u64::from(record.listing != Listing::Ahead);
        let (told, false_alarms) = self.reviewed(&record, &hidden);
        if self.counted && record.listing != Listing::Ahead {
            self.summary.add(&told, &hidden);
            self.summary.false_alarms += false_alarms;
        }
        if self.args.show_values {
            self.output
                .record(&told, &setup.shown(key, &record, true))?;
        } else {
            self.output.record(&told, &hidden)?;
        }
        self.triage.add(&told);
        drop(told);
        if !super::keeps_all(self.args) {
            record.findings.clear();
        }
        Ok(self.writer.put(&record, &hidden)?)
    }

    /// A record as it is told, and how many false alarms that leaves out.
    fn reviewed<'r>(
        &self,
        record: &'r FileRecord,
        shown: &PathDisplay,
    ) -> (Cow<'r, FileRecord>, u64) {
        if self.review.is_empty() {
            return (Cow::Borrowed(record), 0);
        }
        let mut told = record.clone();
        let out = self.review.apply(&mut told, shown, self.summary.rules());
        (Cow::Owned(told), out)
    }

    fn keep(&mut self, kept: store::Kept) -> Result<(), KeepError> {
        self.writer.keep(kept);
        self.carried.0 += 1;
        if self.output.wants_records() || self.triage.needs_all() {
            let stored = self.writer.kept(kept)?;
            let (told, _) = self.reviewed(&stored.record, &stored.shown);
            self.triage.add(&told);
            self.output.record(&told, &stored.shown)?;
        }
        Ok(())
    }

    /// The end before all records came: what came is kept for the next run.
    pub(super) fn stop(mut self) -> Result<u64, KeepError> {
        if let Some(trouble) = self.trouble {
            return Err(trouble);
        }
        self.writer.commit()?;
        Ok(self.writer.len() as u64)
    }

    /// The end of the records. `totals` are those of the scan before: they hold when nothing changed.
    pub(super) fn end(mut self, totals: Option<&str>) -> Result<Kept<'a, 'o>, KeepError> {
        if let Some(trouble) = self.trouble {
            return Err(trouble);
        }
        if !self.counted {
            let rules = self.summary.rules().to_vec();
            let as_before = totals
                .filter(|_| self.writer.is_same() && self.review.is_empty())
                .and_then(|text| Summary::from_totals(rules, text, &formats::known_id));
            match as_before {
                Some(summary) => self.summary = summary,
                None => {
                    for n in 0..self.writer.len() {
                        if let Some(stored) = self.writer.nth(n)? {
                            let (told, out) = self.reviewed(&stored.record, &stored.shown);
                            self.summary.add(&told, &stored.shown);
                            self.summary.false_alarms += out;
                        }
                    }
                }
            }
        }
        Ok(Kept {
            writer: self.writer,
            output: self.output,
            summary: self.summary,
            carried: self.carried,
            triage: self.triage,
        })
    }
}

/// Standard output while the scan runs.
pub(super) enum Output<'a> {
    Nothing,
    Jsonl(JsonLines<'a>),
    Csv(csv::Findings<'a>),
    Explained(explain::Explained<'a>),
}

impl<'a> Output<'a> {
    pub(super) fn new(
        args: &Scan,
        out: &'a mut dyn Write,
        infos: &'a [reports::RuleInfo],
        language: Language,
    ) -> Result<Self, Trouble> {
        let values = if args.show_values {
            reports::Values::Shown
        } else {
            reports::Values::Hidden
        };
        Ok(match args.format {
            Format::Summary if args.explain => {
                Self::Explained(explain::Explained::new(out, infos, values, language))
            }
            Format::Summary => Self::Nothing,
            Format::Jsonl => Self::Jsonl(JsonLines::new(out, infos, values)),
            Format::Csv => Self::Csv(csv::Findings::new(out, infos, values)?),
        })
    }

    /// Whether records are shown one by one.
    fn wants_records(&self) -> bool {
        !matches!(self, Self::Nothing)
    }

    pub(super) fn record(
        &mut self,
        record: &FileRecord,
        shown: &PathDisplay,
    ) -> std::io::Result<()> {
        match self {
            Self::Nothing => Ok(()),
            Self::Jsonl(lines) => lines.record(record, shown),
            Self::Csv(rows) => rows.record(record, shown),
            Self::Explained(lines) => lines.record(record, shown),
        }
    }

    pub(super) fn end(self, summary: &Summary, ending: &Ending<'_>) -> Result<(), Trouble> {
        match self {
            Self::Jsonl(mut lines) => Ok(lines.summary(summary, ending)?),
            _ => Ok(()),
        }
    }
}
