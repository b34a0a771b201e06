//! `--include` and `--exclude`.

use super::WalkError;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use std::{borrow::Cow, path::Path};

/// Globs that say what is walked.
#[derive(Debug)]
pub(super) struct Globs {
    include: Option<GlobSet>,
    exclude: Option<GlobSet>,
    exclude_folders: Option<GlobSet>,
}

impl Globs {
    pub(super) fn new(include: &[String], exclude: &[String]) -> Result<Self, WalkError> {
        let files: Vec<&String> = exclude.iter().filter(|g| !g.ends_with('/')).collect();
        let folders: Vec<String> = exclude
            .iter()
            .map(|g| {
                // What `a/**` and `a/` leave out is the folder itself, told once.
                let folder = g.strip_suffix("/**").unwrap_or(g);
                folder.trim_end_matches('/').to_owned()
            })
            .collect();
        Ok(Self {
            include: set(include.iter().map(String::as_str))?,
            exclude: set(files.into_iter().map(String::as_str))?,
            exclude_folders: set(folders.iter().map(String::as_str))?,
        })
    }

    /// Whether a file is left out, or a folder with all it holds. The path is the one under the root.
    pub(super) fn leaves_out(&self, path: &[u8], is_folder: bool) -> bool {
        if is_folder {
            return matches(self.exclude_folders.as_ref(), path);
        }
        matches(self.exclude.as_ref(), path)
            || (self.include.is_some() && !matches(self.include.as_ref(), path))
    }
}

/// Some globs on paths under a root, as `--include` takes them.
#[derive(Debug)]
pub struct PathGlobs(Option<GlobSet>);

impl PathGlobs {
    /// Compiles them.
    ///
    /// # Errors
    /// The first that is none.
    pub fn new(globs: &[String]) -> Result<Self, WalkError> {
        Ok(Self(set(globs.iter().map(String::as_str))?))
    }

    /// Whether one of them names this path; none names nothing.
    pub fn names(&self, path: &[u8]) -> bool {
        matches(self.0.as_ref(), path)
    }
}

fn matches(set: Option<&GlobSet>, path: &[u8]) -> bool {
    set.is_some_and(|set| set.is_match(as_path(path).as_ref()))
}

#[cfg(unix)]
fn as_path(path: &[u8]) -> Cow<'_, Path> {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    Cow::Borrowed(Path::new(OsStr::from_bytes(path)))
}

#[cfg(not(unix))]
fn as_path(path: &[u8]) -> Cow<'_, Path> {
    Cow::Owned(String::from_utf8_lossy(path).into_owned().into())
}

fn set<'g>(globs: impl Iterator<Item = &'g str>) -> Result<Option<GlobSet>, WalkError> {
    let mut builder = GlobSetBuilder::new();
    let mut any = false;
    for given in globs {
        let glob = given.trim_start_matches("./").trim_start_matches('/');
        let anywhere = !given.starts_with('/') && !glob.contains('/');
        let full = if anywhere {
            Cow::Owned(format!("**/{glob}"))
        } else {
            Cow::Borrowed(glob)
        };
        let bad = |reason: String| WalkError::Glob {
            glob: given.to_owned(),
            reason,
        };
        if glob.is_empty() {
            return Err(bad("it is empty".to_owned()));
        }
        let built = GlobBuilder::new(&full).literal_separator(true).build();
        builder.add(built.map_err(|e| bad(e.kind().to_string()))?);
        any = true;
    }
    let set = builder.build().map_err(|e| WalkError::Glob {
        glob: e.glob().unwrap_or_default().to_owned(),
        reason: e.kind().to_string(),
    })?;
    Ok(any.then_some(set))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn globs(include: &[&str], exclude: &[&str]) -> Globs {
        let own = |g: &[&str]| g.iter().map(|&g| g.to_owned()).collect::<Vec<_>>();
        Globs::new(&own(include), &own(exclude)).unwrap()
    }

    #[test]
    fn a_glob_without_slash_matches_in_any_folder() {
        let g = globs(&[], &["*.log"]);
        assert!(g.leaves_out(b"a.log", false));
        assert!(g.leaves_out(b"x/y/a.log", false));
        assert!(!g.leaves_out(b"a.log.txt", false));
        assert!(globs(&[], &["/a.log"]).leaves_out(b"a.log", false));
        assert!(!globs(&[], &["/a.log"]).leaves_out(b"x/a.log", false));
    }

    #[test]
    fn stars_stay_in_a_folder_and_double_stars_do_not() {
        let g = globs(&[], &["a/*.csv", "b/**/c.txt"]);
        assert!(g.leaves_out(b"a/1.csv", false));
        assert!(!g.leaves_out(b"a/x/1.csv", false));
        assert!(g.leaves_out(b"b/c.txt", false));
        assert!(g.leaves_out(b"b/x/y/c.txt", false));
    }

    #[test]
    fn folders_are_left_out_by_name_by_slash_and_by_double_star() {
        for glob in ["old", "old/", "old/**"] {
            let g = globs(&[], &[glob]);
            assert!(g.leaves_out(b"old", true), "{glob}");
            assert!(!g.leaves_out(b"older", true));
        }
        assert!(!globs(&[], &["old/"]).leaves_out(b"old", false));
    }

    #[test]
    fn include_is_for_files() {
        let g = globs(&["*.csv"], &["tmp"]);
        assert!(!g.leaves_out(b"x", true));
        assert!(!g.leaves_out(b"x/a.csv", false));
        assert!(g.leaves_out(b"x/a.txt", false));
        assert!(g.leaves_out(b"x/tmp", true));
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_text_match() {
        assert!(globs(&[], &["*.csv"]).leaves_out(b"\xff\xfe.csv", false));
        assert!(globs(&[], &["客户*"]).leaves_out("客户.csv".as_bytes(), false));
    }

    #[test]
    fn bad_globs_are_refused_by_name() {
        let bad = Globs::new(&["a[".to_owned()], &[]).unwrap_err();
        assert!(bad.to_string().contains("a["), "{bad}");
        assert!(Globs::new(&[], &["/".to_owned()]).is_err());
    }
}
