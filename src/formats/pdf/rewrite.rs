//! Content streams with codes taken out: the stream's own bytes with some ranges replaced.
//!
//! A hole is as wide as every other hole, whatever stood there: the advance of what was taken out, the
//! kerning around it and the positions of pieces drawn one by one would tell what it was (Bland, Iyer,
//! Levchenko, "Story Beyond the Eye", `PoPETs` 2023).

use super::{
    digits::{Leads, shortened},
    frames::{inline, is_shown},
    lex::{Instruction, Instructions, Kind, is_operator, is_regular, says_something, string},
    redact::{Fate, Gone, Holes},
    shift::{Layout, Rooms},
    walk::{Matrix, ONE, Show, times},
};
use aho_corasick::AhoCorasick;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write,
    ops::Range,
};

/// Width of a hole, in font sizes.
pub(super) const HOLE: f64 = 4.0;

/// So many glyphs in a row are told from others by their codes.
const TELLING: usize = 8;

/// What is to be done to a stream.
#[derive(Debug)]
pub(super) struct Wanted<'w> {
    /// Codes to take out.
    pub holes: &'w Holes,
    /// Those of them that are no part of a value.
    pub muted: &'w BTreeSet<Gone>,
    /// Where what is left goes.
    pub layout: &'w Layout,
    /// Paths to take out, in order.
    pub paths: &'w [Range<usize>],
    /// Finds values in the bytes of small pictures.
    pub bytes: Option<&'w AhoCorasick>,
    /// Whether pictures stay, as the user wants.
    pub pictures: bool,
    /// Whether small pictures show something with what is beside them.
    pub strips: bool,
    /// How values begin that could stand in numbers.
    pub leads: &'w Leads,
    /// Whether the stream draws one glyph of a font, of which is known what it says.
    pub glyph: bool,
}

/// A stream written anew.
#[derive(Debug)]
pub(super) struct Rewritten {
    pub data: Vec<u8>,
    /// First bytes of the numbers that are holes, in order.
    pub holes: Vec<usize>,
    /// Those of them that are in text set downwards glyph by glyph.
    pub upright: BTreeSet<usize>,
    /// Runs of codes that were taken out and are long enough to be told from others.
    pub codes: Vec<Vec<u8>>,
}

/// What stands in an instruction that shows text.
enum Item {
    Kept(Vec<u8>),
    Gone {
        hole: bool,
        code: Vec<u8>,
        /// Whether it is part of a value.
        told: bool,
    },
    Move(f64),
    /// Room between words, in font sizes.
    Room(f64),
}

/// Writes numbers short and always alike.
pub(super) fn decimal(n: f64, out: &mut String) {
    let n = if n.abs() < 0.00005 || !n.is_finite() {
        0.0
    } else {
        n
    };
    let start = out.len();
    let _ = write!(out, "{n:.4}");
    if out.get(start..).is_some_and(|s| s.contains('.')) {
        let kept = out.trim_end_matches('0').trim_end_matches('.').len();
        out.truncate(kept.max(start + 1));
    }
}

struct Writer<'a> {
    data: &'a [u8],
    shows: &'a HashMap<usize, Show>,
    wanted: &'a Wanted<'a>,
    /// Replaced ranges, in order.
    out: Vec<u8>,
    copied: usize,
    marks: Vec<usize>,
    upright: BTreeSet<usize>,
    codes: Vec<Vec<u8>>,
    /// What waits until text is shown: whether it places text, its range, and what stays of it.
    waiting: Vec<(bool, Range<usize>, String)>,
    /// The line matrix as it now is.
    line: Matrix,
    /// Whether this text object was changed, so that what follows is placed anew.
    moved: bool,
    /// Where text was placed that left nothing, for what flows on from it.
    dropped: Option<Matrix>,
    depth: usize,
    /// The text object that is open.
    object: Option<TextObject>,
    /// The last instruction of each operator that sets something, and those before saved states.
    set: BTreeMap<Vec<u8>, Vec<u8>>,
    saved: Vec<BTreeMap<Vec<u8>, Vec<u8>>>,
    /// States saved past those that are followed.
    over: usize,
}

/// A text object while it is written.
#[derive(Debug)]
struct TextObject {
    /// Where it begins in the copy.
    start: usize,
    /// Whether it shows something, and whether it did.
    shows: bool,
    shown: bool,
    /// Whether it sets nothing that is not set already.
    idle: bool,
}

