//! Secrets that no prefix tells: what is assigned to a name, stands in an address or behind a word.
//!
//! Three places are looked at: colons and equals signs with a name before them, long words that the
//! engine found (a key without a colon: `API token Kx72…`), and words for passwords without either
//! (`密码 Hy88`, `--password x`). What a name says decides how much the value must look like a secret.

use super::text_of;
use crate::{
    model::{Charset, Span},
    rules::{Assigned, Find, RuleSet},
};
use std::{collections::HashSet, ops::Range};

/// Bytes of a name before a colon, of a value behind it, and between the two.
const NAME: usize = 64;
const MOST: usize = 512;
const GAP: usize = 16;
/// Bytes of a password between quotes, and of one in the open.
const LONGEST_PASSWORD: usize = 128;
/// Chinese words behind which a password or key stands without a colon.
pub(super) const WORDS: [&str; 3] = ["密码", "口令", "密钥"];
/// The same in English; the engine finds words of eight letters and more.
pub(super) const LATIN: [&str; 2] = ["[Pp]assword", "PASSWORD"];

/// What a name says of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Password,
    /// A key by a word that means nothing else.
    Key,
    /// A word that may mean something else: the value must look random.
    Perhaps,
}

/// The words of the rules for assigned secrets, compiled.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    password: Option<u16>,
    key: Option<u16>,
    login: Option<u16>,
    /// Without separators, in small letters, the longest first.
    words: Vec<(String, Says)>,
    against: HashSet<String>,
    placeholders: HashSet<String>,
    /// By the last two letters: whether a word ends so.
    pairs: Vec<bool>,
    last: HashSet<char>,
}

