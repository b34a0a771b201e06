//! A [`Summary`] as text and back, so that a scan in which nothing changed need not add up every record
//! again.

use super::{
    Class, GapKind, RuleInfo, Summary,
    summary::{GapTotal, Risk, Total},
};
use crate::model::{Distinct, FormatId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Number of the form below.
const SCHEMA: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Totals {
    schema: u32,
    counts: [u64; 12],
    by_rule: BTreeMap<usize, Of>,
    by_class: BTreeMap<String, Of>,
    no_class: Of,
    sensitive: Of,
    by_tag: BTreeMap<String, Of>,
    gaps: BTreeMap<String, (u64, u64, Examples)>,
    formats: Vec<(Option<String>, u64, u64)>,
    riskiest: Vec<Risky>,
}

/// Files with a gap: how many bytes, and which.
type Examples = Vec<(u64, String)>;

/// A [`Total`]: findings, files, surest, fingerprints or registers.
#[derive(Serialize, Deserialize)]
struct Of(u64, u64, u8, Seen);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Seen {
    Exact(Vec<u64>),
    Estimate(Vec<u8>),
}

#[derive(Serialize, Deserialize)]
struct Risky(u64, String, Vec<(u16, u64, u64, bool)>);

impl From<&Total> for Of {
    fn from(t: &Total) -> Self {
        let seen = match &t.distinct {
            Distinct::Exact(set) => Seen::Exact(set.iter().copied().collect()),
            Distinct::Estimate(registers) => Seen::Estimate(registers.to_vec()),
        };
        Self(t.found, t.files, t.top, seen)
    }
}

impl TryFrom<Of> for Total {
    type Error = ();

    fn try_from(Of(found, files, top, seen): Of) -> Result<Self, ()> {
        let distinct = match seen {
            Seen::Exact(all) => Distinct::Exact(all.into_iter().collect::<BTreeSet<u64>>()),
            Seen::Estimate(all) if all.len() == 4096 => Distinct::Estimate(all.into()),
            Seen::Estimate(_) => return Err(()),
        };
        Ok(Self {
            found,
            distinct,
            files,
            top,
        })
    }
}

impl Summary {
    /// Everything that was added up, for [`Summary::from_totals`]. No values: fingerprints, masked
    /// paths and counts.
    pub fn totals(&self) -> String {
        let totals = Totals {
            schema: SCHEMA,
            counts: [
                self.files,
                self.members,
                self.bytes,
                self.read,
                self.partly,
                self.unread,
                self.left_out,
                self.incomplete,
                self.with_findings,
                self.clashes,
                self.combined,
                self.allowed,
            ],
            by_rule: (0..)
                .zip(&self.by_rule)
                .filter(|(_, t)| t.found > 0)
                .map(|(n, t)| (n, t.into()))
                .collect(),
            by_class: self
                .by_class
                .iter()
                .map(|(c, t)| (c.id().to_owned(), t.into()))
                .collect(),
            no_class: (&self.no_class).into(),
            sensitive: (&self.sensitive).into(),
            by_tag: self
                .by_tag
                .iter()
                .map(|(tag, t)| (tag.clone(), t.into()))
                .collect(),
            gaps: self
                .gaps
                .iter()
                .map(|(k, g)| (k.id().to_owned(), (g.gaps, g.files, g.examples.clone())))
                .collect(),
            formats: self
                .formats
                .iter()
                .map(|(f, &(files, bytes))| (f.map(str::to_owned), files, bytes))
                .collect(),
            riskiest: self
                .riskiest
                .iter()
                .map(|r| Risky(r.weight, r.path.clone(), r.rules.clone()))
                .collect(),
        };
        serde_json::to_string(&totals).unwrap_or_default()
    }

    /// The summary that [`Summary::totals`] was called on. `rules` must be the same, `format` finds a format
    /// by its id. `None` when the text is of another form: then the records are to be added up.
    pub fn from_totals(
        rules: Vec<RuleInfo>,
        text: &str,
        format: &dyn Fn(&str) -> Option<FormatId>,
    ) -> Option<Self> {
        let totals: Totals = serde_json::from_str(text).ok()?;
        if totals.schema != SCHEMA {
            return None;
        }
        let mut out = Self::new(rules);
        [
            out.files,
            out.members,
            out.bytes,
            out.read,
            out.partly,
            out.unread,
            out.left_out,
            out.incomplete,
            out.with_findings,
            out.clashes,
            out.combined,
            out.allowed,
        ] = totals.counts;
        for (n, of) in totals.by_rule {
            *out.by_rule.get_mut(n)? = of.try_into().ok()?;
        }
        for (id, of) in totals.by_class {
            let class = Class::ALL.into_iter().find(|c| c.id() == id)?;
            out.by_class.insert(class, of.try_into().ok()?);
        }
        out.no_class = totals.no_class.try_into().ok()?;
        out.sensitive = totals.sensitive.try_into().ok()?;
        for (tag, of) in totals.by_tag {
            out.by_tag.insert(tag, of.try_into().ok()?);
        }
        for (id, (gaps, files, examples)) in totals.gaps {
            let total = GapTotal {
                gaps,
                files,
                examples,
            };
            out.gaps.insert(GapKind::find(&id)?, total);
        }
        for (id, files, bytes) in totals.formats {
            let id = match id {
                Some(id) => Some(format(&id)?),
                None => None,
            };
            out.formats.insert(id, (files, bytes));
        }
        out.riskiest = totals
            .riskiest
            .into_iter()
            .map(|Risky(weight, path, rules)| Risk {
                weight,
                path,
                rules,
            })
            .collect();
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::fixture;

    #[test]
    fn totals_come_back() {
        let mut summary = Summary::new(fixture::rules());
        for (record, shown) in fixture::records() {
            summary.add(&record, &shown);
        }
        let (mut record, shown) = fixture::with_values(3);
        let distinct = &mut record.entries[0].places[0].counts[0].distinct;
        (0..9_000_u64).for_each(|n| distinct.add(n.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        summary.add(&record, &shown);
        let known = ["xlsx", "zip", "text", "csv"];
        let format = |id: &str| known.into_iter().find(|k| *k == id).or(Some("other"));
        let text = summary.totals();
        let back = Summary::from_totals(fixture::rules(), &text, &format).unwrap();
        assert_eq!(back.totals(), text);
        assert_eq!(back.found(), summary.found());
        assert!(back.by_rule[0].distinct == summary.by_rule[0].distinct);
        assert_eq!(back.riskiest, summary.riskiest);
        assert!(Summary::from_totals(fixture::rules(), "{}", &format).is_none());
        let later = text.replacen("\"schema\":1", "\"schema\":2", 1);
        assert!(Summary::from_totals(fixture::rules(), &later, &format).is_none());
    }
}
