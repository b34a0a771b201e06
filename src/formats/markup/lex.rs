//! Tokens of HTML and XML. Everything is some token: nothing is an error.

use crate::formats::blocks::cut;
use std::ops::Range;

/// A token; ranges are bytes of what was lexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Token {
    /// Text up to the next markup.
    Text(Range<usize>),
    /// A start tag: its name, what stands between name and `>`, whether it ends with `/>`.
    Open {
        name: Range<usize>,
        inside: Range<usize>,
        empty: bool,
    },
    /// An end tag.
    Close { name: Range<usize> },
    /// The content of a CDATA section.
    Cdata(Range<usize>),
    /// What stands inside a comment, processing instruction or declaration.
    Aside(Range<usize>),
}

/// The bytes end before the token does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Short;

/// The token at `at` and the offset behind it. Markup that does not begin like any is text.
pub(in super::super) fn next(bytes: &[u8], at: usize) -> Result<(Token, usize), Short> {
    let rest = bytes.get(at..).unwrap_or_default();
    let until = |open: usize, end: &[u8]| -> Result<(Range<usize>, usize), Short> {
        let from = rest.get(open..).ok_or(Short)?;
        let n = memchr::memmem::find(from, end).ok_or(Short)?;
        let start = at + open;
        Ok((start..start + n, start + n + end.len()))
    };
    match rest {
        [b'<', b'!', b'-', b'-', ..] => until(4, b"-->").map(|(r, n)| (Token::Aside(r), n)),
        [b'<', b'!', b'[', b'C', b'D', b'A', b'T', b'A', b'[', ..] => {
            until(9, b"]]>").map(|(r, n)| (Token::Cdata(r), n))
        }
        [b'<', b'?', ..] => until(2, b">").map(|(r, n)| (Token::Aside(r), n)),
        [b'<', b'!', ..] => declaration(rest)
            .map(|n| (Token::Aside(at + 2..at + n), at + n + 1))
            .ok_or(Short),
        [b'<', b'/', c, ..] if starts_name(*c) => until(2, b">").map(|(r, n)| {
            (
                Token::Close {
                    name: name(bytes, r.start),
                },
                n,
            )
        }),
        [b'<', c, ..] if starts_name(*c) => tag(bytes, at),
        [] => Err(Short),
        [_, after @ ..] => {
            // A `<` that begins nothing is text, the first byte as well.
            let n = memchr::memchr(b'<', after).map_or(after.len(), |n| n);
            Ok((Token::Text(at..at + 1 + n), at + 1 + n))
        }
    }
}

/// As [`next`], but never short: markup that does not end is text, and text that reaches to the end of a
/// window with more to come is cut where it does no harm. `None` when another window must start at `at`.
pub(in super::super) fn next_in(window: &[u8], at: usize, last: bool) -> Option<(Token, usize)> {
    let (token, end) = match next(window, at) {
        Ok(t) => t,
        Err(Short) if last || at == 0 => {
            let rest = window.get(at + 1..).unwrap_or_default();
            let n = memchr::memchr(b'<', rest).unwrap_or(rest.len());
            (Token::Text(at..at + 1 + n), at + 1 + n)
        }
        Err(Short) => return None,
    };
    if last || end < window.len() || !matches!(token, Token::Text(_)) {
        return Some((token, end));
    }
    if at > 0 {
        return None;
    }
    let end = end - cut(window);
    Some((Token::Text(at..end), end))
}

/// Where a `<!…>` ends: `>` outside brackets and quotes.
fn declaration(rest: &[u8]) -> Option<usize> {
    let (mut depth, mut quote) = (0_u32, None);
    for (i, &b) in rest.iter().enumerate() {
        match (quote, b) {
            (Some(q), _) if b == q => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') if depth > 0 => quote = Some(b),
            (None, b'[') => depth += 1,
            (None, b']') => depth = depth.saturating_sub(1),
            (None, b'>') if depth == 0 => return Some(i),
            _ => {}
        }
    }
    None
}

fn starts_name(b: u8) -> bool {
    b.is_ascii_alphabetic() || b == b'_' || b >= 0x80
}

fn name(bytes: &[u8], start: usize) -> Range<usize> {
    let rest = bytes.get(start..).unwrap_or_default();
    let n = rest
        .iter()
        .position(|b| {
            matches!(
                b,
                b' ' | b'\t' | b'\n' | b'\r' | b'\x0C' | b'/' | b'>' | b'<'
            )
        })
        .unwrap_or(rest.len());
    start..start + n
}

