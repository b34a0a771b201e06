//! What annotations and pictures hide of a page.

use super::{
    Chain, ONE, Run, State, Walk,
    beside::{Marks, matrix_of},
    masks::{Mask, Masked, is_stencil, mask_of},
    paint::rectangle,
    shapes::{Box4, Point, Rule, Shape, fitted, inverse, over},
};
use crate::formats::pdf::{
    clean::{is_kept, may_go},
    tree::{dictionary, follow, inner, items, name_of, number_of},
};
use lopdf::{Dictionary, Object, ObjectId, Stream};
use std::{f64::consts::TAU, rc::Rc};

/// Most annotations of one page that are looked at.
const ANNOTATIONS: usize = 20_000;
/// Flags of annotations that are not shown on a screen: hidden, no view (ISO 32000-1, table 165).
const UNSHOWN: [i64; 2] = [1 << 1, 1 << 5];
/// Masks that are kept.
const MASKS: usize = 8;
/// Corners that a round area is taken for.
const CORNERS: u8 = 24;

impl<'d> Walk<'_, 'd> {
    /// Annotations are drawn over the page, one after the other.
    pub(super) fn notes(&mut self, page: &'d Dictionary) {
        let doc = self.walker.doc;
        let count = self.drawn.glyphs.len();
        let all = items(doc, page, b"Annots");
        if count == 0 || all.is_empty() {
            return;
        }
        // Their own text is walked over elsewhere.
        let mut page = std::mem::take(&mut self.drawn);
        self.drawn.glyphs = std::mem::take(&mut page.glyphs);
        let used = self.walker.used.take();
        let shown = self.walker.shown.take();
        self.places.most = Some(count);
        for annotation in all.iter().take(ANNOTATIONS) {
            if let Some(dict) = dictionary(follow(doc, annotation)) {
                let stays = is_kept(doc, annotation) && !may_go(doc, dict);
                self.note(dict, stays);
            }
        }
        let above = std::mem::replace(&mut self.drawn, page);
        self.drawn.glyphs = above.glyphs;
        self.drawn.glyphs.truncate(count);
        self.drawn.vague.extend(above.vague);
        self.drawn.sheer.extend(above.sheer);
        (self.walker.used, self.walker.shown) = (used, shown);
    }

    fn note(&mut self, dict: &'d Dictionary, stays: bool) {
        let doc = self.walker.doc;
        let flags = dict.get(b"F").and_then(Object::as_i64).unwrap_or(0);
        let unshown = UNSHOWN.iter().any(|f| flags & f != 0);
        let kind = name_of(doc, dict, b"Subtype").unwrap_or_default();
        let off = dict.get(b"OC").is_ok_and(|oc| self.hides(oc));
        let Some(rect) = rectangle(doc, dict, b"Rect") else {
            return;
        };
        if unshown || off || kind == b"Popup" {
            return;
        }
        self.places.going = !stays;
        let looks = inner(doc, dict, b"AP").and_then(|ap| {
            let normal = ap.get(b"N").ok()?;
            match follow(doc, normal) {
                Object::Dictionary(states) => states.get(name_of(doc, dict, b"AS")?).ok(),
                _ => Some(normal),
            }
        });
        match looks.map(|o| (o.as_reference(), follow(doc, o))) {
            Some((Ok(id), object @ Object::Stream(stream))) => {
                let resources = inner(doc, &stream.dict, b"Resources");
                let chain: Chain<'d> = resources.into_iter().collect();
                let own = rectangle(doc, &stream.dict, b"BBox").unwrap_or(rect);
                let mut state = State::new();
                state.ctm = fitted(&own, &matrix_of(doc, &stream.dict), &rect);
                self.form((object, id), chain, state, (1, false));
            }
            _ => self.plain(kind, dict, rect),
        }
        self.places.going = false;
    }

    /// An annotation that viewers draw by what it says of itself.
    fn plain(&mut self, kind: &[u8], dict: &'d Dictionary, rect: Box4) {
        let doc = self.walker.doc;
        let colour: &[u8] = if kind == b"FreeText" { b"C" } else { b"IC" };
        let sheer = number_of(doc, dict, b"CA").is_some_and(|n| n < 0.95);
        if sheer || items(doc, dict, colour).is_empty() {
            return;
        }
        let shape = match kind {
            b"Square" | b"FreeText" => Shape::square(&rect, &ONE),
            b"Circle" => round(&rect),
            _ => return,
        };
        self.cover(&shape, &Run::above(), None, true);
    }

    /// A picture hides what lies below it where it paints. In the copy it is a grey area, or nothing.
    pub(super) fn hide_below(&mut self, stream: &'d Stream, id: Option<ObjectId>, run: &Run<'d>) {
        let doc = self.walker.doc;
        let off = stream.dict.get(b"OC").is_ok_and(|oc| self.hides(oc));
        if !self.walker.covers || self.drawn.glyphs.is_empty() || off {
            return;
        }
        let stencil = is_stencil(doc, stream);
        let paint = &run.state.paint;
        if !(if stencil {
            paint.fills()
        } else {
            paint.hides()
        }) {
            return;
        }
        let shape = Shape::square(&[0.0, 1.0, 0.0, 1.0], &run.state.ctm);
        let (mask, soft) = match mask_of(doc, stream) {
            Masked::Not => return self.cover(&shape, run, None, true),
            Masked::Unknown => return,
            Masked::By(mask, soft) => (mask, soft),
        };
        let Some(back) = inverse(&run.state.ctm).filter(|_| self.is_over_text(&shape, run)) else {
            return;
        };
        let Some(mask) = self.mask(mask, soft, id) else {
            if stencil {
                self.drawn.vague.extend(id);
            }
            return;
        };
        let whole = mask.is_whole();
        self.cover_where(&shape, run, None, whole, &|place: Point| {
            let (x, y) = over(&back, place);
            mask.paints(x, y)
        });
        if !whole && !stencil && self.is_over_text(&shape, run) {
            self.drawn.sheer.extend(id);
        }
    }

    /// Likewise an inline one. Nobody knows yet whether it stays.
    pub(super) fn hide_below_inline(&mut self, picture: &Stream, run: &Run<'d>) {
        let paint = &run.state.paint;
        let shape = Shape::square(&[0.0, 1.0, 0.0, 1.0], &run.state.ctm);
        if !is_stencil(self.walker.doc, picture) {
            if paint.hides() {
                self.cover(&shape, run, None, false);
            }
            return;
        }
        if !paint.fills() || !self.is_over_text(&shape, run) {
            return;
        }
        let mask = Mask::of(self.walker.doc, picture, false, self.walker.most);
        if let (Some(back), Some(mask)) = (inverse(&run.state.ctm), mask) {
            self.cover_where(&shape, run, None, false, &|place: Point| {
                let (x, y) = over(&back, place);
                mask.paints(x, y)
            });
        }
    }

    /// The mask of the picture with this number.
    fn mask(&mut self, mask: &Stream, soft: bool, id: Option<ObjectId>) -> Option<Rc<Mask>> {
        if let Some(known) = id.and_then(|id| self.walker.masks.get(&id)) {
            return known.clone();
        }
        let made = Mask::of(self.walker.doc, mask, soft, self.walker.most).map(Rc::new);
        if self.walker.masks.len() >= MASKS {
            self.walker.masks.clear();
        }
        if let Some(id) = id {
            self.walker.masks.insert(id, made.clone());
        }
        made
    }
}

impl Run<'_> {
    /// What is drawn over a page.
    fn above() -> Self {
        Self {
            stream: 0,
            outermost: false,
            chain: Vec::new(),
            state: State::new(),
            saved: Vec::new(),
            tm: ONE,
            line: ONE,
            in_text: false,
            placed: true,
            depth: 1,
            marks: Marks::default(),
        }
    }
}

fn round(&[x0, x1, y0, y1]: &Box4) -> Shape {
    let corner = |n: u8| {
        let (sin, cos) = (TAU * f64::from(n) / f64::from(CORNERS)).sin_cos();
        (
            f64::midpoint(x0, x1) + cos * (x1 - x0) / 2.0,
            f64::midpoint(y0, y1) + sin * (y1 - y0) / 2.0,
        )
    };
    Shape::new(&[(0..CORNERS).map(corner).collect()], Rule::Winding)
}
