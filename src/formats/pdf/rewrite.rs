//! Content streams with codes taken out: the stream's own bytes with some ranges replaced.
//!
//! A hole is as wide as every other hole, whatever stood there: the advance of what was taken out, the
//! kerning around it and the positions of pieces drawn one by one would tell what it was (Bland, Iyer,
//! Levchenko, "Story Beyond the Eye", `PoPETs` 2023).

use super::{
    lex::{Instruction, Instructions, Kind, string},
    redact::{Gone, Holes},
    shift::Shifts,
    walk::{Matrix, ONE, Show, times},
};
use aho_corasick::AhoCorasick;
use std::{
    collections::{BTreeMap, HashMap},
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
    /// Where what follows them goes.
    pub shifts: &'w Shifts,
    /// Finds values in the bytes of small pictures.
    pub bytes: Option<&'w AhoCorasick>,
}

/// A stream written anew.
#[derive(Debug)]
pub(super) struct Rewritten {
    pub data: Vec<u8>,
    /// First bytes of the numbers that are holes.
    pub holes: Vec<usize>,
    /// Runs of codes that were taken out and are long enough to be told from others.
    pub codes: Vec<Vec<u8>>,
}

/// What stands in an instruction that shows text.
enum Item {
    Kept(Vec<u8>),
    Gone { hole: bool, code: Vec<u8> },
    Move(f64),
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
    codes: Vec<Vec<u8>>,
    /// What waits until text is shown: whether it places text, its range, and what stays of it.
    waiting: Vec<(bool, Range<usize>, String)>,
    /// The line matrix as it now is.
    line: Matrix,
    /// Whether this text object was changed, so that what follows is placed anew.
    moved: bool,
    depth: usize,
}

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
        codes: Vec::new(),
        waiting: Vec::new(),
        line: ONE,
        moved: false,
        depth: 0,
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
        codes: writer.codes,
    };
    // What is left of comments stands inside instructions that were not touched.
    if comments > 0 {
        uncomment(&mut done);
    }
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

