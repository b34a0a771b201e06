//! The inventory on disk.
