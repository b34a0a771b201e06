//! Values: where they end, and whether they may be secrets.

use super::{GAP, LONGEST_PASSWORD, MOST, Says, Secrets};
use std::ops::Range;

impl Secrets {
    /// Whether a value may be a secret of what its name says.
    pub(super) fn plausible(&self, says: Says, value: &[u8], shown: Shown) -> bool {
        let len = value.len();
        let Ok(text) = std::str::from_utf8(value) else {
            return false;
        };
        if len < 4 || !value.iter().all(u8::is_ascii_graphic) || self.is_placeholder(text) {
            return false;
        }
        let kinds = Kinds::of(value);
        if !shown.quoted && kinds.is_expression(value) {
            return false;
        }
        let word = kinds.digits == 0 && kinds.others == 0;
        // `password = url_user_password`: named after what it holds.
        let said = text.to_ascii_lowercase();
        if word
            && !shown.quoted
            && !shown.tight
            && kinds.separators > 0
            && (said.contains("passw") || said.contains("secret"))
        {
            return false;
        }
        if says != Says::Password
            && (is_qualified(value)
                || is_pattern(value)
                || !shown.quoted && (value.starts_with(b"_") || is_called(value)))
        {
            return false;
        }
        match says {
            Says::Password => {
                len <= LONGEST_PASSWORD && (shown.quoted || shown.tight || !word || shown.alone)
            }
            Says::Key => {
                if is_url(value) || len > MOST || is_time(value) || is_pairs(value) {
                    return false;
                }
                let mixed = kinds.digits > 0 && kinds.letters > 0;
                let dull = kinds.letters == 0 && len < 16;
                len >= 8
                    && !dull
                    && (mixed || len >= 16 && entropy(value) >= 28 && kinds.separators == 0)
            }
            Says::Perhaps => {
                let mixed =
                    kinds.digits > 1 && kinds.letters > 0 || kinds.digits == len && len >= 24;
                len >= 12
                    && !is_url(value)
                    && !is_time(value)
                    && !is_pairs(value)
                    && (mixed || len >= 24 && kinds.separators == 0 && kinds.letters > 0)
                    && entropy(value) >= 25
                    && (shown.tight || shown.quoted || len >= 16 && !is_name(value))
                    && !is_path(value)
            }
        }
    }

    /// Whether it is a key that a maker prints as a specimen.
    pub(in crate::detect) fn is_specimen(&self, value: &[u8]) -> bool {
        std::str::from_utf8(value)
            .is_ok_and(|v| self.placeholders.contains(&v.to_ascii_lowercase()))
    }

    pub(super) fn is_placeholder(&self, value: &str) -> bool {
        let low = value.to_ascii_lowercase();
        let bare = low.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        if bare.is_empty() || self.placeholders.contains(bare) || self.placeholders.contains(&low) {
            return true;
        }
        let first = low.as_bytes().first().copied().unwrap_or(0);
        let template = low.starts_with("${")
            || low.starts_with("$(")
            || low.starts_with("{{")
            || low.starts_with("#{")
            || low.starts_with("<%")
            || low.starts_with("%(")
            || low.starts_with("@{")
            || low.contains("${")
            || low.contains("{{")
            || first == b'<' && low.ends_with('>')
            || first == b'[' && low.ends_with(']')
            || first == b'%' && low.ends_with('%')
            || first == b'{' && low.ends_with('}')
            || first == b'$' && bare.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
        let filled = low.contains("***") || low.contains("xxxx") || low.contains("....") || {
            let mut bytes = low.bytes();
            let first = bytes.next();
            bytes.all(|b| Some(b) == first)
        };
        let spoken =
            (low.starts_with("your") || low.starts_with("my-") || low.starts_with("insert"))
                && low.contains(['_', '-', ' '])
                && !low.bytes().any(|b| b.is_ascii_digit())
                || low.ends_with("_here")
                || low.ends_with("-here");
        template || filled || spoken
    }
}

/// How a value is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    pub(super) quoted: bool,
    /// Directly behind its sign, as in files of settings.
    pub(super) tight: bool,
    /// Nothing follows on its line.
    pub(super) alone: bool,
}

pub(super) struct Value {
    pub(super) range: Range<usize>,
    pub(super) shown: Shown,
}