impl Writer<'_> {
    /// Copies up to a byte of the source.
    fn copy(&mut self, to: usize) {
        if let Some(part) = self.data.get(self.copied..to) {
            self.out.extend_from_slice(part);
            self.copied = to;
        }
    }

    /// Writes what waits; positions as they are, or without placing anything.
    fn settle(&mut self, placing: bool) {
        for (places, range, rest) in std::mem::take(&mut self.waiting) {
            if places && placing {
                continue;
            }
            self.copy(range.start);
            self.out.extend_from_slice(rest.as_bytes());
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

    fn instruction(&mut self, now: Instruction<'_>, all: &Instructions<'_>) {
        match now.operator {
            b"BT" => {
                self.settle(true);
                self.line = ONE;
                self.moved = false;
            }
            b"ET" => {
                self.settle(!self.moved);
                self.moved = false;
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
                if is_large(all) || self.wanted.bytes.is_some_and(|b| b.is_match(raw)) {
                    self.replace(now.start..now.end, "");
                }
            }
            _ if all.has_string() => self.replace(now.start..now.end, ""),
            _ => {}
        }
    }

    /// Replaces what places nothing.
    fn replace(&mut self, range: Range<usize>, with: &str) {
        self.waiting.push((false, range, with.to_owned()));
    }

    /// Marked content keeps its number and loses every text.
    fn marked(&mut self, now: Instruction<'_>, all: &Instructions<'_>) {
        if !all.has_string() {
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

    fn show(&mut self, now: Instruction<'_>, all: &Instructions<'_>) {
        let none = BTreeMap::new();
        let gone = self.wanted.holes.get(&now.start).unwrap_or(&none);
        let Some(show) = self.shows.get(&now.start).copied() else {
            return;
        };
        let quote = matches!(now.operator, b"'" | b"\"");
        let placed = quote || self.waiting.iter().any(|w| w.0);
        let shift = self.wanted.shifts.get(&now.start).copied();
        if gone.is_empty() && !self.moved && shift.is_none() {
            if placed {
                self.line = show.line;
            }
            return self.settle(true);
        }
        let items = items(gone, all);
        self.note(&items);
        let shown = |i: &Item| matches!(i, Item::Kept(_) | Item::Gone { hole: true, .. });
        let mut text = state(now, all);
        if !items.iter().any(shown) && !gone.is_empty() {
            // A piece of a value that began before: neither it nor where it stood is told.
            self.settle(false);
            self.moved = true;
            return self.put(&text, &now);
        }
        if shift.is_some() || (self.moved && placed) {
            self.settle(false);
            let by = shift.unwrap_or_default();
            let to = times(&show.line, &[1.0, 0.0, 0.0, 1.0, by.0, by.1]);
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
        if gone.is_empty() && !quote {
            self.copy(now.start);
            self.out.extend_from_slice(text.as_bytes());
            self.copy(now.end);
        } else {
            self.put(&text, &now);
            self.items(&items, show.vertical);
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
                Item::Gone { code, .. } => {
                    run.extend_from_slice(code);
                    glyphs += 1;
                }
                Item::Move(_) => {}
                Item::Kept(_) => {
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
        self.out.extend_from_slice(text.as_bytes());
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

    fn items(&mut self, items: &[Item], vertical: bool) {
        self.out.push(b'[');
        for (n, item) in items.iter().enumerate() {
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
                Item::Move(by) => {
                    // Kerning beside what was taken out would tell of it.
                    let solid = |i: &&Item| !matches!(i, Item::Move(_));
                    let before = items.get(..n).and_then(|i| i.iter().rev().find(solid));
                    let after = items.get(n + 1..).and_then(|i| i.iter().find(solid));
                    let beside = [before, after]
                        .into_iter()
                        .flatten()
                        .any(|i| matches!(i, Item::Gone { .. }));
                    if !beside {
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

/// What an instruction sets besides showing text.
fn state(now: Instruction<'_>, all: &Instructions<'_>) -> String {
    let mut out = String::new();
    if now.operator == b"\"" {
        decimal(all.number(0), &mut out);
        out.push_str(" Tw ");
        decimal(all.number(1), &mut out);
        out.push_str(" Tc ");
    }
    out
}

/// Whether an inline image is large enough to hold text.
fn is_large(all: &Instructions<'_>) -> bool {
    let side = |long: &[u8], short: &[u8]| {
        all.operands.windows(2).find_map(|pair| match pair {
            [key, value] if [long, short].contains(&all.raw(*key)) => match value.kind {
                Kind::Number(n) => Some(n),
                _ => None,
            },
            _ => None,
        })
    };
    let (width, height) = (side(b"/Width", b"/W"), side(b"/Height", b"/H"));
    width.is_some_and(|w| w >= 32.0) && height.is_some_and(|h| h >= 16.0)
}

/// What an instruction shows, cut where codes are to go.
fn items(gone: &BTreeMap<Gone, bool>, all: &Instructions<'_>) -> Vec<Item> {
    let mut out: Vec<Item> = Vec::new();
    let mut bytes = Vec::new();
    let array = all.operands.iter().any(|t| t.kind == Kind::Open);
    for token in &all.operands {
        match token.kind {
            Kind::Number(n) if array => out.push(Item::Move(n)),
            Kind::Literal | Kind::Hex => {
                string(all.raw(*token), &mut bytes);
                let mut at = 0_usize;
                let codes = gone.iter().filter(|(g, _)| g.string == token.start);
                for (code, hole) in codes {
                    let (from, to) = (code.from as usize, code.to as usize);
                    keep(bytes.get(at..from), &mut out);
                    out.push(Item::Gone {
                        hole: *hole,
                        code: bytes.get(from..to).unwrap_or_default().to_vec(),
                    });
                    at = to.max(at);
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
