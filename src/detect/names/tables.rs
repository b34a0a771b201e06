//! Word lists for names, laid out for quick look-up.

pub(in crate::detect) use super::lists::{sections, words};
use std::{ops::Range, sync::LazyLock};

const FIRST: u32 = 0x4E00;
const COUNT: usize = 0x5200;

/// What a character can be in a name.
pub(super) mod flag {
    /// One of the two hundred most common surnames.
    pub(in crate::detect) const SURNAME_COMMON: u16 = 1;
    /// Any other surname.
    pub(in crate::detect) const SURNAME: u16 = 2;
    /// Very common in given names.
    pub(in crate::detect) const GIVEN_STRONG: u16 = 4;
    /// Common in given names.
    pub(in crate::detect) const GIVEN: u16 = 8;
    /// A character of everyday words, seldom in names.
    pub(in crate::detect) const SELDOM: u16 = 16;
    /// Used to write foreign and minority names by sound.
    pub(in crate::detect) const SOUND: u16 = 32;
    /// May follow a name in a sentence.
    pub(in crate::detect) const AFTER: u16 = 64;
    /// Begins a word that follows names.
    pub(in crate::detect) const AFTER_WORD: u16 = 128;
    /// Begins a word that is no name.
    pub(in crate::detect) const NOT_NAME: u16 = 256;
    /// Begins a compound surname.
    pub(in crate::detect) const COMPOUND: u16 = 512;
    /// Ends a word that is no name.
    pub(in crate::detect) const NOT_NAME_END: u16 = 1024;
    /// Ends the name of an organisation.
    pub(in crate::detect) const ORGANISATION_END: u16 = 2048;
    /// Begins a word that marks an organisation.
    pub(in crate::detect) const ORGANISATION: u16 = 4096;
    /// Used now and then to write names by sound.
    pub(in crate::detect) const SOUND_WIDE: u16 = 8192;
    /// One of the 3755 characters of everyday text (GB 2312, level 1).
    pub(in crate::detect) const EVERYDAY: u16 = 16384;
}

/// Words with a look-up by what a text begins with.
#[derive(Debug)]
pub(in crate::detect) struct Words {
    /// Sorted.
    all: Vec<&'static str>,
    /// First character and the range of its words in `all`; sorted.
    firsts: Vec<(char, u32, u32)>,
    /// By Chinese character: one more than its place in `firsts`.
    index: Vec<u16>,
    /// By word: its second character, NUL when it has none.
    seconds: Vec<char>,
    /// A bit for each first character that is not Chinese, by its lowest ten bits: most of a text's
    /// letters, digits and marks begin no word.
    others: [u64; 16],
    /// A bit for each pair of characters that a word begins with, by [`pair`].
    pairs: Vec<u64>,
    /// By place in `firsts`: the character alone is a word.
    alone: Vec<bool>,
}

/// Place of a character in [`Words::others`].
fn bit(c: char) -> (usize, u64) {
    let low = u32::from(c) & 1023;
    ((low >> 6) as usize, 1 << (low & 63))
}

/// Bits of [`Words::pairs`].
const PAIRS: usize = 1 << 16;

/// Place of two characters in [`Words::pairs`].
fn pair(first: char, second: char) -> (usize, u64) {
    let hash = (u32::from(first) << 16 ^ u32::from(second)).wrapping_mul(0x9E37_79B9) >> 16;
    (hash as usize / 64, 1 << (hash % 64))
}

