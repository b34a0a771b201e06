//! [`Span`]: a half-open range of bytes that is never empty.

use std::ops::Range;

/// A half-open byte range, never empty. Offsets are bytes, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    start: usize,
    end: usize,
}

impl Span {
    /// The range `start..end`, or `None` when it is empty or backwards.
    pub fn new(start: usize, end: usize) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// First byte.
    pub fn start(self) -> usize {
        self.start
    }

    /// One past the last byte.
    pub fn end(self) -> usize {
        self.end
    }

    /// Number of bytes, at least 1.
    #[expect(
        clippy::len_without_is_empty,
        reason = "a span is never empty by construction"
    )]
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// As a standard range.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// Whether the two share at least one byte.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether `other` lies wholly inside.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_and_backward_ranges_are_refused() {
        assert_eq!(Span::new(3, 3), None);
        assert_eq!(Span::new(4, 3), None);
        assert_eq!(Span::new(3, 4).map(Span::len), Some(1));
    }

    #[test]
    fn neighbours_do_not_overlap() {
        let (a, b) = (Span { start: 0, end: 4 }, Span { start: 4, end: 6 });
        assert!(!a.overlaps(b));
        assert!(a.overlaps(Span { start: 3, end: 4 }));
        assert!(a.contains(Span { start: 3, end: 4 }) && !b.contains(a));
    }
}
