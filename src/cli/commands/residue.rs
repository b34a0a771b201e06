//! `inkout verify residue`: search raw storage for what a run has destroyed.

use crate::cli::shown::Shown as _;
use crate::{
    cli::{
        Trouble, approval,
        args::erasing::Residue,
        erasing::{self, Desk, Hand},
    },
    erase::{self, Run, Searched},
    reports::Condition,
    words::{EraseWord, Language, grouped, size},
};
use std::{io::Write, time::Instant};

/// Places shown.
const SHOWN: usize = 10;

/// Searches, raises or lowers grades, and says what was found.
pub(in crate::cli) fn run(args: &Residue, language: Language) -> Result<Vec<Condition>, Trouble> {
    let steps = erasing::steps();
    let wrong = |e: &erase::EraseError| erasing::trouble(e, &args.run, "", language);
    let mut run = Run::open(&args.run).map_err(|e| wrong(&e))?;
    let job = erasing::job(&run, &args.job, language)?;
    let file = approval::plan(&run.index.plan_path(), language)?;
    let hand = Hand::read(&args.operator, language)?;
    let mut desk = Desk::open(&job, hand, language)?;
    // It takes long.
    desk.let_go();
    let start = Instant::now();
    let found = erase::scan(&mut run, &args.device, &args.kept, &steps).map_err(|e| wrong(&e))?;
    let seconds = start.elapsed().as_secs_f64();
    let mut result = super::purge::result(&run, &file, language)?;
    for item in &mut result.items {
        if let Some(residue) = &mut item.residue {
            residue.scanned = found.bytes;
        }
    }
    let mut event = desk.event("erase.searched", &run, Some(file.plan()));
    for (name, n) in [
        ("bytes", found.bytes),
        ("fingerprints", found.windows),
        ("found", found.hits),
        ("names", found.names),
        ("names-found", found.name_hits),
    ] {
        event.counts.insert(name.to_owned(), n);
    }
    desk.append(&event)?;
    desk.checkpoint()?;
    erasing::keep(&result, &args.run, &job, language)?;
    let mut out = std::io::stdout().lock();
    let device = args.device.shown();
    let device = crate::reports::safe::line(&device);
    #[expect(clippy::cast_precision_loss, reason = "a speed to three digits")]
    let speed = found.bytes as f64 / 1_048_576.0 / seconds.max(0.001);
    let title = EraseWord::ResidueTitle.fill(
        language,
        &[
            &device,
            &size(found.bytes),
            &format!("{seconds:.1}"),
            &format!("{speed:.0}"),
        ],
    );
    writeln!(out, "{title}")?;
    counts(&found, language, &mut out)?;
    erasing::told(&result, language, &mut out)?;
    writeln!(out, "{}", EraseWord::ResidueBlind.text(language))?;
    let unproved = found.hits > 0 || found.name_hits > 0 || found.proved.is_empty();
    Ok(if unproved {
        vec![Condition::Unproved]
    } else {
        Vec::new()
    })
}

fn counts(found: &Searched, language: Language, out: &mut dyn Write) -> std::io::Result<()> {
    let counts = [found.windows, found.hits, found.names, found.name_hits].map(grouped);
    let [windows, hits, names, name_hits] = &counts;
    let line = EraseWord::ResidueCounts.fill(language, &[windows, hits, names, name_hits]);
    writeln!(out, "{line}")?;
    if found.kept > 0 {
        let line = EraseWord::ResidueKept.fill(language, &[&grouped(found.kept)]);
        writeln!(out, "{line}")?;
    }
    for place in found.places.iter().take(SHOWN) {
        let what = if place.is_name {
            EraseWord::ResidueName
        } else {
            EraseWord::ResidueContent
        };
        let arguments: [&dyn std::fmt::Display; 3] =
            [&place.offset, &place.item, &what.text(language)];
        writeln!(out, "{}", EraseWord::ResidueAt.fill(language, &arguments))?;
    }
    if found.proved.is_empty() {
        writeln!(out, "{}", EraseWord::ResidueUnproved.text(language))?;
    }
    Ok(())
}
