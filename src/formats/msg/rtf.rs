//! Compressed RTF of Outlook messages.
//!
//! Standard: [MS-OXRTFCP].

/// What the dictionary begins with.
const PRESET: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
const PACKED: u32 = 0x7546_5A4C;
const PLAIN: u32 = 0x414C_454D;

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The RTF behind a stream, at most `most` bytes of it; `None` when it is none.
pub(super) fn unpacked(raw: &[u8], most: usize) -> Option<Vec<u8>> {
    let size = usize::try_from(word(raw, 4)?).ok()?;
    let kind = word(raw, 8)?;
    let body = raw.get(16..)?;
    if kind == PLAIN {
        return Some(body.get(..size).unwrap_or(body).to_vec());
    }
    if kind != PACKED {
        return None;
    }
    let mut ring = [b' '; 4096];
    ring.iter_mut().zip(PRESET).for_each(|(r, p)| *r = *p);
    let mut write = PRESET.len();
    let mut out = Vec::new();
    let mut at = 0;
    let mut put = |b: u8, out: &mut Vec<u8>, ring: &mut [u8; 4096]| {
        out.push(b);
        if let Some(slot) = ring.get_mut(write) {
            *slot = b;
        }
        write = (write + 1) % 4096;
        write
    };
    let mut here = PRESET.len();
    'all: while let Some(&control) = body.get(at) {
        at += 1;
        for bit in 0..8 {
            if out.len() > most {
                return None;
            }
            if control >> bit & 1 == 0 {
                let Some(&b) = body.get(at) else {
                    break 'all;
                };
                at += 1;
                here = put(b, &mut out, &mut ring);
                continue;
            }
            let Some(raw) = body.get(at..).and_then(<[u8]>::first_chunk) else {
                break 'all;
            };
            at += 2;
            let pair = u16::from_be_bytes(*raw);
            let mut from = usize::from(pair >> 4);
            if from == here {
                break 'all;
            }
            for _ in 0..usize::from(pair & 15) + 2 {
                let b = ring.get(from).copied().unwrap_or(b' ');
                here = put(b, &mut out, &mut ring);
                from = (from + 1) % 4096;
            }
        }
    }
    out.truncate(size.max(1));
    Some(out)
}

/// A stream that holds RTF as it is.
pub(super) fn plain(rtf: &[u8]) -> Vec<u8> {
    let size = u32::try_from(rtf.len()).unwrap_or(0);
    let mut out = size.saturating_add(12).to_le_bytes().to_vec();
    out.extend_from_slice(&size.to_le_bytes());
    out.extend_from_slice(&PLAIN.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(rtf);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example() {
        // [MS-OXRTFCP] 3.1.1.
        let raw = [
            0x2d, 0x00, 0x00, 0x00, 0x2b, 0x00, 0x00, 0x00, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5,
            0xc7, 0xa7, 0x03, 0x00, 0x0a, 0x00, 0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42,
            0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09, 0x00, 0x20, 0x62, 0x77, 0x05, 0xb0,
            0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f, 0xa0,
        ];
        let text = unpacked(&raw, 1000).unwrap();
        assert_eq!(text, b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
        assert_eq!(unpacked(&plain(&text), 1000).unwrap(), text);
        assert_eq!(unpacked(&raw[..20], 1000).map(|t| t.len() < 43), Some(true));
        assert_eq!(unpacked(b"short", 1000), None);
    }
}
