//! A plan with everything that says whether it may be carried out now, from the job folder.

use super::Trouble;
use crate::{
    approve::{self, Against, Approved, Paper},
    keys::{KeyList, Signer},
    model::Moment,
    plan::PlanFile,
    policy::Holds,
    reports::Condition,
    words::{EraseWord, Language},
};
use std::{fs, io, path::Path};

/// Name of the list of keys in the job folder.
const KEYS: &str = "keys.json";
/// Name of the book of holds.
const HOLDS: &str = "holds.json";
/// Name of the folder of requests and approvals.
const APPROVALS: &str = "approvals";

/// What a plan is held against, read.
#[derive(Debug)]
pub(super) struct Desk {
    plan: PlanFile,
    papers: Vec<Paper>,
    keys: KeyList,
    holds: Holds,
}

fn refused(text: String) -> Trouble {
    Trouble {
        condition: Condition::Refused,
        text,
    }
}

/// Reads a plan.
pub(super) fn plan(path: &Path, language: Language) -> Result<PlanFile, Trouble> {
    let bad = |e: &dyn std::fmt::Display| Trouble::usage(EraseWord::BadPlan.fill(language, &[e]));
    let bytes = fs::read(path).map_err(|e| bad(&e))?;
    PlanFile::read(bytes).map_err(|e| bad(&e))
}

impl Desk {
    /// Reads the plan and the papers of its job.
    pub(super) fn read(path: &Path, job: &Path, language: Language) -> Result<Self, Trouble> {
        let bad = |what: &str, e: &dyn std::fmt::Display| {
            Trouble::usage(EraseWord::BadJob.fill(language, &[&what, e]))
        };
        let keys = fs::read(job.join(KEYS)).map_err(|e| bad(KEYS, &e))?;
        let holds = match fs::read(job.join(HOLDS)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Holds::default(),
            other => {
                let bytes = other.map_err(|e| bad(HOLDS, &e))?;
                Holds::from_bytes(&bytes).map_err(|e| bad(HOLDS, &e))?
            }
        };
        let mut papers = Vec::new();
        let list = fs::read_dir(job.join(APPROVALS)).map_err(|e| bad(APPROVALS, &e))?;
        for entry in list {
            let bytes = entry.and_then(|e| fs::read(e.path()));
            // A paper that cannot be read counts for nothing; there may be others.
            papers.extend(bytes.ok().and_then(|b| Paper::from_bytes(&b).ok()));
        }
        Ok(Self {
            plan: plan(path, language)?,
            papers,
            keys: KeyList::from_bytes(&keys).map_err(|e| bad(KEYS, &e))?,
            holds,
        })
    }

    /// The plan.
    pub(super) fn file(&self) -> &PlanFile {
        &self.plan
    }

    /// The plan, if it may be carried out at this time.
    pub(super) fn approved(&self, time: &str, language: Language) -> Result<Approved<'_>, Trouble> {
        let no = |e: &dyn std::fmt::Display| refused(EraseWord::NotApproved.fill(language, &[e]));
        let now = Moment::parse(time).ok_or_else(|| no(&time))?;
        let against = Against {
            keys: &self.keys,
            policy: &self.plan.plan().policy.digest,
            holds: &self.holds,
            now,
        };
        approve::check(&self.plan, &self.papers, &against).map_err(|e| no(&e))
    }
}

/// The operator's key.
pub(super) fn signer(path: &Path, language: Language) -> Result<Signer, Trouble> {
    let bad = |e: &dyn std::fmt::Display| Trouble::usage(EraseWord::BadKey.fill(language, &[e]));
    let text = fs::read_to_string(path).map_err(|e| bad(&e))?;
    Signer::from_file(&text, None).map_err(|e| bad(&e))
}
