//! Boxes over what was taken out.

use super::{
    rewrite::{HOLE, decimal},
    walk::{Drawn, Spot},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// A stream with a box over every hole; `upright` are those in text set downwards glyph by glyph.
pub(super) fn finished(data: &[u8], after: &Drawn<'_>, upright: &BTreeSet<usize>) -> Vec<u8> {
    if after.spots.is_empty() {
        return data.to_vec();
    }
    let mut out = b"q\n".to_vec();
    out.extend_from_slice(data);
    if after.in_text {
        out.extend_from_slice(b"\nET");
    }
    for _ in 0..=after.open {
        out.extend_from_slice(b"\nQ");
    }
    out.extend_from_slice(b"\nq 0 g\n");
    let mut spots: Vec<(&usize, &Spot)> = after.spots.iter().collect();
    spots.sort_by_key(|s| s.0);
    let lines = by_line(after);
    let mut left = LOOKS;
    for (at, spot) in spots {
        let upright = upright.contains(at);
        out.extend_from_slice(polygon(spot, upright, &lines, &mut left).as_bytes());
    }
    out.extend_from_slice(b"Q\n");
    out
}

/// Places where glyphs start, by rows of the page and from left to right.
type Rows = BTreeMap<i64, Vec<(f64, f64)>>;

const ROW: f64 = 16.0;
/// Most rows and glyphs that are looked at for all boxes of a stream; the boxes after that are as long as
/// holes are.
const LOOKS: usize = 4 << 20;

#[expect(
    clippy::cast_possible_truncation,
    reason = "rows of a page; far ones may fall together"
)]
fn row(y: f64) -> i64 {
    (y / ROW).floor() as i64
}

fn by_line(drawn: &Drawn<'_>) -> Rows {
    let mut rows = Rows::new();
    for glyph in &drawn.glyphs {
        rows.entry(row(glyph.y))
            .or_default()
            .push((glyph.x, glyph.y));
    }
    for row in rows.values_mut() {
        row.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    rows
}

/// The box over a hole: as long as the hole, but for what is placed inside of it by itself.
#[expect(
    clippy::many_single_char_names,
    reason = "the entries of a matrix have these names"
)]
fn polygon(spot: &Spot, upright: bool, rows: &Rows, left: &mut usize) -> String {
    let [a, b, c, d, e, f] = spot.matrix;
    let size = spot.size;
    let over = |x: f64, y: f64| (x * a + y * c + e, x * b + y * d + f);
    let mut long = HOLE;
    if !spot.vertical && !upright && b.abs() < 1e-6 && a.abs() > 1e-9 {
        let reach = (a * size * spot.scale).abs() * HOLE;
        let high = (d * size).abs().max(0.1);
        let sign = (a * size * spot.scale).signum();
        let near = |g: &&(f64, f64)| (g.1 - f).abs() < 0.5 * high;
        let (low, top) = (row(f - high), row(f + high));
        // A font may be larger than the page is, so only rows that are there are gone through.
        for (_, row) in rows.range(low..=top.max(low)) {
            let (from, to) = if sign > 0.0 {
                (e + 0.05 * reach, e + reach)
            } else {
                (e - reach, e - 0.05 * reach)
            };
            let first = row.partition_point(|g| g.0 <= from);
            let last = row.partition_point(|g| g.0 < to);
            let part = row.get(first..last).unwrap_or_default();
            let Some(rest) = left.checked_sub(1 + part.len()) else {
                *left = 0;
                long = HOLE;
                break;
            };
            *left = rest;
            let next = if sign > 0.0 {
                part.iter().find(near)
            } else {
                part.iter().rev().find(near)
            };
            if let Some((gx, _)) = next {
                long = long.min((gx - e) * sign / reach * HOLE - 0.05);
            }
        }
    }
    let corners = if spot.vertical {
        [(-0.5, 0.0), (0.5, 0.0), (0.5, -HOLE), (-0.5, -HOLE)].map(|(x, y)| (x * size, y * size))
    } else if upright {
        [
            (0.0, 0.88),
            (1.0, 0.88),
            (1.0, 0.88 - HOLE),
            (0.0, 0.88 - HOLE),
        ]
        .map(|(x, y)| (x * size * spot.scale, y * size))
    } else {
        let long = long * size * spot.scale;
        [
            (0.0, -0.22 * size),
            (long, -0.22 * size),
            (long, 0.88 * size),
            (0.0, 0.88 * size),
        ]
    };
    let mut out = String::new();
    for (n, (x, y)) in corners.into_iter().enumerate() {
        let (x, y) = over(x, y);
        decimal((x * 100.0).round() / 100.0, &mut out);
        out.push(' ');
        decimal((y * 100.0).round() / 100.0, &mut out);
        let _ = write!(out, " {} ", if n == 0 { 'm' } else { 'l' });
    }
    out.push_str("f\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(size: f64, scale: f64) -> Spot {
        Spot {
            matrix: [1.0, 0.0, 0.0, 1.0, 100.0, 700.0],
            size,
            scale,
            vertical: false,
        }
    }

    /// How far a box reaches from where it begins.
    fn reach(polygon: &str) -> f64 {
        let numbers: Vec<f64> = polygon
            .split_whitespace()
            .filter_map(|w| w.parse().ok())
            .collect();
        numbers[2] - numbers[0]
    }

    #[test]
    fn a_font_larger_than_any_page_looks_at_the_rows_that_are_there() {
        let rows: Rows = (0_i32..1000)
            .map(|n| (row(16.0 * f64::from(n)), vec![(0.0, 16.0 * f64::from(n))]))
            .collect();
        for size in [1e12, 1e300, f64::INFINITY, -1e12, f64::NAN] {
            let mut left = LOOKS;
            polygon(&spot(size, 1.0), false, &rows, &mut left);
            assert!(LOOKS - left <= 2 * rows.len(), "{size}");
        }
    }

    #[test]
    fn a_box_ends_before_what_is_placed_inside_of_it_in_either_direction() {
        let place = |x: f64, y: f64| {
            let mut rows = Rows::new();
            rows.entry(row(y)).or_default().push((x, y));
            rows
        };
        let long = |scale: f64, rows: &Rows| {
            let mut left = LOOKS;
            reach(&polygon(&spot(10.0, scale), false, rows, &mut left))
        };
        assert!((long(1.0, &Rows::new()) - 40.0).abs() < 0.01);
        assert!((long(1.0, &place(120.0, 700.0)) - 19.5).abs() < 0.01);
        assert!((long(-1.0, &place(80.0, 700.0)) + 19.5).abs() < 0.01);
        for (x, y) in [
            (101.0, 700.0),
            (120.0, 706.0),
            (141.0, 700.0),
            (80.0, 700.0),
        ] {
            assert!((long(1.0, &place(x, y)) - 40.0).abs() < 0.01, "{x} {y}");
        }
    }

    #[test]
    fn boxes_without_end_cost_a_bounded_number_of_looks() {
        let mut rows = Rows::new();
        let all = (0_i32..1000).map(|n| (105.0 + 0.01 * f64::from(n), 709.0));
        rows.entry(row(709.0)).or_default().extend(all);
        let mut left = 10_000;
        for _ in 0..1000 {
            let made = polygon(&spot(10.0, 1.0), false, &rows, &mut left);
            assert!((reach(&made) - 40.0).abs() < 0.01);
        }
        assert_eq!(left, 0);
    }
}
