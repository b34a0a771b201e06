//! From text to findings.

pub mod addresses;
pub mod names;
