//! One file a verb.

pub(super) mod text;
