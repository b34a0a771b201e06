//! `inkout plan handover|seal|erase`.

use super::{
    gather::{self, Asked, Gathered, gather},
    marks::{self, Marks},
    show, subject,
};
use crate::cli::shown::{Shown as _, argument};
use crate::{
    approve::{Ask, Paper},
    cli::{
        Trouble,
        args::plans::{Live, PlanArgs, PlanErase, PlanHandover, PlanSeal},
        clock,
        desk::{self, Ledger, Standing},
        own,
    },
    erase::{self, Note},
    keys::Signer,
    model::{
        ApprovalsNeeded, BackupChoice, Bound, Event, HandOverTerms, InventoryRef, LiveCopy,
        Organisation, Outcome, PLAN_SCHEMA, Plan, Refusal, Totals,
    },
    plan::{self, PlanError, PlanFile, Storage, Wish},
    policy::{Facts, Policy},
    reports::Condition,
    rules::Examples,
    words::{Language, PlanWord, Word},
};
use std::{
    collections::BTreeMap,
    io::Write,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

type Ended = Result<Vec<Condition>, Trouble>;

/// What the three outcomes differ in.
#[derive(Default)]
struct Terms {
    notice_ref: Option<String>,
    consent_ref: Option<String>,
    handover: Option<HandOverTerms>,
    live: Option<LiveCopy>,
    backup: Option<BackupChoice>,
    undo_days: Option<u32>,
    include_unread: bool,
}

pub(super) fn handover(args: &PlanHandover, language: Language) -> Ended {
    let (policy, _) = desk::policy(&args.plan.policy, language)?;
    let terms = Terms {
        notice_ref: Some(args.notice_ref.clone()),
        consent_ref: Some(args.consent_ref.clone()),
        handover: Some(HandOverTerms {
            recipient: args.recipient.clone(),
            purpose: args.purpose.clone(),
            destination_country: args.destination_country.clone(),
            masks: masks(&args.mask, &policy, language)?,
            copies: args.copies.clone().unwrap_or(policy.copies),
        }),
        ..Terms::default()
    };
    make(Outcome::HandOver, &args.plan, terms, language)
}

pub(super) fn seal(args: &PlanSeal, language: Language) -> Ended {
    let terms = Terms {
        notice_ref: args.notice_ref.clone(),
        consent_ref: args.consent_ref.clone(),
        live: Some(match args.live {
            Live::Keep => LiveCopy::Keep,
            Live::Mask => LiveCopy::Mask,
            Live::Erase => LiveCopy::Erase,
        }),
        ..Terms::default()
    };
    make(Outcome::Seal, &args.plan, terms, language)
}

pub(super) fn erase(args: &PlanErase, language: Language) -> Ended {
    let backup = match (&args.backup, &args.no_backup) {
        (Some(id), _) => BackupChoice::Verified(id.clone()),
        (None, reason) => BackupChoice::Without(reason.clone().unwrap_or_default()),
    };
    let terms = Terms {
        notice_ref: Some(args.notice_ref.clone()),
        consent_ref: Some(args.consent_ref.clone()),
        backup: Some(backup),
        undo_days: Some(args.undo_days),
        include_unread: args.include_unread,
        ..Terms::default()
    };
    make(Outcome::Erase, &args.plan, terms, language)
}

fn make(outcome: Outcome, args: &PlanArgs, terms: Terms, language: Language) -> Ended {
    let job = desk::job(&args.job);
    let signer = desk::signer(&args.key, language)?;
    let keys = desk::key_list(&job, args.keys.as_ref(), language)?;
    let today = desk::today();
    if keys.find(&signer.id(), today).is_none() {
        return Err(refused(PlanWord::NotListed.text(language).to_owned()));
    }
    let (policy, policy_digest) = desk::policy(&args.policy, language)?;
    let key_digest = keys.digest().map_err(|e| Trouble::failed(e.to_string()))?;
    if policy
        .approvals
        .keys
        .as_ref()
        .is_some_and(|k| *k != key_digest)
    {
        return Err(refused(PlanWord::OtherKeys.text(language).to_owned()));
    }
    let detector = desk::detector(
        own::rules(&args.rules, Examples::Without, language)?,
        language,
    )?;
    words_are_clean(args, &terms, &detector, language)?;
    let facts = facts(args, &policy, language)?;
    let mut holds = desk::holds(&job, language)?;
    subject::refresh(&mut holds, &job, &detector, today, language)?;
    let marks = Marks::read(args.decisions.as_deref(), &job, language)?;
    let (received, receipts) = gather::received(&job, &keys, today, language)?;
    let mut gathered = gather(
        &Asked {
            job: &job,
            policy: &policy,
            facts: &facts,
            holds: &holds,
            rules: detector.rules(),
            review: &marks.review,
            marks: &marks.files,
            include: &args.include,
            received: &received,
            today,
            storage: &storage,
        },
        language,
    )?;
    if outcome == Outcome::Erase || terms.live.unwrap_or_default() != LiveCopy::Keep {
        protected(&gathered, language)?;
    }
    if terms.include_unread {
        for seen in &mut gathered.seen {
            seen.is_read = true;
        }
    }
    let bounds = Bounds {
        requester: signer.id(),
        receipts,
        decisions: marks.bound.clone(),
        policy: &policy,
        policy_digest: &policy_digest,
        keys: (keys.keys.len(), &key_digest),
    };
    let frame = frame(outcome, args, terms, &gathered, &bounds);
    let (unlisted, false_alarms) = (gathered.unlisted, gathered.false_alarms);
    let wish = Wish {
        only_marked: args.marked_only,
    };
    let built = plan::build(frame, &policy, gathered.seen, &gathered.tally, today, wish)
        .map_err(|e| plan_trouble(&e, language))?;
    if let Some(BackupChoice::Verified(id)) = &built.backup {
        crate::cli::commands::backup::verified(&job, id, &built, &keys, today, language)?;
    }
    let file = PlanFile::new(built).map_err(|e| plan_trouble(&e, language))?;
    let mut conditions = finish(&file, &signer, args, &job, unlisted, language)?;
    let mut out = std::io::stdout().lock();
    conditions.extend(marks::said(
        &marks,
        file.plan(),
        false_alarms,
        language,
        &mut out,
    )?);
    Ok(conditions)
}

/// The policy's masks by class, kind and rule, with those of the command line over them.
fn masks(
    typed: &[String],
    policy: &Policy,
    language: Language,
) -> Result<BTreeMap<String, String>, Trouble> {
    let mut out = policy.masks.clone();
    for text in typed {
        let said = text.split_once('=').filter(|(of, profile)| {
            policy.is_maskable(of)
                && crate::rules::Profile::find(profile)
                    .is_some_and(|p| p != crate::rules::Profile::Pseudonym)
        });
        let Some((of, profile)) = said else {
            let kinds: Vec<&str> = policy.kinds.iter().map(|k| k.id.as_str()).collect();
            let text = PlanWord::BadMask.fill(language, &[&kinds.join(", ")]);
            return Err(Trouble::usage(text));
        };
        out.insert(of.to_owned(), profile.to_owned());
    }
    Ok(out)
}

/// What a plan is bound to besides the inventory.
struct Bounds<'a> {
    requester: String,
    receipts: Vec<String>,
    decisions: Option<Bound>,
    policy: &'a Policy,
    policy_digest: &'a str,
    keys: (usize, &'a str),
}

/// The plan without its files.
fn frame(
    outcome: Outcome,
    args: &PlanArgs,
    terms: Terms,
    gathered: &Gathered,
    bounds: &Bounds<'_>,
) -> Plan {
    let bound = |name: &str, digest: &str| Bound {
        name: name.to_owned(),
        digest: digest.to_owned(),
    };
    let now = desk::now();
    Plan {
        schema: PLAN_SCHEMA,
        outcome,
        created: now.to_string(),
        expires: now
            .plus_hours(args.valid_days.saturating_mul(24))
            .to_string(),
        requester: bounds.requester.clone(),
        ticket: args.ticket.clone(),
        reason: args.reason.clone(),
        legal_basis: args.legal_basis.clone(),
        notice_ref: terms.notice_ref,
        consent_ref: terms.consent_ref,
        handover: terms.handover,
        live: terms.live,
        backup: terms.backup,
        secrecy_release: args.secrecy_release.clone(),
        decisions: bounds.decisions.clone(),
        receipts: bounds.receipts.clone(),
        undo_days: terms.undo_days,
        policy: bound(&desk::policy_name(&args.policy), bounds.policy_digest),
        rules: bound(
            &gathered.run.version,
            &rules_digest(&gathered.run.rules_digest),
        ),
        keys: bound(&bounds.keys.0.to_string(), bounds.keys.1),
        inventory: InventoryRef {
            digest: gathered.digest.clone(),
            started: gathered.run.started.clone(),
            version: gathered.run.version.clone(),
            files: gathered.files,
        },
        organisation: Organisation {
            kind: bounds.policy.id.clone(),
            role: args
                .role
                .clone()
                .unwrap_or_else(|| bounds.policy.role.id().to_owned()),
            closing: args.closing,
        },
        volumes: Vec::new(),
        roots: gathered.roots.clone(),
        items: Vec::new(),
        totals: Totals::default(),
        approvals: ApprovalsNeeded {
            count: 0,
            roles: Vec::new(),
            hours: 0,
        },
    }
}

fn rules_digest(digest: &str) -> String {
    if digest.contains(':') {
        digest.to_owned()
    } else {
        format!("sha256:{digest}")
    }
}

fn refused(text: String) -> Trouble {
    Trouble {
        condition: Condition::Refused,
        text,
    }
}

fn plan_trouble(error: &PlanError, language: Language) -> Trouble {
    match error {
        PlanError::Empty => refused(PlanWord::PlanEmpty.text(language).to_owned()),
        other => Trouble::failed(other.to_string()),
    }
}

/// Free words stand in the plan, the trail and on certificates: none may hold a person's data. Who receives
/// is an organisation and how to reach it.
fn words_are_clean(
    args: &PlanArgs,
    terms: &Terms,
    detector: &crate::detect::Detector,
    language: Language,
) -> Result<(), Trouble> {
    let mut texts: Vec<(&str, &str)> = vec![
        ("--ticket", &args.ticket),
        ("--reason", &args.reason),
        ("--legal-basis", &args.legal_basis),
    ];
    let add = |name, text: Option<&'_ String>| -> Vec<(&str, String)> {
        text.map(|t| (name, t.clone())).into_iter().collect()
    };
    let mut more = add("--notice-ref", terms.notice_ref.as_ref());
    more.extend(add("--secrecy-release", args.secrecy_release.as_ref()));
    more.extend(add("--consent-ref", terms.consent_ref.as_ref()));
    if let Some(BackupChoice::Without(reason)) = &terms.backup {
        more.extend(add("--no-backup", Some(reason)));
    }
    if let Some(handover) = &terms.handover {
        more.extend(add("--purpose", Some(&handover.purpose)));
    }
    texts.extend(more.iter().map(|(n, t)| (*n, t.as_str())));
    for (name, text) in &texts {
        if text.trim().is_empty() {
            return Err(Trouble::usage(PlanWord::TextEmpty.fill(language, &[name])));
        }
    }
    desk::no_values(&texts, detector, language)
}

