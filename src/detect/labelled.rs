//! Values that are only found behind a label: names, addresses, account numbers without a check digit.

use super::{Detector, REGEX_BYTES, text_of};
use crate::{
    engine::{Check, Hit, LazyRegex},
    model::{Charset, Span, Verdict},
    rules::{Find, Rule, Validator},
};
use regex::bytes::Regex;
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    ops::Range,
};

/// Ends of labels that are looked for without a colon behind them: the most frequent in business text, few
/// enough for two vector searchers (16 literals each). Every other label needs a colon or an equals sign.
const BARE: [&str; 32] = [
    "姓名",
    "联系人",
    "代表人",
    "经办人",
    "户名",
    "客户",
    "持卡人",
    "收款人",
    "负责人",
    "住址",
    "地址",
    "账号",
    "帐号",
    "证件号",
    "代码",
    "台胞证",
    "证号",
    "账户",
    "申请人",
    "委托人",
    "受益人",
    "投保人",
    "借款人",
    "经理",
    "客户号",
    "护照",
    "出生",
    "号码",
    "编号",
    "住在",
    "微信",
    "微信号",
];
/// Forms of address, before which a name may stand.
const TITLES: [&str; 2] = ["先生", "女士"];

/// Bytes between a label and its value at most.
const GAP: usize = 16;
/// Bytes of a value behind a label at most.
const MOST: usize = 240;

/// A rule that needs a label or a column.
#[derive(Debug)]
pub(super) struct Labelled {
    pub rule: u16,
    kind: Kind,
    labels: Vec<String>,
}

#[derive(Debug)]
enum Kind {
    Person,
    Address,
    /// A bare value of this regex.
    Shape(LazyRegex),
    /// A value of this regex as written, and what looks at it.
    Written(LazyRegex, Option<Validator>),
    /// A secret: found by its own ways, told here in columns only.
    Assigned(crate::rules::Assigned),
}

impl Labelled {
    /// For a rule that cannot reach the minimum by shape, check and a word nearby; `None` for one
    /// that can, which the engine looks for.
    pub(super) fn new(index: u16, rule: &Rule, minimum: u8) -> Option<Self> {
        let kind = match &rule.find {
            Find::Person => Kind::Person,
            Find::Address => Kind::Address,
            Find::Assigned(kind) => Kind::Assigned(*kind),
            Find::Shape { regex, .. } if rule.by_label(minimum) => {
                Kind::Shape(LazyRegex::trusted(format!("^(?:{regex})$"), REGEX_BYTES))
            }
            Find::Regex(regex) if rule.by_label(minimum) => Kind::Written(
                LazyRegex::trusted(format!("^(?:{regex})"), REGEX_BYTES),
                rule.validator,
            ),
            _ => return None,
        };
        // Names of columns stand before colons as well. Those of two letters mean too much elsewhere.
        let columns = rule.header_names.iter().chain(&rule.headers);
        let textual = matches!(kind, Kind::Person | Kind::Address);
        let columns = columns.filter(|h| !textual && (!h.is_ascii() || h.len() > 2));
        let mut labels = Vec::new();
        if !matches!(rule.find, Find::Assigned(_)) {
            labels.clone_from(&rule.labels);
            labels.extend(columns.cloned());
        }
        Some(Self {
            rule: index,
            kind,
            labels,
        })
    }

    /// Whether a whole cell or text is such a value.
    pub(super) fn fits(&self, detector: &Detector, text: &str) -> bool {
        match &self.kind {
            Kind::Person => super::names::in_person_column(text, false),
            Kind::Address => super::addresses::in_address_column(text),
            Kind::Shape(regex) => detector
                .rule(self.rule)
                .and_then(|rule| number(regex.get()?, rule, text.trim()))
                .is_some_and(|(r, _)| r.end == text.trim().len()),
            Kind::Assigned(kind) => detector.secrets.fits(*kind, text),
            Kind::Written(regex, validator) => {
                let found = regex.get().and_then(|r| written(r, *validator, text));
                found.is_some_and(|r| r.end == text.len())
            }
        }
    }
}

fn plain(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        // Arabic-Indic and Eastern Arabic-Indic digits.
        '\u{0660}'..='\u{0669}' => char::from_u32(c as u32 - 0x0660 + 0x30).unwrap_or(c),
        '\u{06F0}'..='\u{06F9}' => char::from_u32(c as u32 - 0x06F0 + 0x30).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c.to_ascii_uppercase(),
    }
}