/// Most saved states that are followed.
const STATES: usize = 1_000;
/// Most bytes of an instruction that sets something, for it to be kept in mind.
const SETTING: usize = 256;

/// Takes codes out of a stream.
pub(super) fn rewrite(data: &[u8], shows: &HashMap<usize, Show>, wanted: &Wanted<'_>) -> Rewritten {
    let mut all = Instructions::new(data);
    let mut writer = Writer {
        data,
        shows,
        wanted,
        out: Vec::with_capacity(data.len()),
        copied: 0,
        marks: Vec::new(),
        upright: BTreeSet::new(),
        codes: Vec::new(),
        waiting: Vec::new(),
        line: ONE,
        moved: false,
        dropped: None,
        depth: 0,
        object: None,
        set: BTreeMap::new(),
        saved: Vec::new(),
        over: 0,
    };
    let mut comments = 0;
    while let Some(now) = all.next() {
        // Comments stand before the instruction that was read with them or inside of it.
        let inside: Vec<(usize, usize)> = all.comments.drain(..).collect();
        comments += inside.len();
        for (start, end) in inside {
            if end <= now.start {
                writer.replace(start..end, "");
            }
        }
        writer.instruction(now, &all);
    }
    for (start, end) in all.comments.drain(..) {
        writer.replace(start..end, "");
        comments += 1;
    }
    writer.settle(true);
    writer.copy(data.len());
    let mut done = Rewritten {
        data: writer.out,
        holes: writer.marks,
        upright: writer.upright,
        codes: writer.codes,
    };
    // What is left of comments stands inside instructions that were not touched.
    if comments > 0 {
        uncomment(&mut done);
    }
    shorten(&mut done, wanted.leads);
    done
}

/// Takes comments away that stand between operands, keeping every other byte where it is.
fn uncomment(done: &mut Rewritten) {
    let mut all = Instructions::new(&done.data);
    while all.next().is_some() {}
    let comments = std::mem::take(&mut all.comments);
    for (start, end) in comments {
        if let Some(range) = done.data.get_mut(start..end) {
            range.fill(b' ');
        }
    }
}

/// Takes digits from numbers that have more than a drawing needs, keeping every other byte where it is.
fn shorten(done: &mut Rewritten, leads: &Leads) {
    let mut all = Instructions::new(&done.data);
    let mut short: Vec<(usize, usize, String)> = Vec::new();
    while all.next().is_some() {
        for token in &all.operands {
            if let Kind::Number(n) = token.kind
                && let Some(new) = shortened(all.raw(*token), n, leads)
            {
                short.push((token.start, token.end, new));
            }
        }
    }
    for (start, end, new) in short {
        if let Some(place) = done.data.get_mut(start..end) {
            place.fill(b' ');
            if let Some(place) = place.get_mut(..new.len()) {
                place.copy_from_slice(new.as_bytes());
            }
        }
    }
}

