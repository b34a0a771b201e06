//! [`Names`]: what files are called in a bag, so that every system can hold them.

use crate::model::Name;
use std::{collections::BTreeSet, fmt::Write};

/// Names that Windows keeps for devices, whatever ending follows.
const DEVICES: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8",
    "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// Longest component in bytes: Linux holds 255, and there must be room for ` (2)`.
const LONGEST: usize = 200;

/// Gives every file of a bag a name of its own that Windows, Linux and the manifests can hold.
///
/// A name is kept when it can be. Characters that Windows does not allow become their full-width twins; so
/// does `%`, which manifests would have to escape and some validators do not read back; control characters
/// become `_`. Bytes that are not UTF-8 are shown as `％XX`. Names that would be equal on Windows, where
/// capital letters do not count, get ` (2)`, ` (3)` and so on.
#[derive(Debug, Default)]
pub struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    /// None given yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The path in the bag for a path below one of its folders. `/` stands between components in both.
    pub fn give(&mut self, folder: &str, path: &Name) -> String {
        let mut out = String::from(folder);
        for component in path.bytes().split(|&b| b == b'/').filter(|c| !c.is_empty()) {
            out.push('/');
            out.push_str(&portable(component));
        }
        self.unique(out)
    }

    fn unique(&mut self, wanted: String) -> String {
        if self.taken.insert(wanted.to_lowercase()) {
            return wanted;
        }
        let slash = wanted.rfind('/').map_or(0, |i| i + 1);
        let (folder, last) = wanted.split_at(slash);
        let (stem, ending) = match last.rfind('.') {
            Some(dot) if dot > 0 => last.split_at(dot),
            _ => (last, ""),
        };
        let mut number = 2_u64;
        loop {
            let candidate = format!("{folder}{stem} ({number}){ending}");
            if self.taken.insert(candidate.to_lowercase()) {
                return candidate;
            }
            number += 1;
        }
    }
}

fn portable(component: &[u8]) -> String {
    let mut out = String::with_capacity(component.len());
    for chunk in component.utf8_chunks() {
        for c in chunk.valid().chars() {
            out.push(match c {
                '%' => '％',
                '<' => '＜',
                '>' => '＞',
                ':' => '：',
                '"' => '＂',
                '|' => '｜',
                '?' => '？',
                '*' => '＊',
                '\\' => '＼',
                c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => '_',
                c => c,
            });
        }
        for byte in chunk.invalid() {
            // Writing to a string does not fail.
            let _ = write!(out, "％{byte:02X}");
        }
    }
    while out.len() > LONGEST {
        shorten(&mut out);
    }
    // Windows drops dots and blanks at the end; a manifest's reader may drop blanks at both ends.
    let trimmed = out.trim().trim_end_matches(['.', ' ']);
    if trimmed.len() != out.len() {
        out = format!("{trimmed}_");
    }
    let stem = out.split('.').next().unwrap_or_default().to_lowercase();
    if DEVICES.contains(&stem.as_str()) {
        out.insert(0, '_');
    }
    out
}

/// Takes one character out before the ending.
fn shorten(name: &mut String) {
    let ending = match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot <= 16 => dot,
        _ => name.len(),
    };
    let last = name
        .get(..ending)
        .and_then(|stem| stem.char_indices().next_back())
        .map(|(at, _)| at);
    match last {
        Some(at) => drop(name.remove(at)),
        None => drop(name.pop()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn given(names: &[&str]) -> Vec<String> {
        let mut all = Names::new();
        names
            .iter()
            .map(|n| all.give("data", &Name::from(*n)))
            .collect()
    }

    #[test]
    fn names_that_can_be_kept_are_kept() {
        let kept = ["客户/张三 2020.xlsx", "a.b.c", "ÄÖ/é", ".hidden"];
        let same: Vec<_> = kept.iter().map(|n| format!("data/{n}")).collect();
        assert_eq!(given(&kept), same);
    }

    #[test]
    fn names_that_windows_or_manifests_cannot_hold_are_not() {
        assert_eq!(
            given(&[
                "100%.txt", "a\rb\nc", "x:y?.z", "con.txt", "dot.", " pad ", "a\\b"
            ]),
            [
                "data/100％.txt",
                "data/a_b_c",
                "data/x：y？.z",
                "data/_con.txt",
                "data/dot_",
                "data/pad_",
                "data/a＼b"
            ]
        );
        let mut names = Names::new();
        let gbk = Name::new(b"\xD5\xC5.txt".to_vec());
        assert_eq!(names.give("data", &gbk), "data/％D5％C5.txt");
    }

    #[test]
    fn names_that_would_be_equal_are_told_apart() {
        assert_eq!(
            given(&["A.txt", "a.TXT", "a.txt", "a (2).TXT", "b", "B"]),
            [
                "data/A.txt",
                "data/a (2).TXT",
                "data/a (3).txt",
                "data/a (2) (2).TXT",
                "data/b",
                "data/B (2)"
            ]
        );
    }

    proptest! {
        #[test]
        fn given_names_are_portable_and_differ(all in proptest::collection::vec(
            proptest::collection::vec(any::<u8>(), 1..400), 1..40)) {
            let mut names = Names::new();
            let mut seen = BTreeSet::new();
            for bytes in all {
                let got = names.give("data", &Name::new(bytes));
                prop_assert!(seen.insert(got.to_lowercase()));
                prop_assert!(!got.contains(['%', '\r', '\n', '\0', '\\', ':']));
                for component in got.split('/') {
                    prop_assert!(component.len() <= 255 && !component.is_empty());
                    prop_assert!(component != "." && component != "..");
                    prop_assert_eq!(component.trim(), component);
                }
            }
        }
    }
}
