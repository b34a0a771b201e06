//! From text to findings.
