//! PDF: reading every character, removing it for real (ISO 32000).
//!
//! Pages are read glyph by glyph and joined to lines by where the glyphs stand; every string of every
//! other object (annotations, fields, outlines, properties, scripts) is read as it is. What cannot be
//! told, above all glyphs whose characters the file does not say, is counted and noted.
//!
//! A copy is written whole from what the document reaches: codes of glyphs leave the content streams by
//! byte splice ([`rewrite`]), strings are replaced, what could carry a value unseen is left out
//! ([`document`]), and the finished bytes are read again by another parser before they go out
//! ([`check`]). A page that is a picture, or most of whose glyphs cannot be told, has a notice in its place
//! ([`notice`]); a copy of nothing but notices is withheld.

mod boxes;
mod check;
mod clean;
mod codes;
mod colours;
mod digits;
mod document;
mod fax;
mod font;
mod frames;
mod grammar;
mod images;
mod letters;
mod lex;
mod lines;
mod load;
mod loose;
mod named;
mod names;
mod notice;
mod photo;
mod pieces;
mod plain;
mod redact;
mod remains;
mod rewrite;
mod roles;
mod ruled;
mod save;
mod secrets;
mod shift;
mod spread;
mod still;
mod strings;
mod subset;
mod tables;
mod tree;
mod upright;
mod walk;
mod work;

use super::{Cx, Format, FormatError, Output, Probe, Source, Treatment};
use crate::model::{self, Charset, FormatId, Fragment, Headers, Layout, Name, Step};
use std::{
    io::Cursor,
    ops::Range,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    time::Duration,
};
use work::{Event, Work};

/// PDF text.
#[derive(Debug, Clone, Copy)]
pub struct Pdf;

/// Bytes that may stand before the header.
const JUNK: usize = 1024;
/// Stack of the reading thread: objects may be nested.
const STACK: usize = 64 << 20;

impl Format for Pdf {
    fn id(&self) -> FormatId {
        "pdf"
    }

    fn probe(&self, head: &[u8], _: &[u8]) -> Probe {
        if header(head).is_some() {
            Probe::Bytes
        } else {
            Probe::No
        }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let bytes = source.held(cx.limits.held_bytes)?;
        cx.read(bytes.len() as u64);
        let (send, events) = sync_channel(64);
        let stop = Arc::new(AtomicBool::new(false));
        let work = Work {
            send,
            stop: Arc::clone(&stop),
            limits: cx.limits.clone(),
            writing: out.is_some(),
            again: AtomicBool::new(false),
            told: Mutex::default(),
        };
        // A thread of its own for its stack, and so that a reading that never ends can be left.
        std::thread::Builder::new()
            .name("pdf".into())
            .stack_size(STACK)
            .spawn(move || work.run(bytes))?;
        let result = hear(&events, cx, out);
        stop.store(true, Ordering::Relaxed);
        result
    }
}

/// Where the header is; viewers open files without its dash too.
fn header(head: &[u8]) -> Option<usize> {
    let head = head.get(..JUNK).unwrap_or(head);
    memchr::memmem::find_iter(head, b"%PDF").find(|at| {
        let next = head.get(at + 4);
        next.is_some_and(|b| matches!(b, b'-' | b'0'..=b'9' | b' '))
    })
}

/// Hands on what the thread finds.
fn hear(
    events: &Receiver<Event>,
    cx: &mut Cx<'_>,
    mut out: Option<&mut dyn Output>,
) -> Result<(), FormatError> {
    loop {
        let event = match events.recv_timeout(Duration::from_secs(1)) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout) => {
                cx.spend(0)?;
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return Err(FormatError::Crashed),
        };
        match event {
            Event::Lines(at, text, reply) => {
                cx.spend(text.len() as u64)?;
                answer(reply, lines_of(&at, &text, cx));
            }
            Event::Table(at, table, place, reply) => {
                cx.spend(table.text.text.len() as u64)?;
                answer(reply, cells_of(&at, &table, place, cx));
            }
            Event::Text(at, label, text, reply) => {
                cx.spend(text.len() as u64)?;
                let label = Some(label.as_str()).filter(|l| !l.is_empty());
                let edits = cx.string(&at, &text, label);
                answer(
                    reply,
                    edits.iter().map(|e| e.span.start()..e.span.end()).collect(),
                );
            }
            Event::Gap(at, kind, note) => cx.gap(&at, kind, &note),
            Event::Member(name, bytes, reply) => {
                cx.spend(bytes.len() as u64)?;
                let copy = inside(name, &bytes, reply.is_some(), cx)?;
                answer(reply, copy);
            }
            Event::Spent(bytes) => cx.spend(bytes)?,
            Event::Copy(bytes) => {
                if let Some(out) = out.as_deref_mut() {
                    out.write_all(&bytes)?;
                }
            }
            Event::Done(result) => return result,
        }
    }
}

