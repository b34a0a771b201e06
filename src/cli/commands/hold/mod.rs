//! `inkout hold`: what must stay whatever the terms say.

mod find;

use crate::{
    cli::{
        Trouble,
        args::plans::{HoldAdd, HoldCommand, HoldList, HoldRelease},
        clock,
        desk::{self, Ledger},
        holds::{self, Told},
        own,
    },
    keys::short,
    model::{Actor, Event, EventObject},
    policy::{Hold, Release},
    reports::{Condition, safe},
    rules::Examples,
    words::{Language, PlanWord, Word},
};
use find::Files;
use std::io::Write;

type Ended = Result<Vec<Condition>, Trouble>;

pub(in crate::cli) fn run(command: &HoldCommand, language: Language) -> Ended {
    let mut out = std::io::stdout().lock();
    match command {
        HoldCommand::Add(args) => add(args, language, &mut out),
        HoldCommand::List(args) => list(args, language, &mut out),
        HoldCommand::Release(args) => release(args, language, &mut out),
    }
}

fn add(args: &HoldAdd, language: Language, out: &mut dyn Write) -> Ended {
    let job = desk::known_job(&args.job, language)?;
    let signer = desk::signer(&args.key, language)?;
    let until = args
        .until
        .as_deref()
        .map(|d| desk::date("--until", d, language).map(|d| d.to_string()))
        .transpose()?;
    let detector = desk::detector(
        own::rules(&args.rules, Examples::Without, language)?,
        language,
    )?;
    desk::no_values(&[("--reason", &args.reason)], &detector, language)?;
    let Files {
        paths,
        subject,
        also,
        unread,
        plans_unread,
    } = find::named(args, &job, &detector, language)?;
    if paths.is_empty() && !args.all && subject.is_none() {
        let options = [
            ("--path", args.path.is_empty()),
            ("--file", args.file.is_empty()),
            ("--found", args.found.is_empty()),
            ("--ticket", args.ticket.is_empty()),
        ];
        let given = options.iter().filter(|(_, is_empty)| !is_empty);
        let given: Vec<&str> = given.map(|(option, _)| *option).collect();
        let given = given.join(", ");
        return Err(Trouble::usage(
            PlanWord::HoldNothing.fill(language, &[&given]),
        ));
    }
    // Whoever has the trail writes the holds alone. What the file has is not asked for: this may be the way back.
    let mut ledger = Ledger::open(&job, language)?;
    let mut all = holds::in_file(&job, language)?;
    let hold = Hold {
        id: Told::read(&job, language)?.next_id(&all),
        subject,
        also,
        paths,
        all: args.all,
        copies_may_go: args.copies_may_go,
        reason: args.reason.clone(),
        added: clock::now(),
        by: signer.id(),
        until,
        released: None,
    };
    ledger.record(&event("hold.added", &hold, &signer.id(), &hold.reason))?;
    all.holds.push(hold.clone());
    holds::keep(&job, &all, language)?;
    ledger.checkpoint()?;
    let counts: [&dyn std::fmt::Display; 2] = [&hold.id, &hold.paths.len()];
    let word = if hold.all {
        PlanWord::HoldAddedAll
    } else {
        PlanWord::HoldAdded
    };
    writeln!(out, "{}", word.fill(language, &counts))?;
    let late = find::late(&hold, &job, language)?;
    for (word, n) in [
        (PlanWord::HoldTooLate, late.gone),
        (PlanWord::HoldMayBeLate, late.unknown),
    ] {
        if n > 0 {
            let text = word.fill(language, &[&n]);
            desk::say(&Word::Warning.fill(language, &[&text]));
        }
    }
    if unread > 0 {
        let text = PlanWord::HoldUnread.fill(language, &[&unread]);
        desk::say(&Word::Warning.fill(language, &[&text]));
    }
    if plans_unread > 0 && !hold.all {
        let text = PlanWord::HoldPlansUnread.fill(language, &[&plans_unread]);
        desk::say(&Word::Warning.fill(language, &[&text]));
        return Ok(vec![Condition::Incomplete]);
    }
    Ok(Vec::new())
}

