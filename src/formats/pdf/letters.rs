//! Pictures of letters: what fonts made of pixels have for each of their glyphs, told from pictures of text.
//!
//! A letter is one sign, or a few strokes that lie in each other's way. Text is signs of one height in a row.

/// Pixels of one colour and of another, by rows.
#[derive(Debug)]
pub(super) struct Bitmap<'p> {
    pub width: usize,
    pub height: usize,
    /// One bit a pixel; rows begin with a byte.
    pub rows: &'p [u8],
}

/// Most pixels of a letter on its longer side, and of one that may be long and low.
pub(super) const MOST: usize = 256;
const LINE: usize = 96;
/// So many signs of one height in a row or above one another are text.
const ROW: usize = 6;
/// More strokes than any letter has.
const STROKES: usize = 32;
/// Fewer pixels than this on both sides are dust.
const DUST: usize = 3;

/// Whether pixels of this many sides are no larger than those of a letter.
pub(super) fn fits(width: usize, height: usize) -> bool {
    let (long, short) = (width.max(height), width.min(height));
    long <= MOST && (long <= LINE || long <= 4 * short)
}

/// One stroke, or several that meet: its ends, the last ones not of it.
#[derive(Debug, Clone, Copy)]
struct Part {
    left: usize,
    top: usize,
    right: usize,
    low: usize,
}

impl Part {
    fn wide(&self) -> usize {
        self.right - self.left
    }

    fn high(&self) -> usize {
        self.low - self.top
    }

    /// The same with rows and columns exchanged.
    fn turned(&self) -> Self {
        Self {
            left: self.top,
            top: self.left,
            right: self.low,
            low: self.right,
        }
    }
}

impl Bitmap<'_> {
    /// Whether it is one letter, whichever of the two colours is ink.
    pub(super) fn is_letter(&self) -> bool {
        fits(self.width, self.height)
            && [false, true].into_iter().all(|ink| {
                let mut parts = self.parts(ink);
                // The larger part of paper is around the letter.
                if ink == self.paper() {
                    parts.retain(|p| {
                        p.left > 0 && p.top > 0 && p.right < self.width && p.low < self.height
                    });
                }
                !is_text(&parts)
            })
    }

    fn bit(&self, x: usize, y: usize) -> bool {
        let byte = self.rows.get(y * self.width.div_ceil(8) + x / 8);
        byte.is_some_and(|b| b >> (7 - x % 8) & 1 == 1)
    }

    /// The colour of most of the edge.
    fn paper(&self) -> bool {
        let (right, low) = (self.width.saturating_sub(1), self.height.saturating_sub(1));
        let across = (0..self.width).flat_map(|x| [(x, 0), (x, low)]);
        let down = (0..self.height).flat_map(|y| [(0, y), (right, y)]);
        let set = across.chain(down).filter(|(x, y)| self.bit(*x, *y)).count();
        set > self.width + self.height
    }

    /// What hangs together of one colour.
    fn parts(&self, ink: bool) -> Vec<Part> {
        let mut seen = vec![false; self.width * self.height];
        let mut out = Vec::new();
        let mut open = Vec::new();
        for start in 0..seen.len() {
            let mut part = Part {
                left: usize::MAX,
                top: usize::MAX,
                right: 0,
                low: 0,
            };
            open.push((start % self.width, start / self.width));
            while let Some((x, y)) = open.pop() {
                let Some(known) = seen.get_mut(y * self.width + x) else {
                    continue;
                };
                if *known || self.bit(x, y) != ink {
                    continue;
                }
                *known = true;
                part.left = part.left.min(x);
                part.top = part.top.min(y);
                part.right = part.right.max(x + 1);
                part.low = part.low.max(y + 1);
                for near_y in y.saturating_sub(1)..(y + 2).min(self.height) {
                    for near_x in x.saturating_sub(1)..(x + 2).min(self.width) {
                        open.push((near_x, near_y));
                    }
                }
            }
            if part.right > 0 && (part.wide() >= DUST || part.high() >= DUST) {
                out.push(part);
            }
        }
        out
    }
}

