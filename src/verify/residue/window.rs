//! One stretch of bytes, looked through for every form of the values.

use super::{
    Form, Task,
    digits::{self, Run},
    escapes::{self, Plain},
};
use crate::model::GapKind;

/// Bytes that are kept of the stretch before: more than the longest value with every character
/// escaped (160 characters of twelve bytes), so that each value lies whole in some stretch.
pub(super) const CARRY: usize = 4 << 10;
/// What ends this near to the end of a stretch is left to the next one, which sees what touches it.
pub(super) const UNSETTLED: usize = 16;

/// Memory that is used again for each stretch.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    narrow: Vec<u8>,
    run: Run,
    plain: Plain,
}

/// A stretch: its bytes, which of them settle here, and where it lies.
#[derive(Clone, Copy)]
pub(super) struct Window<'w> {
    pub(super) text: &'w [u8],
    /// Values that end in `done + 1..=limit` are reported.
    pub(super) done: usize,
    pub(super) limit: usize,
    /// Offset of `text` in its stream.
    pub(super) offset: u64,
    pub(super) within: &'w [u64],
}

impl Window<'_> {
    fn report(&self, task: &mut Task<'_>, from: usize, to: usize, form: Form) {
        if to > self.done && to <= self.limit {
            task.report(self.within, self.offset + from as u64, form);
        }
    }
}

/// Looks through a stretch.
pub(super) fn look(window: &Window<'_>, task: &mut Task<'_>) {
    let mut scratch = std::mem::take(&mut task.scratch);
    plain(
        window,
        task,
        window.text,
        &mut scratch.run,
        Form::Plain,
        &|at| at,
    );
    wide(window, task, &mut scratch);
    let Scratch {
        run,
        plain: stretch,
        ..
    } = &mut scratch;
    let reach = task.values.longest() + UNSETTLED;
    escapes::stretches(window.text, reach, stretch, &mut |s| {
        plain(window, task, &s.text, run, Form::Escaped, &|at| s.place(at));
    });
    task.scratch = scratch;
    if task.checks == 0 && !task.stopped {
        task.stopped = true;
        let note = "too many things look like values";
        task.unsearched(window.within, window.offset, GapKind::Limit, note);
    }
}

/// Looks for values as they are, and for separated digits.
fn plain(
    window: &Window<'_>,
    task: &mut Task<'_>,
    text: &[u8],
    run: &mut Run,
    form: Form,
    place: &dyn Fn(usize) -> usize,
) {
    let values = task.values;
    let mut checks = task.checks;
    values.each(text, None, &mut checks, &mut |from, to| {
        window.report(task, place(from), place(to.saturating_sub(1)) + 1, form);
    });
    if values.has_digits() {
        let form = if form == Form::Plain {
            Form::Digits
        } else {
            form
        };
        digits::runs(text, run, &mut |run| {
            values.each(&run.digits, Some(run), &mut checks, &mut |from, to| {
                if let Some((from, to)) = run.place(from, to) {
                    window.report(task, place(from), place(to.saturating_sub(1)) + 1, form);
                }
            });
        });
    }
    task.checks = checks;
}

/// Byte order of UTF-16.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

/// Looks for ASCII text and digits in UTF-16, in both orders, at even and at odd places.
fn wide(window: &Window<'_>, task: &mut Task<'_>, scratch: &mut Scratch) {
    // Eight characters have eight high bytes that are zero, or 0xFF for full-width digits.
    const FEWEST: u32 = 8;
    if !task.values.has_ascii() {
        return;
    }
    let mut counts = [0; 2];
    for pair in window.text.chunks_exact(2) {
        if let [a, b] = *pair {
            counts[0] += u32::from(a == 0 || a == 0xFF);
            counts[1] += u32::from(b == 0 || b == 0xFF);
        }
    }
    // An odd last byte is not counted.
    counts[0] += 1;
    for (start, order, high) in [
        (0, Order::Little, counts[1]),
        (1, Order::Big, counts[1]),
        (0, Order::Big, counts[0]),
        (1, Order::Little, counts[0]),
    ] {
        if high < FEWEST {
            continue;
        }
        let mut narrow = std::mem::take(&mut scratch.narrow);
        narrowed(
            window.text.get(start..).unwrap_or_default(),
            order,
            &mut narrow,
        );
        let place = |at: usize| start + 2 * at;
        plain(window, task, &narrow, &mut scratch.run, Form::Wide, &place);
        scratch.narrow = narrow;
    }
}

/// One byte for each two: ASCII, digits for full-width digits, 0x80 for other characters.
fn narrowed(text: &[u8], order: Order, out: &mut Vec<u8>) {
    out.clear();
    out.extend(text.chunks_exact(2).map(|pair| {
        let [low, high] = match (pair, order) {
            (&[a, b], Order::Little) => [a, b],
            (&[a, b], Order::Big) => [b, a],
            _ => [0, 0],
        };
        match (high, low) {
            (0, 0x01..=0x7F) => low,
            (0, 0xA0) => b' ',
            (0xFF, 0x10..=0x19) => b'0' + (low - 0x10),
            _ => 0x80,
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrowing_gives_one_byte_a_character() {
        let mut out = Vec::new();
        for order in [Order::Little, Order::Big] {
            let bytes = |u: u16| match order {
                Order::Little => u.to_le_bytes(),
                Order::Big => u.to_be_bytes(),
            };
            let text: Vec<u8> = "Ab1３\u{a0}中\0~".encode_utf16().flat_map(bytes).collect();
            narrowed(&text, order, &mut out);
            assert_eq!(out, b"Ab13 \x80\x80~");
            narrowed(&text[..5], order, &mut out);
            assert_eq!(out, b"Ab");
        }
    }
}
