//! A walk over the instructions of content streams: which glyphs they show, and where.

mod beside;
mod boxes;
mod layers;
pub(super) mod masks;
mod notes;
mod paint;
mod shapes;

use super::{
    font::{Font, Says},
    frames::is_picture,
    lex::{Instructions, Kind, Token, is_operator, name, says_something, string},
    pieces::{Piece, Which, together},
    tree::{content, dictionary, entry, follow, inner, items, number},
    upright,
};
use crate::model::GapKind;
use beside::Marks;
use boxes::{Path, Places};
use layers::Layers;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream};
use masks::Mask;
use paint::Paint;
use shapes::Clip;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
    sync::atomic::{AtomicBool, Ordering},
};

/// Forms inside forms.
const DEPTH: u32 = 16;
/// Forms drawn on one page, with repetition.
const FORMS: u32 = 5_000;
/// Instructions of one page, with those of its forms.
const INSTRUCTIONS: u64 = 20_000_000;
/// Glyphs of one page.
const GLYPHS: usize = 4_000_000;
/// Saved graphics states.
const STATES: usize = 1_000;
/// Expanded streams that are kept for the next time they are drawn.
const KEPT: usize = 16 << 20;
/// Paths on a page without text that are more than ruled lines.
const DRAWING: u64 = 200;
/// Most small pictures of one page; more than are compared.
const PIECES: usize = 50_000;

/// A transformation, as PDF writes it.
pub(super) type Matrix = [f64; 6];
/// The transformation that changes nothing.
pub(super) const ONE: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// First `a`, then `b`.
pub(super) fn times(a: &Matrix, b: &Matrix) -> Matrix {
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

/// Which stream instructions stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    /// All content streams of a page, joined.
    Page(ObjectId),
    /// One stream.
    Object(ObjectId),
}

/// Where a glyph's code stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct At {
    /// Index into [`Drawn::streams`].
    pub stream: u32,
    /// First byte of the instruction that shows it.
    pub show: usize,
    /// First byte of the string it is in.
    pub string: usize,
    /// Its bytes in that string, once unescaped.
    pub from: u32,
    /// Likewise.
    pub to: u32,
}

/// Whether something that nothing shines through is drawn over a glyph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cover {
    /// Not over all of it.
    None,
    /// It is there in the copy as well.
    Stays,
    /// The copy goes without it, at least without part of it.
    Goes,
}

/// One glyph on the page.
#[derive(Debug, Clone)]
pub(super) struct Glyph {
    /// Where it starts, in points.
    pub x: f64,
    /// Likewise.
    pub y: f64,
    /// How far it moves on.
    pub dx: f64,
    /// Likewise.
    pub dy: f64,
    /// Height of its font on the page.
    pub size: f64,
    /// What it says.
    pub says: Says,
    /// Whether that is a guess.
    pub guess: bool,
    /// Where its code stands.
    pub at: At,
    /// Whether it is not seen at all: in a layer that is not shown, or drawn without ink.
    pub unseen: bool,
    /// What is drawn over it, when that was asked for.
    pub cover: Cover,
}

/// A stream that was walked.
#[derive(Debug, Clone)]
pub(super) struct Walked<'d> {
    /// Which.
    pub key: Key,
    /// Where its names are looked up, innermost first.
    pub resources: Vec<&'d Dictionary>,
    /// Whether it holds text beside what it shows: comments, entries of marked content, pictures.
    pub extra: bool,
    /// Whether small pictures in it show something with what is beside them.
    pub strips: bool,
}

/// A showing instruction, as whoever changes it must know it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Show {
    /// The text line matrix in force when its glyphs are placed.
    pub line: Matrix,
    /// Whether it is written from top to bottom.
    pub vertical: bool,
    /// Whether it is placed, rather than going on where the text before it ended.
    pub placed: bool,
    /// From the space that the line matrix leads to, to the stream's own.
    pub ctm: Matrix,
    /// Horizontal scaling, 1 for none.
    pub scale: f64,
    /// Room after each character in the stream's own space, and the instruction that sets it.
    pub character: (f64, Option<usize>),
    /// Room after each space, likewise.
    pub word: (f64, Option<usize>),
}

