//! How likely a name is beside its words: costs of the readings with and without it, what stands before and
//! behind, and which of several names hold.

use super::{
    DOT, Kind, LEAST, Name, Reader, SAYS, Spot,
    around::{before_class, behind_class, document, introduced, organisation, trade},
    relax,
};
use crate::detect::names::{
    lexicon::{LONGEST, Lexicon, beside, weight},
    tables::{flag, tables},
};
use std::ops::Range;

impl Reader {
    /// Weighs the spots of one window and adds the names among them.
    pub(super) fn weigh(
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
