//! `inkout erase freespace`: former copies in free space.

use crate::{
    cli::{
        Trouble,
        args::erasing::{Confirm, Freespace},
        clock,
        desk::{self, Ledger},
        erasing::{self, medium_word},
        setup,
    },
    digest::JobKey,
    erase::{Bounds, EraseError, Filled, FreeSpace},
    model::{Actor, Event},
    reports::Condition,
    words::{EraseWord, Language, size},
};
use std::io::Write;

/// Overwrites the free space of a volume.
pub(in crate::cli) fn run(args: &Freespace, language: Language) -> Result<Vec<Condition>, Trouble> {
    desk::no_values_builtin(&[("--reason", &args.reason)], language)?;
    let bounds = Bounds {
        reserve: args.reserve,
        most: args.most,
    };
    let wrong = |e: &EraseError| erasing::trouble(e, &args.volume, "", language);
    let steps = erasing::steps();
    let space = FreeSpace::look(&args.volume, bounds).map_err(|e| wrong(&e))?;
    let amount = space
        .free
        .saturating_sub(space.reserve)
        .min(args.most.unwrap_or(u64::MAX));
    let shown = size(amount);
    let (reserve, free) = (size(space.reserve), size(space.free));
    let texts = [Language::Zh, Language::En].map(|l| EraseWord::ConfirmTextFill.fill(l, &[&shown]));
    let texts = match (language, texts) {
        (Language::Zh, texts) => texts,
        (Language::En, [zh, en]) => [en, zh],
    };
    let question =
        |text: &str| EraseWord::ConfirmFill.fill(language, &[&shown, &free, &reserve, &text]);
    let confirm = Confirm {
        confirm: args.confirm.clone(),
        yes: false,
    };
    erasing::confirm(&confirm, &question, &texts, language)?;
    let job = desk::job(&args.job);
    let mut trail = Ledger::open(&job, language)?;
    let signer = desk::signer(&args.operator.key, language)?;
    let event = |what: &str| {
        let mut event = Event::new(what, &clock::now());
        event.operator = Some(Actor {
            key: signer.id(),
            role: args.operator.role.clone(),
        });
        event.reason = Some(args.reason.clone());
        event
    };
    let mut begun = event("erase.freespace-begun");
    begun.counts.insert("bytes".to_owned(), amount);
    trail.record(&begun)?;
    let key = JobKey::new(setup::random()?);
    let done = space.fill(bounds, &key, &steps).map_err(|e| {
        let trouble = wrong(&e);
        let why = match e {
            EraseError::Stopped(e) => e.to_string(),
            EraseError::Interrupted => "-".to_owned(),
            _ => return trouble,
        };
        Trouble {
            text: EraseWord::FillStopped.fill(language, &[&why]),
            ..trouble
        }
    })?;
    let mut ended = event("erase.freespace");
    for (name, n) in [
        ("written", done.written),
        ("verified", done.verified),
        ("left", done.left),
        ("reserve", done.reserve),
    ] {
        ended.counts.insert(name.to_owned(), n);
    }
    trail.record(&ended)?;
    trail.checkpoint()?;
    told(&done, language)?;
    Ok(if done.verified == done.written {
        Vec::new()
    } else {
        vec![Condition::Unproved]
    })
}

/// Says what was reached, and what was not.
fn told(done: &Filled, language: Language) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let counts = [done.written, done.verified, done.left, done.reserve].map(size);
    let [written, verified, left, reserve] = &counts;
    let medium = medium_word(done.medium).text(language);
    let line = |word: EraseWord, with: &[&dyn std::fmt::Display]| word.fill(language, with);
    writeln!(
        out,
        "{}",
        line(
            EraseWord::FillDone,
            &[written, verified, &done.file_system, &medium]
        )
    )?;
    writeln!(out, "{}", line(EraseWord::FillLeft, &[left, reserve]))?;
    if !done.clusters {
        writeln!(out, "{}", line(EraseWord::FillClusters, &[]))?;
    }
    writeln!(out, "{}", line(EraseWord::FillBlind, &[]))
}