impl Writer<'_> {
    /// Copies up to a byte of the source.
    fn copy(&mut self, to: usize) {
        if let Some(part) = self.data.get(self.copied..to) {
            self.part(part.first());
            self.out.extend_from_slice(part);
            self.copied = to;
        }
    }

    /// Writes what is not of the source.
    fn add(&mut self, text: &str) {
        self.part(text.as_bytes().first());
        self.out.extend_from_slice(text.as_bytes());
    }

    /// Two words that now meet would be read as one: sources have no blank where a bracket or a slash
    /// parts them, and what parted them may be gone.
    fn part(&mut self, next: Option<&u8>) {
        let word = |b: Option<&u8>| b.is_some_and(|b| is_regular(*b));
        if word(self.out.last()) && word(next) {
            self.out.push(b' ');
        }
    }

    /// Writes what waits; positions as they are, or without placing anything.
    fn settle(&mut self, placing: bool) {
        for (places, range, rest) in std::mem::take(&mut self.waiting) {
            if places && placing {
                continue;
            }
            self.copy(range.start);
            self.add(&rest);
            self.skip(range.end);
        }
    }

    /// Goes on behind what was replaced. Of the spaces around it only one stays: their number would tell
    /// how much was there.
    fn skip(&mut self, to: usize) {
        self.copied = self.copied.max(to);
        let space = |b: Option<&u8>| b.is_some_and(u8::is_ascii_whitespace);
        while space(self.out.last()) && space(self.data.get(self.copied)) {
            self.copied += 1;
        }
    }

    /// Keeps in mind what an instruction sets.
    fn follow(&mut self, now: &Instruction<'_>) {
        let raw = self.data.get(now.start..now.end).unwrap_or_default();
        match now.operator {
            b"q" if self.saved.len() < STATES => self.saved.push(self.set.clone()),
            b"q" => self.over += 1,
            b"Q" if self.over > 0 => {
                self.over -= 1;
                self.set.clear();
            }
            b"Q" => self.set = self.saved.pop().unwrap_or_default(),
            b"Tf" | b"Tc" | b"Tw" | b"Tz" | b"TL" | b"Ts" | b"Tr" | b"g" | b"rg" | b"k"
                if raw.len() <= SETTING =>
            {
                // Each of them sets the one colour there is.
                let kind = match now.operator {
                    b"rg" | b"k" => b"g".as_slice(),
                    other => other,
                };
                let old = self.set.insert(kind.to_vec(), raw.to_vec());
                if let Some(object) = &mut self.object {
                    object.idle &= old.as_deref() == Some(raw);
                }
                return;
            }
            b"BT" | b"ET" | b"Td" | b"Tm" | b"T*" | b"Tj" | b"TJ" => return,
            // Other ways to set the same, or operands without end, which are not worth keeping.
            b"Tf" | b"Tc" | b"Tw" | b"Tz" | b"TL" | b"Ts" | b"Tr" | b"g" | b"rg" | b"k" | b"TD"
            | b"'" | b"\"" | b"gs" | b"sc" | b"scn" | b"cs" => self.set.clear(),
            _ => {}
        }
        if let Some(object) = &mut self.object {
            object.idle = false;
        }
    }

    /// Leaves out a text object that shows nothing any more: how many there are would tell in how many
    /// pieces a value was drawn.
    fn close(&mut self, now: &Instruction<'_>) {
        let Some(object) = self.object.take() else {
            return;
        };
        if object.shown && !object.shows && object.idle {
            self.out.truncate(object.start);
            self.skip(now.end);
        }
    }

    fn instruction(&mut self, now: Instruction<'_>, all: &Instructions<'_>) {
        self.follow(&now);
        let path = self.wanted.paths;
        if let Ok(n) = path.binary_search_by_key(&now.start, |p| p.start)
            && let Some(path) = path.get(n)
        {
            return self.replace(path.clone(), "");
        }
        match now.operator {
            b"BT" => {
                self.settle(true);
                self.copy(now.start);
                self.object = Some(TextObject {
                    start: self.out.len(),
                    shows: false,
                    shown: false,
                    idle: true,
                });
                self.line = ONE;
                self.moved = false;
                self.dropped = None;
            }
            b"ET" => {
                self.settle(!self.moved);
                self.moved = false;
                self.close(&now);
            }
            b"q" => self.depth += 1,
            b"Q" if self.depth == 0 => self.replace(now.start..now.end, ""),
            b"Q" => self.depth -= 1,
            b"Td" | b"Tm" | b"T*" => {
                self.waiting.push((true, now.start..now.end, String::new()));
            }
            b"TD" => {
                let mut rest = String::new();
                decimal(-all.number(1), &mut rest);
                rest.push_str(" TL");
                self.waiting.push((true, now.start..now.end, rest));
            }
            b"Tj" | b"TJ" | b"'" | b"\"" => self.show(now, all),
            b"BDC" | b"DP" => self.marked(now, all),
            b"BI" => {
                let raw = self.data.get(now.start..now.end).unwrap_or_default();
                let shows = self.wanted.strips || is_shown(&inline(all), self.wanted.glyph);
                let goes = shows && !self.wanted.pictures;
                if goes || self.wanted.bytes.is_some_and(|b| b.is_match(raw)) {
                    self.replace(now.start..now.end, "");
                }
            }
            b"Tw" if self.is_closed(&now) => self.replace(now.start..now.end, "0 Tw"),
            b"Tc" if self.is_closed(&now) => self.replace(now.start..now.end, "0 Tc"),
            _ if is_idle(now.operator, all) => self.replace(now.start..now.end, ""),
            _ => {}
        }
    }

    fn is_closed(&self, now: &Instruction<'_>) -> bool {
        self.wanted.layout.closed.contains(&now.start)
    }

    /// Replaces what places nothing.
    fn replace(&mut self, range: Range<usize>, with: &str) {
        self.waiting.push((false, range, with.to_owned()));
    }

    /// Marked content keeps its number and loses every text, and boxes, which are as large as what is in
    /// them.
    fn marked(&mut self, now: Instruction<'_>, all: &Instructions<'_>) {
        let plain = match all.operands.as_slice() {
            [] | [_] => true,
            [_, second] => second.kind == Kind::Name,
            [_, open, key, value, close] => {
                (open.kind, close.kind) == (Kind::OpenDict, Kind::CloseDict)
                    && all.raw(*key) == b"/MCID"
                    && matches!(value.kind, Kind::Number(_))
            }
            _ => false,
        };
        if plain {
            return;
        }
        let tag = all
            .operands
            .first()
            .map(|t| all.raw(*t))
            .unwrap_or_default();
        let tag = String::from_utf8_lossy(tag).into_owned();
        let mut with = format!("{tag} <<");
        for pair in all.operands.windows(2) {
            if let [key, value] = pair
                && all.raw(*key) == b"/MCID"
                && let Kind::Number(n) = value.kind
            {
                with.push_str("/MCID ");
                decimal(n, &mut with);
            }
        }
        with.push_str(">> ");
        with.push_str(&String::from_utf8_lossy(now.operator));
        self.replace(now.start..now.end, &with);
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one walk over what is shown, with its state"
    )]
    fn show(&mut self, now: Instruction<'_>, all: &Instructions<'_>) {
        let none = BTreeMap::new();
        let gone = self.wanted.holes.get(&now.start).unwrap_or(&none);
        let Some(show) = self.shows.get(&now.start).copied() else {
            return;
        };
        let quote = matches!(now.operator, b"'" | b"\"");
        let placed = quote || self.waiting.iter().any(|w| w.0);
        let layout = self.wanted.layout;
        let shift = layout.shifts.get(&now.start).copied();
        let whole = gone.is_empty();
        if let Some(object) = self.object.as_mut().filter(|_| whole) {
            object.shows = true;
        }
        let plain = layout.plain.get(&now.start);
        let closed = now.operator == b"\"" && self.is_closed(&now);
        let moves = || {
            all.operands
                .iter()
                .any(|t| matches!(t.kind, Kind::Number(_)))
        };
        let spaced = closed || (plain.is_some() && now.operator == b"TJ" && moves());
        if gone.is_empty() && !self.moved && shift.is_none() && !spaced {
            if placed {
                self.line = show.line;
            }
            return self.settle(true);
        }
        let still = layout.still.contains(&now.start);
        let items = items(gone, self.wanted.muted, plain, still, all);
        self.note(&items);
        // What nobody sees leaves room.
        let shown = |i: &Item| {
            matches!(
                i,
                Item::Kept(_) | Item::Room(_) | Item::Gone { hole: true, .. }
            )
        };
        let mut text = state(now, all, closed);
        if !items.iter().any(shown) && !gone.is_empty() {
            // A piece of a value that began before: neither it nor where it stood is told.
            self.settle(false);
            self.moved = true;
            if placed || shift.is_some() {
                self.dropped = Some(shifted(&show.line, shift));
            }
            if let Some(object) = &mut self.object {
                object.shown = true;
            }
            return self.put(&text, &now);
        }
        if let Some(object) = &mut self.object {
            object.shows = true;
        }
        let dropped = self.dropped.take();
        if shift.is_some() || (self.moved && placed) {
            self.settle(false);
            self.place(&shifted(&show.line, shift), &mut text);
        } else if let Some(to) = dropped {
            self.settle(false);
            self.place(&to, &mut text);
        } else {
            self.settle(true);
            if placed {
                self.line = show.line;
            }
            if quote {
                text.push_str("T* ");
            }
        }
        if gone.is_empty() && !quote && !spaced {
            self.copy(now.start);
            self.add(&text);
            self.copy(now.end);
        } else {
            self.put(&text, &now);
            let before = self.marks.len();
            self.items(&items, show.vertical, still);
            if layout.upright.contains(&now.start) {
                self.upright
                    .extend(self.marks.get(before..).into_iter().flatten());
            }
            self.skip(now.end);
        }
        self.moved |= !gone.is_empty() || shift.is_some();
    }

    /// Keeps the codes that are taken out, to look for them in the finished copy.
    fn note(&mut self, items: &[Item]) {
        let mut run = Vec::new();
        let mut glyphs = 0;
        let end = [Item::Kept(Vec::new())];
        for item in items.iter().chain(&end) {
            match item {
                Item::Gone {
                    code, told: true, ..
                } => {
                    run.extend_from_slice(code);
                    glyphs += 1;
                }
                Item::Move(_) | Item::Room(_) => {}
                Item::Kept(_) | Item::Gone { .. } => {
                    if glyphs >= TELLING && run.len() >= TELLING {
                        self.codes.push(std::mem::take(&mut run));
                    }
                    run.clear();
                    glyphs = 0;
                }
            }
        }
    }

    /// Puts a text in place of an instruction.
    fn put(&mut self, text: &str, now: &Instruction<'_>) {
        self.copy(now.start);
        self.add(text);
        self.skip(now.end);
    }

    /// Goes from the line matrix as it is to the one wanted.
    #[expect(
        clippy::many_single_char_names,
        reason = "the entries of a matrix have these names"
    )]
    fn place(&mut self, wanted: &Matrix, out: &mut String) {
        let [a, b, c, d, e, f] = self.line;
        let [wa, wb, wc, wd, we, wf] = *wanted;
        let same = [(a, wa), (b, wb), (c, wc), (d, wd)]
            .iter()
            .all(|(x, y)| (x - y).abs() < 1e-9);
        let det = a * d - b * c;
        if same && det.abs() > 1e-9 {
            let (x, y) = (we - e, wf - f);
            decimal((x * d - y * c) / det, out);
            out.push(' ');
            decimal((y * a - x * b) / det, out);
            out.push_str(" Td ");
        } else {
            for n in wanted {
                decimal(*n, out);
                out.push(' ');
            }
            out.push_str("Tm ");
        }
        self.line = *wanted;
    }

    /// Writes what is shown; on a line that stays as it is (`still`) with all of its kerning.
    fn items(&mut self, items: &[Item], vertical: bool, still: bool) {
        self.out.push(b'[');
        let beside = beside(items);
        for (item, beside) in items.iter().zip(beside) {
            match item {
                Item::Kept(bytes) => {
                    let mut text = String::from("<");
                    for b in bytes {
                        let _ = write!(text, "{b:02X}");
                    }
                    text.push('>');
                    self.out.extend_from_slice(text.as_bytes());
                }
                Item::Gone { hole: false, .. } => {}
                Item::Gone { hole: true, .. } => {
                    self.marks.push(self.out.len());
                    let width = HOLE * if vertical { 1000.0 } else { -1000.0 };
                    let mut text = String::new();
                    decimal(width, &mut text);
                    text.push(' ');
                    self.out.extend_from_slice(text.as_bytes());
                }
                Item::Room(by) => {
                    let mut text = String::new();
                    decimal(by * if vertical { 1000.0 } else { -1000.0 }, &mut text);
                    text.push(' ');
                    self.out.extend_from_slice(text.as_bytes());
                }
                Item::Move(by) => {
                    // Kerning beside what was taken out would tell of it.
                    if still || !beside {
                        let mut text = String::new();
                        decimal(*by, &mut text);
                        text.push(' ');
                        self.out.extend_from_slice(text.as_bytes());
                    }
                }
            }
        }
        self.out.extend_from_slice(b"] TJ ");
    }
}

