//! Words of Chinese with how unlikely each is, and how unlikely a character is in a name.
//!
//! Costs are in half nats, −2 ln p: adding costs multiplies probabilities, and of two readings of a text
//! the one with the smaller sum is the likelier. The tables are made by `rules/words/make/lexicon.py`.

use super::tables::sections;
use std::sync::LazyLock;

const FIRST: u32 = 0x4E00;
const COUNT: usize = 0x5200;
/// Characters of the longest word kept.
pub(super) const LONGEST: usize = 8;
/// Cost of what is in no list.
pub(super) const UNKNOWN: u8 = 60;
/// Bits of the filter of pairs.
const PAIRS: usize = 1 << 20;
/// Cost of a character that stands alone and is no word of its own.
const ALONE: u8 = 32;

/// Compound surnames that are no words otherwise.
const SURNAMES: [&str; 22] = [
    "欧阳", "司马", "上官", "诸葛", "夏侯", "皇甫", "慕容", "令狐", "司徒", "尉迟", "公孙", "端木",
    "轩辕", "长孙", "宇文", "独孤", "南宫", "呼延", "申屠", "淳于", "闻人", "澹台",
];

/// A character as the tables know it: 0 for what is no Chinese character, else from 1.
pub(super) type Code = u16;

/// What a word says of a name beside it.
pub(super) mod beside {
    /// A title, an office, a trade: 总统, 记者.
    pub(in crate::detect) const ROLE: u8 = 1;
    /// What persons do, behind a name: 表示, 出席.
    pub(in crate::detect) const SAY: u8 = 2;
    /// Before a name: 访问, 与.
    pub(in crate::detect) const BEFORE: u8 = 4;
    /// Introduces a name: 名叫.
    pub(in crate::detect) const CALL: u8 = 8;
}

/// A word of the lexicon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    /// How unlikely, half nats.
    pub cost: u8,
    /// Its class, a letter: see `rules/words/lexicon.txt`; 0 when it is only the start of longer words.
    pub class: u8,
    /// What it says of a name beside it.
    pub beside: u8,
    /// Longer words begin with it.
    longer: bool,
}

const NONE: Word = Word {
    cost: UNKNOWN,
    class: 0,
    beside: 0,
    longer: false,
};

/// How unlikely a character is at each place in a name, and in none: eight bytes, read together.
#[derive(Debug, Clone, Copy)]
pub(super) struct InName {
    /// As a surname.
    pub surname: u8,
    /// As the first and the second character of a given name of two.
    pub first: u8,
    /// See `first`.
    pub second: u8,
    /// As a given name of one character.
    pub single: u8,
    /// At the beginning of, within and at the end of a foreign name.
    pub begin: u8,
    /// See `begin`.
    pub middle: u8,
    /// See `begin`.
    pub end: u8,
    /// As a word of its own.
    pub alone: u8,
}

/// What is no Chinese character.
pub(super) const NOT_IN_NAME: InName = InName {
    surname: UNKNOWN,
    first: UNKNOWN,
    second: UNKNOWN,
    single: UNKNOWN,
    begin: UNKNOWN,
    middle: UNKNOWN,
    end: UNKNOWN,
    alone: ALONE,
};

/// What may begin with a character.
pub(super) mod starts {
    /// A surname of one character.
    pub(in crate::detect) const SURNAME: u8 = 1;
    /// A surname of two.
    pub(in crate::detect) const COMPOUND: u8 = 2;
    /// A name written by sound.
    pub(in crate::detect) const SOUND: u8 = 4;
    /// A part of a name of a minority.
    pub(in crate::detect) const PART: u8 = 8;
    /// Any of these.
    pub(in crate::detect) const NAME: u8 = SURNAME | COMPOUND | SOUND | PART;
    /// The name of a division, or of the country.
    pub(in crate::detect) const DIVISION: u8 = 16;
    /// Nothing: the character ends places and organisations rather than names.
    pub(in crate::detect) const PLACE_END: u8 = 32;
}