/// Whether parts are signs of a text.
fn is_text(parts: &[Part]) -> bool {
    let (wide, high) = whole(parts);
    let flat = parts.len() >= 4 && 5 * wide.max(high) >= 9 * wide.min(high);
    let turned: Vec<Part> = parts.iter().map(Part::turned).collect();
    flat || parts.len() > STROKES || is_row(parts) || is_row(&turned)
}

/// How wide and high parts are together.
fn whole(parts: &[Part]) -> (usize, usize) {
    let long = |ends: fn(&Part) -> (usize, usize)| {
        let from = parts.iter().map(|p| ends(p).0).min().unwrap_or(0);
        let to = parts.iter().map(|p| ends(p).1).max().unwrap_or(0);
        to - from
    };
    (long(|p| (p.left, p.right)), long(|p| (p.top, p.low)))
}

/// Whether enough parts of about one height stand beside one another.
fn is_row(parts: &[Part]) -> bool {
    parts.iter().any(|one| {
        let beside = parts.iter().filter(|p| {
            let shared = p.low.min(one.low).saturating_sub(p.top.max(one.top));
            let (less, more) = (p.high().min(one.high()), p.high().max(one.high()));
            2 * shared >= more && 2 * less >= more
        });
        // Strokes that lie above one another are of one sign.
        let mut ends: Vec<(usize, usize)> = beside.map(|p| (p.left, p.right)).collect();
        ends.sort_unstable();
        let (mut count, mut to) = (0, 0);
        for (left, right) in ends {
            if left >= to {
                count += 1;
                to = right;
            } else {
                to = to.min(right);
            }
        }
        count >= ROW
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a drawing of these rows is a letter, and is one with its colours exchanged.
    fn letter(rows: &[&str]) -> bool {
        let (width, height) = (rows[0].len(), rows.len());
        let mut bits = vec![0_u8; width.div_ceil(8) * height];
        for (y, row) in rows.iter().enumerate() {
            for (x, _) in row.match_indices('#') {
                bits[y * width.div_ceil(8) + x / 8] |= 0x80 >> (x % 8);
            }
        }
        let of = |rows: &[u8]| {
            Bitmap {
                width,
                height,
                rows,
            }
            .is_letter()
        };
        let other: Vec<u8> = bits.iter().map(|b| !b).collect();
        let is = of(&bits);
        assert_eq!(of(&other), is);
        is
    }

    fn wide(sign: &[&str], times: usize) -> Vec<String> {
        let edge = ".".repeat((sign[0].len() + 1) * times + 1);
        let rows = sign
            .iter()
            .map(|row| format!(".{}", format!("{row}.").repeat(times)));
        std::iter::once(edge.clone())
            .chain(rows)
            .chain(std::iter::once(edge.clone()))
            .collect()
    }

    const THREE: &[&str] = &["###", "..#", "###", "..#", "###"];

    #[test]
    fn letters_are_told_from_text() {
        for sign in [
            &[".###.", "#...#", "#####", "#...#", "#...#"][..],
            &["..#..", ".....", "..#..", "..#..", "..#.."],
            &["#####", ".....", ".....", "#####"],
            &["#.#.#.#", "#.#.#.#", "#.#.#.#", "#.#.#.#"],
            &["#######", "#..#..#", "#######", "#..#..#", "#######"],
            &["########################################"],
        ] {
            assert!(letter(sign), "{sign:?}");
        }
        let is = |rows: Vec<String>| letter(&rows.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(is(wide(THREE, 3)));
        assert!(!is(wide(THREE, 11)));
        // Two lines of four signs, and downwards.
        let block = [wide(THREE, 7), wide(THREE, 7), wide(THREE, 7)].concat();
        assert!(!is(block));
        let down: Vec<String> = (0..7).flat_map(|_| wide(THREE, 1)).collect();
        assert!(!is(down));
        assert!(fits(256, 200) && fits(96, 1) && !fits(100, 20) && !fits(257, 257));
    }
}
