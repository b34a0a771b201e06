//! Whether what was not to be taken out is still there, and shown as it was.
//!
//! A stream written anew is walked over again: it must show the glyphs of its source but those taken out,
//! in their order, font and colour, and draw what its source draws. Of each page what it shows in the end
//! is kept as a sum, and compared when the finished bytes are read again.

use super::{
    digits::{Leads, shortened},
    font::Says,
    lex::{Instructions, Kind},
    redact::Redaction,
    rewrite::{Wanted, decimal, is_idle},
    walk::{Drawn, Glyph, Key},
};
use std::{
    collections::{BTreeMap, HashMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    ops::Range,
};

/// Most saved states that are followed.
const STATES: usize = 1_000;

/// Why a copy is withheld that does not.
pub(super) const OTHER: &str = "a page of the copy shows other text than what was left of it";

/// What a page shows, to be compared with what it shows later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sum {
    glyphs: usize,
    hash: u64,
}

impl Default for Sum {
    fn default() -> Self {
        Self::of([].iter())
    }
}

impl Sum {
    /// What is left of a page.
    pub(super) fn left(drawn: &Drawn<'_>, redaction: &Redaction) -> Self {
        let left = |g: &&Glyph| !redaction.is_gone(drawn, &g.at);
        Self::of(drawn.glyphs.iter().filter(left))
    }

    /// Of all that a page shows.
    pub(super) fn all(drawn: &Drawn<'_>) -> Self {
        Self::of(drawn.glyphs.iter())
    }

    fn of<'g>(glyphs: impl Iterator<Item = &'g Glyph>) -> Self {
        let mut hash = DefaultHasher::new();
        let mut count = 0;
        for glyph in glyphs {
            count += 1;
            match &glyph.says {
                Says::Char(c) => (1, c).hash(&mut hash),
                Says::Text(text) => (2, text).hash(&mut hash),
                Says::Nothing => 3.hash(&mut hash),
            }
        }
        Self {
            glyphs: count,
            hash: hash.finish(),
        }
    }
}

/// A stream and what a walk over it found.
#[derive(Clone, Copy)]
pub(super) struct Side<'s> {
    pub data: &'s [u8],
    pub drawn: &'s Drawn<'s>,
}

/// Whether a stream that was written anew shows what it showed, but for what was taken out; or else what
/// it does not.
pub(super) fn compare(
    source: Side<'_>,
    copy: Side<'_>,
    redaction: &Redaction,
    wanted: &Wanted<'_>,
) -> Result<(), &'static str> {
    let old = Trace::new(source.data, wanted.paths, wanted.leads);
    let new = Trace::new(copy.data, &[], wanted.leads);
    if old.drawn != new.drawn {
        return Err("a stream of the copy draws something else than its source");
    }
    let gone = |g: &&Glyph| g.at.stream == 0 && redaction.is_gone(source.drawn, &g.at);
    let mut left = source.drawn.glyphs.iter().filter(|g| !gone(g));
    let mut shown = copy.drawn.glyphs.iter();
    loop {
        let (was, is) = match (left.next(), shown.next()) {
            (Some(was), Some(is)) => (was, is),
            (None, None) => return Ok(()),
            _ => return Err("a stream of the copy shows more or less text than its source"),
        };
        // Whether it is sure may depend on what stood beside it; the next reading sees to that.
        if was.says != is.says {
            return Err("a stream of the copy shows other text than its source");
        }
        if was.at.stream != 0 {
            continue;
        }
        let states = (old.states.get(&was.at.show), new.states.get(&is.at.show));
        let alike = (was.size - is.size).abs() <= 0.001 * was.size.abs() + 0.001;
        if states.0 != states.1 || !alike {
            return Err("a stream of the copy shows text in another way than its source");
        }
        // On lines that lost something what is left goes elsewhere on its line.
        let layout = wanted.layout;
        // What runs downwards glyph by glyph may be too short now to be seen as that.
        if layout.upright.contains(&was.at.show) {
            continue;
        }
        let plain = layout.plain.contains_key(&was.at.show) && !layout.still.contains(&was.at.show);
        let set = plain || layout.shifts.contains_key(&was.at.show);
        let (x, y) = (is.x - was.x, is.y - was.y);
        let long = was.dx.hypot(was.dy);
        let apart = match set {
            false => x.hypot(y),
            true if long > 1e-6 => (x * was.dy - y * was.dx).abs() / long,
            true => 0.0,
        };
        if apart > 0.02 * was.size.abs() + 0.05 {
            return Err("a stream of the copy shows text in another place than its source");
        }
    }
}

/// What instructions draw beside text, and in which state.
struct Trace {
    /// All that is neither text nor sets how text looks.
    drawn: Vec<u64>,
    /// Font, colour and the like of showing instructions by their first byte.
    states: HashMap<usize, u64>,
}

type State = BTreeMap<&'static [u8], u64>;

