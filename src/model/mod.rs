//! Plain data shared by the rooms: no I/O, no patterns, invariants only.

mod baseline;
mod canonical;
mod date;
pub mod decisions;
mod distinct;
mod finding;
mod fragment;
mod frame;
mod inventory;
mod locator;
mod name;
mod plan;
mod receipt;
mod shown;
mod span;

pub use baseline::{Accepted, Baseline, BaselineError, column_of, fingerprint_input, is_day};
pub use canonical::{CanonicalError, canonical, canonical_file, read_canonical};
pub use date::{Date, Moment};
pub use decisions::{Decisions, DecisionsError, Mark};
pub use distinct::Distinct;
pub use finding::{Confidence, Finding, Reason, Reasons, Secret, ValueDigest, Verdict};
pub use fragment::{CellAt, CellKind, Charset, Edit, Fragment, Headers, Layout, Table};
pub use frame::{FRAME, FRAME_MOST, Frame, Mode};
pub use inventory::{
    Ability, Attributes, Count, Entry, FileRecord, FormatId, Gap, GapKind, Listing, Place, State,
};
pub use locator::{Locator, LocatorError, Step, column_letters, column_number};
pub use name::Name;
pub use plan::{
    Action, ApprovalsNeeded, BackupChoice, Bound, Category, Decision, Due, HandOverTerms, Identity,
    InventoryRef, Item, LiveCopy, Organisation, OtherDates, Outcome, PLAN_SCHEMA, Plan, Reach,
    Refusal, SealedArchive, Totals, Volume,
};
pub use receipt::{
    Actor, DeviceFacts, Event, EventObject, EventResult, EventRetention, Grade, ItemResult, Medium,
    RECEIPT_SCHEMA, RUN_SCHEMA, Receipt, ReceivedFile, RemainingCopy, Residue, RunResult,
};
pub use shown::{PathDisplay, join};
pub use span::Span;
