//! What hides the text drawn before it.
//!
//! Only what hides text for sure counts: areas and thick lines of one colour, pictures, shadings, as far as
//! they are painted at all. A glyph is looked at in five places; what covers all of them covers it.

use super::{
    Cover, Glyph, Run, Walk,
    layers::Layers,
    shapes::{Clip, Point, Rule, Shape, curve, holds, inside, over},
};
use crate::formats::pdf::{font::Says, lex::Instructions};
use std::{collections::BTreeMap, rc::Rc};

/// Most corners of one path.
const CORNERS: usize = 100_000;
/// Most comparisons of places with the sides of areas, for one page.
const LOOKS: usize = 100_000_000;
/// Lines thinner than this hide nothing.
const THIN: f64 = 1.0;
/// A side of the cells that places of the page are sorted into.
const CELL: f64 = 24.0;
/// Where glyphs are looked at: along their width, and above their base line in font sizes. Lines below text
/// and through it do not hide it.
const PLACES: [Point; 5] = [
    (0.2, 0.05),
    (0.8, 0.05),
    (0.5, 0.3),
    (0.2, 0.55),
    (0.8, 0.55),
];
/// Gets what is known of the glyphs, the number of one, that of a place of it, and where that is; says whether to
/// go on.
type Found<'f> = dyn FnMut(&mut [(u8, u8)], u32, u8, Point) -> bool + 'f;
/// All of them are covered.
const WHOLE: u8 = 0b1_1111;

/// The path that is open.
#[derive(Debug, Default)]
pub(super) struct Path {
    parts: Vec<Vec<Point>>,
    corners: usize,
    /// Whether it has more corners than are kept.
    long: bool,
    /// What comes after is drawn into it.
    clips: Option<Rule>,
}

impl Path {
    fn begin(&mut self, place: Point) {
        self.parts.push(vec![place]);
        self.corners += 1;
        self.long |= self.corners > CORNERS;
    }

    fn here(&self) -> Point {
        let last = self.parts.last().and_then(|p| p.last());
        last.copied().unwrap_or_default()
    }

    fn close(&mut self) {
        if let Some(part) = self.parts.last_mut()
            && let Some(first) = part.first().copied()
        {
            part.push(first);
        }
    }

    fn line(&mut self, place: Point) {
        if self.parts.is_empty() {
            return self.begin(place);
        }
        self.corners += 1;
        if self.corners > CORNERS {
            self.long = true;
        } else if let Some(part) = self.parts.last_mut() {
            part.push(place);
        }
    }

    fn curve(&mut self, a: Point, b: Point, to: Point) {
        let mut all = Vec::new();
        curve(self.here(), a, b, to, &mut all);
        for place in all {
            self.line(place);
        }
    }

    /// Follows an instruction that makes paths.
    fn make(&mut self, operator: &[u8], all: &Instructions<'_>) {
        let at = |n: usize| (all.number(n), all.number(n + 1));
        match operator {
            b"m" => self.begin(at(0)),
            b"l" => self.line(at(0)),
            b"c" => self.curve(at(0), at(2), at(4)),
            b"v" => self.curve(self.here(), at(0), at(2)),
            b"y" => self.curve(at(0), at(2), at(2)),
            b"h" => self.close(),
            b"re" => {
                let ((x, y), (wide, high)) = (at(0), at(2));
                self.begin((x, y));
                for place in [(x + wide, y), (x + wide, y + high), (x, y + high), (x, y)] {
                    self.line(place);
                }
            }
            b"W" => self.clips = Some(Rule::Winding),
            b"W*" => self.clips = Some(Rule::EvenOdd),
            _ => {}
        }
    }

    fn shape(&self, rule: Rule, run: &Run<'_>) -> Shape {
        let placed = |part: &Vec<Point>| part.iter().map(|p| over(&run.state.ctm, *p)).collect();
        let parts: Vec<Vec<Point>> = self.parts.iter().map(placed).collect();
        Shape::new(&parts, rule)
    }
}

