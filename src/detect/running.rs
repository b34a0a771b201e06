//! Names of persons in running text: of a fragment, or of a cell that holds sentences.

use super::{
    Found, Pass,
    columns::Plan,
    labelled::Searched,
    names::{Name, latin},
    score::column_of,
    text_of,
};
use crate::{
    model::{CellAt, CellKind, Charset, Confidence, Fragment, Reason, Reasons},
    rules::Find,
};
use std::ops::Range;

/// A cell shorter than this, in bytes, holds no name beside other words.
const SENTENCE: u32 = 9;
/// Bytes of a line read before and behind what is a fragment's own.
const LINE: usize = 600;

impl Pass<'_> {
    /// Remembers the names that labels and columns told, so that they are found where nothing tells them.
    /// A text that may be read in segments remembers no longer than its fragment: what is found must not
    /// depend on how it is cut.
    pub(super) fn learn_names(&mut self, fragment: &Fragment<'_>) {
        let Some(rule) = self.person else { return };
        if fragment.base.is_some() {
            self.reader.forget();
        }
        for found in &self.found {
            if !self.reader.learns() {
                break;
            }
            let told = [Reason::Label, Reason::Header, Reason::Column]
                .iter()
                .any(|r| found.reasons.has(*r));
            if found.rule == rule && told {
                let bytes = fragment.bytes.get(found.range()).unwrap_or_default();
                self.reader.learn(&text_of(bytes, fragment.charset));
            }
        }
    }

    /// Adds the names in the text of a fragment.
    pub(super) fn names_in_text(&mut self, fragment: &Fragment<'_>, searched: Searched<'_>) {
        let bytes = fragment.bytes;
        let from = fragment.own.start.saturating_sub(LINE);
        let from = bytes
            .get(from..fragment.own.start)
            .and_then(|b| memchr::memrchr(b'\n', b))
            .map_or(from, |i| from + i + 1);
        let to = (fragment.own.end + LINE).min(bytes.len());
        let to = bytes
            .get(fragment.own.end..to)
            .and_then(|b| memchr::memchr(b'\n', b))
            .map_or(to, |i| fragment.own.end + i);
        self.names_in(fragment, searched, from..to);
    }

    /// Adds the names in a stretch of a fragment.
    fn names_in(&mut self, fragment: &Fragment<'_>, searched: Searched<'_>, range: Range<usize>) {
        let Some(rule) = self.person else { return };
        // What was found otherwise is surer: 卢龙县 in an address is no person.
        self.found.sort_unstable_by_key(|f| f.start);
        let with = With {
            rule,
            cell: Found::NO_CELL,
            known: self.found.len(),
        };
        self.latin_names(fragment, range.clone(), with);
        if let Some((base, text)) = searched.stretch(range.clone()) {
            let mut names = std::mem::take(&mut self.names);
            names.clear();
            self.reader.read(text, &mut names);
            self.addresses_in(fragment, text, base);
            self.add_names(fragment, &names, with, |i| Some(base + i));
            self.add_numerals(text, base, with.cell, Some);
            self.names = names;
            return;
        }
        let mut at = range.start;
        while let Some(start) = fragment
            .bytes
            .get(at..range.end)
            .and_then(first_high)
            .map(|i| at + i)
        {
            // A piece: the line around, so that what cannot be decoded spoils no more than that.
            let from = fragment
                .bytes
                .get(at..start)
                .and_then(|b| memchr::memrchr(b'\n', b))
                .map_or(at, |i| at + i + 1);
            let to = fragment
                .bytes
                .get(start..range.end)
                .and_then(|b| memchr::memchr(b'\n', b))
                .map_or(range.end, |i| start + i);
            self.addresses_in_line(fragment, from..to);
            self.names_in_line(fragment, from..to, with);
            at = (to + 1).min(range.end);
        }
    }

    /// Adds the names in cells of columns that nothing is known of: remarks, descriptions.
    pub(super) fn names_in_cells(
        &mut self,
        fragment: &Fragment<'_>,
        first_row: u64,
        cells: &[CellAt],
        plans: &[Plan],
    ) {
        let Some(rule) = self.person else { return };
        self.found.sort_unstable_by_key(|f| f.start);
        let with = With {
            rule,
            cell: Found::NO_CELL,
            known: self.found.len(),
        };
        for (index, cell) in (0u32..).zip(cells) {
            if cell.end - cell.start < SENTENCE || cell.kind == CellKind::Key {
                continue;
            }
            let open = column_of(plans, first_row, cell)
                .is_none_or(|c| c.assigned.is_empty() && !c.negative);
            let bytes = fragment.bytes.get(cell.range()).unwrap_or_default();
            if !open || first_high(bytes).is_none() {
                continue;
            }
            let with = With {
                cell: index,
                ..with
            };
            self.names_in_line(fragment, cell.range(), with);
        }
    }

    fn latin_names(&mut self, fragment: &Fragment<'_>, range: Range<usize>, with: With) {
        let mut names = std::mem::take(&mut self.names);
        names.clear();
        let text = fragment.bytes.get(range.clone()).unwrap_or_default();
        let mut houses = std::mem::take(&mut self.spots);
        houses.clear();
        latin(
            text,
            |found, percent| names.push(Name::of(found, percent)),
            |at| houses.extend(u32::try_from(range.start + at)),
        );
        self.add_names(fragment, &names, with, |i| Some(range.start + i));
        self.names = names;
        for &at in &houses {
            self.house(fragment, at as usize, range.end);
        }
        self.spots = houses;
    }

    /// Adds the address that begins with the number at `at`, if one does.
    fn house(&mut self, fragment: &Fragment<'_>, at: usize, end: usize) {
        const BEFORE: usize = 12;
        const MOST: usize = 160;
        let Some(rule) = self.detector.address else {
            return;
        };
        let line = fragment
            .bytes
            .get(at..end.min(at + MOST))
            .unwrap_or_default();
        let cut = memchr::memchr2(b'\n', b'\r', line).unwrap_or(line.len());
        let line = line.get(..cut).unwrap_or_default();
        let lead = fragment
            .bytes
            .get(at.saturating_sub(BEFORE)..at)
            .unwrap_or_default();
        let lead = lead
            .get(memchr::memrchr(b'\n', lead).map_or(0, |i| i + 1)..)
            .unwrap_or_default();
        // All of an English address is ASCII, or what follows is none of it.
        let ascii = line.iter().take_while(|b| b.is_ascii()).count();
        let (Ok(text), Ok(before)) = (
            std::str::from_utf8(line.get(..ascii).unwrap_or_default()),
            std::str::from_utf8(lead),
        ) else {
            return;
        };
        let w = self.detector.weights(rule);
        let confidence = Confidence::new(w.base + w.valid);
        let Some(length) = super::addresses::in_prose(before, text) else {
            return;
        };
        if confidence.percent() >= self.detector.minimum {
            self.found.push(Found {
                rule,
                start: u32::try_from(at).unwrap_or(u32::MAX),
                end: u32::try_from(at + length).unwrap_or(u32::MAX),
                cell: Found::NO_CELL,
                confidence,
                reasons: Reasons::default().with(Reason::Shape),
            });
        }
    }

    /// Names in Chinese characters in one line.
    fn names_in_line(&mut self, fragment: &Fragment<'_>, line: Range<usize>, with: With) {
        let mut names = std::mem::take(&mut self.names);
        let bytes = fragment.bytes.get(line.clone()).unwrap_or_default();
        match fragment.charset {
            Charset::Utf8 => {
                let mut offset = line.start;
                for chunk in bytes.utf8_chunks() {
                    names.clear();
                    self.reader.read(chunk.valid(), &mut names);
                    self.add_names(fragment, &names, with, |i| Some(offset + i));
                    self.add_numerals(chunk.valid(), offset, with.cell, Some);
                    offset += chunk.valid().len() + chunk.invalid().len();
                }
            }
            Charset::Gb18030 => {
                let text = text_of(bytes, fragment.charset);
                names.clear();
                self.reader.read(&text, &mut names);
                if !text.contains('\u{FFFD}') {
                    let mut place = Places::new(&text, bytes);
                    self.add_names(fragment, &names, with, |i| {
                        place.of(i).map(|b| line.start + b)
                    });
                    let mut place = Places::new(&text, bytes);
                    self.add_numerals(&text, line.start, with.cell, |i| place.of(i));
                }
            }
        }
        self.names = names;
    }

    fn add_names(
        &mut self,
        fragment: &Fragment<'_>,
        names: &[Name],
        with: With,
        mut place: impl FnMut(usize) -> Option<usize>,
    ) {
        for name in names {
            let confidence = Confidence::new(name.percent());
            let (Some(start), Some(end)) = (place(name.range.start), place(name.range.end)) else {
                continue;
            };
            let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(end)) else {
                continue;
            };
            let others = self.found.get(..with.known).unwrap_or_default();
            let next = others.partition_point(|f| f.start < end);
            let taken = others
                .get(..next)
                .and_then(<[Found]>::last)
                .is_some_and(|f| f.end > start);
            if confidence.percent() < self.detector.minimum || start >= end || taken {
                continue;
            }
            // 产品名称：…, 用户名：…
            let says = self.detector.context.says(
                with.rule,
                fragment.bytes,
                fragment.charset,
                start as usize..end as usize,
            );
            if says != super::context::Says::Against {
                self.found.push(Found {
                    rule: with.rule,
                    start,
                    end,
                    cell: with.cell,
                    confidence,
                    reasons: Reasons::default().with(Reason::Shape).with(Reason::Near),
                });
            }
        }
    }
}

