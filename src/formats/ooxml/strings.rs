//! The shared strings of a workbook: read once into one run of text, edited once for all uses.

use super::{
    chars::{Escapes, Map, cut, decode},
    plain::Rare,
    sweep::hand_on,
    tokens::{Token, Tokens},
    window::Windows,
};
use crate::formats::{Cx, FormatError, Splice};
use crate::model::Step;
use std::{
    collections::HashMap,
    io::{Read, Write},
};

/// Text of one string or inline string, from after its start tag to its end tag `close`. What stands
/// in `rPh` is given apart.
///
/// # Errors
/// `Corrupt` when it does not end.
pub(super) fn item(
    tokens: &mut Tokens<'_>,
    bytes: &[u8],
    base: usize,
    close: &[u8],
    out: &mut String,
    mut map: Option<&mut Map>,
    phonetic: &mut Phonetic,
) -> Result<(), FormatError> {
    let (mut in_text, mut in_phonetic) = (false, false);
    let mut depth = 0u32;
    loop {
        let before = tokens.position();
        match tokens
            .next()?
            .ok_or(FormatError::Corrupt("a string without end"))?
        {
            Token::Open(tag) => {
                match tag.name {
                    b"t" => in_text = !tag.empty,
                    b"rPh" if !tag.empty => {
                        in_phonetic = true;
                        phonetic.ranges.push((base + before, base + before));
                    }
                    b"phoneticPr" if tag.empty => {
                        phonetic.ranges.push((base + before, base + tag.at.1));
                    }
                    _ => {}
                }
                if !tag.empty {
                    depth += 1;
                }
                if !tag.attributes.is_empty() {
                    phonetic.rare.tag(&tag);
                }
            }
            Token::Close(name, at) => {
                if name == close && depth == 0 {
                    return Ok(());
                }
                depth = depth
                    .checked_sub(1)
                    .ok_or(FormatError::Corrupt("XML nesting"))?;
                match name {
                    b"t" => in_text = false,
                    b"rPh" => {
                        in_phonetic = false;
                        phonetic.text.push('\n');
                        if let Some(last) = phonetic.ranges.last_mut() {
                            last.1 = base + at.1;
                        }
                    }
                    _ => {}
                }
            }
            Token::Text { at, cdata } => {
                let raw = bytes.get(at.0..at.1).unwrap_or_default();
                if !in_text && raw.trim_ascii().is_empty() {
                    continue;
                }
                let escapes = if cdata {
                    Escapes::None
                } else {
                    Escapes::Xstring
                };
                if in_phonetic {
                    decode(raw, base + at.0, escapes, &mut phonetic.text, None);
                } else {
                    decode(raw, base + at.0, escapes, out, map.as_deref_mut());
                }
            }
            Token::Other(at, _) => phonetic
                .rare
                .text(bytes.get(at.0..at.1).unwrap_or_default()),
        }
    }
}

/// What stands beside the text of a string.
#[derive(Debug, Default)]
pub(super) struct Phonetic {
    /// Readings, one a line.
    pub(super) text: String,
    /// Where the elements lie that go when the string changes.
    pub(super) ranges: Vec<(usize, usize)>,
    /// Attributes and comments.
    pub(super) rare: Rare,
}

/// All shared strings.
#[derive(Debug, Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<u32>,
    used: Vec<u64>,
    edits: Edits,
}

/// Edits of strings, by string. A workbook can have millions: an edit is sixteen bytes, and masks that are the same, as
/// stars of one length are, are held once.
#[derive(Debug, Default)]
struct Edits {
    list: Vec<Change>,
    arena: String,
    /// Where the first masks of their kind lie.
    known: HashMap<Box<str>, u32>,
    /// Length after the last clean-up.
    clean: usize,
}

/// One edit: string, start in it, bytes of it, and where the new text lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Change {
    index: u32,
    start: u32,
    length: u16,
    size: u16,
    at: u32,
}

/// Masks that are told apart.
const MASKS: usize = 4096;
/// Start of an edit of the readings of a string.
const READINGS: u32 = u32::MAX;

impl Edits {
    fn add(&mut self, index: u32, start: usize, end: usize, with: &str) -> Option<()> {
        let (at, size) = self.put(with)?;
        self.list.push(Change {
            index,
            start: u32::try_from(start).ok()?,
            length: u16::try_from(end.checked_sub(start)?).ok()?,
            size,
            at,
        });
        if self.list.len() > 4096 && self.list.len() / 2 > self.clean {
            self.settle();
        }
        Some(())
    }