/// A place that was asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    /// From text space to the stream's own space.
    pub matrix: Matrix,
    /// The font's size.
    pub size: f64,
    /// Horizontal scaling, 1 for none.
    pub scale: f64,
    /// Whether text goes downwards.
    pub vertical: bool,
}

/// What a walk brings home.
#[derive(Debug, Default)]
pub(super) struct Drawn<'d> {
    /// Glyphs in the order they are drawn.
    pub glyphs: Vec<Glyph>,
    /// Streams in the order they are met, each once.
    pub streams: Vec<Walked<'d>>,
    /// Glyphs without a character.
    pub unmapped: u64,
    /// Glyphs whose character is a guess.
    pub guessed: u64,
    /// Pictures large enough to hold text.
    pub pictures: u64,
    /// How much of the page they cover, in square points, what lies over one another more than once.
    pub covered: f64,
    /// The others.
    pub pieces: Vec<Piece>,
    /// Those of them that show something with what is beside them.
    pub together: BTreeSet<Which>,
    /// Those of these that are objects.
    pub joined: BTreeSet<ObjectId>,
    /// Paths.
    pub paths: u64,
    /// Texts in marked content.
    pub texts: Vec<Vec<u8>>,
    /// What stands in streams and shows nothing: comments, operands without use, names, large numbers.
    pub beside: BTreeSet<Vec<u8>>,
    /// Names that could be values, without their slash.
    pub names: BTreeSet<Vec<u8>>,
    /// What else was not read.
    pub gaps: Vec<(GapKind, String)>,
    /// Showing instructions of the outermost stream by their first byte, when asked for.
    pub shows: HashMap<usize, Show>,
    /// Where the numbers stand that were asked for, by their first byte.
    pub spots: HashMap<usize, Spot>,
    /// Streams and instructions that show vertical text glyph by glyph.
    pub upright: BTreeSet<(u32, usize)>,
    /// Saved states that the outermost stream leaves open.
    pub open: usize,
    /// Whether it ends inside a text object.
    pub in_text: bool,
    /// Glyphs that instructions of the outermost stream draw over, by the first byte of these.
    pub over: BTreeMap<usize, Vec<u32>>,
    /// Stencils over text that is seen of which it cannot be told where they paint.
    pub vague: BTreeSet<ObjectId>,
    /// Pictures that let text through beside what they hide.
    pub sheer: BTreeSet<ObjectId>,
    /// Whether more is drawn over text than was compared with it.
    pub crowded: bool,
}

impl Drawn<'_> {
    /// Whether it is a page of drawings without text.
    pub(super) fn is_drawing(&self) -> bool {
        self.glyphs.is_empty() && self.paths > DRAWING
    }

    fn note(&mut self, kind: GapKind, note: &str) {
        let known = self.gaps.iter().any(|(k, n)| *k == kind && n == note);
        if !known {
            self.gaps.push((kind, note.to_owned()));
        }
    }
}

/// A code that is shown somewhere.
#[derive(Debug, Clone)]
pub(super) struct UsedCode {
    /// What it says.
    pub says: Says,
    /// Its character identifier.
    pub cid: u32,
    /// How many codes of the font were shown before it was.
    pub order: usize,
}

/// Fonts of strings by their first byte.
pub(super) type Shown = BTreeMap<usize, ObjectId>;

/// Strings that are shown, by their stream.
#[derive(Debug, Default)]
pub(super) struct AllShown {
    pub strings: BTreeMap<Key, Shown>,
    /// Fonts that show a string which another font shows as well: one form, drawn with other resources.
    pub torn: BTreeSet<ObjectId>,
}

impl AllShown {
    fn add(&mut self, key: Key, start: usize, font: ObjectId) {
        let strings = self.strings.entry(key).or_default();
        let known = *strings.entry(start).or_insert(font);
        if known != font {
            self.torn.extend([known, font]);
        }
    }
}

/// Codes that are shown, with their lengths, by the font.
pub(super) type Used = BTreeMap<ObjectId, BTreeMap<(u32, usize), UsedCode>>;

