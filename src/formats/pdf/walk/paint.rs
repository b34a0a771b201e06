//! With what areas are filled, and whether anything shines through it (ISO 32000-1, 8.4, 8.6 and 11).

use super::{Run, Walk, resource, shapes::Shape};
use crate::formats::pdf::{
    lex::{Instructions, Kind, name},
    tree::{dictionary, entry, follow, inner, items, number, number_of},
};
use lopdf::{Dictionary, Document, Object};

/// What is less opaque than this lets something through.
const OPAQUE: f64 = 0.95;

/// What a colour space makes of a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Space {
    Colours,
    /// Colorants that no printer has.
    Nothing,
    Patterns,
}

/// The ink of areas or that of lines.
#[derive(Debug, Clone, Copy)]
struct Ink {
    opaque: f64,
    space: Space,
    /// Whether it covers all of an area.
    covers: bool,
}

/// How areas and lines are painted.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a state of its own that the content sets apart from the others"
)]
#[derive(Debug, Clone)]
pub(super) struct Paint {
    areas: Ink,
    lines: Ink,
    /// The blend mode is not the usual one.
    blends: bool,
    /// A soft mask is in force.
    masked: bool,
    /// The group that is drawn lets something through as a whole.
    within: bool,
    pub width: f64,
    pub dashed: bool,
}

impl Paint {
    pub(super) fn new() -> Self {
        let ink = Ink {
            opaque: 1.0,
            space: Space::Colours,
            covers: true,
        };
        Self {
            areas: ink,
            lines: ink,
            blends: false,
            masked: false,
            within: false,
            width: 1.0,
            dashed: false,
        }
    }

    /// Whether a picture or a shading hides what lies below it.
    pub(super) fn hides(&self) -> bool {
        !self.within && !self.blends && !self.masked && self.areas.opaque >= OPAQUE
    }

    /// Whether areas that are filled do.
    pub(super) fn fills(&self) -> bool {
        self.hides() && self.areas.covers
    }

    /// Whether lines do.
    pub(super) fn draws(&self) -> bool {
        let clear = self.within || self.blends || self.masked;
        !clear && self.lines.opaque >= OPAQUE && self.lines.covers && !self.dashed
    }

    /// Begins a group, which is painted as a whole with what is in force (ISO 32000-1, 11.6.6).
    pub(super) fn group(&mut self) {
        self.within = !self.hides();
        (self.blends, self.masked) = (false, false);
        (self.areas.opaque, self.lines.opaque) = (1.0, 1.0);
    }

    /// What a graphics state dictionary sets; the rest stays as it is.
    pub(super) fn set(&mut self, doc: &Document, state: &Dictionary) {
        if let Some(opaque) = number_of(doc, state, b"ca") {
            self.areas.opaque = opaque;
        }
        if let Some(opaque) = number_of(doc, state, b"CA") {
            self.lines.opaque = opaque;
        }
        if let Some(width) = number_of(doc, state, b"LW") {
            self.width = width;
        }
        if let [dashes, ..] = items(doc, state, b"D") {
            let dashes = follow(doc, dashes).as_array();
            self.dashed = dashes.is_ok_and(|d| !d.is_empty());
        }
        let usual = |o: &Object| matches!(o.as_name(), Ok(b"Normal" | b"Compatible"));
        match entry(doc, state, b"BM") {
            Some(Object::Array(modes)) => {
                let first = modes.first().map(|o| follow(doc, o));
                self.blends = !first.is_none_or(usual);
            }
            Some(mode) => self.blends = !usual(mode),
            None => {}
        }
        if let Some(mask) = entry(doc, state, b"SMask") {
            self.masked = dictionary(mask).is_some();
        }
    }
}

