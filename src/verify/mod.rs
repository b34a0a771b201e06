//! Reads copies again before they are released.

pub mod residue;