/// Glyphs by where they stand, and how much of them is covered.
#[derive(Debug, Default)]
pub(super) struct Places {
    cells: BTreeMap<(i64, i64), Vec<(u32, u8)>>,
    /// How many glyphs are sorted in.
    known: usize,
    /// How many of them count; the others are those of annotations.
    pub most: Option<usize>,
    /// Whether what is drawn now is not in the copy.
    pub going: bool,
    /// By the glyph, its places that are covered, and those of them that are covered in the copy as well.
    covered: Vec<(u8, u8)>,
    looks: usize,
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "cells of a grid; far ones may fall together"
)]
fn cell(at: f64) -> i64 {
    (at / CELL).floor() as i64
}

/// A place of a glyph.
fn place(glyph: &Glyph, n: u8) -> Point {
    let (along, above) = PLACES.get(usize::from(n)).copied().unwrap_or_default();
    let long = glyph.dx.hypot(glyph.dy);
    let up = glyph.size * above;
    let (x, y) = if long > 1e-6 {
        (-glyph.dy / long * up, glyph.dx / long * up)
    } else {
        (0.0, up)
    };
    (
        glyph.x + along * glyph.dx + x,
        glyph.y + along * glyph.dy + y,
    )
}

impl Places {
    /// Sorts in what was drawn since.
    fn add(&mut self, glyphs: &[Glyph]) {
        let most = self.most.unwrap_or(glyphs.len()).min(glyphs.len());
        for (index, glyph) in (0..).zip(glyphs).take(most).skip(self.known) {
            self.covered.push((0, 0));
            if glyph.unseen || matches!(glyph.says, Says::Char(' ' | '\u{a0}' | '\u{3000}')) {
                continue;
            }
            for n in 0..5 {
                let (x, y) = place(glyph, n);
                let cell = (cell(y), cell(x));
                self.cells.entry(cell).or_default().push((index, n));
            }
        }
        self.known = self.known.max(most);
    }

    /// Calls for every place that lies in an area and in what is drawn into, until it is told to stop.
    fn each(&mut self, glyphs: &[Glyph], shape: &Shape, clip: &Clip, found: &mut Found<'_>) {
        self.add(glyphs);
        let [left, right, low, high] = inside(shape.bounds, clip.bounds());
        if clip.is_vague() || !(left <= right && low <= high) {
            return;
        }
        let mut looks = self.looks;
        let mut row = None;
        let mut near = Vec::new();
        let all = self
            .cells
            .range((cell(low), i64::MIN)..=(cell(high), i64::MAX));
        for (&(y, x), places) in all {
            looks += 1;
            if !(cell(left)..=cell(right)).contains(&x) {
                continue;
            }
            if row != Some(y) {
                row = Some(y);
                near.clear();
                #[expect(clippy::cast_precision_loss, reason = "cells of a page are few")]
                let (low, high) = (y as f64 * CELL, (y + 1) as f64 * CELL);
                let beside =
                    |s: &&[Point; 2]| s[0].1.min(s[1].1) <= high && s[0].1.max(s[1].1) >= low;
                near.extend(shape.sides.iter().filter(beside));
                looks += shape.sides.len();
            }
            for &(index, n) in places {
                looks += near.len();
                if looks > LOOKS {
                    self.looks = looks;
                    return;
                }
                let Some(glyph) = glyphs.get(index as usize) else {
                    continue;
                };
                let place = place(glyph, n);
                if !holds(near.iter(), shape.rule, place) {
                    continue;
                }
                let (drawn, cost) = clip.holds(place);
                looks += cost;
                if drawn && !found(&mut self.covered, index, n, place) {
                    self.looks = looks;
                    return;
                }
            }
        }
        self.looks = looks;
    }

    /// Says of glyphs whether they are covered, and whether not all was compared.
    pub(super) fn finish(&mut self, glyphs: &mut [Glyph]) -> bool {
        for (glyph, &(all, stays)) in glyphs.iter_mut().zip(&self.covered) {
            glyph.cover = match (all == WHOLE, stays == WHOLE) {
                (false, _) => Cover::None,
                (true, true) => Cover::Stays,
                (true, false) => Cover::Goes,
            };
        }
        self.looks > LOOKS
    }
}

