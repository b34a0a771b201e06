//! A user's own rule files, read from disk.

use super::{
    Trouble, clock,
    desk::{self, Standing},
    setup::absolute,
};
use crate::cli::shown::Shown as _;
use crate::{
    model::{Name, canonical_file, read_canonical},
    rules::{Examples, MOST_BYTES, OwnFile, RuleError, RuleSet},
    words::{Language, Word},
};
use serde::{Deserialize, Serialize};
use std::{
    ffi::OsStr,
    io::{Read, Write},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// Endings of the files that are read in a folder of rules.
const ENDINGS: [&str; 3] = ["toml", "txt", "list"];

/// The rules of the program and of these files; what has ended on the allow lists is told on standard error.
pub(super) fn rules(
    paths: &[PathBuf],
    examples: Examples,
    language: Language,
) -> Result<RuleSet, Trouble> {
    let own = files(paths, language)?;
    let mut rules =
        RuleSet::with_own(&own, examples).map_err(|e| Trouble::usage(said(&e, language)))?;
    let today = clock::now();
    for entry in rules.expire(today.get(..10).unwrap_or_default()) {
        let text = Word::AllowEnded.fill(
            language,
            &[
                &entry.place.0,
                &entry.place.1,
                &entry.until.unwrap_or_default(),
                &entry.reason,
            ],
        );
        let _ = writeln!(
            std::io::stderr(),
            "{}",
            Word::Warning.fill(language, &[&text])
        );
    }
    for entry in &rules.allow.entries {
        if let Some(rule) = entry.rule.as_ref().filter(|r| rules.find(r).is_none()) {
            let text = Word::AllowNoRule.fill(language, &[&entry.place.0, &entry.place.1, rule]);
            return Err(Trouble::usage(text));
        }
    }
    Ok(rules)
}

/// All files that these paths name, in order; of a folder those that end in .toml, .txt or .list.
pub(super) fn files(paths: &[PathBuf], language: Language) -> Result<Vec<OwnFile>, Trouble> {
    let mut all = Vec::new();
    let mut left = MOST_BYTES;
    for path in paths {
        if path.is_dir() {
            let inside = in_folder(path).map_err(|e| unreadable(path, &e, language))?;
            if inside.is_empty() {
                let text = Word::RulesFolderEmpty.fill(language, &[&path.shown()]);
                return Err(Trouble::usage(text));
            }
            for file in inside {
                all.push(read(&file, &mut left, language)?);
            }
        } else {
            all.push(read(path, &mut left, language)?);
        }
    }
    Ok(all)
}

/// The files of rules in a folder, in order.
fn in_folder(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut inside: Vec<PathBuf> = std::fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|p| {
            let ending = p.extension().and_then(|e| e.to_str());
            ending.is_some_and(|e| ENDINGS.contains(&e)) && p.is_file()
        })
        .collect();
    inside.sort();
    Ok(inside)
}

/// The rules of the program and of these files, for looking at paths in messages: nothing is said. Those of the
/// program alone when the files are wrong, which is told where they are read for the command.
pub(super) fn quietly(paths: &[PathBuf]) -> Option<RuleSet> {
    let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
    let read = |path: PathBuf| {
        let mut text = String::new();
        let file = std::fs::File::open(&path).ok()?;
        file.take(most).read_to_string(&mut text).ok()?;
        // The name tells what kind of list it is, and is not said.
        let name = path.to_string_lossy().into_owned();
        Some(OwnFile { name, text })
    };
    let files = paths.iter().flat_map(|path| match in_folder(path) {
        Ok(inside) => inside,
        Err(_) => vec![path.clone()],
    });
    let own: Vec<OwnFile> = files.filter_map(read).collect();
    RuleSet::with_own(&own, Examples::Without)
        .or_else(|_| RuleSet::with_own(&[], Examples::Without))
        .ok()
}

/// Name of the file in a job folder that says which own rules its scan went by.
const OWN_RULES: &str = "rules.json";
/// Number of its shape.
const SCHEMA: u32 = 1;

