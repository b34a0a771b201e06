//! Archives: containers of other files.
//!
//! The zip container is read and written here byte for byte: the directory is read from its own
//! bytes, members are inflated as streams that keep to the limits, and members that do not change
//! are copied still compressed.

pub(crate) mod bytes;
pub(crate) mod bzip2;
pub(crate) mod copy;
pub(crate) mod directory;
pub(crate) mod gzip;
pub(crate) mod inflate;
mod locked;
pub(crate) mod package;
mod packed;
pub(crate) mod sevenz;
pub(crate) mod sniff;
pub(crate) mod tar;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod write;
pub(crate) mod xz;
pub(crate) mod zip;
pub(crate) mod zstd;
