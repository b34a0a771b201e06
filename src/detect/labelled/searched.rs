//! A text to search, with its characters checked once.

use crate::{detect::text_of, model::Charset};
use std::{borrow::Cow, ops::Range};

/// A text that is searched, and the same as characters when all of it is UTF-8, which is checked once.
#[derive(Debug, Clone, Copy)]
pub(in crate::detect) struct Searched<'t> {
    pub(super) bytes: &'t [u8],
    pub(super) charset: Charset,
    /// Without half a character at its ends.
    pub(super) text: Option<&'t str>,
    /// Bytes before `text`.
    lead: usize,
}

impl<'t> Searched<'t> {
    pub(in crate::detect) fn new(bytes: &'t [u8], charset: Charset) -> Self {
        let inside = |b: &&u8| **b & 0xC0 == 0x80;
        let lead = bytes.iter().take(3).take_while(inside).count();
        let tail = bytes.iter().rev().take(3).take_while(inside).count();
        let end = bytes.len() - tail.min(bytes.len() - lead);
        // The last character is whole when as many bytes follow its first as that says.
        let whole = match end.checked_sub(1).and_then(|at| bytes.get(at)) {
            Some(0xC0..=0xDF) => tail == 1,
            Some(0xE0..=0xEF) => tail == 2,
            Some(0xF0..) => tail == 3,
            _ => true,
        };
        let end = if whole { bytes.len() } else { end - 1 };
        let text = match charset {
            Charset::Utf8 => bytes
                .get(lead..end)
                .and_then(|b| std::str::from_utf8(b).ok()),
            Charset::Gb18030 => None,
        };
        Self {
            bytes,
            charset,
            text,
            lead,
        }
    }

    pub(in crate::detect) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The text of a stretch of it that is UTF-8 from its first byte to its last.
    pub(in crate::detect) fn text(&self, range: Range<usize>) -> Option<&'t str> {
        let start = range.start.checked_sub(self.lead)?;
        self.text?.get(start..range.end.checked_sub(self.lead)?)
    }

    pub(super) fn get(&self, range: Range<usize>) -> &'t [u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// Where the whole characters of a stretch begin, and they themselves, if all of the text is UTF-8.
    pub(in crate::detect) fn stretch(&self, range: Range<usize>) -> Option<(usize, &'t str)> {
        let text = self.text?;
        let start = range.start.saturating_sub(self.lead);
        let end = range.end.saturating_sub(self.lead).min(text.len());
        let start = (start..end).find(|at| text.is_char_boundary(*at))?;
        let end = (start..=end).rev().find(|at| text.is_char_boundary(*at))?;
        Some((start + self.lead, text.get(start..end)?))
    }

    /// See [`clipped`].
    pub(super) fn clipped(&self, range: Range<usize>) -> Cow<'t, str> {
        if self.text.is_none() {
            return clipped(self.get(range), self.charset);
        }
        Cow::Borrowed(self.stretch(range).map_or("", |(_, text)| text))
    }
}

/// Text of a stretch cut out anywhere: half characters at its ends are left out. What cannot be decoded
/// ends it.
pub(super) fn clipped(bytes: &[u8], charset: Charset) -> Cow<'_, str> {
    if charset != Charset::Utf8 {
        return text_of(bytes, charset);
    }
    let lead = bytes
        .iter()
        .take(3)
        .take_while(|b| **b & 0xC0 == 0x80)
        .count();
    let bytes = bytes.get(lead..).unwrap_or_default();
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(e) if e.valid_up_to() + 4 > bytes.len() => Cow::Borrowed(
            bytes
                .get(..e.valid_up_to())
                .and_then(|b| std::str::from_utf8(b).ok())
                .unwrap_or_default(),
        ),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// The character that a text in UTF-8 ends with, if it is whole.
pub(super) fn last_char(text: &[u8]) -> Option<char> {
    let lead = text.iter().rev().take(4).position(|b| b & 0xC0 != 0x80)?;
    let tail = text.get(text.len() - 1 - lead..)?;
    std::str::from_utf8(tail).ok()?.chars().next()
}
