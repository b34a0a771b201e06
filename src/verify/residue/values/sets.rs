//! [`Sets`]: values in sets of bounded size that are looked for one after the other.
//!
//! What is put away are keyed digests and filters of them, in a file without a name: nothing there says a value to
//! whom the key is not known.

use super::{Form, Mix, SET, SETS, Sealed, Values, sealed::Bitmap};
use crate::{digest::JobKey, formats::Spill};
use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
};

/// Bytes read and written at a time.
const BUFFER: usize = 64 << 10;

/// Sets that were put away.
#[derive(Default)]
pub(super) struct Away {
    spill: Spill,
    /// Forms of one set.
    size: usize,
    file: Option<File>,
    sets: Vec<Meta>,
    /// The file took no more: what comes now is not kept.
    failed: bool,
}

/// What of a set stays in memory.
struct Meta {
    at: u64,
    forms: usize,
    values: usize,
    digits: bool,
    ascii: bool,
    /// Words of each filter, its shift, and whether it holds anything.
    filters: [(usize, u32, bool); 2],
}

impl Away {
    pub(super) fn new(spill: Spill) -> Self {
        Self {
            spill,
            size: SET,
            ..Self::default()
        }
    }

    /// Forms that may be gathered before they are put away; `None` when they cannot be.
    pub(super) fn size(&self) -> Option<usize> {
        self.spill.is_some().then_some(self.size)
    }

    /// Values in all sets.
    pub(super) fn values(&self) -> usize {
        self.sets.iter().map(|s| s.values).sum()
    }

    fn write(&mut self, set: &Sealed) -> io::Result<()> {
        if self.file.is_none() {
            self.file = self.spill.file()?;
        }
        let file = self.file.as_mut().ok_or(io::ErrorKind::Unsupported)?;
        let at = file.seek(SeekFrom::End(0))?;
        let mut out = BufWriter::with_capacity(BUFFER, file);
        for form in &set.forms {
            out.write_all(&to_bytes(form))?;
        }
        let mut filters = [(0, 0, false); 2];
        for (filter, told) in [&set.long, &set.five].into_iter().zip(&mut filters) {
            for word in &filter.words {
                out.write_all(&word.to_le_bytes())?;
            }
            *told = (filter.words.len(), filter.shift, filter.any);
        }
        out.flush()?;
        self.sets.push(Meta {
            at,
            forms: set.forms.len(),
            values: set.len(),
            digits: set.digits,
            ascii: set.ascii,
            filters,
        });
        Ok(())
    }

    fn read(&mut self, index: usize, key: &JobKey, mix: Mix) -> io::Result<Sealed> {
        let gone = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let meta = self.sets.get(index).ok_or_else(gone)?;
        let file = self.file.as_mut().ok_or_else(gone)?;
        file.seek(SeekFrom::Start(meta.at))?;
        let mut input = BufReader::with_capacity(BUFFER, file);
        let mut forms = Vec::with_capacity(meta.forms);
        let mut bytes = [0; 16];
        for _ in 0..meta.forms {
            input.read_exact(&mut bytes)?;
            forms.push(from_bytes(bytes));
        }
        let mut filter = |(words, shift, any): (usize, u32, bool)| {
            let mut all = Vec::with_capacity(words);
            let mut bytes = [0; 8];
            for _ in 0..words {
                input.read_exact(&mut bytes)?;
                all.push(u64::from_le_bytes(bytes));
            }
            Ok::<_, io::Error>(Bitmap {
                words: all.into(),
                shift,
                any,
            })
        };
        let [long, five] = meta.filters;
        let filters = (filter(long)?, filter(five)?);
        let mut set = Sealed::new(key.clone(), mix, forms, meta.values, filters);
        (set.digits, set.ascii) = (meta.digits, meta.ascii);
        Ok(set)
    }
}

fn to_bytes(form: &Form) -> [u8; 16] {
    let [a, b] = form.digest;
    let low = u64::from(form.tag) | u64::from(form.before) << 32 | u64::from(form.length) << 48;
    let high = u64::from(a) | u64::from(b) << 32;
    (u128::from(low) | u128::from(high) << 64).to_le_bytes()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "parts of one number are wanted"
)]
fn from_bytes(bytes: [u8; 16]) -> Form {
    let n = u128::from_le_bytes(bytes);
    Form {
        tag: n as u32,
        before: (n >> 32) as u16,
        length: (n >> 48) as u16,
        digest: [(n >> 64) as u32, (n >> 96) as u32],
    }
}

