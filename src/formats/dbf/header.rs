//! The header of a table: its kind, its fields, where records begin.
//!
//! Sources: the dBASE level 5 and level 7 table file descriptions, Microsoft's "Table File Structure
//! (.dbc, .dbf, .frx, .lbx, .mnx, .pjx, .scx, .vcx)" for `FoxPro`.

use crate::formats::{
    encoding::Encoding,
    le::{u16_at, u32_at},
};
use encoding_rs::GB18030;

/// Bytes before the fields of a table of dBASE III to V and `FoxPro`.
const CLASSIC: usize = 32;
/// Bytes before the fields of a table of dBASE 7.
const SEVEN: usize = 68;
/// Where records of a dBASE II table begin.
const TWO_DATA: usize = 521;

/// How a field's bytes hold its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Characters.
    Text,
    /// Digits.
    Number,
    /// Eight digits.
    Date,
    /// One letter.
    Logical,
    /// Number of a block in the memo file.
    Memo,
    /// Four bytes, low one first.
    Integer,
    /// IEEE 754, eight bytes, low one first.
    Double,
    /// Ten-thousandths in eight bytes, low one first.
    Currency,
    /// A Julian day and milliseconds.
    DateTime,
    /// Four bytes, high one first, sign bit flipped.
    IntegerHighFirst,
    /// Flags of the program's own.
    System,
}

/// One field.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// Its name.
    pub(super) name: String,
    /// Where its name lies in the header.
    pub(super) name_at: (usize, usize),
    /// How its value is stored.
    pub(super) kind: Kind,
    /// First byte in a record.
    pub(super) at: usize,
    /// Its bytes.
    pub(super) width: usize,
}

/// A header.
#[derive(Debug, Clone)]
pub(super) struct Header {
    /// Records that it speaks of.
    pub(super) records: u32,
    /// Bytes of a record, with the mark of deletion before its fields.
    pub(super) record: usize,
    /// The fields in order.
    pub(super) fields: Vec<Field>,
    /// Byte after the last field's description.
    pub(super) fields_end: usize,
    /// Bytes of one description.
    pub(super) step: usize,
    /// The language driver.
    pub(super) language: u8,
    /// Whether the records are encrypted (dBASE IV).
    pub(super) encrypted: bool,
    /// Whether the fields fill the record exactly.
    pub(super) exact: bool,
}

/// Bytes of the header of a table that begins so; `None` when no table begins so.
pub(super) fn length(head: &[u8]) -> Option<usize> {
    match head.first()? {
        0x02 => Some(TWO_DATA),
        0x03
        | 0x04
        | 0x05
        | 0x07
        | 0x30..=0x32
        | 0x43
        | 0x63
        | 0x83
        | 0x87
        | 0x8B
        | 0x8C
        | 0x8E
        | 0xB3
        | 0xCB
        | 0xE5
        | 0xEB
        | 0xF5
        | 0xFB => {
            let length = usize::from(u16_at(head, 8)?);
            (length > CLASSIC).then_some(length)
        }
        _ => None,
    }
}

impl Header {
    /// Reads it from the first bytes of a table, which may end inside the fields. `None` when they are
    /// not those of a table.
    pub(super) fn parse(head: &[u8]) -> Option<Self> {
        let length = length(head)?;
        let version = *head.first()?;
        if version == 0x02 {
            return Self::two(head);
        }
        let (month, day) = (*head.get(2)?, *head.get(3)?);
        if month > 12 || day > 31 {
            return None;
        }
        let seven = version & 0x07 == 0x04;
        let (start, step) = if seven { (SEVEN, 48) } else { (CLASSIC, 32) };
        let mut fields = Vec::new();
        let mut at = start;
        while at < length.min(head.len()) && !matches!(head.get(at), Some(0x0D)) {
            if at + step > length {
                break;
            }
            let Some(bytes) = head.get(at..at + step) else {
                break;
            };
            // Some writers fill up with empty descriptions.
            if bytes.iter().all(|&b| b == 0) && !fields.is_empty() {
                break;
            }
            fields.push(describe(bytes, at, seven, version)?);
            at += step;
        }
        let record = usize::from(u16_at(head, 10)?);
        let mut header = Self {
            records: u32_at(head, 4)?,
            record,
            fields,
            fields_end: at,
            step,
            language: *head.get(29)?,
            encrypted: head.get(15) == Some(&1) && !matches!(version, 0x30..=0x32),
            exact: false,
        };
        let whole = at < head.len() || at >= length;
        header.place(head, whole && !seven)?;
        Some(header)
    }

