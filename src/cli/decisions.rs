//! A reviewer's decisions, read from disk.

use super::Trouble;
use crate::cli::shown::Shown as _;
use crate::{
    digest::JobKey,
    model::{Decisions, DecisionsError, decisions::MOST_BYTES},
    reports::{Condition, review::Review},
    words::{Language, ReportWord},
};
use std::{
    io::Read,
    path::{Path, PathBuf},
};

/// The file in the job folder that is read when none is named.
const IN_JOB: &str = "decisions.json";

/// Keyed identity of a job: what decisions name, so that they are not taken for another job's.
pub(super) fn job_identity(key: &JobKey) -> String {
    // No path begins with a zero byte: it is no file's identity.
    key.name(b"\0job").to_string()
}

/// The decisions in this file, or in the job folder when none is named; none when there is none.
pub(super) fn load(
    named: Option<&Path>,
    job: &Path,
    key: &JobKey,
    language: Language,
) -> Result<Option<Decisions>, Trouble> {
    let path: PathBuf = match named {
        Some(path) => path.to_path_buf(),
        None if job.join(IN_JOB).is_file() => job.join(IN_JOB),
        None => return Ok(None),
    };
    let shown = path.shown();
    let unreadable = |e: &dyn std::fmt::Display| {
        Trouble::usage(ReportWord::DecisionsUnreadable.fill(language, &[&shown, e]))
    };
    let bad = |e: &DecisionsError| {
        let why = said(e, language);
        let text = ReportWord::DecisionsBad.fill(language, &[&shown, &why]);
        match e {
            DecisionsError::OtherJob => Trouble {
                condition: Condition::Refused,
                text,
            },
            _ => Trouble::usage(text),
        }
    };
    let mut text = String::new();
    std::fs::File::open(&path)
        .and_then(|f| f.take(MOST_BYTES + 1).read_to_string(&mut text))
        .map_err(|e| unreadable(&e))?;
    if text.len() as u64 > MOST_BYTES {
        return Err(bad(&DecisionsError::TooMany));
    }
    Decisions::parse_for(&text, &job_identity(key))
        .map(Some)
        .map_err(|e| bad(&e))
}

/// The same, ready to be asked.
pub(super) fn review(
    named: Option<&Path>,
    job: &Path,
    key: &JobKey,
    language: Language,
) -> Result<Review, Trouble> {
    Ok(load(named, job, key, language)?.map_or_else(Review::default, Review::new))
}

fn said(error: &DecisionsError, language: Language) -> String {
    match error {
        DecisionsError::Shape { line, column } => {
            ReportWord::DecisionsShape.fill(language, &[line, column])
        }
        DecisionsError::Kind => ReportWord::DecisionsKind.text(language).into(),
        DecisionsError::Schema { found } => {
            ReportWord::DecisionsSchema.fill(language, &[found, &crate::model::decisions::SCHEMA])
        }
        DecisionsError::Nothing(n) => ReportWord::DecisionsNothing.fill(language, &[n]),
        DecisionsError::TooMany => ReportWord::DecisionsTooMany.text(language).into(),
        DecisionsError::OtherJob => ReportWord::DecisionsOtherJob.text(language).into(),
    }
}
