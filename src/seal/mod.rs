//! Sealed archives: encrypted, verified, with check dates, opened with a reason.
//!
//! An archive is a folder of its own: a box of age ([`crate::containers`]) with the files and their list, and
//! a signed record, [`Record`], that says what it is without saying what is in it. It appears whole or not
//! at all, after the box was opened again and every byte compared. Backups are archives of another purpose.

mod archive;
mod open;
mod record;

pub use archive::{Made, Order, Thing, Work, create};
pub use open::{Index, IndexFile, Opened, Take, check, index, open, stands, visit};
pub use record::{
    Check, Destroyed, LeftOut, Listed, Purpose, RECORD, Record, add_check, add_destroyed, contents,
    list,
};

use crate::containers::ContainerError;
use std::io;

/// Most months from one check of an archive to the next.
///
/// Standard: 中国人民银行业务领域数据安全管理办法 (PBOC 2025-3), article 27: once a year.
pub const MOST_MONTHS: u16 = 12;

/// Why an archive cannot be made, checked or opened. Names inside are not quoted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// Nothing is left to put in.
    #[error("no file is left to put into the archive")]
    Empty,
    /// The box could not be written or opened.
    #[error(transparent)]
    Box(#[from] ContainerError),
    /// A signature does not hold, or cannot be made.
    #[error(transparent)]
    Key(#[from] crate::keys::KeyError),
    /// A record or list is not in its form.
    #[error("{0}: {1}")]
    Text(&'static str, crate::model::CanonicalError),
    /// There is no archive.
    #[error("there is no archive of this name")]
    Absent,
    /// The key of the archive was destroyed.
    #[error("the key of the archive was destroyed")]
    Destroyed,
    /// A part of the box is not there, or is not what the record says.
    #[error("the archive is damaged: {0}")]
    Part(String),
    /// The system failed.
    #[error("{0}: {1}")]
    Io(&'static str, io::ErrorKind),
}

impl SealError {
    /// An error of the system while doing this.
    fn io(what: &'static str) -> impl Fn(io::Error) -> Self {
        move |e| match ContainerError::io(what)(e) {
            ContainerError::Io(what, kind) => Self::Io(what, kind),
            other => Self::Box(other),
        }
    }
}

#[cfg(test)]
mod tests;
