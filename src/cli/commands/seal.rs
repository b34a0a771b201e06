//! `inkout seal`: encrypted archives of what must be kept but no longer used.

mod look;

pub(super) use look::{Named, check, open};

use super::archives::{self, Archives};
use crate::cli::shown::{Shown as _, argument};
use crate::{
    cli::{
        Trouble,
        args::packages::{SealCommand, SealCreate},
        clock,
        copies::{self, Made, Making},
        desk::{self, Ledger, Ready, Standing},
        packages::{self, RUNS, SECRETS, digits, refused},
        setup::absolute,
    },
    containers::Identity,
    formats::Legacies,
    keys::KeyList,
    model::{
        Action, Actor, Event, Item, ItemResult, LiveCopy, Medium, Outcome, Plan, RUN_SCHEMA,
        RemainingCopy, RunResult, canonical_file,
    },
    reports::Condition,
    seal::{self, LeftOut, Order, Purpose, Record, Thing, Work},
    store,
    words::{EraseWord, Language, PackageWord, grouped, size},
};
use std::{
    collections::BTreeMap,
    io::Write,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

type Ended = Result<Vec<Condition>, Trouble>;
/// By item, its copy or why there is none.
type Copies = BTreeMap<u32, Result<Made, String>>;

pub(in crate::cli) fn run(command: &SealCommand, language: Language, quiet: bool) -> Ended {
    match command {
        SealCommand::Create(args) => create(args, language, quiet),
        SealCommand::List(args) => look::list(args, language),
        SealCommand::Check(args) => check(args, Purpose::Seal, language),
        SealCommand::Open(args) => open(args, Purpose::Seal, language),
    }
}

/// Id of the archive of a plan.
pub(in crate::cli) fn archive_id(plan: &str) -> String {
    format!("seal-{}", digits(plan))
}

/// What is said of a file whose copy in the archive lacks what must no longer be kept.
pub(super) const REST_REDACTED: &str = "rest-redacted";

/// Where the key of an archive lies.
pub(super) fn key_path(job: &Path, id: &str, given: Option<&PathBuf>) -> PathBuf {
    given.map_or_else(
        || job.join(SECRETS).join(format!("{id}.agekey")),
        |p| absolute(p),
    )
}

/// The archive's own key: made and kept before anything is locked with it, or the one that an interrupted
/// run kept. A key of anything else is refused: two archives with one key would end together.
pub(super) fn own_key(
    path: &Path,
    id: &str,
    job: &Path,
    language: Language,
) -> Result<Identity, Trouble> {
    if let Ok(there) = path.symlink_metadata() {
        let foreign = || refused(PackageWord::KeyFileForeign.fill(language, &[&path.shown(), &id]));
        if !there.is_file() {
            return Err(foreign());
        }
        let first = crate::cli::secret::first_line(path, language)?;
        if *first != format!("# {id}") {
            return Err(foreign());
        }
        let kept = packages::identity(path, language)?;
        let key = kept.recipient().to_string();
        Archives::read(job, language)?.has_no_other_lock(&key, id, language)?;
        return Ok(kept);
    }
    let made = Identity::generate();
    let text = format!(
        "# {id}\n# public key: {}\n{}\n",
        made.recipient(),
        made.reveal()
    );
    desk::write(path, text.as_bytes(), Standing::Refuse, language)?;
    Ok(made)
}

/// The day by which somebody must look again.
pub(super) fn next_check(months: u16) -> String {
    let months = months.min(seal::MOST_MONTHS);
    desk::today().term_of_months(months).to_string()
}

fn create(args: &SealCreate, language: Language, quiet: bool) -> Ended {
    let ready = Ready::read(&args.ready, language)?;
    let approved = ready.approved()?;
    let plan = approved.plan();
    if plan.outcome != Outcome::Seal {
        return Err(Trouble::usage(PackageWord::NotForSeal.text(language)));
    }
    let signer = desk::listed(&args.key, &args.role, ready.keys(), language)?;
    let id = archive_id(approved.id());
    let archives = absolute(&args.archives);
    let actor = Actor {
        key: signer.id(),
        role: args.role.clone(),
    };
    let deed = Deed {
        job: &ready.job,
        plan,
        plan_id: approved.id(),
        id: &id,
        actor: &actor,
        approvals: approved.keys(),
        language,
    };
    let path = key_path(&ready.job, &id, args.archive_key.as_ref());
    if let Ok(record) = Record::read(&archives.join(&id)) {
        return finish_earlier(&deed, &archives, &path, (&record, ready.keys()));
    }
    let identity = own_key(&path, &id, &ready.job, language)?;
    let recipients = packages::recipients(&args.recipient, language)?;
    let mut ledger = Ledger::open(&ready.job, language)?;
    ready.keep_papers(&approved)?;
    let mut event = deed.event("seal.begun");
    event
        .counts
        .insert("files".into(), plan.carried().count() as u64);
    ledger.record(&event)?;
    packages::step("seal.begun");
    let work = begin(&archives, &id, language)?;
    let rest = rest(&deed, args, &work, quiet)?;
    packages::step("seal.copied");
    let (things, left_out) = things(plan, &rest);
    let redacted: Vec<u32> = rest.keys().copied().collect();
    if !quiet {
        let count = grouped(things.len() as u64);
        desk::say(&PackageWord::StepSeal.fill(language, &[&count]));
    }
    let (created, next) = (clock::now(), next_check(args.months));
    let order = Order {
        archives: &archives,
        id: &id,
        purpose: Purpose::Seal,
        plan: approved.id(),
        identity: &identity,
        recipients: &recipients,
        volume: args.volume_size,
        signer: &signer,
        created: &created,
        next_check: &next,
        reason: &plan.reason,
        legal_basis: &plan.legal_basis,
        ticket: &plan.ticket,
        redacted: &redacted,
        step: &packages::step,
    };
    let made = seal::create(&work, &order, things, left_out)
        .map_err(|e| packages::of_archive(&e, &archives, language))?;
    drop(work);
    let places = (made.folder.as_path(), path.as_path());
    super::backup::keep_with(&ready.job, &made.record, &made.contents, places, language)?;
    deed.finish(&mut ledger, &made.record)?;
    say(&deed, &made, &path)?;
    Ok(conditions(plan, &made.record.left_out))
}

/// Takes the folder for archives. What killed runs left there goes, and is told: copies in it can be read.
pub(super) fn begin(archives: &Path, id: &str, language: Language) -> Result<Work, Trouble> {
    let work =
        Work::begin(archives, id).map_err(|e| packages::of_archive(&e, archives, language))?;
    packages::tell_cleared(work.cleared(), archives, language);
    Ok(work)
}

/// Copies of the files of which a part must go although the rest is kept.
fn rest(deed: &Deed<'_>, args: &SealCreate, work: &Work, quiet: bool) -> Result<Copies, Trouble> {
    if !deed.plan.carried().any(|i| i.decision.redact_rest) {
        return Ok(Copies::new());
    }
    let language = deed.language;
    if !quiet {
        desk::say(PackageWord::StepRest.text(language));
    }
    let setup = copies::setup(deed.plan, &args.rules, None, language)?;
    let (policy, _) = desk::policy(&deed.plan.policy.name, language)?;
    let key = store::load_key(deed.job)
        .map_err(|e| super::scan::store_trouble(&e, deed.job, language))?;
    let making = Making {
        plan: deed.plan,
        id: deed.plan_id,
        folder: &work.copies(),
        leave_out: vec![absolute(&args.archives), deed.job.to_path_buf()],
        legacies: Legacies::Withhold,
        quiet,
        language,
    };
    making.remainders(&setup, &policy, &key)
}

/// The files of a plan, and those that it cannot carry.
fn things(plan: &Plan, rest: &Copies) -> (Vec<Thing>, Vec<LeftOut>) {
    let (mut things, mut left_out) = (Vec::new(), Vec::new());
    for item in &plan.items {
        match rest.get(&item.number) {
            Some(Ok(copy)) => {
                things.push(Thing {
                    item: item.number,
                    root: item.root + 1,
                    path: item.path.clone(),
                    source: copy.source.clone(),
                    sha256: copy.sha256.clone(),
                    modified: item.identity.as_ref().map_or(0, |i| i.modified),
                });
                continue;
            }
            Some(Err(why)) => {
                left_out.push(LeftOut {
                    item: item.number,
                    why: why.clone(),
                });
                continue;
            }
            None => {}
        }
        match (&item.identity, item.action) {
            (Some(identity), action) if action != Action::Refused => {
                let source = plan.path_of(item);
                things.push(Thing {
                    item: item.number,
                    root: item.root + 1,
                    path: item.path.clone(),
                    source: PathBuf::from(std::ffi::OsStr::from_bytes(source.bytes())),
                    sha256: identity.sha256.clone(),
                    modified: identity.modified,
                });
            }
            _ => left_out.push(LeftOut {
                item: item.number,
                why: planned_why(item).to_owned(),
            }),
        }
    }
    (things, left_out)
}

fn planned_why(item: &Item) -> &'static str {
    item.why.map_or("unreadable", |w| w.id())
}

