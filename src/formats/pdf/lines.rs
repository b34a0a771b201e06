//! Lines of text from where glyphs stand.
//!
//! Glyphs that follow one another are a run; runs on one base line are a line, whatever the order they
//! were drawn in. Runs that lie over one another become lines of their own.

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
    pub text: String,
}

/// Shares of the font's height.
const JOINT: f64 = 0.22;
const BACK: f64 = 0.35;
const BASE: f64 = 0.35;
/// Widest gap between digits that stand one by one in boxes.
const COMB: f64 = 1.2;
/// Most lines that may lie over one another.
const TRACKS: usize = 32;

#[derive(Debug)]
struct Run {
    text: String,
    size: f64,
    /// Direction in degrees, rounded.
    turn: i32,
    /// Along and across the direction; across grows downwards.
    from: f64,
    to: f64,
    across: f64,
}

/// Collects glyphs of a page and makes its text.
#[derive(Debug, Default)]
pub(super) struct Lines {
    runs: Vec<Run>,
    direction: (f64, f64),
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
    pub(super) fn add(&mut self, glyph: &Glyph) {
        if ![glyph.x, glyph.y, glyph.dx, glyph.dy, glyph.size]
            .iter()
            .all(|v| v.is_finite() && v.abs() < 1e9)
        {
            return self.push_alone(glyph);
        }
        let (cos, sin) = turned(glyph, self.direction);
        self.direction = (cos, sin);
        #[expect(clippy::cast_possible_truncation, reason = "an angle")]
        let turn = (sin.atan2(cos).to_degrees() / 2.0).round() as i32;
        let from = glyph.x * cos + glyph.y * sin;
        let across = glyph.x * sin - glyph.y * cos;
        let to = from + glyph.dx.hypot(glyph.dy);
        let size = glyph.size.max(0.1);
        if let Some(run) = self.runs.last_mut() {
            let gap = from - run.to;
            let near = turn == run.turn && (across - run.across).abs() < BASE * size.max(run.size);
            if near && gap < JOINT * size && gap > -BACK * size {
                run.text.push_str(&glyph.text);
                run.to = to;
                run.size = run.size.max(size);
                return;
            }
        }
        self.runs.push(Run {
            text: glyph.text.clone(),
            size,
            turn,
            from,
            to,
            across,
        });
    }

    /// A glyph that stands nowhere: at the end of what was drawn before it.
    fn push_alone(&mut self, glyph: &Glyph) {
        match self.runs.last_mut() {
            Some(run) => run.text.push_str(&glyph.text),
            None => self.runs.push(Run {
                text: glyph.text.clone(),
                size: 1.0,
                turn: 0,
                from: 0.0,
                to: 0.0,
                across: 0.0,
            }),
        }
    }

    /// The page's text, a line a line, and forgets it.
    pub(super) fn take(&mut self) -> String {
        let mut runs = std::mem::take(&mut self.runs);
        self.direction = (0.0, 0.0);
        runs.retain(|run| !run.text.is_empty());
        let joined = joined(&runs);
        runs.sort_by(|a, b| {
            (a.turn.cmp(&b.turn))
                .then(a.across.total_cmp(&b.across))
                .then(a.from.total_cmp(&b.from))
        });
        let mut out = String::new();
        let mut line: Vec<Run> = Vec::new();
        for run in runs {
            let same = line.last().is_some_and(|last| {
                last.turn == run.turn
                    && (run.across - last.across).abs() < BASE * last.size.min(run.size)
            });
            if !same {
                write(&mut line, &mut out);
            }
            line.push(run);
        }
        write(&mut line, &mut out);
        out.push_str(&joined);
        out
    }
}

/// Numbers that a narrow column breaks over two lines, put together again: a line each. Runs are in the
/// order they were drawn in, in which a cell's lines follow one another.
fn joined(runs: &[Run]) -> String {
    let part = |c: &char| c.is_ascii_alphanumeric() || ('\u{ff10}'..='\u{ff5a}').contains(c);
    let mut out = String::new();
    for pair in runs.windows(2) {
        let [above, below] = pair else { continue };
        let size = above.size.max(below.size);
        let apart = below.across - above.across;
        let under = above.turn == below.turn
            && (above.from - below.from).abs() < 0.6 * size
            && apart > 0.8 * size
            && apart < 2.0 * size;
        if !under {
            continue;
        }
        let tail: Vec<char> = above.text.chars().rev().take_while(part).take(40).collect();
        // Numbers go on with digits and capitals; small letters begin a word.
        let word = below
            .text
            .chars()
            .take_while(part)
            .any(|c: char| c.is_lowercase());
        let head: Vec<char> = below.text.chars().take_while(part).take(40).collect();
        let all: String = tail.iter().rev().chain(&head).collect();
        let digits = all.chars().filter(|c| c.is_numeric()).count();
        // A number whole in one of the two has been read already.
        if !word
            && !tail.is_empty()
            && !head.is_empty()
            && digits >= 11
            && tail.len() + head.len() <= 40
        {
            out.push_str(&all);
            out.push('\n');
        }
    }
    out
}