impl Run<'_> {
    /// Follows instructions that set with what is painted.
    pub(super) fn colour(&mut self, doc: &Document, operator: &[u8], all: &Instructions<'_>) {
        let last = all.operands.last().filter(|t| t.kind == Kind::Name);
        let chain = &self.chain;
        let paint = &mut self.state.paint;
        let ink = match operator {
            b"w" => return paint.width = all.number(0),
            b"d" => {
                let dashes = all.operands.iter().skip(1);
                paint.dashed = dashes.take_while(|t| t.kind != Kind::Close).count() > 0;
                return;
            }
            b"CS" | b"SC" | b"SCN" | b"G" | b"RG" | b"K" => &mut paint.lines,
            b"cs" | b"sc" | b"scn" | b"g" | b"rg" | b"k" => &mut paint.areas,
            _ => return,
        };
        match operator {
            b"cs" | b"CS" => {
                let name = last.map(|t| name(all.raw(*t))).unwrap_or_default();
                ink.space = match name.as_slice() {
                    b"Pattern" => Space::Patterns,
                    other => resource(doc, chain, b"ColorSpace", other)
                        .map_or(Space::Colours, |o| space(doc, o)),
                };
                ink.covers = ink.space == Space::Colours;
            }
            b"scn" | b"SCN" if last.is_some() => {
                let name = last.map(|t| name(all.raw(*t))).unwrap_or_default();
                let pattern = resource(doc, chain, b"Pattern", &name).map(|o| follow(doc, o));
                let shading = pattern.and_then(dictionary);
                let shading = shading.and_then(|p| inner(doc, p, b"Shading"));
                ink.covers = shading.is_some_and(|s| is_everywhere(doc, s));
            }
            b"sc" | b"scn" | b"SC" | b"SCN" => ink.covers = ink.space == Space::Colours,
            _ => (ink.space, ink.covers) = (Space::Colours, true),
        }
    }
}

fn space(doc: &Document, object: &Object) -> Space {
    let none = |o: &Object| matches!(follow(doc, o).as_name(), Ok(b"None"));
    match follow(doc, object) {
        Object::Name(name) if name == b"Pattern" => Space::Patterns,
        Object::Array(items) => {
            let family = items.first().map(|o| follow(doc, o));
            let colorants = items.get(1).map(|o| follow(doc, o));
            match (family.and_then(|o| o.as_name().ok()), colorants) {
                (Some(b"Pattern"), _) => Space::Patterns,
                (Some(b"Separation"), Some(one)) if none(one) => Space::Nothing,
                (Some(b"DeviceN"), Some(Object::Array(all))) if all.iter().all(none) => {
                    Space::Nothing
                }
                _ => Space::Colours,
            }
        }
        _ => Space::Colours,
    }
}

/// Whether a shading paints all that it is drawn into: one along a line that goes on at both ends.
fn is_everywhere(doc: &Document, shading: &Dictionary) -> bool {
    let on = |o: &Object| matches!(follow(doc, o), Object::Boolean(true));
    let extend = items(doc, shading, b"Extend");
    number_of(doc, shading, b"ShadingType") == Some(2.0)
        && extend.len() == 2
        && extend.iter().all(on)
        && !shading.has(b"BBox")
}

impl<'d> Walk<'_, 'd> {
    /// A shading fills all that is drawn into.
    pub(super) fn shade(&mut self, start: usize, all: &Instructions<'_>, run: &Run<'d>) {
        let doc = self.walker.doc;
        let wanted = all.operands.first().map(|t| name(all.raw(*t)));
        let shading = wanted.and_then(|w| resource(doc, &run.chain, b"Shading", &w));
        let shading = shading.and_then(|o| dictionary(follow(doc, o)));
        if run.state.paint.hides() && shading.is_some_and(|s| is_everywhere(doc, s)) {
            self.cover(&Shape::all(), run, Some(start), true);
        }
    }
}

/// A rectangle in a dictionary: left, right, lower and upper ends.
pub(super) fn rectangle(doc: &Document, dict: &Dictionary, key: &[u8]) -> Option<[f64; 4]> {
    let sides = items(doc, dict, key).iter();
    let sides: Vec<f64> = sides.filter_map(|o| number(follow(doc, o))).collect();
    let [x0, y0, x1, y1] = *sides.as_slice() else {
        return None;
    };
    Some([x0.min(x1), x0.max(x1), y0.min(y1), y0.max(y1)])
}
