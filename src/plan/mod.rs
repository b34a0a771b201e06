//! Inventory and policy into a plan; does nothing.

mod file;

pub use file::{PlanError, PlanFile};