/// A character as it is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Glyph {
    /// Its costs.
    pub costs: InName,
    /// Its code, which is that of its simplified form.
    pub code: Code,
    /// [`starts`], of the character itself.
    pub starts: u8,
}

/// What no table knows.
const NO_GLYPH: Glyph = Glyph {
    costs: NOT_IN_NAME,
    code: 0,
    starts: 0,
};

/// Costs of the words that begin at one place, by their characters less two; 0 where there is none.
pub(super) type Costs = [u8; LONGEST - 1];

/// The words and characters.
#[derive(Debug)]
pub(super) struct Lexicon {
    /// Open addressing by [`mixed`] keys; 0 is free. The upper forty bits are the key's, the others [`Word::packed`].
    slots: Vec<u64>,
    /// Bits of the pairs of characters that some word begins with: small enough to stay at hand.
    pairs: Vec<u64>,
    singles: Vec<Word>,
    in_name: Vec<InName>,
    /// Simplified form of each character, as a code.
    simple: Vec<Code>,
    /// By character, as [`plain_code`] numbers them.
    glyphs: Vec<Glyph>,
    /// The most that words which end, or begin, with a character say of a name behind, or before, them.
    says: Vec<[i8; 2]>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::new);

/// The lexicon, built at first use.
pub(super) fn lexicon() -> &'static Lexicon {
    &LEXICON
}

fn plain_code(c: char) -> Code {
    (c as u32)
        .checked_sub(FIRST)
        .filter(|&p| (p as usize) < COUNT)
        .and_then(|p| Code::try_from(p + 1).ok())
        .unwrap_or(0)
}

/// What a word beside a name says for it, in half nats.
pub(super) mod weight {
    use super::beside;

    /// The most that any other word says.
    pub(in crate::detect) const OTHER: i8 = 3;

    /// A word before a name, by the bits of [`beside`].
    pub(in crate::detect) fn left(bits: u8) -> i8 {
        match bits {
            b if b & beside::CALL != 0 => 8,
            b if b & beside::ROLE != 0 => 7,
            _ => OTHER,
        }
    }

    /// A word behind a name.
    pub(in crate::detect) fn right(bits: u8) -> i8 {
        match bits {
            b if b & beside::SAY != 0 => 7,
            b if b & beside::ROLE != 0 => 5,
            _ => OTHER,
        }
    }
}

/// Up to four characters are their own key; more are mixed in, and set the uppermost bit, which no code has.
fn key(codes: &[Code]) -> u64 {
    let (head, tail) = codes.split_at(codes.len().min(4));
    let key = head.iter().fold(0, |k, &c| k << 16 | u64::from(c));
    tail.iter().fold(key, |k, &c| {
        (k ^ u64::from(c)).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 << 63
    })
}

/// Bits of a slot that hold the word.
const WORD_BITS: u32 = 24;

/// A key whose every bit depends on all of the characters: the lower forty bits tell entries apart, the upper say
/// where to look.
fn mixed(codes: &[Code]) -> u64 {
    let mut key = key(codes).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    key ^= key >> 32;
    key = key.wrapping_mul(0xD6E8_FEB8_6659_FD93);
    key ^ key >> 29
}

impl Word {
    /// In [`WORD_BITS`]; never 0, since no word of these costs nothing.
    fn packed(self) -> u64 {
        let flags = self.beside & 0x7F | u8::from(self.longer) << 7;
        u64::from(self.cost) << 16 | u64::from(self.class) << 8 | u64::from(flags)
    }

    fn unpacked(slot: u64) -> Self {
        let [flags, class, cost, ..] = slot.to_le_bytes();
        Self {
            cost,
            class,
            beside: flags & 0x7F,
            longer: flags & 0x80 != 0,
        }
    }
}

/// Cost and letter of a section named `n23`.
fn section_of(name: &str) -> Option<(u8, u8)> {
    let letter = *name.as_bytes().first()?;
    Some((letter, name.get(1..)?.parse().ok()?))
}

