//! Addresses.
use std::ops::Range;
pub(super) fn is_certain(_: &str) -> bool { false }
pub(super) fn in_address_column(_: &str) -> bool { false }
pub(super) fn after_label(_: &str) -> Option<Range<usize>> { None }
pub(super) fn is_division(_: &str) -> bool { false }
