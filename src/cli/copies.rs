//! Redacted copies of some files of a plan, for the verbs that put them in a package, an archive or in place of
//! the files.

use super::{
    Trouble, args::Walk, log::Log, masks::Masks, packages::refused, progress, setup::Setup,
};
use crate::cli::shown::Shown as _;
use crate::{
    apply::place::Place,
    detect::Detector,
    digest::JobKey,
    formats::Legacies,
    handover::Redaction,
    model::{Item, Name, Plan},
    pipeline::{self, Copied, Copies, Outcome, Progress},
    policy::Policy,
    rules::{Profile, Rule, RuleSet, tags},
    scan::Reader,
    walk::{Options, Walker},
    words::{Language, PackageWord, Word},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A copy that passed its checks.
#[derive(Debug, Clone)]
pub(super) struct Made {
    /// Its path under the folder of the copies: that of the file under its root, with findings masked.
    pub path: Name,
    /// Where it lies.
    pub source: PathBuf,
    /// SHA-256.
    pub sha256: String,
    /// What was masked; empty when nothing was found.
    pub redactions: Vec<Redaction>,
}

/// What copies are made of, and where.
pub(super) struct Making<'a> {
    pub plan: &'a Plan,
    /// Id of the plan.
    pub id: &'a str,
    /// New or empty folder outside of what is read.
    pub folder: &'a Path,
    /// Folders that are not looked into.
    pub leave_out: Vec<PathBuf>,
    /// What becomes of formats that cannot be written.
    pub legacies: Legacies,
    pub quiet: bool,
    pub language: Language,
}

/// The roots of a plan as paths.
pub(super) fn roots(plan: &Plan) -> Vec<PathBuf> {
    plan.roots
        .iter()
        .map(|r| PathBuf::from(std::ffi::OsStr::from_bytes(r.bytes())))
        .collect()
}

/// Rules and limits, when they are those that the plan was made with.
pub(super) fn setup(
    plan: &Plan,
    rules: &[PathBuf],
    threads: Option<usize>,
    language: Language,
) -> Result<Setup, Trouble> {
    let walk = Walk {
        paths: roots(plan),
        threads,
        rules: rules.to_vec(),
        ..Walk::default()
    };
    let setup = Setup::new(&walk, language)?;
    let digest = &setup.detector.rules().digest;
    let same = plan.rules.digest.rsplit(':').next() == digest.rsplit(':').next();
    if same {
        Ok(setup)
    } else {
        Err(refused(PackageWord::OtherRules.text(language).to_owned()))
    }
}

impl Making<'_> {
    /// Makes copies of these items; of every item its copy, or why there is none.
    pub(super) fn copies(
        &self,
        setup: &Setup,
        detector: &Detector,
        key: &JobKey,
        (profile, masks): (Profile, &Masks),
        items: &[&Item],
    ) -> Result<BTreeMap<u32, Result<Made, String>>, Trouble> {
        let place = Place::new(self.folder, &roots(self.plan), self.id).map_err(|e| {
            let shown = self.folder.shown();
            refused(PackageWord::SystemFailed.fill(self.language, &[&shown, &e]))
        })?;
        let mut limits = setup.limits.clone();
        limits.legacy = self.legacies;
        let copies = Copies {
            reader: Reader {
                detector,
                key,
                limits: &limits,
            },
            profile,
            place: &place,
        };
        let mut waiting: BTreeMap<(u32, Name), &Item> = items
            .iter()
            .map(|i| ((i.root, i.path.clone()), *i))
            .collect();
        let options = Options {
            leave_out: self.leave_out.clone(),
            ..Options::default()
        };
        let wanted: BTreeSet<(u32, Name)> = waiting.keys().cloned().collect();
        let walker = Walker::new(roots(self.plan), &options)
            .map(|w| w.only(wanted))
            .map_err(|e| Trouble::glob(&e, self.language))?;
        let mut out = BTreeMap::new();
        let mut unwritten = None;
        let counters = Progress::default();
        progress::shown(&counters, Log::plain(self.language, self.quiet), || {
            pipeline::redact(walker, setup.threads, copies, &counters, &mut |copied| {
                let at = (copied.record.root, copied.record.path.clone());
                if let Outcome::Unwritten(why) = &copied.outcome {
                    // That is no reason to leave a file out: nothing can be made here.
                    unwritten = Some(why.clone());
                } else if let Some(item) = waiting.remove(&at) {
                    let made = made(item, &copied, self.folder, detector, masks);
                    out.insert(item.number, made);
                }
                unwritten.is_none()
            })
        })?;
        if let Some(why) = unwritten {
            let shown = self.folder.shown();
            let text = PackageWord::SystemFailed.fill(self.language, &[&shown, &why]);
            return Err(Trouble::failed(text));
        }
        let gone = waiting.into_values();
        out.extend(gone.map(|i| (i.number, Err("gone".to_owned()))));
        Ok(out)
    }

    /// Copies of the items of which a part must go although the rest is kept: without the values of the kinds
    /// whose maximum is over and that no minimum keeps.
    ///
    /// Items of which nothing is found that the rules tell apart are not among them.
    pub(super) fn remainders(
        &self,
        setup: &Setup,
        policy: &Policy,
        key: &JobKey,
    ) -> Result<BTreeMap<u32, Result<Made, String>>, Trouble> {
        let mut groups: BTreeMap<BTreeSet<String>, Vec<&Item>> = BTreeMap::new();
        for item in self.plan.carried().filter(|i| i.decision.redact_rest) {
            let rules = rest_rules(policy, item, setup.detector.rules());
            if !rules.is_empty() {
                groups.entry(rules).or_default().push(item);
            }
        }
        let mut out = BTreeMap::new();
        for (number, (rules, items)) in groups.into_iter().enumerate() {
            let all = setup.detector.rules();
            let masks = Masks::new("label", &BTreeMap::new(), policy, &all.rules);
            let detector = Detector::new(Arc::new(all.clone()), 50)
                .map_err(|e| Trouble::usage(Word::BadRules.fill(self.language, &[&e])))?
                .on(&super::clock::now())
                .with_only(&rules);
            let folder = self.folder.join(number.to_string());
            let making = Making {
                folder: &folder,
                leave_out: self.leave_out.clone(),
                // What must be kept is kept in its own format.
                legacies: Legacies::Withhold,
                ..*self
            };
            let how = (Profile::Label, &masks);
            let mut made = making.copies(setup, &detector, key, how, &items)?;
            made.retain(|_, m| !m.as_ref().is_ok_and(|m| m.redactions.is_empty()));
            out.extend(made);
        }
        Ok(out)
    }
}

