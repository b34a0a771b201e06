//! Lines of text from where glyphs stand.
//!
//! Glyphs that follow one another are a run; runs on one base line are a line, whatever the order they
//! were drawn in. Runs that lie over one another become lines of their own. Columns of running text are
//! read one after the other, and what is written from right to left in the order it is spoken.

mod bidi;
mod columns;

use super::walk::Glyph;

/// Stands for no glyph: a space, tab or line end that no glyph shows.
pub(super) const NONE: u32 = u32::MAX;

/// A page's text and where it comes from.
#[derive(Debug, Clone, Default)]
pub(super) struct Text {
    /// Lines, each ended.
    pub text: String,
    /// First bytes and the glyphs that they come from, in order; a glyph's bytes reach to the next.
    pub marks: Vec<(u32, u32)>,
}

impl Text {
    fn put(&mut self, text: &str, marks: &[(u32, u32)]) {
        let base = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.marks.extend(
            marks
                .iter()
                .map(|&(at, glyph)| (base.saturating_add(at), glyph)),
        );
        self.text.push_str(text);
    }

    /// Puts text there that no glyph shows.
    pub(super) fn space(&mut self, text: &str) {
        self.put(text, &[(0, NONE)]);
    }

    /// Puts another text at its end.
    pub(super) fn add(&mut self, other: &Self) {
        self.put(&other.text, &other.marks);
    }

    /// A part of it.
    pub(super) fn part(&self, range: std::ops::Range<usize>) -> Self {
        let text = self.text.get(range.clone()).unwrap_or_default().to_owned();
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let (start, end) = (place(range.start), place(range.end));
        let first = self.marks.partition_point(|m| m.0 < start);
        let inside = self.marks.get(first..).unwrap_or_default().iter();
        let inside = inside.take_while(|m| m.0 < end);
        let marks = inside.map(|&(at, glyph)| (at - start, glyph));
        Self {
            marks: marks.collect(),
            text,
        }
    }

    /// The glyphs that a range of bytes comes from, in their order there.
    pub(super) fn glyphs(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = u32> + '_ {
        let start = u32::try_from(range.start).unwrap_or(u32::MAX);
        let end = u32::try_from(range.end).unwrap_or(u32::MAX);
        let first = self
            .marks
            .partition_point(|m| m.0 <= start)
            .saturating_sub(1);
        let rest = self.marks.get(first..).unwrap_or_default();
        rest.iter()
            .take_while(move |m| m.0 < end)
            .map(|m| m.1)
            .filter(|g| *g != NONE)
    }
}

/// Shares of the font's height.
const JOINT: f64 = 0.22;
const BACK: f64 = 0.35;
const BASE: f64 = 0.35;
/// Raised and lowered letters are no further from the line.
const SCRIPT: f64 = 0.7;
/// A gap that tells stretches of a line apart.
const SEPARATE: f64 = 1.0;
/// Widest gap between digits that stand one by one in boxes.
const COMB: f64 = 1.2;
/// Most lines that may lie over one another.
const TRACKS: usize = 32;

#[derive(Debug)]
struct Run {
    text: String,
    marks: Vec<(u32, u32)>,
    size: f64,
    /// Direction in degrees, rounded.
    turn: i32,
    /// Along and across the direction; across grows downwards.
    from: f64,
    to: f64,
    across: f64,
    /// Where the glyph before stands, across: raised ones stand elsewhere than their line.
    last: f64,
}

impl Run {
    /// Puts a glyph at its end. Numbers that are not level are not one number: the mark of a note is no
    /// digit of what it stands behind.
    fn follow(&mut self, glyph: &Glyph, index: u32, level: bool) {
        if !level && self.text.ends_with(|c: char| c.is_ascii_digit()) && glyph.says.is_digit() {
            let at = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
            self.marks.push((at, NONE));
            self.text.push(' ');
        }
        self.push(glyph, index);
    }

    fn push(&mut self, glyph: &Glyph, index: u32) {
        let at = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.marks.push((at, index));
        glyph.says.push(&mut self.text);
    }
}

/// Collects glyphs of a page and makes its text.
#[derive(Debug, Default)]
struct Lines {
    runs: Vec<Run>,
    direction: (f64, f64),
}

/// The lines of glyphs that are drawn together, from top to bottom.
pub(super) fn lines(glyphs: &[Glyph]) -> Vec<Line> {
    let mut lines = Lines::default();
    for (index, glyph) in (0..).zip(glyphs) {
        lines.add(glyph, index);
    }
    lines.take()
}

