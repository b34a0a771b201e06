//! Data written as base64 in the text or an attribute of a part: a file inside a text.

/// Characters from which on a text without blanks counts as data.
const LEAST: usize = 512;

/// Whether a value is data in base64 (RFC 4648, section 4), perhaps broken into lines.
pub(in crate::formats) fn is_blob(raw: &[u8]) -> bool {
    if raw.len() < LEAST {
        return false;
    }
    let mut mixed = [false; 3];
    for &b in raw {
        match b {
            b'a'..=b'z' => mixed = [true, mixed[1], mixed[2]],
            b'A'..=b'Z' => mixed = [mixed[0], true, mixed[2]],
            b'0'..=b'9' | b'+' | b'/' => mixed = [mixed[0], mixed[1], true],
            b'=' | b'\r' | b'\n' | b'\t' => {}
            b' ' if raw.len() > 4 * LEAST => {}
            _ => return false,
        }
    }
    mixed == [true; 3]
}

/// The data; `None` when it is none. `&#xA;` and the like between lines are passed over.
pub(in crate::formats) fn decode(raw: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(raw.len() / 4 * 3);
    let (mut bits, mut have) = (0u32, 0);
    let mut at = 0;
    while let Some(&b) = raw.get(at) {
        at += 1;
        let value = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => break,
            b' ' | b'\r' | b'\n' | b'\t' => continue,
            b'&' => {
                at += raw.get(at..)?.iter().take(8).position(|&b| b == b';')? + 1;
                continue;
            }
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        have += 6;
        if have >= 8 {
            have -= 8;
            out.push(u8::try_from(bits >> have & 0xFF).unwrap_or(0));
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_decoded_over_lines() {
        assert_eq!(decode(b"aGVs\nbG8=").unwrap(), b"hello");
        assert_eq!(decode(b"aGVs&#xA;bG8=").unwrap(), b"hello");
        assert!(decode(b"a*").is_none());
    }

    #[test]
    fn words_are_no_data() {
        assert!(is_blob("aB3".repeat(400).as_bytes()));
        assert!(!is_blob("word ".repeat(200).as_bytes()));
        assert!(!is_blob("9".repeat(2000).as_bytes()));
        assert!(!is_blob("某".repeat(2000).as_bytes()));
    }
}
