//! Tables: rows and columns of a page, from where the stretches of its lines stand.
//!
//! Lines whose stretches stand under one another are rows; what stands closely under a part of a row is
//! the rest of its cells. Everything else is running text.

use super::lines::{Line, Segment, Text, lines};
use super::walk::Glyph;
use crate::model::{CellAt, CellKind};

/// Most columns of a table.
const COLUMNS: usize = 64;
/// Lines of one cell are this close, in heights of the line.
const CLOSE: f64 = 1.45;
/// Lines of one name of a column are this close: they may stand further apart than those of other cells.
const CLOSE_NAMES: f64 = 1.9;
/// Rows of one table are this close.
const NEAR: f64 = 4.5;

/// A part of a page.
#[derive(Debug)]
pub(super) enum Block {
    /// Running text.
    Lines(Text),
    /// A table.
    Table(Table),
}

/// A table's cells.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Cells, told apart by tabs, and rows, by line ends.
    pub text: Text,
    pub cells: Vec<CellAt>,
    /// Rows.
    pub rows: u32,
    /// Where the columns begin and end.
    pub columns: Vec<(f64, f64)>,
}

impl Table {
    /// Whether the first row may name the columns: names have no numbers in them.
    pub(super) fn is_headed(&self) -> bool {
        let first = self.text.text.lines().next().unwrap_or_default();
        first.chars().filter(char::is_ascii_digit).count() < 3
    }
}

/// The parts of what is drawn together, from top to bottom.
pub(super) fn blocks(glyphs: &[Glyph]) -> Vec<Block> {
    let lines = lines(glyphs);
    let mut out = Vec::new();
    let mut text = Text::default();
    let mut plain: Vec<&Line> = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let rest = lines.get(at..).unwrap_or_default();
        if let Some((count, table)) = table(rest) {
            close(&mut plain, &mut text, &mut out);
            out.push(Block::Table(table));
            at += count;
            continue;
        }
        line.write(&mut text);
        plain.push(line);
        at += 1;
    }
    close(&mut plain, &mut text, &mut out);
    out
}

/// Ends a run of lines.
fn close(plain: &mut Vec<&Line>, text: &mut Text, out: &mut Vec<Block>) {
    for pair in plain.windows(2) {
        if let [above, below] = pair {
            broken(above, below, text);
        }
    }
    plain.clear();
    if !text.text.is_empty() {
        out.push(Block::Lines(std::mem::take(text)));
    }
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || ('\u{ff10}'..='\u{ff5a}').contains(&c)
}

/// How many bytes at the end of one text and at the start of another are one number that is broken.
fn number(above: &str, below: &str) -> Option<(usize, usize)> {
    let length = |chars: &mut dyn Iterator<Item = char>| -> usize {
        chars
            .take_while(|c| is_part(*c))
            .take(40)
            .map(char::len_utf8)
            .sum()
    };
    let tail = length(&mut above.chars().rev());
    let head = length(&mut below.chars());
    let first = above.get(above.len() - tail..)?;
    let second = below.get(..head)?;
    let digits = |text: &str| text.chars().filter(|c| c.is_numeric()).count();
    // Numbers go on with digits and capitals; small letters begin a word.
    let word = second.chars().any(char::is_lowercase);
    let parts = !first.is_empty() && !second.is_empty();
    let all = digits(first) + digits(second);
    // A number whole in one of the two is read already.
    let whole = digits(first) >= 11 && digits(second) >= 11;
    let fits = (11..=40).contains(&all) && first.chars().count() + second.chars().count() <= 40;
    (parts && !word && fits && !whole).then_some((tail, head))
}

/// Numbers that a narrow column breaks over two lines, put together again: a line each.
fn broken(above: &Line, below: &Line, out: &mut Text) {
    let size = above.size.max(below.size);
    let apart = below.across - above.across;
    if above.turn != below.turn || apart < 0.8 * size || apart > 2.0 * size {
        return;
    }
    for first in &above.segments {
        let under = |s: &&Segment| (s.from - first.from).abs() < 0.6 * size;
        for second in below.segments.iter().filter(under) {
            let (one, two) = (&first.text, &second.text);
            if let Some((tail, head)) = number(&one.text, &two.text) {
                out.add(&one.part(one.text.len() - tail..one.text.len()));
                out.add(&two.part(0..head));
                out.space("\n");
            }
        }
    }
}

/// One row while it is put together: its cells, and the line that it began with.
struct Row {
    cells: Vec<Vec<Text>>,
    last: f64,
}

