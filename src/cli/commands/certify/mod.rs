//! `inkout certify`: what a run did, as a signed file and a page that can be filed.

mod compose;
mod paper;
mod sheet;

use crate::cli::shown::Shown as _;
use crate::{
    audit::Checkpoint,
    cli::{
        Trouble,
        args::plans::{Certify, KeyArgs, VerifyCertificate},
        clock,
        desk::{self, Ledger, Standing},
    },
    digest::sha256_name,
    keys::{Signer, short},
    model::{Actor, Event, RUN_SCHEMA, RunResult, canonical_file, read_canonical},
    plan::PlanFile,
    reports::{Condition, certificate, safe},
    store,
    words::{Language, PlanWord},
};
use paper::{Certificate, SCHEMA};
use std::{
    io::Write,
    path::{Path, PathBuf},
};

type Ended = Result<Vec<Condition>, Trouble>;

/// All that a certificate is made from.
struct Given<'a> {
    args: &'a Certify,
    language: Language,
    job: PathBuf,
    result: RunResult,
    result_digest: String,
    plan: PlanFile,
    signer: Signer,
    time: String,
}

pub(in crate::cli) fn run(args: &Certify, language: Language) -> Ended {
    let given = given(args, language)?;
    let mut ledger = Ledger::open(&given.job, language)?;
    let actor = Actor {
        key: given.signer.id(),
        role: args.role.clone(),
    };
    let mut event = event("certificate.made", &given, &actor);
    event
        .digests
        .insert("result".into(), given.result_digest.clone());
    ledger.record(&event)?;
    let note = ledger.checkpoint()?;
    let mut paper = compose::certificate(&given, &note)?;
    let unsigned = |_| Trouble::failed("signature");
    paper.sign(&given.signer, actor.clone()).map_err(unsigned)?;
    if let Some(key) = &args.operator_key {
        let operator = desk::signer(
            &KeyArgs {
                key: key.clone(),
                pass_file: args.operator_pass_file.clone(),
            },
            language,
        )?;
        if operator.id() != given.result.operator.key {
            let text = PlanWord::CertOperatorKey.text(language);
            return Err(Trouble::usage(text));
        }
        let who = given.result.operator.clone();
        paper.sign(&operator, who).map_err(unsigned)?;
    }
    let bytes = canonical_file(&paper).map_err(|e| Trouble::failed(e.to_string()))?;
    let mut page = Vec::new();
    certificate::write(&sheet::sheet(&paper), &mut page)?;
    let file = |name: &str| args.out.join(name);
    for (name, content) in [
        ("certificate.json", bytes.as_slice()),
        ("certificate.html", &page),
        ("checkpoint.note", note.as_bytes()),
    ] {
        desk::write(&file(name), content, Standing::Refuse, language)?;
    }
    event.event = "certificate.issued".into();
    event
        .digests
        .insert("certificate".into(), sha256_name(&bytes));
    event.digests.insert("page".into(), sha256_name(&page));
    ledger.record(&event)?;
    ledger.checkpoint()?;
    let mut out = std::io::stdout().lock();
    let at = args.out.shown();
    writeln!(out, "{}", PlanWord::CertAt.fill(language, &[&at]))?;
    Ok(Vec::new())
}

fn given(args: &Certify, language: Language) -> Result<Given<'_>, Trouble> {
    let job = desk::job(&args.job);
    let (result, result_digest) = result(&job, &args.run, language)?;
    let signer = desk::signer(&args.key, language)?;
    let refused = |word: PlanWord| Trouble {
        condition: Condition::Refused,
        text: word.text(language).to_owned(),
    };
    if signer.id() == result.operator.key {
        return Err(refused(PlanWord::CertSameKey));
    }
    let keys = desk::key_list(&job, args.keys.as_ref(), language)?;
    let listed = keys.find(&signer.id(), desk::today());
    let listed = listed.ok_or_else(|| refused(PlanWord::NotListed))?;
    if !listed.roles.contains(&args.role) {
        return Err(refused(PlanWord::NotTheirRole));
    }
    let plan = plan(&job, args.plan.as_deref(), &result.plan, language)?;
    Ok(Given {
        args,
        language,
        result,
        result_digest,
        plan,
        signer,
        time: clock::now(),
        job,
    })
}