/// Walks over the streams of one document; keeps its fonts.
pub(super) struct Walker<'d> {
    pub(super) doc: &'d Document,
    most: usize,
    /// By the address of their dictionary, which stays where it is as long as the document is borrowed.
    fonts: HashMap<usize, Rc<Font<'d>>>,
    missing: Option<Rc<Font<'d>>>,
    kept: HashMap<ObjectId, Rc<Vec<u8>>>,
    kept_bytes: usize,
    spent: u64,
    /// Codes that are shown, when they are asked for.
    pub(super) used: Option<Used>,
    /// Strings that are shown, likewise.
    pub(super) shown: Option<AllShown>,
    /// Whether it is asked for what hides text.
    pub(super) covers: bool,
    layers: Option<Rc<Layers>>,
    /// Masks of pictures that were asked for last; nothing for those that cannot be read.
    masks: HashMap<ObjectId, Option<Rc<Mask>>>,
    /// Streams that draw one glyph of a font.
    pub(super) glyphs: BTreeSet<ObjectId>,
    /// Whether pictures are large enough to hold text, by the address of their dictionary.
    pictures: HashMap<usize, bool>,
}

/// Resources by name, innermost first.
type Chain<'d> = Vec<&'d Dictionary>;

#[derive(Clone)]
struct State<'d> {
    ctm: Matrix,
    font: Option<Rc<Font<'d>>>,
    size: f64,
    /// With the instruction that sets it.
    character: (f64, Option<usize>),
    /// Likewise.
    word: (f64, Option<usize>),
    scale: f64,
    leading: f64,
    rise: f64,
    /// Whether text is drawn without ink.
    inkless: bool,
    paint: Paint,
    /// What is drawn into.
    clip: Clip,
}

/// One walk.
struct Walk<'w, 'd> {
    walker: &'w mut Walker<'d>,
    drawn: Drawn<'d>,
    stop: &'w AtomicBool,
    forms: u32,
    instructions: u64,
    /// Whether shows and spots are asked for.
    detailed: bool,
    asked: &'w [usize],
    buffer: Vec<u8>,
    path: Path,
    /// Where glyphs are and what covers them.
    places: Places,
    /// Numbers with more digits than a drawing needs, as long as they are few.
    long: BTreeSet<Vec<u8>>,
}

/// A stream while it is walked over.
struct Run<'d> {
    stream: u32,
    outermost: bool,
    chain: Chain<'d>,
    state: State<'d>,
    saved: Vec<State<'d>>,
    tm: Matrix,
    line: Matrix,
    in_text: bool,
    placed: bool,
    depth: u32,
    marks: Marks,
}

impl Run<'_> {
    /// A distance in text space as it is in the stream's own.
    fn room(&self, (by, at): (f64, Option<usize>), vertical: bool) -> (f64, Option<usize>) {
        let [a, b, c, d, ..] = times(&self.tm, &self.state.ctm);
        let long = if vertical {
            c.hypot(d)
        } else {
            a.hypot(b) * self.state.scale
        };
        (by * long, at)
    }
}

impl<'d> Walker<'d> {
    pub(super) fn new(doc: &'d Document, most: usize) -> Self {
        Self {
            doc,
            most,
            fonts: HashMap::new(),
            missing: None,
            kept: HashMap::new(),
            kept_bytes: 0,
            spent: 0,
            used: None,
            shown: None,
            covers: false,
            layers: None,
            masks: HashMap::new(),
            glyphs: BTreeSet::new(),
            pictures: HashMap::new(),
        }
    }

    /// Whether a picture is large enough to hold text.
    fn is_picture(&mut self, stream: &'d Stream) -> bool {
        let doc = self.doc;
        let address = std::ptr::from_ref(&stream.dict).addr();
        let known = self.pictures.entry(address);
        *known.or_insert_with(|| is_picture(doc, stream))
    }

    /// Bytes expanded since this was asked before.
    pub(super) fn take_spent(&mut self) -> u64 {
        std::mem::take(&mut self.spent)
    }

