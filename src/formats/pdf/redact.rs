//! What is to go: which codes of which streams.

use super::{
    font::Says,
    lines::Text,
    notice::Why,
    remains::Sum,
    secrets::{Finder, Secrets},
    still::{beside, row},
    walk::{At, Cover, Drawn, Glyph, Key},
    work::Changes,
};
use lopdf::ObjectId;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, btree_map::Entry};

/// Glyphs of one value further apart than this, in font sizes, leave holes of their own.
const APART: f64 = 2.5;
/// Most places of one sign, in one cell of the page, that others are compared with.
const CROWD: usize = 32;

/// A code that is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Gone {
    /// First byte of the string it is in.
    pub string: usize,
    /// Its bytes there, once unescaped.
    pub from: u32,
    /// Likewise.
    pub to: u32,
}

/// What a code that goes leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    /// Its room: it lies under a box that stays, and what is behind it stays where it is.
    Hidden,
    /// Nothing: it goes on with a value.
    Goes,
    /// A hole, which begins with it.
    Begins,
}

/// Codes of one stream that are to go, by the instruction that shows them.
pub(super) type Holes = BTreeMap<usize, BTreeMap<Gone, Fate>>;

/// All that is to go.
#[derive(Debug, Default)]
pub(super) struct Redaction {
    /// The values.
    pub secrets: Secrets,
    /// Codes.
    pub holes: BTreeMap<Key, Holes>,
    /// Those of them that only nobody can read: their codes say nothing of any value.
    pub muted: BTreeMap<Key, BTreeSet<Gone>>,
    /// Streams that must be written anew for something else that they hold.
    pub extra: BTreeSet<Key>,
    /// Pages that the copy goes without, and why.
    pub emptied: BTreeMap<ObjectId, Why>,
    /// Where on pages something is taken out: left, lower, right and upper ends.
    pub places: BTreeMap<ObjectId, Vec<[f64; 4]>>,
    /// Names in content streams that could be values.
    pub names: BTreeSet<Vec<u8>>,
    /// Small pictures that show something with what is beside them.
    pub joined: BTreeSet<ObjectId>,
    /// Stencils of which it cannot be told where they paint, and that text may lie below.
    pub vague: BTreeSet<ObjectId>,
    /// Pictures that let text through.
    pub sheer: BTreeSet<ObjectId>,
    /// How many glyphs go that nobody sees, since what hides them goes.
    pub unseen: usize,
    /// Streams of instructions in which such ones stand.
    pub strips: BTreeSet<Key>,
    /// What the pages of the copy that was written last must show.
    pub shown: Option<Vec<Sum>>,
}

impl Redaction {
    /// For the next reading: what is known of values stays, places go.
    pub(super) fn next(&mut self) {
        self.holes.clear();
        self.muted.clear();
        self.extra.clear();
        self.joined.clear();
        self.vague.clear();
        self.sheer.clear();
        self.unseen = 0;
        self.strips.clear();
        self.names.clear();
        self.emptied.clear();
        self.places.clear();
    }

    /// Takes glyphs whose character is not known for sure. Gives how many they are.
    pub(super) fn mute(&mut self, drawn: &Drawn<'_>) -> u64 {
        let unsure = |g: &Glyph| g.guess || g.says == Says::Nothing;
        let all = (0..).zip(&drawn.glyphs).filter(|(_, g)| unsure(g));
        let all: Vec<u32> = all.map(|(n, _)| n).collect();
        for index in &all {
            let Some(glyph) = drawn.glyphs.get(*index as usize) else {
                continue;
            };
            let Some(walked) = drawn.streams.get(glyph.at.stream as usize) else {
                continue;
            };
            // They leave no hole: nobody knows that they were a value.
            let holes = self.holes.entry(walked.key).or_default();
            let codes = holes.entry(glyph.at.show).or_default();
            if let Entry::Vacant(place) = codes.entry(gone(&glyph.at)) {
                place.insert(Fate::Goes);
                let muted = self.muted.entry(walked.key).or_default();
                muted.insert(gone(&glyph.at));
            }
        }
        all.len() as u64
    }

    /// Takes what the rules want changed in a text of glyphs.
    pub(super) fn note(&mut self, drawn: &Drawn<'_>, text: &Text, changes: &Changes) {
        for change in changes {
            if let Some(value) = text.text.get(change.clone()) {
                self.secrets.add(value);
            }
            let glyphs: Vec<u32> = text.glyphs(change.clone()).collect();
            self.take(drawn, &glyphs);
        }
    }

    /// Takes what the rules want changed in a string.
    pub(super) fn note_string(&mut self, value: &str, changes: &Changes) {
        for change in changes {
            if let Some(value) = value.get(change.clone()) {
                self.secrets.add(value);
            }
        }
    }