impl Words {
    /// Collects words from lists of words with blanks between.
    pub(in crate::detect) fn new(words: impl Iterator<Item = &'static str>) -> Self {
        let mut all: Vec<&str> = words.collect();
        all.sort_unstable();
        all.dedup();
        let mut firsts: Vec<(char, u32, u32)> = Vec::new();
        for (i, word) in (0u32..).zip(&all) {
            let Some(c) = word.chars().next() else {
                continue;
            };
            match firsts.last_mut() {
                Some(last) if last.0 == c => last.2 = i + 1,
                _ => firsts.push((c, i, i + 1)),
            }
        }
        let mut index = vec![0; COUNT];
        let mut others = [0; 16];
        for (i, f) in (1u16..).zip(&firsts) {
            if let Some(slot) = place(f.0).and_then(|p| index.get_mut(p)) {
                *slot = i;
            } else {
                let (word, bit) = bit(f.0);
                if let Some(slot) = others.get_mut(word) {
                    *slot |= bit;
                }
            }
        }
        let mut pairs = vec![0; PAIRS / 64];
        for word in &all {
            let mut chars = word.chars();
            if let (Some(a), Some(b)) = (chars.next(), chars.next()) {
                let (at, bit) = pair(a, b);
                if let Some(slot) = pairs.get_mut(at) {
                    *slot |= bit;
                }
            }
        }
        let is_alone = |i: &u32| {
            let word = all.get(*i as usize);
            word.is_some_and(|w| w.chars().nth(1).is_none())
        };
        let alone = firsts.iter().map(|f| is_alone(&f.1)).collect();
        let seconds = all
            .iter()
            .map(|w| w.chars().nth(1).unwrap_or('\0'))
            .collect();
        Self {
            all,
            firsts,
            index,
            seconds,
            others,
            pairs,
            alone,
        }
    }

    /// Whether a word may begin with these two characters, or is the first alone. Few that do not begin one pass.
    pub(in crate::detect) fn may_begin(&self, first: char, second: char) -> bool {
        let (at, bit) = pair(first, second);
        if self.pairs.get(at).is_some_and(|w| w & bit != 0) {
            return !self.range(first).is_empty();
        }
        self.number(first)
            .and_then(|n| self.alone.get(n))
            .is_some_and(|a| *a)
    }

    /// Whether some word of two characters or more may begin with these: few that begin none pass.
    #[inline]
    pub(in crate::detect) fn may_pair(&self, first: char, second: char) -> bool {
        let (at, bit) = pair(first, second);
        self.pairs.get(at).is_some_and(|w| w & bit != 0)
    }

    /// Place of a character in `firsts`.
    fn number(&self, first: char) -> Option<usize> {
        if let Some(&i) = place(first).and_then(|p| self.index.get(p)) {
            return usize::from(i).checked_sub(1);
        }
        let (word, bit) = bit(first);
        if self.others.get(word).is_none_or(|w| w & bit == 0) {
            return None;
        }
        self.firsts.binary_search_by_key(&first, |f| f.0).ok()
    }

    /// The words that begin with a character, as a range of `all`.
    fn range(&self, first: char) -> Range<usize> {
        self.number(first)
            .and_then(|at| self.firsts.get(at))
            .map_or(0..0, |&(_, a, b)| a as usize..b as usize)
    }

    /// Whether a word begins with this character.
    pub(in crate::detect) fn begins(&self, first: char) -> bool {
        !self.range(first).is_empty()
    }

    /// Length in bytes of the longest word that `text` begins with; 0 when there is none.
    pub(in crate::detect) fn longest(&self, text: &str) -> usize {
        let mut chars = text.chars();
        let Some(first) = chars.next() else { return 0 };
        let second = chars.next().unwrap_or('\0');
        if !self.may_begin(first, second) {
            return 0;
        }
        let range = self.range(first);
        let words = self.all.get(range.clone()).unwrap_or_default();
        let seconds = self.seconds.get(range).unwrap_or_default();
        let like = words
            .iter()
            .zip(seconds)
            .filter(|(w, s)| (**s == second || **s == '\0') && text.starts_with(**w));
        like.map(|(w, _)| w.len()).max().unwrap_or(0)
    }

    /// Whether `text` as a whole is one of the words.
    pub(in crate::detect) fn has(&self, text: &str) -> bool {
        let mut chars = text.chars();
        let Some(first) = chars.next() else {
            return false;
        };
        let range = self.range(first);
        let second = chars.next().unwrap_or('\0');
        let words = self.all.get(range.clone()).unwrap_or_default();
        let seconds = self.seconds.get(range).unwrap_or_default();
        words
            .iter()
            .zip(seconds)
            .any(|(w, s)| *s == second && *w == text)
    }

