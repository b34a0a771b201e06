//! Vertical text that is set glyph by glyph: each stands upright below the one before, as writers do it
//! that have no font for vertical text. It is laid out as text that runs downwards.

use super::{font::Says, walk::Glyph};
use std::collections::BTreeSet;

/// Fewer glyphs than these are no text that runs downwards.
const LEAST: usize = 3;
/// Shares of the font's height: how far to the side the next glyph may stand, how far below (lines of text
/// stand further apart), and how far above when a writer lays them over one another.
const ASIDE: f64 = 0.25;
const BELOW: f64 = 1.35;
const ABOVE: f64 = 0.7;
/// Nearer than this they lie over one another, and are read as if each stood below the one before.
const OVER: f64 = 0.65;
/// Where a line that runs downwards has its base line, from the left of such a glyph, and where its upper
/// end is.
const BASE: f64 = 0.18;
pub(super) const TOP: f64 = 0.88;

/// Lays such text out as text that runs downwards. Gives the streams and the instructions that show it.
pub(super) fn lay(glyphs: &mut [Glyph]) -> BTreeSet<(u32, usize)> {
    let mut out = BTreeSet::new();
    let mut from = 0;
    while from < glyphs.len() {
        let rest = glyphs.get(from..).unwrap_or_default();
        let pairs = rest.iter().zip(rest.iter().skip(1));
        let steps: Vec<f64> = pairs.map_while(|(a, b)| step(a, b)).collect();
        let count = steps.len() + 1;
        if count >= LEAST
            && let Some(all) = glyphs.get_mut(from..from + count)
        {
            turn(all, &steps);
            out.extend(all.iter().map(|g| (g.at.stream, g.at.show)));
        }
        from += count;
    }
    out
}

/// How far a glyph stands below another when they are vertical text.
fn step(before: &Glyph, glyph: &Glyph) -> Option<f64> {
    let (cos, sin) = direction(before)?;
    let other = direction(glyph)?;
    let size = before.size;
    let (x, y) = (glyph.x - before.x, glyph.y - before.y);
    let (aside, below) = (x * cos + y * sin, x * sin - y * cos);
    let turned = (cos - other.0).abs() + (sin - other.1).abs();
    let doubled = before.says == glyph.says && below.abs() < OVER * size;
    let fits = aside.abs() < ASIDE * size
        && (-ABOVE * size..BELOW * size).contains(&below)
        && (glyph.size - size).abs() < 0.05 * size
        && turned < 0.02;
    (fits && !doubled).then_some(if below < OVER * size { size } else { below })
}

/// The direction of a glyph that is as wide as it is high.
fn direction(glyph: &Glyph) -> Option<(f64, f64)> {
    let long = glyph.dx.hypot(glyph.dy);
    let wide = matches!(glyph.says, Says::Char(c) if c >= '\u{2e80}');
    let fits = (0.8 * glyph.size..1.3 * glyph.size).contains(&long);
    (wide && fits && long > 1e-6).then(|| (glyph.dx / long, glyph.dy / long))
}

fn turn(glyphs: &mut [Glyph], steps: &[f64]) {
    let Some(first) = glyphs.first() else { return };
    let Some((cos, sin)) = direction(first) else {
        return;
    };
    let (right, up) = (BASE * first.size, TOP * first.size);
    let mut x = first.x + right * cos - up * sin;
    let mut y = first.y + right * sin + up * cos;
    let last = glyphs.last().map(|g| g.size);
    for (glyph, step) in glyphs.iter_mut().zip(steps.iter().copied().chain(last)) {
        (glyph.x, glyph.y) = (x, y);
        (glyph.dx, glyph.dy) = (step * sin, -step * cos);
        x += glyph.dx;
        y += glyph.dy;
    }
}