    /// Takes known values in a text of glyphs, in the order of lines and in that of drawing, and
    /// whatever else is drawn where they stand.
    pub(super) fn again(&mut self, drawn: &Drawn<'_>, text: &Text, finder: Option<&Finder>) {
        for walked in drawn.streams.iter().filter(|s| s.extra) {
            self.extra.insert(walked.key);
        }
        if let Some(finder) = finder {
            for found in finder.find(&text.text) {
                let glyphs: Vec<u32> = text.glyphs(found).collect();
                self.take(drawn, &glyphs);
            }
            let (drawing, glyphs) = in_order(&drawn.glyphs);
            for found in finder.find(&drawing) {
                // Short values come about by chance where lines meet.
                if found.len() < 8 {
                    continue;
                }
                let first = glyphs
                    .partition_point(|g| g.0 <= found.start)
                    .saturating_sub(1);
                let rest = glyphs.get(first..).unwrap_or_default();
                let within = rest.iter().take_while(|g| g.0 < found.end);
                let within: Vec<u32> = within.map(|g| g.1).collect();
                self.take(drawn, &within);
            }
        }
        self.twins(drawn);
        self.hidden(drawn);
    }

    /// Text below something that hides it and that goes, and text below what stays, on a line that loses
    /// something: it moves with the line. Neither must come to light.
    fn hidden(&mut self, drawn: &Drawn<'_>) {
        let below = |cover| move |g: &&Glyph| g.cover == cover;
        for glyph in drawn.glyphs.iter().filter(below(Cover::Goes)) {
            if let Some(walked) = drawn.streams.get(glyph.at.stream as usize) {
                let holes = self.holes.entry(walked.key).or_default();
                let codes = holes.entry(glyph.at.show).or_default();
                if let Entry::Vacant(place) = codes.entry(self::gone(&glyph.at)) {
                    place.insert(Fate::Hidden);
                    self.unseen += 1;
                }
            }
        }
        let none = !drawn.glyphs.iter().any(|g| g.cover == Cover::Stays);
        if self.holes.is_empty() || none {
            return;
        }
        let gone: HashSet<(u32, (i64, i64))> = drawn
            .glyphs
            .iter()
            .filter(|g| self.is_value(drawn, &g.at))
            .map(|g| (g.at.stream, row(g)))
            .collect();
        for glyph in drawn.glyphs.iter().filter(below(Cover::Stays)) {
            let stream = glyph.at.stream;
            let near = beside(row(glyph))
                .iter()
                .any(|row| gone.contains(&(stream, *row)));
            let key = drawn.streams.get(stream as usize).map(|s| s.key);
            if let Some(key) = key.filter(|_| near) {
                // It leaves no hole: nobody saw that something was there.
                let holes = self.holes.entry(key).or_default();
                let codes = holes.entry(glyph.at.show).or_default();
                codes.entry(self::gone(&glyph.at)).or_insert(Fate::Hidden);
            }
        }
    }

    /// How many codes of a stream go.
    pub(super) fn lost(&self, key: Key) -> usize {
        let shows = self.holes.get(&key).into_iter().flatten();
        shows.map(|(_, codes)| codes.len()).sum()
    }

    pub(super) fn is_gone(&self, drawn: &Drawn<'_>, at: &At) -> bool {
        self.fate(drawn, at).is_some()
    }

    /// Whether a code goes for what it says, rather than for where it stands.
    fn is_value(&self, drawn: &Drawn<'_>, at: &At) -> bool {
        self.fate(drawn, at).is_some_and(|f| f != Fate::Hidden)
    }

    fn fate(&self, drawn: &Drawn<'_>, at: &At) -> Option<Fate> {
        let walked = drawn.streams.get(at.stream as usize)?;
        let show = self.holes.get(&walked.key)?.get(&at.show)?;
        show.get(&gone(at)).copied()
    }

    /// What is drawn twice in one place, to look bold or to lie under a picture, goes twice.
    fn twins(&mut self, drawn: &Drawn<'_>) {
        let touched = drawn
            .streams
            .iter()
            .any(|s| self.holes.contains_key(&s.key));
        if !touched {
            return;
        }
        let mut places: HashMap<((i64, i64), &Says), Vec<&Glyph>> = HashMap::new();
        for glyph in &drawn.glyphs {
            if self.is_gone(drawn, &glyph.at) {
                let list = places.entry((cell(glyph, 0, 0), &glyph.says)).or_default();
                let same = |g: &&Glyph| {
                    let apart = (g.x - glyph.x).hypot(g.y - glyph.y);
                    apart <= 0.02 * g.size && g.size >= glyph.size
                };
                if list.len() < CROWD && !list.iter().any(same) {
                    list.push(glyph);
                }
            }
        }
        let mut more = Vec::new();
        for (index, glyph) in (0..).zip(&drawn.glyphs) {
            let near = (-1..=1).flat_map(|x| (-1..=1).map(move |y| (x, y)));
            let mut near = near.filter_map(|(x, y)| places.get(&(cell(glyph, x, y), &glyph.says)));
            let twin = near.any(|list| {
                // No text has so many of one sign in one place; not all of them are compared.
                list.len() >= CROWD
                    || list.iter().any(|gone| {
                        let apart = (gone.x - glyph.x).hypot(gone.y - glyph.y);
                        apart < 0.3 * gone.size.max(glyph.size)
                    })
            });
            if twin && !self.is_gone(drawn, &glyph.at) {
                more.push(index);
            }
        }
        self.take(drawn, &more);
    }