/// The text of glyphs that are drawn together, a line a line.
pub(super) fn text(glyphs: &[Glyph]) -> Text {
    let mut out = Text::default();
    for line in lines(glyphs) {
        line.write(&mut out);
    }
    out
}

fn turned(glyph: &Glyph, before: (f64, f64)) -> (f64, f64) {
    let length = glyph.dx.hypot(glyph.dy);
    if length > 1e-6 {
        (glyph.dx / length, glyph.dy / length)
    } else if before == (0.0, 0.0) {
        (1.0, 0.0)
    } else {
        before
    }
}

impl Lines {
    /// Adds the glyph that is drawn next.
    fn add(&mut self, glyph: &Glyph, index: u32) {
        if ![glyph.x, glyph.y, glyph.dx, glyph.dy, glyph.size]
            .iter()
            .all(|v| v.is_finite() && v.abs() < 1e9)
        {
            return self.push_alone(glyph, index);
        }
        let (cos, sin) = turned(glyph, self.direction);
        self.direction = (cos, sin);
        #[expect(clippy::cast_possible_truncation, reason = "an angle")]
        let turn = (sin.atan2(cos).to_degrees() / 2.0).round() as i32;
        let from = glyph.x * cos + glyph.y * sin;
        let across = glyph.x * sin - glyph.y * cos;
        let to = from + glyph.dx.hypot(glyph.dy);
        let size = glyph.size.max(0.1);
        if let Some(run) = self.runs.last_mut().filter(|run| run.turn == turn) {
            let gap = from - run.to;
            let apart = (across - run.across).abs();
            let large = size.max(run.size);
            if apart < BASE * large && gap < JOINT * size && gap > -BACK * size {
                let level = (across - run.last).abs() < BASE * large.min(size);
                run.follow(glyph, index, level);
                run.to = to;
                run.last = across;
                run.size = large;
                return;
            }
            // Drawn on at once, above or below: a power, an index, a mark of a note.
            let small = size < 0.95 * run.size || run.size < 0.95 * size;
            let reach = if small { SCRIPT } else { 0.5 } * large;
            if apart < reach && gap < JOINT * large && gap > -0.2 * large {
                run.follow(glyph, index, false);
                run.to = to;
                run.last = across;
                if size > 1.05 * run.size {
                    run.across = across;
                    run.size = size;
                }
                return;
            }
        }
        let mut run = Run {
            text: String::new(),
            marks: Vec::new(),
            size,
            turn,
            from,
            to,
            across,
            last: across,
        };
        run.push(glyph, index);
        self.runs.push(run);
    }

    /// A glyph that stands nowhere: at the end of what was drawn before it.
    fn push_alone(&mut self, glyph: &Glyph, index: u32) {
        if self.runs.is_empty() {
            self.runs.push(Run {
                text: String::new(),
                marks: Vec::new(),
                size: 1.0,
                turn: 0,
                from: 0.0,
                to: 0.0,
                across: 0.0,
                last: 0.0,
            });
        }
        if let Some(run) = self.runs.last_mut() {
            run.push(glyph, index);
        }
    }

    /// The lines, from top to bottom, and forgets the glyphs.
    fn take(&mut self) -> Vec<Line> {
        let mut runs = std::mem::take(&mut self.runs);
        self.direction = (0.0, 0.0);
        runs.retain(|run| !run.text.is_empty());
        let columns = columns::columns(&runs);
        let mut rest = Vec::new();
        let mut parts: Vec<Vec<Run>> = columns.iter().map(|_| Vec::new()).collect();
        let mut owners = vec![None; runs.len()];
        for (n, column) in columns.iter().enumerate().rev() {
            let own = owners.get_mut(column.runs.clone()).unwrap_or_default();
            own.fill(Some(n));
        }
        for (owner, run) in owners.into_iter().zip(runs) {
            match owner.and_then(|c| parts.get_mut(c)) {
                Some(part) => part.push(run),
                None => rest.push(run),
            }
        }
        let mut rest = level(rest).into_iter().peekable();
        let mut out = Vec::new();
        for (column, part) in columns.iter().zip(parts) {
            let before =
                |l: &Line| l.turn < column.turn || (l.turn == column.turn && l.across < column.top);
            while let Some(line) = rest.next_if(before) {
                out.push(line);
            }
            out.extend(level(part));
        }
        out.extend(rest);
        for line in &mut out {
            line.speak();
        }
        out
    }
}

