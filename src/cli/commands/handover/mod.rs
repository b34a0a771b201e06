//! `inkout handover`: a package for the recipient, from an approved plan.

mod copies;
mod look;
mod records;
mod texts;

use crate::cli::shown::Shown as _;
use crate::{
    cli::{
        Trouble,
        args::packages::{Container, Handover},
        clock,
        copies::{self as cli_copies, roots},
        desk::{self, Ledger, Ready},
        masks::Masks,
        packages::{self, SECRETS, digits, refused},
        secret,
        setup::{Setup, absolute, random},
    },
    containers::{Identity, Key, Kind, Lock, Passphrase, Recipient},
    handover::{
        Manifest,
        package::{self, Made, Order, Work},
    },
    model::{Action, Name, Outcome, Plan},
    reports::Condition,
    rules::Profile,
    store,
    words::{Language, PackageWord, grouped, size},
};
use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// What every step works with.
struct Desk<'a> {
    args: &'a Handover,
    language: Language,
    quiet: bool,
    job: &'a Path,
    out: PathBuf,
    plan: &'a Plan,
    id: &'a str,
}

/// How values are masked, and the profile that copies are made with for it.
struct How {
    masks: Masks,
    profile: Profile,
}

impl Desk<'_> {
    fn say(&self, text: &str) {
        if !self.quiet {
            desk::say(text);
        }
    }
}

pub(in crate::cli) fn run(
    args: &Handover,
    language: Language,
    quiet: bool,
) -> Result<Vec<Condition>, Trouble> {
    let ready = Ready::read(&args.ready, language)?;
    let approved = ready.approved()?;
    let plan = approved.plan();
    if plan.outcome != Outcome::HandOver {
        return Err(Trouble::usage(PackageWord::NotForHandover.text(language)));
    }
    desk::no_values_builtin(&[("--from", &args.from)], language)?;
    let signer = desk::listed(&args.key, &args.role, ready.keys(), language)?;
    let desk = Desk {
        args,
        language,
        quiet,
        job: &ready.job,
        out: absolute(&args.out),
        plan,
        id: approved.id(),
    };
    apart(&desk)?;
    let records = records::Records::new(&desk, &signer, &approved);
    if let Some(folder) = package::find(&desk.out, desk.id) {
        return records.finish_earlier(&folder);
    }
    let locks = Locks::new(&desk)?;
    let mut setup = setup(&desk)?;
    let masks = masks(&desk, &setup)?;
    let (detector, profile) = masks.clone().laid_on(setup.detector);
    setup.detector = detector;
    let how = How { masks, profile };
    let key = store::load_key(desk.job)
        .map_err(|e| super::scan::store_trouble(&e, desk.job, language))?;
    let wrong = |e| packages::of_package(&e, &desk.out, language);
    let work = Work::begin(&desk.out, desk.id).map_err(wrong)?;
    packages::tell_cleared(work.cleared(), &desk.out, language);
    let mut ledger = Ledger::open(desk.job, language)?;
    ready.keep_papers(&approved)?;
    let checkpoint = records.begin(&mut ledger)?;
    packages::step("handover.begun");
    desk.say(&PackageWord::StepScan.fill(language, &[&grouped(plan.carried().count() as u64)]));
    let seen = look::look(&desk, &setup, &key)?;
    let (pieces, mut missing) = copies::pieces(&desk, &setup, &how, &key, &work)?;
    missing.extend(refused_by_plan(plan));
    packages::step("handover.copied");
    let mut manifest = manifest(&desk, &approved, checkpoint);
    manifest.missing = missing;
    manifest.found.clone_from(&seen.found);
    manifest.persons = seen.persons.len() as u64;
    if let Some(path) = &args.readable_list {
        look::readable(&desk, &seen, path, &locks)?;
    }
    let order = Order {
        out: &desk.out,
        plan: desk.id,
        boxed: locks.boxed(),
        volume: args.volume_size,
        seed: random()?,
        signer: &signer,
        texts: texts::inside(&seen),
        beside: texts::beside(args.container, language),
        info: texts::info(&manifest),
        step: &packages::step,
        ready: &|manifest, package| records.remember(manifest, package),
    };
    desk.say(PackageWord::StepBox.text(language));
    let made = package::make(&work, &order, pieces, manifest).map_err(wrong)?;
    drop(work);
    records.finish(&mut ledger, &made)?;
    said(&desk, &made, &locks)?;
    Ok(conditions(&made))
}

