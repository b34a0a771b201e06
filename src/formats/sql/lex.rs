//! The words of SQL: blanks, comments, names, values.
//!
//! All functions take the bytes, whether they are GB 18030 (whose second bytes look like letters, quotes
//! excepted) and a place; `None` means that the bytes end before it is clear.

use std::ops::Range;

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Between quotes.
    Quoted,
    /// Digits between quotes or behind `0x`, two for each byte.
    Hex,
    /// A number, a word, an expression.
    Bare,
    /// NULL.
    Null,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    /// What it says, without its quotes.
    pub(super) inner: Range<usize>,
    /// All of it.
    pub(super) outer: Range<usize>,
    pub(super) form: Form,
}

/// How strings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    /// Whether the bytes are GB 18030.
    pub(super) gb: bool,
    /// Whether a backslash in a string escapes.
    pub(super) backslash: bool,
}

/// The place after blanks and comments.
pub(super) fn blanks(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let rest = bytes.get(at..)?;
        match rest {
            [] => return None,
            [b, ..] if b.is_ascii_whitespace() => at += 1,
            [b'-', b'-', ..] => at += memchr::memchr(b'\n', rest)? + 1,
            [b'/', b'*', ..] => {
                at += memchr::memmem::find(rest.get(2..)?, b"*/")? + 4;
            }
            _ => return Some(at),
        }
    }
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b == b'#' || b >= 0x80
}

/// The end of the word at `at`.
pub(super) fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    rest.iter().position(|&b| !is_word(b)).map(|n| at + n)
}

/// A keyword: the place behind it.
pub(super) fn keyword(bytes: &[u8], at: usize, wanted: &str) -> Option<usize> {
    let end = at + wanted.len();
    let same = bytes.get(at..end)?.eq_ignore_ascii_case(wanted.as_bytes());
    (same && bytes.get(end).is_none_or(|&b| !is_word(b))).then_some(end)
}

/// The end of a string whose first quote is at `at`: one past the last.
pub(super) fn string(bytes: &[u8], at: usize, dialect: Dialect, escapes: bool) -> Option<usize> {
    let quote = *bytes.get(at)?;
    let close = if quote == b'[' { b']' } else { quote };
    let escapes = (escapes || dialect.backslash) && quote != b'[' && quote != b'`';
    let mut i = at + 1;
    loop {
        let b = *bytes.get(i)?;
        if b == close {
            if bytes.get(i + 1) == Some(&close) {
                i += 2;
                continue;
            }
            // Whether another quote follows is not known at the end.
            return bytes.get(i + 1).map(|_| i + 1);
        }
        i += match b {
            b'\\' if escapes => 2,
            0x81..=0xFE if dialect.gb && bytes.get(i + 1).is_some_and(|&b| b >= 0x40) => 2,
            _ => 1,
        };
    }
}

/// A name, quoted or not, perhaps behind the names of its schema: the place behind it, and the last name.
pub(super) fn name(bytes: &[u8], at: usize, dialect: Dialect) -> Option<(usize, Range<usize>)> {
    let mut at = at;
    loop {
        let (end, range) = match bytes.get(at)? {
            b'`' | b'"' | b'[' | b'\'' => {
                let end = string(bytes, at, dialect, false)?;
                (end, at + 1..end - 1)
            }
            _ => {
                let end = word(bytes, at)?;
                (end, at..end)
            }
        };
        if bytes.get(end) == Some(&b'.') {
            at = end + 1;
        } else {
            return Some((end, range));
        }
    }
}

