//! Outlook stores (pst, ost), as far as they are looked through for text: bytes are put back to what they were before
//! they were permuted, and the properties of a heap are read one by one, since nothing stands between them.
//!
//! Not seen: texts in packed RTF, in packed attachments, in stores encrypted in the other way. Whoever uses this says in
//! the ledger that the store was not read.
//!
//! Standard: [MS-PST] 2.2.2.6 (header), 2.3.1 (heaps), 5.1 (permutation).

use super::{
    Cx,
    le::{u16_at, u32_at},
    strings,
};
use crate::model::Step;

const MAGIC: &[u8] = b"!BDN";
/// Blocks begin at multiples of this.
const BLOCK: usize = 64;
/// Most bytes of a block.
const LONGEST: usize = 8192;

/// What each byte was before it was permuted.
const PLAIN: [u8; 256] = [
    71, 241, 180, 230, 11, 106, 114, 72, 133, 78, 158, 235, 226, 248, 148, 83, 224, 187, 160, 2,
    232, 90, 9, 171, 219, 227, 186, 198, 124, 195, 16, 221, 57, 5, 150, 48, 245, 55, 96, 130, 140,
    201, 19, 74, 107, 29, 243, 251, 143, 38, 151, 202, 145, 23, 1, 196, 50, 45, 110, 49, 149, 255,
    217, 35, 209, 0, 94, 121, 220, 68, 59, 26, 40, 197, 97, 87, 32, 144, 61, 131, 185, 67, 190,
    103, 210, 70, 66, 118, 192, 109, 91, 126, 178, 15, 22, 41, 60, 169, 3, 84, 13, 218, 93, 223,
    246, 183, 199, 98, 205, 141, 6, 211, 105, 92, 134, 214, 20, 247, 165, 102, 117, 172, 177, 233,
    69, 33, 112, 12, 135, 159, 116, 164, 34, 76, 111, 191, 31, 86, 170, 46, 179, 120, 51, 80, 176,
    163, 146, 188, 207, 25, 28, 167, 99, 203, 30, 77, 62, 75, 27, 155, 79, 231, 240, 238, 173, 58,
    181, 89, 4, 234, 64, 85, 37, 81, 229, 122, 137, 56, 104, 82, 123, 252, 39, 174, 215, 189, 250,
    7, 244, 204, 142, 95, 239, 53, 156, 132, 43, 21, 213, 119, 52, 73, 182, 18, 10, 127, 113, 136,
    253, 157, 24, 65, 125, 147, 216, 88, 44, 206, 254, 36, 175, 222, 184, 54, 200, 161, 128, 166,
    153, 152, 168, 47, 14, 129, 101, 115, 228, 194, 162, 138, 212, 225, 17, 208, 8, 139, 42, 242,
    237, 154, 100, 63, 193, 108, 249, 236,
];

/// Whether bytes of a store are permuted; `None` when it is no store.
pub(super) fn is_permuted(head: &[u8]) -> Option<bool> {
    if !head.starts_with(MAGIC) {
        return None;
    }
    // Versions from 23 on have places of eight bytes.
    let at = if u16_at(head, 10)? >= 23 { 513 } else { 461 };
    Some(head.get(at) == Some(&1))
}

/// Hands on the texts of a stretch of a store that begins at a multiple of [`BLOCK`].
pub(super) fn sweep(raw: &[u8], permuted: bool, at: &[Step], cx: &mut Cx<'_>) {
    let plain: Vec<u8> = if permuted {
        let was = |b: &u8| PLAIN.get(usize::from(*b)).copied().unwrap_or(*b);
        raw.iter().map(was).collect()
    } else {
        raw.to_vec()
    };
    let mut rest = plain.clone();
    for start in (0..plain.len()).step_by(BLOCK) {
        let Some(items) = heap(&plain, start) else {
            continue;
        };
        for (from, to) in items {
            strings::sweep(plain.get(from..to).unwrap_or_default(), at, cx);
            // Not once more with what stands beside it.
            if let Some(seen) = rest.get_mut(from..to) {
                seen.fill(0);
            }
        }
    }
    strings::sweep(&rest, at, cx);
}

