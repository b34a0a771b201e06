//! Which mask stands in place of the values of each rule: one for all, and others by class, kind and rule.

use crate::{
    detect::Detector,
    policy::Policy,
    reports::RuleInfo,
    rules::{Profile, Pseudonyms, Rule, Stand, Subject, tags},
};
use std::{collections::BTreeMap, sync::Arc};

/// From the mask that shows least to the one that shows most: of two kinds of one value the stricter counts.
const STRICTEST: [Profile; 5] = [
    Profile::Remove,
    Profile::Label,
    Profile::Strict,
    Profile::Token,
    Profile::Display,
];

/// The masks of a plan for the rules of a scan.
#[derive(Debug, Clone)]
pub(super) struct Masks {
    all: Profile,
    by_rule: BTreeMap<String, Profile>,
}

impl Masks {
    /// From the name of the mask for all, and other names by class, kind and rule: the rule's goes before
    /// the kind's, and that before the class's.
    pub(super) fn new<'r>(
        all: &str,
        others: &BTreeMap<String, String>,
        policy: &Policy,
        rules: impl IntoIterator<Item = &'r Rule>,
    ) -> Self {
        let named = |of: &str| others.get(of).and_then(|name| Profile::find(name));
        let mut by_rule = BTreeMap::new();
        for rule in rules {
            let tags = tags::with_implied(&rule.tags);
            let kinds = policy.kinds.iter();
            let kinds = kinds.filter(|k| k.is_made_by(&rule.id, &tags));
            let of_kinds: Vec<Profile> = kinds.filter_map(|k| named(&k.id)).collect();
            let of_kind = STRICTEST.into_iter().find(|p| of_kinds.contains(p));
            let info = RuleInfo::new(rule.id.clone(), rule.title.clone(), rule.tags.clone());
            let of_class = || named(info.class?.id());
            if let Some(profile) = named(&rule.id).or(of_kind).or_else(of_class) {
                by_rule.insert(rule.id.clone(), profile);
            }
        }
        Self {
            all: Profile::find(all).unwrap_or(Profile::Strict),
            by_rule,
        }
    }

    /// The mask for values of a rule.
    pub(super) fn of(&self, rule: &str) -> Profile {
        self.by_rule.get(rule).copied().unwrap_or(self.all)
    }

    /// The detector and the profile that copies are made with.
    pub(super) fn laid_on(self, detector: Detector) -> (Detector, Profile) {
        if self.by_rule.is_empty() {
            return (detector, self.all);
        }
        (detector.with_pseudonyms(Arc::new(self)), Profile::Pseudonym)
    }
}

impl Pseudonyms for Masks {
    fn stand(&self, rule: &Rule, _: &str, _: Option<Subject<'_>>) -> Stand {
        Stand::Mask(self.of(&rule.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{policy, rules::RuleSet};

    #[test]
    fn the_rule_goes_before_the_kind_and_that_before_the_class() {
        let policy = policy::load("brokerage", None).unwrap();
        let rules = RuleSet::builtin().unwrap();
        let others = [
            ("C3", "remove"),
            ("C2", "label"),
            ("client-identity", "token"),
            ("cn.mobile", "display"),
        ];
        let others = others
            .map(|(of, how)| (of.to_owned(), how.to_owned()))
            .into();
        let masks = Masks::new("strict", &others, &policy, &rules.rules);
        assert_eq!(masks.of("cn.mobile"), Profile::Display);
        assert_eq!(masks.of("cn.resident-id"), Profile::Token);
        assert_eq!(masks.of("secret.password"), Profile::Remove);
        assert_eq!(masks.of("cn.bank-card"), Profile::Label);
        assert_eq!(masks.of("intl.mac"), Profile::Strict);
        let alike = Masks::new("display", &BTreeMap::new(), &policy, &rules.rules);
        assert_eq!(alike.of("cn.mobile"), Profile::Display);
    }
}