/// Refuses an output folder inside of what is read, or around it.
fn apart(desk: &Desk<'_>) -> Result<(), Trouble> {
    let real = |p: &Path| {
        let existing = p
            .ancestors()
            .find_map(|a| Some((a, a.canonicalize().ok()?)));
        existing.map_or_else(
            || p.to_path_buf(),
            |(a, real)| real.join(p.strip_prefix(a).unwrap_or(Path::new(""))),
        )
    };
    let out = real(&desk.out);
    for root in roots(desk.plan) {
        let root = real(&root);
        if out.starts_with(&root) || root.starts_with(&out) {
            let text = PackageWord::OutInSource.fill(desk.language, &[&desk.args.out.shown()]);
            return Err(refused(text));
        }
    }
    Ok(())
}

/// Rules and limits, when they are those that the plan was made with.
fn setup(desk: &Desk<'_>) -> Result<Setup, Trouble> {
    let (args, plan) = (desk.args, desk.plan);
    let mut setup = cli_copies::setup(plan, &args.rules, args.threads, desk.language)?;
    setup.limits.unread = crate::formats::Unread {
        pictures: args.pictures,
        objects: args.objects,
    };
    // Recipients need not know where things lay: a root is shown by its number, as in the bag.
    let numbers = 1..=plan.roots.len();
    setup.roots = numbers
        .map(|n| Name::from(n.to_string().as_str()))
        .collect();
    Ok(setup)
}

/// How the plan has values masked.
fn masks(desk: &Desk<'_>, setup: &Setup) -> Result<Masks, Trouble> {
    let (policy, _) = desk::policy(&desk.plan.policy.name, desk.language)?;
    let terms = desk.plan.handover.clone();
    let (all, others) = terms.map(|t| (t.copies, t.masks)).unwrap_or_default();
    Ok(Masks::new(
        &all,
        &others,
        &policy,
        &setup.detector.rules().rules,
    ))
}

/// What locks the package and what opens it again for the check.
pub(super) struct Locks {
    container: Container,
    passphrase: Option<(Passphrase, Option<PathBuf>)>,
    recipients: Vec<Recipient>,
    /// In memory only: for the check of a package that is locked to others' keys.
    own: Option<[Identity; 1]>,
    typed: Vec<String>,
}

impl Locks {
    fn new(desk: &Desk<'_>) -> Result<Self, Trouble> {
        let (args, language) = (desk.args, desk.language);
        let mut out = Self {
            container: args.container,
            passphrase: None,
            recipients: packages::recipients(&args.recipient, language)?,
            own: None,
            typed: args.recipient.clone(),
        };
        if !args.recipient.is_empty() && args.container != Container::Age {
            return Err(Trouble::usage(PackageWord::WrongLock.text(language)));
        }
        if !out.recipients.is_empty() {
            let own = Identity::generate();
            out.recipients.push(own.recipient());
            out.own = Some([own]);
        } else if args.container != Container::None || args.readable_list.is_some() {
            out.passphrase = Some(passphrase(desk)?);
        }
        Ok(out)
    }

    /// Kind, lock and key; `None` for a plain bag.
    fn boxed(&self) -> Option<(Kind, Lock<'_>, Key<'_>)> {
        let kind = match self.container {
            Container::SevenZ => Kind::SevenZ,
            Container::Age => Kind::Age,
            Container::ZipAes => Kind::ZipAes,
            Container::None => return None,
        };
        self.lock().map(|(lock, key)| (kind, lock, key))
    }

