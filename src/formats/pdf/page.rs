//! Pages: a walk over the operators of their content.

use super::{
    content, dictionary, entry, follow,
    font::{Font, Says},
    lines::{Glyph, Lines},
    name_of, number,
};
use crate::model::GapKind;
use lopdf::{Dictionary, Document, Object, ObjectId, content::Content, content::Operation};
use std::{
    collections::HashMap,
    rc::Rc,
    sync::atomic::{AtomicBool, Ordering},
};

/// Forms inside forms.
const DEPTH: u32 = 12;
/// Forms drawn on one page, with repetition.
const FORMS: u32 = 5_000;
/// Operators of one page, with those of its forms.
const OPERATORS: u64 = 20_000_000;
/// Bytes of text of one page.
const TEXT: usize = 64 << 20;
/// Saved graphics states.
const STATES: usize = 1_000;

/// What a page says.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Lines, each ended.
    pub text: String,
    /// Glyphs shown.
    pub glyphs: u64,
    /// Those without a character.
    pub unmapped: u64,
    /// Those whose character is a guess.
    pub guessed: u64,
    /// Pictures large enough to hold text.
    pub images: u64,
    /// What else was not read.
    pub gaps: Vec<(GapKind, String)>,
}

type Matrix = [f64; 6];
const ONE: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

fn times(a: &Matrix, b: &Matrix) -> Matrix {
    let [a0, a1, a2, a3, a4, a5] = *a;
    let [b0, b1, b2, b3, b4, b5] = *b;
    [
        a0 * b0 + a1 * b2,
        a0 * b1 + a1 * b3,
        a2 * b0 + a3 * b2,
        a2 * b1 + a3 * b3,
        a4 * b0 + a5 * b2 + b4,
        a4 * b1 + a5 * b3 + b5,
    ]
}

/// Reads pages of one document; keeps its fonts.
pub(super) struct Reader<'d> {
    doc: &'d Document,
    most: usize,
    fonts: HashMap<ObjectId, Rc<Font>>,
    spent: u64,
}

#[derive(Clone)]
struct State {
    ctm: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    character: f64,
    word: f64,
    scale: f64,
    leading: f64,
    rise: f64,
}

/// One page while it is read.
struct Walk<'r, 'd> {
    reader: &'r mut Reader<'d>,
    page: Page,
    lines: Lines,
    stop: &'r AtomicBool,
    forms: u32,
    operators: u64,
    held: usize,
}

impl<'d> Reader<'d> {
    pub(super) fn new(doc: &'d Document, most: usize) -> Self {
        Self {
            doc,
            most,
            fonts: HashMap::new(),
            spent: 0,
        }
    }

    /// Bytes expanded since this was asked before.
    pub(super) fn take_spent(&mut self) -> u64 {
        std::mem::take(&mut self.spent)
    }

    /// Reads a page and what is drawn over it by its annotations.
    pub(super) fn page(&mut self, id: ObjectId, stop: &AtomicBool) -> Page {
        let doc = self.doc;
        let mut walk = Walk {
            reader: self,
            page: Page::default(),
            lines: Lines::default(),
            stop,
            forms: 0,
            operators: 0,
            held: 0,
        };
        let Some(dict) = doc.objects.get(&id).and_then(dictionary) else {
            walk.note(GapKind::Corrupt, "a page that is none");
            return walk.page;
        };
        let resources: Vec<&Dictionary> = inherited(doc, dict, b"Resources")
            .and_then(dictionary)
            .into_iter()
            .collect();
        let program = walk.contents(dict);
        walk.run(&program, &resources, State::new(ONE), 0);
        walk.page.text = walk.lines.take();
        walk.annotations(dict);
        walk.page.text.push_str(&walk.lines.take());
        walk.page
    }
}

/// A page's entry, its own or that of the nodes above it.
fn inherited<'d>(doc: &'d Document, dict: &'d Dictionary, key: &[u8]) -> Option<&'d Object> {
    let mut node = dict;
    for _ in 0..64 {
        if let Some(found) = entry(doc, node, key) {
            return Some(found);
        }
        node = entry(doc, node, b"Parent").and_then(dictionary)?;
    }
    None
}

