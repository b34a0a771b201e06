//! Small pictures that show something together: a page cut into strips, a number drawn sign by sign.
//!
//! A picture is judged by the pixels that it has; small ones are no larger than an icon. But pictures that are
//! drawn side by side are one for whoever looks at the page, and are judged as one.

use super::walk::{Key, Matrix, times};
use lopdf::ObjectId;
use std::collections::{BTreeMap, BTreeSet};

/// Most small pictures of one stream that are compared, and most comparisons; what is more than that shows
/// something together.
const MOST: usize = 20_000;
const LOOKS: usize = 4_000_000;
/// Pixels that a few letters need, along a line and across.
const LINE: f64 = 32.0;
const LETTER: f64 = 7.0;
/// Room between signs of one line, and between lines, in shares of their height.
const ALONG: f64 = 0.75;
const ACROSS: f64 = 0.25;

/// Whether so many pixels can hold text.
pub(super) fn can_hold_text(width: f64, height: f64) -> bool {
    width.max(height) >= LINE && width.min(height) >= LETTER
}

/// Which picture is drawn: an object, or that of a stream of instructions with this sum of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Which {
    Object(ObjectId),
    Inline(Key, u64),
}

/// A small picture where it is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    which: Which,
    width: f64,
    height: f64,
    /// Left, lower, right and upper ends.
    pub(super) place: [f64; 4],
}

impl Piece {
    /// `ctm` leads from the unit square to the page.
    #[expect(
        clippy::many_single_char_names,
        reason = "the entries of a matrix have these names"
    )]
    pub(super) fn new(which: Which, width: f64, height: f64, ctm: &Matrix) -> Self {
        let [a, b, c, d, e, f] = *ctm;
        let xs = [e, e + a, e + c, e + a + c];
        let ys = [f, f + b, f + d, f + b + d];
        let least = |all: [f64; 4]| all.into_iter().fold(f64::MAX, f64::min);
        let most = |all: [f64; 4]| all.into_iter().fold(f64::MIN, f64::max);
        Self {
            which,
            width,
            height,
            place: [least(xs), least(ys), most(xs), most(ys)],
        }
    }

    /// The same where a matrix leads to.
    pub(super) fn moved(&self, matrix: &Matrix) -> Self {
        let [x0, y0, x1, y1] = self.place;
        let unit = [x1 - x0, 0.0, 0.0, y1 - y0, x0, y0];
        Self {
            place: Self::new(self.which, 0.0, 0.0, &times(&unit, matrix)).place,
            ..*self
        }
    }

    fn high(&self) -> f64 {
        self.place[3] - self.place[1]
    }

    fn wide(&self) -> f64 {
        self.place[2] - self.place[0]
    }

    /// Whether another one, which does not begin further left, goes on with it.
    fn is_beside(&self, other: &Self) -> bool {
        let high = self.high().max(other.high());
        let x = other.place[0] - self.place[2];
        let y = (other.place[1] - self.place[3]).max(self.place[1] - other.place[3]);
        (x <= ALONG * high && y <= 0.0) || (x <= 0.0 && y <= ACROSS * high)
    }
}

/// Pieces of one stream that show something together, and how many such pictures there are.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Together {
    pub pictures: u64,
    pub pieces: BTreeSet<Which>,
}

