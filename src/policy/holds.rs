//! Holds: what must stay whatever the terms say — an investigation, a lawsuit, an open claim, a complaint.

use crate::model::{Action, CanonicalError, Date, LiveCopy, Plan, canonical_file, read_canonical};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Number of the book's shape.
const SCHEMA: u32 = 1;

/// How a hold ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// When, RFC 3339 in UTC.
    pub time: String,
    /// Why.
    pub reason: String,
    /// Key id of who released it.
    pub by: String,
}

/// One hold. It names persons and paths by keyed fingerprints only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// `H1`, `H2` …
    pub id: String,
    /// Keyed fingerprint of a value of the person, 32 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Those of other values of the person, when several were given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Keyed identities of the paths that it keeps: those named, or those in which the person's value stands.
    pub paths: BTreeSet<String>,
    /// Whether it keeps everything.
    #[serde(default)]
    pub all: bool,
    /// Whether copies of what it keeps may be handed over all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub copies_may_go: bool,
    /// Why: a reference, not a name.
    pub reason: String,
    /// When it was added, RFC 3339 in UTC.
    pub added: String,
    /// Key id of who added it.
    pub by: String,
    /// Last day on which it holds, `YYYY-MM-DD`; until it is released when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<Release>,
}

impl Hold {
    /// Whether it holds on this day. A hold whose last day cannot be read holds.
    pub fn is_active(&self, day: Date) -> bool {
        self.released.is_none()
            && self
                .until
                .as_deref()
                .and_then(Date::parse)
                .is_none_or(|until| day <= until)
    }

    /// Whether it keeps the path of this keyed identity.
    pub fn keeps(&self, path_fp: &str) -> bool {
        self.all || self.paths.contains(path_fp)
    }
}

/// All holds of a job, also those that ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holds {
    schema: u32,
    /// In the order in which they were added.
    pub holds: Vec<Hold>,
}

impl Default for Holds {
    fn default() -> Self {
        Self {
            schema: SCHEMA,
            holds: Vec::new(),
        }
    }
}

impl Holds {
    /// Reads the bytes of their file.
    ///
    /// # Errors
    /// When anything is not as this program writes it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CanonicalError> {
        read_canonical(bytes, u64::from(SCHEMA))
    }

    /// The bytes of their file.
    ///
    /// # Errors
    /// None that holds can cause.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        canonical_file(self)
    }

    /// The first hold that keeps this path on this day.
    pub fn of(&self, path_fp: &str, day: Date) -> Option<&Hold> {
        self.holds
            .iter()
            .find(|h| h.is_active(day) && h.keeps(path_fp))
    }

    /// The first hold that does not let a copy of this path be handed over.
    pub fn of_copies(&self, path_fp: &str, day: Date) -> Option<&Hold> {
        self.holds
            .iter()
            .find(|h| h.is_active(day) && !h.copies_may_go && h.keeps(path_fp))
    }

    /// The first hold that stands against an item of a plan: one that keeps what would be taken away or
    /// masked, or one that lets no copy out of the house. An archive beside live files that stay keeps them.
    /// A plan that destroys a sealed archive is held by a hold on any file in the archive.
    pub fn against(&self, plan: &Plan, day: Date) -> Option<&Hold> {
        let mut sealed = plan.sealed.iter().flat_map(|s| &s.paths);
        if let Some(hold) = sealed.find_map(|path| self.of(path, day)) {
            return Some(hold);
        }
        let live_stays = plan.live.unwrap_or_default() == LiveCopy::Keep;
        plan.items.iter().find_map(|item| match item.action {
            Action::Erase => self.of(&item.path_fp, day),
            Action::Seal if !live_stays => self.of(&item.path_fp, day),
            Action::HandOver => self.of_copies(&item.path_fp, day),
            Action::Seal | Action::Refused => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_end_when_released_or_over() {
        let day = |text: &str| Date::parse(text).unwrap();
        let mut hold = Hold {
            id: "H1".into(),
            subject: None,
            paths: ["ab".to_owned()].into(),
            all: false,
            also: Vec::new(),
            copies_may_go: false,
            reason: "投诉 2026-7".into(),
            added: "2026-11-01T00:00:00Z".into(),
            by: "ed25519:00".into(),
            until: Some("2026-12-31".into()),
            released: None,
        };
        let of = |hold: &Hold, fp: &str, on: &str| {
            let book = Holds {
                holds: vec![hold.clone()],
                ..Holds::default()
            };
            let read = Holds::from_bytes(&book.to_bytes().unwrap()).unwrap();
            read.of(fp, day(on)).is_some()
        };
        assert!(of(&hold, "ab", "2026-12-31"));
        assert!(!of(&hold, "ab", "2027-01-01"));
        assert!(!of(&hold, "cd", "2026-12-31"));
        hold.all = true;
        assert!(of(&hold, "cd", "2026-12-31"));
        hold.until = None;
        assert!(of(&hold, "cd", "2099-01-01"));
        hold.released = Some(Release {
            time: "2026-12-01T00:00:00Z".into(),
            reason: "撤诉".into(),
            by: "ed25519:00".into(),
        });
        assert!(!of(&hold, "cd", "2026-12-01"));
    }
}