/// The table that begins with the first line, if one does, and how many lines it takes.
fn table(lines: &[Line]) -> Option<(usize, Table)> {
    let first = lines.first()?;
    let next = lines.get(1)?;
    if first.segments.len() < 2 || !is_near(first, next) {
        return None;
    }
    let columns = columns(lines)?;
    let starts: Vec<f64> = columns.iter().map(|c| c.0).collect();
    let mut rows: Vec<Row> = Vec::new();
    let mut taken = 0;
    let mut before: Option<&Line> = None;
    for line in lines {
        if before.is_some_and(|b| !is_near(b, line)) {
            break;
        }
        // Cells that touch the next are cut where columns begin.
        let cut;
        let (line, places) = if let Some(places) = places(line, &columns) {
            (line, places)
        } else {
            let near = 0.4 * line.size;
            cut = Line {
                segments: line
                    .segments
                    .iter()
                    .flat_map(|s| s.split(&starts, near))
                    .collect(),
                ..*line
            };
            match places(&cut, &columns) {
                Some(places) => (&cut, places),
                None => break,
            }
        };
        let names = rows.len() == 1 && rows.last().is_some_and(is_names) && !has_digits(line);
        let close = if names { CLOSE_NAMES } else { CLOSE };
        let continues = rows.last().is_some_and(|row| {
            let apart = line.across - row.last;
            let fewer = places.len() < columns.len();
            apart < 0.9 * line.size
                || (fewer && apart < close * line.size && row_goes_on(row, &places))
        });
        if !continues {
            if places.len() < 2 && !rows.is_empty() && !goes_on(lines, taken, &columns) {
                break;
            }
            rows.push(Row {
                cells: columns.iter().map(|_| Vec::new()).collect(),
                last: line.across,
            });
        }
        let row = rows.last_mut()?;
        row.last = line.across;
        for (segment, column) in line.segments.iter().zip(&places) {
            let mut text = Text::default();
            text.add(&segment.text);
            row.cells.get_mut(*column)?.push(text);
        }
        before = lines.get(taken);
        taken += 1;
    }
    let filled = rows
        .iter()
        .filter(|r| r.cells.iter().filter(|c| !c.is_empty()).count() >= 2)
        .count();
    let enough = filled >= if columns.len() > 2 { 2 } else { 3 };
    (enough && columns.len() >= 2).then(|| (taken, written(&rows, columns)))
}

/// Whether a line lies near enough below another to belong to its table.
fn is_near(above: &Line, below: &Line) -> bool {
    let size = above.size.max(below.size);
    let apart = below.across - above.across;
    // What stands higher up is another column of the page.
    above.turn == below.turn && apart > -0.5 * size && apart < NEAR * size
}

/// Whether a line with one stretch is followed by further rows.
fn goes_on(lines: &[Line], at: usize, columns: &[(f64, f64)]) -> bool {
    let rest = lines.get(at + 1..).unwrap_or_default();
    rest.iter()
        .take(2)
        .any(|l| places(l, columns).is_some_and(|p| p.len() * 2 > columns.len()))
}

/// A line below a row is the rest of its cells when all its stretches stand under filled ones.
fn row_goes_on(row: &Row, places: &[usize]) -> bool {
    places
        .iter()
        .all(|p| row.cells.get(*p).is_some_and(|c| !c.is_empty()))
}

/// Whether a row has a name in every column, and no number.
fn is_names(row: &Row) -> bool {
    let digits = |text: &Text| text.text.contains(|c: char| c.is_ascii_digit());
    let named = |cell: &Vec<Text>| !cell.is_empty() && !cell.iter().any(digits);
    row.cells.len() > 2 && row.cells.iter().all(named)
}

fn has_digits(line: &Line) -> bool {
    let digit = |c: char| c.is_ascii_digit();
    line.segments.iter().any(|s| s.text.text.contains(digit))
}

/// Columns as the fullest of the first lines has them, widened by what stands in them further down.
fn columns(lines: &[Line]) -> Option<Vec<(f64, f64)>> {
    let mut near = 1;
    while let (Some(above), Some(below)) = (lines.get(near - 1), lines.get(near)) {
        if near >= 12 || !is_near(above, below) {
            break;
        }
        near += 1;
    }
    let head = lines.get(..near)?;
    let fullest = head.iter().map(|l| l.segments.len()).max()?;
    let fullest = head.iter().find(|l| l.segments.len() == fullest)?;
    if !(2..=COLUMNS).contains(&fullest.segments.len()) {
        return None;
    }
    let mut out: Vec<(f64, f64)> = fullest.segments.iter().map(|s| (s.from, s.to)).collect();
    for line in head {
        let Some(found) = places(line, &out) else {
            continue;
        };
        for (segment, column) in line.segments.iter().zip(found) {
            let low = column.checked_sub(1).and_then(|n| out.get(n)).map(|c| c.1);
            let high = out.get(column + 1).map(|c| c.0);
            if let Some(own) = out.get_mut(column) {
                own.0 = own.0.min(segment.from.max(low.unwrap_or(f64::MIN)));
                own.1 = own.1.max(segment.to.min(high.unwrap_or(f64::MAX)));
            }
        }
    }
    Some(out)
}