/// The words to look for: labels that need no colon, and forms of address.
pub(super) fn stems(labelled: &[Labelled]) -> Vec<String> {
    let wanted = |b: &&&str| {
        labelled
            .iter()
            .any(|l| l.labels.iter().any(|w| w.ends_with(**b)))
    };
    let titles = labelled.iter().any(|l| matches!(l.kind, Kind::Person));
    let titles = TITLES.iter().filter(|_| titles);
    BARE.iter()
        .filter(wanted)
        .chain(titles)
        .map(|w| (*w).to_owned())
        .collect()
}

/// All labels, found by the end of a text.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// By label, Latin ones in small letters: the rules it names, as indices into the labelled ones.
    rules: HashMap<String, Vec<usize>, std::hash::BuildHasherDefault<Fnv>>,
    /// By last character of labels that are not Latin: bit `n` for a label of `n` bytes.
    last: BTreeMap<char, u64>,
    /// The same by the last two letters of Latin labels.
    latin: Vec<u64>,
    /// A bit for each label, by [`trace`].
    traces: Vec<u64>,
    /// Bytes of the longest label.
    longest: usize,
}

impl Ends {
    pub(super) fn new(labelled: &[Labelled]) -> Self {
        let mut out = Self {
            latin: vec![0; 1024],
            traces: vec![0; TRACES / 64],
            ..Self::default()
        };
        let labels = labelled
            .iter()
            .enumerate()
            .flat_map(|(i, l)| l.labels.iter().map(move |w| (i, w)));
        for (index, label) in labels {
            let key = label.to_ascii_lowercase().replace('帐', "账");
            out.longest = out.longest.max(key.len());
            let bit = 1u64
                .checked_shl(u32::try_from(key.len()).unwrap_or(64))
                .unwrap_or(0);
            match key.as_bytes() {
                [.., a, b] if b.is_ascii() => {
                    if let Some(word) = out.latin.get_mut(pair(*a, *b)) {
                        *word |= bit;
                    }
                }
                _ => {
                    if let Some(c) = key.chars().last() {
                        *out.last.entry(c).or_default() |= bit;
                    }
                }
            }
            let trace = trace(key.as_bytes());
            if let Some(word) = out.traces.get_mut(trace / 64) {
                *word |= 1 << (trace % 64);
            }
            let rules = out.rules.entry(key).or_default();
            if !rules.contains(&index) {
                rules.push(index);
            }
        }
        out
    }

    /// Lengths in bytes, as bits, of the labels that may end as this text does.
    fn lengths(&self, text: &str) -> u64 {
        match text.as_bytes() {
            [.., a, b] if b.is_ascii() => self.latin.get(pair(*a, *b)).copied().unwrap_or(0),
            _ => text
                .chars()
                .next_back()
                .and_then(|c| self.last.get(&c))
                .copied()
                .unwrap_or(0),
        }
    }

    /// The labels that a text ends with, the longest first, each with the rules it names. A Latin label
    /// must stand alone.
    fn of<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (usize, &'a [usize])> {
        let mut lengths = self.lengths(text);
        std::iter::from_fn(move || {
            while lengths != 0 {
                let length = 63 - lengths.leading_zeros() as usize;
                lengths &= !(1 << length);
                let Some((rest, end)) = text
                    .len()
                    .checked_sub(length)
                    .and_then(|at| text.split_at_checked(at))
                else {
                    continue;
                };
                // Most words end like some label, few are as long as one: look at the edge first.
                if !self.traced(end.as_bytes())
                    || rest.ends_with(|b: char| b.is_ascii_alphanumeric()) && end.is_ascii()
                {
                    continue;
                }
                if let Some(rules) = self.rules.get(end) {
                    return Some((length, rules.as_slice()));
                }
            }
            None
        })
    }

    /// Whether a text may be a label: most that are none are told.
    fn traced(&self, text: &[u8]) -> bool {
        let trace = trace(text);
        let word = self.traces.get(trace / 64);
        word.is_some_and(|w| w >> (trace % 64) & 1 == 1)
    }