fn facts(args: &PlanArgs, policy: &Policy, language: Language) -> Result<Facts, Trouble> {
    let said = |e: crate::policy::PolicyError| {
        let known: Vec<&str> = policy.clocks().into_iter().collect();
        Trouble::usage(PlanWord::BadFacts.fill(language, &[&e, &known.join(", ")]))
    };
    let mut facts = match &args.facts {
        Some(path) => {
            let text = desk::read_text(path, language)?;
            Facts::read(&path.shown(), &text, policy).map_err(said)?
        }
        None => Facts::default(),
    };
    for clock in &args.clock {
        let (event, day) = clock
            .split_once('=')
            .ok_or_else(|| Trouble::usage(PlanWord::BadDate.fill(language, &[&"--clock"])))?;
        let day = desk::date("--clock", day, language)?;
        facts.add(event, day, policy).map_err(said)?;
    }
    Ok(facts)
}

/// Refuses to plan that anything is taken from a place of the system.
fn protected(gathered: &Gathered, language: Language) -> Result<(), Trouble> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    for root in &gathered.roots {
        let path = Path::new(std::ffi::OsStr::from_bytes(root.bytes()));
        if plan::is_protected(path, home.as_deref()) {
            return Err(refused(
                PlanWord::ProtectedRoot.fill(language, &[&path.shown()]),
            ));
        }
    }
    Ok(())
}

