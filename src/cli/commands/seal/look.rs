//! Looking at archives: listed, checked as a whole, opened with a reason.

use super::{Ended, archives, archives::Archives, key_path, next_check};
use crate::cli::shown::Shown as _;
use crate::{
    cli::{
        Trouble,
        args::packages::{ArchiveArgs, SealCheck, SealList, SealOpen},
        clock,
        commands::backup,
        desk::{self, Ledger},
        packages::{self, refused},
        setup::absolute,
    },
    keys::Signer,
    model::{Actor, Date, Event},
    reports::Condition,
    seal::{self, Check, IndexFile, Purpose, Record},
    walk::PathGlobs,
    words::{Language, PackageWord, grouped, size},
};
use std::{io::Write, path::PathBuf};

pub(super) fn list(args: &SealList, language: Language) -> Ended {
    let archives = absolute(&args.archives);
    desk::is_folder(&archives, language)?;
    let all = seal::list(&archives).map_err(|e| packages::of_archive(&e, &archives, language))?;
    let mut out = std::io::stdout().lock();
    if all.is_empty() {
        writeln!(
            out,
            "{}",
            PackageWord::NoArchives.fill(language, &[&args.archives.shown()])
        )?;
    }
    let today = desk::today();
    let mut conditions = Vec::new();
    for (folder, record) in all {
        let name = folder.file_name().map(|n| n.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        match record {
            Err(e) => {
                let why = packages::of_archive(&e, &folder, language).text;
                writeln!(
                    out,
                    "{}",
                    PackageWord::ListBad.fill(language, &[&name, &why])
                )?;
                conditions.push(Condition::Unproved);
            }
            Ok(record) => {
                let state = state(&record, today, language, &mut conditions);
                let day = clock::day_in_china(&record.created);
                let counts = (grouped(record.files), size(record.bytes));
                let line = PackageWord::ListLine
                    .fill(language, &[&record.id, &day, &counts.0, &counts.1, &state]);
                writeln!(out, "{line}")?;
            }
        }
    }
    conditions.dedup();
    Ok(conditions)
}

fn state(
    record: &Record,
    today: Date,
    language: Language,
    conditions: &mut Vec<Condition>,
) -> String {
    if let Some(destroyed) = &record.destroyed {
        let day = clock::day_in_china(&destroyed.time);
        let word = if record.lacks_parts_only() {
            PackageWord::ListPartsGone
        } else {
            PackageWord::ListDestroyed
        };
        return word.fill(language, &[&day]);
    }
    match record.next_check() {
        Some(day) if day < today => {
            conditions.push(Condition::Incomplete);
            PackageWord::ListOverdue.fill(language, &[&day])
        }
        Some(day) => PackageWord::ListNext.fill(language, &[&day]),
        None => String::new(),
    }
}

/// An archive as named, its key, and who acts.
pub(in crate::cli::commands) struct Named {
    pub(in crate::cli::commands) job: PathBuf,
    pub(in crate::cli::commands) folder: PathBuf,
    pub(in crate::cli::commands) key_file: PathBuf,
    pub(in crate::cli::commands) signer: Signer,
    pub(in crate::cli::commands) actor: Actor,
}

impl Named {
    pub(in crate::cli::commands) fn read(
        args: &ArchiveArgs,
        language: Language,
    ) -> Result<Self, Trouble> {
        let job = desk::job(&args.job);
        let is_name = !args.id.is_empty() && !args.id.contains(['/', '\0']) && args.id != "..";
        let folder = absolute(&args.archives).join(&args.id);
        if !is_name || !folder.is_dir() {
            return Err(Trouble::usage(
                PackageWord::NoArchive.fill(language, &[&args.id]),
            ));
        }
        let signer = desk::signer(&args.key, language)?;
        Ok(Self {
            key_file: key_path(&job, &args.id, args.archive_key.as_ref()),
            actor: Actor {
                key: signer.id(),
                role: args.role.clone(),
            },
            job,
            folder,
            signer,
        })
    }

    /// The record of the archive, as far as the trail of the job bears it out; nothing of an archive that is
    /// destroyed.
    fn record(
        &self,
        id: &str,
        language: Language,
    ) -> Result<(Record, Option<archives::Borne>), Trouble> {
        let wrong = |e| packages::of_archive(&e, &self.folder, language);
        let record = Record::read(&self.folder).map_err(wrong)?;
        let told = Archives::read(&self.job, language)?;
        let borne = told.believed(&record, id, language)?;
        match &record.destroyed {
            Some(destroyed) if record.is_beyond_reach() => {
                let day = clock::day_in_china(&destroyed.time);
                Err(refused(
                    PackageWord::ArchiveDestroyed.fill(language, &[&id, &day]),
                ))
            }
            _ => Ok((record, borne)),
        }
    }

    pub(in crate::cli::commands) fn event(&self, name: &str, id: &str) -> Event {
        let mut event = Event::new(name, &clock::now());
        event.run = Some(id.to_owned());
        event.operator = Some(self.actor.clone());
        event
    }
}

/// Decrypts an archive as a whole, compares it, and sets the next date.
pub(in crate::cli::commands) fn check(
    args: &SealCheck,
    purpose: Purpose,
    language: Language,
) -> Ended {
    let named = Named::read(&args.archive, language)?;
    let wrong = |e| packages::of_archive(&e, &named.folder, language);
    let (before, borne) = named.record(&args.archive.id, language)?;
    let identity = packages::identity(&named.key_file, language)?;
    let mut ledger = Ledger::open(&named.job, language)?;
    let looked = seal::check(&named.folder, &before, std::slice::from_ref(&identity));
    // With a key that does not fit nothing was learnt of the archive.
    let is_wrong_key = matches!(
        &looked,
        Err(
            seal::SealError::Box(crate::containers::ContainerError::WrongKey)
                | seal::SealError::Destroyed
        )
    );
    if is_wrong_key {
        return Err(looked.err().map_or_else(|| refused(String::new()), wrong));
    }
    if borne.is_none() && looked.is_ok() {
        let list = seal::index(&named.folder, &before, std::slice::from_ref(&identity));
        if !is_complement(&before, &list.map_err(wrong)?) {
            return Err(archives::not_the_made(&before.id, language));
        }
    }
    let known = backup::place(&named.job, &before.id);
    let copied = known
        .as_ref()
        .filter(|(archive, _)| backup::is_copy(archive, &named.folder, &before));
    // What is seen of a copy says nothing of the archive: neither its place nor its next day changes.
    let verb = if copied.is_some() {
        "copy-checked"
    } else {
        "checked"
    };
    let mut event = named.event(&format!("{}.{verb}", purpose.id()), &before.id);
    let result = crate::model::EventResult {
        word: if looked.is_ok() { "done" } else { "failed" }.to_owned(),
        verified: looked.as_ref().ok().map(|(seen, _)| seen.bytes),
        ..crate::model::EventResult::default()
    };
    event.result = Some(result);
    ledger.record(&event)?;
    let next = if looked.is_ok() {
        next_check(args.months)
    } else {
        desk::today().to_string()
    };
    if copied.is_none() {
        let contents = looked.as_ref().ok().map(|(_, text)| text.as_str());
        note(&named, before, contents, &next, language)?;
    }
    ledger.checkpoint()?;
    let (seen, _) = looked.map_err(wrong)?;
    let mut out = std::io::stdout().lock();
    let counts = (grouped(seen.files), size(seen.bytes));
    writeln!(
        out,
        "{}",
        PackageWord::Checked.fill(language, &[&counts.0, &counts.1])
    )?;
    if let Some((archive, _)) = copied {
        let text = PackageWord::CheckedCopy.fill(language, &[&archive.shown()]);
        writeln!(out, "{text}")?;
        return Ok(Vec::new());
    }
    if known
        .is_some_and(|(archive, _)| archive.canonicalize().ok() != named.folder.canonicalize().ok())
    {
        let text = PackageWord::ArchiveMoved.fill(language, &[&named.folder.shown()]);
        writeln!(out, "{text}")?;
    }
    writeln!(out, "{}", PackageWord::NextCheckBy.fill(language, &[&next]))?;
    Ok(Vec::new())
}

/// Notes in the record of an archive, and in the job, what was seen of it and where it and its key lie; `contents` is
/// the list of what it holds, or `None` when it is not whole.
fn note(
    named: &Named,
    record: Record,
    contents: Option<&str>,
    next: &str,
    language: Language,
) -> Result<(), Trouble> {
    let noted = Check {
        time: clock::now(),
        by: named.signer.id(),
        whole: contents.is_some(),
        next: next.to_owned(),
    };
    let record = seal::add_check(&named.folder, record, noted, &named.signer)
        .map_err(|e| packages::of_archive(&e, &named.folder, language))?;
    let Some(text) = contents else {
        return backup::keep(&named.job, &record, language);
    };
    // A copy of the key is not the key, as long as that lies where it lay.
    let known = backup::place(&named.job, &record.id);
    let key = known.map(|(_, key)| key).filter(|k| k.exists());
    let key = key.as_deref().unwrap_or(&named.key_file);
    let places = (named.folder.as_path(), key);
    backup::keep_with(&named.job, &record, text, places, language)
}

/// Whether what a record says was left out is all that its list does not have. A look must not make true what somebody
/// wrote into a record that nothing but its signature bears out.
fn is_complement(record: &Record, list: &seal::Index) -> bool {
    let mut all: Vec<u32> = record.left_out.iter().map(|l| l.item).collect();
    all.extend(list.files.iter().map(|f| f.item));
    all.sort_unstable();
    (1..).zip(&all).all(|(n, item): (u32, _)| n == *item)
}

/// Takes files out; the reason stands in the trail before the first byte is decrypted.
pub(in crate::cli::commands) fn open(
    args: &SealOpen,
    purpose: Purpose,
    language: Language,
) -> Ended {
    desk::no_values_builtin(
        &[("--reason", &args.reason), ("--ticket", &args.ticket)],
        language,
    )?;
    let named = Named::read(&args.archive, language)?;
    let wrong = |e| packages::of_archive(&e, &named.folder, language);
    let (record, _) = named.record(&args.archive.id, language)?;
    let identity = packages::identity(&named.key_file, language)?;
    let globs = PathGlobs::new(&args.include).map_err(|e| Trouble::glob(&e, language))?;
    let out = absolute(&args.out);
    if std::fs::read_dir(&out).is_ok_and(|mut d| d.next().is_some()) {
        let text = PackageWord::FolderNotEmpty.fill(language, &[&args.out.shown()]);
        return Err(refused(text));
    }
    let wanted = |file: &IndexFile| {
        let all = args.item.is_empty() && args.include.is_empty();
        all || args.item.contains(&file.item) || globs.names(file.path.bytes())
    };
    let mut ledger = Ledger::open(&named.job, language)?;
    let verb = match purpose {
        Purpose::Seal => "seal.opened",
        Purpose::Backup => "backup.restored",
    };
    let mut event = named.event(&format!("{verb}-begun"), &record.id);
    event.reason = Some(args.reason.clone());
    event.ticket = Some(args.ticket.clone()).filter(|t| !t.is_empty());
    ledger.record(&event)?;
    packages::step("seal.open-begun");
    let opened = seal::open(
        &named.folder,
        &record,
        std::slice::from_ref(&identity),
        &wanted,
        &out,
    );
    verb.clone_into(&mut event.event);
    event.time = clock::now();
    let count = opened.as_ref().map_or(0, |o| o.files);
    event.counts.insert("files".into(), count);
    event.result = Some(crate::model::EventResult {
        word: if opened.is_ok() { "done" } else { "failed" }.to_owned(),
        ..crate::model::EventResult::default()
    });
    ledger.record(&event)?;
    ledger.checkpoint()?;
    let opened = opened.map_err(wrong)?;
    if opened.files == 0 {
        return Err(Trouble::usage(PackageWord::NothingMatches.text(language)));
    }
    let counts = (grouped(opened.files), size(opened.bytes));
    let text = PackageWord::OpenedTo.fill(language, &[&counts.0, &counts.1, &args.out.shown()]);
    writeln!(std::io::stdout(), "{text}")?;
    Ok(Vec::new())
}