    /// Where a mask lies, and its length.
    fn put(&mut self, with: &str) -> Option<(u32, u16)> {
        let size = u16::try_from(with.len()).ok()?;
        if let Some(at) = self.known.get(with) {
            return Some((*at, size));
        }
        let at = u32::try_from(self.arena.len()).ok()?;
        self.arena.push_str(with);
        if self.known.len() < MASKS {
            self.known.insert(with.into(), at);
        }
        Some((at, size))
    }

    fn mask(&self, change: &Change) -> &str {
        let at = change.at as usize;
        let range = at..at + usize::from(change.size);
        self.arena.get(range).unwrap_or_default()
    }

    /// Sorts, and keeps one of those that are the same: a string that a thousand cells show is
    /// edited once.
    fn settle(&mut self) {
        self.list.sort_unstable();
        self.list
            .dedup_by_key(|change| (change.index, change.start, change.length));
        self.clean = self.list.len();
        // As long as masks are few none is held twice.
        if self.known.len() < MASKS {
            return;
        }
        let mut new = Self {
            arena: String::with_capacity(self.arena.len() / 2),
            ..Self::default()
        };
        let mut list = std::mem::take(&mut self.list);
        for change in &mut list {
            // The new arena is no longer than the old one, whose places could be said.
            if let Some((at, _)) = new.put(self.mask(change)) {
                change.at = at;
            }
        }
        new.list = list;
        new.clean = self.clean;
        *self = new;
    }
}

impl Strings {
    /// Reads the part. Readings (`rPh`) are handed on as texts of their own; an edit there takes all
    /// readings of the string away.
    ///
    /// # Errors
    /// `Limit` for more text than may be held, `Corrupt` for strings that do not end.
    pub(super) fn read(
        &mut self,
        reader: &mut dyn Read,
        part: &str,
        cx: &mut Cx<'_>,
        rare: &mut Rare,
    ) -> Result<(), FormatError> {
        let held = cx.limits.held_bytes.min(u64::from(u32::MAX));
        let mut phonetic = Phonetic::default();
        std::mem::swap(&mut phonetic.rare, rare);
        let mut windows = Windows::new(reader, b"si>");
        let result = loop {
            let Some(window) = windows.next()? else {
                break Ok(());
            };
            let mut tokens = Tokens::new(window);
            while let Some(token) = tokens.next()? {
                match token {
                    Token::Open(tag) if tag.name == b"si" => {
                        if !tag.empty {
                            item(
                                &mut tokens,
                                window,
                                0,
                                b"si",
                                &mut self.text,
                                None,
                                &mut phonetic,
                            )?;
                        }
                        let index = self.ends.len();
                        self.ends
                            .push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
                        if !phonetic.text.is_empty() {
                            let at = [
                                Step::Part(part.to_owned()),
                                Step::Block(u32::try_from(index + 1).unwrap_or(u32::MAX)),
                            ];
                            let hit = !hand_on(cx, &at, &phonetic.text, Some("rPh")).is_empty();
                            if hit {
                                let index = u32::try_from(index).unwrap_or(u32::MAX);
                                let at = READINGS as usize;
                                self.edits.add(index, at, at, "");
                            }
                            phonetic.text.clear();
                        }
                        phonetic.ranges.clear();
                    }
                    Token::Open(tag) => phonetic.rare.tag(&tag),
                    Token::Text { at, .. } | Token::Other(at, _) => {
                        phonetic
                            .rare
                            .text(window.get(at.0..at.1).unwrap_or_default());
                    }
                    Token::Close(..) => {}
                }
            }
            if (self.text.len() + 4 * self.ends.len()) as u64 > held {
                break Err(FormatError::Limit("shared strings held in memory"));
            }
            cx.spend(window.len() as u64)?;
        };
        std::mem::swap(&mut phonetic.rare, rare);
        self.used = vec![0; self.ends.len().div_ceil(64)];
        result
    }

