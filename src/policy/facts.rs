//! Facts that no file tells: when a relationship ended, what kind of record a folder holds.

use super::{
    Policy, PolicyError,
    load::{Check, parse},
};
use crate::model::Date;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Number of the file's shape.
const SCHEMA: u32 = 1;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FactsFile {
    schema: u32,
    #[serde(default)]
    dates: BTreeMap<String, Day>,
    #[serde(default)]
    kinds: Vec<String>,
    #[serde(default)]
    facts: Vec<FactsTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FactsTable {
    paths: Vec<String>,
    #[serde(default)]
    kinds: Vec<String>,
    #[serde(default)]
    dates: BTreeMap<String, Day>,
}

/// A day as TOML's own date or as text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Day {
    Own(toml::value::Datetime),
    Text(String),
}

impl Day {
    fn read(&self) -> Option<Date> {
        match self {
            Self::Own(day) => Date::parse(&day.to_string()),
            Self::Text(text) => Date::parse(text),
        }
    }
}

/// What is known of the files that some globs name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FactsOf {
    /// Globs on the path under the root; none for every file.
    pub paths: Vec<String>,
    /// Kinds of record.
    pub kinds: Vec<String>,
    /// Day of each event.
    pub dates: BTreeMap<String, Date>,
}

/// All facts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// In the order of the file.
    pub all: Vec<FactsOf>,
}

impl Facts {
    /// Reads a file of facts. Events and kinds must be those of the policy.
    ///
    /// # Errors
    /// What is wrong, with file and field.
    pub fn read(file: &str, text: &str, policy: &Policy) -> Result<Self, PolicyError> {
        let parsed: FactsFile = parse(file, text)?;
        let check = Check { file };
        if parsed.schema != SCHEMA {
            return Err(check.field("schema", "this program knows schema 1"));
        }
        let mut facts = Self::default();
        let general = FactsTable {
            paths: Vec::new(),
            kinds: parsed.kinds,
            dates: parsed.dates,
        };
        for (n, table) in std::iter::once(general).chain(parsed.facts).enumerate() {
            let field = |key: &str| match n {
                0 => key.to_owned(),
                n => format!("facts {n}: {key}"),
            };
            if n > 0 && table.paths.is_empty() {
                return Err(check.field(&field("paths"), "name at least one glob"));
            }
            if let Some(kind) = table.kinds.iter().find(|k| policy.kind(k).is_none()) {
                let key = field(&format!("kinds {kind}"));
                return Err(check.field(&key, "the policy has no such kind"));
            }
            let mut dates = BTreeMap::new();
            for (event, day) in &table.dates {
                let key = field(&format!("dates.{event}"));
                if !policy.clocks().contains(event.as_str()) {
                    return Err(check.field(&key, "the policy has no such event"));
                }
                let day = day
                    .read()
                    .ok_or_else(|| check.field(&key, "a day that exists, as YYYY-MM-DD"))?;
                dates.insert(event.clone(), day);
            }
            facts.all.push(FactsOf {
                paths: table.paths,
                kinds: table.kinds,
                dates,
            });
        }
        Ok(facts)
    }

    /// Adds the day of an event for every file.
    ///
    /// # Errors
    /// When the policy has no such event.
    pub fn add(&mut self, event: &str, day: Date, policy: &Policy) -> Result<(), PolicyError> {
        if !policy.clocks().contains(event) {
            let check = Check { file: "--clock" };
            return Err(check.field(event, "the policy has no such event"));
        }
        self.all.push(FactsOf {
            dates: [(event.to_owned(), day)].into(),
            ..FactsOf::default()
        });
        Ok(())
    }

    /// What is known of one file; `is_named` says whether globs name it. Of several days for one event the
    /// latest counts: a term never ends too early by a mistake in the file.
    pub fn of(&self, is_named: &mut dyn FnMut(&[String]) -> bool) -> FactsOf {
        let mut out = FactsOf::default();
        for facts in &self.all {
            if !facts.paths.is_empty() && !is_named(&facts.paths) {
                continue;
            }
            for kind in &facts.kinds {
                if !out.kinds.contains(kind) {
                    out.kinds.push(kind.clone());
                }
            }
            for (event, day) in &facts.dates {
                let known = out.dates.entry(event.clone()).or_insert(*day);
                *known = (*known).max(*day);
            }
        }
        out
    }
}
