//! Parts in binary that are looked through for text: macros, controls, objects, whatever is unknown.
//!
//! Found is what stands there as text, in the streams of compound files and in the source of macros. What is
//! packed in other ways is not seen, so the part stands in the ledger all the same.
//!
//! Standard: MS-OVBA 2.4.1 (compression of source text).

use crate::formats::{Cx, ole, strings};
use crate::model::Step;

/// Source text of one module that is read.
const MOST: usize = 8 << 20;

/// Hands on the text in a part.
pub(in crate::formats) fn sweep(raw: &[u8], at: &[Step], cx: &mut Cx<'_>) {
    if !raw.starts_with(ole::MAGIC) {
        strings::sweep(raw, at, cx);
        return;
    }
    let Ok(mut container) = ole::Container::read(raw) else {
        strings::sweep(raw, at, cx);
        return;
    };
    for number in 0..container.entries.len() {
        let Ok(stream) = container.stream(number) else {
            continue;
        };
        self::stream(&stream, at, cx);
    }
}

/// Hands on the text in one stream.
pub(in crate::formats) fn stream(raw: &[u8], at: &[Step], cx: &mut Cx<'_>) {
    match source(raw) {
        Some(text) => strings::sweep(&text, at, cx),
        None => strings::sweep(raw, at, cx),
    }
}

/// The source text in the stream of a module: it is the compressed container that begins with the first
/// attribute of every module.
fn source(stream: &[u8]) -> Option<Vec<u8>> {
    let first = memchr::memmem::find(stream, b"\0Attribut")?;
    let container = stream.get(first.checked_sub(3)?..)?;
    (container.first() == Some(&1)).then(|| expand(container.get(1..).unwrap_or_default()))
}

/// Expands the chunks of a compressed container, as far as they hold together.
fn expand(mut chunks: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some((head, rest)) = chunks.split_first_chunk::<2>() {
        let head = u16::from_le_bytes(*head);
        let len = usize::from(head & 0x0FFF) + 1;
        if head >> 12 & 7 != 3 || out.len() > MOST {
            break;
        }
        let chunk = rest.get(..len).unwrap_or(rest);
        chunks = rest.get(len..).unwrap_or_default();
        if head >> 15 == 0 {
            out.extend_from_slice(chunk);
        } else {
            expand_chunk(chunk, &mut out);
        }
    }
    out
}

fn expand_chunk(chunk: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    let mut at = 0;
    while let Some(&flags) = chunk.get(at) {
        at += 1;
        for bit in 0..8 {
            if flags >> bit & 1 == 0 {
                let Some(&byte) = chunk.get(at) else {
                    return;
                };
                out.push(byte);
                at += 1;
                continue;
            }
            let Some(token) = chunk.get(at..).and_then(<[u8]>::first_chunk) else {
                return;
            };
            at += 2;
            let token = u16::from_le_bytes(*token);
            let done = out.len() - start;
            let bits = done
                .max(1)
                .next_power_of_two()
                .trailing_zeros()
                .clamp(4, 12);
            let length = usize::from(token & (0xFFFF >> bits)) + 3;
            let offset = usize::from(token >> (16 - bits)) + 1;
            for _ in 0..length {
                let from = out.len().checked_sub(offset).filter(|&f| f >= start);
                let Some(&byte) = from.and_then(|f| out.get(f)) else {
                    return;
                };
                out.push(byte);
            }
        }
        if out.len() - start > 4096 + 4096 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_example_of_the_specification_is_expanded() {
        // MS-OVBA 3.2.2: "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa".
        let packed = [
            0x01, 0x2F, 0xB0, 0x00, 0x23, 0x61, 0x61, 0x61, 0x62, 0x63, 0x64, 0x65, 0x82, 0x66,
            0x00, 0x70, 0x61, 0x67, 0x68, 0x69, 0x6A, 0x01, 0x38, 0x08, 0x61, 0x6B, 0x6C, 0x00,
            0x30, 0x6D, 0x6E, 0x6F, 0x70, 0x06, 0x71, 0x02, 0x70, 0x04, 0x10, 0x72, 0x73, 0x74,
            0x75, 0x76, 0x10, 0x77, 0x78, 0x79, 0x7A, 0x00, 0x3C,
        ];
        assert_eq!(
            String::from_utf8(expand(&packed[1..])).unwrap(),
            "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa"
        );
    }

    proptest! {
        #[test]
        fn any_chunks_are_bounded(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut chunks = vec![0xFF, 0xB0];
            chunks.extend(&bytes);
            prop_assert!(expand(&chunks).len() <= 16384);
        }
    }
}