/// One sealing: what its records say.
struct Deed<'a> {
    job: &'a Path,
    plan: &'a Plan,
    plan_id: &'a str,
    id: &'a str,
    actor: &'a Actor,
    approvals: Vec<String>,
    language: Language,
}

impl Deed<'_> {
    fn event(&self, name: &str) -> Event {
        let mut event = Event::new(name, &clock::now());
        event.run = Some(self.id.to_owned());
        event.plan = Some(self.plan_id.to_owned());
        event.ticket = Some(self.plan.ticket.clone());
        event.operator = Some(self.actor.clone());
        event.approvals.clone_from(&self.approvals);
        event.reason = Some(self.plan.reason.clone());
        event.legal_basis = Some(self.plan.legal_basis.clone());
        event.notice_ref.clone_from(&self.plan.notice_ref);
        event.consent_ref.clone_from(&self.plan.consent_ref);
        event
    }

    fn result_path(&self) -> PathBuf {
        self.job.join(RUNS).join(format!("{}.json", self.id))
    }

    /// Notes that it was done, and keeps the result that certificates are made from. The result comes last:
    /// while it is missing the next run finishes this.
    fn finish(&self, ledger: &mut Ledger, record: &Record) -> Result<(), Trouble> {
        let mut event = self.event("seal.made");
        archives::tell_made(&mut event, record)?;
        ledger.record(&event)?;
        packages::step("seal.recorded");
        let bytes =
            canonical_file(&self.result(record)).map_err(|e| Trouble::failed(e.to_string()))?;
        desk::write(
            &self.result_path(),
            &bytes,
            Standing::Replace,
            self.language,
        )?;
        ledger.checkpoint()?;
        Ok(())
    }

    fn result(&self, record: &Record) -> RunResult {
        let items = self.plan.items.iter().map(|item| {
            let left = record.left_out.iter().find(|l| l.item == item.number);
            let bytes = if left.is_none() { item.bytes() } else { 0 };
            ItemResult {
                item: item.number,
                done: left.is_none(),
                why: left.map(|l| l.why.clone()),
                grade: None,
                medium: Medium::Unknown,
                bytes,
                verified: bytes,
                moved: 0,
                passes: 0,
                residue: None,
                notes: if left.is_none() && record.redacted.contains(&item.number) {
                    vec![REST_REDACTED.to_owned()]
                } else {
                    Vec::new()
                },
            }
        });
        let until = record.next_check().map(|d| d.to_string());
        RunResult {
            schema: RUN_SCHEMA,
            run: self.id.to_owned(),
            plan: self.plan_id.to_owned(),
            outcome: Outcome::Seal,
            started: record.created.clone(),
            ended: clock::now(),
            operator: self.actor.clone(),
            verifier: None,
            approvals: self.approvals.clone(),
            host_fp: String::new(),
            system: String::new(),
            method: vec!["age-x25519".into(), "decrypted-and-compared".into()],
            devices: Vec::new(),
            items: items.collect(),
            remaining: vec![RemainingCopy {
                kind: "sealed".into(),
                id: self.id.to_owned(),
                until,
            }],
            digests: [("archive".into(), format!("sha256:{}", record.index))].into(),
            notes: Vec::new(),
        }
    }
}