fn event_of(word: &str, key: &str, reason: &str) -> Event {
    let mut event = Event::new(word, &clock::now());
    event.operator = Some(Actor {
        key: key.to_owned(),
        role: "hold".into(),
    });
    event.reason = Some(reason.to_owned());
    event
}

fn event(word: &str, hold: &Hold, key: &str, reason: &str) -> Event {
    let mut event = event_of(word, key, reason);
    event.object = hold.subject.as_ref().map(|subject| EventObject {
        subject_fp: Some(subject.clone()),
        ..EventObject::default()
    });
    holds::tell(&mut event, hold);
    event.counts.insert("files".into(), hold.paths.len() as u64);
    event
}

fn list(args: &HoldList, language: Language, out: &mut dyn Write) -> Ended {
    let job = desk::known_job(&args.job, language)?;
    let all = holds::in_file(&job, language)?;
    let today = desk::today();
    for hold in &all.holds {
        let state = if hold.is_active(today) {
            PlanWord::HoldActive
        } else if hold.released.is_some() {
            PlanWord::HoldReleased
        } else {
            PlanWord::HoldOver
        };
        let what = match (hold.all, &hold.subject) {
            (true, _) => PlanWord::HoldOfAll.text(language).to_owned(),
            (_, Some(subject)) => {
                PlanWord::HoldOfPerson.fill(language, &[&short(subject), &hold.paths.len()])
            }
            _ => PlanWord::HoldOfPaths.fill(language, &[&hold.paths.len()]),
        };
        let until = hold.until.as_deref().unwrap_or("–");
        let line: [&dyn std::fmt::Display; 6] = [
            &hold.id,
            &state.text(language),
            &what,
            &hold.added,
            &until,
            &safe::line(&hold.reason),
        ];
        writeln!(out, "{}", PlanWord::HoldLine.fill(language, &line))?;
    }
    writeln!(
        out,
        "{}",
        PlanWord::HoldCount.fill(language, &[&all.holds.len()])
    )?;
    holds::borne_out(&job, language)?;
    Ok(Vec::new())
}

fn release(args: &HoldRelease, language: Language, out: &mut dyn Write) -> Ended {
    let job = desk::known_job(&args.job, language)?;
    let signer = desk::signer(&args.key, language)?;
    desk::no_values_builtin(&[("--reason", &args.reason)], language)?;
    let keys = desk::key_list(&job, None, language)?;
    if keys.find(&signer.id(), desk::today()).is_none() {
        return Err(Trouble {
            condition: Condition::Refused,
            text: PlanWord::NotListed.text(language).to_owned(),
        });
    }
    let mut ledger = Ledger::open(&job, language)?;
    let mut all = holds::in_file(&job, language)?;
    // One that was lost or changed in the file is ended as the trail knows it.
    let is_open = Told::read(&job, language)?.is_open(&args.id);
    let of_id = |h: &Hold| h.id == args.id;
    let stands = |h: &Hold| of_id(h) && h.released.is_none();
    let at = all.holds.iter().position(stands);
    let at = at.or_else(|| all.holds.iter().position(of_id).filter(|_| is_open));
    let released = Release {
        time: clock::now(),
        reason: args.reason.clone(),
        by: signer.id(),
    };
    let event = match at.and_then(|at| all.holds.get_mut(at)) {
        Some(hold) => {
            hold.released = Some(released);
            event("hold.released", hold, &signer.id(), &args.reason)
        }
        None if is_open => {
            let mut event = event_of("hold.released", &signer.id(), &args.reason);
            holds::tell_lost(&mut event, &args.id);
            event
        }
        None => return Err(Trouble::usage(PlanWord::NoHold.fill(language, &[&args.id]))),
    };
    ledger.record(&event)?;
    holds::keep(&job, &all, language)?;
    ledger.checkpoint()?;
    writeln!(out, "{}", PlanWord::HoldEnded.fill(language, &[&args.id]))?;
    Ok(Vec::new())
}
