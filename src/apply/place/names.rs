//! Which output has which name.

use super::PlaceError;
use std::collections::HashMap;

/// The file that marks an output folder as a job's.
pub(super) const MARKER: &[u8] = b".inkout-job";
/// Longest component on common file systems, in bytes.
const LONGEST: usize = 255;

/// Whether a name is one that outputs have while they are written.
pub(super) fn is_part(name: &[u8]) -> bool {
    name.strip_prefix(b".inkout-")
        .and_then(|n| n.strip_suffix(b".part"))
        .is_some_and(|n| n.len() >= 4 && n.iter().all(u8::is_ascii_hexdigit))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    File,
    Folder,
}

/// Names given so far, as paths under the output folder.
#[derive(Debug, Default)]
pub(super) struct Claims {
    taken: HashMap<Vec<u8>, Taken>,
    /// Folders that had to be called otherwise.
    folders: HashMap<Vec<u8>, Vec<u8>>,
    /// The next number to try for a path, so that a million equal names are not a million tries each.
    numbers: HashMap<Vec<u8>, u64>,
}

impl Claims {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// The path that a wanted path gets.
    pub(super) fn claim(&mut self, wanted: &[u8]) -> Result<Vec<u8>, PlaceError> {
        let mut parts: Vec<&[u8]> = wanted.split(|&b| b == b'/').collect();
        let bad = |p: &&[u8]| matches!(*p, b"" | b"." | b"..") || p.contains(&0);
        if parts.iter().any(bad) {
            return Err(PlaceError::BadName);
        }
        let name = parts.pop().ok_or(PlaceError::BadName)?;
        let mut at = Vec::new();
        for part in parts {
            let path = below(&at, part);
            at = match self.taken.get(&path) {
                Some(Taken::Folder) => path,
                None if !is_reserved(&at, part) && part.len() <= LONGEST => {
                    self.taken.insert(path.clone(), Taken::Folder);
                    path
                }
                _ if self.folders.contains_key(&path) => {
                    self.folders.get(&path).cloned().unwrap_or_default()
                }
                _ => {
                    let other = self.number(&at, part, Taken::Folder)?;
                    self.folders.insert(path, other.clone());
                    other
                }
            };
        }
        let path = below(&at, name);
        if name.len() <= LONGEST && !is_reserved(&at, name) && !self.taken.contains_key(&path) {
            self.taken.insert(path.clone(), Taken::File);
            return Ok(path);
        }
        self.number(&at, name, Taken::File)
    }

    /// The first numbered name that is free.
    fn number(&mut self, at: &[u8], name: &[u8], kind: Taken) -> Result<Vec<u8>, PlaceError> {
        let wanted = below(at, name);
        let mut number = self.numbers.get(&wanted).copied().unwrap_or(2);
        loop {
            let path = below(at, &numbered(name, number));
            number = number.checked_add(1).ok_or(PlaceError::Exists)?;
            if !self.taken.contains_key(&path) {
                self.taken.insert(path.clone(), kind);
                self.numbers.insert(wanted, number);
                return Ok(path);
            }
        }
    }
}

/// Names of the program's own.
fn is_reserved(at: &[u8], name: &[u8]) -> bool {
    is_part(name) || (at.is_empty() && name == MARKER)
}

fn below(at: &[u8], name: &[u8]) -> Vec<u8> {
    if at.is_empty() {
        return name.to_vec();
    }
    [at, b"/", name].concat()
}