/// The value behind a name: past signs, spaces and an opening quote.
pub(super) fn value(after: &[u8]) -> Option<Value> {
    let mut at = 0;
    let (mut quote, mut sign) = (None, false);
    while let Some(&b) = after.get(at) {
        match b {
            b'"' | b'\'' | b'`' => quote = Some((b, at)),
            b':' | b'=' | b'>' | b'!' | b'~' => {
                sign = true;
                quote = None;
            }
            b' ' | b'\t' => quote = None,
            b']' | b')' if !sign => quote = None,
            b'\\' | b',' | b'(' if !sign || b == b'\\' => {}
            0xEF if after.get(at..at + 3) == Some("：".as_bytes()) => {
                sign = true;
                at += 2;
            }
            0xA3 if after.get(at + 1) == Some(&0xBA) => {
                sign = true;
                at += 1;
            }
            _ => break,
        }
        at += 1;
        if at > GAP {
            return None;
        }
    }
    let rest = after.get(at..)?;
    let quote = quote.filter(|(_, place)| place + 1 == at).map(|q| q.0);
    if let Some(quote) = quote {
        let escaped = at >= 2 && after.get(at - 2) == Some(&b'\\');
        let mut len = 0;
        while let Some(&b) = rest.get(len) {
            match b {
                b'\\' if escaped => break,
                b'\\' => len += 1,
                b if b == quote => break,
                _ => {}
            }
            len += 1;
        }
        let len = len.min(rest.len());
        return Some(Value {
            range: at..at + len,
            shown: Shown {
                quoted: true,
                tight: false,
                alone: false,
            },
        });
    }
    let len = rest
        .iter()
        .take_while(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'`' | b'<'))
        .count();
    let cut = memchr::memchr(b';', rest.get(..len)?).unwrap_or(len);
    // An escaped line end or quote is none of it.
    let cut = (0..cut)
        .find(|i| {
            rest.get(*i) == Some(&b'\\')
                && matches!(rest.get(i + 1), Some(b'n' | b'r' | b't' | b'"' | b'\''))
        })
        .unwrap_or(cut);
    let body = trimmed(rest.get(..cut)?);
    let alone = rest.get(len..)?.iter().all(u8::is_ascii_whitespace);
    Some(Value {
        range: at..at + body.len(),
        shown: Shown {
            quoted: false,
            tight: false,
            alone,
        },
    })
}

/// A value without the marks of the sentence or list around it.
pub(super) fn trimmed(value: &[u8]) -> &[u8] {
    let mut value = value;
    loop {
        let open = |b: u8| value.contains(&b);
        match value.last() {
            Some(b',' | b';' | b'\\' | b'.' | b':') => {}
            Some(b')') if !open(b'(') => {}
            Some(b']') if !open(b'[') => {}
            Some(b'}') if !open(b'{') => {}
            Some(b'>') if !open(b'<') => {}
            _ => return value,
        }
        value = value.get(..value.len() - 1).unwrap_or_default();
    }
}

/// Past `Bearer`, `Basic` and their kin at the begin of a value.
pub(super) fn scheme(after: &[u8], range: Range<usize>) -> Range<usize> {
    let rest = after.get(range.start..).unwrap_or_default();
    for word in ["bearer ", "basic ", "token ", "apikey ", "digest ", "ssws "] {
        let head = rest.get(..word.len()).unwrap_or_default();
        if head.eq_ignore_ascii_case(word.as_bytes()) {
            let start = range.start + word.len();
            let len = after
                .get(start..)
                .unwrap_or_default()
                .iter()
                .take_while(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'`' | b'<'))
                .count();
            let body = trimmed(after.get(start..start + len).unwrap_or_default());
            return start..start + body.len();
        }
    }
    range
}

/// What kinds of characters a value has, by number.
pub(super) struct Kinds {
    pub(super) digits: usize,
    pub(super) small: usize,
    pub(super) capitals: usize,
    pub(super) letters: usize,
    /// `-`, `_`, `.`, `/`.
    pub(super) separators: usize,
    pub(super) others: usize,
}

