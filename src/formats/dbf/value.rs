//! Values of fields: their text, and the bytes that stand for a masked one.

use super::header::{Field, Kind};
use crate::{
    formats::{
        encoding::Codec,
        fixed::{raw_at, same_length},
    },
    model::{CellKind, Edit},
};
use std::ops::Range;

/// What is read of a field.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// These bytes of the field.
    Bytes(Range<usize>, CellKind),
    /// Worked out from its bytes.
    Text(String),
    /// Nothing.
    Empty,
}

fn trimmed(raw: &[u8]) -> Range<usize> {
    let blank = |b: &u8| *b <= b' ';
    let start = raw.iter().position(|b| !blank(b)).unwrap_or(raw.len());
    let end = raw.iter().rposition(|b| !blank(b)).map_or(start, |i| i + 1);
    start..end
}

/// The value in a field's bytes.
pub(super) fn value(field: &Field, raw: &[u8]) -> Value {
    match field.kind {
        Kind::Text | Kind::Date | Kind::Logical => {
            let range = trimmed(raw);
            if range.is_empty() {
                Value::Empty
            } else {
                Value::Bytes(range, CellKind::Text)
            }
        }
        Kind::Number => number(raw),
        Kind::Memo | Kind::System => Value::Empty,
        Kind::Integer => raw
            .first_chunk()
            .map_or(Value::Empty, |b| shown(i64::from(i32::from_le_bytes(*b)))),
        Kind::IntegerHighFirst => raw.first_chunk().map_or(Value::Empty, |b| {
            shown(i64::from(i32::from_be_bytes(*b) ^ i32::MIN))
        }),
        Kind::Currency => raw
            .first_chunk()
            .map_or(Value::Empty, |b| shown(i64::from_le_bytes(*b) / 10_000)),
        Kind::Double => raw.first_chunk().map_or(Value::Empty, |b| {
            let number = f64::from_le_bytes(*b);
            if number == 0.0 || !number.is_finite() || number.abs() >= 1e21 {
                Value::Empty
            } else {
                Value::Text(format!("{number}"))
            }
        }),
        Kind::DateTime => moment(raw).map_or(Value::Empty, Value::Text),
    }
}

fn shown(number: i64) -> Value {
    if number == 0 {
        Value::Empty
    } else {
        Value::Text(number.to_string())
    }
}

/// Digits; decimals that are all zero are left out, so that an account stays one.
fn number(raw: &[u8]) -> Value {
    let range = trimmed(raw);
    let text = raw.get(range.clone()).unwrap_or_default();
    if text.is_empty() {
        return Value::Empty;
    }
    let plain = text
        .iter()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+'));
    if !plain {
        return Value::Bytes(range, CellKind::Text);
    }
    let end = match text.iter().position(|&b| b == b'.') {
        Some(dot) if text.iter().skip(dot + 1).all(|&b| b == b'0') => range.start + dot,
        _ => range.end,
    };
    Value::Bytes(range.start..end, CellKind::Number)
}

/// Date of a Julian day, by the algorithm of Fliegel and van Flandern (1968).
fn moment(raw: &[u8]) -> Option<String> {
    let day = i64::from(u32::from_le_bytes(*raw.first_chunk()?));
    if !(1_700_000..3_000_000).contains(&day) {
        return None;
    }
    let mut l = day + 68_569;
    let n = 4 * l / 146_097;
    l -= (146_097 * n + 3) / 4;
    let i = 4_000 * (l + 1) / 1_461_001;
    l = l - 1_461 * i / 4 + 31;
    let j = 80 * l / 2_447;
    let date = l - 2_447 * j / 80;
    l = j / 11;
    let (month, year) = (j + 2 - 12 * l, 100 * (n - 49) + i + l);
    Some(format!("{year:04}-{month:02}-{date:02}"))
}

/// Puts changes into a field's bytes. `edits` are of its value's text, whose first byte is `from` in the
/// fragment; `decoded` says that the text is not the field's own bytes.
pub(super) fn mask(
    field: &Field,
    raw: &mut [u8],
    edits: &[Edit],
    from: usize,
    codec: Codec,
    decoded: bool,
) {
    let Value::Bytes(range, _) = value(field, raw) else {
        // Numbers in binary.
        raw.fill(0);
        return;
    };
    if field.kind != Kind::Text {
        raw.fill(b' ');
        return;
    }
    let old = raw.get(range.clone()).unwrap_or_default().to_vec();
    let place = |at: usize| {
        let at = at.saturating_sub(from);
        if decoded {
            raw_at(codec, &old, at)
        } else {
            at.min(old.len())
        }
    };
    let spans: Vec<(usize, usize, &str)> = edits
        .iter()
        .map(|e| (place(e.span.start()), place(e.span.end()), e.with.as_str()))
        .collect();
    let room = raw.len() - range.start;
    let loose = spliced(&old, &spans, |with, len| {
        let new = codec.encode(with);
        if new.len() > len {
            new
        } else {
            same_length(codec, with, len)
        }
    });
    let new = if loose.len() <= room {
        loose
    } else {
        spliced(&old, &spans, |with, len| same_length(codec, with, len))
    };
    let Some(target) = raw.get_mut(range.start..) else {
        return;
    };
    for (i, slot) in target.iter_mut().enumerate() {
        match new.get(i) {
            Some(&b) => *slot = b,
            // What was blank stays as it is.
            None if i >= old.len() => {}
            None => *slot = b' ',
        }
    }
}

fn spliced(
    old: &[u8],
    spans: &[(usize, usize, &str)],
    new: impl Fn(&str, usize) -> Vec<u8>,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(old.len());
    let mut at = 0;
    for &(start, end, with) in spans {
        out.extend_from_slice(old.get(at..start).unwrap_or_default());
        out.extend(new(with, end.saturating_sub(start)));
        at = end.max(at);
    }
    out.extend_from_slice(old.get(at..).unwrap_or_default());
    out
}
