//! What makes a scan end with 1.

use crate::{
    cli::{Trouble, setup::Setup},
    reports::{Class, Summary},
    words::{Language, Word},
};

/// What makes a scan end with 1.
pub(super) enum FailOn {
    Any,
    Never,
    Class(Class),
    Rule(usize),
}

impl FailOn {
    pub(super) fn parse(text: &str, setup: &Setup, language: Language) -> Result<Self, Trouble> {
        let class = Class::ALL
            .into_iter()
            .find(|c| c.id().eq_ignore_ascii_case(text));
        let rule = setup
            .detector
            .rules()
            .rules
            .iter()
            .position(|r| r.id == text);
        match (text, class, rule) {
            ("any", ..) => Ok(Self::Any),
            ("never", ..) => Ok(Self::Never),
            (_, Some(class), _) => Ok(Self::Class(class)),
            (_, _, Some(rule)) => Ok(Self::Rule(rule)),
            _ => Err(Trouble::usage(
                Word::BadOption.fill(language, &[&"--fail-on", &text]),
            )),
        }
    }

    pub(super) fn met(&self, summary: &Summary) -> bool {
        match self {
            Self::Any => summary.found() > 0,
            Self::Never => false,
            Self::Class(least) => summary
                .by_class
                .iter()
                .any(|(class, total)| class >= least && total.found > 0),
            Self::Rule(rule) => summary.by_rule.get(*rule).is_some_and(|t| t.found > 0),
        }
    }
}
