//! `inkout audit`: the trail checked, searched, signed.

use crate::cli::shown::Shown as _;
use crate::{
    audit::{self, Fault, NoteError, Query, Report, Row},
    cli::{
        Trouble,
        args::plans::{AuditCheckpoint, AuditCommand, AuditInit, AuditQuery, AuditVerify},
        desk::{self, Ledger},
        setup::random,
    },
    digest::hex,
    keys::short,
    reports::{Condition, safe},
    words::{Language, PlanWord},
};
use std::{io::Write, path::Path};

type Ended = Result<Vec<Condition>, Trouble>;

pub(in crate::cli) fn run(command: &AuditCommand, language: Language) -> Ended {
    let mut out = std::io::stdout().lock();
    match command {
        AuditCommand::Init(args) => init(args, language, &mut out),
        AuditCommand::Verify(args) => verify(args, language, &mut out),
        AuditCommand::Query(args) => query(args, language, &mut out),
        AuditCommand::Checkpoint(args) => checkpoint(args, language, &mut out),
    }
}

fn init(args: &AuditInit, language: Language, out: &mut dyn Write) -> Ended {
    let job = desk::job(&args.job);
    desk::make_folder(&job)?;
    desk::no_audit_key(&job, language)?;
    let sm2 = if args.sm2 { Some(random()?) } else { None };
    let signer = desk::audit_key(&job, sm2, language)?;
    writeln!(
        out,
        "{}",
        PlanWord::AuditKey.fill(language, &[&signer.id()])
    )?;
    Ok(Vec::new())
}

fn checkpoint(args: &AuditCheckpoint, language: Language, out: &mut dyn Write) -> Ended {
    let job = desk::job(&args.job);
    no_trail(&job, language)?;
    let ledger = Ledger::open(&job, language)?;
    out.write_all(ledger.checkpoint()?.as_bytes())?;
    Ok(Vec::new())
}

fn no_trail(job: &Path, language: Language) -> Result<(), Trouble> {
    if job.join(audit::TRAIL).exists() {
        return Ok(());
    }
    Err(Trouble::usage(
        PlanWord::NoTrail.fill(language, &[&job.shown()]),
    ))
}

fn verify(args: &AuditVerify, language: Language, out: &mut dyn Write) -> Ended {
    let job = desk::job(&args.job);
    let mut outside = Vec::new();
    for path in &args.checkpoint {
        outside.push((path.shown(), desk::read_text(path, language)?));
    }
    if outside.is_empty() {
        no_trail(&job, language)?;
    }
    let report = audit::verify(&job, &outside)?;
    tell(&report, outside.is_empty(), language, out)?;
    Ok(if report.is_good() {
        Vec::new()
    } else {
        vec![Condition::Unproved]
    })
}

fn tell(
    report: &Report,
    alone: bool,
    language: Language,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let mut line = |word: PlanWord, arguments: &[&dyn std::fmt::Display]| {
        writeln!(out, "{}", word.fill(language, arguments))
    };
    line(PlanWord::TrailSize, &[&report.size, &hex(&report.root)])?;
    line(
        PlanWord::TrailCheckpoints,
        &[&report.checkpoints, &report.outside],
    )?;
    if let Some(key) = &report.key {
        line(PlanWord::TrailKey, &[key])?;
    }
    for fault in &report.faults {
        match fault {
            Fault::Line(n) => line(PlanWord::FaultLine, &[n])?,
            Fault::Torn(bytes) => line(PlanWord::FaultTorn, &[bytes])?,
            Fault::Note(name, NoteError::Signature) => line(PlanWord::FaultSignature, &[name])?,
            Fault::Note(name, _) => line(PlanWord::FaultNote, &[name])?,
            Fault::Short(have, had) => line(PlanWord::FaultShort, &[have, had])?,
            Fault::Other(n) => line(PlanWord::FaultOther, &[n])?,
            Fault::Foreign(name) => line(PlanWord::FaultForeign, &[name])?,
        }
    }
    match (report.is_good(), alone) {
        (false, _) => line(PlanWord::TrailBad, &[]),
        (true, true) => line(PlanWord::TrailGoodAlone, &[]),
        (true, false) => line(PlanWord::TrailGood, &[&report.covered, &report.size]),
    }
}

fn query(args: &AuditQuery, language: Language, out: &mut dyn Write) -> Ended {
    let job = desk::job(&args.job);
    no_trail(&job, language)?;
    let query = Query {
        event: args.event.clone(),
        plan: args.plan.clone(),
        run: args.run.clone(),
        ticket: args.ticket.clone(),
        operator: args.operator.clone(),
        fingerprint: args.fingerprint.clone(),
        from: args.from.clone(),
        to: args.to.clone(),
    };
    let (rows, unreadable) = audit::rows(&job, &query)?;
    for row in &rows {
        if args.json {
            writeln!(out, "{}", row.line)?;
        } else {
            writeln!(out, "{}", shown(row, language))?;
        }
    }
    if !args.json {
        writeln!(
            out,
            "{}",
            PlanWord::QueryCount.fill(language, &[&rows.len()])
        )?;
    }
    if unreadable > 0 {
        desk::say(&PlanWord::QueryUnreadable.fill(language, &[&unreadable]));
        return Ok(vec![Condition::Incomplete]);
    }
    Ok(Vec::new())
}

/// One event in one line, and what belongs to it in a second.
fn shown(row: &Row, language: Language) -> String {
    let event = &row.event;
    let mut line = format!("{:>6}  {}  {}", row.seq, event.time, event.event);
    let mut add = |word: PlanWord, value: Option<String>| {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            line.push_str("  ");
            let value = safe::line(&value);
            line.push_str(&word.fill(language, &[&value]));
        }
    };
    add(PlanWord::QueryTicket, event.ticket.clone());
    add(PlanWord::QueryPlan, event.plan.as_deref().map(short));
    add(PlanWord::QueryRun, event.run.clone());
    let who = |o: &crate::model::Actor| format!("{} ({})", short(&o.key), o.role);
    add(PlanWord::QueryOperator, event.operator.as_ref().map(who));
    add(PlanWord::QueryReason, event.reason.clone());
    if let Some(object) = &event.object {
        add(
            PlanWord::QueryObject,
            object.path_fp.clone().or(object.subject_fp.clone()),
        );
    }
    if let Some(result) = &event.result {
        let grade = result.grade.map_or("", crate::model::Grade::id);
        let why = result.why.as_deref().unwrap_or_default();
        add(
            PlanWord::QueryResult,
            Some(format!("{} {grade} {why}", result.word).trim().to_owned()),
        );
    }
    for (name, count) in &event.counts {
        line.push_str("  ");
        line.push_str(name);
        line.push('=');
        line.push_str(&count.to_string());
    }
    line
}
