//! Where text that follows a hole goes, so that its place does not tell what stood in the hole.
//!
//! What flows from the hole moves with it. Text that is placed by itself right behind a value, as many
//! writers do for every word, is placed anew: behind the hole, which is as wide as every other. The room
//! between words of a line that lost something is made the same everywhere, since in a justified line it
//! depends on all of its words; and a line that was in the middle or on the right is put there again.

use super::{
    font::Says,
    redact::{Fate, Gone, Holes},
    rewrite::HOLE,
    upright,
    walk::{Drawn, Glyph, Show, times},
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Text nearer than this to what stands before it, in font sizes, goes on with it.
const NEAR: f64 = 2.5;
/// Text further away than this may be a column, when others begin where it begins.
const COLUMN: f64 = 0.8;
/// Room between a hole and what is placed behind it.
const ROOM: f64 = 0.25;

/// Room between words that is less than this, in font sizes, is kerning.
const KERNING: f64 = 0.15;
/// Room that is more than this is between cells rather than words.
const WORDS: f64 = NEAR;
/// How far from the middle what is in the middle may be.
const MIDDLE: f64 = 1.5;

/// Room before codes, in font sizes, by the first byte of their string and their first byte in it.
pub(super) type Rooms = BTreeMap<(usize, u32), f64>;

/// Where text goes.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Shifts of showing instructions by their first byte, in the space that their line matrix leads to.
    pub shifts: HashMap<usize, (f64, f64)>,
    /// Showing instructions on lines that lost something; all room in them but this goes.
    pub plain: BTreeMap<usize, Rooms>,
    /// Those of them on lines that lose nothing that is read: room in them stays, and what goes leaves its own.
    pub still: BTreeSet<usize>,
    /// Showing instructions of text that is set downwards glyph by glyph.
    pub upright: BTreeSet<usize>,
    /// Instructions that set room after characters or words, and set none now.
    pub closed: BTreeSet<usize>,
}

/// Text that is placed once and flows on.
struct Flow<'d> {
    /// The instruction that is placed.
    show: usize,
    placed: Option<Show>,
    glyphs: Vec<&'d Glyph>,
    /// Direction.
    cos: f64,
    sin: f64,
    from: f64,
    to: f64,
    across: f64,
    size: f64,
}

impl<'d> Flow<'d> {
    fn new(show: usize, placed: Option<Show>, glyphs: Vec<&'d Glyph>) -> Option<Self> {
        let first = *glyphs.first()?;
        let long = glyphs.iter().find(|g| g.dx.hypot(g.dy) > 1e-6)?;
        let length = long.dx.hypot(long.dy);
        let (cos, sin) = (long.dx / length, long.dy / length);
        let along = |g: &Glyph| g.x * cos + g.y * sin;
        let last = glyphs.last()?;
        Some(Self {
            from: along(first),
            to: along(last) + last.dx * cos + last.dy * sin,
            across: first.x * sin - first.y * cos,
            size: glyphs.iter().map(|g| g.size).fold(0.1, f64::max),
            show,
            placed,
            glyphs,
            cos,
            sin,
        })
    }

    fn along(&self, glyph: &Glyph) -> f64 {
        glyph.x * self.cos + glyph.y * self.sin
    }

    fn is_on_line_of(&self, other: &Self) -> bool {
        let turned = (self.cos - other.cos).abs() + (self.sin - other.sin).abs();
        turned < 0.02 && (self.across - other.across).abs() < 0.35 * self.size.min(other.size)
    }
}