    /// A page's content, without its annotations.
    pub(super) fn page(&mut self, id: ObjectId, stop: &AtomicBool) -> Drawn<'d> {
        let mut walk = Walk::new(self, stop);
        let Some(dict) = walk.walker.doc.objects.get(&id).and_then(dictionary) else {
            walk.drawn.note(GapKind::Corrupt, "a page that is none");
            return walk.drawn;
        };
        let resources = inherited(walk.walker.doc, dict, b"Resources").and_then(dictionary);
        let data = walk.contents(dict);
        walk.outermost(
            Key::Page(id),
            &data,
            resources.into_iter().collect(),
            Some(dict),
        );
        walk.drawn
    }

    /// A page's content streams, joined.
    pub(super) fn contents(&mut self, id: ObjectId, stop: &AtomicBool) -> Rc<Vec<u8>> {
        let mut walk = Walk::new(self, stop);
        let dict = walk.walker.doc.objects.get(&id).and_then(dictionary);
        dict.map(|d| walk.contents(d)).unwrap_or_default()
    }

    /// One stream's content.
    pub(super) fn expanded(&mut self, id: ObjectId, stop: &AtomicBool) -> Rc<Vec<u8>> {
        let mut walk = Walk::new(self, stop);
        let object = walk.walker.doc.objects.get(&id);
        object
            .map(|o| walk.expanded(o, Some(id)))
            .unwrap_or_default()
    }

    /// A stream by itself: a form, a pattern, the procedure of a glyph.
    pub(super) fn stream(
        &mut self,
        id: ObjectId,
        outer: &[&'d Dictionary],
        stop: &AtomicBool,
    ) -> Drawn<'d> {
        let doc = self.doc;
        let mut walk = Walk::new(self, stop);
        let Some(object @ Object::Stream(stream)) = doc.objects.get(&id) else {
            return walk.drawn;
        };
        let mut chain: Chain<'d> = inner(doc, &stream.dict, b"Resources").into_iter().collect();
        chain.extend(outer);
        let data = walk.expanded(object, Some(id));
        walk.outermost(Key::Object(id), &data, chain, None);
        walk.drawn
    }

    /// Instructions that stand in no stream of the document yet, with every detail; `asked` are the
    /// first bytes of numbers whose place is wanted, in order.
    pub(super) fn detailed(
        &mut self,
        walked: &Walked<'d>,
        data: &[u8],
        asked: &[usize],
        stop: &AtomicBool,
    ) -> Drawn<'d> {
        let mut walk = Walk::new(self, stop);
        walk.detailed = true;
        walk.asked = asked;
        walk.outermost(walked.key, data, walked.resources.clone(), None);
        walk.drawn
    }
}

/// A page's entry, its own or that of the nodes above it.
pub(super) fn inherited<'d>(
    doc: &'d Document,
    dict: &'d Dictionary,
    key: &[u8],
) -> Option<&'d Object> {
    let mut node = dict;
    for _ in 0..64 {
        if let Some(found) = entry(doc, node, key) {
            return Some(found);
        }
        node = inner(doc, node, b"Parent")?;
    }
    None
}

impl State<'_> {
    fn new() -> Self {
        Self {
            ctm: ONE,
            font: None,
            size: 1.0,
            character: (0.0, None),
            word: (0.0, None),
            scale: 1.0,
            leading: 0.0,
            rise: 0.0,
            inkless: false,
            paint: Paint::new(),
            clip: Clip::new(),
        }
    }
}

fn shifted(by: (f64, f64), matrix: &Matrix) -> Matrix {
    times(&[1.0, 0.0, 0.0, 1.0, by.0, by.1], matrix)
}

impl<'w, 'd> Walk<'w, 'd> {
    fn new(walker: &'w mut Walker<'d>, stop: &'w AtomicBool) -> Self {
        Self {
            walker,
            drawn: Drawn::default(),
            stop,
            forms: 0,
            instructions: 0,
            detailed: false,
            asked: &[],
            buffer: Vec::new(),
            path: Path::default(),
            places: Places::default(),
            long: BTreeSet::new(),
        }
    }

