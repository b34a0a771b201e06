//! Makes copies in a new tree; sources are only read.

pub mod place;