    /// Whether a text ends with a Latin label that stands alone, in whatever case.
    fn ends_latin(&self, text: &[u8]) -> bool {
        let [.., a, b] = text else { return false };
        let mut lengths = self.latin.get(pair(*a, *b)).copied().unwrap_or(0);
        // No label is part of a word.
        let word = text.iter().rev().take_while(|b| b.is_ascii_alphanumeric());
        let word = u32::try_from(word.count()).unwrap_or(u32::MAX);
        lengths &= u64::MAX.checked_shl(word).unwrap_or(0);
        while lengths != 0 {
            let length = 63 - lengths.leading_zeros() as usize;
            lengths &= !(1 << length);
            let Some((rest, end)) = text
                .len()
                .checked_sub(length)
                .and_then(|at| text.split_at_checked(at))
            else {
                continue;
            };
            // Most words end like some label, few are as long as one: look at the edge first.
            if rest.last().is_some_and(u8::is_ascii_alphanumeric) || !self.traced(end) {
                continue;
            }
            let mut small = [0; 64];
            let Some(small) = small.get_mut(..length) else {
                continue;
            };
            small.copy_from_slice(end);
            small.make_ascii_lowercase();
            if std::str::from_utf8(small).is_ok_and(|w| self.rules.contains_key(w)) {
                return true;
            }
        }
        false
    }

    /// Calls `at` with the offset of every colon or equals sign that may have a label before it.
    pub(super) fn colons(
        &self,
        text: &[u8],
        own: Range<usize>,
        charset: Charset,
        at: &mut dyn FnMut(usize),
        sign: &mut dyn FnMut(usize),
    ) {
        let wide: &[u8] = match charset {
            Charset::Utf8 => "：".as_bytes(),
            Charset::Gb18030 => b"\xA3\xBA",
        };
        let body = text.get(own.clone()).unwrap_or_default();
        for i in memchr::memmem::find_iter(body, wide) {
            self.look(text, own.start + i, charset, at);
            sign(own.start + i);
        }
        // 资金账号为8001234567.
        let is: &[u8] = match charset {
            Charset::Utf8 => "为".as_bytes(),
            Charset::Gb18030 => b"\xCE\xAA",
        };
        for i in memchr::memmem::find_iter(body, is) {
            let next = body.get(i + is.len()).copied().unwrap_or(0);
            if next.is_ascii_digit() || next.is_ascii_alphabetic() {
                self.look(text, own.start + i, charset, at);
            }
        }
        for i in memchr::memchr2_iter(b':', b'=', body) {
            // Times, addresses and operators have a digit or a mark before; labels a letter.
            let before = text.get((own.start + i).wrapping_sub(1));
            if before.is_some_and(|b| {
                *b >= 0x80
                    || b.is_ascii_alphabetic()
                    || matches!(b, b' ' | b'"' | b'\'' | b')' | b'_' | b'.' | b'*')
            }) {
                self.look(text, own.start + i, charset, at);
            }
            // A colon behind a digit is most often one of a time.
            let time = |b: &u8| b.is_ascii_digit() && text.get(own.start + i) == Some(&b':');
            if before.is_some_and(|b| *b >= b' ' && !time(b)) {
                sign(own.start + i);
            }
        }
    }

    fn look(&self, text: &[u8], colon: usize, charset: Charset, at: &mut dyn FnMut(usize)) {
        let from = colon.saturating_sub(40);
        let window = text.get(from..colon).unwrap_or_default();
        let window = window.trim_ascii_end();
        let window = match window.last() {
            Some(b'"' | b'\'') => window.get(..window.len() - 1).unwrap_or_default(),
            _ => window.strip_suffix(b"**").unwrap_or(window),
        };
        match window.last() {
            Some(b) if b.is_ascii_alphabetic() || matches!(b, b'.' | b'_') => {
                let label = self.ends_latin(window);
                label.then(|| at(from + window.len()));
            }
            Some(b')') => at(from + window.len()),
            Some(b) if *b >= 0x80 => {
                let last = match charset {
                    Charset::Utf8 => last_char(window),
                    Charset::Gb18030 => text_of(
                        window
                            .get(window.len().saturating_sub(2)..)
                            .unwrap_or_default(),
                        charset,
                    )
                    .chars()
                    .last(),
                };
                if last.is_some_and(|c| self.last.contains_key(&c) || c == '）') {
                    at(from + window.len());
                }
            }
            _ => {}
        }
    }
}

/// A text that is searched, and the same as characters when all of it is UTF-8, which is checked once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Searched<'t> {
    bytes: &'t [u8],
    charset: Charset,
    /// Without half a character at its ends.
    text: Option<&'t str>,
    /// Bytes before `text`.
    lead: usize,
}