impl Kinds {
    pub(super) fn of(value: &[u8]) -> Self {
        let (mut digits, mut small, mut capitals, mut separators) = (0, 0, 0, 0);
        for b in value {
            digits += usize::from(b.is_ascii_digit());
            small += usize::from(b.is_ascii_lowercase());
            capitals += usize::from(b.is_ascii_uppercase());
            separators += usize::from(matches!(b, b'-' | b'_' | b'.' | b'/'));
        }
        Self {
            digits,
            small,
            capitals,
            letters: small + capitals,
            separators,
            others: value.len() - digits - small - capitals - separators,
        }
    }

    pub(super) fn classes(&self) -> usize {
        [self.digits, self.small, self.capitals, self.others]
            .iter()
            .filter(|n| **n > 0)
            .count()
    }

    /// Whether it reads as an expression of a program: a call, a path of names, a variable.
    pub(super) fn is_expression(&self, value: &[u8]) -> bool {
        // What no expression has: `Pass(word)123!`, `Summer[2024!`.
        let marks = value.iter().enumerate().any(|(i, b)| match b {
            b'#' | b'@' | b'%' | b'^' | b'~' => true,
            b'!' => value
                .get(i + 1)
                .is_none_or(|n| !matches!(n, b'(' | b'[' | b'=')),
            _ => false,
        });
        let call = |open: u8, close: u8| {
            !marks
                && memchr::memchr(open, value).is_some_and(|at| {
                    at > 0
                        && value
                            .get(at - 1)
                            .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
                })
                && (value.contains(&close) || value.last() == Some(&open))
        };
        let names = self.digits == 0
            && self.others == 0
            && value.contains(&b'.')
            && value.first().is_some_and(u8::is_ascii_alphabetic);
        // `getattr(other`, `Union[str`: the rest of a call is not looked at.
        let opened = !marks
            && memchr::memchr2(b'(', b'[', value).is_some_and(|at| {
                let name = value.get(..at).unwrap_or_default();
                let joint = |b: &u8| matches!(b, b'_' | b'.' | b'!');
                let plain = !name.iter().any(u8::is_ascii_digit) || name.iter().any(joint);
                at >= 3
                    && plain
                    && name.first().is_some_and(u8::is_ascii_alphabetic)
                    && name.iter().all(|b| b.is_ascii_alphanumeric() || joint(b))
            });
        // `__u32`, `*mut`, `0x0000`.
        let literal = value.starts_with(b"__")
            || value.len() <= 10
                && value.starts_with(b"0x")
                && value.iter().skip(2).all(u8::is_ascii_hexdigit)
            || value.starts_with(b"*") && value.iter().skip(1).all(u8::is_ascii_alphabetic);
        let arrow = memchr::memmem::find(value, b"->").is_some()
            || memchr::memmem::find(value, b"::").is_some();
        call(b'(', b')')
            || call(b'[', b']')
            || names
            || opened
            || literal
            || arrow
            || matches!(value.first(), Some(b'(' | b'&' | b'|'))
    }
}

/// Whether a bracket opens behind a name or number and does not close, `1.max(self`: a call whose arguments were
/// cut off. No key has a bracket in it.
fn is_called(value: &[u8]) -> bool {
    memchr::memchr(b'(', value).is_some_and(|at| {
        let (name, rest) = value.split_at(at);
        let is_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.');
        at > 0 && name.iter().all(is_word) && rest.iter().skip(1).all(is_word)
    })
}

/// Tenths of bits a character (Shannon) over a value's own bytes.
pub(in crate::detect) fn entropy(value: &[u8]) -> u16 {
    let mut counts = [0u16; 256];
    let mut all = 0u16;
    for b in value.iter().take(4096) {
        if let Some(slot) = counts.get_mut(usize::from(*b)) {
            *slot += 1;
        }
        all += 1;
    }
    let total = f64::from(all.max(1));
    let bits: f64 = counts
        .iter()
        .filter(|n| **n > 0)
        .map(|n| {
            let share = f64::from(*n) / total;
            -share * share.log2()
        })
        .sum();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "eight bits at most"
    )]
    let tenths = (bits * 10.0) as u16;
    tenths
}

pub(super) fn is_url(value: &[u8]) -> bool {
    memchr::memmem::find(value, b"://").is_some()
}

