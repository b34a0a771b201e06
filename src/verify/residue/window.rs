//! One stretch of bytes, looked through for every form of the values.

use super::{
    Form, Task,
    digits::{self, Run},
    escapes::{self, Plain},
    values::LONGEST,
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
    escapes::stretches(window.text, LONGEST, stretch, &mut |s| {
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
        window.report(task, place(from), place(to), form);
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
                    window.report(task, place(from), place(to), form);
                }
            });
        });
    }
    task.checks = checks;
}

/// Looks for ASCII text and digits in UTF-16. Little-endian text at an even place and big-endian at an
/// odd one have their characters at even places, so two ways of narrowing see all four.
fn wide(window: &Window<'_>, task: &mut Task<'_>, scratch: &mut Scratch) {
    // Eight characters have seven zero bytes at least between them (0xFF for full-width digits).
    const FEWEST: usize = 7;
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
    for (start, zeros) in [(0, counts[1]), (1, counts[0])] {
        if (zeros as usize) < FEWEST {
            continue;
        }
        narrow(window.text, start, &mut scratch.narrow);
        let place = |at: usize| start + 2 * at;
        let narrow = std::mem::take(&mut scratch.narrow);
        plain(window, task, &narrow, &mut scratch.run, Form::Wide, &place);
        scratch.narrow = narrow;
    }
}

/// The characters at every second place that are ASCII in either byte order; 0x80 for others.
fn narrow(text: &[u8], start: usize, out: &mut Vec<u8>) {
    const OTHER: u8 = 0x80;
    let unit = |before: u8, own: u8, after: u8| {
        let near = |n: u8| before == n || after == n;
        match own {
            0x01..=0x7F if near(0) => own,
            0xA0 if near(0) => b' ',
            0x10..=0x19 if near(0xFF) => b'0' + (own - 0x10),
            _ => OTHER,
        }
    };
    out.clear();
    out.reserve(text.len() / 2 + 1);
    if start == 0 {
        if let [own, after, ..] = *text {
            out.push(unit(OTHER, own, after));
        }
        let rest = text.get(1..).unwrap_or_default();
        out.extend(rest.windows(3).step_by(2).map(|w| match *w {
            [before, own, after] => unit(before, own, after),
            _ => OTHER,
        }));
    } else {
        out.extend(text.windows(3).step_by(2).map(|w| match *w {
            [before, own, after] => unit(before, own, after),
            _ => OTHER,
        }));
    }
    // The last character has only the byte before it.
    if text.len().saturating_sub(start) % 2 == 1 {
        match *text {
            [own] => out.push(unit(OTHER, own, OTHER)),
            [.., before, own] => out.push(unit(before, own, OTHER)),
            [] => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrowing_sees_all_orders_and_places() {
        let mut out = Vec::new();
        for text in ["Ab1", "１３8", "1\u{a0}2中3"] {
            for swap in [false, true] {
                for start in [0, 1, 2, 3] {
                    let mut bytes = vec![b'z'; start];
                    for unit in text.encode_utf16() {
                        let pair = if swap {
                            unit.to_be_bytes()
                        } else {
                            unit.to_le_bytes()
                        };
                        bytes.extend_from_slice(&pair);
                    }
                    let expected: Vec<u8> = text
                        .chars()
                        .map(|c| match c {
                            '１' => b'1',
                            '３' => b'3',
                            '\u{a0}' => b' ',
                            '中' => 0x80,
                            c => u8::try_from(c).unwrap(),
                        })
                        .collect();
                    let seen = (0..2).any(|s| {
                        narrow(&bytes, s, &mut out);
                        out.windows(expected.len()).any(|w| w == expected)
                    });
                    assert!(seen, "{text} {swap} {start}");
                }
            }
        }
    }

    #[test]
    fn narrowing_keeps_places() {
        let text: Vec<u8> = (0..101)
            .map(|i| if i % 2 == 0 { b'a' } else { 0 })
            .collect();
        for len in 0..text.len() {
            for start in [0, 1] {
                let mut out = Vec::new();
                narrow(&text[..len], start, &mut out);
                assert_eq!(
                    out.len(),
                    (len.saturating_sub(start)).div_ceil(2),
                    "{len} {start}"
                );
            }
        }
    }
}
