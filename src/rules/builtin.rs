//! Built-in data files.