/// Rules of the kinds that are to go, but for those of the kinds that are kept.
fn rest_rules(policy: &Policy, item: &Item, rules: &RuleSet) -> BTreeSet<String> {
    let rest = &item.decision.rest;
    let kept: Vec<String> = (item.kinds.iter())
        .filter(|k| !rest.contains(k))
        .cloned()
        .collect();
    let of = |kinds: &[String]| -> BTreeSet<String> {
        let kinds = kinds.iter().filter_map(|k| policy.kind(k));
        kinds
            .flat_map(|kind| {
                let is = |r: &&Rule| kind.is_made_by(&r.id, &tags::with_implied(&r.tags));
                rules.rules.iter().filter(is)
            })
            .map(|r| r.id.clone())
            .collect()
    };
    let kept = of(&kept);
    of(rest).into_iter().filter(|r| !kept.contains(r)).collect()
}

fn made(
    item: &Item,
    copied: &Copied,
    folder: &Path,
    detector: &Detector,
    masks: &Masks,
) -> Result<Made, String> {
    let identity = item.identity.as_ref().ok_or("unreadable")?;
    if copied
        .before
        .as_ref()
        .is_some_and(|b| *b != identity.sha256)
    {
        return Err("changed".to_owned());
    }
    let (path, sha256) = match &copied.outcome {
        Outcome::Redacted { path, digest, .. } | Outcome::Unchanged { path, digest } => {
            (path, digest)
        }
        Outcome::Withheld(kind, _) => return Err(format!("withheld-{}", kind.id())),
        Outcome::Residue(_) => return Err("residue".to_owned()),
        Outcome::Excluded | Outcome::Unwritten(_) => return Err("gone".to_owned()),
    };
    Ok(Made {
        path: path.clone(),
        source: folder.join(std::ffi::OsStr::from_bytes(path.bytes())),
        sha256: sha256.clone(),
        redactions: redactions(copied, detector, masks),
    })
}

/// What was masked in a copy, by rule.
fn redactions(copied: &Copied, detector: &Detector, masks: &Masks) -> Vec<Redaction> {
    let mut counts: BTreeMap<u16, u64> = BTreeMap::new();
    let places = copied.record.entries.iter().flat_map(|e| &e.places);
    for count in places.flat_map(|p| &p.counts) {
        *counts.entry(count.rule).or_default() += count.found;
    }
    let of = |(rule, count): (u16, u64)| {
        let rule = &detector.rule(rule)?.id;
        Some(Redaction {
            rule: rule.clone(),
            mode: masks.of(rule).id().to_owned(),
            count,
        })
    };
    counts.into_iter().filter_map(of).collect()
}