fn answer<T>(reply: Option<SyncSender<T>>, value: T) {
    if let Some(reply) = reply {
        // Nobody waits for it only when the thread is gone, which the next event tells.
        let _ = reply.send(value);
    }
}

/// The copy of a file inside; none of one that could not wholly be read or not be redacted.
///
/// # Errors
/// Those of the member; in a copy only when files inside are not to be left empty (`Limits::unread`).
fn inside(
    name: Vec<u8>,
    bytes: &[u8],
    writing: bool,
    cx: &mut Cx<'_>,
) -> Result<Option<Vec<u8>>, FormatError> {
    let mut copy = Cursor::new(Vec::new());
    let out: Option<&mut dyn Output> = if writing { Some(&mut copy) } else { None };
    let worst = cx.worst();
    let result = cx.member(&Name::new(name), &mut Source::slice(bytes), out);
    let blank = writing && cx.limits.unread.objects == Treatment::Blank;
    if blank && (matches!(result, Err(FormatError::Withheld(..))) || cx.worst() != worst) {
        cx.forgive(worst);
        return Ok(None);
    }
    result?;
    Ok(Some(copy.into_inner()))
}

/// A table in one fragment; gives what is to be changed in its text.
fn cells_of(
    at: &[Step],
    table: &tables::Table,
    place: work::Place,
    cx: &mut Cx<'_>,
) -> Vec<Range<usize>> {
    let text = table.text.text.as_bytes();
    let edits = cx.text(&Fragment {
        at,
        bytes: text,
        charset: Charset::Utf8,
        own: 0..text.len(),
        base: None,
        layout: Layout::Cells {
            table: model::Table {
                id: place.id,
                first: place.first,
                headers: Headers::InText,
            },
            first_row: place.first_row,
            cells: &table.cells,
        },
        label: None,
    });
    let ranges = edits.iter().map(|e| e.span.start()..e.span.end());
    ranges.collect()
}

/// Lines in fragments of some MiB, cut between lines; gives what is to be changed in the whole text.
fn lines_of(at: &[Step], text: &str, cx: &mut Cx<'_>) -> Vec<Range<usize>> {
    const MOST: usize = 4 << 20;
    let mut rest = text;
    let mut first = 1;
    let mut base = 0;
    let mut changes = Vec::new();
    while !rest.is_empty() {
        let mut cut = rest.len();
        if cut > MOST {
            let mut near = MOST;
            while !rest.is_char_boundary(near) {
                near -= 1;
            }
            let (head, _) = rest.split_at(near);
            cut = head.rfind('\n').map_or(near, |n| n + 1);
        }
        let (now, later) = rest.split_at(cut);
        let edits = cx.text(&Fragment {
            at,
            bytes: now.as_bytes(),
            charset: Charset::Utf8,
            own: 0..now.len(),
            base: None,
            layout: Layout::Lines { first },
            label: None,
        });
        let moved = edits
            .iter()
            .map(|e| base + e.span.start()..base + e.span.end());
        changes.extend(moved);
        first += now.bytes().filter(|&b| b == b'\n').count() as u64;
        base += now.len();
        rest = later;
    }
    changes
}

#[cfg(test)]
#[allow(
    clippy::format_collect,
    clippy::format_push_string,
    reason = "tests build their inputs plainly"
)]
mod alike;
#[cfg(test)]
#[allow(
    clippy::format_collect,
    clippy::format_push_string,
    reason = "tests build their inputs plainly"
)]
mod bytes;
#[cfg(test)]
#[allow(
    clippy::format_collect,
    clippy::format_push_string,
    reason = "tests build their inputs plainly"
)]
mod copies;
#[cfg(test)]
mod covers;
#[cfg(test)]
mod hostile;
#[cfg(test)]
#[allow(
    clippy::format_collect,
    clippy::format_push_string,
    reason = "tests build their inputs plainly"
)]
mod leaks;
#[cfg(test)]
#[allow(
    clippy::cast_possible_truncation,
    clippy::format_collect,
    clippy::format_push_string,
    reason = "tests build their inputs plainly"
)]
mod pairs;
#[cfg(test)]
#[allow(clippy::format_collect, reason = "tests build their inputs plainly")]
mod small;
#[cfg(test)]
#[allow(
    clippy::cast_possible_truncation,
    clippy::format_collect,
    clippy::format_push_string,
    reason = "tests build their inputs plainly"
)]
mod stray;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tight;
#[cfg(test)]
mod unread;
