//! What a report is made from: the records of an inventory, handed in one by one as often as asked for.

use crate::model::{FileRecord, PathDisplay};
use std::io;

/// What the file system says of a file: who owns it, who may read it, how old it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Rights as Unix has them, the lower 12 bits (`0o644`).
    pub mode: u32,
    /// Name of the owner; `None` when no account has the number, or the system has no owners.
    pub owner: Option<String>,
    /// Number of the owner; `u32::MAX` where there is none.
    pub owner_number: u32,
    /// Name of the group, as `owner`.
    pub group: Option<String>,
    /// Number of the group; `u32::MAX` where there is none.
    pub group_number: u32,
    /// Time of the last change of content, in seconds since 1970.
    pub modified: i64,
    /// When this was asked, in seconds since 1970.
    pub seen: i64,
}

/// Days without a change after which a file with findings is called stale: three years.
pub const STALE_DAYS: i64 = 1_095;

impl Held {
    /// Whether everybody on the machine may read it, by its own rights.
    pub fn open_to_all(&self) -> bool {
        self.mode & 0o004 != 0
    }

    /// Whether its group may read it.
    pub fn open_to_group(&self) -> bool {
        self.mode & 0o040 != 0
    }

    /// Whether it belongs to a number that no account has any more.
    pub fn is_orphan(&self) -> bool {
        self.owner.is_none() && self.owner_number != u32::MAX
    }

    /// Days between the last change and the scan; 0 when the clock says otherwise.
    pub fn age_days(&self) -> i64 {
        self.seen.saturating_sub(self.modified).max(0) / 86_400
    }

    /// The owner's name, or its number.
    pub fn owner_shown(&self) -> String {
        shown(self.owner.as_deref(), self.owner_number)
    }

    /// The group's name, or its number.
    pub fn group_shown(&self) -> String {
        shown(self.group.as_deref(), self.group_number)
    }

    /// Rights in letters: `rw-r--r--`.
    pub fn rights(&self) -> String {
        (0..9)
            .rev()
            .zip("rwx".chars().cycle())
            .map(|(bit, letter)| {
                if self.mode >> bit & 1 == 1 {
                    letter
                } else {
                    '-'
                }
            })
            .collect()
    }
}

fn shown(name: Option<&str>, number: u32) -> String {
    match (name, number) {
        (Some(name), _) => name.to_owned(),
        (None, u32::MAX) => String::new(),
        (None, number) => number.to_string(),
    }
}

/// One file of an inventory.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Its record, without what a reviewer called a false alarm.
    pub record: &'a FileRecord,
    /// How its path and the names inside are shown.
    pub shown: &'a PathDisplay,
    /// What the file system said of it, when the inventory has that.
    pub held: Option<&'a Held>,
    /// Findings that a reviewer called false alarms.
    pub false_alarms: u64,
}

/// The records of an inventory.
pub trait Records {
    /// Gives each record to `visit`, always in the same order.
    ///
    /// # Errors
    /// Those of `visit`, and what kept the records from being read.
    fn each(&self, visit: &mut dyn FnMut(&Told<'_>) -> io::Result<()>) -> io::Result<()>;
}

/// The run that an inventory is of, as reports name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Version of the program that scanned.
    pub version: String,
    /// Digest of the rule data.
    pub rules_digest: String,
    /// When the scan began, RFC 3339.
    pub started: String,
    /// When it ended; `None` when it was cut off.
    pub ended: Option<String>,
    /// What was scanned, as typed.
    pub roots: Vec<String>,
    /// Keyed identity of the job, that decisions are made for.
    pub job: String,
    /// When the report was made, RFC 3339.
    pub made: String,
    /// Whether the inventory keeps every finding, or samples only.
    pub all_findings: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(mode: u32, owner: Option<&str>, number: u32) -> Held {
        Held {
            mode,
            owner: owner.map(str::to_owned),
            owner_number: number,
            group: None,
            group_number: 100,
            modified: 0,
            seen: 86_400 * 2_000,
        }
    }

    #[test]
    fn rights_and_owners_are_told() {
        let file = held(0o754, Some("li"), 1000);
        assert_eq!(file.rights(), "rwxr-xr--");
        assert!(file.open_to_all() && file.open_to_group() && !file.is_orphan());
        assert_eq!(
            (file.owner_shown(), file.group_shown()),
            ("li".into(), "100".into())
        );
        assert_eq!(file.age_days(), 2_000);
        assert!(held(0o600, None, 1234).is_orphan());
        assert!(!held(0o600, None, u32::MAX).is_orphan());
        assert_eq!(held(0o600, None, u32::MAX).owner_shown(), "");
        let future = Held {
            modified: i64::MAX,
            ..held(0, None, 0)
        };
        assert_eq!(future.age_days(), 0);
    }
}
