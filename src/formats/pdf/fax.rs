//! Letters as faxes are sent (ITU-T T.6), as programs that make fonts of pixels pack them. Only what is as
//! narrow as a letter is unpacked.

use super::letters;
use lopdf::Dictionary;

/// Codes of runs: how many bits, the bits, how many pixels. Longer runs than those of letters are left out.
type Code = (u32, u32, usize);

/// Runs of 0 to 63, 64, 128, 192 and 256 white pixels, each as its bits.
const WHITE: &str = "00110101 000111 0111 1000 1011 1100 1110 1111 10011 10100 00111 01000 001000 000011 110100 \
    110101 101010 101011 0100111 0001100 0001000 0010111 0000011 0000100 0101000 0101011 0010011 0100100 \
    0011000 00000010 00000011 00011010 00011011 00010010 00010011 00010100 00010101 00010110 00010111 \
    00101000 00101001 00101010 00101011 00101100 00101101 00000100 00000101 00001010 00001011 01010010 \
    01010011 01010100 01010101 00100100 00100101 01011000 01011001 01011010 01011011 01001010 01001011 \
    00110010 00110011 00110100 11011 10010 010111 0110111";
/// Likewise of black pixels.
const BLACK: &str = "0000110111 010 11 10 011 0011 0010 00011 000101 000100 0000100 0000101 0000111 00000100 \
    00000111 000011000 0000010111 0000011000 0000001000 00001100111 00001101000 00001101100 00000110111 \
    00000101000 00000010111 00000011000 000011001010 000011001011 000011001100 000011001101 000001101000 \
    000001101001 000001101010 000001101011 000011010010 000011010011 000011010100 000011010101 \
    000011010110 000011010111 000001101100 000001101101 000011011010 000011011011 000001010100 \
    000001010101 000001010110 000001010111 000001100100 000001100101 000001010010 000001010011 \
    000000100100 000000110111 000000111000 000000100111 000000101000 000001011000 000001011001 \
    000000101011 000000101100 000001011010 000001100110 000001100111 0000001111 000011001000 000011001001 \
    000001011011";

fn codes(spelt: &str) -> Vec<Code> {
    let each = spelt.split_whitespace().enumerate();
    each.map(|(n, bits)| {
        let long = u32::try_from(bits.len()).unwrap_or(0);
        let code = bits
            .bytes()
            .fold(0, |code, b| code << 1 | u32::from(b == b'1'));
        (long, code, if n < 64 { n } else { (n - 63) * 64 })
    })
    .collect()
}

struct Bits<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Bits<'_> {
    /// The next bits without going on; what is behind the end is nought.
    fn peek(&self, count: u32) -> u32 {
        (0..count as usize).fold(0, |out, n| {
            let at = self.at + n;
            let byte = self.bytes.get(at / 8).copied().unwrap_or(0);
            out << 1 | u32::from(byte >> (7 - at % 8) & 1)
        })
    }

    fn take(&mut self, bits: &str) -> bool {
        let long = u32::try_from(bits.len()).unwrap_or(0);
        let code = bits
            .bytes()
            .fold(0, |code, b| code << 1 | u32::from(b == b'1'));
        let is = self.peek(long) == code;
        if is {
            self.at += bits.len();
        }
        is
    }

    /// A run of pixels; the last of its codes is for fewer than 64.
    fn run(&mut self, codes: &[Code]) -> Option<usize> {
        let mut all = 0;
        loop {
            let code = codes.iter().find(|c| self.peek(c.0) == c.1)?;
            self.at += code.0 as usize;
            all += code.2;
            if code.2 < 64 {
                return Some(all);
            }
            if all > letters::MOST {
                return None;
            }
        }
    }
}

/// How far a change lies from the one above it.
const NEAR: [(&str, isize); 7] = [
    ("1", 0),
    ("011", 1),
    ("010", -1),
    ("000011", 2),
    ("000010", -2),
    ("0000011", 3),
    ("0000010", -3),
];