impl Values {
    /// Puts away what was gathered. Gives whether there is room for more.
    pub(super) fn put_away(&mut self) -> bool {
        let room = self.away.size().is_some() && self.away.sets.len() < SETS;
        if !room || self.away.failed {
            return false;
        }
        let forms = std::mem::take(&mut self.forms);
        let filters = (self.long.take(), self.five.take());
        let mut gathered = Sealed::new(self.key.clone(), self.mix, forms, self.seen.len(), filters);
        (gathered.digits, gathered.ascii) = (self.digits, self.ascii);
        self.away.failed = self.away.write(&gathered).is_err();
        self.seen.clear();
        self.chosen.fill(0);
        (self.digits, self.ascii) = (false, false);
        !self.away.failed
    }

    /// Ends the gathering.
    pub fn sets(mut self) -> Sets {
        let split = !self.away.sets.is_empty();
        if split && !self.forms.is_empty() && !self.put_away() {
            self.over += self.seen.len().max(1) as u64;
        }
        let away = std::mem::take(&mut self.away);
        Sets {
            key: self.key.clone(),
            mix: self.mix,
            away,
            short: self.short,
            over: self.over,
            whole: (!split).then(|| self.seal()),
        }
    }
}

/// All values of a file: one set in memory, or several that were put away.
pub struct Sets {
    key: JobKey,
    mix: Mix,
    away: Away,
    whole: Option<Sealed>,
    short: u64,
    over: u64,
}

impl std::fmt::Debug for Sets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sets({})", self.away.sets.len().max(1))
    }
}

impl Sets {
    /// Values that are too short to be looked for.
    pub fn short(&self) -> u64 {
        self.short
    }

    /// Calls `look` with one set after the other; only one is in memory at a time.
    ///
    /// # Errors
    /// The first of `look`; those of the file.
    pub fn each<E: From<io::Error>>(
        &mut self,
        look: &mut dyn FnMut(&Sealed) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Some(whole) = &self.whole {
            return look(whole);
        }
        for index in 0..self.away.sets.len() {
            let mut set = self.away.read(index, &self.key, self.mix)?;
            (set.short, set.over) = (self.short, self.over);
            look(&set)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{Limits, search};
    use super::*;

    const SIZE: usize = 20_000;

    fn value(n: usize) -> String {
        format!("1{:010}", n * 7_919 % 10_000_000_000)
    }

    /// Sets of `count` values, and how many files were asked for.
    fn sets(count: usize, spill: Spill) -> Sets {
        let mut values = Values::new(&JobKey::new([9; 32])).spilling(spill);
        values.away.size = SIZE;
        for n in 0..count {
            values.add(&value(n));
            values.add(&value(n / 2));
        }
        values.add("北京市海淀区上地十街十号院");
        values.sets()
    }

    /// Indexes of the sets that find a text.
    fn finds(sets: &mut Sets, text: &str) -> Vec<usize> {
        let (mut out, mut index) = (Vec::new(), 0);
        let looked: io::Result<()> = sets.each(&mut |set| {
            let report = search(set, &mut text.as_bytes(), &Limits::default())?;
            if !report.found.is_empty() {
                out.push(index);
            }
            assert_eq!(report.over, 0);
            index += 1;
            Ok(())
        });
        looked.unwrap();
        out
    }

    #[test]
    fn forms_come_back_from_their_bytes() {
        let form = Form {
            tag: 0xDEAD_BEEF,
            before: 0x1234,
            length: 0xC056,
            digest: [1, u32::MAX - 7],
        };
        assert!(from_bytes(to_bytes(&form)) == form);
    }

    #[test]
    fn every_value_of_every_set_is_found_again() {
        let count = SIZE + 1_000;
        let mut all = sets(count, Spill::new(tempfile::tempfile));
        assert_eq!(format!("{all:?}"), "Sets(2)");
        for n in [0, 1, count / 2, count - 1_001] {
            assert_eq!(finds(&mut all, &format!("x {} y", value(n))), [0], "{n}");
        }
        for text in [&value(count - 1), "在北京市海淀区上地十街十号院内"] {
            assert_eq!(finds(&mut all, text), [1]);
        }
        assert_eq!(finds(&mut all, "nothing 29999999999"), [] as [usize; 0]);
    }

    #[test]
    fn few_values_need_no_file() {
        let mut all = sets(1_000, Spill::new(|| Err(io::ErrorKind::Other.into())));
        assert_eq!(finds(&mut all, &value(999)), [0]);
    }

    #[test]
    fn a_file_that_fails_is_told_as_values_that_were_not_looked_for() {
        let count = SIZE + 10;
        let mut all = sets(count, Spill::new(|| Err(io::ErrorKind::StorageFull.into())));
        let mut over = 0;
        let looked: io::Result<()> = all.each(&mut |set| {
            over = set.over();
            Ok(())
        });
        looked.unwrap();
        assert!(over > 0);
    }
}