/// Which own rules a scan went by. Their text is not kept: lists of words may hold names.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnRules {
    schema: u32,
    /// Digest of all rules.
    digest: String,
    /// Rule files and folders, absolute.
    files: Vec<Name>,
}

/// Keeps in a job folder which own rules its scan goes by.
pub(super) fn keep(job: &Path, files: &[PathBuf], language: Language) -> Result<(), Trouble> {
    let path = job.join(OWN_RULES);
    if files.is_empty() {
        return match std::fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e.into()),
            _ => Ok(()),
        };
    }
    let files: Vec<PathBuf> = files.iter().map(|f| absolute(f)).collect();
    let own = OwnRules {
        schema: SCHEMA,
        // The digest knows the files by the names that they are read by.
        digest: quietly(&files).map_or_else(String::new, |r| r.digest),
        files: (files.iter())
            .map(|f| Name::new(f.as_os_str().as_bytes()))
            .collect(),
    };
    let bytes = canonical_file(&own).map_err(|e| Trouble::failed(e.to_string()))?;
    desk::write(&path, &bytes, Standing::Replace, language)
}

/// The rules that the scan of a job folder went by: those of the program when it had no others. `None` when they
/// are no longer where they were, or are others now.
pub(super) fn of_job(job: &Path) -> Option<RuleSet> {
    let bytes = match std::fs::read(job.join(OWN_RULES)) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return quietly(&[]),
        Err(_) => return None,
    };
    let own: OwnRules = read_canonical(&bytes, u64::from(SCHEMA)).ok()?;
    let path = |name: &Name| PathBuf::from(OsStr::from_bytes(name.bytes()));
    let files: Vec<PathBuf> = own.files.iter().map(path).collect();
    quietly(&files).filter(|rules| rules.digest == own.digest)
}

fn read(path: &Path, left: &mut usize, language: Language) -> Result<OwnFile, Trouble> {
    let fail = |e: &std::io::Error| unreadable(path, e, language);
    let mut bytes = Vec::new();
    let most = u64::try_from(*left).unwrap_or(u64::MAX);
    std::fs::File::open(path)
        .and_then(|f| f.take(most.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|e| fail(&e))?;
    let Some(rest) = left.checked_sub(bytes.len()) else {
        let text = Word::RulesTooLarge.fill(language, &[&path.shown(), &(MOST_BYTES >> 20)]);
        return Err(Trouble::usage(text));
    };
    *left = rest;
    let text = String::from_utf8(bytes)
        .map_err(|_| Trouble::usage(Word::RulesNotUtf8.fill(language, &[&path.shown()])))?;
    Ok(OwnFile {
        name: path.shown(),
        text,
    })
}

fn unreadable(path: &Path, error: &std::io::Error, language: Language) -> Trouble {
    Trouble::usage(Word::RulesUnreadable.fill(language, &[&path.shown(), error]))
}

/// What is wrong with a rule file, where, and what to do.
pub(super) fn said(error: &RuleError, language: Language) -> String {
    let RuleError::Field {
        file,
        rule,
        field,
        reason,
    } = error
    else {
        let advice = Word::AdviceFile.text(language);
        return Word::BadRuleFile.fill(language, &[error, &advice]);
    };
    let advice = match field.as_str() {
        "id" => Word::AdviceId,
        "pattern" | "groups" | "plain" => Word::AdvicePattern,
        "regex" | "keywords" | "group" | "before" => Word::AdviceRegex,
        "forms" => Word::AdviceForms,
        "tags" | "mask" | "validator" | "check" => Word::AdviceNames,
        "until" | "reason" | "values" | "digests" => Word::AdviceAllow,
        field if field.starts_with("confidence") || field == "base" => Word::AdvicePoints,
        _ => Word::AdviceFile,
    };
    Word::BadRuleField.fill(
        language,
        &[file, rule, field, reason, &advice.text(language)],
    )
}
