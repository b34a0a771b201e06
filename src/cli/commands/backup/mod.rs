//! `inkout backup`: encrypted backups before anything is destroyed.

mod behind;

pub(in crate::cli) use behind::{is_copy, place, places, sealed, verified};

use super::{
    archives::{self, Archives},
    seal::{self as sealing, Named},
};
use crate::cli::shown::Shown as _;
use crate::{
    cli::{
        Trouble,
        args::packages::{BackupCommand, BackupCreate, BackupDestroyKey},
        clock,
        desk::{self, Ledger, Standing},
        packages::{self, refused},
        setup::{absolute, random},
    },
    digest::{hex, sha256},
    model::{Actor, Event, Name, canonical_file, join},
    reports::Condition,
    seal::{self, Destroyed, LeftOut, Order, Purpose, Record, Thing},
    store::{Store, StoreError},
    walk::PathGlobs,
    words::{Language, PackageWord, Word, grouped, size},
};
use std::{
    fs::{File, OpenOptions},
    io::{Seek, SeekFrom, Write},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// Folder of the records of backups in the job folder, where erasing looks for them.
pub(in crate::cli) const BACKUPS: &str = "backups";

type Ended = Result<Vec<Condition>, Trouble>;

pub(in crate::cli) fn run(command: &BackupCommand, language: Language, quiet: bool) -> Ended {
    match command {
        BackupCommand::Create(args) => create(args, language, quiet),
        BackupCommand::Verify(args) => sealing::check(args, Purpose::Backup, language),
        BackupCommand::Restore(args) => sealing::open(args, Purpose::Backup, language),
        BackupCommand::DestroyKey(args) => destroy_key(args, language),
    }
}

/// Where the job keeps the record of an archive.
pub(in crate::cli) fn record_path(job: &Path, id: &str) -> PathBuf {
    job.join(BACKUPS).join(format!("{id}.json"))
}

/// Keeps what an archive holds, by digests, beside its record in the job folder, and where it and its key lie.
pub(super) fn keep_with(
    job: &Path,
    record: &Record,
    contents: &str,
    (folder, key): (&Path, &Path),
    language: Language,
) -> Result<(), Trouble> {
    let path = record_path(job, &record.id).with_extension("sha256");
    desk::write(&path, contents.as_bytes(), Standing::Replace, language)?;
    behind::keep_place(job, &record.id, folder, key, language)?;
    keep(job, record, language)
}

/// Keeps the record of an archive in the job folder.
pub(super) fn keep(job: &Path, record: &Record, language: Language) -> Result<(), Trouble> {
    let bytes = canonical_file(record).map_err(|e| Trouble::failed(e.to_string()))?;
    desk::write(
        &record_path(job, &record.id),
        &bytes,
        Standing::Replace,
        language,
    )
}

/// A new id, that sorts by day.
fn new_id(created: &str) -> Result<String, Trouble> {
    let day: String = created
        .chars()
        .filter(char::is_ascii_digit)
        .take(8)
        .collect();
    let tail = random()?;
    Ok(format!(
        "backup-{day}-{}",
        hex(tail.get(..4).unwrap_or_default())
    ))
}

fn create(args: &BackupCreate, language: Language, quiet: bool) -> Ended {
    desk::no_values_builtin(
        &[("--reason", &args.reason), ("--ticket", &args.ticket)],
        language,
    )?;
    let job = desk::job(&args.job);
    let signer = desk::signer(&args.key, language)?;
    let keys = desk::key_list(&job, None, language).ok();
    if keys.is_none_or(|k| k.find(&signer.id(), desk::today()).is_none()) {
        let text = PackageWord::BackupUnlisted.text(language);
        desk::say(&Word::Warning.fill(language, &[&text]));
    }
    let (things, left_out) = things(args, &job, language)?;
    let created = clock::now();
    let id = new_id(&created)?;
    let path = sealing::key_path(&job, &id, args.archive_key.as_ref());
    let identity = sealing::own_key(&path, &id, &job, language)?;
    let recipients = packages::recipients(&args.recipient, language)?;
    let actor = Actor {
        key: signer.id(),
        role: args.role.clone(),
    };
    let mut ledger = Ledger::open(&job, language)?;
    let mut event = Event::new("backup.begun", &created);
    event.run = Some(id.clone());
    event.operator = Some(actor);
    event.reason = Some(args.reason.clone());
    event.ticket = Some(args.ticket.clone()).filter(|t| !t.is_empty());
    event.counts.insert("files".into(), things.len() as u64);
    ledger.record(&event)?;
    if !quiet {
        let count = grouped(things.len() as u64);
        desk::say(&PackageWord::StepSeal.fill(language, &[&count]));
    }
    let archives = absolute(&args.archives);
    let next = sealing::next_check(seal::MOST_MONTHS);
    let order = Order {
        archives: &archives,
        id: &id,
        purpose: Purpose::Backup,
        plan: "",
        identity: &identity,
        recipients: &recipients,
        volume: args.volume_size,
        signer: &signer,
        created: &created,
        next_check: &next,
        reason: &args.reason,
        legal_basis: "",
        ticket: &args.ticket,
        redacted: &[],
        step: &packages::step,
    };
    let work = sealing::begin(&archives, &id, language)?;
    let made = seal::create(&work, &order, things, left_out)
        .map_err(|e| packages::of_archive(&e, &archives, language))?;
    drop(work);
    let record = &made.record;
    "backup.made".clone_into(&mut event.event);
    event.time = clock::now();
    archives::tell_made(&mut event, record)?;
    ledger.record(&event)?;
    keep_with(
        &job,
        &made.record,
        &made.contents,
        (&made.folder, &path),
        language,
    )?;
    ledger.checkpoint()?;
    said(&made, &path, language)
}

/// What was done, and what must be kept where.
fn said(made: &seal::Made, path: &Path, language: Language) -> Ended {
    let record = &made.record;
    let mut out = std::io::stdout().lock();
    let counts = (grouped(record.files), size(record.bytes));
    writeln!(
        out,
        "{}",
        PackageWord::BackedUp.fill(language, &[&counts.0, &counts.1])
    )?;
    writeln!(
        out,
        "{}",
        PackageWord::BackupId.fill(language, &[&record.id])
    )?;
    writeln!(
        out,
        "{}",
        PackageWord::ArchiveAt.fill(language, &[&made.folder.shown()])
    )?;
    writeln!(
        out,
        "{}",
        PackageWord::ArchiveKeyAt.fill(language, &[&path.shown()])
    )?;
    if !made.is_closed {
        writeln!(out, "{}", PackageWord::NotClosed.text(language))?;
    }
    if record.left_out.is_empty() {
        return Ok(Vec::new());
    }
    writeln!(out, "{}", PackageWord::SealLeftOut.text(language))?;
    let count = grouped(record.left_out.len() as u64);
    let why = PackageWord::WhyUnreadable.text(language);
    writeln!(
        out,
        "{}",
        PackageWord::LeftOutLine.fill(language, &[&why, &count])
    )?;
    Ok(vec![Condition::Incomplete])
}

/// Every file of the inventory, hashed now.
fn things(
    args: &BackupCreate,
    job: &Path,
    language: Language,
) -> Result<(Vec<Thing>, Vec<LeftOut>), Trouble> {
    let said = |e: StoreError| super::scan::store_trouble(&e, job, language);
    let globs = PathGlobs::new(&args.include).map_err(|e| Trouble::glob(&e, language))?;
    let store = Store::open(job).map_err(said)?;
    let roots: Vec<Name> = store
        .roots()
        .iter()
        .map(super::plan::absolute_root)
        .collect();
    let mut reader = store.reader().map_err(said)?;
    let (mut things, mut left_out) = (Vec::new(), Vec::new());
    let mut item = 0;
    while let Some(stored) = reader.next_record().map_err(said)? {
        let record = stored.record;
        if !args.include.is_empty() && !globs.names(record.path.bytes()) {
            continue;
        }
        item += 1;
        let root = roots.get(record.root as usize).cloned().unwrap_or_default();
        let whole = join(&root, &record.path);
        let source = PathBuf::from(std::ffi::OsStr::from_bytes(whole.bytes()));
        let read = crate::containers::staging::open(&source).and_then(|mut file| {
            let modified = crate::sys::stamp(&file)?.modified;
            Ok((sha256(&mut file)?, modified))
        });
        match read {
            Ok((sha256, modified)) => things.push(Thing {
                item,
                root: record.root + 1,
                path: record.path,
                source,
                sha256,
                modified: i64::try_from(modified).unwrap_or(0),
            }),
            Err(_) => left_out.push(LeftOut {
                item,
                why: "unreadable".into(),
            }),
        }
    }
    Ok((things, left_out))
}

/// Destroys the key file of a backup: the intent is in the trail, then the bytes go, then the record says so.
fn destroy_key(args: &BackupDestroyKey, language: Language) -> Ended {
    desk::no_values_builtin(&[("--reason", &args.reason)], language)?;
    let id = &args.archive.id;
    if args.confirm != *id {
        return Err(refused(
            PackageWord::NoArchive.fill(language, &[&args.confirm]),
        ));
    }
    let named = Named::read(&args.archive, language)?;
    let wrong = |e| packages::of_archive(&e, &named.folder, language);
    let record = Record::read(&named.folder).map_err(wrong)?;
    if record.purpose != Purpose::Backup || record.id != *id {
        return Err(Trouble::usage(PackageWord::NoArchive.fill(language, &[id])));
    }
    let told = Archives::read(&named.job, language)?;
    let keys = desk::key_list(&named.job, None, language).ok();
    match told.bears_out(&record, keys.as_ref(), desk::today()) {
        Err(archives::Doubt::Other) => return Err(archives::not_the_made(id, language)),
        // Whoever can write the folder could have put another key into the record.
        Err(archives::Doubt::Signer | archives::Doubt::Unknown)
            if !archives::is_listed(&record, keys.as_ref(), desk::today()) =>
        {
            return Err(Trouble {
                condition: Condition::Unproved,
                text: PackageWord::BackupUnborne.fill(language, &[id]),
            });
        }
        _ => told.has_no_other_lock(&record.key, id, language)?,
    }
    let mut ledger = Ledger::open(&named.job, language)?;
    let mut event = named.event("backup.key-destroying", id);
    event.reason = Some(args.reason.clone());
    if named.key_file.exists() {
        let identity = packages::identity(&named.key_file, language)?;
        if identity.recipient().to_string() != record.key {
            let shown = named.key_file.shown();
            let text = PackageWord::KeyFileOther.fill(language, &[&shown, id]);
            return Err(refused(text));
        }
        ledger.record(&event)?;
        packages::step("backup.key-intent");
        wipe(&named.key_file)?;
    } else if record.destroyed.is_none() && !was_begun(&named, id, language)? {
        // Nobody destroyed it here: it may lie somewhere else.
        return Err(Trouble::usage(
            PackageWord::BadIdentity.fill(language, &[&named.key_file.shown()]),
        ));
    }
    packages::step("backup.key-wiped");
    let destroyed = Destroyed {
        time: clock::now(),
        by: named.signer.id(),
        reason: args.reason.clone(),
        still: record.recipients.clone(),
    };
    let record = seal::add_destroyed(&named.folder, record, destroyed, &named.signer);
    let record = record.map_err(wrong)?;
    keep(&named.job, &record, language)?;
    "backup.key-destroyed".clone_into(&mut event.event);
    event.time = clock::now();
    archives::tell_still(&mut event, record.recipients.len());
    ledger.record(&event)?;
    ledger.checkpoint()?;
    let still = if record.recipients.is_empty() {
        PackageWord::KeyGoneNone.text(language).to_owned()
    } else {
        record.recipients.join(", ")
    };
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{}",
        PackageWord::KeyGone.fill(language, &[id, &still])
    )?;
    writeln!(out, "{}", PackageWord::KeyGoneLimits.text(language))?;
    Ok(Vec::new())
}

/// Whether the trail says that the destruction of this key was begun: then a missing file is its end.
fn was_begun(named: &Named, id: &str, language: Language) -> Result<bool, Trouble> {
    let query = crate::audit::Query {
        event: Some("backup.key-destroying".to_owned()),
        run: Some(id.to_owned()),
        ..crate::audit::Query::default()
    };
    let rows = desk::trail(&named.job, language)?;
    Ok(rows.iter().any(|r| query.takes(&r.event)))
}

/// Overwrites a small file in its place with random bytes, through to the disk, and removes it.
fn wipe(path: &Path) -> Result<(), Trouble> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let size = file.metadata()?.len();
    let mut left = size;
    file.seek(SeekFrom::Start(0))?;
    while left > 0 {
        let bytes = random()?;
        let n = usize::try_from(left)
            .unwrap_or(bytes.len())
            .min(bytes.len());
        file.write_all(bytes.get(..n).unwrap_or_default())?;
        left -= n as u64;
    }
    file.sync_all()?;
    std::fs::remove_file(path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
