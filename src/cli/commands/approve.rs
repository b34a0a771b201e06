//! `inkout approve`: a signed yes or no on one plan.

use crate::cli::shown::Shown as _;
use crate::{
    approve::{Ask, Paper},
    cli::{
        Trouble,
        args::plans::Approve,
        clock,
        desk::{self, Ledger, Standing},
        holds,
    },
    digest::sha256_name,
    keys::KeyList,
    model::{Actor, Event, Moment, Plan},
    reports::Condition,
    words::{Language, PlanWord},
};
use std::{io::Write, path::Path};

pub(in crate::cli) fn run(args: &Approve, language: Language) -> Result<Vec<Condition>, Trouble> {
    let file = desk::plan(&args.plan, language)?;
    let plan = file.plan();
    let signer = desk::signer(&args.key, language)?;
    desk::no_values_builtin(&[("--comment", &args.comment)], language)?;
    let job = desk::job(&args.job);
    let keys = desk::key_list(&job, args.keys.as_ref(), language)?;
    let (time, end) = may_sign(args, &signer.id(), plan, &job, &keys, language)?;
    let expires = time.plus_hours(plan.approvals.hours).min(end);
    let ask = if args.reject {
        Ask::Reject
    } else {
        Ask::Approve
    };
    let times = (time.to_string(), expires.to_string());
    let paper = Paper::new(
        &signer,
        ask,
        file.id(),
        &args.role,
        (&times.0, &times.1),
        &args.comment,
    )
    .map_err(|e| Trouble::failed(e.to_string()))?;
    let bytes = paper
        .to_bytes()
        .map_err(|e| Trouble::failed(e.to_string()))?;
    let path = args.out.clone().unwrap_or_else(|| {
        desk::papers_of(&args.plan).join(desk::paper_name(&signer.id(), &args.role))
    });
    let mut ledger = Ledger::open(&job, language)?;
    let word = if args.reject {
        "plan.rejected"
    } else {
        "plan.approved"
    };
    let mut event = Event::new(word, &clock::now());
    event.plan = Some(file.id().to_owned());
    event.ticket = Some(plan.ticket.clone());
    event.operator = Some(Actor {
        key: signer.id(),
        role: args.role.clone(),
    });
    event.digests.insert("paper".into(), sha256_name(&bytes));
    if !args.comment.is_empty() {
        event.reason = Some(args.comment.clone());
    }
    ledger.record(&event)?;
    desk::write(&path, &bytes, Standing::Replace, language)?;
    desk::keep_paper(&job, &file, &paper, language)?;
    ledger.checkpoint()?;
    let done = if args.reject {
        PlanWord::RejectedNow
    } else {
        PlanWord::ApprovedNow
    };
    let mut out = std::io::stdout().lock();
    let sealed = plan.sealed.as_ref();
    if let Some(text) = sealed.and_then(|s| super::plan::other_dates(s, language)) {
        writeln!(out, "{text}")?;
    }
    writeln!(
        out,
        "{}",
        done.fill(
            language,
            &[
                &file.short_id(),
                &plan.totals.carried,
                &args.role,
                &times.1,
                &path.shown()
            ]
        )
    )?;
    Ok(Vec::new())
}

/// Whether this bearer may sign this plan now: now, and when the plan ends.
fn may_sign(
    args: &Approve,
    key: &str,
    plan: &Plan,
    job: &Path,
    keys: &KeyList,
    language: Language,
) -> Result<(Moment, Moment), Trouble> {
    let refused = |text: String| Trouble {
        condition: Condition::Refused,
        text,
    };
    if keys.digest().ok().as_deref() != Some(plan.keys.digest.as_str()) {
        return Err(refused(PlanWord::OtherKeys.text(language).to_owned()));
    }
    let day = desk::today();
    let listed = keys.find(key, day);
    let listed = listed.ok_or_else(|| refused(PlanWord::NotListed.text(language).to_owned()))?;
    if !listed.roles.contains(&args.role) {
        let roles = listed.roles.join(", ");
        return Err(refused(
            PlanWord::RoleNotYours.fill(language, &[&args.role, &roles]),
        ));
    }
    if key == plan.requester {
        return Err(refused(PlanWord::IsRequester.text(language).to_owned()));
    }
    let time = desk::now();
    let end = Moment::parse(&plan.expires).unwrap_or(time);
    if time > end {
        return Err(refused(PlanWord::PlanExpired.text(language).to_owned()));
    }
    if !args.reject
        && let Some(hold) = holds::borne_out(job, language)?.against(plan, day)
    {
        return Err(refused(PlanWord::Held.fill(language, &[&hold.id])));
    }
    Ok((time, end))
}
