//! Names in Latin letters in running text: a given name and a surname that lists know.

use super::{
    latin::listed,
    tables::{sections, words},
};
use std::{collections::HashMap, hash::BuildHasherDefault, ops::Range, sync::LazyLock};

/// Bytes of one word at most.
const WORD: usize = 24;
/// A name is not longer than this, bytes.
const NAME: usize = 64;

/// Words that stand before a name.
const CUES: &[&str] = &[
    "applicant",
    "attn",
    "author",
    "beneficiary",
    "by",
    "called",
    "cardholder",
    "client",
    "contact",
    "customer",
    "dear",
    "debtor",
    "dr",
    "employee",
    "for",
    "from",
    "guest",
    "hello",
    "hi",
    "insured",
    "miss",
    "mr",
    "mrs",
    "ms",
    "mx",
    "name",
    "named",
    "owner",
    "patient",
    "payee",
    "prof",
    "sir",
    "student",
    "tenant",
    "to",
    "with",
];

/// Words that make something else of the words before them: companies, streets, places.
const OTHERS: &[&str] = &[
    "airport",
    "association",
    "ave",
    "avenue",
    "bank",
    "beach",
    "blvd",
    "bridge",
    "center",
    "centre",
    "church",
    "city",
    "close",
    "club",
    "co",
    "college",
    "company",
    "corp",
    "county",
    "court",
    "crossing",
    "day",
    "district",
    "drive",
    "express",
    "field",
    "fields",
    "foundation",
    "fund",
    "garden",
    "gardens",
    "gmbh",
    "group",
    "hall",
    "harbor",
    "heights",
    "highway",
    "hill",
    "hills",
    "holdings",
    "hospital",
    "hotel",
    "house",
    "inc",
    "institute",
    "island",
    "islands",
    "lake",
    "lane",
    "llc",
    "llp",
    "ltd",
    "market",
    "mountain",
    "mountains",
    "museum",
    "office",
    "park",
    "parkway",
    "place",
    "plains",
    "plaza",
    "plc",
    "point",
    "port",
    "prize",
    "rd",
    "ridge",
    "river",
    "road",
    "route",
    "school",
    "services",
    "shoals",
    "shop",
    "solutions",
    "springs",
    "square",
    "st",
    "station",
    "store",
    "street",
    "systems",
    "technologies",
    "terrace",
    "theatre",
    "tower",
    "town",
    "trail",
    "trust",
    "university",
    "valley",
    "view",
    "village",
    "way",
];

/// Who is addressed without a name.
const NOBODY: &[&str] = &[
    "all",
    "chair",
    "chairman",
    "client",
    "colleague",
    "colleagues",
    "customer",
    "everybody",
    "everyone",
    "friend",
    "friends",
    "guest",
    "justice",
    "madam",
    "member",
    "minister",
    "president",
    "reader",
    "secretary",
    "sir",
    "sirs",
    "speaker",
    "team",
    "there",
    "user",
    "world",
];

/// Small words within names.
const PARTICLES: &[&str] = &[
    "al", "da", "de", "del", "della", "den", "der", "di", "dos", "du", "el", "la", "le", "van",
    "von",
];

const FIRST: u8 = 1;
const LAST: u8 = 2;
/// A given name that is an everyday word.
const PLAIN: u8 = 4;

/// Names in small letters, and what each can be.
type Names = HashMap<&'static [u8], u8, BuildHasherDefault<Fnv>>;

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let list = include_str!("../../../rules/words/latin-names.txt");
    let mut out =
        Names::with_capacity_and_hasher(words(list).count(), BuildHasherDefault::default());
    for (section, word) in sections(list) {
        let bit = match section {
            "first" => FIRST,
            "word" => PLAIN,
            _ => LAST,
        };
        *out.entry(word.as_bytes()).or_default() |= bit;
    }
    out
});

/// FNV-1a: the words are the program's own, and what is looked up is short.
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

/// Calls `give` with each name in a text in an encoding that keeps ASCII, and how sure it is in percent.
/// `house` gets the places of numbers that may be those of houses: a capitalised word follows.
pub(in crate::detect) fn find(
    text: &[u8],
    mut give: impl FnMut(Range<usize>, i32),
    mut house: impl FnMut(usize),
) {
    let mut done = 0;
    blanks(text, |blank| {
        if blank < done {
            return;
        }
        if text.get(blank - 1).is_some_and(u8::is_ascii_digit) {
            if let Some(at) = house_number(text, blank) {
                house(at);
            }
            return;
        }
        if let Some((range, percent)) = name_at(text, blank) {
            done = range.end;
            give(range, percent);
        }
    });
}