impl Lexicon {
    fn new() -> Self {
        let words = include_str!("../../../rules/words/lexicon.txt");
        let mut out = Self {
            // At most half full: three bytes a character, two characters and a blank a word at least.
            slots: vec![0; (words.len() / 7 * 2).next_power_of_two()],
            pairs: vec![0; PAIRS / 64],
            singles: vec![NONE; COUNT + 1],
            in_name: vec![NOT_IN_NAME; COUNT + 1],
            simple: (0..=Code::try_from(COUNT).unwrap_or(Code::MAX)).collect(),
            glyphs: Vec::new(),
            says: vec![[weight::OTHER; 2]; COUNT + 1],
        };
        for (_, pair) in sections(include_str!("../../../rules/words/traditional.txt")) {
            let mut chars = pair.chars();
            if let (Some(old), Some(new)) = (chars.next(), chars.next())
                && let Some(slot) = out.simple.get_mut(usize::from(plain_code(old)))
            {
                *slot = plain_code(new);
            }
        }
        for (section, word) in sections(words) {
            if let Some((class, cost)) = section_of(section) {
                out.add(word, class, cost, 0);
            }
        }
        for word in super::tables::words(include_str!("../../../rules/words/not-names.txt")) {
            out.add(word, b'n', 24, 0);
        }
        for (list, cost) in [
            (include_str!("../../../rules/words/foreign-places.txt"), 20),
            (include_str!("../../../rules/words/divisions.txt"), 22),
            (include_str!("../../../rules/words/counties.txt"), 24),
        ] {
            for word in super::tables::words(list) {
                out.add(word, b's', cost, 0);
            }
        }
        for surname in SURNAMES {
            // Counted with the names that it begins.
            let codes: Vec<Code> = surname.chars().map(plain_code).collect();
            out.update(&codes, |w| w.cost = ALONE);
        }
        for (section, word) in sections(include_str!("../../../rules/words/name-context.txt")) {
            let (class, bit) = match section {
                "role" => (b'n', beside::ROLE),
                "say" => (b'v', beside::SAY),
                "before" => (b'v', beside::BEFORE),
                _ => (b'v', beside::CALL),
            };
            out.add(word, class, 26, bit);
            out.add_says(word, bit);
        }
        for (section, chars) in sections(include_str!("../../../rules/words/name-characters.txt")) {
            if let Some((place, cost)) = section_of(section) {
                out.character(place, cost, chars);
            }
        }
        out.add_unseen();
        out.weigh_singles();
        out.add_glyphs();
        out
    }

    /// Notes what a word beside a name says by its outer characters.
    fn add_says(&mut self, word: &str, bit: u8) {
        let (left, right) = (weight::left(bit), weight::right(bit));
        let code = |c: Option<char>| c.map_or(0, |c| usize::from(self.code(c)));
        let (first, last) = (code(word.chars().next()), code(word.chars().next_back()));
        if let Some(says) = self.says.get_mut(last) {
            says[0] = says[0].max(left);
        }
        if let Some(says) = self.says.get_mut(first) {
            says[1] = says[1].max(right);
        }
    }

    /// Sets what each character is read as.
    fn add_glyphs(&mut self) {
        let t = super::tables::tables();
        self.glyphs = (0..=COUNT)
            .map(|plain| {
                let c = u32::try_from(plain)
                    .ok()
                    .and_then(|p| char::from_u32(FIRST + p.checked_sub(1)?));
                let Some(c) = c else {
                    return NO_GLYPH;
                };
                let code = self.code(c);
                let n = self.in_name(code);
                let division = c == '中' || super::tables::divisions().begins(c);
                let bit = |is: bool, bit: u8| if is { bit } else { 0 };
                Glyph {
                    costs: n,
                    code,
                    starts: bit(n.surname < UNKNOWN, starts::SURNAME)
                        | bit(t.is(c, super::tables::flag::COMPOUND), starts::COMPOUND)
                        | bit(n.begin < UNKNOWN, starts::SOUND)
                        | bit(super::prose::is_part(c), starts::PART)
                        | bit(division, starts::DIVISION)
                        | bit(super::prose::PLACE_ENDS.contains(c), starts::PLACE_END),
                }
            })
            .collect();
    }