impl<'t> Searched<'t> {
    pub(super) fn new(bytes: &'t [u8], charset: Charset) -> Self {
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

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The text of a stretch of it that is UTF-8 from its first byte to its last.
    pub(super) fn text(&self, range: Range<usize>) -> Option<&'t str> {
        let start = range.start.checked_sub(self.lead)?;
        self.text?.get(start..range.end.checked_sub(self.lead)?)
    }

    fn get(&self, range: Range<usize>) -> &'t [u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// Where the whole characters of a stretch begin, and they themselves, if all of the text is UTF-8.
    pub(super) fn stretch(&self, range: Range<usize>) -> Option<(usize, &'t str)> {
        let text = self.text?;
        let start = range.start.saturating_sub(self.lead);
        let end = range.end.saturating_sub(self.lead).min(text.len());
        let start = (start..end).find(|at| text.is_char_boundary(*at))?;
        let end = (start..=end).rev().find(|at| text.is_char_boundary(*at))?;
        Some((start + self.lead, text.get(start..end)?))
    }

    /// See [`clipped`].
    fn clipped(&self, range: Range<usize>) -> Cow<'t, str> {
        if self.text.is_none() {
            return clipped(self.get(range), self.charset);
        }
        Cow::Borrowed(self.stretch(range).map_or("", |(_, text)| text))
    }
}

/// Text of a stretch cut out anywhere: half characters at its ends are left out. What cannot be decoded
/// ends it.
fn clipped(bytes: &[u8], charset: Charset) -> Cow<'_, str> {
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
fn last_char(text: &[u8]) -> Option<char> {
    let lead = text.iter().rev().take(4).position(|b| b & 0xC0 != 0x80)?;
    let tail = text.get(text.len() - 1 - lead..)?;
    std::str::from_utf8(tail).ok()?.chars().next()
}

/// Hashes a short label: FNV-1a, since the labels are the program's own.
#[derive(Debug, Clone)]
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl std::hash::Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.0 = (self.0 ^ u64::from(*b)).wrapping_mul(0x0100_0000_01B3);
        }
    }
}

/// Bits of [`Ends::traces`].
const TRACES: usize = 1 << 16;

/// Bit of a label, whatever its case: few other words have that of one.
#[inline]
fn trace(label: &[u8]) -> usize {
    // Sets the bit that tells small letters from capitals, of all bytes.
    const SMALL: u32 = 0x2020_2020;
    let word = |bytes: Option<&[u8; 4]>| bytes.map_or(0, |b| u32::from_le_bytes(*b)) | SMALL;
    let short = |at: usize| u32::from(label.get(at).copied().unwrap_or(0) | 0x20) << (8 * at);
    let (first, last) = match label.len() {
        4.. => (word(label.first_chunk()), word(label.last_chunk())),
        _ => (short(0) | short(1), short(2)),
    };
    let mixed = u64::from(first).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ u64::from(last).wrapping_mul(0xD6E8_FEB8_6659_FD93)
        ^ (label.len() as u64).wrapping_mul(0xA24B_AED4_963E_E407);
    usize::try_from(mixed >> 48).unwrap_or(0) & (TRACES - 1)
}

/// Index of the last two letters of a Latin label, whatever their case.
fn pair(a: u8, b: u8) -> usize {
    usize::from(a & 31) << 5 | usize::from(b & 31)
}

/// The name that ends where a form of address stands; `hit` is that word.
fn before_title(
    detector: &Detector,
    text: &[u8],
    region: Range<usize>,
    hit: &Hit,
    charset: Charset,
    give: &mut dyn FnMut(u16, Span, Verdict),
) {
    let from = hit.start as usize;
    let lead = text
        .get(region.start.max(from.saturating_sub(32))..from)
        .unwrap_or_default();
    let lead = lead
        .get(memchr::memrchr2(b'\n', b'\r', lead).map_or(0, |i| i + 1)..)
        .unwrap_or_default();
    let before = text_of(lead, charset);
    let Some(rule) = detector
        .labelled
        .iter()
        .find(|l| matches!(l.kind, Kind::Person))
    else {
        return;
    };
    let Some(range) = super::names::before_title(&before) else {
        return;
    };
    let Some(tail) = before.get(range.start..) else {
        return;
    };
    let (Some(tail), Some(behind)) = (
        bytes(tail, tail.len(), charset),
        before
            .get(range.end..)
            .and_then(|b| bytes(b, b.len(), charset)),
    ) else {
        return;
    };
    if let Some(span) = Span::new(from.saturating_sub(tail), from.saturating_sub(behind)) {
        give(rule.rule, span, Verdict::Unchecked);
    }
}