fn event(what: &str, given: &Given<'_>, actor: &Actor) -> Event {
    let plan = given.plan.plan();
    let mut event = Event::new(what, &given.time);
    event.run = Some(given.result.run.clone());
    event.plan = Some(given.plan.id().to_owned());
    event.ticket = Some(plan.ticket.clone());
    event.operator = Some(actor.clone());
    event
}

/// The result of a run, by its id or its file, and the digest of that file.
fn result(job: &Path, run: &Path, language: Language) -> Result<(RunResult, String), Trouble> {
    let none = || Trouble::usage(PlanWord::CertNoRun.fill(language, &[&run.shown()]));
    let mut path = run.to_owned();
    if path.is_dir() {
        path.push("result.json");
    } else if !path.is_file() {
        let name = run.file_name().ok_or_else(none)?;
        path = job.join("runs").join(name);
        path.as_mut_os_string().push(".json");
    }
    if !path.is_file() {
        return Err(none());
    }
    let bytes = desk::read(&path, language)?;
    let result = read_canonical(&bytes, u64::from(RUN_SCHEMA))
        .map_err(|e| desk::bad_file(&path, &e, language))?;
    Ok((result, sha256_name(&bytes)))
}

/// The plan of this id: the one given, or among those of the job.
fn plan(
    job: &Path,
    named: Option<&Path>,
    id: &str,
    language: Language,
) -> Result<PlanFile, Trouble> {
    let mut paths: Vec<PathBuf> = named.map(Path::to_owned).into_iter().collect();
    if named.is_none() {
        paths = desk::in_folder(&job.join(desk::PLANS));
    }
    for path in paths {
        let file = desk::plan(&path, language)?;
        if file.id() == id {
            return Ok(file);
        }
    }
    Err(Trouble::usage(
        PlanWord::CertNoPlan.fill(language, &[&short(id)]),
    ))
}

/// The job's key: keyed digests of contents stand in the register.
fn job_key(given: &Given<'_>) -> Result<crate::digest::JobKey, Trouble> {
    store::load_key(&given.job)
        .map_err(|e| super::scan::store_trouble(&e, &given.job, given.language))
}

/// `inkout verify certificate`: whether a certificate is as it was signed.
pub(in crate::cli) fn verify(args: &VerifyCertificate, language: Language) -> Ended {
    let bytes = desk::read(&args.file, language)?;
    let shown = args.file.shown();
    let bad = || Trouble {
        condition: Condition::Unproved,
        text: PlanWord::CertBad.fill(language, &[&shown]),
    };
    let paper: Certificate = read_canonical(&bytes, u64::from(SCHEMA)).map_err(|_| bad())?;
    let note = Checkpoint::parse(&paper.checkpoint);
    if !paper.holds() || note.is_err() {
        return Err(bad());
    }
    let mut out = std::io::stdout().lock();
    let names = paper
        .signatures
        .iter()
        .map(|s| format!("{} ({})", short(&s.who.key), s.who.role))
        .collect::<Vec<String>>()
        .join(", ");
    let title = sheet::title(&paper.kind).text(language);
    let line: [&dyn std::fmt::Display; 4] = [
        &title,
        &safe::line(&paper.number),
        &paper.signatures.len(),
        &safe::line(&names),
    ];
    writeln!(out, "{}", PlanWord::CertGood.fill(language, &line))?;
    if let Some(list) = &args.keys {
        let keys = desk::key_list(Path::new(""), Some(list), language)?;
        for signed in &paper.signatures {
            if keys.find(&signed.who.key, desk::today()).is_none() {
                let key = short(&signed.who.key);
                writeln!(out, "{}", PlanWord::CertUnlisted.fill(language, &[&key]))?;
            }
        }
    }
    Ok(Vec::new())
}
