//! The one integration binary: what a user of the built program can count on.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "tests fail by panicking"
)]
#![allow(
    clippy::case_sensitive_file_extension_comparisons,
    clippy::cast_possible_truncation,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::naive_bytecount,
    clippy::unnecessary_debug_formatting,
    reason = "tests build their inputs plainly"
)]

mod archive_attacks;
mod archive_end;
mod contract;
mod daily;
mod desk;
mod erase;
mod holds;
mod hostile;
mod large;
mod laws;
mod live;
mod locked;
mod outcomes;
mod own_rules;
mod packages;
mod pdf;
mod planning;
mod pseudonyms;
mod readme;
mod redact;
mod report;
mod resume;
mod rooms;
mod rules;
mod scan;
mod schemas;
mod sealing;
mod share;
mod synthetic;
mod tables;
mod written;
