//! `inkout plan handover|seal|erase`.

use super::{
    archive,
    archived::Archived,
    gather::{self, Asked, gather},
    marks::{self, Marks},
    show,
    start::{Start, refused},
    subject,
};
use crate::cli::shown::{Shown as _, argument};
use crate::{
    approve::{Ask, Paper},
    cli::{
        Trouble,
        args::plans::{Live, PlanArgs, PlanErase, PlanHandover, PlanSeal},
        clock,
        desk::{self, Ledger, Standing},
        holds,
    },
    erase::{self, Note},
    model::{
        ApprovalsNeeded, BackupChoice, Bound, Event, HandOverTerms, InventoryRef, LiveCopy, Name,
        Organisation, Outcome, PLAN_SCHEMA, Plan, Refusal, SealedArchive, Totals,
    },
    plan::{self, PlanError, PlanFile, Storage, Wish},
    policy::Policy,
    reports::Condition,
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
pub(super) struct Terms {
    pub notice_ref: Option<String>,
    pub consent_ref: Option<String>,
    pub handover: Option<HandOverTerms>,
    pub live: Option<LiveCopy>,
    pub backup: Option<BackupChoice>,
    pub sealed: Option<SealedArchive>,
    pub undo_days: Option<u32>,
    pub include_unread: bool,
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
    match &args.sealed {
        Some(id) => archive::erase(args, id, terms, language),
        None => make(Outcome::Erase, &args.plan, terms, language),
    }
}

fn make(outcome: Outcome, args: &PlanArgs, terms: Terms, language: Language) -> Ended {
    let start = Start::read(args, &terms, language)?;
    let Start {
        job,
        keys,
        policy,
        detector,
        facts,
        today,
        ..
    } = &start;
    let today = *today;
    let mut holds = holds::borne_out(job, language)?;
    subject::refresh(&mut holds, job, detector, today, language)?;
    let marks = Marks::read(args.decisions.as_deref(), job, language)?;
    let (received, receipts) = gather::received(job, keys, today, language)?;
    let mut gathered = gather(
        &Asked {
            job,
            policy,
            facts,
            holds: &holds,
            rules: detector.rules(),
            review: &marks.review,
            marks: &marks.files,
            include: &args.include,
            received: &received,
            today,
            archived: &Archived::of(job, language)?,
            storage: &storage,
        },
        language,
    )?;
    if outcome == Outcome::Erase || terms.live.unwrap_or_default() != LiveCopy::Keep {
        protected(&gathered.roots, language)?;
    }
    if terms.include_unread {
        for seen in &mut gathered.seen {
            seen.is_read = true;
        }
    }
    let origin = Origin {
        inventory: InventoryRef {
            digest: gathered.digest.clone(),
            started: gathered.run.started.clone(),
            version: gathered.run.version.clone(),
            files: gathered.files,
        },
        rules: bound(
            &gathered.run.version,
            &rules_digest(&gathered.run.rules_digest),
        ),
        roots: gathered.roots.clone(),
        receipts,
        decisions: marks.bound.clone(),
    };
    let frame = frame(outcome, args, terms, origin, &start);
    let (unlisted, false_alarms) = (gathered.unlisted, gathered.false_alarms);
    let wish = Wish {
        only_marked: args.marked_only,
    };
    let built = plan::build(frame, policy, gathered.seen, &gathered.tally, today, wish)
        .map_err(|e| plan_trouble(&e, language))?;
    if let Some(BackupChoice::Verified(id)) = &built.backup {
        crate::cli::commands::backup::verified(job, id, &built, keys, today, language)?;
    }
    let file = PlanFile::new(built).map_err(|e| plan_trouble(&e, language))?;
    let mut conditions = finish(&file, args, &start, unlisted, language)?;
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

/// What the files of a plan were known by.
pub(super) struct Origin {
    pub inventory: InventoryRef,
    pub rules: Bound,
    pub roots: Vec<Name>,
    /// Digests of the receipts that count.
    pub receipts: Vec<String>,
    pub decisions: Option<Bound>,
}

fn bound(name: &str, digest: &str) -> Bound {
    Bound {
        name: name.to_owned(),
        digest: digest.to_owned(),
    }
}

/// The plan without its files.
pub(super) fn frame(
    outcome: Outcome,
    args: &PlanArgs,
    terms: Terms,
    origin: Origin,
    start: &Start,
) -> Plan {
    let now = desk::now();
    Plan {
        schema: PLAN_SCHEMA,
        outcome,
        created: now.to_string(),
        expires: now
            .plus_hours(args.valid_days.saturating_mul(24))
            .to_string(),
        requester: start.signer.id(),
        ticket: args.ticket.clone(),
        reason: args.reason.clone(),
        legal_basis: args.legal_basis.clone(),
        notice_ref: terms.notice_ref,
        consent_ref: terms.consent_ref,
        handover: terms.handover,
        live: terms.live,
        backup: terms.backup,
        secrecy_release: args.secrecy_release.clone(),
        decisions: origin.decisions,
        sealed: terms.sealed,
        receipts: origin.receipts,
        undo_days: terms.undo_days,
        policy: bound(&desk::policy_name(&args.policy), &start.policy_digest),
        rules: origin.rules,
        keys: bound(&start.keys.keys.len().to_string(), &start.key_digest),
        inventory: origin.inventory,
        organisation: Organisation {
            kind: start.policy.id.clone(),
            role: args
                .role
                .clone()
                .unwrap_or_else(|| start.policy.role.id().to_owned()),
            closing: args.closing,
        },
        volumes: Vec::new(),
        roots: origin.roots,
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

pub(super) fn plan_trouble(error: &PlanError, language: Language) -> Trouble {
    match error {
        PlanError::Empty => refused(PlanWord::PlanEmpty.text(language).to_owned()),
        other => Trouble::failed(other.to_string()),
    }
}

/// Refuses to plan that anything is taken from a place of the system.
pub(super) fn protected(roots: &[Name], language: Language) -> Result<(), Trouble> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    for root in roots {
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
pub(super) fn storage(path: &Path) -> Storage {
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

#[expect(
    clippy::too_many_lines,
    reason = "what is said of a plan, line by line"
)]
pub(super) fn finish(
    file: &PlanFile,
    args: &PlanArgs,
    Start { job, signer, .. }: &Start,
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
    // The items of the end of an archive are its key and parts.
    if plan.sealed.is_none() && plan.totals.items < plan.inventory.files {
        let counts: [&dyn std::fmt::Display; 2] = [&plan.totals.items, &plan.inventory.files];
        writeln!(out, "{}", PlanWord::PlanPart.fill(language, &counts))?;
    }
    if unlisted > 0 {
        let text = PlanWord::Unlisted.fill(language, &[&unlisted]);
        desk::say(&Word::Warning.fill(language, &[&text]));
    }
    if plan.totals.carried == 0 {
        writeln!(out, "{}", PlanWord::NothingToApprove.text(language))?;
        return Ok(conditions(plan));
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