/// Of an archive that is there already: finishes what a run that was cut off did not write. The trail may not know
/// its record yet, or know one that was lost since: then it counts when who signed it is listed.
fn finish_earlier(
    deed: &Deed<'_>,
    archives: &Path,
    key: &Path,
    (record, keys): (&Record, &KeyList),
) -> Ended {
    let language = deed.language;
    let folder = archives.join(deed.id);
    let text = PackageWord::AlreadySealed.fill(language, &[&folder.shown()]);
    drop(begin(archives, deed.id, language)?);
    if deed.result_path().exists() {
        return Err(refused(text));
    }
    let today = desk::today();
    let borne = Archives::read(deed.job, language)?.bears_out(record, Some(keys), today);
    let borne = borne.is_ok() || archives::is_listed(record, Some(keys), today);
    let is_it = record.id == deed.id && record.plan == deed.plan_id;
    if !borne || !is_it || record.purpose != Purpose::Seal {
        return Err(archives::not_the_made(deed.id, language));
    }
    // The list is of what lies in the archive: of some files that is a copy, which the plan does not know.
    let identity = packages::identity(key, language)?;
    let (_, contents) = seal::check(&folder, record, std::slice::from_ref(&identity))
        .map_err(|e| packages::of_archive(&e, &folder, language))?;
    super::backup::keep_with(deed.job, record, &contents, (&folder, key), language)?;
    let mut ledger = Ledger::open(deed.job, language)?;
    deed.finish(&mut ledger, record)?;
    desk::say(&text);
    Ok(conditions(deed.plan, &record.left_out))
}

