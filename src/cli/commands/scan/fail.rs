//! What makes a scan end with 1: `--fail-on` and `--budget`.

use crate::{
    cli::{Trouble, args::Scan, shown},
    reports::{Class, RuleInfo},
    words::{Language, Word},
};

/// What findings are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Which {
    Any,
    /// This class, or a graver one.
    Class(Class),
    Rule(usize),
    Tag(String),
}

impl Which {
    fn parse(text: &str, rules: &[RuleInfo]) -> Option<Self> {
        if text == "any" {
            return Some(Self::Any);
        }
        if let Some(class) = Class::ALL
            .into_iter()
            .find(|c| c.id().eq_ignore_ascii_case(text))
        {
            return Some(Self::Class(class));
        }
        if let Some(rule) = rules.iter().position(|r| r.id == text) {
            return Some(Self::Rule(rule));
        }
        let is_tag = rules.iter().any(|r| r.tags.iter().any(|t| t == text));
        is_tag.then(|| Self::Tag(text.to_owned()))
    }

    fn holds(&self, index: usize, rule: &RuleInfo) -> bool {
        match self {
            Self::Any => true,
            Self::Class(least) => rule.class.is_some_and(|c| c >= *least),
            Self::Rule(n) => *n == index,
            Self::Tag(tag) => rule.tags.iter().any(|t| t == tag),
        }
    }

    fn sum(&self, counts: &[u64], rules: &[RuleInfo]) -> u64 {
        let of = |(n, (rule, &count)): (usize, (&RuleInfo, &u64))| {
            if self.holds(n, rule) { count } else { 0 }
        };
        let all = rules.iter().zip(counts).enumerate().map(of);
        all.fold(0, u64::saturating_add)
    }
}

/// A number of findings that is allowed.
#[derive(Debug, Clone)]
struct Budget {
    text: String,
    which: Which,
    most: u64,
}

/// What makes a scan end with 1.
#[derive(Debug, Clone)]
pub(super) struct FailOn {
    which: Vec<Which>,
    /// So many findings in all are too many.
    count: Option<u64>,
    budgets: Vec<Budget>,
}

/// A budget that did not last: what for, findings, allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Over {
    pub budget: String,
    pub found: u64,
    pub most: u64,
}

impl FailOn {
    pub(super) fn parse(
        args: &Scan,
        rules: &[RuleInfo],
        language: Language,
    ) -> Result<Self, Trouble> {
        let bad = |option: &str, text: &str| {
            Trouble::usage(Word::BadOption.fill(language, &[&option, &shown::text(text)]))
        };
        let mut all = Self {
            which: Vec::new(),
            count: None,
            budgets: Vec::new(),
        };
        for text in &args.fail_on {
            match (text.as_str(), text.parse::<u64>()) {
                ("never", _) => {}
                (_, Ok(n)) if n > 0 => all.count = Some(all.count.map_or(n, |c| c.min(n))),
                _ => match Which::parse(text, rules) {
                    Some(which) => all.which.push(which),
                    None => return Err(bad("--fail-on", text)),
                },
            }
        }
        for text in &args.daily.budget {
            let parsed = text.split_once('=').and_then(|(what, most)| {
                Some((Which::parse(what.trim(), rules)?, most.trim().parse().ok()?))
            });
            let Some((which, most)) = parsed else {
                return Err(bad("--budget", text));
            };
            all.budgets.push(Budget {
                text: text.clone(),
                which,
                most,
            });
        }
        Ok(all)
    }

    /// Whether the findings that count, by rule, are too many, and which budgets did not last. Within a
    /// budget findings do not count for `--fail-on`.
    pub(super) fn met(&self, counts: &[u64], rules: &[RuleInfo]) -> (bool, Vec<Over>) {
        let over: Vec<Over> = self
            .budgets
            .iter()
            .filter_map(|b| {
                let found = b.which.sum(counts, rules);
                (found > b.most).then(|| Over {
                    budget: b.text.clone(),
                    found,
                    most: b.most,
                })
            })
            .collect();
        let covered =
            |n: usize, rule: &RuleInfo| self.budgets.iter().any(|b| b.which.holds(n, rule));
        let left: Vec<u64> = rules
            .iter()
            .zip(counts)
            .enumerate()
            .map(|(n, (rule, &count))| if covered(n, rule) { 0 } else { count })
            .collect();
        let many = self
            .count
            .is_some_and(|most| Which::Any.sum(&left, rules) >= most);
        let met = many || self.which.iter().any(|w| w.sum(&left, rules) > 0);
        (met || !over.is_empty(), over)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Vec<RuleInfo> {
        let rule = |id: &str, tags: &[&str]| {
            let tags = tags.iter().map(|&t| t.to_owned()).collect();
            RuleInfo::new(id.into(), (String::new(), String::new()), tags)
        };
        vec![
            rule("cn.mobile", &["jrt0171.c2", "contact"]),
            rule("cn.email", &["jrt0171.c1", "contact"]),
            rule("secret.password", &["jrt0171.c3"]),
        ]
    }

    fn fails(fail_on: &[&str], budgets: &[&str], counts: [u64; 3]) -> bool {
        let rules = rules();
        let which = |text: &str| Which::parse(text, &rules).unwrap();
        let all = FailOn {
            which: fail_on
                .iter()
                .filter(|t| **t != "never" && t.parse::<u64>().is_err())
                .map(|t| which(t))
                .collect(),
            count: fail_on.iter().find_map(|t| t.parse().ok()),
            budgets: budgets
                .iter()
                .map(|b| {
                    let (what, most) = b.split_once('=').unwrap();
                    Budget {
                        text: (*b).to_owned(),
                        which: which(what),
                        most: most.parse().unwrap(),
                    }
                })
                .collect(),
        };
        all.met(&counts, &rules).0
    }

    #[test]
    fn classes_rules_tags_and_counts() {
        assert!(fails(&["any"], &[], [0, 1, 0]));
        assert!(!fails(&["never"], &[], [9, 9, 9]));
        assert!(fails(&["C2"], &[], [1, 0, 0]) && fails(&["C2"], &[], [0, 0, 1]));
        assert!(!fails(&["C2"], &[], [0, 5, 0]));
        assert!(fails(&["contact"], &[], [0, 5, 0]) && !fails(&["contact"], &[], [0, 0, 5]));
        assert!(fails(&["cn.email", "C3"], &[], [0, 0, 1]));
        assert!(fails(&["10"], &[], [5, 5, 0]) && !fails(&["10"], &[], [5, 4, 0]));
    }

    #[test]
    fn budgets_allow_and_fail() {
        assert!(!fails(&["any"], &["cn.mobile=10"], [10, 0, 0]));
        assert!(fails(&["any"], &["cn.mobile=10"], [11, 0, 0]));
        assert!(fails(&["any"], &["cn.mobile=10"], [1, 1, 0]));
        assert!(fails(&["never"], &["contact=3"], [2, 2, 0]));
        assert!(!fails(&["never"], &["contact=4"], [2, 2, 9]));
        assert!(fails(&["never"], &["any=0"], [0, 0, 1]));
    }
}
