//! From the lists of words to the tables of the lexicon, at build time.

use super::{
    form::{
        ALONE, COUNT, Code, InName, LONGEST, NONE, WORD_BITS, Word, beside, find, mixed, pair,
        plain_code,
    },
    lists::{sections, words},
};

/// Bits of the filter of pairs.
const PAIRS: usize = 1 << 20;
/// Words and beginnings of words are about 135,000: half of the slots.
const SLOTS: usize = 1 << 18;

/// Compound surnames that are no words otherwise.
const SURNAMES: [&str; 22] = [
    "欧阳", "司马", "上官", "诸葛", "夏侯", "皇甫", "慕容", "令狐", "司徒", "尉迟", "公孙", "端木",
    "轩辕", "长孙", "宇文", "独孤", "南宫", "呼延", "申屠", "淳于", "闻人", "澹台",
];

/// The tables.
pub(crate) struct Tables {
    slots: Vec<u64>,
    taken: usize,
    pairs: Vec<u64>,
    singles: Vec<Word>,
    in_name: Vec<InName>,
    simple: Vec<Code>,
}

/// In [`WORD_BITS`]; never 0, since no word of these costs nothing.
fn packed(word: Word) -> u64 {
    let flags = word.beside & 0x7F | u8::from(word.longer) << 7;
    u64::from(word.cost) << 16 | u64::from(word.class) << 8 | u64::from(flags)
}

/// Cost and letter of a section named `n23`.
fn section_of(name: &str) -> Option<(u8, u8)> {
    let letter = *name.as_bytes().first()?;
    Some((letter, name.get(1..)?.parse().ok()?))
}

impl Tables {
    /// From the lists under `rules/words`.
    pub(crate) fn new() -> Self {
        let mut out = Self {
            slots: vec![0; SLOTS],
            taken: 0,
            pairs: vec![0; PAIRS / 64],
            singles: vec![NONE; COUNT + 1],
            in_name: vec![InName::NOT; COUNT + 1],
            simple: (0..=Code::try_from(COUNT).unwrap_or(Code::MAX)).collect(),
        };
        for (_, pair) in sections(include_str!("../../../../rules/words/traditional.txt")) {
            let mut chars = pair.chars();
            if let (Some(old), Some(new)) = (chars.next(), chars.next())
                && let Some(slot) = out.simple.get_mut(usize::from(plain_code(old)))
            {
                *slot = plain_code(new);
            }
        }
        for (section, word) in sections(include_str!("../../../../rules/words/lexicon.txt")) {
            if let Some((class, cost)) = section_of(section) {
                out.add(word, class, cost, 0);
            }
        }
        for word in words(include_str!("../../../../rules/words/not-names.txt")) {
            out.add(word, b'n', 24, 0);
        }
        for (list, cost) in [
            (
                include_str!("../../../../rules/words/foreign-places.txt"),
                20,
            ),
            (include_str!("../../../../rules/words/divisions.txt"), 22),
            (include_str!("../../../../rules/words/counties.txt"), 24),
        ] {
            for word in words(list) {
                out.add(word, b's', cost, 0);
            }
        }
        for surname in SURNAMES {
            // Counted with the names that it begins.
            let codes: Vec<Code> = surname.chars().map(plain_code).collect();
            out.update(&codes, |w| w.cost = ALONE);
        }
        for (section, word) in sections(include_str!("../../../../rules/words/name-context.txt")) {
            let bit = beside::of(section);
            let class = if bit == beside::ROLE { b'n' } else { b'v' };
            out.add(word, class, 26, bit);
        }
        for (section, chars) in
            sections(include_str!("../../../../rules/words/name-characters.txt"))
        {
            if let Some((place, cost)) = section_of(section) {
                out.character(place, cost, chars);
            }
        }
        out.add_unseen();
        out.weigh_singles();
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
        if let Some((at, bit)) = pair(&codes)
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
        let slots = &self.slots;
        let (at, old) = find(key, SLOTS, |at| slots.get(at).copied().unwrap_or(0));
        self.taken += usize::from(old == 0);
        if let Some(slot) = self.slots.get_mut(at) {
            let mut word = if old == 0 { NONE } else { Word::unpacked(old) };
            change(&mut word);
            *slot = key << WORD_BITS | packed(word);
        }
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

    /// Costs of single characters as the lexicon gives them.
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

    /// Each table with the name of its file. Numbers are little-endian.
    ///
    /// # Errors
    /// When there are so many words that looking one up would take long: then there must be more slots.
    pub(crate) fn files(&self) -> Result<[(&'static str, Vec<u8>); 5], String> {
        if self.taken > SLOTS * 2 / 3 {
            return Err(format!(
                "{} words are too many for {SLOTS} slots",
                self.taken
            ));
        }
        let long = |all: &[u64]| all.iter().flat_map(|n| n.to_le_bytes()).collect();
        let singles = |w: &Word| packed(*w).to_le_bytes().into_iter().take(4);
        let places = |n: &InName| {
            [
                n.surname, n.first, n.second, n.single, n.begin, n.middle, n.end, n.alone,
            ]
        };
        Ok([
            ("slots", long(&self.slots)),
            ("pairs", long(&self.pairs)),
            ("singles", self.singles.iter().flat_map(singles).collect()),
            ("in-name", self.in_name.iter().flat_map(places).collect()),
            (
                "simple",
                self.simple.iter().flat_map(|c| c.to_le_bytes()).collect(),
            ),
        ])
    }
}
