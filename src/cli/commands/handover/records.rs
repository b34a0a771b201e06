//! What is remembered of a hand-over: lines of the trail and the result that certificates are made from.
//!
//! The result is written before the package gets its name, under a name that nothing reads, and renamed after.
//! A run that was cut off in between is finished by the next one.

use super::{Desk, packages::digits, refused};
use crate::cli::shown::Shown as _;
use crate::{
    approve::Approved,
    cli::{
        Trouble, clock,
        desk::{self, Ledger, Standing},
        packages::{self, RUNS},
    },
    handover::{HandoverError, Manifest, PART_LIST, package::Made},
    keys::Signer,
    model::{
        Action, Actor, Event, ItemResult, Medium, RUN_SCHEMA, RemainingCopy, RunResult,
        canonical_file,
    },
    reports::Condition,
    words::{Language, PackageWord},
};
use std::path::{Path, PathBuf};

pub(super) struct Records<'a> {
    desk: &'a Desk<'a>,
    actor: Actor,
    approvals: Vec<String>,
    started: String,
}

impl<'a> Records<'a> {
    pub(super) fn new(desk: &'a Desk<'a>, signer: &Signer, approved: &Approved<'_>) -> Self {
        Self {
            desk,
            actor: Actor {
                key: signer.id(),
                role: desk.args.role.clone(),
            },
            approvals: approved.keys(),
            started: clock::now(),
        }
    }

    fn language(&self) -> Language {
        self.desk.language
    }

    fn event(&self, name: &str) -> Event {
        let plan = self.desk.plan;
        let mut event = Event::new(name, &clock::now());
        event.plan = Some(self.desk.id.to_owned());
        event.ticket = Some(plan.ticket.clone());
        event.operator = Some(self.actor.clone());
        event.approvals.clone_from(&self.approvals);
        event.reason = Some(plan.reason.clone());
        event.legal_basis = Some(plan.legal_basis.clone());
        event.notice_ref.clone_from(&plan.notice_ref);
        event.consent_ref.clone_from(&plan.consent_ref);
        event
    }

    /// Notes that it begins, and gives the checkpoint that the package carries.
    pub(super) fn begin(&self, ledger: &mut Ledger) -> Result<String, Trouble> {
        let mut event = self.event("handover.begun");
        let carried = self.desk.plan.carried().count() as u64;
        event.counts.insert("files".into(), carried);
        ledger.record(&event)?;
        ledger.checkpoint()
    }

    fn pending(&self) -> PathBuf {
        let name = format!("handover-{}.pending", digits(self.desk.id));
        self.desk.job.join(RUNS).join(name)
    }

    /// Writes the result before the package gets its name.
    pub(super) fn remember(&self, manifest: &Manifest, package: &str) -> Result<(), HandoverError> {
        let result = self.result(manifest, package);
        let bytes = canonical_file(&result).map_err(|e| HandoverError::Text("result", e))?;
        desk::write(&self.pending(), &bytes, Standing::Replace, self.language())
            .map_err(|e| HandoverError::Records(e.text))
    }

    fn result(&self, manifest: &Manifest, package: &str) -> RunResult {
        let items = self.desk.plan.items.iter().map(|item| {
            let file = manifest.files.iter().find(|f| f.item == item.number);
            let missing = manifest.missing.iter().find(|m| m.item == item.number);
            let refused = (item.action == Action::Refused).then(|| "refused".to_owned());
            ItemResult {
                item: item.number,
                done: file.is_some(),
                why: missing
                    .map(|m| m.why.clone())
                    .or(refused)
                    .filter(|_| file.is_none()),
                grade: None,
                medium: Medium::Unknown,
                bytes: file.map_or(0, |f| f.bytes),
                verified: file.map_or(0, |f| f.bytes),
                moved: 0,
                passes: 0,
                residue: None,
                notes: Vec::new(),
            }
        });
        let method = match self.desk.args.container {
            crate::cli::args::packages::Container::SevenZ => "7z-aes256",
            crate::cli::args::packages::Container::Age => "age",
            crate::cli::args::packages::Container::ZipAes => "zip-aes256",
            crate::cli::args::packages::Container::None => "plain-bag",
        };
        RunResult {
            schema: RUN_SCHEMA,
            run: format!("handover-{}", digits(package)),
            plan: self.desk.id.to_owned(),
            outcome: crate::model::Outcome::HandOver,
            started: self.started.clone(),
            ended: clock::now(),
            operator: self.actor.clone(),
            verifier: None,
            approvals: self.approvals.clone(),
            host_fp: String::new(),
            system: String::new(),
            method: vec![method.to_owned(), "opened-and-compared".to_owned()],
            devices: Vec::new(),
            items: items.collect(),
            remaining: vec![RemainingCopy {
                kind: "handed-over".to_owned(),
                id: package.to_owned(),
                until: None,
            }],
            digests: [("package".to_owned(), package.to_owned())].into(),
            notes: Vec::new(),
        }
    }

