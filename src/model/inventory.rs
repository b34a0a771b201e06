//! What is known of a file after it was read: the coverage ledger and the counts.

use super::{
    distinct::Distinct,
    finding::{Finding, ValueDigest},
    locator::{Locator, Step},
    name::Name,
};

/// Short name of a format, as users type it: `xlsx`, `csv`.
pub type FormatId = &'static str;

/// What a format can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ability {
    /// Read only: copies are withheld.
    Read,
    /// Read and write a redacted copy in the same format.
    ReadWrite,
}

/// Why something was not read, or not wholly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GapKind {
    /// The system would not let it be opened or read.
    Unreadable,
    /// It changed or vanished while it was read.
    Changed,
    /// Not a regular file: device, socket, FIFO.
    Special,
    /// A symbolic link, which is not followed.
    Link,
    /// A folder that was already walked.
    Loop,
    /// On another file system, with `--one-file-system`.
    OtherFileSystem,
    /// Left out by `--include` or `--exclude`.
    Excluded,
    /// Needs a password.
    Encrypted,
    /// No reader for this format.
    Unsupported,
    /// Damaged or not what it claims to be.
    Corrupt,
    /// Text that cannot be decoded.
    Undecodable,
    /// Pictures, which are not read.
    Image,
    /// A part that no reader knows.
    Opaque,
    /// Past a limit on size, depth, number or expansion.
    Limit,
    /// Took too long.
    Timeout,
    /// Signed: a copy loses its signature.
    Signed,
    /// The reader failed.
    Crashed,
    /// It could not be read, and the copy goes without it or has a blank one in its place.
    Dropped,
    /// It could not be read, and the copy has it all the same, as the user asked.
    Kept,
}

impl GapKind {
    /// All kinds.
    pub const ALL: [Self; 19] = [
        Self::Unreadable,
        Self::Changed,
        Self::Special,
        Self::Link,
        Self::Loop,
        Self::OtherFileSystem,
        Self::Excluded,
        Self::Encrypted,
        Self::Unsupported,
        Self::Corrupt,
        Self::Undecodable,
        Self::Image,
        Self::Opaque,
        Self::Limit,
        Self::Timeout,
        Self::Signed,
        Self::Crashed,
        Self::Dropped,
        Self::Kept,
    ];

    /// The word used in machine-readable output.
    pub fn id(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Changed => "changed",
            Self::Special => "special",
            Self::Link => "link",
            Self::Loop => "loop",
            Self::OtherFileSystem => "other-file-system",
            Self::Excluded => "excluded",
            Self::Encrypted => "encrypted",
            Self::Unsupported => "unsupported",
            Self::Corrupt => "corrupt",
            Self::Undecodable => "undecodable",
            Self::Image => "image",
            Self::Opaque => "opaque",
            Self::Limit => "limit",
            Self::Timeout => "timeout",
            Self::Signed => "signed",
            Self::Crashed => "crashed",
            Self::Dropped => "dropped",
            Self::Kept => "kept",
        }
    }

    /// The kind with this [`GapKind::id`].
    pub fn find(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.id() == id)
    }

    /// Whether the user asked for it to be left out: such a gap does not make a run incomplete.
    pub fn is_wanted(self) -> bool {
        matches!(
            self,
            Self::Excluded
                | Self::OtherFileSystem
                | Self::Link
                | Self::Signed
                | Self::Dropped
                | Self::Kept
        )
    }
}

/// How much of a file or member was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// All of it.
    Read,
    /// Some of it; the gaps say what is missing.
    Partly(GapKind),
    /// Nothing of it.
    Unread(GapKind),
}

/// One thing that was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Place inside the file or member; empty for all of it.
    pub at: Vec<Step>,
    /// Why.
    pub kind: GapKind,
    /// More about it in English; never content of the file.
    pub note: String,
}

/// How often one rule was found at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// Index of the rule in the rule set of the run.
    pub rule: u16,
    /// Number of findings.
    pub found: u64,
    /// Number of different values.
    pub distinct: Distinct,
    /// Confidence of the surest one, in percent.
    pub top: u8,
    /// The first few, masked.
    pub samples: Vec<Finding>,
}

/// A place that findings are added up for: a column, a page, a part, or a whole text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Steps below the file or member.
    pub at: Vec<Step>,
    /// Column of a table, from 1.
    pub column: Option<u32>,
    /// The column's name, masked.
    pub header: Option<String>,
    /// Cells of the column that are not empty.
    pub cells: u64,
    /// Counts by rule, in the order of rules.
    pub counts: Vec<Count>,
}

/// A file, or a member of one, in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The file and the members on the way down.
    pub locator: Locator,
    /// Its format, when known.
    pub format: Option<FormatId>,
    /// Its text encoding, for text formats.
    pub encoding: Option<&'static str>,
    /// Size in bytes (a member: expanded).
    pub bytes: u64,
    /// How much was read.
    pub state: State,
    /// The name claims this other format.
    pub clash: Option<FormatId>,
    /// What was not read.
    pub gaps: Vec<Gap>,
    /// Findings added up.
    pub places: Vec<Place>,
}

