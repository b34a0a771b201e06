//! Where text that follows a hole goes, so that its place does not tell what stood in the hole.
//!
//! What flows from the hole moves with it. Text that is placed by itself right behind a value, as many
//! writers do for every word, is placed anew: behind the hole, which is as wide as every other.

use super::{
    redact::{Gone, Holes},
    rewrite::HOLE,
    walk::{Drawn, Glyph, Show},
};
use std::collections::{BTreeMap, HashMap};

/// Text nearer than this to what stands before it, in font sizes, goes on with it.
const NEAR: f64 = 2.5;
/// Text further away than this may be a column, when others begin where it begins.
const COLUMN: f64 = 0.8;
/// Room between a hole and what is placed behind it.
const ROOM: f64 = 0.25;

/// Shifts of showing instructions by their first byte, in the space that their line matrix leads to.
pub(super) type Shifts = HashMap<usize, (f64, f64)>;

/// Text that is placed once and flows on.
struct Flow<'d> {
    /// The instruction that is placed.
    show: usize,
    placed: Option<Show>,
    glyphs: Vec<&'d Glyph>,
    /// Direction.
    cos: f64,
    sin: f64,
    from: f64,
    to: f64,
    across: f64,
    size: f64,
}

impl<'d> Flow<'d> {
    fn new(show: usize, placed: Option<Show>, glyphs: Vec<&'d Glyph>) -> Option<Self> {
        let first = *glyphs.first()?;
        let long = glyphs.iter().find(|g| g.dx.hypot(g.dy) > 1e-6)?;
        let length = long.dx.hypot(long.dy);
        let (cos, sin) = (long.dx / length, long.dy / length);
        let along = |g: &Glyph| g.x * cos + g.y * sin;
        let last = glyphs.last()?;
        Some(Self {
            from: along(first),
            to: along(last) + last.dx * cos + last.dy * sin,
            across: first.x * sin - first.y * cos,
            size: glyphs.iter().map(|g| g.size).fold(0.1, f64::max),
            show,
            placed,
            glyphs,
            cos,
            sin,
        })
    }

    fn along(&self, glyph: &Glyph) -> f64 {
        glyph.x * self.cos + glyph.y * self.sin
    }

    fn is_on_line_of(&self, other: &Self) -> bool {
        let turned = (self.cos - other.cos).abs() + (self.sin - other.sin).abs();
        turned < 0.02 && (self.across - other.across).abs() < 0.35 * self.size.min(other.size)
    }
}

/// The shifts of a stream's own text, before anything is taken out of it.
pub(super) fn shifts(drawn: &Drawn<'_>, holes: &Holes) -> Shifts {
    if holes.is_empty() {
        return Shifts::new();
    }
    let mut flows = flows(drawn);
    flows.sort_by(|a, b| {
        let angle = |f: &Flow<'_>| f.sin.atan2(f.cos);
        angle(a)
            .total_cmp(&angle(b))
            .then(a.across.total_cmp(&b.across))
            .then(a.from.total_cmp(&b.from))
    });
    let mut starts: BTreeMap<i64, u32> = BTreeMap::new();
    for flow in &flows {
        *starts.entry(start(flow)).or_default() += 1;
    }
    let mut chains: Vec<Vec<Flow<'_>>> = Vec::new();
    let mut line: Vec<Flow<'_>> = Vec::new();
    for flow in flows {
        if line.last().is_some_and(|last| !flow.is_on_line_of(last)) {
            link(&mut line, &starts, &mut chains);
        }
        line.push(flow);
    }
    link(&mut line, &starts, &mut chains);
    let spans: Vec<Span> = chains.iter().filter_map(|c| Span::new(c, holes)).collect();
    let mut out = Shifts::new();
    for chain in &chains {
        let (moves, end) = settle(chain, holes, 0.0);
        let by = Span::new(chain, holes)
            .filter(|span| span.touched)
            .and_then(|span| span.aligned(&spans, end - span.from));
        match by {
            Some(by) => out.extend(settle(chain, holes, by).0),
            None => out.extend(moves),
        }
    }
    out
}

/// Lines that are aligned with a line on its right or in the middle, so that it is taken to be so as well.
const ALIKE: usize = 2;

/// Where text that hangs together begins and ends along its line.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Span {
    from: f64,
    to: f64,
    across: f64,
    touched: bool,
}

