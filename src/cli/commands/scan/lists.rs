//! Which paths are read: those of the command line, of a list, or what differs from a commit.

use crate::cli::shown::Shown as _;
use crate::{
    cli::{Trouble, args::Scan},
    words::{DailyWord, Language, Word},
};
use std::{
    collections::BTreeSet,
    ffi::OsStr,
    io::Read,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Bytes of a list at most.
const MOST: u64 = 64 << 20;

/// The paths, and whether a list gave them: then there may be none.
pub(super) fn paths(args: &Scan, language: Language) -> Result<(Vec<PathBuf>, bool), Trouble> {
    if let Some(list) = &args.daily.files_from {
        if !args.walk.paths.is_empty() {
            let text = DailyWord::ListOrPaths.text(language);
            return Err(Trouble::usage(text));
        }
        return Ok((read(list, language)?, true));
    }
    if let Some(commit) = &args.daily.changed_since {
        let here = [PathBuf::from(".")];
        let below = match args.walk.paths.as_slice() {
            [] => &here[..],
            paths => paths,
        };
        return Ok((changed(commit, below, language)?, true));
    }
    Ok((args.walk.paths.clone(), false))
}

fn read(list: &Path, language: Language) -> Result<Vec<PathBuf>, Trouble> {
    let mut bytes = Vec::new();
    let result = if list == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(MOST + 1)
            .read_to_end(&mut bytes)
    } else {
        std::fs::File::open(list).and_then(|f| f.take(MOST + 1).read_to_end(&mut bytes))
    };
    // The rest of a longer one would be left out, and nobody would know.
    let whole = |n: usize| match n as u64 {
        n if n > MOST => Err(std::io::ErrorKind::FileTooLarge.into()),
        _ => Ok(()),
    };
    result.and_then(whole).map_err(|e| {
        let text = DailyWord::ListUnreadable.fill(language, &[&list.shown(), &e]);
        Trouble::usage(text)
    })?;
    Ok(divided(&bytes))
}

/// The names in a list, divided by NUL when there is one, else by line ends. Each once.
fn divided(bytes: &[u8]) -> Vec<PathBuf> {
    let mark = if bytes.contains(&0) { 0 } else { b'\n' };
    let mut seen = BTreeSet::new();
    bytes
        .split(|&b| b == mark)
        .map(|name| match (mark, name.split_last()) {
            (b'\n', Some((b'\r', rest))) => rest,
            _ => name,
        })
        .filter(|name| !name.is_empty() && seen.insert(name.to_vec()))
        .map(|name| PathBuf::from(OsStr::from_bytes(name)))
        .collect()
}

/// Files below these paths that differ from a commit or are not in git at all, and not ignored.
fn changed(commit: &str, below: &[PathBuf], language: Language) -> Result<Vec<PathBuf>, Trouble> {
    let mut all = BTreeSet::new();
    let failed = || Trouble::failed(DailyWord::GitFailed.text(language));
    for path in below {
        if std::fs::symlink_metadata(path).is_err() {
            return Err(Trouble::usage(
                Word::NoSuchPath.fill(language, &[&path.shown()]),
            ));
        }
        let top = git(path, &["rev-parse", "--show-toplevel"], language)?
            .ok_or_else(|| Trouble::usage(DailyWord::GitNoRepository.text(language)))?;
        let top = top.strip_suffix(b"\n").unwrap_or(&top);
        let top = PathBuf::from(OsStr::from_bytes(top));
        let known = format!("{commit}^{{commit}}");
        let known = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &known,
        ];
        if git(path, &known, language)?.is_none() {
            return Err(Trouble::usage(DailyWord::GitNoCommit.text(language)));
        }
        let differ = [
            "diff",
            "--name-only",
            "-z",
            "--diff-filter=d",
            "--no-ext-diff",
            // Whatever the repository says of names in folders.
            "--no-relative",
            "--end-of-options",
            commit,
            "--",
            ".",
        ];
        // Names of diff count from the top of the repository, those of ls-files from the folder.
        for name in divided(&git(path, &differ, language)?.ok_or_else(failed)?) {
            all.insert(top.join(name));
        }
        let new = [
            "ls-files",
            "-z",
            "--others",
            "--exclude-standard",
            "--",
            ".",
        ];
        for name in divided(&git(path, &new, language)?.ok_or_else(failed)?) {
            all.insert(path.join(name));
        }
    }
    // A repository inside another is listed as a folder, and walked as one.
    let is_there =
        |p: &PathBuf| std::fs::symlink_metadata(p).is_ok_and(|m| m.is_file() || m.is_dir());
    let here = std::env::current_dir().unwrap_or_default();
    // As short as the user would type it.
    let short = |p: PathBuf| p.strip_prefix(&here).map(Path::to_path_buf).unwrap_or(p);
    let plain = |p: PathBuf| p.strip_prefix(".").map(Path::to_path_buf).unwrap_or(p);
    let short: BTreeSet<PathBuf> = all
        .into_iter()
        .filter(is_there)
        .map(|p| plain(short(p)))
        .collect();
    Ok(short.into_iter().collect())
}

/// What git says in a folder; `None` when it fails. Its own words name files and are not passed on. Programs
/// that a repository's own settings name are not started.
fn git(folder: &Path, args: &[&str], language: Language) -> Result<Option<Vec<u8>>, Trouble> {
    let done = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "core.fsmonitor=false", "-c", "core.quotePath=false"])
        .args(args)
        .stdin(Stdio::null())
        .output()
        .map_err(|_| Trouble::failed(DailyWord::GitMissing.text(language)))?;
    Ok(done.status.success().then_some(done.stdout))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_divided_by_nul_or_lines() {
        let names = |bytes: &[u8]| -> Vec<String> {
            let all = divided(bytes);
            all.iter().map(|p| p.display().to_string()).collect()
        };
        assert_eq!(names(b"a\nb c\r\n\na\n"), ["a", "b c"]);
        assert_eq!(names(b"a\nb\0c\0\0"), ["a\nb", "c"]);
        assert!(names(b"").is_empty());
    }
}