/// A path of a file system or address: it begins with a slash or a drive, or has several.
pub(super) fn is_path(value: &[u8]) -> bool {
    let slashes = memchr::memchr_iter(b'/', value).count();
    let dotted = value.iter().rposition(|b| *b == b'.').is_some_and(|at| {
        let tail = value.get(at + 1..).unwrap_or_default();
        (2..=5).contains(&tail.len()) && tail.iter().all(u8::is_ascii_lowercase)
    });
    value.starts_with(b"/")
        || value.starts_with(b"./")
        || slashes >= 3 && value.len() < 80
        || dotted
        || is_url(value)
}

/// A moment as in ISO 8601: 1979-05-27T07:32:00Z.
fn is_time(value: &[u8]) -> bool {
    let shape = value.len() >= 16
        && value.iter().enumerate().take(16).all(|(i, b)| match i {
            4 | 7 => matches!(b, b'-' | b'/'),
            10 => matches!(b, b'T' | b't' | b'_'),
            13 => *b == b':',
            _ => b.is_ascii_digit(),
        });
    shape && value.len() <= 35
}

/// Several names with their values: `a=1,b=2`, `x:NoSchedule,y=z`.
fn is_pairs(value: &[u8]) -> bool {
    memchr::memchr2(b',', b';', value).is_some_and(|at| {
        let rest = value.get(at + 1..).unwrap_or_default();
        let name = rest
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'/' | b'.'))
            .count();
        name > 0 && rest.get(name) == Some(&b'=') && rest.len() > name + 2
    })
}

/// A name of a program with the room it is in: `TokenKind::Newline`, `ed25519.Ed25519PrivateKey`.
fn is_qualified(value: &[u8]) -> bool {
    memchr::memmem::find(value, b"::").is_some()
        || value.contains(&b'.')
            && value.first().is_some_and(u8::is_ascii_alphabetic)
            && value
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_'))
            && is_name(value)
}

/// A pattern, an anchor in a page, options of a command: `[0-9A-F]{4}`, `(?:a|b)`, `#section`, `-quiet,-fix`.
fn is_pattern(value: &[u8]) -> bool {
    let has = |what: &[u8]| memchr::memmem::find(value, what).is_some();
    let anchor = value
        .strip_prefix(b"#")
        .is_some_and(|rest| rest.iter().all(|b| b.is_ascii_alphabetic() || *b == b'-'));
    has(b"[0-9")
        || has(b"[A-Z")
        || has(b"[a-z")
        || has(b"(?:")
        || anchor
        || value.starts_with(b"-") && has(b",-")
}

/// A name from a program or a reference number rather than a random word: parts of letters in one case, with a
/// few digits behind, joined by `_`, `.`, `-` (`SSL_OP_NO_TLSv1_2`, `http2.Http2Session`, `CVE-2022-26691`).
pub(super) fn is_name(value: &[u8]) -> bool {
    let (mut parts, mut words) = (0, 0);
    for part in value.split(|b| matches!(b, b'_' | b'.' | b'-' | b'#' | b':')) {
        if part.is_empty() {
            continue;
        }
        parts += 1;
        if part.iter().all(u8::is_ascii_digit) && part.len() <= 5 {
            continue;
        }
        if !is_word(part) {
            return false;
        }
        words += 1;
    }
    // One part alone must be words in camel case: `ChangeCodeOffset`.
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    words > 0 && (parts >= 2 || digits <= 2 && value.len() <= 20)
}

/// Letters in one case, or words in camel case, with three digits in them at most: `x509`, `utf16`, `Http2Session`.
fn is_word(part: &[u8]) -> bool {
    let pairs = |is: fn(u8, u8) -> bool| {
        part.windows(2)
            .filter(|w| matches!(w, [a, b] if is(*a, *b)))
            .count()
    };
    let humps = pairs(|a, b| a.is_ascii_uppercase() && b.is_ascii_lowercase());
    let rises = pairs(|a, b| a.is_ascii_lowercase() && b.is_ascii_uppercase());
    let turns = pairs(|a, b| a.is_ascii_digit() != b.is_ascii_digit());
    let small = part.iter().filter(|b| b.is_ascii_lowercase()).count();
    let digits = part.iter().filter(|b| b.is_ascii_digit()).count();
    part.iter().all(u8::is_ascii_alphanumeric)
        && part.first().is_some_and(u8::is_ascii_alphabetic)
        && digits <= 3
        && turns <= 3
        && rises <= humps
        && (humps == 0 || small >= humps * 2)
}

pub(super) fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}
