//! Boxes that hide the text drawn before them.
//!
//! Only what hides text for sure counts: a box of one colour, drawn into the page or into a box.

use super::{Run, Walk};
use crate::formats::pdf::lex::{Instructions, Kind};

/// Most boxes of one path.
const BOXES: usize = 10_000;
/// Boxes lower than this are lines.
const LEAST: f64 = 3.0;

/// Left, right, lower and upper ends.
type Box4 = [f64; 4];

/// What is drawn into.
#[derive(Debug, Clone, Copy)]
pub(super) enum Clip {
    /// The whole page.
    Nothing,
    Box(Box4),
    /// Letters, or any other shape.
    Shape,
}

/// The path that is open.
#[derive(Debug, Default)]
pub(super) struct Path {
    boxes: Vec<Box4>,
    /// Whether it has something else in it.
    other: bool,
    /// Whether what comes after is drawn into it.
    clips: bool,
}

fn inside(a: Box4, b: Box4) -> Box4 {
    [
        a[0].max(b[0]),
        a[1].min(b[1]),
        a[2].max(b[2]),
        a[3].min(b[3]),
    ]
}

impl Run<'_> {
    /// Follows instructions that set with what areas are filled.
    pub(super) fn colour(&mut self, operator: &[u8], all: &Instructions<'_>) {
        match operator {
            b"scn" => {
                let last = all.operands.last();
                self.state.pattern = last.is_some_and(|t| t.kind == Kind::Name);
            }
            b"cs" | b"sc" | b"g" | b"rg" | b"k" => self.state.pattern = false,
            _ => {}
        }
    }
}

impl<'d> Walk<'_, 'd> {
    /// Follows instructions that make, fill and end paths.
    pub(super) fn path(&mut self, operator: &[u8], all: &Instructions<'_>, run: &mut Run<'d>) {
        match operator {
            b"re" => self.rectangle(all, run),
            b"m" => self.path.other = true,
            b"W" | b"W*" => self.path.clips = true,
            _ => {
                self.drawn.paths += u64::from(operator != b"n");
                let path = std::mem::take(&mut self.path);
                // Of boxes inside boxes every other one is left out.
                let each = operator.ends_with(b"*") && path.boxes.len() > 1;
                if !each && !matches!(operator, b"S" | b"s" | b"n") {
                    self.fill(&path, run);
                }
                if path.clips {
                    run.state.clip = match (run.state.clip, path.boxes.as_slice()) {
                        (Clip::Nothing, [one]) if !path.other => Clip::Box(*one),
                        (Clip::Box(old), [one]) if !path.other => Clip::Box(inside(old, *one)),
                        _ => Clip::Shape,
                    };
                }
            }
        }
    }

    /// A box of the path that is open.
    #[expect(
        clippy::many_single_char_names,
        reason = "the entries of a matrix have these names"
    )]
    fn rectangle(&mut self, all: &Instructions<'_>, run: &Run<'d>) {
        let [a, b, c, d, e, f] = run.state.ctm;
        let level = (b.abs() < 1e-9 && c.abs() < 1e-9) || (a.abs() < 1e-9 && d.abs() < 1e-9);
        if !level || self.path.boxes.len() >= BOXES {
            self.path.other = true;
            return;
        }
        let (x, y) = (all.number(0), all.number(1));
        let (to_x, to_y) = (x + all.number(2), y + all.number(3));
        let over = |x: f64, y: f64| (x * a + y * c + e, x * b + y * d + f);
        let ((x0, y0), (x1, y1)) = (over(x, y), over(to_x, to_y));
        let ends = [x0.min(x1), x0.max(x1), y0.min(y1), y0.max(y1)];
        self.path.boxes.push(ends);
    }

    /// Boxes are filled: what they hide of the text before is noted.
    fn fill(&mut self, path: &Path, run: &Run<'d>) {
        if run.state.sheer || run.state.pattern {
            return;
        }
        for one in &path.boxes {
            let [left, right, low, high] = match run.state.clip {
                Clip::Nothing => *one,
                Clip::Box(clip) => inside(*one, clip),
                Clip::Shape => return,
            };
            if high - low < LEAST {
                continue;
            }
            let Some(looks) = self.looks.checked_sub(self.drawn.glyphs.len()) else {
                return;
            };
            self.looks = looks;
            for glyph in &mut self.drawn.glyphs {
                // A third of a letter up: lines below text do not hide it.
                let x = glyph.x + glyph.dx / 2.0;
                let y = glyph.y + glyph.dy / 2.0 + 0.3 * glyph.size;
                glyph.covered |= (left..right).contains(&x) && (low..high).contains(&y);
            }
        }
    }
}
