//! Values: how they are shown, and what stands in their place.

use crate::{
    formats::{
        Cx, FormatError, Source,
        encoding::{Codec, Encoding, is_sound_gb, looks_like_text},
        nest::identify,
        sqlite::rows::{json_masked, opaque, words},
    },
    model::{CellKind, Date, Edit, GapKind, Name, Step},
};
use std::{fmt::Write as _, io::Cursor};

/// A value that is longer is a member of its own, in bytes.
const LONG: usize = 1 << 20;
/// Bytes in binary of up to this length are digests, identifiers and flags.
const SHORT: usize = 64;

/// What the bytes of a value mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Bytes that may be text.
    Bytes,
    Bool,
    /// A number of up to 16 bytes, the lowest first.
    Int {
        signed: bool,
    },
    /// The same with digits behind the point; the highest byte first when `big`.
    Decimal {
        scale: i32,
        big: bool,
    },
    /// Of 2, 4 or 8 bytes.
    Float,
    /// Days since 1970.
    Days,
    /// Since 1970; so many in a second.
    Moment {
        second: i64,
    },
    /// Nanoseconds of the day in 8 bytes, then the day of the Julian count in 4.
    Impala,
    /// 16 bytes, shown as they are written.
    Uuid,
    /// Times of the day, intervals: no value of a person.
    Silent,
}

/// How a value is to be written back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    /// Text in GB 18030.
    Gb,
    /// Bytes with words in them.
    Binary,
    /// Anything but text.
    Number,
}

/// The first day of the year 1, in days since 1970: of nobody's life, which the day 0 could be.
const NO_DAY: i64 = -719_162;
/// A day that nanoseconds in 8 bytes can say too.
const NO_DAY_SHORT: i64 = -100_000;

/// The bytes that stand in place of a value of so many bytes where none may be missing.
pub(super) fn nothing(shape: Shape, width: usize) -> Vec<u8> {
    let value = match shape {
        Shape::Days => NO_DAY,
        Shape::Moment { second } => {
            let steps = second.saturating_mul(86_400);
            let day = NO_DAY.checked_mul(steps);
            day.unwrap_or(NO_DAY_SHORT.saturating_mul(steps))
        }
        _ => 0,
    };
    let mut out = value.to_le_bytes().to_vec();
    // A negative number goes on with ones.
    out.resize(width, if value < 0 { 0xFF } else { 0 });
    out
}

/// A number of up to 16 bytes, the lowest first.
pub(super) fn integer(raw: &[u8], signed: bool) -> i128 {
    let negative = signed && raw.last().is_some_and(|b| b & 0x80 != 0);
    let start: i128 = if negative { -1 } else { 0 };
    raw.iter()
        .rev()
        .take(16)
        .fold(start, |v, b| (v << 8) | i128::from(*b))
}

fn half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from((bits >> 10) & 0x1F);
    let fraction = f64::from(bits & 0x3FF) / 1024.0;
    match exponent {
        0 => sign * fraction * 2_f64.powi(-14),
        31 => f64::NAN,
        e => sign * (1.0 + fraction) * 2_f64.powi(e - 15),
    }
}

fn float(raw: &[u8]) -> f64 {
    match raw {
        [a, b] => half(u16::from_le_bytes([*a, *b])),
        [a, b, c, d] => f64::from(f32::from_le_bytes([*a, *b, *c, *d])),
        _ => raw
            .first_chunk()
            .map_or(f64::NAN, |b| f64::from_le_bytes(*b)),
    }
}

/// A number with `scale` digits behind the point, without needless zeros.
fn decimal(value: i128, scale: i32) -> String {
    let digits = value.unsigned_abs().to_string();
    let sign = if value < 0 { "-" } else { "" };
    let Ok(scale) = usize::try_from(scale) else {
        let zeros = usize::try_from(-i64::from(scale)).unwrap_or(0).min(64);
        return format!("{sign}{digits}{}", "0".repeat(zeros));
    };
    let scale = scale.min(64);
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let (whole, part) = digits.split_at(digits.len() - scale);
    let part = part.trim_end_matches('0');
    let point = if part.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{part}")
}

fn moment(seconds: i64) -> Option<String> {
    let day = Date::of_days(seconds.div_euclid(86_400))?;
    let rest = seconds.rem_euclid(86_400);
    let (h, m, s) = (rest / 3600, rest / 60 % 60, rest % 60);
    Some(if rest == 0 {
        day.to_string()
    } else {
        format!("{day} {h:02}:{m:02}:{s:02}")
    })
}

