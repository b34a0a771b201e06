//! Copies with their pseudonyms taken back: each file is read and written in one traversal.

use crate::{
    apply::place::{Pending, Place, PlaceError},
    detect,
    formats::{
        Cx, FormatError, Limits, Sink, Source,
        nest::{Usage, identify},
    },
    model::{Edit, FormatId, Fragment, Frame, GapKind, Layout, Name, Span, State, Step},
    walk::{Found, Item, Walker},
};
use std::{
    io::{BufWriter, Write},
    panic::AssertUnwindSafe,
};

/// Gives the text to put in place of a pseudonym, or nothing to leave it.
pub type Back<'a> = dyn FnMut(&Frame<'_>) -> Option<String> + 'a;

/// What became of one file.
#[derive(Debug)]
pub enum Restored {
    /// Written under this path, with so many pseudonyms taken back.
    Written(Name, u64),
    /// Not written, and why.
    Withheld(Name, GapKind, String),
    /// Left out by the user.
    LeftOut,
}

/// Writes every file the walker lists under the output folder, with its pseudonyms taken back.
pub fn restore(
    mut walker: Walker,
    limits: &Limits,
    place: &Place,
    back: &mut Back<'_>,
    sink: &mut dyn FnMut(Restored),
) {
    while let Some(batch) = walker.next_batch() {
        for item in batch.items {
            sink(match item {
                Item::Skipped(skip) if skip.kind.is_wanted() => Restored::LeftOut,
                Item::Skipped(skip) => Restored::Withheld(skip.path, skip.kind, skip.note),
                Item::File(found) => one(&found, limits, place, back),
            });
        }
    }
}

fn one(found: &Found, limits: &Limits, place: &Place, back: &mut Back<'_>) -> Restored {
    let path = found.path();
    let withheld = |kind, why: String| Restored::Withheld(path.clone(), kind, why);
    let file = match found.open() {
        Ok(file) => file,
        Err(skip) => return withheld(skip.kind, skip.note),
    };
    let mut source = match Source::file(&file) {
        Ok(source) => source,
        Err(e) => return withheld(e.kind(), e.to_string()),
    };
    let mut taker = Taker { back, count: 0 };
    let target = taker.rename(&path);
    let begun = place.claim(&target).and_then(|c| place.open(&c));
    let mut pending: Pending = match begun {
        Ok(pending) => pending,
        Err(e) => return withheld(GapKind::Unreadable, e.to_string()),
    };
    let identity = identify(source.head(), found.name());
    let mut usage = Usage::new(source.len().unwrap_or(0));
    let mut out = BufWriter::new(&mut pending);
    let run = std::panic::catch_unwind(AssertUnwindSafe(|| {
        let mut cx = Cx::new(&mut taker, limits, &mut usage, Name::new(found.name()));
        cx.run_identified(identity, &mut source, Some(&mut out))
    }));
    let written = run
        .unwrap_or(Err(FormatError::Crashed))
        .and_then(|()| Ok(out.flush()?));
    drop(out);
    let count = taker.count;
    match written {
        Err(FormatError::Withheld(kind, why)) => withheld(kind, why),
        Err(e) => withheld(e.kind(), e.to_string()),
        Ok(()) => pending.release(None).map_or_else(
            |e: PlaceError| withheld(GapKind::Unreadable, e.to_string()),
            |path| Restored::Written(path, count),
        ),
    }
}

/// Takes pseudonyms back in whatever text comes.
struct Taker<'b, 'a> {
    back: &'b mut Back<'a>,
    count: u64,
}

impl Taker<'_, '_> {
    fn text_of(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for range in detect::frames(text.as_bytes(), crate::model::Charset::Utf8) {
            let frame = text.get(range.clone()).and_then(Frame::parse);
            if let Some(value) = frame.and_then(|(f, _)| (self.back)(&f)) {
                self.count += 1;
                out.push_str(text.get(at..range.start).unwrap_or_default());
                out.push_str(&value);
                at = range.end;
            }
        }
        out.push_str(text.get(at..).unwrap_or_default());
        out
    }
}

/// A text with its pseudonyms taken back, and how many those were.
pub fn text(text: &str, back: &mut Back<'_>) -> (String, u64) {
    let mut taker = Taker { back, count: 0 };
    let out = taker.text_of(text);
    (out, taker.count)
}

impl Sink for Taker<'_, '_> {
    fn text(&mut self, fragment: &Fragment<'_>, edits: &mut Vec<Edit>) {
        let cells = match fragment.layout {
            Layout::Cells { cells, .. } => cells,
            _ => &[],
        };
        for range in detect::frames(fragment.bytes, fragment.charset) {
            let inside = u32::try_from(range.start).is_ok();
            if !fragment.own.contains(&range.start) || !inside {
                continue;
            }
            let bytes = fragment.bytes.get(range.clone()).unwrap_or_default();
            let shown = detect::text_of(bytes, fragment.charset);
            let value = Frame::parse(&shown).and_then(|(f, _)| (self.back)(&f));
            let (Some(with), Some(span)) = (value, Span::new(range.start, range.end)) else {
                continue;
            };
            let cell = cells.partition_point(|c| (c.end as usize) < range.end);
            let holds = cells
                .get(cell)
                .is_some_and(|c| c.range().start <= range.start && range.end <= c.range().end);
            if !cells.is_empty() && !holds {
                continue;
            }
            let cell = u32::try_from(cell).ok().filter(|_| holds);
            self.count += 1;
            edits.push(Edit { span, cell, with });
        }
    }

    fn gap(&mut self, _: &[Step], _: GapKind, _: &str) {}

    fn encoding(&mut self, _: &'static str) {}

    fn enter(&mut self, _: &Name, _: Option<FormatId>, _: Option<FormatId>) {}

    fn leave(&mut self, _: u64, _: State) {}

    fn rename(&mut self, name: &Name) -> Name {
        match std::str::from_utf8(name.bytes()) {
            Ok(text) if text.contains("[[") => {
                // A value must not lead out of the folder.
                let parts: Vec<String> = text
                    .split('/')
                    .map(|part| self.text_of(part).replace(['/', '\0'], "-"))
                    .collect();
                Name::new(parts.join("/").into_bytes())
            }
            _ => name.clone(),
        }
    }
}