    /// A stream's content; what it cannot be read for is noted.
    fn expanded(&mut self, object: &'d Object, id: Option<ObjectId>) -> Rc<Vec<u8>> {
        if let Some(kept) = id.and_then(|id| self.walker.kept.get(&id)) {
            return Rc::clone(kept);
        }
        let Object::Stream(stream) = object else {
            return Rc::default();
        };
        match content(stream, self.walker.most) {
            Ok(bytes) => {
                self.walker.spent += bytes.len() as u64;
                let bytes = Rc::new(bytes);
                if let Some(id) = id.filter(|_| self.walker.kept_bytes + bytes.len() < KEPT) {
                    self.walker.kept_bytes += bytes.len();
                    self.walker.kept.insert(id, Rc::clone(&bytes));
                }
                bytes
            }
            Err(lopdf::Error::Decompress(lopdf::DecompressError::MemoryLimitExceeded {
                ..
            })) => {
                self.drawn
                    .note(GapKind::Limit, "content past the limit on expanded bytes");
                Rc::default()
            }
            Err(_) => {
                self.drawn.note(
                    GapKind::Undecodable,
                    "content behind an unknown or damaged filter",
                );
                Rc::default()
            }
        }
    }

    fn contents(&mut self, page: &'d Dictionary) -> Rc<Vec<u8>> {
        let doc = self.walker.doc;
        match entry(doc, page, b"Contents") {
            Some(Object::Array(parts)) => {
                let mut all = Vec::new();
                for part in parts {
                    all.extend_from_slice(&self.expanded(follow(doc, part), None));
                    all.push(b'\n');
                    if all.len() > self.walker.most {
                        self.drawn
                            .note(GapKind::Limit, "content past the limit on expanded bytes");
                        break;
                    }
                }
                Rc::new(all)
            }
            Some(one) => self.expanded(one, None),
            None => Rc::default(),
        }
    }

