//! Words of Chinese with how unlikely each is, and how unlikely a character is in a name.
//!
//! Costs are in half nats, −2 ln p: adding costs multiplies probabilities, and of two readings of a text
//! the one with the smaller sum is the likelier. `rules/words/make/lexicon.py` counts the words, `build.rs` lays
//! them out (`make.rs`): most of the tables are part of the program and take no time at its start.

mod form;
#[cfg(test)]
mod make;

#[cfg(test)]
use super::lists;
use super::tables::sections;
use form::{COUNT, FIRST, NONE, find, mixed, pair, plain_code};
pub(super) use form::{Code, InName, LONGEST, UNKNOWN, Word, beside};
use std::sync::LazyLock;

/// What is no Chinese character.
pub(super) const NOT_IN_NAME: InName = InName::NOT;

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
    /// Open addressing by [`mixed`] keys; 0 is free. The upper forty bits are the key's, the others the word.
    slots: &'static [[u8; 8]],
    /// Bits of the pairs of characters that some word begins with: small enough to stay at hand.
    pairs: &'static [[u8; 8]],
    /// By code, as in a slot.
    singles: &'static [[u8; 4]],
    in_name: &'static [[u8; 8]],
    /// Simplified form of each character, as a code.
    simple: &'static [[u8; 2]],
    /// By character, as [`plain_code`] numbers them.
    glyphs: Vec<Glyph>,
    /// The most that words which end, or begin, with a character say of a name behind, or before, them.
    says: Vec<[i8; 2]>,
}

/// A table that begins where a line of the cache does.
#[repr(C, align(64))]
struct Aligned<const N: usize>([u8; N]);

/// A table made by `build.rs`.
macro_rules! table {
    ($name:literal) => {{
        const BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/lexicon.", $name));
        static TABLE: Aligned<{ BYTES.len() }> = Aligned(*include_bytes!(concat!(
            env!("OUT_DIR"),
            "/lexicon.",
            $name
        )));
        TABLE.0.as_chunks().0
    }};
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::new);

/// The lexicon; what depends on other lists is worked out at first use.
pub(super) fn lexicon() -> &'static Lexicon {
    &LEXICON
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

impl Lexicon {
    fn new() -> Self {
        let mut out = Self {
            slots: table!("slots"),
            pairs: table!("pairs"),
            singles: table!("singles"),
            in_name: table!("in-name"),
            simple: table!("simple"),
            glyphs: Vec::new(),
            says: vec![[weight::OTHER; 2]; COUNT + 1],
        };
        for (section, word) in sections(include_str!("../../../../rules/words/name-context.txt")) {
            out.add_says(word, beside::of(section));
        }
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

    /// Code of a character; traditional ones have that of their simplified form.
    pub(super) fn code(&self, c: char) -> Code {
        let own = usize::from(plain_code(c));
        self.simple.get(own).map_or(0, |&b| Code::from_le_bytes(b))
    }

    /// A character that stands alone.
    pub(super) fn single(&self, code: Code) -> Word {
        let packed = self.singles.get(usize::from(code));
        packed.map_or(NONE, |&b| Word::unpacked(u64::from(u32::from_le_bytes(b))))
    }

    /// The entry of some characters, if there is one.
    fn entry(&self, codes: &[Code]) -> Option<Word> {
        let get = |at: usize| self.slots.get(at).map_or(0, |&b| u64::from_le_bytes(b));
        let (_, slot) = find(mixed(codes), self.slots.len(), get);
        (slot != 0).then(|| Word::unpacked(slot))
    }

    /// Calls `give` with each word of two characters or more at the start, and its length.
    pub(super) fn words(&self, codes: &[Code], mut give: impl FnMut(usize, Word)) {
        let begins = pair(codes)
            .and_then(|(at, bit)| Some(u64::from_le_bytes(*self.pairs.get(at)?) & bit != 0));
        if begins != Some(true) {
            return;
        }
        for len in 2..=LONGEST.min(codes.len()) {
            let Some(word) = codes
                .get(..len)
                .filter(|c| c.last() != Some(&0))
                .and_then(|c| self.entry(c))
            else {
                return;
            };
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
        let places = self.in_name.get(usize::from(code));
        places.map_or(NOT_IN_NAME, |&p| InName::of(p))
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

    #[test]
    fn the_tables_are_those_of_the_lists() {
        let l = lexicon();
        for (name, made) in make::Tables::new().files().unwrap() {
            let held = match name {
                "slots" => l.slots.as_flattened(),
                "pairs" => l.pairs.as_flattened(),
                "singles" => l.singles.as_flattened(),
                "in-name" => l.in_name.as_flattened(),
                _ => l.simple.as_flattened(),
            };
            assert!(held == made, "{name}");
        }
    }
}
