//! Where names of each kind may stand: Chinese, foreign, of minorities, told elsewhere in the document.

use super::{DEAREST, DOT, Kind, PARTS, Reader, SINGLE, Spot, share};
use crate::detect::names::{
    lexicon::{Lexicon, UNKNOWN, beside, starts},
    tables::tables,
};

impl Reader {
    /// Adds the Chinese names that may begin at `i`.
    pub(super) fn chinese(&mut self, lexicon: &Lexicon, i: usize, begin: u8) {
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
    pub(super) fn is_titled(&self, lexicon: &Lexicon, from: usize, to: usize) -> bool {
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
    pub(super) fn cuts_title(&self, lexicon: &Lexicon, spot: Spot) -> bool {
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
    pub(super) fn foreign(&mut self, lexicon: &Lexicon, i: usize) {
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
    pub(super) fn told(&mut self, lexicon: &Lexicon, i: usize, text: &str) {
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
    pub(super) fn minority(&mut self, lexicon: &Lexicon, i: usize, text: &str) {
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
}
