//! Scans that are repeated: what is read again, what is carried over, what is said of it.

mod ci;
mod incremental;
mod leaks;
mod promises;
mod running;