/// A label as labels are compared: in small letters, 帐 as 账.
fn label_text(label: Cow<'_, str>) -> Cow<'_, str> {
    if label.bytes().any(|b| b.is_ascii_uppercase()) || label.contains('帐') {
        Cow::Owned(label.to_ascii_lowercase().replace('帐', "账"))
    } else {
        label
    }
}

/// A label without the note in brackets between it and the colon, when only so it is known:
/// 资金账号（人民币）：.
fn without_note<'l>(detector: &Detector, label: &'l str, least: usize) -> &'l str {
    if detector.ends.of(label).any(|(n, _)| n >= least) {
        return label;
    }
    label
        .rfind(['(', '（'])
        .filter(|open| open + 24 > label.len())
        .and_then(|open| label.get(..open))
        .map_or(label, str::trim_end)
}

/// Looks for values behind the label that ends with `hit`; `region` is the cell or text around.
#[expect(
    clippy::too_many_lines,
    reason = "from a label to its value, step by step"
)]
pub(super) fn behind(
    detector: &Detector,
    searched: Searched<'_>,
    region: Range<usize>,
    hit: &Hit,
    give: &mut dyn FnMut(u16, Span, Verdict),
) {
    let (text, charset) = (searched.bytes, searched.charset);
    let (from, to) = (hit.start as usize, hit.end as usize);
    let stem = searched
        .text(from..to)
        .map_or_else(|| text_of(searched.get(from..to), charset), Cow::Borrowed);
    if TITLES.contains(&stem.as_ref()) {
        before_title(detector, text, region, hit, charset, give);
        return;
    }
    let bracketed = stem.is_empty() && text.get(from.wrapping_sub(1)) == Some(&b')');
    let back = if bracketed { NOTE } else { 0 } + detector.ends.longest;
    let start = region.start.max(from.saturating_sub(back));
    let line = memchr::memrchr2(b'\n', b'\r', searched.get(start..to));
    let from_line = line.map_or(start, |i| start + i + 1);
    // `name: Install Rust`: in small letters it names anything.
    let general = general_label(searched.get(from_line..to));
    let label = label_text(searched.clipped(from_line..to));
    let label = label.trim_end_matches(AFTER_LABEL);
    let outer = bracketed.then(|| before_note(label)).flatten();
    let label = without_note(detector, label, stem.len());
    let mut named: Vec<Names> = Vec::new();
    named_by(detector, label, stem.len(), &mut named);
    if let Some(outer) = outer {
        named_by(detector, outer, stem.len(), &mut named);
    }
    if named.is_empty() {
        return;
    }
    let stop = region.end.min(to + GAP + MOST);
    let line = memchr::memchr2(b'\n', b'\r', searched.get(to..stop));
    let after = searched.clipped(to..line.map_or(stop, |i| to + i));
    let joined = joiners(&after);
    let Some(value) = after.get(joined.end..) else {
        return;
    };
    let latin = label.ends_with(|c: char| c.is_ascii_alphanumeric());
    let letter = value.starts_with(|c: char| c.is_ascii_alphabetic());
    if value.is_empty() || (!joined.any && latin && letter) {
        return;
    }
    let points = |rule: u16| {
        let w = detector.weights(rule);
        w.base + w.valid + w.label
    };
    let mut best = None;
    for Names {
        index,
        longest,
        whole,
    } in named
    {
        let Some(l) = detector.labelled.get(index) else {
            continue;
        };
        if is_against(detector, l.rule, label, longest)
            || !whole && best.is_some_and(|b| points(l.rule) <= b)
        {
            continue;
        }
        let range = match &l.kind {
            Kind::Person => super::names::after_label(value, joined.colon)
                .filter(|r| {
                    let name = value.get(r.clone()).unwrap_or_default();
                    general.is_none_or(|word| {
                        word.len() != longest || super::names::is_likely(word, name)
                    })
                })
                .map(unchecked),
            Kind::Address => super::addresses::after_label(value).map(unchecked),
            Kind::Shape(regex) => detector
                .rule(l.rule)
                .and_then(|rule| number(regex.get()?, rule, value)),
            Kind::Written(regex, validator) => regex
                .get()
                .and_then(|r| written(r, *validator, value))
                .map(unchecked),
            Kind::Assigned(_) => None,
        };
        let Some((range, verdict)) =
            range.filter(|(r, _)| r.start < r.end && !is_masked_there(value, r))
        else {
            continue;
        };
        let (Some(a), Some(b)) = (
            bytes(&after, joined.end + range.start, charset),
            bytes(&after, joined.end + range.end, charset),
        ) else {
            continue;
        };
        if let Some(span) = Span::new(to + a, to + b) {
            best = best.max(Some(points(l.rule)));
            give(l.rule, span, verdict);
        }
    }
}