/// What is shown of a value that is no text.
fn shown(shape: Shape, raw: &[u8]) -> Option<(String, CellKind)> {
    let number = |text: String| Some((text, CellKind::Number));
    let text = |text: String| Some((text, CellKind::Text));
    match shape {
        Shape::Bytes | Shape::Bool | Shape::Silent => None,
        Shape::Int { signed } => number(integer(raw, signed).to_string()),
        Shape::Decimal { scale, big } => {
            let raw: Vec<u8> = if big {
                raw.iter().rev().copied().collect()
            } else {
                raw.to_vec()
            };
            if raw.len() > 16 {
                let rest = raw.get(16..).unwrap_or_default();
                // What is longer than any number of a person is no number of a person.
                if rest.iter().any(|b| !matches!(b, 0 | 0xFF)) {
                    return None;
                }
            }
            let low = raw.get(..16).unwrap_or(&raw);
            number(decimal(integer(low, true), scale))
        }
        Shape::Float => {
            let value = float(raw);
            if !value.is_finite() || value.abs() >= 1e21 {
                return None;
            }
            let kind = if value.fract() == 0.0 && value.abs() >= 1e15 {
                CellKind::Rounded
            } else {
                CellKind::Number
            };
            Some((format!("{value}"), kind))
        }
        Shape::Days => {
            let days = i64::try_from(integer(raw, true)).ok()?;
            text(Date::of_days(days)?.to_string())
        }
        Shape::Moment { second } => {
            let value = i64::try_from(integer(raw, true)).ok()?;
            text(moment(value.div_euclid(second.max(1)))?)
        }
        Shape::Impala => {
            let nanos = i64::try_from(integer(raw.get(..8)?, true)).ok()?;
            let day = i64::try_from(integer(raw.get(8..12)?, false)).ok()?;
            // Day 2,440,588 of the Julian count is the first of 1970.
            text(moment(
                (day - 2_440_588) * 86_400 + nanos.div_euclid(1_000_000_000),
            )?)
        }
        Shape::Uuid => {
            let mut hex = String::new();
            for byte in raw {
                // A string takes what is written to it.
                let _ = write!(hex, "{byte:02x}");
            }
            let cut = [0..8, 8..12, 12..16, 16..20, 20..32];
            let parts: Vec<&str> = cut.into_iter().filter_map(|r| hex.get(r)).collect();
            text(parts.join("-"))
        }
    }
}

/// Adds what is shown of a value. `None`: the value is a member of its own ([`inside`]).
pub(super) fn put(shape: Shape, raw: &[u8], out: &mut Vec<u8>) -> Option<(Form, CellKind)> {
    if shape != Shape::Bytes {
        let (text, kind) = shown(shape, raw).unwrap_or((String::new(), CellKind::Number));
        out.extend_from_slice(text.as_bytes());
        return Some((Form::Number, kind));
    }
    if raw.len() > LONG {
        return None;
    }
    let text = |form| Some((form, CellKind::Text));
    // What fills a text up to its column's width is no part of it.
    let end = raw
        .iter()
        .rposition(|b| *b != 0)
        .map_or(raw.len(), |n| n + 1);
    let bare = raw.get(..end).unwrap_or(raw);
    if std::str::from_utf8(bare).is_ok() && !bare.contains(&0) {
        out.extend_from_slice(bare);
        return text(Form::Text);
    }
    if !bare.contains(&0) && looks_like_text(bare) && is_sound_gb(bare) {
        Codec::new(Encoding::Gb18030).decode(bare, true, out, &mut 0);
        return text(Form::Gb);
    }
    if raw.len() <= SHORT {
        words(raw, out);
        return text(Form::Binary);
    }
    None
}

/// The new bytes of a value; `from` is where its text begins in the fragment.
pub(super) fn masked(old: &[u8], from: usize, edits: &[Edit], form: Form) -> Vec<u8> {
    match form {
        Form::Binary | Form::Number => Vec::new(),
        Form::Text => json_masked(old, from, edits),
        Form::Gb => {
            let new = json_masked(old, from, edits);
            Codec::new(Encoding::Gb18030).encode(&String::from_utf8_lossy(&new))
        }
    }
}

