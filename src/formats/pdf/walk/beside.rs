//! What streams hold beside the text that they show: forms, pictures, marked content, and whatever shows
//! nothing.

use super::{
    Chain, DEPTH, FORMS, Key, Matrix, ONE, PIECES, Run, State, Walk, paint::rectangle, resource,
    shapes::Shape, times,
};
use crate::{
    formats::pdf::{
        digits,
        frames::{inline, is_shown},
        lex::{Instructions, Kind, name, printed, string},
        pieces::{Piece, Which},
        tree::{content, dictionary, follow, inner, items, name_of, number, sides},
    },
    model::GapKind,
};
use lopdf::{Dictionary, Document, Object, ObjectId};
use std::hash::{DefaultHasher, Hash, Hasher};

impl<'d> Walk<'_, 'd> {
    /// Names, numbers and strings that say something.
    pub(super) fn odd(&mut self, data: &[u8], places: Vec<(usize, usize)>) {
        for (start, end) in places {
            let raw = data.get(start..end).unwrap_or_default();
            if raw.first() == Some(&b'/') {
                self.drawn.names.insert(name(raw));
            } else {
                self.keep_beside(raw.strip_prefix(b"<").unwrap_or(raw));
            }
        }
    }

    /// Numbers with more digits than a drawing needs.
    pub(super) fn long(&mut self, data: &[u8], places: Vec<(usize, usize)>) {
        for (start, end) in places {
            if self.long.len() > digits::FEW {
                return;
            }
            let raw = data.get(start..end).unwrap_or_default();
            self.long.insert(raw.to_vec());
        }
    }

    /// Such numbers are read when they are few.
    pub(super) fn few(&mut self) {
        let long = std::mem::take(&mut self.long);
        if long.len() <= digits::FEW {
            let said = long.iter().flat_map(|raw| digits::said(raw));
            said.for_each(|text| self.keep_beside(text.as_bytes()));
        }
    }

    pub(super) fn keep_beside(&mut self, text: &[u8]) {
        if text.len() > 1 && !self.drawn.beside.contains(text) {
            self.drawn.beside.insert(text.to_vec());
        }
    }

    pub(super) fn keep_strings(&mut self, all: &Instructions<'_>) {
        for token in &all.operands {
            if matches!(token.kind, Kind::Literal | Kind::Hex) {
                let mut bytes = std::mem::take(&mut self.buffer);
                string(all.raw(*token), &mut bytes);
                self.keep_beside(&bytes);
                self.buffer = bytes;
            }
        }
    }

    /// An external object: a form is walked over, a picture counted.
    pub(super) fn draw(&mut self, all: &Instructions<'_>, run: &mut Run<'d>) {
        let doc = self.walker.doc;
        let Some(wanted) = all.operands.first().map(|t| name(all.raw(*t))) else {
            return;
        };
        let Some(object) = resource(doc, &run.chain, b"XObject", &wanted) else {
            return;
        };
        let Object::Stream(stream) = follow(doc, object) else {
            return;
        };
        let kind = name_of(doc, &stream.dict, b"Subtype");
        if kind == Some(b"PS") {
            self.drawn
                .note(GapKind::Opaque, "programs for printers are not read");
            return;
        }
        if kind == Some(b"Image") {
            self.hide_below(stream, object.as_reference().ok(), run);
            if self.walker.is_picture(stream) {
                self.picture(run);
            } else if let Ok(id) = object.as_reference() {
                let (width, height) = sides(doc, &stream.dict);
                self.piece(Piece::new(Which::Object(id), width, height, &run.state.ctm));
            }
            return;
        }
        let Ok(id) = object.as_reference() else {
            return;
        };
        self.forms += 1;
        if run.depth >= DEPTH || self.forms > FORMS {
            self.drawn
                .note(GapKind::Limit, "forms nested or repeated past the limit");
            return;
        }
        // A form without resources uses those of what draws it.
        let mut chain: Chain<'d> = inner(doc, &stream.dict, b"Resources").into_iter().collect();
        chain.extend(run.chain.iter().take(6));
        let mut state = run.state.clone();
        state.ctm = times(&matrix_of(doc, &stream.dict), &state.ctm);
        let off = run.is_off();
        self.form(
            (follow(doc, object), id),
            chain,
            state,
            (run.depth + 1, off),
        );
    }

    /// Walks over a form; `off` is whether it is drawn into a layer that is not shown.
    pub(super) fn form(
        &mut self,
        (object, id): (&'d Object, ObjectId),
        chain: Chain<'d>,
        mut state: State<'d>,
        (depth, mut off): (u32, bool),
    ) {
        let doc = self.walker.doc;
        if let Some(dict) = dictionary(object).filter(|_| self.walker.covers) {
            if let Some(own) = rectangle(doc, dict, b"BBox") {
                state.clip.cut(Shape::square(&own, &state.ctm));
            }
            if inner(doc, dict, b"Group").is_some() {
                state.paint.group();
            }
            off |= dict.get(b"OC").is_ok_and(|oc| self.hides(oc));
        }
        let data = self.expanded(object, Some(id));
        let stream = self.stream_index(Key::Object(id), &chain);
        let mut form = Run {
            stream,
            outermost: false,
            chain,
            state,
            saved: Vec::new(),
            tm: ONE,
            line: ONE,
            in_text: false,
            placed: true,
            depth,
            marks: Marks::new(off),
        };
        self.run(&data, &mut form);
    }

    pub(super) fn inline_image(&mut self, raw: &[u8], all: &Instructions<'_>, run: &Run<'d>) {
        let picture = inline(all);
        if self.walker.covers {
            self.hide_below_inline(&picture, run);
        }
        let stream = self.drawn.streams.get(run.stream as usize);
        let key = stream.map_or(Key::Object((0, 0)), |s| s.key);
        let glyph = matches!(key, Key::Object(id) if self.walker.glyphs.contains(&id));
        if is_shown(&picture, glyph) {
            self.picture(run);
        } else {
            let (width, height) = sides(self.walker.doc, &picture.dict);
            let which = Which::Inline(key, sum(raw));
            self.piece(Piece::new(which, width, height, &run.state.ctm));
            if picture.dict.has(b"Filter") {
                // Photographs keep what stands behind their pixels.
                let pixels = content(&picture, self.walker.most);
                let pixels = pixels.as_ref().unwrap_or(&picture.content);
                printed(pixels).for_each(|word| self.keep_beside(word));
            }
        }
        self.keep_strings(all);
        if !picture.dict.has(b"Filter") {
            // Pixels that are letters.
            printed(raw).for_each(|word| self.keep_beside(word));
        }
        self.mark_extra(run.stream);
    }

    pub(super) fn picture(&mut self, run: &Run<'d>) {
        let [a, b, c, d, ..] = run.state.ctm;
        self.drawn.pictures += 1;
        self.drawn.covered += (a * d - b * c).abs();
    }

    pub(super) fn piece(&mut self, piece: Piece) {
        if self.drawn.pieces.len() < PIECES {
            self.drawn.pieces.push(piece);
        }
    }

    /// Texts in the entries of marked content (ISO 32000-1, 14.6.2 and 14.9), and the layer it belongs to.
    pub(super) fn marked(&mut self, all: &Instructions<'_>, run: &Run<'d>) {
        for token in &all.operands {
            if matches!(token.kind, Kind::Literal | Kind::Hex) {
                string(all.raw(*token), &mut self.buffer);
                self.drawn.texts.push(self.buffer.clone());
                self.mark_extra(run.stream);
            }
        }
    }
}

