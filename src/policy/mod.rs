//! What may become of a record: retention, clocks, holds and outcomes as data; facts in, a decision with
//! its rule and article out.

mod holds;

pub use holds::{Hold, Holds, Release};
