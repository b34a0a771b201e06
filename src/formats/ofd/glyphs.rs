//! Lines of text from where glyphs stand on a page.
//!
//! Standard: GB/T 33190-2016, 11.3 (text objects): each `TextCode` has a start, and distances from one
//! glyph to the next; the object has a boundary and a matrix.

/// One character on the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Glyph {
    /// What it says.
    pub(super) c: char,
    /// Where it starts, in millimetres, y downwards.
    pub(super) x: f64,
    pub(super) y: f64,
    /// Unit vector along its line.
    pub(super) along: (f64, f64),
    /// The least and the most that it can be wide.
    pub(super) least: f64,
    pub(super) most: f64,
    /// Height of its font on the page.
    pub(super) size: f64,
    /// The `TextCode` that it is of, and the object of that.
    pub(super) code: u32,
    pub(super) object: u32,
}

/// Shares of the font's height: glyphs nearer than this follow one another.
const JOINT: f64 = 0.25;
/// The same within one `TextCode`.
const SPACED: f64 = 1.2;
/// How far a glyph may lie over the one before.
const BACK: f64 = 0.35;
/// How far base lines of one line may lie apart.
const BASE: f64 = 0.35;
/// Most lines that lie over one another and are kept apart.
const TRACKS: usize = 16;

/// Glyphs that follow one another: the first and one past the last.
#[derive(Debug, Clone)]
struct Run {
    glyphs: Vec<u32>,
    turn: i64,
    from: f64,
    least: f64,
    most: f64,
    across: f64,
    size: f64,
    object: u32,
}

impl Run {
    /// How far from the end of the run a glyph begins. Where the run ends is not sure when its glyphs'
    /// widths are not given: within its own object the glyph goes on wherever that may be.
    fn gap(&self, from: f64, object: u32, size: f64) -> f64 {
        if from >= self.most {
            from - self.most
        } else if from <= self.least || object == self.object || self.most - from < JOINT * size {
            (from - self.least).min(0.0)
        } else {
            from - self.least
        }
    }
}

/// A place in the text of lines: a glyph, or something that stands between glyphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Glyph(u32),
    Blank(char),
}

fn place(glyph: &Glyph) -> (i64, f64, f64) {
    let (cos, sin) = glyph.along;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "an angle in steps of two degrees"
    )]
    let turn = (sin.atan2(cos).to_degrees() / 2.0).round() as i64;
    let from = glyph.x * cos + glyph.y * sin;
    let across = glyph.y * cos - glyph.x * sin;
    (turn, from, across)
}

fn runs(glyphs: &[Glyph]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut code = None;
    for (number, glyph) in (0..).zip(glyphs) {
        let (turn, from, across) = place(glyph);
        let same_code = code == Some(glyph.code);
        code = Some(glyph.code);
        if let Some(run) = runs.last_mut() {
            let size = glyph.size.max(run.size);
            let near = turn == run.turn && (across - run.across).abs() < BASE * size;
            let wide = if same_code { SPACED } else { JOINT };
            let gap = run.gap(from, glyph.object, size);
            if near && gap < wide * size && gap > -BACK * size {
                run.glyphs.push(number);
                run.least = from + glyph.least;
                run.most = from + glyph.most;
                run.size = size;
                run.object = glyph.object;
                continue;
            }
        }
        runs.push(Run {
            glyphs: vec![number],
            turn,
            from,
            least: from + glyph.least,
            most: from + glyph.most,
            across,
            size: glyph.size,
            object: glyph.object,
        });
    }
    runs
}

/// The lines of a page from top to bottom, each ended by a line end.
pub(super) fn lines(glyphs: &[Glyph]) -> Vec<Place> {
    let mut runs = runs(glyphs);
    let mut out = Vec::new();
    let broken = broken(&runs, glyphs);
    runs.sort_by(|a, b| {
        (a.turn.cmp(&b.turn))
            .then(a.across.total_cmp(&b.across))
            .then(a.from.total_cmp(&b.from))
    });
    let mut line: Vec<Run> = Vec::new();
    for run in runs {
        let same = line.last().is_some_and(|last| {
            last.turn == run.turn
                && (run.across - last.across).abs() < BASE * last.size.min(run.size)
        });
        if !same {
            write(std::mem::take(&mut line), glyphs, &mut out);
        }
        line.push(run);
    }
    write(line, glyphs, &mut out);
    out.extend(broken);
    out
}

/// Writes the runs on one base line; those that lie over one another become lines of their own.
fn write(mut line: Vec<Run>, glyphs: &[Glyph], out: &mut Vec<Place>) {
    line.sort_by(|a, b| a.from.total_cmp(&b.from));
    let mut tracks: Vec<(Vec<Place>, Run)> = Vec::new();
    for run in line {
        let free = tracks
            .iter()
            .position(|(_, last)| run.from > last.least - BACK * run.size);
        let full = tracks.len() >= TRACKS;
        let Some((text, last)) = free
            .or(full.then_some(TRACKS - 1))
            .and_then(|i| tracks.get_mut(i))
        else {
            let text = run.glyphs.iter().map(|&g| Place::Glyph(g)).collect();
            tracks.push((text, run));
            continue;
        };
        let size = run.size.max(last.size);
        let gap = last.gap(run.from, run.object, size);
        // Digits that stand one by one in boxes are one number.
        let comb = single(last, glyphs) && single(&run, glyphs) && gap < SPACED * size;
        if gap >= SPACED * size {
            text.push(Place::Blank('\t'));
        } else if gap >= JOINT * size && !comb {
            text.push(Place::Blank(' '));
        }
        text.extend(run.glyphs.iter().map(|&g| Place::Glyph(g)));
        *last = run;
    }
    for (text, _) in tracks {
        out.extend(text);
        out.push(Place::Blank('\n'));
    }
}

fn single(run: &Run, glyphs: &[Glyph]) -> bool {
    let part = |&n: &u32| glyphs.get(n as usize).is_some_and(|g| is_part(g.c));
    run.glyphs.len() == 1 && run.glyphs.iter().all(part)
}

fn is_part(c: char) -> bool {
    c.is_ascii_digit() || c.is_ascii_uppercase() || ('\u{ff10}'..='\u{ff3a}').contains(&c)
}

/// Numbers that a narrow column breaks over two lines, put together again.
fn broken(runs: &[Run], glyphs: &[Glyph]) -> Vec<Place> {
    let part = |n: &&u32| glyphs.get(**n as usize).is_some_and(|g| is_part(g.c));
    let mut out = Vec::new();
    for pair in runs.windows(2) {
        let [above, below] = pair else { continue };
        let size = above.size.max(below.size);
        let apart = below.across - above.across;
        let under = above.turn == below.turn
            && apart > 0.8 * size
            && apart < 2.2 * size
            && below.from < above.most;
        if !under {
            continue;
        }
        let tail: Vec<u32> = above
            .glyphs
            .iter()
            .rev()
            .take_while(part)
            .take(40)
            .copied()
            .collect();
        let head: Vec<u32> = below
            .glyphs
            .iter()
            .take_while(part)
            .take(40)
            .copied()
            .collect();
        let digit = |n: &&u32| glyphs.get(**n as usize).is_some_and(|g| g.c.is_numeric());
        let digits = tail.iter().chain(&head).filter(digit).count();
        if !tail.is_empty() && !head.is_empty() && digits >= 11 && tail.len() + head.len() <= 40 {
            out.extend(tail.iter().rev().chain(&head).map(|&g| Place::Glyph(g)));
            out.push(Place::Blank('\n'));
        }
    }
    out
}
