//! What scanning and copying begin with: roots, rules, walker, key.

use super::{Trouble, args::Walk};
use crate::cli::shown::Shown as _;
use crate::{
    detect::{Comments, Detector},
    digest::JobKey,
    formats::Limits,
    model::{FileRecord, Name, PathDisplay, Step},
    pipeline::Moved,
    reports::RuleInfo,
    rules::{Examples, Profile},
    scan::Reader,
    walk::{Options, Walker},
    words::{Language, PseudonymWord, Word},
};
use std::{
    io::Write,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

/// Everything that does not depend on the verb.
pub(super) struct Setup {
    pub detector: Detector,
    pub limits: Limits,
    pub threads: usize,
    /// The roots as typed; of a file its folder.
    pub roots: Vec<Name>,
    /// The same as they are shown, each worked out when it is needed first.
    shown_roots: Vec<OnceLock<Name>>,
}

impl Setup {
    pub(super) fn new(walk: &Walk, language: Language) -> Result<Self, Trouble> {
        for path in &walk.paths {
            if let Err(e) = std::fs::symlink_metadata(path) {
                let _ = e;
                return Err(Trouble::usage(
                    Word::NoSuchPath.fill(language, &[&path.shown()]),
                ));
            }
        }
        let rules = super::own::rules(&walk.rules, Examples::Without, language)?;
        let rules = Arc::new(rules);
        super::shown::judge_by(&rules);
        let detector = Detector::new(rules, walk.min_confidence)
            .map_err(|e| Trouble::usage(Word::BadRules.fill(language, &[&e])))?
            .on(&super::clock::now());
        let limits = Limits {
            held_bytes: walk.max_bytes_in_flight,
            passwords: super::passwords::read(walk.password_file.as_deref(), language)?,
            ..Limits::default()
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = walk.threads.unwrap_or(cores).clamp(1, 256);
        let roots: Vec<Name> = walk.paths.iter().map(|p| root(p)).collect();
        let shown_roots = roots.iter().map(|_| OnceLock::new()).collect();
        Ok(Self {
            detector,
            limits,
            threads,
            roots,
            shown_roots,
        })
    }

    /// Whether files that no reader knows are looked through for text.
    pub(super) fn with_strings(mut self, strings: bool) -> Self {
        self.limits.strings = strings;
        self
    }

    /// Whether comments in a text can allow what is found beside them.
    pub(super) fn with_comments(mut self, comments: Comments) -> Self {
        self.detector = self.detector.with_comments(comments);
        self
    }

    pub(super) fn walker(
        walk: &Walk,
        leave_out: Vec<PathBuf>,
        language: Language,
    ) -> Result<Walker, Trouble> {
        let options = Options {
            include: walk.include.clone(),
            exclude: walk.exclude.clone(),
            one_file_system: walk.one_file_system,
            leave_out,
        };
        Walker::new(walk.paths.clone(), &options).map_err(|e| Trouble::glob(&e, language))
    }

    pub(super) fn rule_infos(&self) -> Vec<RuleInfo> {
        let rules = &self.detector.rules().rules;
        rules
            .iter()
            .map(|r| RuleInfo::new(r.id.clone(), r.title.clone(), r.tags.clone()))
            .collect()
    }

    /// How files are read, under a key.
    pub(super) fn reader<'a>(&'a self, key: &'a JobKey) -> Reader<'a> {
        Reader {
            detector: &self.detector,
            key,
            limits: &self.limits,
        }
    }

    /// What is done with files in moved folders: a rule that looks at paths may judge them otherwise.
    pub(super) fn moved(&self) -> Moved {
        let allow = &self.detector.rules().allow;
        if allow.entries.iter().any(|entry| entry.path.is_some()) {
            Moved::Read
        } else {
            Moved::Carried
        }
    }

    /// Says how many findings the allow lists have left out.
    pub(super) fn say_allowed(count: u64, language: Language) {
        if count > 0 {
            let text = Word::AllowedCount.fill(language, &[&count]);
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }

    /// Says how many pseudonyms were passed over.
    pub(super) fn say_handled(&self, language: Language) {
        let count = self.detector.handled();
        if count > 0 {
            let text = PseudonymWord::Handled.fill(language, &[&count]);
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }

    fn root(&self, index: u32) -> Name {
        self.roots.get(index as usize).cloned().unwrap_or_default()
    }

    /// A root with what is found in it masked.
    fn shown_root(&self, index: u32, key: &JobKey) -> Name {
        let index = index as usize;
        let Some((root, shown)) = self.roots.get(index).zip(self.shown_roots.get(index)) else {
            return Name::default();
        };
        let shown = shown.get_or_init(|| self.masked(root, key).unwrap_or_else(|| root.clone()));
        shown.clone()
    }

    /// A name with what is found in it masked; `None` when there is nothing. What is not UTF-8 is lost then:
    /// the digits in such a name are as telling as in any other.
    fn masked(&self, name: &Name, key: &JobKey) -> Option<Name> {
        crate::scan::masked(&self.reader(key), &name.text(), Profile::Display)
            .map(|s| Name::new(s.into_bytes()))
    }

    /// A path with what is found in it masked, by the rules at hand.
    pub(super) fn shown_path(&self, key: &JobKey, path: &Path) -> String {
        let text = path.to_string_lossy();
        let masked = crate::scan::masked(&self.reader(key), &text, Profile::Display);
        crate::reports::safe::line(masked.as_deref().unwrap_or(&text)).into_owned()
    }

    /// Keyed identity of a file: the same whatever is found in its name.
    pub(super) fn identity(
        &self,
        key: &JobKey,
        root: u32,
        path: &Name,
    ) -> crate::model::ValueDigest {
        key.name(crate::model::join(&self.root(root), path).bytes())
    }

    /// How a record's paths are shown: as they are when the user wants values, else with what was
    /// found in them masked.
    pub(super) fn shown(&self, key: &JobKey, record: &FileRecord, clear: bool) -> PathDisplay {
        let root = if clear {
            self.root(record.root)
        } else {
            self.shown_root(record.root, key)
        };
        let file = self.identity(key, record.root, &record.path);
        let named = |e: &crate::model::Entry| {
            e.places
                .iter()
                .any(|p| p.at.last() == Some(&Step::Name) && !p.counts.is_empty())
        };
        if clear || !record.entries.iter().any(named) {
            return PathDisplay::plain(&root, &record.path, file);
        }
        let mask = |name: &Name| self.masked(name, key);
        let path = mask(&record.path).unwrap_or_else(|| record.path.clone());
        let path = crate::model::join(&root, &path).to_string();
        PathDisplay::masked(path, file, record, &mut |name| mask(name))
    }
}

/// What a path under this root is shown after: the root as typed; for a file, its folder.
fn root(path: &Path) -> Name {
    let is_folder = std::fs::symlink_metadata(path).is_ok_and(|m| m.is_dir() || m.is_symlink());
    let shown = if is_folder { Some(path) } else { path.parent() };
    Name::new(shown.unwrap_or(path).as_os_str().as_bytes())
}

/// 32 bytes from the system.
pub(super) fn random() -> Result<[u8; 32], Trouble> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|e| Trouble::failed(e.to_string()))?;
    Ok(bytes)
}

/// A path made absolute without asking that it exists.
pub(super) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}