/// What the storage under a path lets expect of an erasure.
fn storage(path: &Path) -> Storage {
    /// The old content stays in a snapshot, a layer below, a partner, another machine.
    const LIES: [Note; 4] = [
        Note::SharedExtents,
        Note::KeptVersions,
        Note::Overlay,
        Note::Network,
    ];
    match erase::probe(path) {
        Ok(probe) => Storage {
            forecast: Some(probe.best),
            medium: probe.medium,
            lies: LIES.iter().any(|n| probe.graded.notes.contains(n)),
            file_system: probe.file_system,
        },
        Err(_) => Storage::default(),
    }
}

fn finish(
    file: &PlanFile,
    signer: &Signer,
    args: &PlanArgs,
    job: &Path,
    unlisted: u64,
    language: Language,
) -> Ended {
    let plan = file.plan();
    let time = clock::now();
    let request = Paper::new(
        signer,
        Ask::Request,
        file.id(),
        "requester",
        (&plan.created, &plan.expires),
        "",
    )
    .map_err(|e| Trouble::failed(e.to_string()))?;
    let bytes = request
        .to_bytes()
        .map_err(|e| Trouble::failed(e.to_string()))?;
    let kept = job
        .join(desk::PLANS)
        .join(format!("{}.json", file.short_id()));
    let path = args.out.clone().unwrap_or_else(|| kept.clone());
    let mut ledger = Ledger::open(job, language)?;
    let mut event = Event::new("plan.made", &time);
    event.plan = Some(file.id().to_owned());
    event.ticket = Some(plan.ticket.clone());
    event.operator = Some(crate::model::Actor {
        key: signer.id(),
        role: "requester".into(),
    });
    event.reason = Some(plan.reason.clone());
    event.legal_basis = Some(plan.legal_basis.clone());
    event.notice_ref.clone_from(&plan.notice_ref);
    event.consent_ref.clone_from(&plan.consent_ref);
    event.counts.insert("files".into(), plan.totals.items);
    event.counts.insert("carried".into(), plan.totals.carried);
    for (name, digest) in [
        ("inventory", &plan.inventory.digest),
        ("policy", &plan.policy.digest),
        ("key-list", &plan.keys.digest),
    ] {
        event.digests.insert(name.into(), digest.clone());
    }
    if let Some(decisions) = &plan.decisions {
        event
            .digests
            .insert("decisions".into(), decisions.digest.clone());
    }
    if let (Some(release), Some(reason)) = (&plan.secrecy_release, &mut event.reason) {
        reason.push_str(" / secrecy-release: ");
        reason.push_str(release);
    }
    ledger.record(&event)?;
    desk::write(&path, file.bytes(), Standing::Refuse, language)?;
    if path != kept {
        desk::write(&kept, file.bytes(), Standing::Replace, language)?;
    }
    for place in [&path, &kept] {
        let request = desk::papers_of(place).join("request.json");
        desk::write(&request, &bytes, Standing::Replace, language)?;
    }
    ledger.checkpoint()?;
    let mut out = std::io::stdout().lock();
    show::summary(file, language, &mut out)?;
    writeln!(out, "{}", PlanWord::PlanAt.fill(language, &[&path.shown()]))?;
    if plan.totals.items < plan.inventory.files {
        let counts: [&dyn std::fmt::Display; 2] = [&plan.totals.items, &plan.inventory.files];
        writeln!(out, "{}", PlanWord::PlanPart.fill(language, &counts))?;
    }
    if unlisted > 0 {
        let text = PlanWord::Unlisted.fill(language, &[&unlisted]);
        desk::say(&Word::Warning.fill(language, &[&text]));
    }
    let mut which = argument(&path, language);
    if let Some(job) = &args.job.job {
        which.push_str(" --job ");
        which.push_str(&argument(job, language));
    }
    let example = PlanWord::NextApprove.fill(language, &[&which]);
    writeln!(out, "{example}")?;
    Ok(conditions(plan))
}

fn conditions(plan: &Plan) -> Vec<Condition> {
    let mut out = Vec::new();
    let unusable = [Refusal::Unreadable, Refusal::Changed];
    if plan
        .items
        .iter()
        .any(|i| i.why.is_some_and(|w| unusable.contains(&w)))
    {
        out.push(Condition::Incomplete);
    }
    if plan.totals.carried == 0 {
        out.push(Condition::Refused);
    }
    out
}