/// Whether an instruction does nothing, and says something all the same: strings that no operator takes, and
/// operators that are none.
pub(super) fn is_idle(operator: &[u8], all: &Instructions<'_>) -> bool {
    all.has_string() || (says_something(operator) && !is_operator(operator))
}

/// Which items stand beside what is taken out, with nothing but moves between.
fn beside(items: &[Item]) -> Vec<bool> {
    let mut out = vec![false; items.len()];
    let mut gone = false;
    let mut look = |item: &Item, beside: &mut bool| {
        match item {
            Item::Move(_) | Item::Room(_) => {}
            Item::Gone { .. } => gone = true,
            Item::Kept(_) => gone = false,
        }
        *beside |= gone;
    };
    for (item, beside) in items.iter().zip(&mut out) {
        look(item, beside);
    }
    look(&Item::Kept(Vec::new()), &mut false);
    for (item, beside) in items.iter().zip(&mut out).rev() {
        look(item, beside);
    }
    out
}

/// A line matrix, moved on.
fn shifted(line: &Matrix, by: Option<(f64, f64)>) -> Matrix {
    let by = by.unwrap_or_default();
    times(line, &[1.0, 0.0, 0.0, 1.0, by.0, by.1])
}

/// What an instruction sets besides showing text.
fn state(now: Instruction<'_>, all: &Instructions<'_>, closed: bool) -> String {
    let mut out = String::new();
    if now.operator == b"\"" {
        let set = |n: f64| if closed { 0.0 } else { n };
        decimal(set(all.number(0)), &mut out);
        out.push_str(" Tw ");
        decimal(set(all.number(1)), &mut out);
        out.push_str(" Tc ");
    }
    out
}