/// The layout of a stream's own text, worked out before anything is taken out of it. `still` are instructions
/// on lines that stay as they are, `frame` is the middle of the page or of the form.
pub(super) fn layout(
    drawn: &Drawn<'_>,
    holes: &Holes,
    still: &BTreeSet<usize>,
    frame: Option<(f64, f64)>,
) -> Layout {
    if holes.is_empty() {
        return Layout::default();
    }
    let mut flows = flows(drawn);
    flows.sort_by(|a, b| {
        let angle = |f: &Flow<'_>| f.sin.atan2(f.cos);
        angle(a)
            .total_cmp(&angle(b))
            .then(a.across.total_cmp(&b.across))
            .then(a.from.total_cmp(&b.from))
    });
    let mut starts: BTreeMap<i64, u32> = BTreeMap::new();
    for flow in &flows {
        *starts.entry(start(flow)).or_default() += 1;
    }
    let mut chains: Vec<Vec<Flow<'_>>> = Vec::new();
    let mut line: Vec<Flow<'_>> = Vec::new();
    for flow in flows {
        if line.last().is_some_and(|last| !flow.is_on_line_of(last)) {
            link(&mut line, &starts, holes, &mut chains);
        }
        line.push(flow);
    }
    link(&mut line, &starts, holes, &mut chains);
    let spans: Vec<Span> = chains.iter().filter_map(|c| Span::new(c, holes)).collect();
    // Text that only lost what lies under a box stays where it is, but for the room of that.
    let goes = |f: &Flow<'_>| f.glyphs.iter().any(|g| fate(g, holes).is_some());
    let touched = chains.iter().filter(|c| c.iter().any(goes));
    let stays = |f: &Flow<'_>| f.glyphs.iter().all(|g| still.contains(&g.at.show));
    let (kept, touched): (Vec<_>, Vec<_>) = touched.partition(|c| c.iter().all(stays));
    let mut all = Setting {
        holes,
        shows: &drawn.shows,
        out: Layout::default(),
    };
    for glyph in touched
        .iter()
        .flat_map(|c| c.iter())
        .flat_map(|f| &f.glyphs)
    {
        all.out.plain.entry(glyph.at.show).or_default();
    }
    all.close(drawn);
    for glyph in kept
        .into_iter()
        .flatten()
        .flat_map(|f| f.glyphs.iter().map(move |g| (f, *g)))
    {
        all.keep(glyph.0, glyph.1);
    }
    let own = drawn.upright.iter().filter(|(stream, _)| *stream == 0);
    all.out.upright = own.map(|(_, show)| *show).collect();
    let places = Places::new(&spans);
    for chain in touched {
        let end = all.settle(chain, 0.0);
        let middle = chain
            .first()
            .zip(frame)
            .map(|(f, (x, y))| x * f.cos + y * f.sin);
        let by = Span::new(chain, holes)
            .filter(|span| span.touched)
            .and_then(|span| span.aligned(&places, end - span.from, middle));
        if let Some(by) = by {
            all.settle(chain, by);
        }
    }
    all.out
}

/// Lines that are aligned with a line on its right or in the middle, so that it is taken to be so as well.
const ALIKE: usize = 2;

/// Where text that hangs together begins and ends along its line.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Span {
    from: f64,
    to: f64,
    across: f64,
    touched: bool,
}

impl Span {
    fn new(chain: &[Flow<'_>], holes: &Holes) -> Option<Self> {
        let first = chain.first()?;
        let glyphs = chain.iter().flat_map(|f| &f.glyphs);
        let mut fates = glyphs.map(|g| is_value(g, holes));
        Some(Self {
            from: first.from,
            to: chain.iter().map(|f| f.to).fold(first.to, f64::max),
            across: first.across,
            touched: fates.any(|gone| gone),
        })
    }

    /// How far text goes that is centred or ends where others end, and is this long now: from its place
    /// alone one could otherwise tell how long it was. None for what begins where others begin.
    fn aligned(&self, all: &Places, long: f64, middle: Option<f64>) -> Option<f64> {
        let [(starts, _), (ends, end), (centres, centre)] = all.same(self);
        // Where nothing else begins, one other line is enough to be like.
        let least = if starts == 0 {
            1
        } else {
            ALIKE.max(starts + 1)
        };
        if ends >= least && ends >= centres {
            return Some(end? - long - self.from);
        }
        if centres >= least {
            return Some(centre? - long / 2.0 - self.from);
        }
        let middle = middle.filter(|_| starts == 0)?;
        let near = (f64::midpoint(self.from, self.to) - middle).abs() < MIDDLE;
        near.then_some(middle - long / 2.0 - self.from)
    }
}

impl Span {
    /// Where it begins, where it ends, and its middle.
    fn places(&self) -> [f64; 3] {
        [self.from, self.to, f64::midpoint(self.from, self.to)]
    }
}

/// Where text begins and ends, and where its middle is; each in order, of what lost something and of what
/// did not.
#[derive(Debug, Default)]
struct Places([[Vec<f64>; 2]; 3]);

impl Places {
    fn new(spans: &[Span]) -> Self {
        let mut out = Self::default();
        // The same again in the same place, which is how bold is made, is like nothing.
        let mut all: Vec<&Span> = spans.iter().collect();
        let order = |a: &Span, b: &Span| {
            (a.from.total_cmp(&b.from))
                .then(a.to.total_cmp(&b.to))
                .then(a.across.total_cmp(&b.across))
                .then(a.touched.cmp(&b.touched))
        };
        all.sort_by(|a, b| order(a, b));
        all.dedup();
        for span in all {
            for (lists, place) in out.0.iter_mut().zip(span.places()) {
                let [whole, touched] = lists;
                if span.touched { touched } else { whole }.push(place);
            }
        }
        for list in out.0.iter_mut().flatten() {
            list.sort_by(f64::total_cmp);
        }
        out
    }