fn tag(bytes: &[u8], at: usize) -> Result<(Token, usize), Short> {
    let name = name(bytes, at + 1);
    let mut i = name.end;
    let mut value = false;
    loop {
        match bytes.get(i) {
            None => return Err(Short),
            Some(b'>') => break,
            Some(&quote @ (b'"' | b'\'')) if value => {
                let rest = bytes.get(i + 1..).unwrap_or_default();
                i += memchr::memchr(quote, rest).ok_or(Short)? + 1;
                value = false;
            }
            Some(b'=') => value = true,
            Some(b' ' | b'\t' | b'\n' | b'\r') => {}
            Some(_) => value = false,
        }
        i += 1;
    }
    let empty = i > name.end && bytes.get(i - 1) == Some(&b'/');
    let inside = name.end..i - usize::from(empty);
    Ok((
        Token::Open {
            name,
            inside,
            empty,
        },
        i + 1,
    ))
}

/// Names and values of the attributes in a tag; values without their quotes.
pub(in super::super) fn attributes(
    bytes: &[u8],
    inside: &Range<usize>,
) -> Vec<(Range<usize>, Range<usize>)> {
    let mut out = Vec::new();
    let mut at = inside.start;
    let blank = |b: &u8| b.is_ascii_whitespace() || *b == b'/';
    let run = |from: usize, stop: &dyn Fn(&u8) -> bool| {
        let rest = bytes.get(from..inside.end).unwrap_or_default();
        from + rest.iter().position(stop).unwrap_or(rest.len())
    };
    loop {
        at = run(at, &|b| !blank(b));
        if at >= inside.end {
            return out;
        }
        let end = run(at, &|b| b.is_ascii_whitespace() || *b == b'=').max(at);
        let name = at..end;
        let sign = run(end, &|b| !b.is_ascii_whitespace());
        if bytes.get(sign) != Some(&b'=') || sign >= inside.end {
            // Without a value it is all name; it moves on by at least a byte.
            out.push((name.clone(), name));
            at = end.max(at + 1);
            continue;
        }
        let start = run(sign + 1, &|b| !b.is_ascii_whitespace());
        match bytes.get(start).filter(|_| start < inside.end) {
            Some(&quote @ (b'"' | b'\'')) => {
                let end = run(start + 1, &|b| *b == quote);
                out.push((name, start + 1..end));
                at = end + 1;
            }
            _ => {
                let end = run(start, &u8::is_ascii_whitespace);
                out.push((name, start..end));
                at = end.max(sign + 1);
            }
        }
    }
}

/// A name without its prefix.
pub(in super::super) fn local_name(name: &[u8]) -> &[u8] {
    match name.iter().rposition(|&b| b == b':') {
        Some(at) => name.get(at + 1..).unwrap_or_default(),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &str) -> Vec<String> {
        let bytes = text.as_bytes();
        let (mut at, mut out) = (0, Vec::new());
        while let Ok((token, n)) = next(bytes, at) {
            let s = |r: &Range<usize>| text[r.clone()].to_owned();
            out.push(match &token {
                Token::Text(r) => s(r),
                Token::Open { name, inside, .. } => {
                    let a: Vec<_> = attributes(bytes, inside)
                        .iter()
                        .map(|(n, v)| format!("{}={}", s(n), s(v)))
                        .collect();
                    format!("<{} {}>", s(name), a.join(","))
                }
                Token::Close { name } => format!("</{}>", s(name)),
                Token::Cdata(r) => format!("[{}]", s(r)),
                Token::Aside(r) => format!("({})", s(r)),
            });
            at = n;
        }
        out
    }

    #[test]
    fn tokens() {
        assert_eq!(
            all(
                "<?xml v?><!DOCTYPE x [<!ENTITY a \"]>\">]><a b=\"1>2\" c='3' d=4 e>x < y<!-- z --></a ><![CDATA[<q>]]><br/>"
            ),
            [
                "(xml v?)",
                "(DOCTYPE x [<!ENTITY a \"]>\">])",
                "<a b=1>2,c=3,d=4,e=e>",
                "x ",
                "< y",
                "( z )",
                "</a>",
                "[<q>]",
                "<br >"
            ]
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_tokens(text in "[<>!/?a-c=\"' \\[\\]&;-]{0,60}") {
            let bytes = text.as_bytes();
            let mut at = 0;
            while let Ok((token, n)) = next(bytes, at) {
                prop_assert!(n > at && n <= bytes.len());
                if let Token::Open { inside, .. } = token {
                    for (name, value) in attributes(bytes, &inside) {
                        prop_assert!(name.end <= inside.end && value.end <= inside.end && value.start <= value.end);
                    }
                }
                at = n;
            }
        }
    }
}
