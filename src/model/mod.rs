//! Plain data shared by the rooms: no I/O, no patterns, invariants only.

mod distinct;
mod finding;
mod fragment;
mod frame;
mod inventory;
mod locator;
mod name;
mod shown;
mod span;

pub use distinct::Distinct;
pub use finding::{Confidence, Finding, Reason, Reasons, Secret, ValueDigest, Verdict};
pub use fragment::{CellAt, CellKind, Charset, Edit, Fragment, Headers, Layout, Table};
pub use frame::{FRAME, FRAME_MOST, Frame, Mode};
pub use inventory::{
    Ability, Count, Entry, FileRecord, FormatId, Gap, GapKind, Listing, Place, State,
};
pub use locator::{Locator, LocatorError, Step, column_letters, column_number};
pub use name::Name;
pub use shown::{PathDisplay, join};
pub use span::Span;