/// What the file system said of a file when it was opened, before it was read. Reports judge exposure
/// by it (who may read, who owns, how old), plans and erasure recognise the file by it, and the next
/// scan tells by it that nothing changed. Where a system has no such thing the field says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attributes {
    /// Number of the device it lies on; 0 where there is none. It may change when the system starts again.
    pub device: u64,
    /// Which file system it lies on, as far as that can be told: another one mounted in its place has another
    /// number, the same one has the same number after a start of the system, where the system keeps it. 0 where it
    /// cannot be told.
    pub volume: u64,
    /// Number of the file on its device; 0 where there is none.
    pub inode: u64,
    /// Names that the file has (hard links); 0 where the system does not say.
    pub links: u64,
    /// Size in bytes.
    pub size: u64,
    /// Time of the last change of content (`mtime`), in nanoseconds since 1970, at the ends of the range
    /// when it lies beyond (1677, 2262).
    pub modified: i64,
    /// Time of the last change of content, name, rights or owner (`ctime`), as above; equal to
    /// `modified` where the system has none.
    pub changed: i64,
    /// Rights as Unix has them, the lower 12 bits (`0o644`); 0 where the system has none.
    pub mode: u32,
    /// Number of the owner; `u32::MAX` where there is none. Names: [`crate::sys::Accounts`].
    pub owner: u32,
    /// Number of the group; `u32::MAX` where there is none.
    pub group: u32,
    /// When this was asked, by the program's clock, in nanoseconds since 1970.
    pub seen: i64,
    /// Keyed digest of the whole content (BLAKE3, the job's key, 128 bits), when the file was in memory
    /// anyway: equal for equal content within a job. `None` for large files and for what was not read.
    pub content: Option<ValueDigest>,
}

/// Coarsest step in which a file system keeps times: FAT's two seconds.
const STEP: i64 = 2_000_000_000;

impl Attributes {
    /// Whether a change right after [`Attributes::seen`] could have left the times as they are, so that
    /// equal attributes prove nothing: it had changed within two seconds before, or lies in the future.
    pub fn is_fresh(&self) -> bool {
        let last = self.modified.max(self.changed);
        last == i64::MAX || last > self.seen.saturating_sub(STEP)
    }

    /// Whether everybody on the machine may read it, by its own rights alone: the folders above may
    /// still keep them out.
    pub fn is_open_to_all(&self) -> bool {
        self.mode & 0o004 != 0
    }

    /// Whether its group may read it, by its own rights alone.
    pub fn is_open_to_group(&self) -> bool {
        self.mode & 0o040 != 0
    }
}

/// All that is known of a file: itself first, then its members in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRecord {
    /// Path under its root, `/` between folders.
    pub path: Name,
    /// Index of the root among those given.
    pub root: u32,
    /// The file, then its members.
    pub entries: Vec<Entry>,
    /// Every finding, when the user asked for all of them.
    pub findings: Vec<Finding>,
    /// Whether that is all of them.
    pub listing: Listing,
    /// What the file system said of it; `None` for what was never opened and for parts that go ahead.
    pub attributes: Option<Attributes>,
    /// Findings that an allow list or a comment in the file left out.
    pub allowed: u64,
}

/// Where the findings of a record are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Listing {
    /// In the record.
    #[default]
    Here,
    /// The record holds some findings of a file whose own record is still to come; its entry says
    /// no more than the file's name. So findings of one file never have to be in memory at once.
    Ahead,
    /// In records that went ahead, and the last of them in the record.
    Continued,
}

impl FileRecord {
    /// Whether everything in it was read, or left out on purpose.
    pub fn is_complete(&self) -> bool {
        self.entries.iter().all(|e| match e.state {
            State::Read => true,
            State::Partly(kind) | State::Unread(kind) => kind.is_wanted(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_just_before_it_was_seen_proves_nothing() {
        let at = |modified, changed, seen| Attributes {
            device: 1,
            volume: 1,
            inode: 1,
            links: 1,
            size: 1,
            modified,
            changed,
            mode: 0o644,
            owner: 0,
            group: 0,
            seen,
            content: None,
        };
        let now = 1_800_000_000_000_000_000;
        assert!(!at(now - STEP, now - STEP, now).is_fresh());
        assert!(at(now - STEP + 1, 0, now).is_fresh());
        assert!(at(0, now - 1, now).is_fresh());
        assert!(at(now + 5, 0, now).is_fresh());
        assert!(at(i64::MAX, 0, i64::MAX).is_fresh());
        assert!(!at(i64::MIN, i64::MIN, now).is_fresh());
        assert!(at(0, 0, now).is_open_to_all() && at(0, 0, now).is_open_to_group());
    }
}
