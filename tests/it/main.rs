//! The one integration binary: what a user of the built program can count on.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "tests fail by panicking"
)]

mod contract;
mod hostile;
mod large;
mod redact;
mod resume;
mod rooms;
mod rules;
mod scan;
mod share;
mod synthetic;