/// Where the number begins that ends at this blank, when it may be that of a house: one to five digits with a blank
/// or nothing before, and a word in small letters but the first behind. Times and levels of logs go here.
fn house_number(text: &[u8], blank: usize) -> Option<usize> {
    if !text.get(blank + 2).is_some_and(u8::is_ascii_lowercase) {
        return None;
    }
    let lead = text.get(blank.saturating_sub(6)..blank)?;
    let digits = lead.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let at = blank - digits;
    let before = at.checked_sub(1).and_then(|i| text.get(i)).copied();
    (digits <= 5 && before.is_none_or(|b| matches!(b, b' ' | b'\n' | b'\t'))).then_some(at)
}

/// Calls `give` with each blank between a letter and a capital. Written so that blocks without one are passed
/// over with vector instructions: most of 64 bytes, and most of 16 in those that have one.
fn blanks(text: &[u8], mut give: impl FnMut(usize)) {
    const BLOCK: usize = 64;
    const PART: usize = 16;
    let mut at = 1;
    while let Some(around) = text.get(at - 1..at + BLOCK + 1) {
        if has_pair::<BLOCK>(around) {
            for part in (0..BLOCK).step_by(PART) {
                let around = around.get(part..part + PART + 2).unwrap_or_default();
                if has_pair::<PART>(around) {
                    for (i, pair) in around.windows(3).enumerate() {
                        if matches!(pair, &[b, h, n] if is_pair(b, h, n)) {
                            give(at + part + i);
                        }
                    }
                }
            }
        }
        at += BLOCK;
    }
    for i in at..text.len().saturating_sub(1) {
        if let Some(&[b, h, n]) = text.get(i - 1..i + 2)
            && is_pair(b, h, n)
        {
            give(i);
        }
    }
}

/// Whether one of the `N` bytes from the second on is such a blank; `around` has one byte more at either end.
#[inline]
fn has_pair<const N: usize>(around: &[u8]) -> bool {
    let (Some(before), Some(here), Some(behind)) = (
        block::<N>(around, 0),
        block::<N>(around, 1),
        block::<N>(around, 2),
    ) else {
        return false;
    };
    let mut any = 0;
    for ((b, h), n) in before.iter().zip(here).zip(behind) {
        any |= u8::from(is_pair(*b, *h, *n));
    }
    any != 0
}

fn block<const N: usize>(text: &[u8], at: usize) -> Option<&[u8; N]> {
    text.get(at..at + N)?.try_into().ok()
}

/// A letter in small or a digit, a blank, a capital or the first byte of a Latin letter with an accent.
#[inline]
fn is_pair(before: u8, here: u8, behind: u8) -> bool {
    let small = before.wrapping_sub(b'a') < 26
        || before.wrapping_sub(b'0') < 10
        || before >= 0x80
        || before == b'.';
    let capital = behind.wrapping_sub(b'A') < 26 || behind.wrapping_sub(0xC3) < 3;
    (here == b' ') & small & capital
}

/// Whether a byte is part of a word: a letter, a joint, a byte of a letter with an accent.
fn in_word(b: u8) -> bool {
    b.is_ascii_alphabetic() || matches!(b, b'\'' | b'-') || b >= 0x80
}

