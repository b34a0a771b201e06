//! Types of Arrow: how their values lie, and what they mean.
//!
//! Standard: Apache Arrow columnar format 1.5, `Schema.fbs`.

use super::{
    super::value::Shape,
    flat::{Fields, Table, Value},
    schema::Kind,
};
use crate::formats::FormatError;

const BAD: FormatError = FormatError::Corrupt("the schema");

/// How values lie, what they mean, and the type as it is written again.
type Type = (Kind, Shape, Fields);

/// Bytes of a number of so many bits.
pub(super) fn width(bits: i32) -> Result<usize, FormatError> {
    match bits {
        8 | 16 | 32 | 64 | 128 | 256 => usize::try_from(bits / 8).map_err(|_| BAD),
        _ => Err(BAD),
    }
}

/// Fields of a type, where they are left out with what they are then.
struct Said<'t>(Option<Table<'t>>);

impl Said<'_> {
    fn short(&self, n: usize, or: i16) -> i16 {
        self.0.as_ref().and_then(|t| t.short(n)).unwrap_or(or)
    }

    fn int(&self, n: usize, or: i32) -> i32 {
        self.0.as_ref().and_then(|t| t.int(n)).unwrap_or(or)
    }

    fn flag(&self, n: usize) -> u8 {
        self.0.as_ref().and_then(|t| t.byte(n)).unwrap_or(0)
    }
}

fn plain(kind: Kind, shape: Shape) -> Type {
    (kind, shape, Vec::new())
}

/// The type of this number.
///
/// # Errors
/// `Corrupt`; `Unsupported` for one that is not known.
pub(super) fn kind(number: u8, table: Option<Table<'_>>) -> Result<Type, FormatError> {
    let said = Said(table);
    Ok(match number {
        1 => plain(Kind::Null, Shape::Silent),
        4 | 5 => plain(Kind::Var(4), Shape::Bytes),
        19 | 20 => plain(Kind::Var(8), Shape::Bytes),
        6 => plain(Kind::Bool, Shape::Bool),
        12 => plain(Kind::List(4), Shape::Silent),
        21 => plain(Kind::List(8), Shape::Silent),
        13 => plain(Kind::Parts { own_rows: false }, Shape::Silent),
        14 => {
            let mode = said.short(0, 0);
            let ids = said.0.as_ref().and_then(|t| t.bytes(1, 4));
            let ids = ids.unwrap_or_default().chunks_exact(4);
            let ids = ids.filter_map(<[u8]>::first_chunk);
            let ids: Vec<i32> = ids.map(|b| i32::from_le_bytes(*b)).collect();
            let fields = vec![(0, Value::Short(mode)), (1, Value::Ints(ids))];
            let dense = mode == 1;
            (Kind::Union { dense }, Shape::Silent, fields)
        }
        15 => {
            let size = said.int(0, 0);
            let width = usize::try_from(size).ok().filter(|n| *n > 0).ok_or(BAD)?;
            let fields = vec![(0, Value::Int(size))];
            (Kind::Fixed(width), Shape::Bytes, fields)
        }
        16 => {
            let fields = vec![(0, Value::Int(said.int(0, 0)))];
            (Kind::Parts { own_rows: true }, Shape::Silent, fields)
        }
        17 => {
            let fields = vec![(0, Value::Byte(said.flag(0)))];
            (Kind::List(4), Shape::Silent, fields)
        }
        22 => plain(Kind::RunEnds, Shape::Silent),
        23 | 24 => plain(Kind::View, Shape::Bytes),
        25 => plain(Kind::ListView(4), Shape::Silent),
        26 => plain(Kind::ListView(8), Shape::Silent),
        2 | 3 | 7 => amount(number, &said)?,
        8..=11 | 18 => time(number, &said)?,
        _ => return Err(FormatError::Unsupported("an unknown type of column")),
    })
}

/// Whole numbers, fractions, decimals.
fn amount(number: u8, said: &Said<'_>) -> Result<Type, FormatError> {
    Ok(match number {
        2 => {
            let (bits, signed) = (said.int(0, 0), said.flag(1));
            let fields = vec![(0, Value::Int(bits)), (1, Value::Byte(signed))];
            let shape = Shape::Int {
                signed: signed != 0,
            };
            (Kind::Fixed(width(bits)?), shape, fields)
        }
        3 => {
            let precision = said.short(0, 0);
            let size = match precision {
                0 => 2,
                1 => 4,
                2 => 8,
                _ => return Err(BAD),
            };
            let fields = vec![(0, Value::Short(precision))];
            (Kind::Fixed(size), Shape::Float, fields)
        }
        _ => {
            let (scale, bits) = (said.int(1, 0), said.int(2, 128));
            let fields = [said.int(0, 0), scale, bits];
            let fields = (0..).zip(fields).map(|(n, v)| (n, Value::Int(v)));
            let shape = Shape::Decimal { scale, big: false };
            (Kind::Fixed(width(bits)?), shape, fields.collect())
        }
    })
}

/// Days, times, moments, intervals, durations.
fn time(number: u8, said: &Said<'_>) -> Result<Type, FormatError> {
    Ok(match number {
        8 => {
            let unit = said.short(0, 1);
            let (size, shape) = if unit == 0 {
                (4, Shape::Days)
            } else {
                (8, Shape::Moment { second: 1_000 })
            };
            (Kind::Fixed(size), shape, vec![(0, Value::Short(unit))])
        }
        9 => {
            let (unit, bits) = (said.short(0, 1), said.int(1, 32));
            let fields = vec![(0, Value::Short(unit)), (1, Value::Int(bits))];
            (Kind::Fixed(width(bits)?), Shape::Silent, fields)
        }
        10 => {
            let unit = said.short(0, 0);
            let mut fields = vec![(0, Value::Short(unit))];
            if let Some(zone) = said.0.as_ref().and_then(|t| t.text(1)) {
                fields.push((1, Value::Text(zone)));
            }
            let second = match unit {
                0 => 1,
                1 => 1_000,
                2 => 1_000_000,
                _ => 1_000_000_000,
            };
            (Kind::Fixed(8), Shape::Moment { second }, fields)
        }
        11 => {
            let unit = said.short(0, 0);
            let size = match unit {
                0 => 4,
                1 => 8,
                2 => 16,
                _ => return Err(BAD),
            };
            let fields = vec![(0, Value::Short(unit))];
            (Kind::Fixed(size), Shape::Silent, fields)
        }
        _ => {
            let fields = vec![(0, Value::Short(said.short(0, 1)))];
            (Kind::Fixed(8), Shape::Silent, fields)
        }
    })
}
