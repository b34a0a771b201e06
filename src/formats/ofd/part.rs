//! One XML part of an OFD document.
//!
//! Text of `TextCode` elements is read by lines, as it stands on the page; every other text is a string,
//! and so are attributes and comments, but for numbers of the layout. A number of the layout has at most
//! six digits in a row.

use super::glyphs::{Glyph, Place, lines};
use crate::formats::{
    Cx, Format, FormatError, Output, Probe, Source, Splice, Xml,
    encoding::readable_head,
    markup::{Token, attributes, entity, local_name, next_in},
};
use crate::model::{Charset, FormatId, Fragment, Layout};
use std::ops::Range;

/// An XML part of an OFD document.
#[derive(Debug, Clone, Copy)]
pub struct OfdPart;

/// Bytes of text that are handed on at a time.
const PIECE: usize = 1 << 20;
/// Most elements inside one another.
const DEPTH: usize = 512;

impl Format for OfdPart {
    fn id(&self) -> FormatId {
        "ofd-part"
    }

    fn probe(&self, head: &[u8], _name: &[u8]) -> Probe {
        let Some(text) = readable_head(head) else {
            return Probe::No;
        };
        let text = text.trim_ascii_start();
        let has = |what: &[u8]| memchr::memmem::find(text, what).is_some();
        if text.starts_with(b"<") && has(b"ofdspec.org") {
            Probe::Bytes
        } else {
            Probe::No
        }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let raw = source.held(cx.limits.held_bytes)?;
        if std::str::from_utf8(&raw).is_err() {
            // Places on the page are not worked out in other encodings.
            return Xml.run(&mut Source::slice(&raw), cx, out);
        }
        cx.read(raw.len() as u64);
        cx.encoding("UTF-8");
        let mut page = Page::new(&raw);
        page.read(cx)?;
        page.hand_on(cx)?;
        if let Some(out) = out {
            page.splice.apply(&raw, 0, out)?;
        }
        Ok(())
    }
}

/// Removes each element of this local name with what is in it.
pub(super) fn without(raw: &[u8], name: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let (mut at, mut kept, mut depth) = (0, 0, 0_u32);
    while let Some((token, end)) = next_in(raw, at, true) {
        let is = |r: &Range<usize>| local_name(raw.get(r.clone()).unwrap_or_default()) == name;
        match &token {
            Token::Open { name, empty, .. } if is(name) => {
                if depth == 0 {
                    out.extend_from_slice(raw.get(kept..at).unwrap_or_default());
                    kept = end;
                }
                depth += u32::from(!empty);
            }
            Token::Close { name } if is(name) && depth > 0 => {
                depth -= 1;
                kept = end;
            }
            _ => {}
        }
        at = end;
        if at >= raw.len() {
            break;
        }
    }
    out.extend_from_slice(raw.get(kept..).unwrap_or_default());
    out
}

/// Glyphs named by number for characters of a text object.
struct Transform {
    object: u32,
    /// The first character and how many, counted in the object.
    first: usize,
    count: usize,
    /// All of the element.
    raw: Range<usize>,
    /// The numbers, one by one, when there is one for each character.
    numbers: Vec<Range<usize>>,
    one_for_one: bool,
}

/// What a text object says of its text.
#[derive(Clone, Copy)]
struct Object {
    origin: (f64, f64),
    matrix: [f64; 4],
    shift: (f64, f64),
    size: f64,
    /// Characters of it so far.
    chars: usize,
}

const PLAIN: Object = Object {
    origin: (0.0, 0.0),
    matrix: [1.0, 0.0, 0.0, 1.0],
    shift: (0.0, 0.0),
    size: 3.0,
    chars: 0,
};

impl Object {
    /// A distance as the matrix turns and stretches it.
    fn turned(&self, x: f64, y: f64) -> (f64, f64) {
        let [xx, xy, yx, yy] = self.matrix;
        (xx * x + yx * y, xy * x + yy * y)
    }

