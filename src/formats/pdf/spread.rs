//! Small pictures of a page that are spread over several streams: strips in annotations, in patterns, in masks.
//! They are judged by what is beside them on the page, as those of one stream are.

use super::{
    pieces::{Piece, Which, together},
    tree::{dictionary, entry, follow, inner, items, name_of, number},
    walk::{Drawn, Matrix, ONE, Walker, times},
};
use lopdf::{Dictionary, Document, Object, ObjectId};
use std::{
    collections::{BTreeSet, HashMap},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::AtomicBool,
};

/// Most streams of one page whose pictures are placed on it.
const STREAMS: usize = 20_000;
/// Most small pictures of one page; past it they show something together.
const PIECES: usize = 50_000;

/// Small pictures of streams by themselves, each stream walked over once.
#[derive(Debug, Default)]
pub(super) struct Known(HashMap<ObjectId, Vec<Piece>>);

/// Small pictures of one page.
#[derive(Debug)]
pub(super) struct Spread {
    pieces: Vec<Piece>,
    /// Those that show something together in their own stream, which is told of that.
    told: BTreeSet<Which>,
    streams: usize,
    own: usize,
}

impl Known {
    /// Those of a stream that was walked over by itself.
    pub(super) fn note(&mut self, id: ObjectId, drawn: &Drawn<'_>) {
        self.0.entry(id).or_insert_with(|| drawn.pieces.clone());
    }

    fn of(&mut self, id: ObjectId, walker: &mut Walker<'_>, stop: &AtomicBool) -> &[Piece] {
        self.0.entry(id).or_insert_with(|| {
            let walk = AssertUnwindSafe(|| walker.stream(id, &[], stop).pieces);
            catch_unwind(walk).unwrap_or_default()
        })
    }
}

impl Spread {
    /// What the page's own content draws.
    pub(super) fn new(drawn: &Drawn<'_>) -> Self {
        Self {
            pieces: drawn.pieces.clone(),
            told: drawn.together.clone(),
            streams: 0,
            own: drawn.pieces.len(),
        }
    }

    /// Adds those of a stream that is drawn by something else than the page's content.
    pub(super) fn add(
        &mut self,
        known: &mut Known,
        (id, matrix): (ObjectId, Matrix),
        walker: &mut Walker<'_>,
        stop: &AtomicBool,
    ) {
        self.streams += 1;
        if self.streams > STREAMS || self.pieces.len() > PIECES {
            return;
        }
        let pieces = known.of(id, walker, stop).iter();
        self.pieces.extend(pieces.map(|piece| piece.moved(&matrix)));
    }

    /// Pictures that show something with those of other streams.
    pub(super) fn together(self) -> BTreeSet<Which> {
        if self.pieces.len() == self.own {
            return BTreeSet::new();
        }
        let all = together(&self.pieces).pieces;
        all.difference(&self.told).copied().collect()
    }
}

/// A dictionary's matrix.
fn matrix(doc: &Document, dict: &Dictionary) -> Matrix {
    let all = items(doc, dict, b"Matrix");
    if all.len() < 6 {
        return ONE;
    }
    std::array::from_fn(|n| {
        let at = all.get(n).map(|o| follow(doc, o));
        at.and_then(number).unwrap_or(0.0)
    })
}

/// Four numbers as left, lower, right and upper ends.
fn ends(doc: &Document, dict: &Dictionary, key: &[u8]) -> Option<[f64; 4]> {
    let all = items(doc, dict, key).iter();
    let all: Vec<f64> = all.filter_map(|o| number(follow(doc, o))).collect();
    match all.as_slice() {
        [x0, y0, x1, y1] => Some([x0.min(*x1), y0.min(*y1), x0.max(*x1), y0.max(*y1)]),
        _ => None,
    }
}

/// From the space of an appearance to the page (ISO 32000-1, 12.5.5).
pub(super) fn placed(doc: &Document, annotation: &Dictionary, form: &Dictionary) -> Matrix {
    let own = matrix(doc, form);
    let (Some(rect), Some(sides)) = (ends(doc, annotation, b"Rect"), ends(doc, form, b"BBox"))
    else {
        return own;
    };
    let unit = [
        sides[2] - sides[0],
        0.0,
        0.0,
        sides[3] - sides[1],
        sides[0],
        sides[1],
    ];
    let [x0, y0, x1, y1] = Piece::new(Which::Object((0, 0)), 0.0, 0.0, &times(&unit, &own)).place;
    let by = |from: f64, to: f64| if from.abs() < 1e-9 { 1.0 } else { to / from };
    let (wide, high) = (
        by(x1 - x0, rect[2] - rect[0]),
        by(y1 - y0, rect[3] - rect[1]),
    );
    let onto = [
        wide,
        0.0,
        0.0,
        high,
        rect[0] - x0 * wide,
        rect[1] - y0 * high,
    ];
    times(&own, &onto)
}

/// Patterns and masks that the streams of a page have by name, each once, and where they are.
pub(super) fn named(doc: &Document, drawn: &Drawn<'_>) -> Vec<(ObjectId, Matrix)> {
    let mut seen = BTreeSet::new();
    let mut looked = BTreeSet::new();
    let mut out = Vec::new();
    let resources = drawn.streams.iter().flat_map(|s| &s.resources);
    for resources in resources {
        if !looked.insert(std::ptr::from_ref(*resources).addr()) {
            continue;
        }
        let patterns = inner(doc, resources, b"Pattern").into_iter();
        let patterns = patterns.flat_map(|d| d.iter()).map(|(_, o)| o);
        let states = inner(doc, resources, b"ExtGState").into_iter();
        let states = states.flat_map(|d| d.iter());
        let masks = states.filter_map(|(_, state)| {
            let mask = inner(doc, dictionary(follow(doc, state))?, b"SMask")?;
            mask.get(b"G").ok()
        });
        for object in patterns.chain(masks) {
            if let (Ok(id), Object::Stream(stream)) = (object.as_reference(), follow(doc, object))
                && out.len() < STREAMS
                && seen.insert(id)
                && name_of(doc, &stream.dict, b"Subtype") != Some(b"Image")
                && entry(doc, &stream.dict, b"FunctionType").is_none()
            {
                out.push((id, matrix(doc, &stream.dict)));
            }
        }
    }
    out
}
