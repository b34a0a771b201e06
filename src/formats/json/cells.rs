//! Handing cells on, and taking edits back into the bytes of the document.

use super::lex;
use crate::{
    formats::Cx,
    model::{CellAt, Charset, Edit, Fragment, Layout, Table},
};
use std::ops::Range;

/// Hands cells of the window on, their escapes resolved, and adds the edits in bytes of the window.
#[expect(clippy::too_many_arguments, reason = "one call for both tables")]
pub(super) fn give(
    window: &[u8],
    cells: &[CellAt],
    escaped: bool,
    table: Table<'_>,
    first_row: u64,
    base: Option<u64>,
    cx: &mut Cx<'_>,
    edits: &mut Vec<(usize, usize, String)>,
) {
    let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let (mut copy, mut moved) = (Vec::new(), Vec::new());
    if escaped {
        for cell in cells {
            let start = copy.len();
            lex::unescape(window.get(cell.range()).unwrap_or_default(), &mut copy);
            moved.push(CellAt {
                start: place(start),
                end: place(copy.len()),
                ..*cell
            });
            copy.push(b'\n');
        }
    }
    let (from, to) = match (cells.first(), cells.last()) {
        (Some(a), Some(b)) => (a.range().start, b.range().end),
        _ => return,
    };
    if !escaped && from > 0 {
        moved.extend(cells.iter().map(|c| CellAt {
            start: c.start - place(from),
            end: c.end - place(from),
            ..*c
        }));
    }
    let bytes = if escaped {
        copy.as_slice()
    } else {
        window.get(from..to).unwrap_or_default()
    };
    let shown = if moved.is_empty() { cells } else { &moved };
    let fragment = Fragment {
        at: &[],
        bytes,
        charset: Charset::Utf8,
        own: 0..bytes.len(),
        base: base.filter(|_| !escaped).map(|b| b + from as u64),
        layout: Layout::Cells {
            table,
            first_row,
            cells: shown,
        },
        label: None,
    };
    let wanted = cx.text(&fragment);
    let holder = |e: &Edit| {
        let index = shown.partition_point(|c| c.range().end <= e.span.start());
        e.cell.map_or(index, |i| i as usize)
    };
    for group in wanted.chunk_by(|a, b| holder(a) == holder(b)) {
        let index = group.first().map(holder);
        if let Some((cell, seen)) = index.and_then(|i| cells.get(i).zip(shown.get(i))) {
            change(window, cell.range(), seen.range(), escaped, group, edits);
        }
    }
}

/// Edits of one cell, which lies at `range` of the window and was shown at `seen` of the fragment.
fn change(
    window: &[u8],
    range: Range<usize>,
    seen: Range<usize>,
    escaped: bool,
    group: &[Edit],
    edits: &mut Vec<(usize, usize, String)>,
) {
    let raw = window.get(range.clone()).unwrap_or_default();
    let mut way = lex::WayBack::new(raw);
    let mut back = |span: Range<usize>| {
        let span = span.start.saturating_sub(seen.start)
            ..span.end.min(seen.end).saturating_sub(seen.start);
        if escaped { way.range(&span) } else { span }
    };
    let quoted = range.start.checked_sub(1).and_then(|i| window.get(i)) == Some(&b'"');
    // A piece of a long string starts its window.
    if quoted || (range.start == 0 && range.len() > 4096) {
        for e in group {
            let span = back(e.span.range());
            edits.push((
                range.start + span.start,
                range.start + span.end,
                lex::escape(&e.with),
            ));
        }
        return;
    }
    // A number with a mask in it is a string from now on.
    let (mut new, mut at) = (vec![b'"'], 0);
    for e in group {
        let span = back(e.span.range());
        new.extend_from_slice(raw.get(at..span.start).unwrap_or_default());
        new.extend_from_slice(lex::escape(&e.with).as_bytes());
        at = span.end;
    }
    new.extend_from_slice(raw.get(at..).unwrap_or_default());
    new.push(b'"');
    edits.push((
        range.start,
        range.end,
        String::from_utf8_lossy(&new).into_owned(),
    ));
}
