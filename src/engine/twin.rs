//! What the scan asks of a processor, and the answer that runs on every one.

use super::classes::{ALNUM, AT, CLASS, COLON, WORD};

/// Masks of 64 bytes (bit 0 is the first byte) and sums over up to 32 digits.
///
/// A value of an implementing type is the proof that the processor can do it.
pub(super) trait Kernel: Copy {
    /// 64 bytes with their classes.
    type Block: Copy;
    /// Reads and classifies 64 bytes.
    fn load(self, bytes: &[u8; 64]) -> Self::Block;
    /// ASCII digits.
    fn digits(self, block: Self::Block) -> u64;
    /// Spaces and hyphens.
    fn joiners(self, block: Self::Block) -> u64;
    /// Hyphens and full stops.
    fn points(self, block: Self::Block) -> u64;
    /// `@`.
    fn ats(self, block: Self::Block) -> u64;
    /// `:`.
    fn colons(self, block: Self::Block) -> u64;
    /// Whether there is an `@` or `:` at all.
    fn rare(self, block: Self::Block) -> bool;
    /// Whether there is an ASCII letter or digit at all.
    fn any_alnum(self, block: Self::Block) -> bool;
    /// ASCII letters, digits and underscores.
    fn words(self, block: Self::Block) -> u64;
    /// ASCII letters and digits.
    fn alnums(self, block: Self::Block) -> u64;
    /// `A`–`Z`.
    fn capitals(self, block: Self::Block) -> u64;
    /// Bytes from 0x80 on.
    fn high(self, block: Self::Block) -> u64;
    /// Bytes equal to one.
    fn equal(self, block: Self::Block, byte: u8) -> u64;
    /// Sum of the low nibbles of the first `n <= 32` bytes times their weights.
    fn weighted(self, bytes: &[u8; 32], n: usize, weights: &[i8; 32]) -> u32;
    /// Whether the first `n <= 32` bytes, all digits, pass Luhn.
    fn luhn(self, bytes: &[u8; 32], n: usize) -> bool;
}

/// Tables and multiplications in general registers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scalar;

const ONES: u64 = 0x0101_0101_0101_0101;
const SEVENS: u64 = 0x7F7F_7F7F_7F7F_7F7F;

/// The lowest bits of eight bytes, side by side.
#[inline]
fn gather(bytes: u64) -> u64 {
    (bytes & ONES).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// 0x01 in each byte that is not zero.
#[inline]
fn nonzero(bytes: u64) -> u64 {
    (((bytes & SEVENS).wrapping_add(SEVENS)) | bytes) >> 7 & ONES
}

/// Classes and raw bytes, eight to a word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    class: [u64; 8],
    raw: [u64; 8],
}

macro_rules! each {
    ($array:expr, |$word:ident| $body:expr) => {{
        let mut mask = 0u64;
        for (i, $word) in $array.into_iter().enumerate() {
            mask |= gather($body) << (8 * i);
        }
        mask
    }};
}

impl Words {
    #[inline]
    fn any(&self, classes: u8) -> bool {
        let all = self.class.iter().fold(0, |sum, word| sum | word);
        all & (ONES * u64::from(classes)) != 0
    }
}

impl Kernel for Scalar {
    type Block = Words;

    #[inline]
    fn load(self, bytes: &[u8; 64]) -> Words {
        let mut words = Words {
            class: [0; 8],
            raw: [0; 8],
        };
        for (i, eight) in bytes.as_chunks::<8>().0.iter().enumerate() {
            words.raw[i] = u64::from_le_bytes(*eight);
            words.class[i] = u64::from_le_bytes(eight.map(|byte| CLASS[usize::from(byte)]));
        }
        words
    }
    #[inline]
    fn digits(self, block: Words) -> u64 {
        each!(block.class, |word| word)
    }
    #[inline]
    fn joiners(self, block: Words) -> u64 {
        each!(block.class, |word| word >> 4)
    }
    #[inline]
    fn points(self, block: Words) -> u64 {
        each!(block.class, |word| word >> 5)
    }
    #[inline]
    fn ats(self, block: Words) -> u64 {
        each!(block.class, |word| word >> 3)
    }
    #[inline]
    fn colons(self, block: Words) -> u64 {
        each!(block.class, |word| word >> 6)
    }
    #[inline]
    fn rare(self, block: Words) -> bool {
        block.any(AT | COLON)
    }
    #[inline]
    fn any_alnum(self, block: Words) -> bool {
        block.any(ALNUM)
    }
    #[inline]
    fn words(self, block: Words) -> u64 {
        each!(block.class, |word| nonzero(word & (ONES * u64::from(WORD))))
    }
    #[inline]
    fn alnums(self, block: Words) -> u64 {
        each!(block.class, |word| word | word >> 1 | word >> 2)
    }
    #[inline]
    fn capitals(self, block: Words) -> u64 {
        let mut mask = 0;
        for (i, (class, raw)) in block.class.into_iter().zip(block.raw).enumerate() {
            mask |= gather((class >> 1 | class >> 2) & !(raw >> 5)) << (8 * i);
        }
        mask
    }
    #[inline]
    fn high(self, block: Words) -> u64 {
        each!(block.raw, |word| word >> 7)
    }
    #[inline]
    fn equal(self, block: Words, byte: u8) -> u64 {
        let pattern = ONES * u64::from(byte);
        !each!(block.raw, |word| nonzero(word ^ pattern))
    }
    #[inline]
    fn weighted(self, bytes: &[u8; 32], n: usize, weights: &[i8; 32]) -> u32 {
        let terms = bytes.iter().zip(weights).take(n);
        let sum: i32 = terms
            .map(|(byte, weight)| i32::from(byte & 15) * i32::from(*weight))
            .sum();
        sum.unsigned_abs()
    }
    #[inline]
    fn luhn(self, bytes: &[u8; 32], n: usize) -> bool {
        const DOUBLED: [u8; 16] = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9, 0, 0, 0, 0, 0, 0];
        let mut sum = 0u32;
        for (i, byte) in bytes.iter().take(n).enumerate() {
            let digit = byte & 15;
            // The last digit counts once, the one before it double, and so on to the left.
            let doubled = (n ^ i) & 1 == 0;
            sum += u32::from(if doubled {
                DOUBLED[usize::from(digit)]
            } else {
                digit
            });
        }
        sum.is_multiple_of(10)
    }
}