    fn two(head: &[u8]) -> Option<Self> {
        let mut fields = Vec::new();
        let mut at = 8;
        while at + 16 <= TWO_DATA && head.get(at) != Some(&0x0D) {
            let bytes = head.get(at..at + 16)?;
            let kind = kind(*bytes.get(11)?, 0x02)?;
            let name = bytes.get(..11)?;
            fields.push(Field {
                name: name_of(name)?,
                name_at: (at, at + 11),
                kind,
                at: 0,
                width: usize::from(*bytes.get(12)?),
            });
            at += 16;
        }
        let mut header = Self {
            records: u16_at(head, 1)?.into(),
            record: u16_at(head, 6)?.into(),
            fields,
            fields_end: at,
            step: 16,
            language: 0,
            encrypted: false,
            exact: false,
        };
        header.place(head, false)?;
        header.exact.then_some(header)
    }

    /// Works out where the fields lie in a record. Long text fields keep the high byte of their width
    /// where others keep decimals; that is so when it makes the record come out.
    fn place(&mut self, head: &[u8], long: bool) -> Option<()> {
        if self.fields.is_empty() || self.fields.iter().any(|f| f.width == 0) || self.record < 2 {
            return None;
        }
        let sum = |fields: &[Field]| 1 + fields.iter().map(|f| f.width).sum::<usize>();
        if sum(&self.fields) != self.record && long {
            let mut wide = self.fields.clone();
            for field in wide.iter_mut().filter(|f| f.kind == Kind::Text) {
                let decimals = head.get(field.name_at.0 + 17).copied().unwrap_or(0);
                field.width += usize::from(decimals) << 8;
            }
            if sum(&wide) == self.record {
                self.fields = wide;
            }
        }
        self.exact = sum(&self.fields) == self.record;
        let mut at = 1;
        for field in &mut self.fields {
            field.at = at;
            at += field.width;
        }
        Some(())
    }
}

fn describe(bytes: &[u8], at: usize, seven: bool, version: u8) -> Option<Field> {
    let name_len = if seven { 32 } else { 11 };
    let name = bytes.get(..name_len)?;
    let kind = kind(*bytes.get(name_len)?, version)?;
    let width = *bytes.get(if seven { 33 } else { 16 })?;
    Some(Field {
        name: name_of(name)?,
        name_at: (at, at + name_len),
        kind,
        at: 0,
        width: usize::from(width),
    })
}

fn name_of(raw: &[u8]) -> Option<String> {
    let raw = raw.split(|&b| b == 0).next()?;
    if raw.is_empty() || raw.iter().any(|&b| b < 0x20 || b == 0x7F) {
        return None;
    }
    let text = match std::str::from_utf8(raw) {
        Ok(text) => text.to_owned(),
        // A name may be cut inside a character.
        Err(_) => GB18030.decode_without_bom_handling(raw).0.into_owned(),
    };
    Some(text.trim().to_owned())
}

fn kind(letter: u8, version: u8) -> Option<Kind> {
    let fox = matches!(version, 0x30..=0x32);
    Some(match letter {
        b'C' | b'V' | b'Q' => Kind::Text,
        b'N' | b'F' => Kind::Number,
        b'D' => Kind::Date,
        b'L' => Kind::Logical,
        b'B' if fox => Kind::Double,
        b'M' | b'G' | b'P' | b'B' | b'W' => Kind::Memo,
        b'I' => Kind::Integer,
        b'Y' => Kind::Currency,
        b'T' | b'@' => Kind::DateTime,
        b'+' => Kind::IntegerHighFirst,
        b'O' => Kind::Double,
        b'0' | b'X' => Kind::System,
        _ => return None,
    })
}

/// The encoding that a language driver stands for, where it is one that can be decoded.
pub(super) fn language(driver: u8) -> Option<Encoding> {
    let label: &[u8] = match driver {
        0x4D | 0x7A => b"gbk",
        0x4F | 0x78 => b"big5",
        0x13 | 0x7B => b"shift_jis",
        0x4E | 0x79 => b"euc-kr",
        0x50 | 0x7C => b"windows-874",
        0x03 | 0x57..=0x59 => b"windows-1252",
        0xC8 => b"windows-1250",
        0xC9 => b"windows-1251",
        0xCA => b"windows-1254",
        0xCB => b"windows-1253",
        0xCC => b"windows-1257",
        0x7D => b"windows-1255",
        0x7E => b"windows-1256",
        0x26 | 0x65 => b"ibm866",
        _ => return None,
    };
    crate::formats::encoding::label(label)
}