    /// Takes glyphs, in the order they are read in.
    fn take(&mut self, drawn: &Drawn<'_>, glyphs: &[u32]) {
        let mut before: Option<&Glyph> = None;
        for &index in glyphs {
            let Some(glyph) = drawn.glyphs.get(index as usize) else {
                continue;
            };
            let Some(walked) = drawn.streams.get(glyph.at.stream as usize) else {
                continue;
            };
            let begins = before.is_none_or(|before| !follows(before, glyph));
            before = Some(glyph);
            if let Some(Key::Page(page)) = drawn.streams.first().map(|s| s.key) {
                let (x, y, high) = (glyph.x, glyph.y, 0.2 * glyph.size);
                let (to_x, to_y) = (x + glyph.dx, y + glyph.dy + 2.0 * high);
                let place = [x.min(to_x), y.min(to_y) - high, x.max(to_x), y.max(to_y)];
                self.places.entry(page).or_default().push(place);
            }
            let holes = self.holes.entry(walked.key).or_default();
            let codes = holes.entry(glyph.at.show).or_default();
            if let Some(muted) = self.muted.get_mut(&walked.key) {
                muted.remove(&gone(&glyph.at));
            }
            let fate = if begins { Fate::Begins } else { Fate::Goes };
            codes
                .entry(gone(&glyph.at))
                .and_modify(|old| *old = fate.max(*old))
                .or_insert(fate);
        }
    }
}

/// A glyph's code.
pub(super) fn gone(at: &At) -> Gone {
    Gone {
        string: at.string,
        from: at.from,
        to: at.to,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "cells of a grid; far ones may fall together"
)]
fn cell(glyph: &Glyph, x: i64, y: i64) -> (i64, i64) {
    const SIDE: f64 = 12.0;
    let at = |v: f64| (v / SIDE).floor() as i64;
    (at(glyph.x).saturating_add(x), at(glyph.y).saturating_add(y))
}

/// Whether one glyph stands next to the other, on its line.
fn follows(before: &Glyph, glyph: &Glyph) -> bool {
    if before.at.stream != glyph.at.stream {
        return false;
    }
    let length = before.dx.hypot(before.dy);
    let (cos, sin) = if length > 1e-6 {
        (before.dx / length, before.dy / length)
    } else {
        (1.0, 0.0)
    };
    let (x, y) = (
        glyph.x - before.x - before.dx,
        glyph.y - before.y - before.dy,
    );
    let size = before.size.max(glyph.size).max(0.1);
    let along = x * cos + y * sin;
    let across = x * sin - y * cos;
    along.abs() < APART * size && across.abs() < 0.6 * size
}

/// The text in the order of drawing, and the glyph that each place of it comes from.
fn in_order(glyphs: &[Glyph]) -> (String, Vec<(usize, u32)>) {
    let mut text = String::new();
    let mut marks = Vec::with_capacity(glyphs.len());
    for (index, glyph) in (0..).zip(glyphs) {
        marks.push((text.len(), index));
        glyph.says.push(&mut text);
    }
    (text, marks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::pdf::{lines, tests::page, walk::Walker};
    use std::sync::atomic::AtomicBool;

    #[test]
    fn what_is_drawn_twice_in_one_place_goes_twice() {
        let file = page(
            "BT /F1 12 Tf 72 700 Td (to Li Na) Tj ET BT /F1 12 Tf 72.4 700 Td (to Li Na) Tj ET",
            "",
            &[],
        );
        let doc = lopdf::Document::load_mem(&file).unwrap();
        let id = doc.page_iter().next().unwrap();
        let drawn = Walker::new(&doc, 1 << 20).page(id, &AtomicBool::new(false));
        let text = lines::text(&drawn.glyphs);
        assert_eq!(text.text, "to Li Na\n");
        let mut redaction = Redaction::default();
        let found = text.text.find("Li Na").unwrap();
        redaction.note(&drawn, &text, &std::iter::once(found..found + 5).collect());
        redaction.again(&drawn, &text, None);
        let left = drawn
            .glyphs
            .iter()
            .filter(|g| !redaction.is_gone(&drawn, &g.at));
        let mut says = String::new();
        left.for_each(|g| g.says.push(&mut says));
        assert_eq!(says, "to to ");
    }
}
