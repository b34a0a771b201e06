//! Names of persons in running Chinese text, where no label says that one follows.
//!
//! A stretch of Chinese characters is read in two ways: as words only, and with a name in a place where one
//! may stand. What the second reading is likelier by, together with the words before and behind the name
//! (总统, 记者, 表示, 与), is the evidence. Costs are in half nats, see [`super::lexicon`].

mod around;
mod kinds;
mod weigh;

use super::{
    lexicon::{Code, Costs, InName, Lexicon, NOT_IN_NAME, lexicon, starts},
    tables::{Words, divisions, is_han, is_middle_dot, words},
};
use crate::detect::{numerals::is_numeral, running::first_high};
use around::{INTRODUCED, edge_left, edge_right, is_mobile, leads_to_place};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::LazyLock,
};

/// Characters of a stretch read at once; longer ones are read in pieces.
const WINDOW: usize = 64;
/// Characters read before and behind a place where a name may stand.
const MARGIN: usize = 9;
/// Characters of the longest word looked at beside a name.
const SAYS: usize = 4;
/// A given name of one character is rarer than one of two, and more easily a word: half nats.
const SINGLE: u32 = 5;
/// Names of one document remembered at most.
const KNOWN: usize = 4096;
/// A reading with the name that is less likely by more is no name, whatever stands beside it.
const LEAST: i32 = -8;
/// A Chinese name that costs more is none.
const DEAREST: u32 = 74;
/// Characters that end places and organisations rather than names.
pub(super) const PLACE_ENDS: &str = "路区县镇乡村港湾岛寨部州市街桥店厂社企协馆赔股盘贸票线盟楞旗";
/// Code of a dot between the parts of a foreign name.
const DOT: Code = Code::MAX;

/// A name and what speaks for it, in half nats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::detect) struct Name {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// The greater the surer.
    pub score: i32,
}

impl Name {
    /// A name that is sure to this percentage.
    pub(in crate::detect) fn of(range: Range<usize>, percent: i32) -> Self {
        Self {
            range,
            score: ENOUGH + (percent - 50) / 2,
        }
    }

    /// How sure, in percent; under 50 more than one in five would be wrong.
    pub(in crate::detect) fn percent(&self) -> i32 {
        (50 + (self.score - ENOUGH) * 2).clamp(1, 90)
    }
}

/// Score from which a name is reported.
const ENOUGH: i32 = 14;

/// Costs of what kinds of names there are, from the share of tokens that are such names.
mod share {
    pub(super) const CHINESE: u32 = 9;
    pub(super) const COMPOUND: u32 = 15;
    pub(super) const TWO_SURNAMES: u32 = 18;
    pub(super) const FOREIGN: u32 = 15;
    pub(super) const DOTTED: u32 = 6;
    pub(super) const PARTS: u32 = 12;
    pub(super) const KNOWN: u32 = 14;
}

/// Cost of a dot read alone.
const DOT_COST: u8 = 14;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Chinese,
    Foreign,
    Dotted,
    /// Of parts known from names of minorities.
    Parts,
    /// Told by a label or a column elsewhere in the document.
    Known,
}

/// A place where a name may stand.
#[derive(Debug, Clone, Copy)]
struct Spot {
    from: usize,
    to: usize,
    /// Characters of the surname, 0 when there is none.
    surname: usize,
    cost: u32,
    kind: Kind,
}

/// Parts of names of minorities.
static PARTS: LazyLock<Words> = LazyLock::new(|| {
    Words::new(words(include_str!(
        "../../../../rules/words/minority-names.txt"
    )))
});

/// Whether a part of a name of a minority begins with this character.
pub(super) fn is_part(c: char) -> bool {
    PARTS.begins(c)
}

/// A character of a stretch.
#[derive(Debug, Clone, Copy)]
struct Glyph {
    c: char,
    at: u32,
    costs: InName,
    starts: u8,
}

/// Words that begin at one place.
#[derive(Debug, Clone, Copy, Default)]
struct Begun {
    read: bool,
    costs: Costs,
}

