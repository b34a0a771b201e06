//! Areas that are filled or cut out, and whether a place lies in them.

use super::{Matrix, times};
use std::rc::Rc;

/// A place.
pub(super) type Point = (f64, f64);
/// Left, right, lower and upper ends.
pub(super) type Box4 = [f64; 4];
/// The side of an area between two corners.
pub(super) type Side = [Point; 2];

/// The box around everything.
pub(super) const ALL: Box4 = [f64::MIN, f64::MAX, f64::MIN, f64::MAX];
/// Straight pieces that a curve is taken for.
const PIECES: u8 = 8;
/// Most areas that are cut out one inside another, boxes aside.
const CUTS: u32 = 64;

/// Where a matrix leads to.
#[expect(
    clippy::many_single_char_names,
    reason = "the names of ISO 32000-1, 8.3.3"
)]
pub(super) fn over(&[a, b, c, d, e, f]: &Matrix, (x, y): Point) -> Point {
    (x * a + y * c + e, x * b + y * d + f)
}

/// The way back, unless there is none.
#[expect(
    clippy::many_single_char_names,
    reason = "the names of ISO 32000-1, 8.3.3"
)]
pub(super) fn inverse(&[a, b, c, d, e, f]: &Matrix) -> Option<Matrix> {
    let det = a * d - b * c;
    let all = [
        d / det,
        -b / det,
        -c / det,
        a / det,
        (c * f - d * e) / det,
        (b * e - a * f) / det,
    ];
    (det.abs() > 1e-12 && all.iter().all(|n| n.is_finite())).then_some(all)
}

/// Which places lie in an area whose sides cross (ISO 32000-1, 8.5.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    Winding,
    EvenOdd,
}

/// An area.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub sides: Vec<Side>,
    pub rule: Rule,
    pub bounds: Box4,
}

impl Shape {
    /// Each part is closed.
    pub(super) fn new(parts: &[Vec<Point>], rule: Rule) -> Self {
        let mut sides = Vec::new();
        let mut bounds = [f64::MAX, f64::MIN, f64::MAX, f64::MIN];
        for part in parts {
            let next = part.iter().cycle().skip(1);
            for (&from, &to) in part.iter().zip(next) {
                let ((x, y), [x0, x1, y0, y1]) = (from, bounds);
                bounds = [x0.min(x), x1.max(x), y0.min(y), y1.max(y)];
                if from != to {
                    sides.push([from, to]);
                }
            }
        }
        Self {
            sides,
            rule,
            bounds,
        }
    }

    /// The square that pictures are drawn into, or any other box, as a matrix leads it to the page.
    pub(super) fn square(&[x0, x1, y0, y1]: &Box4, matrix: &Matrix) -> Self {
        let corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)].map(|p| over(matrix, p));
        Self::new(&[corners.to_vec()], Rule::Winding)
    }

    /// Everything.
    pub(super) fn all() -> Self {
        Self::new(
            &[vec![(-1e9, -1e9), (1e9, -1e9), (1e9, 1e9), (-1e9, 1e9)]],
            Rule::Winding,
        )
    }

    /// What a line of this width covers, without its ends and corners.
    pub(super) fn line(parts: &[Vec<Point>], width: f64, matrix: &Matrix) -> Self {
        let mut all = Vec::new();
        for part in parts {
            for pair in part.windows(2) {
                let [(x0, y0), (x1, y1)] = pair else { continue };
                let long = (x1 - x0).hypot(y1 - y0);
                if long <= 0.0 {
                    continue;
                }
                let (x, y) = (
                    (y1 - y0) / long * width / 2.0,
                    (x0 - x1) / long * width / 2.0,
                );
                let mut corners = [
                    (x0 + x, y0 + y),
                    (x1 + x, y1 + y),
                    (x1 - x, y1 - y),
                    (x0 - x, y0 - y),
                ]
                .map(|p| over(matrix, p))
                .to_vec();
                // What lies over one another must not cancel out.
                if area(&corners) < 0.0 {
                    corners.reverse();
                }
                all.push(corners);
            }
        }
        Self::new(&all, Rule::Winding)
    }

    /// The box that this area is, if it is one.
    fn level(&self) -> Option<Box4> {
        let upright =
            |[(x0, y0), (x1, y1)]: &Side| (x0 - x1).abs() < 1e-6 || (y0 - y1).abs() < 1e-6;
        (self.sides.len() == 4 && self.sides.iter().all(upright)).then_some(self.bounds)
    }

    pub(super) fn holds(&self, point: Point) -> bool {
        is_in(&self.bounds, point) && holds(self.sides.iter(), self.rule, point)
    }
}

