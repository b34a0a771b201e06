//! Text put together from bytes of a stream, with a way back from each character.

use crate::formats::encoding::{Codec, Unit};

/// How a character is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// One byte of ISO 8859-1.
    Latin,
    /// UTF-16, low byte first.
    Wide,
    /// In the code page.
    Page,
}

/// Characters of one width that follow one another in text and stream alike.
#[derive(Debug, Clone, Copy)]
struct Seg {
    text: u32,
    raw: u32,
    count: u32,
    /// Bytes of a character in the text, and in the stream.
    utf8: u8,
    width: u8,
    form: Form,
}

/// See the module's documentation. Streams are below 4 GiB.
#[derive(Debug, Default)]
pub(super) struct Joined {
    pub(super) text: String,
    segs: Vec<Seg>,
}

/// A change of a stream: these bytes at this place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Patch {
    pub(super) at: usize,
    pub(super) with: Vec<u8>,
}

fn short(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Joined {
    fn push(&mut self, c: char, raw: usize, width: u8, form: Form) {
        let utf8 = if c < '\u{80}' {
            1
        } else if c < '\u{800}' {
            2
        } else if c < '\u{10000}' {
            3
        } else {
            4
        };
        let text = self.text.len();
        self.text.push(c);
        if let Some(last) = self.segs.last_mut() {
            let joins = last.utf8 == utf8
                && last.width == width
                && last.form == form
                && last.text + last.count * u32::from(utf8) == short(text)
                && last.raw + last.count * u32::from(width) == short(raw);
            if joins {
                last.count += 1;
                return;
            }
        }
        self.segs.push(Seg {
            text: short(text),
            raw: short(raw),
            count: 1,
            utf8,
            width,
            form,
        });
    }

    /// Adds bytes of ISO 8859-1.
    pub(super) fn latin(&mut self, bytes: &[u8], raw: usize) {
        for (i, &b) in bytes.iter().enumerate() {
            self.push(char::from(b), raw + i, 1, Form::Latin);
        }
    }

    /// Adds UTF-16; a unit that is no character becomes U+FFFD.
    pub(super) fn wide(&mut self, bytes: &[u8], raw: usize) {
        let unit = |at: usize| {
            bytes
                .get(at..)
                .and_then(<[u8]>::first_chunk)
                .map_or(0, |b| u16::from_le_bytes(*b))
        };
        let mut at = 0;
        while at + 2 <= bytes.len() {
            let first = unit(at);
            let pair = (0xD800..0xDC00).contains(&first) && at + 4 <= bytes.len();
            let units = [first, if pair { unit(at + 2) } else { 0 }];
            let units = units.get(..if pair { 2 } else { 1 }).unwrap_or_default();
            match char::decode_utf16(units.iter().copied()).next() {
                Some(Ok(c)) if c.len_utf16() == 2 => {
                    self.push(c, raw + at, 4, Form::Wide);
                    at += 4;
                }
                Some(Ok(c)) => {
                    self.push(c, raw + at, 2, Form::Wide);
                    at += 2;
                }
                _ => {
                    self.push(char::REPLACEMENT_CHARACTER, raw + at, 2, Form::Wide);
                    at += 2;
                }
            }
        }
    }

    /// Adds bytes in a code page.
    pub(super) fn page(&mut self, bytes: &[u8], raw: usize, page: Codec) {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|r| !r.is_empty()) {
            let (c, n) = match page.first(rest) {
                Unit::Char(c, n) => (c, n),
                Unit::Bad(n) => (char::REPLACEMENT_CHARACTER, n),
                Unit::Incomplete => (char::REPLACEMENT_CHARACTER, rest.len()),
            };
            let n = n.max(1);
            self.push(c, raw + at, u8::try_from(n).unwrap_or(u8::MAX), Form::Page);
            at += n;
        }
    }

    /// Adds a character that is not in the stream.
    pub(super) fn blank(&mut self, c: char) {
        self.text.push(c);
    }

    /// Puts another character in place of each of `range` of the text that `wanted` says.
    pub(super) fn blind(&mut self, wanted: &[std::ops::Range<usize>]) {
        // Only ASCII is replaced, by ASCII.
        let mut bytes = std::mem::take(&mut self.text).into_bytes();
        for range in wanted {
            if let Some(slot) = bytes.get_mut(range.clone()) {
                slot.iter_mut()
                    .filter(|b| b.is_ascii())
                    .for_each(|b| *b = b' ');
            }
        }
        self.text = String::from_utf8(bytes).unwrap_or_default();
    }

    /// What to write for these bytes of the text: as many characters, each as wide as it was.
    pub(super) fn mask(
        &self,
        start: usize,
        end: usize,
        with: &str,
        page: Codec,
        out: &mut Vec<Patch>,
    ) {
        let mut units: Vec<(usize, u8, Form)> = Vec::new();
        let first = self
            .segs
            .partition_point(|s| (s.text + s.count * u32::from(s.utf8)) as usize <= start);
        for seg in self.segs.iter().skip(first) {
            let (text, raw) = (seg.text as usize, seg.raw as usize);
            if text >= end {
                break;
            }
            let (utf8, width) = (usize::from(seg.utf8), usize::from(seg.width));
            let from = start.saturating_sub(text) / utf8;
            let to = (end - text).div_ceil(utf8).min(seg.count as usize);
            units.extend((from..to).map(|i| (raw + i * width, seg.width, seg.form)));
        }
        let masks: Vec<char> = with.chars().collect();
        let fill = if masks.is_empty() { ' ' } else { '*' };
        let fits = masks.len() <= units.len();
        for (i, &(at, width, form)) in units.iter().enumerate() {
            let c = masks.get(i).copied().filter(|_| fits).unwrap_or(fill);
            let with = encoded(c, usize::from(width), form, page)
                .or_else(|| encoded('*', usize::from(width), form, page))
                .unwrap_or_else(|| vec![b'*'; usize::from(width)]);
            out.push(Patch { at, with });
        }
    }
}

