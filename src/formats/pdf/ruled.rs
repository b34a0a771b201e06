//! Lines and boxes that are drawn along text which is taken out: underlines, strokes through it, colour
//! behind it, and the gaps that are cut into an underline where a letter goes below the line. They are as
//! long as the text was.

use super::{
    lex::{Instruction, Instructions},
    redact::{Fate, Holes},
    shift::fate,
    walk::{Cover, Drawn, Glyph, Matrix, ONE, times},
};
use std::ops::Range;

/// Most comparisons of paths with text of one stream; past it paths are taken to lie along removed text.
const LOOKS: usize = 20_000_000;
/// Most corners of one path.
const CORNERS: usize = 10_000;
/// Instructions that end a path.
const PAINTS: [&[u8]; 10] = [
    b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"S", b"s", b"n",
];
/// Saved states.
const STATES: usize = 1_000;
/// Room beside text, in font sizes, within which a line ends with it.
const SLACK: f64 = 0.6;
/// A line that goes this far along text, in font sizes, lies along it.
const LEAST: f64 = 0.3;
/// Text that is further away than this does not move with what is taken out.
const APART: f64 = 2.5;

/// What is drawn along text that is taken out.
#[derive(Debug, Default)]
pub(super) struct Ruled {
    /// Paths to take out, by their first byte.
    pub paths: Vec<Range<usize>>,
    /// Paths that show other things as well, and stay.
    pub left: usize,
}

/// Text on one line, from the first glyph that goes to the last one that hangs together with it.
#[derive(Debug, PartialEq)]
struct Stretch {
    cos: f64,
    sin: f64,
    from: f64,
    to: f64,
    across: f64,
    size: f64,
}

/// A part of a path, by its corners.
type Part = Vec<(f64, f64)>;

/// Finds what is drawn along text that is taken out of a stream.
pub(super) fn along(data: &[u8], drawn: &Drawn<'_>, holes: &Holes) -> Ruled {
    let mut out = Ruled::default();
    let stretches = stretches(drawn, holes);
    if stretches.is_empty() {
        return out;
    }
    let mut looks = LOOKS;
    let mut paths = Paths::default();
    let mut clips = Clips::default();
    let mut all = Instructions::new(data);
    while let Some(now) = all.next() {
        match now.operator {
            b"q" => clips.depth += 1,
            b"Q" => clips.close(&mut out),
            // They would fill the page once nothing is cut out of them.
            b"sh" | b"Do" | b"BI" => clips.stay(&mut out),
            _ => {}
        }
        let Some(range) = paths.instruction(&now, &all) else {
            continue;
        };
        let path = std::mem::take(&mut paths.path);
        let clip = std::mem::take(&mut paths.clips);
        if now.operator == b"n" && !clip {
            continue;
        }
        let count: usize = path.iter().map(Vec::len).sum();
        looks = looks.saturating_sub(count.saturating_mul(stretches.len()));
        let tells = |part: &Part| stretches.iter().any(|s| s.is_told_by(part));
        let low = |part: &Part| stretches.iter().any(|s| s.is_low(part));
        if now.operator != b"n" && !path.iter().all(low) {
            clips.stay(&mut out);
        }
        if looks == 0 || path.iter().any(tells) {
            if clip && now.operator == b"n" {
                clips.open.push((clips.depth, range));
            } else if looks == 0 || clip || path.iter().all(low) {
                if covers(drawn, holes, now.start) {
                    out.left += 1;
                } else {
                    out.paths.push(range);
                }
            } else {
                out.left += 1;
            }
        }
    }
    clips.depth = 0;
    clips.close(&mut out);
    out.paths.sort_by_key(|range| range.start);
    out
}

/// Paths that cut, while it is not known yet what is cut out by them.
#[derive(Debug, Default)]
struct Clips {
    depth: usize,
    open: Vec<(usize, Range<usize>)>,
}

