//! Names of persons in running Chinese text, where no label says that one follows.
//!
//! A stretch of Chinese characters is read in two ways: as words only, and with a name in a place where one
//! may stand. What the second reading is likelier by, together with the words before and behind the name
//! (总统, 记者, 表示, 与), is the evidence. Costs are in half nats, see [`super::lexicon`].

use super::{
    lexicon::{
        Code, Costs, InName, LONGEST, Lexicon, NOT_IN_NAME, UNKNOWN, Word, beside, lexicon, starts,
        weight,
    },
    tables::{Words, divisions, flag, is_han, is_middle_dot, tables, words},
};
use crate::detect::{numerals::is_numeral, running::first_high};
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
        "../../../rules/words/minority-names.txt"
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

    /// Adds the Chinese names that may begin at `i`.
    fn chinese(&mut self, lexicon: &Lexicon, i: usize, begin: u8) {
        if begin & starts::SURNAME != 0 {
            let surname = u32::from(self.costs(i).surname);
            self.given(lexicon, i, 1, share::CHINESE + surname);
            let second = u32::from(self.costs(i + 1).surname);
            if surname <= 14 && second <= 14 {
                self.given(lexicon, i, 2, share::TWO_SURNAMES + surname + second);
            }
        }
        if begin & starts::COMPOUND != 0 && self.is_compound(i) {
            self.given(lexicon, i, 2, share::COMPOUND);
        }
    }

    /// Adds the names with a surname of `len` characters at `i`, which costs `cost`.
    fn given(&mut self, lexicon: &Lexicon, i: usize, len: usize, cost: u32) {
        let (one, two) = (self.costs(i + len), self.costs(i + len + 1));
        let single = SINGLE + u32::from(one.single);
        let double = u32::from(one.first) + u32::from(two.second);
        // Read character by character it costs no more than this; a reading with the name that is less likely
        // still goes at once.
        let most = self.alone(i..i + len) + u32::from(one.alone) + self.slack;
        for (to, given, most) in [
            (i + len + 1, single, most),
            (i + len + 2, double, most + u32::from(two.alone)),
        ] {
            let mut cost = cost + given;
            if cost >= DEAREST || cost > most || to > self.codes.len() {
                continue;
            }
            // 武胜路, 景湖镇: the name of a place or of an organisation rather.
            if self.starts_of(to - 1) & starts::PLACE_END != 0 {
                cost += 20;
                if cost > most {
                    continue;
                }
            }
            self.keep(
                lexicon,
                Spot {
                    from: i,
                    to,
                    surname: len,
                    cost,
                    kind: Kind::Chinese,
                },
            );
        }
    }

    /// Whether what would be the given name is a form of address: 王先生, 李总, 陈老师.
    fn is_titled(&self, lexicon: &Lexicon, from: usize, to: usize) -> bool {
        let one = to == from + 1
            && self
                .char(from)
                .is_some_and(|c| "总某老工局处科董队氏姓府家庄".contains(c));
        let codes = self.codes.get(from..to).unwrap_or_default();
        one || lexicon
            .word(codes)
            .is_some_and(|w| w.beside & beside::ROLE != 0 && to > from + 1)
    }

    /// Whether a form of address begins within a name and ends behind it: 刘先|生.
    fn cuts_title(&self, lexicon: &Lexicon, spot: Spot) -> bool {
        (spot.from + 1..spot.to).any(|i| {
            let mut cut = false;
            lexicon.words(self.codes.get(i..).unwrap_or_default(), |len, word| {
                cut |= i + len > spot.to && word.beside & beside::ROLE != 0;
            });
            cut
        })
    }

    fn is_compound(&self, i: usize) -> bool {
        let mut buf = [0u8; 8];
        let mut len = 0;
        for j in i..i + 2 {
            let Some(c) = self.char(j) else {
                return false;
            };
            let Some(slot) = buf.get_mut(len..len + c.len_utf8()) else {
                return false;
            };
            c.encode_utf8(slot);
            len += c.len_utf8();
        }
        let text = buf.get(..len).and_then(|b| std::str::from_utf8(b).ok());
        len > 0 && text.is_some_and(|t| tables().compound.has(t))
    }

    /// Adds the names written by sound that may begin at `i`.
    fn foreign(&mut self, lexicon: &Lexicon, i: usize) {
        const STRANGE: u8 = 26;
        let first = self.costs(i);
        let mut cost = u32::from(first.begin);
        let mut most = self.slack + u32::from(first.alone);
        let (mut size, mut dots, mut strange) = (1, 0, 0);
        for j in i + 1..self.codes.len().min(i + 20) {
            let n = self.costs(j);
            most += u32::from(n.alone);
            if self.codes.get(j) == Some(&DOT) {
                dots += 1;
                size = 0;
                continue;
            }
            let end = n.end.min(if dots > 0 { STRANGE } else { UNKNOWN });
            size += 1;
            if size > 8 || strange > 1 {
                break;
            }
            if end < UNKNOWN && (size > 1 || dots > 0) {
                let share = if dots > 0 {
                    share::DOTTED
                } else {
                    share::FOREIGN
                };
                let cost = share + cost + u32::from(end);
                if cost <= most {
                    self.keep(
                        lexicon,
                        Spot {
                            from: i,
                            to: j + 1,
                            surname: 0,
                            cost,
                            kind: if dots > 0 {
                                Kind::Dotted
                            } else {
                                Kind::Foreign
                            },
                        },
                    );
                }
            }
            let middle = n.middle.min(n.begin);
            strange += usize::from(middle >= UNKNOWN);
            if middle >= UNKNOWN && dots == 0 {
                break;
            }
            cost += u32::from(middle.min(STRANGE));
        }
    }

    /// Adds the known names of the document that begin at `i`.
    fn told(&mut self, lexicon: &Lexicon, i: usize, text: &str) {
        if self.starts.is_empty() {
            return;
        }
        let lengths = self.char(i).and_then(|c| self.starts.get(&c));
        let mut lengths = lengths.copied().unwrap_or(0);
        while lengths != 0 {
            let len = lengths.trailing_zeros() as usize;
            lengths &= lengths - 1;
            let (Some(start), Some(end)) = (self.at(i), self.at(i + len)) else {
                continue;
            };
            if text.get(start..end).is_some_and(|t| self.known.contains(t)) {
                self.keep(
                    lexicon,
                    Spot {
                        from: i,
                        to: i + len,
                        surname: 0,
                        cost: share::KNOWN,
                        kind: Kind::Known,
                    },
                );
            }
        }
    }

    /// Adds the names of one to three parts known of minorities that begin at `i`: 扎西次仁, 乌云其木格.
    fn minority(&mut self, lexicon: &Lexicon, i: usize, text: &str) {
        let mut to = i;
        for parts in 1..=3 {
            let rest = self.at(to).and_then(|a| text.get(a..)).unwrap_or_default();
            let len = PARTS.longest(rest);
            if len == 0 {
                break;
            }
            to += rest.get(..len).map_or(0, |w| w.chars().count());
            // A part alone is a word or a place as often: 安达, 海日.
            if to > self.codes.len() || (parts == 1 && to < i + 3) {
                continue;
            }
            self.keep(
                lexicon,
                Spot {
                    from: i,
                    to,
                    surname: 0,
                    cost: share::PARTS + 9 * parts,
                    kind: Kind::Parts,
                },
            );
        }
    }

    /// Weighs the spots of one window and adds the names among them.
    fn weigh(
        &mut self,
        lexicon: &Lexicon,
        text: &str,
        window: Range<usize>,
        spots: Range<usize>,
        out: &mut Vec<Name>,
    ) {
        self.cost_words(lexicon, window.clone());
        let title = if self.in_title(text) { 8 } else { 0 };
        let whole = self.forward.last().map_or(0, |f| f.0);
        self.found.clear();
        for k in spots {
            let Some(&spot) = self.spots.get(k) else {
                continue;
            };
            let (Some(&(before, _)), Some(&(behind, _))) = (
                self.forward.get(spot.from - window.start),
                self.backward.get(spot.to - window.start),
            ) else {
                continue;
            };
            let with = i64::from(before) + i64::from(spot.cost) + i64::from(behind);
            let gain = i32::try_from(i64::from(whole) - with).unwrap_or(0);
            let titled =
                spot.surname > 0 && self.is_titled(lexicon, spot.from + spot.surname, spot.to);
            if gain < LEAST || titled {
                continue;
            }
            let most = match spot.kind {
                Kind::Chinese | Kind::Parts => 20,
                Kind::Foreign => 9,
                Kind::Dotted | Kind::Known => 40,
            };
            let beside = self.left(lexicon, window.start, spot)
                + self.right(lexicon, text, window.start, spot);
            let score = gain.min(most) + beside - title;
            // What is less likely than what is wanted can take no place from it either.
            if score > 0 && gain + beside >= self.least {
                self.found.push((gain + beside, score, spot));
            }
        }
        self.choose(out);
    }

    /// Costs of the best readings of a window as words only, up to and from each place.
    fn cost_words(&mut self, lexicon: &Lexicon, window: Range<usize>) {
        let n = window.len();
        self.forward.clear();
        self.forward.resize(n + 1, (u32::MAX / 2, 1));
        self.backward.clear();
        self.backward.resize(n + 1, (u32::MAX / 2, 1));
        if let Some(f) = self.forward.first_mut() {
            f.0 = 0;
        }
        if let Some(b) = self.backward.last_mut() {
            b.0 = 0;
        }
        // Each word is looked up once, and used in both directions.
        for i in 0..n {
            let costs = self.begun(lexicon, window.start + i);
            let base = self.forward.get(i).map_or(0, |f| f.0);
            let alone = u32::from(self.costs(window.start + i).alone);
            relax(&mut self.forward, i + 1, base + alone, 1);
            for (len, &cost) in (2..=LONGEST.min(n - i)).zip(&costs) {
                if cost != 0 {
                    relax(&mut self.forward, i + len, base + u32::from(cost), len);
                }
            }
        }
        for i in (0..n).rev() {
            let costs = self.begun(lexicon, window.start + i);
            let longest = LONGEST.min(n - i);
            for (less, &cost) in costs
                .iter()
                .enumerate()
                .take(longest.saturating_sub(1))
                .rev()
            {
                let len = less + 2;
                if cost != 0 {
                    let base = self.backward.get(i + len).map_or(u32::MAX / 2, |b| b.0);
                    relax(&mut self.backward, i, base + u32::from(cost), len);
                }
            }
            let base = self.backward.get(i + 1).map_or(u32::MAX / 2, |b| b.0);
            let alone = u32::from(self.costs(window.start + i).alone);
            relax(&mut self.backward, i, base + alone, 1);
        }
    }

    /// What stands before a name says for it.
    fn left(&self, lexicon: &Lexicon, window: usize, spot: Spot) -> i32 {
        if spot.from == 0 {
            return self.edges.0;
        }
        if self.codes.get(spot.from - 1) == Some(&DOT) {
            return -20;
        }
        // The longest word of weight that ends here.
        let mut bits = 0;
        for len in 1..=SAYS.min(spot.from) {
            let codes = self.codes.get(spot.from - len..spot.from);
            if let Some(word) = codes.and_then(|c| lexicon.word(c))
                && word.beside != 0
            {
                bits = word.beside;
            }
        }
        let len = self
            .forward
            .get(spot.from - window)
            .map_or(1, |f| usize::from(f.1));
        let word = self
            .codes
            .get(spot.from.saturating_sub(len)..spot.from)
            .and_then(|c| lexicon.word(c));
        let last = self.char(spot.from - 1).unwrap_or(' ');
        if bits & (beside::CALL | beside::ROLE | beside::BEFORE) != 0 {
            i32::from(weight::left(bits))
        } else {
            before_class(word, len, last)
        }
    }

    /// What stands behind a name says for it.
    fn right(&self, lexicon: &Lexicon, text: &str, window: usize, spot: Spot) -> i32 {
        let end = self.codes.len();
        if spot.to >= end {
            let behind = text.get(self.end()..).unwrap_or_default();
            let alone = spot.from == 0 && self.starts_line(text);
            return self.edges.1 + if alone { introduced(behind) } else { 0 };
        }
        let mut bits = 0;
        for len in 1..=SAYS.min(end - spot.to) {
            let codes = self.codes.get(spot.to..spot.to + len);
            if let Some(word) = codes.and_then(|c| lexicon.word(c))
                && word.beside != 0
            {
                bits = word.beside;
            }
        }
        let next = self.char(spot.to).unwrap_or(' ');
        if self.codes.get(spot.to) == Some(&DOT) {
            return -20;
        }
        let tail = self.at(spot.to).and_then(|a| text.get(a..));
        let place = "市县省镇村路街区山江河湖岛寺庙桥州港湾峰氏型式牌杯族语们乡屯奖宫队军号堡船舰碑墓党派系杯牌".contains(next);
        let t = tables();
        if place && !t.is(next, flag::AFTER) || self.cuts_title(lexicon, spot) {
            return -8;
        }
        let len = self
            .backward
            .get(spot.to - window)
            .map_or(1, |b| usize::from(b.1));
        let word = self
            .codes
            .get(spot.to..spot.to + len)
            .and_then(|c| lexicon.word(c));
        let says = if bits & (beside::SAY | beside::ROLE) != 0 {
            i32::from(weight::right(bits))
        } else {
            behind_class(word, len, next)
        };
        if says <= 1 && tail.is_some_and(organisation) || spot.from > 0 && tail.is_some_and(trade) {
            return -12;
        }
        // 王超持护照: what holds a document is no part of the name.
        let last = self.char(spot.to - 1).unwrap_or(' ');
        if "持凭".contains(last) && tail.is_some_and(document) {
            return -12;
        }
        says
    }

    /// Whether the stretch begins a line, a sentence or a bracket.
    fn starts_line(&self, text: &str) -> bool {
        let before = text.get(..self.start());
        before
            .unwrap_or_default()
            .chars()
            .next_back()
            .is_none_or(|c| {
                matches!(
                    c,
                    '\n' | '\r'
                        | '。'
                        | '！'
                        | '？'
                        | '；'
                        | '：'
                        | ':'
                        | ' '
                        | '\u{3000}'
                        | '\t'
                        | '【'
                        | '('
                        | '（'
                )
            })
    }

    /// Whether the stretch stands in the title of a work: 《王贵与李香香》.
    fn in_title(&self, text: &str) -> bool {
        let before = text.get(..self.start());
        before
            .unwrap_or_default()
            .chars()
            .rev()
            .take(16)
            .find(|c| matches!(c, '《' | '》' | '\n'))
            == Some('《')
    }

    /// Of overlapping names the best; the others go.
    fn choose(&mut self, out: &mut Vec<Name>) {
        self.found
            .sort_by_key(|(likely, _, spot)| (-likely, spot.from, spot.to));
        let first = out.len();
        for &(_, score, spot) in &self.found {
            let (Some(start), Some(end)) = (self.at(spot.from), self.at(spot.to)) else {
                continue;
            };
            let free = out
                .get(first..)
                .unwrap_or_default()
                .iter()
                .all(|n| n.range.end <= start || end <= n.range.start);
            if free {
                out.push(Name {
                    range: start..end,
                    score,
                });
            }
        }
        if let Some(new) = out.get_mut(first..) {
            new.sort_by_key(|n| n.range.start);
        }
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

/// The most that [`introduced`] says.
const INTRODUCED: i32 = 12;

/// Whether two characters begin a word that says where somebody lives or something lies: 家住, 位于.
#[inline]
fn leads_to_place(first: char, second: char) -> bool {
    matches!(second, '住' | '在' | '于' | '处' | '落')
        && matches!(
            (first, second),
            ('家' | '居', '住')
                | ('住', '在' | '于')
                | ('位', '于')
                | ('地', '处')
                | ('坐' | '座', '落')
        )
}

/// What follows a name that stands alone at the start of a line: a speaker's colon, a biography.
fn introduced(behind: &str) -> i32 {
    let rest = behind.trim_start_matches(['，', ',', '：', ':', ' ', '\u{3000}', '(', '（']);
    let biography = [
        "男",
        "女",
        "汉族",
        "回族",
        "中国国籍",
        "中共党员",
        "博士",
        "硕士",
        "本科",
        "教授",
        "先生",
        "女士",
        "生于",
        "出生",
    ];
    if rest.len() < behind.len()
        && (biography.iter().any(|b| rest.starts_with(b)) || rest.starts_with("19"))
    {
        INTRODUCED
    } else if behind.starts_with(['：', ':', '】']) {
        6
    } else if spoke(behind) {
        8
    } else if behind.starts_with([')', '）']) {
        3
    } else {
        0
    }
}

/// Whether a moment or a mobile number follows: who spoke in a chat, whom a parcel is for.
fn spoke(behind: &str) -> bool {
    let rest = behind.trim_start_matches([' ', '\t', '\u{3000}']);
    let b = rest.as_bytes();
    let digits = b.iter().take_while(|b| b.is_ascii_digit()).count();
    let next = b.get(digits).copied().unwrap_or(b'\n');
    let day = digits == 4 && rest.starts_with("20") && matches!(next, b'-' | b'/' | b'.');
    let clock = (1..=2).contains(&digits) && next == b':';
    rest.len() < behind.len() && (day || clock || is_mobile(rest))
}

/// Whether a text begins with eleven digits, of either width, the first of which is 1.
fn is_mobile(text: &str) -> bool {
    let digit = |c: &char| c.is_ascii_digit() || ('０'..='９').contains(c);
    text.starts_with(['1', '１']) && text.chars().take_while(digit).take(12).count() == 11
}

fn relax(costs: &mut [(u32, u8)], at: usize, cost: u32, len: usize) {
    if let Some(slot) = costs.get_mut(at)
        && cost < slot.0
    {
        *slot = (cost, u8::try_from(len).unwrap_or(1));
    }
}

/// Whether the name of a company ends here with its trade, all of it words of business: 武汉鑫源博瑞|投资管理有限公司.
fn trade(tail: &str) -> bool {
    const TRADES: [&str; 44] = [
        "投资",
        "管理",
        "会计",
        "服务",
        "咨询",
        "科技",
        "技术",
        "建筑",
        "工程",
        "实业",
        "贸易",
        "商贸",
        "信息",
        "网络",
        "电子",
        "食品",
        "医疗",
        "器械",
        "物业",
        "物流",
        "文化",
        "传媒",
        "广告",
        "教育",
        "餐饮",
        "酒店",
        "置业",
        "房地产",
        "建设",
        "建材",
        "装饰",
        "机械",
        "设备",
        "化工",
        "生物",
        "医药",
        "能源",
        "资产",
        "财务",
        "税务",
        "代理",
        "发展",
        "服饰",
        "农业",
    ];
    let mut rest = tail;
    while let Some(next) = TRADES.iter().find_map(|t| rest.strip_prefix(t)) {
        rest = next;
    }
    let ends = ["有限", "股份", "集团", "公司", "事务所", "合伙"];
    rest.len() < tail.len() && ends.iter().any(|e| rest.starts_with(e))
}

/// Whether a document that a person holds is named here.
fn document(tail: &str) -> bool {
    const DOCUMENTS: [&str; 16] = [
        "护照",
        "身份证",
        "居民身份证",
        "本人",
        "有效",
        "证件",
        "往来",
        "港澳",
        "台胞",
        "回乡证",
        "军官证",
        "户口",
        "驾驶证",
        "营业执照",
        "介绍信",
        "居住证",
    ];
    DOCUMENTS.iter().any(|d| tail.starts_with(d))
}

/// Whether an organisation's name goes on here: 李宁体育用品有限公司.
fn organisation(tail: &str) -> bool {
    const MARKS: [&str; 14] = [
        "公司",
        "集团",
        "有限",
        "股份",
        "银行",
        "大学",
        "学院",
        "中学",
        "小学",
        "医院",
        "律师事务所",
        "基金会",
        "事务所",
        "俱乐部",
    ];
    tail.char_indices()
        .take(12)
        .take_while(|(_, c)| is_han(*c) && *c != '的')
        .any(|(i, _)| {
            let here = tail.get(i..).unwrap_or_default();
            MARKS.iter().any(|m| here.starts_with(m))
        })
}

/// A name at the start of a stretch, by the character before it.
fn edge_left(before: &str) -> i32 {
    let Some(c) = before.chars().next_back() else {
        return 2;
    };
    match c {
        // A field of its own: "owner":"傅丹"
        '"' | '\''
            if before.len() > 1
                && before
                    .get(..before.len() - 1)
                    .is_some_and(|b| b.ends_with([':', '=', ',', '(', '[', ' '])) =>
        {
            4
        }
        '、' | '，' | ',' | '。' | '：' | ':' | '；' | '！' | '？' | '\n' | '\r' => 2,
        ' ' | '\u{3000}' | '\t' | '(' | '（' | '@' | '/' | '|' | '-' | '—' => 1,
        '《' | '〈' => -6,
        '“' | '‘' | '"' | '「' | '『' => -2,
        c if c.is_ascii_digit() => -3,
        _ => 0,
    }
}

/// A name at the end of a stretch, by what follows.
fn edge_right(behind: &str) -> i32 {
    let Some(c) = behind.chars().next() else {
        return 2;
    };
    match c {
        '、' | '，' | ',' | '：' | ':' | '(' | '（' => 3,
        '。' | '；' | ';' | '！' | '？' | '!' | '?' | '\n' | '\r' => 2,
        ' ' | '\u{3000}' | '\t' | '/' | '|' | '-' | '—' | ')' | '）' => 1,
        '》' | '〉' => -6,
        '”' | '’' | '"' | '」' | '』' => -1,
        c if c.is_ascii_digit() => -1,
        _ => 0,
    }
}

/// A name behind a word of this class.
fn before_class(word: Option<Word>, len: usize, last: char) -> i32 {
    if "叫姓是由与和对向被让请给跟同把将及为位名".contains(last) {
        return 3;
    }
    let Some(word) = word else { return -2 };
    match (word.class, len) {
        (b'p' | b'c', _) => 3,
        (b'v', 2..) | (b't', _) => 1,
        (b'v' | b'u', _) | (b'n' | b's' | b'f', 2..) => 0,
        (b'd' | b'a', _) => -2,
        (b'm' | b'q', _) => -4,
        (b'r', _) => -3,
        (_, 1) if matches!(last, '的' | '了') => 0,
        (_, 1) => -5,
        _ => -1,
    }
}

/// A name before a word of this class.
fn behind_class(word: Option<Word>, len: usize, next: char) -> i32 {
    if "的在对与向从被将以为和也都已曾就则又还等是有把给于及".contains(next) && len == 1
    {
        return 3;
    }
    let Some(word) = word else { return -2 };
    match (word.class, len) {
        (b'p' | b'c' | b'd', _) | (b'v', 2..) => 3,
        (b'v', _) => 2,
        (b't' | b'r', _) => 1,
        (b'a', _) => -1,
        (b'm' | b'q', _) => -2,
        (b'f', _) => -3,
        (_, 2..) => 0,
        _ => -4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names reported in a text.
    fn names(text: &str) -> Vec<&str> {
        let mut out = Vec::new();
        Reader::default().read(text, &mut out);
        out.iter()
            .filter(|n| n.percent() >= 50)
            .map(|n| &text[n.range.clone()])
            .collect()
    }

    #[test]
    fn names_between_words() {
        for (text, wanted) in [
            ("会议由总经理陈志强主持。", "陈志强"),
            ("记者李晓梅报道", "李晓梅"),
            ("昨天欧阳建国表示同意。", "欧阳建国"),
            ("马文静，女，1980年出生，博士。", "马文静"),
            ("车主姚东，车牌号", "姚东"),
            ("美国总统克林顿昨天抵达北京", "克林顿"),
            ("作家弗拉基米尔·纳博科夫的小说", "弗拉基米尔·纳博科夫"),
            ("董事長陳國強先生表示", "陳國強"),
            ("王超持护照（护照号）办理开户。", "王超"),
            ("客户韩云凭身份证领取", "韩云"),
        ] {
            assert_eq!(names(text), [wanted], "{text}");
        }
    }

    #[test]
    fn words_are_no_names() {
        for text in [
            "高兴地通知各位马上开会",
            "本公司王牌产品销量高于去年同期",
            "请于今年六月前完成全部项目",
            "卢龙县武胜路的金融街项目",
            "任职于翔宇鞋业有限公司",
            "武汉鑫源博瑞投资管理有限公司",
            "广州明德瑞丰会计服务有限公司",
            "广州卓越博瑞会计服务有限公司",
            "安全管理员应当定期检查系统日志",
            "查看马拉松比赛和高尔夫公开赛的时间",
        ] {
            assert!(names(text).is_empty(), "{text}: {:?}", names(text));
        }
    }

    #[test]
    fn what_is_passed_over_early_would_not_have_been_reported() {
        let text = "会议由总经理陈志强主持，记者李晓梅、王牌产品经理欧阳建国出席。美国总统克林顿昨天抵达北京\n\
            作家弗拉基米尔·纳博科夫的小说，扎西次仁表示同意；卢龙县武胜路的金融街项目。刘先生与马文静（女）\n\
            姚东：关于加强企业管理的通知，应当按照方案办理，安全管理员高兴地通知各位马上开会";
        let (mut all, mut wanted) = (Vec::new(), Vec::new());
        Reader::default().read(text, &mut all);
        Reader::new(50).read(text, &mut wanted);
        let sure = |names: Vec<Name>| -> Vec<Name> {
            (names.into_iter().filter(|n| n.percent() >= 50)).collect()
        };
        assert!(sure(all.clone()).len() >= 6, "{all:?}");
        assert_eq!(sure(wanted), sure(all));
    }

    #[test]
    fn a_text_without_such_characters_is_not_read() {
        for text in ["", "plain", "é ×", "\u{FF21}\u{3001}", "\u{20}\u{1F600}"] {
            assert_eq!(first_han(text, 0), None, "{text}");
        }
        for (text, at) in [("a王", 1), ("、\u{20000}", 3), ("éé〇", 4), ("\u{3400}", 0)] {
            assert_eq!(first_han(text, 0), Some(at), "{text}");
        }
    }

    #[test]
    fn a_name_told_once_is_found_again() {
        let mut reader = Reader::default();
        let mut read = |text: &str| {
            let mut out = Vec::new();
            reader.read(text, &mut out);
            out.retain(|n| n.percent() >= 50);
            out.len()
        };
        assert_eq!(read("后来安然没有来"), 0);
        reader.learn("安然");
        let mut out = Vec::new();
        reader.read("后来安然没有来", &mut out);
        assert_eq!(out.iter().filter(|n| n.percent() >= 50).count(), 1);
        reader.forget();
        out.clear();
        reader.read("后来安然没有来", &mut out);
        assert_eq!(out.iter().filter(|n| n.percent() >= 50).count(), 0);
    }

    #[test]
    fn forms_of_address_end_a_name() {
        assert_eq!(names("我院张伟医生说"), ["张伟"]);
        assert!(names("刘先生于昨日到访").is_empty());
    }

    #[test]
    fn long_stretches_are_read_in_windows() {
        let text = "王建国说".repeat(500);
        assert!(names(&text).len() > 400);
        assert!(names(&"王".repeat(9_000)).len() < 9_000);
    }
}