    /// A character as it is read.
    #[inline]
    pub(super) fn glyph(&self, c: u32) -> &Glyph {
        let at = c.wrapping_sub(FIRST - 1) as usize;
        self.glyphs.get(at).unwrap_or(&NO_GLYPH)
    }

    /// The most that the word which ends with this character can say of a name behind it.
    pub(super) fn most_before(&self, code: Code) -> i32 {
        let says = self.says.get(usize::from(code));
        says.map_or(0, |s| i32::from(s[0]))
    }

    /// The most that the word which begins with this character can say of a name before it.
    pub(super) fn most_behind(&self, code: Code) -> i32 {
        let says = self.says.get(usize::from(code));
        says.map_or(0, |s| i32::from(s[1]))
    }

    /// Costs of the words of two characters or more at the start.
    #[inline]
    pub(super) fn costs(&self, codes: &[Code]) -> Costs {
        let mut out = Costs::default();
        self.words(codes, |len, word| {
            if let Some(slot) = out.get_mut(len - 2) {
                *slot = word.cost.max(1);
            }
        });
        out
    }

    /// Adds a word, or a meaning to a word that is there.
    fn add(&mut self, word: &str, class: u8, cost: u8, bits: u8) {
        let mut codes = [0; LONGEST];
        let mut len = 0;
        for c in word.chars() {
            let Some(slot) = codes.get_mut(len) else {
                return;
            };
            *slot = plain_code(c);
            if *slot == 0 {
                return;
            }
            len += 1;
        }
        let fill = |w: &mut Word| {
            if w.class == 0 {
                w.class = class;
                w.cost = cost;
            }
            w.beside |= bits;
        };
        if len == 1 {
            if let Some(w) = self.singles.get_mut(usize::from(codes[0])) {
                fill(w);
            }
            return;
        }
        if let Some((at, bit)) = Self::pair(&codes)
            && let Some(word) = self.pairs.get_mut(at)
        {
            *word |= bit;
        }
        for part in 2..len {
            self.update(codes.get(..part).unwrap_or_default(), |w| w.longer = true);
        }
        self.update(codes.get(..len).unwrap_or_default(), fill);
    }

    /// Changes an entry, which is made if it is not there.
    fn update(&mut self, codes: &[Code], change: impl FnOnce(&mut Word)) {
        let key = mixed(codes);
        let at = self.place(key);
        if let Some(slot) = self.slots.get_mut(at) {
            let mut word = if *slot == 0 {
                NONE
            } else {
                Word::unpacked(*slot)
            };
            change(&mut word);
            *slot = key << WORD_BITS | word.packed();
        }
    }

    /// Bit of the pair of characters that a word begins with.
    fn pair(codes: &[Code]) -> Option<(usize, u64)> {
        let &[a, b, ..] = codes else { return None };
        let hash = (u32::from(a) << 16 | u32::from(b)).wrapping_mul(0x9E37_79B9) >> 12;
        let bit = usize::try_from(hash).ok()?;
        Some((bit / 64, 1 << (bit % 64)))
    }

    /// Where a key is, or the free place where it would be.
    fn place(&self, key: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = usize::try_from(key >> 32).unwrap_or(0) & mask;
        while let Some(&slot) = self.slots.get(at) {
            if slot == 0 || slot >> WORD_BITS == key << WORD_BITS >> WORD_BITS {
                break;
            }
            at = (at + 1) & mask;
        }
        at
    }

    fn character(&mut self, place: u8, cost: u8, chars: &str) {
        for c in chars.chars() {
            let Some(n) = self.in_name.get_mut(usize::from(plain_code(c))) else {
                continue;
            };
            match place {
                b'x' => n.surname = cost,
                b'f' => n.first = cost,
                b'g' => n.second = cost,
                b'h' => n.single = cost,
                b'b' => n.begin = cost,
                b'm' => n.middle = cost,
                _ => n.end = cost,
            }
        }
    }