    fn stream_index(&mut self, key: Key, chain: &[&'d Dictionary]) -> u32 {
        let known = self.drawn.streams.iter().position(|s| s.key == key);
        let at = known.unwrap_or_else(|| {
            self.drawn.streams.push(Walked {
                key,
                resources: chain.to_vec(),
                extra: false,
                strips: false,
            });
            self.drawn.streams.len() - 1
        });
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    fn outermost(&mut self, key: Key, data: &[u8], chain: Chain<'d>, page: Option<&'d Dictionary>) {
        let stream = self.stream_index(key, &chain);
        let mut run = Run {
            stream,
            outermost: true,
            chain,
            state: State::new(),
            saved: Vec::new(),
            tm: ONE,
            line: ONE,
            in_text: false,
            placed: true,
            depth: 0,
            marks: Marks::default(),
        };
        self.run(data, &mut run);
        if let Some(page) = page.filter(|_| self.walker.covers) {
            self.notes(page);
        }
        self.drawn.crowded = self.places.finish(&mut self.drawn.glyphs);
        self.few();
        let joined = together(&self.drawn.pieces);
        self.drawn.pictures += joined.pictures;
        for which in &joined.pieces {
            match which {
                Which::Object(id) => drop(self.drawn.joined.insert(*id)),
                Which::Inline(key, _) => {
                    let mut streams = self.drawn.streams.iter_mut();
                    if let Some(walked) = streams.find(|s| s.key == *key) {
                        walked.strips = true;
                    }
                }
            }
        }
        self.drawn.together = joined.pieces;
        self.drawn.guessed += doubt(&mut self.drawn.glyphs);
        self.drawn.upright = upright::lay(&mut self.drawn.glyphs);
        self.drawn.open = run.saved.len();
        self.drawn.in_text = run.in_text;
    }

    #[expect(clippy::too_many_lines, reason = "a case for each operator")]
    fn run(&mut self, data: &[u8], run: &mut Run<'d>) {
        let mut all = Instructions::new(data);
        while let Some(now) = all.next() {
            self.instructions += 1;
            if self.instructions > INSTRUCTIONS || self.drawn.glyphs.len() > GLYPHS {
                self.drawn
                    .note(GapKind::Limit, "more content than is read of one page");
                return;
            }
            if self.instructions.is_multiple_of(4096) && self.stop.load(Ordering::Relaxed) {
                return;
            }
            let takes = matches!(
                now.operator,
                b"Tj" | b"TJ" | b"'" | b"\"" | b"BDC" | b"DP" | b"BI"
            );
            // No other operator takes a string.
            if !takes && all.has_string() {
                self.keep_strings(&all);
                self.mark_extra(run.stream);
            }
            if !all.long.is_empty() {
                self.long(data, std::mem::take(&mut all.long));
                self.mark_extra(run.stream);
            }
            if !all.odd.is_empty() {
                if matches!(now.operator, b"BDC" | b"DP") {
                    self.mark_extra(run.stream);
                }
                self.odd(data, std::mem::take(&mut all.odd));
            }
            match now.operator {
                b"q" if run.saved.len() < STATES => run.saved.push(run.state.clone()),
                b"Q" => {
                    if let Some(before) = run.saved.pop() {
                        run.state = before;
                    }
                }
                b"cm" => run.state.ctm = times(&all.matrix(), &run.state.ctm),
                b"BT" => {
                    (run.tm, run.line) = (ONE, ONE);
                    run.in_text = true;
                    run.placed = true;
                }
                b"ET" => run.in_text = false,
                b"Do" => self.draw(&all, run),
                b"gs" => self.graphics(&all, run),
                b"BI" => {
                    let raw = data.get(now.start..now.end).unwrap_or_default();
                    self.inline_image(raw, &all, run);
                }
                b"BDC" | b"DP" => {
                    self.marked(&all, run);
                    if now.operator == b"BDC" {
                        self.mark(now.operator, &all, run);
                    }
                }
                b"BMC" | b"EMC" => self.mark(now.operator, &all, run),
                b"re" | b"m" | b"l" | b"c" | b"v" | b"y" | b"h" | b"W" | b"W*" | b"f" | b"F"
                | b"f*" | b"B" | b"B*" | b"b" | b"b*" | b"S" | b"s" | b"n" => {
                    self.path(now.operator, now.start, &all, run);
                }
                b"sh" => self.shade(now.start, &all, run),
                b"Tr" => {
                    let mode = all.number(0);
                    run.state.inkless = matches!(mode, 3.0 | 7.0);
                    if mode >= 4.0 {
                        run.state.clip.blur();
                    }
                }
                other => {
                    if self.walker.covers {
                        run.colour(self.walker.doc, other, &all);
                    }
                    self.text(other, now.start, &all, run);
                }
            }
        }
        self.odd(data, std::mem::take(&mut all.odd));
        if !all.long.is_empty() {
            self.long(data, std::mem::take(&mut all.long));
            self.mark_extra(run.stream);
        }
        // Operands at the end that nothing takes.
        self.keep_strings(&all);
        if !all.comments.is_empty() {
            self.mark_extra(run.stream);
        }
        for (start, end) in std::mem::take(&mut all.comments) {
            let comment = data.get(start + 1..end).unwrap_or_default();
            self.keep_beside(comment);
        }
    }

    fn mark_extra(&mut self, stream: u32) {
        if let Some(walked) = self.drawn.streams.get_mut(stream as usize) {
            walked.extra = true;
        }
    }

    /// Operators of text state, position and showing.
    fn text(&mut self, operator: &[u8], start: usize, all: &Instructions<'_>, run: &mut Run<'d>) {
        let next_line = |run: &mut Run<'d>, x: f64, y: f64| {
            run.line = shifted((x, y), &run.line);
            run.tm = run.line;
            run.placed = true;
        };
        match operator {
            b"Tc" => run.state.character = (all.number(0), Some(start)),
            b"Tw" => run.state.word = (all.number(0), Some(start)),
            b"Tz" => run.state.scale = all.number(0) / 100.0,
            b"TL" => run.state.leading = all.number(0),
            b"Ts" => run.state.rise = all.number(0),
            b"Tf" => {
                run.state.size = all.number(1);
                let font = all.operands.first().map(|t| name(all.raw(*t)));
                let font = font.and_then(|f| self.font(&f, &run.chain));
                run.state.font = font;
            }
            b"Td" => next_line(run, all.number(0), all.number(1)),
            b"TD" => {
                run.state.leading = -all.number(1);
                next_line(run, all.number(0), all.number(1));
            }
            b"Tm" => {
                run.line = all.matrix();
                run.tm = run.line;
                run.placed = true;
            }
            b"T*" => next_line(run, 0.0, -run.state.leading),
            b"'" | b"\"" => {
                if operator == b"\"" {
                    run.state.word = (all.number(0), Some(start));
                    run.state.character = (all.number(1), Some(start));
                }
                next_line(run, 0.0, -run.state.leading);
                self.show(start, all, run);
            }
            b"Tj" | b"TJ" => self.show(start, all, run),
            _ if says_something(operator) && !is_operator(operator) => {
                self.keep_beside(operator);
                self.mark_extra(run.stream);
            }
            _ => {}
        }
    }

    fn missing(&mut self) -> Rc<Font<'d>> {
        let missing = &mut self.walker.missing;
        Rc::clone(missing.get_or_insert_with(|| Rc::new(Font::missing())))
    }

