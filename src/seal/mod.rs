//! Sealed archives: encrypted, verified, with check dates, opened with a reason.
