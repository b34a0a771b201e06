//! Between any two deeds of a run: has the user asked to stop, and, in tests, does the machine fail here.

use std::{cell::Cell, fmt, io};

/// How a run fails at a step, in tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The process ends at once, as if killed.
    Kill,
    /// The same, after half of what was to be written to the journal.
    Torn,
    /// The system refuses, with this error number.
    Error(i32),
    /// The process stops, until somebody has it go on.
    Stop,
}

/// Counts the steps of a run.
pub struct Steps<'a> {
    taken: Cell<u64>,
    fails: Option<(u64, Failure)>,
    asked: &'a dyn Fn() -> bool,
}

impl fmt::Debug for Steps<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Steps({})", self.taken.get())
    }
}

impl<'a> Steps<'a> {
    /// Steps that do not fail by themselves; `asked` says whether the user wants to stop.
    pub fn new(asked: &'a dyn Fn() -> bool) -> Self {
        Self {
            taken: Cell::new(0),
            fails: None,
            asked,
        }
    }

    /// Steps that fail at the step with this number, counted from 1.
    #[must_use]
    pub fn failing(mut self, at: u64, how: Failure) -> Self {
        self.fails = Some((at, how));
        self
    }

    /// Reads `17`, `17:torn`, `17:stop`, `17:enospc`: for [`Steps::failing`].
    pub fn parse(text: &str) -> Option<(u64, Failure)> {
        let (number, how) = text.split_once(':').unwrap_or((text, "kill"));
        let how = match how {
            "kill" => Failure::Kill,
            "torn" => Failure::Torn,
            "eperm" => Failure::Error(1),
            "eio" => Failure::Error(5),
            "enospc" => Failure::Error(28),
            "erofs" => Failure::Error(30),
            "stop" => Failure::Stop,
            _ => return None,
        };
        Some((number.parse().ok()?, how))
    }

    /// Whether some step is to fail: then nothing is done at once that lies between two of them.
    pub(super) fn is_failing(&self) -> bool {
        self.fails.is_some()
    }

    /// Whether the user wants to stop.
    pub(super) fn stop(&self) -> bool {
        (self.asked)()
    }

    /// A step. In tests it may end the process.
    ///
    /// # Errors
    /// In tests only.
    pub(super) fn step(&self) -> io::Result<()> {
        match self.next() {
            Some(Failure::Kill | Failure::Torn) => std::process::abort(),
            Some(Failure::Error(number)) => Err(io::Error::from_raw_os_error(number)),
            Some(Failure::Stop) => crate::sys::stop_here(),
            None => Ok(()),
        }
    }

    /// The step of a write to the journal: how it fails, if it does.
    pub(super) fn next(&self) -> Option<Failure> {
        self.taken.set(self.taken.get() + 1);
        self.fails
            .filter(|(at, _)| *at == self.taken.get())
            .map(|(_, how)| how)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fails_where_it_is_told_to_and_nowhere_else() {
        let no = || false;
        let (at, how) = Steps::parse("3:enospc").unwrap();
        let steps = Steps::new(&no).failing(at, how);
        steps.step().unwrap();
        steps.step().unwrap();
        assert_eq!(steps.step().unwrap_err().kind(), io::ErrorKind::StorageFull);
        steps.step().unwrap();
        assert_eq!(Steps::parse("7"), Some((7, Failure::Kill)));
        assert_eq!(Steps::parse("7:torn"), Some((7, Failure::Torn)));
        assert!(Steps::parse("x").is_none() && Steps::parse("1:x").is_none());
    }
}