/// Buffers for reading texts, kept from one to the next.
#[derive(Debug, Default)]
pub(in crate::detect) struct Reader {
    /// Names with a lower score are not wanted.
    least: i32,
    /// The characters of the stretch, then where it ends.
    glyphs: Vec<Glyph>,
    codes: Vec<Code>,
    /// Places where a name may begin, with [`starts`].
    begins: Vec<(u32, u8)>,
    /// Bytes at which the name of a division may begin, or a word that says where somebody lives.
    divisions: Vec<u32>,
    /// Bytes at which two Chinese numerals follow each other, the first of a run.
    numerals: Vec<u32>,
    /// By place: the words that begin there, as far as they were looked up.
    words: Vec<Begun>,
    /// What the ends of the stretch say of a name there, at most.
    edges: (i32, i32),
    /// A reading with a name of the stretch that is dearer by more is no name, whatever stands beside it.
    slack: u32,
    spots: Vec<Spot>,
    /// By place: cost of the best reading up to here, and the length of its last word.
    forward: Vec<(u32, u8)>,
    /// By place: cost of the best reading from here, and the length of its first word.
    backward: Vec<(u32, u8)>,
    /// Likelihood, score and place of the names found in one window.
    found: Vec<(i32, i32, Spot)>,
    /// Names told by labels and columns of the document, at most [`KNOWN`].
    known: BTreeSet<Box<str>>,
    /// Their first characters, and bit `n` for a name of `n` characters.
    starts: BTreeMap<char, u32>,
}

impl Reader {
    /// For names that are sure to this percentage.
    pub(in crate::detect) fn new(percent: u8) -> Self {
        let more = (i32::from(percent) - 50 + 1).div_euclid(2);
        Self {
            least: ENOUGH + more,
            ..Self::default()
        }
    }

    /// Remembers a name that a label or a column told: it is looked for in the text of the document.
    pub(in crate::detect) fn learn(&mut self, name: &str) {
        let name = name.trim();
        let chars = name.chars().count();
        let fits = (2..=12).contains(&chars) && name.chars().all(|c| is_han(c) || is_middle_dot(c));
        if !fits || self.known.len() >= KNOWN {
            return;
        }
        if let Some(first) = name.chars().next()
            && self.known.insert(name.into())
        {
            *self.starts.entry(first).or_default() |= 1 << chars;
        }
    }

    /// Whether more names can be remembered.
    pub(in crate::detect) fn learns(&self) -> bool {
        self.known.len() < KNOWN
    }

    /// Bytes of the text read last at which the name of a division may begin, in order.
    pub(in crate::detect) fn divisions(&self) -> &[u32] {
        &self.divisions
    }

    /// Bytes of the text read last at which a run of Chinese numerals begins, in order.
    pub(in crate::detect) fn numerals(&self) -> &[u32] {
        &self.numerals
    }

    /// Forgets the names of a document.
    pub(in crate::detect) fn forget(&mut self) {
        self.known.clear();
        self.starts.clear();
    }

    /// Adds the names in a text, in order.
    pub(in crate::detect) fn read(&mut self, text: &str, out: &mut Vec<Name>) {
        self.divisions.clear();
        self.numerals.clear();
        let mut rest = 0;
        while let Some(start) = first_han(text, rest) {
            // Most texts hold no such character, and the lexicon takes longer to make than they to read.
            let lexicon = lexicon();
            let end = self.take(lexicon, text, start);
            if !self.begins.is_empty() && self.codes.len() >= 2 {
                self.stretch(lexicon, text, out);
            }
            rest = end.max(start + 1);
        }
    }