    /// Code of a character; traditional ones have that of their simplified form.
    pub(super) fn code(&self, c: char) -> Code {
        self.simple
            .get(usize::from(plain_code(c)))
            .copied()
            .unwrap_or(0)
    }

    /// A character that stands alone.
    pub(super) fn single(&self, code: Code) -> Word {
        self.singles.get(usize::from(code)).copied().unwrap_or(NONE)
    }

    /// Calls `give` with each word of two characters or more at the start, and its length.
    pub(super) fn words(&self, codes: &[Code], mut give: impl FnMut(usize, Word)) {
        if Self::pair(codes)
            .and_then(|(at, bit)| self.pairs.get(at).map(|w| w & bit))
            .is_none_or(|found| found == 0)
        {
            return;
        }
        for len in 2..=LONGEST.min(codes.len()) {
            let Some(&slot) = codes
                .get(..len)
                .filter(|c| c.last() != Some(&0))
                .and_then(|c| self.slots.get(self.place(mixed(c))))
            else {
                return;
            };
            if slot == 0 {
                return;
            }
            let word = Word::unpacked(slot);
            if word.class != 0 {
                give(len, word);
            }
            if !word.longer {
                return;
            }
        }
    }

    /// A word of these characters.
    pub(super) fn word(&self, codes: &[Code]) -> Option<Word> {
        if let [one] = codes {
            return Some(self.single(*one));
        }
        let mut found = None;
        self.words(codes, |len, word| {
            if len == codes.len() {
                found = Some(word);
            }
        });
        found
    }

    /// What a character is in names.
    pub(super) fn in_name(&self, code: Code) -> InName {
        self.in_name
            .get(usize::from(code))
            .copied()
            .unwrap_or(NOT_IN_NAME)
    }

    /// Characters that were never seen in a name may be in one all the same: dearer when they are words of
    /// everyday text.
    fn add_unseen(&mut self) {
        for (n, word) in self.in_name.iter_mut().zip(&self.singles).skip(1) {
            let seldom = if word.cost < 20 { 32 } else { 22 };
            n.first = n.first.min(seldom);
            n.second = n.second.min(seldom);
            n.single = n.single.min(seldom);
        }
    }

    /// Costs of single characters as [`Self::single`] gives them.
    fn weigh_singles(&mut self) {
        for (word, n) in self.singles.iter_mut().zip(&mut self.in_name) {
            match word.class {
                0 => (word.cost, word.class) = (ALONE, b'o'),
                // A bound character is hardly ever a word, a surname alone still less.
                b'o' | b'n' | b's' | b'a' => {
                    let more = if n.surname <= 15 { 12 } else { 7 };
                    word.cost = word.cost.saturating_add(more).min(ALONE);
                }
                _ => {}
            }
            n.alone = word.cost;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_their_start() {
        let l = lexicon();
        let codes: Vec<Code> = "表示".chars().map(|c| l.code(c)).collect();
        let word = l.word(&codes).unwrap();
        assert_eq!((word.class, word.beside), (b'v', beside::SAY));
        let mut lengths = Vec::new();
        let codes: Vec<Code> = "总经理说".chars().map(|c| l.code(c)).collect();
        l.words(&codes, |len, _| lengths.push(len));
        assert_eq!(lengths, [3]);
    }

    #[test]
    fn traditional_characters_count_as_simplified_ones() {
        let l = lexicon();
        assert_eq!(l.code('張'), l.code('张'));
        assert_eq!(l.code('a'), 0);
    }

    #[test]
    fn frequent_characters_of_names_cost_little() {
        let l = lexicon();
        let surname = |c| l.in_name(l.code(c)).surname;
        assert!(
            surname('王') < surname('郝') && surname('郝') < UNKNOWN && surname('的') == UNKNOWN
        );
    }
}
