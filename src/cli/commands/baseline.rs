//! `inkout baseline`: findings that are accepted in a pipeline.

use super::scan::store_trouble;
use crate::cli::shown::Shown as _;
use crate::{
    cli::{
        Trouble,
        args::{Accept, Audit, BaselineCommand, Scan},
        clock,
        setup::random,
    },
    digest::{JobKey, hex},
    model::{Accepted, Baseline, ValueDigest, column_of, fingerprint_input, is_day},
    reports::{Condition, safe},
    store::{self, Store},
    words::{DailyWord, Language, Word, grouped},
};
use std::{
    collections::BTreeMap,
    io::{Read, Write},
    path::{Path, PathBuf},
};

/// Environment variable that holds the key, as 64 hexadecimal digits.
const KEY: &str = "INKOUT_BASELINE_KEY";
/// Bytes of a baseline at most.
const MOST: u64 = 256 << 20;

pub(in crate::cli) fn run(
    command: &BaselineCommand,
    language: Language,
) -> Result<Vec<Condition>, Trouble> {
    match command {
        BaselineCommand::Create(args) => {
            if args.file.exists() {
                let text = DailyWord::BaselineExists.fill(language, &[&args.file.shown()]);
                return Err(Trouble::usage(text));
            }
            accept(args, Baseline::new(), language)
        }
        BaselineCommand::Update(args) => {
            let before = read(&args.file, language)?;
            accept(args, before, language)
        }
        BaselineCommand::Audit(args) => audit(args, language),
    }
}

/// The baseline of a scan and its key.
pub(super) fn of_scan(
    args: &Scan,
    language: Language,
) -> Result<Option<(Baseline, JobKey)>, Trouble> {
    let Some(file) = &args.daily.baseline else {
        return Ok(None);
    };
    let baseline = read(file, language)?;
    let key = key_of(file)?
        .ok_or_else(|| Trouble::usage(DailyWord::BaselineNoKey.fill(language, &[&file.shown()])))?;
    Ok(Some((baseline, key)))
}

/// A job folder whose key is not the baseline's.
pub(super) fn other_key(job: &Path, language: Language) -> Trouble {
    Trouble {
        condition: Condition::Refused,
        text: DailyWord::BaselineOtherKey.fill(language, &[&job.shown()]),
    }
}

/// Reads a baseline.
pub(super) fn read(file: &Path, language: Language) -> Result<Baseline, Trouble> {
    let unreadable = |e: &dyn std::fmt::Display| {
        let text = DailyWord::BaselineUnreadable.fill(language, &[&file.shown(), e]);
        Trouble::usage(text)
    };
    let mut text = String::new();
    std::fs::File::open(file)
        .and_then(|f| f.take(MOST).read_to_string(&mut text))
        .map_err(|e| unreadable(&e))?;
    Baseline::parse(&text).map_err(|e| {
        let text = DailyWord::BaselineBad.fill(language, &[&file.shown(), &e]);
        Trouble::usage(text)
    })
}

fn key_file(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".key");
    PathBuf::from(name)
}

/// The key of a baseline: from the environment, else from its file.
fn key_of(file: &Path) -> Result<Option<JobKey>, Trouble> {
    let text = match std::env::var(KEY) {
        Ok(text) if !text.trim().is_empty() => text,
        _ => match std::fs::read_to_string(key_file(file)) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e.into()),
        },
    };
    Ok(from_hex(text.trim()).map(JobKey::new))
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (n, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * n..2 * n + 2)?, 16).ok()?;
    }
    Some(key)
}

/// Accepts what a scan found.
fn accept(
    args: &Accept,
    mut baseline: Baseline,
    language: Language,
) -> Result<Vec<Condition>, Trouble> {
    if !is_day(&args.expires) {
        return Err(Trouble::usage(DailyWord::BaselineDay.text(language)));
    }
    if args.reason.trim().is_empty() || args.owner.trim().is_empty() {
        return Err(Trouble::usage(DailyWord::BaselineEmpty.text(language)));
    }
    let said = |e| store_trouble(&e, &args.job, language);
    let store = Store::open(&args.job).map_err(said)?;
    if !store.options().map_err(said)?.contains("all-findings=true") {
        let text = DailyWord::BaselineNotAll.fill(language, &[&args.job.shown()]);
        return Err(Trouble::usage(text));
    }
    let key = store::load_or_create_key(&args.job, random()?).map_err(said)?;
    match key_of(&args.file)? {
        Some(own) if own.bytes() != key.bytes() => return Err(other_key(&args.job, language)),
        Some(_) => {}
        None => {
            write(
                &key_file(&args.file),
                &format!("{}\n", hex(key.bytes())),
                0o600,
                language,
            )?;
            let text = DailyWord::BaselineKeyNote.fill(language, &[&key_file(&args.file).shown()]);
            writeln!(std::io::stderr(), "{text}")?;
        }
    }
    let found = found(&store, &key).map_err(said)?;
    let today = clock::today();
    let before = baseline.accepted.len();
    baseline
        .accepted
        .retain(|print, _| found.contains_key(print));
    let dropped = before - baseline.accepted.len();
    let mut new = 0_u64;
    for (print, (rule, column)) in found {
        // What is over is accepted anew: that is what the command is asked for.
        let holds = |a: &Accepted| a.expires >= today;
        if baseline.accepted.get(&print).is_some_and(holds) {
            continue;
        }
        new += 1;
        let entry = Accepted {
            rule,
            column,
            reason: args.reason.trim().to_owned(),
            owner: args.owner.trim().to_owned(),
            expires: args.expires.clone(),
            added: today.clone(),
        };
        baseline.accepted.insert(print, entry);
    }
    write(&args.file, &baseline.text(), 0o644, language)?;
    let text = DailyWord::BaselineWritten.fill(
        language,
        &[
            &args.file.shown(),
            &grouped(baseline.accepted.len() as u64),
            &grouped(new),
            &grouped(dropped as u64),
        ],
    );
    writeln!(std::io::stdout(), "{text}")?;
    Ok(Vec::new())
}

