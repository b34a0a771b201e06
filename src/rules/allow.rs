//! Allow lists: what is not to be reported, why, and until when.

use crate::{digest::JobKey, model::ValueDigest};
use std::collections::BTreeSet;

/// Entries of all allow lists at most, and values of one.
pub(super) const MOST_ENTRIES: usize = 10_000;

/// One entry: all that it names must hold.
#[derive(Debug, Clone)]
pub struct Allow {
    /// The file and the number of the entry in it, from 1, for messages.
    pub place: (String, usize),
    /// Why it is allowed.
    pub reason: String,
    /// The last day it holds, as `2027-01-31`; `None` for ever.
    pub until: Option<String>,
    /// The rule whose findings it allows.
    pub rule: Option<String>,
    /// Glob over the path under the root: `*` and `?` within a folder, `**` across folders. Without a slash
    /// it is compared with the file's name.
    pub path: Option<String>,
    /// Values in [`bare`] form.
    pub values: BTreeSet<String>,
    /// Keyed digests of values in [`bare`] form.
    pub digests: BTreeSet<[u8; 16]>,
}

/// All entries of a run.
#[derive(Debug, Clone, Default)]
pub struct AllowList {
    /// In the order of the files.
    pub entries: Vec<Allow>,
    /// Makes the digests; the same in all files that have digests.
    pub(super) salt: Option<String>,
}

impl AllowList {
    /// Whether nothing is allowed.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes out what ended before `today` (`2026-11-24`) and gives it back.
    pub fn expire(&mut self, today: &str) -> Vec<Allow> {
        let over = |a: &Allow| a.until.as_deref().is_some_and(|until| until < today);
        let (ended, kept) = std::mem::take(&mut self.entries)
            .into_iter()
            .partition(over);
        self.entries = kept;
        ended
    }

    /// Whether a value found by a rule in a file is allowed. `forms` are the ways to write it that count.
    pub fn allows(&self, rule: &str, path: &[u8], forms: &[&str]) -> bool {
        let key = self.salt.as_deref().map(key);
        self.entries.iter().any(|entry| {
            entry.rule.as_deref().is_none_or(|r| r == rule)
                && entry.path.as_deref().is_none_or(|p| path_matches(p, path))
                && entry.has(forms, key.as_ref())
        })
    }
}

impl Allow {
    fn has(&self, forms: &[&str], key: Option<&JobKey>) -> bool {
        if self.values.is_empty() && self.digests.is_empty() {
            return true;
        }
        forms.iter().any(|form| {
            let bare = bare(form);
            let keyed = || key.is_some_and(|k| self.digests.contains(&k.value(bare.as_bytes()).0));
            self.values.contains(&bare) || !self.digests.is_empty() && keyed()
        })
    }
}

/// A value as allow lists compare it: letters and digits alone, full-width ones as ASCII, in capitals.
pub fn bare(value: &str) -> String {
    value
        .chars()
        .map(|c| match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            c => c,
        })
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect()
}

/// The digest of a value as an allow list holds it: keyed with the list's salt.
pub fn digest(salt: &str, value: &str) -> ValueDigest {
    key(salt).value(bare(value).as_bytes())
}

fn key(salt: &str) -> JobKey {
    use sha2::Digest as _;
    JobKey::new(sha2::Sha256::digest(salt.as_bytes()).into())
}

/// Whether a path matches a glob: of the whole path, or of the last name when the glob has no slash.
fn path_matches(glob: &str, path: &[u8]) -> bool {
    let path = if glob.contains('/') {
        path
    } else {
        path.rsplit(|b| *b == b'/').next().unwrap_or_default()
    };
    matches(glob.as_bytes(), path)
}

/// Where to go on in the glob, and the place in the path where it was tried last.
type Back = Option<(usize, usize)>;