impl Secrets {
    pub(super) fn new(rules: &RuleSet) -> Self {
        let mut out = Self {
            pairs: vec![false; 1024],
            placeholders: rules.placeholders.iter().cloned().collect(),
            ..Self::default()
        };
        for (index, rule) in (0u16..).zip(&rules.rules) {
            let Find::Assigned(kind) = rule.find else {
                continue;
            };
            let slot = match kind {
                Assigned::Password => &mut out.password,
                Assigned::Key => &mut out.key,
                Assigned::Login => &mut out.login,
            };
            slot.get_or_insert(index);
            let says = match kind {
                Assigned::Password => Says::Password,
                Assigned::Key => Says::Key,
                Assigned::Login => continue,
            };
            let strong = rule.labels.iter().map(|w| (w, says));
            let weak = rule.near.iter().map(|w| (w, Says::Perhaps));
            out.words
                .extend(strong.chain(weak).map(|(w, s)| (squeezed(w), s)));
            out.against.extend(rule.against.iter().map(|w| squeezed(w)));
        }
        out.words
            .sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)));
        out.words.dedup_by(|a, b| a.0 == b.0);
        for (word, _) in &out.words {
            match word.as_bytes() {
                [.., a, b] if word.is_ascii() => {
                    if let Some(slot) = out.pairs.get_mut(pair(*a, *b)) {
                        *slot = true;
                    }
                }
                _ => out.last.extend(word.chars().last()),
            }
        }
        out
    }

    /// Whether there is anything to look for.
    pub(super) fn any(&self) -> bool {
        self.password.is_some() || self.key.is_some()
    }

    fn rule(&self, says: Says) -> Option<u16> {
        match says {
            Says::Password => self.password,
            Says::Key | Says::Perhaps => self.key,
        }
    }

    /// What stands behind the colon or equals sign at `at`, when the name before it says so.
    pub(super) fn colon(
        &self,
        text: &[u8],
        region: &Range<usize>,
        at: usize,
        charset: Charset,
    ) -> Option<(u16, Span)> {
        let rest = text.get(at..region.end)?;
        if rest.starts_with(b"://") {
            return self.address(text, region, at);
        }
        // The second of `:=`, `==`, `=>` belongs to the first.
        let before = text.get(at.wrapping_sub(1)).copied().unwrap_or(b' ');
        if matches!(before, b':' | b'=') {
            return None;
        }
        let lead = text.get(region.start.max(at.saturating_sub(NAME + 8))..at)?;
        let name = name_end(lead);
        let says = self.named(name, charset);
        if says.is_none() && matches!(name.last(), Some(b) if b.is_ascii_alphanumeric()) {
            if rest
                .get(1)
                .is_some_and(|b| b.is_ascii_graphic() && *b != b'/')
            {
                return self.command(text, region, at);
            }
            return self.attribute(text, region, at, name, charset);
        }
        let says = says?;
        let start = at - (lead.len() - name.len());
        self.behind(text, region, start, says, tight(lead, name, rest))
    }

    /// The value behind a name that ends at `from`.
    fn behind(
        &self,
        text: &[u8],
        region: &Range<usize>,
        from: usize,
        says: Says,
        tight: bool,
    ) -> Option<(u16, Span)> {
        let stop = region.end.min(from + GAP + MOST);
        let after = line(text.get(from..stop)?);
        let value = value(after)?;
        let in_query = matches!(
            text.get(name_start(text, from).wrapping_sub(1)),
            Some(b'?' | b'&')
        );
        let mut range = value.range.clone();
        if in_query && let Some(cut) = memchr::memchr(b'&', after.get(range.clone())?) {
            range.end = range.start + cut;
        }
        if says != Says::Password {
            range = scheme(after, range);
        }
        let bytes = after.get(range.clone())?;
        let shown = Shown {
            tight: tight || in_query,
            ..value.shown
        };
        let fine = self.plausible(says, bytes, shown);
        let span = Span::new(from + range.start, from + range.end)?;
        fine.then_some((self.rule(says)?, span))
    }

    /// `<add key="DbPassword" value="…"/>`: the name is a value itself.
    fn attribute(
        &self,
        text: &[u8],
        region: &Range<usize>,
        at: usize,
        name: &[u8],
        charset: Charset,
    ) -> Option<(u16, Span)> {
        if !name.to_ascii_lowercase().ends_with(b"value") {
            return None;
        }
        let from = region.start.max(at.saturating_sub(160));
        let lead = text.get(from..at)?;
        let lead = lead.get(memchr::memrchr2(b'\n', b'<', lead).map_or(0, |i| i + 1)..)?;
        let close = memchr::memrchr2(b'"', b'\'', lead)?;
        let quoted = lead.get(..close)?;
        let open = memchr::memrchr2(b'"', b'\'', quoted)?;
        let says = self.named(quoted.get(open + 1..)?, charset)?;
        self.behind(text, region, at, says, true)
    }

    /// What a name says, by the word that it ends with.
    fn named(&self, name: &[u8], charset: Charset) -> Option<Says> {
        let name = match name.iter().rposition(|b| !b.is_ascii_digit()) {
            Some(last) if name.len() - last <= 4 => name.get(..=last)?,
            _ => return None,
        };
        let trimmed = name
            .strip_suffix(b"_")
            .or(name.strip_suffix(b"-"))
            .unwrap_or(name);
        match trimmed {
            [.., a, b] if b.is_ascii_alphabetic() => {
                if !self.pairs.get(pair(*a, *b)).copied().unwrap_or(false) {
                    return None;
                }
                let start = name_start(trimmed, trimmed.len());
                self.latin(trimmed.get(start..)?)
            }
            [.., b] if *b >= 0x80 => {
                let high = trimmed.iter().rev().take_while(|b| **b >= 0x80).count();
                let mut han = trimmed.get(trimmed.len() - high..)?;
                if charset == Charset::Gb18030 {
                    han = han.get(han.len() % 2..)?;
                } else {
                    let skip = han.iter().take_while(|b| **b & 0xC0 == 0x80).count();
                    han = han.get(skip..)?;
                }
                let text = text_of(han, charset);
                if !text.chars().last().is_some_and(|c| self.last.contains(&c)) {
                    return None;
                }
                let word = self
                    .words
                    .iter()
                    .find(|(w, _)| text.ends_with(w.as_str()))?;
                Some(word.1)
            }
            _ => None,
        }
    }

    /// What a Latin name says: `aws_secret_access_key`, `dbPassword`, `API Key`.
    fn latin(&self, name: &[u8]) -> Option<Says> {
        // Letters alone, in small ones, and where a word begins.
        let mut bare = [0u8; NAME];
        let (mut len, mut begins) = (0usize, 0u64);
        let mut previous = b' ';
        let from = name.len().saturating_sub(NAME);
        for &b in name.get(from..)? {
            if b.is_ascii_alphanumeric() {
                let hump = b.is_ascii_uppercase() && !previous.is_ascii_uppercase()
                    || b.is_ascii_alphabetic() && !previous.is_ascii_alphabetic();
                if hump {
                    begins |= 1 << len;
                }
                *bare.get_mut(len)? = b.to_ascii_lowercase();
                len += 1;
            }
            previous = b;
        }
        let bare = std::str::from_utf8(bare.get(..len)?).ok()?;
        let (word, says) = self.words.iter().find(|(w, says)| {
            let Some(at) = bare.len().checked_sub(w.len()) else {
                return false;
            };
            // A short or doubtful word must stand alone: `monkey` holds no key.
            let alone = begins >> at & 1 == 1 || at == 0;
            bare.ends_with(w.as_str())
                && (alone || w.len() >= 5 && *says != Says::Perhaps || w.len() >= 6 || w == "pwd")
        })?;
        if *says != Says::Perhaps {
            return Some(*says);
        }
        let before = bare.get(..bare.len() - word.len())?;
        let last = (0..before.len())
            .rev()
            .find(|i| begins >> i & 1 == 1)
            .unwrap_or(0);
        let against = before.get(last..).is_some_and(|w| self.against.contains(w));
        (!against).then_some(*says)
    }

    /// Whether a value may be a secret of what its name says.
    fn plausible(&self, says: Says, value: &[u8], shown: Shown) -> bool {
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
        match says {
            Says::Password => {
                len <= LONGEST_PASSWORD && (shown.quoted || shown.tight || !word || shown.alone)
            }
            Says::Key => {
                if is_url(value) || len > MOST {
                    return false;
                }
                let mixed = kinds.digits > 0 && kinds.letters > 0;
                let dull = kinds.letters == 0 && len < 16;
                len >= 8
                    && !dull
                    && (mixed || len >= 16 && entropy(value) >= 28 && kinds.separators == 0)
            }
            Says::Perhaps => {
                let mixed = kinds.digits > 0 && kinds.letters > 0;
                len >= 12
                    && !is_url(value)
                    && (mixed || len >= 24 && kinds.separators == 0 && kinds.letters > 0)
                    && entropy(value) >= 25
                    && (shown.tight || shown.quoted || len >= 16)
                    && !is_path(value)
            }
        }
    }

    fn is_placeholder(&self, value: &str) -> bool {
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

    /// The password of `scheme://user:password@host`; `at` is the colon.
    fn address(&self, text: &[u8], region: &Range<usize>, at: usize) -> Option<(u16, Span)> {
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
    fn command(&self, text: &[u8], region: &Range<usize>, at: usize) -> Option<(u16, Span)> {
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
    pub(super) fn word(
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
            value.len() >= 4
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
    pub(super) fn long_word(
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
        let kinds = Kinds::of(value);
        if kinds.digits == 0 || kinds.letters == 0 || entropy(value) < 25 || is_path(value) {
            return None;
        }
        let named = own.is_some() && value.len() >= 11
            || self.called(text, region, range.start, value, charset);
        let text = std::str::from_utf8(value).ok()?;
        (named && !self.is_placeholder(text)).then_some((rule, Span::new(range.start, range.end)?))
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
            let kinds = Kinds::of(rest);
            let fine = match word.get(..i).and_then(|n| self.named(n, Charset::Utf8)) {
                Some(Says::Key) => kinds.digits > 0,
                Some(Says::Perhaps) => {
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
                    return !is_uuid(value) || lead.len() - rest.len() <= 2;
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
    pub(super) fn fits(&self, kind: Assigned, text: &str) -> bool {
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

/// How a value is written.
#[derive(Debug, Clone, Copy)]
struct Shown {
    quoted: bool,
    /// Directly behind its sign, as in files of settings.
    tight: bool,
    /// Nothing follows on its line.
    alone: bool,
}

struct Value {
    range: Range<usize>,
    shown: Shown,
}

/// The value behind a name: past signs, spaces and an opening quote.
fn value(after: &[u8]) -> Option<Value> {
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
fn trimmed(value: &[u8]) -> &[u8] {
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
fn scheme(after: &[u8], range: Range<usize>) -> Range<usize> {
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
struct Kinds {
    digits: usize,
    small: usize,
    capitals: usize,
    letters: usize,
    /// `-`, `_`, `.`, `/`.
    separators: usize,
    others: usize,
}

impl Kinds {
    fn of(value: &[u8]) -> Self {
        let count = |is: fn(&u8) -> bool| value.iter().filter(|b| is(b)).count();
        let (digits, small) = (count(u8::is_ascii_digit), count(u8::is_ascii_lowercase));
        let capitals = count(u8::is_ascii_uppercase);
        let separators = count(|b| matches!(b, b'-' | b'_' | b'.' | b'/'));
        Self {
            digits,
            small,
            capitals,
            letters: small + capitals,
            separators,
            others: value.len() - digits - small - capitals - separators,
        }
    }

    fn classes(&self) -> usize {
        [self.digits, self.small, self.capitals, self.others]
            .iter()
            .filter(|n| **n > 0)
            .count()
    }

    /// Whether it reads as an expression of a program: a call, a path of names, a variable.
    fn is_expression(&self, value: &[u8]) -> bool {
        let call = |open: u8, close: u8| {
            memchr::memchr(open, value).is_some_and(|at| {
                at > 0
                    && value
                        .get(at - 1)
                        .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
            }) && (value.contains(&close) || value.last() == Some(&open))
        };
        let names = self.digits == 0
            && self.others == 0
            && value.contains(&b'.')
            && value.first().is_some_and(u8::is_ascii_alphabetic);
        let arrow = memchr::memmem::find(value, b"->").is_some()
            || memchr::memmem::find(value, b"::").is_some();
        call(b'(', b')')
            || call(b'[', b']')
            || names
            || arrow
            || matches!(value.first(), Some(b'(' | b'&' | b'|'))
    }
}

/// Tenths of bits a character (Shannon) over a value's own bytes.
pub(super) fn entropy(value: &[u8]) -> u16 {
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

fn is_url(value: &[u8]) -> bool {
    memchr::memmem::find(value, b"://").is_some()
}

/// A path of a file system or address: it begins with a slash or a drive, or has several.
fn is_path(value: &[u8]) -> bool {
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

fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
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

/// A name without quotes, brackets and spaces at its end.
fn name_end(lead: &[u8]) -> &[u8] {
    let mut name = lead;
    while let Some(b) = name.last()
        && matches!(
            b,
            b' ' | b'\t'
                | b'"'
                | b'\''
                | b'`'
                | b']'
                | b')'
                | b'\\'
                | b'!'
                | b'*'
                | b':'
                | b'='
                | b'>'
                | b'('
                | b'['
                | b'{'
                | b','
        )
    {
        name = name.get(..name.len() - 1).unwrap_or_default();
    }
    name
}

/// Where the Latin name begins that ends at `end`.
fn name_start(text: &[u8], end: usize) -> usize {
    let lead = text.get(end.saturating_sub(NAME)..end).unwrap_or_default();
    let part = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let word = lead.iter().rev().take_while(part).count();
    // `API key`: a word before, one space between.
    let rest = lead.get(..lead.len() - word).unwrap_or_default();
    let more = match rest {
        [.., b, b' '] if b.is_ascii_alphabetic() => {
            1 + rest
                .iter()
                .rev()
                .skip(1)
                .take_while(|b| b.is_ascii_alphanumeric())
                .count()
        }
        _ => 0,
    };
    end - word - more
}

/// Whether nothing but the sign stands between name and value.
fn tight(lead: &[u8], name: &[u8], rest: &[u8]) -> bool {
    lead.len() == name.len()
        && rest.first() == Some(&b'=')
        && !rest.get(1).is_some_and(u8::is_ascii_whitespace)
}

fn line(text: &[u8]) -> &[u8] {
    text.get(..memchr::memchr2(b'\n', b'\r', text).unwrap_or(text.len()))
        .unwrap_or_default()
}

fn squeezed(word: &str) -> String {
    word.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn pair(a: u8, b: u8) -> usize {
    usize::from(a & 31) << 5 | usize::from(b & 31)
}