/// The name whose given name ends at this blank.
#[expect(
    clippy::too_many_lines,
    reason = "one walk over the words, with its state"
)]
fn name_at(text: &[u8], blank: usize) -> Option<(Range<usize>, i32)> {
    if let Some(found) = addressed(text, blank) {
        return Some(found);
    }
    // Jacob van |Gameren: back over the small words.
    let (mut blank, mut start) = (blank, word_before(text, blank)?);
    for _ in 0..2 {
        let small =
            std::str::from_utf8(text.get(start..blank)?).is_ok_and(|w| listed(PARTICLES, w));
        if !small || start < 2 || text.get(start - 1) != Some(&b' ') {
            break;
        }
        blank = start - 1;
        start = word_before(text, blank)?;
    }
    let first = text.get(start..blank)?;
    let kind = kind(first);
    if !first.first()?.is_ascii_uppercase() && first.first()? < &0x80 {
        return None;
    }
    // A name that no list has is one where a letter has it: over the address, under the close.
    let begins = start == 0 || text.get(start - 1) == Some(&b'\n');
    if kind & (FIRST | PLAIN) == 0 && !(begins && first.len() > 2 && in_letter(text, start)) {
        return None;
    }
    let mut at = blank + 1;
    let mut end = blank;
    let mut last = 0;
    let mut known = false;
    // An initial, small words, then one or two surnames.
    while at < text.len().min(start + NAME) {
        let len = text
            .get(at..)?
            .iter()
            .take(WORD)
            .take_while(|b| in_word(**b))
            .count();
        let word = text.get(at..at + len)?;
        let initial = len == 1 && text.get(at + len) == Some(&b'.');
        let capital = word
            .first()
            .is_some_and(|b| b.is_ascii_uppercase() || *b >= 0x80);
        let small = std::str::from_utf8(word).is_ok_and(|w| listed(PARTICLES, w));
        if initial && last == 0 {
            at += 2;
        } else if small && last == 0 {
            at += len;
        } else if capital && len > 1 && last < 2 {
            let word = text.get(at..at + len)?;
            let word = word.strip_suffix(b"'s").unwrap_or(word);
            if std::str::from_utf8(word).is_ok_and(|w| listed(OTHERS, w)) {
                return None;
            }
            let is_last = self::kind(word) & (LAST | FIRST) != 0;
            if last == 1 && !is_last {
                break;
            }
            if word.iter().skip(1).any(u8::is_ascii_uppercase)
                && !word.starts_with(b"Mc")
                && !word.contains(&b'-')
                && !word.contains(&b'\'')
            {
                break;
            }
            last += 1;
            known |= is_last;
            end = at + word.len();
            if word.len() < len {
                break;
            }
            at += len;
        } else {
            break;
        }
        if text.get(at) != Some(&b' ') {
            break;
        }
        at += 1;
    }
    if last == 0 || std::str::from_utf8(text.get(start..end)?).is_err() || !behind_fits(text, end) {
        return None;
    }
    let before = match before(text, start) {
        Before::Other if begins && ends_line(text, end) && in_letter(text, start) => Before::Cue,
        before => before,
    };
    let percent = match (kind & FIRST != 0, known, before) {
        (false, false, Before::Cue) if begins && kind == 0 && ends_line(text, end) => 55,
        (false, false, _) | (.., Before::Number | Before::Capital) => return None,
        (true, true, Before::Cue) => 80,
        (true, true, _) => 70,
        (false, true, Before::Cue) => 65,
        (true, false, Before::Cue) => 60,
        (false, true, _) | (true, false, _) => 45,
    };
    Some((start..end, percent))
}

/// One name alone behind a title or a greeting: `Mr Lindqvist`, `Dr. Smith`, `Dear Mateo,`. The blank is the one
/// before it.
fn addressed(text: &[u8], blank: usize) -> Option<(Range<usize>, i32)> {
    let end = if text.get(blank.checked_sub(1)?) == Some(&b'.') {
        blank - 1
    } else {
        blank
    };
    let start = word_before(text, end)?;
    let word = text
        .get(start..end)
        .filter(|w| (2..=5).contains(&w.len()))?;
    let title = [&b"Mr"[..], b"Mrs", b"Ms", b"Mx", b"Dr", b"Prof", b"Miss"].contains(&word);
    if !title && ![&b"Dear"[..], b"Hi", b"Hello", b"Hey"].contains(&word) {
        return None;
    }
    let at = blank + 1;
    let rest = text.get(at..)?;
    let len = rest.iter().take(WORD).take_while(|b| in_word(**b)).count();
    let name = rest.get(..len)?;
    let name = name.strip_suffix(b"'s").unwrap_or(name);
    let mut behind = rest.get(name.len()..)?.iter();
    let (next, then) = (behind.next(), behind.next());
    // A second name is read with the first.
    let more = next == Some(&b' ') && then.is_some_and(u8::is_ascii_uppercase)
        || next.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'@' | b'/'));
    let small = name
        .iter()
        .skip(1)
        .filter(|b| b.is_ascii_lowercase())
        .count();
    let text = std::str::from_utf8(name).ok()?;
    if more || small * 2 < name.len() || listed(OTHERS, text) || listed(NOBODY, text) {
        return None;
    }
    let ends = next.is_none_or(|b| matches!(b, b',' | b'!' | b':' | b'\r' | b'\n'));
    let known = kind(name) & (FIRST | LAST) != 0;
    (title || known && ends).then_some((at..at + name.len(), if title { 65 } else { 60 }))
}