    /// How many others are like a span that lost something, and the place they have; of those that lost
    /// nothing, if there are any: what lost something itself may stand anywhere by now.
    fn same(&self, span: &Span) -> [(usize, Option<f64>); 3] {
        let mut out = [(0, None); 3];
        let all = self.0.iter().zip(span.places()).zip(&mut out);
        for (([whole, touched], at), out) in all {
            let whole = near(whole, at);
            let touched = near(touched, at);
            let others = touched.len().saturating_sub(1);
            let place = if whole.is_empty() {
                // Its own place is left out.
                let own = touched.partition_point(|p| *p < at);
                let middle = others / 2;
                let middle = middle + usize::from(middle >= own);
                touched.get(middle).filter(|_| others > 0)
            } else {
                whole.get(whole.len() / 2)
            };
            *out = (whole.len() + others, place.copied());
        }
        out
    }
}

/// Places that are not a point away.
fn near(list: &[f64], at: f64) -> &[f64] {
    let first = list.partition_point(|p| *p <= at - 1.0);
    let last = list.partition_point(|p| *p < at + 1.0);
    list.get(first..last).unwrap_or_default()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "points of a page; far ones may fall together"
)]
fn start(flow: &Flow<'_>) -> i64 {
    flow.from.round() as i64
}

/// The stream's own text, cut where it is placed.
fn flows<'d>(drawn: &'d Drawn<'_>) -> Vec<Flow<'d>> {
    let mut out = Vec::new();
    let mut glyphs: Vec<&Glyph> = Vec::new();
    let mut first = 0;
    let mut last = None;
    for glyph in drawn.glyphs.iter().filter(|g| g.at.stream == 0) {
        let begins =
            last != Some(glyph.at.show) && drawn.shows.get(&glyph.at.show).is_none_or(|s| s.placed);
        if begins {
            let placed = drawn.shows.get(&first).copied();
            out.extend(Flow::new(first, placed, std::mem::take(&mut glyphs)));
            first = glyph.at.show;
        }
        last = Some(glyph.at.show);
        glyphs.push(glyph);
    }
    let placed = drawn.shows.get(&first).copied();
    out.extend(Flow::new(first, placed, glyphs));
    out
}

/// Whether a glyph goes, and what it leaves.
pub(super) fn fate(glyph: &Glyph, holes: &Holes) -> Option<Fate> {
    let gone = Gone {
        string: glyph.at.string,
        from: glyph.at.from,
        to: glyph.at.to,
    };
    holes.get(&glyph.at.show)?.get(&gone).copied()
}

/// Whether a glyph goes for what it says.
fn is_value(glyph: &Glyph, holes: &Holes) -> bool {
    fate(glyph, holes).is_some_and(|f| f != Fate::Hidden)
}

/// Cuts a line into what hangs together, from left to right; what lies under a box stays where it is, as the
/// box does, and so does what is behind it.
fn link<'d>(
    line: &mut Vec<Flow<'d>>,
    starts: &BTreeMap<i64, u32>,
    holes: &Holes,
    out: &mut Vec<Vec<Flow<'d>>>,
) {
    let hidden = |f: &Flow<'_>| {
        f.glyphs
            .iter()
            .all(|g| fate(g, holes) == Some(Fate::Hidden))
    };
    line.sort_by(|a, b| a.from.total_cmp(&b.from));
    let mut chain: Vec<Flow<'d>> = Vec::new();
    let mut end = f64::MIN;
    for flow in line.drain(..) {
        let gap = flow.from - end;
        let begun = starts.get(&start(&flow)).copied().unwrap_or(0);
        let column = gap > COLUMN * flow.size && begun > 2;
        let near = gap < NEAR * flow.size && gap > -2.0 * flow.size;
        let apart = hidden(&flow) || chain.last().is_some_and(&hidden);
        if !chain.is_empty() && (!near || column || apart) {
            out.push(std::mem::take(&mut chain));
        }
        end = if chain.is_empty() {
            flow.to
        } else {
            end.max(flow.to)
        };
        chain.push(flow);
    }
    if !chain.is_empty() {
        out.push(chain);
    }
}

/// Lines while they are set anew.
struct Setting<'s> {
    holes: &'s Holes,
    shows: &'s HashMap<usize, Show>,
    out: Layout,
}

fn is_space(glyph: &Glyph) -> bool {
    matches!(glyph.says, Says::Char(c) if c.is_whitespace())
}

