//! `inkout probe`: which grade erasing could reach here. Nothing is touched.

use crate::cli::shown::Shown as _;
use crate::{
    cli::{
        Trouble,
        args::erasing::Probe,
        erasing::{grade_word, medium_word, note_word},
    },
    erase::{self, Note},
    model::{Grade, Medium},
    reports::Condition,
    words::{EraseWord, Language, Word},
};
use std::io::Write;

/// Looks at every path.
pub(in crate::cli) fn run(args: &Probe, language: Language) -> Result<Vec<Condition>, Trouble> {
    let mut out = std::io::stdout().lock();
    let mut conditions = Vec::new();
    for path in &args.paths {
        if let Err(e) = path.symlink_metadata()
            && e.kind() == std::io::ErrorKind::NotFound
        {
            let text = Word::NoSuchPath.fill(language, &[&path.shown()]);
            return Err(Trouble::usage(text));
        }
    }
    for path in &args.paths {
        let shown = path.shown();
        let shown = crate::reports::safe::line(&shown);
        match erase::probe(path) {
            Ok(probe) => {
                told(&probe, &shown, language, &mut out)?;
                if probe.best == Grade::F {
                    conditions.push(Condition::Refused);
                }
            }
            Err(e) => {
                let text = EraseWord::ProbeFailed.fill(language, &[&shown, &e]);
                writeln!(std::io::stderr(), "{text}")?;
                conditions.push(Condition::Incomplete);
            }
        }
    }
    Ok(conditions)
}

fn told(
    probe: &erase::Probe,
    shown: &str,
    language: Language,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let best = probe.best;
    writeln!(
        out,
        "{}",
        EraseWord::ProbeTitle.fill(language, &[&shown, &best.id()])
    )?;
    let text = grade_word(best).text(language);
    writeln!(
        out,
        "{}",
        EraseWord::ProbeGrade.fill(language, &[&best.id(), &text])
    )?;
    if best == Grade::A {
        let without = probe.graded.grade.id();
        writeln!(
            out,
            "{}",
            EraseWord::ProbeWithout.fill(language, &[&without])
        )?;
        writeln!(out, "{}", EraseWord::ProbeHow.text(language))?;
    }
    let medium = medium_word(probe.medium).text(language);
    writeln!(
        out,
        "{}",
        EraseWord::ProbeSystem.fill(language, &[&probe.file_system, &medium])
    )?;
    if !probe.device.disks.is_empty() {
        let disks = probe.device.disks.join(" ");
        let line = EraseWord::ProbeDisk.fill(language, &[&disks, &probe.device.model]);
        writeln!(out, "{}", line.trim_end())?;
    }
    if probe.links > 0 {
        let line = EraseWord::ProbeExtras.fill(language, &[&probe.attributes, &probe.streams]);
        writeln!(out, "{line}")?;
    }
    for note in probe
        .graded
        .notes
        .iter()
        .filter(|n| **n != Note::NotScanned)
    {
        writeln!(out, "  - {}", note_word(*note).text(language))?;
    }
    if probe.medium != Medium::Rotational {
        writeln!(out, "  {}", EraseWord::BeyondReach.text(language))?;
    }
    Ok(())
}
