//! What the tables of the lexicon look like. `build.rs` writes them, the program reads them.

/// The first of them.
pub(crate) const FIRST: u32 = 0x4E00;
/// How many Chinese characters the tables know.
pub(crate) const COUNT: usize = 0x5200;
/// Characters of the longest word kept.
pub(crate) const LONGEST: usize = 8;
/// Cost of what is in no list.
pub(crate) const UNKNOWN: u8 = 60;

/// Cost of a character that stands alone and is no word of its own.
pub(crate) const ALONE: u8 = 32;

/// A character as the tables know it: 0 for what is no Chinese character, else from 1.
pub(crate) type Code = u16;

/// A word of the lexicon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    /// How unlikely, half nats.
    pub(crate) cost: u8,
    /// Its class, a letter: see `rules/words/lexicon.txt`; 0 when it is only the start of longer words.
    pub(crate) class: u8,
    /// What it says of a name beside it.
    pub(crate) beside: u8,
    /// Longer words begin with it.
    pub(crate) longer: bool,
}

/// What is no word.
pub(crate) const NONE: Word = Word {
    cost: UNKNOWN,
    class: 0,
    beside: 0,
    longer: false,
};

/// What a word says of a name beside it.
pub(crate) mod beside {
    /// A title, an office, a trade: 总统, 记者.
    pub(crate) const ROLE: u8 = 1;
    /// What persons do, behind a name: 表示, 出席.
    pub(crate) const SAY: u8 = 2;
    /// Before a name: 访问, 与.
    pub(crate) const BEFORE: u8 = 4;
    /// Introduces a name: 名叫.
    pub(crate) const CALL: u8 = 8;

    /// By section of `rules/words/name-context.txt`.
    pub(crate) fn of(section: &str) -> u8 {
        match section {
            "role" => ROLE,
            "say" => SAY,
            "before" => BEFORE,
            _ => CALL,
        }
    }
}

/// How unlikely a character is at each place in a name, and in none: eight bytes, read together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InName {
    /// As a surname.
    pub(crate) surname: u8,
    /// As the first and the second character of a given name of two.
    pub(crate) first: u8,
    /// See `first`.
    pub(crate) second: u8,
    /// As a given name of one character.
    pub(crate) single: u8,
    /// At the beginning of, within and at the end of a foreign name.
    pub(crate) begin: u8,
    /// See `begin`.
    pub(crate) middle: u8,
    /// See `begin`.
    pub(crate) end: u8,
    /// As a word of its own.
    pub(crate) alone: u8,
}

/// Code of a character; that of a traditional one is its own.
pub(crate) fn plain_code(c: char) -> Code {
    (c as u32)
        .checked_sub(FIRST)
        .filter(|&p| (p as usize) < COUNT)
        .and_then(|p| Code::try_from(p + 1).ok())
        .unwrap_or(0)
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
pub(crate) const WORD_BITS: u32 = 24;

/// A key whose every bit depends on all of the characters: the lower forty bits tell entries apart, the upper say
/// where to look.
pub(crate) fn mixed(codes: &[Code]) -> u64 {
    let mut key = key(codes).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    key ^= key >> 32;
    key = key.wrapping_mul(0xD6E8_FEB8_6659_FD93);
    key ^ key >> 29
}

/// The slot that holds a key among so many, a power of two: its place and content, 0 when it is free and the
/// key in none. `get` gives a slot's content.
pub(crate) fn find(key: u64, slots: usize, get: impl Fn(usize) -> u64) -> (usize, u64) {
    let mask = slots.wrapping_sub(1);
    let mut at = usize::try_from(key >> 32).unwrap_or(0) & mask;
    loop {
        let slot = get(at);
        if slot == 0 || slot >> WORD_BITS == key << WORD_BITS >> WORD_BITS {
            return (at, slot);
        }
        at = (at + 1) & mask;
    }
}

/// Place of the bit of the pair of characters that a word begins with, among words of 64 bits.
pub(crate) fn pair(codes: &[Code]) -> Option<(usize, u64)> {
    let &[a, b, ..] = codes else { return None };
    let hash = (u32::from(a) << 16 | u32::from(b)).wrapping_mul(0x9E37_79B9) >> 12;
    let bit = usize::try_from(hash).ok()?;
    Some((bit / 64, 1 << (bit % 64)))
}

impl Word {
    /// From the [`WORD_BITS`] of a slot: flags, class and cost, the lowest byte first.
    pub(crate) fn unpacked(slot: u64) -> Self {
        let [flags, class, cost, ..] = slot.to_le_bytes();
        Self {
            cost,
            class,
            beside: flags & 0x7F,
            longer: flags & 0x80 != 0,
        }
    }
}

impl InName {
    /// What is no Chinese character.
    pub(crate) const NOT: Self = {
        let mut costs = [UNKNOWN; 8];
        costs[7] = ALONE;
        Self::of(costs)
    };

    /// From one byte a place, in order.
    pub(crate) const fn of(costs: [u8; 8]) -> Self {
        let [surname, first, second, single, begin, middle, end, alone] = costs;
        Self {
            surname,
            first,
            second,
            single,
            begin,
            middle,
            end,
            alone,
        }
    }
}