impl Trace {
    /// `without` are paths that the copy goes without, in order; numbers are as a copy has them.
    fn new(data: &[u8], without: &[Range<usize>], leads: &Leads) -> Self {
        let mut all = Instructions::new(data);
        let mut out = Self {
            drawn: Vec::new(),
            states: HashMap::new(),
        };
        let mut state = State::new();
        let mut saved: Vec<State> = Vec::new();
        let mut over = 0_usize;
        while let Some(now) = all.next() {
            let whole = || {
                let mut hash = DefaultHasher::new();
                now.operator.hash(&mut hash);
                for token in &all.operands {
                    let raw = all.raw(*token);
                    let short = match token.kind {
                        Kind::Number(n) => shortened(raw, n, leads),
                        _ => None,
                    };
                    short.as_deref().map_or(raw, str::as_bytes).hash(&mut hash);
                }
                hash.finish()
            };
            let numbers = || numbers(&all, leads);
            match now.operator {
                b"m" | b"l" | b"c" | b"v" | b"y" | b"h" | b"re" | b"f" | b"F" | b"f*" | b"S"
                | b"s" | b"B" | b"B*" | b"b" | b"b*" | b"n" | b"W" | b"W*"
                    if is_within(without, now.start) => {}
                // Pictures that nobody reads (BI) may go.
                b"BT" | b"ET" | b"Td" | b"TD" | b"Tm" | b"T*" | b"TL" | b"Tc" | b"Tw" | b"BI" => {}
                b"Tj" | b"TJ" | b"'" | b"\"" => {
                    out.states.insert(now.start, of(&state));
                }
                b"Tf" => drop(state.insert(b"Tf", whole())),
                b"Tz" => drop(state.insert(b"Tz", numbers())),
                b"Ts" => drop(state.insert(b"Ts", numbers())),
                b"Tr" => drop(state.insert(b"Tr", numbers())),
                b"g" | b"rg" | b"k" => {
                    state.insert(b"cs", 0);
                    state.insert(b"sc", whole());
                }
                b"cs" => {
                    state.insert(b"cs", whole());
                    state.remove(&b"sc"[..]);
                }
                b"sc" | b"scn" => drop(state.insert(b"sc", whole())),
                // Its entries may be gone.
                b"BDC" | b"DP" => out.drawn.push(0),
                // It takes none, and is left out with it.
                _ if is_idle(now.operator, &all) => {}
                b"q" => {
                    if saved.len() < STATES {
                        saved.push(state.clone());
                    } else {
                        over += 1;
                    }
                    out.drawn.push(1);
                }
                // What closes nothing goes.
                b"Q" if over == 0 && saved.is_empty() => {}
                b"Q" => {
                    if over > 0 {
                        over -= 1;
                    } else {
                        state = saved.pop().unwrap_or_default();
                    }
                    out.drawn.push(2);
                }
                b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*" | b"Do" | b"sh" => {
                    out.drawn.push(whole() ^ of(&state).rotate_left(1));
                }
                _ => out.drawn.push(whole()),
            }
        }
        out
    }
}

/// Whether a byte is in one of these ranges, which are in order.
fn is_within(ranges: &[Range<usize>], at: usize) -> bool {
    let after = ranges.partition_point(|r| r.start <= at);
    let last = after.checked_sub(1).and_then(|n| ranges.get(n));
    last.is_some_and(|r| r.contains(&at))
}

fn of(state: &State) -> u64 {
    let mut hash = DefaultHasher::new();
    state.hash(&mut hash);
    hash.finish()
}

/// Numbers as they are written out.
fn numbers(all: &Instructions<'_>, leads: &Leads) -> u64 {
    let n = all.number(0);
    let raw = all.operands.first().map(|t| all.raw(*t));
    let short = raw.and_then(|raw| shortened(raw, n, leads));
    let mut text = String::new();
    decimal(short.and_then(|s| s.parse().ok()).unwrap_or(n), &mut text);
    let mut hash = DefaultHasher::new();
    text.hash(&mut hash);
    hash.finish()
}

/// What is left of pages, while streams that they share may still lose something.
#[derive(Debug, Default)]
pub(super) struct Pages {
    /// The sum of each, and how much its streams had lost then.
    sums: Vec<(Sum, Vec<(Key, usize)>)>,
}

impl Pages {
    pub(super) fn add(&mut self, drawn: &Drawn<'_>, redaction: &Redaction) {
        let lost = drawn
            .streams
            .iter()
            .map(|s| (s.key, redaction.lost(s.key)))
            .collect();
        self.sums.push((Sum::left(drawn, redaction), lost));
    }

