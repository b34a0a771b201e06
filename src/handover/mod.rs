//! Handover packages: bag, manifest, notification list, container, receipt.
//!
//! A package is a folder that appears whole or not at all: a box ([`crate::containers`]) around a bag, a
//! signed list of the box's parts, and two texts on how to open it. [`package::make`] writes it,
//! opens it again and compares every byte before it gets its name; [`receive::check`] is the same look on
//! the other side, and its result becomes a signed receipt.

pub mod bag;
mod manifest;
mod names;
pub mod package;
pub mod persons;
pub mod receive;

pub use manifest::{
    Manifest, ManifestFile, Missing, PART_LIST, PartList, Redaction, SIGNED_MANIFEST, SIGNED_PARTS,
    TagFile,
};
pub use names::Names;

use crate::containers::ContainerError;
use std::io;

/// Why a package cannot be made or checked. Names and values inside are not quoted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandoverError {
    /// Nothing is left to put in.
    #[error("no file is left to hand over")]
    Empty,
    /// The box could not be written or opened.
    #[error(transparent)]
    Box(#[from] ContainerError),
    /// A key or signature.
    #[error(transparent)]
    Key(#[from] crate::keys::KeyError),
    /// A text that belongs to the package is not in its form.
    #[error("{0}: {1}")]
    Text(&'static str, crate::model::CanonicalError),
    /// What must be remembered of the package could not be written.
    #[error("{0}")]
    Records(String),
    /// The system failed.
    #[error("{0}: {1}")]
    Io(&'static str, io::ErrorKind),
}

impl HandoverError {
    /// An error of the system while doing this.
    pub fn io(what: &'static str) -> impl Fn(io::Error) -> Self {
        move |e| match e.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::Box(ContainerError::NoSpace)
            }
            kind => Self::Io(what, kind),
        }
    }
}

#[cfg(test)]
mod tests;