fn conditions(plan: &Plan, left_out: &[LeftOut]) -> Vec<Condition> {
    let planned = |l: &&LeftOut| {
        !plan
            .items
            .iter()
            .any(|i| i.number == l.item && i.action == Action::Refused)
    };
    let mut out = Vec::new();
    if left_out.iter().any(|l| planned(&l)) {
        out.push(Condition::Incomplete);
    }
    if left_out.iter().any(|l| planned(&l) && l.why == "changed") {
        out.push(Condition::Refused);
    }
    out
}

fn say(deed: &Deed<'_>, made: &seal::Made, key: &Path) -> Result<(), Trouble> {
    let language = deed.language;
    let mut out = std::io::stdout().lock();
    let record = &made.record;
    let counts = (grouped(record.files), size(record.bytes));
    writeln!(
        out,
        "{}",
        PackageWord::Sealed.fill(language, &[&counts.0, &counts.1])
    )?;
    writeln!(
        out,
        "{}",
        PackageWord::ArchiveAt.fill(language, &[&made.folder.shown()])
    )?;
    writeln!(
        out,
        "{}",
        PackageWord::ArchiveKeyAt.fill(language, &[&key.shown()])
    )?;
    if let Some(day) = record.next_check() {
        writeln!(out, "{}", PackageWord::NextCheckBy.fill(language, &[&day]))?;
    }
    if !made.is_closed {
        writeln!(out, "{}", PackageWord::NotClosed.text(language))?;
    }
    left_out(deed.plan, &record.left_out, language, &mut out)?;
    let next = match deed.plan.live.unwrap_or_default() {
        LiveCopy::Keep => PackageWord::LiveKept.text(language).to_owned(),
        LiveCopy::Mask => PackageWord::LiveMask.text(language).to_owned(),
        LiveCopy::Erase => PackageWord::LiveErase.text(language).to_owned(),
    };
    writeln!(out, "{next}")?;
    let job = argument(deed.job, language);
    let text = EraseWord::NextCertify.fill(language, &[&deed.id, &job]);
    writeln!(out, "{text}")?;
    Ok(())
}

fn left_out(
    plan: &Plan,
    all: &[LeftOut],
    language: Language,
    out: &mut dyn Write,
) -> Result<(), Trouble> {
    if all.is_empty() {
        return Ok(());
    }
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for left in all {
        let planned = plan
            .items
            .iter()
            .any(|i| i.number == left.item && i.action == Action::Refused);
        let text = super::handover::why(&left.why, planned, language);
        *counts.entry(text).or_default() += 1;
    }
    writeln!(out, "{}", PackageWord::SealLeftOut.text(language))?;
    for (why, count) in counts {
        writeln!(
            out,
            "{}",
            PackageWord::LeftOutLine.fill(language, &[&why, &grouped(count)])
        )?;
    }
    Ok(())
}
