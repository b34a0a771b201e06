//! The summary for the terminal.