impl Clips {
    /// A state is restored: what was cut in it showed nothing but text and lines, and goes.
    fn close(&mut self, out: &mut Ruled) {
        let depth = self.depth;
        let from = self.open.partition_point(|(at, _)| *at < depth);
        out.paths
            .extend(self.open.drain(from..).map(|(_, range)| range));
        self.depth = depth.saturating_sub(1);
    }

    /// Something larger is drawn.
    fn stay(&mut self, out: &mut Ruled) {
        out.left += self.open.len();
        self.open.clear();
    }
}

/// Whether an instruction hides text that was drawn before it and that stays, or would be seen where it was:
/// it must not come to light in the copy.
fn covers(drawn: &Drawn<'_>, holes: &Holes, start: usize) -> bool {
    let over = drawn.over.get(&start).into_iter().flatten();
    let mut glyphs = over.filter_map(|index| drawn.glyphs.get(*index as usize));
    glyphs.any(|glyph| {
        let own = glyph.at.stream == 0;
        glyph.cover != Cover::None && (!own || fate(glyph, holes).is_none_or(|f| f == Fate::Hidden))
    })
}

/// Paths while a stream is read.
#[derive(Debug)]
struct Paths {
    ctm: Matrix,
    saved: Vec<Matrix>,
    start: Option<usize>,
    path: Vec<Part>,
    corners: usize,
    clips: bool,
}

impl Default for Paths {
    fn default() -> Self {
        Self {
            ctm: ONE,
            saved: Vec::new(),
            start: None,
            path: Vec::new(),
            corners: 0,
            clips: false,
        }
    }
}

impl Paths {
    /// Follows an instruction; gives the bytes of the path that it ends.
    fn instruction(
        &mut self,
        now: &Instruction<'_>,
        all: &Instructions<'_>,
    ) -> Option<Range<usize>> {
        let n = |at: usize| all.number(at);
        let path = [&b"m"[..], b"l", b"v", b"y", b"c", b"re", b"h", b"W", b"W*"];
        if !path.contains(&now.operator) && !PAINTS.contains(&now.operator) {
            // Nothing else may stand in a path.
            self.start = None;
        }
        match now.operator {
            b"q" if self.saved.len() < STATES => self.saved.push(self.ctm),
            b"Q" => self.ctm = self.saved.pop().unwrap_or(self.ctm),
            b"cm" => self.ctm = times(&all.matrix(), &self.ctm),
            b"m" => {
                self.begin(now);
                self.path.push(Vec::new());
                self.corner(n(0), n(1));
            }
            b"l" => self.corner(n(0), n(1)),
            b"v" | b"y" => {
                self.corner(n(0), n(1));
                self.corner(n(2), n(3));
            }
            b"c" => {
                self.corner(n(0), n(1));
                self.corner(n(2), n(3));
                self.corner(n(4), n(5));
            }
            b"re" => {
                self.begin(now);
                self.path.push(Vec::new());
                let (x, y, wide, high) = (n(0), n(1), n(2), n(3));
                for (x, y) in [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)] {
                    self.corner(x, y);
                }
            }
            b"W" | b"W*" => self.clips = true,
            other if PAINTS.contains(&other) => {
                self.corners = 0;
                return self.start.take().map(|start| start..now.end);
            }
            _ => {}
        }
        None
    }

    fn begin(&mut self, now: &Instruction<'_>) {
        if self.start.is_none() {
            self.start = Some(now.start);
            self.path.clear();
            self.clips = false;
        }
    }

    #[expect(
        clippy::many_single_char_names,
        reason = "the entries of a matrix have these names"
    )]
    fn corner(&mut self, x: f64, y: f64) {
        self.corners += 1;
        if self.corners > CORNERS {
            return;
        }
        let [a, b, c, d, e, f] = self.ctm;
        if let Some(part) = self.path.last_mut() {
            part.push((x * a + y * c + e, x * b + y * d + f));
        }
    }
}