/// Where the word that ends here begins.
fn word_before(text: &[u8], end: usize) -> Option<usize> {
    let word = text.get(end.saturating_sub(WORD)..end)?;
    Some(end - word.iter().rev().take_while(|b| in_word(**b)).count())
}

/// Whether what follows leaves it a name: no digit, no word that makes a company or a street of it.
fn behind_fits(text: &[u8], end: usize) -> bool {
    let rest = text.get(end..).unwrap_or_default();
    if rest
        .first()
        .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'@' | b'/' | b'-'))
    {
        return false;
    }
    let rest = rest.strip_prefix(b",").unwrap_or(rest);
    let rest = rest.strip_prefix(b" ").unwrap_or_default();
    let len = rest.iter().take(WORD).take_while(|b| in_word(**b)).count();
    !std::str::from_utf8(rest.get(..len).unwrap_or_default())
        .is_ok_and(|w| w.len() > 1 && listed(OTHERS, w))
}

/// Whether nothing but blanks follows in the line.
fn ends_line(text: &[u8], end: usize) -> bool {
    let rest = text.get(end..).unwrap_or_default();
    let blank = rest
        .iter()
        .take(8)
        .take_while(|b| matches!(b, b' ' | b'\t' | b'\r'))
        .count();
    rest.get(blank).is_none_or(|b| *b == b'\n')
}

/// Whether the line that begins here stands in a letter where a name does: over an address, under the close.
fn in_letter(text: &[u8], start: usize) -> bool {
    const ROOMS: [&[u8]; 6] = [
        b"Flat ",
        b"Apt ",
        b"Unit ",
        b"Suite ",
        b"PO Box",
        b"P.O. Box",
    ];
    const CLOSES: [&[u8]; 9] = [
        b"incerely",
        b"aithfully",
        b"egards",
        b"ruly",
        b"ours",
        b"ishes",
        b"espectfully",
        b"hanks",
        b"heers",
    ];
    let line = text
        .get(start..(start + NAME).min(text.len()))
        .unwrap_or_default();
    let below = memchr::memchr(b'\n', line)
        .and_then(|i| text.get(start + i + 1..))
        .unwrap_or_default();
    let digits = below
        .iter()
        .take(6)
        .take_while(|b| b.is_ascii_digit())
        .count();
    let street = (1..6).contains(&digits)
        && below.get(digits) == Some(&b' ')
        && below
            .get(..below.len().min(160))
            .and_then(|b| std::str::from_utf8(b).ok())
            .and_then(|b| b.lines().next())
            .is_some_and(|line| crate::detect::addresses::in_prose("", line).is_some());
    if street || ROOMS.iter().any(|w| below.starts_with(w)) {
        return true;
    }
    let lead = text
        .get(start.saturating_sub(40)..start)
        .unwrap_or_default();
    let close = lead.trim_ascii_end();
    let close = close
        .get(memchr::memrchr(b'\n', close).map_or(0, |i| i + 1)..)
        .unwrap_or_default();
    close.len() < 32
        && close.ends_with(b",")
        && close.first().is_some_and(u8::is_ascii_uppercase)
        && CLOSES
            .iter()
            .any(|w| memchr::memmem::find(close, w).is_some())
}

#[derive(Debug, PartialEq, Eq)]
enum Before {
    /// A word that introduces a name.
    Cue,
    /// A number: of a house.
    Number,
    /// Another capitalised word: a longer name of something.
    Capital,
    Other,
}

/// What stands before a name.
fn before(text: &[u8], start: usize) -> Before {
    let head = text
        .get(start.saturating_sub(WORD + 2)..start)
        .unwrap_or_default();
    let Some(head) = head.strip_suffix(b" ") else {
        return Before::Other;
    };
    if head.last().is_some_and(u8::is_ascii_digit) {
        return Before::Number;
    }
    let head = head
        .strip_suffix(b".")
        .or(head.strip_suffix(b":"))
        .unwrap_or(head);
    let len = head.iter().rev().take_while(|b| in_word(**b)).count();
    let word = head.get(head.len() - len..).unwrap_or_default();
    if std::str::from_utf8(word).is_ok_and(|w| listed(CUES, w)) {
        Before::Cue
    } else if word.first().is_some_and(u8::is_ascii_uppercase) && kind(word) & FIRST == 0 {
        let sentence =
            head.len() == len || head.get(head.len() - len - 1).is_none_or(|b| *b == b'\n');
        if sentence {
            Before::Other
        } else {
            Before::Capital
        }
    } else {
        Before::Other
    }
}

