//! A plan with everything that says whether it may be carried out now, from the job folder.

use super::{
    Trouble,
    args::plans::{JobArgs, ReadyArgs},
    desk::{self, Ready},
};
use crate::{approve::Approved, keys::KeyList, plan::PlanFile, words::Language};
use std::path::Path;

/// What a plan is held against, read.
pub(super) struct Desk(Ready);

/// Reads a plan.
pub(super) fn plan(path: &Path, language: Language) -> Result<PlanFile, Trouble> {
    desk::plan(path, language)
}

impl Desk {
    /// Reads the plan and the papers of its job.
    pub(super) fn read(path: &Path, job: &Path, language: Language) -> Result<Self, Trouble> {
        let args = ReadyArgs {
            plan: path.to_owned(),
            job: JobArgs {
                job: Some(job.to_owned()),
            },
            keys: None,
            approval: Vec::new(),
        };
        Ok(Self(Ready::read(&args, language)?))
    }

    /// The plan.
    pub(super) fn file(&self) -> &PlanFile {
        self.0.file()
    }

    /// Keeps the approvals that count with the job's own copy of the plan.
    pub(super) fn keep_papers(&self, approved: &Approved<'_>) -> Result<(), Trouble> {
        self.0.keep_papers(approved)
    }

    /// The list of keys.
    pub(super) fn keys(&self) -> &KeyList {
        self.0.keys()
    }

    /// The plan, if it may be carried out at this time.
    pub(super) fn approved(&self, time: &str) -> Result<Approved<'_>, Trouble> {
        self.0.approved_at(time)
    }
}