/// What a name found is reported as.
#[derive(Debug, Clone, Copy)]
struct With {
    rule: u16,
    cell: u32,
    /// Findings that were there before, sorted by place.
    known: usize,
}

/// The rule for names of persons.
pub(super) fn person(detector: &super::Detector) -> Option<u16> {
    detector.textual(&Find::Person)
}

/// Offset of the first byte that is no ASCII.
#[inline]
pub(super) fn first_high(bytes: &[u8]) -> Option<usize> {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (chunks, rest) = bytes.as_chunks::<8>();
    for (i, chunk) in chunks.iter().enumerate() {
        let high = u64::from_le_bytes(*chunk) & HIGH;
        if high != 0 {
            return Some(i * 8 + high.trailing_zeros() as usize / 8);
        }
    }
    rest.iter()
        .position(|b| *b >= 0x80)
        .map(|i| bytes.len() - rest.len() + i)
}

/// Where characters of a decoded text lie in its GB 18030 bytes; asked in rising order.
pub(super) struct Places<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    raw: usize,
}

impl<'t> Places<'t> {
    pub(super) fn new(text: &'t str, bytes: &'t [u8]) -> Self {
        Self {
            text,
            bytes,
            at: 0,
            raw: 0,
        }
    }

    /// Offset in the bytes of an offset in the text.
    pub(super) fn of(&mut self, at: usize) -> Option<usize> {
        if at < self.at {
            (self.at, self.raw) = (0, 0);
        }
        while self.at < at {
            let c = self.text.get(self.at..)?.chars().next()?;
            self.at += c.len_utf8();
            self.raw += match self.bytes.get(self.raw..)? {
                [0..0x80, ..] => 1,
                [_, b'0'..=b'9', ..] => 4,
                _ => 2,
            };
        }
        (self.at == at).then_some(self.raw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_high_byte() {
        assert_eq!(first_high(b"0123456789\xE4"), Some(10));
        assert_eq!(first_high("01234567王".as_bytes()), Some(8));
        assert_eq!(first_high("012王".as_bytes()), Some(3));
        assert_eq!(first_high(b"0123456789"), None);
    }

    #[test]
    fn places_in_gb18030() {
        let text = "a王\u{20000}b";
        let (bytes, ..) = encoding_rs::GB18030.encode(text);
        let mut places = Places::new(text, &bytes);
        assert_eq!(
            [0, 1, 4, 8, 9].map(|i| places.of(i)),
            [Some(0), Some(1), Some(3), Some(7), Some(8)]
        );
    }
}
