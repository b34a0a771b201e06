//! What is left in a database file that no row uses.
//!
//! Source: "Database File Format", sqlite.org/fileformat2.html: 1.3 (header), 1.5 (freelist), 1.6
//! (b-tree pages with their unallocated space and freeblocks).

use crate::formats::{
    Cx, FormatError,
    archives::bytes::Bytes,
    blocks::{self, Kind},
};
use std::collections::HashSet;

/// Bytes of leftovers that are handed on at a time.
const PIECE: usize = 1 << 20;

/// Reads what is left in free pages and in the unused parts of pages, as text. Gives whether there is
/// anything.
///
/// # Errors
/// Those of reading.
pub(super) fn leftovers(bytes: &Bytes<'_>, cx: &mut Cx<'_>) -> Result<bool, FormatError> {
    let head = bytes.vec(0, 100)?;
    let number = |at: usize| {
        head.get(at..)
            .and_then(<[u8]>::first_chunk)
            .map_or(0, |b| u32::from_be_bytes(*b))
    };
    let size = match head.get(16..18) {
        Some(&[0, 1]) => 65_536,
        Some(&[high, low]) => u64::from(u16::from_be_bytes([high, low])),
        _ => 0,
    };
    if size < 512 || !size.is_power_of_two() {
        return Ok(false);
    }
    let count = bytes.len() / size;
    let free = free_pages(bytes, size, count, number(32))?;
    let mut text = Vec::new();
    let mut any = false;
    let mut line = 1;
    for page in 1..=count {
        let raw = bytes.vec((page - 1) * size, page * size)?;
        cx.spend(0)?;
        if free.contains(&page) {
            // The page's own links to others are numbers.
            add(&raw, &mut text);
        } else {
            unused(&raw, page == 1, &mut text);
        }
        if text.len() >= PIECE {
            any = true;
            line += hand_on(&mut text, line, cx);
        }
    }
    any |= !text.is_empty();
    hand_on(&mut text, line, cx);
    Ok(any)
}

pub(super) fn hand_on(text: &mut Vec<u8>, line: u64, cx: &mut Cx<'_>) -> u64 {
    let own = 0..text.len();
    let lines = blocks::lines(text, own, None, Kind::Utf8, line, cx, &mut |_, _, _| {});
    text.clear();
    lines
}

/// Pages on the freelist.
fn free_pages(
    bytes: &Bytes<'_>,
    size: u64,
    count: u64,
    first: u32,
) -> Result<HashSet<u64>, FormatError> {
    let mut free = HashSet::new();
    let mut trunk = u64::from(first);
    while trunk > 0 && trunk <= count && free.insert(trunk) {
        let raw = bytes.vec((trunk - 1) * size, trunk * size)?;
        let mut numbers = raw
            .chunks_exact(4)
            .filter_map(|c| c.first_chunk())
            .map(|b| u64::from(u32::from_be_bytes(*b)));
        let next = numbers.next().unwrap_or(0);
        let leaves = numbers.next().unwrap_or(0);
        let leaves = usize::try_from(leaves).unwrap_or(usize::MAX);
        free.extend(numbers.take(leaves).filter(|&p| p > 0 && p <= count));
        trunk = next;
    }
    Ok(free)
}

/// Adds what no cell of a b-tree page uses.
pub(super) fn unused(page: &[u8], first: bool, out: &mut Vec<u8>) {
    let at = if first { 100 } else { 0 };
    let word = |at: usize| {
        page.get(at..)
            .and_then(<[u8]>::first_chunk)
            .map_or(0, |b| usize::from(u16::from_be_bytes(*b)))
    };
    let header = match page.get(at) {
        Some(2 | 5) => 12,
        Some(10 | 13) => 8,
        _ => return,
    };
    let pointers = at + header + 2 * word(at + 3);
    let content = match word(at + 5) {
        0 => 65_536,
        n => n,
    };
    if let Some(gap) = page.get(pointers..content.min(page.len())) {
        add(gap, out);
    }
    let mut block = word(at + 1);
    // Freeblocks come in order, so that none is met twice.
    while block >= pointers && block + 4 <= page.len() {
        let size = word(block + 2);
        if let Some(raw) = page.get(block + 4..block + size) {
            add(raw, out);
        }
        let next = word(block);
        if next <= block {
            break;
        }
        block = next;
    }
}

/// Adds the stretches of bytes that could be text, a line each.
fn add(raw: &[u8], out: &mut Vec<u8>) {
    for word in raw
        .split(|&b| b < b' ' || b == 0x7F)
        .filter(|w| w.len() >= 4)
    {
        out.extend_from_slice(word);
        out.push(b'\n');
    }
}
