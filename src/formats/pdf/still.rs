//! Lines that lose nothing but glyphs that nobody sees or can read. They stay as they are: nothing on them
//! tells of a value, and what is taken out leaves its room.

use super::{
    redact::{Fate, Gone, Holes, gone},
    shift::fate,
    walk::{Drawn, Glyph},
};
use std::collections::{BTreeSet, HashSet};

/// Such lines of one stream.
#[derive(Debug, Default)]
pub(super) struct Still {
    /// What is to go, as the whole stream sees it.
    pub holes: Holes,
    /// Instructions that show text on such lines alone.
    pub shows: BTreeSet<usize>,
}

/// Part of a line: its direction, and how far it is from where lines are counted from.
type Row = (i64, i64);

const ROW: f64 = 4.0;

/// The row of the page that a glyph stands in.
#[expect(
    clippy::cast_possible_truncation,
    reason = "rows of a page; far ones may fall together"
)]
pub(super) fn row(glyph: &Glyph) -> Row {
    let long = glyph.dx.hypot(glyph.dy).max(1e-9);
    let (cos, sin) = (glyph.dx / long, glyph.dy / long);
    let across = glyph.x * sin - glyph.y * cos;
    let turn = (sin.atan2(cos).to_degrees() / 2.0).round() as i64;
    (turn, (across / ROW).floor() as i64)
}

/// A row and those beside it.
pub(super) fn beside((turn, at): Row) -> [Row; 3] {
    [at.saturating_sub(1), at, at.saturating_add(1)].map(|at| (turn, at))
}

/// Finds such lines. `muted` are the glyphs that nobody can read.
pub(super) fn still(drawn: &Drawn<'_>, holes: &Holes, muted: &BTreeSet<Gone>) -> Still {
    let mut out = Still {
        holes: holes.clone(),
        shows: BTreeSet::new(),
    };
    let own = || drawn.glyphs.iter().filter(|g| g.at.stream == 0);
    let quiet = |g: &Glyph| match fate(g, holes) {
        None | Some(Fate::Hidden) => true,
        Some(_) => muted.contains(&gone(&g.at)),
    };
    if !own().any(|g| quiet(g) && fate(g, holes).is_some()) {
        return out;
    }
    let told: HashSet<Row> = own().filter(|g| !quiet(g)).map(row).collect();
    let mut moved = BTreeSet::new();
    for glyph in own() {
        // Of text without a size no room is left by the means that text has.
        let flat = glyph.size < 0.01;
        if flat || beside(row(glyph)).iter().any(|r| told.contains(r)) {
            moved.insert(glyph.at.show);
        } else {
            out.shows.insert(glyph.at.show);
        }
    }
    out.shows.retain(|show| !moved.contains(show));
    for show in &out.shows {
        let codes = out.holes.get_mut(show).into_iter().flatten();
        codes.for_each(|(_, fate)| *fate = Fate::Hidden);
    }
    out
}