/// Runs as lines, from top to bottom.
fn level(mut runs: Vec<Run>) -> Vec<Line> {
    runs.sort_by(|a, b| {
        (a.turn.cmp(&b.turn))
            .then(a.across.total_cmp(&b.across))
            .then(a.from.total_cmp(&b.from))
    });
    let mut out = Vec::new();
    let mut line: Vec<Run> = Vec::new();
    for run in runs {
        let same = line.last().is_some_and(|last| {
            last.turn == run.turn
                && (run.across - last.across).abs() < BASE * last.size.min(run.size)
        });
        if !same {
            lay(&mut line, &mut out);
        }
        line.push(run);
    }
    lay(&mut line, &mut out);
    out
}

/// One line: what stands on one base line, and does not lie over one another.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// Direction in degrees, rounded.
    pub turn: i32,
    /// Where it stands across its direction; grows downwards.
    pub across: f64,
    /// Height of its largest glyph.
    pub size: f64,
    /// Stretches with room between them, from left to right.
    pub segments: Vec<Segment>,
    /// Whether it is read from right to left.
    pub right: bool,
}

/// A stretch of a line.
#[derive(Debug, Default)]
pub(super) struct Segment {
    pub text: Text,
    /// Along the direction.
    pub from: f64,
    /// Likewise.
    pub to: f64,
    /// Where its words begin: bytes of the text, and along the direction, with the end before.
    pub words: Vec<(usize, f64, f64)>,
}

impl Line {
    /// Its text: stretches that are far from one another are told apart by tabs.
    pub(super) fn write(&self, out: &mut Text) {
        let mut order: Vec<&Segment> = self.segments.iter().collect();
        if self.right {
            order.reverse();
        }
        let mut before: Option<&Segment> = None;
        for segment in order {
            if let Some(before) = before {
                let gap = (segment.from - before.to).max(before.from - segment.to);
                out.space(if gap > 3.0 * self.size { "\t" } else { " " });
            }
            out.add(&segment.text);
            before = Some(segment);
        }
        out.space("\n");
    }

    /// Puts what runs from right to left into the order it is spoken.
    fn speak(&mut self) {
        if !self.segments.iter().any(|s| bidi::has(&s.text.text)) {
            return;
        }
        self.right = bidi::leads(self.segments.iter().map(|s| s.text.text.as_str()));
        for segment in &mut self.segments {
            segment.text = bidi::spoken(&segment.text, self.right);
            segment.words.clear();
        }
    }
}

/// Lays the runs of one base line.
fn lay(line: &mut Vec<Run>, out: &mut Vec<Line>) {
    line.sort_by(|a, b| a.from.total_cmp(&b.from));
    let mut tracks: Vec<Line> = Vec::new();
    for run in line.drain(..) {
        // The same again in the same place is how bold is made.
        let doubled = tracks
            .iter()
            .filter_map(|t| t.segments.last())
            .any(|s| s.text.text.ends_with(&run.text) && (s.to - run.to).abs() < 0.15 * run.size);
        if doubled {
            continue;
        }
        let end = |track: &Line| track.segments.last().map_or(0.0, |s| s.to);
        let free = tracks
            .iter()
            .position(|track| run.from > end(track) - BACK * run.size);
        let full = tracks.len() >= TRACKS;
        let at = free.or(full.then_some(TRACKS - 1));
        match at.and_then(|n| tracks.get_mut(n)) {
            Some(track) => track.join(&run),
            None => tracks.push(Line {
                turn: run.turn,
                across: run.across,
                size: run.size,
                segments: vec![Segment::new(&run)],
                right: false,
            }),
        }
    }
    tracks.retain(|t| t.segments.iter().any(|s| !s.text.text.trim().is_empty()));
    out.extend(tracks);
}

impl Segment {
    fn new(run: &Run) -> Self {
        let mut text = Text::default();
        text.put(&run.text, &run.marks);
        Self {
            text,
            from: run.from,
            to: run.to,
            words: Vec::new(),
        }
    }

    /// The same in pieces: a new one begins with each word that begins at one of these places.
    pub(super) fn split(&self, at: &[f64], near: f64) -> Vec<Self> {
        let begins = |from: f64| at.iter().any(|a| (a - from).abs() < near);
        let mut out = Vec::new();
        let (mut start, mut from) = (0, self.from);
        for &(byte, x, end) in self.words.iter().filter(|w| begins(w.1)) {
            out.push(Self {
                text: self.text.part(start..byte),
                from,
                to: end,
                words: Vec::new(),
            });
            (start, from) = (byte, x);
        }
        out.push(Self {
            text: self.text.part(start..self.text.text.len()),
            from,
            to: self.to,
            words: Vec::new(),
        });
        out
    }
}

