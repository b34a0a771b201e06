//! [`Pseudonyms`]: who says what stands in place of a value when masks do not.

use super::{Profile, Rule};

/// Whom a value belongs to: another value in the same row or line that names the person.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The rule it was found by.
    pub rule: &'a Rule,
    /// The value as written.
    pub value: &'a str,
}

/// What stands in place of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stand {
    /// This text.
    Text(String),
    /// A mask of this profile.
    Mask(Profile),
}

/// Says what stands in place of values under [`Profile::Pseudonym`]. Equal values get equal texts, whatever the
/// file, the thread or the order.
pub trait Pseudonyms: Send + Sync + std::fmt::Debug {
    /// For one value found by a rule.
    fn stand(&self, rule: &Rule, value: &str, subject: Option<Subject<'_>>) -> Stand;
}