/// Writes the runs of one base line.
fn write(line: &mut Vec<Run>, out: &mut String) {
    line.sort_by(|a, b| a.from.total_cmp(&b.from));
    let mut tracks: Vec<(String, f64, f64)> = Vec::new();
    for run in line.drain(..) {
        // The same again in the same place is how bold is made.
        let doubled = tracks.iter().any(|(text, _, start)| {
            *text == run.text && (start - run.from).abs() < 0.15 * run.size
        });
        if doubled {
            continue;
        }
        let free = tracks
            .iter()
            .position(|(_, end, _)| run.from > end - BACK * run.size);
        let full = tracks.len() >= TRACKS;
        match free
            .or(full.then_some(TRACKS - 1))
            .and_then(|n| tracks.get_mut(n))
        {
            Some((text, end, _)) => {
                let gap = run.from - *end;
                let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit() || c == 'X');
                let single = run.text.chars().count() == 1 && digit(run.text.chars().next());
                let comb = single && digit(text.chars().next_back()) && gap < COMB * run.size;
                if !comb
                    && gap >= JOINT * run.size
                    && !text.ends_with(' ')
                    && !run.text.starts_with(' ')
                {
                    text.push_str(if gap > 3.0 * run.size { "\t" } else { " " });
                }
                text.push_str(&run.text);
                *end = end.max(run.to);
            }
            None => tracks.push((run.text, run.to, run.from)),
        }
    }
    for (text, _, _) in tracks {
        let text = text.trim_end();
        if !text.is_empty() {
            out.push_str(text);
            out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(lines: &mut Lines, x: f64, y: f64, text: &str) {
        for (n, c) in (0_i32..).zip(text.chars()) {
            lines.add(&Glyph {
                x: x + 6.0 * f64::from(n),
                y,
                dx: 6.0,
                dy: 0.0,
                size: 12.0,
                text: c.to_string(),
            });
        }
    }

    #[test]
    fn digits_drawn_one_by_one_and_out_of_order_are_one_value() {
        let mut lines = Lines::default();
        let number = "13800138000";
        for n in [3, 0, 7, 1, 2, 10, 9, 8, 4, 5, 6] {
            let x = 100.0 + 6.0 * f64::from(u8::try_from(n).unwrap());
            put(&mut lines, x, 700.0, &number[n..=n]);
        }
        put(&mut lines, 100.0, 720.0, "above");
        assert_eq!(lines.take(), "above\n13800138000\n");
    }

    #[test]
    fn gaps_are_spaces_and_tabs_and_boxes_are_not() {
        let mut lines = Lines::default();
        put(&mut lines, 0.0, 0.0, "ab");
        put(&mut lines, 16.0, 0.0, "cd");
        put(&mut lines, 200.0, 0.0, "ef");
        for (n, digit) in (0_i32..).zip(["1", "2", "3"]) {
            put(&mut lines, 18.0 * f64::from(n), -30.0, digit);
        }
        assert_eq!(lines.take(), "ab cd\tef\n123\n");
    }

    #[test]
    fn a_number_broken_by_a_narrow_column_is_whole_again() {
        let mut lines = Lines::default();
        put(&mut lines, 0.0, 100.0, "name");
        put(&mut lines, 100.0, 100.0, "1101051949");
        put(&mut lines, 100.0, 86.0, "1231002X");
        put(&mut lines, 300.0, 100.0, "end");
        assert_eq!(
            lines.take(),
            "name\t1101051949\tend\n1231002X\n11010519491231002X\n"
        );
    }

    #[test]
    fn what_lies_over_another_is_a_line_of_its_own() {
        let mut lines = Lines::default();
        put(&mut lines, 0.0, 0.0, "abcdef");
        put(&mut lines, 0.0, 0.0, "123456");
        put(&mut lines, 0.2, 0.0, "abcdef");
        assert_eq!(lines.take(), "abcdef\n123456\n");
    }
}