    /// Takes the stretch of Chinese characters that begins at `start` and gives where it ends.
    fn take(&mut self, lexicon: &Lexicon, text: &str, start: usize) -> usize {
        self.glyphs.clear();
        self.codes.clear();
        self.begins.clear();
        let wanted = if self.starts.is_empty() {
            starts::NAME
        } else {
            // Names that were told may begin with any character.
            u8::MAX
        };
        let divisions = divisions();
        let (mut at, mut before) = (start, None);
        let (mut last, mut last_at, mut run) = (' ', 0, 0);
        while let Some((c, len)) = char_at(text, at) {
            let glyph = lexicon.glyph(c as u32);
            let mut code = glyph.code;
            let mut glyph = Glyph {
                c,
                at: offset(at),
                costs: glyph.costs,
                starts: glyph.starts,
            };
            if code == 0 {
                let next = text.get(at + len..).and_then(|t| t.chars().next());
                let dot = is_middle_dot(c) && next.is_some_and(is_han);
                if !(dot || is_han(c)) {
                    break;
                }
                if dot {
                    code = DOT;
                    glyph.costs.alone = DOT_COST;
                } else if is_part(c) {
                    glyph.starts = starts::PART;
                }
            }
            if glyph.starts & wanted != 0 || wanted == u8::MAX {
                self.begins.push((offset(self.codes.len()), glyph.starts));
            }
            if let Some((first, place)) = before
                && (divisions.may_pair(first, c) || first == '中' && matches!(c, '华' | '国'))
            {
                self.divisions.push(place);
            }
            if leads_to_place(last, c) {
                self.divisions.push(last_at);
            }
            run = if is_numeral(c) { run + 1 } else { 0 };
            if run == 2 {
                self.numerals.push(last_at);
            }
            (last, last_at) = (c, glyph.at);
            before = (glyph.starts & starts::DIVISION != 0).then_some((c, glyph.at));
            self.glyphs.push(glyph);
            self.codes.push(code);
            at += len;
            if self.codes.len() >= WINDOW * 64 {
                break;
            }
        }
        self.glyphs.push(Glyph {
            c: ' ',
            at: offset(at),
            costs: NOT_IN_NAME,
            starts: 0,
        });
        at
    }

    /// Finds the names of the stretch taken.
    fn stretch(&mut self, lexicon: &Lexicon, text: &str, out: &mut Vec<Name>) {
        // The most that a word within the stretch says before a name, and behind it.
        const BEFORE: i32 = 8;
        const BEHIND: i32 = 7;
        self.spots.clear();
        self.words.clear();
        self.words.resize(self.codes.len(), Begun::default());
        let behind = text.get(self.end()..).unwrap_or_default();
        self.edges = (
            edge_left(text.get(..self.start()).unwrap_or_default()),
            edge_right(behind)
                // 配偶万燕 18729532967
                + if is_mobile(behind.trim_start_matches([' ', '\u{3000}', '\t'])) {
                    4
                } else {
                    0
                },
        );
        let (left, right) = self.edges;
        let most = (BEFORE + BEHIND)
            .max(left + BEHIND)
            .max(BEFORE + right)
            .max(left + right + INTRODUCED);
        self.slack = LEAST.max(self.least - most).min(0).unsigned_abs();
        let begins = std::mem::take(&mut self.begins);
        for &(i, begin) in &begins {
            let i = i as usize;
            if begin & (starts::SURNAME | starts::COMPOUND) != 0 {
                self.chinese(lexicon, i, begin);
            }
            if begin & starts::SOUND != 0 {
                self.foreign(lexicon, i);
            }
            if begin & starts::PART != 0 {
                self.minority(lexicon, i, text);
            }
            self.told(lexicon, i, text);
        }
        self.begins = begins;
        let mut first = 0;
        while let Some(spot) = self.spots.get(first) {
            let from = spot.from.saturating_sub(MARGIN);
            let (mut to, mut next) = (spot.to, first);
            while let Some(more) = self.spots.get(next)
                && more.from < to + MARGIN
                && more.to.saturating_sub(from) <= WINDOW
            {
                to = to.max(more.to);
                next += 1;
            }
            let to = (to + MARGIN).min(self.codes.len());
            self.weigh(lexicon, text, from..to, first..next.max(first + 1), out);
            first = next.max(first + 1);
        }
    }

    /// Byte at which the stretch begins.
    fn start(&self) -> usize {
        self.glyphs.first().map_or(0, |g| g.at as usize)
    }

    /// Byte at which it ends.
    fn end(&self) -> usize {
        self.glyphs.last().map_or(0, |g| g.at as usize)
    }

    /// Byte of a place in the stretch.
    fn at(&self, i: usize) -> Option<usize> {
        self.glyphs.get(i).map(|g| g.at as usize)
    }

    fn char(&self, i: usize) -> Option<char> {
        self.glyphs
            .get(i)
            .filter(|_| i < self.codes.len())
            .map(|g| g.c)
    }

    #[inline]
    fn costs(&self, i: usize) -> InName {
        self.glyphs.get(i).map_or(NOT_IN_NAME, |g| g.costs)
    }

    fn starts_of(&self, i: usize) -> u8 {
        self.glyphs.get(i).map_or(0, |g| g.starts)
    }