/// The value at `at`, which ends before a comma or a closing bracket.
pub(super) fn value(bytes: &[u8], at: usize, dialect: Dialect) -> Option<Value> {
    let end = word(bytes, at)?;
    let prefix = bytes.get(at..end)?;
    let quoted = matches!(bytes.get(end)?, b'\'' | b'"');
    if quoted && prefix.len() <= 12 {
        let close = string(bytes, end, dialect, prefix.eq_ignore_ascii_case(b"e"))?;
        let after = blanks(bytes, close)?;
        if matches!(bytes.get(after)?, b',' | b')') {
            let form = if prefix.eq_ignore_ascii_case(b"x") {
                Form::Hex
            } else {
                Form::Quoted
            };
            return Some(Value {
                inner: end + 1..close - 1,
                outer: at..close,
                form,
            });
        }
    }
    if prefix.len() > 2 && prefix.get(..2)?.eq_ignore_ascii_case(b"0x") {
        return Some(Value {
            inner: at + 2..end,
            outer: at..end,
            form: Form::Hex,
        });
    }
    let close = expression(bytes, at, dialect)?;
    let text = bytes.get(at..close)?;
    let kept = text.len()
        - text
            .iter()
            .rev()
            .take_while(|b| b.is_ascii_whitespace())
            .count();
    let outer = at..at + kept;
    let form = if text.get(..kept)?.eq_ignore_ascii_case(b"null") {
        Form::Null
    } else {
        Form::Bare
    };
    Some(Value {
        inner: outer.clone(),
        outer,
        form,
    })
}

/// Where an expression ends: before the comma or bracket that is not its own.
fn expression(bytes: &[u8], at: usize, dialect: Dialect) -> Option<usize> {
    let (mut i, mut depth) = (at, 0_usize);
    loop {
        match *bytes.get(i)? {
            b',' | b')' | b';' if depth == 0 => return Some(i),
            b')' => depth -= 1,
            b'(' => depth += 1,
            b'\'' | b'"' => {
                i = string(bytes, i, dialect, false)?;
                continue;
            }
            _ => {}
        }
        i += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Dialect = Dialect {
        gb: false,
        backslash: false,
    };
    const MYSQL: Dialect = Dialect {
        gb: false,
        backslash: true,
    };

    fn inner(text: &str, dialect: Dialect) -> Option<(String, Form)> {
        let v = value(text.as_bytes(), 0, dialect)?;
        Some((text.get(v.inner)?.to_owned(), v.form))
    }

    #[test]
    fn values() {
        for (text, dialect, expected, form) in [
            ("'a''b',", PLAIN, "a''b", Form::Quoted),
            ("'a\\'b',", MYSQL, "a\\'b", Form::Quoted),
            ("'C:\\' )", PLAIN, "C:\\", Form::Quoted),
            ("N'x')", PLAIN, "x", Form::Quoted),
            ("_gbk'x')", MYSQL, "x", Form::Quoted),
            ("138 ,", PLAIN, "138", Form::Bare),
            ("NULL)", PLAIN, "NULL", Form::Null),
            ("X'31',", PLAIN, "31", Form::Hex),
            ("0x3132)", PLAIN, "3132", Form::Hex),
            (
                "to_date('a,b)','x')) ",
                PLAIN,
                "to_date('a,b)','x')",
                Form::Bare,
            ),
            ("'a'||'b',", PLAIN, "'a'||'b'", Form::Bare),
        ] {
            assert_eq!(
                inner(text, dialect),
                Some((expected.into(), form)),
                "{text}"
            );
        }
        assert_eq!(inner("'open", PLAIN), None);
        // The second byte of a character is no backslash.
        let gb = Dialect {
            gb: true,
            backslash: true,
        };
        assert!(value(b"'\x90\x5c',", 0, gb).is_some());
    }

    #[test]
    fn names_and_blanks() {
        assert_eq!(name(b"`db`.`t` (", 0, MYSQL), Some((8, 6..7)));
        assert_eq!(name(b"[dbo].[a b](", 0, PLAIN), Some((11, 7..10)));
        assert_eq!(blanks(b" -- x\n /* y */ z", 0), Some(15));
        assert_eq!(keyword(b"Values(", 0, "VALUES"), Some(6));
        assert_eq!(keyword(b"valuesx", 0, "VALUES"), None);
    }
}