    /// The sums; pages whose streams lost more since then are asked for again.
    pub(super) fn finish(
        self,
        redaction: &Redaction,
        mut again: impl FnMut(usize) -> Sum,
    ) -> Vec<Sum> {
        let whole = |lost: &[(Key, usize)]| lost.iter().all(|(key, n)| redaction.lost(*key) == *n);
        let sums = self.sums.into_iter().enumerate();
        sums.map(|(n, (sum, lost))| if whole(&lost) { sum } else { again(n) })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::pdf::{
        copies::redact,
        redact::{Fate, Holes, gone},
        shift::Layout,
        tests::page,
        walk::Walker,
    };
    use std::{collections::BTreeSet, sync::atomic::AtomicBool};

    /// What comparing a page with itself brings once its content is another; "b" is to go.
    fn compared(source: &str, copy: &str) -> Result<(), &'static str> {
        let doc = lopdf::Document::load_mem(&page(source, "/F2 5 0 R", &[])).unwrap();
        let id = doc.page_iter().next().unwrap();
        let stop = AtomicBool::new(false);
        let mut walker = Walker::new(&doc, 1 << 20);
        let walked = walker.page(id, &stop).streams.remove(0);
        let old = walker.detailed(&walked, source.as_bytes(), &[], &stop);
        let mut redaction = Redaction::default();
        let holes = redaction.holes.entry(Key::Page(id)).or_default();
        for glyph in old.glyphs.iter().filter(|g| g.says == Says::Char('b')) {
            let codes = holes.entry(glyph.at.show).or_default();
            codes.insert(gone(&glyph.at), Fate::Begins);
        }
        let new = walker.detailed(&walked, copy.as_bytes(), &[], &stop);
        let (source, copy) = (
            Side {
                data: source.as_bytes(),
                drawn: &old,
            },
            Side {
                data: copy.as_bytes(),
                drawn: &new,
            },
        );
        let wanted = Wanted {
            holes: &Holes::new(),
            muted: &BTreeSet::new(),
            layout: &Layout::default(),
            paths: &[],
            bytes: None,
            pictures: false,
            leads: &Leads::default(),
            strips: false,
            glyph: false,
        };
        compare(source, copy, &redaction, &wanted)
    }

    #[test]
    fn what_a_text_object_sets_holds_when_it_is_gone() {
        // The second piece of a value leaves nothing behind, not even a hole.
        let first = "0 g BT /F1 9 Tf 9 99 Td (138) Tj ET";
        for (second, kept) in [
            ("1 0 0 rg BT 0 g 24 99 Td (00138000) Tj ET", "BT 0 g"),
            ("BT 1 0 0 rg 24 99 Td (00138000) Tj ET", "1 0 0 rg"),
            ("BT 2 w 24 99 Td (00138000) Tj ET", "2 w"),
        ] {
            let content = format!("{first} {second} BT 9 80 Td (on) Tj ET 5 5 m 9 9 l B");
            let copy = redact(&page(&content, "", &[]), &["13800138000"]).unwrap();
            let doc = lopdf::Document::load_mem(&copy).unwrap();
            let page = doc.page_iter().next().unwrap();
            let copy = String::from_utf8(doc.get_page_content(page)).unwrap();
            assert!(copy.contains(kept) && !copy.contains("24 99"), "{copy}");
        }
    }

    #[test]
    fn what_flows_on_from_text_that_left_nothing_stays_on_its_line() {
        for second in [
            "24 99 Td (00138000) Tj (on) Tj",
            "24 99 Td (00138000) Tj 2 Tc (on) Tj",
        ] {
            let content = format!("BT /F1 9 Tf 9 99 Td (138) Tj ET BT {second} 9 -20 Td (x) Tj ET");
            let copy = redact(&page(&content, "", &[]), &["13800138000"]).unwrap();
            let doc = lopdf::Document::load_mem(&copy).unwrap();
            let page = doc.page_iter().next().unwrap();
            let drawn = Walker::new(&doc, 1 << 20).page(page, &AtomicBool::new(false));
            let places: Vec<_> = drawn
                .glyphs
                .iter()
                .map(|g| (g.x.round(), g.y.round()))
                .collect();
            let [(first, 99.0), (.., 99.0), (33.0, 79.0)] = places[..] else {
                panic!("{places:?}");
            };
            assert!((45.0..50.0).contains(&first), "{places:?}");
        }
    }

    #[test]
    fn a_stream_that_lost_or_changed_more_is_seen() {
        let source = "0 g BT /F1 10 Tf 72 700 Td (abc) Tj ET 1 w 5 5 9 9 re f";
        let good = "0 g BT /F1 10 Tf 72 700 Td [(a) -556 (c)] TJ ET 1 w 5 5 9 9 re f";
        assert_eq!(compared(source, good), Ok(()));
        for (was, is) in [
            ("10 Tf 72 700 Td", "10 Tf72 700 Td"),
            ("(c)", ""),
            ("(c)", "(bc)"),
            ("(c)", "(d)"),
            ("/F1 10 Tf", "/F2 10 Tf"),
            ("/F1 10 Tf", "/F1 9 Tf"),
            ("0 g BT", "1 g BT"),
            ("0 g BT", "BT 2 Tr"),
            ("700 Td", "690 Td"),
            ("ET 1 w", "ET"),
            ("ET 1 w", "ET 1 g 1 w"),
            ("re f", "re"),
            ("re f", "ref"),
        ] {
            assert!(good.contains(was));
            assert!(
                compared(source, &good.replace(was, is)).is_err(),
                "{was} {is}"
            );
        }
    }
}