    /// What the characters cost that are read alone.
    fn alone(&self, range: Range<usize>) -> u32 {
        let glyphs = self.glyphs.get(range).unwrap_or_default();
        glyphs.iter().map(|g| u32::from(g.costs.alone)).sum()
    }

    /// Costs of the words that begin at a place.
    #[inline]
    fn begun(&mut self, lexicon: &Lexicon, i: usize) -> Costs {
        let Some(slot) = self.words.get_mut(i) else {
            return Costs::default();
        };
        if !slot.read {
            slot.read = true;
            slot.costs = lexicon.costs(self.codes.get(i..).unwrap_or_default());
        }
        slot.costs
    }

    /// What these characters cost when they are read as words, at the least.
    fn as_words(&mut self, lexicon: &Lexicon, range: Range<usize>) -> u32 {
        const MOST: usize = 24;
        let n = range.len();
        if n >= MOST {
            return u32::MAX / 2;
        }
        let mut best = [u32::MAX / 2; MOST];
        best[0] = 0;
        for k in 0..n {
            let base = best[k];
            best[k + 1] = best[k + 1].min(base + u32::from(self.costs(range.start + k).alone));
            if k + 2 > n {
                break;
            }
            let costs = self.begun(lexicon, range.start + k);
            for (place, &cost) in best
                .get_mut(k + 2..=n)
                .into_iter()
                .flatten()
                .zip(&costs)
                .filter(|(_, cost)| **cost != 0)
            {
                *place = (*place).min(base + u32::from(cost));
            }
        }
        best[n]
    }

    /// Keeps a place where a name may stand, unless it is clear already that it cannot be likely enough:
    /// a reading of the whole without the name is no dearer than one in which its characters are words.
    fn keep(&mut self, lexicon: &Lexicon, spot: Spot) {
        let least = LEAST.max(self.least - self.most_beside(lexicon, spot));
        let enough = |words: u32| i64::from(words) - i64::from(spot.cost) >= i64::from(least);
        if enough(self.alone(spot.from..spot.to))
            && enough(self.as_words(lexicon, spot.from..spot.to))
        {
            self.spots.push(spot);
        }
    }

    /// The most that what stands beside a name can say for it: see [`Self::left`] and [`Self::right`].
    fn most_beside(&self, lexicon: &Lexicon, spot: Spot) -> i32 {
        let code = |i: usize| self.codes.get(i).copied().unwrap_or(0);
        let left = if spot.from == 0 {
            self.edges.0
        } else {
            lexicon.most_before(code(spot.from - 1))
        };
        let right = if spot.to < self.codes.len() {
            lexicon.most_behind(code(spot.to))
        } else if spot.from == 0 {
            self.edges.1 + INTRODUCED
        } else {
            self.edges.1
        };
        left + right
    }
}

/// A place in a text, of which no more than 4 GiB are read.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "fragments are at most 16 MiB"
)]
fn offset(at: usize) -> u32 {
    at as u32
}

/// The character at a byte, and its length. Most here are of three bytes.
#[inline]
fn char_at(text: &str, at: usize) -> Option<(char, usize)> {
    if let Some(&[a @ 0xE0..=0xEF, b, c]) = text.as_bytes().get(at..at + 3) {
        let code = u32::from(a & 15) << 12 | u32::from(b & 63) << 6 | u32::from(c & 63);
        return Some((char::from_u32(code)?, 3));
    }
    let c = text.get(at..)?.chars().next()?;
    Some((c, c.len_utf8()))
}

/// The first Chinese character from a byte on.
fn first_han(text: &str, from: usize) -> Option<usize> {
    // The first byte of 〇, which comes first among them.
    const LOWEST: u8 = 0xE3;
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        at += first_high(bytes.get(at..)?)?;
        let lead = *bytes.get(at)?;
        let len = match lead {
            0xF0.. => 4,
            0xE0.. => 3,
            _ => 2,
        };
        if lead >= LOWEST && char_at(text, at).is_some_and(|(c, _)| is_han(c)) {
            return Some(at);
        }
        at += len;
    }
}

fn relax(costs: &mut [(u32, u8)], at: usize, cost: u32, len: usize) {
    if let Some(slot) = costs.get_mut(at)
        && cost < slot.0
    {
        *slot = (cost, u8::try_from(len).unwrap_or(1));
    }
}

#[cfg(test)]
mod tests;