/// The general word in small letters that the bytes before a colon end with: `name`, `owner`. In
/// settings and programs it stands before names of things as well.
fn general_label(lead: &[u8]) -> Option<&'static str> {
    const GENERAL: [&str; 7] = [
        "name",
        "owner",
        "author",
        "assignee",
        "reporter",
        "reviewer",
        "maintainer",
    ];
    let end = lead
        .iter()
        .rposition(|b| !matches!(b, b' ' | b'"' | b'\'' | b'*'))?;
    let lead = lead.get(..=end)?;
    let ends = |w: &&&str| lead.ends_with(w.as_bytes());
    GENERAL.iter().find(ends).copied()
}

/// What may stand between a label and its colon.
const AFTER_LABEL: [char; 6] = [' ', '"', '\'', '*', ')', '）'];
/// Bytes of a note in brackets behind a label: SSN (U.S. Social Security Number).
const NOTE: usize = 160;

fn unchecked(range: Range<usize>) -> (Range<usize>, Verdict) {
    (range, Verdict::Unchecked)
}

/// A rule that a label names.
struct Names {
    /// Among the labelled ones.
    index: usize,
    /// Bytes of the longest label here.
    longest: usize,
    /// By the longest label.
    whole: bool,
}

/// Adds the rules that the end of a text names. A label that is shorter counts too where it says
/// something surer: 收款账号 names 账号 as well.
fn named_by(detector: &Detector, label: &str, stem: usize, named: &mut Vec<Names>) {
    let mut longest = 0;
    for (length, rules) in detector.ends.of(label) {
        if length < if longest == 0 { stem } else { stem.max(4) } {
            break;
        }
        longest = longest.max(length);
        for &index in rules {
            if named.iter().all(|n| n.index != index) {
                let whole = length == longest;
                named.push(Names {
                    index,
                    longest,
                    whole,
                });
            }
        }
    }
}

/// The text before the last opening bracket: the label of which the brackets hold an explanation.
fn before_note(label: &str) -> Option<&str> {
    let mut depth = 1u32;
    for (i, c) in label.char_indices().rev() {
        match c {
            ')' | '）' => depth += 1,
            '(' | '（' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return label.get(..i).map(|l| l.trim_end_matches(AFTER_LABEL));
        }
    }
    None
}

/// A value as written, at the start of the text.
fn written(regex: &Regex, validator: Option<Validator>, value: &str) -> Option<Range<usize>> {
    let found = regex.find(value.as_bytes())?;
    let text = value.get(found.range())?;
    let next = value.get(found.end()..).and_then(|r| r.chars().next());
    let whole = !next.is_some_and(|c| c.is_ascii_alphanumeric());
    (whole && validator.is_none_or(|v| v(text) != Verdict::Invalid)).then(|| found.range())
}

/// Whether what was found is what a mask has left: stars follow, or are in it.
pub(super) fn is_masked_there(text: &str, range: &Range<usize>) -> bool {
    let star = |c: char| matches!(c, '*' | '＊' | '●' | '■');
    text.get(range.end..)
        .is_some_and(|rest| rest.starts_with(star))
        || text.get(range.clone()).is_some_and(|t| t.contains(star))
}

/// Whether the label is the end of a word that names something else (产品名称 for 名称).
fn is_against(detector: &Detector, rule: u16, label: &str, longest: usize) -> bool {
    detector.rule(rule).is_some_and(|r| {
        r.against
            .iter()
            .any(|a| a.len() >= longest && label.ends_with(a.as_str()))
    })
}

struct Joined {
    end: usize,
    any: bool,
    colon: bool,
}