/// A place in a string: a code that goes, with its end, whether it leaves a hole and whether it is part of a
/// value, or else room.
type Cut = (usize, Option<(usize, bool, bool)>, f64);

/// What an instruction shows, cut where codes are to go and where room is wanted; on lines that lost
/// something there is no other room, unless they stay as they are (`still`).
fn items(
    gone: &BTreeMap<Gone, Fate>,
    muted: &BTreeSet<Gone>,
    plain: Option<&Rooms>,
    still: bool,
    all: &Instructions<'_>,
) -> Vec<Item> {
    let mut out: Vec<Item> = Vec::new();
    let mut bytes = Vec::new();
    let array = all.operands.iter().any(|t| t.kind == Kind::Open);
    for token in &all.operands {
        match token.kind {
            Kind::Number(n) if array && (still || plain.is_none()) => out.push(Item::Move(n)),
            Kind::Literal | Kind::Hex => {
                string(all.raw(*token), &mut bytes);
                let place = |n| Gone {
                    string: token.start,
                    from: n,
                    to: n,
                };
                let codes = gone.range(place(0)..=place(u32::MAX));
                let mut cuts: Vec<Cut> = codes
                    .map(|(g, fate)| {
                        // What is only hidden may be shown elsewhere.
                        let told = !muted.contains(g) && *fate != Fate::Hidden;
                        (
                            g.from as usize,
                            Some((g.to as usize, *fate == Fate::Begins, told)),
                            0.0,
                        )
                    })
                    .collect();
                let string = (token.start, 0)..=(token.start, u32::MAX);
                let rooms = plain.into_iter().flat_map(|p| p.range(string.clone()));
                cuts.extend(rooms.map(|(at, room)| (at.1 as usize, None, *room)));
                cuts.sort_by_key(|c| c.0);
                let mut at = 0_usize;
                for (from, code, room) in cuts {
                    keep(bytes.get(at..from), &mut out);
                    at = from.max(at);
                    match code {
                        Some((to, hole, told)) => {
                            let code = bytes.get(from..to).unwrap_or_default().to_vec();
                            out.push(Item::Gone { hole, code, told });
                            at = to.max(at);
                        }
                        None => out.push(Item::Room(room)),
                    }
                }
                keep(bytes.get(at..), &mut out);
            }
            _ => {}
        }
    }
    out
}

fn keep(bytes: Option<&[u8]>, out: &mut Vec<Item>) {
    if let Some(bytes) = bytes.filter(|b| !b.is_empty()) {
        out.push(Item::Kept(bytes.to_vec()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_beside_what_is_taken_out_are_told_from_others() {
        let kept = || Item::Kept(vec![1]);
        let gone = || Item::Gone {
            hole: false,
            code: vec![1],
            told: true,
        };
        let (by, room) = (|| Item::Move(1.0), || Item::Room(1.0));
        let all = [
            by(),
            kept(),
            by(),
            room(),
            gone(),
            by(),
            by(),
            kept(),
            by(),
            kept(),
        ];
        let found = beside(&all);
        let moves: Vec<bool> = all
            .iter()
            .zip(found)
            .filter_map(|(item, beside)| matches!(item, Item::Move(_)).then_some(beside))
            .collect();
        assert_eq!(moves, [false, true, true, true, false]);
    }
}