/// Reads a value as a file of its own. Gives what a copy has in its place, `None` when it stays.
///
/// # Errors
/// As for [`Cx::member`]; `Withheld` for what is not read and may not be left out.
pub(super) fn inside(
    raw: &[u8],
    (column, row): (&str, u64),
    is_text: bool,
    writing: bool,
    cx: &mut Cx<'_>,
) -> Result<Option<Vec<u8>>, FormatError> {
    let end = if is_text { ".txt" } else { "" };
    let name = Name::from(format!("{row}/{column}{end}").as_str());
    cx.spend(raw.len() as u64)?;
    let mut source = Source::slice(raw);
    if !writing {
        cx.member(&name, &mut source, None)?;
        return Ok(None);
    }
    let unknown = identify(source.head(), &[]);
    if unknown.format.is_none() && !is_text {
        let picture = matches!(unknown.unknown, Some((GapKind::Image, _)));
        return opaque(&[Step::Field(column.to_owned())], raw, picture, cx);
    }
    let mut copy = Cursor::new(Vec::new());
    cx.member(&name, &mut source, Some(&mut copy))?;
    Ok(Some(copy.into_inner()).filter(|new| new != raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(shape: Shape, raw: &[u8]) -> String {
        let mut out = Vec::new();
        put(shape, raw, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_stands_in_place_of_a_day_is_no_day_of_a_life() {
        assert_eq!(nothing(Shape::Int { signed: true }, 4), [0; 4]);
        assert_eq!(integer(&nothing(Shape::Days, 4), true), -719_162);
        for second in [1, 1_000, 1_000_000, 1_000_000_000] {
            let shape = Shape::Moment { second };
            let shown = text(shape, &nothing(shape, 8));
            assert!(
                !shown.starts_with("19") && !shown.starts_with("20"),
                "{shown}"
            );
        }
    }

    #[test]
    fn values_as_they_are_shown() {
        let int = Shape::Int { signed: true };
        assert_eq!(text(int, &13_800_138_000_i64.to_le_bytes()), "13800138000");
        assert_eq!(text(int, &(-5_i32).to_le_bytes()), "-5");
        assert_eq!(text(Shape::Int { signed: false }, &[255]), "255");
        assert_eq!(
            text(Shape::Float, &13_800_138_000_f64.to_le_bytes()),
            "13800138000"
        );
        assert_eq!(text(Shape::Float, &[0x00, 0x3E]), "1.5");
        assert_eq!(text(Shape::Float, &f64::NAN.to_le_bytes()), "");
        let decimal = |scale, big| Shape::Decimal { scale, big };
        assert_eq!(text(decimal(2, true), &[0x30, 0x39]), "123.45");
        assert_eq!(text(decimal(0, false), &12_345_i128.to_le_bytes()), "12345");
        assert_eq!(text(decimal(-2, true), &[3]), "300");
        assert_eq!(text(Shape::Days, &7_305_i32.to_le_bytes()), "1990-01-01");
        let second = Shape::Moment { second: 1000 };
        assert_eq!(
            text(second, &(631_152_000_000_i64).to_le_bytes()),
            "1990-01-01"
        );
        assert_eq!(
            text(second, &(631_152_001_000_i64).to_le_bytes()),
            "1990-01-01 00:00:01"
        );
        let impala = [
            0_u64.to_le_bytes().to_vec(),
            2_447_893_u32.to_le_bytes().to_vec(),
        ];
        assert_eq!(text(Shape::Impala, &impala.concat()), "1990-01-01");
        assert_eq!(
            text(Shape::Uuid, &[0x11; 16]),
            "11111111-1111-1111-1111-111111111111"
        );
        assert_eq!(text(Shape::Bytes, "张三".as_bytes()), "张三");
        let gb = encoding_rs::GB18030.encode("客户张三丰").0.into_owned();
        assert_eq!(text(Shape::Bytes, &gb), "客户张三丰");
        assert_eq!(
            text(Shape::Bytes, b"\0\x01card 13800138000"),
            "card 13800138000"
        );
        assert_eq!(text(Shape::Bytes, "张三\0\0\0".as_bytes()), "张三");
        assert_eq!(text(Shape::Bytes, &[0; 4]), "");
        let wide: Vec<u8> = "13800138000"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(text(Shape::Bytes, &wide), "13800138000");
        let mixed = [b"\xff\0", "客户地址北京市".as_bytes()].concat();
        assert_eq!(text(Shape::Bytes, &mixed), "客户地址北京市");
    }
}
