//! Secrets without a sign: behind a word, as a long word, in an address or command, in a column.

use super::{
    GAP, LONGEST_PASSWORD, NAME, Says, Secrets, line, name_end,
    value::{Kinds, Shown, entropy, is_name, is_path, is_uuid, trimmed},
};
use crate::{
    model::{Charset, Span},
    rules::Assigned,
};
use std::ops::Range;

impl Secrets {
    /// The password of `scheme://user:password@host`; `at` is the colon.
    pub(super) fn address(
        &self,
        text: &[u8],
        region: &Range<usize>,
        at: usize,
    ) -> Option<(u16, Span)> {
        let rule = self.login?;
        let from = at + 3;
        let rest = text.get(from..region.end.min(from + 320))?;
        let len = rest
            .iter()
            .take_while(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'<' | b'>' | b'`'))
            .count();
        let rest = rest.get(..len)?;
        let first = memchr::memchr(b'@', rest)?;
        let authority = memchr::memchr(b'/', rest.get(first..)?).map_or(len, |i| first + i);
        let end = memchr::memrchr(b'@', rest.get(..authority)?)?;
        let login = rest.get(..end)?;
        let colon = memchr::memchr(b':', login)?;
        if login
            .get(..colon)?
            .iter()
            .any(|b| matches!(b, b'/' | b'?' | b'#' | b','))
        {
            return None;
        }
        let password = login.get(colon + 1..)?;
        let text = std::str::from_utf8(password).ok()?;
        let port = password.iter().take_while(|b| b.is_ascii_digit()).count();
        let path = password.get(port) == Some(&b'/');
        if password.len() < 3
            || path
            || self.is_placeholder(text)
            || password.len() > LONGEST_PASSWORD
        {
            return None;
        }
        let start = from + colon + 1;
        Some((rule, Span::new(start, start + password.len())?))
    }

    /// The password of `-u user:password`; `at` is the colon.
    pub(super) fn command(
        &self,
        text: &[u8],
        region: &Range<usize>,
        at: usize,
    ) -> Option<(u16, Span)> {
        let rule = self.login?;
        let lead = text.get(region.start.max(at.saturating_sub(NAME))..at)?;
        let user = lead
            .iter()
            .rev()
            .take_while(|b| {
                b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'@' | b'\\')
            })
            .count();
        let before = lead.get(..lead.len() - user)?.trim_ascii_end();
        let before = before
            .strip_suffix(b"\"")
            .or(before.strip_suffix(b"'"))
            .unwrap_or(before);
        let before = before.trim_ascii_end();
        let flag = before.ends_with(b" -u")
            || before.ends_with(b" --user")
            || before.ends_with(b" --user=");
        if user == 0 || !flag {
            return None;
        }
        let rest = text.get(at + 1..region.end.min(at + 1 + LONGEST_PASSWORD))?;
        let len = rest
            .iter()
            .take_while(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'`'))
            .count();
        let password = std::str::from_utf8(rest.get(..len)?).ok()?;
        let fine = len >= 4 && !self.is_placeholder(password);
        fine.then_some((rule, Span::new(at + 1, at + 1 + len)?))
    }

    /// A value directly behind a word that is no name: `密码 Hy88`, `--password x`, `password d3*jos`.
    pub(in crate::detect) fn word(
        &self,
        text: &[u8],
        region: &Range<usize>,
        word: Range<usize>,
        charset: Charset,
    ) -> Option<(u16, Span)> {
        let name = text.get(word.clone())?;
        let says = self.named(name, charset)?;
        let after = line(text.get(word.end..region.end.min(word.end + LONGEST_PASSWORD + GAP))?);
        let han = !name.is_ascii();
        let gap = after
            .iter()
            .take_while(|b| matches!(b, b' ' | b'\t' | b'"' | b'\''))
            .count();
        if !han && gap == 0 {
            return None;
        }
        let is = ["为", "是", "is "].iter().find_map(|w| {
            let bytes = match charset {
                Charset::Utf8 => std::borrow::Cow::Borrowed(w.as_bytes()),
                Charset::Gb18030 => encoding_rs::GB18030.encode(w).0,
            };
            after.get(gap..)?.starts_with(&bytes).then_some(bytes.len())
        });
        let start = gap + is.unwrap_or(0);
        let start = start
            + after
                .get(start..)?
                .iter()
                .take_while(|b| matches!(b, b' ' | b'"' | b'\''))
                .count();
        let rest = after.get(start..)?;
        let len = rest
            .iter()
            .take_while(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'`' | b'<'))
            .count();
        let value = trimmed(rest.get(..len)?);
        let kinds = Kinds::of(value);
        let flag = text.get(word.start.wrapping_sub(2)..word.start) == Some(b"--");
        let said = start > 0
            && matches!(after.get(start - 1), Some(b'"' | b'\''))
            && matches!(rest.get(len), Some(b'"' | b'\''))
            && is.is_some();
        let enough = if said {
            value.len() >= 4
        } else if flag {
            // `--password option` in a manual.
            value.len() >= 4
                && !(kinds.small == value.len() && is_manual_word(value))
                && !matches!(value.first(), Some(b'-' | b'<' | b'$' | b'[' | b'|' | b'='))
        } else if han {
            value.len() >= 6
                && kinds.digits > 0
                && (kinds.letters > 0 || kinds.digits == value.len())
                && !matches!(value.first(), Some(b'-' | b'(' | b'['))
        } else {
            value.len() >= 8
                && kinds.classes() >= 3
                && !matches!(value.first(), Some(b'(' | b'[' | b'/' | b':' | b'='))
                    | value.starts_with(b")")
        };
        let shown = Shown {
            tight: true,
            quoted: false,
            alone: false,
        };
        if !enough || kinds.is_expression(value) || !self.plausible(says, value, shown) {
            return None;
        }
        let start = word.end + start;
        Some((self.rule(says)?, Span::new(start, start + value.len())?))
    }

    /// A long word that something before it on its line, or at its own begin, calls a key.
    pub(in crate::detect) fn long_word(
        &self,
        text: &[u8],
        region: &Range<usize>,
        found: Range<usize>,
        charset: Charset,
    ) -> Option<(u16, Span)> {
        let rule = self.key?;
        let whole = text.get(found.clone())?;
        // `vendor-SECRET-0123…`: the name is part of the word.
        let own = self.own_name(whole);
        let range = own.map_or(found.clone(), |n| found.start + n..found.end);
        let range = widened(text, region, range);
        let value = text.get(range.clone())?;
        // Most long words are called nothing: what that takes to tell is least, and looked at first.
        let named = own.is_some() && value.len() >= 11
            || self.called(text, region, range.start, value, charset);
        if !named {
            return None;
        }
        let kinds = Kinds::of(value);
        if kinds.digits == 0
            || kinds.letters == 0
            || entropy(value) < 25
            || is_path(value)
            || is_name(value)
        {
            return None;
        }
        let text = std::str::from_utf8(value).ok()?;
        (!self.is_placeholder(text)).then_some((rule, Span::new(range.start, range.end)?))
    }

    /// Bytes of the name that a word begins with: `vendor-SECRET-`.
    fn own_name(&self, word: &[u8]) -> Option<usize> {
        let mut best = None;
        for (i, _) in word
            .iter()
            .enumerate()
            .take(NAME)
            .filter(|(_, b)| matches!(b, b'-' | b'_' | b'.'))
        {
            let rest = word.get(i + 1..)?;
            let fine = match word.get(..i).and_then(|n| self.named(n, Charset::Utf8)) {
                Some(Says::Key) => rest.iter().any(u8::is_ascii_digit),
                Some(Says::Perhaps) => {
                    let kinds = Kinds::of(rest);
                    kinds.digits > 3 && kinds.separators < 5 && entropy(rest) >= 30
                }
                _ => false,
            };
            if fine && rest.len() >= 11 {
                best = Some(i + 1);
            }
        }
        best
    }

    /// Whether the words before a place call what begins there a key.
    fn called(
        &self,
        text: &[u8],
        region: &Range<usize>,
        at: usize,
        value: &[u8],
        charset: Charset,
    ) -> bool {
        let from = region.start.max(at.saturating_sub(NAME));
        let lead = text.get(from..at).unwrap_or_default();
        let lead = lead
            .get(memchr::memrchr2(b'\n', b'\r', lead).map_or(0, |i| i + 1)..)
            .unwrap_or_default();
        let mut rest = lead;
        // An element of a page.
        if lead.ends_with(b"<code>") {
            return false;
        }
        for n in 0..3 {
            rest = name_end(rest);
            if rest.is_empty() {
                return false;
            }
            match self.named(rest, charset) {
                Some(Says::Key) => {
                    return n == 0 || entropy(value) >= 30 && Kinds::of(value).separators < 2;
                }
                Some(Says::Perhaps) if n == 0 => {
                    return Kinds::of(value).digits > 1
                        && (!is_uuid(value) || lead.len() - rest.len() <= 2);
                }
                Some(Says::Password) if n == 0 => return true,
                _ => {}
            }
            let start = rest.iter().rposition(|b| {
                !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.') || *b >= 0x80)
            });
            rest = rest.get(..start.unwrap_or(0)).unwrap_or_default();
        }
        false
    }

    /// Whether a whole cell or text is a value of what its column or label says.
    pub(in crate::detect) fn fits(&self, kind: Assigned, text: &str) -> bool {
        let says = match kind {
            Assigned::Password => Says::Password,
            Assigned::Key => Says::Key,
            Assigned::Login => return false,
        };
        let shown = Shown {
            tight: true,
            quoted: true,
            alone: true,
        };
        let date = text.len() <= 19
            && text
                .bytes()
                .all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'/' | b':' | b'.' | b'T'))
            && text.bytes().filter(|b| !b.is_ascii_digit()).count() >= 2;
        !date && self.plausible(says, text.as_bytes(), shown)
    }
}