    /// Lock and key, also of a plain bag's readable list.
    pub(super) fn lock(&self) -> Option<(Lock<'_>, Key<'_>)> {
        match (&self.own, &self.passphrase) {
            (Some(own), _) => Some((Lock::Recipients(&self.recipients), Key::Identities(own))),
            (None, Some((p, _))) => Some((Lock::Passphrase(p), Key::Passphrase(p))),
            (None, None) => None,
        }
    }
}

/// The user's own pass phrase, or one that is made and kept before anything is locked with it. One that an
/// interrupted run of the plan made is taken again.
fn passphrase(desk: &Desk<'_>) -> Result<(Passphrase, Option<PathBuf>), Trouble> {
    let (args, language) = (desk.args, desk.language);
    let wrong = |e| packages::of_box(&e, &desk.out, language);
    if let Some(path) = &args.passphrase_file {
        let line = secret::first_line(path, language)?;
        return Ok((Passphrase::own(&line).map_err(wrong)?, None));
    }
    let path = match &args.passphrase_out {
        Some(path) => absolute(path),
        None => desk
            .job
            .join(SECRETS)
            .join(format!("{}.passphrase", digits(desk.id))),
    };
    if path.exists() {
        let line = secret::first_line(&path, language)?;
        return Ok((Passphrase::own(&line).map_err(wrong)?, Some(path)));
    }
    let bytes = [random()?, random()?].concat();
    let made = Passphrase::generate(&bytes)
        .ok_or_else(|| Trouble::failed(std::io::ErrorKind::Other.to_string()))?;
    let line = Zeroizing::new(format!("{}\n", made.reveal()));
    desk::write(&path, line.as_bytes(), desk::Standing::Refuse, language)?;
    Ok((made, Some(path)))
}

/// The items that the plan itself leaves out.
fn refused_by_plan(plan: &Plan) -> impl Iterator<Item = crate::handover::Missing> + '_ {
    plan.items
        .iter()
        .filter(|i| i.action == Action::Refused)
        .map(|i| crate::handover::Missing {
            item: i.number,
            why: i.why.map_or("refused", |w| w.id()).to_owned(),
        })
}

fn manifest(
    desk: &Desk<'_>,
    approved: &crate::approve::Approved<'_>,
    checkpoint: String,
) -> Manifest {
    let plan = desk.plan;
    let terms = plan.handover.clone();
    let of =
        |get: fn(crate::model::HandOverTerms) -> String| terms.clone().map(get).unwrap_or_default();
    Manifest {
        schema: Manifest::SCHEMA,
        from: desk.args.from.clone(),
        to: of(|t| t.recipient),
        purpose: of(|t| t.purpose),
        legal_basis: plan.legal_basis.clone(),
        destination_country: of(|t| t.destination_country),
        created: clock::now(),
        ticket: plan.ticket.clone(),
        plan: desk.id.to_owned(),
        approvals: approved.keys(),
        notice_ref: plan.notice_ref.clone(),
        consent_ref: plan.consent_ref.clone(),
        tool: format!("inkout {}", env!("CARGO_PKG_VERSION")),
        rules: plan.rules.digest.clone(),
        files: Vec::new(),
        missing: Vec::new(),
        found: BTreeMap::new(),
        persons: 0,
        tags: Vec::new(),
        checkpoint,
        limits: crate::cli::manifest::LIMITS
            .iter()
            .map(|s| (*s).to_owned())
            .collect(),
    }
}

/// Whether a reason is one of the plan's own.
fn is_planned(plan: &Plan, item: u32) -> bool {
    plan.items
        .iter()
        .any(|i| i.number == item && i.action == Action::Refused)
}