/// Finds pieces that show something together.
pub(super) fn together(pieces: &[Piece]) -> Together {
    let whole = || Together {
        pictures: 1,
        pieces: pieces.iter().map(|p| p.which).collect(),
    };
    let finite = |p: &&Piece| p.place.iter().all(|v| v.is_finite());
    let mut all: Vec<&Piece> = pieces.iter().filter(finite).collect();
    if pieces.len() > MOST {
        return whole();
    }
    all.sort_by(|a, b| a.place[0].total_cmp(&b.place[0]));
    let mut group: Vec<usize> = (0..all.len()).collect();
    let mut looks = 0;
    for (n, piece) in all.iter().enumerate() {
        let reach = piece.place[2] + ALONG * piece.high().max(64.0);
        for (m, other) in all.iter().enumerate().skip(n + 1) {
            looks += 1;
            if looks > LOOKS {
                return whole();
            }
            if other.place[0] > reach {
                break;
            }
            if piece.is_beside(other) {
                let (a, b) = (root(&mut group, n), root(&mut group, m));
                if let Some(of) = group.get_mut(a.max(b)) {
                    *of = a.min(b);
                }
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<&Piece>> = BTreeMap::new();
    for (n, piece) in all.iter().enumerate() {
        groups.entry(root(&mut group, n)).or_default().push(piece);
    }
    let mut out = Together::default();
    for members in groups.values().filter(|m| shows(m)) {
        out.pictures += 1;
        out.pieces.extend(members.iter().map(|p| p.which));
    }
    out
}

/// The first of the group that a piece is in.
fn root(group: &mut [usize], mut n: usize) -> usize {
    while let Some(&of) = group.get(n).filter(|of| **of != n) {
        let next = group.get(of).copied().unwrap_or(of);
        if let Some(slot) = group.get_mut(n) {
            *slot = next;
        }
        n = next;
    }
    n
}

/// Whether pieces side by side can hold text: the same sign again and again says nothing.
fn shows(members: &[&Piece]) -> bool {
    let signs: BTreeSet<Which> = members.iter().map(|p| p.which).collect();
    let strip = members.iter().any(|p| p.width.max(p.height) >= LINE);
    if signs.len() < if strip { 2 } else { 3 } {
        return false;
    }
    let far = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
    let [left, low, right, high] = members.iter().fold(far, |far, p| {
        let [x0, y0, x1, y1] = p.place;
        [
            far[0].min(x0),
            far[1].min(y0),
            far[2].max(x1),
            far[3].max(y1),
        ]
    });
    // As many pixels as it would have in one piece, as fine as the finest.
    let fine = |side: fn(&Piece) -> (f64, f64)| {
        let each = members.iter().map(|p| side(p));
        each.map(|(pixels, long)| pixels / long.max(1e-6))
            .fold(0.0, f64::max)
    };
    let wide = (right - left) * fine(|p| (p.width, p.wide()));
    let tall = (high - low) * fine(|p| (p.height, p.high()));
    can_hold_text(wide, tall)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::pdf::hostile::{MANY, soon};

    fn at(id: u32, pixels: (f64, f64), [x, y, wide, high]: [f64; 4]) -> Piece {
        let ctm = [wide, 0.0, 0.0, high, x, y];
        Piece::new(Which::Object((id, 0)), pixels.0, pixels.1, &ctm)
    }

    #[test]
    fn pictures_side_by_side_are_one() {
        let row = |ids: &[u32], step: f64| {
            let each = ids.iter().zip(0_u32..);
            each.map(|(id, n)| at(*id, (8.0, 12.0), [step * f64::from(n), 9.0, 6.0, 9.0]))
                .collect::<Vec<Piece>>()
        };
        let count = |pieces: &[Piece]| together(pieces).pictures;
        // A number drawn sign by sign, close and a little apart; few of its signs differ.
        for step in [6.0, 9.0, 12.0] {
            assert_eq!(count(&row(&[1, 2, 3, 1, 2], step)), 1, "{step}");
        }
        // Marks before the items of a list, stars, icons with room between.
        assert_eq!(count(&row(&[1, 1, 1, 1, 1, 2], 6.0)), 0);
        assert_eq!(count(&row(&[1, 2, 3, 4, 5], 18.0)), 0);
        let below: Vec<Piece> = (0..9_u8)
            .map(|n| at(n.into(), (16.0, 16.0), [9.0, 20.0 * f64::from(n), 9.0, 9.0]))
            .collect();
        assert_eq!(count(&below), 0);
        // A scan in strips.
        let strips: Vec<Piece> = (0..40_u8)
            .map(|n| {
                at(
                    n.into(),
                    (600.0, 4.0),
                    [0.0, 2.0 * f64::from(n), 300.0, 2.0],
                )
            })
            .collect();
        let all = together(&strips);
        assert_eq!((all.pictures, all.pieces.len()), (1, 40));
        assert_eq!(count(&strips[..1]), 0, "a line");
        // Downwards.
        let down: Vec<Piece> = (0..6_u8)
            .map(|n| at(n.into(), (12.0, 12.0), [9.0, 10.0 * f64::from(n), 9.0, 9.0]))
            .collect();
        assert_eq!(count(&down), 1);
    }

    #[test]
    fn pictures_without_end_show_something_together() {
        let many = u32::try_from(MANY).unwrap();
        let all: Vec<Piece> = (0..many)
            .map(|n| at(n, (8.0, 8.0), [0.0, 0.0, 1.0, 1.0]))
            .collect();
        soon("pieces", || {
            assert_eq!(together(&all).pictures, 1);
            assert_eq!(together(&all[..MOST]).pieces.len(), MOST);
        });
        let nowhere = at(1, (8.0, 8.0), [f64::NAN, 0.0, f64::INFINITY, 1.0]);
        assert_eq!(together(&[nowhere]), Together::default());
    }
}
