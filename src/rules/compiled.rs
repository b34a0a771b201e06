//! The rule files of the program in the form that `build.rs` gives them: read at every start.
//!
//! Their expressions are known to be right, since tests run the checks of [`super::load`] over the files
//! themselves, and are compiled when they are first used.

use super::{
    Examples, RuleError,
    load::{Entry, Parsed},
    schema::{RawExamples, RawRule, RawToken, RuleFile},
};
use std::collections::BTreeMap;

/// The files of [`super::builtin`], in order, without the examples of rules.
const RULES: &str = include_str!(concat!(env!("OUT_DIR"), "/rules.json"));
/// Examples by the id of their rule.
const EXAMPLES: &str = include_str!(concat!(env!("OUT_DIR"), "/examples.json"));
/// Digest of the files, as the loader makes it.
pub(super) const DIGEST: &str = include_str!(concat!(env!("OUT_DIR"), "/rules.digest"));

/// Reads them.
///
/// # Errors
/// None in a tested build.
pub(super) fn files(examples: Examples) -> Result<Vec<Parsed<'static>>, RuleError> {
    let bad = |e: &serde_json::Error| RuleError::File {
        file: "rules.json".to_owned(),
        reason: super::without_values(&e.to_string()),
    };
    let all: Vec<RuleFile<RawRule, RawToken>> = serde_json::from_str(RULES).map_err(|e| bad(&e))?;
    let mut shown: BTreeMap<String, RawExamples> = match examples {
        Examples::With => serde_json::from_str(EXAMPLES).map_err(|e| bad(&e))?,
        Examples::Without => BTreeMap::new(),
    };
    let named = super::builtin::FILES.iter().zip(all);
    Ok(named
        .map(|(&(name, _), file)| {
            let RuleFile {
                rule,
                token,
                words,
                negative_headers,
                placeholders,
                header_before,
                header_after,
                header_pinyin,
                allow,
                allow_salt,
            } = file;
            let rules = rule.into_iter().map(|mut rule| {
                rule.examples = shown.remove(&rule.id).unwrap_or_default();
                Entry::Rule(Box::new(rule))
            });
            let tokens = token.into_iter().map(|t| Entry::Token(Box::new(t)));
            Parsed {
                name,
                own: false,
                examples,
                entries: rules.chain(tokens).collect(),
                file: RuleFile {
                    rule: Vec::new(),
                    token: Vec::new(),
                    words,
                    negative_headers,
                    placeholders,
                    header_before,
                    header_after,
                    header_pinyin,
                    allow,
                    allow_salt,
                },
            }
        })
        .collect())
}
