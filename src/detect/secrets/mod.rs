//! Secrets that no prefix tells: what is assigned to a name, stands in an address or behind a word.
//!
//! Three places are looked at: colons and equals signs with a name before them, long words that the
//! engine found (a key without a colon: `API token Kx72…`), and words for passwords without either
//! (`密码 Hy88`, `--password x`). What a name says decides how much the value must look like a secret.

mod spoken;
mod value;

pub(super) use value::entropy;

use super::text_of;
use crate::{
    model::{Charset, Span},
    rules::{Assigned, Find, RuleSet},
};
use std::{collections::HashSet, ops::Range};
use value::{Shown, scheme, value};

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
    /// By the last two letters: the Latin words that end so, as indices into `words`.
    pairs: Vec<Vec<u16>>,
    /// The same by the last three; words of two count for all.
    triples: Vec<bool>,
    last: HashSet<char>,
}

impl Secrets {
    pub(super) fn new(rules: &RuleSet) -> Self {
        let mut out = Self {
            pairs: vec![Vec::new(); 1024],
            triples: vec![false; 1024 * 32],
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
        for (index, (word, _)) in (0u16..).zip(&out.words) {
            match word.as_bytes() {
                [.., a, b] if word.is_ascii() => {
                    let at = pair(*a, *b);
                    if let Some(slot) = out.pairs.get_mut(at) {
                        slot.push(index);
                    }
                    let third = word.as_bytes().iter().rev().nth(2);
                    for (n, slot) in (0u8..).zip(out.triples.iter_mut().skip(at << 5).take(32)) {
                        *slot |= third.is_none_or(|b| b & 31 == n);
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
        // A path of names in a program; of `Password:: secret` the second colon counts.
        if rest.starts_with(b"::") {
            return None;
        }
        // The second of `:=`, `==`, `=>` belongs to the first.
        let before = text.get(at.wrapping_sub(1)).copied().unwrap_or(b' ');
        let doubled = before == b':' && matches!(rest.get(1), Some(b' ' | b'\t'));
        if matches!(before, b':' | b'=') && !doubled {
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
                return self
                    .command(text, region, at)
                    .or_else(|| self.attribute(text, region, at, name, charset));
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
        const VALUE: &[u8] = b"value";
        if !name
            .last_chunk::<5>()
            .is_some_and(|end| end.eq_ignore_ascii_case(VALUE))
        {
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
                let words = self.pairs.get(pair(*a, *b))?;
                if words.is_empty() {
                    return None;
                }
                // Where a separator stands between them it is not the third letter.
                if let [.., third, _, _] = trimmed
                    && third.is_ascii_alphabetic()
                    && a.is_ascii_alphabetic()
                    && !self
                        .triples
                        .get(pair(*a, *b) << 5 | usize::from(third & 31))
                        .copied()
                        .unwrap_or(false)
                {
                    return None;
                }
                let start = name_start(trimmed, trimmed.len());
                self.latin(trimmed.get(start..)?, words)
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
    fn latin(&self, name: &[u8], words: &[u16]) -> Option<Says> {
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
        let words = words.iter().filter_map(|&i| self.words.get(usize::from(i)));
        let (word, says) = words.into_iter().find(|(w, says)| {
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

#[cfg(test)]
mod tests;