impl Stretch {
    /// How far a part reaches along the text, and above its base line.
    fn bounds(&self, part: &Part) -> [f64; 4] {
        let start = [f64::MAX, f64::MIN, f64::MAX, f64::MIN];
        part.iter().fold(start, |[x0, x1, y0, y1], (x, y)| {
            let along = x * self.cos + y * self.sin;
            let above = self.across - (x * self.sin - y * self.cos);
            [x0.min(along), x1.max(along), y0.min(above), y1.max(above)]
        })
    }

    /// Whether a part lies along a line of text, rather than being a picture or the side of a cell.
    fn is_low(&self, part: &Part) -> bool {
        let [x0, x1, y0, y1] = self.bounds(part);
        let (wide, high) = (x1 - x0, y1 - y0);
        wide >= high && high < 1.8 * self.size && wide > 0.0
    }

    /// Whether a part ends where the text ends or within it.
    fn is_told_by(&self, part: &Part) -> bool {
        let [x0, x1, y0, y1] = self.bounds(part);
        let beside = y1 > -0.5 * self.size && y0 < 0.9 * self.size;
        let least = self.from + LEAST * self.size;
        let over = x1 > least && x0 < self.to;
        let ends = x1 <= self.to + SLACK * self.size || x0 >= least;
        self.is_low(part) && beside && over && ends
    }
}

/// A glyph by the line that it stands on.
struct Placed<'g> {
    glyph: &'g Glyph,
    cos: f64,
    sin: f64,
    from: f64,
    across: f64,
}

fn stretches(drawn: &Drawn<'_>, holes: &Holes) -> Vec<Stretch> {
    let own = drawn.glyphs.iter().filter(|g| g.at.stream == 0);
    let mut all: Vec<Placed<'_>> = own
        .filter_map(|glyph| {
            let length = glyph.dx.hypot(glyph.dy);
            let (cos, sin) = (glyph.dx / length, glyph.dy / length);
            let turned = |x: f64| (100.0 * x).round() / 100.0;
            (length > 1e-6).then(|| Placed {
                glyph,
                cos: turned(cos),
                sin: turned(sin),
                from: glyph.x * cos + glyph.y * sin,
                across: glyph.x * sin - glyph.y * cos,
            })
        })
        .collect();
    let turn = |p: &Placed<'_>| p.sin.atan2(p.cos);
    all.sort_by(|a, b| (turn(a).total_cmp(&turn(b))).then(a.across.total_cmp(&b.across)));
    let mut out = Vec::new();
    let mut line: Vec<Placed<'_>> = Vec::new();
    for placed in all {
        let same = line.last().is_some_and(|last| {
            let size = last.glyph.size.min(placed.glyph.size);
            turn(last).total_cmp(&turn(&placed)).is_eq()
                && (placed.across - last.across).abs() < 0.35 * size
        });
        if !same {
            level(&mut line, holes, &mut out);
        }
        line.push(placed);
    }
    level(&mut line, holes, &mut out);
    out
}

/// What hangs together on one line, from the first glyph on that goes.
fn level(line: &mut Vec<Placed<'_>>, holes: &Holes, out: &mut Vec<Stretch>) {
    line.sort_by(|a, b| a.from.total_cmp(&b.from));
    let mut end = f64::MIN;
    let mut open: Option<Stretch> = None;
    for placed in line.drain(..) {
        let size = placed.glyph.size.max(0.1);
        if placed.from - end > APART * size {
            out.extend(open.take());
        }
        let to = placed.from + placed.glyph.dx.hypot(placed.glyph.dy);
        end = end.max(to);
        match &mut open {
            Some(stretch) => {
                stretch.to = stretch.to.max(to);
                stretch.size = stretch.size.max(size);
            }
            None if fate(placed.glyph, holes).is_some_and(|f| f != Fate::Hidden) => {
                open = Some(Stretch {
                    cos: placed.cos,
                    sin: placed.sin,
                    from: placed.from,
                    to,
                    across: placed.across,
                    size,
                });
            }
            None => {}
        }
    }
    out.extend(open);
}