    fn on_page(&self, at: (f64, f64)) -> (f64, f64) {
        let turned = self.turned(at.0, at.1);
        (
            self.origin.0 + self.shift.0 + turned.0,
            self.origin.1 + self.shift.1 + turned.1,
        )
    }

    fn scale(&self) -> f64 {
        let [xx, xy, yx, yy] = self.matrix;
        (xx * yy - xy * yx).abs().sqrt().max(0.01)
    }
}

/// Where a glyph's character comes from.
struct From {
    raw: Range<usize>,
    object: u32,
    /// Number of the character in the object.
    index: usize,
}

struct Page<'p> {
    raw: &'p [u8],
    splice: Splice,
    stack: Vec<Range<usize>>,
    deeper: usize,
    object: Object,
    objects: u32,
    codes: u32,
    glyphs: Vec<Glyph>,
    from: Vec<From>,
    transforms: Vec<Transform>,
    /// Geometry of the open `TextCode`.
    code: Option<Code>,
}

#[derive(Clone)]
struct Code {
    at: (f64, f64),
    dx: Vec<f64>,
    dy: Vec<f64>,
    vertical: bool,
}

fn numbers(text: &[u8]) -> Vec<f64> {
    let words = text.split(|b| b.is_ascii_whitespace() || *b == b',');
    words
        .filter_map(|w| std::str::from_utf8(w).ok()?.parse::<f64>().ok())
        .filter(|n| n.is_finite() && n.abs() < 1e9)
        .take(64)
        .collect()
}

/// Distances, of which `g n d` says one `n` times.
fn distances(text: &[u8]) -> Vec<f64> {
    const MOST: usize = 1 << 16;
    let mut out = Vec::new();
    let mut words = text
        .split(u8::is_ascii_whitespace)
        .filter(|w| !w.is_empty());
    let number = |w: &[u8]| {
        std::str::from_utf8(w)
            .ok()?
            .parse::<f64>()
            .ok()
            .filter(|n| n.is_finite())
    };
    while let Some(word) = words.next() {
        if out.len() >= MOST {
            break;
        }
        if word.eq_ignore_ascii_case(b"g") {
            let count = words
                .next()
                .and_then(|w| std::str::from_utf8(w).ok()?.parse::<usize>().ok());
            let step = words.next().and_then(number);
            if let (Some(count), Some(step)) = (count, step) {
                out.extend(std::iter::repeat_n(step, count.min(MOST - out.len())));
            }
        } else if let Some(step) = number(word) {
            out.push(step);
        }
    }
    out
}

/// Whether a text can only be numbers of the layout.
fn is_layout(text: &[u8]) -> bool {
    let part = |b: &u8| {
        b.is_ascii_digit()
            || b.is_ascii_whitespace()
            || matches!(b, b'.' | b'-' | b'+')
            || matches!(
                b,
                b'M' | b'L' | b'Q' | b'B' | b'A' | b'C' | b'S' | b'g' | b'e' | b'E'
            )
    };
    text.iter().all(part)
        && text
            .split(|b| !b.is_ascii_digit())
            .all(|digits| digits.len() < 7)
}

impl<'p> Page<'p> {
    fn new(raw: &'p [u8]) -> Self {
        Self {
            raw,
            splice: Splice::default(),
            stack: Vec::new(),
            deeper: 0,
            object: PLAIN,
            objects: 0,
            codes: 0,
            glyphs: Vec::new(),
            from: Vec::new(),
            transforms: Vec::new(),
            code: None,
        }
    }

