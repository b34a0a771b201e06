//! Finds, accounts for, redacts, hands over, seals and erases personal and financial data in files.
//!
//! The rooms, as data flows through them: `walk` lists files, `formats` reads them, `detect` finds values
//! in their texts, `scan` adds up what one file holds, `store` keeps the inventory, `apply` makes redacted
//! copies, `verify` reads those again, `reports` tells of it. `pipeline` knows the order and owns the
//! threads; `cli` knows the user. `docs/architecture.md` has the whole plan.

pub mod apply;
pub mod approve;
pub mod audit;
pub mod cli;
pub mod containers;
pub mod detect;
pub mod digest;
pub mod engine;
pub mod erase;
pub mod formats;
pub mod handover;
pub mod keys;
pub mod model;
pub mod pipeline;
pub mod plan;
pub mod policy;
pub mod pseudonyms;
pub mod reports;
pub mod rules;
pub mod scan;
pub mod seal;
pub mod store;
pub mod sys;
pub mod validators;
pub mod verify;
pub mod walk;
pub mod words;
