//! [`Clock`]: how long a file may take.

use super::FormatError;
use std::time::{Duration, Instant};

/// The time of one file, for what takes long without expanding anything, as the making of keys does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    started: Instant,
    most: Duration,
}

impl Clock {
    pub(super) fn new(started: Instant, seconds: u64) -> Self {
        Self {
            started,
            most: Duration::from_secs(seconds),
        }
    }

    /// Whether there is time left.
    ///
    /// # Errors
    /// `Timeout` when there is none.
    pub(super) fn check(&self) -> Result<(), FormatError> {
        if self.started.elapsed() > self.most {
            return Err(FormatError::Timeout);
        }
        Ok(())
    }

    /// The same, once in so many rounds that it costs nothing.
    ///
    /// # Errors
    /// As for [`Clock::check`].
    pub(super) fn round(&self, number: u64) -> Result<(), FormatError> {
        if number.is_multiple_of(1024) {
            self.check()?;
        }
        Ok(())
    }
}

/// The first of the passwords that gives something.
///
/// # Errors
/// `Encrypted` when none does; those of trying.
pub(super) fn first<'p, T>(
    passwords: impl IntoIterator<Item = &'p str>,
    mut attempt: impl FnMut(&'p str) -> Result<Option<T>, FormatError>,
) -> Result<T, FormatError> {
    for password in passwords {
        if let Some(found) = attempt(password)? {
            return Ok(found);
        }
    }
    Err(FormatError::Encrypted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_that_is_up_is_told() {
        let clock = Clock::new(Instant::now(), 0);
        assert!(matches!(clock.check(), Err(FormatError::Timeout)));
        assert!(clock.round(1).is_ok());
        assert!(clock.round(2048).is_err());
        assert!(Clock::new(Instant::now(), u64::MAX).check().is_ok());
        let result = first(["a", "b"], |_| clock.check().map(|()| Some(1)));
        assert!(matches!(result, Err(FormatError::Timeout)));
        let result = first(["a", "b"], |p| Ok((p == "c").then_some(())));
        assert!(matches!(result, Err(FormatError::Encrypted)));
    }
}