/// Whether a word is a given name or a surname, and no everyday word.
pub(super) fn is_known(word: &str) -> bool {
    let kind = kind(word.as_bytes());
    kind & (FIRST | LAST) != 0 && kind & PLAIN == 0
}

/// Whether a word is a given name, and no everyday word.
pub(super) fn is_given(word: &str) -> bool {
    let kind = kind(word.as_bytes());
    kind & FIRST != 0 && kind & PLAIN == 0 && word.starts_with(char::is_uppercase)
}

/// Whether a word is an everyday word.
pub(super) fn is_plain(word: &str) -> bool {
    kind(word.as_bytes()) & PLAIN != 0
}

/// What a word can be in a name.
fn kind(word: &[u8]) -> u8 {
    let mut small = [0u8; WORD];
    let Some(slot) = small.get_mut(..word.len()) else {
        return 0;
    };
    slot.copy_from_slice(word);
    slot.make_ascii_lowercase();
    if let Some(found) = NAMES.get(&*slot) {
        return *found;
    }
    // Jean-Pierre: the first of its parts; Étienne: capitals with accents.
    if let Some(cut) = slot.iter().position(|b| *b == b'-') {
        return slot
            .get(..cut)
            .and_then(|w| NAMES.get(w))
            .copied()
            .unwrap_or(0);
    }
    if slot.first() == Some(&0xC3) {
        return std::str::from_utf8(word)
            .ok()
            .and_then(|w| NAMES.get(w.to_lowercase().as_bytes()))
            .copied()
            .unwrap_or(0);
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<&str> {
        let mut out = Vec::new();
        find(
            text.as_bytes(),
            |r, percent| {
                if percent >= 50 {
                    out.push(&text[r]);
                }
            },
            |_| {},
        );
        out
    }

    #[test]
    fn lists_are_sorted() {
        for list in [CUES, NOBODY, OTHERS, PARTICLES] {
            assert!(list.is_sorted());
        }
    }

    #[test]
    fn names_in_sentences() {
        for (text, wanted) in [
            ("Client Anna Frank (SSN 123) called", "Anna Frank"),
            ("Dear Mr Lindqvist, thank you", "Lindqvist"),
            ("we asked Dr. Marchetti's office", "Marchetti"),
            ("Hi Oliver,\nsee below", "Oliver"),
            ("Dear Nicholas Holland, your request", "Nicholas Holland"),
            (
                "Driver license D9375710 belongs to Michael Hoover.",
                "Michael Hoover",
            ),
            ("signed by Hans-Heinrich Krause", "Hans-Heinrich Krause"),
            ("a letter from Jacob van Gameren to us", "Jacob van Gameren"),
            ("we met Jessica Brown's lawyer", "Jessica Brown"),
            ("Patient François Dubois, DOB", "François Dubois"),
            (
                "Yours sincerely,\n\nHiroshi Pemberton\nHead of Operations",
                "Hiroshi Pemberton",
            ),
            (
                "\nKwame Achterberg\n96 Riverside Close, Bristol",
                "Kwame Achterberg",
            ),
        ] {
            assert_eq!(names(text), [wanted], "{text}");
        }
    }

    #[test]
    fn other_capitalised_words() {
        for text in [
            "The batch finished without warnings. Please review the attached statement.",
            "7252 Charles Route, Lake Jason, Hawaii",
            "General Electric and Morgan Stanley Bank",
            "Error Code in Main Thread: Service Started",
            "James Street and Thomas Road",
            "Dear Customer, Dear Sir, Hello World! Hi All, Mr President",
            "Known Issues\n12 Bugs in the Main Court",
            "Release Notes\n\nQuarterly Overview\nMore",
        ] {
            assert!(names(text).is_empty(), "{text}: {:?}", names(text));
        }
    }

    #[test]
    fn blanks_are_found_across_blocks() {
        for pad in 0..130 {
            let text = format!("{} Anna Frank called", "x".repeat(pad));
            assert_eq!(names(&text), ["Anna Frank"], "{pad}");
        }
    }
}
