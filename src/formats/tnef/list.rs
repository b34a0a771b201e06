//! Lists of properties, one after the other ([MS-OXTNEF] 2.1.3.4).

use crate::formats::le::{u16_at, u32_at};

/// What a property is and its values, which may be many.
#[derive(Debug)]
pub(super) struct Property<'l> {
    pub(super) id: u16,
    /// Its type, without the mark of many values.
    pub(super) kind: u16,
    /// The name that somebody has given it, in UTF-16.
    pub(super) name: Option<&'l [u8]>,
    pub(super) values: Vec<&'l [u8]>,
}

/// Reads properties.
#[derive(Debug)]
pub(super) struct List<'l> {
    pub(super) raw: &'l [u8],
    pub(super) at: usize,
}

impl<'l> List<'l> {
    fn number(&mut self) -> Option<u32> {
        let number = u32_at(self.raw, self.at)?;
        self.at += 4;
        Some(number)
    }

    fn take(&mut self, length: usize) -> Option<&'l [u8]> {
        let value = self.raw.get(self.at..self.at.checked_add(length)?)?;
        // Padded to four bytes.
        self.at = (self.at + length).next_multiple_of(4).min(self.raw.len());
        Some(value)
    }

    fn sized(&mut self) -> Option<&'l [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        self.take(length)
    }

    /// The next property, or `None`, and then the place is still that of its beginning.
    pub(super) fn property(&mut self) -> Option<Property<'l>> {
        let start = self.at;
        let found = self.whole();
        if found.is_none() {
            self.at = start;
        }
        found
    }

    fn whole(&mut self) -> Option<Property<'l>> {
        let kind = u16_at(self.raw, self.at)?;
        let id = u16_at(self.raw, self.at + 2)?;
        self.at += 4;
        let mut name = None;
        if id >= 0x8000 {
            self.take(16)?;
            if self.number()? == 0 {
                self.number()?;
            } else {
                name = Some(self.sized()?);
            }
        }
        let many = kind & 0x1000 != 0;
        let kind = kind & 0x0FFF;
        let fixed = match kind {
            0x0002 | 0x0003 | 0x0004 | 0x000A | 0x000B => Some(4),
            0x0005..=0x0007 | 0x0014 | 0x0040 => Some(8),
            0x0048 => Some(16),
            0x001E | 0x001F | 0x0102 | 0x000D => None,
            _ => return None,
        };
        // What has a length of its own says how many there are, always.
        let count = if many || fixed.is_none() {
            self.number()?
        } else {
            1
        };
        let mut values = Vec::new();
        for _ in 0..count {
            values.push(match fixed {
                Some(length) => self.take(length)?,
                None => self.sized()?,
            });
        }
        Some(Property {
            id,
            kind,
            name,
            values,
        })
    }
}
