//! Boxes over what was taken out.

use super::{
    rewrite::{HOLE, decimal},
    walk::{Drawn, Spot},
};
use std::{collections::BTreeMap, fmt::Write};

/// A stream with a box over every hole.
pub(super) fn finished(data: &[u8], after: &Drawn<'_>) -> Vec<u8> {
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
    for (_, spot) in spots {
        out.extend_from_slice(polygon(spot, &lines).as_bytes());
    }
    out.extend_from_slice(b"Q\n");
    out
}

/// Places where glyphs start, by rows of the page.
type Rows = BTreeMap<i64, Vec<(f64, f64)>>;

const ROW: f64 = 16.0;

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
    rows
}

/// The box over a hole: as long as the hole, but for what is placed inside of it by itself.
#[expect(
    clippy::many_single_char_names,
    reason = "the entries of a matrix have these names"
)]
fn polygon(spot: &Spot, rows: &Rows) -> String {
    let [a, b, c, d, e, f] = spot.matrix;
    let size = spot.size;
    let over = |x: f64, y: f64| (x * a + y * c + e, x * b + y * d + f);
    let mut long = HOLE;
    if !spot.vertical && b.abs() < 1e-6 && a.abs() > 1e-9 {
        let reach = (a * size * spot.scale).abs() * HOLE;
        let high = (d * size).abs().max(0.1);
        for y in row(f - high)..=row(f + high) {
            for (gx, gy) in rows.get(&y).into_iter().flatten() {
                let along = (gx - e) * (a * size * spot.scale).signum();
                let near = (gy - f).abs() < 0.5 * high;
                if near && along > 0.05 * reach && along < reach * (long / HOLE) {
                    long = along / reach * HOLE - 0.05;
                }
            }
        }
    }
    let corners = if spot.vertical {
        [(-0.5, 0.0), (0.5, 0.0), (0.5, -HOLE), (-0.5, -HOLE)].map(|(x, y)| (x * size, y * size))
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