/// A long word with what base64 may have around it.
fn widened(text: &[u8], region: &Range<usize>, range: Range<usize>) -> Range<usize> {
    let wide = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'_' | b'-' | b'.');
    let left = text
        .get(region.start.max(range.start.saturating_sub(200))..range.start)
        .unwrap_or_default();
    let left = match left.last() {
        Some(b'+' | b'/') => left.iter().rev().take_while(wide).count(),
        _ => 0,
    };
    let right = text
        .get(range.end..region.end.min(range.end + 1024))
        .unwrap_or_default();
    let more = match right.first() {
        Some(b'+' | b'/') => right.iter().take_while(wide).count(),
        _ => 0,
    };
    let range = match text.get(range.clone()) {
        Some(word) if more == 0 => {
            let tail = word
                .iter()
                .rev()
                .take_while(|b| matches!(b, b'-' | b'.'))
                .count();
            range.start..range.end - tail
        }
        _ => range,
    };
    let equals = right
        .iter()
        .skip(more)
        .take(2)
        .take_while(|b| **b == b'=')
        .count();
    let out = range.start - left..range.end + more + equals;
    // An address or path is not one word.
    if is_path(text.get(out.clone()).unwrap_or_default()) {
        return range;
    }
    // An escaped line end before it is no part of it.
    let escaped = text.get(out.start.wrapping_sub(1)) == Some(&b'\\')
        && matches!(text.get(out.start), Some(b'n' | b'r' | b't'));
    out.start + usize::from(escaped)..out.end
}
/// Whether a word stands behind the name of an option in manuals, rather than a value: `--password option`.
fn is_manual_word(word: &[u8]) -> bool {
    const WORDS: [&str; 44] = [
        "also",
        "argument",
        "arguments",
        "auth",
        "cannot",
        "command",
        "does",
        "env",
        "field",
        "file",
        "filename",
        "flag",
        "flags",
        "from",
        "given",
        "input",
        "instead",
        "into",
        "means",
        "mode",
        "must",
        "name",
        "none",
        "null",
        "option",
        "options",
        "pass",
        "passphrase",
        "passwd",
        "password",
        "prompt",
        "secret",
        "should",
        "stdin",
        "string",
        "switch",
        "text",
        "true",
        "used",
        "user",
        "username",
        "value",
        "when",
        "will",
    ];
    WORDS.iter().any(|w| w.as_bytes() == word)
}