/// The column of each stretch of a line; nothing when one stands in several or two in one.
fn places(line: &Line, columns: &[(f64, f64)]) -> Option<Vec<usize>> {
    let mut out: Vec<usize> = Vec::with_capacity(line.segments.len());
    for segment in &line.segments {
        let overlap = |c: &(f64, f64)| segment.to.min(c.1) - segment.from.max(c.0);
        let mut over = columns
            .iter()
            .enumerate()
            .filter(|(_, c)| overlap(c) > 0.0)
            .map(|(n, _)| n);
        let place = match (over.next(), over.next()) {
            (Some(one), None) => one,
            (Some(_), Some(_)) => return None,
            // Between columns: the one that it is nearest to.
            (None, _) => {
                let apart = |c: &(f64, f64)| (segment.from - c.1).max(c.0 - segment.to);
                let nearest = columns
                    .iter()
                    .enumerate()
                    .min_by(|a, b| apart(a.1).total_cmp(&apart(b.1)))?;
                if apart(nearest.1) > 3.0 * line.size {
                    return None;
                }
                nearest.0
            }
        };
        if out.last().is_some_and(|last| *last >= place) {
            return None;
        }
        out.push(place);
    }
    Some(out)
}

fn is_wide(c: Option<char>) -> bool {
    c.is_some_and(|c| u32::from(c) >= 0x2e80)
}

/// Writes the rows.
fn written(rows: &[Row], columns: Vec<(f64, f64)>) -> Table {
    let mut out = Table {
        columns,
        ..Table::default()
    };
    for (number, row) in (0_u32..).zip(rows) {
        for (column, pieces) in (1_u32..).zip(&row.cells) {
            if column > 1 {
                out.text.space("\t");
            }
            let start = out.text.text.len();
            let mut before: Option<&Text> = None;
            for piece in pieces {
                if let Some(before) = before {
                    let last = before.text.chars().next_back();
                    let wide = is_wide(last) || is_wide(piece.text.chars().next());
                    if !wide && number_is_whole(&before.text, &piece.text) {
                        out.text.space(" ");
                    }
                }
                out.text.add(piece);
                before = Some(piece);
            }
            let (start, end) = (u32::try_from(start), u32::try_from(out.text.text.len()));
            if let (Ok(start), Ok(end)) = (start, end)
                && start < end
            {
                out.cells.push(CellAt {
                    row: number,
                    column,
                    start,
                    end,
                    kind: CellKind::Text,
                });
            }
        }
        out.text.space("\n");
        out.rows = number + 1;
    }
    out
}

/// Whether nothing is broken between two lines of a cell.
fn number_is_whole(above: &str, below: &str) -> bool {
    number(above, below).is_none()
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
                size: 10.0,
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
    fn rows_and_columns_and_cells_of_several_lines() {
        let mut glyphs = Vec::new();
        put(&mut glyphs, 0.0, 200.0, "a line above the table");
        for (n, (no, name, id)) in [
            ("No", "name", "identity"),
            ("1", "Li Na", "110105"),
            ("2", "Wang", "220106"),
        ]
        .into_iter()
        .enumerate()
        {
            let y = 160.0 - 20.0 * f64::from(u8::try_from(n).unwrap());
            put(&mut glyphs, 0.0, y, no);
            put(&mut glyphs, 60.0, y, name);
            put(&mut glyphs, 150.0, y, id);
        }
        // The identity of the last row goes on below.
        put(&mut glyphs, 150.0, 108.0, "19800101");
        let found = blocks(&glyphs);
        let [Block::Lines(above), Block::Table(table)] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(above.text, "a line above the table\n");
        assert_eq!(
            table.text.text,
            "No\tname\tidentity\n1\tLi Na\t110105\n2\tWang\t22010619800101\n"
        );
        assert_eq!((table.rows, table.cells.len()), (3, 9));
    }

    #[test]
    fn names_of_columns_in_several_lines_are_one_row() {
        let mut glyphs = Vec::new();
        let rows = [
            ["booked", "text", "amount"],
            ["and", "", "in"],
            ["dated", "", "EUR"],
            ["01", "Transfer", "140"],
            ["02", "Transfer", "150"],
        ];
        for (n, row) in (0_i32..).zip(rows) {
            // The lines of names stand further apart than those of other cells would.
            let y = 200.0 - 16.0 * f64::from(n);
            for (x, text) in [0.0, 80.0, 200.0].into_iter().zip(row) {
                put(&mut glyphs, x, y, text);
            }
        }
        let found = blocks(&glyphs);
        let [Block::Table(table)] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(
            table.text.text,
            "booked and dated\ttext\tamount in EUR\n01\tTransfer\t140\n02\tTransfer\t150\n"
        );
    }

    #[test]
    fn a_number_broken_by_a_narrow_column_is_whole_again() {
        let mut glyphs = Vec::new();
        put(&mut glyphs, 0.0, 100.0, "number");
        put(&mut glyphs, 0.0, 86.0, "1101051949");
        put(&mut glyphs, 0.0, 72.0, "1231002X");
        let found = blocks(&glyphs);
        let [Block::Lines(text)] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(
            text.text,
            "number\n1101051949\n1231002X\n11010519491231002X\n"
        );
    }
}
