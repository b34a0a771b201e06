//! Archives: containers of other files.

pub(crate) mod zip;
