//! The trail: chained lines, signed checkpoints; verify and query.