/// A character in exactly as many bytes; stars are as many as are needed.
fn encoded(c: char, width: usize, form: Form, page: Codec) -> Option<Vec<u8>> {
    let one = match form {
        Form::Latin => u8::try_from(u32::from(c)).ok().map(|b| vec![b])?,
        Form::Wide => c
            .encode_utf16(&mut [0; 2])
            .iter()
            .flat_map(|u| u.to_le_bytes())
            .collect(),
        Form::Page => page.encode(c.encode_utf8(&mut [0; 4])),
    };
    if one.len() == width {
        return Some(one);
    }
    (matches!(c, '*' | ' ') && width.is_multiple_of(one.len()))
        .then(|| one.repeat(width / one.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::encoding::Encoding;

    fn masked(joined: &Joined, raw: &[u8], span: (usize, usize), with: &str) -> Vec<u8> {
        let mut out = raw.to_vec();
        let mut patches = Vec::new();
        let page = Codec::new(Encoding::Gb18030);
        joined.mask(span.0, span.1, with, page, &mut patches);
        for p in patches {
            out[p.at..p.at + p.with.len()].copy_from_slice(&p.with);
        }
        out
    }

    #[test]
    fn characters_keep_their_widths() {
        let mut joined = Joined::default();
        joined.latin(b"ab1", 0);
        let wide: Vec<u8> = "23张😀".encode_utf16().flat_map(u16::to_le_bytes).collect();
        joined.wide(&wide, 3);
        joined.blank('\t');
        joined.page(
            "三x".encode_utf16().count().to_string().as_bytes(),
            13,
            Codec::new(Encoding::Gb18030),
        );
        let gb = Codec::new(Encoding::Gb18030);
        joined.page(&gb.encode("李x"), 14, gb);
        assert_eq!(joined.text, "ab123张😀\t2李x");
        let mut raw = b"ab1".to_vec();
        raw.extend(&wide);
        raw.push(b'2');
        raw.extend(gb.encode("李x"));
        let new = masked(&joined, &raw, (2, 5), "*某?");
        assert_eq!(&new[..3], b"ab*");
        assert_eq!(&new[3..7], [0xD0, 0x67, b'?', 0]);
        let new = masked(&joined, &raw, (5, joined.text.len()), "");
        assert_eq!(&new[7..], b" \0 \0 \0    ");
        let new = masked(&joined, &raw, (13, 17), "far too long");
        assert_eq!(&new[13..], b"***x");
    }
}
