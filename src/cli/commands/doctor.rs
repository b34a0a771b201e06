//! `inkout doctor`: what this build and this machine can do, and what to do about the rest.

use crate::{
    cli::{Trouble, erasing::medium_word, own},
    erase,
    formats::ALL,
    model::Ability,
    reports::{
        Condition,
        text::{COLUMNS, wrapped},
    },
    rules::Examples,
    sys::{self, Needs, Restricted},
    words::{DailyWord, Language, format_name, grouped, size},
};
use std::{
    io::{self, Write},
    path::Path,
    process::{Command, Stdio},
};

pub(in crate::cli) fn run(language: Language) -> Result<Vec<Condition>, Trouble> {
    let rules = own::rules(&[], Examples::Without, language)?;
    let out = &mut io::stdout().lock();
    let digest = rules.digest.get(..16).unwrap_or_default();
    say(
        out,
        DailyWord::DoctorProgram.fill(
            language,
            &[
                &env!("CARGO_PKG_VERSION"),
                &grouped(rules.rules.len() as u64),
                &digest,
            ],
        ),
    )?;
    formats(out, language)?;
    machine(out, language)?;
    folder(out, language)?;
    tools(out, language)?;
    Ok(Vec::new())
}

/// A sentence on lines of its own; those after the first stand in.
fn say(out: &mut dyn Write, text: impl AsRef<str>) -> io::Result<()> {
    for (n, line) in wrapped(text.as_ref(), COLUMNS - 2).iter().enumerate() {
        let indent = if n == 0 { "" } else { "  " };
        writeln!(out, "{indent}{line}")?;
    }
    Ok(())
}

fn formats(out: &mut dyn Write, language: Language) -> io::Result<()> {
    let named = |ability: Ability| -> String {
        // What has one name stands together: pictures, compressed files.
        let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
        for format in ALL.iter().filter(|f| f.ability() == ability) {
            let id = format.id();
            let name = format_name(Some(id)).map_or(id, |w| w.text(language));
            match all.iter_mut().find(|(known, _)| *known == name) {
                Some((_, ids)) => ids.push(id),
                None => all.push((name, vec![id])),
            }
        }
        let all: Vec<String> = all
            .iter()
            .map(|(name, ids)| format!("{name} ({})", ids.join(", ")))
            .collect();
        all.join(language.pick("、", ", "))
    };
    say(
        out,
        DailyWord::DoctorBoth.fill(language, &[&named(Ability::ReadWrite)]),
    )?;
    say(
        out,
        DailyWord::DoctorRead.fill(language, &[&named(Ability::Read)]),
    )?;
    say(out, DailyWord::DoctorEncodings.text(language))?;
    say(out, DailyWord::DoctorOcr.text(language))
}

fn machine(out: &mut dyn Write, language: Language) -> io::Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let files = sys::lift_open_files();
    say(
        out,
        DailyWord::DoctorLimits.fill(language, &[&cores, &grouped(files)]),
    )?;
    if files < 1_024 {
        say(out, DailyWord::DoctorFewFiles.text(language))?;
    }
    // Asked in a thread of its own, which alone gives up its rights.
    let granted = std::thread::scope(|scope| {
        let asked = scope.spawn(|| sys::restrict(&Needs::default()));
        asked.join().unwrap_or(Restricted::Not)
    });
    let text = match granted {
        Restricted::Fully => DailyWord::DoctorLandlock,
        Restricted::Partly => DailyWord::SandboxPartly,
        Restricted::Not => DailyWord::SandboxNot,
    };
    say(out, text.text(language))?;
    let of = |name| std::env::var(name).unwrap_or_default();
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].map(of);
    let locale = locale.iter().find(|l| !l.is_empty());
    let none = DailyWord::DoctorNone.text(language);
    let locale = locale.map_or(none, String::as_str);
    say(
        out,
        DailyWord::DoctorLocale.fill(language, &[&locale, &language.id()]),
    )?;
    let plain = locale.to_ascii_lowercase().replace('-', "");
    if !plain.contains("utf8") {
        say(out, DailyWord::DoctorNotUtf8.text(language))?;
    }
    Ok(())
}

/// What the file system of the current folder can do for scans that are repeated.
fn folder(out: &mut dyn Write, language: Language) -> io::Result<()> {
    let free = sys::free_space(Path::new("."));
    let free = free.map_or_else(|e| e.to_string(), size);
    say(out, DailyWord::DoctorFree.fill(language, &[&free]))?;
    let here = std::env::current_exe().and_then(std::fs::File::open);
    let about = here.and_then(|f| sys::attributes(&f, 0));
    if about.is_ok_and(|a| a.inode == 0) {
        say(out, DailyWord::DoctorNoInodes.text(language))?;
    }
    match erase::probe(Path::new(".")) {
        Ok(probe) => {
            let medium = medium_word(probe.medium).text(language);
            let told: [&dyn std::fmt::Display; 3] = [&probe.file_system, &medium, &probe.best.id()];
            say(out, DailyWord::DoctorFolder.fill(language, &told))
        }
        Err(_) => say(out, DailyWord::DoctorNoFolder.text(language)),
    }
}

/// Programs that some options need.
fn tools(out: &mut dyn Write, language: Language) -> io::Result<()> {
    for (name, argument, what) in [
        ("git", "--version", "--changed-since"),
        ("date", "+%z", "--window"),
        ("sh", "-c:", "--notify"),
    ] {
        let mut command = Command::new(name);
        if argument == "-c:" {
            command.args(["-c", ":"]);
        } else {
            command.arg(argument);
        }
        let ran = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let text = if ran.is_ok_and(|s| s.success()) {
            DailyWord::DoctorTool
        } else {
            DailyWord::DoctorNoTool
        };
        say(out, text.fill(language, &[&name, &what]))?;
    }
    Ok(())
}