/// What stands between a label and its value.
fn joiners(after: &str) -> Joined {
    let mut out = Joined {
        end: 0,
        any: false,
        colon: false,
    };
    for (i, c) in after.char_indices() {
        if i > GAP {
            break;
        }
        match c {
            ':' | '：' | '=' => out.colon = true,
            ' ' | '\t' | '\u{3000}' | '"' | '\'' | '“' | '「' | '【' | '[' | '<' | '>' | '|'
            | '为' | '是' => {}
            // **出生日期**: or **出生日期:** in Markdown; stars before a value are those of a mask.
            '*' if is_bold(after, i) => {}
            '(' | '（' => {
                // A note in brackets between label and value: 账号（人民币）：…
                let rest = after.get(i..).unwrap_or_default();
                if let Some(close) = rest.find([')', '）']).filter(|&n| n <= 24)
                    && rest
                        .get(close..)
                        .is_some_and(|r| r.chars().nth(1).is_some_and(|c| matches!(c, ':' | '：')))
                {
                    let skip: usize = rest
                        .get(close..)
                        .map_or(0, |r| r.chars().take(2).map(char::len_utf8).sum());
                    return Joined {
                        end: i + close + skip,
                        any: true,
                        colon: true,
                    };
                }
            }
            _ => break,
        }
        out.end = i + c.len_utf8();
        out.any = true;
    }
    out
}

/// Whether a star is one of two that end a bold label: a sign or a blank follows, or stands before.
fn is_bold(after: &str, at: usize) -> bool {
    let before = after.get(..at).unwrap_or_default().trim_end_matches('*');
    let behind = after.get(at..).unwrap_or_default();
    let stars = behind.len() - behind.trim_start_matches('*').len() + (at - before.len());
    let rest = behind.trim_start_matches('*');
    stars == 2
        && (rest.starts_with([':', '：']) || before.ends_with([':', '：']) && rest.starts_with(' '))
}

/// The longest start of `value` that is a bare value of the regex when its separators are taken out,
/// with what its check digits say. A sign of country or kind before it belongs to it.
fn number(regex: &Regex, rule: &Rule, value: &str) -> Option<(Range<usize>, Verdict)> {
    let lead: usize = value
        .chars()
        .take_while(|c| *c != ' ' && rule.separators.contains(*c))
        .map(char::len_utf8)
        .sum();
    let start = value.get(lead..)?;
    let mut best: Option<(Range<usize>, Verdict)> = None;
    for skip in prefixes(rule, start) {
        let found = bare(regex, rule, start.get(skip..)?);
        if let Some((end, verdict)) = found
            && best.as_ref().is_none_or(|(r, _)| r.end < lead + skip + end)
        {
            best = Some((lead..lead + skip + end, verdict));
        }
    }
    best
}

/// Bytes of what may stand before a value: nothing, or one of the rule's prefixes.
fn prefixes(rule: &Rule, value: &str) -> impl Iterator<Item = usize> {
    let with = rule.prefixes.iter().filter_map(move |prefix| {
        let mut rest = value.chars();
        let mut bytes = 0;
        for p in prefix.chars() {
            let c = rest.next()?;
            if plain(c) != p {
                return None;
            }
            bytes += c.len_utf8();
        }
        let gap: usize = value
            .get(bytes..)?
            .chars()
            .take(2)
            .take_while(|c| matches!(c, ' ' | '-' | '.' | ':' | '\u{3000}'))
            .map(char::len_utf8)
            .sum();
        Some(bytes + gap)
    });
    std::iter::once(0).chain(with)
}

/// Where the longest bare value ends that begins the text.
fn bare(regex: &Regex, rule: &Rule, value: &str) -> Option<(usize, Verdict)> {
    let mut bare = String::new();
    let mut sep = 0;
    let mut ends = Vec::new();
    for (i, c) in value.char_indices() {
        let p = plain(c);
        if p.is_ascii_alphanumeric() {
            bare.push(p);
            sep = 0;
            ends.push((i + c.len_utf8(), bare.len()));
        } else if rule.separators.contains(p) && sep < 2 && !bare.is_empty() {
            sep += 1;
        } else if rule.bracket.is_some() && matches!(p, '(' | ')') && !bare.is_empty() {
            // The check character in brackets.
            if p == ')'
                && let Some(end) = ends.last_mut()
            {
                end.0 = i + c.len_utf8();
            }
        } else {
            break;
        }
        if bare.len() > 64 {
            break;
        }
    }
    ends.iter().rev().find_map(|&(end, len)| {
        let rest = value.get(end..).unwrap_or_default();
        let mut next = rest.chars().map(plain);
        let (a, b) = (next.next(), next.next());
        // 12345678.90 is an amount.
        let decimal = rule.edges == crate::rules::Edges::Number
            && matches!(a, Some('.' | ','))
            && b.is_some_and(|c| c.is_ascii_digit());
        if a.is_some_and(|c| c.is_ascii_alphanumeric()) || decimal {
            return None;
        }
        let text = bare.get(..len)?;
        if !regex.is_match(text.as_bytes()) {
            return None;
        }
        let verdict = rule.verdict(text);
        (verdict != Verdict::Invalid).then_some((end, verdict))
    })
}