/// Marked content that is open, as far as layers are concerned.
#[derive(Debug, Default)]
pub(super) struct Marks {
    open: usize,
    /// How many were open when one began that is not shown.
    off: Option<usize>,
}

impl Marks {
    pub(super) fn new(off: bool) -> Self {
        Self {
            open: 0,
            off: off.then_some(0),
        }
    }

    pub(super) fn begin(&mut self, off: bool) {
        self.open += 1;
        if off && self.off.is_none() {
            self.off = Some(self.open);
        }
    }

    pub(super) fn end(&mut self) {
        if self.open > 0 && self.off == Some(self.open) {
            self.off = None;
        }
        self.open = self.open.saturating_sub(1);
    }
}

impl Run<'_> {
    /// Whether what is drawn now is not shown.
    pub(super) fn is_off(&self) -> bool {
        self.marks.off.is_some()
    }
}

impl<'d> Walk<'_, 'd> {
    /// Follows where marked content begins and ends.
    pub(super) fn mark(&mut self, operator: &[u8], all: &Instructions<'_>, run: &mut Run<'d>) {
        if !self.walker.covers {
            return;
        }
        if operator == b"EMC" {
            return run.marks.end();
        }
        let mut off = false;
        if let [tag, list] = all.operands.as_slice()
            && operator == b"BDC"
            && all.raw(*tag) == b"/OC"
        {
            let group = resource(
                self.walker.doc,
                &run.chain,
                b"Properties",
                &name(all.raw(*list)),
            );
            off = group.is_some_and(|g| self.hides(g));
        }
        run.marks.begin(off);
    }
}

/// How a form is placed in what draws it.
pub(super) fn matrix_of(doc: &Document, form: &Dictionary) -> Matrix {
    let matrix = items(doc, form, b"Matrix");
    if matrix.len() < 6 {
        return ONE;
    }
    std::array::from_fn(|n| {
        let at = matrix.get(n).map(|o| follow(doc, o));
        at.and_then(number).unwrap_or(0.0)
    })
}

fn sum(bytes: &[u8]) -> u64 {
    let mut hash = DefaultHasher::new();
    bytes.hash(&mut hash);
    hash.finish()
}
