//! Inventory and policy into a plan; does nothing.
//!
//! [`build`] takes what is known of each file and gives each its decision and action; [`check`] tells whether
//! a file is still the one that a plan means. Whatever cannot be dealt with stands in the plan with its reason.

mod build;
mod diff;
mod file;
mod source;

pub use build::{Seen, Storage, Tally, Wish, build, is_protected};
pub use diff::{Change, diff};
pub use file::{PlanError, PlanFile};
pub use source::{check, identify};

#[cfg(test)]
mod tests;
