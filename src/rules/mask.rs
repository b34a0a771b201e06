//! Masks: value → what may be shown.

/// How a value is masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    Id,
}
/// Which form of mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    Strict,
}
