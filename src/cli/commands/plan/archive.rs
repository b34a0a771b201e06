//! `inkout plan erase --sealed`: the end of a sealed archive, once the terms of all that lies in it are over.
//!
//! The items of such a plan are the archive's key and the parts of its box. What may become of them is what may
//! become of the files in it: the strictest of their decisions stands for all, and a hold on one keeps the whole.
//! From there on it is a plan like any other: approved by two, quarantined, purged, certified.

use super::{
    gather::{self, Globs},
    make::{self, Origin, Terms},
    show,
    start::{Start, refused},
    subject,
};
use crate::cli::shown::Shown;
use crate::{
    cli::{
        Trouble,
        args::plans::PlanErase,
        clock,
        commands::{
            archives::{self, Archives, Borne, Doubt},
            backup,
            scan::store_trouble,
        },
        desk, holds, packages,
        setup::absolute,
    },
    digest::JobKey,
    model::{Action, Decision, Due, Item, Name, OtherDates, Outcome, Plan, SealedArchive, join},
    plan::{self, PlanFile, Seen, Storage, Tally, Wish, identify},
    policy::{Case, Holds, Role, decide},
    reports::Condition,
    seal::{self, Purpose, Record},
    store,
    words::{Language, PackageWord, PlanWord, grouped, size},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// An archive as it lies there, and the plan that it was made by.
struct Archive {
    folder: PathBuf,
    record: Record,
    /// Whether what the record says was left out is borne out; otherwise it counts as lying in it.
    borne: Borne,
    /// Whether its parts are destroyed already, and only its key is left.
    lacks_parts: bool,
    /// Its own key; `None` when it is not destroyed with it.
    key: Option<PathBuf>,
    plan: Plan,
}

pub(super) fn erase(
    args: &PlanErase,
    id: &str,
    mut terms: Terms,
    language: Language,
) -> Result<Vec<Condition>, Trouble> {
    let start = Start::read(&args.plan, &terms, language)?;
    if let Some(why) = &args.key_gone {
        desk::no_values(&[("--key-gone", why.as_str())], &start.detector, language)?;
    }
    let archive = Archive::find(args, id, &start, language)?;
    let mut holds = holds::borne_out(&start.job, language)?;
    subject::refresh(
        &mut holds,
        &start.job,
        &start.detector,
        start.today,
        language,
    )?;
    let (received, receipts) = gather::received(&start.job, &start.keys, start.today, language)?;
    let judged = archive.judge(args, &start, &holds, &received, language)?;
    terms.sealed = Some(archive.named(args.key_gone.clone(), judged.earlier()));
    let (roots, parts) = archive.parts();
    make::protected(&roots, language)?;
    let key = store::load_key(&start.job).map_err(|e| store_trouble(&e, &start.job, language))?;
    let seen = archive.seen(&roots, parts, &judged, &key);
    let origin = Origin {
        inventory: archive.plan.inventory.clone(),
        rules: archive.plan.rules.clone(),
        roots,
        receipts,
        decisions: None,
    };
    let frame = make::frame(Outcome::Erase, &args.plan, terms, origin, &start);
    let wish = Wish::default();
    let built = plan::build(
        frame,
        &start.policy,
        seen,
        &Tally::default(),
        start.today,
        wish,
    );
    let mut built = built.map_err(|e| make::plan_trouble(&e, language))?;
    built
        .totals
        .categories
        .clone_from(&archive.plan.totals.categories);
    built.totals.mixed_percent = archive.plan.totals.mixed_percent;
    key_goes(&archive, &built, language)?;
    let file = PlanFile::new(built).map_err(|e| make::plan_trouble(&e, language))?;
    let conditions = make::finish(&file, &args.plan, &start, 0, language)?;
    judged.say(file.plan(), language)?;
    Ok(conditions)
}

/// Refuses a plan by which parts would go and their key could not: that would not be the end of the archive.
fn key_goes(archive: &Archive, built: &Plan, language: Language) -> Result<(), Trouble> {
    let (Some(path), Some(key)) = (&archive.key, built.items.first()) else {
        return Ok(());
    };
    match key.why {
        Some(why) if built.totals.carried > 0 => {
            let why = show::refusal(why, language);
            let text = PlanWord::SealedKeyStays.fill(language, &[&path.shown(), &why]);
            Err(refused(text))
        }
        _ => Ok(()),
    }
}

/// What may become of the files in an archive, taken together.
struct Judged {
    /// The strictest of their decisions.
    decision: Decision,
    /// Files that may go earlier by the dates of today than by those of the sealing, and the latest day of then.
    sooner: u64,
    latest_then: Option<String>,
    /// Files in it, and how many of them may not go yet.
    files: u64,
    kept: u64,
    kinds: Vec<String>,
    classes: BTreeMap<String, u64>,
    rules: BTreeMap<String, u64>,
}

impl Archive {
    /// Finds an archive that this job sealed, and what was sealed. Nothing of it is decrypted.
    fn find(
        args: &PlanErase,
        id: &str,
        start: &Start,
        language: Language,
    ) -> Result<Self, Trouble> {
        let job = start.job.as_path();
        let known = backup::place(job, id);
        let folder = args.archives.as_ref().map(|dir| absolute(dir).join(id));
        let folder = folder.or_else(|| known.as_ref().map(|(archive, _)| archive.clone()));
        let is_name = !id.is_empty() && !id.contains(['/', '\0']) && id != "..";
        let folder = folder.filter(|f| is_name && f.is_dir());
        let folder =
            folder.ok_or_else(|| Trouble::usage(PackageWord::NoArchive.fill(language, &[&id])))?;
        let wrong = |e| packages::of_archive(&e, &folder, language);
        let record = Record::read(&folder).map_err(wrong)?;
        if record.purpose != Purpose::Seal || record.id != id {
            return Err(Trouble::usage(
                PackageWord::NoArchive.fill(language, &[&id]),
            ));
        }
        // Whoever can write the folder could name other files there, or say that they were left out: the trail knows
        // what was made.
        let told = Archives::read(job, language)?;
        let unknown = || refused(PlanWord::SealedUnknown.fill(language, &[&id]));
        let borne = match told.bears_out(&record, Some(&start.keys), start.today) {
            Ok(borne) => borne,
            Err(Doubt::Unknown) => return Err(unknown()),
            Err(Doubt::Other) => return Err(archives::not_the_made(id, language)),
            Err(Doubt::Signer) => {
                return Err(Trouble {
                    condition: Condition::Unproved,
                    text: PackageWord::RecordSigner.fill(language, &[&id]),
                });
            }
        };
        if told.is_beyond_reach(id, Some(&record)) {
            let text = PackageWord::KeyDestroyed.text(language).to_owned();
            return Err(refused(text));
        }
        told.has_no_other_lock(&record.key, id, language)?;
        if let Some((archive, _)) = &known {
            is_the_one(archive, &folder, &record, language)?;
        }
        let (plans, _) = super::plans(job, language);
        let plan = plans.into_iter().find(|p| {
            let file = PlanFile::new(p.clone());
            file.is_ok_and(|f| f.id() == record.plan)
        });
        let plan = plan.ok_or_else(unknown)?;
        let lacks_parts = told.lacks_parts(id);
        if !lacks_parts {
            seal::stands(&folder, &record).map_err(wrong)?;
        }
        let key = if args.key_gone.is_some() {
            if let Some(path) = archives::key_stands(job, id, &record.key) {
                return Err(archives::key_is_there(&path, id, language));
            }
            None
        } else {
            let given = args.archive_key.as_ref().map(|p| absolute(p));
            let path = given.or_else(|| known.map(|(_, key)| key));
            Some(own_key(path.as_deref(), &record, language)?)
        };
        Ok(Self {
            folder,
            record,
            borne,
            lacks_parts,
            key,
            plan,
        })
    }

    /// The items of the plan of the archive that lie in it.
    fn items(&self) -> impl Iterator<Item = &Item> {
        let left_out = match self.borne {
            Borne::Whole => self.record.left_out.as_slice(),
            Borne::Counts => &[],
        };
        let is_out = |n: u32| left_out.iter().any(|l| l.item == n);
        let sealed = |i: &&Item| i.action == Action::Seal;
        self.plan
            .items
            .iter()
            .filter(sealed)
            .filter(move |i| !is_out(i.number))
    }

    /// What the policy says today of every file in it.
    fn judge(
        &self,
        args: &PlanErase,
        start: &Start,
        holds: &Holds,
        received: &BTreeSet<String>,
        language: Language,
    ) -> Result<Judged, Trouble> {
        let globs = Globs::of(&[], &start.facts, language)?;
        let role = args.plan.role.as_deref().and_then(Role::find);
        let role = role.unwrap_or(start.policy.role);
        let mut all: Option<Judged> = None;
        for item in self.items() {
            let known = start.facts.of(&mut |paths| globs.names(paths, &item.path));
            let mut kinds = item.kinds.clone();
            kinds.extend(known.kinds);
            kinds.sort_unstable();
            kinds.dedup();
            let identity = item.identity.as_ref();
            let case = Case {
                kinds: &kinds,
                role,
                closing: args.plan.closing,
                dates: &known.dates,
                hold: holds.of(&item.path_fp, start.today).map(|h| h.id.as_str()),
                handed_over: identity.is_some_and(|i| received.contains(&i.sha256)),
                today: start.today,
            };
            let decision = decide(&start.policy, &case);
            match &mut all {
                None => all = Some(Judged::of(decision, kinds, item)),
                Some(judged) => judged.add(decision, kinds, item),
            }
        }
        // Of a record that is not borne out to the last byte the number is known, and not which.
        if let (Some(judged), Borne::Counts) = (&mut all, self.borne) {
            judged.files = self.record.files;
            judged.kept = judged.kept.min(self.record.files);
        }
        all.ok_or_else(|| refused(PlanWord::PlanEmpty.text(language).to_owned()))
    }

    /// As a plan names it.
    fn named(&self, without_key: Option<String>, then: Option<OtherDates>) -> SealedArchive {
        let record = &self.record;
        let paths: BTreeSet<String> = self.items().map(|i| i.path_fp.clone()).collect();
        SealedArchive {
            id: record.id.clone(),
            plan: record.plan.clone(),
            created: record.created.clone(),
            index: format!("sha256:{}", record.index),
            files: record.files,
            bytes: record.bytes,
            paths: paths.into_iter().collect(),
            recipients: record.recipients.clone(),
            without_key,
            other_dates: then,
        }
    }

    /// What is to go: the key first, since without it the rest says nothing; under which root each lies.
    fn parts(&self) -> (Vec<Name>, Vec<(u32, Name)>) {
        let name = |path: &Path| Name::new(path.as_os_str().as_bytes());
        let mut roots: Vec<Name> = Vec::new();
        let mut parts = Vec::new();
        let mut add = |folder: &Path, file: Name| {
            let folder = name(&folder.canonicalize().unwrap_or_else(|_| folder.to_owned()));
            let at = roots.iter().position(|r| *r == folder).unwrap_or_else(|| {
                roots.push(folder);
                roots.len() - 1
            });
            parts.push((u32::try_from(at).unwrap_or(0), file));
        };
        if let Some(key) = &self.key
            && let (Some(folder), Some(file)) = (key.parent(), key.file_name())
        {
            add(folder, Name::new(file.as_bytes()));
        }
        let left = if self.lacks_parts {
            &[]
        } else {
            self.record.parts.as_slice()
        };
        for part in left {
            add(&self.folder, Name::from(part.name.as_str()));
        }
        // The folder of the archive is the last of the roots: its record says there what became of it.
        let folder = self.folder.canonicalize();
        let folder = name(folder.as_deref().unwrap_or(&self.folder));
        if roots.last() != Some(&folder) {
            roots.push(folder);
        }
        (roots, parts)
    }

    /// Those as a plan is built from them. What was found in the files is told of the first.
    fn seen(
        &self,
        roots: &[Name],
        parts: Vec<(u32, Name)>,
        judged: &Judged,
        key: &JobKey,
    ) -> Vec<Seen> {
        let (mut classes, mut rules) = (judged.classes.clone(), judged.rules.clone());
        let one = |(root, path): (u32, Name)| {
            let folder = roots.get(root as usize).cloned().unwrap_or_default();
            let whole = join(&folder, &path);
            let file = PathBuf::from(std::ffi::OsStr::from_bytes(whole.bytes()));
            let source = identify(&folder, &path);
            Seen {
                root,
                path,
                shown: file.shown(),
                path_fp: key.name(whole.bytes()).to_string(),
                storage: match &source {
                    Ok(_) => make::storage(&file),
                    Err(_) => Storage::default(),
                },
                source,
                is_read: true,
                classes: std::mem::take(&mut classes),
                rules: std::mem::take(&mut rules),
                kinds: judged.kinds.clone(),
                dates: BTreeMap::new(),
                hold: None,
                is_kept_in: false,
                // What was released to be sealed is released again, or stays.
                is_secret: self.plan.secrecy_release.is_some(),
                marked: None,
                handed_over: false,
                is_of_archive: false,
                decided: Some(judged.decision.clone()),
            }
        };
        parts.into_iter().map(one).collect()
    }
}

/// The key of an archive, from where it lies.
fn own_key(path: Option<&Path>, record: &Record, language: Language) -> Result<PathBuf, Trouble> {
    let none = || {
        let shown = path.map_or_else(String::new, Shown::shown);
        Trouble::usage(PlanWord::SealedNoKey.fill(language, &[&record.id, &shown]))
    };
    // What a link leads to would stand when the link is gone.
    let is_file = |p: &&Path| p.symlink_metadata().is_ok_and(|m| m.is_file());
    let path = path.filter(is_file).ok_or_else(none)?;
    let identity = packages::identity(path, language)?;
    if identity.recipient().to_string() == record.key {
        return Ok(path.to_owned());
    }
    let text = PackageWord::KeyFileOther.fill(language, &[&path.shown(), &record.id]);
    Err(refused(text))
}

/// Refuses a copy while the archive itself stands where it lay: it would be the copy that ends, and the archive that
/// is called destroyed.
fn is_the_one(
    known: &Path,
    folder: &Path,
    record: &Record,
    language: Language,
) -> Result<(), Trouble> {
    if !backup::is_copy(known, folder, record) {
        return Ok(());
    }
    let text = PlanWord::SealedOtherPlace.fill(language, &[&record.id, &known.shown()]);
    Err(refused(text))
}

impl Judged {
    fn of(decision: Decision, kinds: Vec<String>, item: &Item) -> Self {
        let (sooner, latest_then) = sooner(&decision, item);
        Self {
            kept: u64::from(decision.due != Due::Due),
            sooner,
            latest_then,
            decision,
            files: 1,
            kinds,
            classes: item.classes.clone(),
            rules: item.rules.clone(),
        }
    }

    fn add(&mut self, decision: Decision, kinds: Vec<String>, item: &Item) {
        self.files += 1;
        self.kept += u64::from(decision.due != Due::Due);
        let (sooner, then) = sooner(&decision, item);
        self.sooner += sooner;
        // Days as text sort as days do.
        self.latest_then = self.latest_then.take().max(then);
        if strictness(&decision) > strictness(&self.decision) {
            self.decision = decision;
        }
        self.kinds.extend(kinds);
        self.kinds.sort_unstable();
        self.kinds.dedup();
        for (all, these) in [
            (&mut self.classes, &item.classes),
            (&mut self.rules, &item.rules),
        ] {
            for (id, n) in these {
                *all.entry(id.clone()).or_default() += n;
            }
        }
    }

    /// What the dates of the sealing said, when those of today let files go earlier.
    fn earlier(&self) -> Option<OtherDates> {
        let then = self.latest_then.clone().filter(|_| self.sooner > 0)?;
        Some(OtherDates {
            files: self.sooner,
            then,
            now: self.decision.earliest.clone(),
        })
    }

    /// Says by which article the archive may go, or until when and by which it may not.
    fn say(&self, plan: &Plan, language: Language) -> Result<(), Trouble> {
        let mut out = std::io::stdout().lock();
        let (files, kept) = (grouped(self.files), grouped(self.kept));
        let text = if self.kept == 0 {
            PlanWord::SealedDue.fill(language, &[&files])
        } else {
            PlanWord::SealedKept.fill(language, &[&files, &kept])
        };
        writeln!(out, "{text}")?;
        if let Some(item) = plan.items.first() {
            writeln!(out, "  {}", show::state(item, language))?;
        }
        Ok(())
    }
}

/// Whether a file may go earlier by a decision of today than by that of the sealing; the day of then.
fn sooner(now: &Decision, sealed: &Item) -> (u64, Option<String>) {
    match (&sealed.decision.earliest, &now.earliest) {
        (Some(then), Some(now)) if now < then => (1, Some(then.clone())),
        _ => (0, None),
    }
}

/// How strictly a decision keeps: a hold before what nobody knows, that before what is for ever, and of days
/// the latest.
fn strictness(decision: &Decision) -> (u8, Option<&str>) {
    let earliest = decision.earliest.as_deref();
    match decision.due {
        _ if decision.hold.is_some() => (4, None),
        Due::Unknown => (3, None),
        Due::NotDue if earliest.is_none() => (2, None),
        Due::NotDue => (1, earliest),
        Due::Due => (0, earliest),
    }
}

/// One line on the archive that a plan destroys.
pub(in crate::cli) fn line(sealed: &SealedArchive, language: Language) -> String {
    let day = clock::day_in_china(&sealed.created);
    let counts = (grouped(sealed.files), size(sealed.bytes));
    PlanWord::PlanSealed.fill(language, &[&sealed.id, &day, &counts.0, &counts.1])
}

/// What is to be said of an archive that is judged by other dates than at its sealing.
pub(in crate::cli) fn other_dates(sealed: &SealedArchive, language: Language) -> Option<String> {
    let other = sealed.other_dates.as_ref()?;
    let now = other.now.as_deref().unwrap_or("–");
    let counts = grouped(other.files);
    Some(PlanWord::PlanOtherDates.fill(language, &[&counts, &other.then, &now]))
}