/// Greedy with one step back for each kind of star: linear in the path for one star, never exponential.
fn matches(glob: &[u8], path: &[u8]) -> bool {
    let (mut g, mut p) = (0, 0);
    // Where to go on after the last `*` and the last `**`.
    let (mut star, mut deep): (Back, Back) = (None, None);
    loop {
        match (glob.get(g), path.get(p)) {
            (None, None) => return true,
            (Some(b'*'), _) if glob.get(g + 1) == Some(&b'*') => {
                // `**/` matches no folder too.
                g += if glob.get(g + 2) == Some(&b'/') { 3 } else { 2 };
                deep = Some((g, p));
                star = None;
                continue;
            }
            (Some(b'*'), _) => {
                g += 1;
                star = Some((g, p));
                continue;
            }
            (Some(b'?'), Some(b)) if *b != b'/' => {
                g += 1;
                p += 1;
                continue;
            }
            (Some(a), Some(b)) if a == b => {
                g += 1;
                p += 1;
                continue;
            }
            _ => {}
        }
        match (star, deep) {
            (Some((at, from)), _) if path.get(from).is_some_and(|b| *b != b'/') => {
                star = Some((at, from + 1));
                (g, p) = (at, from + 1);
            }
            (_, Some((at, from))) if from < path.len() => {
                deep = Some((at, from + 1));
                star = None;
                (g, p) = (at, from + 1);
            }
            _ => return false,
        }
    }
}

/// Whether a text is a day: `2027-01-31`.
pub(super) fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |t: &str, len: usize| (t.len() == len).then(|| t.parse::<u32>().ok()).flatten();
    match parts.as_slice() {
        [y, m, d] => {
            number(y, 4).is_some()
                && number(m, 2).is_some_and(|m| (1..=12).contains(&m))
                && number(d, 2).is_some_and(|d| (1..=31).contains(&d))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (glob, path, is) in [
            ("*.csv", "a/b/c.csv", true),
            ("*.csv", "a/b/c.txt", false),
            ("samples/**", "samples/a/b.txt", true),
            ("samples/*", "samples/a/b.txt", false),
            ("**/test/*.txt", "x/y/test/a.txt", true),
            ("**/test/*.txt", "test/a.txt", true),
            ("a/?.txt", "a/b.txt", true),
            ("a/?.txt", "a/bb.txt", false),
            ("a*b*c/d", "axxbyyc/d", true),
            ("**/b*/c", "a/b1/x/b2/c", true),
        ] {
            assert_eq!(path_matches(glob, path.as_bytes()), is, "{glob} {path}");
        }
        // As many stars as it likes: bounded.
        assert!(!matches(
            "*a".repeat(40).as_bytes(),
            "a".repeat(5_000).replace('a', "b").as_bytes()
        ));
    }

    #[test]
    fn days() {
        assert!(is_day("2027-01-31"));
        for text in [
            "2027-1-31",
            "2027-13-01",
            "never",
            "2027-01-31 ",
            "2027-01-3x",
        ] {
            assert!(!is_day(text), "{text}");
        }
    }

    #[test]
    fn entries_name_what_they_allow_and_end() {
        let entry = Allow {
            place: ("own.toml".into(), 1),
            reason: "test account".into(),
            until: Some("2027-01-31".into()),
            rule: Some("cn.mobile".into()),
            path: None,
            values: [bare("138 0013 8000")].into(),
            digests: [digest("salt", "6222 0210 0112 3456 789").0].into(),
        };
        let mut list = AllowList {
            entries: vec![entry],
            salt: Some("salt".into()),
        };
        assert!(list.allows("cn.mobile", b"a", &["１38-0013-8000"]));
        assert!(list.allows("cn.mobile", b"a", &["6222021001123456789"]));
        assert!(!list.allows("cn.bank-card", b"a", &["13800138000"]));
        assert!(!list.allows("cn.mobile", b"a", &["13800138001"]));
        assert!(list.expire("2027-01-31").is_empty());
        assert_eq!(list.expire("2027-02-01").len(), 1);
        assert!(list.is_empty());
    }
}
