//! One file a verb.

pub(super) mod redact;
pub(super) mod report;
pub(super) mod rules;
pub(super) mod scan;
pub(super) mod text;