impl Line {
    /// Puts a run at its end.
    fn join(&mut self, run: &Run) {
        self.size = self.size.max(run.size);
        let Some(last) = self.segments.last_mut() else {
            return;
        };
        let gap = run.from - last.to;
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit() || c == 'X');
        let single = run.text.chars().count() == 1 && digit(run.text.chars().next());
        let comb = single && digit(last.text.text.chars().next_back()) && gap < COMB * run.size;
        let spaced = last.text.text.ends_with(' ') || run.text.starts_with(' ');
        if comb || gap < SEPARATE * run.size {
            if !comb && gap >= JOINT * run.size {
                if !spaced {
                    last.text.space(" ");
                }
                last.words.push((last.text.text.len(), run.from, last.to));
            }
            last.text.put(&run.text, &run.marks);
            last.to = last.to.max(run.to);
        } else {
            self.segments.push(Segment::new(run));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::pdf::{
        font::Says,
        walk::{At, Cover},
    };

    fn put(glyphs: &mut Vec<Glyph>, x: f64, y: f64, text: &str) {
        for (n, c) in (0_i32..).zip(text.chars()) {
            glyphs.push(Glyph {
                x: x + 6.0 * f64::from(n),
                y,
                dx: 6.0,
                dy: 0.0,
                size: 12.0,
                says: Says::Char(c),
                guess: false,
                at: At {
                    stream: 0,
                    show: 0,
                    string: 0,
                    from: 0,
                    to: 0,
                },
                unseen: false,
                cover: Cover::None,
            });
        }
    }

    #[test]
    fn digits_drawn_one_by_one_and_out_of_order_are_one_value() {
        let mut lines = Vec::new();
        let number = "13800138000";
        for n in [3, 0, 7, 1, 2, 10, 9, 8, 4, 5, 6] {
            let x = 100.0 + 6.0 * f64::from(u8::try_from(n).unwrap());
            put(&mut lines, x, 700.0, &number[n..=n]);
        }
        put(&mut lines, 100.0, 720.0, "above");
        assert_eq!(text(&lines).text, "above\n13800138000\n");
    }

    #[test]
    fn gaps_are_spaces_and_tabs_and_boxes_are_not() {
        let mut lines = Vec::new();
        put(&mut lines, 0.0, 0.0, "ab");
        put(&mut lines, 16.0, 0.0, "cd");
        put(&mut lines, 200.0, 0.0, "ef");
        for (n, digit) in (0_i32..).zip(["1", "2", "3"]) {
            put(&mut lines, 18.0 * f64::from(n), -30.0, digit);
        }
        assert_eq!(text(&lines).text, "ab cd\tef\n123\n");
    }

    #[test]
    fn raised_letters_stay_in_their_word_and_are_no_digits_of_a_number() {
        let mut glyphs = Vec::new();
        put(&mut glyphs, 0.0, 100.0, "mc");
        put(&mut glyphs, 12.0, 105.0, "2");
        put(&mut glyphs, 18.0, 100.0, " is");
        put(&mut glyphs, 0.0, 70.0, "13800138000");
        put(&mut glyphs, 66.0, 75.0, "1");
        assert_eq!(text(&glyphs).text, "mc2 is\n13800138000 1\n");
    }

    #[test]
    fn columns_of_sentences_are_read_one_after_the_other() {
        let mut glyphs = Vec::new();
        let sentence = "a line of running text in a paper";
        for (n, x) in [0.0, 300.0].into_iter().enumerate() {
            for line in 0..5_i32 {
                let y = 200.0 - 14.0 * f64::from(line);
                put(&mut glyphs, x, y, &format!("{n}{line} {sentence}"));
            }
        }
        put(&mut glyphs, 0.0, 230.0, "A title over both of them");
        let text = text(&glyphs).text;
        let starts: Vec<&str> = text.lines().map(|l| l.get(..2).unwrap()).collect();
        let wanted = "A  00 01 02 03 04 10 11 12 13 14";
        assert_eq!(starts.join(" "), wanted);
    }

    #[test]
    fn rows_of_a_table_are_no_columns_of_sentences() {
        let mut glyphs = Vec::new();
        for line in 0..6_i32 {
            let y = 200.0 - 14.0 * f64::from(line);
            put(&mut glyphs, 0.0, y, "a cell with a rather long text inside");
            put(&mut glyphs, 300.0, y, "another one with a rather long text");
        }
        assert_eq!(text(&glyphs).text.lines().count(), 6);
    }

    #[test]
    fn what_lies_over_another_is_a_line_of_its_own() {
        let mut lines = Vec::new();
        put(&mut lines, 0.0, 0.0, "abcdef");
        put(&mut lines, 0.0, 0.0, "123456");
        put(&mut lines, 0.2, 0.0, "abcdef");
        assert_eq!(text(&lines).text, "abcdef\n123456\n");
    }
}
