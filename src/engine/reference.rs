//! What the engine must find, worked out slowly: every start, one regex a pattern, no tables.

use super::{Check, Find, Finder, Hit, Pattern};
use std::{collections::BTreeSet, net::Ipv6Addr, sync::LazyLock};

fn word(byte: Option<&u8>) -> bool {
    byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
}

fn before(text: &[u8], start: usize) -> Option<&u8> {
    start.checked_sub(1).and_then(|i| text.get(i))
}

/// All hits of the patterns in a text of UTF-8, ordered.
pub(super) fn find(patterns: &[Pattern<'_>], text: &[u8]) -> Vec<Hit> {
    let mut hits = BTreeSet::new();
    for (index, pattern) in patterns.iter().enumerate() {
        let mut add = |start: usize, end: usize| {
            hits.insert((start, end, index));
        };
        match &pattern.find {
            Find::Shape {
                regex,
                groups,
                plain,
            } => shape(text, regex, groups, *plain, pattern.check, &mut add),
            Find::Named(finder) => named(text, *finder, &mut add),
            Find::Words(words) => {
                for word in *words {
                    for start in 0..text.len() {
                        if text[start..].starts_with(word.as_bytes()) {
                            add(start, start + word.len());
                        }
                    }
                }
            }
            Find::Token(_) | Find::Guarded { .. } => unreachable!("has tests of its own"),
            Find::Regex(regex) => {
                let regex = regex::bytes::RegexBuilder::new(regex)
                    .unicode(false)
                    .build()
                    .unwrap();
                for found in regex.find_iter(text) {
                    add(found.start(), found.end());
                }
            }
        }
    }
    let hit = |(start, end, pattern): (usize, usize, usize)| Hit {
        start: u32::try_from(start).unwrap(),
        end: u32::try_from(end).unwrap(),
        pattern: u16::try_from(pattern).unwrap(),
    };
    hits.into_iter().map(hit).collect()
}

fn shape(
    text: &[u8],
    regex: &str,
    groups: &[Vec<u8>],
    plain: bool,
    check: Check,
    add: &mut impl FnMut(usize, usize),
) {
    let regex = regex::bytes::RegexBuilder::new(&format!("^(?:{regex})$"))
        .unicode(false)
        .build()
        .unwrap();
    for start in 0..text.len() {
        if word(before(text, start)) || !word(text.get(start)) {
            continue;
        }
        let len = text[start..].iter().take_while(|b| word(Some(b))).count();
        if plain && value(&regex, check, &text[start..start + len]) {
            add(start, start + len);
        }
        for sizes in groups {
            let mut place = start;
            let mut bare = Vec::new();
            let mut whole = true;
            for (i, size) in sizes.iter().enumerate() {
                if i > 0 {
                    whole &= matches!(text.get(place), Some(b' ' | b'-'));
                    place += 1;
                }
                let group = text.get(place..).unwrap_or_default();
                let len = group.iter().take_while(|b| word(Some(b))).count();
                whole &= len == usize::from(*size);
                bare.extend_from_slice(&group[..len]);
                place += len;
            }
            if whole && value(&regex, check, &bare) {
                add(start, place);
            }
        }
    }
}

/// Whether a bare value fits, a small x at the end of digits counting as X.
fn value(regex: &regex::bytes::Regex, check: Check, bare: &[u8]) -> bool {
    let mut bare = bare.to_vec();
    let (last, body) = bare.split_last_mut().unwrap();
    if *last == b'x' && body.iter().all(u8::is_ascii_digit) {
        *last = b'X';
    }
    bare.iter()
        .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        && regex.is_match(&bare)
        && passes(check, &bare)
}

fn passes(check: Check, bare: &[u8]) -> bool {
    let value = |byte: u8| char::from(byte).to_digit(36).unwrap();
    match check {
        Check::None => true,
        Check::Luhn => {
            let sum: u32 = bare
                .iter()
                .rev()
                .enumerate()
                .map(|(i, b)| {
                    let d = value(*b) * if i % 2 == 1 { 2 } else { 1 };
                    d / 10 + d % 10
                })
                .sum();
            sum.is_multiple_of(10)
        }
        Check::Mod11x2 => {
            // Horner's way of ISO 7064: double and add, the remainder must be 1.
            let (last, body) = bare.split_last().unwrap();
            let rest = body.iter().fold(0, |rest, b| (rest + value(*b)) * 2 % 11);
            let last = if *last == b'X' { 10 } else { value(*last) };
            bare.len() == 18 && (rest + last) % 11 == 1
        }
        Check::Mod31 => {
            let alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
            let values: Option<Vec<usize>> =
                bare.iter().map(|b| alphabet.find(char::from(*b))).collect();
            let Some(values) = values.filter(|values| values.len() == 18) else {
                return false;
            };
            let mut weight = 1;
            let mut sum = 0;
            for value in &values[..17] {
                sum += value * weight;
                weight = weight * 3 % 31;
            }
            (sum + values[17]).is_multiple_of(31)
        }
        Check::OrgCode => {
            if bare.len() != 9 {
                return false;
            }
            let sum: u32 = bare
                .iter()
                .zip([3, 7, 9, 10, 5, 8, 4, 2])
                .map(|(b, w)| value(*b) * w)
                .sum();
            let last = match bare[8] {
                b'X' => 10,
                b if b.is_ascii_digit() => value(b),
                _ => return false,
            };
            (sum + last).is_multiple_of(11)
        }
    }
}

static OCTETS: LazyLock<regex::bytes::Regex> = LazyLock::new(|| {
    let octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    regex::bytes::Regex::new(&format!(r"^{octet}(?:\.{octet}){{3}}$")).unwrap()
});
static PHONE: LazyLock<regex::bytes::Regex> = LazyLock::new(|| {
    regex::bytes::Regex::new(r"^\+[0-9](?:[ ./()-]{0,2}[0-9])*(?:[xX][0-9]{1,7})?$").unwrap()
});
static MACAU: LazyLock<regex::bytes::Regex> =
    LazyLock::new(|| regex::bytes::Regex::new(r"^[1578]/[0-9]{6}/[0-9]$").unwrap());
static MAC: LazyLock<regex::bytes::Regex> = LazyLock::new(|| {
    let hex = "[0-9A-Fa-f]";
    let (pairs, quads) = (
        |s: &str| format!("{hex}{{2}}(?:{s}{hex}{{2}}){{5}}"),
        format!(r"{hex}{{4}}(?:\.{hex}{{4}}){{2}}"),
    );
    regex::bytes::Regex::new(&format!("^(?:{}|{}|{quads})$", pairs(":"), pairs("-"))).unwrap()
});
static PLATE: LazyLock<regex::bytes::Regex> = LazyLock::new(|| {
    let civil =
        "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·•・]?";
    let s = "[A-HJ-NP-Z0-9]";
    let last = "[学警港澳挂领]";
    regex::bytes::Regex::new(&format!("^(?:{civil}(?:{s}{{5}}|[A-HJ-NP-Z]{s}[0-9]{{4}}|[0-9]{{5}}[A-HJ-NP-Z]|{s}{{4}}{last})|使[0-9]{{6}})$"))
        .unwrap()
});
static MAIL_END: LazyLock<regex::bytes::Regex> = LazyLock::new(|| {
    regex::bytes::Regex::new(r"^[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.(?:(?i:xn--)[A-Za-z0-9-]{0,58}[A-Za-z0-9]|[A-Za-z]{2,63})$").unwrap()
});

fn named(text: &[u8], finder: Finder, add: &mut impl FnMut(usize, usize)) {
    match finder {
        Finder::Email => email(text, add),
        Finder::Ipv4 => spans(text, 15, |start, end| {
            let dotted = |at: Option<usize>, digit: Option<usize>| {
                at.and_then(|i| text.get(i)) == Some(&b'.')
                    && digit
                        .and_then(|i| text.get(i))
                        .is_some_and(u8::is_ascii_digit)
            };
            let longer = dotted(start.checked_sub(1), start.checked_sub(2))
                || dotted(Some(end), Some(end + 1));
            if OCTETS.is_match(&text[start..end])
                && !word(before(text, start))
                && !word(text.get(end))
                && !longer
            {
                add(start, end);
            }
        }),
        Finder::Ipv6 => ipv6(text, add),
        Finder::Mac => spans(text, 17, |start, end| {
            if !MAC.is_match(&text[start..end]) || word(before(text, start)) || word(text.get(end))
            {
                return;
            }
            let separator = text[start + if end - start == 14 { 4 } else { 2 }];
            let size = if separator == b'.' { 4 } else { 2 };
            let hex = |range: std::ops::Range<usize>| {
                text.get(range)
                    .is_some_and(|part| part.iter().all(u8::is_ascii_hexdigit))
            };
            let after = text.get(end) == Some(&separator)
                && hex(end + 1..end + 1 + size)
                && !word(text.get(end + 1 + size));
            let first = start.checked_sub(size + 1);
            let ahead = before(text, start) == Some(&separator)
                && first.is_some_and(|first| hex(first..start - 1) && !word(before(text, first)));
            if !after && !ahead {
                add(start, end);
            }
        }),
        Finder::Plate => spans(text, 16, |start, end| {
            let last = std::str::from_utf8(&text[start..end])
                .ok()
                .and_then(|t| t.chars().last());
            if PLATE.is_match(&text[start..end])
                && !(last.is_some_and(|c| c.is_ascii()) && word(text.get(end)))
            {
                add(start, end);
            }
        }),
        Finder::Iban => iban(text, add),
        Finder::Phone => phone(text, add),
        Finder::Macau => spans(text, 10, |start, end| {
            let slash = |b: Option<&u8>| word(b) || b == Some(&b'/');
            if MACAU.is_match(&text[start..end])
                && !slash(before(text, start))
                && !slash(text.get(end))
            {
                add(start, end);
            }
        }),
        Finder::PrivateKey | Finder::LongWord => unreachable!("have tests of their own"),
    }
}

fn spans(text: &[u8], longest: usize, mut each: impl FnMut(usize, usize)) {
    for start in 0..text.len() {
        for end in start + 1..=text.len().min(start + longest) {
            each(start, end);
        }
    }
}

fn email(text: &[u8], add: &mut impl FnMut(usize, usize)) {
    for at in (0..text.len()).filter(|at| text[*at] == b'@') {
        let local = |b: &u8| b.is_ascii_alphanumeric() || b"._%+-".contains(b);
        let run = text[..at]
            .iter()
            .rev()
            .take(64)
            .take_while(|b| local(b))
            .count();
        let Some(start) = (at - run..at).find(|i| word(text.get(*i))) else {
            continue;
        };
        let longest = text.len().min(at + 1 + 253);
        let end = (at + 2..=longest).rev().find(|end| {
            MAIL_END.is_match(&text[at + 1..*end]) && !word(text.get(*end)) && {
                // The last label is whole: a hyphen would make it longer.
                text.get(*end) != Some(&b'-')
            }
        });
        if let Some(end) = end {
            add(start, end);
        }
    }
}

fn phone(text: &[u8], add: &mut impl FnMut(usize, usize)) {
    for start in (0..text.len()).filter(|i| text[*i] == b'+') {
        if word(before(text, start)) || before(text, start) == Some(&b'+') {
            continue;
        }
        for end in start + 2..=text.len().min(start + 64) {
            let part = &text[start..end];
            let (number, extension) = match part.iter().position(|b| matches!(b, b'x' | b'X')) {
                Some(at) => part.split_at(at),
                None => (part, &b""[..]),
            };
            let digits = number.iter().filter(|b| b.is_ascii_digit()).count();
            let next = text.get(end);
            let extended = extension.is_empty() || (2..=8).contains(&extension.len());
            if PHONE.is_match(part) && (7..=15).contains(&digits) && extended && !word(next) {
                add(start, end);
            }
        }
    }
}

fn ipv6(text: &[u8], add: &mut impl FnMut(usize, usize)) {
    let hex = |i: usize| text.get(i).is_some_and(u8::is_ascii_hexdigit);
    let colon = |i: usize| text.get(i) == Some(&b':');
    for start in 0..text.len() {
        if word(before(text, start)) || !(hex(start) || colon(start)) {
            continue;
        }
        if start > 0
            && colon(start - 1)
            && (colon(start) || (start > 1 && (hex(start - 2) || colon(start - 2))))
        {
            continue;
        }
        let end = (start + 2..=text.len().min(start + 45)).rev().find(|end| {
            let part = std::str::from_utf8(&text[start..*end]).unwrap_or_default();
            let digits = |part: &str| part.bytes().filter(u8::is_ascii_hexdigit).count();
            let groups = part
                .split(':')
                .filter(|group| !group.is_empty())
                .map(|group| if group.contains('.') { 2 } else { 1 })
                .sum::<usize>();
            let enough = !part.contains("::") || groups >= 2 || digits(part) >= 4;
            let more = colon(*end) && (hex(end + 1) || colon(end + 1));
            let longer = part.contains('.')
                && text.get(*end) == Some(&b'.')
                && text.get(end + 1).is_some_and(u8::is_ascii_digit);
            part.parse::<Ipv6Addr>().is_ok() && enough && !more && !longer && !word(text.get(*end))
        });
        if let Some(end) = end {
            add(start, end);
        }
    }
}

fn iban(text: &[u8], add: &mut impl FnMut(usize, usize)) {
    let lengths = [
        ("DE", 22),
        ("GB", 22),
        ("NO", 15),
        ("MT", 31),
        ("FR", 27),
        ("BE", 16),
    ];
    for start in (0..text.len()).filter(|start| !word(before(text, *start))) {
        for (country, length) in lengths {
            let grouped =
                |i: usize| usize::from(matches!(text.get(start + 4), Some(b' ' | b'-'))) * (i / 4);
            let Some(bare) = (0..length)
                .map(|i| text.get(start + i + grouped(i)))
                .collect::<Option<Vec<_>>>()
            else {
                continue;
            };
            let joined = (0..length)
                .filter(|i| grouped(*i) > 0 && i % 4 == 0)
                .all(|i| matches!(text.get(start + i + grouped(i) - 1), Some(b' ' | b'-')));
            let end = start + length + grouped(length - 1);
            let bare: Vec<u8> = bare.into_iter().copied().collect();
            let fits = bare.starts_with(country.as_bytes())
                && bare[2..4].iter().all(u8::is_ascii_digit)
                && bare
                    .iter()
                    .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
            if fits && joined && !word(text.get(end)) {
                let number: String = bare[4..]
                    .iter()
                    .chain(&bare[..4])
                    .map(|b| char::from(*b).to_digit(36).unwrap().to_string())
                    .collect();
                let rest = number
                    .bytes()
                    .fold(0, |rest, b| (rest * 10 + u32::from(b - b'0')) % 97);
                if rest == 1 {
                    add(start, end);
                }
            }
        }
    }
}
