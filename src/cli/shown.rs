//! Paths as messages show them: on one line, with what the rules find in them masked. A name or a number in
//! the name of a folder is as personal as one in a file.

use super::own;
use crate::{
    detect::Detector,
    digest::JobKey,
    formats::Limits,
    reports::safe,
    rules::{Profile, RuleSet},
    scan::{self, Reader},
    words::{Language, Word},
};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What paths are judged by.
static JUDGE: Mutex<Judge> = Mutex::new(Judge {
    by: By::Files(Vec::new()),
    made: None,
});

/// What paths are judged by, and what was made of it so far.
struct Judge {
    by: By,
    /// `Some(None)` when nobody can say what is in a path.
    #[expect(
        clippy::option_option,
        reason = "not asked yet is not the same as none"
    )]
    made: Option<Option<Arc<Detector>>>,
}

/// Which rules paths are judged by.
enum By {
    /// Rule files that the command was given and has not read yet.
    Files(Vec<PathBuf>),
    /// Those that the scan of a job folder went by.
    Job(PathBuf, Language),
    /// Rules that the command reads anyway.
    Rules(Arc<RuleSet>),
}

fn judge() -> MutexGuard<'static, Judge> {
    JUDGE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Percent from which on something in a path is masked: that of a scan without options.
const MINIMUM: u8 = 50;

/// Has paths judged by these rule files, too, from the first message on.
pub(super) fn judge_by_files(files: Vec<PathBuf>) {
    *judge() = Judge {
        by: By::Files(files),
        made: None,
    };
}

/// Has paths judged by the rules that the scan of a job folder went by, unless the command was given rules.
pub(super) fn judge_by_job(job: &Path, language: Language) {
    let mut judge = judge();
    let is_given = match &judge.by {
        By::Files(files) => !files.is_empty(),
        By::Job(known, _) => known == job,
        By::Rules(_) => true,
    };
    if !is_given {
        *judge = Judge {
            by: By::Job(job.to_owned(), language),
            made: None,
        };
    }
}

/// Has paths judged by these rules from now on.
pub(super) fn judge_by(rules: &Arc<RuleSet>) {
    *judge() = Judge {
        by: By::Rules(Arc::clone(rules)),
        made: None,
    };
}

/// What may be said of a path.
pub(super) trait Shown {
    /// The path with findings masked (profile *display*), harmless on a terminal.
    fn shown(&self) -> String;
}

impl<P: AsRef<Path> + ?Sized> Shown for P {
    fn shown(&self) -> String {
        text(&self.as_ref().to_string_lossy())
    }
}

/// The same for a path that is a text already: of a member, a part, a file in a bag.
pub(super) fn text(path: &str) -> String {
    let Some(detector) = detector() else {
        // Nobody can say what is in it.
        return "…".to_owned();
    };
    let reader = Reader {
        detector: &detector,
        // The profile needs no key.
        key: &JobKey::new([0; 32]),
        limits: &Limits::default(),
    };
    let masked = scan::masked(&reader, path, Profile::Display);
    safe::line(masked.as_deref().unwrap_or(path)).into_owned()
}

/// A path in a command that is proposed: as a shell takes it, or a word for it when it cannot be said as it is.
/// A masked path would be of no use there.
pub(super) fn argument(path: &Path, language: Language) -> String {
    let whole = path.to_str().filter(|whole| text(whole) == **whole);
    whole.map_or_else(|| Word::SomePath.text(language).to_owned(), safe::argument)
}

fn detector() -> Option<Arc<Detector>> {
    let mut judge = judge();
    if let Some(made) = &judge.made {
        return made.clone();
    }
    let rules = match &judge.by {
        By::Rules(rules) => Some(Arc::clone(rules)),
        // Rules that are wrong are told when the command reads them.
        By::Files(files) => own::quietly(files).map(Arc::new),
        By::Job(job, language) => {
            let rules = own::of_job(job);
            if rules.is_none() {
                let text = Word::PathsHidden.text(*language);
                super::desk::say(&Word::Warning.fill(*language, &[&text]));
            }
            rules.map(Arc::new)
        }
    };
    let made = rules.and_then(|rules| Detector::new(rules, MINIMUM).ok());
    let made = made.map(Arc::new);
    judge.made = Some(made.clone());
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Examples, OwnFile};

    #[test]
    fn own_rules_hold_from_when_they_are_known() {
        // Something was shown before.
        let path = "/srv/KX4711/a.txt";
        assert_eq!(argument(Path::new(path), Language::En), path);
        let own = OwnFile {
            name: "own.toml".to_owned(),
            text: "[[rule]]\nid = \"own.contract\"\ntitle = \"Contract\"\npattern = 'KX[0-9]{4}'\n\
                   examples.positive = []\nexamples.negative = []\n"
                .to_owned(),
        };
        let rules = RuleSet::with_own(&[own], Examples::Without).unwrap();
        judge_by(&Arc::new(rules));
        assert!(!text(path).contains("4711"), "{}", text(path));
        assert_eq!(argument(Path::new(path), Language::En), "PATH");
        assert_eq!(argument(Path::new("/srv/a b"), Language::Zh), "'/srv/a b'");
    }

    #[test]
    fn what_is_found_in_a_path_is_masked() {
        let path = Path::new("/srv/13812345678/110105199003070017.csv");
        let shown = path.shown();
        assert!(
            !shown.contains("13812345678") && !shown.contains("19900307"),
            "{shown}"
        );
        assert!(
            shown.starts_with("/srv/") && shown.contains(".csv"),
            "{shown}"
        );
        assert_eq!(
            Path::new("/srv/share/对账单\u{1b}[2J").shown(),
            "/srv/share/对账单\u{fffd}[2J"
        );
        assert_eq!("data/a.txt".shown(), "data/a.txt");
    }
}