    /// First characters.
    pub(in crate::detect) fn firsts(&self) -> impl Iterator<Item = char> + '_ {
        self.firsts.iter().map(|f| f.0)
    }
}

static DIVISIONS: LazyLock<Words> = LazyLock::new(|| {
    let counties = words(include_str!("../../../rules/words/counties.txt"));
    Words::new(words(include_str!("../../../rules/words/divisions.txt")).chain(counties))
});

/// Names of provinces, cities and counties, read at first use.
pub(in crate::detect) fn divisions() -> &'static Words {
    &DIVISIONS
}

/// Place of a Chinese character in a table.
fn place(c: char) -> Option<usize> {
    (c as usize)
        .checked_sub(FIRST as usize)
        .filter(|&p| p < COUNT)
}

/// The lists about names.
#[derive(Debug)]
pub(super) struct Tables {
    flags: Vec<u16>,
    pub(super) compound: Words,
    pub(super) not_names: Words,
    pub(super) after: Words,
    /// Words that may be names where a label or header says so.
    pub(super) maybe: Words,
    /// Endings of organisations, longest first.
    pub(super) organisations: Vec<&'static str>,
    pub(super) organisation_marks: Words,
}

static TABLES: LazyLock<Tables> = LazyLock::new(Tables::new);

/// The lists, read at first use.
pub(super) fn tables() -> &'static Tables {
    &TABLES
}

impl Tables {
    fn new() -> Self {
        let after_list = include_str!("../../../rules/words/after-names.txt");
        let organisations = include_str!("../../../rules/words/organisations.txt");
        let compound_list = include_str!("../../../rules/words/surnames-compound.txt");
        let not_list = include_str!("../../../rules/words/not-names.txt");
        let mut out = Self {
            flags: vec![0; COUNT],
            compound: Words::new(words(compound_list)),
            not_names: Words::new(words(not_list)),
            maybe: Words::new(sections(not_list).filter(|s| s.0 == "maybe").map(|s| s.1)),
            after: Words::new(sections(after_list).filter(|s| s.0 == "words").map(|s| s.1)),
            organisations: sections(organisations)
                .filter(|s| s.0 == "endings")
                .map(|s| s.1)
                .collect(),
            organisation_marks: Words::new(
                sections(organisations)
                    .filter(|s| s.0 == "within")
                    .map(|s| s.1),
            ),
        };
        for (section, word) in sections(include_str!("../../../rules/words/surnames.txt")) {
            out.mark(
                word,
                if section == "common" {
                    flag::SURNAME_COMMON
                } else {
                    flag::SURNAME
                },
            );
        }
        for (section, word) in sections(include_str!("../../../rules/words/given.txt")) {
            out.mark(
                word,
                if section == "strong" {
                    flag::GIVEN_STRONG
                } else {
                    flag::GIVEN
                },
            );
        }
        for word in words(include_str!("../../../rules/words/given-seldom.txt")) {
            out.mark(word, flag::SELDOM);
        }
        for (section, word) in sections(include_str!("../../../rules/words/transliteration.txt")) {
            out.mark(
                word,
                if section == "wide" {
                    flag::SOUND_WIDE
                } else {
                    flag::SOUND | flag::SOUND_WIDE
                },
            );
        }
        for (_, word) in sections(after_list).filter(|s| s.0 == "chars") {
            out.mark(word, flag::AFTER);
        }
        let firsts = |words: &Words| -> String { words.firsts().collect() };
        let ends = |words: &mut dyn Iterator<Item = &'static str>| -> String {
            words.filter_map(|w| w.chars().next_back()).collect()
        };
        for (chars, bit) in [
            (firsts(&out.after), flag::AFTER_WORD),
            (firsts(&out.not_names), flag::NOT_NAME),
            (firsts(&out.compound), flag::COMPOUND),
            (firsts(&out.organisation_marks), flag::ORGANISATION),
            (ends(&mut words(not_list)), flag::NOT_NAME_END),
            (
                ends(&mut out.organisations.iter().copied()),
                flag::ORGANISATION_END,
            ),
            (everyday(), flag::EVERYDAY),
        ] {
            out.mark(&chars, bit);
        }
        out
    }

    fn mark(&mut self, chars: &str, bit: u16) {
        for c in chars.chars() {
            if let Some(f) = place(c).and_then(|p| self.flags.get_mut(p)) {
                *f |= bit;
            }
        }
    }

    /// What is known of a character.
    pub(super) fn flags(&self, c: char) -> u16 {
        place(c)
            .and_then(|p| self.flags.get(p))
            .copied()
            .unwrap_or(0)
    }

    /// Whether a character is one of these.
    pub(super) fn is(&self, c: char, bits: u16) -> bool {
        self.flags(c) & bits != 0
    }

    /// How much a character speaks for being in a given name, from -3 to 3.
    pub(super) fn given(&self, c: char) -> i32 {
        let f = self.flags(c);
        let seldom = f & flag::SELDOM != 0;
        match (f & flag::GIVEN_STRONG != 0, f & flag::GIVEN != 0) {
            (true, _) => 3 - i32::from(seldom),
            (_, true) => 2 - 2 * i32::from(seldom),
            _ if seldom => -3,
            // A character seen little elsewhere was chosen for a name.
            _ => i32::from(f & flag::EVERYDAY == 0),
        }
    }

    /// How much a character speaks for being a surname; 0 when it is none.
    pub(super) fn surname(&self, c: char) -> i32 {
        let f = self.flags(c);
        if f & flag::SURNAME_COMMON != 0 {
            3
        } else {
            i32::from(f & flag::SURNAME != 0)
        }
    }

    /// Length in bytes of the longest word that is no name at the start of `text`.
    pub(super) fn not_name(&self, text: &str) -> usize {
        if text
            .chars()
            .next()
            .is_some_and(|c| self.is(c, flag::NOT_NAME))
        {
            self.not_names.longest(text)
        } else {
            0
        }
    }

    /// Length in bytes of the longest word at the start of `text` that may follow a name.
    pub(super) fn after_word(&self, text: &str) -> usize {
        if text
            .chars()
            .next()
            .is_some_and(|c| self.is(c, flag::AFTER_WORD))
        {
            self.after.longest(text)
        } else {
            0
        }
    }
}