/// Bytes that the first `chars` bytes of UTF-8 text take in the text's charset.
fn bytes(text: &str, upto: usize, charset: Charset) -> Option<usize> {
    let head = text.get(..upto)?;
    match charset {
        Charset::Utf8 => Some(head.len()),
        Charset::Gb18030 => {
            let (encoded, _, bad) = encoding_rs::GB18030.encode(head);
            (!bad).then_some(encoded.len())
        }
    }
}

/// Whether rules like this one have a check of their own.
impl Rule {
    /// Whether its values hold a check digit.
    pub(super) fn has_check(&self) -> bool {
        self.check != Check::None
            || self.check_digit
            || self.schemes.iter().any(crate::rules::Scheme::has_check)
            || matches!(self.find, Find::Named(crate::engine::Finder::Iban))
    }

    fn by_label(&self, minimum: u8) -> bool {
        let w = self.weights;
        !self.labels.is_empty() && w.base + w.valid.max(0) + w.near.max(0) < i32::from(minimum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(text: &str) -> Vec<String> {
        let rules = std::sync::Arc::new(crate::rules::RuleSet::builtin().unwrap());
        let detector = Detector::new(rules, 50).unwrap();
        let mut pass = detector.begin();
        let fragment = crate::model::Fragment::whole(&[], text, None);
        let found = pass.text(&fragment).to_vec();
        found.iter().map(|f| text[f.range()].to_owned()).collect()
    }

    #[test]
    fn labels_with_and_without_a_colon() {
        for text in [
            "原告：袁凯",
            "当事人: 袁凯",
            "payee=\"袁凯\"",
            "\"name\": \"袁凯\"",
            "Name：袁凯，",
            "联系人袁凯，",
            "户名（个人）：袁凯",
        ] {
            assert_eq!(person(text), ["袁凯"], "{text}");
        }
        assert!(person("username: 产品").is_empty());
        assert!(person("产品名称：袁凯").is_empty());
    }

    #[test]
    fn a_text_is_clipped_alike_when_it_was_checked() {
        let whole = "号：é张三，電話\u{20000}.";
        for from in 0..whole.len() {
            for to in from..=whole.len() {
                let cut = &whole.as_bytes()[from..to];
                let searched = Searched::new(cut, Charset::Utf8);
                assert!(searched.text.is_some(), "{from} {to}");
                for start in 0..=cut.len() {
                    for end in start..=cut.len() {
                        let expected = clipped(&cut[start..end], Charset::Utf8);
                        assert_eq!(
                            searched.clipped(start..end),
                            expected,
                            "{from} {to} {start} {end}"
                        );
                    }
                }
            }
        }
        assert!(Searched::new(b"a\xFFb", Charset::Utf8).text.is_none());
    }

    #[test]
    fn a_name_before_a_form_of_address() {
        assert_eq!(person("请联系袁凯先生办理"), ["袁凯"]);
    }

    fn numbered(value: &str) -> Option<Range<usize>> {
        let rules = crate::rules::RuleSet::builtin().unwrap();
        let rule = rules.find("cn.bank-account").unwrap().1;
        let rule = Rule {
            validator: None,
            ..rule.clone()
        };
        let regex = Regex::new("(?-u)^(?:[0-9]{8,32})$").unwrap();
        number(&regex, &rule, value).map(|(range, _)| range)
    }

    #[test]
    fn a_number_behind_a_label_ends_where_it_ends() {
        assert_eq!(numbered("6222 0210 0112 3456 789 元"), Some(0..23));
        assert_eq!(numbered("123"), None);
        assert_eq!(numbered("80012345 67"), Some(0..11));
        assert_eq!(numbered("80012345，余额"), Some(0..8));
        assert_eq!(numbered("80012345.50"), None);
    }

    #[test]
    fn joiners_are_passed_over() {
        assert_eq!(joiners("：张三").end, 3);
        assert_eq!(joiners("（人民币）：123").end, "（人民币）：".len());
        assert!(!joiners("张三").any);
        assert_eq!(joiners("**: 1956").end, 4);
        assert_eq!(joiners(":** 1956").end, 4);
        assert_eq!(joiners("：****1234").end, 3);
        assert_eq!(joiners("：**").end, 3);
    }
}
