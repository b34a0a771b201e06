//! Persons under fourteen, by the birth date in their number (PIPL articles 28 and 31).

use super::{Detector, Found, score, text_of};
use crate::{engine::Check, model::Fragment, rules::Find};

/// Years under which a person is a child.
const AGE: u32 = 14;

/// Who is a child on the day of the scan.
#[derive(Debug, Clone)]
pub(super) struct Children {
    /// Rules whose values hold a birth date at places 7 to 14.
    dated: Vec<u16>,
    /// The rule for numbers of children.
    rule: u16,
    /// The day of the scan less fourteen years, as a number `YYYYMMDD`: who was born later is a child.
    since: u32,
}

impl Detector {
    /// Tells numbers of children by the day of the scan, given as `YYYY-MM-DD` and whatever follows. Without
    /// this call, or with what is no date, they are not told from others.
    #[must_use]
    pub fn on(mut self, day: &str) -> Self {
        let number =
            |range: std::ops::Range<usize>| day.get(range).and_then(|n| n.parse::<u32>().ok());
        let rule = (0u16..)
            .zip(&self.rules.rules)
            .find(|(_, r)| matches!(r.find, Find::Child))
            .map(|(i, _)| i);
        let (Some(year), Some(month), Some(date), Some(rule)) =
            (number(0..4), number(5..7), number(8..10), rule)
        else {
            return self;
        };
        let dated = (0u16..)
            .zip(&self.rules.rules)
            .filter(|(_, r)| r.check == Check::Mod11x2)
            .map(|(i, _)| i)
            .collect();
        self.children = Some(Children {
            dated,
            rule,
            since: year.saturating_sub(AGE) * 10_000 + month * 100 + date,
        });
        self
    }
}

impl Children {
    /// Makes the numbers of children findings of their own rule.
    pub(super) fn mark(&self, fragment: &Fragment<'_>, found: &mut [Found]) {
        for f in found.iter_mut().filter(|f| self.dated.contains(&f.rule)) {
            let bytes = fragment.bytes.get(f.range()).unwrap_or_default();
            let text = text_of(bytes, fragment.charset);
            let bare = score::bare(&text);
            let born = bare.get(6..14).and_then(|d| d.parse::<u32>().ok());
            if bare.len() == 18 && born.is_some_and(|b| b > self.since) {
                f.rule = self.rule;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_under_fourteen_on_the_day() {
        let rules = std::sync::Arc::new(crate::rules::RuleSet::builtin().unwrap());
        let detector = Detector::new(rules, 50).unwrap();
        let ids = |detector: &Detector| {
            let text = "110105202401010014，１１０１０５２０２４０１０１００１４，110105 20240101 0014，11010519491231002X";
            let fragment = Fragment::whole(&[], text, None);
            let mut pass = detector.begin();
            let found = pass.text(&fragment).to_vec();
            let ids = found
                .iter()
                .map(|f| detector.rule(f.rule).unwrap().id.clone());
            ids.collect::<Vec<_>>()
        };
        let (child, other) = ("cn.resident-id-child", "cn.resident-id");
        assert_eq!(ids(&detector), [other; 4]);
        let detector = detector.on("2037-12-31T00:00:00Z");
        assert_eq!(ids(&detector), [child, child, child, other]);
        assert_eq!(ids(&detector.on("2038-01-01")), [other; 4]);
    }
}