/// The characters of GB 2312, level 1: rows 16 to 55.
fn everyday() -> String {
    let bytes: Vec<u8> = (0xB0..=0xD7u8)
        .flat_map(|row| (0xA1..=0xFEu8).flat_map(move |cell| [row, cell]))
        .collect();
    encoding_rs::GBK
        .decode_without_bom_handling(&bytes)
        .0
        .into_owned()
}

/// A Chinese character.
pub(in crate::detect) fn is_han(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' | '\u{20000}'..='\u{323AF}' | '\u{F900}'..='\u{FAFF}' | '〇')
}

/// A dot between the parts of a name.
pub(super) fn is_middle_dot(c: char) -> bool {
    matches!(
        c,
        '·' | '•' | '\u{30FB}' | '\u{FF65}' | '\u{2027}' | '\u{2219}' | '\u{22C5}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_their_start() {
        let w = Words::new(["高兴", "高", "高中生"].into_iter());
        assert_eq!(w.longest("高中生活"), 9);
        assert_eq!(w.longest("高兴"), 6);
        assert_eq!(w.longest("低"), 0);
        assert!(w.has("高") && !w.has("高中"));
    }

    #[test]
    fn lists_are_read() {
        let t = tables();
        assert_eq!(t.surname('王'), 3);
        assert_eq!(t.surname('的'), 0);
        assert_eq!(t.given('芳'), 3);
        assert_eq!(t.given('的'), -3);
        assert!(t.compound.has("欧阳"));
        assert!(t.not_name("系统") > 0 && t.after_word("电话") > 0);
    }
}