/// The room between two words of a line, in font sizes, when it was this much.
fn room(was: f64, spaced: bool) -> f64 {
    if !(-KERNING..WORDS).contains(&was) {
        was
    } else if spaced || was < KERNING {
        0.0
    } else {
        ROOM
    }
}

impl Setting<'_> {
    /// Finds instructions that set room for such lines only.
    fn close(&mut self, drawn: &Drawn<'_>) {
        let mut others = BTreeSet::new();
        let mut own = BTreeSet::new();
        let mut last = None;
        for glyph in drawn.glyphs.iter().filter(|g| g.at.stream == 0) {
            if last == Some(glyph.at.show) {
                continue;
            }
            last = Some(glyph.at.show);
            let plain = self.out.plain.contains_key(&glyph.at.show);
            let into = if plain { &mut own } else { &mut others };
            if let Some(show) = self.shows.get(&glyph.at.show) {
                into.extend([show.character.1, show.word.1].into_iter().flatten());
            }
        }
        self.out.closed = own.difference(&others).copied().collect();
    }

    /// What goes of a line that stays as it is leaves its room.
    fn keep(&mut self, flow: &Flow<'_>, glyph: &Glyph) {
        if fate(glyph, self.holes).is_none() {
            return;
        }
        let wide = glyph.dx * flow.cos + glyph.dy * flow.sin;
        let room = wide / self.em(glyph);
        let rooms = self.out.plain.entry(glyph.at.show).or_default();
        rooms.insert((glyph.at.string, glyph.at.from), room);
        self.out.still.insert(glyph.at.show);
    }

    /// The font's size along a line.
    fn em(&self, glyph: &Glyph) -> f64 {
        let show = self.shows.get(&glyph.at.show).filter(|s| !s.vertical);
        let em = show.map_or(glyph.size, |show| {
            let [a, b, c, d, ..] = times(&show.line, &show.ctm);
            // Letters may be wider than they are high.
            let (wide, high) = (a.hypot(b), c.hypot(d));
            let wider = if high > 1e-9 { wide / high } else { 1.0 };
            glyph.size * wider * show.scale.abs()
        });
        if em > 1e-6 { em } else { 1.0 }
    }

    /// Sets text that hangs together and itself goes this far; gives where it then ends.
    fn settle(&mut self, chain: &[Flow<'_>], by: f64) -> f64 {
        // Where the text before ended, where it ends now, whether a value ended it, and its last glyph.
        let mut before: Option<(f64, f64, bool, &Glyph)> = None;
        let mut last = f64::MIN;
        for flow in chain {
            let mut shift = by;
            if let Some((old, new, gone, glyph)) = before {
                let first = flow.glyphs.first();
                let begins = first.is_some_and(|g| is_value(g, self.holes));
                let spaced = is_space(glyph) || first.is_some_and(|g| is_space(g));
                // Of a value that is drawn in pieces the later ones leave nothing at all.
                let piece = flow
                    .glyphs
                    .iter()
                    .all(|g| fate(g, self.holes) == Some(Fate::Goes));
                let room = if spaced || piece {
                    0.0
                } else if gone || begins {
                    ROOM
                } else {
                    room((flow.from - old) / flow.size, false)
                };
                shift = new + room * flow.size - flow.from;
            }
            if let Some(show) = flow.placed {
                self.out.shifts.remove(&flow.show);
                let all = shift + self.aside(flow, &show);
                let by = (all * flow.cos, all * flow.sin);
                if let Some(by) = turned(by, &show).filter(|_| shift.abs() > 1e-6) {
                    self.out.shifts.insert(flow.show, by);
                }
            }
            let (end, gone) = self.flow(flow, shift);
            last = last.max(end);
            if let Some(glyph) = flow.glyphs.last()
                && before.is_none_or(|(old, ..)| flow.to >= old)
            {
                before = Some((flow.to, end, gone, glyph));
            }
        }
        last
    }

    /// How far a glyph of text that is set downwards is read from where it stands: such glyphs may lie over
    /// one another.
    fn aside(&self, flow: &Flow<'_>, show: &Show) -> f64 {
        if !self.out.upright.contains(&flow.show) {
            return 0.0;
        }
        let [.., x, y] = times(&show.line, &show.ctm);
        let stands = x * flow.cos + y * flow.sin - upright::TOP * flow.size;
        let aside = flow.from - stands;
        if aside.abs() > 0.01 * flow.size {
            aside
        } else {
            0.0
        }
    }

    /// Where a flow ends once its codes are taken out, and whether one was its last.
    fn flow(&mut self, flow: &Flow<'_>, shift: f64) -> (f64, bool) {
        let mut at = flow.from + shift;
        let mut before: Option<(&Glyph, f64)> = None;
        let mut gone = false;
        for glyph in &flow.glyphs {
            let from = flow.along(glyph);
            let wide = glyph.dx * flow.cos + glyph.dy * flow.sin;
            let em = self.em(glyph);
            let fate = fate(glyph, self.holes);
            if fate == Some(Fate::Hidden) {
                // The box stays, and so does what is behind it.
                let to = from + wide;
                if let Some(rooms) = self.out.plain.get_mut(&glyph.at.show) {
                    rooms.insert((glyph.at.string, glyph.at.from), (to - at) / em);
                }
                at = to;
                gone = false;
            } else if let Some(fate) = fate {
                if fate == Fate::Begins {
                    at += HOLE * em;
                }
                gone = true;
            } else {
                // Kerning beside what is taken out goes with it.
                if let Some((other, old)) = before.filter(|_| !gone) {
                    let spaced = is_space(other) || is_space(glyph);
                    let room = room((from - old) / em, spaced);
                    if room.abs() > 1e-4
                        && let Some(rooms) = self.out.plain.get_mut(&glyph.at.show)
                    {
                        rooms.insert((glyph.at.string, glyph.at.from), room);
                        at += room * em;
                    }
                }
                at += wide - self.extra(glyph);
                gone = false;
            }
            before = Some((glyph, from + wide));
        }
        (at, gone)
    }

    /// Room after a glyph that is not there any more.
    fn extra(&self, glyph: &Glyph) -> f64 {
        let Some(show) = self.shows.get(&glyph.at.show) else {
            return 0.0;
        };
        let closed = |(by, at): (f64, Option<usize>)| {
            at.filter(|at| self.out.closed.contains(at))
                .map_or(0.0, |_| by)
        };
        let space = glyph.says == Says::Char(' ') && glyph.at.to - glyph.at.from == 1;
        closed(show.character) + if space { closed(show.word) } else { 0.0 }
    }
}