/// Fingerprint, rule and column of every finding.
fn found(
    store: &Store,
    key: &JobKey,
) -> Result<BTreeMap<String, (String, String)>, store::StoreError> {
    let mut all = BTreeMap::new();
    let mut reader = store.reader()?;
    while let Some(stored) = reader.next_record()? {
        for finding in &stored.record.findings {
            let Some(rule) = store.rules().get(usize::from(finding.rule)) else {
                continue;
            };
            let column = column_of(&stored.record, finding);
            let print: ValueDigest = key.name(&fingerprint_input(rule, finding.digest, &column));
            all.insert(print.to_string(), (rule.clone(), column));
        }
    }
    Ok(all)
}

/// Writes a file beside its place and renames it there.
fn write(file: &Path, text: &str, mode: u32, language: Language) -> Result<(), Trouble> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = PathBuf::from(beside);
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    let done = options.open(&beside).and_then(|mut out| {
        out.write_all(text.as_bytes())?;
        out.sync_all()?;
        std::fs::rename(&beside, file)
    });
    done.map_err(|e| {
        let _ = std::fs::remove_file(&beside);
        let what = format!("{}: {e}", file.shown());
        Trouble::failed(Word::WriteFailed.fill(language, &[&what]))
    })
}

/// What an audit tells together: rule, column, owner, last day, reason.
type Line = (String, String, String, String, String);

fn audit(args: &Audit, language: Language) -> Result<Vec<Condition>, Trouble> {
    let baseline = read(&args.file, language)?;
    let (today, soon) = (clock::today(), clock::day_after(args.within));
    let mut lines: BTreeMap<Line, u64> = BTreeMap::new();
    let (mut valid, mut ending, mut over) = (0_u64, 0_u64, 0_u64);
    for a in baseline.accepted.values() {
        let line = (
            a.rule.clone(),
            a.column.clone(),
            a.owner.clone(),
            a.expires.clone(),
            a.reason.clone(),
        );
        *lines.entry(line).or_default() += 1;
        match () {
            () if a.expires < today => over += 1,
            () if a.expires <= soon => ending += 1,
            () => valid += 1,
        }
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", DailyWord::AuditColumns.text(language))?;
    for ((rule, column, owner, expires, reason), count) in lines {
        let state = match () {
            () if expires < today => DailyWord::AuditExpired,
            () if expires <= soon => DailyWord::AuditSoon,
            () => DailyWord::AuditValid,
        };
        let column = if column.is_empty() { "-" } else { &column };
        writeln!(
            out,
            "{}\t{}\t{count}\t{}\t{expires}\t{}\t{}",
            safe::line(&rule),
            safe::line(column),
            safe::line(&owner),
            state.text(language),
            safe::line(&reason)
        )?;
    }
    let total = grouped(baseline.accepted.len() as u64);
    let text = DailyWord::AuditTotal.fill(
        language,
        &[
            &total,
            &grouped(valid),
            &grouped(ending),
            &args.within,
            &grouped(over),
        ],
    );
    writeln!(out, "{text}")?;
    Ok(if over > 0 {
        vec![Condition::Findings]
    } else {
        Vec::new()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_64_hexadecimal_digits() {
        let text = "00ff".repeat(16);
        assert_eq!(from_hex(&text).map(|k| (k[0], k[1])), Some((0, 255)));
        for bad in ["", "00", &"zz".repeat(32), &"é".repeat(32)] {
            assert!(from_hex(bad).is_none());
        }
        assert_eq!(key_file(Path::new("a/b.json")), Path::new("a/b.json.key"));
    }
}