impl Span {
    fn new(chain: &[Flow<'_>], holes: &Holes) -> Option<Self> {
        let first = chain.first()?;
        let glyphs = chain.iter().flat_map(|f| &f.glyphs);
        let mut fates = glyphs.map(|g| fate(g, holes).is_some());
        Some(Self {
            from: first.from,
            to: chain.iter().map(|f| f.to).fold(first.to, f64::max),
            across: first.across,
            touched: fates.any(|gone| gone),
        })
    }

    /// How far text goes that is centred or ends where others end, and is this long now: from its place
    /// alone one could otherwise tell how long it was. None for what begins where others begin.
    fn aligned(&self, all: &[Self], long: f64) -> Option<f64> {
        // How many others are like it, and the place they have; of those that lost nothing, if there are
        // any: what lost something itself may stand anywhere by now.
        let same = |of: &dyn Fn(&Self) -> f64| -> (usize, Option<f64>) {
            let others = all.iter().filter(|o| *o != self);
            let near = others.filter(|o| (of(o) - of(self)).abs() < 1.0);
            let (touched, whole): (Vec<&Self>, Vec<&Self>) = near.partition(|o| o.touched);
            let count = touched.len() + whole.len();
            let kept = if whole.is_empty() { touched } else { whole };
            let mut places: Vec<f64> = kept.into_iter().map(of).collect();
            places.sort_by(f64::total_cmp);
            (count, places.get(places.len() / 2).copied())
        };
        let (starts, _) = same(&|s| s.from);
        let (ends, end) = same(&|s| s.to);
        let (centres, centre) = same(&|s| f64::midpoint(s.from, s.to));
        let least = ALIKE.max(starts + 1);
        if ends >= least && ends >= centres {
            return Some(end? - long - self.from);
        }
        if centres >= least {
            return Some(centre? - long / 2.0 - self.from);
        }
        None
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "points of a page; far ones may fall together"
)]
fn start(flow: &Flow<'_>) -> i64 {
    flow.from.round() as i64
}

/// The stream's own text, cut where it is placed.
fn flows<'d>(drawn: &'d Drawn<'_>) -> Vec<Flow<'d>> {
    let mut out = Vec::new();
    let mut glyphs: Vec<&Glyph> = Vec::new();
    let mut first = 0;
    let mut last = None;
    for glyph in drawn.glyphs.iter().filter(|g| g.at.stream == 0) {
        let begins =
            last != Some(glyph.at.show) && drawn.shows.get(&glyph.at.show).is_none_or(|s| s.placed);
        if begins {
            let placed = drawn.shows.get(&first).copied();
            out.extend(Flow::new(first, placed, std::mem::take(&mut glyphs)));
            first = glyph.at.show;
        }
        last = Some(glyph.at.show);
        glyphs.push(glyph);
    }
    let placed = drawn.shows.get(&first).copied();
    out.extend(Flow::new(first, placed, glyphs));
    out
}

/// Whether a glyph goes, and whether a hole begins with it.
fn fate(glyph: &Glyph, holes: &Holes) -> Option<bool> {
    let gone = Gone {
        string: glyph.at.string,
        from: glyph.at.from,
        to: glyph.at.to,
    };
    holes.get(&glyph.at.show)?.get(&gone).copied()
}

/// Cuts a line into what hangs together, from left to right.
fn link<'d>(line: &mut Vec<Flow<'d>>, starts: &BTreeMap<i64, u32>, out: &mut Vec<Vec<Flow<'d>>>) {
    line.sort_by(|a, b| a.from.total_cmp(&b.from));
    let mut chain: Vec<Flow<'d>> = Vec::new();
    let mut end = f64::MIN;
    for flow in line.drain(..) {
        let gap = flow.from - end;
        let begun = starts.get(&start(&flow)).copied().unwrap_or(0);
        let column = gap > COLUMN * flow.size && begun > 2;
        let near = gap < NEAR * flow.size && gap > -2.0 * flow.size;
        if !chain.is_empty() && (!near || column) {
            out.push(std::mem::take(&mut chain));
        }
        end = if chain.is_empty() {
            flow.to
        } else {
            end.max(flow.to)
        };
        chain.push(flow);
    }
    if !chain.is_empty() {
        out.push(chain);
    }
}

/// A text-showing operator by its number, and how far it goes.
type Shift = (usize, (f64, f64));

/// The shifts of text that hangs together and itself goes this far, and where it then ends.
fn settle(chain: &[Flow<'_>], holes: &Holes, by: f64) -> (Vec<Shift>, f64) {
    let mut out = Vec::new();
    // Where the text before ended, where it ends now, and whether a value ended it.
    let mut before: Option<(f64, f64, bool)> = None;
    let mut last = f64::MIN;
    for flow in chain {
        let mut shift = if before.is_none() { by } else { 0.0 };
        if let Some((old, new, gone)) = before
            && (gone || (new - old).abs() > 1e-6)
        {
            let room = if gone {
                ROOM * flow.size
            } else {
                flow.from - old
            };
            shift = new + room - flow.from;
        }
        if shift.abs() > 1e-6
            && let Some(show) = flow.placed
        {
            let by = (shift * flow.cos, shift * flow.sin);
            out.extend(turned(by, &show).map(|by| (flow.show, by)));
        }
        let (end, gone) = end(flow, holes, shift);
        last = last.max(end);
        if before.is_none_or(|(old, ..)| flow.to >= old) {
            before = Some((flow.to, end, gone));
        }
    }
    (out, last)
}

/// Where a flow ends once its codes are taken out, and whether one was its last.
fn end(flow: &Flow<'_>, holes: &Holes, shift: f64) -> (f64, bool) {
    let mut at = flow.from + shift;
    let mut old = flow.from;
    let mut gone = false;
    for glyph in &flow.glyphs {
        let from = flow.along(glyph);
        let wide = glyph.dx * flow.cos + glyph.dy * flow.sin;
        if let Some(hole) = fate(glyph, holes) {
            if hole {
                at += HOLE * glyph.size;
            }
            gone = true;
        } else {
            // Kerning beside what is taken out goes with it.
            if !gone {
                at += from - old;
            }
            at += wide;
            gone = false;
        }
        old = from + wide;
    }
    (at, gone)
}

/// A shift on the page in the space that the line matrix leads to.
fn turned(by: (f64, f64), show: &Show) -> Option<(f64, f64)> {
    let [a, b, c, d, ..] = show.ctm;
    let det = a * d - b * c;
    (det.abs() > 1e-9).then(|| ((by.0 * d - by.1 * c) / det, (by.1 * a - by.0 * b) / det))
}