    /// Gives the result its name and notes the end.
    pub(super) fn finish(&self, ledger: &mut Ledger, made: &Made) -> Result<(), Trouble> {
        let mut event = self.event("handover.made");
        event.run = Some(format!("handover-{}", digits(&made.package)));
        event.digests.insert("package".into(), made.package.clone());
        let numbers = [
            ("files", made.manifest.files.len()),
            ("missing", made.manifest.missing.len()),
            ("parts", made.parts.len()),
        ];
        for (name, count) in numbers {
            event.counts.insert(name.into(), count as u64);
        }
        event.counts.insert("persons".into(), made.manifest.persons);
        ledger.record(&event)?;
        packages::step("handover.recorded");
        self.name(&made.package)?;
        ledger.checkpoint()?;
        Ok(())
    }

    fn name(&self, package: &str) -> Result<(), Trouble> {
        let run = format!("handover-{}.json", digits(package));
        Ok(std::fs::rename(
            self.pending(),
            self.desk.job.join(RUNS).join(run),
        )?)
    }

    /// Of a package that is there already: finishes what a run that was cut off did not write.
    pub(super) fn finish_earlier(&self, folder: &Path) -> Result<Vec<Condition>, Trouble> {
        let language = self.language();
        let shown = folder.shown();
        if !self.pending().exists() {
            return Err(refused(
                PackageWord::MadeBeforePlain.fill(language, &[&shown]),
            ));
        }
        let list = desk::read(&folder.join(PART_LIST), language)?;
        let list: crate::handover::PartList =
            crate::model::read_canonical(&list, crate::handover::PartList::SCHEMA)
                .map_err(|e| desk::bad_file(&folder.join(PART_LIST), &e, language))?;
        let mut ledger = Ledger::open(self.desk.job, language)?;
        let mut event = self.event("handover.made");
        event.run = Some(format!("handover-{}", digits(&list.package)));
        event.digests.insert("package".into(), list.package.clone());
        event.counts.insert("parts".into(), list.parts.len() as u64);
        ledger.record(&event)?;
        // What could not be carried then is missing now, too.
        let lacking = self.lacking(&list.package)?;
        self.name(&list.package)?;
        ledger.checkpoint()?;
        let cleared = crate::handover::package::tidy(&self.desk.out, self.desk.id)
            .map_err(|e| packages::of_package(&e, &self.desk.out, language))?;
        packages::tell_cleared(cleared, &self.desk.out, language);
        desk::say(&PackageWord::MadeBefore.fill(language, &[&shown]));
        if lacking == 0 {
            return Ok(Vec::new());
        }
        let said = PackageWord::MadeBeforeLacks.fill(language, &[&lacking]);
        desk::say(&said);
        Ok(vec![Condition::Incomplete])
    }

    /// Files of the plan that the run which was cut off could not put into its package.
    fn lacking(&self, package: &str) -> Result<usize, Trouble> {
        let path = self.pending();
        let text = desk::read(&path, self.language())?;
        let result: crate::model::RunResult =
            crate::model::read_canonical(&text, u64::from(crate::model::RUN_SCHEMA))
                .map_err(|e| desk::bad_file(&path, &e, self.language()))?;
        let same = result.digests.get("package").is_none_or(|p| p == package);
        let planned: std::collections::BTreeSet<u32> =
            self.desk.plan.carried().map(|i| i.number).collect();
        let lost = |i: &&crate::model::ItemResult| !i.done && planned.contains(&i.item);
        let lost = result.items.iter().filter(lost).count();
        Ok(if same { lost } else { lost.max(1) })
    }
}
