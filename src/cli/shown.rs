//! Paths as messages show them: on one line, with what the rules find in them masked. A name or a number in
//! the name of a folder is as personal as one in a file.

use crate::{
    detect::Detector,
    digest::JobKey,
    formats::Limits,
    reports::safe,
    rules::{Examples, Profile, RuleSet},
    scan::{self, Reader},
};
use std::{
    path::Path,
    sync::{Arc, OnceLock},
};

/// The rules in force, when the command was given some.
static RULES: OnceLock<Arc<RuleSet>> = OnceLock::new();
/// Made when the first path is shown; `None` when there are no rules to look by.
static DETECTOR: OnceLock<Option<Detector>> = OnceLock::new();

/// Percent from which on something in a path is masked: that of a scan without options.
const MINIMUM: u8 = 50;

/// Has paths judged by these rules from now on; the first ones hold.
pub(super) fn judge_by(rules: &Arc<RuleSet>) {
    let _ = RULES.set(Arc::clone(rules));
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
    let Some(detector) = DETECTOR.get_or_init(detector) else {
        // Nobody can say what is in it.
        return "…".to_owned();
    };
    let reader = Reader {
        detector,
        // The profile needs no key.
        key: &JobKey::new([0; 32]),
        limits: &Limits::default(),
    };
    let masked = scan::masked(&reader, path, Profile::Display);
    safe::line(masked.as_deref().unwrap_or(path)).into_owned()
}

fn detector() -> Option<Detector> {
    let rules = match RULES.get() {
        Some(rules) => Arc::clone(rules),
        None => Arc::new(RuleSet::with_own(&[], Examples::Without).ok()?),
    };
    Detector::new(rules, MINIMUM).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

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