fn area(corners: &[Point]) -> f64 {
    let next = corners.iter().cycle().skip(1);
    let pairs = corners.iter().zip(next);
    pairs.map(|((x0, y0), (x1, y1))| x0 * y1 - x1 * y0).sum()
}

/// Whether a place lies in the area that has these sides.
pub(super) fn holds<'s>(sides: impl Iterator<Item = &'s Side>, rule: Rule, (x, y): Point) -> bool {
    let mut turns = 0_i64;
    for [(x0, y0), (x1, y1)] in sides {
        let (below, to_below) = (*y0 <= y, *y1 <= y);
        if below == to_below {
            continue;
        }
        let left = (x1 - x0) * (y - y0) - (x - x0) * (y1 - y0);
        if below && left > 0.0 {
            turns += 1;
        } else if !below && left < 0.0 {
            turns -= 1;
        }
    }
    match rule {
        Rule::Winding => turns != 0,
        Rule::EvenOdd => turns % 2 != 0,
    }
}

pub(super) fn is_in(&[x0, x1, y0, y1]: &Box4, (x, y): Point) -> bool {
    (x0..=x1).contains(&x) && (y0..=y1).contains(&y)
}

pub(super) fn inside(a: Box4, b: Box4) -> Box4 {
    [
        a[0].max(b[0]),
        a[1].min(b[1]),
        a[2].max(b[2]),
        a[3].min(b[3]),
    ]
}

/// A curve as straight pieces, without its start.
pub(super) fn curve(from: Point, a: Point, b: Point, to: Point, out: &mut Vec<Point>) {
    for n in 1..=PIECES {
        let t = f64::from(n) / f64::from(PIECES);
        let s = 1.0 - t;
        let mix = |from: f64, a: f64, b: f64, to: f64| {
            s * s * s * from + 3.0 * s * s * t * a + 3.0 * s * t * t * b + t * t * t * to
        };
        out.push((mix(from.0, a.0, b.0, to.0), mix(from.1, a.1, b.1, to.1)));
    }
}

/// What is drawn into.
#[derive(Debug, Clone)]
pub(super) struct Clip {
    bounds: Box4,
    cut: Option<Rc<Cut>>,
    /// Whether it is cut by something that is not known: letters, too many corners.
    vague: bool,
}

#[derive(Debug)]
struct Cut {
    shape: Shape,
    outer: Option<Rc<Cut>>,
    depth: u32,
}

impl Clip {
    /// All of the page.
    pub(super) fn new() -> Self {
        Self {
            bounds: ALL,
            cut: None,
            vague: false,
        }
    }

    /// Cuts out an area.
    pub(super) fn cut(&mut self, shape: Shape) {
        self.bounds = inside(self.bounds, shape.bounds);
        if shape.level().is_some() {
            return;
        }
        let depth = self.cut.as_ref().map_or(0, |c| c.depth) + 1;
        if depth > CUTS {
            self.vague = true;
            return;
        }
        let outer = self.cut.take();
        self.cut = Some(Rc::new(Cut {
            shape,
            outer,
            depth,
        }));
    }

    /// Cuts out something that is not known.
    pub(super) fn blur(&mut self) {
        self.vague = true;
    }

    pub(super) fn is_vague(&self) -> bool {
        self.vague
    }

    pub(super) fn bounds(&self) -> Box4 {
        self.bounds
    }

    /// Whether something may be drawn at a place, and how many sides were looked at.
    pub(super) fn holds(&self, point: Point) -> (bool, usize) {
        let mut looks = 1;
        if !is_in(&self.bounds, point) {
            return (false, looks);
        }
        let mut cut = self.cut.as_ref();
        while let Some(now) = cut {
            looks += now.shape.sides.len();
            if !now.shape.holds(point) {
                return (false, looks);
            }
            cut = now.outer.as_ref();
        }
        (true, looks)
    }
}

