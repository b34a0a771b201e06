//! Quarantine, undo, purge, grades, residue; a journal that survives a crash. The only room that changes
//! sources.
//!
//! A run has a folder of its own with index, journal, key and fingerprints. Files first move into a folder
//! for their owner alone on the same volume ([`quarantine`]); until the undo window ends they can go back
//! ([`undo`]). [`purge`] overwrites, reads back, empties the journal, removes, and says of each file what
//! was proved. Whatever is destroyed stands in the journal, on the disk, before it is. [`scan`] searches raw
//! storage for what should be gone.

mod extras;
mod freespace;
mod grade;
mod index;
mod journal;
mod note;
mod overwrite;
mod place;
mod probe;
mod purge;
mod quarantine;
mod residue;
mod result;
mod run;
mod scrub;
mod stand_in;
mod steps;

pub use freespace::{Bounds, Filled, FreeSpace};
pub use grade::{
    Evidence, Family, Graded, Mapping, ReadBack, Traces, grade, medium, moved, searched,
};
pub use index::{Accept, Index, QUARANTINE, Root, Target, Terms};
pub use journal::Entry;
pub use note::Note;
pub use probe::{Probe, probe};
pub use purge::{Asked, purge};
pub use quarantine::{Moved, quarantine, undo};
pub use residue::{Found, Searched, scan, volume_id};
pub use result::{item_results, run_result};
pub use run::{Run, Stage, State};
pub use stand_in::{COPIES, StandIn, StoodIn, put_in_place, take_back};
pub use steps::{Failure, Steps};

use std::io;

/// Why a run cannot go on. Never names a path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EraseError {
    /// The run's own folder or files: it cannot be made, read or written.
    #[error("the folder of the run: {0}")]
    Run(io::Error),
    /// A run is there already.
    #[error("the folder of the run is not empty")]
    NotEmpty,
    /// The folder holds no run.
    #[error("no run is in that folder")]
    NoRun,
    /// Another process has it.
    #[error("the run or its volume is in use by another process")]
    Busy,
    /// The journal is damaged at this line.
    #[error("the journal of the run is damaged at line {0}")]
    Damaged(u64),
    /// The index is damaged or of another version.
    #[error("the index of the run is damaged or of another version")]
    Index,
    /// The plan is another one.
    #[error("the run belongs to another plan")]
    OtherPlan,
    /// The time in which it can be undone is not over.
    #[error("the undo window is still open")]
    Window,
    /// Nothing to do.
    #[error("the plan has no file to be erased")]
    Empty,
    /// A root is a folder of the system.
    #[error("root {0} is a folder of the system")]
    SystemRoot(u32),
    /// A root cannot be opened.
    #[error("root {0} cannot be opened: {1}")]
    Root(u32, io::Error),
    /// The quarantine folder of a root is not as it was left.
    #[error("the quarantine folder of root {0} is missing or not the run's own")]
    Quarantine(u32),
    /// Overwriting would prove nothing here.
    #[error("overwriting would prove nothing here ({0:?})")]
    Refused(Note),
    /// Stopped at an input or output error; the rest is as it was.
    #[error("stopped at an error of the system: {0}")]
    Stopped(io::Error),
    /// The user asked to stop; the run can be resumed.
    #[error("interrupted")]
    Interrupted,
    /// The device cannot be read.
    #[error("the device cannot be read: {0}")]
    Device(io::Error),
}

impl EraseError {
    fn run(error: io::Error) -> Self {
        Self::Run(error)
    }
}