    fn bytes(&self, range: &Range<usize>) -> &'p [u8] {
        self.raw.get(range.clone()).unwrap_or_default()
    }

    fn local(&self, range: &Range<usize>) -> &'p [u8] {
        local_name(self.bytes(range))
    }

    fn read(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let mut at = 0;
        while at < self.raw.len() {
            let Some((token, end)) = next_in(self.raw, at, true) else {
                break;
            };
            self.token(&token, at, end, cx);
            if end <= at {
                break;
            }
            at = end;
            if self.glyphs.len() % 4096 == 4095 {
                cx.spend(0)?;
            }
        }
        Ok(())
    }

    fn token(&mut self, token: &Token, at: usize, end: usize, cx: &mut Cx<'_>) {
        match token {
            Token::Open {
                name,
                inside,
                empty,
            } => self.open(name, inside, *empty, at, cx),
            Token::Close { .. } => self.close(end),
            Token::Text(range) | Token::Cdata(range) => self.text(range, cx),
            Token::Aside(range) => self.string(range, None, cx),
        }
    }

    fn open(
        &mut self,
        name: &Range<usize>,
        inside: &Range<usize>,
        empty: bool,
        at: usize,
        cx: &mut Cx<'_>,
    ) {
        let list = attributes(self.raw, inside);
        let local = self.local(name);
        let get = |wanted: &[u8]| {
            list.iter()
                .find(|(n, _)| self.bytes(n) == wanted)
                .map(|(_, v)| self.bytes(v))
        };
        match local {
            b"TextObject" => {
                let boundary = numbers(get(b"Boundary").unwrap_or_default());
                let matrix = numbers(get(b"CTM").unwrap_or_default());
                let size = numbers(get(b"Size").unwrap_or_default()).first().copied();
                let mut object = Object {
                    size: size.filter(|s| *s > 0.0).unwrap_or(3.0),
                    ..PLAIN
                };
                if let &[x, y, ..] = boundary.as_slice() {
                    object.origin = (x, y);
                }
                if let &[a, b, c, d, e, f] = matrix.as_slice() {
                    object.matrix = [a, b, c, d];
                    object.shift = (e, f);
                }
                self.object = object;
                self.objects += 1;
            }
            b"TextCode" => {
                let one = |wanted: &[u8]| get(wanted).and_then(|v| numbers(v).first().copied());
                // What is left out is as in the TextCode before.
                let before = self.code.as_ref().map_or((0.0, 0.0), |c| c.at);
                let dx = distances(get(b"DeltaX").unwrap_or_default());
                let dy = distances(get(b"DeltaY").unwrap_or_default());
                let vertical = dx.is_empty() && dy.iter().any(|d| *d != 0.0);
                self.code = Some(Code {
                    at: (one(b"X").unwrap_or(before.0), one(b"Y").unwrap_or(before.1)),
                    dx,
                    dy,
                    vertical,
                });
                self.codes += 1;
            }
            b"CGTransform" => {
                let one = |wanted: &[u8], other: usize| {
                    get(wanted)
                        .and_then(|v| std::str::from_utf8(v).ok()?.trim().parse::<usize>().ok())
                        .unwrap_or(other)
                };
                let count = one(b"CodeCount", 1);
                let transform = Transform {
                    object: self.objects,
                    first: one(b"CodePosition", 0),
                    count,
                    raw: at..at,
                    numbers: Vec::new(),
                    one_for_one: one(b"GlyphCount", 1) == count,
                };
                self.transforms.push(transform);
            }
            _ => {}
        }
        for (name, value) in &list {
            if is_layout(self.bytes(value)) {
                continue;
            }
            let label = self.local(name).to_vec();
            self.string(value, Some(&label), cx);
        }
        if empty {
            return;
        }
        if self.stack.len() < DEPTH {
            self.stack.push(name.clone());
        } else {
            self.deeper += 1;
        }
    }

    fn close(&mut self, end: usize) {
        if self.deeper > 0 {
            self.deeper -= 1;
            return;
        }
        let Some(name) = self.stack.pop() else { return };
        if self.local(&name) == b"CGTransform"
            && let Some(last) = self.transforms.last_mut()
        {
            last.raw.end = end;
        }
    }

    fn text(&mut self, range: &Range<usize>, cx: &mut Cx<'_>) {
        let name = self.stack.last().map(|n| self.local(n)).unwrap_or_default();
        let text = self.bytes(range);
        match name {
            b"TextCode" => self.code(range),
            b"Glyphs" => {
                let mut at = range.start;
                for word in text.split(u8::is_ascii_whitespace) {
                    if let Some(last) = self.transforms.last_mut().filter(|_| !word.is_empty()) {
                        last.numbers.push(at..at + word.len());
                    }
                    at += word.len() + 1;
                }
            }
            _ if text.iter().all(u8::is_ascii_whitespace) => {}
            _ if is_layout(text) => {}
            _ => {
                let label = name.to_vec();
                self.string(range, Some(&label), cx);
            }
        }
    }

    /// Adds the characters of a `TextCode`.
    fn code(&mut self, range: &Range<usize>) {
        let Some(code) = self.code.clone() else {
            return;
        };
        let object = self.object;
        let scale = object.scale();
        let unit = |x: f64, y: f64| {
            let turned = object.turned(x, y);
            let length = turned.0.hypot(turned.1);
            if length > 1e-9 {
                (turned.0 / length, turned.1 / length)
            } else {
                (1.0, 0.0)
            }
        };
        let along = if code.vertical {
            unit(0.0, 1.0)
        } else {
            unit(1.0, 0.0)
        };
        let mut here = code.at;
        let mut at = range.start;
        let mut n = 0;
        // How much further on it may be where widths are not given.
        let mut slack = 0.0;
        while let Some((character, length)) = self.character(at, range.end) {
            let raw = at..at + length;
            at += length;
            let wide = if character.is_ascii() { 0.5 } else { 1.0 };
            let (step, exact) = match if code.vertical {
                code.dy.get(n)
            } else {
                code.dx.get(n)
            } {
                Some(&step) => (step, true),
                None => (object.size * wide, false),
            };
            let most = if exact {
                step.abs().min(object.size)
            } else {
                object.size
            };
            let (x, y) = object.on_page(here);
            self.glyphs.push(Glyph {
                c: character,
                x,
                y,
                along,
                least: most.min(object.size * wide) * scale,
                most: (most + slack) * scale,
                size: object.size * scale,
                code: self.codes,
                object: self.objects,
            });
            self.from.push(From {
                raw,
                object: self.objects,
                index: self.object.chars,
            });
            self.object.chars += 1;
            if !exact {
                slack += object.size - step;
            }
            let (dx, dy) = (code.dx.get(n), code.dy.get(n));
            if code.vertical {
                here.1 += step;
                here.0 += dx.copied().unwrap_or(0.0);
            } else {
                here.0 += step;
                here.1 += dy.copied().unwrap_or(0.0);
            }
            n += 1;
        }
        // A text in several pieces (a comment in it) goes on where it was.
        if let Some(code) = &mut self.code {
            code.at = here;
            code.dx.drain(..n.min(code.dx.len()));
            code.dy.drain(..n.min(code.dy.len()));
        }
    }

    /// The character at `at` and its bytes.
    fn character(&self, at: usize, end: usize) -> Option<(char, usize)> {
        let rest = self.raw.get(at..end).filter(|r| !r.is_empty())?;
        if rest.first() == Some(&b'&')
            && let Some(found) = entity(rest)
        {
            return Some(found);
        }
        let text = std::str::from_utf8(rest).ok()?;
        text.chars().next().map(|c| (c, c.len_utf8()))
    }

    /// Hands a text on by itself and takes its edits.
    fn string(&mut self, range: &Range<usize>, label: Option<&[u8]>, cx: &mut Cx<'_>) {
        let mut text = String::new();
        let mut places = Vec::new();
        let mut at = range.start;
        let plain = !self.bytes(range).contains(&b'&');
        if plain {
            text.push_str(std::str::from_utf8(self.bytes(range)).unwrap_or_default());
        } else {
            while let Some((c, length)) = self.character(at, range.end) {
                places.push((text.len(), at));
                text.push(c);
                at += length;
            }
            places.push((text.len(), at));
        }
        let back = |byte: usize| {
            if plain {
                return range.start + byte;
            }
            let i = places.partition_point(|p| p.0 < byte);
            places.get(i).map_or(range.end, |p| p.1)
        };
        let label = label.map(String::from_utf8_lossy);
        let mut start = 0;
        while start < text.len() {
            let mut end = (start + (8 << 20)).min(text.len());
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            let piece = text.get(start..end).unwrap_or_default();
            for edit in cx.string(&[], piece, label.as_deref()) {
                let (from, to) = (
                    back(start + edit.span.start()),
                    back(start + edit.span.end()),
                );
                let with = escaped(&edit.with);
                self.splice.cut(from as u64, to as u64, with.as_bytes());
            }
            start = end;
        }
    }

    /// Hands the text of the page on, by lines.
    fn hand_on(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let places = lines(&self.glyphs);
        let mut line = 1;
        let mut start = 0;
        while start < places.len() {
            // Whole lines, so that no value is cut.
            let mut end = (start + PIECE / 4).min(places.len());
            if let Some(more) = places.get(end..)
                && let Some(n) = more.iter().position(|p| *p == Place::Blank('\n'))
            {
                end += n + 1;
            }
            let piece = places.get(start..end).unwrap_or_default();
            self.lines(piece, line, cx);
            line += piece.iter().filter(|p| **p == Place::Blank('\n')).count() as u64;
            start = end;
            cx.spend(0)?;
        }
        Ok(())
    }

    fn lines(&mut self, places: &[Place], first: u64, cx: &mut Cx<'_>) {
        let mut text = String::new();
        let mut offsets = Vec::with_capacity(places.len());
        for place in places {
            offsets.push(text.len());
            text.push(match place {
                Place::Glyph(n) => self.glyphs.get(*n as usize).map_or(' ', |g| g.c),
                Place::Blank(c) => *c,
            });
        }
        let fragment = Fragment {
            at: &[],
            bytes: text.as_bytes(),
            charset: Charset::Utf8,
            own: 0..text.len(),
            base: None,
            layout: Layout::Lines { first },
            label: None,
        };
        let mut gone: Vec<(u32, String)> = Vec::new();
        for edit in cx.text(&fragment) {
            let from = offsets.partition_point(|&o| o < edit.span.start());
            let to = offsets.partition_point(|&o| o < edit.span.end());
            let glyphs: Vec<u32> = places
                .get(from..to)
                .unwrap_or_default()
                .iter()
                .filter_map(|p| match p {
                    Place::Glyph(n) => Some(*n),
                    Place::Blank(_) => None,
                })
                .collect();
            // Blanks between glyphs are in the mask as they are in the value.
            let kept: Vec<char> = edit.with.chars().collect();
            let whole = to - from;
            for (i, n) in glyphs.iter().enumerate() {
                let c = if kept.len() == whole && glyphs.len() == whole {
                    kept.get(i).copied().unwrap_or('*')
                } else {
                    '*'
                };
                gone.push((*n, escaped(c.encode_utf8(&mut [0; 4]))));
            }
        }
        for (n, with) in gone {
            let Some(from) = self.from.get(n as usize) else {
                continue;
            };
            let old = self.raw.get(from.raw.clone()).unwrap_or_default();
            if old == with.as_bytes() {
                continue;
            }
            self.splice
                .cut(from.raw.start as u64, from.raw.end as u64, with.as_bytes());
            let (object, index) = (from.object, from.index);
            self.forget(object, index);
        }
    }

    /// Takes away the glyph that is named for a character.
    fn forget(&mut self, object: u32, index: usize) {
        let first = self.transforms.partition_point(|t| t.object < object);
        for transform in self.transforms.iter().skip(first) {
            if transform.object != object {
                break;
            }
            let Some(n) = index
                .checked_sub(transform.first)
                .filter(|n| *n < transform.count)
            else {
                continue;
            };
            match transform.numbers.get(n) {
                Some(number)
                    if transform.one_for_one && transform.numbers.len() == transform.count =>
                {
                    self.splice
                        .cut(number.start as u64, number.end as u64, b"0");
                }
                _ => {
                    let (start, end) = (transform.raw.start as u64, transform.raw.end as u64);
                    self.splice.cut(start, end.max(start), b"");
                }
            }
        }
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c => out.push(c),
        }
    }
    out
}
