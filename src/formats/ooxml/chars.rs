//! Text of XML and the bytes it was written as: entities, `_xHHHH_` and percent escapes are decoded,
//! with a way back for every character.

use crate::formats::Splice;
use std::ops::Range;

/// Stretches of a text and the bytes they come from, in order.
#[derive(Debug, Default, Clone)]
pub(in crate::formats) struct Map {
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, Copy)]
struct Segment {
    text: (usize, usize),
    raw: (usize, usize),
    /// Both sides have the same bytes; otherwise it is taken whole or not at all.
    same: bool,
}

impl Map {
    fn push(&mut self, text: (usize, usize), raw: (usize, usize), same: bool) {
        if text.0 == text.1 && raw.0 == raw.1 {
            return;
        }
        if let Some(last) = self.segments.last_mut()
            && same
            && last.same
            && last.text.1 == text.0
            && last.raw.1 == raw.0
        {
            last.text.1 = text.1;
            last.raw.1 = raw.1;
            return;
        }
        self.segments.push(Segment { text, raw, same });
    }

    /// A map where text and bytes are the same, the bytes beginning at `base`.
    #[cfg(test)]
    pub(in crate::formats) fn same(len: usize, base: usize) -> Self {
        let mut map = Self::default();
        map.push((0, len), (base, base + len), true);
        map
    }

    /// Bytes that a stretch of the text comes from, one range for each run of bytes. Characters that
    /// the text only has for reading (separators) come from none.
    pub(in crate::formats) fn ranges(&self, text: Range<usize>) -> Vec<Range<usize>> {
        let mut out: Vec<Range<usize>> = Vec::new();
        let first = self.segments.partition_point(|s| s.text.1 <= text.start);
        for segment in self.segments.get(first..).unwrap_or_default() {
            if segment.text.0 >= text.end {
                break;
            }
            let (mut a, mut b) = segment.raw;
            if segment.same {
                a += text.start.saturating_sub(segment.text.0);
                b -= segment.text.1.saturating_sub(text.end);
            }
            match out.last_mut() {
                Some(last) if last.end == a => last.end = b,
                _ if a < b => out.push(a..b),
                _ => {}
            }
        }
        out
    }

    /// The first of all bytes; `usize::MAX` when there are none.
    pub(in crate::formats) fn first(&self) -> usize {
        self.segments
            .iter()
            .map(|s| s.raw.0)
            .min()
            .unwrap_or(usize::MAX)
    }

    /// Adds a stretch of text that comes from these bytes. Of stretches as long as their bytes parts can
    /// be taken, of others all or nothing.
    pub(in crate::formats) fn join(&mut self, text: Range<usize>, raw: Range<usize>) {
        let same = text.len() == raw.len();
        self.push((text.start, text.end), (raw.start, raw.end), same);
    }

    /// Adds all of another map whose text begins at `at` of this one's.
    pub(in crate::formats) fn append(&mut self, other: &Self, at: usize) {
        for s in &other.segments {
            self.push((s.text.0 + at, s.text.1 + at), s.raw, s.same);
        }
    }

    /// Forgets the text from here on.
    pub(in crate::formats) fn truncate(&mut self, text: usize) {
        let keep = self.segments.partition_point(|s| s.text.1 <= text);
        self.segments.truncate(keep);
    }

    /// Adds a stretch of text that comes from what `from` comes from in another map.
    pub(in crate::formats) fn link(
        &mut self,
        text: Range<usize>,
        other: &Self,
        from: Range<usize>,
    ) {
        let same = text.len() == from.len();
        let ranges = other.ranges(from.clone());
        let same = same && matches!(ranges.as_slice(), [one] if one.len() == text.len());
        for raw in ranges {
            self.push((text.start, text.end), (raw.start, raw.end), same);
        }
    }
}