/// The pixels of a letter, one bit each and black ones set, rows beginning with a byte; `None` when it is not
/// packed as it must be, or there is more than it.
pub(super) fn unpacked(
    bytes: &[u8],
    entries: &Dictionary,
    width: usize,
    height: usize,
) -> Option<Vec<u8>> {
    let number = |key: &[u8], usual: i64| match entries.get(key) {
        Ok(value) => value.as_i64().ok(),
        Err(_) => Some(usual),
    };
    let aligned = entries
        .get(b"EncodedByteAlign")
        .is_ok_and(|o| matches!(o.as_bool(), Ok(true)));
    let wide = usize::try_from(number(b"Columns", 1728)?).ok()?;
    if number(b"K", 0)? >= 0 || wide != width || !letters::fits(width, height) {
        return None;
    }
    let (white, black) = (codes(WHITE), codes(BLACK));
    let mut bits = Bits { bytes, at: 0 };
    let mut out = vec![0_u8; width.div_ceil(8) * height];
    // Where colours change, black first; the row above the first is white.
    let mut above: Vec<usize> = Vec::new();
    for y in 0..height {
        if aligned {
            bits.at = bits.at.next_multiple_of(8);
        }
        let row = row(&mut bits, &above, width, &white, &black)?;
        for run in row.chunks(2) {
            let (from, to) = (*run.first()?, run.get(1).copied().unwrap_or(width));
            for x in from..to {
                if let Some(byte) = out.get_mut(y * width.div_ceil(8) + x / 8) {
                    *byte |= 0x80 >> (x % 8);
                }
            }
        }
        above = row;
    }
    // An end and what fills the last byte.
    let rest = bytes.len().saturating_sub(bits.at.div_ceil(8));
    (bits.at <= 8 * bytes.len() && rest <= 8).then_some(out)
}

/// One row as the places where its colour changes.
fn row(
    bits: &mut Bits<'_>,
    above: &[usize],
    width: usize,
    white: &[Code],
    black: &[Code],
) -> Option<Vec<usize>> {
    let mut changes: Vec<usize> = Vec::new();
    let (mut at, mut start, mut dark) = (0_usize, true, false);
    while at < width {
        // The first change above, behind this place, to the other colour, and the one after it.
        let other = above
            .iter()
            .enumerate()
            .find(|(n, x)| (n % 2 == 1) == dark && (**x > at || (start && **x == at)));
        let first = other.map_or(width, |o| *o.1);
        let second = other
            .and_then(|(n, _)| above.get(n + 1))
            .copied()
            .unwrap_or(width);
        if bits.take("0001") {
            at = second;
            start = false;
            continue;
        }
        if bits.take("001") {
            let (one, two) = if dark { (black, white) } else { (white, black) };
            for codes in [one, two] {
                at += bits.run(codes)?;
                if at > width {
                    return None;
                }
                changes.push(at);
            }
            start = false;
            continue;
        }
        let near = NEAR.iter().find(|near| bits.take(near.0))?;
        let to = first
            .checked_add_signed(near.1)
            .filter(|to| *to >= at && *to <= width)?;
        changes.push(to);
        at = to;
        start = false;
        dark = !dark;
    }
    // Changes at the end of the row are none.
    Some(changes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lopdf::dictionary;

    #[test]
    fn letters_are_unpacked() {
        let entries = dictionary! { "K" => -1, "Columns" => 16 };
        // Three rows: 4 white, 5 black and white; the same; a pixel more on the left, one less on the right.
        let spelt = ["001", "1011", "0011", "1", "1", "1", "1", "010", "010", "1"].concat();
        let bytes = |spelt: &str| -> Vec<u8> {
            let bits: Vec<u8> = spelt.bytes().map(|b| b - b'0').collect();
            bits.chunks(8)
                .map(|c| {
                    c.iter()
                        .enumerate()
                        .fold(0, |byte, (n, bit)| byte | bit << (7 - n))
                })
                .collect()
        };
        let packed = bytes(&spelt);
        let rows = unpacked(&packed, &entries, 16, 3);
        assert_eq!(rows.unwrap(), [0x0f, 0x80, 0x0f, 0x80, 0x1f, 0]);
        assert_eq!(unpacked(&packed, &entries, 8, 3), None);
        let more = [packed.clone(), vec![7; 20]].concat();
        assert_eq!(unpacked(&more, &entries, 16, 3), None);
        assert_eq!(unpacked(&bytes("0000000000000000"), &entries, 16, 3), None);
        assert_eq!(codes(WHITE).len(), 68);
        assert_eq!(codes(BLACK).len(), 68);
        // No code is the beginning of another.
        for all in [codes(WHITE), codes(BLACK)] {
            for a in &all {
                for b in all.iter().filter(|b| b.2 != a.2 && b.0 >= a.0) {
                    assert_ne!(b.1 >> (b.0 - a.0), a.1, "{a:?} {b:?}");
                }
            }
        }
    }
}
