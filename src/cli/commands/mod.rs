//! One file a verb.

pub(super) mod pseudo;
pub(super) mod redact;
pub(super) mod risk;
pub(super) mod rules;
pub(super) mod scan;
pub(super) mod text;