/// Replaces ranges of bytes by a text, escaped. Of a value that lies over several runs of bytes as many
/// characters as it had there stay in each.
pub(in crate::formats) fn cut(ranges: &[Range<usize>], with: &str, splice: &mut Splice) {
    let mut rest = with;
    for (i, range) in ranges.iter().enumerate() {
        let here = if i + 1 == ranges.len() {
            std::mem::take(&mut rest)
        } else {
            let n = rest
                .char_indices()
                .nth(range.len())
                .map_or(rest.len(), |(at, _)| at);
            let (here, after) = rest.split_at_checked(n).unwrap_or((rest, ""));
            rest = after;
            here
        };
        splice.cut_with(range.start as u64, range.end as u64, |out| {
            escape(here, out);
        });
    }
}

/// Which escapes a text has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) enum Escapes {
    /// None: a CDATA section.
    None,
    /// Entity and character references.
    Xml,
    /// Those, and `_xHHHH_` (ECMA-376 part 1, 22.9.2.19, `ST_Xstring`).
    Xstring,
}

/// Adds the text that `raw` stands for to `out`; `base` is where `raw` begins. Bytes that are not
/// UTF-8 become U+FFFD, references that are not known stay as they are.
pub(in crate::formats) fn decode(
    raw: &[u8],
    base: usize,
    escapes: Escapes,
    out: &mut String,
    mut map: Option<&mut Map>,
) {
    let plain = match escapes {
        Escapes::None => true,
        Escapes::Xml => memchr::memchr(b'&', raw).is_none(),
        Escapes::Xstring => {
            memchr::memchr(b'&', raw).is_none() && memchr::memmem::find(raw, b"_x").is_none()
        }
    };
    if plain && let Ok(text) = std::str::from_utf8(raw) {
        let at = out.len();
        out.push_str(text);
        if let Some(map) = map {
            map.push((at, out.len()), (base, base + raw.len()), true);
        }
        return;
    }
    let mut at = base;
    for chunk in raw.utf8_chunks() {
        decode_valid(chunk.valid(), at, escapes, out, map.as_deref_mut());
        at += chunk.valid().len();
        if !chunk.invalid().is_empty() {
            let t = out.len();
            out.push('\u{FFFD}');
            if let Some(map) = map.as_deref_mut() {
                map.push((t, out.len()), (at, at + chunk.invalid().len()), false);
            }
            at += chunk.invalid().len();
        }
    }
}

fn decode_valid(
    text: &str,
    base: usize,
    escapes: Escapes,
    out: &mut String,
    mut map: Option<&mut Map>,
) {
    let mut at = 0;
    let keep = |from: usize, to: usize, out: &mut String, map: &mut Option<&mut Map>| {
        let t = out.len();
        out.push_str(text.get(from..to).unwrap_or_default());
        if let Some(map) = map {
            map.push((t, out.len()), (base + from, base + to), true);
        }
    };
    let mut search = 0;
    while let Some(found) = text
        .as_bytes()
        .get(search..)
        .and_then(|r| memchr::memchr2(b'&', b'_', r))
        .map(|n| search + n)
    {
        let rest = text.get(found..).unwrap_or_default();
        let hit = match escapes {
            Escapes::None => None,
            _ if rest.starts_with('&') => reference(rest),
            Escapes::Xstring => xstring(rest),
            Escapes::Xml => None,
        };
        let Some((c, len)) = hit else {
            search = found + 1;
            continue;
        };
        keep(at, found, out, &mut map);
        let t = out.len();
        out.push(c);
        if let Some(map) = map.as_deref_mut() {
            map.push((t, out.len()), (base + found, base + found + len), false);
        }
        at = found + len;
        search = at;
    }
    keep(at, text.len(), out, &mut map);
}

/// A reference at the start of the text: its character and its length.
fn reference(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(12).position(|b| b == b';')?;
    let name = text.get(1..end)?;
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let digits = name.strip_prefix('#')?;
            let n = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(n)?
        }
    };
    Some((c, end + 1))
}

/// `_xHHHH_` at the start of the text.
fn xstring(text: &str) -> Option<(char, usize)> {
    let hex = text.strip_prefix("_x")?.get(..4)?;
    if text.as_bytes().get(6) != Some(&b'_') || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let c = char::from_u32(u32::from_str_radix(hex, 16).ok()?)?;
    Some((c, 7))
}