/// From the box that the matrix leads another one to, to where that is to be shown (ISO 32000-1, 12.5.5).
pub(super) fn fitted(own: &Box4, matrix: &Matrix, rect: &Box4) -> Matrix {
    let [x0, x1, y0, y1] = Shape::square(own, matrix).bounds;
    let side = |from: f64, to: f64, low: f64, high: f64| {
        let by = if (to - from).abs() < 1e-9 {
            1.0
        } else {
            (high - low) / (to - from)
        };
        (by, low - from * by)
    };
    let (a, e) = side(x0, x1, rect[0], rect[1]);
    let (d, f) = side(y0, y1, rect[2], rect[3]);
    times(matrix, &[a, 0.0, 0.0, d, e, f])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::pdf::walk::ONE;

    fn square(x: f64, y: f64, side: f64) -> Vec<Point> {
        vec![(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
    }

    #[test]
    fn areas_hold_what_lies_in_them_by_either_rule() {
        let both = [square(0.0, 0.0, 9.0), square(3.0, 3.0, 3.0)];
        for (rule, hole) in [(Rule::Winding, true), (Rule::EvenOdd, false)] {
            let shape = Shape::new(&both, rule);
            let found = [(1.0, 1.0), (4.0, 4.0), (8.0, 4.0), (9.5, 4.0), (4.0, -1.0)];
            let found = found.map(|p| shape.holds(p));
            assert_eq!(found, [true, hole, true, false, false], "{rule:?}");
        }
        let turned = [0.6, 0.8, -0.8, 0.6, 100.0, 0.0];
        let shape = Shape::square(&[0.0, 10.0, 0.0, 10.0], &turned);
        assert!(shape.holds(over(&turned, (9.0, 1.0))) && !shape.holds((91.0, 0.5)));
    }

    #[test]
    fn lines_are_as_wide_as_they_say_even_where_they_cross() {
        let cross = [
            vec![(0.0, 5.0), (20.0, 5.0)],
            vec![(10.0, -5.0), (10.0, 15.0), (10.0, -5.0)],
        ];
        let shape = Shape::line(&cross, 4.0, &[2.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        let found = [
            (20.0, 5.0),
            (1.0, 6.5),
            (1.0, 7.5),
            (23.0, 14.0),
            (25.0, 14.0),
        ];
        let found = found.map(|p| shape.holds(p));
        assert_eq!(found, [true, true, false, true, false]);
    }

    #[test]
    fn what_is_cut_out_of_what_is_cut_out() {
        let mut clip = Clip::new();
        clip.cut(Shape::square(&[0.0, 10.0, 0.0, 10.0], &ONE));
        clip.cut(Shape::new(
            &[vec![(0.0, 0.0), (20.0, 0.0), (0.0, 20.0)]],
            Rule::Winding,
        ));
        let found = [(1.0, 1.0), (9.5, 9.5), (9.5, 10.4), (12.0, 1.0)];
        let found = found.map(|p| clip.holds(p).0);
        assert_eq!(found, [true, true, false, false]);
        clip.cut(Shape::new(
            &[vec![(0.0, 0.0), (1.5, 0.0), (0.0, 1.5)]],
            Rule::Winding,
        ));
        assert!(!clip.holds((1.0, 1.0)).0 && clip.holds((0.5, 0.5)).0);
    }

    #[test]
    fn appearances_are_shown_where_their_annotation_is() {
        let matrix = fitted(
            &[10.0, 20.0, 0.0, 5.0],
            &[0.0, 1.0, -1.0, 0.0, 0.0, 0.0],
            &[100.0, 110.0, 200.0, 240.0],
        );
        let ends = Shape::square(&[10.0, 20.0, 0.0, 5.0], &matrix).bounds;
        let wanted = [100.0, 110.0, 200.0, 240.0];
        let near = |(a, b): (&f64, f64)| (a - b).abs() < 1e-9;
        assert!(ends.iter().zip(wanted).all(near), "{ends:?}");
    }
}