    fn font(&mut self, wanted: &[u8], chain: &[&'d Dictionary]) -> Option<Rc<Font<'d>>> {
        let object = resource(self.walker.doc, chain, b"Font", wanted)?;
        self.load(object)
    }

    fn load(&mut self, object: &'d Object) -> Option<Rc<Font<'d>>> {
        let doc = self.walker.doc;
        let dict = dictionary(follow(doc, object))?;
        let address = std::ptr::from_ref(dict).addr();
        if let Some(known) = self.walker.fonts.get(&address) {
            return Some(Rc::clone(known));
        }
        let font = Rc::new(Font::new(doc, dict, object.as_reference().ok()));
        self.walker.fonts.insert(address, Rc::clone(&font));
        Some(font)
    }

    /// A graphics state dictionary may set the font.
    fn graphics(&mut self, all: &Instructions<'_>, run: &mut Run<'d>) {
        let doc = self.walker.doc;
        let Some(wanted) = all.operands.first().map(|t| name(all.raw(*t))) else {
            return;
        };
        let state = resource(doc, &run.chain, b"ExtGState", &wanted)
            .and_then(|o| dictionary(follow(doc, o)));
        if let Some(state) = state {
            run.state.paint.set(doc, state);
        }
        let font = state.map(|d| items(doc, d, b"Font"));
        if let Some([font, size, ..]) = font {
            run.state.font = self.load(font);
            run.state.size = number(follow(doc, size)).unwrap_or(1.0);
        }
    }

    /// Shows a string, or strings and distances.
    fn show(&mut self, start: usize, all: &Instructions<'_>, run: &mut Run<'d>) {
        let vertical = run.state.font.as_ref().is_some_and(|f| f.vertical);
        if self.detailed && run.outermost {
            let show = Show {
                line: run.line,
                vertical,
                placed: run.placed,
                ctm: run.state.ctm,
                scale: run.state.scale,
                character: run.room(run.state.character, vertical),
                word: run.room(run.state.word, vertical),
            };
            run.placed = false;
            self.drawn.shows.insert(start, show);
        }
        // Of the quote operators the last operand is the string; the numbers before it are not moves.
        let array = all.operands.iter().any(|t| t.kind == Kind::Open);
        for token in &all.operands {
            match token.kind {
                Kind::Literal | Kind::Hex => self.string(start, *token, all, run),
                Kind::Number(n) if array => {
                    if self.detailed
                        && run.outermost
                        && self.asked.binary_search(&token.start).is_ok()
                    {
                        self.spot(token.start, run, vertical);
                    }
                    let back = -n / 1000.0 * run.state.size;
                    let by = if vertical {
                        (0.0, back)
                    } else {
                        (back * run.state.scale, 0.0)
                    };
                    run.tm = shifted(by, &run.tm);
                }
                _ => {}
            }
        }
    }

    fn spot(&mut self, at: usize, run: &Run<'d>, vertical: bool) {
        let spot = Spot {
            matrix: times(&shifted((0.0, run.state.rise), &run.tm), &run.state.ctm),
            size: run.state.size,
            scale: run.state.scale,
            vertical,
        };
        self.drawn.spots.insert(at, spot);
    }

    fn string(&mut self, show: usize, token: Token, all: &Instructions<'_>, run: &mut Run<'d>) {
        let mut bytes = std::mem::take(&mut self.buffer);
        string(all.raw(token), &mut bytes);
        // Viewers show text in a font that is not there in another.
        let font = run.state.font.clone().unwrap_or_else(|| self.missing());
        if let (Some(shown), Some(font)) = (&mut self.walker.shown, font.id)
            && let Some(walked) = self.drawn.streams.get(run.stream as usize)
        {
            shown.add(walked.key, token.start, font);
        }
        let state = &run.state;
        let unseen = state.inkless || run.is_off();
        let mut from = 0_usize;
        while let Some(code) = bytes.get(from..).and_then(|rest| font.next(rest)) {
            let to = (from + code.len.max(1)).min(bytes.len());
            let space = code.len == 1 && code.number == 32;
            let word = if space { state.word.0 } else { 0.0 };
            let ahead = code.width / 1000.0 * state.size;
            let by = if font.vertical {
                (0.0, ahead + state.character.0 + word)
            } else {
                ((ahead + state.character.0 + word) * state.scale, 0.0)
            };
            let full = times(&run.tm, &state.ctm);
            let [a, b, c, d, left, down] = full;
            let over = |x: f64, y: f64| (x * a + y * c, x * b + y * d);
            let (rise_x, rise_y) = over(0.0, state.rise);
            let (dx, dy) = over(by.0, by.1);
            let (high_x, high_y) = over(0.0, state.size);
            if let (Some(used), Some(id)) = (&mut self.walker.used, font.id) {
                let codes = used.entry(id).or_default();
                let order = codes.len();
                codes
                    .entry((code.number, code.len))
                    .or_insert_with(|| UsedCode {
                        says: code.says.clone(),
                        cid: code.cid,
                        order,
                    });
            }
            self.drawn.unmapped += u64::from(code.says == Says::Nothing);
            self.drawn.guessed += u64::from(code.guess);
            self.drawn.glyphs.push(Glyph {
                x: left + rise_x,
                y: down + rise_y,
                dx,
                dy,
                size: high_x.hypot(high_y),
                says: code.says,
                guess: code.guess,
                at: At {
                    stream: run.stream,
                    show,
                    string: token.start,
                    from: u32::try_from(from).unwrap_or(u32::MAX),
                    to: u32::try_from(to).unwrap_or(u32::MAX),
                },
                unseen,
                cover: Cover::None,
            });
            run.tm = shifted(by, &run.tm);
            from = to;
        }
        self.buffer = bytes;
    }
}

/// Characters for private use in a row are no text: one alone is the sign before an item or the like. Gives
/// how many are a guess now.
fn doubt(glyphs: &mut [Glyph]) -> u64 {
    const ROW: usize = 4;
    let private = |g: &Glyph| matches!(g.says, Says::Char('\u{e000}'..='\u{f8ff}')) && !g.guess;
    let mut count = 0;
    for row in glyphs.chunk_by_mut(|a, b| private(a) && private(b)) {
        let differ = row
            .first()
            .is_some_and(|f| row.iter().any(|g| g.says != f.says));
        if row.len() >= ROW && differ {
            for glyph in row.iter_mut() {
                glyph.guess = true;
            }
            count += row.len() as u64;
        }
    }
    count
}

/// A named resource, in the innermost dictionary that has it.
pub(super) fn resource<'d>(
    doc: &'d Document,
    chain: &[&'d Dictionary],
    kind: &[u8],
    wanted: &[u8],
) -> Option<&'d Object> {
    chain
        .iter()
        .find_map(|r| inner(doc, r, kind)?.get(wanted).ok())
}