/// A shift on the page in the space that the line matrix leads to.
fn turned(by: (f64, f64), show: &Show) -> Option<(f64, f64)> {
    let [a, b, c, d, ..] = show.ctm;
    let det = a * d - b * c;
    (det.abs() > 1e-9).then(|| ((by.0 * d - by.1 * c) / det, (by.1 * a - by.0 * b) / det))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::pdf::hostile::{MANY, soon};
    use proptest::prelude::*;

    /// What [`Places::same`] gives, span by span.
    fn one_by_one(all: &[Span], span: &Span) -> [(usize, Option<f64>); 3] {
        let mut others: Vec<&Span> = Vec::new();
        for other in all.iter().filter(|o| *o != span) {
            if !others.contains(&other) {
                others.push(other);
            }
        }
        std::array::from_fn(|n| {
            let place = |s: &Span| s.places()[n];
            let near = others
                .iter()
                .filter(|o| (place(o) - place(span)).abs() < 1.0);
            let (touched, whole): (Vec<&Span>, Vec<&Span>) = near.partition(|o| o.touched);
            let kept = if whole.is_empty() { &touched } else { &whole };
            let mut places: Vec<f64> = kept.iter().map(|s| place(s)).collect();
            places.sort_by(f64::total_cmp);
            let middle = places.get(places.len() / 2).copied();
            (touched.len() + whole.len(), middle)
        })
    }

    fn spans() -> impl Strategy<Value = Vec<Span>> {
        let span = (0..9_u8, 0..9_u8, 0..3_u8, any::<bool>());
        let span = span.prop_map(|(from, long, across, touched)| Span {
            from: 0.375 * f64::from(from),
            to: 0.375 * f64::from(from + long),
            across: f64::from(across),
            touched,
        });
        proptest::collection::vec(span, 1..12)
    }

    proptest! {
        #[test]
        fn lines_that_are_alike_are_found_in_order_as_they_are_one_by_one(all in spans()) {
            let places = Places::new(&all);
            for span in all.iter().filter(|s| s.touched) {
                prop_assert_eq!(places.same(span), one_by_one(&all, span));
            }
        }
    }

    #[test]
    fn lines_that_all_lose_something_and_begin_alike() {
        let all: Vec<Span> = (0..u32::try_from(MANY).unwrap())
            .map(|n| Span {
                from: 72.0,
                to: 172.0,
                across: f64::from(n),
                touched: true,
            })
            .collect();
        soon("lines", || {
            let places = Places::new(&all);
            for span in &all {
                assert_eq!(places.same(span)[0], (MANY - 1, Some(72.0)));
            }
        });
    }
}
