//! [`LazyRegex`]: a regex that is compiled when something is first looked for with it.

use regex::bytes::{Regex, RegexBuilder};
use std::{fmt, sync::OnceLock};

/// A regex over bytes, Unicode classes off. Most rules never meet a candidate in a scan, and compiling the regexes
/// of all of them would take longer than reading a thousand small files.
#[derive(Clone)]
pub struct LazyRegex {
    text: Box<str>,
    bytes: usize,
    compiled: OnceLock<Option<Regex>>,
}

impl fmt::Debug for LazyRegex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LazyRegex({:?})", self.text)
    }
}

impl LazyRegex {
    /// From an expression that is known to be right: one that cannot be compiled matches nothing. Compiled it
    /// takes `bytes` of memory at most.
    pub fn trusted(text: impl Into<Box<str>>, bytes: usize) -> Self {
        Self {
            text: text.into(),
            bytes,
            compiled: OnceLock::new(),
        }
    }

    /// From an expression that may be wrong: it is compiled at once.
    ///
    /// # Errors
    /// When it is no regex, or needs more memory.
    pub fn checked(text: impl Into<Box<str>>, bytes: usize) -> Result<Self, regex::Error> {
        let new = Self::trusted(text, bytes);
        let regex = new.compile()?;
        Ok(Self {
            compiled: OnceLock::from(Some(regex)),
            ..new
        })
    }

    fn compile(&self) -> Result<Regex, regex::Error> {
        RegexBuilder::new(&self.text)
            .unicode(false)
            .size_limit(self.bytes)
            .nest_limit(64)
            .build()
    }

    /// The regex, compiled at the first call; `None` when it cannot be.
    pub fn get(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| self.compile().ok()).as_ref()
    }

    /// Whether it matches anywhere in a text.
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.get().is_some_and(|regex| regex.is_match(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compiles_when_it_is_asked() {
        let regex = LazyRegex::trusted("^a+$", 1 << 20);
        assert!(regex.compiled.get().is_none());
        assert!(regex.is_match(b"aa") && !regex.is_match(b"ab"));
        assert!(regex.compiled.get().is_some());
        assert_eq!(format!("{regex:?}"), "LazyRegex(\"^a+$\")");
    }

    #[test]
    fn what_is_wrong_is_told_or_matches_nothing() {
        assert!(LazyRegex::checked("(", 1 << 20).is_err());
        assert!(LazyRegex::checked("[a-z]{1000}{100}", 1 << 10).is_err());
        assert!(!LazyRegex::trusted("(", 1 << 20).is_match(b"("));
    }
}
