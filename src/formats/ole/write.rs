//! Writes a compound file anew.

use super::{Container, END, ENTRY, FREE, Kind, MINI};
use crate::formats::FormatError;
use std::io::Write;

/// Entry of a sector of the allocation table, and of one that lists such sectors.
const FAT: u32 = 0xFFFF_FFFD;
const DIFAT: u32 = 0xFFFF_FFFC;

fn number(n: usize) -> Result<u32, FormatError> {
    u32::try_from(n)
        .ok()
        .filter(|n| *n < 0xFFFF_FFF0)
        .ok_or(FormatError::Limit("sectors of a compound file"))
}

/// Sectors as they are laid out: their bytes, and the chains of what lies in them.
struct Sectors {
    size: usize,
    bytes: Vec<u8>,
    fat: Vec<u32>,
}

impl Sectors {
    /// Adds bytes as a chain of sectors; gives the first.
    fn add(&mut self, bytes: &[u8], fill: u8) -> Result<u32, FormatError> {
        if bytes.is_empty() {
            return Ok(END);
        }
        let first = self.fat.len();
        let count = bytes.len().div_ceil(self.size);
        self.bytes.extend_from_slice(bytes);
        self.bytes.resize((first + count) * self.size, fill);
        for i in 1..count {
            self.fat.push(number(first + i)?);
        }
        self.fat.push(END);
        number(first)
    }
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    if let Some(slot) = bytes.get_mut(at..at + value.len()) {
        slot.copy_from_slice(value);
    }
}

impl Container<'_> {
    /// Writes the directory with these contents of its streams, one for each entry.
    ///
    /// # Errors
    /// Those of writing; `Limit` past what the format can hold.
    pub(in super::super) fn write(
        &self,
        contents: &[Vec<u8>],
        out: &mut dyn Write,
    ) -> Result<(), FormatError> {
        let mut sectors = Sectors {
            size: self.sector_size(),
            bytes: Vec::new(),
            fat: Vec::new(),
        };
        let mut mini = Vec::new();
        let mut mini_fat: Vec<u32> = Vec::new();
        let mut directory = Vec::with_capacity(self.entries.len() * ENTRY);
        for (entry, content) in self.entries.iter().zip(contents) {
            let mut raw = entry.raw;
            if entry.kind == Kind::Unused {
                raw = [0; ENTRY];
                put(&mut raw, 68, &[0xFF; 12]);
            }
            // What stands behind the end of a name is left from another.
            let name = usize::from(super::u16_at(&raw, 64)).min(64);
            if let Some(rest) = raw.get_mut(name..64) {
                rest.fill(0);
            }
            if entry.kind == Kind::Stream {
                let small = (content.len() as u64) < self.cutoff;
                let start = if content.is_empty() {
                    END
                } else if small {
                    let first = mini_fat.len();
                    mini.extend_from_slice(content);
                    mini.resize(mini.len().next_multiple_of(MINI), 0);
                    for i in first + 1..mini.len() / MINI {
                        mini_fat.push(number(i)?);
                    }
                    mini_fat.push(END);
                    number(first)?
                } else {
                    sectors.add(content, 0)?
                };
                put(&mut raw, 116, &start.to_le_bytes());
                put(&mut raw, 120, &(content.len() as u64).to_le_bytes());
            }
            directory.extend_from_slice(&raw);
        }
        let mini_start = sectors.add(&mini, 0)?;
        put(&mut directory, 116, &mini_start.to_le_bytes());
        put(&mut directory, 120, &(mini.len() as u64).to_le_bytes());
        let mini_table: Vec<u8> = mini_fat.iter().flat_map(|n| n.to_le_bytes()).collect();
        let mini_fat_start = sectors.add(&mini_table, 0xFF)?;
        let mini_fat_count = mini_table.len().div_ceil(sectors.size);
        // Unused entries fill the last sector of the directory.
        while !directory.len().is_multiple_of(sectors.size) {
            let mut raw = [0; ENTRY];
            put(&mut raw, 68, &[0xFF; 12]);
            directory.extend_from_slice(&raw);
        }
        let directory_count = directory.len() / sectors.size;
        let directory_start = sectors.add(&directory, 0)?;
        let mut header = self.header(&mut sectors)?;
        put(
            &mut header,
            40,
            &if self.shift == 9 {
                0
            } else {
                number(directory_count)?
            }
            .to_le_bytes(),
        );
        put(&mut header, 48, &directory_start.to_le_bytes());
        put(&mut header, 60, &mini_fat_start.to_le_bytes());
        put(&mut header, 64, &number(mini_fat_count)?.to_le_bytes());
        out.write_all(&header)?;
        out.write_all(&sectors.bytes)?;
        Ok(())
    }

    /// The header, with the allocation table added to the sectors.
    fn header(&self, sectors: &mut Sectors) -> Result<Vec<u8>, FormatError> {
        let per = sectors.size / 4;
        let data = sectors.fat.len();
        // Tables describe themselves too: grow until they fit.
        let (mut tables, mut lists) = (0, 0);
        loop {
            let wanted = (data + tables + lists).div_ceil(per);
            let more = wanted.saturating_sub(109).div_ceil(per - 1);
            if wanted == tables && more == lists {
                break;
            }
            (tables, lists) = (wanted, more);
        }
        for _ in 0..tables {
            sectors.fat.push(FAT);
        }
        for _ in 0..lists {
            sectors.fat.push(DIFAT);
        }
        sectors.fat.resize(tables * per, FREE);
        for n in &sectors.fat {
            sectors.bytes.extend_from_slice(&n.to_le_bytes());
        }
        let table = |i: usize| -> Result<u32, FormatError> {
            if i < tables {
                number(data + i)
            } else {
                Ok(FREE)
            }
        };
        for list in 0..lists {
            for i in 0..per - 1 {
                let n = table(109 + list * (per - 1) + i)?;
                sectors.bytes.extend_from_slice(&n.to_le_bytes());
            }
            let next = if list + 1 < lists {
                number(data + tables + list + 1)?
            } else {
                END
            };
            sectors.bytes.extend_from_slice(&next.to_le_bytes());
        }
        let mut header = self.bytes.get(..76).unwrap_or_default().to_vec();
        header.resize(sectors.size, 0);
        put(&mut header, 44, &number(tables)?.to_le_bytes());
        let first_list = if lists > 0 {
            number(data + tables)?
        } else {
            END
        };
        put(&mut header, 68, &first_list.to_le_bytes());
        put(&mut header, 72, &number(lists)?.to_le_bytes());
        for i in 0..109 {
            put(&mut header, 76 + 4 * i, &table(i)?.to_le_bytes());
        }
        Ok(header)
    }
}