impl<'d> Walk<'_, 'd> {
    /// Follows instructions that make, fill and end paths.
    pub(super) fn path(
        &mut self,
        operator: &[u8],
        start: usize,
        all: &Instructions<'_>,
        run: &mut Run<'d>,
    ) {
        let makes = [&b"m"[..], b"l", b"c", b"v", b"y", b"h", b"re", b"W", b"W*"];
        let ends = !makes.contains(&operator);
        self.drawn.paths += u64::from(ends && operator != b"n");
        if !self.walker.covers {
            return;
        }
        if !ends {
            return self.path.make(operator, all);
        }
        let mut path = std::mem::take(&mut self.path);
        let fills = matches!(operator, b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*");
        let draws = matches!(operator, b"S" | b"s" | b"B" | b"B*" | b"b" | b"b*");
        if path.long {
            if path.clips.is_some() {
                run.state.clip.blur();
            }
            return;
        }
        if fills && run.state.paint.fills() {
            let each = if operator.ends_with(b"*") {
                Rule::EvenOdd
            } else {
                Rule::Winding
            };
            let shape = path.shape(each, run);
            self.cover(&shape, run, Some(start), true);
        }
        if draws && run.state.paint.draws() {
            if matches!(operator, b"s" | b"b" | b"b*") {
                path.close();
            }
            let [a, b, c, d, ..] = run.state.ctm;
            let width = run.state.paint.width;
            if width * (a * d - b * c).abs().sqrt() > THIN {
                let shape = Shape::line(&path.parts, width, &run.state.ctm);
                self.cover(&shape, run, Some(start), true);
            }
        }
        if let Some(rule) = path.clips {
            if path.parts.is_empty() {
                run.state.clip.blur();
            } else {
                let shape = path.shape(rule, run);
                run.state.clip.cut(shape);
            }
        }
    }

    /// Something is painted that nothing shines through: what it hides of the text before is noted. `start`
    /// is the instruction that does so, `stays` whether it does so in the copy as well.
    pub(super) fn cover(
        &mut self,
        shape: &Shape,
        run: &Run<'d>,
        start: Option<usize>,
        stays: bool,
    ) {
        self.cover_where(shape, run, start, stays, &|_| true);
    }

    /// Likewise, where something more is met.
    pub(super) fn cover_where(
        &mut self,
        shape: &Shape,
        run: &Run<'d>,
        start: Option<usize>,
        stays: bool,
        paints: &dyn Fn(Point) -> bool,
    ) {
        if !self.walker.covers || run.is_off() {
            return;
        }
        let mut over = Vec::new();
        let stays = stays && !self.places.going;
        let glyphs = &self.drawn.glyphs;
        let clip = &run.state.clip;
        self.places
            .each(glyphs, shape, clip, &mut |all, index, n, place| {
                if paints(place)
                    && let Some(of) = all.get_mut(index as usize)
                {
                    of.0 |= 1 << n;
                    of.1 |= u8::from(stays) << n;
                    if over.last() != Some(&index) {
                        over.push(index);
                    }
                }
                true
            });
        if self.detailed
            && run.outermost
            && !over.is_empty()
            && let Some(start) = start
        {
            self.drawn.over.entry(start).or_default().extend(over);
        }
    }

    /// Whether text that is seen lies in an area and not below all of it.
    pub(super) fn is_over_text(&mut self, shape: &Shape, run: &Run<'d>) -> bool {
        if !self.walker.covers || run.is_off() {
            return false;
        }
        let mut found = false;
        let glyphs = &self.drawn.glyphs;
        let clip = &run.state.clip;
        self.places
            .each(glyphs, shape, clip, &mut |all, index, _, _| {
                // What is hidden already is not seen.
                found |= all.get(index as usize).is_some_and(|of| of.0 != WHOLE);
                !found
            });
        found
    }

    /// Whether what belongs to a layer is not shown.
    pub(super) fn hides(&mut self, group: &lopdf::Object) -> bool {
        let doc = self.walker.doc;
        let layers = &mut self.walker.layers;
        let layers = Rc::clone(layers.get_or_insert_with(|| Rc::new(Layers::new(doc))));
        layers.hide(doc, group)
    }
}