/// `name (2).ext`, its stem cut so that all fits.
fn numbered(name: &[u8], number: u64) -> Vec<u8> {
    let suffix = format!(" ({number})");
    // An extension is short; a leading dot is none, and what follows the last of many words is not.
    let dot = name
        .iter()
        .rposition(|&b| b == b'.')
        .filter(|&d| d > 0 && name.len() - d <= 16);
    let (stem, extension) = name
        .split_at_checked(dot.unwrap_or(name.len()))
        .unwrap_or_default();
    let room = LONGEST.saturating_sub(suffix.len() + extension.len());
    let mut cut = stem.len().min(room);
    // Not inside a character.
    while cut < stem.len() && cut > 0 && stem.get(cut).is_some_and(|b| b & 0xC0 == 0x80) {
        cut -= 1;
    }
    [
        stem.get(..cut).unwrap_or_default(),
        suffix.as_bytes(),
        extension,
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn claim(claims: &mut Claims, wanted: &str) -> String {
        String::from_utf8(claims.claim(wanted.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn names_that_become_one_are_numbered_in_order() {
        let mut claims = Claims::new();
        let got: Vec<String> = [
            "a/***.csv",
            "a/***.csv",
            "b/***.csv",
            "a/*** (2).csv",
            "a/***.csv",
            "README",
            "README",
        ]
        .iter()
        .map(|w| claim(&mut claims, w))
        .collect();
        assert_eq!(
            got,
            [
                "a/***.csv",
                "a/*** (2).csv",
                "b/***.csv",
                "a/*** (2) (2).csv",
                "a/*** (3).csv",
                "README",
                "README (2)"
            ]
        );
    }

    #[test]
    fn a_file_and_a_folder_of_one_name_are_told_apart() {
        let mut claims = Claims::new();
        assert_eq!(claim(&mut claims, "x"), "x");
        assert_eq!(claim(&mut claims, "x/a"), "x (2)/a");
        assert_eq!(claim(&mut claims, "x/b"), "x (2)/b");
        assert_eq!(claim(&mut claims, "y/a"), "y/a");
        assert_eq!(claim(&mut claims, "y"), "y (2)");
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        for bad in [
            "", "/a", "a/", "a//b", "..", "a/../b", "../a", ".", "./a", "a/.", "a\0b",
        ] {
            let refused = Claims::new().claim(bad.as_bytes());
            assert!(matches!(refused, Err(PlaceError::BadName)), "{bad:?}");
        }
    }

    #[test]
    fn own_names_are_kept_free() {
        let mut claims = Claims::new();
        assert_eq!(claim(&mut claims, ".inkout-job"), ".inkout-job (2)");
        assert_eq!(claim(&mut claims, "a/.inkout-job"), "a/.inkout-job");
        let part = claim(&mut claims, "a/.inkout-00af.part");
        assert_eq!(part, "a/.inkout-00af (2).part");
        assert!(!is_part(b".inkout-00af (2).part"));
    }

    #[test]
    fn long_names_are_cut_at_a_character_and_keep_their_extension() {
        let mut claims = Claims::new();
        let long = format!("{}.xlsx", "名".repeat(100));
        let got = claim(&mut claims, &long);
        assert!(got.len() <= 255 && got.len() > 250, "{}", got.len());
        assert!(got.ends_with(" (2).xlsx"));
        assert_ne!(claim(&mut claims, &long), got);
    }

    #[test]
    fn many_equal_names_take_little_time() {
        let mut claims = Claims::new();
        for _ in 0..50_000 {
            claims.claim(b"***").unwrap();
        }
        assert_eq!(claim(&mut claims, "***"), "*** (50001)");
    }

    proptest! {
        #[test]
        fn every_output_has_a_place_of_its_own(
            wanted in proptest::collection::vec("[ab.]{1,3}(/[ab.]{1,3}){0,2}", 0..40))
        {
            let run = || {
                let mut claims = Claims::new();
                wanted.iter().filter_map(|w| claims.claim(w.as_bytes()).ok()).collect::<Vec<_>>()
            };
            let got = run();
            prop_assert_eq!(&got, &run());
            let all: BTreeSet<_> = got.iter().collect();
            prop_assert_eq!(all.len(), got.len());
            // No file is a folder of another.
            for path in &got {
                let inside = [path.as_slice(), b"/"].concat();
                prop_assert!(!got.iter().any(|p| p.starts_with(&inside)));
            }
        }
    }
}