impl State {
    fn new(ctm: Matrix) -> Self {
        Self {
            ctm,
            font: None,
            size: 1.0,
            character: 0.0,
            word: 0.0,
            scale: 1.0,
            leading: 0.0,
            rise: 0.0,
        }
    }
}

fn at(operands: &[Object], n: usize) -> f64 {
    operands.get(n).and_then(number).unwrap_or(0.0)
}

fn matrix(operands: &[Object]) -> Matrix {
    std::array::from_fn(|n| at(operands, n))
}

impl<'d> Walk<'_, 'd> {
    fn note(&mut self, kind: GapKind, note: &str) {
        let known = self.page.gaps.iter().any(|(k, n)| *k == kind && n == note);
        if !known {
            self.page.gaps.push((kind, note.to_owned()));
        }
    }

    /// A stream's content; what it cannot be read for is noted.
    fn expanded(&mut self, object: &Object) -> Vec<u8> {
        let Object::Stream(stream) = object else {
            return Vec::new();
        };
        match content(stream, self.reader.most) {
            Ok(bytes) => {
                self.reader.spent += bytes.len() as u64;
                bytes
            }
            Err(lopdf::Error::Decompress(lopdf::DecompressError::MemoryLimitExceeded {
                ..
            })) => {
                self.note(GapKind::Limit, "content past the limit on expanded bytes");
                Vec::new()
            }
            Err(_) => {
                self.note(
                    GapKind::Undecodable,
                    "content behind an unknown or damaged filter",
                );
                Vec::new()
            }
        }
    }

    fn contents(&mut self, page: &Dictionary) -> Vec<u8> {
        let doc = self.reader.doc;
        match entry(doc, page, b"Contents") {
            Some(Object::Array(parts)) => {
                let mut all = Vec::new();
                for part in parts {
                    all.extend(self.expanded(follow(doc, part)));
                    all.push(b'\n');
                    if all.len() > self.reader.most {
                        self.note(GapKind::Limit, "content past the limit on expanded bytes");
                        break;
                    }
                }
                all
            }
            Some(one) => self.expanded(one),
            None => Vec::new(),
        }
    }

    /// What annotations draw: their normal appearances, on their own.
    fn annotations(&mut self, page: &'d Dictionary) {
        let doc = self.reader.doc;
        let Some(Object::Array(list)) = entry(doc, page, b"Annots") else {
            return;
        };
        for annotation in list.iter().take(10_000) {
            let normal = dictionary(follow(doc, annotation))
                .and_then(|d| entry(doc, d, b"AP"))
                .and_then(dictionary)
                .and_then(|d| entry(doc, d, b"N"));
            match normal {
                Some(form @ Object::Stream(_)) => {
                    self.form(form, &[], &State::new(ONE), 0);
                }
                Some(Object::Dictionary(states)) => {
                    for (_, form) in states.iter().take(8) {
                        self.form(follow(doc, form), &[], &State::new(ONE), 0);
                    }
                }
                _ => continue,
            }
            // Each for itself: where it stands on the page is not looked at.
            let text = self.lines.take();
            self.page.text.push_str(&text);
        }
    }

    fn run(&mut self, program: &[u8], resources: &[&'d Dictionary], mut state: State, depth: u32) {
        let mut saved: Vec<State> = Vec::new();
        let mut tm = ONE;
        let mut line = ONE;
        for operation in Content::decode_iter(program) {
            let Ok(Operation { operator, operands }) = operation else {
                self.note(GapKind::Corrupt, "content that cannot be read to its end");
                return;
            };
            self.operators += 1;
            if self.operators > OPERATORS || self.held > TEXT {
                self.note(GapKind::Limit, "more content than is read of one page");
                return;
            }
            if self.operators.is_multiple_of(4096) && self.stop.load(Ordering::Relaxed) {
                return;
            }
            let to_next = |line: &Matrix, x: f64, y: f64| times(&[1.0, 0.0, 0.0, 1.0, x, y], line);
            match operator.as_str() {
                "q" if saved.len() < STATES => saved.push(state.clone()),
                "Q" => {
                    if let Some(before) = saved.pop() {
                        state = before;
                    }
                }
                "cm" => state.ctm = times(&matrix(&operands), &state.ctm),
                "BT" => (tm, line) = (ONE, ONE),
                "Tc" => state.character = at(&operands, 0),
                "Tw" => state.word = at(&operands, 0),
                "Tz" => state.scale = at(&operands, 0) / 100.0,
                "TL" => state.leading = at(&operands, 0),
                "Ts" => state.rise = at(&operands, 0),
                "Tf" => {
                    state.size = at(&operands, 1);
                    state.font = self.font(operands.first(), resources);
                }
                "gs" => self.graphics(&operands, resources, &mut state),
                "Td" | "TD" => {
                    if operator == "TD" {
                        state.leading = -at(&operands, 1);
                    }
                    line = to_next(&line, at(&operands, 0), at(&operands, 1));
                    tm = line;
                }
                "Tm" => {
                    line = matrix(&operands);
                    tm = line;
                }
                "T*" | "'" | "\"" | "Tj" | "TJ" => {
                    if operator == "\"" {
                        (state.word, state.character) = (at(&operands, 0), at(&operands, 1));
                    }
                    if !operator.starts_with('T') || operator == "T*" {
                        line = to_next(&line, 0.0, -state.leading);
                        tm = line;
                    }
                    if operator != "T*" {
                        self.show(operands.last(), &state, &mut tm);
                    }
                }
                "Do" => {
                    if let Some(Object::Name(name)) = operands.first() {
                        let found = resource(self.reader.doc, resources, b"XObject", name);
                        if let Some(object) = found {
                            self.form(follow(self.reader.doc, object), resources, &state, depth);
                        }
                    }
                }
                "BI" => {
                    if let Some(Object::Stream(image)) = operands.first() {
                        let long = |a: &[u8], b: &[u8]| {
                            let value = image.dict.get(a).or_else(|_| image.dict.get(b));
                            value.ok().and_then(number).unwrap_or(0.0)
                        };
                        self.image(long(b"W", b"Width"), long(b"H", b"Height"));
                    }
                }
                _ => {}
            }
        }
    }

    /// Counts a picture that is large enough to hold text.
    fn image(&mut self, width: f64, height: f64) {
        if width >= 32.0 && height >= 16.0 {
            self.page.images += 1;
        }
    }

    /// Draws an external object: runs a form, counts a picture.
    fn form(
        &mut self,
        object: &'d Object,
        resources: &[&'d Dictionary],
        state: &State,
        depth: u32,
    ) {
        let doc = self.reader.doc;
        let Object::Stream(stream) = object else {
            return;
        };
        let size = |key: &[u8]| {
            entry(doc, &stream.dict, key)
                .and_then(number)
                .unwrap_or(0.0)
        };
        if name_of(doc, &stream.dict, b"Subtype") == Some(b"Image") {
            return self.image(size(b"Width"), size(b"Height"));
        }
        self.forms += 1;
        if depth >= DEPTH || self.forms > FORMS {
            return self.note(GapKind::Limit, "forms nested or repeated past the limit");
        }
        let own = entry(doc, &stream.dict, b"Resources").and_then(dictionary);
        // A form without resources uses those of what draws it.
        let mut chain: Vec<&'d Dictionary> = own.into_iter().collect();
        chain.extend(resources.iter().take(6));
        let mut inner = state.clone();
        if let Some(Object::Array(m)) = entry(doc, &stream.dict, b"Matrix") {
            let numbers: Vec<Object> = m.iter().map(|o| follow(doc, o).clone()).collect();
            inner.ctm = times(&matrix(&numbers), &state.ctm);
        }
        let program = self.expanded(object);
        self.run(&program, &chain, inner, depth + 1);
    }

    fn font(&mut self, name: Option<&Object>, resources: &[&'d Dictionary]) -> Option<Rc<Font>> {
        let Some(Object::Name(name)) = name else {
            return None;
        };
        let object = resource(self.reader.doc, resources, b"Font", name)?;
        self.load(object)
    }

    fn load(&mut self, object: &'d Object) -> Option<Rc<Font>> {
        let doc = self.reader.doc;
        let id = object.as_reference().ok();
        if let Some(known) = id.and_then(|id| self.reader.fonts.get(&id)) {
            return Some(Rc::clone(known));
        }
        let font = Rc::new(Font::new(doc, dictionary(follow(doc, object))?));
        if let Some(id) = id {
            self.reader.fonts.insert(id, Rc::clone(&font));
        }
        Some(font)
    }

    /// A graphics state dictionary may set the font.
    fn graphics(&mut self, operands: &[Object], resources: &[&'d Dictionary], state: &mut State) {
        let doc = self.reader.doc;
        let Some(Object::Name(name)) = operands.first() else {
            return;
        };
        let font = resource(doc, resources, b"ExtGState", name)
            .and_then(|o| dictionary(follow(doc, o)))
            .and_then(|d| entry(doc, d, b"Font"))
            .and_then(|o| o.as_array().ok());
        if let Some([font, size, ..]) = font.map(Vec::as_slice) {
            state.font = self.load(font);
            state.size = number(follow(doc, size)).unwrap_or(1.0);
        }
    }

    /// Shows a string, or strings and distances.
    fn show(&mut self, what: Option<&Object>, state: &State, tm: &mut Matrix) {
        let one;
        let items = match what {
            Some(Object::Array(items)) => items.as_slice(),
            Some(text @ Object::String(..)) => {
                one = [text.clone()];
                &one
            }
            _ => return,
        };
        let vertical = state.font.as_ref().is_some_and(|f| f.vertical);
        for item in items {
            match item {
                Object::String(bytes, _) => self.string(bytes, state, tm),
                other => {
                    let back = -number(other).unwrap_or(0.0) / 1000.0 * state.size;
                    let (x, y) = if vertical {
                        (0.0, back)
                    } else {
                        (back * state.scale, 0.0)
                    };
                    *tm = times(&[1.0, 0.0, 0.0, 1.0, x, y], tm);
                }
            }
        }
    }

    fn string(&mut self, bytes: &[u8], state: &State, tm: &mut Matrix) {
        let Some(font) = &state.font else {
            self.page.glyphs += bytes.len() as u64;
            self.page.unmapped += bytes.len() as u64;
            return;
        };
        let mut rest = bytes;
        while let Some(code) = font.next(rest) {
            rest = rest.get(code.len.max(1)..).unwrap_or_default();
            let word = if code.is_space { state.word } else { 0.0 };
            let ahead = code.width / 1000.0 * state.size + state.character + word;
            let (tx, ty) = if font.vertical {
                (0.0, -state.size + state.character + word)
            } else {
                (ahead * state.scale, 0.0)
            };
            let full = times(tm, &state.ctm);
            let over = |x: f64, y: f64| {
                let [a, b, c, d, ..] = full;
                (x * a + y * c, x * b + y * d)
            };
            let [.., left, down] = full;
            let (rise_x, rise_y) = over(0.0, state.rise);
            let (dx, dy) = over(tx, ty);
            let (high_x, high_y) = over(0.0, state.size);
            self.page.glyphs += 1;
            let text = match code.says {
                Says::Text(text) => text,
                Says::Guess(text) => {
                    self.page.guessed += 1;
                    text
                }
                Says::Nothing => {
                    self.page.unmapped += 1;
                    "\u{fffd}".to_owned()
                }
            };
            self.held += text.len();
            self.lines.add(&Glyph {
                x: left + rise_x,
                y: down + rise_y,
                dx,
                dy,
                size: high_x.hypot(high_y),
                text,
            });
            *tm = times(&[1.0, 0.0, 0.0, 1.0, tx, ty], tm);
        }
    }
}

fn resource<'d>(
    doc: &'d Document,
    resources: &[&'d Dictionary],
    kind: &[u8],
    name: &[u8],
) -> Option<&'d Object> {
    resources
        .iter()
        .find_map(|r| dictionary(entry(doc, r, kind)?)?.get(name).ok())
}
