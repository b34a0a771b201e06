//! [`Windows`]: a part as a row of slices that end where a row or string ends.

use crate::formats::FormatError;
use std::io::{ErrorKind, Read};

/// What one slice holds at first.
const GOAL: usize = 2 << 20;
/// The longest row or string.
const MOST: usize = 64 << 20;

/// Cuts a stream after the last end tag of one name in each slice.
pub(in crate::formats) struct Windows<'r> {
    reader: &'r mut dyn Read,
    buf: Vec<u8>,
    /// Bytes of `buf` given out.
    used: usize,
    /// `row>` or `si>`.
    mark: &'static [u8],
    end: bool,
    /// Why it ended early; told after what was read until then.
    failed: Option<FormatError>,
}

impl std::fmt::Debug for Windows<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Windows({} bytes)", self.buf.len())
    }
}

impl<'r> Windows<'r> {
    /// Over a stream; `mark` is the end of the end tag that slices end after.
    pub(in crate::formats) fn new(reader: &'r mut dyn Read, mark: &'static [u8]) -> Self {
        Self {
            reader,
            buf: Vec::new(),
            used: 0,
            mark,
            end: false,
            failed: None,
        }
    }

    /// The next slice; `None` at the end.
    ///
    /// # Errors
    /// `Limit` when no end tag comes for 64 MiB; what reading gives.
    pub(in crate::formats) fn next(&mut self) -> Result<Option<&[u8]>, FormatError> {
        let rest = self.buf.len().saturating_sub(self.used);
        self.buf.copy_within(self.used.., 0);
        self.buf.truncate(rest);
        self.used = 0;
        if rest == 0
            && let Some(error) = self.failed.take()
        {
            return Err(error);
        }
        let mut goal = GOAL;
        loop {
            self.fill(goal);
            if self.end {
                self.used = self.buf.len();
                break;
            }
            if let Some(cut) = last_end(&self.buf, self.mark) {
                self.used = cut;
                break;
            }
            if goal >= MOST {
                return Err(FormatError::Limit("length of one row or string"));
            }
            goal *= 2;
        }
        Ok(self.buf.get(..self.used).filter(|w| !w.is_empty()))
    }

    fn fill(&mut self, goal: usize) {
        let mut have = self.buf.len();
        if self.end || have >= goal {
            return;
        }
        self.buf.resize(goal, 0);
        while let Some(free) = self.buf.get_mut(have..).filter(|f| !f.is_empty()) {
            match self.reader.read(free) {
                Ok(0) => self.end = true,
                Ok(n) => have += n,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => {
                    self.failed = Some(e.into());
                    self.end = true;
                }
            }
            if self.end {
                break;
            }
        }
        self.buf.truncate(have);
    }
}

/// One past the last `</mark` or `</prefix:mark`.
fn last_end(buf: &[u8], mark: &[u8]) -> Option<usize> {
    let mut before = buf.len();
    loop {
        let at = memchr::memmem::rfind(buf.get(..before)?, mark)?;
        let head = buf.get(at.saturating_sub(34)..at).unwrap_or_default();
        let name = memchr::memrchr(b'<', head).and_then(|lt| head.get(lt + 1..));
        if name.is_some_and(|n| n == b"/" || (n.starts_with(b"/") && n.ends_with(b":"))) {
            return Some(at + mark.len());
        }
        before = at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_end_after_a_row_and_give_everything() {
        let row = format!("<x:row r=\"1\">{}</x:row>", "<c/>".repeat(100_000));
        let xml = format!("<s>{}</s>", row.repeat(13));
        let mut reader = xml.as_bytes();
        let mut windows = Windows::new(&mut reader, b"row>");
        let (mut all, mut count) = (Vec::new(), 0);
        while let Some(window) = windows.next().unwrap() {
            all.extend_from_slice(window);
            assert!(window.ends_with(b"</x:row>") || all.len() == xml.len());
            count += 1;
        }
        assert!(count > 2);
        assert!(all == xml.as_bytes());
    }

    #[test]
    fn a_row_without_end_is_bounded() {
        let mut endless = std::io::repeat(b'<');
        let mut windows = Windows::new(&mut endless, b"row>");
        assert!(matches!(windows.next(), Err(FormatError::Limit(_))));
    }
}
