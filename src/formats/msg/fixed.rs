//! Properties of a fixed size, and names that somebody has given to properties.
//!
//! Standards: [MS-OXMSG] 2.2.3 (names), 2.4 (the table of properties); [MS-OXCDATA] 2.11.

use super::{Message, folder_of, header_len, last_of, says, tag_of};
use crate::{
    formats::{
        Cx,
        le::{f64_at, size_at, u16_at, u32_at, u64_at},
        ooxml::sweep::hand_on,
        strings,
    },
    model::{Date, Moment},
};
use std::ops::Range;

/// The stream of all names.
const NAMES: &str = "__nameid_version1.0/__substg1.0_00040102";

/// What a number can say of somebody: what people have added themselves, long numbers, days of birth.
pub(in crate::formats) fn shown(id: u16, kind: u16, value: &[u8]) -> Option<String> {
    let own = id >= 0x8000;
    match kind {
        0x0003 if own => u32_at(value, 0).map(|n| n.to_string()),
        0x0014 => u64_at(value, 0).map(|n| n.to_string()),
        0x0005 => f64_at(value, 0).map(|n| n.to_string()),
        // Ten-thousandths.
        0x0006 => u64_at(value, 0).map(|n| (n / 10_000).to_string()),
        0x0040 if own || matches!(id, 0x3A41 | 0x3A42) => u64_at(value, 0).map(day),
        _ => None,
    }
}

/// The day of a time in steps of 100 nanoseconds since 1601.
fn day(time: u64) -> String {
    let seconds = i64::try_from(time / 10_000_000).unwrap_or(i64::MAX);
    Date::in_china(Moment(seconds - 11_644_473_600)).to_string()
}

/// Bytes of a value of a fixed size.
fn width(kind: u16) -> usize {
    match kind {
        0x0003 => 4,
        0x0005 | 0x0006 | 0x0014 | 0x0040 => 8,
        _ => 0,
    }
}

impl Message<'_> {
    /// Reads a table of properties; a value that is to go becomes zero.
    pub(super) fn table(&mut self, number: usize, path: &str, cx: &mut Cx<'_>) {
        let mut gone = Vec::new();
        let raw = self.stream(number);
        strings::sweep(raw, &Self::at(path), cx);
        let mut at = header_len(folder_of(path));
        while let Some(entry) = raw.get(at..at + 16) {
            let (kind, id) = (u16_at(entry, 0), u16_at(entry, 2));
            let (kind, id) = (kind.unwrap_or(0), id.unwrap_or(0));
            let size = width(kind);
            Self::number(id, kind, at + 8..at + 8 + size, path, raw, &mut gone, cx);
            at += 16;
        }
        self.zero(number, gone);
    }

    /// Reads a stream of several values of a fixed size. Gives false when it is none.
    pub(super) fn many(&mut self, number: usize, path: &str, cx: &mut Cx<'_>) -> bool {
        let Some((id, kind)) = tag_of(path).filter(|(_, kind)| kind & 0x1000 != 0) else {
            return false;
        };
        let kind = kind & 0x0FFF;
        let size = width(kind);
        if size == 0 || last_of(path).contains('-') {
            return false;
        }
        let mut gone = Vec::new();
        let raw = self.stream(number);
        strings::sweep(raw, &Self::at(path), cx);
        for at in (0..raw.len()).step_by(size) {
            Self::number(id, kind, at..at + size, path, raw, &mut gone, cx);
        }
        self.zero(number, gone);
        true
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "one value with all that is known of it"
    )]
    fn number(
        id: u16,
        kind: u16,
        range: Range<usize>,
        path: &str,
        raw: &[u8],
        gone: &mut Vec<Range<usize>>,
        cx: &mut Cx<'_>,
    ) {
        let value = raw.get(range.clone()).unwrap_or_default();
        if let Some(text) = shown(id, kind, value)
            && !hand_on(cx, &Self::at(path), &text, says(id)).is_empty()
        {
            gone.push(range);
        }
    }

    /// Reads the names of properties; what is to go becomes stars, so that the others stay where they are.
    pub(super) fn names(&mut self, number: usize, path: &str, cx: &mut Cx<'_>) {
        let raw = self.stream(number);
        if path != NAMES {
            strings::sweep(raw, &Self::at(path), cx);
            return;
        }
        let (mut stars, mut at) = (Vec::new(), 0);
        while let Some(length) = size_at(raw, at) {
            let range = at + 4..(at + 4).saturating_add(length).min(raw.len());
            let units = raw.get(range.clone()).unwrap_or_default().chunks_exact(2);
            let units = units.map(|u| u16_at(u, 0).unwrap_or(0));
            let text: String = char::decode_utf16(units)
                .map(|c| c.unwrap_or('\u{FFFD}'))
                .collect();
            if !hand_on(cx, &Self::at(path), &text, None).is_empty() {
                stars.push(range.clone());
            }
            at = range.end.next_multiple_of(4);
        }
        if at < raw.len() {
            strings::sweep(raw.get(at..).unwrap_or_default(), &Self::at(path), cx);
        }
        let stars: Vec<(Range<usize>, [u8; 2])> =
            stars.into_iter().map(|r| (r, [b'*', 0])).collect();
        self.overwrite(number, stars);
    }

    fn stream(&self, number: usize) -> &[u8] {
        let stream = self.streams.get(number);
        stream.map(Vec::as_slice).unwrap_or_default()
    }

    fn zero(&mut self, number: usize, gone: Vec<Range<usize>>) {
        self.overwrite(number, gone.into_iter().map(|r| (r, [0, 0])).collect());
    }

    fn overwrite(&mut self, number: usize, places: Vec<(Range<usize>, [u8; 2])>) {
        self.changed |= !places.is_empty();
        let Some(stream) = self.streams.get_mut(number) else {
            return;
        };
        for (range, with) in places {
            for pair in stream.get_mut(range).unwrap_or_default().chunks_mut(2) {
                for (to, from) in pair.iter_mut().zip(with) {
                    *to = from;
                }
            }
        }
    }
}
