//! Postal addresses: Chinese by divisions and falling units, English by number and street.

mod chinese;
mod english;

use super::names::is_han;
use std::ops::Range;

/// Longest address looked at, bytes.
const LONGEST: usize = 400;

/// Whether a cell is surely a postal address: down to a street, village or house.
pub(super) fn is_certain(text: &str) -> bool {
    let text = text.trim();
    if text.len() < 15 || text.len() > LONGEST {
        return false;
    }
    if text.is_ascii() {
        english::is_certain(text)
    } else {
        chinese::is_certain(text) || english::is_certain(text)
    }
}

/// Whether a cell of a column of addresses is one, or part of one.
pub(super) fn in_address_column(text: &str) -> bool {
    let text = text.trim();
    if text.len() < 6 || text.len() > LONGEST {
        return false;
    }
    chinese::in_column(text) || english::in_column(text)
}

/// The address at the start of `text`, which follows a label.
pub(super) fn after_label(text: &str) -> Option<Range<usize>> {
    let start = text
        .char_indices()
        .take(4)
        .find(|(_, c)| !matches!(c, ' ' | '\t' | '\u{3000}' | '"' | '“' | '\'' | '【' | '['))?
        .0;
    let rest = text.get(start..)?;
    let end = chinese::after_label(rest)
        .or_else(|| english::at_start(rest, false))
        .or_else(|| english::flat_at_start(rest))?;
    Some(start..start + end)
}

/// Adds the addresses in running text, in order.
pub(super) fn find(text: &str, out: &mut Vec<Range<usize>>) {
    let mut from = 0;
    let mut previous = ' ';
    for (i, c) in text.char_indices() {
        let before = std::mem::replace(&mut previous, c);
        if i < from {
            continue;
        }
        let digit = c.is_ascii_digit() && !matches!(before, '-' | '.' | '/' | '#');
        let end =
            if (digit || matches!(c, 'P' | 'G')) && (!before.is_alphanumeric() || is_han(before)) {
                text.get(i..).and_then(|t| english::at_start(t, true))
            } else if chinese::may_start(c, text.get(i + c.len_utf8()..).unwrap_or_default()) {
                text.get(i..).and_then(chinese::at_start)
            } else {
                None
            };
        if let Some(end) = end {
            out.push(i..i + end);
            from = i + end;
        }
    }
}

/// The English address at the start of `text`, in running text after `before`: its length.
pub(super) fn in_prose(before: &str, text: &str) -> Option<usize> {
    english::in_prose(before, text)
}

/// Adds the Chinese addresses in running text that begin with a known division and go down to a street or a number,
/// and the streets, towns and estates behind a word that says where somebody lives or something lies.
pub(super) fn find_chinese(text: &str, out: &mut Vec<Range<usize>>) {
    let mut from = 0;
    for (i, c) in text.char_indices() {
        if i < from || c < '\u{2E80}' {
            continue;
        }
        let behind = text.get(i + c.len_utf8()..).unwrap_or_default();
        if (chinese::may_start(c, behind) || chinese::locator(c, behind) > 0)
            && let Some(found) = text.get(i..).and_then(chinese::at_place)
        {
            out.push(i + found.start..i + found.end);
            from = i + found.end;
        }
    }
}

/// The same for lines of which is known where such a division or word may begin, in order.
pub(super) fn find_at(text: &str, places: &[u32], out: &mut Vec<Range<usize>>) {
    let mut from = 0;
    for &place in places {
        let start = place as usize;
        let Some(tail) = text.get(start..).filter(|_| start >= from) else {
            continue;
        };
        let near = tail
            .as_bytes()
            .get(..chinese::LONGEST.min(tail.len()))
            .unwrap_or_default();
        let line = memchr::memchr(b'\n', near).and_then(|end| tail.get(..end));
        if let Some(found) = chinese::at_place(line.unwrap_or(tail)) {
            out.push(start + found.start..start + found.end);
            from = start + found.end;
        }
    }
}

/// Whether a text is as a whole the name of a province, city or county, with or without its unit.
pub(super) fn is_division(text: &str) -> bool {
    chinese::is_division(text)
}

#[cfg(test)]
mod tests;