fn conditions(made: &Made) -> Vec<Condition> {
    let mut out = Vec::new();
    let ours = ["changed", "gone", "unreadable", "residue"];
    let is_ours = |why: &str| ours.contains(&why) || why.starts_with("withheld-");
    if made.manifest.missing.iter().any(|m| is_ours(&m.why)) {
        out.push(Condition::Incomplete);
    }
    if made.manifest.missing.iter().any(|m| m.why == "changed") {
        out.push(Condition::Refused);
    }
    if made.manifest.missing.iter().any(|m| m.why == "residue") {
        out.push(Condition::Unproved);
    }
    out
}

fn said(desk: &Desk<'_>, made: &Made, locks: &Locks) -> Result<(), Trouble> {
    let language = desk.language;
    let mut out = std::io::stdout().lock();
    let bytes: u64 = made.manifest.files.iter().map(|f| f.bytes).sum();
    let files = grouped(made.manifest.files.len() as u64);
    let kind = locks.boxed().map_or(package::NO_BOX, |(k, ..)| k.id());
    let counts =
        PackageWord::HandedOver.fill(language, &[&files, &size(bytes), &kind, &made.parts.len()]);
    writeln!(out, "{counts}")?;
    writeln!(
        out,
        "{}",
        PackageWord::PackageAt.fill(language, &[&made.folder.shown()])
    )?;
    writeln!(
        out,
        "{}",
        PackageWord::PackageId.fill(language, &[&made.package])
    )?;
    let persons = grouped(made.manifest.persons);
    writeln!(
        out,
        "{}",
        PackageWord::PersonsListed.fill(language, &[&persons])
    )?;
    if let Some(path) = &desk.args.readable_list {
        writeln!(
            out,
            "{}",
            PackageWord::ReadableAt.fill(language, &[&path.shown()])
        )?;
    }
    match (&locks.passphrase, locks.boxed()) {
        (Some((_, Some(path))), _) => {
            writeln!(
                out,
                "{}",
                PackageWord::PassphraseAt.fill(language, &[&path.shown()])
            )?;
        }
        (None, Some(_)) => {
            let keys = locks.typed.join(", ");
            writeln!(out, "{}", PackageWord::LockedTo.fill(language, &[&keys]))?;
        }
        _ => {}
    }
    if locks.boxed().is_none() {
        writeln!(
            out,
            "{}",
            PackageWord::NoLock.fill(language, &[&made.folder.shown()])
        )?;
    }
    left_out(desk.plan, &made.manifest, language, &mut out)?;
    if !copies::is_full(desk.plan) {
        writeln!(out, "{}", PackageWord::PlainCopies.text(language))?;
    }
    writeln!(out, "{}", PackageWord::NextReceipt.text(language))?;
    Ok(())
}

fn left_out(
    plan: &Plan,
    manifest: &Manifest,
    language: Language,
    out: &mut dyn Write,
) -> Result<(), Trouble> {
    if manifest.missing.is_empty() {
        return Ok(());
    }
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for missing in &manifest.missing {
        let text = why(&missing.why, is_planned(plan, missing.item), language);
        *counts.entry(text).or_default() += 1;
    }
    writeln!(out, "{}", PackageWord::LeftOutTitle.text(language))?;
    for (why, count) in counts {
        writeln!(
            out,
            "{}",
            PackageWord::LeftOutLine.fill(language, &[&why, &grouped(count)])
        )?;
    }
    Ok(())
}

/// Why a file is not in a package or archive, in the user's words.
pub(super) fn why(word: &str, planned: bool, language: Language) -> String {
    let text = |w: PackageWord| w.text(language).to_owned();
    match word {
        _ if planned => PackageWord::WhyRefused.fill(language, &[&word]),
        "changed" => text(PackageWord::WhyChanged),
        "gone" => text(PackageWord::WhyGone),
        "unreadable" => text(PackageWord::WhyUnreadable),
        other => format!("{} ({other})", PackageWord::WhyWithheld.text(language)),
    }
}
