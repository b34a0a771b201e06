//! One module a report.
