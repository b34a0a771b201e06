//! Columns of running text that stand beside one another, so that a line of one is not read on into the
//! next: told by the order of drawing, in which each column comes as a whole.

use super::{BACK, BASE, Run};
use std::ops::Range;

/// Lines that make running text.
const LINES: usize = 4;
/// How wide its lines are, in font sizes.
const WIDE: f64 = 13.0;
/// Most pieces that are compared with one another.
const MOST: usize = 1500;

/// Pieces drawn on one line, one after another.
#[derive(Debug, Clone)]
struct Stretch {
    runs: Range<usize>,
    turn: i32,
    across: f64,
    from: f64,
    to: f64,
    size: f64,
}

/// Stretches drawn one below the other.
#[derive(Debug)]
struct Piece {
    stretches: Range<usize>,
    from: f64,
    to: f64,
    top: f64,
    bottom: f64,
    turn: i32,
}

/// A column of running text.
#[derive(Debug)]
pub(super) struct Column {
    /// Runs, by their index.
    pub runs: Range<usize>,
    pub turn: i32,
    /// Where it begins, across.
    pub top: f64,
}

/// The columns of a page, in the order they are drawn; no run is in two of them.
pub(super) fn columns(runs: &[Run]) -> Vec<Column> {
    let stretches = stretches(runs);
    let pieces = pieces(&stretches);
    let prose: Vec<&Piece> = pieces
        .iter()
        .filter(|p| is_prose(stretches.get(p.stretches.clone()).unwrap_or_default()))
        .collect();
    if !(2..=MOST).contains(&prose.len()) {
        return Vec::new();
    }
    let beside = |a: &Piece, b: &Piece| {
        let apart = a.to < b.from || b.to < a.from;
        let shared = a.bottom.min(b.bottom) - a.top.max(b.top);
        let least = (a.bottom - a.top).min(b.bottom - b.top);
        a.turn == b.turn && apart && shared > 0.3 * least
    };
    let mut out: Vec<Column> = Vec::new();
    let mut taken = 0;
    for piece in &prose {
        if !prose.iter().any(|other| beside(piece, other)) {
            continue;
        }
        let all = grown(&stretches, piece, taken);
        taken = all.end;
        let Some(part) = stretches.get(all) else {
            continue;
        };
        if let (Some(first), Some(last)) = (part.first(), part.last()) {
            out.push(Column {
                runs: first.runs.start..last.runs.end,
                turn: piece.turn,
                top: part.iter().map(|s| s.across).fold(f64::MAX, f64::min),
            });
        }
    }
    out
}

fn stretches(runs: &[Run]) -> Vec<Stretch> {
    let mut out: Vec<Stretch> = Vec::new();
    for (n, run) in runs.iter().enumerate() {
        if let Some(last) = out.last_mut() {
            let size = last.size.max(run.size);
            let gap = run.from - last.to;
            let on = run.turn == last.turn && (run.across - last.across).abs() < BASE * size;
            if on && gap > -BACK * size && gap < 1.5 * size {
                last.runs.end = n + 1;
                last.to = last.to.max(run.to);
                last.size = size;
                continue;
            }
        }
        out.push(Stretch {
            runs: n..n + 1,
            turn: run.turn,
            across: run.across,
            from: run.from,
            to: run.to,
            size: run.size,
        });
    }
    out
}

fn pieces(stretches: &[Stretch]) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    let mut before: Option<&Stretch> = None;
    for (n, now) in stretches.iter().enumerate() {
        let below = before.is_some_and(|before| {
            let size = before.size.max(now.size);
            let down = now.across - before.across;
            let shared = before.to.min(now.to) - before.from.max(now.from);
            before.turn == now.turn
                && (0.5 * size..2.5 * size).contains(&down)
                && shared > 0.5 * (before.to - before.from).min(now.to - now.from)
        });
        before = Some(now);
        match out.last_mut().filter(|_| below) {
            Some(piece) => {
                piece.stretches.end = n + 1;
                piece.from = piece.from.min(now.from);
                piece.to = piece.to.max(now.to);
                piece.bottom = now.across;
            }
            None => out.push(Piece {
                stretches: n..n + 1,
                from: now.from,
                to: now.to,
                top: now.across,
                bottom: now.across,
                turn: now.turn,
            }),
        }
    }
    out
}

/// Several lines, most of them as wide as sentences are.
fn is_prose(part: &[Stretch]) -> bool {
    let wide = part.iter().filter(|s| s.to - s.from > WIDE * s.size);
    part.len() >= LINES && 2 * wide.count() > part.len()
}

/// A piece with what is drawn before and after it within its width: headings and short paragraphs.
fn grown(stretches: &[Stretch], piece: &Piece, least: usize) -> Range<usize> {
    let inside = |s: &Stretch| {
        s.turn == piece.turn && s.from > piece.from - 0.8 * s.size && s.to < piece.to + 0.8 * s.size
    };
    let Range { mut start, mut end } = piece.stretches;
    while start > least {
        let pair = (stretches.get(start - 1), stretches.get(start));
        let (Some(above), Some(below)) = pair else {
            break;
        };
        let down = below.across - above.across;
        if !inside(above) || !(-0.5 * above.size..6.0 * above.size).contains(&down) {
            break;
        }
        start -= 1;
    }
    while let (Some(above), Some(below)) = (
        end.checked_sub(1).and_then(|n| stretches.get(n)),
        stretches.get(end),
    ) {
        let down = below.across - above.across;
        if !inside(below) || !(-0.5 * below.size..6.0 * below.size).contains(&down) {
            break;
        }
        end += 1;
    }
    start.max(least)..end.max(least)
}