/// The text with percent escapes decoded, and the map to the same bytes; `None` when there are none
/// or they are not UTF-8.
pub(in crate::formats) fn percent(text: &str, map: &Map) -> Option<(String, Map)> {
    memchr::memchr(b'%', text.as_bytes())?;
    let bytes = text.as_bytes();
    let (mut out, mut from) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(&b) = bytes.get(at) {
        let hex = text
            .get(at + 1..at + 3)
            .filter(|h| b == b'%' && h.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        let len = if hex.is_some() { 3 } else { 1 };
        out.push(hex.unwrap_or(b));
        from.push(at..at + len);
        at += len;
    }
    let out = String::from_utf8(out).ok()?;
    if out == text {
        return None;
    }
    let mut new = Map::default();
    for (start, c) in out.char_indices() {
        let end = start + c.len_utf8();
        let (Some(a), Some(b)) = (from.get(start), from.get(end - 1)) else {
            continue;
        };
        new.link(start..end, map, a.start..b.end);
    }
    Some((out, new))
}

/// Writes text as XML text or attribute value.
pub(in crate::formats) fn escape(text: &str, out: &mut Vec<u8>) {
    let special = |&b: &u8| b < b' ' || matches!(b, b'&' | b'<' | b'>' | b'"' | b'\'' | 0xEF);
    if !text.as_bytes().iter().any(special) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    for c in text.chars() {
        match c {
            '&' => out.extend_from_slice(b"&amp;"),
            '<' => out.extend_from_slice(b"&lt;"),
            '>' => out.extend_from_slice(b"&gt;"),
            '"' => out.extend_from_slice(b"&quot;"),
            '\'' => out.extend_from_slice(b"&apos;"),
            '\t' => out.extend_from_slice(b"&#9;"),
            '\n' => out.extend_from_slice(b"&#10;"),
            '\r' => out.extend_from_slice(b"&#13;"),
            // Characters XML does not have.
            '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => out.extend_from_slice(b"?"),
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(raw: &str, escapes: Escapes) -> (String, Map) {
        let (mut out, mut map) = (String::new(), Map::default());
        decode(raw.as_bytes(), 0, escapes, &mut out, Some(&mut map));
        (out, map)
    }

    #[test]
    fn escapes_are_decoded_and_found_again() {
        let (text, map) = decoded("a&#49;&amp;&x;_x0031_2", Escapes::Xstring);
        assert_eq!(text, "a1&&x;12");
        assert_eq!(map.ranges(1..2), vec![1..6]);
        assert_eq!(map.ranges(6..8), vec![14..22]);
        assert_eq!(decoded("_x0031_", Escapes::Xml).0, "_x0031_");
    }

    #[test]
    fn percent_escapes_map_to_their_three_bytes() {
        let (text, map) = decoded("mailto:%E5%BC%A0&amp;x", Escapes::Xml);
        let (view, map) = percent(&text, &map).unwrap();
        assert_eq!(view, "mailto:张&x");
        assert_eq!(map.ranges(7..10), vec![7..16]);
        assert!(percent("100%", &Map::same(4, 0)).is_none());
    }

    #[test]
    fn an_edit_over_two_runs_keeps_their_lengths() {
        let mut map = Map::default();
        map.push((0, 3), (10, 13), true);
        map.push((3, 6), (20, 23), true);
        let mut splice = Splice::default();
        cut(&map.ranges(1..5), "****", &mut splice);
        let mut out = Vec::new();
        splice
            .apply(b"..........abc.......def", 0, &mut out)
            .unwrap();
        assert_eq!(out, b"..........a**.......**f");
    }

    proptest! {
        #[test]
        fn every_character_has_bytes(raw in "[a&#x0;1_张<;]{0,40}") {
            let (text, map) = decoded(&raw, Escapes::Xstring);
            let all: usize = map.ranges(0..text.len()).iter().map(std::iter::ExactSizeIterator::len).sum();
            prop_assert_eq!(all, raw.len());
        }

        #[test]
        fn what_is_escaped_is_decoded_again(text in "[a-z<>&\"'\n\t张]{0,20}") {
            let mut raw = Vec::new();
            escape(&text, &mut raw);
            let (back, _) = decoded(std::str::from_utf8(&raw).unwrap(), Escapes::Xml);
            prop_assert_eq!(back, text);
        }
    }
}
