//! Exit codes.

/// How a run ended. The greatest condition that was met gives the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Nothing at or above `--fail-on`; or all copies were released.
    Clean = 0,
    /// Identifiers at or above `--fail-on`.
    Findings = 1,
    /// Bad arguments, configuration or rules; nothing was touched.
    Usage = 2,
    /// Something was not read, or a copy was withheld.
    Incomplete = 3,
    /// Refused: left as it was.
    Refused = 4,
    /// A copy that still held a value; it was not released.
    Unproved = 5,
    /// Stopped by the system.
    Failed = 6,
}

impl Exit {
    /// The word used in machine-readable output.
    pub fn id(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Findings => "findings",
            Self::Usage => "usage",
            Self::Incomplete => "incomplete",
            Self::Refused => "refused",
            Self::Unproved => "unproved",
            Self::Failed => "failed",
        }
    }
}