    /// Number of strings.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The string with this index.
    pub(super) fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)? as usize,
            None => 0,
        };
        self.text.get(start..end)
    }

    /// Notes that a cell shows a string.
    pub(super) fn mark(&mut self, index: usize) {
        if let Some(word) = self.used.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    /// Records an edit of a string's bytes `start..end`.
    ///
    /// # Errors
    /// `Limit` for more edits than can be counted.
    pub(super) fn edit(
        &mut self,
        index: usize,
        start: usize,
        end: usize,
        with: &str,
    ) -> Result<(), FormatError> {
        u32::try_from(index)
            .ok()
            .and_then(|index| self.edits.add(index, start, end, with))
            .ok_or(FormatError::Limit("edits held in memory"))
    }

    /// Hands on the strings that no cell shows.
    ///
    /// # Errors
    /// Those of recording edits.
    pub(super) fn rest(&mut self, part: &str, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        for index in 0..self.len() {
            let word = self.used.get(index / 64).copied().unwrap_or(0);
            if word & 1 << (index % 64) != 0 {
                continue;
            }
            let Some(text) = self.get(index).filter(|t| !t.is_empty()) else {
                continue;
            };
            let at = [
                Step::Part(part.to_owned()),
                Step::Block(u32::try_from(index + 1).unwrap_or(u32::MAX)),
            ];
            for edit in hand_on(cx, &at, text, None) {
                self.edit(index, edit.span.start(), edit.span.end(), &edit.with)?;
            }
        }
        Ok(())
    }

    /// Whether any string changes.
    pub(super) fn is_edited(&self) -> bool {
        !self.edits.list.is_empty()
    }

    /// Writes the part with the edits put in.
    ///
    /// # Errors
    /// Those of reading and writing.
    pub(super) fn write(
        &mut self,
        reader: &mut dyn Read,
        out: &mut dyn Write,
    ) -> Result<(), FormatError> {
        self.edits.settle();
        let mut windows = Windows::new(reader, b"si>");
        let (mut next, mut index) = (0, 0u32);
        let (mut text, mut phonetic) = (String::new(), Phonetic::default());
        while let Some(window) = windows.next()? {
            let mut splice = Splice::default();
            let mut tokens = Tokens::new(window);
            while let Some(token) = tokens.next()? {
                let Token::Open(tag) = token else { continue };
                if tag.name != b"si" {
                    continue;
                }
                let wanted = self.edits.list.get(next).is_some_and(|e| e.index == index);
                if tag.empty {
                    index += 1;
                    continue;
                }
                let mut map = Map::default();
                text.clear();
                phonetic.ranges.clear();
                item(
                    &mut tokens,
                    window,
                    0,
                    b"si",
                    &mut text,
                    wanted.then_some(&mut map),
                    &mut phonetic,
                )?;
                phonetic.text.clear();
                if wanted {
                    next = self.cut(next, &map, &phonetic, &mut splice)?;
                }
                index += 1;
            }
            splice.apply(window, 0, out)?;
        }
        if next < self.edits.list.len() {
            return Err(FormatError::Corrupt("the shared strings changed"));
        }
        Ok(())
    }

    /// Cuts for the string whose edits begin at `next`; gives where those of the next one begin.
    fn cut(
        &self,
        next: usize,
        map: &Map,
        phonetic: &Phonetic,
        splice: &mut Splice,
    ) -> Result<usize, FormatError> {
        let mut at = next;
        let index = self.edits.list.get(next).map(|e| e.index);
        let own = self.edits.list.get(next..).unwrap_or_default().iter();
        for change in own.take_while(|e| Some(e.index) == index) {
            at += 1;
            if change.start == READINGS {
                continue;
            }
            let start = change.start as usize;
            let ranges = map.ranges(start..start + usize::from(change.length));
            if ranges.is_empty() {
                return Err(FormatError::Corrupt("the shared strings changed"));
            }
            cut(&ranges, self.edits.mask(change), splice);
        }
        for &(start, end) in &phonetic.ranges {
            splice.cut(start as u64, end as u64, b"");
        }
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_that_are_the_same_are_held_once() {
        assert_eq!(size_of::<Change>(), 16);
        let mut edits = Edits::default();
        for index in (0..100_000).rev() {
            edits.add(index, 2, 13, "***********").unwrap();
            edits.add(index, 20, 22, "**").unwrap();
        }
        edits.settle();
        assert_eq!(edits.arena, "*************");
        assert_eq!(edits.list.len(), 200_000);
        let first: Vec<_> = edits.list.iter().take(2).collect();
        assert_eq!(
            (first[0].index, first[0].start, first[0].length),
            (0, 2, 11)
        );
        assert_eq!(edits.mask(first[1]), "**");
    }

    #[test]
    fn masks_that_are_all_others_stay_with_their_strings() {
        let mut edits = Edits::default();
        let mask = |n: u32| format!("[T{n}]");
        for round in 0..3 {
            for index in 0..20_000 {
                edits.add(index, round, round + 5, &mask(index)).unwrap();
                // The cell after it shows the same string.
                edits.add(index, round, round + 5, &mask(index)).unwrap();
            }
        }
        edits.settle();
        assert_eq!(edits.list.len(), 60_000);
        assert!(edits.list.iter().all(|c| edits.mask(c) == mask(c.index)));
        let all: usize = (0..20_000).map(|n| mask(n).len()).sum();
        assert!(edits.arena.len() <= 3 * all, "{}", edits.arena.len());
        assert!(edits.add(0, 0, 70_000, "*").is_none());
    }
}