/// Where the items of a heap lie that begins at `start`; `None` when none does.
fn heap(raw: &[u8], start: usize) -> Option<Vec<(usize, usize)>> {
    let block = raw.get(start..(start + LONGEST).min(raw.len()))?;
    // The signature of heaps, then that of what is in it; the item to begin with has the lowest bits clear.
    let known = matches!(
        block.get(3)?,
        0x6C | 0x7C | 0x8C | 0x9C | 0xA5 | 0xAC | 0xB5 | 0xBC | 0xCC
    );
    if block.get(2) != Some(&0xEC) || !known || u32_at(block, 4)? & 0x1F != 0 {
        return None;
    }
    let map = usize::from(u16_at(block, 0)?);
    let count = usize::from(u16_at(block, map)?);
    let mut out = Vec::new();
    for n in 0..count {
        let from = usize::from(u16_at(block, map + 4 + 2 * n)?);
        let to = usize::from(u16_at(block, map + 6 + 2 * n)?);
        if from > to || to > map {
            return None;
        }
        out.push((start + from, start + to));
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{
        Source,
        trial::{Trial, with_cx},
    };

    /// A store with one heap, permuted.
    fn store(texts: &[&str]) -> Vec<u8> {
        let mut out = vec![0; 1024];
        out[..4].copy_from_slice(MAGIC);
        out[10] = 23;
        out[513] = 1;
        let mut heap = vec![0, 0, 0xEC, 0xBC, 0x20, 0, 0, 0, 0, 0, 0, 0];
        let mut places = vec![u16::try_from(heap.len()).unwrap()];
        for text in texts {
            heap.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
            places.push(u16::try_from(heap.len()).unwrap());
        }
        let map = u16::try_from(heap.len()).unwrap();
        heap[..2].copy_from_slice(&map.to_le_bytes());
        heap.extend_from_slice(&u16::try_from(texts.len()).unwrap().to_le_bytes());
        heap.extend_from_slice(&[0, 0]);
        heap.extend(places.iter().flat_map(|p| p.to_le_bytes()));
        let moved = |b: u8| u8::try_from(PLAIN.iter().position(|p| *p == b).unwrap()).unwrap();
        out.extend(heap.into_iter().map(moved));
        out
    }

    fn seen(raw: &[u8]) -> Vec<String> {
        let mut trial = Trial {
            keep: true,
            ..Trial::default()
        };
        let mut source = Source::slice(raw);
        with_cx(&mut trial, raw.len(), |cx| strings::all(&mut source, cx)).unwrap();
        let texts = trial.seen.iter();
        texts
            .map(|s| String::from_utf8_lossy(&s.text).into_owned())
            .collect()
    }

    #[test]
    fn texts_are_put_back_and_kept_apart() {
        let raw = store(&["13800138000", "13900139000", "客户张三的电话"]);
        let seen = seen(&raw);
        for text in ["13800138000\n", "13900139000\n", "客户张三的电话\n"] {
            assert!(seen.iter().any(|s| s == text), "{text:?}: {seen:?}");
        }
        assert!(!seen.iter().any(|s| s.contains("1380013800013900139000")));
    }

    #[test]
    fn what_is_no_store_or_no_heap_is_told_apart() {
        assert_eq!(is_permuted(&store(&[])), Some(true));
        assert_eq!(is_permuted(b"text"), None);
        let mut raw = store(&["13800138000"]);
        raw[513] = 0;
        assert_eq!(is_permuted(&raw), Some(false));
        assert!(!seen(&raw).iter().any(|s| s.contains("13800138000")));
        for length in 1024..raw.len() {
            seen(&raw[..length]);
        }
    }
}
